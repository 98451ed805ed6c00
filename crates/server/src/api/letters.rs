//! The mails that endpoints write, in the transaction of their cause; [`App::commit`] sends them off.

use keystead_directory::{
    Error, Timestamp, Tx,
    ids::{ActivationId, KeyId, UserId},
    keys::{Assigned, Key},
    mails::{self, Letter, MailContent, NewMail},
    roles, settings,
    users::User,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;

/// The link for registering a key: mailed, or to be handed over by the administrator.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// The key that waits for it.
    pub key_id: KeyId,
    /// Whether a mail with it is on its way.
    pub mailed: bool,
    /// The link itself, shown once; only when no mail server is configured.
    pub link: Option<String>,
    /// When it runs out.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Mails a registration link to its person, or gives it back where there is no mail server.
pub async fn registration(
    app: &App,
    tx: &mut Tx,
    user: &User,
    assigned: &Assigned,
    note: Option<String>,
) -> Result<Registration, Error> {
    let link = app.config.public_url.link("/register", assigned.token.reveal());
    let mailed = app.mailer.is_some();
    if mailed {
        let content = MailContent::RegistrationLink { link: link.clone(), expires_at: assigned.expires_at, note };
        send(app, tx, user, content, Some(assigned.activation)).await?;
    }
    Ok(Registration {
        key_id: assigned.key.id,
        mailed,
        link: (!mailed).then_some(link),
        expires_at: assigned.expires_at,
    })
}

/// Writes a mail to a person; without a mail server none is written.
pub async fn send(
    app: &App,
    tx: &mut Tx,
    user: &User,
    content: MailContent,
    activation: Option<ActivationId>,
) -> Result<(), Error> {
    if app.mailer.is_none() {
        return Ok(());
    }
    let organisation_name = settings::get(tx).await?.organisation().to_owned();
    let letter = Letter { organisation_name, recipient_name: user.display_name.clone(), content };
    let mail = NewMail { to: user.email.clone(), letter, user_id: Some(user.id), activation_id: activation };
    mails::queue(tx, &app.sealer, mail).await?;
    Ok(())
}

/// Tells the holder that their key was registered, suspended or revoked.
pub async fn to_holder(app: &App, tx: &mut Tx, key: &Key, content: MailContent) -> Result<(), Error> {
    let user = keystead_directory::users::get(tx, key.user_id).await?;
    send(app, tx, &user, content, None).await
}

/// Writes to every owner and administrator (at most a hundred) about a person.
pub async fn to_administrators(app: &App, tx: &mut Tx, about: UserId, content: &MailContent) -> Result<(), Error> {
    for administrator in roles::administrators(tx).await? {
        if administrator.id != about {
            send(app, tx, &administrator, content.clone(), None).await?;
        }
    }
    Ok(())
}

/// The reason of a suspension or revocation in plain words.
pub fn reason(key: &Key) -> Option<String> {
    let words = match key.reason.as_deref()? {
        "lost" => "it was reported lost",
        "stolen" => "it was reported stolen",
        "replaced" => "it was replaced by another key",
        "left" => "you left the organisation",
        "counterRegressed" => "it may have been copied",
        other => other,
    };
    Some(words.to_owned())
}
