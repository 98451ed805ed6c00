use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::super::ceremony::{BrowserBinding, Ceremony, CeremonyRefused, Expected, Purpose, State};
use super::*;

const COOKIE: &str = "a cookie's value";

fn begun() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn sign_in() -> Ceremony {
    let (_, state) = fido().start_authentication(Hint::None).unwrap();
    ceremony(Purpose::SignIn, State::Authentication(state))
}

fn ceremony(purpose: Purpose, state: State) -> Ceremony {
    Ceremony {
        id: uuid!("018f3c1e-7b2a-7000-8000-0000000000c1"),
        purpose,
        user: None,
        subject: None,
        expires_at: Ceremony::expiry(begun()),
        browser: BrowserBinding::of(COOKIE),
        state,
        details: json!(null),
    }
}

fn expected() -> Expected<'static> {
    Expected { purpose: Purpose::SignIn, subject: None, cookie: COOKIE, now: begun() }
}

#[test]
fn a_ceremony_survives_the_way_to_the_browser_and_back() {
    let mut authenticator = SoftwareAuthenticator::new("travelling");
    let (options, state) = ask_for_a_key();
    let bytes = ceremony(Purpose::Registration, State::Registration(state)).to_bytes().unwrap();
    let State::Registration(state) = Ceremony::from_bytes(&bytes).unwrap().state else {
        panic!("a registration was begun");
    };
    let answer = authenticator.create(&options, ORIGIN);
    let record = fido().finish_registration(&state, &answer, &Policy::default()).unwrap().record;

    let (options, state) = fido().start_step_up(std::slice::from_ref(&record)).unwrap();
    let bytes = ceremony(Purpose::StepUp, State::Authentication(state)).to_bytes().unwrap();
    let State::Authentication(state) = Ceremony::from_bytes(&bytes).unwrap().state else {
        panic!("an authentication was begun");
    };
    let answer = authenticator.get(&options, ORIGIN).unwrap();
    fido().finish_authentication(&state, &answer, &record, PERSON).unwrap();
}

#[test]
fn a_sign_in_ceremony_stays_under_a_kilobyte() {
    assert!(sign_in().to_bytes().unwrap().len() < 1024);
}

#[test]
fn a_ceremony_is_finished_where_it_was_begun() {
    assert_eq!(sign_in().check(&expected()), Ok(()));
}

#[test]
fn a_ceremony_lasts_five_minutes() {
    let ceremony = sign_in();
    let at = |seconds| Expected { now: begun() + SignedDuration::from_secs(seconds), ..expected() };
    assert_eq!(ceremony.check(&at(299)), Ok(()));
    assert_eq!(ceremony.check(&at(300)), Err(CeremonyRefused::Expired));
    assert_eq!(ceremony.check(&at(86_400)), Err(CeremonyRefused::Expired));
}

#[test]
fn a_ceremony_does_not_serve_another_purpose() {
    for purpose in [Purpose::Setup, Purpose::Registration, Purpose::StepUp] {
        let other = Expected { purpose, ..expected() };
        assert_eq!(sign_in().check(&other), Err(CeremonyRefused::OtherPurpose));
    }
}

#[test]
fn a_ceremony_of_one_link_is_not_finished_with_another() {
    let mut ceremony = sign_in();
    ceremony.subject = Some(PERSON);
    for subject in [None, Some(SOMEBODY_ELSE)] {
        let other = Expected { subject, ..expected() };
        assert_eq!(ceremony.check(&other), Err(CeremonyRefused::OtherPurpose));
    }
    let same = Expected { subject: Some(PERSON), ..expected() };
    assert_eq!(ceremony.check(&same), Ok(()));
}

#[test]
fn a_ceremony_is_not_finished_in_another_browser() {
    for cookie in ["", "another cookie's value"] {
        let other = Expected { cookie, ..expected() };
        assert_eq!(sign_in().check(&other), Err(CeremonyRefused::OtherBrowser));
    }
}

#[test]
fn each_purpose_is_sealed_in_a_context_of_its_own() {
    let contexts = [Purpose::Setup, Purpose::Registration, Purpose::SignIn, Purpose::StepUp].map(Purpose::seal_context);
    let distinct: std::collections::BTreeSet<_> = contexts.into_iter().collect();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn bytes_that_are_no_ceremony_are_refused() {
    for bytes in [&b""[..], b"{}", b"null", b"\xff\x00"] {
        let refused = Ceremony::from_bytes(bytes).unwrap_err();
        assert_eq!(refused, CeremonyRefused::Unreadable);
    }
}

#[test]
fn a_ceremony_at_the_end_of_time_does_not_panic() {
    assert_eq!(Ceremony::expiry(Timestamp::MAX), Timestamp::MAX);
}
