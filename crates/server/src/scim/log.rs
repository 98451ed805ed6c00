//! The request log: what a client asked for is noted in memory, and written behind the answers once a second, so that
//! a look-up costs no write. Secrets never get here.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use http::Method;
use keystead_directory::{
    Db, Timestamp,
    ids::{GroupId, ScimRequestId, UserId},
    scim::{
        requests::{self, ScimRequest},
        state::{self, Calls},
    },
};
use keystead_scim::Error;
use tokio::{sync::watch, time::sleep};

use super::redaction;
use crate::app::App;

/// How often the log is written.
const EVERY: Duration = Duration::from_secs(1);
/// Requests that are held until they are written. Beyond them they are counted, not logged: a client that sends more
/// in a second is no directory.
const HELD: usize = 1000;
/// The same for requests without a living token.
const HELD_OF_STRANGERS: usize = 20;
/// The longest path, in characters.
const LONGEST_PATH: usize = 300;
/// The longest query and the longest detail, in characters.
const LONGEST_TEXT: usize = 2000;

/// What a request turned out to be about, noted on its way.
#[derive(Debug, Default, Clone)]
pub struct Touched {
    /// The name of the living token that was sent.
    pub token: Option<String>,
    /// The person.
    pub user: Option<UserId>,
    /// The group.
    pub group: Option<GroupId>,
    /// How they were called, where that can't be looked up later.
    pub subject: Option<String>,
    /// A look-up that found nobody.
    pub probe: bool,
}

/// What is noted on a request's way.
#[derive(Debug, Default)]
pub struct Trace(Mutex<Touched>);

impl Trace {
    /// Notes something.
    pub fn note(&self, change: impl FnOnce(&mut Touched)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn take(self) -> Touched {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that was answered.
pub struct Answered<'a> {
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: &'a Method,
    /// Its path below the base.
    pub path: &'a str,
    /// Its query; empty without one.
    pub query: &'a str,
    /// What it was about.
    pub trace: Trace,
    /// The status of the answer.
    pub status: u16,
    /// What was wrong.
    pub error: Option<&'a Error>,
    /// What was sent, if it was read.
    pub body: Option<&'a Bytes>,
    /// How long the answer took.
    pub took: Duration,
}

#[derive(Default)]
struct Waiting {
    requests: Vec<ScimRequest>,
    strangers: usize,
    calls: Calls,
}

/// What waits to be written.
#[derive(Default)]
pub struct Log(Mutex<Waiting>);

impl Log {
    /// Notes a request.
    pub fn note(&self, answered: Answered<'_>) {
        let at = Some(answered.at);
        let failed = answered.status >= 400;
        let Touched { token, user, group, subject, probe } = answered.trace.take();
        let known = token.is_some();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = &mut waiting.calls;
        calls.last_request_at = at;
        if failed {
            calls.last_failure_at = at;
        }
        if known {
            calls.last_called_at = at;
            if !failed {
                calls.last_success_at = at;
            }
            if probe {
                calls.last_probe_at = at;
            }
        }
        let full = waiting.requests.len() >= HELD || (!known && waiting.strangers >= HELD_OF_STRANGERS);
        if full {
            metrics::counter!("keystead_scim_requests_not_logged_total").increment(1);
            return;
        }
        waiting.strangers += usize::from(!known);
        drop(waiting);
        let cut = |text: &str, most: usize| text.chars().filter(|c| *c != '\0').take(most).collect::<String>();
        let request = ScimRequest {
            id: ScimRequestId::new(),
            at: answered.at,
            method: answered.method.as_str().chars().take(20).collect(),
            path: cut(&redaction::text(answered.path), LONGEST_PATH),
            query: (!answered.query.is_empty()).then(|| cut(&redaction::query(answered.query), LONGEST_TEXT)),
            status: answered.status.into(),
            scim_type: answered.error.and_then(|error| error.scim_type).map(|kind| kind.as_str().to_owned()),
            detail: answered.error.map(|error| cut(&redaction::text(&error.detail), LONGEST_TEXT)),
            duration_us: i64::try_from(answered.took.as_micros()).unwrap_or(i64::MAX),
            token,
            user_id: user,
            group_id: group,
            subject: subject.map(|name| cut(&name, LONGEST_PATH)),
            body: answered.body.filter(|body| failed && known && !body.is_empty()).map(redaction::body),
            has_body: false,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).requests.push(request);
    }

    /// Writes what waits. What can't be written is given up: the log must not grow while the database is away.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(&self, db: &Db) -> keystead_directory::Result<()> {
        let Waiting { mut requests, calls, .. } =
            std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if calls.last_request_at.is_none() {
            return Ok(());
        }
        let mut tx = db.write(Timestamp::now()).await?;
        requests::write(&mut tx, &mut requests).await?;
        state::note(&mut tx, calls).await?;
        tx.commit().await
    }
}

/// Writes the log until the server ends, and once more then.
pub async fn run(app: App, mut stopped: watch::Receiver<bool>) {
    let mut failing = false;
    loop {
        let ended = tokio::select! {
            _ = stopped.changed() => true,
            () = sleep(EVERY) => false,
        };
        match app.scim_log.write(&app.db).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "requests of SCIM clients can't be logged");
            }
            Err(_) => {}
        }
        if ended {
            return;
        }
    }
}
