//! A small attestation authority: just enough DER for one certificate that meets Web Authentication
//! Level 3, 8.2.1, and is signed by a root of its own.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const UTC_TIME: u8 = 0x17;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_3: u8 = 0xa3;

const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P_256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const ORGANISATIONAL_UNIT: &[u8] = &[0x55, 0x04, 0x0b];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// 1.3.6.1.4.1.45724.1.1.4, `id-fido-gen-ce-aaguid`.
const FIDO_AAGUID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xe5, 0x1c, 0x01, 0x01, 0x04];

/// The attestation key of a model and its certificate in DER.
pub(super) fn for_model(aaguid: Uuid) -> (SigningKey, Vec<u8>) {
    let root = key("attestation root");
    let leaf = key("attestation leaf");
    let to_be_signed = der(
        SEQUENCE,
        &[
            der(EXPLICIT_0, &[der(INTEGER, &[vec![2]])]),
            der(INTEGER, &[vec![1]]),
            signature_algorithm(),
            name("Keystead Software Root"),
            der(SEQUENCE, &[der(UTC_TIME, &[b"200101000000Z".to_vec()]), der(UTC_TIME, &[b"491231235959Z".to_vec()])]),
            name("Keystead Software Key"),
            public_key(&leaf),
            der(
                EXPLICIT_3,
                &[der(
                    SEQUENCE,
                    &[
                        extension(BASIC_CONSTRAINTS, der(SEQUENCE, &[])),
                        extension(FIDO_AAGUID, der(OCTET_STRING, &[aaguid.as_bytes().to_vec()])),
                    ],
                )],
            ),
        ],
    );
    let signature: Signature = root.sign(&to_be_signed);
    let certificate = der(
        SEQUENCE,
        &[to_be_signed, signature_algorithm(), der(BIT_STRING, &[vec![0], signature.to_der().as_bytes().to_vec()])],
    );
    (leaf, certificate)
}

/// The public key as an uncompressed point: 0x04, x, y.
pub(super) fn public_point(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

fn key(name: &str) -> SigningKey {
    SigningKey::from_slice(&Sha256::digest(name)).expect("these hashes are P-256 scalars")
}

fn name(common_name: &str) -> Vec<u8> {
    let part = |kind: &[u8], tag: u8, text: &str| {
        let attribute = [der(OBJECT_IDENTIFIER, &[kind.to_vec()]), der(tag, &[text.as_bytes().to_vec()])];
        der(SET, &[der(SEQUENCE, &attribute)])
    };
    der(
        SEQUENCE,
        &[
            part(COUNTRY, PRINTABLE_STRING, "DE"),
            part(ORGANISATION, UTF8_STRING, "Keystead"),
            part(ORGANISATIONAL_UNIT, UTF8_STRING, "Authenticator Attestation"),
            part(COMMON_NAME, UTF8_STRING, common_name),
        ],
    )
}

fn public_key(key: &SigningKey) -> Vec<u8> {
    let algorithm = [der(OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY.to_vec()]), der(OBJECT_IDENTIFIER, &[P_256.to_vec()])];
    der(SEQUENCE, &[der(SEQUENCE, &algorithm), der(BIT_STRING, &[vec![0], public_point(key)])])
}

fn signature_algorithm() -> Vec<u8> {
    der(SEQUENCE, &[der(OBJECT_IDENTIFIER, &[ECDSA_WITH_SHA256.to_vec()])])
}

fn extension(kind: &[u8], value: Vec<u8>) -> Vec<u8> {
    der(SEQUENCE, &[der(OBJECT_IDENTIFIER, &[kind.to_vec()]), der(OCTET_STRING, &[value])])
}

/// One DER element. Lengths here fit into two bytes.
fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).expect("certificates here are short").to_be_bytes();
    let mut element = vec![tag];
    match (high, low) {
        (0, 0..=127) => element.push(low),
        (0, _) => element.extend([0x81, low]),
        _ => element.extend([0x82, high, low]),
    }
    element.extend(content);
    element
}
