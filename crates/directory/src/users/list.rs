//! Lists of people, as fast with a million as with a thousand.
//!
//! A list is answered in one of three ways, chosen by looking how rare the rarest condition is
//! (a count that stops at [`RARE`]):
//! - a condition that few people meet is the start: those few are looked at and sorted;
//! - a search for something common is answered in the order of the words found, straight from
//!   the index of words;
//! - anything else walks the index of the sort order and skips who does not match, which is
//!   quick because many do.
//!
//! In all of them the ids of the page are found first, mostly in indexes alone; whole rows are
//! fetched for those on the page only.

mod order;

use super::{Origin, User, UserStatus};
use crate::{
    db::{Conn, filter::Sql},
    error::{Error, Result},
    ids::{EVERYONE, GroupId, UserId},
    keys::KeyKind,
    names,
    page::{At, Cursor, Of, Page, PageRequest},
};
use order::{BY_NAME, Sort};

/// A condition that at most so many people meet is looked at whole.
const RARE: i64 = if cfg!(test) { 5 } else { 5000 };
/// Counts with a search or a rare filter stop here.
const COUNTED: i64 = 10_000;

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

impl UserStatus {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl Origin {
    /// As the database and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Csv => "csv",
            Self::Scim => "scim",
            Self::Entra => "entra",
        }
    }
}

/// One condition: as a test of the person `u`, as a test of `u.id` alone where that is another
/// one, and (where there is an index) as the set of ids.
struct Condition {
    test: Sql,
    test_of_id: Option<Sql>,
    ids: Option<Sql>,
    word: Option<String>,
}

fn conditions(filter: &UserFilter, words: Vec<String>, sort: Sort) -> Vec<Condition> {
    let mut all = Vec::new();
    for word in words {
        let mut test = Sql::new("exists (select 1 from user_terms w where w.user_id = u.id and w.term >= ");
        test.bind(word.clone()).push(" and w.term < ").bind(names::after_prefix(&word)).push(")");
        let mut ids = Sql::new("select w.user_id from user_terms w where w.term >= ");
        ids.bind(word.clone()).push(" and w.term < ").bind(names::after_prefix(&word));
        all.push(Condition { test, test_of_id: None, ids: Some(ids), word: Some(word) });
    }
    if !filter.status.is_empty() {
        let statuses = || filter.status.iter().map(|status| status.as_str());
        let mut test = Sql::new("");
        match filter.status[..] {
            [status] if sort.within_status() => {
                test.push("u.status = ").bind(status.as_str());
            }
            // Written so that the walk along the sort order stays a walk along the sort order.
            _ => {
                test.push("case when u.status in ").list(statuses()).push(" then 1 else 0 end = 1");
            }
        }
        let mut of_id = Sql::new("exists (select 1 from users s where s.id = u.id and s.status in ");
        of_id.list(statuses()).push(")");
        let mut ids = Sql::new("select s.id as user_id from users s where s.status in ");
        ids.list(statuses());
        all.push(Condition { test, test_of_id: Some(of_id), ids: Some(ids), word: None });
    }
    if let Some(group) = filter.group.filter(|group| *group != EVERYONE) {
        let mut test = Sql::new("exists (select 1 from group_members m where m.user_id = u.id and m.group_id = ");
        test.bind(group.0).push(")");
        let mut ids = Sql::new("select m.user_id from group_members m where m.group_id = ");
        ids.bind(group.0);
        all.push(Condition { test, test_of_id: None, ids: Some(ids), word: None });
    }
    if !filter.origin.is_empty() {
        let origins = || filter.origin.iter().map(|origin| origin.as_str());
        let mut test = Sql::new("case when u.origin in ");
        test.list(origins()).push(" then 1 else 0 end = 1");
        let mut of_id = Sql::new("exists (select 1 from users s where s.id = u.id and s.origin in ");
        of_id.list(origins()).push(")");
        let mut ids = Sql::new("select s.id as user_id from users s where s.origin in ");
        ids.list(origins());
        all.push(Condition { test, test_of_id: Some(of_id), ids: Some(ids), word: None });
    }
    if !filter.key.is_empty() {
        const HELD: &str = " and k.state in ('pending', 'active', 'suspended')";
        let kinds: Vec<&str> = filter
            .key
            .iter()
            .filter_map(|key| if let KeyFilter::Kind(kind) = key { Some(kind.as_str()) } else { None })
            .collect();
        let none = filter.key.contains(&KeyFilter::None);
        let mut test = Sql::new("(");
        if none {
            test.push("not exists (select 1 from security_keys k where k.user_id = u.id").push(HELD).push(")");
        }
        if none && !kinds.is_empty() {
            test.push(" or ");
        }
        let mut ids = None;
        if !kinds.is_empty() {
            test.push("exists (select 1 from security_keys k where k.user_id = u.id")
                .push(HELD)
                .push(" and k.kind in ");
            test.list(kinds.iter().copied()).push(")");
            if !none {
                let mut held = Sql::new("select k.user_id from security_keys k where k.kind in ");
                held.list(kinds).push(HELD);
                ids = Some(held);
            }
        }
        test.push(")");
        all.push(Condition { test, test_of_id: None, ids, word: None });
    }
    all
}

/// The position of the rarest condition, and how many rows it has (up to one more than [`RARE`]).
async fn rarest(conn: &mut Conn, conditions: &[Condition]) -> Result<Option<(usize, i64)>> {
    let mut best: Option<(usize, i64)> = None;
    for (at, condition) in conditions.iter().enumerate() {
        let Some(ids) = &condition.ids else { continue };
        let mut sql = Sql::new("select count(*) from (");
        sql.append(ids).push(" limit ").bind(RARE + 1).push(") counted");
        let (rows,): (i64,) = sql.run(conn).one().await?;
        if best.is_none_or(|(_, fewest)| rows < fewest) {
            best = Some((at, rows));
        }
    }
    Ok(best)
}

fn and_all(sql: &mut Sql, conditions: &[Condition], except: Option<usize>) {
    for (at, condition) in conditions.iter().enumerate() {
        if Some(at) != except {
            sql.push(" and ").append(&condition.test);
        }
    }
}

/// The people that match. Without a sort order a common search comes in the order of the words
/// found, everything else by display name.
///
/// # Errors
/// `notAllowed` at `sort`; a cursor of another list.
pub async fn list(conn: &mut Conn, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>> {
    let Some(words) = names::asked_words(filter.q.as_deref()) else { return Ok(Page::whole(Vec::new())) };
    let asked = Sort::read(page.sort.as_deref())?;
    let sort = asked.unwrap_or(BY_NAME);
    let conditions = conditions(filter, words.clone(), sort);
    let mut ids = Vec::new();
    match rarest(conn, &conditions).await? {
        Some((start, rows)) if rows <= RARE => {
            let mut sql = Sql::new("select u.id from (select distinct user_id from (");
            if let Some(ids) = &conditions[start].ids {
                sql.append(ids);
            }
            sql.push(") listed) d cross join users u where u.id = d.user_id");
            and_all(&mut sql, &conditions, Some(start));
            ids.push(sql);
        }
        Some((start, _)) if asked.is_none() && conditions[start].word.is_some() => {
            return by_words(conn, &conditions, start, page).await;
        }
        _ if filter.status.len() > 1 && sort.within_status() => {
            // Each status in its own index, then the first of them all: people of one status may
            // stand together at the far end of the order.
            let mut statuses = filter.status.clone();
            statuses.sort_unstable_by_key(|status| status.as_str());
            statuses.dedup();
            for status in statuses {
                let filter = UserFilter { status: vec![status], ..filter.clone() };
                ids.push(walk(&self::conditions(&filter, words.clone(), sort)));
            }
        }
        _ => ids.push(walk(&conditions)),
    }
    in_order(conn, ids, sort, page).await
}

fn walk(conditions: &[Condition]) -> Sql {
    let mut sql = Sql::new("select u.id from users u where 1 = 1");
    and_all(&mut sql, conditions, None);
    sql
}

/// The first people of several ways to find them, which have nobody in common.
async fn in_order(conn: &mut Conn, ids: Vec<Sql>, sort: Sort, page: &PageRequest) -> Result<Page<User>> {
    let cursor = page.cursor.as_deref().map(|text| Cursor::from_text(text, &sort.name(), sort.of())).transpose()?;
    let mut sql = Sql::new("select u.* from (");
    for (at, mut found) in ids.into_iter().enumerate() {
        if let Some(cursor) = &cursor {
            found.push(" and (").push(sort.sql()).push(", u.id) ").push(if sort.descending { "< (" } else { "> (" });
            match &cursor.at {
                At::Number(number) => found.bind(*number),
                At::Text(text) => found.bind(text.as_str()),
            };
            found.push(", ").bind(cursor.id).push(")");
        }
        first(&mut found, sort, page);
        sql.push(if at == 0 { "select id from (" } else { " union all select id from (" });
        sql.append(&found).push(") one");
    }
    sql.push(") page cross join users u where u.id = page.id");
    first(&mut sql, sort, page);
    let rows: Vec<User> = sql.run(conn).all().await?;
    Ok(Page::cut(rows, page.limit, |user| sort.place(user)))
}

/// The first of them in this order: one page, and one more to see that there are more.
fn first(sql: &mut Sql, sort: Sort, page: &PageRequest) {
    let direction = if sort.descending { " desc" } else { "" };
    sql.push(" order by ").push(sort.sql()).push(direction).push(", u.id").push(direction);
    sql.push(" limit ").bind(i64::from(page.limit) + 1);
}

#[derive(sqlx::FromRow)]
struct Found {
    term: String,
    #[sqlx(flatten)]
    user: User,
}

/// Straight from the index of words, each person at the first of their words that matches.
async fn by_words(conn: &mut Conn, conditions: &[Condition], start: usize, page: &PageRequest) -> Result<Page<User>> {
    let word = conditions[start].word.clone().unwrap_or_default();
    // Which of several words leads can change while somebody pages: the places along one word say
    // nothing about another.
    let order = format!("words of {word}");
    // Here `u` is a word found and whose it is: other words, groups and keys are looked at before
    // the person is.
    let mut sql = Sql::new(
        "select page.term, p.* from (select u.term, u.id from \
         (select t.term, t.user_id as id from user_terms t where t.term >= ",
    );
    sql.bind(word.clone()).push(" and t.term < ").bind(names::after_prefix(&word));
    sql.push(") u where not exists (select 1 from user_terms e where e.user_id = u.id and e.term >= ");
    sql.bind(word).push(" and e.term < u.term)");
    for (_, condition) in conditions.iter().enumerate().filter(|(at, _)| *at != start) {
        sql.push(" and ").append(condition.test_of_id.as_ref().unwrap_or(&condition.test));
    }
    if let Some(text) = &page.cursor {
        let cursor = Cursor::from_text(text, &order, Of::Texts)?;
        let At::Text(term) = cursor.at else {
            return Err(Error::field("cursor", "malformed", "Begin again without a cursor."));
        };
        sql.push(" and (u.term, u.id) > (").bind(term).push(", ").bind(cursor.id).push(")");
    }
    sql.push(" order by u.term, u.id limit ").bind(i64::from(page.limit) + 1);
    sql.push(") page cross join users p where p.id = page.id order by page.term, page.id");
    let rows: Vec<Found> = sql.run(conn).all().await?;
    let found = Page::cut(rows, page.limit, |row| Cursor {
        order: order.clone(),
        at: At::Text(row.term.clone()),
        id: row.user.id.0,
    });
    Ok(found.map(|row| row.user))
}

/// How many people match, and whether that is exact: with a search or a filter the count stops at
/// 10,000.
pub async fn count(conn: &mut Conn, filter: &UserFilter) -> Result<(i64, bool)> {
    let Some(words) = names::asked_words(filter.q.as_deref()) else { return Ok((0, true)) };
    let conditions = conditions(filter, words, BY_NAME);
    if conditions.is_empty() {
        return Ok((super::status_counts(conn).await?.total, true));
    }
    let start = rarest(conn, &conditions).await?.map(|(start, _)| start);
    let mut sql = Sql::new("select count(*) from (select ");
    match start.and_then(|start| conditions[start].ids.as_ref()) {
        // Whoever is in an index is a person.
        Some(ids) if conditions.len() == 1 => {
            sql.push("distinct user_id from (").append(ids).push(") listed");
        }
        Some(ids) => {
            sql.push("u.id from (select distinct user_id from (").append(ids);
            sql.push(") listed) d cross join users u where u.id = d.user_id");
            and_all(&mut sql, &conditions, start);
        }
        None => {
            sql.push("u.id from users u where 1 = 1");
            and_all(&mut sql, &conditions, start);
        }
    }
    sql.push(" limit ").bind(COUNTED + 1).push(") counted");
    let (rows,): (i64,) = sql.run(conn).one().await?;
    Ok((rows.min(COUNTED), rows <= COUNTED))
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
