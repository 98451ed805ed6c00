//! Keys: the whole life, and the steps that are refused.

use keystead_directory::{
    Error, activations,
    actor::Actor,
    keys::{self, KeyKind, KeyState, NewKey, Step},
    roles::Role,
    users,
};

use super::links::PURPOSES;
use crate::support::{START, TestDb, hardware, on_both, proved, someone};

pub async fn step(
    db: &TestDb,
    key: keystead_directory::ids::KeyId,
    step: Step,
) -> keystead_directory::Result<keys::Key> {
    db.change(START, async |tx| keys::step(tx, &Actor::cli(), key, step, Some("lost"), None).await).await
}

#[test]
fn a_key_lives_its_whole_life() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let wish = NewKey {
            kind: KeyKind::HardwareKey,
            name: Some(" Blue one ".to_owned()),
            note: Some("At the desk.".to_owned()),
        };
        let actor = someone(Role::HelpDesk);
        let given = db.change(START, async |tx| keys::assign(tx, &actor, &user, wish).await).await.unwrap();
        assert_eq!((given.key.name.as_str(), given.key.state, given.key.version), ("Blue one", KeyState::Pending, 1));
        assert_eq!(given.expires_at, START.plus_hours(72));
        assert_eq!(given.key.link_expires_at, Some(given.expires_at));
        // Looking uses nothing up, however often.
        for _ in 0..20 {
            let mut conn = db.read().await.unwrap();
            let (link, holder) = activations::inspect(&mut conn, &given.token, &PURPOSES, START).await.unwrap();
            assert_eq!((link.note.as_deref(), holder.unwrap().id), (Some("At the desk."), user.id));
        }
        let later = START.plus_seconds(60);
        let (_, key) = db.complete(&given.token, proved(b"id"), later).await.unwrap();
        assert_eq!((key.state, key.activated_at, key.state_changed_at), (KeyState::Active, Some(later), later));
        assert_eq!((key.model.as_deref(), key.link_expires_at), (Some("Model One"), None));
        let credential = db.credential_of(user.id).await;
        assert_eq!(credential.transports(), ["usb", "nfc"]);
        assert_eq!((credential.registered_at, credential.registered_ip.as_deref()), (later, Some("192.0.2.7")));
        let suspended = step(&db, key.id, Step::Suspend).await.unwrap();
        assert_eq!((suspended.state, suspended.reason.as_deref()), (KeyState::Suspended, Some("lost")));
        assert_eq!(step(&db, key.id, Step::Resume).await.unwrap().state, KeyState::Active);
        assert_eq!(db.key(key.id).await.activated_at, Some(later), "it was registered once");
        assert_eq!(step(&db, key.id, Step::Revoke).await.unwrap().state, KeyState::Revoked);
        let counts = keys::counts(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!((counts.revoked, counts.active), (1, 0));
        let done: Vec<(String,)> = db.all("select action from activity where target_type = 'key' order by seq").await;
        let done: Vec<&str> = done.iter().map(|(action,)| action.as_str()).collect();
        assert_eq!(done, ["key.assigned", "key.registered", "key.suspended", "key.resumed", "key.revoked"]);
    });
}

#[test]
fn illegal_steps_are_refused_and_change_nothing() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let roads: [(&[Step], KeyState); 6] = [
            (&[], KeyState::Pending),
            (&[Step::Cancel], KeyState::Cancelled),
            (&[Step::Activate], KeyState::Active),
            (&[Step::Activate, Step::Suspend], KeyState::Suspended),
            (&[Step::Activate, Step::Revoke], KeyState::Revoked),
            (&[Step::Activate, Step::Suspend, Step::Revoke], KeyState::Revoked),
        ];
        for (road, state) in roads {
            for attempt in [Step::Activate, Step::Suspend, Step::Resume, Step::Revoke, Step::Cancel, Step::Resend] {
                let id = db.assign(&user).await.key.id;
                for &taken in road {
                    step(&db, id, taken).await.unwrap();
                }
                let before = db.key(id).await;
                assert_eq!(before.state, state);
                let records = db.number("select count(*) from activity").await;
                let outcome = if attempt == Step::Resend {
                    db.change(START, async |tx| keys::resend(tx, &Actor::cli(), id, None, None).await)
                        .await
                        .map(|sent| sent.key)
                } else {
                    step(&db, id, attempt).await
                };
                match (outcome, state.after(attempt)) {
                    (Ok(after), Ok(wanted)) => {
                        assert_eq!(after.state, wanted);
                        assert_eq!(after.version, before.version + 1);
                        assert_eq!(db.number("select count(*) from activity").await, records + 1);
                    }
                    (Err(Error::IllegalState(why)), Err(_)) => {
                        assert!(why.contains(state.as_str()), "{why}");
                        let after = db.key(id).await;
                        assert_eq!(
                            (after.state, after.version, after.reason),
                            (before.state, before.version, before.reason)
                        );
                        assert_eq!(db.number("select count(*) from activity").await, records);
                    }
                    (outcome, _) => panic!("{attempt:?} from {state:?}: {outcome:?}"),
                }
            }
        }
    });
}

#[test]
fn a_stale_version_of_a_key_is_refused() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let key = db.active_key(&user).await;
        let take = async |step, version| {
            db.change(START, async |tx| keys::step(tx, &Actor::cli(), key.id, step, None, Some(version)).await).await
        };
        assert!(matches!(take(Step::Suspend, key.version - 1).await, Err(Error::Stale)));
        take(Step::Suspend, key.version).await.unwrap();
        let renamed =
            db.change(START, async |tx| keys::rename(tx, &Actor::cli(), key.id, "Mine", Some(key.version)).await).await;
        assert!(matches!(renamed, Err(Error::Stale)), "{renamed:?}");
    });
}

#[test]
fn a_disabled_person_is_given_nothing_and_the_device_kind_is_not_given() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let platform = NewKey { kind: KeyKind::Platform, ..hardware() };
        let refused =
            db.change(START, async |tx| keys::assign(tx, &Actor::cli(), &user, platform).await).await.map(drop);
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        let key = db.assign(&user).await.key.id;
        db.change(START, async |tx| users::set_active(tx, &Actor::cli(), user.id, false, None).await).await.unwrap();
        // Also for somebody who read the person before.
        let refused =
            db.change(START, async |tx| keys::assign(tx, &Actor::cli(), &user, hardware()).await).await.map(drop);
        assert!(matches!(refused, Err(Error::IllegalState(_))), "{refused:?}");
        let refused =
            db.change(START, async |tx| keys::resend(tx, &Actor::cli(), key, None, None).await).await.map(drop);
        assert!(matches!(refused, Err(Error::IllegalState(_))), "{refused:?}");
    });
}
