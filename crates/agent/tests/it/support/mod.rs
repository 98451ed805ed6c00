//! What the tests share.

#[cfg(target_os = "linux")]
pub mod badge;
#[cfg(target_os = "linux")]
pub mod namespace;
#[cfg(target_os = "linux")]
pub mod rig;
pub mod server;
