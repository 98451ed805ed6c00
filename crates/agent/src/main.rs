//! The `keystead-agent` command.

use std::process::ExitCode;

use clap::Parser as _;
use keystead_agent::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
