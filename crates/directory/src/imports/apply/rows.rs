//! Some hundreds of rows: what still holds of their plan is done.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Letters, after_rows, keys, next};
use crate::{
    Timestamp,
    activity::{self, Action, Entry},
    actor::Actor,
    db::Tx,
    error::Result,
    ids::{GroupId, KeyId, UserId},
    imports::{
        Import, Reason, RowResult, Source, Verdict,
        plan::{Target, Targets, by_name, is_themselves, linked, reaches, roles_of, scope},
        read,
        stage::Data,
        written,
    },
    names,
    roles::{self, Role, Roles},
    sql,
    users::{Origin, User, UserStatus, many},
};

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

/// Of these rows with the user names that they want, those for which an earlier row waits for the
/// same: rows are not applied in their own order, but the first one counts. (`coalesce` keeps SQLite
/// from going through every row that creates somebody instead of those with the address.)
async fn behind(tx: &mut Tx, import: &Import, wanted: Vec<Value>) -> Result<HashSet<i64>> {
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<(i64,)> = tx
        .query(sql!(
            sqlite: "with wanted (number, name) as materialized (select value->>0, value->>1 from json_each($2)) \
                select w.number from wanted w where exists (select 1 from import_rows r where r.import_id = $1 \
                and r.user_name_key = w.name and r.number < w.number and r.result is null \
                and (r.verdict = 'create' or (r.verdict in ('update', 'deactivate') and r.changes like '%\"userName\":%'))) \
                or exists (select 1 from import_rows r where r.import_id = $1 and r.email_key = w.name \
                and r.number < w.number and r.result is null and coalesce(r.verdict, '') = 'create' and r.user_name_key is null)",
            postgres: "with wanted (number, name) as materialized (select (value->>0)::bigint, value->>1 \
                from jsonb_array_elements($2::jsonb) j(value)) \
                select w.number from wanted w where exists (select 1 from import_rows r where r.import_id = $1 \
                and r.user_name_key = w.name and r.number < w.number and r.result is null \
                and (r.verdict = 'create' or (r.verdict in ('update', 'deactivate') and r.changes like '%\"userName\":%'))) \
                or exists (select 1 from import_rows r where r.import_id = $1 and r.email_key = w.name \
                and r.number < w.number and r.result is null and coalesce(r.verdict, '') = 'create' and r.user_name_key is null)"
        ))
        .bind(import.id)
        .bind(Value::Array(wanted).to_string())
        .all()
        .await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
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
            behind: behind(tx, import, wanted).await?,
        })
    }

    /// Whether a row's plan still holds; gives it its result where it does not, or where there is
    /// nothing to do.
    fn check(&mut self, row: &mut Row) {
        match row.planned.verdict {
            Verdict::Unchanged => row.result = Some(RowResult::Unchanged),
            Verdict::Skipped => row.result = Some(RowResult::Skipped),
            Verdict::Conflict if row.planned.holds_role && !row.planned.ticked => {
                row.result = Some(RowResult::Skipped);
            }
            Verdict::Conflict | Verdict::Rejected => row.result = Some(RowResult::Failed),
            Verdict::Create => self.check_names(row, None),
            Verdict::Update | Verdict::Deactivate => self.check_person(row),
        }
        let unjoinable = |name: &&String| self.named.get(&names::key(name)).is_none_or(|(_, may)| !may);
        if row.result.is_none()
            && let Some(name) = row.data.groups.iter().find(unjoinable).cloned()
        {
            let message = format!("There is no group called {name} any more that this import may put people into.");
            row.fail(Reason::UnknownGroup, Some("groups"), message);
        }
    }

    fn check_person(&mut self, row: &mut Row) {
        let Some(id) = row.planned.user_id else { return };
        let Some(user) = self.users.get(&id) else {
            return row.fail(
                Reason::DeletedMeanwhile,
                None,
                "Somebody deleted this person after the plan was made. Import them again if they are to come back.",
            );
        };
        if Some(user.version) != row.planned.base_version {
            return row.fail(
                Reason::ChangedMeanwhile,
                None,
                "Somebody changed this person after the plan was made. Their change stands: import again to compare.",
            );
        }
        if let Some(theirs) = self.roles.get(&id) {
            if !reaches(self.actor, id, theirs) {
                return row.fail(
                    Reason::Outranks,
                    None,
                    "This person holds a role that you may not act on: ask an owner to run the import.",
                );
            }
            // They were given it after the plan was made, and nobody was asked.
            if !row.planned.ticked && !self.linked.contains(&id) {
                return row.end(
                    RowResult::Skipped,
                    Reason::HoldsRole,
                    None,
                    "This person was given a role after the plan was made. Import again, and tick the row.",
                );
            }
        }
        if row.change("active") == Some(&Value::Bool(false)) && is_themselves(self.import, id) {
            return row.end(
                RowResult::Skipped,
                Reason::Yourself,
                Some("active"),
                "An import does not disable whoever runs it.",
            );
        }
        self.check_names(row, Some(id));
    }

    fn check_names(&mut self, row: &mut Row, whose: Option<UserId>) {
        let fields = &row.data.fields;
        let creates = whose.is_none();
        let email = fields.email.as_deref().map(names::key).unwrap_or_default();
        // Another spelling of one's own address is no other address, whoever else has it.
        let keeps = whose.and_then(|id| self.users.get(&id)).is_some_and(|user| names::key(&user.email) == email);
        if (creates || row.change("email").is_some() && !keeps)
            && self.by_email.get(&email).is_some_and(|others| others.iter().any(|other| Some(*other) != whose))
        {
            return row.fail(
                Reason::SharedEmail,
                Some("email"),
                "Somebody with this e-mail address was added after the plan was made. Import again to compare.",
            );
        }
        if creates || row.change("userName").is_some() {
            let name = fields.user_name.as_deref().map_or_else(|| email.clone(), names::key);
            let held = self.by_user_name.get(&name).is_some_and(|holder| Some(*holder) != whose);
            if held || self.behind.contains(&row.planned.number) {
                return row.fail(Reason::UserNameTaken, Some("userName"), TAKEN);
            }
            // For the rows after this one; nobody is called by the empty id.
            self.by_user_name.insert(name, whose.unwrap_or(UserId(Uuid::nil())));
        }
    }

    /// Of the owners that are to be disabled, the last one who could act stays.
    async fn keep_an_owner(&self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
        let owner = |row: &Row| {
            row.touches()
                && row.change("active") == Some(&Value::Bool(false))
                && row
                    .planned
                    .user_id
                    .and_then(|id| self.roles.get(&id))
                    .is_some_and(|held| held.highest() == Role::Owner)
        };
        if !rows.iter().any(owner) {
            return Ok(());
        }
        roles::wait_for_owners(tx).await?;
        let mut working: HashSet<UserId> = roles::working_owners(tx).await?.into_iter().collect();
        for row in rows.iter_mut().filter(|row| owner(row)) {
            let Some(id) = row.planned.user_id else { continue };
            if working.len() == 1 && working.contains(&id) {
                row.end(
                    RowResult::Skipped,
                    Reason::LastOwner,
                    Some("active"),
                    "This is the last owner: make someone else an owner before disabling them.",
                );
            } else {
                working.remove(&id);
            }
        }
        Ok(())
    }

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

    async fn create(&mut self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
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

    async fn update(&mut self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
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

    async fn join(&self, tx: &mut Tx, rows: &mut [Row]) -> Result<()> {
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

    async fn assign_keys(&mut self, tx: &mut Tx, rows: &mut [Row], letters: &Letters<'_>) -> Result<()> {
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

    /// Notes which objects of the tenant these people are, and where they were seen.
    async fn link(&self, tx: &mut Tx, rows: &[Row]) -> Result<()> {
        let (Some(tenant), Some(scope)) = (self.import.tenant_id, scope(self.import)) else { return Ok(()) };
        let now = tx.now();
        let hex = |id: Uuid| id.simple().to_string();
        let mut links: Vec<Value> = Vec::new();
        let (mut here, mut gone) = (Vec::new(), Vec::new());
        for row in rows.iter().filter(|row| done(row) || row.result == Some(RowResult::Unchanged)) {
            let (Some(object), Some(user)) = (row.planned.object_id, row.planned.user_id) else { continue };
            let active = row.change("active").and_then(Value::as_bool);
            links.push(json!([hex(object), hex(user.0), active.map(|active| !active)]));
            if row.data.absent || row.data.removed { gone.push(hex(object)) } else { here.push(hex(object)) }
        }
        if links.is_empty() {
            return Ok(());
        }
        tx.query(sql!(
            sqlite: "insert into entra_links (tenant_id, object_id, user_id, import_id, linked_at, disabled_here) \
                select $1, unhex(j.value->>0), u.id, $2, $3, coalesce(j.value->>2, 0) \
                from json_each($4) j cross join users u on u.id = unhex(j.value->>1) where true \
                on conflict (tenant_id, object_id) do nothing",
            postgres: "insert into entra_links (tenant_id, object_id, user_id, import_id, linked_at, disabled_here) \
                select $1, (j.value->>0)::uuid, u.id, $2, $3, coalesce((j.value->>2)::boolean, false) \
                from jsonb_array_elements($4::jsonb) j(value) join users u on u.id = (j.value->>1)::uuid \
                for key share of u on conflict (tenant_id, object_id) do nothing"
        ))
        .bind(tenant)
        .bind(self.import.id)
        .bind(now)
        .bind(Value::from(links.clone()).to_string())
        .execute()
        .await?;
        for disabled in [true, false] {
            let objects: Vec<&Value> = links.iter().filter(|link| link[2] == disabled).map(|link| &link[0]).collect();
            mark_disabled(tx, tenant, &objects, disabled).await?;
        }
        see(tx, tenant, &scope, &here, &gone).await
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

const TAKEN: &str = "Somebody else has this user name by now. Choose another.";

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

/// Notes whether these objects' people were disabled by an import.
pub(in crate::imports) async fn mark_disabled(
    tx: &mut Tx,
    tenant: Uuid,
    objects: &[&Value],
    disabled: bool,
) -> Result<()> {
    if objects.is_empty() {
        return Ok(());
    }
    tx.query(sql!(
        sqlite: "update entra_links set disabled_here = $3 where tenant_id = $1 \
            and object_id in (select unhex(value) from json_each($2))",
        postgres: "update entra_links set disabled_here = $3 where tenant_id = $1 \
            and object_id in (select value::uuid from jsonb_array_elements_text($2::jsonb) j(value))"
    ))
    .bind(tenant)
    .bind(written(&objects))
    .bind(disabled)
    .execute()
    .await?;
    Ok(())
}

/// Notes who was seen in this part of the tenant, and who was not any more.
async fn see(tx: &mut Tx, tenant: Uuid, scope: &str, here: &[String], gone: &[String]) -> Result<()> {
    if !here.is_empty() {
        tx.query(sql!(
            sqlite: "insert into entra_sightings (tenant_id, scope, object_id) \
                select $1, $2, l.object_id from json_each($3) j \
                cross join entra_links l on l.tenant_id = $1 and l.object_id = unhex(j.value) where true on conflict do nothing",
            postgres: "insert into entra_sightings (tenant_id, scope, object_id) \
                select $1, $2, l.object_id from jsonb_array_elements_text($3::jsonb) j(value) \
                join entra_links l on l.tenant_id = $1 and l.object_id = j.value::uuid on conflict do nothing"
        ))
        .bind(tenant)
        .bind(scope.to_owned())
        .bind(written(&here))
        .execute()
        .await?;
    }
    if !gone.is_empty() {
        tx.query(sql!(
            sqlite: "delete from entra_sightings where tenant_id = $1 \
                and object_id in (select unhex(value) from json_each($2))",
            postgres: "delete from entra_sightings where tenant_id = $1 \
                and object_id in (select value::uuid from jsonb_array_elements_text($2::jsonb) j(value))"
        ))
        .bind(tenant)
        .bind(written(&gone))
        .execute()
        .await?;
    }
    Ok(())
}
