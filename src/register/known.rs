//! A request with all that decides about its letters, as the register knows it.

use super::Reader;
use super::deliveries::{CAME_BACK, IS_NOT_TAKEN_OUT};
use super::rests::Rests;
use super::{Result, came_back, deliveries, delivery_reports, directory, drafts, examination_letters, requests, rows, unfetched_rows};
use crate::domain::addressing::{Addressees, CameBackFrom, LetterReturned};
use crate::domain::authority::Authority;
use crate::domain::calendar::compute;
use crate::domain::deliverability::About;
use crate::domain::examination::counts_as_said_on;
use crate::domain::identity::{MailId, RequestId};
use crate::domain::ladder::Ladder;
use crate::domain::letter::LetterRole;
use crate::domain::lifecycle::{Situation, StepTaken, falls_due};
use crate::domain::request::Request;
use crate::domain::rules::{OfficeRules, day_in, start_of_day};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

/// CROSS keeps the order of looking (<https://www.sqlite.org/optoverview.html#crossjoin>): of all that waits in the outbox little is this request's.
pub(super) const LETTER_ON_ITS_WAY: &str = "SELECT EXISTS (SELECT 1 FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id
    WHERE l.request_id = ?1 AND NOT d.is_copy AND d.state IN ('waiting', 'attempting'))";

/// A request with all that decides its next step.
pub(crate) struct Known {
    pub(crate) request: Request,
    /// Without its further names and domains; nor has the supervising one.
    pub(crate) authority: Authority,
    above: Option<Authority>,
    pub(crate) ladder: Ladder,
    pub(crate) zone: jiff::tz::TimeZone,
    pub(crate) taken: Vec<StepTaken>,
    /// Of those that were not taken out of the outbox; that of an acknowledgement does not count.
    pub(crate) last_letter_on: Option<Date>,
    mailboxes_read_at: Option<Timestamp>,
    mailboxes_unread_until: Option<Timestamp>,
    rests: Rests,
    told_of_examination_on: Option<Date>,
    letter_on_its_way: bool,
    draft_waits: bool,
    /// A letter with the request itself is drafted, waits to leave, or its outcome is not known, or it was accepted.
    first_letter_under_way: bool,
    pub(crate) came_back_from: Vec<CameBackFrom>,
    said_to_have_come_back: bool,
    returned: Option<LetterReturned>,
}

impl Known {
    pub(crate) fn load(db: &Reader, id: RequestId) -> Result<Known> {
        let request = requests::load(db, id)?;
        let authority = directory::load_with_contacts(db, request.authority)?;
        let above = authority.parent.map(|parent| directory::load_with_contacts(db, parent)).transpose()?;
        let taken = db
            .prepare_cached(
                "SELECT step, taken_on, deadline, passed_over FROM step_taken t WHERE request_id = ?1
                    AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.id = t.letter_id AND l.role = ?2)",
            )?
            .query_map(params![id.0, LetterRole::Examination], |row| {
                Ok(StepTaken { name: row.get(0)?, on: rows::day(row, 1)?, deadline: rows::day(row, 2)?, passed_over: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        let zone = db.rules().time_zone_of(&authority);
        let last_letter_on = db
            .prepare_cached(&format!(
                "SELECT max(coalesce(released_on, written_on)) FROM letter l
                 WHERE request_id = ?1 AND role <> ?2 AND life = 'released' AND {IS_NOT_TAKEN_OUT}",
            ))?
            .query_row(params![id.0, LetterRole::Acknowledgement], |row| rows::optional_day(row, 0))?;
        let examinations = examination_letters::of_requests(db, &[id])?;
        let drafts = drafts::roles_of(db, id)?;
        let (mut first_letter_under_way, mut came_back_from) = (drafts.contains(&LetterRole::Request), Vec::new());
        if request.sent_at.is_none() {
            let mut statement = db.prepare_cached(&format!(
                "SELECT d.recipient, d.state, d.about FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id
                 WHERE l.request_id = ?1 AND l.role = ?2 AND NOT d.is_copy AND d.state <> 'cancelled'
                    AND NOT (d.state IN {CAME_BACK} AND d.dealt_with IS NOT NULL)"
            ))?;
            let mut found = statement.query(params![id.0, LetterRole::Request])?;
            while let Some(row) = found.next()? {
                let recipient: String = row.get(0)?;
                if deliveries::state(row, 1)?.has_come_back() {
                    let about = rows::optional_word(row, 2, About::from_name)?.unwrap_or_default();
                    came_back_from.push(CameBackFrom { address: recipient, about });
                } else {
                    first_letter_under_way = true;
                }
            }
        }
        let letter_on_its_way = db.prepare_cached(LETTER_ON_ITS_WAY)?.query_row([id.0], |row| row.get(0))?;
        Ok(Known {
            ladder: db.rules().ladder(&request.urgency).cloned().unwrap_or_default(),
            // Of a letter written by hand the day is known on which it was sent.
            last_letter_on: last_letter_on.or(request.sent_at.map(|sent_at| day_in(sent_at, &zone))),
            rests: Rests::load(db, &request, &zone)?,
            zone,
            told_of_examination_on: examinations.get(&id).and_then(|letters| counts_as_said_on(letters)),
            mailboxes_read_at: mailboxes_read_at(db)?,
            mailboxes_unread_until: unfetched_rows::unread_until(db)?,
            said_to_have_come_back: delivery_reports::has_claim(db, id)?,
            returned: came_back::returned(db, id)?,
            first_letter_under_way,
            came_back_from,
            taken,
            letter_on_its_way,
            draft_waits: !drafts.is_empty(),
            request,
            authority,
            above,
        })
    }

    pub(crate) fn addressees<'a>(&'a self, rules: &'a OfficeRules) -> Addressees<'a> {
        Addressees { authority: &self.authority, unit: &self.request.unit, above: self.above.as_ref(), lowest_level: rules.lowest_level() }
    }

    /// Whether the request itself is still to be written: for the first time, or anew after it came back.
    pub(crate) fn wants_first_letter(&self) -> bool {
        self.request.sent_at.is_none() && !self.first_letter_under_way && !self.request.is_settled()
    }

    /// Computes its deadline anew; and when it is to be looked at next, if ever, as planned at `now`.
    pub(crate) fn plan(&mut self, rules: &OfficeRules, now: Timestamp) -> Option<Timestamp> {
        let computation = compute(&self.request.basis, &rules.calendar_of(&self.authority));
        self.request.deadline = computation.deadline;
        self.request.paused = computation.paused;
        if self.wants_first_letter() {
            return Some(rules.moment_of(None, now, &self.authority));
        }
        let (step, day) = falls_due(&self.situation(rules))?;
        Some(rules.moment_of(Some(step), start_of_day(day, &self.zone), &self.authority))
    }

    pub(crate) fn situation<'a>(&'a self, rules: &'a OfficeRules) -> Situation<'a> {
        Situation {
            request: &self.request,
            ladder: &self.ladder,
            taken: &self.taken,
            zone: &self.zone,
            last_letter_on: self.last_letter_on,
            mailboxes_read_at: self.mailboxes_read_at,
            mailboxes_unread_until: self.mailboxes_unread_until,
            heard_within: rules.heard_within,
            has_unread: self.rests.has_unread,
            rests: &self.rests.mails,
            rest_terms: rules.rest_terms(),
            told_of_examination_on: self.told_of_examination_on,
            addressees: self.addressees(rules),
            letter_on_its_way: self.letter_on_its_way,
            draft_waits: self.draft_waits,
            said_to_have_come_back: self.said_to_have_come_back,
            returned: self.returned.as_ref(),
        }
    }

    /// The mails for which it rests, beside the situation's `rests`.
    pub(crate) fn resting_mails(&self) -> &[MailId] {
        &self.rests.ids
    }
}

/// When every configured mailbox was last read to its end; none if one never was, or there is none.
pub(crate) fn mailboxes_read_at(db: &Reader) -> Result<Option<Timestamp>> {
    let (oldest, unread): (Option<i64>, i64) = db
        .prepare_cached("SELECT min(read_at), count(*) - count(read_at) FROM mailbox WHERE active")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(if unread > 0 { None } else { oldest.and_then(|second| Timestamp::from_second(second).ok()) })
}
