//! Full text over everything sent and received, without regard to accents (FTS5, unicode61).

use super::{Reader, Result, Transaction, kept, rows};
use crate::domain::identity::{LetterId, MailId};
use crate::domain::letter_life::LetterLife;
use crate::mail::Understood;
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

/// A letter or mail that holds all the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letter: Option<i64>,
    /// Of a letter that was not released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub life: Option<LetterLife>,
    pub at: Timestamp,
    /// Sender of a mail, recipients of a letter.
    pub people: String,
    pub subject: String,
    pub requests: Vec<String>,
}

/// Bytes. More text than this of one mail is not indexed: 24 MB of distinct words took 624 MB of memory and 23 seconds.
const MOST_TEXT: usize = 1 << 20;

pub(super) fn index_letter(tx: &Transaction<'_>, letter: LetterId, subject: &str, people: &str, text: &str) -> Result<()> {
    put(tx, letter.0 * 2 + 1, subject, people, text)
}

/// What is found of a mail.
pub(crate) struct MailWords {
    mail: MailId,
    subject: String,
    people: String,
    body: String,
}

impl MailWords {
    /// Only the preferred form of the body is indexed, and the text of attachments and enclosed mails.
    pub(crate) fn of(mail: MailId, understood: &Understood) -> MailWords {
        let has_text = understood.text.iter().any(|text| !text.trim().is_empty());
        let mut body = String::new();
        let own = if has_text { understood.text.as_slice() } else { std::slice::from_ref(&understood.reply) };
        let of_enclosed = understood.enclosed.iter().flat_map(|enclosed| enclosed.subject.iter().chain([&enclosed.text]));
        let enclosed = understood.enclosed.iter().flat_map(|enclosed| &enclosed.attachments);
        let attached = understood.attachments.iter().chain(enclosed);
        let of_attached = attached.flat_map(|attachment| attachment.name.iter().chain(&attachment.text));
        own.iter().chain(of_attached).chain(of_enclosed).for_each(|text| push(&mut body, text));
        let (mut people, mut subject) = (String::new(), String::new());
        understood.from.iter().flat_map(|from| from.name.iter().chain(&from.address)).for_each(|name| push(&mut people, name));
        understood.subject.iter().for_each(|text| push(&mut subject, text));
        MailWords { mail, subject, people, body }
    }

    /// Nothing of what a source wrote is found.
    pub(crate) fn index(&self, tx: &Transaction<'_>) -> Result<()> {
        if kept::source_state(tx, self.mail)?.is_hidden() {
            return Ok(());
        }
        put(tx, self.mail.0 * 2, &self.subject, &self.people, &self.body)
    }
}

pub(crate) fn forget_mail(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    tx.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([mail.0 * 2])?;
    Ok(())
}

/// Adds as much of `text` as there is room for, whole characters, in a line of its own.
fn push(to: &mut String, text: &str) {
    let room = MOST_TEXT.saturating_sub(to.len() + 1);
    let end = text.floor_char_boundary(room);
    if end == 0 {
        return;
    }
    if !to.is_empty() {
        to.push('\n');
    }
    to.push_str(text.get(..end).unwrap_or_default());
}

fn put(tx: &Transaction<'_>, rowid: i64, subject: &str, people: &str, body: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([rowid])?;
    tx.prepare_cached("INSERT INTO words (rowid, subject, people, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![rowid, subject, people, body])?;
    Ok(())
}

impl Reader {
    /// At most `limit` mails and letters that hold all of `words`, best first. Each word is taken as it is; nothing in it is an operator.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn search(&self, words: &[String], limit: usize) -> Result<Vec<Hit>> {
        let quoted: Vec<String> =
            words.iter().flat_map(|word| word.split_whitespace()).map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
        if quoted.is_empty() {
            return Ok(vec![]);
        }
        let mut statement = self.db.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rank LIMIT ?2")?;
        let found: Vec<i64> =
            statement.query_map(params![quoted.join(" "), limit as i64], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        found.into_iter().map(|rowid| if rowid % 2 == 0 { self.mail_hit(rowid / 2) } else { self.letter_hit(rowid / 2) }).collect()
    }

    fn mail_hit(&self, mail: i64) -> Result<Hit> {
        let requests = self
            .db
            .prepare_cached("SELECT r.reference FROM mail_link l JOIN request r ON r.id = l.request_id WHERE l.mail_id = ?1 ORDER BY r.id")?
            .query_map([mail], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(self.db.prepare_cached("SELECT received_at, coalesce(sender, ''), coalesce(subject, '') FROM mail WHERE id = ?1")?.query_row(
            [mail],
            |row| {
                Ok(Hit {
                    mail: Some(mail),
                    letter: None,
                    life: None,
                    at: rows::timestamp(row, 0)?,
                    people: row.get(1)?,
                    subject: row.get(2)?,
                    requests,
                })
            },
        )?)
    }

    fn letter_hit(&self, letter: i64) -> Result<Hit> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT l.written_at, l.subject, r.reference, coalesce((SELECT group_concat(recipient, ', ') FROM delivery WHERE letter_id = l.id),
                    (SELECT group_concat(address, ', ') FROM letter_recipient WHERE letter_id = l.id)), l.life
                 FROM letter l LEFT JOIN request r ON r.id = l.request_id WHERE l.id = ?1",
            )?
            .query_row([letter], |row| {
                Ok(Hit {
                    mail: None,
                    letter: Some(letter),
                    life: Some(rows::word(row, 4, LetterLife::from_name)?).filter(|life| *life != LetterLife::Released),
                    at: rows::timestamp(row, 0)?,
                    subject: row.get(1)?,
                    requests: row.get::<_, Option<String>>(2)?.into_iter().collect(),
                    people: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                })
            })?)
    }
}
