//! Who calls SCIM, and how often: a living token from an allowed network, and nothing else.

use std::net::IpAddr;

use http::{HeaderValue, header, request::Parts};
use keystead_directory::{
    Timestamp,
    actor::Actor,
    scim::{
        self, settings,
        tokens::{self, ScimToken},
    },
    secret::Token,
};
use keystead_scim::Error;

use super::{
    log::Trace,
    refusal::{self, Refusal},
};
use crate::{
    app::App,
    config::Network,
    http::{client::Client, error::Problem, layers::RequestId},
};

/// The last use of a token is noted at most once in this time.
const SEEN_SECONDS: i64 = 60;
/// How long a client is asked to wait while SCIM is paused.
const PAUSE_SECONDS: HeaderValue = HeaderValue::from_static("300");

/// The client of a request.
///
/// # Errors
/// 401 without a living token, or from another network; 429; 503 while SCIM is paused.
pub async fn admit(app: &App, parts: &Parts, trace: &Trace) -> Result<Actor, Refusal> {
    let client = parts.extensions.get::<Client>().ok_or_else(Problem::internal)?;
    let mut lines = parts.headers.get_all(header::AUTHORIZATION).iter();
    let token = lines.next().and_then(bearer).filter(|_| lines.next().is_none());
    let token = token.ok_or_else(refusal::unauthenticated)?;
    let now = Timestamp::now();
    let mut conn = app.db.read().await?;
    let token = tokens::find(&mut conn, &token, now).await?.ok_or_else(refusal::unauthenticated)?;
    let settings = settings::get(&mut conn).await?;
    drop(conn);
    if !from_its_networks(&token, client.ip) {
        return Err(refusal::unauthenticated());
    }
    trace.note(|touched| touched.token = Some(token.name.clone()));
    app.limits.scim(token.id)?;
    if settings.paused {
        let error = Error::status(503, "Provisioning is paused in Keystead. It goes on when an administrator says so.");
        return Err(Refusal::from(error).with_header(header::RETRY_AFTER, PAUSE_SECONDS));
    }
    if token.last_used_at.is_none_or(|used| now.seconds_since(used) >= SEEN_SECONDS) {
        let noted = async {
            let mut tx = app.db.write(now).await?;
            tokens::touch(&mut tx, token.id).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the last use of a SCIM token could not be noted");
        }
    }
    Ok(Actor {
        ip: Some(client.ip.to_string()),
        user_agent: client.user_agent.clone(),
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.to_string()),
        ..scim::actor(token.id, &token.name, &settings)
    })
}

/// Whether a token may be used from this address.
pub fn from_its_networks(token: &ScimToken, address: IpAddr) -> bool {
    let networks = token.networks();
    let allowed = |network: &String| network.parse::<Network>().is_ok_and(|network| network.contains(address));
    networks.is_empty() || networks.iter().any(allowed)
}

/// Counts a request of somebody without a token.
///
/// # Errors
/// 429.
pub fn stranger(app: &App, parts: &Parts) -> Result<(), Refusal> {
    let client = parts.extensions.get::<Client>().ok_or_else(Problem::internal)?;
    Ok(app.limits.public(client.ip)?)
}

/// The token of an `Authorization: Bearer` header.
fn bearer(value: &HeaderValue) -> Option<Token> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let is_ours = [tokens::PREFIX, tokens::ACCESS_PREFIX].iter().any(|prefix| token.starts_with(prefix));
    (scheme.eq_ignore_ascii_case("bearer") && is_ours && token.len() <= 128).then(|| Token::presented(token))
}
