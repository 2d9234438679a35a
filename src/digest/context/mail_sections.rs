//! Mails in a digest: what arrived and was linked, and what waits for a person.

use super::section::{MOST_ITEMS, Section};
use crate::digest::content::{Arrived, Authorship, Candidate, DigestContent, LinkMade, PassedOn, PositionTaken, Proof, Unopened, Waiting};
use crate::digest::frame::{Dates, Moment};
use crate::digest::untrusted::{LONGEST_DETAIL, LONGEST_NAME, LONGEST_REASON, LONGEST_SUBJECT, name, untrusted};
use crate::domain::reply::Effect;
use crate::domain::steps::{Purpose, Step};
use crate::domain::trust::Writer;
use crate::render::Day;
use serde::Serialize;

/// Of what waits: with all that can be done about it, and in a line each beyond those. With forty of the first, some clients cut the mail.
const MOST_IN_FULL: usize = 25;
const MOST_BRIEFLY: usize = 75;
/// Candidates of a mail, and reasons for one: the best stand first.
const MOST_CANDIDATES: usize = 5;
const MOST_REASONS: usize = 4;
/// Attachments of one mail that were not opened.
const MOST_UNOPENED: usize = 5;
/// Authors of one mail that is passed on.
const MOST_AUTHORS: usize = 3;
/// Positions of one answer.
const MOST_POSITIONS: usize = 12;

#[derive(Debug, Serialize)]
pub(super) struct ArrivedContext {
    mail: i64,
    received: Moment,
    from: String,
    subject: String,
    writer: Option<Authorship>,
    passed_on: Option<PassedOnContext>,
    /// It says that our letter was deleted without being read.
    deleted_unread: bool,
    links: Vec<LinkContext>,
    unopened: Vec<UnopenedContext>,
    more_unopened: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct WaitingContext {
    mail: i64,
    received: Moment,
    age_days: i64,
    /// When the authority was told that it is being examined.
    told_on: Option<Day>,
    from: String,
    subject: String,
    writer: Option<Authorship>,
    passed_on: Option<PassedOnContext>,
    /// What can be done about it, in the order in which a person thinks of it.
    steps: Vec<StepContext>,
    /// `waiting` or `linked`, `suggested`, `unlinked`, `quarantined`
    standing: &'static str,
    why: Vec<String>,
    candidates: Vec<CandidateContext>,
    more_candidates: usize,
    unopened: Vec<UnopenedContext>,
    more_unopened: usize,
}

/// A mail that waits, in one line.
#[derive(Debug, Serialize)]
pub(super) struct BrieflyContext {
    mail: i64,
    age_days: i64,
    /// When the authority was told that it is being examined.
    told_on: Option<Day>,
    from: String,
    writer: Option<Authorship>,
    /// Of the requests that it may be about.
    references: Vec<String>,
    more_references: usize,
}

#[derive(Debug, Serialize)]
struct PassedOnContext {
    by: Writer,
    /// Empty where that is not told.
    authors: Vec<AuthorContext>,
    more_authors: usize,
}

#[derive(Debug, Serialize)]
struct AuthorContext {
    from: String,
    authorities: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StepContext {
    /// `read`, `answers`, `does_not_answer`, `belongs`, `of_another`, `nothing_more`, `came_back`, `did_not_come_back`, `needs_nothing`,
    /// `from_source`, `not_from_source`
    purpose: Purpose,
    /// One of them takes it; where they lack a reference, `REFERENCE` stands for it. For further candidates, `mail show` has more.
    commands: Vec<String>,
}

#[derive(Debug, Serialize)]
struct UnopenedContext {
    /// Empty if it has none.
    name: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct LinkContext {
    reference: String,
    authority: String,
    /// `reply`, `acknowledgement`, `automatic`, `bounce`
    effect: &'static str,
    by: Option<String>,
    evidence: Vec<ProofContext>,
    positions: Vec<PositionContext>,
    more_positions: usize,
}

#[derive(Debug, Serialize)]
struct PositionContext {
    recommendation: String,
    /// `accepted`, `partly accepted`, `rejected`
    position: String,
}

#[derive(Debug, Serialize)]
struct ProofContext {
    /// Name of the rule: `thread`. Templates call it so since the first build; offices have copies of theirs.
    #[serde(rename = "clue")]
    evidence: &'static str,
    detail: String,
}

#[derive(Debug, Serialize)]
struct CandidateContext {
    reference: String,
    authority: String,
    evidence: Vec<ProofContext>,
}

/// What waits: in full what came in the period, as far as can be read; all else in a line each, so that it is seen each day and read in a minute.
pub(super) fn waiting(content: &DigestContent, dates: Dates<'_>) -> (Section<WaitingContext>, Vec<BrieflyContext>) {
    let (mut in_full, mut briefly): (Vec<&Waiting>, Vec<&Waiting>) = content.waiting.iter().partition(|mail| mail.is_new);
    briefly.extend(in_full.drain(in_full.len().min(MOST_IN_FULL)..));
    let count = content.waiting.len().saturating_add(usize::try_from(content.waiting_unlisted).unwrap_or(usize::MAX));
    let more = count - in_full.len() - briefly.len().min(MOST_BRIEFLY);
    let section = Section::of(&in_full, |mail| WaitingContext::new(mail, dates)).of_all(count, more);
    (section, briefly.into_iter().take(MOST_BRIEFLY).map(|mail| BrieflyContext::new(mail, dates)).collect())
}

impl ArrivedContext {
    pub fn new(mail: &Arrived, dates: Dates<'_>) -> ArrivedContext {
        ArrivedContext {
            mail: mail.mail.0,
            received: dates.moment(mail.received),
            from: name(&mail.from),
            subject: untrusted(&mail.subject, LONGEST_SUBJECT),
            writer: mail.writer,
            passed_on: mail.passed_on.as_ref().map(passed_on),
            deleted_unread: mail.deleted_unread,
            links: mail.links.iter().take(MOST_ITEMS).map(link).collect(),
            unopened: unopened(&mail.unopened),
            more_unopened: mail.unopened.len().saturating_sub(MOST_UNOPENED),
        }
    }
}

impl WaitingContext {
    fn new(mail: &Waiting, dates: Dates<'_>) -> WaitingContext {
        WaitingContext {
            mail: mail.mail.0,
            received: dates.moment(mail.received),
            age_days: mail.age_days,
            told_on: mail.told_on.map(|day| dates.day(day)),
            from: name(&mail.from),
            subject: untrusted(&mail.subject, LONGEST_SUBJECT),
            writer: mail.writer,
            passed_on: mail.passed_on.as_ref().map(passed_on),
            steps: mail.steps.iter().map(step).collect(),
            standing: if mail.effect == Some(Effect::Waiting) { Effect::Waiting.name() } else { mail.standing.name() },
            why: mail.why.iter().take(MOST_REASONS).map(|reason| untrusted(reason, LONGEST_REASON)).collect(),
            candidates: mail.candidates.iter().take(MOST_CANDIDATES).map(candidate).collect(),
            more_candidates: mail.candidates.len().saturating_sub(MOST_CANDIDATES),
            unopened: unopened(&mail.unopened),
            more_unopened: mail.unopened.len().saturating_sub(MOST_UNOPENED),
        }
    }
}

impl BrieflyContext {
    fn new(mail: &Waiting, dates: Dates<'_>) -> BrieflyContext {
        BrieflyContext {
            mail: mail.mail.0,
            age_days: mail.age_days,
            told_on: mail.told_on.map(|day| dates.day(day)),
            from: name(&mail.from),
            writer: mail.writer,
            references: mail.candidates.iter().take(MOST_CANDIDATES).map(|candidate| name(&candidate.reference)).collect(),
            more_references: mail.candidates.len().saturating_sub(MOST_CANDIDATES),
        }
    }
}

fn link(link: &LinkMade) -> LinkContext {
    LinkContext {
        reference: name(&link.reference),
        authority: name(&link.authority),
        effect: link.effect.name(),
        by: link.by.as_deref().map(name),
        evidence: proofs(&link.evidence),
        positions: positions(&link.positions),
        more_positions: link.positions.len().saturating_sub(MOST_POSITIONS),
    }
}

fn candidate(candidate: &Candidate) -> CandidateContext {
    CandidateContext { reference: name(&candidate.reference), authority: name(&candidate.authority), evidence: proofs(&candidate.evidence) }
}

fn passed_on(mail: &PassedOn) -> PassedOnContext {
    let shown = mail.authors.iter().take(MOST_AUTHORS);
    let authors = shown.map(|author| AuthorContext {
        from: name(&author.from),
        authorities: author.authorities.iter().take(MOST_AUTHORS).map(|authority| name(authority)).collect(),
    });
    PassedOnContext { by: mail.by, authors: authors.collect(), more_authors: mail.authors.len().saturating_sub(MOST_AUTHORS) }
}

fn step(step: &Step) -> StepContext {
    let mut commands = step.commands("REFERENCE");
    commands.truncate(MOST_CANDIDATES);
    StepContext { purpose: step.purpose, commands }
}

fn positions(taken: &[PositionTaken]) -> Vec<PositionContext> {
    let shown = taken.iter().take(MOST_POSITIONS);
    shown.map(|taken| PositionContext { recommendation: name(&taken.recommendation), position: name(&taken.position) }).collect()
}

fn unopened(files: &[Unopened]) -> Vec<UnopenedContext> {
    let shown = files.iter().take(MOST_UNOPENED);
    shown.map(|file| UnopenedContext { name: untrusted(&file.name, LONGEST_NAME), why: untrusted(&file.why, LONGEST_REASON) }).collect()
}

fn proofs(evidence: &[Proof]) -> Vec<ProofContext> {
    let shown = evidence.iter().take(MOST_REASONS);
    shown.map(|proof| ProofContext { evidence: proof.evidence.name(), detail: untrusted(&proof.detail, LONGEST_DETAIL) }).collect()
}
