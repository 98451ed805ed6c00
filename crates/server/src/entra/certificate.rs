//! The key that Keystead makes to prove itself to Entra ID, its certificate, and the assertions
//! that it signs (RFC 7523 with PS256, as Microsoft asks for it).

use std::{convert::Infallible, str::FromStr as _, time::Duration};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead_directory::{Timestamp, entra::NewCertificate, ids, secret};
use rsa::{
    RsaPrivateKey, pkcs1v15,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _},
    pss,
    rand_core::{TryCryptoRng, TryRng},
    sha2::{Digest as _, Sha256},
    signature::{RandomizedSigner as _, SignatureEncoding as _},
};
use serde_json::json;
use x509_cert::{
    TbsCertificate,
    builder::{Builder as _, CertificateBuilder, profile::BuilderProfile},
    der::{DecodePem as _, Encode as _, EncodePem as _, pem::LineEnding},
    ext::Extension,
    name::Name,
    serial_number::SerialNumber,
    spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef},
    time::{Time, Validity},
};

/// Bits of the key; what Microsoft's tools make.
const BITS: usize = 2048;
/// Days for which a certificate lives.
const DAYS: i64 = 365;
/// Seconds for which an assertion lives; Microsoft advises five to ten minutes.
const ASSERTION_SECONDS: i64 = 300;

/// The operating system's randomness, as the key maker wants it.
struct Random;

impl TryRng for Random {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(secret::random()))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(secret::random()))
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for piece in to.chunks_mut(32) {
            piece.copy_from_slice(&secret::random::<32>()[..piece.len()]);
        }
        Ok(())
    }
}
impl TryCryptoRng for Random {}

/// A certificate that speaks for itself: Microsoft compares it with the one that was uploaded.
struct SelfSigned(Name);

impl BuilderProfile for SelfSigned {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }
    fn get_subject(&self) -> Name {
        self.0.clone()
    }
    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(Vec::new())
    }
}

/// Makes a key and its certificate. It takes a second or so of computing: call it where blocking is allowed.
///
/// # Errors
/// When the certificate can't be put together.
pub fn make(host: &str, now: Timestamp) -> anyhow::Result<NewCertificate> {
    let key = RsaPrivateKey::new(&mut Random, BITS).context("the key can't be made")?;
    let expires_at = now.plus_hours(DAYS * 24);
    // A machine's clock may be a little ahead of Microsoft's.
    let validity = Validity::new(time(now.plus_seconds(-300))?, time(expires_at)?);
    let public = SubjectPublicKeyInfo::try_from(key.to_public_key().to_public_key_der()?.as_bytes())?;
    let name = Name::from_str(&format!("CN=Keystead {host}"))?;
    let serial = SerialNumber::new(&[&[1_u8][..], &secret::random::<15>()].concat())?;
    let signer = pkcs1v15::SigningKey::<Sha256>::new(key.clone());
    let certificate = CertificateBuilder::new(SelfSigned(name), serial, validity, public)?
        .build::<_, pkcs1v15::Signature>(&signer)?;
    Ok(NewCertificate {
        private_key: key.to_pkcs8_der()?.as_bytes().to_vec(),
        thumbprint: hex::encode_upper(Sha256::digest(certificate.to_der()?)),
        pem: certificate.to_pem(LineEnding::LF)?,
        expires_at,
    })
}

fn time(at: Timestamp) -> anyhow::Result<Time> {
    let seconds = u64::try_from(at.0 / 1000).context("a time before 1970")?;
    Ok(Time::try_from(std::time::UNIX_EPOCH + Duration::from_secs(seconds))?)
}

/// A signed assertion that its bearer is `client_id`, for the token endpoint `audience`.
///
/// # Errors
/// When key or certificate can't be read.
pub fn assertion(
    private_key: &[u8],
    certificate: &str,
    client_id: &str,
    audience: &str,
    now: Timestamp,
) -> anyhow::Result<String> {
    let key = RsaPrivateKey::from_pkcs8_der(private_key).context("the private key can't be read")?;
    let certificate = x509_cert::Certificate::from_pem(certificate).context("the certificate can't be read")?;
    let print = URL_SAFE_NO_PAD.encode(Sha256::digest(certificate.to_der()?));
    let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": print });
    let seconds = now.0 / 1000;
    let claims = json!({ "aud": audience, "iss": client_id, "sub": client_id, "jti": ids::new_uuid(),
        "nbf": seconds - 60, "iat": seconds, "exp": seconds + ASSERTION_SECONDS });
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = pss::BlindedSigningKey::<Sha256>::new(key).try_sign_with_rng(&mut Random, text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
}
