//! Registration links: looking uses nothing up, and each end has its own word.

use keystead_directory::{Timestamp, sql};
use serde_json::{Value, json};

use crate::support::{Browser, TestApp, token_of};

async fn inspect(browser: &mut Browser, token: &str) -> (u16, Value) {
    let answer = browser.post("/registrations/inspect", &json!({ "token": token })).await;
    (answer.status, answer.json()["code"].clone())
}

/// Every step of a registration answers the same.
async fn refused_everywhere(app: &TestApp, token: &str, status: u16, code: &str) {
    let mut browser = app.browser("late");
    let finish = json!({ "token": token, "ceremonyId": "a", "credential": {} });
    for (path, body) in [
        ("/registrations/inspect", json!({ "token": token })),
        ("/registrations/options", json!({ "token": token })),
        ("/registrations/finish", finish),
    ] {
        browser.post(path, &body).await.problem(status, code);
    }
}

#[tokio::test]
async fn looking_at_a_link_never_uses_it_up() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let mut owner = app.owner_browser().await;
    let (_, token) = owner.add("jane@example.com").await;
    let mut scanner = app.browser("scanner");
    for _ in 0..20 {
        assert_eq!(inspect(&mut scanner, &token).await.0, 200);
        for method in ["GET", "HEAD"] {
            for path in ["/register", "/api/v1/registrations/inspect", "/api/v1/registrations/finish"] {
                app.request(method, &format!("{path}?token={token}")).send().await;
            }
        }
        scanner.take("/registrations/options", &json!({ "token": token })).await;
    }
    let answer = app.browser("jane").register(&token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn each_end_of_a_link_has_its_own_word() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let mut owner = app.owner_browser().await;
    refused_everywhere(&app, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 404, "link_unknown").await;
    refused_everywhere(&app, "", 404, "link_unknown").await;
    refused_everywhere(&app, &"A".repeat(10_000), 404, "link_unknown").await;

    let (_, used) = owner.add("used@example.com").await;
    assert_eq!(app.browser("used").register(&used).await.status, 200);
    refused_everywhere(&app, &used, 410, "link_used").await;

    let (user, cancelled) = owner.add("cancelled@example.com").await;
    let key = user["keys"][0]["id"].as_str().unwrap().to_owned();
    let again = owner.take(&format!("/keys/{key}/resend"), &json!({ "note": "Once more" })).await;
    let newer = token_of(&again["link"]);
    refused_everywhere(&app, &cancelled, 410, "link_cancelled").await;
    assert_eq!(inspect(&mut app.browser("a"), &newer).await.0, 200);
    owner.take(&format!("/keys/{key}/cancel"), &json!({})).await;
    refused_everywhere(&app, &newer, 410, "link_cancelled").await;

    let (user, disabled) = owner.add("disabled@example.com").await;
    owner.take(&format!("/users/{}/disable", user["id"].as_str().unwrap()), &json!({})).await;
    refused_everywhere(&app, &disabled, 410, "link_disabled").await;

    let (user, moved) = owner.add("before@example.com").await;
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    assert_eq!(owner.patch(&path, &json!({ "displayName": "Same address" })).await.status, 200);
    assert_eq!(inspect(&mut app.browser("a"), &moved).await.0, 200, "another name does not end a link");
    assert_eq!(owner.patch(&path, &json!({ "email": "after@example.com" })).await.status, 200);
    refused_everywhere(&app, &moved, 410, "link_cancelled").await;

    let (user, deleted) = owner.add("deleted@example.com").await;
    assert_eq!(owner.delete(&format!("/users/{}", user["id"].as_str().unwrap())).await.status, 204);
    refused_everywhere(&app, &deleted, 404, "link_unknown").await;
}

#[tokio::test]
async fn a_link_that_ran_out_is_refused_even_when_the_page_was_open_before() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (user, token) = owner.add("jane@example.com").await;
    let mut jane = app.browser("jane");
    let options = jane.take("/registrations/options", &json!({ "token": token })).await;
    let body = jane.registered(&token, &options);
    let now = Timestamp::now();
    let mut tx = app.app.db.write(now).await.unwrap();
    let statement = sql!("update activations set expires_at = $1 where state = 'open'");
    assert_eq!(tx.query(statement).bind(now).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
    jane.post("/registrations/finish", &body).await.problem(410, "link_expired");
    refused_everywhere(&app, &token, 410, "link_expired").await;
    let credentials = owner.read(&format!("/users/{}/credentials", user["id"].as_str().unwrap())).await;
    assert_eq!(credentials["items"], json!([]));
}

#[tokio::test]
async fn a_link_that_dies_between_the_two_steps_binds_nothing() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    for (name, verb, code) in [("a", "resend", "link_cancelled"), ("b", "cancel", "link_cancelled")] {
        let (user, token) = owner.add(&format!("{name}@example.com")).await;
        let mut person = app.browser(name);
        let options = person.take("/registrations/options", &json!({ "token": token })).await;
        let body = person.registered(&token, &options);
        let key = user["keys"][0]["id"].as_str().unwrap();
        owner.take(&format!("/keys/{key}/{verb}"), &json!({})).await;
        person.post("/registrations/finish", &body).await.problem(410, code);
        let credentials = owner.read(&format!("/users/{}/credentials", user["id"].as_str().unwrap())).await;
        assert_eq!(credentials["items"], json!([]));
    }
}

#[tokio::test]
async fn one_persons_link_does_not_finish_what_anothers_began() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (_, hers) = owner.add("jane@example.com").await;
    let (john, his) = owner.add("john@example.com").await;
    let mut browser = app.browser("jane");
    let options = browser.take("/registrations/options", &json!({ "token": hers })).await;
    let mut body = browser.registered(&hers, &options);
    body["token"] = json!(his);
    browser.post("/registrations/finish", &body).await.problem(400, "ceremony_expired");
    assert_eq!(inspect(&mut browser, &his).await.0, 200);
    let credentials = owner.read(&format!("/users/{}/credentials", john["id"].as_str().unwrap())).await;
    assert_eq!(credentials["items"], json!([]));
    // Nor does it set anything up.
    browser.post("/setup/inspect", &json!({ "token": his })).await.problem(404, "link_unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_browsers_that_finish_one_link_at_once_one_wins() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let mut owner = app.owner_browser().await;
    let (user, token) = owner.add("jane@example.com").await;
    let mut ready = Vec::new();
    for n in 0..20 {
        let mut browser = app.browser(&format!("key {n}"));
        let options = browser.take("/registrations/options", &json!({ "token": token })).await;
        let body = browser.registered(&token, &options);
        ready.push((browser, body));
    }
    let mut finishing = Vec::new();
    for (mut browser, body) in ready {
        finishing.push(tokio::spawn(async move {
            let answer = browser.post("/registrations/finish", &body).await;
            (browser, answer)
        }));
    }
    let mut winners = Vec::new();
    for finished in finishing {
        let (browser, answer) = finished.await.unwrap();
        if answer.status == 200 { winners.push(browser) } else { drop(answer.problem(410, "link_used")) }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(winners[0].sign_in().await.status, 200, "the winner's key is the one that is bound");
    let credentials = owner.read(&format!("/users/{}/credentials", user["id"].as_str().unwrap())).await;
    assert_eq!(credentials["items"].as_array().unwrap().len(), 1);
}
