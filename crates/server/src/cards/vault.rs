//! The vault's key and what is made of it.
//!
//! Each card has a random card key, which seals the secrets of its passkeys. The card key is wrapped by the vault's key,
//! and with a PIN first by a key that is derived from the PIN through Argon2id: database and vault key together still
//! need the PIN guessed. Whether a PIN is right is whether it unwraps the card key; no other check of it is kept.

use anyhow::Context as _;
use argon2::{Algorithm, Argon2, Params, Version};
use keystead_ctap::{Model, store::PinHash};
use keystead_directory::{
    cards::{SealedKey, vault::EarlierPin},
    ids::{CardId, PasskeyId},
    secret::{self, Sealer},
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::attestation;

/// Memory of the slow hash, in KiB: 19 MiB, with which two passes are what OWASP advises at least.
const MEMORY: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// Bytes of a PIN's salt.
const SALT: usize = 16;
/// The model of all cards, which policies can name: 6b1f0f3e-7c52-4d0a-9d3c-52e7b10c64a9.
pub const AAGUID: Uuid = Uuid::from_u128(0x6b1f_0f3e_7c52_4d0a_9d3c_52e7_b10c_64a9);

/// A card's own key.
pub type CardKey = Zeroizing<[u8; 32]>;

/// See the [module](self).
pub struct Vault {
    sealer: Sealer,
    pepper: CardKey,
    model: Model,
}

impl Vault {
    /// The vault of a key that is in a file of its own.
    ///
    /// # Errors
    /// When no certificate can be made of it, which no key comes to in practice.
    pub fn new(key: &[u8; 32]) -> anyhow::Result<Self> {
        let attestation = attestation::of(|purpose| derive(key, purpose), AAGUID).context("the cards' certificate")?;
        let model = Model { aaguid: *AAGUID.as_bytes(), firmware_version: 1, attestation: Some(attestation) };
        Ok(Self { sealer: Sealer::new(key), pepper: derive(key, "card PIN pepper"), model })
    }

    /// Tells whether two installations share the key without telling it.
    pub fn check(&self) -> &[u8] {
        self.sealer.key_check()
    }

    /// What all cards say of themselves.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The slow hash. It takes tens of milliseconds: call it where blocking is allowed.
    fn stretch(&self, pin: &PinHash, salt: &[u8]) -> Option<CardKey> {
        let parameters = Params::new(MEMORY, PASSES, 1, Some(32)).ok()?;
        let argon2 = Argon2::new_with_secret(&*self.pepper, Algorithm::Argon2id, Version::V0x13, parameters).ok()?;
        let mut key = Zeroizing::new([0; 32]);
        argon2.hash_password_into(pin.as_bytes(), salt, &mut *key).ok()?;
        Some(key)
    }

    /// Wraps a card's key, under a PIN if there is one. Also gives what the PIN is remembered by. Blocks.
    pub fn wrap(
        &self,
        card: CardId,
        key: &CardKey,
        pin: Option<&PinHash>,
        must_change: bool,
    ) -> Option<(SealedKey, Option<EarlierPin>)> {
        let Some(pin) = pin else {
            let key = self.sealer.seal(&context(card), &**key);
            return Some((SealedKey { key, salt: None, must_change: false }, None));
        };
        let salt = secret::random::<SALT>();
        let pin_key = self.stretch(pin, &salt)?;
        let inner = Sealer::new(&pin_key).seal(&context(card), &**key);
        let sealed = self.sealer.seal(&context(card), &inner);
        let remembered = EarlierPin::new(salt.to_vec(), |id| {
            self.sealer.seal(&format!("pin:{id}"), &derive(&pin_key, "earlier PIN")[..])
        });
        Some((SealedKey { key: sealed, salt: Some(salt.to_vec()), must_change }, Some(remembered)))
    }

    /// A card's key, if this is its PIN. Blocks when there is one.
    pub fn unwrap(&self, card: CardId, sealed: &[u8], pin: Option<(&PinHash, &[u8])>) -> Option<CardKey> {
        let mut inner = Zeroizing::new(self.sealer.open(&context(card), sealed).ok()?);
        if let Some((pin, salt)) = pin {
            let pin_key = self.stretch(pin, salt)?;
            inner = Zeroizing::new(Sealer::new(&pin_key).open(&context(card), &inner).ok()?);
        }
        Some(Zeroizing::new(inner.as_slice().try_into().ok()?))
    }

    /// Whether this PIN is that earlier one. Blocks.
    pub fn is_earlier(&self, pin: &PinHash, earlier: &EarlierPin) -> bool {
        let Some(pin_key) = self.stretch(pin, &earlier.salt) else { return false };
        let known = self.sealer.open(&format!("pin:{}", earlier.id), &earlier.sealed_check);
        known.is_ok_and(|known| known.ct_eq(&derive(&pin_key, "earlier PIN")[..]).into())
    }

    /// Seals what is known of a passkey.
    pub fn seal_about(&self, passkey: PasskeyId, about: &[u8]) -> Vec<u8> {
        self.sealer.seal(&format!("passkey:{passkey}"), about)
    }

    /// Opens what [`Vault::seal_about`] made.
    pub fn open_about(&self, passkey: PasskeyId, sealed: &[u8]) -> Option<Vec<u8>> {
        self.sealer.open(&format!("passkey:{passkey}"), sealed).ok()
    }
}

/// A new card's key.
pub fn new_card_key() -> CardKey {
    Zeroizing::new(secret::random())
}

fn context(card: CardId) -> String {
    format!("card:{card}")
}

/// One key for each purpose, from a key of 256 random bits.
fn derive(key: &[u8; 32], purpose: &str) -> CardKey {
    Zeroizing::new(
        Sha256::new()
            .chain_update(b"keystead ")
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(key)
            .finalize()
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_key_needs_the_vaults_key_the_pin_and_its_own_card() {
        let (vault, other) = (Vault::new(&[1; 32]).unwrap(), Vault::new(&[2; 32]).unwrap());
        let (card, key) = (CardId::new(), new_card_key());
        let pin = PinHash::of("482915");
        let (sealed, earlier) = vault.wrap(card, &key, Some(&pin), false).unwrap();
        let salt = sealed.salt.unwrap();
        assert_eq!(vault.unwrap(card, &sealed.key, Some((&pin, &salt))).unwrap(), key);
        assert!(vault.unwrap(card, &sealed.key, Some((&PinHash::of("482916"), &salt))).is_none(), "another PIN");
        assert!(vault.unwrap(card, &sealed.key, None).is_none(), "no PIN");
        assert!(other.unwrap(card, &sealed.key, Some((&pin, &salt))).is_none(), "another vault");
        assert!(vault.unwrap(CardId::new(), &sealed.key, Some((&pin, &salt))).is_none(), "another card");
        let earlier = earlier.unwrap();
        assert!(vault.is_earlier(&pin, &earlier) && !vault.is_earlier(&PinHash::of("482916"), &earlier));
    }

    #[test]
    fn a_card_without_a_pin_needs_the_vaults_key() {
        let (vault, other) = (Vault::new(&[1; 32]).unwrap(), Vault::new(&[2; 32]).unwrap());
        let (card, key) = (CardId::new(), new_card_key());
        let (sealed, _) = vault.wrap(card, &key, None, true).unwrap();
        assert_eq!(vault.unwrap(card, &sealed.key, None).unwrap(), key);
        assert!(other.unwrap(card, &sealed.key, None).is_none());
        assert!(!sealed.must_change, "there is nothing to change");
    }
}
