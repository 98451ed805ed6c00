//! The messages.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Bytes, MAX_COMMAND, MAX_FRAME, MAX_NAME, MAX_READERS, MAX_TEXT, Malformed, NONCE_SIZE};

/// What the agent says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FromAgent {
    /// Asks to become an agent of this server: the answer to [`FromServer::Challenge`] of who has a one-time code.
    Enrol {
        /// The code that an administrator made.
        code: String,
        /// The agent's new public key: a point on P-256, SEC 1 uncompressed, 65 bytes.
        public_key: Bytes,
        /// What the workstation calls itself.
        name: String,
        /// The agent's version.
        version: String,
        /// Operating system and processor, as `linux x86_64`.
        platform: String,
        /// [`proof::enrolment`](crate::proof::enrolment), signed by that key.
        signature: Bytes,
    },
    /// Says who it is: the answer to [`FromServer::Challenge`] of an agent that is enrolled.
    Hello {
        /// The id that the server gave it.
        agent: String,
        /// The agent's version.
        version: String,
        /// Operating system and processor.
        platform: String,
        /// [`proof::link`](crate::proof::link), signed by its key.
        signature: Bytes,
    },
    /// These readers there are now: after the welcome, followed by a [`FromAgent::Card`] for each card that lies
    /// there, and whenever readers came or went.
    Readers {
        /// All of them, by name.
        readers: Vec<String>,
    },
    /// A card lies on a reader and was looked at.
    Card {
        /// The reader's name.
        reader: String,
        /// Counts the cards that this process has seen, over all readers and connections: names this one lying.
        tap: u64,
        /// Whether somebody has just laid it there. False for a card that lay there before the reader or the link did,
        /// and for one that flickers: such a card is no sign that anybody is present.
        fresh: bool,
        /// What the card says it is.
        identity: Identity,
    },
    /// The card of that tap is gone.
    CardGone {
        /// The reader's name.
        reader: String,
        /// The number that [`FromAgent::Card`] gave it.
        tap: u64,
    },
    /// A program on the workstation asks the authenticator.
    Command {
        /// Names the command on this connection; each is larger than the one before.
        request: u64,
        /// The CTAPHID channel: which of the workstation's programs it is.
        channel: u32,
        /// How to read the bytes.
        kind: Kind,
        /// The CTAP 2 command byte and its CBOR, or the CTAP 1 APDU.
        bytes: Bytes,
    },
    /// The program no longer wants that answer, and the agent has told it so. The server gives the command up if it is
    /// not too late, and need not answer.
    Cancel {
        /// The command in question.
        request: u64,
    },
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FromServer {
    /// The first message on each connection.
    Challenge {
        /// 32 random bytes, for this connection alone.
        nonce: Bytes,
        /// The server's public URL. An agent that knows it under another one can't prove itself, and says so.
        server: String,
    },
    /// The code was good: this is who the agent is from now on. The server then closes the connection.
    Enrolled {
        /// The agent's id, for [`FromAgent::Hello`].
        agent: String,
        /// What the workstation is called in the panel.
        name: String,
    },
    /// The agent is known and may work.
    Welcome {
        /// What the workstation is called in the panel.
        name: String,
        /// The answer to authenticatorGetInfo while no card lies on a reader: status byte and CBOR.
        information: Bytes,
        /// After how many seconds without another frame either side sends a ping (5 to 300). Who hears nothing for
        /// two and a half times as long closes the connection.
        heartbeat: u16,
    },
    /// The agent may not work, or no longer. The server then closes the connection.
    Refused {
        /// Why.
        reason: Refusal,
        /// What a person can do about it.
        text: String,
    },
    /// What the server knows of a card that was shown; again whenever that changes.
    Card {
        /// The reader's name.
        reader: String,
        /// The number that [`FromAgent::Card`] gave it.
        tap: u64,
        /// Whether it will work.
        state: CardState,
        /// The same for a person, without a name in it.
        text: String,
    },
    /// The command is under way; the agent tells the program so until the answer is there.
    Waiting {
        /// Which.
        request: u64,
        /// What it waits for.
        reason: WaitingFor,
    },
    /// The answer to a command.
    Reply {
        /// Which.
        request: u64,
        /// CTAP 2 status byte and CBOR, or the CTAP 1 answer with its status word.
        bytes: Bytes,
    },
}

/// What a card says it is, by the strongest means that it offers. A means in which the server takes part (a challenge
/// that the agent carries to the card) would be a further kind, and messages of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Identity {
    /// The number that it tells everybody (ISO/IEC 14443-3; PC/SC part 3 §3.2.2.1.3): a name, not a proof.
    Uid {
        /// 4 to 10 bytes.
        uid: Bytes,
    },
    /// It is a FIDO2 authenticator by itself (CTAP 2.1 §11.3): not a card for Keystead to lend a key to.
    Fido,
    /// Nothing that could tell it from others.
    Unusable {
        /// Why.
        reason: Unusable,
    },
}

/// Why a card can't be told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unusable {
    /// It makes up a new number each time (ISO/IEC 14443-3: four bytes that begin with 08), as phones and passports do.
    RandomNumber,
    /// It, or the reader, tells no number.
    NoNumber,
    /// It did not answer, or not in a way that makes sense: lifted too early, laid on askew, broken.
    Unreadable,
}

/// What a command's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// CTAP 2 (`CTAPHID_CBOR`).
    Cbor,
    /// CTAP 1, U2F (`CTAPHID_MSG`).
    Msg,
}

/// What a command waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WaitingFor {
    /// The server is at work.
    Processing,
    /// Somebody must lay a card on a reader, anew if one lies there.
    Presence,
}

/// Whether a card will work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CardState {
    /// It works.
    Known,
    /// No person of this organisation has it.
    Unknown,
    /// Too many wrong PINs.
    Blocked,
    /// Somebody suspended it.
    Suspended,
    /// It was revoked, or reported lost.
    Revoked,
    /// It can't be told from other cards, or is a security key by itself.
    Unusable,
    /// It is read for what is going on in the panel: handed out, or activated.
    Registering,
}

/// Why the server refuses an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// The one-time code is wrong, used or too old.
    Code,
    /// No such agent, or not its signature. The two are one, so that ids can't be tried out.
    Proof,
    /// An administrator revoked the agent. It does not come back by itself.
    Revoked,
    /// The agent is too old for this server.
    Version,
    /// The agent is connected elsewhere meanwhile: this identity has a newer connection.
    Replaced,
    /// Too many connections or messages; later it will do.
    TooMany,
    /// The agent broke the protocol.
    Protocol,
}

/// Either side's message.
pub trait Message: Serialize + DeserializeOwned {
    /// Whether every value is within its limits.
    ///
    /// # Errors
    /// [`Malformed::Limit`] names the one that is not.
    fn check(&self) -> Result<(), Malformed>;
}

/// The frame of a message.
#[expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "strings, numbers and lists of them always become JSON"
)]
pub fn encode(message: &impl Message) -> String {
    serde_json::to_string(message).expect("a message is JSON")
}

/// The message of a frame.
///
/// # Errors
/// [`Malformed`], before more than [`MAX_FRAME`] bytes were looked at.
pub fn decode<M: Message>(frame: &str) -> Result<M, Malformed> {
    if frame.len() > MAX_FRAME {
        return Err(Malformed::TooLong(frame.len()));
    }
    let message: M = serde_json::from_str(frame)?;
    message.check()?;
    Ok(message)
}

fn limit(what: &'static str, holds: bool) -> Result<(), Malformed> {
    if holds { Ok(()) } else { Err(Malformed::Limit(what)) }
}

/// Names go into signed texts and into lists that people read: no line may end in them.
fn name(what: &'static str, text: &str, longest: usize) -> Result<(), Malformed> {
    limit(what, !text.is_empty() && text.len() <= longest && !text.contains(char::is_control))
}

fn reader_list(readers: &[String]) -> Result<(), Malformed> {
    limit("readers", readers.len() <= MAX_READERS)?;
    readers.iter().try_for_each(|reader| name("readers", reader, MAX_NAME))
}

impl Message for FromAgent {
    fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Enrol { code, public_key, name: called, version, platform, signature } => {
                name("code", code, MAX_NAME)?;
                name("name", called, MAX_NAME)?;
                name("version", version, MAX_NAME)?;
                name("platform", platform, MAX_NAME)?;
                limit("publicKey", public_key.0.len() == 65)?;
                limit("signature", signature.0.len() == 64)
            }
            Self::Hello { agent, version, platform, signature } => {
                name("agent", agent, MAX_NAME)?;
                name("version", version, MAX_NAME)?;
                name("platform", platform, MAX_NAME)?;
                limit("signature", signature.0.len() == 64)
            }
            Self::Readers { readers } => reader_list(readers),
            Self::Card { reader, identity, .. } => {
                name("reader", reader, MAX_NAME)?;
                match identity {
                    Identity::Uid { uid } => limit("uid", (4..=10).contains(&uid.0.len())),
                    Identity::Fido | Identity::Unusable { .. } => Ok(()),
                }
            }
            Self::CardGone { reader, .. } => name("reader", reader, MAX_NAME),
            Self::Command { bytes, .. } => limit("bytes", (1..=MAX_COMMAND).contains(&bytes.0.len())),
            Self::Cancel { .. } => Ok(()),
        }
    }
}

impl Message for FromServer {
    fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Challenge { nonce, server } => {
                limit("nonce", nonce.0.len() == NONCE_SIZE)?;
                name("server", server, MAX_TEXT)
            }
            Self::Enrolled { agent, name: called } => {
                name("agent", agent, MAX_NAME)?;
                name("name", called, MAX_TEXT)
            }
            Self::Welcome { name: called, information, heartbeat } => {
                name("name", called, MAX_TEXT)?;
                limit("information", (1..=MAX_COMMAND).contains(&information.0.len()))?;
                limit("heartbeat", (5..=300).contains(heartbeat))
            }
            Self::Refused { text, .. } => limit("text", text.len() <= MAX_TEXT),
            Self::Card { reader, text, .. } => {
                name("reader", reader, MAX_NAME)?;
                limit("text", text.len() <= MAX_TEXT)
            }
            Self::Waiting { .. } => Ok(()),
            Self::Reply { bytes, .. } => limit("bytes", (1..=MAX_COMMAND).contains(&bytes.0.len())),
        }
    }
}
