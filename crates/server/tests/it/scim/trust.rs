//! Whom SCIM may touch, and what it can't take.

use keystead_directory::{
    Timestamp, activity,
    actor::Actor,
    alerts, groups,
    groups::GroupChange,
    ids::{GroupId, UserId},
    page::PageRequest,
    roles::{self, Role},
    scim::{self, settings::SettingsChange},
    users::{self, NewUser},
};
use serde_json::json;

use super::{Desk, id, refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_taken_over_by_a_name_an_address_or_an_id() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await.user;
    let email = owner.email.to_uppercase();
    for (body, status) in [
        (
            json!({ "userName": owner.user_name.to_uppercase(), "emails": [{ "type": "work", "value": "eve@evil.example" }] }),
            409,
        ),
        (json!({ "userName": "eve", "emails": [{ "type": "work", "value": email }] }), 409),
        (json!({ "userName": "eve", "id": owner.id, "externalId": owner.id }), 201),
    ] {
        let answer = desk.send("POST", "/Users", &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        if status == 409 {
            refused(&answer, 409, "uniqueness");
        } else {
            assert_ne!(id(&answer.json()), owner.id.to_string());
        }
    }
    let mut conn = desk.app.app.db.read().await.unwrap();
    let after = users::get(&mut conn, owner.id).await.unwrap();
    assert_eq!((after.email, after.version), (owner.email.clone(), owner.version));
    // An administrator sees both, once each however often they are tried.
    let conflicts = scim::conflicts::list(&mut conn, &PageRequest::new(None, None, None).unwrap()).await.unwrap().items;
    let mut reasons: Vec<&str> = conflicts.iter().map(|conflict| conflict.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["email", "userName"]);
    assert!(conflicts.iter().all(|conflict| conflict.user_id == owner.id));

    // To SCIM they don't exist.
    let path = format!("/Users/{}", owner.id);
    refused(&desk.get(&path).await, 404, "");
    refused(&desk.patch(&path, r#"{"op":"replace","path":"active","value":false}"#).await, 404, "");
    refused(&desk.request("DELETE", &path).send().await, 404, "");
    assert!(desk.found("Users", &format!("userName eq \"{}\"", owner.user_name)).await.is_empty());
    let answer = desk.send("POST", "/Groups", &json!({ "displayName": "g", "members": [{ "value": owner.id }] })).await;
    refused(&answer, 400, "invalidValue");
    assert!(desk.found("Groups", "displayName eq \"g\"").await.is_empty(), "nothing of it was kept");
}

/// A group of SCIM's that an owner gave a role.
async fn bound(desk: &Desk, role: Role) -> GroupId {
    let group: GroupId = desk.group(&format!("{role:?}"), &[]).await.parse().unwrap();
    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    let change = GroupChange { role: Some(Some(role)), ..GroupChange::default() };
    groups::update(&mut tx, &Actor::cli(), group, change, None).await.unwrap();
    tx.commit().await.unwrap();
    group
}

async fn roles_of(desk: &Desk, user: &str) -> roles::Roles {
    roles::of_user(&mut desk.app.app.db.read().await.unwrap(), user.parse().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_is_gained_through_a_group_unless_an_owner_allows_it() {
    let desk = Desk::start().await;
    desk.app.owner().await;
    let eve = desk.named("eve").await;
    let group = bound(&desk, Role::Administrator).await;
    let owners = bound(&desk, Role::Owner).await;
    let add = format!(r#"{{"op":"add","path":"members","value":[{{"value":"{eve}"}}]}}"#);
    let whole = json!({ "displayName": "Administrator", "members": [{ "value": eve }] });
    refused(&desk.patch(&format!("/Groups/{group}"), &add).await, 403, "");
    refused(&desk.send("PUT", &format!("/Groups/{group}"), &whole).await, 403, "");
    refused(&desk.request("DELETE", &format!("/Groups/{group}")).send().await, 403, "");
    assert_eq!(roles_of(&desk, &eve).await.highest(), Role::Member);

    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    scim::settings::update(
        &mut tx,
        &Actor::cli(),
        SettingsChange { grant_roles: Some(true), ..SettingsChange::default() },
        None,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(desk.patch(&format!("/Groups/{group}"), &add).await.status, 204);
    assert_eq!(roles_of(&desk, &eve).await.highest(), Role::Administrator);
    refused(&desk.patch(&format!("/Groups/{owners}"), &add).await, 403, "");

    // Whoever holds a role keeps the address that links go to; other fields and leaving are the directory's.
    let path = format!("/Users/{eve}");
    let email = r#"{"op":"add","path":"emails[type eq \"work\"].value","value":"evil@evil.example"}"#;
    refused(&desk.patch(&path, email).await, 403, "");
    refused(&desk.patch(&path, r#"{"op":"replace","path":"userName","value":"other"}"#).await, 403, "");
    assert_eq!(desk.patch(&path, r#"{"op":"replace","path":"title","value":"Dr"}"#).await.status, 200);
    assert_eq!(desk.patch(&path, r#"{"op":"replace","path":"active","value":false}"#).await.json()["active"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_stays_and_administrators_hear_of_it() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await.user;
    // Linked by hand: the owner is SCIM's now.
    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    let resource = json!({ "userName": owner.user_name, "active": true });
    let sent = keystead::scim::mapping::sent(resource.as_object().unwrap()).unwrap();
    scim::linking::link(&mut tx, &Actor::cli(), owner.id, sent).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/Users/{}", owner.id);
    for _ in 0..2 {
        refused(&desk.patch(&path, r#"{"op":"Replace","path":"active","value":"False"}"#).await, 403, "");
        refused(&desk.request("DELETE", &path).send().await, 403, "");
    }
    assert_eq!(desk.get(&path).await.json()["active"], true);
    let page = PageRequest::new(None, None, None).unwrap();
    let open = alerts::list(&mut desk.app.app.db.read().await.unwrap(), &page).await.unwrap();
    assert_eq!(open.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabling_ends_what_the_person_had_open_and_the_record_says_who() {
    let desk = Desk::start().await;
    let person: UserId = desk.named("ada@example.com").await.parse().unwrap();
    let answer = desk.patch(&format!("/Users/{person}"), r#"{"op":"Replace","path":"active","value":"False"}"#).await;
    assert_eq!(answer.json()["active"], false);
    let mut conn = desk.app.app.db.read().await.unwrap();
    assert!(!users::get(&mut conn, person).await.unwrap().active);
    let filter = activity::ActivityFilter { user: Some(person), ..Default::default() };
    let page = PageRequest::new(None, None, None).unwrap();
    let record = activity::list(&mut conn, &filter, &page).await.unwrap().items.remove(0);
    assert_eq!((record.action.as_str(), record.actor_name.as_str()), ("user.disabled", "Entra ID"));
    assert_eq!(record.actor_type, keystead_directory::actor::ActorType::Scim);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_directory_owns_is_read_only_in_the_panel() {
    let desk = Desk::start().await;
    let person = desk.named("ada@example.com").await;
    let group = desk.group("Crew", &[&person]).await;
    let owner = desk.app.owner().await;
    let call = async |method: &str, path: &str, body: serde_json::Value| {
        desk.app.request(method, &format!("/api/v1{path}")).browser(&owner.cookie).json(&body).send().await
    };
    for (method, path, body) in [
        ("PATCH", format!("/users/{person}"), json!({ "displayName": "Other" })),
        ("PATCH", format!("/groups/{group}"), json!({ "name": "Other" })),
        ("POST", format!("/groups/{group}/members"), json!({ "add": [], "remove": [person] })),
    ] {
        let problem = call(method, &path, body).await.problem(403, "forbidden");
        assert!(problem["detail"].as_str().unwrap().contains("SCIM"), "{problem}");
    }
    assert_eq!(call("PATCH", &format!("/groups/{group}"), json!({ "role": "auditor" })).await.status, 200);
    assert_eq!(call("POST", &format!("/users/{person}/disable"), json!({})).await.status, 200);
    assert_eq!(desk.get(&format!("/Users/{person}")).await.json()["active"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_person_who_is_deleted_makes_room() {
    let desk = Desk::start().await;
    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    let local = users::create(&mut tx, &Actor::cli(), NewUser::local("ada@example.com")).await.unwrap();
    tx.commit().await.unwrap();
    let body = json!({ "userName": "ada@example.com" });
    refused(&desk.send("POST", "/Users", &body).await, 409, "uniqueness");
    let mut tx = desk.app.app.db.write(Timestamp::now()).await.unwrap();
    users::delete(&mut tx, &Actor::cli(), local.id, None).await.unwrap();
    tx.commit().await.unwrap();
    desk.person(&body).await;
}
