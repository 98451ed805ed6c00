//! Extractors that answer with a problem document when a request can't be read.
//!
//! Use these in handlers, not axum's: [`Json`] for bodies, [`Query`] for queries, [`Path`] for
//! the parts of an address, [`Nothing`] for a `POST` that needs no body.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use keystead_directory::FieldError;
use serde::{Serialize, de::DeserializeOwned};

use tokio::time::timeout;

use super::{
    error::{Code, Problem},
    layers::Deadlines,
};

/// The most bytes that a body may have.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// A JSON body; as an answer, JSON with status 200.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                Code::UnsupportedMediaType,
                "Send a JSON body with the header \"Content-Type: application/json\".",
            ));
        }
        read_json(&read(request).await?).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The body of a `POST` that says everything by its address: none, or `{}`.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl<S: Send + Sync> FromRequest<S> for Nothing {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Empty {}
        let json = is_json(request.headers());
        let body = read(request).await?;
        if body.is_empty() {
            return Ok(Self);
        }
        if !json {
            return Err(Problem::new(
                Code::UnsupportedMediaType,
                "Send no body, or {} with Content-Type: application/json.",
            ));
        }
        read_json::<Empty>(&body).map(|Empty {}| Self)
    }
}

/// The query of the address.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(QueryRejection::FailedToDeserializeQueryString(rejection)) => {
                let text = source(&rejection).unwrap_or_else(|| rejection.body_text());
                // The error is written as "field: what is wrong" when the field is known.
                let (field, reason) = text.split_once(": ").unwrap_or(("", text.as_str()));
                Err(fault("query", field, reason))
            }
            Err(_) => Err(Problem::unreadable("The query can't be read: write it as name=value&name=value.")),
        }
    }
}

fn source(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut last = error.source()?;
    while let Some(inner) = last.source() {
        last = inner;
    }
    error.source().map(ToString::to_string).or_else(|| Some(last.to_string()))
}

/// The parts of the address. A part that can't be an id names nothing: 404.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(_) => Err(Problem::not_found("This address names nothing: an id in it is not complete.")),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Reads a whole body within [`BODY_LIMIT`] and the request's deadlines.
///
/// # Errors
/// `payload_too_large`, `request_timeout`, `invalid` when it broke off.
pub async fn read(request: Request) -> Result<Bytes, Problem> {
    let deadlines = request.extensions().get::<Deadlines>().copied().unwrap_or_default();
    let reading = timeout(deadlines.body, Limited::new(request.into_body(), BODY_LIMIT).collect());
    let Ok(body) = reading.await else { return Err(too_slow()) };
    match body {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(broken_off(error.as_ref())),
    }
}

fn too_slow() -> Problem {
    Problem::new(Code::RequestTimeout, "The body came too slowly. Send it again, in one go.")
}

/// The refusal of a body that did not come to its end.
pub fn broken_off(error: &(dyn std::error::Error + 'static)) -> Problem {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<tower_http::timeout::TimeoutError>() {
            return too_slow();
        }
        cause = error.source();
    }
    Problem::unreadable("The body broke off. Send it again.")
}

/// The refusal of a body over [`BODY_LIMIT`].
pub fn too_large() -> Problem {
    Problem::new(Code::PayloadTooLarge, "A request may have at most 1 MiB. Split it into smaller ones.")
}

/// The refusal of a file over the configured limit.
pub fn file_too_large(most: u64) -> Problem {
    let most = match most / (1024 * 1024) {
        0 => format!("{most} bytes"),
        mebibytes => format!("{mebibytes} MiB"),
    };
    Problem::new(
        Code::PayloadTooLarge,
        format!(
            "A file may have at most {most} here. Split it, or ask whoever runs Keystead to raise \
             KEYSTEAD_IMPORT_MAX_BYTES."
        ),
    )
}

fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would take a list of values, in the order of the fields, for an object.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::unreadable("The body is a list. Send a JSON object."));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        // A number where one of several words belongs is called a fault of syntax, and is none.
        if error.inner().is_syntax() && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
            return fault("body", if path == "." { "" } else { &path }, "");
        }
        json_fault(&path, error.inner())
    })?;
    deserializer.end().map_err(|error| json_fault("", &error))?;
    Ok(value)
}

/// Says which field of a body is at fault and why, without quoting the body.
fn json_fault(path: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            let reason = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
            fault("body", if path == "." { "" } else { path }, reason)
        }
        serde_json::error::Category::Eof if error.column() == 0 => {
            Problem::unreadable("The body is empty. Send a JSON object.")
        }
        _ => Problem::unreadable(format!(
            "The body is not JSON: look at line {}, column {}.",
            error.line(),
            error.column()
        )),
    }
}

/// A fault that serde found, as a problem that names the field (400).
fn fault(place: &str, path: &str, reason: &str) -> Problem {
    let named = |prefix: &str| reason.strip_prefix(prefix)?.strip_prefix('`')?.split('`').next().map(ToOwned::to_owned);
    let inside = |field: &str| match path.rsplit_once('.') {
        Some((parent, last)) if last == field => format!("{parent}.{field}"),
        None if path == field || path.is_empty() => field.to_owned(),
        _ => format!("{path}.{field}"),
    };
    let (field, code, message) = if let Some(field) = named("missing field ") {
        (inside(&field), "required", "This field is needed.".to_owned())
    } else if let Some(field) = named("unknown field ") {
        (inside(&field), "unknown", "There is no such field here: leave it out or mend its name.".to_owned())
    } else if let Some(field) = named("duplicate field ") {
        (inside(&field), "notAllowed", "This field is given twice.".to_owned())
    } else {
        (path.to_owned(), "malformed", plain(reason))
    };
    let detail =
        if field.is_empty() { format!("The {place} can't be used: {message}") } else { format!("{field}: {message}") };
    Problem::new(Code::Invalid, detail)
        .with_status(StatusCode::BAD_REQUEST)
        .with_field(FieldError::new(&field, code, message))
}

/// What serde expected, in plain words and without what was sent.
fn plain(reason: &str) -> String {
    let Some((_, expected)) = reason.split_once(", expected ") else {
        return "This value can't be used. Look at the API reference for what is allowed.".to_owned();
    };
    match expected.strip_prefix("one of ") {
        Some(list) => format!("Use one of {}.", list.replace('`', "")),
        None => format!("This must be {}.", expected.replace('`', "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Body {
        email: String,
        kind: Option<Kind>,
        key: Option<Key>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Kind {
        HardwareKey,
        Platform,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Key {
        name: String,
    }

    fn refused(body: &str) -> (String, &'static str, String) {
        let problem = read_json::<Body>(body.as_bytes()).unwrap_err();
        let text = format!("{problem:?}");
        let field = problem.errors().first().cloned();
        field.map_or_else(|| (String::new(), "", text), |error| (error.field, error.code, error.message))
    }

    #[test]
    fn the_field_at_fault_is_named() {
        assert_eq!(refused("{}").0, "email");
        assert_eq!(refused("{}").1, "required");
        let (field, code, _) = refused(r#"{"email":"a","role":"owner"}"#);
        assert_eq!((field.as_str(), code), ("role", "unknown"));
        let (field, code, _) = refused(r#"{"email":"a","key":{"name":"b","state":"active"}}"#);
        assert_eq!((field.as_str(), code), ("key.state", "unknown"));
        let (field, code, _) = refused(r#"{"email":"a","key":{}}"#);
        assert_eq!((field.as_str(), code), ("key.name", "required"));
        let (field, code, message) = refused(r#"{"email":["a"]}"#);
        assert_eq!((field.as_str(), code, message.as_str()), ("email", "malformed", "This must be a string."));
        let (field, _, message) = refused(r#"{"email":"a","kind":"card"}"#);
        assert_eq!((field.as_str(), message.as_str()), ("kind", "This must be hardwareKey or platform."));
        let (field, code, _) = refused(r#"{"email":"a","kind":1}"#);
        assert_eq!((field.as_str(), code), ("kind", "malformed"));
        let (field, code, _) = refused(r#"{"email":"a","email":"b"}"#);
        assert_eq!((field.as_str(), code), ("email", "notAllowed"));
    }

    #[test]
    fn a_list_of_values_is_no_object() {
        for body in ["[]", r#" ["a", null, null]"#] {
            assert!(read_json::<Body>(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_body_after_the_body_is_refused() {
        assert!(read_json::<Body>(br#"{"email":"a"} {"email":"b"}"#).is_err());
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = format!("{{\"email\":\"a\",\"key\":{}", "[".repeat(100_000));
        assert!(read_json::<Body>(deep.as_bytes()).is_err());
        assert!(read_json::<serde_json::Value>("[".repeat(100_000).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_repeating_them(bytes: Vec<u8>) {
            let _ = read_json::<Body>(&bytes);
        }

        #[test]
        fn a_refusal_never_quotes_a_value(secret in "[a-z]{24}") {
            let body = serde_json::json!({ "email": { "token": secret } }).to_string();
            let problem = read_json::<Body>(body.as_bytes()).unwrap_err();
            let shown = format!("{problem:?}");
            prop_assert!(!shown.contains(&secret));
            let body = serde_json::json!({ "email": "a", "kind": secret }).to_string();
            let problem = read_json::<Body>(body.as_bytes()).unwrap_err();
            let shown = format!("{problem:?}");
            prop_assert!(!shown.contains(&secret));
        }
    }
}
