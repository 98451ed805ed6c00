//! What a server does without being asked: it sends the mails of the outbox and keeps house
//! (expired keys, what is over and can be forgotten, the chain over the activity record).
//!
//! Every server runs one worker; several on one database share the work through leases and locks in
//! it. Whatever fails is logged and tried again; nothing ends the loops but the end of the server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use keystead_directory::{
    Db, Result, Timestamp,
    activations::carry_over,
    credentials, idempotency, ids, keys,
    mails::{self, ClaimedMail, LEASE_SECONDS},
    scim,
    seals::{self, Reach},
    secret::Sealer,
    sessions,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use crate::mail::{Mailer, Outcome};

/// How many mails leave at once: while one hangs at a slow server, others go.
const SENDERS: usize = 4;
/// How long an idle worker waits before it looks for mails that another server wrote.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits after the database failed.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it keeps house.
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// How many rounds of housekeeping until the whole activity record is searched for gaps again.
const ROUNDS_TO_FULL_SEARCH: u32 = 120;
/// How many keys one round lets expire; more wait for the next.
const EXPIRE_AT_ONCE: i64 = 500;
/// How long mails in flight may take to finish when the server ends.
const FAREWELL: Duration = Duration::from_secs(8);
/// Mails are not sent in the last seconds of a lease: the server's view of time may be off a little.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// A server's background work.
#[derive(Clone)]
pub struct Worker {
    /// The database.
    pub db: Db,
    /// Opens what mails say.
    pub sealer: Sealer,
    /// The mail server; none when none is configured.
    pub mailer: Option<Arc<Mailer>>,
    /// Rung after a commit that queued a mail, so that it leaves at once.
    pub bell: Arc<Notify>,
    /// How long a claimed mail is this server's own.
    pub lease_seconds: i64,
}

impl Worker {
    /// A worker with the usual lease.
    pub fn new(db: Db, sealer: Sealer, mailer: Option<Arc<Mailer>>, bell: Arc<Notify>) -> Self {
        Self { db, sealer, mailer, bell, lease_seconds: LEASE_SECONDS }
    }

    /// Works until `stop` becomes true (or its sender is gone), then finishes what is in flight, for
    /// at most eight seconds.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let sending = async {
            if let Some(mailer) = &self.mailer {
                self.send_mails(mailer, stop.clone()).await;
            }
        };
        tokio::join!(sending, self.keep_house(stop.clone()));
    }

    async fn send_mails(&self, mailer: &Arc<Mailer>, mut stop: watch::Receiver<bool>) {
        let mut sending = JoinSet::new();
        let mut trouble = Trouble::default();
        while !*stop.borrow() {
            let free = SENDERS - sending.len();
            let wait = match self.take(free).await {
                Ok(mails) => {
                    trouble.over("mails can be sent again");
                    for mail in mails {
                        sending.spawn(self.clone().send(mailer.clone(), mail));
                    }
                    LOOK
                }
                Err(error) => {
                    trouble.is("mails wait: the outbox can't be read", &error);
                    PATIENCE
                }
            };
            tokio::select! {
                gone = stop.changed() => if gone.is_err() { break },
                () = self.bell.notified() => {}
                () = sleep(wait) => {}
                Some(ended) = sending.join_next() => report(ended),
            }
        }
        let finish = async {
            while let Some(ended) = sending.join_next().await {
                report(ended);
            }
        };
        if timeout(FAREWELL, finish).await.is_err() {
            // Their leases run out, and whoever works then tries again under the same Message-ID.
            tracing::warn!(mails = sending.len(), "the mail server was too slow to finish before the end");
        }
        mailer.close().await;
    }

    /// Claims up to `free` mails. The look before the claim keeps idle servers from writing.
    async fn take(&self, free: usize) -> Result<Vec<(ClaimedMail, Instant)>> {
        if free == 0 || !mails::due(&mut self.db.read().await?, Timestamp::now()).await? {
            return Ok(Vec::new());
        }
        // Taken before the lease begins, so that we never believe in it longer than the database.
        let since = Instant::now();
        let mut tx = self.db.write(Timestamp::now()).await?;
        let limit = i64::try_from(free).unwrap_or(1);
        let claimed = mails::claim(&mut tx, &self.sealer, ids::new_uuid(), self.lease_seconds, limit).await?;
        tx.commit().await?;
        Ok(claimed.into_iter().map(|mail| (mail, since)).collect())
    }

    async fn send(self, mailer: Arc<Mailer>, (mail, since): (ClaimedMail, Instant)) {
        let lease = Duration::from_secs(u64::try_from(self.lease_seconds).unwrap_or(0));
        let begun = Timestamp::now();
        // Two clocks, because a suspended machine stops one of them.
        let still_ours = move || {
            let by_the_calendar =
                Duration::from_secs(u64::try_from(Timestamp::now().seconds_since(begun)).unwrap_or(0));
            since.elapsed().max(by_the_calendar) + LEASE_MARGIN < lease
        };
        let outcome = mailer.send(&mail, still_ours).await;
        log(&mail, &outcome);
        // A mail that left and is not noted would leave again: this is worth some patience.
        for _ in 0..100 {
            match self.note(&mail, &outcome).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!(mail = %mail.id, "another server has taken this mail over; nothing was noted");
                    return;
                }
                Err(error) => {
                    tracing::warn!(mail = %mail.id, %error, "what became of a mail can't be noted yet");
                    sleep(PATIENCE).await;
                }
            }
        }
    }

    async fn note(&self, mail: &ClaimedMail, outcome: &Outcome) -> Result<bool> {
        let mut tx = self.db.write(Timestamp::now()).await?;
        let noted = match outcome {
            Outcome::Sent => mails::sent(&mut tx, mail).await?,
            Outcome::Later(why) => mails::retry(&mut tx, mail, why).await?,
            Outcome::Refused(why) => mails::give_up(&mut tx, mail, why).await?,
            Outcome::NotOurs => return Ok(false),
        };
        tx.commit().await?;
        Ok(noted)
    }

    async fn keep_house(&self, mut stop: watch::Receiver<bool>) {
        let mut trouble = Trouble::default();
        let mut ticks = interval(HOUSEKEEPING);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut round = 0_u32;
        loop {
            tokio::select! {
                gone = stop.changed() => if gone.is_err() || *stop.borrow() { return },
                _ = ticks.tick() => {
                    let reach = if round.is_multiple_of(ROUNDS_TO_FULL_SEARCH) { Reach::All } else { Reach::Recent };
                    match self.tidy(reach, &stop).await {
                        Ok(()) => {
                            round = round.wrapping_add(1);
                            trouble.over("housekeeping works again");
                        }
                        Err(error) => trouble.is("housekeeping failed and is tried again", &error),
                    }
                }
            }
        }
    }

    /// One round of housekeeping. Each task has its own transaction, and the failure of one does
    /// not keep the others from their turn.
    pub async fn tidy(&self, reach: Reach, stop: &watch::Receiver<bool>) -> Result<()> {
        let tidied = self.forget().await;
        let sealed = self.seal(reach, stop).await;
        tidied.and(sealed)
    }

    async fn forget(&self) -> Result<()> {
        let mut tx = self.db.write(Timestamp::now()).await?;
        keys::expire_due(&mut tx, EXPIRE_AT_ONCE).await?;
        tx.commit().await?;
        let mut tx = self.db.write(Timestamp::now()).await?;
        sessions::forget_old(&mut tx).await?;
        idempotency::forget_old(&mut tx).await?;
        credentials::forget_old_ceremonies(&mut tx).await?;
        carry_over::forget_old(&mut tx).await?;
        mails::purge(&mut tx).await?;
        tx.commit().await?;
        let mut tx = self.db.write(Timestamp::now()).await?;
        scim::requests::forget_old(&mut tx).await?;
        scim::tokens::forget_old(&mut tx).await?;
        scim::state::watch(&mut tx).await?;
        tx.commit().await?;
        let mut tx = self.db.write(Timestamp::now()).await?;
        mails::give_up_overdue(&mut tx, ids::new_uuid()).await?;
        tx.commit().await
    }

    async fn seal(&self, reach: Reach, stop: &watch::Receiver<bool>) -> Result<()> {
        let mut next = Some(reach);
        if reach == Reach::All {
            // A look at the whole record takes seconds when it has millions: it is no writer's work.
            let first = seals::first_without(&mut self.db.read().await?, Timestamp::now()).await?;
            next = first.map(|seq| Reach::After(seq - 1));
        }
        let mut newest = None;
        while let Some(reach) = next.filter(|_| !*stop.borrow()) {
            let mut tx = self.db.write(Timestamp::now()).await?;
            let (more, head) = seals::seal(&mut tx, reach).await?;
            tx.commit().await?;
            (next, newest) = (more, head.or(newest));
        }
        if let Some(head) = newest {
            // In the log the newest seal is out of reach of whoever can write the database.
            tracing::info!(position = head.position, hash = head.hash, "activity sealed");
        }
        Ok(())
    }
}

fn log(mail: &ClaimedMail, outcome: &Outcome) {
    let (id, kind, attempt) = (mail.id, mail.letter.content.kind(), mail.attempts);
    match outcome {
        Outcome::Sent => {
            metrics::counter!("keystead_mails_sent_total").increment(1);
            tracing::info!(mail = %id, kind, attempt, "mail sent");
        }
        Outcome::Later(why) => {
            metrics::counter!("keystead_mail_attempts_failed_total").increment(1);
            tracing::warn!(mail = %id, kind, attempt, why, "mail not sent yet");
        }
        Outcome::Refused(why) => {
            metrics::counter!("keystead_mails_refused_total").increment(1);
            tracing::warn!(mail = %id, kind, attempt, why, "mail refused for good");
        }
        Outcome::NotOurs => tracing::warn!(mail = %id, kind, attempt, "the lease ran out before the mail left"),
    }
}

fn report(ended: std::result::Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "sending a mail failed unexpectedly; it is tried again when its lease is over");
    }
}

/// Logs when something begins to fail and when it works again, not every second between.
#[derive(Default)]
struct Trouble(bool);

impl Trouble {
    fn is(&mut self, what: &str, error: &keystead_directory::Error) {
        if !std::mem::replace(&mut self.0, true) {
            tracing::warn!(%error, "{what}");
        }
    }

    fn over(&mut self, what: &str) {
        if std::mem::take(&mut self.0) {
            tracing::info!("{what}");
        }
    }
}

#[cfg(test)]
mod tests;
