//! What the register holds, whole and row by row, in the domain's own types. Stories ask it what is there and that nothing else is, and a second back
//! end has to answer the same. Lists and digests have questions of their own, made for people and quicker: nothing in a pass asks here.
//!
//! Everything comes oldest first. Nothing is counted or chosen: whoever asks does that. What the register answers elsewhere is not answered again
//! ([`Reader::health`], [`Reader::lease`], [`Reader::confirmed_senders`], [`Reader::unfetched`], [`Reader::letter_bytes`], [`Reader::mail_bytes`]).

use super::{Reader, RecordedEvent, Result, deliveries, events, rows};
use crate::domain::deliverability::AddressState;
use crate::domain::delivery::{DeliveryOutcome, DeliveryState, ReportStanding};
use crate::domain::identity::{AuthorityId, ContactId, DeliveryId, LetterId, MailId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::reply::Standing;
use crate::domain::resting::RestKind;
use crate::domain::source::SourceState;
use crate::mail::authenticity::{Authenticity, Verdict};
use crate::mail::understood::Position;
use jiff::Timestamp;
use rusqlite::Row;
use std::collections::HashMap;

/// Questions about the register's rows; from [`Reader::contents`]. Each fails only where the register cannot be read or holds a word of no list of
/// ours.
#[derive(Clone, Copy)]
pub struct Contents<'r> {
    reader: &'r Reader,
}

/// A letter, to an authority or to staff.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptLetter {
    pub id: LetterId,
    pub role: LetterRole,
    /// None of a letter to staff.
    pub request: Option<RequestId>,
    /// Without angle brackets.
    pub message_id: String,
    pub deliveries: Vec<KeptDelivery>,
}

/// A letter on its way to one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptDelivery {
    pub id: DeliveryId,
    pub recipient: String,
    /// Whose address it is in the directory.
    pub contact: Option<ContactId>,
    pub state: DeliveryState,
    pub attempts: Vec<KeptAttempt>,
}

/// One attempt to give a letter to a server.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptAttempt {
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// None while it lasts; and where the process ended before it could write down how it went, until the next start. The queue id is the delivery's
    /// last one.
    pub outcome: Option<DeliveryOutcome>,
}

/// A mail as it was received, and what was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptMail {
    pub id: MailId,
    /// Of its bytes.
    pub sha256: Vec<u8>,
    /// It was too large, and what is kept of it is its beginning.
    pub cut: bool,
    pub standing: Standing,
    pub sender: Option<String>,
    pub subject: Option<String>,
    /// Whether it is by whom it says; none of a mail that was never looked into so far.
    pub verdict: Option<Verdict>,
    /// Whether it is by whom it says is asked once more at that time, because the DNS was silent.
    pub judged_again_at: Option<Timestamp>,
    pub source: SourceState,
}

/// What rests, as a person has not looked at a mail yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptRest {
    pub mail: MailId,
    pub rests: Rests,
    pub kind: RestKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rests {
    Request(RequestId),
    /// All requests to that authority: nothing says which of them the mail is about.
    RequestsTo(AuthorityId),
}

/// What a mail says on one recommendation of a request that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    pub mail: MailId,
    pub request: RequestId,
    /// None where the mail answers the whole request in one.
    pub text: Option<String>,
    pub position: Option<Position>,
}

/// A state that an address was in, or is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAddressState {
    /// In lower case.
    pub address: String,
    pub state: AddressState,
    pub since: Timestamp,
    /// None of the state that it is in.
    pub until: Option<Timestamp>,
}

/// What was made of a mail that says that a letter did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptDeliveryReport {
    pub mail: MailId,
    pub delivery: DeliveryId,
    pub standing: ReportStanding,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMailbox {
    pub name: String,
    /// It stands in the configuration.
    pub active: bool,
    /// When it was last read to its end.
    pub read_at: Option<Timestamp>,
}

/// A mail that is stored and whose mailbox does not say so yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingMark {
    pub mailbox: String,
    pub mark: String,
}

/// Mails that left a mailbox before they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLoss {
    pub mailbox: String,
    pub how_many: u64,
    /// None where no letter rests for them, or none does any more.
    pub rests_until: Option<Timestamp>,
    /// Where they were looked for and what was found, for people; empty before that.
    pub looked: String,
}

impl Reader {
    pub fn contents(&self) -> Contents<'_> {
        Contents { reader: self }
    }
}

impl Contents<'_> {
    fn all<T>(self, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        Ok(self.reader.prepare_cached(sql)?.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Letters with their deliveries, and those with their attempts.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn letters(self) -> Result<Vec<KeptLetter>> {
        self.reader.at_one_moment(|reader| {
            let contents = reader.contents();
            let mut attempts: HashMap<i64, Vec<KeptAttempt>> = HashMap::new();
            for (delivery, attempt) in contents.all(
                "SELECT a.delivery_id, a.started_at, a.finished_at, a.outcome, a.reply, a.finding, d.queue_id
                 FROM attempt a JOIN delivery d ON d.id = a.delivery_id ORDER BY a.id",
                |row| Ok((row.get(0)?, attempt(row)?)),
            )? {
                attempts.entry(delivery).or_default().push(attempt);
            }
            let mut deliveries: HashMap<i64, Vec<KeptDelivery>> = HashMap::new();
            for (letter, delivery) in
                contents.all("SELECT letter_id, id, recipient, contact_id, state FROM delivery ORDER BY id", |row| {
                    let id = row.get(1)?;
                    let attempts = attempts.remove(&id).unwrap_or_default();
                    let contact = row.get::<_, Option<i64>>(3)?.map(ContactId);
                    let state = deliveries::state(row, 4)?;
                    Ok((row.get(0)?, KeptDelivery { id: DeliveryId(id), recipient: row.get(2)?, contact, state, attempts }))
                })?
            {
                deliveries.entry(letter).or_default().push(delivery);
            }
            contents.all("SELECT id, role, request_id, message_id FROM letter ORDER BY id", |row| {
                let id = row.get(0)?;
                let request = row.get::<_, Option<i64>>(2)?.map(RequestId);
                let deliveries = deliveries.remove(&id).unwrap_or_default();
                Ok(KeptLetter { id: LetterId(id), role: row.get(1)?, request, message_id: row.get(3)?, deliveries })
            })
        })
    }

    /// Mails, whatever was made of them.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn mails(self) -> Result<Vec<KeptMail>> {
        let sql = "SELECT m.id, m.sha256, m.cut, m.standing, m.sender, m.subject, m.authenticity, j.at, m.source_state
            FROM mail m LEFT JOIN judged_again j ON j.mail_id = m.id ORDER BY m.id";
        self.all(sql, |row| {
            Ok(KeptMail {
                id: MailId(row.get(0)?),
                sha256: row.get(1)?,
                cut: row.get(2)?,
                standing: rows::word(row, 3, Standing::from_name)?,
                sender: row.get(4)?,
                subject: row.get(5)?,
                verdict: rows::optional_json::<Authenticity>(row, 6)?.map(|authenticity| authenticity.verdict),
                judged_again_at: rows::optional_timestamp(row, 7)?,
                source: rows::word(row, 8, SourceState::from_name)?,
            })
        })
    }

    /// What rests now.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn rests(self) -> Result<Vec<KeptRest>> {
        let sql = "SELECT mail_id, request_id, coalesce(request_id, authority_id), kind FROM rest WHERE until IS NULL ORDER BY id";
        self.all(sql, |row| {
            let is_of_request = row.get::<_, Option<i64>>(1)?.is_some();
            let rests = if is_of_request { Rests::Request(RequestId(row.get(2)?)) } else { Rests::RequestsTo(AuthorityId(row.get(2)?)) };
            Ok(KeptRest { mail: MailId(row.get(0)?), rests, kind: rows::word(row, 3, RestKind::from_name)? })
        })
    }

    /// What mails say on recommendations.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn answers(self) -> Result<Vec<KeptAnswer>> {
        self.all("SELECT mail_id, request_id, text, position FROM answer ORDER BY id", |row| {
            let position = rows::optional_word(row, 3, Position::from_name)?;
            Ok(KeptAnswer { mail: MailId(row.get(0)?), request: RequestId(row.get(1)?), text: row.get(2)?, position })
        })
    }

    /// The states of addresses that are on record, past ones too.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn address_states(self) -> Result<Vec<KeptAddressState>> {
        self.all("SELECT address, state, since, until FROM address_state ORDER BY id", |row| {
            Ok(KeptAddressState {
                address: row.get(0)?,
                state: rows::word(row, 1, AddressState::from_name)?,
                since: rows::timestamp(row, 2)?,
                until: rows::optional_timestamp(row, 3)?,
            })
        })
    }

    /// What was made of reports that letters did not arrive, in the order of the mails.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn delivery_reports(self) -> Result<Vec<KeptDeliveryReport>> {
        self.all("SELECT mail_id, delivery_id, standing FROM delivery_report ORDER BY mail_id, delivery_id", |row| {
            let standing = rows::word(row, 2, ReportStanding::from_name)?;
            Ok(KeptDeliveryReport { mail: MailId(row.get(0)?), delivery: DeliveryId(row.get(1)?), standing })
        })
    }

    /// The mailboxes that were ever configured, by name.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn mailboxes(self) -> Result<Vec<KeptMailbox>> {
        self.all("SELECT name, active, read_at FROM mailbox ORDER BY name", |row| {
            Ok(KeptMailbox { name: row.get(0)?, active: row.get(1)?, read_at: rows::optional_timestamp(row, 2)? })
        })
    }

    /// Mails that are stored and whose mailboxes do not say so yet, by mailbox; of mailboxes that are in the configuration no more as well.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn pending_flags(self) -> Result<Vec<PendingMark>> {
        self.all("SELECT mailbox, mark FROM pending_mark ORDER BY mailbox, mark", |row| {
            Ok(PendingMark { mailbox: row.get(0)?, mark: row.get(1)? })
        })
    }

    /// Mails that left mailboxes before they were read.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn losses(self) -> Result<Vec<KeptLoss>> {
        self.all("SELECT mailbox, how_many, rests_until, looked FROM vanished ORDER BY noticed_at, mailbox", |row| {
            Ok(KeptLoss {
                mailbox: row.get(0)?,
                how_many: row.get::<_, i64>(1)?.unsigned_abs(),
                rests_until: rows::optional_timestamp(row, 2)?,
                looked: row.get(3)?,
            })
        })
    }

    /// The whole record: each event with its number.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn events(self) -> Result<Vec<(i64, RecordedEvent)>> {
        self.all(&format!("{} ORDER BY id", events::RECORDED), |row| Ok((row.get(9)?, events::read(row)?)))
    }
}

/// From the second column on.
fn attempt(row: &Row<'_>) -> rusqlite::Result<KeptAttempt> {
    let said: String = row.get::<_, Option<_>>(4)?.unwrap_or_default();
    let (finding, queue_id) = (rows::optional_json(row, 5)?, row.get::<_, Option<String>>(6)?);
    Ok(KeptAttempt {
        started_at: rows::timestamp(row, 1)?,
        finished_at: rows::optional_timestamp(row, 2)?,
        outcome: rows::optional_word(row, 3, |name| DeliveryOutcome::recorded(name, &said, finding, queue_id.as_deref()))?,
    })
}
