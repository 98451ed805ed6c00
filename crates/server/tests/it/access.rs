//! Who may call what: every route × every role, from the one table.

use http::Method;
use keystead::http::{
    access::{ACCESS, Access, BASE, Rule},
    document,
};
use keystead_directory::{Timestamp, actor::Actor, roles::Role, users};

use crate::support::{Answer, TestApp};

/// The address of a route, with an id that nothing has in each place.
fn address(rule: &Rule) -> String {
    let filled = rule
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { "00000000-0000-7000-8000-0000000000ff" } else { part });
    format!("{BASE}{}", filled.collect::<Vec<_>>().join("/"))
}

/// Whether the answer is the guard's refusal: any other answer comes from behind it.
fn refused(answer: &Answer) -> bool {
    answer.status == 401 || (answer.status == 403 && answer.json()["code"] == "forbidden")
}

#[tokio::test]
async fn every_route_is_in_the_table_and_the_table_has_nothing_else() {
    let mut routed: Vec<String> = document::listed(&keystead::http::openapi())
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let mut ruled: Vec<String> = ACCESS.iter().map(|rule| format!("{} {}", rule.method, rule.path)).collect();
    routed.sort();
    ruled.sort();
    let missing: Vec<_> = ruled.iter().filter(|rule| !routed.contains(rule)).collect();
    let unruled: Vec<_> = routed.iter().filter(|route| !ruled.contains(route)).collect();
    assert!(missing.is_empty() && unruled.is_empty(), "without a route: {missing:#?}\nwithout a rule: {unruled:#?}");
}

#[tokio::test]
async fn without_a_sign_in_only_public_routes_answer() {
    let app = TestApp::start().await;
    for rule in ACCESS {
        let answer = app.request(rule.method.as_str(), &address(rule)).send().await;
        match rule.access {
            Access::Open | Access::Guarded | Access::Followed => {
                assert!(!refused(&answer), "{rule:?}: {}", answer.text());
            }
            Access::Person | Access::Permission(_) => {
                answer.problem(401, "unauthenticated");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
        }
    }
}

#[tokio::test]
async fn each_role_gets_what_the_table_gives_it_and_nothing_more() {
    let app = TestApp::start().await;
    app.owner().await;
    for role in Role::ALL {
        let token = app.api_key(role).await;
        let cookie = app.person(role).await.cookie;
        for rule in ACCESS.iter().filter(|rule| matches!(rule.access, Access::Person | Access::Permission(_))) {
            // Signing out would end the walk; it has a test of its own.
            if rule.path == "/session" && rule.method == Method::DELETE {
                continue;
            }
            let permitted = match rule.access {
                Access::Permission(permission) => role.permissions().contains(&permission),
                _ => true,
            };
            let request = app.request(rule.method.as_str(), &address(rule));
            let answer = request.clone().browser(&cookie).send().await;
            assert_eq!(!refused(&answer), permitted, "{role:?} in a browser, {rule:?}: {}", answer.text());
            let answer = request.bearer(&token).send().await;
            let permitted = permitted && !rule.person_only;
            assert_eq!(!refused(&answer), permitted, "{role:?} with an API key, {rule:?}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn what_looks_like_an_api_key_is_not_one() {
    let app = TestApp::start().await;
    let token = app.api_key(Role::Owner).await;
    let longer = format!("{token}a");
    let padded = format!("{token}{}", "=".repeat(4000));
    for value in [
        "Bearer ",
        "Bearer",
        "Bearer null",
        "",
        &format!("Bearer {}", &token[..token.len() - 1]),
        &format!("Bearer {longer}"),
        &format!("Bearer {padded}"),
        &format!("Basic {token}"),
        &format!("Bearer {token}, Bearer {token}"),
        &token,
    ] {
        let answer = app.get("/api/v1/users").header("authorization", value).send().await;
        answer.problem(401, "unauthenticated");
    }
    let answer = app.get(&format!("/api/v1/users?access_token={token}")).send().await;
    answer.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_wrong_api_key_is_not_saved_by_a_good_cookie() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let answer = app.get("/api/v1/users").browser(&owner.cookie).bearer("ksk_wrong").send().await;
    answer.problem(401, "unauthenticated");
}

#[tokio::test]
async fn another_sites_page_changes_nothing_with_a_persons_cookie() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let body = serde_json::json!({ "name": "Readers" });
    for origin in ["https://evil.example", "null", "http://localhost:1"] {
        let request = app.post("/api/v1/groups", &body).header("cookie", &owner.cookie).header("origin", origin);
        request.send().await.problem(403, "forbidden");
    }
    app.post("/api/v1/groups", &body).header("cookie", &owner.cookie).send().await.problem(403, "forbidden");
}

#[tokio::test]
async fn public_endpoints_ask_a_busy_address_to_wait() {
    let app = TestApp::start_with(&[("trusted_proxies", "127.0.0.1"), ("rate_limit", "30")]).await;
    let mut waited = false;
    for _ in 0..40 {
        let answer =
            app.request("POST", "/api/v1/signin/options").header("x-forwarded-for", "203.0.113.9").send().await;
        if answer.status == 429 {
            answer.problem(429, "rate_limited");
            assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            waited = true;
        }
    }
    assert!(waited, "40 requests at once were all taken");
    let other = app.request("POST", "/api/v1/signin/options").header("x-forwarded-for", "203.0.113.10").send().await;
    assert_ne!(other.status, 429, "another address pays for the busy one");
}

#[tokio::test]
async fn a_made_up_forwarded_address_does_not_evade_the_limit() {
    let app = TestApp::start_with(&[("rate_limit", "30")]).await;
    let mut last = 0;
    for n in 0..40 {
        let forged = format!("203.0.113.{n}");
        last = app.request("POST", "/api/v1/signin/options").header("x-forwarded-for", &forged).send().await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_disabled_person_is_out_from_that_second() {
    let app = TestApp::start().await;
    app.owner().await;
    let person = app.person(Role::Administrator).await;
    let there = app.get("/api/v1/users").browser(&person.cookie).send().await;
    assert!(!refused(&there), "{}", there.text());
    let mut tx = app.app.db.write(Timestamp::now()).await.unwrap();
    users::set_active(&mut tx, &Actor::cli(), person.user.id, false, None).await.unwrap();
    tx.commit().await.unwrap();
    app.get("/api/v1/users").browser(&person.cookie).send().await.problem(401, "unauthenticated");
}
