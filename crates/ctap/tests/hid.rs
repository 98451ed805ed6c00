//! CTAPHID as a host sees it: whole reports, in order and out of order.

#![expect(clippy::unwrap_used, reason = "helpers of tests outside their functions")]

use keystead_ctap::hid::{Event, Hid, KeepAlive, MAX_MESSAGE, Message, PACKET_TIMEOUT, Report, Ticket};
use proptest::prelude::*;

const BROADCAST: u32 = u32::MAX;
const PING: u8 = 0x01;
const MSG: u8 = 0x03;
const INIT: u8 = 0x06;
const WINK: u8 = 0x08;
const CBOR: u8 = 0x10;
const CANCEL: u8 = 0x11;
const ERROR: u8 = 0x3f;

/// The reports in which a host sends a message.
fn reports(channel: u32, command: u8, message: &[u8]) -> Vec<Report> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    let (first, rest) = message.split_at(message.len().min(57));
    let mut packets = vec![[&[0x80 | command, length[0], length[1]], first].concat()];
    packets.extend(rest.chunks(59).enumerate().map(|(index, data)| [&[u8::try_from(index).unwrap()], data].concat()));
    packets
        .into_iter()
        .map(|packet| {
            let mut report = [0; 64];
            report[..4].copy_from_slice(&channel.to_be_bytes());
            report[4..4 + packet.len()].copy_from_slice(&packet);
            report
        })
        .collect()
}

fn one(channel: u32, command: u8, message: &[u8]) -> Report {
    reports(channel, command, message)[0]
}

/// The message that reports of one channel make up: channel, command, bytes.
fn assemble(reports: &[Report]) -> (u32, u8, Vec<u8>) {
    let first = reports[0];
    let channel = u32::from_be_bytes(first[..4].try_into().unwrap());
    let length = usize::from(u16::from_be_bytes([first[5], first[6]]));
    let mut bytes = first[7..].to_vec();
    for (index, report) in reports[1..].iter().enumerate() {
        assert_eq!(report[..4], first[..4]);
        assert_eq!(usize::from(report[4]), index);
        bytes.extend_from_slice(&report[5..]);
    }
    assert_eq!(reports.len(), 1 + length.saturating_sub(57).div_ceil(59), "no report more than needed");
    bytes.truncate(length);
    (channel, first[4] & 0x7f, bytes)
}

fn answers(events: &[Event]) -> Vec<Report> {
    events.iter().filter_map(|event| if let Event::Report(report) = event { Some(*report) } else { None }).collect()
}

#[track_caller]
fn assert_error(events: &[Event], channel: u32, code: u8) {
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(assemble(&answers(events)), (channel, ERROR, vec![code]));
}

fn open(hid: &mut Hid) -> u32 {
    let events = hid.receive(&one(BROADCAST, INIT, b"12345678"), 0);
    let (channel, command, answer) = assemble(&answers(&events));
    assert_eq!((channel, command, &answer[..8]), (BROADCAST, INIT, &b"12345678"[..]));
    assert_eq!(answer[12..], [2, 1, 2, 3, 0x05], "version of the protocol, of the device, and what it can do");
    u32::from_be_bytes(answer[8..12].try_into().unwrap())
}

fn device() -> (Hid, u32) {
    let mut hid = Hid::new([1, 2, 3]);
    let channel = open(&mut hid);
    (hid, channel)
}

#[track_caller]
fn start(hid: &mut Hid, channel: u32) -> Ticket {
    match &hid.receive(&one(channel, CBOR, &[4]), 0)[..] {
        [Event::Command { ticket, message }] => {
            assert_eq!((ticket.channel(), message), (channel, &Message::Cbor(vec![4])));
            *ticket
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_program_gets_a_channel_of_its_own() {
    let (mut hid, first) = device();
    let second = open(&mut hid);
    assert!(first != second && first != 0 && second != BROADCAST);
}

#[test]
fn what_is_on_no_channel_is_told_so() {
    let (mut hid, channel) = device();
    for stranger in [0, channel + 1, BROADCAST] {
        assert_error(&hid.receive(&one(stranger, PING, b"x"), 0), stranger, 0x0b);
    }
    assert_error(&hid.receive(&one(0, INIT, b"12345678"), 0), 0, 0x0b);
    assert_error(&hid.receive(&one(BROADCAST, INIT, b"1234567"), 0), BROADCAST, 0x03);
}

#[test]
fn messages_that_cannot_be_are_told_so() {
    let (mut hid, channel) = device();
    assert_error(&hid.receive(&one(channel, 0x20, b""), 0), channel, 0x01);
    assert_error(&hid.receive(&one(channel, CBOR, b""), 0), channel, 0x03);
    let mut too_long = one(channel, CBOR, &[4]);
    too_long[5..7].copy_from_slice(&u16::try_from(MAX_MESSAGE + 1).unwrap().to_be_bytes());
    assert_error(&hid.receive(&too_long, 0), channel, 0x03);
    start(&mut hid, channel);
}

#[test]
fn a_packet_out_of_order_ends_its_message() {
    let (mut hid, channel) = device();
    let packets = reports(channel, PING, &[7; 200]);
    assert_eq!(hid.receive(&packets[0], 0), []);
    assert_error(&hid.receive(&packets[2], 0), channel, 0x04);
    assert_eq!(hid.receive(&packets[1], 0), [], "leftovers are not answered");

    assert_eq!(hid.receive(&packets[0], 0), []);
    assert_error(&hid.receive(&packets[0], 0), channel, 0x04);
    start(&mut hid, channel);
}

#[test]
fn init_on_a_channel_begins_anew() {
    let (mut hid, channel) = device();
    assert_eq!(hid.receive(&reports(channel, PING, &[7; 200])[0], 0), []);
    let events = hid.receive(&one(channel, INIT, b"abcdefgh"), 0);
    assert_eq!(assemble(&answers(&events)).2[..12], [&b"abcdefgh"[..], &channel.to_be_bytes()].concat());

    let ticket = start(&mut hid, channel);
    let events = hid.receive(&one(channel, INIT, b"abcdefgh"), 0);
    assert_eq!(events[0], Event::Cancel { ticket });
    let next = start(&mut hid, channel);
    assert_eq!(hid.respond(ticket, &[0]), [] as [Report; 0], "the late answer is for nobody");
    assert_eq!(hid.respond(next, &[0]).len(), 1);
}

#[test]
fn others_wait_while_a_message_comes_in_or_is_carried_out() {
    let (mut hid, channel) = device();
    let other = open(&mut hid);
    assert_eq!(hid.receive(&reports(channel, PING, &[7; 200])[0], 0), []);
    assert_error(&hid.receive(&one(other, PING, b"x"), 0), other, 0x06);
    assert_eq!(open(&mut hid), other + 1, "who is new is let in at any time");
    for report in &reports(channel, PING, &[7; 200])[1..3] {
        assert_eq!(hid.receive(report, 0), []);
    }
    assert_eq!(hid.receive(&reports(channel, PING, &[7; 200])[3], 0).len(), 4);

    let ticket = start(&mut hid, channel);
    assert_error(&hid.receive(&one(other, CBOR, &[4]), 0), other, 0x06);
    assert_error(&hid.receive(&one(channel, CBOR, &[4]), 0), channel, 0x06);
    assert_eq!(hid.receive(&one(other, CANCEL, b""), 0), [], "another program's cancel is none");
    assert_eq!(hid.receive(&one(channel, CANCEL, b""), 0), [Event::Cancel { ticket }]);
    assert_eq!(assemble(&hid.respond(ticket, &[0x2d])), (channel, CBOR, vec![0x2d]));
    start(&mut hid, other);
}

#[test]
fn a_message_that_stops_coming_is_given_up() {
    let (mut hid, channel) = device();
    let other = open(&mut hid);
    let packets = reports(channel, PING, &[7; 200]);
    hid.receive(&packets[0], 0);
    hid.receive(&packets[1], PACKET_TIMEOUT - 1);
    assert_eq!(hid.tick(2 * PACKET_TIMEOUT - 2), [], "each packet has its own time");
    assert_error(&hid.tick(2 * PACKET_TIMEOUT - 1), channel, 0x05);
    hid.receive(&packets[0], 0);
    let events = hid.receive(&one(other, CBOR, &[4]), PACKET_TIMEOUT);
    assert!(matches!(events[..], [Event::Report(_), Event::Command { .. }]), "{events:?}");
}

#[test]
fn only_a_waiting_cbor_message_is_kept_alive() {
    let (mut hid, channel) = device();
    let ticket = start(&mut hid, channel);
    let report = hid.keep_alive(ticket, KeepAlive::PresenceNeeded).unwrap();
    assert_eq!(assemble(&[report]), (channel, 0x3b, vec![2]));
    hid.respond(ticket, &[0]);
    assert_eq!(hid.keep_alive(ticket, KeepAlive::Processing), None);
    let [Event::Command { ticket, .. }] = hid.receive(&one(channel, MSG, &[0, 3, 0, 0]), 0)[..] else { panic!() };
    assert_eq!(hid.keep_alive(ticket, KeepAlive::Processing), None);
    let too_long = hid.respond(ticket, &vec![0; MAX_MESSAGE + 1]);
    assert_eq!(assemble(&too_long), (channel, ERROR, vec![0x7f]));
}

#[test]
fn wink_is_passed_on_and_answered() {
    let (mut hid, channel) = device();
    let events = hid.receive(&one(channel, WINK, b""), 0);
    assert_eq!(events[0], Event::Wink);
    assert_eq!(assemble(&answers(&events)), (channel, WINK, vec![]));
    assert_error(&hid.receive(&one(channel, WINK, b"x"), 0), channel, 0x03);
}

proptest! {
    #[test]
    fn a_message_of_any_length_arrives_whole_and_so_does_its_answer(
        message in prop::collection::vec(any::<u8>(), 1..=MAX_MESSAGE),
        answer in prop::collection::vec(any::<u8>(), 0..=MAX_MESSAGE),
    ) {
        let (mut hid, channel) = device();
        let packets = reports(channel, CBOR, &message);
        let (last, before) = packets.split_last().unwrap();
        for packet in before {
            prop_assert_eq!(hid.receive(packet, 0), []);
        }
        let [Event::Command { ticket, message: Message::Cbor(arrived) }] = &hid.receive(last, 0)[..] else { panic!() };
        prop_assert_eq!(arrived, &message);
        prop_assert_eq!(assemble(&hid.respond(*ticket, &answer)), (channel, CBOR, answer));
    }

    #[test]
    fn a_channel_works_after_any_reports(noise in prop::collection::vec((0..4_u32, any::<[u8; 60]>(), 0..600_u64), 0..40)) {
        let (mut hid, channel) = device();
        let mut now = 0;
        for (channel, bytes, later) in noise {
            now += later;
            let report = [&channel.to_be_bytes()[..], &bytes].concat().try_into().unwrap();
            for event in hid.receive(&report, now) {
                if let Event::Command { ticket, .. } = event {
                    prop_assert!(!hid.respond(ticket, &[0]).is_empty());
                }
            }
        }
        // Whatever came before, a program that begins with INIT is served, at the latest after the time-out.
        hid.tick(now + PACKET_TIMEOUT);
        hid.receive(&one(channel, INIT, b"12345678"), now + PACKET_TIMEOUT);
        start(&mut hid, channel);
    }
}
