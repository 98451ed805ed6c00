//! Every lie that an authenticator or its browser can tell, over HTTP.

use keystead::fido::software_authenticator::{Lie, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Browser, TestApp};

/// Origins that are not ours but look alike.
const ORIGINS: [&str; 5] =
    ["https://evil.example", "https://localhost", "http://localhost:1", "http://sub.localhost", "null"];

fn common() -> Vec<Lie> {
    let mut lies = vec![
        Lie::Type("payment.get"),
        Lie::CredentialType("password"),
        Lie::Challenge("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        Lie::Challenge(String::new()),
        Lie::CrossOrigin,
        Lie::TopOrigin("https://evil.example"),
        Lie::RpId("evil.example"),
        Lie::NoUserPresence,
        Lie::NoUserVerification,
        Lie::BackedUpButNotEligible,
        Lie::OtherId,
        Lie::OtherRawId,
        Lie::FlippedSignature,
        Lie::FlippedAuthenticatorData,
        Lie::TrailingBytes,
    ];
    lies.extend(ORIGINS.map(Lie::Origin));
    lies
}

async fn signins(owner: &mut Browser, user: &Value) -> (usize, usize) {
    let count = async |owner: &mut Browser, action: &str| {
        let path = format!("/activity?limit=200&action={action}&userId={}", user["id"].as_str().unwrap());
        owner.read(&path).await["items"].as_array().unwrap().len()
    };
    (count(owner, "signin.succeeded").await, count(owner, "signin.refused").await)
}

#[tokio::test]
async fn every_lie_at_signing_in_is_refused_and_recorded_where_the_person_is_known() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let mut owner = app.owner_browser().await;
    let mut lies = common();
    lies.extend([
        Lie::Type("webauthn.create"),
        Lie::BackupEligible,
        Lie::NoUser,
        Lie::User(Uuid::nil()),
        Lie::User(owner.read("/session").await["user"]["id"].as_str().unwrap().parse().unwrap()),
    ]);
    // An account takes ten attempts at once: a person for each handful of lies.
    for (n, lies) in lies.chunks(7).enumerate() {
        let (mut person, user) = app.joined(&mut owner, &format!("person{n}")).await;
        person.cookies.clear();
        let before = owner.read(&format!("/users/{}/credentials", user["id"].as_str().unwrap())).await;
        let (mut attempts, begun) = (0, signins(&mut owner, &user).await);
        for lie in lies {
            let options = person.take("/signin/options", &json!({})).await;
            let credential =
                person.key.get_with(&options["publicKey"], &person.origin, std::slice::from_ref(lie)).unwrap();
            let body = json!({ "ceremonyId": options["ceremonyId"], "credential": credential });
            let answer = person.post("/signin/finish", &body).await;
            let problem = answer.problem(401, "credential_refused");
            assert!(problem.get("errors").is_none(), "{lie:?}: {problem}");
            assert!(!person.cookies.contains_key("keystead-session"), "{lie:?} opened a session");
            // What can't be read, or names no credential of ours, names nobody.
            let known = !matches!(lie, Lie::OtherId | Lie::OtherRawId | Lie::CredentialType(_));
            attempts += usize::from(known);
            let refused = signins(&mut owner, &user).await.1 - begun.1;
            assert_eq!(refused, attempts, "{lie:?}: is its refusal recorded?");
        }
        let after = owner.read(&format!("/users/{}/credentials", user["id"].as_str().unwrap())).await;
        assert_eq!(before, after, "a refused sign-in changed the credential");
        assert_eq!(signins(&mut owner, &user).await.0, begun.0);
        assert_eq!(person.sign_in().await.status, 200, "the honest key still signs in");
    }
}

#[tokio::test]
async fn every_lie_at_registering_is_refused_and_the_link_stays_good() {
    let app = TestApp::start_with(&[("rate_limit", "0")]).await;
    let mut owner = app.owner_browser().await;
    let (user, token) = owner.add("jane@example.com").await;
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    let mut lies = common();
    lies.extend([
        Lie::Type("webauthn.get"),
        Lie::Algorithm(-65535),
        Lie::Algorithm(-36),
        Lie::Algorithm(-8),
        Lie::Curve(2),
        Lie::CredentialIdLength(0),
        Lie::CredentialIdLength(1024),
        Lie::NotDiscoverable,
        Lie::PlatformAttachment,
        Lie::CertificateOfAnotherModel,
        Lie::Format("tpm"),
        Lie::Format("fido-u2f"),
        Lie::Format("android-key"),
        Lie::Format("made-up"),
    ]);
    let mut jane = app.browser("jane");
    let before = owner.read("/activity?limit=200").await["items"].clone();
    for lie in &lies {
        jane.key.statement =
            if *lie == Lie::CertificateOfAnotherModel { Statement::PackedCertificate } else { Statement::PackedSelf };
        let options = jane.take("/registrations/options", &json!({ "token": token })).await;
        let credential = jane.key.create_with(&options["publicKey"], &jane.origin, std::slice::from_ref(lie));
        let body = json!({ "token": token, "ceremonyId": options["ceremonyId"], "credential": credential });
        let answer = jane.post("/registrations/finish", &body).await;
        assert_eq!(answer.status, 422, "{lie:?}: {}", answer.text());
        answer.problem(422, "credential_refused");
    }
    assert_eq!(owner.read(&format!("{path}/credentials")).await["items"], json!([]));
    assert_eq!(owner.read(&path).await["status"], "pending");
    assert_eq!(owner.read("/activity?limit=200").await["items"], before, "a refused registration left a record");
    let mut jane = app.browser("jane");
    assert_eq!(jane.register(&token).await.status, 200, "the link is still good");
    assert_eq!(jane.sign_in().await.status, 200);
}

#[tokio::test]
async fn what_the_organisation_asks_of_a_key_is_asked_when_it_is_registered() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (_, token) = owner.add("jane@example.com").await;
    let mut jane = app.browser("jane");
    // The question was put before the rule was made: the rule holds all the same.
    let options = jane.take("/registrations/options", &json!({ "token": token })).await;
    let answer = owner.patch("/settings", &json!({ "attestation": "required" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = jane.registered(&token, &options);
    jane.post("/registrations/finish", &body).await.problem(422, "credential_refused");
    jane.key.statement = Statement::None;
    jane.register(&token).await.problem(422, "credential_refused");

    let model = "2fc0579f-8113-47ea-b116-bb5a8db9202a";
    let settings = json!({ "attestation": "any", "allowedAaguids": [model] });
    assert_eq!(owner.patch("/settings", &settings).await.status, 200);
    jane.key.statement = Statement::PackedSelf;
    jane.register(&token).await.problem(422, "credential_refused");
    jane.key.aaguid = model.parse().unwrap();
    let answer = jane.register(&token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_counter_that_goes_back_suspends_the_key_and_tells_administrators() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (mut jane, user) = app.joined(&mut owner, "jane").await;
    let mut copy = jane.clone();
    assert_eq!(jane.sign_in().await.status, 200);
    assert_eq!(jane.sign_in().await.status, 200);
    // A copy that was made before knows the key but not how often it was used since.
    copy.cookies.clear();
    copy.sign_in().await.problem(401, "credential_refused");
    assert!(!copy.cookies.contains_key("keystead-session"));
    assert!(!jane.signed_in().await, "a session that this key opened is still good");
    let keys = owner.read(&format!("/users/{}/keys", user["id"].as_str().unwrap())).await;
    assert_eq!(keys["items"][0]["state"], "suspended", "{keys}");
    assert_eq!(owner.read("/alerts").await["items"][0]["kind"], "counterRegressed");
    let activity = owner.read(&format!("/activity?userId={}", user["id"].as_str().unwrap())).await.to_string();
    assert!(activity.contains("key.counterRegressed") && activity.contains("signin.refused"), "{activity}");
    // The good one is out too, until an administrator has looked.
    jane.sign_in().await.problem(401, "credential_refused");
    let key = keys["items"][0]["id"].as_str().unwrap();
    owner.take(&format!("/keys/{key}/resume"), &json!({})).await;
    assert_eq!(jane.sign_in().await.status, 200);
}

#[tokio::test]
async fn a_key_that_never_counts_signs_in_again_and_again() {
    let app = TestApp::start().await;
    let mut owner = app.owner_browser().await;
    let (_, token) = owner.add("jane@example.com").await;
    let mut jane = app.browser("jane");
    jane.key.counts = false;
    assert_eq!(jane.register(&token).await.status, 200);
    for _ in 0..3 {
        assert_eq!(jane.sign_in().await.status, 200);
    }
}
