//! The second half of a registration: is this credential what was asked for, and may it stay?

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_cbor_2::Value as Cbor;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationFormat, AuthenticatorAttestationResponseRaw, AuthenticatorTransport, ParsedAttestationData,
    RegisterPublicKeyCredential, RegistrationExtensionsClientOutputs,
};

use super::answer::{Answer, AttestationObject, AttestationResponse, AuthenticatorData};
use super::{AttestationPolicy, CredentialRecord, Fido, Hint, Policy, Refused, RegistrationState, aaguid};

/// A credential that may be stored. That its id is new everywhere is for the database to hold.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The credential id, 1 to 1023 bytes.
    pub credential_id: Vec<u8>,
    /// What later sign-ins are verified against.
    pub record: CredentialRecord,
    /// The authenticator's model number; all zero when it does not say.
    pub aaguid: Uuid,
    /// The model's name, where it is known.
    pub model: Option<&'static str>,
    /// How the authenticator can be reached, as the browser says: `usb`, `nfc`, `ble`, `internal`,
    /// `hybrid`, `smart-card`. Unknown words are left out.
    pub transports: Vec<&'static str>,
    /// BE: the credential may be copied to other devices.
    pub backup_eligible: bool,
    /// BS: the credential is copied to other devices now.
    pub backed_up: bool,
    /// The attestation statement's format, such as `packed` or `none`.
    pub attestation_format: &'static str,
    /// Who signed the attestation statement.
    pub attestation: Attestation,
    /// The signature algorithm of the credential.
    pub algorithm: Algorithm,
    /// The signature counter at registration.
    pub sign_count: u32,
    /// Where the authenticator sits.
    pub place: Place,
}

/// Where an authenticator sits, as far as the browser tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the device that the page is open on.
    ThisDevice,
    /// In a phone, or another device with a browser of its own, that the browser reached by the
    /// hybrid transport.
    AnotherDevice,
    /// In a thing of its own.
    HardwareKey,
}

impl Place {
    /// Hardware keys are reached by `usb`, `nfc`, `ble` or `smart-card`; a passkey that names
    /// `internal` or `hybrid` lives in a device, also when the browser calls it roaming
    /// (Web Authentication Level 3, 5.8.4).
    fn of(attachment: Option<Attachment>, transports: &[&str]) -> Self {
        let names = |transport: &str| transports.contains(&transport);
        match attachment {
            Some(Attachment::Platform) => Self::ThisDevice,
            None if names("internal") => Self::ThisDevice,
            _ if names("internal") || names("hybrid") => Self::AnotherDevice,
            _ => Self::HardwareKey,
        }
    }
}

/// Who vouches for the authenticator's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Attestation {
    /// Nobody.
    None,
    /// The credential's own key.
    SelfSigned,
    /// An attestation certificate of the maker.
    Certificate,
}

/// Where the browser says that an authenticator sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attachment {
    /// In the device itself.
    Platform,
    /// In a thing of its own: a security key, a phone.
    CrossPlatform,
}

/// A signature algorithm that is offered (IANA COSE Algorithms).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256, -7.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, -257.
    #[serde(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    /// The algorithm's name in the IANA registry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Reads the algorithm off a COSE key. A key type or curve that does not belong to the
    /// algorithm is no algorithm: the core would take ES256 on P-384.
    pub(super) fn of_public_key(key: &Cbor) -> Option<Self> {
        let Cbor::Map(parameters) = key else {
            return None;
        };
        let parameter = |label: i128| match parameters.get(&Cbor::Integer(label)) {
            Some(Cbor::Integer(number)) => Some(*number),
            _ => None,
        };
        match (parameter(1), parameter(3), parameter(-1)) {
            (Some(2), Some(-7), Some(1)) => Some(Self::Es256),
            (Some(3), Some(-257), _) => Some(Self::Rs256),
            _ => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Fido {
    /// Verifies a `RegistrationResponseJSON` against the question it answers and today's policy.
    ///
    /// # Errors
    /// [`Refused`], with the reason. Nothing has changed then; the ceremony should be used up.
    pub fn finish_registration(
        &self,
        state: &RegistrationState,
        credential: &Value,
        policy: &Policy,
    ) -> Result<Registered, Refused> {
        let answer = Answer::<AttestationResponse>::read(credential)?;
        let client_data_json = answer.response.client_data_json()?;
        self.check_client_data(&client_data_json, "webauthn.create")?;
        if answer.discoverable == Some(false) {
            return Err(Refused::NotDiscoverable);
        }
        let attachment = Attachment::read(answer.attachment.as_deref());
        let transports = known_transports(answer.response.transports.as_deref().unwrap_or(&[]));
        let place = Place::of(attachment, &transports);
        match state.hint {
            Hint::SecurityKey if place != Place::HardwareKey => return Err(Refused::NotAHardwareKey),
            Hint::Phone if place != Place::ThisDevice => return Err(Refused::NotThisPhone),
            Hint::SecurityKey | Hint::Phone | Hint::None => {}
        }

        let attestation_object = answer.response.attestation_object()?;
        let object = AttestationObject::read(&attestation_object)?;
        let attested = AuthenticatorData::read(&object.authenticator_data)?
            .attested
            .ok_or(Refused::Malformed("authenticatorData"))?;
        if attested.credential_id != answer.credential_id {
            return Err(Refused::IdMismatch);
        }
        if state.exclude.contains(&answer.id) {
            return Err(Refused::AlreadyRegistered);
        }
        if state.hint == Hint::Phone && aaguid::is_of_a_computer(attested.aaguid) {
            return Err(Refused::NotAPhone);
        }
        let algorithm = attested.algorithm.ok_or(Refused::AlgorithmNotOffered)?;
        let attestation_format = verifiable_format(&object.format)?;

        let response = RegisterPublicKeyCredential {
            id: answer.id,
            raw_id: answer.credential_id,
            response: AuthenticatorAttestationResponseRaw { attestation_object, client_data_json, transports: None },
            type_: "public-key".to_owned(),
            extensions: RegistrationExtensionsClientOutputs::default(),
        };
        let mut record =
            self.core.register_credential(&response, &state.core, None).map_err(|error| refusal(&error))?;

        let attestation = Attestation::of(&record.attestation.data)?;
        if policy.attestation == AttestationPolicy::Required && attestation != Attestation::Certificate {
            return Err(Refused::AttestationMissing);
        }
        if !policy.allowed_aaguids.is_empty() && !policy.allowed_aaguids.contains(&attested.aaguid) {
            return Err(Refused::ModelNotAllowed);
        }

        if state.hint == Hint::Phone && record.backup_eligible && !policy.phones_may_sync {
            return Err(Refused::MayBeCopied);
        }
        // The core keeps transports of some attestation formats only; they are a hint in any.
        record.transports = Some(
            transports.iter().filter_map(|transport| transport.parse().ok()).collect::<Vec<AuthenticatorTransport>>(),
        )
        .filter(|transports| !transports.is_empty());

        Ok(Registered {
            credential_id: record.cred_id.clone(),
            aaguid: attested.aaguid,
            model: aaguid::model(attested.aaguid),
            transports,
            backup_eligible: record.backup_eligible,
            backed_up: record.backup_state,
            attestation_format,
            attestation,
            algorithm,
            sign_count: record.counter,
            place,
            record: CredentialRecord(record),
        })
    }
}

/// Whether a credential is known to live outside the device that the browser runs on.
pub(super) fn is_roaming(CredentialRecord(credential): &CredentialRecord) -> bool {
    credential.transports.as_ref().is_some_and(|transports| {
        transports.iter().all(|transport| {
            matches!(transport, AuthenticatorTransport::Usb | AuthenticatorTransport::Nfc | AuthenticatorTransport::Ble)
        })
    })
}

impl Attachment {
    fn read(word: Option<&str>) -> Option<Self> {
        match word? {
            "platform" => Some(Self::Platform),
            "cross-platform" => Some(Self::CrossPlatform),
            _ => None,
        }
    }
}

impl Attestation {
    fn of(data: &ParsedAttestationData) -> Result<Self, Refused> {
        match data {
            ParsedAttestationData::None => Ok(Self::None),
            ParsedAttestationData::Self_ => Ok(Self::SelfSigned),
            ParsedAttestationData::Basic(_) | ParsedAttestationData::AttCa(_) | ParsedAttestationData::AnonCa(_) => {
                Ok(Self::Certificate)
            }
            ParsedAttestationData::ECDAA | ParsedAttestationData::Uncertain => Err(Refused::AttestationUnsupported),
        }
    }
}

/// The format's name, when the core verifies statements of it. It does not for `tpm`, whose hash
/// it cannot compute, nor for the retired `android-safetynet`.
fn verifiable_format(format: &str) -> Result<&'static str, Refused> {
    match AttestationFormat::try_from(format) {
        Ok(AttestationFormat::Packed) => Ok("packed"),
        Ok(AttestationFormat::FIDOU2F) => Ok("fido-u2f"),
        Ok(AttestationFormat::AppleAnonymous) => Ok("apple"),
        Ok(AttestationFormat::AndroidKey) => Ok("android-key"),
        Ok(AttestationFormat::None) => Ok("none"),
        Ok(AttestationFormat::Tpm | AttestationFormat::AndroidSafetyNet) | Err(()) => {
            Err(Refused::AttestationUnsupported)
        }
    }
}

fn known_transports(given: &[String]) -> Vec<&'static str> {
    ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"]
        .into_iter()
        .filter(|known| given.iter().any(|word| word == known))
        .collect()
}

fn refusal(error: &WebauthnError) -> Refused {
    match error {
        WebauthnError::AttestationNotSupported => Refused::AttestationUnsupported,
        // A self attestation that says another algorithm than the credential has.
        WebauthnError::COSEKeyInvalidAlgorithm => Refused::AttestationInvalid,
        _ => Refused::from_core(error, Refused::AttestationInvalid),
    }
}
