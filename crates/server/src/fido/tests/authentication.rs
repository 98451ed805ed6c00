use serde_json::json;

use super::super::software_authenticator::Statement;
use super::*;

/// What a sign-in comes to when a registered key tells this one lie.
fn refusal(lie: Lie) -> Refused {
    let mut authenticator = SoftwareAuthenticator::new("liar");
    let record = register(&mut authenticator);
    sign_in_with(&mut authenticator, &record, &[lie]).unwrap_err()
}

#[test]
fn a_registered_key_signs_in_and_its_counter_is_kept() {
    let mut authenticator = SoftwareAuthenticator::new("honest");
    let record = register(&mut authenticator);
    assert_eq!(record.sign_count(), 1);
    let first = sign_in_with(&mut authenticator, &record, &[]).unwrap();
    assert_eq!(first.sign_count, 2);
    let record = first.record_updated.unwrap();
    assert_eq!(record.sign_count(), 2);
    let second = sign_in_with(&mut authenticator, &record, &[]).unwrap();
    assert_eq!(second.record_updated.unwrap().sign_count(), 3);
}

#[test]
fn keys_of_every_attestation_sign_in() {
    for statement in [Statement::None, Statement::PackedSelf, Statement::PackedCertificate] {
        let mut authenticator = SoftwareAuthenticator::new("any").attesting(statement);
        let record = register(&mut authenticator);
        sign_in_with(&mut authenticator, &record, &[]).unwrap();
    }
}

#[test]
fn a_record_that_was_stored_as_json_still_signs_in() {
    for statement in [Statement::PackedSelf, Statement::PackedCertificate] {
        let mut authenticator = SoftwareAuthenticator::new("stored").attesting(statement);
        let stored = serde_json::to_string(&register(&mut authenticator)).unwrap();
        let record: CredentialRecord = serde_json::from_str(&stored).unwrap();
        sign_in_with(&mut authenticator, &record, &[]).unwrap();
    }
}

#[test]
fn an_authenticator_that_does_not_count_signs_in_again_and_again() {
    let mut authenticator = SoftwareAuthenticator::new("uncounted");
    authenticator.counts = false;
    let record = register(&mut authenticator);
    for _ in 0..2 {
        let authenticated = sign_in_with(&mut authenticator, &record, &[]).unwrap();
        assert_eq!(authenticated.sign_count, 0);
        assert!(authenticated.record_updated.is_none());
    }
}

#[test]
fn a_passkey_that_was_backed_up_since_is_kept_as_such() {
    let mut authenticator = SoftwareAuthenticator::new("synced");
    authenticator.counts = false;
    authenticator.backup_eligible = true;
    let record = register(&mut authenticator);
    authenticator.backed_up = true;
    let authenticated = sign_in_with(&mut authenticator, &record, &[]).unwrap();
    assert!(authenticated.backed_up);
    let record = authenticated.record_updated.unwrap();
    let again = sign_in_with(&mut authenticator, &record, &[]).unwrap();
    assert!(again.record_updated.is_none());
}

#[test]
fn the_credential_and_the_person_can_be_read_before_the_look_up() {
    let mut authenticator = SoftwareAuthenticator::new("named");
    let record = register(&mut authenticator);
    let (options, _) = fido().start_authentication(Hint::None).unwrap();
    let answer = authenticator.get(&options, ORIGIN).unwrap();
    let identity = identify(&answer).unwrap();
    assert_eq!(identity.credential_id, record.credential_id());
    assert_eq!(identity.user, Some(PERSON));
}

#[test]
fn a_counter_that_goes_back_is_a_finding_of_its_own() {
    let mut authenticator = SoftwareAuthenticator::new("cloned");
    let record = register(&mut authenticator);
    let record = sign_in_with(&mut authenticator, &record, &[Lie::Counter(40)]).unwrap().record_updated.unwrap();
    for presented in [39, 40, 0] {
        let lies = [Lie::Counter(presented)];
        let refused = sign_in_with(&mut authenticator, &record, &lies).unwrap_err();
        let stored = 40;
        assert_eq!(refused, Refused::CounterRegressed { stored, presented });
    }
}

#[test]
fn a_strangers_forgery_is_no_finding_about_the_counter() {
    let mut authenticator = SoftwareAuthenticator::new("forged");
    let record = register(&mut authenticator);
    let lies = [Lie::Counter(0), Lie::FlippedSignature];
    let refused = sign_in_with(&mut authenticator, &record, &lies).unwrap_err();
    assert_eq!(refused, Refused::SignatureInvalid);
}

#[test]
fn another_origin_is_refused() {
    for origin in [
        "https://evil.example",
        "https://sub.keys.example.org:8443",
        "https://keys.example.org",
        "http://keys.example.org:8443",
        "null",
        "",
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
    assert_eq!(refusal(Lie::TopOrigin(ORIGIN)), Refused::Embedded);
}

#[test]
fn a_registration_does_not_pass_for_an_assertion() {
    assert_eq!(refusal(Lie::Type("webauthn.create")), Refused::WrongType);
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
fn an_answer_does_not_serve_a_second_question() {
    let mut authenticator = SoftwareAuthenticator::new("replayed");
    let record = register(&mut authenticator);
    let fido = fido();
    let (options, state) = fido.start_authentication(Hint::None).unwrap();
    let answer = authenticator.get(&options, ORIGIN).unwrap();
    fido.finish_authentication(&state, &answer, &record, PERSON).unwrap();
    let (_, another) = fido.start_authentication(Hint::None).unwrap();
    let refused = fido.finish_authentication(&another, &answer, &record, PERSON);
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
fn a_key_that_became_eligible_for_backup_is_refused() {
    let lie = Lie::BackupEligible;
    assert_eq!(refusal(lie), Refused::BackupEligibilityChanged);
}

#[test]
fn an_id_that_is_not_the_raw_id_is_refused() {
    assert_eq!(refusal(Lie::OtherId), Refused::IdMismatch);
}

#[test]
fn a_credential_that_is_not_the_records_is_refused() {
    assert_eq!(refusal(Lie::OtherRawId), Refused::UnknownCredential);
}

#[test]
fn a_flipped_bit_in_the_signature_is_refused() {
    assert_eq!(refusal(Lie::FlippedSignature), Refused::SignatureInvalid);
}

#[test]
fn a_flipped_bit_in_the_authenticator_data_is_refused() {
    let lie = Lie::FlippedAuthenticatorData;
    assert_eq!(refusal(lie), Refused::SignatureInvalid);
}

#[test]
fn bytes_after_the_authenticator_data_are_refused() {
    let refused = Refused::Malformed("authenticatorData");
    assert_eq!(refusal(Lie::TrailingBytes), refused);
}

#[test]
fn a_key_that_names_another_person_is_refused() {
    assert_eq!(refusal(Lie::User(SOMEBODY_ELSE)), Refused::WrongUser);
}

#[test]
fn a_key_that_names_nobody_cannot_sign_in() {
    assert_eq!(refusal(Lie::NoUser), Refused::WrongUser);
}

#[test]
fn a_user_handle_that_is_no_persons_is_refused() {
    let mut authenticator = SoftwareAuthenticator::new("odd");
    register(&mut authenticator);
    let (options, _) = fido().start_authentication(Hint::None).unwrap();
    let mut answer = authenticator.get(&options, ORIGIN).unwrap();
    answer["response"]["userHandle"] = json!("AAAA");
    assert_eq!(identify(&answer).unwrap_err(), Refused::WrongUser);
}

#[test]
fn somebody_elses_record_does_not_verify_this_key() {
    let mut mine = SoftwareAuthenticator::new("mine");
    let mut other = SoftwareAuthenticator::new("other");
    register(&mut mine);
    let record = register(&mut other);
    let refused = sign_in_with(&mut mine, &record, &[]).unwrap_err();
    assert_eq!(refused, Refused::UnknownCredential);
}

#[test]
fn a_step_up_is_answered_by_one_of_the_persons_keys_without_a_user_handle() {
    let mut authenticator = SoftwareAuthenticator::new("stepping");
    let record = register(&mut authenticator);
    let fido = fido();
    let (options, state) = fido.start_step_up(std::slice::from_ref(&record)).unwrap();
    let answer = authenticator.get_with(&options, ORIGIN, &[Lie::NoUser]).unwrap();
    fido.finish_authentication(&state, &answer, &record, PERSON).unwrap();
}

#[test]
fn a_step_up_is_not_answered_by_a_key_that_was_not_asked_for() {
    let mut asked = SoftwareAuthenticator::new("asked");
    let mut other = SoftwareAuthenticator::new("other");
    let asked_record = register(&mut asked);
    let other_record = register(&mut other);
    let fido = fido();
    let (mut options, state) = fido.start_step_up(&[asked_record]).unwrap();
    options["allowCredentials"] = json!([]);
    let answer = other.get(&options, ORIGIN).unwrap();
    let refused = fido.finish_authentication(&state, &answer, &other_record, PERSON);
    assert_eq!(refused.unwrap_err(), Refused::UnknownCredential);
}

#[test]
fn a_step_up_is_not_answered_for_another_person() {
    let mut authenticator = SoftwareAuthenticator::new("stepping");
    let record = register(&mut authenticator);
    let fido = fido();
    let (options, state) = fido.start_step_up(std::slice::from_ref(&record)).unwrap();
    let lies = [Lie::User(SOMEBODY_ELSE)];
    let answer = authenticator.get_with(&options, ORIGIN, &lies).unwrap();
    let refused = fido.finish_authentication(&state, &answer, &record, PERSON);
    assert_eq!(refused.unwrap_err(), Refused::WrongUser);
}
