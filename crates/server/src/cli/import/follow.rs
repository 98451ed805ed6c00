//! The progress of an import in a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use keystead_directory::{
    ids::ImportId,
    imports::{self, Import, Phase},
};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use crate::{app::App, import::job};

/// How often the progress is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Works on the import, or watches the server do it, until a person has to decide or it is over.
pub(super) async fn follow(app: &App, id: ImportId, stopped: &watch::Receiver<bool>) -> anyhow::Result<Import> {
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{msg:9} [{bar:30}] {human_pos}/{human_len} · {per_sec} · {eta} left",
    )?);
    let mut working: Option<JoinHandle<()>> = None;
    let mut phase = None;
    loop {
        if working.as_ref().is_none_or(JoinHandle::is_finished)
            && let Some(claim) = job::take_this(app, id).await?
        {
            working = Some(tokio::spawn(job::drive(app.clone(), claim, stopped.clone())));
        }
        let import = imports::get(&mut app.db.read().await?, id).await?;
        if !import.state.is_worked_on() {
            bar.finish_and_clear();
            if let Some(working) = working {
                // It may still be in the last words of its last step.
                let _ = working.await;
            }
            return Ok(import);
        }
        if import.phase() != phase {
            phase = import.phase();
            bar.reset();
            bar.set_message(phase.map_or("", word));
        }
        if let Some(progress) = import.progress {
            bar.set_length(u64::try_from(progress.total.unwrap_or(progress.done)).unwrap_or_default());
            bar.set_position(u64::try_from(progress.done).unwrap_or_default());
        }
        sleep(LOOK).await;
    }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "Reading",
        Phase::Planning => "Planning",
        Phase::Applying => "Applying",
        Phase::Undoing => "Undoing",
    }
}
