//! A ceremony is used once, for what it was begun for, in the browser that began it, in time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead::fido::ceremony::{Ceremony, Purpose};
use serde_json::{Value, json};

use crate::support::{Answer, Browser, TestApp};

#[track_caller]
fn expired(answer: &Answer) {
    answer.problem(400, "ceremony_expired");
    assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
}

/// What another version of time or another browser would have sealed.
fn resealed(app: &TestApp, purpose: Purpose, options: &Value, change: impl Fn(&mut Ceremony)) -> Value {
    let context = purpose.seal_context();
    let sealed = URL_SAFE_NO_PAD.decode(options["ceremonyId"].as_str().unwrap()).unwrap();
    let mut ceremony = Ceremony::from_bytes(&app.app.sealer.open(context, &sealed).unwrap()).unwrap();
    change(&mut ceremony);
    json!(URL_SAFE_NO_PAD.encode(app.app.sealer.seal(context, &ceremony.to_bytes().unwrap())))
}

#[tokio::test]
async fn an_answer_signs_in_once() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let mut browser = owner.clone();
    browser.cookies.clear();
    let options = browser.take("/signin/options", &json!({})).await;
    let body = browser.signed(&options);
    assert_eq!(browser.post("/signin/finish", &body).await.status, 200);
    expired(&browser.post("/signin/finish", &body).await);
    // Also of many at once.
    let options = browser.take("/signin/options", &json!({})).await;
    let body = browser.signed(&options);
    let at_once = (0..8).map(|_| tokio::spawn(browser.request("POST", "/signin/finish").json(&body).send()));
    let mut won = 0;
    for answer in at_once.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        if answer.status == 200 { won += 1 } else { expired(&answer) }
    }
    assert_eq!(won, 1);
    let keys = owner.read("/me").await["keys"].clone();
    assert_eq!(keys[0]["state"], "active", "a replay is no copied key: {keys}");
}

#[tokio::test]
async fn an_answer_counts_in_the_browser_that_asked_only() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    owner.cookies.clear();
    let mut other = app.browser("other");
    other.take("/signin/options", &json!({})).await;
    let options = owner.take("/signin/options", &json!({})).await;
    let body = owner.signed(&options);
    expired(&other.post("/signin/finish", &body).await);
    expired(&app.browser("without cookies").post("/signin/finish", &body).await);
    let mut planted = owner.clone();
    planted.cookies.insert("keystead-ceremony".to_owned(), "AAAA".to_owned());
    expired(&planted.post("/signin/finish", &body).await);
    // None of that used it up.
    assert_eq!(owner.post("/signin/finish", &body).await.status, 200);
}

#[tokio::test]
async fn a_made_up_ceremony_is_none() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let options = owner.take("/signin/options", &json!({})).await;
    let good = owner.signed(&options);
    let id = good["ceremonyId"].as_str().unwrap().to_owned();
    let mut flipped = URL_SAFE_NO_PAD.decode(&id).unwrap();
    *flipped.last_mut().unwrap() ^= 1;
    for forged in [
        String::new(),
        "a".to_owned(),
        "not base64!".to_owned(),
        id[..id.len() - 4].to_owned(),
        format!("{id}AAAA"),
        URL_SAFE_NO_PAD.encode(flipped),
        URL_SAFE_NO_PAD.encode(b"{\"purpose\":\"signIn\"}"),
        "A".repeat(200_000),
    ] {
        let mut body = good.clone();
        body["ceremonyId"] = json!(forged);
        expired(&owner.post("/signin/finish", &body).await);
    }
    // A stranger's server seals with another key.
    let stranger = TestApp::start().await;
    let options = stranger.browser("a").take("/signin/options", &json!({})).await;
    let mut body = good.clone();
    body["ceremonyId"] = options["ceremonyId"].clone();
    expired(&owner.post("/signin/finish", &body).await);
}

#[tokio::test]
async fn a_ceremony_serves_only_what_it_was_begun_for() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (_, token) = owner.add("jane@example.com").await;
    let mut signin = owner.take("/signin/options", &json!({})).await;
    let mut step_up = owner.take("/session/step-up/options", &json!({})).await;
    let body = owner.signed(&signin);
    expired(&owner.post("/session/step-up/finish", &body).await);
    let body = owner.signed(&step_up);
    expired(&owner.post("/signin/finish", &body).await);
    let registration = owner.take("/registrations/options", &json!({ "token": token })).await;
    let mut body = owner.registered(&token, &registration);
    for other in [&mut signin, &mut step_up] {
        body["ceremonyId"] = other["ceremonyId"].clone();
        expired(&owner.post("/registrations/finish", &body).await);
    }
    // Sealed for another purpose under the right name: as a program with a fault would.
    let forged = resealed(&app, Purpose::SignIn, &owner.take("/signin/options", &json!({})).await, |ceremony| {
        ceremony.purpose = Purpose::StepUp;
    });
    let mut body = owner.signed(&signin);
    body["ceremonyId"] = forged;
    expired(&owner.post("/signin/finish", &body).await);
}

#[tokio::test]
async fn a_ceremony_ends_after_five_minutes() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let options = owner.take("/signin/options", &json!({})).await;
    let mut body = owner.signed(&options);
    body["ceremonyId"] = resealed(&app, Purpose::SignIn, &options, |ceremony| {
        let left = ceremony.expires_at.as_millisecond() - keystead_directory::Timestamp::now().0;
        assert!((200_000..=300_000).contains(&left), "{left} ms are left of five minutes");
        // To the millisecond, as the server reads its clock.
        ceremony.expires_at = jiff::Timestamp::from_millisecond(keystead_directory::Timestamp::now().0).unwrap();
    });
    expired(&owner.post("/signin/finish", &body).await);
}

#[tokio::test]
async fn a_step_up_belongs_to_the_session_that_asked() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let mut second = owner.clone();
    second.cookies.remove("keystead-session");
    assert_eq!(second.sign_in().await.status, 200);
    let options = owner.take("/session/step-up/options", &json!({})).await;
    owner.key = second.key.clone();
    let body = owner.signed(&options);
    expired(&second.post("/session/step-up/finish", &body).await);
    assert_eq!(owner.post("/session/step-up/finish", &body).await.status, 200);
    expired(&owner.post("/session/step-up/finish", &body).await);
}

/// What a stranger can compare: everything but ids and dates.
fn seen(answer: &Answer) -> (u16, Vec<String>, Value) {
    let mut body = answer.json();
    body["requestId"] = json!("");
    (answer.status, answer.headers.keys().cloned().collect(), body)
}

#[tokio::test]
async fn a_key_that_is_not_known_gets_the_answer_of_one_that_is_not_active() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (mut jane, user) = app.joined(&mut owner, "jane").await;
    let key = owner.read(&format!("/users/{}/keys", user["id"].as_str().unwrap())).await["items"][0]["id"].clone();
    owner.take(&format!("/keys/{}/suspend", key.as_str().unwrap()), &json!({})).await;
    let suspended = jane.sign_in().await;

    let mut stranger = app.browser("stranger");
    let (_, token) = owner.add("john@example.com").await;
    let options = stranger.take("/registrations/options", &json!({ "token": token })).await;
    stranger.registered(&token, &options);
    let unknown = stranger.sign_in().await;
    unknown.problem(401, "credential_refused");
    assert_eq!(seen(&suspended), seen(&unknown));
    owner.take(&format!("/users/{}/disable", user["id"].as_str().unwrap()), &json!({})).await;
    assert_eq!(seen(&jane.sign_in().await), seen(&unknown));
}

#[tokio::test]
async fn one_credential_is_bound_to_one_person() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (_, hers) = owner.add("jane@example.com").await;
    let (john, his) = owner.add("john@example.com").await;
    let mut browser: Browser = app.browser("shared key");
    let first = browser.take("/registrations/options", &json!({ "token": hers })).await;
    let body = browser.registered(&hers, &first);
    let credential = body["credential"].clone();
    assert_eq!(browser.post("/registrations/finish", &body).await.status, 200);
    // The same credential once more: another challenge, the same id and key. Honest keys never do
    // this, so the attestation is left out and the client data is written anew.
    let second = browser.take("/registrations/options", &json!({ "token": his })).await;
    let client_data = json!({
        "type": "webauthn.create", "challenge": second["publicKey"]["challenge"], "origin": browser.origin,
        "crossOrigin": false,
    });
    let mut again = credential;
    again["response"]["clientDataJSON"] = json!(URL_SAFE_NO_PAD.encode(client_data.to_string()));
    again["response"]["attestationObject"] = without_attestation(&again["response"]["attestationObject"]);
    let body = json!({ "token": his, "ceremonyId": second["ceremonyId"], "credential": again });
    browser.post("/registrations/finish", &body).await.problem(409, "conflict");
    let path = format!("/users/{}", john["id"].as_str().unwrap());
    assert_eq!(owner.read(&format!("{path}/credentials")).await["items"], json!([]));
    assert_eq!(owner.read(&path).await["status"], "pending");
    let looked = browser.post("/registrations/inspect", &json!({ "token": his })).await;
    assert_eq!(looked.status, 200, "John's link was used up by a refusal");
    assert_eq!(app.browser("john").register(&his).await.status, 200);
}

/// An attestation object of the format `none` with the same authenticator data.
fn without_attestation(object: &Value) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(object.as_str().unwrap()).unwrap();
    let at = bytes.windows(9).position(|window| window == b"\x68authData").unwrap() + 9;
    // A byte string with a length of one byte (RFC 8949, 3.1).
    assert_eq!(bytes[at], 0x58);
    let end = at + 2 + usize::from(bytes[at + 1]);
    let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData";
    json!(URL_SAFE_NO_PAD.encode([&head[..], &bytes[at..end]].concat()))
}
