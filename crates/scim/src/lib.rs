//! SCIM 2.0 (RFC 7643, RFC 7644) without I/O.

pub mod bulk;
pub mod discovery;
mod edit;
pub mod error;
pub mod filter;
mod intake;
pub mod json;
pub mod list;
pub mod patch;
pub mod path;
pub mod projection;
pub mod resource;
pub mod schema;
mod value;

pub use error::{Error, ScimType};
pub use filter::Filter;
pub use patch::Patch;
pub use value::fold;
