//! Registering a key by a link, in three steps: look at the link, ask the key, store the answer.
//! Only the last one uses the link up.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use keystead_directory::{
    Timestamp,
    activations::{self, Purpose},
    actor::Actor,
    credentials,
    ids::KeyId,
    keys::{self, KeyKind},
    mails::MailContent,
    secret::Token,
    settings::{self, Settings, SmartphonePasskeys},
    users::User,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    api::{
        ceremony::{self, Begin, Options},
        letters,
        views::link_holder,
    },
    app::App,
    fido::{
        AttestationPolicy, Hint, NewCredential, Place, Policy, Refused, Registered,
        ceremony::{Purpose as Ceremonies, State as Question},
    },
    http::{
        client::Client,
        error::{Code, Problem},
        extract::Json,
        layers::RequestId,
    },
};

const LINKS: &[Purpose] = &[Purpose::Register, Purpose::Recover];

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkToken {
    /// What stands behind the `#` of the link, or what a phone got for its code.
    token: String,
}

impl LinkToken {
    /// The token as it was presented.
    pub fn presented(&self) -> Token {
        Token::presented(&self.token)
    }
}

/// What a link is for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// `register` or `recover`.
    purpose: Purpose,
    /// Whose it is.
    person: LinkPerson,
    /// The organisation's name.
    organisation_name: String,
    /// The administrator's note.
    note: Option<String>,
    /// When it runs out.
    expires_at: Timestamp,
    /// The key it registers; none for recovery.
    key: Option<LinkKey>,
}

/// Whose a link is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkPerson {
    display_name: String,
    email: String,
}

/// The key that a link registers.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkKey {
    id: KeyId,
    name: String,
    kind: KeyKind,
}

/// Look at a registration link
///
/// It is not used up by this.
#[utoipa::path(post, path = "/registrations/inspect", tag = "Registration", request_body = LinkToken,
    responses((status = 200, body = LinkView)))]
pub async fn inspect(State(app): State<App>, Json(body): Json<LinkToken>) -> Result<Json<LinkView>, Problem> {
    let mut conn = app.db.read().await?;
    let (link, user) = activations::inspect(&mut conn, &body.presented(), LINKS, Timestamp::now()).await?;
    let user = user.ok_or_else(Problem::internal)?;
    let key = match link.key_id {
        Some(id) => Some(keys::get(&mut conn, id).await?),
        None => None,
    };
    Ok(Json(LinkView {
        purpose: link.purpose,
        person: LinkPerson { display_name: user.display_name, email: user.email },
        organisation_name: settings::get(&mut conn).await?.organisation().to_owned(),
        note: link.note,
        expires_at: link.expires_at,
        key: key.map(|key| LinkKey { id: key.id, name: key.name, kind: key.kind }),
    }))
}

fn tap_instead() -> Problem {
    Problem::new(Code::IllegalState, "This link activates a contactless card: lay the card on a reader.")
}

/// The organisation's policy for new keys.
pub fn policy(settings: &Settings) -> Policy {
    Policy {
        attestation: match settings.attestation {
            settings::Attestation::Any => AttestationPolicy::Any,
            settings::Attestation::Required => AttestationPolicy::Required,
        },
        allowed_aaguids: settings.allowed_aaguids.clone(),
        phones_may_sync: settings.smartphone_passkeys == SmartphonePasskeys::Synced,
    }
}

/// Begin to register a key
#[utoipa::path(post, path = "/registrations/options", tag = "Registration", request_body = LinkToken,
    responses((status = 200, body = Options)))]
pub async fn options(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<LinkToken>,
) -> Result<Response, Problem> {
    let now = Timestamp::now();
    let mut conn = app.db.read().await?;
    let (link, user) = activations::inspect(&mut conn, &body.presented(), LINKS, now).await?;
    let user = user.ok_or_else(Problem::internal)?;
    let settings = settings::get(&mut conn).await?;
    let hint = match link.key_id {
        Some(id) => match keys::get(&mut conn, id).await?.kind {
            KeyKind::HardwareKey => Hint::SecurityKey,
            KeyKind::Smartphone => Hint::Phone,
            KeyKind::Platform => Hint::None,
            // Its link leads to a reader: see `POST /registrations/card/readings`.
            KeyKind::ContactlessCard => return Err(tap_instead()),
        },
        None => Hint::None,
    };
    let held: Vec<Vec<u8>> =
        credentials::of_user(&mut conn, user.id).await?.into_iter().map(|held| held.credential_id).collect();
    drop(conn);
    let new = NewCredential {
        organisation_name: settings.organisation(),
        user: user.id.0,
        name: &user.user_name,
        display_name: &user.display_name,
        exclude: &held,
        hint,
    };
    let (options, state) = app.fido.start_registration(&new, &policy(&settings)).map_err(|error| {
        tracing::error!(%error, "a registration can't begin");
        Problem::internal()
    })?;
    let begin = Begin {
        purpose: Ceremonies::Registration,
        user: Some(user.id.0),
        subject: Some(link.id.0),
        state: Question::Registration(state),
        details: Value::Null,
    };
    ceremony::begin(&app, &headers, now, begin, options)
}

/// The browser's answer, with the link that allows it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinishRegistration {
    /// The secret of the link.
    pub token: String,
    /// As the options had it.
    pub ceremony_id: String,
    /// `PublicKeyCredential.toJSON()`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub credential: Value,
}

/// The key that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyRegistered {
    key: LinkKey,
    /// Its make, where it is known.
    model: Option<String>,
}

/// Finish to register a key
///
/// Uses the link up and binds the key, together. Of several at once one wins.
#[utoipa::path(post, path = "/registrations/finish", tag = "Registration", request_body = FinishRegistration,
    responses((status = 200, body = KeyRegistered)))]
pub async fn finish(
    State(app): State<App>,
    client: Client,
    RequestId(request_id): RequestId,
    headers: HeaderMap,
    Json(body): Json<FinishRegistration>,
) -> Result<Json<KeyRegistered>, Problem> {
    let now = Timestamp::now();
    let token = Token::presented(&body.token);
    let mut conn = app.db.read().await?;
    let (link, user) = activations::inspect(&mut conn, &token, LINKS, now).await?;
    let user = user.ok_or_else(Problem::internal)?;
    let policy = policy(&settings::get(&mut conn).await?);
    drop(conn);
    let ceremony = ceremony::open(&app, &headers, now, Ceremonies::Registration, Some(link.id.0), &body.ceremony_id)?;
    let Question::Registration(state) = &ceremony.state else { return Err(Problem::internal()) };
    let registered =
        app.fido.finish_registration(state, &body.credential, &policy).map_err(|refused| refuse(&refused))?;
    let kind = kind_of(&registered);
    let actor = link_holder(
        &user.display_name,
        &client.ip.to_string(),
        client.user_agent.as_deref(),
        Some(request_id.to_string()),
    );
    let mut tx = app.db.write(now).await?;
    ceremony::spend(&mut tx, &ceremony).await?;
    let credential = stored(registered, &actor)?;
    let (user, key) = activations::complete(&mut tx, &actor, &token, kind, credential).await?;
    tell(&app, &mut tx, &actor, &user, &key).await?;
    app.commit(tx).await?;
    Ok(Json(KeyRegistered { model: key.model, key: LinkKey { id: key.id, name: key.name, kind: key.kind } }))
}

/// Tells the person, at the address known before, that a key was bound to them.
pub async fn tell(
    app: &App,
    tx: &mut keystead_directory::Tx,
    actor: &Actor,
    user: &User,
    key: &keys::Key,
) -> Result<(), keystead_directory::Error> {
    let content = MailContent::KeyRegistered {
        key_name: key.name.clone(),
        model: key.model.clone(),
        at: tx.now(),
        ip: actor.ip.clone(),
        user_agent: actor.user_agent.clone(),
    };
    letters::send(app, tx, user, content, None).await
}

/// Why a key can't be registered, as a problem.
pub fn refuse(refused: &Refused) -> Problem {
    Problem::new(Code::CredentialRefused, refused.to_string())
}

/// What kind of key answered a question that was open to all.
pub fn kind_of(registered: &Registered) -> KeyKind {
    match registered.place {
        Place::ThisDevice => KeyKind::Platform,
        Place::AnotherDevice => KeyKind::Smartphone,
        Place::HardwareKey => KeyKind::HardwareKey,
    }
}

/// A proved credential as it is kept.
pub fn stored(registered: Registered, actor: &Actor) -> Result<credentials::NewCredential, Problem> {
    let algorithm = serde_json::to_value(registered.algorithm).ok().and_then(|name| name.as_str().map(str::to_owned));
    Ok(credentials::NewCredential {
        credential_id: registered.credential_id,
        record: serde_json::to_string(&registered.record).map_err(|_| Problem::internal())?,
        aaguid: Some(registered.aaguid).filter(|aaguid| !aaguid.is_nil()),
        model: registered.model.map(str::to_owned),
        transports: registered.transports.iter().map(|&transport| transport.to_owned()).collect(),
        backup_eligible: registered.backup_eligible,
        backed_up: registered.backed_up,
        attestation_format: registered.attestation_format.to_owned(),
        algorithm: algorithm.unwrap_or_default(),
        sign_count: i64::from(registered.sign_count),
        ip: actor.ip.clone(),
        user_agent: actor.user_agent.clone(),
    })
}
