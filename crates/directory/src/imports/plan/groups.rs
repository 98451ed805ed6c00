//! Groups of the tenant that are taken over: which are made, which get another name, and which of
//! them came back empty.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{super::written, Import, next, targets::grants};
use crate::{
    actor::Actor,
    db::Tx,
    error::Result,
    ids::GroupId,
    imports::{Part, Reason},
    roles::Role,
    sql,
};

/// How many groups one step plans.
const BATCH: i64 = 200;

#[derive(sqlx::FromRow)]
struct Waiting {
    object_id: Uuid,
    name: String,
    group_id: Option<GroupId>,
    here: Option<String>,
    role: Option<Role>,
    emptied: bool,
}

pub(super) async fn step(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let Some(tenant) = import.tenant_id else { return next(tx, import, Part::Last).await };
    let groups: Vec<Waiting> = tx
        .query(sql!(
            "select s.object_id, s.name, g.id as group_id, g.name as here, g.role, \
             (s.complete and exists (select 1 from group_members m where m.group_id = g.id) \
             and not exists (select 1 from import_members p where p.import_id = s.import_id \
             and p.group_object_id = s.object_id)) as emptied \
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
    let mut plan = import.plan.unwrap_or_default();
    let may_grant = grants(actor);
    let rows: Vec<Value> = groups
        .iter()
        .map(|group| {
            let verdict = match &group.here {
                None => "create",
                Some(here) if *here != group.name => "update",
                Some(_) => "unchanged",
            };
            plan.groups_create += i64::from(group.here.is_none());
            // Nobody gets or loses a role by an import, but an owner may let it.
            let reason = group.role.filter(|_| !may_grant).map(|_| Reason::Outranks);
            json!([
                group.object_id.simple().to_string(),
                verdict,
                reason,
                group.group_id.map(|id| id.0.simple().to_string()),
                group.here,
                group.emptied,
            ])
        })
        .collect();
    tx.query(sql!(
        sqlite: "insert into import_groups (import_id, object_id, name, complete, verdict, reason, group_id, old_name, emptied) \
            select $1, unhex(value->>0), '', 0, value->>1, value->>2, unhex(value->>3), value->>4, value->>5 \
            from json_each($2) where true on conflict (import_id, object_id) do update set verdict = excluded.verdict, \
            reason = excluded.reason, group_id = excluded.group_id, old_name = excluded.old_name, \
            emptied = excluded.emptied, result = null, added = 0, removed = 0",
        postgres: "update import_groups s set verdict = j.value->>1, reason = j.value->>2, \
            group_id = (j.value->>3)::uuid, old_name = j.value->>4, emptied = (j.value->>5)::boolean, result = null, added = 0, removed = 0 \
            from jsonb_array_elements($2::jsonb) j(value) \
            where s.import_id = $1 and s.object_id = (j.value->>0)::uuid"
    ))
    .bind(import.id)
    .bind(Value::Array(rows).to_string())
    .execute()
    .await?;
    tx.query(sql!("update imports set place_id = $2, plan = $3 where id = $1"))
        .bind(import.id)
        .bind(last)
        .bind(written(&plan))
        .execute()
        .await?;
    Ok(())
}
