//! What every test stands on: a running server, people to act as, and a client.

mod browser;
mod client;
pub mod entra;
mod postgres;
pub mod workstation;

use std::net::SocketAddr;

use keystead::{
    app::App,
    config::Config,
    http::{self, layers::Deadlines},
    serve,
};
use keystead_directory::{
    Timestamp, activations,
    activations::Setup,
    actor::Actor,
    api_keys,
    credentials::{self, NewCredential},
    groups::{self, NewGroup},
    ids::UserId,
    keys::{KeyKind, KeyState},
    roles::Role,
    sessions,
    users::{self, NewUser, User},
};

pub use browser::{Browser, token_of};
pub use client::{Answer, Request, read_answer};

/// A server that runs in this process until it is dropped.
pub struct TestApp {
    pub app: App,
    pub address: SocketAddr,
    server: tokio::task::JoinHandle<anyhow::Result<()>>,
    _folder: tempfile::TempDir,
    _database: Option<postgres::Database>,
}

/// A person who is signed in, with the cookie of their session.
pub struct Persona {
    pub user: User,
    pub cookie: String,
}

impl TestApp {
    /// Starts a server with an empty database.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with more configuration, by key.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_from(settings, Deadlines::default(), |_| {}).await
    }

    /// The same with other deadlines.
    pub async fn start_within(settings: &[(&str, &str)], deadlines: Deadlines) -> Self {
        Self::start_from(settings, deadlines, |_| {}).await
    }

    /// The same, with what no key of the configuration sets.
    pub async fn start_adjusted(settings: &[(&str, &str)], adjust: impl FnOnce(&mut Config)) -> Self {
        Self::start_from(settings, Deadlines::default(), adjust).await
    }

    async fn start_from(settings: &[(&str, &str)], deadlines: Deadlines, adjust: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = postgres::Database::create().await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut values = std::collections::BTreeMap::from([
            ("data_dir".to_owned(), folder.path().to_str().unwrap().to_owned()),
            ("listen".to_owned(), address.to_string()),
        ]);
        if let Some(database) = &database {
            values.insert("database_url".to_owned(), database.url.clone());
        }
        values.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut config = Config::from_sources(None, std::collections::BTreeMap::new(), values).unwrap();
        adjust(&mut config);
        let app = App::open(config, false).await.unwrap();
        let server = tokio::spawn(serve::run(listener, http::router_within(app.clone(), deadlines)));
        Self { app, address, server, _folder: folder, _database: database }
    }

    /// A request to a path, to be completed and sent.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path, self.app.config.public_url.origin())
    }

    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str, body: &serde_json::Value) -> Request {
        self.request("POST", path).json(body)
    }

    /// A fresh API key with this role.
    pub async fn api_key(&self, role: Role) -> String {
        let mut tx = self.app.db.write(Timestamp::now()).await.unwrap();
        let (_, token) = api_keys::create(&mut tx, &Actor::cli(), "test", role, 1).await.unwrap();
        tx.commit().await.unwrap();
        token.reveal().to_owned()
    }

    /// Sets the installation up and signs its first owner in.
    pub async fn owner(&self) -> Persona {
        let mut tx = self.app.db.write(Timestamp::now()).await.unwrap();
        let (link, _) = activations::create_setup_link(&mut tx, &Actor::cli()).await.unwrap();
        let setup = Setup {
            organisation_name: "Example".to_owned(),
            email: "owner@example.com".to_owned(),
            display_name: "Olga Owner".to_owned(),
        };
        let credential = credential();
        let id = credential.credential_id.clone();
        let (user, _) = activations::complete_setup(
            &mut tx,
            &Actor::cli(),
            &link,
            setup,
            UserId::new(),
            KeyKind::Platform,
            credential,
        )
        .await
        .unwrap();
        let persona = self.sign_in(&mut tx, user, &id).await;
        tx.commit().await.unwrap();
        persona
    }

    /// A signed-in person with this role, given by a group of its own.
    pub async fn person(&self, role: Role) -> Persona {
        let mut tx = self.app.db.write(Timestamp::now()).await.unwrap();
        let tag = UserId::new();
        let user = users::create(&mut tx, &Actor::cli(), NewUser::local(&format!("{tag}@example.com"))).await.unwrap();
        if role != Role::Member {
            let new = NewGroup { name: format!("{role:?} {tag}"), role: Some(role), ..NewGroup::default() };
            let group = groups::create(&mut tx, &Actor::cli(), new).await.unwrap();
            groups::join(&mut tx, &Actor::cli(), &user, &[group.id]).await.unwrap();
        }
        let credential = credential();
        let id = credential.credential_id.clone();
        let link = activations::NewLink {
            purpose: activations::Purpose::Recover,
            user: Some(user.id),
            key: None,
            note: None,
            expires_at: tx.now().plus_hours(1),
        };
        let (_, token) = activations::create(&mut tx, link).await.unwrap();
        activations::complete(&mut tx, &Actor::cli(), &token, KeyKind::HardwareKey, credential).await.unwrap();
        let persona = self.sign_in(&mut tx, user, &id).await;
        tx.commit().await.unwrap();
        persona
    }

    async fn sign_in(&self, tx: &mut keystead_directory::Tx, user: User, credential: &[u8]) -> Persona {
        let credential = credentials::find(tx, credential).await.unwrap().unwrap();
        assert_eq!(credential.key_state, KeyState::Active);
        let (token, _) = sessions::open(tx, &Actor::system(), &user, &credential).await.unwrap();
        let set = http::cookies::Cookie::Session.set(token.reveal(), 60, &self.app.config.public_url);
        let cookie = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        Persona { user, cookie }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A credential that no authenticator has; enough for everything but signing in with it.
fn credential() -> NewCredential {
    NewCredential {
        credential_id: keystead_directory::secret::random::<32>().to_vec(),
        record: "{}".to_owned(),
        aaguid: None,
        model: None,
        transports: vec!["usb".to_owned()],
        backup_eligible: false,
        backed_up: false,
        attestation_format: "none".to_owned(),
        algorithm: "ES256".to_owned(),
        sign_count: 0,
        ip: None,
        user_agent: None,
    }
}
