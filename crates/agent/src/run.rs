//! `keystead-agent run`: the station, wired to the readers, the kernel and the server.

use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use keystead_agent_protocol::FromAgent;
use keystead_ctap::hid::Report;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, Sender};
use tokio::time::MissedTickBehavior;

use crate::identity::Identity;
use crate::link::{self, Patience, VERSION, client_config};
use crate::station::{Effect, KEEP_ALIVE, Station};
use crate::status::{self, Reader, Shared, Status};
use crate::uhid::Device;
use crate::watcher::{self, NO_READER, service_problem};

/// How the agent ended by itself.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to.
    Stopped,
    /// The server will not have it any more; the text says why.
    Revoked(String),
}

/// Under what name programs show the security key.
const KEY_NAME: &str = "Keystead Card";

/// How long to wait before trying again to make a device that the system refused.
const DEVICE_PAUSE: Duration = Duration::from_secs(5);

/// How many events may wait.
const QUEUE: usize = 64;

/// Runs until SIGTERM, SIGINT, or until the server revokes this agent. `socket` is where `status` asks.
///
/// # Errors
/// What keeps the agent from starting, or from going on.
pub async fn run(identity: Identity, socket: PathBuf) -> anyhow::Result<End> {
    let tls = client_config(identity.authority.as_deref())?;
    let status: Shared = Arc::new(Mutex::new(Status {
        version: VERSION.into(),
        server: identity.server.to_string(),
        workstation: identity.name.clone(),
        ..Status::default()
    }));
    // Without it the agent works all the same, and nobody can ask it how it is.
    match status::serve(&socket, Arc::clone(&status)) {
        Ok(answering) => drop(tokio::spawn(answering)),
        Err(error) => {
            tracing::warn!("`keystead-agent status` will not work, {} can't be made: {error}", socket.display());
        }
    }
    let (events, mut readers) = mpsc::channel(QUEUE);
    watcher::watch(events)?;
    let (events, mut server) = mpsc::channel(QUEUE);
    let mut agent = Agent::new(identity.agent.clone(), status);
    tokio::spawn(link::keep(identity, tls, Patience::default(), events));

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut fast = tokio::time::interval(Duration::from_millis(KEEP_ALIVE / 2));
    let mut slow = tokio::time::interval(Duration::from_secs(1));
    fast.set_missed_tick_behavior(MissedTickBehavior::Delay);
    slow.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            event = readers.recv() => match event {
                Some(event) => agent.readers_show(event)?,
                None => anyhow::bail!("the thread that watches the readers has ended"),
            },
            event = server.recv() => match event {
                Some(link::Event::Revoked(text)) => {
                    agent.unplug();
                    return Ok(End::Revoked(text));
                }
                Some(event) => agent.link_tells(event)?,
                None => anyhow::bail!("the task that keeps the link has ended"),
            },
            report = next_report(agent.device.as_ref()) => agent.host_says(report?)?,
            _ = fast.tick(), if agent.station.is_busy() => agent.tick()?,
            _ = slow.tick() => agent.tick()?,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
        agent.update_status();
    }
    agent.unplug();
    Ok(End::Stopped)
}

async fn next_report(device: Option<&Device>) -> io::Result<Report> {
    match device {
        Some(device) => device.receive().await,
        None => pending().await,
    }
}

struct Agent {
    serial: String,
    began: Instant,
    station: Station,
    device: Option<Device>,
    /// When to try again to make the device.
    device_at: Instant,
    device_problem: Option<String>,
    to_server: Option<Sender<FromAgent>>,
    link_problem: Option<String>,
    service_problem: Option<String>,
    name: Option<String>,
    status: Shared,
}

impl Agent {
    fn new(serial: String, status: Shared) -> Self {
        let mut version = VERSION.split('.').map(|part| part.parse().unwrap_or(0));
        let version = [(); 3].map(|()| version.next().unwrap_or(0));
        Self {
            serial,
            began: Instant::now(),
            station: Station::new(version),
            device: None,
            device_at: Instant::now(),
            device_problem: None,
            to_server: None,
            link_problem: None,
            service_problem: None,
            name: None,
            status,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn readers_show(&mut self, event: watcher::Event) -> io::Result<()> {
        match &event {
            watcher::Event::NoService(error) => {
                let problem = service_problem(*error);
                tracing::warn!("{problem}");
                self.service_problem = Some(problem);
            }
            watcher::Event::Readers(readers) => {
                self.service_problem = None;
                tracing::info!("Readers: {}", if readers.is_empty() { "none".into() } else { readers.join(", ") });
            }
            watcher::Event::Card { reader, fresh, .. } => tracing::info!(reader, fresh, "A card"),
            watcher::Event::Gone { reader, .. } => tracing::info!(reader, "The card is gone"),
        }
        let effects = self.station.readers_show(event, self.now());
        self.carry_out(effects)
    }

    fn link_tells(&mut self, event: link::Event) -> io::Result<()> {
        let effects = match event {
            link::Event::Up { name, information, to_server } => {
                tracing::info!("Connected; this workstation is called {name}");
                self.name = Some(name);
                self.to_server = Some(to_server);
                self.link_problem = None;
                self.station.linked(information.0, self.now())
            }
            link::Event::Message(message) => self.station.server_says(message, self.now()),
            link::Event::Down(error) => {
                let problem = error.to_string();
                // Attempts go on for as long as it takes; the log need not repeat why.
                if self.link_problem.as_ref() != Some(&problem) {
                    tracing::warn!("Not connected: {problem}");
                    self.link_problem = Some(problem);
                }
                self.to_server = None;
                self.station.unlinked(self.now())
            }
            link::Event::Revoked(_) => Vec::new(),
        };
        self.carry_out(effects)
    }

    fn host_says(&mut self, report: Report) -> io::Result<()> {
        let effects = self.station.host_says(&report, self.now());
        self.carry_out(effects)
    }

    fn tick(&mut self) -> io::Result<()> {
        let effects = self.station.tick(self.now());
        self.carry_out(effects)?;
        if self.device.is_none() && self.station.is_plugged_in() && Instant::now() >= self.device_at {
            self.make_device();
        }
        Ok(())
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::PlugIn => self.make_device(),
                Effect::Unplug => {
                    self.device = None;
                    self.device_problem = None;
                    tracing::info!("The security key is unplugged");
                }
                Effect::ToHost(report) => {
                    if let Some(device) = &self.device {
                        device.send(&report)?;
                    }
                }
                Effect::ToServer(message) => {
                    // Full: the connection is stuck, and is given up rather than waited for. Closed: it has ended,
                    // which the link is about to say.
                    if self.to_server.as_ref().is_some_and(|to_server| to_server.try_send(message).is_err()) {
                        self.to_server = None;
                    }
                }
            }
        }
        Ok(())
    }

    fn make_device(&mut self) {
        match Device::create(KEY_NAME, &self.serial) {
            Ok(device) => {
                tracing::info!("The security key is plugged in");
                self.device = Some(device);
                self.device_problem = None;
            }
            Err(error) => {
                let cure = Device::cure(&error);
                if self.device_problem.as_ref() != Some(&cure) {
                    tracing::error!("{cure}");
                    self.device_problem = Some(cure);
                }
                self.device_at = Instant::now() + DEVICE_PAUSE;
            }
        }
    }

    fn unplug(&mut self) {
        let mut effects = Vec::new();
        self.station.unplug(&mut effects);
        if let Err(error) = self.carry_out(effects) {
            tracing::debug!("While ending: {error}");
        }
    }

    fn update_status(&self) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = &self.name {
            status.workstation.clone_from(name);
        }
        status.connected = self.to_server.is_some();
        status.plugged_in = self.device.is_some();
        let problems = [&self.service_problem, &self.link_problem, &self.device_problem];
        status.problems = problems.into_iter().flatten().cloned().collect();
        if self.service_problem.is_none() && self.station.readers().is_empty() {
            status.problems.push(NO_READER.into());
        }
        let cards = self.station.cards();
        let readers = self.station.readers().iter();
        let readers = readers.map(|name| Reader { name: name.clone(), card: cards.get(name).map(card_text) });
        status.readers = readers.collect();
    }
}

fn card_text(card: &crate::station::Card) -> String {
    use keystead_agent_protocol::{Identity, Unusable};
    match (&card.verdict, &card.identity) {
        (Some((_, text)), _) => text.clone(),
        (None, Identity::Uid { .. }) => "a card; the server has not said anything about it".into(),
        (None, Identity::Fido) => "a FIDO security key by itself: programs use it directly, Keystead does not".into(),
        (None, Identity::Unusable { reason: Unusable::RandomNumber }) => {
            "a card, phone or passport that shows another number each time: it can't be used".into()
        }
        (None, Identity::Unusable { reason: Unusable::NoNumber }) => "a card without a number: it can't be used".into(),
        (None, Identity::Unusable { reason: Unusable::Unreadable }) => {
            "a card that could not be read: lay it flat on the reader and leave it there for a moment".into()
        }
    }
}
