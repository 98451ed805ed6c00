//! What the standard says and strict clients ask for.

use keystead_scim::schema;
use serde_json::{Value, json};

use super::{Desk, encoded, id, refused, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_says_what_it_keeps_and_no_more() {
    let desk = Desk::start().await;
    // Without a token too: they say how to get in.
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", "/Schemas/"] {
        let stranger = desk.app.get(&format!("/api/scim/v2{path}")).send().await;
        let client = desk.get(path).await;
        assert_eq!((stranger.status, client.status), (200, 200), "{path}");
        assert_eq!(stranger.json(), client.json());
        assert!(!client.text().contains("null"), "{path}");
        refused(&desk.send("POST", path, &json!({})).await, 405, "");
    }
    let schemas = desk.get("/Schemas").await.json();
    let urns: Vec<String> = schemas["Resources"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
    assert_eq!(urns.len(), 4, "{urns:?}");
    for urn in urns {
        let one = desk.get(&format!("/Schemas/{}", urn.replace(':', "%3A"))).await;
        assert_eq!((one.status, &one.json()["id"]), (200, &json!(urn)));
    }
    assert!(!schemas.to_string().contains("\"password\""));
    refused(&desk.get("/Schemas/urn:nothing").await, 404, "");
    refused(&desk.get("/Schemas?filter=id+pr").await, 403, "");
    let config = desk.get("/ServiceProviderConfig").await.json();
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    refused(&desk.get("/Me").await, 501, "");
    refused(&desk.get("/Nothing").await, 404, "");
    let answer = desk.request("DELETE", "/Users").send().await;
    refused(&answer, 405, "");
    assert_eq!(answer.header("allow"), "GET, POST");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_sent_comes_back() {
    let desk = Desk::start().await;
    let sent = json!({
        "userName": "ada", "externalId": "E-1", "displayName": "Ada", "nickName": "A", "title": "Countess",
        "profileUrl": "https://example.com/ada", "userType": "guest", "preferredLanguage": "en-GB,en;q=0.8",
        "locale": "en-GB", "timezone": "Europe/London", "active": false,
        "name": { "formatted": "Ada L", "familyName": "L", "givenName": "Ada", "middleName": "K", "honorificPrefix": "Lady", "honorificSuffix": "I" },
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }, { "value": "a@home.example", "type": "home" }],
        "phoneNumbers": [{ "value": "+44 20", "type": "work" }, { "value": "mobile?", "type": "mobile" }, { "value": "1", "type": "fax" }],
        "ims": [{ "value": "ada", "type": "xmpp" }], "photos": [{ "value": "https://example.com/a.png", "type": "photo" }],
        "addresses": [{ "type": "work", "streetAddress": "1 Way", "locality": "London", "region": "L", "postalCode": "1", "country": "GB", "formatted": "1 Way" }],
        "entitlements": [{ "value": "e" }], "roles": [{ "value": "{\"id\":1}", "primary": true }],
        "x509Certificates": [{ "value": "AAEC" }],
        (schema::ENTERPRISE_USER_URN): { "employeeNumber": "7", "department": "R", "costCenter": "c", "organization": "o", "division": "d", "manager": { "value": "m" } },
        (keystead::scim::kinds::KEYSTEAD_URN): { "immutableId": "x==", "extraAttribute1": "1", "extraAttribute5": "5" },
    });
    let person = desk.person(&sent).await;
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&person[name], value, "{name}");
    }
    let path = format!("/Users/{}", id(&person));
    assert_eq!(desk.get(&path).await.json(), person);
    // A replacement clears what it leaves out, but lets nobody in who was out.
    let replaced = desk.send("PUT", &path, &json!({ "userName": "ada", "title": "Lady" })).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text());
    let replaced = replaced.json();
    assert_eq!(
        (replaced["title"].as_str(), replaced.get("emails"), &replaced["active"]),
        (Some("Lady"), None, &json!(false))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_an_old_version_is_refused() {
    let desk = Desk::start().await;
    let person = desk.person(&json!({ "userName": "ada" })).await;
    let path = format!("/Users/{}", id(&person));
    let group = desk.group("Crew", &[]).await;
    for (path, body) in
        [(path, json!({ "userName": "ada" })), (format!("/Groups/{group}"), json!({ "displayName": "Crew" }))]
    {
        let version = text(&desk.get(&path).await.json()["meta"]["version"]);
        let patch = |name: &str, tag: &str| {
            let attribute = if path.starts_with("/Users") { "title" } else { "description" };
            let body = json!({ "Operations": [{ "op": "replace", "path": attribute, "value": name }] });
            desk.request("PATCH", &path).header("if-match", tag).json(&body)
        };
        let unchanged = desk.request("GET", &path).header("if-none-match", &version).send().await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
        assert!(patch("one", &version).send().await.status < 300);
        refused(&patch("two", &version).send().await, 412, "");
        let put = desk.request("PUT", &path).header("if-match", &version).json(&body).send().await;
        refused(&put, 412, "");
        refused(&desk.request("DELETE", &path).header("if-match", &version).send().await, 412, "");
        let now = text(&desk.get(&path).await.json()["meta"]["version"]);
        assert_ne!(now, version);
        assert_eq!(desk.request("DELETE", &path).header("if-match", &now).send().await.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_is_all_or_nothing() {
    let desk = Desk::start().await;
    let person = desk.person(&json!({ "userName": "ada", "title": "x" })).await;
    let path = format!("/Users/{}", id(&person));
    for (bad, scim_type) in [
        (r#"{"op":"replace","path":"nothing","value":1}"#, "invalidPath"),
        (r#"{"op":"replace","path":"active","value":"perhaps"}"#, "invalidValue"),
        (r#"{"op":"remove","path":"userName"}"#, "mutability"),
        (r#"{"op":"replace","path":"id","value":"1"}"#, "mutability"),
        (r#"{"op":"replace","path":"emails[type eq \"work\"].value","value":"no address"}"#, "invalidValue"),
    ] {
        let answer = desk.patch(&path, &format!(r#"{{"op":"replace","path":"title","value":"y"}},{bad}"#)).await;
        refused(&answer, 400, scim_type);
        assert_eq!(desk.get(&path).await.json(), person, "{bad}");
    }
    let group = desk.group("Crew", &[id(&person)]).await;
    let half = r#"{"op":"replace","path":"displayName","value":"Other"},{"op":"remove","path":"members"},
           {"op":"replace","path":"displayName","value":""}"#;
    refused(&desk.patch(&format!("/Groups/{group}"), half).await, 400, "mutability");
    assert_eq!(desk.members(&group).await, [id(&person)]);
    assert_eq!(desk.get(&format!("/Groups/{group}")).await.json()["displayName"], "Crew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_sorted_paged_and_projected() {
    let desk = Desk::start().await;
    for (name, email) in
        [("d", Some("1@x.example")), ("b", None), ("a", Some("3@x.example")), ("e", Some("2@x.example")), ("c", None)]
    {
        let emails: Vec<Value> = email.iter().map(|value| json!({ "value": value })).collect();
        desk.person(&json!({ "userName": name, "emails": emails })).await;
    }
    let names = async |query: &str| -> (Vec<String>, Value) {
        let answer = desk.get(&format!("/Users?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let list = answer.json();
        (list["Resources"].as_array().unwrap().iter().map(|one| text(&one["userName"])).collect(), list)
    };
    assert_eq!(names("").await.0, ["d", "b", "a", "e", "c"], "by age");
    assert_eq!(names("sortBy=userName").await.0, ["a", "b", "c", "d", "e"]);
    assert_eq!(names("sortBy=userName&sortOrder=descending&startIndex=2&count=2").await.0, ["d", "c"]);
    assert_eq!(names("sortBy=emails").await.0, ["d", "e", "a", "b", "c"], "without a value last");
    assert_eq!(names("sortBy=emails.value&sortOrder=descending").await.0, ["c", "b", "a", "e", "d"]);
    let (page, list) = names("startIndex=4&count=2").await;
    assert_eq!(
        (page.len(), &list["totalResults"], &list["startIndex"], &list["itemsPerPage"]),
        (2, &json!(5), &json!(4), &json!(2))
    );
    let (page, list) = names("startIndex=9").await;
    assert_eq!((page.len(), &list["totalResults"]), (0, &json!(5)));
    assert_eq!(names("count=0").await.1["totalResults"], 5);
    for sort in ["", "&sortBy=userName"] {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let (page, list) = names(&format!("count=2&cursor={cursor}{sort}")).await;
            all.extend(page);
            let Some(next) = list["nextCursor"].as_str() else { break };
            cursor = next.to_owned();
        }
        assert_eq!(all, names(sort).await.0, "{sort}");
        refused(&desk.get("/Users?cursor=AAAA").await, 400, "invalidCursor");
    }
    let (_, list) = names("attributes=userName&count=1").await;
    assert_eq!(list["Resources"][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "schemas", "userName"]);
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "emails pr", "sortBy": "userName" });
    let answer = desk.send("POST", "/Users/.search", &search).await;
    assert_eq!(answer.json()["totalResults"], 3, "{}", answer.text());
    desk.group("Crew", &[]).await;
    let all = json!({ "startIndex": 5, "count": 3 });
    let answer = desk.send("POST", "/.search", &all).await.json();
    assert_eq!((&answer["totalResults"], answer["Resources"].as_array().unwrap().len()), (&json!(6), 2), "{answer}");
    let answer = desk.send("POST", "/.search", &json!({ "filter": "userName eq \"a\"" })).await.json();
    assert_eq!(answer["totalResults"], 1);
    refused(&desk.send("POST", "/.search", &json!({ "filter": "nothing eq 1" })).await, 400, "invalidFilter");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_operations_come_in_one_request() {
    let desk = Desk::start().await;
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "failOnErrors": 2,
        "Operations": [
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": { "displayName": "Crew", "members": [{ "value": "bulkId:u" }] } },
            { "method": "POST", "path": "/Users", "bulkId": "u", "data": { "userName": "ada" } },
            { "method": "POST", "path": "/Users", "bulkId": "v", "data": { "userName": "ADA" } },
            { "method": "PATCH", "path": "/Users/bulkId:u", "data": { "Operations": [{ "op": "add", "path": "title", "value": "Dr" }] } },
            { "method": "DELETE", "path": "/Users/bulkId:nobody" },
        ],
    });
    let answer = desk.send("POST", "/Bulk", &bulk).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let mut statuses: Vec<(String, String)> = answer["Operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["bulkId"].as_str().unwrap_or_default().to_owned(), text(&one["status"])))
        .collect();
    statuses.sort();
    let of = |bulk_id: &str, status: &str| (bulk_id.to_owned(), status.to_owned());
    assert!(statuses.contains(&of("u", "201")) && statuses.contains(&of("g", "201")), "{answer}");
    assert!(statuses.contains(&of("v", "409")) && statuses.contains(&of("", "400")), "{answer}");
    let ada = desk.found("Users", "userName eq \"ada\"").await.remove(0);
    let crew = desk.found("Groups", "displayName eq \"Crew\"").await.remove(0);
    assert_eq!(desk.members(&crew).await, [ada.as_str()]);
    assert_eq!(desk.found("Users", &format!("groups.value eq \"{crew}\"")).await, [ada.as_str()]);
    assert_eq!(desk.found("Groups", &format!("members[value eq \"{ada}\"]")).await, [crew.as_str()]);
    let groups = desk.get(&format!("/Users/{ada}?attributes=groups")).await.json();
    assert_eq!(groups["groups"][0]["display"], "Crew");
    let many: Vec<Value> = (0..501).map(|at| json!({ "method": "DELETE", "path": format!("/Users/{at}") })).collect();
    refused(&desk.send("POST", "/Bulk", &json!({ "Operations": many })).await, 413, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_group_is_streamed_whole() {
    let desk = Desk::start().await;
    let mut people = Vec::new();
    for part in 0..5 {
        let operations: Vec<Value> = (0..450)
            .map(|at| json!({ "method": "POST", "path": "/Users", "bulkId": at.to_string(), "data": { "userName": format!("{part}-{at}") } }))
            .collect();
        let answer = desk.send("POST", "/Bulk", &json!({ "Operations": operations })).await.json();
        people.extend(
            answer["Operations"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| text(&one["location"]).rsplit('/').next().unwrap().to_owned()),
        );
    }
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = desk.group("Everybody", &members).await;
    people.sort();
    assert_eq!(desk.members(&group).await, people);
    let ids = desk.get(&format!("/Groups/{group}?attributes=members.value")).await.json();
    assert_eq!(ids["members"].as_array().unwrap().len(), people.len());
    assert!(ids["members"].as_array().unwrap().iter().all(|one| one.as_object().unwrap().len() == 1));
    let path = format!("/Groups/{group}");
    assert_eq!(desk.patch(&path, r#"{"op":"remove","path":"members"}"#).await.status, 204);
    assert!(desk.members(&group).await.is_empty());
    assert!(
        desk.found("Users", &format!("groups.value eq \"{group}\"&count=200").replace("&count=200", ""))
            .await
            .is_empty()
    );
    assert_eq!(desk.get(&format!("/Users?filter={}", encoded("userName sw \"4-\""))).await.json()["totalResults"], 450);
}
