//! Changes to a multi-valued attribute.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::Editor;
use crate::error::Error;
use crate::filter::{Filter, Literal, Operator};
use crate::intake::{as_object, items};
use crate::patch::Action;
use crate::path::AttributePath;
use crate::schema::{Attribute, Mutability, Type};
use crate::value::{comparable, fold};

/// The most elements without a `value` that one operation takes away: each is compared with each of the list.
const MAX_BY_PARTS: usize = 100;

impl Editor {
    pub(super) fn change_list(
        &self,
        mut elements: Vec<Value>,
        action: Action,
        path: &AttributePath<'_>,
        filter: Option<&Filter<'_>>,
        value: Option<&Value>,
    ) -> Result<Vec<Value>, Error> {
        let (attribute, sub) = (path.attribute, path.sub_attribute);
        let given = value.unwrap_or(&Value::Null);
        let touched = match (filter, sub, action) {
            (None, None, Action::Add) => self.add(attribute, &mut elements, given)?,
            (None, None, Action::Replace) => {
                elements.clear();
                self.add(attribute, &mut elements, given)?
            }
            (None, None, Action::Remove) => {
                self.remove_given(attribute, &mut elements, given)?;
                Vec::new()
            }
            (_, None, Action::Remove) => {
                elements.retain(|element| !chosen(filter, element));
                Vec::new()
            }
            (_, None, _) if is_nothing(given) => {
                elements.retain(|element| !chosen(filter, element));
                Vec::new()
            }
            (_, Some(sub), _) if action == Action::Remove || is_nothing(given) => {
                self.clear_part(attribute, sub, filter, &mut elements)?;
                Vec::new()
            }
            (_, _, _) => self.set_chosen(&mut elements, action, path, filter, given)?,
        };
        one_primary(attribute, &mut elements, &touched)?;
        Ok(elements)
    }

    /// Adds elements; one that is there already takes over what the given one says besides. Answers where the
    /// given ones are now.
    fn add(&self, attribute: &Attribute, elements: &mut Vec<Value>, given: &Value) -> Result<Vec<usize>, Error> {
        let mut places: HashMap<String, usize> =
            elements.iter().enumerate().map(|(at, element)| (identity(attribute, element), at)).collect();
        let mut touched = Vec::new();
        for new in self.intake.elements(attribute, given)? {
            let at = *places.entry(identity(attribute, &new)).or_insert(elements.len());
            match (elements.get_mut(at), new) {
                (Some(Value::Object(there)), Value::Object(new)) => there.extend(new),
                (Some(_), _) => {}
                (None, new) => elements.push(new),
            }
            if is_primary(&elements[at]) && touched.last() != Some(&at) {
                touched.push(at);
            }
        }
        Ok(touched)
    }

    /// Takes away the elements that are given, or all when none are. Those with a `value` are known by it, and by their
    /// `type` where both have one. Taking away all on a list of some is how groups are emptied by accident.
    fn remove_given(&self, attribute: &Attribute, elements: &mut Vec<Value>, given: &Value) -> Result<(), Error> {
        if given.is_null() {
            elements.clear();
            return Ok(());
        }
        let key = |element: &Value| {
            element.get("value").and_then(Value::as_str).map(|value| comparable_value(attribute, value).into_owned())
        };
        let kind = |element: &Value| element.get("type").and_then(Value::as_str).map(fold);
        let mut by_value: HashMap<String, HashSet<Option<String>>> = HashMap::new();
        let mut by_parts = Vec::new();
        for item in items(given) {
            let Some(element) = self.intake.one(attribute, item)? else { continue };
            match key(&element) {
                Some(value) => {
                    by_value.entry(value).or_default().insert(kind(&element));
                }
                None if by_parts.len() == MAX_BY_PARTS => {
                    return Err(Error::too_large(format!(
                        "Remove at most {MAX_BY_PARTS} elements without a value at once."
                    )));
                }
                None => by_parts.push(element),
            }
        }
        elements.retain(|element| {
            let by_value = key(element).and_then(|value| by_value.get(&value)).is_some_and(|kinds| {
                let kind = kind(element);
                kind.is_none() || kinds.contains(&None) || kinds.contains(&kind)
            });
            !by_value && !by_parts.iter().any(|wanted| has_all(element, wanted))
        });
        Ok(())
    }

    /// Takes a part from the chosen elements; without their value, or with nothing left, they go.
    fn clear_part(
        &self,
        attribute: &Attribute,
        sub: &Attribute,
        filter: Option<&Filter<'_>>,
        elements: &mut Vec<Value>,
    ) -> Result<(), Error> {
        let nothing = Map::from_iter([(sub.name.clone().into_owned(), Value::Null)]);
        let mut kept = Vec::with_capacity(elements.len());
        for mut element in elements.drain(..) {
            if chosen(filter, &element)
                && let Value::Object(parts) = &mut element
            {
                self.intake.merge(attribute, parts, &nothing)?;
                if sub.is("value") || parts.is_empty() {
                    continue;
                }
            }
            kept.push(element);
        }
        *elements = kept;
        Ok(())
    }

    /// Sets the chosen elements, or a part of them. Where none is chosen, one is made that the filter would
    /// choose: the standard has `noTarget` for that, but Entra ID relies on it to set a first work address.
    /// Answers which are primary by this change.
    fn set_chosen(
        &self,
        elements: &mut Vec<Value>,
        action: Action,
        path: &AttributePath<'_>,
        filter: Option<&Filter<'_>>,
        given: &Value,
    ) -> Result<Vec<usize>, Error> {
        let attribute = path.attribute;
        if attribute.kind != Type::Complex {
            elements.retain(|element| !chosen(filter, element));
            return self.add(attribute, elements, given);
        }
        let object = match path.sub_attribute {
            Some(sub) => Cow::Owned(Map::from_iter([(sub.name.clone().into_owned(), given.clone())])),
            None => as_object(attribute, only(given))?.unwrap_or_default(),
        };
        let mut places: Vec<usize> = (0..elements.len()).filter(|at| chosen(filter, &elements[*at])).collect();
        let fresh = places.is_empty();
        if fresh {
            places.push(elements.len());
            elements.push(Value::Null);
        }
        let mut touched = Vec::new();
        for at in places {
            let whole = action == Action::Replace && path.sub_attribute.is_none();
            let mut parts = match elements[at].take() {
                Value::Object(parts) if !whole => parts,
                _ => implied(filter, fresh)?,
            };
            self.intake.merge(attribute, &mut parts, &object)?;
            let element = Value::Object(parts);
            if fresh && !chosen(filter, &element) {
                return Err(no_target(filter));
            }
            if is_primary(&element) && (fresh || object.keys().any(|name| name.eq_ignore_ascii_case("primary"))) {
                touched.push(at);
            }
            elements[at] = element;
        }
        Ok(touched)
    }
}

/// Whether there is nothing in a value that a client set: what clears.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The one element of a list of one, which some clients write where an element is meant.
fn only(value: &Value) -> &Value {
    match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    }
}

fn chosen(filter: Option<&Filter<'_>>, element: &Value) -> bool {
    filter.is_none_or(|filter| filter.matches_element(element))
}

/// The parts that an element has because the filter chooses it.
///
/// Fails with `noTarget` when one has to be made and the filter says more than what its parts are equal to.
fn implied(filter: Option<&Filter<'_>>, fresh: bool) -> Result<Map<String, Value>, Error> {
    let mut parts = Map::new();
    let Some(filter) = filter else { return Ok(parts) };
    let clauses = match filter {
        Filter::And(clauses) => clauses.as_slice(),
        single => std::slice::from_ref(single),
    };
    for clause in clauses {
        match clause {
            Filter::Compare(AttributePath { sub_attribute: Some(sub), .. }, Operator::Equal, literal)
                if *literal != Literal::Null && sub.mutability != Mutability::ReadOnly =>
            {
                let value = match literal {
                    Literal::Text(text) => Value::from(text.as_str()),
                    Literal::Boolean(value) => Value::Bool(*value),
                    Literal::Number(number) => Value::Number(number.clone()),
                    Literal::DateTime(moment) => Value::from(moment.to_string()),
                    Literal::Null => Value::Null,
                };
                parts.insert(sub.name.clone().into_owned(), value);
            }
            _ if fresh => return Err(no_target(Some(filter))),
            _ => {}
        }
    }
    Ok(parts)
}

fn no_target(filter: Option<&Filter<'_>>) -> Error {
    let filter = filter.map(|filter| filter.in_element().to_string()).unwrap_or_default();
    Error::no_target(format!("No element matches [{filter}], and none can be made that would."))
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// At most one element is primary: the one that just became so (RFC 7644 section 3.5.2).
fn one_primary(attribute: &Attribute, elements: &mut [Value], touched: &[usize]) -> Result<(), Error> {
    if touched.is_empty() || attribute.sub_attribute("primary").is_none() {
        return Ok(());
    }
    let &[primary] = touched else {
        return Err(Error::invalid_value(format!("Only one of {} can be primary.", attribute.name)));
    };
    for (at, element) in elements.iter_mut().enumerate() {
        if at != primary && is_primary(element) {
            element["primary"] = Value::Bool(false);
        }
    }
    Ok(())
}

fn comparable_value<'t>(attribute: &Attribute, value: &'t str) -> Cow<'t, str> {
    comparable(attribute.sub_attribute("value").unwrap_or(attribute), value)
}

/// Two elements with the same `value` and `type` are one (RFC 7643 section 2.4); those without a `value` must be
/// the same in all.
fn identity(attribute: &Attribute, element: &Value) -> String {
    match element.get("value").and_then(Value::as_str) {
        Some(value) => {
            let kind = element.get("type").and_then(Value::as_str).unwrap_or_default();
            format!("{}\0{}", comparable_value(attribute, value), fold(kind))
        }
        None => element.to_string(),
    }
}

/// Whether an element has all the parts of another.
fn has_all(element: &Value, wanted: &Value) -> bool {
    match (element, wanted) {
        (Value::Object(element), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| element.get(name) == Some(value))
        }
        (element, wanted) => element == wanted,
    }
}
