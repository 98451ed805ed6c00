//! Workstations: the real agent's link, a reader that a card is laid on, and a platform that asks as browsers do
//! (CTAP 2.1, PIN protocol one).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aes::{
    Aes256,
    cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding},
};
use anyhow::{Context as _, bail, ensure};
use hmac::{Hmac, KeyInit as _, Mac as _};
use keystead_agent::{
    identity::Identity,
    link::{self, Connection, Event, Patience},
};
use keystead_agent_protocol::{
    Bytes, CardState, FromAgent, FromServer, Identity as CardIdentity, Kind, WaitingFor, proof,
};
use keystead_ctap::cbor::Value;
use keystead_directory::secret;
use p256::{PublicKey, SecretKey, ecdh, ecdsa::SigningKey};
use serde_json::json;
use sha2_of_p256::{Digest as _, Sha256};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::http::Client;

const READER: &str = "Reader";
/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the agents' links share.
pub type Tls = Arc<rustls::ClientConfig>;

/// See the module's description.
pub struct Workstation {
    pub name: String,
    to_server: Sender<FromAgent>,
    events: Receiver<Event>,
    last_request: u64,
    last_tap: u64,
}

/// Makes this workstation known to the server.
pub async fn enrol(program: &mut Client, origin: &str, tls: &Tls, name: &str) -> anyhow::Result<Identity> {
    let code = program.post("/api/v1/workstations/codes", &json!({})).await?.json(201)?["code"].clone();
    let key = SigningKey::from_slice(&secret::random::<32>())?;
    let server: link::Address = origin.parse()?;
    let connection = Connection::open(&server, tls).await?;
    let (agent, name) = connection.enrol(&key, code.as_str().context("a code")?, name).await?;
    Ok(Identity { server, agent, name, key, authority: None })
}

impl Workstation {
    /// Connects; comes back by itself when the server lets it wait.
    pub async fn connect(identity: Identity, tls: &Tls) -> anyhow::Result<Self> {
        let (tell, mut events) = mpsc::channel(8);
        tokio::spawn(link::keep(identity, Arc::clone(tls), Patience::default(), tell));
        let (name, to_server) = loop {
            match tokio::time::timeout(PATIENCE, events.recv()).await?.context("a link")? {
                Event::Up { name, to_server, .. } => break (name, to_server),
                Event::Revoked(text) => bail!(text),
                Event::Down(_) | Event::Message(_) => {}
            }
        };
        to_server.send(FromAgent::Readers { readers: vec![READER.to_owned()] }).await?;
        Ok(Self { name, to_server, events, last_request: 0, last_tap: 0 })
    }

    async fn hear(&mut self) -> anyhow::Result<FromServer> {
        match tokio::time::timeout(PATIENCE, self.events.recv()).await?.context("a link")? {
            Event::Message(message) => Ok(message),
            Event::Down(error) => Err(error.into()),
            event => bail!("{event:?}"),
        }
    }

    async fn lay(&mut self, uid: &[u8]) -> anyhow::Result<()> {
        self.last_tap += 1;
        let (reader, tap, identity) =
            (READER.to_owned(), self.last_tap, CardIdentity::Uid { uid: Bytes(uid.to_vec()) });
        self.to_server.send(FromAgent::Card { reader, tap, fresh: true, identity }).await?;
        Ok(())
    }

    async fn lift(&mut self) -> anyhow::Result<()> {
        Ok(self.to_server.send(FromAgent::CardGone { reader: READER.to_owned(), tap: self.last_tap }).await?)
    }

    /// Lays a card on the reader and takes it away: what the server says of it.
    pub async fn tap(&mut self, uid: &[u8]) -> anyhow::Result<CardState> {
        self.lay(uid).await?;
        let FromServer::Card { state, .. } = self.hear().await? else { bail!("no verdict about a card") };
        self.lift().await?;
        Ok(state)
    }

    async fn command(&mut self, command: u8, parameters: Option<Value>) -> anyhow::Result<FromServer> {
        self.last_request += 1;
        let mut message = vec![command];
        message.extend(parameters.map(|value| value.write()).unwrap_or_default());
        let command =
            FromAgent::Command { request: self.last_request, channel: 1, kind: Kind::Cbor, bytes: Bytes(message) };
        self.to_server.send(command).await?;
        self.hear().await
    }

    async fn cbor(&mut self, command: u8, parameters: Option<Value>) -> anyhow::Result<Value> {
        answer(&self.command(command, parameters).await?)
    }

    /// Gives the PIN for this relying party: what it opens.
    async fn token(&mut self, pin: &str, relying_party: &str) -> anyhow::Result<Vec<u8>> {
        let agreement = self.cbor(0x06, Some(map([(1, 1_u64.into()), (2, 2_u64.into())]))).await?;
        let theirs = entry(&agreement, &1_u64.into())?;
        let point = [&[4][..], bytes(entry(theirs, &(-2_i64).into())?)?, bytes(entry(theirs, &(-3_i64).into())?)?];
        let theirs = PublicKey::from_sec1_bytes(&point.concat())?;
        let ours = SecretKey::from_slice(&secret::random::<32>())?;
        let shared: [u8; 32] =
            Sha256::digest(ecdh::diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine()).raw_secret_bytes())
                .into();
        let point = proof::public_key(&SigningKey::from(&ours)).0;
        let key = Value::Map(vec![
            (1_u64.into(), 2_u64.into()),
            (3_u64.into(), (-25_i64).into()),
            ((-1_i64).into(), 1_u64.into()),
            ((-2_i64).into(), point[1..33].into()),
            ((-3_i64).into(), point[33..].into()),
        ]);
        let sealed = cbc::Encryptor::<Aes256>::new(&shared.into(), &[0; 16].into())
            .encrypt_padded_vec::<NoPadding>(&Sha256::digest(pin.as_bytes())[..16]);
        let parameters = map([
            (1, 1_u64.into()),
            (2, 9_u64.into()),
            (3, key),
            (6, sealed.into()),
            (9, 3_u64.into()),
            (10, relying_party.into()),
        ]);
        let opened = self.cbor(0x06, Some(parameters)).await?;
        let sealed = bytes(entry(&opened, &2_u64.into())?)?;
        cbc::Decryptor::<Aes256>::new(&shared.into(), &[0; 16].into())
            .decrypt_padded_vec::<NoPadding>(sealed)
            .map_err(|_| anyhow::anyhow!("a token of whole blocks"))
    }

    /// Registers the card at a relying party.
    pub async fn register(&mut self, uid: &[u8], pin: &str, relying_party: &str) -> anyhow::Result<()> {
        ensure!(self.tap(uid).await? == CardState::Known, "the card does not work");
        let token = self.token(pin, relying_party).await?;
        let algorithm = Value::Map(vec![("alg".into(), (-7_i64).into()), ("type".into(), "public-key".into())]);
        let user = Value::Map(vec![("id".into(), b"jane"[..].into()), ("name".into(), "jane".into())]);
        let parameters = map([
            (1, [7_u8; 32][..].into()),
            (2, Value::Map(vec![("id".into(), relying_party.into())])),
            (3, user),
            (4, Value::Array(vec![algorithm])),
            (7, Value::Map(vec![("rk".into(), true.into())])),
            (8, authenticate(&token, &[7; 32])?.into()),
            (9, 1_u64.into()),
        ]);
        self.cbor(0x01, Some(parameters)).await.map(drop)
    }

    /// Signs in as a browser lets people do it: a tap to choose the key, the PIN, another tap. How long the server took
    /// for the PIN, and from the second tap to the signature.
    pub async fn sign_in(
        &mut self,
        uid: &[u8],
        pin: &str,
        relying_party: &str,
    ) -> anyhow::Result<(Duration, Duration)> {
        ensure!(self.tap(uid).await? == CardState::Known, "the card does not work");
        self.cbor(0x0b, None).await.context("selection")?;
        let begun = Instant::now();
        let token = self.token(pin, relying_party).await.context("the PIN")?;
        let for_pin = begun.elapsed();
        let parameters = map([
            (1, relying_party.into()),
            (2, [9_u8; 32][..].into()),
            (6, authenticate(&token, &[9; 32])?.into()),
            (7, 1_u64.into()),
        ]);
        let waiting = self.command(0x02, Some(parameters)).await?;
        ensure!(
            matches!(waiting, FromServer::Waiting { reason: WaitingFor::Presence, .. }),
            "it does not wait for a tap: {waiting:?}"
        );
        let begun = Instant::now();
        self.lay(uid).await?;
        let verdict = self.hear().await?;
        ensure!(matches!(verdict, FromServer::Card { state: CardState::Known, .. }), "{verdict:?}");
        let assertion = answer(&self.hear().await?).context("the assertion")?;
        let for_assertion = begun.elapsed();
        entry(&assertion, &3_u64.into())?;
        self.lift().await?;
        Ok((for_pin, for_assertion))
    }
}

fn map<const N: usize>(entries: [(u64, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

fn entry<'a>(map: &'a Value, key: &Value) -> anyhow::Result<&'a Value> {
    let Value::Map(entries) = map else { bail!("no map: {map:?}") };
    Ok(&entries.iter().find(|(name, _)| name == key).with_context(|| format!("{key:?} in {map:?}"))?.1)
}

fn bytes(value: &Value) -> anyhow::Result<&[u8]> {
    let Value::Bytes(bytes) = value else { bail!("no bytes: {value:?}") };
    Ok(bytes)
}

fn answer(message: &FromServer) -> anyhow::Result<Value> {
    let FromServer::Reply { bytes: Bytes(bytes), .. } = message else { bail!("no answer: {message:?}") };
    match bytes.split_first() {
        Some((0, [])) => Ok(Value::Map(Vec::new())),
        Some((0, cbor)) => Value::read(cbor).map_err(|error| anyhow::anyhow!("{error:?}")),
        _ => bail!("status {bytes:02x?}"),
    }
}

fn authenticate(token: &[u8], message: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(token)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes()[..16].to_vec())
}
