//! PIN/UV auth protocols one and two: how platform and authenticator share secrets (CTAP 2.1 §6.5.6, §6.5.7).

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, ecdh};
use sha2_of_p256::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto::{Random, hmac, random_bytes, sha256};
use crate::status::Status;

const BLOCK: usize = 16;

/// Which of the two protocols a message is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    One,
    Two,
}

/// What one key agreement gives: a key to encrypt with and one to authenticate with.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct SharedSecret {
    #[zeroize(skip)]
    protocol: Protocol,
    encryption: [u8; 32],
    authentication: [u8; 32],
}

impl Protocol {
    pub(crate) fn read(number: u64) -> Result<Self, Status> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err(Status::InvalidParameter),
        }
    }

    /// The secret shared with the owner of `theirs`.
    pub(crate) fn agree(self, ours: &SecretKey, theirs: &PublicKey) -> SharedSecret {
        let point = ecdh::diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine());
        let x = point.raw_secret_bytes();
        let (encryption, authentication) = match self {
            Self::One => {
                let key = sha256(&[x]);
                (key, key)
            }
            Self::Two => (derive(x, b"CTAP2 AES key"), derive(x, b"CTAP2 HMAC key")),
        };
        SharedSecret { protocol: self, encryption, authentication }
    }

    /// Whether `proof` is what `key` authenticates the message with.
    pub(crate) fn verifies(self, key: &[u8; 32], message: &[&[u8]], proof: &[u8]) -> bool {
        let expected = hmac(key, message);
        let expected = match self {
            Self::One => &expected[..16],
            Self::Two => &expected[..],
        };
        expected.ct_eq(proof).into()
    }
}

impl SharedSecret {
    pub(crate) fn verifies(&self, message: &[&[u8]], proof: &[u8]) -> bool {
        self.protocol.verifies(&self.authentication, message, proof)
    }

    /// Encrypts whole blocks.
    pub(crate) fn encrypt(&self, plain: &[u8], random: &mut Random<'_>) -> Result<Vec<u8>, Status> {
        let iv = match self.protocol {
            Protocol::One => [0; BLOCK],
            Protocol::Two => random_bytes(random),
        };
        let mut text = plain.to_vec();
        cbc::Encryptor::<Aes256>::new(&self.encryption.into(), &iv.into())
            .encrypt_padded::<NoPadding>(&mut text, plain.len())
            .map_err(|_| Status::InvalidParameter)?;
        Ok(match self.protocol {
            Protocol::One => text,
            Protocol::Two => [&iv[..], &text].concat(),
        })
    }

    /// Decrypts whole blocks, at least one.
    pub(crate) fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Status> {
        let (iv, text) = match self.protocol {
            Protocol::One => ([0; BLOCK], sealed),
            Protocol::Two => {
                let (iv, text) = sealed.split_first_chunk::<BLOCK>().ok_or(Status::InvalidParameter)?;
                (*iv, text)
            }
        };
        if text.is_empty() {
            return Err(Status::InvalidParameter);
        }
        let mut plain = Zeroizing::new(text.to_vec());
        cbc::Decryptor::<Aes256>::new(&self.encryption.into(), &iv.into())
            .decrypt_padded::<NoPadding>(&mut plain)
            .map_err(|_| Status::InvalidParameter)?;
        Ok(plain)
    }
}

fn derive(secret: &[u8], purpose: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    // 32 bytes are well within what HKDF gives.
    let _ = Hkdf::<Sha256>::new(Some(&[0; 32]), secret).expand(purpose, &mut key);
    key
}
