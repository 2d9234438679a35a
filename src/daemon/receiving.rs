//! The incoming river's first reach: fetch, commit, then mark, in that order (promise 1).

use super::office::{Office, OfficeMailbox, PassReport};
use super::placing::Placing;
use crate::register::{Register, RegisterError, Taken, TakenIn};
use crate::transport::{Batch, Cursor, FetchLimits, FetchedBytes, Mark, ReceiveError};
use jiff::Timestamp;

/// Why a mailbox could not be read to its end.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
}

impl Office {
    /// Reads every mailbox to its end and places what was in it. One that fails is noted; the others are read all the same.
    pub(super) async fn take_in(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        let (limits, rehearsing) = (self.limits, self.rehearsing);
        let (mut placing, mailboxes) = self.placing();
        for mailbox in mailboxes {
            let name = mailbox.source.name().to_string();
            match read_to_end(&mut placing, mailbox, &limits, rehearsing, now, report).await {
                Ok(()) => placing.register.note_health(&name, None, now)?,
                Err(Fault::Register(error)) => return Err(error),
                Err(Fault::Receive(error)) => {
                    tracing::warn!(mailbox = name, %error, "the mailbox could not be read to its end");
                    placing.register.note_health(&name, Some(&error.to_string()), now)?;
                    report.faults.push(error.to_string());
                }
            }
        }
        placing.place_all(now, report).await
    }
}

/// While one batch is marked and the next fetched, an earlier one is placed, and the worker reads those between.
async fn read_to_end(
    placing: &mut Placing<'_>,
    mailbox: &mut OfficeMailbox,
    limits: &FetchLimits,
    rehearsing: bool,
    now: Timestamp,
    report: &mut PassReport,
) -> Result<(), Fault> {
    let name = mailbox.source.name().to_string();
    let mut cursor: Option<Cursor> = placing.register.cursor(&name)?.and_then(|text| serde_json::from_str(&text).ok());
    let rehearsed_at = if rehearsing { placing.register.mailbox_read_at(&name)? } else { None };
    // Of an earlier pass too.
    let mut to_mark = placing.register.pending_marks(&name)?;
    // A mailbox that can be read and not marked (read-only, or nothing can be moved) is read all the same, and the fault told at its end.
    let mut marked = Ok(());
    loop {
        let next = async {
            if marked.is_ok() {
                marked = mark(mailbox, &to_mark).await;
            }
            mailbox.source.fetch(cursor.as_ref(), limits).await
        };
        let (batch, placed) = tokio::join!(next, placing.make_room(now, report));
        placed?;
        let batch = batch?;
        if batch.rebuilt {
            tracing::warn!(mailbox = name, "the mailbox was rebuilt on the server and is read anew; what is known is recognised");
        }
        if marked.is_ok() {
            placing.register.marked(&name, &to_mark)?;
        }
        for taken in commit(placing.register, &name, &batch, rehearsed_at, now)? {
            match taken {
                Taken::New(_) => report.taken_in += 1,
                Taken::Again(_) => report.again += 1,
            }
        }
        placing.hand_over(now)?;
        to_mark = placing.register.pending_marks(&name)?;
        let went_on = batch.cursor.is_some() && batch.cursor != cursor;
        cursor = batch.cursor.or(cursor);
        // A source that says there is more and gives nothing would be asked for ever.
        if batch.complete || (batch.mails.is_empty() && !went_on) {
            marked?;
            mark(mailbox, &to_mark).await?;
            placing.register.marked(&name, &to_mark)?;
            return Ok(());
        }
    }
}

/// Marks what is stored (promise 1).
async fn mark(mailbox: &mut OfficeMailbox, stored: &[String]) -> Result<(), ReceiveError> {
    let marks: Vec<Mark> = stored.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    if marks.is_empty() { Ok(()) } else { mailbox.source.mark(&marks, &mailbox.marking).await }
}

/// `rehearsed_at`: in a rehearsal, when this mailbox was last read to its end. A mailbox dates mail by the real time; what it dates before that
/// reading can only have come after it, so it counts as received now.
fn commit(
    register: &mut Register,
    name: &str,
    batch: &Batch,
    rehearsed_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Taken>, RegisterError> {
    let notes: Vec<Vec<u8>> = batch.unreadable.iter().map(|item| note(&item.source, &item.reason)).collect();
    let mut mails: Vec<TakenIn<'_>> = batch
        .mails
        .iter()
        .map(|mail| TakenIn {
            raw: mail.raw.bytes(),
            cut: matches!(mail.raw, FetchedBytes::TooLarge { .. }),
            received_at: if rehearsed_at.is_some_and(|read_at| mail.received_at < read_at) { now } else { mail.received_at },
            source: mail.source.clone(),
            mark: serde_json::to_string(&mail.mark).ok(),
        })
        .collect();
    mails.extend(batch.unreadable.iter().zip(&notes).map(|(item, note)| TakenIn {
        raw: note,
        cut: true,
        received_at: now,
        source: item.source.clone(),
        mark: None,
    }));
    let cursor = batch.cursor.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
    register.record_mails(Some(name), &mails, cursor.as_deref(), batch.complete.then_some(now), now)
}

/// Stands in the holding queue for something in the mailbox that could not be read as a mail, so that a person goes and looks.
fn note(source: &str, reason: &str) -> Vec<u8> {
    let clean = |text: &str| text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect::<String>();
    let (source, reason) = (clean(source), clean(reason));
    format!("Subject: Something in the mailbox could not be read\r\nX-Demarche-Source: {source}\r\n\r\n{source}\r\n{reason}\r\n")
        .into_bytes()
}
