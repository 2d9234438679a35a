//! One visit to a mailbox, in a task of its own: it flags what is stored, fetches one batch, and computes the keys by which the register recognises
//! a mail that it has already.

use super::incoming_mailbox::IncomingMailbox;
use super::left_unread::{LookedInto, NotGiven, Note, noted};
use super::seeking::Surveyed;
use super::storing::IngestedMail;
use crate::mail::same_mail::MailBytes;
use crate::register::Gap;
use crate::transport::{Batch, Cursor, Elsewhere, FetchLimits, FetchedBytes, Flagging, MailLocation, ReceiveError};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// How a mailbox is read in one pass.
#[derive(Clone)]
pub(super) struct Visiting {
    pub(super) limits: FetchLimits,
    /// In a rehearsal, when this mailbox was last read to its end. A mailbox dates mail by the real time; what it dates before that reading can only
    /// have come after it, so it counts as received now.
    pub(super) rehearsed_at: Option<Timestamp>,
    pub(super) own_folders: Arc<[String]>,
    pub(super) now: Timestamp,
}

/// What a visit is for, beside flagging what is stored.
pub(super) enum Errand {
    /// Mails that could not be fetched before.
    Again(Vec<MailLocation>),
    Onward(Option<Cursor>),
    /// What came to other folders, for mails that left this one unread.
    Survey(Gap),
    /// Mails of other folders.
    Elsewhere(Vec<Elsewhere>),
    OnlyMark,
}

/// A visit in a task of its own: what goes wrong in there, even a panic of this program on bytes that a server sent, is told as a fault of this
/// mailbox, and the other mailboxes are read.
pub(super) struct UnderWay {
    pub(super) task: JoinHandle<Visit>,
    /// The mailbox as if it had never been opened, for when the task does not give it back.
    pub(super) spare: IncomingMailbox,
}

/// What one visit brought.
pub(super) struct Visit {
    pub(super) mailbox: IncomingMailbox,
    /// Where the mails lie that were flagged.
    pub(super) flagged: Vec<String>,
    pub(super) unflaggable: Option<ReceiveError>,
    /// None if it only flagged what is stored.
    pub(super) found: Option<Result<Brought, ReceiveError>>,
}

pub(super) enum Brought {
    Mails(Recognisable),
    Survey(Surveyed),
    /// With how many of those that were wanted are done with.
    Elsewhere(Recognisable, usize),
}

/// A visit that did not come to its end.
pub(super) struct Lost {
    pub(super) mailbox: IncomingMailbox,
    pub(super) fault: String,
}

impl Visiting {
    /// Flags what is stored and fetches what comes next.
    pub(super) fn begin_visit(&self, mut mailbox: IncomingMailbox, stored: Vec<String>, errand: Errand) -> UnderWay {
        let (spare, visiting) = (mailbox.unopened(), self.clone());
        let task = tokio::spawn(async move {
            let (flagged, unflaggable) = match mailbox.flag(&stored).await {
                Ok(()) => (stored, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            let found = visiting.run(&mut mailbox, errand).await.transpose();
            Visit { mailbox, flagged, unflaggable, found }
        });
        UnderWay { task, spare }
    }

    async fn run(&self, mailbox: &mut IncomingMailbox, errand: Errand) -> Result<Option<Brought>, ReceiveError> {
        let limits = &self.limits;
        Ok(Some(match errand {
            Errand::Again(unfetched) => {
                Brought::Mails(self.recognisable(mailbox.source.fetch_again(&unfetched, limits).await?, true).await)
            }
            Errand::Onward(after) => Brought::Mails(self.recognisable(mailbox.source.fetch(after.as_ref(), limits).await?, false).await),
            Errand::Survey(gap) => {
                let mut never = self.own_folders.to_vec();
                if let Flagging::MoveTo(folder) = &mailbox.flagging {
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

    /// Computes by what the register will know each mail; beside the thread on which the register works.
    async fn recognisable(&self, batch: Batch, again: bool) -> Recognisable {
        let (rehearsed_at, now) = (self.rehearsed_at, self.now);
        let compute = move || {
            let whole = batch.mails.into_iter().map(|mail| IngestedMail {
                cut: matches!(mail.raw, FetchedBytes::TooLarge { .. }),
                bytes: MailBytes::from(mail.raw.into_bytes()),
                received_at: if rehearsed_at.is_some_and(|read_at| mail.received_at < read_at) { now } else { mail.received_at },
                source: mail.source,
                flag_at: as_text(&mail.location),
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
        tokio::task::spawn_blocking(compute).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

/// A batch as the register takes it.
pub(super) struct Recognisable {
    pub(super) mails: Vec<IngestedMail>,
    pub(super) cursor: Option<Cursor>,
    pub(super) complete: bool,
    /// Of what could not be fetched before; what is new is still to be looked for.
    pub(super) again: bool,
    pub(super) is_junk: bool,
    pub(super) trouble: Option<String>,
    pub(super) looked_into: LookedInto,
}

fn as_text(location: &MailLocation) -> Option<String> {
    serde_json::to_string(location).ok()
}
