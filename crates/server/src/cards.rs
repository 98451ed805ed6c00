//! Contactless cards. A card is a FIDO2 authenticator that runs here: the agent on the workstation carries commands and
//! taps, and holds nothing.
//!
//! - [`vault`] the key of all cards, how the PIN takes part in it, who vouches for cards
//! - [`store`] one card's state for `keystead-ctap`, in the database
//! - [`pins`] what PINs have to be like, and PINs that are made up
//! - [`desk`] the cards at one workstation: taps, and commands that wait for them
//! - [`link`] the connection to a workstation's agent

pub mod attestation;
pub mod desk;
pub mod link;
pub mod pins;
pub mod store;
pub mod vault;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, routing::get};
use keystead_directory::{
    Timestamp, agents,
    cards::{self, Standing},
    ids::{AgentId, CardId},
};
use tokio::sync::watch;

use crate::app::App;
pub use vault::Vault;

/// How often each server asks what has changed, by itself or by another server: a card that was suspended anywhere is out
/// of use everywhere within seconds.
const LOOK: Duration = Duration::from_secs(1);
/// How far back it asks for revoked agents: as far as two servers' clocks may differ.
const CLOCKS_DIFFER_HOURS: i64 = 1;

/// What all links of this server listen to.
#[derive(Default)]
pub struct Links {
    revoked: watch::Sender<BTreeSet<AgentId>>,
    closing: watch::Sender<bool>,
    /// How many readers here each card lies on.
    lying: Mutex<BTreeMap<CardId, usize>>,
    /// How these cards stand; none for one that is gone.
    standings: watch::Sender<BTreeMap<CardId, Option<Standing>>>,
}

impl Links {
    /// Ends all links: the server stops.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    fn lying(&self) -> MutexGuard<'_, BTreeMap<CardId, usize>> {
        self.lying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A card that lies on a reader of this server's, and is looked after for as long as this is kept.
pub struct Lying {
    app: App,
    card: CardId,
}

impl Lying {
    fn new(app: App, card: CardId) -> Self {
        *app.links.lying().entry(card).or_default() += 1;
        Self { app, card }
    }
}

impl Drop for Lying {
    fn drop(&mut self) {
        let mut lying = self.app.links.lying();
        if let Some(readers) = lying.get_mut(&self.card) {
            *readers -= 1;
            if *readers == 0 {
                lying.remove(&self.card);
            }
        }
    }
}

/// The agent's way in, apart from `/api/v1`: no session and no API key opens it.
pub fn routes() -> Router<App> {
    Router::new().route(keystead_agent_protocol::PATH, get(link::open))
}

/// Tells links of agents that were revoked and of cards that changed, on whichever server, until the server stops.
pub async fn watch_changes(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        // Nobody to tell.
        if app.links.revoked.receiver_count() == 0 {
            continue;
        }
        if let Err(error) = look(&app).await {
            tracing::warn!(%error, "it can't be told which workstations and cards were revoked");
        }
    }
}

async fn look(app: &App) -> keystead_directory::Result<()> {
    fn publish<T: PartialEq>(to: &watch::Sender<T>, news: T) {
        to.send_if_modified(|known| {
            let differs = *known != news;
            *known = news;
            differs
        });
    }
    let mut conn = app.db.read().await?;
    let since = Timestamp::now().plus_hours(-CLOCKS_DIFFER_HOURS);
    let revoked = agents::revoked_since(&mut conn, since).await?;
    publish(&app.links.revoked, revoked.into_iter().collect());
    let lying: Vec<CardId> = app.links.lying().keys().copied().collect();
    let mut standings = cards::standings(&mut conn, &lying).await?;
    publish(&app.links.standings, lying.into_iter().map(|card| (card, standings.remove(&card))).collect());
    Ok(())
}
