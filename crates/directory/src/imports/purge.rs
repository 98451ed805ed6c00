//! Clearing away what nobody needs any more, in pieces that nobody has to wait for.

use super::UNDO_DAYS;
use crate::{db::Tx, error::Result, ids::ImportId, sql};

/// How many rows one use case deletes at most.
const BATCH: i64 = 2000;

/// How long the file of a draft that nobody goes on with is kept, in hours.
const FILE_HOURS: i64 = 7 * 24;

/// Deletes a piece of what is over: files of ended imports and of drafts of a week ago, and the
/// rows of imports that can't be undone any more. Tells whether there may be more.
pub async fn purge(tx: &mut Tx) -> Result<bool> {
    let now = tx.now();
    let files = tx
        .query(sql!(
            "delete from import_chunks where (import_id, position) in (select c.import_id, c.position \
             from imports i join import_chunks c on c.import_id = i.id \
             where (i.ended_at is not null or i.created_at < $1) and i.purged_at is null \
             order by c.import_id, c.position limit 40)"
        ))
        .bind(now.plus_hours(-FILE_HOURS))
        .execute()
        .await?;
    if files > 0 {
        return Ok(true);
    }
    let over: Option<(ImportId, bool)> = tx
        .query(sql!(
            sqlite: "select id, deleted_at is not null as deleted from imports where purged_at is null and ended_at is not null \
                and (deleted_at is not null or ended_at < $1) order by ended_at, id limit 1",
            postgres: "select id, deleted_at is not null as deleted from imports where purged_at is null and ended_at is not null \
                and (deleted_at is not null or ended_at < $1) order by ended_at, id limit 1 for update skip locked"
        ))
        .bind(now.plus_hours(-UNDO_DAYS * 24))
        .optional()
        .await?;
    let Some((id, deleted)) = over else { return Ok(false) };
    if empty(tx, id).await? {
        if deleted {
            tx.query(sql!("delete from imports where id = $1")).bind(id).execute().await?;
        } else {
            tx.query(sql!("update imports set purged_at = $2 where id = $1")).bind(id).bind(now).execute().await?;
        }
    }
    Ok(true)
}

/// Deletes a piece of everything that was read for an import; tells whether nothing is left.
pub(super) async fn empty(tx: &mut Tx, id: ImportId) -> Result<bool> {
    for statement in [
        sql!(
            "delete from import_rows where import_id = $1 and number in \
             (select number from import_rows where import_id = $1 order by number limit $2)"
        ),
        sql!(
            "delete from import_members where import_id = $1 and (group_object_id, object_id) in \
             (select group_object_id, object_id from import_members where import_id = $1 \
             order by group_object_id, object_id limit $2)"
        ),
        sql!(
            "delete from import_groups where import_id = $1 and object_id in \
             (select object_id from import_groups where import_id = $1 order by object_id limit $2)"
        ),
        sql!(
            "delete from import_membership_changes where import_id = $1 and (group_id, user_id) in \
             (select group_id, user_id from import_membership_changes where import_id = $1 \
             order by group_id, user_id limit $2)"
        ),
    ] {
        if tx.query(statement).bind(id).bind(BATCH).execute().await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
