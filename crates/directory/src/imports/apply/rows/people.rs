//! People are added and changed, join their groups and get their keys.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Batch, Row, check::TAKEN, done};
use crate::{
    Timestamp,
    db::Tx,
    error::Result,
    ids::{GroupId, UserId},
    imports::{
        Reason, RowResult, Source, Verdict,
        apply::{Letters, keys},
    },
    names,
    users::{Origin, User, UserStatus, many},
};

impl Batch<'_> {
    fn newcomer(&self, row: &Row, now: Timestamp) -> User {
        let fields = row.data.fields.clone();
        let email = fields.email.unwrap_or_default();
        let user_name = fields.user_name.unwrap_or_else(|| email.clone());
        let full: Vec<&str> =
            [&fields.given_name, &fields.family_name].into_iter().flatten().map(String::as_str).collect();
        let display_name =
            fields.display_name.unwrap_or_else(|| if full.is_empty() { user_name.clone() } else { full.join(" ") });
        let active = row.data.active != Some(false);
        User {
            id: UserId::new(),
            user_name,
            email,
            display_name,
            given_name: fields.given_name,
            family_name: fields.family_name,
            phone: fields.phone,
            title: fields.title,
            department: fields.department,
            preferred_language: fields.preferred_language,
            external_id: fields.external_id,
            origin: if self.import.source == Source::Entra { Origin::Entra } else { Origin::Csv },
            active,
            status: match (active, &self.import.options.assign_key) {
                (false, _) => UserStatus::Disabled,
                (true, Some(_)) => UserStatus::Pending,
                (true, None) => UserStatus::New,
            },
            card_auditing: true,
            last_activity_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    pub(super) async fn create(&mut self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let now = tx.now();
        let mut added: Vec<User> = Vec::new();
        for row in rows.iter_mut().filter(|row| row.is(Verdict::Create)) {
            let user = self.newcomer(row, now);
            row.planned.user_id = Some(user.id);
            added.push(user);
        }
        let inserted: HashSet<UserId> = many::insert(tx, &added).await?.into_iter().collect();
        added.retain(|user| inserted.contains(&user.id));
        many::write_terms(tx, &added.iter().collect::<Vec<_>>(), false).await?;
        self.users.extend(added.into_iter().map(|user| (user.id, user)));
        for row in rows.iter_mut().filter(|row| row.is(Verdict::Create)) {
            if row.planned.user_id.is_some_and(|id| inserted.contains(&id)) {
                row.result = Some(RowResult::Created);
                row.version = 1;
            } else {
                row.planned.user_id = None;
                row.fail(Reason::UserNameTaken, Some("userName"), TAKEN);
            }
        }
        Ok(())
    }

    pub(super) async fn update(&mut self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let (mut named, mut written) = (Vec::new(), Vec::new());
        let (mut disabled, mut enabled, mut moved) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows.iter_mut().filter(|row| row.touches()) {
            let Some(user) = row.planned.user_id.and_then(|id| self.users.get_mut(&id)) else { continue };
            let before = user.clone();
            for (field, change) in &row.changes {
                set(user, field, &change["new"]);
            }
            if row.changes.keys().any(|field| field != "groups" && field != "key") {
                user.version += 1;
                let names = ["userName", "email", "displayName", "givenName", "familyName"];
                let renamed = names.iter().any(|field| row.changes.contains_key(*field));
                if renamed { named.push(user.clone()) } else { written.push(user.clone()) }
            }
            row.version = user.version;
            if before.active && !user.active {
                disabled.push(user.id);
            } else if user.active && !before.active {
                enabled.push(user.id);
            }
            if names::key(&before.email) != names::key(&user.email) {
                moved.push(user.id);
            }
            row.result = Some(if row.planned.verdict == Verdict::Deactivate {
                RowResult::Deactivated
            } else {
                RowResult::Updated
            });
        }
        many::update(tx, &named).await?;
        many::write_terms(tx, &named.iter().collect::<Vec<_>>(), true).await?;
        many::update_details(tx, &written).await?;
        many::refresh_status(tx, &[disabled.as_slice(), &enabled].concat()).await?;
        many::end_sessions(tx, &disabled).await?;
        many::cancel_links(tx, &[disabled.as_slice(), &moved].concat()).await
    }

    pub(super) async fn join(&self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let wants = |row: &Row| row.result == Some(RowResult::Created) || row.changes.contains_key("groups");
        let mut wanted: Vec<(UserId, GroupId)> = Vec::new();
        for row in rows.iter().filter(|row| wants(row) && done(row)) {
            let named = row.data.groups.iter().filter_map(|name| self.named.get(&names::key(name)));
            let groups = self.targets.groups.iter().chain(named.map(|(group, _)| group));
            wanted
                .extend(row.planned.user_id.into_iter().flat_map(|id| groups.clone().map(move |group| (id, group.id))));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut joined: HashMap<UserId, Vec<GroupId>> = HashMap::new();
        for (user, group) in many::join(tx, &wanted).await? {
            joined.entry(user).or_default().push(group);
        }
        for row in rows.iter_mut().filter(|row| wants(row) && done(row)) {
            row.groups = row.planned.user_id.and_then(|id| joined.remove(&id)).unwrap_or_default();
            row.groups.sort_unstable();
        }
        Ok(())
    }

    pub(super) async fn assign_keys(&mut self, tx: &mut Tx, rows: &mut [Row], letters: &Letters<'_>) -> Result<()> {
        let Some(assign) = &self.import.options.assign_key else { return Ok(()) };
        let wants = |row: &Row, user: &User| {
            done(row)
                && user.active
                && (row.result == Some(RowResult::Created)
                    || (row.changes.contains_key("key") && user.status == UserStatus::New))
        };
        let people: Vec<&User> = rows
            .iter()
            .filter_map(|row| row.planned.user_id.and_then(|id| self.users.get(&id)).filter(|user| wants(row, user)))
            .collect();
        let given = keys::assign(tx, self.actor, assign, &people, letters).await?;
        for row in rows.iter_mut() {
            row.key = row.planned.user_id.and_then(|id| given.get(&id).copied());
        }
        Ok(())
    }
}

/// Sets one field of a person from the text of a change.
pub(in crate::imports) fn set(user: &mut User, field: &str, value: &Value) {
    let text = value.as_str().map(str::to_owned);
    match field {
        "userName" => user.user_name = text.unwrap_or_default(),
        "email" => user.email = text.unwrap_or_default(),
        "displayName" => user.display_name = text.unwrap_or_default(),
        "givenName" => user.given_name = text,
        "familyName" => user.family_name = text,
        "phone" => user.phone = text,
        "title" => user.title = text,
        "department" => user.department = text,
        "preferredLanguage" => user.preferred_language = text,
        "externalId" => user.external_id = text,
        "active" => user.active = value == &Value::Bool(true),
        _ => {}
    }
}
