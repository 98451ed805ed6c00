//! The real program, started as people start it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// The program with nothing of this process's environment but what it needs.
pub fn keystead(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keystead"));
    command.env_clear().current_dir(folder).env("KEYSTEAD_DATA_DIR", folder.join("data"));
    command
}

pub fn run(command: &mut Command) -> (Output, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.clone(), text(&output.stdout), text(&output.stderr))
}

/// A running server that is killed when the test fails.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub link: Option<String>,
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        // The port is free again when this statement ends, before the server takes it.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self::start_at(folder, address, &[])
    }

    /// The same at a given address, with more arguments.
    pub fn start_at(folder: &Path, address: SocketAddr, more: &[&str]) -> Self {
        let mut child = keystead(folder)
            .args(["serve", "--listen", &address.to_string(), "--log-format", "json"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let link = lines.find_map(|line| line.unwrap().trim().strip_prefix("http").map(|rest| format!("http{rest}")));
        let server = Self { child, address, link };
        let until = Instant::now() + Duration::from_secs(10);
        while !server.get("/healthz").contains("200 OK") {
            assert!(Instant::now() < until, "no answer within 10 seconds");
        }
        server
    }

    fn get(&self, path: &str) -> String {
        let mut text = String::new();
        if let Ok(mut stream) = TcpStream::connect(self.address) {
            let _ = write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            let _ = stream.read_to_string(&mut text);
        }
        text
    }

    /// Kills it at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub fn stop(&mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        (self.child.wait().unwrap().code(), began.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_first_start_prints_one_setup_link_and_sigterm_ends_it_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let link = server.link.clone().unwrap();
    let (page, token) = link.split_once('#').unwrap();
    assert_eq!(page, format!("http://localhost:{}/setup", server.address.port()));
    assert_eq!(token.len(), 43, "256 bits");

    // A connection that asks for nothing does not hold the end up.
    let idle = TcpStream::connect(server.address).unwrap();
    let (code, took) = server.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(12), "{took:?}");
    drop(idle);

    let database = std::fs::read(folder.path().join("data/keystead.db")).unwrap();
    let kept = database.windows(token.len()).any(|window| window == token.as_bytes());
    assert!(!kept, "the token itself is in the database");
}

#[test]
fn what_is_in_flight_at_sigterm_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = "POST /api/v1/setup/inspect HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"{\"token\"").unwrap();
    // The server has read the first half when it counts the request's connection.
    while !server.get("/healthz").contains("200 OK") {}
    let ended = std::thread::scope(|scope| {
        let ended = scope.spawn(|| server.stop());
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(b":\"a\"}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("link_unknown"), "{answer}");
        ended.join().unwrap()
    });
    assert_eq!(ended.0, Some(0));
    assert!(TcpStream::connect(server.address).is_err(), "it takes new connections still");
}

#[test]
fn the_log_names_routes_and_never_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let mut stream = TcpStream::connect(server.address).unwrap();
    let body = "{\"token\":\"secret-in-body\"}";
    write!(
        stream,
        "POST /api/v1/setup/inspect?q=secret-in-query HTTP/1.1\r\nhost: a\r\ncookie: keystead-session=secret-in-cookie\r\n\
         origin: http://localhost:{}\r\nauthorization: Bearer secret-in-header\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        server.address.port(),
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().to_owned();
    server.stop();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!log.contains("secret-in"), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["request_id"] == id.as_str()).unwrap();
    assert_eq!(line["route"], "/api/v1/setup/inspect");
    assert_eq!((line["method"].as_str(), line["status"].as_i64()), (Some("POST"), Some(404)), "{line}");
    assert_eq!(line["problem"], "link_unknown");
}

#[test]
fn a_server_whose_log_nobody_takes_any_more_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = keystead(folder.path());
    command.args(["serve", "--listen", &address.to_string()]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut server = Server { child, address, link: None };
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "it logs before its log is taken away");
    drop(log);
    let until = Instant::now() + Duration::from_secs(10);
    while !server.get("/healthz").contains("200 OK") {
        assert!(Instant::now() < until, "no answer within 10 seconds");
    }
    // Each of these is a line of the log that can't be written.
    for _ in 0..10 {
        let answer = server.get("/api/v1/instance");
        assert!(answer.contains("200 OK"), "{answer}");
    }
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path());
    let (output, _, error) = run(keystead(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("another Keystead") && error.contains("KEYSTEAD_DATA_DIR"), "{error}");
}

#[test]
fn commands_work_while_the_server_runs_and_print_only_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let (output, link, error) = run(keystead(folder.path()).arg("setup-link"));
    assert!(output.status.success(), "{error}");
    assert!(link.starts_with("http://localhost:8080/setup#") && link.lines().count() == 1, "{link}");

    let create = ["api-key", "create", "--name", "reader", "--role", "auditor", "--expires-in-days", "1"];
    let (output, key, error) = run(keystead(folder.path()).args(create));
    assert!(output.status.success(), "{error}");
    assert!(key.starts_with("ksk_") && key.lines().count() == 1 && key.trim().len() == 47, "{key}");
    assert!(!error.contains(key.trim()), "the key is in the log");
    assert!(server.get("/readyz").contains("200 OK"));

    let (output, token, error) = run(keystead(folder.path()).args(["scim-token", "create", "--name", "Entra ID"]));
    assert!(output.status.success(), "{error}");
    assert!(token.starts_with("kss_") && token.lines().count() == 1 && token.trim().len() == 47, "{token}");
    assert!(!error.contains(token.trim()), "the token is in the log");
    let authorization = format!("/api/scim/v2/Users HTTP/1.1\r\nauthorization: Bearer {}\r\nx-rest:", token.trim());
    assert!(server.get(&authorization).starts_with("HTTP/1.1 200"), "the token opens nothing");

    let (output, nothing, error) = run(keystead(folder.path()).args(["owner", "recover"]));
    assert_eq!((output.status.code(), nothing.as_str()), (Some(1), ""));
    assert!(error.contains("setup-link"), "{error}");
}

#[test]
fn commands_work_before_there_was_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let (output, key, error) =
        run(keystead(folder.path()).args(["api-key", "create", "--name", "a", "--role", "owner"]));
    assert!(output.status.success() && key.starts_with("ksk_"), "{error}");
    let (output, token, error) = run(keystead(folder.path()).args(["scim-token", "create", "--name", "a"]));
    assert!(output.status.success() && token.starts_with("kss_") && token.lines().count() == 1, "{error}");
}

#[test]
fn a_configuration_that_cannot_be_used_ends_with_the_key_the_value_and_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let (output, _, error) = run(keystead(folder.path()).args(["serve", "--public-url", "http://keys.example.com"]));
    assert_eq!(output.status.code(), Some(1));
    for part in ["KEYSTEAD_PUBLIC_URL", "http://keys.example.com", "https://"] {
        assert!(error.contains(part), "{error}");
    }
    let (_, _, error) = run(keystead(folder.path()).arg("serve").env("KEYSTEAD_SMPT_URL", "smtp://a"));
    assert!(error.contains("KEYSTEAD_SMPT_URL") && error.contains("smtp_url"), "{error}");
    std::fs::write(folder.path().join("keystead.toml"), "log_format = \"xml\"").unwrap();
    let (_, _, error) = run(keystead(folder.path()).arg("setup-link"));
    assert!(
        error.contains("KEYSTEAD_LOG_FORMAT") && error.contains("xml") && error.contains("text or json"),
        "{error}"
    );
}

#[test]
fn a_database_of_another_secret_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(keystead(folder.path()).arg("setup-link")).0.status.success());
    std::fs::write(folder.path().join("data/keystead.key"), [7; 32]).unwrap();
    let (output, _, error) = run(keystead(folder.path()).arg("setup-link"));
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("KEYSTEAD_SECRET_KEY_FILE"), "{error}");
}

#[test]
fn the_doctor_finds_what_is_wrong_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (output, text, error) = run(keystead(folder.path()).arg("doctor"));
    assert_eq!(output.status.code(), Some(1), "nothing answers at the public URL: {text}{error}");
    for part in ["database", "secret key", "vault key", "clock", "mail", "public URL"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let server = Server::start(folder.path());
    let url = format!("http://localhost:{}", server.address.port());
    let (output, text, error) = run(keystead(folder.path()).args(["doctor", "--public-url", &url]));
    assert_eq!(output.status.code(), Some(0), "{text}{error}");

    // Another installation's key for cards.
    let stray = folder.path().join("stray.key");
    std::fs::write(&stray, [7; 32]).unwrap();
    let args = ["doctor", "--public-url", &url, "--vault-key-file", stray.to_str().unwrap()];
    let (output, text, error) = run(keystead(folder.path()).args(args));
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(text.contains("KEYSTEAD_VAULT_KEY_FILE"), "{text}{error}");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let smtp = format!("smtp://keystead:hunter2@{closed}");
    let args = ["doctor", "--public-url", &url, "--smtp-url", &smtp, "--mail-from", "keys@example.com"];
    let (output, text, error) = run(keystead(folder.path()).args(args));
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(
        text.contains("KEYSTEAD_SMTP_URL") && !text.contains("hunter2") && !error.contains("hunter2"),
        "{text}{error}"
    );
    // A file of authorities without one.
    let args = [&args[..], &["--smtp-ca-file", KEY]].concat();
    let (output, text, error) = run(keystead(folder.path()).args(args));
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(text.contains("KEYSTEAD_SMTP_CA_FILE") && text.contains("localhost.key.pem"), "{text}{error}");
}

#[test]
fn help_is_worth_reading() {
    let folder = tempfile::tempdir().unwrap();
    let (output, text, _) = run(keystead(folder.path()).arg("--help"));
    assert!(output.status.success());
    for part in ["serve", "setup-link", "owner", "api-key", "doctor", "seed", "Examples:", "--data-dir"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testdata/localhost.cert.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testdata/localhost.key.pem");

/// Asks over TLS, trusting the test's certificate alone.
fn ask_over_tls(address: SocketAddr, path: &str) -> std::io::Result<String> {
    use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(CERTIFICATE).unwrap()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = rustls::ClientConnection::new(std::sync::Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(address)?);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut bytes = Vec::new();
    // The server may close without a farewell.
    let _ = stream.read_to_end(&mut bytes);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn with_a_certificate_of_its_own_it_speaks_https() {
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = keystead(folder.path());
    command.args(["serve", "--listen", &address.to_string(), "--tls-certificate", CERTIFICATE, "--tls-key", KEY]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut server = Server { child, address, link: None };
    let mut lines = BufReader::new(server.child.stdout.take().unwrap()).lines();
    let link = lines.find_map(|line| line.unwrap().trim().strip_prefix("https://").map(ToOwned::to_owned));
    assert!(link.unwrap().starts_with(&format!("localhost:{}/setup#", address.port())));
    let until = Instant::now() + Duration::from_secs(10);
    let answer = loop {
        match ask_over_tls(address, "/healthz") {
            Ok(answer) => break answer,
            Err(error) => assert!(Instant::now() < until, "{error}"),
        }
    };
    assert!(answer.contains("200 OK") && answer.contains("strict-transport-security"), "{answer}");
    assert!(!server.get("/healthz").contains("200 OK"), "plain HTTP is answered on the TLS port");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let tls = |certificate: &str, key: &str| {
        let args = ["serve", "--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key];
        let (output, _, error) = run(keystead(folder.path()).args(args));
        assert_eq!(output.status.code(), Some(1));
        error
    };
    assert!(tls(KEY, KEY).contains("KEYSTEAD_TLS_CERTIFICATE"));
    assert!(tls(CERTIFICATE, CERTIFICATE).contains("KEYSTEAD_TLS_KEY"));
}
