//! Tokens and consents: Microsoft's login endpoints, spoken to by hand. Endpoints and parameters
//! are those of the Microsoft identity platform, version 2.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead_directory::{
    Timestamp,
    entra::{Begun, Connection, Proofs, Way},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Entra, Failure, certificate, clouds::Addresses, failure::LoginRefusal, throttle, wire::Broken};

/// What Keystead asks a tenant for, by Microsoft's names.
pub const PERMISSIONS: [&str; 3] = ["User.Read.All", "GroupMember.Read.All", "Organization.Read.All"];
/// Bytes that a token's answer may have.
const TOKEN_BYTES: usize = 256 * 1024;
/// A token is renewed this long before it ends.
const MARGIN_SECONDS: i64 = 120;

/// A token for Graph. It has no `Debug`.
#[derive(Clone)]
pub struct AccessToken {
    text: String,
    until: Timestamp,
}

impl AccessToken {
    /// For the header `Authorization`.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Whether it can be used for some minutes still.
    pub fn is_alive(&self) -> bool {
        self.until > Timestamp::now()
    }

    /// Whether it is the same token.
    pub fn is(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// What the token endpoint gave.
pub struct Given {
    /// For Graph.
    pub access: AccessToken,
    /// To get the next one with; never for the application itself.
    pub refresh: Option<String>,
}

/// Where a connection's requests go and who makes them.
#[derive(Clone)]
pub struct Place {
    /// Login and Graph.
    pub addresses: Addresses,
    tenant: String,
    client_id: String,
}

impl Place {
    /// The place of a connection.
    ///
    /// # Errors
    /// When its addresses can't be used.
    pub fn of(connection: &Connection) -> Result<Self, Failure> {
        let addresses =
            Addresses::of(connection.cloud, connection.login_url.as_deref(), connection.graph_url.as_deref())
                .map_err(|error| Failure::new("address", error.message))?;
        Ok(Self { addresses, tenant: connection.tenant.clone(), client_id: connection.client_id.to_string() })
    }

    fn login(&self, path: &str) -> Url {
        let mut url = self.addresses.login.clone();
        url.set_path(&format!("/{}/{path}", self.tenant));
        url
    }

    fn token_endpoint(&self) -> Url {
        self.login("oauth2/v2.0/token")
    }

    /// `{graph}/name` for each name, as the scopes of one API are written.
    fn scopes(&self, names: &[&str]) -> String {
        let graph = self.addresses.graph.as_str().trim_end_matches('/');
        names.iter().map(|name| format!("{graph}/{name}")).collect::<Vec<_>>().join(" ")
    }

    fn delegated_scopes(&self) -> String {
        format!("{} offline_access", self.scopes(&PERMISSIONS))
    }

    /// Where an administrator is sent to consent.
    pub fn consent(&self, way: Way, begun: &Begun, redirect_uri: &str) -> Url {
        match way {
            Way::Application => {
                let mut url = self.login("v2.0/adminconsent");
                url.query_pairs_mut()
                    .append_pair("client_id", &self.client_id)
                    .append_pair("redirect_uri", redirect_uri)
                    .append_pair("state", begun.state.reveal())
                    .append_pair("scope", &self.scopes(&[".default"]));
                url
            }
            Way::Delegated => {
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(begun.verifier.reveal()));
                let mut url = self.login("oauth2/v2.0/authorize");
                url.query_pairs_mut()
                    .append_pair("client_id", &self.client_id)
                    .append_pair("response_type", "code")
                    .append_pair("response_mode", "query")
                    .append_pair("redirect_uri", redirect_uri)
                    .append_pair("scope", &self.delegated_scopes())
                    .append_pair("state", begun.state.reveal())
                    .append_pair("code_challenge", &challenge)
                    .append_pair("code_challenge_method", "S256")
                    .append_pair("prompt", "select_account");
                url
            }
        }
    }
}

/// What Keystead proves itself with in one request.
pub enum Proof<'a> {
    /// A client secret.
    Secret(&'a str),
    /// An assertion signed with this key, for this certificate.
    Certificate {
        /// PKCS#8 DER.
        private_key: &'a [u8],
        /// PEM.
        certificate: &'a str,
    },
}

impl<'a> Proof<'a> {
    /// The proof that is in use.
    ///
    /// # Errors
    /// When nothing was entered.
    pub fn in_use(connection: &'a Connection, proofs: &'a Proofs) -> Result<Self, Failure> {
        match (&proofs.private_key, &connection.certificate, &proofs.secret) {
            (Some(private_key), Some(certificate), _) => Ok(Self::Certificate { private_key, certificate }),
            (_, _, Some(secret)) => Ok(Self::Secret(secret)),
            _ => Err(Failure::new(
                "credentialMissing",
                "No secret was entered and no certificate was made. Do one of them under Integrations → Entra ID.",
            )),
        }
    }

    /// The certificate that waits for its first use.
    pub fn waiting(connection: &'a Connection, proofs: &'a Proofs) -> Option<Self> {
        let (private_key, certificate) = (proofs.next_private_key.as_deref()?, connection.next_certificate.as_deref()?);
        Some(Self::Certificate { private_key, certificate })
    }
}

/// On whose behalf a token is asked for.
pub enum Grant<'a> {
    /// The application's own.
    Application,
    /// With the code that came back from Microsoft.
    Code {
        /// The code.
        code: &'a str,
        /// The PKCE verifier.
        verifier: &'a str,
        /// The same address as before.
        redirect_uri: &'a str,
    },
    /// With a refresh token.
    Refresh(&'a str),
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    token_type: String,
    expires_in: i64,
    #[serde(default)]
    refresh_token: Option<String>,
}

impl Entra {
    /// Asks for a token. What fails on the way, or passes, is tried again; a code only once.
    ///
    /// # Errors
    /// What Microsoft refused and what to do.
    pub async fn token(&self, place: &Place, proof: &Proof<'_>, grant: &Grant<'_>) -> Result<Given, Failure> {
        let mut failures = 0;
        loop {
            failures += 1;
            let last = failures >= self.patience().attempts || matches!(grant, Grant::Code { .. });
            let wait = match self.ask_for_token(place, proof, grant).await {
                Ok(given) => return Ok(given),
                Err(Refused { failure, again, .. }) if !again || last => return Err(failure),
                Err(Refused { wait, .. }) => wait,
            };
            let patience = self.patience();
            let wait = wait
                .filter(|wait| *wait <= patience.longest_pause)
                .unwrap_or_else(|| throttle::backoff(patience.backoff, patience.longest_backoff, failures));
            tokio::time::sleep(wait).await;
        }
    }

    async fn ask_for_token(&self, place: &Place, proof: &Proof<'_>, grant: &Grant<'_>) -> Result<Given, Refused> {
        let endpoint = place.token_endpoint();
        let now = Timestamp::now();
        let mut form: Vec<(&str, String)> = vec![("client_id", place.client_id.clone())];
        match proof {
            Proof::Secret(secret) => form.push(("client_secret", (*secret).to_owned())),
            Proof::Certificate { private_key, certificate } => {
                let assertion =
                    certificate::assertion(private_key, certificate, &place.client_id, endpoint.as_str(), now)
                        .map_err(|error| {
                            tracing::error!(%error, "the certificate for Entra ID can't be used");
                            Refused::for_good("certificate", "The certificate can't be used. Make a new one.")
                        })?;
                form.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
                ));
                form.push(("client_assertion", assertion));
            }
        }
        match grant {
            Grant::Application => {
                form.push(("grant_type", "client_credentials".to_owned()));
                form.push(("scope", place.scopes(&[".default"])));
            }
            Grant::Code { code, verifier, redirect_uri } => {
                form.push(("grant_type", "authorization_code".to_owned()));
                form.push(("scope", place.delegated_scopes()));
                form.push(("code", (*code).to_owned()));
                form.push(("code_verifier", (*verifier).to_owned()));
                form.push(("redirect_uri", (*redirect_uri).to_owned()));
            }
            Grant::Refresh(token) => {
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("scope", place.delegated_scopes()));
                form.push(("refresh_token", (*token).to_owned()));
            }
        }
        let reply = self.wire.send(self.wire.post(endpoint).form(&form), TOKEN_BYTES).await.map_err(Refused::broken)?;
        if reply.status.is_success() {
            return read_token(&reply.body, now);
        }
        if reply.status.is_redirection() {
            return Err(Refused::nonsense());
        }
        let busy = reply.status.as_u16() == 429 || reply.status.is_server_error();
        let refusal: LoginRefusal = serde_json::from_slice(&reply.body).unwrap_or_default();
        let failure = match (busy, refusal.error.is_empty()) {
            (true, true) => Failure::new("unavailable", "Microsoft's login is in trouble. Try again in some minutes."),
            (false, true) => return Err(Refused::nonsense()),
            _ => refusal.failure(),
        };
        let again = busy || refusal.is_passing();
        Err(Refused { failure, again, wait: throttle::retry_after(&reply.headers, Timestamp::now()) })
    }
}

fn read_token(body: &[u8], now: Timestamp) -> Result<Given, Refused> {
    let answer: TokenAnswer = serde_json::from_slice(body).map_err(|_| Refused::nonsense())?;
    let header = http::HeaderValue::from_str(&answer.access_token);
    if !answer.token_type.eq_ignore_ascii_case("bearer") || answer.access_token.is_empty() || header.is_err() {
        return Err(Refused::nonsense());
    }
    let lives = (answer.expires_in - MARGIN_SECONDS).clamp(1, 24 * 3600);
    Ok(Given {
        access: AccessToken { text: answer.access_token, until: now.plus_seconds(lives) },
        refresh: answer.refresh_token,
    })
}

/// Why there is no token, and whether to try again.
struct Refused {
    failure: Failure,
    again: bool,
    wait: Option<std::time::Duration>,
}

impl Refused {
    fn for_good(code: &'static str, message: &str) -> Self {
        Self { failure: Failure::new(code, message), again: false, wait: None }
    }

    fn nonsense() -> Self {
        Self::for_good(
            "loginNonsense",
            "The login address did not answer as Microsoft does. Check the cloud and, if it is a custom one, its addresses.",
        )
    }

    fn broken(broken: Broken) -> Self {
        let failure = match broken {
            Broken::TooLarge => return Self::nonsense(),
            Broken::Unreachable => Failure::new(
                "loginUnreachable",
                "Microsoft's login can't be reached. Check that this server may open https connections to it.",
            ),
            Broken::BrokeOff | Broken::TooSlow => Failure::new(
                "loginUnreachable",
                "Microsoft's login did not answer in time. Try again; if it stays so, check this server's network.",
            ),
        };
        Self { failure, again: true, wait: None }
    }
}
