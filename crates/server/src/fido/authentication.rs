//! The second half of an authentication: is this the key, and is its person here?

use serde_json::Value;
use uuid::Uuid;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AuthenticationExtensionsClientOutputs, AuthenticatorAssertionResponseRaw, PublicKeyCredential,
};

use super::answer::{Answer, AssertionResponse, AuthenticatorData};
use super::{AuthenticationState, CredentialRecord, Fido, Refused};

/// A person proved to hold their key and to be who unlocks it.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// The signature counter now; 0 for authenticators that do not count.
    pub sign_count: u32,
    /// BS: the credential is copied to other devices now.
    pub backed_up: bool,
    /// The record to store in place of the old one, when the counter or BS changed.
    pub record_updated: Option<CredentialRecord>,
}

impl Fido {
    /// Verifies an `AuthenticationResponseJSON` against the question it answers. `record` and
    /// `user` are what the database holds for the credential id that [`super::identify`] read.
    ///
    /// # Errors
    /// [`Refused`], with the reason. [`Refused::CounterRegressed`] comes only after the signature
    /// was found valid, so it is a finding about the key and not about a stranger's forgery.
    pub fn finish_authentication(
        &self,
        state: &AuthenticationState,
        credential: &Value,
        record: &CredentialRecord,
        user: Uuid,
    ) -> Result<Authenticated, Refused> {
        let answer = Answer::<AssertionResponse>::read(credential)?;
        let client_data_json = answer.response.client_data_json()?;
        self.check_client_data(&client_data_json, "webauthn.get")?;
        if answer.credential_id != record.credential_id() {
            return Err(Refused::UnknownCredential);
        }
        if let Some(allowed) = &state.allowed
            && !allowed.contains(&answer.id)
        {
            return Err(Refused::UnknownCredential);
        }
        // Where nobody was named beforehand, the authenticator has to say whose credential it is
        // (WebAuthn Level 3, 7.2 step 6); where it says so unasked, it has to be right.
        match answer.response.user()? {
            Some(named) if named == user => {}
            None if state.allowed.is_some() => {}
            _ => return Err(Refused::WrongUser),
        }

        let authenticator_data = answer.response.authenticator_data()?;
        let presented = AuthenticatorData::read(&authenticator_data)?.sign_count;
        let response = PublicKeyCredential {
            id: answer.id,
            raw_id: answer.credential_id,
            response: AuthenticatorAssertionResponseRaw {
                authenticator_data,
                client_data_json,
                signature: answer.response.signature()?,
                user_handle: None,
            },
            extensions: AuthenticationExtensionsClientOutputs::default(),
            type_: "public-key".to_owned(),
        };
        let CredentialRecord(stored) = record;
        let result =
            self.core.authenticate_single_credential(&response, &state.core, stored).map_err(|error| match error {
                WebauthnError::CredentialPossibleCompromise => {
                    Refused::CounterRegressed { stored: stored.counter, presented }
                }
                error => Refused::from_core(&error, Refused::SignatureInvalid),
            })?;

        Ok(Authenticated {
            sign_count: result.counter(),
            backed_up: result.backup_state(),
            record_updated: result.needs_update().then(|| {
                let mut updated = stored.clone();
                updated.counter = result.counter();
                updated.backup_state = result.backup_state();
                CredentialRecord(updated)
            }),
        })
    }
}
