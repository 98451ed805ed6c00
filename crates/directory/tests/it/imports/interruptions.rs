//! A server that stops at any point, a second one that takes over, and two imports at once.

use std::sync::Mutex;

use keystead_directory::{
    Error, Timestamp, Tx,
    actor::Actor,
    imports::{self, AssignKey, EntraOptions, ImportState, LEASE_SECONDS, MailWhen, Options, StagedGroup, StagedRow},
    keys::KeyKind,
    scim::{self, users::Record},
    users::{self, Origin},
};

use uuid::Uuid;

use super::{Held, account, csv_options, entra_options, is_stale, line, named, one_step};
use crate::support::{START, TestDb, TestKind, on_both};

async fn house(db: &TestDb) {
    for number in 0..60 {
        db.person(&format!("p{}@example.com", number * 17)).await;
    }
}

fn source() -> Vec<StagedRow> {
    (0..1150)
        .map(|number| {
            let mut row = named(number + 1, &format!("p{number}@example.com"), &format!("Person {number}"));
            row.active = (number % 34 == 0).then_some(false);
            row
        })
        .chain([line(2000, "nothing"), line(2001, "p1@example.com")])
        .collect()
}

/// Works like two servers that die all the time: every step is done twice, once for nothing, by
/// another claim each, and the one before tries to write late.
async fn work_and_die(db: &TestDb, held: &Held, mut now: Timestamp) -> (usize, Timestamp) {
    let mut steps = 0;
    loop {
        now = now.plus_seconds(LEASE_SECONDS + 1);
        let Some(dying) = db.claim(now).await else { return (steps, now) };
        let state = dying.import.state;
        if state == ImportState::Reading {
            // It dies in the middle of reading; whoever takes over reads from the beginning.
            while db.change(now, async |tx| imports::begin_reading(tx, &dying).await).await.unwrap()
                == imports::Step::More
            {}
            db.change(now, async |tx| imports::stage(tx, &dying, &held.rows[..300]).await).await.unwrap();
        } else {
            let mut tx = db.write(now).await.unwrap();
            one_step(&mut tx, &dying, state).await.unwrap();
            drop(tx);
        }
        assert!(db.claim(now).await.is_none(), "the lease is held");
        now = now.plus_seconds(LEASE_SECONDS + 1);
        let claim = loop {
            // PostgreSQL may still be rolling the lost transaction back.
            match db.claim(now).await {
                Some(claim) => break claim,
                None => tokio::task::yield_now().await,
            }
        };
        if state == ImportState::Reading {
            db.read_in(&claim, held, now).await;
            let late = db.change(now, async |tx| imports::stage(tx, &dying, &held.rows[..10]).await).await;
            assert!(is_stale(&late), "{late:?}");
        } else {
            db.change(now, async |tx| one_step(tx, &claim, state).await).await.unwrap();
            let late = db.change(now, async |tx| one_step(tx, &dying, state).await).await;
            assert!(is_stale(&late), "{late:?}");
        }
        steps += 1;
    }
}

#[test]
fn whoever_dies_whenever_the_end_is_the_same() {
    let ends = Mutex::new(Vec::new());
    for disturbed in [false, true] {
        let ends = &ends;
        on_both(|db| async move {
            house(&db).await;
            let held = Held::from(source());
            let key = AssignKey { kind: KeyKind::Smartphone, mail: MailWhen::Now, note: None };
            let options = Options { new_groups: vec!["Imported".to_owned()], assign_key: Some(key), ..csv_options() };
            let id = db.begin_import(&Actor::cli(), imports::Source::Csv, options, START).await;
            let mut now = START;
            let mut steps = 0;
            let mut go = async |now: &mut Timestamp| {
                if disturbed {
                    let (more, then) = work_and_die(&db, &held, *now).await;
                    steps += more;
                    *now = then;
                } else {
                    db.work(&held, *now).await;
                }
            };
            go(&mut now).await;
            let planned = db.verdicts(id).await;
            db.confirm(&Actor::cli(), id, true, now).await.unwrap();
            go(&mut now).await;
            let mails = db.number("select count(*) from mails").await;
            let mailed = db.number("select count(distinct to_address) from mails").await;
            assert!(mails > 1000 && mails == mailed, "{mails} mails to {mailed} people");
            let applied = (db.results(id).await, db.directory().await, db.import(id).await.outcome, mails);
            db.change(now, async |tx| imports::ask_for_undo(tx, &Actor::cli(), id, None).await).await.unwrap();
            go(&mut now).await;
            let undone = (db.directory().await, db.import(id).await.undone);
            let records: Vec<(String, i64)> =
                db.all("select action, count(*) from activity group by action order by action").await;
            assert_eq!(db.import(id).await.state, ImportState::Undone);
            assert!(!disturbed || steps > 12, "only {steps} steps were disturbed");
            ends.lock().unwrap().push((db.kind, planned, applied, undone, records));
        });
    }
    let ends = ends.into_inner().unwrap();
    for kind in [TestKind::Sqlite, TestKind::Postgres] {
        let of: Vec<_> = ends.iter().filter(|end| end.0 == kind).collect();
        if let [calm, disturbed] = of[..] {
            assert!(calm.2.0.len() > 1000);
            assert!(calm == disturbed, "{kind:?} ends differently");
        }
    }
    // Both databases say the same, too.
    assert!(ends.iter().all(|end| end.2 == ends[0].2 && end.3 == ends[0].3));
}

#[test]
fn memberships_change_once_whoever_dies() {
    on_both(|db| async move {
        let options = Options {
            entra: Some(EntraOptions { take_groups: true, ..entra_options().entra.unwrap() }),
            ..entra_options()
        };
        let people: Vec<u128> = (1..=1203).collect();
        let rows: Vec<_> =
            people.iter().map(|id| account(*id, &format!("p{id}@example.com"), &format!("P{id}"))).collect();
        let held = |members: &[u128]| {
            let group = StagedGroup {
                object_id: Uuid::from_u128(5000),
                name: "All".to_owned(),
                description: None,
                complete: true,
            };
            let members = members.iter().map(|id| Uuid::from_u128(*id)).collect();
            Held { rows: rows.clone(), groups: vec![(group, members)], partial: false }
        };
        let mut now = START;
        for (members, changed, recorded) in [
            (&people[..], 1203, "select count(*) from activity where action = 'group.member.added'"),
            (&people[..100], 1103, "select count(*) from activity where action = 'group.member.removed'"),
        ] {
            let held = held(members);
            let id = db.begin_import(&Actor::cli(), imports::Source::Entra, options.clone(), now).await;
            now = work_and_die(&db, &held, now).await.1;
            let plan = db.import(id).await.plan.unwrap();
            assert_eq!(plan.memberships_add + plan.memberships_remove, changed);
            db.confirm(&Actor::cli(), id, true, now).await.unwrap();
            now = work_and_die(&db, &held, now).await.1;
            assert_eq!(db.import(id).await.outcome.unwrap().memberships, changed);
            assert_eq!(db.number(recorded).await, changed);
            let here = i64::try_from(members.len()).unwrap();
            assert_eq!(db.number("select count(*) from group_members").await, here);
        }
    });
}

fn provisioned() -> Record {
    Record {
        external_id: None,
        work_email_key: None,
        roles: Vec::new(),
        resource: "{}".to_owned(),
        search: "{}".to_owned(),
    }
}

#[test]
fn two_imports_at_once_add_nobody_twice() {
    on_both(|db| async move {
        let rows = source();
        let mut ids = Vec::new();
        for _ in 0..2 {
            ids.push(db.planned(&Actor::cli(), csv_options(), rows.clone(), START).await.id);
        }
        for id in &ids {
            db.confirm(&Actor::cli(), *id, true, START).await.unwrap();
        }
        let claims = [db.claim(START).await.unwrap(), db.claim(START).await.unwrap()];
        assert_ne!(claims[0].import.id, claims[1].import.id);
        let workers = claims.map(|claim| {
            let db = db.clone();
            tokio::spawn(async move {
                while db.import(claim.import.id).await.state == ImportState::Applying {
                    match db.change(START, async |tx| one_step(tx, &claim, ImportState::Applying).await).await {
                        Ok(_) | Err(Error::Unavailable(_)) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            })
        });
        // And people come by other roads meanwhile: an administrator adds some, a directory provisions others.
        let others = {
            let db = db.clone();
            tokio::spawn(async move {
                for number in (0..1150).step_by(40) {
                    let email = format!("P{number}@example.com");
                    let local = users::NewUser::local(&email);
                    let added = if number % 80 == 0 {
                        db.change(START, async |tx| users::create(tx, &Actor::cli(), local.clone()).await.map(drop))
                            .await
                    } else {
                        let new = users::NewUser { user_name: Some(email), origin: Origin::Scim, ..local };
                        let provision = async |tx: &mut Tx| {
                            scim::users::create(tx, &Actor::cli(), new.clone(), true, provisioned()).await.map(drop)
                        };
                        db.change(START, provision).await
                    };
                    match added {
                        Ok(()) | Err(Error::Taken(_) | Error::Unavailable(_)) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            })
        };
        for worker in workers {
            worker.await.unwrap();
        }
        others.await.unwrap();
        assert_eq!(db.number("select count(*) from users").await, 1150);
        assert_eq!(db.number("select count(distinct email_key) from users").await, 1150);
        let mut created = 0;
        for id in ids {
            let outcome = db.import(id).await.outcome.unwrap();
            assert_eq!(outcome.created + outcome.failed, 1152);
            created += outcome.created;
        }
        assert!(created <= 1150 && created > 1000, "{created}");
    });
}
