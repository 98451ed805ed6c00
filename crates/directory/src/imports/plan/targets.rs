//! The local groups that everyone of an import joins.

use super::super::{Failure, Options, written};
use crate::{
    actor::Actor,
    db::Tx,
    error::{Error, Result},
    groups::GroupType,
    ids::GroupId,
    names,
    roles::{Permission, Role},
    sql,
};

/// A group that people join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::imports) struct Target {
    pub id: GroupId,
    pub name: String,
}

/// The groups that everyone joins, and those that are still to be made.
#[derive(Debug, Clone, Default)]
pub(in crate::imports) struct Targets {
    pub groups: Vec<Target>,
    pub new: Vec<String>,
}

/// Why a group can't be joined by an import.
pub(in crate::imports) enum Refusal {
    Gone,
    NotLocal(String),
    GrantsRole(String),
}

impl Refusal {
    fn message(&self) -> String {
        match self {
            Self::Gone => "One of the chosen groups does not exist any more. Choose the groups again.".to_owned(),
            Self::NotLocal(name) => {
                format!("Who is in the group {name} is decided elsewhere. Choose groups that were made here.")
            }
            Self::GrantsRole(name) => {
                format!(
                    "The group {name} grants a role, which only an owner hands out. Choose another, or ask an owner."
                )
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Gone => "groupGone",
            Self::NotLocal(_) => "groupNotLocal",
            Self::GrantsRole(_) => "groupGrantsRole",
        }
    }

    pub fn into_error(self) -> Error {
        Error::field("groupIds", if matches!(self, Self::Gone) { "unknown" } else { "notAllowed" }, self.message())
    }

    pub fn into_failure(self) -> Failure {
        Failure { code: self.code().to_owned(), message: self.message(), line: None }
    }
}

#[derive(sqlx::FromRow)]
struct Found {
    id: GroupId,
    name: String,
    name_key: String,
    #[sqlx(rename = "type")]
    kind: GroupType,
    role: Option<Role>,
}

/// Whether the actor may put people into groups that grant a role.
pub(in crate::imports) fn grants(actor: &Actor) -> bool {
    actor.is_system() || actor.roles.permit(Permission::RolesWrite)
}

impl Targets {
    /// The groups as they are now; those that exist are held against changes of their role until
    /// the use case ends.
    pub async fn of(tx: &mut Tx, actor: &Actor, options: &Options) -> Result<std::result::Result<Self, Refusal>> {
        if options.group_ids.is_empty() && options.new_groups.is_empty() {
            return Ok(Ok(Self::default()));
        }
        let ids: Vec<String> = options.group_ids.iter().map(|id| id.0.simple().to_string()).collect();
        let keys: Vec<String> = options.new_groups.iter().map(|name| names::key(name)).collect();
        let found: Vec<Found> = tx
            .query(sql!(
                sqlite: "select g.id, g.name, g.name_key, g.type, g.role from groups g \
                    where g.id in (select unhex(value) from json_each($1)) \
                    or (g.type in ('local', 'everyone') and g.name_key in (select value from json_each($2)))",
                postgres: "select g.id, g.name, g.name_key, g.type, g.role from groups g \
                    where g.id in (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value)) \
                    or (g.type in ('local', 'everyone') \
                    and g.name_key in (select value from jsonb_array_elements_text($2::jsonb) j(value))) \
                    order by g.id for share"
            ))
            .bind(written(&ids))
            .bind(written(&keys))
            .all()
            .await?;
        let mut targets = Self::default();
        for &id in &options.group_ids {
            let Some(group) = found.iter().find(|group| group.id == id) else { return Ok(Err(Refusal::Gone)) };
            if let Err(refusal) = targets.add(actor, group) {
                return Ok(Err(refusal));
            }
        }
        for (name, key) in options.new_groups.iter().zip(&keys) {
            let there =
                |group: &&Found| group.name_key == *key && matches!(group.kind, GroupType::Local | GroupType::Everyone);
            match found.iter().find(there) {
                None => targets.new.push(name.clone()),
                Some(group) => {
                    if let Err(refusal) = targets.add(actor, group) {
                        return Ok(Err(refusal));
                    }
                }
            }
        }
        Ok(Ok(targets))
    }

    fn add(&mut self, actor: &Actor, group: &Found) -> std::result::Result<(), Refusal> {
        if group.kind != GroupType::Local {
            return Err(Refusal::NotLocal(group.name.clone()));
        }
        if group.role.is_some() && !grants(actor) {
            return Err(Refusal::GrantsRole(group.name.clone()));
        }
        if !self.groups.iter().any(|target| target.id == group.id) {
            self.groups.push(Target { id: group.id, name: group.name.clone() });
        }
        Ok(())
    }
}

/// Local groups by the names that a column gives, folded for comparing: each with whether an import
/// of this actor may put people into it.
pub(in crate::imports) async fn by_name(
    tx: &mut Tx,
    actor: &Actor,
    keys: &[String],
) -> Result<std::collections::HashMap<String, (Target, bool)>> {
    if keys.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    let found: Vec<Found> = tx
        .query(sql!(
            sqlite: "select g.id, g.name, g.name_key, g.type, g.role from json_each($1) j \
                cross join groups g on g.name_key = j.value and g.type in ('local', 'everyone') and g.type = 'local'",
            postgres: "select g.id, g.name, g.name_key, g.type, g.role from groups g where g.type = 'local' \
                and g.name_key in (select value from jsonb_array_elements_text($1::jsonb) j(value)) order by g.id for share"
        ))
        .bind(written(&keys))
        .all()
        .await?;
    Ok(found
        .into_iter()
        .map(|group| {
            let may = group.role.is_none() || grants(actor);
            (group.name_key, (Target { id: group.id, name: group.name }, may))
        })
        .collect())
}
