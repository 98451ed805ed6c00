//! Security keys.

use axum::extract::State;
use keystead_directory::{
    Timestamp,
    ids::{KeyId, UserId},
    keys::{self, KeySearch, RevokeReason, Step},
    mails::MailContent,
    page::{Page, PageRequest},
    roles::{self, Role},
    users,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        letters::{self, Activation, Registration},
        query::several,
        views::KeyView,
    },
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IfMatch, Versioned},
        extract::{Json, Nothing, Path, Query},
    },
};

/// Which keys, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeysQuery {
    /// Words in the holder's names and address, or the beginning of the key's name.
    q: Option<String>,
    /// `hardwareKey`, `smartphone`, `contactlessCard`, `platform`; several with commas.
    kind: Option<String>,
    /// `pending`, `active`, `suspended`, `revoked`, `expired`, `cancelled`; several with commas.
    state: Option<String>,
    /// Held by this person.
    user_id: Option<UserId>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// `createdAt`, `lastUsedAt` or `name`, with `-` before it for descending.
    sort: Option<String>,
}

/// List keys
#[utoipa::path(get, path = "/keys", tag = "Keys", params(KeysQuery), responses((status = 200, body = Page<KeyView>)))]
pub async fn list(State(app): State<App>, Query(query): Query<KeysQuery>) -> Result<Json<Page<KeyView>>, Problem> {
    let search = KeySearch {
        q: query.q.filter(|q| !q.trim().is_empty()).map(|q| q.chars().take(200).collect()),
        kind: several("kind", query.kind.as_deref())?,
        state: several("state", query.state.as_deref())?,
        user: query.user_id,
    };
    let page = PageRequest::new(query.limit, query.cursor, query.sort)?;
    let mut conn = app.db.read().await?;
    Ok(Json(keys::list(&mut conn, &search, &page).await?.map(KeyView::from)))
}

/// Read a key
#[utoipa::path(get, path = "/keys/{id}", tag = "Keys", params(("id" = KeyId, Path)), responses((status = 200, body = KeyView)))]
pub async fn get(State(app): State<App>, Path(id): Path<KeyId>) -> Result<Versioned<KeyView>, Problem> {
    let key = keys::get(&mut app.db.read().await?, id).await?;
    Ok(Versioned::ok(key.version, key.into()))
}

/// A key's new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameKey {
    /// 1 to 100 characters.
    pub name: String,
}

/// Rename a key
#[utoipa::path(patch, path = "/keys/{id}", tag = "Keys", params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)),
    request_body = RenameKey, responses((status = 200, body = KeyView)))]
pub async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<RenameKey>,
) -> Result<Versioned<KeyView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let key = keys::rename(&mut tx, caller.actor(), id, &body.name, expected).await?;
    tx.commit().await?;
    Ok(Versioned::ok(key.version, key.into()))
}

/// What goes with a new link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendLink {
    /// A note to the person that goes into the mail.
    note: Option<String>,
}

/// Send a new registration link
///
/// The link before it dies. A key whose link ran out waits again.
#[utoipa::path(post, path = "/keys/{id}/resend", tag = "Keys",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)),
    request_body = ResendLink, responses((status = 200, body = Registration)))]
pub async fn resend(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<ResendLink>,
) -> Result<Json<Registration>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let assigned = keys::resend(&mut tx, caller.actor(), id, body.note.as_deref(), expected).await?;
    let user = users::get(&mut tx, assigned.key.user_id).await?;
    let registration = letters::registration(&app, &mut tx, &user, &assigned, body.note, Activation::Link).await?;
    app.commit(tx).await?;
    Ok(Json(registration))
}

/// Cancel a key that waits for its holder
#[utoipa::path(post, path = "/keys/{id}/cancel", tag = "Keys",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = KeyView)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<KeyView>, Problem> {
    step(&app, &caller, id, Step::Cancel, None, expected).await
}

/// Takes a key through a step of its life, and tells its holder when it stopped working.
async fn step(
    app: &App,
    caller: &Caller,
    id: KeyId,
    step: Step,
    reason: Option<RevokeReason>,
    expected: Option<i64>,
) -> Result<Versioned<KeyView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let key = keys::step(&mut tx, caller.actor(), id, step, reason.map(RevokeReason::as_str), expected).await?;
    let (key_name, at, reason) = (key.name.clone(), tx.now(), letters::reason(&key));
    match step {
        Step::Suspend => {
            letters::to_holder(app, &mut tx, &key, MailContent::KeySuspended { key_name, at, reason }).await?;
        }
        Step::Revoke => {
            letters::to_holder(app, &mut tx, &key, MailContent::KeyRevoked { key_name, at, reason }).await?;
        }
        _ => {}
    }
    app.commit(tx).await?;
    Ok(Versioned::ok(key.version, key.into()))
}

/// Suspend a key
///
/// It signs nobody in from this moment, and the sessions it opened end.
#[utoipa::path(post, path = "/keys/{id}/suspend", tag = "Keys",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = KeyView)))]
pub async fn suspend(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<KeyView>, Problem> {
    step(&app, &caller, id, Step::Suspend, None, expected).await
}

/// Resume a suspended key
#[utoipa::path(post, path = "/keys/{id}/resume", tag = "Keys",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = KeyView)))]
pub async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<KeyView>, Problem> {
    step(&app, &caller, id, Step::Resume, None, expected).await
}

/// Why a key is revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    /// The reason.
    reason: RevokeReason,
}

/// Revoke a key
///
/// It never signs anybody in again. Revoking an owner's key asks for a fresh touch of one's own.
#[utoipa::path(post, path = "/keys/{id}/revoke", tag = "Keys",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)),
    request_body = RevokeKey, responses((status = 200, body = KeyView)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<RevokeKey>,
) -> Result<Versioned<KeyView>, Problem> {
    let mut conn = app.db.read().await?;
    let holder = keys::get(&mut conn, id).await?.user_id;
    if roles::of_user(&mut conn, holder).await?.highest() == Role::Owner {
        caller.require_fresh(Timestamp::now())?;
    }
    drop(conn);
    step(&app, &caller, id, Step::Revoke, Some(body.reason), expected).await
}
