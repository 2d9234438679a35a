//! Where a register lies: its file, and whether that is still the one that was opened.

use super::{RegisterError, Result};
use crate::domain::refusal::{FileRefusal, Refusal};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    /// Device and inode, which another file of the same name does not have.
    file: (u64, u64),
}

impl Place {
    pub(super) fn of(path: &Path) -> Result<Place> {
        let file = std::fs::metadata(path).map_err(|error| RegisterError::File { path: path.display().to_string(), error })?;
        Ok(Place { path: path.to_owned(), file: (file.dev(), file.ino()) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whatever is written into a file that has lost its name is lost with it.
    pub(super) fn still_holds(&self) -> Result<()> {
        let refused = |why| Err(Refusal::File { path: self.path.clone(), why }.into());
        match std::fs::metadata(&self.path) {
            Ok(file) if (file.dev(), file.ino()) == self.file => Ok(()),
            Ok(_) => refused(FileRefusal::Replaced),
            Err(error) => refused(FileRefusal::Gone { said: error.to_string() }),
        }
    }

    /// A file of the same name with this at its end, as SQLite's own are called.
    pub(super) fn beside(&self, end: &str) -> PathBuf {
        beside(&self.path, end)
    }
}

pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    PathBuf::from(name)
}

/// Where in a database file stands whether it is written through a log (2) or in place (1) (<https://www.sqlite.org/fileformat2.html> §1.3.3).
const WRITE_VERSION: u64 = 18;

/// SQLite takes any log that lies beside a file for that file's, and writes what it holds into it. One that a lost register has left behind
/// damages the back-up that was put in its place. A back-up says of itself that it has no log; a register says that it has one before it has.
pub(super) fn refuse_foreign_log(path: &Path) -> Result<()> {
    let log = beside(path, "-wal");
    // In this order: another process may be making a register of a back-up just now.
    if !std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Ok(());
    }
    let mut version = [0];
    let read = std::fs::File::open(path).and_then(|file| file.read_exact_at(&mut version, WRITE_VERSION));
    if read.is_ok() && version == [1] {
        return Err(Refusal::File { path: path.to_owned(), why: FileRefusal::ForeignLog { log } }.into());
    }
    Ok(())
}

/// A register is made with its workspace, never by the way: what was sent would be forgotten, and sent again.
pub(super) fn refuse_missing(path: &Path) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    let how = "there is no register here. If it was lost, have the last back-up put in its place: demarche restore FILE. A new one comes with a new \
               workspace: demarche init DIR; your demarche.toml can then be copied over the one there";
    let error = std::io::Error::new(std::io::ErrorKind::NotFound, how);
    Err(RegisterError::File { path: path.display().to_string(), error })
}

/// SQLite takes an empty file for an empty database, and would fill it: a register that a full disk or a careless hand has emptied.
pub(super) fn refuse_empty(path: &Path) -> Result<()> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        return Err(Refusal::File { path: path.to_owned(), why: FileRefusal::Empty }.into());
    }
    Ok(())
}
