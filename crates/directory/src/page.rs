//! Paging by cursor: a page begins after the last row of the one before, whatever was added since.

pub(crate) mod order;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

/// The most rows in one page.
pub const MOST: u32 = 200;

/// One page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `rows`, which were asked for with one more than `limit`, and names the next page by
    /// the last row's place.
    pub fn cut(mut rows: Vec<T>, limit: u32, place: impl Fn(&T) -> Cursor) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(|row| place(row).to_text()) } else { None };
        Self { items: rows, next_cursor }
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }

    /// A list that is always whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// A place in an ordered list: the order it belongs to, the sort value and the id of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Which order; a cursor of another order is refused.
    pub order: String,
    /// The row's sort value.
    pub at: At,
    /// The row's id, which settles ties.
    pub id: Uuid,
}

/// A sort value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum At {
    /// A number or a time.
    Number(i64),
    /// A text.
    Text(String),
}

/// What kind of values an order is by: a cursor is text that a client can have altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Numbers or times.
    Numbers,
    /// Texts.
    Texts,
}

impl Cursor {
    /// The opaque text that clients pass back.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads what [`Cursor::to_text`] made, for the same order of the same kind of values.
    ///
    /// # Errors
    /// `malformed` at `cursor`.
    pub fn from_text(text: &str, order: &str, of: Of) -> Result<Self> {
        let malformed = || {
            Error::field("cursor", "malformed", "Begin again without a cursor: it belongs to another list or order.")
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        let fits = match &cursor.at {
            At::Number(_) => of == Of::Numbers,
            // No stored text holds a zero, and PostgreSQL takes none.
            At::Text(text) => of == Of::Texts && !text.contains('\0'),
        };
        if cursor.order == order && fits { Ok(cursor) } else { Err(malformed()) }
    }
}

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// Rows, 1 to [`MOST`].
    pub limit: u32,
    /// Where to begin.
    pub cursor: Option<String>,
    /// `field` or `-field`.
    pub sort: Option<String>,
}

impl PageRequest {
    /// How many rows to ask for: one more than the page, to see whether there are more.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Checks the limit; 50 when not said.
    ///
    /// # Errors
    /// `notAllowed` at `limit`.
    pub fn new(limit: Option<u32>, cursor: Option<String>, sort: Option<String>) -> Result<Self> {
        let limit = limit.unwrap_or(50);
        if limit == 0 || limit > MOST {
            return Err(Error::field("limit", "notAllowed", format!("Ask for 1 to {MOST} rows at a time.")));
        }
        Ok(Self { limit, cursor: cursor.filter(|text| !text.is_empty()), sort: sort.filter(|text| !text.is_empty()) })
    }
}
