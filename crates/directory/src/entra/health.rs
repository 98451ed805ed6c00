//! What looks at Microsoft found.

use crate::{Timestamp, db::Tx, error::Result, sql};

/// What a look at Microsoft found.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// When a token was given; none: none was.
    pub token_at: Option<Timestamp>,
    /// The permissions that answered.
    pub granted: Vec<String>,
    /// The permissions that did not.
    pub missing: Vec<String>,
    /// A code, and what to do.
    pub problem: Option<(String, String)>,
}

/// Notes what a look at Microsoft found; administrators' changes are not overtaken by it.
pub async fn note_health(tx: &mut Tx, health: Health) -> Result<()> {
    let (code, message) = health.problem.unzip();
    tx.query(sql!(
        "update entra_connection set last_token_at = coalesce($1, last_token_at), granted = $2, missing = $3, \
         problem_code = $4, problem_message = $5 where id = 1"
    ))
    .bind(health.token_at)
    .bind(serde_json::to_string(&health.granted).unwrap_or_default())
    .bind(serde_json::to_string(&health.missing).unwrap_or_default())
    .bind(code)
    .bind(message)
    .execute()
    .await?;
    Ok(())
}

/// Notes that a token was given, or why none was.
pub async fn note_token(tx: &mut Tx, given: bool, problem: Option<(String, String)>) -> Result<()> {
    let now = tx.now();
    let (code, message) = problem.unzip();
    tx.query(sql!(
        "update entra_connection set last_token_at = case when $1 then $2 else last_token_at end, \
         problem_code = $3, problem_message = $4 where id = 1"
    ))
    .bind(given)
    .bind(now)
    .bind(code)
    .bind(message)
    .execute()
    .await?;
    Ok(())
}

/// Remembers which end of the credential was warned of; false when it was before.
pub async fn note_warning(tx: &mut Tx, of: Timestamp) -> Result<bool> {
    let noted = tx
        .query(sql!(
            "update entra_connection set warned_of = $1 where id = 1 and (warned_of is null or warned_of <> $1)"
        ))
        .bind(of)
        .execute()
        .await?;
    Ok(noted == 1)
}
