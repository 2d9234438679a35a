//! A Maildir that mail is read from.
//!
//! `new` is read in the order of names, which begin with the time of delivery; flagging moves a mail away to `cur` or to another folder. A mail
//! client that looks into the same folder moves mails from `new` to `cur` before we have seen them, so `cur` is read as well: every file that
//! came into it (its inode's change time) after the last reading. Considered instead: taking the flag S as "was read by us" (a person who opens a
//! mail sets it too, and the mail would be lost), or remembering every name ever seen (a hundred thousand names at every commit).
//!
//! A mail that we flagged in place changes its time as well and may be given once more after a restart; the register knows it by its SHA-256.
//!
//! A folder of 20,000 mails is not listed 400 times for batches of 50: names of `new` are kept until they are given, and `cur`, whose every file
//! must be asked for its time, is looked into when `new` has nothing more.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::super::fetched::{Batch, Cursor, FetchLimits, Flagging, Found, MailLocation, Waited};
use super::super::receive_error::ReceiveError;
use super::next_files::{Listed, Reading, changes, file_of};
use super::read_so_far::Position;
use super::{by_message_id, flagging, next_files};

/// How often [`Inbox::wait`] looks. A folder is looked at for the price of two system calls.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Inbox {
    root: PathBuf,
    name: String,
    settle: Duration,
    /// What the last listing of `new` found and what was not given yet.
    listed: Listed,
    /// Names in `cur` that are there because we flagged them since it was last looked into.
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

    /// The mails that came after `after`, oldest first; from the beginning without it. Changes nothing in the folder.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the folder is no Maildir, or cannot be read. The cursor stays where it was.
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

    /// Reads files once more that could not be read before, as many as the limits allow.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the folder is no Maildir, or cannot be read.
    pub async fn fetch_again(&mut self, unfetched: &[MailLocation], limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        let files: Vec<OsString> = unfetched.iter().filter_map(file_of).collect();
        let (root, limits) = (self.root.clone(), *limits);
        blocking(&self.name, "reading the folder", move || next_files::read_again(&root, &files, &limits))
            .await
            .map_err(|error| self.explained(error))
    }

    /// Looks for a mail of the last 24 hours by its Message-ID (without angle brackets), and gives its first `at_most` bytes.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the folder is no Maildir, or it or a file in it cannot be read.
    pub async fn find(&mut self, message_id: &str, at_most: u64) -> Result<Option<Found>, ReceiveError> {
        let (root, message_id) = (self.root.clone(), message_id.to_owned());
        let found = blocking(&self.name, "reading the folder", move || by_message_id::find(&root, &message_id, at_most)).await;
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
            next_files::read(&root, position, listed, &ours, &limits, settle).map(|reading| (reading, looked_at))
        });
        let (mut reading, looked_at) = read.await.map_err(|error| self.explained(error))?;
        self.listed = std::mem::take(&mut reading.listed);
        if let Some(still_ours) = reading.still_ours.take() {
            self.ours = Arc::new(still_ours);
        }
        self.looked_at = Some(looked_at);
        Ok(reading)
    }

    /// Flags mails as seen, or moves them to another Maildir.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: a keyword is asked for, which a Maildir has not; the name of the other folder is not a valid one; or a file cannot be
    /// moved, as where its name is taken, or the other folder cannot be made or lies on another file system. The other mails may be flagged all
    /// the same.
    pub async fn flag(&mut self, mails: &[MailLocation], how: &Flagging) -> Result<(), ReceiveError> {
        let target = match how {
            Flagging::Seen => None,
            Flagging::MoveTo(folder) => Some(self.neighbour(folder)?),
            Flagging::Keyword(keyword) => {
                return Err(ReceiveError::Misconfigured {
                    place: self.name.clone(),
                    reason: format!("a Maildir has no keywords (here: {keyword:?}); mark mails as seen, or move them to a folder"),
                });
            }
        };
        let files: Vec<OsString> = mails.iter().filter_map(file_of).collect();
        let root = self.root.clone();
        let flagged = blocking(&self.name, "flagging mails as read", move || flagging::mark_seen(&root, &files, target.as_deref())).await?;
        Arc::make_mut(&mut self.ours).extend(flagged);
        Ok(())
    }

    /// Waits until something changes in the folder, at most `at_most`; looks once a second.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the folder cannot be looked into.
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
