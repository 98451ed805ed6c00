//! An empty database of its own for each test, people in it, and workers on it.

use std::sync::Arc;

use keystead_directory::{
    Db, Timestamp,
    activations::{self, NewLink, Purpose},
    activity::{self, ActivityFilter, Record},
    actor::Actor,
    alerts::{self, Alert},
    db::Options,
    ids::{ActivationId, MailId},
    mails::{self, Letter, MailContent, NewMail},
    page::PageRequest,
    secret::Sealer,
    sql,
    users::{self, NewUser, User},
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::{
    mail::{Mailer, sink::Sink},
    worker::Worker,
};

/// An empty installation.
pub struct House {
    pub db: Db,
    pub sealer: Sealer,
    options: Options,
    _folder: Option<tempfile::TempDir>,
}

/// A mail as it lies in the outbox.
#[derive(Debug, sqlx::FromRow)]
pub struct Stored {
    pub state: String,
    pub payload: Option<Vec<u8>>,
    pub attempts: i64,
    pub next_attempt_at: Timestamp,
    pub last_error: Option<String>,
    pub lease: Option<uuid::Uuid>,
}

/// A running worker.
pub struct Running {
    pub bell: Arc<Notify>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends the worker as the server's end does.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.expect("the worker ends well");
    }
}

impl House {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options::new(&format!("sqlite:{}", folder.path().join("keystead.db").display()));
        Self::open(options, Some(folder)).await
    }

    /// A schema of its own on the server of `TEST_POSTGRES_URL`.
    pub async fn postgres() -> Option<Self> {
        let server = std::env::var("TEST_POSTGRES_URL").ok()?;
        let schema = format!("test_{}", keystead_directory::ids::new_uuid().simple());
        let mut admin = PgConnection::connect(&server).await.expect("TEST_POSTGRES_URL answers");
        admin.execute(AssertSqlSafe(format!("create schema {schema}"))).await.expect("a schema");
        let mut url: url::Url = server.parse().expect("TEST_POSTGRES_URL is a URL");
        url.query_pairs_mut().append_pair("options[search_path]", &schema);
        let options = Options { url: url.to_string(), connections: 8 };
        Some(Self::open(options, None).await)
    }

    async fn open(options: Options, folder: Option<tempfile::TempDir>) -> Self {
        let db = Db::open(&options).await.expect("an empty database");
        Self { db, sealer: Sealer::new(&[7; 32]), options, _folder: folder }
    }

    /// The same database as another server sees it.
    pub async fn second_view(&self) -> Db {
        if self.options.url.starts_with("postgres") {
            Db::open(&self.options).await.expect("a second server")
        } else {
            self.db.clone()
        }
    }

    pub async fn person(&self, email: &str) -> User {
        let mut tx = self.db.write(Timestamp::now()).await.expect("a transaction");
        let user = users::create(&mut tx, &Actor::cli(), NewUser::local(email)).await.expect("a person");
        tx.commit().await.expect("committed");
        user
    }

    /// A registration mail to a person with an open link that lives for `hours`.
    pub async fn registration(&self, user: &User, hours: i64) -> (MailId, ActivationId) {
        let now = Timestamp::now();
        let mut tx = self.db.write(now).await.expect("a transaction");
        let expires_at = now.plus_hours(hours);
        let link = NewLink { purpose: Purpose::Register, user: Some(user.id), key: None, note: None, expires_at };
        let (activation, token) = activations::create(&mut tx, link).await.expect("a link");
        let content = MailContent::RegistrationLink {
            link: format!("https://keys.example.org/register#{}", token.reveal()),
            key_kind: keystead_directory::keys::KeyKind::HardwareKey,
            expires_at,
            note: None,
        };
        let id = mails::queue(&mut tx, &self.sealer, letter(&user.email, content, Some(user), Some(activation)))
            .await
            .expect("queued");
        tx.commit().await.expect("committed");
        (id, activation)
    }

    /// A mail without a link.
    pub async fn notice(&self, to: &str) -> MailId {
        let now = Timestamp::now();
        let mut tx = self.db.write(now).await.expect("a transaction");
        let mail = letter(to, MailContent::TestMail { at: now }, None, None);
        let id = mails::queue(&mut tx, &self.sealer, mail).await.expect("queued");
        tx.commit().await.expect("committed");
        id
    }

    pub async fn stored(&self, id: MailId) -> Stored {
        let mut conn = self.db.read().await.expect("a connection");
        conn.query(sql!("select state, payload, attempts, next_attempt_at, last_error, lease from mails where id = $1"))
            .bind(id)
            .one()
            .await
            .expect("the mail")
    }

    /// Waits until a mail is in a state.
    pub async fn wait_for(&self, id: MailId, done: impl Fn(&Stored) -> bool) -> Stored {
        for _ in 0..400 {
            let stored = self.stored(id).await;
            if done(&stored) {
                return stored;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("it never came to that: {:?}", self.stored(id).await);
    }

    /// Lets the next attempt of a mail be due now.
    pub async fn hurry(&self, id: MailId) {
        let mut tx = self.db.write(Timestamp::now()).await.expect("a transaction");
        tx.query(sql!("update mails set next_attempt_at = 0 where id = $1")).bind(id).execute().await.expect("hurried");
        tx.commit().await.expect("committed");
    }

    pub async fn alerts(&self) -> Vec<Alert> {
        let mut conn = self.db.read().await.expect("a connection");
        let page = PageRequest::new(None, None, None).expect("a page");
        alerts::list(&mut conn, &page).await.expect("the alerts").items
    }

    pub async fn activity(&self, action: &str) -> Vec<Record> {
        let mut conn = self.db.read().await.expect("a connection");
        let page = PageRequest::new(None, None, None).expect("a page");
        let filter = ActivityFilter { actions: vec![action.to_owned()], ..ActivityFilter::default() };
        activity::list(&mut conn, &filter, &page).await.expect("the activity").items
    }

    /// A worker that is not running yet.
    pub async fn worker(&self, sink: &Sink) -> Worker {
        let sender = "Keystead <keystead@example.org>".parse().expect("a sender");
        let mailer = Mailer::new(&sink.url(), sender, "https://keys.example.org").expect("a mailer");
        Worker::new(self.second_view().await, self.sealer.clone(), Some(Arc::new(mailer)), Arc::default())
    }

    pub async fn start(&self, sink: &Sink) -> Running {
        let worker = self.worker(sink).await;
        let (stop, stopped) = watch::channel(false);
        let bell = worker.bell.clone();
        Running { bell, stop, task: tokio::spawn(worker.run(stopped)) }
    }
}

pub fn letter(to: &str, content: MailContent, user: Option<&User>, activation: Option<ActivationId>) -> NewMail {
    let (organisation_name, recipient_name) = ("Example".to_owned(), "Jane Doe".to_owned());
    NewMail {
        to: to.to_owned(),
        letter: Letter { organisation_name, recipient_name, content },
        user_id: user.map(|user| user.id),
        activation_id: activation,
    }
}
