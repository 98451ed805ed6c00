//! Who works on an import: one server at a time, by a lease that every step names and renews.

use uuid::Uuid;

use super::{Failure, Import, ImportState, Row, written};
use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::ImportId,
    sql,
};

/// How long a server that works on an import is believed to be alive without a step.
pub const LEASE_SECONDS: i64 = 10;

/// An import that this server works on.
#[derive(Debug, Clone)]
pub struct Claim {
    /// As it was when it was claimed.
    pub import: Import,
    /// The lease; what follows is only accepted with it.
    pub lease: Uuid,
    rows: i64,
}

/// How many rows the first step takes, and the fewest.
const FEWEST: i64 = 500;
/// The most rows that a step takes: they are in memory several times over.
const MOST: i64 = 5000;
/// How long a step is to take, in microseconds: everybody else who writes on SQLite waits for it.
const LENGTH: i64 = 150_000;

impl Claim {
    /// How many rows the next step takes.
    pub fn rows(&self) -> i64 {
        self.rows
    }

    /// Learns from how long a step took, its commit included. Each step costs a sync of the disk
    /// and the pages of every index that it touches, so the more rows share one the better.
    pub fn took(&mut self, time: std::time::Duration) {
        let took = i64::try_from(time.as_micros()).unwrap_or(i64::MAX).max(1);
        // Not more than twice as many: a step that had little to do says little about the next.
        self.rows = (self.rows.saturating_mul(LENGTH) / took).min(self.rows * 2).clamp(FEWEST, MOST);
    }
}

/// Whether a phase is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is more to do: commit, and call again.
    More,
    /// The phase is over: commit.
    Done,
}

/// Claims the import that waits longest for a server, if any does; `lease` is the server's own
/// random number.
pub async fn claim(tx: &mut Tx, lease: Uuid) -> Result<Option<Claim>> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(sql!(
            sqlite: "update imports set lease = $1, leased_until = $2 \
                where id = (select id from imports where state in ('reading', 'planning', 'applying', 'undoing') \
                and deleted_at is null and leased_until <= $3 order by leased_until, created_at, id limit 1) returning *",
            postgres: "update imports set lease = $1, leased_until = $2 \
                where id = (select id from imports where state in ('reading', 'planning', 'applying', 'undoing') \
                and deleted_at is null and leased_until <= $3 order by leased_until, created_at, id limit 1 \
                for update skip locked) returning *"
        ))
        .bind(lease)
        .bind(now.plus_seconds(LEASE_SECONDS))
        .bind(now)
        .optional()
        .await?;
    row.map(|row| Ok(Claim { import: row.try_into()?, lease, rows: FEWEST })).transpose()
}

/// Whether any import waits for a server.
pub async fn due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let row: Option<(i32,)> = conn
        .query(sql!(
            "select 1 from imports where state in ('reading', 'planning', 'applying', 'undoing') \
             and deleted_at is null and leased_until <= $1 limit 1"
        ))
        .bind(now)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Claims this import, if it waits for a server; `lease` is the server's own random number.
pub async fn claim_this(tx: &mut Tx, id: ImportId, lease: Uuid) -> Result<Option<Claim>> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(sql!(
            "update imports set lease = $2, leased_until = $3 where id = $1 and leased_until <= $4 \
             and state in ('reading', 'planning', 'applying', 'undoing') and deleted_at is null returning *"
        ))
        .bind(id)
        .bind(lease)
        .bind(now.plus_seconds(LEASE_SECONDS))
        .bind(now)
        .optional()
        .await?;
    row.map(|row| Ok(Claim { import: row.try_into()?, lease, rows: FEWEST })).transpose()
}

/// Gives a claim up, so that whoever comes next need not wait for the end of its lease.
pub async fn release(tx: &mut Tx, claim: &Claim) -> Result<()> {
    tx.query(sql!("update imports set lease = null, leased_until = 0 where id = $1 and lease = $2"))
        .bind(claim.import.id)
        .bind(claim.lease)
        .execute()
        .await?;
    Ok(())
}

/// Renews the lease and reads the import, whose row is then locked until the use case ends.
///
/// # Errors
/// [`Error::Stale`] when another server took over, or somebody cancelled: drop the claim.
pub(super) async fn hold(tx: &mut Tx, claim: &Claim, state: ImportState) -> Result<Import> {
    let now = tx.now();
    let row: Option<Row> = tx
        .query(sql!(
            "update imports set leased_until = $3, paused_until = null \
             where id = $1 and lease = $2 and state = $4 and deleted_at is null returning *"
        ))
        .bind(claim.import.id)
        .bind(claim.lease)
        .bind(now.plus_seconds(LEASE_SECONDS))
        .bind(state)
        .optional()
        .await?;
    row.ok_or(Error::Stale)?.try_into()
}

/// Renews the lease of a server that waits for its source.
///
/// # Errors
/// [`Error::Stale`] when another server took over, or somebody cancelled: drop the claim.
pub async fn renew(tx: &mut Tx, claim: &Claim) -> Result<()> {
    hold_until(tx, claim, None).await
}

/// Renews the lease, and says that the source asked to wait until then.
///
/// # Errors
/// As [`renew`].
pub async fn pause(tx: &mut Tx, claim: &Claim, until: Timestamp) -> Result<()> {
    hold_until(tx, claim, Some(until)).await
}

async fn hold_until(tx: &mut Tx, claim: &Claim, paused: Option<Timestamp>) -> Result<()> {
    let now = tx.now();
    let held = tx
        .query(sql!(
            "update imports set leased_until = $3, paused_until = coalesce($4, paused_until) \
             where id = $1 and lease = $2 and state in ('reading', 'planning', 'applying', 'undoing') \
             and deleted_at is null"
        ))
        .bind(claim.import.id)
        .bind(claim.lease)
        .bind(now.plus_seconds(LEASE_SECONDS))
        .bind(paused)
        .execute()
        .await?;
    if held == 0 { Err(Error::Stale) } else { Ok(()) }
}

/// Stops an import that can't go on; what was applied stays.
///
/// # Errors
/// As [`renew`].
pub async fn fail(tx: &mut Tx, claim: &Claim, failure: Failure) -> Result<()> {
    renew(tx, claim).await?;
    let import = super::get(tx, claim.import.id).await?;
    stop(tx, &import, failure).await
}

pub(super) async fn stop(tx: &mut Tx, import: &Import, failure: Failure) -> Result<()> {
    let details = serde_json::json!({ "code": failure.code, "message": failure.message, "outcome": import.outcome });
    let now = tx.now();
    // An undo that can't go on can be asked for again.
    let state = if import.state == ImportState::Undoing { ImportState::Finished } else { ImportState::Failed };
    tx.query(sql!(
        "update imports set state = $2, failure = $3, ended_at = coalesce(ended_at, $4), lease = null, leased_until = 0, \
         paused_until = null, version = version + 1 where id = $1"
    ))
    .bind(import.id)
    .bind(state)
    .bind(written(&failure))
    .bind(now)
    .execute()
    .await?;
    let actor = import.acting.acting(tx, now).await?;
    record(tx, &actor, Action::ImportFailed, import.id, &import.name, details).await
}

pub(super) async fn record(
    tx: &mut Tx,
    actor: &Actor,
    action: Action,
    id: ImportId,
    name: &str,
    details: serde_json::Value,
) -> Result<()> {
    activity::record(tx, actor, action, Some(Target { kind: "import", id: Some(id.0), name }), None, details).await
}
