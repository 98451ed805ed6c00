//! Whom to believe.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use rustls_platform_verifier::Verifier;

/// Why certificates can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with further certificates is of no use.
    #[error("{path} holds no certificates that can be read: {reason}")]
    Authority {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system has none.
    #[error("This system's certificates can't be read: {0}. On Debian: apt-get install ca-certificates")]
    System(#[from] rustls::Error),
}

/// Judges servers as the workstation's other programs do, by the system's certificates; `authority` is a PEM file of
/// more.
///
/// # Errors
/// [`TlsError`].
pub fn client_config(authority: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let more = authority.map(certificates).transpose()?.unwrap_or_default();
    let verifier = Verifier::new_with_extra_roots(more, Arc::clone(&provider))?;
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unusable = |reason: String| TlsError::Authority { path: path.to_owned(), reason };
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?.collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(unusable("it is empty".into())),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unusable(error.to_string())),
    }
}
