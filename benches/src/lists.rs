//! Lists, filters, searches and deep pages, at several sizes of the directory.

use std::{path::Path, time::Instant};

use anyhow::Context as _;
use keystead_directory::{
    names,
    page::{At, Cursor},
};
use sqlx::types::Uuid;

use crate::{
    http::Client,
    load, machine,
    measure::{Report, Times, milliseconds, per_second, thousands},
    people::{COMMON, Chance, FAMILY, TWO_WORDS},
    server::Server,
    start::{self, mebibytes},
};

/// Requests per row.
const REQUESTS: u32 = 300;
/// People on a page.
const PAGE: u32 = 50;
/// Requests before the measured ones.
const BEFORE: u32 = 10;
/// The most that the largest directory may cost by the smallest.
const AIM: f64 = 2.0;
/// How many people are picked to be looked for.
const PICKED: u32 = 100;

/// What is asked for, and the paths that ask for it.
struct Question {
    what: &'static str,
    paths: Vec<String>,
}

/// Why some questions may cost more in a larger directory, for those who see the mark.
const REASONS: [(&str, &str); 5] = [
    (
        "count of",
        "counts stop at 10,000, and a directory of a thousand has a few dozen to count where the large one has ten \
         thousand",
    ),
    (
        "last seen first",
        "words stand in no order but that of names: people are passed in the order asked for until fifty are found who \
         have the word, each passed by one look into the index of words",
    ),
    (
        "first and last name",
        "no index knows pairs of words: the people who have the rarer word are passed in the order of names, each by one \
         look for the other word",
    ),
    (
        "one letter",
        "hundreds of words begin with it, so no road of words is short: everybody is passed in the order of names",
    ),
    (
        "in a small group (0.7 %), newest first",
        "members stand in the order of their names: all of the group are looked up and sorted, seven of them among a \
         thousand people and seven thousand among a million",
    ),
];

/// Someone who is looked for.
struct Picked {
    id: String,
    email: String,
    name: String,
    created_at: i64,
}

/// What one size came to.
struct Outcome {
    people: u32,
    rows: Vec<(&'static str, Times)>,
    load: String,
    memory: (u32, u32),
    start: Vec<String>,
}

/// Measures every size, each with a database of its own in `folder`. Returns the rows about
/// starting with so many people.
pub async fn measure(
    binary: &Path,
    folder: &Path,
    sizes: &[u32],
    report: &mut Report,
    quick: bool,
) -> anyhow::Result<Vec<Vec<String>>> {
    let requests = if quick { REQUESTS / 10 } else { REQUESTS };
    let mut outcomes = Vec::new();
    for &people in sizes {
        let own = folder.join(format!("people-{people}"));
        crate::say(&format!("loading {people} people"));
        let taken = load::people(&own, people).await?;
        let size = std::fs::metadata(own.join("keystead.db"))?.len() / 1024 / 1024;
        let load = format!(
            "{} people: loaded in {:.1} s ({} a second), {} MiB on disk",
            thousands(f64::from(people)),
            taken.as_secs_f64(),
            thousands(per_second(people, taken)),
            thousands(f64::from(u32::try_from(size).unwrap_or(u32::MAX)))
        );
        crate::say(&load);
        let server = Server::start(binary, &own).await?;
        let secret = server.api_key()?;
        let mut client = server.program(&secret).await?;
        let bare = machine::rows_by_id(&own.join("keystead.db"), PAGE, requests).await?;
        let mut rows = vec![("50 rows by their ids from the bare database, no server", bare)];
        for question in questions(&mut client, people).await? {
            let mut times = ask(&mut client, &question, requests).await?;
            crate::say(&format!(
                "{people}: {}: p50 {} ms, p99 {} ms",
                question.what,
                milliseconds(times.percentile(50)),
                milliseconds(times.percentile(99))
            ));
            rows.push((question.what, times));
        }
        let memory = server.memory()?;
        server.stop()?;
        let what = format!("{} people", thousands(f64::from(people)));
        let start = start::measure(binary, &own, false, &what, quick).await?;
        outcomes.push(Outcome { people, rows, load, memory, start });
    }
    write(report, &mut outcomes, requests);
    Ok(outcomes.into_iter().map(|outcome| outcome.start).collect())
}

async fn ask(client: &mut Client, question: &Question, requests: u32) -> anyhow::Result<Times> {
    let mut times = Times::default();
    let paths = question.paths.iter().cycle();
    for (number, path) in (0..BEFORE + requests).zip(paths) {
        let begun = Instant::now();
        let answer = client.get(path).await?;
        let taken = begun.elapsed();
        if number < BEFORE {
            answer.expect(200).with_context(|| path.clone())?;
        } else {
            times.add(taken);
        }
    }
    Ok(times)
}

async fn questions(client: &mut Client, people: u32) -> anyhow::Result<Vec<Question>> {
    let groups = client.get("/api/v1/groups?limit=200").await?.json(200)?;
    let group = |name: &str| {
        let found = groups["items"].as_array().and_then(|all| all.iter().find(|group| group["name"] == name));
        found.and_then(|group| group["id"].as_str()).map(str::to_owned).context("the group")
    };
    let (large, small) = (group("Operations")?, group("Executive Office")?);
    let picked = pick(client, people).await?;
    let of = |path: &dyn Fn(&Picked) -> String| picked.iter().map(path).collect::<Vec<_>>();
    let list = |query: &str| vec![format!("/api/v1/users{query}")];
    let search = |words: &str| words.replace('@', "%40").replace(' ', "%20");
    let counted = |query: &str| vec![format!("/api/v1/users/count{query}")];
    let by_name = |person: &Picked| {
        let cursor = Cursor {
            order: "displayName".to_owned(),
            at: At::Text(names::folded(&person.name)),
            id: person.id.parse().unwrap_or_default(),
        };
        format!("/api/v1/users?cursor={}", cursor.to_text())
    };
    let newest = |person: &Picked| {
        let cursor = Cursor {
            order: "-createdAt".to_owned(),
            at: At::Number(person.created_at),
            id: person.id.parse().unwrap_or_default(),
        };
        format!("/api/v1/users?sort=-createdAt&cursor={}", cursor.to_text())
    };
    let named = |person: &Picked| names::folded(&person.name);
    let questions = vec![
        ("the shortest answer there is (`/healthz`)", vec!["/healthz".to_owned()]),
        ("first page by name", list("")),
        ("first page, newest first", list("?sort=-createdAt")),
        ("first page, last seen first", list("?sort=-lastActivityAt")),
        ("a page anywhere by name", of(&by_name)),
        ("a page anywhere, newest first", of(&newest)),
        ("active (82 %)", list("?status=active")),
        ("pending (5 %)", list("?status=pending")),
        ("disabled (3 %), newest first", list("?status=disabled&sort=-createdAt")),
        ("new or pending (15 %)", list("?status=new,pending")),
        ("in a large group (26 %)", list(&format!("?groupId={large}"))),
        ("in a small group (0.7 %)", list(&format!("?groupId={small}"))),
        ("from a CSV file (3 %)", list("?origin=csv")),
        ("with a hardware key (89 %)", list("?keyKind=hardwareKey")),
        ("with a device's passkey (0.9 %)", list("?keyKind=platform")),
        ("without a key (10 %)", list("?keyKind=none")),
        (
            "pending with a hardware key in a small group",
            list(&format!("?status=pending&keyKind=hardwareKey&groupId={small}")),
        ),
        ("search: an address", of(&|person| format!("/api/v1/users?q={}", search(&person.email)))),
        ("search: somebody's first and last name", of(&|person| format!("/api/v1/users?q={}", search(&named(person))))),
        ("search: a common name (4 %)", list(&format!("?q={COMMON}"))),
        ("search: a family name (1 %)", list(&format!("?q={FAMILY}"))),
        ("search: two common words", list(&format!("?q={}", search(TWO_WORDS)))),
        ("search: one letter", list("?q=m")),
        ("search: what everyone has", list("?q=example.com")),
        ("search: a common name, newest first", list(&format!("?q={COMMON}&sort=-createdAt"))),
        ("search: a common name, last seen first", list(&format!("?q={COMMON}&sort=-lastActivityAt"))),
        ("search: a common name, pending only", list(&format!("?q={COMMON}&status=pending"))),
        ("search: a common name in a small group", list(&format!("?q={COMMON}&groupId={small}"))),
        ("pending (5 %), by address", list("?status=pending&sort=email")),
        ("in a small group (0.7 %), newest first", list(&format!("?groupId={small}&sort=-createdAt"))),
        ("count of all", counted("")),
        ("count of the active", counted("?status=active")),
        ("count of a search for a common name", counted(&format!("?q={COMMON}"))),
        ("the groups with their numbers", vec!["/api/v1/groups".to_owned()]),
        ("the dashboard's numbers", vec!["/api/v1/dashboard".to_owned()]),
        ("security keys, newest first", vec!["/api/v1/keys".to_owned()]),
        ("one person", of(&|person| format!("/api/v1/users/{}", person.id))),
        (
            "whether a user name is free",
            of(&|person| format!("/api/v1/users/availability?userName={}", search(&person.email))),
        ),
    ];
    Ok(questions.into_iter().map(|(what, paths)| Question { what, paths }).collect())
}

/// People from all over the directory.
async fn pick(client: &mut Client, people: u32) -> anyhow::Result<Vec<Picked>> {
    let mut chance = Chance(7);
    let mut picked = Vec::new();
    for _ in 0..PICKED.min(people) {
        let number = u32::try_from(chance.below(people as usize))?;
        let place =
            Cursor { order: "createdAt".to_owned(), at: At::Number(load::added_at(number) - 1), id: Uuid::nil() };
        let path = format!("/api/v1/users?limit=1&sort=createdAt&cursor={}", place.to_text());
        let page = client.get(&path).await?.json(200)?;
        let person = &page["items"][0];
        let text = |field: &str| person[field].as_str().map(str::to_owned).context("a person");
        picked.push(Picked {
            id: text("id")?,
            email: text("email")?,
            name: text("displayName")?,
            created_at: load::added_at(number),
        });
    }
    Ok(picked)
}

fn write(report: &mut Report, outcomes: &mut [Outcome], requests: u32) {
    report.section(
        "Lists, filters and searches",
        &format!(
            "Pages of 50 people with their groups, keys and roles: {requests} requests a row over one connection, \
             one after another, after {BEFORE} that are not counted, the database in the system's page cache. p50 and \
             p99 in milliseconds, from before the request is written until its answer is read. The first two rows are \
             the machine's own limits: fifty whole rows by their ids from the bare embedded database, without a server; \
             and the shortest round trip to the server. The last column is the median with most people by that with \
             fewest (aim: at most {AIM}); **over** marks what is above. A question that finds fewer than fifty among the \
             fewest (a group of 0.7 % of 1,000 has seven members) is held there against a shorter page than with most: \
             hold it against the first page by name as well."
        ),
    );
    let mut head = vec!["what".to_owned()];
    for outcome in &*outcomes {
        let people = thousands(f64::from(outcome.people));
        head.extend([format!("{people}: p50"), "p99".to_owned()]);
    }
    let sizes: Vec<String> = outcomes.iter().map(|outcome| thousands(f64::from(outcome.people))).collect();
    if let (Some(most), Some(fewest)) = (sizes.last(), sizes.first()) {
        head.push(format!("{most} by {fewest}"));
    }
    let names: Vec<&str> =
        outcomes.first().map(|first| first.rows.iter().map(|(what, _)| *what).collect()).unwrap_or_default();
    let (mut rows, mut over) = (Vec::new(), Vec::new());
    for (at, what) in names.into_iter().enumerate() {
        let mut row = vec![what.to_owned()];
        let mut medians = Vec::new();
        for outcome in &mut *outcomes {
            let times = &mut outcome.rows[at].1;
            medians.push(times.percentile(50).as_secs_f64());
            row.extend([milliseconds(times.percentile(50)), milliseconds(times.percentile(99))]);
        }
        if let (Some(first), Some(last)) = (medians.first(), medians.last()) {
            let ratio = last / first;
            row.push(if ratio > AIM { format!("{ratio:.1} **over**") } else { format!("{ratio:.1}") });
            over.extend((ratio > AIM).then_some(what));
        }
        rows.push(row);
    }
    report.table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
    for (questions, reason) in REASONS {
        if over.iter().any(|what| what.contains(questions)) {
            report.line(&format!("Over {AIM}, \u{201c}{questions}\u{201d}: {reason}."));
        }
    }
    for outcome in &*outcomes {
        report.line(&format!(
            "{}; after these requests the server has {} MiB in memory (resident, all of it), and had at most {} MiB \
             (aim: under 100 MB with 1,000,000 people).",
            outcome.load,
            mebibytes(outcome.memory.0),
            mebibytes(outcome.memory.1)
        ));
    }
}
