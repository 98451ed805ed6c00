//! API keys: programs that act with a role, for a time.

use serde_json::json;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::ApiKeyId,
    names,
    roles::Role,
    secret::Token,
    sql,
};

/// What every API key begins with, so that it is known when it is found where it should not be.
pub const PREFIX: &str = "ksk_";

/// An API key; its secret is not here.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Who made it.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used (within a minute).
    pub last_used_at: Option<Timestamp>,
}

/// Makes an API key that lives `days` (1 to 3650); the token is shown once.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn create(tx: &mut Tx, actor: &Actor, name: &str, role: Role, days: i64) -> Result<(ApiKey, Token)> {
    let name = names::name("name", name, 100).map_err(|error| Error::Invalid(vec![error]))?;
    if !(1..=3650).contains(&days) {
        return Err(Error::field("expiresInDays", "notAllowed", "Choose a number from 1 to 3650."));
    }
    let token = Token::generate(PREFIX);
    let id = ApiKeyId::new();
    let now = tx.now();
    tx.query(sql!(
        "insert into api_keys (id, name, token_hash, role, created_by, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7)"
    ))
    .bind(id)
    .bind(name.clone())
    .bind(token.hash())
    .bind(role)
    .bind(actor.name.clone())
    .bind(now)
    .bind(now.plus_hours(days * 24))
    .execute()
    .await?;
    let target = Target { kind: "apiKey", id: Some(id.0), name: &name };
    activity::record(tx, actor, Action::ApiKeyCreated, Some(target), None, json!({ "role": role, "days": days }))
        .await?;
    Ok((get(tx, id).await?, token))
}

async fn get(conn: &mut Conn, id: ApiKeyId) -> Result<ApiKey> {
    conn.query(sql!("select a.* from api_keys a where a.id = $1 and a.revoked_at is null"))
        .bind(id)
        .optional()
        .await?
        .ok_or(Error::NotFound("API key"))
}

/// The living API key of a presented secret.
pub async fn find(conn: &mut Conn, token: &Token, now: Timestamp) -> Result<Option<ApiKey>> {
    conn.query(sql!(
        "select a.* from api_keys a where a.token_hash = $1 and a.revoked_at is null and a.expires_at > $2"
    ))
    .bind(token.hash())
    .bind(now)
    .optional()
    .await
}

/// All API keys that are not revoked, newest first, at most a thousand.
pub async fn list(conn: &mut Conn) -> Result<Vec<ApiKey>> {
    conn.query(sql!(
        "select a.* from api_keys a where a.revoked_at is null order by a.created_at desc, a.id limit 1000"
    ))
    .all()
    .await
}

/// Notes that an API key was used; called at most once a minute for each.
pub async fn touch(tx: &mut Tx, id: ApiKeyId) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("update api_keys set last_used_at = $2 where id = $1")).bind(id).bind(now).execute().await?;
    Ok(())
}

/// Revokes an API key; it is refused from that moment.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn revoke(tx: &mut Tx, actor: &Actor, id: ApiKeyId) -> Result<()> {
    let key = get(tx, id).await?;
    let now = tx.now();
    tx.query(sql!("update api_keys set revoked_at = $2 where id = $1")).bind(id).bind(now).execute().await?;
    let target = Target { kind: "apiKey", id: Some(id.0), name: &key.name };
    activity::record(tx, actor, Action::ApiKeyRevoked, Some(target), None, json!({ "role": key.role })).await
}
