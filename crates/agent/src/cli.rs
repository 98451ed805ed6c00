//! The command line: what `keystead-agent --help` says and what each command does.

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::identity::{Identity, IdentityError, new_key};
use crate::link::{Address, Connection, client_config};

const EXAMPLES: &str = "\
Examples:
  sudo keystead-agent enrol --server https://keys.example.com --code 7KQ4-MZ2P-X9TD
                                 Make this workstation known to Keystead; an administrator
                                 makes the code in the panel under Workstations
  sudo systemctl enable --now keystead-agent
                                 Run it from now on
  keystead-agent status          Is the key there? Which card lies on the reader?
  sudo -u keystead-agent keystead-agent doctor
                                 What is wrong, and what to do

The agent needs a reader that PC/SC knows, /dev/uhid, and HTTPS to the server. It keeps one
file, its identity, and no secret of any card.";

/// Makes a card on a reader a security key for every program on this workstation.
///
/// Lay a badge on the reader and sign in wherever FIDO security keys work: in every browser, with
/// ssh, at log-in. The keys themselves are in Keystead; this agent carries what programs ask
/// there and brings back the answers.
#[derive(Parser)]
#[command(name = "keystead-agent", version, about, long_about, after_help = EXAMPLES, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    folders: Folders,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Folders {
    /// The folder that holds the agent's identity.
    #[arg(
        long,
        global = true,
        env = "STATE_DIRECTORY",
        default_value = "/var/lib/keystead-agent",
        value_name = "FOLDER"
    )]
    state: PathBuf,
    /// The folder for the socket on which `status` asks the running agent.
    #[arg(
        long,
        global = true,
        env = "RUNTIME_DIRECTORY",
        default_value = "/run/keystead-agent",
        value_name = "FOLDER"
    )]
    runtime: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Run the agent until SIGTERM or Ctrl-C; the system's service does this.
    ///
    /// Logs to standard error; with `RUST_LOG=keystead_agent=debug`, more. Exit code 78: it is not
    /// enrolled, or was revoked, and starting it again will not help.
    Run,
    /// Make this workstation known to Keystead, with a one-time code from the panel.
    ///
    /// Makes a private key that never leaves this machine. Run it as root or as the agent's
    /// user; an agent that runs already must be restarted afterwards.
    Enrol {
        /// Keystead's public URL, as `https://keys.example.com`.
        #[arg(long, value_name = "URL")]
        server: Address,
        /// The code, from the panel under Workstations.
        #[arg(long)]
        code: String,
        /// What this workstation is to be called; without it, its host name.
        #[arg(long)]
        name: Option<String>,
        /// A file of certificates (PEM) to trust beside the system's, for a server whose
        /// certificate comes from your own authority. It is read at each start.
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Replace the identity that this workstation has already.
        #[arg(long)]
        replace: bool,
    },
    /// Say how the agent on this machine is: server, security key, readers, cards.
    ///
    /// Exit code 0 if cards work, 1 if something is missing.
    Status {
        /// As JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Look at everything that the agent needs, and say what to do about what is missing.
    ///
    /// Run it as the agent's user, since rights are part of it. Exit code 1 if something is
    /// missing.
    Doctor,
}

/// Not enrolled, or revoked: sysexits.h calls it `EX_CONFIG`. The service does not start again by itself after it.
const NOT_CONFIGURED: u8 = 78;

impl Cli {
    /// Does what the command line says.
    pub fn run(self) -> ExitCode {
        let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
        // The journal has its own times and colours.
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .without_time()
            .init();
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return failed(&error),
        };
        runtime.block_on(async {
            match self.command {
                Command::Run => run(self.folders).await,
                Command::Enrol { server, code, name, ca, replace } => {
                    let wish = Wish { server, code: code.trim().to_owned(), name, ca, replace };
                    enrol(self.folders, wish).await.unwrap_or_else(|error| failed(&error))
                }
                Command::Status { json } => status(self.folders, json).await,
                Command::Doctor => doctor(self.folders).await,
            }
        })
    }
}

fn failed(error: &dyn Display) -> ExitCode {
    say_wrong(error);
    ExitCode::FAILURE
}

#[expect(clippy::print_stderr, reason = "a command line program tells a person what is wrong")]
fn say_wrong(text: &dyn Display) {
    eprintln!("{text}");
}

#[expect(clippy::print_stdout, reason = "a command line program's answer")]
fn say(text: &dyn Display) {
    println!("{text}");
}

#[cfg(target_os = "linux")]
async fn run(folders: Folders) -> ExitCode {
    use crate::run::{End, run};
    let identity = match Identity::load(&folders.state) {
        Ok(identity) => identity,
        Err(error) => {
            say_wrong(&error);
            return ExitCode::from(NOT_CONFIGURED);
        }
    };
    match run(identity, folders.runtime.join(crate::status::SOCKET)).await {
        Ok(End::Stopped) => ExitCode::SUCCESS,
        Ok(End::Revoked(text)) => {
            say_wrong(&text);
            ExitCode::from(NOT_CONFIGURED)
        }
        Err(error) => failed(&format!("{error:#}")),
    }
}

#[cfg(not(target_os = "linux"))]
async fn run(_: Folders) -> ExitCode {
    say_wrong(&"On this system the agent can't show a security key yet; docs/guide/agent.md says what a port needs.");
    ExitCode::from(NOT_CONFIGURED)
}

struct Wish {
    server: Address,
    code: String,
    name: Option<String>,
    ca: Option<PathBuf>,
    replace: bool,
}

async fn enrol(folders: Folders, wish: Wish) -> anyhow::Result<ExitCode> {
    if Identity::is_in(&folders.state) && !wish.replace {
        return Err(IdentityError::Present(folders.state.join(crate::identity::FILE)).into());
    }
    // The service starts elsewhere: a path from here would be another one there.
    let authority = wish.ca.map(std::fs::canonicalize).transpose()?;
    let tls = client_config(authority.as_deref())?;
    let name = match wish.name {
        Some(name) => name,
        None => hostname::get()?.to_string_lossy().into_owned(),
    };
    let key = new_key()?;
    let connection = Connection::open(&wish.server, &tls).await?;
    let (agent, name) = connection.enrol(&key, &wish.code, &name).await?;
    Identity { server: wish.server, agent, name: name.clone(), key, authority }.store(&folders.state)?;
    say(&format!(
        "This workstation is enrolled as {name}. Start the agent: sudo systemctl enable --now keystead-agent\n\
         If it runs already: sudo systemctl restart keystead-agent"
    ));
    Ok(ExitCode::SUCCESS)
}

#[cfg(unix)]
async fn status(folders: Folders, json: bool) -> ExitCode {
    let status = match crate::status::ask(&folders.runtime.join(crate::status::SOCKET)).await {
        Ok(status) => status,
        Err(error) => {
            return failed(&format!(
                "No agent answers on this machine ({error}).\nStart it: sudo systemctl start keystead-agent\n\
                 If it does not stay: sudo -u keystead-agent keystead-agent doctor"
            ));
        }
    };
    match serde_json::to_string_pretty(&status) {
        Ok(text) if json => say(&text),
        _ => say(&status.describe()),
    }
    if status.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(not(unix))]
async fn status(_: Folders, _: bool) -> ExitCode {
    say_wrong(&"On this system the agent does not answer yet; docs/guide/agent.md says what a port needs.");
    ExitCode::FAILURE
}

async fn doctor(folders: Folders) -> ExitCode {
    let findings = crate::doctor::examine(&folders.state).await;
    for finding in &findings {
        match finding {
            Ok(text) => say(&format!("ok      {text}")),
            Err(text) => say(&format!("WRONG   {}", text.replace('\n', "\n        "))),
        }
    }
    if findings.iter().all(Result::is_ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
