//! The one place of dynamic SQL: texts put together from constants, with every value bound.

use uuid::Uuid;

use super::{Conn, Dialect, Query};

/// A statement under construction. Only constant text is pushed; values always go by `bind`.
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

/// A value of one of the few kinds that filters need.
#[derive(Clone)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number or a time.
    Number(i64),
    /// An id.
    Id(Uuid),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}
impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl Sql {
    /// Begins with constant text.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Begins with one of two constant texts, where the dialects really differ.
    pub fn of_dialect(dialect: Dialect, sqlite: &'static str, postgres: &'static str) -> Self {
        Self::new(match dialect {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        })
    }

    /// Adds constant text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds a list of values in parentheses; must not be empty.
    pub fn list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.push("(");
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self.push(")")
    }

    /// Adds a piece that was put together elsewhere, renumbering its values.
    pub fn append(&mut self, piece: &Self) -> &mut Self {
        let mut rest = piece.text.as_str();
        for (at, value) in piece.values.iter().enumerate() {
            let mark = format!("${}", at + 1);
            if let Some((before, after)) = rest.split_once(mark.as_str()) {
                self.text.push_str(before);
                self.bind(value.clone());
                rest = after;
            }
        }
        self.text.push_str(rest);
        self
    }

    /// Gives the statement with its values to a connection.
    pub fn run(self, conn: &mut Conn) -> Query<'_> {
        let mut query = conn.dynamic(self.text);
        for value in self.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
                Value::Id(id) => query.bind(id),
            };
        }
        query
    }
}
