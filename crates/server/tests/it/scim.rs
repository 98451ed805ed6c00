//! SCIM, as clients call it.

mod crash;
mod entra;
mod filters;
mod hostile;
mod log;
mod oauth;
mod panel;
mod races;
mod rfc;
mod roles;
mod tokens;
mod trust;

use keystead_directory::{Timestamp, actor::Actor, scim};
use serde_json::{Value, json};

use crate::support::{Answer, Request, TestApp};

/// A server with a client that holds a token.
pub struct Desk {
    pub app: TestApp,
    pub token: String,
}

impl Desk {
    pub async fn start() -> Self {
        let app = TestApp::start().await;
        let token = token(&app, "Entra ID", &[]).await;
        Self { app, token }
    }

    /// A request below the base, as Entra ID sends it.
    pub fn request(&self, method: &str, path: &str) -> Request {
        self.app.request(method, &format!("/api/scim/v2{path}")).bearer(&self.token)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.request(method, path)
            .header("content-type", "application/scim+json; charset=utf-8")
            .body(body.to_string().as_bytes())
            .send()
            .await
    }

    /// Adds a person and gives the resource.
    pub async fn person(&self, body: &Value) -> Value {
        let answer = self.send("POST", "/Users", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// A person known by one name.
    pub async fn named(&self, name: &str) -> String {
        id(&self.person(&json!({ "userName": name })).await).to_owned()
    }

    /// Adds a group and gives its id.
    pub async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let answer = self.send("POST", "/Groups", &json!({ "displayName": name, "members": members })).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        id(&answer.json()).to_owned()
    }

    /// Sends operations and gives the answer.
    pub async fn patch(&self, path: &str, operations: &str) -> Answer {
        let body =
            format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operations}]}}"#);
        self.request("PATCH", path).header("content-type", "application/scim+json").body(body.as_bytes()).send().await
    }

    /// The ids in a group, in order.
    pub async fn members(&self, group: &str) -> Vec<String> {
        let answer = self.get(&format!("/Groups/{group}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut ids: Vec<String> =
            answer.json()["members"].as_array().into_iter().flatten().map(|one| text(&one["value"])).collect();
        ids.sort();
        ids
    }

    /// The ids that a filter finds.
    pub async fn found(&self, kind: &str, filter: &str) -> Vec<String> {
        let answer = self.get(&format!("/{kind}?filter={}", encoded(filter))).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.text());
        let list = answer.json();
        assert_eq!(list["totalResults"], list["Resources"].as_array().unwrap().len(), "{filter}");
        list["Resources"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
    }
}

/// A living token.
pub async fn token(app: &TestApp, name: &str, networks: &[String]) -> String {
    let mut tx = app.app.db.write(Timestamp::now()).await.unwrap();
    let (_, secret) = scim::tokens::create(&mut tx, &Actor::cli(), name, 30, networks).await.unwrap();
    tx.commit().await.unwrap();
    secret.reveal().to_owned()
}

pub fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A query value as forms write it.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Checks that this is a SCIM error of this status and, if one is named, of this type.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, scim_type: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/scim+json");
    let message = answer.json();
    assert_eq!(message["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(message["status"], status.to_string());
    assert_eq!(message["scimType"].as_str().unwrap_or_default(), scim_type, "{message}");
    assert!(message["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{message}");
}
