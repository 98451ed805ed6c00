//! The connection to Microsoft Entra ID as it is stored: where the tenant is, what Keystead proves
//! itself with, and what Microsoft last confirmed. Nobody here speaks with Microsoft.

mod authorizations;
mod certificates;
mod health;
pub mod mirror;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, FieldError, Result},
    secret::Sealer,
    sql,
};
pub use authorizations::{Begun, begin_authorization, forget_old_authorizations, take_authorization};
pub use certificates::{NewCertificate, adopt_certificate, offer_certificate};
pub use health::{Health, note_health, note_token, note_warning};

/// The longest secret that is taken; Microsoft's have about 40 characters.
const LONGEST_SECRET: usize = 1024;

/// The connection in the activity record.
const TARGET: Target<'static> = Target { kind: "connection", id: None, name: "Entra ID" };

/// Which of Microsoft's clouds the tenant lives in; tokens of one are worth nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Cloud {
    /// The worldwide cloud, also for GCC.
    Global,
    /// US Government, GCC High.
    GccHigh,
    /// US Government, Department of Defense.
    Dod,
    /// China, operated by 21Vianet.
    China,
    /// Addresses of one's own.
    Custom,
}

/// On whose behalf tokens are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Way {
    /// The application's own, by client credentials: works at night too.
    Application,
    /// Of the administrator who signed in, by a refresh token.
    Delegated,
}

/// What kind of proof Keystead gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum CredentialType {
    /// A client secret.
    Secret,
    /// An assertion signed with the key of a certificate.
    Certificate,
}

/// The connection; its secrets are not here.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Connection {
    /// The tenant as the administrator wrote it: an id or a domain.
    pub tenant: String,
    /// The application's id.
    pub client_id: Uuid,
    /// Where the tenant lives.
    pub cloud: Cloud,
    /// The login address of a custom cloud.
    pub login_url: Option<String>,
    /// The Graph address of a custom cloud.
    pub graph_url: Option<String>,
    /// What Keystead proves itself with.
    pub credential: Option<CredentialType>,
    /// When the secret was entered.
    pub secret_entered_at: Option<Timestamp>,
    /// When the secret ends, as the administrator said.
    pub secret_expires_at: Option<Timestamp>,
    /// The certificate, PEM.
    pub certificate: Option<String>,
    /// SHA-256 of the certificate, hexadecimal.
    pub thumbprint: Option<String>,
    /// When the certificate ends.
    pub certificate_expires_at: Option<Timestamp>,
    /// A certificate that replaces the credential once it has brought a token.
    pub next_certificate: Option<String>,
    /// SHA-256 of that certificate.
    pub next_thumbprint: Option<String>,
    /// When that certificate ends.
    pub next_expires_at: Option<Timestamp>,
    /// On whose behalf tokens are asked for.
    pub way: Way,
    /// The tenant that Microsoft confirmed.
    pub tenant_id: Option<Uuid>,
    /// Its name.
    pub tenant_name: Option<String>,
    /// When a token was last given.
    pub last_token_at: Option<Timestamp>,
    granted: String,
    missing: String,
    /// A stable code of what is wrong.
    pub problem_code: Option<String>,
    /// What is wrong and what to do.
    pub problem_message: Option<String>,
    /// The end that was warned of.
    pub warned_of: Option<Timestamp>,
    /// Changes with every change by an administrator.
    pub version: i64,
}

impl Connection {
    /// The permissions that answered when they were tried.
    pub fn granted(&self) -> Vec<String> {
        serde_json::from_str(&self.granted).unwrap_or_default()
    }

    /// The permissions that did not.
    pub fn missing(&self) -> Vec<String> {
        serde_json::from_str(&self.missing).unwrap_or_default()
    }

    /// When the secret or certificate in use ends.
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self.credential? {
            CredentialType::Secret => self.secret_expires_at,
            CredentialType::Certificate => self.certificate_expires_at,
        }
    }
}

/// The connection, if there is one.
pub async fn find(conn: &mut Conn) -> Result<Option<Connection>> {
    conn.query(sql!(
        "select tenant, client_id, cloud, login_url, graph_url, credential, secret_entered_at, secret_expires_at, \
         certificate, thumbprint, certificate_expires_at, next_certificate, next_thumbprint, next_expires_at, way, \
         tenant_id, tenant_name, last_token_at, granted, missing, problem_code, problem_message, warned_of, version \
         from entra_connection where id = 1"
    ))
    .optional()
    .await
}

/// The connection.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn) -> Result<Connection> {
    find(conn).await?.ok_or(Error::NotFound("connection"))
}

/// What Keystead proves itself with, opened. It has no `Debug`.
#[derive(Clone)]
pub struct Proofs {
    /// The client secret.
    pub secret: Option<String>,
    /// The private key of the certificate, PKCS#8 DER.
    pub private_key: Option<Vec<u8>>,
    /// The private key of the certificate that waits.
    pub next_private_key: Option<Vec<u8>>,
    /// The refresh token of the administrator who signed in.
    pub refresh_token: Option<String>,
}

#[derive(sqlx::FromRow)]
struct SealedProofs {
    secret: Option<Vec<u8>>,
    private_key: Option<Vec<u8>>,
    next_private_key: Option<Vec<u8>>,
    refresh_token: Option<Vec<u8>>,
}

/// What each sealed column is bound to; both keys may change places, so they share one.
const SECRET: &str = "entra:secret";
const KEY: &str = "entra:privateKey";
const REFRESH: &str = "entra:refreshToken";

/// Opens what Keystead proves itself with.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Sealed`].
pub async fn proofs(conn: &mut Conn, sealer: &Sealer) -> Result<Proofs> {
    let row: SealedProofs = conn
        .query(sql!("select secret, private_key, next_private_key, refresh_token from entra_connection where id = 1"))
        .optional()
        .await?
        .ok_or(Error::NotFound("connection"))?;
    let open = |context: &str, sealed: Option<Vec<u8>>| sealed.map(|bytes| sealer.open(context, &bytes)).transpose();
    let text = |context: &str, sealed: Option<Vec<u8>>| -> Result<Option<String>> {
        open(context, sealed)?.map(|bytes| String::from_utf8(bytes).map_err(|_| Error::Sealed)).transpose()
    };
    Ok(Proofs {
        secret: text(SECRET, row.secret)?,
        private_key: open(KEY, row.private_key)?,
        next_private_key: open(KEY, row.next_private_key)?,
        refresh_token: text(REFRESH, row.refresh_token)?,
    })
}

/// The connection as an administrator enters it.
pub struct NewConnection {
    /// The tenant's id or one of its domains.
    pub tenant: String,
    /// The application's id.
    pub client_id: Uuid,
    /// Where the tenant lives.
    pub cloud: Cloud,
    /// The login address; of a custom cloud only.
    pub login_url: Option<String>,
    /// The Graph address; of a custom cloud only.
    pub graph_url: Option<String>,
    /// A new client secret.
    pub secret: Option<String>,
    /// When it ends.
    pub secret_expires_at: Option<Timestamp>,
}

impl NewConnection {
    fn check(mut self) -> Result<Self> {
        let mut errors = Vec::new();
        self.tenant = self.tenant.trim().to_ascii_lowercase();
        let named = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
        if self.tenant.is_empty() || self.tenant.len() > 253 || !named(&self.tenant) {
            let message = "Write the tenant's id or one of its domains, such as contoso.onmicrosoft.com.";
            errors.push(FieldError::new("tenant", "malformed", message));
        } else if ["common", "organizations", "consumers"].contains(&self.tenant.as_str()) {
            let message = "Name one tenant: its id or one of its domains. Keystead serves one organisation.";
            errors.push(FieldError::new("tenant", "notAllowed", message));
        }
        for (field, address) in [("loginUrl", &self.login_url), ("graphUrl", &self.graph_url)] {
            match (self.cloud, address) {
                (Cloud::Custom, None) => {
                    errors.push(FieldError::new(field, "required", "A custom cloud needs this address."));
                }
                (Cloud::Custom, Some(_)) | (_, None) => {}
                (_, Some(_)) => {
                    let message = "Leave this out, or choose the custom cloud: the other clouds have fixed addresses.";
                    errors.push(FieldError::new(field, "notAllowed", message));
                }
            }
        }
        self.secret = self.secret.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if self.secret.as_ref().is_some_and(|text| text.len() > LONGEST_SECRET || text.contains(char::is_control)) {
            errors.push(FieldError::new("secret", "malformed", "Paste the secret's value as Entra ID showed it."));
        }
        if errors.is_empty() { Ok(self) } else { Err(Error::Invalid(errors)) }
    }
}

/// Saves the connection; addresses must have been checked. Another tenant, application or cloud
/// makes what was given for the former one void: a secret never goes to an address it was not
/// entered for.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Stale`].
pub async fn save(
    tx: &mut Tx,
    sealer: &Sealer,
    actor: &Actor,
    new: NewConnection,
    expected: Option<i64>,
) -> Result<Connection> {
    let new = new.check()?;
    let before = find(tx).await?;
    if expected.is_some_and(|version| before.as_ref().is_none_or(|before| before.version != version)) {
        return Err(Error::Stale);
    }
    let now = tx.now();
    let same_place = before.as_ref().is_some_and(|old| {
        old.tenant == new.tenant
            && old.client_id == new.client_id
            && old.cloud == new.cloud
            && old.login_url == new.login_url
            && old.graph_url == new.graph_url
    });
    if !same_place {
        mirror::forget(tx).await?;
        tx.query(sql!("delete from entra_connection where id = 1")).execute().await?;
        let version = before.as_ref().map_or(0, |old| old.version) + 1;
        tx.query(sql!(
            "insert into entra_connection (id, tenant, client_id, cloud, login_url, graph_url, updated_at, version) \
             values (1, $1, $2, $3, $4, $5, $6, $7)"
        ))
        .bind(new.tenant.clone())
        .bind(new.client_id)
        .bind(new.cloud)
        .bind(new.login_url.clone())
        .bind(new.graph_url.clone())
        .bind(now)
        .bind(version)
        .execute()
        .await?;
    }
    if let Some(secret) = &new.secret {
        tx.query(sql!(
            "update entra_connection set credential = 'secret', secret = $1, secret_entered_at = $2, \
             private_key = null, certificate = null, thumbprint = null, certificate_expires_at = null, \
             problem_code = null, problem_message = null where id = 1"
        ))
        .bind(sealer.seal(SECRET, secret.as_bytes()))
        .bind(now)
        .execute()
        .await?;
    }
    tx.query(sql!(
        "update entra_connection set secret_expires_at = case when secret is null then null else cast($1 as bigint) end, \
         updated_at = $2, version = version + 1 where id = 1"
    ))
    .bind(new.secret_expires_at)
    .bind(now)
    .execute()
    .await?;
    let after = get(tx).await?;
    let details = json!({ "tenant": after.tenant, "clientId": after.client_id, "cloud": after.cloud,
        "loginUrl": after.login_url, "graphUrl": after.graph_url, "newSecret": new.secret.is_some() });
    activity::record(tx, actor, Action::EntraSaved, Some(TARGET), None, details).await?;
    Ok(after)
}

/// Keeps the refresh token of the administrator who signed in; the former one is discarded.
pub async fn keep_refresh_token(tx: &mut Tx, sealer: &Sealer, token: &str) -> Result<()> {
    tx.query(sql!("update entra_connection set refresh_token = $1 where id = 1"))
        .bind(sealer.seal(REFRESH, token.as_bytes()))
        .execute()
        .await?;
    Ok(())
}

/// An authorization that was confirmed by a token and the tenant itself.
pub async fn authorized(
    tx: &mut Tx,
    actor: &Actor,
    way: Way,
    tenant_id: Uuid,
    tenant_name: Option<String>,
) -> Result<()> {
    get(tx).await?;
    tx.query(sql!(
        "update entra_connection set way = $1, tenant_id = $2, tenant_name = $3, \
         refresh_token = case when $1 = 'application' then null else refresh_token end, version = version + 1 where id = 1"
    ))
    .bind(way)
    .bind(tenant_id)
    .bind(tenant_name)
    .execute()
    .await?;
    let details = json!({ "way": way, "tenantId": tenant_id });
    activity::record(tx, actor, Action::EntraAuthorized, Some(TARGET), None, details).await
}

/// Forgets the connection with its secrets; people and groups that were imported stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(tx: &mut Tx, actor: &Actor, expected: Option<i64>) -> Result<()> {
    let connection = get(tx).await?;
    if expected.is_some_and(|version| version != connection.version) {
        return Err(Error::Stale);
    }
    mirror::forget(tx).await?;
    tx.query(sql!("delete from entra_authorizations")).execute().await?;
    tx.query(sql!("delete from entra_connection where id = 1")).execute().await?;
    let details = json!({ "tenant": connection.tenant, "clientId": connection.client_id });
    activity::record(tx, actor, Action::EntraDeleted, Some(TARGET), None, details).await
}
