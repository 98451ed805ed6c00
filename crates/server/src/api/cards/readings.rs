//! Activating a card by an administrator: wait for it at a workstation, see it, bind it.

use axum::extract::State;
use keystead_directory::{
    Conn, Error, Timestamp, agents,
    cards::{
        self,
        readings::{self, Reading, ReadingState},
    },
    ids::{AgentId, KeyId, ReadingId, UserId},
    keys::{self, KeyKind, KeyState},
    users,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MadeUpPin, Wish};
use crate::{
    api::views::KeyView,
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        extract::{Json, Path},
    },
};

/// A wait for a card at a workstation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadingView {
    /// Its id.
    id: ReadingId,
    /// The workstation.
    workstation_id: AgentId,
    /// How far it has come.
    state: ReadingState,
    /// The end of the number of the card that was seen.
    #[schema(example = "3F2A")]
    number: Option<String>,
    /// Whose the card is already.
    taken_by: Option<TakenBy>,
    /// Until when it waits, or the card that was seen can be bound.
    expires_at: Timestamp,
}

/// Whose a card is already.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakenBy {
    key_id: KeyId,
    key_name: String,
    user_id: UserId,
    user_display_name: String,
}

impl ReadingView {
    /// For whoever may know people.
    pub async fn named(conn: &mut Conn, reading: Reading) -> Result<Self, Error> {
        let taken_by = match reading.taken_by {
            Some(id) => Some(keys::get(conn, id).await?),
            None => None,
        };
        let taken_by = taken_by.map(|key| TakenBy {
            key_id: key.id,
            key_name: key.name,
            user_id: key.user_id,
            user_display_name: key.user_display_name,
        });
        Ok(Self { taken_by, ..Self::nameless(reading) })
    }

    /// For the holder of a link, who does not learn whose a card is.
    pub fn nameless(reading: Reading) -> Self {
        Self {
            id: reading.id,
            workstation_id: reading.agent_id,
            state: reading.state,
            number: reading.identity_hint,
            taken_by: None,
            expires_at: reading.expires_at,
        }
    }
}

/// Where to wait.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginReading {
    /// The workstation on whose reader the card will be laid.
    workstation_id: AgentId,
}

/// Wait for a card
///
/// Whatever card is laid on that workstation's reader next is read for this key, and signs nobody in meanwhile. An
/// earlier wait there ends.
#[utoipa::path(post, path = "/keys/{id}/card/readings", tag = "Cards", params(("id" = KeyId, Path)),
    request_body = BeginReading, responses((status = 200, body = ReadingView)))]
pub async fn begin(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    Json(body): Json<BeginReading>,
) -> Result<Json<ReadingView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let key = keys::for_holder(&mut tx, caller.actor(), id).await?;
    waits(&key)?;
    let reading = readings::begin(&mut tx, body.workstation_id, id).await?;
    tx.commit().await?;
    Ok(Json(ReadingView::nameless(reading)))
}

/// Whether a key waits for a card.
pub fn waits(key: &keys::Key) -> Result<(), Error> {
    if key.kind != KeyKind::ContactlessCard {
        return Err(Error::IllegalState("This key is no contactless card.".to_owned()));
    }
    if key.state != KeyState::Pending {
        return Err(Error::IllegalState("This key does not wait for a card: send it a new link first.".to_owned()));
    }
    Ok(())
}

/// Follow a wait for a card
#[utoipa::path(get, path = "/keys/{id}/card/readings/{readingId}", tag = "Cards",
    params(("id" = KeyId, Path), ("readingId" = ReadingId, Path)), responses((status = 200, body = ReadingView)))]
pub async fn get(
    State(app): State<App>,
    Path((id, reading)): Path<(KeyId, ReadingId)>,
) -> Result<Json<ReadingView>, Problem> {
    let mut conn = app.db.read().await?;
    let reading = readings::get(&mut conn, reading, id).await?;
    Ok(Json(ReadingView::named(&mut conn, reading).await?))
}

/// The card to be bound.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BindCard {
    /// The wait in which it was seen.
    reading_id: ReadingId,
}

/// A card that was bound.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardBound {
    /// The key, which is active now.
    key: KeyView,
    /// Its PIN; absent for a card without one.
    pin: Option<MadeUpPin>,
    /// Whether the card signs in to Keystead: not without a PIN, which Keystead always asks for.
    signs_in_here: bool,
}

/// Bind the card that was seen
///
/// The card works at once, also for signing in to Keystead. A PIN is made up by the rules of the settings and mailed to
/// the person.
#[utoipa::path(post, path = "/keys/{id}/card/bind", tag = "Cards", params(("id" = KeyId, Path)),
    request_body = BindCard, responses((status = 200, body = CardBound)))]
pub async fn bind(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    Json(body): Json<BindCard>,
) -> Result<Json<CardBound>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let key = keys::for_holder(&mut tx, caller.actor(), id).await?;
    waits(&key)?;
    let plan = super::plan(&mut tx, &key).await?;
    tx.commit().await?;
    let wish = if plan.with_pin { Wish::MadeUp } else { Wish::None };
    let sealed = super::seal(&app, &plan, wish, caller.actor()).await?;

    let mut tx = app.db.write(Timestamp::now()).await?;
    let key = keys::for_holder(&mut tx, caller.actor(), id).await?;
    waits(&key)?;
    let (identity, agent) = readings::take(&mut tx, body.reading_id, id).await?;
    let workstation = agents::get(&mut tx, agent).await?.name;
    let key = cards::bind(&mut tx, caller.actor(), &key, &identity, &workstation, sealed.key.clone()).await?;
    let user = users::get(&mut tx, key.user_id).await?;
    let pin = super::deliver(&app, &mut tx, &user, &key.name, &sealed).await?;
    let signs_in_here = sealed.own.is_some();
    super::keep(&mut tx, id, Some(&workstation), sealed).await?;
    let key = keys::get(&mut tx, id).await?;
    app.commit(tx).await?;
    Ok(Json(CardBound { key: key.into(), pin: plan.with_pin.then_some(pin), signs_in_here }))
}
