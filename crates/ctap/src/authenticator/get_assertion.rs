//! authenticatorGetAssertion and getNextAssertion (CTAP 2.1 §6.2, §6.3), with hmac-secret (§12.5).

use std::collections::VecDeque;

use zeroize::Zeroizing;

use super::make_credential::{HAS_EXTENSIONS, USER_PRESENT, USER_VERIFIED, client_data_hash};
use super::request::{Fields, relying_party_id};
use super::token::{Permissions, Proof};
use super::{Authenticator, Environment, Halt, Pending};
use crate::cbor::{Value, named, numbered};
use crate::crypto::{hmac, read_agreement_key, sha256, sign};
use crate::pin_protocol::{Protocol, SharedSecret};
use crate::status::Status;
use crate::store::{Credential, CredentialId, Protection, RpIdHash, Secrets, Signature, User};

/// How long the platform may take to ask for the next account, in milliseconds.
const NEXT_WITHIN: u64 = 30_000;

struct Request {
    relying_party_id: String,
    client_data_hash: [u8; 32],
    allow: Option<Vec<CredentialId>>,
    hmac_secret: Option<Fields>,
    present: bool,
    proof: Option<Proof>,
}

/// A sign-in under way: what is the same for each of the accounts, and the accounts still to come.
pub(super) struct Assertions {
    id_hash: RpIdHash,
    client_data_hash: [u8; 32],
    present: bool,
    verified: bool,
    hmac_secret: Option<HmacSecret>,
    /// Of all accounts.
    candidates: usize,
    waiting: VecDeque<Credential>,
    answered_at: u64,
}

struct HmacSecret {
    shared: SharedSecret,
    /// One or two of 32 bytes.
    salts: Zeroizing<Vec<u8>>,
}

impl Request {
    fn read(mut fields: Fields, environment: &mut Environment<'_>) -> Result<Self, Halt> {
        let mac: Option<Vec<u8>> = fields.optional(6)?;
        if let Some(mac) = &mac {
            Authenticator::answer_empty_proof(mac, environment)?;
        }
        let proof = match mac {
            Some(mac) => Some(Proof { protocol: fields.protocol(7)?, mac }),
            None => None,
        };
        let relying_party_id = relying_party_id(fields.required(1)?)?;
        let client_data_hash = client_data_hash(fields.required(2)?)?;
        let allow = fields.credential_list(3)?;
        let hmac_secret = match fields.optional::<Fields>(4)? {
            Some(mut extensions) => extensions.named("hmac-secret")?,
            None => None,
        };
        let mut present = true;
        if let Some(mut options) = fields.optional::<Fields>(5)? {
            present = options.named("up")?.unwrap_or(true);
            if options.named::<bool>("rk")?.is_some() {
                return Err(Status::UnsupportedOption.into());
            }
            if options.named("uv")? == Some(true) && proof.is_none() {
                return Err(Status::InvalidOption.into());
            }
        }
        Ok(Self { relying_party_id, client_data_hash, allow, hmac_secret, present, proof })
    }
}

impl Authenticator {
    pub(super) fn get_assertion(&mut self, fields: Fields, environment: &mut Environment<'_>) -> Result<Vec<u8>, Halt> {
        let mut request = Request::read(fields, environment)?;
        let verified = request.proof.is_some();
        if let Some(proof) = &request.proof {
            let token = self.verify(proof, &[&request.client_data_hash], Permissions::GET_ASSERTION)?;
            token.bind(&request.relying_party_id)?;
        } else if environment.policy.always_verify && request.present {
            return Err(Status::PuatRequired.into());
        }

        let id_hash = sha256(&[request.relying_party_id.as_bytes()]);
        let credentials = environment.store.credentials(Some(&id_hash))?;
        let waiting = applicable(credentials, request.allow.as_deref(), verified);
        if waiting.is_empty() {
            return Err(Status::NoCredentials.into());
        }
        if request.hmac_secret.is_some() && !request.present {
            return Err(Status::UnsupportedOption.into());
        }
        let hmac_secret = match request.hmac_secret.take() {
            Some(fields) => Some(self.hmac_secret(fields)?),
            None => None,
        };
        if request.present {
            environment.take_presence()?;
            if let Some(token) = &mut self.token {
                token.spend();
            }
        }
        let assertions = Assertions {
            id_hash,
            client_data_hash: request.client_data_hash,
            present: request.present,
            verified,
            hmac_secret,
            candidates: waiting.len(),
            waiting,
            answered_at: environment.now,
        };
        self.next(assertions, true, environment)
    }

    pub(super) fn get_next_assertion(
        &mut self,
        assertions: Assertions,
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, Halt> {
        if environment.now.saturating_sub(assertions.answered_at) >= NEXT_WITHIN {
            return Err(Status::NotAllowed.into());
        }
        self.next(assertions, false, environment)
    }

    /// Answers with the next account and keeps the others.
    fn next(
        &mut self,
        mut assertions: Assertions,
        first: bool,
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, Halt> {
        let credential = assertions.waiting.pop_front().ok_or(Status::NotAllowed)?;
        let answer = assertions.answer(&credential, first, environment)?;
        if !assertions.waiting.is_empty() {
            assertions.answered_at = environment.now;
            self.pending = Pending::Assertions(Box::new(assertions));
        }
        Ok(answer)
    }

    fn hmac_secret(&mut self, mut fields: Fields) -> Result<HmacSecret, Status> {
        let theirs = read_agreement_key(&fields.required(1)?)?;
        let sealed: Vec<u8> = fields.required(2)?;
        let proof: Vec<u8> = fields.required(3)?;
        let protocol = fields.optional(4)?.map_or(Ok(Protocol::One), Protocol::read)?;
        // Who never asked for our key can't share a secret with it.
        let ours = self.key_agreement.as_ref().ok_or(Status::InvalidParameter)?;
        let shared = protocol.agree(ours, &theirs);
        if !shared.verifies(&[&sealed], &proof) {
            return Err(Status::PinAuthInvalid);
        }
        let salts = shared.decrypt(&sealed)?;
        if matches!(salts.len(), 32 | 64) { Ok(HmacSecret { shared, salts }) } else { Err(Status::InvalidLength) }
    }
}

/// The credentials that this request may see: those of the list, or, without one, all that need no list.
fn applicable(credentials: Vec<Credential>, allow: Option<&[CredentialId]>, verified: bool) -> VecDeque<Credential> {
    let visible = |credential: &Credential| match credential.protection {
        Protection::Optional => true,
        Protection::WithId => verified || allow.is_some(),
        Protection::Required => verified,
    };
    let asked = |credential: &Credential| match allow {
        Some(ids) => ids.contains(&credential.id),
        None => credential.discoverable,
    };
    let mut found = credentials.into_iter().filter(|credential| visible(credential) && asked(credential));
    // Of a list any one will do: the platform asked for one signature.
    if allow.is_some() { found.next().into_iter().collect() } else { found.collect() }
}

impl Assertions {
    fn answer(&self, credential: &Credential, first: bool, environment: &mut Environment<'_>) -> Result<Vec<u8>, Halt> {
        let secrets = environment.store.secrets(&credential.id)?;
        let extensions = match &self.hmac_secret {
            Some(hmac_secret) => {
                let outputs = hmac_secret.outputs(&secrets, self.verified);
                let sealed = hmac_secret.shared.encrypt(&outputs, environment.random)?;
                named([("hmac-secret", Some(sealed.into()))]).write()
            }
            None => Vec::new(),
        };
        let count = if self.present {
            let signature = Signature { verified: self.verified, candidates: self.candidates };
            environment.store.count_signature(&credential.id, signature)?
        } else {
            environment.store.signature_count(&credential.id)?
        };
        let mut flags = 0;
        for (flag, holds) in
            [(USER_PRESENT, self.present), (USER_VERIFIED, self.verified), (HAS_EXTENSIONS, !extensions.is_empty())]
        {
            flags |= if holds { flag } else { 0 };
        }
        let data = [&self.id_hash[..], &[flags], &count.to_be_bytes(), &extensions].concat();
        let signature = sign(&secrets.private_key, &[&data[..], &self.client_data_hash].concat())?;

        let user = credential.user.as_ref().filter(|_| credential.discoverable);
        // Names are for choosing among accounts, and for nobody who has not shown the PIN.
        let with_names = self.verified && self.candidates > 1;
        Ok(numbered([
            (1, Some(descriptor(&credential.id))),
            (2, Some(data.into())),
            (3, Some(signature.into())),
            (4, user.map(|user| user_entity(user, with_names))),
            (5, (first && self.candidates > 1).then_some(Value::Unsigned(self.candidates as u64))),
        ])
        .write())
    }
}

impl HmacSecret {
    fn outputs(&self, secrets: &Secrets, verified: bool) -> Zeroizing<Vec<u8>> {
        let key = if verified { &secrets.hmac_with_verification } else { &secrets.hmac_without_verification };
        let mut outputs = Zeroizing::new(Vec::with_capacity(self.salts.len()));
        for salt in self.salts.chunks(32) {
            outputs.extend_from_slice(&*hmac(key, &[salt]));
        }
        outputs
    }
}

pub(super) fn descriptor(id: &CredentialId) -> Value {
    named([("id", Some(id[..].into())), ("type", Some("public-key".into()))])
}

pub(super) fn user_entity(user: &User, with_names: bool) -> Value {
    let name = |name: &Option<String>| name.as_deref().filter(|_| with_names).map(Value::from);
    named([("id", Some(user.id[..].into())), ("name", name(&user.name)), ("displayName", name(&user.display_name))])
}
