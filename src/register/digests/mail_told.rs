//! How much of a mail a digest tells (`domain::telling::quoted`).

use super::super::authors::AuthorBehind;
use super::super::mail_views::MailView;
use super::super::steps_offered::Words;
use super::super::{Reader, Result};
use crate::digest::{Authorship, PassedOn, PassedOnFrom, Unopened};
use crate::domain::identity::MailId;
use crate::domain::telling::{MOST_LINES, Quoted};
use crate::domain::trust::{Proof as SenderProof, Writer};
use crate::mail::Understood;
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

/// What is told of mails that were linked, as far as it was looked up: several members of staff are told of one mail.
pub(super) struct LookedUp<'r> {
    reader: &'r Reader,
    mails: HashMap<i64, MailTold>,
}

impl<'r> LookedUp<'r> {
    pub(super) fn nothing_yet(reader: &'r Reader) -> LookedUp<'r> {
        LookedUp { reader, mails: HashMap::new() }
    }

    pub(super) fn look_up(&mut self, mails: impl Iterator<Item = i64>) -> Result<()> {
        let mut unknown: Vec<i64> = mails.filter(|mail| !self.mails.contains_key(mail)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        let understood = self.reader.understood_of(&unknown)?;
        for view in self.reader.mail_views_of(&unknown.into_iter().map(MailId).collect::<Vec<_>>())? {
            let understood = understood.get(&view.id).and_then(|(_, understood)| understood.as_ref());
            let told = tell(&view, &self.reader.words_of(&view, understood)?, understood.map(unopened).unwrap_or_default());
            self.mails.insert(view.id, told);
        }
        Ok(())
    }

    pub(super) fn get(&self, mail: i64) -> Option<&MailTold> {
        self.mails.get(&mail)
    }
}

/// Of what somebody in no directory wrote, only that it is there; also if a colleague or a list has passed it on, and of what is not from whom it
/// says.
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

/// The attachments that were not opened, or not wholly.
pub(super) fn unopened(understood: &Understood) -> Vec<Unopened> {
    let enclosed = understood.enclosed.iter().flat_map(|enclosed| &enclosed.attachments);
    let attached = understood.attachments.iter().chain(enclosed);
    let found = attached.filter_map(|one| Some(Unopened { name: one.name.clone().unwrap_or_default(), why: one.warning.clone()? }));
    found.take(MOST_LINES).collect()
}
