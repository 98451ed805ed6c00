//! Versions on the wire: `ETag` in answers, `If-Match` in requests.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use keystead_directory::{Error, FieldError};
use serde::Serialize;
use uuid::Uuid;

use super::{
    error::{Code, Problem},
    extract::Json,
};

/// JSON with the `ETag` of its version.
#[derive(Debug)]
pub struct Versioned<T> {
    /// The status: 200, or 201 for something new.
    pub status: StatusCode,
    /// The version.
    pub version: i64,
    /// The body.
    pub body: T,
}

impl<T> Versioned<T> {
    /// An answer with status 200.
    pub fn ok(version: i64, body: T) -> Self {
        Self { status: StatusCode::OK, version, body }
    }

    /// An answer with status 201.
    pub fn created(version: i64, body: T) -> Self {
        Self { status: StatusCode::CREATED, version, body }
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", self.version)) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }
}

/// The version that the caller has read, if they say so.
///
/// `None` and `*` agree with every version; a weak or foreign tag agrees with none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl IfMatch {
    /// A version that nothing has, for tags that are not ours.
    const NO_VERSION: i64 = -1;

    fn read(headers: &HeaderMap) -> Self {
        let mut tags = headers
            .get_all(header::IF_MATCH)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .map(str::trim);
        let Some(first) = tags.next() else { return Self(None) };
        if first == "*" {
            return Self(None);
        }
        let version = first.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')?.parse::<i64>().ok());
        match (version, tags.next()) {
            (Some(version), None) => Self(Some(version)),
            _ => Self(Some(Self::NO_VERSION)),
        }
    }

    /// Refuses a stale version where the domain function does not take it.
    ///
    /// # Errors
    /// `precondition_failed`.
    pub fn check(self, version: i64) -> Result<(), Problem> {
        if self.0.is_none_or(|known| known == version) { Ok(()) } else { Err(Error::Stale.into()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(&parts.headers))
    }
}

/// The key under which a repeated `POST` gets the first answer again.
#[derive(Debug, Clone, Copy)]
pub struct IdempotencyKey(pub Option<Uuid>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        match (value.to_str().ok().and_then(|text| text.trim().parse().ok()), values.next()) {
            (Some(key), None) => Ok(Self(Some(key))),
            _ => Err(Problem::new(Code::Invalid, "Idempotency-Key must be one UUID.").with_field(FieldError::new(
                "Idempotency-Key",
                "malformed",
                "Send one UUID, new for each thing you create.",
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> IfMatch {
        let headers = lines.iter().map(|line| (header::IF_MATCH, line.parse().unwrap())).collect();
        IfMatch::read(&headers)
    }

    #[test]
    fn only_the_version_that_was_read_agrees() {
        assert_eq!(read(&[]), IfMatch(None));
        assert_eq!(read(&["*"]), IfMatch(None));
        assert_eq!(read(&["\"7\""]), IfMatch(Some(7)));
        assert!(read(&["\"7\""]).check(7).is_ok());
        for tag in ["\"6\"", "W/\"7\"", "7", "\"\"", "\"7\", \"8\"", "\"seven\"", "", "\"99999999999999999999\""] {
            assert!(read(&[tag]).check(7).is_err(), "{tag}");
        }
    }
}
