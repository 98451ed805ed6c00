//! Dangerous acts ask for a touch of one's own key that is not older than 15 minutes.

use keystead_directory::{Timestamp, sql};
use serde_json::{Value, json};

use crate::support::{Browser, TestApp};

/// Lets minutes pass since every key was touched.
async fn minutes_pass(app: &TestApp, minutes: i64) {
    let mut tx = app.app.db.write(Timestamp::now()).await.unwrap();
    let statement = sql!("update sessions set authenticated_at = authenticated_at - $1 where id is not null");
    assert!(tx.query(statement).bind(minutes * 60_000).execute().await.unwrap() > 0);
    tx.commit().await.unwrap();
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[tokio::test]
async fn dangerous_acts_ask_for_a_fresh_touch_and_go_on_after_it() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (user, _) = owner.add("jane@example.com").await;
    let keepers = owner.take("/groups", &json!({ "name": "Keepers", "role": "administrator" })).await;
    let readers = owner.take("/groups", &json!({ "name": "Readers" })).await;
    let key = owner.take("/api-keys", &json!({ "name": "a", "role": "auditor", "expiresInDays": 1 })).await;
    let own_key = owner.read("/me").await["keys"][0].clone();
    let me = owner.read("/session").await["user"]["id"].as_str().unwrap().to_owned();

    let acts = [
        ("DELETE", format!("/users/{}", id(&user)), None),
        ("POST", "/groups".to_owned(), Some(json!({ "name": "New", "role": "auditor" }))),
        ("POST", "/users".to_owned(), Some(json!({ "email": "a@example.com", "groupIds": [id(&keepers)] }))),
        ("PATCH", format!("/groups/{}", id(&readers)), Some(json!({ "role": "owner" }))),
        ("PATCH", format!("/groups/{}", id(&keepers)), Some(json!({ "name": "Lookers" }))),
        ("PATCH", format!("/groups/{}", id(&keepers)), Some(json!({ "description": "They only look." }))),
        ("PATCH", format!("/groups/{}", id(&keepers)), Some(json!({ "role": null }))),
        ("POST", format!("/groups/{}/members", id(&keepers)), Some(json!({ "add": [id(&user)] }))),
        ("POST", format!("/groups/{}/members", id(&keepers)), Some(json!({ "remove": [id(&user)] }))),
        ("PUT", format!("/users/{}/groups/{}", id(&user), id(&keepers)), None),
        ("DELETE", format!("/users/{me}/groups/{}", id(&keepers)), None),
        ("DELETE", format!("/groups/{}", id(&keepers)), None),
        ("POST", "/api-keys".to_owned(), Some(json!({ "name": "b", "role": "owner", "expiresInDays": 1 }))),
        ("DELETE", format!("/api-keys/{}", key["apiKey"]["id"].as_str().unwrap()), None),
        ("PATCH", "/settings".to_owned(), Some(json!({ "organisationName": "Taken over" }))),
        ("POST", format!("/keys/{}/revoke", id(&own_key)), Some(json!({ "reason": "lost" }))),
    ];
    minutes_pass(&app, 14).await;
    assert_eq!(owner.patch("/settings", &json!({ "linkLifetimeHours": 24 })).await.status, 200, "14 minutes are fresh");
    minutes_pass(&app, 1).await;
    let before = state(&mut owner).await;
    for (method, path, body) in &acts {
        let request = owner.request(method, path);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = owner.send(request).await;
        assert_eq!(answer.json()["code"], "step_up_required", "{method} {path}: {}", answer.text());
        answer.problem(403, "step_up_required");
    }
    assert_eq!(state(&mut owner).await, before, "a refused act changed something");
    // Ordinary work goes on without a touch.
    let answer = owner.patch(&format!("/users/{}", id(&user)), &json!({ "title": "Smith" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let path = format!("/groups/{}", id(&readers));
    let answer = owner.patch(&path, &json!({ "name": "Bookworms" })).await;
    assert_eq!(answer.status, 200, "a group without a role is no danger: {}", answer.text());

    let answer = owner.step_up().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (last, acts) = acts.split_last().unwrap();
    for (method, path, body) in acts.iter().rev() {
        let request = owner.request(method, path);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = owner.send(request).await;
        // What an act before it took away is gone; none asks for a touch.
        assert!(
            (200..300).contains(&answer.status) || answer.status == 404 || answer.status == 422,
            "{method} {path}: {}",
            answer.text()
        );
    }
    let answer = owner.post(&last.1, last.2.as_ref().unwrap()).await;
    answer.problem(409, "last_owner");
    assert!(owner.read("/activity").await.to_string().contains("stepUp.succeeded"));
}

async fn state(owner: &mut Browser) -> Value {
    json!([
        owner.read("/users").await,
        owner.read("/groups").await,
        owner.read("/api-keys").await,
        owner.read("/settings").await,
        owner.read("/keys").await,
    ])
}

#[tokio::test]
async fn another_persons_key_is_no_fresh_touch() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (jane, user) = app.joined(&mut owner, "jane").await;
    minutes_pass(&app, 15).await;
    let mut options = owner.take("/session/step-up/options", &json!({})).await;
    let asked = options["publicKey"]["allowCredentials"].as_array().unwrap().len();
    assert_eq!(asked, 1, "a step-up asks for the person's own keys: {options}");
    options["publicKey"]["allowCredentials"] = json!([]);
    let mut thief = owner.clone();
    thief.key = jane.key.clone();
    let body = thief.signed(&options);
    thief.post("/session/step-up/finish", &body).await.problem(401, "credential_refused");
    // It is a refusal of whose session it is, under its own name, and no sign-in of anybody's.
    let me = owner.read("/session").await["user"]["displayName"].clone();
    let refused = owner.read("/activity?action=stepUp.refused").await;
    assert_eq!(refused["items"].as_array().map(Vec::len), Some(1), "{refused}");
    assert_eq!(
        (&refused["items"][0]["actor"]["name"], &refused["items"][0]["details"]["reason"]),
        (&me, &json!("unknownKey"))
    );
    assert_eq!(owner.read("/activity?action=signin.refused").await["items"], json!([]));
    let path = format!("/users/{}", id(&user));
    thief.delete(&path).await.problem(403, "step_up_required");
    assert_eq!(owner.step_up().await.status, 200);
    assert_eq!(owner.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_key_that_was_suspended_is_not_asked_for_and_not_taken() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    // A second key of the owner's, which is then suspended.
    let me = owner.read("/session").await["user"]["id"].as_str().unwrap().to_owned();
    let made = owner.take(&format!("/users/{me}/keys"), &json!({ "kind": "hardwareKey" })).await;
    let mut spare = app.browser("spare");
    assert_eq!(spare.register(&crate::support::token_of(&made["registration"]["link"])).await.status, 200);
    let options = owner.take("/session/step-up/options", &json!({})).await;
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().unwrap().len(), 2);
    owner.take(&format!("/keys/{}/suspend", made["key"]["id"].as_str().unwrap()), &json!({})).await;
    let mut with_spare = owner.clone();
    with_spare.key = spare.key.clone();
    let body = with_spare.signed(&options);
    with_spare.post("/session/step-up/finish", &body).await.problem(401, "credential_refused");
    let refused = owner.read("/activity?action=stepUp.refused").await;
    assert_eq!(refused["items"][0]["details"]["reason"], "suspended", "{refused}");
    let options = owner.take("/session/step-up/options", &json!({})).await;
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
}
