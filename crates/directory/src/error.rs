//! What can go wrong in the domain, in terms a caller can act on.

use crate::ids::UserId;
use serde::Serialize;

/// The result of every domain function.
pub type Result<T> = std::result::Result<T, Error>;

/// One field of the input that can't be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// The field's name as the API writes it.
    pub field: String,
    /// A stable code: `required`, `malformed`, `tooLong`, `taken`, `unknown`, `notAllowed`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What to mend, in plain words.
    pub message: String,
    /// The person who has what was asked for, where that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl FieldError {
    /// A field error without a person.
    pub fn new(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), code, message: message.into(), user_id: None }
    }
}

/// Why a link can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    /// No such link was ever made, or it was mistyped.
    Unknown,
    /// It has done its work already.
    Used,
    /// Its time is over.
    Expired,
    /// An administrator cancelled it or sent a newer one.
    Cancelled,
    /// The person it was made for is disabled.
    Disabled,
    /// No such code was ever shown, or it was mistyped.
    CodeUnknown,
    /// The code was used by another phone.
    CodeUsed,
    /// The code's minutes are over.
    CodeExpired,
    /// A newer code was shown instead.
    CodeReplaced,
}

/// The one error type of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was named does not exist (any more).
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Input that must be mended; at least one field.
    #[error("the input has {} field(s) to mend", .0.len())]
    Invalid(Vec<FieldError>),
    /// Something unique is taken by someone or something else.
    #[error("{}", .0.message)]
    Taken(FieldError),
    /// The thing is not in a state that allows this; the text says which it is in.
    #[error("{0}")]
    IllegalState(String),
    /// The change would leave the organisation without an owner who can sign in.
    #[error("this is the last owner: make someone else an owner first")]
    LastOwner,
    /// The caller may not do this; the text says why.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Somebody else changed it since it was read.
    #[error("it was changed by someone else in the meantime")]
    Stale,
    /// A link that can't be used.
    #[error("the link can't be used: {0:?}")]
    Link(LinkRefusal),
    /// The same idempotency key came with another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// The database can't be reached or is too busy; nothing was changed, trying again may work.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database holds what this program can't use (a newer schema, another key).
    #[error("{0}")]
    Unusable(String),
    /// Any other failure of the database.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// Sealed data that can't be opened with this installation's key.
    #[error("sealed data can't be opened with this installation's key")]
    Sealed,
}

impl Error {
    /// One field that must be mended.
    pub fn field(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// Whether this is the violation of a unique rule: `constraint` is PostgreSQL's name of it,
    /// `columns` the way SQLite names it (`table.column`).
    pub fn violates(&self, constraint: &str, columns: &str) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.is_unique_violation() && (error.constraint() == Some(constraint) || error.message().ends_with(columns))
    }
}

/// Whether a database's code says that it is too busy or in trouble, not that the statement is wrong.
fn is_passing(code: &str) -> bool {
    // SQLite's are short numbers whose lowest byte is the primary code.
    if let (..5, Ok(number)) = (code.len(), code.parse::<u32>()) {
        // Busy, locked, out of memory, I/O, disk full, can't open.
        return matches!(number & 0xFF, 5 | 6 | 7 | 10 | 13 | 14);
    }
    // PostgreSQL: connection lost, out of resources, shutting down or starting up, serialisation,
    // deadlock, a lock or statement that took too long, read-only (a standby).
    code.starts_with("08")
        || code.starts_with("53")
        || code.starts_with("57P")
        || matches!(code, "40001" | "40P01" | "55P03" | "57014" | "25P03" | "25006" | "58030")
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::Database(inner) if inner.code().as_deref().is_some_and(is_passing) => {
                Self::Unavailable(inner.to_string())
            }
            _ => Self::Database(error),
        }
    }
}
