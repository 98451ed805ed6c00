//! Imports that run again and again, by what changed.

use entra_simulator::{Size, directory::group_id, directory::user_id};
use keystead::entra::schedule;
use keystead_directory::{Timestamp, roles::Role, sql};
use serde_json::{Value, json};

use crate::support::entra::Connected;

fn schedule(options: &Value) -> Value {
    json!({ "name": "Everybody", "every": "day", "at": "02:30", "timeZone": "Europe/Berlin", "enabled": true,
        "options": { "entra": options } })
}

async fn scheduled(connected: &Connected, options: Value) -> String {
    let made = connected.post("/import-schedules", &schedule(&options)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Runs a schedule and waits until it is over or waits for a person.
async fn run(connected: &Connected, id: &str) -> Value {
    let begun = connected.post(&format!("/import-schedules/{id}/run"), &json!({})).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    let import = begun.json()["id"].as_str().unwrap().to_owned();
    let over = |import: &Value| match import["state"].as_str() {
        Some("ready") => import["approval"].as_array().is_some_and(|reasons| !reasons.is_empty()),
        Some("finished" | "failed") => true,
        _ => false,
    };
    connected.until(&import, over).await
}

async fn tenant() -> Connected {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| {
        tenant.generate(Size { users: 60, groups: 3, members: 20, circle: true, ..Size::default() });
        tenant.most = 20;
    });
    connected
}

#[tokio::test]
async fn the_second_run_asks_for_changes_only_and_follows_nested_groups() {
    let connected = tenant().await;
    let id = scheduled(&connected, json!({ "scope": "allGroups", "takeGroups": true })).await;
    let first = run(&connected, &id).await;
    assert_eq!(first["outcome"]["created"], 60, "{first}");
    // The groups are a circle: everybody is in each of them.
    let groups = connected.get("/groups?q=Group").await.json();
    assert!(groups["items"].as_array().unwrap().iter().all(|group| group["memberCount"] == 60), "{groups}");
    connected.microsoft.forget_requests();
    connected.microsoft.change(|tenant| {
        tenant.set_user(&user_id(1), "jobTitle", json!("Director"));
        tenant.delete_user(&user_id(2));
        tenant.put_user(&user_id(90), entra_simulator::directory::person("new@contoso.com", "Nina New"));
        tenant.set_member(&group_id(0), &user_id(90), true);
        // The circle is opened: only its own twenty are in the last group.
        tenant.set_member(&group_id(2), &group_id(0), false);
    });
    let second = run(&connected, &id).await;
    assert_eq!(second["state"], "finished", "{second}");
    let outcome = &second["outcome"];
    assert_eq!(
        (&outcome["created"], &outcome["updated"], &outcome["deactivated"]),
        (&json!(1), &json!(1), &json!(1)),
        "{second}"
    );
    assert_eq!(connected.microsoft.requests("/v1.0/users").len(), 1, "{:?}", connected.microsoft.requests(""));
    assert_eq!(connected.microsoft.requests("/v1.0/groups").len(), 1);
    let last = connected.get("/groups?q=Group").await.json();
    let last = last["items"].as_array().unwrap().iter().find(|group| group["name"] == "Group 2").cloned();
    assert_eq!(last.map(|group| group["memberCount"].clone()), Some(json!(20)));
}

#[tokio::test]
async fn when_changes_can_not_be_told_everything_is_read_again() {
    let connected = tenant().await;
    let id = scheduled(&connected, json!({ "scope": "allUsers" })).await;
    assert_eq!(run(&connected, &id).await["outcome"]["created"], 60);
    connected.microsoft.change(|tenant| {
        tenant.delete_user(&user_id(2));
        tenant.expire_deltas();
    });
    let second = run(&connected, &id).await;
    assert_eq!(
        (&second["outcome"]["deactivated"], &second["outcome"]["unchanged"]),
        (&json!(1), &json!(59)),
        "{second}"
    );
}

#[tokio::test]
async fn a_run_that_would_disable_many_waits_for_a_person() {
    let connected = tenant().await;
    let id = scheduled(&connected, json!({ "scope": "allUsers" })).await;
    run(&connected, &id).await;
    connected.microsoft.change(|tenant| (0..30).for_each(|n| tenant.delete_user(&user_id(n))));
    let second = run(&connected, &id).await;
    assert_eq!(
        (&second["state"], &second["approval"][0]["reason"]),
        (&json!("ready"), &json!("manyDeactivated")),
        "{second}"
    );
    // The next one does not overtake it.
    connected.post(&format!("/import-schedules/{id}/run"), &json!({})).await.problem(409, "illegal_state");
    let list = connected.get("/import-schedules").await.json();
    assert_eq!(list["items"][0]["lastState"], "ready", "{list}");
    let alerts = connected.get("/alerts").await.json();
    let waits = alerts["items"].as_array().unwrap().iter().find(|alert| alert["kind"] == "importNeedsApproval");
    assert_eq!(waits.unwrap()["importId"], second["id"], "it leads to the plan: {alerts}");
}

#[tokio::test]
async fn a_failed_read_of_changes_leaves_everybody_and_goes_on_next_time() {
    let connected = tenant().await;
    let id = scheduled(&connected, json!({ "scope": "allUsers" })).await;
    run(&connected, &id).await;
    connected.microsoft.change(|tenant| tenant.set_user(&user_id(1), "jobTitle", json!("Director")));
    connected.microsoft.fault(entra_simulator::Fault::always("/groups/delta", entra_simulator::Kind::Garbage));
    let second = run(&connected, &id).await;
    assert_eq!((&second["state"], &second["failure"]["code"]), (&json!("failed"), &json!("graphNonsense")), "{second}");
    connected.microsoft.heal();
    let third = run(&connected, &id).await;
    assert_eq!((&third["outcome"]["updated"], &third["outcome"]["deactivated"]), (&json!(1), &json!(0)), "{third}");
}

#[tokio::test]
async fn of_two_servers_one_begins_a_run_that_is_due() {
    let connected = tenant().await;
    scheduled(&connected, json!({ "scope": "allUsers" })).await;
    let app = &connected.app.app;
    assert_eq!(schedule::begin_due(app).await.unwrap(), 0, "nothing was due");
    let mut tx = app.db.write(Timestamp::now()).await.unwrap();
    tx.query(sql!("update import_schedules set next_run_at = 1")).execute().await.unwrap();
    tx.commit().await.unwrap();
    let begun = tokio::join!(schedule::begin_due(app), schedule::begin_due(app), schedule::begin_due(app));
    assert_eq!(begun.0.unwrap() + begun.1.unwrap() + begun.2.unwrap(), 1);
    let imports = connected.get("/imports").await.json();
    assert_eq!(imports["items"].as_array().unwrap().len(), 1, "{imports}");
}

#[tokio::test]
async fn a_schedule_whose_owner_may_not_import_any_more_does_not_run() {
    let connected = tenant().await;
    let administrator = connected.app.person(Role::Administrator).await;
    let made = connected.app.post("/api/v1/import-schedules", &schedule(&json!({ "scope": "allUsers" })));
    let id = made.browser(&administrator.cookie).send().await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/users/{}/disable", administrator.user.id);
    assert_eq!(connected.post(&path, &json!({})).await.status, 200);
    connected.post(&format!("/import-schedules/{id}/run"), &json!({})).await.problem(409, "illegal_state");
    let saved = connected.patch(&format!("/import-schedules/{id}"), &json!({ "every": "week", "weekday": 0 })).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert_eq!(run(&connected, &id).await["outcome"]["created"], 60);
}

#[tokio::test]
async fn a_schedule_that_can_not_be_followed_is_refused_by_its_field() {
    let connected = tenant().await;
    for (field, value) in [
        ("at", json!("25:00")),
        ("at", json!("2:3:4")),
        ("timeZone", json!("Mars/Olympus")),
        ("weekday", json!(1)),
        ("name", json!("")),
        ("options", json!({ "mode": "both" })),
    ] {
        let mut body = schedule(&json!({ "scope": "allUsers" }));
        body[field] = value.clone();
        let answer = connected.post("/import-schedules", &body).await;
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.text());
        assert_eq!(answer.json()["errors"][0]["field"], field, "{}", answer.text());
    }
}
