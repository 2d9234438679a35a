//! Letters to authorities as lists and `letters show` tell of them, each with what became of it. Many are read as cheaply as one, with a question
//! for each table and not for each letter.

use super::deliveries::LAST_SAID;
use super::new_letter::Recipient;
use super::{Reader, Result, drafts, rows};
use crate::domain::confidentiality::{self, Confidentiality};
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::letter_life::LetterLife;
use crate::domain::refusal::{LetterRefusal, Refusal};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Params, Row};
use serde::Serialize;
use std::collections::HashMap;

/// A letter of a request, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LetterView {
    pub id: i64,
    #[serde(rename = "kind")]
    pub role: LetterRole,
    /// Of the request that it is about.
    pub reference: String,
    pub authority: String,
    pub step: Option<String>,
    pub level: Option<String>,
    pub message_id: String,
    pub subject: String,
    pub written_at: Timestamp,
    pub life: LetterLife,
    /// Of what was a draft: the last day on which it could be released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_by: Option<Date>,
    #[serde(flatten)]
    pub confidentiality: Confidentiality,
    pub deliveries: Vec<DeliveryView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    pub recipient: String,
    pub copy: bool,
    pub state: String,
    pub attempts: u32,
    pub accepted_at: Option<Timestamp>,
    pub next_attempt_at: Option<Timestamp>,
    pub reply: Option<String>,
    pub queue_id: Option<String>,
}

const LETTERS: &str =
    "SELECT l.id, l.role, q.reference, a.name, l.step, l.level, l.message_id, l.subject, l.written_at, l.life, l.release_by
    FROM letter l JOIN request q ON q.id = l.request_id JOIN authority a ON a.id = q.authority_id";

fn read(row: &Row<'_>) -> rusqlite::Result<LetterView> {
    let role: LetterRole = row.get(1)?;
    Ok(LetterView {
        id: row.get(0)?,
        confidentiality: confidentiality::of_letter(role, false),
        role,
        reference: row.get(2)?,
        authority: row.get(3)?,
        step: row.get(4)?,
        level: row.get(5)?,
        message_id: row.get(6)?,
        subject: row.get(7)?,
        written_at: rows::timestamp(row, 8)?,
        life: rows::word(row, 9, LetterLife::from_name)?,
        release_by: rows::optional_day(row, 10)?,
        deliveries: vec![],
    })
}

impl Reader {
    /// The letters of a request, oldest first.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn letters_of(&self, request: RequestId) -> Result<Vec<LetterView>> {
        self.letters_where("l.request_id = ?1", [request.0])
    }

    /// All letters to authorities, oldest first; with `drafts`, those that wait for a person to release them.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn letter_views(&self, drafts: bool) -> Result<Vec<LetterView>> {
        if drafts {
            self.letters_where("l.id IN (SELECT number FROM obligation WHERE kind = 'release' AND due IS NOT NULL)", [])
        } else {
            self.letters_where("l.request_id IS NOT NULL", [])
        }
    }

    /// One letter to an authority.
    ///
    /// # Errors
    ///
    /// Refused: there is none of this number. Also where the register cannot be read.
    pub fn letter_view(&self, letter: LetterId) -> Result<LetterView> {
        let found = self.letters_where("l.id = ?1", [letter.0])?.pop();
        found.ok_or_else(|| Refusal::Letter { letter, why: LetterRefusal::Unknown }.into())
    }

    fn letters_where(&self, condition: &str, which: impl Params) -> Result<Vec<LetterView>> {
        let mut statement = self.db.prepare_cached(&format!("{LETTERS} WHERE {condition} ORDER BY l.id"))?;
        let mut letters: Vec<LetterView> = statement.query_map(which, read)?.collect::<rusqlite::Result<_>>()?;
        let of = |released: bool| {
            let such = letters.iter().filter(move |letter| (letter.life == LetterLife::Released) == released);
            such.map(|letter| LetterId(letter.id)).collect::<Vec<_>>()
        };
        let (mut delivered, mut recipients) = (self.deliveries_of(&of(true))?, drafts::recipients_of(self, &of(false))?);
        for letter in &mut letters {
            let id = LetterId(letter.id);
            letter.deliveries = match letter.life {
                LetterLife::Released => delivered.remove(&id).unwrap_or_default(),
                LetterLife::Draft | LetterLife::Withdrawn => not_delivered(letter, recipients.remove(&id).unwrap_or_default()),
            };
            let has_left = letter.deliveries.iter().any(|delivery| delivery.accepted_at.is_some());
            letter.confidentiality = confidentiality::of_letter(letter.role, has_left);
        }
        Ok(letters)
    }

    /// By letter: to whom it goes or went.
    fn deliveries_of(&self, letters: &[LetterId]) -> Result<HashMap<LetterId, Vec<DeliveryView>>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT d.recipient, d.is_copy, d.state, d.attempts, d.accepted_at, o.due, {LAST_SAID}, d.queue_id, d.letter_id
                 FROM json_each(?1) w CROSS JOIN delivery d ON d.letter_id = w.value
                    LEFT JOIN obligation o ON o.kind = 'attempt' AND o.number = d.id ORDER BY w.key, d.id"
        ))?;
        let mut found = statement.query([rows::to_json(&letters)?])?;
        let mut deliveries: HashMap<LetterId, Vec<DeliveryView>> = HashMap::new();
        while let Some(row) = found.next()? {
            deliveries.entry(LetterId(row.get(8)?)).or_default().push(DeliveryView {
                recipient: row.get(0)?,
                copy: row.get(1)?,
                state: row.get(2)?,
                attempts: row.get(3)?,
                accepted_at: rows::optional_timestamp(row, 4)?,
                next_attempt_at: rows::optional_timestamp(row, 5)?,
                reply: row.get(6)?,
                queue_id: row.get(7)?,
            });
        }
        Ok(deliveries)
    }
}

/// To whom a letter goes that is not released: nothing was tried, and nothing is.
fn not_delivered(letter: &LetterView, recipients: Vec<Recipient>) -> Vec<DeliveryView> {
    let as_view = |recipient: Recipient| DeliveryView {
        recipient: recipient.address,
        copy: recipient.is_copy,
        state: letter.life.name().to_owned(),
        attempts: 0,
        accepted_at: None,
        next_attempt_at: None,
        reply: None,
        queue_id: None,
    };
    recipients.into_iter().map(as_view).collect()
}
