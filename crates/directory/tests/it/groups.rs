//! Groups: names, members, the roles that they grant and who may touch those.

use keystead_directory::{
    Error,
    actor::Actor,
    groups::{self, GroupChange, GroupFilter, GroupType, NewGroup},
    ids::{EVERYONE, GroupId, UserId},
    page::PageRequest,
    roles::Role,
    users::{self, NewUser},
};

use crate::support::{START, TestDb, on_both, someone};

pub fn new(name: &str) -> NewGroup {
    NewGroup { name: name.to_owned(), description: None, role: None }
}

async fn create(db: &TestDb, new: NewGroup) -> keystead_directory::Result<groups::Group> {
    db.change(START, async |tx| groups::create(tx, &Actor::cli(), new).await).await
}

pub fn forbidden<T: std::fmt::Debug>(result: keystead_directory::Result<T>) {
    assert!(matches!(result, Err(Error::Forbidden(_))), "{result:?}");
}

#[test]
fn of_many_who_want_one_group_name_at_once_exactly_one_gets_it() {
    on_both(|db| async move {
        let all: Vec<_> = (0..20)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move { create(&db, new(["Lab", "LAB", "lab", " lab "][number % 4])).await })
            })
            .collect();
        let mut won = 0;
        for one in all {
            match one.await.unwrap() {
                Ok(_) => won += 1,
                Err(Error::Taken(field)) => assert_eq!((field.field.as_str(), field.code), ("name", "taken")),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
        assert!(matches!(create(&db, new("EVERYONE")).await, Err(Error::Taken(_))));
        // Renaming meets the same rule.
        let other = create(&db, new("Other")).await.unwrap();
        let change = GroupChange { name: Some("LaB".to_owned()), ..GroupChange::default() };
        let renamed =
            db.change(START, async |tx| groups::update(tx, &Actor::cli(), other.id, change, None).await).await;
        assert!(matches!(renamed, Err(Error::Taken(_))), "{renamed:?}");
        let own = GroupChange { name: Some("OTHER".to_owned()), ..GroupChange::default() };
        let renamed =
            db.change(START, async |tx| groups::update(tx, &Actor::cli(), other.id, own, Some(1)).await).await.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.version), ("OTHER", 2));
    });
}

#[test]
fn groups_of_other_sources_may_share_a_name() {
    on_both(|db| async move {
        for _ in 0..2 {
            db.run(
                "insert into groups (id, name, name_key, name_folded, type, created_at, updated_at, version) \
                 values (randomblob(16), 'Sales', 'sales', 'sales', 'entra', 0, 0, 1)",
                "insert into groups (id, name, name_key, name_folded, type, created_at, updated_at, version) \
                 values (gen_random_uuid(), 'Sales', 'sales', 'sales', 'entra', 0, 0, 1)",
            )
            .await
            .unwrap();
        }
        create(&db, new("Sales")).await.unwrap();
        assert!(create(&db, new("sales")).await.is_err());
    });
}

#[test]
fn everyone_is_built_in_and_holds_all_people() {
    on_both(|db| async move {
        let mut people: Vec<UserId> = Vec::new();
        for number in 0..7 {
            people.push(db.person(&format!("p{number}@example.com")).await.id);
        }
        let first = db.user(people[0]).await;
        db.active_key(&first).await;
        let mut conn = db.read().await.unwrap();
        let everyone = groups::get(&mut conn, EVERYONE).await.unwrap();
        assert_eq!((everyone.r#type, everyone.member_count, everyone.key_count), (GroupType::Everyone, 7, 1));
        let page = PageRequest::new(Some(5), None, None).unwrap();
        let members = users::list_members(&mut conn, EVERYONE, None, &page).await.unwrap();
        assert_eq!((members.items.len(), members.next_cursor.is_some()), (5, true));
        let one = users::list_members(&mut conn, EVERYONE, Some("p3".to_owned()), &page).await.unwrap();
        assert_eq!(one.items[0].id, people[3]);
        assert!(
            groups::of_user(&mut conn, people[0]).await.unwrap().is_empty(),
            "Everyone is not listed with a person"
        );
        drop(conn);
        // An owner too can't touch it.
        let owner = someone(Role::Owner);
        let change = GroupChange { name: Some("All".to_owned()), ..GroupChange::default() };
        forbidden(db.change(START, async |tx| groups::update(tx, &owner, EVERYONE, change, None).await).await);
        let role = GroupChange { role: Some(Some(Role::Owner)), ..GroupChange::default() };
        forbidden(db.change(START, async |tx| groups::update(tx, &owner, EVERYONE, role, None).await).await);
        forbidden(db.change(START, async |tx| groups::delete(tx, &owner, EVERYONE, None).await).await);
        forbidden(db.change(START, async |tx| groups::set_membership(tx, &owner, EVERYONE, &first, true).await).await);
        forbidden(db.change(START, async |tx| groups::set_membership(tx, &owner, EVERYONE, &first, false).await).await);
        // Naming it when a person is added is no fault.
        let new = NewUser { group_ids: vec![EVERYONE], ..NewUser::local("p7@example.com") };
        db.change(START, async |tx| users::create(tx, &owner, new).await).await.unwrap();
        assert_eq!(db.number("select count(*) from group_members").await, 0);
    });
}

#[test]
fn groups_are_listed_searched_and_counted() {
    on_both(|db| async move {
        let names = ["Équipe Rouge", "equipe bleue", "Jürgens Team", "a_b", "aXb", "100 % sure", "Zoo"];
        for (number, name) in names.iter().enumerate() {
            let now = START.plus_seconds(-(number as i64));
            db.change(now, async |tx| groups::create(tx, &Actor::cli(), new(name)).await).await.unwrap();
        }
        let list = async |q: Option<&str>, sort: &str| -> Vec<String> {
            let filter = GroupFilter { q: q.map(str::to_owned), r#type: Some(GroupType::Local) };
            let (mut rows, mut cursor) = (Vec::new(), None);
            loop {
                let page = PageRequest::new(Some(2), cursor, Some(sort.to_owned())).unwrap();
                let page = groups::list(&mut db.read().await.unwrap(), &filter, &page).await.unwrap();
                rows.extend(page.items.into_iter().map(|group| group.name));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    return rows;
                }
            }
        };
        let by_name = ["100 % sure", "a_b", "aXb", "equipe bleue", "Équipe Rouge", "Jürgens Team", "Zoo"];
        assert_eq!(list(None, "name").await, by_name);
        let mut reversed = by_name;
        reversed.reverse();
        assert_eq!(list(None, "-name").await, reversed);
        assert_eq!(list(None, "-createdAt").await, names);
        for (q, found) in [
            ("equipe", vec!["equipe bleue", "Équipe Rouge"]),
            ("Équipe", vec!["equipe bleue", "Équipe Rouge"]),
            ("JÜRGEN", vec!["Jürgens Team"]),
            ("jurgen team", vec!["Jürgens Team"]),
            ("a_b", vec!["a_b"]),
            ("zzz", vec![]),
            ("%", vec![]),
            ("_", vec![]),
        ] {
            assert_eq!(list(Some(q), "name").await, found, "{q}");
        }
        // Numbers of members and keys.
        let group = db.group("Counted", None).await;
        for number in 0..3 {
            let user = db.person(&format!("p{number}@example.com")).await;
            db.join(group.id, &user).await;
            db.assign(&user).await;
        }
        let group = groups::get(&mut db.read().await.unwrap(), group.id).await.unwrap();
        assert_eq!((group.member_count, group.key_count), (3, 3));
    });
}

#[test]
fn members_come_and_go_exactly_once() {
    on_both(|db| async move {
        let group = db.group("Lab", None).await;
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(db.person(&format!("p{number}@example.com")).await.id);
        }
        let change = async |add: &[UserId], remove: &[UserId]| {
            db.change(START, async |tx| groups::change_members(tx, &Actor::cli(), group.id, add, remove).await).await
        };
        assert_eq!(change(&[ids[0], ids[1], ids[0]], &[]).await.unwrap(), (2, 0));
        assert_eq!(change(&ids, &[]).await.unwrap(), (4, 0));
        assert_eq!(change(&[], &[ids[5], UserId::new()]).await.unwrap(), (0, 1));
        let unknown = change(&[ids[5], UserId::new()], &[]).await;
        assert!(matches!(unknown, Err(Error::Invalid(_))), "{unknown:?}");
        assert_eq!(db.number("select count(*) from group_members").await, 5, "all or nothing");
        assert_eq!(db.number("select count(*) from activity where action = 'group.member.added'").await, 6);
        let nowhere = db
            .change(START, async |tx| groups::change_members(tx, &Actor::cli(), GroupId::new(), &ids, &[]).await)
            .await;
        assert!(matches!(nowhere, Err(Error::NotFound("group"))), "{nowhere:?}");
    });
}

#[test]
fn members_changed_by_many_at_once_end_up_right() {
    on_both(|db| async move {
        let group = db.group("Lab", None).await;
        let mut ids = Vec::new();
        for number in 0..30 {
            ids.push(db.person(&format!("p{number}@example.com")).await.id);
        }
        for _ in 0..5 {
            let all: Vec<_> = (0..8)
                .map(|number| {
                    let (db, mut ids, group) = (db.clone(), ids.clone(), group.id);
                    if number % 2 == 0 {
                        ids.reverse();
                    }
                    tokio::spawn(async move {
                        db.change(START, async |tx| groups::change_members(tx, &Actor::cli(), group, &ids, &[]).await)
                            .await
                    })
                })
                .collect();
            let mut added = 0;
            for one in all {
                added += one.await.unwrap().unwrap().0;
            }
            assert_eq!(added, 30);
            let removed =
                db.change(START, async |tx| groups::change_members(tx, &Actor::cli(), group.id, &[], &ids).await).await;
            assert_eq!(removed.unwrap(), (0, 30));
        }
    });
}

#[test]
fn a_person_deleted_meanwhile_is_not_found_rather_than_a_fault() {
    on_both(|db| async move {
        let group = db.group("Lab", None).await;
        let gone = db.person("gone@example.com").await;
        db.change(START, async |tx| users::delete(tx, &Actor::cli(), gone.id, None).await).await.unwrap();
        let joined =
            db.change(START, async |tx| groups::set_membership(tx, &Actor::cli(), group.id, &gone, true).await).await;
        assert!(matches!(joined, Err(Error::NotFound("person"))), "{joined:?}");
        let assigned = db
            .change(START, async |tx| {
                keystead_directory::keys::assign(tx, &Actor::cli(), &gone, crate::support::hardware()).await
            })
            .await
            .map(drop);
        assert!(matches!(assigned, Err(Error::NotFound("person"))), "{assigned:?}");
    });
}

#[test]
fn stale_versions_are_refused() {
    on_both(|db| async move {
        let group = db.group("Lab", None).await;
        let change = |text: &str| GroupChange { description: Some(Some(text.to_owned())), ..GroupChange::default() };
        let update = async |text: &str, version| {
            db.change(START, async |tx| groups::update(tx, &Actor::cli(), group.id, change(text), Some(version)).await)
                .await
        };
        assert_eq!(update("one", 1).await.unwrap().version, 2);
        assert!(matches!(update("two", 1).await, Err(Error::Stale)));
        let delete = db.change(START, async |tx| groups::delete(tx, &Actor::cli(), group.id, Some(1)).await).await;
        assert!(matches!(delete, Err(Error::Stale)), "{delete:?}");
        db.change(START, async |tx| groups::delete(tx, &Actor::cli(), group.id, Some(2)).await).await.unwrap();
        let gone = groups::get(&mut db.read().await.unwrap(), group.id).await;
        assert!(matches!(gone, Err(Error::NotFound("group"))));
    });
}
