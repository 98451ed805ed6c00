//! What an administrator lets SCIM do.

use serde_json::json;

use crate::{
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    roles::Permission,
    sql,
};

/// What SCIM may do.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct ScimSettings {
    /// Nothing for now: every request is answered 503.
    pub paused: bool,
    /// Change who is in the groups that an owner gave a role, but for Owner.
    pub grant_roles: bool,
    /// Changes with every change.
    pub version: i64,
}

/// Reads the settings.
pub async fn get(conn: &mut Conn) -> Result<ScimSettings> {
    conn.query(sql!("select s.paused, s.grant_roles, s.version from scim_settings s where s.id = 1")).one().await
}

/// Changes the settings; absent stays.
///
/// # Errors
/// [`Error::Forbidden`] for `grant_roles` by someone who may not hand out roles; [`Error::Stale`].
pub async fn update(
    tx: &mut Tx,
    actor: &Actor,
    paused: Option<bool>,
    grant_roles: Option<bool>,
    expected: Option<i64>,
) -> Result<ScimSettings> {
    let before = get(tx).await?;
    if expected.is_some_and(|version| version != before.version) {
        return Err(Error::Stale);
    }
    let after = ScimSettings {
        paused: paused.unwrap_or(before.paused),
        grant_roles: grant_roles.unwrap_or(before.grant_roles),
        version: before.version + 1,
    };
    if after.grant_roles != before.grant_roles && !actor.is_system() && !actor.roles.permit(Permission::RolesWrite) {
        return Err(Error::Forbidden("only an owner lets SCIM hand out roles"));
    }
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update scim_settings set paused = $1, grant_roles = $2, updated_at = $3, version = version + 1 \
             where id = 1 and version = $4"
        ))
        .bind(after.paused)
        .bind(after.grant_roles)
        .bind(now)
        .bind(before.version)
        .execute()
        .await?;
    if changed == 0 {
        return Err(Error::Stale);
    }
    let shown = |settings: &ScimSettings| json!({ "paused": settings.paused, "grantRoles": settings.grant_roles });
    let details = activity::changes(&shown(&before), &shown(&after));
    if details.as_object().is_some_and(|fields| !fields.is_empty()) {
        let target = Target { kind: "settings", id: None, name: "SCIM" };
        activity::record(tx, actor, Action::ScimSettingsUpdated, Some(target), None, details).await?;
    }
    Ok(after)
}
