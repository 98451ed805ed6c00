//! Adding people through the API, at several connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    measure::{Report, Times, milliseconds, per_second, thousands},
    server::Server,
};

/// How many connections, and how many people are added over them.
const RUNS: [(u32, u32); 3] = [(1, 1000), (8, 5000), (32, 10_000)];

pub async fn measure(
    server: &Server,
    report: &mut Report,
    quick: bool,
    durable: f64,
    commits: f64,
) -> anyhow::Result<()> {
    report.section(
        "Adding people",
        &format!(
            "`POST /api/v1/users` over connections that stay open; each answer means that the person is durably \
             stored. The machine's own limits in the same folder: {} durable writes of 4 KiB a second by one \
             thread, {} durable commits of one short row a second by bare SQLite. Requests that wait at the same \
             time share a commit.",
            thousands(durable),
            thousands(commits)
        ),
    );
    let secret = server.api_key()?;
    let mut rows = Vec::new();
    for with_key in [false, true] {
        for (connections, people) in RUNS {
            let people = if quick { people / 20 } else { people };
            let (rate, mut times) = add(server, &secret, connections, people, with_key).await?;
            rows.push(vec![
                if with_key { "a person with a security key and its link" } else { "a person" }.to_owned(),
                connections.to_string(),
                thousands(rate),
                format!("{:.2}", rate / durable),
                format!("{:.2}", rate / commits),
                milliseconds(times.percentile(50)),
                milliseconds(times.percentile(99)),
            ]);
        }
    }
    report.table(
        &["what", "connections", "people a second", "of durable writes", "of SQLite's commits", "p50 ms", "p99 ms"],
        &rows,
    );
    Ok(())
}

async fn add(
    server: &Server,
    secret: &str,
    connections: u32,
    people: u32,
    with_key: bool,
) -> anyhow::Result<(f64, Times)> {
    let next = Arc::new(AtomicU32::new(0));
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(server.program(secret).await?);
    }
    let begun = Instant::now();
    let mut tasks: JoinSet<anyhow::Result<Times>> = JoinSet::new();
    for mut client in clients {
        let next = next.clone();
        tasks.spawn(async move {
            let mut times = Times::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= people {
                    return Ok(times);
                }
                let name = format!("{number}.{connections}{}", if with_key { "k" } else { "" });
                let body = person(&name, with_key);
                let begun = Instant::now();
                client.post("/api/v1/users", &body).await?.json(201)?;
                times.add(begun.elapsed());
            }
        });
    }
    let mut times = Times::default();
    while let Some(ended) = tasks.join_next().await {
        times.append(ended??);
    }
    Ok((per_second(times.count(), begun.elapsed()), times))
}

/// What the New User wizard sends.
pub fn person(name: &str, with_key: bool) -> Value {
    let mut body = json!({
        "email": format!("jane.{name}@example.com"), "givenName": "Jane", "familyName": "Lindqvist",
        "title": "Engineer", "department": "Research", "preferredLanguage": "en",
    });
    if with_key {
        body["key"] = json!({ "kind": "hardwareKey" });
    }
    body
}
