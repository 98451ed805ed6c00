//! What is kept between the two halves of a ceremony. It goes to the browser and back as sealed
//! bytes, so any server can finish what another began; that it is used once is for the database
//! to hold, by [`Ceremony::id`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{AuthenticationState, CEREMONY_TIMEOUT, RegistrationState};

/// What a ceremony is for. An answer to one purpose never serves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// The first owner's passkey.
    Setup,
    /// A key registered through a mailed link, or an owner's through a recovery link.
    Registration,
    /// Signing in.
    SignIn,
    /// A fresh touch before a dangerous act.
    StepUp,
}

impl Purpose {
    /// The context to seal a ceremony in, so that one purpose's bytes do not open as another's.
    pub fn seal_context(self) -> &'static str {
        match self {
            Self::Setup => "ceremony/setup",
            Self::Registration => "ceremony/registration",
            Self::SignIn => "ceremony/sign-in",
            Self::StepUp => "ceremony/step-up",
        }
    }
}

/// The question as the server remembers it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// A new credential was asked for.
    Registration(RegistrationState),
    /// An existing credential was asked for.
    Authentication(AuthenticationState),
}

/// Ties a ceremony to the browser that began it: the hash of a cookie's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BrowserBinding([u8; 32]);

impl BrowserBinding {
    /// The binding for a browser that holds `cookie`.
    pub fn of(cookie: &str) -> Self {
        Self(Sha256::digest(cookie).into())
    }
}

/// A ceremony under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ceremony {
    /// Recorded when it is used, so that it is used once.
    pub id: Uuid,
    /// What it is for.
    pub purpose: Purpose,
    /// The person it is about, where one is known.
    pub user: Option<Uuid>,
    /// What allowed it: the link, or the session that is stepped up.
    pub subject: Option<Uuid>,
    /// The first moment at which it is too late.
    pub expires_at: Timestamp,
    /// The browser it belongs to.
    pub browser: BrowserBinding,
    /// The question.
    pub state: State,
    /// What the first half was told and the second needs, such as the organisation's name.
    pub details: Value,
}

/// Why a ceremony cannot be finished. For the person, all of them mean: begin again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CeremonyRefused {
    /// The bytes are no ceremony, or one that another version wrote.
    #[error("This attempt could not be read. Reload the page and try again.")]
    Unreadable,
    /// More than five minutes passed.
    #[error("This took too long. Reload the page and try again.")]
    Expired,
    /// It was begun for something else: another act, another person or another link.
    #[error("This attempt was begun for something else. Reload the page and try again.")]
    OtherPurpose,
    /// It was begun in another browser, or the browser sent no cookie.
    #[error("This attempt was begun in another browser. Reload the page, allow cookies and try again.")]
    OtherBrowser,
}

/// What the second half of a ceremony must find in it.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// What is being finished.
    pub purpose: Purpose,
    /// The link or session that is presented now.
    pub subject: Option<Uuid>,
    /// The value of the cookie that came along.
    pub cookie: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl Ceremony {
    /// When a ceremony that begins now ends.
    pub fn expiry(now: Timestamp) -> Timestamp {
        now.saturating_add(CEREMONY_TIMEOUT).unwrap_or(Timestamp::MAX)
    }

    /// Whether this is the ceremony that is being finished.
    ///
    /// # Errors
    /// [`CeremonyRefused`], with the reason.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), CeremonyRefused> {
        let BrowserBinding(bound) = &self.browser;
        let BrowserBinding(presented) = BrowserBinding::of(expected.cookie);
        if self.purpose != expected.purpose || self.subject != expected.subject {
            return Err(CeremonyRefused::OtherPurpose);
        }
        if !bool::from(bound.ct_eq(&presented)) {
            return Err(CeremonyRefused::OtherBrowser);
        }
        if expected.now >= self.expires_at {
            return Err(CeremonyRefused::Expired);
        }
        Ok(())
    }

    /// The bytes to seal.
    ///
    /// # Errors
    /// Only when `details` cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads opened bytes back.
    ///
    /// # Errors
    /// [`CeremonyRefused::Unreadable`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CeremonyRefused> {
        serde_json::from_slice(bytes).map_err(|_| CeremonyRefused::Unreadable)
    }
}
