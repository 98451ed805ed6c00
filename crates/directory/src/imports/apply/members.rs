//! Who is in the groups of the tenant: people who came are added, people who left are removed.
//! Only people who are linked to the tenant are removed; who was put in by hand stays.

use serde_json::{Value, json};
use uuid::Uuid;

use super::next;
use crate::{
    activity::{self, Action, Entry, Target},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::{GroupId, UserId},
    imports::{Import, Part, plan::grants},
    roles::Role,
    sql,
    users::many,
};

/// How many memberships one step changes.
const BATCH: i64 = 1000;

#[derive(sqlx::FromRow)]
struct Group {
    object_id: Uuid,
    complete: bool,
    id: GroupId,
    name: String,
    role: Option<Role>,
}

pub(super) async fn step(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let Some(tenant) = import.tenant_id else { return next(tx, import, Part::Last).await };
    let group: Option<Group> = tx
        .query(sql!(
            sqlite: "select s.object_id, s.complete, g.id, g.name, g.role \
                from imports i join import_groups s on s.import_id = i.id and (i.place_id is null or s.object_id > i.place_id) \
                join entra_group_links l on l.tenant_id = $2 and l.object_id = s.object_id \
                join groups g on g.id = l.group_id where i.id = $1 order by s.object_id limit 1",
            postgres: "select s.object_id, s.complete, g.id, g.name, g.role \
                from imports i join import_groups s on s.import_id = i.id and (i.place_id is null or s.object_id > i.place_id) \
                join entra_group_links l on l.tenant_id = $2 and l.object_id = s.object_id \
                join groups g on g.id = l.group_id where i.id = $1 order by s.object_id limit 1 for share of g"
        ))
        .bind(import.id)
        .bind(tenant)
        .optional()
        .await?;
    let Some(group) = group else { return next(tx, import, Part::Last).await };
    let changed = if group.role.is_some() && !grants(actor) {
        // Nobody gets or loses a role by an import, but an owner may let it.
        0
    } else {
        come_and_go(tx, import, tenant, actor, &group).await?
    };
    if changed < BATCH {
        tx.query(sql!("update imports set place_id = $2 where id = $1"))
            .bind(import.id)
            .bind(group.object_id)
            .execute()
            .await?;
    }
    Ok(())
}

async fn come_and_go(tx: &mut Tx, import: &Import, tenant: Uuid, actor: &Actor, group: &Group) -> Result<i64> {
    let added: Vec<(UserId, String)> = tx
        .query(sql!(
            "select u.id, u.display_name from import_members p \
             join entra_links l on l.tenant_id = $4 and l.object_id = p.object_id join users u on u.id = l.user_id \
             where p.import_id = $1 and p.group_object_id = $2 \
             and not exists (select 1 from group_members m where m.group_id = $3 and m.user_id = l.user_id) \
             order by p.object_id limit $5"
        ))
        .bind(import.id)
        .bind(group.object_id)
        .bind(group.id)
        .bind(tenant)
        .bind(BATCH)
        .all()
        .await?;
    // Who is taken out of the owners is taken out by hand.
    let removes = group.complete && group.role != Some(Role::Owner) && added.is_empty();
    let removed: Vec<(UserId, String)> = if removes {
        tx.query(sql!(
            "select u.id, u.display_name from group_members m \
             join entra_links l on l.user_id = m.user_id and l.tenant_id = $4 join users u on u.id = m.user_id \
             where m.group_id = $3 and not exists (select 1 from import_members p where p.import_id = $1 \
             and p.group_object_id = $2 and p.object_id = l.object_id) order by m.user_id limit $5"
        ))
        .bind(import.id)
        .bind(group.object_id)
        .bind(group.id)
        .bind(tenant)
        .bind(BATCH)
        .all()
        .await?
    } else {
        Vec::new()
    };
    let pairs = |people: &[(UserId, String)]| people.iter().map(|(user, _)| (*user, group.id)).collect::<Vec<_>>();
    let came = many::join(tx, &pairs(&added)).await?;
    let went = many::leave(tx, &pairs(&removed)).await?;
    keep(tx, import, group.id, &came, true).await?;
    keep(tx, import, group.id, &went, false).await?;
    let entry = |action, person: &(UserId, String), changed: &[(UserId, GroupId)]| {
        changed.iter().any(|(user, _)| *user == person.0).then(|| (action, person.clone()))
    };
    let changes: Vec<(Action, (UserId, String))> = added
        .iter()
        .filter_map(|person| entry(Action::GroupMemberAdded, person, &came))
        .chain(removed.iter().filter_map(|person| entry(Action::GroupMemberRemoved, person, &went)))
        .collect();
    let entries: Vec<Entry<'_>> = changes
        .iter()
        .map(|(action, (id, name))| Entry {
            action: *action,
            target: Target { kind: "group", id: Some(group.id.0), name: &group.name },
            person: Some((*id, name)),
            details: json!({ "role": group.role }),
        })
        .collect();
    activity::record_all(tx, actor, &entries).await?;
    // After people who came, those who went come next.
    let more = if added.is_empty() { removed.len() } else { usize::MAX };
    Ok(i64::try_from(more).unwrap_or(i64::MAX))
}

/// Keeps which memberships were changed, for an undo.
async fn keep(tx: &mut Tx, import: &Import, group: GroupId, changed: &[(UserId, GroupId)], added: bool) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let people: Vec<String> = changed.iter().map(|(user, _)| user.0.simple().to_string()).collect();
    tx.query(sql!(
        sqlite: "insert into import_membership_changes (import_id, group_id, user_id, added) \
            select $1, $2, unhex(value), $3 from json_each($4) where true on conflict do nothing",
        postgres: "insert into import_membership_changes (import_id, group_id, user_id, added) \
            select $1, $2, value::uuid, $3 from jsonb_array_elements_text($4::jsonb) j(value) on conflict do nothing"
    ))
    .bind(import.id)
    .bind(group)
    .bind(added)
    .bind(Value::from(people).to_string())
    .execute()
    .await?;
    Ok(())
}
