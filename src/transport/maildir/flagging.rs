//! Flagging files of a Maildir as seen, which moves them: from `new` to `cur` with the flag S, or to another folder.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::{create, file_name};

/// Flags files by moving them; gives the names that now stand in `cur` because of it.
pub(super) fn mark_seen(root: &Path, files: &[OsString], target: Option<&Path>) -> io::Result<Vec<OsString>> {
    if let Some(target) = target {
        create(target)?;
    }
    let mut ours = Vec::new();
    let mut missing = Vec::new();
    // One file that cannot be moved does not keep the others from being flagged; the first fault is told at the end.
    let mut fault = None;
    for file in files {
        match move_one(root, file, target, &mut ours) {
            Ok(true) => {}
            Ok(false) => missing.push(file),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    if missing.is_empty() {
        return fault.map_or(Ok(ours), Err);
    }
    // Somebody changed their flags meanwhile: one listing finds them all by the part of the name that stays.
    let bases: HashSet<&[u8]> = missing.iter().map(|file| file_name::base(file.as_bytes())).collect();
    for entry in fs::read_dir(root.join("cur"))? {
        let found = entry?.file_name();
        if bases.contains(file_name::base(found.as_bytes())) {
            move_one(root, &found, target, &mut ours)?;
        }
    }
    fault.map_or(Ok(ours), Err)
}

/// False if the file is neither in `new` nor in `cur` under this name.
fn move_one(root: &Path, file: &OsStr, target: Option<&Path>, ours: &mut Vec<OsString>) -> io::Result<bool> {
    let seen = OsString::from_vec(file_name::with_seen(file.as_bytes()));
    let destination = target.unwrap_or(root).join("cur").join(&seen);
    for folder in ["new", "cur"] {
        let from = root.join(folder).join(file);
        if from == destination {
            return from.try_exists();
        }
        if destination.symlink_metadata().is_ok() && from.symlink_metadata().is_ok() {
            // Never over another mail: two deliveries with one name are the other program's fault, not a reason to lose one of them.
            return Err(io::Error::new(
                ErrorKind::AlreadyExists,
                format!("{} stands there already; rename one of the two", destination.display()),
            ));
        }
        match fs::rename(&from, &destination) {
            Ok(()) => {
                if target.is_none() {
                    ours.push(seen);
                }
                return Ok(true);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                return Err(io::Error::new(
                    error.kind(),
                    format!("{} lies on another file system; name a folder on the same one", destination.display()),
                ));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
