//! The cards at one workstation: which one is in use, whether somebody has just tapped, and the command that waits for a
//! tap. An agent's messages go in, what it is to be told comes out.
//!
//! A tap is used once, and for seconds only. A command that needs one waits for it; a card that merely lies there is no
//! sign that anybody is present.

use std::{collections::BTreeMap, time::Duration};

use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Identity as Told, Kind, Refusal, WaitingFor};
use keystead_ctap::{Authenticator, Environment, Outcome, Policy, Presence, Status};
use keystead_directory::{
    Timestamp, Tx,
    actor::{Actor, ActorType},
    agents::Agent,
    cards::{self, Card, CardPolicy, Identity, IdentityKind, readings, vault::Hold},
    ids::CardId,
    keys::KeyState,
    roles::Roles,
    secret, settings,
};
use tokio::{runtime::Handle, time::Instant};
use uuid::Uuid;

use super::{pins, store::CardStore};
use crate::app::App;

/// For how long a tap is meant for the next command (CTAP 2.1, section 6.5.2.1 has 30 seconds between a touch and its use).
const FRESH: Duration = Duration::from_secs(30);
/// How long a command waits for a tap.
const PATIENCE: Duration = Duration::from_secs(30);
/// A card that was not used for so long is forgotten, and with it what its PIN opened.
const IDLE: Duration = Duration::from_mins(10);

/// The status words of U2F for "tap first" and "not allowed" (U2F raw messages 1.2, section 3.3).
const TAP_FIRST: [u8; 2] = [0x69, 0x85];
const NOT_ALLOWED: [u8; 2] = [0x69, 0x86];

/// See the [module](self).
pub struct Desk {
    app: App,
    agent: Agent,
    link: Uuid,
    ip: String,
    began: Instant,
    /// The taps that lie on the readers.
    lying: BTreeMap<String, u64>,
    session: Option<Box<Session>>,
    waiting: Option<Command>,
    last_request: u64,
}

/// A card in use.
struct Session {
    authenticator: Authenticator,
    store: CardStore,
    /// A tap that no command has used.
    touched: Option<Instant>,
    used: Instant,
}

/// A command, and until when it waits for a tap.
struct Command {
    request: u64,
    kind: Kind,
    bytes: Vec<u8>,
    until: Instant,
}

impl Command {
    fn reply(&self, bytes: Vec<u8>) -> FromServer {
        FromServer::Reply { request: self.request, bytes: Bytes(bytes) }
    }

    /// The answer of a card that may not be used.
    fn denied(&self) -> FromServer {
        self.reply(match self.kind {
            Kind::Cbor => Status::OperationDenied.answer().to_vec(),
            Kind::Msg => NOT_ALLOWED.to_vec(),
        })
    }
}

/// What a card comes to, with what its holder is told.
type Verdict = (CardState, &'static str);

impl Desk {
    /// An agent that was just welcomed; `link` names its connection, `ip` is where it comes from.
    pub fn new(app: App, agent: Agent, link: Uuid, ip: String) -> Self {
        Self {
            app,
            agent,
            link,
            ip,
            began: Instant::now(),
            lying: BTreeMap::new(),
            session: None,
            waiting: None,
            last_request: 0,
        }
    }

    /// The answer to authenticatorGetInfo while no card lies on a reader: what a card without passkeys says.
    pub async fn information(&self) -> Result<Vec<u8>, keystead_directory::Error> {
        let policy = settings::get(&mut self.app.db.read().await?).await?.card_policy;
        let mut store = keystead_ctap::store::MemoryStore::new(cards::vault::CAPACITY);
        if policy.pin_required
            && let Err(error) = keystead_ctap::Store::set_pin(&mut store, &keystead_ctap::store::PinHash::of(""))
        {
            tracing::error!(%error, "the model of a card takes no PIN");
        }
        let outcome = Authenticator::new().command(
            &[0x04],
            &mut Environment {
                now: 0,
                presence: Presence::Absent,
                model: self.app.vault.model(),
                policy: &self.policy(&policy, policy.pin_required),
                store: &mut store,
                random: &mut secret::fill,
            },
        );
        Ok(match outcome {
            Outcome::Answer { message, .. } => message,
            Outcome::PresenceWanted => Status::Other.answer().to_vec(),
        })
    }

    fn policy(&self, policy: &CardPolicy, with_pin: bool) -> Policy {
        Policy {
            always_verify: policy.pin_required || with_pin,
            pin_rules: pins::rules(policy),
            pin_length_readers: vec![self.app.config.public_url.host().to_owned()],
        }
    }

    /// Takes in what the agent says.
    ///
    /// # Errors
    /// Why the agent is to be refused.
    pub async fn hear(&mut self, message: FromAgent) -> Result<Vec<FromServer>, Refusal> {
        match message {
            FromAgent::Enrol { .. } | FromAgent::Hello { .. } => Err(Refusal::Protocol),
            FromAgent::Readers { readers } => {
                self.lying.retain(|reader, _| readers.contains(reader));
                if self.seen(Some(&readers)).await { Ok(Vec::new()) } else { Err(Refusal::Replaced) }
            }
            FromAgent::Card { reader, tap, fresh, identity } => Ok(self.card(reader, tap, fresh, &identity).await),
            FromAgent::CardGone { reader, tap } => {
                if self.lying.get(&reader) == Some(&tap) {
                    self.lying.remove(&reader);
                }
                Ok(Vec::new())
            }
            FromAgent::Command { request, kind, bytes, .. } => {
                // A number that was used already is a message sent again.
                if request <= self.last_request {
                    return Err(Refusal::Protocol);
                }
                self.last_request = request;
                self.give_up();
                let command = Command { request, kind, bytes: bytes.0, until: Instant::now() + PATIENCE };
                Ok(self.carry_out(command).await.into_iter().collect())
            }
            FromAgent::Cancel { request } => {
                if self.waiting.as_ref().is_some_and(|waiting| waiting.request == request) {
                    self.give_up();
                }
                Ok(Vec::new())
            }
        }
    }

    /// Notes that the agent is there; `false` when it is another connection's by now.
    pub async fn seen(&mut self, readers: Option<&[String]>) -> bool {
        self.session = self.session.take().filter(|session| session.used.elapsed() < IDLE || self.waiting.is_some());
        let noted = async {
            let mut tx = self.app.db.write(Timestamp::now()).await?;
            let newest = keystead_directory::agents::seen(&mut tx, self.agent.id, self.link, readers).await?;
            tx.commit().await?;
            Ok::<bool, keystead_directory::Error>(newest)
        };
        noted.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a workstation's presence can't be noted");
            true
        })
    }

    /// When the command that waits is given up.
    pub fn deadline(&self) -> Option<Instant> {
        self.waiting.as_ref().map(|waiting| waiting.until)
    }

    /// Answers the command whose tap did not come in time.
    pub fn time_out(&mut self) -> Option<FromServer> {
        let reply = self.waiting.as_ref().map(|waiting| waiting.reply(Status::UserActionTimeout.answer().to_vec()));
        self.give_up();
        reply
    }

    fn give_up(&mut self) {
        if self.waiting.take().is_some()
            && let Some(session) = &mut self.session
        {
            session.authenticator.give_up();
        }
    }

    async fn card(&mut self, reader: String, tap: u64, fresh: bool, told: &Told) -> Vec<FromServer> {
        self.lying.insert(reader.clone(), tap);
        let identity = match told {
            Told::Uid { uid } => Some(Identity::of_uid(&self.app.sealer, &uid.0)),
            Told::Fido | Told::Unusable { .. } => None,
        };
        let (state, text) = self.judge(identity, fresh).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a card can't be looked up");
            (CardState::Unusable, "Keystead can't look this card up just now. Try again in a moment.")
        });
        let mut answers = vec![FromServer::Card { reader, tap, state, text: text.to_owned() }];
        if matches!(state, CardState::Known | CardState::Blocked)
            && let Some(waiting) = self.waiting.take()
        {
            answers.extend(self.carry_out(waiting).await);
        }
        answers
    }

    /// What the card is, and takes it into use if it works.
    async fn judge(&mut self, identity: Option<Identity>, fresh: bool) -> keystead_directory::Result<Verdict> {
        let now = Timestamp::now();
        if fresh && readings::is_awaited(&mut self.app.db.read().await?, self.agent.id, now).await? {
            let mut tx: Tx = self.app.db.write(now).await?;
            let state = readings::seen(&mut tx, self.agent.id, identity.as_ref()).await?;
            tx.commit().await?;
            if state.is_some() {
                return Ok((CardState::Registering, "This card was read for Keystead's page. Go on there."));
            }
        }
        let Some(identity) = identity else {
            return Ok((CardState::Unusable, "This card can't be told from others. Use another one."));
        };
        let Some(card) = cards::find(&mut self.app.db.read().await?, &identity).await? else {
            return Ok((CardState::Unknown, "Keystead does not know this card. Ask your administrator for one."));
        };
        if !card.is_usable() {
            return Ok(if card.key_state == KeyState::Revoked {
                (CardState::Revoked, "This card was revoked. Ask your administrator for another one.")
            } else {
                (CardState::Suspended, "This card does not work at present. Ask your administrator.")
            });
        }
        let blocked = card.is_blocked();
        self.take_up(&card, &identity, fresh).await?;
        Ok(if blocked {
            (CardState::Blocked, "This card is blocked: its PIN was wrong too often. Ask your administrator.")
        } else {
            (CardState::Known, "This card works.")
        })
    }

    async fn take_up(&mut self, card: &Card, identity: &Identity, fresh: bool) -> keystead_directory::Result<()> {
        let mine = |session: &Session, card: CardId| session.store.hold.card == card;
        let same = self.session.as_deref().is_some_and(|session| mine(session, card.id));
        // A card that only lies there again changes nothing.
        if same && !fresh {
            return Ok(());
        }
        let mut tx = self.app.db.write(Timestamp::now()).await?;
        let session = cards::tapped(&mut tx, card.id, self.agent.id).await?;
        tx.commit().await?;
        let hold = Hold { card: card.id, session };
        if !same {
            let store = CardStore::new(
                self.app.clone(),
                Handle::current(),
                hold,
                self.actor(card, identity.kind),
                self.agent.name.clone(),
            );
            let (touched, used) = (None, Instant::now());
            self.session = Some(Box::new(Session { authenticator: Authenticator::new(), store, touched, used }));
        }
        if let Some(session) = &mut self.session {
            session.store.hold = hold;
            session.used = Instant::now();
            if fresh {
                session.touched = Some(Instant::now());
                session.authenticator.tap(&mut session.store);
            }
        }
        Ok(())
    }

    /// The card's holder, as far as the card tells.
    fn actor(&self, card: &Card, kind: IdentityKind) -> Actor {
        let strength = match kind {
            IdentityKind::Uid => "card by its number",
            IdentityKind::ChallengeResponse => "card by its key",
        };
        Actor {
            kind: ActorType::User,
            id: Some(card.user_id.0),
            name: card.user_display_name.clone(),
            roles: Roles::default(),
            ip: Some(self.ip.clone()),
            user_agent: Some(format!("keystead-agent {} at {}, {strength}", self.agent.version, self.agent.name)),
            request_id: None,
        }
    }

    async fn carry_out(&mut self, command: Command) -> Option<FromServer> {
        let Some(mut session) = self.session.take() else {
            if command.kind == Kind::Msg {
                return Some(command.reply(TAP_FIRST.to_vec()));
            }
            return Some(self.wait(command));
        };
        if !self.app.limits.card(session.store.hold.card) {
            self.session = Some(session);
            return Some(command.denied());
        }
        let policy = async {
            Ok::<_, keystead_directory::Error>(settings::get(&mut self.app.db.read().await?).await?.card_policy)
        };
        match policy.await {
            Ok(policy) => session.store.policy = policy,
            Err(error) => {
                tracing::warn!(%error, "a card's command can't be carried out");
                self.session = Some(session);
                return Some(command.denied());
            }
        }
        let (app, now, rules) = (self.app.clone(), self.began.elapsed(), self.policy(&session.store.policy, false));
        let done = tokio::task::spawn_blocking(move || {
            let outcome = session.run(&app, &command, u64::try_from(now.as_millis()).unwrap_or(u64::MAX), rules);
            (session, command, outcome)
        });
        // A panic has ended the card's session; the platform is told nothing and gives up by itself.
        let (session, command, outcome) = done.await.ok()?;
        self.session = Some(session);
        match outcome {
            Some(Outcome::Answer { message, .. }) => Some(command.reply(message)),
            Some(Outcome::PresenceWanted) => Some(self.wait(command)),
            None => {
                // Suspended, revoked, or in use at another workstation: it begins anew with its next tap.
                self.session = None;
                Some(command.denied())
            }
        }
    }

    fn wait(&mut self, command: Command) -> FromServer {
        let request = command.request;
        self.waiting = Some(command);
        FromServer::Waiting { request, reason: WaitingFor::Presence }
    }
}

impl Session {
    /// Carries a command out; none when the card may not be used (any more). Blocks.
    fn run(&mut self, app: &App, command: &Command, now: u64, mut policy: Policy) -> Option<Outcome> {
        let card = self.store.card().ok()?;
        policy.always_verify |= card.with_pin;
        let fresh = self.touched.is_some_and(|at| at.elapsed() < FRESH);
        let environment = &mut Environment {
            now,
            presence: if fresh { Presence::Fresh } else { Presence::Absent },
            model: app.vault.model(),
            policy: &policy,
            store: &mut self.store,
            random: &mut secret::fill,
        };
        let outcome = match command.kind {
            Kind::Cbor => self.authenticator.command(&command.bytes, environment),
            Kind::Msg => self.authenticator.apdu(&command.bytes, environment),
        };
        self.used = Instant::now();
        if matches!(outcome, Outcome::Answer { presence_used: true, .. }) {
            self.touched = None;
        }
        Some(outcome)
    }
}
