//! Versions of resources: entity tags and the conditions that requests put on them (RFC 7644 section 3.14).

/// Whether a resource of this version meets an `If-Match` header: it lists the version, or is `*`.
///
/// Tags are compared without regard to whether they are marked weak: the standard's own are, and clients send back
/// what they find in `meta.version`, sometimes without the mark or the quotes.
///
/// A request with `If-Match` for which this is false is answered 412. For `If-None-Match`, a GET for which it is true
/// is answered 304.
///
/// ```
/// use keystead_scim::version;
///
/// assert!(version::matches(r#"W/"7""#, r#"W/"7""#));
/// assert!(version::matches(r#""6", "7""#, r#"W/"7""#));
/// assert!(!version::matches(r#"W/"6""#, r#"W/"7""#));
/// ```
pub fn matches(header: &str, version: &str) -> bool {
    let version = opaque(version);
    header.split(',').map(str::trim).any(|tag| tag == "*" || !tag.is_empty() && opaque(tag) == version)
}

/// The part of a tag between its quotes.
fn opaque(tag: &str) -> &str {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn only_the_same_version_meets_the_condition() {
        for (header, meets) in [
            ("*", true),
            ("W/\"1-a\"", true),
            ("\"1-a\"", true),
            ("1-a", true),
            (" W/\"0\" , W/\"1-a\"", true),
            ("W/\"1-A\"", false),
            ("W/\"1\"", false),
            ("", false),
            (",", false),
            ("\"*\"", false),
            ("w/\"1-a\"", false),
        ] {
            assert_eq!(matches(header, "W/\"1-a\""), meets, "{header}");
        }
    }
}
