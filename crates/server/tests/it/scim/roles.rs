//! Roles that the directory gives.

use keystead_directory::roles::{self, Role};
use serde_json::{Value, json};

use super::{Desk, id, refused};

async fn role(desk: &Desk, person: &str) -> Role {
    let mut conn = desk.app.app.db.read().await.unwrap();
    roles::of_user(&mut conn, person.parse().unwrap()).await.unwrap().highest()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_of_the_directory_counts_while_an_owner_allows_it_and_ends_with_it() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let ada = desk.named("ada").await;
    let path = format!("/Users/{ada}");
    let add = r#"{"op":"Add","path":"roles[primary eq \"True\"].value","value":"Admin"}"#;
    assert_eq!(desk.patch(&path, add).await.status, 200);
    assert_eq!(role(&desk, &ada).await, Role::Member);
    assert_eq!(desk.panel(&owner, "GET", "", &Value::Null).await.json()["peopleWithRoles"], 1);
    desk.panel(&owner, "PATCH", "", &json!({ "grantRoles": true })).await;
    assert_eq!(role(&desk, &ada).await, Role::Administrator);
    let shown = async || desk.app.get(&format!("/api/v1/users/{ada}")).browser(&owner.cookie).send().await.json();
    assert_eq!(
        (&shown().await["role"], &shown().await["directoryRole"]),
        (&json!("administrator"), &json!("administrator"))
    );
    // Another one instead, then none.
    let replace = r#"{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"Auditor"}"#;
    assert_eq!(desk.patch(&path, replace).await.status, 200);
    assert_eq!(role(&desk, &ada).await, Role::Auditor);
    assert_eq!(desk.patch(&path, r#"{"op":"Remove","path":"roles"}"#).await.status, 200);
    assert_eq!(role(&desk, &ada).await, Role::Member);
    assert_eq!(shown().await["directoryRole"], Value::Null);
    // An owner's no ends it at once.
    assert_eq!(desk.patch(&path, add).await.status, 200);
    assert_eq!(role(&desk, &ada).await, Role::Administrator);
    desk.panel(&owner, "PATCH", "", &json!({ "grantRoles": false })).await;
    assert_eq!(role(&desk, &ada).await, Role::Member);
    let record = desk.app.get("/api/v1/activity?action=user.updated").browser(&owner.cookie).send().await.json();
    assert_eq!(record["items"][0]["details"]["directoryRoles"], json!({ "old": [], "new": ["administrator"] }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_are_read_as_entra_id_writes_them_and_owner_is_none_of_them() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    desk.panel(&owner, "PATCH", "", &json!({ "grantRoles": true })).await;
    for (number, (value, expected)) in [
        ("Help desk", Role::HelpDesk),
        ("HelpDesk", Role::HelpDesk),
        ("administrator", Role::Administrator),
        (r#"{"id":"25ec65a8","value":"Auditor","displayName":"May look"}"#, Role::Auditor),
        (r#"{"id":"25ec65a8","value":"x.y","displayName":"Help desk"}"#, Role::HelpDesk),
        ("Owner", Role::Member),
        (r#"{"value":"owner","displayName":"Owner"}"#, Role::Member),
        ("Member", Role::Member),
        ("WindowsAzureActiveDirectoryRole", Role::Member),
        ("{broken", Role::Member),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({ "userName": format!("p{number}"), "roles": [{ "primary": "True", "value": value }] });
        let person = desk.person(&body).await;
        assert_eq!(role(&desk, id(&person)).await, expected, "{value}");
        assert_eq!(person["roles"][0]["value"], value, "it comes back as it was sent");
    }
    let several = json!({ "userName": "several", "roles": [{ "value": "Auditor" }, { "value": "HelpDesk" }, { "value": "Owner" }] });
    let person = desk.person(&several).await;
    assert_eq!(role(&desk, id(&person)).await, Role::HelpDesk);
    // Whom the directory made an administrator it may rename and let go.
    let path = format!("/Users/{}", id(&person));
    let email = r#"{"op":"Add","path":"emails[type eq \"work\"].value","value":"new@example.com"}"#;
    assert_eq!(desk.patch(&path, email).await.status, 200);
    assert_eq!(desk.request("DELETE", &path).send().await.status, 204);
    refused(&desk.get(&path).await, 404, "");
}
