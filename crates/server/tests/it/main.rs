//! Keystead's HTTP interface, tested from outside: one binary for all of it.
//!
//! [`support::TestApp`] starts the server on a port of its own with an empty database: SQLite, or
//! PostgreSQL when `TEST_POSTGRES_URL` names a server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "these are tests"
)]

mod support;

mod access;
mod bad_input;
mod binary;
mod cards;
mod carry_overs;
mod ceremonies;
mod crash;
mod entra_connection;
mod entra_faults;
mod entra_reading;
mod entra_schedules;
mod frame;
mod fuzz_seeds;
mod import_command;
mod imports;
mod journey;
mod lies;
mod limits;
mod links;
mod races;
mod scim;
mod secrets;
mod setup;
mod slow;
mod step_up;
