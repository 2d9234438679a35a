//! What the clock asks of a request: the only place with the policy of reminding, escalating and holding back.
//!
//! (request, situation, today) → decision. The agenda carries it out; nothing else sends a reminder.

use super::addressing::{Addressees, Vacancy};
use super::calendar::{days_between, plus_days};
use super::identity::MailId;
use super::ladder::{Anchor, Ladder, Step};
use super::request::Request;
use super::resting::{Rest, RestKind, RestTerms, StepRests, is_being_examined, rests_until, step_rests};
use super::rules::{day_in, start_of_day};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A step already taken, or passed over when missed steps collapsed into a later one. One in whose place the authority was told that its letter is
/// being examined is not: it was reminded of nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTaken {
    pub name: String,
    pub on: Date,
    /// The deadline at that time. A step reckoned from a deadline that has moved since is climbed anew.
    pub deadline: Date,
    pub passed_over: bool,
}

/// What must be known to decide, as the register tells it.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    pub request: &'a Request,
    pub ladder: &'a Ladder,
    pub taken: &'a [StepTaken],
    /// The authority's time zone.
    pub zone: &'a TimeZone,
    /// The last day on which a letter about this request left or was put into the outbox.
    pub last_letter_on: Option<Date>,
    /// The oldest among the last successful and complete readings of all mailboxes.
    pub mailboxes_read_at: Option<Timestamp>,
    /// Something in a mailbox is known to be unread since, and counts as that until then.
    pub mailboxes_unread_until: Option<Timestamp>,
    /// How long ago that may be.
    pub heard_within: SignedDuration,
    /// Mail that nobody has read yet: it may be the answer.
    pub has_unread: bool,
    /// Mails that wait for a person, as far as they may be about this request.
    pub rests: &'a [Rest],
    pub rest_terms: RestTerms<'a>,
    /// When the authority was last told that a letter of its is being examined.
    pub told_of_examination_on: Option<Date>,
    pub addressees: Addressees<'a>,
    /// A letter about this request is still in the outbox.
    pub letter_on_its_way: bool,
    /// Somebody says that a letter came back, nothing proves it, and nobody has decided.
    pub said_to_have_come_back: bool,
    /// A letter about this request came back, neither did a later one get through nor has a person acted on it, and the directory has no other address
    /// in its place.
    pub has_come_back: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<'a> {
    /// Nothing will fall due until something happens: settled, paused, not sent yet, or the ladder is climbed.
    Nothing,
    /// The next step falls due at the start of this day.
    Later(Date),
    /// A step is due, but must wait: nobody is chased unheard (promise 4).
    Held(Hold),
    /// Steps that were missed meanwhile collapse into this one (promise 8).
    Take {
        step: &'a Step,
        passed_over: Vec<&'a Step>,
        due_on: Date,
        /// In the step's place a neutral letter: this letter of the authority is being examined.
        examining: Option<MailId>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Not every mailbox was read to its end since the step fell due.
    MailboxNotRead,
    ReplyMayBeWaiting,
    LetterOnItsWay,
    /// A report that nothing proves says that a letter did not arrive.
    SaidToHaveComeBack,
    /// The directory has no living address in date. Nobody climbs the ladder on letters that nobody gets; nor in the next two cases.
    NobodyToWriteTo,
    /// Its address is written to no more, and only those of another unit or level are left.
    AddressSuppressed,
    /// The request came back from an address that lives.
    CameBack,
}

impl Hold {
    /// For people.
    pub fn why(self) -> &'static str {
        match self {
            Hold::MailboxNotRead => "the mailbox was not read successfully since the step fell due",
            Hold::ReplyMayBeWaiting => "a mail that may be the reply waits for a person",
            Hold::LetterOnItsWay => "an earlier letter is still in the outbox",
            Hold::SaidToHaveComeBack => "a report that nothing proves says that a letter did not arrive; a person decides",
            Hold::NobodyToWriteTo => "the directory has no address that a letter can be delivered to",
            Hold::AddressSuppressed => {
                "its address is written to no more, and those beside it in the directory are of another unit or level"
            }
            Hold::CameBack => "the letter came back, or was refused, and a person decides",
        }
    }

    /// For people: what ends it, where no day does.
    pub fn until(self) -> &'static str {
        match self {
            Hold::MailboxNotRead => "until it is read to its end",
            Hold::ReplyMayBeWaiting => "until somebody has looked",
            Hold::LetterOnItsWay => "until that has left",
            Hold::SaidToHaveComeBack => "until somebody has decided",
            Hold::NobodyToWriteTo | Hold::AddressSuppressed => "until there is an address",
            Hold::CameBack => "until somebody has acted",
        }
    }
}

/// The day by which a step that is held and fell due on `due_on` goes on, where one is known: else it waits for what [`Hold::until`] says.
pub fn held_until(situation: &Situation<'_>, hold: Hold, due_on: Date, now: Timestamp) -> Option<Date> {
    let until = match hold {
        Hold::MailboxNotRead => {
            situation.mailboxes_unread_until.filter(|until| *until < Timestamp::MAX).map(|until| day_in(until, situation.zone))
        }
        Hold::ReplyMayBeWaiting | Hold::SaidToHaveComeBack if !situation.has_unread => {
            let ends: Option<Vec<Date>> = situation.rests.iter().map(|rest| rests_until(rest, due_on, &situation.rest_terms)).collect();
            ends.and_then(|ends| ends.into_iter().max())
        }
        _ => None,
    };
    until.filter(|until| *until > day_in(now, situation.zone))
}

/// The step that falls due next, and on which day; none while nothing can fall due. It may lie in the past: then it is due, or held.
pub fn falls_due<'a>(situation: &Situation<'a>) -> Option<(&'a Step, Date)> {
    let request = situation.request;
    if request.is_settled() || request.paused {
        return None;
    }
    let sent_on = day_in(request.sent_at?, situation.zone);
    open_steps(situation, sent_on, Date::MIN).into_iter().min_by_key(|(_, day)| *day)
}

/// Decides what is to be done about a request at `now`.
pub fn next_step<'a>(situation: &Situation<'a>, now: Timestamp) -> Decision<'a> {
    let request = situation.request;
    let Some(sent_at) = request.sent_at else { return Decision::Nothing };
    if request.is_settled() || request.paused {
        return Decision::Nothing;
    }
    let today = day_in(now, situation.zone);
    let sent_on = day_in(sent_at, situation.zone);
    let due = due_by(situation, sent_on, today);
    let Some((step, due_day)) = foremost(&due) else {
        return falls_due(situation).map_or(Decision::Nothing, |(_, day)| Decision::Later(day));
    };
    if !situation.is_heard(due_day, now) {
        return Decision::Held(Hold::MailboxNotRead);
    }
    let (step, due_day, examining) = match situation.step_rests(due_day, now) {
        StepRests::No => (step, due_day, None),
        StepRests::Yes(RestKind::OfReports) => return Decision::Held(Hold::SaidToHaveComeBack),
        StepRests::Yes(RestKind::OfAuthority | RestKind::OfOthers) => return Decision::Held(Hold::ReplyMayBeWaiting),
        // Nothing leaves above the technical level over an unread letter of the authority.
        StepRests::MayTell(mail) => match due.iter().rev().find(|(step, _)| step.level() == Some(situation.addressees.lowest_level)) {
            Some(&(step, due_day)) => (step, due_day, Some(mail)),
            None => return Decision::Held(Hold::ReplyMayBeWaiting),
        },
    };
    if situation.letter_on_its_way {
        return Decision::Held(Hold::LetterOnItsWay);
    }
    if situation.said_to_have_come_back && !step.is_letter() {
        return Decision::Held(Hold::SaidToHaveComeBack);
    }
    if situation.is_kept_back(step) {
        return Decision::Held(Hold::CameBack);
    }
    Decision::Take { step, passed_over: passed_over(situation, &due, step, today), due_on: due_day, examining }
}

/// What a letter about a request was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftAs<'a> {
    Request,
    Step {
        step: &'a Step,
        passed_over: Vec<&'a Step>,
        due_on: Date,
    },
    /// None that the ladder asks for on that day.
    Other,
}

/// What a letter was of which nothing is known but that it left on that day: what was due then, as the office's own daemon would have decided.
pub fn left_as<'a>(situation: &Situation<'a>, day: Date) -> LeftAs<'a> {
    let Some(sent_at) = situation.request.sent_at else { return LeftAs::Request };
    let due = due_by(situation, day_in(sent_at, situation.zone), day);
    match foremost(&due).filter(|(step, _)| step.is_letter()) {
        Some((step, due_on)) => LeftAs::Step { step, passed_over: passed_over(situation, &due, step, day), due_on },
        None => LeftAs::Other,
    }
}

/// The letters that a step which is taken makes unnecessary (promise 8), and those that had nobody to go to: once somebody above is written to, nothing
/// goes to a lower level any more.
fn passed_over<'a>(situation: &Situation<'a>, due: &[(&'a Step, Date)], step: &Step, today: Date) -> Vec<&'a Step> {
    let below = situation.ladder.steps.iter().take_while(|other| other.name != step.name);
    let open = below.filter(|other| other.is_letter() && !situation.is_taken(other));
    let is_due = |step: &Step| due.iter().any(|(other, _)| other.name == step.name);
    open.filter(|other| is_due(other) || situation.addressees.vacancy(other, today).is_some()).collect()
}

/// The step that is taken on that day if nothing keeps it back, and since when it is due.
pub fn taken_on<'a>(situation: &Situation<'a>, day: Date) -> Option<(&'a Step, Date)> {
    let sent_on = day_in(situation.request.sent_at?, situation.zone);
    foremost(&due_by(situation, sent_on, day))
}

/// The steps not yet climbed that are due on that day, and since when, in order.
fn due_by<'a>(situation: &Situation<'a>, sent_on: Date, day: Date) -> Vec<(&'a Step, Date)> {
    open_steps(situation, sent_on, day).into_iter().filter(|(_, due)| *due <= day).collect()
}

/// What was missed meanwhile collapses into one letter to the lowest level that was not written to (promise 8): nobody above hears of silence before
/// the authority itself was reminded. Letters go first: non-cooperation is not recorded against an authority that was not written to.
fn foremost<'a>(due: &[(&'a Step, Date)]) -> Option<(&'a Step, Date)> {
    let mut letters = due.iter().copied().filter(|(step, _)| step.is_letter());
    let Some(lowest) = letters.next() else { return due.first().copied() };
    letters.take_while(|(step, _)| step.is_beside(lowest.0)).last().or(Some(lowest))
}

/// The steps not yet climbed for the present deadline that have somebody to go to, in order, and when each falls due: none before one that writes to a
/// lower level. Who is there is asked for the day on which a step falls due, or `today` if that is later.
fn open_steps<'a>(situation: &Situation<'a>, sent_on: Date, today: Date) -> Vec<(&'a Step, Date)> {
    let mut open: Vec<(&Step, Date)> = Vec::with_capacity(situation.ladder.steps.len());
    for step in situation.ladder.steps.iter().filter(|step| !situation.is_taken(step)) {
        let below = open.iter().filter(|(other, _)| !other.is_beside(step)).map(|(_, due)| *due).max();
        let due = due_on(situation, step, sent_on, today);
        let due = below.map_or(due, |below| below.max(due));
        if situation.addressees.vacancy(step, due.max(today)).is_none() {
            open.push((step, due));
        }
    }
    open
}

impl Situation<'_> {
    /// Whether a step was climbed, or passed over, for the present deadline.
    pub fn is_taken(&self, step: &Step) -> bool {
        self.taken.iter().any(|taken| self.is_taking(taken, step))
    }

    fn is_taking(&self, taken: &StepTaken, step: &Step) -> bool {
        taken.name == step.name && (step.anchor == Anchor::Sending || taken.deadline == self.request.deadline)
    }

    /// Whether every mailbox was read to its end since a step fell due, and shortly before `now`: a mailbox that has been out of order since this
    /// morning may hold the answer; so may a mail that came a minute ago and is known to be unread.
    pub fn is_heard(&self, due_on: Date, now: Timestamp) -> bool {
        if self.mailboxes_unread_until.is_some_and(|until| now < until) {
            return false;
        }
        let read_at = self.mailboxes_read_at.filter(|read_at| *read_at >= start_of_day(due_on, self.zone));
        read_at.is_some_and(|read_at| now.duration_since(read_at) <= self.heard_within)
    }

    /// Whether a step that fell due on that day rests at `now` for a mail that may be the reply.
    pub fn step_rests(&self, due_on: Date, now: Timestamp) -> StepRests {
        if self.has_unread {
            return StepRests::Yes(RestKind::OfAuthority);
        }
        step_rests(self.rests, self.told_of_examination_on, due_on, now, &self.rest_terms)
    }

    /// Whether a step would tell somebody above of silence, or record it, though a letter is known not to have arrived.
    pub fn is_kept_back(&self, step: &Step) -> bool {
        self.has_come_back && step.level() != Some(self.addressees.lowest_level)
    }

    fn is_written(&self, step: &Step) -> bool {
        self.taken.iter().any(|taken| self.is_taking(taken, step) && !taken.passed_over)
    }

    /// The steps to a higher level that were not climbed and have nobody to go to, when each would fall due, and why.
    pub fn vacancies(&self, today: Date) -> Vec<(&Step, Date, Vacancy)> {
        let sent_on = self.request.sent_at.map_or(today, |sent_at| day_in(sent_at, self.zone));
        let open = self.higher_steps().filter(|step| !self.is_taken(step));
        open.filter_map(|step| {
            let due = due_on(self, step, sent_on, today);
            Some((step, due, self.addressees.vacancy(step, due.max(today))?))
        })
        .collect()
    }

    /// Whether a later letter can be written to a higher level.
    pub fn has_higher_level(&self, today: Date) -> bool {
        self.higher_steps().any(|step| !self.is_taken(step) && self.addressees.vacancy(step, today).is_none())
    }

    fn higher_steps(&self) -> impl Iterator<Item = &Step> {
        let is_higher = |step: &&Step| step.letter().is_some_and(|letter| letter.is_higher(self.addressees.lowest_level));
        self.ladder.steps.iter().filter(is_higher)
    }

    /// Whether what a neutral letter of that day says still holds.
    pub fn is_being_examined(&self, written_on: Date) -> bool {
        is_being_examined(self.rests, written_on)
    }
}

/// When a step falls due: by its anchor, but never within the minimum gap after the last letter. A step to a higher level, and the ladder's end, keep
/// the distance to the last letter that the ladder gives them, however late that letter was: whoever got one letter after a standstill is given the
/// time to answer it before somebody above hears of it. A step in between that has nobody to go to gives no distance.
fn due_on(situation: &Situation<'_>, step: &Step, sent_on: Date, today: Date) -> Date {
    let by_anchor = step.due_on(sent_on, situation.request.deadline);
    let Some(last_letter_on) = situation.last_letter_on else { return by_anchor };
    let position = situation.ladder.steps.iter().position(|other| other.name == step.name).unwrap_or(0);
    let is_vacant = |other: &Step| !situation.is_written(other) && situation.addressees.vacancy(other, by_anchor.max(today)).is_some();
    let before = situation.ladder.steps.iter().take(position).rev().find(|other| other.is_letter() && !is_vacant(other));
    let given = before.filter(|before| !before.is_beside(step));
    let given = given.map_or(0, |before| days_between(before.due_on(sent_on, situation.request.deadline), by_anchor).max(0));
    let least = if step.is_letter() { i64::from(situation.ladder.minimum_gap_days) } else { 0 };
    let distance = given.max(least);
    by_anchor.max(plus_days(last_letter_on, distance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::addressing::tests::authority;
    use crate::domain::authority::Authority;
    use crate::domain::calendar::Calendar;
    use crate::domain::request::Request;
    use jiff::civil::date;
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn at(day: Date) -> Timestamp {
        start_of_day(day, &TimeZone::UTC) + jiff::SignedDuration::from_hours(10)
    }

    /// Sent on 1 January, due on 26 February.
    fn open_request() -> Request {
        crate::domain::request::tests::request(date(2026, 2, 26), 1, 0)
    }

    static UTC: TimeZone = TimeZone::UTC;

    struct Story {
        request: Request,
        ladder: Ladder,
        taken: Vec<StepTaken>,
        last_letter_on: Option<Date>,
        read: bool,
        unread_until: Option<Date>,
        rests: Vec<Rest>,
        told_on: Option<Date>,
        has_come_back: bool,
        authority: Authority,
        above: Option<Authority>,
    }

    impl Story {
        fn new() -> Story {
            Story {
                request: open_request(),
                ladder: Ladder::default(),
                taken: vec![],
                last_letter_on: Some(date(2026, 1, 1)),
                read: true,
                unread_until: None,
                rests: vec![],
                told_on: None,
                has_come_back: false,
                authority: authority(&[("post", "technical"), ("head", "head")]),
                above: Some(authority(&[("ministry", "technical")])),
            }
        }

        fn situation(&self, day: Date) -> Situation<'_> {
            Situation {
                request: &self.request,
                ladder: &self.ladder,
                taken: &self.taken,
                zone: &UTC,
                last_letter_on: self.last_letter_on,
                mailboxes_read_at: self.read.then(|| at(day)),
                mailboxes_unread_until: self.unread_until.map(at),
                heard_within: SignedDuration::from_mins(15),
                has_unread: false,
                rests: &self.rests,
                rest_terms: RestTerms { hold_days: 5, read_days: 20, calendar: Cow::Owned(Calendar::plain("office")), zone: &UTC },
                told_of_examination_on: self.told_on,
                addressees: Addressees { authority: &self.authority, office: "", above: self.above.as_ref(), lowest_level: "technical" },
                letter_on_its_way: false,
                said_to_have_come_back: self.rests.iter().any(|rest| rest.kind == RestKind::OfReports),
                has_come_back: self.has_come_back,
            }
        }

        fn decide(&self, day: Date) -> (String, usize) {
            match next_step(&self.situation(day), at(day)) {
                Decision::Nothing => ("nothing".into(), 0),
                Decision::Later(day) => (format!("later {day}"), 0),
                Decision::Held(hold) => (format!("{hold:?}"), 0),
                Decision::Take { examining: Some(mail), step, passed_over, .. } => {
                    (format!("in place of the {}: {mail} is being examined", step.name), passed_over.len())
                }
                Decision::Take { step, passed_over, .. } => (step.name.clone(), passed_over.len()),
            }
        }

        /// Plays every day, taking what is decided, and lists it.
        fn play(&mut self, from: Date, to: Date) -> Vec<(Date, String)> {
            let mut happened = Vec::new();
            let mut day = from;
            while day <= to {
                let (what, _) = self.decide(day);
                if let Some(step) = self.ladder.steps.clone().iter().find(|step| step.name == what) {
                    for below in &self.ladder.steps {
                        self.taken.push(StepTaken {
                            name: below.name.clone(),
                            on: day,
                            deadline: self.request.deadline,
                            passed_over: below.name != what,
                        });
                        if below.name == what {
                            break;
                        }
                    }
                    if step.is_letter() {
                        self.last_letter_on = Some(day);
                    }
                    happened.push((day, what));
                }
                day = plus_days(day, 1);
            }
            happened
        }
    }

    #[test]
    fn the_default_ladder_is_climbed_step_by_step() {
        let happened = Story::new().play(date(2026, 1, 2), date(2026, 6, 1));
        let happened: Vec<String> = happened.iter().map(|(day, what)| format!("{day} {what}")).collect();
        insta::assert_snapshot!(happened.join("\n"), @r"
        2026-02-19 friendly reminder
        2026-02-27 reminder
        2026-03-12 escalation to the head
        2026-03-26 escalation to the supervising authority
        2026-04-23 non-cooperation
        ");
    }

    #[test]
    fn a_late_start_is_one_letter_and_not_three() {
        let story = Story::new();
        assert_eq!(story.decide(date(2026, 3, 20)), ("reminder".into(), 1), "and the head hears of it only when that had its time");
    }

    #[test]
    fn non_cooperation_is_not_recorded_in_the_breath_of_the_first_letter() {
        let happened = Story::new().play(date(2026, 9, 1), date(2026, 12, 1));
        let happened: Vec<String> = happened.iter().map(|(day, what)| format!("{day} {what}")).collect();
        assert_eq!(
            happened,
            [
                "2026-09-01 reminder",
                "2026-09-14 escalation to the head",
                "2026-09-28 escalation to the supervising authority",
                "2026-10-26 non-cooperation"
            ]
        );
    }

    #[test]
    fn nobody_is_chased_while_the_mailbox_is_unread_or_a_reply_may_be_waiting() {
        let mut story = Story::new();
        story.read = false;
        assert_eq!(story.decide(date(2026, 2, 27)).0, "MailboxNotRead");
        story.read = true;
        story.unread_until = Some(date(2026, 2, 28));
        assert_eq!(story.decide(date(2026, 2, 27)).0, "MailboxNotRead", "read a moment ago, and then came something that cannot be");
        assert_eq!(story.decide(date(2026, 2, 28)).0, "reminder");
        story.unread_until = None;
        story.rests = vec![Rest { kind: RestKind::OfAuthority, since: date(2026, 2, 27), of_contact: None }];
        assert_eq!(story.decide(date(2026, 2, 27)).0, "ReplyMayBeWaiting");
    }

    #[test]
    fn over_a_letter_that_lies_unread_for_very_long_a_neutral_letter_leaves_in_place_of_a_reminder_and_nothing_above_it() {
        let mut story = Story::new();
        story.rests = vec![Rest { kind: RestKind::OfAuthority, since: date(2026, 2, 2), of_contact: Some(MailId(7)) }];
        assert_eq!(story.decide(date(2026, 2, 27)).0, "ReplyMayBeWaiting");
        assert_eq!(story.decide(date(2026, 3, 2)), ("in place of the reminder: 7 is being examined".into(), 1));
        assert_eq!(
            story.decide(date(2026, 3, 20)),
            ("in place of the reminder: 7 is being examined".into(), 1),
            "an escalation is due too"
        );
        story.last_letter_on = Some(date(2026, 3, 2));
        story.told_on = Some(date(2026, 3, 2));
        assert_eq!(story.decide(date(2026, 12, 1)).0, "ReplyMayBeWaiting");
        // A person has looked: in place of a reminder it was told of something else.
        let rests = std::mem::take(&mut story.rests);
        assert_eq!(story.decide(date(2026, 12, 1)).0, "reminder");
        for name in ["friendly reminder", "reminder"] {
            story.taken.push(StepTaken { name: name.into(), on: date(2026, 3, 2), deadline: story.request.deadline, passed_over: false });
        }
        (story.told_on, story.rests) = (None, rests);
        assert_eq!(story.decide(date(2026, 12, 1)).0, "ReplyMayBeWaiting", "no step of the technical level is left");
    }

    #[test]
    fn an_authority_that_got_no_reminder_does_not_get_two_escalations_within_a_week() {
        let reminded = || {
            let mut story = Story::new();
            let name = "reminder".to_owned();
            story.taken = vec![StepTaken { name, on: date(2026, 2, 27), deadline: story.request.deadline, passed_over: false }];
            story.last_letter_on = Some(date(2026, 2, 27));
            story.ladder.steps.retain(|step| step.name != "friendly reminder");
            story
        };
        let happened = reminded().play(date(2026, 3, 13), date(2026, 6, 1));
        let happened: Vec<String> = happened.iter().map(|(day, what)| format!("{day} {what}")).collect();
        assert_eq!(
            happened,
            ["2026-03-13 escalation to the head", "2026-03-27 escalation to the supervising authority", "2026-04-24 non-cooperation"]
        );
        // Just before the standstill ended, the ladder's own days would have been five apart.
        let happened = reminded().play(date(2026, 3, 24), date(2026, 6, 1));
        assert_eq!(happened.iter().map(|(day, _)| *day).take(2).collect::<Vec<_>>(), [date(2026, 3, 24), date(2026, 4, 7)]);
        assert_eq!(happened[0].1, "escalation to the head", "one level after the other");
    }

    /// What is written when, from the day after the request on, and what is said at the end.
    fn climbed(authority: Authority, above: Option<Authority>) -> (Vec<String>, String) {
        let mut story = Story { authority, above, ..Story::new() };
        let happened = story.play(date(2026, 1, 2), date(2026, 12, 1));
        (happened.iter().map(|(day, what)| format!("{day} {what}")).collect(), story.decide(date(2026, 12, 1)).0)
    }

    #[test]
    fn a_level_of_which_the_directory_has_nobody_is_left_out_and_the_next_keeps_its_day() {
        let general = authority(&[("post", "technical")]);
        let (happened, end) = climbed(general.clone(), Some(authority(&[("ministry", "technical")])));
        let to_the_ministry = "2026-03-26 escalation to the supervising authority";
        let reminders = ["2026-02-19 friendly reminder", "2026-02-27 reminder"];
        assert_eq!(happened, [reminders[0], reminders[1], to_the_ministry, "2026-04-23 non-cooperation"]);
        assert_eq!(end, "nothing");
        let (happened, end) = climbed(authority(&[("post", "technical"), ("head", "head")]), None);
        assert_eq!(happened, [reminders[0], reminders[1], "2026-03-12 escalation to the head", "2026-04-23 non-cooperation"]);
        assert_eq!(end, "nothing");
        let (happened, end) = climbed(general, None);
        assert_eq!(
            happened,
            [reminders[0], reminders[1], "2026-04-23 non-cooperation"],
            "the end of the ladder, which says who was not there"
        );
        assert_eq!(end, "nothing");
    }

    #[test]
    fn whoever_comes_into_the_directory_late_is_written_to_unless_somebody_above_was() {
        let mut story = Story { authority: authority(&[("post", "technical")]), above: None, ..Story::new() };
        assert_eq!(story.situation(date(2026, 2, 1)).vacancies(date(2026, 2, 1)).len(), 2);
        story.play(date(2026, 1, 2), date(2026, 4, 1));
        story.authority = authority(&[("post", "technical"), ("head", "head")]);
        let happened = story.play(date(2026, 4, 2), date(2026, 12, 1));
        let names: Vec<&str> = happened.iter().map(|(_, what)| what.as_str()).collect();
        assert_eq!(names, ["escalation to the head", "non-cooperation"]);
        assert_eq!(days_between(happened[0].0, happened[1].0), 42, "the head has the time that the ladder gives it");

        let mut story = Story { authority: authority(&[("post", "technical")]), ..Story::new() };
        story.play(date(2026, 1, 2), date(2026, 4, 1));
        let situation = story.situation(date(2026, 3, 26));
        assert!(situation.taken.iter().any(|taken| taken.name == "escalation to the head" && taken.passed_over));
        assert_eq!(situation.vacancies(date(2026, 4, 1)), []);
        story.authority = authority(&[("post", "technical"), ("head", "head")]);
        assert_eq!(story.decide(date(2026, 4, 2)).0, "later 2026-04-23", "and nothing goes down to the head");
    }

    #[test]
    fn a_ladder_that_writes_to_nobody_above_has_no_higher_level() {
        let mut story = Story { authority: authority(&[("post", "technical")]), above: None, ..Story::new() };
        story.ladder.steps.retain(|step| step.letter().is_none_or(|letter| !letter.is_higher("technical")));
        assert!(!story.situation(date(2026, 1, 2)).has_higher_level(date(2026, 1, 2)));
    }

    #[test]
    fn a_claim_that_a_letter_came_back_rests_each_step_for_days_and_its_end_until_a_person_decides() {
        let mut story = Story::new();
        story.rests = vec![Rest { kind: RestKind::OfReports, since: date(2026, 2, 26), of_contact: None }];
        assert_eq!(story.decide(date(2026, 2, 27)).0, "SaidToHaveComeBack");
        assert_eq!(story.decide(date(2026, 3, 5)).0, "reminder");
        story.play(date(2026, 3, 5), date(2026, 4, 1));
        assert_eq!(story.decide(date(2026, 9, 1)).0, "SaidToHaveComeBack", "nobody is said not to cooperate who may have got nothing");
    }

    #[test]
    fn nobody_above_is_told_of_silence_while_a_letter_is_known_not_to_have_arrived() {
        let mut story = Story::new();
        story.has_come_back = true;
        assert_eq!(story.decide(date(2026, 2, 27)).0, "reminder", "whether there is another address is asked where it is written to");
        story.play(date(2026, 2, 27), date(2026, 2, 27));
        assert_eq!(story.decide(date(2026, 3, 12)).0, "CameBack");
        assert_eq!(story.decide(date(2026, 12, 1)).0, "CameBack");
        story.ladder.steps.retain(|step| !step.is_letter());
        assert_eq!(story.decide(date(2026, 12, 1)).0, "CameBack", "nor is it recorded");
    }

    #[test]
    fn an_extension_starts_the_ladder_s_climb_anew() {
        let mut story = Story::new();
        story.play(date(2026, 1, 2), date(2026, 2, 28));
        story.request.deadline = date(2026, 5, 1);
        assert_eq!(story.decide(date(2026, 3, 1)).0, "later 2026-04-24");
    }

    #[test]
    fn a_settled_or_paused_request_is_left_alone() {
        let mut story = Story::new();
        story.request.paused = true;
        assert_eq!(story.decide(date(2026, 4, 1)).0, "nothing");
        story.request.paused = false;
        story.request.answered = 1;
        assert_eq!(story.decide(date(2026, 4, 1)).0, "nothing");
    }

    #[test]
    fn a_letter_that_left_on_a_day_was_what_was_due_on_it() {
        let mut story = Story::new();
        let as_told = |story: &Story, day: Date| match left_as(&story.situation(day), day) {
            LeftAs::Request => "request".to_owned(),
            LeftAs::Step { step, passed_over, due_on } => format!("{} due on {due_on}, {} passed over", step.name, passed_over.len()),
            LeftAs::Other => "other".to_owned(),
        };
        for (day, expected) in [
            (date(2026, 1, 10), "other"),
            (date(2026, 2, 19), "friendly reminder due on 2026-02-19, 0 passed over"),
            (date(2026, 2, 27), "reminder due on 2026-02-27, 1 passed over"),
            (date(2026, 4, 1), "reminder due on 2026-02-27, 1 passed over"),
        ] {
            assert_eq!(as_told(&story, day), expected, "{day}");
        }
        // What keeps a letter back today did not on that day.
        story.rests = vec![Rest { kind: RestKind::OfAuthority, since: date(2026, 2, 1), of_contact: None }];
        assert_eq!(as_told(&story, date(2026, 2, 19)), "friendly reminder due on 2026-02-19, 0 passed over");
        story.request.sent_at = None;
        assert_eq!(as_told(&story, date(2026, 2, 19)), "request");
    }

    proptest! {
        /// However long the standstill: never two letters within the minimum gap, never a step twice.
        #[test]
        fn letters_keep_their_distance(start in 0i64..300) {
            let happened = Story::new().play(plus_days(date(2026, 1, 2), start), date(2027, 6, 1));
            for pair in happened.windows(2) {
                prop_assert!(days_between(pair[0].0, pair[1].0) >= 5);
            }
            let mut names: Vec<&String> = happened.iter().map(|(_, what)| what).collect();
            names.dedup();
            prop_assert_eq!(names.len(), happened.len());
            prop_assert_eq!(happened.last().map(|(_, what)| what.as_str()), Some("non-cooperation"));
        }

        /// Whatever rests, stands still or is not read, and however often: nobody above hears of silence before each level below was written to, and
        /// had the time that the ladder gives it.
        #[test]
        fn no_level_is_written_to_before_those_below_had_their_time(still in prop::collection::vec((0i64..300, 1i64..150), 0..5), gap in 0u32..20) {
            let mut story = Story::new();
            story.ladder.minimum_gap_days = gap;
            let first = date(2026, 1, 2);
            let mut happened = Vec::new();
            for day in 0..900 {
                let rests = still.iter().any(|(from, length)| (*from..from + length).contains(&day));
                story.rests = if rests { vec![Rest { kind: RestKind::OfAuthority, since: first, of_contact: None }] } else { vec![] };
                let day = plus_days(first, day);
                happened.extend(story.play(day, day));
            }
            let names: Vec<&str> = happened.iter().map(|(_, what)| what.as_str()).filter(|name| *name != "friendly reminder").collect();
            prop_assert_eq!(names, ["reminder", "escalation to the head", "escalation to the supervising authority", "non-cooperation"]);
            let days: Vec<Date> = happened.iter().filter(|(_, what)| what != "friendly reminder").map(|(day, _)| *day).collect();
            for (pair, least) in days.windows(2).zip([13, 14, 28]) {
                prop_assert!(days_between(pair[0], pair[1]) >= least, "{happened:?}");
            }
        }
    }
}
