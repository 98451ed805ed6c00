//! The other side: as much of a platform as the tests need, in PIN protocol one.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use keystead_ctap::cbor::Value;
use keystead_ctap::{Authenticator, Environment, Model, Outcome, Policy, Presence, Store};
use p256::{PublicKey, SecretKey, ecdh};
use sha2_of_p256::{Digest, Sha256};

pub const MAKE_CREDENTIAL: u8 = 0x01;
pub const GET_ASSERTION: u8 = 0x02;
pub const CLIENT_PIN: u8 = 0x06;
pub const GET_NEXT_ASSERTION: u8 = 0x08;
pub const CREDENTIAL_MANAGEMENT: u8 = 0x0a;
pub const HASH: [u8; 32] = [9; 32];

/// A card on a reader, and a platform that uses it.
pub struct Platform<S> {
    pub card: Authenticator,
    pub store: S,
    pub policy: Policy,
    pub now: u64,
    pub tapped: bool,
    /// So far.
    pub taps: usize,
    drawn: u64,
}

pub fn map(entries: &[(u64, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| (Value::Unsigned(*key), value.clone())).collect())
}

pub fn names(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| (Value::from(*key), value.clone())).collect())
}

pub fn bytes(bytes: &[u8]) -> Value {
    Value::from(bytes)
}

/// The entry of this number.
pub fn entry(value: &Value, number: i64) -> Option<Value> {
    let Value::Map(entries) = value else { panic!("no map: {value:?}") };
    entries.iter().find(|(key, _)| *key == number.into()).map(|(_, value)| value.clone())
}

pub fn byte_entry(value: &Value, number: i64) -> Vec<u8> {
    let Some(Value::Bytes(bytes)) = entry(value, number) else { panic!("no bytes at {number}: {value:?}") };
    bytes
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn authenticate(key: &[u8; 32], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes()[..16].to_vec()
}

fn encrypt(key: &[u8; 32], plain: &[u8]) -> Vec<u8> {
    let mut text = plain.to_vec();
    cbc::Encryptor::<Aes256>::new(key.into(), &[0; 16].into())
        .encrypt_padded::<NoPadding>(&mut text, plain.len())
        .unwrap();
    text
}

fn decrypt(key: &[u8; 32], sealed: &[u8]) -> Vec<u8> {
    let mut text = sealed.to_vec();
    cbc::Decryptor::<Aes256>::new(key.into(), &[0; 16].into()).decrypt_padded::<NoPadding>(&mut text).unwrap();
    text
}

impl<S: Store> Platform<S> {
    pub fn new(store: S) -> Self {
        let (card, policy) = (Authenticator::new(), Policy::default());
        Self { card, store, policy, now: 1_000, tapped: false, taps: 0, drawn: 0 }
    }

    pub fn tap(&mut self) {
        self.card.tap(&mut self.store);
        self.tapped = true;
        self.taps += 1;
    }

    /// Hands a message in once.
    pub fn send(&mut self, message: &[u8]) -> Outcome {
        let drawn = &mut self.drawn;
        let mut random = |buffer: &mut [u8]| {
            *drawn += 1;
            let digest = Sha256::digest(drawn.to_be_bytes());
            for (byte, random) in buffer.iter_mut().zip(digest.iter().cycle()) {
                *byte = *random;
            }
        };
        let model = Model { aaguid: [1; 16], firmware_version: 1, attestation: None };
        let mut environment = Environment {
            now: self.now,
            presence: if self.tapped { Presence::Fresh } else { Presence::Absent },
            model: &model,
            policy: &self.policy,
            store: &mut self.store,
            random: &mut random,
        };
        let outcome = self.card.command(message, &mut environment);
        if matches!(outcome, Outcome::Answer { presence_used: true, .. }) {
            self.tapped = false;
        }
        outcome
    }

    /// Hands a command in, taps if it waits for that, and reads the answer; an error is its status.
    pub fn call(&mut self, command: u8, parameters: &Value) -> Result<Value, u8> {
        let message = [&[command][..], &parameters.write()].concat();
        let mut outcome = self.send(&message);
        if outcome == Outcome::PresenceWanted {
            self.tap();
            outcome = self.send(&message);
        }
        let Outcome::Answer { message, .. } = outcome else { panic!("a tap was wanted twice") };
        match *message {
            [0] => Ok(map(&[])),
            [0, ref cbor @ ..] => Ok(Value::read(cbor).expect("an answer is canonical CBOR")),
            [status] => Err(status),
            ref other => panic!("not an answer: {other:?}"),
        }
    }

    /// A fresh key agreement: what to send, and the shared key.
    fn agree(&mut self) -> Result<(Value, [u8; 32]), u8> {
        let answer = self.call(CLIENT_PIN, &map(&[(1, Value::Unsigned(1)), (2, Value::Unsigned(2))]))?;
        let theirs = entry(&answer, 1).unwrap();
        let point = [&[4][..], &byte_entry(&theirs, -2), &byte_entry(&theirs, -3)].concat();
        let theirs = PublicKey::from_sec1_bytes(&point).unwrap();
        let ours = SecretKey::from_slice(&[5; 32]).unwrap();
        let shared = ecdh::diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine());
        // Of SEC1's encoding, x and y come after the first byte.
        let point = ours.public_key().to_sec1_bytes();
        let key = [(1_i64, Value::from(2_i64)), (3, (-25_i64).into()), (-1, 1_i64.into())];
        let coordinates = [(-2_i64, bytes(&point[1..33])), (-3, bytes(&point[33..]))];
        let key = key.into_iter().chain(coordinates).map(|(key, value)| (key.into(), value)).collect();
        Ok((Value::Map(key), sha256(shared.raw_secret_bytes())))
    }

    pub fn set_pin(&mut self, pin: &str) -> Result<Value, u8> {
        let (key, shared) = self.agree()?;
        let mut padded = pin.as_bytes().to_vec();
        padded.resize(64, 0);
        let sealed = encrypt(&shared, &padded);
        let proof = authenticate(&shared, &sealed);
        let parameters =
            [(1, Value::Unsigned(1)), (2, Value::Unsigned(3)), (3, key), (4, bytes(&proof)), (5, bytes(&sealed))];
        self.call(CLIENT_PIN, &map(&parameters))
    }

    /// A token for this relying party.
    pub fn token(&mut self, pin: &str, permissions: u64, relying_party: &str) -> Result<[u8; 32], u8> {
        let (key, shared) = self.agree()?;
        let sealed = encrypt(&shared, &sha256(pin.as_bytes())[..16]);
        let parameters = [
            (1, Value::Unsigned(1)),
            (2, Value::Unsigned(9)),
            (3, key),
            (6, bytes(&sealed)),
            (9, Value::Unsigned(permissions)),
            (10, relying_party.into()),
        ];
        let answer = self.call(CLIENT_PIN, &map(&parameters))?;
        Ok(decrypt(&shared, &byte_entry(&answer, 2)).try_into().unwrap())
    }

    /// Registers a discoverable credential, and gives its id.
    pub fn register(&mut self, relying_party: &str, user: &[u8], token: Option<&[u8; 32]>) -> Result<Vec<u8>, u8> {
        let algorithm = names(&[("alg", Value::from(-7_i64)), ("type", "public-key".into())]);
        let mut parameters = vec![
            (1, bytes(&HASH)),
            (2, names(&[("id", relying_party.into())])),
            (3, names(&[("id", bytes(user)), ("name", "somebody".into())])),
            (4, Value::Array(vec![algorithm])),
            (7, names(&[("rk", true.into())])),
        ];
        if let Some(token) = token {
            parameters.extend([(8, bytes(&authenticate(token, &HASH))), (9, Value::Unsigned(1))]);
        }
        let answer = self.call(MAKE_CREDENTIAL, &map(&parameters))?;
        Ok(byte_entry(&answer, 2)[55..87].to_vec())
    }

    pub fn sign_in_parameters(relying_party: &str, token: Option<&[u8; 32]>) -> Value {
        let mut parameters = vec![(1, relying_party.into()), (2, bytes(&HASH))];
        if let Some(token) = token {
            parameters.extend([(6, bytes(&authenticate(token, &HASH))), (7, Value::Unsigned(1))]);
        }
        map(&parameters)
    }

    /// Signs in with whichever credential comes first.
    pub fn sign_in(&mut self, relying_party: &str, token: Option<&[u8; 32]>) -> Result<Value, u8> {
        self.call(GET_ASSERTION, &Self::sign_in_parameters(relying_party, token))
    }
}
