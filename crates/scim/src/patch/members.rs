//! Changes of a group's members apart from the rest of a patch, so that a server never loads a large group to
//! change it.

use std::collections::HashSet;

use serde_json::Value;

use super::{Action, Operation, Patch};
use crate::error::Error;
use crate::filter::{Filter, Literal, Operator};
use crate::intake::items;
use crate::path::{AttributePath, Path};

/// A change of who is in a list of references such as `members`. None fails because of who is in it already:
/// adding who is there and removing who isn't change nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum MembershipChange<'s> {
    /// These are in it too; at least one id, none twice.
    Add(Vec<String>),
    /// These are no longer in it; at least one id, none twice.
    Remove(Vec<String>),
    /// These are in it and no others; at least one id, none twice.
    ReplaceAll(Vec<String>),
    /// Nobody is in it.
    RemoveAll,
    /// Those whom the filter chooses are no longer in it; the filter says something else than which ids. Its paths
    /// are those of parts of an element.
    RemoveMatching(Filter<'s>),
}

impl<'s> Patch<'s> {
    /// Splits off what changes the list of references of this name: those changes in their order, and a patch of
    /// the rest, which never looks at the list.
    ///
    /// Elements are known by their `value`; what else a client says about them is left to the server.
    ///
    /// Fails with `invalidValue` for elements without an id and with `mutability` for changes within an element.
    ///
    /// ```
    /// use keystead_scim::{Patch, Unknown, patch::MembershipChange, schema::{self, ResourceType}};
    /// use serde_json::json;
    ///
    /// let kind = ResourceType::new("Group", "/Groups", schema::group());
    /// let patch = Patch::parse(
    ///     &json!({"Operations": [
    ///         {"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "7"}]},
    ///         {"op": "replace", "value": {"displayName": "Crew"}}
    ///     ]}),
    ///     &kind,
    ///     Unknown::Ignore,
    /// )?;
    /// let (members, rest) = patch.split_members("members")?;
    /// assert_eq!(members, [MembershipChange::Remove(vec!["7".into()])]); // only that one
    /// assert_eq!(rest.operations.len(), 1);
    /// # Ok::<(), keystead_scim::Error>(())
    /// ```
    pub fn split_members(mut self, name: &str) -> Result<(Vec<MembershipChange<'s>>, Self), Error> {
        let mut changes = Vec::new();
        let mut rest = Vec::with_capacity(self.operations.len());
        for operation in self.operations.drain(..) {
            match &operation.path {
                Path::Attribute { path: AttributePath { extension: None, attribute, sub_attribute }, filter }
                    if attribute.is(name) =>
                {
                    if sub_attribute.is_some() {
                        return Err(Error::mutability(format!(
                            "Operation {}: An element of {name} can't be changed, only added and removed.",
                            operation.number
                        )));
                    }
                    membership(&operation, filter.as_ref(), &mut changes)
                        .map_err(|error| super::in_operation(operation.number, error))?;
                }
                _ => rest.push(operation),
            }
        }
        self.operations = rest;
        Ok((changes, self))
    }
}

fn membership<'s>(
    operation: &Operation<'_>,
    filter: Option<&Filter<'s>>,
    changes: &mut Vec<MembershipChange<'s>>,
) -> Result<(), Error> {
    let given = operation.value.as_ref().filter(|value| !value.is_null());
    let ids = match given {
        // Whom to remove is said by the filter then.
        Some(_) if operation.action == Action::Remove && filter.is_some() => Vec::new(),
        Some(value) => ids(value)?,
        None => Vec::new(),
    };
    match (operation.action, filter) {
        (Action::Remove, None) if given.is_none() => changes.push(MembershipChange::RemoveAll),
        (Action::Replace, None) if ids.is_empty() => changes.push(MembershipChange::RemoveAll),
        (Action::Replace, None) => changes.push(MembershipChange::ReplaceAll(ids)),
        (Action::Remove, None) if !ids.is_empty() => changes.push(MembershipChange::Remove(ids)),
        (Action::Add, _) if !ids.is_empty() => changes.push(MembershipChange::Add(ids)),
        (Action::Add | Action::Remove, None) | (Action::Add, _) => {}
        (Action::Remove | Action::Replace, Some(filter)) => {
            changes.push(match ids_of(filter) {
                Some(ids) => MembershipChange::Remove(ids),
                None => MembershipChange::RemoveMatching(filter.clone()),
            });
            if !ids.is_empty() {
                changes.push(MembershipChange::Add(ids));
            }
        }
    }
    Ok(())
}

/// The ids in `[{"value": "1"}, …]`, in one such object, or as texts; each once.
fn ids(value: &Value) -> Result<Vec<String>, Error> {
    if value.as_str() == Some("") {
        return Ok(Vec::new());
    }
    let mut seen = HashSet::new();
    let mut ids = Vec::new();
    for item in items(value) {
        let id = match item {
            Value::String(id) => Some(id),
            Value::Object(parts) => match crate::json::member(parts, "value") {
                Some(Value::String(id)) => Some(id),
                _ => None,
            },
            _ => None,
        };
        let id = id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Error::invalid_value("Each element needs the id of a resource as its value."))?;
        if seen.insert(id) {
            ids.push(id.clone());
        }
    }
    Ok(ids)
}

/// The ids that a filter asks for, if it asks for nothing else: `value eq "1" or value eq "2"`.
fn ids_of(filter: &Filter<'_>) -> Option<Vec<String>> {
    match filter {
        Filter::Compare(path, Operator::Equal, Literal::Text(id)) if path.leaf().is("value") => Some(vec![id.clone()]),
        Filter::Or(parts) => {
            let mut ids: Vec<String> = Vec::new();
            for id in parts.iter().map(ids_of).collect::<Option<Vec<_>>>()?.into_iter().flatten() {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            Some(ids)
        }
        _ => None,
    }
}
