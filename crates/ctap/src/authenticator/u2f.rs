//! CTAP 1: registering and authenticating by U2F raw messages, over the same credentials (CTAP 2.1 §7, U2F 1.2).

use super::make_credential::{USER_PRESENT, new_secrets};
use super::{Authenticator, Environment, Halt, Outcome};
use crate::crypto::{random_bytes, sign, sign_with};
use crate::model::{Model, Policy};
use crate::status::Status;
use crate::store::{Credential, CredentialId, Protection, RelyingParty, Signature, StoreError};

/// Status words at the end of each answer (U2F raw messages §3.3, ISO 7816-4).
#[derive(Clone, Copy)]
#[repr(u16)]
enum Word {
    NoError = 0x9000,
    /// Somebody has to tap.
    ConditionsNotSatisfied = 0x6985,
    /// Not on this card.
    NotAllowed = 0x6986,
    /// No such credential here.
    WrongData = 0x6a80,
    NotEnoughMemory = 0x6a84,
    WrongParameters = 0x6a86,
    WrongLength = 0x6700,
    InstructionNotSupported = 0x6d00,
    ClassNotSupported = 0x6e00,
    Other = 0x6f00,
}

impl From<StoreError> for Word {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::NotEnoughMemory,
            StoreError::NotFound => Self::WrongData,
            StoreError::Locked | StoreError::Denied | StoreError::PinRefused => Self::NotAllowed,
            StoreError::Failed => Self::Other,
        }
    }
}

impl From<Halt> for Word {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::PresenceWanted => Self::ConditionsNotSatisfied,
            Halt::Status(_) => Self::Other,
        }
    }
}

impl From<Status> for Word {
    fn from(_: Status) -> Self {
        Self::Other
    }
}

/// Whether a card answers U2F at all: not if a PIN protects it, which U2F can't ask for (CTAP 2.1 §7.2.4), and not
/// without a certificate, which U2F can't do without.
pub(super) fn offered(has_pin: bool, model: &Model, policy: &Policy) -> bool {
    !has_pin && !policy.always_verify && model.attestation.is_some()
}

/// A command APDU.
struct Apdu<'a> {
    instruction: u8,
    first_parameter: u8,
    data: &'a [u8],
}

impl<'a> Apdu<'a> {
    /// Reads both lengths of ISO 7816-4, the short and the extended. What the answer may be long is not looked at.
    fn read(message: &'a [u8]) -> Result<Self, Word> {
        let (header, body) = message.split_first_chunk::<4>().ok_or(Word::WrongLength)?;
        let [class, instruction, first_parameter, _] = *header;
        if class != 0 {
            return Err(Word::ClassNotSupported);
        }
        let data = match *body {
            [] | [_] | [0, _, _] => &[][..],
            [0, high, low, ref rest @ ..] => {
                rest.get(..usize::from(u16::from_be_bytes([high, low]))).ok_or(Word::WrongLength)?
            }
            [length, ref rest @ ..] => rest.get(..usize::from(length)).ok_or(Word::WrongLength)?,
        };
        Ok(Self { instruction, first_parameter, data })
    }
}

impl Authenticator {
    /// Carries out one U2F message: the message of `CTAPHID_MSG`, an APDU. Always an answer: in U2F, who needs a tap is
    /// told so and asks again.
    pub fn apdu(&mut self, message: &[u8], environment: &mut Environment<'_>) -> Outcome {
        let tapped = environment.presence;
        let (mut message, word) = match carry_out(message, environment) {
            Ok(data) => (data, Word::NoError),
            Err(word) => (Vec::new(), word),
        };
        self.pending = super::Pending::Nothing;
        message.extend_from_slice(&(word as u16).to_be_bytes());
        Outcome::Answer { message, presence_used: tapped != environment.presence }
    }
}

fn carry_out(message: &[u8], environment: &mut Environment<'_>) -> Result<Vec<u8>, Word> {
    let apdu = Apdu::read(message)?;
    if !offered(environment.has_pin()?, environment.model, environment.policy) {
        return Err(Word::NotAllowed);
    }
    match apdu.instruction {
        0x01 => register(apdu.data, environment),
        0x02 => authenticate(apdu.first_parameter, apdu.data, environment),
        0x03 if apdu.data.is_empty() => Ok(b"U2F_V2".to_vec()),
        0x03 => Err(Word::WrongLength),
        _ => Err(Word::InstructionNotSupported),
    }
}

fn register(data: &[u8], environment: &mut Environment<'_>) -> Result<Vec<u8>, Word> {
    let (challenge, application) = data.split_first_chunk::<32>().ok_or(Word::WrongLength)?;
    let id_hash: [u8; 32] = application.try_into().map_err(|_| Word::WrongLength)?;
    let attestation = environment.model.attestation.as_ref().ok_or(Word::NotAllowed)?;
    let certificate = attestation.certificates.first().ok_or(Word::NotAllowed)?;
    environment.take_presence()?;
    let (public_key, secrets) = new_secrets(environment.random);
    let credential = Credential {
        id: random_bytes(environment.random),
        relying_party: RelyingParty { id_hash, id: None, name: None },
        user: None,
        public_key,
        protection: Protection::Optional,
        discoverable: false,
    };
    environment.store.add(&credential, &secrets, None)?;
    let signed = [&[0], &id_hash[..], challenge, &credential.id, &[4], &public_key].concat();
    let signature = sign_with(&attestation.key, &signed);
    Ok([&[5, 4][..], &public_key, &[32], &credential.id, certificate, &signature].concat())
}

fn authenticate(control: u8, data: &[u8], environment: &mut Environment<'_>) -> Result<Vec<u8>, Word> {
    const CHECK_ONLY: u8 = 0x07;
    const ENFORCE_PRESENCE: u8 = 0x03;
    const DO_NOT_ENFORCE_PRESENCE: u8 = 0x08;

    let (challenge, rest) = data.split_first_chunk::<32>().ok_or(Word::WrongLength)?;
    let (id_hash, rest) = rest.split_first_chunk::<32>().ok_or(Word::WrongLength)?;
    let (length, handle) = rest.split_first().ok_or(Word::WrongLength)?;
    if handle.len() != usize::from(*length) {
        return Err(Word::WrongLength);
    }
    let id: CredentialId = handle.try_into().map_err(|_| Word::WrongData)?;
    let credentials = environment.store.credentials(Some(id_hash))?;
    if !credentials.iter().any(|other| other.id == id && other.protection < Protection::Required) {
        return Err(Word::WrongData);
    }
    let (flags, count) = match control {
        CHECK_ONLY => return Err(Word::ConditionsNotSatisfied),
        ENFORCE_PRESENCE => {
            environment.take_presence()?;
            let signature = Signature { verified: false, candidates: 1 };
            (USER_PRESENT, environment.store.count_signature(&id, signature)?)
        }
        DO_NOT_ENFORCE_PRESENCE => (0, environment.store.signature_count(&id)?),
        _ => return Err(Word::WrongParameters),
    };
    let secrets = environment.store.secrets(&id)?;
    let count = count.to_be_bytes();
    let signature = sign(&secrets.private_key, &[&id_hash[..], &[flags], &count, challenge].concat())?;
    Ok([&[flags][..], &count, &signature].concat())
}
