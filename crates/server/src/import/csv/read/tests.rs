use super::*;
use keystead_directory::imports::{Delimiter, Encoding};
use proptest::prelude::*;

use crate::import::csv::preview::{self, Head};

/// Reads a file as it is proposed to be read.
fn read(bytes: &[u8]) -> Result<Vec<StagedRow>, Unreadable> {
    let mut detector = super::super::decode::EncodingDetector::default();
    detector.feed(bytes);
    let encoding = detector.finish()?;
    let head = Head::read(bytes, true, encoding);
    let delimiter = head.delimiter()?;
    let sample = head.sample(delimiter)?;
    let header = sample.has_header();
    let columns = preview::proposed(&sample, header);
    read_as(bytes, &CsvOptions { encoding, delimiter, header, columns }, 7)
}

fn read_as(bytes: &[u8], options: &CsvOptions, piece: usize) -> Result<Vec<StagedRow>, Unreadable> {
    let mut reader = Reader::new(options, 1000);
    let mut rows = Vec::new();
    for piece in bytes.chunks(piece) {
        rows.extend(reader.feed(piece)?);
    }
    rows.extend(reader.finish()?);
    Ok(rows)
}

/// A row in few words: line, address, name, whether active, groups, reason.
fn brief(row: &StagedRow) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".to_owned());
    let active = row.active.map_or("-", |active| if active { "on" } else { "off" });
    let reason = row.problem.as_ref().map_or("", |problem| problem.reason.as_str());
    let brief = format!(
        "{} {} {} {active} [{}] {reason}",
        row.number,
        text(&row.fields.email),
        text(&row.fields.display_name),
        row.groups.join("+")
    );
    brief.trim_end().to_owned()
}

fn brief_all(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap().iter().map(brief).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn files_as_they_come_are_read_as_they_are_meant() {
    #[rustfmt::skip]
    let table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("our template", b"\xEF\xBB\xBFemail,userName,displayName,active,groups\r\n\
            Example: jane@example.com,jane,Jane,yes,Readers\r\n\
            a@x.example,a,Ada,yes,Readers; Writers\r\nb@x.example,,Bob,no,\r\n,,,,\r\n\r\n".to_vec(),
            &["3 a@x.example Ada on [Readers+Writers]", "4 b@x.example Bob off []"]),
        ("Entra's bulk file: blocked is not active", b"version:v1.0\r\n\
            Name [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required,\
            Block sign in (Yes/No) [accountEnabled] Required\r\n\
            Example: Chris Green,chris@contoso.com,myPassword1234,No\r\n\
            Ada,a@x.example,secret,No\r\nBob,b@x.example,secret,Yes\r\n".to_vec(),
            &["4 a@x.example Ada on []", "5 b@x.example Bob off []"]),
        ("the same, through a German Excel", b"version:v1.0;;;\r\n\
            Name [displayName] Erforderlich;Benutzername [userPrincipalName] Erforderlich;Anmeldung blockieren (Ja/Nein) [accountEnabled] Erforderlich\r\n\
            J\xFCrgen;j@x.example;Ja\r\n".to_vec(),
            &["3 j@x.example Jürgen off []"]),
        ("Entra's export: enabled is active", b"userPrincipalName,displayName,mail,objectId,accountEnabled\n\
            a@x.example,Ada,ada@x.example,00000000-0000-0000-0000-000000000001,True\n\
            b@x.example,Bob,bob@x.example,,False\n".to_vec(),
            &["2 ada@x.example Ada on []", "3 bob@x.example Bob off []"]),
        ("JumpCloud", b"FirstName,LastName,Username,Email,suspended\nA,B,ab,a@x.example,true\n".to_vec(),
            &["2 a@x.example - off []"]),
        ("no header", b"a@x.example\nb@x.example\n".to_vec(),
            &["1 a@x.example - - []", "2 b@x.example - - []"]),
        ("Excel's Unicode text", utf16("E-mail\tDisplay name\ta\r\na@x.example\t田中 太郎\t\r\n"),
            &["2 a@x.example 田中 太郎 - []"]),
        ("a file for Excel", b"sep=;\nemail;name\n\n\na@x.example;Ada\n".to_vec(),
            &["5 a@x.example Ada - []"]),
        ("an old Mac", b"email|name\ra@x.example|Ada\r\rb@x.example|Bob".to_vec(),
            &["2 a@x.example Ada - []", "4 b@x.example Bob - []"]),
        ("lines in quotes", b"email,name,notes\na@x.example,Ada,\"one\r\ntwo\nthree\"\nb@x.example,Bob,\n".to_vec(),
            &["2 a@x.example Ada - []", "5 b@x.example Bob - []"]),
        ("what an export made harmless", "email,name\na@x.example,'=1+1\nb@x.example,\"'+Bob\"\nc@x.example,'tis\n".into(),
            &["2 a@x.example =1+1 - []", "3 b@x.example +Bob - []", "4 c@x.example 'tis - []"]),
        ("bad rows between good ones", b"email,name,active\na@x.example,Ada,maybe\nb@x.example,Bob,yes,and more\n\
            c@x.example,Cleo,,,\nd@x.example\n".to_vec(),
            &["2 a@x.example Ada - [] badBoolean", "3 b@x.example Bob on [] malformed", "4 c@x.example Cleo - []", "5 d@x.example - - []"]),
        ("a damaged character", b"email,name\na@x.example,Zo\xC3\xAB\nb@x.example,B\xC3\xB6b\nc@x.example,Ren\xE9\n".to_vec(),
            &["2 a@x.example Zoë - []", "3 b@x.example Böb - []", "4 c@x.example Ren\u{FFFD} - [] malformed"]),
        ("groups between bars and on lines", "email,groups\na@x.example,\"A | B\nC,D\"\n".into(),
            &["2 a@x.example - - [A+B+C,D]"]),
    ];
    for (name, bytes, expected) in table {
        assert_eq!(brief_all(&bytes), expected, "{name}");
    }
}

#[test]
fn what_is_no_csv_is_refused_whole() {
    let endless = b"email,name\na@x.example,Ada\n".iter().copied().chain(std::iter::repeat_n(b'x', 1 << 20)).collect();
    let table: [(Vec<u8>, &str, Option<u64>); 7] = [
        (b"PK\x03\x04\x14\0\x06\0".to_vec(), "notText", Some(1)),
        (b"email\na@x.example\n\0\0\0\n".to_vec(), "notText", Some(3)),
        (b"email,name\na@x.example,\"Ada\nb@x.example,Bob\n".to_vec(), "openQuote", Some(2)),
        (endless, "lineTooLong", Some(3)),
        ([b"email\n".to_vec(), vec![b','; 1_000_000]].concat(), "tooManyColumns", Some(2)),
        (b"email,name\n\n,\n".to_vec(), "noPeople", None),
        ([b"email\n".to_vec(), b"a@x.example\n".repeat(1001)].concat(), "tooManyRows", Some(1002)),
    ];
    for (bytes, code, line) in table {
        let error = read(&bytes).unwrap_err();
        assert_eq!((error.code, error.line), (code, line), "{error}");
    }
}

#[test]
fn a_column_of_passwords_is_not_read_even_when_asked_to() {
    let columns = vec![Some(Field::Email), Some(Field::DisplayName)];
    let options = CsvOptions { encoding: Encoding::Utf8, delimiter: Delimiter::Comma, header: true, columns };
    let rows = read_as(b"email,Password\na@x.example,hunter2\n", &options, 100).unwrap();
    assert!(!format!("{rows:?}").contains("hunter2"), "{rows:?}");
    assert_eq!(brief(&rows[0]), "2 a@x.example - - []");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_alike_in_any_pieces(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\"',;\n\r@=\xFE\xFF\0ab".to_vec())], 0..300),
        piece in 1usize..50,
        header: bool,
    ) {
        let _ = read(&bytes);
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252] {
            let columns = vec![Some(Field::Email), Some(Field::Groups), Some(Field::Active)];
            let options = CsvOptions { encoding, delimiter: Delimiter::Comma, header, columns };
            prop_assert_eq!(read_as(&bytes, &options, piece), read_as(&bytes, &options, 1000));
        }
    }

    #[test]
    fn what_we_write_we_read_back(people in prop::collection::vec(("[a-z]{1,5}", "[=+@'a-zé\"-]{1,6}"), 1..10)) {
        let mut file = String::from("email,displayName\r\n");
        for (local, name) in &people {
            let address = cells::written(&format!("{local}@x.example"));
            file.extend([address.as_str(), ",", &cells::written(name), "\r\n"]);
        }
        let rows = read(file.as_bytes()).unwrap();
        let names: Vec<Option<String>> = rows.into_iter().map(|row| row.fields.display_name).collect();
        prop_assert_eq!(names, people.iter().map(|(_, name)| Some(name.clone())).collect::<Vec<_>>());
    }
}
