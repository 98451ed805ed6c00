//! The end of a plan: what must be approved, and whether it still holds when it is confirmed.

use serde_json::json;

use super::{
    super::{Approval, ApprovalReason, commands, lease, written},
    Import, Plan, Source, scope,
};
use crate::{
    activity::Action,
    actor::Actor,
    db::{Conn, Tx},
    error::Result,
    sql,
};

/// So many people may always be disabled without an approval.
const FEW: i64 = 10;

/// More activity than this since a plan is not looked through: the plan is made again.
const MUCH: i64 = 20_000;

pub(super) async fn finish(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let now = tx.now();
    let (ungrouped,): (Option<i64>,) =
        tx.query(sql!("select ungrouped from imports where id = $1")).bind(import.id).one().await?;
    let mut plan = Plan { ungrouped, ..import.plan.unwrap_or_default() };
    if super::takes_groups(import.options.entra.as_ref()) {
        super::members::total(tx, import.id, &mut plan).await?;
    }
    let approval = approvals(tx, import, &plan).await?;
    tx.query(sql!(
        "update imports set state = 'ready', plan = $2, approval = $3, planned_at = $4, lease = null, leased_until = 0, \
         version = version + 1 where id = $1"
    ))
    .bind(import.id)
    .bind(written(&plan))
    .bind(written(&approval))
    .bind(now)
    .execute()
    .await?;
    let details = json!({ "plan": plan, "approval": approval });
    lease::record(tx, actor, Action::ImportPlanned, import.id, &import.name, details).await?;
    if import.schedule_id.is_some() && approval.is_empty() {
        let planned = Import { plan: Some(plan), ..import.clone() };
        commands::start(tx, actor, &planned).await?;
    }
    Ok(())
}

/// What must be approved before a plan is applied.
pub(in crate::imports) async fn approvals(conn: &mut Conn, import: &Import, plan: &Plan) -> Result<Vec<Approval>> {
    let mut approvals = Vec::new();
    if plan.deactivate > FEW {
        let managed = managed(conn, import, plan).await?;
        if plan.deactivate * 5 > managed {
            approvals.push(Approval {
                reason: ApprovalReason::ManyDeactivated,
                message: format!(
                    "{} of {managed} people whom this source manages would be disabled. Check that the source is whole.",
                    plan.deactivate
                ),
            });
        }
    }
    if import.source != Source::Entra {
        return Ok(approvals);
    }
    let emptied: Vec<(String,)> = conn
        .query(sql!(
            "select coalesce(old_name, name) as name from import_groups where import_id = $1 and emptied \
             order by object_id limit 6"
        ))
        .bind(import.id)
        .all()
        .await?;
    if !emptied.is_empty() && super::takes_groups(import.options.entra.as_ref()) {
        let more = if emptied.len() > 5 { " and others" } else { "" };
        let named: Vec<&str> = emptied.iter().take(5).map(|(name,)| name.as_str()).collect();
        approvals.push(Approval {
            reason: ApprovalReason::GroupBecameEmpty,
            message: format!(
                "Nobody is in these groups any more, and everyone would be removed: {}{more}.",
                named.join(", ")
            ),
        });
    }
    if import.complete && plan.rows - plan.deactivate <= 0 {
        approvals.push(Approval {
            reason: ApprovalReason::SourceEmpty,
            message: "Entra ID returned nobody at all. Check the groups that were chosen, and the permissions."
                .to_owned(),
        });
    }
    Ok(approvals)
}

/// How many people the source manages: those linked to the part of the tenant that is read, or
/// those whom the file names.
async fn managed(conn: &mut Conn, import: &Import, plan: &Plan) -> Result<i64> {
    let (Some(tenant), Some(scope)) = (import.tenant_id, scope(import)) else {
        return Ok(plan.update + plan.unchanged + plan.deactivate);
    };
    let (managed,): (i64,) = conn
        .query(sql!(
            "select count(*) from entra_links l join users u on u.id = l.user_id where l.tenant_id = $1 and u.active \
             and ($2 = 'allUsers' or exists (select 1 from entra_sightings s where s.tenant_id = l.tenant_id \
             and s.scope = $2 and s.object_id = l.object_id))"
        ))
        .bind(tenant)
        .bind(scope)
        .one()
        .await?;
    Ok(managed)
}

/// Whether people of the plan were changed since it was made, or others came with their addresses
/// or user names.
pub(in crate::imports) async fn overtaken(conn: &mut Conn, import: &Import) -> Result<bool> {
    let (since,): (i64,) = conn
        .query(sql!("select count(*) from (select 1 from activity where seq > $1 limit $2) recent"))
        .bind(import.plan_seq)
        .bind(MUCH)
        .one()
        .await?;
    if since >= MUCH {
        return Ok(true);
    }
    let (found,): (bool,) = conn
        .query(sql!(
            "select exists (select 1 from activity a where a.seq > $2 and a.user_id is not null \
             and a.action in ('user.created', 'user.updated', 'user.disabled', 'user.enabled', 'user.deleted', \
             'group.member.added', 'group.member.removed') \
             and (exists (select 1 from import_rows r where r.import_id = $1 and r.user_id = a.user_id) \
             or exists (select 1 from users u join import_rows r on r.import_id = $1 and r.email_key = u.email_key \
             where u.id = a.user_id) \
             or exists (select 1 from users u join import_rows r on r.import_id = $1 and r.user_name_key = u.user_name_key \
             where u.id = a.user_id))) as found"
        ))
        .bind(import.id)
        .bind(import.plan_seq)
        .one()
        .await?;
    Ok(found)
}
