//! What a mail says, as data: the closed list of letters that Keystead writes. The words stand in
//! the server's templates; here is only what they need to know.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    ids::ImportId,
    imports::{ImportState, Outcome},
    keys::KeyKind,
};

/// One letter: who is greeted, in whose name, and what it tells.
///
/// It may hold a link that signs its bearer's key up, so it has no `Debug` and is stored sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// The organisation in whose name it is written.
    pub organisation_name: String,
    /// How its reader is greeted.
    pub recipient_name: String,
    /// What it tells.
    pub content: MailContent,
}

/// What mails that an earlier version queued are about.
fn hardware_key() -> KeyKind {
    KeyKind::HardwareKey
}

/// What a letter tells, one variant per template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum MailContent {
    /// To a person: open this link and register your security key.
    RegistrationLink {
        /// The whole link, token included.
        link: String,
        /// What kind of key it registers.
        #[serde(default = "hardware_key")]
        key_kind: KeyKind,
        /// Until when it works.
        expires_at: Timestamp,
        /// The administrator's note, in the administrator's words.
        note: Option<String>,
    },
    /// To the holder: this is the PIN of your card.
    CardPin {
        /// The card's name.
        key_name: String,
        /// The PIN.
        pin: String,
        /// Whether it must be changed before the card is good for anything.
        must_change: bool,
    },
    /// To the holder: a key was registered to your account.
    KeyRegistered {
        /// The key's name.
        key_name: String,
        /// The authenticator's model, where its attestation tells.
        model: Option<String>,
        /// When it was registered.
        at: Timestamp,
        /// The address it was registered from.
        ip: Option<String>,
        /// The browser it was registered with, as it calls itself.
        user_agent: Option<String>,
    },
    /// To the holder: your key does not sign you in for now.
    KeySuspended {
        /// The key's name.
        key_name: String,
        /// When it was suspended.
        at: Timestamp,
        /// Why, in plain words, where a reason was given.
        reason: Option<String>,
    },
    /// To the holder: your key will never sign you in again.
    KeyRevoked {
        /// The key's name.
        key_name: String,
        /// When it was revoked.
        at: Timestamp,
        /// Why, in plain words, where a reason was given.
        reason: Option<String>,
    },
    /// To an administrator: a key may have been copied and was suspended.
    CounterRegressed {
        /// The holder's display name.
        person: String,
        /// The holder's e-mail address.
        person_email: String,
        /// The key's name.
        key_name: String,
        /// When the sign-in was refused.
        at: Timestamp,
    },
    /// To an administrator: a person reported a key lost and it was suspended.
    KeyReportedLost {
        /// The holder's display name.
        person: String,
        /// The holder's e-mail address.
        person_email: String,
        /// The key's name.
        key_name: String,
        /// When it was reported.
        at: Timestamp,
    },
    /// To whoever started it: an import of people is over.
    ImportFinished {
        /// The import's id, which makes its address in the panel.
        import_id: ImportId,
        /// The name of the file or of the source.
        name: String,
        /// `finished`, `cancelled` or `failed`.
        state: ImportState,
        /// Whether it changed anything at all.
        changed: bool,
        /// What became of the rows.
        outcome: Outcome,
        /// Why it stopped, in plain words.
        failure: Option<String>,
        /// When it ended.
        at: Timestamp,
    },
    /// To an administrator who asked whether mail arrives.
    TestMail {
        /// When it was asked for.
        at: Timestamp,
    },
}

impl MailContent {
    /// The kind as it is stored and shown; it gives nothing of the content away.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RegistrationLink { .. } => "registrationLink",
            Self::CardPin { .. } => "cardPin",
            Self::KeyRegistered { .. } => "keyRegistered",
            Self::KeySuspended { .. } => "keySuspended",
            Self::KeyRevoked { .. } => "keyRevoked",
            Self::CounterRegressed { .. } => "counterRegressed",
            Self::KeyReportedLost { .. } => "keyReportedLost",
            Self::ImportFinished { .. } => "importFinished",
            Self::TestMail { .. } => "testMail",
        }
    }

    /// The part of a link, or the PIN, that must appear in no log and no error text.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::RegistrationLink { link, .. } => Some(link.split_once('#').map_or(link.as_str(), |(_, token)| token)),
            Self::CardPin { pin, .. } => Some(pin),
            _ => None,
        }
    }
}
