//! One card's state for `keystead-ctap`, in the database. Each call is a transaction of its own that is durable before it
//! returns, under the lock of the card's row and only for the card's newest tap; so that of two workstations, or two
//! servers, that use one card, one is refused.
//!
//! It blocks: it is used on threads for that alone.

use keystead_ctap::store::{
    Credential, CredentialId, PinHash, PinState, Protection, RelyingParty, RpIdHash, Secrets, Signature, Store,
    StoreError, User,
};
use keystead_directory::{
    Error, Timestamp, Tx,
    actor::Actor,
    cards::{
        Card, CardPolicy,
        vault::{self, CAPACITY, Hold, NewPasskey, Passkey},
    },
    ids::PasskeyId,
    secret::Sealer,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use zeroize::Zeroizing;

use super::vault::{CardKey, Vault};
use crate::app::App;

/// See the [module](self).
pub struct CardStore {
    app: App,
    runtime: Handle,
    /// Which card, and by which tap.
    pub hold: Hold,
    /// In whose name the activity is written.
    actor: Actor,
    workstation: String,
    /// What the organisation asks at the moment.
    pub policy: CardPolicy,
    /// Unwrapped by the PIN.
    key: Option<CardKey>,
}

/// What is known of a passkey besides its secrets; sealed as JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    relying_party_hash: RpIdHash,
    relying_party_id: Option<String>,
    relying_party_name: Option<String>,
    user: Option<AboutUser>,
    public_key: Vec<u8>,
    protection: u8,
    discoverable: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AboutUser {
    id: Vec<u8>,
    name: Option<String>,
    display_name: Option<String>,
}

impl From<&Credential> for About {
    fn from(credential: &Credential) -> Self {
        let party = &credential.relying_party;
        Self {
            relying_party_hash: party.id_hash,
            relying_party_id: party.id.clone(),
            relying_party_name: party.name.clone(),
            user: credential.user.as_ref().map(|user| AboutUser {
                id: user.id.clone(),
                name: user.name.clone(),
                display_name: user.display_name.clone(),
            }),
            public_key: credential.public_key.to_vec(),
            protection: credential.protection as u8,
            discoverable: credential.discoverable,
        }
    }
}

/// A passkey as its credential, if it was sealed by this vault.
pub fn credential(vault: &Vault, passkey: &Passkey) -> Option<Credential> {
    let about: About = serde_json::from_slice(&vault.open_about(passkey.id, &passkey.sealed_about)?).ok()?;
    Some(Credential {
        id: passkey.credential_id.as_slice().try_into().ok()?,
        relying_party: RelyingParty {
            id_hash: about.relying_party_hash,
            id: about.relying_party_id,
            name: about.relying_party_name,
        },
        user: about.user.map(|user| User { id: user.id, name: user.name, display_name: user.display_name }),
        public_key: about.public_key.try_into().ok()?,
        protection: match about.protection {
            1 => Protection::Optional,
            2 => Protection::WithId,
            _ => Protection::Required,
        },
        discoverable: about.discoverable,
    })
}

/// A new passkey as it is kept: what is known of it under the vault's key, its secrets under the card's.
pub fn sealed(vault: &Vault, key: &CardKey, credential: &Credential, secrets: &Secrets) -> Option<NewPasskey> {
    let id = PasskeyId::new();
    let about = serde_json::to_vec(&About::from(credential)).ok()?;
    let plain = Zeroizing::new(
        [secrets.private_key, secrets.hmac_with_verification, secrets.hmac_without_verification].concat(),
    );
    Some(NewPasskey {
        id,
        credential_id: credential.id.to_vec(),
        sealed_about: vault.seal_about(id, &about),
        sealed_secrets: Sealer::new(key).seal(&format!("secrets:{id}"), &plain),
    })
}

fn refused(error: &Error) -> StoreError {
    match error {
        Error::IllegalState(_) => StoreError::Denied,
        Error::Forbidden(_) => StoreError::Full,
        Error::NotFound(_) => StoreError::NotFound,
        error => {
            tracing::error!(%error, "a card's state can't be read or written");
            StoreError::Failed
        }
    }
}

impl CardStore {
    /// The state of a card that was just tapped. `runtime` is the one that the database runs on.
    pub fn new(app: App, runtime: Handle, hold: Hold, actor: Actor, workstation: String) -> Self {
        Self { app, runtime, hold, actor, workstation, policy: CardPolicy::default(), key: None }
    }

    /// The card, if it may be used.
    ///
    /// # Errors
    /// [`StoreError::Denied`] if not.
    pub fn card(&self) -> Result<Card, StoreError> {
        self.runtime
            .block_on(async { vault::look(&mut self.app.db.read().await?, self.hold).await })
            .map_err(|error| refused(&error))
    }

    fn change<T>(&self, work: impl AsyncFnOnce(&mut Tx) -> keystead_directory::Result<T>) -> Result<T, StoreError> {
        let done = self.runtime.block_on(async {
            let mut tx = self.app.db.write(Timestamp::now()).await?;
            let done = work(&mut tx).await?;
            tx.commit().await?;
            Ok(done)
        });
        done.map_err(|error| refused(&error))
    }

    fn passkeys(&self) -> Result<Vec<Passkey>, StoreError> {
        let passkeys = self.runtime.block_on(async {
            let mut conn = self.app.db.read().await?;
            vault::look(&mut conn, self.hold).await?;
            vault::passkeys(&mut conn, self.hold.card).await
        });
        passkeys.map_err(|error| refused(&error))
    }

    fn passkey(&self, id: &CredentialId) -> Result<Passkey, StoreError> {
        self.passkeys()?.into_iter().find(|passkey| passkey.credential_id == id).ok_or(StoreError::NotFound)
    }

    fn opened(&self, passkey: &Passkey) -> Result<Credential, StoreError> {
        credential(&self.app.vault, passkey).ok_or_else(|| {
            tracing::error!(passkey = %passkey.id, "a passkey was not sealed by this vault");
            StoreError::Failed
        })
    }

    /// The card's key: what the PIN unwrapped, or what needs none.
    fn key(&self) -> Result<CardKey, StoreError> {
        let card = self.card()?;
        match &self.key {
            Some(key) => Ok(key.clone()),
            None if card.pin_salt.is_some() => Err(StoreError::Locked),
            None => {
                let sealed = card.sealed_key.as_deref().ok_or(StoreError::Denied)?;
                self.app.vault.unwrap(card.id, sealed, None).ok_or(StoreError::Failed)
            }
        }
    }

    /// What signs in to Keystead goes with the key that it belongs to, and not by the card's own commands: otherwise the
    /// key would stand there as active and sign nobody in.
    fn is_ours(&self, credential: &Credential) -> bool {
        credential.relying_party.id.as_deref() == Some(self.app.fido.rp_id())
    }

    fn details(&self, credential: &Credential) -> Value {
        let user = credential.user.as_ref().and_then(|user| user.name.clone().or_else(|| user.display_name.clone()));
        json!({
            "relyingParty": credential.relying_party.id, "account": user, "workstation": self.workstation,
        })
    }
}

impl Store for CardStore {
    fn pin(&mut self) -> Result<Option<PinState>, StoreError> {
        let card = self.card()?;
        let tries_left = u8::try_from(card.pin_tries).unwrap_or(0);
        Ok(card.pin_salt.map(|_| PinState { tries_left, must_change: card.pin_must_change }))
    }

    fn spend_pin_try(&mut self) -> Result<(), StoreError> {
        self.change(async |tx| vault::spend_try(tx, self.hold, &self.actor).await)
    }

    fn open(&mut self, pin: &PinHash) -> Result<bool, StoreError> {
        self.key = None;
        let card = self.card()?;
        let (Some(sealed), Some(salt)) = (&card.sealed_key, &card.pin_salt) else { return Err(StoreError::Denied) };
        let Some(key) = self.app.vault.unwrap(card.id, sealed, Some((pin, salt))) else { return Ok(false) };
        self.change(async |tx| vault::restore_tries(tx, self.hold).await)?;
        self.key = Some(key);
        Ok(true)
    }

    fn set_pin(&mut self, pin: &PinHash) -> Result<(), StoreError> {
        let (key, card) = (self.key()?, self.hold.card);
        let history = self.policy.history;
        let earlier = self
            .runtime
            .block_on(async { vault::earlier_pins(&mut self.app.db.read().await?, card, history).await })
            .map_err(|error| refused(&error))?;
        if earlier.iter().any(|earlier| self.app.vault.is_earlier(pin, earlier)) {
            return Err(StoreError::PinRefused);
        }
        let (sealed, remembered) = self.app.vault.wrap(card, &key, Some(pin), false).ok_or(StoreError::Failed)?;
        let remembered = remembered.ok_or(StoreError::Failed)?;
        self.change(async |tx| vault::set_pin(tx, self.hold, &self.actor, sealed, remembered).await)?;
        self.key = None;
        Ok(())
    }

    fn lock(&mut self) {
        self.key = None;
    }

    fn room(&mut self) -> Result<usize, StoreError> {
        Ok(CAPACITY.saturating_sub(self.passkeys()?.len()))
    }

    fn credentials(&mut self, relying_party: Option<&RpIdHash>) -> Result<Vec<Credential>, StoreError> {
        let mut credentials = Vec::new();
        for passkey in self.passkeys()? {
            let credential = self.opened(&passkey)?;
            if relying_party.is_none_or(|hash| credential.relying_party.id_hash == *hash) {
                credentials.push(credential);
            }
        }
        Ok(credentials)
    }

    fn add(
        &mut self,
        credential: &Credential,
        secrets: &Secrets,
        replaces: Option<&CredentialId>,
    ) -> Result<(), StoreError> {
        if replaces.is_some() && self.is_ours(credential) {
            return Err(StoreError::Denied);
        }
        let new = sealed(&self.app.vault, &self.key()?, credential, secrets).ok_or(StoreError::Failed)?;
        let (details, replaces) = (self.details(credential), replaces.map(|id| &id[..]));
        self.change(async |tx| vault::add(tx, self.hold, &self.actor, &self.workstation, new, replaces, details).await)
    }

    fn secrets(&mut self, id: &CredentialId) -> Result<Secrets, StoreError> {
        let (key, passkey) = (self.key()?, self.passkey(id)?);
        let plain = Sealer::new(&key).open(&format!("secrets:{}", passkey.id), &passkey.sealed_secrets);
        let plain = Zeroizing::new(plain.map_err(|error| refused(&error))?);
        let part = |at: usize| plain.get(at * 32..(at + 1) * 32)?.try_into().ok();
        match (part(0), part(1), part(2)) {
            (Some(private_key), Some(hmac_with_verification), Some(hmac_without_verification)) => {
                Ok(Secrets { private_key, hmac_with_verification, hmac_without_verification })
            }
            _ => Err(StoreError::Failed),
        }
    }

    fn count_signature(&mut self, id: &CredentialId, signature: Signature) -> Result<u32, StoreError> {
        let credential = self.opened(&self.passkey(id)?)?;
        let mut details = self.details(&credential);
        details["pin"] = json!(signature.verified);
        // Which of several accounts was chosen is between the person and their platform.
        details["accounts"] = json!(signature.candidates);
        let count = self.change(async |tx| {
            vault::count_signature(tx, self.hold, &self.actor, &self.workstation, id, details).await
        })?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn signature_count(&mut self, id: &CredentialId) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.passkey(id)?.signatures).unwrap_or(u32::MAX))
    }

    fn update_user(&mut self, id: &CredentialId, user: &User) -> Result<(), StoreError> {
        let passkey = self.passkey(id)?;
        let credential = Credential { user: Some(user.clone()), ..self.opened(&passkey)? };
        let about = serde_json::to_vec(&About::from(&credential)).map_err(|_| StoreError::Failed)?;
        let sealed = self.app.vault.seal_about(passkey.id, &about);
        self.change(async |tx| vault::update_about(tx, self.hold, passkey.id, sealed).await)
    }

    fn remove(&mut self, id: &CredentialId) -> Result<(), StoreError> {
        let credential = self.opened(&self.passkey(id)?)?;
        if self.is_ours(&credential) {
            return Err(StoreError::Denied);
        }
        let details = self.details(&credential);
        self.change(async |tx| vault::remove(tx, self.hold, &self.actor, id, details).await)
    }
}
