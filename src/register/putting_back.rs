//! A back-up is put in the register's place: what lies there is moved aside and never deleted, and from what was put there nothing leaves before it
//! was compared with the world.
//!
//! Considered instead: telling people to copy the file. SQLite then takes the log that the lost register has left behind for the back-up's.

use super::register_file::beside;
use super::{Reader, RegisterError, Result, SecretFile, Soundness, migrate, restored};
use crate::domain::event::Actor;
use crate::domain::refusal::{FileRefusal, Refusal};
use crate::domain::rules::OfficeRules;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What SQLite keeps beside a database, after the database itself: without it the rest is nobody's.
const PARTS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    pub soundness: Soundness,
    /// Where the register now lies that was there, if any was.
    pub moved_to: Option<PathBuf>,
}

/// Puts a back-up in the place of the register at `place`, for whoever holds the lock on that. Refused where it is not sound, or not of the register
/// whose letters left under `secret`. What lay at `place` is moved aside under a name with `now` in it, in UTC.
///
/// # Errors
///
/// As [`restore_check`](super::restore_check); refused also: a back-up that lies at `place` already or is locked, and a secret that is another one
/// or another register's ([`Refusal::Secret`]). And where the copy cannot be brought to the present format. Of all these nothing was moved.
///
/// [`RegisterError::File`] where a file cannot be copied, given to its owner, moved or synced. The register that was there may then have been moved
/// aside.
pub fn put_back(
    backup: &Path,
    place: &Path,
    secret: &SecretFile,
    rules: Arc<OfficeRules>,
    actor: &Actor,
    now: Timestamp,
) -> Result<PutBack> {
    if is_same_file(backup, place) {
        return Err(Refusal::File { path: backup.to_owned(), why: FileRefusal::InPlaceAlready }.into());
    }
    let copy = beside(place, "-restoring");
    // Of a restoring that was broken off.
    for part in PARTS {
        remove_if_any(&beside(&copy, part))?;
    }
    let prepared = prepare(backup, &copy, place, secret, rules, actor, now);
    let soundness = prepared.inspect_err(|_| {
        // The error that is told is that of the copying.
        let _ = std::fs::remove_file(&copy);
    })?;
    let moved_to = move_aside(place, now)?;
    std::fs::rename(&copy, place).map_err(|error| file_error(place, error))?;
    sync_folder_of(place)?;
    Ok(PutBack { soundness, moved_to })
}

/// Who worked on the register less than `age` ago, as far as what lies there can be read. It is not changed by that.
pub fn last_at_work(place: &Path, age: SignedDuration, now: Timestamp) -> Option<String> {
    let db = Connection::open_with_flags(place, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).ok()?;
    let since = now.saturating_sub(age).unwrap_or(now).as_second();
    let sql = "SELECT holder FROM lease WHERE name = 'daemon' AND renewed_at > ?1";
    db.query_row(sql, [since], |row| row.get(0)).optional().ok()?
}

fn prepare(
    backup: &Path,
    copy: &Path,
    place: &Path,
    secret: &SecretFile,
    rules: Arc<OfficeRules>,
    actor: &Actor,
    now: Timestamp,
) -> Result<Soundness> {
    let reader = Reader::open_as_it_is(backup, Arc::clone(&rules))?;
    let soundness = reader.verify()?;
    reader.backup(copy)?;
    let db = Connection::open(copy)?;
    migrate::migrate(&db, copy)?;
    let reader = Reader { db, rules };
    let tx = reader.begin()?;
    restored::mark(&tx, actor, now)?;
    tx.execute("DELETE FROM lease", [])?;
    tx.commit()?;
    reader.is_of(secret)?;
    // It is the daemon's, whoever puts it there.
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let owner = place.metadata().or_else(|_| folder.metadata()).map_err(|error| file_error(place, error))?;
    let ours = copy.metadata().map_err(|error| file_error(copy, error))?;
    if (owner.uid(), owner.gid()) != (ours.uid(), ours.gid()) {
        chown(copy, Some(owner.uid()), Some(owner.gid())).map_err(|error| file_error(copy, error))?;
    }
    File::open(copy).and_then(|file| file.sync_all()).map_err(|error| file_error(copy, error))?;
    Ok(soundness)
}

/// With what belongs to it, under one name, so that it can still be opened there.
fn move_aside(place: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
    let stamp = now.strftime("-replaced-%Y%m%dT%H%M%SZ").to_string();
    let names = std::iter::once(stamp.clone()).chain((2..).map(|again| format!("{stamp}-{again}")));
    let aside = names.map(|name| beside(place, &name)).find(|aside| PARTS.iter().all(|part| !beside(aside, part).exists()));
    let aside = aside.unwrap_or_else(|| beside(place, &stamp));
    let mut moved = None;
    for part in PARTS {
        let (from, to) = (beside(place, part), beside(&aside, part));
        match std::fs::rename(&from, &to) {
            Ok(()) => moved = Some(aside.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(file_error(&from, error)),
        }
    }
    Ok(moved)
}

fn sync_folder_of(place: &Path) -> Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| file_error(folder, error))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let number = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    number(one).is_some_and(|one| number(other) == Some(one))
}

fn remove_if_any(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(path, error)),
        _ => Ok(()),
    }
}

fn file_error(path: &Path, error: io::Error) -> RegisterError {
    RegisterError::File { path: path.display().to_string(), error }
}
