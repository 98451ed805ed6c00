//! Follows readers and cards through the system's PC/SC service, for as long as somebody listens: readers that come and
//! go, cards that are pulled while they are read, and the service itself ending and coming back.
//!
//! One thread waits for changes. Each card is asked who it is in a thread of its own, because a reader that hangs would
//! otherwise hold up the others; its answer counts only while that card still lies there and if it came in time.

mod reading;

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use keystead_agent_protocol::{Identity, MAX_NAME, MAX_READERS, Unusable};
use pcsc::{Context, PNP_NOTIFICATION, ReaderState, Scope, State};
use tokio::sync::mpsc::Sender;

use crate::taps::{Change, Look, Taps};

/// How long a card may take to say who it is. Then it counts as unreadable.
pub const READING_TIME: Duration = Duration::from_secs(3);

/// How long to wait before asking again for a service that isn't there.
const SERVICE_PAUSE: Duration = Duration::from_secs(1);

/// How long the service is asked to wait for a change, at most; then it is seen whether anybody still listens.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What the readers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The PC/SC service is not there, or refuses; said once. There are no readers meanwhile.
    NoService(pcsc::Error),
    /// These readers there are now, by name. The first one after [`Event::NoService`] says that the service is back.
    Readers(Vec<String>),
    /// A card lies on a reader and has said who it is.
    Card {
        /// The reader's name.
        reader: String,
        /// Names this one lying: counts up over all readers.
        tap: u64,
        /// Whether somebody has just laid it there; see [`taps`](crate::taps).
        fresh: bool,
        /// Who it is.
        identity: Identity,
    },
    /// The card of that tap is gone. Each card that was named goes exactly once.
    Gone {
        /// The reader's name.
        reader: String,
        /// Which.
        tap: u64,
    },
}

/// What to say when there is no reader.
pub const NO_READER: &str = "No reader is connected, so no security key is shown. Plug one in; pcsc_scan (package \
                             pcsc-tools) shows what the system sees.";

/// What a person can do when the PC/SC service refuses.
pub fn service_problem(error: pcsc::Error) -> String {
    match error {
        pcsc::Error::NoService | pcsc::Error::ServiceStopped => {
            "The PC/SC service does not run. On Debian: sudo apt-get install pcscd && \
             sudo systemctl enable --now pcscd.socket"
                .into()
        }
        pcsc::Error::NoAccess | pcsc::Error::SecurityViolation => {
            "The PC/SC service does not let this user in. Install 50-keystead-agent.rules in /etc/polkit-1/rules.d; \
             it lets in the user keystead-agent."
                .into()
        }
        error => format!("The PC/SC service does not work: {error}. Try: sudo systemctl restart pcscd"),
    }
}

/// Watches in a thread of its own until `events` is closed. Events come in order; the thread waits for whoever is slow
/// to take them.
///
/// # Errors
/// If the system has no thread to give.
pub fn watch(events: Sender<Event>) -> std::io::Result<()> {
    let watch =
        Watch { began: Instant::now(), lying: Arc::new(Lying::new(events)), last_tap: 0, worked: false, said: None };
    std::thread::Builder::new().name("readers".into()).spawn(move || watch.run()).map(drop)
}

/// The cards that lie on readers, by the reader's name, shared with the threads that ask them.
struct Lying {
    cards: Mutex<HashMap<String, Card>>,
    events: Sender<Event>,
}

struct Card {
    tap: u64,
    fresh: bool,
    since: Instant,
    named: bool,
}

impl Lying {
    fn new(events: Sender<Event>) -> Self {
        Self { cards: Mutex::new(HashMap::new()), events }
    }

    /// Hands an event on. If nobody listens any more, the watch ends at its next look.
    fn send(&self, event: Event) {
        let _ = self.events.blocking_send(event);
    }

    fn cards(&self) -> std::sync::MutexGuard<'_, HashMap<String, Card>> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says who the card is, if it still lies there and has not been named. The lock is held until the event is handed
    /// on, so that a card never goes before it came.
    fn name(&self, reader: &str, tap: u64, identity: Identity) {
        let mut cards = self.cards();
        if let Some(card) = cards.get_mut(reader).filter(|card| card.tap == tap && !card.named) {
            card.named = true;
            self.send(Event::Card { reader: reader.to_owned(), tap, fresh: card.fresh, identity });
        }
    }

    fn went(&self, reader: &str) {
        let Some(tap) = self.cards().get(reader).map(|card| card.tap) else { return };
        // Lifted before it had said who it is: the person is told so.
        self.name(reader, tap, unreadable());
        self.cards().remove(reader);
        self.send(Event::Gone { reader: reader.to_owned(), tap });
    }

    /// Gives up on cards that have been asked for too long. Returns whether others are still being asked.
    fn give_up(&self) -> bool {
        let waiting: Vec<(String, u64, bool)> = {
            let cards = self.cards();
            let unnamed = cards.iter().filter(|(_, card)| !card.named);
            unnamed.map(|(reader, card)| (reader.clone(), card.tap, card.since.elapsed() >= READING_TIME)).collect()
        };
        for (reader, tap, _) in waiting.iter().filter(|(_, _, over)| *over) {
            self.name(reader, *tap, unreadable());
        }
        waiting.iter().any(|(_, _, over)| !over)
    }
}

fn unreadable() -> Identity {
    Identity::Unusable { reason: Unusable::Unreadable }
}

struct Watch {
    began: Instant,
    lying: Arc<Lying>,
    last_tap: u64,
    /// The service has worked since it last failed.
    worked: bool,
    /// What was said of it since then.
    said: Option<pcsc::Error>,
}

/// A reader that is watched.
struct Reader {
    state: ReaderState,
    name: String,
    taps: Taps,
}

impl Watch {
    fn run(mut self) {
        while !self.lying.events.is_closed() {
            let error = match Context::establish(Scope::System) {
                Ok(context) => {
                    let Err(error) = self.follow(&context) else { return };
                    tracing::debug!("The PC/SC service went away: {error}");
                    let readers: Vec<_> = self.lying.cards().keys().cloned().collect();
                    for reader in &readers {
                        self.lying.went(reader);
                    }
                    error
                }
                Err(error) => error,
            };
            // How it broke says little; whether and why it does not come back is worth telling.
            if !std::mem::take(&mut self.worked) && self.said.replace(error) != Some(error) {
                self.lying.send(Event::NoService(error));
            }
            std::thread::sleep(SERVICE_PAUSE);
        }
    }

    /// Follows the readers of one connection to the service. Ends well when nobody listens any more.
    fn follow(&mut self, context: &Context) -> Result<(), pcsc::Error> {
        let mut readers: Vec<Reader> = Vec::new();
        self.update(context, &mut readers)?;
        (self.worked, self.said) = (true, None);
        self.lying.send(Event::Readers(names(&readers)));
        let mut news = ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE);
        while !self.lying.events.is_closed() {
            if self.update(context, &mut readers)? {
                self.lying.send(Event::Readers(names(&readers)));
            }
            let asked = self.lying.give_up();
            let wait = if asked { LONGEST_WAIT / 10 } else { LONGEST_WAIT };
            // The service takes the states in one list: they are lent to it and taken back.
            let mut states: Vec<ReaderState> = vec![std::mem::replace(&mut news, blank())];
            states.extend(readers.iter_mut().map(|reader| std::mem::replace(&mut reader.state, blank())));
            let outcome = context.get_status_change(wait, &mut states);
            let mut states = states.into_iter();
            news = states.next().unwrap_or_else(blank);
            readers.iter_mut().zip(states).for_each(|(reader, state)| reader.state = state);
            match outcome {
                Ok(()) => {
                    news.sync_current_state();
                    for reader in &mut readers {
                        self.look(reader);
                    }
                }
                // A reader that has just left: the next round leaves it out.
                Err(pcsc::Error::Timeout | pcsc::Error::UnknownReader | pcsc::Error::ReaderUnavailable) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes up readers that came and lets go of those that left. Returns whether there were any.
    fn update(&self, context: &Context, readers: &mut Vec<Reader>) -> Result<bool, pcsc::Error> {
        let mut there: Vec<CString> = match context.list_readers_owned() {
            Ok(names) => names,
            Err(pcsc::Error::NoReadersAvailable) => Vec::new(),
            Err(error) => return Err(error),
        };
        there.truncate(MAX_READERS);
        let before = readers.len();
        readers.retain(|reader| {
            let stays = there.iter().any(|name| name.as_c_str() == reader.state.name());
            if !stays {
                self.lying.went(&reader.name);
            }
            stays
        });
        let mut changed = readers.len() != before;
        for name in there {
            if readers.iter().all(|reader| reader.state.name() != name.as_c_str()) {
                changed = true;
                readers.push(Reader {
                    name: readable(&name),
                    state: ReaderState::new(name, State::UNAWARE),
                    taps: Taps::default(),
                });
            }
        }
        Ok(changed)
    }

    fn look(&mut self, reader: &mut Reader) {
        let state = reader.state.event_state();
        if state.intersects(State::UNKNOWN | State::IGNORE) {
            return;
        }
        let look = Look { present: state.contains(State::PRESENT), changes: reader.state.event_count() };
        reader.state.sync_current_state();
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        for change in reader.taps.look(look, now) {
            match change {
                Change::Went => self.lying.went(&reader.name),
                Change::Came { fresh } => self.came(reader, fresh),
            }
        }
    }

    fn came(&mut self, reader: &Reader, fresh: bool) {
        self.last_tap += 1;
        let tap = self.last_tap;
        let card = Card { tap, fresh, since: Instant::now(), named: false };
        self.lying.cards().insert(reader.name.clone(), card);
        let (lying, name, handle) = (Arc::clone(&self.lying), reader.name.clone(), reader.state.name().to_owned());
        let asking = std::thread::Builder::new().name("card".into()).spawn(move || {
            let identity = reading::identify(&handle).unwrap_or_else(|error| {
                tracing::info!(reader = name, "The card could not be read: {error}");
                unreadable()
            });
            lying.name(&name, tap, identity);
        });
        if asking.is_err() {
            self.lying.name(&reader.name, tap, unreadable());
        }
    }
}

/// Stands in for a state that the service has been lent.
fn blank() -> ReaderState {
    ReaderState::new(c"", State::IGNORE)
}

fn names(readers: &[Reader]) -> Vec<String> {
    readers.iter().map(|reader| reader.name.clone()).collect()
}

/// A reader's name as the protocol takes it: drivers put anything into it.
fn readable(name: &CStr) -> String {
    let text: String = name.to_string_lossy().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MAX_NAME).last();
    text[..end.unwrap_or(0)].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn a_readers_name_is_made_fit_to_be_shown() {
        assert_eq!(readable(c"ACS ACR122U 00 00"), "ACS ACR122U 00 00");
        assert_eq!(readable(c"a\nb\x1b[2J"), "a b [2J");
        let long = std::ffi::CString::new("é".repeat(100)).unwrap();
        assert_eq!(readable(&long), "é".repeat(64));
        assert!(readable(c"\xff\xfe").chars().all(|c| c == char::REPLACEMENT_CHARACTER));
    }
}
