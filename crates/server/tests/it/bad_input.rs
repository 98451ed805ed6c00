//! Whatever is wrong with a request gets a problem document that says so, and changes nothing.

use keystead::http::access::ACCESS;
use serde_json::{Value, json};

use crate::support::{Browser, Request, TestApp};

pub const NOWHERE: &str = "00000000-0000-7000-8000-0000000000ff";

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// A body that each route with one understands; ids in it and in the address name nothing.
#[expect(clippy::too_many_lines, reason = "a table, a row for each route")]
pub fn bodies() -> Vec<(&'static str, &'static str, Value)> {
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
        ("POST", "/registrations/card", json!({ "token": "a" })),
        ("POST", "/registrations/card/readings", json!({ "token": "a", "workstation": "a" })),
        ("POST", "/registrations/card/follow", json!({ "token": "a", "readingId": NOWHERE })),
        ("POST", "/registrations/card/finish", json!({ "token": "a", "readingId": NOWHERE, "pin": "a" })),
        ("POST", "/signin/options", json!({})),
        ("POST", "/registrations/carry-over", json!({ "token": "a" })),
        ("POST", "/carry-overs/open", json!({ "token": "a" })),
        ("POST", "/carry-overs/follow", json!({ "follow": "a" })),
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
                "groupIds": [], "key": { "kind": "hardwareKey", "name": "a", "activation": "link" },
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
        ("POST", "/users/{id}/keys", json!({ "kind": "hardwareKey", "name": "a", "note": "a", "activation": "link" })),
        ("POST", "/groups", json!({ "name": "a", "description": "a", "role": null, "memberIds": [] })),
        ("PATCH", "/groups/{id}", json!({ "name": "a", "description": "a" })),
        ("POST", "/groups/{id}/members", json!({ "add": [], "remove": [] })),
        ("POST", "/imports", json!({ "source": "csv", "fileName": "a.csv" })),
        (
            "PATCH",
            "/imports/{id}",
            json!({ "csv": {}, "mode": "both", "groupIds": [], "newGroups": [], "assignKey": null, "entra": null }),
        ),
        ("POST", "/imports/{id}/plan", json!({})),
        ("POST", "/imports/{id}/ticks", json!({ "numbers": [], "ticked": true })),
        ("POST", "/imports/{id}/confirm", json!({ "approve": true })),
        ("POST", "/imports/{id}/cancel", json!({})),
        ("POST", "/imports/{id}/undo", json!({})),
        ("POST", "/integrations/entra/certificate", json!({})),
        ("POST", "/integrations/entra/check", json!({})),
        ("POST", "/integrations/entra/authorize", json!({ "way": "adminConsent" })),
        (
            "POST",
            "/integrations/entra/authorize/finish",
            json!({ "state": "a", "code": "a", "tenant": "a", "adminConsent": true, "error": "a", "errorDescription": "a" }),
        ),
        ("PATCH", "/integrations/scim", json!({ "paused": false, "grantRoles": false, "adoptByEmail": false })),
        (
            "POST",
            "/integrations/scim/tokens",
            json!({ "name": "a", "kind": "token", "clientId": null, "expiresInDays": 1, "networks": [] }),
        ),
        ("POST", "/integrations/scim/conflicts/link", json!({})),
        ("POST", "/integrations/scim/conflicts/{id}/link", json!({})),
        (
            "POST",
            "/import-schedules",
            json!({
                "name": "a", "every": "day", "at": "02:30", "weekday": null, "timeZone": "UTC", "enabled": false,
                "options": { "entra": { "scope": "allUsers" } },
            }),
        ),
        ("PATCH", "/import-schedules/{id}", json!({ "name": "a", "enabled": false })),
        ("POST", "/import-schedules/{id}/run", json!({})),
        ("PATCH", "/keys/{id}", json!({ "name": "a" })),
        ("POST", "/keys/{id}/resend", json!({ "note": "a" })),
        ("POST", "/keys/{id}/carry-over", json!({})),
        ("POST", "/keys/{id}/card/readings", json!({ "workstationId": NOWHERE })),
        ("POST", "/keys/{id}/card/bind", json!({ "readingId": NOWHERE })),
        ("POST", "/keys/{id}/card/reset-pin", json!({})),
        ("POST", "/keys/{id}/card/unblock", json!({})),
        ("POST", "/keys/{id}/cancel", json!({})),
        ("POST", "/keys/{id}/suspend", json!({})),
        ("POST", "/keys/{id}/resume", json!({})),
        ("POST", "/keys/{id}/revoke", json!({ "reason": "lost" })),
        (
            "PATCH",
            "/settings",
            json!({
                "organisationName": "a", "linkLifetimeHours": 72, "sessionIdleMinutes": 60, "sessionAbsoluteHours": 12,
                "attestation": "any", "allowedAaguids": [], "smartphonePasskeys": "synced",
                "cardPolicy": { "minimumLength": 6 },
            }),
        ),
        ("POST", "/settings/mail/test", json!({})),
        ("POST", "/workstations/codes", json!({})),
        ("PATCH", "/workstations/{id}", json!({ "name": "a" })),
        ("POST", "/workstations/{id}/revoke", json!({})),
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
                if wrong.is_boolean() && body[field].is_boolean() {
                    continue;
                }
                let mut bent = body.clone();
                bent[field] = wrong.clone();
                let answer = request(&owner, method, path, &bent).send().await;
                assert_eq!(answer.status, 400, "{method} {path} {field} {wrong}: {}", answer.text());
                let problem = answer.problem(400, "invalid");
                let named = problem["errors"][0]["field"].as_str().unwrap_or_default();
                assert!(named.starts_with(field.as_str()), "{method} {path} {field} {wrong}: {problem}");
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
