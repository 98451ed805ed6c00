//! The real PC/SC service with two virtual readers, and the watcher watching them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keystead_agent::watcher::{Event, watch};
use keystead_agent_protocol::Identity;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;

/// How long anything may take here, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(30);

/// The readers that vpcd makes.
pub const READERS: [&str; 2] = ["Virtual PCD 00 00", "Virtual PCD 00 01"];

/// The service; it ends when dropped.
pub struct Service(Child);

impl Service {
    /// Starts the service and waits until it can be asked.
    pub fn start() -> Self {
        let folder = Path::new("/run/readers");
        std::fs::create_dir_all(folder).expect("a folder for the service's configuration");
        std::fs::create_dir_all("/run/pcscd").expect("a folder for the service's socket");
        let driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
        assert!(Path::new(driver).exists(), "{driver} is missing; scripts/install-test-tools installs it");
        let configuration =
            format!("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH {driver}\nCHANNELID 0x8C7B\n");
        std::fs::write(folder.join("vpcd"), configuration).expect("the service's configuration");
        let mut command = Command::new("pcscd");
        command
            .args(["--foreground", "--critical", "--config"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let service = Self(command.spawn().expect("pcscd; scripts/install-test-tools installs it"));
        let began = Instant::now();
        while !has_readers() {
            assert!(began.elapsed() < PATIENCE, "pcscd shows no readers");
            std::thread::sleep(Duration::from_millis(50));
        }
        service
    }
}

fn has_readers() -> bool {
    let context = pcsc::Context::establish(pcsc::Scope::System);
    context.and_then(|context| context.list_readers_owned()).is_ok_and(|readers| readers.len() == READERS.len())
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The watcher's events, awaited.
pub struct Watch {
    events: Receiver<Event>,
    runtime: Runtime,
}

impl Watch {
    /// Watches.
    pub fn begin() -> Self {
        let (sender, events) = mpsc::channel(64);
        watch(sender).expect("a thread");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { events, runtime }
    }

    /// Watches, and waits until both readers are known.
    pub fn with_readers() -> Self {
        let mut watch = Self::begin();
        assert_eq!(watch.next(), Event::Readers(READERS.map(Into::into).into()));
        // A card is fresh on a reader that was seen empty for a while.
        watch.nothing_for(Duration::from_secs(1));
        watch
    }

    /// The next event.
    pub fn next(&mut self) -> Event {
        let event = self.runtime.block_on(async { timeout(PATIENCE, self.events.recv()).await });
        event.expect("an event in time").expect("the watcher watches")
    }

    /// The next event, which is a card: reader, tap, fresh, identity.
    pub fn card(&mut self) -> (String, u64, bool, Identity) {
        match self.next() {
            Event::Card { reader, tap, fresh, identity } => (reader, tap, fresh, identity),
            other => panic!("a card was expected, not {other:?}"),
        }
    }

    /// Nothing happens for that long.
    pub fn nothing_for(&mut self, time: Duration) {
        if let Ok(event) = self.runtime.block_on(async { timeout(time, self.events.recv()).await }) {
            panic!("nothing was expected, not {event:?}");
        }
    }
}
