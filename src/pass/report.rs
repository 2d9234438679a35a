//! What a pass did and what it met.

use crate::register::OutsideHours;
use serde::Serialize;

/// What one pass did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PassReport {
    pub ingested: usize,
    /// Seen before: the same mail.
    pub again: usize,
    pub linked: usize,
    pub waiting_for_a_person: usize,
    pub set_aside: usize,
    pub letters_written: usize,
    pub letters_sent: usize,
    pub letters_refused: usize,
    pub outcomes_unknown: usize,
    pub digests: usize,
    /// References of requests with a step that is due and waits, with the reason.
    pub held: Vec<(String, String)>,
    /// Letters that wait only for an hour at which letters leave, where the pass is a command of its own: then somebody reads it.
    pub outside_hours: Option<OutsideHours>,
    /// What did not work, in sentences, each once; each was noted in the register's health.
    pub faults: Vec<String>,
    /// The relay refuses this office, or cannot be reached: in this pass it is asked no more.
    #[serde(skip)]
    pub relay_is_shut: bool,
    /// A mailbox cannot be read before a person has mended something, as a log-in that is refused.
    #[serde(skip)]
    pub mailbox_needs_a_person: bool,
}

impl PassReport {
    /// Whether nothing happened that is worth a line.
    pub fn is_quiet(&self) -> bool {
        let quiet = PassReport { held: self.held.clone(), again: self.again, ..PassReport::default() };
        *self == quiet
    }

    /// A fault that was met twice is told once. Whether this one is new.
    pub(crate) fn tell_fault(&mut self, fault: &str) -> bool {
        let is_new = !self.faults.iter().any(|told| told == fault);
        if is_new {
            self.faults.push(fault.to_owned());
        }
        is_new
    }

    /// With what was sent meanwhile.
    pub(crate) fn absorb(&mut self, sent: PassReport) {
        self.letters_sent += sent.letters_sent;
        self.letters_refused += sent.letters_refused;
        self.outcomes_unknown += sent.outcomes_unknown;
        self.relay_is_shut |= sent.relay_is_shut;
        for fault in &sent.faults {
            self.tell_fault(fault);
        }
    }
}
