//! The protocol core of a SCIM 2.0 service provider (RFC 7643, RFC 7644, RFC 9865): pure functions over JSON, without
//! I/O, database or HTTP, and without an opinion of what a user is.
//!
//! A server says which attributes it keeps; this crate reads what clients send against that, strictly where the
//! standard is strict and generously where real clients need it. What Entra ID sends, in both of its dialects, is read
//! as it is meant (see [`patch`]).
//!
//! | a request | is read by | gives |
//! | --- | --- | --- |
//! | any body | [`json::read`] | a value, bounded in size, depth and number of values, no name twice |
//! | POST, PUT | [`resource::read`], [`resource::replace`] | a resource in the schema's spelling and types |
//! | PATCH | [`Patch::parse`] | changes with resolved paths, applied by [`Patch::apply`] as a whole or not at all |
//! | PATCH of a large group | [`Patch::split_members`] | who is added and removed, apart from the rest |
//! | GET of a list | [`list::ListQuery::from_query`] | a typed [`Filter`], an order, a page, a projection |
//! | `POST /.search` | [`list::ListQuery::from_search`] | the same |
//! | `attributes`, `excludedAttributes` | [`projection::Projection`] | what to load, and what to leave in an answer |
//! | Bulk | [`bulk::BulkRequest`] | operations in an order in which references can be resolved |
//! | `If-Match` | [`version::matches`] | whether the client knows the resource as it is |
//! | discovery | [`discovery`] | documents that advertise what is kept and no more |
//! | whatever fails | [`Error`] | the SCIM error message with its `scimType` |
//!
//! # What a server keeps
//!
//! A [`ResourceType`](schema::ResourceType) is built once, from the schemas of the standard without what the product
//! doesn't store, and from its own extensions:
//!
//! ```
//! use keystead_scim::schema::{self, Attribute, ResourceType, Schema};
//!
//! let badge = Schema::new("urn:example:scim:2.0:Badge", "Badge", "What a door needs to know.")
//!     .with([Attribute::string("badgeNumber", "The number on the badge.").case_exact()]);
//! let user = ResourceType::new("User", "/Users", schema::user().without(&["password", "ims", "emails.display"]))
//!     .with_extension(schema::enterprise_user())
//!     .with_extension(badge);
//! assert!(user.attribute_path("urn:example:scim:2.0:Badge:badgeNumber").is_some());
//! ```
//!
//! # From a filter to a query
//!
//! [`Filter`] is a public tree whose paths are resolved and whose values have the attribute's type, so that a server
//! writes the query for its own tables. [`Filter::matches`] is the meaning that the query must have; [`fold`] is the
//! form in which texts compare where case doesn't matter.
//!
//! ```
//! use keystead_scim::filter::{Literal, Operator};
//! use keystead_scim::schema::{self, ResourceType};
//! use keystead_scim::{Error, Filter, fold};
//!
//! /// The condition of a query, its values bound apart.
//! fn condition(filter: &Filter<'_>, values: &mut Vec<String>) -> Result<String, Error> {
//!     Ok(match filter {
//!         Filter::And(parts) => {
//!             let parts: Result<Vec<_>, _> = parts.iter().map(|part| condition(part, values)).collect();
//!             format!("({})", parts?.join(" and "))
//!         }
//!         Filter::Compare(path, Operator::Equal, Literal::Text(text)) => {
//!             let column = match path.names() {
//!                 (None, "userName", None) => "user_name_folded",
//!                 (None, "externalId", None) => "external_id",
//!                 _ => return Err(Error::invalid_filter(format!("{path} can't be filtered by."))),
//!             };
//!             values.push(if path.leaf().case_exact { text.clone() } else { fold(text) });
//!             format!("{column} = ?")
//!         }
//!         _ => return Err(Error::invalid_filter("This filter is not supported.")),
//!     })
//! }
//!
//! let user = ResourceType::new("User", "/Users", schema::user());
//! let filter = Filter::parse(r#"userName eq "Ada" and externalId eq "A-1""#, &user)?;
//! let mut values = Vec::new();
//! assert_eq!(condition(&filter, &mut values)?, "(user_name_folded = ? and external_id = ?)");
//! assert_eq!(values, ["ada", "A-1"]);
//! # Ok::<(), Error>(())
//! ```
//!
//! # Resources
//!
//! A resource is a [`serde_json::Map`] spelled as in the schema: what [`resource::read`] gives. A server keeps it in
//! whatever tables it likes and puts it together again for [`Patch::apply`] and for answers. The order of names in an
//! object means nothing.
//!
//! # Bounds
//!
//! Whatever a client sends, time, memory and stack are bounded: bodies by [`json::Limits`], filters and paths by
//! [`filter::MAX_LENGTH`], [`filter::MAX_DEPTH`] and [`filter::MAX_CLAUSES`], patches by [`patch::MAX_OPERATIONS`] and
//! by how much they make the server look at, single texts by 64 KiB, lists of names by [`projection::MAX_NAMES`]. Beyond
//! them there is an error, never a panic. The fuzz targets show it, with a nightly compiler and `cargo-fuzz`:
//!
//! ```text
//! cd crates/scim/fuzz
//! cargo +nightly fuzz run patch -- -dict=scim.dict -max_total_time=60    # or: filter, path, resource
//! ```

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
pub mod version;

pub use error::{Error, ScimType};
pub use filter::Filter;
pub use intake::Unknown;
pub use patch::Patch;
pub use value::fold;
