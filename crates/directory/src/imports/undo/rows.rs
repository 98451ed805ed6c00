//! What an import did to people, taken back row by row.

mod revert;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    activity::{self, Action, Entry},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::{GroupId, KeyId, UserId},
    imports::{
        Import, RowResult, RowUndo,
        apply::rows::Applied,
        plan::{grants, reaches, roles_of},
        read, written,
    },
    keys::KeyState,
    roles::Roles,
    sql,
    users::{User, many},
};

/// How many rows one step takes back.
const BATCH: i64 = 300;

#[derive(sqlx::FromRow)]
struct Done {
    number: i64,
    object_id: Option<Uuid>,
    result: RowResult,
    user_id: Option<UserId>,
    changes: Option<String>,
    applied: Option<String>,
}

struct Row {
    done: Done,
    changes: Map<String, Value>,
    applied: Applied,
    /// What could not be taken back, as people say it.
    left: Vec<&'static str>,
    /// What was, as old and new values.
    back: Map<String, Value>,
    /// The person, where something of theirs may be taken back.
    person: Option<UserId>,
}

impl Row {
    fn read(done: Done) -> Result<Self> {
        let changes = done.changes.as_deref().map(read).transpose()?.unwrap_or_default();
        let applied = done.applied.as_deref().map(read).transpose()?.unwrap_or_default();
        Ok(Self { done, changes, applied, left: Vec::new(), back: Map::new(), person: None })
    }

    fn is_created(&self) -> bool {
        self.done.result == RowResult::Created
    }
}

pub(super) async fn step(tx: &mut Tx, import: &Import, actor: &Actor) -> Result<()> {
    let done: Vec<Done> = tx
        .query(sql!(
            "select number, object_id, result, user_id, changes, applied from import_rows \
             where import_id = $1 and number > $2 and result in ('created', 'updated', 'deactivated') \
             order by number limit $3"
        ))
        .bind(import.id)
        .bind(import.place)
        .bind(BATCH)
        .all()
        .await?;
    let Some(last) = done.last().map(|row| row.number) else {
        tx.query(sql!("update imports set part = 'groups' where id = $1")).bind(import.id).execute().await?;
        return Ok(());
    };
    let mut rows = done.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    let mut batch = Batch::around(tx, import, actor, &rows).await?;
    for row in &mut rows {
        row.person = batch.person(row);
    }
    batch.delete(tx, &mut rows).await?;
    batch.leave_groups(tx, &mut rows).await?;
    batch.take_keys(tx, &mut rows).await?;
    batch.revert(tx, &mut rows).await?;
    batch.finish(tx, &rows, last).await
}

struct Batch<'a> {
    import: &'a Import,
    actor: &'a Actor,
    users: HashMap<UserId, User>,
    roles: HashMap<UserId, Roles>,
    keys: HashMap<UserId, Vec<(KeyId, KeyState)>>,
    /// Groups that grant a role.
    granting: HashSet<GroupId>,
    deleted: HashSet<UserId>,
}

impl<'a> Batch<'a> {
    async fn around(tx: &mut Tx, import: &'a Import, actor: &'a Actor, rows: &[Row]) -> Result<Self> {
        let ids: Vec<UserId> = rows.iter().filter_map(|row| row.done.user_id).collect();
        let users = many::get_for_change(tx, &ids).await?;
        let held: Vec<(UserId, KeyId, KeyState)> = tx
            .query(sql!(
                sqlite: "select k.user_id, k.id, k.state from json_each($1) j cross join security_keys k on k.user_id = unhex(j.value)",
                postgres: "select k.user_id, k.id, k.state from jsonb_array_elements_text($1::jsonb) j(value) \
                    join security_keys k on k.user_id = j.value::uuid"
            ))
            .bind(many::hexed(&ids))
            .all()
            .await?;
        let mut keys: HashMap<UserId, Vec<(KeyId, KeyState)>> = HashMap::new();
        for (user, key, state) in held {
            keys.entry(user).or_default().push((key, state));
        }
        let granting: Vec<(GroupId,)> =
            tx.query(sql!("select g.id from groups g where g.role is not null")).all().await?;
        Ok(Self {
            import,
            actor,
            users: users.into_iter().map(|user| (user.id, user)).collect(),
            roles: roles_of(tx, &ids).await?,
            keys,
            granting: granting.into_iter().map(|(id,)| id).collect(),
            deleted: HashSet::new(),
        })
    }

    /// Deletes people who were added and have done nothing since.
    async fn delete(&mut self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        for row in rows.iter_mut().filter(|row| row.is_created()) {
            let Some(user) = row.done.user_id.and_then(|id| self.users.get(&id)) else { continue };
            let untouched = |(key, state): &(KeyId, KeyState)| {
                Some(*key) == row.applied.key
                    && matches!(state, KeyState::Pending | KeyState::Expired | KeyState::Cancelled)
            };
            let why = if user.last_activity_at.is_some() {
                Some("this person has signed in")
            } else if !self.keys.get(&user.id).is_none_or(|keys| keys.iter().all(untouched)) {
                Some("this person has a key")
            } else if self.roles.contains_key(&user.id) {
                Some("this person holds a role")
            } else if user.version != row.applied.version {
                Some("somebody changed this person")
            } else {
                None
            };
            match why {
                Some(why) => row.left.push(why),
                None => {
                    self.deleted.insert(user.id);
                }
            }
        }
        let gone: Vec<UserId> = self.deleted.iter().copied().collect();
        let entries: Vec<Entry<'_>> = rows
            .iter()
            .filter_map(|row| {
                row.done.user_id.filter(|id| self.deleted.contains(id)).and_then(|id| self.users.get(&id))
            })
            .map(|user| Entry {
                action: Action::UserDeleted,
                target: user.target(),
                person: Some(user.concerned()),
                details: json!({ "userName": user.user_name, "email": user.email }),
            })
            .collect();
        activity::record_all(tx, self.actor, &entries).await?;
        many::delete(tx, &gone).await
    }

    /// The person of a row, where something of theirs may be taken back.
    fn person(&self, row: &mut Row) -> Option<UserId> {
        let id = row.done.user_id?;
        if row.is_created() {
            return None;
        }
        if !self.users.contains_key(&id) {
            row.left.push("somebody deleted this person");
            return None;
        }
        if self.roles.get(&id).is_some_and(|theirs| !reaches(self.actor, id, theirs)) {
            row.left.push("this person holds a role that you may not act on");
            return None;
        }
        Some(id)
    }

    async fn leave_groups(&self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let may_grant = grants(self.actor);
        let mut leaves = Vec::new();
        for row in rows.iter_mut() {
            let Some(id) = row.person else { continue };
            for group in &row.applied.groups {
                if self.granting.contains(group) && !may_grant {
                    row.left.push("a group grants a role by now");
                } else {
                    leaves.push((id, *group));
                }
            }
        }
        many::leave(tx, &leaves).await?;
        Ok(())
    }

    /// Takes back keys that were assigned and that nobody registered.
    async fn take_keys(&self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let (mut cancelled, mut holders) = (Vec::new(), Vec::new());
        for row in rows.iter_mut() {
            let (Some(id), Some(key)) = (row.person, row.applied.key) else { continue };
            let state = self.keys.get(&id).and_then(|keys| keys.iter().find(|(held, _)| *held == key));
            match state {
                Some((_, KeyState::Pending | KeyState::Expired)) => {
                    cancelled.push(key.0.simple().to_string());
                    holders.push(id);
                }
                None | Some((_, KeyState::Cancelled)) => {}
                Some(_) => row.left.push("the key was registered"),
            }
        }
        if cancelled.is_empty() {
            return Ok(());
        }
        let now = tx.now();
        let cancelled = written(&cancelled);
        tx.query(sql!(
            sqlite: "update activations set state = 'cancelled', closed_at = $2 where state = 'open' \
                and key_id in (select unhex(value) from json_each($1))",
            postgres: "update activations set state = 'cancelled', closed_at = $2 where state = 'open' \
                and key_id in (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value))"
        ))
        .bind(cancelled.clone())
        .bind(now)
        .execute()
        .await?;
        tx.query(sql!(
            sqlite: "update security_keys set state = 'cancelled', state_changed_at = $2, version = version + 1 \
                where id in (select unhex(value) from json_each($1))",
            postgres: "update security_keys set state = 'cancelled', state_changed_at = $2, version = version + 1 \
                where id in (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value))"
        ))
        .bind(cancelled)
        .bind(now)
        .execute()
        .await?;
        many::refresh_status(tx, &holders).await
    }

    async fn finish(&self, tx: &mut Tx, rows: &[Row], last: i64) -> Result<()> {
        let mut undone = self.import.undone.unwrap_or_default();
        let results: Vec<Value> = rows
            .iter()
            .map(|row| {
                let undo = if row.left.is_empty() { RowUndo::Reverted } else { RowUndo::Left };
                *(if undo == RowUndo::Reverted { &mut undone.reverted } else { &mut undone.left }) += 1;
                let mut why = row.left.clone();
                why.dedup();
                let message = (undo == RowUndo::Left).then(|| format!("Left in part or whole: {}.", why.join("; ")));
                json!([row.done.number, undo, message])
            })
            .collect();
        tx.query(sql!(
            sqlite: "insert into import_rows (import_id, number, label, searched, data, undo, message) \
                select $1, value->>0, '', '', '', value->>1, value->>2 from json_each($2) where true \
                on conflict (import_id, number) do update set undo = excluded.undo, \
                message = coalesce(excluded.message, message)",
            postgres: "update import_rows r set undo = j.value->>1, message = coalesce(j.value->>2, message) \
                from jsonb_array_elements($2::jsonb) j(value) where r.import_id = $1 and r.number = (j.value->>0)::bigint"
        ))
        .bind(self.import.id)
        .bind(Value::Array(results).to_string())
        .execute()
        .await?;
        tx.query(sql!("update imports set place = $2, undone = $3, done = done + $4, errors = $5 where id = $1"))
            .bind(self.import.id)
            .bind(last)
            .bind(written(&undone))
            .bind(i64::try_from(rows.len()).unwrap_or(i64::MAX))
            .bind(undone.left)
            .execute()
            .await?;
        Ok(())
    }
}
