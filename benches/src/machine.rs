//! What the machine itself can do, to hold the figures against.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use p256::ecdsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer as _, Verifier as _},
};
use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    measure::{Times, per_second},
    people::Chance,
};

/// Durable writes a second: one 4 KiB block after another appended to a file and synced.
pub fn durable_writes(folder: &Path, long: Duration) -> anyhow::Result<f64> {
    let path = folder.join("durable");
    let mut file = File::create(&path)?;
    let block = [0x5a; 4096];
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < long {
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    let rate = per_second(count, begun.elapsed());
    std::fs::remove_file(path)?;
    Ok(rate)
}

/// Rows that the bare embedded database makes durable in a second, so many to a commit, over one connection.
pub async fn database_commits(folder: &Path, long: Duration, rows: u32) -> anyhow::Result<f64> {
    let mut conn = SqliteConnectOptions::new()
        .filename(folder.join(format!("commits-{rows}.db")))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?;
    sqlx::query("create table rows (id integer primary key, text text not null)").execute(&mut conn).await?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < long {
        let mut tx = conn.begin().await?;
        for _ in 0..rows {
            sqlx::query("insert into rows (text) values ($1)").bind("a row as short as this").execute(&mut *tx).await?;
        }
        tx.commit().await?;
        count += rows;
    }
    let rate = per_second(count, begun.elapsed());
    conn.close().await?;
    Ok(rate)
}

/// How long the bare embedded database takes for so many whole people by their ids, others each time.
pub async fn rows_by_id(path: &Path, rows: u32, times: u32) -> anyhow::Result<Times> {
    let mut conn = SqliteConnectOptions::new().filename(path).read_only(true).connect().await?;
    let (most,): (i64,) = sqlx::query_as("select max(rowid) from users").fetch_one(&mut conn).await?;
    let mut chance = Chance(11);
    let mut taken = Times::default();
    for _ in 0..times {
        let places: Vec<i64> = (0..rows)
            .map(|_| usize::try_from(most).map_or(1, |most| i64::try_from(chance.below(most) + 1).unwrap_or(1)))
            .collect();
        let ids: Vec<(String,)> =
            sqlx::query_as("select hex(u.id) from json_each($1) j join users u on u.rowid = j.value")
                .bind(serde_json::to_string(&places)?)
                .fetch_all(&mut conn)
                .await?;
        let ids: Vec<String> = ids.into_iter().map(|(id,)| id).collect();
        let ids = serde_json::to_string(&ids)?;
        let begun = Instant::now();
        let found = sqlx::query("select u.* from json_each($1) j join users u on u.id = unhex(j.value)")
            .bind(ids)
            .fetch_all(&mut conn)
            .await?;
        taken.add(begun.elapsed());
        std::hint::black_box(found);
    }
    conn.close().await?;
    Ok(taken)
}

/// Signatures that one core verifies, and makes, in a second (P-256, SHA-256; the code that the
/// server verifies with).
pub fn signatures(long: Duration) -> anyhow::Result<(f64, f64)> {
    let key = SigningKey::from_slice(&[0x42; 32]).context("a scalar")?;
    let public = VerifyingKey::from(&key);
    let message = [0x37; 69];
    let signature: Signature = key.sign(&message);
    let (begun, mut verified) = (Instant::now(), 0);
    while begun.elapsed() < long {
        public.verify(std::hint::black_box(&message), &signature).context("a good signature")?;
        verified += 1;
    }
    let verified = per_second(verified, begun.elapsed());
    let (begun, mut signed) = (Instant::now(), 0);
    while begun.elapsed() < long {
        let signature: Signature = key.sign(std::hint::black_box(&message));
        std::hint::black_box(signature);
        signed += 1;
    }
    Ok((verified, per_second(signed, begun.elapsed())))
}

/// The machine in a few words: processor, cores, memory, load.
pub fn description() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let processor = after(&read("/proc/cpuinfo"), "model name");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = after(&read("/proc/meminfo"), "MemTotal");
    let gib = memory.split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024 / 1024;
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("unknown");
    format!("{processor}, {cores} cores, {gib} GiB; load average when it began: {load}")
}
