//! Who this agent is: its private key and the server that knows it. The one thing that the agent keeps, in a file that
//! its own user alone may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::SigningKey;
use serde::{Deserialize, Serialize};

use crate::link::{Address, AddressError};

/// The file's name in the state folder.
pub const FILE: &str = "identity.json";

/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 16 * 1024;

/// An agent that is enrolled.
pub struct Identity {
    /// The server that knows it.
    pub server: Address,
    /// The id that the server gave it.
    pub agent: String,
    /// What the workstation is called in the panel, as of its enrolment.
    pub name: String,
    /// Its private key.
    pub key: SigningKey,
    /// A file of certificates (PEM) to trust beside the system's.
    pub authority: Option<PathBuf>,
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The agent was never enrolled.
    #[error(
        "This workstation is not enrolled: {0} is missing.\nMake a code in Keystead under Workstations, then run: keystead-agent enrol --server URL --code CODE"
    )]
    Missing(PathBuf),
    /// Somebody else may read or write the file.
    #[error(
        "{0} can be read or written by others than its owner, so the key in it may be known.\nRevoke this workstation in Keystead, remove the file and enrol again."
    )]
    Exposed(PathBuf),
    /// The file is there but of no use.
    #[error("{0} is damaged ({1}).\nRemove it and enrol again; revoke the old entry in Keystead under Workstations.")]
    Damaged(PathBuf, String),
    /// The system does not let it be read or written.
    #[error("{0}: {1}.\nRun this command as the agent's user: sudo -u keystead-agent keystead-agent …")]
    Io(PathBuf, io::Error),
    /// There is one already.
    #[error(
        "This workstation is enrolled already ({0}). To enrol it anew, add --replace; revoke the old entry in Keystead."
    )]
    Present(PathBuf),
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    server: String,
    agent: String,
    name: String,
    /// The key's secret number: 32 bytes, base64url.
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<PathBuf>,
}

impl Identity {
    /// Reads the identity in the state folder.
    ///
    /// # Errors
    /// [`IdentityError`] says what to do.
    pub fn load(state: &Path) -> Result<Self, IdentityError> {
        let path = state.join(FILE);
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(IdentityError::Missing(path)),
            Err(error) => return Err(IdentityError::Io(path, error)),
        };
        if exposed(&path).map_err(|error| IdentityError::Io(path.clone(), error))? {
            return Err(IdentityError::Exposed(path));
        }
        Self::parse(&text).map_err(|reason| IdentityError::Damaged(path, reason))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let stored: Stored = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let key = URL_SAFE_NO_PAD.decode(&stored.key).ok().and_then(|key| SigningKey::from_slice(&key).ok());
        Ok(Self {
            server: stored.server.parse().map_err(|error: AddressError| error.to_string())?,
            agent: stored.agent,
            name: stored.name,
            key: key.ok_or("its key is none")?,
            authority: stored.authority,
        })
    }

    /// Whether the state folder holds an identity, good or not.
    pub fn is_in(state: &Path) -> bool {
        state.join(FILE).exists()
    }

    /// Writes the identity into the state folder, whole or not at all, for the folder's owner alone.
    ///
    /// # Errors
    /// [`IdentityError::Io`].
    pub fn store(&self, state: &Path) -> Result<(), IdentityError> {
        let stored = Stored {
            server: self.server.to_string(),
            agent: self.agent.clone(),
            name: self.name.clone(),
            key: URL_SAFE_NO_PAD.encode(self.key.to_bytes()),
            authority: self.authority.clone(),
        };
        let path = state.join(FILE);
        let text = serde_json::to_string_pretty(&stored).map_err(io::Error::from);
        text.and_then(|text| write(state, &path, &text)).map_err(|error| IdentityError::Io(path, error))
    }
}

/// A new private key.
///
/// # Errors
/// If the system has no randomness to give.
pub fn new_key() -> Result<SigningKey, getrandom::Error> {
    loop {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        // One number in four billion is not below the curve's order.
        if let Ok(key) = SigningKey::from_slice(&secret) {
            return Ok(key);
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_FILE {
        return Err(io::Error::other("it is too large to be an identity"));
    }
    fs::read_to_string(path)
}

fn write(state: &Path, path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(state)?;
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(text.as_bytes())?;
    // Enrolled by root, used by the service's own user: the folder says who that is.
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let (folder, own) = (fs::metadata(state)?, file.metadata()?);
        if (folder.uid(), folder.gid()) != (own.uid(), own.gid()) {
            fchown(&file, Some(folder.uid()), Some(folder.gid()))?;
        }
    }
    file.sync_all()?;
    fs::rename(&new, path)?;
    // The name is as durable as the file only once its folder is.
    #[cfg(unix)]
    fs::File::open(state)?.sync_all()?;
    Ok(())
}

#[cfg(unix)]
fn exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// Elsewhere the folder's access list decides, which the port sets up.
#[cfg(not(unix))]
fn exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::{FILE, Identity, IdentityError, new_key};

    fn identity() -> Identity {
        Identity {
            server: "https://keys.example.com".parse().unwrap(),
            agent: "a1".into(),
            name: "Desk".into(),
            key: new_key().unwrap(),
            authority: None,
        }
    }

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (identity(), identity());
        first.store(folder.path()).unwrap();
        second.store(folder.path()).unwrap();
        let read = Identity::load(folder.path()).unwrap();
        assert!(read.key.to_bytes() == second.key.to_bytes() && first.key.to_bytes() != second.key.to_bytes());
        assert_eq!((read.agent.as_str(), read.server.to_string().as_str()), ("a1", "https://keys.example.com"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        identity().store(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Identity::load(folder.path()), Err(IdentityError::Exposed(_))));
    }

    #[test]
    fn a_damaged_file_and_a_missing_one_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Identity::load(folder.path()), Err(IdentityError::Missing(_))));
        identity().store(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        let bent = text.replace("https:", "ftp:");
        for damaged in ["", "{}", &text[..text.len() / 2], &bent] {
            std::fs::write(&path, damaged).unwrap();
            assert!(matches!(Identity::load(folder.path()), Err(IdentityError::Damaged(..))), "{damaged}");
        }
    }
}
