//! Microsoft's consent: there and back.

use axum::extract::State;
use keystead_directory::{
    Error, Timestamp,
    entra::{self, Way},
    secret::Token,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::connection::{EntraConnection, answer, redirect_uri};
use crate::{
    app::App,
    entra::{
        health::{self, CameBack},
        login::Place,
    },
    http::{auth::Caller, error::Problem, etag::Versioned, extract::Json},
};

/// How to consent.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum AuthorizeWay {
    /// For the whole organisation; works for scheduled imports too.
    AdminConsent,
    /// By signing in; people are read on behalf of who signs in.
    Interactive,
}

/// Which way to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authorize {
    /// How to consent.
    way: AuthorizeWay,
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub struct ConsentAddress {
    /// Microsoft's page; open it in this browser.
    url: String,
}

/// Begin to authorize Keystead in Entra ID
///
/// The address works once, for half an hour, for this session.
#[utoipa::path(post, path = "/integrations/entra/authorize", tag = "Integrations", request_body = Authorize,
    responses((status = 200, body = ConsentAddress)))]
pub async fn begin(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<Authorize>,
) -> Result<Json<ConsentAddress>, Problem> {
    let way = match body.way {
        AuthorizeWay::AdminConsent => Way::Application,
        AuthorizeWay::Interactive => Way::Delegated,
    };
    let session = caller.person()?.id;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let connection = entra::get(&mut tx).await?;
    if connection.credential.is_none() {
        let what = "Enter a client secret or make a certificate first: Keystead proves with it that it is itself.";
        return Err(Error::IllegalState(what.to_owned()).into());
    }
    let begun = entra::begin_authorization(&mut tx, &app.sealer, session, way).await?;
    tx.commit().await?;
    let url = Place::of(&connection)?.consent(way, &begun, &redirect_uri(&app));
    Ok(Json(ConsentAddress { url: url.into() }))
}

/// What Microsoft sent the browser back with.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinishAuthorize {
    /// The parameter `state`.
    state: String,
    /// The parameter `code`.
    code: Option<String>,
    /// The parameter `tenant`.
    tenant: Option<String>,
    /// The parameter `admin_consent`.
    #[expect(dead_code, reason = "it is sent also when consent was declined, so it says nothing")]
    admin_consent: Option<bool>,
    /// The parameter `error`.
    error: Option<String>,
    /// The parameter `error_description`.
    error_description: Option<String>,
}

/// Finish to authorize Keystead in Entra ID
///
/// Nothing that came back is believed: a token is asked for and the tenant asked who it is. What was found, good or
/// bad, is in the connection that is answered.
#[utoipa::path(post, path = "/integrations/entra/authorize/finish", tag = "Integrations", request_body = FinishAuthorize,
    responses((status = 200, body = EntraConnection)))]
pub async fn finish(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<FinishAuthorize>,
) -> Result<Versioned<EntraConnection>, Problem> {
    let session = caller.person()?.id;
    let state = Token::presented(&body.state);
    let mut tx = app.db.write(Timestamp::now()).await?;
    let taken = entra::take_authorization(&mut tx, &app.sealer, session, &state).await?;
    tx.commit().await?;
    let Some((way, verifier)) = taken else {
        let what = "This answer belongs to no authorization that you began here in the last half hour, or it was used \
                    already. Choose Authorize once more.";
        return Err(Error::IllegalState(what.to_owned()).into());
    };
    let back =
        CameBack { code: body.code, tenant: body.tenant, error: body.error, description: body.error_description };
    let redirect_uri = redirect_uri(&app);
    let connection = super::in_time(health::confirm(&app, caller.actor(), way, &verifier, back, &redirect_uri)).await?;
    Ok(answer(&app, connection))
}
