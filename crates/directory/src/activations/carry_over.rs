//! Carrying an activation over to a phone. A computer shows a QR code and a short code; the phone
//! that scans or types one gets a token of its own for the same link, and the computer follows what
//! becomes of it. Each carry-over serves one phone, for minutes, and never outlives its link.

use serde::Serialize;

use super::{Activation, LinkState, Purpose, inspect};
use crate::{
    Timestamp,
    activity::{self, Action},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, LinkRefusal, Result},
    ids::{ActivationId, CarryOverId, KeyId},
    keys::{self, Key, KeyKind, Step},
    secret::{self, Sealer, Token},
    sql, users,
};

/// Minutes for which a code can be scanned or typed.
pub const CODE_MINUTES: i64 = 10;
/// Minutes that a phone has from scanning or typing to registering.
const PHONE_MINUTES: i64 = 15;
/// Without 0, 1, I and O, which look alike: 32 characters, 5 bits each.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Characters of a short code: 40 bits. What keeps it from being guessed is that tries are counted.
const CODE_CHARACTERS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "camelCase")]
enum State {
    /// Waits for a phone.
    Open,
    /// A phone has it.
    Opened,
    /// A newer one took its place.
    Replaced,
}

/// A carry-over that was just made: its secrets are shown once.
pub struct Shown {
    /// The key that the phone becomes.
    pub key: KeyId,
    /// What the QR code holds.
    pub token: Token,
    /// What is typed instead, in two groups: `ABCD-2345`.
    pub code: String,
    /// With which whoever shows it follows what becomes of it.
    pub follow: Token,
    /// Until when it can be scanned or typed.
    pub expires_at: Timestamp,
}

/// Shows a code for a link to whoever holds the link. An earlier one stops working, also on a phone
/// that has it already. The activity records it in the name of the link's person; `from` tells where
/// it was asked for.
///
/// # Errors
/// [`Error::Link`]; [`Error::IllegalState`] for a link that makes no phone a key.
pub async fn show_by_link(tx: &mut Tx, sealer: &Sealer, from: &Actor, token: &Token) -> Result<Shown> {
    let now = tx.now();
    let (link, _) = inspect(tx, token, &[Purpose::Register], now).await?;
    let key = link.key_id.ok_or(Error::Link(LinkRefusal::Unknown))?;
    let user = link.user_id.ok_or(Error::Link(LinkRefusal::Unknown))?;
    let user = users::get_for_change(tx, user).await?;
    // Once more under the lock, as everything that a link does.
    let (link, _) = inspect(tx, token, &[Purpose::Register], now).await?;
    let key = keys::get(tx, key).await?;
    let actor = Actor { name: user.display_name, ..from.clone() };
    show(tx, sealer, &actor, &key, link.id, link.expires_at).await
}

/// Shows a code for a person who stands beside the administrator. A key whose link ran out, or that
/// never had one, gets a new link for it.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Stale`]; [`Error::IllegalState`] for a key that is no phone or does
/// not wait for its holder.
pub async fn show_for_key(
    tx: &mut Tx,
    sealer: &Sealer,
    actor: &Actor,
    id: KeyId,
    expected: Option<i64>,
) -> Result<Shown> {
    let (key, user) = keys::for_change(tx, actor, id, expected).await?;
    if !user.active {
        return Err(Error::IllegalState("This person is disabled: enable them first.".to_owned()));
    }
    only_phones(&key)?;
    let waits = key.state.after(Step::Resend)?;
    let now = tx.now();
    let open: Option<(ActivationId, Timestamp)> = tx
        .query(sql!(
            "select a.id, a.expires_at from activations a where a.key_id = $1 and a.state = 'open' and a.expires_at > $2 \
             and a.purpose = 'register' order by a.expires_at desc, a.id limit 1"
        ))
        .bind(id)
        .bind(now)
        .optional()
        .await?;
    let (link, expires_at) = if let Some(open) = open {
        open
    } else {
        super::cancel_of_key(tx, id).await?;
        keys::save(tx, &key, waits, None).await?;
        let (link, _, expires_at) = keys::link(tx, id, user.id, None).await?;
        (link, expires_at)
    };
    show(tx, sealer, actor, &key, link, expires_at).await
}

fn only_phones(key: &Key) -> Result<()> {
    if key.kind == KeyKind::Smartphone {
        return Ok(());
    }
    Err(Error::IllegalState("Only a smartphone is activated by a code: this is another kind of key.".to_owned()))
}

async fn show(
    tx: &mut Tx,
    sealer: &Sealer,
    actor: &Actor,
    key: &Key,
    link: ActivationId,
    link_expires_at: Timestamp,
) -> Result<Shown> {
    only_phones(key)?;
    tx.query(sql!("update carry_overs set state = 'replaced' where activation_id = $1 and state <> 'replaced'"))
        .bind(link)
        .execute()
        .await?;
    let now = tx.now();
    let shown = Shown {
        key: key.id,
        token: Token::generate(""),
        code: new_code(),
        follow: Token::generate(""),
        expires_at: now.plus_seconds(CODE_MINUTES * 60).min(link_expires_at),
    };
    tx.query(sql!(
        "insert into carry_overs (id, activation_id, token_hash, code_hash, follow_hash, state, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, 'open', $6, $7)"
    ))
    .bind(CarryOverId::new())
    .bind(link)
    .bind(shown.token.hash())
    .bind(sealer.code_hash(&typed(&shown.code)))
    .bind(shown.follow.hash())
    .bind(now)
    .bind(shown.expires_at)
    .execute()
    .await?;
    let details = serde_json::json!({ "expiresAt": shown.expires_at });
    activity::record(tx, actor, Action::KeyCodeShown, Some(key.target()), Some(key.concerned()), details).await?;
    Ok(shown)
}

fn new_code() -> String {
    let random: [u8; CODE_CHARACTERS] = secret::random();
    let code: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
    format!("{}-{}", &code[..4], &code[4..])
}

/// A code as its holder may have typed it: in small letters, with or without spaces and hyphens.
/// Anything longer than twice a code is cut: it is wrong anyway.
fn typed(text: &str) -> String {
    let characters = text.chars().filter(char::is_ascii_alphanumeric);
    characters.map(|character| character.to_ascii_uppercase()).take(2 * CODE_CHARACTERS).collect()
}

/// What a phone brings.
pub enum Presented {
    /// What the QR code held.
    Scanned(Token),
    /// What was typed.
    Typed(String),
}

#[derive(sqlx::FromRow)]
struct CarryOver {
    id: CarryOverId,
    activation_id: ActivationId,
    state: State,
    expires_at: Timestamp,
    phone_user_agent: Option<String>,
}

async fn find(conn: &mut Conn, sealer: &Sealer, presented: &Presented) -> Result<CarryOver> {
    let query = match presented {
        Presented::Scanned(token) => {
            conn.query(sql!("select c.* from carry_overs c where c.token_hash = $1")).bind(token.hash())
        }
        Presented::Typed(code) => conn
            .query(sql!("select c.* from carry_overs c where c.code_hash = $1 order by c.created_at desc limit 1"))
            .bind(sealer.code_hash(&typed(code))),
    };
    query.optional().await?.ok_or(Error::Link(LinkRefusal::CodeUnknown))
}

/// Gives a phone its own token for the link that a code stands for. Of several phones at once one
/// wins. The activity records it in the name of the link's person; `from` tells where it came from.
///
/// # Errors
/// [`Error::Link`].
pub async fn open(tx: &mut Tx, sealer: &Sealer, from: &Actor, presented: &Presented) -> Result<(Token, Timestamp)> {
    let now = tx.now();
    let found = find(tx, sealer, presented).await?;
    let (user,) = user_of(tx, found.activation_id).await?;
    let user = users::get_for_change(tx, user).await?;
    // Whatever happens to a person, their keys and links happens under this lock: from here on it stays as it is.
    let carry_over = find(tx, sealer, presented).await?;
    let link: Activation =
        tx.query(sql!("select a.* from activations a where a.id = $1")).bind(carry_over.activation_id).one().await?;
    if let Some(refusal) = link.refusal(user.active, now) {
        return Err(Error::Link(refusal));
    }
    match carry_over.state {
        State::Opened => return Err(Error::Link(LinkRefusal::CodeUsed)),
        State::Replaced => return Err(Error::Link(LinkRefusal::CodeReplaced)),
        State::Open if carry_over.expires_at <= now => return Err(Error::Link(LinkRefusal::CodeExpired)),
        State::Open => {}
    }
    let token = Token::generate("");
    let expires_at = now.plus_seconds(PHONE_MINUTES * 60).min(link.expires_at);
    let opened = tx
        .query(sql!(
            "update carry_overs set state = 'opened', phone_hash = $2, expires_at = $3, phone_user_agent = $4 \
             where id = $1 and state = 'open'"
        ))
        .bind(carry_over.id)
        .bind(token.hash())
        .bind(expires_at)
        .bind(from.user_agent.as_deref().map(|text| text.chars().take(400).collect::<String>()))
        .execute()
        .await?;
    if opened == 0 {
        return Err(Error::Link(LinkRefusal::CodeUsed));
    }
    let key = keys::get(tx, link.key_id.ok_or(Error::Link(LinkRefusal::Unknown))?).await?;
    let actor = Actor { name: user.display_name.clone(), ..from.clone() };
    let how = serde_json::json!({ "by": if matches!(presented, Presented::Typed(_)) { "code" } else { "qrCode" } });
    activity::record(tx, &actor, Action::KeyCodeUsed, Some(key.target()), Some(key.concerned()), how).await?;
    Ok((token, expires_at))
}

async fn user_of(conn: &mut Conn, link: ActivationId) -> Result<(crate::ids::UserId,)> {
    let row = conn.query(sql!("select a.user_id from activations a where a.id = $1 and a.user_id is not null"));
    row.bind(link).optional().await?.ok_or(Error::Link(LinkRefusal::Unknown))
}

/// The link that a phone's own token stands for, and why the phone may not use it (any more).
pub(super) async fn of_phone(
    conn: &mut Conn,
    token: &Token,
    now: Timestamp,
) -> Result<Option<(Activation, Option<LinkRefusal>)>> {
    let query = conn.query(sql!("select c.* from carry_overs c where c.phone_hash = $1"));
    let found: Option<CarryOver> = query.bind(token.hash()).optional().await?;
    let Some(carry_over) = found else { return Ok(None) };
    let link =
        conn.query(sql!("select a.* from activations a where a.id = $1")).bind(carry_over.activation_id).one().await?;
    let refusal = match carry_over.state {
        State::Replaced => Some(LinkRefusal::CodeReplaced),
        _ if carry_over.expires_at <= now => Some(LinkRefusal::CodeExpired),
        _ => None,
    };
    Ok(Some((link, refusal)))
}

/// How far a carry-over has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// It waits to be scanned or typed.
    Waiting,
    /// A phone has it and was not registered yet.
    Opened,
    /// The key is registered.
    Registered,
    /// Its minutes are over. A new one can be shown.
    Expired,
    /// A newer one was shown instead.
    Replaced,
    /// Its link was cancelled or ran out, or its person was disabled: no other can be shown.
    Ended,
}

/// What became of a carry-over.
pub struct Followed {
    /// How far it has come.
    pub stage: Stage,
    /// The browser of the phone that has it, as it calls itself.
    pub phone: Option<String>,
    /// The key; none when it was deleted.
    pub key: Option<Key>,
}

/// Tells what became of a carry-over, to whoever shows it.
///
/// # Errors
/// [`Error::Link`] for a secret that follows nothing.
pub async fn follow(conn: &mut Conn, follow: &Token, now: Timestamp) -> Result<Followed> {
    let query = conn.query(sql!("select c.* from carry_overs c where c.follow_hash = $1"));
    let found: Option<CarryOver> = query.bind(follow.hash()).optional().await?;
    let carry_over = found.ok_or(Error::Link(LinkRefusal::CodeUnknown))?;
    let link: Activation =
        conn.query(sql!("select a.* from activations a where a.id = $1")).bind(carry_over.activation_id).one().await?;
    let active = match link.user_id {
        Some(id) => users::get(conn, id).await?.active,
        None => false,
    };
    let stage = match (link.refusal(active, now), carry_over.state) {
        _ if link.state == LinkState::Completed => Stage::Registered,
        (Some(_), _) => Stage::Ended,
        (None, State::Replaced) => Stage::Replaced,
        (None, _) if carry_over.expires_at <= now => Stage::Expired,
        (None, State::Open) => Stage::Waiting,
        (None, State::Opened) => Stage::Opened,
    };
    let key = match link.key_id {
        Some(id) => Some(keys::get(conn, id).await?),
        None => None,
    };
    Ok(Followed { stage, phone: carry_over.phone_user_agent, key })
}

/// Forgets what ended a day ago; returns how many.
pub async fn forget_old(tx: &mut Tx) -> Result<u64> {
    let before = tx.now().plus_hours(-24);
    tx.query(sql!("delete from carry_overs where expires_at < $1")).bind(before).execute().await
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, new_code, typed};

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for text in ["ABCD-2345", "abcd2345", " abcd 2345 ", "a.b-c_d/2 3 4 5"] {
            assert_eq!(typed(text), "ABCD2345", "{text:?}");
        }
        assert_eq!(typed(""), "");
        assert_eq!(typed("äöü"), "");
        assert_eq!(typed(&"A".repeat(10_000)).len(), 16);
    }

    #[test]
    fn codes_use_the_whole_alphabet_and_nothing_else() {
        let codes: Vec<String> = (0..200).map(|_| new_code()).collect();
        let used: std::collections::BTreeSet<u8> = codes.iter().flat_map(|code| typed(code).into_bytes()).collect();
        assert_eq!(used.into_iter().collect::<Vec<_>>(), ALPHABET);
        assert!(codes.iter().all(|code| code.len() == 9 && code.as_bytes()[4] == b'-'));
    }
}
