//! What SCIM may do, and how it is.

use axum::extract::State;
use keystead_directory::{
    Conn, Timestamp,
    scim::{
        conflicts, roles,
        settings::{self, ScimSettings, SettingsChange},
        state,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IfMatch, Versioned},
        extract::Json,
    },
    scim::{BASE, oauth},
};

/// SCIM: its addresses, what it may do, and when it was last called.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimIntegration {
    /// Where clients call: the *Tenant URL* of Entra ID.
    #[schema(example = "https://keys.example.com/api/scim/v2/")]
    tenant_url: String,
    /// Where OAuth clients buy access tokens.
    #[schema(example = "https://keys.example.com/oauth/token")]
    token_url: String,
    /// Whether every request is answered 503 for now.
    paused: bool,
    /// Whether what the directory says about roles counts, but for Owner.
    grant_roles: bool,
    /// Whether a person without a role is linked by their address alone.
    adopt_by_email: bool,
    /// Changes with every change of the settings.
    version: i64,
    /// The last request with a token, living or not.
    last_request_at: Option<Timestamp>,
    /// The last request with a living token that was answered with less than 400.
    last_success_at: Option<Timestamp>,
    /// The last look-up that found nobody, as *Test connection* and each cycle of Entra ID send.
    last_probe_at: Option<Timestamp>,
    /// The last request that was answered with 400 or more.
    last_failure_at: Option<Timestamp>,
    /// People under management.
    people: i64,
    /// Those of them who may sign in.
    active_people: i64,
    /// Groups under management.
    groups: i64,
    /// People to whom the directory gives a role, whether that counts or not.
    people_with_roles: i64,
    /// Conflicts that wait for a decision.
    conflicts: i64,
    /// Requests that failed in the last 24 hours.
    #[serde(rename = "failures24h")]
    failures_24h: i64,
}

async fn view(app: &App, conn: &mut Conn, settings: ScimSettings) -> Result<Versioned<ScimIntegration>, Problem> {
    let calls = state::calls(conn).await?;
    let managed = state::managed(conn, Timestamp::now()).await?;
    let body = ScimIntegration {
        tenant_url: format!("{}/", app.config.public_url.page(BASE)),
        token_url: app.config.public_url.page(oauth::PATH),
        paused: settings.paused,
        grant_roles: settings.grant_roles,
        adopt_by_email: settings.adopt_by_email,
        version: settings.version,
        last_request_at: calls.last_request_at,
        last_success_at: calls.last_success_at,
        last_probe_at: calls.last_probe_at,
        last_failure_at: calls.last_failure_at,
        people: managed.people,
        active_people: managed.people - managed.inactive,
        groups: managed.groups,
        people_with_roles: roles::count(conn).await?,
        conflicts: conflicts::count(conn).await?,
        failures_24h: managed.failures,
    };
    Ok(Versioned::ok(settings.version, body))
}

/// Read how SCIM is
#[utoipa::path(get, path = "/integrations/scim", tag = "Integrations", responses((status = 200, body = ScimIntegration)))]
pub async fn get(State(app): State<App>) -> Result<Versioned<ScimIntegration>, Problem> {
    let mut conn = app.db.read().await?;
    let settings = settings::get(&mut conn).await?;
    view(&app, &mut conn, settings).await
}

/// What SCIM may do; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateScimIntegration {
    /// Answer every request with 503 for now.
    paused: Option<bool>,
    /// Let what the directory says about roles count, but for Owner. For owners to change.
    grant_roles: Option<bool>,
    /// Link a person without a role by their address alone.
    adopt_by_email: Option<bool>,
}

/// Change what SCIM may do
#[utoipa::path(patch, path = "/integrations/scim", tag = "Integrations", params(("If-Match" = Option<String>, Header)),
    request_body = UpdateScimIntegration, responses((status = 200, body = ScimIntegration)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    Json(body): Json<UpdateScimIntegration>,
) -> Result<Versioned<ScimIntegration>, Problem> {
    let change =
        SettingsChange { paused: body.paused, grant_roles: body.grant_roles, adopt_by_email: body.adopt_by_email };
    let mut tx = app.db.write(Timestamp::now()).await?;
    let settings = settings::update(&mut tx, caller.actor(), change, expected).await?;
    let answer = view(&app, &mut tx, settings).await?;
    tx.commit().await?;
    Ok(answer)
}
