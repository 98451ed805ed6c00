//! A client's values brought into the form of the schema: canonical names, right types, nothing that is nothing.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Number, Value};

use crate::error::{Error, quoted};
use crate::schema::{Attribute, Mutability, Type};
use crate::value::{boolean, date_time};

/// The longest single text, in bytes.
pub(crate) const MAX_TEXT: usize = 64 * 1024;

/// What to do with a name in a body that the schema doesn't have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// Pass it over, as most servers do: clients send what their own schema has.
    #[default]
    Ignore,
    /// Refuse the request.
    Refuse,
}

impl Unknown {
    pub(crate) fn name(self, name: &str) -> Result<(), Error> {
        match self {
            Self::Ignore => Ok(()),
            Self::Refuse => {
                Err(Error::invalid_syntax(format!("There is no attribute {} in the schema.", quoted(name))))
            }
        }
    }
}

/// Reads values of a client.
#[derive(Clone, Copy)]
pub(crate) struct Intake {
    pub unknown: Unknown,
}

impl Intake {
    /// The value of a single-valued attribute, or one element of a list. None when there is nothing in it:
    /// null, an empty text, an empty object.
    pub fn one(self, attribute: &Attribute, value: &Value) -> Result<Option<Value>, Error> {
        if attribute.kind == Type::Complex {
            let Some(object) = as_object(attribute, value)? else { return Ok(None) };
            let mut taken = Map::new();
            self.merge(attribute, &mut taken, &object)?;
            for sub in attribute.sub_attributes.iter().filter(|sub| sub.required) {
                if !taken.is_empty() && !taken.contains_key(sub.name.as_ref()) {
                    return Err(Error::invalid_value(format!("{} needs {}.", attribute.name, sub.name)));
                }
            }
            return Ok((!taken.is_empty()).then_some(Value::Object(taken)));
        }
        match value {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) if text.len() > MAX_TEXT => {
                Err(Error::invalid_value(format!("{} is longer than {MAX_TEXT} bytes.", attribute.name)))
            }
            // Older clients of Microsoft's wrap each value so.
            Value::Array(items) if !attribute.multi_valued => match items.as_slice() {
                [Value::Object(item)] if item.contains_key("value") => self.one(attribute, &item["value"]),
                _ => Err(mismatch(attribute)),
            },
            _ => plain(attribute, value).map(Some).ok_or_else(|| mismatch(attribute)),
        }
    }

    /// The elements of a list. One that isn't in an array is a list of one; elements with nothing in them are left
    /// out.
    pub fn elements(self, attribute: &Attribute, value: &Value) -> Result<Vec<Value>, Error> {
        let items = items(value);
        let mut elements = Vec::with_capacity(items.len());
        for item in items {
            elements.extend(self.one(attribute, item)?);
        }
        Ok(elements)
    }

    /// The whole value of an attribute, list or not.
    pub fn whole(self, attribute: &Attribute, value: &Value) -> Result<Option<Value>, Error> {
        if !attribute.multi_valued {
            return self.one(attribute, value);
        }
        let elements = self.elements(attribute, value)?;
        Ok((!elements.is_empty()).then_some(Value::Array(elements)))
    }

    /// Sets the parts of a complex attribute that the client's object names; those it names with nothing are
    /// taken away, and those that only the server writes are passed over.
    pub fn merge(
        self,
        attribute: &Attribute,
        target: &mut Map<String, Value>,
        object: &Map<String, Value>,
    ) -> Result<(), Error> {
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in object {
            let Some(sub) = attribute.sub_attribute(name) else {
                self.unknown.name(name)?;
                continue;
            };
            if seen.contains(&sub.name.as_ref()) {
                return Err(twice(name));
            }
            seen.push(&sub.name);
            if sub.mutability == Mutability::ReadOnly {
                continue;
            }
            let new = self.whole(sub, value)?;
            let old = target.get(sub.name.as_ref());
            if sub.mutability == Mutability::Immutable && old.is_some() && old != new.as_ref() {
                return Err(Error::mutability(format!("{}.{} can't be changed.", attribute.name, sub.name)));
            }
            match new {
                Some(new) => target.insert(sub.name.clone().into_owned(), new),
                None => target.remove(sub.name.as_ref()),
            };
        }
        Ok(())
    }
}

/// The items of a list; what isn't in an array is a list of one.
pub(crate) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        single => std::slice::from_ref(single),
    }
}

/// A name that stands twice in an object, in different cases.
pub(crate) fn twice(name: &str) -> Error {
    Error::invalid_syntax(format!("{} stands twice in one object.", quoted(name)))
}

/// A client's value for a complex attribute as an object: a text is its `value`, which is how Entra ID writes a
/// manager; a list of one is that one. None when it is nothing.
pub(crate) fn as_object<'v>(
    attribute: &Attribute,
    value: &'v Value,
) -> Result<Option<Cow<'v, Map<String, Value>>>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::Object(object) => Ok(Some(Cow::Borrowed(object))),
        Value::String(_) if attribute.sub_attribute("value").is_some() => {
            Ok(Some(Cow::Owned(Map::from_iter([("value".to_owned(), value.clone())]))))
        }
        Value::Array(items) if !attribute.multi_valued => match items.as_slice() {
            [] => Ok(None),
            [Value::Array(_)] => Err(mismatch(attribute)),
            [item] => as_object(attribute, item),
            _ => Err(mismatch(attribute)),
        },
        _ => Err(mismatch(attribute)),
    }
}

fn mismatch(attribute: &Attribute) -> Error {
    let kind = attribute.kind.as_str();
    Error::invalid_value(format!("{} takes a value of type {kind}.", attribute.name))
}

/// A value of a simple type, or None when it is of another.
fn plain(attribute: &Attribute, value: &Value) -> Option<Value> {
    match attribute.kind {
        Type::String | Type::Reference => value.is_string().then(|| value.clone()),
        Type::Boolean => boolean(value).map(Value::Bool),
        Type::DateTime => date_time(value.as_str()?).map(|_| value.clone()),
        Type::Binary => is_base64(value.as_str()?).then(|| value.clone()),
        Type::Integer => number(value).filter(|number| number.is_i64() || number.is_u64()).map(Value::Number),
        Type::Decimal => number(value).map(Value::Number),
        Type::Complex => None,
    }
}

/// A number, also as text: clients whose own schema has only texts write it so.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// Either alphabet, with or without padding: RFC 7643 section 2.3.6 permits all four.
fn is_base64(text: &str) -> bool {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .any(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{enterprise_user, user};
    use serde_json::json;

    fn take(attribute: &str, value: &Value) -> Result<Option<Value>, Error> {
        let (user, enterprise) = (user(), enterprise_user());
        let attribute = user.attribute(attribute).or_else(|| enterprise.attribute(attribute)).unwrap();
        Intake { unknown: Unknown::Ignore }.whole(attribute, value)
    }

    #[test]
    fn booleans_are_taken_as_text() {
        for (written, taken) in [(json!("True"), true), (json!("false"), false), (json!(true), true)] {
            assert_eq!(take("active", &written).unwrap(), Some(json!(taken)));
        }
        for wrong in [json!("yes"), json!(1), json!({}), json!([true])] {
            assert!(take("active", &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_is_nothing_in_every_form() {
        for nothing in [json!(null), json!("")] {
            assert_eq!(take("title", &nothing).unwrap(), None);
            assert_eq!(take("manager", &nothing).unwrap(), None);
            assert_eq!(take("emails", &nothing).unwrap(), None);
        }
        assert_eq!(take("name", &json!({"givenName": null, "familyName": ""})).unwrap(), None);
        assert_eq!(take("emails", &json!([{"type": "", "value": null}, {}])).unwrap(), None);
        assert_eq!(take("manager", &json!([])).unwrap(), None);
    }

    #[test]
    fn a_manager_comes_in_three_forms() {
        for manager in [json!("7"), json!({"value": "7"}), json!([{"value": "7", "displayName": "B"}])] {
            assert_eq!(take("manager", &manager).unwrap(), Some(json!({"value": "7"})), "{manager}");
        }
        assert!(take("manager", &json!([{"value": "7"}, {"value": "8"}])).is_err());
    }

    #[test]
    fn values_of_another_type_are_refused() {
        for (attribute, value) in [
            ("userName", json!(1)),
            ("userName", json!({"value": "x"})),
            ("userName", json!(["x"])),
            ("name", json!("Ada")),
            ("name", json!({"givenName": 1})),
            ("emails", json!([{"value": {}}])),
            ("emails", json!([[{"value": "x"}]])),
            ("emails", json!(true)),
            ("x509Certificates", json!([{"value": "?"}])),
        ] {
            assert_eq!(take(attribute, &value).unwrap_err().scim_type, Some(crate::ScimType::InvalidValue), "{value}");
        }
    }

    #[test]
    fn names_take_the_schemas_spelling_and_may_not_repeat() {
        assert_eq!(take("name", &json!({"GIVENNAME": "Ada"})).unwrap(), Some(json!({"givenName": "Ada"})));
        assert!(take("name", &json!({"GIVENNAME": "Ada", "givenName": "Eve"})).is_err());
    }

    #[test]
    fn texts_are_bounded() {
        assert!(take("title", &json!("x".repeat(MAX_TEXT))).is_ok());
        assert!(take("title", &json!("x".repeat(MAX_TEXT + 1))).is_err());
    }

    #[test]
    fn numbers_are_taken_as_text_and_kept_whole_where_they_must_be() {
        let take = |kind, value: Value| {
            Intake { unknown: Unknown::Ignore }
                .whole(&Attribute::new(kind, "n", ""), &value)
                .unwrap_or(Some(json!("refused")))
        };
        assert_eq!(take(Type::Integer, json!("12")), Some(json!(12)));
        assert_eq!(take(Type::Integer, json!(1.5)), Some(json!("refused")));
        assert_eq!(take(Type::Decimal, json!("1.5")), Some(json!(1.5)));
        assert_eq!(take(Type::DateTime, json!("2024-02-30T00:00:00Z")), Some(json!("refused")));
    }
}
