//! Which part of a list is asked for, and the search over everything.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keystead_directory::{
    db::Dialect,
    scim::{ListRequest, groups as scim_groups, users as scim_users},
};
use keystead_scim::{
    Error, ScimType,
    list::{ListQuery, ListResponse, Page},
    schema::ResourceType,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Call, PAGE, Reply,
    condition::{self, Table},
    groups, kinds,
    refusal::Refusal,
    users,
};

/// Where a page lies in its list.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    count: usize,
    offset: u64,
    by_cursor: bool,
    by_age: bool,
}

impl Place {
    /// Takes the row off that was read to see whether there are more; answers whether there are.
    pub fn cut<T>(self, rows: &mut Vec<T>) -> bool {
        let more = rows.len() > self.count;
        rows.truncate(self.count);
        more
    }

    /// How many there are in all, where that can be seen without counting.
    pub fn total(self, found: usize, more: bool) -> Option<u64> {
        (!self.by_cursor && !more && self.count > 0 && (found > 0 || self.offset == 0))
            .then(|| self.offset + found as u64)
    }

    /// Whether the answer tells how many there are: with a cursor it need not.
    pub fn counts(self) -> bool {
        !self.by_cursor
    }

    /// Where the page begins, counted from 1.
    pub fn start_index(self) -> Option<u64> {
        (!self.by_cursor).then_some(self.offset + 1)
    }

    /// Where the next page begins.
    pub fn next(self, more: bool, last: Option<Uuid>) -> Option<String> {
        let last = last.filter(|_| self.by_cursor && more)?;
        let place = if self.by_age { format!("a{last}") } else { format!("n{}", self.offset + self.count as u64) };
        Some(URL_SAFE_NO_PAD.encode(place))
    }
}

/// What the database is asked for: one more than the page has.
///
/// # Errors
/// `invalidFilter`, `invalidValue` for what can't be sorted by, `invalidCursor`.
pub fn request(query: &ListQuery<'_>, table: Table, dialect: Dialect) -> Result<(ListRequest, Place), Error> {
    let condition = query.filter.as_ref().map(|filter| condition::condition(filter, table, dialect)).transpose()?;
    let order = query.sort.as_ref().map(|sort| condition::order(&sort.path, table, dialect)).transpose()?;
    let by_age = order.is_none();
    let (mut offset, mut after) = (0, None);
    let (count, by_cursor) = match &query.page {
        Page::Index { start_index, count } => {
            offset = start_index - 1;
            (*count, false)
        }
        Page::Cursor { cursor, count } => {
            if let Some(cursor) = cursor {
                let begin_again = || Error::invalid_cursor("Begin again without a cursor: it belongs to another list.");
                let place = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let place = place.ok_or_else(begin_again)?;
                match (place.split_at_checked(1), by_age) {
                    (Some(("a", id)), true) => after = Some(condition::id(id).ok_or_else(begin_again)?),
                    (Some(("n", number)), false) => offset = number.parse().map_err(|_| begin_again())?,
                    _ => return Err(begin_again()),
                }
            }
            (*count, true)
        }
    };
    let place = Place { count, offset, by_cursor, by_age };
    let rows = if count == 0 { 0 } else { u32::try_from(count + 1).unwrap_or(u32::MAX) };
    let descending = query.sort.as_ref().is_some_and(|sort| sort.descending);
    Ok((ListRequest { condition, order, descending, offset, after, count: rows }, place))
}

/// `POST /.search`: people first, then groups. What the filter names and a kind doesn't have, none of that kind has.
///
/// # Errors
/// 400 for what no kind has, and for cursors: they belong to one kind.
pub async fn everywhere(call: &Call<'_>) -> Result<Reply, Refusal> {
    let read = |kind: &'static ResourceType| match ListQuery::from_search(&call.body, kind, PAGE) {
        Ok(query) => Ok(Ok(query)),
        Err(error) if error.scim_type == Some(ScimType::InvalidFilter) => Ok(Err(error)),
        Err(error) => Err(error),
    };
    let (people, crews) = (read(&kinds::USER)?, read(&kinds::GROUP)?);
    if let (Err(error), Err(_)) = (&people, &crews) {
        return Err(error.clone().into());
    }
    let page = [&people, &crews].into_iter().flatten().next().map(|query| query.page.clone());
    let Some(Page::Index { start_index, count }) = page else {
        return Err(Error::invalid_cursor("Search people or groups by themselves to use a cursor.").into());
    };
    let base = kinds::base_url(call.app);
    let mut conn = call.app.db.read().await?;
    let dialect = conn.dialect();
    let mut total = 0;
    let mut resources: Vec<Value> = Vec::new();
    let left = |total: u64, found: usize| {
        let offset = (start_index - 1).saturating_sub(total);
        (offset, u32::try_from(count - found.min(count)).unwrap_or(u32::MAX))
    };
    if let Ok(query) = &people {
        let (request, _) = request(query, Table::Users, dialect)?;
        let (offset, count) = left(0, 0);
        let request = ListRequest { offset, count, ..request };
        total = scim_users::count(&mut conn, &request).await?;
        let found = if count == 0 { Vec::new() } else { scim_users::list(&mut conn, &request).await? };
        resources = users::shown(&mut conn, &found, &query.projection, &base).await?;
    }
    if let Ok(query) = &crews {
        let (request, _) = request(query, Table::Groups, dialect)?;
        let (offset, count) = left(total, resources.len());
        let request = ListRequest { offset, count, ..request };
        total += scim_groups::count(&mut conn, &request).await?;
        let found = if count == 0 { Vec::new() } else { scim_groups::list(&mut conn, &request).await? };
        resources.extend(groups::shown(&mut conn, &found, &query.projection, &base).await?);
    }
    Ok(Reply::ok(ListResponse::page(total, start_index, resources).into_value()))
}
