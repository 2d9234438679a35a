//! `[sending]`: how letters leave, how fast, and how long it is tried.

use super::account::{self, AccountSettings};
use super::mailbox::{MailboxKind, MailboxSettings};
use super::reader::Section;
use crate::domain::delivery::RetryRules;
use jiff::SignedDuration;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendingSettings {
    pub way: SendingWay,
    /// How fast, how often it is tried again, and when it is given up.
    pub retry: RetryRules,
    /// Where a copy of what was sent is filed.
    pub sent_folder: Option<SentFolder>,
    /// Ask for delivery status notifications where the server offers them.
    pub dsn: bool,
    /// How long a server's last word about a letter is waited for when the program is asked to stop.
    pub last_word: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendingWay {
    Maildir { path: PathBuf },
    Smtp { account: AccountSettings },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFolder {
    pub account: AccountSettings,
    pub folder: String,
}

#[derive(Clone, Copy)]
enum Kind {
    Maildir,
    Smtp,
}

pub(super) fn read(section: Section<'_>, root: &Path, mailboxes: &[MailboxSettings]) -> Option<SendingSettings> {
    if !section.has("kind") {
        section.missing("kind", "expected [sending] with kind = \"smtp\" or \"maildir\"");
    }
    let kind = section.choice("kind", &[("smtp", Kind::Smtp), ("maildir", Kind::Maildir)]);
    let way = match kind.map(|found| found.value) {
        Some(Kind::Maildir) => section
            .needed_text("path", "expected the path of the Maildir that letters are put into")
            .map(|path| SendingWay::Maildir { path: root.join(path.value) }),
        Some(Kind::Smtp) => account::read(&section, root, account::SUBMISSION).map(|account| SendingWay::Smtp { account }),
        None => {
            section.knows(&["path"]);
            section.knows(account::KEYS);
            None
        }
    };
    let whole = |key: &str, bounds, expected: &str, usual: i64| section.number(key, bounds, expected).map_or(usual, |found| found.value);
    let usual = RetryRules::default();
    let retry = RetryRules {
        per_domain_per_minute: u32::try_from(whole(
            "per_domain_per_minute",
            1..=10_000,
            "letters a minute",
            usual.per_domain_per_minute.into(),
        ))
        .unwrap_or(usual.per_domain_per_minute),
        per_minute: u32::try_from(whole("per_minute", 1..=10_000, "letters a minute", usual.per_minute.into())).unwrap_or(usual.per_minute),
        waits: waits(&section).unwrap_or(usual.waits),
        give_up_after: SignedDuration::from_hours(
            24 * whole("give_up_after_days", 1..=30, "whole days", usual.give_up_after.as_hours() / 24),
        ),
        look_after: SignedDuration::from_hours(whole("unknown_after_hours", 1..=24 * 30, "whole hours", usual.look_after.as_hours())),
        files_copies: false,
    };
    let sent_folder = sent_folder(&section, mailboxes);
    let retry = RetryRules { files_copies: sent_folder.is_some(), ..retry };
    let dsn = section.truth("dsn").is_none_or(|found| found.value);
    let last_word = Duration::from_secs(whole("last_word_seconds", 1..=600, "seconds", LAST_WORD_SECONDS).unsigned_abs());
    section.finish();
    Some(SendingSettings { way: way?, retry, sent_folder, dsn, last_word })
}

/// The unit's TimeoutStopSec of 90 leaves half a minute besides.
const LAST_WORD_SECONDS: i64 = 60;

const WAITS: &str = "expected waits as in [\"15m\", \"1h\", \"4h\"]: from 1 minute to 7 days each";

/// After the first, second, … refusal for now.
fn waits(section: &Section<'_>) -> Option<Vec<SignedDuration>> {
    let mut waits = Vec::new();
    for wait in section.texts("retry_after", WAITS)? {
        match wait.value.parse::<SignedDuration>() {
            Ok(read) if (SignedDuration::from_mins(1)..=SignedDuration::from_hours(7 * 24)).contains(&read) => waits.push(read),
            Ok(_) | Err(_) => section.document().fault(wait.span, format!("{:?} is no wait", wait.value), WAITS),
        }
    }
    if waits.is_empty() {
        section.fault("retry_after", "names no wait", WAITS);
        return None;
    }
    Some(waits)
}

const SENT_FOLDER: &str = "expected sent_folder = \"Sent\", or { mailbox = \"NAME\", folder = \"Sent\" } where several mailboxes are IMAP";

fn sent_folder(section: &Section<'_>, mailboxes: &[MailboxSettings]) -> Option<SentFolder> {
    let accounts: Vec<(&str, &AccountSettings)> = mailboxes
        .iter()
        .filter_map(|mailbox| match &mailbox.kind {
            MailboxKind::Imap { account, .. } => Some((mailbox.name.as_str(), account)),
            MailboxKind::Maildir { .. } => None,
        })
        .collect();
    if !section.is_table("sent_folder") {
        let folder = section.text("sent_folder", SENT_FOLDER)?.value;
        let [(_, account)] = accounts.as_slice() else {
            section.fault("sent_folder", format!("leaves open which of {} IMAP mailboxes is meant", accounts.len()), SENT_FOLDER);
            return None;
        };
        return Some(SentFolder { account: (*account).clone(), folder });
    }
    let written = section.section("sent_folder");
    let folder = written.needed_text("folder", "expected the folder's name");
    let mailbox = written.needed_text("mailbox", "expected the name of one of the [[mailboxes]] of kind \"imap\"");
    let found = mailbox.and_then(|mailbox| {
        let account = accounts.iter().find(|(name, _)| *name == mailbox.value).map(|(_, account)| (*account).clone());
        if account.is_none() {
            let known: Vec<String> = accounts.iter().map(|(name, _)| format!("{name:?}")).collect();
            let expected = if known.is_empty() {
                "none of the [[mailboxes]] is of kind \"imap\"".to_owned()
            } else {
                format!("expected {}", known.join(", "))
            };
            written.fault("mailbox", format!("is {:?}", mailbox.value), expected);
        }
        account
    });
    written.finish();
    Some(SentFolder { account: found?, folder: folder?.value })
}
