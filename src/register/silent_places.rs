//! Places to which letters leave and from which nothing comes: what the register knows of each letter, for `domain::silence` to judge.

use super::{Reader, Result, rows};
use crate::domain::identity::{AuthorityId, DeliveryId, LetterId, RequestId};
use crate::domain::kind::Kind;
use crate::domain::letter::LetterRole;
use crate::domain::reply::Effect;
use crate::domain::rules::{day_in, start_of_day};
use crate::domain::silence::{self, AcceptedLetter, Came, IN_A_ROW, LetterTaken, Silence};
use crate::domain::trust::Proof;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;
use std::collections::BTreeMap;

/// The domains that letters to authorities have left to: each is found by one step in the index `deliveries_taken`.
pub(super) const DOMAINS: &str = "WITH RECURSIVE found (domain) AS (
        SELECT min(domain) FROM delivery WHERE accepted_at IS NOT NULL AND contact_id IS NOT NULL AND NOT is_copy
        UNION ALL SELECT (SELECT min(d.domain) FROM delivery d
            WHERE d.domain > found.domain AND d.accepted_at IS NOT NULL AND d.contact_id IS NOT NULL AND NOT d.is_copy)
        FROM found WHERE found.domain IS NOT NULL)
    SELECT domain FROM found WHERE domain IS NOT NULL";

/// The letters that stayed with a domain (?1), without acknowledgements (?2), the latest first.
pub(super) const LETTERS_TO: &str = "SELECT d.recipient, d.accepted_at, u.authority_id, u.authority_id = r.authority_id, l.id, d.id, r.id
    FROM delivery d CROSS JOIN letter l ON l.id = d.letter_id CROSS JOIN request r ON r.id = l.request_id
        CROSS JOIN contact c ON c.id = d.contact_id CROSS JOIN post p ON p.id = c.post_id CROSS JOIN unit u ON u.id = p.unit_id
    WHERE d.domain = ?1 AND d.accepted_at IS NOT NULL AND d.contact_id IS NOT NULL AND NOT d.is_copy
        AND d.state = 'accepted' AND l.role <> ?2
    ORDER BY d.accepted_at DESC";

/// What is linked to the request (?1) of a letter (?2), or suggested for it, and whether its evidence is that letter or its delivery (?3).
pub(super) const CAME: &str = "SELECT m.kind, k.effect, m.received_at, coalesce(m.sender, ''), m.says_arrived,
        EXISTS (SELECT 1 FROM json_each(k.evidence) e WHERE e.value ->> '$.letter.letter' = ?2 OR e.value ->> '$.letter.delivery' = ?3)
    FROM (SELECT mail_id, evidence, effect FROM mail_link WHERE request_id = ?1
        UNION ALL SELECT mail_id, evidence, NULL FROM mail_suggestion WHERE request_id = ?1) k
    CROSS JOIN mail m ON m.id = k.mail_id";

/// The letters to one place, the latest first, and to whom they went.
#[derive(Default)]
struct Known {
    letters: Vec<AcceptedLetter>,
    authorities: Vec<AuthorityId>,
}

impl Reader {
    /// The places of whose last letters nothing is heard, with the authorities that were written to there. Days are the office's.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn silences(&self, now: Timestamp) -> Result<Vec<(Silence, Vec<AuthorityId>)>> {
        let today = day_in(now, &self.rules.time_zone);
        let mut domains = self.db.prepare_cached(DOMAINS)?;
        let mut silent = Vec::new();
        for domain in domains.query_map([], |row| row.get::<_, String>(0))? {
            for (to, mut known) in self.letters_to(&domain?, today)? {
                known.letters.reverse();
                // It costs more than the rest, and is asked where nothing else is heard.
                if let Some(found) = silence::silence(&to, &known.letters) {
                    if let Some(last) = self.last_word_from(&to, found.since)? {
                        known.letters.iter_mut().for_each(|letter| letter.heard_of |= letter.on <= last);
                    }
                    silent.extend(silence::silence(&to, &known.letters).map(|found| (found, known.authorities)));
                }
            }
        }
        Ok(silent)
    }

    fn letters_to(&self, domain: &str, today: Date) -> Result<BTreeMap<String, Known>> {
        let mut statement = self.db.prepare_cached(LETTERS_TO)?;
        let mut rows = statement.query(params![domain, LetterRole::Acknowledgement])?;
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let on = day_in(rows::timestamp(row, 1)?, &self.rules.time_zone);
            if !silence::counts(on, today) {
                continue;
            }
            let place = silence::place(&row.get::<_, String>(0)?);
            let is_whole_domain = place == domain;
            let known = known.entry(place.clone()).or_default();
            if known.letters.len() < IN_A_ROW {
                let letter = LetterTaken { at: rows::timestamp(row, 1)?, place: &place, to_the_asked: row.get(3)? };
                let heard_of = self.is_heard_of(&letter, LetterId(row.get(4)?), DeliveryId(row.get(5)?), RequestId(row.get(6)?))?;
                known.letters.push(AcceptedLetter { on, heard_of });
                let authority = AuthorityId(row.get(2)?);
                if !known.authorities.contains(&authority) {
                    known.authorities.push(authority);
                }
            }
            // At a public provider the other addresses are still to come.
            if is_whole_domain && known.letters.len() == IN_A_ROW {
                break;
            }
        }
        Ok(known)
    }

    fn is_heard_of(&self, letter: &LetterTaken<'_>, id: LetterId, delivery: DeliveryId, request: RequestId) -> Result<bool> {
        let mut statement = self.db.prepare_cached(CAME)?;
        let mut rows = statement.query(params![request.0, id.0, delivery.0])?;
        while let Some(row) = rows.next()? {
            let came = Came {
                kind: rows::optional_word(row, 0, Kind::from_name)?,
                effect: rows::optional_word(row, 1, Effect::from_name)?,
                received_at: rows::timestamp(row, 2)?,
                sender: row.get(3)?,
                says_arrived: row.get(4)?,
                names_letter: row.get(5)?,
            };
            if letter.is_told_of_by(&came) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The day of the last mail from a place since `since` that shows that somebody or something reads there.
    fn last_word_from(&self, place: &str, since: Date) -> Result<Option<Date>> {
        let zone = &self.rules.time_zone;
        // The end of the address is compared here, so that few of years of mail are given to what decides.
        let mut statement = self.db.prepare_cached(
            "SELECT received_at, sender, kind, proof, bulk FROM mail
             WHERE received_at >= ?2 AND substr(lower(sender), -length(?1)) = ?1 ORDER BY received_at DESC",
        )?;
        let mut rows = statement.query(params![place, start_of_day(since, zone).as_second()])?;
        while let Some(row) = rows.next()? {
            let is_contradicted = rows::optional_json::<Proof>(row, 3)? == Some(Proof::Contradicted);
            let kind = rows::optional_word(row, 2, Kind::from_name)?;
            if silence::is_from(place, &row.get::<_, String>(1)?) && silence::shows_reading(kind, is_contradicted, row.get(4)?) {
                return Ok(Some(day_in(rows::timestamp(row, 0)?, zone)));
            }
        }
        Ok(None)
    }
}
