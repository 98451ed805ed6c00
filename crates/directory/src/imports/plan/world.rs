//! What is here already, as far as some rows of a source are concerned.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    super::{Source, written},
    Import, Read, Target, Targets, targets,
};
use crate::{
    actor::Actor,
    db::{Conn, Tx},
    error::Result,
    ids::{GroupId, UserId},
    names,
    roles::{self, Role, Roles},
    sql,
    users::{User, many::hexed},
};

/// Everything that decides on some rows.
pub(super) struct World<'a> {
    pub import: &'a Import,
    pub actor: &'a Actor,
    pub targets: &'a Targets,
    pub users: HashMap<UserId, User>,
    pub by_user_name: HashMap<String, UserId>,
    pub by_email: HashMap<String, Vec<UserId>>,
    /// Objects of the tenant to people, and whether an import disabled them.
    pub links: HashMap<Uuid, (UserId, bool)>,
    /// People who are linked, to whichever object.
    pub linked: HashSet<UserId>,
    pub roles: HashMap<UserId, Roles>,
    pub members: HashSet<(UserId, GroupId)>,
    pub named: HashMap<String, (Target, bool)>,
    /// The first and the second row with an address or user name.
    pub emails: HashMap<String, (i64, Option<i64>)>,
    pub user_names: HashMap<String, (i64, Option<i64>)>,
    /// The earlier row that is this person.
    pub taken: HashMap<UserId, i64>,
    /// The only person who could act as owner, if there is but one.
    pub only_owner: Option<UserId>,
}

impl<'a> World<'a> {
    /// A world in which nothing is known.
    pub fn empty(import: &'a Import, actor: &'a Actor, targets: &'a Targets) -> Self {
        Self {
            import,
            actor,
            targets,
            users: HashMap::new(),
            by_user_name: HashMap::new(),
            by_email: HashMap::new(),
            links: HashMap::new(),
            linked: HashSet::new(),
            roles: HashMap::new(),
            members: HashSet::new(),
            named: HashMap::new(),
            emails: HashMap::new(),
            user_names: HashMap::new(),
            taken: HashMap::new(),
            only_owner: None,
        }
    }

    pub async fn around(
        tx: &mut Tx,
        import: &'a Import,
        actor: &'a Actor,
        targets: &'a Targets,
        rows: &[Read],
    ) -> Result<Self> {
        let emails: Vec<&str> = rows.iter().filter_map(|row| row.email_key.as_deref()).collect();
        let user_names: Vec<&str> = rows.iter().filter_map(|row| row.user_name_key.as_deref()).collect();
        let links = links(tx, import, rows).await?;
        let linked_ids: Vec<UserId> = links.values().map(|(user, _)| *user).collect();
        let mut users = people(tx, &linked_ids, &emails, &user_names).await?;
        users.sort_unstable_by_key(|user| user.id);
        let mut by_email: HashMap<String, Vec<UserId>> = HashMap::new();
        for user in &users {
            by_email.entry(names::key(&user.email)).or_default().push(user.id);
        }
        let by_user_name = users.iter().map(|user| (names::key(&user.user_name), user.id)).collect();
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        let mut named: Vec<String> =
            rows.iter().flat_map(|row| &row.data.groups).map(|name| names::key(name)).collect();
        named.sort_unstable();
        named.dedup();
        let named = targets::by_name(tx, actor, &named).await?;
        let joined: Vec<GroupId> =
            targets.groups.iter().map(|group| group.id).chain(named.values().map(|(group, _)| group.id)).collect();
        let first = rows.first().map_or(0, |row| row.number);
        let only_owner = if ids.is_empty() { None } else { only_owner(tx).await? };
        Ok(Self {
            import,
            actor,
            targets,
            by_user_name,
            by_email,
            linked: linked(tx, import, &ids).await?,
            links,
            roles: roles_of(tx, &ids).await?,
            members: memberships(tx, &ids, &joined).await?,
            named,
            emails: firsts(tx, import, "email", &emails).await?,
            user_names: firsts(tx, import, "userName", &user_names).await?,
            taken: taken(tx, import, &ids, first).await?,
            only_owner,
            users: users.into_iter().map(|user| (user.id, user)).collect(),
        })
    }
}

async fn links(tx: &mut Tx, import: &Import, rows: &[Read]) -> Result<HashMap<Uuid, (UserId, bool)>> {
    let Some(tenant) = import.tenant_id.filter(|_| import.source == Source::Entra) else { return Ok(HashMap::new()) };
    let objects: Vec<String> = rows.iter().filter_map(|row| row.object_id).map(|id| id.simple().to_string()).collect();
    let found: Vec<(Uuid, UserId, bool)> = tx
        .query(sql!(
            sqlite: "select l.object_id, l.user_id, l.disabled_here from json_each($2) j \
                cross join entra_links l on l.tenant_id = $1 and l.object_id = unhex(j.value)",
            postgres: "select l.object_id, l.user_id, l.disabled_here from jsonb_array_elements_text($2::jsonb) j(value) \
                join entra_links l on l.tenant_id = $1 and l.object_id = j.value::uuid"
        ))
        .bind(tenant)
        .bind(written(&objects))
        .all()
        .await?;
    Ok(found.into_iter().map(|(object, user, disabled)| (object, (user, disabled))).collect())
}

/// Which of these people are linked to an object of a tenant.
pub(in crate::imports) async fn linked(conn: &mut Conn, import: &Import, ids: &[UserId]) -> Result<HashSet<UserId>> {
    if import.source != Source::Entra || ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<(UserId,)> = conn
        .query(sql!(
            sqlite: "select l.user_id from json_each($1) j cross join entra_links l on l.user_id = unhex(j.value)",
            postgres: "select l.user_id from jsonb_array_elements_text($1::jsonb) j(value) \
                join entra_links l on l.user_id = j.value::uuid"
        ))
        .bind(hexed(ids))
        .all()
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Everyone with one of these ids, addresses or user names. An address can also be somebody's user
/// name, because new people get it as theirs.
async fn people(tx: &mut Tx, ids: &[UserId], emails: &[&str], user_names: &[&str]) -> Result<Vec<User>> {
    let names: Vec<&str> = emails.iter().chain(user_names).copied().collect();
    tx.query(sql!(
        sqlite: "with found (id) as materialized (select unhex(value) from json_each($1) \
            union select u.id from json_each($2) j cross join users u on u.email_key = j.value \
            union select u.id from json_each($3) j cross join users u on u.user_name_key = j.value) \
            select u.* from found f cross join users u on u.id = f.id",
        postgres: "with found (id) as materialized (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value) \
            union select u.id from jsonb_array_elements_text($2::jsonb) j(value) join users u on u.email_key = j.value \
            union select u.id from jsonb_array_elements_text($3::jsonb) j(value) join users u on u.user_name_key = j.value) \
            select u.* from found f join users u on u.id = f.id"
    ))
    .bind(hexed(ids))
    .bind(written(&emails))
    .bind(written(&names))
    .all()
    .await
}

/// The roles of these people; who holds none is left out.
pub(in crate::imports) async fn roles_of(conn: &mut Conn, ids: &[UserId]) -> Result<HashMap<UserId, Roles>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(UserId, Role)> = conn
        .query(sql!(
            sqlite: "select distinct m.user_id, g.role from json_each($1) j \
                cross join group_members m on m.user_id = unhex(j.value) join groups g on g.id = m.group_id \
                where g.role is not null",
            postgres: "select distinct m.user_id, g.role from jsonb_array_elements_text($1::jsonb) j(value) \
                join group_members m on m.user_id = j.value::uuid join groups g on g.id = m.group_id \
                where g.role is not null"
        ))
        .bind(hexed(ids))
        .all()
        .await?;
    let mut held: HashMap<UserId, Vec<Role>> = HashMap::new();
    for (user, role) in found {
        held.entry(user).or_default().push(role);
    }
    Ok(held.into_iter().map(|(user, held)| (user, Roles::all(held))).collect())
}

/// Which of these people are in which of these groups.
async fn memberships(conn: &mut Conn, ids: &[UserId], groups: &[GroupId]) -> Result<HashSet<(UserId, GroupId)>> {
    if ids.is_empty() || groups.is_empty() {
        return Ok(HashSet::new());
    }
    let groups: Vec<String> = groups.iter().map(|id| id.0.simple().to_string()).collect();
    let found: Vec<(UserId, GroupId)> = conn
        .query(sql!(
            sqlite: "select m.user_id, m.group_id from json_each($1) j cross join group_members m on m.user_id = unhex(j.value) \
                where m.group_id in (select unhex(value) from json_each($2))",
            postgres: "select m.user_id, m.group_id from jsonb_array_elements_text($1::jsonb) j(value) \
                join group_members m on m.user_id = j.value::uuid \
                where m.group_id in (select value::uuid from jsonb_array_elements_text($2::jsonb) k(value))"
        ))
        .bind(hexed(ids))
        .bind(written(&groups))
        .all()
        .await?;
    Ok(found.into_iter().collect())
}

/// The first and the second row of the import with each of these keys, however many there are.
async fn firsts(tx: &mut Tx, import: &Import, of: &str, keys: &[&str]) -> Result<HashMap<String, (i64, Option<i64>)>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = if of == "email" {
        sql!(
            sqlite: "select j.value, \
                (select r.number from import_rows r where r.import_id = $1 and r.email_key = j.value order by r.number limit 1), \
                (select r.number from import_rows r where r.import_id = $1 and r.email_key = j.value order by r.number limit 1 offset 1) \
                from json_each($2) j",
            postgres: "select j.value, \
                (select r.number from import_rows r where r.import_id = $1 and r.email_key = j.value order by r.number limit 1), \
                (select r.number from import_rows r where r.import_id = $1 and r.email_key = j.value order by r.number limit 1 offset 1) \
                from jsonb_array_elements_text($2::jsonb) j(value)"
        )
    } else {
        sql!(
            sqlite: "select j.value, \
                (select r.number from import_rows r where r.import_id = $1 and r.user_name_key = j.value order by r.number limit 1), \
                (select r.number from import_rows r where r.import_id = $1 and r.user_name_key = j.value order by r.number limit 1 offset 1) \
                from json_each($2) j",
            postgres: "select j.value, \
                (select r.number from import_rows r where r.import_id = $1 and r.user_name_key = j.value order by r.number limit 1), \
                (select r.number from import_rows r where r.import_id = $1 and r.user_name_key = j.value order by r.number limit 1 offset 1) \
                from jsonb_array_elements_text($2::jsonb) j(value)"
        )
    };
    let rows: Vec<(String, Option<i64>, Option<i64>)> =
        tx.query(statement).bind(import.id).bind(written(&keys)).all().await?;
    Ok(rows.into_iter().filter_map(|(key, first, second)| Some((key, (first?, second)))).collect())
}

/// Which of these people an earlier row of the import is.
async fn taken(tx: &mut Tx, import: &Import, ids: &[UserId], before: i64) -> Result<HashMap<UserId, i64>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(UserId, i64)> = tx
        .query(sql!(
            sqlite: "select r.user_id, min(r.number) from json_each($2) j \
                cross join import_rows r on r.import_id = $1 and r.user_id = unhex(j.value) and r.number < $3 group by r.user_id",
            postgres: "select r.user_id, min(r.number) from jsonb_array_elements_text($2::jsonb) j(value) \
                join import_rows r on r.import_id = $1 and r.user_id = j.value::uuid and r.number < $3 group by r.user_id"
        ))
        .bind(import.id)
        .bind(hexed(ids))
        .bind(before)
        .all()
        .await?;
    Ok(rows.into_iter().collect())
}

/// Who could act as owner right now, if it is one person.
pub(in crate::imports) async fn only_owner(conn: &mut Conn) -> Result<Option<UserId>> {
    let owners = roles::working_owners(conn).await?;
    Ok(if let [only] = owners[..] { Some(only) } else { None })
}
