//! Which files of a Maildir come next, and their bytes.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::fetched::{Batch, Cursor, FetchLimits, Fetched, FetchedBytes, MailLocation, Unfetched, Unreadable};
use super::file_name;
use super::read_so_far::Position;

/// Names of `new` kept from one listing.
const MOST_LISTED: usize = 2_000;

pub(super) fn changes(root: &Path) -> io::Result<[i64; 2]> {
    Ok([changed(&fs::metadata(root.join("new"))?), changed(&fs::metadata(root.join("cur"))?)])
}

pub(super) fn changed(metadata: &Metadata) -> i64 {
    metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec())
}

/// A file that could be given, ordered as it would be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    /// 0 in the first place of the order, 1 behind it.
    round: u8,
    changed: i64,
    name: OsString,
}

/// The smallest `limit` candidates and whether there were more, in memory for `limit` of them.
struct First {
    limit: usize,
    kept: BinaryHeap<Candidate>,
    more: bool,
}

impl First {
    fn new(limit: usize) -> First {
        First { limit, kept: BinaryHeap::new(), more: false }
    }

    fn offer(&mut self, candidate: Candidate) {
        self.kept.push(candidate);
        if self.kept.len() > self.limit {
            self.kept.pop();
            self.more = true;
        }
    }
}

/// Names of `new` in the order in which they are given.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub names: VecDeque<OsString>,
    /// There were more than are kept.
    pub more: bool,
    /// Those given since the end was last reached. One that is still there could not be flagged, and is not given again before the end.
    pub given: HashSet<OsString>,
}

/// What one look into the folders found.
pub(super) struct Reading {
    pub batch: Batch,
    pub listed: Listed,
    /// Of the names in `cur` that are there because we flagged them, those that a later reading will meet again; none if it was not looked into.
    pub still_ours: Option<HashSet<OsString>>,
    /// A file came into `cur` too short a time ago to be given.
    pub unsettled: bool,
}

pub(super) fn read(
    root: &Path,
    mut position: Position,
    mut listed: Listed,
    ours: &HashSet<OsString>,
    limits: &FetchLimits,
    settle: Duration,
) -> io::Result<Reading> {
    let mut batch = Batch { complete: true, ..Batch::default() };
    let mut room = Room { mails: limits.mails.max(1), bytes: limits.bytes_per_batch };
    let is_new_listing = listed.names.is_empty();
    if is_new_listing {
        listed = list(&root.join("new"), &position, listed.given)?;
    }
    while let Some(name) = listed.names.front() {
        if !give(root, "new", name, limits, &mut room, &mut batch) {
            break;
        }
        position.new_name = file_name::to_text(name);
        listed.given.extend(listed.names.pop_front());
    }
    let mut reading = Reading { batch, listed, still_ours: None, unsettled: false };
    if is_new_listing && reading.listed.names.is_empty() && !reading.listed.more {
        read_cur(root, &mut position, ours, limits, settle, &mut room, &mut reading)?;
    } else {
        // An older listing says nothing of what came since.
        reading.batch.complete = false;
    }
    if reading.batch.complete {
        reading.listed.given.clear();
    }
    reading.batch.cursor = Some(Cursor::Maildir(position));
    Ok(reading)
}

/// The names behind the last one given, then those before it.
pub(super) fn list(new: &Path, position: &Position, given: HashSet<OsString>) -> io::Result<Listed> {
    let last_name = file_name::from_text(&position.new_name).unwrap_or_default();
    let mut first = First::new(MOST_LISTED);
    let mut unmarked = HashSet::new();
    for entry in fs::read_dir(new)? {
        let name = entry?.file_name();
        if given.contains(&name) {
            unmarked.insert(name);
        } else if !name.as_bytes().starts_with(b".") {
            first.offer(Candidate { round: u8::from(name <= last_name), changed: 0, name });
        }
    }
    let more = first.more;
    Ok(Listed { names: first.kept.into_sorted_vec().into_iter().map(|candidate| candidate.name).collect(), more, given: unmarked })
}

fn read_cur(
    root: &Path,
    position: &mut Position,
    ours: &HashSet<OsString>,
    limits: &FetchLimits,
    settle: Duration,
    room: &mut Room,
    reading: &mut Reading,
) -> io::Result<()> {
    // The file system's own clock is meant here, not the office's: it stamps the files that are compared with it.
    let horizon = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(settle).as_nanos();
    let horizon = i64::try_from(horizon).unwrap_or(i64::MAX);
    let given = (position.cur_changed, file_name::from_text(&position.cur_name).unwrap_or_default());
    let mut cur = First::new(limits.mails.max(1));
    let mut still_ours = HashSet::new();
    for entry in fs::read_dir(root.join("cur"))? {
        let entry = entry?;
        let name = entry.file_name();
        let Ok(metadata) = entry.metadata() else { continue };
        let changed = changed(&metadata);
        let known = ours.contains(&name);
        if changed > horizon {
            reading.unsettled |= !known;
            if known {
                still_ours.insert(name);
            }
        } else if !known && !name.as_bytes().starts_with(b".") && (changed, &name) > (given.0, &given.1) {
            cur.offer(Candidate { round: 0, changed, name });
        }
    }
    reading.still_ours = Some(still_ours);
    reading.batch.complete &= !cur.more && !reading.unsettled;
    let all_of_cur = !cur.more;
    let mut reached_the_end = true;
    for candidate in cur.kept.into_sorted_vec() {
        if !give(root, "cur", &candidate.name, limits, room, &mut reading.batch) {
            reached_the_end = false;
            break;
        }
        (position.cur_changed, position.cur_name) = (candidate.changed, file_name::to_text(&candidate.name));
    }
    if all_of_cur && reached_the_end && horizon > position.cur_changed {
        // Nothing up to the horizon is left, whatever its name.
        (position.cur_changed, position.cur_name) = (horizon, String::new());
    }
    Ok(())
}

/// Files that could not be read before, wherever they stand by now and with whatever flags.
pub(super) fn read_again(root: &Path, files: &[OsString], limits: &FetchLimits) -> io::Result<Batch> {
    let mut batch = Batch::default();
    let mut room = Room { mails: limits.mails.max(1), bytes: limits.bytes_per_batch };
    let bases: HashSet<&[u8]> = files.iter().map(|file| file_name::base(file.as_bytes())).collect();
    let mut places: HashMap<Vec<u8>, (&str, OsString)> = HashMap::new();
    for folder in ["new", "cur"] {
        for entry in fs::read_dir(root.join(folder))? {
            let found = entry?.file_name();
            let base = file_name::base(found.as_bytes());
            if bases.contains(base) {
                places.insert(base.to_vec(), (folder, found));
            }
        }
    }
    for file in files {
        let location = MailLocation::Maildir { file: file_name::to_text(file) };
        let Some((folder, found)) = places.get(file_name::base(file.as_bytes())) else {
            batch.gone.push(location);
            continue;
        };
        let given = (batch.mails.len(), batch.unfetched.len());
        if !give(root, folder, found, limits, &mut room, &mut batch) {
            break;
        }
        // By the name under which it is known to be missing; flagging finds it under any.
        if let Some(mail) = batch.mails.get_mut(given.0) {
            mail.location = location;
        } else if let Some(item) = batch.unfetched.get_mut(given.1) {
            item.location = location;
        }
    }
    batch.complete = false;
    Ok(batch)
}

struct Room {
    mails: usize,
    bytes: u64,
}

/// Adds one file to the batch; false if there is no room for it any more.
fn give(root: &Path, folder: &str, name: &OsStr, limits: &FetchLimits, room: &mut Room, batch: &mut Batch) -> bool {
    let path = root.join(folder).join(name);
    let source = format!("{}/{folder}/{}", root.display(), file_name::to_text(name));
    if room.mails == 0 {
        batch.complete = false;
        return false;
    }
    let (file, metadata) = match open(&path) {
        Ok(opened) => opened,
        // Taken away or renamed since the listing: under its new name it is found at the next reading.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            batch.complete = false;
            return true;
        }
        Err(error) => {
            left_out(batch, name, source, &error);
            return true;
        }
    };
    let take = if metadata.len() > limits.bytes_per_mail { limits.head_bytes } else { metadata.len() };
    if take > room.bytes && room.mails < limits.mails {
        batch.complete = false;
        return false;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(take).unwrap_or_default());
    if let Err(error) = file.take(take).read_to_end(&mut bytes) {
        left_out(batch, name, source, &error);
        return true;
    }
    room.mails -= 1;
    room.bytes = room.bytes.saturating_sub(take);
    let raw = if metadata.len() > limits.bytes_per_mail {
        FetchedBytes::TooLarge { size: metadata.len(), head: bytes }
    } else {
        FetchedBytes::Whole(bytes)
    };
    let modified = jiff::Timestamp::from_second(metadata.mtime()).unwrap_or_default();
    let received_at = file_name::time(name.as_bytes()).unwrap_or(modified);
    batch.mails.push(Fetched { raw, received_at, location: MailLocation::Maildir { file: file_name::to_text(name) }, source });
    true
}

/// What is no file is no mail, and will never be one; a file that cannot be read (rights, a network file system that is away) can be later.
fn left_out(batch: &mut Batch, name: &OsStr, source: String, error: &io::Error) {
    let reason = format!("cannot be read: {error}");
    if error.kind() == ErrorKind::InvalidInput {
        batch.unreadable.push(Unreadable { source, reason });
    } else {
        batch.unfetched.push(Unfetched { location: MailLocation::Maildir { file: file_name::to_text(name) }, source, reason });
    }
}

/// Opens ordinary files only: a link could lead anywhere, and a named pipe would never end.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path);
    let file = opened.map_err(|error| {
        // ELOOP is what O_NOFOLLOW says of a symbolic link.
        if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) { not_a_mail("a symbolic link") } else { error }
    })?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(not_a_mail("no ordinary file")) }
}

fn not_a_mail(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("it is {what}; move it out of the Maildir"))
}

/// The name of the file, if the mail lies in a Maildir.
pub(super) fn file_of(location: &MailLocation) -> Option<OsString> {
    match location {
        MailLocation::Maildir { file } => file_name::from_text(file),
        MailLocation::Imap { .. } => None,
    }
}
