//! One visit to the public URL, as a browser would make it: name, connection, certificate, answer.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use keystead_directory::Timestamp;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::ServerName};

use crate::config::PublicUrl;

/// What the visit found.
pub struct Visit {
    /// Whether a Keystead says that it is alive.
    pub healthy: bool,
    /// The time that the server gave.
    pub date: Option<Timestamp>,
}

/// Asks for `/healthz`. Blocks for at most a few times `patience`.
///
/// # Errors
/// When the name, the connection or the certificate fails.
pub fn health(url: &PublicUrl, patience: Duration) -> io::Result<Visit> {
    let authority = url.origin().split_once("://").map_or("", |(_, authority)| authority);
    let usual = if url.is_https() { 443 } else { 80 };
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(usual);
    let stream = connect(url.host(), port, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let answer = if url.is_https() {
        let name = ServerName::try_from(url.host().to_owned()).map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::new(trust()?), name).map_err(io::Error::other)?;
        ask(StreamOwned::new(connection, stream), authority)?
    } else {
        ask(stream, authority)?
    };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
    let date = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("date") { time(value.trim()) } else { None }
    });
    Ok(Visit { healthy: head.starts_with("HTTP/1.1 200") && body.contains("ok"), date })
}

/// The first of the name's addresses that answers.
fn connect(host: &str, port: u16, patience: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The certificate authorities that browsers trust as well.
fn trust() -> io::Result<ClientConfig> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn ask(mut stream: impl Read + Write, authority: &str) -> io::Result<String> {
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    let mut bytes = Vec::new();
    // A server may end TLS without a farewell; what came until then counts.
    match stream.take(64 * 1024).read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() => Err(error),
        _ => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Reads an HTTP date.
fn time(text: &str) -> Option<Timestamp> {
    let moment = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp(moment.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates_are_read() {
        let moment = time("Sun, 22 Nov 2026 10:39:47 GMT").unwrap();
        assert_eq!(moment.to_string(), "2026-11-22T10:39:47.000Z");
        assert!(time("yesterday").is_none());
    }
}
