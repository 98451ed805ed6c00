//! Microsoft Entra ID: signing in to it, asking Graph, reading people and groups for an import.
//!
//! - [`clouds`] where login and Graph are; [`wire`] how anything is fetched from there: deadlines, sizes, no redirects
//! - [`login`] tokens and consents; [`certificate`] the key that Keystead proves itself with
//! - [`graph`] requests that wait when Microsoft asks for it; [`pages`] collections of many pages
//! - [`failure`] what Microsoft's codes mean for an administrator
//! - [`reader`] people and groups for an import; [`schedule`] imports that begin by themselves
//! - [`health`] what a connection can do; [`groups`] the list to choose from
//!
//! What is stored of a connection is `keystead_directory::entra`.

pub mod certificate;
pub mod clouds;
pub mod failure;
pub mod graph;
pub mod groups;
pub mod health;
pub mod login;
pub mod pages;
pub mod reader;
pub mod schedule;
pub mod throttle;
pub mod wire;

use std::{sync::Mutex, time::Duration};

pub use failure::Failure;
use keystead_directory::entra::Way;

use throttle::Throttle;
use wire::Wire;

/// How long Keystead waits and how much it takes. The defaults are right for Microsoft; tests
/// shorten them.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For a whole answer.
    pub answer: Duration,
    /// Bytes of one page.
    pub page_bytes: usize,
    /// Pages of one collection.
    pub pages: usize,
    /// How often a request that failed on the way, or with 5xx, is sent in all.
    pub attempts: u32,
    /// The first wait after such a failure; it doubles each time.
    pub backoff: Duration,
    /// The longest such wait.
    pub longest_backoff: Duration,
    /// How long to wait when Microsoft throttles without saying how long.
    pub unsaid_pause: Duration,
    /// The longest pause that is waited for.
    pub longest_pause: Duration,
    /// For reading a whole source.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_mins(1),
            page_bytes: 16 * 1024 * 1024,
            pages: 20_000,
            attempts: 6,
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(30),
            unsaid_pause: Duration::from_secs(10),
            longest_pause: Duration::from_mins(30),
            whole: Duration::from_hours(12),
        }
    }
}

/// What the requests of one server share: the HTTP client, the pause that Microsoft asked for, and
/// the token, so that it is asked for once in its life.
pub struct Entra {
    pub(crate) wire: Wire,
    pub(crate) throttle: Throttle,
    token: Mutex<Option<Kept>>,
    /// Held while a token is asked for: those who need one at the same moment wait for the first.
    asking: tokio::sync::Mutex<()>,
}

/// A token and what it was given for.
struct Kept {
    version: i64,
    way: Way,
    token: login::AccessToken,
}

impl Entra {
    /// With these deadlines.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(patience: Patience) -> anyhow::Result<Self> {
        Ok(Self {
            wire: Wire::new(patience)?,
            throttle: Throttle::default(),
            token: Mutex::new(None),
            asking: tokio::sync::Mutex::new(()),
        })
    }

    /// The deadlines.
    pub fn patience(&self) -> &Patience {
        &self.wire.patience
    }

    /// The token that was given for this version of the connection, while it lives.
    fn kept_token(&self, version: i64, way: Way) -> Option<login::AccessToken> {
        let kept = self.token.lock().ok()?;
        let kept = kept.as_ref().filter(|kept| kept.version == version && kept.way == way)?;
        kept.token.is_alive().then(|| kept.token.clone())
    }

    fn keep_token(&self, version: i64, way: Way, token: login::AccessToken) {
        if let Ok(mut kept) = self.token.lock() {
            *kept = Some(Kept { version, way, token });
        }
    }

    /// Forgets whatever token there is.
    fn forget_tokens(&self) {
        if let Ok(mut kept) = self.token.lock() {
            *kept = None;
        }
    }

    /// Forgets a token that was refused, unless there is a newer one already.
    fn forget_token(&self, refused: &login::AccessToken) {
        if let Ok(mut kept) = self.token.lock()
            && kept.as_ref().is_some_and(|kept| kept.token.is(refused))
        {
            *kept = None;
        }
    }
}
