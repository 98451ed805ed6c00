//! Imports: staged, planned, confirmed, applied, undone, on both databases.

mod csv;
mod entra;
mod files;
mod interruptions;
mod keys;
mod model;
mod safety;

use keystead_directory::{
    Error, Result, Timestamp, Tx,
    actor::Actor,
    ids::{ImportId, new_uuid},
    imports::{
        self, Claim, CsvOptions, Delimiter, Encoding, EntraOptions, Fields, Import, ImportState, Letters, NewImport,
        Options, Read, RowFilter, RowView, Source, StagedGroup, StagedRow, Step, Verdict,
    },
    page::PageRequest,
    secret::Sealer,
};
use uuid::Uuid;

use crate::support::{START, TestDb};

/// The tenant of these tests.
pub const TENANT: Uuid = Uuid::from_u128(0x7e4a_4711);

/// A row of a file.
pub fn line(number: i64, email: &str) -> StagedRow {
    StagedRow { number, fields: Fields { email: Some(email.to_owned()), ..Fields::default() }, ..StagedRow::default() }
}

/// A row of a file with a name.
pub fn named(number: i64, email: &str, display_name: &str) -> StagedRow {
    let mut row = line(number, email);
    row.fields.display_name = Some(display_name.to_owned());
    row
}

/// An account of the tenant.
pub fn account(object: u128, email: &str, display_name: &str) -> StagedRow {
    let mut row = named(i64::try_from(object).unwrap(), email, display_name);
    row.object_id = Some(Uuid::from_u128(object));
    row.fields.user_name = Some(email.to_owned());
    row.active = Some(true);
    row
}

/// How a file of these tests is read.
pub fn csv_options() -> Options {
    let csv = CsvOptions {
        encoding: Encoding::Utf8,
        delimiter: Delimiter::Comma,
        header: true,
        columns: vec![Some(imports::Field::Email)],
    };
    Options { csv: Some(csv), ..Options::default() }
}

/// How the tenant of these tests is read.
pub fn entra_options() -> Options {
    let entra = EntraOptions { scope: imports::EntraScope::AllUsers, ..EntraOptions::default() };
    Options { entra: Some(entra), ..Options::default() }
}

/// What a source of these tests holds.
#[derive(Clone, Default)]
pub struct Held {
    pub rows: Vec<StagedRow>,
    pub groups: Vec<(StagedGroup, Vec<Uuid>)>,
    pub partial: bool,
}

impl From<Vec<StagedRow>> for Held {
    fn from(rows: Vec<StagedRow>) -> Self {
        Self { rows, ..Self::default() }
    }
}

/// One step of whatever the import is doing.
pub async fn one_step(tx: &mut Tx, claim: &Claim, state: ImportState) -> Result<Step> {
    let sealer = Sealer::new(&[7; 32]);
    let letters = Letters { sealer: &sealer, link: "https://keystead.example/register#", can_send: true };
    match state {
        ImportState::Planning => imports::plan_step(tx, claim).await,
        ImportState::Applying => imports::apply_step(tx, claim, &letters).await,
        ImportState::Undoing => imports::undo_step(tx, claim).await,
        other => panic!("there are no steps of {other:?}"),
    }
}

impl TestDb {
    /// Begins an import and asks for its plan, as an actor.
    pub async fn begin_import(&self, actor: &Actor, source: Source, options: Options, now: Timestamp) -> ImportId {
        self.change(now, async |tx| {
            let new = NewImport { source, name: "people.csv".to_owned(), options, schedule_id: None };
            let import = imports::create(tx, actor, new).await?;
            if source == Source::Csv {
                let upload = imports::clear_file(tx, import.id).await?;
                imports::store_chunk(tx, import.id, upload, 0, b"email\n".to_vec()).await?;
                imports::file_stored(tx, import.id, upload, "people.csv", 6).await?;
            }
            imports::ask_for_plan(tx, actor, import.id, None).await?;
            Ok(import.id)
        })
        .await
        .unwrap()
    }

    pub async fn claim(&self, now: Timestamp) -> Option<Claim> {
        self.change(now, async |tx| imports::claim(tx, new_uuid()).await).await.unwrap()
    }

    /// Reads a source whole.
    pub async fn read_in(&self, claim: &Claim, held: &Held, now: Timestamp) {
        while self.change(now, async |tx| imports::begin_reading(tx, claim).await).await.unwrap() == Step::More {}
        for rows in held.rows.chunks(400) {
            self.change(now, async |tx| imports::stage(tx, claim, rows).await).await.unwrap();
        }
        for (group, people) in &held.groups {
            self.change(now, async |tx| {
                imports::stage_groups(tx, claim, std::slice::from_ref(group)).await?;
                imports::stage_members(tx, claim, group.object_id, people).await
            })
            .await
            .unwrap();
        }
        let entra = claim.import.source == Source::Entra;
        let read = Read { complete: !held.partial, tenant_id: entra.then_some(TENANT), ungrouped: None };
        self.change(now, async |tx| imports::staged(tx, claim, read).await).await.unwrap();
    }

    /// Does whatever is due, undisturbed, until nothing is.
    pub async fn work(&self, held: &Held, now: Timestamp) {
        while let Some(claim) = self.claim(now).await {
            if claim.import.state == ImportState::Reading {
                self.read_in(&claim, held, now).await;
            }
            loop {
                let state = self.import(claim.import.id).await.state;
                if !state.is_worked_on() {
                    break;
                }
                self.change(now, async |tx| one_step(tx, &claim, state).await).await.unwrap();
            }
        }
    }

    pub async fn import(&self, id: ImportId) -> Import {
        imports::get(&mut self.read().await.unwrap(), id).await.unwrap()
    }

    /// A plan of this source, waiting to be confirmed.
    pub async fn planned(&self, actor: &Actor, options: Options, held: impl Into<Held>, now: Timestamp) -> Import {
        let source = if options.entra.is_some() { Source::Entra } else { Source::Csv };
        let id = self.begin_import(actor, source, options, now).await;
        self.work(&held.into(), now).await;
        self.import(id).await
    }

    pub async fn confirm(&self, actor: &Actor, id: ImportId, approve: bool, now: Timestamp) -> Result<Import> {
        self.change(now, async |tx| imports::confirm(tx, actor, id, approve, None).await).await
    }

    /// Plans, confirms and applies a source.
    pub async fn imported(&self, actor: &Actor, options: Options, held: impl Into<Held>, now: Timestamp) -> Import {
        let held = held.into();
        let import = self.planned(actor, options, held.clone(), now).await;
        assert_eq!(import.state, ImportState::Ready, "{:?}", import.failure);
        self.confirm(actor, import.id, true, now).await.unwrap();
        self.work(&held, now).await;
        self.import(import.id).await
    }

    pub async fn undone(&self, actor: &Actor, id: ImportId, now: Timestamp) -> Import {
        self.change(now, async |tx| imports::ask_for_undo(tx, actor, id, None).await).await.unwrap();
        self.work(&Held::default(), now).await;
        self.import(id).await
    }

    /// All rows of an import, page by page.
    pub async fn rows_of(&self, id: ImportId, filter: &RowFilter) -> Vec<RowView> {
        let mut conn = self.read().await.unwrap();
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit: 200, cursor, sort: None };
            let page = imports::rows(&mut conn, id, filter, &page).await.unwrap();
            rows.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return rows;
            }
        }
    }

    /// The verdicts of an import's rows, with their reasons.
    pub async fn verdicts(&self, id: ImportId) -> Vec<(i64, Verdict, Option<&'static str>)> {
        let rows = self.rows_of(id, &RowFilter::default()).await;
        rows.into_iter().map(|row| (row.number, row.verdict, row.reason.map(imports::Reason::as_str))).collect()
    }

    /// The results of an import's rows, with their reasons.
    pub async fn results(&self, id: ImportId) -> Vec<(i64, String, Option<&'static str>)> {
        let rows = self.rows_of(id, &RowFilter::default()).await;
        rows.into_iter()
            .map(|row| (row.number, format!("{:?}", row.result), row.reason.map(imports::Reason::as_str)))
            .collect()
    }

    /// The directory as people see it, without ids and times, in order.
    pub async fn directory(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let people: Vec<PersonRow> = self
            .all(
                "select user_name, email, display_name, given_name, title, external_id, \
                 cast(case when active then 1 else 0 end as bigint), status from users",
            )
            .await;
        all.extend(people.into_iter().map(|person| format!("person {person:?}")));
        let members: Vec<(String, String)> = self
            .all(
                "select g.name, u.user_name from group_members m join groups g on g.id = m.group_id \
                 join users u on u.id = m.user_id",
            )
            .await;
        all.extend(members.into_iter().map(|member| format!("member {member:?}")));
        let groups: Vec<(String, String)> = self.all("select name, type from groups").await;
        all.extend(groups.into_iter().map(|group| format!("group {group:?}")));
        let keys: Vec<(String, String)> =
            self.all("select u.user_name, k.state from security_keys k join users u on u.id = k.user_id").await;
        all.extend(keys.into_iter().map(|key| format!("key {key:?}")));
        let terms: Vec<(String, String)> =
            self.all("select u.user_name, t.term from user_terms t join users u on u.id = t.user_id").await;
        all.extend(terms.into_iter().map(|term| format!("term {term:?}")));
        let links: Vec<(String, i64)> = self
            .all(
                "select u.user_name, cast(case when l.disabled_here then 1 else 0 end as bigint) from entra_links l \
                 join users u on u.id = l.user_id",
            )
            .await;
        all.extend(links.into_iter().map(|link| format!("link {link:?}")));
        all.sort();
        all
    }
}

pub fn is_stale<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Stale))
}

/// User name, address, name, first name, title, external id, active, status.
type PersonRow = (String, String, String, Option<String>, Option<String>, Option<String>, i64, String);

pub const LATER: Timestamp = Timestamp(START.0 + 60_000);
