//! What a server says about itself: `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas`
//! (RFC 7643 sections 5 to 7, RFC 7644 section 4, RFC 9865 section 4).
//!
//! The documents hold what the [`ResourceType`]s hold and no more. That matters: clients of Microsoft's read back every
//! attribute that is advertised, and fail on those that a server doesn't keep.

use serde_json::{Value, json};

use crate::list::ListResponse;
use crate::schema::{Attribute, ResourceType, Schema};

/// The URN of a schema's document.
pub const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// The URN of a resource type's document.
pub const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The URN of the configuration.
pub const CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// What a server can do.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch in the document")]
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceProviderConfig {
    /// Where people read about it.
    pub documentation_uri: Option<String>,
    /// Whether there is PATCH.
    pub patch: bool,
    /// Bulk requests and their limits.
    pub bulk: Option<BulkConfig>,
    /// Filters, and the most resources that one answer has.
    pub filter: Option<u64>,
    /// Whether passwords can be changed.
    pub change_password: bool,
    /// Whether lists can be sorted.
    pub sort: bool,
    /// Whether resources have versions.
    pub etag: bool,
    /// The ways to page through lists.
    pub pagination: Option<Pagination>,
    /// How clients prove who they are.
    pub authentication_schemes: Vec<AuthenticationScheme>,
}

/// The limits of bulk requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkConfig {
    /// Operations.
    pub max_operations: u64,
    /// Bytes of body.
    pub max_payload_size: u64,
}

/// The ways to page through lists (RFC 9865).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pagination {
    /// Whether there are cursors beside indexes.
    pub cursor: bool,
    /// How many resources a page has when the client doesn't say.
    pub default_page_size: u64,
    /// How many it has at most.
    pub max_page_size: u64,
    /// For how many seconds a cursor is good at least; none when it doesn't run out.
    pub cursor_timeout: Option<u64>,
}

/// A way for clients to prove who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationScheme {
    /// `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic` or `httpdigest`.
    pub kind: &'static str,
    /// A name for people.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where its standard is.
    pub spec_uri: Option<String>,
    /// Where people read how to use it.
    pub documentation_uri: Option<String>,
    /// Whether it is the one to prefer.
    pub primary: bool,
}

impl ServiceProviderConfig {
    /// The document. The base URL has no slash at its end.
    pub fn to_value(&self, base_url: &str) -> Value {
        let (bulk, pagination) = (self.bulk, self.pagination);
        let mut document = json!({
            "schemas": [CONFIG_URN],
            "patch": { "supported": self.patch },
            "bulk": {
                "supported": bulk.is_some(),
                "maxOperations": bulk.map_or(0, |bulk| bulk.max_operations),
                "maxPayloadSize": bulk.map_or(0, |bulk| bulk.max_payload_size),
            },
            "filter": { "supported": self.filter.is_some(), "maxResults": self.filter.unwrap_or(0) },
            "changePassword": { "supported": self.change_password },
            "sort": { "supported": self.sort },
            "etag": { "supported": self.etag },
            "authenticationSchemes": self.authentication_schemes.iter().map(AuthenticationScheme::to_value).collect::<Value>(),
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{base_url}/ServiceProviderConfig"),
            },
        });
        set(&mut document, "documentationUri", self.documentation_uri.as_deref().map(Value::from));
        if let Some(pagination) = pagination {
            let mut value = json!({
                "cursor": pagination.cursor,
                "index": true,
                "defaultPaginationMethod": "index",
                "defaultPageSize": pagination.default_page_size,
                "maxPageSize": pagination.max_page_size,
            });
            set(&mut value, "cursorTimeout", pagination.cursor_timeout.map(Value::from));
            document["pagination"] = value;
        }
        document
    }
}

impl AuthenticationScheme {
    fn to_value(&self) -> Value {
        let mut value = json!({
            "type": self.kind,
            "name": self.name,
            "description": self.description,
            "primary": self.primary,
        });
        set(&mut value, "specUri", self.spec_uri.as_deref().map(Value::from));
        set(&mut value, "documentationUri", self.documentation_uri.as_deref().map(Value::from));
        value
    }
}

/// The documents have no nulls: some clients can't read them.
fn set(object: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object[name] = value;
    }
}

impl Schema {
    /// The document at `/Schemas/{id}`. The base URL has no slash at its end.
    pub fn to_value(&self, base_url: &str) -> Value {
        json!({
            "schemas": [SCHEMA_URN],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": self.attributes.iter().map(Attribute::to_value).collect::<Value>(),
            "meta": { "resourceType": "Schema", "location": format!("{base_url}/Schemas/{}", self.id) },
        })
    }
}

impl ResourceType {
    /// The document at `/ResourceTypes/{name}`. The base URL has no slash at its end.
    pub fn to_value(&self, base_url: &str) -> Value {
        let extensions = self
            .extensions
            .iter()
            .map(|extension| json!({ "schema": extension.schema.id, "required": extension.required }));
        json!({
            "schemas": [RESOURCE_TYPE_URN],
            "id": self.name,
            "name": self.name,
            "description": self.description,
            "endpoint": self.endpoint,
            "schema": self.schema.id,
            "schemaExtensions": extensions.collect::<Value>(),
            "meta": { "resourceType": "ResourceType", "location": format!("{base_url}/ResourceTypes/{}", self.name) },
        })
    }
}

/// The list at `/Schemas`: each schema of these types once.
///
/// ```
/// use keystead_scim::{discovery, schema::{self, ResourceType}};
///
/// let user = ResourceType::new("User", "/Users", schema::user().without(&["password"]));
/// let document = discovery::schemas(&[&user], "https://desk.example/api/scim/v2");
/// assert_eq!(document["totalResults"], 1);
/// assert_eq!(document["Resources"][0]["attributes"][0]["name"], "userName");
/// ```
pub fn schemas(kinds: &[&ResourceType], base_url: &str) -> Value {
    let mut schemas: Vec<&Schema> = Vec::new();
    for schema in kinds.iter().flat_map(|kind| kind.schemas()) {
        if schemas.iter().all(|known| known.id != schema.id) {
            schemas.push(schema);
        }
    }
    list(schemas.into_iter().map(|schema| schema.to_value(base_url)).collect())
}

/// The list at `/ResourceTypes`.
pub fn resource_types(kinds: &[&ResourceType], base_url: &str) -> Value {
    list(kinds.iter().map(|kind| kind.to_value(base_url)).collect())
}

fn list(resources: Vec<Value>) -> Value {
    ListResponse::page(resources.len() as u64, 1, resources).into_value()
}
