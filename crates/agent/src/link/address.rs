//! The server's address.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::ServerName;
use url::{Host, Url};

/// The server's public URL: scheme, host and port, nothing more. Encrypted, unless it is this machine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    host: String,
    name: ServerName<'static>,
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

/// Why a text is not a server's address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// Not a URL with a host.
    #[error("{0} is not an address. Give Keystead's public URL, as https://keys.example.com")]
    Unreadable(String),
    /// Neither https nor this machine.
    #[error("{0} is not encrypted. Give Keystead's public URL with https; http is for this machine itself only.")]
    Unencrypted(String),
    /// More than an origin.
    #[error("Give {0} without path, user or query: only https://keys.example.com")]
    TooMuch(String),
}

impl Address {
    /// The host, as name or number.
    pub fn host(&self) -> &str {
        // An IPv6 address is written in brackets within a URL, and without them elsewhere.
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        })
    }

    /// Whether the connection is TLS.
    pub fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// What the server's certificate must be for.
    pub fn server_name(&self) -> ServerName<'static> {
        self.name.clone()
    }

    /// The WebSocket at that path.
    pub fn link(&self, path: &str) -> String {
        let scheme = if self.is_encrypted() { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.authority())
    }

    fn authority(&self) -> String {
        self.port.map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_encrypted() { "https" } else { "http" };
        write!(formatter, "{scheme}://{}", self.authority())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let unreadable = || AddressError::Unreadable(text.to_owned());
        let url = Url::parse(text.trim()).map_err(|_| unreadable())?;
        let host = url.host().ok_or_else(unreadable)?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" if is_this_machine(&host) => Scheme::Http,
            "http" => return Err(AddressError::Unencrypted(text.to_owned())),
            _ => return Err(unreadable()),
        };
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::TooMuch(text.to_owned()));
        }
        let host = host.to_string();
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|_| unreadable())?;
        Ok(Self { scheme, host, name, port: url.port() })
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, AddressError};

    #[test]
    fn an_address_is_written_as_the_server_writes_its_public_url() {
        for (given, written, link) in [
            ("https://Keys.Example.com/", "https://keys.example.com", "wss://keys.example.com/l"),
            ("https://keys.example.com:443", "https://keys.example.com", "wss://keys.example.com/l"),
            ("https://keys.example.com:8443", "https://keys.example.com:8443", "wss://keys.example.com:8443/l"),
            ("http://localhost:8080", "http://localhost:8080", "ws://localhost:8080/l"),
            ("http://[::1]:8080/", "http://[::1]:8080", "ws://[::1]:8080/l"),
        ] {
            let address: Address = given.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.link("/l").as_str()), (written, link));
        }
        let six: Address = "https://[2001:db8::1]".parse().unwrap();
        assert_eq!((six.host(), six.port()), ("2001:db8::1", 443));
    }

    #[test]
    fn http_is_for_this_machine_only() {
        for open in ["http://keys.example.com", "http://10.0.0.1:8080", "http://localhost.example.com"] {
            assert_eq!(open.parse::<Address>(), Err(AddressError::Unencrypted(open.into())));
        }
    }

    #[test]
    fn an_address_is_nothing_but_an_origin() {
        for more in [
            "https://a.example/keys",
            "https://u@a.example",
            "https://u:p@a.example",
            "https://a.example?x",
            "https://a.example#x",
        ] {
            assert_eq!(more.parse::<Address>(), Err(AddressError::TooMuch(more.into())));
        }
        for none in ["", "keys.example.com", "ftp://a.example", "https://", "file:///etc", "https://a b"] {
            assert_eq!(none.parse::<Address>(), Err(AddressError::Unreadable(none.into())));
        }
    }
}
