//! Keys for imported people: only when asked for, and each mail once.

use keystead_directory::{
    actor::Actor,
    imports::{AssignKey, MailWhen, Options},
    keys::KeyKind,
    mails,
    secret::Sealer,
    users::UserStatus,
};

use super::{LATER, csv_options, line};
use crate::support::{START, on_both};

fn with_key(mail: MailWhen) -> Options {
    let key = AssignKey { kind: KeyKind::HardwareKey, mail, note: Some("Welcome".to_owned()) };
    Options { assign_key: Some(key), ..csv_options() }
}

#[test]
fn a_key_is_assigned_to_everyone_without_one_and_mailed_as_asked() {
    on_both(|db| async move {
        let (bare, holder) = (db.person("bare@example.com").await, db.person("holder@example.com").await);
        db.active_key(&holder).await;
        let mails = async || db.number("select count(*) from mails").await;
        let rows = |new: &str| vec![line(1, new), line(2, "bare@example.com"), line(3, "holder@example.com")];
        // Without a mail: the key waits, and an administrator sends its link.
        let silent = db.imported(&Actor::cli(), with_key(MailWhen::No), rows("new@example.com"), START).await;
        assert_eq!(silent.outcome.unwrap().updated, 1);
        assert_eq!(mails().await, 0);
        assert_eq!(db.user(bare.id).await.status, UserStatus::Pending);
        assert_eq!(db.user(holder.id).await.status, UserStatus::Active);
        assert_eq!(db.number("select count(*) from security_keys").await, 3);
        db.undone(&Actor::cli(), silent.id, LATER).await;
        assert_eq!(db.user(bare.id).await.status, UserStatus::New);
        // At once: one mail each, which opens and whose link works.
        db.imported(&Actor::cli(), with_key(MailWhen::Now), rows("new@example.com"), LATER).await;
        assert_eq!(mails().await, 2);
        let sealer = Sealer::new(&[7; 32]);
        let claimed = db
            .change(LATER, async |tx| {
                mails::claim(tx, &sealer, keystead_directory::ids::new_uuid(), mails::LEASE_SECONDS, 10).await
            })
            .await
            .unwrap();
        assert_eq!(claimed.len(), 2);
        let mails::MailContent::RegistrationLink { link, note, .. } = &claimed[0].letter.content else {
            panic!("another letter");
        };
        assert_eq!(note.as_deref(), Some("Welcome"));
        let token = link.strip_prefix("https://keystead.example/register#").unwrap();
        let token = keystead_directory::secret::Token::presented(token);
        db.complete(&token, crate::support::fresh_credential(), LATER).await.unwrap();
        // Later: it waits until then.
        let at = LATER.plus_hours(24);
        db.imported(&Actor::cli(), with_key(MailWhen::At(at)), vec![line(1, "later@example.com")], LATER).await;
        let waits = db.number("select next_attempt_at from mails where to_address = 'later@example.com'").await;
        assert_eq!(waits, at.0);
        let runs_out = db.number(
            "select a.expires_at from activations a join mails m on m.activation_id = a.id \
             where m.to_address = 'later@example.com'",
        );
        assert_eq!(runs_out.await, at.plus_hours(72).0);
    });
}
