//! What the running agent says of itself to whoever asks on this machine: over a Unix socket, one JSON object and the
//! end. No numbers of cards and no keys are in it.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

/// The socket's name in the agent's runtime folder.
pub const SOCKET: &str = "status.sock";

/// How long whoever asks may take to hear the answer, and the agent to give it.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// How the agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The agent's version.
    pub version: String,
    /// The server's public URL.
    pub server: String,
    /// What the workstation is called in the panel.
    pub workstation: String,
    /// Whether the server has welcomed it.
    pub connected: bool,
    /// Whether programs see the security key.
    pub plugged_in: bool,
    /// What is wrong, each with what to do about it.
    pub problems: Vec<String>,
    /// The readers there are.
    pub readers: Vec<Reader>,
}

/// A reader and what lies on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reader {
    /// Its name.
    pub name: String,
    /// What is to be said of the card on it.
    pub card: Option<String>,
}

impl Status {
    /// For a person.
    pub fn describe(&self) -> String {
        let yes_no = |yes, text: &str, no: &str| if yes { text.to_owned() } else { no.to_owned() };
        let mut lines = vec![
            format!("Workstation   {} (agent {})", self.workstation, self.version),
            format!("Server        {}, {}", self.server, yes_no(self.connected, "connected", "not connected")),
            format!("Security key  {}", yes_no(self.plugged_in, "plugged in", "not plugged in")),
        ];
        if self.readers.is_empty() {
            lines.push("Readers       none".into());
        }
        for reader in &self.readers {
            lines.push(format!("Reader        {}: {}", reader.name, reader.card.as_deref().unwrap_or("no card")));
        }
        lines.extend(self.problems.iter().map(|problem| format!("\n! {problem}")));
        lines.join("\n")
    }
}

/// The status that the agent keeps up to date.
pub type Shared = Arc<Mutex<Status>>;

/// Answers on `socket` for as long as it is polled. A socket that an agent left behind is replaced.
///
/// # Errors
/// If the socket can't be made.
pub fn serve(socket: &Path, status: Shared) -> io::Result<impl Future<Output = ()> + use<>> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    // Whoever uses the workstation may know why their card does not work.
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o666))?;
    Ok(async move {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            };
            let answer = status.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let Ok(answer) = serde_json::to_vec(&answer) else { continue };
            // One after another: an answer fits into the socket's buffer, so nobody can hold up the next.
            let _ = timeout(ANSWER_TIME, stream.write_all(&answer)).await;
        }
    })
}

/// Asks the agent that answers on `socket`.
///
/// # Errors
/// Not found or connection refused: no agent runs here.
pub async fn ask(socket: &Path) -> io::Result<Status> {
    let mut answer = Vec::new();
    let stream = UnixStream::connect(socket).await?;
    timeout(ANSWER_TIME, stream.take(MAX_ANSWER).read_to_end(&mut answer)).await??;
    Ok(serde_json::from_slice(&answer)?)
}
