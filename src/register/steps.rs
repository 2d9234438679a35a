//! What people are told of a mail that waits: whose words it holds, what it may be about, and what can be done. Digests and `mail show` ask here, and
//! what is offered is `domain::steps`'s.

use super::authors::PassedOn;
use super::views::MailView;
use super::{Reader, Result, directory, requests};
use crate::digest::{Authorship, Candidate, Proof};
use crate::domain::identity::{AuthorityId, MailId};
use crate::domain::linking::Evidence;
use crate::domain::reply::Effect;
use crate::domain::steps::{Author, Step, Waits, steps};
use crate::domain::trust::Writer;
use rusqlite::OptionalExtension;

/// Who wrote a mail, and who wrote what it passes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// Of what a colleague or a list passes on, a stranger's, if they may be.
    pub(super) authorship: Option<Authorship>,
    pub(super) passed_on: Option<PassedOn>,
}

impl Reader {
    /// The steps that are offered about a mail; none where it waits for nobody. `read_by`: by which name its reader may read what sources confide.
    pub fn steps(&self, view: &MailView, read_by: Option<&str>) -> Result<Vec<Step>> {
        if !view.waits_for_a_person() {
            return Ok(vec![]);
        }
        let mail = MailId(view.id);
        let from = match () {
            () if view.note.is_some() => Author::Demarche,
            () if view.is_source => Author::PerhapsSource { read_by: read_by.map(str::to_owned) },
            () if self.words_of(view)?.authorship.is_some_and(Authorship::is_unquoted) => Author::Unknown,
            () => Author::Known,
        };
        let linked = |waiting: bool| view.links.iter().filter(move |link| (link.effect == Effect::Waiting) == waiting);
        Ok(steps(&Waits {
            mail,
            from,
            by_link: self.kind_facts(mail)?.linked_by_a_person(),
            candidates: self.candidates(view)?.into_iter().map(|(_, candidate)| candidate.reference).collect(),
            linked: linked(true).map(|link| link.reference.clone()).collect(),
            does: linked(false).next().map(|link| link.effect),
            claims: view.claims,
            only_claims: view.only_claims(),
        }))
    }

    /// The requests that a mail may be about, with their authorities: those to which it is linked and waits, those that are suggested, and those that
    /// rest for it.
    pub(super) fn candidates(&self, view: &MailView) -> Result<Vec<(AuthorityId, Candidate)>> {
        let mail = MailId(view.id);
        let mut candidates: Vec<(AuthorityId, Candidate)> = Vec::new();
        for link in view.links.iter().filter(|link| link.effect == Effect::Waiting) {
            let authority = requests::by_reference_or_refuse(&self.db, &link.reference)?.authority;
            let evidence = link.evidence.iter().cloned().map(Proof::from).collect();
            candidates.push((authority, Candidate { reference: link.reference.clone(), authority: link.authority.clone(), evidence }));
        }
        for suggestion in &view.suggestions {
            let request = requests::by_reference_or_refuse(&self.db, &suggestion.reference)?;
            let evidence = self.suggestion_evidence(mail, &request)?;
            let candidate = Candidate { reference: suggestion.reference.clone(), authority: suggestion.authority.clone(), evidence };
            candidates.push((request.authority, candidate));
        }
        // Of a mail whose links were undone, nothing else says for what it rests.
        for request in self.requests_resting_for(mail)? {
            let request = requests::load(&self.db, request)?;
            if candidates.iter().all(|(_, candidate)| candidate.reference != request.reference) {
                let authority = directory::load_head(&self.db, request.authority)?.name;
                candidates.push((request.authority, Candidate { reference: request.reference, authority, evidence: vec![] }));
            }
        }
        Ok(candidates)
    }

    /// Whose words a mail holds. Of what somebody in no directory wrote, and a colleague or a list has passed on, nobody knows whose they are.
    pub(super) fn words_of(&self, view: &MailView) -> Result<Words> {
        let passed_on = view.writer.map_or(Ok(None), |writer| self.passed_on(MailId(view.id), writer))?;
        let may_be_strangers = passed_on.as_ref().is_some_and(PassedOn::may_be_by_a_stranger);
        let writer = if may_be_strangers { Some(Writer::Stranger) } else { view.writer };
        let authorship = writer.zip(view.proof).map(|(writer, proof)| Authorship { writer, proof });
        Ok(Words { authorship, passed_on })
    }

    fn suggestion_evidence(&self, mail: MailId, request: &crate::domain::request::Request) -> Result<Vec<Proof>> {
        let evidence: Option<String> = self
            .db
            .prepare_cached("SELECT evidence FROM mail_suggestion WHERE mail_id = ?1 AND request_id = ?2")?
            .query_row([mail.0, request.id.0], |row| row.get(0))
            .optional()?;
        let evidence: Vec<Evidence> = evidence.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(evidence.into_iter().map(Proof::from).collect())
    }
}
