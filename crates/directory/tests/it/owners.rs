//! The last owner stays: not removed, disabled, deleted, demoted or locked out by any road, not
//! even by two owners at once.

use keystead_directory::{
    Error, Result,
    actor::Actor,
    groups::{self, GroupChange},
    ids::{GroupId, KeyId},
    keys::{self, Step},
    roles::{self, Role},
    users::{self, User},
};

use crate::support::{START, TestDb, acting, on_both, on_postgres, someone};

/// An owner, the group that makes them one, and their only key.
#[derive(Clone)]
struct Owner {
    user: User,
    group: GroupId,
    key: KeyId,
}

/// A road on which an owner may be lost.
#[derive(Clone, Copy, Debug)]
enum Road {
    Disable,
    Delete,
    TakeOutOfGroup,
    ChangeMembers,
    DemoteGroup,
    DeleteGroup,
    SuspendKey,
    RevokeKey,
}

const ROADS: [Road; 8] = [
    Road::Disable,
    Road::Delete,
    Road::TakeOutOfGroup,
    Road::ChangeMembers,
    Road::DemoteGroup,
    Road::DeleteGroup,
    Road::SuspendKey,
    Road::RevokeKey,
];

async fn owner(db: &TestDb, name: &str) -> Owner {
    let user = db.person(&format!("{name}@example.com")).await;
    let group = db.group(&format!("Owners with {name}"), Some(Role::Owner)).await.id;
    db.join(group, &user).await;
    let key = db.active_key(&user).await.id;
    Owner { user, group, key }
}

async fn go(db: &TestDb, road: Road, actor: &Actor, who: &Owner) -> Result<()> {
    db.change(START, async |tx| {
        match road {
            Road::Disable => drop(users::set_active(tx, actor, who.user.id, false, None).await?),
            Road::Delete => users::delete(tx, actor, who.user.id, None).await?,
            Road::TakeOutOfGroup => drop(groups::set_membership(tx, actor, who.group, &who.user, false).await?),
            Road::ChangeMembers => drop(groups::change_members(tx, actor, who.group, &[], &[who.user.id]).await?),
            Road::DemoteGroup => {
                let change = GroupChange { role: Some(Some(Role::Administrator)), ..GroupChange::default() };
                drop(groups::update(tx, actor, who.group, change, None).await?);
            }
            Road::DeleteGroup => groups::delete(tx, actor, who.group, None).await?,
            Road::SuspendKey => drop(keys::step(tx, actor, who.key, Step::Suspend, None, None).await?),
            Road::RevokeKey => drop(keys::step(tx, actor, who.key, Step::Revoke, Some("left"), None).await?),
        }
        Ok(())
    })
    .await
}

async fn acts(db: &TestDb, who: &Owner) -> Actor {
    db.change(START, async |tx| Ok(acting(tx, &who.user).await)).await.unwrap()
}

async fn working(db: &TestDb) -> i64 {
    roles::owners(&mut db.read().await.unwrap()).await.unwrap()
}

#[test]
fn the_last_owner_is_lost_on_no_road() {
    on_both(|db| async move {
        let last = owner(&db, "last").await;
        // One who can't sign in does not count.
        let keyless = db.person_with_role("keyless@example.com", Role::Owner).await;
        db.assign(&keyless).await;
        let actor = db.change(START, async |tx| Ok(acting(tx, &keyless).await)).await.unwrap();
        let before = db.number("select count(*) from activity").await;
        for road in ROADS {
            let refused = go(&db, road, &actor, &last).await;
            assert!(matches!(refused, Err(Error::LastOwner)), "{road:?}: {refused:?}");
            assert_eq!(working(&db).await, 1, "{road:?}");
        }
        assert_eq!(db.number("select count(*) from activity").await, before, "refused changes leave no record");
        assert_eq!(db.key(last.key).await.version, 2, "only its registration changed it");
        // By themselves neither.
        let own = acts(&db, &last).await;
        for road in ROADS {
            assert!(go(&db, road, &own, &last).await.is_err(), "{road:?}");
        }
        assert_eq!(working(&db).await, 1);
    });
}

#[test]
fn an_owner_goes_on_every_road_while_another_can_sign_in() {
    on_both(|db| async move {
        let stays = owner(&db, "stays").await;
        let actor = acts(&db, &stays).await;
        for (number, road) in ROADS.into_iter().enumerate() {
            let goes = owner(&db, &format!("goes-{number}")).await;
            assert_eq!(working(&db).await, 2);
            go(&db, road, &actor, &goes).await.unwrap_or_else(|error| panic!("{road:?}: {error}"));
            assert_eq!(working(&db).await, 1, "{road:?}");
        }
    });
}

#[test]
fn two_owners_at_once_never_lose_both() {
    on_both(|db| async move {
        // Both roads of a pair, so that unlike ones race too.
        for round in 0..24 {
            let (one, other) = (owner(&db, &format!("a{round}")).await, owner(&db, &format!("b{round}")).await);
            let (first, second) = (ROADS[round % 8], ROADS[(round + round / 8 * 3) % 8]);
            let (actor_one, actor_other) = (acts(&db, &one).await, acts(&db, &other).await);
            let tasks =
                [(first, actor_one, other.clone()), (second, actor_other, one.clone())].map(|(road, actor, who)| {
                    let db = db.clone();
                    tokio::spawn(async move { go(&db, road, &actor, &who).await })
                });
            let mut done = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(()) => done += 1,
                    // The other was quicker: they are gone, or one is the last.
                    Err(Error::LastOwner | Error::NotFound(_) | Error::Stale | Error::IllegalState(_)) => {}
                    Err(error) => panic!("{first:?} against {second:?}: {error:?}"),
                }
            }
            assert_eq!((done, working(&db).await), (1, 1), "{first:?} against {second:?}");
            // The next round begins without owners.
            db.run(
                "delete from users where email like 'a%' or email like 'b%'",
                "delete from users where email like 'a%' or email like 'b%'",
            )
            .await
            .unwrap();
            assert_eq!(working(&db).await, 0);
        }
    });
}

/// Three at once: somebody becomes an owner by their group, is disabled by whoever saw no owner in
/// them, and the other owner goes because there is now another one.
async fn grant(db: &TestDb, group: GroupId) -> Result<()> {
    let change = GroupChange { role: Some(Some(Role::Owner)), ..GroupChange::default() };
    db.change(START, async |tx| groups::update(tx, &someone(Role::Owner), group, change, None).await.map(drop)).await
}

#[test]
fn whoever_becomes_an_owner_while_being_disabled_lets_no_other_owner_go() {
    // Where use cases run side by side; SQLite has one writer.
    on_postgres(|db| async move {
        let last = owner(&db, "last").await;
        let promoted = db.person("promoted@example.com").await;
        db.active_key(&promoted).await;
        let group = db.group("Soon owners", None).await.id;
        db.join(group, &promoted).await;

        let mut disabling = db.write(START).await.unwrap();
        users::set_active(&mut disabling, &someone(Role::Owner), promoted.id, false, None).await.unwrap();
        let granting = tokio::spawn({
            let db = db.clone();
            async move { grant(&db, group).await }
        });
        // Long enough for a grant that waits for nobody.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let going = go(&db, Road::TakeOutOfGroup, &someone(Role::Owner), &last).await;
        disabling.commit().await.unwrap();
        granting.await.unwrap().unwrap();
        assert!(matches!(going, Err(Error::LastOwner)), "{going:?}");
        assert_eq!(working(&db).await, 1);
    });
}

#[test]
fn of_three_changes_at_once_an_owner_remains() {
    on_both(|db| async move {
        for round in 0..12 {
            let last = owner(&db, &format!("a{round}")).await;
            let promoted = db.person(&format!("b{round}@example.com")).await;
            let key = db.active_key(&promoted).await.id;
            let group = db.group(&format!("Soon owners {round}"), None).await.id;
            db.join(group, &promoted).await;
            let promoted = Owner { user: promoted, group, key };
            let road = [Road::Disable, Road::Delete, Road::SuspendKey, Road::RevokeKey][round % 4];
            let tasks = [
                tokio::spawn({
                    let db = db.clone();
                    async move { grant(&db, group).await }
                }),
                tokio::spawn({
                    let db = db.clone();
                    async move { go(&db, road, &someone(Role::Owner), &promoted).await }
                }),
                tokio::spawn({
                    let (db, last) = (db.clone(), last.clone());
                    async move { go(&db, Road::TakeOutOfGroup, &someone(Role::Owner), &last).await }
                }),
            ];
            for task in tasks {
                match task.await.unwrap() {
                    Ok(()) | Err(Error::LastOwner) => {}
                    Err(error) => panic!("{road:?}: {error:?}"),
                }
            }
            assert_eq!(working(&db).await, 1, "{road:?}");
            db.run(
                "delete from users where email like 'a%' or email like 'b%'",
                "delete from users where email like 'a%' or email like 'b%'",
            )
            .await
            .unwrap();
        }
    });
}

#[test]
fn a_key_that_seems_copied_is_suspended_even_of_the_last_owner() {
    on_both(|db| async move {
        let last = owner(&db, "last").await;
        db.change(START, async |tx| {
            keys::suspend_suspicious(tx, &Actor::system(), last.key, serde_json::json!({})).await
        })
        .await
        .unwrap();
        assert_eq!(working(&db).await, 0);
        // The way back in is on the command line.
        let (user, token, _) = db
            .change(START, async |tx| {
                keystead_directory::activations::create_recovery_link(tx, &Actor::cli(), None).await
            })
            .await
            .unwrap();
        assert_eq!(user.id, last.user.id);
        db.complete(&token, crate::support::fresh_credential(), START).await.unwrap();
        assert_eq!(working(&db).await, 1);
    });
}
