//! CSV files, as other products and people write them: bytes in, checked rows out.
//!
//! [`decode`] makes text of the bytes, [`scan`] records of the text, [`read`] rows of the records;
//! each takes the file piece by piece and keeps no more than one record of it. [`detect`] and
//! [`columns`] propose how a file is to be read, [`preview`] shows what would come of it, and
//! [`cells`] has the rules of single cells. Nothing here knows a database or HTTP.

pub mod cells;
pub mod columns;
pub mod decode;
pub mod detect;
pub mod preview;
pub mod read;
pub mod scan;

use std::fmt;

/// Why a file can't be read as CSV at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// A stable code: `notText`, `openQuote`, `lineTooLong`, `tooManyColumns`, `tooManyRows`, `noPeople`.
    pub code: &'static str,
    /// The line of the file, as an editor counts, where it has one.
    pub line: Option<u64>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Unreadable {
    fn at(line: u64, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "Line {line}: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl std::error::Error for Unreadable {}
