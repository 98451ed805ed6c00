//! How a file is laid out: its delimiter, whether it has a header, and the lines before it.

use keystead_directory::imports::Delimiter;

use super::{
    Unreadable, columns,
    scan::{Record, Scanner},
};

/// The characters that cells are told apart by, the more usual before the less.
pub const DELIMITERS: [Delimiter; 4] = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Pipe];
/// How many rows are looked at.
const SAMPLE: usize = 20;

/// The beginning of a file, cut into rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Whether Entra's `version:` line stood first.
    pub marked: bool,
    /// The first rows that are not blank, the header among them.
    pub rows: Vec<Vec<String>>,
}

impl Sample {
    /// Cuts the beginning of a file; `whole` says that it is all of it.
    ///
    /// # Errors
    /// When not even the first row can be read.
    pub fn cut(head: &str, delimiter: Delimiter, whole: bool) -> Result<Self, Unreadable> {
        let mut sample = Self::default();
        let mut first = true;
        let mut take = |record: &Record| {
            if std::mem::take(&mut first) && is_preface(record) {
                sample.marked = record.cell(0).is_some_and(|cell| cell.trim().to_lowercase().starts_with("version:"));
            } else if !record.is_blank() && sample.rows.len() < SAMPLE {
                sample.rows.push(record.cells().map(str::to_owned).collect());
            }
            Ok(())
        };
        let mut scanner = Scanner::new(delimiter);
        let scanned =
            scanner.feed(head, &mut take).and_then(|()| if whole { scanner.finish(&mut take) } else { Ok(()) });
        match scanned {
            // What is wrong further down is found, with its line, when the file is read.
            Err(error) if sample.rows.is_empty() => Err(error),
            _ => Ok(sample),
        }
    }

    /// Whether the first row says what the columns are, rather than who somebody is.
    pub fn has_header(&self) -> bool {
        let Some(first) = self.rows.first() else { return false };
        columns::known(first.iter().map(String::as_str)) > 0 || !first.iter().any(|cell| cell.contains('@'))
    }

    /// How well the delimiter fits: known names in the header, rows of equal width, and the width.
    fn fit(&self) -> (usize, usize, usize) {
        let Some(first) = self.rows.first() else { return (0, 0, 0) };
        let even = self.rows.iter().filter(|row| row.len() == first.len()).count();
        let known = columns::known(first.iter().map(String::as_str));
        if first.len() < 2 { (known, 0, 1) } else { (known, even * 1000 / self.rows.len(), first.len()) }
    }
}

/// Whether a first line says something about the file itself: `version:v1.0` of Entra's bulk
/// files, `sep=;` for Excel.
pub fn is_preface(record: &Record) -> bool {
    let first = record.cell(0).unwrap_or_default().trim().to_lowercase();
    (first.starts_with("version:") || first.starts_with("sep="))
        && record.cells().skip(1).all(|cell| cell.trim().is_empty())
}

/// Whether a row below the header shows how to fill it in, as Entra's files and our template have it.
pub fn is_example(record: &Record) -> bool {
    let first = record.cell(0).unwrap_or_default().trim_start();
    first.get(..8).is_some_and(|word| word.eq_ignore_ascii_case("example:"))
}

/// The delimiter of a file with this beginning.
///
/// # Errors
/// When its first row can be read with none of them.
pub fn delimiter(head: &str, whole: bool) -> Result<Delimiter, Unreadable> {
    let mut best = None;
    let mut refused = None;
    for delimiter in DELIMITERS {
        match Sample::cut(head, delimiter, whole) {
            Ok(sample) => {
                let fit = sample.fit();
                if best.is_none_or(|(known, _)| fit > known) {
                    best = Some((fit, delimiter));
                }
            }
            Err(error) => {
                refused.get_or_insert(error);
            }
        }
    }
    match (best, refused) {
        (Some((_, delimiter)), _) => Ok(delimiter),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(Delimiter::Comma),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_makes_sense_of_the_file() {
        for (text, expected) in [
            ("email,displayName\na@x.example,A; B | C\n", Delimiter::Comma),
            ("email;displayName\na@x.example;A, B, C\n", Delimiter::Semicolon),
            ("email\tdisplayName\n", Delimiter::Tab),
            ("email|displayName\n", Delimiter::Pipe),
            ("\"Doe, Jane\";jane@x.example\n\"Roe, Max\";max@x.example\n", Delimiter::Semicolon),
            (
                "version:v1.0\nName [displayName] Required;User name [userPrincipalName] Required\n",
                Delimiter::Semicolon,
            ),
            (
                "version:v1.0;;\nName [displayName] Required;User name [userPrincipalName] Required;Block sign in (Yes/No)\n",
                Delimiter::Semicolon,
            ),
            ("sep=|\nemail|a,b,c\n", Delimiter::Pipe),
            ("名前；,メール\nA,B\n", Delimiter::Comma),
            ("email\na@x.example\n", Delimiter::Comma),
            ("", Delimiter::Comma),
        ] {
            assert_eq!(delimiter(text, true).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_first_row_is_a_header_unless_it_holds_an_address() {
        for (text, expected) in [
            ("email,name\na@x.example,A\n", true),
            ("a@x.example,A\nb@x.example,B\n", false),
            ("version:v1.0\nUser name [userPrincipalName] Required,Other\n", true),
            ("氏名,メール\n", true),
            ("\n\n,,\nMail,Name (like jane@example.com)\n", true),
            ("", false),
        ] {
            assert_eq!(Sample::cut(text, Delimiter::Comma, true).unwrap().has_header(), expected, "{text}");
        }
    }

    #[test]
    fn a_beginning_that_is_cut_off_is_enough() {
        let sample = Sample::cut("email,name\na@x.example,A\nb@x.ex", Delimiter::Comma, false).unwrap();
        assert_eq!(sample.rows.len(), 2);
        let sample = Sample::cut("email,name\na@x.example,\"A\nb\n", Delimiter::Comma, true).unwrap();
        assert_eq!(sample.rows.len(), 1, "the open quote is found when the file is read");
    }
}
