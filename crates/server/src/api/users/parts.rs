//! What a person has: keys, credentials, groups.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keystead_directory::{
    Timestamp, credentials,
    groups::{self, GroupOfUser},
    ids::{GroupId, UserId},
    keys::{self, KeyKind, NewKey},
    page::Page,
    users,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        cards,
        letters::{self, Activation, Registration},
        once::{Earlier, Once},
        views::{CredentialView, KeyView},
    },
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IdempotencyKey, Versioned},
        extract::{Json, Path},
    },
};

/// List a person's keys
#[utoipa::path(get, path = "/users/{id}/keys", tag = "Users", params(("id" = UserId, Path)),
    responses((status = 200, body = Page<KeyView>)))]
pub async fn list_keys(State(app): State<App>, Path(id): Path<UserId>) -> Result<Json<Page<KeyView>>, Problem> {
    let mut conn = app.db.read().await?;
    users::get(&mut conn, id).await?;
    let keys = keys::of_user(&mut conn, id).await?;
    Ok(Json(Page::whole(keys.into_iter().map(KeyView::from).collect())))
}

/// A key to be assigned to a person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignKey {
    /// What it is; `hardwareKey`, `smartphone` and `contactlessCard` can be assigned.
    kind: KeyKind,
    /// What it is called; a usual name when left out.
    name: Option<String>,
    /// A note to the person that goes into the mail.
    note: Option<String>,
    /// How it gets to its person.
    #[serde(default)]
    activation: Activation,
    /// Whether a contactless card is to have a PIN: yes when left out, and always where the settings ask for one.
    with_pin: Option<bool>,
}

/// A key that was assigned.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyAssigned {
    /// The key.
    key: KeyView,
    /// Its registration link.
    registration: Registration,
}

/// Assign a key to a person
///
/// The person gets a mail with a registration link.
#[utoipa::path(post, path = "/users/{id}/keys", tag = "Users",
    params(("id" = UserId, Path), ("Idempotency-Key" = Option<uuid::Uuid>, Header)),
    request_body = AssignKey, responses((status = 201, body = KeyAssigned)))]
pub async fn assign_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    key: IdempotencyKey,
    Json(body): Json<AssignKey>,
) -> Result<Response, Problem> {
    body.activation.check(body.kind, "activation")?;
    let actor = caller.actor();
    let mut tx = app.db.write(Timestamp::now()).await?;
    let route = format!("POST /users/{id}/keys");
    let (once, earlier) = Once::begin(&mut tx, &app.sealer, actor, &route, key, &body).await?;
    if let Some(Earlier(answer)) = earlier {
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    }
    let user = users::get_for_change(&mut tx, id).await?;
    let new = NewKey { kind: body.kind, name: body.name, note: body.note.clone() };
    let assigned = keys::assign(&mut tx, actor, &user, new).await?;
    cards::prepare(&mut tx, &assigned.key, body.with_pin, "withPin").await?;
    let registration = letters::registration(&app, &mut tx, &user, &assigned, body.note, body.activation).await?;
    let version = assigned.key.version;
    let answer = KeyAssigned { key: assigned.key.into(), registration };
    once.keep(&mut tx, &answer).await?;
    app.commit(tx).await?;
    Ok(Versioned::created(version, answer).into_response())
}

/// List a person's passkeys
///
/// Every WebAuthn credential that was bound to one of their keys.
#[utoipa::path(get, path = "/users/{id}/credentials", tag = "Users", params(("id" = UserId, Path)),
    responses((status = 200, body = Page<CredentialView>)))]
pub async fn list_credentials(
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Json<Page<CredentialView>>, Problem> {
    let mut conn = app.db.read().await?;
    users::get(&mut conn, id).await?;
    let credentials = credentials::of_user(&mut conn, id).await?;
    Ok(Json(Page::whole(credentials.into_iter().map(CredentialView::from).collect())))
}

/// List a person's groups
#[utoipa::path(get, path = "/users/{id}/groups", tag = "Users", params(("id" = UserId, Path)),
    responses((status = 200, body = Page<GroupOfUser>)))]
pub async fn list_groups(State(app): State<App>, Path(id): Path<UserId>) -> Result<Json<Page<GroupOfUser>>, Problem> {
    let mut conn = app.db.read().await?;
    users::get(&mut conn, id).await?;
    Ok(Json(Page::whole(groups::of_user(&mut conn, id).await?)))
}

/// Add a person to a group
///
/// A group that grants a role can be joined only by an owner's hand.
#[utoipa::path(put, path = "/users/{id}/groups/{groupId}", tag = "Users",
    params(("id" = UserId, Path), ("groupId" = GroupId, Path)), responses((status = 204)))]
pub async fn join_group(
    State(app): State<App>,
    caller: Caller,
    Path((user, group)): Path<(UserId, GroupId)>,
) -> Result<StatusCode, Problem> {
    membership(&app, &caller, user, group, true).await
}

/// Remove a person from a group
#[utoipa::path(delete, path = "/users/{id}/groups/{groupId}", tag = "Users",
    params(("id" = UserId, Path), ("groupId" = GroupId, Path)), responses((status = 204)))]
pub async fn leave_group(
    State(app): State<App>,
    caller: Caller,
    Path((user, group)): Path<(UserId, GroupId)>,
) -> Result<StatusCode, Problem> {
    membership(&app, &caller, user, group, false).await
}

async fn membership(
    app: &App,
    caller: &Caller,
    user: UserId,
    group: GroupId,
    member: bool,
) -> Result<StatusCode, Problem> {
    let now = Timestamp::now();
    let role = groups::role_of(&mut app.db.read().await?, group).await?;
    if role.is_some() {
        caller.require_fresh(now)?;
    }
    let mut tx = app.db.write(now).await?;
    let user = users::get(&mut tx, user).await?;
    groups::set_membership(&mut tx, caller.actor(), group, &user, member).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
