//! One change to one attribute of a resource: what each operation of a patch comes down to.

mod list;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::filter::Filter;
use crate::intake::{Intake, as_object};
use crate::patch::Action;
use crate::path::AttributePath;
use crate::schema::{ResourceType, Schema, Type};

/// How much looking at values one patch may cause: about one for each element or 16 bytes of text that a
/// comparison meets. A person with a hundred list elements and a thousand operations stays far below it.
const MAX_WORK: usize = 1_000_000;

/// Changes a resource, attribute by attribute.
pub(crate) struct Editor {
    pub intake: Intake,
    work: usize,
}

impl Editor {
    pub fn new(intake: Intake) -> Self {
        Self { intake, work: 0 }
    }

    /// Changes what the path names in `resource`. For `Remove`, the value says which elements of a list.
    pub fn change(
        &mut self,
        resource: &mut Map<String, Value>,
        action: Action,
        path: &AttributePath<'_>,
        filter: Option<&Filter<'_>>,
        value: Option<&Value>,
    ) -> Result<(), Error> {
        let Some(schema) = path.extension else { return self.change_in(resource, action, path, filter, value) };
        let urn = schema.id.as_ref();
        let mut extension = match resource.remove(urn) {
            Some(Value::Object(extension)) => extension,
            _ => Map::new(),
        };
        self.change_in(&mut extension, action, path, filter, value)?;
        if !extension.is_empty() {
            resource.insert(urn.to_owned(), Value::Object(extension));
        }
        Ok(())
    }

    fn change_in(
        &mut self,
        holder: &mut Map<String, Value>,
        action: Action,
        path: &AttributePath<'_>,
        filter: Option<&Filter<'_>>,
        value: Option<&Value>,
    ) -> Result<(), Error> {
        let name = path.attribute.name.as_ref();
        let old = holder.remove(name);
        let new = if path.attribute.multi_valued {
            let elements = match old {
                Some(Value::Array(elements)) => elements,
                Some(single) => vec![single],
                None => Vec::new(),
            };
            self.charge(&elements, filter)?;
            let elements = self.change_list(elements, action, path, filter, value)?;
            (!elements.is_empty()).then_some(Value::Array(elements))
        } else {
            self.change_single(old, action, path, value)?
        };
        if let Some(new) = new {
            holder.insert(name.to_owned(), new);
        }
        Ok(())
    }

    fn charge(&mut self, elements: &[Value], filter: Option<&Filter<'_>>) -> Result<(), Error> {
        let cost: usize = elements.iter().map(weight).sum();
        self.work = self.work.saturating_add(cost.saturating_mul(filter.map_or(1, clauses)));
        if self.work > MAX_WORK {
            return Err(Error::too_large("The patch changes long lists too often. Send it in several requests."));
        }
        Ok(())
    }

    fn change_single(
        &self,
        old: Option<Value>,
        action: Action,
        path: &AttributePath<'_>,
        value: Option<&Value>,
    ) -> Result<Option<Value>, Error> {
        let attribute = path.attribute;
        let value = if action == Action::Remove { &Value::Null } else { value.unwrap_or(&Value::Null) };
        if attribute.kind != Type::Complex {
            return self.intake.one(attribute, value);
        }
        let mut parts = match old {
            Some(Value::Object(parts)) => parts,
            _ => Map::new(),
        };
        if let Some(sub) = path.sub_attribute {
            let object = Map::from_iter([(sub.name.clone().into_owned(), value.clone())]);
            self.merge_single(path, &mut parts, &object)?;
        } else {
            let Some(object) = as_object(attribute, value)? else { return Ok(None) };
            self.merge_single(path, &mut parts, &object)?;
        }
        Ok((!parts.is_empty()).then_some(Value::Object(parts)))
    }

    /// Parts that the change doesn't name stay (RFC 7644 section 3.5.2.3), unless the `value` becomes another:
    /// the address and name of the former manager are not those of the next.
    fn merge_single(
        &self,
        path: &AttributePath<'_>,
        parts: &mut Map<String, Value>,
        object: &Map<String, Value>,
    ) -> Result<(), Error> {
        let former = parts.clone();
        self.intake.merge(path.attribute, parts, object)?;
        if former.contains_key("value") && former.get("value") != parts.get("value") {
            parts.clear();
            self.intake.merge(path.attribute, parts, object)?;
        }
        Ok(())
    }
}

/// Takes away the elements of lists that say nothing but what they would be for. Only after all changes: between them,
/// such an element may wait for its value.
pub(crate) fn prune(resource: &mut Map<String, Value>, kind: &ResourceType) {
    prune_lists(resource, &kind.schema);
    for schema in kind.extensions.iter().map(|extension| &extension.schema) {
        if let Some(Value::Object(extension)) = resource.get_mut(schema.id.as_ref()) {
            prune_lists(extension, schema);
            if extension.is_empty() {
                resource.remove(schema.id.as_ref());
            }
        }
    }
}

fn prune_lists(holder: &mut Map<String, Value>, schema: &Schema) {
    for attribute in schema.attributes.iter().filter(|attribute| attribute.multi_valued) {
        if let Some(Value::Array(elements)) = holder.get_mut(attribute.name.as_ref()) {
            let is_hollow =
                |element: &Map<String, Value>| element.keys().all(|name| name == "type" || name == "primary");
            let were = elements.len();
            elements.retain(|element| !element.as_object().is_some_and(is_hollow));
            if elements.is_empty() && were > 0 {
                holder.remove(attribute.name.as_ref());
            }
        }
    }
}

fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 16,
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(object) => 1 + object.values().map(weight).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn clauses(filter: &Filter<'_>) -> usize {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().map(clauses).sum(),
        Filter::Not(filter) | Filter::Element(_, filter) => clauses(filter),
        Filter::Present(_) | Filter::Compare(..) => 1,
    }
}
