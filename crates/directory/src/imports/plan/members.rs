//! Who would come to the groups of the tenant that are taken over, and who would go from them.

use serde_json::Value;
use uuid::Uuid;

use super::{Import, Plan, next};
use crate::{db::Tx, error::Result, ids::ImportId, imports::Part, sql};

/// How many groups one step looks at, unless they are large.
const BATCH: i64 = 100;

/// After so many memberships a step ends.
const MANY: i64 = 20_000;

pub(super) async fn step(tx: &mut Tx, import: &Import) -> Result<()> {
    let Some(tenant) = import.tenant_id else { return next(tx, import, Part::Last).await };
    let groups: Vec<(Uuid,)> = tx
        .query(sql!(
            "select s.object_id from imports i \
             join import_groups s on s.import_id = i.id and (i.place_id is null or s.object_id > i.place_id) \
             where i.id = $1 order by s.object_id limit $2"
        ))
        .bind(import.id)
        .bind(BATCH)
        .all()
        .await?;
    if groups.is_empty() {
        return next(tx, import, Part::Last).await;
    }
    let (mut looked, mut last) = (0, None);
    for (group,) in groups {
        looked += count(tx, import.id, tenant, group).await?;
        last = Some(group);
        if looked >= MANY {
            break;
        }
    }
    tx.query(sql!("update imports set place_id = $2 where id = $1")).bind(import.id).bind(last).execute().await?;
    Ok(())
}

/// Counts who comes to a group and who goes, as applying the plan will find it: whoever is linked to
/// the tenant or will be by a row. Returns how many people were looked at.
async fn count(tx: &mut Tx, import: ImportId, tenant: Uuid, group: Uuid) -> Result<i64> {
    tx.query(sql!(
        "update import_groups set \
         added = (select count(*) from import_members p \
         left join entra_links l on l.tenant_id = $3 and l.object_id = p.object_id \
         left join import_rows r on r.import_id = p.import_id and r.object_id = p.object_id and l.user_id is null \
         where p.import_id = $1 and p.group_object_id = $2 \
         and (l.user_id is not null or r.verdict in ('create', 'update', 'unchanged', 'deactivate')) \
         and not exists (select 1 from group_members m where m.group_id = import_groups.group_id \
         and m.user_id = coalesce(l.user_id, r.user_id))), \
         removed = (select count(*) from group_members m join groups g on g.id = m.group_id \
         left join entra_links l on l.user_id = m.user_id and l.tenant_id = $3 \
         left join import_rows r on r.import_id = $1 and r.user_id = m.user_id and l.user_id is null \
         and r.verdict in ('update', 'unchanged', 'deactivate') \
         where m.group_id = import_groups.group_id and import_groups.complete and coalesce(g.role, '') <> 'owner' \
         and coalesce(l.object_id, r.object_id) is not null \
         and not exists (select 1 from import_members p where p.import_id = $1 and p.group_object_id = $2 \
         and p.object_id = coalesce(l.object_id, r.object_id))) \
         where import_id = $1 and object_id = $2"
    ))
    .bind(import)
    .bind(group)
    .bind(tenant)
    .execute()
    .await?;
    let (looked,): (i64,) = tx
        .query(sql!(
            "select (select count(*) from import_members p where p.import_id = $1 and p.group_object_id = $2) \
             + (select count(*) from group_members m join import_groups s on s.group_id = m.group_id \
             where s.import_id = $1 and s.object_id = $2) as looked"
        ))
        .bind(import)
        .bind(group)
        .one()
        .await?;
    Ok(looked)
}

/// Counts again in the groups of people who were ticked, or not any more: a tick links them to the tenant.
pub(in crate::imports) async fn count_again(tx: &mut Tx, import: &Import, numbers: &[i64]) -> Result<()> {
    let Some(tenant) = import.tenant_id else { return Ok(()) };
    let groups: Vec<(Uuid,)> = tx
        .query(sql!(
            sqlite: "select p.group_object_id as object_id from import_rows r \
                join import_members p on p.import_id = r.import_id and p.object_id = r.object_id \
                where r.import_id = $1 and r.number in (select value from json_each($2)) \
                union select s.object_id from import_rows r join group_members m on m.user_id = r.user_id \
                join import_groups s on s.import_id = r.import_id and s.group_id = m.group_id \
                where r.import_id = $1 and r.number in (select value from json_each($2))",
            postgres: "select p.group_object_id as object_id from import_rows r \
                join import_members p on p.import_id = r.import_id and p.object_id = r.object_id \
                where r.import_id = $1 and r.number in (select value::bigint from jsonb_array_elements_text($2::jsonb) j(value)) \
                union select s.object_id from import_rows r join group_members m on m.user_id = r.user_id \
                join import_groups s on s.import_id = r.import_id and s.group_id = m.group_id \
                where r.import_id = $1 and r.number in (select value::bigint from jsonb_array_elements_text($2::jsonb) j(value))"
        ))
        .bind(import.id)
        .bind(Value::from(numbers).to_string())
        .all()
        .await?;
    for (group,) in groups {
        count(tx, import.id, tenant, group).await?;
    }
    Ok(())
}

/// Adds the groups up. Those that are left alone, because only an owner may hand out their role, count as such
/// and with none of their people.
pub(in crate::imports) async fn total(tx: &mut Tx, import: ImportId, plan: &mut Plan) -> Result<()> {
    (plan.groups_update, plan.memberships_add, plan.memberships_remove, plan.groups_with_role) = tx
        .query(sql!(
            "select count(case when s.verdict = 'update' and s.reason is null then 1 end), \
             cast(coalesce(sum(case when s.reason is null then s.added end), 0) as bigint), \
             cast(coalesce(sum(case when s.reason is null then s.removed end), 0) as bigint), \
             count(case when g.role is not null and s.added + s.removed > 0 then 1 end) \
             from import_groups s left join groups g on g.id = s.group_id where s.import_id = $1"
        ))
        .bind(import)
        .one()
        .await?;
    Ok(())
}
