//! The mails that endpoints write, in the transaction of their cause; [`App::commit`] sends them off.

use keystead_directory::{
    Error, Timestamp, Tx,
    ids::{ActivationId, KeyId, UserId},
    keys::{Assigned, Key, KeyKind},
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
    /// The link itself, shown once; only when no mail server is configured or the person has no address,
    /// and not when a code is shown instead.
    pub link: Option<String>,
    /// When it runs out.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// How a key gets to its person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Activation {
    /// By a link that is mailed, or handed over by the administrator.
    #[default]
    Link,
    /// The person stands beside the administrator, who shows a code for their phone next
    /// (`POST /keys/{id}/carry-over`), or has their card at hand (`POST /keys/{id}/card/readings`). No mail leaves;
    /// for smartphones and contactless cards only.
    Now,
}

impl Activation {
    /// Whether a key of this kind can be activated so.
    ///
    /// # Errors
    /// `notAllowed` at `field`.
    pub fn check(self, kind: KeyKind, field: &str) -> Result<(), Error> {
        if self == Self::Link || matches!(kind, KeyKind::Smartphone | KeyKind::ContactlessCard) {
            return Ok(());
        }
        Err(Error::field(
            field,
            "notAllowed",
            "Only a smartphone or a contactless card is activated on the spot. Send a link instead.",
        ))
    }
}

/// Mails a registration link to its person, or gives it back where there is no mail server or no address.
pub async fn registration(
    app: &App,
    tx: &mut Tx,
    user: &User,
    assigned: &Assigned,
    note: Option<String>,
    activation: Activation,
) -> Result<Registration, Error> {
    if activation == Activation::Now {
        return Ok(Registration {
            key_id: assigned.key.id,
            mailed: false,
            link: None,
            expires_at: assigned.expires_at,
        });
    }
    let link = app.config.public_url.link("/register", assigned.token.reveal());
    let mailed = app.mailer.is_some() && !user.email.is_empty();
    if mailed {
        let content = MailContent::RegistrationLink {
            link: link.clone(),
            key_kind: assigned.key.kind,
            expires_at: assigned.expires_at,
            note,
        };
        send(app, tx, user, content, Some(assigned.activation)).await?;
    }
    Ok(Registration {
        key_id: assigned.key.id,
        mailed,
        link: (!mailed).then_some(link),
        expires_at: assigned.expires_at,
    })
}

/// Writes a mail to a person; without a mail server or an address none is written.
pub async fn send(
    app: &App,
    tx: &mut Tx,
    user: &User,
    content: MailContent,
    activation: Option<ActivationId>,
) -> Result<(), Error> {
    if app.mailer.is_none() || user.email.is_empty() {
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
