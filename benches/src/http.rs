//! A client that costs little: HTTP/1.1 over one connection that stays open, if the server lets it. It shares the
//! machine with the server it measures, so it does no more than it must.

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// One connection, with what a browser or a program sends along.
pub struct Client {
    port: u16,
    stream: BufReader<TcpStream>,
    /// Whether the server closed it after the last answer.
    closed: bool,
    headers: String,
    cookies: Vec<(String, String)>,
    line: String,
}

/// What the server said.
pub struct Answer {
    pub status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// The body, when the status is the expected one.
    pub fn json(&self, expected: u16) -> anyhow::Result<Value> {
        self.expect(expected)?;
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Refuses any other status.
    pub fn expect(&self, expected: u16) -> anyhow::Result<()> {
        if self.status == expected {
            return Ok(());
        }
        bail!("expected {expected}, got {}: {}", self.status, String::from_utf8_lossy(&self.body));
    }
}

async fn open(port: u16) -> anyhow::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}

impl Client {
    pub async fn connect(port: u16) -> anyhow::Result<Self> {
        let stream = open(port).await?;
        let headers = format!("Host: localhost:{port}\r\nUser-Agent: keystead-bench\r\n");
        Ok(Self { port, stream, closed: false, headers, cookies: Vec::new(), line: String::new() })
    }

    /// As a program with an API key.
    pub fn with_api_key(mut self, secret: &str) -> Self {
        self.headers.push_str("Authorization: Bearer ");
        self.headers.push_str(secret);
        self.headers.push_str("\r\n");
        self
    }

    /// As a page of Keystead's own origin.
    pub fn with_origin(mut self, origin: &str) -> Self {
        self.headers.push_str("Origin: ");
        self.headers.push_str(origin);
        self.headers.push_str("\r\n");
        self
    }

    /// As a browser that was never here.
    pub fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, None).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.ask("POST", path, Some(body)).await
    }

    pub async fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        if std::mem::take(&mut self.closed) {
            self.stream = open(self.port).await?;
        }
        let mut request = format!("{method} {path} HTTP/1.1\r\n{}", self.headers);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.extend(["Cookie: ", &pairs.join("; "), "\r\n"]);
        }
        match body {
            Some(body) => {
                let body = body.to_string();
                let length = body.len().to_string();
                request.extend(["Content-Type: application/json\r\nContent-Length: ", &length, "\r\n\r\n", &body]);
            }
            None => request.push_str("\r\n"),
        }
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        self.read().await.with_context(|| format!("{method} {path}"))
    }

    async fn read(&mut self) -> anyhow::Result<Answer> {
        self.read_line().await?;
        self.closed = self.line.starts_with("HTTP/1.0");
        let status = self.line.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status line")?;
        let mut length = None;
        loop {
            self.read_line().await?;
            if self.line.is_empty() {
                break;
            }
            let (name, value) = self.line.split_once(':').context("a header without a colon")?;
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse()?);
            } else if name.eq_ignore_ascii_case("connection") {
                self.closed = value.trim().eq_ignore_ascii_case("close");
            } else if name.eq_ignore_ascii_case("set-cookie") {
                let pair = value.trim().split(';').next().and_then(|pair| pair.split_once('='));
                let (name, value) = pair.context("a cookie without a value")?;
                let (name, value) = (name.to_owned(), value.to_owned());
                self.cookies.retain(|(known, _)| *known != name);
                self.cookies.push((name, value));
            }
        }
        let length = if status == 204 { 0 } else { length.context("an answer of unknown length")? };
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(Answer { status, body })
    }

    async fn read_line(&mut self) -> anyhow::Result<()> {
        self.line.clear();
        if self.stream.read_line(&mut self.line).await? == 0 {
            bail!("the server closed the connection");
        }
        self.line.truncate(self.line.trim_end().len());
        Ok(())
    }
}
