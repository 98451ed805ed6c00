//! Activating a card by the person: with the link, at a workstation that has a reader.

use axum::extract::State;
use keystead_directory::{
    Conn, Error, Timestamp,
    activations::{self, Purpose},
    agents,
    cards::{self, CardPolicy, readings},
    ids::{AgentId, KeyId, ReadingId},
    keys::{self, Key},
    secret::Token,
    settings,
    users::User,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    MadeUpPin, Wish,
    readings::{ReadingView, waits},
};
use crate::{
    api::{registrations::LinkToken, views::link_holder},
    app::App,
    cards::pins,
    http::{client::Client, error::Problem, extract::Json, layers::RequestId},
};

/// What a card can be activated with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardActivation {
    /// The workstations that are connected from the address that this request comes from.
    workstations: Vec<NearbyWorkstation>,
    /// Whether a PIN is needed.
    with_pin: bool,
    /// What it has to be like.
    rules: CardPolicy,
}

/// A workstation nearby.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearbyWorkstation {
    id: AgentId,
    name: String,
}

async fn link(conn: &mut Conn, token: &Token) -> Result<(User, Key), Error> {
    let (link, user) = activations::inspect(conn, token, &[Purpose::Register], Timestamp::now()).await?;
    let unknown = || Error::Link(keystead_directory::error::LinkRefusal::Unknown);
    let key = keys::get(conn, link.key_id.ok_or_else(unknown)?).await?;
    waits(&key)?;
    Ok((user.ok_or_else(unknown)?, key))
}

/// Look at how a card can be activated
///
/// The link is not used up by this.
#[utoipa::path(post, path = "/registrations/card", tag = "Registration", request_body = LinkToken,
    responses((status = 200, body = CardActivation)))]
pub async fn look(
    State(app): State<App>,
    client: Client,
    Json(body): Json<LinkToken>,
) -> Result<Json<CardActivation>, Problem> {
    let mut conn = app.db.read().await?;
    let (_, key) = link(&mut conn, &body.presented()).await?;
    let rules = settings::get(&mut conn).await?.card_policy;
    let card = cards::of_key(&mut conn, key.id).await?;
    let (now, ip) = (Timestamp::now(), client.ip.to_string());
    let nearby = agents::list(&mut conn).await?.into_iter();
    let nearby = nearby.filter(|agent| agent.is_linked(now) && agent.link_ip.as_ref() == Some(&ip));
    Ok(Json(CardActivation {
        workstations: nearby.map(|agent| NearbyWorkstation { id: agent.id, name: agent.name }).take(50).collect(),
        with_pin: rules.pin_required || card.is_none_or(|card| card.with_pin),
        rules,
    }))
}

/// Where the person has a reader.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginActivation {
    /// The secret of the link.
    token: String,
    /// The workstation's id as it was listed, or its name as `keystead-agent status` shows it.
    workstation: String,
}

/// Wait for one's card
///
/// The next card that is laid on that workstation's reader is read for this link.
#[utoipa::path(post, path = "/registrations/card/readings", tag = "Registration", request_body = BeginActivation,
    responses((status = 200, body = ReadingView)))]
pub async fn begin(State(app): State<App>, Json(body): Json<BeginActivation>) -> Result<Json<ReadingView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (_, key) = link(&mut tx, &Token::presented(&body.token)).await?;
    let agents = agents::list(&mut tx).await?;
    let named: Vec<&agents::Agent> = agents
        .iter()
        .filter(|agent| agent.id.to_string() == body.workstation || agent.name == body.workstation.trim())
        .collect();
    let [agent] = named.as_slice() else {
        let message = if named.is_empty() {
            "No workstation has this name: look at what keystead-agent status says there."
        } else {
            "Several workstations have this name: ask your administrator to rename one."
        };
        return Err(Error::field("workstation", "unknown", message).into());
    };
    let reading = readings::begin(&mut tx, agent.id, key.id).await?;
    tx.commit().await?;
    Ok(Json(ReadingView::nameless(reading)))
}

/// Which wait.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FollowActivation {
    /// The secret of the link.
    token: String,
    /// The wait.
    reading_id: ReadingId,
}

/// Follow the wait for one's card
#[utoipa::path(post, path = "/registrations/card/follow", tag = "Registration", request_body = FollowActivation,
    responses((status = 200, body = ReadingView)))]
pub async fn follow(State(app): State<App>, Json(body): Json<FollowActivation>) -> Result<Json<ReadingView>, Problem> {
    let mut conn = app.db.read().await?;
    let (_, key) = link(&mut conn, &Token::presented(&body.token)).await?;
    Ok(Json(ReadingView::nameless(readings::get(&mut conn, body.reading_id, key.id).await?)))
}

/// The card that was seen, and its PIN.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinishActivation {
    /// The secret of the link.
    token: String,
    /// The wait in which it was seen.
    reading_id: ReadingId,
    /// The PIN that the person chose; when left out, one is made up and mailed.
    pin: Option<String>,
}

/// A card that works.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CardActivated {
    key_id: KeyId,
    key_name: String,
    /// The PIN that was made up; absent when it was chosen or the card has none.
    pin: Option<MadeUpPin>,
    /// Whether the card signs in to Keystead: not without a PIN, which Keystead always asks for.
    signs_in_here: bool,
}

/// Activate one's card
///
/// Uses the link up and binds the card, together.
#[utoipa::path(post, path = "/registrations/card/finish", tag = "Registration", request_body = FinishActivation,
    responses((status = 200, body = CardActivated)))]
pub async fn finish(
    State(app): State<App>,
    client: Client,
    RequestId(request_id): RequestId,
    Json(body): Json<FinishActivation>,
) -> Result<Json<CardActivated>, Problem> {
    let token = Token::presented(&body.token);
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (_, key) = link(&mut tx, &token).await?;
    let plan = super::plan(&mut tx, &key).await?;
    tx.commit().await?;
    let wish = match &body.pin {
        Some(pin) => Wish::Chosen(pins::chosen(pin, &plan.policy)?),
        None if plan.with_pin => Wish::MadeUp,
        None => Wish::None,
    };
    let made_up = matches!(wish, Wish::MadeUp);
    let ip = client.ip.to_string();
    let name = &plan.user.display_name;
    let actor = link_holder(name, &ip, client.user_agent.as_deref(), Some(request_id.to_string()));
    let sealed = super::seal(&app, &plan, wish, &actor).await?;

    let mut tx = app.db.write(Timestamp::now()).await?;
    let (user, key) = activations::complete_by_card(&mut tx, &token).await?;
    waits(&key)?;
    let (identity, agent) = readings::take(&mut tx, body.reading_id, key.id).await?;
    let workstation = agents::get(&mut tx, agent).await?.name;
    let bound = cards::bind(&mut tx, &actor, &key, &identity, &workstation, sealed.key.clone()).await;
    let key = bound.map_err(|error| match error {
        // The holder of a link does not learn whose a card is.
        Error::Taken(_) => Error::IllegalState("This card is somebody's already: use another one.".to_owned()),
        error => error,
    })?;
    let pin = super::deliver(&app, &mut tx, &user, &key.name, &sealed).await?;
    let signs_in_here = sealed.own.is_some();
    super::keep(&mut tx, key.id, Some(&workstation), sealed).await?;
    app.commit(tx).await?;
    Ok(Json(CardActivated { key_id: key.id, key_name: key.name, pin: made_up.then_some(pin), signs_in_here }))
}
