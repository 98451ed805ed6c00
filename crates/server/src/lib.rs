//! Keystead's server: everything with a network in it. The rooms:
//!
//! - [`config`] what it is told, [`secret_key`] what it keeps, [`telemetry`] what it reports
//! - [`app`] the parts that a request reaches; [`serve`] and [`connection`] the way it comes in
//! - [`http`] the whole API as one list, and what is true for every request
//! - [`api`] one file per endpoint
//! - [`scim`] the SCIM service provider, with its own way in
//! - [`cards`] contactless cards: the vault, and the link to the workstations' agents
//! - [`entra`] Microsoft Entra ID: tokens, Graph, reading people and groups
//! - [`fido`] WebAuthn and nothing else; [`mail`] letters and the mail server; [`worker`] what is done in the background
//! - [`import`] people from files, and the worker that drives every import
//! - [`cli`] the commands, [`seed`] the made-up people of one of them
//!
//! The domain and its storage are another crate: `keystead-directory`, which knows no HTTP.

pub mod api;
pub mod app;
pub mod cards;
pub mod cli;
pub mod config;
pub mod connection;
pub mod entra;
pub mod fido;
pub mod http;
pub mod import;
pub mod mail;
pub mod scim;
pub mod secret_key;
pub mod seed;
pub mod serve;
pub mod telemetry;
pub mod worker;
