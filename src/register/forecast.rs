//! What would be sent when, if nobody answered: the lifecycle played forward, nothing written.

use super::agenda::{Known, Recipient};
use super::{Reader, Result};
use crate::domain::identity::RequestId;
use crate::domain::ladder::Anchor;
use crate::domain::lifecycle::{self, StepTaken};
use crate::domain::rules::{day_in, start_of_day};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// A step that will fall due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foreseen {
    /// When it leaves, or is recorded, on the authority's calendar.
    pub on: Date,
    pub reference: String,
    pub authority: String,
    /// `request`, or the name of the ladder's step.
    pub step: String,
    /// Addresses; empty where nothing is sent, or nobody can be written to.
    pub to: Vec<String>,
}

impl Reader {
    /// Every step up to and including the day `until` on the authorities' calendars, in order of days.
    pub fn forecast(&self, now: Timestamp, until: Date) -> Result<Vec<Foreseen>> {
        let horizon = start_of_day(until, &self.rules.time_zone).as_second() + 2 * 86_400;
        let open: Vec<i64> = self
            .db
            .prepare_cached("SELECT id FROM request WHERE next_due <= ?1 ORDER BY next_due")?
            .query_map([horizon], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut foreseen = Vec::new();
        for id in open {
            let known = Known::load(&self.db, &self.rules, RequestId(id))?;
            self.foresee(known, now, until, &mut foreseen)?;
        }
        foreseen.sort_by(|left, right| (left.on, &left.reference).cmp(&(right.on, &right.reference)));
        Ok(foreseen)
    }

    fn foresee(&self, mut known: Known, now: Timestamp, until: Date, foreseen: &mut Vec<Foreseen>) -> Result<()> {
        let addresses = |recipients: &[Recipient]| recipients.iter().map(|recipient| recipient.address.clone()).collect();
        if known.wants_first_letter() {
            let leaves = self.rules.moment_of(None, now, &known.authority);
            let on = day_in(leaves, &known.zone);
            let due = known.due_step(&self.db, &self.rules, None, &[], None, now)?;
            foreseen.push(Foreseen {
                on,
                reference: known.request.reference.clone(),
                authority: known.authority.name.clone(),
                step: "request".into(),
                to: addresses(&due.recipients),
            });
            known.request.sent_at = Some(leaves);
            known.last_letter_on = Some(on);
        } else if known.request.sent_at.is_none() {
            known.request.sent_at = Some(now);
        }
        // Each round takes one step of a finite ladder.
        for _ in 0..=known.ladder.steps.len() {
            let situation = known.situation(&self.rules);
            let Some((first, falls_due)) = lifecycle::falls_due(&situation) else { break };
            // The agenda looks at the request at that moment, and takes what is due by then.
            let looked_at = self.rules.moment_of(Some(first), start_of_day(falls_due, &known.zone).max(now), &known.authority);
            let step = lifecycle::taken_on(&situation, day_in(looked_at, &known.zone)).map_or(first, |(step, _)| step).clone();
            if situation.is_left_to_a_person(&step) {
                break;
            }
            let on = day_in(self.rules.moment_of(Some(&step), looked_at, &known.authority), &known.zone);
            if on > until {
                break;
            }
            let due = known.due_step(&self.db, &self.rules, Some(&step), &[], Some(on), start_of_day(on, &known.zone))?;
            foreseen.push(Foreseen {
                on,
                reference: known.request.reference.clone(),
                authority: due.addressed.name.clone(),
                step: step.name.clone(),
                to: if step.is_letter() { addresses(&due.recipients) } else { vec![] },
            });
            for climbed in known.ladder.steps.clone() {
                let last = climbed.name == step.name;
                if climbed.anchor == Anchor::Sending || climbed.is_letter() || last {
                    known.taken.push(StepTaken { name: climbed.name, on, deadline: known.request.deadline, passed_over: !last });
                }
                if last {
                    break;
                }
            }
            if step.is_letter() {
                known.last_letter_on = Some(on);
            }
        }
        Ok(())
    }
}
