//! The token endpoint of OAuth 2.0 (RFC 6749), for directories that want one.

/// Where it is.
pub const PATH: &str = "/oauth/token";
