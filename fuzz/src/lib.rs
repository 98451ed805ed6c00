//! Every parser of what strangers send, each as a function of bytes: the fuzz targets call them,
//! and so does a test of the server on the seeds, without a fuzzer.
//!
//! A function fails by panicking: the parser panicked, or took something it must not. Answers of a
//! mail server are read by lettre, not here.

use std::{collections::BTreeMap, sync::OnceLock};

use axum::{
    body::Body,
    extract::{FromRequest as _, FromRequestParts as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use keystead::{
    api::{keys::KeysQuery, users::change::UpdateUser},
    config::{Config, Network, keys::KEYS},
    fido::{
        AuthenticationState, CredentialRecord, Fido, Hint, NewCredential, Policy, RegistrationState,
        ceremony::Ceremony, identify, software_authenticator::SoftwareAuthenticator,
    },
    http::{
        client::Client,
        cookies::Cookie,
        etag::{IdempotencyKey, IfMatch},
        extract::{Json, Query},
        origin,
    },
    import::csv::{
        Unreadable,
        decode::EncodingDetector,
        preview::{Head, preview, proposed},
        read::Reader,
    },
};
use keystead_directory::{
    imports::CsvOptions,
    names,
    page::{Cursor, Of},
    secret::{Sealer, Token},
    users::NewUser,
};
use serde_cbor_2::Value as Cbor;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("attestation", attestation),
    ("body", body),
    ("client_data", client_data),
    ("configuration", configuration),
    ("credential", credential),
    ("csv", csv),
    ("cursor", cursor),
    ("headers", headers),
    ("profile", profile),
    ("search", search),
    ("token", token),
];

/// A CSV file: recognised, shown and read, whole and in pieces whose length its last byte tells.
pub fn csv(bytes: &[u8]) {
    let mut detector = EncodingDetector::default();
    detector.feed(bytes);
    let Ok(encoding) = detector.finish() else { return };
    let head = Head::read(bytes, true, encoding);
    let Ok(delimiter) = head.delimiter() else { return };
    let Ok(sample) = head.sample(delimiter) else { return };
    let header = sample.has_header();
    let options = CsvOptions { encoding, delimiter, header, columns: proposed(&sample, header) };
    let shown = preview(&sample, &options);
    assert!(shown.rows.len() <= 10, "a preview of {} rows", shown.rows.len());
    let read = |piece: usize| {
        let mut reader = Reader::new(&options, 1000);
        let mut rows = Vec::new();
        for piece in bytes.chunks(piece) {
            rows.extend(reader.feed(piece)?);
        }
        rows.extend(reader.finish()?);
        Ok::<_, Unreadable>(rows)
    };
    let piece = usize::from(bytes.last().copied().unwrap_or(0)).max(1);
    assert_eq!(read(bytes.len().max(1)), read(piece));
}

/// A page's cursor, as text and as what is inside of it.
pub fn cursor(bytes: &[u8]) {
    let texts = [String::from_utf8_lossy(bytes).into_owned(), URL_SAFE_NO_PAD.encode(bytes)];
    for text in texts {
        for of in [Of::Numbers, Of::Texts] {
            if let Ok(cursor) = Cursor::from_text(&text, "name", of) {
                assert_eq!(Cursor::from_text(&cursor.to_text(), "name", of).ok(), Some(cursor));
            }
        }
    }
}

/// Words of a search, and the words that a person is found by.
pub fn search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let key = names::folded(&text);
    let (terms, words) = (names::terms(&key, &[&text]), names::search_words(&text));
    assert!(terms.len() <= 64 && words.len() <= 8);
    for term in terms.iter().chain(&words) {
        // One more for the mark before an address.
        assert!(!term.is_empty() && term.chars().count() <= 101, "{term:?}");
    }
    // As many as are surely kept all: whoever has the name is found by it.
    if text.chars().count() <= 20 {
        for word in &words {
            let (begin, end) = names::term_range(word);
            let found = key.starts_with(word.as_str()) || terms.iter().any(|term| *term >= begin && *term < end);
            assert!(found, "{word:?} in {terms:?}");
        }
    }
    let _ = names::asked_words(Some(&text));
    let _ = names::anywhere(&text);
    let _ = names::key(&text);
}

/// A person's fields, one to a line.
pub fn profile(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n').map(str::to_owned);
    let mut new = NewUser::local(&lines.next().unwrap_or_default());
    if let Ok(address) = names::email("email", &new.email) {
        assert_eq!(names::email("email", &address).as_ref(), Ok(&address));
        let (local, domain) = address.rsplit_once('@').expect("an address has an @");
        assert!(!local.is_empty() && !domain.is_empty() && !address.chars().any(|c| c.is_control() || c == ','));
    }
    new.user_name = lines.next();
    new.display_name = lines.next();
    new.phone = lines.next();
    new.preferred_language = lines.next();
    new.given_name = lines.next();
    new.family_name = lines.next();
    let _ = new.check();
    let _ = names::optional_text("note", Some(&text), 2000);
}

/// Values of the configuration, a key with its value to a line; files are not read.
pub fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let values: BTreeMap<String, String> = pairs
        .filter(|(name, _)| KEYS.iter().any(|key| key.name == *name && !key.allowed.contains("readable")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    match Config::from_sources(None, BTreeMap::new(), values) {
        Ok(config) => assert!(config.public_url.url().is_ok(), "{}", config.public_url),
        Err(error) => assert!(error.to_string().starts_with("KEYSTEAD_"), "{error}"),
    }
}

/// The headers that decide something, one to a line; behind them the query.
pub fn headers(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut uri = http::Uri::from_static("/");
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            uri = format!("/?{}", String::from_utf8_lossy(line)).parse().unwrap_or(uri);
            continue;
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let everyone: [Network; 2] = ["0.0.0.0/0", "::/0"].map(|text| text.parse().expect("a network"));
    let public_url = "https://keys.example.com".parse().expect("an origin");
    let _ = origin::check(&Method::POST, &headers, &public_url);
    for cookie in [Cookie::Session, Cookie::Ceremony] {
        if let Some(value) = cookie.read(&headers, &public_url) {
            assert!(!value.is_empty() && !value.contains(';'));
            let _ = cookie.set(&value, 60, &public_url);
        }
    }
    let (mut parts, ()) = Request::new(()).into_parts();
    (parts.headers, parts.uri) = (headers, uri);
    let _ = Client::of(&parts.extensions, &parts.headers, &everyone);
    let IfMatch(version) =
        IfMatch::from_request_parts(&mut parts, &()).now_or_never().expect("no waiting").expect("any");
    assert!(version.is_none_or(|_| parts.headers.contains_key(http::header::IF_MATCH)));
    let refused = [
        IdempotencyKey::from_request_parts(&mut parts, &()).now_or_never().expect("no waiting").err(),
        Query::<KeysQuery>::from_request_parts(&mut parts, &()).now_or_never().expect("no waiting").err(),
    ];
    for problem in refused.into_iter().flatten() {
        assert!(problem.status().is_client_error());
    }
}

/// A body of JSON, read as an endpoint reads it.
pub fn body(bytes: &[u8]) {
    // Its deadline asks for a clock.
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let request = Request::post("/").header("content-type", "application/json").body(Body::from(bytes.to_vec()));
    let runtime = RUNTIME.get_or_init(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));
    let _inside = runtime.enter();
    let read = Json::<UpdateUser>::from_request(request.expect("a request"), &()).now_or_never();
    if let Err(problem) = read.expect("a body that is there is not waited for") {
        assert!(problem.status().is_client_error());
        assert!(problem.errors().iter().all(|error| !error.message.is_empty()));
    }
}

/// A token of a link or cookie, and sealed bytes that come back from a browser.
pub fn token(bytes: &[u8]) {
    let token = Token::presented(&String::from_utf8_lossy(bytes));
    assert!(token.reveal().chars().count() <= 128 && token.hash().len() == 32);
    assert!(Sealer::new(&[7; 32]).open("ceremony/sign-in", bytes).is_err(), "a forged seal opens");
    let _ = Ceremony::from_bytes(bytes);
}

/// A server that asked for a new key and for a known one.
struct Desk {
    fido: Fido,
    registration: RegistrationState,
    authentication: AuthenticationState,
    /// The known key.
    record: CredentialRecord,
    /// The answer that registered a key: its parts are replaced by the fuzzer's.
    registered: Value,
    /// The answer that signed in with it.
    signed: Value,
}

const PERSON: Uuid = Uuid::from_u128(0x4b45_5953_5445_4144);

/// Asked once: a challenge is random, and nothing here depends on which it is.
fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        const ORIGIN: &str = "https://keys.example.com";
        let fido = Fido::new(&ORIGIN.parse().expect("an address")).expect("a relying party");
        let new = NewCredential {
            organisation_name: "Example",
            user: PERSON,
            name: "jane@example.com",
            display_name: "Jane Doe",
            exclude: &[],
            hint: Hint::SecurityKey,
        };
        let (options, registration) = fido.start_registration(&new, &Policy::default()).expect("a challenge");
        let mut authenticator = SoftwareAuthenticator::new("fuzz");
        let registered = authenticator.create(&options, ORIGIN);
        let record =
            fido.finish_registration(&registration, &registered, &Policy::default()).expect("a credential").record;
        let (options, authentication) = fido.start_authentication(Hint::None).expect("a challenge");
        let signed = authenticator.get(&options, ORIGIN).expect("a credential of this server");
        Desk { fido, registration, authentication, record, registered, signed }
    })
}

impl Desk {
    fn register(&self, credential: &Value) -> bool {
        self.fido.finish_registration(&self.registration, credential, &Policy::default()).is_ok()
    }

    fn sign_in(&self, credential: &Value) -> bool {
        let _ = identify(credential);
        self.fido.finish_authentication(&self.authentication, credential, &self.record, PERSON).is_ok()
    }
}

/// An answer with one member replaced.
fn with(answer: &Value, member: &str, bytes: &[u8]) -> Value {
    let mut answer = answer.clone();
    answer["response"][member] = json!(URL_SAFE_NO_PAD.encode(bytes));
    answer
}

/// The whole answer of a browser.
pub fn credential(bytes: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(bytes) else { return };
    assert!(!desk().register(&answer) && !desk().sign_in(&answer), "an answer to no question is believed");
}

/// An attestation object, and authenticator data in it and in an assertion.
pub fn attestation(bytes: &[u8]) {
    let desk = desk();
    desk.register(&with(&desk.registered, "attestationObject", bytes));
    let text = |text: &str| Cbor::Text(text.to_owned());
    let object = Cbor::Map(BTreeMap::from([
        (text("fmt"), text("none")),
        (text("attStmt"), Cbor::Map(BTreeMap::new())),
        (text("authData"), Cbor::Bytes(bytes.to_vec())),
    ]));
    let object = serde_cbor_2::to_vec(&object).expect("CBOR");
    desk.register(&with(&desk.registered, "attestationObject", &object));
    let changed = with(&desk.signed, "authenticatorData", bytes);
    assert!(changed == desk.signed || !desk.sign_in(&changed), "unsigned data is believed");
}

/// What the browser says of the page.
pub fn client_data(bytes: &[u8]) {
    let desk = desk();
    assert!(!desk.register(&with(&desk.registered, "clientDataJSON", bytes)), "another page's answer is believed");
    assert!(!desk.sign_in(&with(&desk.signed, "clientDataJSON", bytes)), "unsigned client data is believed");
}
