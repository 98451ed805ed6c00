//! authenticatorGetInfo (CTAP 2.1 §6.4).

use super::request::MAX_LIST;
use super::{Environment, Halt};
use crate::cbor::{Value, named, numbered};
use crate::crypto::ES256;
use crate::hid::MAX_MESSAGE;

pub(super) fn get_info(environment: &mut Environment<'_>) -> Result<Vec<u8>, Halt> {
    let pin = environment.store.pin()?;
    let room = environment.store.room()?;
    let Environment { model, policy, .. } = environment;
    let texts = |texts: &[&str]| Some(Value::Array(texts.iter().map(|text| Value::from(*text)).collect()));
    let versions: &[&str] = if super::u2f::offered(pin.is_some(), model, policy) {
        &["U2F_V2", "FIDO_2_0", "FIDO_2_1"]
    } else {
        &["FIDO_2_0", "FIDO_2_1"]
    };
    let options = named([
        ("rk", Some(true.into())),
        ("up", Some(true.into())),
        ("plat", Some(false.into())),
        ("alwaysUv", Some(policy.always_verify.into())),
        ("credMgmt", Some(true.into())),
        ("clientPin", Some(pin.is_some().into())),
        ("pinUvAuthToken", Some(true.into())),
        // With a PIN, each registration needs it.
        ("makeCredUvNotRqd", Some(false.into())),
    ]);
    let algorithm = named([("alg", Some(ES256.into())), ("type", Some("public-key".into()))]);
    let number = |number: usize| Some(Value::Unsigned(number as u64));
    Ok(numbered([
        (0x01, texts(versions)),
        (0x02, texts(&["credProtect", "hmac-secret", "minPinLength"])),
        (0x03, Some(model.aaguid[..].into())),
        (0x04, Some(options)),
        (0x05, number(MAX_MESSAGE)),
        (0x06, Some(Value::Array(vec![2_u64.into(), 1_u64.into()]))),
        (0x07, number(MAX_LIST)),
        (0x08, number(size_of::<crate::store::CredentialId>())),
        (0x09, texts(&["usb"])),
        (0x0a, Some(Value::Array(vec![algorithm]))),
        (0x0c, Some(pin.is_some_and(|pin| pin.must_change).into())),
        (0x0d, number(policy.pin_rules.minimum_length().into())),
        (0x0e, Some(model.firmware_version.into())),
        (0x14, number(room)),
        (0x16, texts(&["packed", "none"])),
    ])
    .write())
}
