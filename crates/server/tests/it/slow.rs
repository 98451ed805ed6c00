//! Slow and broken clients: they are cut off and nobody else notices.

use std::time::{Duration, Instant};

use keystead::http::layers::Deadlines;
use keystead_directory::{Timestamp, ids::UserId, users};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{TestApp, read_answer};

/// Reads until the server closes the connection and says after how long.
async fn closed_after(mut stream: TcpStream) -> (Duration, Vec<u8>) {
    let began = Instant::now();
    let mut bytes = Vec::new();
    let _ = timeout(Duration::from_secs(30), stream.read_to_end(&mut bytes)).await.expect("closed within 30 seconds");
    (began.elapsed(), bytes)
}

#[tokio::test]
async fn clients_that_do_not_finish_their_headers_are_cut_off_while_others_are_served() {
    let app = TestApp::start().await;
    let mut slow = Vec::new();
    for head in ["", "P", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ", "PRI * HTTP/2.0\r\n"] {
        for _ in 0..50 {
            let mut stream = TcpStream::connect(app.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            slow.push(tokio::spawn(closed_after(stream)));
        }
    }
    let began = Instant::now();
    assert_eq!(app.get("/healthz").send().await.status, 200);
    assert!(began.elapsed() < Duration::from_secs(1), "200 half-open requests held up a whole one");
    for stream in slow {
        let (after, _) = stream.await.unwrap();
        assert!(after < Duration::from_secs(15), "held for {after:?}");
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up_with_a_problem() {
    let app = TestApp::start_within(&[], short()).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = "POST /api/v1/signin/finish HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n\
                content-length: 1000\r\n\r\n{\"ceremonyId\":";
    stream.write_all(head.as_bytes()).await.unwrap();
    let began = Instant::now();
    read_answer(&mut stream).await.problem(408, "request_timeout");
    assert!(began.elapsed() >= short().body_idle, "{:?}", began.elapsed());
}

/// Deadlines that a test can wait for.
fn short() -> Deadlines {
    Deadlines {
        body_idle: Duration::from_millis(400),
        body: Duration::from_millis(1200),
        answer: Duration::from_millis(2500),
        upload: Duration::from_mins(1),
    }
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_although_it_never_stops() {
    let app = TestApp::start_within(&[], short()).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = "POST /api/v1/signin/finish HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n\
                content-length: 100000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut answers, mut body) = stream.into_split();
    let drip = tokio::spawn(async move {
        while body.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let began = Instant::now();
    let mut text = String::new();
    // The server closes with bytes unread, which may end in a reset after the answer.
    let _ = timeout(Duration::from_secs(30), answers.read_to_string(&mut text)).await.expect("closed");
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("request_timeout"), "{text}");
    assert!(began.elapsed() >= short().body, "{:?}: its pauses were short", began.elapsed());
    drip.abort();
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up_and_changes_nothing() {
    let app = TestApp::start_within(&[], short()).await;
    let mut owner = app.owner_browser().await;
    let (user, _) = owner.add("jane@example.com").await;
    let path = format!("/users/{}", user["id"].as_str().unwrap());
    // Somebody else is at the person and does not come to an end.
    let mut tx = app.app.db.write(Timestamp::now()).await.unwrap();
    let id = user["id"].as_str().unwrap().parse().map(UserId).unwrap();
    users::get_for_change(&mut tx, id).await.unwrap();
    let began = Instant::now();
    let answer = owner.patch(&path, &json!({ "title": "Smith" })).await;
    answer.problem(503, "unavailable");
    assert!(!answer.header("retry-after").is_empty());
    assert!(began.elapsed() >= short().answer && began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    drop(tx);
    assert_eq!(owner.read(&path).await["title"], Value::Null, "what was given up was done all the same");
    assert_eq!(owner.patch(&path, &json!({ "title": "Smith" })).await.status, 200);
}

#[tokio::test]
async fn what_is_not_http_is_refused_and_the_server_goes_on() {
    let app = TestApp::start().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is a TLS greeting"[..],
        b"POST /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n\
          GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        &[0; 4096],
    ] {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let (_, answer) = closed_after(stream).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 200 ") && !answer.contains("HTTP/1.1 5"), "{answer}");
    }
    assert_eq!(app.get("/healthz").send().await.status, 200);
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let app = TestApp::start().await;
    let long = "a".repeat(100 * 1024);
    let answer = app.get("/healthz").header("x-long", &long).send().await;
    assert_eq!(answer.status, 431, "{}", answer.text());
    let mut request = app.get("/healthz");
    for n in 0..200 {
        request = request.header(&format!("x-{n}"), "a");
    }
    assert_eq!(request.send().await.status, 431);
}
