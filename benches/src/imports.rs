//! A CSV file read, planned and applied by the command, with its processor time and peak memory,
//! beside the bare reading of the same file and the bare database taking as many rows.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    measure::{Report, milliseconds, per_second, thousands},
    people::{Chance, DEPARTMENTS, TITLES, name},
    server::command,
    start::mebibytes,
};

/// Rows of one transaction of the bare database, about as many as an import takes.
const BATCH: u32 = 1000;
/// Up to so many rows the file is imported again, as it is and with everybody's title changed.
const AGAIN: u32 = 100_000;
/// How often the import is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Measures each size on SQLite, and on PostgreSQL where `TEST_POSTGRES_URL` names a server.
pub async fn measure(
    binary: &Path,
    folder: &Path,
    sizes: &[u32],
    postgres: Option<&str>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for &people in sizes {
        let file = folder.join(format!("people-{people}.csv"));
        write(&file, people, "")?;
        let changed = folder.join(format!("people-{people}-changed.csv"));
        write(&changed, people, "Senior ")?;
        let read = read(&file, people)?;
        let inserted = insert(folder, people).await?;
        for database in [None, postgres].into_iter().take(1 + usize::from(postgres.is_some())) {
            crate::say(&format!("importing {people} rows"));
            let own =
                folder.join(format!("import-{people}-{}", if database.is_some() { "postgres" } else { "sqlite" }));
            std::fs::create_dir_all(&own)?;
            let url = match database {
                Some(server) => Some(fresh_database(server, &people.to_string()).await?),
                None => None,
            };
            let runs = [("created", &file), ("unchanged", &file), ("updated", &changed)];
            for (what, file) in runs.into_iter().take(if people <= AGAIN { 3 } else { 1 }) {
                let run = import(binary, &own, file, (what, people), url.as_deref()).await?;
                let row = vec![
                    format!("{} {what}", thousands(f64::from(people))),
                    if database.is_some() { "PostgreSQL" } else { "SQLite" }.to_owned(),
                    format!("{:.1}", run.taken.as_secs_f64()),
                    thousands(per_second(people, run.taken)),
                    format!("{:.1}", run.processor.as_secs_f64()),
                    run.first_progress.map_or_else(|| "–".to_owned(), milliseconds),
                    mebibytes(run.memory),
                    thousands(per_second(people, read)),
                    thousands(per_second(people, inserted)),
                ];
                crate::say(&row.join(" · "));
                rows.push(row);
            }
        }
        std::fs::remove_file(file)?;
        std::fs::remove_file(changed)?;
    }
    report.section(
        "Importing a CSV file",
        "`keystead import csv FILE --yes` into an empty directory: start of the process, reading, staging, planning and \
         applying, each person with their search words and activity record. Beside it the bare `csv` reader over the same \
         file, and the bare SQLite taking the same cells into one table with one unique index, 1,000 rows a transaction. \
         Processor seconds are those of the command alone. First progress: from the confirmation to the first step that is \
         told of (on SQLite, looked at every 20 ms). \
         Aims: 100,000 rows in under 10 s, 1,000,000 in under 2 minutes, peak memory under 300 MB.",
    );
    report.table(
        &[
            "rows",
            "database",
            "seconds",
            "rows a second",
            "processor seconds",
            "first progress ms",
            "peak memory MiB",
            "bare CSV rows a second",
            "bare inserts a second",
        ],
        &rows,
    );
    Ok(())
}

/// The cells of each person.
fn cells(people: u32) -> impl Iterator<Item = [String; 7]> {
    let mut chance = Chance(7);
    (0..people).map(move |number| {
        let (given, family) = name(&mut chance);
        let address = format!("person{number}@example.com");
        let department = DEPARTMENTS[chance.early(DEPARTMENTS.len())].to_owned();
        let title = TITLES[chance.below(TITLES.len())].to_owned();
        [address.clone(), address, format!("{given} {family}"), given, family, department, title]
    })
}

pub fn write(path: &Path, people: u32, before_title: &str) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "userName,email,displayName,givenName,familyName,department,title")?;
    for mut person in cells(people) {
        person[6].insert_str(0, before_title);
        writeln!(file, "{}", person.join(","))?;
    }
    Ok(file.flush()?)
}

/// How long the bare reader takes for the file.
fn read(path: &Path, people: u32) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut reader = csv::Reader::from_path(path)?;
    let (mut record, mut count) = (csv::StringRecord::new(), 0);
    while reader.read_record(&mut record)? {
        count += 1;
    }
    if count != people {
        bail!("{count} rows of {people} were read");
    }
    Ok(begun.elapsed())
}

/// How long the bare embedded database takes for the same cells.
async fn insert(folder: &Path, people: u32) -> anyhow::Result<Duration> {
    let path = folder.join("bare-import.db");
    let mut conn = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?;
    sqlx::query("create table people (a text unique, b text, c text, d text, e text, f text, g text) strict")
        .execute(&mut conn)
        .await?;
    let begun = Instant::now();
    let mut all = cells(people);
    loop {
        let batch: Vec<[String; 7]> = all.by_ref().take(BATCH as usize).collect();
        if batch.is_empty() {
            break;
        }
        sqlx::query(
            "insert into people select value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6 \
             from json_each($1)",
        )
        .bind(serde_json::to_string(&batch)?)
        .execute(&mut conn)
        .await?;
    }
    let taken = begun.elapsed();
    conn.close().await?;
    std::fs::remove_file(path)?;
    Ok(taken)
}

/// A database of its own on that server.
pub async fn fresh_database(server: &str, name: &str) -> anyhow::Result<String> {
    let name = format!("keystead_bench_{}_{name}", std::process::id());
    let mut conn = server.parse::<PgConnectOptions>()?.connect().await?;
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut conn).await?;
    conn.close().await?;
    let (address, _) = server.rsplit_once('/').context("a database in TEST_POSTGRES_URL")?;
    Ok(format!("{address}/{name}"))
}

/// What an import took.
pub struct Run {
    taken: Duration,
    processor: Duration,
    first_progress: Option<Duration>,
    /// At most, in KiB.
    memory: u32,
}

/// Runs the command over the file, of which so many rows are to end so.
pub async fn import(
    binary: &Path,
    folder: &Path,
    file: &Path,
    (what, people): (&str, u32),
    database: Option<&str>,
) -> anyhow::Result<Run> {
    let begun = Instant::now();
    let mut command = command(binary, folder, database);
    command.env("KEYSTEAD_IMPORT_MAX_ROWS", people.to_string()).env("KEYSTEAD_IMPORT_MAX_BYTES", "1073741824");
    let mut child = command
        .args(["import", "csv", "--yes", "--json"])
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(File::create(folder.join("import.log"))?)
        .spawn()?;
    let of = format!("/proc/{}", child.id());
    let (mut memory, mut processor, mut first_progress) = (0, Duration::ZERO, None);
    let ended = loop {
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        let now = std::fs::read_to_string(format!("{of}/status")).unwrap_or_default();
        let most = now.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        memory = most.unwrap_or(0).max(memory);
        processor = processor_time(&of).unwrap_or(processor);
        if database.is_none() && first_progress.is_none() {
            // Before its tables are there, it can't be asked.
            first_progress = told(&folder.join("keystead.db")).await.unwrap_or(None);
        }
        tokio::time::sleep(LOOK).await;
    };
    let taken = begun.elapsed();
    let output = std::io::read_to_string(child.stdout.take().context("its output")?)?;
    if !ended.success() {
        bail!("the import ended with {ended}: {}", std::fs::read_to_string(folder.join("import.log"))?);
    }
    let summary: serde_json::Value = serde_json::from_str(&output)?;
    if summary[what] != people {
        bail!("not everybody was {what}: {summary}");
    }
    Ok(Run { taken, processor, first_progress, memory })
}

/// The processor time of a process so far, in and for it; the kernel counts in hundredths of a second.
fn processor_time(of: &str) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("{of}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// From the confirmation to now, once the import that is being applied tells of progress.
async fn told(path: &Path) -> anyhow::Result<Option<Duration>> {
    let mut conn = SqliteConnectOptions::new().filename(path).read_only(true).connect().await?;
    let confirmed: Option<(i64,)> =
        sqlx::query_as("select confirmed_at from imports where state = 'applying' and done > 0")
            .fetch_optional(&mut conn)
            .await?;
    conn.close().await?;
    let now = keystead_directory::Timestamp::now().0;
    Ok(confirmed.map(|(at,)| Duration::from_millis(u64::try_from(now - at).unwrap_or(0))))
}
