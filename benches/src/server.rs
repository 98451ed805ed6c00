//! The real server as a process of its own, with a data folder of its own.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use keystead::fido::software_authenticator::SoftwareAuthenticator;
use serde_json::json;

use crate::http::Client;

/// Longest time from start to the first answer.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Server {
    binary: PathBuf,
    folder: PathBuf,
    database: Option<String>,
    pub port: u16,
    child: Child,
    output: BufReader<ChildStdout>,
    /// From the start of the process to its first answer.
    pub first_answer: Duration,
}

impl Server {
    /// Starts it on its embedded database and waits until it answers.
    pub async fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        Self::start_on(binary, folder, None).await
    }

    /// Starts it on this database and waits until it answers.
    pub async fn start_on(binary: &Path, folder: &Path, database: Option<&str>) -> anyhow::Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        std::fs::create_dir_all(folder)?;
        let log = File::create(folder.join("server.log"))?;
        let begun = Instant::now();
        let mut child = command(binary, folder, database)
            .args(["serve", "--rate-limit", "0", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} can't be started", binary.display()))?;
        let output = BufReader::new(child.stdout.take().context("its output")?);
        // From here on the process ends with this value, however that ends.
        let database = database.map(str::to_owned);
        let mut server = Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            database,
            port,
            child,
            output,
            first_answer: PATIENCE,
        };
        loop {
            if let Ok(mut client) = Client::connect(port).await
                && client.get("/healthz").await.is_ok_and(|answer| answer.status == 200)
            {
                break;
            }
            if server.child.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
                bail!("the server did not start:\n{log}");
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        server.first_answer = begun.elapsed();
        Ok(server)
    }

    /// The origin that browsers see.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// A connection of a program that may add and read people.
    pub async fn program(&self, secret: &str) -> anyhow::Result<Client> {
        Ok(Client::connect(self.port).await?.with_api_key(secret))
    }

    /// A connection of a browser.
    pub async fn browser(&self) -> anyhow::Result<Client> {
        Ok(Client::connect(self.port).await?.with_origin(&self.origin()))
    }

    /// A new API key.
    pub fn api_key(&self) -> anyhow::Result<String> {
        self.made_by(&["api-key", "create", "--name", "bench", "--role", "administrator"])
    }

    /// What a command prints that makes a secret.
    pub fn made_by(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let made = command(&self.binary, &self.folder, self.database.as_deref()).args(arguments).output()?;
        if !made.status.success() {
            bail!("{arguments:?}: {}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(String::from_utf8(made.stdout)?.trim().to_owned())
    }

    /// Opens the set-up link as the first owner; answers their browser, signed in.
    pub async fn set_up(&mut self) -> anyhow::Result<Client> {
        let mut line = String::new();
        let token = loop {
            line.clear();
            if self.output.read_line(&mut line)? == 0 {
                bail!("the server printed no set-up link");
            }
            if let Some((_, token)) = line.trim().split_once("/setup#") {
                break token.to_owned();
            }
        };
        let mut browser = self.browser().await?;
        let owner = json!({
            "token": token, "organisationName": "Bench", "email": "owner@example.com", "displayName": "Olivia Owner",
        });
        let question = browser.post("/api/v1/setup/options", &owner).await?.json(200)?;
        let credential = SoftwareAuthenticator::new("owner").create(&question["publicKey"], &self.origin());
        let answer = json!({ "token": token, "ceremonyId": question["ceremonyId"], "credential": credential });
        browser.post("/api/v1/setup/finish", &answer).await?.json(200)?;
        Ok(browser)
    }

    /// What it has in memory now, and had at most, in KiB.
    pub fn memory(&self) -> anyhow::Result<(u32, u32)> {
        let id = self.child.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).context("a line of /proc/…/status")
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// How long processors have worked for it.
    pub fn processor_time(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may hold spaces. Then come state and others; user and system time are the 12th and
        // the 13th, in hundredths of a second (proc(5), USER_HZ).
        let (_, after) = stat.rsplit_once(')').context("a line of /proc/…/stat")?;
        let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Stops it as a service manager does.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        let ended = self.child.wait()?;
        if ended.success() { Ok(()) } else { bail!("the server ended with {ended}") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a failure it still runs; after `stop` it is gone and this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program with this data folder and database and nothing of our own environment's configuration.
pub fn command(binary: &Path, folder: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KEYSTEAD_") {
            command.env_remove(name);
        }
    }
    if let Some(url) = database {
        command.env("KEYSTEAD_DATABASE_URL", url);
    }
    // Away from any keystead.toml.
    command.current_dir(folder).arg("--data-dir").arg(folder);
    command
}
