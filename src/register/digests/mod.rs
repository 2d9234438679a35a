//! What digests say. A digest is cut by the number of an event: it tells what was recorded after the last event that the one before knew of, so that
//! nothing is told twice or never, however much falls into one second and whatever the clock shows.
//!
//! All digests of one pass are made from one look at the register (one read transaction). What concerns the whole office is read once for all members
//! of staff, and each is told their part of it; who hears of what is decided in `domain::telling` and `domain::staff`.

mod arrived;
mod deadline_headings;
mod drafts_told;
mod holding_queue;
mod mail_told;
mod next_steps;

use super::Transaction;
use super::exchanges::{Exchanges, Which};
use super::{Reader, Result, directory, events, rows};
use crate::digest::{
    CameBack, DigestContent, DraftWaiting, DraftWithdrawn, Health, MailboxHealth, OutboxHealth, PartFailing, Undeliverable,
};
use crate::domain::authority::written_to_instead;
use crate::domain::delivery::DeliveryState;
use crate::domain::health::{HealthPart, PartHealth, told_together};
use crate::domain::identity::{AuthorityId, ContactId, LetterId};
use crate::domain::post::Contact;
use crate::domain::rules::day_in;
use crate::domain::silence::Silence;
use crate::domain::staff::Rises;
use crate::domain::staff::{Responsibility, StaffMember, is_told};
use crate::domain::telling::{MOST_LINES, Period, Scope, is_suppression_told};
#[cfg(test)]
pub(super) use arrived::LINKED_AFTER;
use arrived::News;
use deadline_headings::Named;
use drafts_told::WaitingDraft;
use holding_queue::WaitingMail;
use jiff::Timestamp;
use jiff::civil::Date;
use mail_told::LookedUp;
use next_steps::{Upcoming, of_scope};
use rusqlite::{OptionalExtension, params};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// The digest before: what came after its last event is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastDigest {
    pub at: Timestamp,
    /// The number of the last event that it knew of.
    pub last_event: i64,
}

/// A digest that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct DueDigest<'a> {
    pub member: &'a StaffMember,
    pub period: Period,
    pub since: LastDigest,
}

/// What the digests of one pass say, in the order in which they were asked for.
#[derive(Debug, Clone)]
pub struct Digests {
    pub contents: Vec<DigestContent>,
    /// The number of the last event that they know of.
    pub last_event: i64,
}

/// A digest was made; the next one of this person tells what was recorded after `last_event`.
pub(crate) fn put(
    tx: &Transaction<'_>,
    member: &str,
    period: Period,
    last_event: i64,
    letter: Option<LetterId>,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO digest (member, period, last_event, at, letter_id) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![member, period.name(), last_event, now.as_second(), letter.map(|letter| letter.0)])?;
    Ok(())
}

impl Reader {
    /// The last digest of this kind for this person.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn last_digest(&self, member: &str, period: Period) -> Result<Option<LastDigest>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT at, last_event FROM digest WHERE member = ?1 AND period = ?2 ORDER BY last_event DESC LIMIT 1")?;
        let last = statement
            .query_row([member, period.name()], |row| Ok(LastDigest { at: rows::timestamp(row, 0)?, last_event: row.get(1)? }))
            .optional()?;
        Ok(last)
    }

    /// Everything that these people are to be told: what happened since the last digest of each, and how things stand at `now`. The days of a digest
    /// are the office's; whether a deadline has passed is judged by the authority's own day.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn digests(&self, due: &[DueDigest<'_>], now: Timestamp) -> Result<Digests> {
        // Another connection may write meanwhile, and what it writes belongs to the next digests, whole.
        self.at_one_moment(|reader| {
            let last_event = events::last(reader)?;
            let mut office = WholeOffice::load(reader, due, now)?;
            let contents = due.iter().map(|due| office.told(due)).collect::<Result<_>>()?;
            Ok(Digests { contents, last_event })
        })
    }
}

/// What concerns the whole office, with the authority that each line is about.
struct WholeOffice<'r> {
    /// The last event of the record and its hash.
    record: Option<String>,
    reader: &'r Reader,
    /// In the office's time zone.
    today: Date,
    /// What each member of staff answers for, by address.
    scopes: HashMap<&'r str, Scope>,
    exchanges: Exchanges,
    waiting: Vec<WaitingMail>,
    upcoming: Upcoming,
    undeliverable: Vec<Suppressed>,
    came_back: Vec<(AuthorityId, CameBack)>,
    drafts: Vec<WaitingDraft>,
    /// By the number of the event after which they were withdrawn.
    drafts_withdrawn: HashMap<i64, Vec<(AuthorityId, DraftWithdrawn)>>,
    silent: Vec<(Silence, Vec<AuthorityId>)>,
    health: Health,
    /// What was recorded after an event, by its number: most members had their last digest at the same time.
    news: HashMap<i64, News>,
    named: HashMap<(i64, Period), Named>,
    mails: LookedUp<'r>,
}

/// A contact to which no letter can be delivered.
struct Suppressed {
    authority: AuthorityId,
    /// By which it was recorded; none: it is older than the record.
    event: Option<i64>,
    /// Another of the same office and level can be written to.
    has_another: bool,
    line: Undeliverable,
}

impl<'r> WholeOffice<'r> {
    fn load(reader: &'r Reader, due: &[DueDigest<'_>], now: Timestamp) -> Result<WholeOffice<'r>> {
        let today = day_in(now, &reader.rules.time_zone);
        let is_weekly = due.iter().any(|due| due.period == Period::Weekly);
        let exchanges = reader.exchanges(Which::All, now)?;
        let scopes = scopes(reader)?;
        let (mut news, mut named, mut drafts_withdrawn) = (HashMap::new(), HashMap::new(), HashMap::new());
        for due in due {
            let after = due.since.last_event;
            let news = match news.entry(after) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(News::load(reader, after)?),
            };
            if let Entry::Vacant(place) = drafts_withdrawn.entry(after) {
                place.insert(drafts_told::withdrawn(reader, after)?);
            }
            named.entry((after, due.period)).or_insert_with(|| Named::of(&exchanges, news, due.period));
        }
        Ok(WholeOffice {
            waiting: holding_queue::waiting(reader, &scopes, now)?,
            upcoming: next_steps::upcoming(reader, &exchanges, now)?,
            undeliverable: undeliverable(reader, now)?,
            came_back: reader.came_back(now)?,
            drafts: drafts_told::waiting(reader, now)?,
            drafts_withdrawn,
            silent: if is_weekly { reader.silences(now)? } else { vec![] },
            record: if is_weekly { reader.head()?.map(|head| head.to_string()) } else { None },
            health: health(reader)?,
            news,
            named,
            mails: LookedUp::nothing_yet(reader),
            reader,
            today,
            scopes,
            exchanges,
        })
    }

    /// One person's part of it.
    fn told(&mut self, due: &DueDigest<'_>) -> Result<DigestContent> {
        let DueDigest { member, period, since } = *due;
        let nothing = Scope::of(&Responsibility::Nothing, HashSet::new(), true);
        let scope = self.scopes.get(member.address.as_str()).cloned().unwrap_or(nothing);
        let news = self.news.get(&since.last_event);
        let (arrived, receipts) = news.map_or(Ok((vec![], 0)), |news| news.arrived(&scope, &mut self.mails))?;
        let (waiting, waiting_unlisted) =
            holding_queue::told_to(member, &self.reader.rules.staff, &self.waiting, news.map(|news| &news.changed), self.today);
        let (next_letters, held, vacant) = self.upcoming.of(&scope);
        let drafts_withdrawn = self.drafts_withdrawn.get(&since.last_event).map(Vec::as_slice).unwrap_or_default();
        let mut content = DigestContent {
            period,
            record: self.record.clone().filter(|_| period == Period::Weekly),
            from: day_in(since.at, &self.reader.rules.time_zone).min(self.today),
            to: self.today,
            arrived,
            receipts,
            waiting,
            waiting_unlisted,
            due_soon: vec![],
            overdue: vec![],
            undeliverable: self.undeliverable(&scope, since),
            came_back: of_scope(&self.came_back, &scope).collect(),
            drafts: self.drafts(member),
            drafts_withdrawn: of_scope(drafts_withdrawn, &scope).take(MOST_LINES).collect(),
            silent: if period == Period::Weekly { self.silent(member) } else { vec![] },
            non_cooperation: vec![],
            beyond_ladder: 0,
            extensions: vec![],
            pauses: vec![],
            next_letters,
            held,
            vacant,
            health: self.health.clone(),
        };
        if let (Some(news), Some(named)) = (news, self.named.get(&(since.last_event, period))) {
            named.tell(&mut content, &scope, &self.exchanges, news, self.reader)?;
        }
        Ok(content)
    }

    /// Who may be able to write or call by another way, and the operator, who can ask why letters are taken for spam.
    fn silent(&self, member: &StaffMember) -> Vec<Silence> {
        let staff = &self.reader.rules.staff;
        let told = self.silent.iter().filter(|(_, authorities)| {
            let is_responsible =
                |other: &StaffMember| self.scopes.get(other.address.as_str()).is_some_and(|scope| scope.covers_any(authorities));
            member.operator || is_told(member, staff, is_responsible, Rises::Responsible, self.today)
        });
        told.map(|(silence, _)| silence.clone()).take(MOST_LINES).collect()
    }

    fn drafts(&self, member: &StaffMember) -> Vec<DraftWaiting> {
        let told = self.drafts.iter().filter(|draft| {
            let is_responsible =
                |other: &StaffMember| self.scopes.get(other.address.as_str()).is_some_and(|scope| scope.covers(draft.authority));
            is_told(member, &self.reader.rules.staff, is_responsible, draft.risen, self.today)
        });
        told.map(|draft| draft.line.clone()).take(MOST_LINES).collect()
    }

    fn undeliverable(&self, scope: &Scope, since: LastDigest) -> Vec<Undeliverable> {
        let is_new = |one: &Suppressed| one.event.is_some_and(|event| event > since.last_event);
        let all = self.undeliverable.iter().filter(|one| is_suppression_told(is_new(one), one.has_another) && scope.covers(one.authority));
        all.map(|one| one.line.clone()).take(MOST_LINES).collect()
    }
}

fn scopes(reader: &Reader) -> Result<HashMap<&str, Scope>> {
    let staff = &reader.rules.staff;
    let somebody_has_all = staff.iter().any(|member| member.responsible_for == Responsibility::Everything);
    let scope = |member: &StaffMember| -> Result<Scope> {
        let mut named = HashSet::new();
        if let Responsibility::Authorities(names) = &member.responsible_for {
            for name in names {
                named.extend(directory::find(reader, name)?);
            }
        }
        Ok(Scope::of(&member.responsible_for, named, somebody_has_all))
    };
    staff.iter().map(|member| Ok((member.address.as_str(), scope(member)?))).collect()
}

/// Addresses that are written to no more; not those of who is gone by their authority's day, or that are given up: nothing would go there anyway.
fn undeliverable(reader: &Reader, now: Timestamp) -> Result<Vec<Suppressed>> {
    let suppressed = "SELECT address FROM address_state WHERE state = 'suppressed' AND until IS NULL";
    let mut contacts: HashMap<AuthorityId, Vec<Contact>> = HashMap::new();
    let of_theirs = format!("c.authority_id IN (SELECT authority_id FROM seated_contact WHERE address IN ({suppressed})) ORDER BY c.id");
    for contact in directory::contacts_where(reader, &of_theirs, [])? {
        contacts.entry(contact.authority).or_default().push(contact);
    }
    let mut statement = reader.db.prepare_cached(
        "SELECT c.authority_id, c.id, a.name, s.evidence, s.since, s.event_id, a.time_zone
         FROM address_state s JOIN seated_contact c ON c.address = s.address JOIN authority a ON a.id = c.authority_id
         WHERE s.state = 'suppressed' AND s.until IS NULL ORDER BY a.name, c.address",
    )?;
    let mut found = statement.query([])?;
    let mut undeliverable = Vec::new();
    while let Some(row) = found.next()? {
        let authority = AuthorityId(row.get(0)?);
        let all = contacts.get(&authority).map(Vec::as_slice).unwrap_or_default();
        let id = ContactId(row.get(1)?);
        let today = day_in(now, &reader.rules.time_zone_named(row.get::<_, Option<String>>(6)?.as_deref()));
        let Some(contact) = all.iter().find(|contact| contact.id == id && !contact.valid.ended_before(today)) else { continue };
        let Contact { unit, level, address, .. } = contact;
        let another = written_to_instead(all, unit, level, std::slice::from_ref(address), today);
        let since = day_in(rows::timestamp(row, 4)?, &reader.rules.time_zone);
        let contact = contact.name.as_ref().map_or_else(|| address.clone(), |name| format!("{name} <{address}>"));
        undeliverable.push(Suppressed {
            authority,
            event: row.get(5)?,
            has_another: another.is_some(),
            line: Undeliverable { authority: row.get(2)?, contact, reason: row.get(3)?, since },
        });
    }
    Ok(undeliverable)
}

fn health(reader: &Reader) -> Result<Health> {
    let (mailboxes, others): (Vec<PartHealth>, Vec<PartHealth>) =
        reader.health()?.into_iter().partition(|part| matches!(part.part, HealthPart::Mailbox(_)));
    let sending = others.iter().find(|part| part.part == HealthPart::Sending);
    let failing = others.iter().filter(|part| part.part != HealthPart::Sending).filter_map(|part| {
        Some(PartFailing { part: part.part.clone(), since: part.failing_since?, problem: part.fault.clone().unwrap_or_default() })
    });
    Ok(Health {
        failing: failing.collect(),
        mailboxes: told_together(&mailboxes)
            .into_iter()
            .map(|alike| MailboxHealth {
                name: alike.names(),
                last_read: alike.ok_at,
                failing_since: alike.failing_since,
                problem: alike.fault,
            })
            .collect(),
        outbox: OutboxHealth {
            waiting: reader.letters_in(DeliveryState::Waiting)?,
            unknown: reader.letters_in(DeliveryState::Unknown)?,
            failing_since: sending.and_then(|part| part.failing_since),
            problem: sending.and_then(|part| part.fault.clone()),
        },
    })
}
