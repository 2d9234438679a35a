//! Decisions that nobody takes rise inside the office: from then on digests tell the deputy, and later the head, of them.

use crate::domain::decision::risen_to;
use crate::domain::event::{Happened, RisenTo, RuleName};
use crate::domain::obligation::{Obligation, Owed};
use crate::domain::staff::Rises;
use crate::register::decisions::{self, Decision};
use crate::register::events::Event;
use crate::register::{Register, Result, obligations};
use jiff::Timestamp;

impl Register {
    /// Lets the decisions rise that are due to, each with an event. How many have.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn let_decisions_rise(&mut self, now: Timestamp) -> Result<usize> {
        let due = self.decisions_due(now)?;
        if due.is_empty() {
            return Ok(0);
        }
        self.write(|tx| {
            let terms = tx.rules().rest_terms();
            let mut rose = 0;
            for mail in due {
                let obligation = Obligation::Decision(mail);
                let Some(Decision { since, about }) = decisions::owed(tx, mail)? else {
                    obligations::plan(tx, obligation, None, None)?;
                    continue;
                };
                let before = decisions::has_risen(tx, mail, since)?;
                // Whoever was told of it by other rules knows it by these as well.
                let risen = risen_to(since, now, &terms).max(before);
                obligations::put(tx, &Owed { obligation, about, due: risen.until(since, &terms), risen })?;
                let to = match risen {
                    Rises::Responsible => continue,
                    Rises::Deputy => RisenTo::Deputy,
                    Rises::Head => RisenTo::Head,
                };
                // Where only the day on which it rises further has changed, nobody is told anew.
                if before < risen {
                    rose += 1;
                    Event::new(now, Happened::DecisionRose { to, since: since.as_second() }, RuleName::Agenda).mail(mail).append(tx)?;
                }
            }
            Ok(rose)
        })
    }
}
