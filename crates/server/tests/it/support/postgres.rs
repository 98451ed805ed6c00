//! A PostgreSQL database of its own for each test, on the server that `TEST_POSTGRES_URL` names.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A database that is dropped when the test ends.
pub struct Database {
    pub url: String,
    server: String,
    name: String,
}

impl Database {
    /// Creates one; `None` when the tests run on SQLite.
    pub async fn create() -> Option<Self> {
        let server = std::env::var("TEST_POSTGRES_URL").ok()?;
        let name = format!("keystead_{}", keystead_directory::ids::new_uuid().simple());
        let mut admin = PgConnection::connect(&server).await.expect("TEST_POSTGRES_URL answers");
        admin.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        admin.close().await.unwrap();
        let mut url: url::Url = server.parse().unwrap();
        url.set_path(&name);
        Some(Self { url: url.to_string(), server, name })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // The test's runtime is ending: the farewell has its own.
        let farewell = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                if let Ok(mut admin) = PgConnection::connect(&server).await {
                    let _ = admin.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await;
                }
            });
        });
        let _ = farewell.join();
    }
}
