//! The worker on real databases and a real SMTP exchange: every case runs on SQLite, and on
//! PostgreSQL where `TEST_POSTGRES_URL` names a server.

mod house;
mod outbox;
mod seals;
mod sending;

/// Runs each case on both databases, each time on an empty one.
macro_rules! on_both_databases {
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn on_sqlite() {
                super::$case(&crate::worker::tests::house::House::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(house) = crate::worker::tests::house::House::postgres().await {
                    super::$case(&house).await;
                }
            }
        }
    )+};
}
use on_both_databases;
