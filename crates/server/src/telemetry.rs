//! Logs to standard error and numbers for Prometheus.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// The bounds of the request durations, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Begins to log as the configuration says. Standard output stays free for what commands print.
pub fn log(config: &Config) {
    let filter = EnvFilter::builder().parse_lossy(&config.log);
    // A log that nobody can read any more must not stop the server: the complaint about a failed write would
    // go to the same closed standard error, and panic.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    // A second start in one process (tests) keeps the first log.
    let _ = match config.log_format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).try_init(),
    };
}

/// The numbers of this process. The `metrics` crate has one recorder per process by its nature,
/// so there is one handle to it, however many applications the tests start.
pub fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let durations = Matcher::Suffix("_seconds".to_owned());
            let builder = PrometheusBuilder::new();
            let recorder = match builder.set_buckets_for_metric(durations, &BUCKETS) {
                Ok(builder) => builder.build_recorder(),
                Err(_) => PrometheusBuilder::new().build_recorder(),
            };
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another recorder of numbers is there already: /metrics stays empty");
            }
            describe();
            handle
        })
        .clone()
}

/// How many mails wait and how many were given up.
#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 mails")]
pub fn mails(queued: i64, given_up: i64) {
    metrics::gauge!("keystead_mails_queued").set(queued as f64);
    metrics::gauge!("keystead_mails_given_up").set(given_up as f64);
}

fn describe() {
    metrics::describe_counter!("keystead_http_requests_total", "Requests that were answered.");
    metrics::describe_histogram!("keystead_http_request_duration_seconds", "Time to the answer of a request.");
    metrics::describe_gauge!("keystead_mails_queued", "Mails that wait to be taken by the mail server.");
    metrics::describe_gauge!("keystead_mails_given_up", "Mails that were given up.");
    metrics::describe_gauge!("keystead_start_time_seconds", "When the process started, in Unix time.");
    metrics::gauge!("keystead_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a f64 for 280,000 years")]
    metrics::gauge!("keystead_start_time_seconds").set(keystead_directory::Timestamp::now().0 as f64 / 1000.0);
}
