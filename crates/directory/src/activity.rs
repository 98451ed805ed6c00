//! The activity record: who did what to whom, when, from where. It is written in the transaction
//! of the change itself, and the database refuses to change or delete any of it.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Timestamp,
    actor::{Actor, ActorType},
    db::{Conn, Tx, filter::Sql},
    error::{Error, Result},
    ids::{UserId, new_uuid},
    names,
    page::{At, Cursor, Of, Page, PageRequest},
    sql,
};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
        #[sqlx(type_name = "text")]
        #[expect(missing_docs, reason = "the texts beside the names say it")]
        pub enum Action { $(#[sqlx(rename = $text)] $name,)+ }

        impl Action {
            /// Every action, as the API writes it.
            pub const ALL: &[&str] = &[$($text,)+];

            /// As the API writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

actions! {
    UserCreated = "user.created",
    UserUpdated = "user.updated",
    UserDisabled = "user.disabled",
    UserEnabled = "user.enabled",
    UserDeleted = "user.deleted",
    UserLinked = "user.linked",
    GroupCreated = "group.created",
    GroupUpdated = "group.updated",
    GroupDeleted = "group.deleted",
    GroupMemberAdded = "group.member.added",
    GroupMemberRemoved = "group.member.removed",
    KeyAssigned = "key.assigned",
    KeyRenamed = "key.renamed",
    KeyRegistered = "key.registered",
    KeyLinkResent = "key.link.resent",
    KeyCodeShown = "key.codeShown",
    KeyCodeUsed = "key.codeUsed",
    KeyCancelled = "key.cancelled",
    KeyExpired = "key.expired",
    KeySuspended = "key.suspended",
    KeyResumed = "key.resumed",
    KeyRevoked = "key.revoked",
    KeyReportedLost = "key.reportedLost",
    KeyCounterRegressed = "key.counterRegressed",
    CardBound = "card.bound",
    CardPinChanged = "card.pin.changed",
    CardPinReset = "card.pin.reset",
    CardBlocked = "card.blocked",
    CardUnblocked = "card.unblocked",
    CardPasskeyRegistered = "card.passkey.registered",
    CardPasskeyUsed = "card.passkey.used",
    CardPasskeyRemoved = "card.passkey.removed",
    WorkstationCodeMade = "workstation.codeMade",
    WorkstationEnrolled = "workstation.enrolled",
    WorkstationRenamed = "workstation.renamed",
    WorkstationRevoked = "workstation.revoked",
    SigninSucceeded = "signin.succeeded",
    SigninRefused = "signin.refused",
    Signout = "signout",
    StepUpSucceeded = "stepUp.succeeded",
    StepUpRefused = "stepUp.refused",
    SetupLinkCreated = "setup.linkCreated",
    SetupCompleted = "setup.completed",
    OwnerRecoveryLinkCreated = "owner.recoveryLinkCreated",
    OwnerRecovered = "owner.recovered",
    ApiKeyCreated = "apiKey.created",
    ApiKeyRevoked = "apiKey.revoked",
    ScimTokenCreated = "scimToken.created",
    ScimTokenRevoked = "scimToken.revoked",
    ScimSettingsUpdated = "scimSettings.updated",
    ScimConflictForgotten = "scimConflict.forgotten",
    SettingsUpdated = "settings.updated",
    AlertDismissed = "alert.dismissed",
    MailGivenUp = "mail.givenUp",
    EntraSaved = "entra.saved",
    EntraCertificateMade = "entra.certificateMade",
    EntraCertificateUsed = "entra.certificateUsed",
    EntraAuthorized = "entra.authorized",
    EntraDeleted = "entra.deleted",
    ScheduleCreated = "schedule.created",
    ScheduleUpdated = "schedule.updated",
    ScheduleDeleted = "schedule.deleted",
    ImportPlanned = "import.planned",
    ImportConfirmed = "import.confirmed",
    ImportFinished = "import.finished",
    ImportFailed = "import.failed",
    ImportCancelled = "import.cancelled",
    ImportUndone = "import.undone",
}

/// What something was done to.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// `user`, `group`, `key`, `apiKey`, `scimToken`, `settings`, `mail`, `alert`, `import`, `connection`, `schedule`, `workstation`.
    pub kind: &'static str,
    /// Its id, where it has one.
    pub id: Option<Uuid>,
    /// A name that can be read years later.
    pub name: &'a str,
}

/// Writes a record; `person` is whom it concerns.
pub async fn record(
    tx: &mut Tx,
    actor: &Actor,
    action: Action,
    target: Option<Target<'_>>,
    person: Option<(UserId, &str)>,
    details: Value,
) -> Result<()> {
    let now = tx.now();
    let (target_type, target_id, target_name) =
        target.map_or((None, None, None), |target| (Some(target.kind), target.id, Some(target.name.to_owned())));
    // All names of the record in the form that searches compare.
    let mut searched = vec![actor.name.as_str()];
    searched.extend(person.map(|(_, name)| name));
    searched.extend(target_name.as_deref());
    let searched = names::folded(&searched.join("\n"));
    let details = if details.is_null() { "{}".to_owned() } else { details.to_string() };
    tx.query(sql!(
        "insert into activity (id, at, action, actor_type, actor_id, actor_name, target_type, target_id, target_name, \
         user_id, user_name, ip, user_agent, request_id, details, names) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    ))
    .bind(new_uuid())
    .bind(now)
    .bind(action)
    .bind(actor.kind)
    .bind(actor.id)
    .bind(actor.name.clone())
    .bind(target_type.map(str::to_owned))
    .bind(target_id)
    .bind(target_name)
    .bind(person.map(|(id, _)| id))
    .bind(person.map(|(_, name)| name.to_owned()))
    .bind(actor.ip.clone())
    .bind(actor.user_agent.as_deref().map(|text| text.chars().take(400).collect::<String>()))
    .bind(actor.request_id.clone())
    .bind(details)
    .bind(searched)
    .execute()
    .await?;
    Ok(())
}

/// What was done to one person of many.
pub(crate) struct Entry<'a> {
    /// What.
    pub action: Action,
    /// To what.
    pub target: Target<'a>,
    /// Whom it concerns.
    pub person: Option<(UserId, &'a str)>,
    /// What more there is to know.
    pub details: Value,
}

/// Writes many records by one statement, in this order.
pub(crate) async fn record_all(tx: &mut Tx, actor: &Actor, entries: &[Entry<'_>]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let (user_id, user_name) = entry.person.unzip();
            let searched =
                names::folded(&format!("{}\n{}\n{}", actor.name, user_name.unwrap_or_default(), entry.target.name));
            serde_json::json!([
                new_uuid().simple().to_string(),
                entry.action.as_str(),
                entry.target.kind,
                entry.target.id.map(|id| id.simple().to_string()),
                entry.target.name,
                user_id.map(|id| id.0.simple().to_string()),
                user_name,
                if entry.details.is_null() { "{}".to_owned() } else { entry.details.to_string() },
                searched,
            ])
        })
        .collect();
    let now = tx.now();
    tx.query(sql!(
        sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($5) order by key) \
            insert into activity (id, at, action, actor_type, actor_id, actor_name, target_type, target_id, target_name, \
            user_id, user_name, details, names) \
            select unhex(value->>0), $1, value->>1, $2, $3, $4, value->>2, unhex(value->>3), value->>4, \
            unhex(value->>5), value->>6, value->>7, value->>8 from rows",
        postgres: "insert into activity (id, at, action, actor_type, actor_id, actor_name, target_type, target_id, target_name, \
            user_id, user_name, details, names) \
            select (value->>0)::uuid, $1, value->>1, $2, $3, $4, value->>2, (value->>3)::uuid, value->>4, \
            (value->>5)::uuid, value->>6, value->>7, value->>8 \
            from jsonb_array_elements($5::jsonb) with ordinality j(value, place) order by place"
    ))
    .bind(now)
    .bind(actor.kind)
    .bind(actor.id)
    .bind(actor.name.clone())
    .bind(Value::Array(rows).to_string())
    .execute()
    .await?;
    Ok(())
}

/// One record, as it is read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Record {
    /// Its place in the order of writing.
    pub seq: i64,
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What, one of [`Action::ALL`].
    pub action: String,
    /// Who.
    pub actor_type: ActorType,
    /// Who, by id.
    pub actor_id: Option<Uuid>,
    /// Who, by name then.
    pub actor_name: String,
    /// To what kind of thing.
    pub target_type: Option<String>,
    /// To which.
    pub target_id: Option<Uuid>,
    /// Its name then.
    pub target_name: Option<String>,
    /// The person it concerns.
    pub user_id: Option<UserId>,
    /// Their name then.
    pub user_name: Option<String>,
    /// From which address.
    pub ip: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// What more there is to know, a JSON object.
    pub details: String,
}

/// Which records are asked for.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// Concerning this person.
    pub user: Option<UserId>,
    /// Done by this person or API key.
    pub actor: Option<Uuid>,
    /// One of these actions; empty: all.
    pub actions: Vec<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Words in the names of actor, person or target.
    pub q: Option<String>,
}

/// The records that match, newest first.
///
/// # Errors
/// A cursor that belongs to another list.
pub async fn list(conn: &mut Conn, filter: &ActivityFilter, page: &PageRequest) -> Result<Page<Record>> {
    let mut sql = Sql::new("select a.* from activity a where 1 = 1");
    if let Some(user) = filter.user {
        sql.push(" and a.user_id = ").bind(user.0);
    }
    if let Some(actor) = filter.actor {
        sql.push(" and a.actor_id = ").bind(actor);
    }
    if !filter.actions.is_empty() {
        sql.push(" and a.action in ").list(filter.actions.iter().cloned());
    }
    if let Some(from) = filter.from {
        sql.push(" and a.at >= ").bind(from.0);
    }
    if let Some(to) = filter.to {
        sql.push(" and a.at < ").bind(to.0);
    }
    let Some(words) = names::asked_words(filter.q.as_deref()) else { return Ok(Page::whole(Vec::new())) };
    for word in words {
        sql.push(" and a.names like ").bind(names::anywhere(&word)).push(" escape '\\'");
    }
    if let Some(text) = &page.cursor {
        let Cursor { at: At::Number(seq), .. } = Cursor::from_text(text, "activity", Of::Numbers)? else {
            return Err(Error::field("cursor", "malformed", "Begin again without a cursor."));
        };
        sql.push(" and a.seq < ").bind(seq);
    }
    sql.push(" order by a.seq desc limit ").bind(i64::from(page.limit) + 1);
    let rows: Vec<Record> = sql.run(conn).all().await?;
    Ok(Page::cut(rows, page.limit, |row| Cursor { order: "activity".to_owned(), at: At::Number(row.seq), id: row.id }))
}

/// How many sign-ins succeeded and were refused since a moment.
#[derive(Debug, Clone, Copy, Serialize, sqlx::FromRow)]
pub struct SignIns {
    /// That succeeded.
    pub succeeded: i64,
    /// That were refused.
    pub refused: i64,
}

/// Counts sign-ins since a moment.
pub async fn sign_ins_since(conn: &mut Conn, since: Timestamp) -> Result<SignIns> {
    conn.query(sql!(
        "select cast(coalesce(sum(case when action = 'signin.succeeded' then 1 else 0 end), 0) as bigint) as succeeded, \
         cast(coalesce(sum(case when action = 'signin.refused' then 1 else 0 end), 0) as bigint) as refused \
         from activity where at >= $1 and action in ('signin.succeeded', 'signin.refused')"
    ))
    .bind(since)
    .one()
    .await
}

/// The fields in which two JSON objects differ, as `{field: {old, new}}`.
pub fn changes(before: &Value, after: &Value) -> Value {
    let mut out = serde_json::Map::new();
    if let (Some(before), Some(after)) = (before.as_object(), after.as_object()) {
        for (field, new) in after {
            let old = before.get(field).unwrap_or(&Value::Null);
            if old != new {
                out.insert(field.clone(), serde_json::json!({ "old": old, "new": new }));
            }
        }
    }
    Value::Object(out)
}
