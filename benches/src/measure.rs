//! Counting, timing, and writing it down.

use std::{fmt::Write as _, time::Duration};

/// How often a second.
pub fn per_second(count: u32, time: Duration) -> f64 {
    f64::from(count) / time.as_secs_f64()
}

/// How long each of many took.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The time that this many of a hundred stayed below.
    pub fn percentile(&mut self, percent: usize) -> Duration {
        self.0.sort_unstable();
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }
}

/// A time for people, in milliseconds.
pub fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 10.0 { format!("{milliseconds:.2}") } else { format!("{milliseconds:.0}") }
}

/// A number for people, with its thousands apart.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The report, in Markdown.
#[derive(Default)]
pub struct Report(String);

impl Report {
    /// What it is about.
    pub fn title(&mut self, title: &str, text: &str) {
        let _ = write!(self.0, "# {title}\n\n{text}\n");
    }

    /// A heading and the words under it.
    pub fn section(&mut self, title: &str, text: &str) {
        let _ = write!(self.0, "\n## {title}\n\n{text}\n");
    }

    /// An item of a list.
    pub fn line(&mut self, text: &str) {
        let _ = write!(self.0, "\n- {text}\n");
    }

    /// A table.
    pub fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let _ = write!(self.0, "\n| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
        for row in rows {
            let _ = writeln!(self.0, "| {} |", row.join(" | "));
        }
    }

    /// All of it.
    pub fn markdown(&self) -> &str {
        &self.0
    }
}
