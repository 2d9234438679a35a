//! One mailbox in one pass: batch after batch is fetched and recorded, mails that had left the mailbox unread are looked for ([`super::seeking`]),
//! and what is stored is flagged on the server, in that order (promise 1).

use super::concluding::Conclusion;
use super::incoming_mailbox::IncomingMailbox;
use super::left_unread::noted;
use super::processing::MailProcessing;
use super::seeking::Search;
use super::storing::{Ingested, MailboxRead};
use super::visit::{Brought, Errand, Lost, Recognisable, UnderWay, Visit, Visiting};
use crate::domain::health::HealthPart;
use crate::pass::PassReport;
use crate::register::RegisterError;
use crate::transport::{Cursor, MailLocation};
use jiff::Timestamp;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// What one batch may take. Every single wait on a server is shorter; all of them together may not be.
const LONGEST_VISIT: Duration = Duration::from_secs(10 * 60);
/// After this long no further batch of a mailbox is fetched in one pass, since steps and letters wait for its end; the next pass goes on.
const SHARE_OF_A_PASS: Duration = Duration::from_secs(10 * 60);

/// One mailbox in one pass.
pub(super) struct Round {
    /// Its place among the office's mailboxes.
    pub(super) place: usize,
    pub(super) name: String,
    pub(super) visiting: Visiting,
    began: Instant,
    cursor: Option<Cursor>,
    /// Where the mails of the last batch lie. It is being committed while the next one is fetched, and is flagged after that.
    stored: Vec<String>,
    /// Why mails cannot be flagged here (the folder is read-only, or nothing can be moved). The mailbox is read all the same, and this is told at the
    /// end.
    unflaggable: Option<String>,
    /// What could not be fetched before, by where it lies, and since when that is known.
    missing: HashMap<String, Timestamp>,
    /// By the last batch it was read to its end.
    pub(super) was_complete: bool,
    pub(super) is_junk: bool,
    pub(super) search: Search,
    faults: Vec<String>,
}

impl Round {
    pub(super) fn begin(
        processing: &MailProcessing<'_>,
        place: usize,
        mailbox: IncomingMailbox,
        visiting: Visiting,
    ) -> Result<(Round, UnderWay), RegisterError> {
        let name = mailbox.source.name().to_string();
        let cursor: Option<Cursor> = processing.register.cursor(&name)?.and_then(|text| serde_json::from_str(&text).ok());
        let missing = processing.register.unfetched(&name)?;
        let due: Vec<MailLocation> = missing
            .iter()
            .filter(|mail| mail.next_at <= visiting.now)
            .filter_map(|mail| serde_json::from_str(&mail.item).ok())
            .take(visiting.limits.mails)
            .collect();
        let missing = missing.into_iter().map(|mail| (mail.item, mail.since)).collect();
        let errand = if due.is_empty() { Errand::Onward(cursor.clone()) } else { Errand::Again(due) };
        // Of an earlier pass.
        let to_flag = processing.register.pending_flags(&name)?;
        let visit = visiting.begin_visit(mailbox, to_flag, errand);
        let (began, stored, unflaggable, faults) = (Instant::now(), Vec::new(), None, Vec::new());
        let (was_complete, is_junk, search) = (false, false, Search::default());
        let round = Round { place, name, visiting, began, cursor, stored, unflaggable, missing, was_complete, is_junk, search, faults };
        Ok((round, visit))
    }

    pub(super) async fn wait_for(self, visit: UnderWay) -> (Round, Result<Visit, Lost>) {
        let UnderWay { mut task, spare } = visit;
        let fault = match tokio::time::timeout(LONGEST_VISIT, &mut task).await {
            Ok(Ok(visit)) => return (self, Ok(visit)),
            Ok(Err(_)) => format!("{}: reading it ran into a fault of this program; it is tried again at the next pass", self.name),
            Err(_) => {
                task.abort();
                format!("{}: the server took more than {} minutes over one batch of mail", self.name, LONGEST_VISIT.as_secs() / 60)
            }
        };
        (self, Err(Lost { mailbox: spare, fault }))
    }

    /// Records what a visit brought. Meanwhile the next batch is fetched, and the worker reads earlier ones.
    pub(super) async fn take_visit(
        &mut self,
        processing: &mut MailProcessing<'_>,
        visited: Result<Visit, Lost>,
        report: &mut PassReport,
    ) -> Result<ControlFlow<IncomingMailbox, UnderWay>, RegisterError> {
        let now = self.visiting.now;
        let Visit { mailbox, flagged, unflaggable, found } = match visited {
            Ok(visit) => visit,
            Err(Lost { mailbox, fault }) => {
                self.search_broke_off(processing, &fault, report)?;
                self.faults.push(fault);
                return Ok(ControlFlow::Break(mailbox));
            }
        };
        self.unflaggable = self.unflaggable.take().or_else(|| unflaggable.map(|error| error.to_string()));
        let Some(found) = found else {
            processing.register.flagged(&self.name, &flagged)?;
            return Ok(ControlFlow::Break(mailbox));
        };
        let answered = processing.next_if_full().await;
        let conclusions = processing.conclusions_of(answered, now, report)?;
        let found = match found {
            Ok(Brought::Mails(found)) => return self.take_mails(processing, mailbox, found, &flagged, conclusions, report),
            found => found,
        };
        processing.register.flagged(&self.name, &flagged)?;
        processing.conclude(conclusions, now, report)?;
        let wanted = match found {
            Ok(Brought::Mails(_)) => None,
            Ok(Brought::Survey(surveyed)) => self.take_survey(processing, surveyed, report)?,
            Ok(Brought::Elsewhere(found, passed)) => self.take_found(processing, found, passed, report)?,
            Err(error) => {
                report.mailbox_needs_a_person |= error.needs_a_person();
                self.faults.push(error.to_string());
                self.search_broke_off(processing, &error.to_string(), report)?;
                return Ok(ControlFlow::Break(mailbox));
            }
        };
        match wanted {
            Some(wanted) => Ok(ControlFlow::Continue(self.visiting.begin_visit(mailbox, Vec::new(), Errand::Elsewhere(wanted)))),
            None => self.end_visits(processing, mailbox),
        }
    }

    /// Records the mails that lay in the mailbox itself.
    fn take_mails(
        &mut self,
        processing: &mut MailProcessing<'_>,
        mailbox: IncomingMailbox,
        found: Recognisable,
        flagged: &[String],
        conclusions: Vec<Conclusion>,
        report: &mut PassReport,
    ) -> Result<ControlFlow<IncomingMailbox, UnderWay>, RegisterError> {
        let now = self.visiting.now;
        let Recognisable { mut mails, cursor: reached, complete, again, is_junk, trouble, looked_into } = found;
        (self.was_complete, self.is_junk) = (complete, is_junk);
        if looked_into.rebuilt {
            tracing::warn!(mailbox = self.name, "the mailbox was rebuilt on the server and is read anew; what is known is recognised");
        }
        self.faults.extend(trouble.map(|trouble| format!("{}: {trouble}", self.name)));
        for mail in mails.iter_mut().filter(|_| !self.missing.is_empty()) {
            // It was there when it could not be fetched, whatever the server says or fails to say of its date.
            let missing_since = mail.flag_at.as_ref().and_then(|item| self.missing.get(item));
            mail.received_at = missing_since.map_or(mail.received_at, |since| mail.received_at.min(*since));
        }
        let left = processing.register.weigh(&self.name, looked_into, now)?;
        mails.extend(left.notes.iter().map(|note| noted(note, now)));

        let reached_text = reached.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
        // A source that says there is more and gives nothing would be asked for ever.
        let mut goes_on = again || !complete && (!mails.is_empty() || reached.is_some() && reached != self.cursor);
        self.cursor = reached.or(self.cursor.take());
        goes_on &= !processing.stop.is_asked();
        if goes_on && self.began.elapsed() >= SHARE_OF_A_PASS {
            goes_on = false;
            let minutes = SHARE_OF_A_PASS.as_secs() / 60;
            self.faults.push(format!("{}: it was not read to its end within {minutes} minutes; the next pass goes on", self.name));
        }
        // Only what an earlier transaction has committed is flagged (promise 1).
        let committed = std::mem::replace(&mut self.stored, mails.iter().filter_map(|mail| mail.flag_at.clone()).collect());
        let to_flag = if self.unflaggable.is_none() { committed } else { Vec::new() };
        let read = MailboxRead {
            name: &self.name,
            flagged,
            cursor: reached_text.as_deref(),
            to_end: complete.then_some(now),
            left: Some(&left),
            is_junk,
        };
        // Under way before the register begins.
        let next = if goes_on {
            ControlFlow::Continue(self.visiting.begin_visit(mailbox, to_flag, Errand::Onward(self.cursor.clone())))
        } else {
            ControlFlow::Break(mailbox)
        };
        let (taken, placed) = processing.register.record_and_conclude(&mails, read, conclusions, now)?;
        processing.tell(&placed, now, report)?;
        let mut unread = Vec::new();
        for (mail, taken) in mails.into_iter().zip(taken) {
            match taken {
                Ingested::New(id) => unread.push(mail.into_unread(id, now)),
                Ingested::Again(_) => report.again += 1,
            }
        }
        report.ingested += unread.len();
        processing.give_to_worker(unread);
        match next {
            ControlFlow::Break(mailbox) => self.end_visits(processing, mailbox),
            next => Ok(next),
        }
    }

    /// What is done once nothing more is fetched: what left unread is looked for, then what is stored is flagged.
    fn end_visits(
        &mut self,
        processing: &MailProcessing<'_>,
        mailbox: IncomingMailbox,
    ) -> Result<ControlFlow<IncomingMailbox, UnderWay>, RegisterError> {
        let errand = match self.begin_search(processing)? {
            Some(gap) => Errand::Survey(gap),
            None if self.unflaggable.is_some() => return Ok(ControlFlow::Break(mailbox)),
            None => Errand::OnlyMark,
        };
        let to_flag = if self.unflaggable.is_none() { processing.register.pending_flags(&self.name)? } else { Vec::new() };
        Ok(ControlFlow::Continue(self.visiting.begin_visit(mailbox, to_flag, errand)))
    }

    /// Tells how the mailbox is.
    pub(super) fn end(mut self, processing: &mut MailProcessing<'_>, report: &mut PassReport) -> Result<(), RegisterError> {
        let now = self.visiting.now;
        self.faults.extend(self.unflaggable.take());
        self.faults.extend(processing.register.unread_in(&self.name, now)?);
        processing.register.note_health(&HealthPart::Mailbox(self.name.clone()), self.faults.first().map(String::as_str), now)?;
        for fault in &self.faults {
            // One fault of the account is met in each of its folders.
            if report.tell_fault(fault) {
                tracing::warn!(mailbox = self.name, error = fault, "the mailbox could not be read to its end");
            }
        }
        Ok(())
    }
}
