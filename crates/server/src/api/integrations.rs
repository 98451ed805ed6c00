//! What Keystead is connected to.

pub mod entra;
pub mod scim;
