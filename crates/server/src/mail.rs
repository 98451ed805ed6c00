//! Sending mail: a claimed mail of the outbox in, and what the mail server made of it out.
//!
//! The words are in [`letter`], the way to the server in [`smtp`]; when to send, and what follows
//! from the outcome, is the worker's. No body, no link and no password is ever logged, and error
//! texts are cleaned of them before anybody stores or shows them.

pub mod letter;
#[cfg(test)]
pub(crate) mod sink;
pub mod smtp;

use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use keystead_directory::{Timestamp, mails::ClaimedMail};
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use url::Url;

use letter::Templates;
use smtp::{Failure, SmtpServer};

use crate::config::Config;

/// The longest that one mail may occupy a sender: shorter than a lease, so that a mail which takes
/// this long is still this server's own.
const LONGEST_SENDING: Duration = Duration::from_secs(110);

/// What became of one attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it and answers for it from here on.
    Sent,
    /// Not now: the server is away, slow, busy or asks to come again. The text says what it said.
    Later(String),
    /// Never: the server refuses this recipient or this mail. The text says why.
    Refused(String),
    /// The lease ran out before the content left (a frozen machine); another server has the mail.
    NotOurs,
}

/// The mail server and everything needed to write to people through it.
pub struct Mailer {
    server: SmtpServer,
    from: Mailbox,
    templates: Templates,
    public_url: String,
    host: String,
}

impl Mailer {
    /// The configured mailer; none when no mail server is configured.
    ///
    /// # Errors
    /// As [`Mailer::new`]; names the file of authorities when it can't be used.
    pub fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(mail) = &config.mail else { return Ok(None) };
        let mailer = Self::new(&mail.smtp_url, mail.from.clone(), config.public_url.origin())?;
        let Some(path) = &mail.authorities else { return Ok(Some(mailer)) };
        let unusable = || format!("KEYSTEAD_SMTP_CA_FILE: {}", path.display());
        let pem = std::fs::read(path).with_context(unusable)?;
        mailer.trusting(&pem).map(Some).with_context(unusable)
    }

    /// A mailer for `smtp_url` (`smtps://user:password@host`, `smtp://host:587?tls=required`, …)
    /// that writes as `from`. Links and message ids name `public_url`, the configured one, and
    /// nothing else.
    ///
    /// # Errors
    /// When the URL can't be used; the text says what to write, never the password.
    pub fn new(smtp_url: &str, from: Mailbox, public_url: &str) -> anyhow::Result<Self> {
        let parsed = Url::parse(public_url).context("the public URL")?;
        Ok(Self {
            server: SmtpServer::parse(smtp_url)?,
            from,
            templates: Templates::new()?,
            public_url: public_url.trim_end_matches('/').to_owned(),
            host: parsed.host_str().context("the public URL names no host")?.to_owned(),
        })
    }

    /// Also trusts the certificate authorities in `pem`, for a mail server with an own one.
    ///
    /// # Errors
    /// When `pem` holds no certificate.
    pub fn trusting(mut self, pem: &[u8]) -> anyhow::Result<Self> {
        self.server.trust(pem)?;
        Ok(self)
    }

    /// The mail server as `host:port`, without credentials: this may be shown.
    pub fn server(&self) -> String {
        self.server.name()
    }

    /// The sender, as people will read it.
    pub fn from(&self) -> String {
        self.from.to_string()
    }

    /// Whether the server can be reached, greets, speaks the encryption asked for and takes the
    /// credentials.
    ///
    /// # Errors
    /// When it does not; the text says at which step and what to look at.
    pub async fn check(&self) -> anyhow::Result<()> {
        self.server.check().await.map_err(|failure| {
            anyhow::anyhow!("mail server {}: {}. {}", self.server(), failure.text, failure.stage.advice())
        })
    }

    /// Tries to hand one mail to the server. `still_ours` is asked last, right before the content
    /// leaves, and ends the attempt when it says no.
    pub async fn send(&self, mail: &ClaimedMail, still_ours: impl Fn() -> bool + Send) -> Outcome {
        let (envelope, message) = match self.compose(mail) {
            Ok(composed) => composed,
            Err(error) => return Outcome::Refused(format!("the mail can't be written: {error:#}")),
        };
        let deadline = Instant::now() + LONGEST_SENDING;
        match self.server.deliver(&envelope, &message, deadline, still_ours).await {
            Ok(true) => Outcome::Sent,
            Ok(false) => Outcome::NotOurs,
            Err(Failure { refused, text, .. }) => {
                let text = readable(&text, mail.letter.content.secret());
                if refused { Outcome::Refused(text) } else { Outcome::Later(text) }
            }
        }
    }

    /// Ends the connections that are kept for the next mail.
    pub async fn close(&self) {
        self.server.close().await;
    }

    fn compose(&self, mail: &ClaimedMail) -> anyhow::Result<(Envelope, Vec<u8>)> {
        let address: Address = mail.to_address.parse().context("its address is not an e-mail address")?;
        let rendered = self.templates.render(&mail.letter, mail.queued_at, &self.public_url)?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(rendered.subject)
            // The id stays the same at every attempt: a second copy, should an answer get lost,
            // is recognised by mail programs as the same mail.
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .date(moment(mail.queued_at))
            // Asks holiday replies and the like to stay silent (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(rendered.text, rendered.html))?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

fn moment(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}

/// An error text fit for the database and the panel: one line, not endless, and without the secret
/// of the mail's link, should a filter have quoted it.
fn readable(text: &str, secret: Option<&str>) -> String {
    let text = match secret {
        Some(secret) if !secret.is_empty() => text.replace(secret, "[removed]"),
        _ => text.to_owned(),
    };
    letter::one_line(&text).chars().take(400).collect()
}

#[cfg(test)]
mod tests;
