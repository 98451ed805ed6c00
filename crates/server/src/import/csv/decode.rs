//! Bytes into text: which encoding a file is written in, and its decoding piece by piece.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use keystead_directory::imports::Encoding;

use super::Unreadable;

/// How many bytes at the beginning decide whether this is UTF-16 without a byte order mark.
const HEAD: usize = 4096;

/// Every encoding that a file can be read in, with its name.
pub const ENCODINGS: [(Encoding, &str); 4] = [
    (Encoding::Utf8, "utf-8"),
    (Encoding::Utf16Le, "utf-16le"),
    (Encoding::Utf16Be, "utf-16be"),
    (Encoding::Windows1252, "windows-1252"),
];

/// Turns the pieces of a file into text, without its byte order mark. What the encoding does not
/// have becomes U+FFFD, which the row checks find.
pub struct Decoder(encoding_rs::Decoder);

impl Decoder {
    /// A decoder for the beginning of a file.
    pub fn new(encoding: Encoding) -> Self {
        let standard = match encoding {
            Encoding::Utf8 => UTF_8,
            Encoding::Utf16Le => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
            Encoding::Windows1252 => WINDOWS_1252,
        };
        Self(standard.new_decoder_with_bom_removal())
    }

    /// The text of the next piece; characters that a piece cuts in two come with the piece after.
    /// `last` says that nothing follows.
    pub fn decode(&mut self, bytes: &[u8], last: bool) -> String {
        // The most that these bytes can become; more than memory holds can't have come in one piece.
        let most = self.0.max_utf8_buffer_length(bytes.len()).unwrap_or_default();
        let mut text = String::with_capacity(most);
        let _ = self.0.decode_to_string(bytes, &mut text, last);
        text
    }
}

/// Finds out, piece by piece, how a file is written. It keeps a few KiB, however large the file.
#[derive(Default)]
pub struct EncodingDetector {
    head: Vec<u8>,
    /// The beginning of a character that the last piece cut in two.
    rest: Vec<u8>,
    /// Characters of more than one byte that are UTF-8.
    beyond_ascii: u64,
    /// Places that are not UTF-8.
    malformed: u64,
}

impl EncodingDetector {
    /// Takes the next piece of the file.
    pub fn feed(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.rest.extend_from_slice(bytes);
        let joined = std::mem::take(&mut self.rest);
        let mut left = joined.as_slice();
        while let Err(error) = std::str::from_utf8(left) {
            let (valid, after) = left.split_at(error.valid_up_to());
            self.beyond_ascii += leading_bytes(valid);
            let Some(length) = error.error_len() else {
                self.rest = after.to_vec();
                return;
            };
            self.malformed += 1;
            left = &after[length..];
        }
        self.beyond_ascii += leading_bytes(left);
    }

    /// What the whole file is written in.
    ///
    /// # Errors
    /// When it is not text at all but a workbook or an archive, whatever its name says.
    pub fn finish(self) -> Result<Encoding, Unreadable> {
        let head = self.head.as_slice();
        if let Some(what) = not_text(head) {
            return Err(Unreadable::at(
                1,
                "notText",
                format!(
                    "This is {what}, not a CSV file. Open it in the program it was made with, save it as “CSV UTF-8”, \
                     and choose that file."
                ),
            ));
        }
        let malformed = self.malformed + u64::from(!self.rest.is_empty());
        // A single damaged character does not make a file Windows-1252.
        let is_utf_8 = malformed == 0 || self.beyond_ascii > malformed;
        let narrow = if is_utf_8 { Encoding::Utf8 } else { Encoding::Windows1252 };
        Ok(match head {
            [0xEF, 0xBB, 0xBF, ..] => Encoding::Utf8,
            [0xFF, 0xFE, ..] => Encoding::Utf16Le,
            [0xFE, 0xFF, ..] => Encoding::Utf16Be,
            _ => wide(head, malformed > 0).unwrap_or(narrow),
        })
    }
}

/// How many characters of more than one byte begin here.
fn leading_bytes(utf8: &[u8]) -> u64 {
    utf8.iter().map(|byte| u64::from(*byte >= 0xC0)).sum()
}

/// UTF-16 without a byte order mark: Latin letters, digits, delimiters and line ends make zeros on
/// one side only. Of a file that could be UTF-8 too, many are asked for: it may just be damaged.
fn wide(head: &[u8], malformed: bool) -> Option<Encoding> {
    let zeros = |side: usize| head.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let share = if malformed { 40 } else { 5 };
    let many = |this: usize, other: usize| this * share >= head.len() && this > other * 8;
    if many(odd, even) { Some(Encoding::Utf16Le) } else { many(even, odd).then_some(Encoding::Utf16Be) }
}

/// What a file is that people rename to .csv by mistake.
fn not_text(head: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "an Excel workbook (.xlsx) or a ZIP archive"),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook (.xls)"),
        (b"%PDF-", "a PDF document"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"7z\xBC\xAF", "a 7-Zip archive"),
        (b"Rar!", "a RAR archive"),
        (b"SQLite format 3", "a database"),
    ];
    KNOWN.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn detected(bytes: &[u8], piece: usize) -> Result<Encoding, Unreadable> {
        let mut detector = EncodingDetector::default();
        bytes.chunks(piece).for_each(|piece| detector.feed(piece));
        detector.finish()
    }

    fn wide(text: &str, low_first: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn each_encoding_is_recognised() {
        let text = "email,displayName\r\nzoe@example.com,Zoë Ångström\r\n";
        let western: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let marked = |bytes: &[u8], mark: &[u8]| [mark, bytes].concat();
        for piece in [1, 3, 7, 10_000] {
            for (bytes, encoding) in [
                (text.as_bytes().to_vec(), Encoding::Utf8),
                (marked(text.as_bytes(), b"\xEF\xBB\xBF"), Encoding::Utf8),
                (wide(text, true), Encoding::Utf16Le),
                (marked(&wide(text, true), b"\xFF\xFE"), Encoding::Utf16Le),
                (wide(text, false), Encoding::Utf16Be),
                (marked(&wide(text, false), b"\xFE\xFF"), Encoding::Utf16Be),
                (western.clone(), Encoding::Windows1252),
            ] {
                assert_eq!(detected(&bytes, piece), Ok(encoding), "in pieces of {piece}");
                let mut decoder = Decoder::new(encoding);
                let mut decoded: String = bytes.chunks(piece).map(|piece| decoder.decode(piece, false)).collect();
                decoded += &decoder.decode(b"", true);
                assert_eq!(decoded, text, "{encoding:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn utf_16_of_a_script_without_latin_letters_is_recognised_by_its_commas() {
        let text = "電子メール,表示名\n";
        assert_eq!(detected(&wide(text, true), 5), Ok(Encoding::Utf16Le));
        assert_eq!(detected(&wide(text, false), 5), Ok(Encoding::Utf16Be));
    }

    #[test]
    fn zero_bytes_here_and_there_are_not_utf_16() {
        for text in ["email\0\n", "a,b\n\0\n", "email\nada@x.example\0\n"] {
            assert_eq!(detected(text.as_bytes(), 3), Ok(Encoding::Utf8), "{text:?}");
        }
        let russian = "email,имя\nivan@example.com,Иван Иванов\n";
        assert_eq!(detected(&wide(russian, true), 5), Ok(Encoding::Utf16Le));
        assert_eq!(detected(&wide(russian, false), 5), Ok(Encoding::Utf16Be));
    }

    #[test]
    fn one_damaged_character_does_not_change_how_all_others_are_read() {
        let mut bytes = "name\nZoë\nÅsa\nJosé\n".as_bytes().to_vec();
        bytes.extend_from_slice(b"Ren\xE9e\n");
        assert_eq!(detected(&bytes, 4), Ok(Encoding::Utf8));
    }

    #[test]
    fn workbooks_and_archives_are_no_text_whatever_they_are_called() {
        for bytes in [&b"PK\x03\x04\x14\0"[..], b"\xD0\xCF\x11\xE0\xA1\xB1", b"%PDF-1.7", b"\x1F\x8B\x08"] {
            let error = detected(bytes, 2).unwrap_err();
            assert_eq!((error.code, error.line), ("notText", Some(1)));
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(bytes: Vec<u8>, piece in 1usize..64) {
            prop_assert_eq!(detected(&bytes, piece), detected(&bytes, 1 << 20));
        }

        #[test]
        fn any_bytes_decode_to_the_same_text_in_any_pieces(bytes: Vec<u8>, piece in 1usize..64, which in 0usize..4) {
            let (encoding, _) = ENCODINGS[which];
            let mut decoder = Decoder::new(encoding);
            let mut decoded: String = bytes.chunks(piece).map(|piece| decoder.decode(piece, false)).collect();
            decoded += &decoder.decode(b"", true);
            prop_assert_eq!(decoded, Decoder::new(encoding).decode(&bytes, true));
        }
    }
}
