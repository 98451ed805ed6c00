//! The token endpoint of OAuth 2.0 (RFC 6749): a client's id and secret buy an access token for SCIM, and nothing else.
//! Only client credentials (section 4.4); the client says who it is by HTTP Basic or in the form (section 2.3.1).

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use keystead_directory::{Timestamp, scim::tokens, secret::Token};
use serde_json::{Value, json};
use uuid::Uuid;

use super::admission::from_its_networks;
use crate::{
    app::App,
    http::{client::Client, error::Problem, extract},
};

/// Where it is.
pub const PATH: &str = "/oauth/token";

/// The route.
pub fn routes() -> Router<App> {
    Router::new().route(PATH, post(token))
}

/// A refusal (section 5.2).
enum Refused {
    /// Of this request.
    Request(&'static str, &'static str),
    /// Of this client; whether it used HTTP Basic.
    Client { basic: bool },
    /// Something that has nothing to do with OAuth.
    Other(Problem),
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

fn invalid_request(why: &'static str) -> Refused {
    Refused::Request("invalid_request", why)
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Request(error, why) => {
                answer(StatusCode::BAD_REQUEST, &json!({ "error": error, "error_description": why }))
            }
            Self::Client { basic } => {
                let why = "The client's id or its secret is wrong, or the secret has ended.";
                let body = json!({ "error": "invalid_client", "error_description": why });
                let mut response = answer(StatusCode::UNAUTHORIZED, &body);
                if basic {
                    let challenge = HeaderValue::from_static("Basic realm=\"scim\", charset=\"UTF-8\"");
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                }
                response
            }
            Self::Other(problem) => problem.into_response(),
        }
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// What a form says.
#[derive(Default)]
struct Form {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

impl Form {
    /// Parameters that are not known are passed over; none may stand twice, and one without a value is none
    /// (section 3.2).
    fn read(body: &[u8]) -> Result<Self, Refused> {
        let mut form = Self::default();
        let mut seen = Vec::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if seen.contains(&name) {
                return Err(invalid_request("A parameter is given twice."));
            }
            let value = Some(value.into_owned()).filter(|value| !value.is_empty());
            match &*name {
                "grant_type" => form.grant_type = value,
                "client_id" => form.client_id = value,
                "client_secret" => form.client_secret = value,
                _ => {}
            }
            seen.push(name);
            if seen.len() > 20 {
                return Err(invalid_request("There are too many parameters."));
            }
        }
        Ok(form)
    }
}

/// The id and the secret of an `Authorization: Basic` header, both form-encoded within it (section 2.3.1).
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        let named = format!("v={text}");
        url::form_urlencoded::parse(named.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// `POST /oauth/token`.
async fn token(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let client = request.extensions().get::<Client>().cloned().ok_or_else(Problem::internal)?;
    app.limits.public(client.ip)?;
    let headers = request.headers().clone();
    let body = extract::read(request).await?;
    if !is_form(&headers) {
        return Err(invalid_request("Send a form: Content-Type: application/x-www-form-urlencoded."));
    }
    let form = Form::read(&body)?;
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let (line, more) = (lines.next(), lines.next().is_some());
    if more || (line.is_some() && form.client_secret.is_some()) {
        return Err(invalid_request("Say who you are in one way only: by HTTP Basic or in the form."));
    }
    let unknown = Refused::Client { basic: line.is_some() };
    let (id, secret) = match line {
        Some(value) => {
            let Some((id, secret)) = basic(value) else { return Err(unknown) };
            if form.client_id.is_some_and(|named| named != id) {
                return Err(invalid_request("The form names another client than the header."));
            }
            (id, secret)
        }
        None => match (form.client_id, form.client_secret) {
            (Some(id), Some(secret)) => (id, secret),
            _ => return Err(unknown),
        },
    };
    match form.grant_type.as_deref() {
        None => return Err(invalid_request("grant_type is missing: send client_credentials.")),
        Some("client_credentials") => {}
        Some(_) => return Err(Refused::Request("unsupported_grant_type", "Send grant_type=client_credentials.")),
    }
    let now = Timestamp::now();
    let Ok(id) = id.parse::<Uuid>() else { return Err(unknown) };
    let found = tokens::find_client(&mut app.db.read().await?, id, &Token::presented(&secret), now).await?;
    let Some(found) = found.filter(|found| from_its_networks(found, client.ip)) else { return Err(unknown) };
    let mut tx = app.db.write(now).await?;
    let (token, seconds) = tokens::issue(&mut tx, &found).await?;
    tokens::touch(&mut tx, found.id).await?;
    tx.commit().await?;
    let body = json!({ "access_token": token.reveal(), "token_type": "Bearer", "expires_in": seconds });
    Ok(answer(StatusCode::OK, &body))
}
