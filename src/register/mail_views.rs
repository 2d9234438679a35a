//! Mails as lists, `mail show` and digests tell of them: plain rows, in the words of the field. Many are read as cheaply as one, with a question for
//! each table and not for each mail.

use super::{Reader, Result, delivery_reports, rows};
use crate::digest::{Candidate, Proof};
use crate::domain::confidentiality::{self, Confidentiality};
use crate::domain::decision::Asks;
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::kind::Kind;
use crate::domain::linking::{Evidence, EvidenceKind};
use crate::domain::refusal::{MailRefusal, Refusal};
use crate::domain::reply::{Effect, Standing};
use crate::domain::source::SourceState;
use crate::domain::trust::{Proof as SenderProof, Writer};
use crate::mail::authenticity::Authenticity;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// A line of `mail list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailView {
    pub id: i64,
    pub source: String,
    pub message_id: Option<String>,
    pub received_at: Timestamp,
    pub from: Option<String>,
    pub subject: Option<String>,
    pub kind: Option<Kind>,
    pub automatic: bool,
    pub standing: Standing,
    /// What it does to the requests it is linked to; `waiting` if it does nothing to one of them until a person says so.
    pub effect: Option<Effect>,
    /// What its writer is to the authority of the request that it is closest to.
    pub writer: Option<Writer>,
    pub proof: Option<SenderProof>,
    /// Letters rest for it, since it may be its authority's answer, to the candidates among others.
    pub rests: bool,
    /// It says that a letter came back, and nothing proves it: a person decides.
    pub claims: bool,
    /// Information from a source: everything that says who wrote what is left out.
    pub is_source: bool,
    #[serde(flatten)]
    pub confidentiality: Confidentiality,
    /// It is no mail but demarche's own note, for this reason.
    pub note: Option<String>,
    pub requests: Vec<String>,
    pub links: Vec<LinkView>,
    pub evidence: Vec<EvidenceView>,
    pub suggestions: Vec<SuggestionView>,
    /// The requests to which it is linked and waits, and those that are suggested, with their authorities.
    #[serde(skip)]
    pub(super) candidates: Vec<(AuthorityId, Candidate)>,
    pub because: Vec<String>,
    /// Who linked or placed it; none while it is neither linked nor placed by hand.
    pub placed_by: Option<PlacedBy>,
}

/// Who has linked a mail, or said what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum PlacedBy {
    Rule,
    /// The name is none of one who has said what a mail is that is linked to nothing.
    Person {
        name: Option<String>,
    },
}

impl MailView {
    /// Whether a person has to look at it.
    pub fn waits_for_a_person(&self) -> bool {
        let link_waits = self.effect == Some(Effect::Waiting);
        Asks { standing: self.standing, link_waits, rests_authority: self.rests, claims: self.claims }.is_owed()
    }

    /// Nothing is asked but whether a letter came back, as it says.
    pub fn only_claims(&self) -> bool {
        let waits = |link: &LinkView| link.effect == Effect::Waiting;
        self.claims && !self.rests && !self.standing.waits_for_a_person() && !self.links.iter().any(waits)
    }

    fn without_its_source(self) -> MailView {
        MailView {
            message_id: None,
            from: None,
            subject: None,
            source: String::new(),
            writer: None,
            proof: None,
            because: vec![if self.standing.waits_for_a_person() {
                format!(
                    "it may be information from a source; who may read that says so: mail mark {0} source, or mail mark {0} not-source --by NAME",
                    self.id
                )
            } else {
                "it is information from a source".into()
            }],
            ..self
        }
    }

    /// Where it stands, in words.
    pub fn stands(&self) -> String {
        match self.effect {
            Some(Effect::Waiting) => format!("{}, waiting", self.standing.name()),
            _ => self.standing.name().to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkView {
    pub reference: String,
    pub authority: String,
    pub effect: Effect,
    #[serde(skip)]
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceView {
    pub kind: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestionView {
    pub reference: String,
    pub authority: String,
    pub evidence: Vec<EvidenceView>,
}

/// A link, with the authority that was asked and who made it.
type Linked = (AuthorityId, LinkView, PlacedBy);

impl Reader {
    /// At most `limit` mails, those ingested last first; only those of one standing if given.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn mail_views(&self, standing: Option<Standing>, limit: usize) -> Result<Vec<MailView>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = |row: &Row<'_>| row.get(0).map(MailId);
        let ids: Vec<MailId> = match standing {
            Some(standing) => self
                .db
                .prepare_cached("SELECT id FROM mail WHERE standing = ?1 ORDER BY id DESC LIMIT ?2")?
                .query_map(params![standing.name(), limit], read)?
                .collect::<rusqlite::Result<_>>()?,
            None => self
                .db
                .prepare_cached("SELECT id FROM mail ORDER BY id DESC LIMIT ?1")?
                .query_map([limit], read)?
                .collect::<rusqlite::Result<_>>()?,
        };
        self.mail_views_of(&ids)
    }

    /// Every mail that a person has to look at, the earliest received first.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn waiting_views(&self) -> Result<Vec<MailView>> {
        self.first_waiting_views(usize::MAX)
    }

    /// At most `limit` of [`Self::waiting_views`], the first of them.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn first_waiting_views(&self, limit: usize) -> Result<Vec<MailView>> {
        let mut owed = self.decisions_owed()?;
        owed.truncate(limit);
        self.mail_views_of(&owed)
    }

    /// The mails linked to a request, the earliest received first.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn mails_of(&self, request: RequestId) -> Result<Vec<MailView>> {
        let mut statement = self.db.prepare_cached(
            "SELECT l.mail_id FROM mail_link l JOIN mail m ON m.id = l.mail_id WHERE l.request_id = ?1 ORDER BY m.received_at, m.id",
        )?;
        let ids: Vec<MailId> = statement.query_map([request.0], |row| row.get(0).map(MailId))?.collect::<rusqlite::Result<_>>()?;
        self.mail_views_of(&ids)
    }

    /// What everybody in the office may see of a mail.
    ///
    /// # Errors
    ///
    /// Refused: an unknown mail ([`MailRefusal::Unknown`]). And where the register cannot be read.
    pub fn mail_view(&self, mail: MailId) -> Result<MailView> {
        Ok(hide_source(self.whole_mail_view(mail)?))
    }

    /// What everybody in the office may see of these mails, in their order.
    pub(super) fn mail_views_of(&self, mails: &[MailId]) -> Result<Vec<MailView>> {
        Ok(self.whole_mail_views(mails)?.into_iter().map(hide_source).collect())
    }

    /// A mail as it is, information from a source too: for those who may read it.
    ///
    /// # Errors
    ///
    /// Refused: an unknown mail ([`MailRefusal::Unknown`]). And where the register cannot be read.
    pub fn whole_mail_view(&self, mail: MailId) -> Result<MailView> {
        let view = self.whole_mail_views(&[mail])?.pop();
        view.ok_or_else(|| Refusal::Mail { mail, why: MailRefusal::Unknown }.into())
    }

    fn whole_mail_views(&self, mails: &[MailId]) -> Result<Vec<MailView>> {
        let wanted = rows::to_json(&mails)?;
        let mut statement = self.db.prepare_cached(
            "SELECT m.id, m.message_id, m.received_at, m.sender, m.subject, m.kind, m.automatic, m.standing, m.because, m.placed_by_person,
                m.writer, m.proof, m.source_state, m.note,
                EXISTS (SELECT 1 FROM rest r WHERE r.mail_id = m.id AND r.until IS NULL AND r.kind = 'of authority'),
                (SELECT source FROM arrival a WHERE a.mail_id = m.id ORDER BY a.at, a.source LIMIT 1)
             FROM json_each(?1) w CROSS JOIN mail m ON m.id = w.value ORDER BY w.key",
        )?;
        let mut views: Vec<MailView> = statement.query_map([&wanted], read)?.collect::<rusqlite::Result<_>>()?;
        let mut links = self.links_of(&wanted)?;
        let mut suggestions = self.suggestions_for(&wanted)?;
        let claims = delivery_reports::open_claims(self, if let [mail] = mails { Some(*mail) } else { None })?;
        let claims: HashSet<i64> = claims.into_iter().map(|(mail, _)| mail.0).collect();
        for view in &mut views {
            for (authority, link, placed_by) in links.remove(&view.id).unwrap_or_default() {
                if link.effect == Effect::Waiting {
                    view.candidates.push((authority, candidate(&link.reference, &link.authority, &link.evidence)));
                }
                view.requests.push(link.reference.clone());
                view.evidence.extend(link.evidence.iter().map(|evidence| as_view(evidence.kind, &evidence.detail)));
                view.placed_by = Some(placed_by);
                view.links.push(link);
            }
            view.evidence.dedup();
            view.claims = claims.contains(&view.id);
            let mut effects = view.links.iter().map(|link| link.effect);
            view.effect = if view.claims && !view.links.is_empty() || effects.clone().any(|effect| effect == Effect::Waiting) {
                Some(Effect::Waiting)
            } else {
                effects.next()
            };
            view.confidentiality = confidentiality::of_mail(view.is_source, view.effect, view.note.is_some());
            for (authority, suggested) in suggestions.remove(&view.id).unwrap_or_default() {
                view.suggestions.push(SuggestionView {
                    reference: suggested.reference.clone(),
                    authority: suggested.authority.clone(),
                    evidence: suggested.evidence.iter().map(|proof| as_view(proof.evidence, &proof.detail)).collect(),
                });
                view.candidates.push((authority, suggested));
            }
        }
        Ok(views)
    }

    /// By mail: its links.
    fn links_of(&self, wanted: &str) -> Result<HashMap<i64, Vec<Linked>>> {
        let mut statement = self.db.prepare_cached(
            "SELECT l.mail_id, r.reference, l.evidence, l.person, l.effect, a.name, a.id
             FROM json_each(?1) w CROSS JOIN mail_link l ON l.mail_id = w.value JOIN request r ON r.id = l.request_id
                JOIN authority a ON a.id = r.authority_id ORDER BY w.key, r.id",
        )?;
        let mut found = statement.query([wanted])?;
        let mut links: HashMap<i64, Vec<Linked>> = HashMap::new();
        while let Some(row) = found.next()? {
            let link = LinkView {
                reference: row.get(1)?,
                authority: row.get(5)?,
                effect: rows::word(row, 4, Effect::from_name)?,
                evidence: rows::json(row, 2)?,
            };
            links.entry(row.get(0)?).or_default().push((
                AuthorityId(row.get(6)?),
                link,
                row.get::<_, Option<String>>(3)?.map_or(PlacedBy::Rule, |name| PlacedBy::Person { name: Some(name) }),
            ));
        }
        Ok(links)
    }

    /// By mail: the requests that are suggested for it, best first, with their authorities.
    fn suggestions_for(&self, wanted: &str) -> Result<HashMap<i64, Vec<(AuthorityId, Candidate)>>> {
        let mut statement = self.db.prepare_cached(
            "SELECT s.mail_id, r.reference, a.name, s.evidence, a.id
             FROM json_each(?1) w CROSS JOIN mail_suggestion s ON s.mail_id = w.value JOIN request r ON r.id = s.request_id
                JOIN authority a ON a.id = r.authority_id ORDER BY w.key, s.position",
        )?;
        let mut found = statement.query([wanted])?;
        let mut suggestions: HashMap<i64, Vec<(AuthorityId, Candidate)>> = HashMap::new();
        while let Some(row) = found.next()? {
            let evidence: Vec<Evidence> = rows::json(row, 3)?;
            let suggested = candidate(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?, &evidence);
            suggestions.entry(row.get(0)?).or_default().push((AuthorityId(row.get(4)?), suggested));
        }
        Ok(suggestions)
    }

    /// What was understood of a mail and its authenticity, as stored. An authenticity that cannot be made out is none.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such mail.
    pub fn mail_understood(&self, mail: MailId) -> Result<(Option<crate::mail::Understood>, Option<Authenticity>)> {
        let authenticity: Option<Option<String>> =
            self.db.query_row("SELECT authenticity FROM mail WHERE id = ?1", [mail.0], |row| row.get(0)).optional()?;
        let authenticity = authenticity.flatten().and_then(|text| serde_json::from_str(&text).ok());
        Ok((self.understood(mail)?, authenticity))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<MailView> {
    let is_source = rows::word(row, 12, SourceState::from_name)?.is_hidden();
    Ok(MailView {
        id: row.get(0)?,
        message_id: row.get(1)?,
        received_at: rows::timestamp(row, 2)?,
        from: row.get(3)?,
        subject: row.get(4)?,
        kind: rows::optional_word(row, 5, Kind::from_name)?,
        automatic: row.get::<_, Option<bool>>(6)?.unwrap_or(false),
        standing: rows::word(row, 7, Standing::from_name)?,
        because: rows::optional_json(row, 8)?.unwrap_or_default(),
        placed_by: row.get::<_, bool>(9)?.then_some(PlacedBy::Person { name: None }),
        writer: rows::optional_json(row, 10)?,
        proof: rows::optional_json(row, 11)?,
        is_source,
        confidentiality: confidentiality::of_mail(is_source, None, false),
        note: row.get(13)?,
        rests: row.get(14)?,
        source: row.get::<_, Option<String>>(15)?.unwrap_or_default(),
        effect: None,
        claims: false,
        links: vec![],
        requests: vec![],
        evidence: vec![],
        suggestions: vec![],
        candidates: vec![],
    })
}

fn hide_source(view: MailView) -> MailView {
    if view.is_source { view.without_its_source() } else { view }
}

fn as_view(kind: EvidenceKind, detail: &str) -> EvidenceView {
    EvidenceView { kind: kind.name().into(), detail: detail.to_owned() }
}

fn candidate(reference: &str, authority: &str, evidence: &[Evidence]) -> Candidate {
    Candidate {
        reference: reference.to_owned(),
        authority: authority.to_owned(),
        evidence: evidence.iter().cloned().map(Proof::from).collect(),
    }
}
