//! Requests: written down, and read back as the domain sees them.

use super::Transaction;
use super::recommendations;
use super::{Reader, Result, directory, obligations, rows};
use crate::domain::calendar::{Computation, DeadlineBasis, compute};
use crate::domain::identity::{AuthorityId, JointId, MailId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::obligation::Obligation;
use crate::domain::recommendation::Recommendation;
use crate::domain::refusal::{Refusal, RequestRefusal};
use crate::domain::request::{Ending, Request};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, params};

/// A request that is being made.
pub(crate) struct NewRequest<'a> {
    pub(crate) reference: &'a str,
    pub(crate) joint: JointId,
    pub(crate) authority: AuthorityId,
    pub(crate) unit: &'a str,
    pub(crate) urgency: &'a str,
    pub(crate) opened_at: Timestamp,
    pub(crate) basis: &'a DeadlineBasis,
    /// On the authority's calendar.
    pub(crate) deadline: Date,
    /// Its first letter waits for a person to release it.
    pub(crate) drafted: bool,
    /// None where the register writes the letter itself.
    pub(crate) begun_by_hand: Option<BegunByHand<'a>>,
    /// When the agenda looks at it first.
    pub(crate) next_due: Option<Timestamp>,
}

/// What is known of the letter that was written by hand.
pub(crate) struct BegunByHand<'a> {
    pub(crate) sent_at: Timestamp,
    pub(crate) subject: Option<&'a str>,
}

pub(crate) fn add(tx: &Transaction<'_>, request: &NewRequest<'_>) -> Result<RequestId> {
    let by_hand = request.begun_by_hand.as_ref();
    tx.execute(
        "INSERT INTO request (reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused, sent_at, adopted, subject, drafted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12)",
        params![
            request.reference,
            request.joint.0,
            request.authority.0,
            request.unit,
            request.urgency,
            request.opened_at.as_second(),
            rows::to_json(request.basis)?,
            request.deadline.to_string(),
            by_hand.map(|letter| letter.sent_at.as_second()),
            by_hand.is_some(),
            by_hand.and_then(|letter| letter.subject),
            request.drafted
        ],
    )?;
    let id = RequestId(tx.last_insert_rowid());
    obligations::plan(tx, Obligation::NextStep(id), Some(id.into()), request.next_due)?;
    Ok(id)
}

/// A matter (a report, or a recommendation without one) about which several authorities are asked.
pub(crate) fn add_joint(tx: &Transaction<'_>, matter: &str) -> Result<JointId> {
    tx.execute("INSERT INTO joint_request (matter) VALUES (?1)", [matter])?;
    Ok(JointId(tx.last_insert_rowid()))
}

/// Of a letter that was written by hand, without angle brackets.
pub(crate) fn note_message_id(tx: &Transaction<'_>, request: RequestId, message_id: &str) -> Result<()> {
    tx.execute("INSERT OR IGNORE INTO own_message_id (message_id, request_id) VALUES (?1, ?2)", params![message_id, request.0])?;
    Ok(())
}

/// To which replies to a letter that was written by hand come, in any case.
pub(crate) fn note_reply_address(tx: &Transaction<'_>, request: RequestId, address: &str) -> Result<()> {
    tx.execute("INSERT OR IGNORE INTO adopted_address (address, request_id) VALUES (?1, ?2)", params![address.to_lowercase(), request.0])?;
    Ok(())
}

pub(crate) fn store_ending(tx: &Transaction<'_>, request: RequestId, ending: &Ending) -> Result<()> {
    tx.execute("UPDATE request SET ended = ?2 WHERE id = ?1", params![request.0, rows::to_json(ending)?])?;
    Ok(())
}

pub(crate) fn store_basis(tx: &Transaction<'_>, request: RequestId, basis: &DeadlineBasis) -> Result<()> {
    tx.execute("UPDATE request SET basis = ?2 WHERE id = ?1", params![request.0, rows::to_json(basis)?])?;
    Ok(())
}

/// When the first letter about it left; none if it reached nobody.
pub(crate) fn put_sent_at(tx: &Transaction<'_>, request: RequestId, sent_at: Option<Timestamp>) -> Result<()> {
    tx.prepare_cached("UPDATE request SET sent_at = ?2 WHERE id = ?1")?.execute(params![request.0, sent_at.map(Timestamp::as_second)])?;
    Ok(())
}

pub(crate) fn put_non_cooperation(tx: &Transaction<'_>, request: RequestId, on: Date) -> Result<()> {
    tx.execute("UPDATE request SET non_cooperation_on = ?2 WHERE id = ?1", params![request.0, on.to_string()])?;
    Ok(())
}

/// Its deadline, whether it is paused, and when it is looked at next; whoever has loaded it before knows by the revision that it has changed.
pub(crate) fn put_plan(tx: &Transaction<'_>, request: &Request, next_due: Option<Timestamp>) -> Result<()> {
    tx.prepare_cached("UPDATE request SET deadline = ?2, paused = ?3, revision = revision + 1 WHERE id = ?1")?.execute(params![
        request.id.0,
        request.deadline.to_string(),
        request.paused
    ])?;
    obligations::plan(tx, Obligation::NextStep(request.id), Some(request.id.into()), next_due)
}

pub(crate) fn deadlines_of_not_ended(db: &Reader) -> Result<Vec<(RequestId, Date)>> {
    let mut statement = db.prepare("SELECT id, deadline FROM request WHERE ended IS NULL")?;
    let found = statement.query_map([], |row| Ok((RequestId(row.get(0)?), rows::day(row, 1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The requests to an authority and to those it supervises that are not ended, those too whose first letter is still to leave.
pub(crate) fn made_to_or_below(db: &Reader, authority: AuthorityId) -> Result<Vec<RequestId>> {
    let mut statement = db.prepare_cached(
        "SELECT id FROM request WHERE ended IS NULL
            AND authority_id IN (SELECT id FROM authority WHERE id = ?1 OR parent_id = ?1)",
    )?;
    let found = statement.query_map([authority.0], |row| row.get(0).map(RequestId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether a request has left, by a letter of ours.
pub(crate) fn was_made_by_letter(db: &Reader, request: RequestId) -> Result<bool> {
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM request WHERE id = ?1 AND sent_at IS NOT NULL
            AND EXISTS (SELECT 1 FROM letter l WHERE l.request_id = ?1 AND l.role = ?2 AND l.life = 'released')",
    )?;
    Ok(statement.exists(params![request.0, LetterRole::Request])?)
}

/// Numbers the recommendations of a request, and notes that these addressees were asked: one unit, or every one not asked yet.
pub(crate) fn ask_about(
    tx: &Transaction<'_>,
    request: RequestId,
    authority: AuthorityId,
    unit: Option<&str>,
    asked: &[Recommendation],
) -> Result<()> {
    for (position, recommendation) in (1i64..).zip(asked) {
        tx.execute(
            "INSERT INTO request_recommendation (request_id, position, recommendation_id) VALUES (?1, ?2, ?3)",
            params![request.0, position, recommendation.id.0],
        )?;
        tx.execute(
            "UPDATE recommendation_addressee SET request_id = ?1
             WHERE recommendation_id = ?2 AND authority_id = ?3 AND unit = coalesce(?4, unit) AND request_id IS NULL",
            params![request.0, recommendation.id.0, authority.0, unit],
        )?;
    }
    Ok(())
}

/// Of a request `r`: how many recommendations it asks about; a letter that names none asks for one answer.
macro_rules! asked {
    () => {
        "max(1, (SELECT count(*) FROM request_recommendation x WHERE x.request_id = r.id))"
    };
}

/// Of a request `r`: how many of them have an answer, or whether the reply itself is here where none are named. `$of`: of which mails `x`.
macro_rules! answered {
    ($of:literal) => {
        concat!(
            "CASE WHEN EXISTS (SELECT 1 FROM request_recommendation x WHERE x.request_id = r.id)
                THEN (SELECT count(DISTINCT x.recommendation_id) FROM answer x WHERE x.request_id = r.id AND ",
            $of,
            ") ELSE EXISTS (SELECT 1 FROM mail_link x WHERE x.request_id = r.id AND x.effect = 'reply' AND ",
            $of,
            ") END"
        )
    };
}

/// What the domain sees of a request.
const COLUMNS: &str = concat!(
    "r.id, r.reference, r.joint_id, r.authority_id, r.unit, r.urgency, r.opened_at, r.basis, r.deadline, r.paused, r.sent_at, r.ended, ",
    asked!(),
    ", ",
    answered!("TRUE"),
    ", (SELECT min(m.received_at) FROM mail_link l JOIN mail m ON m.id = l.mail_id WHERE l.request_id = r.id AND l.effect = 'reply'),
    r.revision, r.drafted"
);

fn read(row: &Row<'_>) -> rusqlite::Result<Request> {
    Ok(Request {
        id: RequestId(row.get(0)?),
        reference: row.get(1)?,
        joint: JointId(row.get(2)?),
        authority: AuthorityId(row.get(3)?),
        unit: row.get(4)?,
        urgency: row.get(5)?,
        opened_at: rows::timestamp(row, 6)?,
        basis: rows::json(row, 7)?,
        deadline: rows::day(row, 8)?,
        paused: row.get(9)?,
        sent_at: rows::optional_timestamp(row, 10)?,
        ended: rows::optional_json(row, 11)?,
        asked: row.get(12)?,
        answered: row.get(13)?,
        answered_at: rows::optional_timestamp(row, 14)?,
        revision: row.get(15)?,
        drafted: row.get(16)?,
    })
}

pub(crate) fn load(db: &Reader, id: RequestId) -> Result<Request> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM request r WHERE r.id = ?1"))?;
    Ok(statement.query_row([id.0], read)?)
}

/// These, in their order.
pub(super) fn load_all(db: &Reader, ids: &[RequestId]) -> Result<Vec<Request>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM json_each(?1) w CROSS JOIN request r ON r.id = w.value ORDER BY w.key"))?;
    let requests = statement.query_map([rows::to_json(&ids)?], read)?;
    Ok(requests.collect::<rusqlite::Result<_>>()?)
}

/// Of a request `r`: something is still expected. What [`Request::is_settled`] denies.
pub(super) const IS_OPEN: &str = concat!("r.ended IS NULL AND ", answered!("TRUE"), " < ", asked!());

pub(crate) fn find(db: &Reader, reference: &str) -> Result<Option<RequestId>> {
    let mut statement = db.prepare_cached("SELECT id FROM request WHERE reference = ?1")?;
    Ok(statement.query_row([reference], |row| row.get(0)).optional()?.map(RequestId))
}

/// By the reference as a person may type it.
pub(crate) fn by_reference_or_refuse(db: &Reader, typed: &str) -> Result<Request> {
    if let Some(id) = find(db, typed.trim())?.or(find(db, &typed.trim().to_uppercase())?) {
        return load(db, id);
    }
    Err(Refusal::Request { reference: typed.to_owned(), why: RequestRefusal::Unknown }.into())
}

/// How many of the recommendations it asks about would have an answer if this mail had given none; at least the reply itself counts as one.
pub(crate) fn answered_without(db: &Reader, request: &Request, mail: MailId) -> Result<u32> {
    let mut statement = db.prepare_cached(concat!("SELECT ", answered!("x.mail_id <> ?2"), " FROM request r WHERE r.id = ?1"))?;
    Ok(statement.query_row([request.id.0, mail.0], |row| row.get(0))?)
}

pub(crate) fn of_joint(db: &Reader, joint: JointId) -> Result<Vec<Request>> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM request r WHERE r.joint_id = ?1 ORDER BY r.id"))?;
    let requests = statement.query_map([joint.0], read)?;
    Ok(requests.collect::<rusqlite::Result<_>>()?)
}

impl Reader {
    /// The request of this reference, as a person may type it: with spaces around it, or in small letters.
    ///
    /// # Errors
    ///
    /// Refused: an unknown reference ([`RequestRefusal::Unknown`]). And where the register cannot be read.
    pub fn request(&self, reference: &str) -> Result<Request> {
        by_reference_or_refuse(self, reference)
    }

    /// The request of this number.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such request.
    pub fn request_by_id(&self, id: RequestId) -> Result<Request> {
        load(self, id)
    }

    /// Whether something is still expected: [`Request::is_settled`] without loading the request.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn is_open(&self, id: RequestId) -> Result<bool> {
        Ok(self.db.prepare_cached(&format!("SELECT 1 FROM request r WHERE r.id = ?1 AND {IS_OPEN}"))?.exists([id.0])?)
    }

    /// All requests, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn requests(&self) -> Result<Vec<Request>> {
        let mut statement = self.db.prepare(&format!("SELECT {COLUMNS} FROM request r ORDER BY r.id"))?;
        let requests = statement.query_map([], read)?;
        Ok(requests.collect::<rusqlite::Result<_>>()?)
    }

    /// How the deadline came about, line by line, in days of the authority's calendar.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read, or the request's authority is not in it.
    pub fn computation(&self, request: &Request) -> Result<Computation> {
        let authority = directory::load_head(self, request.authority)?;
        Ok(compute(&request.basis, &self.rules.calendar_of(&authority)))
    }
}

/// The recommendations a request asks about that have no answer yet.
pub(super) fn unanswered(db: &Reader, request: RequestId) -> Result<Vec<Recommendation>> {
    let answered: Vec<i64> = db
        .prepare_cached("SELECT DISTINCT recommendation_id FROM answer WHERE request_id = ?1")?
        .query_map([request.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut asked = recommendations::of_request(db, request)?;
    asked.retain(|recommendation| !answered.contains(&recommendation.id.0));
    Ok(asked)
}
