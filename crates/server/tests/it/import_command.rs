//! `keystead import csv`, as people and scripts run it, and imports that are killed on their way.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    binary::{Server, keystead, run},
    support::{Answer, Request},
};

/// Runs the command on a file with this content; gives its status, standard output and error.
fn import(folder: &Path, file: &str, args: &[&str]) -> (Option<i32>, String, String) {
    std::fs::write(folder.join("people.csv"), file).unwrap();
    let (output, out, error) =
        run(keystead(folder).args(["import", "csv", "people.csv"]).args(args).stdin(Stdio::null()));
    (output.status.code(), out, error)
}

fn summary(numbers: [i64; 6]) -> String {
    let [created, updated, unchanged, skipped, failed, rows] = numbers;
    format!(
        "{{\"created\":{created},\"updated\":{updated},\"unchanged\":{unchanged},\"skipped\":{skipped},\
         \"failed\":{failed},\"rows\":{rows}}}\n"
    )
}

const GOOD: &str = "email,name\nada@example.com,Ada\nbob@example.com,Bob\n";

#[test]
fn the_summary_and_the_status_say_what_became_of_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let yes = ["--yes", "--json"];
    // Nobody has set this installation up yet.
    let (code, out, error) = import(folder.path(), GOOD, &yes);
    assert_eq!((code, out), (Some(0), summary([2, 0, 0, 0, 0, 2])), "{error}");
    let (code, out, _) = import(folder.path(), GOOD, &yes);
    assert_eq!((code, out), (Some(0), summary([0, 0, 2, 0, 0, 2])));
    let worse = "email,name\nada@example.com,Ada L.\nnobody,N\ncleo@example.com,Cleo\ncleo@example.com,C\n";
    let (code, out, error) = import(folder.path(), worse, &yes);
    assert_eq!((code, out), (Some(3), summary([1, 1, 0, 0, 2, 4])), "{error}");
    assert!(error.contains("line 3: ") && error.contains("line 5: "), "{error}");
    let (code, out, _) =
        import(folder.path(), "email\nada@example.com\ndan@example.com\n", &["--yes", "--json", "--mode", "new"]);
    assert_eq!((code, out), (Some(0), summary([1, 0, 0, 1, 0, 2])));
    let (code, out, _) =
        import(folder.path(), "email\nada@example.com\neve@example.com\n", &["--yes", "--json", "--mode", "update"]);
    assert_eq!((code, out), (Some(0), summary([0, 0, 1, 1, 0, 2])));
}

#[test]
fn nothing_is_applied_that_nobody_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, error) = import(folder.path(), GOOD, &["--json"]);
    assert_eq!((code, out), (Some(4), summary([2, 0, 0, 0, 0, 2])), "{error}");
    assert!(error.contains("--yes") && error.contains("/imports/"), "{error}");
    let (code, out, error) = import(folder.path(), GOOD, &["--dry-run", "--json"]);
    assert_eq!((code, out), (Some(0), summary([2, 0, 0, 0, 0, 2])), "{error}");
    let (code, out, _) = import(folder.path(), GOOD, &["--dry-run"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("2 to be created") && out.contains("Would be: 2 created"), "{out}");
    let (code, out, _) = import(folder.path(), GOOD, &["--yes", "--json"]);
    assert_eq!((code, out), (Some(0), summary([2, 0, 0, 0, 0, 2])), "somebody was there already");
}

#[test]
fn what_can_not_be_read_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    for (file, says) in [
        ("email,name\nada@example.com,\"Ada\nbob@example.com,Bob\n", "Line 2"),
        ("PK\u{3}\u{4}", "Excel"),
        ("", "empty"),
        ("name,notes\nAda,x\n", "email"),
    ] {
        let (code, out, error) = import(folder.path(), file, &["--yes", "--json"]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{error}");
        assert!(error.contains(says), "{error}");
    }
    let (output, _, error) = run(keystead(folder.path()).args(["import", "csv", "nowhere.csv"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("nowhere.csv can't be read"), "{error}");
    for wrong in [&["--mode", "maybe"][..], &["--dry-run", "--yes"], &["--encoding", "ebcdic"]] {
        assert_eq!(import(folder.path(), GOOD, wrong).0, Some(2), "{wrong:?}");
    }
}

struct Client {
    address: SocketAddr,
    token: String,
}

impl Client {
    /// An owner's API key for this folder, and an address for its server.
    fn new(folder: &Path) -> Self {
        let args = ["api-key", "create", "--name", "importer", "--role", "owner", "--expires-in-days", "1"];
        let (output, token, error) = run(keystead(folder).args(args));
        assert!(output.status.success(), "{error}");
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { address, token: token.trim().to_owned() }
    }

    fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, &format!("/api/v1{path}"), "").bearer(&self.token)
    }

    async fn take(&self, request: Request) -> Value {
        let answer: Answer = request.send().await;
        assert!((200..300).contains(&answer.status), "{}", answer.text());
        answer.json()
    }

    async fn read(&self, path: &str) -> Value {
        self.take(self.request("GET", path)).await
    }

    async fn all(&self, list: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let mark = if list.contains('?') { '&' } else { '?' };
            let page = self.read(&format!("{list}{mark}limit=200{cursor}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["nextCursor"].as_str() else { return items };
            cursor = format!("&cursor={next}");
        }
    }

    /// Waits until nothing is done with an import any more.
    async fn settled(&self, id: &str) -> Value {
        let until = Instant::now() + Duration::from_mins(3);
        loop {
            let import = self.read(&format!("/imports/{id}")).await;
            if import["phase"].is_null() {
                return import;
            }
            assert!(Instant::now() < until, "{import}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_works_while_the_server_runs_and_shows_in_the_panel() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(folder.path());
    let _server = Server::start_at(folder.path(), client.address, &[]);
    let args = ["--yes", "--json", "--group", "Readers", "--group", "Writers"];
    let (code, out, error) = import(folder.path(), GOOD, &args);
    assert_eq!((code, out), (Some(0), summary([2, 0, 0, 0, 0, 2])), "{error}");
    let imports = client.all("/imports").await;
    assert_eq!((&imports[0]["state"], &imports[0]["name"]), (&json!("finished"), &json!("people.csv")));
    assert_eq!(imports[0]["startedBy"], json!({ "id": null, "name": "command line" }));
    let user = &client.all("/users?q=ada").await[0];
    let groups: Vec<&Value> = user["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert_eq!(json!(groups), json!(["Readers", "Writers"]));
    // The groups are there now, and found.
    let (code, out, error) = import(folder.path(), GOOD, &args);
    assert_eq!((code, out), (Some(0), summary([0, 0, 2, 0, 0, 2])), "{error}");
    assert_eq!(client.all("/groups").await.iter().filter(|group| group["name"] == "Readers").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_again_and_again_ends_like_one_that_was_not() {
    const PEOPLE: usize = 2500;
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(folder.path());
    let mut server = Server::start_at(folder.path(), client.address, &[]);
    let mut file = String::from("email,displayName,groups\n");
    for n in 0..PEOPLE {
        writeln!(file, "p{n}@example.com,Person {n},{}", if n % 2 == 0 { "Even" } else { "Odd" }).unwrap();
    }
    file.push_str("nobody,Nobody,\n");
    for name in ["Even", "Odd"] {
        client.take(client.request("POST", "/groups").json(&json!({ "name": name }))).await;
    }
    let import = client.take(client.request("POST", "/imports").json(&json!({ "source": "csv" }))).await;
    let id = import["id"].as_str().unwrap().to_owned();
    client.take(client.request("PUT", &format!("/imports/{id}/file")).body(file.as_bytes())).await;
    client.take(client.request("POST", &format!("/imports/{id}/plan"))).await;
    // Killed while it reads or plans …
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.kill();
    server = Server::start_at(folder.path(), client.address, &[]);
    let import = client.settled(&id).await;
    assert_eq!((&import["state"], &import["plan"]["create"]), (&json!("ready"), &json!(PEOPLE)), "{import}");
    // … and while it applies, at whatever moment it is.
    client.take(client.request("POST", &format!("/imports/{id}/confirm")).json(&json!({}))).await;
    let mut partly = 0;
    for wait in [0, 60, 150] {
        let mut done = client.read(&format!("/imports/{id}")).await["progress"]["done"].as_i64();
        let until = Instant::now() + Duration::from_secs(30);
        while done.is_some_and(|done| done < 1) && Instant::now() < until {
            done = client.read(&format!("/imports/{id}")).await["progress"]["done"].as_i64();
        }
        tokio::time::sleep(Duration::from_millis(wait)).await;
        server.kill();
        server = Server::start_at(folder.path(), client.address, &[]);
        let import = client.read(&format!("/imports/{id}")).await;
        partly += usize::from(import["state"] == "applying");
    }
    assert!(partly > 0, "it was never killed while it applied: nothing was put to the test");
    let import = client.settled(&id).await;
    let expected = json!({ "created": PEOPLE, "updated": 0, "unchanged": 0, "deactivated": 0, "skipped": 0,
        "failed": 1, "groups": 0, "memberships": 0 });
    assert_eq!((&import["state"], &import["outcome"]), (&json!("finished"), &expected));
    let people: BTreeMap<String, Value> = client
        .all("/users?sort=createdAt")
        .await
        .into_iter()
        .map(|user| (user["email"].as_str().unwrap().to_owned(), user))
        .collect();
    assert_eq!(people.len(), PEOPLE);
    for n in 0..PEOPLE {
        let user = &people[&format!("p{n}@example.com")];
        assert_eq!(user["displayName"], format!("Person {n}"));
        assert_eq!(user["groups"].as_array().unwrap().len(), 1, "{user}");
        assert_eq!(user["groups"][0]["name"], if n % 2 == 0 { "Even" } else { "Odd" });
    }
    let created = client.all("/activity?action=user.created").await;
    assert_eq!(created.len(), PEOPLE, "each is recorded once");
    assert_eq!(client.all("/activity?action=import.finished").await.len(), 1);
    assert_eq!(client.all("/alerts").await.iter().filter(|alert| alert["kind"] == "importFinished").count(), 1);
    assert_eq!(server.stop().0, Some(0));
}
