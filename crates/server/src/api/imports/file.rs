//! The file of an import: uploaded, and looked at before it is read.

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
};
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use keystead_directory::{
    Conn, Error, FieldError,
    ids::ImportId,
    imports::{self, Delimiter, Encoding, Import},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    http::{
        auth::Caller,
        error::{Code, Problem},
        extract::{Json, Path, Query, broken_off, file_too_large},
        layers::drain,
    },
    import::{
        csv::{
            Unreadable,
            columns::Dialect,
            preview::{self, Column},
        },
        file::{self, Chosen, FileError, Upload},
    },
};

/// How a file would be read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CsvPreview {
    /// What the file is called.
    file_name: String,
    /// Its size.
    bytes: i64,
    /// How its text is encoded.
    encoding: Encoding,
    /// What stands between two cells.
    delimiter: Delimiter,
    /// Whether the first line holds the names of the columns.
    header: bool,
    /// Whose file it looks like.
    dialect: Option<Dialect>,
    /// Its columns.
    columns: Vec<Column>,
    /// Its first rows, up to ten, without the header; cells are cut after 200 characters.
    rows: Vec<Vec<String>>,
    /// Whether its columns mean what they meant the last time a file had the same.
    remembered: bool,
}

async fn shown(conn: &mut Conn, import: Import) -> Result<CsvPreview, Problem> {
    let (Some(csv), Some(bytes)) = (&import.options.csv, import.file_bytes) else {
        return Err(Error::IllegalState("There is no file to look at: upload one first.".to_owned()).into());
    };
    let head = file::head(conn, &import, csv.encoding).await?;
    let sample = head.sample(csv.delimiter).map_err(|error| unreadable("file", &error))?;
    let remembered = match preview::headers_hash(&sample, csv.header) {
        Some(hash) => imports::remembered_columns(conn, &hash).await?.is_some_and(|columns| columns == csv.columns),
        None => false,
    };
    let preview = preview::preview(&sample, csv);
    Ok(CsvPreview {
        bytes,
        encoding: csv.encoding,
        delimiter: csv.delimiter,
        header: csv.header,
        dialect: preview.dialect,
        columns: preview.columns,
        rows: preview.rows,
        remembered,
        file_name: import.name,
    })
}

/// The refusal of a file that is no CSV, at this field.
pub(super) fn unreadable(field: &str, error: &Unreadable) -> Problem {
    Problem::fields(vec![FieldError::new(field, error.code, error.to_string())])
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        match error {
            FileError::TooLarge(most) => file_too_large(most),
            FileError::Unreadable(error) => unreadable("file", &error),
            FileError::Domain(error) => error.into(),
        }
    }
}

/// What the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileQuery {
    /// Its name, when it is another than the import was begun with.
    file_name: Option<String>,
}

/// Upload a file
///
/// The body is the file itself. It may be as large as the configuration allows (50 MiB unless set
/// otherwise), and as slow as a line is: only silence ends it. An earlier file of this import is
/// replaced. The answer says how it would be read; `PATCH` overrules that.
#[utoipa::path(put, path = "/imports/{id}/file", tag = "Imports", params(("id" = ImportId, Path), FileQuery),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = CsvPreview)))]
pub async fn upload(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(query): Query<FileQuery>,
    request: Request,
) -> Result<Json<CsvPreview>, Problem> {
    if !may_be_csv(request.headers()) {
        drain(request.into_body()).await;
        let detail = "Send the file itself, with the header \"Content-Type: text/csv\" or application/octet-stream.";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    let mut body = request.into_body();
    let kept = keep(&app, id, &mut body).await;
    let upload = match kept {
        Ok(upload) => upload,
        Err(problem) => {
            drain(body).await;
            return Err(problem);
        }
    };
    let import = upload.finish(caller.actor(), query.file_name.as_deref(), Chosen::default()).await?;
    Ok(Json(shown(&mut app.db.read().await?, import).await?))
}

async fn keep<'a>(app: &'a App, id: ImportId, body: &mut Body) -> Result<Upload<'a>, Problem> {
    let mut upload = Upload::begin(&app.db, id, app.config.import_max_bytes).await?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken_off(&error))?;
        let bytes: Bytes = frame.into_data().unwrap_or_default();
        upload.write(&bytes).await?;
    }
    Ok(upload)
}

fn may_be_csv(headers: &HeaderMap) -> bool {
    const KINDS: [&str; 6] = [
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
        "application/csv",
        "application/vnd.ms-excel",
        "application/octet-stream",
    ];
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return true };
    let kind = kind.to_str().unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    KINDS.iter().any(|known| known.eq_ignore_ascii_case(essence))
}

/// Look at a file
///
/// Its first rows, and what each column is taken for. Columns of passwords are neither shown nor read.
#[utoipa::path(get, path = "/imports/{id}/preview", tag = "Imports", params(("id" = ImportId, Path)),
    responses((status = 200, body = CsvPreview)))]
pub async fn look(State(app): State<App>, Path(id): Path<ImportId>) -> Result<Json<CsvPreview>, Problem> {
    let mut conn = app.db.read().await?;
    let import = imports::get(&mut conn, id).await?;
    Ok(Json(shown(&mut conn, import).await?))
}
