//! API keys, and requests that are sent twice.

use keystead_directory::{
    Error, Timestamp,
    actor::Actor,
    api_keys, idempotency,
    roles::Role,
    secret::{Sealer, Token},
    users::{self, NewUser},
};

use crate::support::{START, TestDb, on_both, someone};

#[test]
fn an_api_key_works_until_it_expires_or_is_revoked() {
    on_both(|db| async move {
        let owner = someone(Role::Owner);
        let make = async |name: &str, days| {
            db.change(START, async |tx| api_keys::create(tx, &owner, name, Role::HelpDesk, days).await).await
        };
        let find = async |token: &Token, now| api_keys::find(&mut db.read().await.unwrap(), token, now).await.unwrap();
        let (key, token) = make("Sync", 2).await.unwrap();
        assert!(token.reveal().starts_with(api_keys::PREFIX));
        let found = find(&token, START).await.unwrap();
        assert_eq!((found.id, found.role, found.created_by.as_deref()), (key.id, Role::HelpDesk, Some("Owner")));
        let end = START.plus_hours(48);
        assert_eq!(found.expires_at, end);
        assert!(find(&token, Timestamp(end.0 - 1)).await.is_some());
        assert!(find(&token, end).await.is_none());
        for wrong in ["", "ksk_", &token.reveal()[4..], &token.reveal()[..46], &format!("{}x", token.reveal())] {
            assert!(find(&Token::presented(wrong), START).await.is_none(), "{wrong}");
        }
        db.change(START.plus_seconds(5), async |tx| api_keys::touch(tx, key.id).await).await.unwrap();
        assert_eq!(find(&token, START).await.unwrap().last_used_at, Some(START.plus_seconds(5)));
        db.change(START, async |tx| api_keys::revoke(tx, &owner, key.id).await).await.unwrap();
        assert!(find(&token, START).await.is_none());
        let again = db.change(START, async |tx| api_keys::revoke(tx, &owner, key.id).await).await;
        assert!(matches!(again, Err(Error::NotFound(_))), "{again:?}");
        assert!(api_keys::list(&mut db.read().await.unwrap()).await.unwrap().is_empty());
        for days in [0, 3651, -1, i64::MAX] {
            assert!(matches!(make("x", days).await, Err(Error::Invalid(_))), "{days}");
        }
        assert!(matches!(make(" ", 1).await, Err(Error::Invalid(_))));
    });
}

/// Adds a person as a handler does that may be sent the same request twice.
async fn once(db: &TestDb, key: &str, body: &str, email: &str) -> keystead_directory::Result<Vec<u8>> {
    let sealer = Sealer::new(&[7; 32]);
    db.change(START, async |tx| {
        let request = keystead_directory::secret::Token::presented(body).hash();
        if let Some(answer) = idempotency::earlier(tx, &sealer, "POST /users", key, &request).await? {
            return Ok(answer);
        }
        let user = users::create(tx, &Actor::cli(), NewUser::local(email)).await?;
        let answer = format!("made {} with a secret link", user.id).into_bytes();
        idempotency::keep(tx, &sealer, "POST /users", key, &answer).await?;
        Ok(answer)
    })
    .await
}

#[test]
fn the_same_request_is_answered_the_same_way() {
    on_both(|db| async move {
        let first = once(&db, "k1", "body", "jane@example.com").await.unwrap();
        assert_eq!(once(&db, "k1", "body", "jane@example.com").await.unwrap(), first);
        let mismatch = once(&db, "k1", "another body", "joe@example.com").await;
        assert!(matches!(mismatch, Err(Error::IdempotencyMismatch)), "{mismatch:?}");
        assert_ne!(once(&db, "k2", "body", "joe@example.com").await.unwrap(), first);
        assert_eq!(db.number("select count(*) from users").await, 2);
        // Kept sealed, and bound to its place.
        let kept: Vec<(Vec<u8>,)> = db.all("select answer from idempotent_answers order by key").await;
        assert!(kept.iter().all(|(answer,)| !answer.windows(6).any(|part| part == b"secret")));
        db.run(
            "update idempotent_answers set answer = (select o.answer from idempotent_answers o where o.key = 'k2') where key = 'k1'",
            "update idempotent_answers set answer = (select o.answer from idempotent_answers o where o.key = 'k2') where key = 'k1'",
        )
        .await
        .unwrap();
        let moved = once(&db, "k1", "body", "jane@example.com").await;
        assert!(matches!(moved, Err(Error::Sealed)), "{moved:?}");
    });
}

#[test]
fn two_equal_requests_at_once_make_one_resource() {
    on_both(|db| async move {
        for round in 0..5 {
            let all: Vec<_> = (0..8)
                .map(|_| {
                    let (db, email) = (db.clone(), format!("p{round}@example.com"));
                    tokio::spawn(async move { once(&db, &format!("k{round}"), "body", &email).await })
                })
                .collect();
            let mut answers = Vec::new();
            for one in all {
                answers.push(one.await.unwrap().unwrap());
            }
            answers.dedup();
            assert_eq!(answers.len(), 1);
            assert_eq!(db.number("select count(*) from users").await, round + 1);
        }
    });
}

#[test]
fn a_request_that_failed_may_be_sent_again_with_its_key() {
    on_both(|db| async move {
        let bad = once(&db, "k1", "body", "no address").await;
        assert!(matches!(bad, Err(Error::Invalid(_))), "{bad:?}");
        once(&db, "k1", "mended body", "jane@example.com").await.unwrap();
    });
}

#[test]
fn answers_are_forgotten_after_a_day() {
    on_both(|db| async move {
        once(&db, "k1", "body", "jane@example.com").await.unwrap();
        let forget = async |now| db.change(now, async |tx| idempotency::forget_old(tx).await).await.unwrap();
        assert_eq!(forget(START.plus_hours(24)).await, 0);
        assert_eq!(forget(START.plus_hours(24).plus_seconds(1)).await, 1);
    });
}
