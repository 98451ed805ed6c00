//! The sending side of the outbox: leases, attempts, and how a mail leaves the queue.

use serde_json::json;
use uuid::Uuid;

use super::{ClaimedMail, Letter, MailContent, context};
use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    alerts::{self, AlertKind, NewAlert},
    db::{Conn, Tx},
    error::Result,
    ids::{ActivationId, MailId, UserId},
    secret::Sealer,
    sql,
};

/// How long a claimed mail belongs to the server that claimed it.
pub const LEASE_SECONDS: i64 = 120;

/// How long a mail is remembered after it left the queue.
const REMEMBERED_DAYS: i64 = 30;

/// The most rows that one transaction of housekeeping takes.
const BATCH: i64 = 500;

/// Seconds until the next attempt, after the first, the second … failed; the last one repeats.
/// Greylisting servers want a second attempt after seconds to minutes; a server that is down for
/// the day is asked once an hour.
const BACK_OFF: [i64; 6] = [10, 30, 120, 600, 1800, 3600];

#[derive(sqlx::FromRow)]
struct Row {
    id: MailId,
    kind: String,
    to_address: String,
    user_id: Option<UserId>,
    activation_id: Option<ActivationId>,
    payload: Option<Vec<u8>>,
    attempts: i64,
    created_at: Timestamp,
    give_up_at: Timestamp,
}

/// What is left to say about a mail that will never be delivered.
struct Undelivered<'a> {
    id: MailId,
    kind: &'a str,
    to_address: &'a str,
    user_id: Option<UserId>,
    attempts: i64,
}

/// Whether any mail waits to be sent now; a cheap look before a transaction is opened.
pub async fn due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let row: Option<(i64,)> = conn
        .query(sql!(
            "select cast(1 as bigint) as due from mails \
             where state = 'queued' and next_attempt_at <= $1 and leased_until <= $1 limit 1"
        ))
        .bind(now)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Takes up to `limit` mails that are due under `lease`, for `lease_seconds` (usually
/// [`LEASE_SECONDS`]). Mails whose link is not open any more are cancelled instead, mails that this
/// installation's key can't open are given up; neither is returned.
///
/// On PostgreSQL the database's clock rules leases, so that servers whose clocks differ don't take
/// each other's mails.
pub async fn claim(
    tx: &mut Tx,
    sealer: &Sealer,
    lease: Uuid,
    lease_seconds: i64,
    limit: i64,
) -> Result<Vec<ClaimedMail>> {
    let now = tx.now();
    let rows: Vec<Row> = tx
        .query(sql!(
            sqlite: "update mails set lease = $1, leased_until = $3 + $2, attempts = attempts + 1 \
                where id in (select id from mails where state = 'queued' and next_attempt_at <= $3 and leased_until <= $3 \
                order by next_attempt_at, id limit $4) \
                returning id, kind, to_address, user_id, activation_id, payload, attempts, created_at, give_up_at",
            postgres: "update mails set lease = $1, \
                leased_until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + $2, attempts = attempts + 1 \
                where id = any (array(select id from mails where state = 'queued' and next_attempt_at <= $3 \
                and leased_until <= cast(extract(epoch from clock_timestamp()) * 1000 as bigint) \
                order by next_attempt_at, id limit $4 for update skip locked)) \
                returning id, kind, to_address, user_id, activation_id, payload, attempts, created_at, give_up_at"
        ))
        .bind(lease)
        .bind(lease_seconds.saturating_mul(1000))
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        let opened = row.payload.as_deref().and_then(|sealed| sealer.open(&context(row.id), sealed).ok());
        let Some(letter) = opened.and_then(|plain| serde_json::from_slice::<Letter>(&plain).ok()) else {
            let why = "Its content can't be opened with this server's secret key.";
            close_undelivered(tx, lease, &row.undelivered(), why).await?;
            continue;
        };
        if matches!(letter.content, MailContent::RegistrationLink { .. })
            && !link_is_open(tx, row.activation_id).await?
        {
            cancel(tx, row.id, lease).await?;
            continue;
        }
        claimed.push(ClaimedMail {
            id: row.id,
            lease,
            to_address: row.to_address,
            letter,
            user_id: row.user_id,
            attempts: row.attempts,
            queued_at: row.created_at,
            give_up_at: row.give_up_at,
        });
    }
    Ok(claimed)
}

impl Row {
    fn undelivered(&self) -> Undelivered<'_> {
        let Self { id, kind, to_address, user_id, attempts, .. } = self;
        Undelivered { id: *id, kind, to_address, user_id: *user_id, attempts: *attempts }
    }
}

impl ClaimedMail {
    fn undelivered(&self) -> Undelivered<'_> {
        Undelivered {
            id: self.id,
            kind: self.letter.content.kind(),
            to_address: &self.to_address,
            user_id: self.user_id,
            attempts: self.attempts,
        }
    }
}

async fn link_is_open(tx: &mut Tx, activation: Option<ActivationId>) -> Result<bool> {
    // A deleted person's link is gone, and with it the mail's reason.
    let Some(activation) = activation else { return Ok(false) };
    let now = tx.now();
    let open: Option<(i64,)> = tx
        .query(sql!(
            "select cast(1 as bigint) as open from activations a join users u on u.id = a.user_id \
             where a.id = $1 and a.state = 'open' and a.expires_at > $2 and u.active"
        ))
        .bind(activation)
        .bind(now)
        .optional()
        .await?;
    Ok(open.is_some())
}

async fn cancel(tx: &mut Tx, id: MailId, lease: Uuid) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "update mails set state = 'cancelled', payload = null, closed_at = $1, lease = null, leased_until = 0 \
         where id = $2 and lease = $3 and state = 'queued'"
    ))
    .bind(now)
    .bind(id)
    .bind(lease)
    .execute()
    .await?;
    Ok(())
}

/// Writes down that the mail server took the mail. `false`: the lease was lost meanwhile.
pub async fn sent(tx: &mut Tx, mail: &ClaimedMail) -> Result<bool> {
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update mails set state = 'sent', payload = null, closed_at = $1, lease = null, leased_until = 0, last_error = null \
             where id = $2 and lease = $3 and state = 'queued'"
        ))
        .bind(now)
        .bind(mail.id)
        .bind(mail.lease)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Puts the mail back for a later attempt, or gives it up when its time is over. `error` must hold
/// nothing secret. `false`: the lease was lost meanwhile.
pub async fn retry(tx: &mut Tx, mail: &ClaimedMail, error: &str) -> Result<bool> {
    let now = tx.now();
    if now >= mail.give_up_at {
        return give_up(tx, mail, error).await;
    }
    let step = usize::try_from(mail.attempts - 1).unwrap_or(0).min(BACK_OFF.len() - 1);
    let next = now.plus_seconds(BACK_OFF[step]).min(mail.give_up_at);
    let changed = tx
        .query(sql!(
            "update mails set next_attempt_at = $1, last_error = $2, lease = null, leased_until = 0 \
             where id = $3 and lease = $4 and state = 'queued'"
        ))
        .bind(next)
        .bind(error.to_owned())
        .bind(mail.id)
        .bind(mail.lease)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Gives the mail up: erases what it said, alerts administrators and records it. `error` must hold
/// nothing secret. `false`: the lease was lost meanwhile.
pub async fn give_up(tx: &mut Tx, mail: &ClaimedMail, error: &str) -> Result<bool> {
    close_undelivered(tx, mail.lease, &mail.undelivered(), error).await
}

async fn close_undelivered(tx: &mut Tx, lease: Uuid, mail: &Undelivered<'_>, error: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update mails set state = 'givenUp', payload = null, closed_at = $1, lease = null, leased_until = 0, last_error = $2 \
             where id = $3 and lease = $4 and state = 'queued'"
        ))
        .bind(now)
        .bind(error.to_owned())
        .bind(mail.id)
        .bind(lease)
        .execute()
        .await?;
    if changed == 1 {
        tell(tx, mail, error).await?;
    }
    Ok(changed == 1)
}

async fn tell(tx: &mut Tx, mail: &Undelivered<'_>, error: &str) -> Result<()> {
    let person: Option<(String,)> = match mail.user_id {
        Some(id) => tx.query(sql!("select display_name from users where id = $1")).bind(id).optional().await?,
        None => None,
    };
    let remedy = match mail.kind {
        "registrationLink" => " Check the address, then send the link again from the person's page.",
        _ => "",
    };
    let alert = NewAlert {
        kind: AlertKind::MailGivenUp,
        title: format!("A mail to {} could not be delivered", mail.to_address),
        detail: format!("{}{remedy}", sentence(error)),
        user_id: mail.user_id,
    };
    alerts::raise(tx, alert).await?;
    let target = Target { kind: "mail", id: Some(mail.id.0), name: mail.to_address };
    let concerned = mail.user_id.zip(person.as_ref().map(|(name,)| name.as_str()));
    let details = json!({ "kind": mail.kind, "attempts": mail.attempts, "error": error });
    activity::record(tx, &Actor::system(), Action::MailGivenUp, Some(target), concerned, details).await
}

/// `text` with a capital at its head and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut rest = text.trim().trim_end_matches('.').chars();
    match rest.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), rest.as_str()),
        None => "The mail server did not say why.".to_owned(),
    }
}

/// Gives up mails whose time is over and that nobody works on, for example because no mail server
/// is configured any more; tells how many there were.
pub async fn give_up_overdue(tx: &mut Tx, lease: Uuid) -> Result<usize> {
    let now = tx.now();
    // A server that works on a mail when its time ends finishes that attempt: its lease is left
    // alone until it is long over by any clock.
    let rows: Vec<Row> = tx
        .query(sql!(
            "update mails set lease = $1 where state = 'queued' and id in (select id from mails \
             where state = 'queued' and next_attempt_at < $2 and give_up_at < $2 and leased_until < $2 limit $3) \
             returning id, kind, to_address, user_id, activation_id, payload, attempts, created_at, give_up_at"
        ))
        .bind(lease)
        .bind(now.plus_seconds(-2 * LEASE_SECONDS))
        .bind(BATCH)
        .all()
        .await?;
    for row in &rows {
        close_undelivered(tx, lease, &row.undelivered(), "No mail server took it in time.").await?;
    }
    Ok(rows.len())
}

/// Forgets mails that left the queue 30 days ago; tells how many there were, at most 500 at once.
pub async fn purge(tx: &mut Tx) -> Result<u64> {
    let before = tx.now().plus_hours(-24 * REMEMBERED_DAYS);
    tx.query(sql!(
        "delete from mails where id in (select id from mails where state in ('sent', 'cancelled', 'givenUp') \
         and next_attempt_at < $1 and closed_at < $1 limit $2)"
    ))
    .bind(before)
    .bind(BATCH)
    .execute()
    .await
}
