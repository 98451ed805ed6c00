//! Files to take away: what did not go through, and a template to fill in.

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use keystead_directory::{
    Db,
    ids::ImportId,
    imports::{self, Field, Reason, RowView},
};
use tokio::sync::mpsc;

use crate::{
    app::App,
    http::{error::Problem, extract::Path},
    import::csv::{cells, columns},
};

/// So that spreadsheets read the names of people as they are written.
const MARK: &str = "\u{FEFF}";

fn file(name: &'static str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ];
    (headers, body).into_response()
}

fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(cells::written).collect::<Vec<_>>().join(",") + "\r\n"
}

/// Download what did not go through
///
/// Every row that was rejected, is in conflict, was skipped or failed, with its line or object id and the
/// reason. Cells that a spreadsheet would take for a formula begin with an apostrophe, which an
/// import removes again.
#[utoipa::path(get, path = "/imports/{id}/failed.csv", tag = "Imports", params(("id" = ImportId, Path)),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn failed(State(app): State<App>, Path(id): Path<ImportId>) -> Result<Response, Problem> {
    imports::get(&mut app.db.read().await?, id).await?;
    let (sender, mut receiver) = mpsc::channel::<std::io::Result<Bytes>>(2);
    tokio::spawn(write(app.db.clone(), id, sender));
    let body = Body::from_stream(futures_util::stream::poll_fn(move |context| receiver.poll_recv(context)));
    Ok(file("attachment; filename=\"failed.csv\"", body))
}

async fn write(db: Db, id: ImportId, sender: mpsc::Sender<std::io::Result<Bytes>>) {
    let mut after = -1;
    let mut piece = MARK.to_owned() + &line(["line", "objectId", "email", "name", "reason", "field", "message"]);
    loop {
        let rows = match async { imports::rows_that_failed(&mut db.read().await?, id, after).await }.await {
            Ok(rows) => rows,
            // The download breaks off instead of looking complete.
            Err(error) => return drop(sender.send(Err(std::io::Error::other(error))).await),
        };
        piece.extend(rows.iter().map(shown));
        if sender.send(Ok(std::mem::take(&mut piece).into())).await.is_err() {
            return;
        }
        let Some(last) = rows.last() else { return };
        after = last.number;
    }
}

fn shown(row: &RowView) -> String {
    let (number, object) = match row.object_id {
        Some(id) => (String::new(), id.to_string()),
        None => (row.number.to_string(), String::new()),
    };
    let [email, field, message] =
        [&row.email, &row.field, &row.message].map(|text| text.as_deref().unwrap_or_default());
    let reason = row.reason.map_or("", Reason::as_str);
    line([&*number, &*object, email, &*row.label, reason, field, message])
}

/// Download a template
///
/// A CSV file with every column there is, and an example that is skipped when it is imported.
#[utoipa::path(get, path = "/imports/template.csv", tag = "Imports",
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn template() -> Response {
    let example = |field: Field| match field {
        Field::Email => "Example: jane.doe@example.com",
        Field::UserName => "jane.doe",
        Field::DisplayName => "Jane Doe",
        Field::GivenName => "Jane",
        Field::FamilyName => "Doe",
        Field::Phone => "020 7946 0000",
        Field::Title => "Engineer",
        Field::Department => "Research",
        Field::PreferredLanguage => "en-GB",
        Field::ExternalId => "1234",
        Field::Active => "yes",
        Field::Blocked => "no",
        Field::Groups => "Readers; Writers",
    };
    let header = line(columns::TEMPLATE.map(columns::name));
    file(
        "attachment; filename=\"keystead-template.csv\"",
        Body::from(format!("{MARK}{header}{}", line(columns::TEMPLATE.map(example)))),
    )
}
