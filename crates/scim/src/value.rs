//! How values of an attribute are compared.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::schema::Attribute;

/// The form in which texts are compared where case doesn't matter: without case and without Unicode's
/// different ways of writing one character (RFC 7643 section 4.1.1). Keep this form beside the text to have a
/// database compare as this crate does.
///
/// ```
/// assert_eq!(keystead_scim::fold("Straße"), keystead_scim::fold("STRASSE"));
/// ```
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // By way of upper case, so that spellings that only meet there (ß and SS, final sigma) meet here.
    text.nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect()
}

/// A text in the form in which this attribute's values are compared.
pub(crate) fn comparable<'t>(attribute: &Attribute, text: &'t str) -> Cow<'t, str> {
    if attribute.case_exact { Cow::Borrowed(text) } else { Cow::Owned(fold(text)) }
}

/// Reads a `dateTime`. Without an offset, which XML Schema permits, it is taken as UTC.
pub(crate) fn date_time(text: &str) -> Option<Timestamp> {
    // jiff also reads a zone in brackets and a blank between date and time; the standard has neither.
    if text.len() > 64 || !text.contains('T') || text.contains('[') {
        return None;
    }
    text.parse().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// A boolean, also as Entra ID writes it: `"True"`, `"False"`.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Whether there is anything in a value: null, an empty list and an object without anything in it are nothing
/// (RFC 7643 section 2.5).
pub(crate) fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(is_present),
        Value::Object(object) => object.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_the_same_for_all_spellings_and_for_what_is_folded_already() {
        for (one, other) in [("Ada", "aDA"), ("Å", "A\u{30a}"), ("ΣΑΣ", "σας"), ("ﬁ", "FI"), ("Ｋ", "k")] {
            assert_eq!(fold(one), fold(other));
            assert_eq!(fold(&fold(one)), fold(one));
        }
        assert_ne!(fold("Ada"), fold("Adá"));
    }

    #[test]
    fn a_date_time_without_offset_is_utc() {
        let moment = date_time("2024-05-01T10:00:00+02:00").unwrap();
        assert_eq!(date_time("2024-05-01T08:00:00.000Z"), Some(moment));
        assert_eq!(date_time("2024-05-01T08:00:00"), Some(moment));
        for wrong in ["2024-05-01", "08:00:00", "", "2024-13-01T00:00:00Z", "2024-05-01 08:00:00Z", "yesterday"] {
            assert_eq!(date_time(wrong), None, "{wrong}");
        }
    }
}
