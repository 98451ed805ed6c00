//! Roles and what each permits; the rule of who may act on whom; the last owner.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    actor::{Actor, ActorType},
    db::{Conn, Tx, filter::Sql},
    error::{Error, Result},
    ids::UserId,
    sql,
    users::User,
};

/// What a person or an API key may do in Keystead, from least to most.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Role {
    /// Sees and keeps their own page only.
    Member,
    /// Reads everything, changes nothing.
    Auditor,
    /// People and their keys, no settings.
    HelpDesk,
    /// Everything but handing out roles and API keys.
    Administrator,
    /// Everything.
    Owner,
}

/// One thing that a route can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Permission {
    /// Read people, groups and keys.
    PeopleRead,
    /// Add, edit, disable and delete people.
    PeopleWrite,
    /// Assign, suspend, resume, revoke keys and send their links.
    KeysWrite,
    /// Create, edit, delete groups and change who is in them.
    GroupsWrite,
    /// Read and export the activity record.
    ActivityRead,
    /// Read settings.
    SettingsRead,
    /// Change settings.
    SettingsWrite,
    /// Hand out and take away roles.
    RolesWrite,
    /// Make and revoke API keys.
    ApiKeysManage,
    /// Import people, and undo imports.
    ImportsRun,
}

use Permission::{
    ActivityRead, ApiKeysManage, GroupsWrite, ImportsRun, KeysWrite, PeopleRead, PeopleWrite, RolesWrite, SettingsRead,
    SettingsWrite,
};

impl Role {
    /// Every role, from least to most.
    pub const ALL: [Self; 5] = [Self::Member, Self::Auditor, Self::HelpDesk, Self::Administrator, Self::Owner];

    /// The one table of what each role permits.
    pub fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Member => &[],
            Self::Auditor => &[PeopleRead, ActivityRead, SettingsRead],
            Self::HelpDesk => &[PeopleRead, PeopleWrite, KeysWrite, ActivityRead],
            Self::Administrator => &[
                PeopleRead,
                PeopleWrite,
                KeysWrite,
                GroupsWrite,
                ImportsRun,
                ActivityRead,
                SettingsRead,
                SettingsWrite,
            ],
            Self::Owner => &[
                PeopleRead,
                PeopleWrite,
                KeysWrite,
                GroupsWrite,
                ImportsRun,
                ActivityRead,
                SettingsRead,
                SettingsWrite,
                RolesWrite,
                ApiKeysManage,
            ],
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let plain: String = text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        match plain.as_str() {
            "owner" => Ok(Self::Owner),
            "administrator" | "admin" => Ok(Self::Administrator),
            "helpdesk" => Ok(Self::HelpDesk),
            "auditor" => Ok(Self::Auditor),
            "member" => Ok(Self::Member),
            _ => Err(format!("{text:?} is not a role: use owner, administrator, help-desk, auditor or member")),
        }
    }
}

/// The roles that a person holds; permissions add up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Exactly this role.
    pub fn of(role: Role) -> Self {
        Self(vec![role])
    }

    /// These roles.
    pub(crate) fn all(roles: Vec<Role>) -> Self {
        Self(roles)
    }

    /// The highest role, Member if none.
    pub fn highest(&self) -> Role {
        self.0.iter().copied().max().unwrap_or(Role::Member)
    }

    /// Whether any of the roles permits this.
    pub fn permit(&self, permission: Permission) -> bool {
        self.0.iter().any(|role| role.permissions().contains(&permission))
    }

    /// Everything that is permitted.
    pub fn permissions(&self) -> Vec<Permission> {
        Role::Owner.permissions().iter().copied().filter(|&permission| self.permit(permission)).collect()
    }

    /// Whether someone with these roles may change a person with those: help desk acts on people
    /// without a role, administrators on all but owners, owners on everyone.
    pub fn may_act_on(&self, other: &Self) -> bool {
        match other.highest() {
            Role::Member => true,
            theirs => self.highest() >= Role::Administrator && self.highest() >= theirs,
        }
    }
}

/// The roles that a person holds: through their groups, and what the directory says while that counts.
pub async fn of_user(conn: &mut Conn, user: UserId) -> Result<Roles> {
    let rows: Vec<(Role,)> = conn
        .query(sql!(
            "select g.role from groups g join group_members m on m.group_id = g.id \
             where m.user_id = $1 and g.role is not null \
             union select r.role from scim_roles r where r.user_id = $1 \
             and exists (select 1 from scim_settings s where s.id = 1 and s.grant_roles)"
        ))
        .bind(user)
        .all()
        .await?;
    Ok(Roles(rows.into_iter().map(|(role,)| role).collect()))
}

/// The roles that a person holds through their groups alone.
pub async fn through_groups(conn: &mut Conn, user: UserId) -> Result<Roles> {
    let rows: Vec<(Role,)> = conn
        .query(sql!(
            "select distinct g.role from groups g join group_members m on m.group_id = g.id \
             where m.user_id = $1 and g.role is not null"
        ))
        .bind(user)
        .all()
        .await?;
    Ok(Roles(rows.into_iter().map(|(role,)| role).collect()))
}

/// The roles of the people on one page; those without any are left out.
pub async fn of_users(conn: &mut Conn, users: &[UserId]) -> Result<HashMap<UserId, Roles>> {
    let mut roles: HashMap<UserId, Roles> = HashMap::new();
    if users.is_empty() {
        return Ok(roles);
    }
    let mut sql = Sql::new(
        "select m.user_id, g.role from group_members m join groups g on g.id = m.group_id \
         where g.role is not null and m.user_id in ",
    );
    sql.list(users.iter().map(|user| user.0));
    sql.push(
        " union select r.user_id, r.role from scim_roles r \
         where exists (select 1 from scim_settings s where s.id = 1 and s.grant_roles) and r.user_id in ",
    );
    sql.list(users.iter().map(|user| user.0));
    let rows: Vec<(UserId, Role)> = sql.run(conn).all().await?;
    for (user, role) in rows {
        roles.entry(user).or_default().0.push(role);
    }
    Ok(roles)
}

/// The active owners and administrators, at most a hundred, for mails that concern them.
pub async fn administrators(conn: &mut Conn) -> Result<Vec<User>> {
    conn.query(sql!(
        "select u.* from users u where u.active and u.id in (select m.user_id from groups g \
         join group_members m on m.group_id = g.id where g.role in ('owner', 'administrator') \
         union select r.user_id from scim_roles r where r.role = 'administrator' \
         and exists (select 1 from scim_settings s where s.id = 1 and s.grant_roles)) order by u.id limit 100"
    ))
    .all()
    .await
}

/// Refuses when the actor's roles do not reach the person.
pub async fn guard(tx: &mut Tx, actor: &Actor, user: UserId) -> Result<Roles> {
    let theirs = of_user(tx, user).await?;
    // SCIM reaches only whom it provisioned; `scim::users` says what it may do to those who hold a role.
    if actor.is_system() || actor.kind == ActorType::Scim || actor.roles.may_act_on(&theirs) {
        return Ok(theirs);
    }
    Err(Error::Forbidden("this person holds a role that you may not act on: ask an owner"))
}

/// How many people could act as owner right now: active, in an owner group, with an active key.
pub async fn owners(conn: &mut Conn) -> Result<i64> {
    let (count,): (i64,) = conn
        .query(sql!(
            "select count(distinct u.id) from groups g \
             join group_members m on m.group_id = g.id \
             join users u on u.id = m.user_id \
             where g.role = 'owner' and u.active \
             and exists (select 1 from security_keys k where k.user_id = u.id and k.state = 'active' \
             and (k.kind <> 'contactlessCard' or exists (select 1 from credentials c where c.key_id = k.id)))"
        ))
        .one()
        .await?;
    Ok(count)
}

/// The people whom [`owners`] counts, at most a thousand.
pub(crate) async fn working_owners(conn: &mut Conn) -> Result<Vec<UserId>> {
    let rows: Vec<(UserId,)> = conn
        .query(sql!(
            "select distinct u.id from groups g \
             join group_members m on m.group_id = g.id \
             join users u on u.id = m.user_id \
             where g.role = 'owner' and u.active \
             and exists (select 1 from security_keys k where k.user_id = u.id and k.state = 'active' \
             and (k.kind <> 'contactlessCard' or exists (select 1 from credentials c where c.key_id = k.id))) \
             order by u.id limit 1000"
        ))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Called after a change that took something from an owner. Such changes wait here for one
/// another, on every server of one database, so that two owners can't remove each other at once.
///
/// # Errors
/// [`Error::LastOwner`] when nobody could act as owner any more; the use case must be dropped.
pub async fn ensure_an_owner_remains(tx: &mut Tx) -> Result<()> {
    wait_for_owners(tx).await?;
    if owners(tx).await? == 0 { Err(Error::LastOwner) } else { Ok(()) }
}

/// Waits for everybody else who is taking something from an owner, until the use case ends.
pub(crate) async fn wait_for_owners(tx: &mut Tx) -> Result<()> {
    let _: (i64,) = tx
        .query(sql!(
            sqlite: "select 1",
            postgres: "select 1::bigint from (select pg_advisory_xact_lock(7310001)) locked"
        ))
        .one()
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_acts_on_a_role_above_their_own() {
        let may = |mine, theirs| Roles::of(mine).may_act_on(&Roles::of(theirs));
        for role in Role::ALL {
            assert!(may(role, Role::Member), "{role:?} is stopped by permissions, not by rank");
            assert_eq!(may(role, Role::Owner), role == Role::Owner);
            assert_eq!(may(role, Role::Auditor), role >= Role::Administrator);
            assert_eq!(may(role, Role::HelpDesk), role >= Role::Administrator);
        }
        assert!(may(Role::Administrator, Role::Administrator));
    }

    #[test]
    fn roles_are_read_as_people_write_them() {
        for text in ["help-desk", "helpDesk", "Help desk", "HELPDESK"] {
            assert_eq!(text.parse(), Ok(Role::HelpDesk));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
