//! Signed-in browsers. A session lives in the database only; it ends with its time, its key or
//! its person.

use serde_json::{Value, json};

use crate::{
    Timestamp,
    activity::{self, Action},
    actor::Actor,
    credentials::{self, Credential, Use},
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{CredentialRowId, KeyId, SessionId, UserId},
    keys::KeyState,
    secret::Token,
    settings, sql,
    users::{self, User},
};

/// A session with its person.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Session {
    /// Its id.
    #[sqlx(rename = "session_id")]
    pub id: SessionId,
    /// The key that opened it.
    pub key_id: KeyId,
    /// The credential that opened it.
    pub credential_id: CredentialRowId,
    /// When the key was last touched for it.
    pub authenticated_at: Timestamp,
    /// When its last request came (within a minute).
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// When it ends without a request.
    pub idle_expires_at: Timestamp,
    /// Whose it is.
    #[sqlx(flatten)]
    pub user: User,
}

/// The session of a presented cookie, if it is alive: neither idle nor too old, its person active
/// and its key active.
pub async fn find(conn: &mut Conn, token: &Token, now: Timestamp) -> Result<Option<Session>> {
    conn.query(sql!(
        "select s.id as session_id, s.key_id, s.credential_id, s.authenticated_at, s.last_seen_at, s.expires_at, \
         s.last_seen_at + t.session_idle_minutes * 60000 as idle_expires_at, u.* \
         from sessions s join users u on u.id = s.user_id join security_keys k on k.id = s.key_id \
         join settings t on t.id = 1 \
         where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at + t.session_idle_minutes * 60000 > $2 \
         and u.active and k.state = 'active'"
    ))
    .bind(token.hash())
    .bind(now)
    .optional()
    .await
}

/// Notes that a session was used; called at most once a minute for each.
pub async fn touch(tx: &mut Tx, session: SessionId, user: UserId) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2"))
        .bind(session)
        .bind(now)
        .execute()
        .await?;
    users::seen(tx, user).await
}

/// Why a proved sign-in is refused all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The person is disabled.
    Disabled,
    /// The key is not active.
    KeyNotActive(KeyState),
    /// Another use of the key came first with a higher counter.
    CounterRegressed,
}

impl Refusal {
    /// As the activity record writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::KeyNotActive(state) => state.as_str(),
            Self::CounterRegressed => "counterRegressed",
        }
    }
}

/// Checks, at the moment of signing in, that the person and the key may, and notes the use.
pub async fn admit(tx: &mut Tx, credential: &Credential, proof: &Use) -> Result<std::result::Result<User, Refusal>> {
    let user = users::get_for_change(tx, credential.user_id).await?;
    if !user.active {
        return Ok(Err(Refusal::Disabled));
    }
    let now_bound = credentials::find(tx, &credential.credential_id).await?.ok_or(Error::NotFound("credential"))?;
    if now_bound.key_state != KeyState::Active {
        return Ok(Err(Refusal::KeyNotActive(now_bound.key_state)));
    }
    if !credentials::used(tx, credential, proof).await? {
        return Ok(Err(Refusal::CounterRegressed));
    }
    Ok(Ok(user))
}

/// Opens a session for an admitted person; the token goes into the cookie and nowhere else.
pub async fn open(tx: &mut Tx, actor: &Actor, user: &User, credential: &Credential) -> Result<(Token, SessionId)> {
    let token = Token::generate("");
    let id = SessionId::new();
    let now = tx.now();
    let hours = settings::get(tx).await?.session_absolute_hours;
    tx.query(sql!(
        "insert into sessions (id, token_hash, user_id, key_id, credential_id, created_at, authenticated_at, last_seen_at, \
         expires_at, ip, user_agent) values ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8, $9)"
    ))
    .bind(id)
    .bind(token.hash())
    .bind(user.id)
    .bind(credential.key_id)
    .bind(credential.id)
    .bind(now)
    .bind(now.plus_hours(hours))
    .bind(actor.ip.clone())
    .bind(actor.user_agent.as_deref().map(|text| text.chars().take(400).collect::<String>()))
    .execute()
    .await?;
    users::seen(tx, user.id).await?;
    let details = json!({ "keyId": credential.key_id, "keyName": credential.key_name });
    activity::record(tx, actor, Action::SigninSucceeded, None, Some(user.concerned()), details).await?;
    Ok((token, id))
}

/// What a person proves by a touch of their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Who they are, to sign in.
    SignIn,
    /// That they are still there, before a dangerous act.
    StepUp,
}

/// Records an attempt that was refused, of a person we know.
pub async fn record_refusal(
    tx: &mut Tx,
    actor: &Actor,
    attempt: Attempt,
    user: &User,
    key_name: Option<&str>,
    reason: &str,
) -> Result<()> {
    let action = match attempt {
        Attempt::SignIn => Action::SigninRefused,
        Attempt::StepUp => Action::StepUpRefused,
    };
    let details = json!({ "reason": reason, "keyName": key_name });
    activity::record(tx, actor, action, None, Some(user.concerned()), details).await
}

/// The key was touched again for this session.
pub async fn step_up(tx: &mut Tx, actor: &Actor, session: SessionId, user: &User) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("update sessions set authenticated_at = $2, last_seen_at = $2 where id = $1"))
        .bind(session)
        .bind(now)
        .execute()
        .await?;
    activity::record(tx, actor, Action::StepUpSucceeded, None, Some(user.concerned()), Value::Null).await
}

/// Signs out.
pub async fn end(tx: &mut Tx, actor: &Actor, session: SessionId, user: &User) -> Result<()> {
    tx.query(sql!("delete from sessions where id = $1")).bind(session).execute().await?;
    activity::record(tx, actor, Action::Signout, None, Some(user.concerned()), Value::Null).await
}

/// Ends the session of a presented cookie, if there is one.
pub async fn forget(tx: &mut Tx, token: &Token) -> Result<()> {
    tx.query(sql!("delete from sessions where token_hash = $1")).bind(token.hash()).execute().await?;
    Ok(())
}

/// Ends every session of a person.
pub async fn end_of_user(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.query(sql!("delete from sessions where user_id = $1")).bind(user).execute().await?;
    Ok(())
}

/// Ends every session that a key opened.
pub async fn end_of_key(tx: &mut Tx, key: KeyId) -> Result<()> {
    tx.query(sql!("delete from sessions where key_id = $1")).bind(key).execute().await?;
    Ok(())
}

/// Forgets sessions that have ended by time; returns how many.
pub async fn forget_old(tx: &mut Tx) -> Result<u64> {
    let now = tx.now();
    tx.query(sql!(
        "delete from sessions where expires_at <= $1 \
         or last_seen_at + (select t.session_idle_minutes * 60000 from settings t where t.id = 1) <= $1"
    ))
    .bind(now)
    .execute()
    .await
}
