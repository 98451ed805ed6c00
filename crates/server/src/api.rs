//! One file per endpoint or small family of endpoints: body types, docs, handlers.
//!
//! Nothing here decides who may call what ([`crate::http::access`] does) or what is right (the
//! domain does): a handler reads the request, opens one use case, calls it and answers.

pub mod activity;
pub mod alerts;
pub mod api_keys;
pub mod cards;
pub mod carry_overs;
pub mod ceremony;
pub mod dashboard;
pub mod groups;
pub mod imports;
pub mod instance;
pub mod integrations;
pub mod keys;
pub mod letters;
pub mod me;
pub mod once;
pub mod query;
pub mod registrations;
pub mod schedules;
pub mod session;
pub mod settings;
pub mod setup;
pub mod signin;
pub mod users;
pub mod views;
pub mod workstations;
