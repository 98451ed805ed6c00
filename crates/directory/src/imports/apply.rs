//! Applying: what the plan says is done to some hundreds of people at a time, and each row gets
//! its result. A row whose person was changed meanwhile is left alone: the change stands.

mod groups;
mod keys;
mod members;
pub(super) mod rows;

use serde_json::json;

use super::{
    Import, ImportState, Outcome, Part, RowResult,
    lease::{self, Claim, Step, hold, stop},
    plan::Targets,
    stage::takes_groups,
    written,
};
use crate::{
    activity::Action,
    actor::Actor,
    db::Tx,
    error::{Error, Result},
    groups as here,
    secret::Sealer,
    sql,
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

/// Applies as many rows as [`Claim::rows`] says; to be called, each time in a transaction of its own, until it is
/// done. The transaction of the last step is the one in which to write what tells about the end.
///
/// # Errors
/// [`Error::Stale`] when another server took over, or somebody cancelled: drop the claim.
/// [`Error::Unavailable`] when something else was quicker: nothing of the step happened, and it can
/// be tried again.
pub async fn apply_step(tx: &mut Tx, claim: &Claim, letters: &Letters<'_>) -> Result<Step> {
    match step(tx, claim, letters).await {
        // Somebody else added the name, or deleted the person, between our look and our write. Tried
        // again, the step sees it.
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

async fn step(tx: &mut Tx, claim: &Claim, letters: &Letters<'_>) -> Result<Step> {
    let import = hold(tx, claim, ImportState::Applying).await?;
    one_at_a_time(tx).await?;
    let now = tx.now();
    let actor = import.acting.acting(tx, now).await?;
    let targets = match Targets::of(tx, &actor, &import.options).await? {
        Ok(targets) => targets,
        Err(refusal) => {
            stop(tx, &import, refusal.into_failure()).await?;
            return Ok(Step::Done);
        }
    };
    match import.part {
        Part::First => make_groups(tx, &import, &actor, &targets).await?,
        Part::Rows => rows::step(tx, &import, &actor, &targets, letters, claim.rows()).await?,
        Part::Groups => groups::step(tx, &import, &actor).await?,
        Part::Members => members::step(tx, &import, &actor).await?,
        Part::Absent | Part::Last => {
            finish(tx, &import, &actor).await?;
            return Ok(Step::Done);
        }
    }
    Ok(Step::More)
}

/// Steps of all imports wait for one another, so that two imports never add the same person.
pub(super) async fn one_at_a_time(tx: &mut Tx) -> Result<()> {
    let _: (i64,) = tx
        .query(sql!(
            sqlite: "select 1",
            postgres: "select 1::bigint from (select pg_advisory_xact_lock(7310002)) locked"
        ))
        .one()
        .await?;
    Ok(())
}

/// Makes the new groups; nobody else can have made them since the targets were looked at but in the
/// same moment, and then the step is tried again.
async fn make_groups(tx: &mut Tx, import: &Import, actor: &Actor, targets: &Targets) -> Result<()> {
    let mut made = Vec::new();
    for name in &targets.new {
        let new = here::NewGroup { name: name.clone(), description: None, role: None };
        let group = match here::create(tx, actor, new).await {
            Err(Error::Taken(_)) => return Err(Error::Unavailable("a group was added at the same moment".to_owned())),
            made => made?,
        };
        made.push(group.id);
    }
    tx.query(sql!("update imports set part = 'rows', place = 0, place_spot = -1, made_groups = $2 where id = $1"))
        .bind(import.id)
        .bind(written(&made))
        .execute()
        .await?;
    Ok(())
}

async fn next(tx: &mut Tx, import: &Import, part: Part) -> Result<()> {
    tx.query(sql!("update imports set part = $2, place_id = null where id = $1"))
        .bind(import.id)
        .bind(part)
        .execute()
        .await?;
    Ok(())
}

/// The part that follows the rows.
fn after_rows(import: &Import) -> Part {
    if takes_groups(import.options.entra.as_ref()) { Part::Groups } else { Part::Last }
}

async fn finish(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "update imports set state = 'finished', ended_at = $2, lease = null, leased_until = 0, version = version + 1 \
         where id = $1"
    ))
    .bind(import.id)
    .bind(now)
    .execute()
    .await?;
    let details = json!({ "outcome": import.outcome });
    lease::record(tx, actor, Action::ImportFinished, import.id, &import.name, details).await
}

impl Outcome {
    fn count(&mut self, result: RowResult) {
        *match result {
            RowResult::Created => &mut self.created,
            RowResult::Updated => &mut self.updated,
            RowResult::Unchanged => &mut self.unchanged,
            RowResult::Deactivated => &mut self.deactivated,
            RowResult::Skipped => &mut self.skipped,
            RowResult::Failed => &mut self.failed,
        } += 1;
    }
}
