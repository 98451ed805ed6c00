//! The grammar of filters and paths: a reader that goes from left to right and counts what it enters.

use serde_json::Number;

use super::{Filter, Literal, MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH, Operator};
use crate::error::{Error, quoted};
use crate::path::{AttributePath, Name, Path};
use crate::schema::{Attribute, ResourceType, Type};
use crate::value::date_time;

/// What is wrong, and at which byte.
struct Fault {
    at: usize,
    message: String,
}

type Read<T> = Result<T, Fault>;

pub(super) fn filter<'s>(text: &str, kind: &'s ResourceType) -> Result<Filter<'s>, Error> {
    check_length(text, "filter").map_err(Error::invalid_filter)?;
    let mut reader = Reader::new(text, kind);
    reader.any_of().and_then(|filter| reader.end().map(|()| filter)).map_err(|fault| {
        Error::invalid_filter(format!("The filter can't be read at byte {}: {}.", fault.at + 1, fault.message))
    })
}

pub(crate) fn path<'s>(text: &str, kind: &'s ResourceType) -> Result<Path<'s>, Error> {
    check_length(text, "path").map_err(Error::invalid_path)?;
    let mut reader = Reader::new(text, kind);
    reader.path().and_then(|path| reader.end().map(|()| path)).map_err(|fault| {
        let detail = format!("The path can't be read at byte {}: {}.", fault.at + 1, fault.message);
        if reader.element.is_some() { Error::invalid_filter(detail) } else { Error::invalid_path(detail) }
    })
}

fn check_length(text: &str, what: &str) -> Result<(), String> {
    if text.len() > MAX_LENGTH { Err(format!("The {what} is longer than {MAX_LENGTH} bytes.")) } else { Ok(()) }
}

struct Reader<'t, 's> {
    text: &'t str,
    at: usize,
    kind: &'s ResourceType,
    /// Brackets and parentheses that are open.
    depth: usize,
    clauses: usize,
    /// The attribute between whose brackets the reader is.
    element: Option<AttributePath<'s>>,
}

impl<'t, 's> Reader<'t, 's> {
    fn new(text: &'t str, kind: &'s ResourceType) -> Self {
        Self { text, at: 0, kind, depth: 0, clauses: 0, element: None }
    }

    fn fault<T>(&self, at: usize, message: impl Into<String>) -> Read<T> {
        Err(Fault { at: at.min(self.text.len()), message: message.into() })
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Passes over this character if it is next.
    fn takes(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, c: char) -> Read<()> {
        self.skip_blanks();
        if self.takes(c) { Ok(()) } else { self.fault(self.at, format!("expected `{c}`")) }
    }

    fn end(&mut self) -> Read<()> {
        self.skip_blanks();
        if self.rest().is_empty() { Ok(()) } else { self.fault(self.at, "expected nothing more") }
    }

    /// The next run of characters that aren't blanks, brackets or quotes; it may be empty.
    fn peek_word(&self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"'));
        &rest[..end.unwrap_or(rest.len())]
    }

    fn word(&mut self) -> &'t str {
        let word = self.peek_word();
        self.at += word.len();
        word
    }

    /// Passes over this word if it is next.
    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let found = self.peek_word().eq_ignore_ascii_case(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// `inner` between brackets that are open already, as deep as is permitted.
    fn nested<T>(&mut self, close: char, inner: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == MAX_DEPTH {
            return self.fault(self.at, format!("more than {MAX_DEPTH} brackets within one another"));
        }
        self.depth += 1;
        let value = inner(self)?;
        self.expect(close)?;
        self.depth -= 1;
        Ok(value)
    }

    fn any_of(&mut self) -> Read<Filter<'s>> {
        let mut parts = vec![self.all_of()?];
        while self.takes_word("or") {
            parts.push(self.all_of()?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn all_of(&mut self) -> Read<Filter<'s>> {
        let mut parts = vec![self.term()?];
        while self.takes_word("and") {
            parts.push(self.term()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn term(&mut self) -> Read<Filter<'s>> {
        self.skip_blanks();
        if self.takes('(') {
            return self.nested(')', Self::any_of);
        }
        if self.takes_word("not") {
            self.expect('(')?;
            return self.nested(')', Self::any_of).map(|filter| Filter::Not(Box::new(filter)));
        }
        let at = self.at;
        let path = self.attribute()?;
        if !self.takes('[') {
            return self.comparison(path, at);
        }
        let inner = self.elements(path, at)?;
        let Some(sub_attribute) = self.sub_attribute(path)? else { return Ok(Filter::Element(path, Box::new(inner))) };
        let last = self.comparison(AttributePath { sub_attribute: Some(sub_attribute), ..path }, at)?;
        let all = match inner {
            Filter::And(mut parts) => {
                parts.push(last);
                parts
            }
            inner => vec![inner, last],
        };
        Ok(Filter::Element(path, Box::new(Filter::And(all))))
    }

    fn attribute(&mut self) -> Read<AttributePath<'s>> {
        let (at, word) = (self.at, self.word());
        if word.is_empty() {
            return self.fault(at, "expected an attribute");
        }
        let found = match self.element {
            None => self.kind.attribute_path(word),
            // The elements of a plain list have no parts; `value` is the element itself.
            Some(list) if list.attribute.kind != Type::Complex => word.eq_ignore_ascii_case("value").then_some(list),
            Some(list) => list
                .attribute
                .sub_attribute(word)
                .map(|sub_attribute| AttributePath { sub_attribute: Some(sub_attribute), ..list }),
        };
        match found {
            Some(path) => Ok(path),
            None => self.fault(at, format!("there is no attribute {}", quoted(word))),
        }
    }

    /// What is between the brackets after an attribute.
    fn elements(&mut self, path: AttributePath<'s>, at: usize) -> Read<Filter<'s>> {
        let plain = path.attribute.kind != Type::Complex && !path.attribute.multi_valued;
        if self.element.is_some() || path.sub_attribute.is_some() || plain {
            return self.fault(at, format!("{path} has no elements to choose from"));
        }
        self.element = Some(path);
        let filter = self.nested(']', Self::any_of)?;
        self.element = None;
        Ok(filter)
    }

    /// The part of the element after the closing bracket.
    fn sub_attribute(&mut self, path: AttributePath<'s>) -> Read<Option<&'s Attribute>> {
        let at = self.at;
        if !self.takes('.') {
            return Ok(None);
        }
        let word = self.word();
        match path.attribute.sub_attribute(word) {
            Some(sub) => Ok(Some(sub)),
            None => self.fault(at, format!("{path} has no sub-attribute {}", quoted(word))),
        }
    }

    /// The operator and the value after an attribute.
    fn comparison(&mut self, path: AttributePath<'s>, at: usize) -> Read<Filter<'s>> {
        self.clauses += 1;
        if self.clauses > MAX_CLAUSES {
            return self.fault(at, format!("more than {MAX_CLAUSES} comparisons"));
        }
        if path.is_hidden() {
            return self.fault(at, format!("{path} can't be asked for"));
        }
        self.skip_blanks();
        let (operator_at, word) = (self.at, self.word());
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Operator::ALL.into_iter().find(|operator| operator.as_str().eq_ignore_ascii_case(word))
        else {
            return self.fault(operator_at, "expected one of eq, ne, co, sw, ew, gt, ge, lt, le, pr");
        };
        let path = path.or_value();
        let literal = self.literal(path)?;
        let permitted = match operator {
            Operator::Equal | Operator::NotEqual => true,
            Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
                matches!(path.leaf().kind, Type::String | Type::Reference) && literal != Literal::Null
            }
            _ => !matches!(path.leaf().kind, Type::Boolean | Type::Binary) && literal != Literal::Null,
        };
        if !permitted {
            return self.fault(operator_at, format!("`{}` can't be used here", operator.as_str()));
        }
        Ok(Filter::Compare(path, operator, literal))
    }

    fn literal(&mut self, path: AttributePath<'s>) -> Read<Literal> {
        self.skip_blanks();
        let at = self.at;
        let mismatch = |reader: &Self| {
            let message = match path.leaf().kind {
                Type::Complex => format!("{path} has parts; compare one of them"),
                kind => format!("expected a value of type {} for {path}", kind.as_str()),
            };
            reader.fault(at, message)
        };
        if self.rest().starts_with('"') {
            let text = self.string()?;
            return match path.leaf().kind {
                Type::String | Type::Reference | Type::Binary => Ok(Literal::Text(text)),
                Type::Boolean if text.eq_ignore_ascii_case("true") => Ok(Literal::Boolean(true)),
                Type::Boolean if text.eq_ignore_ascii_case("false") => Ok(Literal::Boolean(false)),
                Type::DateTime => {
                    date_time(&text).map_or_else(|| mismatch(self), |moment| Ok(Literal::DateTime(moment)))
                }
                _ => mismatch(self),
            };
        }
        let word = self.word();
        let kind = path.leaf().kind;
        if word.eq_ignore_ascii_case("null") && kind != Type::Complex {
            return Ok(Literal::Null);
        }
        match kind {
            Type::Boolean if word.eq_ignore_ascii_case("true") => Ok(Literal::Boolean(true)),
            Type::Boolean if word.eq_ignore_ascii_case("false") => Ok(Literal::Boolean(false)),
            Type::Integer | Type::Decimal => match serde_json::from_str::<Number>(word) {
                Ok(number) => Ok(Literal::Number(number)),
                Err(_) => mismatch(self),
            },
            _ => mismatch(self),
        }
    }

    /// A JSON string.
    fn string(&mut self) -> Read<String> {
        let at = self.at;
        let mut escaped = false;
        let end = self.rest().bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let Some(end) = end else { return self.fault(at, "the text has no closing quote") };
        let written = &self.rest()[..end + 2];
        self.at += written.len();
        serde_json::from_str(written).or_else(|_| self.fault(at, "the text isn't a JSON string"))
    }

    fn path(&mut self) -> Read<Path<'s>> {
        self.skip_blanks();
        let (at, word) = (self.at, self.word());
        let path = match self.kind.name(word) {
            None => return self.fault(at, format!("there is no attribute {}", quoted(word))),
            Some(Name::Resource) => return Ok(Path::Resource),
            Some(Name::Extension(schema)) => return Ok(Path::Extension(schema)),
            Some(Name::Attribute(path)) => path,
        };
        if !self.takes('[') {
            return Ok(Path::Attribute { path, filter: None });
        }
        if !path.attribute.multi_valued {
            return self.fault(at, format!("{path} is not a list"));
        }
        let filter = self.elements(path, at)?;
        let sub_attribute = self.sub_attribute(path)?;
        Ok(Path::Attribute { path: AttributePath { sub_attribute, ..path }, filter: Some(filter) })
    }
}

fn one_or<'s>(mut parts: Vec<Filter<'s>>, several: impl FnOnce(Vec<Filter<'s>>) -> Filter<'s>) -> Filter<'s> {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            several(parts)
        }
    }
}
