//! A tenant of Microsoft Entra ID imported by the server, with its groups, beside a reader that asks for the same
//! pages and does nothing with them. Microsoft is simulated in this process, and lets nobody wait.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use entra_simulator::{Simulator, Size};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    http::Client,
    imports::fresh_database,
    measure::{Report, per_second, thousands},
    server::Server,
    start::mebibytes,
};

/// Requests that Keystead has under way at once.
const AT_ONCE: usize = 4;
/// How often the import is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// The longest an import may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// What an import took, phase by phase.
struct Phases {
    read: Duration,
    planned: Duration,
    applied: Duration,
    /// At most, in KiB.
    memory: u32,
}

/// Measures a tenant of so many people and groups on SQLite, and on PostgreSQL where there is one.
pub async fn measure(
    binary: &Path,
    folder: &Path,
    (people, groups): (u32, u32),
    postgres: Option<&str>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for database in [None, postgres].into_iter().take(1 + usize::from(postgres.is_some())) {
        let name = if database.is_some() { "PostgreSQL" } else { "SQLite" };
        crate::say(&format!("importing {people} people in {groups} groups from Entra ID on {name}"));
        let url = match database {
            Some(server) => Some(fresh_database(server, &format!("entra_{people}")).await?),
            None => None,
        };
        let microsoft = Simulator::start().await;
        let size = Size { users: people as usize, groups: groups as usize, ..Size::default() };
        microsoft.change(|tenant| tenant.generate(Size { members: size.users * 3 / size.groups.max(1), ..size }));
        let mut server = Server::start_on(binary, &folder.join(format!("entra-{name}")), url.as_deref()).await?;
        let mut owner = server.set_up().await?;
        connect(&mut owner, &microsoft).await?;
        for what in ["created", "unchanged"] {
            microsoft.forget_requests();
            let phases = import(&mut owner, &server, what, people).await?;
            let (pages, bare) = read(&microsoft).await?;
            let row = vec![
                format!("{} {what}", thousands(f64::from(people))),
                name.to_owned(),
                pages.to_string(),
                format!("{:.2}", bare.as_secs_f64()),
                format!("{:.2}", phases.read.as_secs_f64()),
                format!("{:.2}", phases.planned.as_secs_f64()),
                format!("{:.2}", phases.applied.as_secs_f64()),
                thousands(per_second(people, phases.read + phases.planned + phases.applied)),
                mebibytes(phases.memory),
            ];
            crate::say(&row.join(" · "));
            rows.push(row);
        }
        server.stop()?;
    }
    report.section(
        "Importing from Entra ID",
        &format!(
            "All users of a simulated tenant and its {groups} groups, everybody in three of them, taken over by the \
             server: first into an empty directory, then once more. The simulator lets nobody wait, and runs on the same \
             machine. Beside it the bare reader: the same requests, page by page, over {AT_ONCE} connections, each answer \
             parsed as JSON and dropped. Reading includes the staging of everybody in the database."
        ),
    );
    report.table(
        &[
            "people",
            "database",
            "pages",
            "bare reader s",
            "read s",
            "planned s",
            "applied s",
            "people a second",
            "peak memory MiB",
        ],
        &rows,
    );
    Ok(())
}

/// Enters the connection and goes to Microsoft's consent and back.
async fn connect(owner: &mut Client, microsoft: &Simulator) -> anyhow::Result<()> {
    let (tenant, client) =
        microsoft.change(|directory| (directory.tenant_id.clone(), directory.application.client_id.clone()));
    let entered = json!({ "tenant": tenant, "clientId": client, "cloud": "custom", "loginUrl": microsoft.url(),
        "graphUrl": microsoft.url(), "secret": "simulated-secret" });
    owner.ask("PUT", "/api/v1/integrations/entra", Some(&entered)).await?.expect(200)?;
    let begun =
        owner.post("/api/v1/integrations/entra/authorize", &json!({ "way": "adminConsent" })).await?.json(200)?;
    let address = begun["url"].as_str().context("where to consent")?;
    let path = address.strip_prefix(microsoft.url()).context("an address of the simulator")?;
    let state = address.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).context("a state")?;
    Client::connect(microsoft.address.port()).await?.get(path).await?.expect(303)?;
    let said = json!({ "state": state, "tenant": tenant, "adminConsent": true });
    let connection = owner.post("/api/v1/integrations/entra/authorize/finish", &said).await?.json(200)?;
    if connection["state"] != "working" {
        bail!("the connection does not work: {connection}");
    }
    Ok(())
}

/// Imports everybody with the groups; of whom so many are to end so.
async fn import(owner: &mut Client, server: &Server, what: &str, people: u32) -> anyhow::Result<Phases> {
    let import = owner.post("/api/v1/imports", &json!({ "source": "entra" })).await?.json(201)?;
    let path = format!("/api/v1/imports/{}", import["id"].as_str().context("its id")?);
    let options = json!({ "entra": { "scope": "allUsers", "groupIds": [], "includeGuests": false,
        "includeDisabled": false, "includeUngrouped": false, "takeGroups": true } });
    owner.ask("PATCH", &path, Some(&options)).await?.expect(200)?;
    owner.post(&format!("{path}/plan"), &json!({})).await?.expect(202)?;
    let begun = Instant::now();
    until(owner, &path, &["planning", "ready"]).await?;
    let read = begun.elapsed();
    let begun = Instant::now();
    until(owner, &path, &["ready"]).await?;
    let planned = begun.elapsed();
    let begun = Instant::now();
    owner.post(&format!("{path}/confirm"), &json!({})).await?.expect(202)?;
    let import = until(owner, &path, &["finished"]).await?;
    let applied = begun.elapsed();
    if import["outcome"][what] != people {
        bail!("not everybody was {what}: {}", import["outcome"]);
    }
    Ok(Phases { read, planned, applied, memory: server.memory()?.1 })
}

/// Waits until the import is in one of these states.
async fn until(owner: &mut Client, path: &str, states: &[&str]) -> anyhow::Result<Value> {
    let begun = Instant::now();
    loop {
        let import = owner.get(path).await?.json(200)?;
        let state = import["state"].as_str().unwrap_or_default();
        if states.contains(&state) {
            return Ok(import);
        }
        if matches!(state, "failed" | "cancelled") || begun.elapsed() > PATIENCE {
            bail!("the import is {state}: {}", import["failure"]);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Asks Graph for everything again that Keystead asked for, in the same order; tells how many pages that was and how
/// long it took.
async fn read(microsoft: &Simulator) -> anyhow::Result<(usize, Duration)> {
    let requests = microsoft.requests("/v1.0/");
    let token = microsoft.token();
    let begun = Instant::now();
    let mut readers = JoinSet::new();
    for reader in 0..AT_ONCE {
        let mine: Vec<String> = requests
            .iter()
            .skip(reader)
            .step_by(AT_ONCE)
            .map(|request| format!("{}?{}", request.path, request.query))
            .collect();
        let client = Client::connect(microsoft.address.port()).await?.with_api_key(&token).with_consistency();
        readers.spawn(pages(client, mine));
    }
    while let Some(done) = readers.join_next().await {
        done??;
    }
    Ok((requests.len(), begun.elapsed()))
}

async fn pages(mut client: Client, paths: Vec<String>) -> anyhow::Result<()> {
    for path in paths {
        client.get(&path).await?.json(200)?;
    }
    Ok(())
}
