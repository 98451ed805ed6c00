//! Imports that begin by themselves, and the warning before a secret ends.
//!
//! A run belongs to the person who saved the schedule last: it may change what they may change at
//! that moment. What becomes of it is the import engine's business: it confirms a run whose plan
//! needs no approval and lets the others wait.

use std::time::Duration;

use keystead_directory::{
    Error, Timestamp, Tx,
    actor::{Actor, ActorType},
    alerts::{self, AlertKind, NewAlert},
    ids::ImportId,
    imports::{self, ImportState, NewImport, Options, Source},
    roles::{self, Permission},
    schedules::{self, Schedule},
    users,
};
use tokio::{sync::watch, time::sleep};

use super::health;
use crate::app::App;

/// How often schedules are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// Looks between two looks at the end of the secret: about an hour.
const LOOKS_TO_EXPIRY: u32 = 720;

/// Works until `stop` becomes true (or its sender is gone).
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut looks = 0_u32;
    while !*stop.borrow() {
        if let Err(error) = begin_due(&app).await {
            tracing::warn!(%error, "scheduled imports wait: the database can't be asked for them");
        }
        if looks.is_multiple_of(LOOKS_TO_EXPIRY) {
            let warned = health::warn_of_expiry(&app).await;
            let forgotten = async {
                let mut tx = app.db.write(Timestamp::now()).await?;
                keystead_directory::entra::forget_old_authorizations(&mut tx).await?;
                tx.commit().await
            };
            if let Err(error) = warned.and(forgotten.await) {
                tracing::warn!(%error, "the connection to Entra ID can't be looked after");
            }
        }
        looks = looks.wrapping_add(1);
        tokio::select! {
            gone = stop.changed() => if gone.is_err() { break },
            () = sleep(LOOK) => {}
        }
    }
}

/// Begins an import for each schedule whose time has come; answers how many began.
///
/// # Errors
/// Those of the database.
pub async fn begin_due(app: &App) -> keystead_directory::Result<usize> {
    let mut begun = 0;
    loop {
        let now = Timestamp::now();
        if !schedules::due(&mut app.db.read().await?, now).await? {
            return Ok(begun);
        }
        let mut tx = app.db.write(now).await?;
        let Some(schedule) = schedules::claim_due(&mut tx).await? else { return Ok(begun) };
        match begin(&mut tx, &schedule).await {
            Ok(_) => {
                tx.commit().await?;
                begun += 1;
                app.import_bell.notify_one();
            }
            Err(error @ (Error::Unavailable(_) | Error::Database(_))) => return Err(error),
            Err(refusal) => {
                // What the attempt left is forgotten, its time is not.
                drop(tx);
                skip(app, &schedule, refusal).await?;
            }
        }
    }
}

/// Leaves a run out and says why, unless the last one is simply not over.
async fn skip(app: &App, schedule: &Schedule, refusal: Error) -> keystead_directory::Result<()> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    if schedules::advance(&mut tx, schedule).await? && !is_under_way(&mut tx, schedule).await? {
        let detail = match refusal {
            Error::IllegalState(reason) => reason,
            other => format!("What it is to import can't be used: {other}. Open the schedule and save it again."),
        };
        let alert = NewAlert {
            kind: AlertKind::ImportFailed,
            title: format!("The scheduled import {} did not run", schedule.name),
            detail,
            user_id: None,
        };
        alerts::raise(&mut tx, alert).await?;
    }
    tx.commit().await
}

/// Whether the last run is not over: it works, or waits for an approval.
async fn is_under_way(tx: &mut Tx, schedule: &Schedule) -> keystead_directory::Result<bool> {
    let Some(id) = schedule.last_import_id else { return Ok(false) };
    match imports::get(tx, ImportId(id)).await {
        Ok(import) => Ok(import.state.is_worked_on() || import.state == ImportState::Ready),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Begins a run of a schedule now.
///
/// # Errors
/// [`Error::IllegalState`] when the last run is not over, or its owner may not import any more;
/// those of beginning an import.
pub async fn begin(tx: &mut Tx, schedule: &Schedule) -> keystead_directory::Result<ImportId> {
    if is_under_way(tx, schedule).await? {
        let what = "Its last run is not over, or waits for your approval: look at it under Imports.";
        return Err(Error::IllegalState(what.to_owned()));
    }
    let actor = owner(tx, schedule).await?;
    let options: Options = serde_json::from_value(schedule.options())
        .map_err(|_| Error::field("options", "malformed", "Say again what is imported."))?;
    let new = NewImport { source: Source::Entra, name: schedule.name.clone(), options, schedule_id: Some(schedule.id) };
    let draft = imports::create(tx, &actor, new).await?;
    let import = imports::ask_for_plan(tx, &actor, draft.id, None).await?;
    schedules::note_run(tx, schedule.id, import.id.0).await?;
    Ok(import.id)
}

/// The person whose schedule it is, with what they hold now.
async fn owner(tx: &mut Tx, schedule: &Schedule) -> keystead_directory::Result<Actor> {
    let person = match schedule.owner_id {
        Some(id) => users::find(tx, id).await?.filter(|person| person.active),
        None => None,
    };
    let held = match &person {
        Some(person) => roles::of_user(tx, person.id).await?,
        None => roles::Roles::default(),
    };
    let Some(person) = person.filter(|_| held.permit(Permission::ImportsRun)) else {
        let what = "The person who saved it last may not import people any more. Open the schedule and save it, so that it \
                    is yours.";
        return Err(Error::IllegalState(what.to_owned()));
    };
    Ok(Actor {
        kind: ActorType::User,
        id: Some(person.id.0),
        name: person.display_name,
        roles: held,
        ..Actor::system()
    })
}
