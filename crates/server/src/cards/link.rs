//! The connection to a workstation's agent: who it is, its limits and deadlines, and its end. What is said on it is
//! `keystead-agent-protocol`'s. An agent can carry taps and commands and nothing else.

use std::time::Duration;

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::{IntoResponse as _, Response},
};
use keystead_agent_protocol::{
    Bytes, FromAgent, FromServer, MAX_FRAME, NONCE_SIZE, Refusal, SUBPROTOCOL, decode, encode, proof,
};
use keystead_directory::{
    Error, Timestamp,
    agents::{self, Agent, NewAgent, SEEN_SECONDS},
    ids::{AgentId, new_uuid},
    secret::{self, Token},
};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::desk::Desk;
use crate::{
    app::App,
    http::{client::Client, error::Problem},
};

/// After how many seconds either side gives a sign of life. Connections that are silent for a minute are closed.
const HEARTBEAT: u16 = 25;
/// Who was silent for so long is gone.
const SILENCE: Duration = Duration::from_millis(62_500);
/// How long an agent may take to say who it is, and to take a message.
const STEP: Duration = Duration::from_secs(10);

/// How much is read at once. Messages are small; a larger one is put together from several.
const READ_BUFFER: usize = 4096;

/// Why a connection ends: what the agent is told, if anything.
type End = Option<Refusal>;

/// Opens a link: `GET` with an upgrade to a WebSocket.
pub async fn open(State(app): State<App>, client: Client, upgrade: WebSocketUpgrade) -> Response {
    if let Err(problem) = app.limits.link(client.ip) {
        return problem.into_response();
    }
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        // It is there for as long as the connection is, and most say nothing most of the time.
        .read_buffer_size(READ_BUFFER);
    if upgrade.selected_protocol().is_none() {
        let detail = format!("This address is for workstations: name the WebSocket subprotocol {SUBPROTOCOL}.");
        return Problem::unreadable(&detail).into_response();
    }
    upgrade.on_upgrade(async move |socket| Link { app, client, socket }.live().await)
}

struct Link {
    app: App,
    client: Client,
    socket: WebSocket,
}

impl Link {
    async fn live(mut self) {
        if let Err(Some(reason)) = self.converse().await {
            let _ = self.say(&FromServer::Refused { reason, text: words(reason).to_owned() }).await;
        }
        let _ = timeout(STEP, self.socket.send(Message::Close(None))).await;
    }

    async fn converse(&mut self) -> Result<(), End> {
        let nonce = secret::random::<NONCE_SIZE>();
        let server = self.app.config.public_url.origin().to_owned();
        self.say(&FromServer::Challenge { nonce: Bytes(nonce.to_vec()), server: server.clone() }).await?;
        let first = timeout(STEP, async {
            loop {
                if let Some(message) = self.hear().await? {
                    return Ok::<FromAgent, End>(message);
                }
            }
        });
        match first.await.map_err(|_| None)?? {
            FromAgent::Enrol { code, public_key, name, version, platform, signature } => {
                self.app.limits.public(self.client.ip).map_err(|_| Some(Refusal::TooMany))?;
                if !proof::holds(&public_key.0, &proof::enrolment(&nonce, &server, &code, &public_key.0), &signature.0)
                {
                    return Err(Some(Refusal::Proof));
                }
                let new = NewAgent { public_key: public_key.0, name, version, platform };
                let agent = self.enrol(&code, new).await?;
                self.say(&FromServer::Enrolled { agent: agent.id.to_string(), name: agent.name }).await
            }
            FromAgent::Hello { agent, version, platform, signature } => {
                let mut agent = self.known(&agent, |id| proof::link(&nonce, &server, id), &signature.0).await?;
                agent.version = version;
                agent.platform = platform;
                self.serve(agent).await
            }
            _ => Err(Some(Refusal::Protocol)),
        }
    }

    async fn enrol(&mut self, code: &str, new: NewAgent) -> Result<Agent, End> {
        let enrolled = async {
            let mut tx = self.app.db.write(Timestamp::now()).await?;
            let ip = self.client.ip.to_string();
            let agent = agents::enrol(&mut tx, &Token::presented(code), new, &ip).await?;
            tx.commit().await?;
            Ok(agent)
        };
        enrolled.await.map_err(|error| match error {
            Error::NotFound(_) | Error::Taken(_) => Some(Refusal::Code),
            Error::Invalid(_) => Some(Refusal::Protocol),
            error => unavailable(&error),
        })
    }

    /// The agent, if it is known and signed this.
    async fn known(&mut self, id: &str, text: impl Fn(&str) -> Vec<u8>, signature: &[u8]) -> Result<Agent, End> {
        let parsed: AgentId = id.parse().map_err(|_| Some(Refusal::Proof))?;
        let found = async { agents::get(&mut self.app.db.read().await?, parsed).await };
        let agent = found.await.map_err(|error| match error {
            Error::NotFound(_) => Some(Refusal::Proof),
            error => unavailable(&error),
        })?;
        // Whether an agent was revoked is told to itself alone.
        if !proof::holds(&agent.public_key, &text(id), signature) {
            return Err(Some(Refusal::Proof));
        }
        if agent.revoked_at.is_some() { Err(Some(Refusal::Revoked)) } else { Ok(agent) }
    }

    /// The connection of an agent that proved who it is, to its end.
    async fn serve(&mut self, agent: Agent) -> Result<(), End> {
        let (link, id, ip) = (new_uuid(), agent.id, self.client.ip.to_string());
        // Listened to before the row is written: a revocation in between is not missed.
        let mut revoked = self.app.links.revoked.subscribe();
        let noted = async {
            let mut tx = self.app.db.write(Timestamp::now()).await?;
            agents::linked(&mut tx, id, link, &agent.version, &agent.platform, &ip).await?;
            tx.commit().await
        };
        noted.await.map_err(|error| match error {
            Error::NotFound(_) => Some(Refusal::Revoked),
            error => unavailable(&error),
        })?;
        let name = agent.name.clone();
        let mut desk = Desk::new(self.app.clone(), agent, link, ip);
        let ended = self.work(&mut desk, id, name, &mut revoked).await;
        let noted = async {
            let mut tx = self.app.db.write(Timestamp::now()).await?;
            agents::unlinked(&mut tx, id, link).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the end of a workstation's connection can't be noted");
        }
        ended
    }

    async fn work(
        &mut self,
        desk: &mut Desk,
        id: AgentId,
        name: String,
        revoked: &mut tokio::sync::watch::Receiver<std::collections::BTreeSet<AgentId>>,
    ) -> Result<(), End> {
        let information = Bytes(desk.information().await.map_err(|error| unavailable(&error))?);
        self.say(&FromServer::Welcome { name, information, heartbeat: HEARTBEAT }).await?;
        let mut closing = self.app.links.closing.subscribe();
        let mut standings = self.app.links.standings.subscribe();
        let every = |seconds: u64| {
            let period = Duration::from_secs(seconds);
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        let mut beat = every(HEARTBEAT.into());
        let mut presence = every(SEEN_SECONDS.unsigned_abs());
        let mut heard = Instant::now();
        loop {
            let deadline = desk.deadline();
            tokio::select! {
                message = self.hear() => {
                    heard = Instant::now();
                    let Some(message) = message? else { continue };
                    if !self.app.limits.agent(id) {
                        return Err(Some(Refusal::TooMany));
                    }
                    for answer in desk.hear(message).await.map_err(Some)? {
                        self.say(&answer).await?;
                    }
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    if let Some(answer) = desk.time_out() {
                        self.say(&answer).await?;
                    }
                }
                _ = beat.tick() => {
                    if heard.elapsed() >= SILENCE {
                        return Err(None);
                    }
                    self.send(Message::Ping(Vec::new().into())).await?;
                }
                _ = presence.tick() => {
                    if !desk.seen(None).await {
                        return Err(Some(Refusal::Replaced));
                    }
                }
                Ok(()) = revoked.changed() => {
                    if revoked.borrow_and_update().contains(&id) {
                        return Err(Some(Refusal::Revoked));
                    }
                }
                Ok(()) = standings.changed() => {
                    let changed = desk.changed(&standings.borrow_and_update());
                    for answer in desk.judge_again(changed).await {
                        self.say(&answer).await?;
                    }
                }
                Ok(()) = closing.changed() => return Ok(()),
            }
        }
    }

    /// Waits for the next frame; none for one that is but a sign of life. Nothing is lost when this is dropped.
    async fn hear(&mut self) -> Result<Option<FromAgent>, End> {
        match self.socket.recv().await {
            Some(Ok(Message::Text(text))) => decode(&text).map(Some).map_err(|_| Some(Refusal::Protocol)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Binary(_))) => Err(Some(Refusal::Protocol)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(None),
        }
    }

    async fn say(&mut self, message: &FromServer) -> Result<(), End> {
        self.send(Message::Text(encode(message).into())).await
    }

    async fn send(&mut self, frame: Message) -> Result<(), End> {
        match timeout(STEP, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(None),
        }
    }
}

/// The agent comes back by itself when the connection just ends.
fn unavailable(error: &Error) -> End {
    tracing::warn!(%error, "a workstation can't be served");
    None
}

/// What a person at the workstation can do.
fn words(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Code => "This code is wrong, was used, or is too old. Make a new one in Keystead under Workstations.",
        Refusal::Proof => "Keystead does not know this workstation. Enrol it again with a new code.",
        Refusal::Revoked => "This workstation was revoked. An administrator can make a code to enrol it again.",
        Refusal::Version => "This agent is too old for the server. Install the newer one.",
        Refusal::Replaced => "This workstation is connected a second time. Is its identity used on two computers?",
        Refusal::TooMany => "Too many messages came from here. The agent tries again by itself.",
        Refusal::Protocol => "The agent sent what the server does not understand. Install the same version of both.",
    }
}
