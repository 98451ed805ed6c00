//! A small HTTP/1.1 client: one request per connection, nothing added that was not asked for.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// A request to be sent.
#[derive(Clone)]
pub struct Request {
    address: SocketAddr,
    origin: String,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, Vec<String>>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(address: SocketAddr, method: &str, path: &str, origin: &str) -> Self {
        let (method, path, origin) = (method.to_owned(), path.to_owned(), origin.to_owned());
        Self { address, origin, method, path, headers: Vec::new(), body: Vec::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As a program with an API key.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// As a browser of Keystead's own origin with this cookie.
    pub fn browser(self, cookie: &str) -> Self {
        let origin = self.origin.clone();
        self.header("cookie", cookie).header("origin", &origin)
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string().as_bytes())
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub async fn send(self) -> Answer {
        self.attempt().await.expect("an answer")
    }

    /// Sends it to a server that may die meanwhile: an answer counts only when it is complete.
    pub async fn attempt(self) -> std::io::Result<Answer> {
        let mut head = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            write!(head, "host: {}\r\n", self.address).unwrap();
        }
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        if !self.body.is_empty() {
            write!(head, "content-length: {}\r\n", self.body.len()).unwrap();
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(head.as_bytes()).await?;
        // A server that refuses early may close before everything is written.
        let _ = stream.write_all(&self.body).await;
        let bytes = read_bytes(&mut stream).await?;
        parse(&bytes).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// Reads an answer to its end.
pub async fn read_answer(stream: &mut TcpStream) -> Answer {
    parse(&read_bytes(stream).await.unwrap()).expect("a complete answer")
}

async fn read_bytes(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    timeout(Duration::from_mins(1), stream.read_to_end(&mut bytes)).await.expect("an answer within a minute")?;
    Ok(bytes)
}

/// The answer in these bytes, unless it broke off.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        headers.entry(name.to_ascii_lowercase()).or_default().push(value.trim().to_owned());
    }
    let body = bytes[end + 4..].to_vec();
    let chunked = headers.get("transfer-encoding").is_some_and(|values| values.iter().any(|value| value == "chunked"));
    let announced = headers.get("content-length").and_then(|values| values[0].parse::<usize>().ok()).unwrap_or(0);
    // An answer to HEAD announces a body that does not follow.
    let whole = chunked || body.is_empty() || body.len() >= announced;
    whole.then(|| Answer { status, headers, body: if chunked { unchunk(&body) } else { body } })
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").expect("a chunk's length");
        let length = std::str::from_utf8(&rest[..line]).unwrap().split(';').next().unwrap();
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        rest = &rest[line + 2..];
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&rest[..length]);
        rest = &rest[length + 2..];
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |values| values[0].as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks that this is a problem document with this status and code, and gives it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let document = self.json();
        assert_eq!(document["code"], code, "{document}");
        assert_eq!(document["status"], status);
        assert_eq!(document["type"], format!("urn:keystead:problem:{code}"));
        assert_eq!(document["requestId"], self.header("x-request-id"));
        assert!(document["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{document}");
        document
    }
}
