//! CTAPHID: messages in reports of 64 bytes, for several programs at once (CTAP 2.1 §11.2).
//!
//! [`Hid`] is the device's side as a state machine: reports and the time go in, [`Event`]s come out. It answers INIT,
//! PING and WINK by itself, and every fault of framing. A whole CBOR or MSG message becomes an [`Event::Command`] with a
//! [`Ticket`]; whoever carries it out sends [`Hid::keep_alive`] each 100 ms or so meanwhile and at last
//! [`Hid::respond`]. One command is under way at a time: other channels are told that the device is busy.
//!
//! ```
//! use keystead_ctap::hid::{Event, Hid, Message};
//!
//! let mut hid = Hid::new([0, 1, 0]);
//! let mut report = [0; 64];
//! // INIT (0x06) on the broadcast channel, with a nonce of eight bytes.
//! report[..15].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, 0x86, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
//! let [Event::Report(answer)] = &hid.receive(&report, 0)[..] else { panic!() };
//! let channel = &answer[15..19];
//!
//! // CBOR (0x10) with the one byte of authenticatorGetInfo.
//! report = [0; 64];
//! report[..4].copy_from_slice(channel);
//! report[4..8].copy_from_slice(&[0x90, 0, 1, 0x04]);
//! let [Event::Command { ticket, message }] = &hid.receive(&report, 10)[..] else { panic!() };
//! assert_eq!(message, &Message::Cbor(vec![4]));
//! assert_eq!(hid.respond(*ticket, &[0x00, 0xa0]).len(), 1);
//! ```

mod framing;

use framing::{Initialization, Packet, frame};

/// The size of each report, in bytes, in both directions.
pub const REPORT_SIZE: usize = 64;

/// The longest message that CTAPHID can carry, in bytes: 57 in the first packet and 59 in each of 128 others.
pub const MAX_MESSAGE: usize = 57 + 128 * 59;

/// How long the next packet of a message may take, in milliseconds; the standard leaves it to the device.
pub const PACKET_TIMEOUT: u64 = 1_000;

/// The channel on which a program asks for one of its own.
const BROADCAST: u32 = u32::MAX;

/// What the device says of itself in its answer to INIT: WINK (0x01) and CBOR (0x04); MSG is there, too.
const CAPABILITIES: u8 = 0x01 | 0x04;

/// The version of CTAPHID, which all versions of CTAP 2 share.
const PROTOCOL_VERSION: u8 = 2;

/// A report as it crosses the wire, without a report number.
pub type Report = [u8; REPORT_SIZE];

/// What a report or the passing of time amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// To be sent to the host, in this order.
    Report(Report),
    /// To be carried out and answered with [`Hid::respond`].
    Command {
        /// Which command the answer belongs to.
        ticket: Ticket,
        /// What it says.
        message: Message,
    },
    /// The host no longer wants this command. If it came with `CTAPHID_CANCEL` it is still to be answered, with
    /// `CTAP2_ERR_KEEPALIVE_CANCEL`; if the host began anew on the channel, the answer is dropped by [`Hid::respond`].
    Cancel {
        /// The command in question.
        ticket: Ticket,
    },
    /// The host asks the device to draw attention to itself.
    Wink,
}

/// A whole message from the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// CTAP 2: a command byte and CBOR, for [`Authenticator::command`](crate::Authenticator::command).
    Cbor(Vec<u8>),
    /// CTAP 1: a raw APDU, for [`Authenticator::apdu`](crate::Authenticator::apdu).
    Msg(Vec<u8>),
}

/// Names a command that is under way: its channel, and which of the commands on this device it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    channel: u32,
    number: u64,
}

impl Ticket {
    /// The channel that the command came on.
    pub fn channel(self) -> u32 {
        self.channel
    }

    /// Counts the commands of this [`Hid`] from 1: unlike the channel, never the same twice.
    pub fn number(self) -> u64 {
        self.number
    }
}

/// What a keep-alive says (CTAP 2.1 §11.2.9.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepAlive {
    /// The authenticator is at work.
    Processing = 1,
    /// The authenticator waits for its user: for a tap.
    PresenceNeeded = 2,
}

/// Why the device could not take a message (CTAP 2.1 §11.2.9.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    InvalidCommand = 0x01,
    InvalidLength = 0x03,
    InvalidSequence = 0x04,
    MessageTimeout = 0x05,
    ChannelBusy = 0x06,
    InvalidChannel = 0x0b,
    Other = 0x7f,
}

const PING: u8 = 0x01;
const MSG: u8 = 0x03;
const INIT: u8 = 0x06;
const WINK: u8 = 0x08;
const CBOR: u8 = 0x10;
const CANCEL: u8 = 0x11;
const KEEPALIVE: u8 = 0x3b;
const ERROR: u8 = 0x3f;

/// A message of which packets are still missing.
#[derive(Debug)]
struct Assembly {
    channel: u32,
    command: u8,
    length: usize,
    data: Vec<u8>,
    next_sequence: u8,
    deadline: u64,
}

/// A command that was handed out and is not answered yet.
#[derive(Debug)]
struct Running {
    ticket: Ticket,
    command: u8,
}

/// The device's side of CTAPHID. See the [module](self).
#[derive(Debug)]
pub struct Hid {
    device_version: [u8; 3],
    /// The channels given out are 1 up to this one.
    last_channel: u32,
    commands: u64,
    assembly: Option<Assembly>,
    running: Option<Running>,
}

impl Hid {
    /// A device that nobody has spoken to. `device_version` (major, minor, build) is what INIT answers; clients show it.
    pub fn new(device_version: [u8; 3]) -> Self {
        Self { device_version, last_channel: 0, commands: 0, assembly: None, running: None }
    }

    /// Takes a report from the host. `now` is any clock in milliseconds that does not go back.
    pub fn receive(&mut self, report: &Report, now: u64) -> Vec<Event> {
        let mut events = self.tick(now);
        let (channel, packet) = Packet::read(report);
        match packet {
            Packet::Initialization(packet) => self.begin(channel, &packet, now, &mut events),
            Packet::Continuation { sequence, data } => self.go_on(channel, sequence, data, now, &mut events),
        }
        events
    }

    /// Lets time pass: a message whose next packet is overdue is given up, and its sender told. Call it now and then,
    /// so that one program's silence does not keep the others waiting.
    pub fn tick(&mut self, now: u64) -> Vec<Event> {
        match self.assembly.take_if(|assembly| now >= assembly.deadline) {
            Some(assembly) => vec![fault(assembly.channel, Fault::MessageTimeout)],
            None => Vec::new(),
        }
    }

    /// The reports that answer a command: `message` is the answer to its CBOR or MSG. Empty if the host has given the
    /// command up meanwhile. A message longer than [`MAX_MESSAGE`] becomes an error, since the wire can't carry it.
    pub fn respond(&mut self, ticket: Ticket, message: &[u8]) -> Vec<Report> {
        match self.running.take_if(|running| running.ticket == ticket) {
            Some(_) if message.len() > MAX_MESSAGE => frame(ticket.channel, ERROR, &[Fault::Other as u8]),
            Some(running) => frame(ticket.channel, running.command, message),
            None => Vec::new(),
        }
    }

    /// The report that tells the host, while it waits for the answer to a CBOR message, that the device is still
    /// there. None if the command is no longer under way, or is a MSG, which knows no keep-alive.
    pub fn keep_alive(&self, ticket: Ticket, status: KeepAlive) -> Option<Report> {
        let running = self.running.as_ref()?;
        (running.ticket == ticket && running.command == CBOR)
            .then(|| frame(ticket.channel, KEEPALIVE, &[status as u8]).swap_remove(0))
    }

    fn begin(&mut self, channel: u32, packet: &Initialization<'_>, now: u64, events: &mut Vec<Event>) {
        let Initialization { command, length, data } = *packet;
        if command == INIT {
            return self.init(channel, length, data, events);
        }
        if channel == 0 || channel > self.last_channel {
            return events.push(fault(channel, Fault::InvalidChannel));
        }
        if command == CANCEL {
            if let Some(running) = self.running.as_ref().filter(|running| running.ticket.channel == channel) {
                events.push(Event::Cancel { ticket: running.ticket });
            }
            return;
        }
        if let Some(assembly) = &self.assembly {
            if assembly.channel != channel {
                return events.push(fault(channel, Fault::ChannelBusy));
            }
            self.assembly = None;
            return events.push(fault(channel, Fault::InvalidSequence));
        }
        if self.running.is_some() {
            return events.push(fault(channel, Fault::ChannelBusy));
        }
        if length > MAX_MESSAGE {
            return events.push(fault(channel, Fault::InvalidLength));
        }
        if length > data.len() {
            let deadline = now.saturating_add(PACKET_TIMEOUT);
            let data = data.to_vec();
            self.assembly = Some(Assembly { channel, command, length, data, next_sequence: 0, deadline });
        } else {
            self.complete(channel, command, data[..length].to_vec(), events);
        }
    }

    fn go_on(&mut self, channel: u32, sequence: u8, data: &[u8], now: u64, events: &mut Vec<Event>) {
        // What belongs to no message under way is leftovers of one that was given up: not worth an answer.
        let Some(mut assembly) = self.assembly.take_if(|assembly| assembly.channel == channel) else { return };
        if sequence != assembly.next_sequence {
            return events.push(fault(channel, Fault::InvalidSequence));
        }
        let missing = assembly.length - assembly.data.len();
        assembly.data.extend_from_slice(&data[..missing.min(data.len())]);
        if assembly.data.len() == assembly.length {
            self.complete(channel, assembly.command, assembly.data, events);
        } else {
            assembly.next_sequence += 1;
            assembly.deadline = now.saturating_add(PACKET_TIMEOUT);
            self.assembly = Some(assembly);
        }
    }

    /// INIT gives a channel to who asks on the broadcast channel, and empties the channel of who asks on its own. It is
    /// answered at once, whatever else is under way.
    fn init(&mut self, channel: u32, length: usize, nonce: &[u8], events: &mut Vec<Event>) {
        if channel == 0 || (channel > self.last_channel && channel != BROADCAST) {
            return events.push(fault(channel, Fault::InvalidChannel));
        }
        if length != 8 {
            return events.push(fault(channel, Fault::InvalidLength));
        }
        let given = if channel == BROADCAST {
            // The last one before the broadcast channel is four billion programs away.
            if self.last_channel == BROADCAST - 1 {
                return events.push(fault(channel, Fault::Other));
            }
            self.last_channel += 1;
            self.last_channel
        } else {
            self.assembly.take_if(|assembly| assembly.channel == channel);
            if let Some(running) = self.running.take_if(|running| running.ticket.channel == channel) {
                events.push(Event::Cancel { ticket: running.ticket });
            }
            channel
        };
        let mut answer = nonce[..8].to_vec();
        answer.extend_from_slice(&given.to_be_bytes());
        answer.push(PROTOCOL_VERSION);
        answer.extend_from_slice(&self.device_version);
        answer.push(CAPABILITIES);
        send(channel, INIT, &answer, events);
    }

    fn complete(&mut self, channel: u32, command: u8, data: Vec<u8>, events: &mut Vec<Event>) {
        let message = match command {
            PING => return send(channel, PING, &data, events),
            WINK if data.is_empty() => {
                events.push(Event::Wink);
                return send(channel, WINK, &[], events);
            }
            WINK => return events.push(fault(channel, Fault::InvalidLength)),
            // A CBOR message has at least its command byte.
            CBOR if data.is_empty() => return events.push(fault(channel, Fault::InvalidLength)),
            CBOR => Message::Cbor(data),
            MSG => Message::Msg(data),
            _ => return events.push(fault(channel, Fault::InvalidCommand)),
        };
        self.commands += 1;
        let ticket = Ticket { channel, number: self.commands };
        self.running = Some(Running { ticket, command });
        events.push(Event::Command { ticket, message });
    }
}

fn fault(channel: u32, fault: Fault) -> Event {
    Event::Report(frame(channel, ERROR, &[fault as u8]).swap_remove(0))
}

fn send(channel: u32, command: u8, message: &[u8], events: &mut Vec<Event>) {
    events.extend(frame(channel, command, message).into_iter().map(Event::Report));
}
