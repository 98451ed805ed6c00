//! How a file would be read, before it is: proposed, and shown with its first rows.

use keystead_directory::imports::{CsvOptions, Delimiter, Encoding, Field};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{
    Unreadable,
    columns::{self, Dialect},
    decode::Decoder,
    detect::{self, Sample},
};

/// How many bytes at the beginning of a file are looked at: more than its longest row may have.
pub const HEAD: usize = 256 * 1024;
/// How many rows are shown.
const ROWS: usize = 10;
/// How many cells of each column are shown.
const SAMPLES: usize = 5;
/// How much of a cell is shown, in characters.
const LONGEST: usize = 200;

/// A column as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its place, from 0.
    pub index: usize,
    /// Its name in the header, if there is one.
    pub name: Option<String>,
    /// What it is taken for; null: nothing that is wanted.
    pub field: Option<Field>,
    /// Why it can't be taken for anything: `password`.
    pub refused: Option<&'static str>,
    /// Up to five of its cells.
    pub samples: Vec<String>,
}

/// What the beginning of a file shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Whose file it looks like, if it looks like anyone's.
    pub dialect: Option<Dialect>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its first rows, up to ten, without the header.
    pub rows: Vec<Vec<String>>,
}

/// The beginning of a file, as text.
pub struct Head {
    text: String,
    whole: bool,
}

impl Head {
    /// Reads the first bytes of a file; `whole` says that there are no more.
    pub fn read(bytes: &[u8], whole: bool, encoding: Encoding) -> Self {
        let cut = bytes.len().min(HEAD);
        let whole = whole && cut == bytes.len();
        Self { text: Decoder::new(encoding).decode(&bytes[..cut], whole), whole }
    }

    /// The delimiter that makes most sense of it.
    ///
    /// # Errors
    /// When not even the first row can be read.
    pub fn delimiter(&self) -> Result<Delimiter, Unreadable> {
        detect::delimiter(&self.text, self.whole)
    }

    /// Its first rows.
    ///
    /// # Errors
    /// When not even the first row can be read.
    pub fn sample(&self, delimiter: Delimiter) -> Result<Sample, Unreadable> {
        Sample::cut(&self.text, delimiter, self.whole)
    }
}

/// The header and the rows below it.
fn parts(sample: &Sample, header: bool) -> (Option<&[String]>, &[Vec<String>]) {
    match sample.rows.split_first() {
        Some((first, rest)) if header => (Some(first), rest),
        _ => (None, &sample.rows),
    }
}

/// What the columns are proposed to mean.
pub fn proposed(sample: &Sample, header: bool) -> Vec<Option<Field>> {
    let (headers, rows) = parts(sample, header);
    columns::propose(headers, rows, sample.marked).fields
}

/// What a mapping of these columns is remembered by: a hash of their names; nothing without a header.
pub fn headers_hash(sample: &Sample, header: bool) -> Option<Vec<u8>> {
    let (headers, _) = parts(sample, header);
    let mut hash = Sha256::new();
    for name in headers? {
        hash.update(name.trim().to_lowercase());
        hash.update([0]);
    }
    Some(hash.finalize().to_vec())
}

/// Which columns may mean nothing: by place, for as many as the header has.
pub fn refused(sample: &Sample, header: bool) -> Vec<bool> {
    let (headers, _) = parts(sample, header);
    headers.unwrap_or_default().iter().map(|name| columns::is_secret(name)).collect()
}

/// What a file that is read in this way shows.
pub fn preview(sample: &Sample, options: &CsvOptions) -> Preview {
    let (headers, rows) = parts(sample, options.header);
    let refused = refused(sample, options.header);
    let is_refused = |at: usize| refused.get(at).copied().unwrap_or(false);
    let rows: Vec<Vec<String>> = rows
        .iter()
        .take(ROWS)
        .map(|row| {
            let shown = |(at, cell): (usize, &String)| {
                if is_refused(at) && !cell.is_empty() {
                    "•••".to_owned()
                } else {
                    cell.chars().take(LONGEST).collect()
                }
            };
            row.iter().enumerate().map(shown).collect()
        })
        .collect();
    let width = headers.map_or(0, <[String]>::len).max(rows.iter().map(Vec::len).max().unwrap_or(0));
    let columns = (0..width)
        .map(|index| Column {
            index,
            name: headers.and_then(|names| names.get(index)).map(|name| name.chars().take(LONGEST).collect()),
            field: options.columns.get(index).copied().flatten().filter(|_| !is_refused(index)),
            refused: is_refused(index).then_some("password"),
            samples: rows
                .iter()
                .filter_map(|row| row.get(index))
                .filter(|cell| !cell.trim().is_empty())
                .take(SAMPLES)
                .cloned()
                .collect(),
        })
        .collect();
    Preview { dialect: columns::propose(headers, &[], sample.marked).dialect, columns, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_are_shown_without_what_may_be_a_password() {
        let text = "email,Password,notes\na@x.example,hunter2,\nb@x.example,secret,hello\n";
        let head = Head::read(text.as_bytes(), true, Encoding::Utf8);
        let delimiter = head.delimiter().unwrap();
        let sample = head.sample(delimiter).unwrap();
        assert!(sample.has_header());
        // Even where somebody says that the password is a name.
        let columns = vec![Some(Field::Email), Some(Field::DisplayName), None];
        let options = CsvOptions { encoding: Encoding::Utf8, delimiter, header: true, columns };
        let preview = preview(&sample, &options);
        assert_eq!(preview.rows, [["a@x.example", "•••", ""], ["b@x.example", "•••", "hello"]]);
        assert_eq!(preview.columns[0].samples, ["a@x.example", "b@x.example"]);
        assert_eq!((preview.columns[1].field, preview.columns[1].refused), (None, Some("password")));
        assert_eq!((preview.columns[2].name.as_deref(), preview.columns[2].field), (Some("notes"), None));
        assert_eq!(proposed(&sample, true), [Some(Field::Email), None, None]);
    }

    #[test]
    fn a_mapping_is_remembered_by_the_names_of_the_columns() {
        let hash = |text: &str| {
            let sample = Head::read(text.as_bytes(), true, Encoding::Utf8).sample(Delimiter::Comma).unwrap();
            headers_hash(&sample, sample.has_header())
        };
        assert_eq!(hash("E-mail,Name\na@x.example,A"), hash("e-mail, name \nb@x.example,B"));
        assert_ne!(hash("E-mail,Name"), hash("Name,E-mail"));
        assert_ne!(hash("ab,c"), hash("a,bc"));
        assert_eq!(hash("a@x.example,A"), None);
    }

    #[test]
    fn a_beginning_without_end_is_refused_with_its_line() {
        let endless = vec![b'x'; HEAD * 2];
        for encoding in [Encoding::Utf8, Encoding::Utf16Le] {
            let error = Head::read(&endless, true, encoding).delimiter().unwrap_err();
            assert_eq!((error.code, error.line), ("lineTooLong", Some(1)));
        }
        let commas = vec![b','; HEAD];
        let error = Head::read(&commas, true, Encoding::Utf8).sample(Delimiter::Comma).unwrap_err();
        assert_eq!((error.code, error.line), ("tooManyColumns", Some(1)));
    }
}
