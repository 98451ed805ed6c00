//! The set-up: one link, one owner.

use keystead_directory::{Timestamp, activations, actor::Actor};
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn the_setup_link_makes_one_owner_and_signs_them_in() {
    let app = TestApp::start().await;
    let token = app.setup_token().await;
    let mut browser = app.browser("a");
    assert_eq!(browser.read("/instance").await["state"], "setup");
    assert!(browser.take("/setup/inspect", &json!({ "token": token })).await["expiresAt"].is_string());
    let answer = browser.set_up(&token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let session = browser.read("/session").await;
    assert_eq!(session["role"], "owner");
    assert_eq!(session["organisationName"], "Example");
    assert_eq!(session["user"]["email"], "owner@example.com");
    assert_eq!(browser.read("/instance").await["state"], "ready");

    let mut second = app.browser("b");
    for path in ["/setup/inspect", "/setup/options", "/setup/finish"] {
        let body = match path {
            "/setup/inspect" => json!({ "token": token }),
            "/setup/options" => {
                json!({ "token": token, "organisationName": "Other", "email": "b@example.com", "displayName": "B" })
            }
            _ => json!({ "token": token, "ceremonyId": "a", "credential": {} }),
        };
        second.post(path, &body).await.problem(410, "link_used");
    }
    assert_eq!(browser.read("/users").await["items"].as_array().unwrap().len(), 1);
    // The owner's key signs in again, in another browser.
    let mut elsewhere = app.browser("a");
    elsewhere.key = browser.key.clone();
    assert_eq!(elsewhere.sign_in().await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_browsers_that_finish_the_setup_at_once_one_wins() {
    let app = TestApp::start().await;
    let token = app.setup_token().await;
    let mut ready = Vec::new();
    for n in 0..6 {
        let mut browser = app.browser(&format!("browser {n}"));
        let who = json!({
            "token": token, "organisationName": format!("Org {n}"),
            "email": format!("owner{n}@example.com"), "displayName": format!("Owner {n}"),
        });
        let options = browser.take("/setup/options", &who).await;
        let body = browser.registered(&token, &options);
        ready.push((browser, body));
    }
    let mut finishing = Vec::new();
    for (mut browser, body) in ready {
        finishing.push(tokio::spawn(async move {
            let answer = browser.post("/setup/finish", &body).await;
            (browser, answer)
        }));
    }
    let mut winners = Vec::new();
    for finished in finishing {
        let (browser, answer) = finished.await.unwrap();
        if answer.status == 200 { winners.push(browser) } else { drop(answer.problem(410, "link_used")) }
    }
    assert_eq!(winners.len(), 1);
    let owner = &mut winners[0];
    let people = owner.read("/users").await;
    assert_eq!(people["items"].as_array().unwrap().len(), 1, "{people}");
    assert_eq!(people["items"][0]["role"], "owner");
    let settings = owner.read("/settings").await;
    let session = owner.read("/session").await;
    let name = session["user"]["displayName"].as_str().unwrap().replace("Owner", "Org");
    assert_eq!(settings["organisationName"], name, "the loser's name for the organisation stayed");
}

#[tokio::test]
async fn a_newer_setup_link_ends_the_older_and_none_is_made_for_an_owner() {
    let app = TestApp::start().await;
    let first = app.setup_token().await;
    let second = app.setup_token().await;
    let mut browser = app.browser("a");
    browser.post("/setup/inspect", &json!({ "token": first })).await.problem(410, "link_cancelled");
    assert_eq!(browser.set_up(&second).await.status, 200);
    let mut tx = app.app.db.write(Timestamp::now()).await.unwrap();
    assert!(activations::create_setup_link(&mut tx, &Actor::cli()).await.is_err());
}

#[tokio::test]
async fn a_recovery_link_registers_another_key_for_an_owner() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let mut tx = app.app.db.write(Timestamp::now()).await.unwrap();
    let (_, token, _) = activations::create_recovery_link(&mut tx, &Actor::cli(), None).await.unwrap();
    tx.commit().await.unwrap();
    let token = token.reveal().to_owned();
    let mut found = app.browser("a new key");
    // It is no set-up link, and shows whose it is.
    found.post("/setup/inspect", &json!({ "token": token })).await.problem(404, "link_unknown");
    let seen = found.take("/registrations/inspect", &json!({ "token": token })).await;
    assert_eq!(
        (seen["purpose"].as_str(), seen["person"]["email"].as_str()),
        (Some("recover"), Some("owner@example.com"))
    );
    let answer = found.register(&token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(found.sign_in().await.status, 200);
    assert_eq!(found.read("/session").await["role"], "owner");
    found.post("/registrations/inspect", &json!({ "token": token })).await.problem(410, "link_used");
    assert_eq!(owner.read("/me").await["keys"].as_array().unwrap().len(), 2);
    let actions = owner.read("/activity").await.to_string();
    assert!(actions.contains("owner.recoveryLinkCreated") && actions.contains("owner.recovered"), "{actions}");
}
