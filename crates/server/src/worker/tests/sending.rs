//! From a committed row to the mail server, whatever that server does.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use keystead_directory::{Timestamp, alerts::AlertKind, mails};
use tokio::time::timeout;

use super::{house::House, on_both_databases};
use crate::mail::sink::{Behaviour, Sink};

on_both_databases! {
    a_committed_mail_arrives_and_its_content_is_erased,
    a_greylisted_mail_is_tried_again_later_and_arrives,
    a_refused_mail_is_given_up_at_once_with_an_alert,
    one_hanging_recipient_holds_up_nobody_else,
    a_mail_whose_answer_was_lost_is_sent_again_as_the_same_mail,
    two_servers_send_each_mail_once,
    the_end_of_the_server_waits_for_the_mail_in_flight,
}

async fn a_committed_mail_arrives_and_its_content_is_erased(house: &House) {
    let sink = Sink::start().await;
    let running = house.start(&sink).await;
    let user = house.person("jane@example.org").await;
    let (id, _) = house.registration(&user, 72).await;
    let sealed = house.stored(id).await.payload.unwrap_or_default();
    assert!(!String::from_utf8_lossy(&sealed).contains("register"), "what it says lies open in the database");
    running.bell.notify_one();
    let [mail] = &sink.wait_for(1).await[..] else { panic!("one mail") };
    assert_eq!(mail.to, "jane@example.org");
    assert!(mail.part("text/plain").contains("https://keys.example.org/register#"));
    assert_eq!(mail.header("Message-ID"), Some(format!("<{id}@keys.example.org>")));
    let stored = house.wait_for(id, |mail| mail.state == "sent").await;
    assert_eq!((stored.payload, stored.lease, stored.attempts), (None, None, 1));
    running.stop().await;
    assert_eq!(sink.mails().len(), 1);
}

async fn a_greylisted_mail_is_tried_again_later_and_arrives(house: &House) {
    let answer = "451 4.7.1 greylisted, come again";
    let sink = Sink::scripted(
        move |_, attempt| if attempt < 3 { Behaviour::AnswerRecipient(answer) } else { Behaviour::Take },
    )
    .await;
    let running = house.start(&sink).await;
    let id = house.notice("jane@example.org").await;
    for (attempt, wait) in [(1, 10), (2, 30)] {
        let before = Timestamp::now();
        let stored = house.wait_for(id, |mail| mail.attempts == attempt && mail.lease.is_none()).await;
        let waits = stored.next_attempt_at.seconds_since(before);
        assert!((wait - 3..=wait + 1).contains(&waits), "attempt {attempt} is followed after {waits} s");
        assert!(stored.last_error.is_some_and(|error| error.contains("greylisted, come again")));
        assert!(stored.payload.is_some() && stored.state == "queued");
        house.hurry(id).await;
        running.bell.notify_one();
    }
    house.wait_for(id, |mail| mail.state == "sent").await;
    assert!(house.alerts().await.is_empty());
    running.stop().await;
    assert_eq!((sink.attempts("jane@example.org"), sink.mails().len()), (3, 1));
}

async fn a_refused_mail_is_given_up_at_once_with_an_alert(house: &House) {
    let sink = Sink::scripted(|_, _| Behaviour::AnswerRecipient("550 5.1.1 no such person")).await;
    let running = house.start(&sink).await;
    let user = house.person("jnae@example.org").await;
    let (id, _) = house.registration(&user, 72).await;
    let stored = house.wait_for(id, |mail| mail.state == "givenUp").await;
    assert_eq!((stored.payload, stored.attempts), (None, 1));
    running.stop().await;
    let [alert] = &house.alerts().await[..] else { panic!("one alert") };
    assert_eq!((alert.kind, alert.user_id), (AlertKind::MailGivenUp, Some(user.id)));
    assert!(alert.title.contains("jnae@example.org") && alert.detail.contains("no such person"), "{alert:?}");
    assert!(alert.detail.contains("send the link again"), "it says what to do: {}", alert.detail);
    let [record] = &house.activity("mail.givenUp").await[..] else { panic!("one record") };
    assert_eq!((record.user_id, record.target_id), (Some(user.id), Some(id.0)));
    assert!(record.details.contains("no such person") && !record.details.contains("register#"));
    let counts = mails::counts(&mut house.db.read().await.expect("a connection")).await.expect("counted");
    assert_eq!((counts.queued, counts.given_up), (0, 1));
    assert_eq!(sink.attempts("jnae@example.org"), 1);
}

async fn one_hanging_recipient_holds_up_nobody_else(house: &House) {
    let sink = Sink::scripted(|to, _| if to.starts_with("hang") { Behaviour::Hang } else { Behaviour::Take }).await;
    let hanging = house.notice("hang@example.org").await;
    for number in 0..12 {
        house.notice(&format!("person{number}@example.org")).await;
    }
    let running = house.start(&sink).await;
    let begun = Instant::now();
    sink.wait_for(12).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(house.stored(hanging).await.state, "queued");
    assert_eq!(sink.attempts("hang@example.org"), 1, "it is still being tried");
    sink.release();
    house.wait_for(hanging, |mail| mail.lease.is_none() && mail.last_error.is_some()).await;
    running.stop().await;
}

async fn a_mail_whose_answer_was_lost_is_sent_again_as_the_same_mail(house: &House) {
    let sink =
        Sink::scripted(|_, attempt| if attempt == 1 { Behaviour::DropAfterContent } else { Behaviour::Take }).await;
    let running = house.start(&sink).await;
    let user = house.person("jane@example.org").await;
    let (id, _) = house.registration(&user, 72).await;
    house.wait_for(id, |mail| mail.attempts == 1 && mail.lease.is_none()).await;
    house.hurry(id).await;
    running.bell.notify_one();
    house.wait_for(id, |mail| mail.state == "sent").await;
    running.stop().await;
    let [lost, taken] = &sink.mails()[..] else { panic!("two copies") };
    assert!(!lost.taken && taken.taken);
    assert_eq!(lost.header("Message-ID"), taken.header("Message-ID"));
    assert_eq!(lost.part("text/plain"), taken.part("text/plain"), "with the same link");
}

async fn two_servers_send_each_mail_once(house: &House) {
    let sink = Sink::start().await;
    for number in 0..40 {
        house.notice(&format!("person{number}@example.org")).await;
    }
    let servers = [house.start(&sink).await, house.start(&sink).await, house.start(&sink).await];
    sink.wait_for(40).await;
    for server in servers {
        server.stop().await;
    }
    let mut copies = HashMap::new();
    for mail in sink.mails() {
        *copies.entry(mail.to).or_insert(0) += 1;
    }
    assert_eq!(copies.len(), 40);
    assert!(copies.values().all(|copies| *copies == 1), "{copies:?}");
    let counts = mails::counts(&mut house.db.read().await.expect("a connection")).await.expect("counted");
    assert_eq!(counts.queued, 0);
}

async fn the_end_of_the_server_waits_for_the_mail_in_flight(house: &House) {
    let sink = Sink::scripted(|_, attempt| if attempt == 1 { Behaviour::Hang } else { Behaviour::Take }).await;
    let id = house.notice("jane@example.org").await;
    let running = house.start(&sink).await;
    house.wait_for(id, |mail| mail.lease.is_some()).await;
    while sink.attempts("jane@example.org") == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let stopping = tokio::spawn(running.stop());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!stopping.is_finished(), "it waits for the exchange");
    sink.release();
    timeout(Duration::from_secs(5), stopping).await.expect("soon").expect("well");
    let stored = house.stored(id).await;
    assert!(stored.lease.is_none() && stored.state == "queued", "what became of it is noted: {stored:?}");
}
