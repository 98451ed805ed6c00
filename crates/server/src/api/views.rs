//! What people, keys and credentials look like on the wire, where that differs from the domain.

use keystead_directory::{
    Conn, Result, Timestamp,
    activity::Record,
    actor::{Actor, ActorType},
    credentials::Credential,
    ids::{CredentialRowId, GroupId, KeyId, UserId},
    keys::{self, Key, KeyKind, KeyState},
    page::Page,
    roles::{self, Role},
    scim,
    users::{self, Origin, User, UserStatus},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A person in a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserItem {
    /// The person's id.
    pub id: UserId,
    /// For people to read.
    pub status: UserStatus,
    /// Whether the person may sign in.
    pub active: bool,
    /// Unique without case.
    pub user_name: String,
    /// Where mails go.
    pub email: String,
    /// How the person is called.
    pub display_name: String,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Where the person came from.
    pub origin: Origin,
    /// The highest role that the person's groups grant, or the directory while SCIM may hand out roles.
    pub role: Role,
    /// At most five of the person's groups, by name.
    pub groups: Vec<GroupName>,
    /// How many groups the person is in.
    pub group_count: i64,
    /// The keys that wait, work, are suspended or whose link ran out.
    pub keys: Vec<KeyBadge>,
    /// The last sign-in or use.
    pub last_activity_at: Option<Timestamp>,
    /// Since when the person is known.
    pub created_at: Timestamp,
    /// Changes with every change of the profile.
    pub version: i64,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDetail {
    /// What lists show.
    #[serde(flatten)]
    pub item: UserItem,
    /// Phone number.
    pub phone: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// BCP 47 language tag.
    pub preferred_language: Option<String>,
    /// The id in the source the person came from.
    pub external_id: Option<String>,
    /// The highest role that the directory gives the person by SCIM; it counts while an owner lets SCIM hand out roles.
    pub directory_role: Option<Role>,
    /// Whether what the person does with cards at relying parties appears in the activity.
    pub card_auditing: bool,
    /// Last change of the profile.
    pub updated_at: Timestamp,
}

/// A group as a person's row names it.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupName {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

/// A person as other things name them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonName {
    /// The person's id.
    pub id: UserId,
    /// How the person is called.
    pub display_name: String,
}

/// A key as its holder's row shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyBadge {
    /// Its id.
    pub id: KeyId,
    /// What it is.
    pub kind: KeyKind,
    /// Where it is in its life.
    pub state: KeyState,
    /// Its name.
    pub name: String,
}

/// A page of people, each with groups, keys and role, read for the whole page at once.
pub async fn user_items(conn: &mut Conn, page: Page<User>) -> Result<Page<UserItem>> {
    let ids: Vec<UserId> = page.items.iter().map(|user| user.id).collect();
    let mut groups = users::groups_of(conn, &ids).await?;
    let mut held = keys::of_users(conn, &ids).await?;
    let mut roles = roles::of_users(conn, &ids).await?;
    Ok(page.map(|user| {
        let mine: Vec<_> = groups.extract_if(.., |(id, ..)| *id == user.id).collect();
        UserItem {
            role: roles.remove(&user.id).unwrap_or_default().highest(),
            group_count: mine.first().map_or(0, |(.., total)| *total),
            groups: mine.into_iter().map(|(_, id, name, _)| GroupName { id, name }).collect(),
            keys: held
                .extract_if(.., |key| key.user_id == user.id)
                .map(|key| KeyBadge { id: key.id, kind: key.kind, state: key.state, name: key.name })
                .collect(),
            id: user.id,
            status: user.status,
            active: user.active,
            user_name: user.user_name,
            email: user.email,
            display_name: user.display_name,
            given_name: user.given_name,
            family_name: user.family_name,
            origin: user.origin,
            last_activity_at: user.last_activity_at,
            created_at: user.created_at,
            version: user.version,
        }
    }))
}

/// One person with everything.
pub async fn user_detail(conn: &mut Conn, user: User) -> Result<UserDetail> {
    let rest = user.clone();
    let directory_role = scim::roles::of_user(conn, user.id).await?.last().copied();
    let mut page = user_items(conn, Page::whole(vec![user])).await?;
    let item = page.items.pop().ok_or(keystead_directory::Error::NotFound("person"))?;
    Ok(UserDetail {
        item,
        phone: rest.phone,
        title: rest.title,
        department: rest.department,
        preferred_language: rest.preferred_language,
        external_id: rest.external_id,
        directory_role,
        card_auditing: rest.card_auditing,
        updated_at: rest.updated_at,
    })
}

/// A security key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: KeyKind,
    /// Where it is in its life.
    pub state: KeyState,
    /// Why it was suspended or revoked.
    pub reason: Option<String>,
    /// Its holder.
    pub user: KeyHolder,
    /// Its make, as its registration told.
    pub model: Option<String>,
    /// When it was given.
    pub created_at: Timestamp,
    /// When its holder registered it.
    pub activated_at: Option<Timestamp>,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
    /// When it came into its state.
    pub state_changed_at: Timestamp,
    /// When the link runs out that its holder was sent; none when no link is open.
    pub link_expires_at: Option<Timestamp>,
    /// Changes with every change.
    pub version: i64,
}

/// The holder of a key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyHolder {
    /// The person's id.
    pub id: UserId,
    /// How the person is called.
    pub display_name: String,
    /// The person's address.
    pub email: String,
}

impl From<Key> for KeyView {
    fn from(key: Key) -> Self {
        Self {
            id: key.id,
            name: key.name,
            kind: key.kind,
            state: key.state,
            reason: key.reason,
            user: KeyHolder { id: key.user_id, display_name: key.user_display_name, email: key.user_email },
            model: key.model,
            created_at: key.created_at,
            activated_at: key.activated_at,
            last_used_at: key.last_used_at,
            state_changed_at: key.state_changed_at,
            link_expires_at: key.link_expires_at.filter(|_| key.state == KeyState::Pending),
            version: key.version,
        }
    }
}

/// A WebAuthn credential.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CredentialView {
    /// Its id here.
    pub id: CredentialRowId,
    /// The key it belongs to.
    pub key_id: KeyId,
    /// The key's name.
    pub key_name: String,
    /// The key's state.
    pub key_state: KeyState,
    /// The authenticator's model number.
    pub aaguid: Option<Uuid>,
    /// The model's name.
    pub model: Option<String>,
    /// How the authenticator can be reached.
    pub transports: Vec<String>,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it is.
    pub backed_up: bool,
    /// The attestation statement format.
    pub attestation_format: String,
    /// The signature algorithm.
    pub algorithm: String,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// From where.
    pub registered_ip: Option<String>,
    /// With which program.
    pub registered_user_agent: Option<String>,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
    /// The signature counter; 0 for authenticators that do not count.
    pub sign_count: i64,
}

impl From<Credential> for CredentialView {
    fn from(credential: Credential) -> Self {
        Self {
            transports: credential.transports(),
            id: credential.id,
            key_id: credential.key_id,
            key_name: credential.key_name,
            key_state: credential.key_state,
            aaguid: credential.aaguid,
            model: credential.model,
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backed_up,
            attestation_format: credential.attestation_format,
            algorithm: credential.algorithm,
            registered_at: credential.registered_at,
            registered_ip: credential.registered_ip,
            registered_user_agent: credential.registered_user_agent,
            last_used_at: credential.last_used_at,
            sign_count: credential.sign_count,
        }
    }
}

/// A record of the activity.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityItem {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What was done.
    #[schema(example = "user.created")]
    pub action: String,
    /// Who did it.
    pub actor: ActivityActor,
    /// To what.
    pub target: Option<ActivityTarget>,
    /// The person it concerns.
    pub user: Option<ActivityPerson>,
    /// From which address.
    pub ip: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// Names the request in the server's log.
    pub request_id: Option<String>,
    /// What more there is to know.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub details: serde_json::Value,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityActor {
    /// What kind of actor.
    pub r#type: ActorType,
    /// The person's or API key's id.
    pub id: Option<Uuid>,
    /// The name it had then.
    pub name: String,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityTarget {
    /// `user`, `group`, `key`, `apiKey`, `settings`, `mail`, `alert`.
    pub r#type: String,
    /// Its id.
    pub id: Option<Uuid>,
    /// The name it had then.
    pub name: String,
}

/// The person whom something concerns.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityPerson {
    /// The person's id; they may be deleted by now.
    pub id: UserId,
    /// The name they had then.
    pub name: String,
}

impl From<Record> for ActivityItem {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            at: record.at,
            action: record.action,
            actor: ActivityActor { r#type: record.actor_type, id: record.actor_id, name: record.actor_name },
            target: record.target_type.map(|kind| ActivityTarget {
                r#type: kind,
                id: record.target_id,
                name: record.target_name.unwrap_or_default(),
            }),
            user: record.user_id.map(|id| ActivityPerson { id, name: record.user_name.unwrap_or_default() }),
            ip: record.ip,
            user_agent: record.user_agent,
            request_id: record.request_id,
            details: serde_json::from_str(&record.details).unwrap_or_default(),
        }
    }
}

/// The holder of a link, before they can sign in.
pub fn link_holder(name: &str, ip: &str, user_agent: Option<&str>, request_id: Option<String>) -> Actor {
    Actor {
        kind: ActorType::Link,
        id: None,
        name: name.to_owned(),
        roles: roles::Roles::default(),
        ip: Some(ip.to_owned()),
        user_agent: user_agent.map(str::to_owned),
        request_id,
    }
}
