//! Imports: people from a file or from Microsoft Entra ID, read, planned, shown, applied, reported,
//! and undone.
//!
//! An import is read completely into rows of its own before anything is decided. The plan then
//! gives each row a verdict, with every change it would make; applying does what the plan says and
//! gives each row a result. All of it is done in steps, each a transaction of some hundreds of rows
//! that writes down how far the work is, so that whoever goes on after a crash begins exactly where
//! the last committed step ended. A server that works on an import holds a lease; every step names
//! it, so that the late write of a server that was frozen past its lease changes nothing.
//!
//! The path of an import: `draft` → `reading` → `planning` → `ready` → `applying` → `finished` |
//! `failed` | `cancelled`, and from the last three `undoing` → `undone`.

mod apply;
mod commands;
mod file;
mod lease;
mod list;
mod options;
mod plan;
mod purge;
mod rows;
mod stage;
mod state;
mod undo;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Timestamp,
    actor::{Actor, ActorType},
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{GroupId, ImportId, ScheduleId, UserId},
    roles::{self, Roles},
    sql,
};
pub use apply::{Letters, apply_step};
pub use commands::{
    NewImport, cancel, confirm, create, delete, plan as ask_for_plan, set_options, tick, undo as ask_for_undo,
};
pub use file::{CHUNK_BYTES, chunk, clear_file, file_stored, remember_columns, remembered_columns, store_chunk};
pub use lease::{Claim, LEASE_SECONDS, Step, claim, claim_this, due, fail, pause, release, renew};
pub use list::{ImportFilter, list, rows, rows_that_failed};
pub use options::{
    AssignKey, CsvOptions, Delimiter, Encoding, EntraOptions, EntraScope, Field, MailWhen, Mode, Options, Source,
};
pub use plan::plan_step;
pub use purge::purge;
pub use rows::{Change, Reason, RowFilter, RowResult, RowUndo, RowView, Verdict};
pub use stage::{
    Fields, Read, RowProblem, StagedGroup, StagedRow, begin_reading, stage, stage_groups, stage_members, staged,
};
pub use state::ImportState;
pub use undo::undo_step;

/// How long an import can be undone, in days.
pub const UNDO_DAYS: i64 = 30;

/// How old a plan may be when it is confirmed, in seconds.
pub const PLAN_SECONDS: i64 = 3600;

/// Who began an import, or asked for what it does now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::unsafe_derive_deserialize, reason = "the unsafe code is inside tokio's macros, not here")]
pub struct By {
    /// What kind of actor.
    pub kind: ActorType,
    /// The person's or API key's id.
    pub id: Option<Uuid>,
    /// A name that can be read years later.
    pub name: String,
}

impl By {
    fn of(actor: &Actor) -> Self {
        Self { kind: actor.kind, id: actor.id, name: actor.name.clone() }
    }

    /// The person, when it is one.
    pub fn user_id(&self) -> Option<UserId> {
        (self.kind == ActorType::User).then_some(self.id).flatten().map(UserId)
    }

    /// As an actor with what they hold now: who was disabled or lost a role since holds it no more.
    async fn acting(&self, conn: &mut Conn, now: Timestamp) -> Result<Actor> {
        let roles = match (self.kind, self.id) {
            (ActorType::User, Some(id)) => {
                let active: Option<(bool,)> =
                    conn.query(sql!("select active from users where id = $1")).bind(id).optional().await?;
                if active == Some((true,)) { roles::of_user(conn, UserId(id)).await? } else { Roles::default() }
            }
            (ActorType::ApiKey, Some(id)) => {
                let role: Option<(roles::Role,)> = conn
                    .query(sql!("select role from api_keys where id = $1 and revoked_at is null and expires_at > $2"))
                    .bind(id)
                    .bind(now)
                    .optional()
                    .await?;
                role.map_or_else(Roles::default, |(role,)| Roles::of(role))
            }
            _ => Roles::default(),
        };
        Ok(Actor { kind: self.kind, id: self.id, name: self.name.clone(), roles, ..Actor::system() })
    }
}

/// How many rows a plan has of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Plan {
    /// All rows, those of people who left the source included.
    pub rows: i64,
    /// People to be added.
    pub create: i64,
    /// People to be changed.
    pub update: i64,
    /// People who are as the source says.
    pub unchanged: i64,
    /// People to be disabled.
    pub deactivate: i64,
    /// Rows that somebody has to decide on.
    pub conflict: i64,
    /// Rows left out by the options.
    pub skipped: i64,
    /// Rows that can't be read.
    pub rejected: i64,
    /// Conflicts that a tick resolves: the person holds a role.
    pub need_tick: i64,
    /// People of the tenant who are in no group and were therefore not read; null when nobody asked.
    pub ungrouped: Option<i64>,
    /// Groups to be made.
    pub groups_create: i64,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Outcome {
    /// People who were added.
    pub created: i64,
    /// People who were changed.
    pub updated: i64,
    /// People for whom there was nothing to do.
    pub unchanged: i64,
    /// People who were disabled.
    pub deactivated: i64,
    /// Rows left out, as planned.
    pub skipped: i64,
    /// Rows that did not go through.
    pub failed: i64,
}

impl Outcome {
    /// Whether anything was changed at all.
    pub fn changed_anything(&self) -> bool {
        self.created + self.updated + self.deactivated > 0
    }
}

/// What came of undoing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Undone {
    /// Rows that are as they were before.
    pub reverted: i64,
    /// Rows that were left as they are now, at least in part.
    pub left: i64,
}

/// Why somebody must look before a plan is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ApprovalReason {
    /// It would disable more than ten people and more than a fifth of those the source manages.
    ManyDeactivated,
    /// A group that had members comes back empty.
    GroupBecameEmpty,
    /// The source has nobody at all.
    SourceEmpty,
}

/// Something that must be approved before a plan is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// What it is.
    pub reason: ApprovalReason,
    /// In plain words, with the numbers or names.
    pub message: String,
}

/// Why a plan that was confirmed is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Replanned {
    /// It was more than an hour old.
    Old,
    /// People of it were changed meanwhile.
    Overtaken,
}

/// Why an import stopped on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// A stable code.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// The line of the file, where there is one.
    pub line: Option<i64>,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// The source is being read.
    Reading,
    /// Each row gets its verdict.
    Planning,
    /// The plan is being carried out.
    Applying,
    /// What was done is being taken back.
    Undoing,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows done in this phase.
    pub done: i64,
    /// Of so many; none while nobody knows.
    pub total: Option<i64>,
    /// Rows that did not go through so far.
    pub errors: i64,
    /// When the phase began.
    pub started_at: Timestamp,
    /// The source asked to wait until then.
    pub paused_until: Option<Timestamp>,
}

impl Progress {
    /// Rows per second since the phase began, and the seconds left at that rate where the end is known.
    pub fn pace(&self, now: Timestamp) -> (i64, Option<i64>) {
        let milliseconds = now.0.saturating_sub(self.started_at.0).max(1);
        let per_second = self.done.saturating_mul(1000) / milliseconds;
        let left = self.total.filter(|_| self.done > 0).map(|total| {
            let rows = total.saturating_sub(self.done).max(0);
            (i128::from(rows) * i128::from(milliseconds) / i128::from(self.done.max(1)) / 1000)
                .try_into()
                .unwrap_or(i64::MAX)
        });
        (per_second, left)
    }
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where people are read from.
    pub source: Source,
    /// Where it is in its life.
    pub state: ImportState,
    /// The name of the file, or of the source.
    pub name: String,
    /// Who began it.
    pub started_by: By,
    /// Who asked for what it does now; their rights count.
    pub acting: By,
    /// The saved import that it is a run of; such a run confirms itself when nothing must be approved.
    pub schedule_id: Option<ScheduleId>,
    /// What it is told to do.
    pub options: Options,
    /// The size of its file, once that is stored whole.
    pub file_bytes: Option<i64>,
    /// The tenant that it read.
    pub tenant_id: Option<Uuid>,
    /// How far it is, while a server works on it.
    pub progress: Option<Progress>,
    /// How many rows there are of each kind, once planned.
    pub plan: Option<Plan>,
    /// What must be approved.
    pub approval: Vec<Approval>,
    /// Why the plan was made again.
    pub replanned: Option<Replanned>,
    /// What became of the rows.
    pub outcome: Option<Outcome>,
    /// What came of undoing it.
    pub undone: Option<Undone>,
    /// Why it stopped.
    pub failure: Option<Failure>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its plan was made.
    pub planned_at: Option<Timestamp>,
    /// When its plan was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Changes with every change of what it is told and of its state, not with its progress.
    pub version: i64,
    complete: bool,
    part: Part,
    place: i64,
    place_spot: i64,
    plan_seq: i64,
    made_groups: Vec<GroupId>,
}

/// The part of a phase that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "camelCase")]
enum Part {
    /// What must be there before the rows: groups.
    First,
    /// The rows.
    Rows,
    /// People who left the source.
    Absent,
    /// Groups of the tenant.
    Groups,
    /// Who is in them.
    Members,
    /// Counting up.
    Last,
}

impl Import {
    /// What it is doing.
    pub fn phase(&self) -> Option<Phase> {
        Some(match self.state {
            ImportState::Reading => Phase::Reading,
            ImportState::Planning => Phase::Planning,
            ImportState::Applying => Phase::Applying,
            ImportState::Undoing => Phase::Undoing,
            _ => return None,
        })
    }

    /// Until when it can be undone; none when there is nothing to undo.
    pub fn undo_until(&self) -> Option<Timestamp> {
        // An import can have changed nobody's row and yet who is in a group of the tenant.
        let groups = stage::takes_groups(self.options.entra.as_ref());
        let changed = self.outcome.is_some_and(|outcome| groups || outcome.changed_anything());
        self.ended_at.filter(|_| changed && self.state.can_be_undone()).map(|at| at.plus_hours(UNDO_DAYS * 24))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: ImportId,
    source: Source,
    state: ImportState,
    name: String,
    started_by: String,
    acting: String,
    schedule_id: Option<ScheduleId>,
    options: String,
    file_bytes: Option<i64>,
    tenant_id: Option<Uuid>,
    complete: bool,
    part: Part,
    place: i64,
    place_spot: i64,
    done: i64,
    total: Option<i64>,
    errors: i64,
    phase_started_at: Option<Timestamp>,
    paused_until: Option<Timestamp>,
    plan: Option<String>,
    approval: String,
    replanned: Option<Replanned>,
    plan_seq: i64,
    outcome: Option<String>,
    undone: Option<String>,
    made_groups: String,
    failure: Option<String>,
    created_at: Timestamp,
    planned_at: Option<Timestamp>,
    confirmed_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    version: i64,
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Unusable(format!("an import holds what can't be read: {error}")))
}

fn read_some<T: for<'de> Deserialize<'de>>(text: Option<&str>) -> Result<Option<T>> {
    text.map(read).transpose()
}

fn written<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl TryFrom<Row> for Import {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let progress = row.phase_started_at.filter(|_| row.state.is_worked_on()).map(|started_at| Progress {
            done: row.done,
            total: row.total,
            errors: row.errors,
            started_at,
            paused_until: row.paused_until,
        });
        Ok(Self {
            id: row.id,
            source: row.source,
            state: row.state,
            name: row.name,
            started_by: read(&row.started_by)?,
            acting: read(&row.acting)?,
            schedule_id: row.schedule_id,
            options: read(&row.options)?,
            file_bytes: row.file_bytes,
            tenant_id: row.tenant_id,
            progress,
            plan: read_some(row.plan.as_deref())?,
            approval: read(&row.approval)?,
            replanned: row.replanned,
            outcome: read_some(row.outcome.as_deref())?,
            undone: read_some(row.undone.as_deref())?,
            failure: read_some(row.failure.as_deref())?,
            created_at: row.created_at,
            planned_at: row.planned_at,
            confirmed_at: row.confirmed_at,
            ended_at: row.ended_at,
            version: row.version,
            complete: row.complete,
            part: row.part,
            place: row.place,
            place_spot: row.place_spot,
            plan_seq: row.plan_seq,
            made_groups: read(&row.made_groups)?,
        })
    }
}

/// The import with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: ImportId) -> Result<Import> {
    let row: Option<Row> =
        conn.query(sql!("select * from imports where id = $1 and deleted_at is null")).bind(id).optional().await?;
    row.ok_or(Error::NotFound("import"))?.try_into()
}

/// The import, with its row locked until the use case ends.
async fn get_for_change(tx: &mut Tx, id: ImportId, expected: Option<i64>) -> Result<Import> {
    let row: Option<Row> = tx
        .query(sql!(
            sqlite: "select * from imports where id = $1 and deleted_at is null",
            postgres: "select * from imports where id = $1 and deleted_at is null for update"
        ))
        .bind(id)
        .optional()
        .await?;
    let import: Import = row.ok_or(Error::NotFound("import"))?.try_into()?;
    if expected.is_some_and(|version| version != import.version) {
        return Err(Error::Stale);
    }
    Ok(import)
}
