//! The short commands. Each prints what was asked for to standard output and nothing else there,
//! so that its output can be used by a script.

use std::{io::Write as _, process::ExitCode};

use anyhow::Context as _;
use keystead_directory::{Error, Timestamp, activations, actor::Actor, api_keys, roles::Role, scim::tokens};

use crate::{
    app::App,
    config::{Config, reference},
};

/// `keystead openapi`.
pub fn openapi() -> anyhow::Result<ExitCode> {
    Ok(print(&serde_json::to_string_pretty(&crate::http::openapi())?))
}

/// `keystead config-reference`.
pub fn config_reference() -> ExitCode {
    print(reference::markdown().trim_end())
}

/// `keystead setup-link`.
pub async fn setup_link(config: Config) -> anyhow::Result<ExitCode> {
    let app = App::open(config, false).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (token, expires_at) = activations::create_setup_link(&mut tx, &Actor::cli()).await.map_err(explain)?;
    tx.commit().await?;
    tracing::info!(%expires_at, "setup link made; earlier ones are cancelled");
    Ok(print(&app.config.public_url.link("/setup", token.reveal())))
}

/// `keystead owner recover`.
pub async fn owner_recover(config: Config, user: Option<&str>) -> anyhow::Result<ExitCode> {
    let app = App::open(config, false).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let made = activations::create_recovery_link(&mut tx, &Actor::cli(), user).await;
    let (owner, token, expires_at) = match (made, user) {
        (Err(Error::NotFound(_)), Some(user)) => {
            anyhow::bail!("{user:?} is not an active owner: name an owner's user name, or leave --user out")
        }
        (Err(Error::NotFound(_)), None) => {
            anyhow::bail!("there is no active owner to recover: `keystead setup-link` makes the link for the first one")
        }
        (made, _) => made.map_err(explain)?,
    };
    tx.commit().await?;
    tracing::info!(owner = %owner.user_name, %expires_at, "recovery link made");
    Ok(print(&app.config.public_url.link("/register", token.reveal())))
}

/// `keystead api-key create`.
pub async fn api_key(config: Config, name: &str, role: Role, days: i64) -> anyhow::Result<ExitCode> {
    let app = App::open(config, false).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (key, token) = api_keys::create(&mut tx, &Actor::cli(), name, role, days).await.map_err(explain)?;
    tx.commit().await?;
    tracing::info!(name = %key.name, expires_at = %key.expires_at, "API key made");
    Ok(print(token.reveal()))
}

/// `keystead scim-token create`.
pub async fn scim_token(config: Config, name: &str, days: i64) -> anyhow::Result<ExitCode> {
    let app = App::open(config, false).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (token, secret) = tokens::create(&mut tx, &Actor::cli(), name, days, &[]).await.map_err(explain)?;
    tx.commit().await?;
    tracing::info!(name = %token.name, expires_at = %token.expires_at, "SCIM token made");
    Ok(print(secret.reveal()))
}

/// `keystead seed --demo`.
pub async fn seed(config: Config, people: u32) -> anyhow::Result<ExitCode> {
    let app = App::open(config, false).await?;
    let added = crate::seed::demo(&app, people).await.context("the made-up people could not be added")?;
    Ok(print(&format!("{added} made-up people were added.")))
}

/// A refusal of the domain, for the terminal.
pub fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(errors) => {
            let lines: Vec<String> =
                errors.into_iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
            anyhow::anyhow!(lines.join("\n"))
        }
        other => other.into(),
    }
}

/// Prints what was asked for. Whoever stopped listening did not get it: that is a failure.
fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
