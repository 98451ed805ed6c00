//! After a whole journey no secret stands in the database as it was shown.

use keystead_directory::{
    activations::{
        self,
        carry_over::{self, Presented},
    },
    actor::Actor,
    api_keys, idempotency,
    ids::UserId,
    keys::{self, KeyKind, NewKey},
    mails::{self, Letter, MailContent, NewMail},
    roles::Role,
    secret::{Sealer, Token},
    sessions,
};

use crate::support::{START, TestDb, TestKind, browser, fresh_credential, hardware, on_both};

/// Everything that is stored, as text; bytes in hexadecimal.
async fn dump(db: &TestDb) -> String {
    use sqlx::{AssertSqlSafe, Connection as _, Row as _};
    let mut text = String::new();
    if db.kind == TestKind::Sqlite {
        let columns: Vec<(String, String)> = db
            .all(
                "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c \
                 where m.type = 'table' and m.name not like 'sqlite_%'",
            )
            .await;
        let mut conn = sqlx::SqliteConnection::connect(&db.url).await.unwrap();
        for (table, column) in columns {
            let sql = format!("select coalesce(group_concat(hex(cast({column:?} as blob)), ' '), '') from {table:?}");
            let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut conn).await.unwrap();
            text.push_str(&row.get::<String, _>(0).to_lowercase());
            text.push('\n');
        }
    } else {
        let tables: Vec<(String,)> =
            db.all("select table_name::text from information_schema.tables where table_schema = 'public'").await;
        let mut conn = sqlx::PgConnection::connect(&db.url).await.unwrap();
        for (table,) in tables {
            let sql = format!("select coalesce(string_agg(t::text, ' '), '') from {table:?} t");
            let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut conn).await.unwrap();
            let rows: String = row.get(0);
            text.push_str(&hex::encode(&rows));
            // Bytes are shown in hexadecimal already.
            text.push_str(&rows.to_lowercase());
            text.push('\n');
        }
    }
    text
}

#[test]
fn no_secret_is_stored_as_it_was_shown() {
    on_both(|db| async move {
        let sealer = Sealer::new(&[9; 32]);
        let mut shown: Vec<Token> = Vec::new();
        // Set-up, an API key, a recovery link.
        let (setup, _) =
            db.change(START, async |tx| activations::create_setup_link(tx, &Actor::cli()).await).await.unwrap();
        shown.push(setup.clone());
        let (owner, _) = db
            .change(START, async |tx| {
                let who = activations::Setup {
                    organisation_name: "Contoso".to_owned(),
                    email: "owner@example.com".to_owned(),
                    display_name: "Owner".to_owned(),
                };
                let (id, credential) = (UserId::new(), fresh_credential());
                activations::complete_setup(tx, &browser(), &setup, who, id, KeyKind::Platform, credential).await
            })
            .await
            .unwrap();
        let (_, api_key) = db
            .change(START, async |tx| api_keys::create(tx, &Actor::cli(), "Sync", Role::Auditor, 30).await)
            .await
            .unwrap();
        shown.push(api_key);
        let (_, recovery, _) = db
            .change(START, async |tx| activations::create_recovery_link(tx, &Actor::cli(), None).await)
            .await
            .unwrap();
        shown.push(recovery);
        shown.push(db.session(&owner, START).await);
        // A person, their link in a mail that waits and in an answer that is kept.
        let jane = db.person("jane@example.com").await;
        let given = db.assign(&jane).await;
        let link = format!("https://keys.example.com/register#{}", given.token.reveal());
        db.change(START, async |tx| {
            let content = MailContent::RegistrationLink {
                link: link.clone(),
                key_kind: KeyKind::HardwareKey,
                expires_at: given.expires_at,
                note: None,
            };
            let letter = Letter { organisation_name: "Contoso".to_owned(), recipient_name: "Jane".to_owned(), content };
            let mail = NewMail {
                to: "jane@example.com".to_owned(),
                letter,
                user_id: Some(jane.id),
                activation_id: Some(given.activation),
            };
            mails::queue(tx, &sealer, mail).await?;
            idempotency::earlier(tx, &sealer, "POST /users", "k", b"hash").await?;
            idempotency::keep(tx, &sealer, "POST /users", "k", link.as_bytes()).await
        })
        .await
        .unwrap();
        shown.push(given.token.clone());
        // A phone on its way: what is scanned, typed, followed and held.
        let phone = NewKey { kind: KeyKind::Smartphone, ..hardware() };
        let waits = db.change(START, async |tx| keys::assign(tx, &Actor::cli(), &jane, phone).await).await.unwrap();
        let code = db
            .change(START, async |tx| carry_over::show_by_link(tx, &sealer, &browser(), &waits.token).await)
            .await
            .unwrap();
        let scanned = Presented::Scanned(code.token.clone());
        let (carried, _) =
            db.change(START, async |tx| carry_over::open(tx, &sealer, &browser(), &scanned).await).await.unwrap();
        shown.extend([waits.token, code.token, code.follow, carried]);
        shown.push(Token::presented(&code.code));
        shown.push(Token::presented(&code.code.replace('-', "")));
        let before = dump(&db).await;
        // And after it was used.
        db.complete(&given.token, fresh_credential(), START).await.unwrap();
        let session = db.session(&jane, START).await;
        shown.push(session.clone());
        let found = sessions::find(&mut db.read().await.unwrap(), &session, START).await.unwrap().unwrap();
        db.change(START, async |tx| sessions::end(tx, &Actor::cli(), found.id, &jane).await).await.unwrap();
        let after = dump(&db).await;
        for dump in [&before, &after] {
            // The dump holds what is stored, or this test would see nothing.
            assert!(dump.contains(&hex::encode("jane@example.com")));
            assert!(dump.contains(&hex::encode(shown[0].hash())), "the hash of the set-up link");
            for token in &shown {
                // A part of it would be too much as well.
                let text = token.reveal().trim_start_matches(api_keys::PREFIX);
                let long = text.len().min(20);
                for part in [&text[..long], &text[text.len() - long..]] {
                    assert!(!dump.contains(&hex::encode(part)), "a secret is stored");
                    assert!(!dump.contains(&part.to_lowercase()), "a secret is stored");
                }
            }
        }
        if let Some(folder) = &db.folder {
            for file in std::fs::read_dir(folder).unwrap() {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                for token in &shown {
                    let text = token.reveal().as_bytes();
                    assert!(!bytes.windows(text.len()).any(|part| part == text), "a secret is in the file");
                }
            }
        }
    });
}
