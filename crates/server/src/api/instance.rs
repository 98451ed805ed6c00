//! What everybody may know of this installation.

use axum::extract::State;
use keystead_directory::{activations, settings};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{error::Problem, extract::Json},
};

/// What everybody may know of this installation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Whether there is an owner.
    state: InstanceState,
    /// The organisation's name, once it has one.
    organisation_name: Option<String>,
    /// The running version.
    version: &'static str,
}

/// Whether there is an owner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum InstanceState {
    /// Not yet: the set-up link is the way in.
    Setup,
    /// Yes.
    Ready,
}

/// Read what this installation is
#[utoipa::path(get, path = "/instance", tag = "Sign-in", responses((status = 200, body = Instance)))]
pub async fn get(State(app): State<App>) -> Result<Json<Instance>, Problem> {
    let mut conn = app.db.read().await?;
    let state = if activations::is_set_up(&mut conn).await? { InstanceState::Ready } else { InstanceState::Setup };
    let organisation_name = settings::get(&mut conn).await?.organisation_name;
    Ok(Json(Instance { state, organisation_name, version: env!("CARGO_PKG_VERSION") }))
}
