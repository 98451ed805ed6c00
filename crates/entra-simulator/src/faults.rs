//! What is to go wrong, and the layer that lets it.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Recorded, Shared, graph};

/// Something that goes wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// In requests whose path and query have this text in them.
    #[serde(default)]
    pub at: String,
    /// But not in the first so many of them.
    #[serde(default)]
    pub after: usize,
    /// So many times; without end when left out.
    #[serde(default)]
    pub times: Option<usize>,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: Kind,
}

impl Fault {
    /// Each time in requests with this text.
    pub fn always(at: &str, kind: Kind) -> Self {
        Self { at: at.to_owned(), after: 0, times: None, kind }
    }

    /// The next so many times.
    pub fn times(at: &str, times: usize, kind: Kind) -> Self {
        Self { times: Some(times), ..Self::always(at, kind) }
    }

    /// The same, but not in the first so many requests.
    #[must_use]
    pub fn after(mut self, requests: usize) -> Self {
        self.after = requests;
        self
    }
}

/// A way in which something goes wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Kind {
    /// 429, with this `Retry-After`.
    Throttled {
        /// The header as it is sent; left out when there is none.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// 503.
    Unavailable {
        /// The header as it is sent.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// A refusal of Graph.
    Refused {
        /// The status.
        status: u16,
        /// Microsoft's code.
        code: String,
    },
    /// A refusal of the login with this AADSTS number.
    Aadsts {
        /// The number.
        number: u32,
    },
    /// 401 with a claims challenge.
    Claims,
    /// The connection is closed without an answer.
    Dropped,
    /// The answer breaks off in its middle.
    Truncated,
    /// 200 with something that is no JSON.
    Garbage,
    /// 302 to this address.
    Redirect {
        /// The address.
        to: String,
    },
    /// The next page is said to be at this address.
    NextLink {
        /// The address.
        to: String,
    },
    /// The next page is said to be this page.
    Circle,
    /// There is always a next page, and nothing on it.
    Endless,
    /// An answer of this many bytes.
    Huge {
        /// How many.
        bytes: u64,
    },
    /// No answer ever.
    Silent,
    /// The answer comes later.
    Late {
        /// By so many milliseconds.
        milliseconds: u64,
    },
    /// Everything on the page comes twice.
    Repeated,
    /// Everything but `id` is null: the permission is missing.
    Nulls,
    /// Somebody is deleted just after the answer.
    Deletes {
        /// Their object id.
        id: String,
    },
}

/// The layer before login and Graph: records, counts, and lets go wrong what shall.
pub async fn layer(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let kind = {
        let mut inner = shared.lock();
        let eventual = request.headers().get("consistencylevel").is_some_and(|value| value == "eventual");
        let method = request.method().to_string();
        inner.requests.push(Recorded { method, path: path.clone(), query: query.clone(), eventual });
        inner.busy.0 += 1;
        inner.busy.1 = inner.busy.1.max(inner.busy.0);
        take(&mut inner.faults, &format!("{path}?{query}"))
    };
    let _under_way = UnderWay(shared.clone());
    match kind {
        None => next.run(request).await,
        Some(kind) => go_wrong(&shared, kind, request, next).await,
    }
}

/// Counts a request out, however it ends.
struct UnderWay(Shared);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().busy.0 -= 1;
    }
}

/// The first fault that fits, counted down.
fn take(faults: &mut [Fault], address: &str) -> Option<Kind> {
    for fault in faults.iter_mut().filter(|fault| address.contains(&fault.at)) {
        if fault.after > 0 {
            fault.after -= 1;
            continue;
        }
        match &mut fault.times {
            Some(0) => continue,
            Some(times) => *times -= 1,
            None => {}
        }
        return Some(fault.kind.clone());
    }
    None
}

async fn go_wrong(shared: &Shared, kind: Kind, request: Request, next: Next) -> Response {
    let waits = |status: u16, code: &str, retry_after: Option<String>| {
        let mut response = graph::refusal(status, code, "Please retry again later.");
        if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    };
    match kind {
        Kind::Throttled { retry_after } => waits(429, "TooManyRequests", retry_after),
        Kind::Unavailable { retry_after } => waits(503, "serviceNotAvailable", retry_after),
        Kind::Refused { status, code } => graph::refusal(status, &code, "Refused."),
        Kind::Aadsts { number } => crate::login::refusal(400, "invalid_request", number, "Refused."),
        Kind::Claims => {
            let mut response = graph::refusal(401, "InvalidAuthenticationToken", "Continuous access evaluation.");
            let challenge = "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"";
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            response
        }
        // Ends the connection's task, without a word on the terminal.
        Kind::Dropped => std::panic::resume_unwind(Box::new("the connection is to be dropped")),
        Kind::Garbage => ([(header::CONTENT_TYPE, "text/html")], "<html>It works!</html>").into_response(),
        Kind::Redirect { to } => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Kind::Endless => {
            let link = format!("{}/v1.0/users?$skiptoken={}", shared.base, shared.lock().chance("endless"));
            axum::Json(json!({ "value": [], "@odata.nextLink": link })).into_response()
        }
        Kind::Huge { bytes } => huge(bytes),
        Kind::Silent => std::future::pending().await,
        Kind::Late { milliseconds } => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            next.run(request).await
        }
        Kind::Deletes { id } => {
            let response = next.run(request).await;
            shared.lock().directory.delete_user(&id);
            response
        }
        Kind::Truncated => truncated(next.run(request).await).await,
        Kind::NextLink { to } => changed(next.run(request).await, |page| page["@odata.nextLink"] = json!(to)).await,
        Kind::Circle => {
            let link = format!("{}{}", shared.base, request.uri());
            changed(next.run(request).await, |page| page["@odata.nextLink"] = json!(link)).await
        }
        Kind::Repeated => {
            changed(next.run(request).await, |page| {
                if let Some(rows) = page["value"].as_array_mut() {
                    let again = rows.clone();
                    rows.extend(again);
                }
            })
            .await
        }
        Kind::Nulls => changed(next.run(request).await, nulls).await,
    }
}

fn nulls(page: &mut Value) {
    for row in page["value"].as_array_mut().into_iter().flatten() {
        for (name, value) in row.as_object_mut().into_iter().flatten() {
            if name != "id" && !name.starts_with('@') {
                *value = Value::Null;
            }
        }
    }
}

async fn body(response: Response) -> (http::response::Parts, Vec<u8>) {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, axum::body::to_bytes(body, usize::MAX).await.map(Vec::from).unwrap_or_default())
}

async fn changed(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (parts, bytes) = body(response).await;
    let mut page: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    change(&mut page);
    Response::from_parts(parts, Body::from(page.to_string()))
}

async fn truncated(response: Response) -> Response {
    let (mut parts, bytes) = body(response).await;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes[..bytes.len() / 2].to_vec();
    Response::from_parts(parts, Body::from_stream(stream::iter([Ok::<_, std::io::Error>(half)])))
}

fn huge(bytes: u64) -> Response {
    const PIECE: usize = 64 * 1024;
    let begin = br#"{"value":[""#.to_vec();
    let pieces = usize::try_from(bytes / PIECE as u64).unwrap_or(usize::MAX);
    let middle = (0..pieces).map(|_| vec![b'a'; PIECE]);
    let all = std::iter::once(begin).chain(middle).chain(std::iter::once(br#""]}"#.to_vec()));
    let body = Body::from_stream(stream::iter(all.map(Ok::<_, std::io::Error>)));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
