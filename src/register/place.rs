//! Where a register lies: its file, and whether that is still the one that was opened.

use super::{RegisterError, Result};
use std::os::unix::fs::MetadataExt;
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
        let path = self.path.display();
        match std::fs::metadata(&self.path) {
            Ok(file) if (file.dev(), file.ino()) == self.file => Ok(()),
            Ok(_) => Err(RegisterError::Refused(format!(
                "{path} was replaced by another file while demarche worked on it; nothing more is done. If that is the register to go on with, start again"
            ))),
            Err(error) => Err(RegisterError::Refused(format!(
                "{path} is gone ({error}) while demarche worked on it; nothing more is done. Put it, or its last back-up, in its place, then start again"
            ))),
        }
    }

    /// A file of the same name with this at its end, as SQLite's own are called.
    pub(super) fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    }
}

/// SQLite takes an empty file for an empty database, and would fill it: a register that a full disk or a careless hand has emptied.
pub(super) fn refuse_empty(path: &Path) -> Result<()> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        return Err(RegisterError::Refused(format!(
            "{} is empty: it is no register of demarche, and is not filled. Put the last back-up in its place (demarche restore --check FILE); a new \
             workspace is made by demarche init",
            path.display()
        )));
    }
    Ok(())
}
