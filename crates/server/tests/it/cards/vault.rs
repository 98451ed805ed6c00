//! What a card does, command by command, and what stops it.

use keystead::app::App;
use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Kind, Refusal};
use serde_json::json;

use super::{BADGE, OTHER, handed_out, in_use, signed, with_owner};
use crate::support::workstation::{CLIENT_PIN, GET_INFO, Workstation, entry, map};

const OPERATION_DENIED: u8 = 0x27;
const PIN_INVALID: u8 = 0x31;
const PIN_BLOCKED: u8 = 0x32;
const PIN_AUTH_BLOCKED: u8 = 0x34;
const PIN_POLICY_VIOLATION: u8 = 0x37;

#[tokio::test(flavor = "multi_thread")]
async fn a_card_registers_and_signs_in_and_the_panel_shows_it() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let (status, data) = desk.register(&BADGE, "739251", "example.com", "jane").await;
    assert_eq!(status, 0);
    assert_eq!(data[32] & 0x45, 0x45, "present, verified, with a credential");
    assert_eq!(&data[37..53], keystead::cards::vault::AAGUID.as_bytes());
    assert!(signed(&desk.sign_in(&BADGE, "739251", "example.com").await));
    assert!(!signed(&desk.sign_in(&BADGE, "739251", "example.org").await), "registered elsewhere only");

    let held = owner.read(&format!("/keys/{key}/passkeys")).await;
    assert_eq!(held["items"][0]["relyingParty"], "example.com", "{held}");
    assert_eq!((&held["items"][0]["account"], &held["items"][0]["signatures"]), (&json!("jane"), &json!(1)));
    let records = owner.read("/activity?limit=200").await;
    for action in ["card.bound", "card.pin.changed", "card.passkey.registered", "card.passkey.used"] {
        let found = records["items"].as_array().unwrap().iter().find(|record| record["action"] == action);
        assert_eq!(found.expect(action)["user"]["name"], "jane@example.com", "{action}");
    }
    let used = records["items"].as_array().unwrap().iter().find(|record| record["action"] == "card.passkey.used");
    assert_eq!(used.unwrap()["details"]["relyingParty"], "example.com");
    assert_eq!(used.unwrap()["details"]["workstation"], "Desk 1");

    let passkey = held["items"][0]["id"].as_str().unwrap();
    assert_eq!(owner.delete(&format!("/keys/{key}/passkeys/{passkey}")).await.status, 204);
    assert!(!signed(&desk.sign_in(&BADGE, "739251", "example.com").await), "it was removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_needs_a_tap_of_its_own() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "example.com", "jane").await;
    let selection = desk.ask(0x0b, None).await;
    assert!(matches!(selection, FromServer::Waiting { .. }), "the tap was used: {selection:?}");
    let (_, answers) = desk.tap(&BADGE).await;
    assert!(matches!(&answers[..], [FromServer::Reply { bytes: Bytes(bytes), .. }] if bytes == &[0]), "{answers:?}");
    let selection = desk.ask(0x0b, None).await;
    assert!(matches!(selection, FromServer::Waiting { .. }), "once only: {selection:?}");
    // Somebody else's badge is no tap of this card.
    assert_eq!(desk.tap(&OTHER).await, (CardState::Unknown, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pins_block_across_restarts_and_an_administrator_unblocks() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "example.com", "jane").await;
    desk.tap(&BADGE).await;
    for expected in [PIN_INVALID, PIN_INVALID, PIN_AUTH_BLOCKED, PIN_AUTH_BLOCKED] {
        assert_eq!(desk.token("111222", "example.com").await, Err(expected));
    }
    // The fourth was refused before it was looked at.
    assert_eq!(desk.tries_left().await, 5);

    // Another server on the same database, as after a restart: nothing is forgotten.
    let second = App::open(app.app.config.clone(), false).await.unwrap();
    let mut desk = Workstation::at(&second, desk.agent.clone()).await;
    desk.tap(&BADGE).await;
    assert_eq!(desk.tries_left().await, 5);
    for _ in 0..2 {
        assert_eq!(desk.token("111222", "example.com").await, Err(PIN_INVALID));
    }
    assert_eq!(desk.token("111222", "example.com").await, Err(PIN_AUTH_BLOCKED));
    desk.tap(&BADGE).await;
    assert_eq!(desk.token("111222", "example.com").await, Err(PIN_INVALID));
    assert_eq!(desk.token("111222", "example.com").await, Err(PIN_BLOCKED));
    assert_eq!(desk.token("739251", "example.com").await, Err(PIN_BLOCKED), "the right one does not help any more");
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Blocked);
    assert_eq!(owner.read(&format!("/keys/{key}/card")).await["blocked"], true);

    let answer = owner.post(&format!("/keys/{key}/card/unblock"), &json!({})).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Known);
    assert!(signed(&desk.sign_in(&BADGE, "739251", "example.com").await), "nothing was lost");
    assert_eq!(desk.tries_left().await, 8, "a right PIN gives all tries back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_or_revoked_card_stops_at_its_next_command() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "example.com", "jane").await;
    desk.tap(&BADGE).await;
    let token = desk.token("739251", "example.com").await.unwrap();
    owner.take(&format!("/keys/{key}/suspend"), &json!({})).await;
    assert_eq!(
        desk.sign_in_with(&BADGE, &token, "example.com").await.0,
        OPERATION_DENIED,
        "in the middle of a sign-in"
    );
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Suspended);
    owner.take(&format!("/keys/{key}/resume"), &json!({})).await;
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Known);
    assert!(signed(&desk.sign_in(&BADGE, "739251", "example.com").await));

    owner.take(&format!("/keys/{key}/revoke"), &json!({ "reason": "lost" })).await;
    assert_eq!(desk.cbor(GET_INFO, None).await.0, OPERATION_DENIED);
    assert_eq!(desk.tap(&BADGE).await.0, CardState::Unknown);
    assert_eq!(owner.read(&format!("/keys/{key}/passkeys")).await["items"], json!([]), "what it held is destroyed");
    // The badge can be given to somebody else.
    handed_out(&mut owner, &mut desk, "john@example.com", &BADGE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_works_at_its_newest_tap_alone_whichever_server_that_is_at() {
    let (app, mut owner) = with_owner().await;
    let second = App::open(app.app.config.clone(), false).await.unwrap();
    let mut here = Workstation::enrolled(&app.app, "Desk 1").await;
    let mut there = Workstation::enrolled(&second, "Desk 2").await;
    in_use(&mut owner, &mut here, "jane@example.com", &BADGE, "739251").await;
    here.register(&BADGE, "739251", "example.com", "jane").await;
    here.tap(&BADGE).await;
    let token = here.token("739251", "example.com").await.unwrap();
    assert_eq!(there.tap(&BADGE).await.0, CardState::Known);
    let parameters = map([(2_u64, 1_u64.into())]);
    assert_eq!(
        here.cbor(CLIENT_PIN, Some(parameters)).await.0,
        OPERATION_DENIED,
        "a copy of the number was tapped there"
    );
    assert!(signed(&there.sign_in(&BADGE, "739251", "example.com").await));
    // The PIN that was given here is worth nothing after the card was elsewhere.
    here.tap(&BADGE).await;
    assert!(!signed(&here.sign_in_with(&BADGE, &token, "example.com").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_pin_is_good_only_for_choosing_another_one_by_the_rules() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let (key, pin) = handed_out(&mut owner, &mut desk, "jane@example.com", &BADGE).await;
    desk.tap(&BADGE).await;
    assert_eq!(desk.token(&pin, "example.com").await, Err(PIN_INVALID), "it must be changed first");
    let (_, information) = desk.cbor(GET_INFO, None).await;
    assert_eq!(entry(&information, &0x0c_u64.into()), &true.into());
    for refused in ["7392", "739111", "234739", &pin] {
        assert_eq!(desk.change_pin(&pin, refused).await, PIN_POLICY_VIOLATION, "{refused}");
    }
    assert_eq!(desk.change_pin(&pin, "739251").await, 0);
    assert_eq!(desk.change_pin("739251", "846372").await, 0);
    for used in [pin.as_str(), "739251", "846372"] {
        assert_eq!(desk.change_pin("846372", used).await, PIN_POLICY_VIOLATION, "{used} was used before");
    }
    assert!(owner.read(&format!("/keys/{key}/card")).await["pinMustChange"] == false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_is_reset_takes_the_passkeys_with_it() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "example.com", "jane").await;
    let reset = owner.take(&format!("/keys/{key}/card/reset-pin"), &json!({})).await;
    assert_eq!(reset["passkeysLost"], 1);
    desk.tap(&BADGE).await;
    assert_eq!(desk.token("739251", "example.com").await, Err(PIN_INVALID));
    desk.tap(&BADGE).await;
    assert_eq!(desk.change_pin(reset["pin"]["pin"].as_str().unwrap(), "846372").await, 0);
    assert!(!signed(&desk.sign_in(&BADGE, "846372", "example.com").await));
    assert_eq!(desk.register(&BADGE, "846372", "example.com", "jane").await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_holds_gives_no_secret_away() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.register(&BADGE, "739251", "sealed.example.com", "jane").await;
    let mut conn = app.app.db.read().await.unwrap();
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        keystead_directory::db::filter::Sql::new("select sealed_about, sealed_secrets from vault")
            .run(&mut conn)
            .all()
            .await
            .unwrap();
    assert_eq!(rows.len(), 2, "Keystead's own, and this one");
    let holds = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    for (about, _) in &rows {
        assert!(!holds(about, b"example.com") && !holds(about, b"jane"));
    }
    let cards: Vec<(Vec<u8>, Vec<u8>)> =
        keystead_directory::db::filter::Sql::new("select identity_hash, sealed_key from cards")
            .run(&mut conn)
            .all()
            .await
            .unwrap();
    assert!(!holds(&cards[0].0, &BADGE));
    let bare = crate::support::workstation::sha256(hex::encode(BADGE).as_bytes());
    assert_ne!(cards[0].0, bare, "a number of few bits is not kept as a bare hash");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_sent_again_or_out_of_turn_ends_the_link() {
    let (app, _) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let command = |request| FromAgent::Command { request, channel: 1, kind: Kind::Cbor, bytes: Bytes(vec![GET_INFO]) };
    assert!(desk.hear(command(5)).await.is_ok());
    assert_eq!(desk.hear(command(5)).await, Err(Refusal::Protocol));
    assert_eq!(desk.hear(command(4)).await, Err(Refusal::Protocol));
    let hello = FromAgent::Hello {
        agent: "a".to_owned(),
        version: "1".to_owned(),
        platform: "test".to_owned(),
        signature: Bytes(vec![0; 64]),
    };
    assert_eq!(desk.hear(hello).await, Err(Refusal::Protocol));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_from_a_workstation_is_answered_and_harms_nothing() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    for length in 1..80_usize {
        let noise: Vec<u8> = keystead_directory::secret::random::<80>()[..length].to_vec();
        for kind in [Kind::Cbor, Kind::Msg] {
            let request = 1000 + u64::try_from(length).unwrap() * 2 + u64::from(kind == Kind::Msg);
            let command = FromAgent::Command { request, channel: 1, kind, bytes: Bytes(noise.clone()) };
            desk.hear(command).await.unwrap();
        }
    }
}
