//! What is done with an import: plan, tick, confirm, cancel, undo.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Error, Timestamp, Tx,
    ids::ImportId,
    imports::{self, CsvOptions, Field, Import, ImportState},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::ImportView;
use crate::{
    app::App,
    http::{
        auth::Caller,
        error::{Code, Problem},
        etag::{IfMatch, Versioned},
        extract::{Json, Nothing, Path},
    },
    import::{csv::preview, file, report},
};

/// Commits, wakes the workers and answers.
async fn answer(app: &App, tx: Tx, status: StatusCode, import: Import) -> Result<Versioned<ImportView>, Problem> {
    let now = tx.now();
    tx.commit().await?;
    app.import_bell.notify_one();
    Ok(Versioned { status, version: import.version, body: ImportView::of(import, now) })
}

/// Ask for a plan
///
/// The source is read and each row gets its verdict; nobody is changed. What the columns of a file
/// mean is remembered for the next one with the same headers.
#[utoipa::path(post, path = "/imports/{id}/plan", tag = "Imports",
    params(("id" = ImportId, Path), ("If-Match" = Option<String>, Header)), responses((status = 202, body = ImportView)))]
pub async fn plan(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<ImportView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let before = imports::get(&mut tx, id).await?;
    if let Some(csv) = &before.options.csv {
        finds_people(csv)?;
    }
    let import = imports::ask_for_plan(&mut tx, caller.actor(), id, expected).await?;
    if let Some(csv) = &before.options.csv
        && let Ok(sample) = file::head(&mut tx, &before, csv.encoding).await?.sample(csv.delimiter)
        && let Some(hash) = preview::headers_hash(&sample, csv.header)
    {
        imports::remember_columns(&mut tx, &hash, &csv.columns).await?;
    }
    answer(&app, tx, StatusCode::ACCEPTED, import).await
}

/// Whether the columns can tell who is meant.
///
/// # Errors
/// `required` at `csv.columns`.
pub fn finds_people(csv: &CsvOptions) -> Result<(), Error> {
    if csv.columns.contains(&Some(Field::Email)) {
        return Ok(());
    }
    Err(Error::field("csv.columns", "required", "Choose which column holds the e-mail address."))
}

/// Rows to be ticked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TickRows {
    /// The numbers of the rows, at most 1,000.
    numbers: Vec<i64>,
    /// Whether they are ticked, or no longer.
    ticked: bool,
}

/// Tick rows
///
/// A row whose person holds a role is applied only when it is ticked.
#[utoipa::path(post, path = "/imports/{id}/ticks", tag = "Imports",
    params(("id" = ImportId, Path), ("If-Match" = Option<String>, Header)),
    request_body = TickRows, responses((status = 200, body = ImportView)))]
pub async fn tick(
    State(app): State<App>,
    Path(id): Path<ImportId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<TickRows>,
) -> Result<Versioned<ImportView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let import = imports::tick(&mut tx, id, &body.numbers, body.ticked, expected).await?;
    answer(&app, tx, StatusCode::OK, import).await
}

/// The word to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmImport {
    /// Whether what must be approved is approved.
    #[serde(default)]
    approve: bool,
}

/// Confirm a plan
///
/// What it says is applied in the background. A plan that is over an hour old, or whose people were
/// changed meanwhile, is made again instead (`replanned`), to be looked at and confirmed once more.
/// One that needs an approval is refused with `approval_needed` until it comes with `approve`.
#[utoipa::path(post, path = "/imports/{id}/confirm", tag = "Imports",
    params(("id" = ImportId, Path), ("If-Match" = Option<String>, Header)),
    request_body = ConfirmImport, responses((status = 202, body = ImportView)))]
pub async fn confirm(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<ConfirmImport>,
) -> Result<Versioned<ImportView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let before = imports::get(&mut tx, id).await?;
    let waits = before.state == ImportState::Ready && !before.approval.is_empty() && !body.approve;
    match imports::confirm(&mut tx, caller.actor(), id, body.approve, expected).await {
        Err(Error::IllegalState(detail)) if waits => Err(Problem::new(Code::ApprovalNeeded, detail)),
        confirmed => answer(&app, tx, StatusCode::ACCEPTED, confirmed?).await,
    }
}

/// Cancel an import
///
/// What was applied stays; the outcome says what that is.
#[utoipa::path(post, path = "/imports/{id}/cancel", tag = "Imports",
    params(("id" = ImportId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = ImportView)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<ImportView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let import = imports::cancel(&mut tx, caller.actor(), id, expected).await?;
    if import.confirmed_at.is_some() {
        report::ended(&app, &mut tx, &import).await?;
    }
    answer(&app, tx, StatusCode::OK, import).await
}

/// Undo an import
///
/// For 30 days: people it added who have done nothing since are deleted, fields that still hold
/// what it wrote get back what they held before. The rows say what was left.
#[utoipa::path(post, path = "/imports/{id}/undo", tag = "Imports",
    params(("id" = ImportId, Path), ("If-Match" = Option<String>, Header)), responses((status = 202, body = ImportView)))]
pub async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<ImportView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let import = imports::ask_for_undo(&mut tx, caller.actor(), id, expected).await?;
    answer(&app, tx, StatusCode::ACCEPTED, import).await
}
