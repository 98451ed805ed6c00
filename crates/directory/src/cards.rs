//! Contactless cards: which badge is whose, and the state of its PIN. What a card holds is sealed by the server before
//! it comes here; here is what has to be true of it in the database.

pub mod own;
mod policy;
pub mod readings;
pub mod vault;

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Timestamp, activations,
    activity::{self, Action},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, FieldError, Result},
    ids::{AgentId, CardId, KeyId, UserId, new_uuid},
    keys::{self, Key, KeyKind, KeyState, Step},
    secret::Sealer,
    sql,
};
pub use policy::CardPolicy;

/// How many wrong PINs block a card (CTAP 2.1, section 6.5.2.2).
pub const PIN_TRIES: i64 = 8;

/// By what a card is told from others: its strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum IdentityKind {
    /// A number that it tells everybody: a name that can be cloned, not a proof.
    Uid,
    /// It answered a challenge with a key of its own.
    ChallengeResponse,
}

/// Who a card is. Only a keyed hash of its number is kept, and the number's end for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// How it was told.
    pub kind: IdentityKind,
    hash: Vec<u8>,
    hint: String,
}

impl Identity {
    /// Of the number that a card tells everybody (ISO/IEC 14443-3), 4 to 10 bytes.
    pub fn of_uid(sealer: &Sealer, uid: &[u8]) -> Self {
        let text = hex::encode(uid);
        let hint = text[text.len().saturating_sub(4)..].to_ascii_uppercase();
        Self { kind: IdentityKind::Uid, hash: sealer.code_hash(&format!("card uid {text}")), hint }
    }
}

/// A card with its key and its holder.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// The security key that it is.
    pub key_id: KeyId,
    /// Whether it has a PIN, or is to have one.
    pub with_pin: bool,
    /// How its badge is told from others.
    pub identity_kind: Option<IdentityKind>,
    /// The end of the badge's number.
    pub identity_hint: Option<String>,
    /// When the badge was bound.
    pub bound_at: Option<Timestamp>,
    /// At which workstation.
    pub bound_with: Option<String>,
    /// The card key, wrapped.
    pub sealed_key: Option<Vec<u8>>,
    /// The salt of the PIN; none without a PIN.
    pub pin_salt: Option<Vec<u8>>,
    /// Wrong PINs that are left, 0 to [`PIN_TRIES`].
    pub pin_tries: i64,
    /// The PIN is good only for choosing another one.
    pub pin_must_change: bool,
    /// When the PIN was set.
    pub pin_set_at: Option<Timestamp>,
    /// The newest tap, which alone may use the card.
    pub session: Option<Uuid>,
    /// The workstation of that tap.
    pub last_agent_id: Option<AgentId>,
    /// When that was.
    pub last_tap_at: Option<Timestamp>,
    /// The key's name.
    pub key_name: String,
    /// The key's state.
    pub key_state: KeyState,
    /// Its holder.
    pub user_id: UserId,
    /// The holder's name.
    pub user_display_name: String,
    /// Whether the holder is enabled.
    pub user_active: bool,
}

impl Card {
    /// Whether the card may be used at this moment.
    pub fn is_usable(&self) -> bool {
        self.key_state == KeyState::Active && self.user_active && self.sealed_key.is_some()
    }

    /// Whether too many wrong PINs were given.
    pub fn is_blocked(&self) -> bool {
        self.pin_salt.is_some() && self.pin_tries <= 0
    }

    fn target(&self) -> activity::Target<'_> {
        activity::Target { kind: "key", id: Some(self.key_id.0), name: &self.key_name }
    }

    /// Records something that was done with or to the card.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record(&self, tx: &mut Tx, actor: &Actor, action: Action, details: serde_json::Value) -> Result<()> {
        let person = Some((self.user_id, self.user_display_name.as_str()));
        activity::record(tx, actor, action, Some(self.target()), person, details).await
    }
}

/// The card of a badge, living or not bound any more: `None` when nobody has it.
pub async fn find(conn: &mut Conn, identity: &Identity) -> Result<Option<Card>> {
    conn.query(sql!(
        "select c.*, k.name as key_name, k.state as key_state, k.user_id, u.display_name as user_display_name, \
         u.active as user_active from cards c join security_keys k on k.id = c.key_id join users u on u.id = k.user_id \
         where c.identity_hash = $1"
    ))
    .bind(identity.hash.clone())
    .optional()
    .await
}

/// The card that a key is; none before anything was said about it.
pub async fn of_key(conn: &mut Conn, key: KeyId) -> Result<Option<Card>> {
    conn.query(sql!(
        "select c.*, k.name as key_name, k.state as key_state, k.user_id, u.display_name as user_display_name, \
         u.active as user_active from cards c join security_keys k on k.id = c.key_id join users u on u.id = k.user_id \
         where c.key_id = $1"
    ))
    .bind(key)
    .optional()
    .await
}

/// The card that a key is, locked until the transaction ends, after checking the actor's rank.
///
/// # Errors
/// [`Error::NotFound`] for a key that is no card or was never bound, [`Error::Forbidden`].
pub async fn for_change(tx: &mut Tx, actor: &Actor, key: KeyId) -> Result<Card> {
    keys::for_change(tx, actor, key, None).await?;
    let (id,) = tx
        .query(sql!(
            sqlite: "select id from cards where key_id = $1",
            postgres: "select id from cards where key_id = $1 for update"
        ))
        .bind(key)
        .optional::<(CardId,)>()
        .await?
        .ok_or(Error::NotFound("card"))?;
    get(tx, id).await
}

pub(crate) async fn get(conn: &mut Conn, id: CardId) -> Result<Card> {
    conn.query(sql!(
        "select c.*, k.name as key_name, k.state as key_state, k.user_id, u.display_name as user_display_name, \
         u.active as user_active from cards c join security_keys k on k.id = c.key_id join users u on u.id = k.user_id \
         where c.id = $1"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("card"))
}

/// Says beforehand whether the card of a key is to have a PIN.
///
/// # Errors
/// Those of the database.
pub async fn prepare(tx: &mut Tx, key: KeyId, with_pin: bool) -> Result<CardId> {
    tx.query(sql!("insert into cards (id, key_id, with_pin) values ($1, $2, $3) on conflict do nothing"))
        .bind(CardId::new())
        .bind(key)
        .bind(with_pin)
        .execute()
        .await?;
    let row: (CardId,) = tx.query(sql!("select id from cards where key_id = $1")).bind(key).one().await?;
    Ok(row.0)
}

/// A card's key as it is kept, with the salt of the PIN that takes part in it.
#[derive(Clone)]
pub struct SealedKey {
    /// Wrapped.
    pub key: Vec<u8>,
    /// None without a PIN.
    pub salt: Option<Vec<u8>>,
    /// The PIN is good only for choosing another one.
    pub must_change: bool,
}

/// Refuses a badge that is somebody's.
///
/// # Errors
/// [`Error::Taken`], naming whose it is.
pub fn refuse_taken(holder: &Card) -> Error {
    let message = format!(
        "This card is {}'s already ({}). Use another one, or revoke that key first.",
        holder.user_display_name, holder.key_name
    );
    Error::Taken(FieldError { user_id: Some(holder.user_id), ..FieldError::new("card", "taken", message) })
}

/// Makes a badge the card of a key that waits for one, and the key active: the links with it die.
///
/// # Errors
/// [`Error::Taken`] for a badge that is somebody's, [`Error::IllegalState`], [`Error::Forbidden`].
pub async fn bind(
    tx: &mut Tx,
    actor: &Actor,
    key: &Key,
    identity: &Identity,
    workstation: &str,
    sealed: SealedKey,
) -> Result<Key> {
    if key.kind != KeyKind::ContactlessCard {
        return Err(Error::IllegalState("This key is no contactless card.".to_owned()));
    }
    let id = prepare(tx, key.id, sealed.salt.is_some()).await?;
    if let Some(holder) = find(tx, identity).await? {
        return Err(refuse_taken(&holder));
    }
    let now = tx.now();
    let with_pin = sealed.salt.is_some();
    let bound = tx
        .query(sql!(
            "update cards set identity_kind = $2, identity_hash = $3, identity_hint = $4, bound_at = $5, bound_with = $6, \
             sealed_key = $7, pin_salt = $8, pin_tries = 8, pin_must_change = $9, with_pin = $10, \
             pin_set_at = case when $10 then cast($5 as bigint) end, session = null where id = $1 and sealed_key is null"
        ))
        .bind(id)
        .bind(identity.kind)
        .bind(identity.hash.clone())
        .bind(identity.hint.clone())
        .bind(now)
        .bind(workstation.to_owned())
        .bind(sealed.key)
        .bind(sealed.salt)
        .bind(sealed.must_change)
        .bind(with_pin)
        .execute()
        .await;
    match bound {
        Ok(1) => {}
        Ok(_) => return Err(Error::IllegalState("This key has a card already.".to_owned())),
        // Two desks bound one badge at once: the other one was first.
        Err(error) if error.violates("cards_identity", "cards.identity_hash") => {
            return Err(Error::Taken(FieldError::new("card", "taken", "This card was just given to somebody else.")));
        }
        Err(error) => return Err(error),
    }
    activations::cancel_of_key(tx, key.id).await?;
    let after = keys::step(tx, actor, key.id, Step::Activate, None, None).await?;
    let details =
        json!({ "identity": identity.kind, "number": identity.hint, "workstation": workstation, "pin": with_pin });
    get(tx, id).await?.record(tx, actor, Action::CardBound, details).await?;
    Ok(after)
}

/// Destroys what a card holds: its key, its passkeys, and that the badge is it. The badge can then be given to anybody.
pub(crate) async fn destroy(tx: &mut Tx, key: KeyId) -> Result<()> {
    tx.query(sql!("delete from vault where card_id in (select id from cards where key_id = $1)"))
        .bind(key)
        .execute()
        .await?;
    tx.query(sql!("delete from card_pins where card_id in (select id from cards where key_id = $1)"))
        .bind(key)
        .execute()
        .await?;
    tx.query(sql!(
        "update cards set identity_hash = null, sealed_key = null, pin_salt = null, session = null where key_id = $1"
    ))
    .bind(key)
    .execute()
    .await?;
    Ok(())
}

/// Gives back all tries to a card whose holder knows the PIN after all.
///
/// # Errors
/// [`Error::IllegalState`] for a card that is not blocked; as [`for_change`].
pub async fn unblock(tx: &mut Tx, actor: &Actor, key: KeyId) -> Result<()> {
    let card = for_change(tx, actor, key).await?;
    if !card.is_blocked() {
        return Err(Error::IllegalState("This card is not blocked.".to_owned()));
    }
    tx.query(sql!("update cards set pin_tries = 8, session = null where id = $1")).bind(card.id).execute().await?;
    card.record(tx, actor, Action::CardUnblocked, json!({})).await
}

/// Puts a new PIN in the place of one that nobody knows. The passkeys were sealed by the old PIN: they are gone, and
/// the new card key holds none. Gives how many there were, but for Keystead's own, in whose place the caller puts another.
///
/// # Errors
/// [`Error::IllegalState`] for a card that does not work; as [`for_change`].
pub async fn reset_pin(tx: &mut Tx, actor: &Actor, key: KeyId, sealed: SealedKey) -> Result<u64> {
    let card = for_change(tx, actor, key).await?;
    if card.sealed_key.is_none() {
        return Err(Error::IllegalState("This key has no card yet: activate it first.".to_owned()));
    }
    own::take(tx, &card).await?;
    let lost = tx.query(sql!("delete from vault where card_id = $1")).bind(card.id).execute().await?;
    tx.query(sql!("delete from card_pins where card_id = $1")).bind(card.id).execute().await?;
    let (now, with_pin) = (tx.now(), sealed.salt.is_some());
    tx.query(sql!(
        "update cards set sealed_key = $2, pin_salt = $3, pin_tries = 8, pin_must_change = $4, pin_set_at = $5, \
         with_pin = $6, session = null where id = $1"
    ))
    .bind(card.id)
    .bind(sealed.key)
    .bind(sealed.salt)
    .bind(sealed.must_change)
    .bind(now)
    .bind(with_pin)
    .execute()
    .await?;
    card.record(tx, actor, Action::CardPinReset, json!({ "passkeysLost": lost })).await?;
    Ok(lost)
}

/// Notes a tap: from now on the card is used from there alone. What was opened by an earlier tap, on whichever server,
/// is refused.
///
/// # Errors
/// Those of the database.
pub async fn tapped(tx: &mut Tx, card: CardId, agent: AgentId) -> Result<Uuid> {
    let (session, now) = (new_uuid(), tx.now());
    tx.query(sql!("update cards set session = $2, last_agent_id = $3, last_tap_at = $4 where id = $1"))
        .bind(card)
        .bind(session)
        .bind(agent)
        .bind(now)
        .execute()
        .await?;
    Ok(session)
}
