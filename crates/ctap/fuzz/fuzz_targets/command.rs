//! Any one message, of CTAP 2 and of U2F, is answered, and what is answered is canonical CBOR.
#![no_main]

use keystead_ctap::cbor::Value;
use keystead_ctap::store::MemoryStore;
use keystead_ctap::{Attestation, Authenticator, Environment, Model, Outcome, Policy, Presence};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    if let Ok(value) = Value::read(message) {
        assert_eq!(value.write(), message);
    }
    let attestation = Attestation::new(&[1; 32], vec![vec![0x30, 0]]).ok();
    let model = Model { aaguid: [1; 16], firmware_version: 1, attestation };
    let mut store = MemoryStore::new(3);
    let mut environment = Environment {
        now: 0,
        presence: Presence::Fresh,
        model: &model,
        policy: &Policy::default(),
        store: &mut store,
        random: &mut |bytes| bytes.fill(7),
    };
    let mut card = Authenticator::new();
    match card.command(message, &mut environment) {
        Outcome::PresenceWanted => panic!("there was a tap"),
        Outcome::Answer { message, .. } => match *message {
            [_] => {}
            [0, ref cbor @ ..] => assert!(Value::read(cbor).is_ok()),
            ref other => panic!("{other:02x?}"),
        },
    }
    environment.presence = Presence::Fresh;
    let Outcome::Answer { message, .. } = card.apdu(message, &mut environment) else { panic!("U2F always answers") };
    assert!(message.len() >= 2);
});
