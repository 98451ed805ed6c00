//! What an import did to groups, taken back.

use serde_json::json;

use crate::{
    activity::{self, Action, Entry, Target},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::{GroupId, UserId},
    imports::{Import, plan::grants, written},
    roles::Role,
    sql,
    users::many,
};

/// How many memberships one step takes back.
const BATCH: i64 = 500;

#[derive(sqlx::FromRow)]
struct Change {
    group_id: GroupId,
    user_id: UserId,
    added: bool,
    group_name: Option<String>,
    role: Option<Role>,
    display_name: Option<String>,
}

/// Takes memberships of the tenant's groups back and forgets that they were changed, or keeps that they were left.
pub(super) async fn members(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let changes: Vec<Change> = tx
        .query(sql!(
            "select c.group_id, c.user_id, c.added, g.name as group_name, g.role, u.display_name \
             from import_membership_changes c left join groups g on g.id = c.group_id left join users u on u.id = c.user_id \
             where c.import_id = $1 and c.undo is null order by c.group_id, c.user_id limit $2"
        ))
        .bind(import.id)
        .bind(BATCH)
        .all()
        .await?;
    if changes.is_empty() {
        tx.query(sql!("update imports set part = 'rows', place = 0 where id = $1")).bind(import.id).execute().await?;
        return Ok(());
    }
    let may_grant = grants(actor);
    // A role is neither given nor taken by an undo, unless an owner asked; the owners' group stays.
    let free = |change: &Change| match change.role {
        None => true,
        Some(Role::Owner) => false,
        Some(_) => may_grant,
    };
    let pairs = |added: bool| {
        let chosen = changes.iter().filter(|change| change.added == added && free(change));
        chosen.map(|change| (change.user_id, change.group_id)).collect::<Vec<_>>()
    };
    let left = many::leave(tx, &pairs(true)).await?;
    let joined = many::join(tx, &pairs(false)).await?;
    let entries: Vec<Entry<'_>> = changes
        .iter()
        .filter_map(|change| {
            let pair = (change.user_id, change.group_id);
            let action = match change.added {
                true if left.contains(&pair) => Action::GroupMemberRemoved,
                false if joined.contains(&pair) => Action::GroupMemberAdded,
                _ => return None,
            };
            Some(Entry {
                action,
                target: Target { kind: "group", id: Some(change.group_id.0), name: change.group_name.as_deref()? },
                person: Some((change.user_id, change.display_name.as_deref()?)),
                details: json!({ "role": change.role }),
            })
        })
        .collect();
    activity::record_all(tx, actor, &entries).await?;
    let pairs = |freed: bool| {
        let chosen = changes.iter().filter(|change| free(change) == freed);
        let pairs =
            chosen.map(|change| json!([change.group_id.0.simple().to_string(), change.user_id.0.simple().to_string()]));
        pairs.collect::<Vec<_>>()
    };
    tx.query(sql!(
        sqlite: "delete from import_membership_changes where import_id = $1 and (group_id, user_id) in \
            (select unhex(value->>0), unhex(value->>1) from json_each($2))",
        postgres: "delete from import_membership_changes where import_id = $1 and (group_id, user_id) in \
            (select (value->>0)::uuid, (value->>1)::uuid from jsonb_array_elements($2::jsonb) j(value))"
    ))
    .bind(import.id)
    .bind(written(&pairs(true)))
    .execute()
    .await?;
    let kept = pairs(false);
    if kept.is_empty() {
        return Ok(());
    }
    tx.query(sql!(
        sqlite: "update import_membership_changes set undo = 'left' where import_id = $1 and (group_id, user_id) in \
            (select unhex(value->>0), unhex(value->>1) from json_each($2))",
        postgres: "update import_membership_changes set undo = 'left' where import_id = $1 and (group_id, user_id) in \
            (select (value->>0)::uuid, (value->>1)::uuid from jsonb_array_elements($2::jsonb) j(value))"
    ))
    .bind(import.id)
    .bind(written(&kept))
    .execute()
    .await?;
    let mut undone = import.undone.unwrap_or_default();
    undone.memberships_left += i64::try_from(kept.len()).unwrap_or_default();
    tx.query(sql!("update imports set undone = $2 where id = $1"))
        .bind(import.id)
        .bind(written(&undone))
        .execute()
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Made {
    id: GroupId,
    name: String,
}

/// Deletes the groups that the import made, where nobody is in them and nobody changed them since;
/// gives others their old names back; and forgets the links that it made, but of people who were left.
pub(super) async fn unmake(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let made: Vec<String> = import.made_groups.iter().map(|id| id.0.simple().to_string()).collect();
    let gone: Vec<Made> = tx
        .query(sql!(
            sqlite: "delete from groups where version = 1 and role is null \
                and (id in (select unhex(value) from json_each($2)) \
                or id in (select l.group_id from entra_group_links l where l.import_id = $1)) \
                and not exists (select 1 from group_members m where m.group_id = groups.id) returning id, name",
            postgres: "delete from groups where version = 1 and role is null \
                and (id in (select value::uuid from jsonb_array_elements_text($2::jsonb) j(value)) \
                or id in (select l.group_id from entra_group_links l where l.import_id = $1)) \
                and not exists (select 1 from group_members m where m.group_id = groups.id) returning id, name"
        ))
        .bind(import.id)
        .bind(written(&made))
        .all()
        .await?;
    let renamed: Vec<(GroupId, String, String)> = tx
        .query(sql!(
            "select g.id, g.name, s.old_name from import_groups s join groups g on g.id = s.group_id \
             where s.import_id = $1 and s.verdict = 'update' and g.name = s.name and s.old_name is not null"
        ))
        .bind(import.id)
        .all()
        .await?;
    let now = tx.now();
    for (id, _, old) in &renamed {
        tx.query(sql!(
            "update groups set name = $2, name_key = $3, name_folded = $4, updated_at = $5, version = version + 1 where id = $1"
        ))
        .bind(*id)
        .bind(old.clone())
        .bind(crate::names::key(old))
        .bind(crate::names::folded(old))
        .bind(now)
        .execute()
        .await?;
    }
    let deleted = gone.iter().map(|group| Entry {
        action: Action::GroupDeleted,
        target: Target { kind: "group", id: Some(group.id.0), name: &group.name },
        person: None,
        details: json!({ "members": 0 }),
    });
    let named = renamed.iter().map(|(id, name, old)| Entry {
        action: Action::GroupUpdated,
        target: Target { kind: "group", id: Some(id.0), name: old },
        person: None,
        details: json!({ "name": { "old": name, "new": old } }),
    });
    let entries: Vec<Entry<'_>> = deleted.chain(named).collect();
    activity::record_all(tx, actor, &entries).await?;
    tx.query(sql!(
        "delete from entra_links where import_id = $1 and not exists (select 1 from import_rows r \
         where r.import_id = $1 and r.user_id = entra_links.user_id and r.undo = 'left')"
    ))
    .bind(import.id)
    .execute()
    .await?;
    tx.query(sql!("update imports set part = 'last' where id = $1")).bind(import.id).execute().await?;
    Ok(())
}
