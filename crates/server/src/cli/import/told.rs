//! What the command prints: the plan, the rows that did not go through, and the summary.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::bail;
use keystead_directory::imports::{self, Import, ImportState};

use super::CsvImport;
use crate::app::App;

/// How many of the rows that do not go through are named.
const NAMED: usize = 20;

/// Exit status: some rows did not go through.
const SOME_FAILED: u8 = 3;

impl CsvImport {
    /// The plan, for people.
    pub(super) fn show(&self, import: &Import) -> anyhow::Result<()> {
        let plan = import.plan.unwrap_or_default();
        let mut lines = vec![format!("{}: {} rows", import.name, plan.rows)];
        for (number, what) in [
            (plan.create, "to be created"),
            (plan.update, "to be updated"),
            (plan.deactivate, "to be disabled"),
            (plan.unchanged, "unchanged"),
            (plan.skipped, "skipped"),
            (plan.conflict, "in conflict"),
            (plan.rejected, "rejected"),
            (plan.groups_create, "groups to be made"),
        ] {
            if number > 0 {
                lines.push(format!("  {number} {what}"));
            }
        }
        for approval in &import.approval {
            lines.push(format!("  Approval: {}", approval.message));
        }
        let text = lines.join("\n") + "\n";
        if self.json {
            eprint!("{text}");
        } else {
            io::stdout().write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// Names the rows that did not go through and says how it ended.
    pub(super) async fn finish(&self, app: &App, import: Import) -> anyhow::Result<ExitCode> {
        let rows = imports::rows_that_failed(&mut app.db.read().await?, import.id, -1).await?;
        for row in rows.iter().take(NAMED) {
            let field = row.field.as_deref().map(|field| format!("{field}: ")).unwrap_or_default();
            eprintln!("line {}: {field}{}", row.number, row.message.as_deref().unwrap_or("left out, as the mode says"));
        }
        if rows.len() > NAMED {
            eprintln!("… and more; the report in the panel names them all.");
        }
        if import.state == ImportState::Failed {
            let failure = import.failure.map_or_else(|| "the import stopped".to_owned(), |failure| failure.message);
            bail!("{failure}");
        }
        self.summary(&import)?;
        if import.state == ImportState::Cancelled {
            bail!("it was cancelled in the panel");
        }
        let failed = counts(&import).failed;
        Ok(if failed > 0 { ExitCode::from(SOME_FAILED) } else { ExitCode::SUCCESS })
    }

    pub(super) fn summary(&self, import: &Import) -> anyhow::Result<()> {
        let counts = counts(import);
        let mut out = io::stdout();
        if self.json {
            return Ok(writeln!(out, "{}", serde_json::to_string(&counts)?)?);
        }
        let Summary { created, updated, unchanged, skipped, failed, rows } = counts;
        let text = format!(
            "{created} created, {updated} updated, {unchanged} unchanged, {skipped} skipped, {failed} failed, of {rows} rows."
        );
        let planned = if import.outcome.is_none() { "Would be: " } else { "" };
        Ok(writeln!(out, "{planned}{text}")?)
    }
}

/// What became of the rows, or would.
#[derive(serde::Serialize)]
struct Summary {
    created: i64,
    updated: i64,
    unchanged: i64,
    skipped: i64,
    failed: i64,
    rows: i64,
}

fn counts(import: &Import) -> Summary {
    let plan = import.plan.unwrap_or_default();
    match import.outcome {
        Some(outcome) => Summary {
            created: outcome.created,
            updated: outcome.updated + outcome.deactivated,
            unchanged: outcome.unchanged,
            skipped: outcome.skipped,
            failed: outcome.failed,
            rows: plan.rows,
        },
        None => Summary {
            created: plan.create,
            updated: plan.update + plan.deactivate,
            unchanged: plan.unchanged,
            skipped: plan.skipped,
            failed: plan.conflict + plan.rejected,
            rows: plan.rows,
        },
    }
}
