//! People.

pub mod change;
pub mod create;
pub mod list;
pub mod parts;
