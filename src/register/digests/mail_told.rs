//! How much of a mail a digest tells (`domain::telling::quoted`).

use super::super::clues::AuthorBehind;
use super::super::mail_views::MailView;
use super::super::steps::Words;
use super::super::{Reader, Result, rows};
use super::MOST_LINES;
use crate::digest::{Authorship, PassedOn, PassedOnFrom, Unopened};
use crate::domain::telling::Quoted;
use crate::domain::trust::{Proof as SenderProof, Writer};
use jiff::Timestamp;
use std::collections::HashMap;

/// What a digest may tell of a mail.
#[derive(Debug, Clone)]
pub(super) struct MailTold {
    pub(super) received: Timestamp,
    pub(super) from: String,
    pub(super) subject: String,
    pub(super) writer: Option<Authorship>,
    pub(super) passed_on: Option<PassedOn>,
    pub(super) unopened: Vec<Unopened>,
}

/// Of what somebody in no directory wrote, only that it is there; also if a colleague or a list has passed it on, and of what is not from whom it says.
pub(super) fn tell(view: &MailView, words: &Words, unopened: Vec<Unopened>) -> MailTold {
    let quoted = words.quoted(view);
    let nothing = MailTold {
        received: view.received_at,
        from: String::new(),
        subject: String::new(),
        writer: None,
        passed_on: None,
        unopened: vec![],
    };
    let from = |author: &AuthorBehind| PassedOnFrom { from: author.written.clone(), authorities: author.authorities.clone() };
    let passed_on = words.passed_on.as_ref().map(|mail| PassedOn {
        by: mail.by,
        authors: if quoted == Quoted::Whole { mail.authors.iter().map(from).collect() } else { vec![] },
    });
    match quoted {
        Quoted::Note => MailTold { from: "demarche".into(), subject: view.subject.clone().unwrap_or_default(), ..nothing },
        Quoted::PresenceOfSource => {
            MailTold { writer: Some(Authorship { writer: Writer::Stranger, proof: SenderProof::NotProven }), ..nothing }
        }
        Quoted::Presence => MailTold { writer: words.authorship, passed_on, ..nothing },
        Quoted::Whole => MailTold {
            from: view.from.clone().unwrap_or_default(),
            subject: view.subject.clone().unwrap_or_default(),
            writer: words.authorship,
            passed_on,
            unopened,
            ..nothing
        },
    }
}

/// By mail, the attachments that were not opened, or not wholly. `wanted`: JSON of mails' numbers.
pub(super) fn unopened(reader: &Reader, mails: &[i64]) -> Result<HashMap<i64, Vec<Unopened>>> {
    let mut statement = reader.db.prepare_cached(
        "WITH wanted AS (SELECT m.id, m.understood FROM json_each(?1) w CROSS JOIN mail m ON m.id = w.value),
            attached (mail, place, position, file) AS (
                SELECT m.id, '$', a.key, a.value FROM wanted m, json_each(m.understood, '$.attachments') a
                UNION ALL SELECT m.id, e.fullkey, a.key, a.value
                FROM wanted m, json_each(m.understood, '$.enclosed') e, json_each(e.value, '$.attachments') a)
         SELECT mail, coalesce(json_extract(file, '$.name'), ''), json_extract(file, '$.warning') FROM attached
         WHERE json_extract(file, '$.warning') IS NOT NULL ORDER BY mail, place, position",
    )?;
    let mut found = statement.query([rows::to_json(&mails)?])?;
    let mut unopened: HashMap<i64, Vec<Unopened>> = HashMap::new();
    while let Some(row) = found.next()? {
        let of_mail = unopened.entry(row.get(0)?).or_default();
        if of_mail.len() < MOST_LINES {
            of_mail.push(Unopened { name: row.get(1)?, why: row.get(2)? });
        }
    }
    Ok(unopened)
}
