//! The connection to the server: one WebSocket over TLS, kept for as long as the agent runs. What is said on it is
//! `keystead-agent-protocol`'s; here are finding the server, proving who we are, deadlines, signs of life, and coming
//! back after an interruption.

mod address;
mod keep;
mod tls;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use keystead_agent_protocol::{
    Bytes, FromAgent, FromServer, MAX_FRAME, Malformed, PATH, Refusal, SUBPROTOCOL, decode, encode, proof,
};
use p256::ecdsa::SigningKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

pub use address::{Address, AddressError};
pub use keep::{Event, Patience, keep};
pub use tls::{TlsError, client_config};

/// How long each step towards a connection may take, and each message until it is sent.
pub const STEP_TIME: Duration = Duration::from_secs(10);

/// This agent's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The operating system and the processor, as the server shows them.
pub fn platform() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Why there is no connection, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nothing answers there.
    #[error("{address} can't be reached: {error}. Check the network, and that Keystead runs.")]
    Unreachable {
        /// Where.
        address: String,
        /// The system's word for it.
        error: std::io::Error,
    },
    /// Nobody answered in time.
    #[error("{0} does not answer. Check the network, and that Keystead runs.")]
    Silent(String),
    /// There is no trust in the server's certificate.
    #[error(
        "{address} can't prove that it is the server: {error}.\nIf its certificate comes from your own authority, add that to the system's certificates, or enrol with --ca FILE."
    )]
    Untrusted {
        /// Where.
        address: String,
        /// What is wrong with the certificate.
        error: std::io::Error,
    },
    /// Something answers, but not Keystead.
    #[error(
        "{address} answers, but not as Keystead does ({reason}). Is this its public URL, and does a proxy before it pass WebSockets on?"
    )]
    NotKeystead {
        /// Where.
        address: String,
        /// What it said.
        reason: String,
    },
    /// The server has another name for itself.
    #[error("This server's public URL is {0}. Enrol with that one: agents prove themselves to an address.")]
    OtherAddress(String),
    /// The server does not want this agent.
    #[error("{text}")]
    Refused {
        /// Why.
        reason: Refusal,
        /// What a person can do about it.
        text: String,
    },
    /// What came was no message of the protocol.
    #[error("the server sent something that is {0}")]
    Malformed(#[from] Malformed),
    /// What came was a message, but not one that has its place here.
    #[error("the server said something out of turn")]
    OutOfTurn,
    /// The connection broke or ended.
    #[error("the connection to the server ended ({0})")]
    Ended(String),
}

/// What carries a WebSocket: TCP, with TLS or, to this machine itself, without.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection on which the server has sent its challenge.
pub struct Connection {
    socket: WebSocketStream<Box<dyn Wire>>,
    address: Address,
    nonce: Vec<u8>,
}

impl Connection {
    /// Connects, and waits for the challenge. `tls` comes from [`client_config`].
    ///
    /// # Errors
    /// [`LinkError`] names the step that failed.
    pub async fn open(address: &Address, tls: &std::sync::Arc<rustls::ClientConfig>) -> Result<Self, LinkError> {
        let silent = |_| LinkError::Silent(address.to_string());
        let unreachable = |error| LinkError::Unreachable { address: address.to_string(), error };
        let stream = TcpStream::connect((address.host(), address.port()));
        let stream = timeout(STEP_TIME, stream).await.map_err(silent)?.map_err(unreachable)?;
        // Commands are small and somebody waits for each.
        stream.set_nodelay(true).map_err(unreachable)?;
        let wire: Box<dyn Wire> = if address.is_encrypted() {
            let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::clone(tls));
            let stream = timeout(STEP_TIME, connector.connect(address.server_name(), stream)).await.map_err(silent)?;
            let untrusted = |error| LinkError::Untrusted { address: address.to_string(), error };
            Box::new(stream.map_err(untrusted)?)
        } else {
            Box::new(stream)
        };
        let not_keystead = |reason: String| LinkError::NotKeystead { address: address.to_string(), reason };
        let request = address.link(PATH).into_client_request();
        let mut request = request.map_err(|error| not_keystead(error.to_string()))?;
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_FRAME))
            .max_frame_size(Some(MAX_FRAME))
            .read_buffer_size(4096);
        let upgrade =
            timeout(STEP_TIME, client_async_with_config(request, wire, Some(limits))).await.map_err(silent)?;
        let (socket, _) = upgrade.map_err(|error| match error {
            tungstenite::Error::Http(answer) => not_keystead(format!("HTTP status {}", answer.status())),
            error => not_keystead(error.to_string()),
        })?;
        let mut connection = Self { socket, address: address.clone(), nonce: Vec::new() };
        match connection.hear_in_time().await? {
            FromServer::Challenge { nonce, server } if server == address.to_string() => connection.nonce = nonce.0,
            FromServer::Challenge { server, .. } => return Err(LinkError::OtherAddress(server)),
            message => return Err(refusal(message)),
        }
        Ok(connection)
    }

    /// Makes this workstation an agent of the server. Returns its id and its name.
    ///
    /// # Errors
    /// [`LinkError::Refused`] if the code is not good.
    pub async fn enrol(mut self, key: &SigningKey, code: &str, name: &str) -> Result<(String, String), LinkError> {
        let public_key = proof::public_key(key);
        let text = proof::enrolment(&self.nonce, &self.address.to_string(), code, &public_key.0);
        let (version, platform) = (VERSION.to_owned(), platform());
        let signature = proof::sign(key, &text);
        let (code, name) = (code.to_owned(), name.to_owned());
        self.say(&FromAgent::Enrol { code, public_key, name, version, platform, signature }).await?;
        match self.hear_in_time().await? {
            FromServer::Enrolled { agent, name } => Ok((agent, name)),
            message => Err(refusal(message)),
        }
    }

    /// Proves who this agent is. Returns what the server's welcome says: name, information, heartbeat.
    ///
    /// # Errors
    /// [`LinkError::Refused`] if the server does not want it.
    pub async fn greet(&mut self, key: &SigningKey, agent: &str) -> Result<(String, Bytes, Duration), LinkError> {
        let signature = proof::sign(key, &proof::link(&self.nonce, &self.address.to_string(), agent));
        let (agent, version) = (agent.to_owned(), VERSION.to_owned());
        self.say(&FromAgent::Hello { agent, version, platform: platform(), signature }).await?;
        match self.hear_in_time().await? {
            FromServer::Welcome { name, information, heartbeat } => {
                Ok((name, information, Duration::from_secs(heartbeat.into())))
            }
            message => Err(refusal(message)),
        }
    }

    async fn say(&mut self, message: &FromAgent) -> Result<(), LinkError> {
        self.send(Message::text(encode(message))).await
    }

    async fn send(&mut self, frame: Message) -> Result<(), LinkError> {
        match timeout(STEP_TIME, self.socket.send(frame)).await {
            Ok(sent) => sent.map_err(|error| LinkError::Ended(error.to_string())),
            Err(_) => Err(LinkError::Silent(self.address.to_string())),
        }
    }

    async fn hear_in_time(&mut self) -> Result<FromServer, LinkError> {
        let silent = LinkError::Silent(self.address.to_string());
        timeout(STEP_TIME, async {
            loop {
                if let Some(message) = self.hear().await? {
                    return Ok(message);
                }
            }
        })
        .await
        .unwrap_or(Err(silent))
    }

    /// Waits for the next frame; None for one that is but a sign of life. Nothing is lost when this is dropped.
    async fn hear(&mut self) -> Result<Option<FromServer>, LinkError> {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Ok(Some(decode(&text)?)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Close(Some(frame)))) => Err(LinkError::Ended(frame.to_string())),
            Some(Ok(Message::Close(None))) | None => Err(LinkError::Ended("closed".into())),
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => Err(LinkError::OutOfTurn),
            Some(Err(error)) => Err(LinkError::Ended(error.to_string())),
        }
    }
}

/// What a message amounts to that is not the one expected.
fn refusal(message: FromServer) -> LinkError {
    match message {
        FromServer::Refused { reason, text } => LinkError::Refused { reason, text },
        _ => LinkError::OutOfTurn,
    }
}
