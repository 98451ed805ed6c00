//! What resources are made of: attributes with their characteristics, schemas, and resource types
//! (RFC 7643 sections 2, 6 and 7).

mod attribute;
mod builtin;

use std::borrow::Cow;

pub use attribute::{Attribute, Mutability, Returned, Type, Uniqueness};
pub use builtin::{ENTERPRISE_USER_URN, GROUP_URN, USER_URN, enterprise_user, group, user};

use serde_json::Map;
use serde_json::Value;

/// A set of attributes under a URN.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The URN. Compared without case.
    pub id: Cow<'static, str>,
    /// A name for people.
    pub name: Cow<'static, str>,
    /// What it describes.
    pub description: Cow<'static, str>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// A schema without attributes yet.
    pub fn new(
        id: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { id: id.into(), name: name.into(), description: description.into(), attributes: Vec::new() }
    }

    /// With these attributes added.
    #[must_use]
    pub fn with(mut self, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// Without the attributes and sub-attributes of these names (`"nickName"`, `"emails.display"`): what a product
    /// doesn't store it shouldn't advertise, since clients read back what is advertised. Names that aren't there
    /// are passed over.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        for name in names {
            match name.split_once('.') {
                None => self.attributes.retain(|attribute| !attribute.is(name)),
                Some((outer, inner)) => {
                    for attribute in self.attributes.iter_mut().filter(|attribute| attribute.is(outer)) {
                        attribute.sub_attributes.retain(|sub| !sub.is(inner));
                    }
                }
            }
        }
        self
    }

    /// The attribute of this name, in any case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.is(name))
    }
}

/// A kind of resource: where it is found and which schemas it is made of. Everything in this crate that reads
/// a name resolves it against one of these.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceType {
    /// `User`; also its `id`.
    pub name: Cow<'static, str>,
    /// Its address under the base URL: `/Users`.
    pub endpoint: Cow<'static, str>,
    /// What it is.
    pub description: Cow<'static, str>,
    /// The main schema.
    pub schema: Schema,
    /// Further schemas, each with its own object in the resource.
    pub extensions: Vec<Extension>,
    /// The attributes of every resource: `schemas`, `id`, `externalId`, `meta` (RFC 7643 section 3.1).
    pub common: Vec<Attribute>,
}

/// A schema that adds to a resource type.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// The schema.
    pub schema: Schema,
    /// Whether each resource must have it.
    pub required: bool,
}

impl ResourceType {
    /// A type of this name, found at this address, without extensions.
    pub fn new(name: impl Into<Cow<'static, str>>, endpoint: impl Into<Cow<'static, str>>, schema: Schema) -> Self {
        let description = schema.description.clone();
        let common = builtin::common();
        Self { name: name.into(), endpoint: endpoint.into(), description, schema, extensions: Vec::new(), common }
    }

    /// With an extension that a resource may have or not.
    #[must_use]
    pub fn with_extension(mut self, schema: Schema) -> Self {
        self.extensions.push(Extension { schema, required: false });
        self
    }

    /// Its schemas, the main one first.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        std::iter::once(&self.schema).chain(self.extensions.iter().map(|extension| &extension.schema))
    }

    /// The extension of this URN, in any case.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().map(|extension| &extension.schema).find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// The attribute of this name among those that stand in the resource itself, not in an extension.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attribute(name).or_else(|| self.common.iter().find(|attribute| attribute.is(name)))
    }

    /// The value of `schemas` for a resource: the main URN, and that of each extension with an object in it.
    pub fn urns_of(&self, resource: &Map<String, Value>) -> Value {
        self.schemas()
            .enumerate()
            .filter(|(at, schema)| *at == 0 || resource.contains_key(schema.id.as_ref()))
            .map(|(_, schema)| Value::from(schema.id.as_ref()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_sub_attributes_can_be_left_out() {
        let schema = user().without(&["nickname", "emails.display", "name.nothing", "nothing.at"]);
        assert!(schema.attribute("nickName").is_none());
        assert!(schema.attribute("emails").unwrap().sub_attribute("display").is_none());
        assert!(schema.attribute("phoneNumbers").unwrap().sub_attribute("display").is_some());
    }

    #[test]
    fn schemas_lists_the_extensions_that_are_there() {
        let kind = ResourceType::new("User", "/Users", user()).with_extension(enterprise_user());
        let mut resource = Map::new();
        assert_eq!(kind.urns_of(&resource), serde_json::json!([USER_URN]));
        resource.insert(ENTERPRISE_USER_URN.into(), Value::Object(Map::new()));
        assert_eq!(kind.urns_of(&resource), serde_json::json!([USER_URN, ENTERPRISE_USER_URN]));
    }
}
