//! People that SCIM provisioned.

use super::{
    ListRequest, conflicts,
    linking::{self, Sent},
    roles as directory_roles, settings,
};
use crate::{
    Timestamp,
    actor::Actor,
    db::{Conn, Tx, filter::Sql},
    error::{Error, Result},
    ids::{GroupId, UserId},
    names,
    roles::{self, Role},
    sql,
    users::{self, NewUser, UserChange},
};

/// What SCIM keeps of a person beside the fields that people see.
#[derive(Debug, Clone)]
pub struct Record {
    /// The client's id of the person; need not be unique.
    pub external_id: Option<String>,
    /// The one work address as filters compare it.
    pub work_email_key: Option<String>,
    /// The roles that the directory says the person holds; Owner and Member are passed over.
    pub roles: Vec<Role>,
    /// The resource as it was sent, JSON.
    pub resource: String,
    /// The same with lists for all values and texts in the form that filters compare, JSON.
    pub search: String,
}

/// A person as SCIM knows them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScimUser {
    /// The person's id.
    pub id: UserId,
    /// The resource as it was sent, JSON.
    pub resource: String,
    /// Whether the person may sign in.
    pub active: bool,
    /// When the person was added.
    pub created_at: Timestamp,
    /// The last change.
    pub updated_at: Timestamp,
    /// Changes with every change.
    pub version: i64,
}

/// The person with this id, if SCIM provisioned them.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: UserId) -> Result<ScimUser> {
    conn.query(sql!(
        "select u.id, s.resource, u.active, u.created_at, u.updated_at, u.version \
         from scim_users s join users u on u.id = s.user_id where s.user_id = $1"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("person"))
}

/// The same, with the person's row locked until the use case ends.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get_for_change(tx: &mut Tx, id: UserId) -> Result<ScimUser> {
    tx.query(sql!(
        sqlite: "select u.id, s.resource, u.active, u.created_at, u.updated_at, u.version \
                 from scim_users s join users u on u.id = s.user_id where s.user_id = $1",
        postgres: "select u.id, s.resource, u.active, u.created_at, u.updated_at, u.version \
                   from scim_users s join users u on u.id = s.user_id where s.user_id = $1 for update of u"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("person"))
}

/// Whether SCIM provisioned this person.
pub async fn is_managed(conn: &mut Conn, id: UserId) -> Result<bool> {
    let found: Option<(UserId,)> =
        conn.query(sql!("select s.user_id from scim_users s where s.user_id = $1")).bind(id).optional().await?;
    Ok(found.is_some())
}

/// How adding a person ended.
pub enum Created {
    /// The person is there now.
    Added(ScimUser),
    /// Somebody has the user name, or the address of somebody who is not SCIM's; the text says so. If they are not
    /// SCIM's, that is noted for an administrator: commit it.
    Refused(String),
}

/// Adds a person; somebody who is not SCIM's and has the address alone is linked instead where that is allowed.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn create(tx: &mut Tx, actor: &Actor, new: NewUser, active: bool, record: Record) -> Result<Created> {
    let (email, user_name) = (new.email.clone(), new.user_name.clone().unwrap_or_default());
    if let Some(local) = local_with_email(tx, &email).await? {
        if settings::get(tx).await?.adopt_by_email
            && let Some(id) = linking::adoptable(tx, &email, &user_name).await?
        {
            let sent = Sent { change: new.into(), active, record };
            return Ok(Created::Added(linking::link(tx, actor, id, sent).await?));
        }
        note(tx, local, "email", &user_name, &record).await?;
        return Ok(Created::Refused(
            "A person who is not managed by SCIM has this e-mail address already. An administrator can link them in \
             Keystead."
                .to_owned(),
        ));
    }
    let user = match users::create(tx, actor, new).await {
        Ok(user) => user,
        Err(Error::Taken(field)) => {
            if let Some(holder) = field.user_id
                && !is_managed(tx, holder).await?
            {
                note(tx, holder, "userName", &user_name, &record).await?;
            }
            return Ok(Created::Refused("Someone has this userName already.".to_owned()));
        }
        Err(error) => return Err(error),
    };
    insert(tx, actor, user.id, record).await?;
    if !active {
        users::set_active(tx, actor, user.id, false, None).await?;
    }
    Ok(Created::Added(get(tx, user.id).await?))
}

pub(super) async fn insert(tx: &mut Tx, actor: &Actor, id: UserId, record: Record) -> Result<()> {
    tx.query(sql!(
        sqlite: "insert into scim_users (user_id, external_id, work_email_key, resource, search) \
                 values ($1, $2, $3, $4, $5)",
        postgres: "insert into scim_users (user_id, external_id, work_email_key, resource, search) \
                   values ($1, $2, $3, $4, $5::jsonb)"
    ))
    .bind(id)
    .bind(record.external_id.clone())
    .bind(record.work_email_key)
    .bind(record.resource)
    .bind(record.search)
    .execute()
    .await?;
    if !record.roles.is_empty() {
        directory_roles::set(tx, actor, id, &record.roles).await?;
    }
    show_external_id(tx, id, record.external_id).await
}

async fn note(tx: &mut Tx, met: UserId, reason: &'static str, user_name: &str, record: &Record) -> Result<()> {
    conflicts::note(tx, met, reason, user_name, record.external_id.as_deref(), &record.resource).await
}

async fn local_with_email(conn: &mut Conn, email: &str) -> Result<Option<UserId>> {
    if email.is_empty() {
        return Ok(None);
    }
    let found: Option<(UserId,)> = conn
        .query(sql!(
            "select u.id from users u where u.email_key = $1 \
             and not exists (select 1 from scim_users s where s.user_id = u.id) order by u.id limit 1"
        ))
        .bind(names::key(email))
        .optional()
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The panel shows the client's id.
async fn show_external_id(tx: &mut Tx, id: UserId, external_id: Option<String>) -> Result<()> {
    tx.query(sql!("update users set external_id = $2 where id = $1")).bind(id).bind(external_id).execute().await?;
    Ok(())
}

/// Brings a person, whose row is locked, to what the client wants.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Taken`], [`Error::LastOwner`]; [`Error::Forbidden`] for another user name or address of
/// someone who holds a role through a group, whose links would go there.
pub async fn update(
    tx: &mut Tx,
    actor: &Actor,
    id: UserId,
    change: UserChange,
    active: bool,
    record: Record,
) -> Result<ScimUser> {
    let before = users::get(tx, id).await?;
    let differs = |new: Option<&String>, old: &str| new.is_some_and(|new| names::key(new) != names::key(old));
    if (differs(change.email.as_ref(), &before.email) || differs(change.user_name.as_ref(), &before.user_name))
        && roles::through_groups(tx, id).await?.highest() > Role::Member
    {
        return Err(Error::Forbidden(
            "this person holds a role in Keystead: SCIM may not change their user name or e-mail address",
        ));
    }
    users::update(tx, actor, id, change, None).await?;
    tx.query(sql!(
        sqlite: "update scim_users set external_id = $2, work_email_key = $3, resource = $4, search = $5 \
                 where user_id = $1",
        postgres: "update scim_users set external_id = $2, work_email_key = $3, resource = $4, search = $5::jsonb \
                   where user_id = $1"
    ))
    .bind(id)
    .bind(record.external_id.clone())
    .bind(record.work_email_key)
    .bind(record.resource)
    .bind(record.search)
    .execute()
    .await?;
    directory_roles::set(tx, actor, id, &record.roles).await?;
    if record.external_id != before.external_id {
        show_external_id(tx, id, record.external_id).await?;
    }
    users::set_active(tx, actor, id, active, None).await?;
    get(tx, id).await
}

/// The people that match, a part of them.
pub async fn list(conn: &mut Conn, request: &ListRequest) -> Result<Vec<ScimUser>> {
    let mut sql = Sql::new(
        "select u.id, s.resource, u.active, u.created_at, u.updated_at, u.version \
         from scim_users s join users u on u.id = s.user_id",
    );
    if request.condition.is_none() && request.order.is_none() {
        // What is left out is counted in the index, without a look at the people.
        let mut ids = Sql::new("select s.user_id from scim_users s");
        request.finish(&mut ids, "s.user_id");
        sql.push(" where s.user_id in (").append(&ids).push(") order by s.user_id");
        sql.push(if request.descending { " desc" } else { "" });
    } else {
        request.finish(&mut sql, "s.user_id");
    }
    sql.run(conn).all().await
}

/// How many people match.
pub async fn count(conn: &mut Conn, request: &ListRequest) -> Result<u64> {
    let mut sql = Sql::new(if request.condition.is_none() {
        "select count(*) from scim_users s"
    } else {
        "select count(*) from scim_users s join users u on u.id = s.user_id"
    });
    request.filter(&mut sql);
    let (count,): (i64,) = sql.run(conn).one().await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// SCIM's groups of some people: the person, the group, its name; by name.
pub async fn groups_of(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<(UserId, GroupId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::of_dialect(
        conn.dialect(),
        // The person's groups are few; SQLite would walk all groups of SCIM.
        "select m.user_id, g.id, g.name from group_members m cross join groups g on g.id = m.group_id \
         where g.type = 'scim' and m.user_id in ",
        "select m.user_id, g.id, g.name from group_members m join groups g on g.id = m.group_id \
         where g.type = 'scim' and m.user_id in ",
    );
    sql.list(ids.iter().map(|id| id.0)).push(" order by g.name_key, g.id limit 20000");
    sql.run(conn).all().await
}
