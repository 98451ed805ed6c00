//! `keystead import csv`: the same import as in the panel, from a terminal or a script.

mod follow;
mod told;

use std::{
    io::{self, BufRead as _, IsTerminal as _, Read, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use keystead_directory::{
    Error, Timestamp,
    actor::Actor,
    groups::{self, GroupFilter, GroupType},
    ids::ImportId,
    imports::{self, Delimiter, Encoding, Import, ImportState, Mode, NewImport, Options, Source},
    names,
    page::PageRequest,
};
use tokio::sync::watch;

use super::commands::explain;
use crate::{
    api::imports::act::finds_people,
    app::App,
    config::Config,
    import::file::{Chosen, FileError, Upload},
};
use follow::follow;

/// How often a plan that was overtaken by other changes is made again.
const PLANS: usize = 5;

/// Exit status: nothing was done, because nobody confirmed the plan.
const UNCONFIRMED: u8 = 4;

/// What `keystead import csv` is told.
#[derive(Args)]
#[command(after_help = "\
Exit status: 0 everything went through · 1 the import failed or was cancelled · 2 wrong usage ·
3 some rows did not go through · 4 the plan was not confirmed (no terminal and no --yes), or needs
an approval (--approve)

--json prints {\"created\":…,\"updated\":…,\"unchanged\":…,\"skipped\":…,\"failed\":…,\"rows\":…}; people who
are disabled count as updated, rejected rows and conflicts as failed.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct CsvImport {
    /// The file; - reads standard input.
    file: PathBuf,
    /// A group that everyone in the file joins, by name; made if there is none. May be repeated.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Whom to import: new people, people who are here already, or both.
    #[arg(long, value_enum, default_value_t = ModeArg::Both)]
    mode: ModeArg,
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Apply the plan without asking.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Also apply a plan that must be approved: one that disables many people.
    #[arg(long, requires = "yes")]
    approve: bool,
    /// Print a summary as JSON, and nothing else, to standard output.
    #[arg(long)]
    json: bool,
    /// How the file is encoded, when it is not recognised.
    #[arg(long, value_enum)]
    encoding: Option<EncodingArg>,
    /// What stands between two cells, when it is not recognised.
    #[arg(long, value_enum)]
    delimiter: Option<DelimiterArg>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ModeArg {
    New,
    Update,
    Both,
}

#[derive(Clone, Copy, ValueEnum)]
enum EncodingArg {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "utf-16le")]
    Utf16Le,
    #[value(name = "utf-16be")]
    Utf16Be,
    #[value(name = "windows-1252")]
    Windows1252,
}

#[derive(Clone, Copy, ValueEnum)]
enum DelimiterArg {
    #[value(name = "comma", alias = ",")]
    Comma,
    #[value(name = "semicolon", alias = ";")]
    Semicolon,
    #[value(name = "tab", alias = "\t")]
    Tab,
    #[value(name = "pipe", alias = "|")]
    Pipe,
}

impl CsvImport {
    fn mode(&self) -> Mode {
        match self.mode {
            ModeArg::New => Mode::New,
            ModeArg::Update => Mode::Update,
            ModeArg::Both => Mode::Both,
        }
    }

    fn chosen(&self) -> Chosen {
        Chosen {
            encoding: self.encoding.map(|encoding| match encoding {
                EncodingArg::Utf8 => Encoding::Utf8,
                EncodingArg::Utf16Le => Encoding::Utf16Le,
                EncodingArg::Utf16Be => Encoding::Utf16Be,
                EncodingArg::Windows1252 => Encoding::Windows1252,
            }),
            delimiter: self.delimiter.map(|delimiter| match delimiter {
                DelimiterArg::Comma => Delimiter::Comma,
                DelimiterArg::Semicolon => Delimiter::Semicolon,
                DelimiterArg::Tab => Delimiter::Tab,
                DelimiterArg::Pipe => Delimiter::Pipe,
            }),
        }
    }

    /// Runs the import to its end.
    pub async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        // Opened first: a file that can't be read leaves no trace.
        let file = open(&self.file)?;
        let app = App::open(config, false).await?;
        let id = self.begin(&app, file).await?;
        let (stop, stopped) = watch::channel(false);
        let result = tokio::select! {
            result = self.go(&app, id, &stopped) => result,
            _ = tokio::signal::ctrl_c() => {
                stop.send_replace(true);
                cancel(&app, id).await?;
                let import = imports::get(&mut app.db.read().await?, id).await?;
                self.summary(&import)?;
                Err(anyhow::anyhow!("cancelled; what was applied stays"))
            }
        };
        app.db.close().await;
        result
    }

    /// Stores the file and says how it is read.
    async fn begin(&self, app: &App, mut file: Box<dyn Read>) -> anyhow::Result<ImportId> {
        let actor = Actor::cli();
        let name = self.file.file_name().map_or_else(|| "standard input".into(), |name| name.to_string_lossy());
        let mut tx = app.db.write(Timestamp::now()).await?;
        let (group_ids, new_groups) = self.find_groups(&mut tx).await?;
        let options = Options { mode: self.mode(), group_ids, new_groups, ..Options::default() };
        let new = NewImport { source: Source::Csv, name: name.into_owned(), options, schedule_id: None };
        let id = imports::create(&mut tx, &actor, new).await.map_err(explain)?.id;
        tx.commit().await?;
        let stored = async {
            let mut upload = Upload::begin(&app.db, id, app.config.import_max_bytes).await.map_err(refused)?;
            let mut piece = vec![0; 64 * 1024];
            loop {
                match file.read(&mut piece)? {
                    0 => break,
                    length => upload.write(&piece[..length]).await.map_err(refused)?,
                }
            }
            let import = upload.finish(&actor, None, self.chosen()).await.map_err(refused)?;
            let csv = import.options.csv.as_ref().context("the file was not kept")?;
            finds_people(csv).map_err(|_| {
                anyhow::anyhow!("no column holds e-mail addresses: name it \"email\" in the first line of the file")
            })?;
            let mut tx = app.db.write(Timestamp::now()).await?;
            imports::ask_for_plan(&mut tx, &actor, id, None).await.map_err(explain)?;
            tx.commit().await?;
            anyhow::Ok(())
        };
        if let Err(error) = stored.await {
            let mut tx = app.db.write(Timestamp::now()).await?;
            imports::delete(&mut tx, id, None).await?;
            tx.commit().await?;
            return Err(error);
        }
        Ok(id)
    }

    /// The groups that were named: those that are here, and those that are to be made.
    async fn find_groups(
        &self,
        tx: &mut keystead_directory::Tx,
    ) -> anyhow::Result<(Vec<keystead_directory::ids::GroupId>, Vec<String>)> {
        let (mut here, mut new) = (Vec::new(), Vec::new());
        for name in &self.groups {
            let filter = GroupFilter { q: Some(name.clone()), r#type: Some(GroupType::Local) };
            let mut page = PageRequest::new(Some(200), None, None)?;
            loop {
                let found = groups::list(tx, &filter, &page).await?;
                if let Some(group) = found.items.iter().find(|group| names::key(&group.name) == names::key(name.trim()))
                {
                    here.push(group.id);
                    break;
                }
                page.cursor = found.next_cursor;
                if page.cursor.is_none() {
                    new.push(name.clone());
                    break;
                }
            }
        }
        Ok((here, new))
    }

    async fn go(&self, app: &App, id: ImportId, stopped: &watch::Receiver<bool>) -> anyhow::Result<ExitCode> {
        for _ in 0..PLANS {
            let import = follow(app, id, stopped).await?;
            if import.state != ImportState::Ready {
                return self.finish(app, import).await;
            }
            self.show(&import)?;
            if self.dry_run {
                cancel(app, id).await?;
                return self.finish(app, import).await;
            }
            match self.agreed(&import)? {
                Agreed::Yes => {}
                Agreed::No => {
                    cancel(app, id).await?;
                    eprintln!("Nothing was changed.");
                    return Ok(ExitCode::from(UNCONFIRMED));
                }
                Agreed::Nobody(why) => {
                    eprintln!("{why} Or confirm it in the panel: {}/imports/{id}", app.config.public_url.origin());
                    self.summary(&import)?;
                    return Ok(ExitCode::from(UNCONFIRMED));
                }
            }
            let mut tx = app.db.write(Timestamp::now()).await?;
            let confirmed = imports::confirm(&mut tx, &Actor::cli(), id, true, Some(import.version)).await;
            match confirmed {
                // Somebody confirmed or cancelled it in the panel: see what became of it.
                Err(Error::Stale) => {}
                confirmed => {
                    if confirmed.map_err(explain)?.replanned.is_some() {
                        eprintln!("People of this plan were changed meanwhile: it is made again.");
                    }
                    tx.commit().await?;
                }
            }
        }
        bail!("other changes overtook the plan again and again: try again when fewer are made")
    }

    /// Whether the plan may be applied.
    fn agreed(&self, import: &Import) -> anyhow::Result<Agreed> {
        if self.yes && (import.approval.is_empty() || self.approve) {
            return Ok(Agreed::Yes);
        }
        if self.yes {
            return Ok(Agreed::Nobody("This plan must be approved: look at it, then add --approve."));
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) || self.file == Path::new("-") {
            return Ok(Agreed::Nobody("Nobody can be asked here: add --yes to apply the plan."));
        }
        eprint!("Apply this plan? [y/N] ");
        io::stderr().flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
        Ok(if yes { Agreed::Yes } else { Agreed::No })
    }
}

enum Agreed {
    Yes,
    No,
    /// Nobody can be asked; what to do instead.
    Nobody(&'static str),
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = std::fs::File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
    if file.metadata()?.is_dir() {
        bail!("{} is a folder: name a CSV file", path.display());
    }
    Ok(Box::new(file))
}

fn refused(error: FileError) -> anyhow::Error {
    match error {
        FileError::TooLarge(most) => {
            anyhow::anyhow!("the file has more than {most} bytes: split it, or raise KEYSTEAD_IMPORT_MAX_BYTES")
        }
        FileError::Unreadable(error) => error.into(),
        FileError::Domain(error) => explain(error),
    }
}

async fn cancel(app: &App, id: ImportId) -> anyhow::Result<()> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    match imports::cancel(&mut tx, &Actor::cli(), id, None).await {
        // It is over already.
        Err(Error::IllegalState(_)) => Ok(()),
        cancelled => {
            cancelled?;
            Ok(tx.commit().await?)
        }
    }
}
