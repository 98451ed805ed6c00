//! Every key of the configuration: where it may come from, what it refuses and how it says so.

use std::{collections::BTreeMap, path::Path};

use super::{Config, ConfigError, LogFormat, keys::KEYS, reference};

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn environment(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_sources(None, map(pairs), BTreeMap::new())
}

fn file(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keystead.toml");
    std::fs::write(&path, text).unwrap();
    Config::from_sources(Some(&path), BTreeMap::new(), BTreeMap::new())
}

#[test]
fn without_any_setting_it_serves_localhost_on_sqlite() {
    let config = environment(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url.origin(), "http://localhost:8080");
    assert_eq!(config.public_url.host(), "localhost");
    assert_eq!(config.database_url, "sqlite:./data/keystead.db");
    assert_eq!(config.secret_key_file, Path::new("./data/keystead.key"));
    assert!(config.mail.is_none() && config.tls.is_none() && config.trusted_proxies.is_empty());
    assert_eq!((config.log.as_str(), config.log_format), ("info", LogFormat::Text));
}

#[test]
fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keystead.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\nlog = \"warn\"\ndata_dir = \"from-file\"").unwrap();
    let config = Config::from_sources(
        Some(&path),
        map(&[("KEYSTEAD_LISTEN", "127.0.0.1:2"), ("KEYSTEAD_LOG", "debug")]),
        map(&[("listen", "127.0.0.1:3")]),
    )
    .unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.log, "debug");
    assert_eq!(config.data_dir, Path::new("from-file"));
    assert_eq!(config.public_url.origin(), "http://localhost:3", "the usual public URL follows the port");
}

#[test]
fn the_file_may_be_named_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:4\"").unwrap();
    assert_eq!(environment(&[("KEYSTEAD_CONFIG", path.to_str().unwrap())]).unwrap().listen.port(), 4);
    let error = environment(&[("KEYSTEAD_CONFIG", "/nowhere/keystead.toml")]).unwrap_err().to_string();
    assert!(error.contains("/nowhere/keystead.toml"), "{error}");
}

#[test]
fn every_key_refuses_what_it_cannot_use_and_says_what_is_allowed() {
    let refused: &[(&str, &[&str])] = &[
        ("data_dir", &["a\0b"]),
        ("listen", &["8080", "localhost:8080", "127.0.0.1", "127.0.0.1:99999"]),
        ("public_url", &["keys.example.com", "http://keys.example.com", "https://10.0.0.1", "https://a.example/b"]),
        (
            "database_url",
            &["mysql://me:hunter2@a/b", "sqlite:", "sqlite::memory:", "postgres://host?password=hunter2", "hunter2"],
        ),
        ("database_url_file", &["/nowhere/at/all", "/"]),
        ("smtp_url", &["hunter2", "http://me:hunter2@a", "smtp://", "smtp://me:hunter2@a?tls=maybe"]),
        ("smtp_url_file", &["/nowhere/at/all", "/"]),
        ("smtp_ca_file", &["/nowhere/at/all", "/"]),
        ("mail_from", &["nobody", "a@b@c", "Name <a@b"]),
        ("log", &["info,keystead=loud", "=", "a=b=c"]),
        ("log_format", &["xml", "JSON"]),
        ("tls_certificate", &["/nowhere/at/all", "/"]),
        ("tls_key", &["/nowhere/at/all", "/"]),
        ("trusted_proxies", &["proxy.example.com", "10.0.0.0/99", "10.0.0.1,x"]),
        ("rate_limit", &["-1", "many", "1000001", "1.5"]),
        ("import_max_bytes", &["0", "1023", "50MB", "10737418241", "-1"]),
        ("import_max_rows", &["0", "10000001", "all"]),
        ("secret_key_file", &["a\0b"]),
        ("vault_key_file", &["a\0b"]),
    ];
    let tested: Vec<&str> = refused.iter().map(|(name, _)| *name).collect();
    let known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(tested, known, "a key without a refused value here");
    for (key, (_, values)) in KEYS.iter().zip(refused) {
        for value in *values {
            let error = environment(&[(&key.variable(), value)]).unwrap_err().to_string();
            assert!(error.contains(&key.variable()), "{error}");
            assert!(error.contains(key.allowed), "{error}");
            assert!(!error.contains("hunter2"), "a password is shown: {error}");
            let shown = value.split([',', '?', '@']).any(|part| error.contains(part));
            assert!(shown || value.contains('\0') || *value == "hunter2", "the value is not named: {error}");
        }
    }
}

#[test]
fn a_key_that_does_not_exist_is_refused_wherever_it_stands() {
    let error = environment(&[("KEYSTEAD_LISTN", "127.0.0.1:1")]).unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_LISTN") && error.contains("listen"), "{error}");
    let error = file("listn = \"127.0.0.1:1\"").unwrap_err().to_string();
    assert!(error.contains("listn"), "{error}");
    let error = file("[server]\nlisten = \"127.0.0.1:1\"").unwrap_err().to_string();
    assert!(error.contains("server"), "{error}");
}

#[test]
fn a_file_that_is_not_toml_or_has_a_wrong_type_is_refused() {
    let error = file("listen = ").unwrap_err().to_string();
    assert!(error.contains("keystead.toml"), "{error}");
    let error = file("listen = [\"127.0.0.1:1\"]").unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_LISTEN"), "{error}");
    let error = file("listen = 8080").unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_LISTEN") && error.contains("8080"), "{error}");
}

#[test]
fn trusted_proxies_are_a_list_in_the_file_and_commas_elsewhere() {
    let config = file("trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]").unwrap();
    assert_eq!(config.trusted_proxies.len(), 2);
    let config = environment(&[("KEYSTEAD_TRUSTED_PROXIES", "127.0.0.1, fd00::/8")]).unwrap();
    assert!(config.trusted_proxies[1].contains("fd00::1".parse().unwrap()));
}

#[test]
fn secrets_may_stand_in_files_but_not_in_both_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    let name = path.to_str().unwrap();
    std::fs::write(&path, "postgres://keystead:hunter2@db.example.com/keystead\n").unwrap();
    let config = environment(&[("KEYSTEAD_DATABASE_URL_FILE", name)]).unwrap();
    assert_eq!(config.database_url, "postgres://keystead:hunter2@db.example.com/keystead");

    let both = [("KEYSTEAD_DATABASE_URL_FILE", name), ("KEYSTEAD_DATABASE_URL", "sqlite:a.db")];
    let error = environment(&both).unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_DATABASE_URL_FILE") && error.contains("database_url is set too"), "{error}");

    for text in ["", "mysql://keystead:hunter2@db/keystead", "sqlite:a.db\nsqlite:b.db"] {
        std::fs::write(&path, text).unwrap();
        let error = environment(&[("KEYSTEAD_DATABASE_URL_FILE", name)]).unwrap_err().to_string();
        assert!(error.contains("KEYSTEAD_DATABASE_URL_FILE") && error.contains(name), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn mail_needs_a_sender_and_takes_the_addresses_that_people_have() {
    let error = environment(&[("KEYSTEAD_SMTP_URL", "smtp://localhost:25")]).unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_MAIL_FROM"), "{error}");
    for url in
        ["smtp://localhost:25", "smtps://user:p%40ss@mail.example.com", "smtp://mail.example.com:587?tls=required"]
    {
        let config =
            environment(&[("KEYSTEAD_SMTP_URL", url), ("KEYSTEAD_MAIL_FROM", "Keystead <keys@example.com>")]).unwrap();
        assert_eq!(config.mail.unwrap().smtp_url, url);
    }
}

#[test]
fn authorities_are_for_a_mail_server_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "").unwrap();
    let authority = ("KEYSTEAD_SMTP_CA_FILE", path.to_str().unwrap());
    let error = environment(&[authority]).unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_SMTP_URL") && error.contains("smtp_ca_file"), "{error}");
    let server = [("KEYSTEAD_SMTP_URL", "smtps://mail.example.com"), ("KEYSTEAD_MAIL_FROM", "keys@example.com")];
    let config = environment(&[server[0], server[1], authority]).unwrap();
    assert_eq!(config.mail.unwrap().authorities.as_deref(), Some(path.as_path()));
}

#[test]
fn tls_needs_both_files_and_a_public_url_of_https() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pem");
    std::fs::write(&path, "").unwrap();
    let pem = path.to_str().unwrap();
    let error = environment(&[("KEYSTEAD_TLS_CERTIFICATE", pem)]).unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_TLS_KEY"), "{error}");
    let error = environment(&[("KEYSTEAD_TLS_KEY", pem)]).unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_TLS_CERTIFICATE"), "{error}");
    let both = [("KEYSTEAD_TLS_CERTIFICATE", pem), ("KEYSTEAD_TLS_KEY", pem)];
    assert_eq!(environment(&both).unwrap().public_url.origin(), "https://localhost:8080");
    let plain = [both[0], both[1], ("KEYSTEAD_PUBLIC_URL", "http://localhost:8080")];
    let error = environment(&plain).unwrap_err().to_string();
    assert!(error.contains("KEYSTEAD_PUBLIC_URL") && error.contains("https://"), "{error}");
}

#[test]
fn the_reference_in_docs_is_the_one_this_program_writes() {
    let committed = include_str!("../../../../docs/configuration.md");
    assert_eq!(committed, reference::markdown(), "write it anew: make generate");
}
