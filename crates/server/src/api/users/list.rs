//! Lists, counts and look-ups of people.

use axum::extract::State;
use keystead_directory::{
    Error,
    ids::{GroupId, UserId},
    keys::KeyKind,
    page::{Page, PageRequest},
    users::{self, KeyFilter, UserFilter},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        query::several,
        views::{PersonName, UserDetail, UserItem, user_detail, user_items},
    },
    app::App,
    http::{
        error::Problem,
        etag::Versioned,
        extract::{Json, Path, Query},
    },
};

/// Which people, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsersQuery {
    /// Beginnings of words in name, e-mail or user name; all must match.
    q: Option<String>,
    /// `new`, `pending`, `active`, `disabled`; several with commas.
    status: Option<String>,
    /// In this group.
    group_id: Option<GroupId>,
    /// `local`, `csv`, `scim`, `entra`; several with commas.
    origin: Option<String>,
    /// `hardwareKey`, `smartphone`, `contactlessCard`, `platform` or `none`; several with commas.
    key_kind: Option<String>,
    /// Rows, 1 to 200; 50 when left out.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// `displayName`, `userName`, `email`, `status`, `createdAt` or `lastActivityAt`, with `-` before it for descending.
    sort: Option<String>,
}

impl UsersQuery {
    fn filter(&self) -> Result<UserFilter, Error> {
        let mut key = Vec::new();
        for word in several::<String>("keyKind", self.key_kind.as_deref())? {
            key.push(match word.as_str() {
                "none" => KeyFilter::None,
                "hardwareKey" => KeyFilter::Kind(KeyKind::HardwareKey),
                "platform" => KeyFilter::Kind(KeyKind::Platform),
                "smartphone" => KeyFilter::Kind(KeyKind::Smartphone),
                "contactlessCard" => KeyFilter::Kind(KeyKind::ContactlessCard),
                _ => {
                    return Err(Error::field(
                        "keyKind",
                        "notAllowed",
                        "Use hardwareKey, smartphone, contactlessCard, platform or none, separated by commas.",
                    ));
                }
            });
        }
        Ok(UserFilter {
            q: self.q.clone().filter(|q| !q.trim().is_empty()).map(|q| q.chars().take(200).collect()),
            status: several("status", self.status.as_deref())?,
            group: self.group_id,
            origin: several("origin", self.origin.as_deref())?,
            key,
        })
    }
}

/// List people
///
/// By display name, unless `sort` says otherwise.
#[utoipa::path(get, path = "/users", tag = "Users", params(UsersQuery), responses((status = 200, body = Page<UserItem>)))]
pub async fn list(State(app): State<App>, Query(query): Query<UsersQuery>) -> Result<Json<Page<UserItem>>, Problem> {
    let filter = query.filter()?;
    let page = PageRequest::new(query.limit, query.cursor, query.sort)?;
    let mut conn = app.db.read().await?;
    let people = users::list(&mut conn, &filter, &page).await?;
    Ok(Json(user_items(&mut conn, people).await?))
}

/// How many people match.
#[derive(Debug, Serialize, ToSchema)]
pub struct Count {
    /// How many, at most 10,000 with a search or filter.
    count: i64,
    /// Whether that is all of them.
    exact: bool,
}

/// Count people
#[utoipa::path(get, path = "/users/count", tag = "Users", params(UsersQuery), responses((status = 200, body = Count)))]
pub async fn count(State(app): State<App>, Query(query): Query<UsersQuery>) -> Result<Json<Count>, Problem> {
    let filter = query.filter()?;
    let mut conn = app.db.read().await?;
    let (count, exact) = users::count(&mut conn, &filter).await?;
    Ok(Json(Count { count, exact }))
}

/// The user name and address to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AvailabilityQuery {
    /// A user name, compared without case.
    user_name: Option<String>,
    /// An e-mail address, compared without case.
    email: Option<String>,
}

/// Who has a user name or an address already.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// Who has the user name; it can't be given again.
    user_name: Option<PersonName>,
    /// Who has the address, at most ten people; addresses may be shared.
    email: Vec<PersonName>,
}

/// Look who has a user name or an e-mail address
#[utoipa::path(get, path = "/users/availability", tag = "Users", params(AvailabilityQuery),
    responses((status = 200, body = Availability)))]
pub async fn availability(
    State(app): State<App>,
    Query(query): Query<AvailabilityQuery>,
) -> Result<Json<Availability>, Problem> {
    let mut conn = app.db.read().await?;
    let name = |user: users::User| PersonName { id: user.id, display_name: user.display_name };
    let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let user_name = match filled(query.user_name) {
        Some(text) => users::find_by_user_name(&mut conn, &text).await?.map(name),
        None => None,
    };
    let email = match filled(query.email) {
        Some(text) => users::find_by_email(&mut conn, &text).await?.into_iter().map(name).collect(),
        None => Vec::new(),
    };
    Ok(Json(Availability { user_name, email }))
}

/// Read a person
#[utoipa::path(get, path = "/users/{id}", tag = "Users", params(("id" = UserId, Path)),
    responses((status = 200, body = UserDetail)))]
pub async fn get(State(app): State<App>, Path(id): Path<UserId>) -> Result<Versioned<UserDetail>, Problem> {
    let mut conn = app.db.read().await?;
    let user = users::get(&mut conn, id).await?;
    Ok(Versioned::ok(user.version, user_detail(&mut conn, user).await?))
}
