//! The security key that this machine shows its programs: a HID device that the kernel makes out of what is written to
//! `/dev/uhid` (Linux, Documentation/hid/uhid.rst). It disappears when it is dropped.
//!
//! An event is a number of 32 bits and a packed structure, in the machine's byte order. The kernel takes a shorter
//! structure for one whose rest is zeros, and always writes the longest.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use keystead_ctap::hid::{REPORT_SIZE, Report};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Where the kernel takes HID devices.
pub const PATH: &str = "/dev/uhid";

/// What the device can: reports of 64 bytes each way, usage page FIDO Alliance (CTAP 2.1 §11.2.8.2).
const DESCRIPTOR: &[u8] = &[
    0x06, 0xd0, 0xf1, // Usage Page (FIDO Alliance)
    0x09, 0x01, // Usage (CTAPHID)
    0xa1, 0x01, // Collection (Application)
    0x09, 0x20, //   Usage (Input Report Data)
    0x15, 0x00, 0x26, 0xff, 0x00, //   Logical Minimum (0), Maximum (255)
    0x75, 0x08, 0x95, 0x40, //   Report Size (8), Count (64)
    0x81, 0x02, //   Input (Data, Variable, Absolute)
    0x09, 0x21, //   Usage (Output Report Data)
    0x15, 0x00, 0x26, 0xff, 0x00, //   Logical Minimum (0), Maximum (255)
    0x75, 0x08, 0x95, 0x40, //   Report Size (8), Count (64)
    0x91, 0x02, //   Output (Data, Variable, Absolute)
    0xc0, // End Collection
];

// Numbers of enum uhid_event_type.
const OUTPUT: u32 = 6;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;

/// The size of `struct uhid_event`.
const EVENT_SIZE: usize = 4 + 128 + 64 + 64 + 2 + 2 + 4 * 4 + 4096;

/// Programs look at keys on USB; some at no others.
const BUS_USB: u16 = 3;
/// No vendor has this number: the device is not on the bus that it names.
const NO_VENDOR: u32 = 0xffff;

/// What this device's requests for reports by number get: it has none.
const EIO: u16 = 5;

/// The device.
#[derive(Debug)]
pub struct Device(AsyncFd<File>);

impl Device {
    /// Makes the device appear. Programs show `name`; `serial` tells this device from others.
    ///
    /// # Errors
    /// Not found: the kernel has no uhid. Permission denied: this user may not use it. [`Device::cure`] says what helps.
    pub fn create(name: &str, serial: &str) -> io::Result<Self> {
        Self::create_at(Path::new(PATH), name, serial)
    }

    fn create_at(path: &Path, name: &str, serial: &str) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        (&file).write_all(&create(name, serial))?;
        #[expect(deprecated, reason = "its fault needs a type that lies about its descriptor; a file does not")]
        let file = AsyncFd::with_interest(file, Interest::READABLE)?;
        Ok(Self(file))
    }

    /// Whether this user could make a device, without making one.
    ///
    /// # Errors
    /// As [`Device::create`].
    pub fn probe() -> io::Result<()> {
        OpenOptions::new().read(true).write(true).open(PATH).map(drop)
    }

    /// What a person can do about an error of [`Device::create`].
    pub fn cure(error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::NotFound => format!(
                "{PATH} is missing, so no security key can be shown. Load the kernel's module: sudo modprobe uhid\n\
                 To have it at each start: echo uhid | sudo tee /etc/modules-load.d/keystead-agent.conf"
            ),
            io::ErrorKind::PermissionDenied => format!(
                "This user may not use {PATH}, so no security key can be shown. Install 70-keystead-agent.rules in \
                 /etc/udev/rules.d, then run: sudo udevadm control --reload && sudo udevadm trigger {PATH}\n\
                 The agent must run as a member of the group keystead-agent."
            ),
            _ => format!("{PATH} can't be used: {error}"),
        }
    }

    /// Waits for the next report from the host.
    ///
    /// # Errors
    /// The kernel took the device away.
    pub async fn receive(&self) -> io::Result<Report> {
        let mut event = [0; EVENT_SIZE];
        loop {
            let size = self.0.async_io(Interest::READABLE, |mut file| file.read(&mut event)).await?;
            match read(&event[..size]) {
                Incoming::Report(report) => return Ok(report),
                Incoming::Request(answer) => self.write(&answer)?,
                Incoming::Nothing => {}
            }
        }
    }

    /// Sends a report to the host.
    ///
    /// # Errors
    /// The kernel took the device away.
    pub fn send(&self, report: &Report) -> io::Result<()> {
        let mut event = number(INPUT2);
        event.extend(size(report).to_ne_bytes());
        event.extend(report);
        self.write(&event)
    }

    /// The kernel takes a whole event at once and never makes a writer wait.
    fn write(&self, event: &[u8]) -> io::Result<()> {
        self.0.get_ref().write_all(event)
    }
}

/// A length as events carry it; none of them reaches its limit.
fn size(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

fn number(kind: u32) -> Vec<u8> {
    kind.to_ne_bytes().to_vec()
}

/// The event that makes the device: `struct uhid_create2_req`.
fn create(name: &str, serial: &str) -> Vec<u8> {
    let mut event = number(CREATE2);
    for (text, size) in [(name, 128), ("keystead-agent", 64), (serial, 64)] {
        // The last byte stays zero, which ends the text.
        let mut field = vec![0; size];
        let text = &text.as_bytes()[..text.len().min(size - 1)];
        field[..text.len()].copy_from_slice(text);
        event.extend(field);
    }
    event.extend(size(DESCRIPTOR).to_ne_bytes());
    event.extend(BUS_USB.to_ne_bytes());
    // Vendor, product, version, country.
    for value in [NO_VENDOR, 0, 0, 0] {
        event.extend(value.to_ne_bytes());
    }
    event.extend(DESCRIPTOR);
    event
}

#[derive(Debug, PartialEq, Eq)]
enum Incoming {
    Report(Report),
    /// The kernel waits for this event.
    Request(Vec<u8>),
    Nothing,
}

fn read(event: &[u8]) -> Incoming {
    let Some((kind, body)) = event.split_first_chunk::<4>() else { return Incoming::Nothing };
    match u32::from_ne_bytes(*kind) {
        OUTPUT => report(body).map_or(Incoming::Nothing, Incoming::Report),
        // Both begin with the number that the answer must repeat.
        GET_REPORT => refuse(GET_REPORT_REPLY, body),
        SET_REPORT => refuse(SET_REPORT_REPLY, body),
        _ => Incoming::Nothing,
    }
}

/// `struct uhid_output_req`: 4096 bytes of data, its size, its kind. Programs write a report number before a report, and
/// kernels differ in whether they pass on one that is zero.
fn report(body: &[u8]) -> Option<Report> {
    let size = u16::from_ne_bytes(body.get(4096..4098)?.try_into().ok()?);
    let data = body.get(..usize::from(size))?;
    let data = if data.len() == REPORT_SIZE + 1 { data.strip_prefix(&[0])? } else { data };
    data.try_into().ok()
}

fn refuse(kind: u32, body: &[u8]) -> Incoming {
    let Some(id) = body.first_chunk::<4>() else { return Incoming::Nothing };
    let mut event = number(kind);
    event.extend(id);
    event.extend(EIO.to_ne_bytes());
    Incoming::Request(event)
}

#[cfg(test)]
mod tests {
    use super::{
        CREATE2, DESCRIPTOR, Device, EVENT_SIZE, GET_REPORT, GET_REPORT_REPLY, Incoming, OUTPUT, create, number, read,
    };

    /// What the kernel hands over when a program writes these bytes.
    fn output(data: &[u8]) -> Vec<u8> {
        let mut event = number(OUTPUT);
        event.extend(data);
        event.resize(4 + 4096, 0);
        event.extend(super::size(data).to_ne_bytes());
        event.resize(EVENT_SIZE, 0);
        event
    }

    #[test]
    fn a_report_arrives_with_or_without_its_number() {
        let report = [7; 64];
        assert_eq!(read(&output(&report)), Incoming::Report(report));
        assert_eq!(read(&output(&[&[0][..], &report].concat())), Incoming::Report(report));
    }

    #[test]
    fn what_is_no_report_is_left() {
        for data in [&[][..], &[1; 63], &[1; 65], &[1; 66], &[0; 4096]] {
            assert_eq!(read(&output(data)), Incoming::Nothing, "{} bytes", data.len());
        }
        let mut too_long = output(&[1; 64]);
        too_long[4 + 4096..4 + 4098].copy_from_slice(&u16::MAX.to_ne_bytes());
        assert_eq!(read(&too_long), Incoming::Nothing);
        for cut in [0, 3, 4, 100, 4 + 4097] {
            assert_eq!(read(&output(&[1; 64])[..cut]), Incoming::Nothing);
        }
    }

    #[test]
    fn the_kernel_is_answered_when_it_asks_for_a_report_by_number() {
        let mut event = number(GET_REPORT);
        event.extend(9_u32.to_ne_bytes());
        let mut answer = number(GET_REPORT_REPLY);
        answer.extend(9_u32.to_ne_bytes());
        answer.extend(5_u16.to_ne_bytes());
        assert_eq!(read(&event), Incoming::Request(answer));
    }

    #[test]
    fn a_name_too_long_is_cut_and_ended() {
        let event = create(&"n".repeat(500), "serial");
        assert_eq!(event[..4], CREATE2.to_ne_bytes());
        assert_eq!((event[4 + 126], event[4 + 127]), (b'n', 0));
        assert!(event.ends_with(DESCRIPTOR) && event.len() <= EVENT_SIZE);
    }

    #[test]
    fn each_refusal_has_its_cure() {
        let cure = |kind| Device::cure(&std::io::Error::from(kind));
        assert!(cure(std::io::ErrorKind::NotFound).contains("modprobe uhid"));
        assert!(cure(std::io::ErrorKind::PermissionDenied).contains("udevadm"));
    }
}
