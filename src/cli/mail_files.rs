//! Mails in files: single ones, mboxes, Maildirs, and folders of all these.

use crate::intake::worker_protocol::LARGEST_MAIL;
use crate::mail::mbox;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A mail and where it came from.
pub struct Mail {
    /// A path, with `#2` and so on for the mails of an mbox.
    pub file: String,
    pub raw: Arc<[u8]>,
    /// The size in the file, in bytes, of which `raw` may be only the beginning.
    pub size: u64,
    /// When the file was written.
    modified: Option<Timestamp>,
}

impl Mail {
    /// When the mail was received: by the word of the last server it passed (its topmost Received header), else when its file was written.
    /// Never later than `now`, and never by its Date header, which is the sender's word.
    pub fn received_at(&self, now: Timestamp) -> Timestamp {
        received_header(&self.raw).or(self.modified).unwrap_or(now).min(now)
    }
}

/// The date of the topmost Received header: what follows its last semicolon (RFC 5321 §4.4).
fn received_header(raw: &[u8]) -> Option<Timestamp> {
    let head = String::from_utf8_lossy(raw.get(..raw.len().min(64 << 10))?);
    let mut lines = head.lines().take_while(|line| !line.is_empty()).skip_while(|line| !line.to_ascii_lowercase().starts_with("received:"));
    let mut header = lines.next()?.to_string();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        header.push(' ');
        header.push_str(line.trim());
    }
    let (_, date) = header.rsplit_once(';')?;
    // Comments such as "(UTC)" may follow.
    let date = date.split('(').next()?.trim();
    DateTimeParser::new().relaxed_weekday(true).parse_timestamp(date).ok()
}

/// The files under these paths, sorted, so that a folder is always ingested in the same order; hidden ones are no mails. `false`: something could
/// not be read, and was told.
pub fn under(paths: &[PathBuf]) -> (Vec<PathBuf>, bool) {
    let mut files = Vec::new();
    let mut whole = true;
    for path in paths {
        whole &= collect(path, &mut files);
    }
    (files, whole)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> bool {
    if path == Path::new("-") || !path.is_dir() {
        files.push(path.to_owned());
        return true;
    }
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let entries =
        std::fs::read_dir(path).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>());
    match entries {
        Ok(mut entries) => {
            entries.sort();
            let mut whole = true;
            for entry in entries {
                // Links are not followed into folders: they may lead back here.
                if !(hidden(&entry) || entry.is_symlink() && entry.is_dir()) {
                    whole &= collect(&entry, files);
                }
            }
            whole
        }
        Err(error) => {
            eprintln!("demarche: the folder {} could not be read: {error}", path.display());
            false
        }
    }
}

/// The mails of a file, or of standard input (`-`).
///
/// # Errors
///
/// Of a file that cannot be opened, the only item says why; of one that cannot be read on, the item at which reading failed.
pub fn mails_of(file: &Path) -> impl Iterator<Item = io::Result<Mail>> {
    let modified = std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok().and_then(|time| Timestamp::try_from(time).ok());
    let name = file.display().to_string();
    let mut items = items(file).peekable();
    let mut count = 0;
    std::iter::from_fn(move || {
        let item = items.next()?;
        count += 1;
        let numbered = if count == 1 && items.peek().is_none() { String::new() } else { format!("#{count}") };
        Some(item.map(|item| Mail { file: format!("{name}{numbered}"), raw: item.raw.into(), size: item.size, modified }))
    })
}

fn items(file: &Path) -> Box<dyn Iterator<Item = io::Result<mbox::Item>>> {
    // One byte more than a worker takes, so that a mail of the very limit is still seen whole.
    let items = |from: Box<dyn BufRead>| Box::new(mbox::Items::of(from, LARGEST_MAIL));
    if file == Path::new("-") {
        return items(Box::new(BufReader::new(io::stdin())));
    }
    match File::open(file) {
        Ok(opened) => items(Box::new(BufReader::new(opened))),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_server_s_word_counts_and_the_date_header_never() {
        let raw = b"Return-Path: <a@b.example>\r\nReceived: from x by y; Mon, 2 Mar 2026\r\n 10:00:00 +0100 (CET)\r\nReceived: by z; Sun, 1 Mar 2026 09:00:00 +0100\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n";
        assert_eq!(received_header(raw), "2026-03-02T09:00:00Z".parse().ok());
        assert_eq!(received_header(b"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\nReceived: by z; Sun, 1 Mar 2026 09:00:00 +0100"), None);
    }
}
