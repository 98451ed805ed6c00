//! How anything is fetched from Microsoft: within a time and a size, without following redirects.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};

use super::Patience;

/// Bytes that a refusal may have; what is longer is cut.
const REFUSAL_BYTES: usize = 64 * 1024;

/// An HTTP client with limits.
pub struct Wire {
    client: reqwest::Client,
    /// The deadlines.
    pub patience: Patience,
}

/// A complete answer.
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its whole body; of a refusal at most its beginning.
    pub body: Vec<u8>,
}

/// Why there was no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Nobody there, the name unknown, or TLS refused.
    Unreachable,
    /// It broke off.
    BrokeOff,
    /// It did not come, or not to its end, in time.
    TooSlow,
    /// It has more bytes than are taken.
    TooLarge,
}

impl Wire {
    /// A client with these limits, which trusts the public certificate authorities.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(patience: Patience) -> anyhow::Result<Self> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(patience.connect)
            .timeout(patience.answer)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("Keystead/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, patience })
    }

    /// A GET, to be completed and sent.
    pub fn get(&self, url: url::Url) -> RequestBuilder {
        self.client.get(url)
    }

    /// A POST, to be completed and sent.
    pub fn post(&self, url: url::Url) -> RequestBuilder {
        self.client.post(url)
    }

    /// Sends a request and takes its answer to the end, piece by piece, so that nothing larger than
    /// `most` bytes is ever held, compressed or not.
    ///
    /// # Errors
    /// Why there is no complete answer.
    pub async fn send(&self, request: RequestBuilder, most: usize) -> Result<Reply, Broken> {
        let mut response = request.send().await.map_err(|error| broken(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| broken(&error))? {
            if !status.is_success() && body.len() + piece.len() > REFUSAL_BYTES {
                break;
            }
            if body.len() + piece.len() > most {
                return Err(Broken::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Reply { status, headers, body })
    }
}

fn broken(error: &reqwest::Error) -> Broken {
    // The address may hold a page's token: without it.
    if error.is_timeout() {
        Broken::TooSlow
    } else if error.is_connect() {
        Broken::Unreachable
    } else {
        Broken::BrokeOff
    }
}
