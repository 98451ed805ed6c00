//! The SCIM 2.0 service provider at `/api/scim/v2` (RFC 7643, RFC 7644): Entra ID and others provision people and
//! groups here. What the messages mean is `keystead-scim`, what is kept is `keystead_directory::scim`; this is what
//! lies between them, and how it is called.
//!
//! It is apart from `/api/v1` on purpose: its own tokens and nothing else open it, every refusal is a SCIM error
//! message, and whatever stands below its address is answered here, never by the panel.
//!
//! - [`admission`] who calls, and how often
//! - [`kinds`] which attributes there are; discovery
//! - [`users`], [`groups`], [`bulk`] and [`search`] the requests
//! - [`mapping`] a resource as a person of Keystead, and back
//! - [`condition`] filters and orders as SQL
//! - [`refusal`] every way to say no
//! - [`log`] what was asked for, as administrators read it; [`redaction`] takes the secrets out
//! - [`oauth`] access tokens for directories that want OAuth 2.0

pub mod admission;
pub mod bulk;
pub mod condition;
pub mod groups;
pub mod kinds;
pub mod log;
pub mod mapping;
pub mod oauth;
pub mod redaction;
pub mod refusal;
pub mod search;
pub mod users;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::any,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use keystead_directory::{Timestamp, actor::Actor};
use keystead_scim::{
    Error,
    json::{self, Limits},
    list::{ListQuery, PageLimits},
    schema::ResourceType,
    version,
};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    app::App,
    http::{extract, layers::drain},
};
use log::{Answered, Trace};
use refusal::Refusal;

/// Where it begins.
pub const BASE: &str = "/api/scim/v2";
/// The media type of every answer; clients insist that nothing follows it.
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");
/// How many resources one answer has.
pub const PAGE: PageLimits = PageLimits { default: 100, most: 200 };

/// The routes. They end here whatever the path, so that nothing below it is answered by somebody else.
pub fn routes() -> Router<App> {
    Router::new().route(BASE, any(serve)).route("/api/scim/v2/", any(serve)).route("/api/scim/v2/{*rest}", any(serve))
}

/// A request as it is handled: a client's own, or one operation of a bulk request.
pub struct Call<'a> {
    /// The application.
    pub app: &'a App,
    /// Who calls.
    pub actor: &'a Actor,
    /// What the request turns out to be about.
    pub trace: &'a Trace,
    /// The query, without its question mark.
    pub query: &'a str,
    /// `If-Match`.
    pub if_match: Option<&'a str>,
    /// `If-None-Match`.
    pub if_none_match: Option<&'a str>,
    /// The body; null without one.
    pub body: Value,
}

impl Call<'_> {
    /// What a list or an answer is asked for by the query.
    ///
    /// # Errors
    /// As [`ListQuery::from_query`].
    pub fn list_query(&self, kind: &'static ResourceType) -> Result<ListQuery<'static>, Error> {
        ListQuery::from_query(self.query, kind, PAGE)
    }

    /// Refuses a change of another version than the client knows.
    ///
    /// # Errors
    /// 412.
    pub fn check_version(&self, now: &str) -> Result<(), Refusal> {
        match self.if_match {
            Some(header) if !version::matches(header, now) => {
                Err(Error::status(412, "It was changed since you read it. Read it again and repeat your change.")
                    .into())
            }
            _ => Ok(()),
        }
    }
}

/// An answer.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The message; none for 204.
    pub body: Content,
    /// The address of the resource.
    pub location: Option<String>,
    /// Its version, as an entity tag.
    pub version: Option<String>,
}

/// The body of an answer.
pub enum Content {
    /// Nothing.
    None,
    /// A message.
    Message(Value),
    /// A message that is too long to be held.
    Stream(Body),
}

impl Reply {
    /// 200 with a message.
    pub fn ok(message: Value) -> Self {
        Self { status: StatusCode::OK, body: Content::Message(message), location: None, version: None }
    }

    /// 204.
    pub fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Content::None, location: None, version: None }
    }

    /// 200 with a resource, or 304 when the client has this version.
    pub fn resource(call: &Call<'_>, resource: Value, location: String, tag: String) -> Self {
        let known = call.if_none_match.is_some_and(|header| version::matches(header, &tag));
        Self {
            status: if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK },
            body: if known { Content::None } else { Content::Message(resource) },
            location: Some(location),
            version: Some(tag),
        }
    }

    fn respond(self) -> Response {
        let body = match self.body {
            Content::None => None,
            Content::Message(message) => Some(Body::from(message.to_string())),
            Content::Stream(body) => Some(body),
        };
        let mut response = Response::new(Body::empty());
        if let Some(body) = body {
            *response.body_mut() = body;
            response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
        }
        *response.status_mut() = self.status;
        let texts = [
            (header::LOCATION, self.location.as_ref().filter(|_| self.status == StatusCode::CREATED)),
            (header::CONTENT_LOCATION, self.location.as_ref().filter(|_| self.status == StatusCode::OK)),
            (header::ETAG, self.version.as_ref()),
        ];
        for (name, text) in texts {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Answers every request below [`BASE`].
async fn serve(State(app): State<App>, request: Request) -> Response {
    let (at, began) = (Timestamp::now(), Instant::now());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    // Whoever sends no token reads what is open, or is no directory.
    let calls = request.headers().contains_key(header::AUTHORIZATION);
    let trace = Trace::default();
    let mut sent = None;
    let answered = answer(&app, request, &trace, &mut sent).await;
    if calls {
        let (status, error) = match &answered {
            Ok(reply) => (reply.status.as_u16(), None),
            Err(refusal) => (refusal.error.status, Some(&refusal.error)),
        };
        app.scim_log.note(Answered {
            at,
            method: &method,
            path: uri.path().strip_prefix(BASE).unwrap_or_default(),
            query: uri.query().unwrap_or_default(),
            trace,
            status,
            error,
            body: sent.as_ref(),
            took: began.elapsed(),
        });
    }
    match answered {
        Ok(reply) => reply.respond(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(app: &App, request: Request, trace: &Trace, sent: &mut Option<Bytes>) -> Result<Reply, Refusal> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix(BASE).unwrap_or_default().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let admitted = async {
        let allowed = allowed(&segments);
        if kinds::is_open(&segments) && !parts.headers.contains_key(header::AUTHORIZATION) {
            admission::stranger(app, &parts)?;
            return Ok(None);
        }
        let actor = admission::admit(app, &parts, trace).await?;
        let method = if parts.method == Method::HEAD { "GET" } else { parts.method.as_str() };
        match allowed {
            None => return Err(refusal::nothing_here()),
            Some(allowed) if !allowed.split(", ").any(|one| one == method) => {
                return Err(refusal::method_not_allowed(allowed));
            }
            Some(_) => {}
        }
        if takes_body(&parts.method) {
            check_media_type(&parts.headers)?;
        }
        Ok::<_, Refusal>(Some(actor))
    };
    let actor = match admitted.await {
        Ok(actor) => actor,
        Err(refusal) => {
            drain(body).await;
            return Err(refusal);
        }
    };
    let Some(actor) = actor else {
        drain(body).await;
        return kinds::discover(app, &parts.method, &segments, &query);
    };
    let (method, headers) = (parts.method.clone(), parts.headers.clone());
    let body = if takes_body(&method) {
        let bytes = extract::read(Request::from_parts(parts, body)).await?;
        let read = read_json(&bytes);
        *sent = Some(bytes);
        read?
    } else {
        drain(body).await;
        Value::Null
    };
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let call = Call {
        app,
        actor: &actor,
        trace,
        query: &query,
        if_match: text(header::IF_MATCH),
        if_none_match: text(header::IF_NONE_MATCH),
        body,
    };
    match segments.as_slice() {
        ["Users" | "Groups", ..] => resource(&call, &method, &segments).await,
        ["Bulk"] => bulk::run(&call).await,
        [".search"] => search::everywhere(&call).await,
        ["Me", ..] => Err(Error::status(501, "A token is no person: there is nobody to answer with.").into()),
        _ => kinds::discover(app, &method, &segments, &query),
    }
}

/// A request for people or groups.
///
/// # Errors
/// Every refusal there is.
pub async fn resource(call: &Call<'_>, method: &Method, segments: &[&str]) -> Result<Reply, Refusal> {
    // A HEAD is a GET whose body nobody sees.
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    match (segments, method.as_str()) {
        (["Users"], "GET") => users::list(call, &call.list_query(&kinds::USER)?).await,
        (["Users"], "POST") => users::create(call).await,
        (["Users", ".search"], "POST") => {
            users::list(call, &ListQuery::from_search(&call.body, &kinds::USER, PAGE)?).await
        }
        (["Users", id], "GET") => users::get(call, id).await,
        (["Users", id], "PUT") => users::replace(call, id).await,
        (["Users", id], "PATCH") => users::patch(call, id).await,
        (["Users", id], "DELETE") => users::delete(call, id).await,
        (["Groups"], "GET") => groups::list(call, &call.list_query(&kinds::GROUP)?).await,
        (["Groups"], "POST") => groups::create(call).await,
        (["Groups", ".search"], "POST") => {
            groups::list(call, &ListQuery::from_search(&call.body, &kinds::GROUP, PAGE)?).await
        }
        (["Groups", id], "GET") => groups::get(call, id).await,
        (["Groups", id], "PUT") => groups::replace(call, id).await,
        (["Groups", id], "PATCH") => groups::patch(call, id).await,
        (["Groups", id], "DELETE") => groups::delete(call, id).await,
        _ => Err(refusal::nothing_here()),
    }
}

/// The methods that an address takes; none for an address without meaning.
fn allowed(segments: &[&str]) -> Option<&'static str> {
    match segments {
        ["Users" | "Groups"] => Some("GET, POST"),
        ["Bulk" | ".search"] | ["Users" | "Groups", ".search"] => Some("POST"),
        ["Users" | "Groups", _] => Some("GET, PUT, PATCH, DELETE"),
        ["Me", ..] => Some("GET, POST, PUT, PATCH, DELETE"),
        _ => kinds::is_open(segments).then_some("GET"),
    }
}

fn takes_body(method: &Method) -> bool {
    matches!(method.as_str(), "POST" | "PUT" | "PATCH")
}

/// Takes both media types, whatever parameters follow; clients that name none mean JSON.
fn check_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let essence = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if ["application/scim+json", "application/json"].iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(Error::status(415, "Send JSON with the header \"Content-Type: application/scim+json\".").into())
}

/// Reads a body. A zero character fits in no column of PostgreSQL, and in no name.
fn read_json(body: &[u8]) -> Result<Value, Error> {
    let value = json::read(body, Limits::default())?;
    if has_zero(&value) {
        return Err(Error::invalid_value("No text may have a zero character."));
    }
    Ok(value)
}

fn has_zero(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_zero),
        Value::Object(object) => object.iter().any(|(name, value)| name.contains('\0') || has_zero(value)),
        _ => false,
    }
}
