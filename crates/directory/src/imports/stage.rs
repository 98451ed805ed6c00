//! Reading: what a source holds is kept row by row before anything is decided.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    EntraOptions, ImportState, Reason, Source,
    lease::{Claim, Step, hold},
    purge, written,
};
use crate::{
    db::Tx,
    error::{Error, FieldError, Result},
    names, sql, users,
};

/// The longest label, and the longest text that a search looks through, in characters.
const LABEL: usize = 256;

/// The fields of a person as a source has them; absent: leave as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Fields {
    /// Where mails go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Unique without case; the e-mail address for new people without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// How the person is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// BCP 47 language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// The id in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// Why a row can't be taken as it was read, or is not wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// What kind of reason; [`Reason::Guest`] and [`Reason::DisabledAtSource`] skip the row, others
    /// reject it.
    pub reason: Reason,
    /// The field.
    pub field: Option<String>,
    /// In plain words, with what to mend.
    pub message: String,
}

/// One row of a source. Its fields are checked when it is staged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StagedRow {
    /// The line of the file, or the place in what was read; from 1, unique, growing.
    pub number: i64,
    /// The object in the tenant. One that comes again is taken once.
    pub object_id: Option<Uuid>,
    /// What it says.
    pub fields: Fields,
    /// Whether the person may sign in; absent: leave as it is.
    pub active: Option<bool>,
    /// Names of local groups that the person joins.
    pub groups: Vec<String>,
    /// The source says that this object is gone; only its object id counts then.
    pub removed: bool,
    /// What is wrong with it.
    pub problem: Option<RowProblem>,
}

/// A group of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedGroup {
    /// The object in the tenant.
    pub object_id: Uuid,
    /// Its name there.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether everybody in it is staged, so that those who are not were removed from it.
    pub complete: bool,
}

/// What a reader found out about its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Read {
    /// Whether everyone of the chosen part of the source is staged; people who are not have left it.
    pub complete: bool,
    /// The tenant that was read.
    pub tenant_id: Option<Uuid>,
    /// How many people were left out because they are in no group.
    pub ungrouped: Option<i64>,
}

/// What is kept of a row besides its columns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Data {
    pub fields: Fields,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// Added by the plan: a person whom the source does not have any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<RowProblem>,
}

/// Clears away what an earlier reading left; to be called until it is done, before anything is
/// staged.
///
/// # Errors
/// [`Error::Stale`] when another server took over, or somebody cancelled.
pub async fn begin_reading(tx: &mut Tx, claim: &Claim) -> Result<Step> {
    hold(tx, claim, ImportState::Reading).await?;
    if !purge::empty(tx, claim.import.id).await? {
        return Ok(Step::More);
    }
    tx.query(sql!("update imports set done = 0, errors = 0, last_number = 0 where id = $1"))
        .bind(claim.import.id)
        .execute()
        .await?;
    Ok(Step::Done)
}

/// Keeps some hundreds of rows.
///
/// # Errors
/// As [`begin_reading`].
pub async fn stage(tx: &mut Tx, claim: &Claim, rows: &[StagedRow]) -> Result<()> {
    let import = hold(tx, claim, ImportState::Reading).await?;
    let disabled = import.options.entra.as_ref().is_none_or(|entra| entra.include_disabled);
    let guests = import.options.entra.as_ref().is_none_or(|entra| entra.include_guests);
    let mut errors = 0_i64;
    let mut last = 0;
    let staged: Vec<Value> = rows
        .iter()
        .map(|row| {
            let mut row = Data {
                fields: row.fields.clone(),
                active: row.active,
                groups: row.groups.clone(),
                removed: row.removed,
                absent: false,
                problem: row.problem.clone(),
            }
            .checked(import.source)
            .listed(row.number, row.object_id);
            if row.data.problem.as_ref().is_some_and(|problem| problem.reason == Reason::Guest) && guests {
                row.data.problem = None;
            }
            errors += i64::from(row.data.problem.as_ref().is_some_and(|problem| !problem.reason.skips()));
            last = last.max(row.number);
            // Whoever is not taken does not make another's address a shared one.
            let counts = row.data.problem.is_none()
                && !row.data.removed
                && (import.source == Source::Csv || disabled || row.data.active != Some(false));
            let email = row.data.fields.email.as_deref();
            json!([
                row.number,
                row.object_id.map(|id| id.simple().to_string()),
                row.label,
                email,
                email.filter(|_| counts).map(names::key),
                row.data.fields.user_name.as_deref().filter(|_| counts).map(names::key),
                row.searched,
                written(&row.data),
                spot(&row.searched),
            ])
        })
        .collect();
    let inserted = tx
        .query(sql!(
            sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($2)) \
                insert into import_rows (import_id, number, object_id, label, email, email_key, user_name_key, searched, data, spot) \
                select $1, value->>0, unhex(value->>1), value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8 \
                from rows where true on conflict do nothing",
            postgres: "insert into import_rows (import_id, number, object_id, label, email, email_key, user_name_key, searched, data, spot) \
                select $1, (value->>0)::bigint, (value->>1)::uuid, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, \
                (value->>8)::bigint \
                from jsonb_array_elements($2::jsonb) j(value) on conflict do nothing"
        ))
        .bind(import.id)
        .bind(Value::Array(staged).to_string())
        .execute()
        .await?;
    tx.query(sql!(
        "update imports set done = done + $2, errors = errors + $3, \
         last_number = case when last_number < $4 then $4 else last_number end where id = $1"
    ))
    .bind(import.id)
    .bind(i64::try_from(inserted).unwrap_or(i64::MAX))
    .bind(errors)
    .bind(last)
    .execute()
    .await?;
    Ok(())
}

/// Keeps groups of the tenant.
///
/// # Errors
/// As [`begin_reading`].
pub async fn stage_groups(tx: &mut Tx, claim: &Claim, groups: &[StagedGroup]) -> Result<()> {
    let import = hold(tx, claim, ImportState::Reading).await?;
    let rows: Vec<Value> = groups
        .iter()
        .map(|group| {
            let name = plain(&group.name, 256);
            let name = if name.is_empty() { group.object_id.to_string() } else { name };
            let description = group.description.as_deref().map(|text| plain(text, 500)).filter(|text| !text.is_empty());
            json!([group.object_id.simple().to_string(), name, description, group.complete])
        })
        .collect();
    tx.query(sql!(
        sqlite: "insert into import_groups (import_id, object_id, name, description, complete) \
            select $1, unhex(value->>0), value->>1, value->>2, value->>3 from json_each($2) where true \
            on conflict (import_id, object_id) do update set name = excluded.name, \
            description = excluded.description, complete = excluded.complete",
        postgres: "insert into import_groups (import_id, object_id, name, description, complete) \
            select distinct on (value->>0) $1::uuid, (value->>0)::uuid, value->>1, value->>2, (value->>3)::boolean \
            from jsonb_array_elements($2::jsonb) j(value) \
            on conflict (import_id, object_id) do update set name = excluded.name, \
            description = excluded.description, complete = excluded.complete"
    ))
    .bind(import.id)
    .bind(Value::Array(rows).to_string())
    .execute()
    .await?;
    Ok(())
}

/// Keeps who is in a group of the tenant, up to some thousands at a time: everybody, also people
/// who are left out of the import.
///
/// # Errors
/// As [`begin_reading`].
pub async fn stage_members(tx: &mut Tx, claim: &Claim, group: Uuid, people: &[Uuid]) -> Result<()> {
    let import = hold(tx, claim, ImportState::Reading).await?;
    let people: Vec<String> = people.iter().map(|id| id.simple().to_string()).collect();
    tx.query(sql!(
        sqlite: "insert into import_members (import_id, group_object_id, object_id) \
            select $1, $2, unhex(value) from json_each($3) where true on conflict do nothing",
        postgres: "insert into import_members (import_id, group_object_id, object_id) \
            select $1, $2, value::uuid from jsonb_array_elements_text($3::jsonb) j(value) on conflict do nothing"
    ))
    .bind(import.id)
    .bind(group)
    .bind(written(&people))
    .execute()
    .await?;
    Ok(())
}

/// Ends the reading: the source was read to its end, and the rows are planned next. A reader that
/// could not read everything that it was to read calls [`super::fail`] instead.
///
/// # Errors
/// As [`begin_reading`]; [`Error::Invalid`] without the tenant of Microsoft Entra ID.
pub async fn staged(tx: &mut Tx, claim: &Claim, read: Read) -> Result<()> {
    let import = hold(tx, claim, ImportState::Reading).await?;
    if import.source == Source::Entra && read.tenant_id.is_none() {
        return Err(Error::field("tenantId", "required", "Say which tenant was read."));
    }
    let now = tx.now();
    tx.query(sql!(
        "update imports set state = 'planning', part = 'first', place = 0, total = done, done = 0, errors = 0, \
         phase_started_at = $2, complete = $3, tenant_id = $4, ungrouped = $5, version = version + 1 where id = $1"
    ))
    .bind(import.id)
    .bind(now)
    .bind(read.complete)
    .bind(read.tenant_id)
    .bind(read.ungrouped)
    .execute()
    .await?;
    Ok(())
}

/// Where a row stands among those of its import when they are applied: by the beginning of its
/// name. People who stand together in the indexes of names are then written together, and a step
/// writes a few pages of each instead of one for each person.
pub(super) fn spot(searched: &str) -> i64 {
    let bytes = searched.bytes().chain(std::iter::repeat(0)).take(8);
    // A number that fits is enough of the name; its sign stays free.
    i64::try_from(bytes.fold(0_u64, |spot, byte| spot << 8 | u64::from(byte)) >> 1).unwrap_or(i64::MAX)
}

/// A row with what lists and searches need.
struct Listed {
    number: i64,
    object_id: Option<Uuid>,
    label: String,
    searched: String,
    data: Data,
}

impl Data {
    /// Cleans the fields, or notes the first one that can't be kept. What Entra has beside name and
    /// address is not worth losing the person for: a field that can't be kept is left out.
    fn checked(mut self, source: Source) -> Self {
        if self.problem.is_some() || self.removed {
            self.fields.plain();
            return self;
        }
        match self.fields.clone().checked(source == Source::Entra) {
            Ok(fields) => self.fields = fields,
            Err(error) => {
                self.fields.plain();
                self.problem = Some(RowProblem {
                    reason: match (error.field.as_str(), error.code) {
                        ("email", "required") => Reason::MissingEmail,
                        ("email", "malformed") => Reason::MalformedEmail,
                        (_, "tooLong") => Reason::TooLong,
                        _ => Reason::Malformed,
                    },
                    field: Some(error.field),
                    message: error.message,
                });
            }
        }
        self
    }

    fn listed(self, number: i64, object_id: Option<Uuid>) -> Listed {
        let fields = &self.fields;
        let full = [fields.given_name.as_deref(), fields.family_name.as_deref()];
        let full = full.iter().flatten().copied().collect::<Vec<_>>().join(" ");
        let label =
            [fields.display_name.as_deref(), Some(full.as_str()), fields.user_name.as_deref(), fields.email.as_deref()]
                .into_iter()
                .flatten()
                .find(|text| !text.is_empty())
                .map_or_else(|| object_id.map_or_else(|| format!("Line {number}"), |id| id.to_string()), str::to_owned);
        let label: String = label.chars().take(LABEL).collect();
        let searched = names::folded(&format!("{label}\n{}", fields.email.as_deref().unwrap_or_default()));
        let searched = searched.chars().take(2 * LABEL).collect();
        Listed { number, object_id, label, searched, data: self }
    }
}

impl Fields {
    fn each(&mut self) -> [&mut Option<String>; 10] {
        [
            &mut self.email,
            &mut self.user_name,
            &mut self.display_name,
            &mut self.given_name,
            &mut self.family_name,
            &mut self.phone,
            &mut self.title,
            &mut self.department,
            &mut self.preferred_language,
            &mut self.external_id,
        ]
    }

    /// Makes whatever was read fit to be shown.
    fn plain(&mut self) {
        for field in self.each() {
            *field = field.take().map(|text| plain(&text, LABEL)).filter(|text| !text.is_empty());
        }
    }

    fn checked(mut self, lenient: bool) -> std::result::Result<Self, FieldError> {
        for field in self.each() {
            *field = field.take().filter(|text| !text.trim().is_empty());
        }
        self.email = Some(names::email("email", self.email.as_deref().unwrap_or_default())?);
        let strict = [("userName", &mut self.user_name), ("displayName", &mut self.display_name)];
        for (name, field) in strict {
            *field = users::checked_field(name, field.as_deref())?;
        }
        let others = [
            ("givenName", &mut self.given_name),
            ("familyName", &mut self.family_name),
            ("phone", &mut self.phone),
            ("title", &mut self.title),
            ("department", &mut self.department),
            ("preferredLanguage", &mut self.preferred_language),
            ("externalId", &mut self.external_id),
        ];
        for (name, field) in others {
            *field = match users::checked_field(name, field.as_deref()) {
                Err(_) if lenient => None,
                checked => checked?,
            };
        }
        Ok(self)
    }
}

impl Reason {
    /// Whether a source's own remark leaves a row out, instead of rejecting it.
    pub(super) fn skips(self) -> bool {
        matches!(self, Self::Guest | Self::DisabledAtSource)
    }
}

/// Text without what can't be shown, and no longer than this.
fn plain(text: &str, longest: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(longest).collect();
    text.trim().to_owned()
}

/// Whether this import takes the groups of the tenant over.
pub(super) fn takes_groups(entra: Option<&EntraOptions>) -> bool {
    entra.is_some_and(|entra| entra.take_groups)
}
