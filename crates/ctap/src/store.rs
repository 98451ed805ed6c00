//! Where a card's credentials and PIN are kept: the seam to a vault.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

mod memory;

pub use memory::MemoryStore;

/// Names a credential to relying parties: 32 random bytes, never a sealed key.
pub type CredentialId = [u8; 32];

/// SHA-256 of a relying party's id, or of a U2F application's.
pub type RpIdHash = [u8; 32];

/// How many wrong PINs a card takes until its PIN is blocked (CTAP 2.1 §6.5.2.2).
pub const PIN_TRIES: u8 = 8;

/// The first 16 bytes of SHA-256 of a PIN: what CTAP hands over in place of the PIN.
///
/// Sixteen bytes without salt, of a secret that is short: never to be kept as it is.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PinHash(pub(crate) [u8; 16]);

impl PinHash {
    /// For callers that know the PIN itself, because they made it up or took it on a page of their own. `pin` is taken
    /// as it is: normalise it to NFC first, as platforms do.
    pub fn of(pin: &str) -> Self {
        let digest = Zeroizing::new(crate::crypto::sha256(&[pin.as_bytes()]));
        let mut hash = [0; 16];
        hash.copy_from_slice(&digest[..16]);
        Self(hash)
    }

    /// The bytes, for a slow hash with salt and pepper.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// What is known of a card's PIN without the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinState {
    /// How many wrong PINs are left, at most [`PIN_TRIES`]; with 0 the PIN is blocked.
    pub tries_left: u8,
    /// The PIN is good for nothing but choosing another one.
    pub must_change: bool,
}

/// From which proof of its user on a credential is used and shown (credProtect, CTAP 2.1 §12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Protection {
    /// userVerificationOptional.
    Optional = 1,
    /// userVerificationOptionalWithCredentialIDList: without the PIN only to who names its id.
    WithId = 2,
    /// userVerificationRequired: without the PIN the credential is not there.
    Required = 3,
}

/// Who a credential is for (`PublicKeyCredentialUserEntity`). All of it comes from the relying party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The relying party's own handle, 1 to 64 bytes.
    pub id: Vec<u8>,
    /// A name to tell accounts apart, at most 64 bytes.
    pub name: Option<String>,
    /// A name to show, at most 64 bytes.
    pub display_name: Option<String>,
}

/// Where a credential is good for signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// What requests are matched by.
    pub id_hash: RpIdHash,
    /// The domain, at most 255 bytes; unknown if the credential was made through U2F.
    pub id: Option<String>,
    /// A name to show, at most 64 bytes.
    pub name: Option<String>,
}

/// All of a credential but its [`Secrets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its name; no two credentials of all cards share one.
    pub id: CredentialId,
    /// Where it is good.
    pub relying_party: RelyingParty,
    /// Who it is for; unknown if it was made through U2F.
    pub user: Option<User>,
    /// The P-256 public key: x and y, 32 bytes each.
    pub public_key: [u8; 64],
    /// From which proof on it is used.
    pub protection: Protection,
    /// Whether it is found without its id, so that its user need not say who they are.
    pub discoverable: bool,
}

/// What has to be sealed: whoever has it can sign as the card.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secrets {
    /// The P-256 private key.
    pub private_key: [u8; 32],
    /// `CredRandomWithUV` of hmac-secret (CTAP 2.1 §12.5).
    pub hmac_with_verification: [u8; 32],
    /// `CredRandomWithoutUV`.
    pub hmac_without_verification: [u8; 32],
}

/// What a signature is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The PIN was given for it.
    pub verified: bool,
    /// From how many accounts the platform lets its user choose: it asks for a signature of each, and uses one.
    pub candidates: usize,
}

/// Why a [`Store`] did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room for another credential.
    #[error("the card holds as many credentials as it may")]
    Full,
    /// Secrets can be had only after the PIN.
    #[error("the card's secrets are sealed until its PIN was given")]
    Locked,
    /// No such credential: it may have been removed meanwhile.
    #[error("the card holds no such credential")]
    NotFound,
    /// The new PIN is one that the store knows and refuses: an earlier one.
    #[error("the new PIN was used before")]
    PinRefused,
    /// The card may not do this: it is suspended, or gets its PIN in another way.
    #[error("the card may not do this")]
    Denied,
    /// The store itself is not to be had. Whoever implements it says why in its own log.
    #[error("the store failed")]
    Failed,
}

/// One card's state, kept by the caller.
///
/// [`MemoryStore`] shows the behaviour. A vault that keeps cards in a database implements it over one card that it has
/// locked for the length of a command, on a thread that may block (a slow hash and commits are to be waited for), and
/// keeps these promises:
///
/// * **A call that changes something returns after the change is durable.** [`spend_pin_try`](Self::spend_pin_try)
///   above all: the authenticator spends a try, and only then asks [`open`](Self::open) whether the PIN is right. A vault
///   that is killed in between has a try less, never a free guess.
/// * **Secrets are sealed so that the PIN takes part.** With a PIN, `add` and `secrets` work only after `open` said yes,
///   and until [`lock`](Self::lock). A vault keeps per card one random card key, wraps each credential's [`Secrets`]
///   under it, and wraps the card key under a key derived from the slow hash of the [`PinHash`] and from the vault's own
///   key; `open` unwraps it into memory, `set_pin` wraps it anew, `lock` wipes it. Then changing the PIN rewrites one
///   value, and database and vault key together still need the PIN. Without a PIN the vault's own key alone wraps it,
///   and nothing has to be opened.
/// * **A refusal is a [`StoreError`]**, so that a card that is suspended or revoked between two calls stops at once.
pub trait Store {
    /// The PIN's state; None if the card has no PIN.
    fn pin(&mut self) -> Result<Option<PinState>, StoreError>;

    /// Takes one try away, durably, before the PIN is looked at. Called only while tries are left.
    fn spend_pin_try(&mut self) -> Result<(), StoreError>;

    /// Whether this is the card's PIN, compared through a slow hash. If so, secrets can be had until [`lock`](Self::lock),
    /// and there are [`PIN_TRIES`] tries again, durably.
    fn open(&mut self, pin: &PinHash) -> Result<bool, StoreError>;

    /// Makes this the card's PIN: the first one, or, after [`open`](Self::open), another one. Tries are [`PIN_TRIES`]
    /// again, and the PIN need no longer be changed. What was sealed stays readable under the new PIN only. A store that
    /// keeps a history refuses with [`StoreError::PinRefused`].
    fn set_pin(&mut self, pin: &PinHash) -> Result<(), StoreError>;

    /// Forgets what [`open`](Self::open) unsealed. A card without a PIN has nothing to forget.
    fn lock(&mut self);

    /// How many more discoverable credentials the card takes.
    fn room(&mut self) -> Result<usize, StoreError>;

    /// The credentials of this relying party, or all of them; newest first. Works without the PIN.
    fn credentials(&mut self, relying_party: Option<&RpIdHash>) -> Result<Vec<Credential>, StoreError>;

    /// Keeps a new credential and in the same step removes the one that it takes the place of, if any.
    fn add(
        &mut self,
        credential: &Credential,
        secrets: &Secrets,
        replaces: Option<&CredentialId>,
    ) -> Result<(), StoreError>;

    /// The secrets of a credential.
    fn secrets(&mut self, id: &CredentialId) -> Result<Secrets, StoreError>;

    /// Counts a signature before it is made, and gives the new count; the first is 1. The place for a record of the
    /// sign-in.
    fn count_signature(&mut self, id: &CredentialId, signature: Signature) -> Result<u32, StoreError>;

    /// The count so far, for a signature that proves no presence and so is none of anybody's sign-ins.
    fn signature_count(&mut self, id: &CredentialId) -> Result<u32, StoreError>;

    /// Replaces what is known of a credential's user.
    fn update_user(&mut self, id: &CredentialId, user: &User) -> Result<(), StoreError>;

    /// Removes a credential.
    fn remove(&mut self, id: &CredentialId) -> Result<(), StoreError>;
}
