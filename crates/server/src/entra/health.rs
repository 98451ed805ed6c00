//! What a connection can do: each permission is tried, because a token is opaque to the programs
//! that carry it and says nothing they may rely on.

use keystead_directory::{
    Timestamp,
    actor::Actor,
    alerts::{self, AlertKind, NewAlert},
    entra::{self, Connection, Health, Way},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Failure,
    graph::{Graph, Needs, Refusal},
    login::{Given, Grant, PERMISSIONS, Place, Proof},
};
use crate::app::App;

/// How many days before its end a secret or certificate is warned of.
const WARNING_DAYS: i64 = 30;

/// The tenant as it describes itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    id: Uuid,
    display_name: Option<String>,
    #[serde(default)]
    verified_domains: Vec<Domain>,
}

#[derive(Deserialize)]
struct Domain {
    name: String,
}

#[derive(Deserialize)]
struct Listed<T> {
    value: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    account_enabled: Option<bool>,
}

const fn needs(permission: &'static str) -> Needs {
    Needs { permission, eventual: false }
}

const USERS: Needs = needs(PERMISSIONS[0]);
const GROUPS: Needs = needs(PERMISSIONS[1]);
const ORGANIZATION: Needs = needs(PERMISSIONS[2]);

/// Asks for a new token and tries each permission; what was found is noted. A certificate that
/// waited is taken into use if it brings a token.
///
/// # Errors
/// Those of the database, and that there is no connection.
pub async fn check(app: &App, actor: &Actor) -> Result<Connection, Failure> {
    let connection = entra::get(&mut app.db.read().await?).await.map_err(not_configured)?;
    try_next_certificate(app, actor, &connection).await?;
    let connection = entra::get(&mut app.db.read().await?).await?;
    let tenant = connection.tenant_id;
    let graph = Graph::of(app, connection)?;
    let health = match graph.renew().await {
        Ok(()) => examine(&graph, tenant).await.0,
        Err(failure) => unhealthy(failure),
    };
    note(app, health).await
}

fn not_configured(error: keystead_directory::Error) -> Failure {
    match error {
        keystead_directory::Error::NotFound(_) => {
            Failure::new("notConfigured", "Entra ID is not connected yet. Connect it under Integrations → Entra ID.")
        }
        error => error.into(),
    }
}

fn unhealthy(failure: Failure) -> Health {
    Health { problem: Some((failure.code.to_owned(), failure.message)), ..Health::default() }
}

async fn note(app: &App, health: Health) -> Result<Connection, Failure> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    entra::note_health(&mut tx, health).await?;
    let connection = entra::get(&mut tx).await?;
    tx.commit().await?;
    Ok(connection)
}

/// Takes the certificate that waits into use, if there is one and it brings a token.
async fn try_next_certificate(app: &App, actor: &Actor, connection: &Connection) -> Result<(), Failure> {
    let proofs = entra::proofs(&mut app.db.read().await?, &app.sealer).await?;
    let place = Place::of(connection)?;
    if let Some(waiting) = Proof::waiting(connection, &proofs)
        && app.entra.token(&place, &waiting, &Grant::Application).await.is_ok()
        && let Some(thumbprint) = &connection.next_thumbprint
    {
        let mut tx = app.db.write(Timestamp::now()).await?;
        entra::adopt_certificate(&mut tx, actor, thumbprint).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Tries each permission with the token in use. The second value is the tenant, when it is the one
/// that was meant.
async fn examine(graph: &Graph, known: Option<Uuid>) -> (Health, Option<(Uuid, Option<String>)>) {
    let mut health = Health { token_at: Some(Timestamp::now()), ..Health::default() };
    let organization = organization(graph).await;
    let users = users_answer(graph).await;
    let groups_url = graph.url("groups", &[("$top", "1"), ("$select", "id")]);
    let groups = graph.get::<Listed<serde::de::IgnoredAny>>(&groups_url, GROUPS).await.map(drop);
    let mut problem = None;
    let tried = [
        (USERS.permission, users),
        (GROUPS.permission, groups),
        (ORGANIZATION.permission, organization.as_ref().map(drop).map_err(Clone::clone)),
    ];
    for (name, answer) in tried {
        match answer.map_err(Failure::from) {
            Ok(()) => health.granted.push(name.to_owned()),
            Err(failure) if failure.code == "permissionMissing" => health.missing.push(name.to_owned()),
            Err(failure) => problem = problem.or(Some(failure)),
        }
    }
    let mut tenant = None;
    if let Ok(organization) = organization {
        match meant(graph.connection(), &organization, known) {
            Ok(()) => tenant = Some((organization.id, organization.display_name)),
            Err(failure) => problem = Some(failure),
        }
    }
    if problem.is_none() && !health.missing.is_empty() {
        problem = Some(Failure::missing_permission(&health.missing.join(", ")));
    }
    health.problem = problem.map(|failure| (failure.code.to_owned(), failure.message));
    (health, tenant)
}

async fn organization(graph: &Graph) -> Result<Organization, Refusal> {
    let url = graph.url("organization", &[("$select", "id,displayName,verifiedDomains")]);
    let mut answer: Listed<Organization> = graph.get(&url, ORGANIZATION).await?;
    answer.value.pop().ok_or_else(|| super::graph::nonsense().into())
}

async fn users_answer(graph: &Graph) -> Result<(), Refusal> {
    let url = graph.url("users", &[("$top", "1"), ("$select", "id,accountEnabled")]);
    let answer: Listed<Probe> = graph.get(&url, USERS).await?;
    // Without the permission Graph may name people and leave everything else out.
    match answer.value.first() {
        Some(probe) if probe.account_enabled.is_none() => Err(Failure::missing_permission(USERS.permission).into()),
        _ => Ok(()),
    }
}

/// Whether this is the tenant that the administrator meant.
fn meant(connection: &Connection, organization: &Organization, known: Option<Uuid>) -> Result<(), Failure> {
    let by_name = match connection.tenant.parse::<Uuid>() {
        Ok(id) => id == organization.id,
        Err(_) => {
            organization.verified_domains.iter().any(|domain| domain.name.eq_ignore_ascii_case(&connection.tenant))
        }
    };
    if by_name && known.is_none_or(|known| known == organization.id) {
        return Ok(());
    }
    Err(Failure::new(
        "tenantMismatch",
        "Microsoft answered for another tenant than the one that is entered here. Nothing was changed. Sign in with an \
         administrator of the tenant that is entered, or correct the tenant.",
    ))
}

/// What came back from Microsoft's consent, by the browser: nothing of it is believed.
#[derive(Debug, Default)]
pub struct CameBack {
    /// The authorization code of the interactive way.
    pub code: Option<String>,
    /// The tenant that the answer names.
    pub tenant: Option<String>,
    /// The refusal.
    pub error: Option<String>,
    /// Its words.
    pub description: Option<String>,
}

/// Ends an authorization: gets a token and asks the tenant itself who it is. What was found, good
/// or bad, is noted in the connection.
///
/// # Errors
/// Those of the database, and that there is no connection.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    way: Way,
    verifier: &str,
    back: CameBack,
    redirect_uri: &str,
) -> Result<Connection, Failure> {
    let mut connection = entra::get(&mut app.db.read().await?).await.map_err(not_configured)?;
    let given = match token_for(app, &connection, way, verifier, &back, redirect_uri).await {
        Ok(given) => given,
        Err(failure) => return note(app, unhealthy(failure)).await,
    };
    app.entra.keep_token(connection.version, way, given.access);
    connection.way = way;
    let graph = Graph::of(app, connection)?;
    let (mut health, tenant) = examine(&graph, None).await;
    let tenant = tenant.filter(|(id, _)| {
        let agrees = back.tenant.as_ref().is_none_or(|named| named.parse() == Ok(*id));
        if !agrees {
            let message =
                "The answer names another tenant than the token is for. Nothing was changed. Authorize again.";
            health.problem = Some(("tenantMismatch".to_owned(), message.to_owned()));
        }
        agrees
    });
    let mut tx = app.db.write(Timestamp::now()).await?;
    if tenant.is_none() {
        app.entra.forget_tokens();
    }
    if let Some((id, name)) = tenant {
        if let Some(refresh) = &given.refresh {
            entra::keep_refresh_token(&mut tx, &app.sealer, refresh).await?;
        }
        entra::authorized(&mut tx, actor, way, id, name).await?;
    }
    entra::note_health(&mut tx, health).await?;
    let connection = entra::get(&mut tx).await?;
    tx.commit().await?;
    Ok(connection)
}

async fn token_for(
    app: &App,
    connection: &Connection,
    way: Way,
    verifier: &str,
    back: &CameBack,
    redirect_uri: &str,
) -> Result<Given, Failure> {
    if let Some(error) = &back.error {
        let refusal = super::failure::LoginRefusal {
            error: error.clone(),
            error_description: back.description.clone().unwrap_or_default(),
            error_codes: Vec::new(),
        };
        return Err(refusal.failure());
    }
    let proofs = entra::proofs(&mut app.db.read().await?, &app.sealer).await?;
    let proof = Proof::in_use(connection, &proofs)?;
    let grant = match (way, &back.code) {
        (Way::Application, _) => Grant::Application,
        (Way::Delegated, Some(code)) => Grant::Code { code, verifier, redirect_uri },
        (Way::Delegated, None) => {
            return Err(Failure::new("noCode", "Microsoft sent nothing to go on with. Choose Authorize once more."));
        }
    };
    app.entra.token(&Place::of(connection)?, &proof, &grant).await
}

/// Warns administrators once, 30 days before the secret or certificate in use ends.
///
/// # Errors
/// Those of the database.
pub async fn warn_of_expiry(app: &App) -> keystead_directory::Result<()> {
    let now = Timestamp::now();
    let Some(connection) = entra::find(&mut app.db.read().await?).await? else { return Ok(()) };
    let Some(end) = connection.expires_at() else { return Ok(()) };
    if now < end.plus_hours(-24 * WARNING_DAYS) || connection.warned_of == Some(end) {
        return Ok(());
    }
    let mut tx = app.db.write(now).await?;
    if entra::note_warning(&mut tx, end).await? {
        let day: String = end.to_string().chars().take(10).collect();
        let (what, detail) = match connection.credential {
            Some(entra::CredentialType::Secret) => {
                ("client secret", "Make a new one in the app registration and enter it under Integrations → Entra ID.")
            }
            _ => (
                "certificate",
                "Make a new one under Integrations → Entra ID and upload it to the app registration; the old one works \
                 until then.",
            ),
        };
        let alert = NewAlert {
            kind: AlertKind::EntraCredentialExpires,
            title: format!("The {what} for Entra ID ends on {day}"),
            detail: format!("After that day nobody is imported from Entra ID. {detail}"),
            user_id: None,
        };
        alerts::raise(&mut tx, alert).await?;
    }
    tx.commit().await
}
