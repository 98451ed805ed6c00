//! What changed since a token was given.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Query as Asked, State},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

use crate::{
    Shared, Sim,
    directory::{Changed, Directory},
    graph,
    pages::{self, Query},
};

/// Members of one group on one page; more come on later pages.
const MEMBERS: usize = 200;
const GROUP: [&str; 2] = ["displayName", "description"];

/// Where a walk through changes is: since this place of the log, up to that one, after so many rows.
struct Place {
    /// None: everything there is.
    since: Option<usize>,
    until: usize,
    done: usize,
}

fn written(place: &Place) -> String {
    let since = place.since.map_or("all".to_owned(), |since| since.to_string());
    URL_SAFE_NO_PAD.encode(format!("{since}:{}:{}", place.until, place.done))
}

fn read(token: &str) -> Option<Place> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let mut parts = text.split(':');
    let since = match parts.next()? {
        "all" => None,
        number => Some(number.parse().ok()?),
    };
    Some(Place { since, until: parts.next()?.parse().ok()?, done: parts.next()?.parse().ok()? })
}

/// Where the request begins.
fn place(shared: &Shared, path: &str, query: &Query, directory: &Directory) -> Result<Place, Box<Response>> {
    if ["$top", "$orderby", "$expand", "$search"].iter().any(|name| query.contains_key(*name)) {
        return Err(Box::new(graph::refusal(400, "Request_UnsupportedQuery", "This is not supported with delta.")));
    }
    let until = directory.log.len();
    let token = query.get("$skiptoken").or_else(|| query.get("$deltatoken"));
    let place = match token {
        None => Place { since: None, until, done: 0 },
        Some(text) if text == "latest" => Place { since: Some(until), until, done: 0 },
        Some(text) => match read(text) {
            Some(place) if query.contains_key("$deltatoken") => Place { until, done: 0, since: Some(place.until) },
            Some(place) => place,
            None => return Err(Box::new(graph::refusal(400, "Request_BadRequest", "The token is not valid."))),
        },
    };
    if token.is_some() && place.since.unwrap_or(place.until) < directory.oldest_delta {
        let mut response = graph::refusal(410, "syncStateNotFound", "The sync state has expired.");
        if let Ok(value) = HeaderValue::from_str(&format!("{}{path}?$deltatoken=", shared.base)) {
            response.headers_mut().insert(header::LOCATION, value);
        }
        return Err(Box::new(response));
    }
    Ok(place)
}

/// One page of rows, with the link that follows.
fn answer(shared: &Shared, path: &str, place: &Place, query: &Query, page: usize, rows: Vec<Value>) -> Response {
    let total = rows.len();
    let value: Vec<Value> = rows.into_iter().skip(place.done).take(page).collect();
    let done = place.done + value.len();
    let select = query.get("$select").map(|list| format!("&$select={list}")).unwrap_or_default();
    let mut body = json!({ "value": value });
    if done < total {
        let token = written(&Place { done, ..*place });
        body["@odata.nextLink"] = json!(format!("{}{path}?$skiptoken={token}{select}", shared.base));
    } else {
        let token = written(&Place { since: Some(place.until), until: place.until, done: 0 });
        body["@odata.deltaLink"] = json!(format!("{}{path}?$deltatoken={token}{select}", shared.base));
    }
    axum::Json(body).into_response()
}

fn removed(id: &str) -> Value {
    json!({ "id": id, "@removed": { "reason": "changed" } })
}

/// `GET /users/delta`
pub async fn users(State(shared): Sim, Asked(query): Asked<Query>, headers: HeaderMap) -> Response {
    let held = match graph::people(&shared, &headers) {
        Ok(held) => held,
        Err(refusal) => return *refusal,
    };
    let path = "/v1.0/users/delta";
    let inner = shared.lock();
    let directory = &inner.directory;
    let place = match place(&shared, path, &query, directory) {
        Ok(place) => place,
        Err(refusal) => return *refusal,
    };
    let ids: BTreeSet<&str> = match place.since {
        None => directory.users.keys().map(String::as_str).collect(),
        Some(since) => directory.log[since.min(place.until)..place.until]
            .iter()
            .filter_map(|changed| match changed {
                Changed::User(id) if !id.is_empty() => Some(id.as_str()),
                _ => None,
            })
            .collect(),
    };
    let rows = ids
        .into_iter()
        .map(|id| match directory.users.get(id) {
            Some(user) => graph::person(id, user, &query, &held),
            None => removed(id),
        })
        .collect();
    answer(&shared, path, &place, &query, directory.page.min(directory.most), rows)
}

/// `GET /groups/delta`
pub async fn groups(State(shared): Sim, Asked(query): Asked<Query>, headers: HeaderMap) -> Response {
    if let Err(refusal) = graph::groups_permitted(&shared, &headers) {
        return *refusal;
    }
    let path = "/v1.0/groups/delta";
    let inner = shared.lock();
    let directory = &inner.directory;
    let place = match place(&shared, path, &query, directory) {
        Ok(place) => place,
        Err(refusal) => return *refusal,
    };
    let members_asked = query.get("$select").is_some_and(|list| list.split(',').any(|name| name == "members"));
    let mut changed: BTreeMap<&str, (bool, BTreeSet<&str>)> = BTreeMap::new();
    match place.since {
        None => {
            for (id, group) in &directory.groups {
                changed.insert(id, (true, group.members.iter().map(String::as_str).collect()));
            }
        }
        Some(since) => {
            for entry in &directory.log[since.min(place.until)..place.until] {
                match entry {
                    Changed::Group(id) => changed.entry(id).or_default().0 = true,
                    Changed::Member(id, member) => {
                        changed.entry(id).or_default().1.insert(member);
                    }
                    Changed::User(_) => {}
                }
            }
        }
    }
    let mut rows = Vec::new();
    for (id, (properties, members)) in changed {
        let Some(group) = directory.groups.get(id) else {
            rows.push(removed(id));
            continue;
        };
        let row = if properties { pages::selected(id, &group.properties, &query, &GROUP) } else { json!({ "id": id }) };
        let members: Vec<Value> = members.into_iter().map(|member| membership(directory, id, member)).collect();
        if !members_asked || members.is_empty() {
            rows.push(row);
            continue;
        }
        for (at, part) in members.chunks(MEMBERS).enumerate() {
            let mut row = if at == 0 { row.clone() } else { json!({ "id": id }) };
            row["members@delta"] = json!(part);
            rows.push(row);
        }
    }
    answer(&shared, path, &place, &query, directory.page.min(directory.most), rows)
}

fn membership(directory: &Directory, group: &str, member: &str) -> Value {
    let kind = if directory.groups.contains_key(member) { "#microsoft.graph.group" } else { "#microsoft.graph.user" };
    let mut row = json!({ "@odata.type": kind, "id": member });
    if !directory.groups.get(group).is_some_and(|group| group.members.contains(member)) {
        row["@removed"] = json!({ "reason": "deleted" });
    }
    row
}
