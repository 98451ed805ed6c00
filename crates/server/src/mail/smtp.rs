//! The way to the mail server: one SMTP exchange, step by step.
//!
//! The steps are driven here rather than through the library's pooled transport, for three
//! reasons: the asynchronous transport has no time limit on answers, only on connecting; an attempt
//! that is cut off must never hand a half-used connection to the next mail; and which step was
//! refused decides whether a later attempt makes sense.

use std::{
    future::Future,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use lettre::{
    address::Envelope,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio::time::timeout;
use url::Url;

/// How long each step may take before the server counts as hanging.
const STEP: Duration = Duration::from_secs(20);
/// How long the server may think about the content: scanners run there.
const CONTENT: Duration = Duration::from_mins(1);
/// How long a connection is kept for the next mail.
const KEPT: Duration = Duration::from_secs(20);
/// How long a farewell may take; it changes nothing.
const FAREWELL: Duration = Duration::from_secs(2);
/// How many connections are kept at most.
const KEPT_CONNECTIONS: usize = 4;

/// The step at which an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reaching the server, its greeting and EHLO.
    Connect,
    /// The change to TLS.
    Encrypt,
    /// Signing in at the server.
    Authenticate,
    /// `MAIL FROM`: our sender address.
    Sender,
    /// `RCPT TO`: the person's address.
    Recipient,
    /// `DATA` and the content.
    Content,
}

impl Stage {
    /// What an administrator should look at.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Connect => "Check the host and port in the SMTP URL, and that a firewall lets this machine reach it.",
            Self::Encrypt => {
                "Check the server's certificate and its name, or whether the URL should say smtps:// (port 465) or ?tls=required (port 587)."
            }
            Self::Authenticate => {
                "Check the user name and password in the SMTP URL (special characters must be percent-encoded)."
            }
            Self::Sender => "Check that the server lets this account send from the configured sender address.",
            Self::Recipient => "Check the person's e-mail address.",
            Self::Content => "Look into the mail server's log for the reason.",
        }
    }

    fn doing(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Encrypt => "starting TLS",
            Self::Authenticate => "signing in",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Content => "sending the content",
        }
    }
}

/// Why an exchange did not end well.
#[derive(Debug)]
pub struct Failure {
    /// Where it failed.
    pub stage: Stage,
    /// Whether the server said that it will never take this mail for this recipient.
    pub refused: bool,
    /// What happened, with the server's own words.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    None,
    WhenOffered,
    Required,
    FromTheStart,
}

/// A mail server, how to talk to it, and connections kept for the next mail.
pub struct SmtpServer {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    hello: ClientId,
    authorities: Vec<Certificate>,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl SmtpServer {
    /// Reads `smtp[s]://[user:password@]host[:port][/hello-name][?tls=required|opportunistic]`.
    /// The default ports are 465 for `smtps`, 587 with `tls`, and 25 otherwise.
    ///
    /// # Errors
    /// When it is not such a URL, or would send a password over the network in the clear.
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        // Parse errors of the URL crate name no part of it, so no password can slip out.
        let url = Url::parse(url).context("the SMTP URL must look like smtps://user:password@mail.example.org")?;
        let host = url.host_str().filter(|host| !host.is_empty()).context("the SMTP URL names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        for (name, _) in url.query_pairs() {
            if name != "tls" {
                bail!("the SMTP URL knows no option `{name}`; allowed is tls=required or tls=opportunistic");
            }
        }
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let (encryption, default_port) = match (url.scheme(), tls.as_deref()) {
            ("smtps", None | Some("required")) => (Encryption::FromTheStart, 465),
            ("smtp", Some("required")) => (Encryption::Required, 587),
            ("smtp", Some("opportunistic")) => (Encryption::WhenOffered, 587),
            ("smtp", None) => (Encryption::None, 25),
            ("smtp" | "smtps", Some(_)) => bail!("tls in the SMTP URL must be `required` or `opportunistic`"),
            _ => bail!("the SMTP URL must begin with smtp:// or smtps://"),
        };
        let credentials = match (decoded(url.username())?, url.password()) {
            (user, Some(password)) => Some(Credentials::new(user, decoded(password)?)),
            (user, None) if user.is_empty() => None,
            _ => bail!("the SMTP URL has a user name but no password"),
        };
        let encrypted = matches!(encryption, Encryption::Required | Encryption::FromTheStart);
        if credentials.is_some() && !encrypted && !is_loopback(&host) {
            bail!("the SMTP URL would send the password unencrypted: use smtps:// or ?tls=required");
        }
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        Ok(Self {
            port: url.port().unwrap_or(default_port),
            host,
            encryption,
            credentials,
            hello,
            authorities: Vec::new(),
            kept: Mutex::default(),
        })
    }

    /// Also trusts these certificate authorities, one or more in PEM form.
    pub fn trust(&mut self, pem: &[u8]) -> anyhow::Result<()> {
        if CertificateDer::pem_slice_iter(pem).next().is_none() {
            bail!("there is no certificate in PEM form in it");
        }
        self.authorities.push(Certificate::from_pem(pem).context("it is not in PEM form")?);
        // The library looks into a certificate when a connection is made; an administrator is told at the start.
        self.tls().map(drop).map_err(|failure| anyhow!("a certificate in it can't be used: {}", failure.text))
    }

    /// `host:port`.
    pub fn name(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Connects, encrypts and signs in, and says good-bye.
    pub async fn check(&self) -> Result<(), Failure> {
        let mut connection = self.connect(Instant::now() + 3 * STEP).await?;
        // Whether the farewell is answered does not matter.
        let _ = timeout(FAREWELL, connection.quit()).await;
        Ok(())
    }

    /// Delivers one message before `deadline`; `Ok(false)` when `still_ours` said no right before
    /// the content would have left.
    pub async fn deliver(
        &self,
        envelope: &Envelope,
        message: &[u8],
        deadline: Instant,
        still_ours: impl Fn() -> bool + Send,
    ) -> Result<bool, Failure> {
        let mut connection = match self.kept_connection().await {
            Some(connection) => connection,
            None => self.connect(deadline).await?,
        };
        match exchange(&mut connection, envelope, message, deadline, still_ours).await {
            Ok(true) => {
                self.keep(connection);
                Ok(true)
            }
            // Whatever state the dialogue is in, no other mail may inherit it. Where content was
            // due, even a farewell could be read as content: the connection is just dropped.
            Err(failure) if failure.stage != Stage::Content => {
                let _ = timeout(FAREWELL, connection.abort()).await;
                Err(failure)
            }
            other => other,
        }
    }

    /// Ends all kept connections.
    pub async fn close(&self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        for (mut connection, _) in kept {
            let _ = timeout(FAREWELL, connection.quit()).await;
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(_, since)| since.elapsed() < KEPT);
        if kept.len() < KEPT_CONNECTIONS {
            kept.push((connection, Instant::now()));
        }
    }

    /// A kept connection that still answers.
    async fn kept_connection(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (mut connection, since) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < KEPT && timeout(FAREWELL, connection.test_connected()).await == Ok(true) {
                return Some(connection);
            }
        }
    }

    async fn connect(&self, deadline: Instant) -> Result<AsyncSmtpConnection, Failure> {
        let wrapped = match self.encryption {
            Encryption::FromTheStart => Some(self.tls()?),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(STEP), &self.hello, wrapped, None);
        let mut connection = step(Stage::Connect, STEP, deadline, connecting).await?;
        let offered = connection.can_starttls();
        if self.encryption == Encryption::Required && !offered {
            let text = "the server offers no STARTTLS, so nothing was sent".to_owned();
            return Err(Failure { stage: Stage::Encrypt, refused: false, text });
        }
        if matches!(self.encryption, Encryption::Required | Encryption::WhenOffered) && offered {
            let starting = connection.starttls(self.tls()?, &self.hello);
            step(Stage::Encrypt, STEP, deadline, starting).await?;
        }
        if let Some(credentials) = &self.credentials {
            let signing_in = connection.auth(DEFAULT_MECHANISMS, credentials);
            step(Stage::Authenticate, STEP, deadline, signing_in).await?;
        }
        Ok(connection)
    }

    fn tls(&self) -> Result<TlsParameters, Failure> {
        let mut builder = TlsParameters::builder(self.host.clone());
        for authority in &self.authorities {
            builder = builder.add_root_certificate(authority.clone());
        }
        builder.build_rustls().map_err(|error| failure(Stage::Encrypt, &error))
    }
}

async fn exchange(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
    deadline: Instant,
    still_ours: impl Fn() -> bool + Send,
) -> Result<bool, Failure> {
    let mut options = Vec::new();
    let mut addresses = envelope.to().iter().chain(envelope.from());
    if addresses.any(|address| !address.user().is_ascii() || !address.domain().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let text = "the mail server can't deliver to addresses with letters beyond ASCII (SMTPUTF8)".to_owned();
            return Err(Failure { stage: Stage::Recipient, refused: true, text });
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !message.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender = Mail::new(envelope.from().cloned(), options);
    step(Stage::Sender, STEP, deadline, connection.command(sender)).await?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), Vec::new());
        step(Stage::Recipient, STEP, deadline, connection.command(recipient)).await?;
    }
    step(Stage::Content, STEP, deadline, connection.command(Data)).await?;
    if !still_ours() {
        return Ok(false);
    }
    step(Stage::Content, CONTENT, deadline, connection.message(message)).await?;
    Ok(true)
}

async fn step<T>(
    stage: Stage,
    limit: Duration,
    deadline: Instant,
    answer: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Failure> {
    let limit = limit.min(deadline.saturating_duration_since(Instant::now()));
    let Ok(answer) = timeout(limit, answer).await else {
        let text = format!("no answer within {} s while {}", limit.as_secs(), stage.doing());
        return Err(Failure { stage, refused: false, text });
    };
    answer.map_err(|error| failure(stage, &error))
}

fn failure(stage: Stage, error: &lettre::transport::smtp::Error) -> Failure {
    // A 5xx speaks for good only about the recipient and the content: one to our greeting,
    // credentials or sender is about this installation, which an administrator can mend in time.
    let about_the_mail = matches!(stage, Stage::Recipient | Stage::Content);
    let about_us = error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    let text = match (error.status(), std::error::Error::source(error)) {
        (Some(code), Some(words)) => format!("the mail server answered {code} {words} while {}", stage.doing()),
        _ => format!("{error} while {}", stage.doing()),
    };
    Failure { stage, refused: error.is_permanent() && about_the_mail && !about_us, text }
}

fn decoded(text: &str) -> anyhow::Result<String> {
    let pair = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    let decoded = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
    decoded.filter(|text| !text.contains('\u{fffd}')).context("user name and password in the SMTP URL must be UTF-8")
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
