//! The middle of the agent, without I/O and without a clock: reports from the host, what readers see and what the
//! server says go in; reports, messages and the key's being there come out as [`Effect`]s.
//!
//! The security key is plugged in while it can work: while there is a reader and the server knows this agent. A short
//! interruption of either does not unplug it, since programs notice that; commands wait meanwhile. What was already with
//! the server when the link broke is answered with an error and never sent twice, because nobody knows whether it was
//! carried out.
//!
//! The server decides what needs a tap and waits for it. The agent tells the host meanwhile that it is still there.

use std::collections::BTreeMap;

use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Identity, Kind, WaitingFor};
use keystead_ctap::hid::{self, Hid, KeepAlive, Message, Report, Ticket};

use crate::watcher;

/// How often the host is told that its command is still under way, in milliseconds (CTAP 2.1 §11.2.9.1.7).
pub const KEEP_ALIVE: u64 = 100;

/// How long the key stays plugged in without a reader or without the server, in milliseconds.
pub const UNPLUG_AFTER: u64 = 10_000;

/// How long a command may take in all, in milliseconds: more than the server waits for a tap.
pub const COMMAND_TIME: u64 = 90_000;

/// The same for CTAP 1, whose clients ask again and again instead of waiting.
pub const APDU_TIME: u64 = 5_000;

/// authenticatorGetInfo.
const GET_INFO: &[u8] = &[0x04];
/// `CTAP2_ERR_KEEPALIVE_CANCEL`.
const CANCELLED: &[u8] = &[0x2d];
/// `CTAP2_ERR_USER_ACTION_TIMEOUT`.
const TIMED_OUT: &[u8] = &[0x2f];
/// `CTAP1_ERR_OTHER`.
const FAILED: &[u8] = &[0x7f];
/// The status word of a CTAP 1 answer for "no precise diagnosis" (ISO/IEC 7816-4).
const APDU_FAILED: &[u8] = &[0x6f, 0x00];

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make the security key appear on this machine.
    PlugIn,
    /// Make it disappear.
    Unplug,
    /// Send this report to the host.
    ToHost(Report),
    /// Send this message to the server, on the connection that is up.
    ToServer(FromAgent),
}

/// A card that lies on a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Names this one lying.
    pub tap: u64,
    /// Who it is.
    pub identity: Identity,
    /// What the server says of it, once it has.
    pub verdict: Option<(CardState, String)>,
}

/// A command that the host waits for.
#[derive(Debug)]
struct Pending {
    ticket: Ticket,
    kind: Kind,
    state: Progress,
    /// When it is given up.
    deadline: u64,
    next_keep_alive: u64,
}

#[derive(Debug)]
enum Progress {
    /// It waits for the link, and is not sent yet.
    Held(Vec<u8>),
    Sent {
        request: u64,
        waiting: WaitingFor,
    },
}

/// See the [module](self).
#[derive(Debug)]
pub struct Station {
    version: [u8; 3],
    readers: Vec<String>,
    cards: BTreeMap<String, Card>,
    linked: bool,
    /// The answer to authenticatorGetInfo without a card: known since the first welcome.
    information: Option<Vec<u8>>,
    /// The security key while it is plugged in.
    key: Option<Hid>,
    pending: Option<Pending>,
    last_request: u64,
    /// Since when the key could not work although it is plugged in.
    idle_since: Option<u64>,
}

impl Station {
    /// Nothing is there yet. `version` is what the security key says of itself.
    pub fn new(version: [u8; 3]) -> Self {
        Self {
            version,
            readers: Vec::new(),
            cards: BTreeMap::new(),
            linked: false,
            information: None,
            key: None,
            pending: None,
            last_request: 0,
            idle_since: None,
        }
    }

    /// The readers there are.
    pub fn readers(&self) -> &[String] {
        &self.readers
    }

    /// The cards that lie on them, by the reader's name.
    pub fn cards(&self) -> &BTreeMap<String, Card> {
        &self.cards
    }

    /// Whether the security key is there for programs to see.
    pub fn is_plugged_in(&self) -> bool {
        self.key.is_some()
    }

    /// What the readers show. `now` is any clock in milliseconds that does not go back, the same for all calls.
    pub fn readers_show(&mut self, event: watcher::Event, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            watcher::Event::NoService(_) => {
                self.readers.clear();
                self.tell(&mut effects, || FromAgent::Readers { readers: Vec::new() });
            }
            watcher::Event::Readers(readers) => {
                self.readers.clone_from(&readers);
                self.tell(&mut effects, || FromAgent::Readers { readers });
            }
            watcher::Event::Card { reader, tap, fresh, identity } => {
                let card = Card { tap, identity: identity.clone(), verdict: None };
                self.cards.insert(reader.clone(), card);
                self.tell(&mut effects, || FromAgent::Card { reader, tap, fresh, identity });
            }
            watcher::Event::Gone { reader, tap } => {
                self.cards.remove(&reader);
                self.tell(&mut effects, || FromAgent::CardGone { reader, tap });
            }
        }
        self.settle(now, &mut effects);
        effects
    }

    /// The server has welcomed this agent on a new connection.
    pub fn linked(&mut self, information: Vec<u8>, now: u64) -> Vec<Effect> {
        self.linked = true;
        self.information = Some(information);
        self.last_request = 0;
        let mut effects = vec![Effect::ToServer(FromAgent::Readers { readers: self.readers.clone() })];
        // Nobody has just laid these there, as far as this connection can tell.
        effects.extend(self.cards.iter().map(|(reader, card)| {
            let (reader, identity) = (reader.clone(), card.identity.clone());
            Effect::ToServer(FromAgent::Card { reader, tap: card.tap, fresh: false, identity })
        }));
        if let Some(pending) = self.pending.take_if(|pending| matches!(pending.state, Progress::Held(_)))
            && let Progress::Held(bytes) = pending.state
        {
            self.send(pending.ticket, pending.kind, bytes, now, &mut effects);
        }
        self.settle(now, &mut effects);
        effects
    }

    /// The connection is gone.
    pub fn unlinked(&mut self, now: u64) -> Vec<Effect> {
        self.linked = false;
        self.cards.values_mut().for_each(|card| card.verdict = None);
        let mut effects = Vec::new();
        if let Some(pending) = self.pending.take_if(|pending| matches!(pending.state, Progress::Sent { .. })) {
            self.answer(pending.ticket, failure(pending.kind), &mut effects);
        }
        self.settle(now, &mut effects);
        effects
    }

    /// What the server says after its welcome.
    pub fn server_says(&mut self, message: FromServer, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match message {
            FromServer::Card { reader, tap, state, text } => {
                // The card may have gone, or another one come, while this was on its way.
                if let Some(card) = self.cards.get_mut(&reader).filter(|card| card.tap == tap) {
                    card.verdict = Some((state, text));
                }
            }
            FromServer::Waiting { request: about, reason } => {
                if let Some(Pending { state: Progress::Sent { request, waiting }, next_keep_alive, .. }) =
                    &mut self.pending
                    && *request == about
                {
                    *waiting = reason;
                    *next_keep_alive = now;
                }
            }
            FromServer::Reply { request: about, bytes } => {
                let is_it =
                    |pending: &mut Pending| matches!(pending.state, Progress::Sent { request, .. } if request == about);
                if let Some(pending) = self.pending.take_if(is_it) {
                    self.answer(pending.ticket, &bytes.0, &mut effects);
                } else {
                    // Given up meanwhile, or said twice.
                    tracing::debug!("The server answered command {about}, which nobody waits for");
                }
            }
            // The link itself has dealt with these.
            FromServer::Challenge { .. }
            | FromServer::Enrolled { .. }
            | FromServer::Welcome { .. }
            | FromServer::Refused { .. } => {}
        }
        effects.extend(self.tick(now));
        effects
    }

    /// A report from the host.
    pub fn host_says(&mut self, report: &Report, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        let events = self.key.as_mut().map(|key| key.receive(report, now)).unwrap_or_default();
        self.take(events, now, &mut effects);
        effects
    }

    /// Lets time pass. Call it each [`KEEP_ALIVE`] while [`Station::is_busy`], and each second or so otherwise.
    pub fn tick(&mut self, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        let events = self.key.as_mut().map(|key| key.tick(now)).unwrap_or_default();
        self.take(events, now, &mut effects);
        if let Some(pending) = self.pending.take_if(|pending| now >= pending.deadline) {
            if let Progress::Sent { request, .. } = pending.state {
                self.tell(&mut effects, || FromAgent::Cancel { request });
            }
            let answer = if pending.kind == Kind::Cbor { TIMED_OUT } else { APDU_FAILED };
            self.answer(pending.ticket, answer, &mut effects);
        }
        if let (Some(pending), Some(key)) = (&mut self.pending, &self.key)
            && now >= pending.next_keep_alive
        {
            pending.next_keep_alive = now + KEEP_ALIVE;
            let status = match pending.state {
                Progress::Sent { waiting: WaitingFor::Presence, .. } => KeepAlive::PresenceNeeded,
                Progress::Sent { .. } | Progress::Held(_) => KeepAlive::Processing,
            };
            effects.extend(key.keep_alive(pending.ticket, status).map(Effect::ToHost));
        }
        self.settle(now, &mut effects);
        effects
    }

    /// Whether the host waits for something, so that ticks must be frequent.
    pub fn is_busy(&self) -> bool {
        self.pending.is_some()
    }

    fn take(&mut self, events: Vec<hid::Event>, now: u64, effects: &mut Vec<Effect>) {
        for event in events {
            match event {
                hid::Event::Report(report) => effects.push(Effect::ToHost(report)),
                hid::Event::Command { ticket, message } => self.command(ticket, message, now, effects),
                hid::Event::Cancel { ticket } => self.cancel(ticket, effects),
                hid::Event::Wink => tracing::info!("A program asks which key this is: the one on this workstation"),
            }
        }
    }

    fn command(&mut self, ticket: Ticket, message: Message, now: u64, effects: &mut Vec<Effect>) {
        let (kind, bytes) = match message {
            Message::Cbor(bytes) => (Kind::Cbor, bytes),
            Message::Msg(bytes) => (Kind::Msg, bytes),
        };
        // Programs ask this of every key there is, long before anybody reaches for a card.
        if kind == Kind::Cbor && bytes == GET_INFO && !self.has_card_that_works() {
            let information = self.information.clone().unwrap_or_else(|| FAILED.to_vec());
            return self.answer(ticket, &information, effects);
        }
        if self.linked && !bytes.is_empty() {
            self.send(ticket, kind, bytes, now, effects);
        } else if kind == Kind::Cbor {
            let deadline = now + UNPLUG_AFTER;
            let state = Progress::Held(bytes);
            self.pending = Some(Pending { ticket, kind, state, deadline, next_keep_alive: now + KEEP_ALIVE });
        } else {
            self.answer(ticket, APDU_FAILED, effects);
        }
    }

    fn has_card_that_works(&self) -> bool {
        self.cards.values().any(|card| matches!(card.verdict, Some((CardState::Known, _))))
    }

    fn send(&mut self, ticket: Ticket, kind: Kind, bytes: Vec<u8>, now: u64, effects: &mut Vec<Effect>) {
        self.last_request += 1;
        let request = self.last_request;
        let channel = ticket.channel();
        effects.push(Effect::ToServer(FromAgent::Command { request, channel, kind, bytes: Bytes(bytes) }));
        let time = if kind == Kind::Cbor { COMMAND_TIME } else { APDU_TIME };
        let state = Progress::Sent { request, waiting: WaitingFor::Processing };
        self.pending = Some(Pending { ticket, kind, state, deadline: now + time, next_keep_alive: now + KEEP_ALIVE });
    }

    fn cancel(&mut self, ticket: Ticket, effects: &mut Vec<Effect>) {
        if let Some(pending) = self.pending.take_if(|pending| pending.ticket == ticket) {
            if let Progress::Sent { request, .. } = pending.state {
                self.tell(effects, || FromAgent::Cancel { request });
            }
            let answer = if pending.kind == Kind::Cbor { CANCELLED } else { APDU_FAILED };
            self.answer(ticket, answer, effects);
        }
    }

    fn answer(&mut self, ticket: Ticket, bytes: &[u8], effects: &mut Vec<Effect>) {
        if let Some(key) = &mut self.key {
            effects.extend(key.respond(ticket, bytes).into_iter().map(Effect::ToHost));
        }
    }

    fn tell(&self, effects: &mut Vec<Effect>, message: impl FnOnce() -> FromAgent) {
        if self.linked {
            effects.push(Effect::ToServer(message()));
        }
    }

    /// Plugs the key in when it can work, and unplugs it when it could not for a while.
    fn settle(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if self.linked && !self.readers.is_empty() {
            self.idle_since = None;
            if self.key.is_none() {
                self.key = Some(Hid::new(self.version));
                effects.push(Effect::PlugIn);
            }
            return;
        }
        if self.key.is_some() && now.saturating_sub(*self.idle_since.get_or_insert(now)) >= UNPLUG_AFTER {
            self.unplug(effects);
        }
    }

    /// Unplugs the key at once: this agent was revoked, or ends.
    pub fn unplug(&mut self, effects: &mut Vec<Effect>) {
        if let Some(pending) = self.pending.take() {
            if let Progress::Sent { request, .. } = pending.state {
                self.tell(effects, || FromAgent::Cancel { request });
            }
            self.answer(pending.ticket, failure(pending.kind), effects);
        }
        self.idle_since = None;
        if self.key.take().is_some() {
            effects.push(Effect::Unplug);
        }
    }
}

fn failure(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::Cbor => FAILED,
        Kind::Msg => APDU_FAILED,
    }
}
