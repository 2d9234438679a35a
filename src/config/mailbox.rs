//! `[[mailboxes]]`: where replies are read.

use super::account::{self, AccountSettings};
use super::reader::Section;
use crate::transport::Flagging;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One account or Maildir that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxSettings {
    /// As people and `[sending]` call it.
    pub name: String,
    pub kind: MailboxKind,
    /// What is done with a mail once its bytes are committed.
    pub flagging: Flagging,
    /// How long to wait before looking again where nothing announces new mail.
    pub poll: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxKind {
    Maildir { path: PathBuf },
    Imap { account: AccountSettings, folders: Vec<String> },
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Maildir,
    Imap,
}

pub(super) fn read(sections: Vec<Section<'_>>, root: &Path) -> Vec<MailboxSettings> {
    let mut mailboxes: Vec<MailboxSettings> = Vec::new();
    for (position, section) in sections.into_iter().enumerate() {
        if !section.has("kind") {
            section.missing("kind", "expected \"imap\" or \"maildir\"");
        }
        let kind = section.choice("kind", &[("imap", Kind::Imap), ("maildir", Kind::Maildir)]);
        let mailbox = one(&section, kind.map(|found| found.value), root, position);
        if let Some(mailbox) = mailbox {
            refuse_doubles(&section, &mailboxes, &mailbox);
            mailboxes.push(mailbox);
        }
        section.finish();
    }
    mailboxes
}

fn refuse_doubles(section: &Section<'_>, mailboxes: &[MailboxSettings], mailbox: &MailboxSettings) {
    if mailboxes.iter().any(|other| other.name == mailbox.name) {
        section.fault("name", format!("is {:?}, like another mailbox", mailbox.name), "expected a name of its own");
    }
    if mailboxes.iter().any(|other| reads_the_same(&other.kind, &mailbox.kind)) {
        section.document().fault(section.span(), "a second [[mailboxes]] that reads the same", "remove one of them");
    }
}

fn one(section: &Section<'_>, kind: Option<Kind>, root: &Path, position: usize) -> Option<MailboxSettings> {
    let name = section.text("name", "expected a short name").map_or_else(|| format!("mailbox {}", position + 1), |found| found.value);
    let flagging = flagging(section, kind);
    let poll = section.number("poll_minutes", 1..=24 * 60, "whole minutes").map_or(5, |found| found.value.unsigned_abs());
    let kind = match kind {
        Some(Kind::Maildir) => {
            let path = section.needed_text("path", "expected the path of a Maildir: a folder with tmp, new and cur in it");
            path.map(|path| MailboxKind::Maildir { path: root.join(path.value) })
        }
        Some(Kind::Imap) => {
            let account = account::read(section, root, account::IMAP);
            let folders = section.texts("folders", "expected names of folders, as in [\"INBOX\", \"Replies\"]");
            let folders = folders.map_or_else(|| vec!["INBOX".to_owned()], |found| found.into_iter().map(|folder| folder.value).collect());
            if folders.is_empty() {
                section.fault("folders", "is empty", "expected at least one folder, or leave the key out for INBOX");
            }
            if account.as_ref().is_some_and(|account| account.login.is_none()) && !section.has("user") {
                section.missing("user", "expected the account's name, with its password_file, password_env or password_credential");
            }
            account.map(|account| MailboxKind::Imap { account, folders })
        }
        None => {
            section.knows(&["path", "folders"]);
            section.knows(account::KEYS);
            None
        }
    };
    kind.map(|kind| MailboxSettings { name, kind, flagging, poll: Duration::from_secs(poll * 60) })
}

const AFTER_READING: &str = "expected \"seen\", { move_to = \"FOLDER\" } or, for IMAP, { keyword = \"WORD\" }";

fn flagging(section: &Section<'_>, kind: Option<Kind>) -> Flagging {
    if !section.is_table("after_reading") {
        section.read("after_reading", AFTER_READING, |word| (word == "seen").then_some(()));
        return Flagging::Seen;
    }
    let how = section.section("after_reading");
    let move_to = how.text("move_to", AFTER_READING);
    // An IMAP keyword is an atom (RFC 3501 §2.3.2 and §9, flag-keyword).
    let keyword = how.read("keyword", "expected one word of ASCII letters, digits, $, - or _", |word| {
        word.chars().all(|letter| letter.is_ascii_alphanumeric() || "$-_".contains(letter)).then(|| word.to_owned())
    });
    let flagging = match (move_to, keyword) {
        (Some(_), Some(keyword)) => {
            how.document().fault(keyword.span, "a mail is either moved or given a keyword", AFTER_READING);
            Flagging::Seen
        }
        (Some(folder), None) => Flagging::MoveTo(folder.value),
        (None, Some(keyword)) if kind == Some(Kind::Maildir) => {
            how.document().fault(keyword.span, "a Maildir has no keywords", "expected \"seen\" or { move_to = \"FOLDER\" }");
            Flagging::Seen
        }
        (None, Some(keyword)) => Flagging::Keyword(keyword.value),
        (None, None) => {
            section.fault("after_reading", "says nothing", AFTER_READING);
            Flagging::Seen
        }
    };
    how.finish();
    flagging
}

fn reads_the_same(left: &MailboxKind, right: &MailboxKind) -> bool {
    match (left, right) {
        (MailboxKind::Maildir { path: left }, MailboxKind::Maildir { path: right }) => left == right,
        (MailboxKind::Imap { account: left, folders: left_folders }, MailboxKind::Imap { account: right, folders: right_folders }) => {
            let user = |account: &AccountSettings| account.login.as_ref().map(|login| login.user.clone());
            left.server.place() == right.server.place()
                && user(left) == user(right)
                && left_folders.iter().any(|folder| right_folders.contains(folder))
        }
        (MailboxKind::Maildir { .. }, MailboxKind::Imap { .. }) | (MailboxKind::Imap { .. }, MailboxKind::Maildir { .. }) => false,
    }
}
