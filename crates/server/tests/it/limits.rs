//! Lists, addresses and API keys: what may be asked for, how much of it, and by whom.

use keystead::http::access::{ACCESS, BASE};
use keystead_directory::{Timestamp, ids::new_uuid, roles::Role, sql};
use serde_json::{Value, json};

use crate::{
    bad_input::{NOWHERE, bodies},
    support::TestApp,
};

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_thousand_members_at_a_time_and_only_people() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let group = owner.take("/groups", &json!({ "name": "Readers" })).await;
    let many: Vec<String> = (0..1001).map(|_| new_uuid().to_string()).collect();
    let path = format!("/groups/{}/members", id(&group));
    owner.post(&path, &json!({ "add": many })).await.problem(422, "invalid");
    owner.post(&path, &json!({ "remove": many })).await.problem(422, "invalid");
    owner.post("/groups", &json!({ "name": "Others", "memberIds": many })).await.problem(422, "invalid");
    owner.post("/users", &json!({ "email": "a@example.com", "groupIds": many[..201] })).await.problem(422, "invalid");
    // Nobody has these ids: all or nothing, and never a fault.
    let (user, _) = owner.add("jane@example.com").await;
    let mut some = many[..999].to_vec();
    some.push(id(&user).to_owned());
    let answer = owner.post(&path, &json!({ "add": some })).await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    assert_eq!(owner.read(&format!("/groups/{}", id(&group))).await["memberCount"], 0);
    owner.take(&path, &json!({ "add": [id(&user), id(&user)] })).await;
    assert_eq!(owner.read(&format!("/groups/{}", id(&group))).await["memberCount"], 1);
}

#[tokio::test]
async fn a_list_says_what_is_wrong_with_how_it_is_asked_for() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    for n in 0..3 {
        owner.add(&format!("person{n}@example.com")).await;
    }
    let page = owner.read("/users?limit=1&sort=email").await;
    let cursor = page["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(
        owner.read(&format!("/users?limit=1&sort=email&cursor={cursor}")).await["items"].as_array().unwrap().len(),
        1
    );
    for list in ["/users", "/keys", "/groups", "/activity"] {
        for query in [
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=1e3",
            "limit=",
            "limit=4294967297",
            "limit=1&limit=2",
            "cursor=a",
            "cursor=%00",
            "cursor=%FF",
            "cursor=e30",
            "sort=nothing",
            "sort=-",
            "sort=email;drop",
            "nothing=1",
            "q=%FF",
            &format!("cursor={}", "A".repeat(5000)),
            &format!("cursor={cursor}&sort=-createdAt"),
        ] {
            // These lists have their own order, or read their text leniently.
            if (list == "/activity" && query.starts_with("sort")) || query == "q=%FF" {
                let answer = owner.get(&format!("{list}?{query}")).await;
                assert!(
                    answer.status == 200 || answer.status == 400 || answer.status == 422,
                    "{list}?{query}: {}",
                    answer.text()
                );
                continue;
            }
            let answer = owner.get(&format!("{list}?{query}")).await;
            assert!([400, 422].contains(&answer.status), "{list}?{query}: {} {}", answer.status, answer.text());
            answer.problem(answer.status, "invalid");
        }
    }
    for query in ["status=nothing", "origin=nothing", "keyKind=card", "groupId=1", "status=new;active"] {
        let answer = owner.get(&format!("/users?{query}")).await;
        assert!([400, 422].contains(&answer.status), "{query}: {} {}", answer.status, answer.text());
    }
    for query in ["userId=1", "action=nothing", "from=yesterday", "to=1", "actorId=%27"] {
        let answer = owner.get(&format!("/activity?{query}")).await;
        assert!([400, 422].contains(&answer.status), "{query}: {} {}", answer.status, answer.text());
        let answer = owner.get(&format!("/activity/export?format=csv&{query}")).await;
        assert!([400, 422].contains(&answer.status), "export {query}: {} {}", answer.status, answer.text());
    }
    owner.get("/activity/export?format=xml").await.problem(400, "invalid");
    // Any text may be searched for.
    for q in ["%25", "_", "'", "%27%20or%201=1--", "%00", "%F0%9F%98%80", "*", "%5C", "%22", &"a".repeat(5000)] {
        let answer = owner.get(&format!("/users?q={q}")).await;
        assert!([200, 422].contains(&answer.status), "{q:.20}: {} {}", answer.status, answer.text());
    }
}

#[tokio::test]
async fn an_address_with_something_that_is_no_id_names_nothing() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    assert_eq!(owner.step_up().await.status, 200);
    for rule in ACCESS.iter().filter(|rule| rule.path.contains('{')) {
        let body = bodies().into_iter().find(|(method, path, _)| *method == rule.method && *path == rule.path);
        for wrong in ["1", "me", "..", "%2e%2e", "null", "%00", "00000000-0000-7000-8000-00000000000g", NOWHERE] {
            let path = rule.path.replace("{id}", wrong).replace("{groupId}", wrong);
            let request = app.request(rule.method.as_str(), &format!("{BASE}{path}"));
            let cookie = format!("keystead-session={}", owner.cookies["keystead-session"]);
            let request = request.browser(&cookie);
            let request = if let Some((_, _, body)) = &body { request.json(body) } else { request };
            let answer = request.send().await;
            assert!(
                answer.status == 404 || (wrong.contains('.') || wrong.contains("%2e")) && answer.status == 405,
                "{} {path}: {} {}",
                rule.method,
                answer.status,
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn a_revoked_or_expired_api_key_is_none() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let made = owner.take("/api-keys", &json!({ "name": "a", "role": "owner", "expiresInDays": 1 })).await;
    let (key, secret) =
        (made["apiKey"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned());
    assert_eq!(app.get("/api/v1/users").bearer(&secret).send().await.status, 200);
    assert!(!owner.read("/api-keys").await.to_string().contains(&secret), "the secret is shown again");
    assert_eq!(owner.delete(&format!("/api-keys/{key}")).await.status, 204);
    app.get("/api/v1/users").bearer(&secret).send().await.problem(401, "unauthenticated");
    owner.delete(&format!("/api-keys/{key}")).await.problem(404, "not_found");

    let second = app.api_key(Role::Owner).await;
    assert_eq!(app.get("/api/v1/users").bearer(&second).send().await.status, 200);
    let now = Timestamp::now();
    let mut tx = app.app.db.write(now).await.unwrap();
    let statement = sql!("update api_keys set expires_at = $1 where revoked_at is null");
    assert_eq!(tx.query(statement).bind(now).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
    app.get("/api/v1/users").bearer(&second).send().await.problem(401, "unauthenticated");
    // A session's cookie is no API key, and an API key no session.
    let session = owner.cookies["keystead-session"].clone();
    app.get("/api/v1/users").bearer(&session).send().await.problem(401, "unauthenticated");
    let third = app.api_key(Role::Owner).await;
    app.get("/api/v1/users").browser(&format!("keystead-session={third}")).send().await.problem(401, "unauthenticated");
}
