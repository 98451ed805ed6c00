//! The activity record: read, filtered, exported.

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use keystead_directory::{
    Db, Error, Timestamp,
    activity::{self, Action, ActivityFilter},
    ids::UserId,
    page::{MOST, Page, PageRequest},
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    api::{query::several, views::ActivityItem},
    app::App,
    http::{
        error::Problem,
        extract::{Json, Query},
    },
    import::csv::cells,
};

/// Which records, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActivityQuery {
    /// Concerning this person.
    user_id: Option<UserId>,
    /// Done by this person or API key.
    actor_id: Option<Uuid>,
    /// One of `/activity/actions`; several with commas.
    action: Option<String>,
    /// Not before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Words in the names of who did it, whom it concerns or what it was done to.
    q: Option<String>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// For the export only: `csv` or `jsonl`.
    #[param(inline)]
    format: Option<Format>,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// Comma-separated values with a header, UTF-8.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl ActivityQuery {
    fn filter(&self) -> Result<ActivityFilter, Error> {
        let actions: Vec<String> = several("action", self.action.as_deref())?;
        if actions.iter().any(|action| !Action::ALL.contains(&action.as_str())) {
            return Err(Error::field("action", "notAllowed", "Use the actions that /activity/actions lists."));
        }
        Ok(ActivityFilter {
            user: self.user_id,
            actor: self.actor_id,
            actions,
            from: self.from,
            to: self.to,
            q: self.q.clone().filter(|q| !q.trim().is_empty()),
        })
    }
}

/// List the activity
///
/// Newest first.
#[utoipa::path(get, path = "/activity", tag = "Activity", params(ActivityQuery),
    responses((status = 200, body = Page<ActivityItem>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ActivityQuery>,
) -> Result<Json<Page<ActivityItem>>, Problem> {
    let filter = query.filter()?;
    let page = PageRequest::new(query.limit, query.cursor, None)?;
    let mut conn = app.db.read().await?;
    Ok(Json(activity::list(&mut conn, &filter, &page).await?.map(ActivityItem::from)))
}

/// List the actions that are recorded
#[utoipa::path(get, path = "/activity/actions", tag = "Activity", responses((status = 200, body = Vec<String>)))]
pub async fn actions() -> Json<&'static [&'static str]> {
    Json(Action::ALL)
}

/// Export the activity
///
/// A download of everything that matches, newest first. In CSV, cells that a spreadsheet would
/// take for a formula begin with an apostrophe.
#[utoipa::path(get, path = "/activity/export", tag = "Activity", params(ActivityQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export(State(app): State<App>, Query(query): Query<ActivityQuery>) -> Result<Response, Problem> {
    let filter = query.filter()?;
    let format = query.format.unwrap_or(Format::Csv);
    let (sender, mut receiver) = mpsc::channel::<std::io::Result<Bytes>>(4);
    tokio::spawn(write_export(app.db.clone(), filter, format, sender));
    let body = Body::from_stream(futures_util::stream::poll_fn(move |context| receiver.poll_recv(context)));
    let (kind, file) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"activity.csv\""),
        Format::Jsonl => ("application/jsonl", "attachment; filename=\"activity.jsonl\""),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(file)),
    ];
    Ok((headers, body).into_response())
}

/// Writes page after page for as long as the client reads; memory does not grow with the record.
async fn write_export(db: Db, filter: ActivityFilter, format: Format, sender: mpsc::Sender<std::io::Result<Bytes>>) {
    if format == Format::Csv && sender.send(Ok(Bytes::from_static(CSV_HEADER.as_bytes()))).await.is_err() {
        return;
    }
    let mut cursor = None;
    loop {
        let next = async {
            let page = PageRequest { limit: MOST, cursor: cursor.take(), sort: None };
            activity::list(&mut db.read().await?, &filter, &page).await
        };
        let piece = match next.await {
            Ok(page) => {
                cursor = page.next_cursor;
                Ok(page
                    .items
                    .into_iter()
                    .map(|record| line(&ActivityItem::from(record), format))
                    .collect::<String>()
                    .into())
            }
            // The download breaks off instead of looking complete.
            Err(error) => Err(std::io::Error::other(error)),
        };
        let broken = piece.is_err();
        if sender.send(piece).await.is_err() || broken || cursor.is_none() {
            return;
        }
    }
}

const CSV_HEADER: &str =
    "time,action,actorType,actorId,actor,targetType,targetId,target,userId,user,ip,userAgent,requestId,details\r\n";

fn line(item: &ActivityItem, format: Format) -> String {
    if format == Format::Jsonl {
        return serde_json::to_string(item).map(|text| text + "\n").unwrap_or_default();
    }
    let text = |value: Option<String>| value.unwrap_or_default();
    let id = |value: Option<Uuid>| value.map(|id| id.to_string()).unwrap_or_default();
    let actor_type = serde_json::to_value(item.actor.r#type).ok().and_then(|kind| kind.as_str().map(str::to_owned));
    let values = [
        item.at.to_string(),
        item.action.clone(),
        text(actor_type),
        id(item.actor.id),
        item.actor.name.clone(),
        text(item.target.as_ref().map(|target| target.r#type.clone())),
        id(item.target.as_ref().and_then(|target| target.id)),
        text(item.target.as_ref().map(|target| target.name.clone())),
        id(item.user.as_ref().map(|user| user.id.0)),
        text(item.user.as_ref().map(|user| user.name.clone())),
        text(item.ip.clone()),
        text(item.user_agent.clone()),
        text(item.request_id.clone()),
        item.details.to_string(),
    ];
    values.iter().map(|value| cells::written(value)).collect::<Vec<_>>().join(",") + "\r\n"
}
