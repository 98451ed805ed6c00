//! Reading people and groups of a tenant into an import.
//!
//! Readers ([`live`], or [`follow`] for what changed since the last time) send pieces; one writer
//! keeps them, each some hundreds of rows in a transaction, and holds the import's lease while
//! Microsoft lets us wait. Whatever fails ends the whole read: then nothing of it is planned.

/// Runs one use case, again and again while the database is not available.
macro_rules! kept {
    ($app:expr, $tx:ident => $act:expr) => {{
        let mut attempts = 0;
        loop {
            attempts += 1;
            let done = async {
                let mut tx = $app.db.write(keystead_directory::Timestamp::now()).await?;
                let $tx = &mut tx;
                let value = $act.await?;
                tx.commit().await?;
                Ok::<_, keystead_directory::Error>(value)
            };
            match done.await {
                Err(keystead_directory::Error::Unavailable(_)) if attempts < $crate::entra::reader::ATTEMPTS => {
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
                other => break other.map_err($crate::entra::Failure::from),
            }
        }
    }};
}

mod follow;
mod live;
mod person;

use std::{collections::HashSet, sync::Arc, time::Duration};

use keystead_directory::imports::{self, Claim, EntraOptions, EntraScope, Read, StagedGroup, StagedRow, Step};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Failure, graph::Graph};
use crate::app::App;
use person::GraphUser;

/// How often the lease is renewed and a pause is shown.
const BEAT: Duration = Duration::from_secs(2);
/// Pieces that wait to be kept: reading goes on while the database writes, but not far ahead.
const AHEAD: usize = 4;
/// Rows that are kept in one transaction.
const ROWS: usize = 500;
/// Memberships that are kept in one transaction.
const MEMBERS: usize = 5000;
/// How often a write is tried while the database is not available, a second apart.
const ATTEMPTS: u32 = 60;

/// Something that was read.
enum Piece {
    /// People, perhaps not for the first time.
    People(Vec<GraphUser>),
    /// Groups that are taken over.
    Groups(Vec<StagedGroup>),
    /// People in a group, directly or through others.
    Members(Uuid, Vec<Uuid>),
}

/// Where readers send what they read.
#[derive(Clone)]
struct Out(mpsc::Sender<Piece>);

impl Out {
    async fn send(&self, piece: Piece) -> Result<(), Failure> {
        // The writer has gone: its own failure is the one that counts.
        self.0.send(piece).await.map_err(|_| Failure::lost())
    }
}

/// Reads what an import of Entra ID asks for, completely, and hands it to planning.
///
/// # Errors
/// What went wrong and what to do; nothing is planned then. [`Failure::is_lost`] when the import
/// was cancelled or taken over.
pub async fn read(app: &App, claim: &Claim) -> Result<(), Failure> {
    let options = claim.import.options.entra.clone().unwrap_or_default();
    let graph = Arc::new(Graph::open(app).await?);
    let tenant = graph.tenant()?;
    while kept!(app, tx => imports::begin_reading(tx, claim))? == Step::More {}
    let (sender, pieces) = mpsc::channel(AHEAD);
    let reading = async {
        let out = Out(sender);
        if claim.import.schedule_id.is_some() && options.scope != EntraScope::Groups {
            follow::read(app, &graph, tenant, &options, &out).await
        } else {
            live::read(&graph, &options, &out).await
        }
    };
    let both = async { tokio::try_join!(keep(app, claim, pieces), reading) };
    let ((), ungrouped) = tokio::time::timeout(app.entra.patience().whole, Box::pin(both)).await.unwrap_or_else(|_| {
        Err(Failure::new("tooLong", "Reading Entra ID took too long and was stopped. Nothing was changed. Choose fewer groups, or try again later."))
    })?;
    let read = Read { complete: true, tenant_id: Some(tenant), ungrouped };
    kept!(app, tx => imports::staged(tx, claim, read))
}

/// Keeps what readers send, until they are done.
async fn keep(app: &App, claim: &Claim, mut pieces: mpsc::Receiver<Piece>) -> Result<(), Failure> {
    let mut seen: HashSet<Uuid> = HashSet::new();
    let mut number = 0;
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            piece = pieces.recv() => match piece {
                None => return Ok(()),
                Some(Piece::People(people)) => {
                    let rows: Vec<StagedRow> = people
                        .into_iter()
                        .filter(|person| seen.insert(person.id))
                        .map(|person| {
                            number += 1;
                            person.staged(number)
                        })
                        .collect();
                    for rows in rows.chunks(ROWS) {
                        kept!(app, tx => imports::stage(tx, claim, rows))?;
                    }
                }
                Some(Piece::Groups(groups)) => {
                    for groups in groups.chunks(ROWS) {
                        kept!(app, tx => imports::stage_groups(tx, claim, groups))?;
                    }
                }
                Some(Piece::Members(group, people)) => {
                    for people in people.chunks(MEMBERS) {
                        kept!(app, tx => imports::stage_members(tx, claim, group, people))?;
                    }
                }
            },
            _ = beat.tick() => {
                let paused = app.entra.throttle.paused_until();
                match paused {
                    Some(until) => kept!(app, tx => imports::pause(tx, claim, until))?,
                    None => kept!(app, tx => imports::renew(tx, claim))?,
                }
            }
        }
    }
}

/// Whether a person counts among those who could be taken from outside all groups.
fn counts(person: &GraphUser, options: &EntraOptions) -> bool {
    (options.include_guests || !person.is_guest()) && (options.include_disabled || person.account_enabled == Some(true))
}
