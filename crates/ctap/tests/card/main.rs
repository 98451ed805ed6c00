//! A card as its caller sees it: time, taps and the store.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests outside their functions")]

mod platform;
mod vault;

use keystead_ctap::cbor::Value;
use keystead_ctap::store::MemoryStore;
use keystead_ctap::{Outcome, PinRules, PinViolation, Status};
use platform::{CREDENTIAL_MANAGEMENT, GET_ASSERTION, GET_NEXT_ASSERTION, Platform, bytes, entry, map};
use proptest::prelude::*;
use vault::{Fault, Vault};

const PIN: &str = "k7#pQ2";
const SITE: &str = "example.com";
const REGISTER: u64 = 1;
const SIGN_IN: u64 = 2;

fn card() -> Platform<Vault> {
    Platform::new(Vault::default())
}

/// A card with a PIN and a credential.
fn registered() -> Platform<Vault> {
    let mut card = card();
    card.set_pin(PIN).unwrap();
    let token = card.token(PIN, REGISTER, SITE).unwrap();
    card.register(SITE, b"ada", Some(&token)).unwrap();
    card.tapped = false;
    card
}

#[track_caller]
fn assert_status<T: std::fmt::Debug>(result: Result<T, u8>, status: Status) {
    match result {
        Err(code) => assert_eq!(code, status as u8, "{status:?} was expected"),
        Ok(value) => panic!("{status:?} was expected, not {value:?}"),
    }
}

#[test]
fn a_try_is_spent_before_the_pin_is_looked_at() {
    let mut card = registered();
    card.store.calls.clear();
    card.token(PIN, SIGN_IN, SITE).unwrap();
    assert_eq!(card.store.calls, ["spend_pin_try", "open"]);
}

#[test]
fn a_vault_that_dies_over_a_pin_has_a_try_less() {
    let mut card = registered();
    for tries_left in [7, 6] {
        card.store.fault = Some(Fault::Open);
        assert_status(card.token(PIN, SIGN_IN, SITE), Status::Other);
        card.store.fault = None;
        assert_eq!(card.store.tries_left(), tries_left);
    }
    card.store.fault = Some(Fault::SpendPinTry);
    card.store.calls.clear();
    assert_status(card.token(PIN, SIGN_IN, SITE), Status::Other);
    assert_eq!(card.store.calls, ["spend_pin_try"], "what can't be counted isn't tried");
    card.store.fault = None;
    card.token(PIN, SIGN_IN, SITE).unwrap();
    assert_eq!(card.store.tries_left(), 8);
}

#[test]
fn secrets_are_open_from_the_pin_to_the_next_tap() {
    let mut card = registered();
    card.tap();
    assert!(!card.store.is_open());
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    assert!(card.store.is_open());
    card.sign_in(SITE, Some(&token)).unwrap();
    card.tap();
    assert!(!card.store.is_open());
    assert_status(card.sign_in(SITE, Some(&token)), Status::PinAuthInvalid);
}

#[test]
fn a_wrong_pin_closes_what_the_right_one_opened() {
    let mut card = registered();
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    assert_status(card.token("wrong1", SIGN_IN, SITE), Status::PinInvalid);
    assert!(!card.store.is_open());
    assert_status(card.sign_in(SITE, Some(&token)), Status::PinAuthInvalid);
}

#[test]
fn a_command_that_waits_for_a_tap_has_done_nothing_and_keeps_its_pin() {
    let mut card = registered();
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    let parameters = Platform::<Vault>::sign_in_parameters(SITE, Some(&token));
    let message = [&[GET_ASSERTION][..], &parameters.write()].concat();
    card.store.calls.clear();
    assert_eq!(card.send(&message), Outcome::PresenceWanted);
    assert_eq!(card.send(&message), Outcome::PresenceWanted);
    assert!(!card.store.calls.contains(&"count_signature"));
    card.tap();
    let Outcome::Answer { message: answer, presence_used: true } = card.send(&message) else { panic!() };
    assert_eq!(answer[0], 0);
    // Given up, the wait no longer excuses the next tap from being a power cycle.
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    let parameters = Platform::<Vault>::sign_in_parameters(SITE, Some(&token));
    assert_eq!(card.send(&[&[GET_ASSERTION][..], &parameters.write()].concat()), Outcome::PresenceWanted);
    card.card.give_up();
    card.tap();
    assert_status(card.sign_in(SITE, Some(&token)), Status::PinAuthInvalid);
}

#[test]
fn a_token_is_to_be_used_soon_and_not_for_long() {
    let mut card = registered();
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    card.now += 30_000;
    assert_status(card.sign_in(SITE, Some(&token)), Status::PinAuthInvalid);
    assert!(!card.store.is_open());

    let silent = |token: &[u8; 32]| {
        let Value::Map(mut entries) = Platform::<Vault>::sign_in_parameters(SITE, Some(token)) else { panic!() };
        entries.push((Value::Unsigned(5), platform::names(&[("up", false.into())])));
        Value::Map(entries)
    };
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    card.now += 29_999;
    card.call(GET_ASSERTION, &silent(&token)).unwrap();
    card.now += 570_000;
    card.call(GET_ASSERTION, &silent(&token)).unwrap();
    card.now += 1;
    assert_status(card.call(GET_ASSERTION, &silent(&token)), Status::PinAuthInvalid);
}

#[test]
fn the_next_account_is_to_be_asked_for_soon() {
    let mut card = registered();
    for user in [b"bob", b"eve"] {
        let token = card.token(PIN, REGISTER, SITE).unwrap();
        card.register(SITE, user, Some(&token)).unwrap();
    }
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    let first = card.sign_in(SITE, Some(&token)).unwrap();
    assert_eq!(entry(&first, 5), Some(Value::Unsigned(3)));
    card.now += 29_999;
    let second = card.send(&[GET_NEXT_ASSERTION]);
    assert!(matches!(second, Outcome::Answer { ref message, .. } if message[0] == 0), "{second:?}");
    card.now += 30_000;
    let late = Outcome::Answer { message: Status::NotAllowed.answer(), presence_used: false };
    assert_eq!(card.send(&[GET_NEXT_ASSERTION]), late);
}

#[test]
fn the_store_is_told_from_how_many_accounts_the_person_chooses() {
    let mut card = registered();
    let token = card.token(PIN, REGISTER, SITE).unwrap();
    card.register(SITE, b"bob", Some(&token)).unwrap();
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    card.sign_in(SITE, Some(&token)).unwrap();
    let signature = card.store.last_signature.unwrap();
    assert_eq!((signature.verified, signature.candidates), (true, 2));
}

#[test]
fn a_card_that_is_suspended_stops_at_the_next_step() {
    let mut card = registered();
    let token = card.token(PIN, SIGN_IN, SITE).unwrap();
    card.store.fault = Some(Fault::Suspended);
    assert_status(card.sign_in(SITE, Some(&token)), Status::OperationDenied);
    assert_status(card.token(PIN, SIGN_IN, SITE), Status::OperationDenied);
    assert_status(card.set_pin(PIN), Status::OperationDenied);
}

#[test]
fn a_pin_that_the_store_remembers_is_refused() {
    let mut card = card();
    card.store.fault = Some(Fault::KnownPin);
    assert_status(card.set_pin(PIN), Status::PinPolicyViolation);
}

#[test]
fn pin_rules_say_which_rule_is_broken() {
    let all = PinRules {
        minimum_length: 6,
        digit: true,
        lower: true,
        upper: true,
        special: true,
        no_sequences: true,
        no_repeats: true,
    };
    for (pin, expected) in [
        ("k7#pQ2", Ok(())),
        ("äÖ7#xY", Ok(())),
        ("k7#pQ", Err(PinViolation::TooShort)),
        ("kx#pQz", Err(PinViolation::NoDigit)),
        ("K7#PQ2", Err(PinViolation::NoLower)),
        ("k7#pq2", Err(PinViolation::NoUpper)),
        ("k7xpQ2", Err(PinViolation::NoSpecial)),
        ("k#pQ678", Err(PinViolation::Sequence)),
        ("7#Qxcba", Err(PinViolation::Sequence)),
        ("7#Qkk1k", Ok(())),
        ("7#Qkkk1", Err(PinViolation::Repetition)),
        // Neighbours in Unicode that nobody counts along.
        ("kQ7!\"#", Ok(())),
    ] {
        assert_eq!(all.check(pin), expected, "{pin}");
    }
    let longest = "é".repeat(31);
    assert_eq!(PinRules::default().check(&longest), Ok(()));
    assert_eq!(PinRules::default().check(&format!("{longest}aa")), Err(PinViolation::TooLong));
    assert_eq!(PinRules { minimum_length: 0, ..PinRules::default() }.check("abc"), Err(PinViolation::TooShort));
}

/// What may be done to a card, in any order.
#[derive(Clone, Debug)]
enum Step {
    Tap,
    Wait(u64),
    SetPin(bool),
    Token(bool, u64),
    Register(u8),
    SignIn,
    Next,
    Management(u64),
    Bytes(Vec<u8>),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Tap),
        (0..40_000_u64).prop_map(Step::Wait),
        any::<bool>().prop_map(Step::SetPin),
        (prop::bool::weighted(0.8), 0..8_u64).prop_map(|(right, permissions)| Step::Token(right, permissions)),
        (0..3_u8).prop_map(Step::Register),
        Just(Step::SignIn),
        Just(Step::Next),
        (0..9_u64).prop_map(Step::Management),
        prop::collection::vec(any::<u8>(), 0..30).prop_map(Step::Bytes),
    ]
}

proptest! {
    #[test]
    fn whatever_is_done_in_whatever_order_the_pin_guards_its_secrets(steps in prop::collection::vec(any_step(), 0..25)) {
        let mut card = card();
        // What is so by the rules: when a PIN was given that is not used up, and which wrong ones count.
        let (mut token, mut given_at) = (None, None);
        let (mut wrong, mut in_a_row, mut taps) = (0_u8, 0_u8, 0);
        for step in steps {
            let had_pin = card.store.has_pin();
            match step {
                Step::Tap => {
                    card.tap();
                    given_at = None;
                }
                Step::Wait(time) => card.now += time,
                Step::SetPin(right) => {
                    let set = card.set_pin(if right { PIN } else { "abc" });
                    prop_assert_eq!(set.is_ok(), right && !had_pin);
                }
                Step::Token(right, permissions) => {
                    let result = card.token(if right { PIN } else { "wrong1" }, permissions, SITE);
                    let tried = had_pin && permissions != 0 && wrong < 8 && in_a_row < 3;
                    prop_assert_eq!(result.is_ok(), tried && right);
                    if let Ok(given) = result {
                        (token, given_at, wrong, in_a_row) = (Some(given), Some(card.now), 0, 0);
                    } else if tried {
                        (given_at, wrong, in_a_row) = (None, wrong + 1, in_a_row + 1);
                    }
                    prop_assert_eq!(card.store.tries_left(), 8 - wrong);
                }
                Step::Register(_) | Step::SignIn => {
                    let done = match step {
                        Step::Register(user) => card.register(SITE, &[user], token.as_ref()).is_ok(),
                        _ => card.sign_in(SITE, token.as_ref()).is_ok(),
                    };
                    if done && had_pin {
                        prop_assert!(given_at.is_some_and(|at| card.now - at < 600_000));
                        given_at = None;
                    }
                }
                Step::Next => drop(card.send(&[GET_NEXT_ASSERTION])),
                Step::Management(subcommand) => {
                    let parameters = [(1, Value::Unsigned(subcommand)), (3, Value::Unsigned(1)), (4, bytes(&[0; 16]))];
                    prop_assert!(card.call(CREDENTIAL_MANAGEMENT, &map(&parameters)).is_err());
                }
                Step::Bytes(message) => drop(card.send(&message)),
            }
            if card.taps > taps {
                (taps, in_a_row) = (card.taps, 0);
            }
        }
    }

    #[test]
    fn any_message_is_answered(command in 0..16_u8, message in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut card = Platform::new(MemoryStore::new(3));
        match card.send(&[&[command][..], &message].concat()) {
            Outcome::PresenceWanted => {}
            Outcome::Answer { message, .. } => prop_assert!(!message.is_empty()),
        }
    }
}
