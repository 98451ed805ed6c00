//! What things cost, counted rather than timed.

use std::{process::Command, sync::Mutex};

use keystead_directory::{Db, actor::Actor, db::Options, groups, ids::GroupId, users};

use crate::support::{START, TestDb, change, on_both, on_sqlite};

const CHILD: &str = "KEYSTEAD_TEST_COSTS";
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes the statements that the driver logs.
struct Counter;

/// Picks the beginning of a statement out of what the driver logs about it.
struct Summary(String);

impl tracing::field::Visit for Summary {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl tracing::Subscriber for Counter {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut summary = Summary(String::new());
        event.record(&mut summary);
        STATEMENTS.lock().unwrap().push(summary.0);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// A process of its own, so that no other test's statements are counted.
#[test]
fn child_that_counts_statements() {
    let Ok(what) = std::env::var(CHILD) else { return };
    let (url, groups) = what.split_once(' ').unwrap();
    tracing::subscriber::set_global_default(Counter).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // One connection: what the driver asks about a new one is counted once, and not here.
        let db = Db::open(&Options { connections: 1, ..Options::new(url) }).await.unwrap();
        let user = users::find_by_user_name(&mut db.read().await.unwrap(), "jane@example.com").await.unwrap().unwrap();
        let mut told = String::new();
        let warm: GroupId = groups.split(' ').next().unwrap().parse().unwrap();
        for member in [true, false] {
            change(&db, START, async |tx| groups::set_membership(tx, &Actor::cli(), warm, &user, member).await)
                .await
                .unwrap();
        }
        for group in groups.split(' ') {
            let group: GroupId = group.parse().unwrap();
            for member in [true, false] {
                STATEMENTS.lock().unwrap().clear();
                let changed = change(&db, START, async |tx| {
                    groups::set_membership(tx, &Actor::cli(), group, &user, member).await
                })
                .await;
                assert!(changed.unwrap());
                let statements = std::mem::take(&mut *STATEMENTS.lock().unwrap());
                told = format!("{told} {}", statements.len());
                {
                    eprintln!("{member}: {statements:?}");
                }
            }
        }
        db.close().await;
        {
            println!("counted{told}");
        }
    });
}

async fn fill(db: &TestDb) {
    db.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) \
         insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, origin, active, \
         status, created_at, updated_at, version) \
         select randomblob(16), 'c' || i, 'c' || i, 'c' || i, 'c' || i, 'c' || i, 'c' || i, 'local', 1, 'new', i, 0, 1 from n",
        "insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, origin, active, \
         status, created_at, updated_at, version) \
         select gen_random_uuid(), 'c' || i, 'c' || i, 'c' || i, 'c' || i, 'c' || i, 'c' || i, 'local', true, 'new', i, 0, 1 \
         from generate_series(1, 20000) i",
    )
    .await
    .unwrap();
}

#[test]
fn a_membership_costs_the_same_in_a_group_of_ten_and_of_twenty_thousand() {
    on_both(|db| async move {
        fill(&db).await;
        db.person("jane@example.com").await;
        let (small, large) = (db.group("Small", None).await.id, db.group("Large", None).await.id);
        for text in [
            "insert into group_members (group_id, user_id, added_at, display_name_key) select g.id, u.id, 0, u.display_name_key from groups g join users u \
             on u.user_name_key like 'c%' where g.name = 'Large'",
            "insert into group_members (group_id, user_id, added_at, display_name_key) select g.id, u.id, 0, u.display_name_key from groups g join users u \
             on u.user_name_key like 'c1_' where g.name = 'Small'",
        ] {
            db.run(text, text).await.unwrap();
        }
        let large_group = groups::get(&mut db.read().await.unwrap(), large).await.unwrap();
        assert_eq!(large_group.member_count, 20_000);
        let what = format!("{} {small} {large}", db.url);
        let told = tokio::task::spawn_blocking(move || {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "costs::child_that_counts_statements", "--nocapture", "--test-threads=1"])
                .env(CHILD, what)
                .output()
                .unwrap()
        })
        .await
        .unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        let numbers = text.split("counted").nth(1).unwrap().lines().next().unwrap();
        let numbers: Vec<usize> = numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let which = String::from_utf8_lossy(&told.stderr);
        assert_eq!(
            numbers[..2],
            numbers[2..],
            "adding and removing in the small group, then in the large one: {which}"
        );
        assert!((3..=12).contains(&numbers[0]), "{numbers:?}");
    });
}

/// The plan of a list, as SQLite tells it.
async fn plan(db: &TestDb, sql: &str) -> String {
    use sqlx::{AssertSqlSafe, Connection as _, Row as _};
    let mut conn = sqlx::SqliteConnection::connect(&db.url).await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(format!("explain query plan {sql}"))).fetch_all(&mut conn).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_order_of_people_walks_an_index() {
    on_sqlite(|db| async move {
        for column in [
            "u.display_name_key",
            "u.user_name_key",
            "u.email_key",
            "u.status",
            "u.created_at",
            "coalesce(u.last_activity_at, 0)",
        ] {
            for direction in ["", " desc"] {
                let sql = format!(
                    "select u.* from users u where 1 = 1 order by {column}{direction}, u.id{direction} limit 51"
                );
                let plan = plan(&db, &sql).await;
                assert!(
                    plan.contains("USING INDEX") && !plan.contains("TEMP B-TREE FOR ORDER BY"),
                    "{column}{direction}: {plan}"
                );
            }
        }
    });
}
