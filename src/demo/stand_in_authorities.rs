//! The stand-in for the authorities: it takes letters out of the office's outgoing Maildir and lays ordinary raw mails into its incoming one.
//!
//! It knows nothing of the register. What it is told beforehand is how many replies each report got (that is in the data); which addressee replies,
//! when, how and in which words is drawn from the seed. What each mail means it notes by Message-ID for whoever compares in the end.

use super::chance::Chance;
use super::exchange::{Exchange, Seen};
use super::ground_truth::{Note, Notes};
use super::institutions::{Institution, Institutions};
use super::raw_mail::{self, Draft};
use super::received_letter::{Letter, Outbound};
use super::reports::Report;
use super::world::{Mail, World};
use super::{machines, replies};
use crate::transport::maildir::{self, Durability, UniqueName};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::PathBuf;

pub struct Authorities {
    world: World,
    /// By domain, second domains too.
    by_domain: BTreeMap<String, usize>,
    inbound: PathBuf,
    /// Nothing is written after it.
    end: Timestamp,
    /// By row: the addressees' exchanges in their order, as far as their letters came.
    rows: BTreeMap<usize, Vec<Option<String>>>,
    /// What will be written, and when.
    diary: BTreeMap<(Timestamp, u64), Event>,
    entries: u64,
    /// Mailboxes that no longer exist.
    gone: HashSet<String>,
    /// Who still owes an answer, by institution.
    owing: BTreeMap<usize, Vec<String>>,
    notes: Notes,
    written: u64,
    letters: u64,
    to_staff: u64,
}

/// Something that an authority, a machine or a stranger will write. Exchanges are named by the office's reference.
#[derive(Debug, Clone)]
enum Event {
    /// The answer that the data counts for this addressee.
    Answer(String),
    /// A second letter, or a joint one on behalf of another addressee as well.
    Further {
        exchange: String,
        number: u32,
    },
    Acknowledgement(String),
    /// By a machine, about the exchange's latest letter.
    Machine {
        exchange: String,
        seen: Seen,
        what: machines::Machine,
    },
    Newsletter(String),
    Spam(String),
}

const DAY: i64 = 24 * 60 * 60;

impl Authorities {
    /// `end`: the last moment at which anything is written.
    pub fn new(
        seed: u64,
        reports: Vec<Report>,
        institutions: Institutions,
        outbound: PathBuf,
        inbound: PathBuf,
        end: Timestamp,
    ) -> Authorities {
        let domains = |(place, one): (usize, &Institution)| {
            std::iter::once(one.domain.clone()).chain(one.second_domain.clone()).map(|domain| (domain, place)).collect::<Vec<_>>()
        };
        let by_domain = institutions.all.iter().enumerate().flat_map(domains).collect();
        Authorities {
            world: World { seed, reports, institutions, outbound: Outbound::new(outbound), exchanges: BTreeMap::new() },
            by_domain,
            inbound,
            end,
            rows: BTreeMap::new(),
            diary: BTreeMap::new(),
            entries: 0,
            gone: HashSet::new(),
            owing: BTreeMap::new(),
            notes: Notes::default(),
            written: 0,
            letters: 0,
            to_staff: 0,
        }
    }

    /// What each mail means that was written so far.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Letters that arrived at authorities, copies too, and letters that arrived at staff.
    pub fn letters_taken(&self) -> (u64, u64) {
        (self.letters, self.to_staff)
    }

    pub fn institutions(&self) -> &Institutions {
        &self.world.institutions
    }

    pub fn reports(&self) -> &[Report] {
        &self.world.reports
    }

    /// Mails laid into the office's mailbox, each copy counted.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// When it will next write something.
    pub fn next(&self) -> Option<Timestamp> {
        self.diary.keys().next().map(|(at, _)| *at)
    }

    /// Takes the letters that have left and thinks about what will come of them.
    ///
    /// # Errors
    ///
    /// Where the office's outgoing Maildir cannot be read, or a letter cannot be taken out of it.
    pub fn take_letters(&mut self, now: Timestamp) -> io::Result<()> {
        for letter in self.world.outbound.take()? {
            match &letter.reference {
                Some(reference) => {
                    self.letters += 1;
                    let reference = reference.clone();
                    self.arrived(reference, letter, now);
                }
                None => self.to_staff += 1,
            }
        }
        Ok(())
    }

    /// Writes what is due.
    ///
    /// # Errors
    ///
    /// Where a letter that is quoted cannot be read, or a mail cannot be laid into the office's mailbox.
    pub fn write_until(&mut self, now: Timestamp) -> io::Result<()> {
        while let Some(entry) = self.diary.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), event) = entry.remove_entry();
            self.happen(event, at)?;
        }
        Ok(())
    }

    fn enter(&mut self, at: Timestamp, event: Event) {
        self.entries += 1;
        self.diary.insert((at.min(self.end), self.entries), event);
    }

    fn arrived(&mut self, reference: String, letter: Letter, now: Timestamp) {
        let mut chance = Chance::new(self.world.seed, &format!("letter {}", letter.message_id));
        let seen = Seen::of(&letter);
        if self.gone.contains(&seen.recipient) {
            self.machine(&reference, seen, machines::Machine::NoSuchMailbox, now + SignedDuration::from_secs(60));
            return;
        }
        match self.world.exchanges.get_mut(&reference) {
            Some(exchange) if exchange.letters.iter().any(|earlier| earlier.message_id == seen.message_id) => {}
            Some(exchange) => {
                exchange.letters.push(seen.clone());
                self.robots(&reference, &seen, now, &mut chance);
            }
            None => self.begin(reference, letter, seen, now),
        }
    }

    /// The first letter of an exchange.
    fn begin(&mut self, reference: String, letter: Letter, seen: Seen, now: Timestamp) {
        let domain = seen.recipient.rsplit_once('@').map_or("", |(_, domain)| domain);
        let (Some(row), Some(institution)) = (letter.row, self.by_domain.get(domain).copied()) else { return };
        let Some(position) = self.seat(row, institution, &reference) else { return };
        let exchange = Exchange {
            reference: reference.clone(),
            row,
            institution,
            reply_to: letter.reply_to.unwrap_or_else(|| letter.from.clone()),
            office: letter.from,
            letters: vec![seen.clone()],
            answered: false,
        };
        self.world.exchanges.insert(reference.clone(), exchange);
        let mut chance = Chance::new(self.world.seed, &format!("addressee {row} {position}"));
        let left = self.end.as_second() - now.as_second();
        let answer_at = self.answers(row, position).then(|| self.moment(now, delay(left, &mut chance), &mut chance));
        if let Some(at) = answer_at {
            self.owing.entry(institution).or_default().push(reference.clone());
            self.enter(at, Event::Answer(reference.clone()));
        }
        if left > 120 * DAY
            && answer_at.is_none_or(|at| at.as_second() > now.as_second() + 70 * DAY)
            && self.may_vanish(institution, &seen)
            && chance.percent(8)
        {
            self.gone.insert(seen.recipient.clone());
            if let Some(exchange) = self.world.exchanges.get_mut(&reference) {
                exchange.letters.clear();
            }
            self.machine(&reference, seen, machines::Machine::NoSuchMailbox, now + SignedDuration::from_secs(30));
            return;
        }
        self.robots(&reference, &seen, now, &mut chance);
        let at = self.moment(now, chance.between(1, 6), &mut chance);
        if chance.percent(13) && left > 10 * DAY && answer_at.is_none_or(|answer| at < answer) {
            self.enter(at, Event::Acknowledgement(reference.clone()));
        }
        let days = (left / DAY).min(300);
        if chance.percent(20) && days > 4 {
            let at = self.moment(now, chance.between(1, days - 3), &mut chance);
            self.enter(at, Event::Newsletter(reference.clone()));
        }
        if chance.percent(15) && days > 4 {
            let at = self.moment(now, chance.between(1, days - 3), &mut chance);
            self.enter(at, Event::Spam(reference));
        }
    }

    /// The place of an addressee in its report: the first of that institution that got no letter yet.
    fn seat(&mut self, row: usize, institution: usize, reference: &str) -> Option<usize> {
        let addressees = self.world.reports.get(row.checked_sub(1)?)?.addressees.len();
        let seats = self.rows.entry(row).or_insert_with(|| vec![None; addressees]);
        let domain = |position| self.world.institutions.addressee(row, position).map(|one| &one.domain);
        let own = self.world.institutions.all.get(institution).map(|one| &one.domain);
        let position = (0..addressees).find(|position| seats.get(*position).is_some_and(Option::is_none) && domain(*position) == own)?;
        *seats.get_mut(position)? = Some(reference.to_owned());
        Some(position)
    }

    /// Whether this addressee is among those that reply: as many of them, by lot, as replies were published.
    fn answers(&self, row: usize, position: usize) -> bool {
        let Some(report) = row.checked_sub(1).and_then(|row| self.world.reports.get(row)) else { return false };
        let mut order: Vec<usize> = (0..report.addressees.len()).collect();
        Chance::new(self.world.seed, &format!("who answers {row}")).shuffle(&mut order);
        order.iter().take(report.replies as usize).any(|answering| *answering == position)
    }

    /// A mailbox may vanish only where somebody else can still be written to, and where nobody is about to answer from it.
    fn may_vanish(&self, institution: usize, seen: &Seen) -> bool {
        self.world.institutions.all.get(institution).is_some_and(|one| one.focal_point.is_some() && one.general == seen.recipient)
    }

    /// What machines do with a letter at once.
    fn robots(&mut self, reference: &str, seen: &Seen, now: Timestamp, chance: &mut Chance) {
        let left = self.end.as_second() - now.as_second();
        for (percent, machine, seconds) in [
            (9, machines::Machine::Receipt, chance.between(20, 900)),
            (8, machines::Machine::OutOfOffice, chance.between(5, 120)),
            (3, machines::Machine::ReadReceipt, chance.between(600, 40_000)),
            (3, machines::Machine::Delayed, 4 * 60 * 60),
            (2, machines::Machine::MailboxFull, chance.between(2, 60)),
        ] {
            if chance.percent(percent) && left > 2 * DAY {
                self.machine(reference, seen.clone(), machine, now + SignedDuration::from_secs(seconds));
            }
        }
    }

    fn machine(&mut self, reference: &str, seen: Seen, what: machines::Machine, at: Timestamp) {
        self.enter(at, Event::Machine { exchange: reference.to_owned(), seen, what });
    }

    /// So many days later, at an hour at which people are at work; within the last two days, soon.
    fn moment(&self, now: Timestamp, days: i64, chance: &mut Chance) -> Timestamp {
        let left = self.end.as_second() - now.as_second();
        if left < 2 * DAY || days == 0 {
            return now + SignedDuration::from_secs(chance.between(60, (left / 2).max(60)));
        }
        let midnight = raw_mail::local(now).start_of_day().map_or(now, |start| start.timestamp());
        midnight + SignedDuration::from_secs(days * DAY + chance.between(7 * 60 * 60, 19 * 60 * 60))
    }

    fn happen(&mut self, event: Event, at: Timestamp) -> io::Result<()> {
        match event {
            Event::Answer(reference) => self.answer(&reference, at),
            Event::Further { exchange, number } => {
                let mut chance = Chance::new(self.world.seed, &format!("further {exchange} {number}"));
                let others = self.others_of_row(&exchange);
                let joint = if chance.percent(40) { chance.pick(&others).cloned() } else { None };
                self.send(|world| replies::further(world, &exchange, joint.as_deref(), at, &mut chance), at)
            }
            Event::Acknowledgement(reference) => {
                let mut chance = Chance::new(self.world.seed, &format!("acknowledgement {reference}"));
                self.send(|world| replies::acknowledgement(world, &reference, at, &mut chance), at)
            }
            Event::Machine { exchange, seen, what } => {
                let mut chance = Chance::new(self.world.seed, &format!("machine {} {what:?}", seen.message_id));
                self.send(|world| machines::machine(world, &exchange, &seen, what, at, &mut chance), at)
            }
            Event::Newsletter(reference) => {
                let mut chance = Chance::new(self.world.seed, &format!("newsletter {reference}"));
                self.send(|world| machines::newsletter(world, &reference, at, &mut chance), at)
            }
            Event::Spam(reference) => {
                let mut chance = Chance::new(self.world.seed, &format!("spam {reference}"));
                self.send(|world| machines::spam(world, &reference, at, &mut chance), at)
            }
        }
    }

    fn answer(&mut self, reference: &str, at: Timestamp) -> io::Result<()> {
        let Some(exchange) = self.world.exchanges.get(reference) else { return Ok(()) };
        if exchange.answered {
            return Ok(());
        }
        if exchange.letters.is_empty() && at < self.end {
            // The first letter came back; nobody answers before another one arrives.
            let later = at + SignedDuration::from_secs(7 * DAY);
            self.enter(later, Event::Answer(reference.to_owned()));
            return Ok(());
        }
        let institution = exchange.institution;
        let row = exchange.row;
        let also = self.owing.get(&institution).into_iter().flatten().find(|other| {
            let other = self.world.exchanges.get(*other);
            other.is_some_and(|other| other.reference != reference && other.row != row && !other.answered && !other.letters.is_empty())
        });
        let also = also.cloned();
        let mut chance = Chance::new(self.world.seed, &format!("answer {reference}"));
        let in_a_hurry = self.end.as_second() - at.as_second() < 4 * DAY;
        let way = replies::Way::drawn(&mut chance, in_a_hurry, also.is_some());
        let answered: Vec<String> = match (&also, way) {
            (Some(also), replies::Way::Several) => vec![reference.to_owned(), also.clone()],
            _ => vec![reference.to_owned()],
        };
        self.send(|world| replies::answer(world, reference, also.as_deref(), way, at, &mut chance), at)?;
        for reference in &answered {
            self.has_answered(reference, at);
        }
        Ok(())
    }

    fn has_answered(&mut self, reference: &str, at: Timestamp) {
        let Some(exchange) = self.world.exchanges.get_mut(reference) else { return };
        exchange.answered = true;
        let (row, institution) = (exchange.row, exchange.institution);
        if let Some(owing) = self.owing.get_mut(&institution) {
            owing.retain(|other| other != reference);
        }
        let seats: Vec<String> = self.rows.get(&row).into_iter().flatten().flatten().cloned().collect();
        let Some(report) = row.checked_sub(1).and_then(|row| self.world.reports.get(row)) else { return };
        let (addressees, replies) = (report.addressees.len(), report.replies as usize);
        let all_answered =
            seats.len() == addressees && seats.iter().all(|seat| self.world.exchanges.get(seat).is_some_and(|exchange| exchange.answered));
        if !all_answered {
            return;
        }
        // Replies beyond the number of addressees are second or joint letters.
        let mut chance = Chance::new(self.world.seed, &format!("further {row}"));
        for number in 0..u32::try_from(replies.saturating_sub(addressees)).unwrap_or(0) {
            let Some(exchange) = chance.pick(&seats).cloned() else { return };
            let days = ((self.end.as_second() - at.as_second()) / DAY).min(60);
            let at = self.moment(at, chance.between(days.min(2), days), &mut chance);
            self.enter(at, Event::Further { exchange, number });
        }
    }

    fn others_of_row(&self, reference: &str) -> Vec<String> {
        let row = self.world.exchanges.get(reference).map(|exchange| exchange.row);
        let seats = row.and_then(|row| self.rows.get(&row));
        seats.into_iter().flatten().flatten().filter(|other| *other != reference).cloned().collect()
    }

    /// Lays a mail into the office's mailbox, each copy as its own file, and notes what it means.
    fn send(&mut self, write: impl FnOnce(&World) -> io::Result<Option<Mail>>, at: Timestamp) -> io::Result<()> {
        let Some(mail) = write(&self.world)? else { return Ok(()) };
        let when = raw_mail::local(at);
        for arrives_at in std::iter::once(&mail.draft.arrives_at).chain(&mail.copies) {
            self.written += 1;
            let copy = Draft { arrives_at: arrives_at.clone(), ..mail.draft.clone() };
            // The same stream for every copy: they differ only in where they arrived.
            let mut chance = Chance::new(self.world.seed, &format!("post {}", mail.draft.message_id));
            let bytes = raw_mail::written(&copy, &when, &mut chance);
            let name = UniqueName::new(at, &format!("M{:08}", self.written), "mx");
            maildir::deliver(&self.inbound, &name, &[&bytes], Durability::Cached)?;
        }
        self.notes.keep(&mail.draft.message_id, Note { meaning: mail.meaning, about: mail.about });
        Ok(())
    }
}

/// Days until an addressee replies: most within the 56 days, many late, some very late; never after the end.
fn delay(seconds_left: i64, chance: &mut Chance) -> i64 {
    let days_left = seconds_left / DAY;
    let (low, high) = chance.weighted(&[(12, (3, 20)), (45, (21, 56)), (28, (57, 120)), (15, (121, 420))]).unwrap_or((3, 56));
    let drawn = chance.between(low, high);
    if drawn < days_left { drawn } else { chance.between(0, (days_left - 1).max(0)) }
}
