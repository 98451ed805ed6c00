//! A store that looks over the authenticator's shoulder: it notes the order of calls, and fails on demand.

use keystead_ctap::Store;
use keystead_ctap::store::{
    Credential, CredentialId, MemoryStore, PinHash, PinState, RpIdHash, Secrets, Signature, StoreError, User,
};

/// What goes wrong.
#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    SpendPinTry,
    Open,
    Suspended,
    KnownPin,
}

pub struct Vault {
    inner: MemoryStore,
    open: bool,
    pub fault: Option<Fault>,
    /// The calls that change something or unseal it.
    pub calls: Vec<&'static str>,
    pub last_signature: Option<Signature>,
}

impl Default for Vault {
    fn default() -> Self {
        let inner = MemoryStore::new(10);
        Self { inner, open: false, fault: None, calls: Vec::new(), last_signature: None }
    }
}

impl Vault {
    pub fn is_open(&self) -> bool {
        self.open
    }

    pub fn has_pin(&mut self) -> bool {
        self.inner.pin().unwrap().is_some()
    }

    pub fn tries_left(&mut self) -> u8 {
        self.inner.pin().unwrap().map_or(8, |pin| pin.tries_left)
    }

    fn fails(&self, fault: Fault, error: StoreError) -> Result<(), StoreError> {
        if self.fault == Some(fault) { Err(error) } else { Ok(()) }
    }
}

impl Store for Vault {
    fn pin(&mut self) -> Result<Option<PinState>, StoreError> {
        self.fails(Fault::Suspended, StoreError::Denied)?;
        self.inner.pin()
    }

    fn spend_pin_try(&mut self) -> Result<(), StoreError> {
        self.calls.push("spend_pin_try");
        self.fails(Fault::SpendPinTry, StoreError::Failed)?;
        self.inner.spend_pin_try()
    }

    fn open(&mut self, pin: &PinHash) -> Result<bool, StoreError> {
        self.calls.push("open");
        self.fails(Fault::Open, StoreError::Failed)?;
        self.open = self.inner.open(pin)?;
        Ok(self.open)
    }

    fn set_pin(&mut self, pin: &PinHash) -> Result<(), StoreError> {
        self.calls.push("set_pin");
        self.fails(Fault::KnownPin, StoreError::PinRefused)?;
        self.open = false;
        self.inner.set_pin(pin)
    }

    fn lock(&mut self) {
        self.open = false;
        self.inner.lock();
    }

    fn room(&mut self) -> Result<usize, StoreError> {
        self.inner.room()
    }

    fn credentials(&mut self, relying_party: Option<&RpIdHash>) -> Result<Vec<Credential>, StoreError> {
        self.fails(Fault::Suspended, StoreError::Denied)?;
        self.inner.credentials(relying_party)
    }

    fn add(
        &mut self,
        credential: &Credential,
        secrets: &Secrets,
        replaces: Option<&CredentialId>,
    ) -> Result<(), StoreError> {
        self.calls.push("add");
        self.inner.add(credential, secrets, replaces)
    }

    fn secrets(&mut self, id: &CredentialId) -> Result<Secrets, StoreError> {
        self.calls.push("secrets");
        self.inner.secrets(id)
    }

    fn count_signature(&mut self, id: &CredentialId, signature: Signature) -> Result<u32, StoreError> {
        self.calls.push("count_signature");
        self.last_signature = Some(signature);
        self.inner.count_signature(id, signature)
    }

    fn signature_count(&mut self, id: &CredentialId) -> Result<u32, StoreError> {
        self.inner.signature_count(id)
    }

    fn update_user(&mut self, id: &CredentialId, user: &User) -> Result<(), StoreError> {
        self.calls.push("update_user");
        self.inner.update_user(id, user)
    }

    fn remove(&mut self, id: &CredentialId) -> Result<(), StoreError> {
        self.calls.push("remove");
        self.inner.remove(id)
    }
}
