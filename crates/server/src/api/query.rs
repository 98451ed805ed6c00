//! The parts of queries that lists share.

use keystead_directory::{Error, Result, page::PageRequest};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

/// The page that is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// The order: a field's name, with `-` before it for descending.
    sort: Option<String>,
}

impl PageQuery {
    /// The checked request.
    pub fn request(self) -> Result<PageRequest> {
        PageRequest::new(self.limit, self.cursor, self.sort)
    }
}

/// Several values in one, separated by commas: `new,pending`.
pub fn several<T: DeserializeOwned>(field: &str, text: Option<&str>) -> Result<Vec<T>> {
    let mut values = Vec::new();
    for word in text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty()).take(50) {
        let value = serde_json::from_value(serde_json::Value::String(word.to_owned()));
        values.push(value.map_err(|error| {
            let allowed = error.to_string();
            let allowed = allowed.split_once("expected ").map_or("", |(_, allowed)| allowed).replace('`', "");
            Error::field(field, "notAllowed", format!("Use {allowed}, separated by commas."))
        })?);
    }
    Ok(values)
}
