//! Records into rows of an import, by the meaning of their columns. A row that can't be taken says
//! so itself, and the others go on.
//!
//! Whether an address or a name can be kept is checked where rows are kept; duplicates, groups and
//! matches are the plan's.

use keystead_directory::imports::{CsvOptions, Field, Reason, RowProblem, StagedRow};

use super::{
    Unreadable, cells, columns,
    decode::Decoder,
    detect::{is_example, is_preface},
    scan::{Record, Scanner},
};

/// The most groups that one row may name.
const MOST_GROUPS: usize = 100;

/// Reads a file piece by piece.
pub struct Reader {
    decoder: Decoder,
    scanner: Scanner,
    rows: Rows,
}

impl Reader {
    /// A reader for the beginning of a file that may have `most` people.
    pub fn new(options: &CsvOptions, most: u64) -> Self {
        let columns: Vec<(usize, Field)> =
            options.columns.iter().enumerate().filter_map(|(at, field)| Some((at, (*field)?))).collect();
        Self {
            decoder: Decoder::new(options.encoding),
            scanner: Scanner::new(options.delimiter),
            rows: Rows { columns, header: options.header, place: Place::Beginning, width: 0, count: 0, most },
        }
    }

    /// Takes the next piece of the file and gives back the rows that it completes.
    ///
    /// # Errors
    /// When the file is no CSV; see [`Unreadable::code`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<StagedRow>, Unreadable> {
        let text = self.decoder.decode(bytes, false);
        let mut found = Vec::new();
        self.scanner.feed(&text, &mut |record: &Record| self.rows.take(record, &mut found))?;
        Ok(found)
    }

    /// Ends the file and gives back its last rows.
    ///
    /// # Errors
    /// As [`Reader::feed`]; a file without people.
    pub fn finish(mut self) -> Result<Vec<StagedRow>, Unreadable> {
        let text = self.decoder.decode(b"", true);
        let mut found = Vec::new();
        let mut sink = |record: &Record| self.rows.take(record, &mut found);
        self.scanner.feed(&text, &mut sink)?;
        self.scanner.finish(&mut sink)?;
        if self.rows.count == 0 {
            let message = "There are no people in this file: below the header it needs a line for each person.";
            return Err(Unreadable { code: "noPeople", line: None, message: message.to_owned() });
        }
        Ok(found)
    }
}

/// What may stand where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A line about the file itself, the header, or a person.
    Beginning,
    /// The header.
    Header,
    /// The row right below the header: maybe an example.
    Example,
    /// People.
    People,
}

struct Rows {
    columns: Vec<(usize, Field)>,
    header: bool,
    place: Place,
    width: usize,
    count: u64,
    most: u64,
}

impl Rows {
    fn take(&mut self, record: &Record, found: &mut Vec<StagedRow>) -> Result<(), Unreadable> {
        if self.place == Place::Beginning {
            self.place = if self.header { Place::Header } else { Place::People };
            if is_preface(record) {
                return Ok(());
            }
        }
        if record.is_blank() {
            return Ok(());
        }
        match self.place {
            Place::Header => {
                self.place = Place::Example;
                self.width = record.width();
                // Whatever was asked for: a column of passwords is never kept.
                self.columns.retain(|(at, _)| !record.cell(*at).is_some_and(columns::is_secret));
                return Ok(());
            }
            Place::Example => {
                self.place = Place::People;
                if is_example(record) {
                    return Ok(());
                }
            }
            Place::Beginning | Place::People => {}
        }
        self.count += 1;
        if self.count > self.most {
            let message = format!(
                "From here on the file has more than {} people. Split it, or raise KEYSTEAD_IMPORT_MAX_ROWS.",
                self.most
            );
            return Err(Unreadable::at(record.line(), "tooManyRows", message));
        }
        found.push(self.row(record));
        Ok(())
    }

    fn row(&self, record: &Record) -> StagedRow {
        let number = i64::try_from(record.line()).unwrap_or(i64::MAX);
        let mut row = StagedRow { number, problem: self.too_wide(record), ..StagedRow::default() };
        for &(at, field) in &self.columns {
            let cell = cells::restored(record.cell(at).unwrap_or_default().trim());
            // A blank cell says nothing: what is here stays.
            if cell.is_empty() {
                continue;
            }
            if let Some(problem) = set(&mut row, field, cell) {
                row.problem.get_or_insert(problem);
            }
        }
        row
    }

    fn too_wide(&self, record: &Record) -> Option<RowProblem> {
        let beyond = (self.width..record.width()).any(|at| record.cell(at).is_some_and(|cell| !cell.trim().is_empty()));
        (self.width > 0 && beyond).then(|| RowProblem {
            reason: Reason::Malformed,
            field: None,
            message: format!(
                "The row has {} cells, the header {}. Put a cell that contains the delimiter in quotation marks.",
                record.width(),
                self.width
            ),
        })
    }
}

/// Writes one cell into its row.
fn set(row: &mut StagedRow, field: Field, cell: &str) -> Option<RowProblem> {
    let wrong = |reason, message: &str| {
        Some(RowProblem { reason, field: Some(columns::name(field).to_owned()), message: message.to_owned() })
    };
    let fields = &mut row.fields;
    let place = match field {
        Field::Email => &mut fields.email,
        Field::UserName => &mut fields.user_name,
        Field::DisplayName => &mut fields.display_name,
        Field::GivenName => &mut fields.given_name,
        Field::FamilyName => &mut fields.family_name,
        Field::Phone => &mut fields.phone,
        Field::Title => &mut fields.title,
        Field::Department => &mut fields.department,
        Field::PreferredLanguage => &mut fields.preferred_language,
        Field::ExternalId => &mut fields.external_id,
        Field::Active | Field::Blocked => {
            let Some(yes) = cells::yes_or_no(cell) else {
                return wrong(Reason::BadBoolean, "Write yes or no, or leave the cell empty.");
            };
            row.active = Some(yes == (field == Field::Active));
            return None;
        }
        Field::Groups => {
            let names = cell.split([';', '|', '\n']).map(str::trim).filter(|name| !name.is_empty());
            row.groups = names.map(str::to_owned).collect();
            if row.groups.len() > MOST_GROUPS {
                row.groups.clear();
                return wrong(Reason::TooLong, "Name at most 100 groups.");
            }
            return None;
        }
    };
    // Okta writes en_US where the standard has en-US.
    let language = field == Field::PreferredLanguage;
    *place = Some(if language { cell.replace('_', "-") } else { cell.to_owned() });
    if cell.contains('\u{FFFD}') {
        let message = "A character can't be read. Save the file as “CSV UTF-8”, or choose the encoding it has.";
        return wrong(Reason::Malformed, message);
    }
    None
}

#[cfg(test)]
mod tests;
