//! The few primitives, over P-256 and SHA-256.

use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use sha2_of_p256::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::cbor::{Value, numbered};
use crate::status::Status;

/// Fills a buffer with bytes from a cryptographically secure source.
pub type Random<'a> = dyn FnMut(&mut [u8]) + 'a;

/// The algorithm number of ES256 in COSE.
pub(crate) const ES256: i64 = -7;

/// The algorithm number of ECDH-ES+HKDF-256, which CTAP writes into keys for agreement.
const ECDH_ES_HKDF_256: i64 = -25;

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Zeroizing::default() };
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// So many bytes from the source.
pub(crate) fn random_bytes<const N: usize>(random: &mut Random<'_>) -> [u8; N] {
    let mut bytes = [0; N];
    random(&mut bytes);
    bytes
}

pub(crate) fn new_key(random: &mut Random<'_>) -> SecretKey {
    // One draw in 2³² is not a key. A source that never gives one is broken, and so is everything then.
    loop {
        if let Ok(key) = SecretKey::from_slice(&*Zeroizing::new(random_bytes::<32>(random))) {
            return key;
        }
    }
}

/// x and y.
pub(crate) fn coordinates(key: &PublicKey) -> [u8; 64] {
    let point = key.to_sec1_point(false);
    let mut coordinates = [0; 64];
    coordinates.copy_from_slice(&point.as_bytes()[1..]);
    coordinates
}

/// An ES256 signature in DER; deterministic (RFC 6979), so that no bad randomness gives the key away.
pub(crate) fn sign(private_key: &[u8; 32], message: &[u8]) -> Result<Vec<u8>, Status> {
    let key = SigningKey::from_slice(private_key).map_err(|_| Status::Other)?;
    Ok(sign_with(&key, message))
}

pub(crate) fn sign_with(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: DerSignature = key.sign(message);
    signature.as_bytes().to_vec()
}

/// A key for ES256 as COSE writes it.
pub(crate) fn cose_key(coordinates: &[u8; 64]) -> Value {
    cose(coordinates, ES256)
}

/// A key for agreement as CTAP writes it.
pub(crate) fn agreement_key(key: &PublicKey) -> Value {
    cose(&coordinates(key), ECDH_ES_HKDF_256)
}

fn cose(coordinates: &[u8; 64], algorithm: i64) -> Value {
    let (x, y) = coordinates.split_at(32);
    let Value::Map(mut entries) = numbered([(1, Some(2_u64.into())), (3, Some(algorithm.into()))]) else {
        return Value::Map(Vec::new());
    };
    entries.extend([
        (Value::from(-1_i64), Value::from(1_u64)),
        (Value::from(-2_i64), Value::from(x)),
        (Value::from(-3_i64), Value::from(y)),
    ]);
    Value::Map(entries)
}

/// Reads a platform's key for agreement; a point off the curve is none.
pub(crate) fn read_agreement_key(value: &Value) -> Result<PublicKey, Status> {
    let Value::Map(entries) = value else { return Err(Status::CborUnexpectedType) };
    let find = |wanted: i64| entries.iter().find(|(key, _)| *key == wanted.into()).map(|(_, value)| value);
    let kind = [(1, 2), (3, ECDH_ES_HKDF_256), (-1, 1)];
    if kind.iter().any(|(key, expected)| find(*key) != Some(&(*expected).into())) {
        return Err(Status::InvalidParameter);
    }
    let (Some(Value::Bytes(x)), Some(Value::Bytes(y))) = (find(-2), find(-3)) else {
        return Err(Status::InvalidParameter);
    };
    if x.len() != 32 || y.len() != 32 {
        return Err(Status::InvalidParameter);
    }
    PublicKey::from_sec1_bytes(&[&[4], &x[..], &y[..]].concat()).map_err(|_| Status::InvalidParameter)
}
