//! What administrators must hear about: shown in the panel until one of them dismisses it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Timestamp,
    activity::{self, Action, Target},
    actor::Actor,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{AlertId, UserId},
    page::{At, Cursor, Of, Page, PageRequest},
    sql,
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum AlertKind {
    /// A mail could not be delivered.
    MailGivenUp,
    /// A key's signature counter went back: it may have been copied.
    CounterRegressed,
    /// A person reported their key lost.
    KeyReportedLost,
    /// SCIM wanted to disable or delete the last owner.
    ScimLastOwner,
    /// The directory that used to call SCIM has not called for three hours.
    ScimSilent,
    /// The secret or certificate of the connection to Entra ID ends soon or has ended.
    EntraCredentialExpires,
    /// An import ran to its end.
    ImportFinished,
    /// An import stopped on its way.
    ImportFailed,
    /// A saved import waits until an administrator has looked at its plan.
    ImportNeedsApproval,
}

/// An alert to be raised; its texts are shown as they are and must hold nothing secret.
#[derive(Debug, Clone)]
pub struct NewAlert {
    /// What happened.
    pub kind: AlertKind,
    /// In one line.
    pub title: String,
    /// What to know and what to do.
    pub detail: String,
    /// Whom it concerns; the alert goes when that person is deleted.
    pub user_id: Option<UserId>,
}

/// An alert as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// What happened.
    pub kind: AlertKind,
    /// When.
    pub at: Timestamp,
    /// In one line.
    pub title: String,
    /// What to know and what to do.
    pub detail: String,
    /// Whom it concerns.
    pub user_id: Option<UserId>,
    /// Their display name now.
    pub user_name: Option<String>,
}

/// Raises an alert.
pub async fn raise(tx: &mut Tx, alert: NewAlert) -> Result<AlertId> {
    let (id, now) = (AlertId::new(), tx.now());
    tx.query(sql!("insert into alerts (id, kind, at, title, detail, user_id) values ($1, $2, $3, $4, $5, $6)"))
        .bind(id)
        .bind(alert.kind)
        .bind(now)
        .bind(alert.title)
        .bind(alert.detail)
        .bind(alert.user_id)
        .execute()
        .await?;
    Ok(id)
}

/// Raises an alert unless an open one says the same of the same person.
pub async fn raise_once(tx: &mut Tx, alert: NewAlert) -> Result<()> {
    let open: Option<(AlertId,)> = tx
        .query(sql!(
            "select a.id from alerts a where a.dismissed_at is null and a.kind = $1 and a.user_id = $2 limit 1"
        ))
        .bind(alert.kind)
        .bind(alert.user_id)
        .optional()
        .await?;
    if open.is_none() {
        raise(tx, alert).await?;
    }
    Ok(())
}

/// The alerts that nobody dismissed yet, newest first.
///
/// # Errors
/// A cursor that belongs to another list.
pub async fn list(conn: &mut Conn, page: &PageRequest) -> Result<Page<Alert>> {
    let (at, id) = match &page.cursor {
        None => (i64::MAX, Uuid::max()),
        Some(text) => match Cursor::from_text(text, "alerts", Of::Numbers)? {
            Cursor { at: At::Number(at), id, .. } => (at, id),
            Cursor { .. } => return Err(Error::field("cursor", "malformed", "Begin again without a cursor.")),
        },
    };
    let rows: Vec<Alert> = conn
        .query(sql!(
            "select a.id, a.kind, a.at, a.title, a.detail, a.user_id, u.display_name as user_name \
             from alerts a left join users u on u.id = a.user_id \
             where a.dismissed_at is null and (a.at < $1 or (a.at = $1 and a.id < $2)) \
             order by a.at desc, a.id desc limit $3"
        ))
        .bind(at)
        .bind(id)
        .bind(i64::from(page.limit) + 1)
        .all()
        .await?;
    Ok(Page::cut(rows, page.limit, |row| Cursor { order: "alerts".to_owned(), at: At::Number(row.at.0), id: row.id.0 }))
}

/// Takes an alert off the list for everybody.
///
/// # Errors
/// [`Error::NotFound`] when there is no such alert on it.
pub async fn dismiss(tx: &mut Tx, actor: &Actor, id: AlertId) -> Result<()> {
    let now = tx.now();
    let row: Option<(String,)> = tx
        .query(sql!("update alerts set dismissed_at = $1 where id = $2 and dismissed_at is null returning title"))
        .bind(now)
        .bind(id)
        .optional()
        .await?;
    let (title,) = row.ok_or(Error::NotFound("alert"))?;
    let target = Target { kind: "alert", id: Some(id.0), name: &title };
    activity::record(tx, actor, Action::AlertDismissed, Some(target), None, serde_json::Value::Null).await
}
