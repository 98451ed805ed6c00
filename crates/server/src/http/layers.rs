//! What happens to every request, whatever its route: an id, a deadline, a log line, numbers,
//! security headers; a panic becomes a problem document.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody as _},
    extract::{FromRequestParts, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use keystead_directory::ids;
use tokio::time::{Instant, timeout};
use tower_http::timeout::TimeoutBody;

use super::{
    access,
    client::Client,
    error::{Code, Problem},
    extract::{BODY_LIMIT, file_too_large, too_large},
};
use crate::{
    app::App,
    scim::{self, refusal::Refusal},
};

/// How long a request may take, by its parts.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// A body that brings nothing for this long is given up.
    pub body_idle: Duration,
    /// A body that is not whole after this long is given up, however steadily it drips.
    pub body: Duration,
    /// A request is answered within this.
    pub answer: Duration,
    /// An upload is answered within this: large files come over slow lines.
    pub upload: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            body_idle: Duration::from_secs(10),
            body: Duration::from_secs(25),
            answer: Duration::from_secs(30),
            upload: Duration::from_hours(1),
        }
    }
}

/// A refused body is read and forgotten for at most this long, so that its sender, who is still
/// busy sending, gets to read the refusal.
const DRAIN: Duration = Duration::from_secs(5);

/// The header that names a request in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the server gave to a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

/// The outermost layer.
pub async fn observe(State((app, deadlines)): State<(App, Deadlines)>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId(ids::new_uuid().simple().to_string().into());
    let method = request.method().clone();
    let template = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let api = request.uri().path().starts_with("/api");
    let scim =
        request.uri().path().strip_prefix(scim::BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let scim_call = (scim && request.headers().contains_key(header::AUTHORIZATION)).then(|| request.uri().clone());
    let client = Client::of(request.extensions(), request.headers(), &app.config.trusted_proxies);
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(id.clone());

    let upload = access::rule_of(&method, &template).is_some_and(|rule| rule.upload);
    let (most, deadline) =
        if upload { (app.config.import_max_bytes, deadlines.upload) } else { (BODY_LIMIT as u64, deadlines.answer) };
    let mut response = if announces_more(request.headers(), most) {
        drain(request.into_body()).await;
        if upload { file_too_large(most).into_response() } else { too_large().into_response() }
    } else {
        request.extensions_mut().insert(deadlines);
        let request = request.map(|body| Body::new(TimeoutBody::new(deadlines.body_idle, body)));
        answer(request, next, deadline).await
    };

    let noted = response.extensions_mut().remove::<scim::log::Noted>().is_some();
    let code = response.extensions_mut().remove::<Problem>().map(|problem| {
        let added = std::mem::take(response.headers_mut());
        response = if scim {
            let refusal = Refusal::from(problem.clone());
            if let Some(uri) = scim_call.as_ref().filter(|_| !noted) {
                scim::note_refused(&app, &method, uri, &refusal.error, began.elapsed());
            }
            refusal.into_response()
        } else {
            problem.respond(Some(&id.0))
        };
        for (name, value) in &added {
            if !response.headers().contains_key(name) && *name != header::CONTENT_LENGTH {
                response.headers_mut().append(name, value.clone());
            }
        }
        problem.code().name()
    });
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    secure(response.headers_mut(), app.config.public_url.is_https(), api);
    record(&method, &template, response.status(), code.unwrap_or_default(), began, &id);
    response
}

/// Runs the request to its answer, within the deadline, whatever happens in it.
async fn answer(request: Request, next: Next, deadline: Duration) -> Response {
    let run = caught(next.run(request));
    match timeout(deadline, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(())) => Problem::internal().into_response(),
        Err(_) => {
            Problem::unavailable("The answer took too long and was given up. Try again in a moment.").into_response()
        }
    }
}

/// Turns a panic into an error. The panic hook has logged it already.
async fn caught<F: Future>(future: F) -> Result<F::Output, ()> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |context| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(_) => std::task::Poll::Ready(Err(())),
        }
    })
    .await
}

fn announces_more(headers: &HeaderMap, most: u64) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > most)
}

/// Reads a body and forgets it.
pub async fn drain(mut body: Body) {
    if body.is_end_stream() {
        return;
    }
    let _ = timeout(DRAIN, async { while let Some(Ok(_)) = body.frame().await {} }).await;
}

/// Sets the headers that make browsers careful; what a handler set already stays.
fn secure(headers: &mut HeaderMap, https: bool, api: bool) {
    const ALWAYS: [(HeaderName, &str); 7] = [
        (
            header::CONTENT_SECURITY_POLICY,
            // The hash is that of nothing: Fluent makes empty style elements and fills them through the CSSOM.
            "default-src 'none'; script-src 'self'; \
             style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
             img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
        (
            HeaderName::from_static("permissions-policy"),
            "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), geolocation=(), \
             microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(value);
    }
    if api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
}

/// One line in the log and one more in the numbers. Never the query, a header or a body.
fn record(method: &Method, route: &str, status: StatusCode, problem: &str, began: Instant, id: &RequestId) {
    // A method is chosen by the client: only the known ones may become labels.
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    };
    let took = began.elapsed();
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.as_str().to_owned())];
    metrics::counter!("keystead_http_requests_total", &labels).increment(1);
    metrics::histogram!("keystead_http_request_duration_seconds", &labels[..2]).record(took.as_secs_f64());
    let milliseconds = (took.as_secs_f64() * 1_000_000.0).round() / 1000.0;
    let (status, request_id) = (status.as_u16(), &*id.0);
    if status >= 500 {
        tracing::error!(method, route, status, problem, milliseconds, request_id, "request");
    } else {
        tracing::info!(method, route, status, problem, milliseconds, request_id, "request");
    }
}

/// The answer for an address that takes other methods; without `allow` axum adds the header.
pub fn method_not_allowed(allow: &str) -> Problem {
    let detail = "The header Allow names the methods that this address takes.";
    let problem = Problem::new(Code::MethodNotAllowed, detail);
    match HeaderValue::from_str(allow) {
        Ok(allow) if !allow.is_empty() => problem.with_header(header::ALLOW, allow),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_not_the_end() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
        let panics = async {
            tokio::task::yield_now().await;
            assert_eq!(1, 2, "a fault in a handler");
        };
        assert_eq!(caught(panics).await, Err(()));
    }
}
