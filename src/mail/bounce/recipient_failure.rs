//! What one report says of one recipient, before it is judged; and the judgement.
//!
//! Readers only collect: address, action, codes, words, and which SMTP command was refused. What follows from that (reason, status,
//! permanent, hard bounce) is decided here, once, for all servers.

use super::code::{Status, best_status, reply_code};
use super::notice::bounded;
use super::reason::{RefusalMeaning, by_reply, by_status, by_weak_words, by_words};
pub(super) use crate::domain::deliverability::Command;
use crate::domain::deliverability::{self, Finding, Heard, Refusal};
use crate::mail::understood::{BounceReason, BouncedRecipient};

/// Bytes of a diagnostic that are kept; RFC 3464 sets no limit, servers stay far below.
const DIAGNOSTIC_KEPT: usize = 2 * 1024;

/// Bytes of a recipient's words that are looked at.
const WORDS_LIMIT: usize = 8 * 1024;

/// RFC 3464 §2.3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Action {
    #[default]
    Failed,
    Delayed,
    Delivered,
    Relayed,
    Expanded,
}

impl Action {
    /// The word as servers write it: with a comment behind, in a near miss (`failure`, `error`), in any case.
    pub(super) fn from_field(value: &str) -> Option<Action> {
        let word = value.trim().to_ascii_lowercase();
        [
            ("fail", Action::Failed),
            ("error", Action::Failed),
            ("undeliver", Action::Failed),
            ("reject", Action::Failed),
            ("delay", Action::Delayed),
            ("deliverable", Action::Delivered),
            ("deliver", Action::Delivered),
            ("relay", Action::Relayed),
            ("expand", Action::Expanded),
        ]
        .into_iter()
        .find(|(start, _)| word.starts_with(start))
        .map(|(_, action)| action)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Action::Failed => "failed",
            Action::Delayed => "delayed",
            Action::Delivered => "delivered",
            Action::Relayed => "relayed",
            Action::Expanded => "expanded",
        }
    }

    pub(super) fn is_trouble(self) -> bool {
        matches!(self, Action::Failed | Action::Delayed)
    }
}

impl Command {
    /// The command a server's words name; of several (a transcript) the first that was refused is given by the caller's text.
    pub(super) fn in_text(text: &str) -> Option<Command> {
        let lower = bounded(text, 4096).to_ascii_lowercase();
        let first = |needles: &[&str]| needles.iter().filter_map(|needle| lower.find(needle)).min();
        [
            (
                first(&[
                    "rcpt to",
                    "rcpt_to",
                    "rcpt command",
                    "after rcpt",
                    "does not like recipient",
                    "rejected recipient",
                    "[rcpt",
                    "smtp:rcpt",
                ]),
                Command::Rcpt,
            ),
            (first(&["mail from", "mail_from", "mail command", "sender was rejected", "[mail", "smtp:mail"]), Command::Mail),
            (
                first(&[
                    "end of data",
                    "data command",
                    "text command",
                    ">>> data",
                    "(data)",
                    "[data]",
                    "after data",
                    "smtp:data",
                    "[bodytext]",
                    "after i sent the message",
                    "after pipelined data",
                    "end_of_data",
                    "sent_message",
                ]),
                Command::Data,
            ),
            (
                first(&[
                    "helo command",
                    "ehlo command",
                    "after initial connection",
                    "refused to talk to me",
                    "handshake",
                    "starttls",
                    "connected to",
                ]),
                Command::Connection,
            ),
        ]
        .into_iter()
        .filter_map(|(place, command)| place.map(|place| (place, command)))
        .min_by_key(|(place, _)| *place)
        .map(|(_, command)| command)
    }
}

/// One recipient as a report speaks of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Failure {
    pub address: Option<String>,
    pub action: Action,
    /// The report's Status field.
    pub status: Option<Status>,
    /// The server's words: its own and those it quotes.
    pub diagnostic: String,
    pub command: Option<Command>,
    /// What the server's format itself says of the reason, beyond its words.
    pub reason: Option<BounceReason>,
    /// The words are the reporting server's own, about its own users, whatever codes stand in them. Set by readers that know their server.
    pub local: bool,
    /// The Status field repeats the kind of the report and nothing else, so words may contradict its class.
    pub status_says_nothing: bool,
}

impl Failure {
    /// The words are cut to what is looked at: a report may give all its words to each of a thousand recipients.
    pub(super) fn failed(address: impl Into<String>, words: impl AsRef<str>) -> Failure {
        Failure { address: Some(address.into()), diagnostic: bounded(words.as_ref(), WORDS_LIMIT).to_owned(), ..Failure::default() }
    }

    pub(super) fn with_command_from(mut self, text: &str) -> Failure {
        self.command = self.command.or_else(|| Command::in_text(text));
        self
    }
}

/// Draws the conclusions for one recipient. Its address stays empty where the report names none.
pub(super) fn judge(failure: &Failure) -> BouncedRecipient {
    let address = failure.address.clone().unwrap_or_default();
    let words = failure.diagnostic.split_whitespace().collect::<Vec<_>>().join(" ");
    let smtp_code = reply_code(bounded(&failure.diagnostic, DIAGNOSTIC_KEPT)).or_else(|| reply_code(bounded(&words, DIAGNOSTIC_KEPT)));
    let said = best_status(bounded(&words, DIAGNOSTIC_KEPT));
    let meaning = meaning(failure, said, smtp_code, &words);
    let status = status(failure, said, smtp_code, meaning, &words);
    let written = said.filter(|said| !said.is_generic()).or(failure.status);
    let finding = deliverability::judge(&Refusal {
        heard: Heard::InReport,
        command: failure.command,
        meaning,
        class: status.map_or(5, |status| status.class),
        written,
        by_category: failure.reason == Some(BounceReason::NoSuchUser) || edge_block(written, &words).is_some(),
        local: failure.local,
        gave_up: gave_up(status, meaning, &words),
        delayed: failure.action != Action::Failed,
    });
    let diagnostic = (!words.is_empty()).then(|| bounded(&words, DIAGNOSTIC_KEPT).to_owned());
    BouncedRecipient {
        address,
        action: failure.action.name().to_owned(),
        status: status.map(|status| status.to_string()),
        smtp_code,
        reason: reason(meaning),
        finding,
        diagnostic,
    }
}

/// What the office's own relay means by its answer to a command.
pub(super) fn refused_by_own_relay(command: Command, code: u16, reply: &str) -> Finding {
    let failure = Failure { command: Some(command), ..Failure::failed("", reply) };
    let words = failure.diagnostic.split_whitespace().collect::<Vec<_>>().join(" ");
    let written = best_status(bounded(&words, DIAGNOSTIC_KEPT));
    deliverability::judge(&Refusal {
        heard: Heard::FromOwnRelay,
        command: failure.command,
        meaning: meaning(&failure, written, Some(code), &words),
        class: if code >= 500 { 5 } else { 4 },
        written: written.filter(|written| !written.is_generic()),
        by_category: edge_block(written, &words).is_some(),
        local: false,
        gave_up: false,
        delayed: false,
    })
}

/// What the refusal is about: the server's own category, then words, then the exact code, then the reply.
fn meaning(failure: &Failure, said: Option<Status>, smtp_code: Option<u16>, words: &str) -> RefusalMeaning {
    let exact = said.filter(|status| !status.is_generic()).or(failure.status.filter(|status| !status.is_generic()));
    let meaning = failure
        .reason
        .map(RefusalMeaning::Reason)
        .or_else(|| edge_block(exact, words))
        .or_else(|| by_words(words))
        .or_else(|| exact.and_then(by_status))
        .or_else(|| by_weak_words(words))
        .or_else(|| smtp_code.and_then(by_reply))
        .unwrap_or(RefusalMeaning::Reason(BounceReason::Other));
    let about_recipient = matches!(meaning, RefusalMeaning::Reason(BounceReason::NoSuchUser | BounceReason::NoSuchHost));
    match failure.command {
        // An answer to MAIL FROM cannot be about a recipient it has not heard of yet.
        Some(Command::Mail) if about_recipient => RefusalMeaning::SenderRefused,
        _ => meaning,
    }
}

/// Exchange Online refuses addresses its directory does not hold with `550 5.4.1 … Recipient address rejected: Access denied`
/// (Directory-Based Edge Blocking, Microsoft's documentation of that name).
fn edge_block(exact: Option<Status>, words: &str) -> Option<RefusalMeaning> {
    let denied = exact.is_some_and(|status| (status.subject, status.detail) == (4, 1))
        && words.to_ascii_lowercase().contains("recipient address rejected: access denied");
    denied.then_some(RefusalMeaning::Reason(BounceReason::NoSuchUser))
}

fn reason(meaning: RefusalMeaning) -> BounceReason {
    match meaning {
        RefusalMeaning::Reason(reason) => reason,
        RefusalMeaning::TakesNoMail => BounceReason::NoSuchHost,
        RefusalMeaning::NameServerTrouble => BounceReason::Network,
        RefusalMeaning::SenderRefused => BounceReason::PolicyRefused,
    }
}

/// The RFC 3463 code: that of the words where it says more than the field, the field's otherwise. Where neither is given, one is derived
/// from the reason and the class: a report of failure means 5, but for what can only be said after temporary errors.
fn status(failure: &Failure, said: Option<Status>, smtp_code: Option<u16>, meaning: RefusalMeaning, words: &str) -> Option<Status> {
    let given = failure.status.filter(|_| !failure.status_says_nothing);
    match (said, given) {
        (Some(said), Some(given)) if !said.is_generic() && says_less(given, said) => return Some(said),
        (_, Some(given)) => return Some(given),
        (Some(said), None) => return Some(said),
        (None, None) => {}
    }
    let class = match (smtp_code, failure.action) {
        (Some(code), _) if code >= 500 => 5,
        (Some(_), _) => 4,
        (None, _) if meaning == RefusalMeaning::TakesNoMail => 5,
        (None, Action::Delayed) => 4,
        (None, Action::Delivered | Action::Relayed | Action::Expanded) => 2,
        (None, Action::Failed) if met_temporary_errors(words) => 4,
        (None, Action::Failed) => 5,
    };
    // A server that writes a code for every report writes X.0.0 where it knows no better; that is kept, not improved.
    if let Some(given) = failure.status.filter(|_| meaning != RefusalMeaning::TakesNoMail) {
        return Some(Status { class, ..given });
    }
    let (subject, detail) = derived(meaning, words);
    Some(Status { class, subject, detail })
}

/// X.0.0 says nothing, X.n.0 only the subject ("other or undefined", RFC 3463 §3), and X.4.7 that the server gave up, not what it met: a code
/// in the answer it got says more.
fn says_less(given: Status, said: Status) -> bool {
    given.is_generic() || given.detail == 0 && said.detail != 0 || (given.subject, given.detail) == (4, 7)
}

/// Exim's words for an address whose every attempt met a temporary error ("Retry rules" in its specification), sendmail's for one it will
/// try no more ("... Deferred: …"), and those that say so themselves.
fn met_temporary_errors(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    [
        "retry timeout exceeded",
        "retry time not reached",
        "all hosts have been failing for a long time",
        "... deferred:",
        "temporary failure",
        "temporary error",
        "temporary problem",
        "temporarily deferred",
        "temporarily rejected",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase))
}

/// Subject and detail that stand for a reason in RFC 3463.
fn derived(meaning: RefusalMeaning, words: &str) -> (u16, u16) {
    match meaning {
        RefusalMeaning::TakesNoMail => (1, 10),
        RefusalMeaning::NameServerTrouble => (4, 3),
        RefusalMeaning::SenderRefused => (1, 8),
        RefusalMeaning::Reason(reason) => match reason {
            BounceReason::NoSuchUser => (1, 1),
            // Exim's word for what no router took: X.4.4 is "unable to route".
            BounceReason::NoSuchHost if words.to_ascii_lowercase().contains("unrouteable address") => (4, 4),
            BounceReason::NoSuchHost => (1, 2),
            BounceReason::Moved => (1, 6),
            BounceReason::MailboxDisabled => (2, 1),
            BounceReason::MailboxFull => (2, 2),
            BounceReason::TooLarge => (2, 3),
            BounceReason::PolicyRefused | BounceReason::LooksLikeSpam | BounceReason::RelayDenied | BounceReason::Greylisted => (7, 1),
            BounceReason::NotAuthenticated => (7, 1),
            BounceReason::Expired => (4, 7),
            BounceReason::Network => (4, 1),
            BounceReason::Content => (6, 0),
            BounceReason::Other => (0, 0),
        },
    }
}

/// The server ran out of time or of ways: it makes no further attempt, whatever class its code has.
fn gave_up(status: Option<Status>, meaning: RefusalMeaning, words: &str) -> bool {
    matches!(meaning, RefusalMeaning::Reason(BounceReason::Expired | BounceReason::Network) | RefusalMeaning::NameServerTrouble)
        || status.is_some_and(|status| status.subject == 4)
        || words.to_ascii_lowercase().contains("not going to try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(diagnostic: &str, status: Option<&str>, command: Option<Command>) -> BouncedRecipient {
        let failure =
            Failure { status: status.and_then(Status::from_field), command, ..Failure::failed("clerk@ministry.example", diagnostic) };
        judge(&failure)
    }

    #[test]
    fn a_full_mailbox_loses_the_letter_but_not_the_address() {
        let full = judged("550 5.2.2 Mailbox full", None, Some(Command::Rcpt));
        assert!(!full.finding.passes && !full.finding.hard_bounce);
        assert_eq!(full.reason, BounceReason::MailboxFull);
        assert_eq!(full.status.as_deref(), Some("5.2.2"));
    }

    #[test]
    fn a_code_in_the_words_that_says_more_wins_over_the_field() {
        assert_eq!(judged("550 5.1.1 no", Some("5.0.0"), None).status.as_deref(), Some("5.1.1"));
        assert_eq!(judged("452 4.4.5 Insufficient disk space", Some("4.4.7"), None).status.as_deref(), Some("4.4.5"));
        assert_eq!(judged("550 no", Some("5.0.0"), None).status.as_deref(), Some("5.0.0"));
    }

    #[test]
    fn user_unknown_kills_an_address_only_on_proof() {
        assert!(judged("550 User unknown", None, Some(Command::Rcpt)).finding.hard_bounce);
        assert!(!judged("550 User unknown", None, None).finding.hard_bounce);
        assert!(judged("550 5.1.1 User unknown", None, Some(Command::Data)).finding.hard_bounce);
        assert!(!judged("550 User unknown", None, Some(Command::Data)).finding.hard_bounce);
        assert!(!judged("550 5.7.1 User unknown", None, Some(Command::Rcpt)).finding.hard_bounce);
        assert!(!judged("550 User unknown", None, Some(Command::Mail)).finding.hard_bounce);
    }

    #[test]
    fn a_temporary_code_in_a_failure_leaves_the_door_open_unless_time_ran_out() {
        assert!(judged("temporary failure", Some("4.0.0"), None).finding.passes);
        assert!(!judged("Message timed out", Some("4.4.7"), None).finding.passes);
    }

    #[test]
    fn our_own_relay_is_read_by_its_codes_and_words() {
        use crate::domain::deliverability::About;
        for (command, code, reply, about, hard_bounce) in [
            (
                Command::Rcpt,
                550,
                "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in relay recipient table",
                About::Recipient,
                true,
            ),
            (Command::Rcpt, 550, "550 no such user here", About::Recipient, true),
            (Command::Rcpt, 550, "550 no", About::Unclear, false),
            (Command::Rcpt, 550, "550 5.1.2 Host unknown", About::Recipient, true),
            (Command::Rcpt, 450, "450 4.1.2 <a@b.example>: Recipient address rejected: Domain not found", About::Recipient, false),
            (Command::Rcpt, 553, "553 5.7.1 <o@npm.example>: Sender address rejected: not owned by user desk", About::OurAccount, false),
            (Command::Mail, 553, "553 5.1.8 <o@npm.example>: Sender address rejected: Domain not found", About::OurAccount, false),
            (Command::Data, 550, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", About::OurAccount, false),
            (Command::Mail, 554, "554 5.7.0 address not owned by this account", About::OurAccount, false),
            (Command::Rcpt, 554, "554 5.7.1 <a@b.example>: Relay access denied", About::OurAccount, false),
            (Command::Mail, 530, "530 5.7.0 Authentication required", About::OurAccount, false),
            (Command::Rcpt, 550, "550 5.7.1 Service unavailable; client host blocked using zen.example", About::Policy, false),
            (Command::Rcpt, 552, "552 5.2.2 Mailbox full", About::Storage, false),
            (Command::Mail, 452, "452 4.3.1 Insufficient system storage", About::Storage, false),
            (Command::Mail, 552, "552 5.3.4 Message size exceeds fixed limit", About::Letter, false),
        ] {
            let finding = refused_by_own_relay(command, code, reply);
            assert_eq!((finding.about, finding.hard_bounce), (about, hard_bounce), "{reply}");
        }
    }
}
