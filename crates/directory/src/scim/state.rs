//! How SCIM is: when clients last called, and how many people and groups they manage.

use super::requests;
use crate::{
    Timestamp,
    alerts::{self, AlertKind, NewAlert},
    db::{Conn, Tx},
    error::Result,
    sql,
};

/// Whoever used to call and has not for so many seconds is missed: Entra ID comes every 40 minutes.
pub const SILENT_SECONDS: i64 = 3 * 3600;

/// When clients last called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Calls {
    /// The last request with a token, living or not.
    pub last_request_at: Option<Timestamp>,
    /// The last with a living token, whatever became of it.
    pub last_called_at: Option<Timestamp>,
    /// The last of those that was answered with less than 400.
    pub last_success_at: Option<Timestamp>,
    /// The last look-up that found nobody, as "Test connection" sends.
    pub last_probe_at: Option<Timestamp>,
    /// The last that was answered with 400 or more.
    pub last_failure_at: Option<Timestamp>,
}

/// When clients last called.
pub async fn calls(conn: &mut Conn) -> Result<Calls> {
    conn.query(sql!(
        "select s.last_request_at, s.last_called_at, s.last_success_at, s.last_probe_at, s.last_failure_at \
         from scim_state s where s.id = 1"
    ))
    .one()
    .await
}

/// Notes calls; what another server noted later stays. Whoever was missed is back.
pub async fn note(tx: &mut Tx, calls: Calls) -> Result<()> {
    tx.query(sql!(
        sqlite: "update scim_state set \
            last_request_at = nullif(max(coalesce(last_request_at, 0), coalesce($1, 0)), 0), \
            last_called_at = nullif(max(coalesce(last_called_at, 0), coalesce($2, 0)), 0), \
            last_success_at = nullif(max(coalesce(last_success_at, 0), coalesce($3, 0)), 0), \
            last_probe_at = nullif(max(coalesce(last_probe_at, 0), coalesce($4, 0)), 0), \
            last_failure_at = nullif(max(coalesce(last_failure_at, 0), coalesce($5, 0)), 0) where id = 1",
        postgres: "update scim_state set last_request_at = greatest(last_request_at, $1), \
            last_called_at = greatest(last_called_at, $2), last_success_at = greatest(last_success_at, $3), \
            last_probe_at = greatest(last_probe_at, $4), last_failure_at = greatest(last_failure_at, $5) where id = 1"
    ))
    .bind(calls.last_request_at)
    .bind(calls.last_called_at)
    .bind(calls.last_success_at)
    .bind(calls.last_probe_at)
    .bind(calls.last_failure_at)
    .execute()
    .await?;
    if calls.last_called_at.is_some() { speaks(tx).await } else { Ok(()) }
}

/// Takes the alert off the list: there is nothing to miss any more.
async fn speaks(tx: &mut Tx) -> Result<()> {
    let was = tx.query(sql!("update scim_state set silent = $1 where id = 1 and silent")).bind(false).execute().await?;
    if was > 0 {
        let now = tx.now();
        tx.query(sql!("update alerts set dismissed_at = $1 where kind = $2 and dismissed_at is null"))
            .bind(now)
            .bind(AlertKind::ScimSilent)
            .execute()
            .await?;
    }
    Ok(())
}

/// Tells administrators, once, when nobody has called for [`SILENT_SECONDS`] although somebody could and did before.
pub async fn watch(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    let (expected,): (i64,) = tx
        .query(sql!("select count(*) from scim_tokens t where t.revoked_at is null and t.expires_at > $1"))
        .bind(now)
        .one()
        .await?;
    if expected == 0 {
        return speaks(tx).await;
    }
    let newly = tx
        .query(sql!("update scim_state set silent = $1 where id = 1 and not silent and last_called_at <= $2"))
        .bind(true)
        .bind(now.plus_seconds(-SILENT_SECONDS))
        .execute()
        .await?;
    if newly > 0 {
        let alert = NewAlert {
            kind: AlertKind::ScimSilent,
            title: "SCIM has not called for 3 h".to_owned(),
            detail: "Joiners and leavers do not arrive. Look in your directory whether provisioning is on and in no \
                     quarantine, and whether its token is still alive here."
                .to_owned(),
            user_id: None,
        };
        alerts::raise(tx, alert).await?;
    }
    Ok(())
}

/// What SCIM manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Managed {
    /// People.
    pub people: i64,
    /// Those who may not sign in.
    pub inactive: i64,
    /// Groups.
    pub groups: i64,
    /// Requests that failed in the last 24 hours, as far as the log reaches.
    pub failures: i64,
}

/// Counts what SCIM manages.
pub async fn managed(conn: &mut Conn, now: Timestamp) -> Result<Managed> {
    conn.query(sql!(
        "select (select count(*) from scim_users) as people, \
         (select count(*) from users u where u.origin = 'scim' and not u.active) as inactive, \
         (select count(*) from groups g where g.type = 'scim') as groups, \
         (select count(*) from scim_requests r where r.status >= 400 and r.id > $1) as failures"
    ))
    .bind(requests::since(now.plus_hours(-24)))
    .one()
    .await
}
