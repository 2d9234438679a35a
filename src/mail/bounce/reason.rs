//! Why a letter was refused: from the server's words and its enhanced code to the small set of [`BounceReason`].
//!
//! Words win over codes, because servers put X.7.1 and X.0.0 on everything while their sentences are specific; codes decide where the words
//! say nothing known. The phrases are what servers print (`reasons.txt`); the code table is RFC 3463 §3 with the registrations of RFC 4954,
//! 7372, 7505 and 7293 and Microsoft's and Google's own details.
//!
//! Considered instead: a table by server. Most bounces quote a second server's reply, so the words travel through every format.

use super::code::Status;
use super::notice::bounded;
pub(super) use crate::domain::deliverability::RefusalMeaning;
use crate::mail::understood::BounceReason;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// Bytes of a diagnostic that are looked at.
const DIAGNOSTIC_LIMIT: usize = 8 * 1024;

use BounceReason::{
    Content, Expired, MailboxDisabled, MailboxFull, Moved, Network, NoSuchHost, NoSuchUser, NotAuthenticated, Other, PolicyRefused,
    TooLarge,
};
use RefusalMeaning::{NameServerTrouble, Reason, SenderRefused, TakesNoMail};

/// What servers say, by meaning; people may read and extend it without reading this file.
const PHRASES: &str = include_str!("reasons.txt");

/// Finds every phrase of a part of the table in one pass over a diagnostic.
struct Matcher {
    /// `None` only if the table were too large for an automaton; a diagnostic without a reason is still a diagnostic.
    automaton: Option<AhoCorasick>,
    /// For each phrase the place of its section.
    owners: Vec<usize>,
    sections: Vec<RefusalMeaning>,
}

impl Matcher {
    fn of(part: &str) -> Matcher {
        let (mut owners, mut sections, mut phrases) = (Vec::new(), Vec::new(), Vec::new());
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("== ") {
                Some(name) => sections.push(meaning_named(name).unwrap_or(Reason(BounceReason::Other))),
                None => {
                    owners.push(sections.len().saturating_sub(1));
                    phrases.push(line);
                }
            }
        }
        Matcher { automaton: AhoCorasick::new(phrases).ok(), owners, sections }
    }

    fn first(&self, text: &str) -> Option<RefusalMeaning> {
        let found =
            self.automaton.as_ref()?.find_overlapping_iter(text).filter_map(|found| self.owners.get(found.pattern().as_usize())).min()?;
        self.sections.get(*found).copied()
    }
}

static STRONG: LazyLock<Matcher> = LazyLock::new(|| Matcher::of(PHRASES.split("\n==== weak\n").next().unwrap_or_default()));
static WEAK: LazyLock<Matcher> = LazyLock::new(|| Matcher::of(PHRASES.split("\n==== weak\n").nth(1).unwrap_or_default()));

/// The meaning a section of the table stands for: a [`BounceReason`] by its name in JSON, or one of our own.
fn meaning_named(name: &str) -> Option<RefusalMeaning> {
    match name {
        "sender_refused" => Some(SenderRefused),
        "takes_no_mail" => Some(TakesNoMail),
        "name_server_trouble" => Some(NameServerTrouble),
        _ => serde_json::from_value(serde_json::Value::from(name)).ok().map(Reason),
    }
}

/// What a diagnostic says in words that are clear; `None` if no known phrase is in it.
pub(super) fn by_words(diagnostic: &str) -> Option<RefusalMeaning> {
    STRONG.first(&flowing_words(bounded(diagnostic, DIAGNOSTIC_LIMIT)))
}

/// What it says in words that any refusal may have.
pub(super) fn by_weak_words(diagnostic: &str) -> Option<RefusalMeaning> {
    WEAK.first(&flowing_words(bounded(diagnostic, DIAGNOSTIC_LIMIT)))
}

/// Lower case, blanks single, and a continued reply ("550-5.1.1 The account", RFC 5321 §4.2.1) without the code repeated in its middle, so
/// that a phrase broken over two lines is found.
fn flowing_words(diagnostic: &str) -> String {
    let mut out = String::with_capacity(diagnostic.len());
    let mut words = diagnostic.split_whitespace().peekable();
    while let Some(word) = words.next() {
        // A web address names the provider's help page ("…/spam-faq"), not what happened.
        if word.contains("://") {
            continue;
        }
        let bytes = word.as_bytes();
        let continued = bytes.len() >= 4
            && matches!(bytes.first(), Some(b'4' | b'5'))
            && bytes.iter().take(3).all(u8::is_ascii_digit)
            && bytes.get(3) == Some(&b'-');
        if continued && !out.is_empty() {
            continue;
        }
        let last_line = bytes.len() == 3 && bytes.iter().all(u8::is_ascii_digit) && words.peek().is_some_and(|next| is_enhanced(next));
        if last_line && !out.is_empty() {
            words.next();
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    // IronPort puts "5.1.0 - Unknown address error" before whatever a server answered to RCPT TO; what it answered stands behind.
    out.replace("unknown address error", "")
}

fn is_enhanced(word: &str) -> bool {
    word.len() >= 5 && word.starts_with(['4', '5']) && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// What an enhanced code says where the words say nothing (RFC 3463 §3 and the IANA registry of enhanced status codes).
pub(super) fn by_status(status: Status) -> Option<RefusalMeaning> {
    Some(match (status.subject, status.detail) {
        (1, 0 | 1 | 3 | 351) => Reason(NoSuchUser),
        (1, 2) => Reason(NoSuchHost),
        (1, 4) => Reason(Other),
        (1, 6) => Reason(Moved),
        (1, 7..=9) | (7, 27 | 60) => SenderRefused,
        (1, 10) => TakesNoMail,
        (2, 1) => Reason(MailboxDisabled),
        (2, 2) => Reason(MailboxFull),
        (2, 3) | (3, 4) | (7, 16) => Reason(TooLarge),
        (3, 2) => TakesNoMail,
        (4, 4) => Reason(NoSuchHost),
        (4, 7) => Reason(Expired),
        (4, 310 | 312) => NameServerTrouble,
        (4, _) => Reason(Network),
        (6, _) => Reason(Content),
        (7, 13) => Reason(MailboxDisabled),
        (7, 8 | 9 | 20..=26 | 29 | 30 | 509) => Reason(NotAuthenticated),
        (7, _) => Reason(PolicyRefused),
        _ => return None,
    })
}

/// What an SMTP reply says where nothing else does. 550 is used for everything and says nothing (RFC 5321 §4.2.3).
pub(super) fn by_reply(code: u16) -> Option<RefusalMeaning> {
    Some(match code {
        421 => Reason(Network),
        452 | 552 | 422 => Reason(MailboxFull),
        521 | 556 => TakesNoMail,
        525 => Reason(MailboxDisabled),
        530 | 534 | 535 => Reason(NotAuthenticated),
        551 => Reason(NoSuchUser),
        553 => Reason(NoSuchUser),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_our_own_address_are_not_read_as_words_about_theirs() {
        assert_eq!(by_words("553 5.1.8 <office@npm.example>... Domain of sender address does not exist"), Some(SenderRefused));
    }

    #[test]
    fn a_phrase_broken_by_a_continued_reply_is_found() {
        assert_eq!(by_words("550-5.2.2 The mailbox is 550-5.2.2 full"), Some(Reason(MailboxFull)));
        assert_eq!(by_words("said: 550-5.1.1 no such 550 5.1.1 user here"), Some(Reason(NoSuchUser)));
    }

    #[test]
    fn every_section_of_the_table_has_a_meaning() {
        for name in PHRASES.lines().filter_map(|line| line.strip_prefix("== ")) {
            assert!(meaning_named(name).is_some(), "{name}");
        }
        assert_eq!(by_weak_words("Connection timed out"), Some(Reason(Network)));
    }

    #[test]
    fn the_address_of_a_help_page_says_nothing() {
        assert_eq!(by_words("550 see https://mail.example/spam-faq"), None);
    }

    #[test]
    fn operators_give_the_reason_in_their_own_language() {
        for (words, reason) in [
            ("550 Kein solcher Benutzer", NoSuchUser),
            ("550 Nincs ilyen felhasználó", NoSuchUser),
            ("550 Користувач не існує", NoSuchUser),
            ("550 المستخدم غير موجود", NoSuchUser),
            ("552 Casella di posta piena", MailboxFull),
            ("552 메일함 용량 초과", MailboxFull),
            ("552 Message trop volumineux", TooLarge),
            ("550 Cuenta deshabilitada", MailboxDisabled),
            ("554 疑似垃圾邮件", BounceReason::LooksLikeSpam),
        ] {
            assert_eq!(by_words(words), Some(Reason(reason)), "{words}");
        }
    }

    #[test]
    fn what_no_server_says_means_nothing() {
        assert_eq!(by_words("thank you for your letter of 3 May"), None);
    }
}
