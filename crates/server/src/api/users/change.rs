//! Edit, disable, enable and delete a person.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Timestamp, Tx,
    ids::UserId,
    users::{self, User, UserChange},
};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::{
    api::views::{UserDetail, user_detail},
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IfMatch, Versioned},
        extract::{Json, Nothing, Path},
    },
};

/// What is to be changed: a field that is left out stays, `null` clears an optional one.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateUser {
    /// Unique without case.
    user_name: Option<String>,
    /// A new address ends the links that were mailed to the old one.
    email: Option<String>,
    /// How the person is called.
    display_name: Option<String>,
    /// First name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    given_name: Option<Option<String>>,
    /// Last name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    family_name: Option<Option<String>>,
    /// Phone number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// Job title.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    /// Department.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    department: Option<Option<String>>,
    /// BCP 47 language tag.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    preferred_language: Option<Option<String>>,
    /// Whether what the person does with cards at relying parties appears in the activity; for administrators to change.
    card_auditing: Option<bool>,
}

/// Tells `null` from a field that is left out.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Edit a person
#[utoipa::path(patch, path = "/users/{id}", tag = "Users", params(("id" = UserId, Path), ("If-Match" = Option<String>, Header)),
    request_body = UpdateUser, responses((status = 200, body = UserDetail)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<UpdateUser>,
) -> Result<Versioned<UserDetail>, Problem> {
    let change = UserChange {
        user_name: body.user_name,
        email: body.email,
        display_name: body.display_name,
        given_name: body.given_name,
        family_name: body.family_name,
        phone: body.phone,
        title: body.title,
        department: body.department,
        preferred_language: body.preferred_language,
    };
    let mut tx = app.db.write(Timestamp::now()).await?;
    let Some(audited) = body.card_auditing else {
        let user = users::update(&mut tx, caller.actor(), id, change, expected).await?;
        return finish(tx, user).await;
    };
    let mut user = users::set_card_auditing(&mut tx, caller.actor(), id, audited, expected).await?;
    if change != UserChange::default() {
        user = users::update(&mut tx, caller.actor(), id, change, None).await?;
    }
    finish(tx, user).await
}

/// Commits a change of a person and answers with them.
pub async fn finish(mut tx: Tx, user: User) -> Result<Versioned<UserDetail>, Problem> {
    let version = user.version;
    let detail = user_detail(&mut tx, user).await?;
    tx.commit().await?;
    Ok(Versioned::ok(version, detail))
}

/// Disable a person
///
/// Their sessions and links end in the same moment; groups and keys are kept.
#[utoipa::path(post, path = "/users/{id}/disable", tag = "Users",
    params(("id" = UserId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = UserDetail)))]
pub async fn disable(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<UserDetail>, Problem> {
    set_active(&app, &caller, id, false, expected).await
}

/// Enable a person
#[utoipa::path(post, path = "/users/{id}/enable", tag = "Users",
    params(("id" = UserId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = UserDetail)))]
pub async fn enable(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<UserDetail>, Problem> {
    set_active(&app, &caller, id, true, expected).await
}

async fn set_active(
    app: &App,
    caller: &Caller,
    id: UserId,
    active: bool,
    expected: Option<i64>,
) -> Result<Versioned<UserDetail>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let user = users::set_active(&mut tx, caller.actor(), id, active, expected).await?;
    finish(tx, user).await
}

/// Delete a person
///
/// Their keys, memberships, sessions and links go with them; the activity record stays.
#[utoipa::path(delete, path = "/users/{id}", tag = "Users",
    params(("id" = UserId, Path), ("If-Match" = Option<String>, Header)), responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    users::delete(&mut tx, caller.actor(), id, expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
