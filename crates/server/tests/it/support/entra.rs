//! A server that is connected to a simulated Microsoft.

use std::time::Duration;

use entra_simulator::Simulator;
use keystead::{config::Config, entra::Patience, import::job};
use keystead_directory::users::UserFilter;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Answer, Persona, Request, TestApp};

/// Deadlines that a test can wait for.
pub fn quick() -> Patience {
    Patience {
        attempts: 3,
        backoff: Duration::from_millis(5),
        longest_backoff: Duration::from_millis(20),
        unsaid_pause: Duration::from_millis(40),
        page_bytes: 1024 * 1024,
        pages: 200,
        ..Patience::default()
    }
}

/// A server, its owner, and Microsoft.
pub struct Connected {
    pub app: TestApp,
    pub owner: Persona,
    pub microsoft: Simulator,
    _stop: watch::Sender<bool>,
}

impl Connected {
    /// Connected and authorized by admin consent.
    pub async fn start() -> Self {
        Self::start_with(quick()).await
    }

    /// The same with other deadlines.
    pub async fn start_with(patience: Patience) -> Self {
        let connected = Self::unauthorized(patience).await;
        let connection = connected.authorize("adminConsent").await;
        assert_eq!(connection["state"], "working", "{connection}");
        connected
    }

    /// Entered, but not authorized.
    pub async fn unauthorized(patience: Patience) -> Self {
        let adjust = |config: &mut Config| config.patience = patience;
        let app = TestApp::start_adjusted(&[], adjust).await;
        let (owner, microsoft) = (app.owner().await, Simulator::start().await);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(job::run(app.app.clone(), stopped));
        let connected = Self { app, owner, microsoft, _stop: stop };
        let answer = connected.put(&connected.entered()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        connected
    }

    /// What an administrator enters.
    pub fn entered(&self) -> Value {
        let (tenant, client) =
            self.microsoft.change(|tenant| (tenant.tenant_id.clone(), tenant.application.client_id.clone()));
        json!({ "tenant": tenant, "clientId": client, "cloud": "custom", "loginUrl": self.microsoft.url(),
            "graphUrl": self.microsoft.url(), "secret": "simulated-secret" })
    }

    pub async fn put(&self, body: &Value) -> Answer {
        self.app.request("PUT", "/api/v1/integrations/entra").browser(&self.owner.cookie).json(body).send().await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.app.get(&format!("/api/v1{path}")).browser(&self.owner.cookie).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.app.post(&format!("/api/v1{path}"), body).browser(&self.owner.cookie).send().await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        let path = format!("/api/v1{path}");
        self.app.request("PATCH", &path).browser(&self.owner.cookie).json(body).send().await
    }

    /// Goes to Microsoft's consent and comes back with what it says.
    pub async fn consent(&self, way: &str) -> Value {
        let begun = self.post("/integrations/entra/authorize", &json!({ "way": way })).await;
        assert_eq!(begun.status, 200, "{}", begun.text());
        let url: url::Url = begun.json()["url"].as_str().unwrap().parse().unwrap();
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        let page = Request::new(self.microsoft.address, "GET", &path, "").send().await;
        assert_eq!(page.status, 303, "{}", page.text());
        let back: url::Url = page.header("location").parse().unwrap();
        assert!(back.as_str().starts_with(&format!("{}/integrations/entra/callback?", self.app.app.config.public_url)));
        let mut said = json!({});
        for (name, value) in back.query_pairs() {
            match name.as_ref() {
                "admin_consent" => said["adminConsent"] = json!(value == "True"),
                "error_description" => said["errorDescription"] = json!(value),
                "state" | "code" | "tenant" | "error" => said[name.as_ref()] = json!(value),
                _ => {}
            }
        }
        said
    }

    pub async fn finish(&self, said: &Value) -> Answer {
        self.post("/integrations/entra/authorize/finish", said).await
    }

    /// There and back; answers the connection.
    pub async fn authorize(&self, way: &str) -> Value {
        let said = self.consent(way).await;
        let answer = self.finish(&said).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Begins an import and waits until it has been planned or has failed.
    pub async fn import(&self, entra: Value) -> Value {
        let id = self.begin(entra).await;
        self.until(&id, |import| import["state"] != "reading" && import["state"] != "planning").await
    }

    /// Begins an import; answers its id.
    pub async fn begin(&self, entra: Value) -> String {
        let begun = self.post("/imports", &json!({ "source": "entra" })).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let id = begun.json()["id"].as_str().unwrap().to_owned();
        let set = self.patch(&format!("/imports/{id}"), &json!({ "entra": entra })).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let planned = self.post(&format!("/imports/{id}/plan"), &json!({})).await;
        assert_eq!(planned.status, 202, "{}", planned.text());
        id
    }

    /// Waits until this is true of an import.
    pub async fn until(&self, id: &str, is: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1200 {
            let import = self.get(&format!("/imports/{id}")).await.json();
            if is(&import) {
                return import;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the import stays: {}", self.get(&format!("/imports/{id}")).await.text());
    }

    /// Confirms a plan and waits for the end.
    pub async fn confirm(&self, import: &Value) -> Value {
        let id = import["id"].as_str().unwrap();
        let confirmed = self.post(&format!("/imports/{id}/confirm"), &json!({})).await;
        assert_eq!(confirmed.status, 202, "{}", confirmed.text());
        self.until(id, |import| import["state"] == "finished" || import["state"] == "failed").await
    }

    /// The rows of an import.
    pub async fn rows(&self, import: &Value) -> Vec<Value> {
        let id = import["id"].as_str().unwrap();
        let rows = self.get(&format!("/imports/{id}/rows?limit=200")).await.json();
        rows["items"].as_array().unwrap().clone()
    }

    /// How many people there are here.
    pub async fn people(&self) -> i64 {
        let mut conn = self.app.app.db.read().await.unwrap();
        keystead_directory::users::count(&mut conn, &UserFilter::default()).await.unwrap().0
    }
}
