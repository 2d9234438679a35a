//! The stand-in for staff: places what waits for a person, a day or two later, with the verbs that the command line uses.
//!
//! It knows what a person would know by reading: what the mail means and which request it is about, from the notes that the stand-in for the
//! authorities keeps. It looks at nothing that does not wait for a person.

use super::chance::Chance;
use super::ground_truth::{IntendedKind, Note, Notes};
use super::raw_mail::local;
use crate::domain::event::Actor;
use crate::domain::identity::MailId;
use crate::domain::kind::Kind;
use crate::domain::reply::{Effect, Standing};
use crate::office::Placed;
use crate::register::{MailView, Reader, Register, RegisterError};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// As the register's events name who placed a mail.
/// Who decides in the demonstration.
pub fn actor() -> Actor {
    Actor::at_the_command_line("R. Desk (the demonstration's stand-in for staff)")
}

/// More never wait at a time; those beyond are looked at when some are placed.
const MOST_WAITING: usize = 500;

pub struct Staff {
    seed: u64,
    /// The desk is cleared by then.
    end: Timestamp,
    /// What waits, by when it will be placed.
    desk: BTreeMap<(Timestamp, i64), String>,
    seen: BTreeSet<i64>,
    placed: u64,
}

impl Staff {
    pub fn new(seed: u64, end: Timestamp) -> Staff {
        Staff { seed, end, desk: BTreeMap::new(), seen: BTreeSet::new(), placed: 0 }
    }

    pub fn placed(&self) -> u64 {
        self.placed
    }

    pub fn next(&self) -> Option<Timestamp> {
        self.desk.keys().next().map(|(at, _)| *at)
    }

    /// Looks at what newly waits, and at which of the `linked` mails that were just linked may answer more than they are linked to.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn look(&mut self, register: &Reader, linked: usize, now: Timestamp) -> Result<(), RegisterError> {
        for mail in register.waiting_views()?.iter().take(MOST_WAITING) {
            self.lay_down(mail, now);
        }
        if linked > 0 {
            for mail in register.mail_views(Some(Standing::Linked), linked)?.iter().filter(|mail| !mail.suggestions.is_empty()) {
                self.lay_down(mail, now);
            }
        }
        Ok(())
    }

    fn lay_down(&mut self, mail: &MailView, now: Timestamp) {
        if self.seen.insert(mail.id) {
            let message_id = mail.message_id.clone().unwrap_or_default();
            self.desk.insert((self.when(&message_id, now), mail.id), message_id);
        }
    }

    /// One or two days later, during the day; on the last days, at once.
    fn when(&self, message_id: &str, now: Timestamp) -> Timestamp {
        let mut chance = Chance::new(self.seed, &format!("staff {message_id}"));
        let midnight = local(now).start_of_day().map_or(now, |start| start.timestamp());
        let later = midnight + SignedDuration::from_mins(chance.between(1, 2) * 24 * 60 + chance.between(9 * 60, 17 * 60));
        later.min(self.end).max(now)
    }

    /// Places what its time has come for.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written, or refuses what is said of a mail.
    pub fn work(&mut self, register: &mut Register, notes: &Notes, now: Timestamp) -> Result<(), RegisterError> {
        while let Some(entry) = self.desk.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, id), message_id) = entry.remove_entry();
            let note = notes.of(&message_id);
            self.placed += u64::from(place(register, MailId(id), note, now)?);
        }
        Ok(())
    }
}

/// Whether there was anything to place.
fn place(register: &mut Register, mail: MailId, note: Option<&Note>, now: Timestamp) -> Result<bool, RegisterError> {
    let view = register.mail_view(mail)?;
    let meaning = note.map_or(IntendedKind::Nothing, |note| note.meaning);
    let about = note.map(|note| note.about.as_slice()).unwrap_or_default();
    let missing: Vec<String> = about.iter().filter(|reference| !view.requests.contains(reference)).cloned().collect();
    if !view.waits_for_a_person() && missing.is_empty() {
        return Ok(false);
    }
    // What is linked and waits counts once a person links it.
    let waiting = view.links.iter().filter(|link| link.effect == Effect::Waiting && about.contains(&link.reference));
    let to_link: Vec<String> = waiting.map(|link| link.reference.clone()).chain(missing).collect();
    if !to_link.is_empty() {
        register.link_mail(mail, &to_link, &actor(), now)?;
    }
    let placed = match meaning {
        // Linking says so already of what reads like a letter.
        IntendedKind::Reply if view.kind == Some(Kind::Letter) && !to_link.is_empty() => return Ok(true),
        IntendedKind::Reply => Placed::As(Effect::Reply),
        IntendedKind::Acknowledgement => Placed::As(Effect::Acknowledgement),
        IntendedKind::Automatic => Placed::As(Effect::Automatic),
        IntendedKind::Bounce => Placed::As(Effect::Bounce),
        IntendedKind::Nothing => Placed::Ignore,
    };
    register.mark_mail(mail, placed, &actor(), now)?;
    Ok(true)
}
