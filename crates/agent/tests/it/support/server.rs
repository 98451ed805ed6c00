//! A server's side of the link, as `docs/agent-protocol.md` describes it: it challenges, verifies, welcomes, and hands
//! what the agent says to the test. It believes nothing that is not proven and answers nobody out of turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{SinkExt as _, StreamExt as _};
use keystead_agent_protocol::{
    Bytes, FromAgent, FromServer, NONCE_SIZE, PATH, Refusal, SUBPROTOCOL, decode, encode, proof,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

/// An answer to authenticatorGetInfo that names `FIDO_2_1` and nothing more.
pub const INFORMATION: &[u8] = &[0x00, 0xa1, 0x01, 0x81, 0x68, b'F', b'I', b'D', b'O', b'_', b'2', b'_', b'1'];

/// What the server answers to a message of an agent that it has welcomed.
pub type Answer = Box<dyn FnMut(&FromAgent) -> Vec<FromServer> + Send>;

/// What the server knows and does, for a test to look at and to change while it runs.
pub struct State {
    /// The public key of each agent, by its id.
    pub agents: HashMap<String, Bytes>,
    /// Codes that are not used yet.
    pub codes: Vec<String>,
    /// Agents that may not come back.
    pub revoked: Vec<String>,
    /// Sent in place of this server's own challenge.
    pub challenge: Option<FromServer>,
    /// Takes the connection but never says a word.
    pub mute: bool,
    /// What agents are told to answer authenticatorGetInfo with while no card is there.
    pub information: Vec<u8>,
    /// What the heartbeat is to be, in seconds.
    pub heartbeat: u16,
    /// All greetings that came, good or not.
    pub greetings: Vec<FromAgent>,
    /// Answers messages.
    pub answer: Option<Answer>,
    /// The connection that is up, if there is one.
    connection: Option<UnboundedSender<Option<FromServer>>>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            agents: HashMap::new(),
            codes: Vec::new(),
            revoked: Vec::new(),
            challenge: None,
            mute: false,
            information: INFORMATION.to_vec(),
            heartbeat: 30,
            greetings: Vec::new(),
            answer: None,
            connection: None,
        }
    }
}

/// A server that listens on this machine until its runtime ends.
pub struct Server {
    /// Its public URL.
    pub url: String,
    state: Arc<Mutex<State>>,
    /// What agents said after their welcome.
    pub said: UnboundedReceiver<FromAgent>,
}

impl Server {
    /// Listens on a free port, with TLS if there is a certificate.
    pub async fn start(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::on(listener, tls)
    }

    /// Listens there.
    pub fn on(listener: TcpListener, tls: Option<TlsAcceptor>) -> Self {
        let port = listener.local_addr().expect("a port").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{port}");
        let state = Arc::new(Mutex::new(State::default()));
        let (tell, said) = mpsc::unbounded_channel();
        let desk = Desk { url: url.clone(), state: Arc::clone(&state), tell };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (desk, tls) = (desk.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => desk.upgrade(stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                desk.upgrade(stream).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, state, said }
    }

    /// What the server knows and does.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Says something on the connection that is up.
    pub fn say(&self, message: FromServer) {
        let connection = self.state().connection.clone().expect("a connection");
        connection.send(Some(message)).expect("a connection");
    }

    /// Breaks the connection that is up, as a network does: without a word.
    pub fn cut(&self) {
        if let Some(connection) = self.state().connection.take() {
            let _ = connection.send(None);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
struct Desk {
    url: String,
    state: Arc<Mutex<State>>,
    tell: UnboundedSender<FromAgent>,
}

impl Desk {
    async fn upgrade(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        #[expect(clippy::result_large_err, reason = "the library's own type")]
        let check = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
            let protocol = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
            if request.uri().path() != PATH || protocol.is_none_or(|protocol| protocol != SUBPROTOCOL) {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = StatusCode::NOT_FOUND;
                return Err(refusal);
            }
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
            Ok(response)
        };
        if let Ok(socket) = accept_hdr_async(stream, check).await {
            // A connection that breaks is the test's own doing.
            let _ = self.converse(socket).await;
        }
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut socket: WebSocketStream<S>,
    ) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        let mut nonce = vec![0; NONCE_SIZE];
        getrandom::fill(&mut nonce).expect("randomness");
        let own = FromServer::Challenge { nonce: Bytes(nonce.clone()), server: self.url.clone() };
        let (mute, challenge) = {
            let state = lock(&self.state);
            (state.mute, state.challenge.clone().unwrap_or(own))
        };
        if mute {
            while socket.next().await.is_some() {}
            return Ok(());
        }
        socket.send(Message::text(encode(&challenge))).await?;
        let Some(greeting) = hear(&mut socket).await else { return Ok(()) };
        let reply = self.receive(&greeting, &nonce);
        let welcome = matches!(reply, FromServer::Welcome { .. });
        let (sender, mut to_say) = mpsc::unbounded_channel();
        if welcome {
            lock(&self.state).connection = Some(sender);
        }
        socket.send(Message::text(encode(&reply))).await?;
        if !welcome {
            return socket.close(None).await;
        }
        loop {
            tokio::select! {
                message = hear(&mut socket) => {
                    let Some(message) = message else { return Ok(()) };
                    let replies = lock(&self.state).answer.as_mut().map(|answer| answer(&message)).unwrap_or_default();
                    let _ = self.tell.send(message);
                    for reply in replies {
                        socket.send(Message::text(encode(&reply))).await?;
                    }
                }
                message = to_say.recv() => match message.flatten() {
                    Some(message) => socket.send(Message::text(encode(&message))).await?,
                    None => return Ok(()),
                },
            }
        }
    }

    fn receive(&self, greeting: &FromAgent, nonce: &[u8]) -> FromServer {
        let mut state = lock(&self.state);
        state.greetings.push(greeting.clone());
        match greeting {
            FromAgent::Enrol { code, public_key, name, signature, .. } => {
                let text = proof::enrolment(nonce, &self.url, code, &public_key.0);
                if !proof::holds(&public_key.0, &text, &signature.0) {
                    return refused(Refusal::Proof);
                }
                let Some(place) = state.codes.iter().position(|known| known == code) else {
                    return refused(Refusal::Code);
                };
                state.codes.remove(place);
                let agent = format!("agent-{}", state.agents.len() + 1);
                state.agents.insert(agent.clone(), public_key.clone());
                FromServer::Enrolled { agent, name: name.clone() }
            }
            FromAgent::Hello { agent, signature, .. } => {
                let text = proof::link(nonce, &self.url, agent);
                match state.agents.get(agent) {
                    Some(key) if proof::holds(&key.0, &text, &signature.0) => {}
                    _ => return refused(Refusal::Proof),
                }
                if state.revoked.contains(agent) {
                    return refused(Refusal::Revoked);
                }
                let (information, heartbeat) = (Bytes(state.information.clone()), state.heartbeat);
                FromServer::Welcome { name: "Front desk".into(), information, heartbeat }
            }
            _ => refused(Refusal::Protocol),
        }
    }
}

fn refused(reason: Refusal) -> FromServer {
    FromServer::Refused { reason, text: format!("This workstation is refused: {reason:?}.") }
}

async fn hear<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<S>) -> Option<FromAgent> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => return decode(&text).ok(),
            Message::Ping(_) | Message::Pong(_) => {}
            _ => return None,
        }
    }
}
