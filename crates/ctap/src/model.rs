//! What the caller decides: what the authenticator calls itself, and what a card may do.

use std::fmt;

use p256::ecdsa::SigningKey;

use crate::pin_rules::PinRules;

/// What all cards of an installation say of themselves.
#[derive(Clone, Debug)]
pub struct Model {
    /// Names the kind of authenticator; the installation's own.
    pub aaguid: [u8; 16],
    /// The version of what runs the authenticator, as getInfo reports it.
    pub firmware_version: u64,
    /// Who vouches for new credentials. Without one, a credential vouches for itself, and there is no U2F.
    pub attestation: Option<Attestation>,
}

/// A key that vouches for new credentials, with its certificates (packed attestation, WebAuthn §8.2).
#[derive(Clone)]
pub struct Attestation {
    pub(crate) key: SigningKey,
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// The private key is not one, or there is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attestation needs a P-256 private key and its certificate")]
pub struct InvalidAttestation;

impl Attestation {
    /// `private_key` is a P-256 scalar. `certificates` are X.509 in DER, first the key's own, then those above it; that
    /// the first one fits the key and names the [`Model::aaguid`] is the caller's to see to.
    pub fn new(private_key: &[u8; 32], certificates: Vec<Vec<u8>>) -> Result<Self, InvalidAttestation> {
        let key = SigningKey::from_slice(private_key).map_err(|_| InvalidAttestation)?;
        if certificates.is_empty() { Err(InvalidAttestation) } else { Ok(Self { key, certificates }) }
    }
}

impl fmt::Debug for Attestation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Attestation").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
}

/// What one card may do, as it stands now.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Nothing without the PIN (alwaysUv): a card without one is good for nothing until a PIN is set, there is no U2F,
    /// and each credential gets [`Protection::Required`](crate::store::Protection::Required) whatever was asked for.
    pub always_verify: bool,
    /// What a PIN that is set or changed through CTAP has to be like.
    pub pin_rules: PinRules,
    /// Relying parties that are told the least PIN length if they ask (minPinLength, CTAP 2.1 §12.4).
    pub pin_length_readers: Vec<String>,
}
