//! What a row is to become.

use serde_json::{Map, Value, json};

use crate::{
    ids::UserId,
    imports::{Reason, Verdict},
    users::User,
};

/// What a row is to become.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub number: i64,
    pub verdict: Verdict,
    pub reason: Option<Reason>,
    pub field: Option<String>,
    pub message: Option<String>,
    pub person: Option<(UserId, i64)>,
    pub changes: Map<String, Value>,
    pub holds_role: bool,
    pub if_ticked: Option<Verdict>,
}

impl Planned {
    pub fn new(number: i64, verdict: Verdict) -> Self {
        Self {
            number,
            verdict,
            reason: None,
            field: None,
            message: None,
            person: None,
            changes: Map::new(),
            holds_role: false,
            if_ticked: None,
        }
    }

    pub fn because(mut self, reason: Reason, field: Option<&str>, message: impl Into<String>) -> Self {
        self.reason = Some(reason);
        self.field = field.map(str::to_owned);
        self.message = Some(message.into());
        self
    }

    pub fn of(mut self, user: &User) -> Self {
        self.person = Some((user.id, user.version));
        self
    }

    pub fn to_json(&self) -> Value {
        json!([
            self.number,
            self.verdict,
            self.reason,
            self.field,
            self.message,
            self.person.map(|(id, _)| id.0.simple().to_string()),
            self.person.map(|(_, version)| version),
            if self.changes.is_empty() { None } else { Some(Value::Object(self.changes.clone()).to_string()) },
            self.holds_role,
            self.if_ticked,
        ])
    }
}
