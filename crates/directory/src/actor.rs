//! Who does something, and from where: every change asks for it and records it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ids::UserId, roles::Roles};

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum ActorType {
    /// A signed-in person.
    User,
    /// A program with an API key.
    ApiKey,
    /// A SCIM client with its token: it reaches only whom it provisioned.
    Scim,
    /// The holder of a link, before they can sign in.
    Link,
    /// Keystead itself (expiry, suspicion).
    System,
    /// Someone with shell access.
    Cli,
}

/// Who does something, and from where.
#[derive(Debug, Clone)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorType,
    /// The person's or API key's id.
    pub id: Option<Uuid>,
    /// A name that can be read years later.
    pub name: String,
    /// What they hold.
    pub roles: Roles,
    /// The address they came from.
    pub ip: Option<String>,
    /// What their program calls itself.
    pub user_agent: Option<String>,
    /// The request, to find it in the log.
    pub request_id: Option<String>,
}

impl Actor {
    fn local(kind: ActorType, name: &str) -> Self {
        Self {
            kind,
            id: None,
            name: name.to_owned(),
            roles: Roles::default(),
            ip: None,
            user_agent: None,
            request_id: None,
        }
    }

    /// Keystead itself.
    pub fn system() -> Self {
        Self::local(ActorType::System, "Keystead")
    }

    /// Someone with shell access to the server, who is above every rule of rank.
    pub fn cli() -> Self {
        Self::local(ActorType::Cli, "command line")
    }

    /// Whether rank does not apply.
    pub fn is_system(&self) -> bool {
        matches!(self.kind, ActorType::System | ActorType::Cli | ActorType::Link)
    }

    /// The person, when the actor is one.
    pub fn user_id(&self) -> Option<UserId> {
        (self.kind == ActorType::User).then_some(self.id).flatten().map(UserId)
    }
}
