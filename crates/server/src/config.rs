//! The configuration: flags over environment over `keystead.toml` over defaults, checked whole
//! before anything starts.
//!
//! [`keys`] is the table of every key; [`values`] are the types that have rules of their own;
//! [`reference`] writes the table down for people. Nothing else reads the environment.

pub mod keys;
pub mod reference;
pub mod values;

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
};

use figment::{
    Figment, Source,
    providers::{Format as _, Serialized, Toml},
    value::Value,
};
use lettre::message::Mailbox;

use keys::KEYS;
pub use values::{LogFormat, Network, PublicUrl};

use crate::{entra::Patience, mail::smtp::SmtpServer};

/// The file that is read when it lies in the current folder and no other is named.
pub const FILE: &str = "keystead.toml";
/// What the environment variables of Keystead begin with.
const PREFIX: &str = "KEYSTEAD_";
/// The variable that names another file; the same as `--config`.
const FILE_VARIABLE: &str = "KEYSTEAD_CONFIG";

/// A complete, checked configuration.
#[derive(Clone)]
pub struct Config {
    /// The folder of the database and the secret key.
    pub data_dir: PathBuf,
    /// The address that the server answers on.
    pub listen: SocketAddr,
    /// Where people open it; links and the WebAuthn RP ID come from here alone.
    pub public_url: PublicUrl,
    /// `sqlite:<path>` or `postgres://…`; may hold a password.
    pub database_url: String,
    /// The mail server and the sender, when mail is sent at all.
    pub mail: Option<MailConfig>,
    /// Directives of the log's filter.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Certificate and key, when the server speaks HTTPS itself.
    pub tls: Option<TlsFiles>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Requests a minute from one address to what can be called without signing in; 0: no limit.
    pub rate_limit: u32,
    /// The most bytes of a CSV file of people.
    pub import_max_bytes: u64,
    /// The most people of a CSV file.
    pub import_max_rows: u64,
    /// The file of the key that secrets are sealed with.
    pub secret_key_file: PathBuf,
    /// The file of the key that cards are sealed with.
    pub vault_key_file: PathBuf,
    /// Deadlines and sizes of what is asked of Microsoft; nobody sets them, tests shorten them.
    pub patience: Patience,
}

/// How mail leaves.
#[derive(Clone)]
pub struct MailConfig {
    /// The server, as lettre's `from_url` takes it; may hold a password.
    pub smtp_url: String,
    /// PEM: certificate authorities that are trusted beside the usual ones.
    pub authorities: Option<PathBuf>,
    /// The sender.
    pub from: Mailbox,
}

/// The files of the server's own certificate.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// PEM: the certificate and its chain.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}

impl Config {
    /// Reads and checks the configuration of this process. `flags` are what the command line
    /// sets, by name of the key; `file` is `--config`.
    ///
    /// # Errors
    /// Names the first key that can't be used, its value and what is allowed.
    pub fn load(file: Option<&Path>, flags: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value.to_string_lossy().into_owned())))
            .filter(|(name, value)| name.starts_with(PREFIX) && !value.trim().is_empty())
            .collect();
        Self::from_sources(file, environment, flags)
    }

    /// The same, from an environment that is given.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_sources(
        file: Option<&Path>,
        mut environment: BTreeMap<String, String>,
        flags: BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let named = environment.remove(FILE_VARIABLE).map(PathBuf::from);
        let file = file.map(Path::to_owned).or(named);
        let mut figment = Figment::new();
        match &file {
            Some(path) if !path.is_file() => {
                let message = format!("{}: this configuration file can't be found (--config).", path.display());
                return Err(ConfigError(message));
            }
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None if Path::new(FILE).is_file() => figment = figment.merge(Toml::file_exact(FILE)),
            None => {}
        }
        let variables: BTreeMap<String, String> = environment
            .into_iter()
            .map(|(name, value)| (name.trim_start_matches(PREFIX).to_ascii_lowercase(), value))
            .collect();
        figment = figment.merge(Serialized::defaults(variables)).merge(Serialized::defaults(flags));
        let values = Values { figment };
        values.refuse_unknown()?;
        values.build()
    }

    /// Whether the database is the embedded one, and its file.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let path = self.database_url.strip_prefix("sqlite:")?;
        Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("public_url", &self.public_url)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// A configuration that can't be used; its text says which key, which value and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// The value of `name` can't be used.
    pub fn refused(name: &str, value: &str, why: &str) -> Self {
        let Some(key) = keys::named(name) else { return Self(format!("{name}: there is no such key.")) };
        let shown = if key.secret { redacted(value) } else { format!("{value:?}") };
        let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
        Self(format!("{}: the value {shown} can't be used{why}. Allowed: {}.", key.variable(), key.allowed))
    }

    fn missing(name: &str, why: &str) -> Self {
        let Some(key) = keys::named(name) else { return Self(format!("{name}: there is no such key.")) };
        Self(format!("{}: a value is missing: {why}. Allowed: {}.", key.variable(), key.allowed))
    }
}

/// An address without what may be a password in it: user and password, and the query.
fn redacted(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return if value.starts_with("sqlite:") { format!("{value:?}") } else { "(not shown)".to_owned() };
    };
    let (address, query) = rest.split_once('?').map_or((rest, ""), |(address, _)| (address, "?…"));
    let (user, host) = address.rsplit_once('@').map_or(("", address), |(_, host)| ("…@", host));
    format!("\"{scheme}://{user}{host}{query}\"")
}

/// The layered values, before they are checked.
struct Values {
    figment: Figment,
}

/// A value that may hold a password, and the key that it came by.
struct Secret {
    text: String,
    set_by: &'static str,
    /// What a refusal shows: the value, or the file that it stands in.
    shown: String,
    why: &'static str,
}

impl Secret {
    fn refused(&self) -> ConfigError {
        ConfigError::refused(self.set_by, &self.shown, self.why)
    }
}

impl Values {
    fn refuse_unknown(&self) -> Result<(), ConfigError> {
        let all: BTreeMap<String, Value> = self.figment.extract().map_err(|error| {
            let place = error.metadata.as_ref().and_then(|from| from.source.as_ref()).map(Source::to_string);
            ConfigError(format!("{}: the file can't be read: {}.", place.as_deref().unwrap_or(FILE), error.kind))
        })?;
        let Some((name, _)) = all.iter().find(|(name, _)| keys::named(name).is_none()) else { return Ok(()) };
        let known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
        Err(ConfigError(format!(
            "KEYSTEAD_{} (or {name} in {FILE}): there is no such key. The keys are: {}.",
            name.to_ascii_uppercase(),
            known.join(", ")
        )))
    }

    /// The text of a key's value, if anyone set it. Lists become text with commas.
    fn text(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        fn plain(value: &Value) -> Option<String> {
            match value {
                Value::String(_, text) => Some(text.trim().to_owned()),
                Value::Bool(_, value) => Some(value.to_string()),
                Value::Num(_, number) => number.to_i128().map(|number| number.to_string()),
                _ => None,
            }
        }
        let Ok(value) = self.figment.find_value(name) else { return Ok(None) };
        let text = match &value {
            Value::Array(_, items) if name == "trusted_proxies" => {
                items.iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(","))
            }
            other => plain(other),
        };
        text.map(Some).ok_or_else(|| ConfigError::refused(name, "a list or table", ""))
    }

    fn parsed<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| ConfigError::refused(name, &text, ""))
    }

    fn path(&self, name: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        match self.text(name)? {
            Some(text) if text.is_empty() || text.contains('\0') => Err(ConfigError::refused(name, &text, "")),
            other => Ok(other.map(PathBuf::from)),
        }
    }

    /// A readable file that exists.
    fn file(&self, name: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        let Some(path) = self.path(name)? else { return Ok(None) };
        match std::fs::File::open(&path).and_then(|file| file.metadata()) {
            Ok(metadata) if metadata.is_file() => Ok(Some(path)),
            Ok(_) => Err(ConfigError::refused(name, &path.to_string_lossy(), "it is not a file")),
            Err(error) => Err(ConfigError::refused(name, &path.to_string_lossy(), &error.to_string())),
        }
    }

    /// A secret that may stand in a file of its own.
    fn secret(&self, name: &'static str, in_file: &'static str) -> Result<Option<Secret>, ConfigError> {
        let direct = self.text(name)?;
        let Some(path) = self.file(in_file)? else {
            return Ok(direct.map(|text| Secret { shown: text.clone(), text, set_by: name, why: "" }));
        };
        let shown = path.to_string_lossy();
        if direct.is_some() {
            return Err(ConfigError::refused(in_file, &shown, &format!("{name} is set too")));
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|error| ConfigError::refused(in_file, &shown, &error.to_string()))?;
        match text.trim() {
            "" => Err(ConfigError::refused(in_file, &shown, "the file is empty")),
            line if line.contains('\n') => Err(ConfigError::refused(in_file, &shown, "the file has several lines")),
            line => {
                let why = "the line in it is not such an address";
                Ok(Some(Secret { text: line.to_owned(), set_by: in_file, shown: shown.into_owned(), why }))
            }
        }
    }

    fn build(&self) -> Result<Config, ConfigError> {
        let data_dir = self.path("data_dir")?.unwrap_or_else(|| PathBuf::from("./data"));
        let listen = self.parsed("listen")?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let tls = self.tls()?;
        let public_url = self.public_url(listen, tls.is_some())?;
        let log = self.text("log")?.unwrap_or_else(|| "info".to_owned());
        if tracing_subscriber::EnvFilter::builder().parse(&log).is_err() {
            return Err(ConfigError::refused("log", &log, ""));
        }
        Ok(Config {
            database_url: self.database_url(&data_dir)?,
            mail: self.mail()?,
            log,
            log_format: self.parsed("log_format")?.unwrap_or(LogFormat::Text),
            tls,
            trusted_proxies: self.trusted_proxies()?,
            rate_limit: self.number("rate_limit", 300, 0..=1_000_000)?,
            import_max_bytes: self.number("import_max_bytes", 50 * 1024 * 1024, 1024..=10 * 1024 * 1024 * 1024)?,
            import_max_rows: self.number("import_max_rows", 250_000, 1..=10_000_000)?,
            secret_key_file: self.path("secret_key_file")?.unwrap_or_else(|| data_dir.join("keystead.key")),
            vault_key_file: self.path("vault_key_file")?.unwrap_or_else(|| data_dir.join("vault.key")),
            data_dir,
            listen,
            public_url,
            patience: Patience::default(),
        })
    }

    fn public_url(&self, listen: SocketAddr, tls: bool) -> Result<PublicUrl, ConfigError> {
        let scheme = if tls { "https" } else { "http" };
        let text = self.text("public_url")?.unwrap_or_else(|| format!("{scheme}://localhost:{}", listen.port()));
        let url: PublicUrl = text.parse().map_err(|()| ConfigError::refused("public_url", &text, ""))?;
        if tls && !url.is_https() {
            return Err(ConfigError::refused("public_url", &text, "with tls_certificate it must begin with https://"));
        }
        Ok(url)
    }

    fn database_url(&self, data_dir: &Path) -> Result<String, ConfigError> {
        let Some(secret) = self.secret("database_url", "database_url_file")? else {
            return Ok(format!("sqlite:{}", data_dir.join("keystead.db").display()));
        };
        let text = &secret.text;
        let postgres = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let usable = if postgres {
            url::Url::parse(text).is_ok_and(|url| url.path().len() > 1)
        } else {
            text.strip_prefix("sqlite:").is_some_and(|path| {
                let path = path.strip_prefix("//").unwrap_or(path);
                !path.is_empty() && !path.contains(['?', '\0']) && path != ":memory:"
            })
        };
        if usable { Ok(secret.text) } else { Err(secret.refused()) }
    }

    fn mail(&self) -> Result<Option<MailConfig>, ConfigError> {
        let from = self.parsed::<Mailbox>("mail_from")?;
        let authorities = self.file("smtp_ca_file")?;
        let Some(secret) = self.secret("smtp_url", "smtp_url_file")? else {
            return if authorities.is_some() {
                Err(ConfigError::missing("smtp_url", "smtp_ca_file is set"))
            } else {
                Ok(None)
            };
        };
        if let Err(error) = SmtpServer::parse(&secret.text) {
            // These reasons hold no part of the address, so no password.
            return Err(ConfigError::refused(secret.set_by, &secret.shown, &error.to_string()));
        }
        let smtp_url = secret.text;
        let from =
            from.ok_or_else(|| ConfigError::missing("mail_from", "smtp_url is set, and every mail has a sender"))?;
        Ok(Some(MailConfig { smtp_url, authorities, from }))
    }

    fn tls(&self) -> Result<Option<TlsFiles>, ConfigError> {
        match (self.file("tls_certificate")?, self.file("tls_key")?) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(ConfigError::missing("tls_key", "tls_certificate is set")),
            (None, Some(_)) => Err(ConfigError::missing("tls_certificate", "tls_key is set")),
        }
    }

    fn number<N: FromStr + PartialOrd>(
        &self,
        name: &'static str,
        default: N,
        allowed: RangeInclusive<N>,
    ) -> Result<N, ConfigError> {
        let Some(text) = self.text(name)? else { return Ok(default) };
        match text.parse() {
            Ok(number) if allowed.contains(&number) => Ok(number),
            _ => Err(ConfigError::refused(name, &text, "")),
        }
    }

    fn trusted_proxies(&self) -> Result<Vec<Network>, ConfigError> {
        let Some(text) = self.text("trusted_proxies")? else { return Ok(Vec::new()) };
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().map_err(|()| ConfigError::refused("trusted_proxies", part, "")))
            .collect()
    }
}

#[cfg(test)]
mod tests;
