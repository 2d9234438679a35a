//! What people are told of mails that wait: whose words each holds, what it may be about, and what can be done. Digests and `mail show` ask here, and
//! what is offered is `domain::steps`'s.

use super::authors::PassedOn;
use super::mail_views::MailView;
use super::{Reader, Result, rows};
use crate::digest::{Authorship, Candidate};
use crate::domain::identity::{AuthorityId, MailId};
use crate::domain::kind::KindFacts;
use crate::domain::reply::Effect;
use crate::domain::steps::{Author, Step, WaitingMailFacts, steps};
use crate::domain::telling::{Quoted, quoted};
use crate::domain::trust::Writer;
use crate::mail::Understood;
use crate::mail::understood::Kind;
use std::collections::HashMap;

/// Who wrote a mail, and who wrote what it passes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// Of what a colleague or a list passes on, a stranger's, if they may be.
    pub(super) authorship: Option<Authorship>,
    pub(super) passed_on: Option<PassedOn>,
}

impl Words {
    pub(super) fn quoted(&self, view: &MailView) -> Quoted {
        quoted(view.note.is_some(), view.is_source, self.authorship.is_some_and(Authorship::is_unquoted))
    }
}

/// What is known of a mail that waits.
#[derive(Debug, Clone)]
pub(super) struct WaitingFor {
    pub(super) words: Words,
    /// The requests that it may be about, with their authorities: those to which it is linked and waits, those that are suggested, and those that
    /// rest for it.
    pub(super) candidates: Vec<(AuthorityId, Candidate)>,
    waits: WaitingMailFacts,
}

impl WaitingFor {
    /// The steps that are offered. `read_by`: by which name whoever asks may read what sources confide.
    pub(super) fn steps(&self, read_by: Option<&str>) -> Vec<Step> {
        match &self.waits.from {
            Author::PerhapsSource { .. } => {
                steps(&WaitingMailFacts { from: Author::PerhapsSource { read_by: read_by.map(str::to_owned) }, ..self.waits.clone() })
            }
            _ => steps(&self.waits),
        }
    }
}

/// What a mail is and what was understood of it, once it is.
pub(super) type Read = (Option<Kind>, Option<Understood>);

impl Reader {
    /// The steps that are offered about a mail; none where it waits for nobody. `read_by`: by which name its reader may read what sources confide.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn steps(&self, view: &MailView, read_by: Option<&str>) -> Result<Vec<Step>> {
        if !view.waits_for_a_person() {
            return Ok(vec![]);
        }
        let understood = self.understood_of(&[view.id])?;
        let known = self.waiting_for(std::slice::from_ref(view), &understood)?.pop();
        Ok(known.map(|known| known.steps(read_by)).unwrap_or_default())
    }

    /// What is known of mails that wait, in their order. `understood`: of each, as [`Self::understood_of`] gives it.
    pub(super) fn waiting_for(&self, views: &[MailView], understood: &HashMap<i64, Read>) -> Result<Vec<WaitingFor>> {
        let wanted = rows::to_json(&views.iter().map(|view| view.id).collect::<Vec<_>>())?;
        let mut resting = self.candidates_resting_for(&wanted)?;
        let nothing = Understood::default();
        let known = |view: &MailView| -> Result<WaitingFor> {
            let (kind, understood) = understood.get(&view.id).map_or((None, None), |(kind, understood)| (*kind, understood.as_ref()));
            let words = self.words_of(view, understood)?;
            let candidates = candidates(view, resting.remove(&view.id).unwrap_or_default());
            let from = match words.quoted(view) {
                Quoted::Note => Author::Demarche,
                Quoted::PresenceOfSource => Author::PerhapsSource { read_by: None },
                Quoted::Presence => Author::Unknown,
                Quoted::Whole => Author::Known,
            };
            let linked = |waiting: bool| view.links.iter().filter(move |link| (link.effect == Effect::Waiting) == waiting);
            let waits = WaitingMailFacts {
                mail: MailId(view.id),
                from,
                by_link: KindFacts { kind: kind.unwrap_or(Kind::Unreadable), ..understood.unwrap_or(&nothing).kind_facts() }
                    .linked_by_a_person(),
                candidates: candidates.iter().map(|(_, candidate)| candidate.reference.clone()).collect(),
                linked: linked(true).map(|link| link.reference.clone()).collect(),
                does: linked(false).next().map(|link| link.effect),
                claims: view.claims,
                only_claims: view.only_claims(),
            };
            Ok(WaitingFor { words, candidates, waits })
        };
        views.iter().map(known).collect()
    }

    /// Whose words a mail holds. Of what somebody in no directory wrote, and a colleague or a list has passed on, nobody knows whose they are.
    pub(super) fn words_of(&self, view: &MailView, understood: Option<&Understood>) -> Result<Words> {
        let known = view.writer.zip(understood);
        let passed_on = known.map_or(Ok(None), |(writer, understood)| self.passed_on_in(understood, view.received_at, writer))?;
        let may_be_strangers = passed_on.as_ref().is_some_and(PassedOn::may_be_by_a_stranger);
        let writer = if may_be_strangers { Some(Writer::Stranger) } else { view.writer };
        let authorship = writer.zip(view.proof).map(|(writer, proof)| Authorship { writer, proof });
        Ok(Words { authorship, passed_on })
    }

    /// By mail, the requests of which it is known that they rest for it. `wanted`: JSON of mails' numbers.
    fn candidates_resting_for(&self, wanted: &str) -> Result<HashMap<i64, Vec<(AuthorityId, Candidate)>>> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT x.mail_id, r.id, r.reference, a.id, a.name
             FROM json_each(?1) w CROSS JOIN rest x ON x.mail_id = w.value AND x.until IS NULL
                JOIN request r ON r.id = x.request_id JOIN authority a ON a.id = r.authority_id ORDER BY x.mail_id, r.id",
        )?;
        let mut found = statement.query([wanted])?;
        let mut resting: HashMap<i64, Vec<(AuthorityId, Candidate)>> = HashMap::new();
        while let Some(row) = found.next()? {
            let candidate = Candidate { reference: row.get(2)?, authority: row.get(4)?, evidence: vec![] };
            resting.entry(row.get(0)?).or_default().push((AuthorityId(row.get(3)?), candidate));
        }
        Ok(resting)
    }

    /// By mail, what it is and what was understood of it.
    pub(super) fn understood_of(&self, mails: &[i64]) -> Result<HashMap<i64, Read>> {
        let mut statement =
            self.db.prepare_cached("SELECT m.id, m.kind, m.understood FROM json_each(?1) w CROSS JOIN mail m ON m.id = w.value")?;
        let found = statement.query_map([rows::to_json(&mails)?], |row| {
            let kind = rows::optional_word(row, 1, Kind::from_name)?;
            Ok((row.get(0)?, (kind, rows::optional_json(row, 2)?)))
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}

fn candidates(view: &MailView, resting: Vec<(AuthorityId, Candidate)>) -> Vec<(AuthorityId, Candidate)> {
    let mut candidates = view.candidates.clone();
    // Of a mail whose links were undone, nothing else says for what it rests.
    for (authority, candidate) in resting {
        if candidates.iter().all(|(_, known)| known.reference != candidate.reference) {
            candidates.push((authority, candidate));
        }
    }
    candidates
}
