//! The secrets that SCIM clients call with. Several live at once, so that one can be replaced without a pause.
//!
//! A *token* is sent with every request. An OAuth *client* has secrets instead, at most two at once, and buys access
//! tokens with them that live an hour (RFC 6749 section 4.4). Of everything only a hash is kept.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{self, ScimTokenId},
    names,
    secret::Token,
    sql,
};

/// What every SCIM token begins with, so that it is known when it is found where it should not be.
pub const PREFIX: &str = "kss_";

/// What the secret of an OAuth client begins with.
pub const CLIENT_PREFIX: &str = "ksc_";

/// What an access token begins with.
pub const ACCESS_PREFIX: &str = "ksa_";

/// How long an access token lives, in seconds; never longer than the secret that bought it.
pub const ACCESS_SECONDS: i64 = 3600;

/// Secrets that one client may have at once: the one in use and the one that replaces it.
const MOST_SECRETS: i64 = 2;

/// The most networks that one token may be used from.
const MOST_NETWORKS: usize = 100;

/// How a secret is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
#[schema(as = ScimTokenKind)]
pub enum TokenKind {
    /// Sent with every request.
    Token,
    /// Buys access tokens at the token endpoint.
    Client,
}

/// A token; its secret is not here.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScimToken {
    /// Its id.
    pub id: ScimTokenId,
    /// Which client it was made for.
    pub name: String,
    /// How it is used.
    pub kind: TokenKind,
    /// The OAuth client that it is a secret of.
    pub client_id: Option<Uuid>,
    /// The networks it may be used from, a JSON list; empty: any.
    networks: String,
    /// Who made it.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used (within a minute).
    pub last_used_at: Option<Timestamp>,
}

impl ScimToken {
    /// The networks it may be used from; none: any.
    pub fn networks(&self) -> Vec<String> {
        // What can't be read lets nobody in: no address lies in a network of this name.
        serde_json::from_str(&self.networks).unwrap_or_else(|_| vec!["unreadable".to_owned()])
    }
}

/// Makes a token that lives `days` (1 to 3650); its text is shown once. Whether `networks` are networks is for the
/// caller to see.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn create(
    tx: &mut Tx,
    actor: &Actor,
    name: &str,
    days: i64,
    networks: &[String],
) -> Result<(ScimToken, Token)> {
    insert(tx, actor, name, days, networks, None).await
}

/// Makes an OAuth client, or another secret of the client with this id; otherwise as [`create`].
///
/// # Errors
/// [`Error::Invalid`], also for a client that is unknown or has two secrets already.
pub async fn create_client(
    tx: &mut Tx,
    actor: &Actor,
    name: &str,
    days: i64,
    networks: &[String],
    client: Option<Uuid>,
) -> Result<(ScimToken, Token)> {
    let Some(client) = client else { return insert(tx, actor, name, days, networks, Some(ids::new_uuid())).await };
    let now = tx.now();
    let (all, living): (i64, i64) = tx
        .query(sql!(
            "select count(*), coalesce(sum(case when t.revoked_at is null and t.expires_at > $2 then 1 else 0 end), 0) \
             from scim_tokens t where t.client_id = $1"
        ))
        .bind(client)
        .bind(now)
        .one()
        .await?;
    if all == 0 {
        return Err(Error::field("clientId", "unknown", "There is no such client. Leave this out to make one."));
    }
    if living >= MOST_SECRETS {
        let message = "This client has two living secrets already. Revoke the older one first.";
        return Err(Error::field("clientId", "notAllowed", message));
    }
    insert(tx, actor, name, days, networks, Some(client)).await
}

async fn insert(
    tx: &mut Tx,
    actor: &Actor,
    name: &str,
    days: i64,
    networks: &[String],
    client: Option<Uuid>,
) -> Result<(ScimToken, Token)> {
    let name = names::name("name", name, 100).map_err(|error| Error::Invalid(vec![error]))?;
    if !(1..=3650).contains(&days) {
        return Err(Error::field("expiresInDays", "notAllowed", "Choose a number from 1 to 3650."));
    }
    if networks.len() > MOST_NETWORKS {
        return Err(Error::field("networks", "tooLong", format!("Name at most {MOST_NETWORKS} networks.")));
    }
    let (kind, prefix) = if client.is_some() { (TokenKind::Client, CLIENT_PREFIX) } else { (TokenKind::Token, PREFIX) };
    let token = Token::generate(prefix);
    let id = ScimTokenId::new();
    let now = tx.now();
    tx.query(sql!(
        "insert into scim_tokens (id, name, token_hash, networks, created_by, created_at, expires_at, kind, client_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ))
    .bind(id)
    .bind(name.clone())
    .bind(token.hash())
    .bind(serde_json::to_string(networks).unwrap_or_default())
    .bind(actor.name.clone())
    .bind(now)
    .bind(now.plus_hours(days * 24))
    .bind(kind)
    .bind(client)
    .execute()
    .await?;
    let target = Target { kind: "scimToken", id: Some(id.0), name: &name };
    let details = json!({ "days": days, "networks": networks, "kind": kind });
    activity::record(tx, actor, Action::ScimTokenCreated, Some(target), None, details).await?;
    Ok((get(tx, id).await?, token))
}

async fn get(conn: &mut Conn, id: ScimTokenId) -> Result<ScimToken> {
    conn.query(sql!("select t.* from scim_tokens t where t.id = $1 and t.revoked_at is null"))
        .bind(id)
        .optional()
        .await?
        .ok_or(Error::NotFound("SCIM token"))
}

/// The living token of a presented text: a token, or an access token and the client's secret that bought it.
pub async fn find(conn: &mut Conn, token: &Token, now: Timestamp) -> Result<Option<ScimToken>> {
    let statement = if token.reveal().starts_with(ACCESS_PREFIX) {
        sql!(
            "select t.* from scim_access_tokens a join scim_tokens t on t.id = a.token_id \
             where a.token_hash = $1 and a.expires_at > $2 and t.revoked_at is null and t.expires_at > $2"
        )
    } else {
        sql!(
            "select t.* from scim_tokens t \
             where t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2 and t.kind = 'token'"
        )
    };
    conn.query(statement).bind(token.hash()).bind(now).optional().await
}

/// The living secret that a client presents at the token endpoint.
pub async fn find_client(conn: &mut Conn, client: Uuid, secret: &Token, now: Timestamp) -> Result<Option<ScimToken>> {
    conn.query(sql!(
        "select t.* from scim_tokens t where t.token_hash = $1 and t.client_id = $2 and t.revoked_at is null \
         and t.expires_at > $3 and t.kind = 'client'"
    ))
    .bind(secret.hash())
    .bind(client)
    .bind(now)
    .optional()
    .await
}

/// Sells an access token for a client's secret; answers it and how many seconds it lives.
pub async fn issue(tx: &mut Tx, secret: &ScimToken) -> Result<(Token, i64)> {
    let token = Token::generate(ACCESS_PREFIX);
    let now = tx.now();
    let seconds = secret.expires_at.seconds_since(now).min(ACCESS_SECONDS);
    tx.query(sql!("insert into scim_access_tokens (token_hash, token_id, expires_at) values ($1, $2, $3)"))
        .bind(token.hash())
        .bind(secret.id)
        .bind(now.plus_seconds(seconds))
        .execute()
        .await?;
    Ok((token, seconds))
}

/// Forgets access tokens that are over.
pub async fn forget_old(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("delete from scim_access_tokens where expires_at <= $1")).bind(now).execute().await?;
    Ok(())
}

/// All tokens that are not revoked, newest first, at most a thousand.
pub async fn list(conn: &mut Conn) -> Result<Vec<ScimToken>> {
    conn.query(sql!(
        "select t.* from scim_tokens t where t.revoked_at is null order by t.created_at desc, t.id limit 1000"
    ))
    .all()
    .await
}

/// Notes that a token was used; called at most once a minute for each.
pub async fn touch(tx: &mut Tx, id: ScimTokenId) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("update scim_tokens set last_used_at = $2 where id = $1")).bind(id).bind(now).execute().await?;
    Ok(())
}

/// Revokes a token; it is refused from that moment.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn revoke(tx: &mut Tx, actor: &Actor, id: ScimTokenId) -> Result<()> {
    let token = get(tx, id).await?;
    let now = tx.now();
    tx.query(sql!("update scim_tokens set revoked_at = $2 where id = $1")).bind(id).bind(now).execute().await?;
    let target = Target { kind: "scimToken", id: Some(id.0), name: &token.name };
    activity::record(tx, actor, Action::ScimTokenRevoked, Some(target), None, json!({})).await
}
