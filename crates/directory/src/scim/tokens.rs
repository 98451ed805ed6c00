//! The secrets that SCIM clients call with. Several live at once, so that one can be replaced without a pause.

use serde_json::json;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::ScimTokenId,
    names,
    secret::Token,
    sql,
};

/// What every SCIM token begins with, so that it is known when it is found where it should not be.
pub const PREFIX: &str = "kss_";

/// The most networks that one token may be used from.
const MOST_NETWORKS: usize = 100;

/// A token; its secret is not here.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScimToken {
    /// Its id.
    pub id: ScimTokenId,
    /// Which client it was made for.
    pub name: String,
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
    let name = names::name("name", name, 100).map_err(|error| Error::Invalid(vec![error]))?;
    if !(1..=3650).contains(&days) {
        return Err(Error::field("expiresInDays", "notAllowed", "Choose a number from 1 to 3650."));
    }
    if networks.len() > MOST_NETWORKS {
        return Err(Error::field("networks", "tooLong", format!("Name at most {MOST_NETWORKS} networks.")));
    }
    let token = Token::generate(PREFIX);
    let id = ScimTokenId::new();
    let now = tx.now();
    tx.query(sql!(
        "insert into scim_tokens (id, name, token_hash, networks, created_by, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7)"
    ))
    .bind(id)
    .bind(name.clone())
    .bind(token.hash())
    .bind(serde_json::to_string(networks).unwrap_or_default())
    .bind(actor.name.clone())
    .bind(now)
    .bind(now.plus_hours(days * 24))
    .execute()
    .await?;
    let target = Target { kind: "scimToken", id: Some(id.0), name: &name };
    let details = json!({ "days": days, "networks": networks });
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

/// The living token of a presented secret.
pub async fn find(conn: &mut Conn, token: &Token, now: Timestamp) -> Result<Option<ScimToken>> {
    conn.query(sql!(
        "select t.* from scim_tokens t where t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2"
    ))
    .bind(token.hash())
    .bind(now)
    .optional()
    .await
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
