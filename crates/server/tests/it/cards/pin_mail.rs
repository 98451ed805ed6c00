//! A made-up PIN goes to its person by mail, and nowhere else.

use std::{sync::Arc, time::Duration};

use keystead::worker::Worker;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    sync::{mpsc, watch},
    time::timeout,
};

use super::{BADGE, signed_in, waiting};
use crate::support::{TestApp, workstation::Workstation};

/// A mail server that takes everything: what it took.
async fn mail_server() -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (taken, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let taken = taken.clone();
            tokio::spawn(async move {
                let (reader, mut writer) = stream.into_split();
                let mut lines = BufReader::new(reader).lines();
                writer.write_all(b"220 mail.test ESMTP\r\n").await.unwrap();
                let mut content: Option<String> = None;
                while let Ok(Some(line)) = lines.next_line().await {
                    let answer = match &mut content {
                        Some(text) if line == "." => {
                            let _ = taken.send(std::mem::take(text));
                            content = None;
                            "250 taken\r\n"
                        }
                        Some(text) => {
                            text.push_str(&line);
                            text.push('\n');
                            continue;
                        }
                        None if line == "DATA" => {
                            content = Some(String::new());
                            "354 go on\r\n"
                        }
                        None => "250 mail.test\r\n",
                    };
                    if writer.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, mails)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_is_mailed_to_its_person_and_then_erased() {
    let (port, mut mails) = mail_server().await;
    let settings = [("smtp_url", format!("smtp://127.0.0.1:{port}")), ("mail_from", "keys@example.com".to_owned())];
    let app = TestApp::start_with(&settings.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let mut owner = app.owner_browser().await;
    assert_eq!(owner.patch("/settings", &json!({ "cardPolicy": { "changeMadeUp": false } })).await.status, 200);
    let mut desk = Workstation::enrolled(&app.app, "Desk 1").await;
    let key = waiting(&mut owner, "jane@example.com").await["registration"]["keyId"].as_str().unwrap().to_owned();
    let wait = json!({ "workstationId": desk.agent.id });
    let reading = owner.take(&format!("/keys/{key}/card/readings"), &wait).await["id"].clone();
    desk.tap(&BADGE).await;
    let bound = owner.take(&format!("/keys/{key}/card/bind"), &json!({ "readingId": reading })).await;
    assert_eq!(bound["pin"], json!({ "mailed": true, "pin": null }), "whoever hands the card out does not learn it");
    let waiting = payloads(&app).await;
    assert!(matches!(&waiting[..], [Some(sealed)] if !sealed.is_empty()));

    let (stop, stopped) = watch::channel(false);
    let parts = (app.app.db.clone(), app.app.sealer.clone(), app.app.mailer.clone(), Arc::clone(&app.app.bell));
    let worker = tokio::spawn(Worker::new(parts.0, parts.1, parts.2, parts.3).run(stopped));
    let mail = timeout(Duration::from_secs(20), mails.recv()).await.expect("a mail").unwrap();
    assert!(mail.to_lowercase().contains("to: jane@example.com"), "{mail}");
    let pin = mail.lines().find_map(|line| line.strip_prefix("PIN: ")).expect("the PIN").trim().to_owned();
    assert!(!waiting[0].as_ref().unwrap().windows(pin.len()).any(|window| window == pin.as_bytes()));
    signed_in(&app, &mut desk, &BADGE, &pin).await;

    for attempt in 0.. {
        if payloads(&app).await == [None] {
            break;
        }
        assert!(attempt < 50, "the PIN is still kept");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let records = owner.read("/activity?limit=200").await;
    assert!(!records.to_string().contains(&format!("\"{pin}\"")));
    stop.send_replace(true);
    worker.await.unwrap();
}

/// What mails about PINs say, sealed; none once it was erased.
async fn payloads(app: &TestApp) -> Vec<Option<Vec<u8>>> {
    let rows: Vec<(Option<Vec<u8>>,)> =
        keystead_directory::db::filter::Sql::new("select payload from mails where kind = 'cardPin'")
            .run(&mut app.app.db.read().await.unwrap())
            .all()
            .await
            .unwrap();
    rows.into_iter().map(|(payload,)| payload).collect()
}
