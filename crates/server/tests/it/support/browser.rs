//! A browser with a security key: it keeps cookies, sends its origin and answers ceremonies.

use std::{collections::BTreeMap, net::SocketAddr};

use keystead::fido::software_authenticator::SoftwareAuthenticator;
use keystead_directory::{Timestamp, activations, actor::Actor};
use serde_json::{Value, json};

use super::{Answer, Request, TestApp};

/// See the module's description.
#[derive(Clone)]
pub struct Browser {
    address: SocketAddr,
    pub origin: String,
    pub cookies: BTreeMap<String, String>,
    pub key: SoftwareAuthenticator,
}

impl Browser {
    /// A browser without cookies, with a key of this name in its port.
    pub fn new(address: SocketAddr, origin: &str, key: &str) -> Self {
        let key = SoftwareAuthenticator::new(key);
        Self { address, origin: origin.to_owned(), cookies: BTreeMap::new(), key }
    }

    /// A request to a path below `/api/v1`, with the cookies of this browser.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(self.address, method, &format!("/api/v1{path}"), &self.origin);
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { request.header("origin", &self.origin) } else { request.browser(&cookies.join("; ")) }
    }

    /// Sends a request and keeps the cookies that come back.
    pub async fn send(&mut self, request: Request) -> Answer {
        let answer = request.send().await;
        for set in answer.headers.get("set-cookie").into_iter().flatten() {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.request("GET", path);
        self.send(request).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).json(body);
        self.send(request).await
    }

    pub async fn patch(&mut self, path: &str, body: &Value) -> Answer {
        let request = self.request("PATCH", path).json(body);
        self.send(request).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        let request = self.request("DELETE", path);
        self.send(request).await
    }

    /// Reads something that must be there.
    #[track_caller]
    pub fn read(&mut self, path: &str) -> impl Future<Output = Value> {
        let request = self.request("GET", path);
        let path = path.to_owned();
        async move {
            let answer = request.send().await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            answer.json()
        }
    }

    /// Posts something that must be taken.
    pub async fn take(&mut self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert!((200..300).contains(&answer.status), "{path}: {}", answer.text());
        answer.json()
    }

    /// The body that finishes a registration that `options` began.
    pub fn registered(&mut self, token: &str, options: &Value) -> Value {
        let credential = self.key.create(&options["publicKey"], &self.origin);
        json!({ "token": token, "ceremonyId": options["ceremonyId"], "credential": credential })
    }

    /// The body that finishes a sign-in or step-up that `options` began.
    pub fn signed(&mut self, options: &Value) -> Value {
        let credential = self.key.get(&options["publicKey"], &self.origin).expect("a credential of this server");
        json!({ "ceremonyId": options["ceremonyId"], "credential": credential })
    }

    /// Opens a registration link and registers the key.
    pub async fn register(&mut self, token: &str) -> Answer {
        let options = self.take("/registrations/options", &json!({ "token": token })).await;
        let body = self.registered(token, &options);
        self.post("/registrations/finish", &body).await
    }

    /// Signs in.
    pub async fn sign_in(&mut self) -> Answer {
        let options = self.take("/signin/options", &json!({})).await;
        let body = self.signed(&options);
        self.post("/signin/finish", &body).await
    }

    /// Touches the key again.
    pub async fn step_up(&mut self) -> Answer {
        let options = self.take("/session/step-up/options", &json!({})).await;
        let body = self.signed(&options);
        self.post("/session/step-up/finish", &body).await
    }

    /// Sets the installation up and is its owner afterwards.
    pub async fn set_up(&mut self, token: &str) -> Answer {
        let who = json!({
            "token": token, "organisationName": "Example", "email": "owner@example.com", "displayName": "Olga Owner",
        });
        let options = self.take("/setup/options", &who).await;
        let body = self.registered(token, &options);
        self.post("/setup/finish", &body).await
    }

    /// Adds a person with a hardware key; gives them and the token of their link.
    pub async fn add(&mut self, email: &str) -> (Value, String) {
        let body = json!({ "email": email, "key": { "kind": "hardwareKey" } });
        let answer = self.take("/users", &body).await;
        (answer["user"].clone(), token_of(&answer["registration"]["link"]))
    }

    /// Whether the session of this browser is good.
    pub async fn signed_in(&mut self) -> bool {
        let answer = self.get("/session").await;
        if answer.status != 200 {
            answer.problem(401, "unauthenticated");
        }
        answer.status == 200
    }
}

/// The secret in a link.
pub fn token_of(link: &Value) -> String {
    link.as_str().expect("a link").split_once('#').expect("a fragment").1.to_owned()
}

impl TestApp {
    /// A browser at this server, with a key of this name.
    pub fn browser(&self, key: &str) -> Browser {
        Browser::new(self.address, self.app.config.public_url.origin(), key)
    }

    /// The token of a fresh set-up link.
    pub async fn setup_token(&self) -> String {
        let mut tx = self.app.db.write(Timestamp::now()).await.unwrap();
        let (token, _) = activations::create_setup_link(&mut tx, &Actor::cli()).await.unwrap();
        tx.commit().await.unwrap();
        token.reveal().to_owned()
    }

    /// An owner who set the installation up with a key.
    pub async fn owner_browser(&self) -> Browser {
        let mut owner = self.browser("owner's key");
        let answer = owner.set_up(&self.setup_token().await).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        owner
    }

    /// A person whom `owner` adds, who registers a key and signs in with it.
    pub async fn joined(&self, owner: &mut Browser, name: &str) -> (Browser, Value) {
        let (user, token) = owner.add(&format!("{name}@example.com")).await;
        let mut browser = self.browser(name);
        let answer = browser.register(&token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = browser.sign_in().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (browser, user)
    }
}
