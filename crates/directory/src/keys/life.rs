//! The life of a key: its states, the steps between them, and why it ended.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum KeyState {
    /// Given, and waiting for its holder.
    Pending,
    /// Signs its holder in.
    Active,
    /// Signs nobody in until it is resumed.
    Suspended,
    /// Never signs anybody in again.
    Revoked,
    /// Its link ran out before its holder came.
    Expired,
    /// Taken back before its holder came.
    Cancelled,
}

/// A step in the life of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Its holder registered it.
    Activate,
    /// It stops working for now.
    Suspend,
    /// It works again.
    Resume,
    /// It stops working for good.
    Revoke,
    /// Its link ran out.
    Expire,
    /// It is taken back before it was registered.
    Cancel,
    /// A new link is sent.
    Resend,
}

impl KeyState {
    /// The state after a step.
    ///
    /// # Errors
    /// [`Error::IllegalState`] for a step that is not possible from here.
    pub fn after(self, step: Step) -> Result<Self> {
        match (self, step) {
            (Self::Pending, Step::Activate) | (Self::Suspended, Step::Resume) => Ok(Self::Active),
            (Self::Active, Step::Suspend) => Ok(Self::Suspended),
            (Self::Active | Self::Suspended, Step::Revoke) => Ok(Self::Revoked),
            (Self::Pending, Step::Expire) => Ok(Self::Expired),
            (Self::Pending | Self::Expired, Step::Cancel) => Ok(Self::Cancelled),
            (Self::Pending | Self::Expired, Step::Resend) => Ok(Self::Pending),
            (state, step) => Err(Error::IllegalState(format!(
                "This key is {}: it can't be {}.",
                state.as_str(),
                match step {
                    Step::Activate => "registered",
                    Step::Suspend => "suspended",
                    Step::Resume => "resumed",
                    Step::Revoke => "revoked",
                    Step::Expire => "expired",
                    Step::Cancel => "cancelled",
                    Step::Resend => "sent a new link",
                }
            ))),
        }
    }

    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why a key was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RevokeReason {
    /// Nobody knows where it is.
    Lost,
    /// Somebody took it.
    Stolen,
    /// There is another one instead.
    Replaced,
    /// Its holder left.
    Left,
}

impl RevokeReason {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::Replaced => "replaced",
            Self::Left => "left",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyState, Step};

    #[test]
    fn only_the_drawn_steps_are_possible() {
        use KeyState::{Active, Cancelled, Expired, Pending, Revoked, Suspended};
        let states = [Pending, Active, Suspended, Revoked, Expired, Cancelled];
        let steps =
            [Step::Activate, Step::Suspend, Step::Resume, Step::Revoke, Step::Expire, Step::Cancel, Step::Resend];
        let legal = [
            (Pending, Step::Activate, Active),
            (Pending, Step::Expire, Expired),
            (Pending, Step::Cancel, Cancelled),
            (Pending, Step::Resend, Pending),
            (Expired, Step::Resend, Pending),
            (Expired, Step::Cancel, Cancelled),
            (Active, Step::Suspend, Suspended),
            (Active, Step::Revoke, Revoked),
            (Suspended, Step::Resume, Active),
            (Suspended, Step::Revoke, Revoked),
        ];
        for state in states {
            for step in steps {
                let drawn = legal.iter().find(|(from, with, _)| *from == state && *with == step).map(|(_, _, to)| *to);
                assert_eq!(state.after(step).ok(), drawn, "{state:?} {step:?}");
            }
        }
    }
}
