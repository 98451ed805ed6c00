//! The real agent's link over a real socket.

use std::time::Duration;

use keystead::{app::App, cards};
use keystead_agent::link::Event;
use keystead_agent::link::{Address, Connection, LinkError, Patience, client_config};
use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Identity, Kind, Refusal};
use keystead_directory::{
    Timestamp,
    actor::Actor,
    keys::{self, Step},
};
use p256::ecdsa::SigningKey;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::{BADGE, in_use, with_owner};
use crate::support::{Browser, TestApp, workstation::Workstation};

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
    assert!(heartbeat < Duration::from_mins(1));
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
    tokio::spawn(cards::watch_changes(app.app.clone(), stopped));
    let code = code(&mut owner).await;
    let (agent, name) = connect(&app).await.enrol(&key(1), &code, "Desk").await.unwrap();
    let server: Address = app.app.config.public_url.origin().parse().unwrap();
    let identity =
        keystead_agent::identity::Identity { server, agent: agent.clone(), name, key: key(1), authority: None };
    let (events, mut heard) = tokio::sync::mpsc::channel(8);
    tokio::spawn(keystead_agent::link::keep(identity, client_config(None).unwrap(), Patience::default(), events));
    let up = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.unwrap();
    assert!(matches!(up, Some(keystead_agent::link::Event::Up { .. })), "{up:?}");
    let answer = owner.post(&format!("/workstations/{agent}/revoke"), &json!({})).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    let end = tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.expect("within seconds");
    assert!(matches!(end, Some(keystead_agent::link::Event::Revoked(_))), "{end:?}");
    assert_eq!(refused(connect(&app).await.greet(&key(1), &agent).await), Refusal::Revoked);
    assert_eq!(owner.read("/workstations").await["items"], json!([]));
}

/// An agent at this server, with this badge lying on its reader: what it hears.
struct Agent {
    heard: mpsc::Receiver<Event>,
    to_server: mpsc::Sender<FromAgent>,
    _stop: watch::Sender<bool>,
}

impl Agent {
    /// An agent that is connected; the server looks for changes as it does when it serves.
    async fn connected(app: &TestApp, owner: &mut Browser, seed: u8) -> Self {
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(cards::watch_changes(app.app.clone(), stopped));
        let code = code(owner).await;
        let (agent, name) = connect(app).await.enrol(&key(seed), &code, "Desk").await.unwrap();
        let server: Address = app.app.config.public_url.origin().parse().unwrap();
        let identity = keystead_agent::identity::Identity { server, agent, name, key: key(seed), authority: None };
        let (events, mut heard) = mpsc::channel(8);
        // After a refusal an agent waits the longest it may.
        let patience = Patience { longest: Duration::from_secs(2), ..Patience::default() };
        tokio::spawn(keystead_agent::link::keep(identity, client_config(None).unwrap(), patience, events));
        match tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.unwrap() {
            Some(Event::Up { to_server, .. }) => Self { heard, to_server, _stop: stop },
            other => panic!("{other:?}"),
        }
    }

    async fn lay(&self, tap: u64, uid: &[u8]) {
        let (reader, identity) = ("reader".to_owned(), Identity::Uid { uid: Bytes(uid.to_vec()) });
        self.to_server.send(FromAgent::Card { reader, tap, fresh: true, identity }).await.unwrap();
    }

    /// What the server says next, within seconds.
    async fn told(&mut self) -> FromServer {
        match tokio::time::timeout(Duration::from_secs(5), self.heard.recv()).await.expect("within seconds") {
            Some(Event::Message(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    async fn verdict(&mut self) -> CardState {
        match self.told().await {
            FromServer::Card { state, .. } => state,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_lies_on_a_reader_is_judged_anew_within_seconds_wherever_it_was_suspended() {
    let (app, mut owner) = with_owner().await;
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let card = in_use(&mut owner, &mut desk, "jane@example.com", &BADGE, "739251").await;
    let mut agent = Agent::connected(&app, &mut owner, 3).await;
    agent.lay(1, &BADGE).await;
    assert_eq!(agent.verdict().await, CardState::Known);
    // A command waits for a tap meanwhile.
    let bytes = Bytes(vec![0x0b]);
    agent.to_server.send(FromAgent::Command { request: 1, channel: 1, kind: Kind::Cbor, bytes }).await.unwrap();
    assert!(matches!(agent.told().await, FromServer::Reply { request: 1, .. }), "the tap was fresh");
    let bytes = Bytes(vec![0x0b]);
    agent.to_server.send(FromAgent::Command { request: 2, channel: 1, kind: Kind::Cbor, bytes }).await.unwrap();
    assert!(matches!(agent.told().await, FromServer::Waiting { request: 2, .. }));

    // Another server on the same database, which has no agents and does not know of this one.
    let second = App::open(app.app.config.clone(), false).await.unwrap();
    let step = async |step: Step| {
        let mut tx = second.db.write(Timestamp::now()).await.unwrap();
        keys::step(&mut tx, &Actor::cli(), card.parse().unwrap(), step, None, None).await.unwrap();
        tx.commit().await.unwrap();
    };
    step(Step::Suspend).await;
    assert!(matches!(agent.told().await, FromServer::Reply { request: 2, bytes: Bytes(bytes) } if bytes == [0x27]));
    assert_eq!(agent.verdict().await, CardState::Suspended);
    step(Step::Resume).await;
    assert_eq!(agent.verdict().await, CardState::Known);

    // Its holder is disabled, and enabled.
    let holder = owner.read(&format!("/keys/{card}")).await["user"]["id"].as_str().unwrap().to_owned();
    for (change, expected) in [("disable", CardState::Suspended), ("enable", CardState::Known)] {
        assert_eq!(owner.post(&format!("/users/{holder}/{change}"), &json!({})).await.status, 200);
        assert_eq!(agent.verdict().await, expected);
    }
    step(Step::Revoke).await;
    assert_eq!(agent.verdict().await, CardState::Revoked);
    agent.lay(2, &BADGE).await;
    assert_eq!(agent.verdict().await, CardState::Unknown, "the badge can be given to anybody now");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_says_too_much_is_cut_off_and_may_come_back() {
    let (app, mut owner) = with_owner().await;
    let mut agent = Agent::connected(&app, &mut owner, 4).await;
    let talk = agent.to_server.clone();
    tokio::spawn(async move {
        for request in 0..2000 {
            if talk.send(FromAgent::Cancel { request }).await.is_err() {
                return;
            }
        }
    });
    let refused = loop {
        match tokio::time::timeout(Duration::from_secs(20), agent.heard.recv()).await.expect("an end") {
            Some(Event::Down(LinkError::Refused { reason, .. })) => break reason,
            // The connection may break while the reason is on its way.
            Some(Event::Down(_)) => break Refusal::TooMany,
            Some(_) => {}
            None => panic!("it gave up"),
        }
    };
    assert_eq!(refused, Refusal::TooMany);
    let again = tokio::time::timeout(Duration::from_secs(20), agent.heard.recv()).await.expect("it comes back");
    assert!(matches!(again, Some(Event::Up { .. } | Event::Down(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_longer_than_any_may_be_ends_the_link_and_nothing_else() {
    let (app, mut owner) = with_owner().await;
    let mut loud = Agent::connected(&app, &mut owner, 5).await;
    let mut other = Agent::connected(&app, &mut owner, 6).await;
    let bytes = Bytes(vec![0; 64 * 1024]);
    loud.to_server.send(FromAgent::Command { request: 1, channel: 1, kind: Kind::Cbor, bytes }).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(10), loud.heard.recv()).await.expect("an end");
    assert!(matches!(end, Some(Event::Down(_))), "{end:?}");
    other.lay(1, &BADGE).await;
    assert_eq!(other.verdict().await, CardState::Unknown, "another agent notices nothing");
}
