//! Who calls: the guard that stands before every route of `/api/v1`, and what handlers learn of
//! the caller.
//!
//! The guard reads [`super::access::ACCESS`], checks origin, rate and permission there and
//! nowhere else, and leaves a [`Caller`] for the handler, which takes it as an argument. It
//! knows only what the table says: a route without a rule is refused.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, header, request::Parts};
use keystead_directory::{
    Timestamp,
    actor::{Actor, ActorType},
    api_keys,
    roles::{self, Permission, Roles},
    secret::Token,
    sessions::{self, Session},
};

use super::{
    access::{self, Access, Rule},
    client::Client,
    cookies::Cookie,
    error::{Code, Problem},
    layers::{RequestId, drain, method_not_allowed},
    origin,
};
use crate::app::App;

/// A touch of the key counts as fresh for 15 minutes.
const FRESH_SECONDS: i64 = 15 * 60;
/// The last use of a session or an API key is noted at most once in this time.
const SEEN_SECONDS: i64 = 60;

/// The caller of a request: a signed-in person, or a program with an API key.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Known>);

#[derive(Debug)]
struct Known {
    actor: Actor,
    session: Option<Session>,
}

impl Caller {
    /// A caller with these facts; `session` is there for people, not for API keys.
    pub fn new(actor: Actor, session: Option<Session>) -> Self {
        Self(Arc::new(Known { actor, session }))
    }

    /// Who acts, as every change records it.
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The person's session; API keys have none.
    pub fn session(&self) -> Option<&Session> {
        self.0.session.as_ref()
    }

    /// Whether the caller's role permits this.
    pub fn may(&self, permission: Permission) -> bool {
        self.0.actor.roles.permit(permission)
    }

    /// Asks for a permission that depends on what is touched; the table asks for the usual ones.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) { Ok(()) } else { Err(not_permitted()) }
    }

    /// The session of the person who calls, which has the person too.
    ///
    /// # Errors
    /// `forbidden` for API keys.
    pub fn person(&self) -> Result<&Session, Problem> {
        self.session().ok_or_else(|| Problem::forbidden("Only a signed-in person can do this, not an API key."))
    }

    /// Asks a person for a touch of their key in the last 15 minutes; API keys can't touch.
    ///
    /// # Errors
    /// `step_up_required`.
    pub fn require_fresh(&self, now: Timestamp) -> Result<(), Problem> {
        match self.session() {
            Some(session) if now.seconds_since(session.authenticated_at) >= FRESH_SECONDS => Err(Problem::new(
                Code::StepUpRequired,
                "This asks for a touch of your security key that is not older than 15 minutes.",
            )),
            _ => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(sign_in_first)
    }
}

fn sign_in_first() -> Problem {
    Problem::unauthenticated("Sign in, or send an API key: \"Authorization: Bearer ksk_…\".")
}

fn not_permitted() -> Problem {
    Problem::forbidden("Your role does not allow this. Ask an owner of this organisation.")
}

/// The layer before every route of `/api/v1`.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    match admit(&app, &parts).await {
        Ok(caller) => {
            if let Some(caller) = caller {
                parts.extensions.insert(caller);
            }
            Ok(next.run(Request::from_parts(parts, body)).await)
        }
        Err(problem) => {
            drain(body).await;
            Err(problem)
        }
    }
}

async fn admit(app: &App, request: &Parts) -> Result<Option<Caller>, Problem> {
    let template = request.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(rule) = access::rule_of(&request.method, template) else {
        let allow = access::allowed(template);
        if allow.is_empty() {
            tracing::error!(route = template, "this route is not in the table of http/access.rs: it is refused");
            return Err(Problem::forbidden("Nobody may call this address."));
        }
        return Err(method_not_allowed(&allow));
    };
    let client = request.extensions.get::<Client>().ok_or_else(Problem::internal)?;
    origin::check(&request.method, &request.headers, &app.config.public_url)?;
    match rule.access {
        Access::Open => return Ok(None),
        Access::Guarded => {
            app.limits.public(client.ip)?;
            return Ok(None);
        }
        Access::Followed => {
            app.limits.follower(client.ip)?;
            return Ok(None);
        }
        Access::Person | Access::Permission(_) => {}
    }
    let request_id = request.extensions.get::<RequestId>().map(|id| id.0.to_string());
    let caller = authenticate(app, &request.headers, client, request_id).await?.ok_or_else(sign_in_first)?;
    permit(rule, &caller, Timestamp::now())?;
    Ok(Some(caller))
}

/// The rule's word on a caller.
///
/// # Errors
/// `forbidden` or `step_up_required`.
pub fn permit(rule: &Rule, caller: &Caller, now: Timestamp) -> Result<(), Problem> {
    if rule.person_only {
        caller.person()?;
    }
    if let Access::Permission(permission) = rule.access {
        caller.require(permission)?;
    }
    if rule.fresh { caller.require_fresh(now) } else { Ok(()) }
}

/// Who sends the request: by its API key if it carries one, by its session cookie otherwise.
async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    client: &Client,
    request_id: Option<String>,
) -> Result<Option<Caller>, Problem> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer).ok_or_else(sign_in_first)?;
        return by_api_key(app, &token, client, request_id).await;
    }
    match Cookie::Session.read(headers, &app.config.public_url) {
        Some(text) => by_session(app, &Token::presented(&text), client, request_id).await,
        None => Ok(None),
    }
}

/// The token of an `Authorization: Bearer` header.
fn bearer(value: &str) -> Option<Token> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 128).then(|| Token::presented(token))
}

/// The person of a session's token.
async fn by_session(
    app: &App,
    token: &Token,
    client: &Client,
    request_id: Option<String>,
) -> Result<Option<Caller>, Problem> {
    let now = Timestamp::now();
    let mut conn = app.db.read().await?;
    let Some(session) = sessions::find(&mut conn, token, now).await? else { return Ok(None) };
    let roles = roles::of_user(&mut conn, session.user.id).await?;
    drop(conn);
    if now.seconds_since(session.last_seen_at) >= SEEN_SECONDS {
        let noted = async {
            let mut tx = app.db.write(now).await?;
            sessions::touch(&mut tx, session.id, session.user.id).await?;
            tx.commit().await
        };
        note(noted.await);
    }
    let actor = Actor {
        kind: ActorType::User,
        id: Some(session.user.id.0),
        name: session.user.display_name.clone(),
        roles,
        ip: Some(client.ip.to_string()),
        user_agent: client.user_agent.clone(),
        request_id,
    };
    Ok(Some(Caller::new(actor, Some(session))))
}

/// The program of an API key.
async fn by_api_key(
    app: &App,
    token: &Token,
    client: &Client,
    request_id: Option<String>,
) -> Result<Option<Caller>, Problem> {
    let now = Timestamp::now();
    let mut conn = app.db.read().await?;
    let Some(key) = api_keys::find(&mut conn, token, now).await? else { return Ok(None) };
    drop(conn);
    if key.last_used_at.is_none_or(|used| now.seconds_since(used) >= SEEN_SECONDS) {
        let noted = async {
            let mut tx = app.db.write(now).await?;
            api_keys::touch(&mut tx, key.id).await?;
            tx.commit().await
        };
        note(noted.await);
    }
    let actor = Actor {
        kind: ActorType::ApiKey,
        id: Some(key.id.0),
        name: key.name,
        roles: Roles::of(key.role),
        ip: Some(client.ip.to_string()),
        user_agent: client.user_agent.clone(),
        request_id,
    };
    Ok(Some(Caller::new(actor, None)))
}

/// That a use could not be noted stops nobody from reading.
fn note(noted: keystead_directory::Result<()>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the last use of a session or API key could not be noted");
    }
}
