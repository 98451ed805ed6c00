//! Certificates that Keystead made: a new one takes the place of the one before once it has brought a token.

use serde_json::json;

use super::{Connection, KEY, TARGET, find, get};
use crate::{
    Timestamp,
    activity::{self, Action},
    actor::Actor,
    db::Tx,
    error::Result,
    secret::Sealer,
    sql,
};

/// A certificate that Keystead made, with its private key.
pub struct NewCertificate {
    /// PKCS#8 DER.
    pub private_key: Vec<u8>,
    /// The certificate, PEM.
    pub pem: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub thumbprint: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Takes a new certificate. Where nothing is used yet it is used at once; otherwise it waits until
/// it has brought a token.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn offer_certificate(tx: &mut Tx, sealer: &Sealer, actor: &Actor, new: NewCertificate) -> Result<Connection> {
    let before = get(tx).await?;
    let now = tx.now();
    tx.query(sql!(
        "update entra_connection set next_private_key = $1, next_certificate = $2, next_thumbprint = $3, \
         next_expires_at = $4, updated_at = $5, version = version + 1 where id = 1"
    ))
    .bind(sealer.seal(KEY, &new.private_key))
    .bind(new.pem)
    .bind(new.thumbprint.clone())
    .bind(new.expires_at)
    .bind(now)
    .execute()
    .await?;
    if before.credential.is_none() {
        take_next(tx).await?;
    }
    let details = json!({ "thumbprint": new.thumbprint, "expiresAt": new.expires_at });
    activity::record(tx, actor, Action::EntraCertificateMade, Some(TARGET), None, details).await?;
    get(tx).await
}

/// Puts the waiting certificate, which has brought a token, in the place of what was used before.
pub async fn adopt_certificate(tx: &mut Tx, actor: &Actor, thumbprint: &str) -> Result<()> {
    let Some(connection) = find(tx).await? else { return Ok(()) };
    // Another one may have been made since.
    if connection.next_thumbprint.as_deref() != Some(thumbprint) {
        return Ok(());
    }
    take_next(tx).await?;
    let details = json!({ "thumbprint": thumbprint });
    activity::record(tx, actor, Action::EntraCertificateUsed, Some(TARGET), None, details).await
}

async fn take_next(tx: &mut Tx) -> Result<()> {
    tx.query(sql!(
        "update entra_connection set credential = 'certificate', private_key = next_private_key, \
         certificate = next_certificate, thumbprint = next_thumbprint, certificate_expires_at = next_expires_at, \
         next_private_key = null, next_certificate = null, next_thumbprint = null, next_expires_at = null, \
         secret = null, secret_entered_at = null, secret_expires_at = null where id = 1"
    ))
    .execute()
    .await?;
    Ok(())
}
