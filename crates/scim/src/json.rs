//! Reading JSON from strangers: bounded in size, depth and number of values, no name twice in an object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{Error, quoted};

/// How much JSON is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Objects and arrays within one another.
    pub depth: usize,
    /// Values in all: what a text of many small values costs in memory is a multiple of its bytes.
    pub values: usize,
}

impl Default for Limits {
    /// 1 MiB, 16 deep, 200,000 values.
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 16, values: 200_000 }
    }
}

/// Reads a body.
///
/// Fails with 413 when it is longer than the limit, else with `invalidSyntax`: not JSON, not UTF-8, too deep,
/// too many values, or an object with a name twice, which two readers would understand in two ways
/// (RFC 8259 section 4).
///
/// ```
/// use keystead_scim::json::{self, Limits};
///
/// assert!(json::read(br#"{"userName":"ada"}"#, Limits::default()).is_ok());
/// assert!(json::read(br#"{"userName":"ada","userName":"eve"}"#, Limits::default()).is_err());
/// ```
pub fn read(body: &[u8], limits: Limits) -> Result<Value, Error> {
    if body.len() > limits.bytes {
        return Err(Error::too_large(format!("The body is larger than {} bytes.", limits.bytes)));
    }
    let mut left = limits.values;
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Strict { depth: limits.depth, left: &mut left }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| Error::invalid_syntax(format!("The body can't be read as JSON: {error}.")))
}

struct Strict<'a> {
    depth: usize,
    left: &'a mut usize,
}

impl Strict<'_> {
    fn inner(&mut self) -> Strict<'_> {
        Strict { depth: self.depth - 1, left: self.left }
    }

    fn enter<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.depth == 0 { Err(E::custom("it is nested too deeply")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.left = self.left.checked_sub(1).ok_or_else(|| D::Error::custom("it has too many values"))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner())? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if object.contains_key(&name) {
                let message = format_args!("the name {} stands twice in one object", quoted(&name));
                return Err(A::Error::custom(message));
            }
            let value = entries.next_value_seed(self.inner())?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

/// The member of a message by its name, in whatever case a client writes it.
pub(crate) fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
        .filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(body: &[u8]) -> Error {
        read(body, Limits::default()).unwrap_err()
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let value = json!({"a": [1, -2, 2.5, true, null, "x\u{0}\u{1f600}"], "b": {"c": {}}});
        assert_eq!(read(value.to_string().as_bytes(), Limits::default()).unwrap(), value);
    }

    #[test]
    fn a_name_twice_in_one_object_is_refused_at_any_depth() {
        assert!(refused(br#"{"a":1,"a":1}"#).detail.contains("twice"));
        assert!(refused(br#"{"x":[{"a":1,"\u0061":2}]}"#).detail.contains("twice"));
        assert!(read(br#"[{"a":1},{"a":2}]"#, Limits::default()).is_ok());
    }

    #[test]
    fn too_deep_too_long_and_too_many_are_refused() {
        for deep in [17, 10_000, 500_000] {
            assert_eq!(refused("[".repeat(deep).as_bytes()).status, 400);
        }
        let deepest = format!("{}{}", "[".repeat(16), "]".repeat(16));
        assert!(read(deepest.as_bytes(), Limits::default()).is_ok());
        assert_eq!(refused(&vec![b' '; (1 << 20) + 1]).status, 413);
        assert!(refused(format!("[{}0]", "0,".repeat(200_000)).as_bytes()).detail.contains("too many"));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for body in [&b""[..], b"{", b"{}x", b"\xff", b"\"\xc3\"", b"1e999", b"{'a':1}", b"\"\\ud800\""] {
            assert_eq!(refused(body).scim_type, Some(crate::ScimType::InvalidSyntax), "{body:?}");
        }
    }
}
