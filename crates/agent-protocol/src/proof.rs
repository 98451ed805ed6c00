//! How an agent proves who it is: ECDSA over P-256 with SHA-256 over a text that holds the server's challenge, the
//! server's address and what the signature is for. The address keeps a signature made for one server from being of use
//! at another; the challenge keeps it from being of use twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

use crate::Bytes;

/// What [`FromAgent::Hello`](crate::FromAgent::Hello) signs. `server` is the server's public URL without a slash at its
/// end: the agent signs the one it was enrolled with, the server verifies with the one it has.
pub fn link(nonce: &[u8], server: &str, agent: &str) -> Vec<u8> {
    text("link", nonce, server, agent)
}

/// What [`FromAgent::Enrol`](crate::FromAgent::Enrol) signs: that whoever has the code has this key, too.
pub fn enrolment(nonce: &[u8], server: &str, code: &str, public_key: &[u8]) -> Vec<u8> {
    text("enrol", nonce, server, &format!("{code}\n{}", URL_SAFE_NO_PAD.encode(public_key)))
}

fn text(purpose: &str, nonce: &[u8], server: &str, subject: &str) -> Vec<u8> {
    format!("keystead-agent.v1 {purpose}\n{}\n{server}\n{subject}\n", URL_SAFE_NO_PAD.encode(nonce)).into_bytes()
}

/// The key's public half as [`FromAgent::Enrol`](crate::FromAgent::Enrol) carries it: SEC 1, uncompressed.
pub fn public_key(key: &SigningKey) -> Bytes {
    Bytes(key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
}

/// Signs one of this module's texts: r and s, 64 bytes.
pub fn sign(key: &SigningKey, text: &[u8]) -> Bytes {
    let signature: Signature = key.sign(text);
    Bytes(signature.to_bytes().to_vec())
}

/// Whether `signature` was made over `text` by the key of `public_key`. A key or signature that is none at all was not.
pub fn holds(public_key: &[u8], text: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes(public_key) else { return false };
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    key.verify(text, &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{enrolment, holds, link, public_key, sign};
    use p256::ecdsa::SigningKey;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).unwrap()
    }

    #[test]
    fn a_signature_is_for_one_challenge_one_server_one_agent_and_one_purpose() {
        let (key, nonce) = (key(1), [7; 32]);
        let public = public_key(&key);
        let signature = sign(&key, &link(&nonce, "https://keys.example.com", "a1"));
        let good = |text: &[u8]| holds(&public.0, text, &signature.0);
        assert!(good(&link(&nonce, "https://keys.example.com", "a1")));
        assert!(!good(&link(&[8; 32], "https://keys.example.com", "a1")), "another challenge");
        assert!(!good(&link(&nonce, "https://keys.example.org", "a1")), "another server");
        assert!(!good(&link(&nonce, "https://keys.example.com", "a2")), "another agent");
        assert!(!good(&enrolment(&nonce, "https://keys.example.com", "a1", &[])), "another purpose");
    }

    #[test]
    fn another_key_or_bytes_that_are_no_key_prove_nothing() {
        let text = link(&[7; 32], "https://keys.example.com", "a1");
        let signature = sign(&key(1), &text);
        assert!(!holds(&public_key(&key(2)).0, &text, &signature.0));
        for nonsense in [&[][..], &[4; 65], &[0; 33]] {
            assert!(!holds(nonsense, &text, &signature.0));
            assert!(!holds(&public_key(&key(1)).0, &text, nonsense));
        }
    }
}
