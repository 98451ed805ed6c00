//! The installation's keys, the secret key and the vault's: 32 random bytes each, in a file that only its owner can read.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use keystead_directory::secret;

/// What sets the file of the secret key.
pub const SECRET: &str = "KEYSTEAD_SECRET_KEY_FILE";
/// What sets the file of the vault's key.
pub const VAULT: &str = "KEYSTEAD_VAULT_KEY_FILE";

/// Makes the data folder, readable for its owner only, if it does not exist.
///
/// # Errors
/// When it can't be made; the text says what to do.
pub fn ensure_folder(folder: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(|| {
        format!(
            "KEYSTEAD_DATA_DIR: the folder {} can't be made: give its parent folder to this user, or name another",
            folder.display()
        )
    })
}

/// Reads the key in the file that `setting` names, or makes it at the first start. Of several processes that start at once, one
/// makes it and all read the same.
///
/// # Errors
/// When the file can't be read or made, or does not hold 32 bytes.
pub fn read_or_create(setting: &str, path: &Path) -> anyhow::Result<[u8; 32]> {
    match fs::read(path) {
        Ok(bytes) => check(setting, path, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(setting, path),
        Err(error) => Err(error).with_context(|| cannot_read(setting, path)),
    }
}

fn cannot_read(setting: &str, path: &Path) -> String {
    format!("{setting}: {} can't be read: let this user read it", path.display())
}

fn check(setting: &str, path: &Path, bytes: &[u8]) -> anyhow::Result<[u8; 32]> {
    match bytes.try_into() {
        Ok(key) => Ok(key),
        Err(_) => bail!(
            "{setting}: {} has {} bytes where the key has 32: put the copy of the key back that \
             belongs to this database",
            path.display(),
            bytes.len()
        ),
    }
}

/// Writes the key beside its place first and then links it there, so that nobody ever reads half
/// a key and a second process never replaces the first one's.
fn create(setting: &str, path: &Path) -> anyhow::Result<[u8; 32]> {
    let cannot_make = || format!("{setting}: {} can't be made: let this user write to its folder", path.display());
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", hex::encode(secret::random::<8>())));
    let draft = Path::new(&draft);
    let written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft).and_then(|mut file| {
        file.write_all(&secret::random::<32>())?;
        file.sync_all()?;
        match fs::hard_link(draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => path.parent().map_or(Ok(()), |folder| {
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                fs::File::open(folder)?.sync_all()
            }),
        }
    });
    let removed = fs::remove_file(draft);
    written.with_context(cannot_make)?;
    removed.with_context(cannot_make)?;
    check(setting, path, &fs::read(path).with_context(|| cannot_read(setting, path))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keystead.key");
        let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| read_or_create(SECRET, &path).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a draft was left behind");
    }

    #[test]
    fn a_file_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keystead.key");
        fs::write(&path, [1; 31]).unwrap();
        let error = read_or_create(SECRET, &path).unwrap_err().to_string();
        assert!(error.contains("KEYSTEAD_SECRET_KEY_FILE") && error.contains("31 bytes"), "{error}");
    }
}
