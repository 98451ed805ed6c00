//! Who is in a group.

use serde::Serialize;
use serde_json::json;

use super::{GroupType, may_grant};
use crate::{
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{EVERYONE, GroupId, UserId},
    roles::{self, Role},
    sql,
    users::{self, User},
};

/// What is needed to change a membership, without counting members.
#[derive(sqlx::FromRow)]
pub(super) struct Head {
    id: GroupId,
    name: String,
    #[sqlx(rename = "type")]
    kind: GroupType,
    pub role: Option<Role>,
}

pub(super) async fn head(conn: &mut Conn, id: GroupId) -> Result<Option<Head>> {
    conn.query(sql!("select g.id, g.name, g.type, g.role from groups g where g.id = $1")).bind(id).optional().await
}

async fn head_for_change(tx: &mut Tx, actor: &Actor, id: GroupId) -> Result<Head> {
    // Shared among those who change members, and held against those who change the role.
    let group: Option<Head> = tx
        .query(sql!(
            sqlite: "select g.id, g.name, g.type, g.role from groups g where g.id = $1",
            postgres: "select g.id, g.name, g.type, g.role from groups g where g.id = $1 for share"
        ))
        .bind(id)
        .optional()
        .await?;
    let group = group.ok_or(Error::NotFound("group"))?;
    if group.kind == GroupType::Everyone {
        return Err(Error::Forbidden("everyone is in Everyone: nobody can be added or removed"));
    }
    may_grant(actor, group.role)?;
    Ok(group)
}

/// Puts a person into groups, as a part of adding the person.
///
/// # Errors
/// `unknown` at `groupIds`; [`Error::Forbidden`] for a group whose role the actor may not grant.
pub async fn join(tx: &mut Tx, actor: &Actor, user: &User, ids: &[GroupId]) -> Result<()> {
    for &id in ids {
        if id == EVERYONE {
            continue;
        }
        if head(tx, id).await?.is_none() {
            return Err(Error::field("groupIds", "unknown", "One of the groups does not exist any more."));
        }
        set_membership(tx, actor, id, user, true).await?;
    }
    Ok(())
}

/// Adds or removes one person; tells whether anything changed. It costs the same in a group of
/// ten and of a hundred thousand.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::LastOwner`].
pub async fn set_membership(tx: &mut Tx, actor: &Actor, id: GroupId, user: &User, member: bool) -> Result<bool> {
    let group = head_for_change(tx, actor, id).await?;
    if group.role.is_some() {
        roles::guard(tx, actor, user.id).await?;
    }
    let now = tx.now();
    let changed = if member {
        // The row of the person is held until the end, so that who renames them finds this one.
        tx.query(sql!(
            sqlite: "insert into group_members (group_id, user_id, added_at, display_name_key) \
                     select $1, u.id, $3, u.display_name_key from users u where u.id = $2 on conflict do nothing",
            postgres: "insert into group_members (group_id, user_id, added_at, display_name_key) \
                       select $1, u.id, $3, u.display_name_key from users u where u.id = $2 for no key update of u \
                       on conflict do nothing"
        ))
        .bind(group.id)
        .bind(user.id)
        .bind(now)
        .execute()
        .await?
    } else {
        tx.query(sql!("delete from group_members where group_id = $1 and user_id = $2"))
            .bind(group.id)
            .bind(user.id)
            .execute()
            .await?
    };
    if changed == 0 {
        // Deleted since the caller read it?
        return if member { users::get(tx, user.id).await.map(|_| false) } else { Ok(false) };
    }
    if !member && group.role == Some(Role::Owner) {
        roles::ensure_an_owner_remains(tx).await?;
    }
    let action = if member { Action::GroupMemberAdded } else { Action::GroupMemberRemoved };
    let target = Target { kind: "group", id: Some(group.id.0), name: &group.name };
    activity::record(tx, actor, action, Some(target), Some(user.concerned()), json!({ "role": group.role })).await?;
    Ok(true)
}

/// Adds and removes up to a thousand people; returns how many of each were new.
///
/// # Errors
/// As [`set_membership`]; `unknown` at `add` for someone who does not exist.
pub async fn change_members(
    tx: &mut Tx,
    actor: &Actor,
    id: GroupId,
    add: &[UserId],
    remove: &[UserId],
) -> Result<(u64, u64)> {
    head_for_change(tx, actor, id).await?;
    let mut changed = (0, 0);
    for (ids, member) in [(add, true), (remove, false)] {
        let mut wanted = ids.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let found = users::existing(tx, &wanted).await?;
        if member && found.len() != wanted.len() {
            return Err(Error::field("add", "unknown", "One of these people does not exist any more."));
        }
        for user in &found {
            if set_membership(tx, actor, id, user, member).await? {
                *(if member { &mut changed.0 } else { &mut changed.1 }) += 1;
            }
        }
    }
    Ok(changed)
}

/// A group as a person's page names it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupOfUser {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Where it came from.
    #[sqlx(rename = "type")]
    pub r#type: GroupType,
    /// The role it grants.
    pub role: Option<Role>,
}

/// A person's groups by name, at most a thousand; Everyone is not listed.
pub async fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<GroupOfUser>> {
    conn.query(sql!(
        "select g.id, g.name, g.type, g.role from group_members m join groups g on g.id = m.group_id \
         where m.user_id = $1 order by g.name_key, g.id limit 1000"
    ))
    .bind(user)
    .all()
    .await
}
