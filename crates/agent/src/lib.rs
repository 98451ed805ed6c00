//! The agent: makes a card on a reader a security key that every program on the workstation sees as an ordinary one.
//!
//! It carries and decides nothing: FIDO commands come from the kernel, go to the server, and their answers go back; what
//! readers see goes to the server, too. Secrets of cards are never here.
//!
//! ```text
//!  badge ))) reader ── PC/SC ──▶ watcher ──▶ station ◀── uhid ◀── kernel ◀── browser, ssh, …
//!                                              ▲ ▼
//!                                        link to the server
//! ```
//!
//! - [`station`] is the middle, without I/O: what comes in, what goes out;
//! - [`card`] asks a card who it is, without I/O; [`taps`] tells a tap from a card that lies there; [`watcher`] follows
//!   the readers and uses both;
//! - [`uhid`] is the security key that the kernel shows (Linux only: the rest builds and is tested everywhere);
//! - [`link`] keeps the connection; its messages are those of `keystead-agent-protocol`;
//! - [`identity`] is the one thing that the agent keeps; [`run`], [`status`], [`doctor`] and [`cli`] are its commands.

pub mod card;
pub mod cli;
pub mod doctor;
pub mod identity;
pub mod link;
#[cfg(target_os = "linux")]
pub mod run;
pub mod station;
#[cfg(unix)]
pub mod status;
pub mod taps;
#[cfg(target_os = "linux")]
pub mod uhid;
pub mod watcher;
