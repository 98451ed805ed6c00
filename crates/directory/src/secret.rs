//! Secrets: how tokens are made and kept, and how data is sealed at rest.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// The number of random bytes in every token: 256 bits.
const TOKEN_BYTES: usize = 32;

/// Fills bytes from the operating system's generator.
///
/// # Panics
/// When the operating system has no randomness to give: going on would make guessable secrets.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// Fills a buffer with them.
///
/// # Panics
/// As [`random`].
#[expect(clippy::expect_used, reason = "without randomness no secret may be made")]
pub fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system's random generator");
}

/// A secret that is shown once (in a link, a cookie, an API key) and kept only as a hash.
///
/// It has no `Debug` or `Display` on purpose: [`Token::reveal`] is the only way to its text.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new token of 256 random bits behind a readable prefix (`ksk_` for API keys, or empty).
    pub fn generate(prefix: &str) -> Self {
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<TOKEN_BYTES>())))
    }

    /// A token as somebody presented it. Anything longer than 128 bytes is cut: it is wrong anyway.
    pub fn presented(text: &str) -> Self {
        Self(text.chars().take(128).collect())
    }

    /// The text, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up: SHA-256 of the text. The token has 256 random bits, so a
    /// slow hash would add nothing; looking a hash up tells a prober nothing about the token.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

/// Seals small values under the installation's key (XChaCha20-Poly1305, random 192-bit nonce),
/// each bound to a context so that a sealed value can't be moved to another row.
///
/// The form is `1 || nonce || ciphertext`; the first byte names the key generation.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    check: Vec<u8>,
    code_key: [u8; 32],
}

/// The generation byte of sealed values.
const GENERATION: u8 = 1;
/// Bytes of an XChaCha20 nonce.
const NONCE_BYTES: usize = 24;

impl Sealer {
    /// A sealer for a key of 32 bytes, which must not be in the database.
    pub fn new(key: &[u8; 32]) -> Self {
        let check = Sha256::new().chain_update(b"keystead key check").chain_update(key).finalize().to_vec();
        let code_key = Sha256::new().chain_update(b"keystead short codes").chain_update(key).finalize().into();
        Self { cipher: XChaCha20Poly1305::new(key.into()), check, code_key }
    }

    /// What is stored and looked up of a code short enough to be typed: a keyed hash (the envelope
    /// MAC, SHA-256 of key and inner hash), because whoever has the database alone could try every
    /// code against a plain one.
    pub fn code_hash(&self, code: &str) -> Vec<u8> {
        let inner = Sha256::new().chain_update(self.code_key).chain_update(code.as_bytes()).finalize();
        Sha256::new().chain_update(self.code_key).chain_update(inner).finalize().to_vec()
    }

    /// A value that tells whether two installations share a key without telling the key.
    pub fn key_check(&self) -> &[u8] {
        &self.check
    }

    /// Seals `plaintext` for `context` (for example `mail:<id>`).
    ///
    /// # Panics
    /// For a plaintext of 256 GiB, or when the operating system has no randomness to give.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Vec<u8> {
        let nonce = random::<NONCE_BYTES>();
        let payload = Payload { msg: plaintext, aad: context.as_bytes() };
        #[expect(clippy::expect_used, reason = "fails only for plaintexts of 256 GiB")]
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).expect("short plaintext");
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(GENERATION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// Opens what [`Sealer::seal`] made for the same context.
    ///
    /// # Errors
    /// [`Error::Sealed`] when it was made with another key, for another context, or was altered.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let Some((&GENERATION, rest)) = sealed.split_first() else { return Err(Error::Sealed) };
        let Some((nonce, ciphertext)) = rest.split_first_chunk::<NONCE_BYTES>() else { return Err(Error::Sealed) };
        self.cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: context.as_bytes() })
            .map_err(|_| Error::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_where_it_belongs() {
        let ours = Sealer::new(&[7; 32]);
        let sealed = ours.seal("mail:1", b"secret");
        assert_eq!(ours.open("mail:1", &sealed).ok().as_deref(), Some(&b"secret"[..]));
        assert!(ours.open("mail:2", &sealed).is_err());
        assert!(Sealer::new(&[8; 32]).open("mail:1", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(ours.open("mail:1", &bent).is_err(), "byte {at} was changed unnoticed");
        }
        assert!(ours.open("mail:1", &[]).is_err());
    }

    #[test]
    fn a_short_codes_hash_needs_the_installations_key() {
        let ours = Sealer::new(&[7; 32]);
        assert_eq!(ours.code_hash("ABCD"), ours.clone().code_hash("ABCD"));
        assert_ne!(ours.code_hash("ABCD"), ours.code_hash("ABCE"));
        assert_ne!(ours.code_hash("ABCD"), Sealer::new(&[8; 32]).code_hash("ABCD"));
        assert_ne!(ours.code_hash("ABCD"), Token::presented("ABCD").hash());
    }

    #[test]
    fn tokens_have_256_bits_and_no_two_are_alike() {
        let token = Token::generate("ksk_");
        assert_eq!(token.reveal().len(), 4 + 43);
        assert_ne!(token.reveal(), Token::generate("ksk_").reveal());
        assert_eq!(token.hash(), Token::presented(token.reveal()).hash());
    }
}
