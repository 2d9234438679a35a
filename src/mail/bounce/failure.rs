//! What one report says of one recipient, before it is judged; and the judgement.
//!
//! Readers only collect: address, action, codes, words, and which SMTP command was refused. What follows from that (reason, status,
//! permanent, dead) is decided here, once, for all servers.

use super::code::{Status, best_status, reply_code};
use super::notice::bounded;
use super::reason::{Meaning, by_reply, by_status, by_weak_words, by_words};
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

/// The SMTP command whose answer was the refusal: it says what the refusal can be about (RFC 5321 §4.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Connection, EHLO, STARTTLS, AUTH: about the two servers.
    Connection,
    /// About the sender.
    Mail,
    /// About the recipient.
    Rcpt,
    /// About the letter.
    Data,
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

/// A recipient with what follows for the letter and for the address.
pub(super) struct Judged {
    pub recipient: BouncedRecipient,
    pub permanent: bool,
    pub dead: bool,
}

/// Draws the conclusions for one recipient. Its address stays empty where the report names none.
pub(super) fn judge(failure: &Failure) -> Judged {
    let address = failure.address.clone().unwrap_or_default();
    let words = failure.diagnostic.split_whitespace().collect::<Vec<_>>().join(" ");
    let smtp_code = reply_code(bounded(&failure.diagnostic, DIAGNOSTIC_KEPT)).or_else(|| reply_code(bounded(&words, DIAGNOSTIC_KEPT)));
    let said = best_status(bounded(&words, DIAGNOSTIC_KEPT));
    let meaning = meaning(failure, said, smtp_code, &words);
    let status = status(failure, said, smtp_code, meaning, &words);
    let reason = reason(meaning);
    let action = failure.action;
    let proof = said.filter(|said| !said.is_generic()).or(failure.status);
    let dead = is_dead(failure, status.map_or(5, |status| status.class), proof, meaning, &words);
    let diagnostic = (!words.is_empty()).then(|| bounded(&words, DIAGNOSTIC_KEPT).to_owned());
    Judged {
        permanent: is_permanent(action, status, meaning, &words) || dead && action == Action::Failed,
        dead,
        recipient: BouncedRecipient {
            address,
            action: action.name().to_owned(),
            status: status.map(|status| status.to_string()),
            smtp_code,
            reason,
            diagnostic,
        },
    }
}

/// What the refusal is about: the server's own category, then words, then the exact code, then the reply.
fn meaning(failure: &Failure, said: Option<Status>, smtp_code: Option<u16>, words: &str) -> Meaning {
    let exact = said.filter(|status| !status.is_generic()).or(failure.status.filter(|status| !status.is_generic()));
    let meaning = failure
        .reason
        .map(Meaning::Reason)
        .or_else(|| edge_block(exact, words))
        .or_else(|| by_words(words))
        .or_else(|| exact.and_then(by_status))
        .or_else(|| by_weak_words(words))
        .or_else(|| smtp_code.and_then(by_reply))
        .unwrap_or(Meaning::Reason(BounceReason::Other));
    let about_recipient = matches!(meaning, Meaning::Reason(BounceReason::NoSuchUser | BounceReason::NoSuchHost));
    match failure.command {
        // An answer to MAIL FROM cannot be about a recipient it has not heard of yet.
        Some(Command::Mail) if about_recipient => Meaning::SenderRefused,
        _ => meaning,
    }
}

/// Exchange Online refuses addresses its directory does not hold with `550 5.4.1 … Recipient address rejected: Access denied`
/// (Directory-Based Edge Blocking, Microsoft's documentation of that name).
fn edge_block(exact: Option<Status>, words: &str) -> Option<Meaning> {
    let denied = exact.is_some_and(|status| (status.subject, status.detail) == (4, 1))
        && words.to_ascii_lowercase().contains("recipient address rejected: access denied");
    denied.then_some(Meaning::Reason(BounceReason::NoSuchUser))
}

fn reason(meaning: Meaning) -> BounceReason {
    match meaning {
        Meaning::Reason(reason) => reason,
        Meaning::TakesNoMail => BounceReason::NoSuchHost,
        Meaning::NameServerTrouble => BounceReason::Network,
        Meaning::SenderRefused => BounceReason::PolicyRefused,
    }
}

/// The RFC 3463 code: that of the words where it says more than the field, the field's otherwise. Where neither is given, one is derived
/// from the reason and the class: a report of failure means 5, but for what can only be said after temporary errors.
fn status(failure: &Failure, said: Option<Status>, smtp_code: Option<u16>, meaning: Meaning, words: &str) -> Option<Status> {
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
        (None, _) if meaning == Meaning::TakesNoMail => 5,
        (None, Action::Delayed) => 4,
        (None, Action::Delivered | Action::Relayed | Action::Expanded) => 2,
        (None, Action::Failed) if met_temporary_errors(words) => 4,
        (None, Action::Failed) => 5,
    };
    // A server that writes a code for every report writes X.0.0 where it knows no better; that is kept, not improved.
    if let Some(given) = failure.status.filter(|_| meaning != Meaning::TakesNoMail) {
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
fn derived(meaning: Meaning, words: &str) -> (u16, u16) {
    match meaning {
        Meaning::TakesNoMail => (1, 10),
        Meaning::NameServerTrouble => (4, 3),
        Meaning::SenderRefused => (1, 8),
        Meaning::Reason(reason) => match reason {
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

/// Will this letter still arrive? A delay: yes, perhaps. A failure: no, unless its code is of class 4 and the server did not run out of time:
/// then the letter was valid and "sending in the future may be successful" (RFC 3463 §3.1). A full mailbox counts as what the server says:
/// this letter is lost, while the address lives on (see [`is_dead`]).
fn is_permanent(action: Action, status: Option<Status>, meaning: Meaning, words: &str) -> bool {
    match action {
        Action::Delayed | Action::Delivered | Action::Relayed | Action::Expanded => false,
        Action::Failed => {
            let temporary = status.is_some_and(|status| status.class == 4);
            let gave_up = matches!(meaning, Meaning::Reason(BounceReason::Expired | BounceReason::Network) | Meaning::NameServerTrouble)
                || status.is_some_and(|status| status.subject == 4)
                || words.to_ascii_lowercase().contains("not going to try again");
            !temporary || gave_up
        }
    }
}

/// May no letter be sent there any more? Only on proof, since it takes a contact out of use:
///
/// - a mailbox that does not exist: by a code of subject X.1, by an answer to RCPT TO, or in the server's own words about its own users.
///   "User unknown" after DATA, or with no code but 550 and no command told, is how filters hide (it is common with mobile operators);
///   under X.7 and X.2.0 it is a policy.
///   "Mailbox unavailable" with a reply of class 4 is "busy or temporarily blocked" (RFC 5321 §4.2.2), unless the code is of subject X.1.
/// - a host or domain that does not exist or takes no mail, unless its name servers may only have been out of order (class 4 without X.1.2).
/// - a mailbox that moved.
///
/// Not dead: full, disabled, blocked, refused.
///
/// `status` is a code somebody wrote; a derived one proves nothing.
fn is_dead(failure: &Failure, class: u8, status: Option<Status>, meaning: Meaning, words: &str) -> bool {
    let subject_address = status.is_some_and(|status| status.subject == 1 && matches!(status.detail, 0 | 1 | 3 | 10 | 351));
    match meaning {
        Meaning::Reason(BounceReason::NoSuchUser) => {
            let policy = status.is_some_and(|status| status.subject == 7 || (status.subject, status.detail) == (2, 0));
            let by_category = failure.reason == Some(BounceReason::NoSuchUser);
            let edge = edge_block(status, words).is_some();
            subject_address
                || by_category
                || edge
                || !policy
                    && class == 5
                    && match failure.command {
                        Some(Command::Rcpt) => true,
                        Some(_) => false,
                        None => failure.local,
                    }
        }
        Meaning::Reason(BounceReason::MailboxDisabled) => status.is_some_and(|status| (status.subject, status.detail) == (1, 1)),
        Meaning::Reason(BounceReason::Moved) => true,
        Meaning::Reason(BounceReason::NoSuchHost) | Meaning::TakesNoMail => {
            class == 5 || status.is_some_and(|status| (status.subject, status.detail) == (1, 2))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(diagnostic: &str, status: Option<&str>, command: Option<Command>) -> Judged {
        let failure =
            Failure { status: status.and_then(Status::from_field), command, ..Failure::failed("clerk@ministry.example", diagnostic) };
        judge(&failure)
    }

    #[test]
    fn a_full_mailbox_loses_the_letter_but_not_the_address() {
        let full = judged("550 5.2.2 Mailbox full", None, Some(Command::Rcpt));
        assert!(full.permanent && !full.dead);
        assert_eq!(full.recipient.reason, BounceReason::MailboxFull);
        assert_eq!(full.recipient.status.as_deref(), Some("5.2.2"));
    }

    #[test]
    fn a_code_in_the_words_that_says_more_wins_over_the_field() {
        assert_eq!(judged("550 5.1.1 no", Some("5.0.0"), None).recipient.status.as_deref(), Some("5.1.1"));
        assert_eq!(judged("452 4.4.5 Insufficient disk space", Some("4.4.7"), None).recipient.status.as_deref(), Some("4.4.5"));
        assert_eq!(judged("550 no", Some("5.0.0"), None).recipient.status.as_deref(), Some("5.0.0"));
    }

    #[test]
    fn user_unknown_kills_an_address_only_on_proof() {
        assert!(judged("550 User unknown", None, Some(Command::Rcpt)).dead);
        assert!(!judged("550 User unknown", None, None).dead);
        assert!(judged("550 5.1.1 User unknown", None, Some(Command::Data)).dead);
        assert!(!judged("550 User unknown", None, Some(Command::Data)).dead);
        assert!(!judged("550 5.7.1 User unknown", None, Some(Command::Rcpt)).dead);
        assert!(!judged("550 User unknown", None, Some(Command::Mail)).dead);
    }

    #[test]
    fn a_temporary_code_in_a_failure_leaves_the_door_open_unless_time_ran_out() {
        assert!(!judged("temporary failure", Some("4.0.0"), None).permanent);
        assert!(judged("Message timed out", Some("4.4.7"), None).permanent);
    }
}
