//! Links: for set-up, for registering a key, for an owner's recovery. The token is shown once and
//! only its hash is kept; looking at a link never uses it up.

pub mod carry_over;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Timestamp,
    activity::{self, Action},
    actor::Actor,
    credentials::{self, NewCredential},
    db::{Conn, Tx},
    error::{Error, LinkRefusal, Result},
    groups,
    ids::{ActivationId, KeyId, UserId},
    keys::{self, Key, KeyKind, KeyState, Step},
    mails, names,
    secret::Token,
    settings, sql,
    users::{self, NewUser, User},
};

/// Hours for which a set-up or recovery link lives.
const SETUP_HOURS: i64 = 24;

/// What a link is for; it does nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Purpose {
    /// The first owner names the organisation.
    Setup,
    /// A person registers the key they were given.
    Register,
    /// An owner who lost their key registers another.
    Recover,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "camelCase")]
enum LinkState {
    Open,
    Completed,
    Cancelled,
}

/// A link as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Activation {
    /// Its id.
    pub id: ActivationId,
    /// What it is for.
    pub purpose: Purpose,
    state: LinkState,
    /// Whose it is.
    pub user_id: Option<UserId>,
    /// The key it registers.
    pub key_id: Option<KeyId>,
    /// The administrator's note.
    pub note: Option<String>,
    /// When it runs out.
    pub expires_at: Timestamp,
}

impl Activation {
    /// Why it can't be used at `now`; `active` tells whether its person may sign in.
    fn refusal(&self, active: bool, now: Timestamp) -> Option<LinkRefusal> {
        match self.state {
            LinkState::Completed => Some(LinkRefusal::Used),
            _ if !active => Some(LinkRefusal::Disabled),
            // A link that ran out is closed by the sweep; its holder is told the true reason.
            _ if self.expires_at <= now => Some(LinkRefusal::Expired),
            LinkState::Cancelled => Some(LinkRefusal::Cancelled),
            LinkState::Open => None,
        }
    }
}

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is.
    pub user: Option<UserId>,
    /// The key it registers.
    pub key: Option<KeyId>,
    /// The administrator's note.
    pub note: Option<String>,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// Makes a link; the token is the only copy of its secret.
pub async fn create(tx: &mut Tx, new: NewLink) -> Result<(ActivationId, Token)> {
    let token = Token::generate("");
    let id = ActivationId::new();
    let now = tx.now();
    tx.query(sql!(
        "insert into activations (id, purpose, state, token_hash, user_id, key_id, note, created_at, expires_at) \
         values ($1, $2, 'open', $3, $4, $5, $6, $7, $8)"
    ))
    .bind(id)
    .bind(new.purpose)
    .bind(token.hash())
    .bind(new.user)
    .bind(new.key)
    .bind(new.note)
    .bind(now)
    .bind(new.expires_at)
    .execute()
    .await?;
    Ok((id, token))
}

/// Looks at a link without using it up: what it is for and whose it is.
///
/// # Errors
/// [`Error::Link`] when it can't be used (any more), or is for something else.
pub async fn inspect(
    conn: &mut Conn,
    token: &Token,
    purposes: &[Purpose],
    now: Timestamp,
) -> Result<(Activation, Option<User>)> {
    let found: Option<Activation> =
        conn.query(sql!("select a.* from activations a where a.token_hash = $1")).bind(token.hash()).optional().await?;
    // A phone has a token of its own, for as long as the computer it came from leaves it that.
    let (found, carried) = match found {
        Some(link) => (Some(link), None),
        None => carry_over::of_phone(conn, token, now).await?.unzip(),
    };
    let link = found.filter(|link| purposes.contains(&link.purpose)).ok_or(Error::Link(LinkRefusal::Unknown))?;
    let user = match link.user_id {
        Some(id) => Some(users::get(conn, id).await?),
        None => None,
    };
    // Setup links have no person who could be disabled.
    let active = user.as_ref().is_none_or(|user| user.active);
    match link.refusal(active, now).or(carried.flatten()) {
        Some(refusal) => Err(Error::Link(refusal)),
        None => Ok((link, user)),
    }
}

/// Uses a link up, in the transaction of what it is used for. Of several at once one wins.
async fn consume(tx: &mut Tx, token: &Token, purposes: &[Purpose]) -> Result<(Activation, Option<User>)> {
    let now = tx.now();
    let (link, user) = inspect(tx, token, purposes, now).await?;
    // The holder's row first, as every change of a person does, so that two can't wait crosswise.
    if let Some(user) = &user {
        users::get_for_change(tx, user.id).await?;
        // What was true before the wait may not be any more: a newer code may have been shown.
        inspect(tx, token, purposes, now).await?;
    }
    let completed = tx
        .query(sql!(
            "update activations set state = 'completed', closed_at = $2 \
             where id = $1 and state = 'open' and expires_at > $2"
        ))
        .bind(link.id)
        .bind(now)
        .execute()
        .await?;
    if completed == 0 {
        return Err(inspect(tx, token, purposes, now).await.err().unwrap_or(Error::Link(LinkRefusal::Used)));
    }
    Ok((link, user))
}

/// Cancels the open links of a key, and the mails with them that have not left.
pub async fn cancel_of_key(tx: &mut Tx, key: KeyId) -> Result<()> {
    let now = tx.now();
    let cancelled = tx.query(sql!(
        "update activations set state = 'cancelled', closed_at = $2 where key_id = $1 and state = 'open' returning id"
    ));
    let links: Vec<(ActivationId,)> = cancelled.bind(key).bind(now).all().await?;
    withdraw_mails(tx, links).await
}

/// Cancels the open links of a person, and the mails with them that have not left.
pub async fn cancel_of_user(tx: &mut Tx, user: UserId) -> Result<()> {
    let now = tx.now();
    let cancelled = tx.query(sql!(
        "update activations set state = 'cancelled', closed_at = $2 where user_id = $1 and state = 'open' returning id"
    ));
    let links: Vec<(ActivationId,)> = cancelled.bind(user).bind(now).all().await?;
    withdraw_mails(tx, links).await
}

/// A dead link's secret need not wait in the outbox for its turn to be thrown away.
async fn withdraw_mails(tx: &mut Tx, links: Vec<(ActivationId,)>) -> Result<()> {
    for (link,) in links {
        mails::cancel_for_activation(tx, link).await?;
    }
    Ok(())
}

/// Whether somebody has set the installation up.
pub async fn is_set_up(conn: &mut Conn) -> Result<bool> {
    let row: Option<(i64,)> = conn
        .query(sql!(
            "select cast(1 as bigint) from groups g join group_members m on m.group_id = g.id where g.role = 'owner' limit 1"
        ))
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Makes a set-up link; earlier ones die.
///
/// # Errors
/// [`Error::IllegalState`] when there is an owner already.
pub async fn create_setup_link(tx: &mut Tx, actor: &Actor) -> Result<(Token, Timestamp)> {
    if is_set_up(tx).await? {
        return Err(Error::IllegalState(
            "Keystead has an owner already. If they can't sign in, use `keystead owner recover`.".to_owned(),
        ));
    }
    let now = tx.now();
    tx.query(sql!(
        "update activations set state = 'cancelled', closed_at = $1 where purpose = 'setup' and state = 'open'"
    ))
    .bind(now)
    .execute()
    .await?;
    let expires_at = now.plus_hours(SETUP_HOURS);
    let link = NewLink { purpose: Purpose::Setup, user: None, key: None, note: None, expires_at };
    let (_, token) = create(tx, link).await?;
    let details = json!({ "expiresAt": expires_at });
    activity::record(tx, actor, Action::SetupLinkCreated, None, None, details).await?;
    Ok((token, expires_at))
}

/// Makes a link with which an owner registers another key.
///
/// # Errors
/// [`Error::NotFound`] when there is no (such) owner.
pub async fn create_recovery_link(
    tx: &mut Tx,
    actor: &Actor,
    user_name: Option<&str>,
) -> Result<(User, Token, Timestamp)> {
    let candidates: Vec<User> = tx
        .query(sql!(
            "select u.* from users u where u.active and exists (select 1 from group_members m join groups g \
             on g.id = m.group_id where m.user_id = u.id and g.role = 'owner') order by u.created_at, u.id limit 100"
        ))
        .all()
        .await?;
    let wanted = user_name.map(names::key);
    let user = candidates
        .into_iter()
        .find(|user| wanted.as_ref().is_none_or(|key| names::key(&user.user_name) == *key))
        .ok_or(Error::NotFound("owner"))?;
    let expires_at = tx.now().plus_hours(SETUP_HOURS);
    let link = NewLink { purpose: Purpose::Recover, user: Some(user.id), key: None, note: None, expires_at };
    let (_, token) = create(tx, link).await?;
    let details = json!({ "expiresAt": expires_at });
    activity::record(tx, actor, Action::OwnerRecoveryLinkCreated, None, Some(user.concerned()), details).await?;
    Ok((user, token, expires_at))
}

/// Who sets the installation up.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setup {
    /// The organisation's name.
    pub organisation_name: String,
    /// The first owner's address.
    pub email: String,
    /// The first owner's name.
    pub display_name: String,
}

/// Ends the set-up: the organisation, its first owner and their passkey.
///
/// # Errors
/// [`Error::Link`], [`Error::Invalid`], [`Error::Taken`].
pub async fn complete_setup(
    tx: &mut Tx,
    actor: &Actor,
    token: &Token,
    setup: Setup,
    user_id: UserId,
    kind: KeyKind,
    credential: NewCredential,
) -> Result<(User, Key)> {
    let (link, _) = consume(tx, token, &[Purpose::Setup]).await?;
    if is_set_up(tx).await? {
        return Err(Error::Link(LinkRefusal::Used));
    }
    let change = settings::SettingsChange { organisation_name: Some(setup.organisation_name), ..Default::default() };
    settings::update(tx, actor, change, None).await?;
    let new = NewUser { display_name: Some(setup.display_name), ..NewUser::local(&setup.email) };
    let user = match users::find_by_user_name(tx, setup.email.trim()).await? {
        // People may have been added by an API key before there was an owner.
        Some(_) => {
            return Err(Error::field("email", "taken", "Someone has this address as user name already. Use another."));
        }
        None => users::create_with_id(tx, actor, user_id, new).await?,
    };
    let group = groups::owners(tx, actor).await?;
    groups::join(tx, actor, &user, &[group]).await?;
    let key = bind_new_key(tx, actor, &user, &link, kind, credential).await?;
    activity::record(tx, actor, Action::SetupCompleted, None, Some(user.concerned()), Value::Null).await?;
    Ok((users::get(tx, user.id).await?, key))
}

/// Ends a registration or recovery: the link is used up and the credential bound, together.
///
/// # Errors
/// [`Error::Link`]; [`Error::Taken`] when the authenticator's credential is registered already.
pub async fn complete(
    tx: &mut Tx,
    actor: &Actor,
    token: &Token,
    kind: KeyKind,
    credential: NewCredential,
) -> Result<(User, Key)> {
    let (link, user) = consume(tx, token, &[Purpose::Register, Purpose::Recover]).await?;
    let user = user.ok_or(Error::Link(LinkRefusal::Unknown))?;
    let key = match (link.purpose, link.key_id) {
        (Purpose::Register, Some(key)) => {
            credentials::insert(tx, user.id, key, Some(link.id), &credential).await?;
            keys::step(tx, actor, key, Step::Activate, None, None).await?
        }
        (Purpose::Recover, _) => {
            let key = bind_new_key(tx, actor, &user, &link, kind, credential).await?;
            activity::record(tx, actor, Action::OwnerRecovered, None, Some(user.concerned()), Value::Null).await?;
            key
        }
        _ => return Err(Error::Link(LinkRefusal::Unknown)),
    };
    Ok((user, key))
}

/// Uses a registration link up for a card, in the transaction that binds the card.
///
/// # Errors
/// [`Error::Link`].
pub async fn complete_by_card(tx: &mut Tx, token: &Token) -> Result<(User, Key)> {
    let (link, user) = consume(tx, token, &[Purpose::Register]).await?;
    let (Some(user), Some(key)) = (user, link.key_id) else { return Err(Error::Link(LinkRefusal::Unknown)) };
    Ok((user, keys::get(tx, key).await?))
}

async fn bind_new_key(
    tx: &mut Tx,
    actor: &Actor,
    user: &User,
    link: &Activation,
    kind: KeyKind,
    credential: NewCredential,
) -> Result<Key> {
    let name = credential.model.clone();
    let id = keys::insert(tx, user.id, kind, name.as_deref(), KeyState::Pending).await?;
    credentials::insert(tx, user.id, id, Some(link.id), &credential).await?;
    keys::step(tx, actor, id, Step::Activate, None, None).await
}
