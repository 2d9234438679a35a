//! Finds one mail of a Maildir by its Message-ID, among those of the last day: `check` waits for the trial letter that it sent.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::next_files::open;
use crate::mail::parse::headers;

/// Files that were there before are not opened: a folder may hold ten thousands.
const RECENT: Duration = Duration::from_secs(24 * 60 * 60);

/// The first `at_most` bytes of the mail, if it came within the last day. `message_id` without angle brackets. Changes nothing.
pub(super) fn find(root: &Path, message_id: &str, at_most: u64) -> io::Result<Option<Vec<u8>>> {
    for folder in ["new", "cur"] {
        for entry in fs::read_dir(root.join(folder))? {
            let (file, metadata) = match open(&entry?.path()) {
                Ok(opened) => opened,
                // It was moved away, or is no mail.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => continue,
                Err(error) => return Err(error),
            };
            let age = metadata.modified().ok().and_then(|written| SystemTime::now().duration_since(written).ok());
            if age.is_some_and(|age| age > RECENT) {
                continue;
            }
            let mut bytes = Vec::new();
            file.take(at_most).read_to_end(&mut bytes)?;
            let head = headers::read(&bytes, |_| false).headers;
            if head.first("Message-ID").is_some_and(|found| found.trim().trim_matches(['<', '>']) == message_id) {
                return Ok(Some(bytes));
            }
        }
    }
    Ok(None)
}
