//! Setting an import up: begin, choose, throw away.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Error, FieldError, Timestamp, Tx,
    ids::{GroupId, ImportId},
    imports::{
        self, AssignKey, CsvOptions, Delimiter, Encoding, EntraOptions, Field, Import, Mode, NewImport, Options, Source,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{file::unreadable, view::ImportView};
use crate::{
    api::users::change::given,
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IfMatch, Versioned},
        extract::{Json, Path},
    },
    import::{
        csv::{columns, preview},
        file,
    },
};

/// An import to be begun.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateImport {
    /// Where people are read from.
    source: Source,
    /// What the file is called.
    file_name: Option<String>,
}

/// Begin an import
///
/// It is a draft until its plan is asked for.
#[utoipa::path(post, path = "/imports", tag = "Imports", request_body = CreateImport,
    responses((status = 201, body = ImportView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateImport>,
) -> Result<Versioned<ImportView>, Problem> {
    let name = match (body.source, body.file_name) {
        (Source::Csv, Some(name)) => name,
        (Source::Csv, None) => "CSV file".to_owned(),
        (Source::Entra, _) => "Entra ID".to_owned(),
    };
    let new = NewImport { source: body.source, name, options: Options::default(), schedule_id: None };
    let mut tx = app.db.write(Timestamp::now()).await?;
    let import = imports::create(&mut tx, caller.actor(), new).await?;
    let now = tx.now();
    tx.commit().await?;
    Ok(Versioned::created(import.version, ImportView::of(import, now)))
}

/// How a file is to be read: what is left out stays. With another encoding, delimiter or header
/// the columns are proposed anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CsvChange {
    /// How its text is encoded.
    encoding: Option<Encoding>,
    /// What stands between two cells.
    delimiter: Option<Delimiter>,
    /// Whether the first line holds the names of the columns.
    header: Option<bool>,
    /// What each column holds; null: nothing that is wanted.
    columns: Option<Vec<Option<Field>>>,
}

/// What an import is told to do: what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateImport {
    /// How the file is read.
    csv: Option<CsvChange>,
    /// Which people it touches.
    mode: Option<Mode>,
    /// Local groups that its people join.
    group_ids: Option<Vec<GroupId>>,
    /// Groups that are made for its people.
    new_groups: Option<Vec<String>>,
    /// A key for everyone who has none; null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<AssignKey>)]
    assign_key: Option<Option<AssignKey>>,
    /// What is read from Microsoft Entra ID.
    entra: Option<EntraOptions>,
}

/// Set an import up
///
/// An import that waits to be confirmed becomes a draft again.
#[utoipa::path(patch, path = "/imports/{id}", tag = "Imports",
    params(("id" = ImportId, Path), ("If-Match" = Option<String>, Header)),
    request_body = UpdateImport, responses((status = 200, body = ImportView)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<UpdateImport>,
) -> Result<Versioned<ImportView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let import = imports::get(&mut tx, id).await?;
    let mut options = import.options.clone();
    if let Some(change) = body.csv {
        options.csv = Some(csv(&mut tx, &import, change).await?);
    }
    options.mode = body.mode.unwrap_or(options.mode);
    options.group_ids = body.group_ids.unwrap_or(options.group_ids);
    options.new_groups = body.new_groups.unwrap_or(options.new_groups);
    options.assign_key = body.assign_key.unwrap_or(options.assign_key);
    options.entra = body.entra.or(options.entra);
    let import = imports::set_options(&mut tx, caller.actor(), id, options, expected).await?;
    let now = tx.now();
    tx.commit().await?;
    Ok(Versioned::ok(import.version, ImportView::of(import, now)))
}

async fn csv(tx: &mut Tx, import: &Import, change: CsvChange) -> Result<CsvOptions, Problem> {
    let Some(before) = &import.options.csv else {
        return Err(Error::IllegalState("There is no file to read: upload one first.".to_owned()).into());
    };
    let encoding = change.encoding.unwrap_or(before.encoding);
    let delimiter = change.delimiter.unwrap_or(before.delimiter);
    let header = change.header.unwrap_or(before.header);
    let sample =
        file::head(tx, import, encoding).await?.sample(delimiter).map_err(|error| unreadable("csv", &error))?;
    let columns = match change.columns {
        Some(columns) => {
            check(&columns, &preview::refused(&sample, header))?;
            columns
        }
        None if (encoding, delimiter, header) == (before.encoding, before.delimiter, before.header) => {
            before.columns.clone()
        }
        None => file::columns(tx, &sample, header).await?,
    };
    Ok(CsvOptions { encoding, delimiter, header, columns })
}

/// A field stands in one column at most, and a column of passwords in none.
fn check(chosen: &[Option<Field>], refused: &[bool]) -> Result<(), Error> {
    let mut errors = Vec::new();
    let mut fault = |code, message: String| errors.push(FieldError::new("csv.columns", code, message));
    for (at, field) in chosen.iter().enumerate() {
        let Some(field) = field else { continue };
        let (column, name) = (at + 1, columns::name(*field));
        if refused.get(at) == Some(&true) {
            fault("notAllowed", format!("Column {column} holds passwords, which are never imported. Leave it out."));
        }
        if chosen[..at].contains(&Some(*field)) {
            fault(
                "taken",
                format!("Column {column} and an earlier one are both taken for {name}. Choose one of them."),
            );
        }
    }
    if chosen.contains(&Some(Field::Active)) && chosen.contains(&Some(Field::Blocked)) {
        fault(
            "notAllowed",
            "Take either the column that says who is active or the one that says who is blocked.".to_owned(),
        );
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// Throw a draft away
#[utoipa::path(delete, path = "/imports/{id}", tag = "Imports",
    params(("id" = ImportId, Path), ("If-Match" = Option<String>, Header)), responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    Path(id): Path<ImportId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    imports::delete(&mut tx, id, expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
