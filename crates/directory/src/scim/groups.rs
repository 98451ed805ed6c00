//! Groups that SCIM provisioned. Who is in them is changed row by row, whatever the group's size.

use std::collections::HashSet;

use serde_json::json;

use super::ListRequest;
use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx, filter::Sql},
    error::{Error, FieldError, Result},
    groups,
    ids::{GroupId, UserId},
    names,
    roles::{Permission, Role},
    sql,
};

/// The longest name, in characters: a directory's groups have longer names than ours.
pub(crate) const LONGEST_NAME: usize = 256;
/// The longest description, in characters.
pub(crate) const LONGEST_DESCRIPTION: usize = 2000;
/// People whose rows are read at once.
const AT_ONCE: u32 = 500;
/// Beyond so many people, a removal is one line in the activity record instead of one each.
const ONE_BY_ONE: usize = 1000;

/// A group as SCIM knows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScimGroup {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The client's id of it.
    pub external_id: Option<String>,
    /// The role that an owner gave it.
    pub role: Option<Role>,
    /// When it was added.
    pub created_at: Timestamp,
    /// The last change.
    pub updated_at: Timestamp,
    /// Changes with every change, also of its members.
    pub version: i64,
}

/// What a client says of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFields {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The client's id of it.
    pub external_id: Option<String>,
}

impl GroupFields {
    fn check(self) -> Result<Self> {
        let wrong = |error: FieldError| Error::Invalid(vec![error]);
        Ok(Self {
            name: names::name("displayName", &self.name, LONGEST_NAME).map_err(wrong)?,
            description: names::optional_text("description", self.description.as_deref(), LONGEST_DESCRIPTION)
                .map_err(wrong)?,
            external_id: self.external_id,
        })
    }
}

impl ScimGroup {
    fn target(&self) -> Target<'_> {
        Target { kind: "group", id: Some(self.id.0), name: &self.name }
    }

    fn shown(&self) -> serde_json::Value {
        json!({ "name": self.name, "description": self.description, "externalId": self.external_id })
    }

    /// What the client said of it.
    pub fn fields(&self) -> GroupFields {
        GroupFields {
            name: self.name.clone(),
            description: self.description.clone(),
            external_id: self.external_id.clone(),
        }
    }
}

/// The group with this id, if SCIM provisioned it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(conn: &mut Conn, id: GroupId) -> Result<ScimGroup> {
    conn.query(sql!(
        "select g.id, g.name, g.description, g.external_id, g.role, g.created_at, g.updated_at, g.version \
         from groups g where g.id = $1 and g.type = 'scim'"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("group"))
}

/// The same, held until the use case ends against whoever changes it or its members.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get_for_change(tx: &mut Tx, id: GroupId) -> Result<ScimGroup> {
    tx.query(sql!(
        sqlite: "select g.id, g.name, g.description, g.external_id, g.role, g.created_at, g.updated_at, g.version \
                 from groups g where g.id = $1 and g.type = 'scim'",
        postgres: "select g.id, g.name, g.description, g.external_id, g.role, g.created_at, g.updated_at, g.version \
                   from groups g where g.id = $1 and g.type = 'scim' for no key update"
    ))
    .bind(id)
    .optional()
    .await?
    .ok_or(Error::NotFound("group"))
}

fn taken() -> Error {
    Error::Taken(FieldError::new(
        "displayName",
        "taken",
        "There is a group with this displayName and externalId already.",
    ))
}

/// Adds a group without members.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Taken`] when name and external id are both another group's.
pub async fn create(tx: &mut Tx, actor: &Actor, fields: GroupFields) -> Result<ScimGroup> {
    let fields = fields.check()?;
    let (id, now) = (GroupId::new(), tx.now());
    let inserted = tx
        .query(sql!(
            "insert into groups (id, name, name_key, name_folded, description, type, external_id, created_at, \
             updated_at, version) values ($1, $2, $3, $4, $5, 'scim', $6, $7, $7, 1) on conflict do nothing"
        ))
        .bind(id)
        .bind(fields.name.clone())
        .bind(names::key(&fields.name))
        .bind(names::folded(&fields.name))
        .bind(fields.description)
        .bind(fields.external_id)
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

/// Writes what a client says of a group, which is held, and counts its version on.
///
/// # Errors
/// As [`create`].
pub async fn update(tx: &mut Tx, actor: &Actor, before: &ScimGroup, fields: GroupFields) -> Result<ScimGroup> {
    let fields = fields.check()?;
    let now = tx.now();
    tx.query(sql!(
        "update groups set name = $2, name_key = $3, name_folded = $4, description = $5, external_id = $6, \
         updated_at = $7, version = version + 1 where id = $1"
    ))
    .bind(before.id)
    .bind(fields.name.clone())
    .bind(names::key(&fields.name))
    .bind(names::folded(&fields.name))
    .bind(fields.description)
    .bind(fields.external_id)
    .bind(now)
    .execute()
    .await
    .map_err(|error| if error.violates("groups_scim", "index 'groups_scim'") { taken() } else { error })?;
    let after = get(tx, before.id).await?;
    let details = activity::changes(&before.shown(), &after.shown());
    if details.as_object().is_some_and(|fields| !fields.is_empty()) {
        activity::record(tx, actor, Action::GroupUpdated, Some(after.target()), None, details).await?;
    }
    Ok(after)
}

/// Refuses what SCIM may not do to a group that grants a role.
fn may_change_members(actor: &Actor, group: &ScimGroup) -> Result<()> {
    match group.role {
        None => Ok(()),
        Some(Role::Owner) => Err(Error::Forbidden("this group makes its members owners: SCIM may not change it")),
        Some(_) if actor.roles.permit(Permission::RolesWrite) => Ok(()),
        Some(_) => Err(Error::Forbidden(
            "this group grants a role: an owner must first allow SCIM to change such groups in Keystead",
        )),
    }
}

/// What became of a change of members.
#[derive(Debug, Default)]
pub struct Changed {
    /// How many came or went.
    pub members: u64,
    /// Who was left out: SCIM did not provision them, or they are gone.
    pub unknown: Vec<UserId>,
}

/// Puts people into a group, which is held. Who is unknown is left out and told of: a directory sends many members at
/// once, and one who was deleted here must not keep the others out.
///
/// # Errors
/// [`Error::Forbidden`] for a group that grants a role.
pub async fn add(tx: &mut Tx, actor: &Actor, group: &ScimGroup, ids: &[UserId]) -> Result<Changed> {
    may_change_members(actor, group)?;
    let mut changed = Changed::default();
    for some in ids.chunks(AT_ONCE as usize) {
        let mut sql = Sql::new("select s.user_id from scim_users s where s.user_id in ");
        sql.list(some.iter().map(|id| id.0));
        let known: Vec<(UserId,)> = sql.run(tx).all().await?;
        let (known, unknown): (Vec<UserId>, Vec<UserId>) = some.iter().partition(|id| known.contains(&(**id,)));
        changed.unknown.extend(unknown);
        changed.members += groups::change_members(tx, actor, group.id, &known, &[]).await?.0;
    }
    Ok(changed)
}

/// Takes people out of a group, which is held; who isn't in it is passed over. Tells how many were.
///
/// # Errors
/// [`Error::Forbidden`] for a group that grants a role.
pub async fn remove(tx: &mut Tx, actor: &Actor, group: &ScimGroup, ids: &[UserId]) -> Result<u64> {
    may_change_members(actor, group)?;
    let mut removed = 0;
    for some in ids.chunks(AT_ONCE as usize) {
        removed += groups::change_members(tx, actor, group.id, &[], some).await?.1;
    }
    Ok(removed)
}

/// Makes these people the members, and nobody else.
///
/// # Errors
/// As [`add`].
pub async fn replace(tx: &mut Tx, actor: &Actor, group: &ScimGroup, ids: &[UserId]) -> Result<Changed> {
    may_change_members(actor, group)?;
    let wanted: HashSet<UserId> = ids.iter().copied().collect();
    let mut surplus = Vec::new();
    let mut kept = HashSet::new();
    let mut after = None;
    loop {
        let page = members(tx, group.id, after, AT_ONCE).await?;
        after = page.last().copied();
        for id in &page {
            if wanted.contains(id) {
                kept.insert(*id);
            } else {
                surplus.push(*id);
            }
        }
        if page.len() < AT_ONCE as usize {
            break;
        }
    }
    let removed = if kept.is_empty() && surplus.len() > ONE_BY_ONE {
        clear(tx, actor, group).await?
    } else {
        remove(tx, actor, group, &surplus).await?
    };
    let missing: Vec<UserId> = ids.iter().copied().filter(|id| !kept.contains(id)).collect();
    let added = add(tx, actor, group, &missing).await?;
    Ok(Changed { members: removed + added.members, ..added })
}

/// Empties a large group at once.
async fn clear(tx: &mut Tx, actor: &Actor, group: &ScimGroup) -> Result<u64> {
    let removed = tx.query(sql!("delete from group_members where group_id = $1")).bind(group.id).execute().await?;
    let details = json!({ "members": { "old": removed, "new": 0 } });
    activity::record(tx, actor, Action::GroupUpdated, Some(group.target()), None, details).await?;
    Ok(removed)
}

/// Notes that the members of a group, which is held, changed: it has another version now.
pub async fn touch(tx: &mut Tx, id: GroupId) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("update groups set updated_at = $2, version = version + 1 where id = $1"))
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Deletes a group, which is held; its members stay.
///
/// # Errors
/// [`Error::Forbidden`] for a group that grants a role.
pub async fn delete(tx: &mut Tx, actor: &Actor, group: &ScimGroup) -> Result<()> {
    may_change_members(actor, group)?;
    groups::delete(tx, actor, group.id, None).await
}

/// The next members after this one, by id.
pub async fn members(conn: &mut Conn, id: GroupId, after: Option<UserId>, count: u32) -> Result<Vec<UserId>> {
    let rows: Vec<(UserId,)> = conn
        .query(sql!(
            "select m.user_id from group_members m where m.group_id = $1 and m.user_id > $2 order by m.user_id limit $3"
        ))
        .bind(id)
        .bind(after.unwrap_or(UserId(uuid::Uuid::nil())))
        .bind(i64::from(count))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The groups that match, a part of them.
pub async fn list(conn: &mut Conn, request: &ListRequest) -> Result<Vec<ScimGroup>> {
    let mut sql = Sql::new(
        "select g.id, g.name, g.description, g.external_id, g.role, g.created_at, g.updated_at, g.version \
         from (select * from groups where type = 'scim') g",
    );
    request.finish(&mut sql, "g.id");
    sql.run(conn).all().await
}

/// How many groups match.
pub async fn count(conn: &mut Conn, request: &ListRequest) -> Result<u64> {
    let mut sql = Sql::new("select count(*) from (select * from groups where type = 'scim') g");
    request.filter(&mut sql);
    let (count,): (i64,) = sql.run(conn).one().await?;
    Ok(u64::try_from(count).unwrap_or_default())
}
