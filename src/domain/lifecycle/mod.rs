//! What is done next about a request, and when: the only place with the policy of reminding, escalating and holding back.
//!
//! (request, situation, today) → decision. The agenda carries it out; nothing else sends a reminder.

mod forecast;
mod leaving;
mod needless;
mod situation;
#[cfg(test)]
mod stories;

pub use forecast::{ForecastAction, ForecastEntry, foresee};
pub use leaving::{LadderLetter, LadderLetterFacts, MayLeave, Waiting, may_leave};
pub use needless::Needless;
pub use situation::{Situation, StepTaken, held_until};

use super::hold::Hold;
use super::identity::MailId;
use super::ladder::Step;
use super::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use situation::due_on;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<'a> {
    /// Nothing will fall due until something happens: settled, paused, not sent yet, or the ladder is climbed.
    Nothing,
    /// The next step falls due at the start of this day.
    Later(Date),
    /// A step is due, but must wait: nobody is reminded unheard (promise 4).
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

/// The step that falls due next, and on which day; none while nothing can fall due. It may lie in the past: then it is due, or held.
pub fn falls_due<'a>(situation: &Situation<'a>) -> Option<(&'a Step, Date)> {
    let request = situation.request;
    if request.is_settled() || request.paused {
        return None;
    }
    let sent_on = day_in(request.sent_at?, situation.zone);
    open_steps(situation, sent_on, Date::MIN).into_iter().min_by_key(|(_, day)| *day)
}

/// The next day after `day` on which a step falls due; earlier ones may be held.
fn fall_due_after(situation: &Situation<'_>, day: Date) -> Option<Date> {
    let sent_on = day_in(situation.request.sent_at?, situation.zone);
    open_steps(situation, sent_on, day).into_iter().map(|(_, due)| due).filter(|due| *due > day).min()
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
    let (mut step, mut due_day, mut examining) = (step, due_day, None);
    let mut hold = situation.keeps_back(Some(step), false, due_day, due_day, now);
    if hold == Some(Hold::ReplyMayBeWaiting)
        && let Some(mail) = situation.letter_long_unread(due_day, now)
        // Nothing leaves above the technical level over an unread letter of the authority.
        && let Some(lowest) = due.iter().rev().find(|(step, _)| step.level() == Some(situation.addressees.lowest_level))
    {
        (step, due_day, examining) = (lowest.0, lowest.1, Some(mail));
        hold = situation.keeps_back(Some(step), true, due_day, due_day, now);
    }
    match hold.or_else(|| situation.keeps_writing_back(step)) {
        Some(hold) => Decision::Held(hold),
        None => Decision::Take { step, passed_over: passed_over(situation, &due, step, today), due_on: due_day, examining },
    }
}

/// What a letter about a request was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentAs<'a> {
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
pub fn left_as<'a>(situation: &Situation<'a>, day: Date) -> SentAs<'a> {
    let Some(sent_at) = situation.request.sent_at else { return SentAs::Request };
    let due = due_by(situation, day_in(sent_at, situation.zone), day);
    match foremost(&due).filter(|(step, _)| step.is_letter()) {
        Some((step, due_on)) => SentAs::Step { step, passed_over: passed_over(situation, &due, step, day), due_on },
        None => SentAs::Other,
    }
}

/// The letters that a step which is taken makes unnecessary (promise 8), and those that had nobody to go to: once somebody above is written to,
/// nothing goes to a lower level any more.
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

/// The steps not yet climbed for the present deadline that have somebody to go to, in order, and when each falls due: none before one that writes to
/// a lower level. Who is there is asked for the day on which a step falls due, or `today` if that is later.
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
