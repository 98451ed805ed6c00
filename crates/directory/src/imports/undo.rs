//! Undoing: people who were added and have done nothing since go again; fields that still hold what
//! the import wrote get their old values back. What somebody changed since stays, and is named.

mod groups;
mod rows;

use serde_json::json;

use super::{
    ImportState, Part,
    apply::one_at_a_time,
    lease::{self, Claim, Step, hold},
};
use crate::{
    activity::Action,
    db::Tx,
    error::{Error, Result},
    sql,
};

/// Takes some hundreds of rows back; to be called, each time in a transaction of its own, until it
/// is done.
///
/// # Errors
/// [`Error::Stale`] when another server took over: drop the claim. [`Error::Unavailable`] when
/// something else was quicker: nothing of the step happened, and it can be tried again.
pub async fn undo_step(tx: &mut Tx, claim: &Claim) -> Result<Step> {
    match step(tx, claim).await {
        Err(Error::Database(error))
            if error
                .as_database_error()
                .is_some_and(|inner| inner.is_unique_violation() || inner.is_foreign_key_violation()) =>
        {
            Err(Error::Unavailable(error.to_string()))
        }
        other => other,
    }
}

async fn step(tx: &mut Tx, claim: &Claim) -> Result<Step> {
    let import = hold(tx, claim, ImportState::Undoing).await?;
    one_at_a_time(tx).await?;
    let now = tx.now();
    let actor = import.acting.acting(tx, now).await?;
    match import.part {
        // Memberships first: a person who is deleted takes theirs along.
        Part::First | Part::Members => groups::members(tx, &import, &actor).await?,
        Part::Rows => rows::step(tx, &import, &actor).await?,
        Part::Groups | Part::Absent => groups::unmake(tx, &import, &actor).await?,
        Part::Last => {
            tx.query(sql!(
                "update imports set state = 'undone', lease = null, leased_until = 0, version = version + 1 where id = $1"
            ))
            .bind(import.id)
            .execute()
            .await?;
            let details = json!({ "undone": import.undone });
            lease::record(tx, &actor, Action::ImportUndone, import.id, &import.name, details).await?;
            return Ok(Step::Done);
        }
    }
    Ok(Step::More)
}
