//! Putting one mail into a Maildir, so that it appears to readers of the folder whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::UniqueName;

/// Whether a delivery must outlive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The file and its folder are synced before the delivery counts as done.
    Synced,
    /// Left to the operating system: for worlds that can be replayed.
    Cached,
}

/// Makes `root` a Maildir, readable by its owner only. What exists stays as it is.
///
/// # Errors
///
/// Where a folder cannot be made: something else lies there, or the folder above it cannot be written to.
pub fn create(root: &Path) -> io::Result<()> {
    for folder in ["tmp", "new", "cur"] {
        DirBuilder::new().recursive(true).mode(0o700).create(root.join(folder))?;
    }
    Ok(())
}

/// Writes `parts`, one after the other, as one mail into `new` of the Maildir `root`. A name that exists already is an error
/// ([`ErrorKind::AlreadyExists`]) and leaves the older file untouched.
///
/// # Errors
///
/// Where a mail of this name stands in `new`, or the file cannot be written, synced or moved. The mail may stand in `new` all the same, where
/// only the last sync, or clearing `tmp`, failed.
pub fn deliver(root: &Path, name: &UniqueName, parts: &[&[u8]], durability: Durability) -> io::Result<PathBuf> {
    let written = root.join("tmp").join(name.as_str());
    let target = root.join("new").join(name.as_str());
    let first = write(&written, parts, durability);
    let delivered = match first {
        // Left over from a delivery that was cut off: no reader looks into tmp, and names are unique, so it is ours.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(&written).and_then(|()| write(&written, parts, durability))
        }
        first => first,
    };
    let delivered = delivered.and_then(|()| publish(&written, &target));
    if delivered.is_err() {
        // The first error is the one to tell; a leftover in tmp does no harm.
        let _ = fs::remove_file(&written);
    }
    delivered?;
    if durability == Durability::Synced {
        File::open(root.join("new"))?.sync_all()?;
    }
    Ok(target)
}

fn write(path: &Path, parts: &[&[u8]], durability: Durability) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    if durability == Durability::Synced { file.sync_all() } else { Ok(()) }
}

/// A hard link instead of a rename, because a rename would silently replace a mail of the same name.
fn publish(written: &Path, target: &Path) -> io::Result<()> {
    match fs::hard_link(written, target) {
        Ok(()) => fs::remove_file(written),
        // Some network and FAT file systems have no hard links.
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            if fs::symlink_metadata(target).is_ok() {
                return Err(ErrorKind::AlreadyExists.into());
            }
            fs::rename(written, target)
        }
        Err(error) => Err(error),
    }
}
