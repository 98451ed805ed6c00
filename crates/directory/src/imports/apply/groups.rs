//! Groups of the tenant that are taken over: made here, and called as they are called there.

use serde_json::{Value, json};
use uuid::Uuid;

use super::next;
use crate::{
    activity::{self, Action, Entry, Target},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::GroupId,
    imports::{Import, Part, plan::grants, written},
    names,
    roles::Role,
    sql,
};

/// How many groups one step writes.
const BATCH: i64 = 200;

#[derive(sqlx::FromRow)]
struct Group {
    object_id: Uuid,
    name: String,
    description: Option<String>,
    id: Option<GroupId>,
    here: Option<String>,
    role: Option<Role>,
}

pub(super) async fn step(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let Some(tenant) = import.tenant_id else { return next(tx, import, Part::Last).await };
    let groups: Vec<Group> = tx
        .query(sql!(
            "select s.object_id, s.name, s.description, g.id as id, g.name as here, g.role \
             from imports i join import_groups s on s.import_id = i.id and (i.place_id is null or s.object_id > i.place_id) \
             left join entra_group_links l on l.tenant_id = $2 and l.object_id = s.object_id \
             left join groups g on g.id = l.group_id where i.id = $1 order by s.object_id limit $3"
        ))
        .bind(import.id)
        .bind(tenant)
        .bind(BATCH)
        .all()
        .await?;
    let Some(last) = groups.last().map(|group| group.object_id) else {
        return next(tx, import, Part::Members).await;
    };
    let may_grant = grants(actor);
    let (mut made, mut renamed, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for group in &groups {
        let target = |id: GroupId| Target { kind: "group", id: Some(id.0), name: &group.name };
        match (group.id, &group.here) {
            (Some(id), Some(here)) if *here != group.name && (group.role.is_none() || may_grant) => {
                renamed.push(json!([
                    id.0.simple().to_string(),
                    group.name,
                    names::key(&group.name),
                    names::folded(&group.name)
                ]));
                entries.push(Entry {
                    action: Action::GroupUpdated,
                    target: target(id),
                    person: None,
                    details: json!({ "name": { "old": here, "new": group.name } }),
                });
            }
            (Some(_), _) => {}
            (None, _) => {
                let id = GroupId::new();
                made.push(json!([
                    id.0.simple().to_string(),
                    group.object_id.simple().to_string(),
                    group.name,
                    names::key(&group.name),
                    names::folded(&group.name),
                    group.description,
                    group.object_id.to_string(),
                ]));
                entries.push(Entry {
                    action: Action::GroupCreated,
                    target: target(id),
                    person: None,
                    details: json!({ "name": group.name, "description": group.description, "role": null }),
                });
            }
        }
    }
    let mut outcome = import.outcome.unwrap_or_default();
    outcome.groups += i64::try_from(entries.len()).unwrap_or_default();
    make(tx, import, tenant, made).await?;
    rename(tx, renamed).await?;
    activity::record_all(tx, actor, &entries).await?;
    tx.query(sql!("update imports set place_id = $2, outcome = $3 where id = $1"))
        .bind(import.id)
        .bind(last)
        .bind(written(&outcome))
        .execute()
        .await?;
    Ok(())
}

async fn make(tx: &mut Tx, import: &Import, tenant: Uuid, made: Vec<Value>) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let made = Value::Array(made).to_string();
    tx.query(sql!(
        sqlite: "insert into groups (id, name, name_key, name_folded, description, type, external_id, created_at, updated_at, version) \
            select unhex(value->>0), value->>2, value->>3, value->>4, value->>5, 'entra', value->>6, $2, $2, 1 from json_each($1)",
        postgres: "insert into groups (id, name, name_key, name_folded, description, type, external_id, created_at, updated_at, version) \
            select (value->>0)::uuid, value->>2, value->>3, value->>4, value->>5, 'entra', value->>6, $2, $2, 1 \
            from jsonb_array_elements($1::jsonb) j(value)"
    ))
    .bind(made.clone())
    .bind(now)
    .execute()
    .await?;
    tx.query(sql!(
        sqlite: "insert into entra_group_links (tenant_id, object_id, group_id, import_id, linked_at) \
            select $2, unhex(value->>1), unhex(value->>0), $3, $4 from json_each($1)",
        postgres: "insert into entra_group_links (tenant_id, object_id, group_id, import_id, linked_at) \
            select $2, (value->>1)::uuid, (value->>0)::uuid, $3, $4 from jsonb_array_elements($1::jsonb) j(value)"
    ))
    .bind(made)
    .bind(tenant)
    .bind(import.id)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

async fn rename(tx: &mut Tx, renamed: Vec<Value>) -> Result<()> {
    if renamed.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    tx.query(sql!(
        sqlite: "update groups set name = j.value->>1, name_key = j.value->>2, name_folded = j.value->>3, updated_at = $2, \
            version = version + 1 from json_each($1) j where groups.id = unhex(j.value->>0)",
        postgres: "update groups g set name = j.value->>1, name_key = j.value->>2, name_folded = j.value->>3, updated_at = $2, \
            version = version + 1 from jsonb_array_elements($1::jsonb) j(value) where g.id = (j.value->>0)::uuid"
    ))
    .bind(Value::Array(renamed).to_string())
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
