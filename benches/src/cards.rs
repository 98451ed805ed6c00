//! Cards: from the tap to the signature over the real agent's link, and what connected agents cost at rest.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use keystead::cards::vault::{Vault, new_card_key};
use keystead_agent::link::client_config;
use keystead_agent_protocol::CardState;
use keystead_ctap::store::PinHash;
use keystead_directory::ids::{CardId, new_uuid};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    machine,
    measure::{Report, Times, milliseconds, thousands},
    server::Server,
    start::mebibytes,
    workstations::{Tls, Workstation, enrol},
};

const PIN: &str = "739251";
const RELYING_PARTY: &str = "example.com";
/// How many cards there are, each at a workstation of its own: a card is limited to a hundred commands at once.
const CARDS: usize = 60;
/// How often each signs in.
const TIMES_EACH: usize = 10;
/// How many sign in at the same time.
const AT_ONCE: usize = 8;
/// How many agents are connected for the measurement of memory, those with cards included.
const AGENTS: usize = 5000;
/// How many enrol at the same time.
const ENROLLING: usize = 16;
/// After so long nothing of what was before is still going on; each agent has given a sign of life.
const REST: Duration = Duration::from_secs(30);

/// A workstation with a card that is registered.
struct Desk {
    workstation: Workstation,
    uid: [u8; 4],
}

pub async fn measure(
    binary: &Path,
    folder: &Path,
    report: &mut Report,
    quick: bool,
    durable: f64,
) -> anyhow::Result<()> {
    let long = Duration::from_millis(if quick { 300 } else { 2000 });
    let (cards, agents) = if quick { (AT_ONCE, 200) } else { (CARDS, AGENTS) };
    let (_, signed) = machine::signatures(long)?;
    let mut server = Server::start(binary, &folder.join("cards")).await?;
    server.set_up().await?;
    let secret = server.api_key()?;
    let tls = client_config(None)?;

    tokio::time::sleep(Duration::from_secs(2)).await;
    let (before, _) = server.memory()?;
    let linked = connect(&server, &secret, &tls, agents).await?;
    let at_rest = if quick { REST / 10 } else { REST };
    tokio::time::sleep(at_rest).await;
    let (after, _) = server.memory()?;
    let busy = server.processor_time()?;
    tokio::time::sleep(at_rest).await;
    let busy = server.processor_time()?.saturating_sub(busy);

    let mut linked = linked.into_iter();
    let mut desks = Vec::new();
    let mut program = server.program(&secret).await?;
    for number in 0..u32::try_from(cards)? {
        let workstation = linked.next().context("a workstation for each card")?;
        let mut desk = Desk { workstation, uid: (0x1100_0000 + number).to_be_bytes() };
        hand_out(&server, &mut program, &mut desk, number).await?;
        desks.push(desk);
    }
    let mut rows = vec![row("a P-256 signature alone", "", Some(Duration::from_secs_f64(1.0 / signed)), None)];
    rows.push(row("a durable write of 4 KiB alone", "", Some(Duration::from_secs_f64(1.0 / durable)), None));
    let mut slow = argon2id(long)?;
    rows.push(row("Argon2id over a PIN alone", "", Some(slow.percentile(50)), Some(slow.percentile(99))));
    for at_once in [1, AT_ONCE] {
        let (back, mut pins, mut taps) = sign_in(desks, at_once, if quick { 2 } else { TIMES_EACH }).await?;
        desks = back;
        for (what, times) in [("the PIN, two commands", &mut pins), ("from the tap to the assertion", &mut taps)] {
            rows.push(row(what, &at_once.to_string(), Some(times.percentile(50)), Some(times.percentile(99))));
        }
    }
    report.section(
        "Cards",
        &format!(
            "{agents} agents are connected over links of their own (loopback, no TLS); {cards} of them have a card. Each \
             sign-in is as browsers do it: a tap to choose the key, the PIN, and a second tap that the command already \
             waits for. Measured at the agent's end of the link, so without reader, kernel and browser. A signature is a \
             durable commit: counter, tap, and the record of the use. Aim: under 50 ms from the tap to the assertion."
        ),
    );
    report.table(&["what", "cards at once", "p50 ms", "p99 ms"], &rows);
    let each = f64::from(after.saturating_sub(before)) / f64::from(u32::try_from(agents)?);
    report.table(
        &["agents at rest", "server's memory before MiB", "with them MiB", "KiB each", "processor time a second"],
        &[vec![
            thousands(f64::from(u32::try_from(agents)?)),
            mebibytes(before),
            mebibytes(after),
            format!("{each:.1}"),
            format!("{} ms", milliseconds(busy.div_f64(at_rest.as_secs_f64()))),
        ]],
    );
    drop((desks, linked));
    server.stop()
}

fn row(what: &str, at_once: &str, median: Option<Duration>, slowest: Option<Duration>) -> Vec<String> {
    let told = |time: Option<Duration>| time.map(milliseconds).unwrap_or_default();
    vec![what.to_owned(), at_once.to_owned(), told(median), told(slowest)]
}

/// Workstations that are enrolled and stay connected.
async fn connect(server: &Server, secret: &str, tls: &Tls, agents: usize) -> anyhow::Result<Vec<Workstation>> {
    let mut tasks: JoinSet<anyhow::Result<Vec<Workstation>>> = JoinSet::new();
    for enrolling in 0..ENROLLING {
        let (mut program, origin, tls) = (server.program(secret).await?, server.origin(), tls.clone());
        tasks.spawn(async move {
            let mut linked = Vec::new();
            for number in (enrolling..agents).step_by(ENROLLING) {
                let identity = loop {
                    match enrol(&mut program, &origin, &tls, &format!("Desk {number}")).await {
                        Ok(identity) => break identity,
                        // One address may open a hundred connections a second, in the long run.
                        Err(error) if format!("{error:#}").contains("429") => {
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                        Err(error) => return Err(error),
                    }
                };
                linked.push(Workstation::connect(identity, &tls).await?);
            }
            Ok(linked)
        });
    }
    let mut linked = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        linked.append(&mut ended??);
    }
    Ok(linked)
}

/// A person who activates a card at this workstation, and registers it.
async fn hand_out(
    server: &Server,
    program: &mut crate::http::Client,
    desk: &mut Desk,
    number: u32,
) -> anyhow::Result<()> {
    let person = json!({ "email": format!("card{number}@example.com"), "key": { "kind": "contactlessCard" } });
    let made = program.post("/api/v1/users", &person).await?.json(201)?;
    let link = made["registration"]["link"].as_str().context("a link, because no mail server is configured")?;
    let (_, token) = link.split_once('#').context("a secret in the link")?;
    let mut browser = server.browser().await?;
    let begin = json!({ "token": token, "workstation": desk.workstation.name });
    let reading = browser.post("/api/v1/registrations/card/readings", &begin).await?.json(200)?;
    let state = desk.workstation.tap(&desk.uid).await?;
    ensure!(state == CardState::Registering, "the card is not read for the page: {state:?}");
    let finish = json!({ "token": token, "readingId": reading["id"], "pin": PIN });
    browser.post("/api/v1/registrations/card/finish", &finish).await?.json(200)?;
    desk.workstation.register(&desk.uid, PIN, RELYING_PARTY).await
}

/// Every card signs in so often, so many at once.
async fn sign_in(desks: Vec<Desk>, at_once: usize, times_each: usize) -> anyhow::Result<(Vec<Desk>, Times, Times)> {
    let mut shares: Vec<Vec<Desk>> = (0..at_once).map(|_| Vec::new()).collect();
    for (number, desk) in desks.into_iter().enumerate() {
        shares[number % at_once].push(desk);
    }
    let mut tasks: JoinSet<anyhow::Result<(Vec<Desk>, Times, Times)>> = JoinSet::new();
    for mut share in shares {
        tasks.spawn(async move {
            let (mut pins, mut taps) = (Times::default(), Times::default());
            for _ in 0..times_each {
                for desk in &mut share {
                    let (pin, tap) = desk.workstation.sign_in(&desk.uid, PIN, RELYING_PARTY).await?;
                    pins.add(pin);
                    taps.add(tap);
                }
            }
            Ok((share, pins, taps))
        });
    }
    let (mut desks, mut pins, mut taps) = (Vec::new(), Times::default(), Times::default());
    while let Some(ended) = tasks.join_next().await {
        let (mut share, more_pins, more_taps) = ended??;
        desks.append(&mut share);
        pins.append(more_pins);
        taps.append(more_taps);
    }
    Ok((desks, pins, taps))
}

/// What the server does for each PIN, alone: the slow hash, and a card's key wrapped under it.
fn argon2id(long: Duration) -> anyhow::Result<Times> {
    let vault = Vault::new(&[0x42; 32])?;
    let (card, key, pin) = (CardId(new_uuid()), new_card_key(), PinHash::of(PIN));
    let (begun, mut times) = (Instant::now(), Times::default());
    while begun.elapsed() < long {
        let one = Instant::now();
        vault.wrap(card, &key, Some(&pin), false).context("the slow hash")?;
        times.add(one.elapsed());
    }
    Ok(times)
}
