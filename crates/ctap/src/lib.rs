//! A FIDO authenticator as a library: CTAP 2.1 with PIN and credential management, U2F, and their HID transport.
//!
//! Everything here is a state machine over bytes. There is no I/O, no clock, no thread and no source of randomness:
//! the caller hands in reports or messages, the time, random bytes, a [`Store`] that keeps one card's credentials, and
//! whether somebody has just tapped. So a server can run one authenticator for each of its cards, far from the
//! computers that they are used at.
//!
//! | to | use |
//! | --- | --- |
//! | speak CTAPHID with a host | [`hid::Hid`] |
//! | carry out CTAP 2 commands and U2F messages | [`Authenticator`] |
//! | keep credentials | [`Store`], of which [`store::MemoryStore`] is the model |
//! | say what PINs have to be like | [`PinRules`] |
//! | read and write CTAP's CBOR | [`cbor::Value`] |
//!
//! # What is offered
//!
//! makeCredential, getAssertion and getNextAssertion (ES256; discoverable credentials or not), getInfo, clientPIN with
//! protocols one and two, permissions and the older getPinToken, selection and credentialManagement; the extensions
//! credProtect, hmac-secret and minPinLength; packed attestation, or none where the platform prefers none. Reset is
//! refused: what is on a card belongs to the organisation. There is no built-in user verification but the PIN, no large
//! blobs and no enterprise attestation.
//!
//! # One command
//!
//! ```
//! use keystead_ctap::store::MemoryStore;
//! use keystead_ctap::{Authenticator, Environment, Model, Outcome, Policy, Presence};
//!
//! let model = Model { aaguid: [7; 16], firmware_version: 1, attestation: None };
//! let mut store = MemoryStore::new(10);
//! let mut card = Authenticator::new();
//! card.tap(&mut store);
//!
//! let mut environment = Environment {
//!     now: 0,
//!     presence: Presence::Fresh,
//!     model: &model,
//!     policy: &Policy::default(),
//!     store: &mut store,
//!     random: &mut |bytes| getrandom::fill(bytes).expect("the system's randomness"),
//! };
//! // authenticatorSelection asks for a tap. It has one; the next command that wants one finds it used up.
//! let answer = card.command(&[0x0b], &mut environment);
//! assert_eq!(answer, Outcome::Answer { message: vec![0x00], presence_used: true });
//! assert_eq!(card.command(&[0x0b], &mut environment), Outcome::PresenceWanted);
//! ```
//!
//! # Taps and power cycles
//!
//! CTAP speaks of a device that is plugged in and touched; a card is tapped. The caller reports each tap with
//! [`Authenticator::tap`], and holds [`Presence::Fresh`] from then on for as long as it takes a tap to be fresh, until an
//! [`Outcome::Answer`] says that it was used. A tap is a power cycle: what the PIN opened is closed and three wrong PINs
//! are forgiven. A tap that a command waits for (after [`Outcome::PresenceWanted`]) is only that: the PIN that was given
//! for the command stays given.

mod authenticator;
pub mod cbor;
mod crypto;
pub mod hid;
mod model;
mod pin_protocol;
mod pin_rules;
mod status;
pub mod store;

pub use authenticator::{Authenticator, Environment, Issued, Outcome, Presence, issue};
pub use crypto::Random;
pub use model::{Attestation, InvalidAttestation, Model, Policy};
pub use pin_rules::{LONGEST_PIN, PinRules, PinViolation, SHORTEST_PIN};
pub use status::Status;
pub use store::Store;
