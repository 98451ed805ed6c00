//! Use cases share commits, stay whole, and leave nothing behind when they are given up.

use std::{path::Path, sync::Arc};

use keystead_directory::{
    Db, Error, Result,
    actor::Actor,
    db::filter::Sql,
    groups,
    ids::GroupId,
    users::{self, NewUser},
};
use tokio::sync::Barrier;

use crate::support::{Random, START, TestDb, change, on_both, on_sqlite};

/// How many commits stand in SQLite's write-ahead log: frames that end a transaction carry the
/// size of the database, and those of an older round another salt.
fn commits_in_log(folder: &Path) -> usize {
    let log = std::fs::read(folder.join("keystead.db-wal")).unwrap_or_default();
    if log.len() < 32 {
        return 0;
    }
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let page = number(8) as usize;
    let salt = &log[16..24];
    (32..log.len())
        .step_by(24 + page)
        .take_while(|&frame| frame + 24 + page <= log.len() && &log[frame + 8..frame + 16] == salt)
        .filter(|&frame| number(frame + 4) != 0)
        .count()
}

async fn add(db: &Db, email: String) -> Result<()> {
    change(db, START, async |tx| users::create(tx, &Actor::cli(), NewUser::local(&email)).await).await.map(drop)
}

#[test]
fn writers_that_wait_together_share_commits() {
    on_sqlite(|db| async move {
        let folder = db.folder.clone().unwrap();
        let before = commits_in_log(&folder);
        // All are waiting before the first may go on.
        let held = db.write(START).await.unwrap();
        let (writers, gate) = (32, Arc::new(Barrier::new(33)));
        let all: Vec<_> = (0..writers)
            .map(|number| {
                let (db, gate) = (db.clone(), gate.clone());
                tokio::spawn(async move {
                    gate.wait().await;
                    add(&db, format!("person-{number}@example.com")).await
                })
            })
            .collect();
        gate.wait().await;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        drop(held);
        for writer in all {
            writer.await.unwrap().unwrap();
        }
        let commits = commits_in_log(&folder) - before;
        assert!((1..=writers / 4).contains(&commits), "{writers} writers took {commits} commits");
        // What was acknowledged is in the file for everyone.
        let other = db.second().await;
        assert_eq!(users::status_counts(&mut other.read().await.unwrap()).await.unwrap().total, 32);
        other.close().await;
    });
}

#[test]
fn a_lone_writer_commits_at_once() {
    on_sqlite(|db| async move {
        let folder = db.folder.clone().unwrap();
        for number in 0..5 {
            let before = commits_in_log(&folder);
            add(&db, format!("person-{number}@example.com")).await.unwrap();
            assert_eq!(commits_in_log(&folder) - before, 1);
        }
    });
}

#[test]
fn many_writers_at_once_are_all_there() {
    on_both(|db| async move {
        let all: Vec<_> = (0..200)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move { add(&db, format!("person-{number}@example.com")).await })
            })
            .collect();
        for writer in all {
            writer.await.unwrap().unwrap();
        }
        assert_eq!(db.number("select count(*) from users").await, 200);
        whole(&db).await;
    });
}

#[test]
fn a_use_case_that_fails_is_undone_alone() {
    on_both(|db| async move {
        let all: Vec<_> = (0..60)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move {
                    change(&db, START, async |tx| {
                        let user =
                            users::create(tx, &Actor::cli(), NewUser::local(&format!("p{number}@example.com"))).await?;
                        if number % 3 == 0 {
                            // Fails after having written.
                            groups::join(tx, &Actor::cli(), &user, &[GroupId::new()]).await?;
                        }
                        if number % 3 == 1 {
                            return Err(Error::Forbidden("changed their mind"));
                        }
                        Ok(())
                    })
                    .await
                })
            })
            .collect();
        for (number, writer) in all.into_iter().enumerate() {
            assert_eq!(writer.await.unwrap().is_ok(), number % 3 == 2);
        }
        assert_eq!(db.number("select count(*) from users").await, 20);
        whole(&db).await;
    });
}

#[test]
fn a_statement_that_the_database_refuses_harms_only_its_use_case() {
    on_sqlite(|db| async move {
        let mut tx = db.write(START).await.unwrap();
        users::create(&mut tx, &Actor::cli(), NewUser::local("a@example.com")).await.unwrap();
        let refused = Sql::new("insert into users (id) values (null)").run(&mut tx).execute().await;
        assert!(refused.is_err());
        drop(tx);
        add(&db, "b@example.com".to_owned()).await.unwrap();
        assert_eq!(db.number("select count(*) from users").await, 1);
    });
}

#[test]
fn a_dropped_use_case_leaves_nothing() {
    on_both(|db| async move {
        for _ in 0..20 {
            let mut tx = db.write(START).await.unwrap();
            users::create(&mut tx, &Actor::cli(), NewUser::local("ghost@example.com")).await.unwrap();
            drop(tx);
        }
        assert_eq!(db.number("select count(*) from users").await, 0);
        assert_eq!(db.number("select count(*) from activity").await, 0);
        add(&db, "ghost@example.com".to_owned()).await.unwrap();
    });
}

#[test]
fn a_dropped_use_case_lets_other_programs_write() {
    on_both(|db| async move {
        let other = db.second().await;
        for number in 0..10 {
            let mut tx = db.write(START).await.unwrap();
            users::create(&mut tx, &Actor::cli(), NewUser::local("ghost@example.com")).await.unwrap();
            drop(tx);
            add(&other, format!("p{number}@example.com")).await.unwrap();
        }
        other.close().await;
    });
}

#[test]
fn readers_see_only_what_is_committed() {
    on_both(|db| async move {
        let mut tx = db.write(START).await.unwrap();
        let user = users::create(&mut tx, &Actor::cli(), NewUser::local("a@example.com")).await.unwrap();
        assert!(users::find(&mut db.read().await.unwrap(), user.id).await.unwrap().is_none());
        tx.commit().await.unwrap();
        assert!(users::find(&mut db.read().await.unwrap(), user.id).await.unwrap().is_some());
    });
}

/// Nobody is half there: each person has their words, their record of creation, and no record is
/// of somebody who is not.
async fn whole(db: &TestDb) {
    let wordless = "select count(*) from users u where not exists (select 1 from user_terms t where t.user_id = u.id)";
    assert_eq!(db.number(wordless).await, 0, "people without their words");
    let unrecorded = "select count(*) from users u where (select count(*) from activity a \
                      where a.user_id = u.id and a.action = 'user.created') <> 1";
    assert_eq!(db.number(unrecorded).await, 0, "people without their record");
    let nobody = "select count(*) from activity a where a.action = 'user.created' \
                  and not exists (select 1 from users u where u.id = a.user_id)";
    assert_eq!(db.number(nobody).await, 0, "records of nobody");
}

#[test]
fn callers_who_go_away_in_the_middle_leave_nothing_half_done() {
    on_both(|db| async move {
        let group = db.group("Everybody here", None).await;
        let acknowledged = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut random = Random::new();
        for round in 0..40 {
            let writers: Vec<_> = (0..8)
                .map(|number| {
                    let (db, acknowledged, group) = (db.clone(), acknowledged.clone(), group.id);
                    tokio::spawn(async move {
                        let mut new = NewUser::local(&format!("p{round}-{number}@example.com"));
                        new.group_ids = vec![group];
                        let user =
                            db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await.unwrap();
                        acknowledged.lock().unwrap().push(user.id);
                    })
                })
                .collect();
            for _ in 0..random.below(60) {
                tokio::task::yield_now().await;
                if random.chance(20) {
                    std::thread::sleep(std::time::Duration::from_micros(random.below(800) as u64));
                }
            }
            for writer in &writers {
                if random.chance(60) {
                    writer.abort();
                }
            }
            for writer in writers {
                if let Err(error) = writer.await {
                    assert!(error.is_cancelled(), "{error}");
                }
            }
            // The writer is usable at once.
            add(&db, format!("sure-{round}@example.com")).await.unwrap();
        }
        whole(&db).await;
        let groupless = "select count(*) from users u where u.email like 'p%' \
                         and not exists (select 1 from group_members m where m.user_id = u.id)";
        assert_eq!(db.number(groupless).await, 0);
        assert_eq!(db.number("select count(*) from users where email like 'sure-%'").await, 40);
        let kept = acknowledged.lock().unwrap().clone();
        for id in kept {
            db.user(id).await;
        }
    });
}

#[test]
fn after_a_full_disk_the_writer_goes_on_and_nothing_acknowledged_is_lost() {
    on_sqlite(|db| async move {
        let allow = async |pages: &'static str| {
            let mut tx = db.write(START).await.unwrap();
            let _: Option<(i64,)> = Sql::new(pages).run(&mut tx).optional().await.unwrap();
        };
        for round in 0..3 {
            // A database that may not grow is a full disk to SQLite.
            allow("pragma max_page_count = 1").await;
            let mut acknowledged = 0;
            let before = db.number("select count(*) from users").await;
            for batch in 0..200 {
                let writers: Vec<_> = (0..8)
                    .map(|number| {
                        let db = db.clone();
                        tokio::spawn(async move { add(&db, format!("r{round}-b{batch}-{number}@example.com")).await })
                    })
                    .collect();
                let mut failed = false;
                for writer in writers {
                    match writer.await.unwrap() {
                        Ok(()) => acknowledged += 1,
                        Err(Error::Unavailable(_)) => failed = true,
                        Err(other) => panic!("{other:?}"),
                    }
                }
                if failed {
                    break;
                }
                assert!(batch < 199, "the disk never filled");
            }
            // Reading goes on meanwhile, and writing when there is room again, without a restart.
            assert_eq!(db.number("select count(*) from users").await, before + acknowledged);
            allow("pragma max_page_count = 1000000").await;
            add(&db, format!("after-{round}@example.com")).await.unwrap();
            whole(&db).await;
        }
    });
}
