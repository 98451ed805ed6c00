//! What an import is told to do: kept as JSON with it, and checked when it is set.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Timestamp, ids::GroupId, keys::KeyKind};

/// Where people are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Source {
    /// A file of comma-separated values.
    Csv,
    /// Microsoft Entra ID.
    Entra,
}

impl Source {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Entra => "entra",
        }
    }
}

/// Which people an import touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Only people who are not here yet.
    New,
    /// Only people who are here already.
    Update,
    /// Both.
    #[default]
    Both,
}

/// When the mail with a registration link goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MailWhen {
    /// Not by the import: somebody sends it later, person by person.
    #[default]
    No,
    /// With the person.
    Now,
    /// At this moment, when the person was imported before it.
    At(Timestamp),
}

impl From<MailWhen> for String {
    fn from(when: MailWhen) -> Self {
        match when {
            MailWhen::No => "no".to_owned(),
            MailWhen::Now => "now".to_owned(),
            MailWhen::At(at) => at.to_string(),
        }
    }
}

impl TryFrom<String> for MailWhen {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "no" => Ok(Self::No),
            "now" => Ok(Self::Now),
            moment => moment
                .parse()
                .map(Self::At)
                .map_err(|_| "\"no\", \"now\" or a time like 2026-11-22T10:39:47Z".to_owned()),
        }
    }
}

/// A key for everyone who is imported and has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportKey)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignKey {
    /// What it is; `hardwareKey`, `smartphone` and `contactlessCard` can be assigned.
    pub kind: KeyKind,
    /// When its mail goes out: `no`, `now` or an RFC 3339 time.
    #[serde(default)]
    #[schema(value_type = String)]
    pub mail: MailWhen,
    /// A note to the person that goes into the mail.
    #[serde(default)]
    pub note: Option<String>,
}

/// What a column of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// The user name.
    UserName,
    /// The e-mail address.
    Email,
    /// The name that is shown.
    DisplayName,
    /// First name.
    GivenName,
    /// Last name.
    FamilyName,
    /// Phone.
    Phone,
    /// Job title.
    Title,
    /// Department.
    Department,
    /// BCP 47 language tag.
    PreferredLanguage,
    /// The id in the source.
    ExternalId,
    /// Whether the person may sign in.
    Active,
    /// Whether the person may not sign in: the opposite of `active`.
    Blocked,
    /// Names of groups.
    Groups,
}

/// How the text of a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, little end first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big end first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows-1252, Western European.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delimiter {
    /// `,`
    #[serde(rename = ",")]
    Comma,
    /// `;`
    #[serde(rename = ";")]
    Semicolon,
    /// A tab.
    #[serde(rename = "\t")]
    Tab,
    /// `|`
    #[serde(rename = "|")]
    Pipe,
}

// Written out, because the derived schema would name a backslash and a t in the place of the tab.
impl utoipa::PartialSchema for Delimiter {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("What stands between two cells."))
            .enum_values(Some([",", ";", "\t", "|"]))
            .into()
    }
}

impl utoipa::ToSchema for Delimiter {}

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CsvOptions {
    /// How its text is encoded.
    pub encoding: Encoding,
    /// What stands between two cells.
    pub delimiter: Delimiter,
    /// Whether the first line holds the names of the columns.
    pub header: bool,
    /// What each column holds; null: nothing that is wanted.
    pub columns: Vec<Option<Field>>,
}

/// Which people of a tenant are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EntraScope {
    /// Those in the groups that were chosen.
    Groups,
    /// Those in at least one group.
    #[default]
    AllGroups,
    /// Everyone.
    AllUsers,
}

/// What is read from Microsoft Entra ID, and what of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a tick of its own in the wizard")]
pub struct EntraOptions {
    /// Which people.
    pub scope: EntraScope,
    /// The object ids of the groups that were chosen.
    pub group_ids: Vec<Uuid>,
    /// Also guests.
    pub include_guests: bool,
    /// Also accounts that are disabled there, as disabled people.
    pub include_disabled: bool,
    /// With [`EntraScope::AllGroups`]: also those who are in no group.
    pub include_ungrouped: bool,
    /// Take the groups over with their memberships.
    pub take_groups: bool,
}

/// What an import is told to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportOptions)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Options {
    /// Which people it touches.
    pub mode: Mode,
    /// Local groups that its people join.
    pub group_ids: Vec<GroupId>,
    /// Groups that are made for its people.
    pub new_groups: Vec<String>,
    /// A key for everyone who has none.
    pub assign_key: Option<AssignKey>,
    /// How the file is read.
    pub csv: Option<CsvOptions>,
    /// What is read from Microsoft Entra ID.
    pub entra: Option<EntraOptions>,
}
