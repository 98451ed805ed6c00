//! The connection to Microsoft Entra ID.

pub mod authorize;
pub mod connection;
pub mod groups;

use crate::{
    entra::Failure,
    http::error::{Code, Problem},
};

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure.code {
            "database" => Self::internal(),
            "notConfigured" | "notAuthorized" => Self::new(Code::IllegalState, failure.message),
            _ => Self::new(Code::EntraRefused, failure.message),
        }
    }
}

/// People wait for these answers: Microsoft has this long.
const WHILE_SOMEBODY_WAITS: std::time::Duration = std::time::Duration::from_secs(25);

async fn in_time<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Problem> {
    match tokio::time::timeout(WHILE_SOMEBODY_WAITS, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Problem::new(
            Code::EntraRefused,
            "Microsoft takes very long to answer, or asks to wait. Try again in a minute.",
        )),
    }
}
