//! Another card in the place of one that is worn out, lost or stolen.

use axum::extract::State;
use keystead_directory::{
    Error, Timestamp,
    cards::{self, vault},
    ids::KeyId,
    users,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        letters::{self, Activation, Registration},
        views::KeyView,
    },
    app::App,
    cards::store,
    http::{
        auth::Caller,
        error::Problem,
        extract::{Json, Path},
    },
};

/// How a card is to be replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplaceCard {
    /// Nobody knows the PIN any more: the new card gets one of its own, and the passkeys that the old one sealed are lost.
    #[serde(default)]
    new_pin: bool,
    /// How the new card gets to its person.
    #[serde(default)]
    activation: Activation,
    /// A note to the person that goes into the mail.
    note: Option<String>,
}

/// A key that waits for the card that replaces another.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardReplacement {
    /// The new key.
    key: KeyView,
    /// Its registration link.
    registration: Registration,
    /// What does not go over to the new card: its holder registers anew there. Keystead's own always goes over.
    lost: Vec<LostPasskey>,
}

/// A passkey that stays behind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LostPasskey {
    /// The domain that it signs in to; unknown if it was registered through U2F.
    #[schema(example = "example.com")]
    rp_id: Option<String>,
    /// What the relying party calls itself.
    rp_name: Option<String>,
    /// The account's name there.
    user_name: Option<String>,
}

/// Replace a card
///
/// The person gets a key that waits for another card. The old card works until that one is bound, and is revoked then. PIN
/// and passkeys go over to the new card as they are.
#[utoipa::path(post, path = "/keys/{id}/card/replace", tag = "Cards", params(("id" = KeyId, Path)),
    request_body = ReplaceCard, responses((status = 200, body = CardReplacement)))]
pub async fn replace(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    Json(body): Json<ReplaceCard>,
) -> Result<Json<CardReplacement>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let assigned = cards::replace::begin(&mut tx, caller.actor(), id, body.note.clone(), body.new_pin).await?;
    let mut lost = Vec::new();
    if body.new_pin {
        let card = cards::of_key(&mut tx, id).await?.ok_or(Error::NotFound("card"))?;
        for passkey in vault::passkeys(&mut tx, card.id).await? {
            let known = store::credential(&app.vault, &passkey).ok_or(Error::Sealed)?;
            if known.relying_party.id.as_deref() != Some(app.fido.rp_id()) {
                lost.push(LostPasskey {
                    rp_id: known.relying_party.id,
                    rp_name: known.relying_party.name,
                    user_name: known.user.and_then(|user| user.name),
                });
            }
        }
    }
    let user = users::get(&mut tx, assigned.key.user_id).await?;
    let registration = letters::registration(&app, &mut tx, &user, &assigned, body.note, body.activation).await?;
    app.commit(tx).await?;
    Ok(Json(CardReplacement { key: assigned.key.into(), registration, lost }))
}
