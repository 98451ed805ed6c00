//! After a whole journey with much logging, no secret stands in the log or in the data folder.

use std::{net::TcpListener, path::Path};

use serde_json::json;

use crate::{
    binary::{Server, keystead, run},
    support::{Browser, Request, token_of},
};

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_a_whole_journey_is_in_the_log_or_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Server::start_at(folder.path(), address, &["--log", "debug"]);
    let origin = format!("http://localhost:{}", address.port());
    let setup = token_of(&json!(server.link.clone().unwrap()));
    let mut secrets: Vec<(&str, String)> = Vec::new();

    let mut owner = Browser::new(address, &origin, "owner");
    assert_eq!(owner.set_up(&setup).await.status, 200);
    let sealed = owner.take("/session/step-up/options", &json!({})).await;
    secrets.push(("a ceremony", sealed["ceremonyId"].as_str().unwrap().to_owned()));
    assert_eq!(owner.step_up().await.status, 200);
    let mut keep = |name: &'static str, value: &str| secrets.push((name, value.to_owned()));
    keep("the owner's session", &owner.cookies["keystead-session"]);
    keep("the owner's ceremony cookie", &owner.cookies["keystead-ceremony"]);

    let body = json!({ "email": "jane@example.com", "key": { "kind": "hardwareKey" } });
    let request = owner.request("POST", "/users").header("idempotency-key", "0c9d2a6e-5a55-4b0a-9c8e-3d2f1a0b9c8d");
    let added = request.json(&body).send().await.json();
    let token = token_of(&added["registration"]["link"]);
    keep("a registration link", &token);
    let again =
        owner.take(&format!("/keys/{}/resend", added["registration"]["keyId"].as_str().unwrap()), &json!({})).await;
    let newer = token_of(&again["link"]);
    keep("a newer link", &newer);
    let mut jane = Browser::new(address, &origin, "jane");
    jane.post("/registrations/inspect", &json!({ "token": token })).await.problem(410, "link_cancelled");
    assert_eq!(jane.register(&newer).await.status, 200);
    assert_eq!(jane.sign_in().await.status, 200);
    keep("Jane's session", &jane.cookies["keystead-session"]);
    keep("Jane's ceremony cookie", &jane.cookies["keystead-ceremony"]);

    let made = owner.take("/api-keys", &json!({ "name": "a", "role": "owner", "expiresInDays": 1 })).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    keep("an API key", &secret);
    let users = Request::new(address, "GET", "/api/v1/users", &origin).bearer(&secret).send().await;
    assert_eq!(users.status, 200);
    // Secrets in the wrong place, in requests that are refused.
    for path in
        [format!("/api/v1/users?token={secret}"), format!("/register?token={newer}"), format!("/api/v1/{newer}")]
    {
        Request::new(address, "GET", &path, &origin).header("referer", &path).send().await;
    }
    jane.post("/users", &json!({ "token": newer })).await.problem(403, "forbidden");
    owner.post("/users", &json!({ "email": secret, "token": newer })).await.problem(400, "invalid");
    owner.post("/users", &json!({ "email": secret })).await.problem(422, "invalid");
    let (output, recovery, error) =
        run(keystead(folder.path()).args(["owner", "recover"]).env("KEYSTEAD_LOG", "debug"));
    assert!(output.status.success(), "{error}");
    keep("a recovery link", &token_of(&json!(recovery.trim())));
    let mut finder = Browser::new(address, &origin, "finder");
    let recovery = token_of(&json!(recovery.trim()));
    assert_eq!(finder.register(&recovery).await.status, 200);
    assert_eq!(owner.delete("/session").await.status, 204);
    assert!(!error.contains(&recovery), "the command's log tells the link that it prints");

    // While it runs, so that the write-ahead log is looked at too; and once more when all is folded in.
    let look = |when: &str| {
        let mut looked = 0;
        for file in files(folder.path()) {
            let bytes = std::fs::read(&file).unwrap();
            looked += bytes.len();
            for (name, secret) in &secrets {
                assert!(secret.len() >= 43, "{name} is too short to look for");
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{when}: {name} is in {}", file.display());
            }
            // The link that is printed at the first start is logged as well, and nowhere else.
            if file.file_name() != Some(std::ffi::OsStr::new("log")) {
                let found = bytes.windows(setup.len()).any(|window| window == setup.as_bytes());
                assert!(!found, "{when}: the set-up link is in {}", file.display());
            }
        }
        assert!(looked > 50_000, "{when}: only {looked} bytes were looked at");
    };
    look("while it runs");
    assert_eq!(server.stop().0, Some(0));
    look("after it stopped");
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("\"DEBUG\""), "the log was not at the level that was asked for");
    assert_eq!(log.matches(&setup).count(), 1, "the set-up link is logged once");
}
