//! What operators and their tools ask: is it alive, can it work, how much does it do.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use tokio::time::timeout;

use keystead_directory::mails;

use super::error::Problem;
use crate::{app::App, telemetry};

/// The database must answer within this for the server to count as ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/healthz`: the process is alive.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `/readyz`: the database answers.
pub async fn ready(State(app): State<App>) -> Response {
    match timeout(PATIENCE, app.database_answers()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => Problem::from(error)
            .with_status(http::StatusCode::SERVICE_UNAVAILABLE)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("2"))
            .into_response(),
        Err(_) => Problem::unavailable("The database did not answer within 2 seconds.").into_response(),
    }
}

/// `/metrics`: the numbers, in the text format of Prometheus. Those of the database are left as
/// they were when it does not answer: the others are wanted most just then.
pub async fn metrics(State(app): State<App>) -> Response {
    let counted = timeout(PATIENCE, async { mails::counts(&mut app.db.read().await?).await });
    if let Ok(Ok(mails)) = counted.await {
        telemetry::mails(mails.queued, mails.given_up);
    }
    let text = app.metrics.render();
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"))], text)
        .into_response()
}
