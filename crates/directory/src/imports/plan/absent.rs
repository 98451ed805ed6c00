//! People whom the source had once and has no more: only of a source that was read to its end, and
//! only those that this part of it brought.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        Reason,
        stage::{Data, spot},
        written,
    },
    Import, Planned, Source, Targets, count, decide, next, scope, takes_groups,
    world::{World, only_owner, roles_of},
};
use crate::{actor::Actor, db::Tx, error::Result, ids::UserId, imports::Part, names, sql, users::User};

/// How many linked people one step looks at.
const BATCH: i64 = 2000;

pub(super) fn applies(import: &Import) -> bool {
    import.source == Source::Entra && import.complete && super::may_change(import.options.mode)
}

#[derive(sqlx::FromRow)]
struct Linked {
    object_id: Uuid,
    user_id: UserId,
    gone: bool,
}

pub(super) async fn step(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let (Some(tenant), Some(scope)) = (import.tenant_id, scope(import)) else {
        return next(tx, import, Part::Last).await;
    };
    // With everyone read, whoever is not there has left, wherever they were seen before.
    let linked: Vec<Linked> = tx
        .query(sql!(
            "select l.object_id, l.user_id, u.active and not exists \
             (select 1 from import_rows r where r.import_id = $1 and r.object_id = l.object_id) \
             and ($3 = 'allUsers' or (exists (select 1 from entra_sightings s where s.tenant_id = l.tenant_id \
             and s.scope = $3 and s.object_id = l.object_id) \
             and not exists (select 1 from entra_sightings s where s.tenant_id = l.tenant_id \
             and s.object_id = l.object_id and s.scope <> $3))) as gone \
             from imports i join entra_links l on l.tenant_id = $2 and (i.place_id is null or l.object_id > i.place_id) \
             join users u on u.id = l.user_id where i.id = $1 order by l.object_id limit $4"
        ))
        .bind(import.id)
        .bind(tenant)
        .bind(scope)
        .bind(BATCH)
        .all()
        .await?;
    let Some(last) = linked.last().map(|link| link.object_id) else {
        let part = if takes_groups(import.options.entra.as_ref()) { Part::Groups } else { Part::Last };
        return next(tx, import, part).await;
    };
    let gone: Vec<&Linked> = linked.iter().filter(|link| link.gone).collect();
    let planned = leave(tx, import, actor, &gone).await?;
    let mut plan = import.plan.unwrap_or_default();
    let errors = count(&mut plan, &planned);
    tx.query(sql!(
        "update imports set place_id = $2, plan = $3, errors = errors + $4, place = place + $5, done = done + $5, \
         total = total + $5 where id = $1"
    ))
    .bind(import.id)
    .bind(last)
    .bind(written(&plan))
    .bind(errors)
    .bind(i64::try_from(planned.len()).unwrap_or(i64::MAX))
    .execute()
    .await?;
    Ok(())
}

/// Adds a row for each of these people, behind the rows of the source.
async fn leave(tx: &mut Tx, import: &Import, actor: &Actor, gone: &[&Linked]) -> Result<Vec<Planned>> {
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<UserId> = gone.iter().map(|link| link.user_id).collect();
    let hexed: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let users: Vec<User> = tx
        .query(sql!(
            sqlite: "select u.* from json_each($1) j cross join users u on u.id = unhex(j.value)",
            postgres: "select u.* from jsonb_array_elements_text($1::jsonb) j(value) join users u on u.id = j.value::uuid"
        ))
        .bind(written(&hexed))
        .all()
        .await?;
    let (after,): (i64,) =
        tx.query(sql!("select last_number from imports where id = $1")).bind(import.id).one().await?;
    let targets = Targets::default();
    let mut world = World::empty(import, actor, &targets);
    world.roles = roles_of(tx, &ids).await?;
    world.only_owner = only_owner(tx).await?;
    let users: HashMap<UserId, User> = users.into_iter().map(|user| (user.id, user)).collect();
    let data = written(&Data { absent: true, ..Data::default() });
    let mut planned = Vec::new();
    let mut rows: Vec<Value> = Vec::new();
    for (link, user) in gone.iter().filter_map(|link| users.get(&link.user_id).map(|user| (link, user))) {
        let number = after + import.place + 1 + i64::try_from(planned.len()).unwrap_or(i64::MAX);
        let searched = names::folded(&format!("{}\n{}", user.display_name, user.email));
        rows.push(json!([
            number,
            link.object_id.simple().to_string(),
            user.display_name,
            user.email,
            searched,
            data,
            spot(&searched)
        ]));
        planned.push(decide::leaving(&world, number, user, Reason::LeftSource));
    }
    tx.query(sql!(
        sqlite: "insert into import_rows (import_id, number, object_id, label, email, searched, data, spot) \
            select $1, value->>0, unhex(value->>1), value->>2, value->>3, value->>4, value->>5, value->>6 from json_each($2)",
        postgres: "insert into import_rows (import_id, number, object_id, label, email, searched, data, spot) \
            select $1, (value->>0)::bigint, (value->>1)::uuid, value->>2, value->>3, value->>4, value->>5, (value->>6)::bigint \
            from jsonb_array_elements($2::jsonb) j(value)"
    ))
    .bind(import.id)
    .bind(Value::Array(rows).to_string())
    .execute()
    .await?;
    super::write(tx, import, &planned).await?;
    Ok(planned)
}
