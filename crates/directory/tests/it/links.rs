//! Links: refused for the true reason, used up once, whoever comes at the same moment.

use keystead_directory::{
    Error, Timestamp,
    activations::{self, Purpose, Setup},
    actor::Actor,
    credentials,
    error::LinkRefusal,
    ids::UserId,
    keys::{self, KeyKind, KeyState, Step},
    roles,
    secret::Token,
    settings::{self, SettingsChange},
    users::{self, UserChange, UserStatus},
};

use super::keys::step;
use crate::support::{START, TestDb, browser, fresh_credential, on_both, proved};

pub const PURPOSES: [Purpose; 2] = [Purpose::Register, Purpose::Recover];

/// Why a link can't be looked at; none when it can.
async fn refusal(db: &TestDb, token: &Token, now: Timestamp) -> Option<LinkRefusal> {
    match activations::inspect(&mut db.read().await.unwrap(), token, &PURPOSES, now).await {
        Ok(_) => None,
        Err(Error::Link(refusal)) => Some(refusal),
        Err(other) => panic!("{other:?}"),
    }
}

/// Asserts that a link is refused for one reason, by looking and by using, and that nothing comes of it.
async fn refused(db: &TestDb, token: &Token, now: Timestamp, wanted: LinkRefusal) {
    assert_eq!(refusal(db, token, now).await, Some(wanted));
    let before = db.number("select count(*) from credentials").await;
    match db.complete(token, fresh_credential(), now).await {
        Err(Error::Link(refusal)) => assert_eq!(refusal, wanted),
        other => panic!("used although {wanted:?}: {other:?}"),
    }
    assert_eq!(db.number("select count(*) from credentials").await, before);
}

#[test]
fn a_new_link_kills_the_old_one() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let first = db.assign(&user).await;
        let second =
            db.change(START, async |tx| keys::resend(tx, &Actor::cli(), first.key.id, None, None).await).await.unwrap();
        refused(&db, &first.token, START, LinkRefusal::Cancelled).await;
        assert_eq!(db.state_of_link(first.activation).await, "cancelled");
        db.complete(&second.token, fresh_credential(), START).await.unwrap();
        refused(&db, &second.token, START, LinkRefusal::Used).await;
    });
}

#[test]
fn a_link_is_refused_for_its_true_reason() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        // Unknown, empty, cut off, and of another purpose.
        let known = db.assign(&user).await;
        for text in ["", "x", &known.token.reveal()[1..], &known.token.reveal()[..42], "%", &"a".repeat(5000)] {
            refused(&db, &Token::presented(text), START, LinkRefusal::Unknown).await;
        }
        let (setup, _) =
            db.change(START, async |tx| activations::create_setup_link(tx, &Actor::cli()).await).await.unwrap();
        refused(&db, &setup, START, LinkRefusal::Unknown).await;
        let mut conn = db.read().await.unwrap();
        let other = activations::inspect(&mut conn, &known.token, &[Purpose::Setup], START).await;
        assert!(matches!(other, Err(Error::Link(LinkRefusal::Unknown))), "{other:?}");
        drop(conn);
        // Expired to the millisecond.
        assert_eq!(refusal(&db, &known.token, Timestamp(known.expires_at.0 - 1)).await, None);
        refused(&db, &known.token, known.expires_at, LinkRefusal::Expired).await;
        // Cancelled with its key.
        let cancelled = db.assign(&user).await;
        step(&db, cancelled.key.id, Step::Cancel).await.unwrap();
        refused(&db, &cancelled.token, START, LinkRefusal::Cancelled).await;
        // The address changed: the mail went to somebody else's.
        let moved = db.assign(&user).await;
        let change = UserChange { email: Some("other@example.com".to_owned()), ..UserChange::default() };
        db.change(START, async |tx| users::update(tx, &Actor::cli(), user.id, change, None).await).await.unwrap();
        refused(&db, &moved.token, START, LinkRefusal::Cancelled).await;
        // Another change of the profile leaves it alone.
        let kept = db.assign(&user).await;
        let change = UserChange { title: Some(Some("Engineer".to_owned())), ..UserChange::default() };
        db.change(START, async |tx| users::update(tx, &Actor::cli(), user.id, change, None).await).await.unwrap();
        assert_eq!(refusal(&db, &kept.token, START).await, None);
        // Disabled, and not alive again when the person is.
        db.change(START, async |tx| users::set_active(tx, &Actor::cli(), user.id, false, None).await).await.unwrap();
        refused(&db, &kept.token, START, LinkRefusal::Disabled).await;
        db.change(START, async |tx| users::set_active(tx, &Actor::cli(), user.id, true, None).await).await.unwrap();
        refused(&db, &kept.token, START, LinkRefusal::Cancelled).await;
        // Deleted.
        db.change(START, async |tx| users::delete(tx, &Actor::cli(), user.id, None).await).await.unwrap();
        refused(&db, &kept.token, START, LinkRefusal::Unknown).await;
    });
}

#[test]
fn the_sweep_expires_what_ran_out_and_nothing_else() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let (old, young) = (db.assign(&user).await, db.assign(&user).await);
        let later = old.expires_at;
        let resent = db
            .change(START.plus_hours(1), async |tx| keys::resend(tx, &Actor::cli(), young.key.id, None, None).await)
            .await
            .unwrap();
        let sweep = async |now| db.change(now, async |tx| keys::expire_due(tx, 100).await).await.unwrap();
        assert_eq!(sweep(Timestamp(later.0 - 1)).await, 0);
        assert_eq!(sweep(later).await, 1);
        assert_eq!(db.key(old.key.id).await.state, KeyState::Expired);
        assert_eq!(db.key(young.key.id).await.state, KeyState::Pending);
        assert_eq!(db.user(user.id).await.status, UserStatus::Pending);
        refused(&db, &old.token, later, LinkRefusal::Expired).await;
        assert_eq!(sweep(later.plus_hours(2)).await, 1);
        assert_eq!(sweep(later.plus_hours(2)).await, 0);
        assert_eq!(db.user(user.id).await.status, UserStatus::New);
        refused(&db, &resent.token, later.plus_hours(2), LinkRefusal::Expired).await;
        // An expired key is brought back by a new link.
        let again = db
            .change(later.plus_hours(3), async |tx| keys::resend(tx, &Actor::cli(), old.key.id, None, None).await)
            .await
            .unwrap();
        assert_eq!(again.key.state, KeyState::Pending);
        db.complete(&again.token, fresh_credential(), later.plus_hours(3)).await.unwrap();
        let wanted = db.number("select count(*) from activity where action = 'key.expired'").await;
        assert_eq!(wanted, 2);
    });
}

#[test]
fn sweeps_of_several_servers_at_once_expire_each_key_once() {
    on_both(|db| async move {
        let mut later = START;
        for number in 0..15 {
            let user = db.person(&format!("p{number}@example.com")).await;
            later = db.assign(&user).await.expires_at;
        }
        let sweeps: Vec<_> = (0..6)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { db.change(later, async |tx| keys::expire_due(tx, 100).await).await })
            })
            .collect();
        for sweep in sweeps {
            sweep.await.unwrap().unwrap();
        }
        assert_eq!(db.number("select count(*) from activity where action = 'key.expired'").await, 15);
        assert_eq!(db.number("select count(*) from security_keys where state = 'expired'").await, 15);
    });
}

#[test]
fn a_key_whose_link_works_is_not_expired() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let given = db.assign(&user).await;
        // As if a sweep had chosen it just before somebody sent a new link.
        let refused = step(&db, given.key.id, Step::Expire).await;
        assert!(matches!(refused, Err(Error::IllegalState(_))), "{refused:?}");
        assert_eq!(refusal(&db, &given.token, START).await, None);
    });
}

#[test]
fn how_long_a_link_lives_is_a_setting() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        for hours in [1, 336] {
            let change = SettingsChange { link_lifetime_hours: Some(hours), ..SettingsChange::default() };
            db.change(START, async |tx| settings::update(tx, &Actor::cli(), change, None).await).await.unwrap();
            assert_eq!(db.assign(&user).await.expires_at, START.plus_hours(hours));
        }
        for hours in [0, 337, -1, i64::MAX] {
            let change = SettingsChange { link_lifetime_hours: Some(hours), ..SettingsChange::default() };
            let refused = db.change(START, async |tx| settings::update(tx, &Actor::cli(), change, None).await).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{hours}");
        }
    });
}

#[test]
fn of_many_who_open_one_link_at_once_exactly_one_registers() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        for _ in 0..3 {
            let given = db.assign(&user).await;
            let before = db.number("select count(*) from credentials").await;
            let all: Vec<_> = (0..20)
                .map(|_| {
                    let (db, token) = (db.clone(), given.token.clone());
                    tokio::spawn(async move { db.complete(&token, fresh_credential(), START).await })
                })
                .collect();
            let mut won = 0;
            for one in all {
                match one.await.unwrap() {
                    Ok(_) => won += 1,
                    Err(Error::Link(LinkRefusal::Used)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            assert_eq!(won, 1);
            assert_eq!(db.number("select count(*) from credentials").await, before + 1);
        }
        assert_eq!(db.number("select count(*) from activity where action = 'key.registered'").await, 3);
    });
}

#[test]
fn registering_and_disabling_at_once_never_leaves_a_disabled_person_signed_up_unseen() {
    on_both(|db| async move {
        for round in 0..15 {
            let user = db.person(&format!("p{round}@example.com")).await;
            let given = db.assign(&user).await;
            let registering = {
                let (db, token) = (db.clone(), given.token.clone());
                tokio::spawn(async move { db.complete(&token, fresh_credential(), START).await })
            };
            let disabling = {
                let (db, id) = (db.clone(), user.id);
                tokio::spawn(async move {
                    db.change(START, async |tx| users::set_active(tx, &Actor::cli(), id, false, None).await).await
                })
            };
            let registered = registering.await.unwrap();
            disabling.await.unwrap().unwrap();
            assert_eq!(db.user(user.id).await.status, UserStatus::Disabled);
            match registered {
                Ok(_) => assert_eq!(db.key(given.key.id).await.state, KeyState::Active),
                Err(Error::Link(LinkRefusal::Disabled | LinkRefusal::Cancelled)) => {
                    assert_eq!(db.key(given.key.id).await.state, KeyState::Pending);
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn one_authenticator_is_registered_once_for_all_people() {
    on_both(|db| async move {
        let (jane, joe) = (db.person("jane@example.com").await, db.person("joe@example.com").await);
        let first = db.assign(&jane).await;
        db.complete(&first.token, proved(b"same"), START).await.unwrap();
        for user in [&joe, &jane] {
            let given = db.assign(user).await;
            match db.complete(&given.token, proved(b"same"), START).await {
                Err(Error::Taken(field)) => assert_eq!(field.field, "credential"),
                other => panic!("{other:?}"),
            }
            // The link is still good for another authenticator.
            db.complete(&given.token, fresh_credential(), START).await.unwrap();
        }
        // Also when both come at once.
        let (one, other) = (db.assign(&jane).await, db.assign(&joe).await);
        let both = [one.token, other.token].map(|token| {
            let db = db.clone();
            tokio::spawn(async move { db.complete(&token, proved(b"twin"), START).await })
        });
        let mut won = 0;
        for one in both {
            match one.await.unwrap() {
                Ok(_) => won += 1,
                Err(Error::Taken(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(won, 1);
        let found = credentials::find(&mut db.read().await.unwrap(), b"same").await.unwrap().unwrap();
        assert_eq!(found.user_id, jane.id);
    });
}

fn setup(email: &str) -> Setup {
    Setup { organisation_name: "Contoso".to_owned(), email: email.to_owned(), display_name: "First Owner".to_owned() }
}

#[test]
fn the_set_up_happens_once() {
    on_both(|db| async move {
        let link = async || db.change(START, async |tx| activations::create_setup_link(tx, &Actor::cli()).await).await;
        let (old, _) = link().await.unwrap();
        let (token, expires_at) = link().await.unwrap();
        assert_eq!(expires_at, START.plus_hours(24));
        let complete = |token: &Token, email: &'static str, now: Timestamp| {
            let (db, token) = (db.clone(), token.clone());
            tokio::spawn(async move {
                db.change(now, async |tx| {
                    let (id, credential) = (UserId::new(), fresh_credential());
                    activations::complete_setup(tx, &browser(), &token, setup(email), id, KeyKind::Platform, credential)
                        .await
                })
                .await
            })
        };
        let dead = complete(&old, "owner@example.com", START).await.unwrap();
        assert!(matches!(dead, Err(Error::Link(LinkRefusal::Cancelled))), "{dead:?}");
        let late = complete(&token, "owner@example.com", expires_at).await.unwrap();
        assert!(matches!(late, Err(Error::Link(LinkRefusal::Expired))), "{late:?}");
        // A mistake in the form uses nothing up.
        let mistyped = complete(&token, "no address", START).await.unwrap();
        assert!(matches!(mistyped, Err(Error::Invalid(_))), "{mistyped:?}");
        assert_eq!(db.number("select count(*) from users").await, 0);
        let all: Vec<_> = (0..10).map(|_| complete(&token, "owner@example.com", START)).collect();
        let mut won = Vec::new();
        for one in all {
            match one.await.unwrap() {
                Ok((user, key)) => won.push((user, key)),
                Err(Error::Link(LinkRefusal::Used)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won.len(), 1);
        assert_eq!(won[0].1.state, KeyState::Active);
        assert!(roles::owners(&mut db.read().await.unwrap()).await.unwrap() > 0);
        let organisation = settings::get(&mut db.read().await.unwrap()).await.unwrap().organisation_name;
        assert_eq!(organisation.as_deref(), Some("Contoso"));
        assert!(matches!(link().await, Err(Error::IllegalState(_))));
    });
}

#[test]
fn only_an_active_owner_is_recovered() {
    on_both(|db| async move {
        let recover = async |name: Option<&str>| {
            db.change(START, async |tx| activations::create_recovery_link(tx, &Actor::cli(), name).await).await
        };
        assert!(matches!(recover(None).await, Err(Error::NotFound("owner"))));
        let (owner, key) = db.owner("owner@example.com").await;
        db.person("member@example.com").await;
        assert!(matches!(recover(Some("member@example.com")).await, Err(Error::NotFound("owner"))));
        let (who, token, _) = recover(Some("OWNER@example.com")).await.unwrap();
        assert_eq!(who.id, owner.id);
        let (_, new) = db.complete(&token, fresh_credential(), START).await.unwrap();
        assert_eq!((new.state, new.user_id), (KeyState::Active, owner.id));
        assert_ne!(new.id, key.id);
        assert_eq!(db.key(key.id).await.state, KeyState::Active, "the old key is the owner's to revoke");
        refused(&db, &token, START, LinkRefusal::Used).await;
    });
}
