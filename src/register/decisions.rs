//! Which decisions about mails are owed, and how far each has risen. They are planned in one place, before a transaction is kept, for every mail of which
//! it has changed something; so no verb has to think of it.

use super::waiting::standings;
use super::{Reader, Register, Result, Transaction, obligations, rows};
use crate::domain::decision::{Asks, risen_to};
use crate::domain::delivery::{ReportStanding, is_open_claim};
use crate::domain::identity::{MailId, RequestId};
use crate::domain::obligation::{Follows, Obligation, ObligationKind, Owed};
use crate::domain::reply::{Effect, Standing};
use crate::domain::resting::RestKind;
use crate::domain::staff::Rises;
use crate::domain::subject::{Subject, SubjectKind};
use jiff::Timestamp;
use rusqlite::params;
use std::collections::{BTreeSet, HashMap};

/// A decision about a mail.
struct Decision {
    since: Timestamp,
    /// The one thing that the mail may be about; none where there are several, or nothing is known.
    about: Option<Subject>,
}

/// The decision that is owed about a mail, if one is.
fn owed(db: &Reader, mail: MailId) -> Result<Option<Decision>> {
    let mut statement = db.prepare_cached(
        "SELECT standing, received_at, EXISTS (SELECT 1 FROM mail_link WHERE mail_id = ?1 AND effect = ?2),
            EXISTS (SELECT 1 FROM rest WHERE mail_id = ?1 AND until IS NULL AND kind = ?3) FROM mail WHERE id = ?1",
    )?;
    let waiting = Effect::Waiting.name();
    let (standing, since, link_waits, rests_authority) = statement
        .query_row(params![mail.0, waiting, RestKind::OfAuthority.name()], |row| {
            Ok((rows::word(row, 0, Standing::from_name)?, rows::timestamp(row, 1)?, row.get(2)?, row.get(3)?))
        })?;
    let claimed = claimed_by(db, mail)?;
    let asks = Asks { standing, link_waits, rests_authority, claims: !claimed.is_empty() };
    if !asks.is_owed() {
        return Ok(None);
    }
    let mut statement = db.prepare_cached(
        "SELECT subject_kind, subject_id FROM mail_link WHERE mail_id = ?1 AND effect = ?2
         UNION SELECT subject_kind, subject_id FROM mail_suggestion WHERE mail_id = ?1
         UNION SELECT 'request', request_id FROM rest WHERE mail_id = ?1 AND until IS NULL AND kind = ?3 AND request_id IS NOT NULL",
    )?;
    let found = statement.query_map(params![mail.0, waiting, RestKind::OfAuthority.name()], |row| {
        Ok(rows::word(row, 0, SubjectKind::from_name)?.of(row.get(1)?))
    })?;
    let mut about: BTreeSet<Subject> = found.collect::<rusqlite::Result<_>>()?;
    about.extend(claimed.into_iter().map(Subject::from));
    let only = if about.len() == 1 { about.pop_first() } else { None };
    Ok(Some(Decision { since, about: only }))
}

/// The open requests of which a mail says that a letter came back, and nothing proves it.
fn claimed_by(db: &Reader, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT request_id FROM delivery_report WHERE mail_id = ?1 AND standing = 'claimed' AND request_id IS NOT NULL",
    )?;
    let claimed: Vec<RequestId> = statement.query_map([mail.0], |row| row.get(0).map(RequestId))?.collect::<rusqlite::Result<_>>()?;
    let mut open = Vec::new();
    for request in claimed {
        if is_open_claim(ReportStanding::Claimed, !db.is_open(request)?) {
            open.push(request);
        }
    }
    Ok(open)
}

/// Plans the decisions about all mails that a transaction has changed, itself or by what it did to a request.
pub(super) fn plan_changed(tx: &Transaction<'_>) -> Result<()> {
    let changed = tx.take_changed();
    let mut mails = changed.mails;
    for request in changed.requests {
        let mut claims = tx.prepare_cached("SELECT mail_id FROM delivery_report WHERE request_id = ?1 AND standing = 'claimed'")?;
        let claims = claims.query_map([request.0], |row| row.get(0).map(MailId))?;
        mails.extend(claims.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    mails.into_iter().try_for_each(|mail| plan(tx, mail))
}

/// It keeps how far it has risen. One that is new is with those responsible, and has risen with the next pass if its mail has waited for long.
fn plan(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    let obligation = Obligation::Decision(mail);
    let Some(Decision { since, about }) = owed(tx, mail)? else { return obligations::end(tx, obligation) };
    let terms = tx.rules().rest_terms();
    let kept = obligations::find(tx, obligation)?.filter(|there| there.due == there.risen.until(since, &terms));
    let risen = kept.map_or(Rises::Responsible, |there| there.risen);
    obligations::put(tx, &Owed { obligation, about, due: risen.until(since, &terms), risen })
}

/// As if it had never been planned: how far it is said to have risen counts for nothing.
pub(crate) fn plan_anew(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    obligations::end(tx, Obligation::Decision(mail))?;
    plan(tx, mail)
}

/// All anew: the terms may have changed, by which they rise.
pub(crate) fn plan_all(tx: &Transaction<'_>) -> Result<()> {
    perhaps_owed(tx)?.into_iter().try_for_each(|mail| plan_anew(tx, mail))
}

/// Mails about which a decision may be owed, or is said to be: what does not ask for one is left out by [`owed`].
fn perhaps_owed(db: &Reader) -> Result<Vec<MailId>> {
    let mut statement = db.prepare(&format!(
        "SELECT id FROM mail WHERE standing IN {}
         UNION SELECT mail_id FROM mail_link WHERE effect = ?1
         UNION SELECT mail_id FROM rest WHERE until IS NULL AND kind = ?2
         UNION SELECT mail_id FROM delivery_report WHERE standing = 'claimed'
         UNION SELECT number FROM obligation WHERE kind = ?3 ORDER BY 1",
        standings(Standing::waits_for_a_person)
    ))?;
    let names = params![Effect::Waiting.name(), RestKind::OfAuthority.name(), ObligationKind::Decision.name()];
    let found = statement.query_map(names, |row| row.get(0).map(MailId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// What follows at `now` for all decisions that may be owed. One that is due to rise does so with the next pass.
pub(super) fn follow(db: &Reader, now: Timestamp) -> Result<Vec<(Obligation, Follows)>> {
    let terms = db.rules().rest_terms();
    let follows = |mail: MailId| -> Result<(Obligation, Follows)> {
        let obligation = Obligation::Decision(mail);
        let exists = db.prepare_cached("SELECT 1 FROM mail WHERE id = ?1")?.exists([mail.0])?;
        let Some(Decision { since, about }) = (if exists { owed(db, mail)? } else { None }) else {
            return Ok((obligation, Follows::Nothing));
        };
        let risen = obligations::find(db, obligation)?.map_or(Rises::Responsible, |there| there.risen).min(risen_to(since, now, &terms));
        Ok((obligation, Follows::At { about, due: risen.until(since, &terms), risen }))
    };
    perhaps_owed(db)?.into_iter().map(follows).collect()
}

impl Register {
    /// Lets the decisions rise inside the office that are due to: from now on digests tell the deputy or the head of them. How many.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn let_decisions_rise(&mut self, now: Timestamp) -> Result<usize> {
        let due = self.decisions_due(now)?;
        if due.is_empty() {
            return Ok(0);
        }
        self.write(|tx| {
            let terms = tx.rules().rest_terms();
            for mail in &due {
                let obligation = Obligation::Decision(*mail);
                match owed(tx, *mail)? {
                    Some(Decision { since, about }) => {
                        let risen = risen_to(since, now, &terms);
                        obligations::put(tx, &Owed { obligation, about, due: risen.until(since, &terms), risen })?;
                    }
                    None => obligations::end(tx, obligation)?,
                }
            }
            Ok(due.len())
        })
    }
}

/// Those that are due to rise by ?1, by the index `obligation_due`.
pub(super) const DECISIONS_DUE: &str = "SELECT number FROM obligation WHERE kind = 'decision' AND due <= ?1 ORDER BY due, number";

impl Reader {
    fn decisions_due(&self, by: Timestamp) -> Result<Vec<MailId>> {
        let mut statement = self.prepare_cached(DECISIONS_DUE)?;
        let found = statement.query_map([by.as_second()], |row| row.get(0).map(MailId))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// The mails about which a person owes a decision, the earliest received first.
    pub(super) fn decisions_owed(&self) -> Result<Vec<MailId>> {
        let mut statement = self.prepare_cached(
            "SELECT m.id FROM obligation o CROSS JOIN mail m ON m.id = o.number WHERE o.kind = 'decision' ORDER BY m.received_at, m.id",
        )?;
        let found = statement.query_map([], |row| row.get(0).map(MailId))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// How many decisions are owed, and since when the oldest one.
    pub(super) fn count_decisions(&self) -> Result<(u64, Option<Timestamp>)> {
        let mut statement = self.prepare_cached(
            "SELECT count(*), min(m.received_at) FROM obligation o CROSS JOIN mail m ON m.id = o.number WHERE o.kind = 'decision'",
        )?;
        Ok(statement.query_row([], |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), rows::optional_timestamp(row, 1)?)))?)
    }

    /// By mail, how far the decision about it has risen.
    pub(super) fn decisions_risen(&self) -> Result<HashMap<i64, Rises>> {
        let mut statement = self.prepare_cached("SELECT number, state FROM obligation WHERE kind = 'decision'")?;
        let found = statement.query_map([], |row| Ok((row.get(0)?, obligations::risen(row, 1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}
