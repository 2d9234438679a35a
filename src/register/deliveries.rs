//! Deliveries: where one letter to one recipient stands, and the statements by which that changes; an attempt begins in [`super::attempts`]. What it
//! becomes is decided by `domain::delivery`.

use super::Transaction;
use super::new_letter::Recipient;
use super::{Reader, Result, obligations, rows};
use crate::domain::deliverability::About;
use crate::domain::delivery::{DeliveryChange, DeliveryState};
use crate::domain::identity::{ContactId, DeliveryId, LetterId, MailId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::linking::OwnLetter;
use crate::domain::obligation::{Obligation, ObligationKind};
use crate::domain::subject::Subject;
use jiff::Timestamp;
use rusqlite::{Row, params};

/// The last that was said of a delivery: each of these columns is emptied when something newer is known.
pub(super) const LAST_SAID: &str = "coalesce(cancelled_because, returned_because, found_sent_by, reply)";

/// Of a letter `l`: it was not taken out of the outbox before it was tried for those to whom it is addressed; whether it arrived is another question.
/// That a copy has left says nothing of that.
pub(super) const IS_NOT_TAKEN_OUT: &str =
    "EXISTS (SELECT 1 FROM delivery d WHERE d.letter_id = l.id AND NOT d.is_copy AND d.state <> 'cancelled')";

/// The states in which a delivery has come back: [`DeliveryState::has_come_back`].
pub(super) const CAME_BACK: &str = "('refused', 'bounced')";

/// Of a letter `l`: it has left to one of those to whom it is addressed, or may still, and has not come back from there.
pub(super) const IS_NOT_LOST: &str = "EXISTS (SELECT 1 FROM delivery d WHERE d.letter_id = l.id AND NOT d.is_copy
    AND d.state NOT IN ('refused', 'bounced', 'cancelled'))";

/// The state in a column.
pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<DeliveryState> {
    rows::word(row, column, DeliveryState::from_name)
}

/// Makes a delivery what it becomes.
pub(crate) fn change(tx: &Transaction<'_>, delivery: DeliveryId, change: &DeliveryChange) -> Result<()> {
    let (mut next_attempt_at, mut accepted_at, mut found_by) = (None, None, None);
    let (mut cancelled_because, mut returned) = (None, None);
    match change {
        DeliveryChange::Waiting { next_attempt_at: next } => next_attempt_at = Some(*next),
        DeliveryChange::Accepted { at, found_by: by } => (accepted_at, found_by) = (Some(*at), by.as_deref()),
        DeliveryChange::Refused => {}
        DeliveryChange::Unknown { next_attempt_at: next } => next_attempt_at = *next,
        DeliveryChange::Returned { by, because, about, next_attempt_at: next } => {
            next_attempt_at = *next;
            returned = Some((*by, because, *about));
        }
        DeliveryChange::Cancelled { because } => cancelled_because = Some(because),
    }
    let state = change.state();
    // That a person has dealt with what came back says nothing of the next time.
    let is_news_for_a_person = returned.is_some() || state == DeliveryState::Refused;
    tx.prepare_cached(
        "UPDATE delivery SET state = ?2, accepted_at = coalesce(?3, accepted_at),
            found_sent_by = CASE WHEN ?6 IS NULL THEN ?4 ELSE found_sent_by END, cancelled_because = ?5,
            bounced_by = coalesce(?6, bounced_by), returned_because = ?7, about = coalesce(?8, about),
            dealt_with = CASE WHEN ?9 THEN NULL ELSE dealt_with END
         WHERE id = ?1",
    )?
    .execute(params![
        delivery.0,
        state.name(),
        accepted_at.map(Timestamp::as_second),
        found_by,
        cancelled_because,
        returned.map(|(by, ..)| by.0),
        returned.map(|(_, because, _)| because),
        returned.map(|(.., about)| about.name()),
        is_news_for_a_person
    ])?;
    match state {
        DeliveryState::Waiting | DeliveryState::Unknown => put_off(tx, delivery, next_attempt_at),
        // With that no attempt is owed any more (the trigger `no_attempt_of_what_has_ended`).
        _ => Ok(()),
    }
}

/// It is not attempted, or looked for, before that; with none, not before a person says so.
pub(crate) fn put_off(tx: &Transaction<'_>, delivery: DeliveryId, until: Option<Timestamp>) -> Result<()> {
    let about = until.map(|_| about(tx, delivery)).transpose()?.flatten();
    obligations::plan(tx, Obligation::Attempt(delivery), about, until)
}

/// What its letter is about; none of one to staff.
fn about(db: &Reader, delivery: DeliveryId) -> Result<Option<Subject>> {
    let mut statement =
        db.prepare_cached("SELECT l.subject_kind, l.subject_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1")?;
    Ok(statement.query_row([delivery.0], |row| obligations::subject(row, 0))?)
}

/// The same of all whose outcome is not known.
pub(crate) fn put_off_unknown(tx: &Transaction<'_>, until: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE obligation SET due = max(due, ?2) WHERE kind = ?1 AND due IS NOT NULL AND number IN (SELECT id FROM delivery WHERE state = 'unknown')",
    )?
    .execute(params![ObligationKind::Attempt.name(), until.as_second()])?;
    Ok(())
}

/// What a server said at the last attempt, and whom its refusal is about, if it is one.
pub(crate) fn put_said(tx: &Transaction<'_>, delivery: DeliveryId, said: &str, queue_id: Option<&str>, about: Option<About>) -> Result<()> {
    tx.prepare_cached("UPDATE delivery SET reply = ?2, queue_id = coalesce(?3, queue_id), about = ?4 WHERE id = ?1")?.execute(params![
        delivery.0,
        said,
        queue_id,
        about.map(About::name)
    ])?;
    Ok(())
}

/// The last attempt at it does not count.
pub(crate) fn uncount_attempt(tx: &Transaction<'_>, delivery: DeliveryId) -> Result<()> {
    tx.prepare_cached("UPDATE delivery SET attempts = attempts - 1 WHERE id = ?1")?.execute([delivery.0])?;
    Ok(())
}

/// A letter bears the null return path, to whomever it goes.
pub(crate) fn under_null_return_path(tx: &Transaction<'_>, letter: LetterId) -> Result<()> {
    tx.execute("UPDATE delivery SET envelope_sender = '' WHERE letter_id = ?1", [letter.0])?;
    Ok(())
}

/// A delivery becomes again what it was before a report said that it came back.
pub(crate) fn restore(tx: &Transaction<'_>, delivery: DeliveryId, state: DeliveryState, next_attempt_at: Option<Timestamp>) -> Result<()> {
    tx.prepare_cached("UPDATE delivery SET state = ?2, bounced_by = NULL, returned_because = NULL, about = NULL WHERE id = ?1")?
        .execute(params![delivery.0, state.name()])?;
    put_off(tx, delivery, next_attempt_at)
}

/// Takes those of a letter's deliveries that wait out of the outbox.
pub(crate) fn cancel_waiting(tx: &Transaction<'_>, letter: LetterId, because: &str) -> Result<()> {
    let waiting: Vec<i64> = tx
        .prepare_cached("SELECT id FROM delivery WHERE letter_id = ?1 AND state = 'waiting'")?
        .query_map([letter.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    waiting.into_iter().try_for_each(|id| change(tx, DeliveryId(id), &DeliveryChange::Cancelled { because: because.into() }))
}

/// A person has had it tried again by this event: it waits to leave at once, and its coming back is past.
pub(crate) fn try_again(tx: &Transaction<'_>, delivery: DeliveryId, event: i64, now: Timestamp) -> Result<()> {
    change(tx, delivery, &DeliveryChange::Waiting { next_attempt_at: now })?;
    tx.prepare_cached("UPDATE delivery SET bounced_by = NULL WHERE id = ?1")?.execute([delivery.0])?;
    deal_with(tx, delivery, event)
}

/// A person has dealt with its coming back, by this event.
pub(crate) fn deal_with(tx: &Transaction<'_>, delivery: DeliveryId, event: i64) -> Result<()> {
    tx.prepare_cached("UPDATE delivery SET dealt_with = ?2 WHERE id = ?1")?.execute(params![delivery.0, event])?;
    Ok(())
}

/// Of a delivery, where it stands and by which mail it came back last.
pub(crate) fn standing(db: &Reader, delivery: DeliveryId) -> Result<(DeliveryState, Option<MailId>)> {
    Ok(db
        .prepare_cached("SELECT state, bounced_by FROM delivery WHERE id = ?1")?
        .query_row([delivery.0], |row| Ok((state(row, 0)?, row.get::<_, Option<i64>>(1)?.map(MailId))))?)
}

/// The letter that is delivered, and its request.
pub(crate) fn letter_of(db: &Reader, delivery: DeliveryId) -> Result<(LetterId, Option<RequestId>)> {
    Ok(db
        .prepare_cached("SELECT l.id, l.request_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1")?
        .query_row([delivery.0], |row| Ok((LetterId(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(RequestId))))?)
}

/// The request of a letter, and whether it goes or went to any of those to whom it is addressed.
pub(crate) fn of_letter(db: &Reader, letter: LetterId) -> Result<(Option<RequestId>, bool)> {
    Ok(db
        .prepare_cached(&format!("SELECT request_id, {IS_NOT_TAKEN_OUT} FROM letter l WHERE l.id = ?1"))?
        .query_row([letter.0], |row| Ok((row.get::<_, Option<i64>>(0)?.map(RequestId), row.get(1)?)))?)
}

pub(crate) fn is_copy(db: &Reader, delivery: DeliveryId) -> Result<bool> {
    Ok(db.prepare_cached("SELECT is_copy FROM delivery WHERE id = ?1")?.query_row([delivery.0], |row| row.get(0))?)
}

pub(crate) fn recipient(db: &Reader, delivery: DeliveryId) -> Result<String> {
    Ok(db.query_row("SELECT recipient FROM delivery WHERE id = ?1", [delivery.0], |row| row.get(0))?)
}

/// To whom of the directory a letter is to go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GoesTo<'a> {
    /// In lower case, whosever it is.
    Address(&'a str),
    /// An address in its post: others may share it.
    Contact(ContactId),
}

impl GoesTo<'_> {
    /// With ?1, of a row with these columns for the address and the contact.
    pub(super) fn condition(self, address: &str, contact: &str) -> String {
        match self {
            GoesTo::Address(_) => format!("lower({address}) = ?1 AND {contact} IS NOT NULL"),
            GoesTo::Contact(_) => format!("{contact} = ?1"),
        }
    }

    pub(super) fn parameter(self) -> rusqlite::types::Value {
        match self {
            GoesTo::Address(address) => address.to_owned().into(),
            GoesTo::Contact(contact) => contact.0.into(),
        }
    }
}

/// What waits to go there in letters to authorities, and whether it is a copy.
pub(crate) fn waiting_to(db: &Reader, to: GoesTo<'_>) -> Result<Vec<(DeliveryId, LetterId, bool)>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT d.id, d.letter_id, d.is_copy FROM delivery d JOIN letter l ON l.id = d.letter_id
         WHERE d.state = 'waiting' AND l.subject_kind IS NOT NULL AND {}",
        to.condition("d.recipient", "d.contact_id")
    ))?;
    let found = statement.query_map([to.parameter()], |row| Ok((DeliveryId(row.get(0)?), LetterId(row.get(1)?), row.get(2)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// To whom in the directory a letter is still to go, and not as a copy: from the outbox, or as a draft once it is released.
pub(super) fn addressees_waiting(db: &Reader, letter: LetterId) -> Result<Vec<Recipient>> {
    let mut statement = db.prepare_cached(
        "SELECT recipient, contact_id FROM delivery WHERE letter_id = ?1 AND NOT is_copy AND state IN ('waiting', 'unknown')
         UNION SELECT r.address, r.contact_id FROM letter l CROSS JOIN letter_recipient r ON r.letter_id = l.id
         WHERE l.id = ?1 AND l.life = 'draft' AND NOT r.is_copy ORDER BY 1",
    )?;
    let found = statement.query_map([letter.0], |row| {
        let contact = row.get::<_, Option<i64>>(1)?.map(ContactId);
        Ok(Recipient { name: None, address: row.get(0)?, contact, is_copy: false })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Where the letters about a request stand, copies left out.
pub(crate) fn states_about(db: &Reader, request: RequestId) -> Result<Vec<DeliveryState>> {
    let mut statement = db.prepare_cached(
        "SELECT d.state FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id WHERE l.request_id = ?1 AND NOT d.is_copy",
    )?;
    let states = statement.query_map([request.0], |row| state(row, 0))?;
    Ok(states.collect::<rusqlite::Result<_>>()?)
}

/// The letters by which a request is made and that wait for a release or a first attempt; but the one of this delivery.
pub(crate) fn requests_waiting(db: &Reader, request: RequestId, but: DeliveryId) -> Result<Vec<LetterId>> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT l.id FROM letter l JOIN delivery d ON d.letter_id = l.id
         WHERE l.request_id = ?1 AND l.role = ?3 AND d.state = 'waiting' AND d.id <> ?2 AND d.attempts = 0
         UNION SELECT id FROM letter WHERE request_id = ?1 AND role = ?3 AND life = 'draft'",
    )?;
    let found = statement.query_map(params![request.0, but.0, LetterRole::Request], |row| row.get(0).map(LetterId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

impl Reader {
    /// When the outbox will next have something to send; in the past if something waits now.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn next_attempt(&self) -> Result<Option<Timestamp>> {
        self.next_due_of(ObligationKind::Attempt, None)
    }

    /// How many letters to authorities stand so, counted once for each recipient. Those to staff are left out: the digest in which this is told
    /// waits as well.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn letters_in(&self, state: DeliveryState) -> Result<u64> {
        let mut statement = self.db.prepare_cached(
            "SELECT count(*) FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.state = ?1 AND l.subject_kind IS NOT NULL",
        )?;
        let count: i64 = statement.query_row([state.name()], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Deliveries of unknown outcome whose first attempt began at `since` or later, with the Message-ID (without angle brackets) by which a Sent
    /// folder may know them.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn unknown_deliveries(&self, since: Timestamp) -> Result<Vec<(DeliveryId, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT d.id, l.message_id FROM delivery d JOIN letter l ON l.id = d.letter_id
             WHERE d.state = 'unknown' AND d.first_attempt_at >= ?1 ORDER BY d.id",
        )?;
        let found = statement.query_map([since.as_second()], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// When a delivery was accepted, if it was.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such delivery.
    pub fn accepted_at(&self, delivery: DeliveryId) -> Result<Option<Timestamp>> {
        let mut statement = self.db.prepare_cached("SELECT accepted_at FROM delivery WHERE id = ?1")?;
        Ok(statement.query_row([delivery.0], |row| rows::optional_timestamp(row, 0))?)
    }
}

/// The deliveries that an identifier of ours leads to, with their recipients, the copies last.
pub(crate) fn of_own_letter(db: &Reader, letter: OwnLetter) -> Result<Vec<(DeliveryId, String)>> {
    let (which, id) = match letter {
        OwnLetter::Letter(letter) => ("letter_id", letter.0),
        OwnLetter::Delivery(delivery) => ("id", delivery.0),
    };
    let mut statement = db.prepare_cached(&format!("SELECT id, recipient FROM delivery WHERE {which} = ?1 ORDER BY is_copy, id"))?;
    let found = statement.query_map([id], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Those of them whose outcome is not known; of a letter, not its copies.
pub(crate) fn unknown_of(db: &Reader, letter: OwnLetter) -> Result<Vec<DeliveryId>> {
    let (which, id) = match letter {
        OwnLetter::Letter(letter) => ("letter_id = ?1 AND NOT is_copy", letter.0),
        OwnLetter::Delivery(delivery) => ("id = ?1", delivery.0),
    };
    let mut statement = db.prepare_cached(&format!("SELECT id FROM delivery WHERE {which} AND state = 'unknown'"))?;
    let found = statement.query_map([id], |row| row.get(0).map(DeliveryId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::migrate;
    use rusqlite::Connection;

    #[test]
    fn conditions_on_states_in_sql_are_those_of_the_domain() {
        let db = Connection::open_in_memory().unwrap();
        migrate::fill(&db).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.pragma_update(None, "ignore_check_constraints", true).unwrap();
        let holds = |condition: &str, state: DeliveryState, is_copy: bool| -> bool {
            db.execute("DELETE FROM delivery", []).unwrap();
            let insert = "INSERT INTO delivery (letter_id, recipient, domain, envelope_sender, state, is_copy)
                VALUES (1, '', '', '', ?1, ?2)";
            db.execute(insert, params![state.name(), is_copy]).unwrap();
            db.query_row(&format!("SELECT {condition} FROM (SELECT 1 AS id) l"), [], |row| row.get(0)).unwrap()
        };
        let came_back = format!("(SELECT state IN {CAME_BACK} FROM delivery)");
        for state in DeliveryState::ALL {
            assert_eq!(holds(&came_back, state, false), state.has_come_back(), "{state:?}");
            assert_eq!(holds(IS_NOT_LOST, state, false), !state.is_lost(), "{state:?}");
            assert_eq!(holds(IS_NOT_TAKEN_OUT, state, false), state != DeliveryState::Cancelled, "{state:?}");
            assert!(!holds(IS_NOT_LOST, state, true) && !holds(IS_NOT_TAKEN_OUT, state, true), "a copy says nothing of the letter");
        }
    }
}
