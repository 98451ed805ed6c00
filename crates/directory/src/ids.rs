//! One identifier type per entity, so that a key's id can't be passed where a person's is meant.
//! All are UUID version 7: they sort by creation and say nothing about a person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
            utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random identifier.
            pub fn new() -> Self {
                Self(new_uuid())
            }
        }
        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

id! {
    /// A person.
    UserId;
    /// A group of people.
    GroupId;
    /// A security key: what a person was given.
    KeyId;
    /// A registration, recovery or set-up link.
    ActivationId;
    /// An activation on its way from a computer to a phone.
    CarryOverId;
    /// A badge and what it holds.
    CardId;
    /// A passkey in a card.
    PasskeyId;
    /// A workstation's agent.
    AgentId;
    /// Somebody's wait for a card on a reader.
    ReadingId;
    /// A registered WebAuthn credential (our row, not the authenticator's credential id).
    CredentialRowId;
    /// A signed-in browser.
    SessionId;
    /// An API key.
    ApiKeyId;
    /// A SCIM client's token.
    ScimTokenId;
    /// What SCIM wanted to add and could not.
    ScimConflictId;
    /// A request of a SCIM client.
    ScimRequestId;
    /// A mail in the outbox.
    MailId;
    /// An alert in the panel.
    AlertId;
    /// An import of people.
    ImportId;
    /// An import that runs again and again.
    ScheduleId;
}

/// The built-in group that every person belongs to; its membership is never stored.
pub const EVERYONE: GroupId = GroupId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));

/// A fresh version 7 UUID; the one place that makes them.
#[expect(clippy::disallowed_methods, reason = "this is the one home of new ids")]
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}
