//! Who is in the groups of the tenant: people who came are added, people who left are removed.
//! Only people who are linked to the tenant are removed; who was put in by hand stays.

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::next;
use crate::{
    activity::{self, Action, Entry, Target},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::{GroupId, UserId},
    imports::{Import, Part, plan::grants, written},
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

#[derive(sqlx::FromRow)]
struct Person {
    object_id: Uuid,
    id: UserId,
    display_name: String,
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
    // Nobody gets or loses a role by an import, but an owner may let it.
    let over = if group.role.is_some() && !grants(actor) {
        true
    } else {
        come_and_go(tx, import, tenant, actor, &group).await?
    };
    if over {
        tx.query(sql!("update imports set place_id = $2, place_member = null where id = $1"))
            .bind(import.id)
            .bind(group.object_id)
            .execute()
            .await?;
    }
    Ok(())
}

/// Adds and removes some of the group's people; tells whether that was all.
async fn come_and_go(tx: &mut Tx, import: &Import, tenant: Uuid, actor: &Actor, group: &Group) -> Result<bool> {
    let added: Vec<Person> = tx
        .query(sql!(
            "select p.object_id, u.id, u.display_name from import_members p \
             join entra_links l on l.tenant_id = $4 and l.object_id = p.object_id join users u on u.id = l.user_id \
             where p.import_id = $1 and p.group_object_id = $2 and p.object_id > $6 \
             and not exists (select 1 from group_members m where m.group_id = $3 and m.user_id = l.user_id) \
             order by p.object_id limit $5"
        ))
        .bind(import.id)
        .bind(group.object_id)
        .bind(group.id)
        .bind(tenant)
        .bind(BATCH)
        .bind(import.place_member.unwrap_or(Uuid::nil()))
        .all()
        .await?;
    let all_came = i64::try_from(added.len()).is_ok_and(|found| found < BATCH);
    // Who is taken out of the owners is taken out by hand.
    let removes = all_came && group.complete && group.role != Some(Role::Owner);
    let removed: Vec<Person> = if removes {
        tx.query(sql!(
            "select l.object_id, u.id, u.display_name from group_members m \
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
    let pairs = |people: &[Person]| people.iter().map(|person| (person.id, group.id)).collect::<Vec<_>>();
    let came = many::join(tx, &pairs(&added)).await?;
    let went = many::leave(tx, &pairs(&removed)).await?;
    keep(tx, import, group.id, &came, true).await?;
    keep(tx, import, group.id, &went, false).await?;
    let changed: HashSet<UserId> = came.iter().chain(&went).map(|(user, _)| *user).collect();
    let entries: Vec<Entry<'_>> = added
        .iter()
        .map(|person| (Action::GroupMemberAdded, person))
        .chain(removed.iter().map(|person| (Action::GroupMemberRemoved, person)))
        .filter(|(_, person)| changed.contains(&person.id))
        .map(|(action, person)| Entry {
            action,
            target: Target { kind: "group", id: Some(group.id.0), name: &group.name },
            person: Some((person.id, &person.display_name)),
            details: json!({ "role": group.role }),
        })
        .collect();
    activity::record_all(tx, actor, &entries).await?;
    let mut outcome = import.outcome.unwrap_or_default();
    outcome.memberships += i64::try_from(entries.len()).unwrap_or_default();
    tx.query(sql!("update imports set outcome = $2, place_member = coalesce($3, place_member) where id = $1"))
        .bind(import.id)
        .bind(written(&outcome))
        .bind(added.last().map(|person| person.object_id))
        .execute()
        .await?;
    Ok(all_came && i64::try_from(removed.len()).is_ok_and(|found| found < BATCH))
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
