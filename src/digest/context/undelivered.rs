//! Letters that have not left or did not arrive, in a digest: drafts, addresses that take none, letters that came back, and places from which nothing
//! is heard.

use crate::digest::content::{CameBack, CameBackHow, DraftWaiting, DraftWithdrawn, Undeliverable};
use crate::digest::frame::Dates;
use crate::digest::untrusted::{LONGEST_REASON, name, untrusted};
use crate::domain::silence::Silence;
use crate::render::Day;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct UndeliverableContext {
    authority: String,
    contact: String,
    reason: String,
    since: Day,
}

#[derive(Debug, Serialize)]
pub(super) struct CameBackContext {
    reference: String,
    authority: String,
    to: String,
    /// `came_back`, `suppressed`, `said_to_have_come_back`, `unknown`
    what: CameBackHow,
    reason: String,
    age_days: i64,
    letter: i64,
    mail: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(super) struct DraftContext {
    letter: i64,
    reference: String,
    authority: String,
    /// `request`, or the name of the ladder's step.
    step: String,
    /// Addresses; empty where the draft was withdrawn, as the next two.
    to: String,
    day: Option<Day>,
    age_days: i64,
    /// Why it was withdrawn; empty where it waits.
    why: String,
}

#[derive(Debug, Serialize)]
pub(super) struct SilentContext {
    /// A domain or an address.
    to: String,
    letters: usize,
    since: Day,
}

impl UndeliverableContext {
    pub fn new(contact: &Undeliverable, dates: Dates<'_>) -> UndeliverableContext {
        UndeliverableContext {
            authority: name(&contact.authority),
            contact: name(&contact.contact),
            reason: untrusted(&contact.reason, LONGEST_REASON),
            since: dates.day(contact.since),
        }
    }
}

impl CameBackContext {
    pub fn new(letter: &CameBack) -> CameBackContext {
        CameBackContext {
            reference: name(&letter.reference),
            authority: name(&letter.authority),
            to: name(&letter.to),
            what: letter.what,
            reason: untrusted(&letter.reason, LONGEST_REASON),
            age_days: letter.age_days,
            letter: letter.letter.0,
            mail: letter.mail.map(|mail| mail.0),
        }
    }
}

impl DraftContext {
    pub fn waiting(draft: &DraftWaiting, dates: Dates<'_>) -> DraftContext {
        DraftContext {
            letter: draft.letter.0,
            reference: name(&draft.reference),
            authority: name(&draft.authority),
            step: name(&draft.step),
            to: name(&draft.to.join(", ")),
            day: Some(dates.day(draft.release_by)),
            age_days: draft.age_days,
            why: String::new(),
        }
    }

    pub fn withdrawn(draft: &DraftWithdrawn) -> DraftContext {
        DraftContext {
            letter: draft.letter.0,
            reference: name(&draft.reference),
            authority: name(&draft.authority),
            step: name(&draft.step),
            to: String::new(),
            day: None,
            age_days: 0,
            why: untrusted(&draft.why, LONGEST_REASON),
        }
    }
}

impl SilentContext {
    pub fn new(silence: &Silence, dates: Dates<'_>) -> SilentContext {
        SilentContext { to: name(&silence.to), letters: silence.letters, since: dates.day(silence.since) }
    }
}
