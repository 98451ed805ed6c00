//! Cards that are handed out by an administrator or activated by the person.

use keystead_agent_protocol::CardState;
use serde_json::json;

use super::{BADGE, OTHER, card_link, handed_out, signed, waiting, with_owner};
use crate::support::workstation::Workstation;

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_somebodys_is_refused_naming_whose() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    handed_out(&mut owner, &mut desk, "jane@example.com", &BADGE).await;
    let key = waiting(&mut owner, "john@example.com").await["registration"]["keyId"].as_str().unwrap().to_owned();
    let reading =
        owner.take(&format!("/keys/{key}/card/readings"), &json!({ "workstationId": desk.agent.id })).await["id"]
            .clone();
    let follow = format!("/keys/{key}/card/readings/{}", reading.as_str().unwrap());
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Registering);
    let seen = owner.read(&follow).await;
    assert_eq!((&seen["state"], &seen["takenBy"]["userDisplayName"]), (&json!("taken"), &json!("jane@example.com")));
    let refused = owner.post(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading })).await;
    refused.problem(409, "illegal_state");
    // Another card on the same reader will do, and a later one does not take its place.
    assert_eq!(desk.tap(&OTHER).await.0, CardState::Registering);
    assert_eq!(desk.tap(&[1, 2, 3, 4]).await.0, CardState::Unknown);
    let seen = owner.read(&follow).await;
    assert_eq!((&seen["state"], &seen["number"]), (&json!("seen"), &json!("BEEF")));
    owner.take(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading })).await;
    owner.post(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading })).await.problem(409, "illegal_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_badge_bound_for_two_people_at_once_gets_one_of_them() {
    let (app, mut owner) = with_owner().await;
    let mut first = Workstation::enrolled(&app.app, "Desk 1").await;
    let mut second = Workstation::enrolled(&app.app, "Desk 2").await;
    let mut ready = Vec::new();
    for (desk, email) in [(&mut first, "jane@example.com"), (&mut second, "john@example.com")] {
        let key = waiting(&mut owner, email).await["registration"]["keyId"].as_str().unwrap().to_owned();
        let reading =
            owner.take(&format!("/keys/{key}/card/readings"), &json!({ "workstationId": desk.agent.id })).await;
        assert_eq!(desk.tap(&BADGE).await.0, CardState::Registering);
        ready.push((key, reading["id"].clone()));
    }
    let bind = |at: usize| {
        let (mut owner, (key, reading)) = (owner.clone(), ready[at].clone());
        async move { owner.post(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading })).await.status }
    };
    let (one, other) = tokio::join!(bind(0), bind(1));
    let mut statuses = [one, other];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_activates_a_card_with_their_link_and_a_pin_of_their_own() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let token = card_link(&mut owner, "jane@example.com").await;
    let mut person = app.browser("none");
    let look = person.take("/registrations/card", &json!({ "token": token })).await;
    assert_eq!((&look["withPin"], &look["workstations"]), (&json!(true), &json!([])), "it is at another address");
    let unknown = json!({ "token": token, "workstation": "Desk 2" });
    assert_eq!(person.post("/registrations/card/readings", &unknown).await.status, 422);
    let reading =
        person.take("/registrations/card/readings", &json!({ "token": token, "workstation": "Desk 1" })).await["id"]
            .clone();
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Registering);
    let follow = json!({ "token": token, "readingId": reading });
    assert_eq!(person.take("/registrations/card/follow", &follow).await["state"], "seen");
    let finish = |pin: &str| json!({ "token": token, "readingId": reading, "pin": pin });
    let refused = person.post("/registrations/card/finish", &finish("123456")).await;
    assert_eq!(refused.problem(422, "invalid")["errors"][0]["field"], "pin");
    let activated = person.take("/registrations/card/finish", &finish("739251")).await;
    assert_eq!(activated["pin"], json!(null));
    person.post("/registrations/card/finish", &finish("739251")).await.problem(410, "link_used");

    assert_eq!(desk.tap(&BADGE).await.0, CardState::Known);
    assert_eq!(desk.register(&BADGE, "739251", "example.com", "jane").await.0, 0);
    assert!(signed(&desk.sign_in(&BADGE, "739251", "example.com").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_without_a_pin_is_handed_out_only_where_the_settings_allow_it() {
    let (app, mut owner) = with_owner().await;
    let desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let body = json!({ "email": "jane@example.com",
        "key": { "kind": "contactlessCard", "activation": "now", "withPin": false } });
    let refused = owner.post("/users", &body).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["field"], "key.withPin");
    let policy = json!({ "cardPolicy": { "pinRequired": false } });
    assert_eq!(owner.patch("/settings", &policy).await.status, 200);
    let key = owner.take("/users", &body).await["registration"]["keyId"].as_str().unwrap().to_owned();
    assert_eq!(owner.read(&format!("/keys/{key}/card")).await["withPin"], false);
    let short = json!({ "cardPolicy": { "minimumLength": 3 } });
    owner.patch("/settings", &short).await.problem(422, "invalid");
    drop(desk);
}
