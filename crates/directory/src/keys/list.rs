//! Lists of keys.

use serde::Serialize;

use super::{Key, KeyKind, KeyState};
use crate::{
    db::{Conn, filter::Sql},
    error::{Error, Result},
    ids::UserId,
    names,
    page::{At, Cursor, Of, Page, PageRequest},
    sql,
};

/// A key with its holder, its make and its link.
const KEY: &str = "select k.*, u.display_name as user_display_name, u.email as user_email, \
    (select c.model from credentials c where c.key_id = k.id) as model, \
    (select max(a.expires_at) from activations a where a.key_id = k.id and a.state = 'open') as link_expires_at ";

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
    sql.push("from security_keys k join users u on u.id = k.user_id where 1 = 1");
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
        let end = names::after_prefix(&word);
        sql.push(" and k.id in (select f.id from user_terms w join security_keys f on f.user_id = w.user_id where w.term >= ");
        sql.bind(word.clone()).push(" and w.term < ").bind(end.clone());
        sql.push(" union select n.id from security_keys n where n.name_key >= ").bind(word).push(" and n.name_key < ");
        sql.bind(end).push(")");
    }
    let order = page.sort.clone().unwrap_or_else(|| "-createdAt".to_owned());
    let (name, descending) = order.strip_prefix('-').map_or((order.as_str(), false), |name| (name, true));
    let (column, of) = match name {
        "createdAt" => ("k.created_at", Of::Numbers),
        "lastUsedAt" => ("coalesce(k.last_used_at, 0)", Of::Numbers),
        "name" => ("k.name_key", Of::Texts),
        _ => return Err(Error::field("sort", "notAllowed", "Sort by createdAt, lastUsedAt or name.")),
    };
    if let Some(text) = &page.cursor {
        let cursor = Cursor::from_text(text, &order, of)?;
        sql.push(" and (").push(column).push(", k.id) ").push(if descending { "< (" } else { "> (" });
        match cursor.at {
            At::Number(number) => sql.bind(number),
            At::Text(text) => sql.bind(text),
        };
        sql.push(", ").bind(cursor.id).push(")");
    }
    let direction = if descending { " desc" } else { "" };
    sql.push(" order by ").push(column).push(direction).push(", k.id").push(direction);
    sql.push(" limit ").bind(i64::from(page.limit) + 1);
    let rows: Vec<Key> = sql.run(conn).all().await?;
    Ok(Page::cut(rows, page.limit, |key| Cursor {
        order: order.clone(),
        at: match column {
            "k.created_at" => At::Number(key.created_at.0),
            "k.name_key" => At::Text(names::folded(&key.name)),
            _ => At::Number(key.last_used_at.map_or(0, |at| at.0)),
        },
        id: key.id.0,
    }))
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
    sql.push("from security_keys k join users u on u.id = k.user_id where k.state in ('pending', 'active', 'suspended', 'expired')");
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
