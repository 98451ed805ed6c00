//! What is said to a client whose request was refused: the SCIM error message.

use serde_json::{Value, json};

/// The URN of the error message.
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Why a request was refused, in the words that a client's program can act on
/// (RFC 7644 section 3.12 table 9, RFC 9865 section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter can't be read, or compares in a way that isn't supported.
    InvalidFilter,
    /// More would have to be answered than the server is willing to.
    TooMany,
    /// Something with this name exists already.
    Uniqueness,
    /// The attribute can't be changed or taken away.
    Mutability,
    /// The message isn't what the standard describes.
    InvalidSyntax,
    /// The path of a patch names nothing in the schema.
    InvalidPath,
    /// The path of a patch met nothing that could be changed.
    NoTarget,
    /// A value is missing, or not of the attribute's type.
    InvalidValue,
    /// The request is for another version of the protocol.
    InvalidVers,
    /// The request carries something private in its address.
    Sensitive,
    /// The cursor isn't one that this server gave.
    InvalidCursor,
    /// The cursor was given too long ago.
    ExpiredCursor,
    /// The count isn't one that this server answers with a cursor.
    InvalidCount,
}

impl ScimType {
    /// The word as it stands in the message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// A refused request (RFC 7644 section 3.12).
///
/// ```
/// use keystead_scim::Error;
///
/// let error = Error::uniqueness("There is already a user with this userName.");
/// assert_eq!(error.status, 409);
/// assert_eq!(error.to_value()["status"], "409"); // a string: the standard says so, and clients insist
/// assert_eq!(error.to_value()["scimType"], "uniqueness");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// The reason for programs, where the standard has a word for it.
    pub scim_type: Option<ScimType>,
    /// The reason for people.
    pub detail: String,
}

impl Error {
    /// An error for which the standard has no `scimType`: 401, 403, 404, 412, 429 and the like.
    pub fn status(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    fn of(scim_type: ScimType, detail: impl Into<String>) -> Self {
        let status = if scim_type == ScimType::Uniqueness { 409 } else { 400 };
        Self { status, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// 400: the filter can't be read, or asks for what isn't supported.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidFilter, detail)
    }

    /// 400: more than the server is willing to answer.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::of(ScimType::TooMany, detail)
    }

    /// 409: the name is taken.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Uniqueness, detail)
    }

    /// 400: the attribute can't be changed or taken away.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Mutability, detail)
    }

    /// 400: the message isn't what the standard describes.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidSyntax, detail)
    }

    /// 400: the path names nothing in the schema.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidPath, detail)
    }

    /// 400: the path met nothing that could be changed.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::of(ScimType::NoTarget, detail)
    }

    /// 400: a value is missing or of the wrong type.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidValue, detail)
    }

    /// 400: the request is for another version of the protocol.
    pub fn invalid_version(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidVers, detail)
    }

    /// 400: the request carries something private in its address.
    pub fn sensitive(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Sensitive, detail)
    }

    /// 400: the cursor isn't one of this server's (RFC 9865).
    pub fn invalid_cursor(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidCursor, detail)
    }

    /// 400: the cursor has run out; the client begins again (RFC 9865).
    pub fn expired_cursor(detail: impl Into<String>) -> Self {
        Self::of(ScimType::ExpiredCursor, detail)
    }

    /// 400: this count isn't answered with a cursor (RFC 9865).
    pub fn invalid_count(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidCount, detail)
    }

    /// 413: larger than the limits that the server announces.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::status(413, detail)
    }

    /// The message as it is sent.
    pub fn to_value(&self) -> Value {
        let mut message = json!({ "schemas": [ERROR_URN], "status": self.status.to_string(), "detail": self.detail });
        if let Some(scim_type) = self.scim_type {
            message["scimType"] = scim_type.as_str().into();
        }
        message
    }
}

/// A word of the client's as it is shown in an error: in quotes, and not longer than a line.
pub(crate) fn quoted(word: &str) -> String {
    let short: String = word.chars().take(80).collect();
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_word_of_the_standard_has_no_scim_type() {
        let message = Error::status(404, "There is no such user.").to_value();
        assert_eq!(message, json!({ "schemas": [ERROR_URN], "status": "404", "detail": "There is no such user." }));
    }

    #[test]
    fn only_a_name_that_is_taken_is_a_conflict() {
        assert_eq!(Error::uniqueness("").status, 409);
        assert_eq!(Error::invalid_cursor("").status, 400);
        assert_eq!(Error::too_large("").status, 413);
    }
}
