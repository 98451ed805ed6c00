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
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::App, cards, scim};
use layers::Deadlines;

/// Every route of `/api/v1`, with its doc.
#[expect(clippy::too_many_lines, reason = "a table, a row for each route")]
fn routes() -> OpenApiRouter<App> {
    use crate::api::{
        activity, alerts, api_keys, cards, carry_overs, dashboard, groups, imports, instance,
        integrations::{entra, scim},
        keys, me, registrations, schedules, session, settings, setup, signin, users, workstations,
    };
    OpenApiRouter::new()
        .routes(routes!(instance::get))
        .routes(routes!(setup::inspect))
        .routes(routes!(setup::options))
        .routes(routes!(setup::finish))
        .routes(routes!(registrations::inspect))
        .routes(routes!(registrations::options))
        .routes(routes!(registrations::finish))
        .routes(routes!(carry_overs::show_by_link))
        .routes(routes!(carry_overs::open))
        .routes(routes!(carry_overs::follow))
        .routes(routes!(cards::activation::look))
        .routes(routes!(cards::activation::begin))
        .routes(routes!(cards::activation::follow))
        .routes(routes!(cards::activation::finish))
        .routes(routes!(signin::options))
        .routes(routes!(signin::finish))
        .routes(routes!(session::get, session::delete))
        .routes(routes!(session::step_up_options))
        .routes(routes!(session::step_up_finish))
        .routes(routes!(me::get, me::update))
        .routes(routes!(me::rename_key))
        .routes(routes!(me::report_lost))
        .routes(routes!(cards::manage::reset_own_pin))
        .routes(routes!(me::sign_ins))
        .routes(routes!(users::list::list, users::create::create))
        .routes(routes!(users::list::count))
        .routes(routes!(users::list::availability))
        .routes(routes!(users::list::get, users::change::update, users::change::delete))
        .routes(routes!(users::change::disable))
        .routes(routes!(users::change::enable))
        .routes(routes!(users::parts::list_keys, users::parts::assign_key))
        .routes(routes!(users::parts::list_credentials))
        .routes(routes!(users::parts::list_groups))
        .routes(routes!(users::parts::join_group, users::parts::leave_group))
        .routes(routes!(groups::list, groups::create))
        .routes(routes!(groups::get, groups::update, groups::delete))
        .routes(routes!(groups::members, groups::change_members))
        .routes(routes!(keys::list))
        .routes(routes!(keys::get, keys::rename))
        .routes(routes!(keys::resend))
        .routes(routes!(carry_overs::show_for_key))
        .routes(routes!(keys::cancel))
        .routes(routes!(cards::manage::get))
        .routes(routes!(cards::readings::begin))
        .routes(routes!(cards::readings::get))
        .routes(routes!(cards::readings::bind))
        .routes(routes!(cards::manage::reset_pin))
        .routes(routes!(cards::manage::unblock))
        .routes(routes!(cards::replace::replace))
        .routes(routes!(cards::manage::passkeys))
        .routes(routes!(cards::manage::remove_passkey))
        .routes(routes!(keys::suspend))
        .routes(routes!(keys::resume))
        .routes(routes!(keys::revoke))
        .routes(routes!(imports::list::list, imports::draft::create))
        .routes(routes!(imports::report::template))
        .routes(routes!(imports::list::get, imports::draft::update, imports::draft::delete))
        .routes(routes!(imports::file::upload))
        .routes(routes!(imports::file::look))
        .routes(routes!(imports::act::plan))
        .routes(routes!(imports::list::rows))
        .routes(routes!(imports::groups::list))
        .routes(routes!(imports::groups::members))
        .routes(routes!(imports::act::tick))
        .routes(routes!(imports::act::confirm))
        .routes(routes!(imports::act::cancel))
        .routes(routes!(imports::act::undo))
        .routes(routes!(imports::report::failed))
        .routes(routes!(activity::list))
        .routes(routes!(activity::actions))
        .routes(routes!(activity::export))
        .routes(routes!(settings::get, settings::update))
        .routes(routes!(settings::mail))
        .routes(routes!(settings::test_mail))
        .routes(routes!(settings::about))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(entra::connection::get, entra::connection::put, entra::connection::delete))
        .routes(routes!(entra::connection::make_certificate))
        .routes(routes!(entra::connection::check))
        .routes(routes!(entra::authorize::begin))
        .routes(routes!(entra::authorize::finish))
        .routes(routes!(entra::groups::list))
        .routes(routes!(scim::settings::get, scim::settings::update))
        .routes(routes!(scim::tokens::list, scim::tokens::create))
        .routes(routes!(scim::tokens::revoke))
        .routes(routes!(scim::requests::list))
        .routes(routes!(scim::requests::get))
        .routes(routes!(scim::conflicts::list))
        .routes(routes!(scim::conflicts::link_all))
        .routes(routes!(scim::conflicts::link))
        .routes(routes!(scim::conflicts::forget))
        .routes(routes!(schedules::list, schedules::create))
        .routes(routes!(schedules::update, schedules::delete))
        .routes(routes!(schedules::run))
        .routes(routes!(workstations::list))
        .routes(routes!(workstations::make_code))
        .routes(routes!(workstations::rename))
        .routes(routes!(workstations::revoke))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::dismiss))
        .routes(routes!(dashboard::get))
}

/// The document of the API, made from the routes.
pub fn openapi() -> OpenApi {
    let (_, paths) = routes().split_for_parts();
    document::complete(paths)
}

/// Everything that the server answers.
pub fn router(app: App) -> Router {
    router_within(app, Deadlines::default())
}

/// The same with other deadlines.
pub fn router_within(app: App, deadlines: Deadlines) -> Router {
    let (v1, _) = routes().split_for_parts();
    let v1 = v1.route_layer(middleware::from_fn_with_state(app.clone(), auth::guard));
    let panel = Router::new().fallback(assets::serve).layer(CompressionLayer::new().quality(CompressionLevel::Fastest));
    Router::new()
        .nest(access::BASE, v1)
        .merge(document::pages())
        .merge(scim::routes())
        .merge(cards::routes())
        .merge(scim::oauth::routes())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(async || layers::method_not_allowed(""))
        .fallback_service(panel)
        .layer(middleware::from_fn_with_state((app.clone(), deadlines), layers::observe))
        .with_state(app)
}
