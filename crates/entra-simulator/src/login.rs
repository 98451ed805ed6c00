//! Microsoft's login: authorize, admin consent, tokens.

use std::collections::HashMap;

use axum::{
    extract::{OriginalUri, Path, Query as Asked, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::{Shared, Sim, assertion, directory::Application, pages::Query};

/// A code that was given to a browser.
pub struct Code {
    redirect_uri: String,
    challenge: String,
    scope: String,
    used: bool,
}

/// An access token that was given.
pub struct Issued {
    /// What it permits.
    pub permissions: Vec<String>,
}

/// A refusal in the form of the token endpoint.
pub fn refusal(status: u16, error: &str, number: u32, message: &str) -> Response {
    let body = json!({ "error": error, "error_description": format!("AADSTS{number}: {message} Trace ID: 0 Correlation ID: 0"),
        "error_codes": [number], "timestamp": "2026-11-22 10:00:00Z", "trace_id": "0", "correlation_id": "0",
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}") });
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), axum::Json(body)).into_response()
}

/// A page that says no, as Microsoft shows one when nothing may be sent back.
fn no_page(number: u32, message: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Html(format!("<h1>Sorry, but we're having trouble signing you in.</h1><p>AADSTS{number}: {message}</p>")),
    )
        .into_response()
}

fn knows_tenant(shared: &Shared, tenant: &str) -> bool {
    let inner = shared.lock();
    let directory = &inner.directory;
    directory.tenant_id.eq_ignore_ascii_case(tenant)
        || directory.domains.iter().any(|domain| domain.eq_ignore_ascii_case(tenant))
}

/// Checks what both ways to consent have in common; a page that says no otherwise.
fn beginning(shared: &Shared, tenant: &str, query: &Query) -> Result<Url, Box<Response>> {
    if !knows_tenant(shared, tenant) {
        return Err(Box::new(no_page(90002, "Tenant not found.")));
    }
    let inner = shared.lock();
    let application = &inner.directory.application;
    if query.get("client_id") != Some(&application.client_id) {
        return Err(Box::new(no_page(700_016, "Application was not found in the directory.")));
    }
    let asked = query.get("redirect_uri").map(String::as_str).unwrap_or_default();
    if !application.redirect_uris.is_empty() && !application.redirect_uris.iter().any(|known| known == asked) {
        return Err(Box::new(no_page(50011, "The redirect URI does not match.")));
    }
    asked.parse().map_err(|_| Box::new(no_page(50011, "The redirect URI is not valid.")))
}

/// The page with Accept and Cancel; both lead to this address again, with the decision.
fn consent_page(application: &Application, uri: &http::Uri) -> Response {
    let permissions = application.permissions.join("</li><li>");
    let address = uri.to_string().replace('&', "&amp;").replace('"', "&quot;");
    Html(format!(
        "<!doctype html><html lang=\"en\"><title>Permissions requested</title><h1>Permissions requested</h1>\
         <ul><li>{permissions}</li></ul><p><a href=\"{address}&amp;decision=accept\">Accept</a> \
         <a href=\"{address}&amp;decision=cancel\">Cancel</a></p></html>"
    ))
    .into_response()
}

/// Whether the administrator accepted; none: they have not been asked yet.
fn decision(application: &Application, query: &Query) -> Option<bool> {
    match query.get("decision").map(String::as_str) {
        Some("accept") => Some(true),
        Some(_) => Some(false),
        None => application.auto_consent.then_some(true),
    }
}

fn back(mut to: Url, parameters: &[(&str, &str)], query: &Query) -> Response {
    to.query_pairs_mut().extend_pairs(parameters);
    if let Some(state) = query.get("state") {
        to.query_pairs_mut().append_pair("state", state);
    }
    Redirect::to(to.as_str()).into_response()
}

/// `GET /{tenant}/oauth2/v2.0/authorize`
pub async fn authorize(
    State(shared): Sim,
    OriginalUri(uri): OriginalUri,
    Path(tenant): Path<String>,
    Asked(query): Asked<Query>,
) -> Response {
    let to = match beginning(&shared, &tenant, &query) {
        Ok(to) => to,
        Err(response) => return *response,
    };
    if query.get("response_type").map(String::as_str) != Some("code") {
        return no_page(70001, "The response type is not supported.");
    }
    let mut inner = shared.lock();
    match decision(&inner.directory.application, &query) {
        None => return consent_page(&inner.directory.application, &uri),
        Some(false) => {
            let words = "AADSTS65004: User declined to consent to access the app.";
            return back(to, &[("error", "access_denied"), ("error_description", words)], &query);
        }
        Some(true) => {}
    }
    let of = |name: &str| query.get(name).cloned().unwrap_or_default();
    if of("code_challenge_method") != "S256" {
        return back(
            to,
            &[("error", "invalid_request"), ("error_description", "AADSTS501481: PKCE is needed.")],
            &query,
        );
    }
    let code = inner.chance("code-");
    inner.directory.application.consented = true;
    let kept =
        Code { redirect_uri: of("redirect_uri"), challenge: of("code_challenge"), scope: of("scope"), used: false };
    inner.codes.insert(code.clone(), kept);
    drop(inner);
    back(to, &[("code", &code), ("session_state", "simulated")], &query)
}

/// `GET /{tenant}/v2.0/adminconsent`, and the older address without `v2.0`.
pub async fn admin_consent(
    State(shared): Sim,
    OriginalUri(uri): OriginalUri,
    Path(tenant): Path<String>,
    Asked(query): Asked<Query>,
) -> Response {
    let to = match beginning(&shared, &tenant, &query) {
        Ok(to) => to,
        Err(response) => return *response,
    };
    let second = uri.path().ends_with("/v2.0/adminconsent");
    if second && !query.contains_key("scope") {
        return no_page(900_144, "The request body must contain the parameter 'scope'.");
    }
    let mut inner = shared.lock();
    match decision(&inner.directory.application, &query) {
        None => return consent_page(&inner.directory.application, &uri),
        Some(false) if second => {
            let words = "AADSTS65004: User declined to consent to access the app.";
            let said = [("error", "access_denied"), ("error_description", words), ("admin_consent", "True")];
            return back(to, &said, &query);
        }
        Some(false) => return back(to, &[("error", "permission_denied")], &query),
        Some(true) => {}
    }
    inner.directory.application.consented = true;
    let tenant = inner.directory.tenant_id.clone();
    drop(inner);
    let mut said = vec![("admin_consent", "True"), ("tenant", tenant.as_str())];
    if let (true, Some(scope)) = (second, query.get("scope")) {
        said.push(("scope", scope));
    }
    back(to, &said, &query)
}

/// `POST /{tenant}/oauth2/v2.0/token`
pub async fn token(State(shared): Sim, Path(tenant): Path<String>, body: String) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    if !knows_tenant(&shared, &tenant) {
        return refusal(400, "invalid_request", 90002, "Tenant not found.");
    }
    let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if let Err(refused) = client(&shared, &tenant, &form) {
        return *refused;
    }
    let graph_scope = |name: &str| format!("{}/{name}", shared.base);
    match of("grant_type") {
        "client_credentials" => {
            if of("scope") != graph_scope(".default") {
                return refusal(400, "invalid_scope", 1_002_012, "The provided value for scope is not valid.");
            }
            give(&shared, None)
        }
        "authorization_code" => {
            let mut inner = shared.lock();
            let Some(code) = inner.codes.get_mut(of("code")) else {
                return refusal(400, "invalid_grant", 70008, "The provided authorization code has expired.");
            };
            if std::mem::replace(&mut code.used, true) {
                return refusal(400, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.");
            }
            if code.redirect_uri != of("redirect_uri") {
                return refusal(400, "invalid_client", 500_112, "The reply address does not match.");
            }
            if URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier"))) != code.challenge {
                return refusal(400, "invalid_grant", 501_481, "The code verifier does not match the challenge.");
            }
            let refreshes = code.scope.split(' ').any(|scope| scope == "offline_access");
            drop(inner);
            give(&shared, Some(refreshes))
        }
        "refresh_token" => {
            let alive = shared.lock().refresh.get(of("refresh_token")).copied();
            match alive {
                Some(true) => give(&shared, Some(true)),
                Some(false) => refusal(400, "invalid_grant", 50173, "The provided grant has been revoked."),
                None => refusal(400, "invalid_grant", 700_082, "The refresh token has expired due to inactivity."),
            }
        }
        _ => refusal(400, "unsupported_grant_type", 70003, "The grant type is not supported."),
    }
}

/// Whether the client is who it says it is.
fn client(shared: &Shared, tenant: &str, form: &HashMap<String, String>) -> Result<(), Box<Response>> {
    let no = |status: u16, error: &str, number: u32, words: &str| Err(Box::new(refusal(status, error, number, words)));
    let inner = shared.lock();
    let application = &inner.directory.application;
    if form.get("client_id") != Some(&application.client_id) {
        return no(400, "unauthorized_client", 700_016, "Application was not found in the directory.");
    }
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), None) if application.secrets.contains(secret) => Ok(()),
        (Some(secret), None) if application.expired_secrets.contains(secret) => {
            no(401, "invalid_client", 7_000_222, "The provided client secret keys are expired.")
        }
        (Some(_), None) => no(401, "invalid_client", 7_000_215, "Invalid client secret provided."),
        (None, Some(text)) => {
            let bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            if form.get("client_assertion_type").map(String::as_str) != Some(bearer) {
                return no(400, "invalid_request", 900_144, "The client_assertion_type is missing.");
            }
            let audience = format!("{}/{tenant}/oauth2/v2.0/token", shared.base);
            assertion::check(text, &application.client_id, &audience, &application.certificates, now())
                .or_else(|number| no(401, "invalid_client", number, "Client assertion failed validation."))
        }
        _ => no(401, "invalid_client", 7_000_218, "The request must contain client_assertion or client_secret."),
    }
}

#[expect(clippy::disallowed_methods, reason = "assertions are checked against the time they came at")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Gives the application an access token with what was consented to.
pub fn issue(inner: &mut crate::Inner) -> String {
    let application = &inner.directory.application;
    // A token is given without consent too: Graph refuses it then.
    let permissions = if application.consented { application.permissions.clone() } else { Vec::new() };
    let token = inner.chance("access-");
    inner.tokens.insert(token.clone(), Issued { permissions });
    token
}

/// Gives a token; with a refresh token for a person (`Some(true)`), never for the application.
fn give(shared: &Shared, delegated: Option<bool>) -> Response {
    let mut inner = shared.lock();
    let lives = inner.directory.application.token_seconds;
    let token = issue(&mut inner);
    let mut body =
        json!({ "token_type": "Bearer", "expires_in": lives, "ext_expires_in": lives, "access_token": token });
    if delegated == Some(true) {
        let refresh = inner.chance("refresh-");
        inner.refresh.insert(refresh.clone(), true);
        body["refresh_token"] = json!(refresh);
    }
    axum::Json(body).into_response()
}
