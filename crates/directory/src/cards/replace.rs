//! Another badge in the place of one that is worn out, lost or stolen. All that the card holds goes over as it is, sealed
//! by the same PIN: nobody has to open it, so nobody has to be told the PIN.

use serde_json::json;

use super::{Card, Identity, SealedKey, find, of_key, prepare, refuse_taken};
use crate::{
    activations,
    activity::Action,
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, FieldError, Result},
    ids::{CardId, KeyId},
    keys::{self, Assigned, Key, KeyKind, KeyState, NewKey, RevokeReason, Step},
    sql, users,
};

impl Card {
    /// Whether another badge can take its place.
    fn is_replaceable(&self) -> bool {
        self.sealed_key.is_some() && matches!(self.key_state, KeyState::Active | KeyState::Suspended)
    }
}

/// Gives the holder of a card a key that waits for the badge that is to replace it. The card goes on until then. With
/// `new_pin`, because nobody knows the old one, what it sealed stays behind.
///
/// # Errors
/// [`Error::IllegalState`] for a card that never worked, was revoked, or is being replaced already; as
/// [`super::for_change`] and [`keys::assign`].
pub async fn begin(tx: &mut Tx, actor: &Actor, key: KeyId, note: Option<String>, new_pin: bool) -> Result<Assigned> {
    let card = super::for_change(tx, actor, key).await?;
    if !card.is_replaceable() {
        return Err(Error::IllegalState("There is no card to replace: assign a new one instead.".to_owned()));
    }
    let waiting: Option<(CardId,)> = tx
        .query(sql!(
            "select c.id from cards c join security_keys k on k.id = c.key_id \
             where c.replaces = $1 and k.user_id = $2 and k.state in ('pending', 'expired')"
        ))
        .bind(key)
        .bind(card.user_id)
        .optional()
        .await?;
    if waiting.is_some() {
        let message = "A card that is to replace this one waits already: activate or cancel that one.";
        return Err(Error::IllegalState(message.to_owned()));
    }
    let user = users::get(tx, card.user_id).await?;
    let new = NewKey { kind: KeyKind::ContactlessCard, name: Some(card.key_name.clone()), note };
    let assigned = keys::assign(tx, actor, &user, new).await?;
    let id = prepare(tx, assigned.key.id, card.with_pin || new_pin).await?;
    tx.query(sql!("update cards set replaces = $2, new_pin = $3 where id = $1"))
        .bind(id)
        .bind(key)
        .bind(new_pin)
        .execute()
        .await?;
    Ok(assigned)
}

/// The card whose contents a key that waits is to take over; none when it begins empty.
pub async fn predecessor(conn: &mut Conn, key: KeyId) -> Result<Option<Card>> {
    let Some(Card { replaces: Some(old), new_pin: false, .. }) = of_key(conn, key).await? else { return Ok(None) };
    Ok(of_key(conn, old).await?.filter(Card::is_replaceable))
}

/// Makes a badge the card of `key` with all that the card before it holds; the key before it is revoked as replaced.
/// Gives both keys.
///
/// # Errors
/// As [`super::bind`]; [`Error::IllegalState`] when there is nothing to take over any more.
pub async fn take_over(
    tx: &mut Tx,
    actor: &Actor,
    key: &Key,
    identity: &Identity,
    workstation: &str,
) -> Result<(Key, Key)> {
    // Somebody may be revoking the card before it at this moment.
    users::get_for_change(tx, key.user_id).await?;
    let prepared = of_key(tx, key.id).await?.ok_or(Error::NotFound("card"))?;
    let Some(before) = predecessor(tx, key.id).await? else {
        return Err(Error::IllegalState(
            "The card that this one replaces was revoked meanwhile: try again.".to_owned(),
        ));
    };
    if let Some(holder) = find(tx, identity).await? {
        return Err(refuse_taken(&holder));
    }
    let now = tx.now();
    tx.query(sql!("delete from cards where id = $1")).bind(prepared.id).execute().await?;
    let moved = tx
        .query(sql!(
            "update cards set key_id = $2, replaces = $3, identity_kind = $4, identity_hash = $5, identity_hint = $6, \
             bound_at = $7, bound_with = $8, session = null where id = $1 and sealed_key is not null"
        ))
        .bind(before.id)
        .bind(key.id)
        .bind(before.key_id)
        .bind(identity.kind)
        .bind(identity.hash.clone())
        .bind(identity.hint.clone())
        .bind(now)
        .bind(workstation.to_owned())
        .execute()
        .await;
    match moved {
        Ok(1) => {}
        Ok(_) => return Err(Error::Stale),
        Err(error) if error.violates("cards_identity", "cards.identity_hash") => {
            return Err(Error::Taken(FieldError::new("card", "taken", "This card was just given to somebody else.")));
        }
        Err(error) => return Err(error),
    }
    // What the panel shows of the old card.
    tx.query(sql!(
        "insert into cards (id, key_id, with_pin, identity_kind, identity_hint, bound_at, bound_with) \
         values ($1, $2, $3, $4, $5, $6, $7)"
    ))
    .bind(prepared.id)
    .bind(before.key_id)
    .bind(before.with_pin)
    .bind(before.identity_kind)
    .bind(before.identity_hint.clone())
    .bind(before.bound_at)
    .bind(before.bound_with.clone())
    .execute()
    .await?;
    tx.query(sql!("update credentials set key_id = $2 where key_id = $1"))
        .bind(before.key_id)
        .bind(key.id)
        .execute()
        .await?;
    activations::cancel_of_key(tx, key.id).await?;
    let after = keys::step(tx, actor, key.id, Step::Activate, None, None).await?;
    let (passkeys,): (i64,) =
        tx.query(sql!("select count(*) from vault where card_id = $1")).bind(before.id).one().await?;
    let details = json!({
        "identity": identity.kind, "number": identity.hint, "workstation": workstation, "pin": before.with_pin,
        "replaces": before.identity_hint, "passkeysMoved": passkeys,
    });
    super::get(tx, before.id).await?.record(tx, actor, Action::CardBound, details).await?;
    Ok((after, revoke(tx, actor, before.key_id).await?))
}

/// Makes a badge the card of a key that begins empty, and revokes the key that it replaces, if it does: gives both.
///
/// # Errors
/// As [`super::bind`].
pub async fn begin_anew(
    tx: &mut Tx,
    actor: &Actor,
    key: &Key,
    identity: &Identity,
    workstation: &str,
    sealed: SealedKey,
) -> Result<(Key, Option<Key>)> {
    let bound = super::bind(tx, actor, key, identity, workstation, sealed).await?;
    let replaced = of_key(tx, key.id).await?.and_then(|card| card.replaces);
    let before = match replaced {
        Some(old) => of_key(tx, old).await?.filter(Card::is_replaceable),
        None => None,
    };
    Ok(match before {
        Some(before) => (bound, Some(revoke(tx, actor, before.key_id).await?)),
        None => (bound, None),
    })
}

async fn revoke(tx: &mut Tx, actor: &Actor, key: KeyId) -> Result<Key> {
    keys::step(tx, actor, key, Step::Revoke, Some(RevokeReason::Replaced.as_str()), None).await
}
