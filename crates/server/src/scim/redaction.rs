//! Secrets are taken out of what the request log keeps.

use axum::body::Bytes;
use serde_json::Value;

/// What stands in the place of a secret.
const REMOVED: &str = "(removed)";
/// The most of a body that is kept, in bytes.
const LONGEST_BODY: usize = 16 * 1024;
/// Parts of names whose values are secrets.
const SECRET_NAMES: [&str; 6] = ["password", "secret", "token", "credential", "authorization", "assertion"];
/// What Keystead's own secrets begin with: API keys, SCIM tokens, client secrets, access tokens.
const SECRET_BEGINNINGS: [&str; 4] = ["ksk_", "kss_", "ksc_", "ksa_"];

fn names_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

/// A text without Keystead's secrets.
pub fn text(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = SECRET_BEGINNINGS.iter().filter_map(|beginning| rest.find(beginning)).min() {
        let secret = rest[at + 4..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
        let end = at + 4 + secret.count();
        kept.push_str(&rest[..at]);
        kept.push_str(if end - at > 20 { REMOVED } else { &rest[at..end] });
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}

/// A query as people read it, without the values of secrets.
pub fn query(query: &str) -> String {
    let parts = url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| {
        let secret = names_secret(&name) || names_secret(&value);
        let value = if secret { REMOVED.to_owned() } else { text(&value) };
        format!("{}={value}", text(&name))
    });
    parts.collect::<Vec<_>>().join("&")
}

/// A body without the values of secrets, at most 16 KiB. What is no JSON is not kept: nobody knows what is in it.
pub fn body(body: &Bytes) -> String {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return format!("(no JSON: {} bytes)", body.len());
    };
    clean(&mut value);
    let mut kept = value.to_string().replace('\0', "");
    if kept.len() > LONGEST_BODY {
        kept.truncate(kept.floor_char_boundary(LONGEST_BODY - 3));
        kept.push('…');
    }
    kept
}

fn clean(value: &mut Value) {
    match value {
        Value::String(string) => *string = text(string),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(object) => {
            // A patch names what it changes beside the value.
            let path = object
                .iter()
                .any(|(name, value)| name.eq_ignore_ascii_case("path") && value.as_str().is_some_and(names_secret));
            for (name, value) in object.iter_mut() {
                if names_secret(name) || (path && !name.eq_ignore_ascii_case("op")) {
                    *value = REMOVED.into();
                } else {
                    clean(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_wherever_they_stand() {
        let secret = "kss_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
        for sent in [
            r#"{"userName":"a","password":"hunter2"}"#.to_owned(),
            r#"{"Operations":[{"op":"replace","path":"password","value":"hunter2"}]}"#.to_owned(),
            r#"{"Operations":[{"op":"replace","value":{"PassWord":{"x":["hunter2"]}}}]}"#.to_owned(),
            r#"{"Operations":[{"data":{"urn:x:User:clientSecret":"hunter2"}}]}"#.to_owned(),
            format!(r#"{{"title":"see {secret} there"}}"#),
            "password=hunter2 and no JSON".to_owned(),
        ] {
            let kept = body(&Bytes::from(sent.clone()));
            assert!(!kept.contains("hunter2") && !kept.contains(secret), "{sent} became {kept}");
        }
        assert_eq!(query("filter=password+eq+%22hunter2%22&count=1"), "filter=(removed)&count=1");
        assert_eq!(query(&format!("access_token={secret}")), "access_token=(removed)");
        assert_eq!(text(&format!("/Users/{secret}/x")), "/Users/(removed)/x");
        assert_eq!(text("kss_ is how they begin"), "kss_ is how they begin");
    }

    #[test]
    fn what_is_kept_is_bounded_and_whole_characters() {
        let sent = serde_json::json!({ "title": "ü".repeat(40_000) }).to_string();
        let kept = body(&Bytes::from(sent));
        assert!(kept.len() <= LONGEST_BODY && kept.ends_with('…'));
        assert_eq!(body(&Bytes::from_static(br#"{"userName":"ada"}"#)), r#"{"userName":"ada"}"#);
    }
}
