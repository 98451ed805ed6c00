//! An authenticator and the browser around it, in software, for tests and benches. It answers
//! creation and request options as a browser's JSON does, and can be told to lie.
//!
//! It is deterministic: keys come from its name and the challenge. It protects nothing and the
//! server never uses it.
#![expect(clippy::expect_used, reason = "a test helper that is called wrongly should stop the test")]

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_cbor_2::Value as Cbor;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::encode;

mod certificate;
mod lie;

pub use lie::Lie;

/// What the authenticator attests with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// `none`.
    None,
    /// `packed`, signed by the credential itself.
    PackedSelf,
    /// `packed`, signed by an attestation certificate of a small CA.
    PackedCertificate,
}

/// See the module's description.
#[derive(Debug, Clone)]
pub struct SoftwareAuthenticator {
    /// Different names make different keys.
    pub name: String,
    /// The model it claims to be.
    pub aaguid: Uuid,
    /// What it attests with.
    pub statement: Statement,
    /// BE of the credentials it makes.
    pub backup_eligible: bool,
    /// BS of its answers.
    pub backed_up: bool,
    /// Whether its signature counter counts; else it stays 0.
    pub counts: bool,
    /// What the browser says of its place.
    pub attachment: &'static str,
    /// What the browser says of its transports.
    pub transports: Vec<&'static str>,
    counter: u32,
    credentials: Vec<SoftwareCredential>,
}

#[derive(Debug, Clone)]
struct SoftwareCredential {
    id: Vec<u8>,
    rp_id: String,
    user: String,
    key: SigningKey,
}

const USER_PRESENT: u8 = 0b0000_0001;
const USER_VERIFIED: u8 = 0b0000_0100;
const BACKUP_ELIGIBLE: u8 = 0b0000_1000;
const BACKED_UP: u8 = 0b0001_0000;
const HAS_CREDENTIAL: u8 = 0b0100_0000;

impl SoftwareAuthenticator {
    /// A hardware key that attests for itself, with a counter and without backups.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            aaguid: Uuid::from_u128(0x5057_4b45_5953_5445_4144_0000_0000_0001),
            statement: Statement::PackedSelf,
            backup_eligible: false,
            backed_up: false,
            counts: true,
            attachment: "cross-platform",
            transports: vec!["usb", "nfc"],
            counter: 0,
            credentials: Vec::new(),
        }
    }

    /// The same with another attestation statement.
    #[must_use]
    pub fn attesting(mut self, statement: Statement) -> Self {
        self.statement = statement;
        self
    }

    /// Answers creation options (the `publicKey` member) with a `RegistrationResponseJSON`.
    pub fn create(&mut self, options: &Value, origin: &str) -> Value {
        self.create_with(options, origin, &[])
    }

    /// The same, with lies.
    pub fn create_with(&mut self, options: &Value, origin: &str, lies: &[Lie]) -> Value {
        let challenge = text(&options["challenge"]);
        let rp_id = text(&options["rp"]["id"]);
        let mut id = Sha256::digest(format!("credential {} {rp_id} {challenge}", self.name)).to_vec();
        id.extend_from_slice(&[0x4b; 32]);
        if let Some(length) = find(lies, |lie| match lie {
            Lie::CredentialIdLength(length) => Some(*length),
            _ => None,
        }) {
            id.resize(length, 0x4b);
        }
        let secret = Sha256::digest([self.name.as_bytes(), &id].concat());
        let key = SigningKey::from_slice(&secret).expect("a hash is a P-256 scalar but for 2^-32");

        let client_data = client_data("webauthn.create", challenge, origin, lies);
        let mut authenticator_data = self.authenticator_data(rp_id, HAS_CREDENTIAL, lies);
        authenticator_data.extend_from_slice(self.aaguid.as_bytes());
        let length = u16::try_from(id.len()).expect("the id's length has two bytes");
        authenticator_data.extend_from_slice(&length.to_be_bytes());
        authenticator_data.extend_from_slice(&id);
        authenticator_data.extend_from_slice(&to_cbor(&cose_key(&key, lies)));
        if lies.contains(&Lie::TrailingBytes) {
            authenticator_data.push(0);
        }

        let (format, statement) = self.attest(&key, &authenticator_data, &client_data, lies);
        if lies.contains(&Lie::FlippedAuthenticatorData) {
            authenticator_data[36] ^= 1;
        }
        let object = cbor_map([
            ("fmt", Cbor::Text(format.to_owned())),
            ("attStmt", statement),
            ("authData", Cbor::Bytes(authenticator_data)),
        ]);
        let answer = self.envelope(
            &id,
            lies,
            json!({ "credProps": { "rk": !lies.contains(&Lie::NotDiscoverable) } }),
            json!({
                "clientDataJSON": encode(client_data),
                "attestationObject": encode(to_cbor(&object)),
                "transports": self.transports,
            }),
        );
        self.credentials.push(SoftwareCredential {
            id,
            rp_id: rp_id.to_owned(),
            user: text(&options["user"]["id"]).to_owned(),
            key,
        });
        answer
    }

    /// Answers request options (the `publicKey` member) with an `AuthenticationResponseJSON`, if a
    /// credential fits: the newest of those allowed, or of all when none are named.
    pub fn get(&mut self, options: &Value, origin: &str) -> Option<Value> {
        self.get_with(options, origin, &[])
    }

    /// The same, with lies.
    pub fn get_with(&mut self, options: &Value, origin: &str, lies: &[Lie]) -> Option<Value> {
        let rp_id = text(&options["rpId"]);
        let allowed = options["allowCredentials"].as_array();
        let credential = self.credentials.iter().rev().find(|credential| {
            credential.rp_id == rp_id
                && allowed.is_none_or(|allowed| {
                    allowed.is_empty() || allowed.iter().any(|one| one["id"] == encode(&credential.id))
                })
        })?;
        let SoftwareCredential { id, user, key, .. } = credential.clone();

        let client_data = client_data("webauthn.get", text(&options["challenge"]), origin, lies);
        let mut authenticator_data = self.authenticator_data(rp_id, 0, lies);
        if lies.contains(&Lie::TrailingBytes) {
            authenticator_data.push(0);
        }
        let signature = sign(&key, &authenticator_data, &client_data, lies);
        if lies.contains(&Lie::FlippedAuthenticatorData) {
            authenticator_data[33] ^= 1;
        }
        let mut response = json!({
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(authenticator_data),
            "signature": encode(signature),
        });
        if !lies.contains(&Lie::NoUser) {
            let user = find(lies, |lie| match lie {
                Lie::User(user) => Some(encode(user.as_bytes())),
                _ => None,
            })
            .unwrap_or(user);
            response["userHandle"] = json!(user);
        }
        Some(self.envelope(&id, lies, json!({}), response))
    }

    fn authenticator_data(&mut self, rp_id: &str, more_flags: u8, lies: &[Lie]) -> Vec<u8> {
        let rp_id = find(lies, |lie| match lie {
            Lie::RpId(rp_id) => Some(*rp_id),
            _ => None,
        })
        .unwrap_or(rp_id);
        let mut flags = USER_PRESENT | USER_VERIFIED | more_flags;
        if self.backup_eligible {
            flags |= BACKUP_ELIGIBLE;
        }
        if self.backed_up {
            flags |= BACKED_UP;
        }
        for lie in lies {
            match lie {
                Lie::NoUserPresence => flags &= !USER_PRESENT,
                Lie::NoUserVerification => flags &= !USER_VERIFIED,
                Lie::BackupEligible => flags |= BACKUP_ELIGIBLE,
                Lie::BackedUpButNotEligible => flags = flags & !BACKUP_ELIGIBLE | BACKED_UP,
                _ => {}
            }
        }
        self.counter += u32::from(self.counts);
        let counter = find(lies, |lie| match lie {
            Lie::Counter(counter) => Some(*counter),
            _ => None,
        })
        .unwrap_or(self.counter);
        let mut data = Sha256::digest(rp_id).to_vec();
        data.push(flags);
        data.extend_from_slice(&counter.to_be_bytes());
        data
    }

    fn attest(
        &self,
        key: &SigningKey,
        authenticator_data: &[u8],
        client_data: &[u8],
        lies: &[Lie],
    ) -> (&'static str, Cbor) {
        if let Some(format) = find(lies, |lie| match lie {
            Lie::Format(format) => Some(*format),
            _ => None,
        }) {
            return (format, cbor_map([]));
        }
        let algorithm = Cbor::Integer(algorithm(lies));
        match self.statement {
            Statement::None => ("none", cbor_map([])),
            Statement::PackedSelf => {
                let signature = sign(key, authenticator_data, client_data, lies);
                let members = [("alg", algorithm), ("sig", Cbor::Bytes(signature))];
                ("packed", cbor_map(members))
            }
            Statement::PackedCertificate => {
                let model =
                    if lies.contains(&Lie::CertificateOfAnotherModel) { Uuid::from_u128(1) } else { self.aaguid };
                let (attestation_key, certificate) = certificate::for_model(model);
                let signature = sign(&attestation_key, authenticator_data, client_data, lies);
                let members = [
                    ("alg", Cbor::Integer(-7)),
                    ("sig", Cbor::Bytes(signature)),
                    ("x5c", Cbor::Array(vec![Cbor::Bytes(certificate)])),
                ];
                ("packed", cbor_map(members))
            }
        }
    }

    fn envelope(&self, id: &[u8], lies: &[Lie], extensions: Value, response: Value) -> Value {
        let raw_id = if lies.contains(&Lie::OtherRawId) { encode([0x77; 64]) } else { encode(id) };
        let id = if lies.contains(&Lie::OtherId) { encode([0x77; 64]) } else { raw_id.clone() };
        let mut answer = json!({
            "id": id,
            "rawId": raw_id,
            "type": "public-key",
            "authenticatorAttachment": self.attachment,
        });
        answer["clientExtensionResults"] = extensions;
        answer["response"] = response;
        for lie in lies {
            match lie {
                Lie::CredentialType(kind) => answer["type"] = json!(kind),
                Lie::PlatformAttachment => answer["authenticatorAttachment"] = json!("platform"),
                _ => {}
            }
        }
        answer
    }
}

fn client_data(kind: &str, challenge: &str, origin: &str, lies: &[Lie]) -> Vec<u8> {
    let mut members = json!({
        "type": kind,
        "challenge": challenge,
        "origin": origin,
        "crossOrigin": false,
    });
    for lie in lies {
        match lie {
            Lie::Type(kind) => members["type"] = json!(kind),
            Lie::Challenge(challenge) => members["challenge"] = json!(challenge),
            Lie::Origin(origin) => members["origin"] = json!(origin),
            Lie::CrossOrigin => members["crossOrigin"] = json!(true),
            Lie::TopOrigin(origin) => members["topOrigin"] = json!(origin),
            _ => {}
        }
    }
    members.to_string().into_bytes()
}

fn algorithm(lies: &[Lie]) -> i128 {
    find(lies, |lie| match lie {
        Lie::Algorithm(algorithm) => Some(*algorithm),
        _ => None,
    })
    .unwrap_or(-7)
}

/// A COSE EC2 key (RFC 9053, 7.1.1), in the canonical order that CTAP asks for.
fn cose_key(key: &SigningKey, lies: &[Lie]) -> Cbor {
    let curve = find(lies, |lie| match lie {
        Lie::Curve(curve) => Some(*curve),
        _ => None,
    })
    .unwrap_or(1);
    let point = certificate::public_point(key);
    let (x, y) = point[1..].split_at(32);
    Cbor::Map(
        [
            (1, Cbor::Integer(2)),
            (3, Cbor::Integer(algorithm(lies))),
            (-1, Cbor::Integer(curve)),
            (-2, Cbor::Bytes(x.to_vec())),
            (-3, Cbor::Bytes(y.to_vec())),
        ]
        .into_iter()
        .map(|(label, value)| (Cbor::Integer(label), value))
        .collect(),
    )
}

fn sign(key: &SigningKey, authenticator_data: &[u8], client_data: &[u8], lies: &[Lie]) -> Vec<u8> {
    let client_data_hash = Sha256::digest(client_data);
    let signature: Signature = key.sign(&[authenticator_data, &client_data_hash].concat());
    let mut signature = signature.to_der().as_bytes().to_vec();
    if lies.contains(&Lie::FlippedSignature)
        && let Some(last) = signature.last_mut()
    {
        *last ^= 1;
    }
    signature
}

fn cbor_map<const COUNT: usize>(members: [(&str, Cbor); COUNT]) -> Cbor {
    Cbor::Map(members.into_iter().map(|(name, value)| (Cbor::Text(name.to_owned()), value)).collect())
}

fn to_cbor(value: &Cbor) -> Vec<u8> {
    serde_cbor_2::to_vec(value).expect("a CBOR value is written to memory")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("the options have this member")
}

fn find<'lies, T>(lies: &'lies [Lie], pick: impl Fn(&'lies Lie) -> Option<T>) -> Option<T> {
    lies.iter().find_map(pick)
}
