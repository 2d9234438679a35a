//! A step that is due, with everything that its letter is written from.

use super::Reader;
use super::deliveries::IS_NOT_LOST;
use super::known::Known;
use super::new_letter::Recipient;
use super::{Result, enclosures, numbers, recommendations, requests, rows};
use crate::domain::authority::Authority;
use crate::domain::earlier_letters::{Addressed, to_higher_level};
use crate::domain::hold::Hold;
use crate::domain::identity::MailId;
use crate::domain::ladder::Step;
use crate::domain::letter::{DialogueLetter, LetterRole};
use crate::domain::letter_life::{LetterLife, begins_as};
use crate::domain::post::Contact;
use crate::domain::recommendation::Recommendation;
use crate::domain::request::Request;
use crate::domain::rules::{OfficeRules, day_in};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

/// Something due now, with everything the letter needs.
#[derive(Debug, Clone)]
pub struct DueStep {
    pub request: Request,
    pub authority: Authority,
    /// To whom the letter goes: the authority itself or its supervising authority.
    pub addressed: Authority,
    /// None is the first letter, the request itself.
    pub step: Option<Step>,
    pub passed_over: Vec<String>,
    /// Those among them that the directory has nobody for.
    pub vacant: Vec<String>,
    /// The day on which the step fell due; none for the first letter.
    pub due_on: Option<Date>,
    /// In place of the step's own letter, that this letter of the authority is being examined.
    pub examining: Option<Examining>,
    /// Those without an answer yet.
    pub recommendations: Vec<Recommendation>,
    pub recipients: Vec<Recipient>,
    /// Why nobody can be written to, if it is a letter and nobody can.
    pub unreachable: Option<Hold>,
    /// The letters before, oldest first.
    pub earlier: Vec<Earlier>,
    /// Whether a later letter can be written to a higher level.
    pub has_higher_level: bool,
    /// None other of the request has it, not even one that a lost register has written.
    pub letter_number: u32,
}

impl DueStep {
    /// What its letter is.
    pub fn letter<'a>(&'a self, lowest_level: &'a str) -> DialogueLetter<'a> {
        DialogueLetter::of(self.step.as_ref().and_then(Step::letter), self.examining.is_some(), lowest_level)
    }

    /// Which of the letters about its request it is, so that it encloses what is meant for it.
    pub(crate) fn which_letter(&self, rules: &OfficeRules) -> enclosures::Which<'_> {
        let role = self.letter(rules.lowest_level()).role.into();
        enclosures::Which { request: self.request.id, role, step: self.step.as_ref().map(|step| step.name.as_str()) }
    }

    /// Whether its letter waits for a person to release it.
    pub fn is_drafted(&self, rules: &OfficeRules) -> bool {
        let letter = self.letter(rules.lowest_level());
        self.is_letter() && begins_as(letter.role.into(), letter.level, self.request.drafted, &rules.drafts) == LetterLife::Draft
    }

    /// Whether it is a letter; the ladder's end is not.
    pub fn is_letter(&self) -> bool {
        self.step.as_ref().is_none_or(Step::is_letter)
    }
}

/// A letter about the same request that left before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    pub role: LetterRole,
    pub on: Date,
    pub message_id: String,
    /// It went to a higher level than the request and its reminders, and to an address to which none of them went.
    pub to_higher_level: bool,
}

/// A letter of the authority that nobody has read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examining {
    pub mail: MailId,
    pub subject: String,
    pub received_at: Timestamp,
}

impl Examining {
    pub(super) fn load(db: &Reader, mail: MailId) -> Result<Examining> {
        let mut statement = db.prepare_cached("SELECT coalesce(subject, ''), received_at FROM mail WHERE id = ?1")?;
        Ok(statement.query_row([mail.0], |row| Ok(Examining { mail, subject: row.get(0)?, received_at: rows::timestamp(row, 1)? }))?)
    }
}

/// ?1 the request, ?2 an acknowledgement: no letter of the dialogue. Of each, to whom it is addressed, as JSON, and whether it left or may leave for
/// any of them.
fn earlier() -> String {
    format!(
        "SELECT l.role, l.written_on, l.message_id, l.level,
            (SELECT json_group_array(d.recipient) FROM delivery d WHERE d.letter_id = l.id AND NOT d.is_copy), {IS_NOT_LOST}
         FROM letter l WHERE request_id = ?1 AND role <> ?2 ORDER BY id"
    )
}

impl Known {
    /// The letters about it that left or may leave, oldest first.
    fn earlier(&self, db: &Reader) -> Result<Vec<Earlier>> {
        let mut statement = db.prepare_cached(&earlier())?;
        let mut rows = statement.query(params![self.request.id.0, LetterRole::Acknowledgement])?;
        let (mut letters, mut addressed) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let earlier = Earlier { role: row.get(0)?, on: rows::day(row, 1)?, message_id: row.get(2)?, to_higher_level: false };
            addressed.push(Addressed { level: row.get(3)?, to: rows::json(row, 4)? });
            letters.push((earlier, row.get::<_, bool>(5)?));
        }
        let higher = to_higher_level(&addressed, db.rules().lowest_level());
        let of_each = letters.into_iter().zip(higher).filter(|((_, leaves), _)| *leaves);
        Ok(of_each.map(|((earlier, _), to_higher_level)| Earlier { to_higher_level, ..earlier }).collect())
    }

    pub(super) fn due_step(
        &self,
        db: &Reader,
        step: Option<&Step>,
        passed_over: &[&Step],
        due_on: Option<Date>,
        now: Timestamp,
    ) -> Result<DueStep> {
        let today = day_in(now, &self.zone);
        let addressees = self.addressees(db.rules());
        let is_letter = step.is_none_or(Step::is_letter);
        let to = addressees.written_to(step.and_then(Step::letter), &self.came_back_from, today);
        let as_recipient = |contact: &Contact, is_copy| Recipient {
            name: contact.name.clone(),
            address: contact.address.clone(),
            contact: Some(contact.id),
            is_copy,
        };
        let recipients: Vec<Recipient> =
            [(to.main, false), (to.copy, true)].into_iter().filter_map(|(who, is_copy)| Some(as_recipient(who?, is_copy))).collect();
        let earlier = self.earlier(db)?;
        let situation = self.situation(db.rules());
        let vacant = passed_over.iter().filter(|step| addressees.vacancy(step, today).is_some());
        let letter_number = numbers::next_of_letters(db, self.request.id)?;
        let unanswered = requests::unanswered(db, self.request.id)?;
        let recommendations = if unanswered.is_empty() { recommendations::of_request(db, self.request.id)? } else { unanswered };
        Ok(DueStep {
            step: step.cloned(),
            passed_over: passed_over.iter().map(|step| step.name.clone()).collect(),
            vacant: vacant.map(|step| step.name.clone()).collect(),
            has_higher_level: situation.has_higher_level(today),
            due_on,
            examining: None,
            recommendations,
            letter_number,
            authority: self.authority.clone(),
            request: self.request.clone(),
            addressed: to.whose.clone(),
            recipients,
            unreachable: to.hold.filter(|_| is_letter),
            earlier,
        })
    }
}
