//! What the agent on a workstation and Keystead say to each other: the messages, their limits, and how an agent proves
//! who it is. Without I/O, clock or randomness; the server and the agent both build on it. The whole exchange, with the
//! reasons, is described in `docs/agent-protocol.md`.
//!
//! Each message is one text frame of a WebSocket: JSON with its kind in `type`. Bytes are base64url without padding.
//! No message carries a time: the two clocks need not agree.
//!
//! ```
//! use keystead_agent_protocol::{Bytes, FromAgent, Kind, decode, encode};
//!
//! let command = FromAgent::Command { request: 7, channel: 1, kind: Kind::Cbor, bytes: Bytes(vec![4]) };
//! let text = encode(&command);
//! assert_eq!(text, r#"{"type":"command","request":7,"channel":1,"kind":"cbor","bytes":"BA"}"#);
//! assert_eq!(decode::<FromAgent>(&text)?, command);
//! # Ok::<(), keystead_agent_protocol::Malformed>(())
//! ```

mod bytes;
mod messages;
pub mod proof;

pub use bytes::Bytes;
pub use messages::{
    CardState, FromAgent, FromServer, Identity, Kind, Message, Refusal, Unusable, WaitingFor, decode, encode,
};

/// Where the link is, below the server's public URL.
pub const PATH: &str = "/api/agent/v1/link";

/// The WebSocket subprotocol that both sides must name: this version of the messages.
pub const SUBPROTOCOL: &str = "keystead-agent.v1";

/// The longest frame either side takes, in bytes. The longest CTAP message is 10 146 of them in base64.
pub const MAX_FRAME: usize = 16 * 1024;

/// The longest CTAP message, in bytes: what CTAPHID can carry (CTAP 2.1 §11.2.4).
pub const MAX_COMMAND: usize = 7609;

/// The most readers that an agent may name.
pub const MAX_READERS: usize = 16;

/// The longest name of a reader, a workstation, an operating system, in bytes.
pub const MAX_NAME: usize = 128;

/// The longest text for a person in a message, in bytes.
pub const MAX_TEXT: usize = 512;

/// The size of a challenge, in bytes.
pub const NONCE_SIZE: usize = 32;

/// Why a frame is not a message of this protocol. Whoever receives one closes the connection.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// The frame is longer than [`MAX_FRAME`].
    #[error("a message of {0} bytes; at most {MAX_FRAME} are taken")]
    TooLong(usize),
    /// It is not JSON, or not a message that is known.
    #[error("not a message of this protocol: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A value is longer or larger than this protocol allows.
    #[error("`{0}` is outside this protocol's limits")]
    Limit(&'static str),
}
