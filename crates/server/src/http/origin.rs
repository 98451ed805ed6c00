//! Who may send a request from a browser: pages of Keystead's own origin only.
//!
//! A request that changes something and carries a cookie must come with `Origin` equal to the
//! public URL's. A foreign `Origin` is refused always. There is no CORS. `Host` decides nothing:
//! links, cookies and the RP ID come from the configuration, so that a forged `Host` has no use.

use http::{HeaderMap, Method, header};

use super::error::Problem;
use crate::config::PublicUrl;

/// Refuses a request of a foreign page.
///
/// # Errors
/// `forbidden` when the origin is another one, or is missing where a cookie is sent.
pub fn check(method: &Method, headers: &HeaderMap, public_url: &PublicUrl) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) if origin.as_bytes() == public_url.origin().as_bytes() => Ok(()),
        (None, _) if !headers.contains_key(header::COOKIE) => Ok(()),
        (None, _) => Err(Problem::forbidden(
            "A request with a cookie must carry the header Origin. Programs use an API key instead of a cookie.",
        )),
        _ => Err(Problem::forbidden(format!(
            "This request comes from another site. Open Keystead at {public_url} and try again there."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(method: &Method, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check(method, &headers, &"https://keys.example.com".parse().unwrap()).is_ok()
    }

    #[test]
    fn only_pages_of_our_own_origin_change_anything() {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert!(allowed(&method, &[("origin", "https://keys.example.com"), ("cookie", "a=b")]));
            for origin in [
                "https://evil.example",
                "https://keys.example.com.evil.example",
                "http://keys.example.com",
                "https://keys.example.com:8443",
                "https://sub.keys.example.com",
                "null",
                "",
            ] {
                assert!(!allowed(&method, &[("origin", origin), ("cookie", "a=b")]), "{origin}");
                assert!(!allowed(&method, &[("origin", origin)]), "{origin} without a cookie");
            }
            assert!(!allowed(&method, &[("cookie", "a=b")]));
            assert!(allowed(&method, &[]), "programs with an API key have no origin");
            assert!(!allowed(&method, &[("origin", "https://keys.example.com"), ("origin", "https://evil.example")]));
        }
        assert!(allowed(&Method::GET, &[("cookie", "a=b")]));
    }
}
