//! The pinUvAuthToken: what a right PIN gives to the platform, to use instead of the PIN (CTAP 2.1 §6.5.2.1).

use zeroize::Zeroizing;

use super::{Authenticator, Environment, Halt};
use crate::crypto::random_bytes;
use crate::pin_protocol::Protocol;
use crate::status::Status;

/// A token that is not used this long after it was given is worth nothing, in milliseconds.
const FIRST_USE_WITHIN: u64 = 30_000;

/// A token lives no longer than this, in milliseconds.
const LIFETIME: u64 = 600_000;

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Permissions(pub u64);

impl Permissions {
    pub(super) const MAKE_CREDENTIAL: Self = Self(0x01);
    pub(super) const GET_ASSERTION: Self = Self(0x02);
    pub(super) const MANAGE_CREDENTIALS: Self = Self(0x04);
    /// Permissions that the standard defines, for what this authenticator has not: bio enrollment, large blobs,
    /// configuration and persistent reading of credentials.
    pub(super) const NOT_OFFERED: Self = Self(0x78);

    pub(super) fn any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

pub(super) struct Token {
    pub value: Zeroizing<[u8; 32]>,
    protocol: Protocol,
    permissions: Permissions,
    /// Where it may be used; anywhere, until it is first used somewhere.
    relying_party_id: Option<String>,
    given_at: u64,
    used: bool,
}

/// What came with a command to prove that the PIN was given.
pub(super) struct Proof {
    pub protocol: Protocol,
    pub mac: Vec<u8>,
}

impl Token {
    pub(super) fn new(
        protocol: Protocol,
        permissions: Permissions,
        relying_party_id: Option<String>,
        environment: &mut Environment<'_>,
    ) -> Self {
        let value = Zeroizing::new(random_bytes(environment.random));
        Self { value, protocol, permissions, relying_party_id, given_at: environment.now, used: false }
    }

    pub(super) fn expired(&self, now: u64) -> bool {
        let age = now.saturating_sub(self.given_at);
        age >= LIFETIME || (!self.used && age >= FIRST_USE_WITHIN)
    }

    /// Binds a token that is good anywhere to this relying party; refuses one that is bound to another.
    pub(super) fn bind(&mut self, relying_party_id: &str) -> Result<(), Status> {
        let bound = self.relying_party_id.get_or_insert_with(|| relying_party_id.to_owned());
        if bound == relying_party_id { Ok(()) } else { Err(Status::PinAuthInvalid) }
    }

    /// Whether it was given for one relying party, and which.
    pub(super) fn bound_to(&self) -> Option<&str> {
        self.relying_party_id.as_deref()
    }

    /// Takes all permissions away: one PIN is good for one registration or sign-in.
    pub(super) fn spend(&mut self) {
        self.permissions = Permissions(0);
    }
}

impl Authenticator {
    /// The token, if the proof over the message was made with it and it permits this.
    pub(super) fn verify(
        &mut self,
        proof: &Proof,
        message: &[&[u8]],
        permission: Permissions,
    ) -> Result<&mut Token, Status> {
        let fits = |token: &&mut Token| {
            token.protocol == proof.protocol
                && token.protocol.verifies(&token.value, message, &proof.mac)
                && token.permissions.any_of(permission)
        };
        let token = self.token.as_mut().filter(fits).ok_or(Status::PinAuthInvalid)?;
        token.used = true;
        Ok(token)
    }

    /// What the older way to choose among several authenticators asks for: a proof without a byte is answered after a
    /// tap, with whether there is a PIN (CTAP 2.1 §6.1.2 step 1).
    pub(super) fn answer_empty_proof(mac: &[u8], environment: &mut Environment<'_>) -> Result<(), Halt> {
        if !mac.is_empty() {
            return Ok(());
        }
        environment.take_presence()?;
        Err(if environment.has_pin()? { Status::PinInvalid } else { Status::PinNotSet }.into())
    }
}
