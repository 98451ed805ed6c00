//! Filters (RFC 7644 section 3.4.2.2): read against the schema, printed, and matched in memory.
//!
//! [`Filter`] is public and typed so that a server can turn it into a query of its database: each path is
//! resolved to its [`Attribute`](crate::schema::Attribute), each value has the attribute's type, and what a
//! comparison can't mean has been refused already. [`Filter::matches`] says what the query has to mean.
//!
//! - Names, operators, `true`, `false` and `null` are read in any case.
//! - `and` binds more than `or`; `not` needs parentheses.
//! - A complex attribute compared by itself means its `value`: `emails co "x"`, `manager eq "7"`.
//! - Of a list, any element may match: `emails.value eq "x"`. `emails[type eq "work" and value eq "x"]` wants
//!   one element that matches all. `emails[type eq "work"].value eq "x"`, which Entra ID sends and the standard's
//!   grammar doesn't have, is read as that.
//! - `ne` is the opposite of `eq`: it holds where there is no value too, and for a list when no element is equal.
//! - `eq null` is the opposite of `pr`.
//! - Booleans are also read as text, `roles[primary eq "True"]`: Entra ID writes them so.

mod evaluate;
pub(crate) mod parse;

use std::fmt;

use jiff::Timestamp;
use serde_json::{Number, Value};

use crate::error::Error;
use crate::path::AttributePath;
use crate::schema::ResourceType;

/// The longest filter or path, in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;
/// The most brackets and parentheses within one another.
pub const MAX_DEPTH: usize = 32;
/// The most comparisons in a filter.
pub const MAX_CLAUSES: usize = 100;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter<'s> {
    /// All of these, two or more.
    And(Vec<Self>),
    /// Any of these, two or more.
    Or(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(AttributePath<'s>),
    /// The attribute compares with the value. The path never ends in a complex attribute.
    Compare(AttributePath<'s>, Operator, Literal),
    /// One element of the complex attribute matches all of this filter, in which paths name the element's parts.
    Element(AttributePath<'s>, Box<Self>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`: equal.
    Equal,
    /// `ne`: not equal.
    NotEqual,
    /// `co`: contains. Texts only, as the next two.
    Contains,
    /// `sw`: starts with.
    StartsWith,
    /// `ew`: ends with.
    EndsWith,
    /// `gt`: greater, later, or after in order. Not for booleans and binaries, as the next three.
    Greater,
    /// `ge`: greater or equal.
    GreaterOrEqual,
    /// `lt`: less.
    Less,
    /// `le`: less or equal.
    LessOrEqual,
}

impl Operator {
    const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The word in a filter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }
}

/// What an attribute is compared with, in the attribute's own type.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// For `string`, `reference` and `binary`; as the client wrote it. Where the attribute isn't `caseExact`,
    /// both sides are compared in the form of [`fold`](crate::fold).
    Text(String),
    /// For `boolean`; only with `eq` and `ne`.
    Boolean(bool),
    /// For `integer` and `decimal`.
    Number(Number),
    /// For `dateTime`.
    DateTime(Timestamp),
    /// Nothing, for any type; only with `eq` and `ne`.
    Null,
}

impl<'s> Filter<'s> {
    /// Reads a filter. Takes at most [`MAX_LENGTH`] bytes, [`MAX_DEPTH`] levels and [`MAX_CLAUSES`] comparisons,
    /// so that time, memory and stack are bounded.
    ///
    /// Fails with `invalidFilter`: not the grammar, over a limit, an attribute that isn't in the schema or is
    /// never returned, a value of the wrong type, or an operator that the type doesn't have.
    ///
    /// ```
    /// use keystead_scim::{Filter, schema::{self, ResourceType}};
    ///
    /// let user = ResourceType::new("User", "/Users", schema::user());
    /// let filter = Filter::parse(r#"UserName EQ "ada" And emails[type eq "work"].value pr"#, &user)?;
    /// assert_eq!(filter.to_string(), r#"userName eq "ada" and emails[type eq "work" and value pr]"#);
    /// # Ok::<(), keystead_scim::Error>(())
    /// ```
    pub fn parse(text: &str, kind: &'s ResourceType) -> Result<Self, Error> {
        parse::filter(text, kind)
    }

    /// The filter as it is printed between the brackets of a value path.
    pub(crate) fn in_element(&self) -> Printed<'_> {
        Printed { filter: self, in_element: true }
    }
}

impl fmt::Display for Filter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printed { filter: self, in_element: false })
    }
}

/// A filter with the place where it is printed.
pub(crate) struct Printed<'f> {
    filter: &'f Filter<'f>,
    in_element: bool,
}

impl Printed<'_> {
    fn name(&self, f: &mut fmt::Formatter<'_>, path: &AttributePath<'_>) -> fmt::Result {
        if self.in_element {
            f.write_str(path.sub_attribute.map_or("value", |sub| &sub.name))
        } else {
            write!(f, "{path}")
        }
    }

    fn joined(&self, f: &mut fmt::Formatter<'_>, parts: &[Filter<'_>], word: &str) -> fmt::Result {
        for (at, filter) in parts.iter().enumerate() {
            if at > 0 {
                write!(f, " {word} ")?;
            }
            let part = Printed { filter, in_element: self.in_element };
            match filter {
                Filter::Or(_) => write!(f, "({part})")?,
                Filter::And(_) if word == "and" => write!(f, "({part})")?,
                _ => write!(f, "{part}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.filter {
            Filter::And(parts) => self.joined(f, parts, "and"),
            Filter::Or(parts) => self.joined(f, parts, "or"),
            Filter::Not(filter) => write!(f, "not ({})", Printed { filter, in_element: self.in_element }),
            Filter::Present(path) => {
                self.name(f, path)?;
                f.write_str(" pr")
            }
            Filter::Compare(path, operator, literal) => {
                self.name(f, path)?;
                write!(f, " {} {literal}", operator.as_str())
            }
            Filter::Element(path, filter) => write!(f, "{path}[{}]", filter.in_element()),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", Value::from(text.as_str())),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::DateTime(moment) => write!(f, "\"{moment}\""),
            Self::Null => f.write_str("null"),
        }
    }
}
