//! The whole HTTP interface as one readable list.
//!
//! # Adding an endpoint
//! 1. `api/<entity>/<verb>.rs` holds the body type, the doc and the handler:
//!
//!    ```ignore
//!    #[utoipa::path(get, path = "/users/{id}", tag = "Users", params(("id" = UserId, Path)),
//!        responses((status = 200, body = User)))]
//!    pub async fn get(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Json<User>, Problem> {
//!        let mut conn = app.db.read().await?;
//!        Ok(Json(users::get(&mut conn, id).await?))
//!    }
//!    ```
//!
//!    Paths are written below `/api/v1`. Take [`extract::Json`], [`extract::Query`] and
//!    [`extract::Path`], never axum's own; body types have `#[serde(deny_unknown_fields)]`.
//!    Refusals and the security scheme are documented for every operation by [`document`].
//! 2. one row in [`access::ACCESS`] says who may call it. Without a row nobody may.
//! 3. one line in [`routes`] below.
//!
//! `keystead openapi > openapi.json` writes the document anew.

pub mod access;
pub mod assets;
pub mod auth;
pub mod client;
pub mod cookies;
pub mod document;
pub mod error;
pub mod etag;
pub mod extract;
pub mod health;
pub mod layers;
pub mod limits;
pub mod origin;

use axum::{Router, middleware, routing::get};
use tower_http::{CompressionLevel, compression::CompressionLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Every route of `/api/v1`, with its doc.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

/// The document of the API, made from the routes.
pub fn openapi() -> OpenApi {
    let (_, paths) = routes().split_for_parts();
    document::complete(paths)
}

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    let (v1, _) = routes().split_for_parts();
    let v1 = v1.route_layer(middleware::from_fn_with_state(app.clone(), auth::guard));
    let panel = Router::new().fallback(assets::serve).layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    Router::new()
        .nest(access::BASE, v1)
        .merge(document::pages())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback_service(panel)
        .layer(middleware::from_fn_with_state(app.clone(), layers::observe))
        .with_state(app)
}
