//! While a mail waits for somebody, the letters of its request rest (promise 4): which mail makes which request rest, and for how long.
//!
//! Nobody is chased while what may be the answer lies unread; and nobody outside can stop a dialogue for ever by writing mails. So mail of the
//! authority rests its requests until a person has looked, everybody else's for some working days, once for each step of the ladder however many
//! mails come. What rests rises inside the office, never outward.

use super::calendar::{Calendar, Term, Unit};
use super::identity::RequestId;
use super::linking::{Clue, MailFacts, RequestFacts, Verdict};
use super::reply::Effect;
use super::rules::day_in;
use super::trust::{Proof, Writer};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Whose mail it is for which letters rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestKind {
    /// It comes from the authority as far as can be told, and may be its answer.
    OfAuthority,
    /// Anybody else's: a deputy's, a relative's, a member of staff's who passes something on.
    OfOthers,
}

impl RestKind {
    pub const ALL: [RestKind; 2] = [RestKind::OfAuthority, RestKind::OfOthers];

    /// As the register keeps it.
    pub fn name(self) -> &'static str {
        match self {
            RestKind::OfAuthority => "of authority",
            RestKind::OfOthers => "of others",
        }
    }

    pub fn from_name(name: &str) -> Option<RestKind> {
        RestKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A mail that waits, as one of the requests that rest for it sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    pub kind: RestKind,
    /// The day on which the mail was received, in the office's time zone.
    pub since: Date,
}

/// What rests because of one mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resting {
    pub requests: Vec<(RequestId, RestKind)>,
    /// Nothing says which of its sender's requests it answers: it may be any of them.
    pub all_of_sender: Option<RestKind>,
}

/// More requests than that are rested by a mail of their authority alone.
const MOST_OF_OTHERS: usize = 3;

/// What rests because of a mail about which this was decided.
pub fn resting(mail: &MailFacts, verdict: &Verdict, facts: &[RequestFacts]) -> Resting {
    let carried = verdict.links.iter().map(|link| &link.evidence).chain(verdict.suggestions.iter().map(|suggestion| &suggestion.evidence));
    let is_carried = carried.flatten().any(|evidence| evidence.clue.is_carried());
    // Who forges a sender, or writes to many, must not stop a dialogue.
    if mail.proof == Proof::Contradicted || (mail.bulk || mail.perhaps_spam) && !is_carried || mail.from_ourselves || mail.of_check {
        return Resting::default();
    }
    let writer = |request: RequestId| facts.iter().find(|facts| facts.id == request).map(|facts| facts.author);
    let kind = |request: RequestId| match writer(request) {
        Some(writer) if writer.is_of_authority() => RestKind::OfAuthority,
        _ => RestKind::OfOthers,
    };
    let by_sender_alone = verdict.standing.waits_for_a_person()
        && verdict.suggestions.iter().flat_map(|suggestion| &suggestion.evidence).all(|evidence| evidence.clue == Clue::SenderOfAuthority);
    if by_sender_alone {
        let kinds = || verdict.suggestions.iter().map(|suggestion| kind(suggestion.request));
        let of_authority = kinds().next().is_none() || kinds().any(|kind| kind == RestKind::OfAuthority);
        return Resting { requests: vec![], all_of_sender: Some(if of_authority { RestKind::OfAuthority } else { RestKind::OfOthers }) };
    }
    if mail.is_probably_automatic() {
        return Resting { requests: verdict.links.iter().map(|link| (link.request, RestKind::OfOthers)).collect(), all_of_sender: None };
    }
    let waiting = verdict.links.iter().filter(|link| link.effect == Effect::Waiting).map(|link| link.request);
    let requests = waiting.chain(verdict.suggestions.iter().map(|suggestion| suggestion.request));
    let requests = requests.filter(|request| writer(*request) != Some(Writer::CoAddressee));
    let mut resting: Vec<(RequestId, RestKind)> = requests.map(|request| (request, kind(request))).collect();
    if resting.iter().filter(|(_, kind)| *kind == RestKind::OfOthers).count() > MOST_OF_OTHERS {
        resting.retain(|(_, kind)| *kind == RestKind::OfAuthority);
    }
    Resting { requests: resting, all_of_sender: None }
}

/// For how long mail of others than the authority rests a step.
#[derive(Debug, Clone)]
pub struct RestTerms<'a> {
    /// Working days.
    pub hold_days: u32,
    /// The office's own, like the zone.
    pub calendar: Cow<'a, Calendar>,
    pub zone: &'a TimeZone,
}

impl RestTerms<'_> {
    /// The day after so many times the term that begins on `since`.
    pub fn end(&self, since: Date, times: u32) -> Date {
        let length = self.hold_days.saturating_mul(times);
        Term { length, unit: Unit::WorkingDays, end_on_working_day: false }.end(since, &self.calendar)
    }
}

/// Whether a step that fell due on `due` rests at `now`.
///
/// Mail of others rests a step from its receipt, and never for longer than the term after the step fell due: so that one mail after the other does
/// not rest it for ever.
pub fn is_resting(rests: &[Rest], due: Date, now: Timestamp, terms: &RestTerms<'_>) -> bool {
    let (today, last) = (day_in(now, terms.zone), terms.end(due, 1));
    rests.iter().any(|rest| match rest.kind {
        RestKind::OfAuthority => true,
        RestKind::OfOthers => today < terms.end(rest.since, 1).min(last),
    })
}

/// Who in the office must see by now that a mail waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rises {
    /// Who is responsible.
    Responsible,
    /// Their deputy as well.
    Deputy,
    /// The head of the office as well.
    Head,
}

/// To whom a mail that has waited since `since` has risen: the deputy after the term, the head after another.
pub fn risen_to(since: Date, now: Timestamp, terms: &RestTerms<'_>) -> Rises {
    let today = day_in(now, terms.zone);
    if today >= terms.end(since, 2) {
        Rises::Head
    } else if today >= terms.end(since, 1) {
        Rises::Deputy
    } else {
        Rises::Responsible
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::plus_days;
    use crate::domain::rules::start_of_day;
    use jiff::civil::date;
    use proptest::prelude::*;

    /// A Monday.
    const MONDAY: Date = date(2026, 11, 30);

    fn others(since: Date) -> Rest {
        Rest { kind: RestKind::OfOthers, since }
    }

    static UTC: TimeZone = TimeZone::UTC;

    fn terms() -> RestTerms<'static> {
        RestTerms { hold_days: 5, calendar: Cow::Owned(Calendar::plain("office")), zone: &UTC }
    }

    fn rests_on(rests: &[Rest], due: Date, today: Date) -> bool {
        is_resting(rests, due, start_of_day(today, &TimeZone::UTC), &terms())
    }

    #[test]
    fn a_strangers_mail_rests_a_step_for_five_working_days() {
        let rest = [others(MONDAY)];
        assert!(rests_on(&rest, MONDAY, MONDAY));
        assert!(rests_on(&rest, MONDAY, plus_days(MONDAY, 6)), "the Sunday");
        assert!(!rests_on(&rest, MONDAY, plus_days(MONDAY, 7)));
        // It came a week before the step fell due: staff had their time.
        assert!(!rests_on(&rest, plus_days(MONDAY, 7), plus_days(MONDAY, 7)));
    }

    #[test]
    fn the_term_runs_from_the_next_working_day() {
        assert_eq!(terms().end(date(2026, 5, 1), 1), date(2026, 5, 8), "a Friday");
        assert_eq!(terms().end(date(2026, 5, 2), 1), date(2026, 5, 8), "a Saturday");
    }

    #[test]
    fn mail_of_the_authority_rests_it_until_a_person_has_looked() {
        let rest = [Rest { kind: RestKind::OfAuthority, since: MONDAY }];
        assert!(rests_on(&rest, MONDAY, plus_days(MONDAY, 400)));
    }

    #[test]
    fn what_waits_rises_to_the_deputy_and_then_to_the_head() {
        let after = |days| risen_to(MONDAY, start_of_day(plus_days(MONDAY, days), &TimeZone::UTC), &terms());
        assert_eq!([0, 6, 7, 13, 14].map(after), [Rises::Responsible, Rises::Responsible, Rises::Deputy, Rises::Deputy, Rises::Head]);
    }

    proptest! {
        /// However many strangers write, and whenever: a step is taken within five working days of falling due.
        #[test]
        fn no_number_of_strangers_rests_a_step_for_longer(arrivals in prop::collection::vec(-30i64..60, 0..40), weekday in 0i64..7) {
            let due = plus_days(MONDAY, weekday);
            let rests: Vec<Rest> = arrivals.into_iter().map(|days| others(plus_days(due, days))).collect();
            prop_assert!(!rests_on(&rests, due, plus_days(due, 9)));
        }
    }
}
