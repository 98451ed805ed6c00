//! Which object of the tenant a person is, and in which part of it they were seen.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Batch, Row, done};
use crate::{
    db::Tx,
    error::Result,
    imports::{RowResult, plan::scope, written},
    sql,
};

impl Batch<'_> {
    /// Notes which objects of the tenant these people are, and where they were seen.
    pub(super) async fn link(&self, tx: &mut Tx, rows: &[Row]) -> Result<()> {
        let (Some(tenant), Some(scope)) = (self.import.tenant_id, scope(self.import)) else { return Ok(()) };
        let now = tx.now();
        let hex = |id: Uuid| id.simple().to_string();
        let mut links: Vec<Value> = Vec::new();
        let (mut here, mut gone) = (Vec::new(), Vec::new());
        for row in rows.iter().filter(|row| done(row) || row.result == Some(RowResult::Unchanged)) {
            let (Some(object), Some(user)) = (row.planned.object_id, row.planned.user_id) else { continue };
            let active = row.change("active").and_then(Value::as_bool);
            links.push(json!([hex(object), hex(user.0), active.map(|active| !active)]));
            if row.data.absent || row.data.removed { gone.push(hex(object)) } else { here.push(hex(object)) }
        }
        if links.is_empty() {
            return Ok(());
        }
        tx.query(sql!(
            sqlite: "insert into entra_links (tenant_id, object_id, user_id, import_id, linked_at, disabled_here) \
                select $1, unhex(j.value->>0), u.id, $2, $3, coalesce(j.value->>2, 0) \
                from json_each($4) j cross join users u on u.id = unhex(j.value->>1) where true \
                on conflict (tenant_id, object_id) do nothing",
            postgres: "insert into entra_links (tenant_id, object_id, user_id, import_id, linked_at, disabled_here) \
                select $1, (j.value->>0)::uuid, u.id, $2, $3, coalesce((j.value->>2)::boolean, false) \
                from jsonb_array_elements($4::jsonb) j(value) join users u on u.id = (j.value->>1)::uuid \
                for key share of u on conflict (tenant_id, object_id) do nothing"
        ))
        .bind(tenant)
        .bind(self.import.id)
        .bind(now)
        .bind(Value::from(links.clone()).to_string())
        .execute()
        .await?;
        for disabled in [true, false] {
            let objects: Vec<&Value> = links.iter().filter(|link| link[2] == disabled).map(|link| &link[0]).collect();
            mark_disabled(tx, tenant, &objects, disabled).await?;
        }
        see(tx, tenant, &scope, &here, &gone).await
    }
}

/// Notes whether these objects' people were disabled by an import.
pub(in crate::imports) async fn mark_disabled(
    tx: &mut Tx,
    tenant: Uuid,
    objects: &[&Value],
    disabled: bool,
) -> Result<()> {
    if objects.is_empty() {
        return Ok(());
    }
    tx.query(sql!(
        sqlite: "update entra_links set disabled_here = $3 where tenant_id = $1 \
            and object_id in (select unhex(value) from json_each($2))",
        postgres: "update entra_links set disabled_here = $3 where tenant_id = $1 \
            and object_id in (select value::uuid from jsonb_array_elements_text($2::jsonb) j(value))"
    ))
    .bind(tenant)
    .bind(written(&objects))
    .bind(disabled)
    .execute()
    .await?;
    Ok(())
}

/// Notes who was seen in this part of the tenant, and who was not any more.
async fn see(tx: &mut Tx, tenant: Uuid, scope: &str, here: &[String], gone: &[String]) -> Result<()> {
    if !here.is_empty() {
        tx.query(sql!(
            sqlite: "insert into entra_sightings (tenant_id, scope, object_id) \
                select $1, $2, l.object_id from json_each($3) j \
                cross join entra_links l on l.tenant_id = $1 and l.object_id = unhex(j.value) where true on conflict do nothing",
            postgres: "insert into entra_sightings (tenant_id, scope, object_id) \
                select $1, $2, l.object_id from jsonb_array_elements_text($3::jsonb) j(value) \
                join entra_links l on l.tenant_id = $1 and l.object_id = j.value::uuid on conflict do nothing"
        ))
        .bind(tenant)
        .bind(scope.to_owned())
        .bind(written(&here))
        .execute()
        .await?;
    }
    if !gone.is_empty() {
        tx.query(sql!(
            sqlite: "delete from entra_sightings where tenant_id = $1 \
                and object_id in (select unhex(value) from json_each($2))",
            postgres: "delete from entra_sightings where tenant_id = $1 \
                and object_id in (select value::uuid from jsonb_array_elements_text($2::jsonb) j(value))"
        ))
        .bind(tenant)
        .bind(written(&gone))
        .execute()
        .await?;
    }
    Ok(())
}
