//! What Entra ID sends in the life of a person and of a group, in both of its dialects.

use serde_json::{Value, json};

use super::{Desk, id, refused, text};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const OBJECT: &str = "7d420df3-9995-4831-a406-ecf8166f5f6a";

fn ada() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": OBJECT, "userName": OBJECT, "active": true, "displayName": "Ada Lovelace",
        "emails": [{ "primary": true, "type": "work", "value": "ada@contoso.com" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada" },
        "addresses": null, "phoneNumbers": null, "title": null, "roles": [],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connection_is_tested_by_looking_for_nobody() {
    let desk = Desk::start().await;
    for path in [
        "/Users?filter=externalId+eq+%22d9a6-nobody%22",
        "/Users/?filter=userName+eq+%22d9a6-nobody%22&aadOptscim062020",
        "/Groups?excludedAttributes=members&filter=externalId+eq+%22d9a6-nobody%22",
    ] {
        let answer = desk.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/scim+json"), "{path}");
        assert_eq!(
            answer.json(),
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
            })
        );
    }
}

/// Joins, changes, leaves, comes back, is deleted and comes again.
async fn life(desk: &Desk, disable: &str, enable: &str, change: &str) {
    let created = desk.send("POST", "/Users", &ada()).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let person = created.json();
    let path = format!("/Users/{}", id(&person));
    assert!(created.header("location").ends_with(&format!("/api/scim/v2{path}")));
    assert_eq!(person["userName"], OBJECT);
    assert_eq!(person["meta"]["version"], created.header("etag"));
    let group = desk.group("Crew", &[id(&person)]).await;

    for (operations, active) in [(disable, false), (enable, true)] {
        let answer = desk.patch(&path, operations).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["active"], active);
        assert_eq!(desk.found("Users", &format!("externalId eq \"{OBJECT}\"")).await, [id(&person)]);
        assert_eq!(desk.members(&group).await, [id(&person)], "memberships are kept");
    }
    let answer = desk.patch(&path, change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let changed = desk.get(&path).await.json();
    assert_eq!(changed["name"]["familyName"], "Byron");
    assert_eq!(changed["emails"][0]["value"], "byron@contoso.com");
    assert_eq!(changed[ENTERPRISE]["department"], "R&D");
    assert_eq!(changed[ENTERPRISE]["manager"], json!({ "value": "26118915-6090-4610-87e4-49d8ca9f808d" }));
    assert_eq!(changed["addresses"], json!([{ "type": "work", "locality": "London", "streetAddress": "1 Way" }]));
    assert_eq!(desk.found("Users", "emails[type eq \"work\"].value eq \"BYRON@contoso.com\"").await, [id(&person)]);
    assert!(desk.found("Users", "emails[type eq \"work\"].value eq \"ada@contoso.com\"").await.is_empty());

    assert_eq!(desk.request("DELETE", &path).send().await.status, 204);
    refused(&desk.get(&path).await, 404, "");
    refused(&desk.request("DELETE", &path).send().await, 404, "");
    refused(&desk.patch(&path, disable).await, 404, "");
    let again = desk.person(&ada()).await;
    assert_ne!(id(&again), id(&person));
    desk.request("DELETE", &format!("/Users/{}", id(&again))).send().await;
    desk.request("DELETE", &format!("/Groups/{group}")).send().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_lives_through_both_dialects() {
    let desk = Desk::start().await;
    life(
        &desk,
        r#"{"op":"Replace","path":"active","value":"False"}"#,
        r#"{"op":"Add","path":"active","value":"True"}"#,
        r#"{"op":"Replace","path":"name.familyName","value":"Byron"},
           {"op":"Replace","path":"emails[type eq \"work\"].value","value":"byron@contoso.com"},
           {"op":"Add","path":"addresses[type eq \"work\"].streetAddress","value":"1 Way"},
           {"op":"Add","path":"addresses[type eq \"work\"].locality","value":"London"},
           {"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"R&D"},
           {"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"26118915-6090-4610-87e4-49d8ca9f808d"}"#,
    )
    .await;
    life(
        &desk,
        r#"{"op":"replace","path":"active","value":false}"#,
        r#"{"op":"replace","value":{"active":true}}"#,
        r#"{"op":"replace","value":{"name.familyName":"Byron",
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"R&D",
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager":"26118915-6090-4610-87e4-49d8ca9f808d"}},
           {"op":"replace","path":"emails[type eq \"work\"].value","value":"byron@contoso.com"},
           {"op":"add","path":"addresses[type eq \"work\"].streetAddress","value":"1 Way"},
           {"op":"add","path":"addresses[type eq \"work\"].locality","value":"London"}"#,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_see_names_and_addresses_where_the_user_name_is_an_id() {
    let desk = Desk::start().await;
    let person = desk.person(&ada()).await;
    let key = desk.app.api_key(keystead_directory::roles::Role::Auditor).await;
    for words in ["lovelace", "ada@contoso.com"] {
        let found = desk.app.get(&format!("/api/v1/users?q={words}")).bearer(&key).send().await.json();
        assert_eq!(found["items"][0]["id"], person["id"], "{words}: {found}");
        assert_eq!(found["items"][0]["displayName"], "Ada Lovelace");
        assert_eq!(found["items"][0]["email"], "ada@contoso.com");
        assert_eq!(found["items"][0]["origin"], "scim");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_changes_by_its_members_alone() {
    let desk = Desk::start().await;
    let mut people = Vec::new();
    for name in ["a", "b", "c"] {
        people.push(desk.named(name).await);
    }
    let created = desk
        .send(
            "POST",
            "/Groups",
            &json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
                "externalId": "g-1", "displayName": "Crew", "meta": { "resourceType": "Group" },
            }),
        )
        .await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert!(created.json().get("members").is_none());
    let path = format!("/Groups/{}", text(&created.json()["id"]));
    let group = path.trim_start_matches("/Groups/").to_owned();
    let of = |people: &[String]| {
        let members: Vec<Value> = people.iter().map(|id| json!({ "$ref": null, "value": id })).collect();
        Value::Array(members).to_string()
    };
    let mut versions = vec![text(&created.json()["meta"]["version"])];
    for (operation, members) in [
        (format!(r#"{{"op":"Add","path":"members","value":{}}}"#, of(&people)), &people[..]),
        (format!(r#"{{"op":"Remove","path":"members","value":{}}}"#, of(&people[..1])), &people[1..]),
        (format!(r#"{{"op":"remove","path":"members[value eq \"{}\"]"}}"#, people[1]), &people[2..]),
        (r#"{"op":"replace","value":{"displayName":"The crew"}}"#.to_owned(), &people[2..]),
        (format!(r#"{{"op":"Replace","path":"members","value":{}}}"#, of(&people[..2])), &people[..2]),
        (r#"{"op":"Remove","path":"members"}"#.to_owned(), &[][..]),
    ] {
        let answer = desk.patch(&path, &operation).await;
        assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{operation}");
        let mut members = members.to_vec();
        members.sort();
        assert_eq!(desk.members(&group).await, members, "{operation}");
        let without = desk.get(&format!("{path}?excludedAttributes=members")).await;
        assert!(without.json().get("members").is_none());
        assert!(!versions.contains(&text(&without.json()["meta"]["version"])), "{operation}");
        versions.push(text(&without.json()["meta"]["version"]));
    }
    // Once more changes nothing, and is no fault.
    assert_eq!(desk.patch(&path, r#"{"op":"Remove","path":"members"}"#).await.status, 204);
    assert_eq!(desk.patch(&path, "").await.status, 204);
    assert_eq!(desk.found("Groups", "displayName eq \"the CREW\"").await, [group.as_str()]);
    assert!(desk.found("Groups", "displayName eq \"the\"").await.is_empty());
    assert_eq!(desk.request("DELETE", &path).send().await.status, 204);
    refused(&desk.get(&path).await, 404, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_group_equal_in_name_and_external_id_is_a_duplicate() {
    let desk = Desk::start().await;
    let group = |name: &str, external_id: &str| json!({ "displayName": name, "externalId": external_id });
    for (body, status) in [
        (group("Crew", "1"), 201),
        (group("Crew", "2"), 201),
        (group("Other", "1"), 201),
        (group("CREW", "1"), 409),
        (json!({ "displayName": "Crew" }), 201),
        (json!({ "displayName": "Crew" }), 409),
    ] {
        let answer = desk.send("POST", "/Groups", &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    let other = desk.found("Groups", "displayName eq \"Other\"").await.remove(0);
    let answer = desk.patch(&format!("/Groups/{other}"), r#"{"op":"replace","value":{"displayName":"Crew"}}"#).await;
    refused(&answer, 409, "uniqueness");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_may_share_an_external_id_but_no_user_name() {
    let desk = Desk::start().await;
    desk.person(&json!({ "userName": "Zoë", "externalId": "1" })).await;
    desk.person(&json!({ "userName": "other", "externalId": "1" })).await;
    refused(&desk.send("POST", "/Users", &json!({ "userName": "ZOE\u{308}" })).await, 409, "uniqueness");
    let other = desk.found("Users", "userName eq \"OTHER\"").await.remove(0);
    let answer = desk.patch(&format!("/Users/{other}"), r#"{"op":"replace","path":"userName","value":"zoë"}"#).await;
    refused(&answer, 409, "uniqueness");
}
