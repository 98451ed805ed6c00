//! Opening a database: its address, its pragmas, its migrations.

use std::{path::PathBuf, str::FromStr as _, time::Duration};

use sqlx::{
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Db, Inner, Writer};
use crate::error::{Error, Result};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a statement may run on PostgreSQL, and how long SQLite waits for another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// What each connection to SQLite keeps of it in memory, as its pragma writes KiB. There are five,
/// and the system keeps the file as well: what a page needs that is passed over is what must fit.
const CACHE: &str = "-8000";

/// The same for the one connection that writes: the pages that a step of an import changes fit.
const WRITER_CACHE: &str = "-64000";

/// How many pages may stand in the log before they are written into the database, which holds the
/// writer up: the more of them, the more often a page that changes again and again is written once.
const LOG_PAGES: &str = "8000";

/// Where the database is and how many connections may be open to it.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:<path>` or `postgres://…`.
    pub url: String,
    /// Readers on SQLite, all connections on PostgreSQL.
    pub connections: u32,
}

impl Options {
    /// The usual number of connections for this address.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), connections: if url.starts_with("postgres") { 16 } else { 4 } }
    }

    fn sqlite_path(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite:").map(|path| PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }
}

impl Db {
    /// Opens the database and brings it to this program's schema.
    ///
    /// Two programs may start at once: on PostgreSQL an advisory lock, on SQLite a lock file
    /// beside the database lets one migrate while the other waits.
    ///
    /// # Errors
    /// [`Error::Unusable`] when the database belongs to a newer Keystead or can't be migrated,
    /// [`Error::Unavailable`] when it can't be reached.
    pub async fn open(options: &Options) -> Result<Self> {
        if let Some(path) = options.sqlite_path() {
            Self::open_sqlite(options, path).await
        } else {
            Self::open_postgres(options).await
        }
    }

    async fn open_sqlite(options: &Options, path: PathBuf) -> Result<Self> {
        let connect = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("cache_size", CACHE)
            .pragma("wal_autocheckpoint", LOG_PAGES)
            .pragma("temp_store", "memory")
            .statement_cache_capacity(128)
            .row_buffer_size(512);
        {
            let lock = std::fs::File::create(path.with_extension("migrating"))
                .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
            let _held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
                .await
                .map_err(|error| Error::Unavailable(error.to_string()))?
                .map_err(|error| Error::Unavailable(error.to_string()))?;
            let mut conn = sqlx::ConnectOptions::connect(&connect).await?;
            SQLITE.run(&mut conn).await.map_err(refused)?;
            sqlx::Connection::close(conn).await?;
        }
        let writer = Writer::open(&connect.clone().pragma("cache_size", WRITER_CACHE)).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(options.connections)
            .test_before_acquire(false)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(connect.pragma("query_only", "on"));
        Ok(Self(Inner::Sqlite { read, writer }))
    }

    async fn open_postgres(options: &Options) -> Result<Self> {
        let connect = PgConnectOptions::from_str(&options.url)
            .map_err(|error| Error::Unusable(format!("the database address can't be read: {error}")))?
            .application_name("keystead")
            .options([
                // Whatever the server's default is: what we acknowledge is durable.
                ("synchronous_commit", "on"),
                ("statement_timeout", "30s"),
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(PATIENCE)
            .connect_with(connect)
            .await?;
        POSTGRES.run(&pool).await.map_err(refused)?;
        Ok(Self(Inner::Postgres(pool)))
    }
}

fn refused(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(version) => Error::Unusable(format!(
            "the database was migrated to step {version}, which this Keystead does not know: it belongs to a newer \
             Keystead. Start that version, or restore a backup made before the upgrade."
        )),
        MigrateError::VersionMismatch(version) => Error::Unusable(format!(
            "step {version} of the database's migrations is not the one this Keystead carries: the database was \
             made by another build. Start that build, or restore a backup."
        )),
        MigrateError::Dirty(version) => Error::Unusable(format!(
            "step {version} of the database's migrations was interrupted. Restore the backup made before the upgrade."
        )),
        MigrateError::Execute(error) => error.into(),
        other => Error::Unusable(format!("the database can't be migrated: {other}")),
    }
}
