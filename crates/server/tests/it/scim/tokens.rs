//! What a SCIM token opens, and what does not open SCIM.

use keystead_directory::{
    Timestamp,
    actor::Actor,
    roles::Role,
    scim::{self, settings::SettingsChange},
};
use serde_json::json;

use super::{Desk, refused, token};

const PATHS: [&str; 6] = [
    "/api/scim/v2/Users",
    "/api/scim/v2/Groups/",
    "/api/scim/v2",
    "/api/scim/v2/",
    "/api/scim/v2/nothing",
    "/api/scim/v2//Users",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_a_living_token_opens_scim() {
    let desk = Desk::start().await;
    let key = desk.app.api_key(Role::Owner).await;
    let owner = desk.app.owner().await;
    let half = &desk.token[..20];
    let longer = format!("{}a", desk.token);
    for path in PATHS {
        let get = || desk.app.get(path);
        let list = format!("Bearer {0}, Bearer {0}", desk.token);
        for (what, request) in [
            ("nothing", get()),
            ("an empty token", get().header("authorization", "Bearer ")),
            ("another scheme", get().header("authorization", &format!("Basic {}", desk.token))),
            ("no scheme", get().header("authorization", &desk.token)),
            ("the beginning of a token", get().bearer(half)),
            ("a longer one", get().bearer(&longer)),
            ("a list", get().header("authorization", &list)),
            ("two headers", get().bearer(&desk.token).bearer(&desk.token)),
            ("null", get().bearer("null")),
            ("an owner's API key", get().bearer(&key)),
            ("an owner's session", get().browser(&owner.cookie)),
            ("a token in the query", desk.app.get(&format!("{path}?access_token={}", desk.token))),
        ] {
            let answer = request.send().await;
            assert_eq!(answer.status, 401, "{what} at {path}");
            refused(&answer, 401, "");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scim_token_opens_nothing_else() {
    let desk = Desk::start().await;
    for path in ["/api/v1/users", "/api/v1/groups", "/api/v1/session", "/api/v1/settings", "/api/v1/activity"] {
        desk.app.get(path).bearer(&desk.token).send().await.problem(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_tokens_live_at_once_until_they_are_revoked_or_run_out() {
    let desk = Desk::start().await;
    let second = token(&desk.app, "the next", &[]).await;
    let call = async |secret: &str| desk.app.get("/api/scim/v2/Users").bearer(secret).send().await.status;
    assert_eq!((call(&desk.token).await, call(&second).await), (200, 200));
    let db = &desk.app.app.db;
    let tokens = scim::tokens::list(&mut db.read().await.unwrap()).await.unwrap();
    assert!(tokens.len() == 2 && tokens.iter().all(|token| token.last_used_at.is_some()));
    let first = tokens.iter().find(|token| token.name == "Entra ID").unwrap().id;
    let mut tx = db.write(Timestamp::now()).await.unwrap();
    scim::tokens::revoke(&mut tx, &Actor::cli(), first).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((call(&desk.token).await, call(&second).await), (401, 200));
    let mut tx = db.write(Timestamp::now().plus_hours(-24 * 31)).await.unwrap();
    let (_, old) = scim::tokens::create(&mut tx, &Actor::cli(), "old", 30, &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(call(old.reveal()).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_good_in_its_networks_only() {
    let desk = Desk::start().await;
    for (network, status) in [("127.0.0.0/8", 200), ("203.0.113.0/24", 401), ("nonsense", 401)] {
        let token = token(&desk.app, "net", &[network.to_owned()]).await;
        let answer = desk.app.get("/api/scim/v2/Users").bearer(&token).send().await;
        assert_eq!(answer.status, status, "{network}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_scim_is_paused_clients_are_asked_to_come_back() {
    let desk = Desk::start().await;
    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    scim::settings::update(
        &mut tx,
        &Actor::cli(),
        SettingsChange { paused: Some(true), ..SettingsChange::default() },
        None,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let answer = desk.send("POST", "/Users", &json!({ "userName": "a" })).await;
    refused(&answer, 503, "");
    assert_eq!(answer.header("retry-after"), "300");
}
