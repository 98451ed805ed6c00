//! Security keys: what a person was given, and the life of it.

mod life;
mod list;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Timestamp,
    activations::{self, NewLink, Purpose},
    activity::{self, Action, Target},
    actor::Actor,
    cards,
    db::{Conn, Tx, filter::Sql},
    error::{Error, FieldError, Result},
    ids::{ActivationId, KeyId, UserId},
    names,
    roles::{self, Role},
    secret::Token,
    sessions, settings, sql,
    users::{self, User},
};
pub use life::{KeyState, RevokeReason, Step};
pub use list::{KeyCounts, KeySearch, counts, list, of_user, of_users};

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum KeyKind {
    /// A FIDO2 security key that is carried about.
    HardwareKey,
    /// The passkey of the device itself, made at set-up or recovery.
    Platform,
    /// A phone that signs its holder in, here and from any computer nearby.
    Smartphone,
    /// A badge that becomes a security key at workstations with a reader.
    ContactlessCard,
}

impl KeyKind {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::HardwareKey, Self::Platform, Self::Smartphone, Self::ContactlessCard];

    /// Its bit in `users.key_kinds`.
    pub(crate) fn bit(self) -> i64 {
        match self {
            Self::HardwareKey => 1,
            Self::Platform => 2,
            Self::Smartphone => 4,
            Self::ContactlessCard => 8,
        }
    }

    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HardwareKey => "hardwareKey",
            Self::Platform => "platform",
            Self::Smartphone => "smartphone",
            Self::ContactlessCard => "contactlessCard",
        }
    }

    /// The name of a key that nobody named.
    pub fn usual_name(self) -> &'static str {
        match self {
            Self::HardwareKey => "Security key",
            Self::Platform => "Passkey on this device",
            Self::Smartphone => "Smartphone",
            Self::ContactlessCard => "Contactless card",
        }
    }

    /// Whether an administrator can give a person one.
    ///
    /// # Errors
    /// `notAllowed` at `field`.
    pub(crate) fn assignable(self, field: &str) -> std::result::Result<(), FieldError> {
        match self {
            Self::HardwareKey | Self::Smartphone | Self::ContactlessCard => Ok(()),
            Self::Platform => {
                let message = "Choose hardwareKey, smartphone or contactlessCard: this kind is only made at set-up.";
                Err(FieldError::new(field, "notAllowed", message))
            }
        }
    }
}

/// A security key with its holder.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// Its holder.
    pub user_id: UserId,
    /// What it is.
    pub kind: KeyKind,
    /// What its holder or administrator calls it.
    pub name: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// Why it was suspended or revoked.
    pub reason: Option<String>,
    /// When it was given.
    pub created_at: Timestamp,
    /// When its holder registered it.
    pub activated_at: Option<Timestamp>,
    /// When it came into its state.
    pub state_changed_at: Timestamp,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
    /// Changes with every change.
    pub version: i64,
    /// Its holder's name.
    pub user_display_name: String,
    /// Its holder's address.
    pub user_email: String,
    /// The make, as its registration told.
    pub model: Option<String>,
    /// When the link runs out that its holder was sent.
    pub link_expires_at: Option<Timestamp>,
}

impl Key {
    pub(crate) fn target(&self) -> Target<'_> {
        Target { kind: "key", id: Some(self.id.0), name: &self.name }
    }

    pub(crate) fn concerned(&self) -> (UserId, &str) {
        (self.user_id, &self.user_display_name)
    }
}

/// A key with its holder, its make and its link.
const KEY: &str = "select k.*, u.display_name as user_display_name, u.email as user_email, \
    (select c.model from credentials c where c.key_id = k.id) as model, \
    (select max(a.expires_at) from activations a where a.key_id = k.id and a.state = 'open') as link_expires_at \
    from security_keys k join users u on u.id = k.user_id";

/// The key with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: KeyId) -> Result<Key> {
    let mut sql = Sql::new(KEY);
    sql.push(" where k.id = ").bind(id.0);
    sql.run(conn).optional().await?.ok_or(Error::NotFound("security key"))
}

/// A key that was given, and the link that its holder is to be sent: the token is shown once.
pub struct Assigned {
    /// The key.
    pub key: Key,
    /// The link's row.
    pub activation: ActivationId,
    /// The link's secret.
    pub token: Token,
    /// When the link runs out.
    pub expires_at: Timestamp,
}

/// What a key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is.
    pub kind: KeyKind,
    /// What it is called; the usual name of its kind when absent.
    pub name: Option<String>,
    /// A note to its holder that goes into the mail.
    pub note: Option<String>,
}

/// Gives a person a key and makes its registration link.
///
/// # Errors
/// [`Error::IllegalState`] for a disabled person, [`Error::Forbidden`], [`Error::Invalid`].
pub async fn assign(tx: &mut Tx, actor: &Actor, user: &User, new: NewKey) -> Result<Assigned> {
    // Somebody may be disabling or deleting them at this moment.
    let user = users::get_for_change(tx, user.id).await?;
    roles::guard(tx, actor, user.id).await?;
    if !user.active {
        return Err(Error::IllegalState("This person is disabled: enable them first.".to_owned()));
    }
    new.kind.assignable("kind").map_err(|error| Error::Invalid(vec![error]))?;
    let id = insert(tx, user.id, new.kind, new.name.as_deref(), KeyState::Pending).await?;
    users::refresh_status(tx, user.id).await?;
    let (activation, token, expires_at) = link(tx, id, user.id, new.note.as_deref()).await?;
    let key = get(tx, id).await?;
    let details = json!({ "kind": key.kind, "linkExpiresAt": expires_at });
    activity::record(tx, actor, Action::KeyAssigned, Some(key.target()), Some(key.concerned()), details).await?;
    Ok(Assigned { key, activation, token, expires_at })
}

pub(crate) async fn insert(
    tx: &mut Tx,
    user: UserId,
    kind: KeyKind,
    name: Option<&str>,
    state: KeyState,
) -> Result<KeyId> {
    let name = names::optional_name("name", name, 100)
        .map_err(|error| Error::Invalid(vec![error]))?
        .unwrap_or_else(|| kind.usual_name().to_owned());
    let id = KeyId::new();
    let now = tx.now();
    tx.query(sql!(
        "insert into security_keys (id, user_id, kind, name, name_key, state, created_at, activated_at, state_changed_at, version) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $7, 1)"
    ))
    .bind(id)
    .bind(user)
    .bind(kind)
    .bind(name.clone())
    .bind(names::folded(&name))
    .bind(state)
    .bind(now)
    .bind((state == KeyState::Active).then_some(now))
    .execute()
    .await?;
    Ok(id)
}

pub(crate) async fn link(
    tx: &mut Tx,
    key: KeyId,
    user: UserId,
    note: Option<&str>,
) -> Result<(ActivationId, Token, Timestamp)> {
    let note = names::optional_text("note", note, 2000).map_err(|error| Error::Invalid(vec![error]))?;
    let hours = settings::get(tx).await?.link_lifetime_hours;
    let expires_at = tx.now().plus_hours(hours);
    let link = NewLink { purpose: Purpose::Register, user: Some(user), key: Some(key), note, expires_at };
    let (id, token) = activations::create(tx, link).await?;
    Ok((id, token, expires_at))
}

/// Sends a new link for a key that waits or whose link ran out; the old link dies.
///
/// # Errors
/// [`Error::IllegalState`], [`Error::Forbidden`], [`Error::Stale`].
pub async fn resend(
    tx: &mut Tx,
    actor: &Actor,
    id: KeyId,
    note: Option<&str>,
    expected: Option<i64>,
) -> Result<Assigned> {
    let (before, user) = for_change(tx, actor, id, expected).await?;
    if !user.active {
        return Err(Error::IllegalState("This person is disabled: enable them first.".to_owned()));
    }
    let state = before.state.after(Step::Resend)?;
    activations::cancel_of_key(tx, id).await?;
    save(tx, &before, state, None).await?;
    let (activation, token, expires_at) = link(tx, id, user.id, note).await?;
    let key = get(tx, id).await?;
    let details = json!({ "linkExpiresAt": expires_at });
    activity::record(tx, actor, Action::KeyLinkResent, Some(key.target()), Some(key.concerned()), details).await?;
    Ok(Assigned { key, activation, token, expires_at })
}

/// The key, its holder locked, if the actor may act on them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn for_holder(tx: &mut Tx, actor: &Actor, id: KeyId) -> Result<Key> {
    Ok(for_change(tx, actor, id, None).await?.0)
}

/// The key and its holder, locked, after checking rank and version.
pub(crate) async fn for_change(tx: &mut Tx, actor: &Actor, id: KeyId, expected: Option<i64>) -> Result<(Key, User)> {
    let seen = get(tx, id).await?;
    let user = users::get_for_change(tx, seen.user_id).await?;
    if actor.user_id() != Some(user.id) {
        roles::guard(tx, actor, user.id).await?;
    }
    // Read again under the lock of its holder's row.
    let key = get(tx, id).await?;
    if expected.is_some_and(|version| version != key.version) {
        return Err(Error::Stale);
    }
    Ok((key, user))
}

pub(crate) async fn save(tx: &mut Tx, before: &Key, state: KeyState, reason: Option<&str>) -> Result<()> {
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update security_keys set state = $3, reason = $4, state_changed_at = $5, \
             activated_at = case when $3 = 'active' then coalesce(activated_at, $5) else activated_at end, \
             version = version + 1 where id = $1 and state = $2 and version = $6"
        ))
        .bind(before.id)
        .bind(before.state)
        .bind(state)
        .bind(reason.map(str::to_owned))
        .bind(now)
        .bind(before.version)
        .execute()
        .await?;
    if changed == 0 {
        return Err(Error::Stale);
    }
    users::refresh_status(tx, before.user_id).await
}

/// Takes a key through one step of its life. Sessions that it opened end in the same moment
/// when it stops working.
///
/// # Errors
/// [`Error::IllegalState`], [`Error::Forbidden`], [`Error::Stale`], [`Error::LastOwner`].
pub async fn step(
    tx: &mut Tx,
    actor: &Actor,
    id: KeyId,
    step: Step,
    reason: Option<&str>,
    expected: Option<i64>,
) -> Result<Key> {
    let (before, _) = for_change(tx, actor, id, expected).await?;
    let now = tx.now();
    if step == Step::Expire && before.link_expires_at.is_some_and(|at| at > now) {
        return Err(Error::IllegalState("This key has a link that works: it can't be expired.".to_owned()));
    }
    let state = before.state.after(step)?;
    let action = match step {
        Step::Suspend if reason == Some("lost") && actor.user_id() == Some(before.user_id) => Action::KeyReportedLost,
        Step::Suspend => Action::KeySuspended,
        Step::Resume => Action::KeyResumed,
        Step::Revoke => Action::KeyRevoked,
        Step::Cancel => Action::KeyCancelled,
        Step::Expire => Action::KeyExpired,
        Step::Activate => Action::KeyRegistered,
        Step::Resend => Action::KeyLinkResent,
    };
    save(tx, &before, state, reason).await?;
    if matches!(step, Step::Cancel | Step::Expire) {
        activations::cancel_of_key(tx, id).await?;
    }
    if matches!(step, Step::Suspend | Step::Revoke) {
        sessions::end_of_key(tx, id).await?;
        let owner = roles::of_user(tx, before.user_id).await?.highest() == Role::Owner;
        if owner && before.state == KeyState::Active && !actor.is_system() {
            roles::ensure_an_owner_remains(tx).await?;
        }
    }
    if matches!(step, Step::Revoke | Step::Cancel) && before.kind == KeyKind::ContactlessCard {
        cards::destroy(tx, id).await?;
    }
    let after = get(tx, id).await?;
    let details = reason.map_or(Value::Null, |reason| json!({ "reason": reason }));
    activity::record(tx, actor, action, Some(after.target()), Some(after.concerned()), details).await?;
    Ok(after)
}

/// The signature counter of a key went back: a copy of it may exist. The key is suspended, even
/// an owner's last one; `keystead owner recover` is the way back in.
///
/// # Errors
/// Those of the database.
pub async fn suspend_suspicious(tx: &mut Tx, actor: &Actor, id: KeyId, details: Value) -> Result<Key> {
    let before = get(tx, id).await?;
    if before.state == KeyState::Active {
        save(tx, &before, KeyState::Suspended, Some("counterRegressed")).await?;
    }
    sessions::end_of_key(tx, id).await?;
    let after = get(tx, id).await?;
    activity::record(tx, actor, Action::KeyCounterRegressed, Some(after.target()), Some(after.concerned()), details)
        .await?;
    Ok(after)
}

/// Gives a key another name.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Forbidden`], [`Error::Stale`].
pub async fn rename(tx: &mut Tx, actor: &Actor, id: KeyId, name: &str, expected: Option<i64>) -> Result<Key> {
    let (before, _) = for_change(tx, actor, id, expected).await?;
    let name = names::name("name", name, 100).map_err(|error| Error::Invalid(vec![error]))?;
    if name == before.name {
        return Ok(before);
    }
    tx.query(sql!("update security_keys set name = $2, name_key = $3, version = version + 1 where id = $1"))
        .bind(id)
        .bind(name.clone())
        .bind(names::folded(&name))
        .execute()
        .await?;
    let after = get(tx, id).await?;
    let details = json!({ "name": { "old": before.name, "new": after.name } });
    activity::record(tx, actor, Action::KeyRenamed, Some(after.target()), Some(after.concerned()), details).await?;
    Ok(after)
}

/// Marks keys whose link ran out; returns how many. At most `limit` in one go.
pub async fn expire_due(tx: &mut Tx, limit: i64) -> Result<usize> {
    let now = tx.now();
    let due: Vec<(KeyId,)> = tx
        .query(sql!(
            "select distinct a.key_id from activations a join security_keys k on k.id = a.key_id \
             where a.state = 'open' and a.expires_at <= $1 and a.purpose = 'register' and k.state = 'pending' \
             order by a.key_id limit $2"
        ))
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    for &(id,) in &due {
        // Two servers may sweep at once: whoever comes second finds it done.
        match step(tx, &Actor::system(), id, Step::Expire, None, None).await {
            Ok(_) | Err(Error::IllegalState(_) | Error::Stale | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(due.len())
}
