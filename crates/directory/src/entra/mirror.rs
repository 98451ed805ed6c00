//! What Entra ID held when a schedule last read a whole tenant, so that the next run asks for the
//! changes only. Written page by page; it counts only when the read that wrote it came to its end.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Timestamp,
    db::{Conn, Tx},
    error::Result,
    sql,
};

/// One of the two collections that are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Part {
    /// `/users/delta`.
    Users,
    /// `/groups/delta`.
    Groups,
}

/// Where changes go on, and since when the mirror was read whole.
pub async fn delta_link(conn: &mut Conn, tenant: Uuid, part: Part) -> Result<Option<(String, Timestamp)>> {
    conn.query(sql!(
        "select delta_link, read_at from entra_mirrors where tenant_id = $1 and part = $2 and delta_link is not null"
    ))
    .bind(tenant)
    .bind(part)
    .optional()
    .await
}

/// Begins a read of everything: until it has ended there is nothing to go on from.
pub async fn begin(tx: &mut Tx, tenant: Uuid, part: Part) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "insert into entra_mirrors (tenant_id, part, delta_link, read_at) values ($1, $2, null, $3) \
         on conflict (tenant_id, part) do update set delta_link = null, read_at = $3"
    ))
    .bind(tenant)
    .bind(part)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Ends a read. After a whole one (`generation` given) what it did not bring is gone.
pub async fn end(tx: &mut Tx, tenant: Uuid, part: Part, link: &str, generation: Option<i64>) -> Result<()> {
    if let Some(generation) = generation {
        let stale = match part {
            Part::Users => vec![sql!("delete from entra_mirror_users where tenant_id = $1 and generation <> $2")],
            Part::Groups => vec![
                sql!("delete from entra_mirror_groups where tenant_id = $1 and generation <> $2"),
                sql!("delete from entra_mirror_members where tenant_id = $1 and generation <> $2"),
            ],
        };
        for statement in stale {
            tx.query(statement).bind(tenant).bind(generation).execute().await?;
        }
    }
    tx.query(sql!("update entra_mirrors set delta_link = $3 where tenant_id = $1 and part = $2"))
        .bind(tenant)
        .bind(part)
        .bind(link.to_owned())
        .execute()
        .await?;
    Ok(())
}

/// People as Graph gave them, JSON; each at most once.
pub async fn put_users(tx: &mut Tx, tenant: Uuid, people: &[(Uuid, String)], generation: i64) -> Result<()> {
    let rows: Vec<_> = people.iter().map(|(id, data)| json!([id.simple().to_string(), data])).collect();
    tx.query(sql!(
        sqlite: "insert into entra_mirror_users (tenant_id, object_id, data, generation) \
            select $1, unhex(value->>0), value->>1, $3 from json_each($2) where true \
            on conflict (tenant_id, object_id) do update set data = excluded.data, generation = excluded.generation",
        postgres: "insert into entra_mirror_users (tenant_id, object_id, data, generation) \
            select $1, (value->>0)::uuid, value->>1, $3 from jsonb_array_elements($2::jsonb) j(value) \
            on conflict (tenant_id, object_id) do update set data = excluded.data, generation = excluded.generation"
    ))
    .bind(tenant)
    .bind(Value::Array(rows).to_string())
    .bind(generation)
    .execute()
    .await?;
    Ok(())
}

/// What is known of a person, JSON.
pub async fn user(conn: &mut Conn, tenant: Uuid, id: Uuid) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .query(sql!("select data from entra_mirror_users where tenant_id = $1 and object_id = $2"))
        .bind(tenant)
        .bind(id)
        .optional()
        .await?;
    Ok(row.map(|(data,)| data))
}

/// Takes a person out; groups say themselves whom they lost.
pub async fn remove_user(tx: &mut Tx, tenant: Uuid, id: Uuid) -> Result<()> {
    tx.query(sql!("delete from entra_mirror_users where tenant_id = $1 and object_id = $2"))
        .bind(tenant)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// A group; an absent name leaves the one that is known.
pub async fn put_group(
    tx: &mut Tx,
    tenant: Uuid,
    id: Uuid,
    name: Option<String>,
    description: Option<Option<String>>,
    generation: i64,
) -> Result<()> {
    let named = description.is_some();
    tx.query(sql!(
        "insert into entra_mirror_groups (tenant_id, object_id, name, description, generation) \
         values ($1, $2, coalesce($3, ''), $4, $6) on conflict (tenant_id, object_id) do update set \
         name = coalesce($3, entra_mirror_groups.name), \
         description = case when $5 then $4 else entra_mirror_groups.description end, generation = $6"
    ))
    .bind(tenant)
    .bind(id)
    .bind(name)
    .bind(description.flatten())
    .bind(named)
    .bind(generation)
    .execute()
    .await?;
    Ok(())
}

/// Takes a group out, with its members.
pub async fn remove_group(tx: &mut Tx, tenant: Uuid, id: Uuid) -> Result<()> {
    for statement in [
        sql!("delete from entra_mirror_members where tenant_id = $1 and group_id = $2"),
        sql!("delete from entra_mirror_groups where tenant_id = $1 and object_id = $2"),
    ] {
        tx.query(statement).bind(tenant).bind(id).execute().await?;
    }
    Ok(())
}

/// People and groups are directly in a group; each at most once.
pub async fn put_members(tx: &mut Tx, tenant: Uuid, group: Uuid, members: &[Uuid], generation: i64) -> Result<()> {
    let rows: Vec<_> = members.iter().map(|id| json!(id.simple().to_string())).collect();
    tx.query(sql!(
        sqlite: "insert into entra_mirror_members (tenant_id, group_id, member_id, generation) \
            select $1, $2, unhex(value), $4 from json_each($3) where true \
            on conflict (tenant_id, group_id, member_id) do update set generation = excluded.generation",
        postgres: "insert into entra_mirror_members (tenant_id, group_id, member_id, generation) \
            select $1, $2, value::uuid, $4 from jsonb_array_elements_text($3::jsonb) j(value) \
            on conflict (tenant_id, group_id, member_id) do update set generation = excluded.generation"
    ))
    .bind(tenant)
    .bind(group)
    .bind(Value::Array(rows).to_string())
    .bind(generation)
    .execute()
    .await?;
    Ok(())
}

/// And is not any more.
pub async fn remove_member(tx: &mut Tx, tenant: Uuid, group: Uuid, member: Uuid) -> Result<()> {
    tx.query(sql!("delete from entra_mirror_members where tenant_id = $1 and group_id = $2 and member_id = $3"))
        .bind(tenant)
        .bind(group)
        .bind(member)
        .execute()
        .await?;
    Ok(())
}

/// The people after `after` (the nil id first), at most 1,000: id and JSON.
pub async fn users_after(conn: &mut Conn, tenant: Uuid, after: Uuid) -> Result<Vec<(Uuid, String)>> {
    conn.query(sql!(
        "select object_id, data from entra_mirror_users where tenant_id = $1 and object_id > $2 \
         order by object_id limit 1000"
    ))
    .bind(tenant)
    .bind(after)
    .all()
    .await
}

/// The groups after `after`, at most 1,000: id, name, description.
pub async fn groups_after(conn: &mut Conn, tenant: Uuid, after: Uuid) -> Result<Vec<(Uuid, String, Option<String>)>> {
    conn.query(sql!(
        "select object_id, name, description from entra_mirror_groups where tenant_id = $1 and object_id > $2 \
         order by object_id limit 1000"
    ))
    .bind(tenant)
    .bind(after)
    .all()
    .await
}

/// The direct memberships after this one, at most 5,000: group and member.
pub async fn members_after(conn: &mut Conn, tenant: Uuid, (group, member): (Uuid, Uuid)) -> Result<Vec<(Uuid, Uuid)>> {
    conn.query(sql!(
        "select group_id, member_id from entra_mirror_members where tenant_id = $1 \
         and (group_id > $2 or (group_id = $2 and member_id > $3)) order by group_id, member_id limit 5000"
    ))
    .bind(tenant)
    .bind(group)
    .bind(member)
    .all()
    .await
}

/// Forgets all mirrors.
pub async fn forget(tx: &mut Tx) -> Result<()> {
    for statement in [
        sql!("delete from entra_mirrors"),
        sql!("delete from entra_mirror_users"),
        sql!("delete from entra_mirror_groups"),
        sql!("delete from entra_mirror_members"),
    ] {
        tx.query(statement).execute().await?;
    }
    Ok(())
}
