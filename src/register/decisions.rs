//! Which decisions about mails are owed, and how far each has risen. They are planned in one place, before a transaction is kept, for every mail of
//! which it has changed something; so no verb has to think of it.

use super::delivery_reports::IS_CLAIM;
use super::events::{self, RECORDED};
use super::standings::standings_that;
use super::{Reader, Result, Transaction, changed_mails, delivery_reports, obligations, rows};
use crate::domain::decision::{self, Asks};
use crate::domain::event::{EventKind, Happened};
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
pub(crate) struct Decision {
    pub since: Timestamp,
    /// The one thing that the mail may be about; none where there are several, or nothing is known.
    pub about: Option<Subject>,
}

/// The decision that is owed about a mail, if one is.
pub(crate) fn owed(db: &Reader, mail: MailId) -> Result<Option<Decision>> {
    let mut statement = db.prepare_cached(
        "SELECT standing, received_at, EXISTS (SELECT 1 FROM mail_link WHERE mail_id = ?1 AND effect = ?2),
            EXISTS (SELECT 1 FROM rest WHERE mail_id = ?1 AND until IS NULL AND kind = ?3) FROM mail WHERE id = ?1",
    )?;
    let waiting = Effect::Waiting.name();
    let (standing, since, link_waits, rests_authority) = statement
        .query_row(params![mail.0, waiting, RestKind::OfAuthority.name()], |row| {
            Ok((rows::word(row, 0, Standing::from_name)?, rows::timestamp(row, 1)?, row.get(2)?, row.get(3)?))
        })?;
    let claimed: Vec<RequestId> = delivery_reports::open_claims(db, Some(mail))?.into_iter().map(|(_, request)| request).collect();
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

/// Plans the decisions about all mails that a transaction has changed.
pub(super) fn plan_changed(tx: &Transaction<'_>) -> Result<()> {
    changed_mails::take(tx)?.into_iter().try_for_each(|mail| plan(tx, mail))
}

/// It is with those whom the record names; what has waited for so long that others must see it rises with the next pass.
pub(crate) fn plan(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    let obligation = Obligation::Decision(mail);
    let Some(Decision { since, about }) = owed(tx, mail)? else { return obligations::end(tx, obligation) };
    let risen = has_risen(tx, mail, since)?;
    obligations::put(tx, &Owed { obligation, about, due: risen.until(since, &tx.rules().rest_terms()), risen })
}

/// All anew: the terms may have changed, by which they rise.
pub(crate) fn plan_all(tx: &Transaction<'_>) -> Result<()> {
    perhaps_owed(tx)?.into_iter().try_for_each(|mail| plan(tx, mail))
}

/// Mails about which a decision may be owed, or is said to be: what does not ask for one is left out by [`owed`].
fn perhaps_owed(db: &Reader) -> Result<Vec<MailId>> {
    let mut statement = db.prepare(&format!(
        "SELECT id FROM mail WHERE standing IN {}
         UNION SELECT mail_id FROM mail_link WHERE effect = ?1
         UNION SELECT mail_id FROM rest WHERE until IS NULL AND kind = ?2
         UNION SELECT mail_id FROM delivery_report WHERE {IS_CLAIM}
         UNION SELECT number FROM obligation WHERE kind = ?3 ORDER BY 1",
        standings_that(Standing::waits_for_a_person)
    ))?;
    let names = params![Effect::Waiting.name(), RestKind::OfAuthority.name(), ObligationKind::Decision.name()];
    let found = statement.query_map(names, |row| row.get(0).map(MailId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How far the decision about a mail, owed since then, has risen as the record says.
pub(crate) fn has_risen(db: &Reader, mail: MailId, since: Timestamp) -> Result<Rises> {
    let mut statement = db.prepare_cached(&format!("{RECORDED} WHERE mail_id = ?1 AND kind = ?2"))?;
    let rose = statement.query_map(params![mail.0, EventKind::DecisionRose.name()], events::read)?;
    let mut told = Vec::new();
    for event in rose {
        told.push(match event?.happened() {
            Some(Happened::DecisionRose { to, since }) => Timestamp::from_second(since).ok().map(|since| (to.into(), since)),
            _ => None,
        });
    }
    let kept = obligations::find(db, Obligation::Decision(mail))?.map_or(Rises::Responsible, |there| there.risen);
    Ok(decision::has_risen(told, since, kept))
}

/// What follows for all decisions that may be owed. One that is due to rise does so with the next pass.
pub(super) fn follow(db: &Reader) -> Result<Vec<(Obligation, Follows)>> {
    let terms = db.rules().rest_terms();
    let follows = |mail: MailId| -> Result<(Obligation, Follows)> {
        let obligation = Obligation::Decision(mail);
        let exists = db.prepare_cached("SELECT 1 FROM mail WHERE id = ?1")?.exists([mail.0])?;
        let Some(Decision { since, about }) = (if exists { owed(db, mail)? } else { None }) else {
            return Ok((obligation, Follows::Nothing));
        };
        let risen = has_risen(db, mail, since)?;
        Ok((obligation, Follows::At { about, due: risen.until(since, &terms), risen }))
    };
    perhaps_owed(db)?.into_iter().map(follows).collect()
}

/// Those that are due to rise by ?1, by the index `obligation_due`.
pub(super) const DECISIONS_DUE: &str = "SELECT number FROM obligation WHERE kind = 'decision' AND due <= ?1 ORDER BY due, number";

impl Reader {
    /// The mails about which a decision is due to rise by then, or to be looked at for the first time.
    pub(crate) fn decisions_due(&self, by: Timestamp) -> Result<Vec<MailId>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::exchanges::Which;
    use crate::register::{migrate, requests};
    use rusqlite::Connection;
    use std::sync::Arc;

    fn reader() -> Reader {
        let db = Connection::open_in_memory().unwrap();
        migrate::fill(&db).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.execute_batch("INSERT INTO authority (name) VALUES ('Prison Service'); INSERT INTO joint_request (matter) VALUES ('M')")
            .unwrap();
        Reader { db, rules: Arc::new(crate::domain::sample::rules()) }
    }

    fn request(reader: &Reader, id: i64, ended: bool) {
        let ended = ended.then_some(r#"{"how": "waived", "reason": "", "by": "A. Novak", "at": "2026-01-01T00:00:00Z"}"#);
        let basis = serde_json::to_string(&crate::domain::request::tests::request("2026-03-01".parse().unwrap(), 1, 0).basis).unwrap();
        reader
            .db
            .execute(
                "INSERT INTO request (id, reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused, ended)
                 VALUES (?1, 'R' || ?1, 1, 1, '', 'ordinary', 1, ?2, '2026-03-01', 0, ?3)",
                params![id, basis, ended],
            )
            .unwrap();
    }

    #[test]
    fn what_waits_in_a_list_is_what_waits_in_the_view_of_each_mail() {
        let reader = reader();
        request(&reader, 1, false);
        let mut mail = 0;
        for standing in Standing::ALL {
            for effect in Effect::ALL.into_iter().map(Some).chain([None]) {
                for rest in RestKind::ALL.into_iter().map(Some).chain([None]) {
                    for (claims, is_over) in [(false, false), (true, false), (false, true)] {
                        mail += 1;
                        let mut sha256 = [0u8; 32];
                        sha256[..8].copy_from_slice(&i64::to_be_bytes(mail));
                        let insert = "INSERT INTO mail (sha256, size, received_at, taken_at, standing) VALUES (?1, 1, 1, 1, ?2)";
                        reader.db.execute(insert, params![sha256, standing.name()]).unwrap();
                        if let Some(effect) = effect {
                            let insert = "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_at)
                                VALUES (?1, 'request', 1, ?2, '[]', 1)";
                            reader.db.execute(insert, params![mail, effect.name()]).unwrap();
                        }
                        if let Some(rest) = rest {
                            let insert = "INSERT INTO rest (mail_id, request_id, kind, since, until) VALUES (?1, 1, ?2, 1, ?3)";
                            reader.db.execute(insert, params![mail, rest.name(), is_over.then_some(2)]).unwrap();
                        }
                        if claims {
                            let insert =
                                "INSERT INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing)
                                VALUES (?1, 1, 1, 1, '', '', '', 'claimed')";
                            reader.db.execute(insert, [mail]).unwrap();
                        }
                    }
                }
            }
        }
        // An answer settles the request of all of them, and a claim about it asks nothing more.
        reader.db.execute("DELETE FROM mail_link WHERE effect = 'reply' AND mail_id % 2 = 0", []).unwrap();
        for is_settled in [true, false] {
            if !is_settled {
                reader.db.execute("DELETE FROM mail_link WHERE effect = 'reply'", []).unwrap();
            }
            assert_eq!(reader.request_by_id(RequestId(1)).unwrap().is_settled(), is_settled);
            let tx = reader.begin().unwrap();
            plan_all(&tx).unwrap();
            tx.commit().unwrap();
            let listed: Vec<i64> = reader.waiting_views().unwrap().iter().map(|view| view.id).collect();
            let views = (1..=mail).map(|mail| reader.mail_view(MailId(mail)).unwrap());
            let seen: Vec<i64> = views.filter(|view| view.waits_for_a_person()).map(|view| view.id).collect();
            assert_eq!(listed, seen);
            assert!(!listed.is_empty() && listed.len() < usize::try_from(mail).unwrap());
        }
    }

    #[test]
    fn what_is_open_in_sql_is_what_is_not_settled() {
        let reader = reader();
        let mut id = 0;
        // Whether a person has ended it, how many recommendations it asks about, how many are answered, and whether a reply is linked.
        for ended in [false, true] {
            for asked in 0..3 {
                for answered in 0..=asked {
                    for replied in [false, true] {
                        id += 1;
                        request(&reader, id, ended);
                        for number in 0..asked {
                            let recommendation = id * 10 + number;
                            let ask = "INSERT INTO request_recommendation (request_id, position, recommendation_id) VALUES (?1, ?2, ?3)";
                            reader.db.execute(ask, [id, number, recommendation]).unwrap();
                            if number < answered {
                                // Two mails may answer the same.
                                for mail in [1, 2] {
                                    let answer = "INSERT INTO answer (request_id, recommendation_id, mail_id) VALUES (?1, ?2, ?3)";
                                    reader.db.execute(answer, [id, recommendation, mail]).unwrap();
                                }
                            }
                        }
                        if replied {
                            let link = "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_at)
                                VALUES (1, 'request', ?1, 'reply', '[]', 1)";
                            reader.db.execute(link, [id]).unwrap();
                        }
                        let request = reader.request_by_id(RequestId(id)).unwrap();
                        let is_settled = ended || if asked == 0 { replied } else { answered == asked };
                        assert_eq!(request.is_settled(), is_settled, "{ended} {asked} {answered} {replied}");
                        assert_eq!(reader.is_open(RequestId(id)).unwrap(), !is_settled, "{ended} {asked} {answered} {replied}");
                        let without = |mail| requests::answered_without(&reader, &request, MailId(mail)).unwrap();
                        assert_eq!(without(3), request.answered, "a mail that answers nothing");
                        let only_reply = asked == 0 && replied;
                        assert_eq!(without(1), if only_reply { 0 } else { request.answered }, "{ended} {asked} {answered} {replied}");
                    }
                }
            }
        }
        let all = reader.exchanges(Which::All, Timestamp::UNIX_EPOCH).unwrap().all;
        assert_eq!(i64::try_from(all.len()).unwrap(), id);
        for exchange in all {
            assert_eq!(exchange.progress, reader.request_by_id(exchange.id).unwrap().progress(), "{exchange:?}");
        }
    }
}
