//! WebAuthn credentials: what was bound to a key, when and from where. What a credential proves is
//! verified in the server; here it is kept.

use uuid::Uuid;

use crate::{
    Timestamp,
    db::{Conn, Tx},
    error::{Error, FieldError, Result},
    ids::{ActivationId, CredentialRowId, KeyId, UserId},
    keys::KeyState,
    sql,
};

/// A credential that a registration ceremony has proved.
#[derive(Debug, Clone)]
pub struct NewCredential {
    /// The authenticator's id of it, unique for all people.
    pub credential_id: Vec<u8>,
    /// The verifier's own record, JSON.
    pub record: String,
    /// The authenticator's model; `None` when it does not say.
    pub aaguid: Option<Uuid>,
    /// The model's name.
    pub model: Option<String>,
    /// How it can be reached: `usb`, `nfc`, `ble`, `hybrid`, `internal`.
    pub transports: Vec<String>,
    /// Whether it may be copied to other devices (BE).
    pub backup_eligible: bool,
    /// Whether it is (BS).
    pub backed_up: bool,
    /// The attestation statement format: `packed`, `none`, …
    pub attestation_format: String,
    /// The signature algorithm: `ES256`, …
    pub algorithm: String,
    /// The signature counter.
    pub sign_count: i64,
    /// Where it was registered from.
    pub ip: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
}

/// A bound credential with its key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Credential {
    /// Our row.
    pub id: CredentialRowId,
    /// Whose it is.
    pub user_id: UserId,
    /// The key it belongs to.
    pub key_id: KeyId,
    /// The key's name.
    pub key_name: String,
    /// The key's state.
    pub key_state: KeyState,
    /// The authenticator's id of it.
    pub credential_id: Vec<u8>,
    /// The verifier's own record, JSON.
    pub record: String,
    /// The authenticator's model.
    pub aaguid: Option<Uuid>,
    /// The model's name.
    pub model: Option<String>,
    transports: String,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it is.
    pub backed_up: bool,
    /// The attestation statement format.
    pub attestation_format: String,
    /// The signature algorithm.
    pub algorithm: String,
    /// The signature counter.
    pub sign_count: i64,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// From where.
    pub registered_ip: Option<String>,
    /// With which program.
    pub registered_user_agent: Option<String>,
    /// When it last signed in.
    pub last_used_at: Option<Timestamp>,
}

impl Credential {
    /// How the authenticator can be reached.
    pub fn transports(&self) -> Vec<String> {
        self.transports.split(',').filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }
}

/// Binds a credential to a key; `link` is the one that allowed it, if one did.
///
/// # Errors
/// [`Error::Taken`] when this credential is bound already, to whomever.
pub async fn insert(
    tx: &mut Tx,
    user: UserId,
    key: KeyId,
    link: Option<ActivationId>,
    new: &NewCredential,
) -> Result<()> {
    let now = tx.now();
    let inserted = tx
        .query(sql!(
            "insert into credentials (id, user_id, key_id, activation_id, credential_id, record, aaguid, model, transports, \
             backup_eligible, backed_up, attestation_format, algorithm, sign_count, registered_at, registered_ip, \
             registered_user_agent) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict do nothing"
        ))
        .bind(CredentialRowId::new())
        .bind(user)
        .bind(key)
        .bind(link)
        .bind(new.credential_id.clone())
        .bind(new.record.clone())
        .bind(new.aaguid)
        .bind(new.model.clone())
        .bind(new.transports.join(","))
        .bind(new.backup_eligible)
        .bind(new.backed_up)
        .bind(new.attestation_format.clone())
        .bind(new.algorithm.clone())
        .bind(new.sign_count)
        .bind(now)
        .bind(new.ip.clone())
        .bind(new.user_agent.as_deref().map(|text| text.chars().take(400).collect::<String>()))
        .execute()
        .await?;
    if inserted == 1 {
        return Ok(());
    }
    let message = "This security key is registered already. Use another one, or ask your administrator.";
    Err(Error::Taken(FieldError::new("credential", "taken", message)))
}

/// The credential with the authenticator's id.
pub async fn find(conn: &mut Conn, credential_id: &[u8]) -> Result<Option<Credential>> {
    conn.query(sql!(
        "select c.*, k.name as key_name, k.state as key_state from credentials c \
         join security_keys k on k.id = c.key_id where c.credential_id = $1"
    ))
    .bind(credential_id.to_vec())
    .optional()
    .await
}

/// A person's credentials, newest first, at most two hundred.
pub async fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<Credential>> {
    conn.query(sql!(
        "select c.*, k.name as key_name, k.state as key_state from credentials c \
         join security_keys k on k.id = c.key_id where c.user_id = $1 order by c.registered_at desc, c.id limit 200"
    ))
    .bind(user)
    .all()
    .await
}

/// What a successful use of a credential told.
#[derive(Debug, Clone)]
pub struct Use {
    /// The verifier's record when it changed.
    pub record: Option<String>,
    /// The signature counter.
    pub sign_count: i64,
    /// Whether it is backed up.
    pub backed_up: bool,
}

/// Notes a successful use of a credential and of its key. The counter only goes up: of two uses
/// at once, the one that comes late with a lower counter is refused.
///
/// Returns whether the counter was fresh.
pub async fn used(tx: &mut Tx, credential: &Credential, proof: &Use) -> Result<bool> {
    let now = tx.now();
    let fresh = tx
        .query(sql!(
            "update credentials set record = coalesce($2, record), sign_count = $3, backed_up = $4, last_used_at = $5 \
             where id = $1 and (sign_count < $3 or (sign_count = 0 and $3 = 0))"
        ))
        .bind(credential.id)
        .bind(proof.record.clone())
        .bind(proof.sign_count)
        .bind(proof.backed_up)
        .bind(now)
        .execute()
        .await?;
    if fresh == 0 {
        return Ok(false);
    }
    tx.query(sql!("update security_keys set last_used_at = $2 where id = $1"))
        .bind(credential.key_id)
        .bind(now)
        .execute()
        .await?;
    Ok(true)
}

/// Uses a ceremony up; `false` when it was used before.
pub async fn spend_ceremony(tx: &mut Tx, id: Uuid, expires_at: Timestamp) -> Result<bool> {
    let spent = tx
        .query(sql!("insert into spent_ceremonies (id, expires_at) values ($1, $2) on conflict do nothing"))
        .bind(id)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(spent == 1)
}

/// Forgets ceremonies that have expired anyway (an hour's grace for clocks); returns how many.
pub async fn forget_old_ceremonies(tx: &mut Tx) -> Result<u64> {
    let before = tx.now().plus_hours(-1);
    tx.query(sql!("delete from spent_ceremonies where expires_at < $1")).bind(before).execute().await
}
