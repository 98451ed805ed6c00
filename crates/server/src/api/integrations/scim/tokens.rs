//! The tokens and OAuth clients that open SCIM.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Error, Timestamp,
    ids::ScimTokenId,
    scim::tokens::{self, ScimToken, TokenKind},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::App,
    config::Network,
    http::{
        auth::Caller,
        error::Problem,
        extract::{Json, Path},
    },
};

/// A token or a client's secret; its text is not here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimTokenView {
    /// Its id.
    id: ScimTokenId,
    /// Which directory it was made for.
    name: String,
    /// How it is used.
    kind: TokenKind,
    /// The OAuth client that it is a secret of.
    client_id: Option<Uuid>,
    /// The networks it may be used from; none: any.
    networks: Vec<String>,
    /// Who made it.
    created_by: Option<String>,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends.
    expires_at: Timestamp,
    /// When it was last used (within a minute).
    last_used_at: Option<Timestamp>,
}

impl From<ScimToken> for ScimTokenView {
    fn from(token: ScimToken) -> Self {
        Self {
            networks: token.networks(),
            id: token.id,
            name: token.name,
            kind: token.kind,
            client_id: token.client_id,
            created_by: token.created_by,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}

/// All tokens and secrets that are not revoked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScimTokens {
    /// The newest first; at most a thousand.
    tokens: Vec<ScimTokenView>,
}

/// List what opens SCIM
#[utoipa::path(get, path = "/integrations/scim/tokens", tag = "Integrations", responses((status = 200, body = ScimTokens)))]
pub async fn list(State(app): State<App>) -> Result<Json<ScimTokens>, Problem> {
    let tokens = tokens::list(&mut app.db.read().await?).await?;
    Ok(Json(ScimTokens { tokens: tokens.into_iter().map(ScimTokenView::from).collect() }))
}

/// A token or a client to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateScimToken {
    /// Which directory it is for.
    name: String,
    /// How it is used; a token when left out.
    kind: Option<TokenKind>,
    /// The OAuth client that gets another secret, so that two live at once; a new client when left out.
    client_id: Option<Uuid>,
    /// How long it lives, 1 to 3650 days.
    expires_in_days: i64,
    /// Networks (`203.0.113.0/24`) or addresses it may be used from; none: any.
    #[serde(default)]
    networks: Vec<String>,
}

/// A token or a client with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimTokenCreated {
    /// The token.
    token: ScimTokenView,
    /// The *Secret Token*, or the client's secret; it can't be read again.
    #[schema(example = "kss_…")]
    secret: String,
}

/// Make a token or a client
#[utoipa::path(post, path = "/integrations/scim/tokens", tag = "Integrations", request_body = CreateScimToken,
    responses((status = 201, body = ScimTokenCreated)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateScimToken>,
) -> Result<(StatusCode, Json<ScimTokenCreated>), Problem> {
    let networks: Vec<String> = body.networks.iter().map(|text| text.trim().to_owned()).collect();
    if let Some(wrong) = networks.iter().find(|text| text.parse::<Network>().is_err()) {
        let shown: String = wrong.chars().take(60).collect();
        let message = format!("{shown:?} is no network: write it as 203.0.113.0/24, or one address.");
        return Err(Error::field("networks", "malformed", message).into());
    }
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (actor, name, days) = (caller.actor(), &body.name, body.expires_in_days);
    let (token, secret) = match (body.kind.unwrap_or(TokenKind::Token), body.client_id) {
        (TokenKind::Token, None) => tokens::create(&mut tx, actor, name, days, &networks).await?,
        (TokenKind::Token, Some(_)) => {
            return Err(Error::field("clientId", "notAllowed", "Leave this out: a token belongs to no client.").into());
        }
        (TokenKind::Client, client) => tokens::create_client(&mut tx, actor, name, days, &networks, client).await?,
    };
    tx.commit().await?;
    let answer = ScimTokenCreated { token: token.into(), secret: secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revoke a token or a client's secret
///
/// It is refused from this moment, and so is every access token that it bought.
#[utoipa::path(delete, path = "/integrations/scim/tokens/{id}", tag = "Integrations", params(("id" = ScimTokenId, Path)),
    responses((status = 204)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScimTokenId>,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    tokens::revoke(&mut tx, caller.actor(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
