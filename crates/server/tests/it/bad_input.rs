//! Whatever is wrong with a request gets a problem document that says so, and changes nothing.

use keystead::http::access::{ACCESS, BASE};
use keystead_directory::{Timestamp, ids::new_uuid, roles::Role, sql};
use serde_json::{Value, json};

use crate::support::{Browser, Request, TestApp};

const NOWHERE: &str = "00000000-0000-7000-8000-0000000000ff";

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// A body that each route with one understands; ids in it and in the address name nothing.
fn bodies() -> Vec<(&'static str, &'static str, Value)> {
    let answer = json!({ "ceremonyId": "a", "credential": {} });
    let finish = json!({ "token": "a", "ceremonyId": "a", "credential": {} });
    vec![
        ("POST", "/setup/inspect", json!({ "token": "a" })),
        (
            "POST",
            "/setup/options",
            json!({ "token": "a", "organisationName": "a", "email": "a@example.com", "displayName": "a" }),
        ),
        ("POST", "/setup/finish", finish.clone()),
        ("POST", "/registrations/inspect", json!({ "token": "a" })),
        ("POST", "/registrations/options", json!({ "token": "a" })),
        ("POST", "/registrations/finish", finish),
        ("POST", "/signin/options", json!({})),
        ("POST", "/signin/finish", answer.clone()),
        ("POST", "/session/step-up/options", json!({})),
        ("POST", "/session/step-up/finish", answer),
        ("PATCH", "/me", json!({ "displayName": "a", "phone": "+1", "preferredLanguage": "en" })),
        ("PATCH", "/me/keys/{id}", json!({ "name": "a" })),
        ("POST", "/me/keys/{id}/report-lost", json!({})),
        (
            "POST",
            "/users",
            json!({
                "email": "a@example.com", "userName": "a", "givenName": "a", "familyName": "a", "displayName": "a",
                "phone": "1", "title": "a", "department": "a", "preferredLanguage": "en", "note": "a",
                "groupIds": [], "key": { "kind": "hardwareKey", "name": "a" },
            }),
        ),
        (
            "PATCH",
            "/users/{id}",
            json!({
                "email": "a@example.com", "userName": "a", "givenName": "a", "familyName": "a", "displayName": "a",
                "phone": "1", "title": "a", "department": "a", "preferredLanguage": "en",
            }),
        ),
        ("POST", "/users/{id}/disable", json!({})),
        ("POST", "/users/{id}/enable", json!({})),
        ("POST", "/users/{id}/keys", json!({ "kind": "hardwareKey", "name": "a", "note": "a" })),
        ("POST", "/groups", json!({ "name": "a", "description": "a", "role": null, "memberIds": [] })),
        ("PATCH", "/groups/{id}", json!({ "name": "a", "description": "a" })),
        ("POST", "/groups/{id}/members", json!({ "add": [], "remove": [] })),
        ("PATCH", "/keys/{id}", json!({ "name": "a" })),
        ("POST", "/keys/{id}/resend", json!({ "note": "a" })),
        ("POST", "/keys/{id}/cancel", json!({})),
        ("POST", "/keys/{id}/suspend", json!({})),
        ("POST", "/keys/{id}/resume", json!({})),
        ("POST", "/keys/{id}/revoke", json!({ "reason": "lost" })),
        (
            "PATCH",
            "/settings",
            json!({
                "organisationName": "a", "linkLifetimeHours": 72, "sessionIdleMinutes": 60, "sessionAbsoluteHours": 12,
                "attestation": "any", "allowedAaguids": [],
            }),
        ),
        ("POST", "/settings/mail/test", json!({})),
        ("POST", "/api-keys", json!({ "name": "a", "role": "auditor", "expiresInDays": 1 })),
    ]
}

fn request(owner: &Browser, method: &str, path: &str, body: &Value) -> Request {
    owner.request(method, &path.replace("{id}", NOWHERE)).json(body)
}

#[test]
fn every_route_that_takes_a_body_is_tried_here() {
    let mut tried: Vec<String> = bodies().iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let with_body = |rule: &&keystead::http::access::Rule| ["POST", "PATCH"].contains(&rule.method.as_str());
    let mut ruled: Vec<String> =
        ACCESS.iter().filter(with_body).map(|rule| format!("{} {}", rule.method, rule.path)).collect();
    tried.sort();
    ruled.sort();
    assert_eq!(tried, ruled);
}

#[tokio::test]
async fn a_field_that_is_not_asked_for_is_refused_wherever_it_stands() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let mut owner = app.owner_browser().await;
    let before = owner.read("/activity").await;
    for (method, path, body) in bodies() {
        for field in ["id", "isOwner", "active", "status", "version", "createdAt", "externalId", "origin", "passkey"] {
            let mut stray = body.clone();
            stray[field] = json!("1");
            let problem = request(&owner, method, path, &stray).send().await.problem(400, "invalid");
            assert_eq!(problem["errors"][0]["code"], "unknown", "{method} {path} {field}: {problem}");
            assert_eq!(problem["errors"][0]["field"], field, "{method} {path}");
        }
    }
    let nested = json!({ "email": "a@example.com", "key": { "kind": "hardwareKey", "state": "active" } });
    let problem = owner.post("/users", &nested).await.problem(400, "invalid");
    assert_eq!(problem["errors"][0]["field"], "key.state");
    assert_eq!(owner.read("/activity").await, before, "a refused request left a record");
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_named() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let owner = app.owner_browser().await;
    for (method, path, body) in bodies() {
        // `credential` is any object: what it must be is the verifier's to say.
        for field in body.as_object().unwrap().keys().filter(|field| *field != "credential") {
            for wrong in [json!(true), json!(1.5), json!({ "a": 1 }), json!([[]]), json!([{ "$ne": null }])] {
                let mut bent = body.clone();
                bent[field] = wrong.clone();
                let answer = request(&owner, method, path, &bent).send().await;
                assert_eq!(answer.status, 400, "{method} {path} {field} {wrong}: {}", answer.text());
                let problem = answer.problem(400, "invalid");
                let named = problem["errors"][0]["field"].as_str().unwrap_or_default();
                // A list where an object belongs is refused for what it is, without a name.
                let list = field == "key" && wrong.is_array();
                assert!(list || named.starts_with(field.as_str()), "{method} {path} {field} {wrong}: {problem}");
            }
        }
        // A list of the fields' values in their order is no object either.
        let values: Value = body.as_object().unwrap().values().cloned().collect();
        for whole in [json!([]), json!("a"), json!(1), json!(null), json!([body]), values] {
            let answer = request(&owner, method, path, &whole).send().await;
            assert_eq!(answer.status, 400, "{method} {path} {whole}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_form_is_not_json() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let owner = app.owner_browser().await;
    for (method, path, body) in bodies() {
        for kind in
            ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=a", "application/jsonp"]
        {
            let bare = owner.request(method, &path.replace("{id}", NOWHERE)).header("content-type", kind);
            let answer = bare.body(body.to_string().as_bytes()).send().await;
            assert_eq!(answer.status, 415, "{method} {path} {kind}: {}", answer.text());
            answer.problem(415, "unsupported_media_type");
        }
    }
}

#[tokio::test]
async fn an_address_is_one_address() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (user, _) = owner.add("jane@example.com").await;
    for email in [
        "",
        " ",
        "jane",
        "@example.com",
        "jane@",
        "a@x.example,b@y.example",
        "a@x.example;b@y.example",
        "a@x.example b@y.example",
        "a@x.example\r\nBcc: b@y.example",
        "a@x.example\nb@y.example",
        "a\u{0}@x.example",
        "Jane <jane@example.com>",
        "<jane@example.com>",
        "\"a,b\"@x.example",
        "a@b@c.example",
        "a@-x.example",
        "a@x..example",
        ".a@x.example",
        "a@x.example\u{2028}b",
        "a@[127.0.0.1]",
        &format!("{}@example.com", "a".repeat(65)),
        &format!("a@{}.example", "b".repeat(300)),
    ] {
        let problem = owner.post("/users", &json!({ "email": email })).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "email", "{email:?}: {problem}");
        let answer = owner.patch(&format!("/users/{}", id(&user)), &json!({ "email": email })).await;
        answer.problem(422, "invalid");
    }
    assert_eq!(owner.read("/users").await["items"].as_array().unwrap().len(), 2);
    // What stands around it is not part of it.
    let answer = owner.take("/users", &json!({ "email": "  padded@example.com\r\n" })).await;
    assert_eq!(answer["user"]["email"], "padded@example.com");
}

#[tokio::test]
async fn markup_comes_back_as_the_text_it_is() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let evil = "<img src=x onerror=alert(1)>\"'`{{7*7}}${7*7}";
    let fields = ["userName", "givenName", "familyName", "displayName", "title", "department"];
    let mut body = json!({ "email": "jane@example.com", "note": evil, "key": { "kind": "hardwareKey", "name": evil } });
    for field in fields {
        body[field] = json!(evil);
    }
    let made = owner.take("/users", &body).await;
    let user = owner.get(&format!("/users/{}", id(&made["user"]))).await;
    assert!(user.header("content-type").starts_with("application/json"));
    for field in fields {
        assert_eq!(user.json()[field], evil, "{field}");
    }
    assert_eq!(user.json()["keys"][0]["name"], evil);
    let group = owner.take("/groups", &json!({ "name": evil, "description": evil })).await;
    assert_eq!((group["name"].as_str(), group["description"].as_str()), (Some(evil), Some(evil)));
    let answer = owner.patch("/settings", &json!({ "organisationName": evil })).await;
    assert_eq!(answer.json()["organisationName"], evil);
    let token = crate::support::token_of(&made["registration"]["link"]);
    let seen = owner.take("/registrations/inspect", &json!({ "token": token })).await;
    assert_eq!((seen["note"].as_str(), seen["organisationName"].as_str()), (Some(evil), Some(evil)));
    // The page that every person gets holds none of it.
    for path in ["/", "/users", &format!("/users/{}", id(&made["user"]))] {
        let page = app.get(path).header("accept", "text/html").send().await;
        assert!(!page.text().contains("onerror"), "{path}");
    }
}

#[tokio::test]
async fn what_is_too_long_or_has_control_characters_is_refused_at_its_field() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (user, _) = owner.add("jane@example.com").await;
    let group = owner.take("/groups", &json!({ "name": "Readers" })).await;
    let own_key = owner.read("/me").await["keys"][0].clone();
    let people = [
        "email",
        "userName",
        "givenName",
        "familyName",
        "displayName",
        "phone",
        "title",
        "department",
        "preferredLanguage",
    ];
    let mut places: Vec<(&str, String, &str)> = Vec::new();
    for field in people {
        places.push(("PATCH", format!("/users/{}", id(&user)), field));
        places.push(("POST", "/users".to_owned(), field));
    }
    places.push(("PATCH", "/me".to_owned(), "displayName"));
    places.push(("PATCH", format!("/me/keys/{}", id(&own_key)), "name"));
    places.push(("PATCH", format!("/keys/{}", id(&own_key)), "name"));
    places.push(("PATCH", format!("/groups/{}", id(&group)), "name"));
    places.push(("PATCH", format!("/groups/{}", id(&group)), "description"));
    places.push(("POST", "/groups".to_owned(), "name"));
    places.push(("PATCH", "/settings".to_owned(), "organisationName"));
    places.push(("POST", "/api-keys".to_owned(), "name"));
    places.push(("POST", format!("/users/{}/keys", id(&user)), "name"));
    places.push(("POST", format!("/users/{}/keys", id(&user)), "note"));
    let before = owner.read("/activity").await;
    for (method, path, field) in &places {
        for wrong in ["a".repeat(5_000), "a\u{0}b".to_owned(), "a\u{202e}b".to_owned(), "a\u{1b}[31mb".to_owned()] {
            let mut body = match path.as_str() {
                "/users" => json!({ "email": "a@example.com" }),
                "/groups" => json!({ "name": "a" }),
                "/api-keys" => json!({ "name": "a", "role": "auditor", "expiresInDays": 1 }),
                path if path.ends_with("/keys") => json!({ "kind": "hardwareKey" }),
                _ => json!({}),
            };
            body[*field] = json!(wrong);
            let answer = owner.request(method, path).json(&body).send().await;
            assert_eq!(answer.status, 422, "{method} {path} {field} {wrong:.20}: {}", answer.text());
            let problem = answer.problem(422, "invalid");
            let named = problem["errors"].as_array().unwrap().iter().any(|error| error["field"] == *field);
            assert!(named, "{method} {path} {field}: {problem}");
        }
    }
    for (field, wrong) in [
        ("linkLifetimeHours", [0, 337, -1, i64::MAX]),
        ("sessionIdleMinutes", [4, 1441, -1, i64::MIN]),
        ("sessionAbsoluteHours", [0, 721, -1, i64::MAX]),
    ] {
        for wrong in wrong {
            let problem = owner.patch("/settings", &json!({ field: wrong })).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["field"], field);
        }
    }
    for days in [0, 3651, -1, i64::MAX] {
        let body = json!({ "name": "a", "role": "auditor", "expiresInDays": days });
        owner.post("/api-keys", &body).await.problem(422, "invalid");
    }
    assert_eq!(owner.read("/activity").await, before, "a refused request left a record");
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
    for query in ["status=nothing", "origin=nothing", "keyKind=smartphone", "groupId=1", "status=new;active"] {
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
