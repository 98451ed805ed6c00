//! Roles: who may hand them out, and who may act on whom.

use keystead_directory::{
    Error,
    actor::Actor,
    db::filter::Sql,
    groups::{self, GroupChange, NewGroup},
    ids::UserId,
    roles::{self, Role, Roles},
    users::{self, NewUser, UserChange},
};

use super::groups::{forbidden, new};
use crate::support::{START, TestDb, acting, on_both, someone};

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
