//! The incoming river's first reach: fetch, commit, then mark, in that order (promise 1).

use super::office::{Office, OfficeMailbox, PassReport};
use super::placing::Placing;
use crate::register::{MailBytes, MailboxRead, RegisterError, Taken, TakenIn};
use crate::transport::{Batch, Cursor, FetchLimits, FetchedBytes, Mark, ReceiveError};
use jiff::Timestamp;
use std::ops::ControlFlow;
use tokio::task::JoinHandle;

impl Office {
    /// Reads every mailbox to its end and places what was in it. One that fails is noted; the others are read all the same. An error of the
    /// register ends the office, which then has no mailboxes any more: nobody is chased by one that reads none (promise 4). Gives the latest moment
    /// that the mail bears witness of.
    pub(super) async fn take_in(&mut self, now: Timestamp, report: &mut PassReport) -> Result<Option<Timestamp>, RegisterError> {
        let (limits, rehearsing) = (self.limits, self.rehearsing);
        let mailboxes = std::mem::take(&mut self.mailboxes);
        let mut read = Vec::with_capacity(mailboxes.len());
        let mut placing = self.placing();
        for mailbox in mailboxes {
            if placing.stop.is_asked() {
                read.push(mailbox);
                continue;
            }
            let name = mailbox.source.name().to_string();
            let rehearsed_at = if rehearsing { placing.register.mailbox_read_at(&name)? } else { None };
            let visiting = Visiting { limits, rehearsed_at, now };
            let (mailbox, to_its_end) = read_to_end(&mut placing, mailbox, visiting, report).await?;
            let fault = to_its_end.err().map(|error| error.to_string());
            placing.register.note_health(&name, fault.as_deref(), now)?;
            if let Some(fault) = fault {
                tracing::warn!(mailbox = name, error = fault, "the mailbox could not be read to its end");
                report.faults.push(fault);
            }
            read.push(mailbox);
        }
        placing.register.take_up_again(now)?;
        placing.place_all(now, report).await?;
        let witness = placing.witness;
        self.mailboxes = read;
        Ok(witness)
    }
}

/// How a mailbox is read in one pass.
#[derive(Clone, Copy)]
struct Visiting {
    limits: FetchLimits,
    /// In a rehearsal, when this mailbox was last read to its end. A mailbox dates mail by the real time; what it dates before that reading can only
    /// have come after it, so it counts as received now.
    rehearsed_at: Option<Timestamp>,
    now: Timestamp,
}

/// While the register takes in one batch, the next is fetched and the worker reads earlier ones.
async fn read_to_end(
    placing: &mut Placing<'_>,
    mailbox: OfficeMailbox,
    visiting: Visiting,
    report: &mut PassReport,
) -> Result<(OfficeMailbox, Result<(), ReceiveError>), RegisterError> {
    let now = visiting.now;
    let name = mailbox.source.name().to_string();
    let mut cursor: Option<Cursor> = placing.register.cursor(&name)?.and_then(|text| serde_json::from_str(&text).ok());
    // Of an earlier pass.
    let mut visit = visiting.visit(mailbox, placing.register.pending_marks(&name)?, cursor.clone());
    let mut stored = Vec::new();
    // A mailbox that can be read and not marked (read-only, or nothing can be moved) is read all the same, and the fault told at its end.
    let mut unmarkable = None;
    loop {
        let Visit { mailbox, marked, unmarkable: fault, found } =
            visit.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        unmarkable = unmarkable.or(fault);
        let answered = placing.made_room().await;
        let conclusions = placing.judge(answered, now, report)?;
        let Recognisable { mails, cursor: reached, complete, rebuilt } = match found {
            Ok(found) => found,
            Err(error) => {
                placing.conclude(conclusions, now, report)?;
                return Ok((mailbox, Err(error)));
            }
        };
        if rebuilt {
            tracing::warn!(mailbox = name, "the mailbox was rebuilt on the server and is read anew; what is known is recognised");
        }
        let reached_text = reached.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
        // A source that says there is more and gives nothing would be asked for ever.
        let goes_on = !complete && !placing.stop.is_asked() && (!mails.is_empty() || reached.is_some() && reached != cursor);
        cursor = reached.or(cursor);
        // Only what an earlier transaction has committed is marked (promise 1).
        let committed = std::mem::replace(&mut stored, mails.iter().filter_map(|mail| mail.mark.clone()).collect());
        let next = if goes_on {
            let to_mark = if unmarkable.is_none() { committed } else { Vec::new() };
            ControlFlow::Continue(visiting.visit(mailbox, to_mark, cursor.clone()))
        } else {
            ControlFlow::Break(mailbox)
        };
        let read = MailboxRead { name: &name, marked: &marked, cursor: reached_text.as_deref(), to_end: complete.then_some(now) };
        let (taken, placed) = placing.register.record_and_conclude(&mails, read, conclusions, now)?;
        placing.tell(&placed, now, report)?;
        let mut unread = Vec::new();
        for (mail, taken) in mails.into_iter().zip(taken) {
            match taken {
                Taken::New(id) => unread.push(mail.into_unread(id)),
                Taken::Again(_) => report.again += 1,
            }
        }
        report.taken_in += unread.len();
        placing.hand_over(unread);
        match next {
            ControlFlow::Continue(next) => visit = next,
            ControlFlow::Break(mut mailbox) => {
                let to_mark = placing.register.pending_marks(&name)?;
                let marked = match unmarkable {
                    Some(error) => Err(error),
                    None => mailbox.mark(&to_mark).await,
                };
                if marked.is_ok() {
                    placing.register.marked(&name, &to_mark)?;
                }
                return Ok((mailbox, marked));
            }
        }
    }
}

/// What one turn at a mailbox brought.
struct Visit {
    mailbox: OfficeMailbox,
    /// Marks that were set.
    marked: Vec<String>,
    unmarkable: Option<ReceiveError>,
    found: Result<Recognisable, ReceiveError>,
}

impl Visiting {
    /// Marks what is stored and fetches what comes next.
    fn visit(self, mut mailbox: OfficeMailbox, stored: Vec<String>, after: Option<Cursor>) -> JoinHandle<Visit> {
        tokio::spawn(async move {
            let (marked, unmarkable) = match mailbox.mark(&stored).await {
                Ok(()) => (stored, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            let found = match mailbox.source.fetch(after.as_ref(), &self.limits).await {
                Ok(batch) => Ok(self.recognisable(batch).await),
                Err(error) => Err(error),
            };
            Visit { mailbox, marked, unmarkable, found }
        })
    }

    /// Reckons by what the register will know each mail; beside the thread on which the register works.
    async fn recognisable(self, batch: Batch) -> Recognisable {
        let Visiting { rehearsed_at, now, .. } = self;
        let reckon = move || {
            let whole = batch.mails.into_iter().map(|mail| TakenIn {
                cut: matches!(mail.raw, FetchedBytes::TooLarge { .. }),
                bytes: MailBytes::from(mail.raw.into_bytes()),
                received_at: if rehearsed_at.is_some_and(|read_at| mail.received_at < read_at) { now } else { mail.received_at },
                source: mail.source,
                mark: serde_json::to_string(&mail.mark).ok(),
            });
            let unreadable = batch.unreadable.into_iter().map(|item| TakenIn {
                bytes: MailBytes::from(note(&item.source, &item.reason)),
                cut: true,
                received_at: now,
                source: item.source,
                mark: None,
            });
            let mails = whole.chain(unreadable).collect();
            Recognisable { mails, cursor: batch.cursor, complete: batch.complete, rebuilt: batch.rebuilt }
        };
        tokio::task::spawn_blocking(reckon).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

impl OfficeMailbox {
    /// Marks what is stored (promise 1).
    async fn mark(&mut self, stored: &[String]) -> Result<(), ReceiveError> {
        let marks: Vec<Mark> = stored.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
        if marks.is_empty() { Ok(()) } else { self.source.mark(&marks, &self.marking).await }
    }
}

/// A batch as the register takes it.
struct Recognisable {
    mails: Vec<TakenIn>,
    cursor: Option<Cursor>,
    complete: bool,
    rebuilt: bool,
}

/// Stands in the holding queue for something in the mailbox that could not be read as a mail, so that a person goes and looks.
fn note(source: &str, reason: &str) -> Vec<u8> {
    let clean = |text: &str| text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect::<String>();
    let (source, reason) = (clean(source), clean(reason));
    format!("Subject: Something in the mailbox could not be read\r\nX-Demarche-Source: {source}\r\n\r\n{source}\r\n{reason}\r\n")
        .into_bytes()
}
