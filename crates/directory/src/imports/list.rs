//! Looking at imports and their rows, page by page.

use serde_json::Value;
use uuid::Uuid;

use super::{Change, Import, ImportState, Reason, Row, RowFilter, RowResult, RowUndo, RowView, Source, Verdict};
use crate::{
    db::{Conn, filter::Sql},
    error::{Error, Result},
    ids::{ImportId, UserId},
    names,
    page::{At, Cursor, Of, Page, PageRequest},
    sql,
};

/// Which imports are asked for.
#[derive(Debug, Clone, Default)]
pub struct ImportFilter {
    /// In this state.
    pub state: Option<ImportState>,
    /// From this source.
    pub source: Option<Source>,
}

/// The imports that match, newest first.
///
/// # Errors
/// A cursor of another list.
pub async fn list(conn: &mut Conn, filter: &ImportFilter, page: &PageRequest) -> Result<Page<Import>> {
    let mut sql = Sql::new("select i.* from imports i where i.deleted_at is null");
    if let Some(state) = filter.state {
        sql.push(" and i.state = ").bind(state.as_str());
    }
    if let Some(source) = filter.source {
        sql.push(" and i.source = ").bind(source.as_str());
    }
    if let Some(text) = &page.cursor {
        let Cursor { at: At::Number(at), id, .. } = Cursor::from_text(text, "imports", Of::Numbers)? else {
            return Err(Error::field("cursor", "malformed", "Begin again without a cursor."));
        };
        sql.push(" and (i.created_at, i.id) < (").bind(at).push(", ").bind(id).push(")");
    }
    sql.push(" order by i.created_at desc, i.id desc limit ").bind(i64::from(page.limit) + 1);
    let rows: Vec<Row> = sql.run(conn).all().await?;
    let imports = rows.into_iter().map(Import::try_from).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(imports, page.limit, |import| Cursor {
        order: "imports".to_owned(),
        at: At::Number(import.created_at.0),
        id: import.id.0,
    }))
}

#[derive(sqlx::FromRow)]
struct Shown {
    number: i64,
    object_id: Option<Uuid>,
    label: String,
    email: Option<String>,
    verdict: Verdict,
    reason: Option<Reason>,
    field: Option<String>,
    message: Option<String>,
    user_id: Option<UserId>,
    changes: Option<String>,
    holds_role: bool,
    ticked: bool,
    result: Option<RowResult>,
    undo: Option<RowUndo>,
}

impl From<Shown> for RowView {
    fn from(row: Shown) -> Self {
        let changes: serde_json::Map<String, Value> =
            row.changes.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let part = |change: &Value, name: &str| change.get(name).cloned().unwrap_or_default();
        Self {
            number: row.number,
            object_id: row.object_id,
            label: row.label,
            email: row.email,
            verdict: row.verdict,
            reason: row.reason,
            field: row.field,
            message: row.message,
            user_id: row.user_id,
            changes: changes
                .iter()
                .map(|(field, change)| Change {
                    field: field.clone(),
                    old: part(change, "old"),
                    new: part(change, "new"),
                })
                .collect(),
            holds_role: row.holds_role,
            ticked: row.ticked,
            result: row.result,
            undo: row.undo,
        }
    }
}

/// The rows of an import that match and are planned, in the order of the source.
///
/// # Errors
/// A cursor of another list.
pub async fn rows(conn: &mut Conn, id: ImportId, filter: &RowFilter, page: &PageRequest) -> Result<Page<RowView>> {
    let after = match &page.cursor {
        None => -1,
        Some(text) => match Cursor::from_text(text, "rows", Of::Numbers)? {
            Cursor { at: At::Number(number), .. } => number,
            Cursor { .. } => return Err(Error::field("cursor", "malformed", "Begin again without a cursor.")),
        },
    };
    let Some(words) = names::asked_words(filter.q.as_deref()) else { return Ok(Page::whole(Vec::new())) };
    let limit = i64::from(page.limit) + 1;
    let mut sql = Sql::new(
        "select r.number, r.object_id, r.label, r.email, r.verdict, r.reason, r.field, r.message, r.user_id, r.changes, \
         r.holds_role, r.ticked, r.result, r.undo from import_rows r where r.import_id = ",
    );
    sql.bind(id.0).push(" and r.verdict is not null and r.number > ").bind(after);
    if let Some(verdict) = filter.verdict {
        sql.push(" and r.verdict = ").bind(verdict.as_str());
    }
    if let Some(result) = filter.result {
        sql.push(" and r.result = ").bind(result.as_str());
    }
    if let Some(reason) = filter.reason {
        sql.push(" and r.reason = ").bind(reason.as_str());
    }
    let plain = filter.verdict.is_none() && filter.result.is_none() && filter.reason.is_none();
    if plain && !words.is_empty() {
        // Through the narrow index, which a search without a hit reads to its end.
        sql.push(" and r.number in (select s.number from import_rows s where s.import_id = ").bind(id.0);
        sql.push(" and s.number > ").bind(after);
        searched(&mut sql, " and s.searched like ", &words);
        sql.push(" order by s.number limit ").bind(limit).push(")");
    } else {
        searched(&mut sql, " and r.searched like ", &words);
    }
    sql.push(" order by r.number limit ").bind(limit);
    let rows: Vec<Shown> = sql.run(conn).all().await?;
    let page =
        Page::cut(rows, page.limit, |row| Cursor { order: "rows".to_owned(), at: At::Number(row.number), id: id.0 });
    Ok(page.map(RowView::from))
}

fn searched(sql: &mut Sql, condition: &'static str, words: &[String]) {
    for word in words {
        sql.push(condition).bind(names::anywhere(word)).push(" escape '\\'");
    }
}

/// Up to a thousand rows after `after` that did not go through, or would not: conflicts, rejected
/// rows, skipped ones, and those that failed.
pub async fn rows_that_failed(conn: &mut Conn, id: ImportId, after: i64) -> Result<Vec<RowView>> {
    let rows: Vec<Shown> = conn
        .query(sql!(
            "select number, object_id, label, email, verdict, reason, field, message, user_id, changes, holds_role, ticked, \
             result, undo from import_rows where import_id = $1 and number > $2 \
             and (result in ('failed', 'skipped') \
             or (result is null and verdict in ('conflict', 'rejected', 'skipped'))) order by number limit 1000"
        ))
        .bind(id)
        .bind(after)
        .all()
        .await?;
    Ok(rows.into_iter().map(RowView::from).collect())
}
