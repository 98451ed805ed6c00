//! Who vouches for cards: an authority of the installation's own. Its keys and certificates follow from the vault's key,
//! so that every server has the same and nothing needs to be kept (packed attestation, WebAuthn Level 3, section 8.2).

use std::{str::FromStr as _, time::Duration};

use anyhow::Context as _;
use keystead_ctap::Attestation;
use p256::{
    ecdsa::{DerSignature, SigningKey},
    pkcs8::EncodePublicKey as _,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use x509_cert::{
    TbsCertificate,
    builder::{Builder as _, CertificateBuilder, profile::BuilderProfile},
    der::{
        Encode as _,
        asn1::{ObjectIdentifier, OctetString},
    },
    ext::Extension,
    name::Name,
    serial_number::SerialNumber,
    spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef},
    time::{Time, Validity},
};

use super::vault::CardKey;

/// basicConstraints (RFC 5280, section 4.2.1.9).
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
/// id-fido-gen-ce-aaguid (WebAuthn Level 3, section 8.2.1).
const AAGUID_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");
/// Certificates begin on 1 January 2024, in seconds since 1970, and do not end: a date of today would make another
/// certificate at each start.
const BEGIN: u64 = 1_704_067_200;

struct Profile {
    subject: Name,
    issuer: Name,
    extensions: Vec<(ObjectIdentifier, bool, Vec<u8>)>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }
    fn get_subject(&self) -> Name {
        self.subject.clone()
    }
    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let extension = |(extn_id, critical, value): &(ObjectIdentifier, bool, Vec<u8>)| {
            Ok(Extension { extn_id: *extn_id, critical: *critical, extn_value: OctetString::new(value.clone())? })
        };
        self.extensions.iter().map(extension).collect()
    }
}

/// The attestation of all cards. `derive` gives a secret of the installation for a purpose.
///
/// # Errors
/// When a derived number is no key, with a chance of one in 2³².
pub fn of(derive: impl Fn(&str) -> CardKey, aaguid: Uuid) -> anyhow::Result<Attestation> {
    let authority_secret = derive("card attestation authority");
    let secret = derive("card attestation");
    let authority = SigningKey::from_slice(&*authority_secret).context("the authority's key")?;
    let key = SigningKey::from_slice(&*secret).context("the key")?;
    // Two installations' authorities are told apart by the end of their names.
    let id = hex::encode(&Sha256::digest(authority.verifying_key().to_sec1_point(false).as_bytes())[..4]);
    let issuer = Name::from_str(&format!("CN=Keystead card authority {id},O=Keystead,C=AA"))?;
    let subject = Name::from_str("CN=Keystead contactless card,OU=Authenticator Attestation,O=Keystead,C=AA")?;
    let root = Profile {
        subject: issuer.clone(),
        issuer: issuer.clone(),
        extensions: vec![(BASIC_CONSTRAINTS, true, vec![0x30, 0x03, 0x01, 0x01, 0xff])],
    };
    let leaf = Profile {
        subject,
        issuer,
        extensions: vec![
            (BASIC_CONSTRAINTS, true, vec![0x30, 0x00]),
            (AAGUID_EXTENSION, false, [&[0x04, 0x10], &aaguid.as_bytes()[..]].concat()),
        ],
    };
    let certificates = vec![certify(leaf, &key, &authority)?, certify(root, &authority, &authority)?];
    Attestation::new(&secret, certificates).context("the attestation")
}

fn certify(profile: Profile, key: &SigningKey, by: &SigningKey) -> anyhow::Result<Vec<u8>> {
    let public = key.verifying_key().to_public_key_der()?;
    let mut serial = Sha256::digest(public.as_bytes())[..16].to_vec();
    // A positive number of 16 bytes.
    serial[0] = serial[0] & 0x3f | 0x40;
    let validity = Validity::new(Time::try_from(std::time::UNIX_EPOCH + Duration::from_secs(BEGIN))?, Time::INFINITY);
    let public = SubjectPublicKeyInfo::try_from(public.as_bytes())?;
    let builder = CertificateBuilder::new(profile, SerialNumber::new(&serial)?, validity, public)?;
    Ok(builder.build::<_, DerSignature>(by)?.to_der()?)
}
