//! Contactless cards: handing them out, what they do, and what stops them.

mod handing_out;
mod links;
mod signing_in;
mod vault;

use keystead_agent_protocol::CardState;
use keystead_ctap::cbor::Value;
use serde_json::{Value as Json, json};

use crate::support::{Browser, TestApp, token_of, workstation::Workstation};

/// A badge's number.
pub const BADGE: [u8; 7] = [4, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6];
/// Another one's.
pub const OTHER: [u8; 4] = [0xde, 0xad, 0xbe, 0xef];

/// A person whose key waits for a card.
pub async fn waiting(owner: &mut Browser, email: &str) -> Json {
    let body = json!({ "email": email, "key": { "kind": "contactlessCard", "activation": "now" } });
    owner.take("/users", &body).await
}

/// Hands a card out at a workstation: the key's id and the PIN.
pub async fn handed_out(owner: &mut Browser, desk: &mut Workstation, email: &str, uid: &[u8]) -> (String, String) {
    let key = waiting(owner, email).await["registration"]["keyId"].as_str().unwrap().to_owned();
    let wait = json!({ "workstationId": desk.agent.id });
    let reading = owner.take(&format!("/keys/{key}/card/readings"), &wait).await;
    assert_eq!(reading["state"], "waiting");
    assert_eq!(desk.tap(uid).await.0, CardState::Registering);
    let reading = owner.read(&format!("/keys/{key}/card/readings/{}", reading["id"].as_str().unwrap())).await;
    assert_eq!(reading["state"], "seen", "{reading}");
    let bound = owner.take(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading["id"] })).await;
    assert_eq!(bound["key"]["state"], "active");
    (key, bound["pin"]["pin"].as_str().expect("a PIN, since there is no mail server").to_owned())
}

/// The same, with the PIN changed to this one as its holder does.
pub async fn in_use(owner: &mut Browser, desk: &mut Workstation, email: &str, uid: &[u8], pin: &str) -> String {
    let (key, made_up) = handed_out(owner, desk, email, uid).await;
    assert_eq!(desk.tap(uid).await.0, CardState::Known);
    assert_eq!(desk.change_pin(&made_up, pin).await, 0);
    key
}

/// Whether an answer to getAssertion is one.
pub fn signed((status, answer): &(u8, Value)) -> bool {
    *status == 0 && matches!(answer, Value::Map(entries) if entries.iter().any(|(key, _)| *key == 3_u64.into()))
}

/// The secret of a card's link.
pub async fn card_link(owner: &mut Browser, email: &str) -> String {
    let body = json!({ "email": email, "key": { "kind": "contactlessCard" } });
    token_of(&owner.take("/users", &body).await["registration"]["link"])
}

/// A server with an owner.
pub async fn with_owner() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let owner = app.owner_browser().await;
    (app, owner)
}
