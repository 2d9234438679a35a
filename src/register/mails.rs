//! Received mail: taken in raw and committed (promise 1), once (promise 2), then understood, then concluded.

use super::events::Event;
use super::returns::{Fate, bounced};
use super::search::MailWords;
use super::{Reader, Register, Result, agenda, clues, outbox, placing, rows};
use crate::domain::identity::{DeliveryId, MailId, RequestId};
use crate::domain::linking::{Clue, Verdict};
use crate::domain::reply::{Effect, Standing};
use crate::domain::rules::OfficeRules;
use crate::mail::Understood;
use crate::mail::understood::{Bounce, Kind};
use jiff::Timestamp;
use rusqlite::blob::ZeroBlob;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;
use sha2::{Digest, Sha256};

/// One mail as a mailbox gave it.
#[derive(Debug, Clone)]
pub struct TakenIn {
    pub bytes: MailBytes,
    /// It was larger than the limit and only this much of it was fetched.
    pub cut: bool,
    /// When it arrived by the mailbox's word; this counts for deadlines, the Date header never does.
    pub received_at: Timestamp,
    /// Folder, UIDVALIDITY and UID; or a path.
    pub source: String,
    /// What is to be marked in the mailbox once this is committed; JSON of `transport::Mark`.
    pub mark: Option<String>,
}

/// A mail's bytes with what they are known by. To make one takes a tenth of the time of taking in mail, and needs no register.
#[derive(Debug, Clone)]
pub struct MailBytes {
    raw: Vec<u8>,
    sha256: [u8; 32],
    same_mail: Option<[u8; 32]>,
}

impl From<Vec<u8>> for MailBytes {
    fn from(raw: Vec<u8>) -> MailBytes {
        MailBytes { sha256: Sha256::digest(&raw).into(), same_mail: same_mail_key(&raw), raw }
    }
}

/// The mailbox that mails come from, and how far it was read.
#[derive(Debug, Clone, Copy)]
pub struct MailboxRead<'a> {
    pub name: &'a str,
    /// Marks that were set since; JSON as in [`TakenIn::mark`].
    pub marked: &'a [String],
    /// JSON of `transport::Cursor`; none leaves it where it was.
    pub cursor: Option<&'a str>,
    /// When nothing more was in it.
    pub to_end: Option<Timestamp>,
}

/// What becomes of mails that are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// They wait until they are claimed.
    Wait,
    /// They are handed to the worker at once: their first attempt is recorded with them.
    BeUnderstood,
}

/// Where the reason lies for which a mail could not be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    Mail,
    /// There is no worker to read it.
    Worker,
}

/// What became of a mail that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    New(MailId),
    /// The same mail, seen before.
    Again(MailId),
}

/// A mail to be understood. The attempt is recorded already.
#[derive(Debug, Clone)]
pub struct Unread {
    pub mail: MailId,
    pub raw: Vec<u8>,
    /// Headers of the copies that came by other ways.
    pub other_heads: Vec<Vec<u8>>,
    pub received_at: Timestamp,
    /// Only the beginning of it was taken in.
    pub cut: bool,
    /// It could not be understood whole, and this is its head alone: enough to see whose reply it may be, so that nobody is chased meanwhile.
    pub head_only: bool,
}

/// What was understood and decided of one mail.
#[derive(Debug, Clone)]
pub struct Conclusion {
    pub mail: MailId,
    pub understood: Understood,
    /// As `mail::authenticity` found it at arrival, serialised.
    pub authenticity: Option<serde_json::Value>,
    pub verdict: Verdict,
}

pub(super) const MAILS_UNREAD: &str =
    "SELECT id, attempts, cut_off + at_work, received_at, cut, size FROM mail WHERE standing = 'received' AND id > ?1 ORDER BY id LIMIT ?2";

/// Attempts to understand a mail; another one is made with its head alone, and it is quarantined.
const MOST_ATTEMPTS: u32 = 2;
/// Attempts cut off by a stop of this program (a loss of power, a kill) say nothing of the mails that were at work. But where it stops at each
/// attempt, the mail may be the cause: beyond this many, each counts as failed.
const MOST_CUT_OFF: u32 = 5;
/// Of one claim, beyond its first mail: the claimed mails are held in memory until they are understood.
const MOST_BYTES_CLAIMED: i64 = 4 << 20;

impl TakenIn {
    /// To be understood, under the number it was given.
    pub fn into_unread(self, mail: MailId) -> Unread {
        Unread { mail, raw: self.bytes.raw, head_only: false, other_heads: vec![], received_at: self.received_at, cut: self.cut }
    }
}

impl Register {
    /// Takes in mails, and moves their mailbox's cursor in the same transaction.
    pub fn record_mails(&mut self, mails: &[TakenIn], then: Then, from: Option<MailboxRead<'_>>, now: Timestamp) -> Result<Vec<Taken>> {
        self.write(|tx, _| record_all(tx, mails, then, from, now))
    }

    /// Takes in what a mailbox gave, to be understood at once, and concludes what was understood of earlier mails: one commit to the disk for both.
    pub fn record_and_conclude(
        &mut self,
        mails: &[TakenIn],
        from: MailboxRead<'_>,
        conclusions: Vec<Conclusion>,
        now: Timestamp,
    ) -> Result<(Vec<Taken>, Vec<Standing>)> {
        self.write(|tx, rules| {
            let taken = record_all(tx, mails, Then::BeUnderstood, Some(from), now)?;
            Ok((taken, conclude_all(tx, rules, conclusions, now)?))
        })
    }

    /// These mails are marked in their mailbox.
    pub fn marked(&mut self, mailbox: &str, marks: &[String]) -> Result<()> {
        if marks.is_empty() { Ok(()) } else { self.write(|tx, _| forget_marks(tx, mailbox, marks)) }
    }

    /// The mails not yet understood, oldest first, at most `limit` and some megabytes, each with an attempt recorded before it is made. A mail
    /// whose attempts are used up is quarantined for a person instead. `after`: only those behind this one, which are at work already.
    pub fn claim_unread(&mut self, after: Option<MailId>, limit: usize, now: Timestamp) -> Result<Vec<Unread>> {
        self.write(|tx, _| {
            let waiting: Vec<(i64, u32, u32, i64, bool, i64)> = tx
                .prepare_cached(MAILS_UNREAD)?
                .query_map([after.map_or(0, |mail| mail.0), limit as i64], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let mut claimed: Vec<Unread> = Vec::new();
            let mut bytes = 0;
            for (id, attempts, cut_off, received_at, cut, size) in waiting {
                let failed = attempts + cut_off.saturating_sub(MOST_CUT_OFF);
                bytes += size;
                if bytes > MOST_BYTES_CLAIMED && !claimed.is_empty() {
                    break;
                }
                if failed > MOST_ATTEMPTS {
                    tx.prepare_cached("UPDATE mail SET standing = 'quarantined', kind = 'unreadable' WHERE id = ?1")?.execute([id])?;
                    let why = json!({ "why": "it could not be understood in two attempts" });
                    Event::new(now, "mail quarantined", "rule: intake").mail(MailId(id)).detail(why).append(tx)?;
                    continue;
                }
                tx.prepare_cached("UPDATE mail SET cut_off = cut_off + at_work, at_work = 1 WHERE id = ?1")?.execute([id])?;
                let head_only = failed == MOST_ATTEMPTS;
                claimed.push(Unread {
                    mail: MailId(id),
                    raw: tx.prepare_cached("SELECT bytes FROM mail_bytes WHERE mail_id = ?1")?.query_row([id], |row| {
                        let bytes = row.get_ref(0)?.as_blob()?;
                        Ok(if head_only { head_of(bytes) } else { bytes }.to_vec())
                    })?,
                    head_only,
                    other_heads: tx
                        .prepare_cached("SELECT head FROM arrival WHERE mail_id = ?1 AND head IS NOT NULL ORDER BY source")?
                        .query_map([id], |row| row.get(0))?
                        .collect::<rusqlite::Result<_>>()?,
                    received_at: Timestamp::from_second(received_at).unwrap_or(now),
                    cut,
                });
            }
            Ok(claimed)
        })
    }

    /// An attempt to understand a mail has failed.
    pub fn attempt_failed(&mut self, mail: MailId, why: Blame) -> Result<()> {
        self.write(|tx, _| {
            tx.prepare_cached("UPDATE mail SET attempts = attempts + ?2, at_work = 0 WHERE id = ?1 AND standing = 'received'")?
                .execute(params![mail.0, u32::from(why == Blame::Mail)])?;
            Ok(())
        })
    }

    /// Writes what was understood and draws its consequences: links, answers, bounces, suggestions. Where the mails stand that it placed: one
    /// that a person has placed meanwhile stays there, one that came by another way meanwhile waits to be read again with that.
    pub fn conclude(&mut self, conclusions: Vec<Conclusion>, now: Timestamp) -> Result<Vec<Standing>> {
        self.write(|tx, rules| conclude_all(tx, rules, conclusions, now))
    }
}

fn record_all(tx: &Transaction<'_>, mails: &[TakenIn], then: Then, from: Option<MailboxRead<'_>>, now: Timestamp) -> Result<Vec<Taken>> {
    if let Some(from) = from {
        forget_marks(tx, from.name, from.marked)?;
    }
    let mut taken = Vec::with_capacity(mails.len());
    for mail in mails {
        taken.push(record(tx, mail, then, now)?);
        if let (Some(from), Some(mark)) = (from, &mail.mark) {
            tx.prepare_cached("INSERT OR IGNORE INTO pending_mark (mailbox, mark) VALUES (?1, ?2)")?.execute([from.name, mark])?;
        }
    }
    if let Some(from) = from {
        tx.prepare_cached(
            "INSERT INTO mailbox (name, active, cursor, read_at) VALUES (?1, 1, ?2, ?3)
             ON CONFLICT DO UPDATE SET cursor = coalesce(excluded.cursor, cursor), read_at = coalesce(excluded.read_at, read_at)",
        )?
        .execute(params![from.name, from.cursor, from.to_end.map(|at| at.as_second())])?;
    }
    Ok(taken)
}

fn conclude_all(tx: &Transaction<'_>, rules: &OfficeRules, conclusions: Vec<Conclusion>, now: Timestamp) -> Result<Vec<Standing>> {
    let mut words = Vec::with_capacity(conclusions.len());
    let mut placed = Vec::with_capacity(conclusions.len());
    for conclusion in conclusions {
        words.push(MailWords::of(conclusion.mail, &conclusion.understood));
        placed.extend(conclude(tx, rules, conclusion, now)?);
    }
    // Last: FTS5 writes out what it has gathered whenever another statement of the same transaction opens a savepoint.
    words.iter().try_for_each(|words| words.index(tx))?;
    Ok(placed)
}

fn forget_marks(tx: &Transaction<'_>, mailbox: &str, marks: &[String]) -> Result<()> {
    for mark in marks {
        tx.prepare_cached("DELETE FROM pending_mark WHERE mailbox = ?1 AND mark = ?2")?.execute([mailbox, mark])?;
    }
    Ok(())
}

fn record(tx: &Transaction<'_>, mail: &TakenIn, then: Then, now: Timestamp) -> Result<Taken> {
    let MailBytes { raw, sha256, same_mail } = &mail.bytes;
    let by_bytes: Option<i64> =
        tx.prepare_cached("SELECT id FROM mail WHERE sha256 = ?1")?.query_row([sha256], |row| row.get(0)).optional()?;
    if let Some(id) = by_bytes {
        note_arrival(tx, id, mail, None)?;
        return Ok(Taken::Again(MailId(id)));
    }
    if let Some(key) = same_mail {
        let known: Option<i64> =
            tx.prepare_cached("SELECT id FROM mail WHERE same_mail = ?1")?.query_row([key], |row| row.get(0)).optional()?;
        if let Some(id) = known {
            note_another_way(tx, id, mail, now)?;
            return Ok(Taken::Again(MailId(id)));
        }
    }
    tx.prepare_cached(
        "INSERT INTO mail (sha256, same_mail, size, cut, received_at, taken_at, standing, at_work)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'received', ?7)",
    )?
    .execute(params![
        sha256,
        same_mail,
        raw.len() as i64,
        mail.cut,
        mail.received_at.as_second(),
        now.as_second(),
        then == Then::BeUnderstood
    ])?;
    let id = tx.last_insert_rowid();
    put_bytes(tx, id, raw)?;
    note_arrival(tx, id, mail, None)?;
    Event::new(now, "mail received", "rule: intake")
        .mail(MailId(id))
        .detail(json!({ "source": mail.source, "sha256": hex(sha256), "received_at": mail.received_at.as_second() }))
        .append(tx)?;
    Ok(Taken::New(MailId(id)))
}

/// In bytes; for less, the copies cost less than the second call.
const LARGE: usize = 256 * 1024;

/// A large mail is written into room made for it: in a parameter, SQLite would hold two more copies of it.
fn put_bytes(tx: &Transaction<'_>, id: i64, raw: &[u8]) -> Result<()> {
    let mut insert = tx.prepare_cached("INSERT INTO mail_bytes (mail_id, bytes) VALUES (?1, ?2)")?;
    if raw.len() > LARGE {
        insert.execute(params![id, ZeroBlob(raw.len() as u64)])?;
        tx.blob_open("main", "mail_bytes", "bytes", id, false)?.write_all_at(raw, 0)?;
    } else {
        insert.execute(params![id, raw])?;
    }
    Ok(())
}

fn note_arrival(tx: &Transaction<'_>, id: i64, mail: &TakenIn, head: Option<&[u8]>) -> Result<bool> {
    let inserted = tx
        .prepare_cached("INSERT OR IGNORE INTO arrival (source, mail_id, at, head) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![mail.source, id, mail.received_at.as_second(), head])?;
    Ok(inserted > 0)
}

/// The same mail by another way: the addresses it arrived at may be evidence, so a mail that no person has placed is judged again.
fn note_another_way(tx: &Transaction<'_>, id: i64, mail: &TakenIn, now: Timestamp) -> Result<()> {
    if !note_arrival(tx, id, mail, Some(head_of(&mail.bytes.raw)))? {
        return Ok(());
    }
    let again = tx
        .prepare_cached(
            "UPDATE mail SET standing = 'received', attempts = 0, cut_off = 0, at_work = 0 WHERE id = ?1 AND NOT placed_by_person AND standing <> 'quarantined'",
        )?
        .execute([id])?;
    if again > 0 {
        let detail = json!({ "source": mail.source });
        Event::new(now, "same mail by another way", "rule: intake").mail(MailId(id)).detail(detail).append(tx)?;
    }
    Ok(())
}

/// Up to and including the empty line.
fn head_of(raw: &[u8]) -> &[u8] {
    let end = raw
        .windows(2)
        .enumerate()
        .find(|(place, pair)| *pair == b"\n\n" || (*pair == b"\n\r" && raw.get(place + 2) == Some(&b'\n')))
        .map_or(raw.len(), |(place, _)| place + 2);
    raw.get(..end.min(LONGEST_HEAD)).unwrap_or(raw)
}

const LONGEST_HEAD: usize = 256 * 1024;

/// What is the same however a mail travelled: its Message-ID and its body. None without a Message-ID: then only equal bytes are the same mail.
fn same_mail_key(raw: &[u8]) -> Option<[u8; 32]> {
    let head = head_of(raw);
    let message_id = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.len() > 11 && line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case(b"message-id:")))?;
    let value = message_id.get(11..)?.trim_ascii();
    if value.len() < 5 {
        return None;
    }
    let mut hasher = Sha256::new();
    hasher.update(value);
    hasher.update([0]);
    hasher.update(raw.get(head.len()..)?.trim_ascii());
    Some(hasher.finalize().into())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn conclude(tx: &Transaction<'_>, rules: &OfficeRules, conclusion: Conclusion, now: Timestamp) -> Result<Option<Standing>> {
    let Conclusion { mail, mut understood, authenticity, verdict } = conclusion;
    forget_bodies(&mut understood);
    let sender = understood.from.first().and_then(|from| from.address.clone());
    tx.prepare_cached(
        "UPDATE mail SET message_id = ?2, sender = ?3, subject = ?4, kind = ?5, automatic = ?6, understood = ?7, authenticity = ?8 WHERE id = ?1",
    )?
    .execute(params![
        mail.0,
        understood.message_id,
        sender,
        understood.subject,
        understood.kind.name(),
        understood.automatic,
        rows::to_json(&understood)?,
        authenticity.as_ref().map(ToString::to_string)
    ])?;
    let judged = tx
        .prepare_cached("UPDATE mail SET standing = ?2, because = ?3, at_work = 0 WHERE id = ?1 AND at_work AND NOT placed_by_person")?
        .execute(params![mail.0, verdict.standing.name(), rows::to_json(&verdict.because)?])?;
    if judged == 0 {
        return Ok(None);
    }
    placing::clear(tx, rules, mail, now)?;
    for link in &verdict.links {
        placing::put_link(tx, mail, link.request, link.effect, &link.evidence, "rule", now)?;
    }
    for (position, suggestion) in (0i64..).zip(&verdict.suggestions) {
        tx.prepare_cached("INSERT INTO mail_suggestion (mail_id, request_id, position, evidence) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![mail.0, suggestion.request.0, position, rows::to_json(&suggestion.evidence)?])?;
    }
    if may_answer_any(&verdict) {
        note_writers(tx, mail, sender.as_deref().unwrap_or_default())?;
    }
    let rules_named: Vec<&String> = verdict.because.iter().collect();
    Event::new(now, &format!("mail {}", verdict.standing.name()), "rule: linking")
        .mail(mail)
        .detail(json!({
            "kind": understood.kind.name(),
            "because": rules_named,
            "requests": verdict.links.iter().map(|link| link.request.0).collect::<Vec<_>>(),
            "suggested": verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect::<Vec<_>>(),
        }))
        .append(tx)?;
    // Receipts and complaints carry the letter they are about as well; only a bounce says that it did not arrive.
    if let Some(bounce) = understood.bounce.as_ref().filter(|_| understood.kind == crate::mail::understood::Kind::Bounce) {
        draw_bounce(tx, rules, mail, bounce, &verdict, now)?;
    }
    prove_sent(tx, rules, &verdict, now)?;
    let touched: Vec<RequestId> =
        verdict.links.iter().map(|link| link.request).chain(verdict.suggestions.iter().map(|suggestion| suggestion.request)).collect();
    for request in touched {
        agenda::replan(tx, rules, request, now)?;
    }
    Ok(Some(verdict.standing))
}

/// Whether nothing says which of its sender's requests a waiting mail answers: then it may be any of them (promise 4).
fn may_answer_any(verdict: &Verdict) -> bool {
    let mut evidence = verdict.suggestions.iter().flat_map(|suggestion| &suggestion.evidence);
    verdict.standing.waits_for_a_person() && evidence.all(|evidence| evidence.clue == Clue::SenderOfAuthority)
}

/// Notes the authorities that a waiting mail may come from, of which none is chased meanwhile.
pub(super) fn note_writers(tx: &Transaction<'_>, mail: MailId, sender: &str) -> Result<()> {
    for authority in clues::authorities_of_sender(tx, sender)? {
        tx.prepare_cached("INSERT OR IGNORE INTO mail_writer (mail_id, authority_id) VALUES (?1, ?2)")?.execute([mail.0, authority.0])?;
    }
    Ok(())
}

/// The bytes hold the bodies; the register's copy of what was understood holds what lists and digests show.
fn forget_bodies(understood: &mut Understood) {
    understood.text.clear();
    understood.html.clear();
    understood.quoted.clear();
    for attachment in &mut understood.attachments {
        attachment.text = None;
    }
    for enclosed in &mut understood.enclosed {
        enclosed.text.clear();
    }
}

/// A bounce names the delivery by its address, or the letter and the recipient.
fn draw_bounce(tx: &Transaction<'_>, rules: &OfficeRules, mail: MailId, bounce: &Bounce, verdict: &Verdict, now: Timestamp) -> Result<()> {
    let why = bounce.recipients.first().map(|recipient| {
        format!("{} {}", recipient.status.as_deref().unwrap_or_default(), recipient.diagnostic.as_deref().unwrap_or("returned"))
            .trim()
            .to_string()
    });
    let why: String = why.unwrap_or_else(|| "returned".into()).chars().take(300).collect();
    for evidence in verdict.links.iter().flat_map(|link| &link.evidence) {
        let deliveries: Vec<(i64, String)> = match evidence.clue {
            Clue::BounceAddress => tx
                .prepare_cached("SELECT id, recipient FROM delivery WHERE envelope_sender = ?1")?
                .query_map([&evidence.detail], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?,
            Clue::ReturnedLetter => tx
                .prepare_cached(
                    "SELECT d.id, d.recipient FROM own_message_id o JOIN delivery d ON d.letter_id = o.letter_id WHERE o.message_id = ?1",
                )?
                .query_map([&evidence.detail], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?,
            _ => continue,
        };
        let only_one = deliveries.len() == 1;
        for (delivery, recipient) in deliveries {
            let told = bounce.recipients.iter().find(|bounced| bounced.address.eq_ignore_ascii_case(&recipient));
            // It went to another address behind the one that we know.
            let told = told.or(bounce.recipients.first().filter(|_| only_one));
            if told.is_none() && !only_one {
                continue;
            }
            let fate = match told {
                _ if bounce.permanent => Fate::ReturnedForGood { dead_address: bounce.dead_address },
                Some(told) if told.action.eq_ignore_ascii_case("failed") => Fate::ReturnedForNow,
                _ => Fate::Delayed,
            };
            outbox::resolve_unknown(tx, rules, DeliveryId(delivery), "a delivery report about it came back", now)?;
            bounced(tx, DeliveryId(delivery), mail, fate, &why, now)?;
        }
        return Ok(());
    }
    Ok(())
}

/// Whoever answers a letter, or reports on its delivery, has got it: an unknown outcome is no longer unknown.
fn prove_sent(tx: &Transaction<'_>, rules: &OfficeRules, verdict: &Verdict, now: Timestamp) -> Result<()> {
    for evidence in verdict.links.iter().flat_map(|link| &link.evidence) {
        let named_by = match evidence.clue {
            Clue::Thread | Clue::ReturnedLetter => "o.message_id = ?1 AND NOT d.is_copy",
            Clue::BounceAddress => "d.envelope_sender = ?1",
            _ => continue,
        };
        let unknown: Vec<i64> = tx
            .prepare_cached(&format!(
                "SELECT d.id FROM delivery d JOIN own_message_id o ON o.letter_id = d.letter_id WHERE d.state = 'unknown' AND {named_by}"
            ))?
            .query_map([&evidence.detail], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for delivery in unknown {
            outbox::resolve_unknown(tx, rules, DeliveryId(delivery), "a mail that answers it came back", now)?;
        }
    }
    Ok(())
}

/// What a mail of that kind does to a request it is linked to.
pub(super) fn effect_of(kind: Option<Kind>, doubtful: bool) -> Effect {
    match kind {
        Some(Kind::Automatic | Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::FeedbackReport) if !doubtful => Effect::Automatic,
        Some(Kind::Bounce) => Effect::Bounce,
        Some(Kind::Acknowledgement) => Effect::Acknowledgement,
        _ => Effect::Reply,
    }
}

impl Reader {
    /// The raw bytes as received.
    pub fn mail_bytes(&self, mail: MailId) -> Result<Vec<u8>> {
        Ok(self.db.query_row("SELECT bytes FROM mail_bytes WHERE mail_id = ?1", [mail.0], |row| row.get(0))?)
    }

    /// Mails stored whose mailbox does not say so yet: an earlier pass ended between the two.
    pub fn pending_marks(&self, mailbox: &str) -> Result<Vec<String>> {
        let mut statement = self.db.prepare_cached("SELECT mark FROM pending_mark WHERE mailbox = ?1 ORDER BY mark")?;
        let marks = statement.query_map([mailbox], |row| row.get(0))?;
        Ok(marks.collect::<rusqlite::Result<_>>()?)
    }

    pub fn has_unread(&self) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE standing = 'received')")?.query_row([], |row| row.get(0))?)
    }

    /// The cursor a mailbox was left at, as JSON.
    pub fn cursor(&self, mailbox: &str) -> Result<Option<String>> {
        let cursor: Option<Option<String>> =
            self.db.prepare_cached("SELECT cursor FROM mailbox WHERE name = ?1")?.query_row([mailbox], |row| row.get(0)).optional()?;
        Ok(cursor.flatten())
    }

    /// When a mailbox was last read to its end.
    pub fn mailbox_read_at(&self, mailbox: &str) -> Result<Option<Timestamp>> {
        let mut statement = self.db.prepare_cached("SELECT read_at FROM mailbox WHERE name = ?1")?;
        Ok(statement.query_row([mailbox], |row| rows::optional_timestamp(row, 0)).optional()?.flatten())
    }

    /// How many mails stand where.
    pub fn standings(&self) -> Result<Vec<(Standing, u64)>> {
        let mut statement = self.db.prepare_cached("SELECT standing, count(*) FROM mail GROUP BY standing")?;
        let counted: Vec<(String, i64)> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        Ok(counted.into_iter().filter_map(|(name, count)| Some((Standing::from_name(&name)?, count.unsigned_abs()))).collect())
    }

    pub(super) fn mail_kind(&self, mail: MailId) -> Result<(Option<Kind>, Option<Understood>)> {
        mail_kind(&self.db, mail)
    }
}

pub(super) fn mail_kind(db: &rusqlite::Connection, mail: MailId) -> Result<(Option<Kind>, Option<Understood>)> {
    let (kind, understood): (Option<String>, Option<Understood>) = db
        .prepare_cached("SELECT kind, understood FROM mail WHERE id = ?1")?
        .query_row([mail.0], |row| Ok((row.get(0)?, rows::optional_json(row, 1)?)))?;
    Ok((kind.and_then(|kind| Kind::from_name(&kind)), understood))
}

/// The first link's answers: what the mail says on each recommendation, or that it answers them all.
pub(super) fn put_answers(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<()> {
    let (_, understood) = mail_kind(tx, mail)?;
    let found = understood.map(|understood| understood.answers).unwrap_or_default();
    for (number, recommendation) in (1u32..).zip(super::recommendations::of_request(tx, request)?) {
        let answer = found
            .iter()
            .find(|answer| answer.reference.eq_ignore_ascii_case(&recommendation.reference) || answer.reference == number.to_string());
        tx.prepare_cached("INSERT INTO answer (request_id, recommendation_id, mail_id, text, position) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                request.0,
                recommendation.id.0,
                mail.0,
                answer.map(|answer| &answer.text),
                answer
                    .and_then(|answer| answer.position)
                    .map(|position| rows::to_json(&position))
                    .transpose()?
                    .map(|text| text.trim_matches('"').to_string())
            ])?;
    }
    Ok(())
}
