//! The groups of a tenant that an import takes over.

use axum::extract::State;
use keystead_directory::{
    ids::{GroupId, ImportId, UserId},
    imports::{self, GroupRow, MemberRow, Reason, Verdict},
    page::{Page, PageRequest},
    roles::Role,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::App,
    http::{
        error::Problem,
        extract::{Json, Path, Query},
    },
};

/// A group of the tenant that an import takes over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportGroup)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    /// The object in the tenant.
    object_id: Uuid,
    /// The group here, once there is one.
    group_id: Option<GroupId>,
    /// Its name in the tenant.
    name: String,
    /// What it was called here, where that is another name.
    old_name: Option<String>,
    /// `create`, `update` when it gets another name, or `unchanged`.
    verdict: Verdict,
    /// Why the group is left alone: `outranks` when only an owner may hand out its role.
    reason: Option<Reason>,
    /// The role that its members hold by it.
    role: Option<Role>,
    /// People who come to it: who would before the plan is applied, who did afterwards, and who was left in it after
    /// an undo.
    added: i64,
    /// People who go from it, in the same way.
    removed: i64,
}

impl From<GroupRow> for GroupView {
    fn from(row: GroupRow) -> Self {
        let GroupRow { object_id, group_id, name, old_name, verdict, reason, role, added, removed } = row;
        Self { object_id, group_id, name, old_name, verdict, reason, role, added, removed }
    }
}

/// Which groups, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupsQuery {
    /// Only groups of which something changes.
    #[serde(default)]
    changed: bool,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// List the groups of an import
///
/// Groups of Entra ID that are taken over, by name, with how many people come and go.
#[utoipa::path(get, path = "/imports/{id}/groups", tag = "Imports", params(("id" = ImportId, Path), GroupsQuery),
    responses((status = 200, body = Page<GroupView>)))]
pub async fn list(
    State(app): State<App>,
    Path(id): Path<ImportId>,
    Query(query): Query<GroupsQuery>,
) -> Result<Json<Page<GroupView>>, Problem> {
    let page = PageRequest::new(query.limit, query.cursor, None)?;
    let mut conn = app.db.read().await?;
    let import = imports::get(&mut conn, id).await?;
    Ok(Json(imports::groups(&mut conn, &import, query.changed, &page).await?.map(GroupView::from)))
}

/// Somebody who comes to a group or goes from it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportGroupMember)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// Their name.
    name: String,
    /// Their e-mail address.
    email: Option<String>,
    /// The person, unless the import is still to add them.
    user_id: Option<UserId>,
}

impl From<MemberRow> for MemberView {
    fn from(MemberRow { name, email, user_id, .. }: MemberRow) -> Self {
        Self { name, email, user_id }
    }
}

/// Which way people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// They come to the group.
    Added,
    /// They go from it.
    Removed,
}

/// Which people of a group, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MembersQuery {
    /// Those who come, or those who go.
    #[param(inline)]
    change: Way,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// List who comes to a group, or goes from it
#[utoipa::path(get, path = "/imports/{id}/groups/{objectId}/members", tag = "Imports",
    params(("id" = ImportId, Path), ("objectId" = Uuid, Path), MembersQuery),
    responses((status = 200, body = Page<MemberView>)))]
pub async fn members(
    State(app): State<App>,
    Path((id, group)): Path<(ImportId, Uuid)>,
    Query(query): Query<MembersQuery>,
) -> Result<Json<Page<MemberView>>, Problem> {
    let page = PageRequest::new(query.limit, query.cursor, None)?;
    let mut conn = app.db.read().await?;
    let import = imports::get(&mut conn, id).await?;
    let added = query.change == Way::Added;
    Ok(Json(imports::members(&mut conn, &import, group, added, &page).await?.map(MemberView::from)))
}
