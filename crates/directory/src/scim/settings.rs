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
    /// Link a person without a role by their address alone when SCIM wants to add them.
    pub adopt_by_email: bool,
    /// Changes with every change.
    pub version: i64,
}

/// What is to be changed; absent stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct SettingsChange {
    /// See [`ScimSettings::paused`].
    pub paused: Option<bool>,
    /// See [`ScimSettings::grant_roles`].
    pub grant_roles: Option<bool>,
    /// See [`ScimSettings::adopt_by_email`].
    pub adopt_by_email: Option<bool>,
}

/// Reads the settings.
pub async fn get(conn: &mut Conn) -> Result<ScimSettings> {
    conn.query(sql!("select s.paused, s.grant_roles, s.adopt_by_email, s.version from scim_settings s where s.id = 1"))
        .one()
        .await
}

/// Changes the settings.
///
/// # Errors
/// [`Error::Forbidden`] for `grant_roles` by someone who may not hand out roles; [`Error::Stale`].
pub async fn update(tx: &mut Tx, actor: &Actor, change: SettingsChange, expected: Option<i64>) -> Result<ScimSettings> {
    let before = get(tx).await?;
    if expected.is_some_and(|version| version != before.version) {
        return Err(Error::Stale);
    }
    let after = ScimSettings {
        paused: change.paused.unwrap_or(before.paused),
        grant_roles: change.grant_roles.unwrap_or(before.grant_roles),
        adopt_by_email: change.adopt_by_email.unwrap_or(before.adopt_by_email),
        version: before.version + 1,
    };
    if after.grant_roles != before.grant_roles && !actor.is_system() && !actor.roles.permit(Permission::RolesWrite) {
        return Err(Error::Forbidden("only an owner lets SCIM hand out roles"));
    }
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update scim_settings set paused = $1, grant_roles = $2, adopt_by_email = $3, updated_at = $4, \
             version = version + 1 where id = 1 and version = $5"
        ))
        .bind(after.paused)
        .bind(after.grant_roles)
        .bind(after.adopt_by_email)
        .bind(now)
        .bind(before.version)
        .execute()
        .await?;
    if changed == 0 {
        return Err(Error::Stale);
    }
    let shown = |settings: &ScimSettings| {
        json!({
            "paused": settings.paused, "grantRoles": settings.grant_roles, "adoptByEmail": settings.adopt_by_email,
        })
    };
    let details = activity::changes(&shown(&before), &shown(&after));
    if details.as_object().is_some_and(|fields| !fields.is_empty()) {
        let target = Target { kind: "settings", id: None, name: "SCIM" };
        activity::record(tx, actor, Action::ScimSettingsUpdated, Some(target), None, details).await?;
    }
    Ok(after)
}
