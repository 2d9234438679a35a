//! Drafts: letters that wait for a person to release them. None has a delivery before that, so that nothing which reads deliveries takes one for a
//! letter that waits to leave, or has left. What becomes of a draft is decided by `domain::letter_life`.

use super::deliveries::GoesTo;
use super::new_letter::{NewLetter, Recipient};
use super::recipients::is_gone;
use super::{Reader, Result, Transaction, deliveries, enclosures, obligations, outbox, requests, rows};
use crate::domain::calendar::DeadlineBasis;
use crate::domain::delivery::DeliveryChange;
use crate::domain::identity::{AuthorityId, ContactId, DeliveryId, LetterId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::letter_life::LetterLife;
use crate::domain::obligation::Obligation;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::request::Request;
use crate::domain::rules::start_of_day;
use crate::domain::subject::Subject;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use std::collections::HashMap;

/// A letter that waits for a person to release it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    pub letter: LetterId,
    #[serde(skip)]
    pub(crate) request: RequestId,
    pub reference: String,
    #[serde(skip)]
    pub(crate) authority_id: AuthorityId,
    pub authority: String,
    pub role: LetterRole,
    /// Of the ladder; none of a first letter.
    pub step: Option<String>,
    #[serde(skip)]
    pub(crate) level: String,
    #[serde(skip)]
    pub(crate) message_id: String,
    pub subject: String,
    /// Addresses, the copies last.
    pub to: Vec<String>,
    pub written_on: Date,
    /// Of how many recommendations its request had an answer then.
    #[serde(skip)]
    pub(crate) answered_before: u32,
    /// The last day on which it can be released, on the office's calendar.
    pub release_by: Date,
    /// When that day is over.
    #[serde(skip)]
    pub(crate) lapses_at: Timestamp,
}

impl Draft {
    /// Which of the letters about its request it is.
    pub(crate) fn which(&self) -> enclosures::Which<'_> {
        enclosures::Which { request: self.request, role: self.role, step: self.step.as_deref() }
    }
}

pub(super) const DRAFTS: &str =
    "SELECT l.id, l.request_id, q.reference, a.name, l.role, l.step, l.subject, l.written_on, l.release_by, o.due, a.id,
        coalesce(l.answered_before, 0), coalesce(l.level, ''), l.message_id
    FROM obligation o CROSS JOIN letter l ON l.id = o.number CROSS JOIN request q ON q.id = l.request_id
        CROSS JOIN authority a ON a.id = q.authority_id
    WHERE o.kind = 'release' AND o.due IS NOT NULL";

fn read(row: &Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft {
        letter: LetterId(row.get(0)?),
        request: RequestId(row.get(1)?),
        reference: row.get(2)?,
        authority_id: AuthorityId(row.get(10)?),
        authority: row.get(3)?,
        role: row.get(4)?,
        step: row.get(5)?,
        level: row.get(12)?,
        message_id: row.get(13)?,
        subject: row.get(6)?,
        to: vec![],
        written_on: rows::day(row, 7)?,
        answered_before: row.get(11)?,
        release_by: rows::day(row, 8)?,
        lapses_at: rows::timestamp(row, 9)?,
    })
}

/// A letter that was just written waits for its release, by that day on the office's calendar.
pub(super) fn put(tx: &Transaction<'_>, letter: LetterId, about: Option<Subject>, new: &NewLetter, release_by: Date) -> Result<()> {
    tx.prepare_cached("UPDATE letter SET life = 'draft', release_by = ?2 WHERE id = ?1")?
        .execute(params![letter.0, release_by.to_string()])?;
    for (position, recipient) in (0_i64..).zip(&new.recipients) {
        tx.prepare_cached("INSERT INTO letter_recipient (letter_id, position, address, contact_id, is_copy) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![letter.0, position, recipient.address, recipient.contact.map(|contact| contact.0), recipient.is_copy])?;
    }
    obligations::plan(tx, Obligation::Release(letter), about, Some(lapses_at(tx, release_by)))
}

/// How the request of a letter that was just drafted stood before.
pub(crate) fn put_before(tx: &Transaction<'_>, letter: LetterId, before: &Request) -> Result<()> {
    tx.prepare_cached("UPDATE letter SET answered_before = ?2, stated_before = ?3 WHERE id = ?1 AND life = 'draft'")?.execute(params![
        letter.0,
        before.answered,
        before.basis.stated.map(|day| day.to_string())
    ])?;
    Ok(())
}

/// The request does not go by the date that a drafted first letter of it names, since that letter does not leave.
pub(crate) fn forget_stated(tx: &Transaction<'_>, request: RequestId, letter: LetterId) -> Result<()> {
    let was_drafted = tx
        .prepare_cached("SELECT stated_before FROM letter WHERE id = ?1 AND role = ?2 AND release_by IS NOT NULL")?
        .query_row(params![letter.0, LetterRole::Request], |row| rows::optional_day(row, 0))
        .optional()?;
    let Some(stated) = was_drafted else { return Ok(()) };
    let basis = DeadlineBasis { stated, ..requests::load(tx, request)?.basis };
    requests::store_basis(tx, request, &basis)
}

/// When the last day for a release is over.
fn lapses_at(db: &Reader, release_by: Date) -> Timestamp {
    start_of_day(release_by.saturating_add(jiff::Span::new().days(1)), &db.rules().time_zone)
}

const RELEASES: &str = "SELECT id, subject_kind, subject_id, release_by FROM letter WHERE life = 'draft' AND release_by IS NOT NULL";

/// Of which letter a release is owed, what that is about, and when it lapses.
type Release = (LetterId, Option<Subject>, Timestamp);

fn read_release(db: &Reader, row: &Row<'_>) -> rusqlite::Result<Release> {
    Ok((LetterId(row.get(0)?), obligations::subject(row, 1)?, lapses_at(db, rows::day(row, 3)?)))
}

/// The releases that are owed, as they follow from the drafts themselves.
pub(super) fn releases(db: &Reader) -> Result<Vec<Release>> {
    let mut statement = db.prepare(&format!("{RELEASES} ORDER BY id"))?;
    let found = statement.query_map([], |row| read_release(db, row))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Plans the release of a draft anew.
pub(crate) fn plan_release(tx: &Transaction<'_>, letter: LetterId) -> Result<()> {
    let mut statement = tx.prepare_cached(&format!("{RELEASES} AND id = ?1"))?;
    let found = statement.query_row([letter.0], |row| read_release(tx, row)).optional()?;
    let (about, due) = found.map_or((None, None), |(_, about, due)| (about, Some(due)));
    obligations::plan(tx, Obligation::Release(letter), about, due)
}

/// All anew: the office's day, on which the last one for a release ends, may be another one.
pub(crate) fn plan_all_releases(tx: &Transaction<'_>) -> Result<()> {
    releases(tx)?.into_iter().try_for_each(|(letter, about, due)| obligations::plan(tx, Obligation::Release(letter), about, Some(due)))
}

/// All drafts, that to be released first leading.
pub(crate) fn all(db: &Reader) -> Result<Vec<Draft>> {
    let mut statement = db.prepare_cached(&format!("{DRAFTS} ORDER BY o.due, o.number"))?;
    with_recipients(db, statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// One of them, if that letter is one.
pub(crate) fn find(db: &Reader, letter: LetterId) -> Result<Option<Draft>> {
    let mut statement = db.prepare_cached(&format!("{DRAFTS} AND o.number = ?1"))?;
    let found = statement.query_row([letter.0], read).optional()?;
    Ok(with_recipients(db, found.into_iter().collect())?.pop())
}

/// Those about a request.
pub(crate) fn about(db: &Reader, request: RequestId) -> Result<Vec<Draft>> {
    let mut statement = db.prepare_cached(&format!("{DRAFTS} AND l.request_id = ?1 ORDER BY l.id"))?;
    with_recipients(db, statement.query_map([request.0], read)?.collect::<rusqlite::Result<_>>()?)
}

fn with_recipients(db: &Reader, mut drafts: Vec<Draft>) -> Result<Vec<Draft>> {
    // Mostly there is none, and a request is often asked for its drafts.
    if drafts.is_empty() {
        return Ok(drafts);
    }
    let mut recipients = recipients_of(db, &drafts.iter().map(|draft| draft.letter).collect::<Vec<_>>())?;
    for draft in &mut drafts {
        draft.to = recipients.remove(&draft.letter).unwrap_or_default().into_iter().map(|recipient| recipient.address).collect();
    }
    Ok(drafts)
}

/// Of each draft, in their order, the day on which it, or the first of those before it that nobody released, was to be written: of a step that on
/// which it fell due, of a first letter that on which it was first drafted. So a draft that is written anew grows no younger.
pub(super) fn due_since(db: &Reader, drafts: &[Draft]) -> Result<Vec<Date>> {
    let letters: Vec<LetterId> = drafts.iter().map(|draft| draft.letter).collect();
    let mut statement = db.prepare_cached(
        "SELECT coalesce((SELECT min(t.due_on) FROM step_taken t WHERE t.request_id = l.request_id AND t.letter_id = l.id),
            (SELECT min(f.written_on) FROM letter f WHERE f.request_id = l.request_id AND f.role = l.role AND f.id > coalesce(
                (SELECT max(r.id) FROM letter r WHERE r.request_id = l.request_id AND r.life = 'released' AND r.role <> ?2), 0)))
         FROM json_each(?1) w CROSS JOIN letter l ON l.id = w.value ORDER BY w.key",
    )?;
    let found = statement.query_map(params![rows::to_json(&letters)?, LetterRole::Acknowledgement], |row| rows::day(row, 0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// By letter: to whom a draft goes, or would have gone, the copies last.
pub(super) fn recipients_of(db: &Reader, letters: &[LetterId]) -> Result<HashMap<LetterId, Vec<Recipient>>> {
    let mut statement = db.prepare_cached(
        "SELECT r.letter_id, r.address, r.contact_id, r.is_copy FROM json_each(?1) w CROSS JOIN letter_recipient r ON r.letter_id = w.value
         ORDER BY w.key, r.is_copy, r.position",
    )?;
    let mut found = statement.query([rows::to_json(&letters)?])?;
    let mut recipients: HashMap<LetterId, Vec<Recipient>> = HashMap::new();
    while let Some(row) = found.next()? {
        let contact = row.get::<_, Option<i64>>(2)?.map(ContactId);
        let recipient = Recipient { name: None, address: row.get(1)?, contact, is_copy: row.get(3)? };
        recipients.entry(LetterId(row.get(0)?)).or_default().push(recipient);
    }
    Ok(recipients)
}

/// How far a letter is, if there is one of this number.
pub(crate) fn life(db: &Reader, letter: LetterId) -> Result<Option<LetterLife>> {
    let mut statement = db.prepare_cached("SELECT life FROM letter WHERE id = ?1")?;
    Ok(statement.query_row([letter.0], |row| rows::word(row, 0, LetterLife::from_name)).optional()?)
}

/// Of a letter's bytes.
pub(crate) fn sha256(db: &Reader, letter: LetterId) -> Result<Vec<u8>> {
    Ok(db.prepare_cached("SELECT sha256 FROM letter WHERE id = ?1")?.query_row([letter.0], |row| row.get(0))?)
}

/// What the drafts about a request are to it.
pub(super) fn roles_of(db: &Reader, request: RequestId) -> Result<Vec<LetterRole>> {
    let mut statement = db.prepare_cached("SELECT role FROM letter WHERE request_id = ?1 AND life = 'draft'")?;
    let found = statement.query_map([request.0], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The drafts that go there, and not as a copy.
pub(crate) fn going_to(db: &Reader, to: GoesTo<'_>) -> Result<Vec<LetterId>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT o.number FROM obligation o CROSS JOIN letter_recipient r ON r.letter_id = o.number
         WHERE o.kind = 'release' AND o.due IS NOT NULL AND NOT r.is_copy AND {}",
        to.condition("r.address", "r.contact_id")
    ))?;
    let found = statement.query_map([to.parameter()], |row| row.get(0).map(LetterId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// From now on it is a letter like others: it waits to leave, not before `not_before`. A copy to an address that is written to no more, or to who is
/// not there any more on that day of the authority, is left out. What waits now, with its recipient.
pub(crate) fn release(
    tx: &Transaction<'_>,
    draft: &Draft,
    reply_addresses: &ReplyAddresses,
    released_on: Date,
    not_before: Timestamp,
) -> Result<Vec<(DeliveryId, String)>> {
    put_life(tx, draft.letter, LetterLife::Released, Some(released_on))?;
    let mut put = Vec::new();
    for recipient in recipients_of(tx, &[draft.letter])?.remove(&draft.letter).unwrap_or_default() {
        let delivery = outbox::put_delivery(tx, draft.letter, Some(draft.request.into()), &recipient, reply_addresses, not_before)?;
        let needless = if recipient.is_copy { is_gone(tx, &recipient, released_on)? } else { None };
        match needless {
            Some(why) => deliveries::change(tx, delivery, &DeliveryChange::Cancelled { because: why.why().into() })?,
            None => put.push((delivery, recipient.address)),
        }
    }
    Ok(put)
}

/// It will not be released. What follows for its step, its verb decides.
pub(crate) fn put_withdrawn(tx: &Transaction<'_>, letter: LetterId) -> Result<()> {
    put_life(tx, letter, LetterLife::Withdrawn, None)
}

fn put_life(tx: &Transaction<'_>, letter: LetterId, life: LetterLife, released_on: Option<Date>) -> Result<()> {
    tx.prepare_cached("UPDATE letter SET life = ?2, released_on = ?3 WHERE id = ?1")?.execute(params![
        letter.0,
        life.name(),
        released_on.map(|day| day.to_string())
    ])?;
    obligations::plan(tx, Obligation::Release(letter), None, None)
}

impl Reader {
    /// The letters that wait for a person to release them, that to be released first leading.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn drafts(&self) -> Result<Vec<Draft>> {
        all(self)
    }

    /// When the next draft is to be released at the latest.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn next_release(&self) -> Result<Option<Timestamp>> {
        self.next_due_of(crate::domain::obligation::ObligationKind::Release, None)
    }
}
