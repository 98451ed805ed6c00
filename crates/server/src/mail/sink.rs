//! A mail server for tests: real SMTP over TCP, with TLS and AUTH where asked for, that keeps what
//! it takes and misbehaves as its script says.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// The authority that signed the sink's certificate for `localhost`; it is trusted by tests only.
pub const AUTHORITY: &[u8] = include_bytes!("testdata/authority.pem");

/// How the sink treats one attempt for a recipient.
#[derive(Clone, Copy)]
pub enum Behaviour {
    /// Takes the mail.
    Take,
    /// Answers `RCPT TO` with this line.
    AnswerRecipient(&'static str),
    /// Takes the recipient and answers the content with this line.
    AnswerContent(&'static str),
    /// Never answers `RCPT TO`.
    Hang,
    /// Reads the content and drops the connection instead of answering.
    DropAfterContent,
}

/// How connections are protected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    Plain,
    /// STARTTLS is offered, and needed before AUTH.
    StartTls,
    /// TLS from the first byte.
    Wrapped,
}

/// A mail as it came in.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub content: String,
    pub encrypted: bool,
    pub user: Option<String>,
    /// Whether the sink said 250.
    pub taken: bool,
}

impl Mail {
    /// A header's value, unfolded, as it stands on the wire.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.content.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
        let wanted = format!("{}:", name.to_lowercase());
        head.lines()
            .find(|line| line.to_lowercase().starts_with(&wanted))
            .map(|line| line[wanted.len()..].trim().to_owned())
    }

    /// The decoded part of this content type.
    pub fn part(&self, kind: &str) -> String {
        let at = self.content.find(&format!("Content-Type: {kind}")).expect("the part");
        let (head, rest) = self.content[at..].split_once("\r\n\r\n").expect("a part has a head");
        let body = rest.split("\r\n--").next().expect("a body");
        let bytes = match head.to_lowercase() {
            head if head.contains("quoted-printable") => quoted_printable(body),
            head if head.contains("base64") => STANDARD.decode(body.replace("\r\n", "")).expect("base64"),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
    }
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
    while let Some((&byte, tail)) = rest.split_first() {
        rest = if let (b'=', [high, low, tail @ ..]) = (byte, tail) {
            let pair = [*high, *low];
            let hex = std::str::from_utf8(&pair).expect("two digits");
            bytes.push(u8::from_str_radix(hex, 16).expect("hexadecimal"));
            tail
        } else {
            bytes.push(byte);
            tail
        };
    }
    bytes
}

type Script = dyn Fn(&str, u32) -> Behaviour + Send + Sync;

struct Inner {
    script: Box<Script>,
    security: Security,
    password: Option<&'static str>,
    tls: TlsAcceptor,
    mails: Mutex<Vec<Mail>>,
    attempts: Mutex<HashMap<String, u32>>,
    arrived: Notify,
    released: Notify,
}

/// The running sink.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

impl Sink {
    /// A sink that takes everything.
    pub async fn start() -> Self {
        Self::with(Security::Plain, None, |_, _| Behaviour::Take).await
    }

    /// A sink whose script decides by recipient and attempt, the first being 1.
    pub async fn scripted(script: impl Fn(&str, u32) -> Behaviour + Send + Sync + 'static) -> Self {
        Self::with(Security::Plain, None, script).await
    }

    /// A sink with everything chosen; with a `password`, AUTH is needed.
    pub async fn with(
        security: Security,
        password: Option<&'static str>,
        script: impl Fn(&str, u32) -> Behaviour + Send + Sync + 'static,
    ) -> Self {
        let chain = vec![CertificateDer::from_pem_slice(include_bytes!("testdata/server.pem")).expect("certificate")];
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("testdata/server-key.pem")).expect("key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocols")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a pair");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let inner = Arc::new(Inner {
            script: Box::new(script),
            security,
            password,
            tls: TlsAcceptor::from(Arc::new(config)),
            mails: Mutex::default(),
            attempts: Mutex::default(),
            arrived: Notify::new(),
            released: Notify::new(),
        });
        let sink = Self { address: listener.local_addr().expect("an address"), inner };
        let serving = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sink = serving.clone();
                tokio::spawn(async move {
                    // A client that leaves early is a client's right.
                    let _ = match sink.inner.security {
                        Security::Wrapped => match sink.inner.tls.accept(stream).await {
                            Ok(stream) => sink.talk(stream, true).await.map(drop),
                            Err(error) => Err(error),
                        },
                        _ => match sink.talk(stream, false).await {
                            Ok(Some(stream)) => match sink.inner.tls.accept(stream).await {
                                Ok(stream) => sink.talk(stream, true).await.map(drop),
                                Err(error) => Err(error),
                            },
                            other => other.map(drop),
                        },
                    };
                });
            }
        });
        sink
    }

    /// The sink as an SMTP URL without credentials.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Every mail so far, taken or dropped.
    pub fn mails(&self) -> Vec<Mail> {
        self.inner.mails.lock().expect("unpoisoned").clone()
    }

    /// How often a recipient was named.
    pub fn attempts(&self, to: &str) -> u32 {
        self.inner.attempts.lock().expect("unpoisoned").get(to).copied().unwrap_or(0)
    }

    /// Lets go of everybody who hangs.
    pub fn release(&self) {
        self.inner.released.notify_waiters();
    }

    /// Waits until `count` mails have come.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        let waiting = async {
            while self.mails().len() < count {
                let _ = timeout(Duration::from_millis(50), self.inner.arrived.notified()).await;
            }
        };
        timeout(Duration::from_secs(20), waiting).await.unwrap_or_else(|_| {
            panic!("{} of {count} mails came", self.mails().len());
        });
        self.mails()
    }

    fn attempt(&self, to: &str) -> Behaviour {
        let mut attempts = self.inner.attempts.lock().expect("unpoisoned");
        let count = attempts.entry(to.to_owned()).or_default();
        *count += 1;
        (self.inner.script)(to, *count)
    }

    fn keep(&self, mail: Mail) {
        self.inner.mails.lock().expect("unpoisoned").push(mail);
        self.inner.arrived.notify_waiters();
    }

    /// One dialogue; gives the stream back when the client asked for TLS.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send>(
        &self,
        stream: S,
        encrypted: bool,
    ) -> io::Result<Option<S>> {
        let mut stream = BufReader::new(stream);
        let offers_tls = self.inner.security == Security::StartTls && !encrypted;
        if self.inner.security != Security::StartTls || !encrypted {
            stream.write_all(b"220 sink ESMTP\r\n").await?;
        }
        let (mut from, mut to, mut user) = (String::new(), String::new(), None::<String>);
        let mut behaviour = Behaviour::Take;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            let line = line.trim_end().to_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            let may_send = self.inner.password.is_none() || user.is_some();
            let answer = match verb.as_str() {
                "EHLO" | "HELO" => {
                    let tls = if offers_tls { "250-STARTTLS\r\n" } else { "" };
                    let auth = if self.inner.password.is_some() { "250-AUTH PLAIN\r\n" } else { "" };
                    format!("250-sink\r\n{tls}{auth}250 8BITMIME")
                }
                "STARTTLS" if offers_tls => {
                    stream.write_all(b"220 go ahead\r\n").await?;
                    return Ok(Some(stream.into_inner()));
                }
                "AUTH" => {
                    let plain = line.split(' ').nth(2).and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
                    let fields: Vec<String> = plain
                        .split(|byte| *byte == 0)
                        .map(|field| String::from_utf8_lossy(field).into_owned())
                        .collect();
                    if fields.get(2).map(String::as_str) == self.inner.password {
                        user = fields.get(1).cloned();
                        "235 welcome".to_owned()
                    } else {
                        "535 5.7.8 wrong user name or password".to_owned()
                    }
                }
                "MAIL" if !may_send => "530 5.7.0 authentication required".to_owned(),
                "MAIL" => {
                    from = address(&line);
                    "250 sender noted".to_owned()
                }
                "RCPT" => {
                    to = address(&line);
                    behaviour = self.attempt(&to);
                    match behaviour {
                        Behaviour::AnswerRecipient(words) => words.to_owned(),
                        Behaviour::Hang => {
                            self.inner.released.notified().await;
                            return Ok(None);
                        }
                        _ => "250 recipient noted".to_owned(),
                    }
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let Some(content) = content(&mut stream).await? else { return Ok(None) };
                    let taken = matches!(behaviour, Behaviour::Take);
                    let (from, to, user) = (from.clone(), to.clone(), user.clone());
                    self.keep(Mail { from, to, content, encrypted, user, taken });
                    match behaviour {
                        Behaviour::DropAfterContent => return Ok(None),
                        Behaviour::AnswerContent(words) => words.to_owned(),
                        _ => "250 taken".to_owned(),
                    }
                }
                "NOOP" | "RSET" => "250 fine".to_owned(),
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(None);
                }
                _ => "502 what?".to_owned(),
            };
            // As a server that is not on this machine: nothing is instant.
            sleep(Duration::from_millis(1)).await;
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
}

fn address(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(address, _)| address.to_owned())
        .unwrap_or_default()
}

/// The content up to the lone dot, without the stuffing; `None` when the client left before it.
async fn content<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<Option<String>> {
    let mut content = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if line == ".\r\n" {
            return Ok(Some(content));
        }
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
