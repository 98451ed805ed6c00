//! The uploaded file of an import, in pieces that any server can read; and what its columns meant
//! the last time a file had the same.

use uuid::Uuid;

use super::{commands::shown_name, get, get_for_change, written};
use crate::{
    Timestamp,
    db::{Conn, Tx},
    error::{Error, Result},
    ids::{ImportId, new_uuid},
    imports::{Field, Import},
    sql,
};

/// How long a piece is, but for the last.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// How many sets of columns are remembered.
const REMEMBERED: i64 = 1000;

/// Makes room for a file; the pieces of an earlier one, or of an upload that is still under way, go.
/// Returns the name of this upload.
///
/// # Errors
/// [`Error::IllegalState`] once the import is read.
pub async fn clear_file(tx: &mut Tx, id: ImportId) -> Result<Uuid> {
    let import = get_for_change(tx, id, None).await?;
    import.state.require(import.state.is_editable(), "given another file")?;
    let upload = new_uuid();
    tx.query(sql!("delete from import_chunks where import_id = $1")).bind(id).execute().await?;
    tx.query(sql!(
        "update imports set upload = $2, file_bytes = null, state = 'draft', plan = null, approval = '[]', \
         replanned = null, version = version + 1 where id = $1"
    ))
    .bind(id)
    .bind(upload)
    .execute()
    .await?;
    Ok(upload)
}

/// Keeps one piece of the file, `position` 0 first.
///
/// # Errors
/// [`Error::Stale`] when another upload began meanwhile.
pub async fn store_chunk(tx: &mut Tx, id: ImportId, upload: Uuid, position: i64, bytes: Vec<u8>) -> Result<()> {
    let stored = tx
        .query(sql!(
            "insert into import_chunks (import_id, position, bytes) \
             select i.id, $3, $4 from imports i where i.id = $1 and i.upload = $2 and i.file_bytes is null \
             and i.deleted_at is null on conflict do nothing"
        ))
        .bind(id)
        .bind(upload)
        .bind(position)
        .bind(bytes)
        .execute()
        .await?;
    if stored == 0 { Err(Error::Stale) } else { Ok(()) }
}

/// Notes that every piece is there.
///
/// # Errors
/// [`Error::Stale`] when another upload began meanwhile.
pub async fn file_stored(tx: &mut Tx, id: ImportId, upload: Uuid, name: &str, bytes: i64) -> Result<Import> {
    let stored = tx
        .query(sql!(
            "update imports set file_bytes = $3, name = $4, version = version + 1 \
             where id = $1 and upload = $2 and file_bytes is null and deleted_at is null"
        ))
        .bind(id)
        .bind(upload)
        .bind(bytes)
        .bind(shown_name(name))
        .execute()
        .await?;
    if stored == 0 { Err(Error::Stale) } else { get(tx, id).await }
}

/// A piece of the file; none after the last.
pub async fn chunk(conn: &mut Conn, id: ImportId, position: i64) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = conn
        .query(sql!("select bytes from import_chunks where import_id = $1 and position = $2"))
        .bind(id)
        .bind(position)
        .optional()
        .await?;
    Ok(row.map(|(bytes,)| bytes))
}

/// Remembers what the columns of a set of headers mean; `headers` is a hash of them. The thousand
/// used last are kept.
pub async fn remember_columns(tx: &mut Tx, headers: &[u8], columns: &[Option<Field>]) -> Result<()> {
    let now = tx.now();
    tx.query(sql!(
        "insert into import_columns (headers_hash, columns, used_at) values ($1, $2, $3) \
         on conflict (headers_hash) do update set columns = excluded.columns, used_at = excluded.used_at"
    ))
    .bind(headers.to_vec())
    .bind(written(&columns))
    .bind(now)
    .execute()
    .await?;
    let oldest: Option<(Timestamp,)> = tx
        .query(sql!("select used_at from import_columns order by used_at desc limit 1 offset $1"))
        .bind(REMEMBERED)
        .optional()
        .await?;
    if let Some((at,)) = oldest {
        tx.query(sql!("delete from import_columns where used_at <= $1")).bind(at).execute().await?;
    }
    Ok(())
}

/// What the columns of this set of headers meant last time.
pub async fn remembered_columns(conn: &mut Conn, headers: &[u8]) -> Result<Option<Vec<Option<Field>>>> {
    let row: Option<(String,)> = conn
        .query(sql!("select columns from import_columns where headers_hash = $1"))
        .bind(headers.to_vec())
        .optional()
        .await?;
    // What another version wrote and this one can't read is forgotten.
    Ok(row.and_then(|(columns,)| serde_json::from_str(&columns).ok()))
}
