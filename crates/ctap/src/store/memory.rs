use subtle::ConstantTimeEq;

use super::{
    Credential, CredentialId, PIN_TRIES, PinHash, PinState, RpIdHash, Secrets, Signature, Store, StoreError, User,
};

/// A card in memory: for tests, and the model of what a [`Store`] does. It seals nothing.
#[derive(Clone)]
pub struct MemoryStore {
    pin: Option<(PinHash, PinState)>,
    open: bool,
    capacity: usize,
    /// Oldest first.
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    credential: Credential,
    secrets: Secrets,
    signatures: u32,
}

impl MemoryStore {
    /// An empty card without a PIN that takes `capacity` credentials.
    pub fn new(capacity: usize) -> Self {
        Self { pin: None, open: false, capacity, entries: Vec::new() }
    }

    /// Demands another PIN before the present one is good for anything; without a PIN, nothing changes.
    pub fn demand_pin_change(&mut self) {
        if let Some((_, state)) = &mut self.pin {
            state.must_change = true;
        }
    }

    fn sealed(&self) -> bool {
        self.pin.is_some() && !self.open
    }

    fn entry(&mut self, id: &CredentialId) -> Result<&mut Entry, StoreError> {
        self.entries.iter_mut().find(|entry| entry.credential.id == *id).ok_or(StoreError::NotFound)
    }
}

impl Store for MemoryStore {
    fn pin(&mut self) -> Result<Option<PinState>, StoreError> {
        Ok(self.pin.as_ref().map(|(_, state)| *state))
    }

    fn spend_pin_try(&mut self) -> Result<(), StoreError> {
        let (_, state) = self.pin.as_mut().ok_or(StoreError::Denied)?;
        state.tries_left = state.tries_left.saturating_sub(1);
        Ok(())
    }

    fn open(&mut self, pin: &PinHash) -> Result<bool, StoreError> {
        let (known, state) = self.pin.as_mut().ok_or(StoreError::Denied)?;
        self.open = known.as_bytes().ct_eq(pin.as_bytes()).into();
        if self.open {
            state.tries_left = PIN_TRIES;
        }
        Ok(self.open)
    }

    fn set_pin(&mut self, pin: &PinHash) -> Result<(), StoreError> {
        if self.sealed() {
            return Err(StoreError::Locked);
        }
        self.pin = Some((pin.clone(), PinState { tries_left: PIN_TRIES, must_change: false }));
        self.open = false;
        Ok(())
    }

    fn lock(&mut self) {
        self.open = false;
    }

    fn room(&mut self) -> Result<usize, StoreError> {
        Ok(self.capacity.saturating_sub(self.entries.len()))
    }

    fn credentials(&mut self, relying_party: Option<&RpIdHash>) -> Result<Vec<Credential>, StoreError> {
        let newest_first = self.entries.iter().rev().map(|entry| &entry.credential);
        let wanted =
            |credential: &&Credential| relying_party.is_none_or(|id_hash| credential.relying_party.id_hash == *id_hash);
        Ok(newest_first.filter(wanted).cloned().collect())
    }

    fn add(
        &mut self,
        credential: &Credential,
        secrets: &Secrets,
        replaces: Option<&CredentialId>,
    ) -> Result<(), StoreError> {
        if self.sealed() {
            return Err(StoreError::Locked);
        }
        if let Some(id) = replaces {
            self.entries.retain(|entry| entry.credential.id != *id);
        }
        if self.entries.len() >= self.capacity {
            return Err(StoreError::Full);
        }
        self.entries.push(Entry { credential: credential.clone(), secrets: secrets.clone(), signatures: 0 });
        Ok(())
    }

    fn secrets(&mut self, id: &CredentialId) -> Result<Secrets, StoreError> {
        if self.sealed() {
            return Err(StoreError::Locked);
        }
        Ok(self.entry(id)?.secrets.clone())
    }

    fn count_signature(&mut self, id: &CredentialId, _signature: Signature) -> Result<u32, StoreError> {
        let entry = self.entry(id)?;
        entry.signatures = entry.signatures.saturating_add(1);
        Ok(entry.signatures)
    }

    fn signature_count(&mut self, id: &CredentialId) -> Result<u32, StoreError> {
        Ok(self.entry(id)?.signatures)
    }

    fn update_user(&mut self, id: &CredentialId, user: &User) -> Result<(), StoreError> {
        self.entry(id)?.credential.user = Some(user.clone());
        Ok(())
    }

    fn remove(&mut self, id: &CredentialId) -> Result<(), StoreError> {
        self.entry(id)?;
        self.entries.retain(|entry| entry.credential.id != *id);
        Ok(())
    }
}
