//! Web Authentication, and nothing else: what is asked of a browser, and whether its answer may be believed.
//!
//! Registration and authentication start here and end in [`registration`] and [`authentication`].
//! There is no database, no clock and no HTTP in this room: states are plain serialisable values
//! that the caller seals and brings back ([`ceremony`]).
//!
//! Signatures and attestation statements are verified by `webauthn-rs-core`. What it leaves open is
//! decided here: the exact origin, embedded pages, the identity of `id` and `rawId`, lengths,
//! trailing bytes, the curve that belongs to an algorithm, discoverability, the user handle and
//! the organisation's attestation policy.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, AuthenticationState as CoreAuthenticationState, AuthenticatorAttachment,
    COSEAlgorithm, Credential, PublicKeyCredentialHints, RegistrationState as CoreRegistrationState,
    RequestRegistrationExtensions, UserVerificationPolicy,
};

pub mod aaguid;
mod answer;
pub mod authentication;
pub mod ceremony;
mod error;
pub mod registration;
#[doc(hidden)]
pub mod software_authenticator;
#[cfg(test)]
mod tests;

pub use answer::{Identity, identify};
pub use authentication::Authenticated;
pub use error::{PublicUrlError, Refused, StartError};
pub use registration::{Algorithm, Attestation, Place, Registered};

/// How long a person has between the question and the answer.
pub const CEREMONY_TIMEOUT: Duration = Duration::from_mins(5);

/// The relying party: one public address, one origin, one RP ID.
#[derive(Debug, Clone)]
pub struct Fido {
    core: WebauthnCore,
    origin: String,
    rp_id: String,
}

/// The kind of authenticator a ceremony is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Hint {
    /// A hardware key that is plugged in or held against a reader. A registration that comes back
    /// from the device's own authenticator is refused.
    SecurityKey,
    /// The phone that the page is open on. Anything but the phone's own authenticator is refused.
    Phone,
    /// Whatever the browser offers, as for the passkey an owner makes during set-up.
    None,
}

/// What an organisation asks of the keys that are registered with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether a key must prove what it is.
    pub attestation: AttestationPolicy,
    /// The models that may be registered; empty means any. The AAGUID is vouched for by the
    /// attestation certificate only when attestation is required; else it is the key's own word.
    pub allowed_aaguids: Vec<Uuid>,
    /// Whether a phone's passkey may be copied to other devices (BE).
    pub phones_may_sync: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { attestation: AttestationPolicy::default(), allowed_aaguids: Vec::new(), phones_may_sync: true }
    }
}

/// Whether a key must prove what it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttestationPolicy {
    /// No attestation and self attestation are good enough; a statement that is given must verify.
    #[default]
    Any,
    /// A statement signed by an attestation certificate is needed. The certificate's issuer is
    /// not looked up: no list of trusted roots is kept.
    Required,
}

/// Whom a new credential is for.
#[derive(Debug, Clone, Copy)]
pub struct NewCredential<'a> {
    /// Shown by some browsers beside the RP ID.
    pub organisation_name: &'a str,
    /// The person's id; becomes the Web Authentication user handle.
    pub user: Uuid,
    /// What the person signs in as, to tell their accounts apart in an account chooser.
    pub name: &'a str,
    /// The person's name as they would write it; [`Self::name`] stands in when it is empty.
    pub display_name: &'a str,
    /// The person's credentials so far, so that one key is not registered twice.
    pub exclude: &'a [Vec<u8>],
    /// The kind of authenticator wanted.
    pub hint: Hint,
}

/// What must be kept between the question and the answer of a registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationState {
    core: CoreRegistrationState,
    hint: Hint,
    exclude: Vec<String>,
}

/// What must be kept between the question and the answer of an authentication.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthenticationState {
    core: CoreAuthenticationState,
    /// The credentials that may answer; none listed means that any discoverable one may.
    allowed: Option<Vec<String>>,
}

/// A registered credential as it is stored: public key, counter, flags and attestation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialRecord(Credential);

impl CredentialRecord {
    /// The credential id, at most 1023 bytes.
    pub fn credential_id(&self) -> &[u8] {
        &self.0.cred_id
    }

    /// The signature counter last seen; 0 for authenticators that do not count.
    pub fn sign_count(&self) -> u32 {
        self.0.counter
    }
}

impl Fido {
    /// The relying party at `public_url`: its host is the RP ID, its origin the only one accepted.
    ///
    /// # Errors
    /// When browsers would refuse Web Authentication there: plain http away from localhost, or an IP address.
    pub fn new(public_url: &Url) -> Result<Self, PublicUrlError> {
        let Some(Host::Domain(host)) = public_url.host() else {
            return Err(PublicUrlError::NoDomainName);
        };
        let is_local = host == "localhost" || host.ends_with(".localhost");
        if !(public_url.scheme() == "https" || (public_url.scheme() == "http" && is_local)) {
            return Err(PublicUrlError::NotSecure);
        }
        Ok(Self {
            core: WebauthnCore::new_unsafe_experts_only(
                "Keystead",
                host,
                vec![public_url.clone()],
                CEREMONY_TIMEOUT,
                Some(false),
                Some(false),
            ),
            origin: public_url.origin().ascii_serialization(),
            rp_id: host.to_owned(),
        })
    }

    /// The only origin whose answers are accepted, as a browser writes it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The RP ID. Credentials are bound to it for good.
    pub fn rp_id(&self) -> &str {
        &self.rp_id
    }

    /// Asks for a new discoverable credential with user verification. Answers with the `publicKey`
    /// member for `PublicKeyCredential.parseCreationOptionsFromJSON` (Web Authentication Level 3, 5.1.8).
    ///
    /// Attestation is asked for where someone looks at it: from hardware keys and phones, and where
    /// the policy needs it. Windows Hello answers such a question with a TPM statement, which cannot
    /// be verified here, so an owner's set-up passkey is not asked without need.
    ///
    /// # Errors
    /// Only when the core cannot make a challenge.
    pub fn start_registration(
        &self,
        new: &NewCredential<'_>,
        policy: &Policy,
    ) -> Result<(Value, RegistrationState), StartError> {
        let name = [new.name, new.display_name, "-"].into_iter().find(|name| !name.is_empty()).unwrap_or("-");
        let display_name = if new.display_name.is_empty() { name } else { new.display_name };
        let wants_attestation = new.hint != Hint::None
            || policy.attestation == AttestationPolicy::Required
            || !policy.allowed_aaguids.is_empty();
        let builder = self
            .core
            .new_challenge_register_builder(new.user.as_bytes(), name, display_name)?
            .attestation(if wants_attestation {
                AttestationConveyancePreference::Direct
            } else {
                AttestationConveyancePreference::None
            })
            .user_verification_policy(UserVerificationPolicy::Required)
            .require_resident_key(true)
            .authenticator_attachment(new.hint.attachment())
            .hints(new.hint.members())
            // Ed25519 is not offered: the core cannot verify it.
            .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::RS256])
            .extensions(Some(RequestRegistrationExtensions {
                cred_protect: None,
                uvm: None,
                cred_props: Some(true),
                min_pin_length: None,
                hmac_create_secret: None,
            }));
        let (options, core) = self.core.generate_challenge_register(builder)?;
        let exclude: Vec<String> = new.exclude.iter().map(encode).collect();
        let mut options = serde_json::to_value(options.public_key)?;
        options["rp"]["name"] = json!(new.organisation_name);
        options["excludeCredentials"] = exclude.iter().map(|id| json!({ "type": "public-key", "id": id })).collect();
        let state = RegistrationState { core, hint: new.hint, exclude };
        Ok((options, state))
    }

    /// Asks for any discoverable credential: the person is known by the answer. Answers with the
    /// `publicKey` member for `PublicKeyCredential.parseRequestOptionsFromJSON`.
    ///
    /// # Errors
    /// Only when the core cannot make a challenge.
    pub fn start_authentication(&self, hint: Hint) -> Result<(Value, AuthenticationState), StartError> {
        self.start_request(hint, None)
    }

    /// Asks for a fresh touch by one of a known person's credentials.
    ///
    /// # Errors
    /// [`StartError::NoCredentials`] when there is none: an empty list would invite any key.
    pub fn start_step_up(&self, records: &[CredentialRecord]) -> Result<(Value, AuthenticationState), StartError> {
        if records.is_empty() {
            return Err(StartError::NoCredentials);
        }
        // The security-key hint hides the device's own passkey, so it is only given where none is.
        let hint = if records.iter().all(registration::is_roaming) { Hint::SecurityKey } else { Hint::None };
        self.start_request(hint, Some(records))
    }

    fn start_request(
        &self,
        hint: Hint,
        records: Option<&[CredentialRecord]>,
    ) -> Result<(Value, AuthenticationState), StartError> {
        let builder = self
            .core
            .new_challenge_authenticate_builder(Vec::new(), Some(UserVerificationPolicy::Required))?
            .hints(hint.members());
        let (options, core) = self.core.generate_challenge_authenticate(builder)?;
        let mut options = serde_json::to_value(options.public_key)?;
        // The core would keep whole credentials in its state, certificates included; the ids are
        // enough, and keep a sealed state small.
        let allowed = records.map(|records| {
            options["allowCredentials"] = records
                .iter()
                .map(|CredentialRecord(credential)| {
                    let mut descriptor = json!({ "type": "public-key", "id": encode(&credential.cred_id) });
                    if let Some(transports) = &credential.transports {
                        descriptor["transports"] = json!(transports);
                    }
                    descriptor
                })
                .collect();
            records.iter().map(|record| encode(record.credential_id())).collect()
        });
        Ok((options, AuthenticationState { core, allowed }))
    }
}

impl Hint {
    fn members(self) -> Option<Vec<PublicKeyCredentialHints>> {
        match self {
            Self::SecurityKey => Some(vec![PublicKeyCredentialHints::SecurityKey]),
            Self::Phone => Some(vec![PublicKeyCredentialHints::ClientDevice]),
            Self::None => None,
        }
    }

    fn attachment(self) -> Option<AuthenticatorAttachment> {
        match self {
            Self::SecurityKey => Some(AuthenticatorAttachment::CrossPlatform),
            Self::Phone => Some(AuthenticatorAttachment::Platform),
            Self::None => None,
        }
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
