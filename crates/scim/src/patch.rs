//! PATCH (RFC 7644 section 3.5.2), as strict clients and Entra ID speak it.
//!
//! A [`Patch`] is read against the schema, which finds most faults before anything is touched, and is then applied
//! to a resource as a whole: the answer is the new resource or an error, and what was given stays as it was.
//!
//! What is taken beyond the standard, because Entra ID sends it:
//!
//! - Operations in any case: `Add`, `Replace`, `Remove`.
//! - `add` on a single value replaces it.
//! - Keys of a value object are paths: `name.givenName`, `urn:…:User:department`, `emails[type eq "work"].value`.
//! - A path whose filter chooses nothing makes the element: `add` or `replace` of `emails[type eq "work"].value`
//!   gives the user a work address. Several such paths with one filter make one element. What can't be made, as
//!   for `[value sw "a"]`, is `noTarget`.
//! - `remove` of a list with a value takes away those elements only; what isn't there is no error.
//! - An empty text, null or an empty list clears; with `.value`, the element goes.
//! - Booleans as text; a manager as text, object or list of one.
//! - No operations at all change nothing.
//!
//! A path must name what the schema has (`invalidPath`) and the client may change (`mutability`). In a value object,
//! unknown names follow [`Unknown`], and what only the server writes is passed over.

mod expand;
mod members;

use serde_json::{Map, Value};

use crate::edit::{Editor, prune};
use crate::error::Error;
use crate::intake::{Intake, Unknown};
use crate::json::member;
use crate::path::Path;
use crate::resource::check_change;
use crate::schema::ResourceType;
use expand::check_changeable;
pub(crate) use expand::expand;
pub use members::MembershipChange;

/// The URN of the message.
pub const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most operations of one request.
pub const MAX_OPERATIONS: usize = 1000;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Sets a single value, or adds to a list.
    Add,
    /// Sets a single value, or all of a list.
    Replace,
    /// Takes away.
    Remove,
}

/// One change of a patch. An operation of the request without a path became one for each name in its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation<'s> {
    /// What is done.
    pub action: Action,
    /// To what. An extension as a whole is only ever removed.
    pub path: Path<'s>,
    /// With what, as the client wrote it.
    pub value: Option<Value>,
    /// Which operation of the request it came from, counted from 1.
    pub number: usize,
}

/// A request to change a resource.
///
/// ```
/// use keystead_scim::{Patch, Unknown, schema::{self, ResourceType}};
/// use serde_json::json;
///
/// let kind = ResourceType::new("User", "/Users", schema::user());
/// let patch = Patch::parse(
///     &json!({
///         "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///         "Operations": [
///             {"op": "Replace", "path": "active", "value": "False"},
///             {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ada@example.com"},
///             {"op": "replace", "value": {"name.familyName": "Lovelace"}}
///         ]
///     }),
///     &kind,
///     Unknown::Ignore,
/// )?;
/// let before = json!({"userName": "ada", "active": true});
/// let after = patch.apply(before.as_object().unwrap())?;
/// assert_eq!(after["active"], false);
/// assert_eq!(after["emails"], json!([{"type": "work", "value": "ada@example.com"}]));
/// assert_eq!(after["name"]["familyName"], "Lovelace");
/// # Ok::<(), keystead_scim::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Patch<'s> {
    /// The changes, in order.
    pub operations: Vec<Operation<'s>>,
    kind: &'s ResourceType,
    unknown: Unknown,
}

impl<'s> Patch<'s> {
    /// Reads a request of at most [`MAX_OPERATIONS`] operations.
    ///
    /// Fails with `invalidSyntax` for what isn't the message, `invalidPath`, `invalidFilter`, `mutability`,
    /// `invalidValue` for a missing value, `noTarget` for a removal without path, 413 for too many operations.
    pub fn parse(body: &Value, kind: &'s ResourceType, unknown: Unknown) -> Result<Self, Error> {
        let body = body.as_object().ok_or_else(|| Error::invalid_syntax("The patch must be an object."))?;
        if let Some(schemas) = member(body, "schemas") {
            let known = schemas.as_array().is_some_and(|urns| {
                urns.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_URN)))
            });
            if !known {
                return Err(Error::invalid_syntax(format!("The schemas of a patch must contain {PATCH_URN}.")));
            }
        }
        let requested = member(body, "Operations")
            .and_then(Value::as_array)
            .ok_or_else(|| Error::invalid_syntax("A patch needs a list of Operations."))?;
        if requested.len() > MAX_OPERATIONS {
            return Err(Error::too_large(format!("A patch has at most {MAX_OPERATIONS} operations.")));
        }
        let mut operations = Vec::with_capacity(requested.len());
        for (at, operation) in requested.iter().enumerate() {
            let number = at + 1;
            read(operation, number, kind, unknown, &mut operations).map_err(|error| in_operation(number, error))?;
        }
        Ok(Self { operations, kind, unknown })
    }

    /// Whether nothing would change whatever it is applied to.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The resource after all changes. What is given must be spelled as in the schema, as
    /// [`resource::read`](crate::resource::read) leaves it.
    ///
    /// Fails, with nothing changed, with `invalidValue` for a value of the wrong type, `mutability` when something
    /// required is taken away or something immutable changes, `noTarget` when no element is chosen and none can be
    /// made, 413 when it would cost too much.
    pub fn apply(&self, resource: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
        let mut editor = Editor::new(Intake { unknown: self.unknown });
        let mut changed = resource.clone();
        for operation in &self.operations {
            operation.apply(&mut editor, &mut changed).map_err(|error| in_operation(operation.number, error))?;
        }
        prune(&mut changed, self.kind);
        check_change(self.kind, resource, &changed)?;
        if resource.contains_key("schemas") {
            changed.insert("schemas".to_owned(), self.kind.urns_of(&changed));
        }
        Ok(changed)
    }
}

impl Operation<'_> {
    pub(crate) fn apply(&self, editor: &mut Editor, resource: &mut Map<String, Value>) -> Result<(), Error> {
        match &self.path {
            Path::Attribute { path, filter } => {
                editor.change(resource, self.action, path, filter.as_ref(), self.value.as_ref())
            }
            Path::Extension(schema) => {
                resource.remove(schema.id.as_ref());
                Ok(())
            }
            // Taken apart when it was read.
            Path::Resource => Ok(()),
        }
    }
}

fn in_operation(number: usize, mut error: Error) -> Error {
    error.detail.insert_str(0, &format!("Operation {number}: "));
    error
}

fn read<'s>(
    operation: &Value,
    number: usize,
    kind: &'s ResourceType,
    unknown: Unknown,
    operations: &mut Vec<Operation<'s>>,
) -> Result<(), Error> {
    let operation = operation.as_object().ok_or_else(|| Error::invalid_syntax("It must be an object."))?;
    let action = match member(operation, "op").and_then(Value::as_str) {
        Some(op) if op.eq_ignore_ascii_case("add") => Action::Add,
        Some(op) if op.eq_ignore_ascii_case("replace") => Action::Replace,
        Some(op) if op.eq_ignore_ascii_case("remove") => Action::Remove,
        _ => return Err(Error::invalid_syntax("The op must be add, replace or remove.")),
    };
    let path = match member(operation, "path") {
        None => Path::Resource,
        Some(Value::String(path)) if path.trim().is_empty() => Path::Resource,
        Some(Value::String(path)) => Path::parse(path, kind)?,
        Some(_) => return Err(Error::invalid_path("The path must be a text.")),
    };
    // Null is a value here: it clears.
    let value = operation
        .get("value")
        .or_else(|| operation.iter().find(|(name, _)| name.eq_ignore_ascii_case("value")).map(|(_, value)| value));
    let schema = match &path {
        Path::Attribute { path: attribute, .. } => {
            check_changeable(attribute)?;
            if action != Action::Remove && value.is_none() {
                return Err(Error::invalid_value("It needs a value."));
            }
            operations.push(Operation { action, path, value: value.cloned(), number });
            return Ok(());
        }
        Path::Extension(_) if action == Action::Remove || value == Some(&Value::Null) => {
            operations.push(Operation { action: Action::Remove, path, value: None, number });
            return Ok(());
        }
        Path::Resource if action == Action::Remove => return Err(Error::no_target("A removal needs a path.")),
        Path::Extension(schema) => Some(*schema),
        Path::Resource => None,
    };
    match value {
        Some(Value::Object(object)) => expand(object, schema, kind, action, unknown, number, operations),
        _ => Err(Error::invalid_value("Without the path of an attribute, it needs an object of values.")),
    }
}
