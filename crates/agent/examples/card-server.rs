//! A server for trying the agent without Keystead: speaks the link's protocol on this machine and runs an authenticator
//! in memory for each badge that it is shown. `card-server PORT CODE`; agents enrol with that code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "an example")]

#[path = "../tests/it/support/server.rs"]
#[expect(dead_code, reason = "the tests make it misbehave, too")]
mod server;

use std::collections::HashMap;
use std::error::Error;
use std::time::Instant;

use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Identity, Kind, WaitingFor};
use keystead_ctap::store::MemoryStore;
use keystead_ctap::{Authenticator, Environment, Model, Outcome, Policy, Presence};
use tokio::net::TcpListener;

const CAPACITY: usize = 25;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, code] = &arguments[..] else { return Err("usage: card-server PORT CODE".into()) };
    let mut server = server::Server::on(TcpListener::bind(("127.0.0.1", port.parse()?)).await?, None);
    println!("{}", server.url);
    let mut desk = Desk::new();
    server.state().codes.push(code.clone());
    server.state().information = desk.information();
    server.state().answer = Some(Box::new(move |message| desk.answer(message)));
    while let Some(message) = server.said.recv().await {
        println!("{message:?}");
    }
    Ok(())
}

struct Card {
    authenticator: Authenticator,
    store: MemoryStore,
}

/// One workstation's cards.
struct Desk {
    began: Instant,
    model: Model,
    cards: HashMap<Vec<u8>, Card>,
    /// The card that was tapped last: programs mean this one, even when it is lifted while they speak.
    current: Option<Vec<u8>>,
    presence: Presence,
    waiting: Option<(u64, Kind, Vec<u8>)>,
}

impl Desk {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            model: Model { aaguid: *b"keystead-example", firmware_version: 1, attestation: None },
            cards: HashMap::new(),
            current: None,
            presence: Presence::Absent,
            waiting: None,
        }
    }

    /// What an empty card says of itself.
    fn information(&mut self) -> Vec<u8> {
        let mut card = Card { authenticator: Authenticator::new(), store: MemoryStore::new(CAPACITY) };
        match carry_out(&mut card, &self.model, self.began, Presence::Absent, Kind::Cbor, &[4]) {
            Outcome::Answer { message, .. } => message,
            Outcome::PresenceWanted => unreachable!("authenticatorGetInfo asks nobody"),
        }
    }

    fn answer(&mut self, message: &FromAgent) -> Vec<FromServer> {
        match message {
            FromAgent::Card { reader, tap, fresh, identity: Identity::Uid { uid } } => {
                let new = || Card { authenticator: Authenticator::new(), store: MemoryStore::new(CAPACITY) };
                let card = self.cards.entry(uid.0.clone()).or_insert_with(new);
                if *fresh {
                    card.authenticator.tap(&mut card.store);
                    self.current = Some(uid.0.clone());
                    self.presence = Presence::Fresh;
                }
                let (reader, text) = (reader.clone(), "This card works.".into());
                let mut replies = vec![FromServer::Card { reader, tap: *tap, state: CardState::Known, text }];
                if let Some((request, kind, bytes)) = self.waiting.take_if(|_| *fresh) {
                    replies.push(self.command(request, kind, bytes));
                }
                replies
            }
            FromAgent::Card { reader, tap, .. } => {
                let text = "This card can't be told from others.".into();
                vec![FromServer::Card { reader: reader.clone(), tap: *tap, state: CardState::Unusable, text }]
            }
            FromAgent::Command { request, kind, bytes, .. } => vec![self.command(*request, *kind, bytes.0.clone())],
            FromAgent::Cancel { request } => {
                self.waiting.take_if(|(waiting, ..)| waiting == request);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn command(&mut self, request: u64, kind: Kind, bytes: Vec<u8>) -> FromServer {
        let card = self.current.as_ref().and_then(|uid| self.cards.get_mut(uid));
        let outcome = card.map_or(Outcome::PresenceWanted, |card| {
            carry_out(card, &self.model, self.began, self.presence, kind, &bytes)
        });
        match outcome {
            Outcome::Answer { message, presence_used } => {
                if presence_used {
                    self.presence = Presence::Absent;
                }
                FromServer::Reply { request, bytes: Bytes(message) }
            }
            Outcome::PresenceWanted => {
                self.waiting = Some((request, kind, bytes));
                FromServer::Waiting { request, reason: WaitingFor::Presence }
            }
        }
    }
}

fn carry_out(card: &mut Card, model: &Model, began: Instant, presence: Presence, kind: Kind, bytes: &[u8]) -> Outcome {
    let mut environment = Environment {
        now: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        presence,
        model,
        policy: &Policy::default(),
        store: &mut card.store,
        random: &mut |bytes| getrandom::fill(bytes).expect("the system's randomness"),
    };
    match kind {
        Kind::Cbor => card.authenticator.command(bytes, &mut environment),
        Kind::Msg => card.authenticator.apdu(bytes, &mut environment),
    }
}
