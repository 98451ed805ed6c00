//! Another card in the place of one that is worn out, lost or stolen.

use keystead_agent_protocol::CardState;
use serde_json::{Value, json};

use super::{BADGE, OTHER, in_use, sign_in, signed, signed_in, with_owner};
use crate::support::{Browser, token_of, workstation::Workstation};

/// Reads a badge for a key that waits, and binds it.
async fn bound(owner: &mut Browser, desk: &mut Workstation, key: &str, uid: &[u8]) -> Value {
    let wait = json!({ "workstationId": desk.agent.id });
    let reading = owner.take(&format!("/keys/{key}/card/readings"), &wait).await["id"].clone();
    assert_eq!(desk.tap(uid).await.0, CardState::Registering);
    owner.take(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading })).await
}

fn id(key: &Value) -> String {
    key["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_replaces_another_takes_over_its_pin_and_its_passkeys() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let old = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "example.com", "jane").await;
    let mut person = signed_in(&app, &mut desk, &BADGE, "739251").await;

    let replace = format!("/keys/{old}/card/replace");
    let replacement = owner.take(&replace, &json!({ "activation": "now" })).await;
    assert_eq!((&replacement["lost"], &replacement["key"]["state"]), (&json!([]), &json!("pending")));
    owner.post(&replace, &json!({ "activation": "now" })).await.problem(409, "illegal_state");
    assert!(signed(&desk.sign_in(&BADGE, "739251", "example.com").await), "the old card works until then");

    let new = id(&replacement["key"]);
    let answer = bound(&mut owner, &mut desk, &new, &OTHER).await;
    assert_eq!((&answer["pin"], &answer["signsInHere"]), (&Value::Null, &json!(true)));
    let before = owner.read(&format!("/keys/{old}")).await;
    assert_eq!((&before["state"], &before["reason"]), (&json!("revoked"), &json!("replaced")));
    assert!(!person.signed_in().await, "what the old card opened is closed");
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Unknown);
    assert_eq!(owner.read(&format!("/keys/{old}/card")).await["bound"], false);
    assert_eq!(owner.read(&format!("/keys/{old}/passkeys")).await["items"], json!([]));

    assert_eq!(desk.tap(&OTHER).await.0, CardState::Known);
    assert!(signed(&desk.sign_in(&OTHER, "739251", "example.com").await));
    signed_in(&app, &mut desk, &OTHER, "739251").await;
    let card = owner.read(&format!("/keys/{new}/card")).await;
    assert_eq!((&card["number"], &card["pinTries"]), (&json!("BEEF"), &json!(8)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_card_whose_pin_nobody_knows_leaves_its_passkeys_behind_and_says_which() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    assert_eq!(owner.patch("/settings", &json!({ "cardPolicy": { "changeMadeUp": false } })).await.status, 200);
    let old = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "example.com", "jane").await;
    // Its holder reports it lost on their own page, where they signed in with it.
    let mut person = signed_in(&app, &mut desk, &BADGE, "739251").await;
    assert_eq!(person.post(&format!("/me/keys/{old}/report-lost"), &json!({})).await.status, 200);
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Suspended);
    assert!(sign_in(&app, &mut desk, &BADGE, "739251").await.is_err());

    let body = json!({ "newPin": true, "activation": "now" });
    let replacement = owner.take(&format!("/keys/{old}/card/replace"), &body).await;
    assert_eq!(replacement["lost"], json!([{ "rpId": "example.com", "rpName": null, "userName": "jane" }]));
    let answer = bound(&mut owner, &mut desk, &id(&replacement["key"]), &OTHER).await;
    assert_eq!(owner.read(&format!("/keys/{old}")).await["reason"], "replaced");
    assert_eq!(desk.tap(&OTHER).await.0, CardState::Known);
    signed_in(&app, &mut desk, &OTHER, answer["pin"]["pin"].as_str().unwrap()).await;
    assert!(!signed(&desk.sign_in(&OTHER, answer["pin"]["pin"].as_str().unwrap(), "example.com").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_holder_activates_a_replacement_with_the_pin_they_know() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let old = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let replacement = owner.take(&format!("/keys/{old}/card/replace"), &json!({})).await;
    let token = token_of(&replacement["registration"]["link"]);
    let mut person = app.browser("none");
    assert_eq!(person.take("/registrations/card", &json!({ "token": token })).await["keepsPin"], true);
    let begin = json!({ "token": token, "workstation": "Desk 1" });
    let reading = person.take("/registrations/card/readings", &begin).await["id"].clone();
    assert_eq!(desk.tap(&OTHER).await.0, CardState::Registering);
    let finish = json!({ "token": token, "readingId": reading, "pin": "846372" });
    let refused = person.post("/registrations/card/finish", &finish).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["field"], "pin");
    let finish = json!({ "token": token, "readingId": reading });
    assert_eq!(person.take("/registrations/card/finish", &finish).await["pin"], Value::Null);
    signed_in(&app, &mut desk, &OTHER, "739251").await;
    assert_eq!(owner.read(&format!("/keys/{old}")).await["state"], "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_of_a_card_that_was_revoked_meanwhile_begins_empty() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let old = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "example.com", "jane").await;
    let new = id(&owner.take(&format!("/keys/{old}/card/replace"), &json!({ "activation": "now" })).await["key"]);
    let revoke = json!({ "reason": "stolen" });
    assert_eq!(owner.post(&format!("/keys/{old}/revoke"), &revoke).await.status, 200);
    let answer = bound(&mut owner, &mut desk, &new, &OTHER).await;
    assert!(answer["pin"]["pin"].is_string(), "{answer}");
    assert_eq!(owner.read(&format!("/keys/{old}")).await["reason"], "stolen");
    assert_eq!(owner.read(&format!("/keys/{new}/passkeys")).await["items"].as_array().unwrap().len(), 1);
    owner.post(&format!("/keys/{old}/card/replace"), &json!({})).await.problem(409, "illegal_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_does_with_cards_is_recorded_unless_an_administrator_switched_it_off() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let person = owner.read(&format!("/keys/{key}")).await["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(owner.read(&format!("/users/{person}")).await["cardAuditing"], true);
    let helper = app.person(keystead_directory::roles::Role::HelpDesk).await;
    let path = format!("/api/v1/users/{person}");
    let off = json!({ "cardAuditing": false });
    let refused = app.request("PATCH", &path).browser(&helper.cookie).json(&off).send().await;
    refused.problem(403, "forbidden");
    assert_eq!(owner.patch(&format!("/users/{person}"), &off).await.json()["cardAuditing"], false);

    desk.register(&BADGE, "739251", "example.com", "jane").await;
    assert!(signed(&desk.sign_in(&BADGE, "739251", "example.com").await));
    signed_in(&app, &mut desk, &BADGE, "739251").await;
    let count = async |owner: &mut Browser, action: &str| {
        let records = owner.read("/activity?limit=200").await;
        let hers = |record: &&Value| record["action"] == action && record["user"]["id"] == person.as_str();
        records["items"].as_array().unwrap().iter().filter(hers).count()
    };
    assert_eq!(count(&mut owner, "card.passkey.registered").await, 0);
    assert_eq!(count(&mut owner, "card.passkey.used").await, 0);
    assert_eq!(count(&mut owner, "signin.succeeded").await, 1, "signing in to Keystead itself is always recorded");
    assert_eq!(count(&mut owner, "user.updated").await, 1, "and so is that it was switched off");

    let on = json!({ "cardAuditing": true, "displayName": "Jane" });
    assert_eq!(owner.patch(&format!("/users/{person}"), &on).await.json()["displayName"], "Jane");
    assert!(signed(&desk.sign_in(&BADGE, "739251", "example.com").await));
    assert_eq!(count(&mut owner, "card.passkey.used").await, 1);
}
