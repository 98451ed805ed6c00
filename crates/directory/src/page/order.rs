//! What a list can be sorted by, and the walk along one such order from a cursor on.

use uuid::Uuid;

use super::{At, Cursor, Of, Page, PageRequest};
use crate::{
    db::filter::Sql,
    error::{Error, Result},
};

/// What a kind of row can be sorted by.
pub(crate) struct Sortable<T: 'static> {
    /// The columns that may be asked for.
    pub columns: &'static [Column<T>],
    /// The order when none is asked for, as the API writes it.
    pub usual: &'static str,
    /// The column of ids, which settles ties.
    pub id: &'static str,
    /// A row's id.
    pub id_of: fn(&T) -> Uuid,
}

/// A column that a list can be sorted by.
pub(crate) struct Column<T> {
    /// As the API names it.
    pub name: &'static str,
    /// The column or expression, as its index has it.
    pub sql: &'static str,
    /// What kind of values it holds.
    pub of: Of,
    /// A row's value.
    pub at: fn(&T) -> At,
}

/// One order of a list.
pub(crate) struct Order<T: 'static> {
    list: &'static Sortable<T>,
    column: &'static Column<T>,
    descending: bool,
}

impl<T> Clone for Order<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Order<T> {}

impl<T> Sortable<T> {
    /// The order that was asked for (`field`, or `-field` from the end), or the usual one.
    ///
    /// # Errors
    /// `notAllowed` at `sort`.
    pub fn order(&'static self, asked: Option<&str>) -> Result<Order<T>> {
        let text = asked.unwrap_or(self.usual);
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let column = self.columns.iter().find(|column| column.name == name);
        column.map(|column| Order { list: self, column, descending }).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
            let (last, others) = names.split_last().unwrap_or((&"", &[]));
            Error::field("sort", "notAllowed", format!("Sort by {} or {last}.", others.join(", ")))
        })
    }
}

impl<T> Order<T> {
    /// The name of its column, as the API has it.
    pub fn by(self) -> &'static str {
        self.column.name
    }

    /// Whether it begins at the end.
    #[cfg(test)]
    pub fn descending(self) -> bool {
        self.descending
    }

    /// Its column or expression.
    pub fn sql(self) -> &'static str {
        self.column.sql
    }

    /// The order as cursors and the API name it.
    fn name(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.column.name)
    }

    /// Where a page begins, if not at the beginning.
    ///
    /// # Errors
    /// `malformed` at `cursor` for a cursor of another list or order.
    pub fn begin(self, page: &PageRequest) -> Result<Option<Cursor>> {
        page.cursor.as_deref().map(|text| Cursor::from_text(text, &self.name(), self.column.of)).transpose()
    }

    /// Adds the condition that rows come after this place.
    pub fn after(self, sql: &mut Sql, cursor: Option<&Cursor>) {
        let Some(cursor) = cursor else { return };
        sql.push(" and (").push(self.column.sql).push(", ").push(self.list.id);
        sql.push(if self.descending { ") < (" } else { ") > (" });
        match &cursor.at {
            At::Number(number) => sql.bind(*number),
            At::Text(text) => sql.bind(text.as_str()),
        };
        sql.push(", ").bind(cursor.id).push(")");
    }

    /// Adds the order and how many rows of it.
    pub fn first(self, sql: &mut Sql, rows: i64) {
        self.first_by(sql, self.column.sql, self.list.id, rows);
    }

    /// As [`Order::first`], where value and id have other names.
    pub fn first_by(self, sql: &mut Sql, value: &'static str, id: &'static str, rows: i64) {
        let direction = if self.descending { " desc" } else { "" };
        sql.push(" order by ").push(value).push(direction).push(", ").push(id).push(direction);
        sql.push(" limit ").bind(rows);
    }

    /// The page of these rows, which were asked for with one more than its limit.
    pub fn cut(self, rows: Vec<T>, page: &PageRequest) -> Page<T> {
        Page::cut(rows, page.limit, |row| self.place(row))
    }

    /// A row's place.
    pub fn place(self, row: &T) -> Cursor {
        Cursor { order: self.name(), at: (self.column.at)(row), id: (self.list.id_of)(row) }
    }
}
