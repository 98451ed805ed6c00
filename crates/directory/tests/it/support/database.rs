//! One test, both databases.

use std::{
    future::Future,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
};

use keystead_directory::{
    Db, Result, Timestamp, Tx,
    db::{Options, Row, filter::Sql},
};
use sqlx::Connection as _;
use tokio::runtime::Runtime;

/// Which database a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TestKind {
    Sqlite,
    Postgres,
}

/// A fresh database of one test; removed when the test is over, also when it fails.
#[derive(Clone)]
pub struct TestDb {
    db: Db,
    pub kind: TestKind,
    pub url: String,
    /// The folder of the SQLite file.
    pub folder: Option<PathBuf>,
}

impl Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// Another program on the same database.
    pub async fn second(&self) -> Db {
        Db::open(&Options::new(&self.url)).await.expect("a second program opens the database")
    }

    /// Runs one use case at `now` and commits it when it succeeds.
    pub async fn change<T>(&self, now: Timestamp, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        change(&self.db, now, work).await
    }

    /// Reads one number with constant SQL.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let (number,): (i64,) = self.one(sql).await;
        number
    }

    /// Reads one row with constant SQL.
    pub async fn one<T: Row>(&self, sql: &'static str) -> T {
        Sql::new(sql).run(&mut self.read().await.unwrap()).one().await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Reads all rows with constant SQL.
    pub async fn all<T: Row>(&self, sql: &'static str) -> Vec<T> {
        Sql::new(sql).run(&mut self.read().await.unwrap()).all().await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs constant SQL of the dialect at hand, for what no public function does.
    pub async fn run(&self, sqlite: &'static str, postgres: &'static str) -> Result<u64> {
        let text = if self.kind == TestKind::Sqlite { sqlite } else { postgres };
        self.change(Timestamp(0), async |tx| Sql::new(text).run(tx).execute().await).await
    }
}

/// Runs one use case at `now` and commits it when it succeeds.
pub async fn change<T>(db: &Db, now: Timestamp, work: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    let mut tx = db.write(now).await?;
    let done = work(&mut tx).await?;
    tx.commit().await?;
    Ok(done)
}

/// Runs a test on SQLite and, where `TEST_POSTGRES_URL` is set, on PostgreSQL.
pub fn on_both<F: Future<Output = ()>>(test: impl Fn(TestDb) -> F) {
    on_sqlite(&test);
    on_postgres(&test);
}

/// A runtime as a program has one.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a test on SQLite.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl Fn(TestDb) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("keystead.db").display());
    let runtime = runtime();
    let db = runtime.block_on(Db::open(&Options::new(&url))).expect("a fresh SQLite database opens");
    let here = TestDb { db: db.clone(), kind: TestKind::Sqlite, url, folder: Some(folder.path().to_owned()) };
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(here))));
    runtime.block_on(db.close());
    finish(TestKind::Sqlite, outcome);
}

/// Runs a test on PostgreSQL, where there is one.
pub fn on_postgres<F: Future<Output = ()>>(test: impl Fn(TestDb) -> F) {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else { return };
    let name = format!("keystead_it_{}", keystead_directory::ids::new_uuid().simple());
    let (before, parameters) = server.split_once('?').map_or((server.as_str(), ""), |(url, rest)| (url, rest));
    let (base, _) = before.rsplit_once('/').expect("an address like postgres://user@host:port/database");
    let url = if parameters.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{parameters}") };
    let runtime = runtime();
    runtime.block_on(administer(&server, &format!("create database {name}")));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let db = Db::open(&Options::new(&url)).await.expect("a fresh PostgreSQL database opens");
            test(TestDb { db: db.clone(), kind: TestKind::Postgres, url: url.clone(), folder: None }).await;
            db.close().await;
        });
    }));
    runtime.block_on(administer(&server, &format!("drop database {name} with (force)")));
    finish(TestKind::Postgres, outcome);
}

async fn administer(server: &str, statement: &str) {
    let mut conn = sqlx::PgConnection::connect(server).await.expect("TEST_POSTGRES_URL answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut conn).await.expect("may create databases");
    conn.close().await.unwrap();
}

fn finish(kind: TestKind, outcome: std::thread::Result<()>) {
    if let Err(panic) = outcome {
        #[expect(clippy::print_stderr, reason = "tells which database it was")]
        {
            eprintln!("this failed on {kind:?}");
        }
        resume_unwind(panic);
    }
}
