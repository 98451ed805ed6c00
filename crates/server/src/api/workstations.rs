//! Workstations whose agent makes cards security keys.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Timestamp,
    agents::{self, Agent},
    ids::AgentId,
    page::Page,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Caller,
        client::Client,
        error::Problem,
        extract::{Json, Nothing, Path},
    },
};

/// A workstation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkstationView {
    /// Its id.
    id: AgentId,
    /// What it is called.
    name: String,
    /// The agent's version.
    version: String,
    /// Operating system and processor.
    #[schema(example = "linux x86_64")]
    platform: String,
    /// The names of its readers.
    readers: Vec<String>,
    /// Whether its agent is connected.
    online: bool,
    /// Whether it is connected from the address that this request comes from: likely the one at hand.
    same_address: bool,
    /// When it was enrolled.
    enrolled_at: Timestamp,
    /// Who made the code for it.
    enrolled_by: String,
    /// When it was last heard of, within four minutes.
    last_seen_at: Option<Timestamp>,
}

impl WorkstationView {
    fn of(agent: Agent, client: &Client, now: Timestamp) -> Self {
        let online = agent.is_linked(now);
        Self {
            readers: if online { agent.readers() } else { Vec::new() },
            online,
            same_address: online && agent.link_ip == Some(client.ip.to_string()),
            id: agent.id,
            name: agent.name,
            version: agent.version,
            platform: agent.platform,
            enrolled_at: agent.enrolled_at,
            enrolled_by: agent.enrolled_by,
            last_seen_at: agent.last_seen_at,
        }
    }
}

/// List workstations
#[utoipa::path(get, path = "/workstations", tag = "Workstations", responses((status = 200, body = Page<WorkstationView>)))]
pub async fn list(State(app): State<App>, client: Client) -> Result<Json<Page<WorkstationView>>, Problem> {
    let (agents, now) = (agents::list(&mut app.db.read().await?).await?, Timestamp::now());
    Ok(Json(Page::whole(agents.into_iter().map(|agent| WorkstationView::of(agent, &client, now)).collect())))
}

/// A code with which one workstation can be enrolled; it can't be read again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnrolmentCode {
    /// The code.
    #[schema(example = "kse_…")]
    code: String,
    /// What to run on the workstation.
    #[schema(example = "keystead-agent enrol --server https://keys.example.com --code kse_…")]
    command: String,
    /// Until when it can be used.
    expires_at: Timestamp,
}

/// Make a code that enrols a workstation
///
/// It works once, within a day.
#[utoipa::path(post, path = "/workstations/codes", tag = "Workstations", responses((status = 201, body = EnrolmentCode)))]
pub async fn make_code(
    State(app): State<App>,
    caller: Caller,
    _: Nothing,
) -> Result<(StatusCode, Json<EnrolmentCode>), Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (code, expires_at) = agents::create_code(&mut tx, caller.actor()).await?;
    tx.commit().await?;
    let code = code.reveal().to_owned();
    let command = format!("keystead-agent enrol --server {} --code {code}", app.config.public_url);
    Ok((StatusCode::CREATED, Json(EnrolmentCode { code, command, expires_at })))
}

/// A workstation's new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameWorkstation {
    /// 1 to 100 characters.
    name: String,
}

/// Rename a workstation
#[utoipa::path(patch, path = "/workstations/{id}", tag = "Workstations", params(("id" = AgentId, Path)),
    request_body = RenameWorkstation, responses((status = 200, body = WorkstationView)))]
pub async fn rename(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    Path(id): Path<AgentId>,
    Json(body): Json<RenameWorkstation>,
) -> Result<Json<WorkstationView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let agent = agents::rename(&mut tx, caller.actor(), id, &body.name).await?;
    let now = tx.now();
    tx.commit().await?;
    Ok(Json(WorkstationView::of(agent, &client, now)))
}

/// Revoke a workstation
///
/// Its agent is cut off within seconds and can't come back; no card works there until it is enrolled anew.
#[utoipa::path(post, path = "/workstations/{id}/revoke", tag = "Workstations", params(("id" = AgentId, Path)),
    responses((status = 204)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AgentId>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    agents::revoke(&mut tx, caller.actor(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
