//! Problem documents (RFC 9457): the one form in which the API says no.
//!
//! A handler returns `Result<_, Problem>`; every [`keystead_directory::Error`] becomes one by `?`
//! in one place, below. The outermost layer adds the request's id to the document.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use keystead_directory::{Error, FieldError, error::LinkRefusal};
use serde::Serialize;

/// What went wrong, by a stable name that programs can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The body, the query or a header can't be read, or has a field that can't be used.
    Invalid,
    /// Nobody is signed in, or the API key is not (any more) valid.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// The act asks for a fresh touch of the caller's security key.
    StepUpRequired,
    /// There is nothing at this address.
    NotFound,
    /// The address does not take this method.
    MethodNotAllowed,
    /// The client was too slow to send its request.
    RequestTimeout,
    /// Something unique is taken.
    Conflict,
    /// The change would leave nobody who can act as owner.
    LastOwner,
    /// The thing is in a state that does not allow this.
    IllegalState,
    /// The plan of an import must be approved, not only confirmed.
    ApprovalNeeded,
    /// It was changed since it was read.
    PreconditionFailed,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The idempotency key was used for another request.
    IdempotencyMismatch,
    /// Too many requests.
    RateLimited,
    /// The link was never made, or was mistyped.
    LinkUnknown,
    /// The link was used.
    LinkUsed,
    /// The link's time is over.
    LinkExpired,
    /// The link was cancelled, or a newer one was sent.
    LinkCancelled,
    /// The link was made for a person who is disabled.
    LinkDisabled,
    /// The code for a phone was never shown, or was mistyped.
    CodeUnknown,
    /// The code was used by another phone.
    CodeUsed,
    /// The code's minutes are over.
    CodeExpired,
    /// A newer code was shown instead.
    CodeReplaced,
    /// The ceremony took too long, was finished already or belongs to another browser.
    CeremonyExpired,
    /// The credential was refused.
    CredentialRefused,
    /// Microsoft Entra ID refused or can't be reached; the detail says what to do.
    EntraRefused,
    /// A part of the server is not reachable; trying again may work.
    Unavailable,
    /// A fault in Keystead.
    Internal,
}

impl Code {
    /// The stable name, the status and the title of each.
    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::Invalid => ("invalid", S::BAD_REQUEST, "The request can't be used as it is"),
            Self::Unauthenticated => ("unauthenticated", S::UNAUTHORIZED, "Sign in first"),
            Self::Forbidden => ("forbidden", S::FORBIDDEN, "You may not do this"),
            Self::StepUpRequired => ("step_up_required", S::FORBIDDEN, "Touch your security key again"),
            Self::NotFound => ("not_found", S::NOT_FOUND, "There is nothing here"),
            Self::MethodNotAllowed => {
                ("method_not_allowed", S::METHOD_NOT_ALLOWED, "This address does not take this method")
            }
            Self::RequestTimeout => ("request_timeout", S::REQUEST_TIMEOUT, "The request came too slowly"),
            Self::Conflict => ("conflict", S::CONFLICT, "It is taken already"),
            Self::LastOwner => ("last_owner", S::CONFLICT, "This is the last owner"),
            Self::IllegalState => ("illegal_state", S::CONFLICT, "This can't be done in its present state"),
            Self::ApprovalNeeded => ("approval_needed", S::CONFLICT, "This plan needs an approval"),
            Self::PreconditionFailed => {
                ("precondition_failed", S::PRECONDITION_FAILED, "It was changed in the meantime")
            }
            Self::PayloadTooLarge => ("payload_too_large", S::PAYLOAD_TOO_LARGE, "The request is too large"),
            Self::UnsupportedMediaType => ("unsupported_media_type", S::UNSUPPORTED_MEDIA_TYPE, "Send JSON"),
            Self::IdempotencyMismatch => {
                ("idempotency_mismatch", S::UNPROCESSABLE_ENTITY, "This Idempotency-Key was used for another request")
            }
            Self::RateLimited => ("rate_limited", S::TOO_MANY_REQUESTS, "Too many requests"),
            Self::LinkUnknown => ("link_unknown", S::NOT_FOUND, "This link is not known"),
            Self::LinkUsed => ("link_used", S::GONE, "This link was used already"),
            Self::LinkExpired => ("link_expired", S::GONE, "This link has expired"),
            Self::LinkCancelled => ("link_cancelled", S::GONE, "This link was cancelled"),
            Self::LinkDisabled => ("link_disabled", S::GONE, "This link can't be used at present"),
            Self::CodeUnknown => ("code_unknown", S::NOT_FOUND, "This code is not known"),
            Self::CodeUsed => ("code_used", S::GONE, "This code was used already"),
            Self::CodeExpired => ("code_expired", S::GONE, "This code has expired"),
            Self::CodeReplaced => ("code_replaced", S::GONE, "A newer code was shown"),
            Self::CeremonyExpired => ("ceremony_expired", S::BAD_REQUEST, "This took too long"),
            Self::CredentialRefused => ("credential_refused", S::UNPROCESSABLE_ENTITY, "This security key was refused"),
            Self::EntraRefused => ("entra_refused", S::CONFLICT, "Microsoft Entra ID can't be used just now"),
            Self::Unavailable => ("unavailable", S::SERVICE_UNAVAILABLE, "Not available just now"),
            Self::Internal => ("internal", S::INTERNAL_SERVER_ERROR, "Something went wrong in Keystead"),
        }
    }

    /// The stable name.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The usual status of it.
    pub const fn status(self) -> StatusCode {
        self.row().1
    }
}

/// A refusal, to be returned from a handler.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    status: StatusCode,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The document on the wire.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
#[serde(rename_all = "camelCase")]
pub struct ProblemDocument {
    /// `urn:keystead:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:keystead:problem:invalid")]
    kind: String,
    /// What happened, the same for every problem of this code.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// What happened here, and what to do next.
    detail: String,
    /// The stable name of the problem.
    #[schema(example = "invalid")]
    code: &'static str,
    /// The fields at fault, if any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Names the request in the server's log.
    request_id: Option<String>,
}

impl Problem {
    /// A problem with the usual status of its code.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, status: code.status(), detail: detail.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// Input that can't be read (400).
    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(Code::Invalid, detail)
    }

    /// Fields that were read and must be mended (422).
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.message.clone(),
            _ => "Mend the named fields and send it again.".to_owned(),
        };
        Self { errors, ..Self::new(Code::Invalid, detail).with_status(StatusCode::UNPROCESSABLE_ENTITY) }
    }

    /// Nobody is signed in (401).
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The caller may not do this (403).
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    /// There is nothing at this address (404).
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }

    /// Too many requests (429); `seconds` until one more is taken.
    pub fn rate_limited(seconds: u64) -> Self {
        let seconds = seconds.max(1);
        Self::new(Code::RateLimited, format!("Wait {seconds} seconds, then try again."))
            .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Trying again in a moment may work (503).
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, detail).with_header(header::RETRY_AFTER, HeaderValue::from_static("2"))
    }

    /// A fault in Keystead (500); what it was is logged, not told.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "Nothing was lost that was confirmed. Try again; if it stays, give the request id to your administrator, \
             who finds it in the server's log.",
        )
    }

    /// Another status than the code's usual one.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A header beside the document.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A field at fault.
    #[must_use]
    pub fn with_field(mut self, error: FieldError) -> Self {
        self.errors.push(error);
        self
    }

    /// Which problem it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What happened and what to do, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The headers beside the document.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// The fields at fault.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The answer, with the request's id in it when it is known.
    pub fn respond(&self, request_id: Option<&str>) -> Response {
        let (code, _, title) = self.code.row();
        let document = ProblemDocument {
            kind: format!("urn:keystead:problem:{code}"),
            title,
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code,
            errors: self.errors.clone(),
            request_id: request_id.map(ToOwned::to_owned),
        };
        let mut response = Response::new(Body::from(serde_json::to_vec(&document).unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        response
    }
}

impl IntoResponse for Problem {
    /// Renders the document and leaves the problem with it, so that the outermost layer can
    /// render it again with the request's id.
    fn into_response(self) -> Response {
        let mut response = self.respond(None);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::not_found(format!("There is no such {what}: it may have been deleted.")),
            Error::Invalid(errors) => Self::fields(errors),
            Error::Taken(field) => Self::new(Code::Conflict, field.message.clone()).with_field(field),
            Error::IllegalState(detail) => Self::new(Code::IllegalState, detail),
            Error::LastOwner => Self::new(
                Code::LastOwner,
                "Nobody could act as owner any more. Make someone else an owner who can sign in, then try again. If it is \
                 about a key, another key will do: \"keystead owner recover\" on the server makes a link for one.",
            ),
            Error::Forbidden(detail) => Self::forbidden(sentence(detail)),
            Error::Stale => Self::new(
                Code::PreconditionFailed,
                "Someone else changed it since you opened it. Load it again, look at what is new and repeat your change.",
            ),
            Error::Link(refusal) => link(refusal),
            Error::IdempotencyMismatch => Self::new(
                Code::IdempotencyMismatch,
                "A repeated request must be the same as the first. Use a new key for another request.",
            ),
            Error::Unavailable(reason) => {
                tracing::warn!(%reason, "the database is not available");
                Self::unavailable(
                    "The database can't be reached or is busy. Nothing was changed; try again in a moment.",
                )
            }
            Error::Unusable(reason) => {
                tracing::error!(%reason, "the database can't be used");
                Self::internal()
            }
            Error::Database(error) => {
                tracing::error!(%error, "the database refused a statement");
                Self::internal()
            }
            Error::Sealed => {
                tracing::error!("sealed data can't be opened with this installation's key");
                Self::internal()
            }
        }
    }
}

/// A clause as a sentence for people.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn link(refusal: LinkRefusal) -> Problem {
    match refusal {
        LinkRefusal::Unknown => {
            Problem::new(Code::LinkUnknown, "Open the link from the mail again, whole: part of it may be missing.")
        }
        LinkRefusal::Used => Problem::new(
            Code::LinkUsed,
            "A link works once. If it was you, go to the sign-in page; if not, tell your administrator at once.",
        ),
        LinkRefusal::Expired => Problem::new(Code::LinkExpired, "Ask your administrator to send you a new link."),
        LinkRefusal::Cancelled => Problem::new(
            Code::LinkCancelled,
            "A newer link was sent, or the key was withdrawn. Use the newest mail, or ask your administrator.",
        ),
        LinkRefusal::Disabled => {
            Problem::new(Code::LinkDisabled, "Your account is disabled. Ask your administrator to enable it.")
        }
        LinkRefusal::CodeUnknown => Problem::new(
            Code::CodeUnknown,
            "Compare it with the screen, letter by letter, or scan the picture there. A code works for ten minutes.",
        ),
        LinkRefusal::CodeUsed => Problem::new(
            Code::CodeUsed,
            "A code works on one phone. If that phone is not yours, have a new code shown at once: it stops the other.",
        ),
        LinkRefusal::CodeExpired => Problem::new(
            Code::CodeExpired,
            "A code works for ten minutes. Have a new one shown, then scan or type that.",
        ),
        LinkRefusal::CodeReplaced => {
            Problem::new(Code::CodeReplaced, "A newer code was shown since. Scan or type the one on the screen now.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn document(problem: Problem) -> serde_json::Value {
        let response = problem.respond(Some("r-1"));
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_is_an_rfc_9457_document() {
        let problem = Problem::from(Error::field("email", "malformed", "Write an address like jane@example.com."));
        assert_eq!(
            document(problem).await,
            serde_json::json!({
                "type": "urn:keystead:problem:invalid",
                "title": "The request can't be used as it is",
                "status": 422,
                "detail": "Write an address like jane@example.com.",
                "code": "invalid",
                "errors": [{ "field": "email", "code": "malformed", "message": "Write an address like jane@example.com." }],
                "requestId": "r-1",
            })
        );
    }

    #[tokio::test]
    async fn a_fault_tells_nothing_of_its_cause() {
        let text = document(Problem::from(Error::Unusable("table users is torn".to_owned()))).await.to_string();
        assert!(text.contains("\"status\":500") && !text.contains("users"), "{text}");
    }

    #[test]
    fn a_busy_database_asks_to_try_again() {
        let response = Problem::from(Error::Unavailable("busy".to_owned())).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
