//! The program itself: what its commands say, and with which code it ends.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use keystead_agent_protocol::{FromServer, Refusal};
use serde_json::Value;

use crate::support::server::Server;

/// How long anything may take here, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(30);

fn agent(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystead-agent"));
    command.arg("--state").arg(folder.join("state")).arg("--runtime").arg(folder).args(arguments);
    command.env_remove("STATE_DIRECTORY").env_remove("RUNTIME_DIRECTORY").stdin(Stdio::null());
    command
}

/// Runs a command that ends, beside the server that it may ask.
async fn output(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = agent(folder, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn enrolled(server: &Server, folder: &Path) {
    server.state().codes.push("ABCD".into());
    let output = output(folder, &["enrol", "--server", &server.url, "--code", " ABCD ", "--name", "Front desk"]).await;
    assert!(output.status.success(), "{}", complaint(&output));
}

/// Waits for the end of an agent that ends by itself.
async fn end(mut child: Child) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if began.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the agent does not end");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the running agent says of itself, as soon as it says that it is connected.
async fn connected(folder: &Path) -> Value {
    let began = Instant::now();
    loop {
        let output = output(folder, &["status", "--json"]).await;
        let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if status["connected"] == true {
            return status;
        }
        assert!(began.elapsed() < PATIENCE, "{status} {}", complaint(&output));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn an_agent_that_is_not_enrolled_says_how_and_is_not_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = output(folder.path(), &["run"]).await;
    assert_eq!(run.status.code(), Some(78));
    assert!(complaint(&run).contains("keystead-agent enrol --server URL --code CODE"));
    let status = output(folder.path(), &["status"]).await;
    assert_eq!(status.status.code(), Some(1));
    assert!(complaint(&status).contains("systemctl start keystead-agent"));
    let doctor = output(folder.path(), &["doctor"]).await;
    assert_eq!(doctor.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("WRONG   This workstation is not enrolled"));
}

#[tokio::test]
async fn enrolling_keeps_nothing_unless_the_server_agrees() {
    let (server, folder) = (Server::start(None).await, tempfile::tempdir().unwrap());
    for (arguments, expected) in [
        (["enrol", "--server", &server.url, "--code", "WRONG"], "refused"),
        (["enrol", "--server", "http://keys.example.com", "--code", "ABCD"], "not encrypted"),
    ] {
        let output = output(folder.path(), &arguments).await;
        assert!(!output.status.success() && complaint(&output).contains(expected), "{}", complaint(&output));
    }
    assert!(!folder.path().join("state/identity.json").exists());

    enrolled(&server, folder.path()).await;
    server.state().codes.push("EFGH".into());
    let again = ["enrol", "--server", &server.url, "--code", "EFGH"];
    let refused = output(folder.path(), &again).await;
    assert!(complaint(&refused).contains("enrolled already"), "{}", complaint(&refused));
    assert_eq!(server.state().codes, ["EFGH"], "the code is not spent on it");
    let replaced = output(folder.path(), &[&again[..], &["--replace"]].concat()).await;
    assert!(replaced.status.success(), "{}", complaint(&replaced));
}

#[tokio::test]
async fn a_running_agent_tells_how_it_is_and_ends_when_told() {
    let (server, folder) = (Server::start(None).await, tempfile::tempdir().unwrap());
    enrolled(&server, folder.path()).await;
    let child = agent(folder.path(), &["run"]).stderr(Stdio::null()).spawn().unwrap();
    let status = connected(folder.path()).await;
    assert_eq!((&status["workstation"], &status["server"]), (&"Front desk".into(), &server.url.as_str().into()));
    let process = child.id().to_string();
    let told = tokio::task::spawn_blocking(move || Command::new("kill").arg(process).status().unwrap()).await.unwrap();
    assert!(told.success());
    assert_eq!(end(child).await, Some(0));
}

#[tokio::test]
async fn a_revoked_agent_ends_and_is_not_started_again() {
    let (server, folder) = (Server::start(None).await, tempfile::tempdir().unwrap());
    enrolled(&server, folder.path()).await;
    let child = agent(folder.path(), &["run"]).stderr(Stdio::null()).spawn().unwrap();
    connected(folder.path()).await;
    server.state().revoked.push("agent-1".into());
    server.say(FromServer::Refused { reason: Refusal::Revoked, text: "Revoked in the panel.".into() });
    assert_eq!(end(child).await, Some(78));
    let again = output(folder.path(), &["run"]).await;
    assert_eq!(again.status.code(), Some(78));
    assert!(complaint(&again).contains("refused: Revoked"), "{}", complaint(&again));
}
