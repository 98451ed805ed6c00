//! The `keystead` command.

use std::process::ExitCode;

use clap::Parser as _;
use keystead::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
