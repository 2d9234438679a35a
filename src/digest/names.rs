//! The names that the templates of digests and alarms may use. Everything from outside is one line and short.

use super::content::{Authorship, CameBackHow, DigestContent, Health, PassedOn, Period, PositionTaken, Proof, Unopened, Waiting};
use crate::domain::addressing::Vacancy;
use crate::domain::reply::Effect;
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::domain::steps::{Purpose, Step};
use crate::domain::trust::Writer;
use crate::letters::{Day, Language};
use crate::mail::compose::one_line;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;

/// Items of one list that a digest shows; the rest is counted. A mail of a thousand lines is not read, and some clients cut it at 102 kB.
const MOST_ITEMS: usize = 40;
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
/// Characters.
const LONGEST_SUBJECT: usize = 100;
const LONGEST_NAME: usize = 80;
const LONGEST_DETAIL: usize = 80;
const LONGEST_REASON: usize = 160;

/// What stands in every mail to staff.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    pub language: String,
    pub office: Office,
    pub member: Member,
    pub today: Day,
}

#[derive(Debug, Serialize)]
pub(super) struct Office {
    name: String,
    address: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Member {
    name: String,
}

impl Frame {
    pub fn new(member: &StaffMember, rules: &OfficeRules, dated: &ZonedDateTime, language: &Language) -> Frame {
        Frame {
            language: member.language.clone(),
            office: Office { name: one_line(&rules.name, LONGEST_NAME), address: one_line(&rules.address, LONGEST_NAME) },
            member: Member { name: one_line(&member.name, LONGEST_NAME) },
            today: Day::new(dated.date(), language),
        }
    }
}

/// A day and an hour in the reader's time zone.
#[derive(Debug, Serialize)]
pub(super) struct Moment {
    day: Day,
    /// `14:05`
    time: String,
}

/// A list, cut to what can be read.
#[derive(Debug, Serialize)]
pub(super) struct Section<T> {
    items: Vec<T>,
    /// Items in all.
    count: usize,
    /// Items not shown.
    more: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct DigestNames {
    #[serde(flatten)]
    frame: Frame,
    weekly: bool,
    /// There is nothing to say: a sign of life.
    quiet: bool,
    from: Day,
    to: Day,
    arrived: Section<ArrivedNames>,
    receipts: u64,
    waiting: Section<WaitingNames>,
    /// In a line each: those that were shown before, and those beyond what is shown.
    waiting_briefly: Vec<BrieflyNames>,
    due_soon: Section<RequestNames>,
    overdue: Section<RequestNames>,
    undeliverable: Section<UndeliverableNames>,
    came_back: Section<CameBackNames>,
    silent: Section<SilentNames>,
    non_cooperation: Section<RequestNames>,
    beyond_ladder: u64,
    extensions: Section<RequestNames>,
    pauses: Section<RequestNames>,
    next_letters: Section<RequestNames>,
    held: Section<RequestNames>,
    vacant: Section<VacantNames>,
    mailboxes: Vec<MailboxNames>,
    /// What else fails; empty if nothing does.
    failing: Vec<FailingNames>,
    outbox: OutboxNames,
    /// Mailboxes are read and letters leave.
    running: bool,
    record: Option<String>,
}

#[derive(Debug, Serialize)]
struct ArrivedNames {
    mail: i64,
    received: Moment,
    from: String,
    subject: String,
    writer: Option<Authorship>,
    passed_on: Option<PassedOnNames>,
    /// It says that our letter was deleted without being read.
    deleted_unread: bool,
    links: Vec<LinkNames>,
    unopened: Vec<UnopenedNames>,
    more_unopened: usize,
}

#[derive(Debug, Serialize)]
struct PassedOnNames {
    by: Writer,
    /// Empty where that is not told.
    authors: Vec<AuthorNames>,
    more_authors: usize,
}

#[derive(Debug, Serialize)]
struct AuthorNames {
    from: String,
    authorities: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StepNames {
    /// `read`, `answers`, `does_not_answer`, `belongs`, `of_another`, `nothing_more`, `came_back`, `did_not_come_back`, `needs_nothing`,
    /// `from_source`, `not_from_source`
    purpose: Purpose,
    /// One of them takes it; where they lack a reference, `REFERENCE` stands for it. For further candidates, `mail show` has more.
    commands: Vec<String>,
}

#[derive(Debug, Serialize)]
struct BrieflyNames {
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
struct UnopenedNames {
    /// Empty if it has none.
    name: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct LinkNames {
    reference: String,
    authority: String,
    /// `reply`, `acknowledgement`, `automatic`, `bounce`
    effect: &'static str,
    by: Option<String>,
    evidence: Vec<ProofNames>,
    positions: Vec<PositionNames>,
    more_positions: usize,
}

#[derive(Debug, Serialize)]
struct PositionNames {
    recommendation: String,
    /// `accepted`, `partly accepted`, `rejected`
    position: String,
}

#[derive(Debug, Serialize)]
struct ProofNames {
    /// Name of the rule: `thread`.
    clue: &'static str,
    detail: String,
}

#[derive(Debug, Serialize)]
struct WaitingNames {
    mail: i64,
    received: Moment,
    age_days: i64,
    /// When the authority was told that it is being examined.
    told_on: Option<Day>,
    from: String,
    subject: String,
    writer: Option<Authorship>,
    passed_on: Option<PassedOnNames>,
    /// What can be done about it, in the order in which a person thinks of it.
    steps: Vec<StepNames>,
    /// `waiting` or `linked`, `suggested`, `unlinked`, `quarantined`
    standing: &'static str,
    why: Vec<String>,
    candidates: Vec<CandidateNames>,
    more_candidates: usize,
    unopened: Vec<UnopenedNames>,
    more_unopened: usize,
}

#[derive(Debug, Serialize)]
struct CandidateNames {
    reference: String,
    authority: String,
    evidence: Vec<ProofNames>,
}

/// A request in one of the lists; what a list does not speak of is absent.
#[derive(Debug, Default, Serialize)]
struct RequestNames {
    reference: String,
    authority: String,
    /// The deadline, or the day the list is about.
    day: Option<Day>,
    /// Days left, or days overdue.
    days: i64,
    partial: bool,
    step: Option<String>,
    step_on: Option<Day>,
    to: Option<String>,
    reason: Option<String>,
    /// `mailbox_not_read`, `reply_may_be_waiting`, `letter_on_its_way`, `said_to_have_come_back`, `nobody_to_write_to`, `address_suppressed`, `came_back`
    hold: Option<crate::domain::hold::Hold>,
}

/// Letters to a level of which the directory has nobody.
#[derive(Debug, Serialize)]
struct VacantNames {
    authority: String,
    step: String,
    level: String,
    /// `nobody_of_level`, `no_supervising_authority`, `supervising_authority_without_address`, `same_address`
    why: Vacancy,
    day: Day,
    /// Of the request whose letter falls due first.
    reference: String,
    /// Requests beside it.
    more: usize,
}

#[derive(Debug, Serialize)]
struct UndeliverableNames {
    authority: String,
    contact: String,
    reason: String,
    since: Day,
}

#[derive(Debug, Serialize)]
struct CameBackNames {
    reference: String,
    authority: String,
    to: String,
    /// `came_back`, `suppressed`, `said_to_have_come_back`, `unknown`
    what: CameBackHow,
    reason: String,
    age_days: i64,
    letter: i64,
    mail: Option<i64>,
}

#[derive(Debug, Serialize)]
struct SilentNames {
    /// A domain or an address.
    to: String,
    letters: usize,
    since: Day,
}

#[derive(Debug, Serialize)]
struct MailboxNames {
    name: String,
    last_read: Option<Moment>,
    failing_since: Option<Moment>,
    problem: Option<String>,
}

/// Something that fails, by the name of its part: `understanding`, `letters`, `sent folder`, `clock`, `register`.
#[derive(Debug, Serialize)]
struct FailingNames {
    part: String,
    since: Moment,
    problem: String,
}

#[derive(Debug, Serialize)]
struct OutboxNames {
    waiting: u64,
    unknown: u64,
    failing_since: Option<Moment>,
    problem: Option<String>,
}

impl DigestNames {
    pub fn new(content: &DigestContent, frame: Frame, zone: &TimeZone, language: &Language) -> DigestNames {
        let day = |date| Day::new(date, language);
        let moment = |at: Timestamp| Moment::new(at, zone, language);
        let request = |reference: &str, authority: &str| RequestNames {
            reference: name(reference),
            authority: name(authority),
            ..RequestNames::default()
        };
        let (shown, briefly) = by_how_they_are_told(&content.waiting);
        let waiting_count = content.waiting.len().saturating_add(usize::try_from(content.waiting_unlisted).unwrap_or(usize::MAX));
        DigestNames {
            frame,
            weekly: content.period == Period::Weekly,
            quiet: content.is_empty(),
            from: day(content.from),
            to: day(content.to),
            arrived: Section::of(&content.arrived, |mail| ArrivedNames {
                mail: mail.mail.0,
                received: moment(mail.received),
                from: name(&mail.from),
                subject: outside(&mail.subject, LONGEST_SUBJECT),
                writer: mail.writer,
                passed_on: mail.passed_on.as_ref().map(passed_on),
                deleted_unread: mail.deleted_unread,
                links: mail
                    .links
                    .iter()
                    .take(MOST_ITEMS)
                    .map(|link| LinkNames {
                        reference: name(&link.reference),
                        authority: name(&link.authority),
                        effect: link.effect.name(),
                        by: link.by.as_deref().map(name),
                        evidence: proofs(&link.evidence),
                        positions: positions(&link.positions),
                        more_positions: link.positions.len().saturating_sub(MOST_POSITIONS),
                    })
                    .collect(),
                unopened: unopened(&mail.unopened),
                more_unopened: mail.unopened.len().saturating_sub(MOST_UNOPENED),
            }),
            receipts: content.receipts,
            waiting: Section::of(&shown, |mail| WaitingNames {
                mail: mail.mail.0,
                received: moment(mail.received),
                age_days: mail.age_days,
                told_on: mail.told_on.map(|day| Day::new(day, language)),
                from: name(&mail.from),
                subject: outside(&mail.subject, LONGEST_SUBJECT),
                writer: mail.writer,
                passed_on: mail.passed_on.as_ref().map(passed_on),
                steps: mail.steps.iter().map(step).collect(),
                standing: if mail.effect == Some(Effect::Waiting) { Effect::Waiting.name() } else { mail.standing.name() },
                why: mail.why.iter().take(MOST_REASONS).map(|reason| outside(reason, LONGEST_REASON)).collect(),
                candidates: mail
                    .candidates
                    .iter()
                    .take(MOST_CANDIDATES)
                    .map(|candidate| CandidateNames {
                        reference: name(&candidate.reference),
                        authority: name(&candidate.authority),
                        evidence: proofs(&candidate.evidence),
                    })
                    .collect(),
                more_candidates: mail.candidates.len().saturating_sub(MOST_CANDIDATES),
                unopened: unopened(&mail.unopened),
                more_unopened: mail.unopened.len().saturating_sub(MOST_UNOPENED),
            })
            .of_all(waiting_count, waiting_count - shown.len() - briefly.len().min(MOST_BRIEFLY)),
            waiting_briefly: briefly
                .into_iter()
                .take(MOST_BRIEFLY)
                .map(|mail| BrieflyNames {
                    mail: mail.mail.0,
                    age_days: mail.age_days,
                    told_on: mail.told_on.map(day),
                    from: name(&mail.from),
                    writer: mail.writer,
                    references: mail.candidates.iter().take(MOST_CANDIDATES).map(|candidate| name(&candidate.reference)).collect(),
                    more_references: mail.candidates.len().saturating_sub(MOST_CANDIDATES),
                })
                .collect(),
            due_soon: Section::of(&content.due_soon, |due| RequestNames {
                day: Some(day(due.deadline)),
                days: due.days_left,
                ..request(&due.reference, &due.authority)
            }),
            overdue: Section::of(&content.overdue, |late| RequestNames {
                day: Some(day(late.deadline)),
                days: late.days,
                partial: late.partial,
                step: late.last_step.as_ref().map(|(step, _)| name(step)),
                step_on: late.last_step.as_ref().map(|(_, on)| day(*on)),
                ..request(&late.reference, &late.authority)
            }),
            undeliverable: Section::of(&content.undeliverable, |contact| UndeliverableNames {
                authority: name(&contact.authority),
                contact: name(&contact.contact),
                reason: outside(&contact.reason, LONGEST_REASON),
                since: day(contact.since),
            }),
            came_back: Section::of(&content.came_back, |letter| CameBackNames {
                reference: name(&letter.reference),
                authority: name(&letter.authority),
                to: name(&letter.to),
                what: letter.what,
                reason: outside(&letter.reason, LONGEST_REASON),
                age_days: letter.age_days,
                letter: letter.letter.0,
                mail: letter.mail.map(|mail| mail.0),
            }),
            silent: Section::of(&content.silent, |silence| SilentNames {
                to: name(&silence.to),
                letters: silence.letters,
                since: day(silence.since),
            }),
            non_cooperation: Section::of(&content.non_cooperation, |recorded| RequestNames {
                day: Some(day(recorded.recorded_on)),
                step: Some(recorded.not_written.join(", ")).filter(|steps| !steps.is_empty()),
                ..request(&recorded.reference, &recorded.authority)
            }),
            beyond_ladder: content.beyond_ladder,
            extensions: Section::of(&content.extensions, |extended| RequestNames {
                day: Some(day(extended.until)),
                reason: Some(outside(&extended.reason, LONGEST_REASON)),
                ..request(&extended.reference, &extended.authority)
            }),
            pauses: Section::of(&content.pauses, |paused| RequestNames {
                day: Some(day(paused.since)),
                reason: Some(outside(&paused.reason, LONGEST_REASON)),
                ..request(&paused.reference, &paused.authority)
            }),
            next_letters: Section::of(&content.next_letters, |letter| RequestNames {
                day: Some(day(letter.on)),
                step: Some(name(&letter.step)),
                to: Some(name(&letter.to)),
                ..request(&letter.reference, &letter.authority)
            }),
            held: Section::of(&content.held, |held| RequestNames {
                day: Some(day(held.due_on)),
                step: Some(name(&held.step)),
                hold: Some(held.why),
                ..request(&held.reference, &held.authority)
            }),
            vacant: Section::of(&content.vacant, |vacant| VacantNames {
                authority: name(&vacant.authority),
                step: name(&vacant.step),
                level: name(&vacant.level),
                why: vacant.why,
                day: day(vacant.due_on),
                reference: vacant.requests.first().map(|reference| name(reference)).unwrap_or_default(),
                more: vacant.requests.len().saturating_sub(1),
            }),
            mailboxes: mailboxes(&content.health, zone, language),
            failing: content
                .health
                .failing
                .iter()
                .map(|failing| FailingNames {
                    part: failing.part.name().into_owned(),
                    since: moment(failing.since),
                    problem: problem(&failing.problem),
                })
                .collect(),
            outbox: OutboxNames {
                waiting: content.health.outbox.waiting,
                unknown: content.health.outbox.unknown,
                failing_since: content.health.outbox.failing_since.map(moment),
                problem: content.health.outbox.problem.as_deref().map(problem),
            },
            running: content.health.is_running(),
            record: content.record.as_deref().map(name),
        }
    }
}

impl Moment {
    pub fn new(at: Timestamp, zone: &TimeZone, language: &Language) -> Moment {
        let local = at.to_zoned_datetime(zone.clone());
        Moment { day: Day::new(local.date(), language), time: local.strftime("%H:%M").to_string() }
    }
}

impl<T> Section<T> {
    fn of<S>(all: &[S], item: impl Fn(&S) -> T) -> Section<T> {
        Section { items: all.iter().take(MOST_ITEMS).map(item).collect(), count: all.len(), more: all.len().saturating_sub(MOST_ITEMS) }
    }

    /// Where it is not all of the list.
    fn of_all(self, count: usize, more: usize) -> Section<T> {
        Section { count, more, ..self }
    }
}

/// What came in the period is shown as far as can be read, and all else in a line each, so that it is seen each day and read in a minute.
fn by_how_they_are_told(waiting: &[Waiting]) -> (Vec<&Waiting>, Vec<&Waiting>) {
    let (mut shown, mut briefly): (Vec<&Waiting>, Vec<&Waiting>) = waiting.iter().partition(|mail| mail.is_new);
    briefly.extend(shown.drain(shown.len().min(MOST_IN_FULL)..));
    (shown, briefly)
}

/// What a server or the system said of a failure.
pub(super) fn problem(text: &str) -> String {
    outside(text, LONGEST_REASON)
}

pub(super) fn name(text: &str) -> String {
    outside(text, LONGEST_NAME)
}

/// Words of others: one line, short. Wrapped text could begin a line with them, and a line that begins with `demarche` is a command to copy:
/// a stranger's subject must not look like one.
fn outside(text: &str, longest: usize) -> String {
    one_line(text, longest).replace("demarche ", "“demarche” ").replace("demarche\u{a0}", "“demarche” ")
}

fn passed_on(mail: &PassedOn) -> PassedOnNames {
    let shown = mail.authors.iter().take(MOST_AUTHORS);
    let authors = shown.map(|author| AuthorNames {
        from: name(&author.from),
        authorities: author.authorities.iter().take(MOST_AUTHORS).map(|authority| name(authority)).collect(),
    });
    PassedOnNames { by: mail.by, authors: authors.collect(), more_authors: mail.authors.len().saturating_sub(MOST_AUTHORS) }
}

fn step(step: &Step) -> StepNames {
    let mut commands = step.commands("REFERENCE");
    commands.truncate(MOST_CANDIDATES);
    StepNames { purpose: step.purpose, commands }
}

fn positions(taken: &[PositionTaken]) -> Vec<PositionNames> {
    let shown = taken.iter().take(MOST_POSITIONS);
    shown.map(|taken| PositionNames { recommendation: name(&taken.recommendation), position: name(&taken.position) }).collect()
}

fn unopened(files: &[Unopened]) -> Vec<UnopenedNames> {
    let shown = files.iter().take(MOST_UNOPENED);
    shown.map(|file| UnopenedNames { name: outside(&file.name, LONGEST_NAME), why: outside(&file.why, LONGEST_REASON) }).collect()
}

fn proofs(evidence: &[Proof]) -> Vec<ProofNames> {
    let shown = evidence.iter().take(MOST_REASONS);
    shown.map(|proof| ProofNames { clue: proof.clue.name(), detail: outside(&proof.detail, LONGEST_DETAIL) }).collect()
}

fn mailboxes(health: &Health, zone: &TimeZone, language: &Language) -> Vec<MailboxNames> {
    let moment = |at: Timestamp| Moment::new(at, zone, language);
    let shown = health.mailboxes.iter().take(MOST_ITEMS);
    shown
        .map(|mailbox| MailboxNames {
            name: name(&mailbox.name),
            last_read: mailbox.last_read.map(moment),
            failing_since: mailbox.failing_since.map(moment),
            problem: mailbox.problem.as_deref().map(problem),
        })
        .collect()
}
