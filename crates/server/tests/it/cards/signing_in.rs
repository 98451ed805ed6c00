//! A card signs its holder in to Keystead by the ordinary page, from the moment that it works.

use serde_json::{Value, json};

use super::{BADGE, card_link, handed_out, in_use, with_owner};
use crate::support::{Answer, Browser, TestApp, workstation::Workstation};

const OPERATION_DENIED: u8 = 0x27;
const NO_CREDENTIALS: u8 = 0x2e;
const PIN_INVALID: u8 = 0x31;
const PIN_BLOCKED: u8 = 0x32;
const PIN_AUTH_BLOCKED: u8 = 0x34;

/// Signs in with the card and this PIN: the server's answer, or why the card gave none.
async fn sign_in(app: &TestApp, desk: &mut Workstation, pin: &str) -> Result<(Answer, Browser), u8> {
    let mut browser = app.browser("none");
    let options = browser.take("/signin/options", &json!({})).await;
    let origin = browser.origin.clone();
    desk.tap(&BADGE).await;
    let credential = desk.answer(&BADGE, pin, &options["publicKey"], &origin).await?;
    let body = json!({ "ceremonyId": options["ceremonyId"], "credential": credential });
    Ok((browser.post("/signin/finish", &body).await, browser))
}

async fn signed_in(app: &TestApp, desk: &mut Workstation, pin: &str) -> Browser {
    let (answer, mut browser) = sign_in(app, desk, pin).await.expect("the card answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(browser.signed_in().await);
    browser
}

fn own(passkeys: &Value) -> Vec<&Value> {
    passkeys["items"].as_array().unwrap().iter().filter(|passkey| passkey["signsInHere"] == true).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_signs_in_at_once_and_the_counters_stay_in_step() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let policy = json!({ "cardPolicy": { "changeMadeUp": false }, "attestation": "required" });
    assert_eq!(owner.patch("/settings", &policy).await.status, 200);
    let (key, pin) = handed_out(&mut owner, &mut desk, "jane@example.com", &BADGE).await;
    for count in 1..=3 {
        let mut person = signed_in(&app, &mut desk, &pin).await;
        let me = person.read("/me").await;
        assert_eq!((&me["user"]["email"], &me["keys"][0]["id"]), (&json!("jane@example.com"), &json!(key)));
        assert_eq!(me["keys"][0]["model"], "Keystead contactless card");
        let held = owner.read(&format!("/keys/{key}/passkeys")).await;
        assert_eq!((own(&held).len(), &own(&held)[0]["signatures"]), (1, &json!(count)));
        assert_eq!(own(&held)[0]["account"], "jane@example.com");
    }
    // The passkey is the key: neither the panel nor the card removes it alone.
    let held = owner.read(&format!("/keys/{key}/passkeys")).await;
    let path = format!("/keys/{key}/passkeys/{}", own(&held)[0]["id"].as_str().unwrap());
    owner.delete(&path).await.problem(409, "illegal_state");
    signed_in(&app, &mut desk, &pin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_a_card_signs_in_once() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let mut browser = app.browser("none");
    let options = browser.take("/signin/options", &json!({})).await;
    desk.tap(&BADGE).await;
    let origin = browser.origin.clone();
    let credential = desk.answer(&BADGE, "739251", &options["publicKey"], &origin).await.unwrap();
    let body = json!({ "ceremonyId": options["ceremonyId"], "credential": credential });
    let again = browser.clone();
    assert_eq!(browser.post("/signin/finish", &body).await.status, 200);
    assert_eq!(again.clone().post("/signin/finish", &body).await.status, 410, "it was used");
    // The same signature for another question.
    let mut other = app.browser("none");
    let question = other.take("/signin/options", &json!({})).await;
    let body = json!({ "ceremonyId": question["ceremonyId"], "credential": credential });
    other.post("/signin/finish", &body).await.problem(401, "credential_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_card_signs_nobody_in_until_it_is_resumed() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let mut person = signed_in(&app, &mut desk, "739251").await;
    // A sign-in that was answered before, and is sent after the card was suspended.
    let mut late = app.browser("none");
    let options = late.take("/signin/options", &json!({})).await;
    desk.tap(&BADGE).await;
    let origin = late.origin.clone();
    let credential = desk.answer(&BADGE, "739251", &options["publicKey"], &origin).await.unwrap();

    assert_eq!(owner.post(&format!("/keys/{key}/suspend"), &json!({})).await.status, 200);
    assert!(!person.signed_in().await, "the session it opened ended");
    let body = json!({ "ceremonyId": options["ceremonyId"], "credential": credential });
    late.post("/signin/finish", &body).await.problem(401, "credential_refused");
    let refused = sign_in(&app, &mut desk, "739251").await.map(|(answer, _)| answer.status);
    assert_ne!(refused, Ok(200));

    assert_eq!(owner.post(&format!("/keys/{key}/resume"), &json!({})).await.status, 200);
    signed_in(&app, &mut desk, "739251").await;
    let revoke = json!({ "reason": "stolen" });
    assert_eq!(owner.post(&format!("/keys/{key}/revoke"), &revoke).await.status, 200);
    assert!(sign_in(&app, &mut desk, "739251").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_wrong_pins_blocked_signs_in_again_once_it_is_unblocked() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let mut refusals = Vec::new();
    for _ in 0..8 {
        refusals.extend(sign_in(&app, &mut desk, "111222").await.err());
    }
    assert_eq!(refusals, [&[PIN_INVALID; 7][..], &[PIN_BLOCKED]].concat(), "each came with a tap of its own");
    assert!(matches!(sign_in(&app, &mut desk, "739251").await, Err(PIN_BLOCKED | PIN_AUTH_BLOCKED)));
    assert_eq!(owner.post(&format!("/keys/{key}/card/unblock"), &json!({})).await.status, 204);
    signed_in(&app, &mut desk, "739251").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_signs_in_after_its_pin_was_reset_and_its_old_passkey_is_gone() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let mut person = signed_in(&app, &mut desk, "739251").await;
    let before = owner.read(&format!("/keys/{key}/passkeys")).await;
    let reset = owner.take(&format!("/keys/{key}/card/reset-pin"), &json!({})).await;
    assert_eq!(reset["passkeysLost"], 0, "Keystead's own is made anew");
    assert!(!person.signed_in().await, "whoever had the old PIN is out");
    desk.tap(&BADGE).await;
    assert_eq!(desk.change_pin(reset["pin"]["pin"].as_str().unwrap(), "846372").await, 0);
    signed_in(&app, &mut desk, "846372").await;
    let after = owner.read(&format!("/keys/{key}/passkeys")).await;
    assert_eq!(own(&after).len(), 1);
    assert_ne!(own(&before)[0]["id"], own(&after)[0]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_its_holder_activated_signs_in_with_the_pin_they_chose() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let token = card_link(&mut owner, "jane@example.com").await;
    let mut person = app.browser("none");
    let begin = json!({ "token": token, "workstation": "Desk 1" });
    let reading = person.take("/registrations/card/readings", &begin).await["id"].clone();
    desk.tap(&BADGE).await;
    let finish = json!({ "token": token, "readingId": reading, "pin": "739251" });
    assert_eq!(person.take("/registrations/card/finish", &finish).await["signsInHere"], true);
    signed_in(&app, &mut desk, "739251").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_without_a_pin_is_a_second_factor_elsewhere_and_does_not_sign_in_here() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    assert_eq!(owner.patch("/settings", &json!({ "cardPolicy": { "pinRequired": false } })).await.status, 200);
    let body = json!({ "email": "jane@example.com",
        "key": { "kind": "contactlessCard", "activation": "now", "withPin": false } });
    let key = owner.take("/users", &body).await["registration"]["keyId"].as_str().unwrap().to_owned();
    let wait = json!({ "workstationId": desk.agent.id });
    let reading = owner.take(&format!("/keys/{key}/card/readings"), &wait).await["id"].clone();
    desk.tap(&BADGE).await;
    let bound = owner.take(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading })).await;
    assert_eq!((&bound["signsInHere"], &bound["pin"]), (&json!(false), &Value::Null));
    assert_eq!(owner.read(&format!("/keys/{key}/card")).await["signsInHere"], false);

    desk.tap(&BADGE).await;
    assert_eq!(desk.register_without_pin(&BADGE, "example.com", "jane").await, 0);
    assert_eq!(desk.second_factor(&BADGE, "example.com").await, 0);
    assert_eq!(desk.second_factor(&BADGE, app.app.fido.rp_id()).await, NO_CREDENTIALS);
    // Whoever has the badge may choose a PIN; Keystead does not take that for the person's.
    desk.tap(&BADGE).await;
    assert_eq!(desk.set_pin("739251").await, 0);
    assert!(matches!(sign_in(&app, &mut desk, "739251").await, Err(NO_CREDENTIALS | OPERATION_DENIED)));
    // An administrator gives it one, and the card signs in.
    let reset = owner.take(&format!("/keys/{key}/card/reset-pin"), &json!({})).await;
    desk.tap(&BADGE).await;
    assert_eq!(desk.change_pin(reset["pin"]["pin"].as_str().unwrap(), "846372").await, 0);
    signed_in(&app, &mut desk, "846372").await;
}
