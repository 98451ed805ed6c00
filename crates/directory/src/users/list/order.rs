//! What lists of people can be sorted by.

use super::super::User;
use crate::{
    names,
    page::{
        At, Of,
        order::{Column, Order, Sortable},
    },
};

/// The orders of people; by name when none is asked for.
pub(super) static ORDERS: Sortable<User> = Sortable {
    columns: &[
        Column {
            name: "displayName",
            sql: "u.display_name_key",
            of: Of::Texts,
            at: |user| At::Text(names::folded(&user.display_name)),
        },
        Column {
            name: "userName",
            sql: "u.user_name_key",
            of: Of::Texts,
            at: |user| At::Text(names::key(&user.user_name)),
        },
        Column { name: "email", sql: "u.email_key", of: Of::Texts, at: |user| At::Text(names::key(&user.email)) },
        Column { name: "status", sql: "u.status", of: Of::Texts, at: |user| At::Text(user.status.as_str().to_owned()) },
        Column { name: "createdAt", sql: "u.created_at", of: Of::Numbers, at: |user| At::Number(user.created_at.0) },
        Column {
            name: "lastActivityAt",
            sql: "coalesce(u.last_activity_at, 0)",
            of: Of::Numbers,
            at: |user| At::Number(user.last_activity_at.map_or(0, |at| at.0)),
        },
    ],
    usual: "displayName",
    id: "u.id",
    id_of: |user| user.id.0,
};

impl Order<User> {
    /// Whether it is by display name: members of groups and words stand in this order too.
    pub(super) fn by_name(self) -> bool {
        self.by() == "displayName"
    }

    /// Whether there is an index of status and this order.
    pub(super) fn within_status(self) -> bool {
        matches!(self.by(), "displayName" | "status" | "createdAt" | "lastActivityAt")
    }
}
