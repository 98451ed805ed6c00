//! The simulator's own interface, for programs that run beside it.
//!
//! | request | does |
//! | --- | --- |
//! | `GET /control/directory` | answers the tenant as JSON |
//! | `PUT /control/directory` | replaces the tenant |
//! | `POST /control/generate` | makes people and groups up ([`Size`]) |
//! | `PATCH /control/application` | changes fields of the registered application |
//! | `PUT /control/users/{id}` · `DELETE` | puts or deletes a person |
//! | `PUT /control/groups/{id}` · `DELETE` | puts or deletes a group: `{ "name", "members" }` |
//! | `POST /control/faults` · `DELETE` | adds a [`Fault`], or heals |
//! | `POST /control/expire` | lets access tokens and delta tokens die |
//! | `GET /control/requests` · `DELETE` | the requests so far |

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    routing::{get, patch, post, put},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Shared, Sim, Size,
    directory::{Directory, Properties},
    faults::Fault,
};

/// The routes.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/directory", get(read).put(replace))
        .route("/generate", post(generate))
        .route("/application", patch(application))
        .route("/users/{id}", put(put_user).delete(delete_user))
        .route("/groups/{id}", put(put_group).delete(delete_group))
        .route("/faults", post(fault).delete(heal))
        .route("/expire", post(expire))
        .route("/requests", get(requests).delete(forget))
        .layer(DefaultBodyLimit::max(1 << 30))
}

async fn read(State(shared): Sim) -> Json<Value> {
    Json(json!(shared.lock().directory))
}

async fn replace(State(shared): Sim, Json(directory): Json<Directory>) -> StatusCode {
    shared.lock().directory = directory;
    StatusCode::NO_CONTENT
}

async fn generate(State(shared): Sim, Json(size): Json<Size>) -> StatusCode {
    shared.lock().directory.generate(size);
    StatusCode::NO_CONTENT
}

async fn application(State(shared): Sim, Json(change): Json<Properties>) -> Result<StatusCode, (StatusCode, String)> {
    let mut inner = shared.lock();
    let wrong = |error: serde_json::Error| (StatusCode::BAD_REQUEST, error.to_string());
    let mut known = serde_json::to_value(&inner.directory.application).map_err(wrong)?;
    if let Some(known) = known.as_object_mut() {
        known.extend(change);
    }
    inner.directory.application = serde_json::from_value(known).map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put_user(State(shared): Sim, Path(id): Path<String>, Json(user): Json<Properties>) -> StatusCode {
    shared.lock().directory.put_user(&id, user);
    StatusCode::NO_CONTENT
}

async fn delete_user(State(shared): Sim, Path(id): Path<String>) -> StatusCode {
    shared.lock().directory.delete_user(&id);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutGroup {
    name: String,
    #[serde(default)]
    members: Vec<String>,
}

async fn put_group(State(shared): Sim, Path(id): Path<String>, Json(group): Json<PutGroup>) -> StatusCode {
    let members: Vec<&str> = group.members.iter().map(String::as_str).collect();
    shared.lock().directory.put_group(&id, &group.name, &members);
    StatusCode::NO_CONTENT
}

async fn delete_group(State(shared): Sim, Path(id): Path<String>) -> StatusCode {
    shared.lock().directory.delete_group(&id);
    StatusCode::NO_CONTENT
}

async fn fault(State(shared): Sim, Json(fault): Json<Fault>) -> StatusCode {
    shared.lock().faults.push(fault);
    StatusCode::NO_CONTENT
}

async fn heal(State(shared): Sim) -> StatusCode {
    shared.lock().faults.clear();
    StatusCode::NO_CONTENT
}

async fn expire(State(shared): Sim) -> StatusCode {
    let mut inner = shared.lock();
    inner.tokens.clear();
    inner.directory.expire_deltas();
    StatusCode::NO_CONTENT
}

async fn requests(State(shared): Sim) -> Json<Value> {
    Json(json!(shared.lock().requests))
}

async fn forget(State(shared): Sim) -> StatusCode {
    shared.lock().requests.clear();
    StatusCode::NO_CONTENT
}
