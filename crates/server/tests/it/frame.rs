//! What is true for every request: problem documents, limits, headers, health.

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn an_unknown_address_of_the_api_is_a_problem() {
    let app = TestApp::start().await;
    for path in ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/users", "/api/v1/users/../../nothing"] {
        app.get(path).send().await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_says_which_it_does() {
    let app = TestApp::start().await;
    let answer = app.request("PUT", "/api/v1/users").send().await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow").replace(' ', ""), "GET,HEAD,POST");
    let answer = app.request("OPTIONS", "/api/v1/users").header("origin", "https://evil.example").send().await;
    answer.problem(405, "method_not_allowed");
    assert!(!answer.headers.keys().any(|name| name.starts_with("access-control")), "there is no CORS");
    let answer = app.request("DELETE", "/healthz").send().await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow").replace(' ', ""), "GET,HEAD");
    app.request("POST", "/").send().await.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_anything_else() {
    let app = TestApp::start().await;
    let body = vec![b' '; 1024 * 1024 + 1];
    for path in ["/api/v1/signin/finish", "/api/v1/users", "/api/v1/nothing"] {
        let request = app.request("POST", path).header("content-type", "application/json").body(&body);
        request.send().await.problem(413, "payload_too_large");
    }
    let huge = vec![b'x'; 24 * 1024 * 1024];
    app.request("POST", "/api/v1/users").body(&huge).send().await.problem(413, "payload_too_large");
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let app = TestApp::start().await;
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "application/jsonp"]
    {
        let request = app.request("POST", "/api/v1/signin/finish").header("content-type", kind).body(b"{}");
        request.send().await.problem(415, "unsupported_media_type");
    }
    let request = app.request("POST", "/api/v1/signin/finish").body(b"{}");
    request.send().await.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_with_the_place() {
    let app = TestApp::start().await;
    let send = async |body: &[u8]| {
        let request =
            app.request("POST", "/api/v1/signin/finish").header("content-type", "application/json; charset=utf-8");
        request.body(body).send().await
    };
    let detail = send(b"{\"ceremonyId\": }").await.problem(400, "invalid")["detail"].to_string();
    assert!(detail.contains("line 1"), "{detail}");
    send(&[0xff, 0xfe, 0x00]).await.problem(400, "invalid");
    send(&vec![b'['; 100_000]).await.problem(400, "invalid");
    let document = send(json!({ "ceremonyId": "a" }).to_string().as_bytes()).await.problem(400, "invalid");
    assert_eq!(document["errors"][0]["field"], "credential");
    assert_eq!(document["errors"][0]["code"], "required");
    let stray = json!({ "ceremonyId": "a", "credential": {}, "isOwner": true });
    let document = send(stray.to_string().as_bytes()).await.problem(400, "invalid");
    assert!(document["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{document}");
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_make_browsers_careful() {
    let app = TestApp::start().await;
    for path in ["/", "/users", "/api/v1/users", "/api/v1/nothing", "/api/docs", "/healthz", "/metrics"] {
        let answer = app.get(path).header("accept", "text/html").send().await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("publickey-credentials-get=(self)"));
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "there is no https here");
        if path.starts_with("/api/v1") {
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn on_https_browsers_are_told_to_stay_there() {
    let app = TestApp::start_with(&[("public_url", "https://keys.example.com")]).await;
    let answer = app.get("/api/v1/users").send().await;
    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"));
}

#[tokio::test]
async fn the_server_names_requests_itself() {
    let app = TestApp::start().await;
    let answer = app.get("/api/v1/users").header("x-request-id", "chosen-by-the-client").send().await;
    assert_ne!(answer.header("x-request-id"), "chosen-by-the-client");
    let again = app.get("/api/v1/users").send().await;
    assert_ne!(answer.header("x-request-id"), again.header("x-request-id"));
}

#[tokio::test]
async fn a_forged_host_appears_nowhere() {
    let app = TestApp::start().await;
    for path in ["/", "/api/v1/users", "/api/v1/instance", "/api/docs", "/api/openapi.json", "/users"] {
        let request = app.get(path).header("host", "evil.example").header("x-forwarded-host", "evil.example");
        let answer = request.header("forwarded", "host=evil.example").header("accept", "text/html").send().await;
        assert!(!answer.text().contains("evil.example"), "{path}");
        assert!(!format!("{:?}", answer.headers).contains("evil.example"), "{path}");
        assert!(answer.status != 301 && answer.status != 302 && answer.status != 308, "{path} redirects");
    }
}

#[tokio::test]
async fn operators_see_whether_it_lives_and_works() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/healthz").send().await.status, 200);
    assert_eq!(app.get("/readyz").send().await.status, 200);
    app.app.db.close().await;
    assert_eq!(app.get("/healthz").send().await.status, 200);
    let answer = app.get("/readyz").send().await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn numbers_are_kept_by_route_template_never_by_address() {
    let app = TestApp::start().await;
    app.get("/api/v1/users/00000000-0000-7000-8000-00000000beef?q=jane@example.com").send().await;
    app.request("BREW", "/api/v1/users").send().await;
    let text = app.get("/metrics").send().await.text();
    assert!(text.contains("keystead_http_requests_total"), "{text}");
    assert!(text.contains("keystead_start_time_seconds"), "{text}");
    assert!(text.contains("keystead_mails_queued 0"), "{text}");
    assert!(!text.contains("beef") && !text.contains("jane") && !text.contains("BREW"), "{text}");
}

#[tokio::test]
async fn the_reference_page_needs_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let page = app.get("/api/docs").send().await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let text = page.text();
    assert!(
        !text.contains("http://")
            && !text.contains("https://")
            && !text.contains("<style")
            && !text.contains(" style=")
    );
    for part in text.split(['"']).filter(|part| part.starts_with("/api/docs/")) {
        assert_eq!(app.get(part).send().await.status, 200, "{part}");
    }
    let document = app.get("/api/openapi.json").send().await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    assert_eq!(document["components"]["securitySchemes"]["apiKey"]["scheme"], "bearer");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["requestId"].is_object());
}

#[test]
fn the_committed_document_is_the_one_this_program_writes() {
    let committed: serde_json::Value = serde_json::from_str(include_str!("../../../../openapi.json")).unwrap();
    let written = serde_json::to_value(keystead::http::openapi()).unwrap();
    assert!(committed == written, "write it anew: make generate");
}
