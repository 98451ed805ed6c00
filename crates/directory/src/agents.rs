//! Workstations: how their agents are enrolled, which are connected, and that they are revoked.

use serde_json::json;
use uuid::Uuid;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{AgentId, new_uuid},
    names,
    secret::Token,
    sql,
};

/// What every enrolment code begins with, so that it is known when it is found where it should not be.
pub const CODE_PREFIX: &str = "kse_";
/// Hours for which an enrolment code can be used.
pub const CODE_HOURS: i64 = 24;
/// A connected agent is noted at least this often, in seconds.
pub const SEEN_SECONDS: i64 = 240;
/// An agent that was not noted for so long is not connected, whatever its row says: its server died.
const LOST_SECONDS: i64 = 2 * SEEN_SECONDS + 60;

/// A workstation's agent.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// What the workstation is called.
    pub name: String,
    /// A point on P-256, SEC 1 uncompressed.
    pub public_key: Vec<u8>,
    /// The agent's version, as it says.
    pub version: String,
    /// Operating system and processor, as it says.
    pub platform: String,
    readers: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// Who made the code.
    pub enrolled_by: String,
    /// The connection that is up.
    pub link: Option<Uuid>,
    /// Where that connection came from.
    pub link_ip: Option<String>,
    /// When it was last heard of, within [`SEEN_SECONDS`].
    pub last_seen_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Agent {
    /// The names of its readers, as it last told.
    pub fn readers(&self) -> Vec<String> {
        serde_json::from_str(&self.readers).unwrap_or_default()
    }

    /// Whether it is connected.
    pub fn is_linked(&self, now: Timestamp) -> bool {
        self.link.is_some() && self.last_seen_at.is_some_and(|at| now.seconds_since(at) < LOST_SECONDS)
    }

    fn target(&self) -> Target<'_> {
        Target { kind: "workstation", id: Some(self.id.0), name: &self.name }
    }
}

/// Makes a code with which one workstation can be enrolled; it is shown once.
///
/// # Errors
/// Those of the database.
pub async fn create_code(tx: &mut Tx, actor: &Actor) -> Result<(Token, Timestamp)> {
    let (code, now) = (Token::generate(CODE_PREFIX), tx.now());
    let expires_at = now.plus_hours(CODE_HOURS);
    tx.query(sql!("delete from agent_codes where expires_at < $1")).bind(now).execute().await?;
    tx.query(sql!(
        "insert into agent_codes (id, code_hash, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5)"
    ))
    .bind(new_uuid())
    .bind(code.hash())
    .bind(actor.name.clone())
    .bind(now)
    .bind(expires_at)
    .execute()
    .await?;
    activity::record(tx, actor, Action::WorkstationCodeMade, None, None, json!({ "expiresAt": expires_at })).await?;
    Ok((code, expires_at))
}

/// What an agent tells of itself when it is enrolled.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// A point on P-256, SEC 1 uncompressed.
    pub public_key: Vec<u8>,
    /// What the workstation calls itself.
    pub name: String,
    /// The agent's version.
    pub version: String,
    /// Operating system and processor.
    pub platform: String,
}

/// Enrols a workstation: the code is used up and the key kept, together. `ip` is where it comes from.
///
/// # Errors
/// [`Error::NotFound`] for a code that is unknown, used or too old; [`Error::Taken`] for a key that is known already.
pub async fn enrol(tx: &mut Tx, code: &Token, new: NewAgent, ip: &str) -> Result<Agent> {
    let now = tx.now();
    let used: Option<(String,)> = tx
        .query(sql!(
            "update agent_codes set used_at = $2 where code_hash = $1 and used_at is null and expires_at > $2 \
             returning created_by"
        ))
        .bind(code.hash())
        .bind(now)
        .optional()
        .await?;
    let (enrolled_by,) = used.ok_or(Error::NotFound("enrolment code"))?;
    let name = names::name("name", &new.name, 100).map_err(|error| Error::Invalid(vec![error]))?;
    let id = AgentId::new();
    let added = tx
        .query(sql!(
            "insert into agents (id, name, public_key, version, platform, enrolled_at, enrolled_by) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing"
        ))
        .bind(id)
        .bind(name)
        .bind(new.public_key)
        .bind(new.version)
        .bind(new.platform)
        .bind(now)
        .bind(enrolled_by.clone())
        .execute()
        .await?;
    if added == 0 {
        let message = "This workstation's key is enrolled already. Enrol it with a new one.";
        return Err(Error::Taken(crate::FieldError::new("publicKey", "taken", message)));
    }
    let agent = get(tx, id).await?;
    let actor = Actor { ip: Some(ip.to_owned()), ..Actor::system() };
    let details = json!({ "codeMadeBy": enrolled_by, "platform": agent.platform });
    activity::record(tx, &actor, Action::WorkstationEnrolled, Some(agent.target()), None, details).await?;
    Ok(agent)
}

/// The agent with this id, revoked or not.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: AgentId) -> Result<Agent> {
    conn.query(sql!("select * from agents where id = $1"))
        .bind(id)
        .optional()
        .await?
        .ok_or(Error::NotFound("workstation"))
}

/// All that are not revoked, by name, at most ten thousand.
pub async fn list(conn: &mut Conn) -> Result<Vec<Agent>> {
    conn.query(sql!("select * from agents where revoked_at is null order by name, id limit 10000")).all().await
}

/// Those that were revoked since a moment: what each server asks again and again for its own connections.
pub async fn revoked_since(conn: &mut Conn, since: Timestamp) -> Result<Vec<AgentId>> {
    let rows: Vec<(AgentId,)> =
        conn.query(sql!("select id from agents where revoked_at >= $1 limit 10000")).bind(since).all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Notes a new connection; an earlier one of the same agent is not the agent's any more.
///
/// # Errors
/// [`Error::NotFound`] when it was revoked.
pub async fn linked(tx: &mut Tx, id: AgentId, link: Uuid, version: &str, platform: &str, ip: &str) -> Result<()> {
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update agents set link = $2, version = $3, platform = $4, link_ip = $5, last_seen_at = $6, readers = '[]' \
             where id = $1 and revoked_at is null"
        ))
        .bind(id)
        .bind(link)
        .bind(version.to_owned())
        .bind(platform.to_owned())
        .bind(ip.to_owned())
        .bind(now)
        .execute()
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::NotFound("workstation")) }
}

/// Notes that the agent is there, with these readers when they changed; `false` when the connection is not its
/// newest any more.
pub async fn seen(tx: &mut Tx, id: AgentId, link: Uuid, readers: Option<&[String]>) -> Result<bool> {
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update agents set last_seen_at = $3, readers = coalesce($4, readers) \
             where id = $1 and link = $2 and revoked_at is null"
        ))
        .bind(id)
        .bind(link)
        .bind(now)
        .bind(readers.map(|readers| json!(readers).to_string()))
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Notes that the connection ended.
pub async fn unlinked(tx: &mut Tx, id: AgentId, link: Uuid) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("update agents set link = null, link_ip = null, last_seen_at = $3 where id = $1 and link = $2"))
        .bind(id)
        .bind(link)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Gives a workstation another name.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`].
pub async fn rename(tx: &mut Tx, actor: &Actor, id: AgentId, name: &str) -> Result<Agent> {
    let before = living(tx, id).await?;
    let name = names::name("name", name, 100).map_err(|error| Error::Invalid(vec![error]))?;
    tx.query(sql!("update agents set name = $2 where id = $1")).bind(id).bind(name).execute().await?;
    let after = get(tx, id).await?;
    let details = json!({ "name": { "old": before.name, "new": after.name } });
    activity::record(tx, actor, Action::WorkstationRenamed, Some(after.target()), None, details).await?;
    Ok(after)
}

/// Revokes a workstation: its agent is cut off within seconds, on every server.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn revoke(tx: &mut Tx, actor: &Actor, id: AgentId) -> Result<()> {
    let agent = living(tx, id).await?;
    let now = tx.now();
    tx.query(sql!("update agents set revoked_at = $2, link = null where id = $1")).bind(id).bind(now).execute().await?;
    // Nobody waits for a tap at a workstation that is gone.
    tx.query(sql!("delete from card_readings where agent_id = $1")).bind(id).execute().await?;
    activity::record(tx, actor, Action::WorkstationRevoked, Some(agent.target()), None, json!({})).await
}

async fn living(conn: &mut Conn, id: AgentId) -> Result<Agent> {
    let agent = get(conn, id).await?;
    if agent.revoked_at.is_some() { Err(Error::NotFound("workstation")) } else { Ok(agent) }
}
