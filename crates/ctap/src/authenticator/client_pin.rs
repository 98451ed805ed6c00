//! authenticatorClientPIN (CTAP 2.1 §6.5).

use zeroize::Zeroizing;

use super::request::{Fields, relying_party_id};
use super::token::{Permissions, Token};
use super::{Authenticator, Environment, Halt};
use crate::cbor::{Value, numbered};
use crate::crypto::{agreement_key, read_agreement_key};
use crate::pin_protocol::{Protocol, SharedSecret};
use crate::pin_rules::LONGEST_PIN;
use crate::status::Status;
use crate::store::{PinHash, PinState};

/// After so many wrong PINs in a row the next one needs a new tap.
const WRONG_IN_A_ROW: u8 = 3;

/// A new PIN comes padded with zeros to this length, so that it does not show its own.
const PADDED_PIN: usize = 64;

impl Authenticator {
    pub(super) fn client_pin(
        &mut self,
        mut fields: Fields,
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, Halt> {
        match fields.required::<u64>(2)? {
            0x01 => self.pin_retries(environment),
            0x02 => {
                fields.protocol(1)?;
                let key = agreement_key(&self.key_agreement(environment.random).public_key());
                Ok(numbered([(1, Some(key))]).write())
            }
            0x03 => self.set_pin(fields, environment),
            0x04 => self.change_pin(fields, environment),
            0x05 => {
                if fields.optional::<u64>(9)?.is_some() || fields.optional::<String>(0x0a)?.is_some() {
                    return Err(Status::InvalidParameter.into());
                }
                // What the older platforms, which know no permissions, may do with it.
                let permissions = Permissions(Permissions::MAKE_CREDENTIAL.0 | Permissions::GET_ASSERTION.0);
                self.give_token(fields, permissions, None, environment)
            }
            0x09 => {
                let permissions = Permissions(fields.required(9)?);
                let relying_party = fields.optional(0x0a)?.map(relying_party_id).transpose()?;
                let needs_one = Permissions(Permissions::MAKE_CREDENTIAL.0 | Permissions::GET_ASSERTION.0);
                if permissions == Permissions(0) {
                    return Err(Status::InvalidParameter.into());
                }
                if permissions.any_of(Permissions::NOT_OFFERED) {
                    return Err(Status::UnauthorizedPermission.into());
                }
                if permissions.any_of(needs_one) && relying_party.is_none() {
                    return Err(Status::MissingParameter.into());
                }
                self.give_token(fields, permissions, relying_party, environment)
            }
            _ => Err(Status::InvalidSubcommand.into()),
        }
    }

    fn pin_retries(&self, environment: &mut Environment<'_>) -> Result<Vec<u8>, Halt> {
        let pin = environment.store.pin()?.ok_or(Status::PinNotSet)?;
        let needs_tap = self.wrong_pins >= WRONG_IN_A_ROW;
        Ok(numbered([(3, Some(u64::from(pin.tries_left).into())), (4, Some(needs_tap.into()))]).write())
    }

    fn set_pin(&mut self, mut fields: Fields, environment: &mut Environment<'_>) -> Result<Vec<u8>, Halt> {
        let shared = self.share(&mut fields)?;
        let proof: Vec<u8> = fields.required(4)?;
        let sealed: Vec<u8> = fields.required(5)?;
        if environment.has_pin()? || !shared.verifies(&[&sealed], &proof) {
            return Err(Status::PinAuthInvalid.into());
        }
        let pin = new_pin(&shared, &sealed, environment)?;
        environment.store.set_pin(&pin)?;
        self.close(environment.store);
        Ok(Vec::new())
    }

    fn change_pin(&mut self, mut fields: Fields, environment: &mut Environment<'_>) -> Result<Vec<u8>, Halt> {
        let shared = self.share(&mut fields)?;
        let proof: Vec<u8> = fields.required(4)?;
        let sealed: Vec<u8> = fields.required(5)?;
        let sealed_hash: Vec<u8> = fields.required(6)?;
        let state = self.pin_to_try(environment)?;
        if !shared.verifies(&[&sealed, &sealed_hash], &proof) {
            return Err(Status::PinAuthInvalid.into());
        }
        let old = self.try_pin(&shared, &sealed_hash, environment)?;
        // Whatever becomes of the new PIN, the old one opened the store for nothing else.
        let changed = new_pin(&shared, &sealed, environment).and_then(|new| {
            if state.must_change && new == old {
                return Err(Status::PinPolicyViolation);
            }
            Ok(environment.store.set_pin(&new)?)
        });
        self.close(environment.store);
        changed?;
        Ok(Vec::new())
    }

    fn give_token(
        &mut self,
        mut fields: Fields,
        permissions: Permissions,
        relying_party_id: Option<String>,
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, Halt> {
        let protocol = fields.protocol(1)?;
        let shared = self.share_over(protocol, &mut fields)?;
        let sealed_hash: Vec<u8> = fields.required(6)?;
        let state = self.pin_to_try(environment)?;
        self.try_pin(&shared, &sealed_hash, environment)?;
        if state.must_change {
            self.close(environment.store);
            return Err(Status::PinInvalid.into());
        }
        let token = Token::new(protocol, permissions, relying_party_id, environment);
        let sealed = shared.encrypt(&*token.value, environment.random)?;
        self.token = Some(token);
        Ok(numbered([(2, Some(Value::from(sealed)))]).write())
    }

    fn share(&mut self, fields: &mut Fields) -> Result<SharedSecret, Status> {
        let protocol = fields.protocol(1)?;
        self.share_over(protocol, fields)
    }

    fn share_over(&mut self, protocol: Protocol, fields: &mut Fields) -> Result<SharedSecret, Status> {
        let theirs = read_agreement_key(&fields.required(3)?)?;
        // Who never asked for our key can't share a secret with it.
        let ours = self.key_agreement.as_ref().ok_or(Status::PinAuthInvalid)?;
        Ok(protocol.agree(ours, &theirs))
    }

    /// The PIN's state, if a PIN may be tried at all.
    fn pin_to_try(&self, environment: &mut Environment<'_>) -> Result<PinState, Status> {
        let pin = environment.store.pin()?.ok_or(Status::PinNotSet)?;
        if pin.tries_left == 0 {
            Err(Status::PinBlocked)
        } else if self.wrong_pins >= WRONG_IN_A_ROW {
            Err(Status::PinAuthBlocked)
        } else {
            Ok(pin)
        }
    }

    /// Opens the store with the PIN: the try is spent before anybody looks at it.
    fn try_pin(
        &mut self,
        shared: &SharedSecret,
        sealed_hash: &[u8],
        environment: &mut Environment<'_>,
    ) -> Result<PinHash, Status> {
        environment.store.spend_pin_try()?;
        let hash = shared.decrypt(sealed_hash).ok().and_then(|plain| Some(PinHash(plain.as_slice().try_into().ok()?)));
        // What was opened by an earlier PIN is closed by a wrong one.
        self.token = None;
        let opened = match &hash {
            Some(hash) => environment.store.open(hash)?,
            None => false,
        };
        if let Some(hash) = hash.filter(|_| opened) {
            self.wrong_pins = 0;
            return Ok(hash);
        }
        self.wrong_pins += 1;
        self.key_agreement = None;
        self.close(environment.store);
        Err(match environment.store.pin()? {
            Some(PinState { tries_left: 0, .. }) => Status::PinBlocked,
            _ if self.wrong_pins >= WRONG_IN_A_ROW => Status::PinAuthBlocked,
            _ => Status::PinInvalid,
        })
    }
}

/// The new PIN, if the organisation takes it.
fn new_pin(shared: &SharedSecret, sealed: &[u8], environment: &Environment<'_>) -> Result<PinHash, Status> {
    let padded = shared.decrypt(sealed)?;
    if padded.len() != PADDED_PIN {
        return Err(Status::InvalidParameter);
    }
    let length = padded.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let pin = Zeroizing::new(padded[..length].to_vec());
    let pin = str::from_utf8(&pin).ok().filter(|pin| pin.len() <= LONGEST_PIN).ok_or(Status::PinPolicyViolation)?;
    environment.policy.pin_rules.check(pin).map_err(|_| Status::PinPolicyViolation)?;
    Ok(PinHash::of(pin))
}
