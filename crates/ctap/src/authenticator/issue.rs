//! A credential that whoever issues a card puts on it, without a platform: the answer is what a platform would have made
//! of authenticatorMakeCredential.

use super::make_credential::{attest, authenticator_data, new_secrets};
use super::request::cut;
use crate::cbor::named;
use crate::crypto::{Random, random_bytes, sha256};
use crate::model::Model;
use crate::status::Status;
use crate::store::{Credential, Protection, RelyingParty, Secrets, User};

/// What [`issue`] made. The caller keeps the first two as [`Store::add`](crate::Store::add) would, and registers the
/// third.
pub struct Issued {
    /// The credential: discoverable, and used with the PIN only.
    pub credential: Credential,
    /// What has to be sealed.
    pub secrets: Secrets,
    /// The attestation object (WebAuthn Level 3, section 6.5.4).
    pub attestation_object: Vec<u8>,
}

/// Makes a discoverable credential for `user` at the relying party with this id and name; `client_data_hash` is the
/// SHA-256 of the client data that it answers. The flags say "verified", because it is of no use without the PIN; so the
/// card must have one.
///
/// # Errors
/// [`Status::InvalidParameter`] for an empty user id, or a relying party without an id.
pub fn issue(
    (id, name): (&str, &str),
    user: User,
    client_data_hash: &[u8; 32],
    model: &Model,
    random: &mut Random<'_>,
) -> Result<Issued, Status> {
    if id.is_empty() || user.id.is_empty() {
        return Err(Status::InvalidParameter);
    }
    let relying_party =
        RelyingParty { id_hash: sha256(&[id.as_bytes()]), id: Some(id.to_owned()), name: Some(cut(name.to_owned())) };
    let user = User { name: user.name.map(cut), display_name: user.display_name.map(cut), ..user };
    let (public_key, secrets) = new_secrets(random);
    let credential = Credential {
        id: random_bytes(random),
        relying_party,
        user: Some(user),
        public_key,
        protection: Protection::Required,
        discoverable: true,
    };
    let extensions = named([("credProtect", Some((Protection::Required as u64).into()))]);
    let data = authenticator_data(&credential, true, &extensions, model);
    let statement = attest(&data, client_data_hash, &secrets, model)?;
    let object = named([("fmt", Some("packed".into())), ("attStmt", Some(statement)), ("authData", Some(data.into()))]);
    Ok(Issued { credential, secrets, attestation_object: object.write() })
}
