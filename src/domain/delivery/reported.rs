//! A report says that a letter came back: what it does to the letter, and what becomes of it when a person takes it back.
//!
//! [`crate::domain::deliverability`] decides what the report is worth and what is done about it.

use super::DeliveryState;
use super::retry::later;
use crate::domain::deliverability::{Finding, Measure, Witness, measure, worth};
use jiff::{SignedDuration, Timestamp};

/// A letter that came back for a reason that passes is sent again after this long: a mailbox is emptied by people, in days.
const SENT_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(2 * 24);

/// Given to a server so often, and returned each time, it counts as undeliverable.
const MOST_RETURNS: u32 = 3;

/// When a letter is sent again whose mailbox was full or closed at `now`, whoever said so.
pub fn sent_again_at(now: Timestamp) -> Timestamp {
    later(now, SENT_AGAIN_AFTER)
}

/// What is known when a report comes.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    pub finding: Finding,
    /// How it is known that the letter was refused.
    pub witness: Witness,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// How often a server has taken it, or may have.
    pub times_given: u32,
    /// The last other report about a letter to the same authority that stopped the office's letters, if one did lately.
    pub stopped: Option<StoppedBefore>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoppedBefore {
    pub at: Timestamp,
    pub is_of_same_delivery: bool,
}

/// What was made of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportStanding {
    /// It changed nothing.
    Noted,
    /// Nothing proves it, and a person decides.
    Claimed,
    Drawn,
    TakenBack,
}

impl ReportStanding {
    pub const ALL: [ReportStanding; 4] = [ReportStanding::Noted, ReportStanding::Claimed, ReportStanding::Drawn, ReportStanding::TakenBack];

    pub fn from_name(name: &str) -> Option<ReportStanding> {
        ReportStanding::ALL.into_iter().find(|standing| standing.name() == name)
    }

    /// The words in the register.
    pub fn name(self) -> &'static str {
        match self {
            ReportStanding::Noted => "noted",
            ReportStanding::Claimed => "claimed",
            ReportStanding::Drawn => "drawn",
            ReportStanding::TakenBack => "taken back",
        }
    }
}

/// What a report did, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedAs {
    Delayed,
    SaidToHaveComeBack,
    ReturnedForNow,
    Bounced,
}

/// Until when a return lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnLasts {
    SentAgain(Timestamp),
    ForGood,
}

/// What follows from a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterReport {
    /// What it is worth beside others.
    pub witness: Witness,
    pub measure: Measure,
    pub standing: ReportStanding,
    pub reported_as: ReportedAs,
    /// None: the delivery stays what it is.
    pub returned: Option<ReturnLasts>,
}

/// Decides what a report does that is taken down at `now`.
pub fn after_report(report: &Report, now: Timestamp) -> AfterReport {
    let witness = worth(report.finding, report.witness, report.stopped.map(|stopped| now.duration_since(stopped.at)));
    let measure = measure(report.finding, witness, 1);
    // Of a letter of which that is believed already, and which has not left again since.
    let is_repeated = witness != report.witness && report.stopped.is_some_and(|stopped| stopped.is_of_same_delivery);
    let after = |standing, reported_as, returned| AfterReport { witness, measure, standing, reported_as, returned };
    match measure {
        Measure::Wait => after(ReportStanding::Noted, ReportedAs::Delayed, None),
        Measure::Rest if is_repeated && report.state != DeliveryState::Accepted => {
            after(ReportStanding::Noted, ReportedAs::SaidToHaveComeBack, None)
        }
        Measure::Rest => after(ReportStanding::Claimed, ReportedAs::SaidToHaveComeBack, None),
        Measure::TryAgain | Measure::TryAgainInDays | Measure::StopSending if report.times_given < MOST_RETURNS => {
            let lasting = ReturnLasts::SentAgain(sent_again_at(now));
            let returned = (report.state == DeliveryState::Accepted).then_some(lasting);
            after(ReportStanding::Drawn, ReportedAs::ReturnedForNow, returned)
        }
        Measure::TryAgain | Measure::TryAgainInDays | Measure::Suppress | Measure::Hold | Measure::StopSending => {
            // What is being attempted stands as that attempt ends; what was cancelled is needed by nobody.
            let stays = matches!(report.state, DeliveryState::Bounced | DeliveryState::Attempting | DeliveryState::Cancelled);
            let returned = (!stays).then_some(ReturnLasts::ForGood);
            after(ReportStanding::Drawn, ReportedAs::Bounced, returned)
        }
    }
}

/// Whether the deliveries of a request's letters, copies left out, have reached nobody: then it was never made, and its clock does not run.
pub fn reached_nobody(states: impl IntoIterator<Item = DeliveryState>) -> bool {
    states.into_iter().all(DeliveryState::is_lost)
}

/// Whether what a report says, and nothing proves, is still to be decided by a person.
pub fn is_open_claim(standing: ReportStanding, request_is_settled: bool) -> bool {
    standing == ReportStanding::Claimed && !request_is_settled
}

/// Whether a report proves a hard bounce of its delivery's address: it is believed, it says so, and the letter has come back for good.
pub fn proves_hard_bounce(standing: ReportStanding, finding: Finding, state: DeliveryState) -> bool {
    standing == ReportStanding::Drawn && finding.hard_bounce && state == DeliveryState::Bounced
}

/// Whether a delivery becomes what it `was` before a report that is taken back: unless something else has happened to it since. `is`: what it is now.
/// `is_by_this_report`: it was this one by which it came back last.
pub fn can_be_restored(was: DeliveryState, is: DeliveryState, is_by_this_report: bool) -> bool {
    // An attempt that was going on then is over; and what had come back before this report did not come back by it.
    let may_be_again = !matches!(was, DeliveryState::Attempting | DeliveryState::Cancelled | DeliveryState::Bounced);
    may_be_again && is_by_this_report && matches!(is, DeliveryState::Bounced | DeliveryState::Waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deliverability::About;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3_600).unwrap()
    }

    #[test]
    fn what_a_report_does_by_what_it_says_how_it_came_and_how_often_the_letter_came_back() {
        use DeliveryState::{Accepted, Bounced, Waiting};
        use ReportStanding::{Claimed, Drawn, Noted};
        use ReportedAs::{Delayed, ReturnedForNow, SaidToHaveComeBack};
        use ReturnLasts::{ForGood, SentAgain};
        use Witness::{EnvelopeAddress, Nobody, Person};
        let finding = |about| Finding { about, ..Finding::default() };
        let (full, ours, spam) = (finding(About::Storage), finding(About::OurAccount), finding(About::Policy));
        let hard_bounce = Finding { hard_bounce: true, ..finding(About::Recipient) };
        let delay = Finding { delayed: true, passes: true, ..full };
        let again = Some(SentAgain(at(148)));
        let stopped = |hours, is_of_same_delivery| Some(StoppedBefore { at: at(hours), is_of_same_delivery });
        for (finding, witness, state, times_given, stopped, expected) in [
            (delay, EnvelopeAddress, Accepted, 1, None, (Noted, Delayed, None)),
            (hard_bounce, Nobody, Accepted, 1, None, (Claimed, SaidToHaveComeBack, None)),
            (hard_bounce, EnvelopeAddress, Accepted, 1, None, (Drawn, ReportedAs::Bounced, Some(ForGood))),
            (hard_bounce, Person, Bounced, 1, None, (Drawn, ReportedAs::Bounced, None)),
            (spam, EnvelopeAddress, Accepted, 1, None, (Drawn, ReportedAs::Bounced, Some(ForGood))),
            (full, EnvelopeAddress, Accepted, 1, None, (Drawn, ReturnedForNow, again)),
            (full, EnvelopeAddress, Accepted, 2, None, (Drawn, ReturnedForNow, again)),
            (full, EnvelopeAddress, Accepted, 3, None, (Drawn, ReportedAs::Bounced, Some(ForGood))),
            (hard_bounce, EnvelopeAddress, DeliveryState::Attempting, 2, None, (Drawn, ReportedAs::Bounced, None)),
            (hard_bounce, EnvelopeAddress, DeliveryState::Cancelled, 1, None, (Drawn, ReportedAs::Bounced, None)),
            // It waits already, by another report.
            (full, EnvelopeAddress, Waiting, 1, None, (Drawn, ReturnedForNow, None)),
            (ours, EnvelopeAddress, Accepted, 1, None, (Drawn, ReturnedForNow, again)),
            // One authority stops the office once a day.
            (ours, EnvelopeAddress, Accepted, 1, stopped(99, false), (Claimed, SaidToHaveComeBack, None)),
            (ours, EnvelopeAddress, Accepted, 1, stopped(76, false), (Drawn, ReturnedForNow, again)),
            // Of one letter it is told once; of one that has left again, once more.
            (ours, EnvelopeAddress, Waiting, 1, stopped(99, true), (Noted, SaidToHaveComeBack, None)),
            (ours, EnvelopeAddress, Accepted, 1, stopped(99, true), (Claimed, SaidToHaveComeBack, None)),
        ] {
            let after = after_report(&Report { finding, witness, state, times_given, stopped }, at(100));
            assert_eq!((after.standing, after.reported_as, after.returned), expected, "{finding:?} {witness:?} {state:?} {times_given}");
        }
    }

    #[test]
    fn what_nobody_proves_changes_no_delivery() {
        for state in DeliveryState::ALL {
            for about in [About::Recipient, About::OurAccount, About::Letter, About::Policy, About::Storage, About::Network] {
                let finding = Finding { about, hard_bounce: about == About::Recipient, ..Finding::default() };
                let report = Report { finding, witness: Witness::Nobody, state, times_given: 1, stopped: None };
                assert_eq!(after_report(&report, at(0)).returned, None, "{report:?}");
            }
        }
    }

    #[test]
    fn what_has_happened_since_is_not_undone_with_a_report() {
        use DeliveryState::{Accepted, Attempting, Bounced, Cancelled, Waiting};
        for is in DeliveryState::ALL {
            assert_eq!(can_be_restored(Accepted, is, true), matches!(is, Bounced | Waiting), "{is:?}");
            assert!(!can_be_restored(Accepted, is, false), "{is:?}");
        }
        assert!([Attempting, Cancelled, Bounced].into_iter().all(|was| !can_be_restored(was, Bounced, true)));
    }

    #[test]
    fn a_request_was_made_if_one_letter_may_have_arrived() {
        use DeliveryState::{Accepted, Attempting, Bounced, Cancelled, Refused, Unknown, Waiting};
        assert!(reached_nobody([Refused, Bounced, Cancelled]));
        assert!([Accepted, Attempting, Unknown, Waiting].into_iter().all(|state| !reached_nobody([Bounced, state])));
    }

    #[test]
    fn a_claim_is_open_until_a_person_decides_or_the_request_is_settled() {
        use ReportStanding::{Claimed, Drawn, Noted, TakenBack};
        assert!(is_open_claim(Claimed, false) && !is_open_claim(Claimed, true));
        assert!([Noted, Drawn, TakenBack].into_iter().all(|standing| !is_open_claim(standing, false)));
    }

    #[test]
    fn an_address_is_dead_by_a_report_that_is_believed_and_says_so_of_a_letter_that_stays_back() {
        let hard_bounce = Finding { about: About::Recipient, hard_bounce: true, ..Finding::default() };
        for standing in ReportStanding::ALL {
            assert_eq!(ReportStanding::from_name(standing.name()), Some(standing));
            assert_eq!(proves_hard_bounce(standing, hard_bounce, DeliveryState::Bounced), standing == ReportStanding::Drawn);
        }
        assert!(!proves_hard_bounce(ReportStanding::Drawn, Finding { hard_bounce: false, ..hard_bounce }, DeliveryState::Bounced));
        // A person has had it tried again since.
        assert!(!proves_hard_bounce(ReportStanding::Drawn, hard_bounce, DeliveryState::Accepted));
        assert!(!proves_hard_bounce(ReportStanding::Drawn, hard_bounce, DeliveryState::Waiting));
    }
}
