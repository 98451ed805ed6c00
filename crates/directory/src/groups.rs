//! Groups of people, and the roles that some of them grant.

mod members;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx, filter::Sql},
    error::{Error, FieldError, Result},
    ids::GroupId,
    names,
    page::{
        At, Of, Page, PageRequest,
        order::{Column, Sortable},
    },
    roles::{self, Permission, Role},
    sql,
};
pub use members::{GroupOfUser, change_members, join, of_user, set_membership};

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

/// The orders of groups.
static ORDERS: Sortable<Group> = Sortable {
    columns: &[
        Column { name: "name", sql: "g.name_folded", of: Of::Texts, at: |group| At::Text(names::folded(&group.name)) },
        Column { name: "createdAt", sql: "g.created_at", of: Of::Numbers, at: |group| At::Number(group.created_at.0) },
    ],
    usual: "name",
    id: "g.id",
    id_of: |group| group.id.0,
};

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
    let order = ORDERS.order(page.sort.as_deref())?;
    order.after(&mut sql, order.begin(page)?.as_ref());
    order.first(&mut sql, page.rows());
    Ok(order.cut(sql.run(conn).all().await?, page))
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
    members::head(conn, id).await?.map(|group| group.role).ok_or(Error::NotFound("group"))
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
