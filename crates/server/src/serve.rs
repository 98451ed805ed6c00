//! `keystead serve`: the listener, its deadlines, TLS, and the end on SIGTERM.

use std::{
    fs::{File, TryLockError},
    io::Write as _,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use axum_server::{Handle, tls_rustls::RustlsAcceptor, tls_rustls::RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use keystead_directory::{Error, Timestamp, activations, actor::Actor};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    app::App,
    cards,
    config::{Config, TlsFiles},
    connection::{HEADERS, WatchedAcceptor},
    entra, http, import, scim,
    worker::Worker,
};

/// What is in flight when the server is told to stop may take this long to finish.
const FAREWELL: Duration = Duration::from_secs(10);
/// Requests that one HTTP/2 connection may have open at once.
const STREAMS: u32 = 100;
/// How often the rate limits forget who is back at a full allowance.
const SWEEP: Duration = Duration::from_mins(1);

/// Runs the server until it is told to stop.
///
/// # Errors
/// Says what keeps it from starting and what to do.
pub async fn serve(config: Config, rp_id_may_change: bool) -> anyhow::Result<()> {
    // Many people may be connected at once; where the limit can't be raised, the usual one serves.
    let _ = rlimit::increase_nofile_limit(65_536);
    let _lock = config.sqlite_file().as_deref().map(lock).transpose()?;
    let tls = config.tls.as_ref().map(tls).transpose()?;
    let listener = listen(config.listen)?;
    let app = App::open(config, rp_id_may_change).await?;
    announce(&app, listener.local_addr()?).await?;

    let (stop, stopped) = watch::channel(false);
    let sweeper = tokio::spawn(sweep(app.clone(), stopped.clone()));
    let worker = Worker::new(app.db.clone(), app.sealer.clone(), app.mailer.clone(), app.bell.clone());
    let worker = tokio::spawn(worker.run(stopped.clone()));
    let importer = tokio::spawn(import::job::run(app.clone(), stopped.clone()));
    let scheduler = tokio::spawn(entra::schedule::run(app.clone(), stopped.clone()));
    let logger = tokio::spawn(scim::log::run(app.clone(), stopped.clone()));
    let revoker = tokio::spawn(cards::watch_changes(app.clone(), stopped));
    let handle = Handle::new();
    tokio::spawn(end_on_signal(app.clone(), handle.clone(), signals()?));
    let served = accept(listener, tls, handle, http::router(app.clone())).await;
    stop.send_replace(true);
    let _ = sweeper.await;
    let _ = importer.await;
    let _ = worker.await;
    let _ = scheduler.await;
    let _ = revoker.await;
    let _ = logger.await;
    app.db.close().await;
    tracing::info!("stopped");
    served
}

/// Takes the embedded database for this process alone. The lock ends with the process, however
/// it ends. Commands such as `api-key create` don't take it: they work while the server runs.
fn lock(database: &Path) -> anyhow::Result<File> {
    if let Some(folder) = database.parent() {
        crate::secret_key::ensure_folder(folder)?;
    }
    let path = database.with_extension("lock");
    let file = File::create(&path)
        .with_context(|| format!("{} can't be written: let this user write there", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "{} is served by another Keystead already. Stop that one, or give this one its own KEYSTEAD_DATA_DIR. Several \
             servers can share a PostgreSQL database (KEYSTEAD_DATABASE_URL).",
            database.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{} can't be locked", path.display())),
    }
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| {
        format!("KEYSTEAD_LISTEN: {address} can't be listened on: is another program using it? Stop that one or name another port")
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Reads the server's certificate.
fn tls(files: &TlsFiles) -> anyhow::Result<RustlsConfig> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .ok()
        .filter(|chain| !chain.is_empty())
        .with_context(|| {
            format!("KEYSTEAD_TLS_CERTIFICATE: {} holds no certificate in PEM form", files.certificate.display())
        })?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .ok()
        .with_context(|| format!("KEYSTEAD_TLS_KEY: {} holds no private key in PEM form", files.key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("KEYSTEAD_TLS_KEY: certificate and private key don't belong together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// Says where the server is and, while there is no owner, prints the one way in.
async fn announce(app: &App, address: SocketAddr) -> anyhow::Result<()> {
    tracing::info!(%address, public_url = %app.config.public_url, version = env!("CARGO_PKG_VERSION"), "listening");
    if let Some((link, expires_at)) = setup_link(app).await? {
        tracing::info!(%link, %expires_at, "setup link");
        show(&format!(
            "\nKeystead has no owner yet. Open this link to name your organisation and register your passkey.\n\
             It works once, until {expires_at}:\n\n    {link}\n"
        ));
    }
    Ok(())
}

/// A new set-up link, or none when there is an owner. Of several servers that start at once each
/// makes one; the last one lives.
async fn setup_link(app: &App) -> anyhow::Result<Option<(String, Timestamp)>> {
    if activations::is_set_up(&mut app.db.read().await?).await? {
        return Ok(None);
    }
    let mut tx = app.db.write(Timestamp::now()).await?;
    match activations::create_setup_link(&mut tx, &Actor::system()).await {
        Ok((token, expires_at)) => {
            tx.commit().await?;
            Ok(Some((app.config.public_url.link("/setup", token.reveal()), expires_at)))
        }
        Err(Error::IllegalState(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// People look for the set-up link on the terminal; where there is none, it is in the log.
fn show(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Answers on a listener until the task is dropped: the server without its process, for tests and
/// benchmarks.
///
/// # Errors
/// When the listener fails.
pub async fn run(listener: TcpListener, router: axum::Router) -> anyhow::Result<()> {
    listener.set_nonblocking(true)?;
    accept(listener, None, Handle::new(), router).await
}

async fn accept(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    router: axum::Router,
) -> anyhow::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle).acceptor(WatchedAcceptor);
    tune(server.http_builder());
    match tls {
        Some(tls) => server.map(|watched| RustlsAcceptor::new(tls).acceptor(watched)).serve(service).await?,
        None => server.serve(service).await?,
    }
    Ok(())
}

/// Limits of what one connection may ask for.
fn tune(builder: &mut hyper_util::server::conn::auto::Builder<TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 * 1024).max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
}

/// Listens for SIGTERM and SIGINT from now on.
fn signals() -> anyhow::Result<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)> {
    Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
}

/// Stops taking connections when told to, and lets what is in flight finish.
async fn end_on_signal(
    app: App,
    handle: Handle<SocketAddr>,
    (mut terminate, mut interrupt): (tokio::signal::unix::Signal, tokio::signal::unix::Signal),
) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!(connections = handle.connection_count(), "stopping: finishing what is in flight");
    // Links never end by themselves.
    app.links.close();
    handle.graceful_shutdown(Some(FAREWELL));
    // Whoever asks twice does not want to wait.
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    handle.shutdown();
}

async fn sweep(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = ticks.tick() => app.limits.sweep(),
            _ = stopped.changed() => return,
        }
    }
}
