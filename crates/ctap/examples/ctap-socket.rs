//! The authenticator behind a Unix socket, for trying FIDO clients without a kernel device.
//!
//! ```text
//! ctap-socket PATH [KEY CERTIFICATE]
//! ```
//!
//! Whoever connects to PATH exchanges HID reports of 64 bytes with the card, and sees those of its own channels.
//! PATH.control takes one line at a time and answers `ok`:
//!
//! | line | does |
//! | --- | --- |
//! | `tap` | taps the card |
//! | `auto on`, `auto off` | taps whenever a command waits for it, or doesn't; at first it does |
//! | `blank` | puts an empty card without a PIN in the place of this one |
//! | `always-verify on`, `always-verify off` | whether everything needs the PIN |
//! | `minimum N` | the least length of new PINs |
//! | `no-sequences` | refuses new PINs with sequences |
//! | `reader ID` | lets this relying party know the least length |
//! | `demand-change` | demands a new PIN |
//!
//! KEY (32 bytes, a P-256 scalar) and CERTIFICATE (DER) are files to attest with.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use keystead_ctap::hid::{Event, Hid, KeepAlive, Message, REPORT_SIZE, Report, Ticket};
use keystead_ctap::store::MemoryStore;
use keystead_ctap::{Attestation, Authenticator, Environment, Model, Outcome, Policy, Presence, Status};

const CAPACITY: usize = 50;
const TAP_FRESH_FOR: Duration = Duration::from_secs(30);
const TAP_WITHIN: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, attestation) = match &arguments[..] {
        [path] => (path, None),
        [path, key, certificate] => {
            let key: [u8; 32] = std::fs::read(key)?.try_into().map_err(|_| "the key has not 32 bytes")?;
            (path, Some(Attestation::new(&key, vec![std::fs::read(certificate)?])?))
        }
        _ => return Err("usage: ctap-socket PATH [KEY CERTIFICATE]".into()),
    };
    let desk = Arc::new(Mutex::new(Desk::new(attestation)));

    let control = UnixListener::bind(format!("{path}.control"))?;
    let controlled = Arc::clone(&desk);
    thread::spawn(move || {
        for stream in control.incoming().flatten() {
            // A program that leaves in the middle of a line has had its say.
            let _ = obey(stream, &controlled);
        }
    });
    let ticking = Arc::clone(&desk);
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(100));
            lock(&ticking).tick();
        }
    });
    for stream in UnixListener::bind(path)?.incoming().flatten() {
        let desk = Arc::clone(&desk);
        // The end of the stream is how a program closes the device.
        thread::spawn(move || converse(stream, &desk));
    }
    Ok(())
}

/// The reader with the card on it, and the device that the host sees.
struct Desk {
    hid: Hid,
    card: Authenticator,
    store: MemoryStore,
    model: Model,
    policy: Policy,
    auto: bool,
    began: Instant,
    tapped: Option<Instant>,
    waiting: Option<Waiting>,
    /// Who speaks on which channel.
    hosts: HashMap<Channel, UnixStream>,
}

/// A command that waits for a tap.
struct Waiting {
    ticket: Ticket,
    message: Message,
    since: Instant,
}

/// The first four bytes of each report.
type Channel = [u8; 4];

fn channel(report: &Report) -> Channel {
    [report[0], report[1], report[2], report[3]]
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn converse(mut stream: UnixStream, desk: &Mutex<Desk>) -> io::Result<()> {
    let mut report = [0; REPORT_SIZE];
    loop {
        stream.read_exact(&mut report)?;
        let mut desk = lock(desk);
        desk.hosts.insert(channel(&report), stream.try_clone()?);
        let now = desk.now();
        let events = desk.hid.receive(&report, now);
        desk.handle(events);
    }
}

fn obey(stream: UnixStream, desk: &Mutex<Desk>) -> io::Result<()> {
    let mut answers = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        let answer: &[u8] = if lock(desk).obey(&line?) { b"ok\n" } else { b"not understood\n" };
        answers.write_all(answer)?;
    }
    Ok(())
}

impl Desk {
    fn new(attestation: Option<Attestation>) -> Self {
        let mut store = MemoryStore::new(CAPACITY);
        let mut card = Authenticator::new();
        card.tap(&mut store);
        Self {
            hid: Hid::new([0, 1, 0]),
            card,
            store,
            model: Model { aaguid: *b"keystead-example", firmware_version: 1, attestation },
            policy: Policy::default(),
            auto: true,
            began: Instant::now(),
            tapped: None,
            waiting: None,
            hosts: HashMap::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn handle(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Report(report) => self.send(&[report]),
                Event::Command { ticket, message } => self.carry_out(ticket, message),
                Event::Cancel { ticket } => self.give_up(ticket, Status::KeepaliveCancel),
                Event::Wink => {}
            }
        }
    }

    fn send(&mut self, reports: &[Report]) {
        for report in reports {
            if let Some(host) = self.hosts.get_mut(&channel(report)) {
                // A host that is gone wants no answer.
                let _ = host.write_all(report);
            }
        }
    }

    fn carry_out(&mut self, ticket: Ticket, message: Message) {
        // U2F clients ask until somebody has tapped.
        if self.auto && matches!(message, Message::Msg(_)) {
            self.touch();
        }
        let mut outcome = self.attempt(&message);
        if self.auto && outcome == Outcome::PresenceWanted {
            self.touch();
            outcome = self.attempt(&message);
        }
        match outcome {
            Outcome::Answer { message, presence_used } => {
                if presence_used {
                    self.tapped = None;
                }
                let reports = self.hid.respond(ticket, &message);
                self.send(&reports);
            }
            Outcome::PresenceWanted => self.waiting = Some(Waiting { ticket, message, since: Instant::now() }),
        }
    }

    fn attempt(&mut self, message: &Message) -> Outcome {
        let now = self.now();
        let fresh = self.tapped.is_some_and(|tapped| tapped.elapsed() < TAP_FRESH_FOR);
        let mut environment = Environment {
            now,
            presence: if fresh { Presence::Fresh } else { Presence::Absent },
            model: &self.model,
            policy: &self.policy,
            store: &mut self.store,
            random: &mut |bytes| {
                if let Err(error) = getrandom::fill(bytes) {
                    // There is no card without randomness.
                    panic!("{error}");
                }
            },
        };
        match message {
            Message::Cbor(bytes) => self.card.command(bytes, &mut environment),
            Message::Msg(bytes) => self.card.apdu(bytes, &mut environment),
        }
    }

    fn touch(&mut self) {
        self.card.tap(&mut self.store);
        self.tapped = Some(Instant::now());
    }

    fn give_up(&mut self, ticket: Ticket, status: Status) {
        if self.waiting.take_if(|waiting| waiting.ticket == ticket).is_some() {
            self.card.give_up();
            let reports = self.hid.respond(ticket, &status.answer());
            self.send(&reports);
        }
    }

    fn tick(&mut self) {
        let events = self.hid.tick(self.now());
        self.handle(events);
        let Some(Waiting { ticket, since, .. }) = self.waiting else { return };
        if since.elapsed() >= TAP_WITHIN {
            self.give_up(ticket, Status::UserActionTimeout);
        } else if let Some(report) = self.hid.keep_alive(ticket, KeepAlive::PresenceNeeded) {
            self.send(&[report]);
        }
    }

    fn obey(&mut self, line: &str) -> bool {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["tap"] => {
                self.touch();
                if let Some(Waiting { ticket, message, .. }) = self.waiting.take() {
                    self.carry_out(ticket, message);
                }
            }
            ["auto", switch] => self.auto = switch == "on",
            ["blank"] => {
                self.store = MemoryStore::new(CAPACITY);
                self.card = Authenticator::new();
                self.policy = Policy::default();
                self.tapped = None;
            }
            ["always-verify", switch] => self.policy.always_verify = switch == "on",
            ["minimum", length] => match length.parse() {
                Ok(length) => self.policy.pin_rules.minimum_length = length,
                Err(_) => return false,
            },
            ["no-sequences"] => self.policy.pin_rules.no_sequences = true,
            ["reader", id] => self.policy.pin_length_readers.push(id.to_owned()),
            ["demand-change"] => self.store.demand_pin_change(),
            _ => return false,
        }
        true
    }
}
