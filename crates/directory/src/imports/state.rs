//! The life of an import.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Where an import is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum ImportState {
    /// It is being set up.
    Draft,
    /// Its source is being read.
    Reading,
    /// Its rows get their verdicts.
    Planning,
    /// Its plan can be looked at and confirmed.
    Ready,
    /// Its plan is being carried out.
    Applying,
    /// Everything was done that could be.
    Finished,
    /// It stopped on its way; what was applied stays.
    Failed,
    /// Somebody stopped it; what was applied stays.
    Cancelled,
    /// What it did is being taken back.
    Undoing,
    /// What it did was taken back, as far as that was possible.
    Undone,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Reading,
        Self::Planning,
        Self::Ready,
        Self::Applying,
        Self::Finished,
        Self::Failed,
        Self::Cancelled,
        Self::Undoing,
        Self::Undone,
    ];

    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Reading => "reading",
            Self::Planning => "planning",
            Self::Ready => "ready",
            Self::Applying => "applying",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// Whether a server works on it, or is to.
    pub fn is_worked_on(self) -> bool {
        matches!(self, Self::Reading | Self::Planning | Self::Applying | Self::Undoing)
    }

    /// Whether it is over, but for an undo.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Cancelled | Self::Undone)
    }

    pub(super) fn can_be_undone(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Cancelled)
    }

    pub(super) fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Ready)
    }

    pub(super) fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Draft | Self::Reading | Self::Planning | Self::Ready | Self::Applying)
    }

    pub(super) fn refuse(self, done: &str) -> Error {
        let is = match self {
            Self::Draft => "is still being set up",
            Self::Reading | Self::Planning => "is being read",
            Self::Ready => "waits to be confirmed",
            Self::Applying => "is being applied",
            Self::Finished => "is finished",
            Self::Failed => "has failed",
            Self::Cancelled => "was cancelled",
            Self::Undoing => "is being undone",
            Self::Undone => "was undone",
        };
        Error::IllegalState(format!("This import {is}: it can't be {done}."))
    }

    pub(super) fn require(self, may: bool, done: &str) -> Result<()> {
        if may { Ok(()) } else { Err(self.refuse(done)) }
    }
}
