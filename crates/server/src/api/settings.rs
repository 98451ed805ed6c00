//! The organisation's settings, its mail, what is running.

use axum::extract::State;
use keystead_directory::{
    Timestamp, Tx,
    cards::CardPolicy,
    db::Dialect,
    mails::{self, MailContent},
    settings::{self, Attestation, Settings, SettingsChange, SmartphonePasskeys},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::letters,
    app::App,
    http::{
        auth::Caller,
        error::{Code, Problem},
        etag::{IfMatch, Versioned},
        extract::{Json, Nothing},
    },
};

/// The organisation's settings.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// The organisation's name.
    organisation_name: String,
    /// How long a mailed link lives, 1 to 336 hours.
    link_lifetime_hours: i64,
    /// A session without a request ends after this, 5 to 1440 minutes.
    session_idle_minutes: i64,
    /// A session ends after this whatever happens, 1 to 720 hours.
    session_absolute_hours: i64,
    /// Whether a key must come with its maker's attestation.
    attestation: Attestation,
    /// The authenticator models that may be registered; empty: all.
    allowed_aaguids: Vec<Uuid>,
    /// Which passkeys phones may register.
    smartphone_passkeys: SmartphonePasskeys,
    /// What cards may do and what their PINs have to be like.
    card_policy: CardPolicy,
    /// Changes with every change.
    version: i64,
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        Self {
            organisation_name: settings.organisation().to_owned(),
            link_lifetime_hours: settings.link_lifetime_hours,
            session_idle_minutes: settings.session_idle_minutes,
            session_absolute_hours: settings.session_absolute_hours,
            attestation: settings.attestation,
            allowed_aaguids: settings.allowed_aaguids,
            smartphone_passkeys: settings.smartphone_passkeys,
            card_policy: settings.card_policy,
            version: settings.version,
        }
    }
}

/// Read the settings
#[utoipa::path(get, path = "/settings", tag = "Settings", responses((status = 200, body = SettingsView)))]
pub async fn get(State(app): State<App>) -> Result<Versioned<SettingsView>, Problem> {
    let settings = settings::get(&mut app.db.read().await?).await?;
    Ok(Versioned::ok(settings.version, settings.into()))
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateSettings {
    /// The organisation's name.
    organisation_name: Option<String>,
    /// 1 to 336.
    link_lifetime_hours: Option<i64>,
    /// 5 to 1440.
    session_idle_minutes: Option<i64>,
    /// 1 to 720.
    session_absolute_hours: Option<i64>,
    /// Whether a key must come with its maker's attestation.
    attestation: Option<Attestation>,
    /// The authenticator models that may be registered; empty: all.
    allowed_aaguids: Option<Vec<Uuid>>,
    /// Which passkeys phones may register.
    smartphone_passkeys: Option<SmartphonePasskeys>,
    /// What cards may do and what their PINs have to be like: the whole of it, rules that are left out are the defaults.
    card_policy: Option<CardPolicy>,
}

/// Change the settings
#[utoipa::path(patch, path = "/settings", tag = "Settings", params(("If-Match" = Option<String>, Header)),
    request_body = UpdateSettings, responses((status = 200, body = SettingsView)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    Json(body): Json<UpdateSettings>,
) -> Result<Versioned<SettingsView>, Problem> {
    let change = SettingsChange {
        organisation_name: body.organisation_name,
        link_lifetime_hours: body.link_lifetime_hours,
        session_idle_minutes: body.session_idle_minutes,
        session_absolute_hours: body.session_absolute_hours,
        attestation: body.attestation,
        allowed_aaguids: body.allowed_aaguids,
        smartphone_passkeys: body.smartphone_passkeys,
        card_policy: body.card_policy,
    };
    let mut tx: Tx = app.db.write(Timestamp::now()).await?;
    let settings = settings::update(&mut tx, caller.actor(), change, expected).await?;
    tx.commit().await?;
    Ok(Versioned::ok(settings.version, settings.into()))
}

/// How mail is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailState {
    /// Whether there is a mail server; without one, links are handed over by the administrator.
    pub configured: bool,
    /// The sender.
    pub from: Option<String>,
    /// The mail server, `host:port`.
    pub server: Option<String>,
    /// Mails that wait to be sent.
    pub queued: i64,
    /// Mails that were given up.
    pub given_up: i64,
}

/// How mail is doing, read.
pub async fn mail_state(app: &App) -> Result<MailState, Problem> {
    let counts = mails::counts(&mut app.db.read().await?).await?;
    Ok(MailState {
        configured: app.mailer.is_some(),
        from: app.mailer.as_ref().map(|mailer| mailer.from()),
        server: app.mailer.as_ref().map(|mailer| mailer.server()),
        queued: counts.queued,
        given_up: counts.given_up,
    })
}

/// Read how mail is doing
#[utoipa::path(get, path = "/settings/mail", tag = "Settings", responses((status = 200, body = MailState)))]
pub async fn mail(State(app): State<App>) -> Result<Json<MailState>, Problem> {
    mail_state(&app).await.map(Json)
}

/// A test mail that is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestMail {
    /// Always true.
    queued: bool,
}

/// Send a test mail to oneself
#[utoipa::path(post, path = "/settings/mail/test", tag = "Settings", responses((status = 200, body = TestMail)))]
pub async fn test_mail(State(app): State<App>, caller: Caller, _: Nothing) -> Result<Json<TestMail>, Problem> {
    if app.mailer.is_none() {
        let detail =
            "No mail server is configured. Set KEYSTEAD_SMTP_URL and KEYSTEAD_MAIL_FROM and start Keystead again.";
        return Err(Problem::new(Code::IllegalState, detail));
    }
    let mut tx = app.db.write(Timestamp::now()).await?;
    let content = MailContent::TestMail { at: tx.now() };
    letters::send(&app, &mut tx, &caller.person()?.user, content, None).await?;
    app.commit(tx).await?;
    Ok(Json(TestMail { queued: true }))
}

/// What is running.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The running version.
    version: &'static str,
    /// `sqlite` or `postgres`.
    database: &'static str,
    /// The address that links and keys are made for.
    public_url: String,
}

/// Read what is running
#[utoipa::path(get, path = "/settings/about", tag = "Settings", responses((status = 200, body = About)))]
pub async fn about(State(app): State<App>) -> Json<About> {
    Json(About {
        version: env!("CARGO_PKG_VERSION"),
        database: match app.db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        },
        public_url: app.config.public_url.to_string(),
    })
}
