//! People by the hundred thousand, straight into the tables: the API's own functions write about
//! a million records a quarter of an hour, and what is measured here is reading.
//!
//! What they hold is made by the domain's own rules for names and search words, and is as the API
//! would have made it; only links and activity records are left out.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use keystead_directory::{
    Db, Timestamp,
    actor::Actor,
    db::Options,
    groups::{self, NewGroup},
    ids::{CredentialRowId, KeyId, UserId},
    names,
};
use serde_json::{Value, json};
use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use crate::people::{Chance, DEPARTMENTS, TITLES, name};

/// So many people are written by one statement per table.
const BATCH: u32 = 5000;
/// People share a transaction, which keeps the log short.
const TRANSACTION: u32 = 50_000;
/// The first of them was added then (2023-11-14), each a little later than the one before.
const FIRST: i64 = 1_700_000_000_000;
/// Milliseconds between one and the next.
const APART: i64 = 60_000;

/// When the person with this number was added.
pub fn added_at(number: u32) -> i64 {
    FIRST + i64::from(number) * APART
}

/// Loads this many people into a new database in `folder` and tells how long it took.
pub async fn people(folder: &Path, number: u32) -> anyhow::Result<Duration> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join("keystead.db");
    let groups = departments(&path).await?;
    let mut conn = SqliteConnectOptions::new()
        .filename(&path)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(false)
        .pragma("cache_size", "-1000000")
        .connect()
        .await?;
    let begun = Instant::now();
    let mut chance = Chance(u64::from(number));
    let mut at = 0;
    while at < number {
        if at % TRANSACTION == 0 {
            sqlx::query("begin immediate").execute(&mut conn).await?;
        }
        let until = number.min(at + BATCH);
        let mut batch = Batch::default();
        while at < until {
            batch.person(&mut chance, at, &groups);
            at += 1;
        }
        batch.write(&mut conn).await?;
        if at % TRANSACTION == 0 || at == number {
            sqlx::query("commit").execute(&mut conn).await?;
        }
    }
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut conn).await?;
    conn.close().await?;
    Ok(begun.elapsed())
}

/// The ids of one group per department, made by the domain.
async fn departments(path: &Path) -> anyhow::Result<Vec<String>> {
    let db = Db::open(&Options::new(&format!("sqlite:{}", path.display()))).await?;
    let mut tx = db.write(Timestamp::now()).await?;
    let mut ids = Vec::new();
    for department in DEPARTMENTS {
        let new = NewGroup { name: department.to_owned(), description: None, role: None };
        ids.push(groups::create(&mut tx, &Actor::cli(), new).await?.id.0.simple().to_string());
    }
    tx.commit().await?;
    db.close().await;
    Ok(ids)
}

/// The rows of some people, as JSON that one statement per table reads.
#[derive(Default)]
struct Batch {
    users: Vec<Value>,
    terms: Vec<Value>,
    members: Vec<Value>,
    keys: Vec<Value>,
    credentials: Vec<Value>,
}

impl Batch {
    fn person(&mut self, chance: &mut Chance, number: u32, groups: &[String]) {
        let id = UserId::new().0.simple().to_string();
        let (given, family) = name(chance);
        let display = format!("{given} {family}");
        let email = format!("{}.{}{number}@example.com", plain(&given), plain(&family));
        let department = chance.early(DEPARTMENTS.len());
        let at = added_at(number);
        // Of a hundred people ten have no key, five a key that waits, three are disabled.
        let fate = chance.below(100);
        let status = match fate {
            0..10 => "new",
            10..15 => "pending",
            15..18 => "disabled",
            _ => "active",
        };
        // One in a hundred uses the passkey of their own device.
        let (kind, called, bit) = if chance.below(100) == 0 {
            ("platform", "Passkey on this device", 2)
        } else {
            ("hardwareKey", "Security key", 1)
        };
        let seen = (fate >= 50).then(|| at + i64::from(u32::try_from(chance.below(1_000_000)).unwrap_or(0)) * 1000);
        self.users.push(json!([
            id,
            email,
            names::key(&email),
            display,
            names::folded(&display),
            given,
            family,
            TITLES[chance.below(TITLES.len())],
            DEPARTMENTS[department],
            if chance.below(100) < 3 { "csv" } else { "local" },
            i64::from(status != "disabled"),
            status,
            seen,
            at,
            if status == "new" { 0 } else { bit },
        ]));
        let texts = [email.as_str(), email.as_str(), display.as_str(), given.as_str(), family.as_str()];
        let display_key = names::folded(&display);
        let terms = names::terms(&display_key, &texts).into_iter();
        self.terms.extend(terms.map(|term| json!([term, id, display_key])));
        self.members.push(json!([groups[department], id, at, display_key]));
        if status == "new" {
            return;
        }
        let key = KeyId::new().0.simple().to_string();
        let state = match status {
            "pending" => "pending",
            _ if chance.below(100) < 5 => "suspended",
            _ => "active",
        };
        self.keys.push(json!([key, id, kind, called, names::folded(called), state, at]));
        if state != "pending" {
            let row = CredentialRowId::new().0.simple().to_string();
            self.credentials.push(json!([row, id, key, at]));
        }
    }

    async fn write(self, conn: &mut SqliteConnection) -> anyhow::Result<()> {
        let statements = [
            (
                "insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, \
                 given_name, family_name, title, department, origin, active, status, last_activity_at, created_at, \
                 updated_at, key_kinds, version) \
                 select unhex(value->>0), value->>1, value->>2, value->>1, value->>2, value->>3, value->>4, value->>5, \
                 value->>6, value->>7, value->>8, value->>9, value->>10, value->>11, value->>12, value->>13, \
                 value->>13, value->>14, 1 from json_each($1)",
                self.users,
            ),
            (
                "insert into user_terms (term, user_id, display_name_key) \
                 select value->>0, unhex(value->>1), value->>2 from json_each($1)",
                self.terms,
            ),
            (
                "insert into group_members (group_id, user_id, added_at, display_name_key) \
                 select unhex(value->>0), unhex(value->>1), value->>2, value->>3 from json_each($1)",
                self.members,
            ),
            (
                "insert into security_keys (id, user_id, kind, name, name_key, state, created_at, activated_at, \
                 state_changed_at, version) \
                 select unhex(value->>0), unhex(value->>1), value->>2, value->>3, value->>4, value->>5, value->>6, \
                 iif(value->>5 = 'pending', null, value->>6), value->>6, 1 from json_each($1)",
                self.keys,
            ),
            (
                "insert into credentials (id, user_id, key_id, credential_id, record, transports, backup_eligible, \
                 backed_up, attestation_format, algorithm, sign_count, registered_at, model) \
                 select unhex(value->>0), unhex(value->>1), unhex(value->>2), unhex(value->>0), '{}', '[\"usb\"]', 0, 0, \
                 'packed', 'ES256', 0, value->>3, 'YubiKey 5 Series' from json_each($1)",
                self.credentials,
            ),
        ];
        for (statement, rows) in statements {
            sqlx::query(statement).bind(Value::Array(rows).to_string()).execute(&mut *conn).await?;
        }
        Ok(())
    }
}

/// A name as it stands in an address.
fn plain(name: &str) -> String {
    names::folded(name).chars().filter(char::is_ascii_alphanumeric).collect()
}
