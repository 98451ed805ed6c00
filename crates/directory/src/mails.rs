//! The outbox. A mail is a row of the transaction that causes it; a worker of any server claims
//! it, hands it to the mail server, and writes down what came of it.
//!
//! The path of a mail: `queued` → `sent` | `cancelled` | `givenUp`. While a server works on it, it
//! holds a lease; every change it makes names that lease, so the late write of a server that was
//! frozen past its lease changes nothing. What a letter says is sealed while it waits and erased as
//! soon as the mail leaves the queue, whichever way it goes.

mod content;
mod outbox;

pub use content::{Letter, MailContent};
pub use outbox::{LEASE_SECONDS, claim, due, give_up, give_up_overdue, purge, retry, sent};

use serde::Serialize;
use uuid::Uuid;

use crate::{
    Timestamp,
    db::{Conn, Tx},
    error::Result,
    ids::{ActivationId, MailId, UserId},
    secret::Sealer,
    sql,
};

/// How long delivery is tried before an administrator is told.
pub const GIVE_UP_AFTER_HOURS: i64 = 48;

/// A mail to be written.
pub struct NewMail {
    /// The address; the server that sends it checks its form.
    pub to: String,
    /// What it says.
    pub letter: Letter,
    /// The person it is written to or about, for the alert should it never arrive.
    pub user_id: Option<UserId>,
    /// The link in it. A letter with a link is only sent while this is open.
    pub activation_id: Option<ActivationId>,
}

/// A mail that this server holds a lease on.
pub struct ClaimedMail {
    /// Its id, which also makes its `Message-ID`.
    pub id: MailId,
    /// The lease; what follows is only accepted with it.
    pub lease: Uuid,
    /// Where it goes.
    pub to_address: String,
    /// What it says.
    pub letter: Letter,
    /// The person it is written to or about.
    pub user_id: Option<UserId>,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// When it was written.
    pub queued_at: Timestamp,
    /// When delivery is given up.
    pub give_up_at: Timestamp,
}

/// How the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailCounts {
    /// Waiting to be sent.
    pub queued: i64,
    /// Given up in the last 30 days.
    pub given_up: i64,
}

fn context(id: MailId) -> String {
    format!("mail:{id}")
}

/// What a letter says, as it waits in the outbox.
pub(crate) fn sealed(sealer: &Sealer, id: MailId, letter: &Letter) -> Vec<u8> {
    sealer.seal(&context(id), &serde_json::to_vec(letter).unwrap_or_default())
}

/// Writes a mail into the outbox; it leaves when the transaction is committed.
pub async fn queue(tx: &mut Tx, sealer: &Sealer, mail: NewMail) -> Result<MailId> {
    let (id, now) = (MailId::new(), tx.now());
    tx.query(sql!(
        "insert into mails (id, kind, to_address, user_id, activation_id, payload, state, next_attempt_at, created_at, give_up_at) \
         values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9)"
    ))
    .bind(id)
    .bind(mail.letter.content.kind().to_owned())
    .bind(mail.to)
    .bind(mail.user_id)
    .bind(mail.activation_id)
    .bind(sealed(sealer, id, &mail.letter))
    .bind(now)
    .bind(now)
    .bind(now.plus_hours(GIVE_UP_AFTER_HOURS))
    .execute()
    .await?;
    Ok(id)
}

/// Cancels the mails that carry this link and have not left yet; tells how many there were.
pub async fn cancel_for_activation(tx: &mut Tx, activation: ActivationId) -> Result<u64> {
    let now = tx.now();
    tx.query(sql!(
        "update mails set state = 'cancelled', payload = null, closed_at = $1, lease = null, leased_until = 0 \
         where activation_id = $2 and state = 'queued'"
    ))
    .bind(now)
    .bind(activation)
    .execute()
    .await
}

/// How the outbox stands.
pub async fn counts(conn: &mut Conn) -> Result<MailCounts> {
    conn.query(sql!(
        "select (select count(*) from mails where state = 'queued') as queued, \
         (select count(*) from mails where state = 'givenUp') as given_up"
    ))
    .one()
    .await
}
