//! The request log, and what is told when nobody calls any more.

use keystead_directory::{
    Timestamp, alerts,
    alerts::AlertKind,
    ids::ScimRequestId,
    page::PageRequest,
    scim::{
        requests::{self, ScimRequest},
        state::{self, Calls},
    },
};
use serde_json::{Value, json};

use super::{Desk, encoded, refused};
use crate::support::Persona;

impl Desk {
    /// The log as the panel shows it, after what waits was written.
    async fn logged(&self, who: &Persona, query: &str) -> Vec<Value> {
        self.app.app.scim_log.write(&self.app.app.db).await.unwrap();
        let answer = self.panel(who, "GET", &format!("/requests?{query}"), &Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["items"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_says_what_was_asked_who_was_touched_and_what_became_of_it() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    let miss = format!("/Users?filter={}", encoded("externalId eq \"7d420df3\""));
    assert_eq!(desk.get(&miss).await.status, 200);
    let person = desk.named("ada@example.com").await;
    let group = desk.group("Crew", &[&person]).await;
    refused(
        &desk.send("POST", "/Users", &json!({ "userName": "ada@example.com", "password": "hunter2" })).await,
        409,
        "uniqueness",
    );
    desk.request("DELETE", &format!("/Users/{person}")).send().await;
    desk.app.get("/api/scim/v2/Users").bearer("kss_wrong-and-long-enough-to-be-a-token").send().await;
    desk.app.get("/api/scim/v2/Schemas").send().await;

    let all = desk.logged(&owner, "").await;
    let told: Vec<_> = all
        .iter()
        .map(|one| (one["method"].as_str().unwrap(), one["path"].as_str().unwrap(), one["status"].as_i64().unwrap()))
        .collect();
    let path = format!("/Users/{person}");
    assert_eq!(
        told,
        [
            ("GET", "/Users", 401),
            ("DELETE", path.as_str(), 204),
            ("POST", "/Users", 409),
            ("POST", "/Groups", 201),
            ("POST", "/Users", 201),
            ("GET", "/Users", 200),
        ]
    );
    assert_eq!((&all[0]["token"], &all[1]["token"]), (&Value::Null, &json!("Entra ID")));
    assert_eq!((&all[1]["userId"], &all[1]["subject"]), (&json!(person), &Value::Null), "a person without a name");
    assert_eq!((&all[2]["scimType"], &all[2]["subject"]), (&json!("uniqueness"), &json!("ada@example.com")));
    assert_eq!((&all[3]["groupId"], &all[3]["subject"]), (&json!(group), &json!("Crew")));
    assert_eq!(all[5]["query"], "filter=externalId eq \"7d420df3\"");
    assert!(all.iter().all(|one| one["durationMs"].as_f64().unwrap() >= 0.0));

    // What was sent is kept where it failed, without secrets.
    assert!(all[2]["hasBody"] == true && all[4]["hasBody"] == false && all[0]["hasBody"] == false);
    let detail =
        desk.panel(&owner, "GET", &format!("/requests/{}", all[2]["id"].as_str().unwrap()), &Value::Null).await;
    let body = detail.json()["requestBody"].as_str().unwrap().to_owned();
    assert!(body.contains("ada@example.com") && !body.contains("hunter2"), "{body}");

    assert_eq!(desk.logged(&owner, "outcome=failed").await.len(), 2);
    assert_eq!(desk.logged(&owner, "outcome=ok").await.len(), 4);
    assert_eq!(desk.logged(&owner, "search=CREW").await.len(), 1);
    assert_eq!(desk.logged(&owner, "outcome=failed&search=crew").await.len(), 0);
    let first = desk.panel(&owner, "GET", "/requests?limit=4", &Value::Null).await.json();
    let cursor = first["nextCursor"].as_str().unwrap();
    assert_eq!(desk.logged(&owner, &format!("limit=4&cursor={cursor}")).await, all[4..]);

    let page = desk.panel(&owner, "GET", "", &Value::Null).await.json();
    for time in ["lastRequestAt", "lastSuccessAt", "lastProbeAt", "lastFailureAt"] {
        assert!(page[time].is_string(), "{time} in {page}");
    }
    assert_eq!(page["failures24h"], 2);
    assert!(page["lastRequestAt"].as_str() >= page["lastSuccessAt"].as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_changes_no_times_but_those_of_requests_and_failures() {
    let desk = Desk::start().await;
    let owner = desk.app.owner().await;
    for _ in 0..40 {
        desk.app.get("/api/scim/v2/Users").bearer("kss_wrong").send().await;
    }
    assert_eq!(desk.logged(&owner, "").await.len(), 20, "strangers fill no log");
    let calls = state::calls(&mut desk.app.app.db.read().await.unwrap()).await.unwrap();
    assert!(calls.last_request_at.is_some() && calls.last_failure_at.is_some());
    assert_eq!((calls.last_called_at, calls.last_success_at), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_bounded_by_time_and_by_number() {
    let desk = Desk::start().await;
    let now = Timestamp::now();
    let request = |at: Timestamp, token: Option<&str>, body: Option<&str>| {
        let mut id = ScimRequestId::new();
        // Ids begin with the time.
        id.0 = uuid::Uuid::from_u128((u128::try_from(at.0).unwrap() << 80) | (id.0.as_u128() & ((1 << 80) - 1)));
        ScimRequest {
            id,
            at,
            method: "GET".to_owned(),
            path: "/Users".to_owned(),
            query: None,
            status: 400,
            scim_type: None,
            detail: None,
            duration_us: 1,
            token: token.map(str::to_owned),
            user_id: None,
            group_id: None,
            subject: None,
            body: body.map(str::to_owned),
            has_body: false,
        }
    };
    let db = &desk.app.app.db;
    let mut tx = db.write(now).await.unwrap();
    let mut old =
        [request(now.plus_hours(-24 * 14 - 1), Some("a"), None), request(now.plus_hours(-24 * 13), Some("a"), None)];
    requests::write(&mut tx, &mut old).await.unwrap();
    let mut strangers: Vec<_> = (0..requests::KEPT_OF_STRANGERS + 5).map(|_| request(now, None, None)).collect();
    requests::write(&mut tx, &mut strangers).await.unwrap();
    let mut bodies: Vec<_> = (0..requests::KEPT_BODIES + 7).map(|_| request(now, Some("a"), Some("{}"))).collect();
    requests::write(&mut tx, &mut bodies).await.unwrap();
    requests::forget_old(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = db.read().await.unwrap();
    let (mut all, mut strangers, mut with_body, mut cursor) = (0, 0, 0, None);
    loop {
        let page = PageRequest::new(Some(200), cursor, None).unwrap();
        let page = requests::list(&mut conn, &requests::RequestFilter::default(), &page).await.unwrap();
        all += page.items.len();
        strangers += page.items.iter().filter(|one| one.token.is_none()).count();
        with_body += page.items.iter().filter(|one| one.has_body).count();
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(i64::try_from(strangers).unwrap(), requests::KEPT_OF_STRANGERS);
    assert_eq!(i64::try_from(with_body).unwrap(), requests::KEPT_BODIES);
    assert_eq!(i64::try_from(all).unwrap(), 1 + requests::KEPT_OF_STRANGERS + requests::KEPT_BODIES + 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_hear_once_that_nobody_calls_any_more_until_somebody_does() {
    let desk = Desk::start().await;
    let db = &desk.app.app.db;
    let now = Timestamp::now();
    let watch = async |at: Timestamp| {
        let mut tx = db.write(at).await.unwrap();
        state::watch(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let page = PageRequest::new(None, None, None).unwrap();
        let open = alerts::list(&mut db.read().await.unwrap(), &page).await.unwrap().items;
        open.iter().filter(|alert| alert.kind == AlertKind::ScimSilent).count()
    };
    assert_eq!(watch(now).await, 0, "nobody ever called");
    assert_eq!(desk.get("/Users").await.status, 200);
    desk.app.app.scim_log.write(db).await.unwrap();
    assert_eq!(watch(now.plus_seconds(state::SILENT_SECONDS - 60)).await, 0);
    let later = now.plus_seconds(state::SILENT_SECONDS + 60);
    assert_eq!((watch(later).await, watch(later.plus_hours(1)).await), (1, 1));
    desk.get("/Users").await;
    desk.app.app.scim_log.write(db).await.unwrap();
    assert_eq!(watch(now).await, 0, "somebody calls again");
    // What another server noted later stays.
    let mut tx = db.write(now).await.unwrap();
    state::note(&mut tx, Calls { last_called_at: Some(Timestamp(1)), ..Calls::default() }).await.unwrap();
    assert!(state::calls(&mut tx).await.unwrap().last_called_at.unwrap() >= now);
    tx.commit().await.unwrap();
    // Without a living token nobody is expected.
    let token = keystead_directory::scim::tokens::list(&mut db.read().await.unwrap()).await.unwrap().remove(0);
    let mut tx = db.write(now).await.unwrap();
    keystead_directory::scim::tokens::revoke(&mut tx, &keystead_directory::actor::Actor::cli(), token.id)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(watch(later.plus_hours(9)).await, 0);
}
