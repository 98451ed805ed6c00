use serde_json::json;

use super::super::software_authenticator::Statement;
use super::super::{AttestationPolicy, PublicUrlError, StartError};
use super::*;

/// What is the same in every answer, with the challenge checked and taken out.
fn without_challenge(mut options: Value) -> Value {
    use base64::Engine as _;
    let challenge = options.as_object_mut().unwrap().remove("challenge");
    let challenge =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(challenge.unwrap().as_str().unwrap()).unwrap();
    assert_eq!(challenge.len(), 32);
    options
}

#[test]
fn a_hardware_key_is_asked_for_in_the_words_of_webauthn_level_3() {
    let (options, _) = ask_for_a_key();
    assert_eq!(
        without_challenge(options),
        json!({
            "rp": { "name": "Example Ltd", "id": "keys.example.org" },
            "user": {
                "id": "AY88HnsqcACAAAAAAAAAAQ",
                "name": "jane@example.org",
                "displayName": "Jane Roe",
            },
            "pubKeyCredParams": [
                { "type": "public-key", "alg": -7 },
                { "type": "public-key", "alg": -257 },
            ],
            "timeout": 300_000,
            "excludeCredentials": [],
            "authenticatorSelection": {
                "authenticatorAttachment": "cross-platform",
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "hints": ["security-key"],
            "attestation": "direct",
            "extensions": { "credProps": true },
        })
    );
}

#[test]
fn an_owner_may_use_whatever_passkey_the_browser_offers() {
    let (options, _) = fido().start_registration(&person(Hint::None), &Policy::default()).unwrap();
    assert_eq!(options["attestation"], "none");
    assert_eq!(options.get("hints"), None);
    assert_eq!(
        options["authenticatorSelection"],
        json!({
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        })
    );
}

#[test]
fn an_owner_is_asked_for_attestation_where_the_policy_looks_at_it() {
    let required = Policy { attestation: AttestationPolicy::Required, ..Policy::default() };
    let listed = Policy { allowed_aaguids: vec![PERSON], ..Policy::default() };
    for policy in [required, listed] {
        let (options, _) = fido().start_registration(&person(Hint::None), &policy).unwrap();
        assert_eq!(options["attestation"], "direct");
    }
}

#[test]
fn a_person_without_names_can_still_be_registered() {
    let nameless = NewCredential { name: "", display_name: "", ..person(Hint::SecurityKey) };
    let (options, _) = fido().start_registration(&nameless, &Policy::default()).unwrap();
    assert_eq!(options["user"]["name"], "-");
    assert_eq!(options["user"]["displayName"], "-");
}

#[test]
fn a_display_name_is_made_up_for_by_the_user_name() {
    let unnamed = NewCredential { display_name: "", ..person(Hint::SecurityKey) };
    let (options, _) = fido().start_registration(&unnamed, &Policy::default()).unwrap();
    assert_eq!(options["user"]["displayName"], "jane@example.org");
}

#[test]
fn signing_in_asks_for_any_passkey_and_its_person() {
    let (options, _) = fido().start_authentication(Hint::SecurityKey).unwrap();
    assert_eq!(
        without_challenge(options),
        json!({
            "timeout": 300_000,
            "rpId": "keys.example.org",
            "allowCredentials": [],
            "userVerification": "required",
            "hints": ["security-key"],
        })
    );
}

#[test]
fn a_step_up_asks_for_the_persons_keys_and_says_how_to_reach_them() {
    let mut authenticator = SoftwareAuthenticator::new("reachable");
    let record = register(&mut authenticator);
    let (options, _) = fido().start_step_up(std::slice::from_ref(&record)).unwrap();
    assert_eq!(
        without_challenge(options),
        json!({
            "timeout": 300_000,
            "rpId": "keys.example.org",
            "allowCredentials": [{
                "type": "public-key",
                "id": super::super::encode(record.credential_id()),
                "transports": ["usb", "nfc"],
            }],
            "userVerification": "required",
            "hints": ["security-key"],
        })
    );
}

#[test]
fn a_step_up_does_not_hide_the_devices_own_passkey() {
    let mut key = SoftwareAuthenticator::new("key");
    let mut phone = SoftwareAuthenticator::new("phone").attesting(Statement::None);
    phone.transports = vec!["hybrid", "internal"];
    let mut unknown = SoftwareAuthenticator::new("unknown");
    unknown.transports = vec![];
    let (asked, state) = fido().start_registration(&person(Hint::None), &Policy::default()).unwrap();
    let answer = phone.create(&asked, ORIGIN);
    let registered = fido().finish_registration(&state, &answer, &Policy::default()).unwrap();
    let records = [register(&mut key), registered.record];
    let (options, _) = fido().start_step_up(&records).unwrap();
    assert_eq!(options.get("hints"), None);
    let (options, _) = fido().start_step_up(&[register(&mut unknown)]).unwrap();
    assert_eq!(options.get("hints"), None);
}

#[test]
fn a_step_up_without_keys_does_not_begin() {
    let refused = fido().start_step_up(&[]).unwrap_err();
    assert!(matches!(refused, StartError::NoCredentials));
}

#[test]
fn no_two_challenges_are_the_same() {
    let (first, _) = ask_for_a_key();
    let (second, _) = ask_for_a_key();
    assert_ne!(first["challenge"], second["challenge"]);
}

#[test]
fn the_public_url_gives_the_rp_id_and_the_origin() {
    for (url, origin, rp_id) in [
        ("https://Keys.Example.org/", "https://keys.example.org", "keys.example.org"),
        ("https://keys.example.org:443/panel", "https://keys.example.org", "keys.example.org"),
        ("http://localhost:8080", "http://localhost:8080", "localhost"),
        ("http://keystead.localhost", "http://keystead.localhost", "keystead.localhost"),
    ] {
        let fido = Fido::new(&Url::parse(url).unwrap()).unwrap();
        assert_eq!(fido.origin(), origin);
        assert_eq!(fido.rp_id(), rp_id);
    }
}

#[test]
fn a_public_url_where_browsers_refuse_webauthn_is_refused_at_start() {
    for (url, refused) in [
        ("http://keys.example.org", PublicUrlError::NotSecure),
        ("http://notlocalhost", PublicUrlError::NotSecure),
        ("ftp://localhost", PublicUrlError::NotSecure),
        ("https://192.0.2.1", PublicUrlError::NoDomainName),
        ("http://127.0.0.1:8080", PublicUrlError::NoDomainName),
        ("http://[::1]:8080", PublicUrlError::NoDomainName),
        ("data:text/plain,x", PublicUrlError::NoDomainName),
    ] {
        let result = Fido::new(&Url::parse(url).unwrap());
        assert_eq!(result.unwrap_err(), refused, "{url}");
    }
}
