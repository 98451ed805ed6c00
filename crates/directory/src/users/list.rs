//! Lists of people, as fast with a million as with a thousand.
//!
//! The ids of a page are found first, in the order of the list and mostly in indexes alone, by the
//! shortest of the roads that lead to them (`roads.rs`); whole rows are fetched for those on the
//! page only.

mod conditions;
mod order;
mod roads;

use super::{Origin, User, UserStatus};
use crate::{
    db::{Conn, Dialect, filter::Sql},
    error::Result,
    ids::{GroupId, UserId},
    keys::KeyKind,
    names,
    page::{Page, PageRequest},
};
use conditions::{AtHand, Kind};
use order::ORDERS;

/// Counts with a search or a filter stop here.
const COUNTED: i64 = 10_000;
/// Where a set is counted to see whether it is smaller than another, the count stops here.
const COMPARED: i64 = if cfg!(test) { 5 } else { 2000 };

/// A kind of key that people are filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFilter {
    /// Holds one of this kind (not revoked, expired or cancelled).
    Kind(KeyKind),
    /// Holds none.
    None,
}

/// Which people are asked for.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Beginnings of words in name, e-mail or user name; all must match.
    pub q: Option<String>,
    /// One of these; empty: any.
    pub status: Vec<UserStatus>,
    /// In this group.
    pub group: Option<GroupId>,
    /// From one of these; empty: any.
    pub origin: Vec<Origin>,
    /// With one of these; empty: any.
    pub key: Vec<KeyFilter>,
}

/// The people that match, by display name unless another order is asked for.
///
/// # Errors
/// `notAllowed` at `sort`; a cursor of another list.
pub async fn list(conn: &mut Conn, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>> {
    let Some(words) = names::asked_words(filter.q.as_deref()) else { return Ok(Page::whole(Vec::new())) };
    let order = ORDERS.order(page.sort.as_deref())?;
    let from = order.begin(page)?;
    let conditions = conditions::of(conn.dialect(), filter, words);
    let road = roads::shortest(conn, &conditions, order, from.as_ref(), page.rows()).await?;
    let mut sql = Sql::new("select p.* from (");
    for (at, stretch) in road.iter().enumerate() {
        sql.push(if at == 0 { "select id, place from (" } else { " union all select id, place from (" });
        sql.append(&stretch.find(&conditions, order, from.as_ref(), page.rows())).push(") one");
    }
    if road.is_empty() {
        return Ok(Page::whole(Vec::new()));
    }
    sql.push(") page cross join users p where p.id = page.id");
    order.first_by(&mut sql, "page.place", "page.id", page.rows());
    let rows: Vec<User> = sql.run(conn).all().await?;
    Ok(order.cut(rows, page))
}

/// How many people match, and whether that is exact: with a search or a filter the count stops at
/// 10,000.
pub async fn count(conn: &mut Conn, filter: &UserFilter) -> Result<(i64, bool)> {
    let Some(words) = names::asked_words(filter.q.as_deref()) else { return Ok((0, true)) };
    let conditions = conditions::of(conn.dialect(), filter, words);
    let counted = match &conditions[..] {
        [] => return Ok((super::status_counts(conn).await?.total, true)),
        [one] => match &one.kind {
            Kind::Status(statuses) if conn.dialect() == Dialect::Sqlite => {
                let counts = super::status_counts(conn).await?;
                statuses.iter().map(|status| counts.with(*status)).sum()
            }
            _ => roads::count(conn, &one.set, COUNTED + 1).await?,
        },
        several => {
            let (mut start, mut smallest) = (0, i64::MAX);
            for (at, condition) in several.iter().enumerate() {
                let members = roads::count(conn, &condition.set, COMPARED).await?;
                if members < smallest {
                    (start, smallest) = (at, members);
                }
            }
            let mut sql = Sql::new("select 1 from (");
            sql.append(&several[start].set).push(") d cross join users u where u.id = d.id");
            for (_, other) in several.iter().enumerate().filter(|(at, _)| *at != start) {
                sql.push(" and ").append(other.test(AtHand::Row));
            }
            roads::count(conn, &sql, COUNTED + 1).await?
        }
    };
    Ok((counted.min(COUNTED), counted <= COUNTED))
}

/// The members of a group; of the built-in Everyone all people.
pub async fn list_members(
    conn: &mut Conn,
    group: GroupId,
    q: Option<String>,
    page: &PageRequest,
) -> Result<Page<User>> {
    list(conn, &UserFilter { q, group: Some(group), ..UserFilter::default() }, page).await
}

/// The people with these ids, in the order of their ids, so that two who change the same people
/// at once do it in the same order. Ids that are nobody's are left out.
pub async fn existing(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<User>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("select u.* from users u where u.id in ");
    sql.list(ids.iter().map(|id| id.0)).push(" order by u.id");
    sql.run(conn).all().await
}

#[cfg(test)]
mod tests;
