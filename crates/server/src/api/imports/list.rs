//! Imports and their rows, page by page.

use axum::extract::State;
use keystead_directory::{
    Timestamp,
    ids::ImportId,
    imports::{self, ImportFilter, ImportState, Reason, RowFilter, RowResult, RowView, Source, Verdict},
    page::{Page, PageRequest},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::ImportView;
use crate::{
    app::App,
    http::{
        error::Problem,
        etag::Versioned,
        extract::{Json, Path, Query},
    },
};

/// Which imports, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportsQuery {
    /// In this state.
    state: Option<ImportState>,
    /// From this source.
    source: Option<Source>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// List imports
///
/// Newest first.
#[utoipa::path(get, path = "/imports", tag = "Imports", params(ImportsQuery),
    responses((status = 200, body = Page<ImportView>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ImportsQuery>,
) -> Result<Json<Page<ImportView>>, Problem> {
    let filter = ImportFilter { state: query.state, source: query.source };
    let page = PageRequest::new(query.limit, query.cursor, None)?;
    let now = Timestamp::now();
    let found = imports::list(&mut app.db.read().await?, &filter, &page).await?;
    Ok(Json(found.map(|import| ImportView::of(import, now))))
}

/// Read an import
#[utoipa::path(get, path = "/imports/{id}", tag = "Imports", params(("id" = ImportId, Path)),
    responses((status = 200, body = ImportView)))]
pub async fn get(State(app): State<App>, Path(id): Path<ImportId>) -> Result<Versioned<ImportView>, Problem> {
    let import = imports::get(&mut app.db.read().await?, id).await?;
    Ok(Versioned::ok(import.version, ImportView::of(import, Timestamp::now())))
}

/// Which rows, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RowsQuery {
    /// With this verdict.
    verdict: Option<Verdict>,
    /// With this result.
    result: Option<RowResult>,
    /// For this reason.
    reason: Option<Reason>,
    /// Words in the name or the address.
    q: Option<String>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// List the rows of an import
///
/// Every row that has its verdict, in the order of the source, with each change that the plan makes.
#[utoipa::path(get, path = "/imports/{id}/rows", tag = "Imports", params(("id" = ImportId, Path), RowsQuery),
    responses((status = 200, body = Page<RowView>)))]
pub async fn rows(
    State(app): State<App>,
    Path(id): Path<ImportId>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Page<RowView>>, Problem> {
    let filter = RowFilter {
        verdict: query.verdict,
        result: query.result,
        reason: query.reason,
        q: query.q.map(|q| q.chars().take(200).collect()),
    };
    let page = PageRequest::new(query.limit, query.cursor, None)?;
    let mut conn = app.db.read().await?;
    imports::get(&mut conn, id).await?;
    Ok(Json(imports::rows(&mut conn, id, &filter, &page).await?))
}
