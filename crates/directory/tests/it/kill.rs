//! `kill -9` at any moment: whatever was acknowledged is there afterwards, and nothing is half there.

use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use keystead_directory::{
    Db,
    actor::Actor,
    db::Options,
    keys,
    users::{self, NewUser},
};

use crate::support::{Random, START, change, hardware, on_both};

const CHILD: &str = "KEYSTEAD_TEST_KILL_URL";

/// The program that is killed: it writes as fast as it can and tells what was acknowledged.
#[test]
fn child_that_is_killed() {
    let Ok(url) = std::env::var(CHILD) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Db::open(&Options::new(&url)).await.unwrap();
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    loop {
                        let unique = keystead_directory::ids::new_uuid();
                        let new = NewUser::local(&format!("{unique}@example.com"));
                        let user = change(&db, START, async |tx| {
                            let user = users::create(tx, &Actor::cli(), new).await?;
                            keys::assign(tx, &Actor::cli(), &user, hardware()).await?;
                            Ok(user)
                        })
                        .await
                        .unwrap();
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "acknowledged {}", user.id).unwrap();
                        out.flush().unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

/// Starts the child, lets it acknowledge `least` people and a little more, and kills it.
fn killed_after(url: &str, least: usize, more: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_that_is_killed", "--nocapture", "--test-threads=1"])
        .env(CHILD, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let mut deadline: Option<Instant> = None;
    while let Some(Ok(line)) = lines.next() {
        // The harness writes the test's name before the first line.
        if let Some((_, id)) = line.split_once("acknowledged ") {
            acknowledged.push(id.to_owned());
        }
        if acknowledged.len() >= least && deadline.is_none() {
            deadline = Some(Instant::now() + more);
        }
        if deadline.is_some_and(|at| Instant::now() >= at) {
            break;
        }
    }
    // On Unix this is SIGKILL.
    child.kill().unwrap();
    // What it had written into the pipe was acknowledged too.
    for line in lines.map_while(Result::ok) {
        if let Some((_, id)) = line.split_once("acknowledged ") {
            // The last line may be cut off.
            if id.len() == 36 {
                acknowledged.push(id.to_owned());
            }
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= least, "the child stopped by itself after {}", acknowledged.len());
    acknowledged
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    on_both(|db| async move {
        let mut random = Random::new();
        let mut acknowledged = HashSet::new();
        for _ in 0..6 {
            let url = db.url.clone();
            let (least, more) = (random.below(30) + 1, Duration::from_micros(random.below(60_000) as u64));
            let new = tokio::task::spawn_blocking(move || killed_after(&url, least, more)).await.unwrap();
            acknowledged.extend(new);
            // The next program starts on what is left, and can write.
            let after = db.second().await;
            let last = NewUser::local(&format!("after-{}@example.com", acknowledged.len()));
            change(&after, START, async |tx| users::create(tx, &Actor::cli(), last).await).await.unwrap();
            after.close().await;
        }
        let there: HashSet<String> =
            db.all::<(uuid::Uuid,)>("select id from users").await.into_iter().map(|(id,)| id.to_string()).collect();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "{} of {} acknowledged people are gone", lost.len(), acknowledged.len());
        let half = "select count(*) from users u where u.email not like 'after-%' and (u.status <> 'pending' \
            or (select count(*) from security_keys k where k.user_id = u.id) <> 1 \
            or (select count(*) from activations a where a.user_id = u.id and a.state = 'open') <> 1 \
            or (select count(*) from activity r where r.user_id = u.id) <> 2 \
            or not exists (select 1 from user_terms t where t.user_id = u.id))";
        assert_eq!(db.number(half).await, 0, "people who are half there");
    });
}
