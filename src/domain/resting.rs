//! While a mail waits for somebody, the letters of its request rest (promise 4): which mail makes which request rest, and for how long.
//!
//! Nobody is reminded while what may be the answer lies unread; and nobody outside can stop a dialogue for ever by writing mails. So mail of the
//! authority rests its requests until a person has looked, everybody else's for some working days, once for each step of the ladder however many
//! mails come. What rests rises inside the office, never outward; but whose letter has lain unread for very long is told so, in place of a reminder.

use super::calendar::{Calendar, Term, Unit};
use super::identity::{MailId, RequestId};
use super::linking::{EvidenceKind, Link, MailFacts, RequestFacts, Verdict};
use super::reply::Effect;
use super::rules::day_in;
use super::trust::{Proof, Writer};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Whose mail it is for which letters rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestKind {
    /// It comes from the authority, or one that shares its domain, as far as can be told, and may be its answer.
    OfAuthority,
    /// Anybody else's: a deputy's, a relative's, a member of staff's who passes something on.
    OfOthers,
    /// Whoever's it is that says that a letter did not arrive, and nothing proves it.
    OfReports,
}

impl RestKind {
    pub const ALL: [RestKind; 3] = [RestKind::OfAuthority, RestKind::OfOthers, RestKind::OfReports];

    /// As the register keeps it.
    pub fn name(self) -> &'static str {
        match self {
            RestKind::OfAuthority => "of authority",
            RestKind::OfOthers => "of others",
            RestKind::OfReports => "of reports",
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
    /// The mail, where it is linked to the request and comes from an address that the directory has for its authority: who is written to is then who
    /// wrote, and nothing is told of a letter of somebody else.
    pub of_contact: Option<MailId>,
}

impl Rest {
    /// A letter of the authority that is known to be about this request, and that nobody has looked at.
    fn is_letter_of_contact(&self) -> bool {
        self.kind == RestKind::OfAuthority && self.of_contact.is_some()
    }

    /// From which day its sender may be told that it is being examined; none of mail that is not such a letter.
    pub fn may_be_told_on(&self, terms: &RestTerms<'_>) -> Option<Date> {
        self.is_letter_of_contact().then(|| terms.after(terms.read_days, self.since))
    }
}

/// How a step that is due stands to the mails that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepRests {
    /// Nothing waits for which it rests.
    No,
    /// For mail of this kind; the authority's own before others'.
    Yes(RestKind),
    /// It rests; but this letter of the authority has been waiting for so long that its sender may be told that it is being examined.
    MayTell(MailId),
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
    let is_carried = carried.flatten().any(|evidence| evidence.kind.is_carried());
    // Who forges a sender, or writes to many, must not stop a dialogue.
    if mail.proof == Proof::Contradicted || (mail.bulk || mail.perhaps_spam) && !is_carried || mail.from_ourselves || mail.of_check {
        return Resting::default();
    }
    let writer = |request: RequestId| facts.iter().find(|facts| facts.id == request).map(|facts| facts.author);
    let evidence_for = |request: RequestId| {
        let links = verdict.links.iter().filter(move |link| link.request == request).flat_map(|link| &link.evidence);
        links.chain(verdict.suggestions.iter().filter(move |one| one.request == request).flat_map(|one| &one.evidence))
    };
    // Anybody can write a header; who answers at our signed address has at least seen our letter.
    let is_only_claimed = |request| mail.author_claimed && !evidence_for(request).any(|evidence| evidence.kind.is_carried());
    let kind = |request: RequestId| match writer(request) {
        Some(writer) if writer.may_be_authority() && !is_only_claimed(request) => RestKind::OfAuthority,
        _ if mail.counted_before => RestKind::OfAuthority,
        _ => RestKind::OfOthers,
    };
    let by_sender_alone = verdict.standing.waits_for_a_person()
        && verdict
            .suggestions
            .iter()
            .flat_map(|suggestion| &suggestion.evidence)
            .all(|evidence| evidence.kind == EvidenceKind::SenderOfAuthority);
    if by_sender_alone {
        let kinds = || verdict.suggestions.iter().map(|suggestion| kind(suggestion.request));
        let of_authority = !mail.author_claimed && kinds().next().is_none() || kinds().any(|kind| kind == RestKind::OfAuthority);
        // Its domain asks for more than this mail brings, and nothing else speaks for it: it does not stop all of a ministry's dialogues for ever.
        let of_authority = of_authority && mail.proof != Proof::PolicyUnmet;
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

/// A link that a person has undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    pub request: RequestId,
    pub effect: Effect,
    /// What the mail's writer is to the request's authority, now that nobody says so any more.
    pub writer: Writer,
}

/// What rests for a mail whose links a person has undone: what it was linked to, unless it was there as what a machine said, as if it had never been
/// linked, so for mail of the authority until somebody says what it is; and it may answer anything of its sender's.
pub fn once_undone(undone: &[Undone], proof: Proof) -> Resting {
    if proof == Proof::Contradicted {
        return Resting::default();
    }
    let may_answer = undone.iter().filter(|link| !matches!(link.effect, Effect::Automatic | Effect::Bounce));
    let kind = |link: &Undone| if link.writer.may_be_authority() { RestKind::OfAuthority } else { RestKind::OfOthers };
    let requests = may_answer.map(|link| (link.request, kind(link))).collect();
    Resting { requests, all_of_sender: Some(RestKind::OfAuthority) }
}

/// What rests for a mail that is kept from everybody but those who may read what sources confide: what rests for it anyway, and what it would have
/// counted for, as if a person had undone its links. It may be an answer, and nobody is reminded over it unread (promise 4).
pub fn while_hidden(mut resting: Resting, would_do: &[Undone], proof: Proof) -> Resting {
    for (request, kind) in once_undone(would_do, proof).requests {
        if !resting.requests.iter().any(|(known, _)| *known == request) {
            resting.requests.push((request, kind));
        }
    }
    resting
}

/// What rests for a mail that is judged again and had done something before: what it answers rests no longer. What a machine seems to have sent
/// answers nothing, and rests what it did.
pub fn while_counted(mut resting: Resting, counted: &[Link]) -> Resting {
    let answers = |effect: Effect| matches!(effect, Effect::Reply | Effect::Acknowledgement);
    resting.requests.retain(|(request, _)| !counted.iter().any(|link| link.request == *request && answers(link.effect)));
    resting
}

/// What rests for a mail that had counted as the authority's, and does no longer because a person took back what was said of its address.
pub fn once_uncounted(request: RequestId) -> Resting {
    Resting { requests: vec![(request, RestKind::OfAuthority)], all_of_sender: None }
}

/// How long what waits rests a step, in working days.
#[derive(Debug, Clone)]
pub struct RestTerms<'a> {
    /// For mail of others than the authority.
    pub hold_days: u32,
    /// After which the authority may be told that its letter is being examined.
    pub read_days: u32,
    /// The office's own, like the zone.
    pub calendar: Cow<'a, Calendar>,
    pub zone: &'a TimeZone,
}

impl RestTerms<'_> {
    /// The day after so many times the term that begins on `since`.
    pub fn end(&self, since: Date, times: u32) -> Date {
        self.after(self.hold_days.saturating_mul(times), since)
    }

    fn after(&self, working_days: u32, since: Date) -> Date {
        Term { length: working_days, unit: Unit::WorkingDays, end_on_working_day: false }.end(since, &self.calendar)
    }
}

/// Whether a step that fell due on `due` rests at `now`. `told_on`: when the authority was last told that a letter of its is being examined.
///
/// Mail of others rests a step from its receipt, and never for longer than the term after the step fell due: so that one mail after the other does
/// not rest it for ever. Of each letter the authority is told once.
pub fn step_rests(rests: &[Rest], told_on: Option<Date>, due: Date, now: Timestamp, terms: &RestTerms<'_>) -> StepRests {
    let today = day_in(now, terms.zone);
    let is_untold = |rest: &&Rest| told_on.is_none_or(|told_on| rest.since >= told_on);
    let long_unread = rests
        .iter()
        .filter(|rest| rest.may_be_told_on(terms).is_some_and(|day| today >= day))
        .filter(is_untold)
        .min_by_key(|rest| rest.since);
    if let Some(mail) = long_unread.and_then(|rest| rest.of_contact) {
        return StepRests::MayTell(mail);
    }
    let at_rest = rests.iter().filter(|rest| rests_until(rest, due, terms).is_none_or(|until| today < until));
    at_rest.map(|rest| rest.kind).min().map_or(StepRests::No, StepRests::Yes)
}

/// The day on which a step that fell due on `due`, or will, rests no longer for this mail; none: until a person has looked.
pub fn rests_until(rest: &Rest, due: Date, terms: &RestTerms<'_>) -> Option<Date> {
    match rest.kind {
        RestKind::OfAuthority => None,
        RestKind::OfOthers | RestKind::OfReports => Some(terms.end(rest.since, 1).min(terms.end(due, 1))),
    }
}

/// Whether a letter of the authority that came before `written_on` still waits: then it is true that it is being examined.
pub fn is_being_examined(rests: &[Rest], written_on: Date) -> bool {
    rests.iter().any(|rest| rest.is_letter_of_contact() && rest.since < written_on)
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
        Rest { kind: RestKind::OfOthers, since, of_contact: None }
    }

    static UTC: TimeZone = TimeZone::UTC;

    fn of_authority(since: Date, of_contact: Option<MailId>) -> Rest {
        Rest { kind: RestKind::OfAuthority, since, of_contact }
    }

    fn terms() -> RestTerms<'static> {
        RestTerms { hold_days: 5, read_days: 20, calendar: Cow::Owned(Calendar::plain("office")), zone: &UTC }
    }

    fn stands(rests: &[Rest], told_on: Option<Date>, due: Date, today: Date) -> StepRests {
        step_rests(rests, told_on, due, start_of_day(today, &TimeZone::UTC), &terms())
    }

    fn rests_on(rests: &[Rest], due: Date, today: Date) -> bool {
        stands(rests, None, due, today) != StepRests::No
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
        let rest = [of_authority(MONDAY, None)];
        assert_eq!(stands(&rest, None, MONDAY, plus_days(MONDAY, 400)), StepRests::Yes(RestKind::OfAuthority));
    }

    #[test]
    fn of_a_letter_that_lay_unread_for_twenty_working_days_the_authority_may_be_told_once() {
        let letter = |days, id| of_authority(plus_days(MONDAY, days), Some(MailId(id)));
        let on = |rests: &[Rest], told_on: Option<i64>, day| {
            stands(rests, told_on.map(|days| plus_days(MONDAY, days)), MONDAY, plus_days(MONDAY, day))
        };
        assert_eq!(on(&[letter(0, 1)], None, 27), StepRests::Yes(RestKind::OfAuthority), "the nineteenth");
        assert_eq!(on(&[letter(0, 1)], None, 28), StepRests::MayTell(MailId(1)));
        assert_eq!(on(&[letter(0, 1)], Some(28), 40), StepRests::Yes(RestKind::OfAuthority), "it has been told");
        assert_eq!(on(&[letter(0, 1)], Some(-9), 28), StepRests::MayTell(MailId(1)), "of an earlier one");
        assert_eq!(on(&[letter(7, 2), letter(0, 1)], None, 60), StepRests::MayTell(MailId(1)), "of the older one first");
        assert_eq!(on(&[letter(0, 1), letter(30, 2)], Some(28), 70), StepRests::MayTell(MailId(2)), "of the later one another time");
        assert_eq!(on(&[others(MONDAY), letter(0, 1)], None, 28), StepRests::MayTell(MailId(1)), "a stranger does not keep it back");
    }

    #[test]
    fn a_letter_is_being_examined_until_a_person_has_looked() {
        let day = |days| plus_days(MONDAY, days);
        assert!(is_being_examined(&[of_authority(MONDAY, Some(MailId(1)))], day(28)));
        assert!(!is_being_examined(&[of_authority(day(28), Some(MailId(2)))], day(28)), "this one came after it");
        assert!(!is_being_examined(&[of_authority(MONDAY, None), others(MONDAY)], day(28)));
        assert!(!is_being_examined(&[], day(28)));
    }

    #[test]
    fn a_mail_whose_links_were_undone_rests_what_it_was_taken_for_an_answer_to() {
        let undone = |effect, writer| once_undone(&[Undone { request: RequestId(1), effect, writer }], Proof::NotProven);
        for (writer, kind) in [(Writer::Authority, RestKind::OfAuthority), (Writer::Stranger, RestKind::OfOthers)] {
            for effect in Effect::ALL {
                let machine = matches!(effect, Effect::Automatic | Effect::Bounce);
                let expected = if machine { vec![] } else { vec![(RequestId(1), kind)] };
                let found = undone(effect, writer);
                assert_eq!((found.requests, found.all_of_sender), (expected, Some(RestKind::OfAuthority)), "{effect:?} {writer:?}");
            }
        }
        let forged = Undone { request: RequestId(1), effect: Effect::Waiting, writer: Writer::Authority };
        assert_eq!(once_undone(&[forged], Proof::Contradicted), Resting::default());
    }

    #[test]
    fn what_a_hidden_mail_would_have_counted_for_rests_beside_what_rests_for_it_anyway() {
        let would = |id, effect, writer| Undone { request: RequestId(id), effect, writer };
        let anyway = Resting { requests: vec![(RequestId(1), RestKind::OfOthers)], all_of_sender: None };
        let would_do = [
            would(1, Effect::Waiting, Writer::Stranger),
            would(2, Effect::Reply, Writer::Authority),
            would(3, Effect::Automatic, Writer::Authority),
        ];
        let found = while_hidden(anyway.clone(), &would_do, Proof::NotProven);
        let expected = vec![(RequestId(1), RestKind::OfOthers), (RequestId(2), RestKind::OfAuthority)];
        assert_eq!((found.requests, found.all_of_sender), (expected, None));
        assert_eq!(while_hidden(anyway.clone(), &would_do, Proof::Contradicted), anyway);
    }

    #[test]
    fn what_a_mail_has_answered_does_not_rest_when_it_is_judged_again() {
        for effect in Effect::ALL {
            let counted = [Link { request: RequestId(1), effect, evidence: vec![] }];
            let both = vec![(RequestId(1), RestKind::OfAuthority), (RequestId(2), RestKind::OfOthers)];
            let resting = while_counted(Resting { requests: both, all_of_sender: None }, &counted);
            let rests: Vec<i64> = resting.requests.iter().map(|(request, _)| request.0).collect();
            let answers = matches!(effect, Effect::Reply | Effect::Acknowledgement);
            assert_eq!(rests, if answers { vec![2] } else { vec![1, 2] }, "{effect:?}");
        }
    }

    proptest! {
        /// However many strangers write or say that a letter came back, and whenever: a step is taken within five working days of falling due.
        #[test]
        fn no_number_of_strangers_rests_a_step_for_longer(arrivals in prop::collection::vec((-30i64..60, any::<bool>()), 0..40), weekday in 0i64..7) {
            let due = plus_days(MONDAY, weekday);
            let kind = |reports| if reports { RestKind::OfReports } else { RestKind::OfOthers };
            let rests: Vec<Rest> =
                arrivals.into_iter().map(|(days, reports)| Rest { kind: kind(reports), ..others(plus_days(due, days)) }).collect();
            prop_assert!(!rests_on(&rests, due, plus_days(due, 9)));
        }
    }
}
