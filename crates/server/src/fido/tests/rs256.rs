//! RS256, as Windows Hello answers with. The software authenticator signs with P-256 only, so this
//! is an exchange with a 2048-bit key, recorded once with fixed challenges; the key is gone.

use serde_json::json;

use super::super::{Algorithm, AuthenticationState};
use super::*;

fn recorded() -> Value {
    serde_json::from_str(include_str!("rs256.json")).unwrap()
}

/// A state that asked with the recorded challenge: 32 times the same byte.
fn asked_with<State: serde::Serialize + serde::de::DeserializeOwned>(state: &State, byte: u8) -> State {
    let mut state = serde_json::to_value(state).unwrap();
    state["core"]["challenge"] = json!(super::super::encode([byte; 32]));
    serde_json::from_value(state).unwrap()
}

fn registered() -> Registered {
    let (_, state) = fido().start_registration(&person(Hint::None), &Policy::default()).unwrap();
    let state: RegistrationState = asked_with(&state, 1);
    fido().finish_registration(&state, &recorded()["registration"], &Policy::default()).unwrap()
}

fn sign_in(answer: &Value) -> Result<Authenticated, Refused> {
    let (_, state) = fido().start_authentication(Hint::None).unwrap();
    let state: AuthenticationState = asked_with(&state, 2);
    fido().finish_authentication(&state, answer, &registered().record, PERSON)
}

#[test]
fn an_rs256_passkey_is_registered_and_signs_in() {
    let registered = registered();
    assert_eq!(registered.algorithm, Algorithm::Rs256);
    assert_eq!(registered.model, Some("Windows Hello"));
    let authenticated = sign_in(&recorded()["authentication"]).unwrap();
    assert_eq!(authenticated.sign_count, 0);
}

#[test]
fn a_changed_rs256_signature_is_refused() {
    let mut answer = recorded()["authentication"].clone();
    let signature = answer["response"]["signature"].as_str().unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    answer["response"]["signature"] = json!(format!("{first}{}", &signature[1..]));
    assert_eq!(sign_in(&answer).unwrap_err(), Refused::SignatureInvalid);
}
