//! The set-up: the first person to open the set-up link names the organisation and registers the
//! owner's passkey.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use keystead_directory::{
    Error, Timestamp,
    activations::{self, Purpose, Setup},
    actor::{Actor, ActorType},
    credentials,
    ids::UserId,
    names, roles,
    secret::Token,
    sessions, settings,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        ceremony::{self, Begin, Options},
        registrations::{FinishRegistration, LinkToken, kind_of, policy, refuse, stored},
        session::SessionView,
        views::link_holder,
    },
    app::App,
    fido::{
        Hint, NewCredential,
        ceremony::{Purpose as Ceremonies, State as Question},
    },
    http::{client::Client, cookies::Cookie, error::Problem, extract::Json, layers::RequestId},
};

const LINKS: &[Purpose] = &[Purpose::Setup];

/// A set-up link that can be used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupLink {
    /// When it runs out.
    expires_at: Timestamp,
}

/// Look at the set-up link
///
/// It is not used up by this.
#[utoipa::path(post, path = "/setup/inspect", tag = "Set-up", request_body = LinkToken,
    responses((status = 200, body = SetupLink)))]
pub async fn inspect(State(app): State<App>, Json(body): Json<LinkToken>) -> Result<Json<SetupLink>, Problem> {
    let mut conn = app.db.read().await?;
    let (link, _) = activations::inspect(&mut conn, &body.presented(), LINKS, Timestamp::now()).await?;
    Ok(Json(SetupLink { expires_at: link.expires_at }))
}

/// Who sets the installation up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginSetup {
    /// The secret of the set-up link.
    token: String,
    /// The organisation's name.
    organisation_name: String,
    /// The first owner's address.
    email: String,
    /// The first owner's name.
    display_name: String,
}

/// Begin the set-up
#[utoipa::path(post, path = "/setup/options", tag = "Set-up", request_body = BeginSetup,
    responses((status = 200, body = Options)))]
pub async fn options(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<BeginSetup>,
) -> Result<Response, Problem> {
    let now = Timestamp::now();
    let mut conn = app.db.read().await?;
    let (link, _) = activations::inspect(&mut conn, &Token::presented(&body.token), LINKS, now).await?;
    let settings = settings::get(&mut conn).await?;
    drop(conn);
    let checked = [
        names::name("organisationName", &body.organisation_name, 100),
        names::email("email", &body.email),
        names::name("displayName", &body.display_name, 256),
    ];
    let errors: Vec<_> = checked.iter().filter_map(|field| field.as_ref().err().cloned()).collect();
    let [Ok(organisation_name), Ok(email), Ok(display_name)] = checked else {
        return Err(Error::Invalid(errors).into());
    };
    let user = UserId::new();
    let new = NewCredential {
        organisation_name: &organisation_name,
        user: user.0,
        name: &email,
        display_name: &display_name,
        exclude: &[],
        hint: Hint::None,
    };
    let (options, state) = app.fido.start_registration(&new, &policy(&settings)).map_err(|error| {
        tracing::error!(%error, "the set-up can't begin");
        Problem::internal()
    })?;
    let setup = Setup { organisation_name, email, display_name };
    let begin = Begin {
        purpose: Ceremonies::Setup,
        user: Some(user.0),
        subject: Some(link.id.0),
        state: Question::Registration(state),
        details: serde_json::to_value(setup).map_err(|_| Problem::internal())?,
    };
    ceremony::begin(&app, &headers, now, begin, options)
}

/// Finish the set-up
///
/// Uses the set-up link up, and signs the owner in.
#[utoipa::path(post, path = "/setup/finish", tag = "Set-up", request_body = FinishRegistration,
    responses((status = 200, body = SessionView)))]
pub async fn finish(
    State(app): State<App>,
    client: Client,
    RequestId(request_id): RequestId,
    headers: HeaderMap,
    Json(body): Json<FinishRegistration>,
) -> Result<Response, Problem> {
    let now = Timestamp::now();
    let token = Token::presented(&body.token);
    let mut conn = app.db.read().await?;
    let (link, _) = activations::inspect(&mut conn, &token, LINKS, now).await?;
    let policy = policy(&settings::get(&mut conn).await?);
    drop(conn);
    let ceremony = ceremony::open(&app, &headers, now, Ceremonies::Setup, Some(link.id.0), &body.ceremony_id)?;
    let Question::Registration(state) = &ceremony.state else { return Err(Problem::internal()) };
    let setup: Setup = serde_json::from_value(ceremony.details.clone()).map_err(|_| Problem::internal())?;
    let user_id = UserId(ceremony.user.ok_or_else(Problem::internal)?);
    let registered =
        app.fido.finish_registration(state, &body.credential, &policy).map_err(|refused| refuse(&refused))?;
    let kind = kind_of(&registered);
    let holder = link_holder(
        &setup.display_name,
        &client.ip.to_string(),
        client.user_agent.as_deref(),
        Some(request_id.to_string()),
    );
    let mut tx = app.db.write(now).await?;
    ceremony::spend(&mut tx, &ceremony).await?;
    let credential = stored(registered, &holder)?;
    let credential_id = credential.credential_id.clone();
    let (user, _) = activations::complete_setup(&mut tx, &holder, &token, setup, user_id, kind, credential).await?;
    let actor = Actor { kind: ActorType::User, id: Some(user.id.0), ..holder };
    let credential = credentials::find(&mut tx, &credential_id).await?.ok_or_else(Problem::internal)?;
    let (session, _) = sessions::open(&mut tx, &actor, &user, &credential).await?;
    let roles = roles::of_user(&mut tx, user.id).await?;
    let settings = settings::get(&mut tx).await?;
    tx.commit().await?;
    let set = Cookie::Session.set(session.reveal(), settings.session_absolute_hours * 3600, &app.config.public_url);
    Ok(([(header::SET_COOKIE, set)], Json(SessionView::opened(user, &roles, &settings, now))).into_response())
}
