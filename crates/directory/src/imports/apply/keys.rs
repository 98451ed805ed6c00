//! Keys for the people of an import, with the mails that were asked for.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Letters;
use crate::{
    activity::{self, Action, Entry, Target},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::{ActivationId, KeyId, MailId, UserId},
    imports::{AssignKey, MailWhen},
    mails::{GIVE_UP_AFTER_HOURS, Letter, MailContent},
    names,
    secret::Token,
    settings, sql,
    users::{User, many},
};

/// Gives each of these people a key that waits for them. A link is only made where a mail takes it
/// to its person: an administrator sends it otherwise.
pub(super) async fn assign(
    tx: &mut Tx,
    actor: &Actor,
    assign: &AssignKey,
    people: &[&User],
    letters: &Letters<'_>,
) -> Result<HashMap<UserId, KeyId>> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let now = tx.now();
    let name = assign.kind.usual_name();
    let given: Vec<(&User, KeyId)> = people.iter().map(|user| (*user, KeyId::new())).collect();
    let rows: Vec<Value> = given.iter().map(|(user, key)| json!([hex(key.0), hex(user.id.0)])).collect();
    tx.query(sql!(
        sqlite: "insert into security_keys (id, user_id, kind, name, name_key, state, created_at, state_changed_at, version) \
            select unhex(value->>0), unhex(value->>1), $2, $3, $4, 'pending', $5, $5, 1 from json_each($1)",
        postgres: "insert into security_keys (id, user_id, kind, name, name_key, state, created_at, state_changed_at, version) \
            select (value->>0)::uuid, (value->>1)::uuid, $2, $3, $4, 'pending', $5, $5, 1 \
            from jsonb_array_elements($1::jsonb) j(value)"
    ))
    .bind(Value::Array(rows).to_string())
    .bind(assign.kind)
    .bind(name.to_owned())
    .bind(names::folded(name))
    .bind(now)
    .execute()
    .await?;
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    many::refresh_status(tx, &ids).await?;
    if letters.can_send && assign.mail != MailWhen::No {
        send(tx, assign, &given, letters).await?;
    }
    let entries: Vec<Entry<'_>> = given
        .iter()
        .map(|(user, key)| Entry {
            action: Action::KeyAssigned,
            target: Target { kind: "key", id: Some(key.0), name },
            person: Some(user.concerned()),
            details: json!({ "kind": assign.kind }),
        })
        .collect();
    activity::record_all(tx, actor, &entries).await?;
    Ok(given.into_iter().map(|(user, key)| (user.id, key)).collect())
}

fn hex(id: uuid::Uuid) -> String {
    id.simple().to_string()
}

/// Makes the links and writes the mails, in the transaction of the keys.
async fn send(tx: &mut Tx, assign: &AssignKey, given: &[(&User, KeyId)], letters: &Letters<'_>) -> Result<()> {
    let settings = settings::get(tx).await?;
    let now = tx.now();
    let at = match assign.mail {
        MailWhen::At(at) => at.max(now),
        MailWhen::No | MailWhen::Now => now,
    };
    let expires_at = at.plus_hours(settings.link_lifetime_hours);
    let (mut links, mut mails) = (Vec::new(), Vec::new());
    for (user, key) in given {
        let token = Token::generate("");
        let (link, mail) = (ActivationId::new(), MailId::new());
        links.push(json!([hex(link.0), hex::encode(token.hash()), hex(user.id.0), hex(key.0)]));
        let content = MailContent::RegistrationLink {
            link: format!("{}{}", letters.link, token.reveal()),
            key_kind: assign.kind,
            expires_at,
            note: assign.note.clone(),
        };
        let kind = content.kind();
        let letter = Letter {
            organisation_name: settings.organisation().to_owned(),
            recipient_name: user.display_name.clone(),
            content,
        };
        let sealed = crate::mails::sealed(letters.sealer, mail, &letter);
        mails.push(json!([hex(mail.0), kind, user.email, hex(user.id.0), hex(link.0), hex::encode(sealed)]));
    }
    tx.query(sql!(
        sqlite: "insert into activations (id, purpose, state, token_hash, user_id, key_id, note, created_at, expires_at) \
            select unhex(value->>0), 'register', 'open', unhex(value->>1), unhex(value->>2), unhex(value->>3), $2, $3, $4 \
            from json_each($1)",
        postgres: "insert into activations (id, purpose, state, token_hash, user_id, key_id, note, created_at, expires_at) \
            select (value->>0)::uuid, 'register', 'open', decode(value->>1, 'hex'), (value->>2)::uuid, (value->>3)::uuid, \
            $2, $3, $4 from jsonb_array_elements($1::jsonb) j(value)"
    ))
    .bind(Value::Array(links).to_string())
    .bind(assign.note.clone())
    .bind(now)
    .bind(expires_at)
    .execute()
    .await?;
    tx.query(sql!(
        sqlite: "insert into mails (id, kind, to_address, user_id, activation_id, payload, state, next_attempt_at, created_at, give_up_at) \
            select unhex(value->>0), value->>1, value->>2, unhex(value->>3), unhex(value->>4), unhex(value->>5), 'queued', \
            $2, $3, $4 from json_each($1)",
        postgres: "insert into mails (id, kind, to_address, user_id, activation_id, payload, state, next_attempt_at, created_at, give_up_at) \
            select (value->>0)::uuid, value->>1, value->>2, (value->>3)::uuid, (value->>4)::uuid, \
            decode(value->>5, 'hex'), 'queued', $2, $3, $4 from jsonb_array_elements($1::jsonb) j(value)"
    ))
    .bind(Value::Array(mails).to_string())
    .bind(at)
    .bind(now)
    .bind(at.plus_hours(GIVE_UP_AFTER_HOURS))
    .execute()
    .await?;
    Ok(())
}
