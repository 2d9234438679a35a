//! The incoming river's first reach: fetch, commit, then mark, in that order (promise 1).
//!
//! All mailboxes are visited at once, each by a task of its own that lasts as long as one batch; only the register's part is done one after the
//! other. So a server that is silent, slow or mad costs the others nothing, and ends no process.

use super::one_pass::{Office, OfficeMailbox};
use super::placing::Placing;
use super::seeking::{Search, Surveyed};
use crate::domain::health::HealthPart;
use crate::pass::PassReport;
use crate::register::{Conclusion, Gap, LookedInto, MailBytes, MailboxRead, NotGiven, Note, RegisterError, Taken, TakenIn, Unfetched};
use crate::transport::{Batch, Cursor, Elsewhere, FetchLimits, FetchedBytes, Flagging, MailLocation, ReceiveError};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// What one batch may take. Every single wait on a server is shorter; all of them together may not be.
const LONGEST_VISIT: Duration = Duration::from_secs(10 * 60);
/// After this long no further batch of a mailbox is fetched in one pass, since steps and letters wait for its end; the next pass goes on.
const SHARE_OF_A_PASS: Duration = Duration::from_secs(10 * 60);

impl Office {
    /// Reads every mailbox to its end and places what was in it. One that fails is noted; the others are read all the same. An error of the
    /// register ends the office, which then has no mailboxes any more: nobody is chased by one that reads none (promise 4). Gives the latest moment
    /// that the mail bears witness of.
    pub(super) async fn take_in(&mut self, now: Timestamp, report: &mut PassReport) -> Result<Option<Timestamp>, RegisterError> {
        let (limits, rehearsing, own_folders) = (self.limits, self.rehearsing, Arc::clone(&self.own_folders));
        let mailboxes = std::mem::take(&mut self.mailboxes);
        let mut placing = self.placing();
        let mut under_way = FuturesUnordered::new();
        let mut read = Vec::with_capacity(mailboxes.len());
        for (place, mailbox) in mailboxes.into_iter().enumerate() {
            if placing.stop.is_asked() {
                read.push((place, mailbox));
                continue;
            }
            let rehearsed_at = if rehearsing { placing.register.mailbox_read_at(mailbox.source.name())? } else { None };
            let (round, visit) =
                Round::begin(&placing, place, mailbox, Visiting { limits, rehearsed_at, own_folders: Arc::clone(&own_folders), now })?;
            under_way.push(round.wait_for(visit));
        }
        while let Some((mut round, visited)) = under_way.next().await {
            match round.take(&mut placing, visited, report).await? {
                ControlFlow::Continue(visit) => under_way.push(round.wait_for(visit)),
                ControlFlow::Break(mailbox) => {
                    read.push((round.place, mailbox));
                    round.end(&mut placing, report)?;
                }
            }
        }
        placing.register.take_up_again(now)?;
        placing.place_all(now, report).await?;
        let witness = placing.witness;
        read.sort_by_key(|(place, _)| *place);
        self.mailboxes = read.into_iter().map(|(_, mailbox)| mailbox).collect();
        Ok(witness)
    }
}

/// How a mailbox is read in one pass.
#[derive(Clone)]
pub(super) struct Visiting {
    limits: FetchLimits,
    /// In a rehearsal, when this mailbox was last read to its end. A mailbox dates mail by the real time; what it dates before that reading can only
    /// have come after it, so it counts as received now.
    rehearsed_at: Option<Timestamp>,
    own_folders: Arc<[String]>,
    pub(super) now: Timestamp,
}

/// What a visit is for, beside marking what is stored.
enum Errand {
    /// Mails that could not be fetched before.
    Again(Vec<MailLocation>),
    Onward(Option<Cursor>),
    /// What came to other folders, for mails that left this one unread.
    Survey(Gap),
    /// Mails of other folders.
    Elsewhere(Vec<Elsewhere>),
    OnlyMark,
}

/// One mailbox in one pass.
pub(super) struct Round {
    /// Its place among the office's mailboxes.
    place: usize,
    pub(super) name: String,
    pub(super) visiting: Visiting,
    began: Instant,
    cursor: Option<Cursor>,
    /// Marks of the last batch, which is being committed while the next one is fetched.
    stored: Vec<String>,
    /// A mailbox that can be read and not marked (read-only, or nothing can be moved) is read all the same, and the fault told at its end.
    unmarkable: Option<String>,
    /// What could not be fetched before.
    missing: Vec<Unfetched>,
    /// By the last batch it was read to its end.
    pub(super) was_complete: bool,
    pub(super) is_junk: bool,
    pub(super) search: Search,
    faults: Vec<String>,
}

/// A visit in a task of its own: what goes wrong in there, be it a fault of this program that a server's bytes have found, is this mailbox's fault
/// and nobody else's.
struct UnderWay {
    task: JoinHandle<Visit>,
    /// The mailbox as if it had never been opened, for when the task does not give it back.
    spare: OfficeMailbox,
}

/// What one visit brought.
struct Visit {
    mailbox: OfficeMailbox,
    /// Marks that were set.
    marked: Vec<String>,
    unmarkable: Option<ReceiveError>,
    /// None if it was only to mark.
    found: Option<Result<Brought, ReceiveError>>,
}

enum Brought {
    Mails(Recognisable),
    Survey(Surveyed),
    /// With how many of those that were wanted are done with.
    Elsewhere(Recognisable, usize),
}

/// A visit that did not come to its end.
struct Lost {
    mailbox: OfficeMailbox,
    fault: String,
}

impl Round {
    fn begin(placing: &Placing<'_>, place: usize, mailbox: OfficeMailbox, visiting: Visiting) -> Result<(Round, UnderWay), RegisterError> {
        let name = mailbox.source.name().to_string();
        let cursor: Option<Cursor> = placing.register.cursor(&name)?.and_then(|text| serde_json::from_str(&text).ok());
        let missing = placing.register.unfetched(&name)?;
        let due: Vec<MailLocation> = missing
            .iter()
            .filter(|mail| mail.next_at <= visiting.now)
            .filter_map(|mail| serde_json::from_str(&mail.item).ok())
            .take(visiting.limits.mails)
            .collect();
        let errand = if due.is_empty() { Errand::Onward(cursor.clone()) } else { Errand::Again(due) };
        // Of an earlier pass.
        let marks = placing.register.pending_marks(&name)?;
        let visit = visiting.begin(mailbox, marks, errand);
        let (began, stored, unmarkable, faults) = (Instant::now(), Vec::new(), None, Vec::new());
        let (was_complete, is_junk, search) = (false, false, Search::default());
        let round = Round { place, name, visiting, began, cursor, stored, unmarkable, missing, was_complete, is_junk, search, faults };
        Ok((round, visit))
    }

    async fn wait_for(self, visit: UnderWay) -> (Round, Result<Visit, Lost>) {
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

    /// Takes in what a visit brought. While the register does, the next batch is fetched and the worker reads earlier ones.
    async fn take(
        &mut self,
        placing: &mut Placing<'_>,
        visited: Result<Visit, Lost>,
        report: &mut PassReport,
    ) -> Result<ControlFlow<OfficeMailbox, UnderWay>, RegisterError> {
        let now = self.visiting.now;
        let Visit { mailbox, marked, unmarkable, found } = match visited {
            Ok(visit) => visit,
            Err(Lost { mailbox, fault }) => {
                self.search_broke_off(placing, &fault, report)?;
                self.faults.push(fault);
                return Ok(ControlFlow::Break(mailbox));
            }
        };
        self.unmarkable = self.unmarkable.take().or_else(|| unmarkable.map(|error| error.to_string()));
        let Some(found) = found else {
            placing.register.marked(&self.name, &marked)?;
            return Ok(ControlFlow::Break(mailbox));
        };
        let answered = placing.made_room().await;
        let conclusions = placing.judge(answered, now, report)?;
        let found = match found {
            Ok(Brought::Mails(found)) => return self.take_mails(placing, mailbox, found, &marked, conclusions, report),
            found => found,
        };
        placing.register.marked(&self.name, &marked)?;
        placing.conclude(conclusions, now, report)?;
        let wanted = match found {
            Ok(Brought::Mails(_)) => None,
            Ok(Brought::Survey(surveyed)) => self.take_survey(placing, surveyed, report)?,
            Ok(Brought::Elsewhere(found, passed)) => self.take_found(placing, found, passed, report)?,
            Err(error) => {
                self.faults.push(error.to_string());
                self.search_broke_off(placing, &error.to_string(), report)?;
                return Ok(ControlFlow::Break(mailbox));
            }
        };
        match wanted {
            Some(wanted) => Ok(ControlFlow::Continue(self.visiting.begin(mailbox, Vec::new(), Errand::Elsewhere(wanted)))),
            None => self.end_visits(placing, mailbox),
        }
    }

    /// Takes in what lay in the mailbox itself.
    fn take_mails(
        &mut self,
        placing: &mut Placing<'_>,
        mailbox: OfficeMailbox,
        found: Recognisable,
        marked: &[String],
        conclusions: Vec<Conclusion>,
        report: &mut PassReport,
    ) -> Result<ControlFlow<OfficeMailbox, UnderWay>, RegisterError> {
        let now = self.visiting.now;
        let Recognisable { mut mails, cursor: reached, complete, again, is_junk, trouble, looked_into } = found;
        (self.was_complete, self.is_junk) = (complete, is_junk);
        if looked_into.rebuilt {
            tracing::warn!(mailbox = self.name, "the mailbox was rebuilt on the server and is read anew; what is known is recognised");
        }
        self.faults.extend(trouble.map(|trouble| format!("{}: {trouble}", self.name)));
        for mail in mails.iter_mut().filter(|_| !self.missing.is_empty()) {
            // It was there when it could not be fetched, whatever the server says or fails to say of its date.
            let missing = self.missing.iter().find(|missing| Some(&missing.item) == mail.mark.as_ref());
            mail.received_at = missing.map_or(mail.received_at, |missing| mail.received_at.min(missing.since));
        }
        let left = placing.register.weigh(&self.name, looked_into, now)?;
        mails.extend(left.notes.iter().map(|note| noted(note, now)));

        let reached_text = reached.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
        // A source that says there is more and gives nothing would be asked for ever.
        let mut goes_on = again || !complete && (!mails.is_empty() || reached.is_some() && reached != self.cursor);
        self.cursor = reached.or(self.cursor.take());
        goes_on &= !placing.stop.is_asked();
        if goes_on && self.began.elapsed() >= SHARE_OF_A_PASS {
            goes_on = false;
            let minutes = SHARE_OF_A_PASS.as_secs() / 60;
            self.faults.push(format!("{}: it was not read to its end within {minutes} minutes; the next pass goes on", self.name));
        }
        // Only what an earlier transaction has committed is marked (promise 1).
        let committed = std::mem::replace(&mut self.stored, mails.iter().filter_map(|mail| mail.mark.clone()).collect());
        let to_mark = if self.unmarkable.is_none() { committed } else { Vec::new() };
        let read = MailboxRead {
            name: &self.name,
            marked,
            cursor: reached_text.as_deref(),
            to_end: complete.then_some(now),
            left: Some(&left),
            is_junk,
        };
        // Under way before the register begins.
        let next = if goes_on {
            ControlFlow::Continue(self.visiting.begin(mailbox, to_mark, Errand::Onward(self.cursor.clone())))
        } else {
            ControlFlow::Break(mailbox)
        };
        let (taken, placed) = placing.register.record_and_conclude(&mails, read, conclusions, now)?;
        placing.tell(&placed, now, report)?;
        let mut unread = Vec::new();
        for (mail, taken) in mails.into_iter().zip(taken) {
            match taken {
                Taken::New(id) => unread.push(mail.into_unread(id, now)),
                Taken::Again(_) => report.again += 1,
            }
        }
        report.taken_in += unread.len();
        placing.hand_over(unread);
        match next {
            ControlFlow::Break(mailbox) => self.end_visits(placing, mailbox),
            next => Ok(next),
        }
    }

    /// What is done once nothing more is fetched: what left unread is looked for, then what is stored is marked.
    fn end_visits(&mut self, placing: &Placing<'_>, mailbox: OfficeMailbox) -> Result<ControlFlow<OfficeMailbox, UnderWay>, RegisterError> {
        let errand = match self.begin_search(placing)? {
            Some(gap) => Errand::Survey(gap),
            None if self.unmarkable.is_some() => return Ok(ControlFlow::Break(mailbox)),
            None => Errand::OnlyMark,
        };
        let marks = if self.unmarkable.is_none() { placing.register.pending_marks(&self.name)? } else { Vec::new() };
        Ok(ControlFlow::Continue(self.visiting.begin(mailbox, marks, errand)))
    }

    /// Tells how the mailbox is.
    fn end(mut self, placing: &mut Placing<'_>, report: &mut PassReport) -> Result<(), RegisterError> {
        let now = self.visiting.now;
        self.faults.extend(self.unmarkable.take());
        self.faults.extend(placing.register.unread_in(&self.name, now)?);
        placing.register.note_health(&HealthPart::Mailbox(self.name.clone()), self.faults.first().map(String::as_str), now)?;
        for fault in &self.faults {
            // One fault of the account is met in each of its folders.
            if report.tell_fault(fault) {
                tracing::warn!(mailbox = self.name, error = fault, "the mailbox could not be read to its end");
            }
        }
        Ok(())
    }
}

impl Visiting {
    /// Marks what is stored and fetches what comes next.
    fn begin(&self, mut mailbox: OfficeMailbox, stored: Vec<String>, errand: Errand) -> UnderWay {
        let (spare, visiting) = (mailbox.unopened(), self.clone());
        let task = tokio::spawn(async move {
            let (marked, unmarkable) = match mailbox.mark(&stored).await {
                Ok(()) => (stored, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            let found = visiting.run(&mut mailbox, errand).await.transpose();
            Visit { mailbox, marked, unmarkable, found }
        });
        UnderWay { task, spare }
    }

    async fn run(&self, mailbox: &mut OfficeMailbox, errand: Errand) -> Result<Option<Brought>, ReceiveError> {
        let limits = &self.limits;
        Ok(Some(match errand {
            Errand::Again(unfetched) => {
                Brought::Mails(self.recognisable(mailbox.source.fetch_again(&unfetched, limits).await?, true).await)
            }
            Errand::Onward(after) => Brought::Mails(self.recognisable(mailbox.source.fetch(after.as_ref(), limits).await?, false).await),
            Errand::Survey(gap) => {
                let mut never = self.own_folders.to_vec();
                if let Flagging::MoveTo(folder) = &mailbox.marking {
                    // Put there by this program, and so known.
                    never.push(folder.clone());
                }
                Brought::Survey(mailbox.source.survey(gap.since, &never).await?.into())
            }
            Errand::Elsewhere(wanted) => {
                let (batch, passed) = mailbox.source.fetch_elsewhere(&wanted, limits).await?;
                Brought::Elsewhere(self.recognisable(batch, false).await, passed)
            }
            Errand::OnlyMark => return Ok(None),
        }))
    }

    /// Reckons by what the register will know each mail; beside the thread on which the register works.
    async fn recognisable(&self, batch: Batch, again: bool) -> Recognisable {
        let (rehearsed_at, now) = (self.rehearsed_at, self.now);
        let reckon = move || {
            let whole = batch.mails.into_iter().map(|mail| TakenIn {
                cut: matches!(mail.raw, FetchedBytes::TooLarge { .. }),
                bytes: MailBytes::from(mail.raw.into_bytes()),
                received_at: if rehearsed_at.is_some_and(|read_at| mail.received_at < read_at) { now } else { mail.received_at },
                source: mail.source,
                mark: as_text(&mail.location),
                note: None,
            });
            let unreadable = batch.unreadable.into_iter().map(|item| {
                noted(&Note { subject: "Something in the mailbox could not be read", source: item.source, why: item.reason }, now)
            });
            let unfetched = batch
                .unfetched
                .into_iter()
                .filter_map(|mail| Some(NotGiven { item: as_text(&mail.location)?, source: mail.source, why: mail.reason }));
            let looked_into = LookedInto {
                rebuilt: batch.rebuilt,
                unfetched: unfetched.collect(),
                gone: batch.gone.iter().filter_map(as_text).collect(),
                listing: batch.listing,
            };
            let (mails, trouble) = (whole.chain(unreadable).collect(), batch.trouble);
            Recognisable { mails, cursor: batch.cursor, complete: batch.complete, again, is_junk: batch.is_junk, trouble, looked_into }
        };
        // In this task, a panic in there is caught like any other.
        tokio::task::spawn_blocking(reckon).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

impl OfficeMailbox {
    /// Marks what is stored (promise 1).
    async fn mark(&mut self, stored: &[String]) -> Result<(), ReceiveError> {
        let marks: Vec<MailLocation> = stored.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
        if marks.is_empty() { Ok(()) } else { self.source.flag(&marks, &self.marking).await }
    }
}

/// A batch as the register takes it.
pub(super) struct Recognisable {
    pub(super) mails: Vec<TakenIn>,
    cursor: Option<Cursor>,
    complete: bool,
    /// Of what could not be fetched before; what is new is still to be looked for.
    again: bool,
    is_junk: bool,
    trouble: Option<String>,
    looked_into: LookedInto,
}

fn as_text(mark: &MailLocation) -> Option<String> {
    serde_json::to_string(mark).ok()
}

/// Stands in the holding queue for something in the mailbox that could not be read as a mail, so that a person goes and looks.
pub(super) fn noted(note: &Note, now: Timestamp) -> TakenIn {
    let clean = |text: &str| text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect::<String>();
    let (subject, source, why) = (note.subject, clean(&note.source), clean(&note.why));
    let bytes = format!("Subject: {subject}\r\nX-Demarche-Source: {source}\r\n\r\n{source}\r\n{why}\r\n").into_bytes();
    TakenIn { bytes: MailBytes::from(bytes), cut: false, received_at: now, source: note.source.clone(), mark: None, note: Some(why) }
}
