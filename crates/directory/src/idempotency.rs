//! Requests that may be sent twice: the first answer is kept for a day and given again.

use crate::{
    db::Tx,
    error::{Error, Result},
    secret::Sealer,
    sql,
};

/// Hours for which an answer is kept.
const KEPT_HOURS: i64 = 24;

/// The answer given before for this key, if any. Takes the key, so that of two equal requests
/// at once one waits for the other.
///
/// # Errors
/// [`Error::IdempotencyMismatch`] when the key came with another request.
pub async fn earlier(
    tx: &mut Tx,
    sealer: &Sealer,
    scope: &str,
    key: &str,
    request_hash: &[u8],
) -> Result<Option<Vec<u8>>> {
    let expires_at = tx.now().plus_hours(KEPT_HOURS);
    // The placeholder makes the other transaction wait on the primary key.
    let taken = tx
        .query(sql!(
            "insert into idempotent_answers (scope, key, request_hash, answer, expires_at) values ($1, $2, $3, $4, $5) \
             on conflict (scope, key) do nothing"
        ))
        .bind(scope.to_owned())
        .bind(key.to_owned())
        .bind(request_hash.to_vec())
        .bind(Vec::<u8>::new())
        .bind(expires_at)
        .execute()
        .await?;
    if taken == 1 {
        return Ok(None);
    }
    let row: Option<(Vec<u8>, Vec<u8>)> = tx
        .query(sql!("select request_hash, answer from idempotent_answers where scope = $1 and key = $2"))
        .bind(scope.to_owned())
        .bind(key.to_owned())
        .optional()
        .await?;
    match row {
        Some((hash, answer)) if hash == request_hash => sealer.open(&context(scope, key), &answer).map(Some),
        _ => Err(Error::IdempotencyMismatch),
    }
}

/// Keeps the answer, in the transaction of what it answers.
pub async fn keep(tx: &mut Tx, sealer: &Sealer, scope: &str, key: &str, answer: &[u8]) -> Result<()> {
    tx.query(sql!("update idempotent_answers set answer = $3 where scope = $1 and key = $2"))
        .bind(scope.to_owned())
        .bind(key.to_owned())
        .bind(sealer.seal(&context(scope, key), answer))
        .execute()
        .await?;
    Ok(())
}

/// Forgets answers that are older than a day; returns how many.
pub async fn forget_old(tx: &mut Tx) -> Result<u64> {
    let now = tx.now();
    tx.query(sql!("delete from idempotent_answers where expires_at < $1")).bind(now).execute().await
}

fn context(scope: &str, key: &str) -> String {
    format!("answer:{scope}:{key}")
}
