//! Keeps the link up.

use std::sync::Arc;
use std::time::Duration;

use keystead_agent_protocol::{Bytes, FromAgent, FromServer, Refusal};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::Message;

use super::{Connection, LinkError};
use crate::identity::Identity;

/// How many messages may wait to be sent.
const QUEUE: usize = 64;

/// How long a connection must have lasted for the next interruption to count as the first.
const STABLE: Duration = Duration::from_secs(30);

/// What the link tells.
#[derive(Debug)]
pub enum Event {
    /// The server has welcomed this agent.
    Up {
        /// What the workstation is called in the panel.
        name: String,
        /// The answer to authenticatorGetInfo without a card.
        information: Bytes,
        /// Takes what is to be said on this connection; what is left in it when the connection ends is never said.
        to_server: Sender<FromAgent>,
    },
    /// The server says something.
    Message(FromServer),
    /// There is no connection, or no longer; it will be tried again. Each failed attempt says so.
    Down(LinkError),
    /// The server will not have this agent any more; it is not tried again.
    Revoked(String),
}

/// How long to wait between attempts.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// After the first failure; each further one doubles it.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_mins(1) }
    }
}

impl Patience {
    /// The pause after that many failures in a row, by chance between half of it and all of it: agents that lost the
    /// same server do not come back in one instant.
    fn pause(&self, failures: u32) -> Duration {
        let whole = self.first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(self.longest);
        let mut chance = [0; 1];
        // Without randomness all pauses are the same, which is no reason to stop.
        let _ = getrandom::fill(&mut chance);
        whole.mul_f64(0.5 + f64::from(chance[0]) / 510.0)
    }
}

/// Keeps the link up until the server revokes this agent or nobody listens to `events` any more.
pub async fn keep(identity: Identity, tls: Arc<rustls::ClientConfig>, patience: Patience, events: Sender<Event>) {
    let mut failures = 0;
    while !events.is_closed() {
        let began = Instant::now();
        let Err(error) = attempt(&identity, &tls, &events).await else { return };
        failures = if began.elapsed() >= STABLE { 1 } else { failures + 1 };
        let mut pause = patience.pause(failures);
        if let LinkError::Refused { reason, text } = &error {
            if *reason == Refusal::Revoked {
                let _ = events.send(Event::Revoked(text.clone())).await;
                return;
            }
            // It will say the same until somebody has done something about it.
            pause = patience.longest;
        }
        if events.send(Event::Down(error)).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = events.closed() => {}
        }
    }
}

/// One connection, from its beginning to its end. Ends well when nobody listens any more.
async fn attempt(
    identity: &Identity,
    tls: &Arc<rustls::ClientConfig>,
    events: &Sender<Event>,
) -> Result<(), LinkError> {
    let mut connection = Connection::open(&identity.server, tls).await?;
    let (name, information, heartbeat) = connection.greet(&identity.key, &identity.agent).await?;
    let (to_server, queue) = mpsc::channel(QUEUE);
    if events.send(Event::Up { name, information, to_server }).await.is_err() {
        return Ok(());
    }
    converse(connection, heartbeat, queue, events).await
}

async fn converse(
    mut connection: Connection,
    heartbeat: Duration,
    mut queue: Receiver<FromAgent>,
    events: &Sender<Event>,
) -> Result<(), LinkError> {
    let mut beat = interval_at(Instant::now() + heartbeat, heartbeat);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            message = connection.hear() => {
                heard = Instant::now();
                match message? {
                    None => {}
                    Some(FromServer::Refused { reason, text }) => return Err(LinkError::Refused { reason, text }),
                    Some(FromServer::Challenge { .. } | FromServer::Enrolled { .. } | FromServer::Welcome { .. }) => {
                        return Err(LinkError::OutOfTurn);
                    }
                    Some(message) => match events.send(Event::Message(message)).await {
                        Ok(()) => {}
                        Err(_) => return Ok(()),
                    },
                }
            }
            message = queue.recv() => {
                let Some(message) = message else {
                    // Whoever spoke has given this connection up.
                    let _ = connection.send(Message::Close(None)).await;
                    return Err(LinkError::Ended("it could not keep up".into()));
                };
                connection.say(&message).await?;
            }
            _ = beat.tick() => {
                if heard.elapsed() >= heartbeat.mul_f32(2.5) {
                    return Err(LinkError::Silent(connection.address.to_string()));
                }
                connection.send(Message::Ping(Vec::new().into())).await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Patience;
    use std::time::Duration;

    #[test]
    fn pauses_double_up_to_the_longest_and_differ() {
        let patience = Patience::default();
        for (failures, whole) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (u32::MAX, 60)] {
            let whole = Duration::from_secs(whole);
            let pauses: Vec<_> = (0..20).map(|_| patience.pause(failures)).collect();
            assert!(pauses.iter().all(|pause| *pause >= whole / 2 && *pause <= whole + Duration::from_millis(1)));
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "chance has no part in it");
        }
    }
}
