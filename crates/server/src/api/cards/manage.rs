//! A card in use: its state, its PIN, its passkeys.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Error, Timestamp,
    cards::{self, Card, IdentityKind, vault},
    ids::{AgentId, KeyId, PasskeyId},
    keys,
    page::Page,
    users,
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{MadeUpPin, Wish};
use crate::{
    app::App,
    cards::store,
    http::{
        auth::Caller,
        error::Problem,
        extract::{Json, Nothing, Path},
    },
};

/// A contactless card.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardView {
    /// Whether there is a badge yet.
    bound: bool,
    /// How strongly the badge is told from others.
    identity: Option<IdentityKind>,
    /// The end of its number.
    number: Option<String>,
    /// When it was bound.
    bound_at: Option<Timestamp>,
    /// At which workstation.
    bound_with: Option<String>,
    /// Whether it has a PIN, or is to have one.
    with_pin: bool,
    /// When the PIN was set.
    pin_set_at: Option<Timestamp>,
    /// Whether the PIN must be changed before it is good for anything else.
    pin_must_change: bool,
    /// How many wrong PINs are left, of eight.
    pin_tries: i64,
    /// Whether none are left.
    blocked: bool,
    /// Whether it signs in to Keystead: not without a PIN, which Keystead always asks for.
    signs_in_here: bool,
    /// When it was last tapped.
    last_tap_at: Option<Timestamp>,
    /// At which workstation.
    last_workstation_id: Option<AgentId>,
}

impl CardView {
    fn of(card: Card, signs_in_here: bool) -> Self {
        Self {
            signs_in_here,
            bound: card.sealed_key.is_some(),
            blocked: card.is_blocked(),
            identity: card.identity_kind,
            number: card.identity_hint,
            bound_at: card.bound_at,
            bound_with: card.bound_with,
            with_pin: card.with_pin,
            pin_set_at: card.pin_set_at,
            pin_must_change: card.pin_must_change,
            pin_tries: card.pin_tries,
            last_tap_at: card.last_tap_at,
            last_workstation_id: card.last_agent_id,
        }
    }
}

/// Read the card that a key is
#[utoipa::path(get, path = "/keys/{id}/card", tag = "Cards", params(("id" = KeyId, Path)),
    responses((status = 200, body = CardView)))]
pub async fn get(State(app): State<App>, Path(id): Path<KeyId>) -> Result<Json<CardView>, Problem> {
    let mut conn = app.db.read().await?;
    let card = cards::of_key(&mut conn, id).await?.ok_or(Error::NotFound("card"))?;
    let signs_in_here = cards::own::signs_in(&mut conn, id).await?;
    Ok(Json(CardView::of(card, signs_in_here)))
}

/// A PIN that was reset.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinReset {
    /// The new PIN.
    pin: MadeUpPin,
    /// How many passkeys the old PIN took with it: their holder registers the card anew there.
    passkeys_lost: u64,
}

/// Reset a card's PIN
///
/// For a PIN that nobody knows any more. It takes part in sealing the card's passkeys, so they are lost with it; if the
/// person knows it and the card is only blocked, unblock it instead. The new PIN is mailed to the person. The card gets a
/// new passkey for Keystead itself, so it signs in here at once.
#[utoipa::path(post, path = "/keys/{id}/card/reset-pin", tag = "Cards", params(("id" = KeyId, Path)),
    responses((status = 200, body = PinReset)))]
pub async fn reset_pin(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    _: Nothing,
) -> Result<Json<PinReset>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let card = cards::for_change(&mut tx, caller.actor(), id).await?;
    let key = keys::get(&mut tx, id).await?;
    let plan = super::plan(&mut tx, &key).await?;
    drop(tx);
    let sealed = super::seal(&app, &plan, Wish::MadeUp, caller.actor()).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let passkeys_lost = cards::reset_pin(&mut tx, caller.actor(), id, sealed.key.clone()).await?;
    let user = users::get(&mut tx, card.user_id).await?;
    let pin = super::deliver(&app, &mut tx, &user, &card.key_name, &sealed).await?;
    super::keep(&mut tx, id, None, sealed).await?;
    app.commit(tx).await?;
    Ok(Json(PinReset { pin, passkeys_lost }))
}

/// Unblock a card
///
/// For a person who knows the PIN after all: they have eight tries again, and nothing is lost.
#[utoipa::path(post, path = "/keys/{id}/card/unblock", tag = "Cards", params(("id" = KeyId, Path)), responses((status = 204)))]
pub async fn unblock(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    cards::unblock(&mut tx, caller.actor(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A passkey that a card holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyView {
    /// Its id here.
    id: PasskeyId,
    /// The domain that it signs in to; unknown if it was registered through U2F.
    #[schema(example = "example.com")]
    relying_party: Option<String>,
    /// What the relying party calls itself.
    relying_party_name: Option<String>,
    /// The account's name there.
    account: Option<String>,
    /// The account's name for people.
    account_display_name: Option<String>,
    /// Whether it signs in to Keystead itself: it goes with the key, and can't be removed alone.
    signs_in_here: bool,
    /// Whether it signs in without a user name.
    discoverable: bool,
    /// How many signatures it made.
    signatures: i64,
    /// When it was registered.
    registered_at: Timestamp,
    /// At which workstation.
    registered_with: Option<String>,
    /// When it last signed in.
    last_used_at: Option<Timestamp>,
    /// At which workstation.
    last_used_with: Option<String>,
}

/// List the passkeys that a card holds
#[utoipa::path(get, path = "/keys/{id}/passkeys", tag = "Cards", params(("id" = KeyId, Path)),
    responses((status = 200, body = Page<PasskeyView>)))]
pub async fn passkeys(State(app): State<App>, Path(id): Path<KeyId>) -> Result<Json<Page<PasskeyView>>, Problem> {
    let mut conn = app.db.read().await?;
    let card = cards::of_key(&mut conn, id).await?.ok_or(Error::NotFound("card"))?;
    let mut views = Vec::new();
    for passkey in vault::passkeys(&mut conn, card.id).await? {
        let known = store::credential(&app.vault, &passkey).ok_or(Error::Sealed)?;
        let (account, account_display_name) = known.user.map_or((None, None), |user| (user.name, user.display_name));
        views.push(PasskeyView {
            id: passkey.id,
            signs_in_here: known.relying_party.id.as_deref() == Some(app.fido.rp_id()),
            relying_party: known.relying_party.id,
            relying_party_name: known.relying_party.name,
            account,
            account_display_name,
            discoverable: known.discoverable,
            signatures: passkey.signatures,
            registered_at: passkey.created_at,
            registered_with: passkey.created_with,
            last_used_at: passkey.last_used_at,
            last_used_with: passkey.last_used_with,
        });
    }
    Ok(Json(Page::whole(views)))
}

/// Remove a passkey from a card
///
/// The card does not sign in there any more.
#[utoipa::path(delete, path = "/keys/{id}/passkeys/{passkeyId}", tag = "Cards",
    params(("id" = KeyId, Path), ("passkeyId" = PasskeyId, Path)), responses((status = 204)))]
pub async fn remove_passkey(
    State(app): State<App>,
    caller: Caller,
    Path((id, passkey)): Path<(KeyId, PasskeyId)>,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let card = cards::for_change(&mut tx, caller.actor(), id).await?;
    let held = vault::passkeys(&mut tx, card.id).await?.into_iter().find(|held| held.id == passkey);
    let known = held.and_then(|held| store::credential(&app.vault, &held));
    let relying_party = known.and_then(|known| known.relying_party.id);
    if relying_party.as_deref() == Some(app.fido.rp_id()) {
        let message = "This passkey signs in to Keystead itself: suspend or revoke the key that it belongs to instead.";
        return Err(Error::IllegalState(message.to_owned()).into());
    }
    let details = json!({ "relyingParty": relying_party });
    vault::remove_by_id(&mut tx, caller.actor(), id, passkey, details).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
