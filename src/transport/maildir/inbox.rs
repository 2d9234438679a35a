//! A Maildir that mail is read from.
//!
//! `new` is read in the order of names, which begin with the time of delivery; marking moves a mail away to `cur` or to another folder. A mail
//! client that looks into the same folder moves mails from `new` to `cur` before we have seen them, so `cur` is read as well: every file that
//! came into it (its inode's change time) after the last reading. Considered instead: taking the flag S as "was read by us" (a person who opens a
//! mail sets it too, and the mail would be lost), or remembering every name ever seen (a hundred thousand names at every commit).
//!
//! A mail we marked in place changes its time as well and may be given once more after a restart; the register knows it by its SHA-256.
//!
//! A folder of 20,000 mails is not listed 400 times for batches of 50: names of `new` are kept until they are given, and `cur`, whose every file
//! must be asked for its time, is looked into when `new` has nothing more.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::super::incoming::{
    Batch, Cursor, FetchLimits, Fetched, FetchedBytes, Found, Mark, Marking, ReceiveError, Unfetched, Unreadable, Waited,
};
use super::{create, finding, name};

/// How often [`Inbox::wait`] looks. A folder is looked at for the price of two system calls.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Names of `new` kept from one listing.
const MOST_LISTED: usize = 2_000;

/// How far a Maildir has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The last name given from `new`; reading goes on behind it and then begins again, so that a file that cannot be marked blocks nobody.
    new_name: String,
    /// Everything that came into `cur` up to this moment has been given: nanoseconds since 1970, and the name within the same nanosecond.
    cur_changed: i64,
    cur_name: String,
}

#[derive(Debug)]
pub struct Inbox {
    root: PathBuf,
    name: String,
    settle: Duration,
    /// What the last listing of `new` found and what was not given yet.
    listed: Listed,
    /// Names in `cur` that are there because we marked them since it was last looked into.
    ours: Arc<HashSet<OsString>>,
    /// When the two folders last changed, as of the last reading.
    looked_at: Option<[i64; 2]>,
}

impl Inbox {
    /// The folder must be a Maildir when it is first read; it is not made, since an empty new folder would hide a mistyped path.
    pub fn new(root: impl Into<PathBuf>) -> Inbox {
        let root = root.into();
        Inbox {
            name: format!("maildir:{}", root.display()),
            root,
            settle: Duration::from_secs(1),
            listed: Listed::default(),
            ours: Arc::default(),
            looked_at: None,
        }
    }

    /// How long a file must have been in `cur` before it is read from there, one second by default. Two files can get the same time stamp, since
    /// the file system's clock ticks a few hundred times a second; what is younger is left for the next reading, so none slips through.
    pub fn settle(mut self, settle: Duration) -> Inbox {
        self.settle = settle;
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub async fn fetch(&mut self, after: Option<&Cursor>, limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        let (position, rebuilt) = match after {
            Some(Cursor::Maildir(position)) => (position.clone(), false),
            Some(_) => (Position::default(), true),
            None => (Position::default(), false),
        };
        let mut reading = self.read(position.clone(), limits).await?;
        if reading.unsettled && reading.batch.mails.is_empty() {
            // Rather than an empty batch that is not complete, which the caller could only ask for again at once.
            tokio::time::sleep(self.settle).await;
            reading = self.read(position, limits).await?;
        }
        reading.batch.rebuilt = rebuilt;
        Ok(reading.batch)
    }

    pub async fn fetch_again(&mut self, unfetched: &[Mark], limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        let files: Vec<OsString> = unfetched.iter().filter_map(file_of).collect();
        let (root, limits) = (self.root.clone(), *limits);
        blocking(&self.name, "reading the folder", move || read_again(&root, &files, &limits)).await.map_err(|error| self.explained(error))
    }

    pub async fn find(&mut self, message_id: &str, at_most: u64) -> Result<Option<Found>, ReceiveError> {
        let (root, message_id) = (self.root.clone(), message_id.to_owned());
        let found = blocking(&self.name, "reading the folder", move || finding::find(&root, &message_id, at_most)).await;
        found.map(|raw| raw.map(|raw| Found { raw, is_junk: false })).map_err(|error| self.explained(error))
    }

    pub fn unopened(&self) -> Inbox {
        Inbox::new(&self.root).settle(self.settle)
    }

    async fn read(&mut self, position: Position, limits: &FetchLimits) -> Result<Reading, ReceiveError> {
        let (root, ours, limits, settle) = (self.root.clone(), Arc::clone(&self.ours), *limits, self.settle);
        let listed = std::mem::take(&mut self.listed);
        let read = blocking(&self.name, "reading the folder", move || {
            let looked_at = changes(&root)?;
            read(&root, position, listed, &ours, &limits, settle).map(|reading| (reading, looked_at))
        });
        let (mut reading, looked_at) = read.await.map_err(|error| self.explained(error))?;
        self.listed = std::mem::take(&mut reading.listed);
        if let Some(still_ours) = reading.still_ours.take() {
            self.ours = Arc::new(still_ours);
        }
        self.looked_at = Some(looked_at);
        Ok(reading)
    }

    pub async fn mark(&mut self, marks: &[Mark], how: &Marking) -> Result<(), ReceiveError> {
        let target = match how {
            Marking::Seen => None,
            Marking::MoveTo(folder) => Some(self.neighbour(folder)?),
            Marking::Keyword(keyword) => {
                return Err(ReceiveError::Misconfigured {
                    place: self.name.clone(),
                    reason: format!("a Maildir has no keywords (here: {keyword:?}); mark mails as seen, or move them to a folder"),
                });
            }
        };
        let files: Vec<OsString> = marks.iter().filter_map(file_of).collect();
        let root = self.root.clone();
        let marked = blocking(&self.name, "marking mails as taken in", move || mark(&root, &files, target.as_deref())).await?;
        Arc::make_mut(&mut self.ours).extend(marked);
        Ok(())
    }

    pub async fn wait(&mut self, at_most: Duration) -> Result<Waited, ReceiveError> {
        let ends = tokio::time::Instant::now() + at_most;
        loop {
            let root = self.root.clone();
            let now = blocking(&self.name, "looking into the folder", move || changes(&root)).await?;
            if self.looked_at != Some(now) {
                return Ok(Waited::Arrived);
            }
            let left = ends.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return Ok(Waited::TimePassed);
            }
            tokio::time::sleep(left.min(LOOK_EVERY)).await;
        }
    }

    /// A folder of the same Maildir tree, as Maildir++ lays them out: `.name` inside the root. An absolute path means that path.
    fn neighbour(&self, folder: &str) -> Result<PathBuf, ReceiveError> {
        let inside = folder.trim_start_matches('.');
        if folder.starts_with('/') {
            Ok(PathBuf::from(folder))
        } else if inside.is_empty() || inside.contains(['/', '\0']) {
            Err(ReceiveError::Misconfigured {
                place: self.name.clone(),
                reason: format!("{folder:?} is no folder's name; expected a name without slashes, or an absolute path"),
            })
        } else {
            Ok(self.root.join(format!(".{inside}")))
        }
    }

    fn explained(&self, error: ReceiveError) -> ReceiveError {
        if self.root.join("new").is_dir() {
            return error;
        }
        ReceiveError::Misconfigured {
            place: self.name.clone(),
            reason: "is no Maildir: there is no folder `new` in it; check the path, or make the folders tmp, new and cur".to_owned(),
        }
    }
}

async fn blocking<T: Send + 'static>(
    place: &str,
    doing: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ReceiveError> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| ReceiveError::Folder { place: place.to_owned(), doing, reason: error.to_string() })
}

fn changes(root: &Path) -> io::Result<[i64; 2]> {
    Ok([changed(&fs::metadata(root.join("new"))?), changed(&fs::metadata(root.join("cur"))?)])
}

fn changed(metadata: &Metadata) -> i64 {
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
struct Listed {
    names: VecDeque<OsString>,
    /// There were more than are kept.
    more: bool,
    /// Those given since the end was last reached. One that is still there could not be marked, and is not given again before the end.
    given: HashSet<OsString>,
}

/// What one look into the folders found.
struct Reading {
    batch: Batch,
    listed: Listed,
    /// Of the names in `cur` that we marked, those that a later reading will meet again; none if it was not looked into.
    still_ours: Option<HashSet<OsString>>,
    /// A file came into `cur` too short a time ago to be given.
    unsettled: bool,
}

fn read(
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
        position.new_name = name::to_text(name);
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
fn list(new: &Path, position: &Position, given: HashSet<OsString>) -> io::Result<Listed> {
    let last_name = name::from_text(&position.new_name).unwrap_or_default();
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
    let given = (position.cur_changed, name::from_text(&position.cur_name).unwrap_or_default());
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
        (position.cur_changed, position.cur_name) = (candidate.changed, name::to_text(&candidate.name));
    }
    if all_of_cur && reached_the_end && horizon > position.cur_changed {
        // Nothing up to the horizon is left, whatever its name.
        (position.cur_changed, position.cur_name) = (horizon, String::new());
    }
    Ok(())
}

fn file_of(mark: &Mark) -> Option<OsString> {
    match mark {
        Mark::Maildir { file } => name::from_text(file),
        Mark::Imap { .. } => None,
    }
}

/// Files that could not be read before, wherever they stand by now and with whatever flags.
fn read_again(root: &Path, files: &[OsString], limits: &FetchLimits) -> io::Result<Batch> {
    let mut batch = Batch::default();
    let mut room = Room { mails: limits.mails.max(1), bytes: limits.bytes_per_batch };
    let bases: HashSet<&[u8]> = files.iter().map(|file| name::base(file.as_bytes())).collect();
    let mut places: HashMap<Vec<u8>, (&str, OsString)> = HashMap::new();
    for folder in ["new", "cur"] {
        for entry in fs::read_dir(root.join(folder))? {
            let found = entry?.file_name();
            let base = name::base(found.as_bytes());
            if bases.contains(base) {
                places.insert(base.to_vec(), (folder, found));
            }
        }
    }
    for file in files {
        let mark = Mark::Maildir { file: name::to_text(file) };
        let Some((folder, found)) = places.get(name::base(file.as_bytes())) else {
            batch.gone.push(mark);
            continue;
        };
        let given = (batch.mails.len(), batch.unfetched.len());
        if !give(root, folder, found, limits, &mut room, &mut batch) {
            break;
        }
        // By the name under which it is known to be missing; marking finds it under any.
        if let Some(mail) = batch.mails.get_mut(given.0) {
            mail.mark = mark;
        } else if let Some(item) = batch.unfetched.get_mut(given.1) {
            item.mark = mark;
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
    let source = format!("{}/{folder}/{}", root.display(), name::to_text(name));
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
    let received_at = name::time(name.as_bytes()).unwrap_or(modified);
    batch.mails.push(Fetched { raw, received_at, mark: Mark::Maildir { file: name::to_text(name) }, source });
    true
}

/// What is no file is no mail, and will never be one; a file that cannot be read (rights, a network file system that is away) can be later.
fn left_out(batch: &mut Batch, name: &OsStr, source: String, error: &io::Error) {
    let reason = format!("cannot be read: {error}");
    if error.kind() == ErrorKind::InvalidInput {
        batch.unreadable.push(Unreadable { source, reason });
    } else {
        batch.unfetched.push(Unfetched { mark: Mark::Maildir { file: name::to_text(name) }, source, reason });
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

/// Marks files by moving them; gives the names that now stand in `cur` because of it.
fn mark(root: &Path, files: &[OsString], target: Option<&Path>) -> io::Result<Vec<OsString>> {
    if let Some(target) = target {
        create(target)?;
    }
    let mut ours = Vec::new();
    let mut missing = Vec::new();
    // One file that cannot be moved does not keep the others from being marked; the first fault is told at the end.
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
    let bases: HashSet<&[u8]> = missing.iter().map(|file| name::base(file.as_bytes())).collect();
    for entry in fs::read_dir(root.join("cur"))? {
        let found = entry?.file_name();
        if bases.contains(name::base(found.as_bytes())) {
            move_one(root, &found, target, &mut ours)?;
        }
    }
    fault.map_or(Ok(ours), Err)
}

/// False if the file is neither in `new` nor in `cur` under this name.
fn move_one(root: &Path, file: &OsStr, target: Option<&Path>, ours: &mut Vec<OsString>) -> io::Result<bool> {
    let seen = OsString::from_vec(name::with_seen(file.as_bytes()));
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
