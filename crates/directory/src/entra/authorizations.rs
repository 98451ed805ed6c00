//! Consents that an administrator began and that have not come back from Microsoft.

use crate::{
    db::Tx,
    error::Result,
    ids::SessionId,
    secret::{Sealer, Token},
    sql,
};

use super::Way;

/// Minutes for which a consent may take; Microsoft's own codes live about ten.
const MINUTES: i64 = 30;
const VERIFIER: &str = "entra:verifier";

/// An authorization that is sent on its way.
pub struct Begun {
    /// Comes back with the answer.
    pub state: Token,
    /// The PKCE code verifier (RFC 7636, 4.1).
    pub verifier: Token,
}

/// Begins one for the browser of a session; it can come back once.
pub async fn begin_authorization(tx: &mut Tx, sealer: &Sealer, session: SessionId, way: Way) -> Result<Begun> {
    let begun = Begun { state: Token::generate(""), verifier: Token::generate("") };
    let expires_at = tx.now().plus_seconds(MINUTES * 60);
    tx.query(sql!(
        "insert into entra_authorizations (state_hash, session_id, way, verifier, expires_at) values ($1, $2, $3, $4, $5)"
    ))
    .bind(begun.state.hash())
    .bind(session)
    .bind(way)
    .bind(sealer.seal(VERIFIER, begun.verifier.reveal().as_bytes()))
    .bind(expires_at)
    .execute()
    .await?;
    Ok(begun)
}

/// The way and the PKCE verifier of the authorization that this session began with this state; it
/// can't be taken again. None when there is none, it is too old, or another session began it.
pub async fn take_authorization(
    tx: &mut Tx,
    sealer: &Sealer,
    session: SessionId,
    state: &Token,
) -> Result<Option<(Way, String)>> {
    let now = tx.now();
    let row: Option<(Way, Vec<u8>)> = tx
        .query(sql!(
            "delete from entra_authorizations where state_hash = $1 and session_id = $2 and expires_at > $3 \
             returning way, verifier"
        ))
        .bind(state.hash())
        .bind(session)
        .bind(now)
        .optional()
        .await?;
    let Some((way, sealed)) = row else { return Ok(None) };
    let verifier = sealer.open(VERIFIER, &sealed)?;
    Ok(Some((way, String::from_utf8_lossy(&verifier).into_owned())))
}

/// Forgets authorizations that never came back; returns how many.
pub async fn forget_old_authorizations(tx: &mut Tx) -> Result<u64> {
    let now = tx.now();
    tx.query(sql!("delete from entra_authorizations where expires_at < $1")).bind(now).execute().await
}
