//! Connecting to Entra ID: what is entered, consent there and back, certificates, health.

use entra_simulator::{Fault, Kind, Simulator, directory::Application};
use keystead_directory::{Timestamp, actor::Actor, alerts, entra, page::PageRequest};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    entra::{Connected, quick},
};

#[tokio::test]
async fn without_a_connection_there_is_nothing_to_ask() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let connection = app.get("/api/v1/integrations/entra").browser(&owner.cookie).send().await.json();
    assert_eq!((&connection["configured"], &connection["state"]), (&json!(false), &json!("notConfigured")));
    let groups = app.get("/api/v1/integrations/entra/groups").browser(&owner.cookie).send().await;
    groups.problem(409, "illegal_state");
}

#[tokio::test]
async fn admin_consent_leads_to_a_working_connection() {
    let connected = Connected::unauthorized(quick()).await;
    let before = connected.get("/integrations/entra").await.json();
    assert_eq!(before["state"], "notAuthorized");
    let connection = connected.authorize("adminConsent").await;
    assert_eq!(connection["state"], "working", "{connection}");
    assert_eq!(connection["tenantName"], "Contoso");
    assert_eq!(connection["permissions"]["missing"], json!([]));
    let granted = json!(["User.Read.All", "GroupMember.Read.All", "Organization.Read.All"]);
    assert_eq!(connection["permissions"]["granted"], granted);
    assert!(connection["lastToken"].is_string());
}

#[tokio::test]
async fn signing_in_leads_to_a_connection_that_renews_its_token() {
    let connected = Connected::unauthorized(quick()).await;
    let connection = connected.authorize("interactive").await;
    assert_eq!((&connection["state"], &connection["way"]), (&json!("working"), &json!("delegated")), "{connection}");
    connected.microsoft.expire_tokens();
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!(checked["state"], "working", "{checked}");
    connected.microsoft.revoke_refresh_tokens();
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!(checked["problem"]["code"], "signInAgain", "{checked}");
}

#[tokio::test]
async fn an_answer_counts_once_and_only_in_the_session_that_asked() {
    let connected = Connected::unauthorized(quick()).await;
    let said = connected.consent("adminConsent").await;
    let other = connected.app.person(keystead_directory::roles::Role::Administrator).await;
    let stolen = connected.app.post("/api/v1/integrations/entra/authorize/finish", &said).browser(&other.cookie);
    stolen.send().await.problem(409, "illegal_state");
    let mut forged = said.clone();
    forged["state"] = json!("made-up");
    connected.finish(&forged).await.problem(409, "illegal_state");
    assert_eq!(connected.finish(&said).await.status, 200);
    connected.finish(&said).await.problem(409, "illegal_state");
}

#[tokio::test]
async fn the_tenant_that_the_answer_names_is_not_believed() {
    let connected = Connected::unauthorized(quick()).await;
    let mut said = connected.consent("adminConsent").await;
    said["tenant"] = json!("00000000-0000-4000-8000-00000000dead");
    let connection = connected.finish(&said).await.json();
    assert_eq!(connection["problem"]["code"], "tenantMismatch", "{connection}");
    assert_eq!((&connection["tenantId"], &connection["state"]), (&Value::Null, &json!("notAuthorized")));
    // A tenant that says it is another one than was entered is not believed either.
    let mut said = connected.consent("adminConsent").await;
    said.as_object_mut().unwrap().remove("tenant");
    connected.microsoft.change(|tenant| {
        tenant.domains = vec!["fabrikam.com".to_owned(), tenant.tenant_id.clone()];
        tenant.tenant_id = "00000000-0000-4000-8000-00000000dead".to_owned();
    });
    let connection = connected.finish(&said).await.json();
    assert_eq!(connection["problem"]["code"], "tenantMismatch", "{connection}");
    assert_eq!(connection["tenantId"], Value::Null);
}

#[tokio::test]
async fn a_declined_consent_says_what_to_do() {
    let connected = Connected::unauthorized(quick()).await;
    for way in ["adminConsent", "interactive"] {
        let begun = connected.post("/integrations/entra/authorize", &json!({ "way": way })).await.json();
        let url: url::Url = begun["url"].as_str().unwrap().parse().unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let said = json!({ "state": state, "error": "access_denied",
            "errorDescription": "AADSTS65004: User declined to consent to access the app." });
        let connection = connected.finish(&said).await.json();
        assert_eq!(connection["problem"]["code"], "declined", "{connection}");
    }
}

#[tokio::test]
async fn a_certificate_proves_what_a_secret_proved() {
    let connected = Connected::start().await;
    let made = connected.post("/integrations/entra/certificate", &json!({})).await.json();
    // The secret is used until the certificate has brought a token.
    assert_eq!(made["credential"]["type"], "secret");
    let pem = made["nextCertificate"]["certificatePem"].as_str().unwrap().to_owned();
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!((&checked["credential"]["type"], &checked["state"]), (&json!("secret"), &json!("working")), "{checked}");
    connected.microsoft.change(|tenant| {
        tenant.application.certificates.push(pem);
        tenant.application.secrets.clear();
    });
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!(checked["state"], "working", "{checked}");
    assert_eq!(checked["credential"]["type"], "certificate");
    assert_eq!(checked["credential"]["thumbprint"], made["nextCertificate"]["thumbprint"]);
    assert_eq!(checked["nextCertificate"], Value::Null);
    connected.microsoft.change(|tenant| tenant.application.certificates.clear());
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!(checked["problem"]["code"], "certificateRefused", "{checked}");
}

#[tokio::test]
async fn each_refusal_of_the_login_says_what_to_mend() {
    let connected = Connected::start().await;
    let refused = async |change: fn(&mut Application)| {
        let kept = connected.microsoft.change(|tenant| {
            let kept = tenant.application.clone();
            change(&mut tenant.application);
            kept
        });
        let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
        connected.microsoft.change(|tenant| tenant.application = kept);
        checked
    };
    let another = refused(|application| application.secrets = vec!["another".to_owned()]).await;
    assert_eq!(another["problem"]["code"], "secretWrong", "{another}");
    let expired = refused(|application| application.expired_secrets = std::mem::take(&mut application.secrets)).await;
    assert_eq!(expired["problem"]["code"], "secretExpired", "{expired}");
    let unknown = refused(|application| application.client_id = "other".to_owned()).await;
    assert_eq!(unknown["problem"]["code"], "applicationUnknown", "{unknown}");
    let fewer = refused(|application| application.permissions.retain(|name| name != "User.Read.All")).await;
    assert_eq!(fewer["permissions"]["missing"], json!(["User.Read.All"]), "{fewer}");
    assert_eq!(fewer["state"], "failing");
    assert!(fewer["problem"]["message"].as_str().unwrap().contains("User.Read.All"));
    connected.microsoft.fault(Fault::times("/token", 1, Kind::Aadsts { number: 53003 }));
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!(checked["problem"]["code"], "conditionalAccess");
    // What passes is tried again.
    connected.microsoft.fault(Fault::times("/token", 1, Kind::Aadsts { number: 90033 }));
    connected.microsoft.fault(Fault::times("/token", 1, Kind::Dropped));
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!(checked["state"], "working", "{checked}");
}

#[tokio::test]
async fn a_secret_is_never_shown_and_never_goes_to_an_address_it_was_not_entered_for() {
    let connected = Connected::start().await;
    let elsewhere = Simulator::start().await;
    let shown = connected.get("/integrations/entra").await.text();
    assert!(!shown.contains("simulated-secret"), "{shown}");
    let mut moved = connected.entered();
    moved["loginUrl"] = json!(elsewhere.url());
    moved.as_object_mut().unwrap().remove("secret");
    let connection = connected.put(&moved).await.json();
    assert_eq!((&connection["credential"], &connection["state"]), (&Value::Null, &json!("notAuthorized")));
    connected.post("/integrations/entra/check", &json!({})).await;
    assert!(elsewhere.requests("").is_empty(), "something was sent to the new address");
    let log = connected.get("/activity").await.text();
    assert!(!log.contains("simulated-secret"), "{log}");
}

#[tokio::test]
async fn what_is_entered_is_checked_by_its_field() {
    let connected = Connected::unauthorized(quick()).await;
    for (field, value) in [
        ("tenant", json!("common")),
        ("tenant", json!("a/b")),
        ("tenant", json!("")),
        ("clientId", json!("not-an-id")),
        ("loginUrl", json!("http://login.example.com")),
        ("loginUrl", json!("https://login.example.com/path")),
        ("graphUrl", json!("ftp://graph.example.com")),
        ("graphUrl", Value::Null),
        ("secret", json!("two\nlines")),
    ] {
        let mut body = connected.entered();
        body[field] = value.clone();
        let answer = connected.put(&body).await;
        assert_eq!(answer.status, 422, "{field} {value}: {}", answer.text());
        assert_eq!(answer.json()["errors"][0]["field"], field, "{}", answer.text());
    }
}

#[tokio::test]
async fn an_end_of_the_secret_is_warned_of_once_30_days_before() {
    let connected = Connected::start().await;
    let warned = async |days: i64| {
        let mut body = connected.entered();
        body["secretExpiresAt"] = json!(Timestamp::now().plus_hours(days * 24));
        assert_eq!(connected.put(&body).await.status, 200);
        for _ in 0..2 {
            keystead::entra::health::warn_of_expiry(&connected.app.app).await.unwrap();
        }
        let page = PageRequest::new(None, None, None).unwrap();
        alerts::list(&mut connected.app.app.db.read().await.unwrap(), &page).await.unwrap().items.len()
    };
    assert_eq!(warned(31).await, 0);
    assert_eq!(warned(29).await, 1);
}

#[tokio::test]
async fn a_connection_that_is_deleted_leaves_no_secret() {
    let connected = Connected::start().await;
    let answer = connected.app.request("DELETE", "/api/v1/integrations/entra").browser(&connected.owner.cookie);
    assert_eq!(answer.send().await.status, 204);
    let mut conn = connected.app.app.db.read().await.unwrap();
    assert!(entra::find(&mut conn).await.unwrap().is_none());
    assert!(entra::proofs(&mut conn, &connected.app.app.sealer).await.is_err());
    drop(conn);
    let mut tx = connected.app.app.db.write(Timestamp::now()).await.unwrap();
    assert!(entra::delete(&mut tx, &Actor::cli(), None).await.is_err());
}

#[tokio::test]
async fn groups_are_found_by_the_beginnings_of_words_with_how_many_are_in_them() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| {
        tenant.generate(entra_simulator::Size { users: 20, groups: 2, members: 4, ..Default::default() });
        tenant.put_group(&entra_simulator::directory::group_id(7), "Zürich \"Office\"", &[]);
    });
    let found = connected.get("/integrations/entra/groups?q=gr").await.json();
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{found}");
    assert_eq!((&items[0]["name"], &items[0]["memberCount"]), (&json!("Group 0"), &json!(4)));
    assert_eq!(items[0]["type"], "security");
    let found = connected.get("/integrations/entra/groups?q=z%C3%BCrich%20%22off").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    let path = format!("/integrations/entra/groups?q={}", entra_simulator::directory::group_id(1));
    assert_eq!(connected.get(&path).await.json()["items"][0]["name"], "Group 1");
}
