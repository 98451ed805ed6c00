//! Lists of keys.

use serde::Serialize;

use super::{KEY, Key, KeyKind, KeyState};
use crate::{
    db::{Conn, filter::Sql},
    error::Result,
    ids::UserId,
    names,
    page::{
        At, Of, Page, PageRequest,
        order::{Column, Sortable},
    },
    sql,
};

/// The orders of keys.
static ORDERS: Sortable<Key> = Sortable {
    columns: &[
        Column { name: "createdAt", sql: "k.created_at", of: Of::Numbers, at: |key| At::Number(key.created_at.0) },
        Column {
            name: "lastUsedAt",
            sql: "coalesce(k.last_used_at, 0)",
            of: Of::Numbers,
            at: |key| At::Number(key.last_used_at.map_or(0, |at| at.0)),
        },
        Column { name: "name", sql: "k.name_key", of: Of::Texts, at: |key| At::Text(names::folded(&key.name)) },
    ],
    usual: "-createdAt",
    id: "k.id",
    id_of: |key| key.id.0,
};

/// Which keys are asked for.
#[derive(Debug, Clone, Default)]
pub struct KeySearch {
    /// Words in the holder's names and address, or the beginning of the key's name.
    pub q: Option<String>,
    /// One of these kinds; empty: any.
    pub kind: Vec<KeyKind>,
    /// In one of these states; empty: any.
    pub state: Vec<KeyState>,
    /// Held by this person.
    pub user: Option<UserId>,
}

/// The keys that match: newest first unless another order is asked for.
///
/// # Errors
/// `notAllowed` at `sort`; a cursor of another list.
pub async fn list(conn: &mut Conn, search: &KeySearch, page: &PageRequest) -> Result<Page<Key>> {
    let mut sql = Sql::new(KEY);
    sql.push(" where 1 = 1");
    if let Some(user) = search.user {
        sql.push(" and k.user_id = ").bind(user.0);
    }
    if !search.kind.is_empty() {
        sql.push(" and k.kind in ").list(search.kind.iter().map(|kind| kind.as_str()));
    }
    if !search.state.is_empty() {
        sql.push(" and k.state in ").list(search.state.iter().map(|state| state.as_str()));
    }
    let Some(words) = names::asked_words(search.q.as_deref()) else { return Ok(Page::whole(Vec::new())) };
    for word in words {
        let ((begin, end), last) = (names::term_range(&word), names::after_prefix(&word));
        sql.push(" and k.id in (select f.id from user_terms w join security_keys f on f.user_id = w.user_id where w.term >= ");
        sql.bind(begin).push(" and w.term < ").bind(end);
        sql.push(
            " union select f.id from users h join security_keys f on f.user_id = h.id where h.display_name_key >= ",
        );
        sql.bind(word.clone()).push(" and h.display_name_key < ").bind(last.clone());
        sql.push(" union select n.id from security_keys n where n.name_key >= ").bind(word).push(" and n.name_key < ");
        sql.bind(last).push(")");
    }
    let order = ORDERS.order(page.sort.as_deref())?;
    order.after(&mut sql, order.begin(page)?.as_ref());
    order.first(&mut sql, page.rows());
    Ok(order.cut(sql.run(conn).all().await?, page))
}

/// A person's keys, newest first, at most two hundred.
pub async fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<Key>> {
    let page = PageRequest::new(Some(200), None, None)?;
    Ok(list(conn, &KeySearch { user: Some(user), ..KeySearch::default() }, &page).await?.items)
}

/// The keys that people on one page hold (waiting, active, suspended or expired).
pub async fn of_users(conn: &mut Conn, users: &[UserId]) -> Result<Vec<Key>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(KEY);
    sql.push(" where k.state in ('pending', 'active', 'suspended', 'expired')");
    sql.push(" and k.user_id in ").list(users.iter().map(|user| user.0));
    sql.push(" order by k.created_at, k.id limit 2000");
    sql.run(conn).all().await
}

/// How many keys there are in each state.
#[derive(Debug, Clone, Copy, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyCounts {
    /// That wait for their holder.
    pub pending: i64,
    /// That work.
    pub active: i64,
    /// That are suspended.
    pub suspended: i64,
    /// That are revoked.
    pub revoked: i64,
    /// Whose link ran out.
    pub expired: i64,
}

/// Counts keys by state.
pub async fn counts(conn: &mut Conn) -> Result<KeyCounts> {
    let rows: Vec<(KeyState, i64)> = conn
        .query(sql!(
            sqlite: "select state, number from tallies where subject = 'keys'",
            postgres: "select state, count(*) from security_keys group by state"
        ))
        .all()
        .await?;
    let mut counts = KeyCounts::default();
    for (state, number) in rows {
        match state {
            KeyState::Pending => counts.pending = number,
            KeyState::Active => counts.active = number,
            KeyState::Suspended => counts.suspended = number,
            KeyState::Revoked => counts.revoked = number,
            KeyState::Expired => counts.expired = number,
            KeyState::Cancelled => {}
        }
    }
    Ok(counts)
}
