//! Reading people and groups, as version 1.0 of Graph lets one.

use std::ops::Bound;

use axum::{
    extract::{OriginalUri, Path, Query as Asked, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    Shared, Sim,
    directory::{Directory, Properties},
    pages::{self, Query},
};

const USER: [&str; 10] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
const GROUP: [&str; 5] = ["displayName", "description", "groupTypes", "securityEnabled", "mailEnabled"];
const PEOPLE: [&str; 3] = ["User.Read.All", "User.ReadBasic.All", "Directory.Read.All"];
const GROUPS: [&str; 3] = ["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];
const ORGANIZATION: [&str; 2] = ["Organization.Read.All", "Directory.Read.All"];

/// A refusal in Graph's form.
pub fn refusal(status: u16, code: &str, message: &str) -> Response {
    let body = json!({ "error": { "code": code, "message": message, "innerError": {
        "date": "2026-11-22T10:00:00", "request-id": "5f4c1f0e-0000-4000-8000-000000000001",
        "client-request-id": "5f4c1f0e-0000-4000-8000-000000000001" } } });
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), axum::Json(body)).into_response()
}

/// The permissions of the token that a request carries.
pub(crate) fn permissions(shared: &Shared, headers: &HeaderMap) -> Result<Vec<String>, Box<Response>> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .unwrap_or_default();
    shared.lock().tokens.get(token).map(|issued| issued.permissions.clone()).ok_or_else(|| {
        let code = "InvalidAuthenticationToken";
        Box::new(refusal(401, code, "Access token is empty, has expired or is not yet valid."))
    })
}

pub(crate) fn permitted(shared: &Shared, headers: &HeaderMap, any: &[&str]) -> Result<Vec<String>, Box<Response>> {
    let held = permissions(shared, headers)?;
    if held.iter().any(|name| any.contains(&name.as_str())) {
        return Ok(held);
    }
    Err(Box::new(refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")))
}

pub(crate) fn people(shared: &Shared, headers: &HeaderMap) -> Result<Vec<String>, Box<Response>> {
    permitted(shared, headers, &PEOPLE)
}

pub(crate) fn groups_permitted(shared: &Shared, headers: &HeaderMap) -> Result<Vec<String>, Box<Response>> {
    permitted(shared, headers, &GROUPS)
}

fn eventual(headers: &HeaderMap) -> bool {
    headers.get("consistencylevel").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"eventual"))
}

/// A person as this token may see them.
pub(crate) fn person(id: &str, properties: &Properties, query: &Query, held: &[String]) -> Value {
    let mut row = pages::selected(id, properties, query, &USER);
    let has = |name: &str| held.iter().any(|held| held == name);
    if has("User.Read.All") || has("Directory.Read.All") {
        return row;
    }
    let basic = ["displayName", "givenName", "surname", "mail", "userPrincipalName"];
    for (name, value) in row.as_object_mut().into_iter().flatten() {
        if name != "id" && !(has("User.ReadBasic.All") && basic.contains(&name.as_str())) {
            *value = Value::Null;
        }
    }
    row
}

/// One page of a list: rows are `(key, row)` in the order of their keys.
fn page<'d, T: 'd>(
    shared: &Shared,
    path: &str,
    query: &Query,
    (usual, most): (usize, usize),
    rows: impl Iterator<Item = (&'d str, T)>,
    row: impl Fn(&str, T) -> Value,
    count: Option<usize>,
) -> Response {
    let top = match pages::top(query, usual) {
        Ok(top) => top.min(most.max(1)),
        Err(what) => return refusal(400, "Request_UnsupportedQuery", what),
    };
    let after = pages::place(query);
    let mut rows = rows.skip_while(|(key, _)| after.as_deref().is_some_and(|after| *key <= after));
    let (mut value, mut last) = (Vec::new(), None);
    for (key, item) in rows.by_ref().take(top) {
        value.push(row(key, item));
        last = Some(key);
    }
    let mut body = json!({ "@odata.context": format!("{}/v1.0/$metadata", shared.base), "value": value });
    if let Some(count) = count.filter(|_| after.is_none()) {
        body["@odata.count"] = json!(count);
    }
    if rows.next().is_some()
        && let Some(last) = last
    {
        body["@odata.nextLink"] = json!(pages::next_link(&shared.base, path, query, last));
    }
    axum::Json(body).into_response()
}

fn counted(headers: &HeaderMap, query: &Query, number: usize) -> Option<usize> {
    (eventual(headers) && query.get("$count").is_some_and(|value| value == "true")).then_some(number)
}

/// `GET /organization`
pub async fn organization(State(shared): Sim, headers: HeaderMap) -> Response {
    if let Err(refusal) = permitted(&shared, &headers, &ORGANIZATION) {
        return *refusal;
    }
    let inner = shared.lock();
    let directory = &inner.directory;
    let domains: Vec<Value> = directory.domains.iter().map(|name| json!({ "name": name, "type": "Managed" })).collect();
    axum::Json(json!({ "value": [{ "id": directory.tenant_id, "displayName": directory.tenant_name,
        "verifiedDomains": domains }] }))
    .into_response()
}

/// `GET /users`
pub async fn users(
    State(shared): Sim,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Response {
    let held = match people(&shared, &headers) {
        Ok(held) => held,
        Err(refusal) => return *refusal,
    };
    let inner = shared.lock();
    let directory = &inner.directory;
    let after = pages::place(&query);
    let begin = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let rows = directory.users.range::<str, _>((begin, Bound::Unbounded));
    let rows = rows.map(|(id, properties)| (id.as_str(), properties));
    let count = counted(&headers, &query, directory.users.len());
    page(
        &shared,
        uri.path(),
        &query,
        (directory.page, directory.most),
        rows,
        |id, user| person(id, user, &query, &held),
        count,
    )
}

/// `GET /users/$count`
pub async fn count_users(State(shared): Sim, headers: HeaderMap) -> Response {
    match people(&shared, &headers) {
        Err(refusal) => *refusal,
        Ok(_) => number(&headers, shared.lock().directory.users.len()),
    }
}

fn number(headers: &HeaderMap, number: usize) -> Response {
    if !eventual(headers) {
        return refusal(400, "Request_BadRequest", "$count is not currently supported.");
    }
    ([(header::CONTENT_TYPE, "text/plain")], number.to_string()).into_response()
}

/// Whether each word of a phrase begins a word of name or description.
fn found(properties: &Properties, phrase: &str) -> bool {
    let texts = ["displayName", "description"].map(|name| properties.get(name).and_then(Value::as_str).unwrap_or(""));
    let words: Vec<String> =
        texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).map(str::to_lowercase).collect();
    phrase.to_lowercase().split_whitespace().all(|asked| words.iter().any(|word| word.starts_with(asked)))
}

/// `GET /groups`
pub async fn groups(
    State(shared): Sim,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = groups_permitted(&shared, &headers) {
        return *refusal;
    }
    if query.contains_key("$search") && !eventual(&headers) {
        let what = "Request with $search query parameter only works through MSGraph with a special request header: \
                    'ConsistencyLevel: eventual'";
        return refusal(400, "Request_UnsupportedQuery", what);
    }
    let phrase = match query.get("$search").map(|text| text.strip_prefix("\"displayName:")?.strip_suffix('"')) {
        None => "",
        Some(Some(phrase)) if !phrase.contains('"') => phrase,
        Some(_) => return refusal(400, "Request_BadRequest", "Invalid search request."),
    };
    let inner = shared.lock();
    let directory = &inner.directory;
    let rows: Vec<_> = directory.groups.iter().filter(|(_, group)| found(&group.properties, phrase)).collect();
    let count = counted(&headers, &query, rows.len());
    let rows = rows.into_iter().map(|(id, group)| (id.as_str(), &group.properties));
    page(
        &shared,
        uri.path(),
        &query,
        (directory.page, directory.most),
        rows,
        |id, group| pages::selected(id, group, &query, &GROUP),
        count,
    )
}

/// `GET /groups/$count`
pub async fn count_groups(State(shared): Sim, headers: HeaderMap) -> Response {
    match groups_permitted(&shared, &headers) {
        Err(refusal) => *refusal,
        Ok(_) => number(&headers, shared.lock().directory.groups.len()),
    }
}

fn no_such(id: &str) -> Response {
    refusal(404, "Request_ResourceNotFound", &format!("Resource '{id}' does not exist."))
}

/// `GET /groups/{id}`
pub async fn group(
    State(shared): Sim,
    Path(id): Path<String>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = groups_permitted(&shared, &headers) {
        return *refusal;
    }
    match shared.lock().directory.groups.get(&id) {
        Some(group) => axum::Json(pages::selected(&id, &group.properties, &query, &GROUP)).into_response(),
        None => no_such(&id),
    }
}

/// `GET /groups/{id}/transitiveMembers/microsoft.graph.user`
pub async fn transitive_members(
    State(shared): Sim,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
) -> Response {
    let held = match groups_permitted(&shared, &headers) {
        Ok(held) => held,
        Err(refusal) => return *refusal,
    };
    let inner = shared.lock();
    let directory: &Directory = &inner.directory;
    if !directory.groups.contains_key(&id) {
        return no_such(&id);
    }
    let members = directory.transitive_users(&id);
    let count = counted(&headers, &query, members.len());
    let rows = members.iter().filter_map(|id| Some((*id, directory.users.get(*id)?)));
    let row = |id: &str, user: &Properties| {
        let mut row = person(id, user, &query, &held);
        row["@odata.type"] = json!("#microsoft.graph.user");
        row
    };
    page(&shared, uri.path(), &query, (directory.page, directory.most), rows, row, count)
}

/// `GET /groups/{id}/transitiveMembers/microsoft.graph.user/$count`
pub async fn count_transitive_members(State(shared): Sim, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = groups_permitted(&shared, &headers) {
        return *refusal;
    }
    let inner = shared.lock();
    if !inner.directory.groups.contains_key(&id) {
        return no_such(&id);
    }
    number(&headers, inner.directory.transitive_users(&id).len())
}
