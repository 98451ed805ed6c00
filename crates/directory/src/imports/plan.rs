//! Planning: every row gets its verdict, with each change it would make.

mod absent;
mod decide;
mod finish;
mod groups;
mod targets;
mod world;

use serde_json::Value;
use sha2::Digest as _;
use uuid::Uuid;

use super::{
    Import, ImportState, Mode, Part, Plan, Source, Verdict,
    lease::{Claim, Step, hold, stop},
    read,
    stage::{Data, takes_groups},
    written,
};
use crate::{db::Tx, error::Result, ids::UserId, sql};
use decide::Planned;
pub(super) use finish::{approvals, overtaken};
pub(super) use targets::{Target, Targets, by_name, grants};
pub(super) use world::{linked, roles_of};

/// A row that waits for its verdict.
#[derive(sqlx::FromRow)]
struct Waiting {
    number: i64,
    object_id: Option<Uuid>,
    email_key: Option<String>,
    user_name_key: Option<String>,
    data: String,
}

/// A row with its data read.
struct Read {
    number: i64,
    object_id: Option<Uuid>,
    email_key: Option<String>,
    user_name_key: Option<String>,
    data: Data,
}

/// Plans as many rows as [`Claim::rows`] says; to be called, each time in a transaction of its own, until it is
/// done. The import then waits to be confirmed; a run of a saved import confirms itself when
/// nothing must be approved.
///
/// # Errors
/// [`crate::Error::Stale`] when another server took over, or somebody cancelled: drop the claim.
pub async fn plan_step(tx: &mut Tx, claim: &Claim) -> Result<Step> {
    let import = hold(tx, claim, ImportState::Planning).await?;
    let now = tx.now();
    let actor = import.acting.acting(tx, now).await?;
    let targets = match Targets::of(tx, &actor, &import.options).await? {
        Ok(targets) => targets,
        Err(refusal) => {
            stop(tx, &import, refusal.into_failure()).await?;
            return Ok(Step::Done);
        }
    };
    match import.part {
        Part::First => begin(tx, &import).await?,
        Part::Rows => rows(tx, &import, &actor, &targets, claim.rows()).await?,
        Part::Absent => absent::step(tx, &import, &actor).await?,
        Part::Groups => groups::step(tx, &import, &actor).await?,
        Part::Members | Part::Last => {
            finish::finish(tx, &import, &actor).await?;
            return Ok(Step::Done);
        }
    }
    Ok(Step::More)
}

/// Takes away what an earlier plan added, and notes the end of the activity record.
async fn begin(tx: &mut Tx, import: &Import) -> Result<()> {
    let gone = tx
        .query(sql!(
            "delete from import_rows where import_id = $1 and number in (select r.number from import_rows r \
             join imports i on i.id = r.import_id where r.import_id = $1 and r.number > i.last_number \
             order by r.number limit 2000)"
        ))
        .bind(import.id)
        .execute()
        .await?;
    if gone > 0 {
        return Ok(());
    }
    tx.query(sql!(
        "update imports set part = 'rows', place = 0, plan = $2, \
         plan_seq = (select coalesce(max(seq), 0) from activity) where id = $1"
    ))
    .bind(import.id)
    .bind(written(&Plan { ungrouped: None, ..Plan::default() }))
    .execute()
    .await?;
    Ok(())
}

async fn rows(tx: &mut Tx, import: &Import, actor: &crate::actor::Actor, targets: &Targets, batch: i64) -> Result<()> {
    let waiting: Vec<Waiting> = tx
        .query(sql!(
            "select number, object_id, email_key, user_name_key, data from import_rows \
             where import_id = $1 and number > $2 order by number limit $3"
        ))
        .bind(import.id)
        .bind(import.place)
        .bind(batch)
        .all()
        .await?;
    let mut plan = import.plan.unwrap_or_default();
    let Some(last) = waiting.last().map(|row| row.number) else {
        let part = if absent::applies(import) {
            Part::Absent
        } else if takes_groups(import.options.entra.as_ref()) {
            Part::Groups
        } else {
            Part::Last
        };
        return next(tx, import, part).await;
    };
    let rows = waiting
        .into_iter()
        .map(|row| {
            Ok(Read {
                number: row.number,
                object_id: row.object_id,
                email_key: row.email_key,
                user_name_key: row.user_name_key,
                data: read(&row.data)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let mut world = world::World::around(tx, import, actor, targets, &rows).await?;
    let planned: Vec<Planned> = rows.iter().map(|row| world.decide(row)).collect();
    let errors = count(&mut plan, &planned);
    write(tx, import, &planned).await?;
    tx.query(sql!("update imports set place = $2, plan = $3, done = done + $4, errors = errors + $5 where id = $1"))
        .bind(import.id)
        .bind(last)
        .bind(written(&plan))
        .bind(i64::try_from(planned.len()).unwrap_or(i64::MAX))
        .bind(errors)
        .execute()
        .await?;
    Ok(())
}

/// Goes on to another part of the plan.
async fn next(tx: &mut Tx, import: &Import, part: Part) -> Result<()> {
    tx.query(sql!("update imports set part = $2, place = 0, place_id = null where id = $1"))
        .bind(import.id)
        .bind(part)
        .execute()
        .await?;
    Ok(())
}

/// Counts verdicts; returns how many rows can't go through as they are.
fn count(plan: &mut Plan, planned: &[Planned]) -> i64 {
    let mut errors = 0;
    for row in planned {
        plan.rows += 1;
        plan.count(row.verdict, 1);
        plan.need_tick += i64::from(row.if_ticked.is_some());
        errors += i64::from(matches!(row.verdict, Verdict::Conflict | Verdict::Rejected));
    }
    errors
}

async fn write(tx: &mut Tx, import: &Import, planned: &[Planned]) -> Result<()> {
    let rows: Vec<Value> = planned.iter().map(Planned::to_json).collect();
    tx.query(sql!(
        // Every row is there: SQLite's updates may begin with all rows of the import, an insert can't.
        sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($2)) \
            insert into import_rows (import_id, number, label, searched, data, verdict, reason, field, message, user_id, \
            base_version, changes, holds_role, if_ticked) \
            select $1, value->>0, '', '', '', value->>1, value->>2, value->>3, value->>4, unhex(value->>5), value->>6, \
            value->>7, value->>8, value->>9 from rows where true \
            on conflict (import_id, number) do update set verdict = excluded.verdict, reason = excluded.reason, \
            field = excluded.field, message = excluded.message, user_id = excluded.user_id, \
            base_version = excluded.base_version, changes = excluded.changes, holds_role = excluded.holds_role, \
            if_ticked = excluded.if_ticked, ticked = 0, result = null, applied = null, undo = null",
        postgres: "update import_rows r set verdict = j.value->>1, reason = j.value->>2, field = j.value->>3, \
            message = j.value->>4, user_id = (j.value->>5)::uuid, base_version = (j.value->>6)::bigint, \
            changes = j.value->>7, holds_role = (j.value->>8)::boolean, if_ticked = j.value->>9, ticked = false, \
            result = null, applied = null, undo = null \
            from jsonb_array_elements($2::jsonb) j(value) where r.import_id = $1 and r.number = (j.value->>0)::bigint"
    ))
    .bind(import.id)
    .bind(Value::Array(rows).to_string())
    .execute()
    .await?;
    Ok(())
}

/// Whether the person may be acted on by whoever asked for the import: their own profile, and
/// everyone whose role is not above theirs.
pub(super) fn reaches(actor: &crate::actor::Actor, user: UserId, theirs: &crate::roles::Roles) -> bool {
    actor.is_system() || actor.user_id() == Some(user) || actor.roles.may_act_on(theirs)
}

/// Whether this is whoever began or confirmed the import: nobody disables themselves by it.
pub(super) fn is_themselves(import: &Import, user: UserId) -> bool {
    import.started_by.user_id() == Some(user) || import.acting.user_id() == Some(user)
}

/// The part of the tenant that an import reads, as a name: who was seen in it, and in no other, and
/// is not there any more, has left.
pub(super) fn scope(import: &Import) -> Option<String> {
    use super::EntraScope;
    let entra = import.options.entra.as_ref().filter(|_| import.source == Source::Entra)?;
    Some(match entra.scope {
        EntraScope::AllUsers => "allUsers".to_owned(),
        EntraScope::AllGroups if entra.include_ungrouped => "allUsers".to_owned(),
        EntraScope::AllGroups => "allGroups".to_owned(),
        EntraScope::Groups => {
            let mut ids = entra.group_ids.clone();
            ids.sort_unstable();
            ids.dedup();
            let joined: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
            format!("groups:{}", hex::encode(&sha2::Sha256::digest(joined.join(",").as_bytes())[..16]))
        }
    })
}

fn may_change(mode: Mode) -> bool {
    mode.changes()
}
