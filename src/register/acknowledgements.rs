//! Acknowledgements of replies, where the office wants them: which are due.

use super::deliveries::IS_NOT_TAKEN_OUT;
use super::senders::Sender;
use super::{Reader, Result, directory, numbers, requests, rows};
use crate::domain::answering::{Correspondent, acknowledged_since, may_be_answered};
use crate::domain::authority::Authority;
use crate::domain::event::EventKind;
use crate::domain::identity::{LetterId, MailId, RequestId};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::request::Request;
use crate::domain::source::SourceState;
use crate::mail::Understood;
use jiff::Timestamp;
use rusqlite::params;

/// A reply whose sender is to be told that it was received.
#[derive(Debug, Clone)]
pub struct DueAcknowledgement {
    pub mail: MailId,
    pub request: Request,
    pub authority: Authority,
    pub to: String,
    pub name: Option<String>,
    pub subject: String,
    pub message_id: Option<String>,
    pub received_at: Timestamp,
    /// None other of the request has it, not even one that a lost register has written.
    pub letter_number: u32,
}

impl Reader {
    /// Replies linked in the 72 hours before `now` whose senders may be answered ([`may_be_answered`], promise 6). A reply to several requests is
    /// acknowledged once, under the first; again only if that was withdrawn before it left. For whom a sender writes is as the directory has it for
    /// the day on which the reply was received, where the authority is.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn acknowledgements_due(&self, now: Timestamp, addresses: &ReplyAddresses) -> Result<Vec<DueAcknowledgement>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT l.mail_id, min(l.request_id), m.received_at, m.understood, m.proof, m.source_state FROM mail_link l JOIN mail m ON m.id = l.mail_id
             WHERE l.effect = 'reply' AND l.linked_at >= ?1
               AND NOT EXISTS (SELECT 1 FROM event e WHERE e.mail_id = l.mail_id AND e.kind = ?2
                   AND EXISTS (SELECT 1 FROM letter l WHERE l.id = e.letter_id AND {IS_NOT_TAKEN_OUT}))
             GROUP BY l.mail_id ORDER BY l.mail_id"
        ))?;
        let mut found = statement.query(params![acknowledged_since(now).as_second(), EventKind::AcknowledgementWritten.name()])?;
        let mut due = Vec::new();
        while let Some(row) = found.next()? {
            let (mail, request) = (MailId(row.get(0)?), RequestId(row.get(1)?));
            let received_at = rows::timestamp(row, 2)?;
            let Some(understood) = rows::optional_json::<Understood>(row, 3)? else { continue };
            let Some(sender) = understood.from.first() else { continue };
            let Some(to) = sender.address.clone() else { continue };
            let request = requests::load(self, request)?;
            let authority = directory::load(self, request.authority)?;
            let writer = Sender::find(self, &to, received_at)?.writer_to(self, authority.id)?;
            let correspondent = Correspondent {
                is_automatic: understood.automatic,
                wants_no_answer: understood.do_not_answer,
                is_our_address: addresses.is_own(&to),
                writer,
                proof: rows::optional_json(row, 4)?,
                is_source: rows::word(row, 5, SourceState::from_name)?.is_hidden(),
            };
            if !may_be_answered(&correspondent) {
                continue;
            }
            due.push(DueAcknowledgement {
                mail,
                to,
                name: sender.name.clone(),
                subject: understood.subject.unwrap_or_default(),
                message_id: understood.message_id,
                received_at,
                letter_number: numbers::next_of_letters(self, request.id)?,
                request,
                authority,
            });
        }
        Ok(due)
    }
}

/// Whether the mail whose receipt a letter confirms is still taken for a reply to the request under which it does so.
pub(crate) fn is_of_a_reply(db: &Reader, request: RequestId, letter: LetterId) -> Result<bool> {
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM event e JOIN mail_link l ON l.mail_id = e.mail_id AND l.request_id = e.request_id AND l.effect = 'reply'
         WHERE e.request_id = ?1 AND e.letter_id = ?2 AND e.kind = ?3",
    )?;
    Ok(statement.exists(params![request.0, letter.0, EventKind::AcknowledgementWritten.name()])?)
}
