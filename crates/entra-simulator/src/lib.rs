//! Microsoft's login and Graph, simulated: the endpoints that Keystead uses, with their paging,
//! their refusals and their bad days. For the tests, journeys and benchmarks of imports.
//!
//! - [`directory`] the tenant: people, groups, who is in them, what changed when
//! - [`login`] authorize, consent and tokens; [`graph`] reading; [`delta`] reading what changed
//! - [`faults`] what is to go wrong
//! - [`control`] all of that over HTTP, for programs that run beside it
//!
//! In a test: `let microsoft = Simulator::start().await;`, then [`Simulator::change`] and
//! [`Simulator::fault`]. As a program: `entra-simulator --listen 127.0.0.1:4000`.

pub mod assertion;
pub mod control;
pub mod delta;
pub mod directory;
pub mod faults;
pub mod graph;
pub mod login;
pub mod pages;

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::State,
    middleware,
    routing::{get, post},
};
use serde::Serialize;
use tokio::net::TcpListener;

pub use directory::{Directory, Size};
pub use faults::{Fault, Kind};

/// A request as it came.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its query.
    pub query: String,
    /// Whether it asked for `ConsistencyLevel: eventual`.
    pub eventual: bool,
}

/// What the simulator knows.
pub struct Inner {
    /// The tenant.
    pub directory: Directory,
    /// What is to go wrong, in order; the first that fits a request is used.
    pub faults: Vec<Fault>,
    /// The requests to login and Graph so far.
    pub requests: Vec<Recorded>,
    /// Requests under way, and the most there ever were at once.
    pub busy: (usize, usize),
    codes: HashMap<String, login::Code>,
    tokens: HashMap<String, login::Issued>,
    refresh: HashMap<String, bool>,
    chance: (RandomState, u64),
}

impl Inner {
    /// Text that nobody can guess.
    fn chance(&mut self, prefix: &str) -> String {
        self.chance.1 += 1;
        let hash = |half: u8| self.chance.0.hash_one((half, self.chance.1));
        format!("{prefix}{:016x}{:016x}", hash(0), hash(1))
    }
}

/// The state that all handlers share.
#[derive(Clone)]
pub struct Shared {
    /// `http://host:port`, which is login and Graph alike.
    pub base: String,
    inner: Arc<Mutex<Inner>>,
}

impl Shared {
    /// The state, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A simulator that runs until it is dropped.
pub struct Simulator {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Shared,
    server: tokio::task::JoinHandle<()>,
}

impl Simulator {
    /// Starts one on a free port of this machine, with a tenant without people.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        #[expect(clippy::expect_used, reason = "without a port there is no test")]
        Self::listen(free).await.expect("a free port")
    }

    /// Starts one on this address.
    ///
    /// # Errors
    /// When the address can't be listened on.
    pub async fn listen(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let inner = Inner {
            directory: Directory::default(),
            faults: Vec::new(),
            requests: Vec::new(),
            busy: (0, 0),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            refresh: HashMap::new(),
            chance: (RandomState::new(), 0),
        };
        let shared = Shared { base: format!("http://{address}"), inner: Arc::new(Mutex::new(inner)) };
        let router = router(shared.clone());
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, server })
    }

    /// `http://host:port`: the address of login and of Graph.
    pub fn url(&self) -> &str {
        &self.shared.base
    }

    /// Changes the tenant.
    pub fn change<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        change(&mut self.shared.lock().directory)
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.shared.lock().faults.push(fault);
    }

    /// Lets nothing go wrong any more.
    pub fn heal(&self) {
        self.shared.lock().faults.clear();
    }

    /// Makes every access token worthless.
    pub fn expire_tokens(&self) {
        self.shared.lock().tokens.clear();
    }

    /// Makes every refresh token worthless.
    pub fn revoke_refresh_tokens(&self) {
        self.shared.lock().refresh.values_mut().for_each(|alive| *alive = false);
    }

    /// An access token of the application, for a program that reads Graph beside Keystead.
    pub fn token(&self) -> String {
        login::issue(&mut self.shared.lock())
    }

    /// The requests whose path has this text in it.
    pub fn requests(&self, part: &str) -> Vec<Recorded> {
        let all = self.shared.lock();
        all.requests.iter().filter(|request| request.path.contains(part)).cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        let mut inner = self.shared.lock();
        inner.requests.clear();
        inner.busy.1 = inner.busy.0;
    }

    /// The most requests to Graph that were ever under way at once.
    pub fn most_at_once(&self) -> usize {
        self.shared.lock().busy.1
    }

    /// Runs until the listener fails.
    pub async fn run(mut self) {
        let _ = (&mut self.server).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(shared: Shared) -> Router {
    let microsoft = Router::new()
        .route("/{tenant}/oauth2/v2.0/authorize", get(login::authorize))
        .route("/{tenant}/oauth2/v2.0/token", post(login::token))
        .route("/{tenant}/v2.0/adminconsent", get(login::admin_consent))
        .route("/{tenant}/adminconsent", get(login::admin_consent))
        .route("/v1.0/organization", get(graph::organization))
        .route("/v1.0/users", get(graph::users))
        .route("/v1.0/users/delta", get(delta::users))
        .route("/v1.0/users/$count", get(graph::count_users))
        .route("/v1.0/groups", get(graph::groups))
        .route("/v1.0/groups/delta", get(delta::groups))
        .route("/v1.0/groups/$count", get(graph::count_groups))
        .route("/v1.0/groups/{id}", get(graph::group))
        .route("/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user", get(graph::transitive_members))
        .route("/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user/$count", get(graph::count_transitive_members))
        .fallback(async || graph::refusal(404, "Request_ResourceNotFound", "There is no such resource."))
        .layer(middleware::from_fn_with_state(shared.clone(), faults::layer));
    Router::new().nest("/control", control::router()).merge(microsoft).with_state(shared)
}

/// What handlers take.
pub type Sim = State<Shared>;
