//! Whether the plan of a row still holds: whoever was changed meanwhile is left alone.

use std::collections::HashSet;

use serde_json::Value;
use uuid::Uuid;

use super::{Batch, Row};
use crate::{
    db::Tx,
    error::Result,
    ids::UserId,
    imports::{
        Import, Reason, RowResult, Verdict,
        plan::{is_themselves, reaches},
    },
    names,
    roles::{self, Role},
    sql,
};

pub(super) const TAKEN: &str = "Somebody else has this user name by now. Choose another.";

/// Of these rows with the user names that they want, those for which an earlier row waits for the
/// same: rows are not applied in their own order, but the first one counts. (`coalesce` keeps SQLite
/// from going through every row that creates somebody instead of those with the address.)
pub(super) async fn behind(tx: &mut Tx, import: &Import, wanted: Vec<Value>) -> Result<HashSet<i64>> {
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<(i64,)> = tx
        .query(sql!(
            sqlite: "with wanted (number, name) as materialized (select value->>0, value->>1 from json_each($2)) \
                select w.number from wanted w where exists (select 1 from import_rows r where r.import_id = $1 \
                and r.user_name_key = w.name and r.number < w.number and r.result is null \
                and (r.verdict = 'create' or (r.verdict in ('update', 'deactivate') and r.changes like '%\"userName\":%'))) \
                or exists (select 1 from import_rows r where r.import_id = $1 and r.email_key = w.name \
                and r.number < w.number and r.result is null and coalesce(r.verdict, '') = 'create' and r.user_name_key is null)",
            postgres: "with wanted (number, name) as materialized (select (value->>0)::bigint, value->>1 \
                from jsonb_array_elements($2::jsonb) j(value)) \
                select w.number from wanted w where exists (select 1 from import_rows r where r.import_id = $1 \
                and r.user_name_key = w.name and r.number < w.number and r.result is null \
                and (r.verdict = 'create' or (r.verdict in ('update', 'deactivate') and r.changes like '%\"userName\":%'))) \
                or exists (select 1 from import_rows r where r.import_id = $1 and r.email_key = w.name \
                and r.number < w.number and r.result is null and coalesce(r.verdict, '') = 'create' and r.user_name_key is null)"
        ))
        .bind(import.id)
        .bind(Value::Array(wanted).to_string())
        .all()
        .await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
}

impl Batch<'_> {
    /// Whether a row's plan still holds; gives it its result where it does not, or where there is
    /// nothing to do.
    pub(super) fn check(&mut self, row: &mut Row) {
        match row.planned.verdict {
            Verdict::Unchanged => row.result = Some(RowResult::Unchanged),
            Verdict::Skipped => row.result = Some(RowResult::Skipped),
            Verdict::Conflict if row.planned.holds_role && !row.planned.ticked => {
                row.result = Some(RowResult::Skipped);
            }
            Verdict::Conflict | Verdict::Rejected => row.result = Some(RowResult::Failed),
            Verdict::Create => self.check_names(row, None),
            Verdict::Update | Verdict::Deactivate => self.check_person(row),
        }
        let unjoinable = |name: &&String| self.named.get(&names::key(name)).is_none_or(|(_, may)| !may);
        if row.result.is_none()
            && let Some(name) = row.data.groups.iter().find(unjoinable).cloned()
        {
            let message = format!("There is no group called {name} any more that this import may put people into.");
            row.fail(Reason::UnknownGroup, Some("groups"), message);
        }
    }

    fn check_person(&mut self, row: &mut Row) {
        let Some(id) = row.planned.user_id else { return };
        let Some(user) = self.users.get(&id) else {
            return row.fail(
                Reason::DeletedMeanwhile,
                None,
                "Somebody deleted this person after the plan was made. Import them again if they are to come back.",
            );
        };
        if Some(user.version) != row.planned.base_version {
            return row.fail(
                Reason::ChangedMeanwhile,
                None,
                "Somebody changed this person after the plan was made. Their change stands: import again to compare.",
            );
        }
        if let Some(theirs) = self.roles.get(&id) {
            if !reaches(self.actor, id, theirs) {
                return row.fail(
                    Reason::Outranks,
                    None,
                    "This person holds a role that you may not act on: ask an owner to run the import.",
                );
            }
            // They were given it after the plan was made, and nobody was asked.
            if !row.planned.ticked && !self.linked.contains(&id) {
                return row.end(
                    RowResult::Skipped,
                    Reason::HoldsRole,
                    None,
                    "This person was given a role after the plan was made. Import again, and tick the row.",
                );
            }
        }
        if row.change("active") == Some(&Value::Bool(false)) && is_themselves(self.import, id) {
            return row.end(
                RowResult::Skipped,
                Reason::Yourself,
                Some("active"),
                "An import does not disable whoever runs it.",
            );
        }
        self.check_names(row, Some(id));
    }

    fn check_names(&mut self, row: &mut Row, whose: Option<UserId>) {
        let fields = &row.data.fields;
        let creates = whose.is_none();
        let email = fields.email.as_deref().map(names::key).unwrap_or_default();
        // Another spelling of one's own address is no other address, whoever else has it.
        let keeps = whose.and_then(|id| self.users.get(&id)).is_some_and(|user| names::key(&user.email) == email);
        if (creates || row.change("email").is_some() && !keeps)
            && self.by_email.get(&email).is_some_and(|others| others.iter().any(|other| Some(*other) != whose))
        {
            return row.fail(
                Reason::SharedEmail,
                Some("email"),
                "Somebody with this e-mail address was added after the plan was made. Import again to compare.",
            );
        }
        if creates || row.change("userName").is_some() {
            let name = fields.user_name.as_deref().map_or_else(|| email.clone(), names::key);
            let held = self.by_user_name.get(&name).is_some_and(|holder| Some(*holder) != whose);
            if held || self.behind.contains(&row.planned.number) {
                return row.fail(Reason::UserNameTaken, Some("userName"), TAKEN);
            }
            // For the rows after this one; nobody is called by the empty id.
            self.by_user_name.insert(name, whose.unwrap_or(UserId(Uuid::nil())));
        }
    }

    /// Of the owners that are to be disabled, the last one who could act stays.
    pub(super) async fn keep_an_owner(&self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let owner = |row: &Row| {
            row.touches()
                && row.change("active") == Some(&Value::Bool(false))
                && row
                    .planned
                    .user_id
                    .and_then(|id| self.roles.get(&id))
                    .is_some_and(|held| held.highest() == Role::Owner)
        };
        if !rows.iter().any(owner) {
            return Ok(());
        }
        roles::wait_for_owners(tx).await?;
        let mut working: HashSet<UserId> = roles::working_owners(tx).await?.into_iter().collect();
        for row in rows.iter_mut().filter(|row| owner(row)) {
            let Some(id) = row.planned.user_id else { continue };
            if working.len() == 1 && working.contains(&id) {
                row.end(
                    RowResult::Skipped,
                    Reason::LastOwner,
                    Some("active"),
                    "This is the last owner: make someone else an owner before disabling them.",
                );
            } else {
                working.remove(&id);
            }
        }
        Ok(())
    }
}
