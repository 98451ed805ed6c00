//! What a card that lies on a reader comes to: when it is laid there, and whenever something about it changes.

use std::collections::BTreeMap;

use keystead_agent_protocol::{CardState, FromServer, Identity as Told};
use keystead_ctap::Authenticator;
use keystead_directory::{
    Timestamp, Tx,
    actor::{Actor, ActorType},
    cards::{self, Card, Identity, IdentityKind, Standing, readings, vault::Hold},
    ids::CardId,
    keys::KeyState,
    roles::Roles,
};
use tokio::{runtime::Handle, time::Instant};

use super::{Desk, Session};
use crate::cards::{Lying, store::CardStore};

/// What lies on a reader.
pub(super) struct OnReader {
    pub(super) tap: u64,
    identity: Option<Identity>,
    /// None for what is nobody's card.
    card: Option<(Lying, Standing)>,
}

/// What a card comes to, with what its holder is told.
type Verdict = (CardState, &'static str);

const UNUSABLE: Verdict = (CardState::Unusable, "This card can't be told from others. Use another one.");
const UNKNOWN: Verdict = (CardState::Unknown, "Keystead does not know this card. Ask your administrator for one.");
const READ: Verdict = (CardState::Registering, "This card was read for Keystead's page. Go on there.");
const REVOKED: Verdict = (CardState::Revoked, "This card was revoked. Ask your administrator for another one.");
const SUSPENDED: Verdict = (CardState::Suspended, "This card does not work at present. Ask your administrator.");
const BLOCKED: Verdict =
    (CardState::Blocked, "This card is blocked: its PIN was wrong too often. Ask your administrator.");
const KNOWN: Verdict = (CardState::Known, "This card works.");
const NOT_NOW: Verdict = (CardState::Unusable, "Keystead can't look this card up just now. Try again in a moment.");

impl Desk {
    pub(super) async fn card(&mut self, reader: String, tap: u64, fresh: bool, told: &Told) -> Vec<FromServer> {
        let identity = match told {
            Told::Uid { uid } => Some(Identity::of_uid(&self.app.sealer, &uid.0)),
            Told::Fido | Told::Unusable { .. } => None,
        };
        self.lying.remove(&reader);
        let ((state, text), card) = self.judge(identity.as_ref(), fresh).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a card can't be looked up");
            (NOT_NOW, None)
        });
        let card = card.map(|card| (Lying::new(self.app.clone(), card.id), card.standing()));
        self.lying.insert(reader.clone(), OnReader { tap, identity, card });
        let mut answers = vec![FromServer::Card { reader, tap, state, text: text.to_owned() }];
        if matches!(state, CardState::Known | CardState::Blocked)
            && let Some(waiting) = self.waiting.take()
        {
            answers.extend(self.carry_out(waiting).await);
        }
        answers
    }

    /// The readers whose cards stand otherwise than they did when they were judged.
    pub fn changed(&self, standings: &BTreeMap<CardId, Option<Standing>>) -> Vec<String> {
        let changed =
            |(card, then): &(Lying, Standing)| standings.get(&card.card).is_some_and(|now| now.as_ref() != Some(then));
        let changed = |lying: &OnReader| lying.card.as_ref().is_some_and(changed);
        self.lying.iter().filter(|(_, lying)| changed(lying)).map(|(reader, _)| reader.clone()).collect()
    }

    /// Judges anew what lies on these readers. A command that waits for a tap of a card that does not work any more is
    /// refused at once.
    pub async fn judge_again(&mut self, readers: Vec<String>) -> Vec<FromServer> {
        let mut answers = Vec::new();
        for reader in readers {
            let Some(mut lying) = self.lying.remove(&reader) else { continue };
            let Some((watched, _)) = &lying.card else { continue };
            let known = watched.card;
            let (mut verdict, card) = match self.judge(lying.identity.as_ref(), false).await {
                Ok(judged) => judged,
                Err(error) => {
                    // Its commands are checked anyway; it is judged with the next change.
                    tracing::warn!(%error, "a card can't be looked up");
                    self.lying.insert(reader, lying);
                    continue;
                }
            };
            // It was somebody's, so it is revoked or another badge has taken its place.
            if verdict == UNKNOWN {
                verdict = REVOKED;
            }
            if !matches!(verdict.0, CardState::Known | CardState::Blocked)
                && self.session.as_ref().is_some_and(|session| session.store.hold.card == known)
            {
                self.session = None;
                answers.extend(self.waiting.take().map(|waiting| waiting.denied()));
            }
            let (state, text) = (verdict.0, verdict.1.to_owned());
            answers.push(FromServer::Card { reader: reader.clone(), tap: lying.tap, state, text });
            lying.card = card.map(|card| (Lying::new(self.app.clone(), card.id), card.standing()));
            self.lying.insert(reader, lying);
        }
        answers
    }

    /// What the card is, and takes it into use if it works.
    async fn judge(
        &mut self,
        identity: Option<&Identity>,
        fresh: bool,
    ) -> keystead_directory::Result<(Verdict, Option<Card>)> {
        let now = Timestamp::now();
        if fresh && readings::is_awaited(&mut self.app.db.read().await?, self.agent.id, now).await? {
            let mut tx: Tx = self.app.db.write(now).await?;
            let state = readings::seen(&mut tx, self.agent.id, identity).await?;
            tx.commit().await?;
            if state.is_some() {
                return Ok((READ, None));
            }
        }
        let Some(identity) = identity else { return Ok((UNUSABLE, None)) };
        let Some(card) = cards::find(&mut self.app.db.read().await?, identity).await? else {
            return Ok((UNKNOWN, None));
        };
        let verdict = match card.key_state {
            KeyState::Revoked => REVOKED,
            _ if !card.is_usable() => SUSPENDED,
            _ if card.is_blocked() => BLOCKED,
            _ => KNOWN,
        };
        if card.is_usable() {
            self.take_up(&card, identity, fresh).await?;
        }
        Ok((verdict, Some(card)))
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
}
