//! What a card does to its own state, command by command. Each change is made under the lock of the card's row, and
//! only for the newest tap of a card that works: a card that is suspended, revoked or tapped elsewhere stops at once.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Card, SealedKey};
use crate::{
    Timestamp,
    activity::Action,
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{CardId, KeyId, PasskeyId, new_uuid},
    sql,
};

/// The most passkeys that a card holds.
pub const CAPACITY: usize = 100;

/// A tap that has a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The card.
    pub card: CardId,
    /// The tap, as [`super::tapped`] gave it.
    pub session: Uuid,
}

/// A passkey of a card, as it is kept.
#[derive(Clone, sqlx::FromRow)]
pub struct Passkey {
    /// Its id here, which is part of what it is sealed for.
    pub id: PasskeyId,
    /// Its id for relying parties.
    pub credential_id: Vec<u8>,
    /// Relying party, account and public key, sealed.
    pub sealed_about: Vec<u8>,
    /// Its secrets, sealed.
    pub sealed_secrets: Vec<u8>,
    /// How many signatures were made.
    pub signatures: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// At which workstation.
    pub created_with: Option<String>,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
    /// At which workstation.
    pub last_used_with: Option<String>,
}

fn check(card: Card, hold: Hold) -> Result<Card> {
    if card.is_usable() && card.session == Some(hold.session) {
        return Ok(card);
    }
    Err(Error::IllegalState("This card can't be used from here any more.".to_owned()))
}

/// The card as it is now.
///
/// # Errors
/// [`Error::IllegalState`] when it may not be used, or was tapped elsewhere since.
pub async fn look(conn: &mut Conn, hold: Hold) -> Result<Card> {
    check(super::get(conn, hold.card).await?, hold)
}

/// The same, locked until the transaction ends.
///
/// # Errors
/// As [`look`].
pub async fn lock(tx: &mut Tx, hold: Hold) -> Result<Card> {
    tx.query(sql!(
        sqlite: "select id from cards where id = $1",
        postgres: "select id from cards where id = $1 for update"
    ))
    .bind(hold.card)
    .optional::<(CardId,)>()
    .await?;
    look(tx, hold).await
}

/// Takes one try away. The caller commits before it looks at the PIN.
///
/// # Errors
/// [`Error::IllegalState`] when none is left; as [`look`].
pub async fn spend_try(tx: &mut Tx, hold: Hold, actor: &Actor) -> Result<()> {
    let card = lock(tx, hold).await?;
    let spent = tx
        .query(sql!("update cards set pin_tries = pin_tries - 1 where id = $1 and pin_tries > 0"))
        .bind(hold.card)
        .execute()
        .await?;
    if spent == 0 {
        return Err(Error::IllegalState("This card is blocked: its PIN was wrong too often.".to_owned()));
    }
    if card.pin_tries == 1 {
        // The last try is being spent: unless this PIN is right, the card is blocked from here on.
        card.record(tx, actor, Action::CardBlocked, json!({})).await?;
    }
    Ok(())
}

/// Gives all tries back after a right PIN.
///
/// # Errors
/// As [`look`].
pub async fn restore_tries(tx: &mut Tx, hold: Hold) -> Result<()> {
    lock(tx, hold).await?;
    tx.query(sql!("update cards set pin_tries = 8 where id = $1")).bind(hold.card).execute().await?;
    Ok(())
}

/// What an earlier PIN is known by.
#[derive(Clone, sqlx::FromRow)]
pub struct EarlierPin {
    /// Its id, which is part of what it is sealed for.
    pub id: Uuid,
    /// Its salt.
    pub salt: Vec<u8>,
    /// A check of it, sealed.
    pub sealed_check: Vec<u8>,
}

/// The PINs of a card that may not be used again, newest first, at most `history`.
pub async fn earlier_pins(conn: &mut Conn, card: CardId, history: u8) -> Result<Vec<EarlierPin>> {
    conn.query(sql!(
        "select id, salt, sealed_check from card_pins where card_id = $1 order by set_at desc, id desc limit $2"
    ))
    .bind(card)
    .bind(i64::from(history))
    .all()
    .await
}

/// Makes this the card's PIN, with all tries, and remembers it as one that may not be used again.
///
/// # Errors
/// As [`look`].
pub async fn set_pin(tx: &mut Tx, hold: Hold, actor: &Actor, sealed: SealedKey, remembered: EarlierPin) -> Result<()> {
    let card = lock(tx, hold).await?;
    let now = tx.now();
    tx.query(sql!(
        "update cards set sealed_key = $2, pin_salt = $3, pin_tries = 8, pin_must_change = $4, pin_set_at = $5, \
         with_pin = $6 where id = $1"
    ))
    .bind(hold.card)
    .bind(sealed.key)
    .bind(sealed.salt)
    .bind(sealed.must_change)
    .bind(now)
    .bind(true)
    .execute()
    .await?;
    remember_pin(tx, hold.card, remembered).await?;
    card.record(tx, actor, Action::CardPinChanged, json!({})).await
}

/// Remembers a PIN as one that may not be used again; of the oldest ones ten are kept.
///
/// # Errors
/// Those of the database.
pub async fn remember_pin(tx: &mut Tx, card: CardId, pin: EarlierPin) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("insert into card_pins (id, card_id, salt, sealed_check, set_at) values ($1, $2, $3, $4, $5)"))
        .bind(pin.id)
        .bind(card)
        .bind(pin.salt)
        .bind(pin.sealed_check)
        .bind(now)
        .execute()
        .await?;
    tx.query(sql!(
        "delete from card_pins where card_id = $1 and id not in \
         (select id from card_pins where card_id = $1 order by set_at desc, id desc limit 10)"
    ))
    .bind(card)
    .execute()
    .await?;
    Ok(())
}

impl EarlierPin {
    /// With an id of its own.
    pub fn new(salt: Vec<u8>, seal: impl FnOnce(Uuid) -> Vec<u8>) -> Self {
        let id = new_uuid();
        Self { id, salt, sealed_check: seal(id) }
    }
}

/// The passkeys of a card, newest first.
pub async fn passkeys(conn: &mut Conn, card: CardId) -> Result<Vec<Passkey>> {
    conn.query(sql!("select * from vault where card_id = $1 order by created_at desc, id desc limit 200"))
        .bind(card)
        .all()
        .await
}

/// A passkey that is to be kept.
pub struct NewPasskey {
    /// Its id here.
    pub id: PasskeyId,
    /// Its id for relying parties.
    pub credential_id: Vec<u8>,
    /// See [`Passkey`].
    pub sealed_about: Vec<u8>,
    /// See [`Passkey`].
    pub sealed_secrets: Vec<u8>,
}

/// Keeps a new passkey and removes the one that it takes the place of. `details` go into the activity.
///
/// # Errors
/// [`Error::Forbidden`] when the card is full; as [`look`].
pub async fn add(
    tx: &mut Tx,
    hold: Hold,
    actor: &Actor,
    workstation: &str,
    new: NewPasskey,
    replaces: Option<&[u8]>,
    details: Value,
) -> Result<()> {
    let card = lock(tx, hold).await?;
    if let Some(replaced) = replaces {
        tx.query(sql!("delete from vault where card_id = $1 and credential_id = $2"))
            .bind(hold.card)
            .bind(replaced.to_vec())
            .execute()
            .await?;
    }
    let (held,): (i64,) = tx.query(sql!("select count(*) from vault where card_id = $1")).bind(hold.card).one().await?;
    if usize::try_from(held).unwrap_or(usize::MAX) >= CAPACITY {
        return Err(Error::Forbidden("This card holds as many passkeys as it may."));
    }
    insert(tx, hold.card, Some(workstation), new).await?;
    card.record(tx, actor, Action::CardPasskeyRegistered, details).await
}

pub(super) async fn insert(tx: &mut Tx, card: CardId, workstation: Option<&str>, new: NewPasskey) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "insert into vault (id, card_id, credential_id, sealed_about, sealed_secrets, created_at, created_with) \
         values ($1, $2, $3, $4, $5, $6, $7)"
    ))
    .bind(new.id)
    .bind(card)
    .bind(new.credential_id)
    .bind(new.sealed_about)
    .bind(new.sealed_secrets)
    .bind(now)
    .bind(workstation.map(str::to_owned))
    .execute()
    .await?;
    Ok(())
}

/// Counts a signature and notes the use of passkey and key; `details` go into the activity.
///
/// # Errors
/// [`Error::NotFound`] for a passkey that was removed; as [`look`].
pub async fn count_signature(
    tx: &mut Tx,
    hold: Hold,
    actor: &Actor,
    workstation: &str,
    credential_id: &[u8],
    details: Value,
) -> Result<i64> {
    let card = lock(tx, hold).await?;
    let now = tx.now();
    let (count,) = tx
        .query(sql!(
            "update vault set signatures = signatures + 1, last_used_at = $3, last_used_with = $4 \
             where card_id = $1 and credential_id = $2 returning signatures"
        ))
        .bind(hold.card)
        .bind(credential_id.to_vec())
        .bind(now)
        .bind(workstation.to_owned())
        .optional::<(i64,)>()
        .await?
        .ok_or(Error::NotFound("passkey"))?;
    tx.query(sql!("update security_keys set last_used_at = $2 where id = $1"))
        .bind(card.key_id)
        .bind(now)
        .execute()
        .await?;
    card.record(tx, actor, Action::CardPasskeyUsed, details).await?;
    Ok(count)
}

/// Replaces what is known of a passkey's account.
///
/// # Errors
/// [`Error::NotFound`]; as [`look`].
pub async fn update_about(tx: &mut Tx, hold: Hold, passkey: PasskeyId, sealed_about: Vec<u8>) -> Result<()> {
    lock(tx, hold).await?;
    let changed = tx
        .query(sql!("update vault set sealed_about = $3 where id = $1 and card_id = $2"))
        .bind(passkey)
        .bind(hold.card)
        .bind(sealed_about)
        .execute()
        .await?;
    if changed == 1 { Ok(()) } else { Err(Error::NotFound("passkey")) }
}

/// Removes a passkey in the name of who holds the card.
///
/// # Errors
/// [`Error::NotFound`]; as [`look`].
pub async fn remove(tx: &mut Tx, hold: Hold, actor: &Actor, credential_id: &[u8], details: Value) -> Result<()> {
    let card = lock(tx, hold).await?;
    let removed = tx
        .query(sql!("delete from vault where card_id = $1 and credential_id = $2"))
        .bind(hold.card)
        .bind(credential_id.to_vec())
        .execute()
        .await?;
    if removed == 0 {
        return Err(Error::NotFound("passkey"));
    }
    card.record(tx, actor, Action::CardPasskeyRemoved, details).await
}

/// Removes a passkey in the panel; whoever signs in with it at its relying party can't any more.
///
/// # Errors
/// [`Error::NotFound`]; as [`super::for_change`].
pub async fn remove_by_id(tx: &mut Tx, actor: &Actor, key: KeyId, passkey: PasskeyId, details: Value) -> Result<()> {
    let card = super::for_change(tx, actor, key).await?;
    let removed = tx
        .query(sql!("delete from vault where id = $1 and card_id = $2"))
        .bind(passkey)
        .bind(card.id)
        .execute()
        .await?;
    if removed == 0 {
        return Err(Error::NotFound("passkey"));
    }
    card.record(tx, actor, Action::CardPasskeyRemoved, details).await
}
