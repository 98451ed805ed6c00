//! Lists of people, as fast with a million as with a thousand.
//!
//! A list is answered in one of three ways, chosen by looking how rare the rarest condition is
//! (a count that stops at [`RARE`]):
//! - a condition that few people meet is the start: those few are looked at and sorted;
//! - a search for something common is answered in the order of the words found, straight from
//!   the index of words;
//! - anything else walks the index of the sort order and skips who does not match, which is
//!   quick because many do.

use super::{Origin, User, UserStatus};
use crate::{
    db::{Conn, filter::Sql},
    error::{Error, Result},
    ids::{EVERYONE, GroupId, UserId},
    keys::KeyKind,
    names,
    page::{At, Cursor, Page, PageRequest},
};

/// A condition that at most so many people meet is looked at whole.
const RARE: i64 = 5000;
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

/// What people can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    DisplayName,
    UserName,
    Email,
    Status,
    CreatedAt,
    LastActivityAt,
}

#[derive(Debug, Clone, Copy)]
struct Sort {
    column: Column,
    descending: bool,
}

impl Sort {
    fn read(text: Option<&str>) -> Result<Option<Self>> {
        let Some(text) = text else { return Ok(None) };
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let column = match name {
            "displayName" => Column::DisplayName,
            "userName" => Column::UserName,
            "email" => Column::Email,
            "status" => Column::Status,
            "createdAt" => Column::CreatedAt,
            "lastActivityAt" => Column::LastActivityAt,
            _ => {
                let message = "Sort by displayName, userName, email, status, createdAt or lastActivityAt.";
                return Err(Error::field("sort", "notAllowed", message));
            }
        };
        Ok(Some(Self { column, descending }))
    }

    fn sql(self) -> &'static str {
        match self.column {
            Column::DisplayName => "u.display_name_key",
            Column::UserName => "u.user_name_key",
            Column::Email => "u.email_key",
            Column::Status => "u.status",
            Column::CreatedAt => "u.created_at",
            Column::LastActivityAt => "coalesce(u.last_activity_at, 0)",
        }
    }

    fn name(self) -> String {
        format!("{}{:?}", if self.descending { "-" } else { "" }, self.column)
    }

    fn place(self, user: &User) -> Cursor {
        let at = match self.column {
            Column::DisplayName => At::Text(names::folded(&user.display_name)),
            Column::UserName => At::Text(names::key(&user.user_name)),
            Column::Email => At::Text(names::key(&user.email)),
            Column::Status => At::Text(user.status.as_str().to_owned()),
            Column::CreatedAt => At::Number(user.created_at.0),
            Column::LastActivityAt => At::Number(user.last_activity_at.map_or(0, |at| at.0)),
        };
        Cursor { order: self.name(), at, id: user.id.0 }
    }
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

/// One condition: as a test of the person `u`, and (where there is an index) as the set of ids.
struct Condition {
    test: Sql,
    ids: Option<Sql>,
    word: Option<String>,
}

fn conditions(filter: &UserFilter, words: Vec<String>) -> Vec<Condition> {
    let mut all = Vec::new();
    for word in words {
        let mut test = Sql::new("exists (select 1 from user_terms w where w.user_id = u.id and w.term >= ");
        test.bind(word.clone()).push(" and w.term < ").bind(names::after_prefix(&word)).push(")");
        let mut ids = Sql::new("select w.user_id from user_terms w where w.term >= ");
        ids.bind(word.clone()).push(" and w.term < ").bind(names::after_prefix(&word));
        all.push(Condition { test, ids: Some(ids), word: Some(word) });
    }
    if let [status] = filter.status[..] {
        // One status: the index of status and name serves the usual order as it is.
        let mut test = Sql::new("u.status = ");
        test.bind(status.as_str());
        let mut ids = Sql::new("select s.id as user_id from users s where s.status = ");
        ids.bind(status.as_str());
        all.push(Condition { test, ids: Some(ids), word: None });
    } else if !filter.status.is_empty() {
        let statuses = || filter.status.iter().map(|status| status.as_str());
        // Written so that the walk along the sort order stays a walk along the sort order.
        let mut test = Sql::new("case when u.status in ");
        test.list(statuses()).push(" then 1 else 0 end = 1");
        let mut ids = Sql::new("select s.id as user_id from users s where s.status in ");
        ids.list(statuses());
        all.push(Condition { test, ids: Some(ids), word: None });
    }
    if let Some(group) = filter.group.filter(|group| *group != EVERYONE) {
        let mut test = Sql::new("exists (select 1 from group_members m where m.user_id = u.id and m.group_id = ");
        test.bind(group.0).push(")");
        let mut ids = Sql::new("select m.user_id from group_members m where m.group_id = ");
        ids.bind(group.0);
        all.push(Condition { test, ids: Some(ids), word: None });
    }
    if !filter.origin.is_empty() {
        let origins = || filter.origin.iter().map(|origin| origin.as_str());
        let mut test = Sql::new("case when u.origin in ");
        test.list(origins()).push(" then 1 else 0 end = 1");
        let mut ids = Sql::new("select s.id as user_id from users s where s.origin in ");
        ids.list(origins());
        all.push(Condition { test, ids: Some(ids), word: None });
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
        all.push(Condition { test, ids, word: None });
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
    let words = filter.q.as_deref().map(names::search_words).unwrap_or_default();
    if words.is_empty() && filter.q.as_deref().is_some_and(|q| !q.trim().is_empty()) {
        return Ok(Page::whole(Vec::new()));
    }
    let conditions = conditions(filter, words);
    let sort = Sort::read(page.sort.as_deref())?;
    let rarest = rarest(conn, &conditions).await?;
    match rarest {
        Some((start, rows)) if rows <= RARE => {
            let mut sql = Sql::new("select u.* from (select distinct user_id from (");
            if let Some(ids) = &conditions[start].ids {
                sql.append(ids);
            }
            sql.push(") listed) d cross join users u where u.id = d.user_id");
            and_all(&mut sql, &conditions, Some(start));
            in_order(conn, sql, sort, page).await
        }
        Some((start, _)) if sort.is_none() && conditions[start].word.is_some() => {
            by_words(conn, &conditions, start, page).await
        }
        _ => {
            let mut sql = Sql::new("select u.* from users u where 1 = 1");
            and_all(&mut sql, &conditions, None);
            in_order(conn, sql, sort, page).await
        }
    }
}

async fn in_order(conn: &mut Conn, mut sql: Sql, sort: Option<Sort>, page: &PageRequest) -> Result<Page<User>> {
    let sort = sort.unwrap_or(Sort { column: Column::DisplayName, descending: false });
    if let Some(text) = &page.cursor {
        let cursor = Cursor::from_text(text, &sort.name())?;
        sql.push(" and (").push(sort.sql()).push(", u.id) ").push(if sort.descending { "< (" } else { "> (" });
        match cursor.at {
            At::Number(number) => sql.bind(number),
            At::Text(text) => sql.bind(text),
        };
        sql.push(", ").bind(cursor.id).push(")");
    }
    let direction = if sort.descending { " desc" } else { "" };
    sql.push(" order by ").push(sort.sql()).push(direction).push(", u.id").push(direction);
    sql.push(" limit ").bind(i64::from(page.limit) + 1);
    let rows: Vec<User> = sql.run(conn).all().await?;
    Ok(Page::cut(rows, page.limit, |user| sort.place(user)))
}

#[derive(sqlx::FromRow)]
struct Found {
    term: String,
    #[sqlx(flatten)]
    user: User,
}

/// Straight from the index of words, each person at the first of their words that matches.
async fn by_words(conn: &mut Conn, conditions: &[Condition], start: usize, page: &PageRequest) -> Result<Page<User>> {
    const ORDER: &str = "words";
    let word = conditions[start].word.clone().unwrap_or_default();
    let mut sql =
        Sql::new("select t.term, u.* from user_terms t cross join users u where u.id = t.user_id and t.term >= ");
    sql.bind(word.clone()).push(" and t.term < ").bind(names::after_prefix(&word));
    sql.push(" and not exists (select 1 from user_terms e where e.user_id = t.user_id and e.term >= ");
    sql.bind(word).push(" and e.term < t.term)");
    and_all(&mut sql, conditions, Some(start));
    if let Some(text) = &page.cursor {
        let cursor = Cursor::from_text(text, ORDER)?;
        let At::Text(term) = cursor.at else {
            return Err(Error::field("cursor", "malformed", "Begin again without a cursor."));
        };
        sql.push(" and (t.term, t.user_id) > (").bind(term).push(", ").bind(cursor.id).push(")");
    }
    sql.push(" order by t.term, t.user_id limit ").bind(i64::from(page.limit) + 1);
    let rows: Vec<Found> = sql.run(conn).all().await?;
    let found = Page::cut(rows, page.limit, |row| Cursor {
        order: ORDER.to_owned(),
        at: At::Text(row.term.clone()),
        id: row.user.id.0,
    });
    Ok(found.map(|row| row.user))
}

/// How many people match, and whether that is exact: with a search or a filter the count stops at
/// 10,000.
pub async fn count(conn: &mut Conn, filter: &UserFilter) -> Result<(i64, bool)> {
    let words = filter.q.as_deref().map(names::search_words).unwrap_or_default();
    let conditions = conditions(filter, words);
    if conditions.is_empty() {
        let (all,): (i64,) = Sql::new("select count(*) from users").run(conn).one().await?;
        return Ok((all, true));
    }
    let start = rarest(conn, &conditions).await?.map(|(start, _)| start);
    let mut sql = Sql::new("select count(*) from (select u.id from ");
    if let Some(ids) = start.and_then(|start| conditions[start].ids.as_ref()) {
        sql.push("(select distinct user_id from (")
            .append(ids)
            .push(") listed) d cross join users u where u.id = d.user_id");
    } else {
        sql.push("users u where 1 = 1");
    }
    and_all(&mut sql, &conditions, start);
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

/// Ids that were asked for more than once or are nobody's are left out.
pub async fn existing(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<User>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("select u.* from users u where u.id in ");
    sql.list(ids.iter().map(|id| id.0));
    sql.run(conn).all().await
}
