//! Somebody in the panel, or at a link's page, waits for a card to be laid on the reader of one workstation. The
//! workstation may be connected to another server: both sides meet in the database.

use serde::Serialize;

use super::{Identity, IdentityKind};
use crate::{
    Timestamp, agents,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{AgentId, KeyId, ReadingId},
    sql,
};

/// Seconds that somebody may take to lay a card on the reader.
pub const WAIT_SECONDS: i64 = 120;
/// Seconds from a card that was seen to its being bound: time to choose a PIN.
const SEEN_SECONDS: i64 = 600;

/// How far a wait has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum ReadingState {
    /// No card yet.
    Waiting,
    /// A card that is nobody's: it can be bound now.
    Seen,
    /// A card that is somebody's. Another one can be laid on.
    Taken,
    /// A card that can't be told from others. Another one can be laid on.
    Unusable,
    /// The card was bound.
    Done,
}

/// A wait.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Reading {
    /// Its id.
    pub id: ReadingId,
    /// At which workstation.
    pub agent_id: AgentId,
    /// For which key.
    pub key_id: KeyId,
    /// How far it has come.
    pub state: ReadingState,
    identity_kind: Option<IdentityKind>,
    identity_hash: Option<Vec<u8>>,
    /// The end of the card's number.
    pub identity_hint: Option<String>,
    /// The key that the card is already.
    pub taken_by: Option<KeyId>,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

impl Reading {
    /// The card that was seen.
    pub fn identity(&self) -> Option<Identity> {
        let (kind, hash) = (self.identity_kind?, self.identity_hash.clone()?);
        Some(Identity { kind, hash, hint: self.identity_hint.clone().unwrap_or_default() })
    }
}

/// Begins to wait; an earlier wait at that workstation ends.
///
/// # Errors
/// [`Error::IllegalState`] for a workstation that is not connected, [`Error::NotFound`].
pub async fn begin(tx: &mut Tx, agent: AgentId, key: KeyId) -> Result<Reading> {
    let now = tx.now();
    let workstation = agents::get(tx, agent).await?;
    if workstation.revoked_at.is_some() || !workstation.is_linked(now) {
        let message = "This workstation is not connected: see that its agent runs and reaches Keystead.";
        return Err(Error::IllegalState(message.to_owned()));
    }
    tx.query(sql!("delete from card_readings where agent_id = $1 or expires_at < $2"))
        .bind(agent)
        .bind(now)
        .execute()
        .await?;
    let id = ReadingId::new();
    tx.query(sql!(
        "insert into card_readings (id, agent_id, key_id, state, created_at, expires_at) \
         values ($1, $2, $3, 'waiting', $4, $5)"
    ))
    .bind(id)
    .bind(agent)
    .bind(key)
    .bind(now)
    .bind(now.plus_seconds(WAIT_SECONDS))
    .execute()
    .await?;
    get(tx, id, key).await
}

/// A wait for this key that has not run out.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: ReadingId, key: KeyId) -> Result<Reading> {
    conn.query(sql!("select * from card_readings where id = $1 and key_id = $2"))
        .bind(id)
        .bind(key)
        .optional()
        .await?
        .ok_or(Error::NotFound("wait for a card: it was replaced by a newer one or has run out"))
}

/// Whether somebody waits for a card at this workstation.
pub async fn is_awaited(conn: &mut Conn, agent: AgentId, now: Timestamp) -> Result<bool> {
    let found: Option<(ReadingId,)> = conn
        .query(sql!(
            "select id from card_readings where agent_id = $1 and expires_at > $2 \
             and state in ('waiting', 'taken', 'unusable') limit 1"
        ))
        .bind(agent)
        .bind(now)
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Notes the card that was laid on; none when it can't be told from others. The first card that is nobody's stays:
/// a later one does not take its place.
pub async fn seen(tx: &mut Tx, agent: AgentId, identity: Option<&Identity>) -> Result<Option<ReadingState>> {
    let now = tx.now();
    let holder = match identity {
        Some(identity) => super::find(tx, identity).await?,
        None => None,
    };
    let state = match (identity, &holder) {
        (None, _) => ReadingState::Unusable,
        (Some(_), Some(_)) => ReadingState::Taken,
        (Some(_), None) => ReadingState::Seen,
    };
    let until = if state == ReadingState::Seen { SEEN_SECONDS } else { WAIT_SECONDS };
    let changed = tx
        .query(sql!(
            "update card_readings set state = $3, identity_kind = $4, identity_hash = $5, identity_hint = $6, taken_by = $7, \
             expires_at = $8 where agent_id = $1 and expires_at > $2 and state in ('waiting', 'taken', 'unusable')"
        ))
        .bind(agent)
        .bind(now)
        .bind(state)
        .bind(identity.map(|identity| identity.kind))
        .bind(identity.map(|identity| identity.hash.clone()))
        .bind(identity.map(|identity| identity.hint.clone()))
        .bind(holder.map(|holder| holder.key_id))
        .bind(now.plus_seconds(until))
        .execute()
        .await?;
    Ok((changed > 0).then_some(state))
}

/// Uses up the card that was seen: of several that bind it at once one wins.
///
/// # Errors
/// [`Error::IllegalState`] when no card was seen, or it was long ago.
pub async fn take(tx: &mut Tx, id: ReadingId, key: KeyId) -> Result<(Identity, AgentId)> {
    let now = tx.now();
    let taken = tx
        .query(sql!(
            "update card_readings set state = 'done' where id = $1 and key_id = $2 and state = 'seen' and expires_at > $3"
        ))
        .bind(id)
        .bind(key)
        .bind(now)
        .execute()
        .await?;
    let reading = get(tx, id, key).await?;
    match reading.identity() {
        Some(identity) if taken == 1 => Ok((identity, reading.agent_id)),
        _ => Err(Error::IllegalState("No card was read that can be bound: lay it on the reader once more.".to_owned())),
    }
}
