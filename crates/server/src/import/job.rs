//! The worker that drives imports: it claims one that waits and takes it from step to step, each a
//! transaction of its own, until it is planned, applied or undone.
//!
//! Nothing of an import's progress is kept in memory: whoever claims it after a crash, on this
//! server or another, goes on where the last committed step ended.

use std::time::{Duration, Instant};

use keystead_directory::{
    Error, Result, Timestamp, ids,
    ids::ImportId,
    imports::{self, Claim, Failure, Import, ImportState, Letters, Read, Source, Step},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    csv::{Unreadable, read::Reader},
    report,
};
use crate::{app::App, entra};

/// How many imports one server works on at once; others wait for their turn.
const AT_ONCE: usize = 4;
/// How long an idle worker waits before it looks for imports that another server left.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits after the database failed.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it waits before a step that something else was quicker than; twice as long each time.
const AGAIN: Duration = Duration::from_millis(50);
/// How often a step is tried before the import is left to be claimed anew.
const ATTEMPTS: u32 = 60;
/// How long steps may take to finish when the server ends.
const FAREWELL: Duration = Duration::from_secs(8);
/// How much of a file is read at once, in bytes: some hundreds of rows.
const PIECE: usize = 64 * 1024;

/// Works until `stop` becomes true (or its sender is gone), then ends the steps that it is in.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut working = JoinSet::new();
    let mut failing = false;
    while !*stop.borrow() {
        let wait = match take(&app, working.len()).await {
            Ok(Some(claim)) => {
                working.spawn(drive(app.clone(), claim, stop.clone()));
                continue;
            }
            Ok(None) => {
                failing = false;
                LOOK
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "imports wait: the database can't be asked for them");
                }
                PATIENCE
            }
        };
        tokio::select! {
            gone = stop.changed() => if gone.is_err() { break },
            () = app.import_bell.notified() => {}
            () = sleep(wait) => {}
            Some(ended) = working.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "working on an import failed unexpectedly; its lease runs out and it is claimed again");
                }
            }
        }
    }
    let _ = timeout(FAREWELL, async { while working.join_next().await.is_some() {} }).await;
}

/// Claims an import. The look before the claim keeps idle servers from writing.
async fn take(app: &App, busy: usize) -> Result<Option<Claim>> {
    let now = Timestamp::now();
    if busy >= AT_ONCE || !imports::due(&mut app.db.read().await?, now).await? {
        return Ok(None);
    }
    let mut tx = app.db.write(now).await?;
    let claim = imports::claim(&mut tx, ids::new_uuid()).await?;
    tx.commit().await?;
    Ok(claim)
}

/// Claims this import, if it waits for a server and no other works on it.
///
/// # Errors
/// Those of the database.
pub async fn take_this(app: &App, id: ImportId) -> Result<Option<Claim>> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let claim = imports::claim_this(&mut tx, id, ids::new_uuid()).await?;
    tx.commit().await?;
    Ok(claim)
}

/// What a step came to, when it did not just succeed.
enum Stop {
    /// The source can't be used; the import fails.
    Source(Failure),
    /// What the domain or its database said.
    Domain(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Domain(error.into())
    }
}

impl From<Unreadable> for Stop {
    fn from(error: Unreadable) -> Self {
        let line = error.line.and_then(|line| i64::try_from(line).ok());
        Self::Source(Failure { code: error.code.to_owned(), message: error.to_string(), line })
    }
}

/// Takes an import from step to step, until a person has to decide, it is over, another server has
/// it, or `stop` becomes true.
pub async fn drive(app: App, mut claim: Claim, stop: watch::Receiver<bool>) {
    let mut attempts = 0;
    loop {
        if *stop.borrow() {
            return let_go(&app, &claim).await;
        }
        match Box::pin(step(&app, &mut claim, &stop)).await {
            Ok(Step::More) => attempts = 0,
            Ok(Step::Done) => {
                attempts = 0;
                match current(&app, &claim).await {
                    Ok(import) if import.state.is_worked_on() => claim.import = import,
                    _ => return,
                }
            }
            // Another server has it, or somebody cancelled.
            Err(Stop::Domain(Error::Stale)) => return,
            Err(Stop::Domain(Error::Unavailable(reason))) => {
                if attempts == ATTEMPTS {
                    // It stays claimable: nothing is lost but time.
                    tracing::warn!(import = %claim.import.id, reason, "an import waits for the database");
                    return;
                }
                sleep(PATIENCE.min(AGAIN * 2_u32.pow(attempts.min(5)))).await;
                attempts += 1;
            }
            Err(Stop::Source(failure)) => return give_up(&app, &claim, failure).await,
            Err(Stop::Domain(error)) => {
                tracing::error!(import = %claim.import.id, %error, "an import can't go on");
                let message = "Keystead could not go on; its log says why. What was applied stays. Import again: people \
                               who are here already are found.";
                let failure = Failure { code: "internal".to_owned(), message: message.to_owned(), line: None };
                return give_up(&app, &claim, failure).await;
            }
        }
    }
}

async fn current(app: &App, claim: &Claim) -> Result<Import> {
    imports::get(&mut app.db.read().await?, claim.import.id).await
}

/// Lets whoever is there next go on at once.
async fn let_go(app: &App, claim: &Claim) {
    let released = async {
        let mut tx = app.db.write(Timestamp::now()).await?;
        imports::release(&mut tx, claim).await?;
        tx.commit().await
    };
    if let Err(error) = released.await {
        tracing::warn!(import = %claim.import.id, %error, "an import waits until its lease is over");
    }
}

/// One transaction's worth of work; reading a file is one step of many transactions, because a
/// source that ends early must change nothing and is read from its beginning again.
async fn step(app: &App, claim: &mut Claim, stop: &watch::Receiver<bool>) -> std::result::Result<Step, Stop> {
    if claim.import.state == ImportState::Reading {
        return match claim.import.source {
            Source::Csv => read_file(app, claim, stop).await,
            Source::Entra => match Box::pin(entra::reader::read(app, claim)).await {
                Ok(()) => Ok(Step::Done),
                Err(failure) if failure.is_lost() => Err(Error::Stale.into()),
                Err(failure) => {
                    Err(Stop::Source(Failure { code: failure.code.to_owned(), message: failure.message, line: None }))
                }
            },
        };
    }
    let import = &claim.import;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let begun = Instant::now();
    let step = match import.state {
        ImportState::Planning => imports::plan_step(&mut tx, claim).await?,
        ImportState::Applying => {
            let link = app.config.public_url.link("/register", "");
            let letters = Letters { sealer: &app.sealer, link: &link, can_send: app.mailer.is_some() };
            imports::apply_step(&mut tx, claim, &letters).await?
        }
        ImportState::Undoing => imports::undo_step(&mut tx, claim).await?,
        _ => return Err(Error::Stale.into()),
    };
    if step == Step::Done {
        let after = imports::get(&mut tx, import.id).await?;
        match (import.state, after.state) {
            (ImportState::Applying, state) if state.has_ended() => report::ended(app, &mut tx, &after).await?,
            (_, ImportState::Ready) if after.schedule_id.is_some() => report::waits(&mut tx, &after).await?,
            _ => {}
        }
        tracing::info!(import = %import.id, from = import.state.as_str(), to = after.state.as_str(), "import");
    }
    tx.commit().await?;
    if import.state == ImportState::Applying {
        app.bell.notify_one();
    }
    claim.took(begun.elapsed());
    Ok(step)
}

/// Reads the file from its beginning into rows.
async fn read_file(app: &App, claim: &mut Claim, stop: &watch::Receiver<bool>) -> std::result::Result<Step, Stop> {
    let id = claim.import.id;
    let Some(options) = &claim.import.options.csv else { return Err(Error::field("csv", "required", "").into()) };
    loop {
        let mut tx = app.db.write(Timestamp::now()).await?;
        let step = imports::begin_reading(&mut tx, claim).await?;
        tx.commit().await?;
        if step == Step::Done {
            break;
        }
    }
    let mut reader = Reader::new(options, app.config.import_max_rows);
    let (mut rows, mut position) = (Vec::new(), 0);
    while let Some(chunk) = imports::chunk(&mut app.db.read().await?, id, position).await? {
        // A piece is read in less than a millisecond: no work for a thread of its own.
        for piece in chunk.chunks(PIECE) {
            rows.extend(reader.feed(piece)?);
            keep(app, claim, &mut rows, false).await?;
        }
        position += 1;
        if *stop.borrow() {
            // Whoever goes on begins anew.
            return Ok(Step::More);
        }
    }
    rows.extend(reader.finish()?);
    keep(app, claim, &mut rows, true).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    // Nobody has left a file: it does not say who there is, only what is to be done.
    imports::staged(&mut tx, claim, Read::default()).await?;
    tx.commit().await?;
    Ok(Step::Done)
}

/// Keeps rows by steps that are as long as they should be; what is left waits for more, or for
/// the end of the file.
async fn keep(app: &App, claim: &mut Claim, rows: &mut Vec<imports::StagedRow>, all: bool) -> Result<()> {
    loop {
        let step = usize::try_from(claim.rows()).unwrap_or(usize::MAX);
        if rows.is_empty() || (rows.len() < step && !all) {
            return Ok(());
        }
        let mut tx = app.db.write(Timestamp::now()).await?;
        let begun = Instant::now();
        let now = rows.len().min(step);
        imports::stage(&mut tx, claim, &rows[..now]).await?;
        tx.commit().await?;
        claim.took(begun.elapsed());
        rows.drain(..now);
    }
}

/// Ends an import that can't go on, and says so to whoever started it.
async fn give_up(app: &App, claim: &Claim, failure: Failure) {
    let id = claim.import.id;
    tracing::warn!(import = %id, code = failure.code, "import failed");
    for _ in 0..ATTEMPTS {
        let ended = async {
            let mut tx = app.db.write(Timestamp::now()).await?;
            imports::fail(&mut tx, claim, failure.clone()).await?;
            let import = imports::get(&mut tx, id).await?;
            report::ended(app, &mut tx, &import).await?;
            tx.commit().await
        };
        match ended.await {
            Err(Error::Unavailable(_)) => sleep(PATIENCE).await,
            Err(Error::Stale) | Ok(()) => return,
            Err(error) => return tracing::error!(import = %id, %error, "that an import failed can't be noted"),
        }
    }
}
