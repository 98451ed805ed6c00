//! The words of each mail: a letter's data in, subject, HTML and text out. Nothing is sent here.
//!
//! What people typed is cleaned before a template sees it: one-line values lose their control
//! characters and line breaks (no header, no line of the text part can be forged with a name), and
//! the HTML part escapes everything. A link is written as it was made, from the public URL.

use anyhow::Context as _;
use keystead_directory::{
    Timestamp,
    imports::ImportState,
    keys::KeyKind,
    mails::{Letter, MailContent},
};
use minijinja::{Environment, UndefinedBehavior, Value, context};

/// The longest subject, in characters; a longer organisation name is cut.
const LONGEST_SUBJECT: usize = 120;

/// Every template, compiled into the program.
const TEMPLATES: [(&str, &str); 21] = [
    ("layout.html", include_str!("templates/layout.html")),
    ("layout.txt", include_str!("templates/layout.txt")),
    ("parts.html", include_str!("templates/parts.html")),
    ("registration-link.html", include_str!("templates/registration-link.html")),
    ("registration-link.txt", include_str!("templates/registration-link.txt")),
    ("card-pin.html", include_str!("templates/card-pin.html")),
    ("card-pin.txt", include_str!("templates/card-pin.txt")),
    ("key-registered.html", include_str!("templates/key-registered.html")),
    ("key-registered.txt", include_str!("templates/key-registered.txt")),
    ("key-suspended.html", include_str!("templates/key-suspended.html")),
    ("key-suspended.txt", include_str!("templates/key-suspended.txt")),
    ("key-revoked.html", include_str!("templates/key-revoked.html")),
    ("key-revoked.txt", include_str!("templates/key-revoked.txt")),
    ("counter-regressed.html", include_str!("templates/counter-regressed.html")),
    ("counter-regressed.txt", include_str!("templates/counter-regressed.txt")),
    ("key-reported-lost.html", include_str!("templates/key-reported-lost.html")),
    ("key-reported-lost.txt", include_str!("templates/key-reported-lost.txt")),
    ("import-finished.html", include_str!("templates/import-finished.html")),
    ("import-finished.txt", include_str!("templates/import-finished.txt")),
    ("test-mail.html", include_str!("templates/test-mail.html")),
    ("test-mail.txt", include_str!("templates/test-mail.txt")),
];

/// A letter in the words that leave the house.
pub struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    /// The HTML part: no script, nothing loaded from anywhere.
    pub html: String,
    /// The text part, which says the same.
    pub text: String,
}

/// The compiled templates.
pub struct Templates(Environment<'static>);

impl Templates {
    /// Compiles every template.
    ///
    /// # Errors
    /// When a template is malformed, which a test excludes.
    pub fn new() -> anyhow::Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("moment", |text: String| moment(&text));
        for (name, source) in TEMPLATES {
            environment.add_template(name, source).with_context(|| format!("mail template {name}"))?;
        }
        Ok(Self(environment))
    }

    /// Writes a letter that was queued at `queued_at`; `panel` is the configured public URL.
    ///
    /// The answer depends on nothing else, so that a second copy reads like the first.
    ///
    /// # Errors
    /// When a template fails, which a test of every kind excludes.
    pub fn render(&self, letter: &Letter, queued_at: Timestamp, panel: &str) -> anyhow::Result<Rendered> {
        let organisation = one_line(&letter.organisation_name);
        let subject = subject(&letter.content, &organisation);
        let (mut valid_for, mut note_lines) = (String::new(), Vec::new());
        if let MailContent::RegistrationLink { expires_at, note, .. } = &letter.content {
            valid_for = duration(expires_at.seconds_since(queued_at));
            note_lines = lines(note.as_deref().unwrap_or_default());
        }
        let context = context! {
            subject => subject.clone(),
            organisation,
            greeting => one_line(&letter.recipient_name),
            panel => panel.trim_end_matches('/'),
            content => cleaned(serde_json::to_value(&letter.content)?),
            validFor => valid_for,
            noteLines => note_lines,
        };
        let name = template(&letter.content);
        let write = |ending: &str| -> anyhow::Result<String> {
            Ok(self.0.get_template(&format!("{name}.{ending}"))?.render(&context)?)
        };
        let (html, text) = (write("html")?, write("txt")?);
        Ok(Rendered { subject, html, text })
    }
}

fn template(content: &MailContent) -> &'static str {
    match content {
        MailContent::RegistrationLink { .. } => "registration-link",
        MailContent::CardPin { .. } => "card-pin",
        MailContent::KeyRegistered { .. } => "key-registered",
        MailContent::KeySuspended { .. } => "key-suspended",
        MailContent::KeyRevoked { .. } => "key-revoked",
        MailContent::CounterRegressed { .. } => "counter-regressed",
        MailContent::KeyReportedLost { .. } => "key-reported-lost",
        MailContent::ImportFinished { .. } => "import-finished",
        MailContent::TestMail { .. } => "test-mail",
    }
}

fn subject(content: &MailContent, organisation: &str) -> String {
    let subject = match content {
        MailContent::RegistrationLink { key_kind: KeyKind::Smartphone, .. } => {
            format!("Activate your phone for {organisation}")
        }
        MailContent::RegistrationLink { key_kind: KeyKind::ContactlessCard, .. } => {
            format!("Activate your card for {organisation}")
        }
        MailContent::RegistrationLink { .. } => format!("Register your security key for {organisation}"),
        MailContent::CardPin { .. } => format!("The PIN of your card for {organisation}"),
        MailContent::KeyRegistered { .. } => format!("A security key was registered to your {organisation} account"),
        MailContent::KeySuspended { .. } => format!("Your security key for {organisation} was suspended"),
        MailContent::KeyRevoked { .. } => format!("Your security key for {organisation} was revoked"),
        MailContent::CounterRegressed { person, .. } => {
            format!("{organisation}: the security key of {} may have been copied", one_line(person))
        }
        MailContent::KeyReportedLost { person, .. } => {
            format!("{organisation}: {} reported a security key lost", one_line(person))
        }
        MailContent::ImportFinished { name, state, changed, .. } => {
            let name = one_line(name);
            match (state, changed) {
                (ImportState::Cancelled, _) => format!("{organisation}: the import of {name} was cancelled"),
                (ImportState::Failed, _) => format!("{organisation}: the import of {name} stopped"),
                (_, false) => format!("{organisation}: the import of {name} changed nothing"),
                (_, true) => format!("{organisation}: the import of {name} is finished"),
            }
        }
        MailContent::TestMail { .. } => format!("Mail from {organisation} arrives"),
    };
    subject.chars().take(LONGEST_SUBJECT).collect()
}

/// What a letter tells, for the templates: every text value in one line.
fn cleaned(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => one_line(&text).into(),
        serde_json::Value::Array(items) => items.into_iter().map(cleaned).collect::<Vec<_>>().into(),
        serde_json::Value::Object(fields) => {
            Value::from_pairs(fields.into_iter().map(|(name, value)| (name, cleaned(value))))
        }
        serde_json::Value::Number(number) => number.to_string().into(),
        serde_json::Value::Bool(yes) => yes.into(),
        serde_json::Value::Null => ().into(),
    }
}

/// Characters that a reader can't see but a mail program obeys: controls, and those that turn the
/// direction of writing (a name could make the words after it read backwards).
fn obeyed_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` in one line: unseen characters become spaces, runs of white space become one.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|character| if obeyed_unseen(character) { ' ' } else { character }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of a note, each cleaned, without empty lines at either end.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text.trim().lines().map(one_line).collect();
    if lines.iter().all(String::is_empty) { Vec::new() } else { lines }
}

/// How long, in words: `3 days`, `36 hours`, `1 hour`, `20 minutes`; rounded down.
fn duration(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (number, unit) = match (hours, hours % 24) {
        (48.., _) | (24.., 0) => (hours / 24, "day"),
        (1.., _) => (hours, "hour"),
        _ => (minutes, "minute"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// A moment in words: `Sunday 22 November 2026 10:39 UTC`.
fn moment(text: &str) -> Result<String, minijinja::Error> {
    let moment: jiff::Timestamp = text.parse().map_err(|error: jiff::Error| {
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, error.to_string())
    })?;
    Ok(moment.strftime("%A %-d %B %Y %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests;
