//! Lists: what a query asks for and how it is answered (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865).

mod response;

use std::borrow::Cow;

use serde_json::{Map, Value};

pub use response::{LIST_URN, ListResponse};

use crate::error::Error;
use crate::filter::Filter;
use crate::json::member;
use crate::path::AttributePath;
use crate::projection::Projection;
use crate::schema::{ResourceType, Type};

/// The URN of the body of `POST /.search`.
pub const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// How many resources one answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// When the client doesn't say.
    pub default: usize,
    /// Whatever the client says.
    pub most: usize,
}

/// What a client asks of a list.
///
/// ```
/// use keystead_scim::{list::{ListQuery, Page, PageLimits}, schema::{self, ResourceType}};
///
/// let kind = ResourceType::new("User", "/Users", schema::user());
/// let limits = PageLimits { default: 100, most: 200 };
/// // As Entra ID writes it: a plus for each blank.
/// let query = ListQuery::from_query("filter=userName+eq+%22ada%22&startIndex=0&count=1000", &kind, limits)?;
/// assert_eq!(query.filter.unwrap().to_string(), r#"userName eq "ada""#);
/// assert_eq!(query.page, Page::Index { start_index: 1, count: 200 });
/// # Ok::<(), keystead_scim::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery<'s> {
    /// Which resources; all without one.
    pub filter: Option<Filter<'s>>,
    /// In which order; as the server likes without one.
    pub sort: Option<Sort<'s>>,
    /// Which part of them.
    pub page: Page,
    /// Which of their attributes.
    pub projection: Projection<'s>,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sort<'s> {
    /// By what; never the whole of a complex attribute. Of a list, the primary value counts, else the first.
    /// Resources without a value come last, and first when descending (RFC 7644 section 3.4.2.3).
    pub path: AttributePath<'s>,
    /// From the last to the first.
    pub descending: bool,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// So many from this one on.
    Index {
        /// Counted from 1.
        start_index: u64,
        /// At most so many; it can be 0, to ask how many there are.
        count: usize,
    },
    /// So many from where the last answer ended.
    Cursor {
        /// What the last answer gave; none for the first page.
        cursor: Option<String>,
        /// At most so many.
        count: usize,
    },
}

/// The parameters before they are understood.
#[derive(Default)]
struct Parameters<'t> {
    filter: Option<Cow<'t, str>>,
    sort_by: Option<Cow<'t, str>>,
    sort_order: Option<Cow<'t, str>>,
    start_index: Option<i64>,
    count: Option<i64>,
    cursor: Option<Cow<'t, str>>,
}

impl<'s> ListQuery<'s> {
    /// Reads the query of a GET, without its question mark: form-encoded, `+` for a blank. Unknown parameters are
    /// passed over.
    ///
    /// Fails with `invalidFilter`; with `invalidValue` for a number that isn't one, an order by what can't be
    /// ordered by, text that isn't UTF-8, or both ways of paging at once; with `invalidCount` for pages of nothing by
    /// cursor; with `invalidSyntax` for a parameter that stands twice.
    pub fn from_query(query: &str, kind: &'s ResourceType, limits: PageLimits) -> Result<Self, Error> {
        let mut parameters = Parameters::default();
        let (mut attributes, mut excluded) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let twice = match name.to_ascii_lowercase().as_str() {
                "filter" => parameters.filter.replace(utf8(value)?).is_some(),
                "sortby" => parameters.sort_by.replace(utf8(value)?).is_some(),
                "sortorder" => parameters.sort_order.replace(utf8(value)?).is_some(),
                "cursor" => parameters.cursor.replace(utf8(value)?).is_some(),
                "attributes" => attributes.replace(utf8(value)?).is_some(),
                "excludedattributes" => excluded.replace(utf8(value)?).is_some(),
                "startindex" => parameters.start_index.replace(integer(&name, &value)?).is_some(),
                "count" => parameters.count.replace(integer(&name, &value)?).is_some(),
                _ => false,
            };
            if twice {
                return Err(Error::invalid_syntax(format!("{name} stands twice in the query.")));
            }
        }
        let projection = Projection::parse(attributes.as_deref(), excluded.as_deref(), kind)?;
        parameters.read(kind, limits, projection)
    }

    /// Reads the body of `POST /.search`.
    ///
    /// Fails as [`ListQuery::from_query`] does.
    pub fn from_search(body: &Value, kind: &'s ResourceType, limits: PageLimits) -> Result<Self, Error> {
        let body = body.as_object().ok_or_else(|| Error::invalid_syntax("The search must be an object."))?;
        let parameters = Parameters {
            filter: text(body, "filter")?,
            sort_by: text(body, "sortBy")?,
            sort_order: text(body, "sortOrder")?,
            start_index: number(body, "startIndex")?,
            count: number(body, "count")?,
            cursor: text(body, "cursor")?,
        };
        let projection =
            Projection::from_lists(&names(body, "attributes")?, &names(body, "excludedAttributes")?, kind)?;
        parameters.read(kind, limits, projection)
    }
}

impl Parameters<'_> {
    fn page(&self, limits: PageLimits) -> Result<Page, Error> {
        let count = match self.count {
            None => limits.default,
            Some(count) => usize::try_from(count.max(0)).unwrap_or(usize::MAX),
        };
        let count = count.min(limits.most);
        let Some(cursor) = &self.cursor else {
            let start_index = u64::try_from(self.start_index.unwrap_or(1)).unwrap_or(1).max(1);
            return Ok(Page::Index { start_index, count });
        };
        if self.start_index.is_some() {
            return Err(Error::invalid_value("Use either startIndex or cursor, not both."));
        }
        // With an index, 0 asks how many there are (RFC 7644 section 3.4.2.4); a cursor would lead nowhere.
        if self.count.is_some_and(|count| count < 1) {
            return Err(Error::invalid_count("With a cursor, count must be at least 1."));
        }
        Ok(Page::Cursor { cursor: Some(cursor.clone().into_owned()).filter(|cursor| !cursor.is_empty()), count })
    }

    fn read<'s>(
        self,
        kind: &'s ResourceType,
        limits: PageLimits,
        projection: Projection<'s>,
    ) -> Result<ListQuery<'s>, Error> {
        let page = self.page(limits)?;
        let filter = match self.filter.filter(|filter| !filter.trim().is_empty()) {
            Some(filter) => Some(Filter::parse(&filter, kind)?),
            None => None,
        };
        let descending = match self.sort_order.as_deref() {
            None | Some("") => false,
            Some(order) if order.eq_ignore_ascii_case("ascending") => false,
            Some(order) if order.eq_ignore_ascii_case("descending") => true,
            Some(_) => return Err(Error::invalid_value("sortOrder is ascending or descending.")),
        };
        let sort = match self.sort_by.filter(|name| !name.trim().is_empty()) {
            Some(name) => Some(Sort { path: sort_path(name.trim(), kind)?, descending }),
            None => None,
        };
        Ok(ListQuery { filter, sort, page, projection })
    }
}

fn sort_path<'s>(name: &str, kind: &'s ResourceType) -> Result<AttributePath<'s>, Error> {
    kind.attribute_path(name)
        .map(AttributePath::or_value)
        .filter(|path| !matches!(path.leaf().kind, Type::Complex | Type::Binary) && !path.is_hidden())
        .ok_or_else(|| Error::invalid_value("sortBy names no attribute that can be sorted by."))
}

fn utf8(value: Cow<'_, str>) -> Result<Cow<'_, str>, Error> {
    // What could not be decoded was replaced by this character, which nobody searches for.
    if value.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Error::invalid_value("The query is not UTF-8."));
    }
    Ok(value)
}

/// A whole number; one beyond what fits is the greatest or the least that does.
fn integer(name: &str, text: &str) -> Result<i64, Error> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid_value(format!("{name} must be a whole number.")));
    }
    Ok(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

fn number(body: &Map<String, Value>, name: &str) -> Result<Option<i64>, Error> {
    match member(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => integer(name, text).map(Some),
        Some(value) => integer(name, &value.to_string()).map(Some),
    }
}

fn text<'v>(body: &'v Map<String, Value>, name: &str) -> Result<Option<Cow<'v, str>>, Error> {
    match member(body, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(Cow::Borrowed(text))),
        Some(_) => Err(Error::invalid_value(format!("{name} must be a text."))),
    }
}

/// A list of names, or one text with commas as in a query.
fn names<'v>(body: &'v Map<String, Value>, name: &str) -> Result<Vec<&'v str>, Error> {
    let wrong = || Error::invalid_value(format!("{name} must be a list of names."));
    match member(body, name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.split(',').collect()),
        Some(Value::Array(names)) => names.iter().map(|name| name.as_str().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{enterprise_user, user};
    use serde_json::json;

    const LIMITS: PageLimits = PageLimits { default: 100, most: 200 };

    fn kind() -> ResourceType {
        ResourceType::new("User", "/Users", user()).with_extension(enterprise_user())
    }

    fn page(query: &str) -> Page {
        ListQuery::from_query(query, &kind(), LIMITS).unwrap().page
    }

    #[test]
    fn pages_outside_the_list_are_brought_into_it() {
        for (query, start_index, count) in [
            ("", 1, 100),
            ("startIndex=0", 1, 100),
            ("startIndex=-5&count=-1", 1, 0),
            ("startIndex=7&count=0", 7, 0),
            ("STARTINDEX=7&Count=201", 7, 200),
            ("startIndex=99999999999999999999&count=99999999999999999999", i64::MAX.unsigned_abs(), 200),
            ("startIndex=-99999999999999999999", 1, 100),
        ] {
            assert_eq!(page(query), Page::Index { start_index, count }, "{query}");
        }
    }

    #[test]
    fn an_empty_cursor_asks_for_the_first_page() {
        assert_eq!(page("cursor&count=5"), Page::Cursor { cursor: None, count: 5 });
        assert_eq!(page("cursor=a%2Bb"), Page::Cursor { cursor: Some("a+b".into()), count: 100 });
    }

    #[test]
    fn blanks_and_quotes_come_in_both_encodings() {
        for query in [
            "filter=userName+eq+%22a%2Bb%22",
            "filter=userName%20eq%20%22a%2Bb%22&aadOptscim062020",
            "filter=userName eq \"a%2bb\"",
        ] {
            let kind = kind();
            let query = ListQuery::from_query(query, &kind, LIMITS).unwrap();
            assert_eq!(query.filter.unwrap().to_string(), r#"userName eq "a+b""#);
        }
    }

    #[test]
    fn what_cannot_be_understood_is_refused_rather_than_ignored() {
        for query in [
            "count=many",
            "startIndex=1.5",
            "count=",
            "sortBy=nothing",
            "sortBy=name",
            "sortBy=password",
            "sortBy=x509Certificates",
            "sortBy=userName&sortOrder=up",
            "filter=userName+eq+%22%ff%22",
            "filter=userName",
            "filter=userName+pr&filter=userName+pr",
            "cursor=x&startIndex=1",
            "cursor=&count=0",
            "cursor=x&count=-1",
        ] {
            assert_eq!(ListQuery::from_query(query, &kind(), LIMITS).unwrap_err().status, 400, "{query}");
        }
    }

    #[test]
    fn sorting_by_a_list_sorts_by_its_values() {
        let kind = kind();
        let sort = |query| ListQuery::from_query(query, &kind, LIMITS).unwrap().sort.unwrap();
        assert_eq!(sort("sortBy=EMAILS&sortOrder=Descending").path.to_string(), "emails.value");
        assert!(sort("sortBy=emails&sortOrder=Descending").descending);
        assert!(!sort("sortBy=meta.lastModified").descending);
        assert_eq!(
            sort("sortBy=manager").path.to_string(),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"
        );
    }

    #[test]
    fn a_search_asks_the_same_as_a_query() {
        let kind = kind();
        let search = json!({
            "schemas": [SEARCH_URN],
            "attributes": ["userName", "name.givenName"],
            "filter": "active eq true",
            "sortBy": "userName",
            "startIndex": 3,
            "count": 10,
        });
        let query = "attributes=userName,name.givenName&filter=active+eq+true&sortBy=userName&startIndex=3&count=10";
        assert_eq!(
            ListQuery::from_search(&search, &kind, LIMITS).unwrap(),
            ListQuery::from_query(query, &kind, LIMITS).unwrap()
        );
        for wrong in
            [json!([]), json!({"filter": 1}), json!({"count": true}), json!({"count": 1.5}), json!({"attributes": [1]})]
        {
            assert_eq!(ListQuery::from_search(&wrong, &kind, LIMITS).unwrap_err().status, 400, "{wrong}");
        }
    }
}
