//! Where Microsoft's clouds are.

use keystead_directory::{FieldError, entra::Cloud};
use url::Url;

/// Login and Graph of one cloud: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where tokens are given.
    pub login: Url,
    /// Where the directory is read.
    pub graph: Url,
}

/// The fixed addresses of a cloud; a custom one has none.
pub fn fixed(cloud: Cloud) -> Option<(&'static str, &'static str)> {
    match cloud {
        Cloud::Global => Some(("https://login.microsoftonline.com", "https://graph.microsoft.com")),
        Cloud::GccHigh => Some(("https://login.microsoftonline.us", "https://graph.microsoft.us")),
        Cloud::Dod => Some(("https://login.microsoftonline.us", "https://dod-graph.microsoft.us")),
        Cloud::China => Some(("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn")),
        Cloud::Custom => None,
    }
}

impl Addresses {
    /// The addresses of a cloud; `login` and `graph` count for a custom one.
    ///
    /// # Errors
    /// Names the address to mend.
    pub fn of(cloud: Cloud, login: Option<&str>, graph: Option<&str>) -> Result<Self, FieldError> {
        let (login, graph) = fixed(cloud).unwrap_or((login.unwrap_or_default(), graph.unwrap_or_default()));
        Ok(Self { login: address("loginUrl", login)?, graph: address("graphUrl", graph)? })
    }
}

/// A custom address in the form that is stored.
///
/// # Errors
/// Names the field to mend.
pub fn custom(field: &str, text: &str) -> Result<String, FieldError> {
    address(field, text).map(|url| url.as_str().trim_end_matches('/').to_owned())
}

fn address(field: &str, text: &str) -> Result<Url, FieldError> {
    let malformed = |message: &str| FieldError::new(field, "malformed", message);
    let url = Url::parse(text.trim()).map_err(|_| malformed("Write an address like https://login.example.com."))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err(malformed("Write an address like https://login.example.com.")),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err(malformed("The address must begin with https://: secrets travel there."));
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(malformed("Leave out everything after the host and its port."));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_has_addresses_that_can_be_used() {
        for cloud in [Cloud::Global, Cloud::GccHigh, Cloud::Dod, Cloud::China] {
            let addresses = Addresses::of(cloud, None, None).unwrap();
            assert_eq!((addresses.login.scheme(), addresses.graph.scheme()), ("https", "https"));
        }
    }

    #[test]
    fn a_custom_address_is_https_unless_it_is_this_machine() {
        assert_eq!(custom("loginUrl", " https://Login.Example.com ").unwrap(), "https://login.example.com");
        assert_eq!(custom("loginUrl", "https://login.example.com:8443/").unwrap(), "https://login.example.com:8443");
        for local in ["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000"] {
            assert_eq!(custom("loginUrl", local).unwrap(), local);
        }
        for refused in [
            "",
            "login.example.com",
            "http://login.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "ftp://login.example.com",
            "https://login.example.com/tenant",
            "https://login.example.com?a=b",
            "https://login.example.com#a",
            "https://user@login.example.com",
            "https://user:secret@login.example.com",
            "file:///etc/passwd",
        ] {
            assert!(custom("loginUrl", refused).is_err(), "{refused}");
        }
    }
}
