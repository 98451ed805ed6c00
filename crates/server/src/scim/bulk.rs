//! Bulk requests (RFC 7644 section 3.7): one operation after the other, each whole or not at all.

use std::collections::HashMap;

use http::Method;
use keystead_scim::{
    Error,
    bulk::{BulkOperation, BulkRequest, BulkResponse, Outcome, Step},
};

use super::{Call, Content, Reply, kinds, log::Trace, refusal::Refusal, resource};

/// The most operations of one request: each waits for its own commit, all of them within a request's deadline.
pub const MAX_OPERATIONS: usize = 500;

/// `POST /Bulk`.
///
/// # Errors
/// 400 or 413 for what isn't a bulk request; what becomes of an operation stands in the answer.
pub async fn run(call: &Call<'_>) -> Result<Reply, Refusal> {
    let request = BulkRequest::parse(&call.body, MAX_OPERATIONS)?;
    let mut response = BulkResponse::new(&request);
    let mut made = HashMap::new();
    for step in request.order() {
        if response.must_stop() {
            break;
        }
        match step {
            Step::Refuse(at, error) => response.push(at, Outcome::failure(&error, None)),
            Step::Run(at) => {
                let outcome = match request.resolve(at, &made) {
                    Ok(operation) => operate(call, operation, &mut made).await,
                    Err(error) => Outcome::failure(&error, None),
                };
                response.push(at, outcome);
            }
        }
    }
    Ok(Reply::ok(response.into_value()))
}

async fn operate(call: &Call<'_>, operation: BulkOperation, made: &mut HashMap<String, String>) -> Outcome {
    let (path, query) = operation.path.split_once('?').unwrap_or((&operation.path, ""));
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let location = (segments.len() > 1).then(|| format!("{}{path}", kinds::base_url(call.app)));
    let (method, wanted) = match operation.method {
        keystead_scim::bulk::Method::Post => (Method::POST, 1),
        keystead_scim::bulk::Method::Put => (Method::PUT, 2),
        keystead_scim::bulk::Method::Patch => (Method::PATCH, 2),
        keystead_scim::bulk::Method::Delete => (Method::DELETE, 2),
    };
    if segments.len() != wanted || !matches!(segments.first(), Some(&("Users" | "Groups"))) {
        let error = Error::invalid_value("The path must be /Users or /Groups, with an id but for POST.");
        return Outcome::failure(&error, location);
    }
    let trace = Trace::default();
    let single = Call {
        app: call.app,
        actor: call.actor,
        trace: &trace,
        query,
        if_match: operation.version.as_deref(),
        if_none_match: None,
        body: operation.data,
    };
    match resource(&single, &method, &segments).await {
        Ok(reply) => {
            if let (Some(bulk_id), Content::Message(resource)) = (operation.bulk_id, &reply.body)
                && let Some(id) = resource["id"].as_str()
            {
                made.insert(bulk_id, id.to_owned());
            }
            let location = reply.location.or(location);
            Outcome { status: reply.status.as_u16(), location, version: reply.version, response: None }
        }
        Err(refusal) => Outcome::failure(&refusal.error, location),
    }
}
