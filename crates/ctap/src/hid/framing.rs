//! How a message is cut into packets, and what a packet says (CTAP 2.1 §11.2.4).

use super::{REPORT_SIZE, Report};

/// What an initialization packet holds besides its channel, command and length.
const FIRST_DATA: usize = REPORT_SIZE - 7;

/// What a continuation packet holds besides its channel and sequence number.
const NEXT_DATA: usize = REPORT_SIZE - 5;

/// One report, without its channel.
pub(super) enum Packet<'a> {
    Initialization(Initialization<'a>),
    Continuation { sequence: u8, data: &'a [u8] },
}

/// The first packet of a message.
pub(super) struct Initialization<'a> {
    pub command: u8,
    /// Of the whole message, in bytes.
    pub length: usize,
    /// Up to the end of the report, even if the message is shorter.
    pub data: &'a [u8],
}

impl<'a> Packet<'a> {
    pub(super) fn read(report: &'a Report) -> (u32, Self) {
        let channel = u32::from_be_bytes([report[0], report[1], report[2], report[3]]);
        let packet = if report[4] & 0x80 == 0 {
            Self::Continuation { sequence: report[4], data: &report[5..] }
        } else {
            let length = usize::from(u16::from_be_bytes([report[5], report[6]]));
            Self::Initialization(Initialization { command: report[4] & 0x7f, length, data: &report[7..] })
        };
        (channel, packet)
    }
}

/// The packets of a message of at most [`MAX_MESSAGE`](super::MAX_MESSAGE) bytes; one packet if it is empty.
pub(super) fn frame(channel: u32, command: u8, message: &[u8]) -> Vec<Report> {
    let (first, rest) = message.split_at(message.len().min(FIRST_DATA));
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut reports = vec![report(channel, &[0x80 | command, length[0], length[1]], first)];
    reports.extend((0u8..).zip(rest.chunks(NEXT_DATA)).map(|(sequence, data)| report(channel, &[sequence], data)));
    reports
}

fn report(channel: u32, header: &[u8], data: &[u8]) -> Report {
    let mut report = [0; REPORT_SIZE];
    report[..4].copy_from_slice(&channel.to_be_bytes());
    report[4..4 + header.len()].copy_from_slice(header);
    let data_at = 4 + header.len();
    report[data_at..data_at + data.len()].copy_from_slice(data);
    report
}
