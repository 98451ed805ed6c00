//! The real agent's link over a real socket.

use std::time::Duration;

use keystead::cards;
use keystead_agent::link::{Address, Connection, LinkError, client_config};
use keystead_agent_protocol::Refusal;
use p256::ecdsa::SigningKey;
use serde_json::json;
use tokio::sync::watch;

use super::with_owner;
use crate::support::{Browser, TestApp};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

async fn connect(app: &TestApp) -> Connection {
    let address: Address = app.app.config.public_url.origin().parse().unwrap();
    Connection::open(&address, &client_config(None).unwrap()).await.unwrap()
}

fn refused<T>(answer: Result<T, LinkError>) -> Refusal {
    match answer {
        Err(LinkError::Refused { reason, .. }) => reason,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was taken"),
    }
}

async fn code(owner: &mut Browser) -> String {
    owner.take("/workstations/codes", &json!({})).await["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_enrols_one_workstation_once() {
    let (app, mut owner) = with_owner().await;
    let code = code(&mut owner).await;
    let wrong = connect(&app).await.enrol(&key(1), "kse_wrong", "Desk").await;
    assert_eq!(refused(wrong), Refusal::Code);
    let (agent, name) = connect(&app).await.enrol(&key(1), &code, "Desk").await.unwrap();
    assert_eq!(name, "Desk");
    assert_eq!(refused(connect(&app).await.enrol(&key(2), &code, "Desk 2").await), Refusal::Code);

    let mut link = connect(&app).await;
    let (name, information, heartbeat) = link.greet(&key(1), &agent).await.unwrap();
    assert_eq!((name.as_str(), information.0[0]), ("Desk", 0));
    assert!(heartbeat < Duration::from_secs(60));
    let listed = owner.read("/workstations").await;
    assert_eq!((&listed["items"][0]["online"], &listed["items"][0]["sameAddress"]), (&json!(true), &json!(true)));
    drop(link);
    for attempt in 0.. {
        if owner.read("/workstations").await["items"][0]["online"] == false {
            break;
        }
        assert!(attempt < 50, "it is still shown as connected");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_can_not_prove_who_they_are_is_refused() {
    let (app, mut owner) = with_owner().await;
    let code = code(&mut owner).await;
    let (agent, _) = connect(&app).await.enrol(&key(1), &code, "Desk").await.unwrap();
    assert_eq!(refused(connect(&app).await.greet(&key(2), &agent).await), Refusal::Proof, "another key");
    let nobody = "01890000-0000-7000-8000-000000000000";
    assert_eq!(refused(connect(&app).await.greet(&key(1), nobody).await), Refusal::Proof, "nobody");
    assert_eq!(refused(connect(&app).await.greet(&key(1), "x").await), Refusal::Proof);
    // Neither a browser nor a program without the subprotocol gets anywhere.
    let plain = app.get(keystead_agent_protocol::PATH).send().await;
    assert!((400..500).contains(&plain.status), "{}", plain.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_workstation_is_cut_off_within_seconds_and_stays_out() {
    let (app, mut owner) = with_owner().await;
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(cards::watch_revocations(app.app.clone(), stopped));
    let code = code(&mut owner).await;
    let (agent, name) = connect(&app).await.enrol(&key(1), &code, "Desk").await.unwrap();
    let server: Address = app.app.config.public_url.origin().parse().unwrap();
    let identity =
        keystead_agent::identity::Identity { server, agent: agent.clone(), name, key: key(1), authority: None };
    let (events, mut heard) = tokio::sync::mpsc::channel(8);
    tokio::spawn(keystead_agent::link::keep(identity, client_config(None).unwrap(), Default::default(), events));
    let up = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.unwrap();
    assert!(matches!(up, Some(keystead_agent::link::Event::Up { .. })), "{up:?}");
    let answer = owner.post(&format!("/workstations/{agent}/revoke"), &json!({})).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    let end = tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.expect("within seconds");
    assert!(matches!(end, Some(keystead_agent::link::Event::Revoked(_))), "{end:?}");
    assert_eq!(refused(connect(&app).await.greet(&key(1), &agent).await), Refusal::Revoked);
    assert_eq!(owner.read("/workstations").await["items"], json!([]));
}
