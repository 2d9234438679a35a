//! Reading the next mails of a folder: which there are, how large they are, then their bytes.
//!
//! A server's OK does not mean that it sent everything. What was asked for and did not come is asked for once more by itself; then it is either
//! gone (somebody deleted it), or told as unreadable.

use std::collections::{HashMap, VecDeque};

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response};
use jiff::Timestamp;

use super::super::incoming::{Batch, Cursor, FetchLimits, Fetched, FetchedBytes, Mark, Unreadable};
use super::response::Heard;
use super::session::{Failure, SMALL, Session};
use super::{Open, name};

/// UIDs that are known to wait, so that a folder of a hundred thousand mails is searched once and not for each batch.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Ascending, all at least `next`.
    uids: VecDeque<u32>,
    /// The cursor that the last batch gave. If the caller comes with another one, its commit failed and the search is done anew.
    next: Option<u32>,
}

/// What the server says of a mail before it is fetched.
struct Announced {
    uid: u32,
    size: u64,
    received_at: Timestamp,
}

impl Open {
    pub(super) async fn fetch(&mut self, place: &str, after: Option<&Cursor>, limits: &FetchLimits) -> Result<Batch, Failure> {
        let uid_validity = self.selected.uid_validity;
        let (start, rebuilt) = match after {
            Some(Cursor::Imap { uid_validity: known, next_uid }) if *known == uid_validity && !self.went_backwards(*next_uid) => {
                (*next_uid, false)
            }
            Some(_) => (1, true),
            None => (1, false),
        };
        let searched = self.pending.next != Some(start) || self.pending.uids.is_empty();
        if searched {
            self.pending.uids = search(&mut self.session, start).await?;
        }
        self.session.announced = false;

        let wanted: Vec<u32> = self.pending.uids.iter().copied().take(limits.mails.max(1)).collect();
        let mut reading =
            Reading { session: &mut self.session, limits, place: format!("{place};{uid_validity}"), uid_validity, batch: Batch::default() };
        let passed = if wanted.is_empty() { 0 } else { reading.read(&wanted).await? };
        let mut batch = reading.batch;

        let next_uid = self.pending.uids.drain(..passed).next_back().map_or(start, |last| last.saturating_add(1));
        self.pending.next = Some(next_uid);
        batch.cursor = Some(Cursor::Imap { uid_validity, next_uid });
        // What was found by an earlier call says nothing of the time of this one.
        batch.complete = searched && self.pending.uids.is_empty();
        batch.rebuilt = rebuilt;
        Ok(batch)
    }

    /// UIDs only grow under one UIDVALIDITY. Servers that were restored from a backup break this without changing it.
    fn went_backwards(&self, next_uid: u32) -> bool {
        // Once something was fetched on this connection our cursor is newer than what SELECT said.
        let fresh = self.pending.next.is_none();
        fresh && self.selected.uid_next.is_some_and(|theirs| theirs > 0 && theirs < next_uid)
    }
}

async fn search(session: &mut Session, start: u32) -> Result<VecDeque<u32>, Failure> {
    if session.exists == 0 {
        // `*` means nothing in an empty folder, and some servers answer BAD.
        return Ok(VecDeque::new());
    }
    let mut found = Vec::new();
    session
        .ask(&format!("UID SEARCH UID {start}:*"), SMALL, |heard| {
            if let Heard::Data(Response::MailboxData(MailboxDatum::Search(uids))) = heard {
                found.extend_from_slice(uids);
            }
        })
        .await?;
    // `n:*` is also `*:n` (RFC 3501 §9, seq-range): the last mail is always found, however small its UID.
    found.retain(|&uid| uid >= start);
    found.sort_unstable();
    found.dedup();
    Ok(found.into())
}

struct Reading<'a> {
    session: &'a mut Session,
    limits: &'a FetchLimits,
    place: String,
    uid_validity: u32,
    batch: Batch,
}

impl Reading<'_> {
    /// Reads the first of `wanted`, as many as the limits allow; gives how many of them are done with.
    async fn read(&mut self, wanted: &[u32]) -> Result<usize, Failure> {
        let mut known = self.announced(wanted).await?;
        let mut room = self.limits.bytes_per_batch;
        let mut announced = Vec::new();
        let mut passed = 0;
        for &uid in wanted {
            // Not announced: deleted since the search, or announced in a way that could not be read. Asked for by itself below.
            let mail = known.remove(&uid).unwrap_or(Announced { uid, size: 0, received_at: now() });
            let take = if self.is_too_large(&mail) { self.limits.head_bytes } else { mail.size };
            if take > room && passed > 0 {
                break;
            }
            room = room.saturating_sub(take);
            announced.push(mail);
            passed += 1;
        }

        let (large, small): (Vec<&Announced>, Vec<&Announced>) = announced.iter().partition(|mail| self.is_too_large(mail));
        let mut bodies = HashMap::new();
        let mut refusal = None;
        for (mails, most) in [(small, self.limits.bytes_per_mail.saturating_add(1)), (large, self.limits.head_bytes)] {
            let uids: Vec<u32> = mails.iter().map(|mail| mail.uid).collect();
            if uids.is_empty() {
                continue;
            }
            match self.bodies(&uids, most, &mut bodies).await {
                Err(Failure::No { command, said }) => refusal = Some((command, said)),
                other => other?,
            }
        }
        let mut answered = refusal.is_none();
        for mail in &announced {
            if let Some(bytes) = bodies.remove(&mail.uid) {
                answered = true;
                self.add(mail, bytes);
            } else {
                answered |= self.alone(mail, &mut refusal).await?;
            }
        }
        match refusal {
            // One refused mail among readable ones is told and passed over. All refused is the server's fault, and nothing is passed over.
            Some((command, said)) if !answered => Err(Failure::No { command, said }),
            _ => Ok(passed),
        }
    }

    fn is_too_large(&self, mail: &Announced) -> bool {
        mail.size > self.limits.bytes_per_mail
    }

    async fn announced(&mut self, wanted: &[u32]) -> Result<HashMap<u32, Announced>, Failure> {
        let mut known = HashMap::new();
        let command = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", name::set(wanted));
        self.session
            .ask(&command, SMALL, |heard| {
                let Some((uid, attributes)) = fetched(heard) else { return };
                let (mut size, mut received_at) = (0, None);
                for attribute in attributes {
                    match attribute {
                        AttributeValue::Rfc822Size(bytes) => size = u64::from(*bytes),
                        AttributeValue::InternalDate(date) => received_at = internal_date(date),
                        _ => {}
                    }
                }
                known.insert(uid, Announced { uid, size, received_at: received_at.unwrap_or_else(now) });
            })
            .await?;
        Ok(known)
    }

    /// Fetches at most `most` bytes of each; in parts (RFC 3501 §6.4.5), because sizes are estimates on some servers (Exchange) and a mail of any
    /// size must not be able to block the folder.
    async fn bodies(&mut self, uids: &[u32], most: u64, bodies: &mut HashMap<u32, Vec<u8>>) -> Result<(), Failure> {
        let command = format!("UID FETCH {} (UID BODY.PEEK[]<0.{most}>)", name::set(uids));
        let mut held: u64 = 0;
        let most_held = self.limits.bytes_per_batch.saturating_add(self.limits.bytes_per_mail);
        let asked = self.session.ask(&command, most.saturating_add(SMALL), |heard| {
            let Some((uid, attributes)) = fetched(heard) else { return };
            for attribute in attributes {
                if let AttributeValue::BodySection { section: None, data: Some(bytes), .. } = attribute
                    && uids.binary_search(&uid).is_ok()
                    && held <= most_held
                {
                    held = held.saturating_add(bytes.len() as u64);
                    bodies.insert(uid, bytes.to_vec());
                }
            }
        });
        asked.await.map(drop)
    }

    /// A mail that did not come with the others. True if the server answered about it.
    async fn alone(&mut self, mail: &Announced, refusal: &mut Option<(String, String)>) -> Result<bool, Failure> {
        let mut bodies = HashMap::new();
        let most = if self.is_too_large(mail) { self.limits.head_bytes } else { self.limits.bytes_per_mail.saturating_add(1) };
        let reason = match self.bodies(&[mail.uid], most, &mut bodies).await {
            Ok(()) => match bodies.remove(&mail.uid) {
                Some(bytes) => {
                    self.add(mail, bytes);
                    return Ok(true);
                }
                None if !self.exists(mail.uid).await? => return Ok(true),
                None => "the server lists this mail and does not give it out".to_owned(),
            },
            Err(Failure::No { command, said }) => {
                if !self.exists(mail.uid).await? {
                    return Ok(true);
                }
                let reason = format!("the server refuses to give it out: {said}");
                *refusal = Some((command, said));
                self.unreadable(mail, reason);
                return Ok(false);
            }
            Err(other) => return Err(other),
        };
        self.unreadable(mail, reason);
        Ok(true)
    }

    async fn exists(&mut self, uid: u32) -> Result<bool, Failure> {
        let mut found = false;
        let command = format!("UID FETCH {uid} (UID)");
        let asked = self.session.ask(&command, SMALL, |heard| found |= fetched(heard).is_some_and(|(theirs, _)| theirs == uid));
        match asked.await {
            // Dovecot says NO [EXPUNGEISSUED] of a mail that is gone.
            Ok(_) | Err(Failure::No { .. }) => Ok(found),
            Err(other) => Err(other),
        }
    }

    fn source(&self, uid: u32) -> String {
        format!("{};{uid}", self.place)
    }

    fn unreadable(&mut self, mail: &Announced, reason: String) {
        let source = self.source(mail.uid);
        self.batch.unreadable.push(Unreadable { source, reason });
    }

    fn add(&mut self, mail: &Announced, mut bytes: Vec<u8>) {
        let raw = if self.is_too_large(mail) || bytes.len() as u64 > self.limits.bytes_per_mail {
            let size = mail.size.max(bytes.len() as u64);
            bytes.truncate(usize::try_from(self.limits.head_bytes).unwrap_or(usize::MAX));
            FetchedBytes::TooLarge { size, head: bytes }
        } else {
            FetchedBytes::Whole(bytes)
        };
        let mark = Mark::Imap { uid_validity: self.uid_validity, uid: mail.uid };
        self.batch.mails.push(Fetched { raw, received_at: mail.received_at, mark, source: self.source(mail.uid) });
    }
}

/// A FETCH response with its UID. Servers send others, without or before being asked: changes of flags.
fn fetched<'h>(heard: &'h Heard<'_>) -> Option<(u32, &'h [AttributeValue<'h>])> {
    let Heard::Data(Response::Fetch(_, attributes)) = heard else { return None };
    let uid = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })?;
    Some((uid, attributes))
}

/// `17-Jul-1996 02:44:25 -0700` (RFC 3501 §9, date-time; the day may be padded with a space).
fn internal_date(date: &str) -> Option<Timestamp> {
    jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", date.trim()).ok()?.to_timestamp().ok()
}

/// For a mail whose server does not say when it received it, against RFC 3501 §2.3.3: then it is received when we get it.
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_of_reception_is_read_in_any_zone() {
        let at = |date: &str| internal_date(date).map(|at| at.to_string());
        assert_eq!(at("17-Jul-1996 02:44:25 -0700").as_deref(), Some("1996-07-17T09:44:25Z"));
        assert_eq!(at(" 1-Jan-2026 00:00:00 +0000").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(at("30-Feb-2026 25:61:00 +9999"), None);
    }
}
