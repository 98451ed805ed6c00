//! The whole journey of a person: added, registered, signed in, suspended, resumed, revoked.

use keystead_directory::sql;
use serde_json::{Value, json};

use crate::support::{Browser, TestApp};

/// The words of the newest records about a person.
async fn actions(owner: &mut Browser, user: &Value) -> Vec<String> {
    let path = format!("/activity?userId={}", user["id"].as_str().unwrap());
    let page = owner.read(&path).await;
    page["items"].as_array().unwrap().iter().map(|record| record["action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_person_is_added_registers_signs_in_and_is_out_whenever_the_key_is() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (user, token) = owner.add("jane@example.com").await;
    let user_path = format!("/users/{}", user["id"].as_str().unwrap());
    assert_eq!(user["status"], "pending");

    let mut jane = app.browser("jane");
    let seen = jane.take("/registrations/inspect", &json!({ "token": token })).await;
    assert_eq!(seen["purpose"], "register");
    assert_eq!(seen["organisationName"], "Example");
    assert_eq!(seen["person"]["email"], "jane@example.com");
    let answer = jane.register(&token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let key = answer.json()["key"]["id"].as_str().unwrap().to_owned();
    assert!(!jane.signed_in().await, "registering is not signing in");
    assert_eq!(owner.read(&user_path).await["status"], "active");

    assert_eq!(jane.sign_in().await.status, 200);
    let session = jane.read("/session").await;
    assert_eq!((session["role"].as_str(), session["permissions"].as_array().map(Vec::len)), (Some("member"), Some(0)));
    assert_eq!(jane.read("/me").await["keys"][0]["id"], key.as_str());
    jane.get("/users").await.problem(403, "forbidden");

    // Suspended in the middle of a session: out with the next request, and not in again.
    let act = |verb: &str| format!("/keys/{key}/{verb}");
    assert_eq!(owner.take(&act("suspend"), &json!({})).await["state"], "suspended");
    jane.get("/me").await.problem(401, "unauthenticated");
    jane.sign_in().await.problem(401, "credential_refused");
    assert_eq!(owner.take(&act("resume"), &json!({})).await["state"], "active");
    assert!(!jane.signed_in().await, "a session that ended does not come back");
    assert_eq!(jane.sign_in().await.status, 200);

    let revoked = owner.take(&act("revoke"), &json!({ "reason": "replaced" })).await;
    assert_eq!((revoked["state"].as_str(), revoked["reason"].as_str()), (Some("revoked"), Some("replaced")));
    jane.get("/me").await.problem(401, "unauthenticated");
    jane.sign_in().await.problem(401, "credential_refused");
    for verb in ["resume", "suspend", "cancel"] {
        owner.post(&act(verb), &json!({})).await.problem(409, "illegal_state");
    }
    owner.post(&act("revoke"), &json!({ "reason": "lost" })).await.problem(409, "illegal_state");
    owner.post(&act("resend"), &json!({})).await.problem(409, "illegal_state");

    let mut told = actions(&mut owner, &user).await;
    told.reverse();
    let expected = [
        "user.created",
        "key.assigned",
        "key.registered",
        "signin.succeeded",
        "key.suspended",
        "signin.refused",
        "key.resumed",
        "signin.succeeded",
        "key.revoked",
        "signin.refused",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn disabling_a_person_ends_their_sessions_and_links_at_once() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (mut jane, user) = app.joined(&mut owner, "jane").await;
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    let more = owner.take(&format!("{path}/keys"), &json!({ "kind": "hardwareKey", "name": "Second" })).await;
    let token = crate::support::token_of(&more["registration"]["link"]);
    assert!(jane.signed_in().await);
    assert_eq!(owner.take(&format!("{path}/disable"), &json!({})).await["status"], "disabled");
    assert!(!jane.signed_in().await);
    jane.sign_in().await.problem(401, "credential_refused");
    jane.post("/registrations/inspect", &json!({ "token": token })).await.problem(410, "link_disabled");
    owner.take(&format!("{path}/enable"), &json!({})).await;
    assert!(!jane.signed_in().await);
    jane.post("/registrations/inspect", &json!({ "token": token })).await.problem(410, "link_cancelled");
    assert_eq!(jane.sign_in().await.status, 200);

    // Deleting goes further: nothing of the person is left but the record.
    assert_eq!(owner.delete(&path).await.status, 204);
    assert!(!jane.signed_in().await);
    jane.sign_in().await.problem(401, "credential_refused");
    owner.get(&path).await.problem(404, "not_found");
    assert!(actions(&mut owner, &user).await.contains(&"user.deleted".to_owned()));
}

#[tokio::test]
async fn a_lost_key_is_out_at_once_and_administrators_are_told() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (mut jane, _) = app.joined(&mut owner, "jane").await;
    let (mut john, _) = app.joined(&mut owner, "john").await;
    let key = jane.read("/me").await["keys"][0]["id"].as_str().unwrap().to_owned();
    // The only owner's only key keeps somebody in charge; they are told the way out.
    let own = owner.read("/me").await["keys"][0]["id"].as_str().unwrap().to_owned();
    let refused = owner.post(&format!("/me/keys/{own}/report-lost"), &json!({})).await.problem(409, "last_owner");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("keystead owner recover") && detail.contains("someone else an owner"), "{detail}");
    // Somebody else's key does not exist for John.
    john.post(&format!("/me/keys/{key}/report-lost"), &json!({})).await.problem(404, "not_found");
    let lost = jane.take(&format!("/me/keys/{key}/report-lost"), &json!({})).await;
    assert_eq!((lost["state"].as_str(), lost["reason"].as_str()), (Some("suspended"), Some("lost")));
    assert!(!jane.signed_in().await);
    jane.sign_in().await.problem(401, "credential_refused");
    assert!(john.signed_in().await);
    let alerts = owner.read("/alerts").await;
    assert_eq!(alerts["items"][0]["kind"], "keyReportedLost", "{alerts}");
}

#[tokio::test]
async fn a_session_ends_when_unused_and_when_old_and_at_sign_out() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let minute = 60_000_i64;
    let age = async |idle: i64, absolute: i64| {
        let mut tx = app.app.db.write(keystead_directory::Timestamp::now()).await.unwrap();
        let statement = sql!(
            "update sessions set last_seen_at = last_seen_at - $1, expires_at = expires_at - $2 where id is not null"
        );
        assert!(tx.query(statement).bind(idle).bind(absolute).execute().await.unwrap() > 0);
        tx.commit().await.unwrap();
    };
    age(59 * minute, 0).await;
    assert!(owner.signed_in().await, "an hour of idling is allowed");
    age(61 * minute, 0).await;
    assert!(!owner.signed_in().await);
    assert_eq!(owner.sign_in().await.status, 200);
    age(0, 12 * 60 * minute - minute).await;
    assert!(owner.signed_in().await);
    age(0, minute).await;
    assert!(!owner.signed_in().await, "12 hours are the end whatever happens");
    assert_eq!(owner.sign_in().await.status, 200);
    let kept = owner.clone();
    assert_eq!(owner.delete("/session").await.status, 204);
    assert!(!kept.clone().signed_in().await, "the cookie lives on after signing out");
}

#[tokio::test]
async fn signing_in_again_makes_a_new_session_and_forgets_the_old() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let mut before = owner.clone();
    assert_eq!(owner.sign_in().await.status, 200);
    assert_ne!(owner.cookies["keystead-session"], before.cookies["keystead-session"]);
    assert!(owner.signed_in().await && !before.signed_in().await);
}
