//! Text into records (RFC 4180, and what programs write instead): cells, quotes, line ends.
//!
//! The scanner is pushed piece by piece and keeps one record, so its memory does not depend on the
//! file. It knows the line each record begins on, as an editor counts, which the errors name.

use keystead_directory::imports::Delimiter;

use super::Unreadable;

/// The most text that one record may hold, in bytes of UTF-8.
pub const LONGEST_RECORD: usize = 64 * 1024;
/// The most cells that one record may have.
pub const MOST_CELLS: usize = 1000;

/// One record: its cells, and the line of the file that it begins on.
#[derive(Debug, Default)]
pub struct Record {
    text: String,
    ends: Vec<usize>,
    line: u64,
}

impl Record {
    /// The line that it begins on, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How many cells it has.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// Whether every cell is blank: the lines that spreadsheets leave at the end.
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    /// The cell at this place, from 0.
    pub fn cell(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        Some(&self.text[start..end])
    }

    /// The cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.width()).filter_map(|at| self.cell(at))
    }
}

/// Where the scanner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a cell.
    Begin,
    /// In a cell without quotes, or after those of one that had them.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: the end, or the first of two that mean one.
    QuoteSeen,
}

/// What a record is passed to, as soon as it is complete.
pub trait Sink: FnMut(&Record) -> Result<(), Unreadable> {}
impl<F: FnMut(&Record) -> Result<(), Unreadable>> Sink for F {}

/// Cuts text into records.
pub struct Scanner {
    delimiter: u8,
    record: Record,
    state: State,
    /// The line that the next character stands on.
    line: u64,
    /// The line of the quote that opened the present cell.
    quote_line: u64,
    /// Whether the last character was a carriage return, with which a line feed makes one line end.
    after_return: bool,
}

impl Scanner {
    /// A scanner at the beginning of a file.
    pub fn new(delimiter: Delimiter) -> Self {
        let delimiter = match delimiter {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
            Delimiter::Pipe => b'|',
        };
        Self {
            delimiter,
            record: Record { line: 1, ..Record::default() },
            state: State::Begin,
            line: 1,
            quote_line: 0,
            after_return: false,
        }
    }

    /// Takes the next piece of text and passes on every record that it completes.
    ///
    /// # Errors
    /// What the sink says; a zero byte; a record over [`LONGEST_RECORD`] or [`MOST_CELLS`].
    pub fn feed(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), Unreadable> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if std::mem::take(&mut self.after_return) && byte == b'\n' {
                at += 1;
                continue;
            }
            match (self.state, byte) {
                (_, 0) => {
                    let message = "There is a zero byte in the file: it is damaged or no text file.";
                    return Err(Unreadable::at(self.line, "notText", message));
                }
                (State::Begin, b'"') => {
                    self.state = State::Quoted;
                    self.quote_line = self.line;
                }
                (State::Quoted, b'"') => self.state = State::QuoteSeen,
                (State::QuoteSeen, b'"') => {
                    self.record.text.push('"');
                    self.state = State::Quoted;
                }
                (State::Quoted, b'\r' | b'\n') => {
                    self.record.text.push('\n');
                    self.line += 1;
                    self.after_return = byte == b'\r';
                }
                (_, b'\r' | b'\n') => {
                    self.line += 1;
                    self.after_return = byte == b'\r';
                    self.end_record(sink)?;
                }
                (State::Begin | State::Plain | State::QuoteSeen, byte) if byte == self.delimiter => self.end_cell()?,
                (state, _) => {
                    let quoted = state == State::Quoted;
                    let special = |byte: &u8| match byte {
                        0 | b'\r' | b'\n' => true,
                        b'"' => quoted,
                        byte => !quoted && *byte == self.delimiter,
                    };
                    // The byte here is none of them, or a quote in a cell that had none at its beginning.
                    let length = 1 + bytes[at + 1..].iter().position(special).unwrap_or(bytes.len() - at - 1);
                    // It may be the first of a character's several bytes: none of the special ones can be within.
                    self.record.text.push_str(&text[at..at + length]);
                    at += length;
                    if !quoted {
                        self.state = State::Plain;
                    }
                    self.check_length()?;
                    continue;
                }
            }
            at += 1;
        }
        self.check_length()
    }

    /// Ends the file; its last line needs no line end.
    ///
    /// # Errors
    /// A quote that was never closed.
    pub fn finish(mut self, sink: &mut impl Sink) -> Result<(), Unreadable> {
        if self.state == State::Quoted {
            return Err(self.open_quote());
        }
        self.end_record(sink)
    }

    fn end_cell(&mut self) -> Result<(), Unreadable> {
        if self.record.ends.len() >= MOST_CELLS {
            let message = format!("This line has more than {MOST_CELLS} columns. Is another character the delimiter?");
            return Err(Unreadable::at(self.record.line, "tooManyColumns", message));
        }
        self.record.ends.push(self.record.text.len());
        self.state = State::Begin;
        Ok(())
    }

    fn end_record(&mut self, sink: &mut impl Sink) -> Result<(), Unreadable> {
        // A line with nothing on it is no record.
        if self.state != State::Begin || !self.record.ends.is_empty() {
            self.end_cell()?;
            sink(&self.record)?;
            self.record.text.clear();
            self.record.ends.clear();
        }
        self.record.line = self.line;
        Ok(())
    }

    fn check_length(&self) -> Result<(), Unreadable> {
        if self.record.text.len() <= LONGEST_RECORD {
            return Ok(());
        }
        if self.state == State::Quoted {
            return Err(self.open_quote());
        }
        let message = format!(
            "This line is longer than {} KiB. Is this a CSV file, and does each person have a line?",
            LONGEST_RECORD / 1024
        );
        Err(Unreadable::at(self.record.line, "lineTooLong", message))
    }

    fn open_quote(&self) -> Unreadable {
        let message = "A quotation mark is opened here and never closed. Close it, or remove it.";
        Unreadable::at(self.quote_line, "openQuote", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Rows = Vec<(u64, Vec<String>)>;
    type Case<'a> = (&'a str, &'a [(u64, &'a [&'a str])]);

    fn scan(text: &str, delimiter: Delimiter, piece: usize) -> Result<Rows, Unreadable> {
        let mut rows = Vec::new();
        let mut sink = |record: &Record| {
            rows.push((record.line(), record.cells().map(str::to_owned).collect()));
            Ok(())
        };
        let mut scanner = Scanner::new(delimiter);
        let mut left = text;
        while !left.is_empty() {
            let mut cut = piece.min(left.len());
            while !left.is_char_boundary(cut) {
                cut += 1;
            }
            scanner.feed(&left[..cut], &mut sink)?;
            left = &left[cut..];
        }
        scanner.finish(&mut sink)?;
        Ok(rows)
    }

    fn rows(expected: &[(u64, &[&str])]) -> Rows {
        expected.iter().map(|(line, cells)| (*line, cells.iter().map(|&cell| cell.to_owned()).collect())).collect()
    }

    #[test]
    fn literal_files_are_cut_where_an_editor_would_cut_them() {
        #[rustfmt::skip]
        let table: &[Case<'_>] = &[
            ("", &[]),
            ("\n\r\n\r", &[]),
            ("a,b", &[(1, &["a", "b"])]),
            ("a,b\n", &[(1, &["a", "b"])]),
            ("a,b\r\nc,d\r\n", &[(1, &["a", "b"]), (2, &["c", "d"])]),
            ("a,b\rc,d\r", &[(1, &["a", "b"]), (2, &["c", "d"])]),
            ("a\n\n\nb\r\n\r\nc", &[(1, &["a"]), (4, &["b"]), (6, &["c"])]),
            ("a,,\n,,\n", &[(1, &["a", "", ""]), (2, &["", "", ""])]),
            ("\"a,b\",c", &[(1, &["a,b", "c"])]),
            ("\"a\"\"b\"", &[(1, &["a\"b"])]),
            ("\"\"\"\"", &[(1, &["\""])]),
            ("\"\"\n\"\"", &[(1, &[""]), (2, &[""])]),
            ("\"one\r\ntwo\rthree\nfour\",x\nnext", &[(1, &["one\ntwo\nthree\nfour", "x"]), (5, &["next"])]),
            ("5\" pipe,a\"b\"", &[(1, &["5\" pipe", "a\"b\""])]),
            ("\"a\"b,c", &[(1, &["ab", "c"])]),
            ("\"a\" ,c", &[(1, &["a ", "c"])]),
            ("a,\"b\"", &[(1, &["a", "b"])]),
            ("名前,메일\n\"田中,太郎\",t@例.jp", &[(1, &["名前", "메일"]), (2, &["田中,太郎", "t@例.jp"])]),
        ];
        for (text, expected) in table {
            for piece in [1, 2, 5, 1000] {
                assert_eq!(
                    scan(text, Delimiter::Comma, piece).unwrap(),
                    rows(expected),
                    "{text:?} in pieces of {piece}"
                );
            }
        }
        assert_eq!(scan("a;b,c\td|e", Delimiter::Semicolon, 3).unwrap(), rows(&[(1, &["a", "b,c\td|e"])]));
        assert_eq!(scan("a;b,c\td|e", Delimiter::Tab, 3).unwrap(), rows(&[(1, &["a;b,c", "d|e"])]));
        assert_eq!(scan("a;b,c\td|e", Delimiter::Pipe, 3).unwrap(), rows(&[(1, &["a;b,c\td", "e"])]));
    }

    #[test]
    fn what_is_no_csv_is_refused_with_its_line() {
        let long = "x".repeat(LONGEST_RECORD + 1);
        let wide = ",".repeat(MOST_CELLS);
        let table: [(String, &str, u64); 7] = [
            ("a\nb,\"c\nd\ne".to_owned(), "openQuote", 2),
            (format!("a\nb\n\"{long}"), "openQuote", 3),
            (format!("a\r\n{long}"), "lineTooLong", 2),
            (format!("a\r\n\"{long}\",b"), "openQuote", 2),
            (format!("a\r\rb\r{wide}"), "tooManyColumns", 4),
            ("a\nb\0\n".to_owned(), "notText", 2),
            ("a\n\"b\n\0".to_owned(), "notText", 3),
        ];
        for (text, code, line) in table {
            for piece in [7, 1 << 20] {
                let error = scan(&text, Delimiter::Comma, piece).unwrap_err();
                assert_eq!((error.code, error.line), (code, Some(line)), "{text:.40}");
            }
        }
        assert_eq!(scan(&",".repeat(MOST_CELLS - 1), Delimiter::Comma, 9).unwrap()[0].1.len(), MOST_CELLS);
    }

    proptest! {
        #[test]
        fn what_the_field_s_own_writer_writes_is_read_back(
            table in prop::collection::vec(prop::collection::vec("[a-zé, ;\"\n\r'=\t]{0,8}", 1..5), 1..8),
            (delimiter, byte) in prop::sample::select(vec![
                (Delimiter::Comma, b','),
                (Delimiter::Semicolon, b';'),
                (Delimiter::Tab, b'\t'),
                (Delimiter::Pipe, b'|'),
            ]),
            piece in 1usize..40,
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(byte).flexible(true).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read = scan(&text, delimiter, piece).unwrap();
            let expected: Vec<Vec<String>> = table
                .iter()
                .map(|row| row.iter().map(|cell| cell.replace("\r\n", "\n").replace('\r', "\n")).collect())
                .collect();
            prop_assert_eq!(read.iter().map(|(_, cells)| cells.clone()).collect::<Vec<_>>(), expected);
            // Each begins on the line after the line ends before it.
            let mut line = 1;
            for (at, cells) in &read {
                prop_assert_eq!(*at, line);
                line += 1 + cells.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
            }
        }

        #[test]
        fn any_text_is_read_alike_in_any_pieces(text in "[ab,\"\n\r;é\0]{0,60}", piece in 1usize..20) {
            prop_assert_eq!(scan(&text, Delimiter::Comma, piece), scan(&text, Delimiter::Comma, 1000));
        }
    }
}
