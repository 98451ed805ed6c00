//! What SCIM clients provision: who they are, whom and which groups they brought, and what they may do to them.
//!
//! A client sees and changes only what SCIM provisioned: people with a row in `scim_users`, groups of type
//! [`GroupType::Scim`](crate::groups::GroupType::Scim). Everybody else does not exist for it, but that their user
//! names are taken. What a resource looks like on the wire is the caller's matter.

pub mod conflicts;
pub mod groups;
pub mod linking;
pub mod requests;
pub mod roles;
pub mod settings;
pub mod state;
pub mod tokens;
pub mod users;

use crate::{actor::Actor, actor::ActorType, db::filter::Sql, ids::ScimTokenId, roles::Role, roles::Roles};

/// A part of a list that a client asks for.
#[derive(Default)]
pub struct ListRequest {
    /// Which; all without one. Over `u` (users) and `s` (`scim_users`), or over `g` (groups).
    pub condition: Option<Sql>,
    /// By what, as an expression over the same; by age without one.
    pub order: Option<Sql>,
    /// From the last to the first.
    pub descending: bool,
    /// How many to leave out before the first.
    pub offset: u64,
    /// Only what is newer than this one; with the order by age.
    pub after: Option<uuid::Uuid>,
    /// At most so many.
    pub count: u32,
}

impl ListRequest {
    /// Adds the condition, the order and the limits to a statement that ends before its `where`.
    fn finish(&self, sql: &mut Sql, id: &'static str) {
        self.filter(sql);
        if let Some(after) = self.after {
            sql.push(" and ").push(id).push(" > ").bind(after);
        }
        sql.push(" order by ");
        if let Some(order) = &self.order {
            // Without a value: last, and first when descending (RFC 7644 section 3.4.2.3).
            let direction = if self.descending { " desc, " } else { ", " };
            sql.push("(").append(order).push(") is null").push(direction);
            sql.push("(").append(order).push(")").push(direction);
        }
        sql.push(id).push(if self.descending { " desc" } else { "" });
        sql.push(" limit ").bind(i64::from(self.count));
        sql.push(" offset ").bind(i64::try_from(self.offset).unwrap_or(i64::MAX));
    }

    fn filter(&self, sql: &mut Sql) {
        sql.push(" where 1 = 1");
        if let Some(condition) = &self.condition {
            sql.push(" and (").append(condition).push(")");
        }
    }
}

/// The client of a token as an actor. It hands out roles only where an administrator allowed it, and never Owner.
pub fn actor(id: ScimTokenId, name: &str, settings: &settings::ScimSettings) -> Actor {
    Actor {
        kind: ActorType::Scim,
        id: Some(id.0),
        name: name.to_owned(),
        roles: if settings.grant_roles { Roles::of(Role::Owner) } else { Roles::default() },
        ip: None,
        user_agent: None,
        request_id: None,
    }
}
