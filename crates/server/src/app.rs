//! The running application: what handlers reach by `State<App>`.

use std::{ops::Deref, sync::Arc};

use anyhow::Context as _;
use keystead_directory::{Db, Timestamp, Tx, db::Options, secret::Sealer, settings};
use metrics_exporter_prometheus::PrometheusHandle;

use tokio::sync::Notify;

use crate::{
    cards::{Links, Vault},
    config::Config,
    entra::Entra,
    fido::Fido,
    http::limits::Limits,
    mail::Mailer,
    scim, secret_key, telemetry,
};

/// Everything that a request may need; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// The checked configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Seals what must not lie open in the database.
    pub sealer: Sealer,
    /// Seals what cards hold.
    pub vault: Vault,
    /// The agents that are connected to this server.
    pub links: Links,
    /// The rate limits of this server.
    pub limits: Limits,
    /// The numbers of this process.
    pub metrics: PrometheusHandle,
    /// The relying party.
    pub fido: Fido,
    /// What requests to Microsoft Entra ID share.
    pub entra: Entra,
    /// The mail server; none when none is configured.
    pub mailer: Option<Arc<Mailer>>,
    /// What SCIM clients asked for and is not written yet.
    pub scim_log: scim::log::Log,
    /// Rung when a mail was written, so that it leaves at once.
    pub bell: Arc<Notify>,
    /// Rung when an import has work to do, so that it begins at once.
    pub import_bell: Arc<Notify>,
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens the data folder, the secret key and the database, and brings the database to this
    /// program's schema. The server and every command begin with it; they may run side by side.
    ///
    /// # Errors
    /// Says which part can't be opened and what to do.
    pub async fn open(config: Config, rp_id_may_change: bool) -> anyhow::Result<Self> {
        if let Some(folder) = config.sqlite_file().as_deref().and_then(std::path::Path::parent) {
            secret_key::ensure_folder(folder)?;
        }
        if let Some(folder) = config.secret_key_file.parent() {
            secret_key::ensure_folder(folder)?;
        }
        let sealer = Sealer::new(&secret_key::read_or_create(secret_key::SECRET, &config.secret_key_file)?);
        if let Some(folder) = config.vault_key_file.parent() {
            secret_key::ensure_folder(folder)?;
        }
        let vault = Vault::new(&secret_key::read_or_create(secret_key::VAULT, &config.vault_key_file)?)?;
        let db = Db::open(&Options::new(&config.database_url))
            .await
            .context("KEYSTEAD_DATABASE_URL: the database can't be opened")?;
        let mut tx = db.write(Timestamp::now()).await?;
        settings::bind_installation(&mut tx, sealer.key_check(), config.public_url.host(), rp_id_may_change).await?;
        settings::bind_vault(&mut tx, vault.check()).await?;
        tx.commit().await?;
        let metrics = telemetry::metrics();
        let fido = Fido::new(&config.public_url.url()?).context("KEYSTEAD_PUBLIC_URL")?;
        let mailer = Mailer::of(&config)?.map(Arc::new);
        let (bell, import_bell) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let limits = Limits::new(config.rate_limit);
        let scim_log = scim::log::Log::default();
        let entra = Entra::new(config.patience.clone())?;
        Ok(Self(Arc::new(Parts {
            config,
            db,
            sealer,
            vault,
            links: Links::default(),
            limits,
            metrics,
            fido,
            entra,
            mailer,
            scim_log,
            bell,
            import_bell,
        })))
    }

    /// Commits a use case that may have written mails, and only then wakes who sends them: before
    /// the commit there is nothing to find.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(&self, tx: Tx) -> keystead_directory::Result<()> {
        tx.commit().await?;
        self.bell.notify_one();
        Ok(())
    }

    /// Whether the database answers at all.
    ///
    /// # Errors
    /// What the database said.
    pub async fn database_answers(&self) -> keystead_directory::Result<()> {
        let mut conn = self.db.read().await?;
        settings::get(&mut conn).await.map(drop)
    }
}
