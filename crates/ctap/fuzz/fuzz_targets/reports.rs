//! Any reports at any times: each command is answered, and a program that begins with INIT is always served.
#![no_main]

use keystead_ctap::hid::{Event, Hid, PACKET_TIMEOUT, REPORT_SIZE, Report};
use libfuzzer_sys::fuzz_target;

fn init(channel: [u8; 4]) -> Report {
    let mut report = [0; REPORT_SIZE];
    report[..4].copy_from_slice(&channel);
    report[4..15].copy_from_slice(&[0x86, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
    report
}

// What comes is split into reports without the ends that hold only data: two bytes of delay, then the report's begin.
fuzz_target!(|bytes: &[u8]| {
    let mut hid = Hid::new([0, 1, 0]);
    let mut now = 0;
    for _ in 0..3 {
        hid.receive(&init([0xff; 4]), now);
    }
    for piece in bytes.chunks(14) {
        let (delay, begin) = piece.split_at(piece.len().min(1));
        now += delay.iter().map(|byte| u64::from(*byte) * 8).sum::<u64>();
        let mut report = [0; REPORT_SIZE];
        report[..begin.len()].copy_from_slice(begin);
        for event in hid.receive(&report, now) {
            if let Event::Command { ticket, .. } = event {
                // Some are answered, some are left waiting.
                if now % 3 != 0 {
                    assert!(!hid.respond(ticket, &[0; 100]).is_empty());
                    assert!(hid.respond(ticket, &[0]).is_empty());
                }
            }
        }
    }
    let events = hid.receive(&init([0, 0, 0, 1]), now + PACKET_TIMEOUT);
    let served = |event: &Event| matches!(event, Event::Report(report) if report[..5] == [0, 0, 0, 1, 0x86]);
    assert!(events.iter().any(served), "{events:?}");
});
