//! One connection type over SQLite and PostgreSQL: the only room that names a database driver.
//!
//! Statements are written once with [`sql!`](crate::sql), in the text both databases understand; a
//! second text stands beside it only where the dialects really differ. Each is registered, and a
//! test prepares every one of them on both migrated schemas.
//!
//! Reading: `db.read().await?` gives a [`Conn`]. Writing: `db.write(now).await?` gives a [`Tx`],
//! which is a use case that is committed whole by [`Tx::commit`] or forgotten when dropped.

pub mod filter;
mod open;
mod writer;

use std::ops::{Deref, DerefMut};

use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, SqlSafeStr as _, Sqlite, SqliteConnection, Transaction,
    pool::PoolConnection, postgres::PgRow, sqlite::SqliteRow,
};

use crate::{Timestamp, error::Result};
pub use open::Options;
use writer::{UseCase, Writer};

/// An open database; cheap to clone.
#[derive(Clone)]
pub struct Db(Inner);

#[derive(Clone)]
enum Inner {
    Sqlite { read: sqlx::SqlitePool, writer: Writer },
    Postgres(sqlx::PgPool),
}

/// Which database this is; only [`sql!`](crate::sql) and the dynamic filter ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// The embedded default.
    Sqlite,
    /// The road beyond one machine.
    Postgres,
}

impl Db {
    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Inner::Sqlite { .. } => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection for reading; on SQLite it can't write.
    pub async fn read(&self) -> Result<Conn> {
        Ok(Conn(match &self.0 {
            Inner::Sqlite { read, .. } => ConnInner::SqliteRead(read.acquire().await?),
            Inner::Postgres(pool) => ConnInner::PostgresRead(pool.acquire().await?),
        }))
    }

    /// Begins a use case at the moment `now`. On SQLite it waits for the one writer.
    pub async fn write(&self, now: Timestamp) -> Result<Tx> {
        let conn = Conn(match &self.0 {
            Inner::Sqlite { writer, .. } => ConnInner::SqliteTx(writer.begin().await?),
            Inner::Postgres(pool) => ConnInner::PostgresTx(pool.begin().await?),
        });
        Ok(Tx { conn, now })
    }

    /// Closes every connection; what is committed is safe.
    pub async fn close(&self) {
        match &self.0 {
            Inner::Sqlite { read, writer } => {
                read.close().await;
                writer.close().await;
            }
            Inner::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection that statements run on.
pub struct Conn(ConnInner);

enum ConnInner {
    SqliteRead(PoolConnection<Sqlite>),
    SqliteTx(UseCase),
    PostgresRead(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

enum Raw<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn {
    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            ConnInner::SqliteRead(_) | ConnInner::SqliteTx(_) => Dialect::Sqlite,
            ConnInner::PostgresRead(_) | ConnInner::PostgresTx(_) => Dialect::Postgres,
        }
    }

    /// A registered statement, to be given its values and run.
    pub fn query(&mut self, statement: &'static Statement) -> Query<'_> {
        let text = match self.dialect() {
            Dialect::Sqlite => statement.sqlite,
            Dialect::Postgres => statement.postgres,
        };
        self.text(text.into_sql_str())
    }

    /// A statement put together by [`filter`], the one place of dynamic SQL.
    fn dynamic(&mut self, text: String) -> Query<'_> {
        let kept = text.len() <= LONGEST_KEPT;
        Query { kept, ..self.text(AssertSqlSafe(text).into_sql_str()) }
    }

    fn text(&mut self, text: sqlx::SqlStr) -> Query<'_> {
        let args = match self.dialect() {
            Dialect::Sqlite => Args::Sqlite(sqlx::sqlite::SqliteArguments::default()),
            Dialect::Postgres => Args::Postgres(sqlx::postgres::PgArguments::default()),
        };
        Query { conn: self, text, kept: true, args, failed: None }
    }

    fn raw(&mut self) -> Raw<'_> {
        match &mut self.0 {
            ConnInner::SqliteRead(conn) => Raw::Sqlite(conn),
            ConnInner::SqliteTx(use_case) => Raw::Sqlite(use_case.connection()),
            ConnInner::PostgresRead(conn) => Raw::Postgres(conn),
            ConnInner::PostgresTx(tx) => Raw::Postgres(tx),
        }
    }

    /// Asks the database to check a registered statement without running it.
    pub async fn prepare(&mut self, statement: &'static Statement) -> Result<()> {
        use sqlx::Executor as _;
        match self.raw() {
            Raw::Sqlite(conn) => drop(conn.prepare(statement.sqlite.into_sql_str()).await?),
            Raw::Postgres(conn) => drop(conn.prepare(statement.postgres.into_sql_str()).await?),
        }
        Ok(())
    }
}

/// A use case: everything in it is committed together, at one moment.
pub struct Tx {
    conn: Conn,
    now: Timestamp,
}

impl Tx {
    /// The moment at which this use case happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes the use case durable. When this returns `Ok`, it survives `kill -9` and power loss.
    ///
    /// # Errors
    /// When the database could not make it durable; then nothing of it happened.
    pub async fn commit(self) -> Result<()> {
        match self.conn.0 {
            ConnInner::SqliteTx(use_case) => use_case.commit().await,
            ConnInner::PostgresTx(tx) => Ok(tx.commit().await?),
            ConnInner::SqliteRead(_) | ConnInner::PostgresRead(_) => Ok(()),
        }
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// A statement known at compile time, in both dialects.
pub struct Statement {
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
    /// Where it stands in the source.
    pub at: &'static str,
}
inventory::collect!(&'static Statement);

/// Every statement of the program, for the test that prepares them all.
pub fn statements() -> impl Iterator<Item = &'static Statement> {
    inventory::iter::<&'static Statement>.into_iter().copied()
}

/// Registers a statement: `sql!("…")`, or `sql!(sqlite: "…", postgres: "…")` where they differ.
#[macro_export]
macro_rules! sql {
    (sqlite: $sqlite:literal, postgres: $postgres:literal $(,)?) => {{
        static STATEMENT: $crate::db::Statement =
            $crate::db::Statement { sqlite: $sqlite, postgres: $postgres, at: concat!(file!(), ":", line!()) };
        $crate::db::inventory::submit!(&STATEMENT);
        &STATEMENT
    }};
    ($text:literal) => {
        $crate::sql!(sqlite: $text, postgres: $text)
    };
}
#[doc(hidden)]
pub use inventory;

/// A row type that both databases can fill.
pub trait Row: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin {}

/// A value that both databases can take.
pub trait Value:
    sqlx::Type<Sqlite> + sqlx::Type<Postgres> + for<'q> sqlx::Encode<'q, Sqlite> + for<'q> sqlx::Encode<'q, Postgres>
{
}
impl<T> Value for T where
    T: sqlx::Type<Sqlite>
        + sqlx::Type<Postgres>
        + for<'q> sqlx::Encode<'q, Sqlite>
        + for<'q> sqlx::Encode<'q, Postgres>
{
}

enum Args {
    Sqlite(sqlx::sqlite::SqliteArguments),
    Postgres(sqlx::postgres::PgArguments),
}

/// A dynamic statement longer than this, in bytes, is prepared each time: it was put together for one search and hardly
/// comes again, and a hundred of them would fill the memory of every connection.
const LONGEST_KEPT: usize = 2500;

/// A statement with its values, ready to run.
pub struct Query<'c> {
    conn: &'c mut Conn,
    text: sqlx::SqlStr,
    /// Whether the connection keeps the prepared statement for the next time.
    kept: bool,
    args: Args,
    failed: Option<sqlx::Error>,
}

/// Runs the same call on whichever database this is; connection and arguments are of one kind.
macro_rules! on_either {
    ($query:ident, $with:path, $call:ident, $of:path) => {{
        if let Some(error) = $query.failed {
            return Err(error.into());
        }
        match ($query.conn.raw(), $query.args) {
            (Raw::Sqlite(conn), Args::Sqlite(args)) => {
                $of($with($query.text, args).persistent($query.kept).$call(conn).await?)
            }
            (Raw::Postgres(conn), Args::Postgres(args)) => {
                $of($with($query.text, args).persistent($query.kept).$call(conn).await?)
            }
            _ => unreachable!("the arguments are made for the connection"),
        }
    }};
}

impl Query<'_> {
    /// Gives the next value, `$1` first.
    #[must_use]
    pub fn bind<T: Value>(mut self, value: T) -> Self {
        use sqlx::Arguments as _;
        let added = match &mut self.args {
            Args::Sqlite(args) => args.add(value),
            Args::Postgres(args) => args.add(value),
        };
        if let Err(error) = added {
            self.failed.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    /// All rows. Only for results whose number is bounded by the statement.
    pub async fn all<T: Row>(self) -> Result<Vec<T>> {
        Ok(on_either!(self, sqlx::query_as_with, fetch_all, std::convert::identity))
    }

    /// The first row, if any.
    pub async fn optional<T: Row>(self) -> Result<Option<T>> {
        Ok(on_either!(self, sqlx::query_as_with, fetch_optional, std::convert::identity))
    }

    /// The one row that an aggregate or `returning` gives.
    pub async fn one<T: Row>(self) -> Result<T> {
        Ok(on_either!(self, sqlx::query_as_with, fetch_one, std::convert::identity))
    }

    /// Runs the statement and tells how many rows it changed.
    pub async fn execute(self) -> Result<u64> {
        let Changed(rows) = on_either!(self, sqlx::query_with, execute, Changed::from);
        Ok(rows)
    }
}

/// How many rows were changed, from either driver's answer.
struct Changed(u64);

impl From<sqlx::sqlite::SqliteQueryResult> for Changed {
    fn from(result: sqlx::sqlite::SqliteQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

impl From<sqlx::postgres::PgQueryResult> for Changed {
    fn from(result: sqlx::postgres::PgQueryResult) -> Self {
        Self(result.rows_affected())
    }
}
