//! Pages with opaque tokens, as Graph gives them.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::directory::Properties;

/// The query of a request.
pub type Query = HashMap<String, String>;

/// The most rows of a page that may be asked for.
const MOST: usize = 999;

/// How many rows a page has.
///
/// # Errors
/// What is wrong with `$top`.
pub fn top(query: &Query, usual: usize) -> Result<usize, &'static str> {
    if query.contains_key("$skip") {
        return Err("$skip is not supported.");
    }
    match query.get("$top").map(|text| text.parse::<usize>()) {
        None => Ok(usual.max(1)),
        Some(Ok(number)) if (1..=MOST).contains(&number) => Ok(number),
        Some(_) => Err("Invalid page size specified."),
    }
}

/// Where the page begins: after this key.
pub fn place(query: &Query) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(query.get("$skiptoken")?).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("after:").map(str::to_owned)
}

/// The address of the next page: the same request, after this key.
pub fn next_link(base: &str, path: &str, query: &Query, after: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .iter()
        .filter(|(name, _)| *name != "$skiptoken")
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.sort_unstable();
    let token = URL_SAFE_NO_PAD.encode(format!("after:{after}"));
    pairs.push(("$skiptoken", &token));
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{base}{path}?{encoded}")
}

/// The properties that were asked for, `id` first; those that nobody set are null.
pub fn selected(id: &str, properties: &Properties, query: &Query, usual: &[&str]) -> Value {
    let mut row = json!({ "id": id });
    let asked: Vec<&str> = match query.get("$select") {
        Some(list) => list.split(',').map(str::trim).collect(),
        None => usual.to_vec(),
    };
    for name in asked.into_iter().filter(|name| *name != "id" && *name != "members") {
        row[name] = properties.get(name).cloned().unwrap_or_default();
    }
    row
}
