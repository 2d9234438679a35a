//! What time it is for a pass: the machine's clock as long as it is believed (`domain::clock_doubt`), and otherwise the last moment that is surely
//! past with the time that has passed since by the monotonic clock. So a wrong clock stops letters and nothing else. Without that, a clock a year
//! ahead would record an event in a year's time, and since no event may be earlier than the one before it, all later ones would be dated so too.
//!
//! `tick --at` and the demo bring their own time, and use nothing of this.

use crate::domain::clock_doubt::{self, Doubt, Reading};
use crate::register::{Reader, Register, RegisterError};
use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The machine's clock against the time that passes.
#[derive(Debug, Clone)]
pub struct Timekeeper {
    /// When this began, or the clock was last believed.
    begun: Moment,
    /// A moment that was surely past when the clock was first doubted; none while it is believed.
    certain: Option<Moment>,
    /// By which event a person accepted the clock last.
    accepted: Option<String>,
}

/// A point of time by a clock that may be set, and the same by one that cannot be.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: Timestamp,
    passed: SignedDuration,
}

/// Since the machine was started, with the time that it slept (clock_gettime(2), CLOCK_BOOTTIME).
fn passed() -> SignedDuration {
    let time = clock_gettime(ClockId::Boottime);
    SignedDuration::new(time.tv_sec, i32::try_from(time.tv_nsec).unwrap_or(0))
}

impl Moment {
    fn since(at: Timestamp) -> Moment {
        Moment { at, passed: passed() }
    }

    /// What a clock that was never set shows by now.
    fn by_now(self) -> Timestamp {
        self.at.saturating_add(passed() - self.passed).unwrap_or(self.at)
    }
}

impl Timekeeper {
    pub fn begin(accepted: Option<String>) -> Timekeeper {
        Timekeeper { begun: Moment::since(Timestamp::now()), certain: None, accepted }
    }

    fn now(&self) -> Timestamp {
        match self.certain {
            Some(certain) => certain.by_now(),
            None => Timestamp::now(),
        }
    }
}

/// The time of an office, the same one for whoever receives and whoever sends. By the machine's clock once there is a keeper; else it is given.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Mutex<Option<Timekeeper>>>);

impl Clock {
    fn kept(&self) -> MutexGuard<'_, Option<Timekeeper>> {
        // A keeper is put in whole or not at all.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is now, in a pass that began at `given`: letters leave one after the other, and with a slow server the last would leave after the
    /// office has closed.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read. A time that is given (`tick --at`, the demo) never fails.
    pub fn moment(&self, register: &Reader, given: Timestamp) -> Result<Timestamp, RegisterError> {
        let kept = self.kept().as_ref().map(Timekeeper::now);
        kept.map_or(Ok(given), |now| register.time_to_act(now))
    }

    /// From now on the time is the machine's.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn live(&self, register: &Reader) -> Result<(), RegisterError> {
        *self.kept() = Some(Timekeeper::begin(register.clock_accepted()?));
        Ok(())
    }

    /// The time by which a pass begins, before anything of it can bear witness.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn time_to_begin(&self, register: &Reader) -> Result<Timestamp, RegisterError> {
        self.judge(register, None).map(|(now, _)| now)
    }

    /// The time by which it goes on once the mailboxes were read, and why the clock is doubted, if it is: that stops the letters, and the operator is
    /// told. `witness`: the latest moment at which what was read surely had been written.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn time_to_go_on(&self, register: &mut Register, witness: Option<Timestamp>) -> Result<(Timestamp, Option<Doubt>), RegisterError> {
        let (now, doubt) = self.judge(register, witness)?;
        register.note_clock(doubt.as_ref().map(|(doubt, reading)| (*doubt, reading)), now)?;
        Ok((now, doubt.map(|(doubt, _)| doubt)))
    }

    fn judge(&self, register: &Reader, witness: Option<Timestamp>) -> Result<(Timestamp, Option<(Doubt, Reading)>), RegisterError> {
        let accepted = register.clock_accepted()?;
        let mut kept = self.kept();
        let keeper = match kept.take() {
            Some(keeper) if keeper.accepted == accepted => kept.insert(keeper),
            _ => kept.insert(Timekeeper::begin(accepted)),
        };
        let shown = Timestamp::now();
        let reading = register.clock_reading(shown, shown.duration_since(keeper.begun.by_now()), witness)?;
        let doubt = clock_doubt::doubt(&reading);
        if doubt.is_some() {
            keeper.certain.get_or_insert_with(|| Moment::since(clock_doubt::surely_past(&reading)));
        } else if keeper.certain.take().is_some() {
            keeper.begun = Moment::since(shown);
        }
        let now = register.time_to_act(keeper.now())?;
        Ok((now, doubt.map(|doubt| (doubt, reading))))
    }
}
