//! Migrations, the statements on what they make, and how the database is opened.

use std::{collections::BTreeSet, path::Path};

use keystead_directory::{
    Db, Error, Timestamp,
    actor::Actor,
    db::{self, Options},
    users::{self, NewUser},
};

use crate::support::{START, TestKind, change, on_both, on_postgres, on_sqlite, runtime};

#[test]
fn every_statement_prepares_on_the_migrated_schema() {
    on_both(|db| async move {
        let mut conn = db.read().await.unwrap();
        let mut wrong = Vec::new();
        let mut prepared = 0;
        for statement in db::statements() {
            prepared += 1;
            if let Err(error) = conn.prepare(statement).await {
                wrong.push(format!("{}: {error}", statement.at));
            }
        }
        assert!(wrong.is_empty(), "on {:?}:\n{}", db.kind, wrong.join("\n"));
        assert!(prepared > 80, "only {prepared} statements are registered");
    });
}

#[test]
fn a_wrong_statement_would_be_found_with_its_place() {
    on_both(|db| async move {
        static WRONG: db::Statement =
            db::Statement { sqlite: "select nothing from users", postgres: "select nothing from users", at: "here:1" };
        assert!(db.read().await.unwrap().prepare(&WRONG).await.is_err());
    });
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[test]
fn both_schemas_have_the_same_tables_and_columns() {
    // But for the kept counts: on PostgreSQL writers would wait for one another at those rows.
    if std::env::var_os("TEST_POSTGRES_URL").is_none() {
        return;
    }
    let columns = std::sync::Mutex::new(Vec::new());
    let collect = async |db: crate::support::TestDb| {
        let rows: Vec<(String, String)> = if db.kind == TestKind::Sqlite {
            db.all(
                "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' \
                 and m.name not like 'sqlite_%' and m.name not like '_sqlx%' and m.name not in ('tallies', 'group_tallies') \
                 order by 1, 2",
            )
            .await
        } else {
            db.all(
                "select table_name::text, column_name::text from information_schema.columns \
                 where table_schema = 'public' and table_name not like '\\_sqlx%' order by 1, 2",
            )
            .await
        };
        columns.lock().unwrap().push(rows.into_iter().collect::<BTreeSet<_>>());
    };
    on_sqlite(collect);
    on_postgres(collect);
    let both = columns.lock().unwrap();
    assert_eq!(both[0], both[1]);
}

#[test]
fn a_database_of_a_newer_keystead_is_refused() {
    on_both(|db| async move {
        db.run(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', 1, x'00', 0)",
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, '\\x00', 0)",
        )
        .await
        .unwrap();
        match Db::open(&Options::new(&db.url)).await {
            Err(Error::Unusable(why)) => assert!(why.contains("9999") && why.contains("newer Keystead"), "{why}"),
            Err(other) => panic!("refused without saying why: {other}"),
            Ok(_) => panic!("a newer schema was taken"),
        }
    });
}

#[test]
fn a_database_whose_migrations_were_altered_is_refused() {
    on_both(|db| async move {
        db.run("update _sqlx_migrations set checksum = x'00'", "update _sqlx_migrations set checksum = '\\x00'")
            .await
            .unwrap();
        let refused = Db::open(&Options::new(&db.url)).await.err();
        assert!(matches!(refused, Some(Error::Unusable(_))), "{refused:?}");
    });
}

/// Empties the database again, so that a first start can be had once more.
async fn empty(db: &crate::support::TestDb) -> String {
    if db.kind == TestKind::Sqlite {
        format!("sqlite:{}", db.folder.clone().unwrap().join("another.db").display())
    } else {
        let statement = "drop schema public cascade; create schema public";
        let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(&db.url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut conn).await.unwrap();
        db.url.clone()
    }
}

#[test]
fn several_programs_start_at_once_on_an_empty_database() {
    on_both(|db| async move {
        let url = empty(&db).await;
        // Each on a thread and runtime of its own, as programs are.
        let starts: Vec<_> = (0..6)
            .map(|number| {
                let options = Options { connections: 3, ..Options::new(&url) };
                std::thread::spawn(move || {
                    runtime().block_on(async {
                        let db = Db::open(&options).await?;
                        let new = NewUser::local(&format!("person-{number}@example.com"));
                        change(&db, START, async |tx| users::create(tx, &Actor::cli(), new).await).await?;
                        db.close().await;
                        Ok::<_, Error>(())
                    })
                })
            })
            .collect();
        tokio::task::block_in_place(|| starts.into_iter().for_each(|start| start.join().unwrap().unwrap()));
        let after = Db::open(&Options::new(&url)).await.unwrap();
        let counts = users::status_counts(&mut after.read().await.unwrap()).await.unwrap();
        assert_eq!(counts.total, 6);
        after.close().await;
    });
}

#[test]
fn writers_of_two_programs_wait_for_each_other() {
    on_both(|db| async move {
        let other = db.second().await;
        // One holds the database while the other asks for it.
        let mut held = db.write(START).await.unwrap();
        users::create(&mut held, &Actor::cli(), NewUser::local("first@example.com")).await.unwrap();
        let waiting = {
            let other = other.clone();
            tokio::spawn(async move {
                change(&other, START, async |tx| {
                    users::create(tx, &Actor::cli(), NewUser::local("first@example.com")).await
                })
                .await
            })
        };
        tokio::task::yield_now().await;
        held.commit().await.unwrap();
        let second = waiting.await.unwrap();
        assert!(matches!(second, Err(Error::Taken(_))), "{second:?}");
        // Both write much at once, and nothing is lost to a lock.
        let mut writers = Vec::new();
        for (program, db) in [(*db).clone(), other.clone()].into_iter().enumerate() {
            for number in 0..60 {
                let db = db.clone();
                writers.push(tokio::spawn(async move {
                    let new = NewUser::local(&format!("p{program}-{number}@example.com"));
                    change(&db, START, async |tx| users::create(tx, &Actor::cli(), new).await).await
                }));
            }
        }
        for writer in writers {
            writer.await.unwrap().unwrap();
        }
        other.close().await;
        assert_eq!(db.number("select count(*) from users").await, 121);
    });
}

#[test]
fn what_is_acknowledged_is_synced() {
    on_sqlite(|db| async move {
        let mut tx = db.write(Timestamp(1)).await.unwrap();
        for (pragma, wanted) in [
            ("select synchronous from pragma_synchronous", 2),
            ("select foreign_keys from pragma_foreign_keys", 1),
            ("select journal_mode = 'wal' from pragma_journal_mode", 1),
        ] {
            let (is,): (i64,) = db::filter::Sql::new(pragma).run(&mut tx).one().await.unwrap();
            assert_eq!(is, wanted, "{pragma}");
        }
        drop(tx);
        let write = db::filter::Sql::new("delete from users").run(&mut db.read().await.unwrap()).execute().await;
        assert!(write.is_err(), "a reader can write");
    });
    on_postgres(|db| async move {
        let (is,): (String,) = db.one("show synchronous_commit").await;
        assert_eq!(is, "on");
    });
}
