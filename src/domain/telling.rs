//! What staff are told by digest: who is responsible for what, which lines a request gets, and how much of a mail is said.
//!
//! When one falls due is decided by [`super::digest_hours`]; who hears of a mail that waits, as it gets older, by [`super::staff`]; what can be
//! done about it by [`super::steps`].

use super::calendar::days_between;
use super::identity::AuthorityId;
use super::reply::Effect;
use super::request::{ExchangeState, Progress};
use super::staff::Responsibility;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A deadline within this many days is due soon; and what will leave within them is told.
pub const SOON_DAYS: i64 = 7;
/// Of the claims about a request that a letter came back, so many are told, the earliest first.
pub const MOST_CLAIMS: usize = 3;
/// More lines under one heading than anybody reads; the rest is counted by `status`.
pub const MOST_LINES: usize = 200;

/// Which digest it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Daily,
    Weekly,
}

impl Period {
    pub const ALL: [Period; 2] = [Period::Daily, Period::Weekly];

    /// As the register keeps it.
    pub fn name(self) -> &'static str {
        match self {
            Period::Daily => "daily",
            Period::Weekly => "weekly",
        }
    }
}

/// By what a letter to staff is named where one about a request has its reference. `what`: a digest's period, or an alarm and what it is about;
/// `event`: the last one, since a letter of the same name to the same person may be due again within the minute.
pub fn letter_to_staff(what: &str, address: &str, event: i64) -> String {
    // Whatever else an address is written with goes in by its number, so that no two members share a name.
    let spelt = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_string() } else { format!("-{:x}-", u32::from(letter)) };
    let words: String = format!("{what} {address}").chars().map(spelt).collect();
    format!("{words}.{event}")
}

/// Begins the name of every alarm.
pub const ALARM: &str = "alarm";

/// Whether this, in any case, is what [`letter_to_staff`] has made, and no request's reference.
pub fn is_letter_to_staff(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let Some((words, event)) = name.rsplit_once('.') else { return false };
    let mut whats = Period::ALL.into_iter().map(Period::name).chain([ALARM]);
    // Behind it a space, and somewhere behind that the address's `@`.
    let to_somebody =
        |what: &str| words.strip_prefix(what).and_then(|rest| rest.strip_prefix("-20-")).is_some_and(|rest| rest.contains("-40-"));
    !event.is_empty() && event.bytes().all(|digit| digit.is_ascii_digit()) && whats.any(to_somebody)
}

/// What a member of staff answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// None is everything.
    authorities: Option<HashSet<AuthorityId>>,
    /// Mail that points to no authority at all must be seen by somebody: by those who answer for everything, or by everybody if nobody does.
    strays: bool,
}

impl Scope {
    /// `named`: the authorities that are meant by the names in `responsible_for`. `somebody_has_all`: a member of staff is responsible for
    /// everything.
    pub fn of(responsible_for: &Responsibility, named: HashSet<AuthorityId>, somebody_has_all: bool) -> Scope {
        match responsible_for {
            Responsibility::Everything => Scope { authorities: None, strays: true },
            Responsibility::Nothing => Scope { authorities: Some(HashSet::new()), strays: false },
            Responsibility::Authorities(_) => Scope { authorities: Some(named), strays: !somebody_has_all },
        }
    }

    pub fn covers(&self, authority: AuthorityId) -> bool {
        self.authorities.as_ref().is_none_or(|authorities| authorities.contains(&authority))
    }

    /// Of what may concern any of these authorities, or none that is known.
    pub fn covers_any(&self, authorities: &[AuthorityId]) -> bool {
        if authorities.is_empty() { self.strays } else { authorities.iter().any(|authority| self.covers(*authority)) }
    }
}

/// How it stands with a request, as far as it decides under which headings a digest names it.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    pub progress: Progress,
    /// A step of the ladder is still to come.
    pub on_the_ladder: bool,
    /// The ladder's end was recorded.
    pub is_given_up: bool,
    /// It was recorded since the last digest.
    pub newly_given_up: bool,
    /// A later deadline was granted, and has not passed.
    pub is_extended: bool,
    /// On the authority's calendar; negative once the deadline has passed.
    pub days_left: i64,
    pub state: ExchangeState,
}

/// A heading under which a digest names a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    NonCooperation,
    Paused,
    /// It is without a full answer and has the ladder behind it: counted, not named.
    BeyondLadder,
    Extended,
    DueSoon,
    Overdue,
}

/// Under which headings a digest names a request. A daily one names those of which a step is still to come, that are paused or newly given up; the
/// weekly one all that are not settled. After ten years most unanswered requests are beyond the ladder's end, and a list of them every morning would
/// hide the day's work.
pub fn headings(course: &Course, period: Period) -> Vec<Heading> {
    let mut headings = Vec::new();
    if course.newly_given_up {
        headings.push(Heading::NonCooperation);
    }
    let is_under_way = course.on_the_ladder || course.progress.paused;
    let is_named = period == Period::Weekly || is_under_way || course.newly_given_up;
    if course.progress.is_settled() || !course.progress.is_sent || !is_named {
        return headings;
    }
    if course.progress.paused {
        headings.push(Heading::Paused);
        return headings;
    }
    if course.is_given_up && !course.on_the_ladder {
        headings.extend((period == Period::Weekly).then_some(Heading::BeyondLadder));
        return headings;
    }
    if course.is_extended {
        headings.push(Heading::Extended);
    }
    match course.state {
        ExchangeState::Pending if course.days_left <= SOON_DAYS => headings.push(Heading::DueSoon),
        ExchangeState::Overdue | ExchangeState::Partial => headings.push(Heading::Overdue),
        ExchangeState::Pending | ExchangeState::Completed => {}
    }
    headings
}

/// Whether a deadline falls within the next days, as `status` lists it. `today` on the authority's calendar.
pub fn is_due_this_week(progress: &Progress, today: Date) -> bool {
    let is_pending = progress.state(today) == ExchangeState::Pending && !progress.paused;
    is_pending && (0..=SOON_DAYS).contains(&days_between(today, progress.deadline))
}

/// In what order a digest tells of mails: a list that is cut loses the machines first.
pub fn told_first(effect: Effect) -> u8 {
    match effect {
        Effect::Reply => 0,
        Effect::Bounce => 1,
        Effect::Acknowledgement => 2,
        Effect::Automatic => 3,
        Effect::Waiting => 4,
    }
}

/// Whether a report that a letter was delivered or read is counted and not named. One in which a person typed an answer is told like any other; and
/// that nobody has read a letter is no report that somebody has.
pub fn is_only_counted(is_receipt: bool, effect: Effect, deleted_unread: bool) -> bool {
    is_receipt && effect != Effect::Reply && !deleted_unread
}

/// Whether an address that is written to no more is told: until there is another in its place, and once in any case.
pub fn is_suppression_told(is_new: bool, has_another: bool) -> bool {
    is_new || !has_another
}

/// How much of a mail is told to whoever reads digests and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoted {
    /// Its sender and its words.
    Whole,
    /// That it is there, and that who wrote it is not known or not proven: it may come from a person who is held, or be an attacker's.
    Presence,
    /// That it is there alone: it may be information from a source.
    PresenceOfSource,
    /// It is demarche's own note.
    Note,
}

/// `is_unquoted`: its author is in no directory, or not whom it names.
pub fn quoted(is_note: bool, is_source: bool, is_unquoted: bool) -> Quoted {
    match () {
        () if is_note => Quoted::Note,
        () if is_source => Quoted::PresenceOfSource,
        () if is_unquoted => Quoted::Presence,
        () => Quoted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_points_to_no_authority_is_seen_by_whoever_answers_for_everything_or_by_all() {
        let (ours, other) = (AuthorityId(1), AuthorityId(2));
        let named = Responsibility::Authorities(vec!["Prison Service".into()]);
        for (responsible_for, somebody_has_all, covers_ours, covers_other, covers_strays) in [
            (&Responsibility::Everything, true, true, true, true),
            (&named, true, true, false, false),
            (&named, false, true, false, true),
            (&Responsibility::Nothing, false, false, false, false),
        ] {
            let scope = Scope::of(responsible_for, HashSet::from([ours]), somebody_has_all);
            let covered = (scope.covers(ours), scope.covers_any(&[other]), scope.covers_any(&[]));
            assert_eq!(covered, (covers_ours, covers_other, covers_strays), "{responsible_for:?}");
        }
    }

    #[test]
    fn a_daily_digest_names_what_is_under_way_and_the_weekly_one_all_that_is_not_settled() {
        use Heading::{BeyondLadder, DueSoon, Extended, NonCooperation, Overdue, Paused};
        let (open, sent) = (
            Progress { asked: 2, answered: 0, is_ended: false, paused: false, is_sent: true, deadline: date(2026, 3, 9) },
            |days_left: i64, progress: Progress| Course {
                state: progress.state(date(2026, 3, 9).saturating_sub(jiff::Span::new().days(days_left))),
                progress,
                on_the_ladder: true,
                is_given_up: false,
                newly_given_up: false,
                is_extended: false,
                days_left,
            },
        );
        let paused = Progress { paused: true, ..open };
        let climbed = Course { on_the_ladder: false, ..sent(-60, open) };
        let given_up = Course { is_given_up: true, ..climbed };
        for (name, course, daily, weekly) in [
            ("far ahead", sent(8, open), vec![], vec![]),
            ("due soon", sent(7, open), vec![DueSoon], vec![DueSoon]),
            ("extended and due soon", Course { is_extended: true, ..sent(3, open) }, vec![Extended, DueSoon], vec![Extended, DueSoon]),
            ("late", sent(-1, open), vec![Overdue], vec![Overdue]),
            ("late with one answer of two", sent(-1, Progress { answered: 1, ..open }), vec![Overdue], vec![Overdue]),
            ("answered", sent(-1, Progress { answered: 2, ..open }), vec![], vec![]),
            ("paused", sent(-1, paused), vec![Paused], vec![Paused]),
            ("not delivered", sent(1, Progress { is_sent: false, ..open }), vec![], vec![]),
            ("no step to come and none recorded", climbed, vec![], vec![Overdue]),
            ("given up today", Course { newly_given_up: true, ..given_up }, vec![NonCooperation], vec![NonCooperation, BeyondLadder]),
            ("given up long ago", given_up, vec![], vec![BeyondLadder]),
            (
                "given up and then answered",
                Course { newly_given_up: true, ..sent(-60, Progress { answered: 2, ..open }) },
                vec![NonCooperation],
                vec![NonCooperation],
            ),
            ("given up, and given a new deadline", Course { is_given_up: true, ..sent(3, open) }, vec![DueSoon], vec![DueSoon]),
        ] {
            assert_eq!(headings(&course, Period::Daily), daily, "{name}");
            assert_eq!(headings(&course, Period::Weekly), weekly, "{name}");
        }
    }

    #[test]
    fn receipts_are_counted_unless_they_say_more() {
        for (is_receipt, effect, deleted_unread, counted) in [
            (true, Effect::Automatic, false, true),
            (true, Effect::Reply, false, false),
            (true, Effect::Automatic, true, false),
            (false, Effect::Automatic, false, false),
        ] {
            assert_eq!(is_only_counted(is_receipt, effect, deleted_unread), counted, "{effect:?}");
        }
    }

    #[test]
    fn of_a_stranger_and_of_a_source_only_the_presence_is_told() {
        for (is_note, is_source, is_unquoted, expected) in [
            (false, false, false, Quoted::Whole),
            (false, false, true, Quoted::Presence),
            (false, true, true, Quoted::PresenceOfSource),
            (false, true, false, Quoted::PresenceOfSource),
            (true, false, true, Quoted::Note),
        ] {
            assert_eq!(quoted(is_note, is_source, is_unquoted), expected);
        }
    }

    #[test]
    fn a_letter_to_staff_is_told_from_one_about_a_request() {
        for what in ["daily", "weekly", "alarm", "alarm mailbox desk/inbox"] {
            let name = letter_to_staff(what, "s.staff+npm@office.example", 1_204);
            assert!(is_letter_to_staff(&name) && is_letter_to_staff(&name.to_ascii_uppercase()), "{name}");
        }
        assert_eq!(letter_to_staff("alarm clock", "a@b.example", 7), "alarm-20-clock-20-a-40-b-2e-example.7");
        for reference in ["NPM-2026-0147-K", "12.2041", "DAILY.7", "ALARM-20-41.7", "DAILY-20-A-40-B.", "X-20-A-40-B.7"] {
            assert!(!is_letter_to_staff(reference), "{reference}");
        }
    }
}
