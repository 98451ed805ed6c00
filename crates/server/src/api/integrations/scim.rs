//! SCIM as administrators see it: what it may do, who may call, what was called, whom it met.

pub mod conflicts;
pub mod requests;
pub mod settings;
pub mod tokens;
