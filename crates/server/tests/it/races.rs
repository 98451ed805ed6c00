//! The same thing sent twice, and two people at once.

use futures_util::future::join_all;
use keystead_directory::{ids::new_uuid, roles};
use serde_json::{Value, json};

use crate::support::{Answer, Browser, TestApp};

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

fn once(owner: &Browser, path: &str, key: &str, body: &Value) -> crate::support::Request {
    owner.request("POST", path).header("idempotency-key", key).json(body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wizard_submitted_twice_adds_one_person() {
    let app = TestApp::start().await;
    let owner = app.owner_browser().await;
    let body = json!({ "email": "jane@example.com", "displayName": "Jane", "key": { "kind": "hardwareKey" } });
    let key = new_uuid().to_string();
    let first = once(&owner, "/users", &key, &body).send().await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert!(first.json()["registration"]["link"].as_str().unwrap().contains("/register#"));
    let second = once(&owner, "/users", &key, &body).send().await;
    assert_eq!((second.status, second.json()), (201, first.json()));

    let other = json!({ "email": "john@example.com", "key": { "kind": "hardwareKey" } });
    once(&owner, "/users", &key, &other).send().await.problem(422, "idempotency_mismatch");
    for bad in ["", "1", "not-a-uuid", &format!("{key},{key}")] {
        once(&owner, "/users", bad, &other).send().await.problem(400, "invalid");
    }
    let mut owner = owner;
    assert_eq!(owner.read("/users").await["items"].as_array().unwrap().len(), 2);

    // Another caller's key of the same name is another key; a refusal is not kept.
    let program = app.api_key(roles::Role::Owner).await;
    let request = app.post("/api/v1/users", &other).bearer(&program).header("idempotency-key", &key);
    assert_eq!(request.send().await.status, 201);
    let key = new_uuid().to_string();
    let taken = json!({ "email": "new@example.com", "userName": "JANE@example.com" });
    once(&owner, "/users", &key, &taken).send().await.problem(409, "conflict");
    let free = json!({ "email": "new@example.com" });
    assert_eq!(once(&owner, "/users", &key, &free).send().await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_equal_requests_at_once_add_one_person_one_key_and_one_group() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (user, _) = owner.add("someone@example.com").await;
    let keys = format!("/users/{}/keys", id(&user));
    for (path, body) in [
        ("/users", json!({ "email": "jane@example.com", "key": { "kind": "hardwareKey" } })),
        (keys.as_str(), json!({ "kind": "hardwareKey", "name": "Another" })),
        ("/groups", json!({ "name": "Readers", "memberIds": [id(&user)] })),
    ] {
        let key = new_uuid().to_string();
        let answers = join_all((0..10).map(|_| once(&owner, path, &key, &body).send())).await;
        for answer in &answers {
            assert_eq!(answer.status, 201, "{path}: {}", answer.text());
            assert_eq!(answer.json(), answers[0].json(), "{path}");
        }
    }
    assert_eq!(owner.read("/users").await["items"].as_array().unwrap().len(), 3);
    assert_eq!(owner.read(&keys).await["items"].as_array().unwrap().len(), 2);
    assert_eq!(owner.read("/groups?q=Readers").await["items"].as_array().unwrap().len(), 1);
    let made = owner.read("/activity?action=user.created").await;
    assert_eq!(made["items"].as_array().unwrap().len(), 3, "{made}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_equal_user_and_group_names_at_once_one_is_taken() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let people = ["jane", "JANE", "Jane", "\u{ff4a}ane", "jAnE"]
        .map(|name| json!({ "email": "a@example.com", "userName": name }));
    let groups = ["Readers", "READERS", "readers"].map(|name| json!({ "name": name }));
    for (path, bodies) in [("/users", &people[..]), ("/groups", &groups[..])] {
        let answers = join_all(bodies.iter().map(|body| owner.request("POST", path).json(body).send())).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 1, "{path}");
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            let problem = refused.problem(409, "conflict");
            assert_eq!(problem["errors"][0]["code"], "taken", "{problem}");
        }
    }
    assert_eq!(owner.read("/users").await["items"].as_array().unwrap().len(), 2);
}

/// Of several changes with one version exactly one wins.
#[track_caller]
fn one_won(answers: &[Answer]) {
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let said: Vec<String> = answers.iter().map(Answer::text).collect();
    assert_eq!(won, 1, "{said:#?}");
    for stale in answers.iter().filter(|answer| answer.status != 200) {
        stale.problem(412, "precondition_failed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_who_read_the_same_version_do_not_overwrite_each_other() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (user, _) = owner.add("jane@example.com").await;
    let group = owner.take("/groups", &json!({ "name": "Readers" })).await;
    let key = owner.read(&format!("/keys/{}", user["keys"][0]["id"].as_str().unwrap())).await;
    let settings = owner.read("/settings").await;
    for (path, field, version) in [
        (format!("/users/{}", id(&user)), "displayName", &user["version"]),
        (format!("/groups/{}", id(&group)), "name", &group["version"]),
        (format!("/keys/{}", id(&key)), "name", &key["version"]),
        ("/settings".to_owned(), "organisationName", &settings["version"]),
    ] {
        let change = |n: usize| {
            let request = owner.request("PATCH", &path).header("if-match", &format!("\"{version}\""));
            request.json(&json!({ field: format!("Name {n}") })).send()
        };
        let answers = join_all((0..8).map(change)).await;
        one_won(&answers);
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        let now = owner.get(&path).await;
        assert_eq!(now.json()[field], winner.json()[field]);
        assert_eq!(now.header("etag"), winner.header("etag"));
        for stale in ["\"0\"", "W/\"1\"", "nonsense", &format!("\"{version}\", \"1\"")] {
            let request = owner.request("PATCH", &path).header("if-match", stale);
            request.json(&json!({ field: "Stale" })).send().await.problem(412, "precondition_failed");
        }
    }
    // The same for what is no edit: two who suspend, disable or delete.
    let mut john = app.joined(&mut owner, "john").await.1;
    john = owner.read(&format!("/users/{}", id(&john))).await;
    let act = |verb: &'static str| {
        let request = owner.request("POST", &format!("/users/{}/{verb}", id(&john)));
        request.header("if-match", &format!("\"{}\"", john["version"])).send()
    };
    one_won(&join_all([act("disable"), act("disable"), act("disable")]).await);
}

/// What one owner does to another.
fn attack(attacker: &Browser, victim: &str, how: &str, owners: &str) -> crate::support::Request {
    match how {
        "disable" => attacker.request("POST", &format!("/users/{victim}/disable")),
        "delete" => attacker.request("DELETE", &format!("/users/{victim}")),
        _ => attacker.request("DELETE", &format!("/users/{victim}/groups/{owners}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_owners_who_remove_each_other_at_once_leave_one() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let mut owner = app.owner_browser().await;
    let groups = owner.read("/groups").await;
    let owners = groups["items"].as_array().unwrap().iter().find(|group| group["role"] == "owner").unwrap();
    let owners = id(owners).to_owned();
    for round in 0..3 {
        for how in ["disable", "delete", "demote"] {
            let (second, user) = app.joined(&mut owner, &format!("{how}{round}")).await;
            let second_id = id(&user).to_owned();
            owner.take(&format!("/groups/{owners}/members"), &json!({ "add": [second_id] })).await;
            let first_id = owner.read("/session").await["user"]["id"].as_str().unwrap().to_owned();
            let (mine, theirs) = tokio::join!(
                attack(&owner, &second_id, how, &owners).send(),
                attack(&second, &first_id, how, &owners).send()
            );
            let won = |answer: &Answer| (200..300).contains(&answer.status);
            assert!(
                won(&mine) != won(&theirs),
                "{how}: {} {} / {} {}",
                mine.status,
                mine.text(),
                theirs.status,
                theirs.text()
            );
            let loser = if won(&mine) { &theirs } else { &mine };
            assert!([401, 403, 404, 409].contains(&loser.status), "{how}: {}", loser.text());
            let left = roles::owners(&mut app.app.db.read().await.unwrap()).await.unwrap();
            assert_eq!(left, 1, "{how}");
            if won(&theirs) {
                owner = second;
            }
            assert_eq!(owner.read("/session").await["role"], "owner", "the one who stays is an owner still");
        }
    }
    // And the last one can't go, by whatever way.
    let me = owner.read("/session").await["user"]["id"].as_str().unwrap().to_owned();
    for how in ["disable", "delete", "demote"] {
        let answer = attack(&owner, &me, how, &owners).send().await;
        assert!([403, 409].contains(&answer.status), "{how}: {}", answer.text());
    }
    owner.patch(&format!("/groups/{owners}"), &json!({ "role": null })).await.problem(409, "last_owner");
    owner.delete(&format!("/groups/{owners}")).await.problem(409, "last_owner");
    let key = owner.read("/me").await["keys"][0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/keys/{key}/revoke"), &json!({ "reason": "left" })).await.problem(409, "last_owner");
    owner.post(&format!("/keys/{key}/suspend"), &json!({})).await.problem(409, "last_owner");
    assert!(owner.signed_in().await);
}
