//! Ceremonies between two requests: sealed into the browser's hands, bound to it by a cookie, and
//! usable once, on any server.

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use keystead_directory::{Timestamp, Tx, credentials, ids::new_uuid, secret::Token};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::App,
    fido::ceremony::{BrowserBinding, Ceremony, Expected, Purpose, State},
    http::{
        cookies::Cookie,
        error::{Code, Problem},
        extract::Json,
    },
};

/// Seconds for which a ceremony and its cookie live.
const LIFETIME: i64 = 300;

/// The question that the browser's authenticator is to answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// Brought back with the answer, within five minutes, once.
    ceremony_id: String,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`
    /// (Web Authentication Level 3, section 5.1).
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    public_key: Value,
}

/// The browser's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// As the options had it.
    pub ceremony_id: String,
    /// `PublicKeyCredential.toJSON()`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub credential: Value,
}

/// What a new ceremony is about.
pub struct Begin {
    /// What it is for.
    pub purpose: Purpose,
    /// The person.
    pub user: Option<Uuid>,
    /// The link or session that allows it.
    pub subject: Option<Uuid>,
    /// The question, as the server remembers it.
    pub state: State,
    /// What the second half needs.
    pub details: Value,
}

/// Answers with the question, and gives the browser the cookie that binds it.
pub fn begin(
    app: &App,
    headers: &HeaderMap,
    now: Timestamp,
    begin: Begin,
    public_key: Value,
) -> Result<Response, Problem> {
    // Several tabs may have a ceremony each: a cookie that is there is kept.
    let cookie = Cookie::Ceremony.read(headers, &app.config.public_url);
    let cookie = cookie.unwrap_or_else(|| Token::generate("").reveal().to_owned());
    let ceremony = Ceremony {
        id: new_uuid(),
        purpose: begin.purpose,
        user: begin.user,
        subject: begin.subject,
        expires_at: Ceremony::expiry(moment(now)?),
        browser: BrowserBinding::of(&cookie),
        state: begin.state,
        details: begin.details,
    };
    let bytes = ceremony.to_bytes().map_err(|_| Problem::internal())?;
    let ceremony_id = URL_SAFE_NO_PAD.encode(app.sealer.seal(begin.purpose.seal_context(), &bytes));
    let set = Cookie::Ceremony.set(&cookie, LIFETIME, &app.config.public_url);
    Ok(([(header::SET_COOKIE, set)], Json(Options { ceremony_id, public_key })).into_response())
}

fn moment(now: Timestamp) -> Result<jiff::Timestamp, Problem> {
    jiff::Timestamp::from_millisecond(now.0).map_err(|_| Problem::internal())
}

/// Opens the ceremony that an answer belongs to. It is not used up yet.
///
/// # Errors
/// `ceremony_expired` for whatever reason it can't be finished: begin again.
pub fn open(
    app: &App,
    headers: &HeaderMap,
    now: Timestamp,
    purpose: Purpose,
    subject: Option<Uuid>,
    ceremony_id: &str,
) -> Result<Ceremony, Problem> {
    let refused = |reason: &str| Problem::new(Code::CeremonyExpired, reason);
    let unreadable = || refused("This attempt could not be read. Reload the page and try again.");
    if ceremony_id.len() > 16 * 1024 {
        return Err(unreadable());
    }
    let sealed = URL_SAFE_NO_PAD.decode(ceremony_id).map_err(|_| unreadable())?;
    let bytes = app.sealer.open(purpose.seal_context(), &sealed).map_err(|_| unreadable())?;
    let ceremony = Ceremony::from_bytes(&bytes).map_err(|error| refused(&error.to_string()))?;
    let cookie = Cookie::Ceremony.read(headers, &app.config.public_url).unwrap_or_default();
    let expected = Expected { purpose, subject, cookie: &cookie, now: moment(now)? };
    ceremony.check(&expected).map_err(|error| refused(&error.to_string()))?;
    Ok(ceremony)
}

/// Uses a ceremony up, in the transaction of what it proved.
///
/// # Errors
/// `ceremony_expired` when it was used before.
pub async fn spend(tx: &mut Tx, ceremony: &Ceremony) -> Result<(), Problem> {
    let expires_at = Timestamp(ceremony.expires_at.as_millisecond());
    if credentials::spend_ceremony(tx, ceremony.id, expires_at).await? {
        return Ok(());
    }
    Err(Problem::new(Code::CeremonyExpired, "This attempt was finished already. Reload the page and try again."))
}
