//! Groups and their members.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keystead_directory::{
    Error, Timestamp,
    groups::{self, Group, GroupChange, GroupFilter, GroupType, NewGroup},
    ids::{GroupId, UserId},
    page::{Page, PageRequest},
    roles::Role,
    users,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        once::{Earlier, Once},
        users::change::given,
        views::{UserItem, user_items},
    },
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IdempotencyKey, IfMatch, Versioned},
        extract::{Json, Path, Query},
    },
};

/// The most people that are added or removed by one request.
const MOST_MEMBERS: usize = 1000;

/// Which groups, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupsQuery {
    /// Words in the name.
    q: Option<String>,
    /// Of this type.
    r#type: Option<GroupType>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// `name` or `createdAt`, with `-` before it for descending.
    sort: Option<String>,
}

/// List groups
#[utoipa::path(get, path = "/groups", tag = "Groups", params(GroupsQuery), responses((status = 200, body = Page<Group>)))]
pub async fn list(State(app): State<App>, Query(query): Query<GroupsQuery>) -> Result<Json<Page<Group>>, Problem> {
    let filter = GroupFilter { q: query.q, r#type: query.r#type };
    let page = PageRequest::new(query.limit, query.cursor, query.sort)?;
    let mut conn = app.db.read().await?;
    Ok(Json(groups::list(&mut conn, &filter, &page).await?))
}

/// A group to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateGroup {
    /// Unique among local groups, without case.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// The role it grants its members; only an owner hands out roles.
    role: Option<Role>,
    /// Its first members, at most 1,000.
    #[serde(default)]
    member_ids: Vec<UserId>,
}

/// Make a group
#[utoipa::path(post, path = "/groups", tag = "Groups", params(("Idempotency-Key" = Option<uuid::Uuid>, Header)),
    request_body = CreateGroup, responses((status = 201, body = Group)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<CreateGroup>,
) -> Result<Response, Problem> {
    within("memberIds", &body.member_ids)?;
    let now = Timestamp::now();
    if body.role.is_some() {
        caller.require_fresh(now)?;
    }
    let actor = caller.actor();
    let mut tx = app.db.write(now).await?;
    let (once, earlier) = Once::begin(&mut tx, &app.sealer, actor, "POST /groups", key, &body).await?;
    if let Some(Earlier(answer)) = earlier {
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    }
    let new = NewGroup { name: body.name, description: body.description, role: body.role };
    let group = groups::create(&mut tx, actor, new).await?;
    groups::change_members(&mut tx, actor, group.id, &body.member_ids, &[]).await?;
    let group = groups::get(&mut tx, group.id).await?;
    once.keep(&mut tx, &group).await?;
    tx.commit().await?;
    Ok(Versioned::created(group.version, group).into_response())
}

fn within(field: &str, ids: &[UserId]) -> Result<(), Error> {
    if ids.len() <= MOST_MEMBERS {
        return Ok(());
    }
    Err(Error::field(field, "tooLong", "Name at most 1,000 people at a time."))
}

/// Read a group
#[utoipa::path(get, path = "/groups/{id}", tag = "Groups", params(("id" = GroupId, Path)), responses((status = 200, body = Group)))]
pub async fn get(State(app): State<App>, Path(id): Path<GroupId>) -> Result<Versioned<Group>, Problem> {
    let group = groups::get(&mut app.db.read().await?, id).await?;
    Ok(Versioned::ok(group.version, group))
}

/// What is to be changed: a field that is left out stays, `null` clears an optional one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateGroup {
    /// Unique among local groups, without case.
    name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// The role it grants its members; only an owner hands out roles.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Role>)]
    role: Option<Option<Role>>,
}

/// Edit a group
#[utoipa::path(patch, path = "/groups/{id}", tag = "Groups",
    params(("id" = GroupId, Path), ("If-Match" = Option<String>, Header)),
    request_body = UpdateGroup, responses((status = 200, body = Group)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<UpdateGroup>,
) -> Result<Versioned<Group>, Problem> {
    let now = Timestamp::now();
    if body.role.is_some() {
        caller.require_fresh(now)?;
    }
    fresh_for_role(&app, &caller, id, now).await?;
    let change = GroupChange { name: body.name, description: body.description, role: body.role };
    let mut tx = app.db.write(now).await?;
    let group = groups::update(&mut tx, caller.actor(), id, change, expected).await?;
    tx.commit().await?;
    Ok(Versioned::ok(group.version, group))
}

/// Delete a group
///
/// Its members stay; a role that it granted is gone.
#[utoipa::path(delete, path = "/groups/{id}", tag = "Groups",
    params(("id" = GroupId, Path), ("If-Match" = Option<String>, Header)), responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    groups::delete(&mut tx, caller.actor(), id, expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Roles are handed out and taken away with a fresh touch of the key.
async fn fresh_for_role(app: &App, caller: &Caller, id: GroupId, now: Timestamp) -> Result<(), Problem> {
    if groups::role_of(&mut app.db.read().await?, id).await?.is_some() {
        caller.require_fresh(now)?;
    }
    Ok(())
}

/// Which members, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MembersQuery {
    /// Beginnings of words in name, e-mail or user name.
    q: Option<String>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// As for people.
    sort: Option<String>,
}

/// List the members of a group
#[utoipa::path(get, path = "/groups/{id}/members", tag = "Groups", params(("id" = GroupId, Path), MembersQuery),
    responses((status = 200, body = Page<UserItem>)))]
pub async fn members(
    State(app): State<App>,
    Path(id): Path<GroupId>,
    Query(query): Query<MembersQuery>,
) -> Result<Json<Page<UserItem>>, Problem> {
    let page = PageRequest::new(query.limit, query.cursor, query.sort)?;
    let mut conn = app.db.read().await?;
    groups::role_of(&mut conn, id).await?;
    let q = query.q.filter(|q| !q.trim().is_empty());
    let people = users::list_members(&mut conn, id, q, &page).await?;
    Ok(Json(user_items(&mut conn, people).await?))
}

/// Who is to be added and removed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMembers {
    /// At most 1,000.
    #[serde(default)]
    add: Vec<UserId>,
    /// At most 1,000; who is not a member is left out.
    #[serde(default)]
    remove: Vec<UserId>,
}

/// How many people's membership changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembersChanged {
    /// Added who were not members.
    added: u64,
    /// Removed who were.
    removed: u64,
}

/// Add and remove members
#[utoipa::path(post, path = "/groups/{id}/members", tag = "Groups", params(("id" = GroupId, Path)),
    request_body = ChangeMembers, responses((status = 200, body = MembersChanged)))]
pub async fn change_members(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
    Json(body): Json<ChangeMembers>,
) -> Result<Json<MembersChanged>, Problem> {
    within("add", &body.add)?;
    within("remove", &body.remove)?;
    let now = Timestamp::now();
    fresh_for_role(&app, &caller, id, now).await?;
    let mut tx = app.db.write(now).await?;
    let (added, removed) = groups::change_members(&mut tx, caller.actor(), id, &body.add, &body.remove).await?;
    tx.commit().await?;
    Ok(Json(MembersChanged { added, removed }))
}
