//! The command line: what `keystead --help` says and which command does what.

mod commands;
mod doctor;
mod import;
mod visit;

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand};
use keystead_directory::roles::Role;

use crate::config::{Config, keys::KEYS};

const EXAMPLES: &str = "\
Examples:
  keystead serve                                   Start at http://localhost:8080; data in ./data
  keystead serve --listen 0.0.0.0:8443 --public-url https://keys.example.com \\
      --tls-certificate fullchain.pem --tls-key privkey.pem
  keystead setup-link                              A new link for the first owner
  keystead owner recover --user jane@example.com   A way back in for an owner who lost their key
  keystead api-key create --name backup --role auditor --expires-in-days 90
  keystead scim-token create --name entra          The secret token for a SCIM client
  keystead import csv people.csv                   Add and update people from a file
  keystead doctor                                  What is wrong, and what to do

Every option can also be set in the environment (KEYSTEAD_LISTEN) or in keystead.toml
(listen = \"…\"). A flag wins over the environment, the environment over the file.
Commands work while the server runs.";

/// Keystead: an open, self-hosted security-key desk.
#[derive(Parser)]
#[command(name = "keystead", version, about, after_help = EXAMPLES, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    configuration: Flags,
    #[command(subcommand)]
    command: Commands,
}

#[derive(Subcommand)]
enum Commands {
    /// Start the server; it runs until SIGTERM or Ctrl-C.
    ///
    /// At the first start it prints the set-up link, with which the first owner names the
    /// organisation and registers their passkey.
    Serve {
        /// Let the host of the public URL change although security keys are registered for the
        /// old one. Those keys stop working and must be registered anew.
        #[arg(long)]
        allow_rp_id_change: bool,
    },
    /// Print a new set-up link, as long as there is no owner; earlier ones die.
    SetupLink,
    /// Help owners who can't sign in.
    #[command(subcommand)]
    Owner(OwnerCommands),
    /// Make API keys for programs.
    #[command(subcommand)]
    ApiKey(ApiKeyCommands),
    /// Make tokens for SCIM clients, such as Microsoft Entra ID.
    #[command(subcommand)]
    ScimToken(ScimTokenCommands),
    /// Import people.
    #[command(subcommand)]
    Import(ImportCommands),
    /// Check database, secret key, mail, clock and public URL; say what is wrong and what to do.
    ///
    /// Ends with status 1 when something must be mended.
    Doctor,
    /// Fill the database with believable people, groups and keys.
    Seed {
        /// Confirms that these are made-up people, who should not be mixed with real ones.
        #[arg(long, required = true)]
        demo: bool,
        /// How many people.
        #[arg(long, value_name = "N", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
        people: u32,
    },
    /// Print the API's document (OpenAPI 3.1).
    #[command(hide = true)]
    Openapi,
    /// Print the reference of the configuration (Markdown).
    #[command(hide = true)]
    ConfigReference,
}

#[derive(Subcommand)]
enum OwnerCommands {
    /// Print a one-time link with which an owner registers another key.
    Recover {
        /// The owner's user name; without it, the owner who was there first.
        #[arg(long, value_name = "USER_NAME")]
        user: Option<String>,
    },
}

#[derive(Subcommand)]
enum ImportCommands {
    /// Import people from a CSV file: shows what would change, asks, applies it.
    ///
    /// The same import as in the panel, where it is listed too. It works while the server runs.
    Csv(import::CsvImport),
}

#[derive(Subcommand)]
enum ApiKeyCommands {
    /// Print a new API key; it is shown this once.
    Create {
        /// What it is for; shown in the panel and in the activity record.
        #[arg(long)]
        name: String,
        /// What it may do: owner, administrator, help-desk, auditor or member.
        #[arg(long)]
        role: Role,
        /// After how many days it ends, 1 to 3650.
        #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=3650))]
        expires_in_days: i64,
    },
}

#[derive(Subcommand)]
enum ScimTokenCommands {
    /// Print a new SCIM token; it is shown this once.
    Create {
        /// Which client it is for; shown in the panel and in the activity record.
        #[arg(long)]
        name: String,
        /// After how many days it ends, 1 to 3650.
        #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=3650))]
        expires_in_days: i64,
    },
}

/// A flag for each key of the configuration, made from its table.
#[derive(Default)]
struct Flags {
    file: Option<PathBuf>,
    values: BTreeMap<String, String>,
}

const HEADING: &str = "Configuration";

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("The configuration file, when it is not ./keystead.toml")
            .help_heading(HEADING)
            .global(true);
        KEYS.iter().fold(command.arg(file), |command, key| {
            command.arg(
                Arg::new(key.name)
                    .long(key.flag)
                    .value_name("VALUE")
                    .help(format!("{} [default: {}]", key.about, key.default))
                    .help_heading(HEADING)
                    .hide_short_help(key.name != "data_dir" && key.name != "listen" && key.name != "public_url")
                    .global(true),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one::<PathBuf>("config").cloned();
        for key in KEYS {
            if let Some(value) = matches.get_one::<String>(key.name) {
                self.values.insert(key.name.to_owned(), value.clone());
            }
        }
        Ok(())
    }
}

impl Cli {
    /// Runs the command to its end.
    pub fn run(self) -> ExitCode {
        match self.execute() {
            Ok(code) => code,
            Err(error) => {
                eprintln!("keystead: {error:#}");
                ExitCode::FAILURE
            }
        }
    }

    fn execute(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Commands::Openapi => return commands::openapi(),
            Commands::ConfigReference => return Ok(commands::config_reference()),
            _ => {}
        }
        let config = Config::load(self.configuration.file.as_deref(), self.configuration.values)?;
        crate::telemetry::log(&config);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async move {
            match self.command {
                Commands::Serve { allow_rp_id_change } => {
                    crate::serve::serve(config, allow_rp_id_change).await.map(|()| ExitCode::SUCCESS)
                }
                Commands::SetupLink => commands::setup_link(config).await,
                Commands::Owner(OwnerCommands::Recover { user }) => {
                    commands::owner_recover(config, user.as_deref()).await
                }
                Commands::ApiKey(ApiKeyCommands::Create { name, role, expires_in_days }) => {
                    commands::api_key(config, &name, role, expires_in_days).await
                }
                Commands::ScimToken(ScimTokenCommands::Create { name, expires_in_days }) => {
                    commands::scim_token(config, &name, expires_in_days).await
                }
                Commands::Import(ImportCommands::Csv(import)) => import.run(config).await,
                Commands::Doctor => doctor::examine(config).await,
                Commands::Seed { people, .. } => commands::seed(config, people).await,
                Commands::Openapi | Commands::ConfigReference => Ok(ExitCode::SUCCESS),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        for line in [["keystead", "--listen", "0.0.0.0:1", "serve"], ["keystead", "serve", "--listen", "0.0.0.0:1"]] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.configuration.values["listen"], "0.0.0.0:1");
        }
    }

    #[test]
    fn roles_are_taken_as_people_write_them() {
        for role in ["owner", "administrator", "admin", "helpDesk", "help-desk", "helpdesk", "auditor", "member"] {
            let line = ["keystead", "api-key", "create", "--name", "a", "--role", role];
            assert!(Cli::try_parse_from(line).is_ok(), "{role}");
        }
        assert!(Cli::try_parse_from(["keystead", "api-key", "create", "--name", "a", "--role", "root"]).is_err());
    }
}
