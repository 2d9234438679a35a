//! The incoming river's first reach: fetch, commit, then mark, in that order (promise 1).

use super::office::{Office, OfficeMailbox, PassReport};
use super::placing::Placing;
use crate::register::{MailBytes, MailboxRead, RegisterError, Taken, TakenIn, Then};
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
            let batch = mailbox.source.fetch(cursor.as_ref(), limits).await?;
            Ok::<_, ReceiveError>(recognisable(batch, rehearsed_at, now).await)
        };
        let (next, placed) = tokio::join!(next, placing.make_room(now, report));
        placed?;
        let Recognisable { mails, cursor: reached, complete, rebuilt } = next?;
        if rebuilt {
            tracing::warn!(mailbox = name, "the mailbox was rebuilt on the server and is read anew; what is known is recognised");
        }
        let reached_text = reached.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
        let read = MailboxRead {
            name: &name,
            marked: if marked.is_ok() { &to_mark } else { &[] },
            cursor: reached_text.as_deref(),
            to_end: complete.then_some(now),
        };
        let taken = placing.register.record_mails(&mails, Then::BeUnderstood, Some(read), now)?;
        let nothing_came = mails.is_empty();
        let mut unread = Vec::new();
        for (mail, taken) in mails.into_iter().zip(taken) {
            match taken {
                Taken::New(id) => unread.push(mail.into_unread(id)),
                Taken::Again(_) => report.again += 1,
            }
        }
        report.taken_in += unread.len();
        placing.hand_over(unread);
        to_mark = placing.register.pending_marks(&name)?;
        let went_on = reached.is_some() && reached != cursor;
        cursor = reached.or(cursor);
        // A source that says there is more and gives nothing would be asked for ever.
        if complete || (nothing_came && !went_on) {
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

/// A batch as the register takes it.
struct Recognisable {
    mails: Vec<TakenIn>,
    cursor: Option<Cursor>,
    complete: bool,
    rebuilt: bool,
}

/// Reckons by what the register will know each mail; beside the thread on which the register works.
///
/// `rehearsed_at`: in a rehearsal, when this mailbox was last read to its end. A mailbox dates mail by the real time; what it dates before that
/// reading can only have come after it, so it counts as received now.
async fn recognisable(batch: Batch, rehearsed_at: Option<Timestamp>, now: Timestamp) -> Recognisable {
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

/// Stands in the holding queue for something in the mailbox that could not be read as a mail, so that a person goes and looks.
fn note(source: &str, reason: &str) -> Vec<u8> {
    let clean = |text: &str| text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect::<String>();
    let (source, reason) = (clean(source), clean(reason));
    format!("Subject: Something in the mailbox could not be read\r\nX-Demarche-Source: {source}\r\n\r\n{source}\r\n{reason}\r\n")
        .into_bytes()
}
