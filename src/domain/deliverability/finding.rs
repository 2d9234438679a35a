//! What a refusal says, whoever heard it: whom or what it is about, whether it may pass, whether it is a hard bounce. It knows codes and meanings;
//! the words of servers are read elsewhere (`mail::bounce`).

use serde::{Deserialize, Serialize};
use std::fmt;

/// An enhanced status code (RFC 3463): class (4 or 5; 2 only in receipts), subject, detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

impl Status {
    pub const fn new(class: u8, subject: u16, detail: u16) -> Status {
        Status { class, subject, detail }
    }

    /// X.0.0 says no more than the class; X.5.0 and X.3.0 already name a subject.
    pub fn is_generic(self) -> bool {
        self.subject == 0 && self.detail == 0
    }

    fn is(self, subject: u16, detail: u16) -> bool {
        (self.subject, self.detail) == (subject, detail)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// The SMTP command whose answer was the refusal: it says what the refusal can be about (RFC 5321 §4.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Connection, EHLO, STARTTLS, AUTH: about the two servers.
    Connection,
    /// About the sender.
    Mail,
    /// About the recipient.
    Rcpt,
    /// About the letter.
    Data,
}

/// Why a letter did not arrive: the small documented set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The mailbox does not exist.
    NoSuchUser,
    /// The host or domain does not exist, or takes no mail.
    NoSuchHost,
    /// The mailbox has another address now.
    Moved,
    /// The mailbox is there but closed: disabled, suspended, locked.
    MailboxDisabled,
    /// Over quota: this letter is lost, a later one may arrive.
    MailboxFull,
    /// The letter is larger than the mailbox or the server takes.
    TooLarge,
    /// Block lists, limits, rules, or our own address refused.
    PolicyRefused,
    /// Taken for spam.
    LooksLikeSpam,
    /// SPF, DKIM, DMARC, reverse DNS or a log-in is missing.
    NotAuthenticated,
    /// Come back later (RFC 6647).
    Greylisted,
    /// The server does not carry our mail, or not for that domain.
    RelayDenied,
    /// Connection, route, name servers, a loop.
    Network,
    /// The time for delivery ran out.
    Expired,
    /// What the letter holds or how it is built.
    Content,
    /// Nothing known was said.
    #[default]
    Other,
}

/// What words and codes say together. Finer than [`Reason`] where the same reason leads to different consequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalMeaning {
    Reason(Reason),
    /// The domain says that it takes no mail at all (null MX, RFC 7505; 521 and 556, RFC 7504).
    TakesNoMail,
    /// The DNS did not answer, or answered nonsense: nothing is known of the host.
    NameServerTrouble,
    /// It is our own address that was refused, whatever the words say of domains and users.
    SenderRefused,
}

/// Who refused, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The office's own relay, while it was given the letter.
    FromOwnRelay,
    /// Somebody says in a mail that some server refused it.
    InReport,
}

/// A refusal as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub heard: Heard,
    pub command: Option<Command>,
    pub meaning: RefusalMeaning,
    /// Of the reply or the code: 4 may pass, 5 does not.
    pub class: u8,
    /// A code that somebody wrote. A derived one proves nothing.
    pub written: Option<Status>,
    /// The server's format has a category of its own for this reason.
    pub by_category: bool,
    /// The reporting server speaks of its own users.
    pub local: bool,
    /// A report that no further attempt will be made.
    pub gave_up: bool,
    /// A report of a delay: an attempt will be made.
    pub delayed: bool,
}

/// Whom or what a refusal is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The address: no such user, host or domain, moved, closed.
    Recipient,
    /// Our own account or address: no letter would leave.
    OurAccount,
    /// This letter: too large, its content.
    Letter,
    /// Block lists, reputation, rules and preferences of the other side.
    Policy,
    /// A full mailbox or disk.
    Storage,
    /// Connections, routes, names, time.
    Network,
    #[default]
    Unclear,
}

impl About {
    const ALL: [About; 7] =
        [About::Recipient, About::OurAccount, About::Letter, About::Policy, About::Storage, About::Network, About::Unclear];

    /// The word in the register and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            About::Recipient => "recipient",
            About::OurAccount => "our_account",
            About::Letter => "letter",
            About::Policy => "policy",
            About::Storage => "storage",
            About::Network => "network",
            About::Unclear => "unclear",
        }
    }

    pub fn from_name(name: &str) -> Option<About> {
        About::ALL.into_iter().find(|about| about.name() == name)
    }

    /// Whether the letter may go to another address of the same unit and level without a person: a hard bounce, or a mailbox that stays full or
    /// closed. What is wrong with the letter or with us is wrong at the next address too.
    pub fn frees_the_next_address(self) -> bool {
        matches!(self, About::Recipient | About::Storage)
    }
}

/// What follows from a refusal, whoever told of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    pub about: About,
    /// A later attempt may succeed although nobody does anything.
    pub passes: bool,
    /// A hard bounce: the mailbox, host or domain does not exist, or the mailbox moved. The register keeps it as `dead`.
    #[serde(rename = "dead")]
    pub hard_bounce: bool,
    /// Nothing has failed yet.
    pub delayed: bool,
}

/// Reads a refusal.
pub fn judge(refusal: &Refusal) -> Finding {
    let (hard_bounce, delayed) = (is_hard_bounce(refusal), refusal.delayed);
    Finding { about: about(refusal), passes: may_pass(refusal) && (delayed || !hard_bounce), hard_bounce, delayed }
}

fn about(refusal: &Refusal) -> About {
    let own = refusal.heard == Heard::FromOwnRelay;
    // X.1.7 and X.1.8: the sender's address; X.7.60 (Exchange): no right to send as it. X.3.1: the disk of the server (RFC 3463 §3.4).
    match refusal.written {
        Some(code) if code.is(1, 7) || code.is(1, 8) || code.is(7, 60) => return About::OurAccount,
        Some(code) if code.is(3, 1) => return About::Storage,
        _ => {}
    }
    match refusal.meaning {
        RefusalMeaning::SenderRefused => About::OurAccount,
        // X.3.2 of class 4: the server takes no mail now.
        RefusalMeaning::TakesNoMail if refusal.class == 4 => About::Network,
        RefusalMeaning::TakesNoMail => About::Recipient,
        RefusalMeaning::NameServerTrouble => About::Network,
        RefusalMeaning::Reason(reason) => match reason {
            Reason::NoSuchUser | Reason::NoSuchHost | Reason::Moved | Reason::MailboxDisabled => About::Recipient,
            // Our relay carries everybody's mail for us, or it does not know us. Another server may just not be the one for that domain.
            Reason::RelayDenied | Reason::NotAuthenticated if own => About::OurAccount,
            Reason::RelayDenied | Reason::NotAuthenticated => About::Policy,
            Reason::PolicyRefused | Reason::LooksLikeSpam | Reason::Greylisted => About::Policy,
            Reason::MailboxFull => About::Storage,
            Reason::TooLarge | Reason::Content => About::Letter,
            Reason::Network | Reason::Expired => About::Network,
            Reason::Other => About::Unclear,
        },
    }
}

/// Whether this letter may still arrive. After a delay it may. After a failure not, unless its code is of class 4 and the server did not run out of
/// time: then the letter was valid and "sending in the future may be successful" (RFC 3463 §3.1). Of a full mailbox the server's word is taken: this
/// letter is lost, while the address stays in use.
fn may_pass(refusal: &Refusal) -> bool {
    refusal.delayed || refusal.class == 4 && !refusal.gave_up
}

/// Whether it is a hard bounce, after which nothing is sent there any more. Only on proof, since it takes a contact out of use:
///
/// - a mailbox that does not exist: by a code of subject X.1, by an answer to RCPT TO, or in the server's own words about its own users.
///   "User unknown" after DATA, or with no code but 550 and no command told, is how filters hide (it is common with mobile operators); under X.7
///   and X.2.0 it is a policy. "Mailbox unavailable" with a reply of class 4 is "busy or temporarily blocked" (RFC 5321 §4.2.2), unless the code
///   is of subject X.1.
/// - a host or domain that does not exist or takes no mail, unless its name servers may only have been out of order (class 4 without X.1.2).
/// - a mailbox that moved.
///
/// No hard bounce: full, disabled, blocked, refused; nor anything that our own relay says for now, or before it has heard the recipient.
fn is_hard_bounce(refusal: &Refusal) -> bool {
    let written = refusal.written;
    let subject_address = written.is_some_and(|code| code.subject == 1 && matches!(code.detail, 0 | 1 | 3 | 10 | 351));
    let not_heard_yet = matches!(refusal.command, Some(Command::Connection | Command::Mail));
    if refusal.heard == Heard::FromOwnRelay && (refusal.class != 5 || not_heard_yet) {
        return false;
    }
    match refusal.meaning {
        RefusalMeaning::Reason(Reason::NoSuchUser) => {
            let policy = written.is_some_and(|code| code.subject == 7 || code.is(2, 0));
            let told = match refusal.command {
                Some(Command::Rcpt) => true,
                Some(_) => false,
                None => refusal.local,
            };
            subject_address || refusal.by_category || !policy && refusal.class == 5 && told
        }
        RefusalMeaning::Reason(Reason::MailboxDisabled) => written.is_some_and(|code| code.is(1, 1)),
        RefusalMeaning::Reason(Reason::Moved) => true,
        RefusalMeaning::Reason(Reason::NoSuchHost) | RefusalMeaning::TakesNoMail => {
            refusal.class == 5 || written.is_some_and(|code| code.is(1, 2))
        }
        _ => false,
    }
}
