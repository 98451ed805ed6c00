//! authenticatorMakeCredential (CTAP 2.1 §6.1).

use zeroize::Zeroizing;

use super::request::{Fields, FromValue};
use super::token::{Permissions, Proof};
use super::{Authenticator, Environment, Halt};
use crate::cbor::{Value, named, numbered};
use crate::crypto::{ES256, Random, coordinates, cose_key, new_key, random_bytes, sign, sign_with};
use crate::model::Model;
use crate::status::Status;
use crate::store::{Credential, CredentialId, Protection, RelyingParty, Secrets, User};

/// Flags of authenticator data (WebAuthn §6.1).
pub(super) const USER_PRESENT: u8 = 0x01;
pub(super) const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;
pub(super) const HAS_EXTENSIONS: u8 = 0x80;

struct Request {
    client_data_hash: [u8; 32],
    relying_party: RelyingParty,
    user: User,
    exclude: Vec<CredentialId>,
    extensions: Extensions,
    discoverable: bool,
    proof: Option<Proof>,
    /// The platform would rather have no attestation.
    unattested: bool,
}

#[derive(Default)]
struct Extensions {
    protection: Option<Protection>,
    hmac_secret: bool,
    minimum_pin_length: bool,
}

impl Request {
    fn read(mut fields: Fields, environment: &mut Environment<'_>) -> Result<Self, Halt> {
        let mac: Option<Vec<u8>> = fields.optional(8)?;
        if let Some(mac) = &mac {
            Authenticator::answer_empty_proof(mac, environment)?;
        }
        let proof = match mac {
            Some(mac) => Some(Proof { protocol: fields.protocol(9)?, mac }),
            None => None,
        };
        let client_data_hash = client_data_hash(fields.required(1)?)?;
        let relying_party = fields.required::<Fields>(2)?.relying_party()?;
        let user = fields.required::<Fields>(3)?.user()?;
        if !offers_es256(fields.required(4)?)? {
            return Err(Status::UnsupportedAlgorithm.into());
        }
        let exclude = fields.credential_list(5)?.unwrap_or_default();
        let extensions = fields.optional::<Fields>(6)?.map(Extensions::read).transpose()?.unwrap_or_default();
        let mut discoverable = false;
        if let Some(mut options) = fields.optional::<Fields>(7)? {
            discoverable = options.named("rk")?.unwrap_or(false);
            let verification_without_proof = options.named("uv")? == Some(true) && proof.is_none();
            if options.named("up")? == Some(false) || verification_without_proof {
                return Err(Status::InvalidOption.into());
            }
        }
        if fields.optional::<u64>(0x0a)?.is_some() {
            // Enterprise attestation, which is not offered.
            return Err(Status::InvalidParameter.into());
        }
        let formats: Vec<Value> = fields.optional(0x0b)?.unwrap_or_default();
        let unattested = !formats.is_empty() && formats.iter().all(|format| *format == "none".into());
        Ok(Self { client_data_hash, relying_party, user, exclude, extensions, discoverable, proof, unattested })
    }
}

impl Extensions {
    fn read(mut fields: Fields) -> Result<Self, Status> {
        let protection = match fields.named::<u64>("credProtect")? {
            None => None,
            Some(1) => Some(Protection::Optional),
            Some(2) => Some(Protection::WithId),
            Some(3) => Some(Protection::Required),
            Some(_) => return Err(Status::InvalidParameter),
        };
        Ok(Self {
            protection,
            hmac_secret: fields.named("hmac-secret")?.unwrap_or(false),
            minimum_pin_length: fields.named("minPinLength")?.unwrap_or(false),
        })
    }
}

pub(super) fn client_data_hash(bytes: Vec<u8>) -> Result<[u8; 32], Status> {
    bytes.try_into().map_err(|_| Status::InvalidParameter)
}

/// Whether ES256 is among the algorithms; each of them has to be well-formed.
fn offers_es256(items: Vec<Value>) -> Result<bool, Status> {
    let mut offered = false;
    for item in items {
        let mut fields = Fields::of(item).ok_or(Status::CborUnexpectedType)?;
        let algorithm: Value = fields.required_named("alg")?;
        if !matches!(algorithm, Value::Unsigned(_) | Value::Negative(_)) {
            return Err(Status::CborUnexpectedType);
        }
        offered |= fields.required_named::<String>("type")? == "public-key" && algorithm == ES256.into();
    }
    Ok(offered)
}

impl Authenticator {
    pub(super) fn make_credential(
        &mut self,
        fields: Fields,
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, Halt> {
        let request = Request::read(fields, environment)?;
        let verified = request.proof.is_some();
        if let Some(proof) = &request.proof {
            let token = self.verify(proof, &[&request.client_data_hash], Permissions::MAKE_CREDENTIAL)?;
            token.bind(request.relying_party.id.as_deref().unwrap_or_default())?;
        } else if environment.policy.always_verify || environment.has_pin()? {
            return Err(Status::PuatRequired.into());
        }

        let existing = environment.store.credentials(Some(&request.relying_party.id_hash))?;
        let excluded = existing.iter().any(|credential| {
            request.exclude.contains(&credential.id) && (verified || credential.protection < Protection::Required)
        });
        environment.take_presence()?;
        if let Some(token) = &mut self.token {
            token.spend();
        }
        if excluded {
            return Err(Status::CredentialExcluded.into());
        }

        let same_account = |credential: &&Credential| {
            credential.discoverable && credential.user.as_ref().is_some_and(|user| user.id == request.user.id)
        };
        let replaced = existing.iter().find(same_account).filter(|_| request.discoverable);
        let (credential, secrets) = make(&request, verified, environment);
        environment.store.add(&credential, &secrets, replaced.map(|credential| &credential.id))?;
        answer(&request, &credential, &secrets, verified, environment)
    }
}

fn make(request: &Request, verified: bool, environment: &mut Environment<'_>) -> (Credential, Secrets) {
    let protection = if environment.policy.always_verify {
        // Without the PIN the store can't unseal it, so it is not to be promised to anybody without the PIN.
        Protection::Required
    } else {
        // Who registered with the PIN signs in with it, unless the relying party asked for less.
        request.extensions.protection.unwrap_or(if verified { Protection::Required } else { Protection::Optional })
    };
    let (public_key, secrets) = new_secrets(environment.random);
    let credential = Credential {
        id: random_bytes(environment.random),
        relying_party: request.relying_party.clone(),
        user: Some(request.user.clone()),
        public_key,
        protection,
        discoverable: request.discoverable,
    };
    (credential, secrets)
}

/// A new key pair, its public half apart, with what hmac-secret will need.
pub(super) fn new_secrets(random: &mut Random<'_>) -> ([u8; 64], Secrets) {
    let key = new_key(random);
    let secrets = Secrets {
        private_key: (*Zeroizing::new(key.to_bytes())).into(),
        hmac_with_verification: random_bytes(random),
        hmac_without_verification: random_bytes(random),
    };
    (coordinates(&key.public_key()), secrets)
}

fn answer(
    request: &Request,
    credential: &Credential,
    secrets: &Secrets,
    verified: bool,
    environment: &Environment<'_>,
) -> Result<Vec<u8>, Halt> {
    let rules = &environment.policy.pin_rules;
    let readers = &environment.policy.pin_length_readers;
    let told = request.extensions.minimum_pin_length
        && request.relying_party.id.as_ref().is_some_and(|id| readers.contains(id));
    // What was decided otherwise than by default or request has to be said.
    let protection_told = request.extensions.protection.is_some() || credential.protection > Protection::Optional;
    let extensions = named([
        ("credProtect", protection_told.then_some(Value::Unsigned(credential.protection as u64))),
        ("hmac-secret", request.extensions.hmac_secret.then_some(Value::Bool(true))),
        ("minPinLength", told.then(|| Value::Unsigned(rules.minimum_length().into()))),
    ]);
    let data = authenticator_data(credential, verified, &extensions, environment.model);
    let (format, statement) = if request.unattested {
        ("none", named([]))
    } else {
        ("packed", attest(&data, &request.client_data_hash, secrets, environment.model)?)
    };
    Ok(numbered([(1, Some(format.into())), (2, Some(data.into())), (3, Some(statement))]).write())
}

pub(super) fn authenticator_data(
    credential: &Credential,
    verified: bool,
    extensions: &Value,
    model: &Model,
) -> Vec<u8> {
    let mut flags = USER_PRESENT | HAS_CREDENTIAL;
    if verified {
        flags |= USER_VERIFIED;
    }
    let has_extensions = *extensions != named([]);
    if has_extensions {
        flags |= HAS_EXTENSIONS;
    }
    let mut data = credential.relying_party.id_hash.to_vec();
    data.push(flags);
    // It has signed nothing yet.
    data.extend_from_slice(&0_u32.to_be_bytes());
    data.extend_from_slice(&model.aaguid);
    data.extend_from_slice(&[0, 32]);
    data.extend_from_slice(&credential.id);
    data.extend(cose_key(&credential.public_key).write());
    if has_extensions {
        data.extend(extensions.write());
    }
    data
}

/// Packed attestation: by the installation's key if there is one, otherwise by the credential itself.
pub(super) fn attest(
    data: &[u8],
    client_data_hash: &[u8; 32],
    secrets: &Secrets,
    model: &Model,
) -> Result<Value, Status> {
    let signed = [data, client_data_hash].concat();
    let (signature, certificates) = match &model.attestation {
        Some(attestation) => {
            let certificates = attestation.certificates.iter().map(|certificate| certificate[..].into()).collect();
            (sign_with(&attestation.key, &signed), Some(Value::Array(certificates)))
        }
        None => (sign(&secrets.private_key, &signed)?, None),
    };
    Ok(named([("alg", Some(ES256.into())), ("sig", Some(signature.into())), ("x5c", certificates)]))
}
