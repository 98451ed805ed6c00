//! What a plan has, what came of it, and how far the work is.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

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
    /// Groups that get another name.
    pub groups_update: i64,
    /// People who come to groups of the tenant, counted once for each group.
    pub memberships_add: i64,
    /// People who go from groups of the tenant, counted once for each group.
    pub memberships_remove: i64,
    /// Groups among them that grant a role here: somebody gains or loses it, or, where whoever runs the import may
    /// not hand it out, the group is left alone.
    pub groups_with_role: i64,
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
    /// Groups of the tenant that were made or got another name.
    pub groups: i64,
    /// Memberships of such groups that began or ended.
    pub memberships: i64,
}

impl Outcome {
    /// Whether anything was changed at all.
    pub fn changed_anything(&self) -> bool {
        self.created + self.updated + self.deactivated + self.groups + self.memberships > 0
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
    /// Memberships of groups that grant a role, which were left as they are now.
    pub memberships_left: i64,
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
