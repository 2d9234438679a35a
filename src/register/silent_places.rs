//! Places to which letters leave and from which nothing comes: what the register knows of each letter, for `domain::silence` to judge.

use super::{Reader, Result, rows};
use crate::domain::identity::AuthorityId;
use crate::domain::letter::LetterRole;
use crate::domain::rules::{day_in, start_of_day};
use crate::domain::silence::{self, AcceptedLetter, IN_A_ROW, Silence};
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

/// The letters that stayed with a domain (?1), without acknowledgements (?2), the latest first, and whether a mail was linked or suggested that tells of it: one that names the
/// letter, comes from there, or is by whoever was asked. The mailbox's clock may be behind ours by an hour. A server that has passed a letter on to
/// one that reports nothing (`relayed`, RFC 3464 §2.3.3) does not know whether it arrived.
pub(super) const LETTERS_TO: &str = "SELECT d.recipient, d.accepted_at, u.authority_id, EXISTS (
        SELECT 1 FROM (
            SELECT mail_id, evidence FROM mail_link WHERE request_id = l.request_id AND effect <> 'bounce'
            UNION ALL SELECT mail_id, evidence FROM mail_suggestion WHERE request_id = l.request_id) k
        JOIN mail m ON m.id = k.mail_id
        WHERE m.received_at >= d.accepted_at - 3600 AND m.kind <> 'bounce'
            AND (m.kind <> 'delivery receipt' OR m.says_arrived)
            AND (EXISTS (SELECT 1 FROM json_each(k.evidence) e
                    WHERE e.value ->> '$.letter.letter' = l.id OR e.value ->> '$.letter.delivery' = d.id)
                OR substr(lower(m.sender), -length(d.domain) - 1) IN ('@' || d.domain, '.' || d.domain)
                OR m.kind NOT IN ('delivery receipt', 'read receipt') AND u.authority_id = r.authority_id))
    FROM delivery d CROSS JOIN letter l ON l.id = d.letter_id CROSS JOIN request r ON r.id = l.request_id
        CROSS JOIN contact c ON c.id = d.contact_id CROSS JOIN post p ON p.id = c.post_id CROSS JOIN unit u ON u.id = p.unit_id
    WHERE d.domain = ?1 AND d.accepted_at IS NOT NULL AND d.contact_id IS NOT NULL AND NOT d.is_copy
        AND d.state = 'accepted' AND l.role <> ?2
    ORDER BY d.accepted_at DESC";

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
            let known = known.entry(place).or_default();
            if known.letters.len() < IN_A_ROW {
                known.letters.push(AcceptedLetter { on, heard_of: row.get(3)? });
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

    /// The day of the last mail from a place since `since` that is neither a newsletter nor a report, linked or not: an automatic answer that names
    /// nothing of ours still shows that something was read there.
    fn last_word_from(&self, place: &str, since: Date) -> Result<Option<Date>> {
        let zone = &self.rules.time_zone;
        let mut statement = self.db.prepare_cached(
            "SELECT received_at FROM mail WHERE received_at >= ?2
                AND (lower(sender) = ?1 OR substr(lower(sender), -length(?1) - 1) IN ('@' || ?1, '.' || ?1))
                AND kind NOT IN ('bounce', 'delivery receipt', 'feedback report') AND coalesce(proof, '') <> '\"contradicted\"'
                AND NOT bulk ORDER BY received_at DESC LIMIT 1",
        )?;
        let found = statement.query_map(params![place, start_of_day(since, zone).as_second()], |row| rows::timestamp(row, 0))?;
        let last = found.collect::<rusqlite::Result<Vec<Timestamp>>>()?;
        Ok(last.first().map(|at| day_in(*at, zone)))
    }
}
