//! Letters leave again: after a back-up was put in the register's place and somebody has had it compared with the world, and after a person has said
//! that the clock is right.

use crate::domain::event::{Actor, Happened, RetriedAs};
use crate::domain::health::HealthPart;
use crate::domain::reference;
use crate::domain::rules::day_in;
use crate::register::events::Event;
use crate::register::{Register, Result, SeenLeft, numbers, restored, standstill};
use jiff::Timestamp;

impl Register {
    /// Numbers that the lost register has given, or may have, are never given again: neither in references nor in addresses, where an answer to
    /// the one would be linked to the other. Of the references that were seen, those that this register does not know.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn set_numbers_aside(&mut self, seen: &SeenLeft, actor: &Actor, now: Timestamp) -> Result<Vec<String>> {
        let lost = self.events_lost()?.unwrap_or(numbers::SPARE);
        self.write(|tx| {
            for reference in &seen.references {
                let Some((year, number)) = reference::numbered(reference, &tx.rules().prefix) else { continue };
                numbers::give_none_up_to(tx, year, i64::from(number))?;
            }
            let unknown = restored::unknown_of(tx, seen)?;
            if !seen.is_all {
                let year = day_in(now, &tx.rules().time_zone).year();
                let given = numbers::last(tx, year)?;
                numbers::give_none_up_to(tx, year, given + lost)?;
            }
            let (request, delivery) = numbers::jump_over(tx, &seen.subjects, seen.delivery, lost)?;
            let set_aside = Happened::NumbersSetAside { unknown: unknown.clone(), requests_up_to: request, deliveries_up_to: delivery };
            Event::new(now, set_aside, actor).append(tx)?;
            Ok(unknown)
        })
    }

    /// It was compared; letters leave again. The sign of life is from now on this register's: that of the lost one is kept in the record.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written, or the sign of life beside it cannot be written. Without the sign, letters do not leave
    /// again.
    pub fn caught_up(&mut self, actor: &Actor, now: Timestamp) -> Result<()> {
        let lost_register = self.lost_register();
        // First: with the sign of the lost register beside it, the next start would find it behind again.
        self.write_sign_of_life()?;
        self.write(|tx| {
            restored::lift(tx)?;
            Event::new(now, Happened::LettersLeaveAgain(RetriedAs::Compared { lost_register }), actor).append(tx)
        })?;
        self.note_health(&HealthPart::Register, None, now)
    }

    /// A person has looked at the clock and says that it is right: from now on it is believed. Whether it was doubted.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn accept_clock(&mut self, actor: &Actor, shown: Timestamp) -> Result<bool> {
        let was_doubted = self.write(|tx| {
            let was_doubted = standstill::lift_for_clock(tx)?;
            if was_doubted {
                Event::new(shown, Happened::ClockAccepted, actor).append(tx)?;
                standstill::note_clock_accepted(tx)?;
            }
            Ok(was_doubted)
        })?;
        if was_doubted {
            self.note_health(&HealthPart::Clock, None, shown)?;
        }
        Ok(was_doubted)
    }
}
