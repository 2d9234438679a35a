//! The next letter that may leave is claimed for one attempt, which is recorded before it is made (promise 3).

use super::pacing;
use super::taking_out::take_out;
use crate::domain::delivery::{
    DeliveryChange, DeliveryState, DueDecision, DueDelivery, LetterDecision, RetryRules, decide_by_letter, decide_when_due,
};
use crate::domain::identity::{DeliveryId, LetterId};
use crate::domain::lifecycle::Needless;
use crate::register::attempts::DuePlace;
use crate::register::leave_check::{Waiting, may_leave};
use crate::register::recipients::is_gone_at;
use crate::register::{Claim, Register, Result, Transaction, attempts, deliveries, known};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// What is done about the deliveries that are due, up to the first that is attempted.
#[derive(Default)]
struct Looked {
    withdrawn: Vec<(LetterId, Needless)>,
    /// The letters among them: one may be due to several.
    is_withdrawn: HashSet<LetterId>,
    put_off: Vec<(DeliveryId, Option<Timestamp>)>,
    /// Copies that are not sent, and why.
    left_out: Vec<(DeliveryId, Needless)>,
    chosen: Option<(DeliveryId, String)>,
}

/// How far one pass has looked through what is due. What is held is not asked about again for each letter that leaves: that is done once more when
/// everything behind it was looked at, since meanwhile it may be free.
#[derive(Debug, Default)]
pub struct LookedThrough {
    last: Option<DuePlace>,
}

impl Register {
    /// Claims the next delivery behind those that were looked at in this pass that may leave now, and records that an attempt begins. Letters that
    /// are no longer needed, or name a deadline that has moved, are withdrawn; those that would chase somebody unheard wait (promise 4), and so
    /// does everything to an authority outside of office hours, and what may have left already until the mailbox was read for signs of it (promise
    /// 3).
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn claim_delivery(&mut self, pass: &mut LookedThrough, retry: &RetryRules, now: Timestamp) -> Result<Option<Claim>> {
        self.write(|tx| {
            if pacing::is_full(tx, retry, now)? {
                return Ok(None);
            }
            let looked = look_through(tx, pass, retry, now)?;
            for (delivery, until) in looked.put_off {
                deliveries::put_off(tx, delivery, until)?;
            }
            for (copy, why) in looked.left_out {
                deliveries::change(tx, copy, &DeliveryChange::Cancelled { because: why.why().into() })?;
            }
            for (letter, why) in looked.withdrawn {
                take_out(tx, letter, why, now)?;
            }
            looked.chosen.map(|(delivery, domain)| attempts::begin(tx, delivery, &domain, now)).transpose()
        })
    }

    /// Where signs of letters of unknown outcome could not be looked for, none of them is sent again before `until`.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn put_off_unknown(&mut self, until: Timestamp) -> Result<()> {
        self.write(|tx| deliveries::put_off_unknown(tx, until))
    }
}

/// Looks no further than to the first that may leave: thousands may be due. First at what is behind the last that was looked at, then at what is
/// before.
fn look_through(tx: &Transaction<'_>, pass: &mut LookedThrough, retry: &RetryRules, now: Timestamp) -> Result<Looked> {
    let mut looked = Looked::default();
    let mut recent: HashMap<String, u32> = HashMap::new();
    let mailboxes_read_at = known::mailboxes_read_at(tx)?;
    let begun_at = pass.last;
    let mut look = |due: attempts::DueDelivery| {
        pass.last = Some((due.due_at, due.delivery));
        let recent_to_domain = match recent.get(&due.domain) {
            Some(recent) => *recent,
            None => *recent.entry(due.domain.clone()).or_insert(attempts::recent_to(tx, &due.domain, now)?),
        };
        let facts = DueDelivery {
            is_unknown: due.state == DeliveryState::Unknown,
            due_at: due.due_at,
            first_attempt_at: due.first_attempt_at,
            recent_to_domain,
            mailboxes_read_at,
        };
        match decide_when_due(&facts, retry, now) {
            DueDecision::NextMinute | DueDecision::OnceMailboxesAreRead => return Ok(ControlFlow::Continue(())),
            DueDecision::ForAPerson => {
                looked.put_off.push((due.delivery, None));
                return Ok(ControlFlow::Continue(()));
            }
            DueDecision::Attempt => {}
        }
        if let (Some(copy_to), Some(request)) = (due.copy_to, due.request)
            && let Some(why) = is_gone_at(tx, &copy_to, request, now)?
        {
            // What may have left already is not called cancelled.
            if facts.is_unknown {
                looked.put_off.push((due.delivery, None))
            } else {
                looked.left_out.push((due.delivery, why))
            }
            return Ok(ControlFlow::Continue(()));
        }
        let waiting = Waiting { letter: due.letter, request: due.request, role: due.role, step: due.step };
        match decide_by_letter(facts.is_unknown, may_leave(tx, &waiting, now)?, now) {
            LetterDecision::LeftToAPerson => looked.put_off.push((due.delivery, None)),
            LetterDecision::Withdrawn(why) => {
                if looked.is_withdrawn.insert(waiting.letter) {
                    looked.withdrawn.push((waiting.letter, why));
                }
            }
            LetterDecision::PutOff(moment) => looked.put_off.push((due.delivery, Some(moment))),
            LetterDecision::Attempt => {
                looked.chosen = Some((due.delivery, due.domain));
                return Ok(ControlFlow::Break(()));
            }
            LetterDecision::Stays => {}
        }
        Ok(ControlFlow::Continue(()))
    };
    if attempts::each_due(tx, (begun_at, None), now, &mut look)?.is_continue() && begun_at.is_some() {
        let _ = attempts::each_due(tx, (None, begun_at), now, &mut look)?;
    }
    Ok(looked)
}
