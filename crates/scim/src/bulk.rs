//! Bulk requests: many operations in one, that may refer to what others of them make (RFC 7644 section 3.7).
//!
//! A server reads a [`BulkRequest`], goes through [`BulkRequest::order`], [resolves](BulkRequest::resolve) each
//! operation with the ids made so far, runs it as if it had come alone, and [records](BulkResponse::push) what came
//! of it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::json::member;

/// The URN of the request.
pub const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The URN of the answer.
pub const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Makes a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Deletes one.
    Delete,
}

impl Method {
    /// The HTTP method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    /// What it does.
    pub method: Method,
    /// Where: `/Users`, `/Users/{id}`.
    pub path: String,
    /// By what other operations call the resource that it makes.
    pub bulk_id: Option<String>,
    /// The version that the client knows, as in `If-Match`.
    pub version: Option<String>,
    /// The body; null for a deletion.
    pub data: Value,
}

/// A request of many operations.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkRequest {
    /// After how many failures no more is done; none: all is tried.
    pub fail_on_errors: Option<u64>,
    /// The operations as the client ordered them.
    pub operations: Vec<BulkOperation>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Run the operation at this place.
    Run(usize),
    /// It can't be run: it refers to what no operation makes, or round in a circle.
    Refuse(usize, Error),
}

impl BulkRequest {
    /// Reads a request of at most so many operations.
    ///
    /// Fails with 413 for more, and with `invalidSyntax` for what isn't the message: no list of operations, an unknown
    /// method, a missing path or body, a POST without `bulkId`, a `bulkId` twice.
    pub fn parse(body: &Value, max_operations: usize) -> Result<Self, Error> {
        let body = body.as_object().ok_or_else(|| Error::invalid_syntax("A bulk request must be an object."))?;
        let list = member(body, "Operations")
            .and_then(Value::as_array)
            .ok_or_else(|| Error::invalid_syntax("A bulk request needs a list of Operations."))?;
        if list.len() > max_operations {
            return Err(Error::too_large(format!("A bulk request has at most {max_operations} operations.")));
        }
        let fail_on_errors = match member(body, "failOnErrors") {
            None => None,
            Some(value) => match value.as_u64() {
                Some(count) if count > 0 => Some(count),
                _ => return Err(Error::invalid_value("failOnErrors must be a whole number above 0.")),
            },
        };
        let mut operations = Vec::with_capacity(list.len());
        let mut makers = HashMap::new();
        for (at, operation) in list.iter().enumerate() {
            let wrong = |detail: &str| Error::invalid_syntax(format!("Operation {}: {detail}", at + 1));
            let operation = operation.as_object().ok_or_else(|| wrong("It must be an object."))?;
            let operation = BulkOperation::read(operation).map_err(wrong)?;
            if let Some(bulk_id) = &operation.bulk_id
                && makers.insert(bulk_id.clone(), at).is_some()
            {
                return Err(wrong("Another operation has the same bulkId."));
            }
            operations.push(operation);
        }
        Ok(Self { fail_on_errors, operations })
    }

    /// The operations in an order in which each comes after those that it refers to, else as the client ordered
    /// them. Each is in it once.
    pub fn order(&self) -> Vec<Step> {
        let makers: HashMap<&str, usize> = self
            .operations
            .iter()
            .enumerate()
            .filter(|(_, operation)| operation.method == Method::Post)
            .filter_map(|(at, operation)| Some((operation.bulk_id.as_deref()?, at)))
            .collect();
        let mut steps = Vec::with_capacity(self.operations.len());
        let mut waits_for = vec![0_usize; self.operations.len()];
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); self.operations.len()];
        let mut ready = BinaryHeap::new();
        let mut refused = vec![false; self.operations.len()];
        for (at, operation) in self.operations.iter().enumerate() {
            for bulk_id in operation.references() {
                if let Some(maker) = makers.get(bulk_id.as_str()) {
                    followers[*maker].push(at);
                    waits_for[at] += 1;
                } else if !refused[at] {
                    refused[at] = true;
                    let detail = format!("No operation of this request makes bulkId:{bulk_id}.");
                    steps.push(Step::Refuse(at, Error::invalid_value(detail)));
                }
            }
            if waits_for[at] == 0 {
                ready.push(Reverse(at));
            }
        }
        let mut done = vec![false; self.operations.len()];
        while let Some(Reverse(at)) = ready.pop() {
            done[at] = true;
            if !refused[at] {
                steps.push(Step::Run(at));
            }
            for follower in &followers[at] {
                waits_for[*follower] -= 1;
                if waits_for[*follower] == 0 {
                    ready.push(Reverse(*follower));
                }
            }
        }
        for at in (0..done.len()).filter(|at| !done[*at] && !refused[*at]) {
            let detail = "It refers, through others, to itself. Make the resources first and link them afterwards.";
            steps.push(Step::Refuse(at, Error::status(409, detail)));
        }
        steps
    }

    /// The operation at this place with the ids of resources in place of references.
    ///
    /// Fails with 409 when what it refers to was not made.
    ///
    /// # Panics
    ///
    /// If there is no operation at this place.
    pub fn resolve(&self, at: usize, made: &HashMap<String, String>) -> Result<BulkOperation, Error> {
        let mut operation = self.operations[at].clone();
        let mut missing = None;
        operation.each_reference(|bulk_id| {
            let id = made.get(bulk_id).cloned();
            if id.is_none() && missing.is_none() {
                missing = Some(bulk_id.to_owned());
            }
            id
        });
        match missing {
            None => Ok(operation),
            Some(bulk_id) => Err(Error::status(409, format!("The resource bulkId:{bulk_id} was not made."))),
        }
    }
}

impl BulkOperation {
    fn read(operation: &Map<String, Value>) -> Result<Self, &'static str> {
        let text = |name, wrong| match member(operation, name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong),
        };
        let method = match text("method", "The method must be a text.")? {
            Some(method) => [Method::Post, Method::Put, Method::Patch, Method::Delete]
                .into_iter()
                .find(|known| known.as_str().eq_ignore_ascii_case(&method)),
            None => None,
        };
        let method = method.ok_or("The method must be POST, PUT, PATCH or DELETE.")?;
        let path = text("path", "The path must be a text.")?.filter(|path| path.starts_with('/'));
        let path = path.ok_or("The path must begin with /.")?;
        let bulk_id = text("bulkId", "The bulkId must be a text.")?.filter(|id| !id.is_empty());
        if method == Method::Post && bulk_id.is_none() {
            return Err("A POST needs a bulkId.");
        }
        if bulk_id.as_ref().is_some_and(|id| id.contains(ends_reference)) {
            return Err("A bulkId has no blanks, quotes, slashes or brackets.");
        }
        let data = match member(operation, "data") {
            _ if method == Method::Delete => Value::Null,
            Some(data) => data.clone(),
            None => return Err("It needs data."),
        };
        Ok(Self { method, path, bulk_id, version: text("version", "The version must be a text.")?, data })
    }

    /// The `bulkId`s that it refers to: in its path, and in its data where ids and paths stand (`value`, `$ref`,
    /// `path`).
    pub fn references(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.clone().each_reference(|bulk_id| {
            found.push(bulk_id.to_owned());
            None
        });
        found
    }

    /// Asks for the id of each reference and writes it there.
    fn each_reference(&mut self, mut id: impl FnMut(&str) -> Option<String>) {
        substitute(&mut self.path, &mut id);
        substitute_in(&mut self.data, false, &mut id);
    }
}

fn substitute_in(value: &mut Value, here: bool, id: &mut impl FnMut(&str) -> Option<String>) {
    match value {
        Value::String(text) if here => substitute(text, id),
        Value::Array(items) => items.iter_mut().for_each(|item| substitute_in(item, here, id)),
        Value::Object(object) => {
            for (name, value) in object {
                let here = ["value", "$ref", "path"].iter().any(|known| name.eq_ignore_ascii_case(known));
                substitute_in(value, here, id);
            }
        }
        _ => {}
    }
}

/// Replaces each `bulkId:x` in a text for which there is an id.
fn substitute(text: &mut String, id: &mut impl FnMut(&str) -> Option<String>) {
    const MARK: &str = "bulkId:";
    let mut written = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(MARK) {
        let named = &rest[start + MARK.len()..];
        let bulk_id = &named[..named.find(ends_reference).unwrap_or(named.len())];
        let end = start + MARK.len() + bulk_id.len();
        written.push_str(&rest[..start]);
        match id(bulk_id) {
            Some(id) => written.push_str(&id),
            None => written.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    if !written.is_empty() || rest.len() < text.len() {
        written.push_str(rest);
        *text = written;
    }
}

fn ends_reference(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '/' | '[' | ']' | '(' | ')' | '\\')
}

/// What came of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The HTTP status it would have had alone.
    pub status: u16,
    /// The address of the resource; missing only when a POST failed.
    pub location: Option<String>,
    /// The resource's version now.
    pub version: Option<String>,
    /// The body; for a failure, the error.
    pub response: Option<Value>,
}

impl Outcome {
    /// A failure.
    pub fn failure(error: &Error, location: Option<String>) -> Self {
        Self { status: error.status, location, version: None, response: Some(error.to_value()) }
    }
}

/// What came of all.
#[derive(Debug)]
pub struct BulkResponse<'r> {
    request: &'r BulkRequest,
    failures: u64,
    operations: Vec<Value>,
}

impl<'r> BulkResponse<'r> {
    /// For this request, with nothing done yet.
    pub fn new(request: &'r BulkRequest) -> Self {
        Self { request, failures: 0, operations: Vec::new() }
    }

    /// Records what came of the operation at this place.
    ///
    /// # Panics
    ///
    /// If there is no operation at this place.
    pub fn push(&mut self, at: usize, outcome: Outcome) {
        let operation = &self.request.operations[at];
        let mut entry = json!({ "method": operation.method.as_str(), "status": outcome.status.to_string() });
        let rest = [
            ("bulkId", operation.bulk_id.clone().map(Value::from)),
            ("location", outcome.location.map(Value::from)),
            ("version", outcome.version.map(Value::from)),
            ("response", outcome.response),
        ];
        for (name, value) in rest {
            if let Some(value) = value {
                entry[name] = value;
            }
        }
        self.failures += u64::from(outcome.status >= 400);
        self.operations.push(entry);
    }

    /// Whether as much has failed as the client wanted to see fail, so that no more is to be done.
    pub fn must_stop(&self) -> bool {
        self.request.fail_on_errors.is_some_and(|most| self.failures >= most)
    }

    /// The message as it is sent, with status 200.
    pub fn into_value(self) -> Value {
        json!({ "schemas": [BULK_RESPONSE_URN], "Operations": self.operations })
    }
}
