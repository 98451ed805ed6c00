//! Reading the parameters of commands: types, lengths, and which status says that something is wrong with them.

use crate::cbor::Value;
use crate::pin_protocol::Protocol;
use crate::status::Status;
use crate::store::{CredentialId, RelyingParty, User};

/// The most descriptors that an allow or exclude list may hold.
pub(super) const MAX_LIST: usize = 64;

/// Names to show are cut to so many bytes, which CTAP allows (WebAuthn §6.4.1).
const MAX_NAME: usize = 64;

/// The longest user handle (WebAuthn §5.4.3).
const MAX_USER_ID: usize = 64;

/// No domain is longer.
const MAX_RP_ID: usize = 255;

/// A map whose entries are taken out one by one; what is left over is none of our business.
pub(super) struct Fields(Vec<(Value, Value)>);

impl Fields {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Status> {
        Self::of(Value::read(bytes).map_err(|_| Status::InvalidCbor)?).ok_or(Status::CborUnexpectedType)
    }

    fn take(&mut self, key: &Value) -> Option<Value> {
        let index = self.0.iter().position(|(other, _)| other == key)?;
        Some(self.0.swap_remove(index).1)
    }

    /// The parameter of this number.
    pub(super) fn optional<T: FromValue>(&mut self, number: u64) -> Result<Option<T>, Status> {
        self.take(&Value::Unsigned(number)).map(|value| T::of(value).ok_or(Status::CborUnexpectedType)).transpose()
    }

    pub(super) fn required<T: FromValue>(&mut self, number: u64) -> Result<T, Status> {
        self.optional(number)?.ok_or(Status::MissingParameter)
    }

    /// The member of this name.
    pub(super) fn named<T: FromValue>(&mut self, name: &str) -> Result<Option<T>, Status> {
        self.take(&Value::from(name)).map(|value| T::of(value).ok_or(Status::CborUnexpectedType)).transpose()
    }

    pub(super) fn required_named<T: FromValue>(&mut self, name: &str) -> Result<T, Status> {
        self.named(name)?.ok_or(Status::MissingParameter)
    }

    /// Which PIN protocol the message is in.
    pub(super) fn protocol(&mut self, number: u64) -> Result<Protocol, Status> {
        Protocol::read(self.required(number)?)
    }

    /// A list of credentials by id; none if it is empty, which means the same. Ids that can't be ours are left out.
    pub(super) fn credential_list(&mut self, number: u64) -> Result<Option<Vec<CredentialId>>, Status> {
        let items: Vec<Value> = self.optional(number)?.unwrap_or_default();
        if items.is_empty() {
            return Ok(None);
        }
        if items.len() > MAX_LIST {
            return Err(Status::LimitExceeded);
        }
        let mut ids = Vec::new();
        for item in items {
            let descriptor = Fields::of(item).ok_or(Status::CborUnexpectedType)?;
            if let Some(id) = descriptor.credential_id()?.filter(|id| !ids.contains(id)) {
                ids.push(id);
            }
        }
        Ok(Some(ids))
    }

    /// Reads this as a credential descriptor; none if no credential of ours is meant.
    pub(super) fn credential_id(mut self) -> Result<Option<CredentialId>, Status> {
        let id: Vec<u8> = self.required_named("id")?;
        let kind: String = self.required_named("type")?;
        Ok(if kind == "public-key" { id.try_into().ok() } else { None })
    }

    /// Reads this as a user entity.
    pub(super) fn user(mut self) -> Result<User, Status> {
        let id: Vec<u8> = self.required_named("id")?;
        if id.is_empty() {
            return Err(Status::InvalidParameter);
        }
        if id.len() > MAX_USER_ID {
            return Err(Status::LimitExceeded);
        }
        Ok(User { id, name: self.named("name")?.map(cut), display_name: self.named("displayName")?.map(cut) })
    }

    /// Reads this as a relying party.
    pub(super) fn relying_party(mut self) -> Result<RelyingParty, Status> {
        let id = relying_party_id(self.required_named("id")?)?;
        let id_hash = crate::crypto::sha256(&[id.as_bytes()]);
        Ok(RelyingParty { id_hash, id: Some(id), name: self.named("name")?.map(cut) })
    }
}

pub(super) fn relying_party_id(id: String) -> Result<String, Status> {
    match id.len() {
        0 => Err(Status::InvalidParameter),
        1..=MAX_RP_ID => Ok(id),
        _ => Err(Status::LimitExceeded),
    }
}

/// Cut so that it stays text.
pub(super) fn cut(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(MAX_NAME));
    name
}

/// The types that parameters have.
pub(super) trait FromValue: Sized {
    /// None if the value is of another type.
    fn of(value: Value) -> Option<Self>;
}

impl FromValue for Fields {
    fn of(value: Value) -> Option<Self> {
        if let Value::Map(entries) = value { Some(Self(entries)) } else { None }
    }
}

impl FromValue for Value {
    fn of(value: Value) -> Option<Self> {
        Some(value)
    }
}

impl FromValue for u64 {
    fn of(value: Value) -> Option<Self> {
        if let Value::Unsigned(number) = value { Some(number) } else { None }
    }
}

impl FromValue for bool {
    fn of(value: Value) -> Option<Self> {
        if let Value::Bool(value) = value { Some(value) } else { None }
    }
}

impl FromValue for String {
    fn of(value: Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text) } else { None }
    }
}

impl FromValue for Vec<u8> {
    fn of(value: Value) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes) } else { None }
    }
}

impl FromValue for Vec<Value> {
    fn of(value: Value) -> Option<Self> {
        if let Value::Array(items) = value { Some(items) } else { None }
    }
}
