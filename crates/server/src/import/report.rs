//! What became of an import: an alert in the panel, and a mail to whoever started it.

use keystead_directory::{
    Result, Tx,
    alerts::{self, AlertKind, NewAlert},
    imports::{Import, ImportState, Outcome},
    mails::MailContent,
    users,
};

use crate::{api::letters, app::App};

/// Writes both in the transaction that ends the import, so that they are written once.
pub async fn ended(app: &App, tx: &mut Tx, import: &Import) -> Result<()> {
    let outcome = import.outcome.unwrap_or_default();
    let changed = outcome.changed_anything();
    let name = &import.name;
    let title = match (import.state, changed) {
        (ImportState::Failed, _) => format!("The import of {name} stopped"),
        (ImportState::Cancelled, _) => format!("The import of {name} was cancelled"),
        (_, false) => format!("The import of {name} changed nothing"),
        (_, true) => format!("The import of {name} is finished"),
    };
    let failure = import.failure.as_ref().map(|failure| failure.message.clone());
    let detail = [failure.clone(), Some(counts(&outcome))].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let failed = import.state == ImportState::Failed;
    let kind = if failed { AlertKind::ImportFailed } else { AlertKind::ImportFinished };
    alerts::raise_about_import(tx, NewAlert { kind, title, detail, user_id: None }, import.id).await?;

    let Some(starter) = import.started_by.user_id() else { return Ok(()) };
    let Some(starter) = users::find(tx, starter).await?.filter(|user| user.active) else { return Ok(()) };
    let content = MailContent::ImportFinished {
        import_id: import.id,
        name: name.clone(),
        state: import.state,
        changed,
        outcome,
        failure,
        at: tx.now(),
    };
    letters::send(app, tx, &starter, content, None).await
}

/// Tells that a saved import waits until somebody has looked at its plan.
pub async fn waits(tx: &mut Tx, import: &Import) -> Result<()> {
    let reasons = import.approval.iter().map(|approval| approval.message.as_str()).collect::<Vec<_>>().join(" ");
    let alert = NewAlert {
        kind: AlertKind::ImportNeedsApproval,
        title: format!("The import of {} waits for your approval", import.name),
        detail: reasons,
        user_id: None,
    };
    alerts::raise_about_import(tx, alert, import.id).await.map(drop)
}

/// The counts in the words of the panel and of the mail.
fn counts(outcome: &Outcome) -> String {
    let Outcome { created, updated, unchanged, deactivated, skipped, failed, groups, memberships } = outcome;
    let people = format!(
        "{created} added, {updated} changed, {deactivated} disabled, {unchanged} without a change, {skipped} skipped, \
         {failed} failed."
    );
    let changed = |number: i64, what: &str| {
        let plural = if number == 1 { "" } else { "s" };
        (number > 0).then(|| format!("{number} {what}{plural} changed."))
    };
    let parts = [Some(people), changed(*groups, "group"), changed(*memberships, "membership")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
