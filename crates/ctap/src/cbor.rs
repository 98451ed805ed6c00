//! CBOR in the canonical form of CTAP 2 (CTAP 2.1 §8): of each value exactly one encoding is read, and written.
//!
//! Integers, strings, arrays, maps and booleans, none of indefinite length, each length as short as can be, no key
//! twice and keys in order, at most four levels deep. That is all that CTAP uses. Because nothing else is read, what is
//! read prints as the bytes it came from, and a proof over part of a message may be checked over the printed part.

use std::cmp::Ordering;

/// How many arrays and maps may be inside one another.
pub const MAX_DEPTH: usize = 4;

/// A CBOR data item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// 0 and above.
    Unsigned(u64),
    /// Below 0: what is held is -1 minus the number.
    Negative(u64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// A map, in any order: writing it puts it in order.
    Map(Vec<(Value, Value)>),
    /// true or false.
    Bool(bool),
}

/// The bytes are not one data item in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not CBOR in the canonical form of CTAP 2")]
pub struct Malformed;

impl Value {
    /// Reads one data item that takes up all of `bytes`. What it takes in memory is bounded by their number.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader { rest: bytes };
        let value = reader.value(0)?;
        if reader.rest.is_empty() { Ok(value) } else { Err(Malformed) }
    }

    /// The one encoding of this value. A key that is in a map twice stays there twice.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out);
        out
    }

    fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unsigned(number) => head(0, *number, out),
            Self::Negative(number) => head(1, *number, out),
            Self::Bytes(bytes) => {
                head(2, bytes.len() as u64, out);
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(3, text.len() as u64, out);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Array(items) => {
                head(4, items.len() as u64, out);
                for item in items {
                    item.write_to(out);
                }
            }
            Self::Map(entries) => {
                head(5, entries.len() as u64, out);
                let mut entries: Vec<_> = entries.iter().map(|(key, value)| (key.write(), value)).collect();
                entries.sort_by(|(a, _), (b, _)| key_order(a, b));
                for (key, value) in entries {
                    out.extend_from_slice(&key);
                    value.write_to(out);
                }
            }
            Self::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
        }
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Unsigned(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        if number < 0 { Self::Negative(!number.cast_unsigned()) } else { Self::Unsigned(number.cast_unsigned()) }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// A map whose keys are numbers, as those of CTAP's messages.
pub(crate) fn numbered<const N: usize>(entries: [(u64, Option<Value>); N]) -> Value {
    Value::Map(entries.into_iter().filter_map(|(key, value)| Some((Value::Unsigned(key), value?))).collect())
}

/// A map whose keys are texts, as those of WebAuthn's objects.
pub(crate) fn named<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    Value::Map(entries.into_iter().filter_map(|(key, value)| Some((key.into(), value?))).collect())
}

/// By type, then the shorter, then byte by byte.
fn key_order(a: &[u8], b: &[u8]) -> Ordering {
    let major = |key: &[u8]| key.first().map(|byte| byte >> 5);
    major(a).cmp(&major(b)).then(a.len().cmp(&b.len())).then_with(|| a.cmp(b))
}

fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    match number {
        0..24 => out.push(major | number.to_be_bytes()[7]),
        24..0x100 => out.extend_from_slice(&[major | 0x18, number.to_be_bytes()[7]]),
        0x100..0x1_0000 => {
            out.push(major | 0x19);
            out.extend_from_slice(&number.to_be_bytes()[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 0x1a);
            out.extend_from_slice(&number.to_be_bytes()[4..]);
        }
        _ => {
            out.push(major | 0x1b);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The major type and the number after it, which must have been written as short as can be.
    fn head(&mut self) -> Result<(u8, u64), Malformed> {
        let first = self.take(1)?[0];
        let (width, least) = match first & 0x1f {
            number @ 0..24 => return Ok((first >> 5, u64::from(number))),
            0x18 => (1, 24),
            0x19 => (2, 0x100),
            0x1a => (4, 0x1_0000),
            0x1b => (8, 0x1_0000_0000),
            _ => return Err(Malformed),
        };
        let number = self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        if number < least { Err(Malformed) } else { Ok((first >> 5, number)) }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Malformed> {
        let start = self.rest;
        let (major, number) = self.head()?;
        if matches!(major, 4 | 5) && depth == MAX_DEPTH {
            return Err(Malformed);
        }
        Ok(match major {
            0 => Value::Unsigned(number),
            1 => Value::Negative(number),
            2 => Value::Bytes(self.take(number)?.to_vec()),
            3 => Value::Text(str::from_utf8(self.take(number)?).map_err(|_| Malformed)?.to_owned()),
            // Each item takes a byte at least: a length that can't be fails before much is kept.
            4 => Value::Array((0..number).map(|_| self.value(depth + 1)).collect::<Result<_, _>>()?),
            5 => self.map(number, depth + 1)?,
            _ => match start[0] {
                0xf4 => Value::Bool(false),
                0xf5 => Value::Bool(true),
                _ => return Err(Malformed),
            },
        })
    }

    fn map(&mut self, length: u64, depth: usize) -> Result<Value, Malformed> {
        let mut entries = Vec::new();
        let mut previous: Option<&[u8]> = None;
        for _ in 0..length {
            let start = self.rest;
            let key = self.value(depth)?;
            let key_bytes = &start[..start.len() - self.rest.len()];
            if previous.is_some_and(|previous| key_order(previous, key_bytes) != Ordering::Less) {
                return Err(Malformed);
            }
            previous = Some(key_bytes);
            entries.push((key, self.value(depth)?));
        }
        Ok(Value::Map(entries))
    }
}
