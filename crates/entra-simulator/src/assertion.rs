//! Whether a client assertion is good: PS256, by the key of a certificate that was uploaded.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::{
    RsaPublicKey,
    pkcs8::DecodePublicKey as _,
    pss,
    sha2::{Digest as _, Sha256},
    signature::Verifier as _,
};
use serde_json::Value;
use x509_cert::{
    Certificate,
    der::{DecodePem as _, Encode as _},
};

/// Checks an assertion of this client for this audience against the uploaded certificates.
///
/// # Errors
/// The AADSTS number with which Microsoft would refuse.
pub fn check(assertion: &str, client_id: &str, audience: &str, certificates: &[String], now: i64) -> Result<(), u32> {
    const UNREADABLE: u32 = 50027;
    const REFUSED: u32 = 700_027;
    let (signed, signature) = assertion.rsplit_once('.').ok_or(UNREADABLE)?;
    let (header, claims) = signed.split_once('.').ok_or(UNREADABLE)?;
    let [header, claims] = [header, claims].map(|part| -> Value {
        URL_SAFE_NO_PAD.decode(part).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    });
    if header["alg"] != "PS256" {
        return Err(REFUSED);
    }
    let print = header["x5t#S256"].as_str().unwrap_or_default().trim_end_matches('=').to_owned();
    let certificate = certificates
        .iter()
        .filter_map(|pem| Certificate::from_pem(pem).ok())
        .find(|certificate| certificate.to_der().is_ok_and(|der| URL_SAFE_NO_PAD.encode(Sha256::digest(der)) == print))
        .ok_or(REFUSED)?;
    let public = certificate.tbs_certificate().subject_public_key_info().to_der().map_err(|_| REFUSED)?;
    let key = RsaPublicKey::from_public_key_der(&public).map_err(|_| REFUSED)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| UNREADABLE)?;
    let signature = pss::Signature::try_from(signature.as_slice()).map_err(|_| REFUSED)?;
    pss::VerifyingKey::<Sha256>::new(key).verify(signed.as_bytes(), &signature).map_err(|_| REFUSED)?;
    let seconds = |name: &str| claims[name].as_i64().unwrap_or_default();
    let lives = seconds("nbf") <= now && now < seconds("exp") && seconds("exp") - now <= 600;
    let ours = claims["iss"] == client_id && claims["sub"] == client_id && claims["aud"] == audience;
    if lives && ours && claims["jti"].as_str().is_some_and(|id| !id.is_empty()) { Ok(()) } else { Err(REFUSED) }
}
