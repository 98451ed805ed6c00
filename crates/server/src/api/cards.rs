//! Contactless cards: activating them by an administrator or by the person, their PINs and passkeys.

pub mod activation;
pub mod manage;
pub mod readings;

use keystead_ctap::store::PinHash;
use keystead_directory::{
    Error, Tx,
    cards::{self, CardPolicy, Identity, SealedKey, vault as stored, vault::EarlierPin},
    ids::{CardId, KeyId},
    keys::{Key, KeyKind},
    mails::MailContent,
    settings,
    users::User,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::letters,
    app::App,
    cards::{pins, vault},
    http::error::Problem,
};

/// Notes whether the card that a new key is to be gets a PIN.
///
/// # Errors
/// `notAllowed` at `field`.
pub async fn prepare(tx: &mut Tx, key: &Key, with_pin: Option<bool>, field: &str) -> Result<(), Error> {
    match (key.kind, with_pin) {
        (KeyKind::ContactlessCard, wish) => {
            let with_pin = wish.unwrap_or(true);
            if !with_pin && settings::get(tx).await?.card_policy.pin_required {
                return Err(Error::field(
                    field,
                    "notAllowed",
                    "Your organisation's settings ask for a PIN on every card.",
                ));
            }
            cards::prepare(tx, key.id, with_pin).await?;
            Ok(())
        }
        (_, Some(_)) => Err(Error::field(field, "notAllowed", "Only a contactless card has a PIN of Keystead's.")),
        (_, None) => Ok(()),
    }
}

/// What became of a PIN that was made up.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct MadeUpPin {
    /// Whether a mail with it is on its way.
    mailed: bool,
    /// The PIN itself, shown once; only when no mail server is configured or the person has no address.
    pin: Option<String>,
}

/// What a card's PIN is to be.
enum Wish {
    None,
    MadeUp,
    Chosen(PinHash),
}

/// A new card key under its PIN, made where blocking is allowed and before the transaction begins.
struct Sealed {
    key: SealedKey,
    earlier: Option<EarlierPin>,
    made_up: Option<zeroize::Zeroizing<String>>,
}

async fn seal(app: &App, card: CardId, wish: Wish, policy: &CardPolicy) -> Result<Sealed, Problem> {
    let made_up = matches!(wish, Wish::MadeUp).then(|| pins::make_up(policy));
    let must_change = made_up.is_some() && policy.change_made_up;
    let hash = match wish {
        Wish::Chosen(hash) => Some(hash),
        Wish::None | Wish::MadeUp => made_up.as_ref().map(|pin| PinHash::of(pin)),
    };
    let app = app.clone();
    let wrapped =
        tokio::task::spawn_blocking(move || app.vault.wrap(card, &vault::new_card_key(), hash.as_ref(), must_change));
    let (key, earlier) = wrapped.await.ok().flatten().ok_or_else(Problem::internal)?;
    Ok(Sealed { key, earlier, made_up })
}

/// Mails a made-up PIN to the card's holder, or gives it back where there is no mail server or no address.
async fn deliver(app: &App, tx: &mut Tx, user: &User, key_name: &str, sealed: &Sealed) -> Result<MadeUpPin, Error> {
    let Some(pin) = &sealed.made_up else { return Ok(MadeUpPin::default()) };
    let pin = pin.to_string();
    if app.mailer.is_none() || user.email.is_empty() {
        return Ok(MadeUpPin { mailed: false, pin: Some(pin) });
    }
    let content = MailContent::CardPin { key_name: key_name.to_owned(), pin, must_change: sealed.key.must_change };
    letters::send(app, tx, user, content, None).await?;
    Ok(MadeUpPin { mailed: true, pin: None })
}

/// The id and the wish for a PIN of the card that a key is to be.
async fn planned(tx: &mut Tx, key: KeyId) -> Result<(CardId, bool), Error> {
    let id = cards::prepare(tx, key, true).await?;
    let with_pin = cards::of_key(tx, key).await?.is_none_or(|card| card.with_pin);
    Ok((id, with_pin || settings::get(tx).await?.card_policy.pin_required))
}

/// Binds a badge with its sealed key.
async fn bind(
    tx: &mut Tx,
    actor: &keystead_directory::actor::Actor,
    key: &Key,
    card: CardId,
    (identity, workstation): (&Identity, &str),
    sealed: &Sealed,
) -> Result<Key, Error> {
    let key = cards::bind(tx, actor, key, identity, workstation, sealed.key.clone()).await?;
    if let Some(earlier) = &sealed.earlier {
        stored::remember_pin(tx, card, earlier.clone()).await?;
    }
    Ok(key)
}
