//! What Keystead knows of the tenant, and what it proves itself with.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Error, Timestamp,
    entra::{self, Cloud, Connection, CredentialType, NewConnection},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::App,
    entra::{certificate, clouds, health},
    http::{
        auth::Caller,
        error::Problem,
        etag::{IfMatch, Versioned},
        extract::{Json, Nothing},
    },
};

/// How the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionState {
    /// Nothing was entered yet.
    NotConfigured,
    /// Nobody has consented yet.
    NotAuthorized,
    /// People can be imported.
    Working,
    /// Something must be mended; `problem` says what.
    Failing,
}

/// What Keystead proves itself with; the secret itself is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntraCredential)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum CredentialView {
    /// A client secret.
    #[schema(title = "SecretView")]
    Secret(SecretView),
    /// A certificate.
    #[schema(title = "CertificateView")]
    Certificate(CertificateView),
}

/// A client secret that was entered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretView {
    /// When it ends, as it was entered.
    expires_at: Option<Timestamp>,
    /// When it was entered.
    entered_at: Option<Timestamp>,
}

/// A certificate to be uploaded to the app registration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// SHA-256 of the certificate, hexadecimal.
    thumbprint: String,
    /// The certificate, PEM.
    certificate_pem: String,
    /// When it ends.
    expires_at: Option<Timestamp>,
}

/// Which permissions answered when they were tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionsView {
    /// Those that did, by Microsoft's names.
    granted: Vec<String>,
    /// Those that did not.
    missing: Vec<String>,
}

/// Something that must be mended.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionProblem {
    /// A stable code.
    code: String,
    /// What happened and what to do.
    message: String,
}

/// The connection to Microsoft Entra ID.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntraConnection {
    /// Whether anything was entered.
    configured: bool,
    /// The tenant as it was entered: an id or a domain.
    tenant: Option<String>,
    /// The tenant that Microsoft confirmed.
    tenant_id: Option<Uuid>,
    /// Its name.
    tenant_name: Option<String>,
    /// The application's id.
    client_id: Option<Uuid>,
    /// Where the tenant lives.
    cloud: Cloud,
    /// The login address; of a custom cloud only.
    login_url: Option<String>,
    /// The Graph address; of a custom cloud only.
    graph_url: Option<String>,
    /// What Keystead proves itself with.
    credential: Option<CredentialView>,
    /// A new certificate that takes over once it has brought a token.
    next_certificate: Option<CertificateView>,
    /// The redirect URI to register, platform Web.
    redirect_uri: String,
    /// On whose behalf people are read.
    way: entra::Way,
    /// How it is.
    state: ConnectionState,
    /// When Microsoft last gave a token.
    last_token: Option<Timestamp>,
    /// Which permissions there are.
    permissions: PermissionsView,
    /// What must be mended.
    problem: Option<ConnectionProblem>,
    /// Changes with every change by a person.
    version: i64,
}

/// Where Microsoft sends the administrator back to: a page of the panel.
pub(super) fn redirect_uri(app: &App) -> String {
    format!("{}/integrations/entra/callback", app.config.public_url.origin())
}

pub(super) fn view(app: &App, connection: Option<Connection>) -> EntraConnection {
    let redirect_uri = redirect_uri(app);
    let Some(connection) = connection else {
        return EntraConnection {
            configured: false,
            tenant: None,
            tenant_id: None,
            tenant_name: None,
            client_id: None,
            cloud: Cloud::Global,
            login_url: None,
            graph_url: None,
            credential: None,
            next_certificate: None,
            redirect_uri,
            way: entra::Way::Application,
            state: ConnectionState::NotConfigured,
            last_token: None,
            permissions: PermissionsView { granted: Vec::new(), missing: Vec::new() },
            problem: None,
            version: 0,
        };
    };
    let (granted, missing) = (connection.granted(), connection.missing());
    let problem = connection
        .problem_code
        .zip(connection.problem_message)
        .map(|(code, message)| ConnectionProblem { code, message });
    let certificate = |thumbprint: Option<String>, pem: Option<String>, expires_at| {
        Some(CertificateView { thumbprint: thumbprint?, certificate_pem: pem?, expires_at })
    };
    let credential = match connection.credential {
        Some(CredentialType::Secret) => Some(CredentialView::Secret(SecretView {
            expires_at: connection.secret_expires_at,
            entered_at: connection.secret_entered_at,
        })),
        Some(CredentialType::Certificate) => {
            certificate(connection.thumbprint, connection.certificate, connection.certificate_expires_at)
                .map(CredentialView::Certificate)
        }
        None => None,
    };
    EntraConnection {
        configured: true,
        state: match (&problem, connection.tenant_id) {
            (_, None) => ConnectionState::NotAuthorized,
            (Some(_), Some(_)) => ConnectionState::Failing,
            (None, Some(_)) => ConnectionState::Working,
        },
        tenant: Some(connection.tenant),
        tenant_id: connection.tenant_id,
        tenant_name: connection.tenant_name,
        client_id: Some(connection.client_id),
        cloud: connection.cloud,
        login_url: connection.login_url,
        graph_url: connection.graph_url,
        credential,
        next_certificate: certificate(
            connection.next_thumbprint,
            connection.next_certificate,
            connection.next_expires_at,
        ),
        redirect_uri,
        way: connection.way,
        last_token: connection.last_token_at,
        permissions: PermissionsView { granted, missing },
        problem,
        version: connection.version,
    }
}

pub(super) fn answer(app: &App, connection: Connection) -> Versioned<EntraConnection> {
    Versioned::ok(connection.version, view(app, Some(connection)))
}

/// Read the connection to Entra ID
#[utoipa::path(get, path = "/integrations/entra", tag = "Integrations", responses((status = 200, body = EntraConnection)))]
pub async fn get(State(app): State<App>) -> Result<Versioned<EntraConnection>, Problem> {
    let connection = entra::find(&mut app.db.read().await?).await?;
    let version = connection.as_ref().map_or(0, |connection| connection.version);
    Ok(Versioned::ok(version, view(&app, connection)))
}

/// The connection as it is entered.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutEntraConnection {
    /// The tenant's id or one of its domains.
    tenant: String,
    /// The application's id.
    client_id: String,
    /// Where the tenant lives.
    cloud: Cloud,
    /// The login address; of a custom cloud only. `https`, unless it is this machine.
    login_url: Option<String>,
    /// The Graph address; of a custom cloud only.
    graph_url: Option<String>,
    /// A new client secret; what was entered before stays when it is left out.
    secret: Option<String>,
    /// When the secret ends.
    secret_expires_at: Option<Timestamp>,
}

/// Enter the connection to Entra ID
///
/// Another tenant, application or cloud makes the secret, the certificate and the authorization of the former one void.
#[utoipa::path(put, path = "/integrations/entra", tag = "Integrations", params(("If-Match" = Option<String>, Header)),
    request_body = PutEntraConnection, responses((status = 200, body = EntraConnection)))]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    Json(body): Json<PutEntraConnection>,
) -> Result<Versioned<EntraConnection>, Problem> {
    let client_id = body.client_id.trim().parse::<Uuid>().map_err(|_| {
        Error::field("clientId", "malformed", "Paste the Application (client) ID of the app registration.")
    })?;
    let custom = |field: &str, text: Option<String>| {
        let text = text.filter(|text| !text.trim().is_empty());
        text.map(|text| clouds::custom(field, &text)).transpose().map_err(|error| Error::Invalid(vec![error]))
    };
    let new = NewConnection {
        tenant: body.tenant,
        client_id,
        cloud: body.cloud,
        login_url: custom("loginUrl", body.login_url)?,
        graph_url: custom("graphUrl", body.graph_url)?,
        secret: body.secret,
        secret_expires_at: body.secret_expires_at,
    };
    let mut tx = app.db.write(Timestamp::now()).await?;
    let connection = entra::save(&mut tx, &app.sealer, caller.actor(), new, expected).await?;
    tx.commit().await?;
    Ok(answer(&app, connection))
}

/// Disconnect Entra ID
///
/// Its secrets are forgotten. People and groups that were imported stay.
#[utoipa::path(delete, path = "/integrations/entra", tag = "Integrations", params(("If-Match" = Option<String>, Header)),
    responses((status = 204)))]
pub async fn delete(State(app): State<App>, caller: Caller, IfMatch(expected): IfMatch) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    entra::delete(&mut tx, caller.actor(), expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a certificate for Entra ID
///
/// Keystead makes the private key and keeps it. Upload the certificate to the app registration and check the
/// connection: from the first token on it replaces what was used before.
#[utoipa::path(post, path = "/integrations/entra/certificate", tag = "Integrations",
    responses((status = 200, body = EntraConnection)))]
pub async fn make_certificate(
    State(app): State<App>,
    caller: Caller,
    _: Nothing,
) -> Result<Versioned<EntraConnection>, Problem> {
    entra::get(&mut app.db.read().await?).await?;
    let (host, now) = (app.config.public_url.host().to_owned(), Timestamp::now());
    let made = tokio::task::spawn_blocking(move || certificate::make(&host, now)).await;
    let made = made.map_err(anyhow::Error::from).flatten().map_err(|error| {
        tracing::error!(%error, "a certificate for Entra ID could not be made");
        Problem::internal()
    })?;
    let mut tx = app.db.write(now).await?;
    let connection = entra::offer_certificate(&mut tx, &app.sealer, caller.actor(), made).await?;
    tx.commit().await?;
    Ok(answer(&app, connection))
}

/// Check the connection to Entra ID
///
/// Asks Microsoft for a token and tries each permission.
#[utoipa::path(post, path = "/integrations/entra/check", tag = "Integrations",
    responses((status = 200, body = EntraConnection)))]
pub async fn check(State(app): State<App>, caller: Caller, _: Nothing) -> Result<Versioned<EntraConnection>, Problem> {
    let connection = super::in_time(health::check(&app, caller.actor())).await?;
    Ok(answer(&app, connection))
}
