//! The answer to a list (RFC 7644 section 3.4.2, RFC 9865 section 2).

use serde_json::{Value, json};

/// The URN of a list.
pub const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// An answer with resources.
#[derive(Debug, Clone, PartialEq)]
pub struct ListResponse {
    /// How many match in all; with a cursor the server need not know.
    pub total_results: Option<u64>,
    /// Where this page begins, counted from 1; none with a cursor.
    pub start_index: Option<u64>,
    /// The cursor of the next page, if there is one.
    pub next_cursor: Option<String>,
    /// The cursor of the page before, if the server can go back.
    pub previous_cursor: Option<String>,
    /// The resources of this page, projected.
    pub resources: Vec<Value>,
}

impl ListResponse {
    /// An answer by index.
    pub fn page(total_results: u64, start_index: u64, resources: Vec<Value>) -> Self {
        Self {
            total_results: Some(total_results),
            start_index: Some(start_index),
            next_cursor: None,
            previous_cursor: None,
            resources,
        }
    }

    /// The message as it is sent.
    pub fn into_value(self) -> Value {
        let mut message =
            json!({ "schemas": [LIST_URN], "itemsPerPage": self.resources.len(), "Resources": self.resources });
        let rest = [
            ("totalResults", self.total_results.map(Value::from)),
            ("startIndex", self.start_index.map(Value::from)),
            ("nextCursor", self.next_cursor.map(Value::from)),
            ("previousCursor", self.previous_cursor.map(Value::from)),
        ];
        for (name, value) in rest {
            if let Some(value) = value {
                message[name] = value;
            }
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_a_whole_answer() {
        assert_eq!(
            ListResponse::page(0, 1, Vec::new()).into_value(),
            json!({"schemas": [LIST_URN], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []})
        );
    }

    #[test]
    fn a_page_by_cursor_says_where_the_next_begins() {
        let next_cursor = Some("n".to_owned());
        let response = ListResponse {
            total_results: None,
            start_index: None,
            next_cursor,
            previous_cursor: None,
            resources: vec![json!({})],
        };
        assert_eq!(
            response.into_value(),
            json!({"schemas": [LIST_URN], "itemsPerPage": 1, "Resources": [{}], "nextCursor": "n"})
        );
    }
}
