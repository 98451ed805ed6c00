//! The tenant's groups, to choose from.

use axum::extract::State;
use keystead_directory::{Error, page::Page};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    entra::groups::{self, EntraGroup},
    http::{
        error::Problem,
        extract::{Json, Query},
    },
};

/// Which groups are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct GroupsQuery {
    /// The beginning of a word in the name or description, or an object id.
    q: Option<String>,
    /// How many, 1 to 50; 20 when left out.
    limit: Option<u32>,
}

/// Search the groups of the tenant
///
/// Microsoft is asked anew each time; there are no further pages, but better words.
#[utoipa::path(get, path = "/integrations/entra/groups", tag = "Integrations", params(GroupsQuery),
    responses((status = 200, body = Page<EntraGroup>)))]
pub async fn list(State(app): State<App>, Query(query): Query<GroupsQuery>) -> Result<Json<Page<EntraGroup>>, Problem> {
    let limit = query.limit.unwrap_or(20);
    if !(1..=50).contains(&limit) {
        return Err(Error::field("limit", "notAllowed", "Choose a number from 1 to 50.").into());
    }
    let q: String = query.q.unwrap_or_default().chars().take(100).collect();
    let found = super::in_time(groups::search(&app, &q, limit)).await?;
    Ok(Json(Page::whole(found)))
}
