//! Access tokens by OAuth 2.0 client credentials.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Desk, text};
use crate::support::{Answer, Persona, TestApp};

async fn client(desk: &Desk, owner: &Persona, of: Option<&str>) -> (Value, String) {
    let mut body = json!({ "name": "Entra gallery", "kind": "client", "expiresInDays": 365 });
    if let Some(id) = of {
        body["clientId"] = id.into();
    }
    let answer = desk.panel(owner, "POST", "/tokens", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    (answer.json()["token"].clone(), text(&answer.json()["secret"]))
}

async fn ask(app: &TestApp, form: &str, authorization: Option<&str>) -> Answer {
    let request = app.request("POST", "/oauth/token").header("content-type", "application/x-www-form-urlencoded");
    let request = match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    let answer = request.body(form.as_bytes()).send().await;
    assert_eq!(answer.header("cache-control"), "no-store", "{}", answer.text());
    answer
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_buys_an_access_token_in_both_ways_and_calls_scim_with_it() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let (made, secret) = client(&desk, &owner, None).await;
    let id = text(&made["clientId"]);
    let in_form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=anything");
    for answer in [
        ask(&desk.app, &in_form, None).await,
        ask(&desk.app, "grant_type=client_credentials", Some(&basic(&id, &secret))).await,
    ] {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let token = answer.json();
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
        let access = text(&token["access_token"]);
        assert_eq!(desk.app.get("/api/scim/v2/Users").bearer(&access).send().await.status, 200);
        desk.app.get("/api/v1/users").bearer(&access).send().await.problem(401, "unauthenticated");
    }
    // The secret itself opens nothing, and a SCIM token is no secret of a client.
    assert_eq!(desk.app.get("/api/scim/v2/Users").bearer(&secret).send().await.status, 401);
    let answer = ask(&desk.app, "grant_type=client_credentials", Some(&basic(&id, &desk.token))).await;
    assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_secrets_of_a_client_live_at_once_and_each_ends_its_tokens_with_it() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let (first, old) = client(&desk, &owner, None).await;
    let id = text(&first["clientId"]);
    let (second, new) = client(&desk, &owner, Some(&id)).await;
    assert_eq!(second["clientId"], first["clientId"]);
    let third = json!({ "name": "third", "kind": "client", "expiresInDays": 9, "clientId": id });
    desk.panel(&owner, "POST", "/tokens", &third).await.problem(422, "invalid");
    let buy = async |secret: &str| ask(&desk.app, "grant_type=client_credentials", Some(&basic(&id, secret))).await;
    let (by_old, by_new) =
        (text(&buy(&old).await.json()["access_token"]), text(&buy(&new).await.json()["access_token"]));
    let call = async |token: &str| desk.app.get("/api/scim/v2/Users").bearer(token).send().await.status;
    assert_eq!((call(&by_old).await, call(&by_new).await), (200, 200));
    let path = format!("/tokens/{}", first["id"].as_str().unwrap());
    assert_eq!(desk.panel(&owner, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!((call(&by_old).await, call(&by_new).await), (401, 200));
    assert_eq!((buy(&old).await.status, buy(&new).await.status), (401, 200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_the_token_endpoint_is_one_of_the_standards() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let (made, secret) = client(&desk, &owner, None).await;
    let id = text(&made["clientId"]);
    let good = basic(&id, &secret);
    let grant = "grant_type=client_credentials";
    for (form, authorization, status, error) in [
        (String::new(), Some(good.as_str()), 400, "invalid_request"),
        ("grant_type=password&username=a&password=b".to_owned(), Some(&good), 400, "unsupported_grant_type"),
        (format!("{grant}&{grant}"), Some(&good), 400, "invalid_request"),
        (format!("{grant}&client_id={id}&client_secret={secret}"), Some(&good), 400, "invalid_request"),
        (format!("{grant}&client_id=another"), Some(&good), 400, "invalid_request"),
        (grant.to_owned(), None, 401, "invalid_client"),
        (format!("{grant}&client_id={id}"), None, 401, "invalid_client"),
        (format!("{grant}&client_id={id}&client_secret=ksc_wrong"), None, 401, "invalid_client"),
        (format!("{grant}&client_id=nobody&client_secret={secret}"), None, 401, "invalid_client"),
        (grant.to_owned(), Some("Basic %%%"), 401, "invalid_client"),
        (grant.to_owned(), Some("Bearer kss_x"), 401, "invalid_client"),
        (grant.to_owned(), Some(&basic(&id, "wrong")), 401, "invalid_client"),
    ] {
        let answer = ask(&desk.app, &form, authorization).await;
        assert_eq!((answer.status, &answer.json()["error"]), (status, &json!(error)), "{form} {authorization:?}");
        let challenged = answer.header("www-authenticate").starts_with("Basic");
        assert_eq!(challenged, status == 401 && authorization.is_some(), "{form} {authorization:?}");
    }
    let json = desk.app.request("POST", "/oauth/token").json(&json!({ "grant_type": "client_credentials" }));
    assert_eq!(json.send().await.json()["error"], "invalid_request");
    assert_eq!(desk.app.get("/oauth/token").send().await.status, 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_guesses_secrets_is_asked_to_wait() {
    let app = TestApp::start_with(&[("rate_limit", "30")]).await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let form = "grant_type=client_credentials&client_id=a&client_secret=b";
        let request = app.request("POST", "/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        statuses.push(request.body(form.as_bytes()).send().await.status);
    }
    assert!(statuses.contains(&401) && statuses.contains(&429), "{statuses:?}");
}
