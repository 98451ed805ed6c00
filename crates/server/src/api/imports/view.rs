//! What an import looks like on the wire.

use keystead_directory::{
    Timestamp,
    ids::ImportId,
    imports::{Approval, Failure, Import, ImportState, Options, Outcome, Phase, Plan, Replanned, Source, Undone},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An import of people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
#[serde(rename_all = "camelCase")]
pub struct ImportView {
    /// Its id.
    pub id: ImportId,
    /// Where people are read from.
    pub source: Source,
    /// Where it is in its life.
    pub state: ImportState,
    /// What is being done, while something is.
    pub phase: Option<Phase>,
    /// How far that is.
    pub progress: Option<ProgressView>,
    /// The name of the file, or of the source.
    pub name: String,
    /// Who began it.
    pub started_by: StartedBy,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its plan was made.
    pub planned_at: Option<Timestamp>,
    /// When its plan was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What it is told to do.
    pub options: Options,
    /// How many rows there are of each kind, once planned.
    pub plan: Option<Plan>,
    /// What must be approved before the plan is applied.
    pub approval: Vec<Approval>,
    /// Why a plan that was confirmed is made and shown again.
    pub replanned: Option<Replanned>,
    /// What became of the rows.
    pub outcome: Option<Outcome>,
    /// Taking it back.
    pub undo: Option<UndoView>,
    /// Why it stopped.
    pub failure: Option<Failure>,
    /// Changes with what it is told and with its state, not with its progress.
    pub version: i64,
}

/// How far an import is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportProgress)]
#[serde(rename_all = "camelCase")]
pub struct ProgressView {
    /// Rows done in this phase.
    pub done: i64,
    /// Of so many; null while nobody knows.
    pub total: Option<i64>,
    /// Rows that did not go through so far.
    pub errors: i64,
    /// Rows in a second, since the phase began.
    pub per_second: i64,
    /// Seconds to the end of the phase at that rate.
    pub seconds_left: Option<i64>,
    /// The source asked to wait until then.
    pub paused_until: Option<Timestamp>,
}

/// Who began an import.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartedBy {
    /// The person's or API key's id; null for the command line.
    pub id: Option<Uuid>,
    /// What they were called then.
    pub name: String,
}

/// Taking an import back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportUndo)]
#[serde(rename_all = "camelCase")]
pub struct UndoView {
    /// Until when it can be; null when it can't.
    pub possible_until: Option<Timestamp>,
    /// Rows that are as they were before.
    pub reverted: i64,
    /// Rows that were left as they are now, at least in part.
    pub left: i64,
    /// Memberships of groups that grant a role, which were left as they are now.
    pub memberships_left: i64,
}

impl ImportView {
    /// The import, as it is shown at this moment.
    pub fn of(import: Import, now: Timestamp) -> Self {
        let possible_until = import.undo_until().filter(|until| *until > now);
        let undo = (possible_until.is_some() || import.undone.is_some()).then(|| {
            let Undone { reverted, left, memberships_left } = import.undone.unwrap_or_default();
            UndoView { possible_until, reverted, left, memberships_left }
        });
        let phase = import.phase();
        let progress = import.progress.map(|progress| {
            let (per_second, seconds_left) = progress.pace(now);
            ProgressView {
                done: progress.done,
                total: progress.total,
                errors: progress.errors,
                per_second,
                seconds_left,
                paused_until: progress.paused_until.filter(|until| *until > now),
            }
        });
        Self {
            id: import.id,
            source: import.source,
            state: import.state,
            phase,
            progress,
            name: import.name,
            started_by: StartedBy { id: import.started_by.id, name: import.started_by.name },
            created_at: import.created_at,
            planned_at: import.planned_at,
            confirmed_at: import.confirmed_at,
            ended_at: import.ended_at,
            options: import.options,
            plan: import.plan,
            approval: import.approval,
            replanned: import.replanned,
            outcome: import.outcome,
            undo,
            failure: import.failure,
            version: import.version,
        }
    }
}
