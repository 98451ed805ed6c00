//! Keystead's domain and its storage: people, groups, security keys, links, sessions, mails and
//! the activity record, on SQLite and PostgreSQL alike.
//!
//! No word of HTTP, WebAuthn verification or SMTP lives here; the server crate brings those.
//! Every change is made inside a [`db::Tx`]: the change, its activity record and its mails are
//! committed together or not at all, and `tx.now()` is the only clock.

pub mod activations;
pub mod activity;
pub mod actor;
pub mod agents;
pub mod alerts;
pub mod api_keys;
pub mod cards;
pub mod clock;
pub mod credentials;
pub mod db;
pub mod entra;
pub mod error;
pub mod groups;
pub mod idempotency;
pub mod ids;
pub mod imports;
pub mod keys;
pub mod mails;
pub mod names;
pub mod page;
pub mod roles;
pub mod schedules;
pub mod scim;
pub mod seals;
pub mod secret;
pub mod sessions;
pub mod settings;
pub mod users;

pub use clock::Timestamp;
pub use db::{Conn, Db, Tx};
pub use error::{Error, FieldError, Result};
