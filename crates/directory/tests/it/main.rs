//! The storage's conformance suite: every test runs on SQLite and, when `TEST_POSTGRES_URL` names
//! a server on which databases may be created, on PostgreSQL too, each in a database of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::needless_pass_by_value,
    clippy::similar_names,
    missing_docs,
    reason = "these are tests, and count to thousands"
)]

mod support;

mod activity;
mod api_keys;
mod carry_overs;
mod commits;
mod costs;
mod groups;
mod imports;
mod keys;
mod kill;
mod links;
mod lists;
mod owners;
mod paging;
mod rank;
mod schema;
mod secrets;
mod sessions;
mod users;
