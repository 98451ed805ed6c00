//! What administrators do with SCIM in the panel.

use keystead_directory::{
    Timestamp,
    actor::Actor,
    groups::{self, NewGroup},
    ids::UserId,
    keys::{self, KeyKind, NewKey},
    roles::Role,
    users::{self, NewUser, Origin},
};
use serde_json::{Value, json};

use super::{Desk, id, refused, text};
use crate::support::{Answer, Persona};

const BASE: &str = "/api/v1/integrations/scim";

impl Desk {
    pub async fn panel(&self, who: &Persona, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.app.request(method, &format!("{BASE}{path}")).browser(&who.cookie);
        if body.is_null() { request.send().await } else { request.json(body).send().await }
    }

    /// A person whom SCIM did not provision.
    async fn local(&self, email: &str) -> UserId {
        let mut tx = self.app.app.db.write(Timestamp::now()).await.unwrap();
        let user = users::create(&mut tx, &Actor::cli(), NewUser::local(email)).await.unwrap();
        tx.commit().await.unwrap();
        user.id
    }

    async fn user(&self, id: UserId) -> users::User {
        users::get(&mut self.app.app.db.read().await.unwrap(), id).await.unwrap()
    }
}

/// A person as Entra ID sends them.
fn ada(object: &str, email: &str) -> Value {
    json!({
        "externalId": object, "userName": object, "active": true, "displayName": "Ada L",
        "emails": [{ "type": "work", "value": email }], "name": { "givenName": "Ada", "familyName": "L" },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_how_scim_is_and_changes_what_it_may_do() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let admin = desk.app.person(Role::Administrator).await;
    let leaver = desk.named("leaver").await;
    desk.named("stayer").await;
    desk.patch(&format!("/Users/{leaver}"), r#"{"op":"Replace","path":"active","value":"False"}"#).await;
    desk.group("Crew", &[]).await;
    let answer = desk.panel(&admin, "GET", "", &Value::Null).await;
    let page = answer.json();
    assert_eq!(
        (page["people"].as_i64(), page["activePeople"].as_i64(), page["groups"].as_i64()),
        (Some(2), Some(1), Some(1))
    );
    assert!(text(&page["tenantUrl"]).ends_with("/api/scim/v2/") && text(&page["tokenUrl"]).ends_with("/oauth/token"));
    let tag = answer.header("etag").to_owned();
    let change = json!({ "paused": true, "adoptByEmail": true });
    let answer = desk.panel(&admin, "PATCH", "", &change).await;
    assert_eq!((answer.json()["paused"].clone(), answer.json()["adoptByEmail"].clone()), (json!(true), json!(true)));
    let stale = desk.app.request("PATCH", BASE).browser(&admin.cookie).header("if-match", &tag).json(&change);
    stale.send().await.problem(412, "precondition_failed");
    refused(&desk.get("/Users").await, 503, "");
    // Handing out roles is for owners.
    desk.panel(&admin, "PATCH", "", &json!({ "grantRoles": true })).await.problem(403, "forbidden");
    let answer = desk.panel(&owner, "PATCH", "", &json!({ "grantRoles": true, "paused": false })).await;
    assert_eq!(answer.json()["grantRoles"], true);
    assert_eq!(desk.get("/Users").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_made_rotated_and_revoked_in_the_panel() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let make = json!({ "name": "Next", "expiresInDays": 180, "networks": [" 127.0.0.0/8 "] });
    let made = desk.panel(&owner, "POST", "/tokens", &make).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (made, secret) = (made.json()["token"].clone(), text(&made.json()["secret"]));
    assert_eq!(
        (&made["kind"], &made["clientId"], &made["networks"]),
        (&json!("token"), &Value::Null, &json!(["127.0.0.0/8"]))
    );
    let list = desk.panel(&owner, "GET", "/tokens", &Value::Null).await;
    assert_eq!(list.json()["tokens"].as_array().unwrap().len(), 2);
    assert!(!list.text().contains(&secret), "a secret is shown once");
    let call = async || desk.app.get("/api/scim/v2/Users").bearer(&secret).send().await.status;
    assert_eq!(call().await, 200);
    assert_eq!(desk.panel(&owner, "DELETE", &format!("/tokens/{}", id(&made)), &Value::Null).await.status, 204);
    assert_eq!(call().await, 401);
    for (body, field) in [
        (json!({ "name": "a", "expiresInDays": 0 }), "expiresInDays"),
        (json!({ "name": "a", "expiresInDays": 9, "networks": ["nonsense"] }), "networks"),
        (json!({ "name": " ", "expiresInDays": 9 }), "name"),
        (json!({ "name": "a", "expiresInDays": 9, "clientId": owner.user.id }), "clientId"),
        (json!({ "name": "a", "kind": "client", "expiresInDays": 9, "clientId": owner.user.id }), "clientId"),
    ] {
        let problem = desk.panel(&owner, "POST", "/tokens", &body).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_person_gets_what_was_sent_and_keeps_keys_groups_and_history() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let local = desk.local("ada@example.com").await;
    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    let crew = NewGroup { name: "Crew".to_owned(), ..NewGroup::default() };
    let crew = groups::create(&mut tx, &Actor::cli(), crew).await.unwrap().id;
    let user = users::get(&mut tx, local).await.unwrap();
    groups::join(&mut tx, &Actor::cli(), &user, &[crew]).await.unwrap();
    keys::assign(&mut tx, &Actor::cli(), &user, NewKey { kind: KeyKind::HardwareKey, name: None, note: None })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let body = ada("7d420df3-9995-4831-a406-ecf8166f5f6a", "ada@example.com");
    refused(&desk.send("POST", "/Users", &body).await, 409, "uniqueness");

    let list = desk.panel(&owner, "GET", "/conflicts", &Value::Null).await.json();
    let [conflict] = list["items"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!(
        (&conflict["reason"], &conflict["canLink"], &conflict["user"]["hasRole"]),
        (&json!("email"), &json!(true), &json!(false))
    );
    assert_eq!((&conflict["email"], &conflict["displayName"]), (&json!("ada@example.com"), &json!("Ada L")));
    let path = format!("/conflicts/{}/link", id(conflict));
    assert_eq!(desk.panel(&owner, "POST", &path, &Value::Null).await.status, 204);
    let after = desk.user(local).await;
    assert_eq!((after.origin, after.display_name.as_str()), (Origin::Scim, "Ada L"));
    assert_eq!(after.user_name, "7d420df3-9995-4831-a406-ecf8166f5f6a");
    let mut conn = desk.app.app.db.read().await.unwrap();
    assert_eq!(users::groups_of(&mut conn, &[local]).await.unwrap().len(), 1);
    assert_eq!(keys::of_users(&mut conn, &[local]).await.unwrap().len(), 1);
    drop(conn);
    // The directory finds them on its next try, and what it sent comes back.
    let found = desk.found("Users", "externalId eq \"7d420df3-9995-4831-a406-ecf8166f5f6a\"").await;
    assert_eq!(found, [local.to_string()]);
    assert_eq!(desk.get(&format!("/Users/{local}")).await.json()["name"]["familyName"], "L");
    let list = desk.panel(&owner, "GET", "/conflicts", &Value::Null).await.json();
    assert_eq!(list["items"], json!([]));
    desk.panel(&owner, "POST", &path, &Value::Null).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_linked_but_those_with_a_role_and_those_who_cannot_be_told_apart() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let admin = desk.app.person(Role::Administrator).await;
    let plain = desk.local("plain@example.com").await;
    let (twin, other) = (desk.local("twin@example.com").await, desk.local("twin2@example.com").await);
    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    let change = users::UserChange { email: Some("twin@example.com".to_owned()), ..users::UserChange::default() };
    users::update(&mut tx, &Actor::cli(), other, change, None).await.unwrap();
    tx.commit().await.unwrap();
    for (object, email) in [("1", "plain@example.com"), ("2", "twin@example.com"), ("3", owner.user.email.as_str())] {
        refused(&desk.send("POST", "/Users", &ada(object, email)).await, 409, "uniqueness");
    }
    let answer = desk.panel(&admin, "POST", "/conflicts/link", &Value::Null).await;
    assert_eq!(answer.json(), json!({ "linked": 1, "left": 2 }));
    assert_eq!(desk.user(plain).await.origin, Origin::Scim);
    assert_eq!(desk.user(twin).await.origin, Origin::Local);
    // By hand an owner is linked by an owner, not by an administrator.
    let list = desk.panel(&admin, "GET", "/conflicts", &Value::Null).await.json();
    let theirs = list["items"].as_array().unwrap().iter().find(|one| one["user"]["hasRole"] == true).unwrap();
    assert!(theirs["canLink"] == false && theirs["whyNot"].is_string(), "{theirs}");
    let path = format!("/conflicts/{}", id(theirs));
    desk.panel(&admin, "POST", &format!("{path}/link"), &Value::Null).await.problem(403, "forbidden");
    assert_eq!(desk.panel(&owner, "POST", &format!("{path}/link"), &Value::Null).await.status, 204);
    assert_eq!(desk.user(owner.user.id).await.origin, Origin::Scim);
    // What is forgotten comes back when the directory tries again.
    let list = desk.panel(&owner, "GET", "/conflicts?limit=1", &Value::Null).await.json();
    let path = format!("/conflicts/{}", id(&list["items"][0]));
    assert_eq!(desk.panel(&owner, "DELETE", &path, &Value::Null).await.status, 204);
    desk.panel(&owner, "DELETE", &path, &Value::Null).await.problem(404, "not_found");
    refused(&desk.send("POST", "/Users", &ada("2", "twin@example.com")).await, 409, "uniqueness");
    assert_eq!(desk.panel(&owner, "GET", "", &Value::Null).await.json()["conflicts"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_their_address_alone_people_without_a_role_are_adopted_where_that_is_allowed() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let local = desk.local("ada@example.com").await;
    desk.local("taken@example.com").await;
    let body = ada("object-1", "ADA@example.com");
    refused(&desk.send("POST", "/Users", &body).await, 409, "uniqueness");
    desk.panel(&owner, "PATCH", "", &json!({ "adoptByEmail": true })).await;
    // Not whose user name is somebody else's, nor somebody with a role.
    refused(&desk.send("POST", "/Users", &ada("taken@example.com", "ada@example.com")).await, 409, "uniqueness");
    refused(&desk.send("POST", "/Users", &ada("object-2", &owner.user.email)).await, 409, "uniqueness");
    let answer = desk.send("POST", "/Users", &body).await;
    assert_eq!((answer.status, id(&answer.json())), (201, local.to_string().as_str()), "{}", answer.text());
    assert_eq!(desk.user(local).await.origin, Origin::Scim);
    assert_eq!(desk.user(owner.user.id).await.origin, Origin::Local);
    refused(&desk.send("POST", "/Users", &body).await, 409, "uniqueness");
    let record = desk.app.get("/api/v1/activity?action=user.linked").browser(&owner.cookie).send().await.json();
    assert_eq!(
        (&record["items"][0]["details"]["by"], &record["items"][0]["actor"]["type"]),
        (&json!("email"), &json!("scim"))
    );
}
