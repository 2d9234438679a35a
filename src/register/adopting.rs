//! Correspondence begun by hand is adopted, with what is known of the letter, so that replies find home.

use super::Transaction;
use super::events::Event;
use super::recommendations::by_reference;
use super::requests::{ask_about, find, load};
use super::{ImportReport, Reader, Register, RegisterError, Result, directory, ownership, planning, restored, rows};
use crate::domain::calendar::{Calendar, DeadlineBasis, StartEvent, Term, Unit, days_between};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::RequestId;
use crate::domain::recommendation::Recommendation;
use crate::domain::refusal::{Refusal, RowRefusal};
use crate::domain::rules::{ORDINARY, start_of_day};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

/// Correspondence begun by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedRow {
    pub reference: String,
    /// Name or alias.
    pub authority: String,
    pub recipient: Option<String>,
    pub subject: Option<String>,
    pub sent_on: Date,
    pub deadline: Date,
    /// Without angle brackets.
    pub message_id: Option<String>,
    pub reply_address: Option<String>,
    pub recommendations: Vec<String>,
}

/// What a row of correspondence begun by hand means to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adoption {
    New,
    /// The register has it already, as the row says.
    Done,
    /// The register has a request of this reference to another authority or with other dates.
    Contradicted,
}

impl Register {
    /// Takes over correspondence under way. A reference known with the same authority and dates is unchanged.
    pub fn adopt_requests(&mut self, adopted: &[AdoptedRow], actor: &Actor, now: Timestamp, dry_run: bool) -> Result<ImportReport> {
        let secret = self.secret();
        self.write_or_try(dry_run, |tx| {
            restored::refuse_behind(tx)?;
            let mut report = ImportReport::default();
            for row in adopted {
                match adoption(tx, row)? {
                    Adoption::Done => report.unchanged += 1,
                    Adoption::New => {
                        adopt(tx, row, actor, now)?;
                        report.added += 1;
                    }
                    Adoption::Contradicted => {
                        return Err(refused(row, RowRefusal::KnownOtherwise));
                    }
                }
            }
            if !dry_run && report.added > 0 {
                ownership::bind(tx, secret.as_ref())?;
            }
            Ok(report)
        })
    }
}

impl Reader {
    /// Whether a row of correspondence begun by hand can be taken in.
    pub fn adoption(&self, row: &AdoptedRow) -> Result<Adoption> {
        adoption(self, row)
    }
}

fn adoption(db: &Reader, row: &AdoptedRow) -> Result<Adoption> {
    let Some(id) = find(db, &row.reference)? else { return Ok(Adoption::New) };
    let known = load(db, id)?;
    let authority = directory::find(db, &row.authority)?;
    let same = authority == Some(known.authority)
        && known.basis.start == row.sent_on
        && known.basis.term.end(known.basis.start, &Calendar::plain("")) == row.deadline;
    Ok(if same { Adoption::Done } else { Adoption::Contradicted })
}

fn refused(row: &AdoptedRow, why: RowRefusal) -> RegisterError {
    Refusal::Row { row: row.reference.clone(), why }.into()
}

fn adopt(tx: &Transaction<'_>, row: &AdoptedRow, actor: &Actor, now: Timestamp) -> Result<()> {
    let authority =
        directory::find(tx, &row.authority)?.ok_or_else(|| refused(row, RowRefusal::NoSuchAuthority { name: row.authority.clone() }))?;
    let authority = directory::load(tx, authority)?;
    let length = u32::try_from(days_between(row.sent_on, row.deadline))
        .map_err(|_| refused(row, RowRefusal::DeadlineBeforeSending { deadline: row.deadline, sent_on: row.sent_on }))?;
    let basis = DeadlineBasis {
        start: row.sent_on,
        start_event: StartEvent::Sending,
        term: Term { length, unit: Unit::Days, end_on_working_day: false },
        stated: Some(row.deadline),
        pauses: vec![],
        extensions: vec![],
    };
    let zone = tx.rules().time_zone_of(&authority);
    // Sent by hand at an hour nobody wrote down: the start of that day, so that no reply of the same day is older than the letter.
    let sent_at = start_of_day(row.sent_on, &zone);
    let asked: Vec<Recommendation> = row
        .recommendations
        .iter()
        .map(|reference| {
            by_reference(tx, reference)?.ok_or_else(|| refused(row, RowRefusal::NoSuchRecommendation { reference: reference.clone() }))
        })
        .collect::<Result<_>>()?;
    tx.execute("INSERT INTO joint_request (matter) VALUES (?1)", [&row.reference])?;
    let urgency = asked.first().map_or(ORDINARY, |recommendation| recommendation.urgency.as_str());
    tx.execute(
        "INSERT INTO request (reference, joint_id, authority_id, office, urgency, opened_at, basis, deadline, paused, sent_at, adopted, subject)
         VALUES (?1, ?2, ?3, '', ?4, ?5, ?6, ?7, 0, ?8, 1, ?9)",
        params![
            row.reference,
            tx.last_insert_rowid(),
            authority.id.0,
            urgency,
            now.as_second(),
            rows::to_json(&basis)?,
            row.deadline.to_string(),
            sent_at.as_second(),
            row.subject
        ],
    )?;
    let id = RequestId(tx.last_insert_rowid());
    ask_about(tx, id, authority.id, None, &asked)?;
    if let Some(message_id) = &row.message_id {
        tx.execute("INSERT OR IGNORE INTO own_message_id (message_id, request_id) VALUES (?1, ?2)", params![message_id, id.0])?;
    }
    if let Some(address) = &row.reply_address {
        if tx.rules().receives_all_at(address) {
            return Err(refused(row, RowRefusal::SharedReplyAddress { address: address.clone() }));
        }
        tx.execute("INSERT OR IGNORE INTO adopted_address (address, request_id) VALUES (?1, ?2)", params![address.to_lowercase(), id.0])?;
    }
    let adopted = Happened::RequestAdopted {
        reference: row.reference.clone(),
        sent_on: row.sent_on.to_string(),
        recipient: row.recipient.clone(),
        subject: row.subject.clone(),
    };
    Event::new(now, adopted, actor).request(id).authority(authority.id).append(tx)?;
    planning::replan(tx, id, now)
}
