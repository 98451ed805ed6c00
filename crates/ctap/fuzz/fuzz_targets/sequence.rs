//! Any sequence of what may be done to a card: with a PIN, nothing is signed but after it.
#![no_main]

#[path = "../../tests/card/platform.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod platform;

use arbitrary::Arbitrary;
use keystead_ctap::Store;
use keystead_ctap::cbor::Value;
use keystead_ctap::store::MemoryStore;
use libfuzzer_sys::fuzz_target;
use platform::{CREDENTIAL_MANAGEMENT, GET_NEXT_ASSERTION, Platform, bytes, map};

const PIN: &str = "k7#pQ2";

#[derive(Arbitrary, Debug)]
enum Step {
    Tap,
    Wait(u16),
    SetPin,
    Token { right: bool, permissions: u8, elsewhere: bool },
    Register { user: u8, elsewhere: bool },
    SignIn { elsewhere: bool },
    Next,
    Management { subcommand: u8 },
    AlwaysVerify(bool),
    Bytes(Vec<u8>),
}

fuzz_target!(|steps: Vec<Step>| {
    let mut card = Platform::new(MemoryStore::new(4));
    let mut token = None;
    // Whether, and for where, the right PIN was given since it was last used up.
    let mut given: Option<bool> = None;
    for step in steps.into_iter().take(40) {
        let site = |elsewhere| if elsewhere { "example.org" } else { "example.com" };
        let has_pin = card.store.pin().unwrap().is_some();
        match step {
            Step::Tap => {
                card.tap();
                given = None;
            }
            Step::Wait(time) => card.now += u64::from(time),
            Step::SetPin => assert_eq!(card.set_pin(PIN).is_ok(), !has_pin),
            Step::Token { right, permissions, elsewhere } => {
                let pin = if right { PIN } else { "wrong1" };
                if let Ok(value) = card.token(pin, u64::from(permissions), site(elsewhere)) {
                    assert!(right && has_pin);
                    (token, given) = (Some(value), Some(elsewhere));
                }
            }
            Step::Register { user, elsewhere } => {
                if card.register(site(elsewhere), &[user], token.as_ref()).is_ok() && has_pin {
                    assert_eq!(given.take(), Some(elsewhere));
                }
            }
            Step::SignIn { elsewhere } => {
                if card.sign_in(site(elsewhere), token.as_ref()).is_ok() && has_pin {
                    assert_eq!(given.take(), Some(elsewhere));
                }
            }
            Step::Next => drop(card.send(&[GET_NEXT_ASSERTION])),
            Step::Management { subcommand } => {
                let parameters =
                    [(1, Value::Unsigned(subcommand.into())), (3, Value::Unsigned(1)), (4, bytes(&[0; 16]))];
                assert!(card.call(CREDENTIAL_MANAGEMENT, &map(&parameters)).is_err());
            }
            Step::AlwaysVerify(always) => card.policy.always_verify = always,
            Step::Bytes(message) => drop(card.send(&message)),
        }
    }
});
