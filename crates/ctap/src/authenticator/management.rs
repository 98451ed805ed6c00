//! authenticatorCredentialManagement (CTAP 2.1 §6.8).

use std::collections::VecDeque;

use super::get_assertion::{descriptor, user_entity};
use super::request::Fields;
use super::token::{Permissions, Proof, Token};
use super::{Authenticator, Environment, Halt, Pending};
use crate::cbor::{Value, named, numbered};
use crate::crypto::{cose_key, sha256};
use crate::status::Status;
use crate::store::{Credential, CredentialId, RelyingParty, RpIdHash};

/// What "get next" goes on with.
pub(super) enum Listing {
    RelyingParties(VecDeque<RelyingParty>),
    Credentials(VecDeque<Credential>),
}

impl Authenticator {
    pub(super) fn manage_credentials(
        &mut self,
        mut fields: Fields,
        pending: Pending,
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, Halt> {
        const METADATA: u8 = 0x01;
        const RELYING_PARTIES_BEGIN: u8 = 0x02;
        const RELYING_PARTIES_NEXT: u8 = 0x03;
        const CREDENTIALS_BEGIN: u8 = 0x04;
        const CREDENTIALS_NEXT: u8 = 0x05;
        const DELETE: u8 = 0x06;
        const UPDATE_USER: u8 = 0x07;

        let number: u64 = fields.required(1)?;
        let subcommand = u8::try_from(number).map_err(|_| Status::InvalidSubcommand)?;
        match subcommand {
            RELYING_PARTIES_NEXT => {
                return match pending {
                    Pending::Listing(Listing::RelyingParties(waiting)) => self.next_relying_party(waiting, false),
                    _ => Err(Status::NotAllowed.into()),
                };
            }
            CREDENTIALS_NEXT => {
                return match pending {
                    Pending::Listing(Listing::Credentials(waiting)) => self.next_credential(waiting, false),
                    _ => Err(Status::NotAllowed.into()),
                };
            }
            METADATA | RELYING_PARTIES_BEGIN | CREDENTIALS_BEGIN | DELETE | UPDATE_USER => {}
            _ => return Err(Status::InvalidSubcommand.into()),
        }

        let parameters: Option<Value> = fields.optional(2)?;
        let Some(mac) = fields.optional::<Vec<u8>>(4)? else { return Err(Status::PuatRequired.into()) };
        let proof = Proof { protocol: fields.protocol(3)?, mac };
        // Canonical CBOR prints as it was read: these are the bytes that the platform made its proof over.
        let printed = parameters.as_ref().map(Value::write).unwrap_or_default();
        let token = self.verify(&proof, &[&[subcommand], &printed], Permissions::MANAGE_CREDENTIALS)?;
        let mut parameters = Parameters::read(parameters)?;
        match subcommand {
            METADATA => {
                anywhere(token)?;
                let existing = discoverable(environment)?.len() as u64;
                let room = environment.store.room()? as u64;
                Ok(numbered([(1, Some(existing.into())), (2, Some(room.into()))]).write())
            }
            RELYING_PARTIES_BEGIN => {
                anywhere(token)?;
                let mut waiting = VecDeque::<RelyingParty>::new();
                for Credential { relying_party, .. } in discoverable(environment)? {
                    if !waiting.iter().any(|other| other.id_hash == relying_party.id_hash) {
                        waiting.push_back(relying_party);
                    }
                }
                self.next_relying_party(waiting, true)
            }
            CREDENTIALS_BEGIN => {
                let hash: Vec<u8> = parameters.0.required(1)?;
                let id_hash: RpIdHash = hash.try_into().map_err(|_| Status::InvalidParameter)?;
                at(token, &id_hash)?;
                let mut waiting = VecDeque::from(discoverable(environment)?);
                waiting.retain(|credential| credential.relying_party.id_hash == id_hash);
                self.next_credential(waiting, true)
            }
            DELETE => {
                let id = parameters.credential_id()?;
                at(token, &find(&id, environment)?.relying_party.id_hash)?;
                environment.store.remove(&id)?;
                Ok(Vec::new())
            }
            _ => {
                let id = parameters.credential_id()?;
                let user = parameters.0.required::<Fields>(3)?.user()?;
                let credential = find(&id, environment)?;
                at(token, &credential.relying_party.id_hash)?;
                if credential.user.is_none_or(|known| known.id != user.id) {
                    return Err(Status::InvalidParameter.into());
                }
                environment.store.update_user(&id, &user)?;
                Ok(Vec::new())
            }
        }
    }

    fn next_relying_party(&mut self, mut waiting: VecDeque<RelyingParty>, first: bool) -> Result<Vec<u8>, Halt> {
        let total = first.then_some(Value::Unsigned(waiting.len() as u64));
        let RelyingParty { id_hash, id, name } = waiting.pop_front().ok_or(nothing(first))?;
        if !waiting.is_empty() {
            self.pending = Pending::Listing(Listing::RelyingParties(waiting));
        }
        let entity = named([("id", id.as_deref().map(Value::from)), ("name", name.as_deref().map(Value::from))]);
        Ok(numbered([(3, Some(entity)), (4, Some(id_hash[..].into())), (5, total)]).write())
    }

    fn next_credential(&mut self, mut waiting: VecDeque<Credential>, first: bool) -> Result<Vec<u8>, Halt> {
        let total = first.then_some(Value::Unsigned(waiting.len() as u64));
        let credential = waiting.pop_front().ok_or(nothing(first))?;
        if !waiting.is_empty() {
            self.pending = Pending::Listing(Listing::Credentials(waiting));
        }
        Ok(numbered([
            (6, credential.user.as_ref().map(|user| user_entity(user, true))),
            (7, Some(descriptor(&credential.id))),
            (8, Some(cose_key(&credential.public_key))),
            (9, total),
            (0x0a, Some(Value::Unsigned(credential.protection as u64))),
        ])
        .write())
    }
}

/// The subcommand's own parameters.
struct Parameters(Fields);

impl Parameters {
    fn read(value: Option<Value>) -> Result<Self, Status> {
        let value = value.unwrap_or(Value::Map(Vec::new()));
        super::request::FromValue::of(value).map(Self).ok_or(Status::CborUnexpectedType)
    }

    fn credential_id(&mut self) -> Result<CredentialId, Status> {
        self.0.required::<Fields>(2)?.credential_id()?.ok_or(Status::NoCredentials)
    }
}

/// There is nothing to begin with, or nothing to go on with.
fn nothing(first: bool) -> Status {
    if first { Status::NoCredentials } else { Status::NotAllowed }
}

fn discoverable(environment: &mut Environment<'_>) -> Result<Vec<Credential>, Status> {
    let mut credentials = environment.store.credentials(None)?;
    credentials.retain(|credential| credential.discoverable);
    Ok(credentials)
}

fn find(id: &CredentialId, environment: &mut Environment<'_>) -> Result<Credential, Status> {
    let mut credentials = discoverable(environment)?.into_iter();
    credentials.find(|credential| credential.id == *id).ok_or(Status::NoCredentials)
}

/// What concerns all relying parties is not for a token that was given for one.
fn anywhere(token: &Token) -> Result<(), Status> {
    if token.bound_to().is_none() { Ok(()) } else { Err(Status::PinAuthInvalid) }
}

/// A token that was given for one relying party is good for that one.
fn at(token: &Token, id_hash: &RpIdHash) -> Result<(), Status> {
    let fits = token.bound_to().is_none_or(|id| sha256(&[id.as_bytes()]) == *id_hash);
    if fits { Ok(()) } else { Err(Status::PinAuthInvalid) }
}
