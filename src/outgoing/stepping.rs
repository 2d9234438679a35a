//! What the agenda finds due is drafted, and put into the outbox or kept for a person to release, each step in one transaction.

use super::drafting::{Drafting, StepFault};
use super::planning::replan;
use crate::domain::event::{Enclosed, Happened, RuleName, StepWritten};
use crate::domain::health::HealthPart;
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::request::Request;
use crate::domain::resting::StepRests;
use crate::domain::rules::day_in;
use crate::pass::PassReport;
use crate::register::events::Event;
use crate::register::known::Known;
use crate::register::{
    DueStep, NewLetter, Register, RegisterError, Result, Transaction, drafts, enclosures, outbox, requests, steps_taken,
};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Steps looked at in one go; the rest follows in the same pass.
const BATCH: usize = 200;

/// What was done about a [`DueStep`].
#[derive(Debug, Clone)]
pub struct StepAsTaken<'a> {
    pub due: &'a DueStep,
    /// The deadline that the letter names.
    pub stated: Option<Date>,
    pub letter: Option<NewLetter>,
}

impl Drafting<'_> {
    /// Takes every step that is due, looking at each request once, and once more where one has changed while its letter was written. What is held
    /// stays due and is told; so does a letter that cannot be written, which keeps none of the others.
    pub(crate) async fn take_steps(&mut self, now: Timestamp, report: &mut PassReport) -> Result<()> {
        let mut unwritable: BTreeMap<RequestId, String> = BTreeMap::new();
        let (mut looked_at, mut has_changed, mut is_second_look) = (None, false, false);
        report.held.clear();
        while !self.stop.is_asked() {
            let agenda = self.register.agenda_after(looked_at, now, BATCH)?;
            looked_at = agenda.looked_at;
            report.held.extend(agenda.held.iter().map(|(reference, hold)| (reference.clone(), hold.why().to_string())));
            for due in &agenda.due {
                if self.stop.is_asked() {
                    break;
                }
                match self.take_step(due, now) {
                    Ok(wrote) => report.letters_written += usize::from(wrote),
                    Err(StepFault::Register(RegisterError::Stale { reference })) => {
                        tracing::debug!(request = reference, "the request changed while its letter was written; it is looked at again");
                        has_changed = true;
                    }
                    Err(StepFault::Register(error)) => return Err(error),
                    Err(StepFault::Letter(fault)) => {
                        tracing::error!(request = due.request.reference, %fault, "a letter could not be written");
                        unwritable.insert(due.request.id, format!("{}: {fault}", due.request.reference));
                    }
                }
                // Thousands of steps may be due, and whoever asks the daemon to stop is heard in between.
                tokio::task::yield_now().await;
            }
            if agenda.due.len() < BATCH {
                if !has_changed || is_second_look {
                    break;
                }
                (looked_at, is_second_look) = (None, true);
                report.held.clear();
            }
        }
        let was_failing = self.register.health()?.iter().any(|part| part.part == HealthPart::Writing && part.fault.is_some());
        if was_failing || !unwritable.is_empty() {
            self.register.note_health(&HealthPart::Writing, unwritable.values().next().map(String::as_str), now)?;
        }
        report.faults.extend(unwritable.into_values());
        Ok(())
    }

    fn take_step(&mut self, due: &DueStep, now: Timestamp) -> std::result::Result<bool, StepFault> {
        let release_by = due.is_drafted(self.rules).then(|| self.rules.release_by(now));
        let stated = due.step.is_none().then(|| self.writer().deadline_it_names(due, release_by, now));
        let enclosures = enclosures::of_letter(self.register, due.which_letter(self.rules))?;
        let letter = self.writer().letter_of_step(due, stated, release_by, &enclosures, now)?;
        let wrote = letter.is_some();
        self.register.take_step(&StepAsTaken { due, stated, letter }, self.addresses, now)?;
        Ok(wrote)
    }
}

impl Register {
    /// Takes a step: the letter goes into the outbox, the step is remembered, or the ladder's end recorded. `Stale` if the request changed
    /// since, or a mail came in that nobody has read: then nothing is done and the agenda will ask again.
    ///
    /// # Errors
    ///
    /// [`RegisterError::Stale`]; and where the register cannot be read or written.
    pub fn take_step(&mut self, taken: &StepAsTaken<'_>, addresses: &ReplyAddresses, now: Timestamp) -> Result<Option<LetterId>> {
        self.write(|tx| {
            let due = taken.due;
            let id = due.request.id;
            let known = Known::load(tx, id)?;
            let rests = due.due_on.map_or(StepRests::No, |due_on| known.situation(tx.rules()).step_rests(due_on, now));
            let as_decided = due.examining.as_ref().map_or(StepRests::No, |examining| StepRests::MayTell(examining.mail));
            if known.request.revision != due.request.revision || rests != as_decided {
                return Err(RegisterError::Stale { reference: due.request.reference.clone() });
            }
            if due.step.is_none() {
                let mut basis = known.request.basis.clone();
                basis.stated = taken.stated;
                requests::store_basis(tx, id, &basis)?;
            }
            let letter = taken
                .letter
                .as_ref()
                .map(|letter| outbox::put(tx, Some(id.into()), due.step.as_ref(), letter, addresses, now))
                .transpose()?;
            if let Some(letter) = letter {
                drafts::put_before(tx, letter, &known.request)?;
            }
            let today = day_in(now, &known.zone);
            let passed_over = due.passed_over.iter().map(String::as_str);
            let step = due.step.as_ref().map(|step| step.name.as_str());
            put_steps(tx, &known.request, passed_over, step, (today, due.due_on), letter)?;
            if !due.is_letter() {
                requests::put_non_cooperation(tx, id, today)?;
            }
            let enclosed = letter.map(|letter| enclosures::take(tx, due.which_letter(tx.rules()), letter)).transpose()?.unwrap_or_default();
            let mut event = Event::new(now, written(taken, enclosed, tx.rules().lowest_level()), RuleName::Ladder).request(id);
            event.letter = letter;
            event.append(tx)?;
            replan(tx, id, now)?;
            Ok(letter)
        })
    }
}

/// A step of a request's ladder is taken `on` this day, and those that were `due_on` earlier ones are passed over.
pub(super) fn put_steps<'a>(
    tx: &Transaction<'_>,
    request: &Request,
    passed_over: impl Iterator<Item = &'a str>,
    step: Option<&'a str>,
    (on, due_on): (Date, Option<Date>),
    letter: Option<LetterId>,
) -> Result<()> {
    for (name, is_passed_over) in passed_over.map(|name| (name, true)).chain(step.map(|name| (name, false))) {
        let step = steps_taken::Step { name, is_passed_over, on, due_on, deadline: request.deadline, letter };
        steps_taken::put(tx, request.id, &step)?;
    }
    Ok(())
}

/// For the record.
fn written(taken: &StepAsTaken<'_>, enclosed: Vec<Enclosed>, lowest_level: &str) -> Happened {
    let due = taken.due;
    let to = |letter: &NewLetter| letter.recipients.iter().map(|recipient| recipient.address.clone()).collect();
    let step = StepWritten {
        step: due.step.as_ref().map(|step| step.name.clone()),
        passed_over: due.passed_over.clone(),
        vacant: due.vacant.clone(),
        to: taken.letter.as_ref().map(to),
        sha256: taken.letter.as_ref().map(NewLetter::sha256),
        template: None,
        release_by: taken.letter.as_ref().and_then(|letter| letter.release_by).map(|day| day.to_string()),
        enclosed,
    };
    match &taken.letter {
        Some(letter) => Happened::step_written(due.letter(lowest_level).role, &letter.template, step),
        None => Happened::NonCooperationRecorded(step),
    }
}
