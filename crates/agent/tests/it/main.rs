//! The agent against the real PC/SC service, and against a server that speaks the link's protocol.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

#[cfg(target_os = "linux")]
mod cli;
mod link;
#[cfg(target_os = "linux")]
mod readers;
mod station;
mod support;
