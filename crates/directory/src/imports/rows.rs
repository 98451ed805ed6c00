//! The rows of an import: what is to become of each, and what became of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::ids::UserId;

/// What is to become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Verdict {
    /// The person is added.
    Create,
    /// The person is changed.
    Update,
    /// The person is as the source says already.
    Unchanged,
    /// The person is disabled.
    Deactivate,
    /// Somebody has to decide; nothing happens.
    Conflict,
    /// Left out, as the options say.
    Skipped,
    /// The row can't be read; nothing happens.
    Rejected,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum RowResult {
    /// The person was added.
    Created,
    /// The person was changed.
    Updated,
    /// There was nothing to do.
    Unchanged,
    /// The person was disabled.
    Deactivated,
    /// Left out, as planned.
    Skipped,
    /// It did not go through; the reason is with it.
    Failed,
}

impl Verdict {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Unchanged => "unchanged",
            Self::Deactivate => "deactivate",
            Self::Conflict => "conflict",
            Self::Skipped => "skipped",
            Self::Rejected => "rejected",
        }
    }
}

impl RowResult {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Deactivated => "deactivated",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// Why a row has its verdict or result.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[sqlx(type_name = "text", rename_all = "camelCase")]
        pub enum Reason { $($(#[$doc])* $name,)+ }

        impl Reason {
            /// As the database and the API write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

reasons! {
    /// There is no e-mail address.
    MissingEmail = "missingEmail",
    /// The e-mail address is not one.
    MalformedEmail = "malformedEmail",
    /// An earlier row is the same person.
    DuplicateInFile = "duplicateInFile",
    /// A field is too long.
    TooLong = "tooLong",
    /// There is no such group.
    UnknownGroup = "unknownGroup",
    /// Neither yes nor no.
    BadBoolean = "badBoolean",
    /// A field holds what can't be kept.
    Malformed = "malformed",
    /// User name or link lead to one person, the e-mail address to another.
    SeveralMatches = "severalMatches",
    /// Several people have the e-mail address, here or in the source.
    SharedEmail = "sharedEmail",
    /// The person holds a role: somebody must tick the row.
    HoldsRole = "holdsRole",
    /// The person, or a group, holds a role that whoever runs the import may not act on.
    Outranks = "outranks",
    /// The person belongs to another object of a tenant already.
    LinkedElsewhere = "linkedElsewhere",
    /// SCIM manages the person.
    ManagedByScim = "managedByScim",
    /// Somebody else has the user name.
    UserNameTaken = "userNameTaken",
    /// The person is here, and only new people are wanted.
    AlreadyHere = "alreadyHere",
    /// The person is not here, and only people who are here are wanted.
    NotHere = "notHere",
    /// A guest of the tenant.
    Guest = "guest",
    /// Disabled in the source, and not here.
    DisabledAtSource = "disabledAtSource",
    /// The person is not in the source any more.
    LeftSource = "leftSource",
    /// The source says that the person is disabled.
    DisabledInSource = "disabledInSource",
    /// Nobody could act as owner any more.
    LastOwner = "lastOwner",
    /// Whoever runs the import is not disabled by it.
    Yourself = "yourself",
    /// Somebody changed the person after the plan was made.
    ChangedMeanwhile = "changedMeanwhile",
    /// Somebody deleted the person after the plan was made.
    DeletedMeanwhile = "deletedMeanwhile",
}

/// What came of undoing a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum RowUndo {
    /// It is as it was before.
    Reverted,
    /// Left as it is now, at least in part; the message says why.
    Left,
}

/// One field of a row's person, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its name as the API writes it; `active` and `groups` are among them.
    pub field: String,
    /// Before: text, true or false, or nothing.
    #[schema(value_type = Option<Object>)]
    pub old: Value,
    /// Afterwards: text, true or false, a list of names.
    #[schema(value_type = Option<Object>)]
    pub new: Value,
}

/// A row as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowView {
    /// The line, or the place in what was read.
    pub number: i64,
    /// The object in the tenant.
    pub object_id: Option<Uuid>,
    /// A name for people to read.
    pub label: String,
    /// The e-mail address, as it was read.
    pub email: Option<String>,
    /// What is to become of it.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<Reason>,
    /// Which field is the reason.
    pub field: Option<String>,
    /// The reason in plain words.
    pub message: Option<String>,
    /// The person.
    pub user_id: Option<UserId>,
    /// What changes.
    pub changes: Vec<Change>,
    /// Whether the person holds a role and the row needs a tick.
    pub holds_role: bool,
    /// Whether it is ticked.
    pub ticked: bool,
    /// What became of it.
    pub result: Option<RowResult>,
    /// What came of undoing it.
    pub undo: Option<RowUndo>,
}

/// Which rows are asked for.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// With this result.
    pub result: Option<RowResult>,
    /// With this reason.
    pub reason: Option<Reason>,
    /// Words in the name or the address.
    pub q: Option<String>,
}
