//! The chain over the activity record.

use keystead_directory::{
    Timestamp,
    activity::{self, Action},
    actor::Actor,
    seals::{self, Head, Reach, Verdict},
    sql,
};
use tokio::sync::watch;

use super::{house::House, on_both_databases};
use crate::mail::sink::Sink;

on_both_databases! {
    every_settled_record_is_sealed_once_and_the_chain_verifies,
    a_changed_or_missing_record_breaks_the_chain_where_it_was,
    two_servers_seal_one_chain,
    a_record_that_comes_late_is_sealed_when_it_comes,
    a_round_of_housekeeping_seals_what_happened,
}

async fn record(house: &House, count: usize, at: Timestamp) {
    let mut tx = house.db.write(at).await.expect("a transaction");
    for number in 0..count {
        let details = serde_json::json!({ "number": number });
        activity::record(&mut tx, &Actor::system(), Action::SettingsUpdated, None, None, details)
            .await
            .expect("recorded");
    }
    tx.commit().await.expect("committed");
}

async fn seal(house: &House, reach: Reach) -> Option<Head> {
    let (mut last, mut next) = (None, Some(reach));
    while let Some(reach) = next {
        let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
        let (more, head) = seals::seal(&mut tx, reach).await.expect("sealed");
        tx.commit().await.expect("committed");
        (next, last) = (more, head.or(last));
    }
    last
}

async fn verify(house: &House) -> Verdict {
    seals::verify(&mut house.db.read().await.expect("a connection")).await.expect("verified")
}

async fn every_settled_record_is_sealed_once_and_the_chain_verifies(house: &House) {
    assert_eq!(verify(house).await, Verdict::Whole(None));
    let now = Timestamp::now();
    record(house, 1_234, now.plus_seconds(-60)).await;
    record(house, 3, now.plus_seconds(60)).await;
    let head = seal(house, Reach::Recent).await.expect("sealed");
    assert_eq!(head.position, 1_234, "the newest three may have neighbours that are still committing");
    assert_eq!(verify(house).await, Verdict::Whole(Some(head)));
    assert_eq!(seal(house, Reach::All).await, None, "nothing is sealed twice");
}

async fn a_changed_or_missing_record_breaks_the_chain_where_it_was(house: &House) {
    record(house, 20, Timestamp::now().plus_seconds(-60)).await;
    seal(house, Reach::All).await;
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    let refused = tx.query(sql!("update activity set actor_name = 'Nobody' where seq = 12")).execute().await;
    assert!(refused.is_err(), "the database itself refuses changes");
    drop(tx);
    // Whoever owns the database can take that guard away.
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    for guard in [
        sql!(sqlite: "drop trigger if exists activity_is_never_changed", postgres: "drop trigger if exists activity_is_never_changed on activity"),
        sql!(sqlite: "drop trigger if exists activity_is_never_deleted", postgres: "select 1"),
    ] {
        tx.query(guard).execute().await.expect("dropped");
    }
    tx.query(sql!("update activity set actor_name = 'Nobody' where seq = 12")).execute().await.expect("changed");
    tx.commit().await.expect("committed");
    assert_eq!(verify(house).await, Verdict::Broken { position: 12, activity_seq: 12 });
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    tx.query(sql!("delete from activity where seq = 7")).execute().await.expect("deleted");
    tx.commit().await.expect("committed");
    assert_eq!(verify(house).await, Verdict::Broken { position: 7, activity_seq: 7 });
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    tx.query(sql!("delete from activity_seals where position = 3")).execute().await.expect("deleted");
    tx.commit().await.expect("committed");
    assert_eq!(verify(house).await, Verdict::Broken { position: 3, activity_seq: 4 });
}

async fn two_servers_seal_one_chain(house: &House) {
    record(house, 600, Timestamp::now().plus_seconds(-60)).await;
    tokio::join!(seal(house, Reach::All), seal(house, Reach::All), seal(house, Reach::All));
    let Verdict::Whole(Some(head)) = verify(house).await else { panic!("one whole chain") };
    assert_eq!(head.position, 600);
}

async fn a_record_that_comes_late_is_sealed_when_it_comes(house: &House) {
    record(house, 5, Timestamp::now().plus_seconds(-60)).await;
    let mut tx = house.db.write(Timestamp::now()).await.expect("a transaction");
    // As if records 1 to 4 had committed only after 5 was sealed.
    tx.query(sql!("insert into activity_seals (position, activity_seq, hash) values (0, 5, $1)"))
        .bind(b"keystead activity chain 1".to_vec())
        .execute()
        .await
        .expect("the fifth first");
    tx.commit().await.expect("committed");
    let head = seal(house, Reach::Recent).await.expect("sealed");
    assert_eq!(head.position, 4, "1 to 4 follow, although 5 is sealed");
    assert_eq!(seal(house, Reach::Recent).await, None);
}

async fn a_round_of_housekeeping_seals_what_happened(house: &House) {
    house.person("jane@example.org").await;
    record(house, 2, Timestamp::now().plus_seconds(-60)).await;
    let worker = house.worker(&Sink::start().await).await;
    let (_stop, stopped) = watch::channel(false);
    worker.tidy(Reach::All, &stopped).await.expect("tidied");
    let Verdict::Whole(Some(head)) = verify(house).await else { panic!("a whole chain") };
    assert_eq!(head.position, 2, "the person was made just now");
}
