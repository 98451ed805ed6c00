use serde_json::json;

use super::super::software_authenticator::Statement;
use super::super::{Algorithm, Attestation, AttestationPolicy, Place};
use super::*;

/// What a hardware key's registration comes to when it is told with this one lie.
fn refusal(lie: Lie) -> Refused {
    refusal_under(&Policy::default(), Statement::PackedSelf, lie)
}

fn refusal_under(policy: &Policy, statement: Statement, lie: Lie) -> Refused {
    let mut authenticator = SoftwareAuthenticator::new("liar").attesting(statement);
    register_with(&mut authenticator, policy, &[lie]).unwrap_err()
}

fn attestation_required() -> Policy {
    Policy { attestation: AttestationPolicy::Required, ..Policy::default() }
}

#[test]
fn a_hardware_key_that_attests_for_itself_is_registered() {
    let mut authenticator = SoftwareAuthenticator::new("honest");
    let registered = register_with(&mut authenticator, &Policy::default(), &[]).unwrap();
    assert_eq!(registered.credential_id.len(), 64);
    assert_eq!(registered.record.credential_id(), registered.credential_id);
    assert_eq!(registered.aaguid, authenticator.aaguid);
    assert_eq!(registered.model, None);
    assert_eq!(registered.transports, ["usb", "nfc"]);
    assert_eq!(registered.attestation_format, "packed");
    assert_eq!(registered.attestation, Attestation::SelfSigned);
    assert_eq!(registered.algorithm, Algorithm::Es256);
    assert_eq!(registered.sign_count, 1);
    assert_eq!(registered.place, Place::HardwareKey);
    assert!(!registered.backup_eligible);
    assert!(!registered.backed_up);
}

#[test]
fn a_key_with_an_attestation_certificate_is_registered_with_its_model_name() {
    let mut authenticator = SoftwareAuthenticator::new("certified").attesting(Statement::PackedCertificate);
    authenticator.aaguid = uuid!("2fc0579f-8113-47ea-b116-bb5a8db9202a");
    let registered = register_with(&mut authenticator, &attestation_required(), &[]).unwrap();
    assert_eq!(registered.attestation, Attestation::Certificate);
    assert_eq!(registered.model, Some("YubiKey 5 NFC"));
}

#[test]
fn a_key_without_attestation_is_registered_when_any_will_do() {
    let mut authenticator = SoftwareAuthenticator::new("silent").attesting(Statement::None);
    let registered = register_with(&mut authenticator, &Policy::default(), &[]).unwrap();
    assert_eq!(registered.attestation_format, "none");
    assert_eq!(registered.attestation, Attestation::None);
}

#[test]
fn an_owners_platform_passkey_with_backup_is_registered() {
    let fido = fido();
    let (options, state) = fido.start_registration(&person(Hint::None), &Policy::default()).unwrap();
    let mut authenticator = SoftwareAuthenticator::new("laptop").attesting(Statement::None);
    authenticator.attachment = "platform";
    authenticator.transports = vec!["internal", "hybrid"];
    authenticator.backup_eligible = true;
    authenticator.backed_up = true;
    let answer = authenticator.create(&options, ORIGIN);
    let registered = fido.finish_registration(&state, &answer, &Policy::default()).unwrap();
    assert_eq!(registered.place, Place::ThisDevice);
    assert_eq!(registered.transports, ["hybrid", "internal"]);
    assert!(registered.backup_eligible);
    assert!(registered.backed_up);
}

#[test]
fn members_that_browsers_may_add_are_no_obstacle() {
    let (options, state) = ask_for_a_key();
    let mut answer = SoftwareAuthenticator::new("modern").create(&options, ORIGIN);
    answer["response"]["publicKeyAlgorithm"] = json!(-7);
    answer["response"]["transports"] = json!(["usb", "carrier-pigeon", "usb"]);
    answer["clientExtensionResults"]["largeBlob"] = json!({ "supported": true });
    answer["somethingNew"] = json!([1, 2, 3]);
    let registered = fido().finish_registration(&state, &answer, &Policy::default()).unwrap();
    assert_eq!(registered.transports, ["usb"]);
}

#[test]
fn a_credential_id_of_1023_bytes_is_accepted() {
    let mut authenticator = SoftwareAuthenticator::new("long");
    let lies = [Lie::CredentialIdLength(1023)];
    let registered = register_with(&mut authenticator, &Policy::default(), &lies).unwrap();
    assert_eq!(registered.credential_id.len(), 1023);
}

#[test]
fn a_credential_id_of_1024_bytes_is_refused() {
    let lie = Lie::CredentialIdLength(1024);
    assert_eq!(refusal(lie), Refused::CredentialIdLength);
}

#[test]
fn an_empty_credential_id_is_refused() {
    let lie = Lie::CredentialIdLength(0);
    assert_eq!(refusal(lie), Refused::CredentialIdLength);
}

#[test]
fn another_origin_is_refused() {
    let lie = Lie::Origin("https://evil.example");
    assert_eq!(refusal(lie), Refused::WrongOrigin);
}

#[test]
fn a_sub_domain_is_refused() {
    let lie = Lie::Origin("https://sub.keys.example.org:8443");
    assert_eq!(refusal(lie), Refused::WrongOrigin);
}

#[test]
fn the_parent_domain_is_refused() {
    let lie = Lie::Origin("https://example.org:8443");
    assert_eq!(refusal(lie), Refused::WrongOrigin);
}

#[test]
fn another_port_is_refused() {
    let lie = Lie::Origin("https://keys.example.org");
    assert_eq!(refusal(lie), Refused::WrongOrigin);
}

#[test]
fn plain_http_is_refused() {
    let lie = Lie::Origin("http://keys.example.org:8443");
    assert_eq!(refusal(lie), Refused::WrongOrigin);
}

#[test]
fn the_null_origin_is_refused() {
    assert_eq!(refusal(Lie::Origin("null")), Refused::WrongOrigin);
}

#[test]
fn an_origin_that_only_means_the_same_is_refused() {
    for origin in [
        "https://keys.example.org:8443/",
        "https://KEYS.example.org:8443",
        "https://user@keys.example.org:8443",
        "https://keys.example.org.:8443",
    ] {
        assert_eq!(refusal(Lie::Origin(origin)), Refused::WrongOrigin);
    }
}

#[test]
fn a_page_in_a_foreign_frame_is_refused() {
    assert_eq!(refusal(Lie::CrossOrigin), Refused::Embedded);
}

#[test]
fn a_page_that_has_a_page_above_it_is_refused() {
    for origin in [ORIGIN, "https://evil.example", ""] {
        assert_eq!(refusal(Lie::TopOrigin(origin)), Refused::Embedded);
    }
}

#[test]
fn an_assertion_does_not_pass_for_a_registration() {
    assert_eq!(refusal(Lie::Type("webauthn.get")), Refused::WrongType);
}

#[test]
fn a_credential_that_is_no_public_key_is_refused() {
    assert_eq!(refusal(Lie::CredentialType("password")), Refused::WrongType);
}

#[test]
fn another_challenge_is_refused() {
    let lie = Lie::Challenge("AAAA".to_owned());
    assert_eq!(refusal(lie), Refused::WrongChallenge);
}

#[test]
fn an_answer_to_an_earlier_question_is_refused() {
    let (options, _) = ask_for_a_key();
    let (_, later) = ask_for_a_key();
    let answer = SoftwareAuthenticator::new("late").create(&options, ORIGIN);
    let refused = fido().finish_registration(&later, &answer, &Policy::default());
    assert_eq!(refused.unwrap_err(), Refused::WrongChallenge);
}

#[test]
fn a_key_that_answers_for_another_relying_party_is_refused() {
    let lie = Lie::RpId("example.org");
    assert_eq!(refusal(lie), Refused::WrongRelyingParty);
}

#[test]
fn a_key_that_nobody_touched_is_refused() {
    assert_eq!(refusal(Lie::NoUserPresence), Refused::UserAbsent);
}

#[test]
fn a_key_that_did_not_verify_its_person_is_refused() {
    assert_eq!(refusal(Lie::NoUserVerification), Refused::UserNotVerified);
}

#[test]
fn backed_up_without_being_eligible_for_it_is_refused() {
    let lie = Lie::BackedUpButNotEligible;
    assert_eq!(refusal(lie), Refused::BackupContradiction);
}

#[test]
fn algorithms_that_were_not_offered_are_refused() {
    const RS1: i128 = -65535;
    const ES512: i128 = -36;
    const EDDSA: i128 = -8;
    const ES384: i128 = -35;
    for algorithm in [RS1, ES512, EDDSA, ES384, 0] {
        for statement in [Statement::None, Statement::PackedSelf] {
            let lie = Lie::Algorithm(algorithm);
            let refused = refusal_under(&Policy::default(), statement, lie);
            assert_eq!(refused, Refused::AlgorithmNotOffered);
        }
    }
}

#[test]
fn es256_on_another_curve_is_refused() {
    for curve in [2, 3, 8] {
        assert_eq!(refusal(Lie::Curve(curve)), Refused::AlgorithmNotOffered);
    }
}

#[test]
fn an_id_that_is_not_the_raw_id_is_refused() {
    assert_eq!(refusal(Lie::OtherId), Refused::IdMismatch);
}

#[test]
fn an_id_that_the_authenticator_did_not_sign_is_refused() {
    assert_eq!(refusal(Lie::OtherRawId), Refused::IdMismatch);
}

#[test]
fn a_credential_that_needs_a_user_name_is_refused() {
    assert_eq!(refusal(Lie::NotDiscoverable), Refused::NotDiscoverable);
}

#[test]
fn the_devices_own_passkey_does_not_pass_for_a_hardware_key() {
    assert_eq!(refusal(Lie::PlatformAttachment), Refused::NotAHardwareKey);
}

/// A phone whose own browser shows the page.
fn phone(name: &str) -> SoftwareAuthenticator {
    let mut phone = SoftwareAuthenticator::new(name).attesting(Statement::None);
    phone.attachment = "platform";
    phone.transports = vec!["internal", "hybrid"];
    (phone.backup_eligible, phone.backed_up, phone.counts) = (true, true, false);
    phone
}

fn registered_as(
    hint: Hint,
    authenticator: &mut SoftwareAuthenticator,
    policy: &Policy,
) -> Result<Registered, Refused> {
    let (options, state) = fido().start_registration(&person(hint), policy).unwrap();
    let answer = authenticator.create(&options, ORIGIN);
    fido().finish_registration(&state, &answer, policy)
}

#[test]
fn a_phone_over_hybrid_does_not_pass_for_a_hardware_key() {
    for transports in [vec!["hybrid"], vec!["hybrid", "internal"], vec!["internal"], vec!["usb", "internal"]] {
        let mut away = phone("away");
        away.attachment = "cross-platform";
        away.transports = transports.clone();
        let refused = registered_as(Hint::SecurityKey, &mut away, &Policy::default()).unwrap_err();
        assert_eq!(refused, Refused::NotAHardwareKey, "{transports:?}");
        // Where anything goes it is known for what it is.
        let registered = registered_as(Hint::None, &mut away, &Policy::default()).unwrap();
        assert_eq!(registered.place, Place::AnotherDevice, "{transports:?}");
    }
}

#[test]
fn a_phone_registers_itself_and_nothing_else_in_its_place() {
    let registered = registered_as(Hint::Phone, &mut phone("own"), &Policy::default()).unwrap();
    assert_eq!((registered.place, registered.backup_eligible), (Place::ThisDevice, true));
    // A key plugged into the phone, another phone over hybrid, and a browser that does not say.
    for (attachment, transports) in [
        ("cross-platform", vec!["usb"]),
        ("cross-platform", vec!["hybrid", "internal"]),
        ("cross-platform", vec![]),
        ("", vec![]),
        ("", vec!["hybrid"]),
    ] {
        let mut other = phone("other");
        (other.attachment, other.transports) = (attachment, transports.clone());
        let refused = registered_as(Hint::Phone, &mut other, &Policy::default()).unwrap_err();
        assert_eq!(refused, Refused::NotThisPhone, "{attachment:?} {transports:?}");
    }
    // Old browsers say no attachment; what is built in is theirs.
    let mut old = phone("old");
    (old.attachment, old.transports) = ("", vec!["internal"]);
    assert!(registered_as(Hint::Phone, &mut old, &Policy::default()).is_ok());
}

#[test]
fn a_computers_own_passkey_does_not_pass_for_a_phones() {
    let mut hello = phone("Windows Hello");
    hello.aaguid = uuid::uuid!("08987058-cadc-4b81-b6e1-30de50dcbe96");
    assert_eq!(registered_as(Hint::Phone, &mut hello, &Policy::default()).unwrap_err(), Refused::NotAPhone);
    assert!(registered_as(Hint::None, &mut hello, &Policy::default()).is_ok());
}

#[test]
fn a_passkey_that_may_be_copied_is_refused_where_the_policy_says_so() {
    let strict = Policy { phones_may_sync: false, ..Policy::default() };
    assert_eq!(registered_as(Hint::Phone, &mut phone("synced"), &strict).unwrap_err(), Refused::MayBeCopied);
    let mut eligible = phone("not copied yet");
    eligible.backed_up = false;
    assert_eq!(registered_as(Hint::Phone, &mut eligible, &strict).unwrap_err(), Refused::MayBeCopied);
    let mut bound = phone("bound");
    (bound.backup_eligible, bound.backed_up) = (false, false);
    assert!(registered_as(Hint::Phone, &mut bound, &strict).is_ok());
    // It is about phones: an owner's first passkey is not held to it.
    assert!(registered_as(Hint::None, &mut phone("owner's"), &strict).is_ok());
}

#[test]
fn a_phone_is_held_to_the_policy_for_models_like_every_key() {
    assert_eq!(
        registered_as(Hint::Phone, &mut phone("unproved"), &attestation_required()).unwrap_err(),
        Refused::AttestationMissing
    );
    let policy = Policy { allowed_aaguids: vec![SOMEBODY_ELSE], ..Policy::default() };
    assert_eq!(registered_as(Hint::Phone, &mut phone("unlisted"), &policy).unwrap_err(), Refused::ModelNotAllowed);
}

#[test]
fn a_key_that_the_person_already_has_is_refused() {
    let (first, _) = ask_for_a_key();
    let mut authenticator = SoftwareAuthenticator::new("twice");
    let answer = authenticator.create(&first, ORIGIN);
    let known = [identify_registration(&answer)];
    let fido = fido();
    let (options, state) = fido
        .start_registration(&NewCredential { exclude: &known, ..person(Hint::SecurityKey) }, &Policy::default())
        .unwrap();
    assert_eq!(options["excludeCredentials"][0]["id"], answer["id"]);
    assert_eq!(options["excludeCredentials"][0]["type"], "public-key");

    // An authenticator that ignores the list and makes the excluded credential again.
    let mut again = answer.clone();
    let client_data = json!({
        "type": "webauthn.create",
        "challenge": options["challenge"],
        "origin": ORIGIN,
    });
    again["response"]["clientDataJSON"] = json!(super::super::encode(client_data.to_string()));
    let refused = fido.finish_registration(&state, &again, &Policy::default());
    assert_eq!(refused.unwrap_err(), Refused::AlreadyRegistered);
}

fn identify_registration(answer: &Value) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(answer["rawId"].as_str().unwrap()).unwrap()
}

#[test]
fn a_flipped_bit_in_an_attestation_signature_is_refused() {
    for statement in [Statement::PackedSelf, Statement::PackedCertificate] {
        let refused = refusal_under(&Policy::default(), statement, Lie::FlippedSignature);
        assert_eq!(refused, Refused::AttestationInvalid);
    }
}

#[test]
fn a_flipped_bit_in_attested_authenticator_data_is_refused() {
    for statement in [Statement::PackedSelf, Statement::PackedCertificate] {
        let lie = Lie::FlippedAuthenticatorData;
        let refused = refusal_under(&Policy::default(), statement, lie);
        assert_eq!(refused, Refused::AttestationInvalid);
    }
}

#[test]
fn bytes_after_the_authenticator_data_are_refused() {
    let refused = Refused::Malformed("authenticatorData");
    assert_eq!(refusal(Lie::TrailingBytes), refused);
}

#[test]
fn a_certificate_of_another_model_is_refused() {
    let lie = Lie::CertificateOfAnotherModel;
    let refused = refusal_under(&Policy::default(), Statement::PackedCertificate, lie);
    assert_eq!(refused, Refused::AttestationInvalid);
}

#[test]
fn statements_that_cannot_be_verified_are_refused_even_when_none_would_do() {
    for format in ["tpm", "android-safetynet", "compound", "made-up"] {
        assert_eq!(refusal(Lie::Format(format)), Refused::AttestationUnsupported);
    }
}

#[test]
fn an_empty_statement_of_a_known_format_is_refused() {
    for format in ["packed", "fido-u2f", "apple", "android-key"] {
        assert_eq!(refusal(Lie::Format(format)), Refused::AttestationInvalid);
    }
}

#[test]
fn no_attestation_and_self_attestation_are_refused_when_it_is_required() {
    for statement in [Statement::None, Statement::PackedSelf] {
        let mut authenticator = SoftwareAuthenticator::new("unproven").attesting(statement);
        let refused = register_with(&mut authenticator, &attestation_required(), &[]);
        assert_eq!(refused.unwrap_err(), Refused::AttestationMissing);
    }
}

#[test]
fn only_the_models_on_the_list_are_accepted() {
    let mut authenticator = SoftwareAuthenticator::new("model");
    let mut policy = Policy { allowed_aaguids: vec![SOMEBODY_ELSE], ..Policy::default() };
    let refused = register_with(&mut authenticator, &policy, &[]).unwrap_err();
    assert_eq!(refused, Refused::ModelNotAllowed);
    policy.allowed_aaguids.push(authenticator.aaguid);
    register_with(&mut authenticator, &policy, &[]).unwrap();
}

#[test]
fn a_key_that_does_not_say_its_model_is_refused_where_models_are_listed() {
    let mut authenticator = SoftwareAuthenticator::new("anonymous").attesting(Statement::None);
    authenticator.aaguid = Uuid::nil();
    let policy = Policy { allowed_aaguids: vec![SOMEBODY_ELSE], ..Policy::default() };
    let refused = register_with(&mut authenticator, &policy, &[]).unwrap_err();
    assert_eq!(refused, Refused::ModelNotAllowed);
}
