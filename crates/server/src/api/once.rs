//! Requests that may be sent twice: with an `Idempotency-Key` the first answer is given again.

use keystead_directory::{Tx, actor::Actor, idempotency, secret::Sealer};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::http::{error::Problem, etag::IdempotencyKey};

/// One request under its key, within the use case that answers it.
pub struct Once<'a> {
    sealer: &'a Sealer,
    scope: String,
    key: Option<String>,
}

/// The answer of a repeated request, as it was given first.
pub struct Earlier(pub serde_json::Value);

impl<'a> Once<'a> {
    /// Looks whether this actor sent this request under this key before.
    ///
    /// # Errors
    /// `idempotency_mismatch` when the key came with another request.
    pub async fn begin(
        tx: &mut Tx,
        sealer: &'a Sealer,
        actor: &Actor,
        route: &str,
        IdempotencyKey(key): IdempotencyKey,
        body: &impl Serialize,
    ) -> Result<(Self, Option<Earlier>), Problem> {
        let scope = format!("{:?}:{}:{route}", actor.kind, actor.id.unwrap_or_default());
        let once = Self { sealer, scope, key: key.map(|key| key.to_string()) };
        let Some(key) = &once.key else { return Ok((once, None)) };
        let hash = Sha256::digest(serde_json::to_vec(body).map_err(|_| Problem::internal())?);
        let Some(answer) = idempotency::earlier(tx, sealer, &once.scope, key, &hash).await? else {
            return Ok((once, None));
        };
        let answer = serde_json::from_slice(&answer).map_err(|_| Problem::internal())?;
        Ok((once, Some(Earlier(answer))))
    }

    /// Keeps the answer for a repetition.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep(self, tx: &mut Tx, answer: &impl Serialize) -> Result<(), Problem> {
        let Some(key) = &self.key else { return Ok(()) };
        let answer = serde_json::to_vec(answer).map_err(|_| Problem::internal())?;
        Ok(idempotency::keep(tx, self.sealer, &self.scope, key, &answer).await?)
    }
}
