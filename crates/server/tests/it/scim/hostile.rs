//! What nobody should send: refused in SCIM's form, in bounded time, with nothing changed.

use serde_json::{Value, json};

use super::{Desk, encoded, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_no_client_should_send_change_nothing() {
    let desk = Desk::start().await;
    let person = desk.person(&json!({ "userName": "ada" })).await;
    let path = format!("/Users/{}", super::id(&person));
    let group = format!("/Groups/{}", desk.group("Crew", &[super::id(&person)]).await);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = format!(r#"{{"userName":"{}"}}"#, "a".repeat(1 << 20));
    let long = format!(r#"{{"userName":"{}","displayName":"{}"}}"#, "b".repeat(300), "c".repeat(300));
    let growing = format!(r#"{{"userName":"{}"}}"#, "\u{fdfa}".repeat(256));
    let external = format!(r#"{{"userName":"x","externalId":"{}"}}"#, "d".repeat(5000));
    let bodies: Vec<&[u8]> = vec![
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\"text\"",
        b"\xff\xfe",
        b"{\"userName\":\"\xc3\"}",
        deep.as_bytes(),
        br#"{"userName":"x","userName":"y"}"#,
        br#"{"userName":"x","USERNAME":"y"}"#,
        br#"{"userName":"a\u0000b"}"#,
        br#"{"userName":"x","displayName":"\u0000"}"#,
        br#"{"userName":1}"#,
        br#"{"userName":""}"#,
        br#"{"userName":"  "}"#,
        br#"{"userName":"x","emails":"y"}"#,
        br#"{"userName":"x","emails":[{"type":"work","value":"a@b.example,c@d.example"}]}"#,
        br#"{"userName":"x","emails":[{"type":"work","value":"a@b.example\r\nBcc: c@d.example"}]}"#,
        br#"{"userName":"x","active":"maybe"}"#,
        br#"{"userName":"x","name":"y"}"#,
        br#"{"userName":"x\ny"}"#,
        br#"{"schemas":["urn:other"],"userName":"x"}"#,
        br#"{"schemas":"x","userName":"x"}"#,
        long.as_bytes(),
        growing.as_bytes(),
        external.as_bytes(),
        large.as_bytes(),
    ];
    for body in bodies {
        for (method, path) in [
            ("POST", "/Users"),
            ("PUT", path.as_str()),
            ("PATCH", path.as_str()),
            ("POST", "/Groups"),
            ("PUT", &group),
            ("PATCH", &group),
            ("POST", "/Bulk"),
            ("POST", "/.search"),
            ("POST", "/Users/.search"),
        ] {
            let request = desk.request(method, path).header("content-type", "application/scim+json").body(body);
            let answer = request.send().await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
            // A search passes over what it doesn't know.
            assert!(answer.status < 500, "{method} {path} {shown}: {}", answer.text());
            if !path.ends_with(".search") {
                assert!(answer.status >= 400, "{method} {path} {shown}: {}", answer.text());
                refused(&answer, answer.status, answer.json()["scimType"].as_str().unwrap_or_default());
            }
        }
    }
    assert_eq!(desk.get(&path).await.json()["meta"], person["meta"]);
    assert_eq!(desk.get("/Users").await.json()["totalResults"], 1);
    assert_eq!(desk.get("/Groups").await.json()["totalResults"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_that_no_client_should_send_are_refused() {
    let desk = Desk::start().await;
    desk.named("ada").await;
    let parens = format!("{}userName pr{}", "(".repeat(1000), ")".repeat(1000));
    let nots = format!("{}userName pr{}", "not (".repeat(1000), ")".repeat(1000));
    let many = vec!["userName eq \"a\""; 1000].join(" or ");
    for filter in [
        "userName",
        "userName eq",
        "userName eq \"",
        "userName xx \"a\"",
        "nothing eq \"a\"",
        "password eq \"a\"",
        "active eq \"perhaps\"",
        "active gt true",
        "userName eq 1",
        "emails[",
        "emails[type eq \"work\"",
        "meta.location eq \"a\"",
        "userName eq \"a\u{0}\"",
        "displayName eq \"a\\u0000b\"",
        "groups.display eq \"a\"",
        "id co \"a\"",
        &parens,
        &nots,
        &many,
    ] {
        refused(&desk.get(&format!("/Users?filter={}", encoded(filter))).await, 400, "invalidFilter");
        let search = desk.send("POST", "/Users/.search", &json!({ "filter": filter })).await;
        assert_eq!(search.status, 400, "{filter}");
    }
    refused(
        &desk
            .send("POST", "/Users/.search", &json!({ "filter": format!("userName eq \"{}\"", "a".repeat(500_000)) }))
            .await,
        400,
        "invalidFilter",
    );
    for query in
        ["filter=%ff", "count=x", "startIndex=1.5", "sortBy=password", "sortBy=groups", "cursor=%00", "count=1&count=2"]
    {
        let answer = desk.get(&format!("/Users?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
    for filter in [
        "userName eq \"' or 1=1 --\"",
        "title sw \"%\"",
        "id eq \"x\"",
        "id eq \"' or true\"",
        "externalId eq \"\\\\\"",
    ] {
        assert!(desk.found("Users", filter).await.is_empty(), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_announced_too_large_or_of_another_kind_is_refused_in_scims_form() {
    let desk = Desk::start().await;
    let huge =
        desk.request("POST", "/Users").header("content-type", "application/scim+json").body(&vec![b' '; 3 << 20]);
    refused(&huge.send().await, 413, "");
    for kind in ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""] {
        let answer =
            desk.request("POST", "/Users").header("content-type", kind).body(b"{\"userName\":\"x\"}").send().await;
        refused(&answer, 415, "");
    }
    for kind in ["application/json", "APPLICATION/SCIM+JSON", "application/scim+json; charset=utf-8"] {
        let body = json!({ "userName": kind }).to_string();
        let answer = desk
            .request("POST", "/Users")
            .header("content-type", kind)
            .header("accept", "text/html")
            .body(body.as_bytes())
            .send()
            .await;
        assert_eq!((answer.status, answer.header("content-type")), (201, "application/scim+json"), "{kind}");
    }
    for id in ["1", "%00", "..", "00000000-0000-0000-0000-000000000000", "{id}", &"a".repeat(3000)] {
        let answer = desk.get(&format!("/Users/{id}")).await;
        refused(&answer, 404, "");
        refused(&desk.send("PATCH", &format!("/Groups/{id}"), &json!({ "Operations": [] })).await, 404, "");
    }
    let many: Vec<Value> = (0..1001).map(|_| json!({ "op": "add", "path": "title", "value": "x" })).collect();
    let person = desk.named("ada").await;
    refused(&desk.send("PATCH", &format!("/Users/{person}"), &json!({ "Operations": many })).await, 413, "");
}
