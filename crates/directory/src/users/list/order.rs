//! What lists of people can be sorted by.

use super::super::User;
use crate::{
    error::{Error, Result},
    names,
    page::{At, Cursor, Of},
};

/// What people can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    DisplayName,
    UserName,
    Email,
    Status,
    CreatedAt,
    LastActivityAt,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Sort {
    column: Column,
    /// From the end to the beginning.
    pub descending: bool,
}

/// The order when none is asked for.
pub(super) const BY_NAME: Sort = Sort { column: Column::DisplayName, descending: false };

impl Sort {
    /// What was asked for, if anything.
    pub fn read(text: Option<&str>) -> Result<Option<Self>> {
        let Some(text) = text else { return Ok(None) };
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let column = match name {
            "displayName" => Column::DisplayName,
            "userName" => Column::UserName,
            "email" => Column::Email,
            "status" => Column::Status,
            "createdAt" => Column::CreatedAt,
            "lastActivityAt" => Column::LastActivityAt,
            _ => {
                let message = "Sort by displayName, userName, email, status, createdAt or lastActivityAt.";
                return Err(Error::field("sort", "notAllowed", message));
            }
        };
        Ok(Some(Self { column, descending }))
    }

    /// The column or expression, as its index has it.
    pub fn sql(self) -> &'static str {
        match self.column {
            Column::DisplayName => "u.display_name_key",
            Column::UserName => "u.user_name_key",
            Column::Email => "u.email_key",
            Column::Status => "u.status",
            Column::CreatedAt => "u.created_at",
            Column::LastActivityAt => "coalesce(u.last_activity_at, 0)",
        }
    }

    /// Whether there is an index of status and this order.
    pub fn within_status(self) -> bool {
        matches!(self.column, Column::DisplayName | Column::Status | Column::CreatedAt | Column::LastActivityAt)
    }

    /// The order, as cursors name it.
    pub fn name(self) -> String {
        format!("{}{:?}", if self.descending { "-" } else { "" }, self.column)
    }

    /// What kind of values it goes by.
    pub fn of(self) -> Of {
        match self.column {
            Column::DisplayName | Column::UserName | Column::Email | Column::Status => Of::Texts,
            Column::CreatedAt | Column::LastActivityAt => Of::Numbers,
        }
    }

    /// A person's place in it.
    pub fn place(self, user: &User) -> Cursor {
        let at = match self.column {
            Column::DisplayName => At::Text(names::folded(&user.display_name)),
            Column::UserName => At::Text(names::key(&user.user_name)),
            Column::Email => At::Text(names::key(&user.email)),
            Column::Status => At::Text(user.status.as_str().to_owned()),
            Column::CreatedAt => At::Number(user.created_at.0),
            Column::LastActivityAt => At::Number(user.last_activity_at.map_or(0, |at| at.0)),
        };
        Cursor { order: self.name(), at, id: user.id.0 }
    }
}
