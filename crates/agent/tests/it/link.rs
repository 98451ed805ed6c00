//! The link, against a server that speaks its protocol: proving, being refused, interruptions, and what must not pass.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead_agent::identity::{Identity, new_key};
use keystead_agent::link::{Connection, Event, LinkError, Patience, client_config, keep};
use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Identity as Card, Kind, Refusal, proof};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::support::server::{INFORMATION, Server};

/// How long anything may take here, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(20);

/// Attempts follow each other at once, or nearly so.
const HASTE: Patience = Patience { first: Duration::from_millis(20), longest: Duration::from_millis(100) };

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/testdata").join(name)
}

fn tls_acceptor() -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(testdata("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(testdata("server.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()).into()
}

fn authority() -> PathBuf {
    testdata("authority.pem")
}

/// An agent that the server knows.
fn enrolled(server: &Server) -> Identity {
    let key = new_key().unwrap();
    server.state().agents.insert("agent-0".into(), proof::public_key(&key));
    let name = "Front desk".into();
    Identity { server: server.url.parse().unwrap(), agent: "agent-0".into(), name, key, authority: Some(authority()) }
}

/// The link of such an agent, kept.
fn link(identity: Identity) -> Receiver<Event> {
    let (sender, events) = mpsc::channel(64);
    let tls = client_config(identity.authority.as_deref()).unwrap();
    tokio::spawn(keep(identity, tls, HASTE, sender));
    events
}

async fn next(events: &mut Receiver<Event>) -> Event {
    timeout(PATIENCE, events.recv()).await.expect("an event in time").expect("the link is kept")
}

async fn up(events: &mut Receiver<Event>) -> Sender<FromAgent> {
    loop {
        match next(events).await {
            Event::Up { to_server, .. } => return to_server,
            Event::Down(_) => {}
            other => panic!("the link was to come up, not {other:?}"),
        }
    }
}

async fn down(events: &mut Receiver<Event>) -> LinkError {
    match next(events).await {
        Event::Down(error) => error,
        other => panic!("the link was to go down, not {other:?}"),
    }
}

async fn heard(server: &mut Server) -> FromAgent {
    timeout(PATIENCE, server.said.recv()).await.expect("a message in time").expect("a server")
}

fn command(request: u64) -> FromAgent {
    FromAgent::Command { request, channel: 1, kind: Kind::Cbor, bytes: Bytes(vec![4]) }
}

#[tokio::test]
async fn an_agent_is_enrolled_once_with_a_code_and_known_from_then_on() {
    let server = Server::start(Some(tls_acceptor())).await;
    server.state().codes.push("ABCD".into());
    let (tls, key) = (client_config(Some(&authority())).unwrap(), new_key().unwrap());
    let address = server.url.parse().unwrap();
    let open = || async { Connection::open(&address, &tls).await.unwrap() };
    let (agent, name) = open().await.enrol(&key, "ABCD", "Front desk").await.unwrap();
    assert_eq!(name, "Front desk");

    let again = open().await.enrol(&new_key().unwrap(), "ABCD", "Front desk").await;
    assert!(matches!(again, Err(LinkError::Refused { reason: Refusal::Code, .. })), "{again:?}");

    let (_, information, _) = open().await.greet(&key, &agent).await.unwrap();
    assert_eq!(information.0, INFORMATION);
}

#[tokio::test]
async fn what_both_sides_say_arrives_in_order() {
    let mut server = Server::start(Some(tls_acceptor())).await;
    let mut events = link(enrolled(&server));
    let to_server = up(&mut events).await;
    let card =
        FromAgent::Card { reader: "R".into(), tap: 1, fresh: true, identity: Card::Uid { uid: Bytes(vec![4; 4]) } };
    for message in [card, command(1), FromAgent::Cancel { request: 1 }] {
        to_server.send(message.clone()).await.unwrap();
        assert_eq!(heard(&mut server).await, message);
    }
    let reply = FromServer::Reply { request: 1, bytes: Bytes(vec![0x5a; 7609]) };
    let state = FromServer::Card { reader: "R".into(), tap: 1, state: CardState::Known, text: "Ready.".into() };
    for message in [reply, state] {
        server.say(message.clone());
        assert!(matches!(next(&mut events).await, Event::Message(said) if said == message));
    }
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_nobody_trusts_is_refused() {
    let server = Server::start(Some(tls_acceptor())).await;
    let mut identity = enrolled(&server);
    identity.authority = None;
    let mut events = link(identity);
    assert!(matches!(down(&mut events).await, LinkError::Untrusted { .. }));
    assert!(server.state().greetings.is_empty(), "nothing was said to a server without proof");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let server = Server::start(Some(tls_acceptor())).await;
    let mut identity = enrolled(&server);
    identity.server = server.url.replace("localhost", "127.0.0.1").parse().unwrap();
    assert!(matches!(down(&mut link(identity)).await, LinkError::Untrusted { .. }));
}

#[tokio::test]
async fn a_signature_of_another_key_is_refused_and_a_code_is_not_spent_on_it() {
    let server = Server::start(None).await;
    let mut identity = enrolled(&server);
    identity.key = new_key().unwrap();
    let mut events = link(identity);
    let error = down(&mut events).await;
    assert!(matches!(error, LinkError::Refused { reason: Refusal::Proof, .. }), "{error:?}");
    assert!(error.to_string().contains("refused"), "the server's own words are shown: {error}");
}

#[tokio::test]
async fn a_greeting_recorded_on_one_connection_opens_no_other() {
    let server = Server::start(None).await;
    let identity = enrolled(&server);
    let tls = client_config(None).unwrap();
    Connection::open(&identity.server, &tls).await.unwrap().greet(&identity.key, &identity.agent).await.unwrap();
    let recorded = server.state().greetings.pop().unwrap();

    // Whoever recorded it says it again, word for word.
    let url = identity.server.link(keystead_agent_protocol::PATH);
    let answer = replay(&url, &recorded).await;
    assert!(matches!(answer, FromServer::Refused { reason: Refusal::Proof, .. }), "{answer:?}");
}

/// Says this greeting in answer to a new challenge. Returns what the server makes of it.
async fn replay(url: &str, greeting: &FromAgent) -> FromServer {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
    let mut request = url.into_client_request().unwrap();
    let protocol = keystead_agent_protocol::SUBPROTOCOL.parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let authority = url.trim_start_matches("ws://").split('/').next().unwrap();
    let stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    socket.next().await.unwrap().unwrap();
    socket.send(Message::text(keystead_agent_protocol::encode(greeting))).await.unwrap();
    let Message::Text(answer) = socket.next().await.unwrap().unwrap() else { panic!("no text") };
    keystead_agent_protocol::decode(&answer).unwrap()
}

#[tokio::test]
async fn a_server_that_passes_on_another_ones_challenge_gets_no_signature() {
    let server = Server::start(None).await;
    let theirs = FromServer::Challenge { nonce: Bytes(vec![7; 32]), server: "https://keys.example.com".into() };
    server.state().challenge = Some(theirs);
    let mut events = link(enrolled(&server));
    assert!(matches!(down(&mut events).await, LinkError::OtherAddress(url) if url == "https://keys.example.com"));
    assert!(server.state().greetings.is_empty());
}

#[tokio::test]
async fn a_revoked_agent_hears_so_at_once_and_does_not_come_back() {
    let server = Server::start(None).await;
    let mut events = link(enrolled(&server));
    let _to_server = up(&mut events).await;
    server.state().revoked.push("agent-0".into());
    server.say(FromServer::Refused { reason: Refusal::Revoked, text: "Revoked by an administrator.".into() });
    assert!(matches!(next(&mut events).await, Event::Revoked(text) if text == "Revoked by an administrator."));
    assert!(timeout(PATIENCE, events.recv()).await.unwrap().is_none(), "the link has ended");

    let mut events = link(enrolled(&server));
    assert!(matches!(next(&mut events).await, Event::Revoked(_)), "nor when it is started again");
}

#[tokio::test]
async fn after_an_interruption_the_agent_comes_back_and_old_messages_stay_behind() {
    let mut server = Server::start(None).await;
    let mut events = link(enrolled(&server));
    let first = up(&mut events).await;
    first.send(command(1)).await.unwrap();
    assert_eq!(heard(&mut server).await, command(1));
    server.cut();
    assert!(matches!(down(&mut events).await, LinkError::Ended(_)));
    // Said to the connection that is gone.
    let _ = first.send(command(2)).await;
    let second = up(&mut events).await;
    second.send(command(3)).await.unwrap();
    assert_eq!(heard(&mut server).await, command(3));
    assert!(first.is_closed());
}

#[tokio::test]
async fn the_agent_waits_for_a_server_that_is_away() {
    let server = Server::start(None).await;
    let identity = enrolled(&server);
    let public_key = proof::public_key(&identity.key);
    // Nothing listens at this address for now.
    let reserved = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = reserved.local_addr().unwrap().port();
    drop(reserved);
    let mut events = link(Identity { server: format!("http://localhost:{port}").parse().unwrap(), ..identity });
    for _ in 0..3 {
        let error = down(&mut events).await;
        assert!(matches!(error, LinkError::Unreachable { .. }), "{error:?}");
    }
    let server = Server::on(tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap(), None);
    server.state().agents.insert("agent-0".into(), public_key);
    up(&mut events).await;
}

#[tokio::test]
async fn a_server_without_a_sign_of_life_is_given_up() {
    let server = Server::start(None).await;
    server.state().mute = true;
    let began = Instant::now();
    let mut events = link(enrolled(&server));
    assert!(matches!(down(&mut events).await, LinkError::Silent(_)));
    assert!(began.elapsed() >= keystead_agent::link::STEP_TIME);
}

#[tokio::test]
async fn a_connection_at_rest_stays_up_by_signs_of_life() {
    let server = Server::start(None).await;
    server.state().heartbeat = 5;
    let mut events = link(enrolled(&server));
    let _to_server = up(&mut events).await;
    let quiet = timeout(Duration::from_secs(14), events.recv()).await;
    assert!(quiet.is_err(), "nothing was to happen, not {quiet:?}");
}

#[tokio::test]
async fn a_message_out_of_turn_or_too_long_ends_the_connection() {
    let server = Server::start(None).await;
    let mut events = link(enrolled(&server));
    let _to_server = up(&mut events).await;
    server.say(FromServer::Enrolled { agent: "agent-9".into(), name: "Other".into() });
    assert!(matches!(down(&mut events).await, LinkError::OutOfTurn));
    let _to_server = up(&mut events).await;
    server.say(FromServer::Reply { request: 1, bytes: Bytes(vec![0; 20_000]) });
    assert!(matches!(down(&mut events).await, LinkError::Ended(_) | LinkError::Malformed(_)));
    let _to_server = up(&mut events).await;
}

#[tokio::test]
async fn what_is_not_keystead_is_named_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let error = Connection::open(&address.parse().unwrap(), &client_config(None).unwrap()).await.err().unwrap();
    assert!(matches!(&error, LinkError::NotKeystead { reason, .. } if reason.contains("404")), "{error:?}");
    assert!(error.to_string().contains("public URL"));
}
