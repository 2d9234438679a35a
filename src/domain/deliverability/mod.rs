//! What it means that a letter was refused or came back: whom that is about, and what follows for the letter, the address and the office's sending.
//!
//! One rule for the office's own relay, which refuses while a letter is handed over, and for reports that come later. It knows codes and meanings;
//! the words of servers are read elsewhere (`mail::bounce`). It refuses to believe a report because of what it says of itself: only how it came
//! ([`Witness`]) decides whether it does anything.

use jiff::SignedDuration;
use jiff::civil::Date;
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
pub enum Meaning {
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
    /// The office's own relay, while the letter was handed over.
    FromOwnRelay,
    /// Somebody says in a mail that some server refused it.
    InReport,
}

/// A refusal as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub heard: Heard,
    pub command: Option<Command>,
    pub meaning: Meaning,
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

    /// Whether the letter may go to another address of the same unit and level without a person: a dead address, or a mailbox that stays full or
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
    /// The address is proven to be dead: no such mailbox, host or domain, or moved.
    pub dead: bool,
    /// Nothing has failed yet.
    pub delayed: bool,
}

/// Reads a refusal.
pub fn judge(refusal: &Refusal) -> Finding {
    let (dead, delayed) = (is_dead(refusal), refusal.delayed);
    Finding { about: about(refusal), passes: may_pass(refusal) && (delayed || !dead), dead, delayed }
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
        Meaning::SenderRefused => About::OurAccount,
        // X.3.2 of class 4: the server takes no mail now.
        Meaning::TakesNoMail if refusal.class == 4 => About::Network,
        Meaning::TakesNoMail => About::Recipient,
        Meaning::NameServerTrouble => About::Network,
        Meaning::Reason(reason) => match reason {
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

/// Will this letter still arrive? A delay: yes, perhaps. A failure: no, unless its code is of class 4 and the server did not run out of time: then
/// the letter was valid and "sending in the future may be successful" (RFC 3463 §3.1). A full mailbox counts as what the server says: this letter
/// is lost, while the address lives on.
fn may_pass(refusal: &Refusal) -> bool {
    refusal.delayed || refusal.class == 4 && !refusal.gave_up
}

/// May no letter be sent there any more? Only on proof, since it takes a contact out of use:
///
/// - a mailbox that does not exist: by a code of subject X.1, by an answer to RCPT TO, or in the server's own words about its own users.
///   "User unknown" after DATA, or with no code but 550 and no command told, is how filters hide (it is common with mobile operators); under X.7
///   and X.2.0 it is a policy. "Mailbox unavailable" with a reply of class 4 is "busy or temporarily blocked" (RFC 5321 §4.2.2), unless the code
///   is of subject X.1.
/// - a host or domain that does not exist or takes no mail, unless its name servers may only have been out of order (class 4 without X.1.2).
/// - a mailbox that moved.
///
/// Not dead: full, disabled, blocked, refused; nor anything that our own relay says for now, or before it has heard the recipient.
fn is_dead(refusal: &Refusal) -> bool {
    let written = refusal.written;
    let subject_address = written.is_some_and(|code| code.subject == 1 && matches!(code.detail, 0 | 1 | 3 | 10 | 351));
    let not_heard_yet = matches!(refusal.command, Some(Command::Connection | Command::Mail));
    if refusal.heard == Heard::FromOwnRelay && (refusal.class != 5 || not_heard_yet) {
        return false;
    }
    match refusal.meaning {
        Meaning::Reason(Reason::NoSuchUser) => {
            let policy = written.is_some_and(|code| code.subject == 7 || code.is(2, 0));
            let told = match refusal.command {
                Some(Command::Rcpt) => true,
                Some(_) => false,
                None => refusal.local,
            };
            subject_address || refusal.by_category || !policy && refusal.class == 5 && told
        }
        Meaning::Reason(Reason::MailboxDisabled) => written.is_some_and(|code| code.is(1, 1)),
        Meaning::Reason(Reason::Moved) => true,
        Meaning::Reason(Reason::NoSuchHost) | Meaning::TakesNoMail => refusal.class == 5 || written.is_some_and(|code| code.is(1, 2)),
        _ => false,
    }
}

/// How it is known that a letter was refused. What a report says of itself (Reporting-MTA and its like) is text and proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// Our own relay said so while the letter was handed over.
    OwnRelay,
    /// A report to the signed envelope address of that very delivery, which names its recipient or nobody.
    EnvelopeAddress,
    /// A report about our Message-ID that came into being on our own server, as its Received lines prove.
    OwnServer,
    /// A person of the office says so.
    Person,
    /// Anybody may have written it.
    Nobody,
}

/// How a report about a delivery came.
#[derive(Debug, Clone, Copy)]
pub struct Came {
    /// Nothing speaks against its being about that letter.
    pub is_linked: bool,
    /// It came to the signed envelope address of the delivery.
    pub to_envelope: bool,
    /// It came into being on our own server, as its Received lines prove.
    pub born_here: bool,
    /// It names the delivery's recipient, or nobody.
    pub names_recipient: bool,
    /// A person has typed something into its readable part: whoever can type there is reading.
    pub is_typed: bool,
}

/// What a report is worth by how it came.
pub fn witness(came: &Came) -> Witness {
    match came {
        Came { is_linked: false, .. } | Came { names_recipient: false, .. } | Came { is_typed: true, .. } => Witness::Nobody,
        Came { to_envelope: true, .. } => Witness::EnvelopeAddress,
        Came { born_here: true, .. } => Witness::OwnServer,
        _ => Witness::Nobody,
    }
}

/// What is to be done about a refused letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// It may still arrive.
    Wait,
    /// The address is written to no more. The letter goes to another of the same unit and level, or waits for a person.
    Suppress,
    /// After the usual waits, for days.
    TryAgain,
    /// After days: mailboxes are emptied by people. Then it goes to another address of the same unit and level.
    TryAgainInDays,
    /// The letter stays, staff are told, and a person decides.
    Hold,
    /// No other letter would fare better: the pass ends, the operator is told, and the letters stay. A report stops them for [`STOPPED_BY_REPORT`].
    StopSending,
    /// Nothing is changed and nobody else is written to; the steps of the request rest for some days, and a person may confirm it in one step.
    Rest,
}

/// Refusals of recipients in a row, each in another domain, from which on they say something of the relay and not of the addresses.
const RELAY_IS_TO_BLAME: u32 = 3;

/// For so long no letter leaves once a report says that our own account or address was refused, unless a person acts. Then the next letters show whether
/// it is mended. Long enough for the operator to be told; and whoever has got a letter, and so its envelope address, cannot stop the office for longer.
pub const STOPPED_BY_REPORT: SignedDuration = SignedDuration::from_hours(4);

/// So long after a report stopped the office's letters, further ones to envelope addresses of the same authority do not stop them again.
pub const STOPS_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What a report still is worth beside others. An envelope address is known to whoever got its letter: from all letters of one authority together the
/// office's letters can be stopped once a day. What says so once more is told, and a person decides. `stopped_before`: how long ago such a report of the
/// same authority last stopped them.
pub fn worth(finding: Finding, witness: Witness, stopped_before: Option<SignedDuration>) -> Witness {
    let is_spent = stopped_before.is_some_and(|before| before < STOPS_AGAIN_AFTER);
    match witness {
        Witness::EnvelopeAddress if is_spent && measure(finding, witness, 1) == Measure::StopSending => Witness::Nobody,
        _ => witness,
    }
}

/// Decides what follows. `domains_in_a_row`: so many domains' recipients did our relay refuse one after the other, this one included, without
/// taking a letter in between.
pub fn measure(finding: Finding, witness: Witness, domains_in_a_row: u32) -> Measure {
    if witness == Witness::OwnRelay {
        return match finding {
            Finding { about: About::OurAccount, .. } => Measure::StopSending,
            Finding { dead: true, .. } if domains_in_a_row >= RELAY_IS_TO_BLAME => Measure::StopSending,
            Finding { dead: true, .. } => Measure::Suppress,
            Finding { about: About::Recipient | About::Storage, passes: false, .. } => Measure::TryAgainInDays,
            Finding { about: About::Letter, passes: false, .. } => Measure::Hold,
            _ => Measure::TryAgain,
        };
    }
    match finding {
        Finding { delayed: true, .. } => Measure::Wait,
        _ if witness == Witness::Nobody => Measure::Rest,
        Finding { about: About::OurAccount, passes: false, .. } => Measure::StopSending,
        Finding { dead: true, .. } => Measure::Suppress,
        Finding { about: About::Recipient | About::Storage, .. } | Finding { passes: true, .. } => Measure::TryAgainInDays,
        _ => Measure::Hold,
    }
}

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// A person, or the directory, says that it is to be used again.
    Good,
    /// Somebody says that it is dead, and nothing proves it. It is written to as before.
    Suspect,
    /// Written to no more.
    Suppressed,
}

impl AddressState {
    pub fn name(self) -> &'static str {
        match self {
            AddressState::Good => "good",
            AddressState::Suspect => "suspect",
            AddressState::Suppressed => "suppressed",
        }
    }

    pub fn from_name(name: &str) -> Option<AddressState> {
        [AddressState::Good, AddressState::Suspect, AddressState::Suppressed].into_iter().find(|state| state.name() == name)
    }

    /// The state after a refusal to which this is done; none if it stays as it is. `before_state`: the letter had left before the address came
    /// into its state, and the report came after that. It says nothing of the address since that was taken into use again.
    pub fn after(known: Option<AddressState>, before_state: bool, measure: Measure, finding: Finding) -> Option<AddressState> {
        if before_state && known == Some(AddressState::Good) {
            return None;
        }
        match measure {
            Measure::Suppress if known != Some(AddressState::Suppressed) => Some(AddressState::Suppressed),
            Measure::Rest if finding.dead && !matches!(known, Some(AddressState::Suppressed | AddressState::Suspect)) => {
                Some(AddressState::Suspect)
            }
            _ => None,
        }
    }
}

/// Whether the directory's owner takes an address into use again: the row of its holder has changed, or was confirmed after the day of the proof.
/// The same file every night is neither.
pub fn revives(row_changed: bool, confirmed_on: Option<Date>, proven_on: Date) -> bool {
    row_changed || confirmed_on.is_some_and(|confirmed_on| confirmed_on > proven_on)
}

/// What lists say of how a request was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Waiting,
    Attempting,
    Accepted,
    Unknown,
    Cancelled,
    /// A letter came back or was refused, and nobody has acted on it.
    CameBack,
    /// So did one, and its address is written to no more.
    Suppressed,
    /// Somebody says that a letter came back, nothing proves it, and nobody has decided.
    Reported,
}

/// One letter of a request as it stands with its main recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// [`Delivery::CameBack`] if it came back or was refused.
    pub delivery: Delivery,
    /// The address is written to no more.
    pub suppressed: bool,
    /// A person has acted on its coming back.
    pub dealt_with: bool,
    /// Authority, unit and level of the recipient.
    pub seat: (i64, String, String),
}

/// Which letter of a request, oldest first, is to be told as come back: the latest on which nobody has acted, unless a later one got through to the
/// same unit and level.
pub fn came_back(letters: &[Sent]) -> Option<usize> {
    let got_through = |from: usize, seat: &(i64, String, String)| {
        letters.iter().skip(from + 1).any(|later| later.delivery == Delivery::Accepted && later.seat == *seat)
    };
    let told = |(place, letter): &(usize, &Sent)| {
        letter.delivery == Delivery::CameBack && !letter.dealt_with && !got_through(*place, &letter.seat)
    };
    letters.iter().enumerate().rev().find(told).map(|(place, _)| place)
}

/// How a request was delivered, from its letters, oldest first. `is_open`: an answer is still expected. `claimed`: somebody says that a letter came
/// back, and nobody has decided.
pub fn delivery(letters: &[Sent], is_open: bool, claimed: bool) -> Option<Delivery> {
    match came_back(letters).and_then(|place| letters.get(place)).filter(|_| is_open) {
        Some(letter) if letter.suppressed => Some(Delivery::Suppressed),
        Some(_) => Some(Delivery::CameBack),
        None if is_open && claimed => Some(Delivery::Reported),
        None => letters.last().map(|letter| letter.delivery),
    }
}

#[cfg(test)]
mod stories;
