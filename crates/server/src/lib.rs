//! Keystead's server: everything with a network in it, and what it stands on.

pub mod fido;
