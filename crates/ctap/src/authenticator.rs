//! CTAP 2 and U2F over one card's state (CTAP 2.1 §6, U2F raw messages 1.2).

use p256::SecretKey;

use crate::crypto::{Random, new_key};
use crate::model::{Model, Policy};
use crate::status::Status;
use crate::store::{Store, StoreError};

mod client_pin;
mod get_assertion;
mod get_info;
mod issue;
mod make_credential;
mod management;
mod request;
mod token;
mod u2f;

use get_assertion::Assertions;
pub use issue::{Issued, issue};
use management::Listing;
use request::Fields;
use token::Token;

/// Whether somebody has tapped for the command at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nobody, or the tap was used already.
    Absent,
    /// A tap that no command has used, recent enough to be meant for this one. The standard allows 30 seconds between
    /// a touch and its use (CTAP 2.1 §6.5.2.1).
    Fresh,
}

/// What a command may use, handed in for its duration.
pub struct Environment<'a> {
    /// Any clock in milliseconds that does not go back.
    pub now: u64,
    /// Whether somebody has tapped.
    pub presence: Presence,
    /// What the authenticator says of itself.
    pub model: &'a Model,
    /// What this card may do.
    pub policy: &'a Policy,
    /// This card's credentials.
    pub store: &'a mut dyn Store,
    /// A cryptographically secure source.
    pub random: &'a mut Random<'a>,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To be sent to the host: a [`Status`] and maybe CBOR, or for U2F data and a status word.
    Answer {
        /// The bytes.
        message: Vec<u8>,
        /// The tap was used: the next command needs another one.
        presence_used: bool,
    },
    /// Nobody has tapped, and nothing was done. Hand the same command in again after the tap, or, when nobody taps in
    /// time, call [`Authenticator::give_up`] and answer [`Status::UserActionTimeout`].
    PresenceWanted,
}

/// A card while it is in use: what lives from one tap to the next and is never kept.
///
/// One for each card. The [`Store`] holds what lasts. What a PIN opened stays open until the next tap, a wrong PIN, or the
/// first command after its time: a server that hears nothing more of a card calls [`Store::lock`] and drops this.
#[derive(Default)]
pub struct Authenticator {
    key_agreement: Option<SecretKey>,
    token: Option<Token>,
    /// Wrong PINs since the last tap or right PIN.
    wrong_pins: u8,
    pending: Pending,
    /// The last command waits for a tap.
    waiting: bool,
}

/// What a command of the kind "get next" goes on with.
#[derive(Default)]
enum Pending {
    #[default]
    Nothing,
    Assertions(Box<Assertions>),
    Listing(Listing),
}

/// Why a command stopped.
enum Halt {
    Status(Status),
    PresenceWanted,
}

impl From<Status> for Halt {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Status(error.into())
    }
}

impl From<StoreError> for Status {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::KeyStoreFull,
            StoreError::Locked => Self::PuatRequired,
            StoreError::NotFound => Self::NoCredentials,
            StoreError::PinRefused => Self::PinPolicyViolation,
            StoreError::Denied => Self::OperationDenied,
            StoreError::Failed => Self::Other,
        }
    }
}

impl Environment<'_> {
    /// Uses up the tap.
    fn take_presence(&mut self) -> Result<(), Halt> {
        match std::mem::replace(&mut self.presence, Presence::Absent) {
            Presence::Fresh => Ok(()),
            Presence::Absent => Err(Halt::PresenceWanted),
        }
    }

    fn has_pin(&mut self) -> Result<bool, Status> {
        Ok(self.store.pin()?.is_some())
    }
}

impl Authenticator {
    /// A card that was just powered up.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of a tap: a power cycle, unless a command waits for this very tap. To be called once for each tap,
    /// before the command that it is for.
    pub fn tap(&mut self, store: &mut dyn Store) {
        self.wrong_pins = 0;
        if !std::mem::take(&mut self.waiting) {
            self.key_agreement = None;
            self.pending = Pending::Nothing;
            self.close(store);
        }
    }

    /// Takes note that the command that waits for a tap is not going to be handed in again.
    pub fn give_up(&mut self) {
        self.waiting = false;
    }

    /// Carries out one CTAP 2 command: the message of `CTAPHID_CBOR`, a command byte and its CBOR.
    pub fn command(&mut self, message: &[u8], environment: &mut Environment<'_>) -> Outcome {
        let tapped = environment.presence;
        self.waiting = false;
        let message = match self.dispatch(message, environment) {
            Ok(cbor) => [Status::Ok.answer(), cbor].concat(),
            Err(Halt::Status(status)) => status.answer(),
            Err(Halt::PresenceWanted) => {
                self.waiting = true;
                return Outcome::PresenceWanted;
            }
        };
        Outcome::Answer { message, presence_used: tapped != environment.presence }
    }

    fn dispatch(&mut self, message: &[u8], environment: &mut Environment<'_>) -> Result<Vec<u8>, Halt> {
        const MAKE_CREDENTIAL: u8 = 0x01;
        const GET_ASSERTION: u8 = 0x02;
        const GET_INFO: u8 = 0x04;
        const CLIENT_PIN: u8 = 0x06;
        const RESET: u8 = 0x07;
        const GET_NEXT_ASSERTION: u8 = 0x08;
        const CREDENTIAL_MANAGEMENT: u8 = 0x0a;
        const SELECTION: u8 = 0x0b;

        let (command, parameters) = message.split_first().ok_or(Status::InvalidLength)?;
        if message.len() > crate::hid::MAX_MESSAGE {
            return Err(Status::InvalidLength.into());
        }
        if self.token.as_ref().is_some_and(|token| token.expired(environment.now)) {
            self.close(environment.store);
        }
        // What "get next" goes on with lives only until another command.
        let pending = std::mem::take(&mut self.pending);
        match *command {
            MAKE_CREDENTIAL => self.make_credential(Fields::read(parameters)?, environment),
            GET_ASSERTION => self.get_assertion(Fields::read(parameters)?, environment),
            GET_NEXT_ASSERTION => match pending {
                Pending::Assertions(assertions) => self.get_next_assertion(*assertions, environment),
                _ => Err(Status::NotAllowed.into()),
            },
            GET_INFO => get_info::get_info(environment),
            CLIENT_PIN => self.client_pin(Fields::read(parameters)?, environment),
            CREDENTIAL_MANAGEMENT => self.manage_credentials(Fields::read(parameters)?, pending, environment),
            SELECTION => environment.take_presence().map(|()| Vec::new()),
            // What is on a card belongs to the organisation; it removes it at the server.
            RESET => Err(Status::OperationDenied.into()),
            _ => Err(Status::InvalidCommand.into()),
        }
    }

    /// Forgets what the PIN opened.
    fn close(&mut self, store: &mut dyn Store) {
        self.token = None;
        store.lock();
    }

    /// The key for agreement, made when it is first asked for and after each wrong PIN.
    fn key_agreement(&mut self, random: &mut Random<'_>) -> &SecretKey {
        self.key_agreement.get_or_insert_with(|| new_key(random))
    }
}
