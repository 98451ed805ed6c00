//! Too much, at the wrong moment, or by the wrong one.

use keystead_agent_protocol::{CardState, FromAgent, FromServer, Refusal};
use serde_json::{Value, json};

use super::{BADGE, OTHER, card_link, handed_out, in_use, waiting, with_owner};
use crate::support::workstation::{GET_INFO, Workstation};

const OPERATION_DENIED: u8 = 0x27;

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_belongs_to_the_newest_activation_at_its_workstation() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let wait = json!({ "workstationId": desk.agent.id });
    let mut keys = Vec::new();
    for email in ["jane@example.com", "john@example.com"] {
        let key = waiting(&mut owner, email).await["registration"]["keyId"].as_str().unwrap().to_owned();
        let reading = owner.take(&format!("/keys/{key}/card/readings"), &wait).await["id"].clone();
        keys.push((key, reading));
    }
    let [(jane, earlier), (john, newer)] = &keys[..] else { panic!("two") };
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Registering);
    owner.get(&format!("/keys/{jane}/card/readings/{}", earlier.as_str().unwrap())).await.problem(404, "not_found");
    // Neither with the wait that ended nor with the other one's can the first key take the badge.
    for reading in [earlier, newer] {
        let answer = owner.post(&format!("/keys/{jane}/card/bind"), &json!({ "readingId": reading })).await;
        answer.problem(404, "not_found");
    }
    owner.take(&format!("/keys/{john}/card/bind"), &json!({ "readingId": newer })).await;
    assert_eq!(owner.read(&format!("/keys/{jane}")).await["state"], "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_tapped_while_somebody_elses_is_awaited_signs_nobody_in_and_is_named_to_administrators_alone() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let theirs = handed_out(&mut owner, &mut desk, "jane@example.com", &BADGE).await.0;
    let token = card_link(&mut owner, "john@example.com").await;
    let mut john = app.browser("none");
    let begin = json!({ "token": token, "workstation": "Desk 1" });
    let reading = john.take("/registrations/card/readings", &begin).await["id"].clone();
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Registering);
    let selection = desk.ask(0x0b, None).await;
    assert!(matches!(selection, FromServer::Waiting { .. }), "it was no tap for a command: {selection:?}");
    let follow = json!({ "token": token, "readingId": reading });
    let seen = john.take("/registrations/card/follow", &follow).await;
    assert_eq!((&seen["state"], &seen["takenBy"]), (&json!("taken"), &Value::Null));
    let finish = json!({ "token": token, "readingId": reading, "pin": "739251" });
    let refused = john.post("/registrations/card/finish", &finish).await;
    assert!(!refused.problem(409, "illegal_state").to_string().contains("jane"));
    assert_eq!(owner.read(&format!("/keys/{theirs}")).await["state"], "active");
    // Another badge, and the link is still good.
    assert_eq!(desk.tap(&OTHER).await.0, CardState::Registering);
    john.take("/registrations/card/finish", &finish).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_takes_so_many_commands_and_no_more_wherever_they_come_from() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let mut other = Workstation::enrolled(&app.app, "Desk 2").await;
    desk.tap(&BADGE).await;
    let mut answered = 0;
    while desk.cbor(GET_INFO, None).await.0 == 0 {
        answered += 1;
        assert!(answered < 200, "there is no limit");
    }
    assert!(answered > 50, "a sign-in is some ten commands");
    other.tap(&BADGE).await;
    let mut more = 0;
    let refused = loop {
        match other.cbor(GET_INFO, None).await.0 {
            0 => more += 1,
            status => break status,
        }
        // A few a second are allowed again.
        assert!(more < 20, "another workstation gets more out of it");
    };
    assert_eq!(refused, OPERATION_DENIED);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_connections_with_one_identity_the_older_one_is_ended() {
    let (app, _) = with_owner().await;
    let mut first = Workstation::enrolled(&app.app, "Desk 1").await;
    let readers = || FromAgent::Readers { readers: vec!["reader".to_owned()] };
    assert!(first.hear(readers()).await.is_ok());
    let mut second = Workstation::at(&app.app, first.agent.clone()).await;
    assert_eq!(first.hear(readers()).await, Err(Refusal::Replaced));
    assert!(second.hear(readers()).await.is_ok());
}
