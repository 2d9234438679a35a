//! Reading the next mails of a folder: which there are, how large they are, then their bytes.
//!
//! A server's OK does not mean that it sent everything, nor that what it sent is whole. What was asked for and did not come, or came shorter than
//! its size, is asked for once more by itself; then it is gone, which only a search can prove, or is told as unfetched and asked for again at a
//! later pass. The first whole answer about a mail counts; later ones change nothing.

use std::collections::{HashMap, VecDeque};

use async_imap::imap_proto::AttributeValue;
use jiff::Timestamp;

use super::super::fetched::{Batch, Cursor, FetchLimits, Fetched, FetchedBytes, Found, MailLocation, Unfetched};
use super::command_failure::Failure;
use super::response::fetched;
use super::session::{SMALL, Session};
use super::{Open, Pending, by_message_id, command_strings};
use crate::domain::unfetched::Listing;

/// What the server says of a mail before it is fetched.
#[derive(Clone, Copy)]
struct Announced {
    uid: u32,
    /// Not known where the server's answer could not be read.
    size: Option<u64>,
    received_at: Timestamp,
}

impl Open {
    pub(super) async fn fetch(
        &mut self,
        folder: &str,
        place: &str,
        after: Option<&Cursor>,
        limits: &FetchLimits,
    ) -> Result<Batch, Failure> {
        let uid_validity = self.selected.uid_validity;
        let (start, rebuilt) = match after {
            Some(Cursor::Imap { uid_validity: known, next_uid }) if *known == uid_validity && !self.went_backwards(*next_uid) => {
                (*next_uid, false)
            }
            Some(_) => (1, true),
            None => (1, false),
        };
        let searched = self.pending.next != Some(start) || self.pending.uids.is_empty();
        let mut listing = None;
        if searched {
            self.pending.uids = list(&mut self.session, start).await?;
            if self.session.announced && self.pending.uids.is_empty() && self.pending.next.is_some() {
                // Something came and is not there: only SELECT tells whether it was given a UID (STATUS should not be asked of an open folder,
                // RFC 3501 §6.3.10).
                self.selected = self.session.select(folder).await?;
                if self.selected.uid_validity != uid_validity {
                    return Err(self.session.broken("SELECT", "the folder was rebuilt while it was read"));
                }
                self.pending = Pending { uids: list(&mut self.session, start).await?, next: None };
            }
            // What SELECT said is older than what was read since, if anything was.
            let given_below = if self.pending.next.is_none() { self.selected.uid_next.unwrap_or(start) } else { start };
            let mut found = Listing::new(uid_validity, start, given_below, self.pending.uids.iter().copied());
            if after.is_none() || rebuilt {
                // Most numbers of a folder that was never read belong to mails that were deleted long ago.
                found.missing.clear();
            }
            listing = Some(found);
        }
        self.session.announced = false;

        let wanted: Vec<u32> = self.pending.uids.iter().copied().take(limits.mails.max(1)).collect();
        let mut reading = self.reading(place, limits);
        let passed = if wanted.is_empty() { 0 } else { reading.read(&wanted).await? };
        if let Some(refusal) = reading.refusal.take()
            && passed > 1
            && !reading.gave_any
        {
            // One refused mail among readable ones is that mail's trouble. All refused is the server's, and nothing is passed over.
            return Err(refusal);
        }
        let mut batch = reading.batch;

        let next_uid = self.pending.uids.drain(..passed).next_back().map_or(start, |last| last.saturating_add(1));
        self.pending.next = Some(next_uid);
        batch.cursor = Some(Cursor::Imap { uid_validity, next_uid });
        // What was found by an earlier call says nothing of the time of this one.
        batch.complete = searched && self.pending.uids.is_empty();
        batch.rebuilt = rebuilt;
        batch.listing = listing;
        batch.is_junk = self.is_junk;
        batch.trouble = self.session.trouble.take();
        Ok(batch)
    }

    pub(super) async fn fetch_again(&mut self, place: &str, unfetched: &[MailLocation], limits: &FetchLimits) -> Result<Batch, Failure> {
        let uid_validity = self.selected.uid_validity;
        let mut wanted: Vec<u32> = unfetched
            .iter()
            .filter_map(|location| match location {
                MailLocation::Imap { uid_validity: theirs, uid } if *theirs == uid_validity => Some(*uid),
                _ => None,
            })
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut reading = self.reading(place, limits);
        if !wanted.is_empty() {
            reading.read(&wanted).await?;
        }
        let mut batch = reading.batch;
        batch.is_junk = self.is_junk;
        batch.trouble = self.session.trouble.take();
        Ok(batch)
    }

    pub(super) async fn find(&mut self, place: &str, message_id: &str, at_most: u64) -> Result<Option<Found>, Failure> {
        let criteria = by_message_id::criteria(message_id)?;
        if self.session.exists == 0 {
            return Ok(None);
        }
        let uid_validity = self.selected.uid_validity;
        // Whoever waits for it looks again.
        let uids = self.session.search(&criteria).await?.unwrap_or_default();
        let mails: Vec<MailLocation> = uids.into_iter().take(1).map(|uid| MailLocation::Imap { uid_validity, uid }).collect();
        let limits = FetchLimits { mails: 1, bytes_per_mail: at_most, bytes_per_batch: at_most, head_bytes: at_most };
        let batch = self.fetch_again(place, &mails, &limits).await?;
        Ok(batch.mails.into_iter().next().map(|mail| Found { raw: mail.raw.into_bytes(), is_junk: batch.is_junk }))
    }

    pub(super) fn reading<'a>(&'a mut self, place: &str, limits: &'a FetchLimits) -> Reading<'a> {
        let uid_validity = self.selected.uid_validity;
        let place = format!("{place};{uid_validity}");
        Reading { session: &mut self.session, limits, place, uid_validity, batch: Batch::default(), refusal: None, gave_any: false }
    }

    /// UIDs only grow under one UIDVALIDITY. Servers that were restored from a backup break this without changing it.
    fn went_backwards(&self, next_uid: u32) -> bool {
        // Once something was fetched on this connection our cursor is newer than what SELECT said.
        let fresh = self.pending.next.is_none();
        fresh && self.selected.uid_next.is_some_and(|theirs| theirs > 0 && theirs < next_uid)
    }
}

/// The UIDs from `start` on, ascending.
async fn list(session: &mut Session, start: u32) -> Result<VecDeque<u32>, Failure> {
    if session.exists == 0 {
        // `*` means nothing in an empty folder, and some servers answer BAD.
        return Ok(VecDeque::new());
    }
    // `n:*` is also `*:n` (RFC 3501 §9, seq-range): the last mail is always found, however small its UID.
    let mut found = session.search(&format!("UID {start}:*")).await?.unwrap_or_default();
    if found.is_empty() && session.exists > 0 {
        // So an answer that names none is no answer, as one that cannot be read (ESEARCH of servers that speak IMAP4rev2 only).
        session.ask(&format!("UID FETCH {start}:* (UID)"), SMALL, |heard| found.extend(fetched(heard).map(|(uid, _)| uid))).await?;
        if found.is_empty() && session.exists > 0 {
            let reason = format!("the server says that the folder holds mail (EXISTS {}) and names none", session.exists);
            return Err(session.broken("UID SEARCH", reason));
        }
        found.sort_unstable();
        found.dedup();
    }
    found.retain(|&uid| uid >= start);
    Ok(found.into())
}

pub(super) struct Reading<'a> {
    session: &'a mut Session,
    limits: &'a FetchLimits,
    place: String,
    uid_validity: u32,
    pub(super) batch: Batch,
    /// The last time that the server refused a mail.
    refusal: Option<Failure>,
    /// It answered about at least one of the mails.
    gave_any: bool,
}

impl Reading<'_> {
    /// Reads the first of `wanted`, as many as the limits allow; gives how many of them are done with.
    pub(super) async fn read(&mut self, wanted: &[u32]) -> Result<usize, Failure> {
        let known = self.announced(wanted).await?;
        let mut room = self.limits.bytes_per_batch;
        let mut announced = Vec::new();
        for &uid in wanted {
            // Not announced: deleted since the search, or announced in a way that could not be read, and so of any size.
            let mail = known.get(&uid).copied().unwrap_or(Announced { uid, size: None, received_at: now() });
            let take = if self.is_too_large(&mail) { self.limits.head_bytes } else { mail.size.unwrap_or(self.limits.bytes_per_mail) };
            if take > room && !announced.is_empty() {
                break;
            }
            room = room.saturating_sub(take);
            announced.push(mail);
        }

        let (large, small): (Vec<&Announced>, Vec<&Announced>) = announced.iter().partition(|mail| self.is_too_large(mail));
        let mut bodies = HashMap::new();
        for mails in [small, large] {
            if !mails.is_empty() {
                self.bodies(&mails, &mut bodies).await?;
            }
        }
        for mail in &announced {
            match bodies.remove(&mail.uid) {
                Some(bytes) if self.is_whole(mail, &bytes) => self.add(mail, bytes),
                came => self.alone(mail, came).await?,
            }
        }
        Ok(announced.len())
    }

    fn is_too_large(&self, mail: &Announced) -> bool {
        mail.size.is_some_and(|size| size > self.limits.bytes_per_mail)
    }

    /// How many bytes of a mail are asked for. In parts (RFC 3501 §6.4.5), because sizes are estimates on some servers (Exchange) and a mail of any
    /// size must not be able to block the folder.
    fn most(&self, mail: &Announced) -> u64 {
        if self.is_too_large(mail) { self.limits.head_bytes } else { self.limits.bytes_per_mail.saturating_add(1) }
    }

    /// As many bytes as RFC822.SIZE announces of what was asked for, or more. Servers that keep mails with bare line feeds may count each for the
    /// two bytes it should be. Of a mail whose size is not known, anything; for no mail is empty.
    fn is_whole(&self, mail: &Announced, bytes: &[u8]) -> bool {
        let bare = bytes.iter().enumerate().filter(|&(at, &byte)| byte == b'\n' && (at == 0 || bytes.get(at - 1) != Some(&b'\r'))).count();
        (bytes.len() + bare) as u64 >= mail.size.unwrap_or(1).min(self.most(mail))
    }

    /// Not whole, but as near to its size as an estimate is; for bytes that the server has given twice.
    fn is_nearly_whole(&self, mail: &Announced, bytes: &[u8]) -> bool {
        let expected = mail.size.unwrap_or(1).min(self.most(mail));
        !bytes.is_empty() && bytes.len() as u64 >= expected - expected / 8
    }

    async fn announced(&mut self, wanted: &[u32]) -> Result<HashMap<u32, Announced>, Failure> {
        let mut known = HashMap::new();
        let command = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", command_strings::set(wanted));
        let asked = self.session.ask(&command, SMALL, |heard| {
            let Some((uid, attributes)) = fetched(heard) else { return };
            let (mut size, mut received_at) = (None, None);
            for attribute in attributes {
                match attribute {
                    AttributeValue::Rfc822Size(bytes) => size = Some(u64::from(*bytes)),
                    AttributeValue::InternalDate(date) => received_at = internal_date(date),
                    _ => {}
                }
            }
            // Changes of flags come in the same words, without a size.
            if size.is_some() && wanted.binary_search(&uid).is_ok() {
                known.entry(uid).or_insert(Announced { uid, size, received_at: received_at.unwrap_or_else(now) });
            }
        });
        match asked.await {
            // Of one damaged mail some servers (Dovecot) refuse the whole command, after what they could tell of the others.
            Err(Failure::No { .. }) if !known.is_empty() || wanted.len() == 1 => Ok(known),
            asked => asked.map(|_| known),
        }
    }

    /// Fetches these mails; a refusal is noted, and what came counts.
    async fn bodies(&mut self, mails: &[&Announced], bodies: &mut HashMap<u32, Vec<u8>>) -> Result<(), Failure> {
        let uids: Vec<u32> = mails.iter().map(|mail| mail.uid).collect();
        let most = mails.iter().map(|mail| self.most(mail)).max().unwrap_or(0);
        let command = format!("UID FETCH {} (UID BODY.PEEK[]<0.{most}>)", command_strings::set(&uids));
        let mut held: u64 = 0;
        let most_held = self.limits.bytes_per_batch.saturating_add(self.limits.bytes_per_mail);
        let asked = self.session.ask_for_mails(&command, most.saturating_add(SMALL), most_held, |heard| {
            let Some((uid, attributes)) = fetched(heard) else { return };
            for attribute in attributes {
                if let AttributeValue::BodySection { section: None, data: Some(bytes), .. } = attribute
                    && uids.binary_search(&uid).is_ok()
                    && held <= most_held
                    && bodies.get(&uid).is_none_or(Vec::is_empty)
                {
                    held = held.saturating_add(bytes.len() as u64);
                    bodies.insert(uid, bytes.to_vec());
                }
            }
        });
        match asked.await {
            Err(refused @ Failure::No { .. }) => {
                self.refusal = Some(refused);
                Ok(())
            }
            asked => asked.map(drop),
        }
    }

    /// A mail that did not come with the others, or not whole.
    async fn alone(&mut self, mail: &Announced, came: Option<Vec<u8>>) -> Result<(), Failure> {
        let mut bodies = HashMap::new();
        let refused_before = self.refusal.take();
        self.bodies(&[mail], &mut bodies).await?;
        let refusal = self.refusal.take();
        self.refusal = refused_before;
        let came_now = bodies.remove(&mail.uid);
        if let Some(bytes) = came_now
            .as_ref()
            .filter(|bytes| self.is_whole(mail, bytes) || (came.as_ref() == Some(bytes) && self.is_nearly_whole(mail, bytes)))
        {
            self.add(mail, bytes.clone());
            return Ok(());
        }
        let location = MailLocation::Imap { uid_validity: self.uid_validity, uid: mail.uid };
        if self.is_gone(mail.uid).await? {
            self.gave_any = true;
            self.batch.gone.push(location);
            return Ok(());
        }
        let longest = came.into_iter().chain(came_now).map(|bytes| bytes.len()).max();
        let reason = match (&refusal, longest, mail.size) {
            (Some(Failure::No { said, .. }), _, _) => format!("the server refuses to give it out: {said}"),
            (_, Some(given), Some(size)) => format!("the server gives out {given} of its {size} bytes"),
            _ => "the server lists this mail and does not give it out".to_owned(),
        };
        self.gave_any |= refusal.is_none();
        self.refusal = refusal.or(self.refusal.take());
        self.batch.unfetched.push(Unfetched { location, source: self.source(mail.uid), reason });
        Ok(())
    }

    /// Whether a mail is there no more, by a search that can be relied on; a server that says nothing of it proves nothing.
    async fn is_gone(&mut self, uid: u32) -> Result<bool, Failure> {
        // Lets the server tell what was deleted by others (RFC 3501 §5.2); before, it may still count it among the folder's mails.
        self.session.command("NOOP").await?;
        match self.session.search(&format!("UID {uid}")).await {
            Ok(found) => Ok(found.is_some_and(|found| !found.contains(&uid))),
            Err(Failure::No { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn source(&self, uid: u32) -> String {
        format!("{};{uid}", self.place)
    }

    fn add(&mut self, mail: &Announced, mut bytes: Vec<u8>) {
        self.gave_any = true;
        let raw = if self.is_too_large(mail) || bytes.len() as u64 > self.limits.bytes_per_mail {
            let size = mail.size.unwrap_or(0).max(bytes.len() as u64);
            bytes.truncate(usize::try_from(self.limits.head_bytes).unwrap_or(usize::MAX));
            FetchedBytes::TooLarge { size, head: bytes }
        } else {
            FetchedBytes::Whole(bytes)
        };
        let location = MailLocation::Imap { uid_validity: self.uid_validity, uid: mail.uid };
        self.batch.mails.push(Fetched { raw, received_at: mail.received_at, location, source: self.source(mail.uid) });
    }
}

/// `17-Jul-1996 02:44:25 -0700` (RFC 3501 §9, date-time; the day may be padded with a space).
pub(super) fn internal_date(date: &str) -> Option<Timestamp> {
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
