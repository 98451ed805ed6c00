//! The station between a host, readers and a server: what is carried where, and what is never done twice.

use keystead_agent::station::{APDU_TIME, COMMAND_TIME, Effect, KEEP_ALIVE, Station, UNPLUG_AFTER};
use keystead_agent::watcher::Event;
use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Identity, Kind, WaitingFor};

const READER: &str = "Reader 0";
const INFORMATION: &[u8] = &[0x00, 0xa0];

const INIT: u8 = 0x06;
const MSG: u8 = 0x03;
const CBOR: u8 = 0x10;
const CANCEL: u8 = 0x11;
const KEEPALIVE: u8 = 0x3b;
const ERROR: u8 = 0x3f;

/// A program on the workstation, its channel open.
struct Host {
    station: Station,
    channel: [u8; 4],
}

impl Host {
    /// A station with a reader and a server, and a program that has opened a channel.
    fn new() -> Self {
        let mut station = Station::new([0, 1, 0]);
        station.readers_show(Event::Readers(vec![READER.into()]), 0);
        assert!(station.linked(INFORMATION.to_vec(), 0).contains(&Effect::PlugIn));
        let mut host = Self { station, channel: [0xff; 4] };
        let effects = host.send(INIT, &[1, 2, 3, 4, 5, 6, 7, 8], 0);
        host.channel = effects[0].1[8..12].try_into().unwrap();
        host
    }

    /// Sends a message of one packet; what the host hears, as (command, data), and nothing else.
    fn send(&mut self, command: u8, data: &[u8], now: u64) -> Vec<(u8, Vec<u8>)> {
        heard(&self.effects(command, data, now))
    }

    fn effects(&mut self, command: u8, data: &[u8], now: u64) -> Vec<Effect> {
        let mut report = [0; 64];
        report[..4].copy_from_slice(&self.channel);
        report[4] = command | 0x80;
        report[6] = u8::try_from(data.len()).unwrap();
        report[7..7 + data.len()].copy_from_slice(data);
        self.station.host_says(&report, now)
    }

    fn tap(&mut self, tap: u64, fresh: bool) -> Vec<Effect> {
        let identity = Identity::Uid { uid: Bytes(vec![4; 4]) };
        self.station.readers_show(Event::Card { reader: READER.into(), tap, fresh, identity }, 0)
    }

    fn reply(&mut self, request: u64, bytes: &[u8], now: u64) -> Vec<(u8, Vec<u8>)> {
        heard(&self.station.server_says(FromServer::Reply { request, bytes: Bytes(bytes.to_vec()) }, now))
    }
}

/// What the host hears: each message's command and data.
fn heard(effects: &[Effect]) -> Vec<(u8, Vec<u8>)> {
    let reports = effects.iter().filter_map(|effect| match effect {
        Effect::ToHost(report) => Some(report),
        _ => None,
    });
    reports.map(|report| (report[4] & 0x7f, report[7..7 + usize::from(report[6])].to_vec())).collect()
}

/// What the server hears.
fn told(effects: &[Effect]) -> Vec<&FromAgent> {
    let messages = effects.iter().filter_map(|effect| match effect {
        Effect::ToServer(message) => Some(message),
        _ => None,
    });
    messages.collect()
}

fn command(request: u64, kind: Kind, bytes: &[u8]) -> FromAgent {
    FromAgent::Command { request, channel: 1, kind, bytes: Bytes(bytes.to_vec()) }
}

#[test]
fn a_command_goes_to_the_server_and_its_answer_to_the_host() {
    let mut host = Host::new();
    let effects = host.effects(CBOR, &[0x06, 1, 2], 10);
    assert_eq!(told(&effects), [&command(1, Kind::Cbor, &[0x06, 1, 2])]);
    assert_eq!(heard(&effects), []);
    assert_eq!(host.reply(1, &[0x00, 0xf6], 20), [(CBOR, vec![0x00, 0xf6])]);
    let effects = host.effects(MSG, &[0, 3, 0, 0, 0], 30);
    assert_eq!(told(&effects), [&command(2, Kind::Msg, &[0, 3, 0, 0, 0])]);
    assert_eq!(host.reply(2, &[0x90, 0], 40), [(MSG, vec![0x90, 0])]);
}

#[test]
fn the_host_is_told_every_tenth_of_a_second_what_its_command_waits_for() {
    let mut host = Host::new();
    host.effects(CBOR, &[0x02], 0);
    assert_eq!(heard(&host.station.tick(KEEP_ALIVE - 1)), []);
    assert_eq!(heard(&host.station.tick(KEEP_ALIVE)), [(KEEPALIVE, vec![1])]);
    let waiting = FromServer::Waiting { request: 1, reason: WaitingFor::Presence };
    assert_eq!(heard(&host.station.server_says(waiting, 150)), [(KEEPALIVE, vec![2])], "a person is told at once");
    assert_eq!(heard(&host.station.tick(249)), []);
    assert_eq!(heard(&host.station.tick(250)), [(KEEPALIVE, vec![2])]);
    host.reply(1, &[0x00], 260);
    assert_eq!(heard(&host.station.tick(400)), []);
}

#[test]
fn what_programs_ask_every_key_is_answered_here_until_a_card_that_works_lies_there() {
    let mut host = Host::new();
    assert_eq!(host.send(CBOR, &[0x04], 0), [(CBOR, INFORMATION.to_vec())]);
    host.tap(1, true);
    let verdict = |state| FromServer::Card { reader: READER.into(), tap: 1, state, text: "…".into() };
    host.station.server_says(verdict(CardState::Unknown), 0);
    assert_eq!(host.send(CBOR, &[0x04], 0), [(CBOR, INFORMATION.to_vec())]);
    host.station.server_says(verdict(CardState::Known), 0);
    assert_eq!(told(&host.effects(CBOR, &[0x04], 0)), [&command(1, Kind::Cbor, &[0x04])]);
}

#[test]
fn a_second_program_is_told_that_the_key_is_busy() {
    let mut host = Host::new();
    host.effects(CBOR, &[0x02], 0);
    let first = host.channel;
    host.channel = [0xff; 4];
    let opened = host.send(INIT, &[9; 8], 1);
    host.channel = opened[0].1[8..12].try_into().unwrap();
    assert_ne!(first, host.channel);
    assert_eq!(host.send(CBOR, &[0x02], 2), [(ERROR, vec![0x06])]);
}

#[test]
fn a_cancelled_command_is_over_at_once_and_a_late_answer_is_dropped() {
    let mut host = Host::new();
    host.effects(CBOR, &[0x01], 0);
    let effects = host.effects(CANCEL, &[], 10);
    assert_eq!(told(&effects), [&FromAgent::Cancel { request: 1 }]);
    assert_eq!(heard(&effects), [(CBOR, vec![0x2d])]);
    assert_eq!(host.reply(1, &[0x00], 20), [], "nobody waits for it");
    host.effects(CBOR, &[0x02], 30);
    assert_eq!(host.reply(1, &[0x00, 0xbb], 40), [], "it is not the answer to the next one");
    assert_eq!(host.reply(2, &[0x00, 0xcc], 50), [(CBOR, vec![0x00, 0xcc])]);
    assert_eq!(host.reply(2, &[0x00, 0xdd], 60), [], "nor is it given twice");
}

#[test]
fn a_command_that_the_server_had_when_the_link_broke_fails_and_is_not_sent_again() {
    let mut host = Host::new();
    host.effects(CBOR, &[0x01], 0);
    assert_eq!(heard(&host.station.unlinked(10)), [(CBOR, vec![0x7f])]);
    let effects = host.station.linked(INFORMATION.to_vec(), 20);
    assert!(!told(&effects).iter().any(|message| matches!(message, FromAgent::Command { .. })), "{effects:?}");
    assert_eq!(host.reply(1, &[0x00], 30), []);
}

#[test]
fn a_command_during_an_interruption_waits_for_the_link() {
    let mut host = Host::new();
    host.station.unlinked(0);
    assert_eq!(told(&host.effects(CBOR, &[0x02], 10)), Vec::<&FromAgent>::new());
    assert_eq!(heard(&host.station.tick(10 + KEEP_ALIVE)), [(KEEPALIVE, vec![1])]);
    assert_eq!(host.send(MSG, &[0, 1, 0, 0], 200), [(ERROR, vec![0x06])]);
    let effects = host.station.linked(INFORMATION.to_vec(), 2_000);
    assert!(told(&effects).contains(&&command(1, Kind::Cbor, &[0x02])));
    assert_eq!(host.reply(1, &[0x00], 2_010), [(CBOR, vec![0x00])]);
}

#[test]
fn a_command_whose_link_does_not_come_back_fails_before_the_key_goes() {
    let mut host = Host::new();
    host.station.unlinked(0);
    host.effects(CBOR, &[0x02], 5_000);
    let effects = host.station.tick(UNPLUG_AFTER);
    assert_eq!(heard(&effects).last(), Some(&(CBOR, vec![0x7f])));
    assert_eq!(effects.last(), Some(&Effect::Unplug));
}

#[test]
fn a_command_without_an_answer_ends_in_time() {
    let mut host = Host::new();
    host.effects(CBOR, &[0x02], 0);
    assert_eq!(heard(&host.station.tick(COMMAND_TIME - 1)), [(KEEPALIVE, vec![1])]);
    let effects = host.station.tick(COMMAND_TIME);
    assert_eq!(heard(&effects), [(CBOR, vec![0x2f])]);
    assert_eq!(told(&effects), [&FromAgent::Cancel { request: 1 }]);
    host.effects(MSG, &[0, 2, 3, 0], COMMAND_TIME);
    assert_eq!(heard(&host.station.tick(COMMAND_TIME + APDU_TIME)), [(MSG, vec![0x6f, 0x00])]);
}

#[test]
fn the_key_is_plugged_in_while_it_can_work() {
    let mut station = Station::new([0, 1, 0]);
    assert_eq!(station.linked(INFORMATION.to_vec(), 0), [Effect::ToServer(FromAgent::Readers { readers: vec![] })]);
    let effects = station.readers_show(Event::Readers(vec![READER.into()]), 10);
    assert_eq!(effects.last(), Some(&Effect::PlugIn));
    // A service that starts anew, or a server.
    station.readers_show(Event::NoService(pcsc::Error::NoService), 1_000);
    assert!(!station.tick(1_000 + UNPLUG_AFTER - 1).contains(&Effect::Unplug));
    let effects = station.readers_show(Event::Readers(vec![READER.into()]), 1_000 + UNPLUG_AFTER);
    assert!(!effects.contains(&Effect::Unplug) && !effects.contains(&Effect::PlugIn), "{effects:?}");
    station.unlinked(20_000);
    assert!(station.tick(20_000 + UNPLUG_AFTER).contains(&Effect::Unplug));
    assert!(!station.is_plugged_in());
    assert!(station.linked(INFORMATION.to_vec(), 60_000).contains(&Effect::PlugIn));
}

#[test]
fn a_card_that_lay_there_when_the_link_came_up_is_no_tap() {
    let mut host = Host::new();
    let tap = |fresh| FromAgent::Card {
        reader: READER.into(),
        tap: 7,
        fresh,
        identity: Identity::Uid { uid: Bytes(vec![4; 4]) },
    };
    assert_eq!(told(&host.tap(7, true)), [&tap(true)]);
    host.station.unlinked(0);
    let effects = host.station.linked(INFORMATION.to_vec(), 10);
    assert_eq!(told(&effects), [&FromAgent::Readers { readers: vec![READER.into()] }, &tap(false)]);
    let effects = host.station.readers_show(Event::Gone { reader: READER.into(), tap: 7 }, 20);
    assert_eq!(told(&effects), [&FromAgent::CardGone { reader: READER.into(), tap: 7 }]);
}

#[test]
fn a_verdict_about_a_card_that_went_says_nothing_about_the_next_one() {
    let mut host = Host::new();
    host.tap(1, true);
    host.station.readers_show(Event::Gone { reader: READER.into(), tap: 1 }, 0);
    host.tap(2, true);
    let late = FromServer::Card { reader: READER.into(), tap: 1, state: CardState::Known, text: "Ready.".into() };
    host.station.server_says(late, 0);
    assert_eq!(host.station.cards()[READER].verdict, None);
}

#[test]
fn a_revoked_agent_takes_its_key_with_it() {
    let mut host = Host::new();
    host.effects(CBOR, &[0x02], 0);
    let mut effects = Vec::new();
    host.station.unplug(&mut effects);
    assert_eq!(heard(&effects), [(CBOR, vec![0x7f])]);
    assert_eq!(effects.last(), Some(&Effect::Unplug));
    assert_eq!(host.effects(CBOR, &[0x04], 10), []);
}
