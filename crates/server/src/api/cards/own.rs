//! The passkey for Keystead itself, which a card with a PIN has from the beginning: made like any other of the card's, and
//! verified like any other key's.

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead_ctap::store::User as Account;
use keystead_directory::{actor::Actor, cards::vault::NewPasskey, credentials, secret, users::User};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    api::registrations::stored,
    app::App,
    cards::{store, vault::CardKey},
    fido::{Hint, NewCredential, Policy},
};

/// See the [module](self).
pub struct Own {
    /// For the vault.
    pub passkey: NewPasskey,
    /// For sign-ins.
    pub credential: credentials::NewCredential,
}

/// Makes it. The models that an organisation allows are about keys that people bring along, so they are not asked.
///
/// # Errors
/// When what was made here is not what is verified here.
pub fn make(app: &App, key: &CardKey, organisation: &str, user: &User, actor: &Actor) -> anyhow::Result<Own> {
    let policy = Policy::default();
    let new = NewCredential {
        organisation_name: organisation,
        user: user.id.0,
        name: &user.user_name,
        display_name: &user.display_name,
        exclude: &[],
        hint: Hint::SecurityKey,
    };
    let (options, state) = app.fido.start_registration(&new, &policy)?;
    let client_data = json!({
        "type": "webauthn.create", "challenge": options["challenge"], "origin": app.fido.origin(), "crossOrigin": false,
    })
    .to_string();
    let account = Account {
        id: user.id.0.as_bytes().to_vec(),
        name: Some(user.user_name.clone()),
        display_name: Some(user.display_name.clone()),
    };
    let issued = keystead_ctap::issue(
        (app.fido.rp_id(), organisation),
        account,
        &Sha256::digest(&client_data).into(),
        app.vault.model(),
        &mut secret::fill,
    )
    .map_err(|status| anyhow::anyhow!("the card's core refuses: {status:?}"))?;
    let id = URL_SAFE_NO_PAD.encode(issued.credential.id);
    let answer = json!({
        "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "cross-platform",
        "clientExtensionResults": { "credProps": { "rk": true } },
        "response": {
            "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
            "attestationObject": URL_SAFE_NO_PAD.encode(&issued.attestation_object),
            "transports": ["usb"],
        },
    });
    let registered = app.fido.finish_registration(&state, &answer, &policy).context("the card's answer")?;
    let passkey = store::sealed(&app.vault, key, &issued.credential, &issued.secrets).context("it can't be sealed")?;
    let credential = stored(registered, actor).map_err(|_| anyhow::anyhow!("its record can't be written"))?;
    Ok(Own { passkey, credential })
}
