//! SCIM as a directory speaks it: people added, looked up and listed, members added, with more and
//! more people present, on both databases, beside a public SCIM server in the same run.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use keystead_directory::ids::UserId;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use tokio::task::JoinSet;

use crate::{
    http::Client,
    imports,
    measure::{Report, Times, milliseconds, per_second, thousands},
    people::Chance,
    server::Server,
};

/// How many connections ask at the same time.
const CONNECTIONS: [u32; 3] = [1, 8, 32];
/// Members of the large group.
const LARGE: u32 = 100_000;
/// Members that are put into it by one request.
const AT_ONCE: usize = 1000;
/// Resources on a page.
const PAGE: u32 = 100;
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What is measured, and with what.
pub struct Setup<'a> {
    /// The server, built with optimisations.
    pub binary: &'a Path,
    /// Where the databases are made.
    pub folder: &'a Path,
    /// How many people are present.
    pub sizes: &'a [u32],
    /// A PostgreSQL that waits for the disk.
    pub postgres: Option<&'a str>,
    /// The program `scim2-server`.
    pub peer: Option<&'a Path>,
    /// How long each figure is measured.
    pub long: Duration,
    /// Durable commits a second of bare SQLite: one row each, and thirty-two rows each, in rows.
    pub commits: (f64, f64),
}

/// A request: its method, path and body, and the status that is expected.
type Ask = Arc<dyn Fn(u32) -> (&'static str, String, Option<Value>, u16) + Send + Sync>;

/// Where requests go.
struct Address {
    port: u16,
    secret: String,
    base: &'static str,
}

pub async fn measure(setup: &Setup<'_>, report: &mut Report) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for &people in setup.sizes {
        for postgres in [None, setup.postgres].into_iter().take(1 + usize::from(setup.postgres.is_some())) {
            let name = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
            crate::say(&format!("SCIM with {people} people on {name}"));
            keystead(setup, people, postgres, name, &mut rows).await?;
        }
    }
    if let Some(program) = setup.peer {
        crate::say("SCIM: scim2-server");
        peer(program, setup.long, &mut rows).await?;
    }
    report.section(
        "SCIM",
        &format!(
            "Each row runs for {} s over connections that stay open, with other people each time. People are provisioned \
             with a name, a work address and an external id. `/healthz` is the bare HTTP rate of the same server. The \
             machine's own limits on SQLite: {} durable commits of one short row a second, {} rows a second where \
             thirty-two share a commit. scim2-server keeps everything in memory and waits for no disk; its connections \
             are opened anew for each request, as it closes them. Aims: adding people at 32 connections at least half of \
             the durable commits; look-ups at least a quarter of bare HTTP and at 1,000,000 people at most 1.3 times as \
             slow as at 1,000; the first page of 100 in under 3 ms and a deep startIndex in under 10 ms; a member added \
             to a group of 100,000 at most 1.3 times as slow as to an empty one.",
            setup.long.as_secs_f32(),
            thousands(setup.commits.0),
            thousands(setup.commits.1),
        ),
    );
    report.table(&["server", "people", "what", "connections", "a second", "p50 ms", "p99 ms"], &rows);
    Ok(())
}

async fn keystead(
    setup: &Setup<'_>,
    people: u32,
    postgres: Option<&str>,
    name: &str,
    rows: &mut Vec<Vec<String>>,
) -> anyhow::Result<()> {
    let own = setup.folder.join(format!("scim-{people}-{name}"));
    std::fs::create_dir_all(&own)?;
    let database = match postgres {
        Some(server) => Some(imports::fresh_database(server, &format!("scim_{people}")).await?),
        None => None,
    };
    let file = own.join("people.csv");
    imports::write(&file, people, "")?;
    imports::import(setup.binary, &own, &file, ("created", people), database.as_deref()).await?;
    provision(&own, database.as_deref()).await?;
    let server = Server::start_on(setup.binary, &own, database.as_deref()).await?;
    let secret = server.made_by(&["scim-token", "create", "--name", "bench"])?;
    let at = Address { port: server.port, secret, base: "/api/scim/v2" };

    let mut asks: Vec<(String, Ask)> = vec![
        ("bare HTTP".to_owned(), Arc::new(|_| ("GET", "/healthz".to_owned(), None, 200))),
        ("look up by userName".to_owned(), lookup("userName", "", people)),
        ("look up by externalId".to_owned(), lookup("externalId", "object-", people)),
        ("add a person".to_owned(), add_person()),
    ];
    let ids = Arc::new(ids(&own, database.as_deref(), LARGE + 60_000).await?);
    for (title, members) in [("an empty group", 0), ("a group of 100,000", LARGE)] {
        if members < u32::try_from(ids.len())? {
            let group = group(&at, &ids[..members as usize]).await?;
            let ids = ids.clone();
            let add: Ask = Arc::new(move |number| {
                let member = ids[(members + number) as usize % ids.len()];
                ("PATCH", format!("/Groups/{group}"), Some(patch(&[member])), 204)
            });
            asks.push((format!("add a member to {title}"), add));
        }
    }
    for (title, ask) in asks {
        for connections in CONNECTIONS {
            let base = if title == "bare HTTP" { "" } else { at.base };
            let measured =
                run(&Address { base, secret: at.secret.clone(), ..at }, &ask, connections, setup.long).await?;
            rows.push(row(name, people, &title, connections, measured));
        }
    }
    for (title, from) in [("first page of 100", 1), ("a page of 100 at the end", people.saturating_sub(PAGE).max(1))] {
        let ask: Ask = Arc::new(move |_| ("GET", format!("/Users?startIndex={from}&count={PAGE}"), None, 200));
        let measured = run(&at, &ask, 1, setup.long).await?;
        rows.push(row(name, people, title, 1, measured));
    }
    server.stop()?;
    std::fs::remove_dir_all(own)?;
    Ok(())
}

fn row(server: &str, people: u32, what: &str, connections: u32, (rate, mut times): (f64, Times)) -> Vec<String> {
    let row = vec![
        server.to_owned(),
        thousands(f64::from(people)),
        what.to_owned(),
        connections.to_string(),
        thousands(rate),
        milliseconds(times.percentile(50)),
        milliseconds(times.percentile(99)),
    ];
    crate::say(&row.join(" · "));
    row
}

/// As Entra ID looks for a person.
fn lookup(attribute: &'static str, prefix: &'static str, people: u32) -> Ask {
    Arc::new(move |number| {
        let person = Chance(u64::from(number) + 1).below(people as usize);
        let filter = format!("{attribute}+eq+%22{prefix}person{person}%40example.com%22");
        ("GET", format!("/Users?filter={filter}"), None, 200)
    })
}

/// As Entra ID adds one.
fn add_person() -> Ask {
    Arc::new(|_| {
        let id = UserId::new();
        let body = json!({
            "schemas": [format!("{CORE}:User")], "userName": id, "externalId": id, "active": true,
            "displayName": "Jane Lindqvist", "name": { "givenName": "Jane", "familyName": "Lindqvist" },
            "emails": [{ "type": "work", "primary": true, "value": format!("{id}@example.org") }],
        });
        ("POST", "/Users".to_owned(), Some(body), 201)
    })
}

fn patch(members: &[UserId]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [PATCH], "Operations": [{ "op": "Add", "path": "members", "value": members }] })
}

/// Makes a group with these members.
async fn group(at: &Address, members: &[UserId]) -> anyhow::Result<String> {
    let mut client = connect(at).await?;
    let body = json!({ "schemas": [format!("{CORE}:Group")], "displayName": format!("Of {}", members.len()) });
    let made = client.ask("POST", &format!("{}/Groups", at.base), Some(&body)).await?.json(201)?;
    let id = made["id"].as_str().context("its id")?.to_owned();
    for some in members.chunks(AT_ONCE) {
        client.ask("PATCH", &format!("{}/Groups/{id}", at.base), Some(&patch(some))).await?.expect(204)?;
    }
    Ok(id)
}

async fn connect(at: &Address) -> anyhow::Result<Client> {
    Ok(Client::connect(at.port).await?.with_api_key(&at.secret))
}

/// Asks over so many connections for so long.
async fn run(at: &Address, ask: &Ask, connections: u32, long: Duration) -> anyhow::Result<(f64, Times)> {
    let next = Arc::new(AtomicU32::new(0));
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(connect(at).await?);
    }
    let begun = Instant::now();
    let mut tasks: JoinSet<anyhow::Result<Times>> = JoinSet::new();
    for mut client in clients {
        let (next, ask, base) = (next.clone(), ask.clone(), at.base);
        tasks.spawn(async move {
            let mut times = Times::default();
            while begun.elapsed() < long {
                let (method, path, body, expected) = ask(next.fetch_add(1, Ordering::Relaxed));
                let begun = Instant::now();
                client.ask(method, &format!("{base}{path}"), body.as_ref()).await?.expect(expected)?;
                times.add(begun.elapsed());
            }
            Ok(times)
        });
    }
    let mut times = Times::default();
    while let Some(ended) = tasks.join_next().await {
        times.append(ended??);
    }
    Ok((per_second(times.count(), begun.elapsed()), times))
}

/// Makes the people of a database those that SCIM provisioned, with the documents that it keeps of each.
async fn provision(folder: &Path, postgres: Option<&str>) -> anyhow::Result<()> {
    match postgres {
        None => {
            let mut conn = SqliteConnectOptions::new().filename(folder.join("keystead.db")).connect().await?;
            for statement in [
                "update users set origin = 'scim'",
                "insert into scim_users (user_id, external_id, work_email_key, resource, search) \
                 select id, 'object-' || user_name, email_key, \
                 json_object('schemas', json_array('urn:ietf:params:scim:schemas:core:2.0:User'), 'userName', user_name, \
                 'externalId', 'object-' || user_name, 'active', json('true'), 'displayName', display_name, \
                 'emails', json_array(json_object('type', 'work', 'primary', json('true'), 'value', email))), \
                 json_object('userName', json_array(user_name_key), 'externalId', json_array('object-' || user_name), \
                 'active', json_array(json('true')), 'displayName', json_array(lower(display_name)), \
                 'emails', json_array(json_object('type', 'work', 'primary', json('true'), 'value', email_key))) \
                 from users",
                "pragma wal_checkpoint(truncate)",
            ] {
                sqlx::query(statement).execute(&mut conn).await?;
            }
            conn.close().await?;
        }
        Some(url) => {
            let mut conn = url.parse::<PgConnectOptions>()?.connect().await?;
            for statement in [
                "update users set origin = 'scim'",
                "insert into scim_users (user_id, external_id, work_email_key, resource, search) \
                 select id, 'object-' || user_name, email_key, \
                 json_build_object('schemas', json_build_array('urn:ietf:params:scim:schemas:core:2.0:User'), 'userName', \
                 user_name, 'externalId', 'object-' || user_name, 'active', true, 'displayName', display_name, \
                 'emails', json_build_array(json_build_object('type', 'work', 'primary', true, 'value', email)))::text, \
                 jsonb_build_object('userName', jsonb_build_array(user_name_key), 'externalId', \
                 jsonb_build_array('object-' || user_name), 'active', jsonb_build_array(true), 'displayName', \
                 jsonb_build_array(lower(display_name)), 'emails', \
                 jsonb_build_array(jsonb_build_object('type', 'work', 'primary', true, 'value', email_key))) from users",
                "vacuum analyze",
            ] {
                sqlx::query(statement).execute(&mut conn).await?;
            }
            conn.close().await?;
        }
    }
    Ok(())
}

/// The ids of some people.
async fn ids(folder: &Path, postgres: Option<&str>, most: u32) -> anyhow::Result<Vec<UserId>> {
    let statement = "select id from users order by id limit $1";
    let ids: Vec<(UserId,)> = match postgres {
        None => {
            let mut conn =
                SqliteConnectOptions::new().filename(folder.join("keystead.db")).read_only(true).connect().await?;
            sqlx::query_as(statement).bind(i64::from(most)).fetch_all(&mut conn).await?
        }
        Some(url) => {
            let mut conn = url.parse::<PgConnectOptions>()?.connect().await?;
            sqlx::query_as(statement).bind(i64::from(most)).fetch_all(&mut conn).await?
        }
    };
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// The public server as a process of its own.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn peer(program: &Path, long: Duration, rows: &mut Vec<Vec<String>>) -> anyhow::Result<()> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let child = Command::new(program)
        .args(["--bearer-token", "bench", "--port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{} can't be started", program.display()))?;
    let mut peer = Peer(child);
    let at = Address { port, secret: "bench".to_owned(), base: "" };
    let begun = Instant::now();
    while Client::connect(port).await.is_err() {
        if peer.0.try_wait()?.is_some() || begun.elapsed() > Duration::from_mins(1) {
            bail!("scim2-server did not start");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let present = 1000;
    let mut client = connect(&at).await?;
    for number in 0..present {
        let name = format!("person{number}@example.com");
        let body = json!({
            "schemas": [format!("{CORE}:User")], "userName": name, "externalId": format!("object-{name}"),
            "active": true, "emails": [{ "type": "work", "primary": true, "value": name }],
        });
        client.ask("POST", "/Users", Some(&body)).await?.expect(201)?;
    }
    let page: Ask = Arc::new(|_| ("GET", format!("/Users?startIndex=1&count={PAGE}"), None, 200));
    let asks = [
        ("look up by userName", lookup("userName", "", present)),
        ("look up by externalId", lookup("externalId", "object-", present)),
        ("first page of 100", page),
        ("add a person", add_person()),
    ];
    for (title, ask) in asks {
        for connections in CONNECTIONS {
            let measured = run(&at, &ask, connections, long).await?;
            rows.push(row("scim2-server", present, title, connections, measured));
        }
    }
    Ok(())
}
