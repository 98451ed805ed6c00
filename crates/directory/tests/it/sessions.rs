//! Sessions, counters and ceremonies: what ends, and what happens once.

use keystead_directory::{
    Timestamp,
    actor::Actor,
    credentials,
    ids::new_uuid,
    keys::{self, KeyState, Step},
    secret::Token,
    sessions::{self, Refusal},
    settings::{self, SettingsChange},
    users,
};

use crate::support::{START, browser, on_both, touched};

#[test]
fn a_session_ends_the_moment_its_key_or_person_may_not_sign_in() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let key = db.active_key(&user).await;
        let step = async |step| {
            db.change(START, async |tx| keys::step(tx, &Actor::cli(), key.id, step, None, None).await).await.unwrap()
        };
        let session = db.session(&user, START).await;
        assert!(db.lives(&session, START).await);
        step(Step::Suspend).await;
        assert!(!db.lives(&session, START).await);
        step(Step::Resume).await;
        assert!(!db.lives(&session, START).await, "a session does not come back");
        let session = db.session(&user, START).await;
        let set = async |active| {
            db.change(START, async |tx| users::set_active(tx, &Actor::cli(), user.id, active, None).await)
                .await
                .unwrap()
        };
        set(false).await;
        assert!(!db.lives(&session, START).await);
        set(true).await;
        assert!(!db.lives(&session, START).await);
        let (first, second) = (db.session(&user, START).await, db.session(&user, START).await);
        // Another person's session is left alone.
        let joe = db.person("joe@example.com").await;
        db.active_key(&joe).await;
        let of_joe = db.session(&joe, START).await;
        step(Step::Revoke).await;
        assert!(!db.lives(&first, START).await && !db.lives(&second, START).await);
        assert!(db.lives(&of_joe, START).await);
    });
}

#[test]
fn a_session_ends_when_idle_and_when_old() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        db.active_key(&user).await;
        let change = SettingsChange {
            session_idle_minutes: Some(30),
            session_absolute_hours: Some(2),
            ..SettingsChange::default()
        };
        db.change(START, async |tx| settings::update(tx, &Actor::cli(), change, None).await).await.unwrap();
        let minutes = |number: i64| START.plus_seconds(number * 60);
        let session = db.session(&user, START).await;
        assert!(db.lives(&session, Timestamp(minutes(30).0 - 1)).await);
        assert!(!db.lives(&session, minutes(30)).await);
        // Used every 25 minutes it lives, but not beyond two hours.
        for at in [25, 50, 75, 100] {
            assert!(db.lives(&session, minutes(at)).await, "{at}");
            let found = sessions::find(&mut db.read().await.unwrap(), &session, minutes(at)).await.unwrap().unwrap();
            assert_eq!((found.user.id, found.authenticated_at), (user.id, START));
            db.change(minutes(at), async |tx| sessions::touch(tx, found.id, user.id).await).await.unwrap();
            assert_eq!(db.user(user.id).await.last_activity_at, Some(minutes(at)));
        }
        assert!(db.lives(&session, Timestamp(minutes(120).0 - 1)).await);
        assert!(!db.lives(&session, minutes(120)).await);
        // A clock that goes back revives nothing that was swept, and a touch never moves time back.
        let found = sessions::find(&mut db.read().await.unwrap(), &session, minutes(110)).await.unwrap().unwrap();
        db.change(minutes(10), async |tx| sessions::touch(tx, found.id, user.id).await).await.unwrap();
        let again = sessions::find(&mut db.read().await.unwrap(), &session, minutes(110)).await.unwrap().unwrap();
        assert_eq!(again.last_seen_at, minutes(100));
        assert_eq!(db.change(minutes(119), async |tx| sessions::forget_old(tx).await).await.unwrap(), 0);
        assert_eq!(db.change(minutes(120), async |tx| sessions::forget_old(tx).await).await.unwrap(), 1);
        assert!(!db.lives(&session, START).await);
    });
}

#[test]
fn tokens_that_nobody_was_given_open_nothing() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        db.active_key(&user).await;
        let session = db.session(&user, START).await;
        let text = session.reveal();
        for wrong in ["", &text[1..], &text[..42], &text.to_lowercase(), &format!("{text}x"), "%", "\u{0}"] {
            assert!(!db.lives(&Token::presented(wrong), START).await, "{wrong}");
        }
        let hash = session.hash();
        assert!(
            !db.lives(&Token::presented(&String::from_utf8_lossy(&hash)), START).await,
            "the stored hash is no token"
        );
        db.change(START, async |tx| sessions::forget(tx, &session).await).await.unwrap();
        assert!(!db.lives(&session, START).await);
    });
}

#[test]
fn who_may_not_sign_in_is_refused_for_the_true_reason() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let key = db.active_key(&user).await;
        let credential = db.credential_of(user.id).await;
        let admit = async |count| {
            db.change(START, async |tx| sessions::admit(tx, &credential, &touched(count)).await)
                .await
                .unwrap()
                .map(|user| user.id)
        };
        assert_eq!(admit(2).await, Ok(user.id));
        assert_eq!(db.key(key.id).await.last_used_at, Some(START));
        assert_eq!(admit(2).await, Err(Refusal::CounterRegressed));
        assert_eq!(admit(1).await, Err(Refusal::CounterRegressed));
        assert_eq!(admit(0).await, Err(Refusal::CounterRegressed));
        assert_eq!(admit(3).await, Ok(user.id));
        db.change(START, async |tx| keys::step(tx, &Actor::cli(), key.id, Step::Suspend, None, None).await)
            .await
            .unwrap();
        assert_eq!(admit(4).await, Err(Refusal::KeyNotActive(KeyState::Suspended)));
        db.change(START, async |tx| users::set_active(tx, &Actor::cli(), user.id, false, None).await).await.unwrap();
        assert_eq!(admit(5).await, Err(Refusal::Disabled));
        assert_eq!(db.credential_of(user.id).await.sign_count, 3, "who is refused moves no counter");
    });
}

#[test]
fn of_many_uses_with_one_counter_exactly_one_is_fresh() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        db.active_key(&user).await;
        for count in 2..6 {
            // All of them read the credential before any was admitted.
            let credential = db.credential_of(user.id).await;
            let all: Vec<_> = (0..12)
                .map(|_| {
                    let (db, credential) = (db.clone(), credential.clone());
                    tokio::spawn(async move {
                        db.change(START, async |tx| sessions::admit(tx, &credential, &touched(count)).await)
                            .await
                            .unwrap()
                            .is_ok()
                    })
                })
                .collect();
            let mut fresh = 0;
            for one in all {
                fresh += usize::from(one.await.unwrap());
            }
            assert_eq!(fresh, 1);
        }
    });
}

#[test]
fn a_counter_that_stays_at_zero_is_no_copy() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let given = db.assign(&user).await;
        let new =
            keystead_directory::credentials::NewCredential { sign_count: 0, ..crate::support::fresh_credential() };
        db.complete(&given.token, new, START).await.unwrap();
        let credential = db.credential_of(user.id).await;
        for _ in 0..3 {
            let fresh =
                db.change(START, async |tx| credentials::used(tx, &credential, &touched(0)).await).await.unwrap();
            assert!(fresh);
        }
        assert!(db.change(START, async |tx| credentials::used(tx, &credential, &touched(5)).await).await.unwrap());
        assert!(!db.change(START, async |tx| credentials::used(tx, &credential, &touched(0)).await).await.unwrap());
    });
}

#[test]
fn a_key_that_seems_copied_is_suspended_with_its_sessions() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let key = db.active_key(&user).await;
        let session = db.session(&user, START).await;
        let details = serde_json::json!({ "stored": 5, "presented": 3 });
        let after =
            db.change(START, async |tx| keys::suspend_suspicious(tx, &browser(), key.id, details).await).await.unwrap();
        assert_eq!((after.state, after.reason.as_deref()), (KeyState::Suspended, Some("counterRegressed")));
        assert!(!db.lives(&session, START).await);
        assert_eq!(db.number("select count(*) from activity where action = 'key.counterRegressed'").await, 1);
    });
}

#[test]
fn a_ceremony_is_used_up_once() {
    on_both(|db| async move {
        let (id, end) = (new_uuid(), START.plus_seconds(300));
        let all: Vec<_> = (0..20)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.change(START, async |tx| credentials::spend_ceremony(tx, id, end).await).await.unwrap()
                })
            })
            .collect();
        let mut first = 0;
        for one in all {
            first += usize::from(one.await.unwrap());
        }
        assert_eq!(first, 1);
        // It is remembered until it has expired anyway, and an hour longer.
        let forget = async |now| db.change(now, async |tx| credentials::forget_old_ceremonies(tx).await).await.unwrap();
        assert_eq!(forget(end.plus_hours(1)).await, 0);
        assert!(!db.change(START, async |tx| credentials::spend_ceremony(tx, id, end).await).await.unwrap());
        assert_eq!(forget(end.plus_hours(1).plus_seconds(1)).await, 1);
        // A use case that fails has used nothing up.
        let mut tx = db.write(START).await.unwrap();
        assert!(credentials::spend_ceremony(&mut tx, id, end).await.unwrap());
        drop(tx);
        assert!(db.change(START, async |tx| credentials::spend_ceremony(tx, id, end).await).await.unwrap());
    });
}
