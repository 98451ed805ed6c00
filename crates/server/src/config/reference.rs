//! Writes the table of keys down for people: `docs/configuration.md`.

use std::fmt::Write as _;

use super::keys::{KEYS, Key};

/// The page, in Markdown. `keystead config-reference` prints it; a test compares it with the
/// committed file.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         This page is generated from `crates/server/src/config/keys.rs`: `make generate`.\n\n\
         Every key can be set in three places. A flag wins over the environment, the environment over the file:\n\n\
         1. a flag: `keystead serve --listen 0.0.0.0:8080`\n\
         2. the environment: `KEYSTEAD_LISTEN=0.0.0.0:8080` (an empty variable counts as not set)\n\
         3. the file `keystead.toml` in the current folder, or the one that `--config` or `KEYSTEAD_CONFIG` names: \
         `listen = \"0.0.0.0:8080\"`\n\n\
         Keystead checks all of it before it starts. It refuses a key it does not know and a value it can't use, \
         and says which key, which value and what is allowed. Values that may hold a password are never shown.\n",
    );
    for key in KEYS {
        let variable = key.variable();
        let Key { name, flag, about, default, allowed, example, .. } = key;
        // Writing to a String does not fail.
        let _ = write!(
            page,
            "\n## {name}\n\n{about}\n\n| | |\n| --- | --- |\n| environment | `{variable}` |\n| flag | `--{flag}` |\n\
             | default | {} |\n| allowed | {} |\n| example | `{}` |\n",
            cell(default),
            cell(allowed),
            example.replace('|', "\\|"),
        );
    }
    page
}

/// Text that can stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
