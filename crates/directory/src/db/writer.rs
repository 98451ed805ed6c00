//! The one writer of SQLite, which shares commits.
//!
//! A durable commit costs a sync of the disk. Use cases that wait for the writer at the same time
//! therefore share one: each runs in a savepoint of the open transaction, and when it is done its
//! caller waits. The first that is done queues the commit behind everybody who waits already (the
//! lock is fair), so one sync covers them all, and only then are they answered.

use std::sync::Arc;

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::error::{Error, Result};

/// Extended result codes of a sync that failed (`SQLITE_IOERR_FSYNC`, `SQLITE_IOERR_DIR_FSYNC`).
const FAILED_SYNC: [&str; 2] = ["1034", "1290"];

#[derive(Clone)]
pub(super) struct Writer(Arc<Mutex<State>>);

struct State {
    /// `None` once closed.
    conn: Option<SqliteConnection>,
    /// A transaction is open.
    open: bool,
    /// A use case was dropped in the middle: its savepoint is still to be rolled back.
    abandoned: bool,
    /// Use cases that are done and wait for the commit.
    done: Vec<oneshot::Sender<Result<()>>>,
}

impl Writer {
    pub(super) async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let conn = options.connect().await?;
        Ok(Self(Arc::new(Mutex::new(State { conn: Some(conn), open: false, abandoned: false, done: Vec::new() }))))
    }

    /// Waits for its turn and begins a use case. It runs in a task of its own, so that a caller
    /// who goes away in the middle leaves no half-begun transaction behind.
    pub(super) async fn begin(&self) -> Result<UseCase> {
        let writer = self.clone();
        finish(tokio::spawn(async move {
            let mut state = writer.0.clone().lock_owned().await;
            state.begin().await?;
            Ok(UseCase { writer, state: Some(state) })
        }))
        .await
    }

    pub(super) async fn close(&self) {
        let mut state = self.0.lock().await;
        state.commit().await;
        if let Some(conn) = state.conn.take()
            && let Err(error) = conn.close().await
        {
            tracing::warn!(%error, "closing the database");
        }
    }

    async fn commit(self) {
        self.0.lock().await.commit().await;
    }
}

impl State {
    async fn run(&mut self, statement: &'static str) -> Result<()> {
        let conn = self.conn.as_mut().ok_or_else(|| Error::Unavailable("the database is closed".to_owned()))?;
        sqlx::query(statement).execute(conn).await?;
        Ok(())
    }

    async fn begin(&mut self) -> Result<()> {
        if self.abandoned
            && let Err(error) = self.forget_use_case().await
        {
            self.forget_all(&error).await;
        }
        if !self.open {
            self.run("begin immediate").await?;
            self.open = true;
        }
        self.run("savepoint use_case").await
    }

    /// Undoes the use case that was dropped, leaving the others of the transaction.
    async fn forget_use_case(&mut self) -> Result<()> {
        self.run("rollback to use_case").await?;
        self.run("release use_case").await?;
        self.abandoned = false;
        Ok(())
    }

    /// Gives the whole transaction up. A full disk or a failed read makes SQLite do so by itself;
    /// then there is nothing to roll back any more, and the next use case begins anew all the same.
    async fn forget_all(&mut self, why: &Error) {
        tracing::warn!(error = %why, "a transaction is lost; nothing of it was acknowledged");
        if let Err(error) = self.run("rollback").await {
            tracing::debug!(%error, "rolling back a lost transaction");
        }
        self.open = false;
        self.abandoned = false;
        for waiting in self.done.drain(..) {
            // Who went away does not need the answer.
            let _ = waiting.send(Err(Error::Unavailable(why.to_string())));
        }
    }

    /// Commits what is done and tells everyone who waits.
    async fn commit(&mut self) {
        if !self.open {
            return;
        }
        let mut result = if self.abandoned { self.forget_use_case().await } else { Ok(()) };
        if result.is_ok() {
            result = self.run("commit").await;
        }
        self.open = false;
        self.abandoned = false;
        if let Err(error) = &result {
            tracing::error!(%error, "a commit failed; nothing of it was acknowledged");
            stop_after_failed_sync(error);
            if let Err(error) = self.run("rollback").await {
                tracing::debug!(%error, "rolling back after a failed commit");
            }
        }
        let failure = result.err().map(|error| error.to_string());
        for waiting in self.done.drain(..) {
            let answer = failure.clone().map_or(Ok(()), |reason| Err(Error::Unavailable(reason)));
            // Who went away does not need the answer.
            let _ = waiting.send(answer);
        }
    }
}

/// After a failed sync the system may have thrown away pages that it calls written: the only safe
/// way on is to start again from what is on the disk.
fn stop_after_failed_sync(error: &Error) {
    if let Error::Database(sqlx::Error::Database(inner)) = error
        && inner.code().is_some_and(|code| FAILED_SYNC.contains(&code.as_ref()))
    {
        tracing::error!("the disk failed to sync: stopping, so that nothing unsafe is acknowledged");
        std::process::exit(74);
    }
}

/// A use case on the writer; dropped without commit, it is undone.
pub(super) struct UseCase {
    writer: Writer,
    state: Option<OwnedMutexGuard<State>>,
}

impl UseCase {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        match self.state.as_mut().and_then(|state| state.conn.as_mut()) {
            Some(conn) => conn,
            None => unreachable!("a use case holds the writer until it is committed or dropped"),
        }
    }

    /// Makes the use case durable together with those that wait.
    pub(super) async fn commit(mut self) -> Result<()> {
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let writer = self.writer.clone();
        finish(tokio::spawn(async move {
            if let Err(error) = state.run("release use_case").await {
                state.abandoned = true;
                undo(state).await;
                return Err(error);
            }
            let (answer, answered) = oneshot::channel();
            state.done.push(answer);
            let first = state.done.len() == 1;
            drop(state);
            if first {
                writer.commit().await;
            }
            answered.await.unwrap_or_else(|_| Err(Error::Unavailable("the writer stopped".to_owned())))
        }))
        .await
    }
}

impl Drop for UseCase {
    fn drop(&mut self) {
        let Some(mut state) = self.state.take() else { return };
        // Whoever is next cleans up, in case the runtime is going away.
        state.abandoned = true;
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(undo(state));
        }
    }
}

/// Undoes an abandoned use case now; ends the transaction when nothing else is in it, so that
/// other processes can write.
async fn undo(mut state: OwnedMutexGuard<State>) {
    if let Err(error) = state.forget_use_case().await {
        // None of the transaction is kept: it may be gone already.
        state.forget_all(&error).await;
    } else if state.done.is_empty() {
        if let Err(error) = state.run("rollback").await {
            tracing::warn!(%error, "ending an empty transaction");
        }
        state.open = false;
    }
}

async fn finish<T>(task: tokio::task::JoinHandle<Result<T>>) -> Result<T> {
    task.await.unwrap_or_else(|_| Err(Error::Unavailable("the database task stopped".to_owned())))
}
