//! Correspondence begun by hand is adopted, with what is known of the letter, so that replies find home.

use super::ImportReport;
use crate::domain::asking::{Adoption, adoption, basis_of_adopted};
use crate::domain::event::{Actor, Happened};
use crate::domain::recommendation::Recommendation;
use crate::domain::refusal::{Refusal, RowRefusal};
use crate::domain::rules::{ORDINARY, start_of_day};
use crate::outgoing::planning;
use crate::register::events::Event;
use crate::register::requests::{self, BegunByHand, NewRequest};
use crate::register::{Reader, Register, RegisterError, Result, Transaction, directory, ownership, recommendations, restored};
use jiff::Timestamp;
use jiff::civil::Date;

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

impl Register {
    /// Takes over correspondence under way. A reference known with the same authority and dates is unchanged.
    ///
    /// # Errors
    ///
    /// Refused: a row that the register contradicts, that names what nobody knows, or whose address tells no letter from another; all while the
    /// register is behind the world.
    pub fn adopt_requests(&mut self, adopted: &[AdoptedRow], actor: &Actor, now: Timestamp, dry_run: bool) -> Result<ImportReport> {
        let secret = self.secret();
        self.write_or_try(dry_run, |tx| {
            restored::refuse_behind(tx)?;
            let mut report = ImportReport::default();
            for row in adopted {
                match tx.adoption(row)? {
                    Adoption::Done => report.unchanged += 1,
                    Adoption::New => {
                        adopt(tx, row, actor, now)?;
                        report.added += 1;
                    }
                    Adoption::Contradicted => return Err(refused(row, RowRefusal::KnownOtherwise)),
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
    /// Whether a row of correspondence begun by hand can be imported.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn adoption(&self, row: &AdoptedRow) -> Result<Adoption> {
        let known = requests::find(self, &row.reference)?.map(|id| requests::load(self, id)).transpose()?;
        Ok(adoption(known.as_ref(), directory::find(self, &row.authority)?, row.sent_on, row.deadline))
    }
}

fn adopt(tx: &Transaction<'_>, row: &AdoptedRow, actor: &Actor, now: Timestamp) -> Result<()> {
    let authority =
        directory::find(tx, &row.authority)?.ok_or_else(|| refused(row, RowRefusal::NoSuchAuthority { name: row.authority.clone() }))?;
    let authority = directory::load(tx, authority)?;
    let basis = basis_of_adopted(row.sent_on, row.deadline)
        .ok_or_else(|| refused(row, RowRefusal::DeadlineBeforeSending { deadline: row.deadline, sent_on: row.sent_on }))?;
    let asked: Vec<Recommendation> = row
        .recommendations
        .iter()
        .map(|reference| {
            recommendations::by_reference(tx, reference)?
                .ok_or_else(|| refused(row, RowRefusal::NoSuchRecommendation { reference: reference.clone() }))
        })
        .collect::<Result<_>>()?;
    let joint = requests::add_joint(tx, &row.reference)?;
    let request = NewRequest {
        reference: &row.reference,
        joint,
        authority: authority.id,
        unit: "",
        urgency: asked.first().map_or(ORDINARY, |recommendation| recommendation.urgency.as_str()),
        opened_at: now,
        basis: &basis,
        deadline: row.deadline,
        drafted: false,
        begun_by_hand: Some(BegunByHand {
            // At an hour nobody wrote down: the start of that day, so that no reply of the same day is older than the letter.
            sent_at: start_of_day(row.sent_on, &tx.rules().time_zone_of(&authority)),
            subject: row.subject.as_deref(),
        }),
        next_due: None,
    };
    let id = requests::add(tx, &request)?;
    requests::ask_about(tx, id, authority.id, None, &asked)?;
    if let Some(message_id) = &row.message_id {
        requests::note_message_id(tx, id, message_id)?;
    }
    if let Some(address) = &row.reply_address {
        if tx.rules().receives_all_at(address) {
            return Err(refused(row, RowRefusal::SharedReplyAddress { address: address.clone() }));
        }
        requests::note_reply_address(tx, id, address)?;
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

fn refused(row: &AdoptedRow, why: RowRefusal) -> RegisterError {
    Refusal::Row { row: row.reference.clone(), why }.into()
}
