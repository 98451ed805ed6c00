//! The roles that the directory says a person holds. They are kept whatever is allowed, and count while an owner lets
//! SCIM hand out roles ([`roles::of_user`](crate::roles::of_user)).

use serde_json::json;

use crate::{
    activity::{self, Action},
    actor::Actor,
    db::{Conn, Tx},
    error::Result,
    ids::UserId,
    roles::Role,
    sql, users,
};

/// The roles that the directory says a person holds, from least to most.
pub async fn of_user(conn: &mut Conn, id: UserId) -> Result<Vec<Role>> {
    let rows: Vec<(Role,)> =
        conn.query(sql!("select r.role from scim_roles r where r.user_id = $1")).bind(id).all().await?;
    let mut roles: Vec<Role> = rows.into_iter().map(|(role,)| role).collect();
    roles.sort_unstable();
    Ok(roles)
}

/// How many people the directory gives a role.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) = conn.query(sql!("select count(distinct r.user_id) from scim_roles r")).one().await?;
    Ok(count)
}

/// Keeps the roles that the directory says a person holds now.
pub(super) async fn set(tx: &mut Tx, actor: &Actor, id: UserId, roles: &[Role]) -> Result<()> {
    let mut after: Vec<Role> =
        roles.iter().copied().filter(|role| (Role::Auditor..Role::Owner).contains(role)).collect();
    after.sort_unstable();
    after.dedup();
    let before = of_user(tx, id).await?;
    if before == after {
        return Ok(());
    }
    tx.query(sql!("delete from scim_roles where user_id = $1")).bind(id).execute().await?;
    for role in &after {
        tx.query(sql!("insert into scim_roles (user_id, role) values ($1, $2)")).bind(id).bind(*role).execute().await?;
    }
    let user = users::get(tx, id).await?;
    let details = json!({ "directoryRoles": { "old": before, "new": after } });
    activity::record(tx, actor, Action::UserUpdated, Some(user.target()), Some(user.concerned()), details).await
}
