//! Contactless cards: activating them by an administrator or by the person, their PINs and passkeys.

pub mod activation;
pub mod manage;
mod own;
pub mod readings;

use anyhow::Context as _;
use keystead_ctap::store::PinHash;
use keystead_directory::{
    Error, Tx,
    actor::Actor,
    cards::{self, CardPolicy, SealedKey, vault as stored, vault::EarlierPin},
    ids::{CardId, KeyId},
    keys::{Key, KeyKind},
    mails::MailContent,
    settings,
    users::{self, User},
};
use own::Own;
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

/// What is known beforehand of the card that a key is to be.
struct Plan {
    card: CardId,
    with_pin: bool,
    policy: CardPolicy,
    organisation: String,
    user: User,
}

async fn plan(tx: &mut Tx, key: &Key) -> Result<Plan, Error> {
    let card = cards::prepare(tx, key.id, true).await?;
    let settings = settings::get(tx).await?;
    let with_pin = cards::of_key(tx, key.id).await?.is_none_or(|card| card.with_pin);
    Ok(Plan {
        card,
        with_pin: with_pin || settings.card_policy.pin_required,
        organisation: settings.organisation().to_owned(),
        policy: settings.card_policy,
        user: users::get(tx, key.user_id).await?,
    })
}

/// A new card key under its PIN with what it seals, made where blocking is allowed and before the transaction begins.
struct Sealed {
    key: SealedKey,
    earlier: Option<EarlierPin>,
    made_up: Option<zeroize::Zeroizing<String>>,
    /// None without a PIN: Keystead asks for one.
    own: Option<Own>,
}

async fn seal(app: &App, plan: &Plan, wish: Wish, actor: &Actor) -> Result<Sealed, Problem> {
    let made_up = matches!(wish, Wish::MadeUp).then(|| pins::make_up(&plan.policy));
    let must_change = made_up.is_some() && plan.policy.change_made_up;
    let hash = match wish {
        Wish::Chosen(hash) => Some(hash),
        Wish::None | Wish::MadeUp => made_up.as_ref().map(|pin| PinHash::of(pin)),
    };
    let (app, card, user, organisation) = (app.clone(), plan.card, plan.user.clone(), plan.organisation.clone());
    let actor = actor.clone();
    let made = tokio::task::spawn_blocking(move || {
        let card_key = vault::new_card_key();
        let (key, earlier) = app.vault.wrap(card, &card_key, hash.as_ref(), must_change).context("no key")?;
        let own = hash.map(|_| own::make(&app, &card_key, &organisation, &user, &actor)).transpose()?;
        Ok::<_, anyhow::Error>((key, earlier, own))
    });
    let (key, earlier, own) = made.await.map_err(|_| Problem::internal())?.map_err(|error| {
        tracing::error!(%error, "a card's key can't be made");
        Problem::internal()
    })?;
    Ok(Sealed { key, earlier, made_up, own })
}

/// Keeps what was sealed beside the key: the PIN among earlier ones, and the passkey for Keystead itself.
async fn keep(tx: &mut Tx, key: KeyId, workstation: Option<&str>, sealed: Sealed) -> Result<(), Error> {
    let card = cards::of_key(tx, key).await?.ok_or(Error::NotFound("card"))?;
    if let Some(earlier) = sealed.earlier {
        stored::remember_pin(tx, card.id, earlier).await?;
    }
    if let Some(Own { passkey, credential }) = sealed.own {
        cards::own::put(tx, &card, workstation, passkey, &credential).await?;
    }
    Ok(())
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
