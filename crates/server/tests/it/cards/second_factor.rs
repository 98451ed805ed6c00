//! Cards without a PIN, and U2F.

use keystead_agent_protocol::{Bytes, FromAgent, FromServer, Kind};
use keystead_directory::secret;
use p256::ecdsa::{DerSignature, VerifyingKey, signature::Verifier as _};
use serde_json::json;

use super::{BADGE, in_use, sign_in, signed_in, with_owner, without_pin};
use crate::support::workstation::{Workstation, sha256};

const OPERATION_DENIED: u8 = 0x27;
const NO_CREDENTIALS: u8 = 0x2e;

const REGISTER: u8 = 1;
const AUTHENTICATE: u8 = 2;
const TAP_FIRST: [u8; 2] = [0x69, 0x85];
const DONE: [u8; 2] = [0x90, 0];

/// Sends a U2F command with extended lengths (U2F raw messages 1.2, section 3.1): data, and the status word.
async fn u2f(desk: &mut Workstation, request: u64, instruction: u8, how: u8, data: &[u8]) -> (Vec<u8>, [u8; 2]) {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let apdu = [&[0, instruction, how, 0, 0][..], &length, data, &[0, 0]].concat();
    let command = FromAgent::Command { request, channel: 1, kind: Kind::Msg, bytes: Bytes(apdu) };
    let mut answers = desk.hear(command).await.unwrap();
    let FromServer::Reply { bytes: Bytes(mut answer), .. } = answers.remove(0) else { panic!("U2F never waits") };
    let word = answer.split_off(answer.len() - 2);
    (answer, word.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn u2f_registers_and_authenticates_with_a_tap_each() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = without_pin(&mut owner, &mut desk, "jane@example.com", &BADGE).await;
    let (challenge, application) = (secret::random::<32>(), sha256(b"https://u2f.example.com"));
    let question = [challenge, application].concat();

    let (answer, word) = u2f(&mut desk, 1000, REGISTER, 0, &question).await;
    assert_eq!((word, answer[0]), (DONE, 5), "the card was tapped");
    let (public_key, handle) = (answer[1..66].to_vec(), answer[67..67 + usize::from(answer[66])].to_vec());
    let question = [&question[..], &[u8::try_from(handle.len()).unwrap()], &handle].concat();
    assert_eq!(u2f(&mut desk, 1001, AUTHENTICATE, 3, &question).await.1, TAP_FIRST, "that tap was used");
    desk.tap(&BADGE).await;
    let (answer, word) = u2f(&mut desk, 1002, AUTHENTICATE, 3, &question).await;
    assert_eq!((word, &answer[..5]), (DONE, &[1, 0, 0, 0, 1][..]), "present, and the first signature");
    let signed = [&application[..], &answer[..5], &challenge].concat();
    let verifier = VerifyingKey::from_sec1_bytes(&public_key).unwrap();
    verifier.verify(&signed, &DerSignature::from_bytes(&answer[5..]).unwrap()).unwrap();

    let held = owner.read(&format!("/keys/{key}/passkeys")).await;
    assert_eq!((&held["items"][0]["relyingParty"], &held["items"][0]["signatures"]), (&json!(null), &json!(1)));
    // Suspended, it answers nobody.
    assert_eq!(owner.post(&format!("/keys/{key}/suspend"), &json!({})).await.status, 200);
    desk.tap(&BADGE).await;
    assert_ne!(u2f(&mut desk, 1003, AUTHENTICATE, 3, &question).await.1, DONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_with_a_pin_does_not_speak_u2f_which_asks_for_none() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    desk.tap(&BADGE).await;
    let (answer, word) = u2f(&mut desk, 1000, REGISTER, 0, &[0; 64]).await;
    assert!(answer.is_empty() && word != DONE && word != TAP_FIRST, "{word:02x?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_without_a_pin_is_a_second_factor_elsewhere_and_does_not_sign_in_here() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = without_pin(&mut owner, &mut desk, "jane@example.com", &BADGE).await;
    assert_eq!(owner.read(&format!("/keys/{key}/card")).await["signsInHere"], false);

    assert_eq!(desk.register_without_pin(&BADGE, "example.com", "jane").await, 0);
    assert_eq!(desk.second_factor(&BADGE, "example.com").await, 0);
    assert_eq!(desk.second_factor(&BADGE, app.app.fido.rp_id()).await, NO_CREDENTIALS);
    // Whoever has the badge may choose a PIN; Keystead does not take that for the person's.
    desk.tap(&BADGE).await;
    assert_eq!(desk.set_pin("739251").await, 0);
    assert!(matches!(sign_in(&app, &mut desk, &BADGE, "739251").await, Err(NO_CREDENTIALS | OPERATION_DENIED)));
    // An administrator gives it one, and the card signs in.
    let reset = owner.take(&format!("/keys/{key}/card/reset-pin"), &json!({})).await;
    desk.tap(&BADGE).await;
    assert_eq!(desk.change_pin(reset["pin"]["pin"].as_str().unwrap(), "846372").await, 0);
    signed_in(&app, &mut desk, &BADGE, "846372").await;
}
