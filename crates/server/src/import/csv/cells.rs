//! Single cells: made harmless for spreadsheets on the way out, restored on the way in; words for
//! yes and no.

/// Whether a spreadsheet could take a cell for a formula, now or after an apostrophe is removed.
fn risky(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// One cell of a CSV file that no spreadsheet takes for a formula, quoted where needed (RFC 4180
/// section 2): an apostrophe goes before what begins with `= + - @`, tab or carriage return.
pub fn written(cell: &str) -> String {
    let cell = if risky(cell) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r', '\'']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// The cell as it was before [`written`] made it harmless.
pub fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| risky(rest)).unwrap_or(cell)
}

/// A word for yes or no, in what the programs write that export people and in the languages that
/// spreadsheets translate it to; `None` for anything else.
pub fn yes_or_no(cell: &str) -> Option<bool> {
    const YES: [&str; 19] = [
        "yes",
        "true",
        "1",
        "y",
        "t",
        "on",
        "x",
        "active",
        "enabled",
        "ja",
        "oui",
        "sí",
        "si",
        "sim",
        "wahr",
        "vrai",
        "verdadero",
        "はい",
        "是",
    ];
    const NO: [&str; 20] = [
        "no",
        "false",
        "0",
        "n",
        "f",
        "off",
        "inactive",
        "disabled",
        "suspended",
        "deprovisioned",
        "nein",
        "nee",
        "non",
        "não",
        "falsch",
        "faux",
        "falso",
        "archived",
        "いいえ",
        "否",
    ];
    let word = cell.trim().to_lowercase();
    match word.as_str() {
        word if YES.contains(&word) => Some(true),
        word if NO.contains(&word) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(written("Jane"), "Jane");
        assert_eq!(written("a,\"b\""), "\"a,\"\"b\"\"\"");
        for formula in ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1"] {
            assert!(written(formula).starts_with("\"'"), "{formula}");
            assert_eq!(restored(&format!("'{formula}")), formula);
        }
        for plain in ["'tis", "O'Neill", "'", "", "a=b"] {
            assert_eq!(restored(plain), plain);
        }
    }

    #[test]
    fn programs_say_yes_and_no_in_many_words() {
        for yes in ["Yes", "TRUE", "1", " active ", "Ja", "Sí"] {
            assert_eq!(yes_or_no(yes), Some(true), "{yes}");
        }
        for no in ["no", "False", "0", "Suspended", "NEIN", "Não"] {
            assert_eq!(yes_or_no(no), Some(false), "{no}");
        }
        for neither in ["", "maybe", "2", "yes please"] {
            assert_eq!(yes_or_no(neither), None, "{neither}");
        }
    }

    proptest! {
        #[test]
        fn what_was_made_harmless_comes_back_as_it_was(cell in "['=+@\\-\t\ra\"]{0,6}") {
            let written = written(&cell);
            let mut read = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let record = read.records().next().map(|record| record.unwrap());
            let shown = record.as_ref().and_then(|record| record.get(0)).unwrap_or_default();
            prop_assert!(!shown.starts_with(['=', '+', '-', '@', '\t', '\r']), "{}", shown);
            prop_assert_eq!(restored(shown), cell);
        }
    }
}
