//! Lays a badge on a virtual reader of vsmartcard-vpcd for a while: `virtual-badge READER NUMBER MILLISECONDS`, as in
//! `virtual-badge 0 04a1b2c3 800`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "an example")]

#[path = "../tests/it/support/badge.rs"]
#[expect(dead_code, reason = "the tests lay badges that misbehave, too")]
mod badge;

use std::error::Error;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [reader, number, time] = &arguments[..] else {
        return Err("usage: virtual-badge READER NUMBER MILLISECONDS".into());
    };
    let mut uid = Vec::new();
    for pair in number.as_bytes().chunks(2) {
        uid.push(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    }
    let _badge = badge::Badge::with_uid(reader.parse()?, &uid);
    std::thread::sleep(Duration::from_millis(time.parse()?));
    Ok(())
}
