//! The agenda: what is due now, and nothing else; and the steps that are taken on it.
//!
//! `request.next_due` is the only thing the clock looks at, through an index. Every verb that changes what it depends on calls [`replan`].

use super::events::Event;
use super::outbox::{self, DeliveryState};
use super::resting::Rests;
use super::{Reader, Register, RegisterError, Result, directory, mails, recommendations, requests, rows, unfetched};
use super::{came_back, returns};
use crate::domain::addressing::Addressees;
use crate::domain::authority::{Authority, Contact};
use crate::domain::calendar::reckon;
use crate::domain::deliverability::About;
use crate::domain::event::{Happened, RuleName, StepWritten};
use crate::domain::identity::{AuthorityId, ContactId, LetterId, MailId, RequestId};
use crate::domain::ladder::{Ladder, Step};
use crate::domain::lifecycle::{self, Decision, Hold, Situation, StepTaken};
use crate::domain::recommendation::Recommendation;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::request::Request;
use crate::domain::resting::{EXAMINATION, StepRests};
use crate::domain::rules::{OfficeRules, day_in, start_of_day};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

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
    /// Whether it is a letter; the ladder's end is not.
    pub fn is_letter(&self) -> bool {
        self.step.as_ref().is_none_or(Step::is_letter)
    }
}

/// A letter about the same request that left before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    pub kind: String,
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
    fn load(db: &Connection, mail: MailId) -> Result<Examining> {
        let mut statement = db.prepare_cached("SELECT coalesce(subject, ''), received_at FROM mail WHERE id = ?1")?;
        Ok(statement.query_row([mail.0], |row| Ok(Examining { mail, subject: row.get(0)?, received_at: rows::timestamp(row, 1)? }))?)
    }
}

/// What the agenda finds at one moment.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    /// Oldest first.
    pub due: Vec<DueStep>,
    /// References of requests with a step that is due and must wait, and why.
    pub held: Vec<(String, Hold)>,
}

/// How it stands with one request.
#[derive(Debug, Clone)]
pub(super) enum Outlook {
    Nothing,
    /// Something is due, and must wait.
    Held(Hold),
    Due(Box<DueStep>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub name: Option<String>,
    pub address: String,
    pub contact: Option<ContactId>,
    pub is_copy: bool,
}

/// A letter as it was written, to be put into the outbox.
#[derive(Debug, Clone)]
pub struct NewLetter {
    /// `request`, `reminder`, `escalation`, `examination`, `acknowledgement`, `digest`, `alarm`.
    pub kind: String,
    pub level: Option<String>,
    pub message_id: String,
    pub subject: String,
    pub bytes: Vec<u8>,
    /// For the full-text search.
    pub text: String,
    /// The date it bears, on the authority's calendar.
    pub written_on: Date,
    pub recipients: Vec<Recipient>,
    pub not_before: Timestamp,
}

impl NewLetter {
    /// As the record names it, in hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        mails::hex(&Sha256::digest(&self.bytes))
    }
}

/// What the agenda did about a [`DueStep`].
#[derive(Debug, Clone)]
pub struct StepAsTaken<'a> {
    pub due: &'a DueStep,
    /// The deadline that the letter names.
    pub stated: Option<Date>,
    pub letter: Option<NewLetter>,
}

/// Touches what is due and nothing else, by the index `request_due`.
pub(super) const REQUESTS_DUE: &str = "SELECT id FROM request WHERE next_due <= ?1 ORDER BY next_due";

impl Reader {
    /// What is due at `now`, at most `limit` steps.
    pub fn agenda(&self, now: Timestamp, limit: usize) -> Result<Agenda> {
        let mut statement = self.db.prepare_cached(REQUESTS_DUE)?;
        let mut due_requests = statement.query([now.as_second()])?;
        let mut agenda = Agenda::default();
        while let Some(row) = due_requests.next()? {
            if agenda.due.len() == limit {
                break;
            }
            let known = Known::load(&self.db, &self.rules, RequestId(row.get(0)?))?;
            match self.look_at(&known, now)? {
                Outlook::Nothing => {}
                Outlook::Held(hold) => agenda.held.push((known.request.reference.clone(), hold)),
                Outlook::Due(due) => agenda.due.push(*due),
            }
        }
        Ok(agenda)
    }

    /// What is to be done about one request at `now`.
    pub(super) fn look_at(&self, known: &Known, now: Timestamp) -> Result<Outlook> {
        let due = if known.wants_first_letter() {
            known.due_step(&self.db, &self.rules, None, &[], None, now)?
        } else {
            match lifecycle::next_step(&known.situation(&self.rules), now) {
                Decision::Nothing | Decision::Later(_) => return Ok(Outlook::Nothing),
                Decision::Held(hold) => return Ok(Outlook::Held(hold)),
                Decision::Take { step, passed_over, due_on, examining } => {
                    let examining = examining.map(|mail| Examining::load(&self.db, mail)).transpose()?;
                    DueStep { examining, ..known.due_step(&self.db, &self.rules, Some(step), &passed_over, Some(due_on), now)? }
                }
            }
        };
        Ok(due.unreachable.map_or_else(|| Outlook::Due(Box::new(due)), Outlook::Held))
    }

    /// When the agenda has something to look at next; `after`, besides what it had by then.
    pub fn next_due(&self, after: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let after = after.map_or(i64::MIN, Timestamp::as_second);
        let next: Option<i64> =
            self.db.prepare_cached("SELECT min(next_due) FROM request WHERE next_due > ?1")?.query_row([after], |row| row.get(0))?;
        Ok(next.and_then(|second| Timestamp::from_second(second).ok()))
    }
}

impl Register {
    /// Takes a step: the letter goes into the outbox, the step is remembered, or the ladder's end recorded. `Stale` if the request changed
    /// since, or a mail came in that nobody has read: then nothing is done and the agenda will ask again.
    pub fn take_step(&mut self, taken: &StepAsTaken<'_>, addresses: &ReplyAddresses, now: Timestamp) -> Result<Option<LetterId>> {
        self.write(|tx, rules| {
            let due = taken.due;
            let id = due.request.id;
            let stale = || RegisterError::Stale { reference: due.request.reference.clone() };
            let known = Known::load(tx, rules, id)?;
            let rests = due.due_on.map_or(StepRests::No, |due_on| known.situation(rules).step_rests(due_on, now));
            let as_decided = due.examining.as_ref().map_or(StepRests::No, |examining| StepRests::MayTell(examining.mail));
            if known.request.revision != due.request.revision || rests != as_decided {
                return Err(stale());
            }
            if due.step.is_none() {
                let mut basis = known.request.basis.clone();
                basis.stated = taken.stated;
                requests::store_basis(tx, id, &basis)?;
            }
            let letter =
                taken.letter.as_ref().map(|letter| outbox::put(tx, Some(id), due.step.as_ref(), letter, addresses, now)).transpose()?;
            let today = day_in(now, &known.zone);
            for (name, passed_over) in
                due.passed_over.iter().map(|name| (name, true)).chain(due.step.iter().map(|step| (&step.name, false)))
            {
                tx.execute(
                    "INSERT INTO step_taken (request_id, step, taken_on, deadline, passed_over, letter_id, due_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        id.0,
                        name,
                        today.to_string(),
                        known.request.deadline.to_string(),
                        passed_over,
                        letter.map(|letter| letter.0),
                        due.due_on.map(|day| day.to_string())
                    ],
                )?;
            }
            if !due.is_letter() {
                tx.execute("UPDATE request SET non_cooperation_on = ?2 WHERE id = ?1", params![id.0, today.to_string()])?;
            }
            let to = |letter: &NewLetter| letter.recipients.iter().map(|recipient| recipient.address.clone()).collect();
            let step = StepWritten {
                step: due.step.as_ref().map(|step| step.name.clone()),
                passed_over: due.passed_over.clone(),
                vacant: due.vacant.clone(),
                to: taken.letter.as_ref().map(to),
                sha256: taken.letter.as_ref().map(NewLetter::sha256),
                template: None,
            };
            let happened = match &taken.letter {
                Some(letter) => Happened::step_written(&letter.kind, step),
                None => Happened::NonCooperationRecorded(step),
            };
            let mut event = Event::new(now, happened, RuleName::Ladder).request(id);
            if let Some(letter) = letter {
                event = event.letter(letter);
            }
            event.append(tx)?;
            replan(tx, rules, id, now)?;
            Ok(letter)
        })
    }

    /// Plans every open request anew if the office's rules for deadlines and ladders (their fingerprint) are not those it was planned by.
    /// How many deadlines moved.
    pub fn adopt_rules(&mut self, fingerprint: &str, now: Timestamp) -> Result<usize> {
        self.write(|tx, rules| {
            let known: Option<String> = tx.query_row("SELECT value FROM setting WHERE key = 'rules'", [], |row| row.get(0)).optional()?;
            if known.as_deref() == Some(fingerprint) {
                return Ok(0);
            }
            let open: Vec<(i64, String)> = tx
                .prepare("SELECT id, deadline FROM request WHERE ended IS NULL")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut moved = 0;
            for (id, before) in open {
                replan(tx, rules, RequestId(id), now)?;
                let after: String = tx.query_row("SELECT deadline FROM request WHERE id = ?1", [id], |row| row.get(0))?;
                if after != before {
                    moved += 1;
                    let happened = Happened::DeadlineMoved { from: before, to: after };
                    Event::new(now, happened, RuleName::Calendar).request(RequestId(id)).append(tx)?;
                }
            }
            tx.execute(
                "INSERT INTO setting (key, value) VALUES ('rules', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
                [fingerprint],
            )?;
            if known.is_some() {
                Event::new(now, Happened::RulesChanged { deadlines_moved: moved as u64 }, RuleName::Configuration).append(tx)?;
            }
            Ok(moved)
        })
    }
}

/// CROSS keeps the order of looking (<https://www.sqlite.org/optoverview.html#crossjoin>): of all that waits in the outbox little is this request's.
pub(super) const LETTER_ON_ITS_WAY: &str = "SELECT EXISTS (SELECT 1 FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id
    WHERE l.request_id = ?1 AND NOT d.is_copy AND d.state IN ('waiting', 'attempting'))";

/// ?1 the request, ?2 the lowest level.
const EARLIER: &str = "SELECT l.kind, l.written_on, l.message_id, l.level IS NOT NULL AND l.level <> ?2 AND NOT EXISTS (
        SELECT 1 FROM letter below CROSS JOIN delivery b ON b.letter_id = below.id AND NOT b.is_copy
            CROSS JOIN delivery d ON d.letter_id = l.id AND NOT d.is_copy AND d.recipient = b.recipient
        WHERE below.request_id = l.request_id AND below.level = ?2 AND below.kind <> 'acknowledgement')
    FROM letter l WHERE request_id = ?1 AND kind <> 'acknowledgement'
        AND EXISTS (SELECT 1 FROM delivery d WHERE d.letter_id = l.id AND d.state NOT IN ('refused', 'bounced', 'cancelled'))
    ORDER BY id";

/// A request with all that decides its next step.
pub(super) struct Known {
    pub(super) request: Request,
    /// Without its further names and domains; nor has the supervising one.
    pub(super) authority: Authority,
    above: Option<Authority>,
    pub(super) ladder: Ladder,
    pub(super) zone: jiff::tz::TimeZone,
    pub(super) taken: Vec<StepTaken>,
    pub(super) last_letter_on: Option<Date>,
    mailboxes_read_at: Option<Timestamp>,
    mailboxes_unread_until: Option<Timestamp>,
    rests: Rests,
    told_of_examination_on: Option<Date>,
    letter_on_its_way: bool,
    /// A letter with the request itself waits to leave, or its outcome is not known, or it was accepted.
    first_letter_under_way: bool,
    /// Addresses from which the request came back, and what that was about.
    came_back_from: Vec<(String, About)>,
    said_to_have_come_back: bool,
    has_come_back: bool,
}

impl Known {
    pub(super) fn load(db: &Connection, rules: &OfficeRules, id: RequestId) -> Result<Known> {
        let request = requests::load(db, id)?;
        let authority = directory::load_with_contacts(db, request.authority)?;
        let above = authority.parent.map(|parent| directory::load_with_contacts(db, parent)).transpose()?;
        let taken = db
            .prepare_cached(
                "SELECT step, taken_on, deadline, passed_over FROM step_taken t WHERE request_id = ?1
                    AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.id = t.letter_id AND l.kind = 'examination')",
            )?
            .query_map([id.0], |row| {
                Ok(StepTaken { name: row.get(0)?, on: rows::day(row, 1)?, deadline: rows::day(row, 2)?, passed_over: row.get(3)? })
            })?
            .collect::<rusqlite::Result<_>>()?;
        let zone = rules.time_zone_of(&authority);
        let last_letter_on = db
            .prepare_cached("SELECT max(written_on) FROM letter WHERE request_id = ?1 AND kind <> 'acknowledgement'")?
            .query_row([id.0], |row| rows::optional_day(row, 0))?;
        let told_of_examination_on = db
            .prepare_cached(
                "SELECT max(written_on) FROM letter l WHERE request_id = ?1 AND kind = ?2
                    AND EXISTS (SELECT 1 FROM delivery d WHERE d.letter_id = l.id AND d.state <> 'cancelled')",
            )?
            .query_row(params![id.0, EXAMINATION], |row| rows::optional_day(row, 0))?;
        let (mut first_letter_under_way, mut came_back_from) = (false, Vec::new());
        if request.sent_at.is_none() {
            let mut statement = db.prepare_cached(
                "SELECT d.recipient, d.state, d.about FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id
                 WHERE l.request_id = ?1 AND l.kind = 'request' AND NOT d.is_copy AND d.state <> 'cancelled'
                    AND NOT (d.state IN ('refused', 'bounced') AND d.dealt_with IS NOT NULL)",
            )?;
            let mut deliveries = statement.query([id.0])?;
            while let Some(row) = deliveries.next()? {
                let (recipient, state, about): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                match DeliveryState::from_name(&state) {
                    Some(DeliveryState::Refused | DeliveryState::Bounced) => {
                        came_back_from.push((recipient, about.and_then(|about| About::from_name(&about)).unwrap_or_default()));
                    }
                    _ => first_letter_under_way = true,
                }
            }
        }
        let letter_on_its_way = db.prepare_cached(LETTER_ON_ITS_WAY)?.query_row([id.0], |row| row.get(0))?;
        Ok(Known {
            ladder: rules.ladder(&request.urgency).cloned().unwrap_or_default(),
            // Of a letter written by hand the day is known on which it was sent.
            last_letter_on: last_letter_on.or(request.sent_at.map(|sent_at| day_in(sent_at, &zone))),
            zone,
            rests: Rests::load(db, rules, &request)?,
            told_of_examination_on,
            mailboxes_read_at: mailboxes_read_at(db)?,
            mailboxes_unread_until: unfetched::unread_until(db)?,
            said_to_have_come_back: returns::has_open_claim(db, id)?,
            has_come_back: came_back::has_come_back(db, id)?,
            first_letter_under_way,
            came_back_from,
            taken,
            letter_on_its_way,
            request,
            authority,
            above,
        })
    }

    pub(super) fn addressees<'a>(&'a self, rules: &'a OfficeRules) -> Addressees<'a> {
        Addressees {
            authority: &self.authority,
            office: &self.request.office,
            above: self.above.as_ref(),
            lowest_level: rules.lowest_level(),
        }
    }

    /// Whether the request itself is still to be written: for the first time, or anew after it came back.
    pub(super) fn wants_first_letter(&self) -> bool {
        self.request.sent_at.is_none() && !self.first_letter_under_way && !self.request.is_settled()
    }

    pub(super) fn situation<'a>(&'a self, rules: &'a OfficeRules) -> Situation<'a> {
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
            said_to_have_come_back: self.said_to_have_come_back,
            has_come_back: self.has_come_back,
        }
    }

    /// The mails for which it rests, beside the situation's `rests`.
    pub(super) fn resting_mails(&self) -> &[MailId] {
        &self.rests.ids
    }

    pub(super) fn due_step(
        &self,
        db: &Connection,
        rules: &OfficeRules,
        step: Option<&Step>,
        passed_over: &[&Step],
        due_on: Option<Date>,
        now: Timestamp,
    ) -> Result<DueStep> {
        let today = day_in(now, &self.zone);
        let addressees = self.addressees(rules);
        let letter = step.and_then(Step::letter);
        let place = addressees.place(letter, today);
        let addressed = place.map_or(&self.authority, |place| place.whose);
        let to_another: Vec<String> =
            self.came_back_from.iter().filter(|(_, about)| about.frees_the_next_address()).map(|(address, _)| address.clone()).collect();
        let main = place.ok().and_then(|place| place.whose.addressee(place.office, place.seat, today, &to_another));
        let is_letter = step.is_none_or(Step::is_letter);
        let unreachable = match main {
            _ if !is_letter => None,
            Some(main) => self.came_back_from.iter().any(|(address, _)| *address == main.address).then_some(Hold::CameBack),
            None if !addressed.contacts.iter().any(|contact| contact.holds_on(today)) => Some(Hold::NobodyToWriteTo),
            None if place.is_ok_and(|place| place.meant(today).is_some_and(|meant| meant.dead.is_some())) => Some(Hold::AddressSuppressed),
            None => Some(Hold::CameBack),
        };
        let first = addressees.place(None, today).ok();
        let copy = letter.filter(|letter| letter.copy_to_first).and(first);
        let copy = copy.and_then(|first| first.whose.addressee(first.office, first.seat, today, &to_another));
        let as_recipient = |contact: &Contact, is_copy| Recipient {
            name: contact.name.clone(),
            address: contact.address.clone(),
            contact: Some(contact.id),
            is_copy,
        };
        let mut recipients: Vec<Recipient> = main.map(|contact| as_recipient(contact, false)).into_iter().collect();
        recipients
            .extend(copy.filter(|copy| main.is_none_or(|main| main.address != copy.address)).map(|contact| as_recipient(contact, true)));
        let mut statement = db.prepare_cached(EARLIER)?;
        let earlier = statement.query_map(params![self.request.id.0, rules.lowest_level()], |row| {
            Ok(Earlier { kind: row.get(0)?, on: rows::day(row, 1)?, message_id: row.get(2)?, to_higher_level: row.get(3)? })
        })?;
        let earlier: Vec<Earlier> = earlier.collect::<rusqlite::Result<_>>()?;
        let situation = self.situation(rules);
        let vacant = passed_over.iter().filter(|step| addressees.vacancy(step, today).is_some());
        let letter_number = outbox::next_number(db, self.request.id)?;
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
            addressed: addressed.clone(),
            recipients,
            unreachable,
            earlier,
        })
    }
}

/// When every configured mailbox was last read to its end; none if one never was, or there is none.
pub(super) fn mailboxes_read_at(db: &Connection) -> Result<Option<Timestamp>> {
    let (oldest, unread): (Option<i64>, i64) = db
        .prepare_cached("SELECT min(read_at), count(*) - count(read_at) FROM mailbox WHERE active")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(if unread > 0 { None } else { oldest.and_then(|second| Timestamp::from_second(second).ok()) })
}

/// Plans anew the open requests to an authority and to those it supervises, when what the directory says of it has changed.
pub(super) fn replan_requests_below(tx: &Transaction<'_>, rules: &OfficeRules, authority: AuthorityId, now: Timestamp) -> Result<()> {
    let open: Vec<i64> = tx
        .prepare_cached(
            "SELECT id FROM request WHERE ended IS NULL AND sent_at IS NOT NULL
                AND authority_id IN (SELECT id FROM authority WHERE id = ?1 OR parent_id = ?1)",
        )?
        .query_map([authority.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    open.into_iter().try_for_each(|id| replan(tx, rules, RequestId(id), now))
}

/// Reckons deadline and next due moment anew and raises the revision.
pub(super) fn replan(tx: &Transaction<'_>, rules: &OfficeRules, id: RequestId, now: Timestamp) -> Result<()> {
    let mut known = Known::load(tx, rules, id)?;
    let calendar = rules.calendar_of(&known.authority);
    let reckoning = reckon(&known.request.basis, &calendar);
    known.request.deadline = reckoning.deadline;
    known.request.paused = reckoning.paused;
    let next_due = if known.wants_first_letter() {
        Some(rules.moment_of(None, now, &known.authority))
    } else {
        lifecycle::falls_due(&known.situation(rules))
            .map(|(step, day)| rules.moment_of(Some(step), start_of_day(day, &known.zone), &known.authority))
    };
    tx.prepare_cached("UPDATE request SET deadline = ?2, paused = ?3, next_due = ?4, revision = revision + 1 WHERE id = ?1")?
        .execute(params![id.0, known.request.deadline.to_string(), known.request.paused, next_due.map(|moment| moment.as_second())])?;
    Ok(())
}
