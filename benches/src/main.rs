//! Measures Keystead beside the machine's own limits: the real server, with optimisations, over
//! real connections. `benches/run` builds and starts it.

mod cards;
mod create;
mod entra;
mod http;
mod imports;
mod lists;
mod load;
mod machine;
mod measure;
mod people;
mod scim;
mod server;
mod signin;
mod start;
mod workstations;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use keystead_directory::Timestamp;

use crate::{
    measure::{Report, thousands},
    server::Server,
};

/// Measures Keystead beside the machine's own limits and writes the tables as Markdown.
#[derive(Parser)]
struct Options {
    /// The server, built with optimisations.
    #[arg(long)]
    server: PathBuf,
    /// Where the tables go, beside standard output.
    #[arg(long)]
    output: Option<PathBuf>,
    /// How many people the lists are measured with; several with commas, the smallest first.
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 100_000, 1_000_000])]
    people: Vec<u32>,
    /// What is measured; several with commas, all when left out.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// A twentieth of the work, to see that everything runs; the figures mean little.
    #[arg(long)]
    quick: bool,
    /// The program `scim2-server`, to be measured beside Keystead.
    #[arg(long)]
    scim_peer: Option<PathBuf>,
    /// Where the databases are made; a folder beside this program, so that it is on the same disk.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(parent: &Path) -> anyhow::Result<Self> {
        let folder = parent.join(format!("keystead-bench-{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How long each part took.
struct Parts {
    begun: Instant,
    told: Vec<String>,
}

impl Parts {
    fn done(&mut self, what: &str) {
        self.told.push(format!("{what} {} s", self.begun.elapsed().as_secs()));
        self.begun = Instant::now();
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Create,
    Signin,
    Start,
    Lists,
    Imports,
    Entra,
    Scim,
    Cards,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut options = Options::parse();
    if options.quick && options.people == [1000, 100_000, 1_000_000] {
        options.people = vec![1000, 10_000];
    }
    let binary = options.server.canonicalize().context("--server can't be found: build it first")?;
    let parent = match &options.folder {
        Some(folder) => folder.clone(),
        None => binary.parent().context("a folder beside the server")?.to_owned(),
    };
    let folder = Folder::new(&parent)?;
    let wanted = |part| options.only.is_empty() || options.only.contains(&part);

    let mut report = Report::default();
    let mut parts = Parts { begun: Instant::now(), told: Vec::new() };
    let long = Duration::from_millis(if options.quick { 300 } else { 3000 });
    head(&mut report, &options);
    let durable = machine::durable_writes(&folder.0, long)?;
    let commits = machine::database_commits(&folder.0, long, 1).await?;
    say(&format!("{} durable writes, {} SQLite commits a second", thousands(durable), thousands(commits)));

    if wanted(Part::Create) || wanted(Part::Signin) {
        let mut server = Server::start(&binary, &folder.0.join("api")).await?;
        server.set_up().await?;
        if wanted(Part::Create) {
            say("adding people");
            create::measure(&server, &mut report, options.quick, durable, commits).await?;
            parts.done("adding people");
        }
        if wanted(Part::Signin) {
            say("signing in");
            signin::measure(&server, &mut report, options.quick, durable).await?;
            parts.done("signing in");
        }
        server.stop()?;
    }
    let mut starts = Vec::new();
    if wanted(Part::Start) {
        say("starting");
        starts.push(start::measure(&binary, &folder.0, true, "none yet", options.quick).await?);
        let own = folder.0.join("start-0");
        starts.push(start::measure(&binary, &own, false, "empty", options.quick).await?);
        parts.done("starting");
    }
    if wanted(Part::Lists) {
        let more = lists::measure(&binary, &folder.0, &options.people, &mut report, options.quick).await?;
        starts.extend(more);
        parts.done("lists, with loading");
    }
    let postgres = std::env::var("TEST_POSTGRES_URL").ok();
    if wanted(Part::Imports) {
        let sizes: &[u32] = if options.quick { &[5000] } else { &[100_000, 1_000_000] };
        imports::measure(&binary, &folder.0, sizes, postgres.as_deref(), &mut report).await?;
        parts.done("imports");
    }
    if wanted(Part::Entra) {
        let size = if options.quick { (2000, 20) } else { (100_000, 300) };
        entra::measure(&binary, &folder.0, size, postgres.as_deref(), &mut report).await?;
        parts.done("Entra ID");
    }
    if wanted(Part::Scim) {
        let grouped = machine::database_commits(&folder.0, long, 32).await?;
        let setup = scim::Setup {
            binary: &binary,
            folder: &folder.0,
            sizes: &options.people,
            postgres: postgres.as_deref(),
            peer: options.scim_peer.as_deref(),
            long,
            commits: (commits, grouped),
        };
        scim::measure(&setup, &mut report).await?;
        parts.done("SCIM, with loading");
    }
    if wanted(Part::Cards) {
        say("cards");
        cards::measure(&binary, &folder.0, &mut report, options.quick, durable).await?;
        parts.done("cards");
    }
    if !starts.is_empty() {
        report.section(
            "Starting",
            "From the start of the process to its first answer (`/healthz`), and its memory two seconds later. Aims: \
             under 50 ms, under 30 MiB. With no database yet the start makes one: schema, secret key, set-up link.",
        );
        report.table(&start::HEAD, &starts);
    }
    report.section("How long this took", &parts.told.join(", "));
    say("");
    say(report.markdown());
    if let Some(output) = &options.output {
        std::fs::write(output, report.markdown())?;
    }
    Ok(())
}

fn head(report: &mut Report, options: &Options) {
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| "not told".to_owned());
    report.title(
        "Benchmarks",
        &format!(
            "Made by `make bench` at {}. Keystead {} ({}), {}, SQLite.\n\nMachine: {}.{}\n\nTo repeat it: `make bench` \
             on a machine that does nothing else; `benches/run --help` tells about smaller runs.",
            Timestamp::now(),
            env!("CARGO_PKG_VERSION"),
            told("BENCH_COMMIT"),
            told("BENCH_RUSTC"),
            machine::description(),
            if cfg!(debug_assertions) {
                "\n\n**Made without optimisations: the figures mean little.**"
            } else if options.quick {
                "\n\n**This was a quick run: its figures mean little.**"
            } else {
                ""
            }
        ),
    );
}

/// Tells how far it is. That nobody listens any more is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
