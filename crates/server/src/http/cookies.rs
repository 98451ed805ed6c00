//! The cookies of Keystead: one for the session, one that binds a ceremony to its browser.
//!
//! On https they carry the `__Host-` prefix: no other host, sub-domain or path can set them.

use http::{HeaderMap, HeaderValue, header};

use crate::config::PublicUrl;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The token of a signed-in browser.
    Session,
    /// The secret that a ceremony was begun with.
    Ceremony,
}

impl Cookie {
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-keystead-session",
            (Self::Session, false) => "keystead-session",
            (Self::Ceremony, true) => "__Host-keystead-ceremony",
            (Self::Ceremony, false) => "keystead-ceremony",
        }
    }

    /// Its value in a request. Two of the same name are none: one of them is planted.
    pub fn read(self, headers: &HeaderMap, public_url: &PublicUrl) -> Option<String> {
        let name = self.name(public_url.is_https());
        let mut values = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value.trim());
        let value = values.next().filter(|value| !value.is_empty())?;
        if values.next().is_some() { None } else { Some(value.to_owned()) }
    }

    /// The `Set-Cookie` header that gives it to the browser for `seconds`.
    ///
    /// `value` is one of our tokens (base64url); anything else makes a header that clears it.
    pub fn set(self, value: &str, seconds: i64, public_url: &PublicUrl) -> HeaderValue {
        let https = public_url.is_https();
        let secure = if https { "; Secure" } else { "" };
        let text =
            format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", self.name(https), seconds.max(0));
        let clean = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        match HeaderValue::from_str(&text) {
            Ok(header) if clean => header,
            _ => self.clear(public_url),
        }
    }

    /// The `Set-Cookie` header that takes it away.
    pub fn clear(self, public_url: &PublicUrl) -> HeaderValue {
        HeaderValue::from_static(match (self, public_url.is_https()) {
            (Self::Session, true) => "__Host-keystead-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
            (Self::Session, false) => "keystead-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
            (Self::Ceremony, true) => "__Host-keystead-ceremony=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
            (Self::Ceremony, false) => "keystead-ceremony=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, url: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())]);
        Cookie::Session.read(&headers, &url.parse().unwrap())
    }

    #[test]
    fn on_https_only_the_host_bound_cookie_counts() {
        let url = "https://keys.example.com";
        assert_eq!(read("a=b; __Host-keystead-session=abc", url).as_deref(), Some("abc"));
        assert_eq!(read("keystead-session=abc", url), None);
        assert_eq!(read("__Host-keystead-session=abc; __Host-keystead-session=def", url), None);
        assert_eq!(read("__Host-keystead-session=", url), None);
        assert_eq!(read("keystead-session=abc", "http://localhost:8080").as_deref(), Some("abc"));
    }

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
        let header = Cookie::Session.set("abc-_9", 60, &"https://keys.example.com".parse().unwrap());
        assert_eq!(header, "__Host-keystead-session=abc-_9; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure");
        let header = Cookie::Ceremony.set("abc", 60, &"http://localhost:8080".parse().unwrap());
        assert_eq!(header, "keystead-ceremony=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
    }

    #[test]
    fn a_value_that_is_no_token_never_becomes_a_header() {
        for value in ["a; Domain=evil.example", "a\r\nX: y", "a b", "\u{e9}"] {
            let header = Cookie::Session.set(value, 60, &"https://keys.example.com".parse().unwrap());
            assert_eq!(header, Cookie::Session.clear(&"https://keys.example.com".parse().unwrap()), "{value}");
        }
    }
}
