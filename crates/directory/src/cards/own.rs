//! The passkey that signs a card in to Keystead itself. It is there from the moment that the card works, and lives as long
//! as what the card holds.

use super::{Card, vault::NewPasskey};
use crate::{
    credentials::{self, NewCredential},
    db::{Conn, Tx},
    error::Result,
    ids::KeyId,
    sessions, sql,
};

/// Puts the passkey into the card, and its public half where sign-ins look for it, in the place of an earlier one whose
/// sessions end. `workstation` is where the card was read.
///
/// # Errors
/// Those of the database.
pub async fn put(
    tx: &mut Tx,
    card: &Card,
    workstation: Option<&str>,
    passkey: NewPasskey,
    credential: &NewCredential,
) -> Result<()> {
    take(tx, card).await?;
    super::vault::insert(tx, card.id, workstation, passkey).await?;
    credentials::insert(tx, card.user_id, card.key_id, None, credential).await
}

/// Removes the passkey for Keystead itself; whether there was one.
pub(super) async fn take(tx: &mut Tx, card: &Card) -> Result<bool> {
    tx.query(sql!(
        "delete from vault where card_id = $1 and credential_id in (select credential_id from credentials where key_id = $2)"
    ))
    .bind(card.id)
    .bind(card.key_id)
    .execute()
    .await?;
    sessions::end_of_key(tx, card.key_id).await?;
    let removed = tx.query(sql!("delete from credentials where key_id = $1")).bind(card.key_id).execute().await?;
    Ok(removed > 0)
}

/// Whether a card signs in to Keystead itself. One that got its PIN only later, or has none, does not: Keystead asks for
/// the PIN, and a PIN that whoever has the badge could choose would prove nothing.
pub async fn signs_in(conn: &mut Conn, key: KeyId) -> Result<bool> {
    let (found,): (i64,) =
        conn.query(sql!("select count(*) from credentials where key_id = $1")).bind(key).one().await?;
    Ok(found > 0)
}
