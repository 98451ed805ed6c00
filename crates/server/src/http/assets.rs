//! The panel: the files that `npm run build` made, embedded in the binary.
//!
//! Files under `/assets/` have their content's hash in their name and are kept for ever by
//! browsers; `index.html` is asked for each time and is the answer to every page of the panel.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::RustEmbed;

use super::{error::Problem, layers::method_not_allowed};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Panel;

/// The page that every address of the panel begins with.
const INDEX: &str = "index.html";

/// What is said when the binary was built without the panel.
const NOT_BUILT: &str = "Keystead runs, but its panel is not built into this binary.\n\
    Build it with `make run`, or with `npm ci && npm run build` in web/, and start again.\n\
    The API works: its reference is at /api/docs.\n";

/// Answers everything that is not the API: a file of the panel, or its first page.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::not_found("The API has no such address. Its reference is at /api/docs.").into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return method_not_allowed("GET, HEAD").into_response();
    }
    let name = path.trim_start_matches('/');
    if !name.is_empty() && name != INDEX {
        if let Some(file) = Panel::get(name) {
            return respond(name, file, &headers);
        }
        if !wants_page(name, &headers) {
            return Problem::not_found("There is no such file.").into_response();
        }
    }
    if let Some(file) = Panel::get(INDEX) {
        return respond(INDEX, file, &headers);
    }
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, plain)], NOT_BUILT).into_response()
}

/// Whether a browser asks for a page of the panel, rather than for a file that does not exist.
fn wants_page(name: &str, headers: &HeaderMap) -> bool {
    let html = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|accept| accept.contains("text/html") || accept.contains("*/*"));
    let file = name.starts_with("assets/") || name.rsplit('/').next().is_some_and(|last| last.contains('.'));
    html && !file
}

fn respond(name: &str, file: rust_embed::EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let keep = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, etag);
    }
    if !known && let Ok(kind) = HeaderValue::from_str(&kind(file.metadata.mimetype())) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// The media type, with its character set where it is text.
fn kind(media: &str) -> String {
    if media.starts_with("text/") { format!("{media}; charset=utf-8") } else { media.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_browser_that_asks_for_a_page_gets_the_panel() {
        let accept = |text: &'static str| HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]);
        assert!(wants_page("users/new", &accept("text/html,application/xhtml+xml")));
        assert!(wants_page("register", &accept("*/*")));
        assert!(!wants_page("users", &accept("application/json")));
        assert!(!wants_page("users", &HeaderMap::new()));
        assert!(!wants_page("assets/index-abc.js", &accept("*/*")));
        assert!(!wants_page("robots.txt", &accept("text/html")));
    }
}
