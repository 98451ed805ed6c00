//! Many at once, as Entra ID sends them.

use futures_util::future::join_all;
use serde_json::json;

use super::Desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_members_added_at_once_are_all_in_the_group() {
    let desk = Desk::start().await;
    let mut people = join_all((0..50).map(|at| {
        let desk = &desk;
        async move { desk.named(&format!("p{at}")).await }
    }))
    .await;
    let group = desk.group("Crew", &[]).await;
    let path = format!("/Groups/{group}");
    let answers = join_all(people.iter().map(|id| {
        let (desk, path) = (&desk, &path);
        async move {
            desk.patch(path, &format!(r#"{{"op":"Add","path":"members","value":[{{"value":"{id}"}}]}}"#)).await.status
        }
    }))
    .await;
    assert!(answers.iter().all(|status| *status == 204), "{answers:?}");
    people.sort();
    assert_eq!(desk.members(&group).await, people);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_person_posted_twice_at_once_is_there_once() {
    let desk = Desk::start().await;
    for round in 0..5 {
        let body = json!({ "userName": format!("ada{round}"), "externalId": "1" });
        let answers = join_all((0..4).map(|_| desk.send("POST", "/Users", &body))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
        assert_eq!(desk.found("Users", &format!("userName eq \"ada{round}\"")).await.len(), 1);
        let body = json!({ "displayName": format!("g{round}"), "externalId": "1" });
        let mut statuses: Vec<u16> =
            join_all((0..4).map(|_| desk.send("POST", "/Groups", &body))).await.iter().map(|one| one.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_changes_of_one_version_exactly_one_is_taken() {
    let desk = Desk::start().await;
    let person = desk.person(&json!({ "userName": "ada" })).await;
    let path = format!("/Users/{}", super::id(&person));
    let version = super::text(&person["meta"]["version"]);
    let answers = join_all((0..6).map(|at| {
        let body = json!({ "Operations": [{ "op": "replace", "path": "title", "value": at.to_string() }] });
        desk.request("PATCH", &path).header("if-match", &version).json(&body).send()
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 412)));
}
