//! Whether cards may be used, for servers that look again and again.

use std::collections::BTreeMap;

use super::Card;
use crate::{
    Timestamp,
    db::{Conn, filter::Sql},
    error::Result,
    ids::CardId,
    keys::KeyState,
};

/// How many cards are asked about at once.
const BATCH: usize = 400;

/// What decides whether a card may be used. Two that are equal are answered alike.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    key_state: KeyState,
    user_active: bool,
    blocked: bool,
    /// Changes when another badge takes the card over; none when what it held was destroyed.
    bound_at: Option<Timestamp>,
}

impl Card {
    /// See [`Standing`].
    pub fn standing(&self) -> Standing {
        Standing {
            key_state: self.key_state,
            user_active: self.user_active,
            blocked: self.is_blocked(),
            bound_at: self.bound_at.filter(|_| self.sealed_key.is_some()),
        }
    }
}

/// How these cards stand; one that is gone is left out.
pub async fn standings(conn: &mut Conn, cards: &[CardId]) -> Result<BTreeMap<CardId, Standing>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: CardId,
        #[sqlx(flatten)]
        standing: Standing,
    }
    let mut found = BTreeMap::new();
    for batch in cards.chunks(BATCH) {
        let mut sql = Sql::new(
            "select c.id, k.state as key_state, u.active as user_active, \
             (c.pin_salt is not null and c.pin_tries <= 0) as blocked, \
             case when c.sealed_key is not null then c.bound_at end as bound_at \
             from cards c join security_keys k on k.id = c.key_id join users u on u.id = k.user_id where c.id in ",
        );
        sql.list(batch.iter().map(|card| card.0));
        let rows: Vec<Row> = sql.run(conn).all().await?;
        found.extend(rows.into_iter().map(|row| (row.id, row.standing)));
    }
    Ok(found)
}
