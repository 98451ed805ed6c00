//! People whom SCIM wanted to add and who were there already: nobody is taken over silently.

use serde_json::json;
use uuid::Uuid;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{ScimConflictId, UserId},
    names,
    page::{At, Cursor, Of, Page, PageRequest},
    sql,
    users::Origin,
};

/// What SCIM wanted and whom it met.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScimConflict {
    /// Its id.
    pub id: ScimConflictId,
    /// The person who was there.
    pub user_id: UserId,
    /// What they have in common: `userName` or `email`.
    pub reason: String,
    /// The user name that was asked for.
    pub user_name: String,
    /// The client's id of the person.
    pub external_id: Option<String>,
    /// What was sent, a SCIM resource.
    pub resource: String,
    /// When it was tried first.
    pub first_at: Timestamp,
    /// When it was tried last.
    pub last_at: Timestamp,
    /// How the person who was there is called.
    pub display_name: String,
    /// Their address.
    pub email: String,
    /// Their user name.
    pub their_user_name: String,
    /// Where they came from.
    pub origin: Origin,
    /// Who else has the user name that was asked for.
    pub holder: Option<String>,
}

/// Notes a conflict; the same once more only moves its time.
pub async fn note(
    tx: &mut Tx,
    met: UserId,
    reason: &'static str,
    user_name: &str,
    external_id: Option<&str>,
    resource: &str,
) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "insert into scim_conflicts (id, user_id, reason, user_name, user_name_key, external_id, resource, first_at, \
         last_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
         on conflict (user_id, user_name_key) do update set reason = excluded.reason, \
         external_id = excluded.external_id, resource = excluded.resource, last_at = excluded.last_at"
    ))
    .bind(ScimConflictId::new())
    .bind(met)
    .bind(reason.to_owned())
    .bind(user_name.to_owned())
    .bind(names::key(user_name))
    .bind(external_id.map(str::to_owned))
    .bind(resource.to_owned())
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The conflicts, those that were tried last first.
///
/// # Errors
/// A cursor that belongs to another list.
pub async fn list(conn: &mut Conn, page: &PageRequest) -> Result<Page<ScimConflict>> {
    let (at, id) = match &page.cursor {
        None => (i64::MAX, Uuid::max()),
        Some(text) => match Cursor::from_text(text, "scimConflicts", Of::Numbers)? {
            Cursor { at: At::Number(at), id, .. } => (at, id),
            Cursor { .. } => return Err(Error::field("cursor", "malformed", "Begin again without a cursor.")),
        },
    };
    let rows: Vec<ScimConflict> = conn
        .query(sql!(
            "select c.id, c.user_id, c.reason, c.user_name, c.external_id, c.resource, c.first_at, c.last_at, \
             u.display_name, u.email, u.user_name as their_user_name, u.origin, o.display_name as holder \
             from scim_conflicts c join users u on u.id = c.user_id \
             left join users o on o.user_name_key = c.user_name_key and o.id <> c.user_id \
             where c.last_at < $1 or (c.last_at = $1 and c.id < $2) order by c.last_at desc, c.id desc limit $3"
        ))
        .bind(at)
        .bind(id)
        .bind(page.rows())
        .all()
        .await?;
    Ok(Page::cut(rows, page.limit, |row| Cursor {
        order: "scimConflicts".to_owned(),
        at: At::Number(row.last_at.0),
        id: row.id.0,
    }))
}

/// One conflict.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: ScimConflictId) -> Result<ScimConflict> {
    conn.query(sql!(
        "select c.id, c.user_id, c.reason, c.user_name, c.external_id, c.resource, c.first_at, c.last_at, \
         u.display_name, u.email, u.user_name as their_user_name, u.origin, o.display_name as holder \
         from scim_conflicts c join users u on u.id = c.user_id \
         left join users o on o.user_name_key = c.user_name_key and o.id <> c.user_id where c.id = $1"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("conflict"))
}

/// The next conflicts after this one that can be settled without a look at each: the person holds no role, nobody else
/// is meant by the same address or user name, and SCIM wanted to add them once only.
pub async fn plain(conn: &mut Conn, after: ScimConflictId, count: u32) -> Result<Vec<ScimConflictId>> {
    let rows: Vec<(ScimConflictId,)> = conn
        .query(sql!(
            "select c.id from scim_conflicts c join users u on u.id = c.user_id where c.id > $1 \
             and not exists (select 1 from group_members m join groups g on g.id = m.group_id \
               where m.user_id = c.user_id and g.role is not null) \
             and not exists (select 1 from scim_conflicts other where other.user_id = c.user_id and other.id <> c.id) \
             and not exists (select 1 from users o where o.user_name_key = c.user_name_key and o.id <> c.user_id) \
             and (c.reason <> 'email' or not exists (select 1 from users o where o.email_key = u.email_key \
               and o.id <> u.id and not exists (select 1 from scim_users s where s.user_id = o.id))) \
             order by c.id limit $2"
        ))
        .bind(after)
        .bind(i64::from(count))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) = conn.query(sql!("select count(*) from scim_conflicts")).one().await?;
    Ok(count)
}

/// Forgets a conflict; it comes back when SCIM tries again.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn forget(tx: &mut Tx, actor: &Actor, id: ScimConflictId) -> Result<()> {
    let conflict = get(tx, id).await?;
    tx.query(sql!("delete from scim_conflicts where id = $1")).bind(id).execute().await?;
    let target = Target { kind: "user", id: Some(conflict.user_id.0), name: &conflict.display_name };
    let person = Some((conflict.user_id, conflict.display_name.as_str()));
    let details = json!({ "reason": conflict.reason, "userName": conflict.user_name });
    activity::record(tx, actor, Action::ScimConflictForgotten, Some(target), person, details).await
}
