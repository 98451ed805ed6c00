//! Groups of people, and the roles that some of them grant.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx, filter::Sql},
    error::{Error, FieldError, Result},
    ids::{EVERYONE, GroupId, UserId},
    names,
    page::{At, Cursor, Of, Page, PageRequest},
    roles::{self, Permission, Role},
    sql,
    users::{self, User},
};

/// Where a group came from, which says who may edit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum GroupType {
    /// Made here.
    Local,
    /// Provisioned by SCIM.
    Scim,
    /// Imported from Microsoft Entra ID.
    Entra,
    /// Built in: every person is in it, and nobody edits it.
    Everyone,
}

/// A group, with how many are in it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name; local names are unique without case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where it came from.
    #[sqlx(rename = "type")]
    pub r#type: GroupType,
    /// The role it grants its members.
    pub role: Option<Role>,
    /// How many people are in it.
    pub member_count: i64,
    /// How many keys they hold (waiting, active or suspended).
    pub key_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change of name, description or role.
    pub updated_at: Timestamp,
    /// Changes with every change of name, description or role.
    pub version: i64,
}

impl Group {
    fn target(&self) -> Target<'_> {
        Target { kind: "group", id: Some(self.id.0), name: &self.name }
    }

    fn shown(&self) -> Value {
        json!({ "name": self.name, "description": self.description, "role": self.role })
    }
}

/// The groups with their numbers. Everyone's members are all people. SQLite has them counted.
fn numbered(conn: &Conn) -> Sql {
    Sql::of_dialect(
        conn.dialect(),
        "select g.*, \
         case when g.type = 'everyone' \
         then (select coalesce(sum(t.number), 0) from tallies t where t.subject = 'users') \
         else coalesce(n.members, 0) end as member_count, \
         case when g.type = 'everyone' \
         then (select coalesce(sum(t.number), 0) from tallies t \
         where t.subject = 'keys' and t.state in ('pending', 'active', 'suspended')) \
         else coalesce(n.keys, 0) end as key_count \
         from groups g left join group_tallies n on n.group_id = g.id",
        "select g.*, \
         case when g.type = 'everyone' then (select count(*) from users) \
         else (select count(*) from group_members m where m.group_id = g.id) end as member_count, \
         case when g.type = 'everyone' \
         then (select count(*) from security_keys k where k.state in ('pending', 'active', 'suspended')) \
         else (select count(*) from group_members m join security_keys k on k.user_id = m.user_id \
         where m.group_id = g.id and k.state in ('pending', 'active', 'suspended')) end as key_count \
         from groups g",
    )
}

/// The group with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: GroupId) -> Result<Group> {
    let mut sql = numbered(conn);
    sql.push(" where g.id = ").bind(id.0);
    sql.run(conn).optional().await?.ok_or(Error::NotFound("group"))
}

/// Which groups are asked for.
#[derive(Debug, Clone, Default)]
pub struct GroupFilter {
    /// Words in the name.
    pub q: Option<String>,
    /// Of this type.
    pub r#type: Option<GroupType>,
}

/// The groups that match, by name or by age (`createdAt`).
///
/// # Errors
/// `notAllowed` at `sort`; a cursor of another list.
pub async fn list(conn: &mut Conn, filter: &GroupFilter, page: &PageRequest) -> Result<Page<Group>> {
    let mut sql = numbered(conn);
    sql.push(" where 1 = 1");
    let Some(words) = names::asked_words(filter.q.as_deref()) else { return Ok(Page::whole(Vec::new())) };
    for word in words {
        sql.push(" and g.name_folded like ").bind(names::anywhere(&word)).push(" escape '\\'");
    }
    if let Some(kind) = filter.r#type {
        sql.push(" and g.type = ").bind(match kind {
            GroupType::Local => "local",
            GroupType::Scim => "scim",
            GroupType::Entra => "entra",
            GroupType::Everyone => "everyone",
        });
    }
    let order = page.sort.clone().unwrap_or_else(|| "name".to_owned());
    let (column, of, descending) = match order.as_str() {
        "name" => ("g.name_folded", Of::Texts, false),
        "-name" => ("g.name_folded", Of::Texts, true),
        "createdAt" => ("g.created_at", Of::Numbers, false),
        "-createdAt" => ("g.created_at", Of::Numbers, true),
        _ => return Err(Error::field("sort", "notAllowed", "Sort by name or createdAt.")),
    };
    if let Some(text) = &page.cursor {
        let cursor = Cursor::from_text(text, &order, of)?;
        sql.push(" and (").push(column).push(", g.id) ").push(if descending { "< (" } else { "> (" });
        match cursor.at {
            At::Number(number) => sql.bind(number),
            At::Text(text) => sql.bind(text),
        };
        sql.push(", ").bind(cursor.id).push(")");
    }
    let direction = if descending { " desc" } else { "" };
    sql.push(" order by ").push(column).push(direction).push(", g.id").push(direction);
    sql.push(" limit ").bind(i64::from(page.limit) + 1);
    let rows: Vec<Group> = sql.run(conn).all().await?;
    Ok(Page::cut(rows, page.limit, |group| Cursor {
        order: order.clone(),
        at: if column == "g.created_at" {
            At::Number(group.created_at.0)
        } else {
            At::Text(names::folded(&group.name))
        },
        id: group.id.0,
    }))
}

/// A group to be made.
#[derive(Debug, Clone, Default)]
pub struct NewGroup {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The role it grants; needs the right to hand out roles.
    pub role: Option<Role>,
}

/// Makes a local group.
///
/// # Errors
/// [`Error::Taken`] at `name`, [`Error::Invalid`], [`Error::Forbidden`] for a role.
pub async fn create(tx: &mut Tx, actor: &Actor, new: NewGroup) -> Result<Group> {
    may_grant(actor, new.role)?;
    let name = names::name("name", &new.name, 100).map_err(|error| Error::Invalid(vec![error]))?;
    let description = names::optional_text("description", new.description.as_deref(), 500)
        .map_err(|error| Error::Invalid(vec![error]))?;
    let id = GroupId::new();
    let now = tx.now();
    let inserted = tx
        .query(sql!(
            "insert into groups (id, name, name_key, name_folded, description, type, role, created_at, updated_at, version) \
             values ($1, $2, $3, $4, $5, 'local', $6, $7, $7, 1) on conflict do nothing"
        ))
        .bind(id)
        .bind(name.clone())
        .bind(names::key(&name))
        .bind(names::folded(&name))
        .bind(description)
        .bind(new.role)
        .bind(now)
        .execute()
        .await?;
    if inserted == 0 {
        return Err(taken());
    }
    let group = get(tx, id).await?;
    activity::record(tx, actor, Action::GroupCreated, Some(group.target()), None, group.shown()).await?;
    Ok(group)
}

fn taken() -> Error {
    Error::Taken(FieldError::new("name", "taken", "A group has this name already. Choose another."))
}

fn may_grant(actor: &Actor, role: Option<Role>) -> Result<()> {
    if role.is_none() || actor.is_system() || actor.roles.permit(Permission::RolesWrite) {
        return Ok(());
    }
    Err(Error::Forbidden("only an owner hands out roles"))
}

/// What is to be changed; absent stays, `Some(None)` clears.
#[derive(Debug, Clone, Default)]
pub struct GroupChange {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// The role it grants.
    pub role: Option<Option<Role>>,
}

/// Changes a local group. A role change reaches every member at once.
///
/// # Errors
/// [`Error::Taken`], [`Error::Stale`], [`Error::Forbidden`], [`Error::LastOwner`].
pub async fn update(
    tx: &mut Tx,
    actor: &Actor,
    id: GroupId,
    change: GroupChange,
    expected: Option<i64>,
) -> Result<Group> {
    let before = get(tx, id).await?;
    editable(&before)?;
    if expected.is_some_and(|version| version != before.version) {
        return Err(Error::Stale);
    }
    let role = change.role.unwrap_or(before.role);
    may_grant(actor, before.role)?;
    may_grant(actor, role)?;
    let name = names::name("name", &change.name.unwrap_or_else(|| before.name.clone()), 100)
        .map_err(|error| Error::Invalid(vec![error]))?;
    let description = change.description.unwrap_or_else(|| before.description.clone());
    let description = names::optional_text("description", description.as_deref(), 500)
        .map_err(|error| Error::Invalid(vec![error]))?;
    let now = tx.now();
    let changed = tx
        .query(sql!(
            "update groups set name = $2, name_key = $3, name_folded = $4, description = $5, role = $6, updated_at = $7, \
             version = version + 1 where id = $1 and version = $8"
        ))
        .bind(id)
        .bind(name.clone())
        .bind(names::key(&name))
        .bind(names::folded(&name))
        .bind(description)
        .bind(role)
        .bind(now)
        .bind(before.version)
        .execute()
        .await
        .map_err(|error| if error.violates("groups_local_name", "groups.name_key") { taken() } else { error })?;
    if changed == 0 {
        return Err(Error::Stale);
    }
    match (before.role, role) {
        (Some(Role::Owner), Some(Role::Owner)) => {}
        (Some(Role::Owner), _) => roles::ensure_an_owner_remains(tx).await?,
        (_, Some(Role::Owner)) => await_changes_of_members(tx, id).await?,
        _ => {}
    }
    let after = get(tx, id).await?;
    let details = activity::changes(&before.shown(), &after.shown());
    if details.as_object().is_some_and(|fields| !fields.is_empty()) {
        activity::record(tx, actor, Action::GroupUpdated, Some(after.target()), None, details).await?;
    }
    Ok(after)
}

/// Who takes something from a person locks the person's row, and asks whether an owner remains only
/// if the person is one. Nobody may become one between that look and its commit: whoever is at a
/// member of this group is waited for, and whoever comes later sees the role. The group's own row
/// is locked by its update, so that nobody joins meanwhile.
async fn await_changes_of_members(tx: &mut Tx, id: GroupId) -> Result<()> {
    // SQLite has one writer at a time: nobody is waited for.
    tx.query(sql!(
        sqlite: "select $1",
        postgres: "select 1 from users u join group_members m on m.user_id = u.id where m.group_id = $1 \
                   order by u.id for key share of u"
    ))
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

fn editable(group: &Group) -> Result<()> {
    if group.r#type == GroupType::Everyone {
        return Err(Error::Forbidden("Everyone is built in: it can't be changed"));
    }
    Ok(())
}

/// Deletes a group; its members stay.
///
/// # Errors
/// [`Error::Stale`], [`Error::Forbidden`], [`Error::LastOwner`].
pub async fn delete(tx: &mut Tx, actor: &Actor, id: GroupId, expected: Option<i64>) -> Result<()> {
    let group = get(tx, id).await?;
    editable(&group)?;
    may_grant(actor, group.role)?;
    if expected.is_some_and(|version| version != group.version) {
        return Err(Error::Stale);
    }
    // Of the version that was looked at: an owner may be giving it a role at this moment.
    let deleted = tx
        .query(sql!("delete from groups where id = $1 and version = $2"))
        .bind(id)
        .bind(group.version)
        .execute()
        .await?;
    if deleted == 0 {
        return Err(Error::Stale);
    }
    if group.role == Some(Role::Owner) {
        roles::ensure_an_owner_remains(tx).await?;
    }
    let details = json!({ "members": group.member_count, "role": group.role });
    activity::record(tx, actor, Action::GroupDeleted, Some(group.target()), None, details).await
}

/// What is needed to change a membership, without counting members.
#[derive(sqlx::FromRow)]
struct Head {
    id: GroupId,
    name: String,
    #[sqlx(rename = "type")]
    kind: GroupType,
    role: Option<Role>,
}

async fn head(conn: &mut Conn, id: GroupId) -> Result<Option<Head>> {
    conn.query(sql!("select g.id, g.name, g.type, g.role from groups g where g.id = $1")).bind(id).optional().await
}

async fn head_for_change(tx: &mut Tx, actor: &Actor, id: GroupId) -> Result<Head> {
    // Shared among those who change members, and held against those who change the role.
    let group: Option<Head> = tx
        .query(sql!(
            sqlite: "select g.id, g.name, g.type, g.role from groups g where g.id = $1",
            postgres: "select g.id, g.name, g.type, g.role from groups g where g.id = $1 for share"
        ))
        .bind(id)
        .optional()
        .await?;
    let group = group.ok_or(Error::NotFound("group"))?;
    if group.kind == GroupType::Everyone {
        return Err(Error::Forbidden("everyone is in Everyone: nobody can be added or removed"));
    }
    may_grant(actor, group.role)?;
    Ok(group)
}

/// Puts a person into groups, as a part of adding the person.
///
/// # Errors
/// `unknown` at `groupIds`; [`Error::Forbidden`] for a group whose role the actor may not grant.
pub async fn join(tx: &mut Tx, actor: &Actor, user: &User, ids: &[GroupId]) -> Result<()> {
    for &id in ids {
        if id == EVERYONE {
            continue;
        }
        if head(tx, id).await?.is_none() {
            return Err(Error::field("groupIds", "unknown", "One of the groups does not exist any more."));
        }
        set_membership(tx, actor, id, user, true).await?;
    }
    Ok(())
}

/// Adds or removes one person; tells whether anything changed. It costs the same in a group of
/// ten and of a hundred thousand.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::LastOwner`].
pub async fn set_membership(tx: &mut Tx, actor: &Actor, id: GroupId, user: &User, member: bool) -> Result<bool> {
    let group = head_for_change(tx, actor, id).await?;
    if group.role.is_some() {
        roles::guard(tx, actor, user.id).await?;
    }
    let now = tx.now();
    let changed = if member {
        tx.query(sql!(
            "insert into group_members (group_id, user_id, added_at) values ($1, $2, $3) on conflict do nothing"
        ))
        .bind(group.id)
        .bind(user.id)
        .bind(now)
        .execute()
        .await
        // Deleted since the caller read it.
        .map_err(|error| if error.lacks_reference() { Error::NotFound("person") } else { error })?
    } else {
        tx.query(sql!("delete from group_members where group_id = $1 and user_id = $2"))
            .bind(group.id)
            .bind(user.id)
            .execute()
            .await?
    };
    if changed == 0 {
        return Ok(false);
    }
    if !member && group.role == Some(Role::Owner) {
        roles::ensure_an_owner_remains(tx).await?;
    }
    let action = if member { Action::GroupMemberAdded } else { Action::GroupMemberRemoved };
    let target = Target { kind: "group", id: Some(group.id.0), name: &group.name };
    activity::record(tx, actor, action, Some(target), Some(user.concerned()), json!({ "role": group.role })).await?;
    Ok(true)
}

/// Adds and removes up to a thousand people; returns how many of each were new.
///
/// # Errors
/// As [`set_membership`]; `unknown` at `add` for someone who does not exist.
pub async fn change_members(
    tx: &mut Tx,
    actor: &Actor,
    id: GroupId,
    add: &[UserId],
    remove: &[UserId],
) -> Result<(u64, u64)> {
    head_for_change(tx, actor, id).await?;
    let mut changed = (0, 0);
    for (ids, member) in [(add, true), (remove, false)] {
        let mut wanted = ids.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let found = users::existing(tx, &wanted).await?;
        if member && found.len() != wanted.len() {
            return Err(Error::field("add", "unknown", "One of these people does not exist any more."));
        }
        for user in &found {
            if set_membership(tx, actor, id, user, member).await? {
                *(if member { &mut changed.0 } else { &mut changed.1 }) += 1;
            }
        }
    }
    Ok(changed)
}

/// A group as a person's page names it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupOfUser {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Where it came from.
    #[sqlx(rename = "type")]
    pub r#type: GroupType,
    /// The role it grants.
    pub role: Option<Role>,
}

/// A person's groups by name, at most a thousand; Everyone is not listed.
pub async fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<GroupOfUser>> {
    conn.query(sql!(
        "select g.id, g.name, g.type, g.role from group_members m join groups g on g.id = m.group_id \
         where m.user_id = $1 order by g.name_key, g.id limit 1000"
    ))
    .bind(user)
    .all()
    .await
}

/// The local group that grants the owner role, made at set-up if there is none.
pub async fn owners(tx: &mut Tx, actor: &Actor) -> Result<GroupId> {
    let found: Option<(GroupId,)> = tx
        .query(sql!(
            "select g.id from groups g where g.role = 'owner' and g.type = 'local' order by g.created_at limit 1"
        ))
        .optional()
        .await?;
    if let Some((id,)) = found {
        return Ok(id);
    }
    let new = NewGroup {
        name: "Owners".to_owned(),
        description: Some("May do everything in Keystead, and hand out roles.".to_owned()),
        role: Some(Role::Owner),
    };
    Ok(create(tx, actor, new).await?.id)
}

/// The role that a group grants.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn role_of(conn: &mut Conn, id: GroupId) -> Result<Option<Role>> {
    head(conn, id).await?.map(|group| group.role).ok_or(Error::NotFound("group"))
}

/// Whether one of the groups grants a role.
pub async fn any_with_role(conn: &mut Conn, ids: &[GroupId]) -> Result<bool> {
    if ids.is_empty() {
        return Ok(false);
    }
    let mut sql = Sql::new("select count(*) from groups g where g.role is not null and g.id in ");
    sql.list(ids.iter().map(|id| id.0));
    let (count,): (i64,) = sql.run(conn).one().await?;
    Ok(count > 0)
}
