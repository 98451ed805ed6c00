//! Undoing.

use super::lease::{Claim, Step};
use crate::{
    db::Tx,
    error::{Error, Result},
};

/// Takes some hundreds of rows back; to be called, each time in a transaction of its own, until it
/// is done.
///
/// # Errors
/// [`Error::Stale`] when another server took over: drop the claim.
pub async fn undo_step(_tx: &mut Tx, _claim: &Claim) -> Result<Step> {
    Err(Error::Unavailable("not yet".to_owned()))
}
