//! The real program killed while people are being added: what was acknowledged is there, and
//! nothing is half there.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};

use keystead_directory::ids::new_uuid;
use serde_json::{Value, json};

use crate::{
    binary::{Server, keystead, run},
    support::{Answer, Request, token_of},
};

struct Client {
    address: SocketAddr,
    token: String,
}

impl Client {
    fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, &format!("/api/v1{path}"), "").bearer(&self.token)
    }

    /// Adds the person of this key, as a wizard that is submitted again would.
    async fn add(&self, key: &str) -> std::io::Result<Answer> {
        let body =
            json!({ "email": format!("{key}@example.com"), "key": { "kind": "hardwareKey" }, "note": "Welcome" });
        self.request("POST", "/users").header("idempotency-key", key).json(&body).attempt().await
    }

    async fn all(&self, list: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let mark = if list.contains('?') { '&' } else { '?' };
            let answer = self.request("GET", &format!("{list}{mark}limit=200{cursor}")).send().await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let page = answer.json();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["nextCursor"].as_str() else { return items };
            cursor = format!("&cursor={next}");
        }
    }
}

fn start(folder: &Path, address: SocketAddr) -> Server {
    Server::start_at(folder, address, &["--rate-limit", "0"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_acknowledged_survives_kill_9_and_nobody_is_half_there() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["api-key", "create", "--name", "writers", "--role", "owner", "--expires-in-days", "1"];
    let (output, token, error) = run(keystead(folder.path()).args(args));
    assert!(output.status.success(), "{error}");
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = std::sync::Arc::new(Client { address, token: token.trim().to_owned() });
    let mut acknowledged: BTreeMap<String, Value> = BTreeMap::new();
    let mut unanswered: BTreeSet<String> = BTreeSet::new();
    let mut server = start(folder.path(), address);
    // The moments are spread over the length of a few commits.
    for wait in [150, 333, 90, 512, 241] {
        let mut writers = Vec::new();
        for _ in 0..6 {
            let client = client.clone();
            writers.push(tokio::spawn(async move {
                let mut made = Vec::new();
                loop {
                    let key = new_uuid().to_string();
                    match client.add(&key).await {
                        Ok(answer) => {
                            assert_eq!(answer.status, 201, "{}", answer.text());
                            made.push((key, answer.json()));
                        }
                        Err(_) => return (made, key),
                    }
                }
            }));
        }
        tokio::time::sleep(Duration::from_millis(wait)).await;
        server.kill();
        let mut in_this_round = 0;
        for writer in writers {
            let (made, last) = writer.await.unwrap();
            in_this_round += made.len();
            acknowledged.extend(made);
            unanswered.insert(last);
        }
        println!("{in_this_round} people were acknowledged within {wait} ms");
        server = start(folder.path(), address);
        everything_is_whole(&client, &acknowledged, &unanswered).await;
        // Whoever got no answer asks again, and so does somebody who did get one.
        let again = acknowledged.iter().next_back().map(|(key, first)| (key.clone(), first.clone()));
        if let Some((key, first)) = again {
            let answer = client.add(&key).await.unwrap();
            assert_eq!((answer.status, answer.json()), (201, first), "the same request got another answer");
        }
        for key in std::mem::take(&mut unanswered) {
            let answer = client.add(&key).await.unwrap();
            assert_eq!(answer.status, 201, "{}", answer.text());
            acknowledged.insert(key, answer.json());
        }
    }
    assert!(acknowledged.len() > 30, "only {} people were added: nothing was put to the test", acknowledged.len());
    everything_is_whole(&client, &acknowledged, &unanswered).await;
    assert_eq!(client.all("/users").await.len(), acknowledged.len());
    assert_eq!(server.stop().0, Some(0));
    let (output, report, error) = run(keystead(folder.path()).arg("doctor"));
    drop(output);
    assert!(!report.contains("corrupt") && !error.contains("corrupt"), "{report}{error}");
}

/// Every person who was acknowledged is there as they were answered, and everybody who is there
/// has their key, its link and both records.
async fn everything_is_whole(client: &Client, acknowledged: &BTreeMap<String, Value>, unanswered: &BTreeSet<String>) {
    let people: BTreeMap<String, Value> =
        client.all("/users").await.into_iter().map(|user| (text(&user["id"]), user)).collect();
    for first in acknowledged.values() {
        let id = text(&first["user"]["id"]);
        let user = people.get(&id).unwrap_or_else(|| panic!("{id} was acknowledged and is gone"));
        assert_eq!(user["email"], first["user"]["email"]);
        assert_eq!(user["keys"][0]["id"], first["registration"]["keyId"]);
    }
    let expected: BTreeSet<String> =
        acknowledged.keys().chain(unanswered).map(|key| format!("{key}@example.com")).collect();
    let (mut created, mut assigned) = (BTreeMap::new(), BTreeMap::new());
    for (action, counts) in [("user.created", &mut created), ("key.assigned", &mut assigned)] {
        for record in client.all(&format!("/activity?action={action}")).await {
            *counts.entry(text(&record["user"]["id"])).or_insert(0) += 1;
        }
    }
    let pending: BTreeSet<String> =
        client.all("/keys?state=pending").await.iter().map(|key| text(&key["user"]["id"])).collect();
    for (id, user) in &people {
        assert!(expected.contains(user["email"].as_str().unwrap()), "nobody asked for {user}");
        assert_eq!(user["status"], "pending", "{user}");
        assert_eq!(user["keys"].as_array().unwrap().len(), 1, "{user}");
        assert_eq!((created.get(id), assigned.get(id)), (Some(&1), Some(&1)), "the record of {user}");
        assert!(pending.contains(id), "{user} has no key that waits");
    }
    assert_eq!(created.len(), people.len(), "there are records of people who are not there");
    // The newest links work.
    for first in acknowledged.values().rev().take(20) {
        let body = json!({ "token": token_of(&first["registration"]["link"]) });
        let answer = client.request("POST", "/registrations/inspect").json(&body).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["key"]["id"], first["registration"]["keyId"]);
    }
}
