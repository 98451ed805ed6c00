//! The log of what SCIM clients asked for.

use axum::extract::State;
use keystead_directory::{
    Timestamp,
    ids::{GroupId, ScimRequestId, UserId},
    page::{Page, PageRequest},
    scim::requests::{self, RequestFilter, ScimRequest},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    http::{
        error::Problem,
        extract::{Json, Path, Query},
    },
};

/// Which requests, by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ScimOutcome)]
pub enum Outcome {
    /// Answered with 400 or more.
    Failed,
    /// Answered with less.
    Ok,
    /// All.
    All,
}

/// Which requests, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestsQuery {
    /// By what became of them; all when left out.
    #[param(inline)]
    outcome: Option<Outcome>,
    /// A part of path, query, token, name or detail, without case.
    search: Option<String>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A request of a SCIM client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimRequestItem {
    /// Its id.
    id: ScimRequestId,
    /// When it came.
    at: Timestamp,
    /// Its method.
    method: String,
    /// Its path below the tenant URL.
    path: String,
    /// Its query, without secrets.
    query: Option<String>,
    /// The status of the answer.
    status: i64,
    /// What the answer says is wrong, by the standard's words.
    scim_type: Option<String>,
    /// The same in plain words.
    detail: Option<String>,
    /// How long the answer took, in milliseconds.
    duration_ms: f64,
    /// The name of the token; none for strangers.
    token: Option<String>,
    /// The person it was about.
    user_id: Option<UserId>,
    /// The group it was about.
    group_id: Option<GroupId>,
    /// How that one was called then.
    subject: Option<String>,
    /// Whether what was sent is kept.
    has_body: bool,
}

/// A request with what was sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimRequestDetail {
    /// What lists show.
    #[serde(flatten)]
    item: ScimRequestItem,
    /// What was sent, of failed requests only: without secrets, at most 16 KiB.
    request_body: Option<String>,
}

impl From<ScimRequest> for ScimRequestItem {
    #[expect(clippy::cast_precision_loss, reason = "a request takes less than a hundred thousand years")]
    fn from(request: ScimRequest) -> Self {
        Self {
            id: request.id,
            at: request.at,
            method: request.method,
            path: request.path,
            query: request.query,
            status: request.status,
            scim_type: request.scim_type,
            detail: request.detail,
            duration_ms: request.duration_us as f64 / 1000.0,
            token: request.token,
            user_id: request.user_id,
            group_id: request.group_id,
            subject: request.subject,
            has_body: request.has_body,
        }
    }
}

/// List what SCIM clients asked for
///
/// The newest first. Kept for 14 days, at most 100,000 requests; a second or two late.
#[utoipa::path(get, path = "/integrations/scim/requests", tag = "Integrations", params(RequestsQuery),
    responses((status = 200, body = Page<ScimRequestItem>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<RequestsQuery>,
) -> Result<Json<Page<ScimRequestItem>>, Problem> {
    let page = PageRequest::new(query.limit, query.cursor, None)?;
    let failed = match query.outcome.unwrap_or(Outcome::All) {
        Outcome::Failed => Some(true),
        Outcome::Ok => Some(false),
        Outcome::All => None,
    };
    let filter = RequestFilter { failed, search: query.search };
    Ok(Json(requests::list(&mut app.db.read().await?, &filter, &page).await?.map(ScimRequestItem::from)))
}

/// Read one request of a SCIM client
#[utoipa::path(get, path = "/integrations/scim/requests/{id}", tag = "Integrations", params(("id" = ScimRequestId, Path)),
    responses((status = 200, body = ScimRequestDetail)))]
pub async fn get(State(app): State<App>, Path(id): Path<ScimRequestId>) -> Result<Json<ScimRequestDetail>, Problem> {
    let mut request = requests::get(&mut app.db.read().await?, id).await?;
    let request_body = request.body.take();
    Ok(Json(ScimRequestDetail { item: request.into(), request_body }))
}
