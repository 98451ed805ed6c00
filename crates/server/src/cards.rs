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

use std::{collections::BTreeSet, time::Duration};

use axum::{Router, routing::get};
use keystead_directory::{Timestamp, agents, ids::AgentId};
use tokio::sync::watch;

use crate::app::App;
pub use vault::Vault;

/// How often each server asks which agents were revoked, by itself or by another server.
const REVOCATIONS: Duration = Duration::from_secs(1);
/// How far back it asks: as far as two servers' clocks may differ.
const CLOCKS_DIFFER_HOURS: i64 = 1;

/// What all links of this server listen to.
#[derive(Default)]
pub struct Links {
    revoked: watch::Sender<BTreeSet<AgentId>>,
    closing: watch::Sender<bool>,
}

impl Links {
    /// Ends all links: the server stops.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// The agent's way in, apart from `/api/v1`: no session and no API key opens it.
pub fn routes() -> Router<App> {
    Router::new().route(keystead_agent_protocol::PATH, get(link::open))
}

/// Tells links of agents that were revoked, on whichever server, until the server stops.
pub async fn watch_revocations(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(REVOCATIONS);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.changed() => return,
        }
        // Nobody to tell.
        if app.links.revoked.receiver_count() == 0 {
            continue;
        }
        let found = async {
            let since = Timestamp::now().plus_hours(-CLOCKS_DIFFER_HOURS);
            agents::revoked_since(&mut app.db.read().await?, since).await
        };
        match found.await {
            Ok(revoked) => {
                let revoked = BTreeSet::from_iter(revoked);
                app.links.revoked.send_if_modified(|known| {
                    let news = *known != revoked;
                    *known = revoked;
                    news
                });
            }
            Err(error) => tracing::warn!(%error, "it can't be told which workstations were revoked"),
        }
    }
}
