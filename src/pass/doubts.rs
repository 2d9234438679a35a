//! For what no letter to an authority leaves until a person has looked: a clock that is doubted, and a register that is behind its last sign of life.

use crate::domain::clock_doubt::{Doubt, Reading};
use crate::domain::event::{Happened, RetriedAs, RuleName, StandstillReason};
use crate::domain::health::HealthPart;
use crate::register::events::Event;
use crate::register::{Register, Result, standstill};
use jiff::Timestamp;

impl Register {
    /// Notes at `now` that the clock is doubted, or is not any more. Said once in the record for each time.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn note_clock(&mut self, doubt: Option<(Doubt, &Reading)>, now: Timestamp) -> Result<()> {
        if doubt.is_none() && !self.stands_still_for_clock()? {
            return Ok(());
        }
        self.write(|tx| match doubt {
            None if standstill::lift_for_clock(tx)? => {
                Event::new(now, Happened::LettersLeaveAgain(RetriedAs::ClockIsRight), RuleName::Clock).append(tx)
            }
            Some((doubt, reading)) if standstill::put_for_clock(tx, doubt, reading, now)? => {
                let doubted = Happened::LettersStandStill(StandstillReason::Doubted { why: doubt.to_string() });
                Event::new(now, doubted, RuleName::Clock).append(tx)
            }
            None | Some(_) => Ok(()),
        })?;
        self.note_health(&HealthPart::Clock, doubt.map(|(doubt, _)| doubt.to_string()).as_deref(), now)
    }

    /// Whenever it is opened to be changed: whether the register is behind its last sign of life. Then letters stand still, and no request is made.
    /// A sign that cannot be read is none.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn look_for_sign_of_life(&mut self, now: Timestamp) -> Result<()> {
        self.stand_still_if_behind(now)?;
        // Of one that was restored by command nobody was told yet.
        self.is_behind()?.map_or(Ok(()), |why| self.note_health(&HealthPart::Register, Some(&why), now))
    }
}
