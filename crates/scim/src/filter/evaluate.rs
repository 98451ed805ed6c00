//! Filters matched against resources in memory.

use serde_json::{Map, Number, Value};
use std::cmp::Ordering;

use super::{Filter, Literal, Operator};
use crate::path::AttributePath;
use crate::schema::Attribute;
use crate::value::{boolean, comparable, date_time, is_present};

/// What the paths of a filter start from.
#[derive(Clone, Copy)]
enum Scope<'v> {
    Resource(&'v Map<String, Value>),
    Element(&'v Value),
}

impl Filter<'_> {
    /// Whether the resource matches. Its names must be spelled as in the schema.
    ///
    /// ```
    /// use keystead_scim::{Filter, schema::{self, ResourceType}};
    /// use serde_json::json;
    ///
    /// let user = ResourceType::new("User", "/Users", schema::user());
    /// let ada = json!({"userName": "Ada", "emails": [{"type": "work", "value": "ada@example.com"}]});
    /// let filter = Filter::parse(r#"userName eq "ADA" and emails co "@example""#, &user)?;
    /// assert!(filter.matches(ada.as_object().unwrap()));
    /// # Ok::<(), keystead_scim::Error>(())
    /// ```
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        self.matches_in(Scope::Resource(resource))
    }

    /// Whether an element of a list matches the filter between a path's brackets.
    pub fn matches_element(&self, element: &Value) -> bool {
        self.matches_in(Scope::Element(element))
    }

    fn matches_in(&self, scope: Scope<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches_in(scope)),
            Self::Or(parts) => parts.iter().any(|part| part.matches_in(scope)),
            Self::Not(filter) => !filter.matches_in(scope),
            Self::Present(path) => values(scope, path).into_iter().any(is_present),
            Self::Compare(path, operator, literal) => compares(values(scope, path), path.leaf(), *operator, literal),
            Self::Element(path, filter) => values(scope, path).into_iter().any(|value| filter.matches_element(value)),
        }
    }
}

/// The values that a path meets; those of a list one by one.
fn values<'v>(scope: Scope<'v>, path: &AttributePath<'_>) -> Vec<&'v Value> {
    let owners: Vec<&Value> = match scope {
        Scope::Element(element) => vec![element],
        Scope::Resource(resource) => {
            let holder = match path.extension {
                None => Some(resource),
                Some(schema) => resource.get(schema.id.as_ref()).and_then(Value::as_object),
            };
            each(holder.and_then(|holder| holder.get(path.attribute.name.as_ref()))).collect()
        }
    };
    match path.sub_attribute {
        None => owners,
        Some(sub) => owners.into_iter().flat_map(|owner| each(owner.get(sub.name.as_ref()))).collect(),
    }
}

fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(items)) => items.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
    .iter()
}

fn compares(values: Vec<&Value>, attribute: &Attribute, operator: Operator, literal: &Literal) -> bool {
    if *literal == Literal::Null {
        return values.into_iter().any(is_present) == (operator == Operator::NotEqual);
    }
    if operator == Operator::NotEqual {
        return !compares(values, attribute, Operator::Equal, literal);
    }
    values.into_iter().any(|value| match (value, literal) {
        (Value::String(value), Literal::Text(text)) => {
            let (value, text) = (comparable(attribute, value), comparable(attribute, text));
            match operator {
                Operator::Contains => value.contains(text.as_ref()),
                Operator::StartsWith => value.starts_with(text.as_ref()),
                Operator::EndsWith => value.ends_with(text.as_ref()),
                _ => is_in_order(operator, value.cmp(&text)),
            }
        }
        (value, Literal::Boolean(wanted)) => boolean(value) == Some(*wanted),
        (Value::Number(value), Literal::Number(number)) => {
            order(value, number).is_some_and(|order| is_in_order(operator, order))
        }
        (Value::String(value), Literal::DateTime(moment)) => {
            date_time(value).is_some_and(|value| is_in_order(operator, value.cmp(moment)))
        }
        _ => false,
    })
}

fn is_in_order(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::NotEqual | Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    }
}

fn order(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}
