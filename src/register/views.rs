//! What lists, `show` and `status` print: plain rows, in the words of the field.

use super::deliveries::LAST_SAID;
use super::waiting::waits;
use super::{Reader, RegisterError, Result, directory, returns, rows};
use crate::domain::deliverability::Delivery;
use crate::domain::identity::{MailId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::linking::Evidence;
use crate::domain::reply::{Effect, Standing};
use crate::domain::request::{ExchangeState, Request, joint_state};
use crate::domain::rules::day_in;
use crate::domain::silence::Silence;
use crate::domain::source::SourceState;
use crate::domain::trust::{Proof as SenderProof, Writer};
use crate::mail::authenticity::Authenticity;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// A line of `requests list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestView {
    pub reference: String,
    /// The matter that joins it to the requests to other authorities.
    pub joint: String,
    pub joint_state: ExchangeState,
    pub authority: String,
    pub office: String,
    pub recommendations: Vec<String>,
    pub state: ExchangeState,
    pub sent_on: Option<Date>,
    pub deadline: Date,
    pub answered_on: Option<Date>,
    /// Of the highest letter so far.
    pub level: Option<String>,
    /// Of the latest letter; or that one came back, or is said to have, until somebody acts.
    pub delivery: Option<Delivery>,
    pub ended: Option<String>,
    pub paused: bool,
    pub non_cooperation_on: Option<Date>,
}

/// A letter of a request, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LetterView {
    pub id: i64,
    #[serde(rename = "kind")]
    pub role: LetterRole,
    pub step: Option<String>,
    pub level: Option<String>,
    pub message_id: String,
    pub subject: String,
    pub written_at: Timestamp,
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
    /// The last that was said of it: by the server, a report, a sign that it left, or whoever needed it no more.
    pub reply: Option<String>,
    pub queue_id: Option<String>,
}

/// A line of `mail list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailView {
    pub id: i64,
    pub source: String,
    pub message_id: Option<String>,
    pub received_at: Timestamp,
    pub from: Option<String>,
    pub subject: Option<String>,
    pub kind: Option<String>,
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
    /// It is no mail but demarche's own note, for this reason.
    pub note: Option<String>,
    pub requests: Vec<String>,
    pub links: Vec<LinkView>,
    pub evidence: Vec<EvidenceView>,
    pub suggestions: Vec<SuggestionView>,
    pub because: Vec<String>,
    /// Who linked or placed it: `rule`, or a person.
    pub placed_by: Option<String>,
}

impl MailView {
    /// Whether a person has to look at it.
    pub fn waits_for_a_person(&self) -> bool {
        self.standing.waits_for_a_person() || self.effect == Some(Effect::Waiting) || self.rests || self.claims
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
                    "it may be information from a source; who may read that says so: mail mark {0} source, or mail mark {0} not-source",
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

/// A line of `authorities list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorityView {
    pub name: String,
    pub parent: Option<String>,
    pub contacts: usize,
    pub focal_points: usize,
    /// Addresses that may no longer be written to.
    pub dead: usize,
    pub requests: u64,
    pub open: u64,
    pub overdue: u64,
    pub answered: u64,
}

/// One screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub requests: BTreeMap<&'static str, u64>,
    /// References whose deadline falls within the next seven days.
    pub due_this_week: Vec<String>,
    pub mails: BTreeMap<&'static str, u64>,
    pub waiting_for_a_person: u64,
    pub oldest_waiting: Option<Timestamp>,
    pub deliveries: BTreeMap<String, u64>,
    pub dead_contacts: u64,
    pub health: Vec<super::PartHealth>,
    pub daemon_seen: Option<Timestamp>,
    /// Steps of ladders, and requests to be sent, that the next pass will take.
    pub due_now: u64,
    /// What is due and cannot be done.
    pub held: Vec<HeldView>,
    /// Places of whose last letters nothing is heard.
    pub silent: Vec<Silence>,
    /// When the next step falls due that is not due yet.
    pub next_step_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldView {
    pub reference: String,
    pub why: &'static str,
}

impl Reader {
    pub fn request_views(&self, now: Timestamp) -> Result<Vec<RequestView>> {
        self.requests()?.iter().map(|request| self.request_view(request, now)).collect()
    }

    pub fn request_view(&self, request: &Request, now: Timestamp) -> Result<RequestView> {
        let authority = directory::load_head(&self.db, request.authority)?;
        let zone = self.rules.time_zone_of(&authority);
        let today = day_in(now, &zone);
        let recommendations = self.recommendations_of(request.id)?.into_iter().map(|recommendation| recommendation.reference).collect();
        let joint: String =
            self.db.prepare_cached("SELECT matter FROM joint_request WHERE id = ?1")?.query_row([request.joint.0], |row| row.get(0))?;
        let levels: Vec<String> = self
            .db
            .prepare_cached("SELECT DISTINCT level FROM letter WHERE request_id = ?1 AND role <> ?2 AND level IS NOT NULL")?
            .query_map(params![request.id.0, LetterRole::Acknowledgement], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let height = |level: &String| self.rules.levels.iter().position(|known| known == level).unwrap_or(0);
        let non_cooperation_on = self
            .db
            .prepare_cached("SELECT non_cooperation_on FROM request WHERE id = ?1")?
            .query_row([request.id.0], |row| rows::optional_day(row, 0))?;
        Ok(RequestView {
            reference: request.reference.clone(),
            joint,
            joint_state: joint_state(&self.requests_of_joint(request.joint)?, today),
            authority: authority.name,
            office: request.office.clone(),
            recommendations,
            state: request.state(today),
            sent_on: request.sent_at.map(|at| day_in(at, &zone)),
            deadline: request.deadline,
            answered_on: request.answered_at.map(|at| day_in(at, &zone)),
            level: levels.into_iter().max_by_key(height),
            delivery: self.delivery_of(request)?,
            ended: request.ended.as_ref().map(|ending| ending.how.name().into()),
            paused: request.paused,
            non_cooperation_on,
        })
    }

    /// The letters of a request, oldest first.
    pub fn letters_of(&self, request: RequestId) -> Result<Vec<LetterView>> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, role, step, level, message_id, subject, written_at FROM letter WHERE request_id = ?1 ORDER BY id",
        )?;
        let letters = statement.query_map([request.0], |row| {
            Ok(LetterView {
                id: row.get(0)?,
                role: row.get(1)?,
                step: row.get(2)?,
                level: row.get(3)?,
                message_id: row.get(4)?,
                subject: row.get(5)?,
                written_at: rows::timestamp(row, 6)?,
                deliveries: vec![],
            })
        })?;
        let mut letters: Vec<LetterView> = letters.collect::<rusqlite::Result<_>>()?;
        for letter in &mut letters {
            letter.deliveries = self.deliveries_of(letter.id)?;
        }
        Ok(letters)
    }

    fn deliveries_of(&self, letter: i64) -> Result<Vec<DeliveryView>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT recipient, is_copy, state, attempts, accepted_at, next_attempt_at, {LAST_SAID}, queue_id FROM delivery WHERE letter_id = ?1 ORDER BY id",
        ))?;
        let deliveries = statement.query_map([letter], |row| {
            Ok(DeliveryView {
                recipient: row.get(0)?,
                copy: row.get(1)?,
                state: row.get(2)?,
                attempts: row.get(3)?,
                accepted_at: rows::optional_timestamp(row, 4)?,
                next_attempt_at: rows::optional_timestamp(row, 5)?,
                reply: row.get(6)?,
                queue_id: row.get(7)?,
            })
        })?;
        Ok(deliveries.collect::<rusqlite::Result<_>>()?)
    }

    /// Mails, newest first; only those of one standing if given.
    pub fn mail_views(&self, standing: Option<Standing>, limit: usize) -> Result<Vec<MailView>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let ids: Vec<i64> = match standing {
            Some(standing) => self
                .db
                .prepare_cached("SELECT id FROM mail WHERE standing = ?1 ORDER BY id DESC LIMIT ?2")?
                .query_map(params![standing.name(), limit], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?,
            None => self
                .db
                .prepare_cached("SELECT id FROM mail ORDER BY id DESC LIMIT ?1")?
                .query_map([limit], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?,
        };
        ids.into_iter().map(|id| self.mail_view(MailId(id))).collect()
    }

    /// Every mail that a person has to look at, oldest first.
    pub fn waiting_views(&self) -> Result<Vec<MailView>> {
        let claims = self.open_claims()?;
        let ids: Vec<i64> = self
            .db
            .prepare_cached(&format!("SELECT id FROM mail WHERE {} ORDER BY received_at, id", waits()))?
            .query_map([claims], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        ids.into_iter().map(|id| self.mail_view(MailId(id))).collect()
    }

    /// For [`waits`].
    fn open_claims(&self) -> Result<String> {
        let claims: Vec<i64> = returns::open_claims(&self.db, None)?.into_iter().map(|mail| mail.0).collect();
        rows::to_json(&claims)
    }

    /// The mails linked to a request, oldest first.
    pub fn mails_of(&self, request: RequestId) -> Result<Vec<MailView>> {
        let mut statement = self.db.prepare_cached(
            "SELECT l.mail_id FROM mail_link l JOIN mail m ON m.id = l.mail_id WHERE l.request_id = ?1 ORDER BY m.received_at, m.id",
        )?;
        let ids: Vec<i64> = statement.query_map([request.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        ids.into_iter().map(|id| self.mail_view(MailId(id))).collect()
    }

    /// What everybody in the office may see of a mail.
    pub fn mail_view(&self, mail: MailId) -> Result<MailView> {
        let view = self.whole_mail_view(mail)?;
        Ok(if view.is_source { view.without_its_source() } else { view })
    }

    /// A mail as it is, information from a source too: for those who may read it.
    pub fn whole_mail_view(&self, mail: MailId) -> Result<MailView> {
        let view = self
            .db
            .prepare_cached(
                "SELECT m.message_id, m.received_at, m.sender, m.subject, m.kind, m.automatic, m.standing, m.because, m.placed_by_person,
                    m.writer, m.proof, m.source_state, m.note,
                    EXISTS (SELECT 1 FROM rest r WHERE r.mail_id = m.id AND r.until IS NULL AND r.kind = 'of authority'), (SELECT source FROM arrival a WHERE a.mail_id = m.id ORDER BY a.at, a.source LIMIT 1) FROM mail m WHERE m.id = ?1",
            )?
            .query_row([mail.0], |row| {
                let standing: String = row.get(6)?;
                Ok(MailView {
                    id: mail.0,
                    message_id: row.get(0)?,
                    received_at: rows::timestamp(row, 1)?,
                    from: row.get(2)?,
                    subject: row.get(3)?,
                    kind: row.get(4)?,
                    automatic: row.get::<_, Option<bool>>(5)?.unwrap_or(false),
                    standing: Standing::from_name(&standing).unwrap_or(Standing::Received),
                    because: rows::optional_json(row, 7)?.unwrap_or_default(),
                    placed_by: row.get::<_, bool>(8)?.then(|| "a person".into()),
                    writer: rows::optional_json(row, 9)?,
                    proof: rows::optional_json(row, 10)?,
                    is_source: SourceState::from_name(&row.get::<_, String>(11)?).is_none_or(SourceState::is_hidden),
                    note: row.get(12)?,
                    rests: row.get(13)?,
                    source: row.get::<_, Option<String>>(14)?.unwrap_or_default(),
                    effect: None,
                    claims: false,
                    links: vec![],
                    requests: vec![],
                    evidence: vec![],
                    suggestions: vec![],
                })
            })
            .optional()?;
        let mut view = view.ok_or_else(|| RegisterError::Refused(format!("there is no mail {mail}; `mail list` shows them")))?;
        let mut statement = self.db.prepare_cached(
            "SELECT r.reference, l.evidence, l.linked_by, l.effect, a.name
             FROM mail_link l JOIN request r ON r.id = l.request_id JOIN authority a ON a.id = r.authority_id WHERE l.mail_id = ?1 ORDER BY r.id",
        )?;
        let links = statement.query_map([mail.0], |row| {
            let effect = Effect::from_name(&row.get::<_, String>(3)?).unwrap_or(Effect::Waiting);
            let link = LinkView { reference: row.get(0)?, authority: row.get(4)?, effect, evidence: rows::json(row, 1)? };
            Ok((link, row.get::<_, String>(2)?))
        })?;
        for link in links {
            let (link, linked_by) = link?;
            view.requests.push(link.reference.clone());
            view.evidence.extend(link.evidence.iter().map(as_view));
            view.placed_by = Some(linked_by);
            view.links.push(link);
        }
        view.evidence.dedup();
        view.claims = !returns::open_claims(&self.db, Some(mail))?.is_empty();
        let mut effects = view.links.iter().map(|link| link.effect);
        view.effect = if view.claims && !view.links.is_empty() || effects.clone().any(|effect| effect == Effect::Waiting) {
            Some(Effect::Waiting)
        } else {
            effects.next()
        };
        let mut statement = self.db.prepare_cached(
            "SELECT r.reference, a.name, s.evidence FROM mail_suggestion s JOIN request r ON r.id = s.request_id JOIN authority a ON a.id = r.authority_id
             WHERE s.mail_id = ?1 ORDER BY s.position",
        )?;
        let suggestions = statement.query_map([mail.0], |row| {
            let evidence: Vec<Evidence> = rows::json(row, 2)?;
            Ok(SuggestionView { reference: row.get(0)?, authority: row.get(1)?, evidence: evidence.iter().map(as_view).collect() })
        })?;
        view.suggestions = suggestions.collect::<rusqlite::Result<_>>()?;
        Ok(view)
    }

    /// What was understood of a mail and its authenticity, as stored.
    pub fn mail_understood(&self, mail: MailId) -> Result<(Option<crate::mail::Understood>, Option<Authenticity>)> {
        let authenticity: Option<Option<String>> =
            self.db.query_row("SELECT authenticity FROM mail WHERE id = ?1", [mail.0], |row| row.get(0)).optional()?;
        let authenticity = authenticity.flatten().and_then(|text| serde_json::from_str(&text).ok());
        Ok((self.understood(mail)?, authenticity))
    }

    pub fn authority_views(&self, now: Timestamp) -> Result<Vec<AuthorityView>> {
        let mut by_authority: BTreeMap<i64, Vec<Request>> = BTreeMap::new();
        for request in self.requests()? {
            by_authority.entry(request.authority.0).or_default().push(request);
        }
        let authorities = self.authorities()?;
        authorities
            .iter()
            .map(|authority| {
                let requests = by_authority.get(&authority.id.0).map(Vec::as_slice).unwrap_or_default();
                let today = day_in(now, &self.rules.time_zone_of(authority));
                let count = |wanted: &dyn Fn(&Request) -> bool| requests.iter().filter(|request| wanted(request)).count() as u64;
                Ok(AuthorityView {
                    name: authority.name.clone(),
                    parent: authority
                        .parent
                        .and_then(|parent| authorities.iter().find(|other| other.id == parent))
                        .map(|parent| parent.name.clone()),
                    contacts: authority.contacts.len(),
                    focal_points: authority.contacts.iter().filter(|contact| contact.focal_point && contact.holds_on(today)).count(),
                    dead: authority.contacts.iter().filter(|contact| contact.dead.is_some()).count(),
                    requests: count(&|_| true),
                    open: count(&|request| !request.is_settled()),
                    overdue: count(&|request| request.state(today) == ExchangeState::Overdue),
                    answered: count(&|request| request.answered > 0),
                })
            })
            .collect()
    }

    pub fn status(&self, now: Timestamp) -> Result<Status> {
        let mut requests: BTreeMap<&'static str, u64> = ExchangeState::ALL.iter().map(|state| (state.name(), 0)).collect();
        let mut due_this_week = Vec::new();
        let today = day_in(now, &self.rules.time_zone);
        for request in self.requests()? {
            let state = request.state(today);
            *requests.entry(state.name()).or_default() += 1;
            let days = crate::domain::calendar::days_between(today, request.deadline);
            if state == ExchangeState::Pending && !request.paused && (0..=7).contains(&days) {
                due_this_week.push(request.reference);
            }
        }
        let standings = self.standings()?;
        let (waiting, oldest): (i64, Option<i64>) =
            self.db.query_row(&format!("SELECT count(*), min(received_at) FROM mail WHERE {}", waits()), [self.open_claims()?], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let deliveries: BTreeMap<String, u64> = self
            .db
            .prepare_cached("SELECT state, count(*) FROM delivery GROUP BY state")?
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?
            .collect::<rusqlite::Result<_>>()?;
        let dead_contacts: i64 = self.db.query_row(
            "SELECT count(*) FROM contact c JOIN address_state s ON s.address = c.address AND s.until IS NULL AND s.state = 'suppressed'",
            [],
            |row| row.get(0),
        )?;
        let agenda = self.agenda(now, usize::MAX)?;
        Ok(Status {
            requests,
            due_this_week,
            waiting_for_a_person: waiting.unsigned_abs(),
            mails: standings.into_iter().map(|(standing, count)| (standing.name(), count)).collect(),
            oldest_waiting: oldest.and_then(|second| Timestamp::from_second(second).ok()),
            deliveries,
            dead_contacts: dead_contacts.unsigned_abs(),
            health: self.health()?,
            daemon_seen: self.lease()?.map(|(_, renewed_at)| renewed_at),
            due_now: agenda.due.len() as u64,
            held: agenda.held.into_iter().map(|(reference, hold)| HeldView { reference, why: hold.why() }).collect(),
            silent: self.silences(now)?.into_iter().map(|(silence, _)| silence).collect(),
            next_step_at: self.next_due(Some(now))?,
        })
    }
}

fn as_view(evidence: &Evidence) -> EvidenceView {
    EvidenceView { kind: evidence.kind.name().into(), detail: evidence.detail.clone() }
}
