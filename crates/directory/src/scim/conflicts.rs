//! People whom SCIM wanted to add and who were there already: nobody is taken over silently.

use crate::{
    Timestamp,
    db::{Conn, Tx},
    error::Result,
    ids::{ScimConflictId, UserId},
    names, sql,
};

/// What SCIM wanted and whom it met.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScimConflict {
    /// Its id.
    pub id: ScimConflictId,
    /// The person who was there.
    pub user_id: UserId,
    /// What they have in common: `userName` or `email`.
    pub reason: String,
    /// The user name that was asked for.
    pub user_name: String,
    /// The client's id of the person.
    pub external_id: Option<String>,
    /// What was sent, a SCIM resource.
    pub resource: String,
    /// When it was tried first.
    pub first_at: Timestamp,
    /// When it was tried last.
    pub last_at: Timestamp,
}

/// Notes a conflict; the same once more only moves its time.
pub async fn note(
    tx: &mut Tx,
    met: UserId,
    reason: &'static str,
    user_name: &str,
    external_id: Option<&str>,
    resource: &str,
) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "insert into scim_conflicts (id, user_id, reason, user_name, user_name_key, external_id, resource, first_at, \
         last_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
         on conflict (user_id, user_name_key) do update set reason = excluded.reason, \
         external_id = excluded.external_id, resource = excluded.resource, last_at = excluded.last_at"
    ))
    .bind(ScimConflictId::new())
    .bind(met)
    .bind(reason.to_owned())
    .bind(user_name.to_owned())
    .bind(names::key(user_name))
    .bind(external_id.map(str::to_owned))
    .bind(resource.to_owned())
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The conflicts, newest first, at most a thousand.
pub async fn list(conn: &mut Conn) -> Result<Vec<ScimConflict>> {
    conn.query(sql!("select c.* from scim_conflicts c order by c.last_at desc, c.id limit 1000")).all().await
}
