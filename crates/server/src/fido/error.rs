//! Why a ceremony could not start, and why an answer is not believed.

use webauthn_rs_core::error::WebauthnError;

/// A public address at which browsers would not run Web Authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// An IP address, or no host at all: an RP ID is a domain name.
    #[error(
        "security keys need a host name, not an IP address; use http://localhost to try Keystead on one machine, or a name from your DNS"
    )]
    NoDomainName,
    /// Plain http, or another scheme, away from localhost.
    #[error("browsers allow security keys only over https; plain http works for localhost and nothing else")]
    NotSecure,
}

/// A ceremony that could not start. Nothing the person did.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no credential that could answer.
    #[error("this person has no key that could be asked for")]
    NoCredentials,
    /// The core did not make a challenge.
    #[error("the WebAuthn challenge could not be made: {0}")]
    Core(#[from] WebauthnError),
    /// The options could not be written as JSON.
    #[error("the WebAuthn options could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// An answer that is not believed, with a sentence for the person in front of the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A part of the answer, named here, cannot be read.
    #[error("The browser's answer could not be read ({0}). Reload the page and try again.")]
    Malformed(&'static str),
    /// `clientDataJSON.type` is that of another ceremony, or the credential is no public key.
    #[error("The browser answered another question than was asked. Reload the page and try again.")]
    WrongType,
    /// Signed for another challenge: an answer used twice, or for another page.
    #[error("This answer belongs to another attempt. Reload the page and try again.")]
    WrongChallenge,
    /// Signed for a page at another origin.
    #[error("The key was used on a page at another address. Open Keystead at its own address and try again.")]
    WrongOrigin,
    /// Signed inside a frame of another page.
    #[error("The key was used inside another page. Open Keystead in a tab of its own and try again.")]
    Embedded,
    /// `rpIdHash` is not that of this relying party.
    #[error("This key answered for another site. Use the key you registered here.")]
    WrongRelyingParty,
    /// The UP flag is not set.
    #[error("The key was not touched. Try again and touch the key when it blinks.")]
    UserAbsent,
    /// The UV flag is not set.
    #[error("The key did not check that it is you. Set a PIN or a fingerprint on the key and try again.")]
    UserNotVerified,
    /// BS is set without BE, which Web Authentication forbids (Level 3, 6.1.3).
    #[error("The key contradicts itself about its backups, so it cannot be trusted. Use another key.")]
    BackupContradiction,
    /// BE is not what it was at registration, though it may never change.
    #[error(
        "The key now says something else about backups than when it was registered. Ask your administrator for a new registration link."
    )]
    BackupEligibilityChanged,
    /// The key pair is of a kind that was not asked for, or its curve does not fit its algorithm.
    #[error("This key uses a kind of signature that is not accepted here. Use another key.")]
    AlgorithmNotOffered,
    /// A credential id of no bytes, or of more than 1023.
    #[error("The key's credential id has a length that the standard forbids. Use another key.")]
    CredentialIdLength,
    /// `id`, `rawId` and the id in the authenticator data are not the same.
    #[error("The browser's answer contradicts itself. Reload the page and try again.")]
    IdMismatch,
    /// `credProps.rk` is false: the key could not be used without a user name.
    #[error("The key could not store a passkey. Remove passkeys you no longer need from it, or use another key.")]
    NotDiscoverable,
    /// A device's own authenticator answered, this one's or a phone's, where a hardware key was asked for.
    #[error(
        "A computer or a phone made a passkey, but a hardware security key is needed. Try again and choose the security key."
    )]
    NotAHardwareKey,
    /// A security key or another device answered where the phone in hand was asked.
    #[error("Another device answered, not this phone. Try again and choose this phone.")]
    NotThisPhone,
    /// The authenticator is one that only computers have.
    #[error("A computer made this passkey, but a phone is needed. Scan the code on this page with your phone.")]
    NotAPhone,
    /// BE is set, and the policy wants passkeys that never leave the phone.
    #[error(
        "This phone would copy the passkey to your other devices, and your organisation does not allow that. Ask your \
         administrator for a hardware security key, or whether your phone can keep passkeys to itself."
    )]
    MayBeCopied,
    /// The key is on the list of those that the person already has.
    #[error("This key is already registered. Use it to sign in, or register another key.")]
    AlreadyRegistered,
    /// The policy needs an attestation certificate and there is none.
    #[error(
        "Your organisation only accepts keys that prove their model, and this one did not. Allow the browser to see the key's make and model, or use another key."
    )]
    AttestationMissing,
    /// An attestation statement is there and does not verify.
    #[error("The key's proof of its model is not valid. Use another key.")]
    AttestationInvalid,
    /// A format of attestation statement that cannot be verified here.
    #[error("This key proves its model in a way that cannot be checked here. Use another key.")]
    AttestationUnsupported,
    /// The AAGUID is not on the policy's list.
    #[error("Your organisation does not accept this model of key. Ask your administrator which models it does.")]
    ModelNotAllowed,
    /// Another credential answered than those asked for.
    #[error("This key is not one that was asked for. Use a key that is registered for you.")]
    UnknownCredential,
    /// `userHandle` is missing or is not the credential's person.
    #[error("This key names another person. Use the key that is registered for you.")]
    WrongUser,
    /// The assertion's signature does not verify.
    #[error("The key's signature is not valid. Try again, or use another key.")]
    SignatureInvalid,
    /// The signature counter did not go up: there may be a copy of the key.
    #[error("The key's counter went backwards, so there may be a copy of it. Ask your administrator for help.")]
    CounterRegressed {
        /// The counter last seen.
        stored: u32,
        /// The counter in this answer.
        presented: u32,
    },
}

impl Refused {
    /// A stable word for the activity log and for tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::WrongType => "wrongType",
            Self::WrongChallenge => "wrongChallenge",
            Self::WrongOrigin => "wrongOrigin",
            Self::Embedded => "embedded",
            Self::WrongRelyingParty => "wrongRelyingParty",
            Self::UserAbsent => "userAbsent",
            Self::UserNotVerified => "userNotVerified",
            Self::BackupContradiction => "backupContradiction",
            Self::BackupEligibilityChanged => "backupEligibilityChanged",
            Self::AlgorithmNotOffered => "algorithmNotOffered",
            Self::CredentialIdLength => "credentialIdLength",
            Self::IdMismatch => "idMismatch",
            Self::NotDiscoverable => "notDiscoverable",
            Self::NotAHardwareKey => "notAHardwareKey",
            Self::NotThisPhone => "notThisPhone",
            Self::NotAPhone => "notAPhone",
            Self::MayBeCopied => "mayBeCopied",
            Self::AlreadyRegistered => "alreadyRegistered",
            Self::AttestationMissing => "attestationMissing",
            Self::AttestationInvalid => "attestationInvalid",
            Self::AttestationUnsupported => "attestationUnsupported",
            Self::ModelNotAllowed => "modelNotAllowed",
            Self::UnknownCredential => "unknownCredential",
            Self::WrongUser => "wrongUser",
            Self::SignatureInvalid => "signatureInvalid",
            Self::CounterRegressed { .. } => "counterRegressed",
        }
    }

    /// The core's findings that mean the same in both ceremonies; `otherwise` names what was being
    /// verified when it found anything else.
    pub(super) fn from_core(error: &WebauthnError, otherwise: Self) -> Self {
        match error {
            WebauthnError::InvalidClientDataType => Self::WrongType,
            WebauthnError::MismatchedChallenge => Self::WrongChallenge,
            WebauthnError::InvalidRPOrigin => Self::WrongOrigin,
            WebauthnError::CredentialCrossOrigin => Self::Embedded,
            WebauthnError::InvalidRPIDHash => Self::WrongRelyingParty,
            WebauthnError::UserNotPresent => Self::UserAbsent,
            WebauthnError::UserNotVerified => Self::UserNotVerified,
            WebauthnError::CredentialMayNotBeHardwareBound => Self::BackupContradiction,
            WebauthnError::CredentialBackupEligibilityInconsistent => Self::BackupEligibilityChanged,
            WebauthnError::CredentialAlteredAlgFromRequest => Self::AlgorithmNotOffered,
            WebauthnError::CredentialNotFound => Self::UnknownCredential,
            WebauthnError::ParseJSONFailure(_) => Self::Malformed("clientDataJSON"),
            WebauthnError::ParseNOMFailure | WebauthnError::ParseCBORFailure(_) => Self::Malformed("authenticatorData"),
            WebauthnError::EcdsaPointInvalid
            | WebauthnError::COSEKeyECDSAXYInvalid
            | WebauthnError::COSEKeyRSANEInvalid
            | WebauthnError::COSEKeyInvalidCBORValue
            | WebauthnError::RsaParametersInvalid => Self::Malformed("credentialPublicKey"),
            _ => otherwise,
        }
    }
}
