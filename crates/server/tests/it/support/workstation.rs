//! A workstation without a network: cards are laid on its reader, and a platform asks them as browsers do (CTAP 2.1,
//! PIN protocol one).

use aes::{
    Aes256,
    cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use keystead::{app::App, cards::desk::Desk};
use keystead_agent_protocol::{Bytes, CardState, FromAgent, FromServer, Identity, Kind, Refusal, WaitingFor};
use keystead_ctap::cbor::Value;
use keystead_directory::{
    Timestamp,
    actor::Actor,
    agents::{self, Agent, NewAgent},
    ids::new_uuid,
};
use p256::{PublicKey, SecretKey, ecdh};
use serde_json::{Value as Json, json};
use sha2_of_p256::{Digest as _, Sha256};

pub const MAKE_CREDENTIAL: u8 = 1;
pub const GET_ASSERTION: u8 = 2;
pub const GET_INFO: u8 = 4;
pub const CLIENT_PIN: u8 = 6;

/// See the module's description.
pub struct Workstation {
    pub agent: Agent,
    desk: Desk,
    last_request: u64,
    last_tap: u64,
}

/// A map with these entries.
pub fn map<K: Into<Value>, const N: usize>(entries: [(K, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// An entry of a map.
pub fn entry<'a>(map: &'a Value, key: &Value) -> &'a Value {
    let Value::Map(entries) = map else { panic!("a map: {map:?}") };
    &entries.iter().find(|(name, _)| name == key).unwrap_or_else(|| panic!("{key:?} in {map:?}")).1
}

pub fn bytes(value: &Value) -> Vec<u8> {
    let Value::Bytes(bytes) = value else { panic!("bytes: {value:?}") };
    bytes.clone()
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn authenticate(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes()[..16].to_vec()
}

impl Workstation {
    /// A workstation that was enrolled and is connected to this server.
    pub async fn enrolled(app: &App, name: &str) -> Self {
        let mut tx = app.db.write(Timestamp::now()).await.unwrap();
        let (code, _) = agents::create_code(&mut tx, &Actor::cli()).await.unwrap();
        let new = NewAgent {
            public_key: keystead_directory::secret::random::<65>().to_vec(),
            name: name.to_owned(),
            version: "1".to_owned(),
            platform: "test".to_owned(),
        };
        let agent = agents::enrol(&mut tx, &code, new, "192.0.2.9").await.unwrap();
        tx.commit().await.unwrap();
        Self::at(app, agent).await
    }

    /// The same workstation connected anew, to this server.
    pub async fn at(app: &App, agent: Agent) -> Self {
        let link = new_uuid();
        let mut tx = app.db.write(Timestamp::now()).await.unwrap();
        agents::linked(&mut tx, agent.id, link, "1", "test", "192.0.2.9").await.unwrap();
        tx.commit().await.unwrap();
        let desk = Desk::new(app.clone(), agent.clone(), link, "192.0.2.9".to_owned());
        Self { agent, desk, last_request: 0, last_tap: 0 }
    }

    pub async fn hear(&mut self, message: FromAgent) -> Result<Vec<FromServer>, Refusal> {
        self.desk.hear(message).await
    }

    /// Lays a card on the reader and takes it away; what the server says of it, and what else.
    pub async fn tap(&mut self, uid: &[u8]) -> (CardState, Vec<FromServer>) {
        self.last_tap += 1;
        let (reader, tap) = ("reader".to_owned(), self.last_tap);
        let identity = Identity::Uid { uid: Bytes(uid.to_vec()) };
        let card = FromAgent::Card { reader: reader.clone(), tap, fresh: true, identity };
        let mut answers = self.hear(card).await.unwrap();
        self.hear(FromAgent::CardGone { reader, tap }).await.unwrap();
        let FromServer::Card { state, .. } = answers.remove(0) else { panic!("a verdict first") };
        (state, answers)
    }

    /// Asks; what the server says.
    pub async fn ask(&mut self, command: u8, parameters: Option<Value>) -> FromServer {
        self.last_request += 1;
        let mut message = vec![command];
        message.extend(parameters.map(|value| value.write()).unwrap_or_default());
        let command =
            FromAgent::Command { request: self.last_request, channel: 1, kind: Kind::Cbor, bytes: Bytes(message) };
        let mut answers = self.hear(command).await.unwrap();
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    /// Asks for what needs no tap, or has one: the status and the answer.
    pub async fn cbor(&mut self, command: u8, parameters: Option<Value>) -> (u8, Value) {
        read(&self.ask(command, parameters).await)
    }

    /// Asks for what needs a tap, and taps when it is wanted.
    pub async fn cbor_with_tap(&mut self, uid: &[u8], command: u8, parameters: Value) -> (u8, Value) {
        let answer = self.ask(command, Some(parameters)).await;
        if !matches!(answer, FromServer::Waiting { reason: WaitingFor::Presence, .. }) {
            return read(&answer);
        }
        let (_, answers) = self.tap(uid).await;
        read(answers.first().expect("the tap's answer"))
    }

    /// Agrees on a secret: it and our key.
    async fn agree(&mut self) -> ([u8; 32], Value) {
        let (status, answer) = self.cbor(CLIENT_PIN, Some(map([(1_u64, 1_u64.into()), (2, 2_u64.into())]))).await;
        assert_eq!(status, 0);
        let theirs = entry(&answer, &1_u64.into());
        let coordinate = |number: i64| bytes(entry(theirs, &number.into()));
        let theirs = PublicKey::from_sec1_bytes(&[&[4][..], &coordinate(-2), &coordinate(-3)].concat()).unwrap();
        let ours = SecretKey::from_slice(&keystead_directory::secret::random::<32>()).unwrap();
        let shared = ecdh::diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine());
        let point = ours.public_key().to_sec1_bytes();
        let point = if point.len() == 65 {
            point.to_vec()
        } else {
            use p256::elliptic_curve::sec1::ToSec1Point as _;
            ours.public_key().to_sec1_point(false).as_bytes().to_vec()
        };
        let key = Value::Map(vec![
            (1_u64.into(), 2_u64.into()),
            (3_u64.into(), (-25_i64).into()),
            ((-1_i64).into(), 1_u64.into()),
            ((-2_i64).into(), point[1..33].into()),
            ((-3_i64).into(), point[33..].into()),
        ]);
        (sha256(shared.raw_secret_bytes()), key)
    }

    /// Gives the PIN for signing in at this relying party: the token, or why not.
    pub async fn token(&mut self, pin: &str, relying_party: &str) -> Result<Vec<u8>, u8> {
        let (shared, key) = self.agree().await;
        let sealed = encrypt(&shared, &sha256(pin.as_bytes())[..16]);
        let parameters = map([
            (1_u64, 1_u64.into()),
            (2, 9_u64.into()),
            (3, key),
            (6, sealed.into()),
            (9, 3_u64.into()),
            (10, relying_party.into()),
        ]);
        let (status, answer) = self.cbor(CLIENT_PIN, Some(parameters)).await;
        if status != 0 {
            return Err(status);
        }
        Ok(decrypt(&shared, &bytes(entry(&answer, &2_u64.into()))))
    }

    /// Changes the PIN as any platform's dialog does: the status.
    pub async fn change_pin(&mut self, old: &str, new: &str) -> u8 {
        let (shared, key) = self.agree().await;
        let mut padded = new.as_bytes().to_vec();
        padded.resize(64, 0);
        let sealed = encrypt(&shared, &padded);
        let hash = encrypt(&shared, &sha256(old.as_bytes())[..16]);
        let proof = authenticate(&shared, &[&sealed[..], &hash].concat());
        let parameters = map([
            (1_u64, 1_u64.into()),
            (2, 4_u64.into()),
            (3, key),
            (4, proof.into()),
            (5, sealed.into()),
            (6, hash.into()),
        ]);
        self.cbor(CLIENT_PIN, Some(parameters)).await.0
    }

    /// Sets the first PIN: the status.
    pub async fn set_pin(&mut self, pin: &str) -> u8 {
        let (shared, key) = self.agree().await;
        let mut padded = pin.as_bytes().to_vec();
        padded.resize(64, 0);
        let sealed = encrypt(&shared, &padded);
        let proof = authenticate(&shared, &sealed);
        let parameters =
            map([(1_u64, 1_u64.into()), (2, 3_u64.into()), (3, key), (4, proof.into()), (5, sealed.into())]);
        self.cbor(CLIENT_PIN, Some(parameters)).await.0
    }

    /// Registers as a second factor, with a tap alone: the status.
    pub async fn register_without_pin(&mut self, uid: &[u8], relying_party: &str, account: &str) -> u8 {
        let algorithm = map([("alg", (-7_i64).into()), ("type", "public-key".into())]);
        let parameters = map([
            (1_u64, sha256(b"registration")[..].into()),
            (2, map([("id", relying_party.into())])),
            (3, map([("id", account.as_bytes().into()), ("name", account.into())])),
            (4, Value::Array(vec![algorithm])),
            (7, map([("rk", true.into())])),
        ]);
        self.cbor_with_tap(uid, MAKE_CREDENTIAL, parameters).await.0
    }

    /// Signs as a second factor, with a tap alone: the status.
    pub async fn second_factor(&mut self, uid: &[u8], relying_party: &str) -> u8 {
        let parameters = map([(1_u64, relying_party.into()), (2, sha256(b"sign-in")[..].into())]);
        self.cbor_with_tap(uid, GET_ASSERTION, parameters).await.0
    }

    /// How many wrong PINs are left.
    pub async fn tries_left(&mut self) -> u64 {
        let (status, answer) = self.cbor(CLIENT_PIN, Some(map([(2_u64, 1_u64.into())]))).await;
        assert_eq!(status, 0);
        let Value::Unsigned(left) = entry(&answer, &3_u64.into()) else { panic!("a number") };
        *left
    }

    /// Registers at a relying party with the PIN: the status, and the authenticator's data.
    pub async fn register(&mut self, uid: &[u8], pin: &str, relying_party: &str, account: &str) -> (u8, Vec<u8>) {
        let token = match self.token(pin, relying_party).await {
            Ok(token) => token,
            Err(status) => return (status, Vec::new()),
        };
        let client_data = sha256(b"registration");
        let algorithm = map([("alg", (-7_i64).into()), ("type", "public-key".into())]);
        let parameters = map([
            (1_u64, client_data[..].into()),
            (2, map([("id", relying_party.into())])),
            (3, map([("id", account.as_bytes().into()), ("name", account.into())])),
            (4, Value::Array(vec![algorithm])),
            (7, map([("rk", true.into())])),
            (8, authenticate(&token, &client_data).into()),
            (9, 1_u64.into()),
        ]);
        let (status, answer) = self.cbor_with_tap(uid, MAKE_CREDENTIAL, parameters).await;
        let data = if status == 0 { bytes(entry(&answer, &2_u64.into())) } else { Vec::new() };
        (status, data)
    }

    /// Signs in at a relying party with the PIN, without a user name: the status and the answer.
    pub async fn sign_in(&mut self, uid: &[u8], pin: &str, relying_party: &str) -> (u8, Value) {
        match self.token(pin, relying_party).await {
            Ok(token) => self.sign_in_with(uid, &token, relying_party).await,
            Err(status) => (status, Value::Map(Vec::new())),
        }
    }

    /// The same with a token that was given already.
    pub async fn sign_in_with(&mut self, uid: &[u8], token: &[u8], relying_party: &str) -> (u8, Value) {
        self.assertion(uid, token, relying_party, sha256(b"sign-in")).await
    }

    /// Answers request options (the `publicKey` member) as a browser beside this workstation does: an
    /// `AuthenticationResponseJSON`, or the status with which the card refused.
    pub async fn answer(&mut self, uid: &[u8], pin: &str, options: &Json, origin: &str) -> Result<Json, u8> {
        let relying_party = options["rpId"].as_str().unwrap();
        let client_data = json!({ "type": "webauthn.get", "challenge": options["challenge"], "origin": origin });
        let client_data = client_data.to_string();
        let token = self.token(pin, relying_party).await?;
        let (status, answer) = self.assertion(uid, &token, relying_party, sha256(client_data.as_bytes())).await;
        if status != 0 {
            return Err(status);
        }
        let part = |number: u64| URL_SAFE_NO_PAD.encode(bytes(entry(&answer, &number.into())));
        let named = |number: u64| URL_SAFE_NO_PAD.encode(bytes(entry(entry(&answer, &number.into()), &"id".into())));
        Ok(json!({
            "id": named(1), "rawId": named(1), "type": "public-key", "authenticatorAttachment": "cross-platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": part(2), "signature": part(3), "userHandle": named(4),
            },
        }))
    }

    async fn assertion(&mut self, uid: &[u8], token: &[u8], relying_party: &str, client_data: [u8; 32]) -> (u8, Value) {
        let parameters = map([
            (1_u64, relying_party.into()),
            (2, client_data[..].into()),
            (6, authenticate(token, &client_data).into()),
            (7, 1_u64.into()),
        ]);
        self.cbor_with_tap(uid, GET_ASSERTION, parameters).await
    }
}

fn read(answer: &FromServer) -> (u8, Value) {
    let FromServer::Reply { bytes: Bytes(bytes), .. } = answer else { panic!("an answer: {answer:?}") };
    let value = if bytes.len() > 1 { Value::read(&bytes[1..]).unwrap() } else { Value::Map(Vec::new()) };
    (bytes[0], value)
}

fn encrypt(key: &[u8; 32], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<Aes256>::new(&(*key).into(), &[0; 16].into()).encrypt_padded_vec::<NoPadding>(plain)
}

fn decrypt(key: &[u8; 32], sealed: &[u8]) -> Vec<u8> {
    cbc::Decryptor::<Aes256>::new(&(*key).into(), &[0; 16].into()).decrypt_padded_vec::<NoPadding>(sealed).unwrap()
}
