//! Applying.

use super::lease::{Claim, Step};
use crate::{
    db::Tx,
    error::{Error, Result},
    secret::Sealer,
};

/// What is needed to write the mails of keys that an import assigns.
pub struct Letters<'a> {
    /// Seals the letters.
    pub sealer: &'a Sealer,
    /// The address of a registration link up to its token: `https://keystead.example/register#`.
    pub link: &'a str,
    /// Whether there is a mail server; without one no mail is written.
    pub can_send: bool,
}

/// Applies some hundreds of rows; to be called, each time in a transaction of its own, until it is
/// done. The transaction of the last step is the one in which to write what tells about the end.
///
/// # Errors
/// [`Error::Stale`] when another server took over, or somebody cancelled: drop the claim.
/// [`Error::Unavailable`] when something else was quicker: the step can be tried again.
pub async fn apply_step(_tx: &mut Tx, _claim: &Claim, _letters: &Letters<'_>) -> Result<Step> {
    Err(Error::Unavailable("not yet".to_owned()))
}
