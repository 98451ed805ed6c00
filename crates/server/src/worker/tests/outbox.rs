//! Leases, cancelled links, and mails that nobody takes.

use keystead_directory::{
    Timestamp, activations,
    actor::Actor,
    ids::new_uuid,
    mails::{self, ClaimedMail, MailContent},
    secret::Sealer,
    users,
};

use super::{
    house::{House, letter},
    on_both_databases,
};

on_both_databases! {
    a_leased_mail_is_nobody_elses,
    a_server_that_lost_its_lease_can_not_write,
    a_link_that_is_not_open_any_more_is_not_sent,
    a_mail_is_given_up_after_48_hours,
    a_mail_that_another_key_sealed_is_given_up,
    what_left_the_queue_is_forgotten_after_30_days,
}

async fn claim(house: &House, sealer: &Sealer, at: Timestamp, seconds: i64) -> Vec<ClaimedMail> {
    let mut tx = house.db.write(at).await.expect("a transaction");
    let claimed = mails::claim(&mut tx, sealer, new_uuid(), seconds, 10).await.expect("claimed");
    tx.commit().await.expect("committed");
    claimed
}

async fn a_leased_mail_is_nobody_elses(house: &House) {
    let id = house.notice("jane@example.org").await;
    let now = Timestamp::now();
    assert!(mails::due(&mut house.db.read().await.expect("a connection"), now).await.expect("a look"));
    let first = claim(house, &house.sealer, now, 120).await;
    assert_eq!(first.iter().map(|mail| mail.id).collect::<Vec<_>>(), [id]);
    assert!(claim(house, &house.sealer, now, 120).await.is_empty());
    assert!(!mails::due(&mut house.db.read().await.expect("a connection"), now).await.expect("a look"));
}

async fn a_server_that_lost_its_lease_can_not_write(house: &House) {
    let id = house.notice("jane@example.org").await;
    let frozen = claim(house, &house.sealer, Timestamp::now(), -1).await.pop().expect("claimed");
    let other =
        claim(house, &house.sealer, Timestamp::now(), 120).await.pop().expect("claimed again, as its lease is over");
    assert_eq!((other.id, other.attempts), (id, 2));
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    assert!(!mails::sent(&mut tx, &frozen).await.expect("an answer"));
    assert!(!mails::retry(&mut tx, &frozen, "late").await.expect("an answer"));
    assert!(!mails::give_up(&mut tx, &frozen, "late").await.expect("an answer"));
    assert!(mails::sent(&mut tx, &other).await.expect("an answer"));
    tx.commit().await.expect("committed");
    let stored = house.stored(id).await;
    assert_eq!((stored.state.as_str(), stored.last_error), ("sent", None));
    assert!(house.alerts().await.is_empty() && house.activity("mail.givenUp").await.is_empty());
}

async fn a_link_that_is_not_open_any_more_is_not_sent(house: &House) {
    let mut cancelled = Vec::new();
    let user = house.person("withdrawn@example.org").await;
    cancelled.push(house.registration(&user, 72).await.0);
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    activations::cancel_of_user(&mut tx, user.id).await.expect("cancelled");
    tx.commit().await.expect("committed");

    let user = house.person("disabled@example.org").await;
    cancelled.push(house.registration(&user, 72).await.0);
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    users::set_active(&mut tx, &Actor::cli(), user.id, false, None).await.expect("disabled");
    tx.commit().await.expect("committed");

    let user = house.person("deleted@example.org").await;
    cancelled.push(house.registration(&user, 72).await.0);
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    users::delete(&mut tx, &Actor::cli(), user.id, None).await.expect("deleted");
    tx.commit().await.expect("committed");

    // Nobody comes for them, and still their secrets are gone.
    for &id in &cancelled {
        let stored = house.stored(id).await;
        assert_eq!((stored.state.as_str(), stored.payload), ("cancelled", None));
    }

    let user = house.person("late@example.org").await;
    cancelled.push(house.registration(&user, -1).await.0);

    let user = house.person("open@example.org").await;
    let (open, _) = house.registration(&user, 72).await;
    let claimed = claim(house, &house.sealer, Timestamp::now(), 120).await;
    assert_eq!(claimed.iter().map(|mail| mail.id).collect::<Vec<_>>(), [open]);
    for id in cancelled {
        let stored = house.stored(id).await;
        assert_eq!((stored.state.as_str(), stored.payload, stored.lease), ("cancelled", None, None));
    }
    assert!(house.alerts().await.is_empty(), "a withdrawn link is no alarm");
}

async fn a_mail_is_given_up_after_48_hours(house: &House) {
    let (tried, untouched) = (house.notice("tried@example.org").await, house.notice("untouched@example.org").await);
    let now = Timestamp::now();
    let mut at = now;
    for _ in 0..100 {
        // Each time, the mail that is tried comes back exactly when it is due.
        at = house.stored(tried).await.next_attempt_at.max(at);
        let mut tx = house.db.write(at).await.expect("a transaction");
        let claimed = mails::claim(&mut tx, &house.sealer, new_uuid(), -1, 10).await.expect("claimed");
        let mail = claimed.iter().find(|mail| mail.id == tried).expect("due");
        mails::retry(&mut tx, mail, "no answer").await.expect("noted");
        tx.commit().await.expect("committed");
        if house.stored(tried).await.state != "queued" {
            break;
        }
    }
    let stored = house.stored(tried).await;
    assert_eq!((stored.state.as_str(), stored.payload), ("givenUp", None));
    let waited = at.seconds_since(now);
    assert!((48 * 3600 - 60..=48 * 3600).contains(&waited), "after {waited} s");
    assert!(stored.attempts > 40, "about hourly: {}", stored.attempts);
    assert_eq!(house.stored(untouched).await.state, "queued");
    // The other one waited without a mail server.
    for (hours, given_up) in [(47, 0), (49, 1), (49, 0)] {
        let mut tx = house.db.write(now.plus_hours(hours)).await.expect("a transaction");
        assert_eq!(mails::give_up_overdue(&mut tx, new_uuid()).await.expect("looked"), given_up);
        tx.commit().await.expect("committed");
    }
    assert_eq!(house.stored(untouched).await.state, "givenUp");
    assert_eq!((house.alerts().await.len(), house.activity("mail.givenUp").await.len()), (2, 2));
}

async fn a_mail_that_another_key_sealed_is_given_up(house: &House) {
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    let mail = letter("jane@example.org", MailContent::TestMail { at: tx.now() }, None, None);
    let id = mails::queue(&mut tx, &Sealer::new(&[9; 32]), mail).await.expect("queued");
    tx.commit().await.expect("committed");
    assert!(claim(house, &house.sealer, Timestamp::now(), 120).await.is_empty());
    let stored = house.stored(id).await;
    assert_eq!((stored.state.as_str(), stored.payload), ("givenUp", None));
    assert!(house.alerts().await.iter().any(|alert| alert.detail.contains("secret key")));
}

async fn what_left_the_queue_is_forgotten_after_30_days(house: &House) {
    let sent = house.notice("sent@example.org").await;
    let mail = claim(house, &house.sealer, Timestamp::now(), 120).await.pop().expect("claimed");
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    mails::sent(&mut tx, &mail).await.expect("noted");
    tx.commit().await.expect("committed");
    let waiting = house.notice("waiting@example.org").await;
    for (days, forgotten) in [(29, 0), (31, 1), (31, 0)] {
        let mut tx = house.db.write(Timestamp::now().plus_hours(24 * days)).await.expect("a transaction");
        assert_eq!(mails::purge(&mut tx).await.expect("purged"), forgotten, "of {sent}");
        tx.commit().await.expect("committed");
    }
    assert_eq!(house.stored(waiting).await.state, "queued");
}
