//! The values of the configuration that have rules of their own.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

/// The address under which people open Keystead: an origin, nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
    https: bool,
}

impl PublicUrl {
    /// The origin as browsers write it in `Origin` (`https://keys.example.com`), without a slash.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host, which is the WebAuthn RP ID.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether browsers come over TLS, so that cookies can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The same as a parsed address.
    ///
    /// # Errors
    /// None: it was parsed before.
    pub fn url(&self) -> Result<Url, url::ParseError> {
        Url::parse(&self.origin)
    }

    /// The address of a page: `page("/register")`.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The address of a page with a secret token in its fragment, which browsers never send.
    pub fn link(&self, path: &str, token: &str) -> String {
        format!("{}{path}#{token}", self.origin)
    }
}

impl FromStr for PublicUrl {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut url = Url::parse(text).map_err(|_| ())?;
        // WebAuthn works at names only: this machine's own address is taken as its name.
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        if loopback {
            url.set_host(Some("localhost")).map_err(|_| ())?;
        }
        let Some(Host::Domain(host)) = url.host() else { return Err(()) };
        let host = host.to_owned();
        let local = host == "localhost" || host.ends_with(".localhost");
        let allowed = matches!((url.scheme(), local), ("https", _) | ("http", true));
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !allowed || !bare || host.ends_with('.') {
            return Err(());
        }
        Ok(Self { origin: url.origin().ascii_serialization(), host, https: url.scheme() == "https" })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// A range of IP addresses (`10.0.0.0/8`), or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether `address` lies in it. IPv4 addresses that came over IPv6 sockets count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| ())?)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| ())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(widest);
        if prefix > widest { Err(()) } else { Ok(Self { address, prefix }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin_on_a_name() {
        for (text, origin, host) in [
            ("http://localhost:8080", "http://localhost:8080", "localhost"),
            ("http://127.0.0.1:8080", "http://localhost:8080", "localhost"),
            ("http://[::1]:8080", "http://localhost:8080", "localhost"),
            ("https://Keys.Example.com/", "https://keys.example.com", "keys.example.com"),
            ("https://keys.example.com:443", "https://keys.example.com", "keys.example.com"),
            ("https://bücher.example:8443", "https://xn--bcher-kva.example:8443", "xn--bcher-kva.example"),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!((url.origin(), url.host()), (origin, host));
        }
        for text in [
            "keys.example.com",
            "http://keys.example.com",
            "https://keys.example.com/panel",
            "https://keys.example.com/?a=b",
            "https://keys.example.com/#a",
            "https://user@keys.example.com",
            "https://10.0.0.1",
            "http://10.0.0.1:8080",
            "https://[2001:db8::1]",
            "https://keys.example.com.",
            "ftp://localhost",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(()), "{text}");
        }
    }

    #[test]
    fn a_link_carries_its_token_in_the_fragment() {
        let url: PublicUrl = "https://keys.example.com".parse().unwrap();
        assert_eq!(url.link("/register", "abc"), "https://keys.example.com/register#abc");
    }

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        let inside =
            |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
        assert!(inside("10.0.0.0/8", "10.255.0.1"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(inside("127.0.0.1", "127.0.0.1"));
        assert!(!inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("0.0.0.0/0", "8.8.8.8"));
        assert!(!inside("0.0.0.0/0", "2001:db8::1"));
        assert!(inside("fd00::/8", "fd12::1"));
        for text in ["10.0.0.0/33", "fd00::/129", "10.0.0/8", "proxy.example.com", "", "10.0.0.0/", "1.2.3.4/-1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
