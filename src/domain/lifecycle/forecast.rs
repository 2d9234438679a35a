//! What would be done when, if nobody wrote and nobody acted: [`next_step`] asked for each moment at which something falls due, and each answer
//! treated as done. It decides nothing of its own, so that a forecast says what the program will do.

use super::situation::{Situation, StepTaken};
use super::{Decision, fall_due_after, falls_due, held_until, next_step, taken_on};
use crate::domain::hold::Hold;
use crate::domain::ladder::{Ladder, Step};
use crate::domain::letter::{DialogueLetter, LetterRole};
use crate::domain::letter_life::{LetterLife, begins_as};
use crate::domain::rules::{OfficeRules, day_in, start_of_day};
use jiff::Timestamp;
use jiff::civil::Date;

/// Far more than a ladder has steps and a request has days on which something ends.
const MOST_ROUNDS: usize = 10_000;

/// What will be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForecastAction<'a> {
    /// The request itself is written.
    Request,
    /// The letter of this step, or the ladder's end.
    Step(&'a Step),
    /// In this step's place, that a letter of the authority is being examined.
    Examination(&'a Step),
}

impl<'a> ForecastAction<'a> {
    /// None is the request itself.
    pub fn step(self) -> Option<&'a Step> {
        match self {
            ForecastAction::Request => None,
            ForecastAction::Step(step) | ForecastAction::Examination(step) => Some(step),
        }
    }

    pub fn is_examination(self) -> bool {
        matches!(self, ForecastAction::Examination(_))
    }
}

/// One thing that will be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastEntry<'a> {
    /// When the letter leaves or the ladder's end is recorded, on the authority's calendar; of a step that is held, when it fell due.
    pub on: Date,
    pub what: ForecastAction<'a>,
    /// It will wait until a person acts, and nothing after it can be foreseen.
    pub held: Option<Hold>,
}

/// Everything up to and including the day `until` on the authority's calendar, in order. `wants_first_letter`: the request itself is still to be
/// written. Mailboxes are taken to be read all the time, and letters to leave when they may. What follows a draft cannot be foreseen: a person
/// releases it.
pub fn foresee<'a>(
    situation: &Situation<'a>,
    wants_first_letter: bool,
    rules: &OfficeRules,
    now: Timestamp,
    until: Date,
) -> Vec<ForecastEntry<'a>> {
    // Its steps outlive the rounds below.
    let ladder: &'a Ladder = situation.ladder;
    let named = |step: &Step| ladder.steps.iter().find(|other| other.name == step.name);
    let (zone, authority) = (situation.zone, situation.addressees.authority);
    if situation.draft_waits {
        return vec![];
    }
    let lowest = situation.addressees.lowest_level;
    let waits = |role: LetterRole, level: &str, asked_for: bool| {
        (begins_as(role, level, asked_for, &rules.drafts) == LetterLife::Draft).then_some(Hold::DraftWaits)
    };
    let mut foreseen = Vec::new();
    let mut request = situation.request.clone();
    let mut taken = situation.taken.to_vec();
    let (mut last_letter_on, mut told_on) = (situation.last_letter_on, situation.told_of_examination_on);
    if wants_first_letter {
        let leaves = rules.moment_of(None, now, authority);
        let on = day_in(leaves, zone);
        let held = waits(LetterRole::Request, lowest, request.drafted);
        if on <= until {
            foreseen.push(ForecastEntry { on, what: ForecastAction::Request, held });
        }
        if held.is_some() {
            return foreseen;
        }
        request.sent_at = Some(leaves);
        last_letter_on = Some(on);
    } else if request.sent_at.is_none() {
        // It waits in the outbox, or for a server's last word.
        request.sent_at = Some(now);
    }
    let mut clock = now;
    // Each round takes a step of a finite ladder, or goes on to a later day.
    for _ in 0..MOST_ROUNDS {
        let as_it_will_be = Situation {
            request: &request,
            taken: &taken,
            last_letter_on,
            told_of_examination_on: told_on,
            mailboxes_unread_until: None,
            has_unread: false,
            letter_on_its_way: false,
            ..situation.clone()
        };
        let Some((first, falls_due)) = falls_due(&as_it_will_be) else { break };
        // From that moment on the agenda looks at the request with each pass.
        clock = rules.moment_of(Some(first), start_of_day(falls_due, zone), authority).max(clock);
        let today = day_in(clock, zone);
        if today > until {
            break;
        }
        let heard = Situation { mailboxes_read_at: Some(clock), ..as_it_will_be };
        match next_step(&heard, clock) {
            Decision::Take { step, passed_over, examining, .. } => {
                let on = day_in(rules.moment_of(Some(step), clock, authority), zone);
                let held = step.letter().and_then(|letter| {
                    let letter = DialogueLetter::of(Some(letter), examining.is_some(), lowest);
                    waits(letter.role.into(), letter.level, false)
                });
                let what = if examining.is_some() { ForecastAction::Examination } else { ForecastAction::Step };
                if on <= until {
                    foreseen.extend(named(step).map(|step| ForecastEntry { on, what: what(step), held }));
                }
                if held.is_some() {
                    break;
                }
                let is_letter = step.is_letter();
                // Whoever is told that their letter is being examined was reminded of nothing.
                let climbed = if examining.is_some() { vec![] } else { climbed(&passed_over, step, today, request.deadline) };
                taken.extend(climbed);
                if examining.is_some() {
                    told_on = Some(today);
                }
                if is_letter {
                    last_letter_on = Some(today);
                }
            }
            Decision::Held(hold) => {
                let (step, due_on) = taken_on(&heard, today).unwrap_or((first, falls_due));
                let Some(day) = decided_again_on(&heard, hold, due_on, clock) else {
                    foreseen.extend(named(step).map(|step| ForecastEntry {
                        on: due_on,
                        what: ForecastAction::Step(step),
                        held: Some(hold),
                    }));
                    break;
                };
                clock = start_of_day(day, zone);
            }
            Decision::Nothing | Decision::Later(_) => break,
        }
    }
    foreseen
}

/// The day on which something else may be decided about a request that is held, though nobody acts: what rests it ends, its authority may be told
/// that its letter is being examined, or another step falls due.
fn decided_again_on(situation: &Situation<'_>, hold: Hold, due_on: Date, now: Timestamp) -> Option<Date> {
    let today = day_in(now, situation.zone);
    let ends = held_until(situation, hold, due_on, now);
    let told = situation.rests.iter().filter_map(|rest| rest.may_be_told_on(&situation.rest_terms));
    let days = ends.into_iter().chain(told).chain(fall_due_after(situation, today));
    days.filter(|day| *day > today).min()
}

fn climbed(passed_over: &[&Step], step: &Step, on: Date, deadline: Date) -> Vec<StepTaken> {
    let steps = passed_over.iter().map(|over| (over.name.clone(), true)).chain([(step.name.clone(), false)]);
    steps.map(|(name, passed_over)| StepTaken { name, on, deadline, passed_over }).collect()
}
