//! Some hundreds of rows: what still holds of their plan is done.

mod check;
mod links;
mod people;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Letters, after_rows, next};
use crate::{
    activity::{self, Action, Entry},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::{GroupId, KeyId, UserId},
    imports::{
        Import, Reason, RowResult, Verdict,
        plan::{Target, Targets, by_name, linked, roles_of},
        read,
        stage::Data,
        written,
    },
    names,
    roles::Roles,
    sql,
    users::{User, many},
};
pub(in crate::imports) use links::mark_disabled;
pub(in crate::imports) use people::set;

#[derive(sqlx::FromRow)]
struct Planned {
    number: i64,
    spot: i64,
    object_id: Option<Uuid>,
    verdict: Verdict,
    reason: Option<Reason>,
    field: Option<String>,
    message: Option<String>,
    user_id: Option<UserId>,
    base_version: Option<i64>,
    changes: Option<String>,
    data: String,
    holds_role: bool,
    ticked: bool,
}

/// A row on its way to its result.
struct Row {
    planned: Planned,
    data: Data,
    changes: Map<String, Value>,
    result: Option<RowResult>,
    /// What was written for an undo.
    version: i64,
    groups: Vec<GroupId>,
    key: Option<KeyId>,
}

impl Row {
    fn read(planned: Planned) -> Result<Self> {
        let changes = planned.changes.as_deref().map(read).transpose()?.unwrap_or_default();
        let data = read(&planned.data)?;
        Ok(Self { planned, data, changes, result: None, version: 0, groups: Vec::new(), key: None })
    }

    /// Whether something is still to be done with it, and that is `verdict`.
    fn is(&self, verdict: Verdict) -> bool {
        self.result.is_none() && self.planned.verdict == verdict
    }

    fn touches(&self) -> bool {
        self.is(Verdict::Update) || self.is(Verdict::Deactivate)
    }

    fn fail(&mut self, reason: Reason, field: Option<&str>, message: impl Into<String>) {
        self.end(RowResult::Failed, reason, field, message);
    }

    fn end(&mut self, result: RowResult, reason: Reason, field: Option<&str>, message: impl Into<String>) {
        self.result = Some(result);
        self.planned.reason = Some(reason);
        self.planned.field = field.map(str::to_owned);
        self.planned.message = Some(message.into());
    }

    fn change(&self, field: &str) -> Option<&Value> {
        self.changes.get(field).map(|change| &change["new"])
    }
}

pub(super) async fn step(
    tx: &mut Tx,
    import: &Import,
    actor: &Actor,
    targets: &Targets,
    letters: &Letters<'_>,
    batch: i64,
) -> Result<()> {
    let planned: Vec<Planned> = tx
        .query(sql!(
            "select r.number, r.spot, r.object_id, r.verdict, r.reason, r.field, r.message, r.user_id, r.base_version, \
             r.changes, r.data, r.holds_role, r.ticked from import_rows r where r.import_id = $1 and r.verdict is not null \
             and (r.spot, r.number) > ($2, $3) order by r.spot, r.number limit $4"
        ))
        .bind(import.id)
        .bind(import.place_spot)
        .bind(import.place)
        .bind(batch)
        .all()
        .await?;
    let Some(last) = planned.last().map(|row| (row.spot, row.number)) else {
        return next(tx, import, after_rows(import)).await;
    };
    let mut rows = planned.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    let mut batch = Batch::around(tx, import, actor, targets, &rows).await?;
    for row in &mut rows {
        batch.check(row);
    }
    batch.keep_an_owner(tx, &mut rows).await?;
    batch.create(tx, &mut rows).await?;
    batch.update(tx, &mut rows).await?;
    batch.join(tx, &mut rows).await?;
    batch.assign_keys(tx, &mut rows, letters).await?;
    batch.link(tx, &rows).await?;
    batch.record(tx, &rows).await?;
    batch.finish(tx, &rows, last).await
}

/// What some rows are applied to.
struct Batch<'a> {
    import: &'a Import,
    actor: &'a Actor,
    targets: &'a Targets,
    users: HashMap<UserId, User>,
    /// Who has an address or a user name that a row wants.
    by_email: HashMap<String, Vec<UserId>>,
    by_user_name: HashMap<String, UserId>,
    roles: HashMap<UserId, Roles>,
    /// Who of those with a role is known by a link, so that no tick is asked for.
    linked: HashSet<UserId>,
    named: HashMap<String, (Target, bool)>,
    /// Rows whose user name goes to an earlier row of the source that is still to be applied.
    behind: HashSet<i64>,
}

impl<'a> Batch<'a> {
    async fn around(
        tx: &mut Tx,
        import: &'a Import,
        actor: &'a Actor,
        targets: &'a Targets,
        rows: &[Row],
    ) -> Result<Self> {
        let ids: Vec<UserId> = rows
            .iter()
            .filter(|row| matches!(row.planned.verdict, Verdict::Update | Verdict::Deactivate))
            .filter_map(|row| row.planned.user_id)
            .collect();
        let users = many::get_for_change(tx, &ids).await?;
        let (mut emails, mut user_names, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let creates = row.planned.verdict == Verdict::Create;
            let fields = &row.data.fields;
            if creates || row.change("email").is_some() {
                emails.extend(fields.email.as_deref().map(names::key));
            }
            if creates || row.change("userName").is_some() {
                let name = fields.user_name.as_deref().filter(|name| !name.is_empty()).or(fields.email.as_deref());
                let name = name.map(names::key);
                wanted.extend(name.as_ref().map(|name| json!([row.planned.number, name])));
                user_names.extend(name);
            }
        }
        let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
        let user_names: Vec<&str> = user_names.iter().map(String::as_str).collect();
        let mut by_email: HashMap<String, Vec<UserId>> = HashMap::new();
        let mut by_user_name = HashMap::new();
        for other in many::with_names(tx, &emails, &user_names).await? {
            by_email.entry(names::key(&other.email)).or_default().push(other.id);
            by_user_name.insert(names::key(&other.user_name), other.id);
        }
        let mut named: Vec<String> =
            rows.iter().flat_map(|row| &row.data.groups).map(|name| names::key(name)).collect();
        named.sort_unstable();
        named.dedup();
        let roles = roles_of(tx, &ids).await?;
        let holders: Vec<UserId> = roles.keys().copied().collect();
        Ok(Self {
            import,
            actor,
            targets,
            linked: linked(tx, import, &holders).await?,
            roles,
            users: users.into_iter().map(|user| (user.id, user)).collect(),
            by_email,
            by_user_name,
            named: by_name(tx, actor, &named).await?,
            behind: check::behind(tx, import, wanted).await?,
        })
    }

    async fn record(&self, tx: &mut Tx, rows: &[Row]) -> Result<()> {
        let mut entries = Vec::new();
        for row in rows.iter().filter(|row| done(row)) {
            let Some(user) = row.planned.user_id.and_then(|id| self.users.get(&id)) else { continue };
            let (action, mut details) = match (row.result, row.change("active").and_then(Value::as_bool)) {
                (Some(RowResult::Created), _) => (Action::UserCreated, user.shown()),
                (_, Some(false)) => (Action::UserDisabled, Value::Object(row.changes.clone())),
                (_, Some(true)) => (Action::UserEnabled, Value::Object(row.changes.clone())),
                _ => (Action::UserUpdated, Value::Object(row.changes.clone())),
            };
            if row.result == Some(RowResult::Created) && !row.groups.is_empty() {
                let named = self.targets.groups.iter().chain(self.named.values().map(|(group, _)| group));
                let mut names: Vec<&str> =
                    named.filter(|group| row.groups.contains(&group.id)).map(|group| group.name.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                details["groups"] = json!(names);
            }
            entries.push(Entry { action, target: user.target(), person: Some(user.concerned()), details });
        }
        activity::record_all(tx, self.actor, &entries).await
    }

    /// Writes down what became of each row, and how far the import is.
    async fn finish(&self, tx: &mut Tx, rows: &[Row], last: (i64, i64)) -> Result<()> {
        let mut outcome = self.import.outcome.unwrap_or_default();
        let mut errors = 0_i64;
        let results: Vec<Value> = rows
            .iter()
            .map(|row| {
                let result = row.result.unwrap_or(RowResult::Failed);
                outcome.count(result);
                errors += i64::from(result == RowResult::Failed);
                let applied = done(row).then(|| {
                    let applied = Applied { version: row.version, groups: row.groups.clone(), key: row.key };
                    written(&applied)
                });
                let planned = &row.planned;
                json!([
                    planned.number,
                    result,
                    planned.reason,
                    planned.field,
                    planned.message,
                    planned.user_id.map(|id| id.0.simple().to_string()),
                    applied,
                ])
            })
            .collect();
        tx.query(sql!(
            sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($2)) \
                insert into import_rows (import_id, number, label, searched, data, result, reason, field, message, user_id, \
                applied) \
                select $1, value->>0, '', '', '', value->>1, value->>2, value->>3, value->>4, unhex(value->>5), value->>6 \
                from rows where true \
                on conflict (import_id, number) do update set result = excluded.result, reason = excluded.reason, \
                field = excluded.field, message = excluded.message, user_id = excluded.user_id, applied = excluded.applied",
            postgres: "update import_rows r set result = j.value->>1, reason = j.value->>2, field = j.value->>3, \
                message = j.value->>4, user_id = (j.value->>5)::uuid, applied = j.value->>6 \
                from jsonb_array_elements($2::jsonb) j(value) where r.import_id = $1 and r.number = (j.value->>0)::bigint"
        ))
        .bind(self.import.id)
        .bind(Value::Array(results).to_string())
        .execute()
        .await?;
        tx.query(sql!(
            "update imports set place_spot = $2, place = $3, outcome = $4, done = done + $5, errors = errors + $6 \
             where id = $1"
        ))
        .bind(self.import.id)
        .bind(last.0)
        .bind(last.1)
        .bind(written(&outcome))
        .bind(i64::try_from(rows.len()).unwrap_or(i64::MAX))
        .bind(errors)
        .execute()
        .await?;
        Ok(())
    }
}

/// What an undo must know besides the changes.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(in crate::imports) struct Applied {
    /// The person's version afterwards.
    pub version: i64,
    /// The groups that they joined.
    pub groups: Vec<GroupId>,
    /// The key that they were given.
    pub key: Option<KeyId>,
}

fn done(row: &Row) -> bool {
    matches!(row.result, Some(RowResult::Created | RowResult::Updated | RowResult::Deactivated))
}
