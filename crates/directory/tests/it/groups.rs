//! Groups: names, members, the roles that they grant and who may touch those.

use keystead_directory::{
    Error,
    actor::Actor,
    db::filter::Sql,
    groups::{self, GroupChange, GroupFilter, GroupType, NewGroup},
    ids::{EVERYONE, GroupId, UserId},
    page::PageRequest,
    roles::{self, Role, Roles},
    users::{self, NewUser, UserChange},
};

use crate::support::{START, TestDb, acting, on_both, someone};

fn new(name: &str) -> NewGroup {
    NewGroup { name: name.to_owned(), description: None, role: None }
}

async fn create(db: &TestDb, new: NewGroup) -> keystead_directory::Result<groups::Group> {
    db.change(START, async |tx| groups::create(tx, &Actor::cli(), new).await).await
}

fn forbidden<T: std::fmt::Debug>(result: keystead_directory::Result<T>) {
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
fn only_owners_hand_out_and_take_away_roles() {
    on_both(|db| async move {
        let (owner, _) = db.owner("owner@example.com").await;
        let admins = db.group("Admins", Some(Role::Administrator)).await;
        let plain = db.group("Plain", None).await;
        let person = db.person("person@example.com").await;
        for actor in [Role::Administrator, Role::HelpDesk, Role::Auditor, Role::Member].map(someone) {
            let with_role = NewGroup { role: Some(Role::Auditor), ..new("Sneaky") };
            forbidden(db.change(START, async |tx| groups::create(tx, &actor, with_role).await).await);
            for (group, change) in [
                (plain.id, GroupChange { role: Some(Some(Role::Auditor)), ..GroupChange::default() }),
                (admins.id, GroupChange { role: Some(None), ..GroupChange::default() }),
                (admins.id, GroupChange { name: Some("Renamed".to_owned()), ..GroupChange::default() }),
            ] {
                forbidden(db.change(START, async |tx| groups::update(tx, &actor, group, change, None).await).await);
            }
            forbidden(db.change(START, async |tx| groups::delete(tx, &actor, admins.id, None).await).await);
            forbidden(
                db.change(START, async |tx| groups::set_membership(tx, &actor, admins.id, &person, true).await).await,
            );
            forbidden(
                db.change(START, async |tx| groups::change_members(tx, &actor, admins.id, &[person.id], &[]).await)
                    .await,
            );
            let new = NewUser { group_ids: vec![admins.id], ..NewUser::local("sneaky@example.com") };
            forbidden(db.change(START, async |tx| users::create(tx, &actor, new).await).await);
        }
        assert_eq!(db.number("select count(*) from users where email = 'sneaky@example.com'").await, 0);
        let acts = db.change(START, async |tx| Ok(acting(tx, &owner).await)).await.unwrap();
        db.change(START, async |tx| groups::set_membership(tx, &acts, admins.id, &person, true).await).await.unwrap();
        let held = roles::of_user(&mut db.read().await.unwrap(), person.id).await.unwrap();
        assert_eq!(held, Roles::of(Role::Administrator));
        db.change(START, async |tx| groups::set_membership(tx, &acts, admins.id, &person, false).await).await.unwrap();
        assert_eq!(roles::of_user(&mut db.read().await.unwrap(), person.id).await.unwrap(), Roles::default());
    });
}

#[test]
fn nobody_acts_on_a_person_above_their_own_rank() {
    on_both(|db| async move {
        use keystead_directory::keys::{self, Step};
        let (owner, owner_key) = db.owner("owner@example.com").await;
        db.owner("second@example.com").await;
        let auditor = db.person_with_role("auditor@example.com", Role::Auditor).await;
        let member = db.person("member@example.com").await;
        let change = || UserChange { title: Some(Some("Changed".to_owned())), ..UserChange::default() };
        let act = async |actor: &Actor, user: UserId| {
            let user = db.user(user).await;
            let results = [
                db.change(START, async |tx| users::update(tx, actor, user.id, change(), None).await).await.map(drop),
                db.change(START, async |tx| keys::assign(tx, actor, &user, crate::support::hardware()).await)
                    .await
                    .map(drop),
                db.change(START, async |tx| users::set_active(tx, actor, user.id, false, None).await).await.map(drop),
                db.change(START, async |tx| users::set_active(tx, actor, user.id, true, None).await).await.map(drop),
            ];
            let allowed = results.iter().filter(|result| result.is_ok()).count();
            for result in results {
                assert!(matches!(result, Ok(()) | Err(Error::Forbidden(_))), "{result:?}");
            }
            assert!(allowed == 0 || allowed == 4, "rank is one rule for all");
            allowed == 4
        };
        for (role, on_member, on_auditor, on_owner) in [
            (Role::HelpDesk, true, false, false),
            (Role::Administrator, true, true, false),
            (Role::Owner, true, true, true),
        ] {
            let actor = someone(role);
            assert_eq!(act(&actor, member.id).await, on_member, "{role:?} on a member");
            assert_eq!(act(&actor, auditor.id).await, on_auditor, "{role:?} on an auditor");
            assert_eq!(act(&actor, owner.id).await, on_owner, "{role:?} on an owner");
            if !on_owner {
                forbidden(
                    db.change(START, async |tx| keys::step(tx, &actor, owner_key.id, Step::Suspend, None, None).await)
                        .await,
                );
                forbidden(db.change(START, async |tx| keys::rename(tx, &actor, owner_key.id, "x", None).await).await);
                forbidden(db.change(START, async |tx| users::delete(tx, &actor, owner.id, None).await).await);
            }
        }
        // One's own profile and key are one's own.
        let own = db.change(START, async |tx| Ok(acting(tx, &auditor).await)).await.unwrap();
        db.change(START, async |tx| users::update(tx, &own, auditor.id, change(), None).await).await.unwrap();
        // Nobody disables or deletes themselves.
        let own = db.change(START, async |tx| Ok(acting(tx, &owner).await)).await.unwrap();
        forbidden(db.change(START, async |tx| users::set_active(tx, &own, owner.id, false, None).await).await);
        forbidden(db.change(START, async |tx| users::delete(tx, &own, owner.id, None).await).await);
    });
}

#[test]
fn roles_of_several_groups_add_up() {
    on_both(|db| async move {
        use keystead_directory::roles::Permission;
        let user = db.person_with_role("both@example.com", Role::Auditor).await;
        let help = db.group("Help", Some(Role::HelpDesk)).await;
        db.join(help.id, &user).await;
        let held = roles::of_user(&mut db.read().await.unwrap(), user.id).await.unwrap();
        assert_eq!(held.highest(), Role::HelpDesk);
        assert!(held.permit(Permission::SettingsRead) && held.permit(Permission::KeysWrite));
        assert!(!held.permit(Permission::SettingsWrite) && !held.permit(Permission::RolesWrite));
        let on_page = roles::of_users(&mut db.read().await.unwrap(), &[user.id, UserId::new()]).await.unwrap();
        assert_eq!(on_page.len(), 1);
        assert!(on_page[&user.id].permit(Permission::SettingsRead));
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
fn a_group_that_gets_a_role_meanwhile_is_not_deleted_by_an_administrator() {
    on_both(|db| async move {
        let group = db.group("Lab", None).await;
        let mut giving = db.write(START).await.unwrap();
        let change = GroupChange { role: Some(Some(Role::Administrator)), ..GroupChange::default() };
        groups::update(&mut giving, &someone(Role::Owner), group.id, change, None).await.unwrap();
        let deleting = {
            let (db, id) = (db.clone(), group.id);
            tokio::spawn(async move {
                db.change(START, async |tx| groups::delete(tx, &someone(Role::Administrator), id, None).await).await
            })
        };
        waits_for_a_lock(&db).await;
        giving.commit().await.unwrap();
        let refused = deleting.await.unwrap();
        assert!(matches!(refused, Err(Error::Forbidden(_) | Error::Stale)), "{refused:?}");
        assert_eq!(db.number("select count(*) from groups where type = 'local'").await, 1);
    });
}

#[test]
fn nobody_slips_into_a_group_that_gets_a_role_meanwhile() {
    on_both(|db| async move {
        let group = db.group("Lab", None).await;
        let person = db.person("person@example.com").await;
        let mut giving = db.write(START).await.unwrap();
        let change = GroupChange { role: Some(Some(Role::Owner)), ..GroupChange::default() };
        groups::update(&mut giving, &someone(Role::Owner), group.id, change, None).await.unwrap();
        let joining = {
            let (db, id) = (db.clone(), group.id);
            tokio::spawn(async move {
                let admin = someone(Role::Administrator);
                db.change(START, async |tx| groups::set_membership(tx, &admin, id, &person, true).await).await
            })
        };
        waits_for_a_lock(&db).await;
        giving.commit().await.unwrap();
        forbidden(joining.await.unwrap());
    });
}

/// Until somebody waits for a lock: on PostgreSQL the database tells; on SQLite the writer is one.
async fn waits_for_a_lock(db: &TestDb) {
    if db.kind == crate::support::TestKind::Sqlite {
        return tokio::task::yield_now().await;
    }
    loop {
        let mut conn = db.read().await.unwrap();
        let (waiting,): (i64,) =
            Sql::new("select count(*) from pg_locks where not granted").run(&mut conn).one().await.unwrap();
        if waiting > 0 {
            return;
        }
    }
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
