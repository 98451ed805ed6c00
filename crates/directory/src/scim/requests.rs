//! The log of what clients asked for: written in batches behind the answers, kept for two weeks.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use crate::{
    Timestamp,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{GroupId, ScimRequestId, UserId},
    names,
    page::{At, Cursor, Of, Page, PageRequest},
    sql,
};

/// How long requests are kept, in days.
pub const KEPT_DAYS: i64 = 14;
/// The most requests that are kept, whatever their age.
pub const KEPT: i64 = 100_000;
/// The most of them that came without a living token: a stranger must not push out what matters.
pub const KEPT_OF_STRANGERS: i64 = 1000;
/// The most bodies that are kept.
pub const KEPT_BODIES: i64 = 5000;

/// A request and what became of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScimRequest {
    /// Its id, by time.
    pub id: ScimRequestId,
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its path below the base.
    pub path: String,
    /// Its query.
    pub query: Option<String>,
    /// The status of the answer.
    pub status: i64,
    /// What the answer says is wrong (RFC 7644 section 3.12).
    pub scim_type: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
    /// How long the answer took, in microseconds.
    pub duration_us: i64,
    /// The name of the token; none without a living one.
    pub token: Option<String>,
    /// The person it was about.
    pub user_id: Option<UserId>,
    /// The group it was about.
    pub group_id: Option<GroupId>,
    /// How that one was called then.
    pub subject: Option<String>,
    /// What was sent, when it failed; without secrets.
    pub body: Option<String>,
    /// Whether there is a body, which lists leave out.
    #[sqlx(default)]
    pub has_body: bool,
}

/// Writes requests; who has no subject yet is named as they are called now.
pub async fn write(tx: &mut Tx, requests: &mut [ScimRequest]) -> Result<()> {
    name(tx, requests).await?;
    let rows: Vec<_> = requests
        .iter()
        .map(|request| {
            let texts = [&request.query, &request.token, &request.subject, &request.detail];
            let texts: Vec<&str> = texts.into_iter().flatten().map(String::as_str).collect();
            let search = names::folded(&format!("{}\n{}", request.path, texts.join("\n")));
            json!([
                request.id.0.simple().to_string(),
                request.at.0,
                request.method,
                request.path,
                request.query,
                request.status,
                request.scim_type,
                request.detail,
                request.duration_us,
                request.token,
                request.user_id.map(|id| id.0.simple().to_string()),
                request.group_id.map(|id| id.0.simple().to_string()),
                request.subject,
                search,
                request.body,
            ])
        })
        .collect();
    tx.query(sql!(
        sqlite: "insert into scim_requests (id, at, method, path, query, status, scim_type, detail, duration_us, token, \
            user_id, group_id, subject, search, body) select unhex(value->>0), value->>1, value->>2, value->>3, \
            value->>4, value->>5, value->>6, value->>7, value->>8, value->>9, unhex(value->>10), unhex(value->>11), \
            value->>12, value->>13, value->>14 from json_each($1)",
        postgres: "insert into scim_requests (id, at, method, path, query, status, scim_type, detail, duration_us, \
            token, user_id, group_id, subject, search, body) select (value->>0)::uuid, (value->>1)::bigint, value->>2, \
            value->>3, value->>4, (value->>5)::bigint, value->>6, value->>7, (value->>8)::bigint, value->>9, \
            (value->>10)::uuid, (value->>11)::uuid, value->>12, value->>13, value->>14 \
            from jsonb_array_elements($1::jsonb) j(value)"
    ))
    .bind(serde_json::Value::from(rows).to_string())
    .execute()
    .await?;
    Ok(())
}

async fn name(tx: &mut Tx, requests: &mut [ScimRequest]) -> Result<()> {
    let touched = |request: &ScimRequest| request.user_id.map(|id| id.0).or(request.group_id.map(|id| id.0));
    let unnamed = requests.iter().filter(|request| request.subject.is_none());
    let ids: Vec<String> = unnamed.filter_map(touched).map(|id| id.simple().to_string()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let names: Vec<(Uuid, String)> = tx
        .query(sql!(
            sqlite: "select u.id, u.display_name from users u where u.id in (select unhex(value) from json_each($1)) \
                union all select g.id, g.name from groups g where g.id in (select unhex(value) from json_each($1))",
            postgres: "with ids as (select value::uuid as id from jsonb_array_elements_text($1::jsonb) j(value)) \
                select u.id, u.display_name from users u where u.id in (select id from ids) \
                union all select g.id, g.name from groups g where g.id in (select id from ids)"
        ))
        .bind(json!(ids).to_string())
        .all()
        .await?;
    let names: HashMap<Uuid, String> = names.into_iter().collect();
    for request in requests.iter_mut().filter(|request| request.subject.is_none()) {
        request.subject = touched(request).and_then(|id| names.get(&id).cloned());
    }
    Ok(())
}

/// The id before those of all requests since this moment: ids begin with the time.
pub(super) fn since(moment: Timestamp) -> ScimRequestId {
    ScimRequestId(Uuid::from_u128(u128::try_from(moment.0).unwrap_or_default() << 80))
}

/// Which requests are asked for.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    /// Those that failed, or those that did not; none: all.
    pub failed: Option<bool>,
    /// A part of path, query, token, subject or detail, without case.
    pub search: Option<String>,
}

/// The requests that match, the newest first, without their bodies.
///
/// # Errors
/// A cursor that belongs to another list.
pub async fn list(conn: &mut Conn, filter: &RequestFilter, page: &PageRequest) -> Result<Page<ScimRequest>> {
    let before = match &page.cursor {
        None => Uuid::max(),
        Some(text) => Cursor::from_text(text, "scimRequests", Of::Numbers)?.id,
    };
    let (least, most) = match filter.failed {
        Some(true) => (400, 1000),
        Some(false) => (0, 399),
        None => (0, 1000),
    };
    let statement = if filter.failed == Some(true) {
        sql!(
            sqlite: "select r.id, r.at, r.method, r.path, r.query, r.status, r.scim_type, r.detail, r.duration_us, \
                r.token, r.user_id, r.group_id, r.subject, null as body, r.body is not null as has_body \
                from scim_requests r where r.id < $1 and r.status >= 400 and r.status between $2 and $3 \
                and ($4 = '' or instr(r.search, $4) > 0) order by r.id desc limit $5",
            postgres: "select r.id, r.at, r.method, r.path, r.query, r.status, r.scim_type, r.detail, r.duration_us, \
                r.token, r.user_id, r.group_id, r.subject, null::text as body, r.body is not null as has_body \
                from scim_requests r where r.id < $1 and r.status >= 400 and r.status between $2 and $3 \
                and ($4 = '' or strpos(r.search, $4) > 0) order by r.id desc limit $5"
        )
    } else {
        sql!(
            sqlite: "select r.id, r.at, r.method, r.path, r.query, r.status, r.scim_type, r.detail, r.duration_us, \
                r.token, r.user_id, r.group_id, r.subject, null as body, r.body is not null as has_body \
                from scim_requests r where r.id < $1 and r.status between $2 and $3 \
                and ($4 = '' or instr(r.search, $4) > 0) order by r.id desc limit $5",
            postgres: "select r.id, r.at, r.method, r.path, r.query, r.status, r.scim_type, r.detail, r.duration_us, \
                r.token, r.user_id, r.group_id, r.subject, null::text as body, r.body is not null as has_body \
                from scim_requests r where r.id < $1 and r.status between $2 and $3 \
                and ($4 = '' or strpos(r.search, $4) > 0) order by r.id desc limit $5"
        )
    };
    let search = filter.search.as_deref().map(str::trim).map(names::folded).unwrap_or_default();
    if search.contains('\0') {
        return Ok(Page::whole(Vec::new()));
    }
    let rows: Vec<ScimRequest> =
        conn.query(statement).bind(before).bind(least).bind(most).bind(search).bind(page.rows()).all().await?;
    Ok(Page::cut(rows, page.limit, |row| Cursor {
        order: "scimRequests".to_owned(),
        at: At::Number(row.at.0),
        id: row.id.0,
    }))
}

/// One request with its body.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: ScimRequestId) -> Result<ScimRequest> {
    conn.query(sql!(
        "select r.id, r.at, r.method, r.path, r.query, r.status, r.scim_type, r.detail, r.duration_us, r.token, \
         r.user_id, r.group_id, r.subject, r.body, r.body is not null as has_body from scim_requests r where r.id = $1"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("request"))
}

/// Forgets what is too old or too much.
pub async fn forget_old(tx: &mut Tx) -> Result<()> {
    let oldest = tx.now().plus_hours(-KEPT_DAYS * 24);
    tx.query(sql!("delete from scim_requests where id < $1")).bind(since(oldest)).execute().await?;
    tx.query(sql!(
        "delete from scim_requests where id <= (select r.id from scim_requests r order by r.id desc limit 1 offset $1)"
    ))
    .bind(KEPT)
    .execute()
    .await?;
    tx.query(sql!(
        "delete from scim_requests where token is null and id <= (select r.id from scim_requests r \
         where r.token is null order by r.id desc limit 1 offset $1)"
    ))
    .bind(KEPT_OF_STRANGERS)
    .execute()
    .await?;
    tx.query(sql!(
        "update scim_requests set body = null where body is not null and id <= (select r.id from scim_requests r \
         where r.body is not null order by r.id desc limit 1 offset $1)"
    ))
    .bind(KEPT_BODIES)
    .execute()
    .await?;
    Ok(())
}
