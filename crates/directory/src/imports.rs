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
mod counts;
mod file;
mod groups;
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
pub use counts::{Approval, ApprovalReason, Failure, Outcome, Phase, Plan, Progress, Replanned, Undone};
pub use file::{CHUNK_BYTES, chunk, clear_file, file_stored, remember_columns, remembered_columns, store_chunk};
pub use groups::{GroupRow, MemberRow, groups, members};
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
    place_member: Option<Uuid>,
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
        let changed = self.outcome.is_some_and(|outcome| outcome.changed_anything());
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
    place_member: Option<Uuid>,
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
            place_member: row.place_member,
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
