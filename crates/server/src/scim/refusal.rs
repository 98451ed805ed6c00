//! Every way to say no, as a SCIM error message (RFC 7644 section 3.12).

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use keystead_scim::Error;

use super::MEDIA_TYPE;
use crate::http::error::{Code, Problem};

/// A refused request.
#[derive(Debug)]
pub struct Refusal {
    /// The message.
    pub error: Error,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// With a header beside the message.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, headers: Vec::new() }
    }
}

impl From<keystead_directory::Error> for Refusal {
    fn from(error: keystead_directory::Error) -> Self {
        Problem::from(error).into()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let fields: Vec<String> =
            problem.errors().iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        let detail = if fields.is_empty() { problem.detail().to_owned() } else { fields.join(" ") };
        let error = match problem.code() {
            Code::Invalid => Error::invalid_value(detail),
            Code::Conflict => Error::uniqueness(detail),
            // To a client, 409 means that a name is taken: it would look for the other and never come back to this.
            Code::LastOwner => Error::status(
                403,
                "This is the last person who can act as owner of Keystead. Make someone else an owner there first.",
            ),
            _ => Error::status(problem.status().as_u16(), detail),
        };
        Self { error, headers: problem.headers().to_vec() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.error.to_value().to_string()));
        *response.status_mut() = StatusCode::from_u16(self.error.status).unwrap_or(StatusCode::BAD_REQUEST);
        response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

/// 401.
pub fn unauthenticated() -> Refusal {
    Refusal::from(Error::status(401, "Send a SCIM token of Keystead: \"Authorization: Bearer kss_…\"."))
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"scim\""))
}

/// 404 for an address without meaning.
pub fn nothing_here() -> Refusal {
    Error::status(404, "There is nothing at this address.").into()
}

/// 404 for an id that is nobody's.
pub fn no_such(what: &str) -> Refusal {
    Error::status(404, format!("There is no such {what}: it may have been deleted.")).into()
}

/// 405.
pub fn method_not_allowed(allow: &'static str) -> Refusal {
    Refusal::from(Error::status(405, format!("This address takes {allow}.")))
        .with_header(header::ALLOW, HeaderValue::from_static(allow))
}
