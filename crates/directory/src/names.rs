//! Names and addresses: how they are cleaned, compared and found.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::error::FieldError;

/// The longest search word that is kept, in characters.
const LONGEST_TERM: usize = 100;
/// The most search words kept for one person.
const MOST_TERMS: usize = 64;

/// The form in which user names, group names and addresses are compared: without case and
/// Unicode normal form (RFC 7643 section 4.1.1).
pub fn key(text: &str) -> String {
    // Most addresses are plain, and an import compares them by the million.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // By way of upper case, so that spellings that only meet there (ß and SS, final sigma) meet here.
    text.nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect()
}

/// The form in which people search and sort: also without accents.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // A sigma is written differently at the end of a word, which the beginning of one can't know.
    text.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase().replace('ς', "σ")
}

/// Begins a term with marks in it (an address, O'Neill), which only words with marks find: a search
/// for a first name need not read past everybody's address.
const MARKED: char = '=';

/// What is kept of the words a person can be found by: the words in their names and addresses, and
/// whole addresses, their domains and names with marks in them. Names in scripts without spaces are
/// also found from any character on. What `display_name_key` begins with is left out, because
/// searches look there too.
pub fn terms(display_name_key: &str, texts: &[&str]) -> Vec<String> {
    let mut terms = Vec::new();
    for text in texts {
        let whole = folded(text.trim());
        for word in whole.split(|c: char| !c.is_alphanumeric()) {
            terms.push(word.to_owned());
            if word.chars().any(is_written_without_spaces) {
                terms.extend(word.char_indices().skip(1).take(16).map(|(at, _)| word[at..].to_owned()));
            }
        }
        // Each part as it is written too: O'Neill, Anne-Marie, J.R., an address and its domain.
        for part in whole.split_whitespace() {
            let domain = part.rsplit_once('@').map(|(_, domain)| domain);
            let written = [Some(part), domain].into_iter().flatten();
            terms.extend(written.map(|part| part.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()));
        }
    }
    for term in &mut terms {
        *term = term.chars().take(LONGEST_TERM).collect();
    }
    terms.retain(|term| !term.is_empty() && !display_name_key.starts_with(term.as_str()));
    terms.sort_unstable();
    terms.dedup();
    terms.truncate(MOST_TERMS);
    terms.into_iter().map(|term| kept(&term)).collect()
}

/// A word as it stands among the terms.
fn kept(word: &str) -> String {
    if word.chars().all(char::is_alphanumeric) { word.to_owned() } else { format!("{MARKED}{word}") }
}

/// The range of terms that a search word finds, the end excluded.
pub fn term_range(word: &str) -> (String, String) {
    let begin = kept(word);
    let end = after_prefix(&begin);
    (begin, end)
}

/// The words of a search: with each must begin the person's display name or one of their terms.
pub fn search_words(q: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in folded(q).split_whitespace() {
        // An address is looked for as one, anything else by its words.
        if part.contains('@') || part.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '\'' | '+'))
        {
            let word: String = part.trim_matches(|c: char| !c.is_alphanumeric()).chars().take(LONGEST_TERM).collect();
            words.push(word);
        } else {
            words.extend(part.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        }
    }
    words.retain(|word| !word.is_empty());
    words.truncate(8);
    words
}

/// The words of a search that may not have been asked for (no words then, so nothing is left out);
/// `None` when something was asked for that no text contains.
pub fn asked_words(q: Option<&str>) -> Option<Vec<String>> {
    let Some(q) = q.filter(|q| !q.trim().is_empty()) else { return Some(Vec::new()) };
    Some(search_words(q)).filter(|words| !words.is_empty())
}

/// A pattern for `like … escape '\'` that finds a word anywhere.
pub fn anywhere(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The end of the range of strings that begin with `prefix`, in the byte order that both
/// databases compare by; `None` when there is no end.
pub fn after_prefix(prefix: &str) -> String {
    // U+10FFFF sorts after every assigned character in UTF-8 byte order.
    format!("{prefix}\u{10FFFF}")
}

fn is_written_without_spaces(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// A name of any script: trimmed, without control characters, at most `longest` characters.
///
/// # Errors
/// `required`, `malformed` or `tooLong` at the field.
pub fn name(field: &str, text: &str, longest: usize) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::new(field, "required", "Fill this in."));
    }
    if text.chars().any(is_unprintable) {
        return Err(FieldError::new(field, "malformed", "Remove line breaks and control characters."));
    }
    if text.chars().count() > longest {
        return Err(FieldError::new(field, "tooLong", format!("Shorten this to at most {longest} characters.")));
    }
    Ok(text.to_owned())
}

/// Control characters, and the marks that turn the reading direction of what follows.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// Like [`name`] for a field that may be left empty.
///
/// # Errors
/// `malformed` or `tooLong` at the field.
pub fn optional_name(field: &str, text: Option<&str>, longest: usize) -> Result<Option<String>, FieldError> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => name(field, text, longest).map(Some),
    }
}

/// Text of several lines, for people: at most `longest` characters, no control characters but
/// line breaks and tabs.
///
/// # Errors
/// `malformed` or `tooLong` at the field.
pub fn optional_text(field: &str, text: Option<&str>, longest: usize) -> Result<Option<String>, FieldError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().any(|c| is_unprintable(c) && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(FieldError::new(field, "malformed", "Remove control characters."));
    }
    if text.chars().count() > longest {
        return Err(FieldError::new(field, "tooLong", format!("Shorten this to at most {longest} characters.")));
    }
    Ok(Some(text.to_owned()))
}

/// One e-mail address (RFC 5321 lengths, RFC 6531 characters): never a list, never with a name.
///
/// # Errors
/// `required`, `malformed` or `tooLong` at the field.
pub fn email(field: &str, text: &str) -> Result<String, FieldError> {
    let address = name(field, text, 254)?;
    let malformed = || FieldError::new(field, "malformed", "Write one address, like jane@example.com.");
    let (local, domain) = address.rsplit_once('@').ok_or_else(malformed)?;
    let local_is_good = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| {
            c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace()) || "!#$%&'*+-/=?^_`{|}~.".contains(c)
        });
    let label_is_good = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || (!c.is_ascii() && !c.is_whitespace()))
    };
    let domain_is_good = (domain.contains('.') || domain == "localhost") && domain.split('.').all(label_is_good);
    if local_is_good && domain_is_good { Ok(address) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_compare_without_case_and_normal_form() {
        assert_eq!(key("JANE"), key("jane"));
        assert_eq!(key("Zoe\u{0308}"), key("ZO\u{00CB}"));
        assert_ne!(key("jane"), key("jané"));
    }

    #[test]
    fn people_are_found_by_the_beginnings_of_their_words() {
        let terms = terms("", &["jane.doe@contoso.com", "Jürgen van der Berg", "田中太郎", "O'Neill"]);
        for word in
            ["jane.d", "doe", "contoso", "contoso.com", "jurgen", "berg", "太郎", "jane.doe@con", "o'nei", "neill"]
        {
            let words = search_words(word);
            assert_eq!(words.len(), 1, "{word}");
            assert!(is_among(&terms, &words[0]), "{word} in {terms:?}");
        }
    }

    #[test]
    fn what_the_display_name_begins_with_is_not_kept_twice() {
        let texts = ["jane.doe@contoso.com", "Jane Doe", "Jane"];
        let terms = terms(&folded("Jane Doe"), &texts);
        assert!(!is_among(&terms, "jane") && is_among(&terms, "doe") && is_among(&terms, "jane.doe"), "{terms:?}");
        // A word that the name only has in it, or begins differently, is.
        assert!(is_among(&super::terms("jan", &["Jane"]), "jane"));
    }

    fn is_among(terms: &[String], word: &str) -> bool {
        let (begin, end) = term_range(word);
        terms.iter().any(|term| *term >= begin && *term < end)
    }

    #[test]
    fn only_single_plain_addresses_pass() {
        for good in ["jane@example.com", "o'neil+x@sub.example.co.uk", "用户@例子.公司", "jane@localhost"] {
            assert!(email("email", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "jane",
            "jane@",
            "@x.com",
            "a@x,b@y.com",
            "a@x.com,b@y.com",
            "a b@x.com",
            "a@x.com\r\nBcc: b@y.com",
            "<a@x.com>",
            "a@@x.com",
            "a@x",
            "a..b@x.com",
            "a@-x.com",
        ] {
            assert!(email("email", bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_parsers(text in ".{0,400}") {
            let _ = email("email", &text);
            let _ = name("name", &text, 256);
            let _ = terms(&folded(&text), &[&text]);
            let _ = search_words(&text);
        }

        #[test]
        fn whoever_has_the_name_is_found_by_its_beginning(name in "[a-zA-Zäöüéñ]{1,20}", cut in 1usize..20) {
            let beginning: String = name.chars().take(cut).collect();
            for display_name in ["", "Jane", &name] {
                let key = folded(display_name);
                let found = terms(&key, &[&name]);
                for word in search_words(&beginning) {
                    prop_assert!(key.starts_with(&word) || is_among(&found, &word));
                }
            }
        }
    }
}
