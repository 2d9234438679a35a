//! What time it is for a pass: the machine's clock as long as it is believed (`domain::clock`), and otherwise the last moment that is surely past
//! with the time that has passed since by the monotonic clock. So a wrong clock stops letters, and not time: nothing is recorded at an hour
//! before which nothing could happen any more.
//!
//! `tick --at` and the demo are given their time, and keep none.

use super::office::{Office, PassReport};
use crate::domain::clock::{self, Doubt, Reading};
use crate::register::{Reader, RegisterError};
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
pub(super) struct Clock(Arc<Mutex<Option<Timekeeper>>>);

impl Clock {
    fn kept(&self) -> MutexGuard<'_, Option<Timekeeper>> {
        // A keeper is put in whole or not at all.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time anew, in a pass that began at `given`: letters leave one after the other, and a slow server must not have them leave after the
    /// office has closed.
    pub(super) fn moment(&self, register: &Reader, given: Timestamp) -> Result<Timestamp, RegisterError> {
        let kept = self.kept().as_ref().map(Timekeeper::now);
        kept.map_or(Ok(given), |now| register.time_to_act(now))
    }
}

impl Office {
    /// From now on passes live by the machine's clock, and mail is received while letters leave.
    pub fn live(&mut self) -> Result<(), RegisterError> {
        *self.clock.kept() = Some(Timekeeper::begin(self.register.clock_accepted()?));
        self.outbox = Some(self.register.once_more()?);
        Ok(())
    }

    pub(super) fn moment(&self, given: Timestamp) -> Result<Timestamp, RegisterError> {
        self.clock.moment(&self.register, given)
    }

    /// The time by which a pass begins, before anything of it can bear witness.
    pub(super) fn time_to_begin(&mut self) -> Result<Timestamp, RegisterError> {
        self.judge_clock(None).map(|(now, _)| now)
    }

    /// The time by which it goes on once the mailboxes were read. A doubted clock stops the letters, and the operator is told.
    pub(super) fn time_to_go_on(&mut self, witness: Option<Timestamp>, report: &mut PassReport) -> Result<Timestamp, RegisterError> {
        let (now, doubt) = self.judge_clock(witness)?;
        if let Some((doubt, _)) = &doubt {
            tracing::error!(%doubt, "the time is doubted");
            report.faults.push(format!("{doubt}; no letter to an authority leaves until it is right. If it is: demarche clock accept"));
        }
        self.register.note_clock(doubt.as_ref().map(|(doubt, reading)| (*doubt, reading)), now)?;
        Ok(now)
    }

    fn judge_clock(&mut self, witness: Option<Timestamp>) -> Result<(Timestamp, Option<(Doubt, Reading)>), RegisterError> {
        let accepted = self.register.clock_accepted()?;
        let mut kept = self.clock.kept();
        let keeper = match kept.take() {
            Some(keeper) if keeper.accepted == accepted => kept.insert(keeper),
            _ => kept.insert(Timekeeper::begin(accepted)),
        };
        let shown = Timestamp::now();
        let reading = self.register.clock_reading(shown, shown.duration_since(keeper.begun.by_now()), witness)?;
        let doubt = clock::doubt(&reading);
        if doubt.is_some() {
            keeper.certain.get_or_insert_with(|| Moment::since(clock::surely_past(&reading)));
        } else if keeper.certain.take().is_some() {
            keeper.begun = Moment::since(shown);
        }
        let now = self.register.time_to_act(keeper.now())?;
        Ok((now, doubt.map(|doubt| (doubt, reading))))
    }
}
