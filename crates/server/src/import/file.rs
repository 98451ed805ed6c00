//! The file of an import: kept in the database piece by piece as it comes, and looked at.

use keystead_directory::{
    Conn, Db, Error, Timestamp,
    actor::Actor,
    ids::ImportId,
    imports::{self, CHUNK_BYTES, CsvOptions, Delimiter, Encoding, Field, Import, Options},
};
use uuid::Uuid;

use super::csv::{
    Unreadable,
    decode::EncodingDetector,
    detect::Sample,
    preview::{self, Head},
};

/// Why a file was not kept.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It has more bytes than the configuration allows.
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    /// It is no CSV.
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
    /// What the domain or its database said.
    #[error(transparent)]
    Domain(#[from] Error),
}

/// A file on its way into the database.
pub struct Upload<'a> {
    db: &'a Db,
    id: ImportId,
    name: Uuid,
    most: u64,
    bytes: u64,
    position: i64,
    piece: Vec<u8>,
    head: Vec<u8>,
    encoding: EncodingDetector,
}

impl<'a> Upload<'a> {
    /// Makes room for a file of at most `most` bytes; an earlier one of this import goes.
    ///
    /// # Errors
    /// When the import takes no file any more.
    pub async fn begin(db: &'a Db, id: ImportId, most: u64) -> Result<Self, FileError> {
        let mut tx = db.write(Timestamp::now()).await?;
        let upload_name = imports::clear_file(&mut tx, id).await?;
        tx.commit().await?;
        let piece = Vec::with_capacity(CHUNK_BYTES);
        let (head, encoding) = (Vec::new(), EncodingDetector::default());
        Ok(Self { db, id, name: upload_name, most, bytes: 0, position: 0, piece, head, encoding })
    }

    /// Keeps the next bytes of the file.
    ///
    /// # Errors
    /// When there are too many, or another upload for this import began meanwhile.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), FileError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most {
            return Err(FileError::TooLarge(self.most));
        }
        self.encoding.feed(bytes);
        let room = preview::HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == CHUNK_BYTES {
                self.store().await?;
            }
        }
        Ok(())
    }

    async fn store(&mut self) -> Result<(), FileError> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(CHUNK_BYTES));
        let mut tx = self.db.write(Timestamp::now()).await?;
        imports::store_chunk(&mut tx, self.id, self.name, self.position, piece).await?;
        tx.commit().await?;
        self.position += 1;
        Ok(())
    }

    /// Ends the file and proposes how it is read; what was chosen for other things stays.
    ///
    /// # Errors
    /// When it is no CSV.
    pub async fn finish(mut self, actor: &Actor, name: Option<&str>, chosen: Chosen) -> Result<Import, FileError> {
        if !self.piece.is_empty() {
            self.store().await?;
        }
        if self.bytes == 0 {
            let message = "The file is empty. Choose one with a line for each person.".to_owned();
            return Err(Unreadable { code: "noPeople", line: None, message }.into());
        }
        let detected = self.encoding.finish()?;
        let encoding = chosen.encoding.unwrap_or(detected);
        let head = Head::read(&self.head, self.bytes == self.head.len() as u64, encoding);
        let delimiter = chosen.delimiter.map_or_else(|| head.delimiter(), Ok)?;
        let sample = head.sample(delimiter)?;
        let header = sample.has_header();
        let mut tx = self.db.write(Timestamp::now()).await?;
        let columns = columns(&mut tx, &sample, header).await?;
        let import = imports::get(&mut tx, self.id).await?;
        let name = name.unwrap_or(&import.name);
        let size = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        let import = imports::file_stored(&mut tx, self.id, self.name, name, size).await?;
        let options = Options { csv: Some(CsvOptions { encoding, delimiter, header, columns }), ..import.options };
        let import = imports::set_options(&mut tx, actor, self.id, options, None).await?;
        tx.commit().await?;
        Ok(import)
    }
}

/// What somebody chose instead of what the file looks like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chosen {
    /// How its text is encoded.
    pub encoding: Option<Encoding>,
    /// What stands between two cells.
    pub delimiter: Option<Delimiter>,
}

/// What the columns of a file mean: what they meant last time, or else what their names say.
///
/// # Errors
/// Those of the database.
pub async fn columns(conn: &mut Conn, sample: &Sample, header: bool) -> Result<Vec<Option<Field>>, Error> {
    let proposed = preview::proposed(sample, header);
    let Some(hash) = preview::headers_hash(sample, header) else { return Ok(proposed) };
    let remembered = imports::remembered_columns(conn, &hash).await?;
    Ok(remembered.filter(|columns| columns.len() == proposed.len()).unwrap_or(proposed))
}

/// The beginning of an import's file, read in this encoding.
///
/// # Errors
/// [`Error::IllegalState`] when there is no file, or none any more.
pub async fn head(conn: &mut Conn, import: &Import, encoding: Encoding) -> Result<Head, Error> {
    let gone = || Error::IllegalState("There is no file to look at: upload one first.".to_owned());
    let bytes = imports::chunk(conn, import.id, 0).await?.ok_or_else(gone)?;
    let size = import.file_bytes.ok_or_else(gone)?;
    Ok(Head::read(&bytes, usize::try_from(size).is_ok_and(|size| size == bytes.len()), encoding))
}
