//! Objects of values taken apart into one change for each name.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Action, Operation};
use crate::error::{Error, ScimType};
use crate::intake::{Unknown, twice};
use crate::path::{AttributePath, Path};
use crate::schema::{Mutability, ResourceType, Schema};

/// Appends a change for each name in `object`, which stands in the resource or in the object of one extension.
pub(crate) fn expand<'s>(
    object: &Map<String, Value>,
    within: Option<&'s Schema>,
    kind: &'s ResourceType,
    action: Action,
    unknown: Unknown,
    number: usize,
    operations: &mut Vec<Operation<'s>>,
) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for (name, value) in object {
        let path = match within {
            None => Path::parse(name, kind),
            Some(schema) => Path::parse(&format!("{}:{name}", schema.id), kind),
        };
        let path = match path {
            Ok(path) => path,
            Err(error) if error.scim_type == Some(ScimType::InvalidFilter) => return Err(error),
            Err(_) => {
                unknown.name(name)?;
                continue;
            }
        };
        if !seen.insert(path.to_string()) {
            return Err(twice(name));
        }
        match (&path, value) {
            (Path::Attribute { path: attribute, .. }, _) => {
                if check_changeable(attribute).is_ok() {
                    operations.push(Operation { action, value: Some(value.clone()), path, number });
                }
            }
            (Path::Resource, _) => unknown.name(name)?,
            (Path::Extension(_), _) if within.is_some() => unknown.name(name)?,
            (Path::Extension(schema), Value::Object(object)) => {
                expand(object, Some(schema), kind, action, unknown, number, operations)?;
            }
            (Path::Extension(_), Value::Null) => {
                operations.push(Operation { action: Action::Remove, path, value: None, number });
            }
            (Path::Extension(_), _) => {
                return Err(Error::invalid_value(format!("{name} needs an object of values.")));
            }
        }
    }
    Ok(())
}

/// Whether a client may change what the path names.
pub(crate) fn check_changeable(path: &AttributePath<'_>) -> Result<(), Error> {
    let read_only = |mutability| mutability == Mutability::ReadOnly;
    if read_only(path.attribute.mutability) || read_only(path.leaf().mutability) {
        return Err(Error::mutability(format!("{path} can't be changed by clients.")));
    }
    Ok(())
}
