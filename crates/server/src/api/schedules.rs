//! Imports that run again and again.

use axum::extract::State;
use http::StatusCode;
use keystead_directory::{
    Conn, Error, Timestamp,
    ids::{ImportId, ScheduleId},
    imports::{self, ImportState, Options},
    page::Page,
    roles::Permission,
    schedules::{self, Every, NewSchedule, Plan, Schedule},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::imports::view::ImportView,
    app::App,
    entra::schedule,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IfMatch, Versioned},
        extract::{Json, Nothing, Path},
    },
};

/// An import that runs again and again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// Its id.
    id: ScheduleId,
    /// Its name.
    name: String,
    /// How often it runs.
    every: Every,
    /// The time of day, `02:30`; of an hourly one the minutes count.
    at: String,
    /// The day of a weekly one; 0 is Monday.
    weekday: Option<i64>,
    /// The time zone that the time is meant in.
    time_zone: String,
    /// Whether it runs by itself.
    enabled: bool,
    /// What is imported.
    options: Options,
    /// When it runs next; none while it is switched off.
    next_run_at: Option<Timestamp>,
    /// The import that it last began.
    last_import_id: Option<Uuid>,
    /// Where that import is in its life.
    last_state: Option<ImportState>,
    /// Changes with every change.
    version: i64,
}

impl ScheduleView {
    async fn of(conn: &mut Conn, schedule: Schedule) -> Result<Self, Problem> {
        let last_state = match schedule.last_import_id {
            Some(id) => match imports::get(conn, ImportId(id)).await {
                Ok(import) => Some(import.state),
                Err(Error::NotFound(_)) => None,
                Err(error) => return Err(error.into()),
            },
            None => None,
        };
        Ok(Self {
            last_state,
            options: serde_json::from_value(schedule.options()).unwrap_or_default(),
            at: format!("{:02}:{:02}", schedule.minute / 60, schedule.minute % 60),
            id: schedule.id,
            name: schedule.name,
            every: schedule.every,
            weekday: schedule.weekday,
            time_zone: schedule.time_zone,
            next_run_at: schedule.enabled.then_some(schedule.next_run_at),
            enabled: schedule.enabled,
            last_import_id: schedule.last_import_id,
            version: schedule.version,
        })
    }
}

/// What is imported, as it is stored.
///
/// # Errors
/// When it is not about Entra ID: a file can't be read again.
fn stored(options: &Options) -> Result<serde_json::Value, Error> {
    if options.entra.is_none() || options.csv.is_some() {
        return Err(Error::field("options", "required", "Say in options.entra what is read from Entra ID."));
    }
    Ok(serde_json::to_value(options).unwrap_or_default())
}

/// `02:30` in minutes after midnight.
fn minutes(at: Option<&str>) -> Result<i64, Error> {
    let Some(text) = at else { return Ok(0) };
    let part = |text: &str, most: i64| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| digits && *number < most)
    };
    text.split_once(':')
        .and_then(|(hours, minutes)| Some(part(hours, 24)? * 60 + part(minutes, 60)?))
        .ok_or_else(|| Error::field("at", "malformed", "Write the time as 02:30; for every hour as 00:30."))
}

/// List the schedules
#[utoipa::path(get, path = "/import-schedules", tag = "Imports", responses((status = 200, body = Page<ScheduleView>)))]
pub async fn list(State(app): State<App>) -> Result<Json<Page<ScheduleView>>, Problem> {
    let mut conn = app.db.read().await?;
    let mut views = Vec::new();
    for schedule in schedules::list(&mut conn).await? {
        views.push(ScheduleView::of(&mut conn, schedule).await?);
    }
    Ok(Json(Page::whole(views)))
}

/// A schedule to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateSchedule {
    /// Its name.
    name: String,
    /// How often it runs.
    every: Every,
    /// The time of day, `02:30`; midnight, or the whole hour, when left out.
    at: Option<String>,
    /// The day of a weekly one; 0 is Monday.
    weekday: Option<i64>,
    /// The time zone that the time is meant in, by its IANA name.
    time_zone: String,
    /// Whether it runs by itself.
    enabled: bool,
    /// What is imported.
    options: Options,
}

/// Make a schedule
///
/// Its runs are yours: what they may change is what you may change.
#[utoipa::path(post, path = "/import-schedules", tag = "Imports", request_body = CreateSchedule,
    responses((status = 201, body = ScheduleView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateSchedule>,
) -> Result<Versioned<ScheduleView>, Problem> {
    let plan = Plan {
        every: body.every,
        minute: minutes(body.at.as_deref())?,
        weekday: body.weekday,
        time_zone: body.time_zone,
    };
    let new = NewSchedule { name: body.name, plan, enabled: body.enabled, options: stored(&body.options)? };
    let mut tx = app.db.write(Timestamp::now()).await?;
    let schedule = schedules::create(&mut tx, caller.actor(), new).await?;
    let (version, view) = (schedule.version, ScheduleView::of(&mut tx, schedule).await?);
    tx.commit().await?;
    Ok(Versioned::created(version, view))
}

/// What is to be changed of a schedule; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateSchedule {
    /// Its name.
    name: Option<String>,
    /// How often it runs; `at` and `weekday` are then given too.
    every: Option<Every>,
    /// The time of day.
    at: Option<String>,
    /// The day of a weekly one.
    weekday: Option<i64>,
    /// The time zone.
    time_zone: Option<String>,
    /// Whether it runs by itself.
    enabled: Option<bool>,
    /// What is imported.
    options: Option<Options>,
}

/// Change a schedule
#[utoipa::path(patch, path = "/import-schedules/{id}", tag = "Imports",
    params(("id" = ScheduleId, Path), ("If-Match" = Option<String>, Header)), request_body = UpdateSchedule,
    responses((status = 200, body = ScheduleView)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScheduleId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<UpdateSchedule>,
) -> Result<Versioned<ScheduleView>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let before = schedules::get(&mut tx, id).await?;
    let every = body.every.unwrap_or(before.every);
    let plan = Plan {
        every,
        minute: body.at.as_deref().map_or(Ok(before.minute), |at| minutes(Some(at)))?,
        weekday: body.weekday.or(before.weekday).filter(|_| every == Every::Week || body.weekday.is_some()),
        time_zone: body.time_zone.unwrap_or_else(|| before.time_zone.clone()),
    };
    let new = NewSchedule {
        name: body.name.unwrap_or_else(|| before.name.clone()),
        plan,
        enabled: body.enabled.unwrap_or(before.enabled),
        options: body.options.as_ref().map_or_else(|| Ok(before.options()), stored)?,
    };
    let schedule = schedules::update(&mut tx, caller.actor(), id, new, expected).await?;
    let (version, view) = (schedule.version, ScheduleView::of(&mut tx, schedule).await?);
    tx.commit().await?;
    Ok(Versioned::ok(version, view))
}

/// Run a schedule now
///
/// Like its runs by itself: the plan is confirmed by itself unless something must be approved.
#[utoipa::path(post, path = "/import-schedules/{id}/run", tag = "Imports", params(("id" = ScheduleId, Path)),
    responses((status = 202, body = ImportView)))]
pub async fn run(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScheduleId>,
    _: Nothing,
) -> Result<Versioned<ImportView>, Problem> {
    caller.require(Permission::ImportsRun)?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let schedule = schedules::get(&mut tx, id).await?;
    let import = schedule::begin(&mut tx, &schedule).await?;
    let import = imports::get(&mut tx, import).await?;
    let (version, body) = (import.version, ImportView::of(import, tx.now()));
    tx.commit().await?;
    app.import_bell.notify_one();
    Ok(Versioned { status: StatusCode::ACCEPTED, version, body })
}

/// Delete a schedule
///
/// Its past imports stay.
#[utoipa::path(delete, path = "/import-schedules/{id}", tag = "Imports",
    params(("id" = ScheduleId, Path), ("If-Match" = Option<String>, Header)), responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScheduleId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    schedules::delete(&mut tx, caller.actor(), id, expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
