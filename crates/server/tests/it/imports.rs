//! Imports of CSV files over HTTP, from the upload to the undo.

use std::time::{Duration, Instant};

use keystead::import::job;
use keystead_directory::{mails, roles::Role};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, sync::watch};

use crate::support::{Answer, Browser, TestApp, read_answer};

/// A server with a worker for imports, and its owner.
struct House {
    app: TestApp,
    owner: Browser,
    _stop: watch::Sender<bool>,
}

impl House {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let app = TestApp::start_with(settings).await;
        let owner = app.owner_browser().await;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(job::run(app.app.clone(), stopped));
        Self { app, owner, _stop: stop }
    }

    async fn begin(&mut self) -> String {
        let import = self.owner.take("/imports", &json!({ "source": "csv", "fileName": "people.csv" })).await;
        assert_eq!((import["state"].as_str(), import["name"].as_str()), (Some("draft"), Some("people.csv")));
        text(&import["id"])
    }

    async fn upload(&self, id: &str, file: &[u8]) -> Answer {
        let request = self.owner.request("PUT", &format!("/imports/{id}/file")).header("content-type", "text/csv");
        request.body(file).send().await
    }

    /// Uploads a file that can be read; gives the import and the preview.
    async fn uploaded(&mut self, file: &str) -> (String, Value) {
        let id = self.begin().await;
        let answer = self.upload(&id, file.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (id, answer.json())
    }

    /// Waits until nothing is done with an import any more.
    async fn settled(&mut self, id: &str) -> Value {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let import = self.owner.read(&format!("/imports/{id}")).await;
            if import["phase"].is_null() {
                return import;
            }
            assert!(Instant::now() < until, "{import}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn planned(&mut self, file: &str) -> (String, Value) {
        let (id, _) = self.uploaded(file).await;
        let answer = self.owner.post(&format!("/imports/{id}/plan"), &json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let import = self.settled(&id).await;
        (id, import)
    }

    async fn applied(&mut self, file: &str) -> (String, Value) {
        let (id, import) = self.planned(file).await;
        assert_eq!(import["state"], "ready", "{import}");
        let answer = self.owner.post(&format!("/imports/{id}/confirm"), &json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let import = self.settled(&id).await;
        (id, import)
    }

    async fn mails(&self) -> i64 {
        mails::counts(&mut self.app.app.db.read().await.unwrap()).await.unwrap().queued
    }

    async fn emails(&mut self) -> Vec<String> {
        let page = self.owner.read("/users?sort=displayName&limit=200").await;
        page["items"].as_array().unwrap().iter().map(|user| text(&user["email"])).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

#[tokio::test]
async fn a_file_becomes_people_and_a_report_and_is_taken_back() {
    let mut house = House::start(&[]).await;
    let file = "email,displayName,Password,groups\r\n\
                ada@example.com,Ada,hunter2,Readers\r\nnobody,Nobody,,\r\n\
                bob@example.com,Bob,,\r\nada@example.com,Ada again,,\r\n'=x@example.com,\"'=1+1\",,\r\n";
    house.owner.take("/groups", &json!({ "name": "Readers" })).await;
    let (id, preview) = house.uploaded(file).await;
    assert_eq!((preview["encoding"].as_str(), preview["delimiter"].as_str()), (Some("utf-8"), Some(",")));
    assert_eq!((preview["header"].as_bool(), preview["bytes"].as_u64()), (Some(true), Some(file.len() as u64)));
    let fields: Vec<&Value> = preview["columns"].as_array().unwrap().iter().map(|column| &column["field"]).collect();
    assert_eq!(json!(fields), json!(["email", "displayName", null, "groups"]));
    assert_eq!(preview["columns"][2]["refused"], "password");
    assert!(!preview.to_string().contains("hunter2"));
    assert_eq!(house.owner.read(&format!("/imports/{id}/preview")).await, preview);

    let answer = house.owner.post(&format!("/imports/{id}/plan"), &json!({})).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let import = house.settled(&id).await;
    assert_eq!(import["state"], "ready", "{import}");
    assert_eq!((import["plan"]["rows"].as_i64(), import["plan"]["create"].as_i64()), (Some(5), Some(3)), "{import}");
    assert_eq!(import["plan"]["rejected"], 2, "{import}");
    let rows = house.owner.read(&format!("/imports/{id}/rows?verdict=rejected")).await;
    let reasons: Vec<(i64, String)> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["number"].as_i64().unwrap(), text(&row["reason"])))
        .collect();
    assert_eq!(reasons, [(3, "malformedEmail".to_owned()), (5, "duplicateInFile".to_owned())]);
    assert!(text(&rows["items"][1]["message"]).contains('2'), "it names the line of the first: {rows}");
    assert_eq!(house.emails().await, ["owner@example.com"], "a plan changes nobody");

    let answer = house.owner.post(&format!("/imports/{id}/confirm"), &json!({})).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let import = house.settled(&id).await;
    assert_eq!(import["state"], "finished", "{import}");
    assert_eq!((import["outcome"]["created"].as_i64(), import["outcome"]["failed"].as_i64()), (Some(3), Some(2)));
    assert_eq!(house.emails().await, ["=x@example.com", "ada@example.com", "bob@example.com", "owner@example.com"]);
    let alerts = house.owner.read("/alerts").await;
    assert_eq!(alerts["items"][0]["kind"], "importFinished", "{alerts}");
    assert_eq!(alerts["items"][0]["importId"], json!(id), "it leads to the report: {alerts}");
    let words = "3 added, 0 changed, 0 disabled, 0 without a change, 0 skipped, 2 failed.";
    assert_eq!(alerts["items"][0]["detail"], words, "{alerts}");

    let answer = house.owner.get(&format!("/imports/{id}/failed.csv")).await;
    assert!(answer.header("content-type").starts_with("text/csv"));
    let lines: Vec<String> = answer.text().trim_start_matches('\u{FEFF}').lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "line,objectId,email,name,reason,field,message");
    assert!(lines[1].starts_with("3,,nobody,Nobody,malformedEmail,email,"), "{lines:?}");
    assert!(lines[2].starts_with("5,,ada@example.com,Ada again,duplicateInFile,"), "{lines:?}");
    assert_eq!(lines.len(), 3);

    assert!(import["undo"]["possibleUntil"].is_string(), "{import}");
    let answer = house.owner.post(&format!("/imports/{id}/undo"), &json!({})).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let import = house.settled(&id).await;
    assert_eq!((import["state"].as_str(), import["undo"]["reverted"].as_i64()), (Some("undone"), Some(3)), "{import}");
    assert_eq!(house.emails().await, ["owner@example.com"]);
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_is_not_called_a_success() {
    let mut house = House::start(&[]).await;
    let file = "E-Mail;Name;Abteilung\nada@example.com;Ada;R&D\n";
    let (id, preview) = house.uploaded(file).await;
    assert_eq!((preview["delimiter"].as_str(), preview["remembered"].as_bool()), (Some(";"), Some(false)));
    let columns = json!({ "csv": { "columns": ["email", "displayName", "department"] } });
    let answer = house.owner.patch(&format!("/imports/{id}"), &columns).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for verb in ["plan", "confirm"] {
        let answer = house.owner.post(&format!("/imports/{id}/{verb}"), &json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        house.settled(&id).await;
    }
    let (again, preview) = house.uploaded(file).await;
    assert_eq!(preview["remembered"], true);
    assert_eq!(preview["columns"][2]["field"], "department", "{preview}");
    for verb in ["plan", "confirm"] {
        house.owner.take(&format!("/imports/{again}/{verb}"), &json!({})).await;
        house.settled(&again).await;
    }
    let import = house.settled(&again).await;
    assert_eq!((import["outcome"]["unchanged"].as_i64(), import["outcome"]["created"].as_i64()), (Some(1), Some(0)));
    let alerts = house.owner.read("/alerts").await;
    assert!(text(&alerts["items"][0]["title"]).contains("changed nothing"), "{alerts}");
    let list = house.owner.read("/imports?state=finished&limit=1").await;
    assert_eq!(list["items"][0]["id"], json!(again), "newest first");
    assert!(list["nextCursor"].is_string());
}

#[tokio::test]
async fn hostile_files_end_in_a_clear_error_and_change_nothing() {
    let mut house = House::start(&[]).await;
    // What shows in the beginning is said at once …
    for (file, says) in [
        (b"PK\x03\x04\x14\0\x06\0".to_vec(), "Excel"),
        (b"email\0\n".to_vec(), "Line 1"),
        (Vec::new(), "empty"),
        (vec![b','; 1_000_000], "Line 1"),
        (vec![b'x'; 2_000_000], "Line 1"),
    ] {
        let id = house.begin().await;
        let problem = house.upload(&id, &file).await.problem(422, "invalid");
        assert!(text(&problem["errors"][0]["message"]).contains(says), "{problem}");
        house.owner.post(&format!("/imports/{id}/plan"), &json!({})).await.problem(422, "invalid");
    }
    // … and what comes later when the file is read.
    let good = "email,displayName\nada@example.com,Ada\n";
    for (file, code, line) in [
        (format!("{good}bob@example.com,\"Bob\n{}", "x".repeat(300_000)), "openQuote", 3),
        (format!("{good}{}", "x".repeat(3_000_000)), "lineTooLong", 3),
        (format!("{good}{}", ",".repeat(1_000_000)), "tooManyColumns", 3),
        (format!("{good}\n\nbob@example.com,B\0b\n"), "notText", 5),
    ] {
        let (id, import) = house.planned(&file).await;
        assert_eq!(import["state"], "failed", "{code}: {import}");
        assert_eq!((&import["failure"]["code"], &import["failure"]["line"]), (&json!(code), &json!(line)));
        house.owner.post(&format!("/imports/{id}/confirm"), &json!({})).await.problem(409, "illegal_state");
    }
    assert_eq!(house.emails().await, ["owner@example.com"]);
}

#[tokio::test]
async fn a_file_over_the_limits_is_refused_however_it_comes() {
    let mut house = House::start(&[("import_max_bytes", "2000"), ("import_max_rows", "3")]).await;
    let id = house.begin().await;
    house.upload(&id, &vec![b'a'; 2001]).await.problem(413, "payload_too_large");
    // Without saying before how long it is.
    let mut stream = TcpStream::connect(house.app.address).await.unwrap();
    let token = house.app.api_key(Role::Administrator).await;
    let head = format!(
        "PUT /api/v1/imports/{id}/file HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..30 {
        stream.write_all(format!("64\r\n{}\r\n", "a".repeat(100)).as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    read_answer(&mut stream).await.problem(413, "payload_too_large");
    let (_, import) = house.planned("email\na@x.example\nb@x.example\nc@x.example\nd@x.example\n").await;
    assert_eq!((&import["failure"]["code"], &import["failure"]["line"]), (&json!("tooManyRows"), &json!(5)));
}

#[tokio::test]
async fn what_columns_mean_is_checked() {
    let mut house = House::start(&[]).await;
    let (id, _) = house.uploaded("email,name,password\na@x.example,A,secret\n").await;
    let path = format!("/imports/{id}");
    for columns in
        [json!(["email", "email", null]), json!(["email", null, "displayName"]), json!(["active", "blocked", null])]
    {
        let problem = house.owner.patch(&path, &json!({ "csv": { "columns": columns } })).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "csv.columns", "{problem}");
    }
    house.owner.patch(&path, &json!({ "csv": { "columns": [null, "displayName", null] } })).await;
    let problem = house.owner.post(&format!("{path}/plan"), &json!({})).await.problem(422, "invalid");
    assert_eq!(
        (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
        (&json!("csv.columns"), &json!("required"))
    );
    // Another delimiter makes other columns.
    let answer = house.owner.patch(&path, &json!({ "csv": { "delimiter": "|" } })).await;
    assert_eq!(answer.json()["options"]["csv"]["columns"].as_array().unwrap().len(), 1, "{}", answer.text());
    // Somebody else changed it since.
    let stale = house.owner.request("PATCH", &path).header("if-match", "\"1\"").json(&json!({ "mode": "new" }));
    stale.send().await.problem(412, "precondition_failed");
    assert_eq!(house.owner.delete(&path).await.status, 204);
    house.owner.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn whoever_started_an_import_gets_one_mail_about_its_end() {
    let settings = [("smtp_url", "smtp://127.0.0.1:9"), ("mail_from", "keys@example.com")];
    let mut house = House::start(&settings).await;
    let before = house.mails().await;
    let (_, import) = house.applied("email\nada@example.com\n").await;
    assert_eq!(import["state"], "finished", "{import}");
    assert_eq!(house.mails().await, before + 1, "nobody but the starter is written to");
}

#[tokio::test]
async fn a_cancelled_import_says_what_was_applied_and_reads_no_more() {
    let mut house = House::start(&[]).await;
    let (id, import) = house.planned("email\nada@example.com\n").await;
    assert_eq!(import["state"], "ready", "{import}");
    let answer = house.owner.post(&format!("/imports/{id}/cancel"), &json!({})).await;
    assert_eq!(answer.json()["state"], "cancelled", "{}", answer.text());
    house.owner.post(&format!("/imports/{id}/confirm"), &json!({})).await.problem(409, "illegal_state");
    assert_eq!(house.emails().await, ["owner@example.com"]);
}

#[tokio::test]
async fn the_template_is_imported_without_its_example() {
    let mut house = House::start(&[]).await;
    let template = house.owner.get("/imports/template.csv").await;
    assert!(template.header("content-disposition").contains("template.csv"));
    let file = format!("{}ada@example.com,,Ada,,,,,,,yes,\r\n", template.text());
    let (id, preview) = house.uploaded(&file).await;
    assert_eq!(preview["dialect"], "keystead", "{preview}");
    house.owner.take(&format!("/imports/{id}/plan"), &json!({})).await;
    let import = house.settled(&id).await;
    assert_eq!((import["plan"]["rows"].as_i64(), import["plan"]["create"].as_i64()), (Some(1), Some(1)), "{import}");
}

#[tokio::test]
async fn an_import_gives_everyone_a_contactless_card_that_waits_for_them() {
    let mut house = House::start(&[]).await;
    let (id, _) = house.uploaded("email\nada@example.com\nbob@example.com\n").await;
    let path = format!("/imports/{id}");
    let assign = json!({ "assignKey": { "kind": "contactlessCard", "mail": "no" } });
    assert_eq!(house.owner.patch(&path, &assign).await.status, 200);
    for step in ["plan", "confirm"] {
        let answer = house.owner.post(&format!("{path}/{step}"), &json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        house.settled(&id).await;
    }
    let keys = house.owner.read("/keys?kind=contactlessCard").await;
    let states: Vec<&Value> = keys["items"].as_array().unwrap().iter().map(|key| &key["state"]).collect();
    assert_eq!(states, ["pending", "pending"]);
}
