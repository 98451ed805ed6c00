//! Registering security keys and signing in with them, each by its two real requests.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use keystead::fido::software_authenticator::SoftwareAuthenticator;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    create::person,
    http::Client,
    machine,
    measure::{Report, Times, milliseconds, per_second, thousands},
    server::Server,
};

/// How many people sign in. An account is limited to ten sign-ins at once, so they are many.
const ACCOUNTS: u32 = 400;
/// How many connections, and how often each account signs in over them.
const RUNS: [(u32, u32); 3] = [(1, 1), (8, 3), (32, 6)];
/// How many connections register keys.
const REGISTERING: usize = 8;

pub async fn measure(server: &Server, report: &mut Report, quick: bool, durable: f64) -> anyhow::Result<()> {
    let long = Duration::from_millis(if quick { 300 } else { 2000 });
    let (verified, signed) = machine::signatures(long)?;
    report.section(
        "Signing in",
        &format!(
            "A sign-in is two requests (options, finish), one P-256 verification and one durable commit: session, \
             counter, time of use, activity. {} people take part, each with a security key that was registered \
             through its link. The machine's own limits: {} verifications a second on one core, {} durable writes \
             of 4 KiB a second. The signing at the other end runs on the same cores ({} a second on one); with real \
             people it does not.",
            if quick { ACCOUNTS / 8 } else { ACCOUNTS },
            thousands(verified),
            thousands(durable),
            thousands(signed)
        ),
    );
    let accounts = if quick { ACCOUNTS / 8 } else { ACCOUNTS };
    let secret = server.api_key()?;
    let begun = Instant::now();
    let mut people = register(server, &secret, accounts).await?;
    let mut rows = vec![vec![
        "registrations, with adding the person".to_owned(),
        REGISTERING.to_string(),
        thousands(per_second(accounts, begun.elapsed())),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
    ]];
    for (connections, times_each) in RUNS {
        let begun = Instant::now();
        let (back, mut times) = sign_in(server, people, connections as usize, times_each).await?;
        let rate = per_second(times.count(), begun.elapsed());
        people = back;
        rows.push(vec![
            "sign-ins".to_owned(),
            connections.to_string(),
            thousands(rate),
            format!("{:.2}", rate / verified),
            format!("{:.2}", rate / durable),
            milliseconds(times.percentile(50)),
            milliseconds(times.percentile(99)),
        ]);
    }
    report.table(
        &["what", "connections", "a second", "of one core's verifications", "of durable writes", "p50 ms", "p99 ms"],
        &rows,
    );
    Ok(())
}

/// Splits evenly, leaving nobody out.
fn shares<T>(mut all: Vec<T>, parts: usize) -> Vec<Vec<T>> {
    let each = all.len().div_ceil(parts).max(1);
    let mut shares = Vec::new();
    while !all.is_empty() {
        let rest = all.split_off(each.min(all.len()));
        shares.push(std::mem::replace(&mut all, rest));
    }
    shares
}

async fn register(server: &Server, secret: &str, accounts: u32) -> anyhow::Result<Vec<SoftwareAuthenticator>> {
    let mut tasks: JoinSet<anyhow::Result<Vec<SoftwareAuthenticator>>> = JoinSet::new();
    for share in shares((0..accounts).collect(), REGISTERING) {
        let (mut program, mut browser) = (server.program(secret).await?, server.browser().await?);
        let origin = server.origin();
        tasks.spawn(async move {
            let mut people = Vec::new();
            for number in share {
                people.push(register_one(&mut program, &mut browser, &origin, number).await?);
            }
            Ok(people)
        });
    }
    let mut people = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        people.append(&mut ended??);
    }
    Ok(people)
}

async fn register_one(
    program: &mut Client,
    browser: &mut Client,
    origin: &str,
    number: u32,
) -> anyhow::Result<SoftwareAuthenticator> {
    let made = program.post("/api/v1/users", &person(&format!("{number}.signin"), true)).await?.json(201)?;
    let link = made["registration"]["link"].as_str().context("a link, because no mail server is configured")?;
    let (_, token) = link.split_once('#').context("a secret in the link")?;
    browser.forget_cookies();
    let question = browser.post("/api/v1/registrations/options", &json!({ "token": token })).await?.json(200)?;
    let mut authenticator = SoftwareAuthenticator::new(&format!("key {number}"));
    let credential = authenticator.create(&question["publicKey"], origin);
    let answer = json!({ "token": token, "ceremonyId": question["ceremonyId"], "credential": credential });
    browser.post("/api/v1/registrations/finish", &answer).await?.json(200)?;
    Ok(authenticator)
}

async fn sign_in(
    server: &Server,
    people: Vec<SoftwareAuthenticator>,
    connections: usize,
    times_each: u32,
) -> anyhow::Result<(Vec<SoftwareAuthenticator>, Times)> {
    let mut tasks: JoinSet<anyhow::Result<(Vec<SoftwareAuthenticator>, Times)>> = JoinSet::new();
    for mut share in shares(people, connections) {
        let mut browser = server.browser().await?;
        let origin = server.origin();
        tasks.spawn(async move {
            let mut times = Times::default();
            for _ in 0..times_each {
                for person in &mut share {
                    browser.forget_cookies();
                    let begun = Instant::now();
                    let question = browser.post("/api/v1/signin/options", &json!({})).await?.json(200)?;
                    let credential = person.get(&question["publicKey"], &origin).context("a credential that fits")?;
                    let answer = json!({ "ceremonyId": question["ceremonyId"], "credential": credential });
                    browser.post("/api/v1/signin/finish", &answer).await?.json(200)?;
                    times.add(begun.elapsed());
                }
            }
            Ok((share, times))
        });
    }
    let (mut people, mut times) = (Vec::new(), Times::default());
    while let Some(ended) = tasks.join_next().await {
        let (mut share, taken) = ended??;
        people.append(&mut share);
        times.append(taken);
    }
    Ok((people, times))
}
