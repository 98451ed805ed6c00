//! A virtual badge for the virtual reader of Debian's vsmartcard-vpcd: a card is a TCP connection, on which each message
//! is a length of two bytes, most significant first, and that many bytes. The reader sends one byte to switch the card
//! (0 off, 1 on, 2 reset, 4 asks for the answer to reset) and anything longer as a command for it.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Where the virtual readers listen, first and second.
const PORTS: [u16; 2] = [0x8c7b, 0x8c7c];

/// ISO/IEC 14443-3 badges behind a reader show an answer to reset of this shape (PC/SC part 3): here MIFARE Classic 1K.
pub const ATR: &[u8] =
    &[0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0, 0, 0, 0x03, 0x06, 0x03, 0, 0x01, 0, 0, 0, 0, 0x6a];

/// What a badge does with a command.
pub enum Answer {
    /// Answers.
    Bytes(Vec<u8>),
    /// Leaves the reader without a word.
    Leave,
    /// Stays and is silent for as long as anybody listens.
    Hang,
}

/// A badge that lies on a reader until it is dropped.
pub struct Badge(TcpStream);

impl Badge {
    /// Lays a badge with this answer to reset on a reader; `answer` is what it does with each command.
    pub fn lay(reader: usize, atr: &[u8], answer: impl FnMut(&[u8]) -> Answer + Send + 'static) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", PORTS[reader])).expect("a virtual reader");
        let (badge, atr) = (stream.try_clone().expect("a second handle"), atr.to_vec());
        std::thread::spawn(move || serve(stream, &atr, answer));
        Self(badge)
    }

    /// Lays a plain badge with this number on a reader.
    pub fn with_uid(reader: usize, uid: &[u8]) -> Self {
        let uid = uid.to_vec();
        Self::lay(reader, ATR, move |command| {
            Answer::Bytes(match command {
                [0xff, 0xca, ..] => [&uid[..], &[0x90, 0x00]].concat(),
                _ => vec![0x6a, 0x81],
            })
        })
    }
}

impl Drop for Badge {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

fn serve(mut stream: TcpStream, atr: &[u8], mut answer: impl FnMut(&[u8]) -> Answer) {
    while let Ok(message) = receive(&mut stream) {
        let reply = match message[..] {
            [4] => Answer::Bytes(atr.to_vec()),
            [_] => continue,
            _ => answer(&message),
        };
        match reply {
            Answer::Bytes(bytes) => {
                if send(&mut stream, &bytes).is_err() {
                    return;
                }
            }
            Answer::Leave => {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            Answer::Hang => std::thread::sleep(Duration::from_mins(1)),
        }
    }
}

fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn send(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let length = u16::try_from(bytes.len()).expect("a short answer").to_be_bytes();
    stream.write_all(&[&length, bytes].concat())
}
