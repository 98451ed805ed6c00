//! Reads what a browser sends back: the JSON of a credential, the client data and the
//! authenticator data. Strict about what matters, silent about members it does not know.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_cbor_2::Value as Cbor;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::registration::Algorithm;
use super::{Fido, Refused};

/// Web Authentication Level 3, 6.5.1: `credentialIdLength` is at most 1023.
const MAXIMUM_CREDENTIAL_ID: usize = 1023;

/// Who an assertion says it comes from. Nothing of it is proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The credential to look up.
    pub credential_id: Vec<u8>,
    /// The person the authenticator names; absent when it was asked for certain credentials.
    pub user: Option<Uuid>,
}

/// Reads which credential an assertion is from, so that its record can be looked up before
/// [`Fido::finish_authentication`] verifies it.
///
/// # Errors
/// [`Refused`] when the answer has no readable id, or a user handle that is no person's.
pub fn identify(credential: &Value) -> Result<Identity, Refused> {
    let answer = Answer::<AssertionResponse>::read(credential)?;
    Ok(Identity { user: answer.response.user()?, credential_id: answer.credential_id })
}

/// The members that both kinds of answer have, checked.
pub(super) struct Answer<Response> {
    pub credential_id: Vec<u8>,
    pub id: String,
    pub attachment: Option<String>,
    /// `credProps.rk`, when the browser says.
    pub discoverable: Option<bool>,
    pub response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<Response> {
    id: String,
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Response,
    #[serde(default)]
    authenticator_attachment: Option<String>,
    #[serde(default)]
    client_extension_results: Option<Extensions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    #[serde(default)]
    cred_props: Option<CredentialProperties>,
}

#[derive(Deserialize)]
struct CredentialProperties {
    #[serde(default)]
    rk: Option<bool>,
}

/// `AuthenticatorAttestationResponseJSON`, as far as it is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    attestation_object: String,
    #[serde(default)]
    pub transports: Option<Vec<String>>,
}

/// `AuthenticatorAssertionResponseJSON`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

impl<Response: DeserializeOwned> Answer<Response> {
    pub fn read(credential: &Value) -> Result<Self, Refused> {
        let wire = Wire::<Response>::deserialize(credential).map_err(|_| Refused::Malformed("credential"))?;
        if wire.kind != "public-key" {
            return Err(Refused::WrongType);
        }
        if wire.id != wire.raw_id {
            return Err(Refused::IdMismatch);
        }
        let credential_id = decode(&wire.raw_id, "rawId")?;
        if credential_id.is_empty() || credential_id.len() > MAXIMUM_CREDENTIAL_ID {
            return Err(Refused::CredentialIdLength);
        }
        Ok(Self {
            credential_id,
            id: wire.id,
            attachment: wire.authenticator_attachment,
            discoverable: wire
                .client_extension_results
                .and_then(|extensions| extensions.cred_props)
                .and_then(|properties| properties.rk),
            response: wire.response,
        })
    }
}

impl AttestationResponse {
    pub fn client_data_json(&self) -> Result<Vec<u8>, Refused> {
        decode(&self.client_data_json, "clientDataJSON")
    }

    pub fn attestation_object(&self) -> Result<Vec<u8>, Refused> {
        decode(&self.attestation_object, "attestationObject")
    }
}

impl AssertionResponse {
    pub fn client_data_json(&self) -> Result<Vec<u8>, Refused> {
        decode(&self.client_data_json, "clientDataJSON")
    }

    pub fn authenticator_data(&self) -> Result<Vec<u8>, Refused> {
        decode(&self.authenticator_data, "authenticatorData")
    }

    pub fn signature(&self) -> Result<Vec<u8>, Refused> {
        decode(&self.signature, "signature")
    }

    /// The person named by the user handle, which is always the 16 bytes of their id.
    pub fn user(&self) -> Result<Option<Uuid>, Refused> {
        let Some(handle) = &self.user_handle else {
            return Ok(None);
        };
        Uuid::from_slice(&decode(handle, "userHandle")?).map(Some).map_err(|_| Refused::WrongUser)
    }
}

impl Fido {
    /// Checks the members of the client data that name the page. The core compares the challenge.
    pub(super) fn check_client_data(&self, json: &[u8], kind: &str) -> Result<(), Refused> {
        let members: Map<String, Value> =
            serde_json::from_slice(json).map_err(|_| Refused::Malformed("clientDataJSON"))?;
        if members.get("type").and_then(Value::as_str) != Some(kind) {
            return Err(Refused::WrongType);
        }
        if members.get("origin").and_then(Value::as_str) != Some(self.origin()) {
            return Err(Refused::WrongOrigin);
        }
        // Only "absent" and "false" say that the page was not framed; topOrigin says it was.
        let is_embedded = !matches!(members.get("crossOrigin"), None | Some(Value::Bool(false)));
        if is_embedded || members.contains_key("topOrigin") {
            return Err(Refused::Embedded);
        }
        Ok(())
    }
}

/// The parts of the authenticator data (Web Authentication Level 3, 6.1) that the core does not hand out.
pub(super) struct AuthenticatorData {
    pub sign_count: u32,
    pub attested: Option<AttestedCredential>,
}

/// Attested credential data (6.5.1).
pub(super) struct AttestedCredential {
    pub aaguid: Uuid,
    pub credential_id: Vec<u8>,
    pub algorithm: Option<Algorithm>,
}

impl AuthenticatorData {
    const BACKUP_ELIGIBLE: u8 = 0b0000_1000;
    const BACKED_UP: u8 = 0b0001_0000;
    const HAS_CREDENTIAL: u8 = 0b0100_0000;
    const HAS_EXTENSIONS: u8 = 0b1000_0000;

    /// Reads all of it: bytes left over are refused, as nothing would say what they are.
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        const MALFORMED: Refused = Refused::Malformed("authenticatorData");
        let (_rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(MALFORMED)?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or(MALFORMED)?;
        let (sign_count, mut rest) = rest.split_first_chunk::<4>().ok_or(MALFORMED)?;
        if flags & Self::BACKED_UP != 0 && flags & Self::BACKUP_ELIGIBLE == 0 {
            return Err(Refused::BackupContradiction);
        }
        let mut attested = None;
        if flags & Self::HAS_CREDENTIAL != 0 {
            let (aaguid, after) = rest.split_first_chunk::<16>().ok_or(MALFORMED)?;
            let (length, after) = after.split_first_chunk::<2>().ok_or(MALFORMED)?;
            let length = usize::from(u16::from_be_bytes(*length));
            if length == 0 || length > MAXIMUM_CREDENTIAL_ID {
                return Err(Refused::CredentialIdLength);
            }
            let (credential_id, after) = after.split_at_checked(length).ok_or(MALFORMED)?;
            let (public_key, after) = read_cbor(after).ok_or(MALFORMED)?;
            attested = Some(AttestedCredential {
                aaguid: Uuid::from_bytes(*aaguid),
                credential_id: credential_id.to_vec(),
                algorithm: Algorithm::of_public_key(&public_key),
            });
            rest = after;
        }
        if flags & Self::HAS_EXTENSIONS != 0 {
            (_, rest) = read_cbor(rest).ok_or(MALFORMED)?;
        }
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self { sign_count: u32::from_be_bytes(*sign_count), attested })
    }
}

/// The two members of an attestation object that are looked at before the core verifies it.
pub(super) struct AttestationObject {
    pub format: String,
    pub authenticator_data: Vec<u8>,
}

impl AttestationObject {
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        const MALFORMED: Refused = Refused::Malformed("attestationObject");
        let Some((Cbor::Map(mut members), [])) = read_cbor(bytes) else {
            return Err(MALFORMED);
        };
        let mut take = |name: &str| members.remove(&Cbor::Text(name.to_owned()));
        let (Some(Cbor::Text(format)), Some(Cbor::Bytes(authenticator_data))) = (take("fmt"), take("authData")) else {
            return Err(MALFORMED);
        };
        Ok(Self { format, authenticator_data })
    }
}

/// One CBOR item and what follows it.
fn read_cbor(bytes: &[u8]) -> Option<(Cbor, &[u8])> {
    let mut reader = serde_cbor_2::Deserializer::from_slice(bytes);
    let item = Cbor::deserialize(&mut reader).ok()?;
    Some((item, bytes.get(reader.byte_offset()..)?))
}

fn decode(text: &str, part: &'static str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::Malformed(part))
}
