//! What administrators should look at.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Timestamp,
    alerts::{self, Alert, AlertKind},
    ids::{AlertId, ImportId},
    page::Page,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{query::PageQuery, views::ActivityPerson},
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        extract::{Json, Path, Query},
    },
};

/// Something that administrators should look at.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertView {
    /// Its id.
    id: AlertId,
    /// What happened.
    kind: AlertKind,
    /// When.
    at: Timestamp,
    /// In one line.
    title: String,
    /// What to know and what to do.
    detail: String,
    /// Whom it concerns.
    user: Option<ActivityPerson>,
    /// The import that it tells about.
    import_id: Option<ImportId>,
}

impl From<Alert> for AlertView {
    fn from(alert: Alert) -> Self {
        Self {
            id: alert.id,
            kind: alert.kind,
            at: alert.at,
            title: alert.title,
            detail: alert.detail,
            import_id: alert.import_id,
            user: alert.user_id.map(|id| ActivityPerson { id, name: alert.user_name.unwrap_or_default() }),
        }
    }
}

/// List alerts
///
/// Those that nobody dismissed yet, newest first.
#[utoipa::path(get, path = "/alerts", tag = "Activity", params(PageQuery), responses((status = 200, body = Page<AlertView>)))]
pub async fn list(State(app): State<App>, Query(query): Query<PageQuery>) -> Result<Json<Page<AlertView>>, Problem> {
    let page = query.request()?;
    Ok(Json(alerts::list(&mut app.db.read().await?, &page).await?.map(AlertView::from)))
}

/// Dismiss an alert
#[utoipa::path(delete, path = "/alerts/{id}", tag = "Activity", params(("id" = AlertId, Path)), responses((status = 204)))]
pub async fn dismiss(State(app): State<App>, caller: Caller, Path(id): Path<AlertId>) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    alerts::dismiss(&mut tx, caller.actor(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
