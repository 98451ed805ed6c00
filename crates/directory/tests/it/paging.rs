//! Pages: cursors of other lists, rows that come and go, and the list of keys.

use std::collections::HashSet;

use keystead_directory::{
    Error,
    actor::Actor,
    groups,
    ids::UserId,
    keys::{self, KeyState, Step},
    names,
    page::{At, Cursor, PageRequest},
    users::{self, UserFilter},
};

use crate::support::{Random, START, on_both};

#[test]
fn nobody_is_lost_or_doubled_when_people_come_and_go_between_pages() {
    on_both(|db| async move {
        for number in (0..40).step_by(2) {
            db.person(&format!("p{number:02}@example.com")).await;
        }
        let (mut seen, mut cursor, mut next) = (Vec::new(), None, 1);
        loop {
            let request = PageRequest::new(Some(3), cursor, Some("email".to_owned())).unwrap();
            let page = users::list(&mut db.read().await.unwrap(), &UserFilter::default(), &request).await.unwrap();
            seen.extend(page.items.iter().map(|user| user.email.clone()));
            // Somebody new comes in somewhere, and the last one seen goes.
            db.person(&format!("p{next:02}@example.com")).await;
            next += 6;
            let last = page.items.last().unwrap().id;
            db.change(START, async |tx| users::delete(tx, &Actor::cli(), last, None).await).await.unwrap();
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let old: Vec<String> =
            seen.iter().filter(|email| email[1..3].parse::<u32>().unwrap() % 2 == 0).cloned().collect();
        let wanted: Vec<String> = (0..40).step_by(2).map(|number| format!("p{number:02}@example.com")).collect();
        assert_eq!(old, wanted);
        let once: HashSet<&String> = seen.iter().collect();
        assert_eq!(once.len(), seen.len());
    });
}

fn refused<T: std::fmt::Debug>(result: keystead_directory::Result<T>, field: &str) {
    match result {
        Err(Error::Invalid(errors)) => assert_eq!(errors[0].field, field),
        other => panic!("{other:?} instead of a refusal of {field}"),
    }
}

#[test]
fn cursors_of_another_order_and_bent_ones_are_refused() {
    on_both(|db| async move {
        for number in 0..3 {
            let user = db.person(&format!("p{number}@example.com")).await;
            db.assign(&user).await;
            db.group(&format!("g{number}"), None).await;
        }
        let ask = |sort: &str, cursor: &str| {
            PageRequest::new(Some(1), Some(cursor.to_owned()), Some(sort.to_owned())).unwrap()
        };
        let people = async |sort: &str, cursor: &str| {
            users::list(&mut db.read().await.unwrap(), &UserFilter::default(), &ask(sort, cursor)).await
        };
        let of_email = people("email", "").await.unwrap().next_cursor.unwrap();
        assert_eq!(people("email", &of_email).await.unwrap().items.len(), 1);
        for other in ["-email", "userName", "createdAt", "-status"] {
            refused(people(other, &of_email).await, "cursor");
        }
        for text in ["x", "e30", "!!", &"A".repeat(10_000)] {
            refused(people("email", text).await, "cursor");
        }
        // A client may write any cursor: of the right order, but with a value of another kind.
        let bent = |order: &str, at: At| Cursor { order: order.to_owned(), at, id: UserId::new().0 }.to_text();
        refused(people("createdAt", &bent("createdAt", At::Text("x".to_owned()))).await, "cursor");
        refused(people("email", &bent("email", At::Number(1))).await, "cursor");
        refused(people("email", &bent("email", At::Text("\u{0}".to_owned()))).await, "cursor");
        let group_page = async |sort: &str, cursor: &str| {
            groups::list(&mut db.read().await.unwrap(), &groups::GroupFilter::default(), &ask(sort, cursor)).await
        };
        refused(group_page("createdAt", &bent("createdAt", At::Text("x".to_owned()))).await, "cursor");
        refused(group_page("name", &bent("name", At::Number(1))).await, "cursor");
        let key_page = async |sort: &str, cursor: &str| {
            keys::list(&mut db.read().await.unwrap(), &keys::KeySearch::default(), &ask(sort, cursor)).await
        };
        refused(key_page("createdAt", &bent("createdAt", At::Text("x".to_owned()))).await, "cursor");
        refused(key_page("name", &bent("name", At::Number(1))).await, "cursor");
        refused(people("displayName; drop table users", "").await, "sort");
        refused(group_page("members", "").await, "sort");
        refused(key_page("-owner", "").await, "sort");
        assert!(PageRequest::new(Some(0), None, None).is_err());
        assert!(PageRequest::new(Some(201), None, None).is_err());
    });
}

#[test]
fn keys_are_listed_in_every_order_and_by_every_filter() {
    on_both(|db| async move {
        let mut random = Random::new();
        let mut all = Vec::new();
        for number in 0..40 {
            let user = db.person(&format!("{}{number}@example.com", random.one_of(&["ann", "bob"]))).await;
            let assigned = db.assign(&user).await;
            let name = (*random.one_of(&["Blue", "blue", "Émile's", "Red one"])).to_owned();
            let steps = random.below(5);
            let now = START.plus_seconds(random.below(3) as i64);
            db.change(now, async |tx| {
                let (actor, id) = (Actor::cli(), assigned.key.id);
                keys::rename(tx, &actor, id, &name, None).await?;
                for &step in [
                    &[][..],
                    &[Step::Cancel],
                    &[Step::Activate],
                    &[Step::Activate, Step::Suspend],
                    &[Step::Activate, Step::Revoke],
                ][steps]
                {
                    keys::step(tx, &actor, id, step, None, None).await?;
                }
                Ok(())
            })
            .await
            .unwrap();
            all.push(db.key(assigned.key.id).await);
        }
        let walk = async |search: &keys::KeySearch, sort: &str| {
            let (mut rows, mut cursor) = (Vec::new(), None);
            loop {
                let request = PageRequest::new(Some(7), cursor, Some(sort.to_owned())).unwrap();
                let page = keys::list(&mut db.read().await.unwrap(), search, &request).await.unwrap();
                rows.extend(page.items.into_iter().map(|key| key.id));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    return rows;
                }
            }
        };
        for sort in ["createdAt", "lastUsedAt", "name"] {
            let mut wanted: Vec<_> = all.iter().collect();
            wanted.sort_by_key(|key| match sort {
                "createdAt" => (key.created_at.0, String::new(), key.id),
                "lastUsedAt" => (key.last_used_at.map_or(0, |at| at.0), String::new(), key.id),
                _ => (0, names::folded(&key.name), key.id),
            });
            let mut wanted: Vec<_> = wanted.into_iter().map(|key| key.id).collect();
            assert_eq!(walk(&keys::KeySearch::default(), sort).await, wanted, "{sort}");
            wanted.reverse();
            assert_eq!(walk(&keys::KeySearch::default(), &format!("-{sort}")).await, wanted, "-{sort}");
        }
        for state in [KeyState::Pending, KeyState::Active, KeyState::Suspended, KeyState::Revoked, KeyState::Cancelled]
        {
            let search = keys::KeySearch { state: vec![state], q: Some("ann".to_owned()), ..Default::default() };
            let found: HashSet<_> = walk(&search, "name").await.into_iter().collect();
            let wanted: HashSet<_> = all
                .iter()
                .filter(|key| key.state == state && key.user_email.starts_with("ann"))
                .map(|key| key.id)
                .collect();
            assert_eq!(found, wanted, "{state:?}");
        }
        let named = keys::KeySearch { q: Some("emile".to_owned()), ..Default::default() };
        let wanted = all.iter().filter(|key| key.name.starts_with('É')).count();
        assert_eq!(walk(&named, "name").await.len(), wanted);
        let of = keys::KeySearch { user: Some(all[0].user_id), ..Default::default() };
        assert_eq!(walk(&of, "name").await, [all[0].id]);
        let nobodys = keys::KeySearch { q: Some("!!!".to_owned()), ..Default::default() };
        assert!(walk(&nobodys, "name").await.is_empty());
    });
}
