//! What is done about a refusal, by what it says and by how it is known.

use super::finding::{About, Finding};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// How it is known that a letter was refused. What a report says of itself (Reporting-MTA and its like) is text and proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// Our own relay said so while it was given the letter.
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
pub struct ReportOrigin {
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
pub fn witness(came: &ReportOrigin) -> Witness {
    match came {
        ReportOrigin { is_linked: false, .. } | ReportOrigin { names_recipient: false, .. } | ReportOrigin { is_typed: true, .. } => {
            Witness::Nobody
        }
        ReportOrigin { to_envelope: true, .. } => Witness::EnvelopeAddress,
        ReportOrigin { born_here: true, .. } => Witness::OwnServer,
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
const DOMAINS_THAT_SUSPECT_THE_RELAY: u32 = 3;

/// For so long no letter leaves once a report says that our own account or address was refused, unless a person acts. Then the next letters show
/// whether it is mended. Long enough for the operator to be told; and whoever has got a letter, and so its envelope address, cannot stop the office
/// for longer.
pub const STOPPED_BY_REPORT: SignedDuration = SignedDuration::from_hours(4);

/// So long after a report stopped the office's letters, further ones to envelope addresses of the same authority do not stop them again.
pub const STOPS_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Whether a report may stop the office's letters again. An envelope address is known to whoever got its letter, so that reports could be made up:
/// those to all letters of one authority together stop the office's letters once a day. A further one is told, and a person decides.
/// `stopped_before`: how long ago such a report of the same authority last stopped them.
pub fn worth(finding: Finding, witness: Witness, stopped_before: Option<SignedDuration>) -> Witness {
    let is_spent = stopped_before.is_some_and(|before| before < STOPS_AGAIN_AFTER);
    match witness {
        Witness::EnvelopeAddress if is_spent && stops_sending(finding, witness) => Witness::Nobody,
        _ => witness,
    }
}

/// Whether a report stops the office's letters.
pub fn stops_sending(finding: Finding, witness: Witness) -> bool {
    measure(finding, witness, 1) == Measure::StopSending
}

/// Decides what follows. `domains_in_a_row`: so many domains' recipients did our relay refuse one after the other, this one included, without
/// taking a letter in between.
pub fn measure(finding: Finding, witness: Witness, domains_in_a_row: u32) -> Measure {
    if witness == Witness::OwnRelay {
        return match finding {
            Finding { about: About::OurAccount, .. } => Measure::StopSending,
            Finding { hard_bounce: true, .. } if domains_in_a_row >= DOMAINS_THAT_SUSPECT_THE_RELAY => Measure::StopSending,
            Finding { hard_bounce: true, .. } => Measure::Suppress,
            Finding { about: About::Recipient | About::Storage, passes: false, .. } => Measure::TryAgainInDays,
            Finding { about: About::Letter, passes: false, .. } => Measure::Hold,
            _ => Measure::TryAgain,
        };
    }
    match finding {
        Finding { delayed: true, .. } => Measure::Wait,
        _ if witness == Witness::Nobody => Measure::Rest,
        Finding { about: About::OurAccount, passes: false, .. } => Measure::StopSending,
        Finding { hard_bounce: true, .. } => Measure::Suppress,
        Finding { about: About::Recipient | About::Storage, .. } | Finding { passes: true, .. } => Measure::TryAgainInDays,
        _ => Measure::Hold,
    }
}
