//! The bodies of POST and PUT: checked against the schema and brought into its form (RFC 7644 sections 3.3 and 3.5.1).
//!
//! - Names are read in any case and written in the schema's. Extensions' attributes are also found by their full
//!   name (`urn:…:User:department`), and parts by theirs (`name.givenName`).
//! - What is nothing is left out: null, empty texts, lists and objects, and elements of lists with nothing but a `type`
//!   or `primary`.
//! - What only the server writes, such as `id` and `meta`, is passed over.
//! - `schemas` may be missing, may lack the URN of an extension that is there, and may have one that isn't, since
//!   Entra ID does both. It must name the main schema if it is there. What comes out is what is really in the resource.

use serde_json::{Map, Value};

use crate::edit::{Editor, prune};
use crate::error::Error;
use crate::intake::{Intake, Unknown};
use crate::json::member;
use crate::patch::{Action, expand};
use crate::schema::{Attribute, Mutability, ResourceType, Schema};

/// Entra ID lists schemas of its own in new groups.
const MICROSOFT: &str = "http://schemas.microsoft.com/";

/// Reads the body of a POST.
///
/// Fails with `invalidSyntax` for what isn't an object, names a thing twice, or has an unknown name where those are
/// refused; with `invalidValue` for a value of the wrong type, a wrong `schemas`, or something required that is missing;
/// with 413 for more than the crate's limits.
///
/// ```
/// use keystead_scim::{Unknown, resource, schema::{self, ResourceType}};
/// use serde_json::json;
///
/// let kind = ResourceType::new("User", "/Users", schema::user());
/// let body = json!({"id": "mine", "username": "ada", "Active": "True", "title": null, "roles": []});
/// let user = resource::read(&body, &kind, Unknown::Ignore)?;
/// let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
/// assert_eq!(serde_json::Value::Object(user), json!({"schemas": schemas, "userName": "ada", "active": true}));
/// # Ok::<(), keystead_scim::Error>(())
/// ```
pub fn read(body: &Value, kind: &ResourceType, unknown: Unknown) -> Result<Map<String, Value>, Error> {
    let resource = take(body, kind, unknown)?;
    check_required(kind, &resource)?;
    Ok(resource)
}

/// Reads the body of a PUT for a resource as it is: what only the server writes is kept, and so is what can be
/// written once and was.
///
/// Fails as [`read`] does, and with `mutability` when something immutable would change.
pub fn replace(
    body: &Value,
    before: &Map<String, Value>,
    kind: &ResourceType,
    unknown: Unknown,
) -> Result<Map<String, Value>, Error> {
    let mut resource = take(body, kind, unknown)?;
    for attribute in kind.schema.attributes.iter().chain(&kind.common) {
        keep(attribute, before, &mut resource);
    }
    for schema in kind.extensions.iter().map(|extension| &extension.schema) {
        let Some(Value::Object(before)) = before.get(schema.id.as_ref()) else { continue };
        let mut after = match resource.remove(schema.id.as_ref()) {
            Some(Value::Object(after)) => after,
            _ => Map::new(),
        };
        for attribute in &schema.attributes {
            keep(attribute, before, &mut after);
        }
        if !after.is_empty() {
            resource.insert(schema.id.clone().into_owned(), Value::Object(after));
        }
    }
    check_change(kind, before, &resource)?;
    check_required(kind, &resource)?;
    resource.insert("schemas".to_owned(), kind.urns_of(&resource));
    Ok(resource)
}

fn keep(attribute: &Attribute, before: &Map<String, Value>, after: &mut Map<String, Value>) {
    let name = attribute.name.as_ref();
    let kept = matches!(attribute.mutability, Mutability::ReadOnly | Mutability::Immutable);
    if kept
        && !after.contains_key(name)
        && let Some(value) = before.get(name)
    {
        after.insert(name.to_owned(), value.clone());
    }
}

fn take(body: &Value, kind: &ResourceType, unknown: Unknown) -> Result<Map<String, Value>, Error> {
    let body = body.as_object().ok_or_else(|| Error::invalid_syntax("The resource must be an object."))?;
    check_schemas(body, kind, unknown)?;
    let mut changes = Vec::new();
    expand(body, None, kind, Action::Add, unknown, 1, &mut changes)?;
    let mut editor = Editor::new(Intake { unknown });
    let mut resource = Map::new();
    for change in changes {
        change.apply(&mut editor, &mut resource)?;
    }
    prune(&mut resource, kind);
    resource.insert("schemas".to_owned(), kind.urns_of(&resource));
    Ok(resource)
}

fn check_schemas(body: &Map<String, Value>, kind: &ResourceType, unknown: Unknown) -> Result<(), Error> {
    let Some(schemas) = member(body, "schemas") else { return Ok(()) };
    let urns: Option<Vec<&str>> = schemas.as_array().and_then(|urns| urns.iter().map(Value::as_str).collect());
    let urns = urns.ok_or_else(|| Error::invalid_value("schemas must be a list of URNs."))?;
    let is = |schema: &Schema, urn: &str| schema.id.eq_ignore_ascii_case(urn);
    if !urns.iter().any(|urn| is(&kind.schema, urn)) {
        return Err(Error::invalid_value(format!("schemas must contain {}.", kind.schema.id)));
    }
    for urn in urns {
        if !urn.starts_with(MICROSOFT) && !kind.schemas().any(|schema| is(schema, urn)) {
            unknown.name(urn)?;
        }
    }
    Ok(())
}

fn check_required(kind: &ResourceType, resource: &Map<String, Value>) -> Result<(), Error> {
    let missing = |name: &str| Error::invalid_value(format!("{name} is required."));
    for attribute in kind.schema.attributes.iter().filter(|attribute| is_required(attribute)) {
        if !resource.contains_key(attribute.name.as_ref()) {
            return Err(missing(&attribute.name));
        }
    }
    for extension in &kind.extensions {
        let urn = extension.schema.id.as_ref();
        match resource.get(urn) {
            None if extension.required => return Err(missing(urn)),
            None => {}
            Some(object) => {
                for attribute in extension.schema.attributes.iter().filter(|attribute| is_required(attribute)) {
                    if object.get(attribute.name.as_ref()).is_none() {
                        return Err(missing(&format!("{urn}:{}", attribute.name)));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Whether a client must give it.
fn is_required(attribute: &Attribute) -> bool {
    attribute.required && attribute.mutability != Mutability::ReadOnly
}

/// What must hold between a resource before and after a change: nothing required is gone, nothing immutable is other.
pub(crate) fn check_change(
    kind: &ResourceType,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), Error> {
    for attribute in kind.schema.attributes.iter().chain(&kind.common) {
        let name = attribute.name.as_ref();
        check_attribute(attribute, before.get(name), after.get(name))?;
    }
    for extension in &kind.extensions {
        let urn = extension.schema.id.as_ref();
        let (before, after) = (before.get(urn), after.get(urn));
        if extension.required && before.is_some() && after.is_none() {
            return Err(Error::mutability(format!("{urn} is required.")));
        }
        for attribute in &extension.schema.attributes {
            let name = attribute.name.as_ref();
            let of = |object: Option<&'_ Value>| object.and_then(|object| object.get(name).cloned());
            // Without the extension, what it requires isn't required.
            if after.is_some() || attribute.mutability == Mutability::Immutable {
                check_attribute(attribute, of(before).as_ref(), of(after).as_ref())?;
            }
        }
    }
    Ok(())
}

fn check_attribute(attribute: &Attribute, before: Option<&Value>, after: Option<&Value>) -> Result<(), Error> {
    if is_required(attribute) && before.is_some() && after.is_none() {
        return Err(Error::mutability(format!("{} is required and can't be taken away.", attribute.name)));
    }
    if attribute.mutability == Mutability::Immutable && before.is_some() && before != after {
        return Err(Error::mutability(format!("{} can't be changed.", attribute.name)));
    }
    Ok(())
}
