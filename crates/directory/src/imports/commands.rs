//! What people ask of an import: begin, set up, plan, tick, confirm, cancel, undo.

use serde_json::json;

use super::{
    By, Import, ImportState, Mode, Options, Outcome, PLAN_SECONDS, Plan, Replanned, Source, Undone, get,
    get_for_change, lease::record, plan as planning, written,
};
use crate::{
    activity::Action,
    actor::Actor,
    db::Tx,
    error::{Error, FieldError, Result},
    ids::{ImportId, ScheduleId},
    names, sql,
};

/// The most rows that are ticked at once.
const MOST_TICKS: usize = 1000;

/// An import to be begun.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// Where people are read from.
    pub source: Source,
    /// The name of the file, or of the source.
    pub name: String,
    /// What it is told to do.
    pub options: Options,
    /// The saved import that it is a run of.
    pub schedule_id: Option<ScheduleId>,
}

/// Begins an import, as a draft.
///
/// # Errors
/// Those of [`set_options`].
pub async fn create(tx: &mut Tx, actor: &Actor, new: NewImport) -> Result<Import> {
    let options = checked(tx, actor, new.source, new.options).await?;
    let id = ImportId::new();
    let now = tx.now();
    let by = written(&By::of(actor));
    tx.query(sql!(
        "insert into imports (id, source, state, name, started_by, acting, schedule_id, options, created_at, version) \
         values ($1, $2, 'draft', $3, $4, $4, $5, $6, $7, 1)"
    ))
    .bind(id)
    .bind(new.source)
    .bind(shown_name(&new.name))
    .bind(by)
    .bind(new.schedule_id)
    .bind(written(&options))
    .bind(now)
    .execute()
    .await?;
    get(tx, id).await
}

/// A file's name as it can be shown in a line.
pub(super) fn shown_name(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    if plain.trim().is_empty() { "Import".to_owned() } else { plain.trim().to_owned() }
}

/// Says what an import is to do. One that waits to be confirmed becomes a draft again.
///
/// # Errors
/// [`Error::IllegalState`] once it is read, [`Error::Invalid`], [`Error::Stale`],
/// [`Error::Forbidden`] for a group whose role the actor may not hand out.
pub async fn set_options(
    tx: &mut Tx,
    actor: &Actor,
    id: ImportId,
    options: Options,
    expected: Option<i64>,
) -> Result<Import> {
    let before = get_for_change(tx, id, expected).await?;
    before.state.require(before.state.is_editable(), "changed")?;
    let options = checked(tx, actor, before.source, options).await?;
    tx.query(sql!(
        "update imports set options = $2, state = 'draft', plan = null, approval = '[]', replanned = null, \
         version = version + 1 where id = $1"
    ))
    .bind(id)
    .bind(written(&options))
    .execute()
    .await?;
    get(tx, id).await
}

async fn checked(tx: &mut Tx, actor: &Actor, source: Source, mut options: Options) -> Result<Options> {
    let mut errors = Vec::new();
    if options.group_ids.len() + options.new_groups.len() > 100 {
        errors.push(FieldError::new("groupIds", "tooLong", "Choose at most 100 groups."));
    }
    options.group_ids.sort_unstable();
    options.group_ids.dedup();
    let mut groups: Vec<String> = Vec::new();
    for name in &options.new_groups {
        match names::name("newGroups", name, 100) {
            Ok(name) if groups.iter().any(|other| names::key(other) == names::key(&name)) => {}
            Ok(name) => groups.push(name),
            Err(error) => errors.push(error),
        }
    }
    options.new_groups = groups;
    if let Some(key) = &mut options.assign_key {
        errors.extend(key.kind.assignable("assignKey").err());
        match names::optional_text("assignKey", key.note.as_deref(), 2000) {
            Ok(note) => key.note = note,
            Err(error) => errors.push(error),
        }
        if let super::MailWhen::At(at) = key.mail
            && at > tx.now().plus_hours(90 * 24)
        {
            errors.push(FieldError::new("assignKey", "notAllowed", "Choose a time within the next 90 days."));
        }
    }
    if source == Source::Entra && options.csv.is_some() {
        errors.push(FieldError::new("csv", "notAllowed", "This import does not read a file."));
    }
    if source == Source::Csv && options.entra.is_some() {
        errors.push(FieldError::new("entra", "notAllowed", "This import reads a file."));
    }
    if options.csv.as_ref().is_some_and(|csv| csv.columns.len() > 1000) {
        errors.push(FieldError::new("csv", "tooLong", "A file can have at most 1,000 columns."));
    }
    if options.entra.as_ref().is_some_and(|entra| entra.group_ids.len() > 500) {
        errors.push(FieldError::new("entra", "tooLong", "Choose at most 500 groups, or all of them."));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if let Err(refusal) = planning::Targets::of(tx, actor, &options).await? {
        return Err(refusal.into_error());
    }
    Ok(options)
}

/// Asks for the source to be read and planned.
///
/// # Errors
/// [`Error::IllegalState`] when it is under way or over, [`Error::Invalid`] when something is
/// missing, [`Error::Stale`].
pub async fn plan(tx: &mut Tx, actor: &Actor, id: ImportId, expected: Option<i64>) -> Result<Import> {
    let before = get_for_change(tx, id, expected).await?;
    before.state.require(before.state.is_editable(), "planned")?;
    if before.source == Source::Csv {
        if before.file_bytes.is_none() {
            return Err(Error::field("file", "required", "Upload a file first."));
        }
        if before.options.csv.is_none() {
            return Err(Error::field("csv", "required", "Say what the columns hold first."));
        }
    }
    let by_groups =
        |entra: &super::EntraOptions| entra.scope == super::EntraScope::Groups && entra.group_ids.is_empty();
    if before.options.entra.as_ref().is_some_and(by_groups) {
        return Err(Error::field("entra", "required", "Choose at least one group."));
    }
    begin(tx, actor, id, ImportState::Reading, None).await?;
    get(tx, id).await
}

/// Lets the servers read or plan an import from its beginning.
async fn begin(
    tx: &mut Tx,
    actor: &Actor,
    id: ImportId,
    state: ImportState,
    replanned: Option<Replanned>,
) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "update imports set state = $2, acting = $3, replanned = $4, part = 'first', place = 0, done = 0, \
         total = case when $2 = 'planning' then (case when last_number > 0 then total else null end) else null end, \
         errors = 0, phase_started_at = $5, paused_until = null, plan = null, approval = '[]', failure = null, \
         lease = null, leased_until = 0, version = version + 1 where id = $1"
    ))
    .bind(id)
    .bind(state)
    .bind(written(&By::of(actor)))
    .bind(replanned)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Ticks rows whose people hold a role, or takes the ticks away: only ticked ones are applied.
///
/// # Errors
/// [`Error::IllegalState`] unless it waits to be confirmed, [`Error::Stale`], [`Error::Invalid`].
pub async fn tick(tx: &mut Tx, id: ImportId, numbers: &[i64], ticked: bool, expected: Option<i64>) -> Result<Import> {
    let import = get_for_change(tx, id, expected).await?;
    import.state.require(import.state == ImportState::Ready, "ticked")?;
    if numbers.len() > MOST_TICKS {
        return Err(Error::field("numbers", "tooLong", format!("Tick at most {MOST_TICKS} rows at a time.")));
    }
    let Some(mut plan) = import.plan else { return Err(import.state.refuse("ticked")) };
    let rows: Vec<(super::Verdict,)> = tx
        .query(sql!(
            sqlite: "update import_rows set ticked = $3, verdict = case when $3 then if_ticked else 'conflict' end \
                where import_id = $1 and number in (select value from json_each($2)) and if_ticked is not null \
                and ticked <> $3 returning if_ticked",
            postgres: "update import_rows set ticked = $3, verdict = case when $3 then if_ticked else 'conflict' end \
                where import_id = $1 and number in (select value::bigint from jsonb_array_elements_text($2::jsonb) j(value)) \
                and if_ticked is not null and ticked <> $3 returning if_ticked"
        ))
        .bind(id)
        .bind(written(&numbers))
        .bind(ticked)
        .all()
        .await?;
    let sign = if ticked { 1 } else { -1 };
    for (verdict,) in rows {
        plan.count(verdict, sign);
        plan.count(super::Verdict::Conflict, -sign);
        plan.need_tick -= sign;
    }
    let approval = planning::approvals(tx, &import, &plan).await?;
    tx.query(sql!("update imports set plan = $2, approval = $3, version = version + 1 where id = $1"))
        .bind(id)
        .bind(written(&plan))
        .bind(written(&approval))
        .execute()
        .await?;
    get(tx, id).await
}

/// Confirms a plan, with `approve` where something must be approved. A plan that is too old, or
/// whose people were changed meanwhile, is made and shown again instead.
///
/// # Errors
/// [`Error::IllegalState`] unless it waits to be confirmed, or when an approval is missing;
/// [`Error::Stale`].
pub async fn confirm(tx: &mut Tx, actor: &Actor, id: ImportId, approve: bool, expected: Option<i64>) -> Result<Import> {
    let import = get_for_change(tx, id, expected).await?;
    import.state.require(import.state == ImportState::Ready, "confirmed")?;
    let now = tx.now();
    let again = if import.planned_at.is_none_or(|at| now.seconds_since(at) > PLAN_SECONDS) {
        Some(Replanned::Old)
    } else if planning::overtaken(tx, &import).await? {
        Some(Replanned::Overtaken)
    } else {
        None
    };
    if let Some(why) = again {
        // What Entra said an hour ago says nothing about now; a file stays what it is.
        let state = if why == Replanned::Old && import.source == Source::Entra {
            ImportState::Reading
        } else {
            ImportState::Planning
        };
        begin(tx, actor, id, state, Some(why)).await?;
        return get(tx, id).await;
    }
    if !import.approval.is_empty() && !approve {
        return Err(Error::IllegalState(
            "This plan needs an approval: look at what it says, and confirm it with approve set to true.".to_owned(),
        ));
    }
    start(tx, actor, &import).await?;
    get(tx, id).await
}

/// Lets the servers apply a plan.
pub(super) async fn start(tx: &mut Tx, actor: &Actor, import: &Import) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "update imports set state = 'applying', acting = $2, confirmed_at = $3, part = 'first', place = 0, place_spot = -1, done = 0, \
         total = $4, errors = 0, phase_started_at = $3, outcome = $5, version = version + 1 where id = $1"
    ))
    .bind(import.id)
    .bind(written(&By::of(actor)))
    .bind(now)
    .bind(import.plan.map(|plan| plan.rows))
    .bind(written(&Outcome::default()))
    .execute()
    .await?;
    let details = json!({ "plan": import.plan, "approved": import.approval });
    record(tx, actor, Action::ImportConfirmed, import.id, &import.name, details).await
}

/// Stops an import; what was applied stays, and the outcome says what that is.
///
/// # Errors
/// [`Error::IllegalState`] when it is over, [`Error::Stale`].
pub async fn cancel(tx: &mut Tx, actor: &Actor, id: ImportId, expected: Option<i64>) -> Result<Import> {
    let import = get_for_change(tx, id, expected).await?;
    import.state.require(import.state.can_be_cancelled(), "cancelled")?;
    let now = tx.now();
    tx.query(sql!(
        "update imports set state = 'cancelled', ended_at = $2, lease = null, leased_until = 0, paused_until = null, \
         version = version + 1 where id = $1"
    ))
    .bind(id)
    .bind(now)
    .execute()
    .await?;
    let details = json!({ "outcome": import.outcome });
    record(tx, actor, Action::ImportCancelled, id, &import.name, details).await?;
    get(tx, id).await
}

/// Asks for what an import did to be taken back.
///
/// # Errors
/// [`Error::IllegalState`] when there is nothing to take back, or it is too late; [`Error::Stale`].
pub async fn undo(tx: &mut Tx, actor: &Actor, id: ImportId, expected: Option<i64>) -> Result<Import> {
    let import = get_for_change(tx, id, expected).await?;
    import.state.require(import.state.can_be_undone(), "undone")?;
    let now = tx.now();
    match import.undo_until() {
        None => return Err(Error::IllegalState("This import changed nobody: there is nothing to undo.".to_owned())),
        Some(until) if until <= now => {
            return Err(Error::IllegalState(format!(
                "An import can be undone for {} days: it is too late for this one.",
                super::UNDO_DAYS
            )));
        }
        Some(_) => {}
    }
    let outcome = import.outcome.unwrap_or_default();
    tx.query(sql!(
        "update imports set state = 'undoing', acting = $2, part = 'members', place = 0, done = 0, total = $3, errors = 0, \
         phase_started_at = $4, undone = $5, failure = null, lease = null, leased_until = 0, version = version + 1 \
         where id = $1"
    ))
    .bind(id)
    .bind(written(&By::of(actor)))
    .bind(outcome.created + outcome.updated + outcome.deactivated)
    .bind(now)
    .bind(written(&Undone::default()))
    .execute()
    .await?;
    get(tx, id).await
}

/// Takes a draft away.
///
/// # Errors
/// [`Error::IllegalState`] for anything else, [`Error::Stale`].
pub async fn delete(tx: &mut Tx, id: ImportId, expected: Option<i64>) -> Result<()> {
    let import = get_for_change(tx, id, expected).await?;
    import.state.require(import.state == ImportState::Draft, "deleted")?;
    let now = tx.now();
    // Its rows can be many: a worker clears them away.
    tx.query(sql!("update imports set deleted_at = $2, ended_at = $2 where id = $1"))
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

impl Plan {
    pub(super) fn count(&mut self, verdict: super::Verdict, by: i64) {
        use super::Verdict as V;
        *match verdict {
            V::Create => &mut self.create,
            V::Update => &mut self.update,
            V::Unchanged => &mut self.unchanged,
            V::Deactivate => &mut self.deactivate,
            V::Conflict => &mut self.conflict,
            V::Skipped => &mut self.skipped,
            V::Rejected => &mut self.rejected,
        } += by;
    }
}

impl Mode {
    pub(super) fn adds(self) -> bool {
        self != Self::Update
    }
    pub(super) fn changes(self) -> bool {
        self != Self::New
    }
}
