//! The table of every configuration key: what the flags, the messages of refused values and
//! `docs/configuration.md` are made from.

/// One configuration key.
pub struct Key {
    /// Its name in `keystead.toml`.
    pub name: &'static str,
    /// The command line flag that sets it, without the dashes.
    pub flag: &'static str,
    /// The value it has when nobody sets it, as text for people.
    pub default: &'static str,
    /// What is allowed, to follow "allowed: ".
    pub allowed: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// An example of a value.
    pub example: &'static str,
    /// Whether the value may hold a password and is never shown.
    pub secret: bool,
}

impl Key {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("KEYSTEAD_{}", self.name.to_ascii_uppercase())
    }
}

/// The key of this name; the table has every name that the program asks for (a test reads all).
pub fn named(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Every key, in the order in which people read about them.
pub const KEYS: &[Key] = &[
    Key {
        name: "data_dir",
        flag: "data-dir",
        default: "./data",
        allowed: "a folder that Keystead may create and write",
        about: "Where Keystead keeps its embedded database and its secret key.",
        example: "/var/lib/keystead",
        secret: false,
    },
    Key {
        name: "listen",
        flag: "listen",
        default: "127.0.0.1:8080",
        allowed: "an IP address and a port, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080",
        about: "The address that the server answers on.",
        example: "0.0.0.0:8080",
        secret: false,
    },
    Key {
        name: "public_url",
        flag: "public-url",
        default: "http://localhost and the port of listen (https with tls_certificate)",
        allowed: "https:// and a host name, with a port if it is not 443, without path, query or user; \
                  http:// only for localhost; not an IP address, because browsers tie security keys to names",
        about: "The address under which people open Keystead. Links in mails and the name that security keys are \
                bound to (the WebAuthn RP ID) come from it alone. Changing its host makes every registered key useless.",
        example: "https://keys.example.com",
        secret: false,
    },
    Key {
        name: "database_url",
        flag: "database-url",
        default: "sqlite:<data_dir>/keystead.db",
        allowed: "sqlite:<path of a file>, or postgres://user:password@host:port/database",
        about: "The database: the embedded SQLite, or PostgreSQL 15 or newer, which several servers may share.",
        example: "postgres://keystead:secret@db.example.com/keystead",
        secret: true,
    },
    Key {
        name: "database_url_file",
        flag: "database-url-file",
        default: "not set",
        allowed: "the path of a readable file whose only line is a database_url; not together with database_url",
        about: "Reads database_url from a file, so that its password is in no environment or process list.",
        example: "/run/secrets/keystead-database-url",
        secret: false,
    },
    Key {
        name: "smtp_url",
        flag: "smtp-url",
        default: "not set: no mail is sent and the panel offers links to copy",
        allowed: "smtps://user:password@host (TLS), smtp://host:587?tls=required (STARTTLS), or smtp://host:25 \
                  (unencrypted)",
        about: "The mail server. Special characters in user or password are percent-encoded (@ is %40).",
        example: "smtps://keystead:secret@mail.example.com",
        secret: true,
    },
    Key {
        name: "smtp_url_file",
        flag: "smtp-url-file",
        default: "not set",
        allowed: "the path of a readable file whose only line is an smtp_url; not together with smtp_url",
        about: "Reads smtp_url from a file.",
        example: "/run/secrets/keystead-smtp-url",
        secret: false,
    },
    Key {
        name: "smtp_ca_file",
        flag: "smtp-ca-file",
        default: "not set: the usual certificate authorities",
        allowed: "the path of a readable PEM file with one or more certificates; needs smtp_url",
        about: "Certificate authorities that are trusted beside the usual ones, for a mail server whose certificate is \
                signed by your organisation's own. Read again when the server starts.",
        example: "/etc/keystead/mail-ca.pem",
        secret: false,
    },
    Key {
        name: "mail_from",
        flag: "mail-from",
        default: "not set; needed with smtp_url",
        allowed: "a mail address, with or without a name: Keystead <keys@example.com>",
        about: "The sender of every mail.",
        example: "Keystead <keys@example.com>",
        secret: false,
    },
    Key {
        name: "log",
        flag: "log",
        default: "info",
        allowed: "error, warn, info, debug or trace, or directives such as info,keystead=debug",
        about: "How much is logged, to standard error.",
        example: "info,keystead=debug",
        secret: false,
    },
    Key {
        name: "log_format",
        flag: "log-format",
        default: "text",
        allowed: "text or json",
        about: "How a log line is written: for people, or one JSON object per line.",
        example: "json",
        secret: false,
    },
    Key {
        name: "tls_certificate",
        flag: "tls-certificate",
        default: "not set: plain HTTP, for localhost or behind a proxy",
        allowed: "the path of a readable PEM file with the certificate and its chain; needs tls_key",
        about: "Makes the server speak HTTPS itself. Read again when the server starts.",
        example: "/etc/keystead/tls/fullchain.pem",
        secret: false,
    },
    Key {
        name: "tls_key",
        flag: "tls-key",
        default: "not set",
        allowed: "the path of a readable PEM file with the certificate's private key; needs tls_certificate",
        about: "The private key of tls_certificate.",
        example: "/etc/keystead/tls/privkey.pem",
        secret: false,
    },
    Key {
        name: "trusted_proxies",
        flag: "trusted-proxies",
        default: "none",
        allowed: "IP addresses or networks such as 10.0.0.0/8 or fd00::/8, separated by commas (a list in the file)",
        about: "Proxies in front of Keystead whose X-Forwarded-For is believed. From anyone else it is ignored, so \
                that nobody can choose the address that rate limits and the activity record see.",
        example: "127.0.0.1,10.0.0.0/8",
        secret: false,
    },
    Key {
        name: "rate_limit",
        flag: "rate-limit",
        default: "300",
        allowed: "a number from 0 (no limit) to 1000000",
        about: "How many requests a minute one address may send to set-up, registration and sign-in (a third of them \
                at once). People behind one office address share it. Signing in takes two requests.",
        example: "1000",
        secret: false,
    },
    Key {
        name: "import_max_bytes",
        flag: "import-max-bytes",
        default: "52428800",
        allowed: "a number of bytes from 1024 to 10737418240 (10 GiB)",
        about: "How large a CSV file of people may be. A file lies in the database while it is imported.",
        example: "209715200",
        secret: false,
    },
    Key {
        name: "import_max_rows",
        flag: "import-max-rows",
        default: "250000",
        allowed: "a number from 1 to 10000000",
        about: "How many people one CSV file may have.",
        example: "1000000",
        secret: false,
    },
    Key {
        name: "secret_key_file",
        flag: "secret-key-file",
        default: "<data_dir>/keystead.key",
        allowed: "the path of a file of exactly 32 bytes, or of a file that Keystead may create",
        about: "The key that secrets in the database are sealed with, made at the first start and readable for its \
                owner only. Keep a copy apart from the database's backup. Servers that share a database share it.",
        example: "/etc/keystead/keystead.key",
        secret: false,
    },
    Key {
        name: "vault_key_file",
        flag: "vault-key-file",
        default: "<data_dir>/vault.key",
        allowed: "the path of a file of exactly 32 bytes, or of a file that Keystead may create",
        about: "The key that contactless cards are sealed with, made at the first start and readable for its owner \
                only. Without it no card works again: keep a copy apart from the database's backup. Servers that share \
                a database share it.",
        example: "/etc/keystead/vault.key",
        secret: false,
    },
];
