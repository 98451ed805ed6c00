//! The activity record: written with the change, found again, never changed.

use std::collections::HashSet;

use keystead_directory::{
    Error, Timestamp,
    activity::{self, Action, ActivityFilter, Record, Target},
    actor::Actor,
    groups,
    ids::UserId,
    names,
    page::PageRequest,
    users::{self, NewUser},
};

use crate::support::{Random, START, TestDb, acting, on_both};

async fn all(db: &TestDb, filter: &ActivityFilter, limit: u32) -> Vec<Record> {
    let mut conn = db.read().await.unwrap();
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page =
            activity::list(&mut conn, filter, &PageRequest::new(Some(limit), cursor, None).unwrap()).await.unwrap();
        rows.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return rows;
        }
    }
}

#[test]
fn a_record_says_who_did_what_to_whom_when_and_from_where() {
    on_both(|db| async move {
        let (owner, _) = db.owner("owner@example.com").await;
        let actor = db.change(START, async |tx| Ok(acting(tx, &owner).await)).await.unwrap();
        let moment = START.plus_seconds(7);
        let user = db
            .change(moment, async |tx| users::create(tx, &actor, NewUser::local("jane@example.com")).await)
            .await
            .unwrap();
        let records = all(&db, &ActivityFilter { user: Some(user.id), ..ActivityFilter::default() }, 50).await;
        let [record] = &records[..] else { panic!("{records:?}") };
        assert_eq!((record.action.as_str(), record.at), ("user.created", moment));
        assert_eq!((record.actor_id, record.actor_name.as_str()), (Some(owner.id.0), "owner@example.com"));
        assert_eq!((record.target_type.as_deref(), record.target_id), (Some("user"), Some(user.id.0)));
        assert_eq!((record.user_id, record.user_name.as_deref()), (Some(user.id), Some("jane@example.com")));
        assert_eq!((record.ip.as_deref(), record.user_agent.as_deref()), (Some("192.0.2.1"), Some("test")));
        assert_eq!(record.request_id.as_deref(), Some("request-1"));
        let details: serde_json::Value = serde_json::from_str(&record.details).unwrap();
        assert_eq!(details["email"], "jane@example.com");
        // The names stay as they were when the person is gone.
        db.change(START, async |tx| users::delete(tx, &actor, user.id, None).await).await.unwrap();
        let records = all(&db, &ActivityFilter { user: Some(user.id), ..ActivityFilter::default() }, 50).await;
        assert_eq!(records.len(), 2);
    });
}

#[test]
fn what_is_rolled_back_is_not_recorded() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let before = db.number("select count(*) from activity").await;
        let failed: keystead_directory::Result<()> = db
            .change(START, async |tx| {
                users::set_active(tx, &Actor::cli(), user.id, false, None).await?;
                Err(Error::Forbidden("changed their mind"))
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(db.number("select count(*) from activity").await, before);
        // A change that changes nothing is none.
        db.change(START, async |tx| users::set_active(tx, &Actor::cli(), user.id, true, None).await).await.unwrap();
        db.change(START, async |tx| {
            users::update(tx, &Actor::cli(), user.id, users::UserChange::default(), None).await
        })
        .await
        .unwrap();
        assert_eq!(db.number("select count(*) from activity").await, before);
    });
}

#[test]
fn the_database_refuses_to_change_the_record() {
    on_both(|db| async move {
        db.person("jane@example.com").await;
        db.person("joe@example.com").await;
        let before: Vec<(String,)> = db.all("select action || actor_name from activity order by seq").await;
        for text in [
            "update activity set action = 'x'",
            "update activity set actor_name = 'nobody' where seq = 1",
            "delete from activity",
            "delete from activity where seq = 1",
        ] {
            assert!(db.run(text, text).await.is_err(), "{text}");
        }
        let replace = db
            .run(
                "insert or replace into activity (seq, id, at, action, actor_type, actor_name, details, names) \
                 values (1, x'00', 0, 'x', 'cli', 'x', '{}', '')",
                "truncate activity",
            )
            .await;
        assert!(replace.is_err());
        let after: Vec<(String,)> = db.all("select action || actor_name from activity order by seq").await;
        assert_eq!(before, after);
        // Nor by taking away what it points to.
        db.change(START, async |tx| {
            let id = users::find_by_user_name(tx, "jane@example.com").await?.unwrap().id;
            users::delete(tx, &Actor::cli(), id, None).await
        })
        .await
        .unwrap();
        assert_eq!(db.number("select count(*) from activity").await, before.len() as i64 + 1);
    });
}

#[test]
fn filters_combine_and_pages_hold_every_record_once() {
    on_both(|db| async move {
        let mut random = Random::new();
        let names = ["Jürgen Müller", "Zoë", "ÉMILE", "a_b", "aXb", "Ωmega", "Plain"];
        let people: Vec<UserId> = (0..5).map(|_| UserId::new()).collect();
        let actions = [Action::UserCreated, Action::UserUpdated, Action::SigninRefused, Action::KeyRevoked];
        for _ in 0..150 {
            let now = START.plus_seconds(random.below(10) as i64);
            let mut actor = Actor::cli();
            actor.id = random.chance(60).then(|| people[random.below(5)].0);
            actor.name = (*random.one_of(&names)).to_owned();
            let person = random.chance(60).then(|| (people[random.below(5)], *random.one_of(&names)));
            let target =
                random.chance(60).then(|| Target { kind: "group", id: None, name: random.one_of::<&str>(&names) });
            let action = *random.one_of(&actions);
            db.change(now, async |tx| {
                activity::record(tx, &actor, action, target, person, serde_json::Value::Null).await
            })
            .await
            .unwrap();
        }
        let everything = all(&db, &ActivityFilter::default(), 200).await;
        assert_eq!(everything.len(), 150);
        assert!(everything.windows(2).all(|two| two[0].seq > two[1].seq), "newest first");
        for round in 0..150 {
            let filter = ActivityFilter {
                user: random.chance(30).then(|| *random.one_of(&people)),
                actor: random.chance(30).then(|| random.one_of(&people).0),
                actions: actions
                    .iter()
                    .filter(|_| random.chance(25))
                    .map(|action| action.as_str().to_owned())
                    .collect(),
                from: random.chance(30).then(|| START.plus_seconds(random.below(10) as i64)),
                to: random.chance(30).then(|| START.plus_seconds(random.below(11) as i64)),
                q: random.chance(40).then(|| {
                    (*random.one_of(&["jürgen", "JURGEN", "émile", "emile", "a_b", "zo", "ωmega"])).to_owned()
                }),
            };
            let matches = |record: &&Record| {
                filter.user.is_none_or(|user| record.user_id == Some(user))
                    && filter.actor.is_none_or(|actor| record.actor_id == Some(actor))
                    && (filter.actions.is_empty() || filter.actions.contains(&record.action))
                    && filter.from.is_none_or(|from| record.at >= from)
                    && filter.to.is_none_or(|to| record.at < to)
                    && filter.q.as_ref().is_none_or(|q| {
                        [Some(&record.actor_name), record.user_name.as_ref(), record.target_name.as_ref()]
                            .into_iter()
                            .flatten()
                            .any(|name| names::folded(name).contains(&names::folded(q)))
                    })
            };
            let wanted: Vec<i64> = everything.iter().filter(matches).map(|record| record.seq).collect();
            let limit = 1 + random.below(30) as u32;
            let found: Vec<i64> = all(&db, &filter, limit).await.into_iter().map(|record| record.seq).collect();
            assert_eq!(found, wanted, "round {round}: {filter:?} by {limit}");
        }
        for q in ["%", "!!!", "\\"] {
            let filter = ActivityFilter { q: Some(q.to_owned()), ..ActivityFilter::default() };
            assert!(all(&db, &filter, 50).await.is_empty(), "{q}");
        }
    });
}

#[test]
fn records_of_many_at_once_are_all_there_in_one_order() {
    on_both(|db| async move {
        let group = db.group("Lab", None).await;
        let writers: Vec<_> = (0..40)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move {
                    let user = db.person(&format!("p{number}@example.com")).await;
                    db.change(START, async |tx| groups::set_membership(tx, &Actor::cli(), group.id, &user, true).await)
                        .await
                        .unwrap();
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let records = all(&db, &ActivityFilter::default(), 7).await;
        assert_eq!(records.len(), 81);
        let ids: HashSet<_> = records.iter().map(|record| record.id).collect();
        assert_eq!(ids.len(), 81);
    });
}

#[test]
fn sign_ins_are_counted_since_a_moment() {
    on_both(|db| async move {
        let write = async |at: Timestamp, action| {
            db.change(at, async |tx| {
                activity::record(tx, &Actor::cli(), action, None, None, serde_json::Value::Null).await
            })
            .await
            .unwrap();
        };
        write(Timestamp(START.0 - 1), Action::SigninSucceeded).await;
        write(START, Action::SigninSucceeded).await;
        write(START, Action::SigninRefused).await;
        write(START.plus_seconds(5), Action::SigninRefused).await;
        let counted = activity::sign_ins_since(&mut db.read().await.unwrap(), START).await.unwrap();
        assert_eq!((counted.succeeded, counted.refused), (1, 2));
    });
}
