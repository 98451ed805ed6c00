//! What the software authenticator and its browser can be told to do wrong.

use uuid::Uuid;

/// One thing done wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lie {
    /// `clientDataJSON.type` is this.
    Type(&'static str),
    /// The credential's own `type` is this.
    CredentialType(&'static str),
    /// `clientDataJSON.challenge` is this.
    Challenge(String),
    /// `clientDataJSON.origin` is this.
    Origin(&'static str),
    /// `clientDataJSON.crossOrigin` is true.
    CrossOrigin,
    /// `clientDataJSON.topOrigin` is this.
    TopOrigin(&'static str),
    /// The RP ID hashed into the authenticator data is this.
    RpId(&'static str),
    /// UP is 0.
    NoUserPresence,
    /// UV is 0.
    NoUserVerification,
    /// BS is 1 and BE is 0.
    BackedUpButNotEligible,
    /// BE is 1, whatever it was at registration.
    BackupEligible,
    /// The COSE key says this algorithm.
    Algorithm(i128),
    /// The COSE key says this curve.
    Curve(i128),
    /// `id` is not `rawId`.
    OtherId,
    /// `id` and `rawId` are not the id in the authenticator data.
    OtherRawId,
    /// The credential id has this many bytes.
    CredentialIdLength(usize),
    /// One bit of the signature is flipped.
    FlippedSignature,
    /// One bit of the authenticator data is flipped after signing.
    FlippedAuthenticatorData,
    /// Bytes follow the authenticator data; they are signed too.
    TrailingBytes,
    /// The counter is this.
    Counter(u32),
    /// `credProps.rk` is false.
    NotDiscoverable,
    /// The browser says the device's own authenticator answered.
    PlatformAttachment,
    /// The attestation certificate was made for another model.
    CertificateOfAnotherModel,
    /// The attestation statement has this format and no content.
    Format(&'static str),
    /// The user handle is this person's.
    User(Uuid),
    /// There is no user handle.
    NoUser,
}
