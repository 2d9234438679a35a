//! What a digest says, asked of the register for one member of staff.

use super::authors::AuthorBehind;
use super::health::{PartHealth, told_together};
use super::held::{HeldBack, held_back};
use super::new_letter::NewLetter;
use super::requests::UNANSWERED;
use super::steps::Words;
use super::vacant::Vacant;
use super::views::MailView;
use super::{Reader, Register, Result, directory, outbox, requests, rows};
use crate::digest::{
    Arrived, Authorship, DigestContent, DueSoon, Extended, Health, HeldStep, LinkMade, MailboxHealth, NextLetter, NonCooperation,
    OutboxHealth, Overdue, PartFailing, PassedOn, PassedOnFrom, Paused, Period, PositionTaken, Proof, Undeliverable, Unopened, VacantLevel,
    Waiting,
};
use crate::domain::authority::Authority;
use crate::domain::calendar::{days_between, plus_days};
use crate::domain::delivery::DeliveryState;
use crate::domain::event::{Happened, StepWritten};
use crate::domain::health::HealthPart;
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::linking::Evidence;
use crate::domain::reply::Effect;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::request::{ExchangeState, Request};
use crate::domain::resting::{Rises, risen_to};
use crate::domain::rules::day_in;
use crate::domain::silence::Silence;
use crate::domain::staff::{Responsibility, StaffMember, is_told, is_told_of_source};
use crate::domain::trust::{Proof as SenderProof, Writer};
use crate::mail::understood::Kind;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// A deadline within this many days is due soon.
const SOON_DAYS: i64 = 7;
/// More lines than anybody reads; the rest is counted by `status`.
const MOST_LINES: usize = 200;

impl Register {
    /// Puts a digest into the outbox, if there is something to say; the next one starts here.
    pub fn put_digest(
        &mut self,
        member: &str,
        period: &str,
        letter: Option<&NewLetter>,
        addresses: &ReplyAddresses,
        now: Timestamp,
    ) -> Result<()> {
        self.write(|tx, _| {
            let letter = letter.map(|letter| outbox::put_to_staff(tx, letter, Happened::DigestWritten, addresses, now)).transpose()?;
            tx.prepare_cached("INSERT OR REPLACE INTO digest (member, period, at, letter_id) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![member, period, now.as_second(), letter.map(|letter| letter.0)])?;
            Ok(())
        })
    }
}

impl Reader {
    /// Until when the last digest of this kind for this person spoke.
    pub fn last_digest(&self, member: &str, period: &str) -> Result<Option<Timestamp>> {
        let at: Option<i64> = self
            .db
            .prepare_cached("SELECT max(at) FROM digest WHERE member = ?1 AND period = ?2")?
            .query_row([member, period], |row| row.get(0))
            .optional()?
            .flatten();
        Ok(at.and_then(|second| Timestamp::from_second(second).ok()))
    }

    /// Everything one person is to be told: what happened since `since`, and how things stand at `now`.
    pub fn digest(&self, member: &StaffMember, period: Period, since: Timestamp, now: Timestamp) -> Result<DigestContent> {
        let zone = &self.rules.time_zone;
        let scope = Scope::of(self, member)?;
        let today = day_in(now, zone);
        let (arrived, receipts) = self.arrived(&scope, since)?;
        let (waiting, waiting_unlisted) = self.waiting(member, since, now)?;
        let held = self.held(&scope, now)?;
        let mut content = DigestContent {
            period,
            from: day_in(since, zone),
            to: today,
            arrived,
            receipts,
            waiting,
            waiting_unlisted,
            due_soon: vec![],
            overdue: vec![],
            undeliverable: self.undeliverable(&scope, since, today)?,
            came_back: self.came_back(now)?.into_iter().filter(|(authority, _)| scope.covers(*authority)).map(|(_, line)| line).collect(),
            silent: if period == Period::Weekly { self.silent_to_tell(member, now)? } else { vec![] },
            non_cooperation: vec![],
            beyond_ladder: 0,
            extensions: vec![],
            pauses: vec![],
            next_letters: self.next_letters(&scope, &held, now)?,
            vacant: self.vacant_soon(&scope, now)?,
            held,
            health: self.digest_health()?,
            record: if period == Period::Weekly { self.head()?.map(|head| head.to_string()) } else { None },
        };
        let mut authorities = HashMap::new();
        for id in self.to_tell_of(period, day_in(since, zone))? {
            let request = requests::load(&self.db, id)?;
            if !scope.covers(request.authority) {
                continue;
            }
            let authority = match authorities.entry(request.authority) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(directory::load_head(&self.db, request.authority)?),
            };
            self.add_request(&mut content, &request, authority, since, now)?;
        }
        content.due_soon.sort_by_key(|due| due.deadline);
        content.overdue.sort_by_key(|overdue| std::cmp::Reverse(overdue.days));
        content.overdue.truncate(MOST_LINES);
        Ok(content)
    }

    /// The requests that a digest may have to name. Daily, those on the clock (a step is still to come, or paused) and those given up since; the
    /// weekly one goes over all that are not settled. After ten years most unanswered requests are beyond the ladder's end, and a list of them
    /// every morning would hide the day's work.
    fn to_tell_of(&self, period: Period, since: Date) -> Result<Vec<RequestId>> {
        let condition = match period {
            Period::Daily => "next_due IS NOT NULL OR paused OR non_cooperation_on >= ?1".to_owned(),
            Period::Weekly => format!("non_cooperation_on >= ?1 OR ended IS NULL AND (next_due IS NOT NULL OR paused OR {UNANSWERED})"),
        };
        let mut statement = self.db.prepare_cached(&format!("SELECT id FROM request WHERE {condition} ORDER BY id"))?;
        let found = statement.query_map([since.to_string()], |row| row.get(0).map(RequestId))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    fn add_request(
        &self,
        content: &mut DigestContent,
        request: &Request,
        authority: &Authority,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let today = day_in(now, &self.rules.time_zone_of(authority));
        let (reference, authority) = (request.reference.clone(), authority.name.clone());
        let (recorded_on, on_the_ladder) = self
            .db
            .prepare_cached("SELECT non_cooperation_on, next_due IS NOT NULL FROM request WHERE id = ?1")?
            .query_row([request.id.0], |row| Ok((rows::optional_day(row, 0)?, row.get::<_, bool>(1)?)))?;
        if let Some(recorded_on) = recorded_on.filter(|day| *day >= day_in(since, &self.rules.time_zone)) {
            let not_written = self.not_written_to(request.id)?;
            content.non_cooperation.push(NonCooperation {
                reference: reference.clone(),
                authority: authority.clone(),
                recorded_on,
                not_written,
            });
        }
        if request.is_settled() || request.sent_at.is_none() {
            return Ok(());
        }
        if let Some(pause) = request.basis.pauses.iter().find(|pause| pause.until.is_none()) {
            content.pauses.push(Paused { reference, authority, since: pause.from, reason: pause.reason.clone() });
            return Ok(());
        }
        if recorded_on.is_some() && !on_the_ladder {
            content.beyond_ladder += u64::from(content.period == Period::Weekly);
            return Ok(());
        }
        if let Some(extension) = request.basis.extensions.last().filter(|extension| extension.until >= today) {
            content.extensions.push(Extended {
                reference: reference.clone(),
                authority: authority.clone(),
                until: request.deadline,
                reason: extension.reason.clone(),
            });
        }
        let days_left = days_between(today, request.deadline);
        match request.state(today) {
            ExchangeState::Pending if days_left <= SOON_DAYS => {
                content.due_soon.push(DueSoon { reference, authority, deadline: request.deadline, days_left });
            }
            state @ (ExchangeState::Overdue | ExchangeState::Partial) => content.overdue.push(Overdue {
                reference,
                authority,
                deadline: request.deadline,
                days: -days_left,
                partial: state == ExchangeState::Partial,
                last_step: self.last_step(request.id)?,
            }),
            ExchangeState::Pending | ExchangeState::Completed => {}
        }
        Ok(())
    }

    fn last_step(&self, request: RequestId) -> Result<Option<(String, Date)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT step, taken_on FROM step_taken t WHERE request_id = ?1 AND NOT passed_over
                AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.id = t.letter_id AND l.role = ?2)
             ORDER BY rowid DESC LIMIT 1",
        )?;
        Ok(statement.query_row(params![request.0, LetterRole::Examination], |row| Ok((row.get(0)?, rows::day(row, 1)?))).optional()?)
    }

    /// What was linked, without what only says that a letter was delivered or read; and how much there is of that.
    fn arrived(&self, scope: &Scope, since: Timestamp) -> Result<(Vec<Arrived>, u64)> {
        let mut statement = self.db.prepare_cached(
            "SELECT l.mail_id, r.reference, r.authority_id, a.name, l.effect, l.evidence, l.linked_by, m.kind, r.id,
                m.kind = 'read receipt' AND m.deleted_unread
             FROM mail_link l JOIN request r ON r.id = l.request_id JOIN authority a ON a.id = r.authority_id JOIN mail m ON m.id = l.mail_id
             WHERE l.linked_at > ?1 AND l.effect <> 'waiting' ORDER BY l.linked_at, l.mail_id, r.id",
        )?;
        let mut found = statement.query([since.as_second()])?;
        let mut deleted_unread = HashSet::new();
        let (mut linked, mut receipts): (Vec<(MailId, Vec<LinkMade>)>, Vec<MailId>) = (Vec::new(), Vec::new());
        while let Some(row) = found.next()? {
            if !scope.covers(AuthorityId(row.get(2)?)) {
                continue;
            }
            let mail = MailId(row.get(0)?);
            let kind = row.get::<_, Option<String>>(7)?.and_then(|kind| Kind::from_name(&kind));
            let effect = Effect::from_name(&row.get::<_, String>(4)?).unwrap_or(Effect::Reply);
            // One in which a person typed an answer is told like any other; and that nobody has read a letter is no report that somebody has.
            let is_deleted_unread = row.get::<_, Option<bool>>(9)?.unwrap_or(false);
            if matches!(kind, Some(Kind::DeliveryReceipt | Kind::ReadReceipt)) && effect != Effect::Reply && !is_deleted_unread {
                receipts.push(mail);
                continue;
            }
            if is_deleted_unread {
                deleted_unread.insert(mail);
            }
            let by: String = row.get(6)?;
            let evidence: Vec<Evidence> = rows::json(row, 5)?;
            let link = LinkMade {
                reference: row.get(1)?,
                authority: row.get(3)?,
                effect,
                by: (by != "rule").then_some(by),
                evidence: evidence.into_iter().map(Proof::from).collect(),
                positions: self.positions(mail, RequestId(row.get(8)?))?,
            };
            match linked.last_mut().filter(|(last, _)| *last == mail) {
                Some((_, links)) => links.push(link),
                None => linked.push((mail, vec![link])),
            }
        }
        receipts.dedup();
        linked.sort_by_key(|(_, links)| links.iter().map(|link| told_first(link.effect)).min());
        linked.truncate(MOST_LINES);
        let mut arrived = Vec::new();
        for (mail, links) in linked {
            let view = self.mail_view(mail)?;
            let told = self.told(view)?;
            arrived.push(Arrived {
                mail,
                received: told.received,
                from: told.from,
                subject: told.subject,
                writer: told.writer,
                passed_on: told.passed_on,
                deleted_unread: deleted_unread.contains(&mail),
                links,
                unopened: told.unopened,
            });
        }
        Ok((arrived, receipts.len() as u64))
    }

    /// Of what somebody in no directory wrote, only that it is there; also if a colleague or a list has passed it on, and of what is not from whom it
    /// says.
    fn told(&self, view: MailView) -> Result<Told> {
        let nothing = Told {
            received: view.received_at,
            from: String::new(),
            subject: String::new(),
            writer: None,
            passed_on: None,
            unopened: vec![],
        };
        if view.note.is_some() {
            return Ok(Told { from: "demarche".into(), subject: view.subject.unwrap_or_default(), ..nothing });
        }
        if view.is_source {
            return Ok(Told { writer: Some(Authorship { writer: Writer::Stranger, proof: SenderProof::NotProven }), ..nothing });
        }
        let Words { authorship, passed_on } = self.words_of(&view)?;
        let is_unquoted = authorship.is_some_and(Authorship::is_unquoted);
        let from = |author: AuthorBehind| PassedOnFrom { from: author.written, authorities: author.authorities };
        let passed_on = passed_on
            .map(|mail| PassedOn { by: mail.by, authors: if is_unquoted { vec![] } else { mail.authors.into_iter().map(from).collect() } });
        if is_unquoted {
            return Ok(Told { writer: authorship, passed_on, ..nothing });
        }
        let (from, subject) = (view.from.unwrap_or_default(), view.subject.unwrap_or_default());
        Ok(Told { from, subject, writer: authorship, passed_on, unopened: self.unopened(MailId(view.id))?, ..nothing })
    }

    /// The steps that had nobody to go to when non-cooperation was recorded.
    fn not_written_to(&self, request: RequestId) -> Result<Vec<String>> {
        let recorded = self.events_of_request(request)?.into_iter().rev().find_map(|event| match event.happened()? {
            Happened::NonCooperationRecorded(StepWritten { vacant, .. }) => Some(vacant),
            _ => None,
        });
        Ok(recorded.unwrap_or_default())
    }

    /// Who may be able to write or call by another way, and the operator, who can ask why letters are taken for spam.
    fn silent_to_tell(&self, member: &StaffMember, now: Timestamp) -> Result<Vec<Silence>> {
        let (scopes, today) = (self.scopes()?, day_in(now, &self.rules.time_zone));
        let told = self.silences(now)?.into_iter().filter(|(_, authorities)| {
            let is_responsible =
                |other: &StaffMember| scopes.get(other.address.as_str()).is_some_and(|scope| scope.covers_any(authorities));
            member.operator || is_told(member, &self.rules.staff, is_responsible, Rises::Responsible, today)
        });
        Ok(told.map(|(silence, _)| silence).take(MOST_LINES).collect())
    }

    /// What each member of staff answers for, by address.
    fn scopes(&self) -> Result<HashMap<&str, Scope>> {
        self.rules.staff.iter().map(|member| Ok((member.address.as_str(), Scope::of(self, member)?))).collect()
    }

    /// What waits, and how much more there is.
    fn waiting(&self, member: &StaffMember, since: Timestamp, now: Timestamp) -> Result<(Vec<Waiting>, u64)> {
        let today = day_in(now, &self.rules.time_zone);
        let scopes = self.scopes()?;
        let mut waiting = Vec::new();
        let mut unlisted = 0;
        let mut views = self.waiting_views()?;
        // A list that is cut must not lose those for which letters rest behind any number of strangers.
        views.sort_by_key(|view| !view.rests);
        for view in views {
            // A report that nothing proves has a line of its own among the letters that came back, with what to do.
            if view.only_claims() {
                continue;
            }
            let mail = MailId(view.id);
            let mut authorities = self.authorities_of(mail)?;
            let mut candidates = Vec::new();
            for (authority, candidate) in self.candidates(&view)? {
                authorities.push(authority);
                candidates.push(candidate);
            }
            let is_responsible =
                |other: &StaffMember| scopes.get(other.address.as_str()).is_some_and(|scope| scope.covers_any(&authorities));
            let risen = risen_to(day_in(view.received_at, &self.rules.time_zone), now, &self.rules.rest_terms());
            let told = if view.is_source { is_told_of_source } else { is_told };
            if !told(member, &self.rules.staff, is_responsible, risen, today) {
                continue;
            }
            if waiting.len() == MOST_LINES {
                unlisted += 1;
                continue;
            }
            let (standing, effect) = (view.standing, view.effect);
            let why = view.note.clone().map_or_else(|| view.because.clone(), |note| vec![note]);
            let steps = self.steps(&view, member.sources.then_some(member.address.as_str()))?;
            let told = self.told(view)?;
            waiting.push(Waiting {
                mail,
                received: told.received,
                is_new: self.has_changed(mail, since)?,
                told_on: self.told_of_examination_on(mail)?,
                age_days: days_between(day_in(told.received, &self.rules.time_zone), day_in(now, &self.rules.time_zone)),
                from: told.from,
                subject: told.subject,
                writer: told.writer,
                passed_on: told.passed_on,
                steps,
                effect,
                standing,
                why,
                candidates,
                unopened: told.unopened,
            });
        }
        Ok((waiting, unlisted))
    }

    /// Whether it came, or anything was decided about it, since then.
    fn has_changed(&self, mail: MailId, since: Timestamp) -> Result<bool> {
        let mut statement = self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM event WHERE mail_id = ?1 AND at >= ?2)")?;
        Ok(statement.query_row(params![mail.0, since.as_second()], |row| row.get(0))?)
    }

    /// When the authority of a request that rests for this mail was told that it is being examined.
    fn told_of_examination_on(&self, mail: MailId) -> Result<Option<Date>> {
        let mut statement = self.db.prepare_cached(
            "SELECT max(l.written_on) FROM letter l JOIN mail_link k ON k.request_id = l.request_id AND k.effect = 'waiting'
                JOIN mail m ON m.id = k.mail_id
             WHERE k.mail_id = ?1 AND l.role = ?2 AND l.written_at > m.received_at
                AND EXISTS (SELECT 1 FROM delivery d WHERE d.letter_id = l.id AND d.state <> 'cancelled')",
        )?;
        Ok(statement.query_row(params![mail.0, LetterRole::Examination], |row| rows::optional_day(row, 0))?)
    }

    /// The positions that a mail states on the recommendations of a request.
    fn positions(&self, mail: MailId, request: RequestId) -> Result<Vec<PositionTaken>> {
        let mut statement = self.db.prepare_cached(
            "SELECT c.reference, x.position FROM answer x JOIN recommendation c ON c.id = x.recommendation_id
                LEFT JOIN request_recommendation q ON q.request_id = x.request_id AND q.recommendation_id = x.recommendation_id
             WHERE x.mail_id = ?1 AND x.request_id = ?2 AND x.position IS NOT NULL ORDER BY q.position",
        )?;
        let found =
            statement.query_map([mail.0, request.0], |row| Ok(PositionTaken { recommendation: row.get(0)?, position: row.get(1)? }))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// The attachments of a mail that were not opened, or not wholly.
    fn unopened(&self, mail: MailId) -> Result<Vec<Unopened>> {
        let understood = self.understood(mail)?.unwrap_or_default();
        let enclosed = understood.enclosed.into_iter().flat_map(|enclosed| enclosed.attachments);
        let attached = understood.attachments.into_iter().chain(enclosed);
        let unopened = attached.filter_map(|one| Some(Unopened { name: one.name.unwrap_or_default(), why: one.warning? }));
        Ok(unopened.take(MOST_LINES).collect())
    }

    /// Addresses that are written to no more. One in whose place another is written to is told once.
    fn undeliverable(&self, scope: &Scope, since: Timestamp, today: Date) -> Result<Vec<Undeliverable>> {
        let mut statement = self.db.prepare_cached(
            "SELECT c.authority_id, a.name, c.name, c.address, s.evidence, s.since
             FROM address_state s JOIN contact c ON c.address = s.address JOIN authority a ON a.id = c.authority_id
             WHERE s.state = 'suppressed' AND s.until IS NULL AND (s.since >= ?1
                OR NOT EXISTS (SELECT 1 FROM contact o WHERE o.authority_id = c.authority_id AND o.office = c.office AND o.level = c.level
                    AND NOT EXISTS (SELECT 1 FROM address_state n WHERE n.address = o.address AND n.until IS NULL AND n.state = 'suppressed')
                    AND coalesce(o.valid_from, ?2) <= ?2 AND coalesce(o.valid_to, ?2) >= ?2))
             ORDER BY 2, 4",
        )?;
        let found = statement.query_map(params![since.as_second(), today.to_string()], |row| {
            let (name, address): (Option<String>, String) = (row.get(2)?, row.get(3)?);
            let since = day_in(rows::timestamp(row, 5)?, &self.rules.time_zone);
            let contact = name.map_or_else(|| address.clone(), |name| format!("{name} <{address}>"));
            Ok((AuthorityId(row.get(0)?), Undeliverable { authority: row.get(1)?, contact, reason: row.get(4)?, since }))
        })?;
        let all: Vec<(AuthorityId, Undeliverable)> = found.collect::<rusqlite::Result<_>>()?;
        Ok(all.into_iter().filter(|(authority, _)| scope.covers(*authority)).map(|(_, line)| line).take(MOST_LINES).collect())
    }

    /// Of requests of which nothing is held back.
    fn next_letters(&self, scope: &Scope, held: &[HeldStep], now: Timestamp) -> Result<Vec<NextLetter>> {
        let until = plus_days(day_in(now, &self.rules.time_zone), SOON_DAYS);
        let mut foreseen = self.forecast(now, until)?;
        foreseen.retain(|step| held.iter().all(|held| held.reference != step.reference));
        let mut next = Vec::new();
        for step in foreseen {
            let request = requests::by_reference_or_refuse(&self.db, &step.reference)?;
            if let Some(to) = step.to.first().filter(|_| scope.covers(request.authority)) {
                next.push(NextLetter {
                    on: step.on,
                    to: to.clone(),
                    step: step.step,
                    reference: step.reference,
                    authority: step.authority,
                });
            }
            if next.len() == MOST_LINES {
                break;
            }
        }
        Ok(next)
    }

    /// By authority and step, the earliest first: what is missing in the directory is mended once for all its requests.
    fn vacant_soon(&self, scope: &Scope, now: Timestamp) -> Result<Vec<VacantLevel>> {
        let until = plus_days(day_in(now, &self.rules.time_zone), SOON_DAYS);
        let mut levels: Vec<VacantLevel> = Vec::new();
        let is_told = |vacant: &Vacant| vacant.due_on <= until && scope.covers(vacant.authority_id);
        for vacant in self.vacant_levels(now)?.into_iter().filter(is_told) {
            match levels.iter_mut().find(|level| (&level.authority, &level.step) == (&vacant.authority, &vacant.step)) {
                Some(level) => level.requests.push(vacant.reference),
                None => levels.push(VacantLevel {
                    authority: vacant.authority,
                    step: vacant.step,
                    level: vacant.level,
                    why: vacant.why,
                    due_on: vacant.due_on,
                    requests: vec![vacant.reference],
                }),
            }
        }
        Ok(levels)
    }

    fn held(&self, scope: &Scope, now: Timestamp) -> Result<Vec<HeldStep>> {
        let mut held = Vec::new();
        for (reference, why) in self.agenda(now, MOST_LINES)?.held.into_iter().take(MOST_LINES) {
            let request = requests::by_reference_or_refuse(&self.db, &reference)?;
            if !scope.covers(request.authority) {
                continue;
            }
            let known = super::known::Known::load(&self.db, &self.rules, request.id)?;
            let HeldBack { step, due_on, .. } = held_back(&known, &self.rules, why, now);
            held.push(HeldStep { reference, authority: known.authority.name.clone(), step, due_on, why });
        }
        Ok(held)
    }

    fn digest_health(&self) -> Result<Health> {
        let (mailboxes, others): (Vec<PartHealth>, Vec<PartHealth>) =
            self.health()?.into_iter().partition(|part| matches!(part.part, HealthPart::Mailbox(_)));
        let sending = others.iter().find(|part| part.part == HealthPart::Sending);
        let failing = others.iter().filter(|part| part.part != HealthPart::Sending).filter_map(|part| {
            Some(PartFailing { part: part.part.clone(), since: part.failing_since?, problem: part.fault.clone().unwrap_or_default() })
        });
        Ok(Health {
            failing: failing.collect(),
            mailboxes: told_together(mailboxes)
                .into_iter()
                .map(|alike| MailboxHealth {
                    name: alike.parts,
                    last_read: alike.ok_at,
                    failing_since: alike.failing_since,
                    problem: alike.fault,
                })
                .collect(),
            outbox: OutboxHealth {
                waiting: self.letters_in(DeliveryState::Waiting)?,
                unknown: self.letters_in(DeliveryState::Unknown)?,
                failing_since: sending.and_then(|part| part.failing_since),
                problem: sending.and_then(|part| part.fault.clone()),
            },
        })
    }
}

/// What a digest may tell of a mail.
struct Told {
    received: Timestamp,
    from: String,
    subject: String,
    writer: Option<Authorship>,
    passed_on: Option<PassedOn>,
    unopened: Vec<Unopened>,
}

/// In what order a digest tells of mails: a list that is cut loses the machines first.
fn told_first(effect: Effect) -> u8 {
    match effect {
        Effect::Reply => 0,
        Effect::Bounce => 1,
        Effect::Acknowledgement => 2,
        Effect::Automatic => 3,
        Effect::Waiting => 4,
    }
}

/// What a member of staff answers for.
struct Scope {
    /// None is everything.
    authorities: Option<HashSet<AuthorityId>>,
    /// Mail that points to no authority at all must be seen by somebody: by those who answer for everything, or by everybody if nobody does.
    strays: bool,
}

impl Scope {
    fn of(reader: &Reader, member: &StaffMember) -> Result<Scope> {
        let nobody_has_all = !reader.rules.staff.iter().any(|other| other.responsible_for == Responsibility::Everything);
        Ok(match &member.responsible_for {
            Responsibility::Everything => Scope { authorities: None, strays: true },
            Responsibility::Nothing => Scope { authorities: Some(HashSet::new()), strays: false },
            Responsibility::Authorities(names) => {
                let mut authorities = HashSet::new();
                for name in names {
                    authorities.extend(directory::find(&reader.db, name)?);
                }
                Scope { authorities: Some(authorities), strays: nobody_has_all }
            }
        })
    }

    fn covers(&self, authority: AuthorityId) -> bool {
        self.authorities.as_ref().is_none_or(|authorities| authorities.contains(&authority))
    }

    fn covers_any(&self, authorities: &[AuthorityId]) -> bool {
        if authorities.is_empty() { self.strays } else { authorities.iter().any(|authority| self.covers(*authority)) }
    }
}
