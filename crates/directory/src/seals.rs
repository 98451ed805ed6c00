//! The chain over the activity record. Each seal is the SHA-256 of the seal before it and of one
//! record, so that whoever changes, removes or inserts a record in the database has to rewrite
//! every seal after it, and an administrator who noted the newest seal elsewhere sees that.
//!
//! Records are sealed by a worker shortly after they were written, in the order of their sequence
//! numbers. On PostgreSQL a number is given before its transaction commits, so a record may appear
//! behind ones already sealed; it is sealed when it appears. The order of the chain is the order of
//! its positions.

use sha2::{Digest as _, Sha256};

use crate::{
    Timestamp,
    activity::Record,
    actor::ActorType,
    db::{Conn, Tx},
    error::Result,
    sql,
};

/// Records younger than this wait: their neighbours may still be committing.
const SETTLE_SECONDS: i64 = 5;

/// How many records one transaction seals at most.
const BATCH: i64 = 250;

/// How far behind the highest sealed number a [`Reach::Recent`] pass looks for late ones.
const LATE: i64 = 10_000;

/// How many records are read at once while verifying.
const VERIFY_BATCH: i64 = 1_000;

/// What is hashed before the first record, so that no other hash can pass for a seal.
const FIRST: &[u8] = b"keystead activity chain 1";

/// Which records a pass considers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// New ones and those that came late by up to 10,000 numbers: a look at the end of the record.
    Recent,
    /// Every record without a seal, however old: a look at the whole record.
    All,
    /// Those after this number.
    After(i64),
}

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many records are sealed.
    pub position: i64,
    /// The newest seal, in hexadecimal.
    pub hash: String,
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every seal fits; this is the end of the chain, none when nothing is sealed yet.
    Whole(Option<Head>),
    /// The first position whose seal does not fit, and the number of the record it was made for.
    Broken {
        /// The position in the chain.
        position: i64,
        /// The number of the record.
        activity_seq: i64,
    },
}

#[derive(sqlx::FromRow)]
struct Seal {
    position: i64,
    hash: Vec<u8>,
}

/// The first settled record without a seal. It looks at every record, so it is for a reader:
/// nobody waits for it.
pub async fn first_without(conn: &mut Conn, now: Timestamp) -> Result<Option<i64>> {
    let first: Option<(i64,)> = conn
        .query(sql!(
            "select a.seq from activity a where a.at <= $1 \
             and not exists (select 1 from activity_seals s where s.activity_seq = a.seq) order by a.seq limit 1"
        ))
        .bind(now.plus_seconds(-SETTLE_SECONDS))
        .optional()
        .await?;
    Ok(first.map(|(seq,)| seq))
}

/// Seals up to 250 records, and says where to go on when there may be more. The caller commits.
pub async fn seal(tx: &mut Tx, reach: Reach) -> Result<(Option<Reach>, Option<Head>)> {
    // One server at a time; on SQLite there is one writer anyway.
    let _: (i64,) = tx
        .query(sql!(
            sqlite: "select cast(1 as bigint) as locked",
            postgres: "select cast(1 as bigint) as locked from (select pg_advisory_xact_lock(7310868735425311588)) as held"
        ))
        .one()
        .await?;
    let before = tx.now().plus_seconds(-SETTLE_SECONDS);
    let floor = match reach {
        Reach::All => 0,
        Reach::After(seq) => seq,
        Reach::Recent => {
            let (highest,): (i64,) =
                tx.query(sql!("select coalesce(max(activity_seq), 0) as highest from activity_seals")).one().await?;
            highest - LATE
        }
    };
    let records: Vec<Record> = tx
        .query(sql!(
            "select a.* from activity a left join activity_seals s on s.activity_seq = a.seq \
             where a.seq > $1 and a.at <= $2 and s.activity_seq is null order by a.seq limit $3"
        ))
        .bind(floor)
        .bind(before)
        .bind(BATCH)
        .all()
        .await?;
    let last: Option<Seal> =
        tx.query(sql!("select position, hash from activity_seals order by position desc limit 1")).optional().await?;
    let (mut position, mut hash) = last.map_or_else(|| (0, FIRST.to_vec()), |seal| (seal.position, seal.hash));
    for record in &records {
        position += 1;
        hash = link(&hash, record);
        tx.query(sql!("insert into activity_seals (position, activity_seq, hash) values ($1, $2, $3)"))
            .bind(position)
            .bind(record.seq)
            .bind(hash.clone())
            .execute()
            .await?;
    }
    let head = (!records.is_empty()).then(|| Head { position, hash: hex::encode(&hash) });
    let more = i64::try_from(records.len()).unwrap_or(BATCH) >= BATCH;
    // Going on from the last one, not from the beginning: that would be a look at the whole record
    // for each batch.
    let next = records.last().filter(|_| more).map(|last| Reach::After(last.seq));
    Ok((next, head))
}

#[derive(sqlx::FromRow)]
struct SealedRecord {
    position: i64,
    activity_seq: i64,
    hash: Vec<u8>,
    /// The record's own number: none when the record is gone.
    present: Option<i64>,
}

/// Recomputes the whole chain and tells where it breaks first, if anywhere.
pub async fn verify(conn: &mut Conn) -> Result<Verdict> {
    let (mut position, mut hash) = (0_i64, FIRST.to_vec());
    loop {
        let seals: Vec<SealedRecord> = conn
            .query(sql!(
                "select s.position, s.activity_seq, s.hash, a.seq as present \
                 from activity_seals s left join activity a on a.seq = s.activity_seq \
                 where s.position > $1 order by s.position limit $2"
            ))
            .bind(position)
            .bind(VERIFY_BATCH)
            .all()
            .await?;
        if seals.is_empty() {
            let head = (position > 0).then(|| Head { position, hash: hex::encode(&hash) });
            return Ok(Verdict::Whole(head));
        }
        let records: Vec<Record> = conn
            .query(sql!(
                "select a.* from activity_seals s join activity a on a.seq = s.activity_seq \
                 where s.position > $1 order by s.position limit $2"
            ))
            .bind(position)
            .bind(VERIFY_BATCH)
            .all()
            .await?;
        let mut records = records.iter();
        for seal in seals {
            let broken = Verdict::Broken { position: position + 1, activity_seq: seal.activity_seq };
            if seal.position != position + 1 || seal.present.is_none() {
                return Ok(broken);
            }
            match records.next() {
                Some(record) if record.seq == seal.activity_seq && link(&hash, record) == seal.hash => {}
                _ => return Ok(broken),
            }
            (position, hash) = (seal.position, seal.hash);
        }
    }
}

/// The seal of `record` after `previous`.
fn link(previous: &[u8], record: &Record) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(canonical(record));
    hasher.finalize().to_vec()
}

/// A record as bytes, the same for ever and for both databases: each value in turn, absent as `0`,
/// present as `1`, its length in eight bytes, and itself. No two records share a form.
fn canonical(record: &Record) -> Vec<u8> {
    let Record {
        seq,
        id,
        at,
        action,
        actor_type,
        actor_id,
        actor_name,
        target_type,
        target_id,
        target_name,
        user_id,
        user_name,
        ip,
        user_agent,
        request_id,
        details,
    } = record;
    let actor_type = match actor_type {
        ActorType::User => "user",
        ActorType::ApiKey => "apiKey",
        ActorType::Link => "link",
        ActorType::System => "system",
        ActorType::Cli => "cli",
        ActorType::Scim => "scim",
    };
    let text = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
    let values = [
        Some(seq.to_be_bytes().to_vec()),
        Some(id.as_bytes().to_vec()),
        Some(at.0.to_be_bytes().to_vec()),
        Some(action.as_bytes().to_vec()),
        Some(actor_type.as_bytes().to_vec()),
        actor_id.map(|id| id.as_bytes().to_vec()),
        Some(actor_name.as_bytes().to_vec()),
        text(target_type),
        target_id.map(|id| id.as_bytes().to_vec()),
        text(target_name),
        user_id.map(|id| id.0.as_bytes().to_vec()),
        text(user_name),
        text(ip),
        text(user_agent),
        text(request_id),
        Some(details.as_bytes().to_vec()),
    ];
    let mut bytes = Vec::new();
    for value in values {
        match value {
            None => bytes.push(0),
            Some(value) => {
                bytes.push(1);
                bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
                bytes.extend_from_slice(&value);
            }
        }
    }
    bytes
}
