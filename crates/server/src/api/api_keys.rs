//! API keys: programs that act with a role, for a time.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Timestamp,
    api_keys::{self, ApiKey},
    ids::ApiKeyId,
    page::Page,
    roles::Role,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        extract::{Json, Path},
    },
};

/// An API key; its secret is not here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyView {
    /// Its id.
    id: ApiKeyId,
    /// What it is for.
    name: String,
    /// What it may do.
    role: Role,
    /// When it was made.
    created_at: Timestamp,
    /// Who made it.
    created_by: Option<String>,
    /// When it ends.
    expires_at: Timestamp,
    /// When it was last used (within a minute).
    last_used_at: Option<Timestamp>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            role: key.role,
            created_at: key.created_at,
            created_by: key.created_by,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// List API keys
#[utoipa::path(get, path = "/api-keys", tag = "API keys", responses((status = 200, body = Page<ApiKeyView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Page<ApiKeyView>>, Problem> {
    let keys = api_keys::list(&mut app.db.read().await?).await?;
    Ok(Json(Page::whole(keys.into_iter().map(ApiKeyView::from).collect())))
}

/// An API key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// What it is for.
    name: String,
    /// What it may do.
    role: Role,
    /// How long it lives, 1 to 3650 days.
    expires_in_days: i64,
}

/// An API key with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCreated {
    /// The key.
    api_key: ApiKeyView,
    /// For `Authorization: Bearer`; it can't be read again.
    #[schema(example = "ksk_…")]
    secret: String,
}

/// Make an API key
#[utoipa::path(post, path = "/api-keys", tag = "API keys", request_body = CreateApiKey,
    responses((status = 201, body = ApiKeyCreated)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateApiKey>,
) -> Result<(StatusCode, Json<ApiKeyCreated>), Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (key, token) = api_keys::create(&mut tx, caller.actor(), &body.name, body.role, body.expires_in_days).await?;
    tx.commit().await?;
    let answer = ApiKeyCreated { api_key: key.into(), secret: token.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revoke an API key
///
/// It is refused from this moment.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "API keys", params(("id" = ApiKeyId, Path)), responses((status = 204)))]
pub async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<ApiKeyId>) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    api_keys::revoke(&mut tx, caller.actor(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
