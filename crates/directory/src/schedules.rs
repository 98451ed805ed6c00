//! Imports that run again and again: hourly, daily or weekly, in a time zone.

mod calendar;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, FieldError, Result},
    ids::{ScheduleId, UserId},
    names, sql,
};
pub use calendar::Plan;

/// How many schedules there may be.
const MOST: i64 = 100;

/// How often a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Every {
    /// Each hour.
    Hour,
    /// Each day.
    Day,
    /// Each week.
    Week,
}

/// A schedule.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// How often it runs.
    pub every: Every,
    /// Minutes after midnight; of an hourly one, after the hour.
    pub minute: i64,
    /// The day of a weekly one; 0 is Monday.
    pub weekday: Option<i64>,
    /// The IANA name of the time zone that the times are meant in.
    pub time_zone: String,
    /// Whether it runs by itself.
    pub enabled: bool,
    options: String,
    /// The person who saved it last; its runs are theirs.
    pub owner_id: Option<UserId>,
    /// When it runs next.
    pub next_run_at: Timestamp,
    /// The import that it last began.
    pub last_import_id: Option<Uuid>,
    /// Changes with every change by a person.
    pub version: i64,
}

impl Schedule {
    /// What is imported.
    pub fn options(&self) -> Value {
        serde_json::from_str(&self.options).unwrap_or_default()
    }

    /// When it runs, as it was entered.
    pub fn plan(&self) -> Plan {
        Plan { every: self.every, minute: self.minute, weekday: self.weekday, time_zone: self.time_zone.clone() }
    }

    fn target(&self) -> Target<'_> {
        Target { kind: "schedule", id: Some(self.id.0), name: &self.name }
    }

    fn shown(&self) -> Value {
        json!({ "name": self.name, "every": self.every, "minute": self.minute, "weekday": self.weekday,
            "timeZone": self.time_zone, "enabled": self.enabled, "options": self.options() })
    }
}

/// A schedule as a person enters it.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    /// Its name, unique to nobody but people.
    pub name: String,
    /// When it runs.
    pub plan: Plan,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// What is imported; checked by the caller.
    pub options: Value,
}

/// The schedule with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: ScheduleId) -> Result<Schedule> {
    conn.query(sql!("select s.* from import_schedules s where s.id = $1"))
        .bind(id)
        .optional()
        .await?
        .ok_or(Error::NotFound("schedule"))
}

/// All schedules by name, at most a hundred.
pub async fn list(conn: &mut Conn) -> Result<Vec<Schedule>> {
    conn.query(sql!("select s.* from import_schedules s order by s.name, s.id limit 100")).all().await
}

fn checked(new: NewSchedule, now: Timestamp) -> Result<(NewSchedule, Timestamp)> {
    let mut errors: Vec<FieldError> = Vec::new();
    let name = names::name("name", &new.name, 100).unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    });
    let next = new.plan.check().and_then(|()| new.plan.next_after(now)).unwrap_or_else(|error| {
        errors.push(error);
        now
    });
    if errors.is_empty() { Ok((NewSchedule { name, ..new }, next)) } else { Err(Error::Invalid(errors)) }
}

/// Makes a schedule; `actor` becomes its owner.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::IllegalState`] when there are a hundred.
pub async fn create(tx: &mut Tx, actor: &Actor, new: NewSchedule) -> Result<Schedule> {
    let (new, next) = checked(new, tx.now())?;
    let (number,): (i64,) = tx.query(sql!("select count(*) from import_schedules")).one().await?;
    if number >= MOST {
        return Err(Error::IllegalState(
            "There are a hundred schedules already. Delete one you don't need.".to_owned(),
        ));
    }
    let (id, now) = (ScheduleId::new(), tx.now());
    tx.query(sql!(
        "insert into import_schedules (id, name, every, minute, weekday, time_zone, enabled, options, owner_id, \
         next_run_at, created_at, updated_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1)"
    ))
    .bind(id)
    .bind(new.name)
    .bind(new.plan.every)
    .bind(new.plan.minute)
    .bind(new.plan.weekday)
    .bind(new.plan.time_zone)
    .bind(new.enabled)
    .bind(new.options.to_string())
    .bind(actor.user_id())
    .bind(next)
    .bind(now)
    .execute()
    .await?;
    let schedule = get(tx, id).await?;
    activity::record(tx, actor, Action::ScheduleCreated, Some(schedule.target()), None, schedule.shown()).await?;
    Ok(schedule)
}

/// Changes a schedule; `actor` becomes its owner.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`].
pub async fn update(
    tx: &mut Tx,
    actor: &Actor,
    id: ScheduleId,
    new: NewSchedule,
    expected: Option<i64>,
) -> Result<Schedule> {
    let before = get(tx, id).await?;
    if expected.is_some_and(|version| version != before.version) {
        return Err(Error::Stale);
    }
    let (new, next) = checked(new, tx.now())?;
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update import_schedules set name = $2, every = $3, minute = $4, weekday = $5, time_zone = $6, enabled = $7, \
             options = $8, owner_id = $9, next_run_at = $10, updated_at = $11, version = version + 1 \
             where id = $1 and version = $12"
        ))
        .bind(id)
        .bind(new.name)
        .bind(new.plan.every)
        .bind(new.plan.minute)
        .bind(new.plan.weekday)
        .bind(new.plan.time_zone)
        .bind(new.enabled)
        .bind(new.options.to_string())
        .bind(actor.user_id())
        .bind(next)
        .bind(now)
        .bind(before.version)
        .execute()
        .await?;
    if changed == 0 {
        return Err(Error::Stale);
    }
    let after = get(tx, id).await?;
    let details = activity::changes(&before.shown(), &after.shown());
    activity::record(tx, actor, Action::ScheduleUpdated, Some(after.target()), None, details).await?;
    Ok(after)
}

/// Deletes a schedule; its past imports stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(tx: &mut Tx, actor: &Actor, id: ScheduleId, expected: Option<i64>) -> Result<()> {
    let schedule = get(tx, id).await?;
    if expected.is_some_and(|version| version != schedule.version) {
        return Err(Error::Stale);
    }
    tx.query(sql!("delete from import_schedules where id = $1")).bind(id).execute().await?;
    activity::record(tx, actor, Action::ScheduleDeleted, Some(schedule.target()), None, schedule.shown()).await
}

/// Whether a schedule is due; a look before [`claim_due`], so that idle servers write nothing.
pub async fn due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let row: Option<(i64,)> = conn
        .query(sql!(
            "select cast(1 as bigint) as due from import_schedules where enabled and next_run_at <= $1 limit 1"
        ))
        .bind(now)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Takes one due schedule and sets its next time: of several servers exactly one gets it, and a
/// time that was slept through is made up for once. The run is begun in the same transaction.
pub async fn claim_due(tx: &mut Tx) -> Result<Option<Schedule>> {
    let now = tx.now();
    let found: Option<Schedule> = tx
        .query(sql!(
            sqlite: "select s.* from import_schedules s where s.enabled and s.next_run_at <= $1 \
                     order by s.next_run_at, s.id limit 1",
            postgres: "select s.* from import_schedules s where s.enabled and s.next_run_at <= $1 \
                       order by s.next_run_at, s.id limit 1 for update skip locked",
        ))
        .bind(now)
        .optional()
        .await?;
    match found {
        Some(schedule) if advance(tx, &schedule).await? => Ok(Some(schedule)),
        _ => Ok(None),
    }
}

/// Sets the time after the one that has come; false when another server did.
pub async fn advance(tx: &mut Tx, schedule: &Schedule) -> Result<bool> {
    let next = schedule.plan().next_after(tx.now()).map_err(|error| Error::Invalid(vec![error]))?;
    let advanced = tx
        .query(sql!("update import_schedules set next_run_at = $2 where id = $1 and next_run_at = $3"))
        .bind(schedule.id)
        .bind(next)
        .bind(schedule.next_run_at)
        .execute()
        .await?;
    Ok(advanced == 1)
}

/// Notes the import that a schedule began.
pub async fn note_run(tx: &mut Tx, id: ScheduleId, import: Uuid) -> Result<()> {
    tx.query(sql!("update import_schedules set last_import_id = $2 where id = $1"))
        .bind(id)
        .bind(import)
        .execute()
        .await?;
    Ok(())
}
