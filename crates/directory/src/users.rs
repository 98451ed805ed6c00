//! People: who they are, whether they may sign in, and where they came from.

mod change;
mod list;
pub(crate) mod many;
mod profile;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Timestamp,
    activity::Target,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{GroupId, UserId},
    names, sql,
};
pub use change::{create, create_with_id, delete, refresh_status, seen, set_active, set_card_auditing, update};
pub use list::{KeyFilter, UserFilter, count, existing, list, list_members};
pub(crate) use profile::checked_field;
pub use profile::{NewUser, Profile, UserChange};

/// What a person's state is, for people to read. It follows `active` and the person's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum UserStatus {
    /// Holds no key yet.
    New,
    /// A key waits for its activation.
    Pending,
    /// Holds a key.
    Active,
    /// May not sign in.
    Disabled,
}

/// Where a person came from, which says who may edit which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Origin {
    /// Added here.
    Local,
    /// From a CSV file.
    Csv,
    /// Provisioned by SCIM.
    Scim,
    /// Imported from Microsoft Entra ID.
    Entra,
}

impl UserStatus {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl Origin {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Csv => "csv",
            Self::Scim => "scim",
            Self::Entra => "entra",
        }
    }
}

/// A person.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Ours, random, never anybody else's.
    pub id: UserId,
    /// Unique without case.
    pub user_name: String,
    /// Where mails go; may be shared. Empty for people of SCIM without one.
    pub email: String,
    /// How the person is called.
    pub display_name: String,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Phone, E.164 where it was chosen in the panel.
    pub phone: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// BCP 47 language tag.
    pub preferred_language: Option<String>,
    /// The id in the source the person came from.
    pub external_id: Option<String>,
    /// Where the person came from.
    pub origin: Origin,
    /// Whether the person may sign in.
    pub active: bool,
    /// For people to read.
    pub status: UserStatus,
    /// Whether what the person does with cards at relying parties is recorded.
    pub card_auditing: bool,
    /// Last sign-in or use.
    pub last_activity_at: Option<Timestamp>,
    /// Since when we know the person.
    pub created_at: Timestamp,
    /// Last change of the fields above.
    pub updated_at: Timestamp,
    /// Changes with every change of the fields above.
    pub version: i64,
}

impl User {
    pub(crate) fn target(&self) -> Target<'_> {
        Target { kind: "user", id: Some(self.id.0), name: &self.display_name }
    }

    /// The person as the activity record names whom something concerns.
    pub fn concerned(&self) -> (UserId, &str) {
        (self.id, &self.display_name)
    }

    pub(crate) fn shown(&self) -> Value {
        json!({
            "userName": self.user_name, "email": self.email, "displayName": self.display_name,
            "givenName": self.given_name, "familyName": self.family_name, "phone": self.phone,
            "title": self.title, "department": self.department, "preferredLanguage": self.preferred_language,
        })
    }
}

/// The person with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: UserId) -> Result<User> {
    find(conn, id).await?.ok_or(Error::NotFound("person"))
}

/// The person with this id, if there is one.
pub async fn find(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    conn.query(sql!("select u.* from users u where u.id = $1")).bind(id).optional().await
}

/// The person with this user name, without case.
pub async fn find_by_user_name(conn: &mut Conn, user_name: &str) -> Result<Option<User>> {
    if user_name.contains('\0') {
        // Nobody's, and PostgreSQL takes no such text.
        return Ok(None);
    }
    conn.query(sql!("select u.* from users u where u.user_name_key = $1")).bind(names::key(user_name)).optional().await
}

/// Up to ten people with this e-mail address, without case.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> Result<Vec<User>> {
    if email.contains('\0') {
        return Ok(Vec::new());
    }
    conn.query(sql!("select u.* from users u where u.email_key = $1 order by u.id limit 10"))
        .bind(names::key(email))
        .all()
        .await
}

/// The person, with the row locked until the use case ends.
pub async fn get_for_change(tx: &mut Tx, id: UserId) -> Result<User> {
    tx.query(sql!(
        sqlite: "select u.* from users u where u.id = $1",
        postgres: "select u.* from users u where u.id = $1 for update"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("person"))
}

/// How many people there are in each status, exactly.
#[derive(Debug, Clone, Copy, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusCounts {
    /// All people.
    pub total: i64,
    /// Without a key.
    pub new: i64,
    /// With a key that waits.
    pub pending: i64,
    /// With a key.
    pub active: i64,
    /// Who may not sign in.
    pub disabled: i64,
}

impl StatusCounts {
    /// In this status.
    pub(crate) fn with(self, status: UserStatus) -> i64 {
        match status {
            UserStatus::New => self.new,
            UserStatus::Pending => self.pending,
            UserStatus::Active => self.active,
            UserStatus::Disabled => self.disabled,
        }
    }
}

/// Counts people by status.
pub async fn status_counts(conn: &mut Conn) -> Result<StatusCounts> {
    let rows: Vec<(UserStatus, i64)> = conn
        .query(sql!(
            sqlite: "select state, number from tallies where subject = 'users'",
            postgres: "select status, count(*) from users group by status"
        ))
        .all()
        .await?;
    let mut counts = StatusCounts::default();
    for (status, number) in rows {
        counts.total += number;
        *match status {
            UserStatus::New => &mut counts.new,
            UserStatus::Pending => &mut counts.pending,
            UserStatus::Active => &mut counts.active,
            UserStatus::Disabled => &mut counts.disabled,
        } = number;
    }
    Ok(counts)
}

/// The groups of people on one page: at most five each, and how many there are.
pub async fn groups_of(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<(UserId, GroupId, String, i64)>> {
    let ids =
        serde_json::to_string(&ids.iter().map(|id| id.0.simple().to_string()).collect::<Vec<_>>()).unwrap_or_default();
    conn.query(sql!(
        sqlite: "select user_id, group_id, name, total from (\
                   select m.user_id, m.group_id, g.name, count(*) over (partition by m.user_id) as total, \
                   row_number() over (partition by m.user_id order by g.name_key, g.id) as place \
                   from json_each($1) j join group_members m on m.user_id = unhex(j.value) join groups g on g.id = m.group_id\
                 ) where place <= 5 order by user_id, place",
        postgres: "select user_id, group_id, name, total from (\
                   select m.user_id, m.group_id, g.name, count(*) over (partition by m.user_id) as total, \
                   row_number() over (partition by m.user_id order by g.name_key, g.id) as place \
                   from jsonb_array_elements_text($1::jsonb) j(value) join group_members m on m.user_id = j.value::uuid \
                   join groups g on g.id = m.group_id\
                 ) ranked where place <= 5 order by user_id, place"
    ))
    .bind(ids)
    .all()
    .await
}
