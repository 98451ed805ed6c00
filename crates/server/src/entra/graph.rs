//! One request to Microsoft Graph, until it is answered for good: it waits when Microsoft asks
//! for it, tries again what failed on the way, and renews a refused token once.

use http::{HeaderMap, StatusCode, header};
use keystead_directory::{
    Timestamp,
    entra::{self, Connection, Way},
};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    Entra, Failure,
    failure::GraphRefusal,
    login::{AccessToken, Grant, Place, Proof},
    throttle,
    wire::{Broken, Reply},
};
use crate::app::App;

/// How often Microsoft may ask one request to wait before it is given up.
const MOST_PAUSES: u32 = 200;

/// Graph, as one connection sees it.
pub struct Graph {
    app: App,
    connection: Connection,
    place: Place,
}

/// Why a request has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing (any more).
    NotFound,
    /// The page's token has died: the collection must be read from its beginning.
    ExpiredPage,
    /// The changes can't be told from where we were: everything must be read again.
    Resync,
    /// Anything else.
    Failed(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(failure) => failure,
            Refusal::NotFound => Self::new("notFound", "Microsoft Graph has not found what was asked for."),
            Refusal::ExpiredPage | Refusal::Resync => Self::new(
                "pagesExpired",
                "Microsoft took its pages back again and again while they were read. Try again later.",
            ),
        }
    }
}

/// What a request needs besides its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The permission that is missing when Graph says no.
    pub permission: &'static str,
    /// Whether it is an advanced query, which says so on every page.
    pub eventual: bool,
}

impl Graph {
    /// Graph for the stored connection.
    ///
    /// # Errors
    /// When there is none, or it can't be used.
    pub async fn open(app: &App) -> Result<Self, Failure> {
        let connection = entra::find(&mut app.db.read().await.map_err(Failure::from)?).await?.ok_or_else(|| {
            Failure::new("notConfigured", "Entra ID is not connected yet. Connect it under Integrations → Entra ID.")
        })?;
        Self::of(app, connection)
    }

    /// Graph for this connection.
    ///
    /// # Errors
    /// When its addresses can't be used.
    pub fn of(app: &App, connection: Connection) -> Result<Self, Failure> {
        let place = Place::of(&connection)?;
        Ok(Self { app: app.clone(), connection, place })
    }

    /// The connection it uses.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The tenant that Microsoft confirmed.
    ///
    /// # Errors
    /// When nobody has authorized Keystead yet.
    pub fn tenant(&self) -> Result<uuid::Uuid, Failure> {
        self.connection.tenant_id.ok_or_else(|| {
            Failure::new(
                "notAuthorized",
                "Nobody has authorized Keystead yet. Choose Authorize under Integrations → Entra ID.",
            )
        })
    }

    fn entra(&self) -> &Entra {
        &self.app.entra
    }

    /// An address of Graph's version 1.0.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.place.addresses.graph.clone();
        url.set_path(&format!("/v1.0/{path}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Whether an address that Graph gave may be followed: a token goes nowhere but to Graph.
    pub fn is_ours(&self, url: &Url) -> bool {
        let graph = &self.place.addresses.graph;
        url.scheme() == graph.scheme()
            && url.host() == graph.host()
            && url.port_or_known_default() == graph.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
    }

    /// A token, the kept one or a new one.
    async fn token(&self) -> Result<AccessToken, Failure> {
        let (version, way) = (self.connection.version, self.connection.way);
        if let Some(token) = self.entra().kept_token(version, way) {
            return Ok(token);
        }
        let _asking = self.entra().asking.lock().await;
        if let Some(token) = self.entra().kept_token(version, way) {
            return Ok(token);
        }
        let given = self.new_token().await;
        let now = Timestamp::now();
        let problem = given.as_ref().err().map(|failure| (failure.code.to_owned(), failure.message.clone()));
        let mut tx = self.app.db.write(now).await.map_err(Failure::from)?;
        entra::note_token(&mut tx, given.is_ok(), problem).await?;
        tx.commit().await?;
        let token = given?;
        self.entra().keep_token(version, way, token.clone());
        Ok(token)
    }

    /// Asks for a new token, whatever there is.
    ///
    /// # Errors
    /// What Microsoft refused and what to do.
    pub async fn renew(&self) -> Result<(), Failure> {
        self.entra().forget_tokens();
        self.token().await.map(drop)
    }

    async fn new_token(&self) -> Result<AccessToken, Failure> {
        let proofs = entra::proofs(&mut self.app.db.read().await?, &self.app.sealer).await?;
        let proof = Proof::in_use(&self.connection, &proofs)?;
        match self.connection.way {
            Way::Application => Ok(self.entra().token(&self.place, &proof, &Grant::Application).await?.access),
            Way::Delegated => {
                let refresh = proofs.refresh_token.as_deref().ok_or_else(|| {
                    Failure::new(
                        "signInAgain",
                        "The authorization has ended. Authorize again under Integrations → Entra ID.",
                    )
                })?;
                let given = self.entra().token(&self.place, &proof, &Grant::Refresh(refresh)).await?;
                if let Some(next) = &given.refresh {
                    let mut tx = self.app.db.write(Timestamp::now()).await?;
                    entra::keep_refresh_token(&mut tx, &self.app.sealer, next).await?;
                    tx.commit().await?;
                }
                Ok(given.access)
            }
        }
    }

    /// Fetches one JSON document.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn get<T: DeserializeOwned>(&self, url: &Url, needs: Needs) -> Result<T, Refusal> {
        let reply = self.fetch(url, needs).await?;
        serde_json::from_slice(&reply.body).map_err(|_| nonsense().into())
    }

    /// Fetches a number, as `/$count` answers it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn count(&self, url: &Url, needs: Needs) -> Result<i64, Refusal> {
        let reply = self.fetch(url, needs).await?;
        let text = String::from_utf8_lossy(&reply.body);
        text.trim_start_matches('\u{feff}').trim().parse().map_err(|_| nonsense().into())
    }

    async fn fetch(&self, url: &Url, needs: Needs) -> Result<Reply, Refusal> {
        let patience = self.entra().patience();
        let (mut failures, mut pauses, mut renewed) = (0, 0, false);
        loop {
            let token = self.token().await?;
            let sent = self.send(url, &token, needs).await;
            let failed = match sent {
                Ok(reply) if reply.status.is_success() => return Ok(reply),
                Ok(reply) if reply.status == StatusCode::UNAUTHORIZED && !renewed && !challenged(&reply.headers) => {
                    renewed = true;
                    self.entra().forget_token(&token);
                    continue;
                }
                Ok(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS => {
                    pauses += 1;
                    let wait = throttle::retry_after(&reply.headers, Timestamp::now()).unwrap_or(patience.unsaid_pause);
                    if wait > patience.longest_pause || pauses > MOST_PAUSES {
                        return Err(too_busy().into());
                    }
                    tracing::info!(?wait, "Microsoft Graph asks to wait");
                    self.entra().throttle.pause(wait);
                    continue;
                }
                Ok(reply) if reply.status.is_server_error() => {
                    if let Some(wait) = throttle::retry_after(&reply.headers, Timestamp::now())
                        && wait <= patience.longest_pause
                    {
                        self.entra().throttle.pause(wait);
                    }
                    tracing::warn!(status = reply.status.as_u16(), "Microsoft Graph is in trouble");
                    Failure::new("graphUnavailable", "Microsoft Graph is in trouble. Try again in some minutes.")
                }
                Ok(reply) => return Err(refused(&reply, needs)),
                Err(Broken::TooLarge) => return Err(too_large().into()),
                Err(broken) => {
                    tracing::warn!(?broken, "Microsoft Graph did not answer");
                    unreachable(broken)
                }
            };
            failures += 1;
            if failures >= patience.attempts {
                return Err(failed.into());
            }
            tokio::time::sleep(throttle::backoff(patience.backoff, patience.longest_backoff, failures)).await;
        }
    }

    async fn send(&self, url: &Url, token: &AccessToken, needs: Needs) -> Result<Reply, Broken> {
        let _place = self.entra().throttle.enter().await;
        let wire = &self.entra().wire;
        let mut request = wire
            .get(url.clone())
            .bearer_auth(token.reveal())
            .header(header::ACCEPT, "application/json")
            .header("x-ms-throttle-priority", "low");
        if needs.eventual {
            request = request.header("ConsistencyLevel", "eventual");
        }
        wire.send(request, wire.patience.page_bytes).await
    }
}

/// Whether the refusal asks for another sign-in (continuous access evaluation).
fn challenged(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .any(|value| value.to_str().is_ok_and(|text| text.contains("insufficient_claims") || text.contains("claims=")))
}

/// What a refusal that is no passing trouble means.
fn refused(reply: &Reply, needs: Needs) -> Refusal {
    let refusal: GraphRefusal = serde_json::from_slice(&reply.body).unwrap_or_default();
    let (code, inner) = (refusal.error.code, refusal.error.inner);
    let word =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || "_-:.".contains(*c)).take(80).collect();
    let (shown, request, date): (String, String, String) = (word(&code), word(&inner.request_id), word(&inner.date));
    tracing::info!(status = reply.status.as_u16(), code = shown, request, date, "Microsoft Graph refused");
    let is = |name: &str| code.eq_ignore_ascii_case(name);
    let failure = match reply.status.as_u16() {
        410 => return Refusal::Resync,
        _ if is("syncStateNotFound") || is("resyncRequired") || is("syncStateInvalid") => return Refusal::Resync,
        404 => return Refusal::NotFound,
        400 if is("Directory_ExpiredPageToken") => return Refusal::ExpiredPage,
        300..=399 => Failure::new(
            "redirected",
            "Microsoft Graph's address sent Keystead elsewhere, which is never followed. Check the cloud and, if it is a \
             custom one, its addresses.",
        ),
        401 if challenged(&reply.headers) => Failure::new(
            "claimsChallenge",
            "A Conditional Access policy asks for a new sign-in. Authorize again under Integrations → Entra ID.",
        ),
        401 => Failure::new(
            "tokenRefused",
            "Microsoft Graph refused the token. Check the cloud, then authorize again under Integrations → Entra ID.",
        ),
        403 => Failure::missing_permission(needs.permission),
        _ => {
            let named = if shown.is_empty() { reply.status.as_u16().to_string() } else { shown };
            let request = if request.is_empty() { String::new() } else { format!(", request {request}") };
            Failure::new(
                "graphRefused",
                format!(
                    "Microsoft Graph refused ({named}{request}). Try again; if it stays so, ask Microsoft about it."
                ),
            )
        }
    };
    Refusal::Failed(failure)
}

/// An answer that is not what Graph answers.
pub fn nonsense() -> Failure {
    Failure::new(
        "graphNonsense",
        "Microsoft Graph's answer can't be read. Check the cloud and, if it is a custom one, its addresses; then try again.",
    )
}

fn too_large() -> Failure {
    Failure::new(
        "graphTooLarge",
        "Microsoft Graph's answer is far larger than a page can be. Check the cloud's addresses.",
    )
}

fn too_busy() -> Failure {
    Failure::new("throttled", "Microsoft asks to wait for very long. Try again in some hours.")
}

fn unreachable(broken: Broken) -> Failure {
    match broken {
        Broken::TooSlow => Failure::new(
            "graphTooSlow",
            "Microsoft Graph did not answer in time. Try again; if it stays so, check this server's network.",
        ),
        Broken::BrokeOff | Broken::Unreachable | Broken::TooLarge => Failure::new(
            "graphUnreachable",
            "The connection to Microsoft Graph fails. Check that this server may open https connections to it.",
        ),
    }
}

impl Graph {
    /// Pages that one collection may have.
    pub fn most_pages(&self) -> usize {
        self.entra().patience().pages
    }
}
