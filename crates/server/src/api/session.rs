//! The caller's own session: who they are, a fresh touch of their key, signing out.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use keystead_directory::{
    Timestamp, credentials,
    ids::UserId,
    roles::{Permission, Role, Roles},
    sessions::{self, Session},
    settings,
    users::User,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        ceremony::{self, Answer, Begin, Options},
        signin,
    },
    app::App,
    fido::{
        CredentialRecord,
        ceremony::{Purpose, State as Question},
    },
    http::{
        auth::Caller,
        client::Client,
        cookies::Cookie,
        error::{Code, Problem},
        extract::{Json, Nothing},
    },
};

/// Who is signed in and what they may do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The person.
    user: SessionUser,
    /// Their highest role.
    role: Role,
    /// Everything their roles permit.
    permissions: Vec<Permission>,
    /// The organisation's name.
    organisation_name: String,
    /// When the key was last touched for this session.
    authenticated_at: Timestamp,
    /// When the session ends whatever happens.
    expires_at: Timestamp,
    /// When the session ends without a request.
    idle_expires_at: Timestamp,
}

/// The person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    id: UserId,
    user_name: String,
    display_name: String,
    email: String,
}

impl SessionView {
    /// What a session shows of itself.
    pub fn of(user: User, roles: &Roles, settings: &settings::Settings, times: [Timestamp; 3]) -> Self {
        let [authenticated_at, expires_at, idle_expires_at] = times;
        Self {
            user: SessionUser {
                id: user.id,
                user_name: user.user_name,
                display_name: user.display_name,
                email: user.email,
            },
            role: roles.highest(),
            permissions: roles.permissions(),
            organisation_name: settings.organisation().to_owned(),
            authenticated_at,
            expires_at,
            idle_expires_at,
        }
    }

    /// The session that opens now.
    pub fn opened(user: User, roles: &Roles, settings: &settings::Settings, now: Timestamp) -> Self {
        let ends = now.plus_hours(settings.session_absolute_hours);
        let idle = now.plus_seconds(settings.session_idle_minutes * 60).min(ends);
        Self::of(user, roles, settings, [now, ends, idle])
    }
}

/// Read the session
#[utoipa::path(get, path = "/session", tag = "Sign-in", responses((status = 200, body = SessionView)))]
pub async fn get(State(app): State<App>, caller: Caller) -> Result<Json<SessionView>, Problem> {
    let settings = settings::get(&mut app.db.read().await?).await?;
    let session = caller.person()?;
    let times = [session.authenticated_at, session.expires_at, session.idle_expires_at.min(session.expires_at)];
    Ok(Json(SessionView::of(session.user.clone(), &caller.actor().roles, &settings, times)))
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "Sign-in", responses((status = 204)))]
pub async fn delete(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let session = caller.person()?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    sessions::end(&mut tx, caller.actor(), session.id, &session.user).await?;
    tx.commit().await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, Cookie::Session.clear(&app.config.public_url))]).into_response())
}

/// Begin a fresh touch of the key
///
/// For what asks for one (`step_up_required`).
#[utoipa::path(post, path = "/session/step-up/options", tag = "Sign-in", responses((status = 200, body = Options)))]
pub async fn step_up_options(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    _: Nothing,
) -> Result<Response, Problem> {
    let session = caller.person()?;
    let held = credentials::of_user(&mut app.db.read().await?, session.user.id).await?;
    let records: Vec<CredentialRecord> = held
        .iter()
        .filter(|credential| credential.key_state == keystead_directory::keys::KeyState::Active)
        .filter_map(|credential| serde_json::from_str(&credential.record).ok())
        .collect();
    let (options, state) = app.fido.start_step_up(&records).map_err(|error| {
        tracing::warn!(%error, "a step-up can't begin");
        Problem::new(Code::CredentialRefused, "You have no working security key. Ask your administrator.")
    })?;
    let begin = Begin {
        purpose: Purpose::StepUp,
        user: Some(session.user.id.0),
        subject: Some(session.id.0),
        state: Question::Authentication(state),
        details: serde_json::Value::Null,
    };
    ceremony::begin(&app, &headers, Timestamp::now(), begin, options)
}

/// Finish a fresh touch of the key
#[utoipa::path(post, path = "/session/step-up/finish", tag = "Sign-in", request_body = Answer,
    responses((status = 200, body = SessionView)))]
pub async fn step_up_finish(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Json<SessionView>, Problem> {
    let now = Timestamp::now();
    let session: &Session = caller.person()?;
    let ceremony = ceremony::open(&app, &headers, now, Purpose::StepUp, Some(session.id.0), &answer.ceremony_id)?;
    let request_id = caller.actor().request_id.clone();
    let mut tx = signin::prove(&app, &client, request_id, &ceremony, &answer.credential, now).await?.tx;
    sessions::step_up(&mut tx, caller.actor(), session.id, &session.user).await?;
    let settings = settings::get(&mut tx).await?;
    tx.commit().await?;
    let idle = now.plus_seconds(settings.session_idle_minutes * 60).min(session.expires_at);
    let times = [now, session.expires_at, idle];
    Ok(Json(SessionView::of(session.user.clone(), &caller.actor().roles, &settings, times)))
}
