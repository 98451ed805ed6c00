//! Fields that still hold what the import wrote get their old values back.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{Batch, Row};
use crate::{
    activity::{self, Action, Entry},
    db::Tx,
    error::Result,
    ids::UserId,
    imports::{
        apply::rows::{mark_disabled, set},
        plan::is_themselves,
    },
    names,
    roles::{self, Role},
    users::{User, many},
};

impl Batch<'_> {
    /// Gives fields that still hold what the import wrote their old values back.
    pub(super) async fn revert(&mut self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let wanted: Vec<String> = rows
            .iter()
            .filter_map(|row| row.changes.get("userName").and_then(|change| change["old"].as_str()).map(names::key))
            .collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let mut holders: HashMap<String, UserId> = many::with_names(tx, &[], &wanted)
            .await?
            .into_iter()
            .map(|user| (names::key(&user.user_name), user.id))
            .collect();
        let mut owners: HashSet<UserId> = HashSet::new();
        if rows.iter().any(|row| row.changes.get("active").is_some_and(|change| change["old"] == false)) {
            roles::wait_for_owners(tx).await?;
            owners = roles::working_owners(tx).await?.into_iter().collect();
        }
        let (mut written, mut disabled, mut enabled, mut moved) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in rows.iter_mut() {
            let Some(id) = row.person else { continue };
            let Some(before) = self.users.get(&id).cloned() else { continue };
            let mut user = before.clone();
            for (field, change) in &row.changes {
                let (old, new) = (&change["old"], &change["new"]);
                let mut imported = before.clone();
                set(&mut imported, field, new);
                let holds = imported_holds(&imported, &before);
                let keeps = match field.as_str() {
                    "groups" | "key" => continue,
                    _ if !holds => Some("somebody changed a field"),
                    "userName" => {
                        let key = names::key(old.as_str().unwrap_or_default());
                        let taken = holders.get(&key).is_some_and(|holder| *holder != id);
                        if !taken {
                            holders.insert(key, id);
                        }
                        taken.then_some("somebody else has the old user name")
                    }
                    "active" if *old == Value::Bool(false) => self.keeps_enabled(&mut owners, id),
                    _ => None,
                };
                if let Some(why) = keeps {
                    row.left.push(why);
                } else {
                    set(&mut user, field, old);
                    row.back.insert(field.clone(), json!({ "old": new, "new": old }));
                }
            }
            if row.back.is_empty() {
                continue;
            }
            match (before.active, user.active) {
                (true, false) => disabled.push(id),
                (false, true) => enabled.push(id),
                _ => {}
            }
            if names::key(&before.email) != names::key(&user.email) {
                moved.push(id);
            }
            written.push(user);
        }
        many::update(tx, &written).await?;
        many::write_terms(tx, &written.iter().collect::<Vec<_>>(), true).await?;
        many::refresh_status(tx, &[disabled.as_slice(), &enabled].concat()).await?;
        many::end_sessions(tx, &disabled).await?;
        many::cancel_links(tx, &[disabled.as_slice(), &moved].concat()).await?;
        self.mark_links(tx, rows).await?;
        self.users.extend(written.into_iter().map(|user| (user.id, user)));
        let entries: Vec<Entry<'_>> = rows
            .iter()
            .filter(|row| !row.back.is_empty())
            .filter_map(|row| {
                let user = self.users.get(&row.done.user_id?)?;
                let action = match row.back.get("active").map(|change| &change["new"]) {
                    Some(Value::Bool(true)) => Action::UserEnabled,
                    Some(_) => Action::UserDisabled,
                    None => Action::UserUpdated,
                };
                let details = Value::Object(row.back.clone());
                Some(Entry { action, target: user.target(), person: Some(user.concerned()), details })
            })
            .collect();
        activity::record_all(tx, self.actor, &entries).await
    }

    /// Whether somebody whom the import enabled stays enabled.
    fn keeps_enabled(&self, owners: &mut HashSet<UserId>, id: UserId) -> Option<&'static str> {
        if is_themselves(self.import, id) {
            return Some("nobody disables themselves");
        }
        let owner = self.roles.get(&id).is_some_and(|held| held.highest() == Role::Owner);
        if owner && owners.len() == 1 && owners.contains(&id) {
            return Some("this is the last owner");
        }
        owners.remove(&id);
        None
    }

    /// Who is enabled again was not disabled by an import any more, and the other way round.
    async fn mark_links(&self, tx: &mut Tx, rows: &[Row]) -> Result<()> {
        let Some(tenant) = self.import.tenant_id else { return Ok(()) };
        let links: Vec<(Value, bool)> = rows
            .iter()
            .filter_map(|row| {
                let active = row.back.get("active")?["new"].as_bool()?;
                Some((json!(row.done.object_id?.simple().to_string()), !active))
            })
            .collect();
        for disabled in [true, false] {
            let objects: Vec<&Value> = links.iter().filter(|link| link.1 == disabled).map(|link| &link.0).collect();
            mark_disabled(tx, tenant, &objects, disabled).await?;
        }
        Ok(())
    }
}

/// Whether the person still is as the import left this field.
fn imported_holds(imported: &User, now: &User) -> bool {
    imported.shown() == now.shown() && imported.external_id == now.external_id && imported.active == now.active
}
