//! People whom SCIM wanted to add and who were there already: an administrator decides.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Timestamp,
    ids::{ScimConflictId, UserId},
    page::{Page, PageRequest},
    roles::{self, Role, Roles},
    scim::{
        conflicts::{self, ScimConflict},
        linking,
    },
    users::Origin,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    http::{
        auth::Caller,
        error::{Code, Problem},
        extract::{Json, Nothing, Path, Query},
    },
    scim::mapping,
};

/// Conflicts that are settled before it is looked whether time is left.
const AT_ONCE: u32 = 100;
/// Settling many ends after this long; whoever asked for it asks again.
const PATIENCE: Duration = Duration::from_secs(15);

/// Which page of the conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConflictsQuery {
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// What the person who was there and the one who was sent have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConflictReason {
    /// The user name.
    UserName,
    /// The e-mail address.
    Email,
}

/// The person who was there already.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConflictUser {
    /// The person's id.
    id: UserId,
    /// How the person is called.
    display_name: String,
    /// Where mails go.
    email: String,
    /// Unique without case.
    user_name: String,
    /// Where the person came from.
    source: Origin,
    /// Whether the person holds a role: such people are linked one by one.
    has_role: bool,
}

/// Somebody whom SCIM wanted to add and who was there already.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimConflictItem {
    /// Its id.
    id: ScimConflictId,
    /// Who was there.
    user: ConflictUser,
    /// What they have in common.
    reason: ConflictReason,
    /// The user name that was sent.
    user_name: String,
    /// The directory's id of the person.
    external_id: Option<String>,
    /// How the directory calls the person.
    display_name: Option<String>,
    /// The address that was sent.
    email: Option<String>,
    /// When it was tried first.
    first_at: Timestamp,
    /// When it was tried last.
    last_at: Timestamp,
    /// Whether you can link them.
    can_link: bool,
    /// Why not.
    why_not: Option<String>,
}

fn resource(conflict: &ScimConflict) -> Map<String, Value> {
    serde_json::from_str(&conflict.resource).unwrap_or_default()
}

fn item(conflict: ScimConflict, theirs: &Roles, caller: &Caller) -> ScimConflictItem {
    let sent = mapping::person(&resource(&conflict)).ok();
    let why_not = if let Some(holder) = &conflict.holder {
        Some(format!("{holder} has the user name that was sent. Mend it in the directory."))
    } else if !caller.actor().roles.may_act_on(theirs) {
        Some("This person holds a role that you may not act on: ask an owner.".to_owned())
    } else {
        None
    };
    ScimConflictItem {
        id: conflict.id,
        reason: if conflict.reason == "email" { ConflictReason::Email } else { ConflictReason::UserName },
        user_name: conflict.user_name,
        external_id: conflict.external_id,
        display_name: sent.as_ref().and_then(|sent| sent.display_name.clone()),
        email: sent.map(|sent| sent.email).filter(|email| !email.is_empty()),
        first_at: conflict.first_at,
        last_at: conflict.last_at,
        can_link: why_not.is_none(),
        why_not,
        user: ConflictUser {
            id: conflict.user_id,
            display_name: conflict.display_name,
            email: conflict.email,
            user_name: conflict.their_user_name,
            source: conflict.origin,
            has_role: theirs.highest() > Role::Member,
        },
    }
}

/// List the conflicts of SCIM
///
/// People whom a directory wanted to add and who were there already; those that were tried last come first.
#[utoipa::path(get, path = "/integrations/scim/conflicts", tag = "Integrations", params(ConflictsQuery),
    responses((status = 200, body = Page<ScimConflictItem>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ConflictsQuery>,
) -> Result<Json<Page<ScimConflictItem>>, Problem> {
    let page = PageRequest::new(query.limit, query.cursor, None)?;
    let mut conn = app.db.read().await?;
    let found = conflicts::list(&mut conn, &page).await?;
    let ids: Vec<UserId> = found.items.iter().map(|conflict| conflict.user_id).collect();
    let roles = roles::of_users(&mut conn, &ids).await?;
    let nothing = Roles::default();
    Ok(Json(found.map(|conflict| {
        let theirs = roles.get(&conflict.user_id).unwrap_or(&nothing);
        item(conflict, theirs, &caller)
    })))
}

async fn settle(app: &App, caller: &Caller, id: ScimConflictId) -> Result<(), Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let conflict = conflicts::get(&mut tx, id).await?;
    let sent = mapping::sent(&resource(&conflict)).map_err(|error| {
        Problem::new(Code::IllegalState, format!("What the directory sent can't be used: {}", error.detail))
    })?;
    linking::link(&mut tx, caller.actor(), conflict.user_id, sent).await?;
    app.commit(tx).await?;
    Ok(())
}

/// Link one person
///
/// The person becomes SCIM's and gets what the directory sent; keys, groups and history stay.
#[utoipa::path(post, path = "/integrations/scim/conflicts/{id}/link", tag = "Integrations",
    params(("id" = ScimConflictId, Path)), responses((status = 204)))]
pub async fn link(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScimConflictId>,
    _: Nothing,
) -> Result<StatusCode, Problem> {
    settle(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What linking many came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictsLinked {
    /// People who were linked.
    linked: i64,
    /// Conflicts that are left: people with a role, those that can't be told apart, and what there was no time for.
    left: i64,
}

/// Link everybody without a role
///
/// Left out are people who hold a role, and those of whom it can't be told who is meant: link them one by one.
#[utoipa::path(post, path = "/integrations/scim/conflicts/link", tag = "Integrations",
    responses((status = 200, body = ConflictsLinked)))]
pub async fn link_all(State(app): State<App>, caller: Caller, _: Nothing) -> Result<Json<ConflictsLinked>, Problem> {
    let began = Instant::now();
    let (mut linked, mut after) = (0, ScimConflictId(uuid::Uuid::nil()));
    while began.elapsed() < PATIENCE {
        let ids = conflicts::plain(&mut app.db.read().await?, after, AT_ONCE).await?;
        let Some(last) = ids.last() else { break };
        after = *last;
        for id in ids {
            match settle(&app, &caller, id).await {
                Ok(()) => linked += 1,
                // Somebody else was faster, or it changed: it stays on the list.
                Err(problem) if problem.status().is_client_error() => {}
                Err(problem) => return Err(problem),
            }
        }
    }
    let left = conflicts::count(&mut app.db.read().await?).await?;
    Ok(Json(ConflictsLinked { linked, left }))
}

/// Forget a conflict
///
/// It comes back when the directory tries again.
#[utoipa::path(delete, path = "/integrations/scim/conflicts/{id}", tag = "Integrations",
    params(("id" = ScimConflictId, Path)), responses((status = 204)))]
pub async fn forget(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScimConflictId>,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    conflicts::forget(&mut tx, caller.actor(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
