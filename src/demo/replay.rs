//! The replay: a virtual clock that jumps from one moment at which something happens to the next, and at each of them a pass of everything.
//!
//! What happens in the office happens in [`pass_at`], the machinery of `tick` and `run`; here are only the clock, the opening of requests on
//! each report's date, and the two stand-ins. The register is opened without syncing to disk: its world can be replayed from its seed.

use super::demo_folder::Laid;
use super::institutions::{Board, Institution, Institutions};
use super::outcome::Outcome;
use super::received_letter::recommendation;
use super::reports::Report;
use super::stand_in_authorities::Authorities;
use super::stand_in_staff::{Staff, actor};
use crate::config::DigestSettings;
use crate::daemon::Daemon;
use crate::daemon::running::pass_at;
use crate::domain::confidentiality::Class;
use crate::domain::replacing::{Given, Named};
use crate::office::{AuthorityRow, FocalPointRow, RecommendationRow, RequestSelection};
use crate::pass::PassReport;
use crate::pass::Stop;
use crate::register::Durability;
use anyhow::Context;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::{BTreeMap, VecDeque};

/// Where a replay stands, for whoever watches.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub day: Date,
    /// Of `days`, from the first report to the end.
    pub days_played: u64,
    pub days: u64,
}

pub struct Replay {
    daemon: Daemon,
    digests: DigestSettings,
    zone: TimeZone,
    authorities: Authorities,
    staff: Staff,
    /// By the day on which they are sent.
    to_open: VecDeque<(Date, Vec<Report>)>,
    first_day: Date,
    until: Date,
    /// Row of the report, by the request's reference.
    rows: BTreeMap<String, usize>,
    passes: u64,
    /// What the office could not do, in its own sentences; there should be none.
    faults: Vec<String>,
}

/// More of them say nothing more.
const MOST_FAULTS: usize = 20;

impl Replay {
    /// Puts the office to work in its workspace and gives it its directory.
    ///
    /// # Errors
    ///
    /// Where the workspace's register or what its configuration names cannot be opened, or the register refuses the directory or cannot be written.
    pub fn new(laid: &Laid, reports: Vec<Report>, until: Date, seed: u64) -> anyhow::Result<Replay> {
        let zone = laid.workspace.rules.time_zone.clone();
        let institutions = Institutions::of(&reports);
        let mut by_day: BTreeMap<Date, Vec<Report>> = BTreeMap::new();
        for report in &reports {
            // A report dated after the end is sent on the last day.
            by_day.entry(report.made_on.min(until)).or_default().push(report.clone());
        }
        let first_day = by_day.keys().next().copied().unwrap_or(until);
        let mut daemon = Daemon::open(&laid.workspace, Durability::Replayable, &Stop::default())?;
        let begin = at(first_day, 7, &zone);
        daemon.resume(&laid.workspace.fingerprint, begin)?;
        daemon
            .register
            .import_authorities(&directory(&institutions), &actor(), begin, false)
            .context("the directory cannot be imported")?;
        let last_letter = at(until, 17, &zone);
        Ok(Replay {
            daemon,
            digests: laid.workspace.digests.clone(),
            authorities: Authorities::new(seed, reports, institutions, laid.outbound.clone(), laid.inbound.clone(), last_letter),
            staff: Staff::new(seed, at(until, 18, &zone)),
            zone,
            to_open: by_day.into_iter().collect(),
            first_day,
            until,
            rows: BTreeMap::new(),
            passes: 0,
            faults: vec![],
        })
    }

    /// Plays to the end and compares. `watch` is told of every moment.
    ///
    /// # Errors
    ///
    /// Where the register refuses something or cannot be read or written, or the stand-in for the authorities cannot read or write its mail.
    pub async fn play(mut self, mut watch: impl FnMut(Progress)) -> anyhow::Result<Outcome> {
        let end = at(self.until, 23, &self.zone);
        let days = u64::try_from((self.until - self.first_day).get_days()).unwrap_or(0);
        let mut now = at(self.first_day, 8, &self.zone);
        loop {
            let played = self.moment(now).await.with_context(|| format!("on {}", now.to_zoned_datetime(self.zone.clone()).date()))?;
            let day = now.to_zoned_datetime(self.zone.clone()).date();
            watch(Progress { day, days_played: u64::try_from((day - self.first_day).get_days()).unwrap_or(0), days });
            if now == end {
                break;
            }
            now = self.next(now, &played)?.min(end);
        }
        let Replay { daemon, authorities, staff, rows, until, passes, faults, .. } = self;
        let mut register = daemon.close().await;
        Outcome::of(&mut register, &authorities, &staff, &rows, until, end).map(|outcome| Outcome { passes, faults, ..outcome })
    }

    /// Everything that happens at one moment.
    async fn moment(&mut self, now: Timestamp) -> anyhow::Result<PassReport> {
        self.open_requests(now)?;
        self.authorities.write_until(now).context("the stand-in for the authorities cannot write")?;
        self.staff.work(&mut self.daemon.register, self.authorities.notes(), now)?;
        let report = pass_at(&mut self.daemon, &self.digests, now).await?;
        self.passes += 1;
        self.faults.extend(report.faults.iter().take(MOST_FAULTS.saturating_sub(self.faults.len())).cloned());
        if report.letters_sent > 0 {
            // Digests are among them; they lie in the same Maildir.
            self.authorities.take_letters(now).context("the stand-in for the authorities cannot read")?;
        }
        if report.waiting_for_a_person > 0 || report.linked > 0 {
            self.staff.look(&self.daemon.register, report.linked, now)?;
        }
        Ok(report)
    }

    /// The next moment at which anything happens. What is due and waits (a held step, a paced letter) is looked at again after a minute if the
    /// last pass sent anything, else on the next morning.
    fn next(&self, now: Timestamp, played: &PassReport) -> anyhow::Result<Timestamp> {
        let again = if played.letters_sent > 0 { now + SignedDuration::from_secs(61) } else { self.next_morning(now) };
        let register = &self.daemon.register;
        let due = [register.next_due(None)?, register.next_attempt()?].into_iter().flatten().map(|due| if due > now { due } else { again });
        let opening = self.to_open.front().map(|(day, _)| at(*day, 9, &self.zone));
        let digest = Some(self.daemon.next_digest_hour(&self.digests, now));
        let people = [opening, self.authorities.next(), self.staff.next(), digest].into_iter().flatten();
        let never = Timestamp::MAX;
        Ok(due.chain(people).min().unwrap_or(never).max(now + SignedDuration::from_secs(1)))
    }

    fn next_morning(&self, now: Timestamp) -> Timestamp {
        at(now.to_zoned_datetime(self.zone.clone()).date().saturating_add(1.day()), 8, &self.zone)
    }

    /// Imports the reports of the day and opens a request to each addressee.
    fn open_requests(&mut self, now: Timestamp) -> anyhow::Result<()> {
        while let Some((_, reports)) = self.to_open.pop_front_if(|(day, _)| at(*day, 9, &self.zone) <= now) {
            let rows: Vec<RecommendationRow> = reports.iter().map(|report| asked(report, self.authorities.institutions())).collect();
            self.daemon.register.import_recommendations(&rows, &actor(), now, false)?;
            for report in reports {
                // By row and not by report: a published reference may stand in several rows.
                let selection = RequestSelection::Recommendation(recommendation(report.row));
                let opened = self.daemon.register.open_requests(&selection, &actor(), now, false)?;
                self.rows.extend(opened.requests.into_iter().map(|request| (request.reference, report.row)));
            }
        }
        Ok(())
    }
}

fn at(day: Date, hour: i8, zone: &TimeZone) -> Timestamp {
    day.to_datetime(time(hour, 0, 0, 0)).to_zoned_datetime(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The directory's rows: the authorities with their people, and the bodies above them.
fn directory(institutions: &Institutions) -> Vec<AuthorityRow> {
    let boards = Board::ALL.iter().filter(|board| institutions.all.iter().any(|one| one.board == Some(**board)));
    let above = boards.map(|board| AuthorityRow {
        name: board.name().into(),
        email: Given::Value(format!("secretariat@{}", board.domain())),
        domains: vec![board.domain().into()],
        focal_points: vec![seat(Some("The Chair"), &format!("chair@{}", board.domain()), "minister", false)],
        ..AuthorityRow::default()
    });
    above.chain(institutions.all.iter().map(authority)).collect()
}

fn authority(one: &Institution) -> AuthorityRow {
    let focal_point = one.focal_point.iter().map(|person| seat(Some(&person.name), &person.address, "technical", true));
    let head = one.head.iter().map(|person| seat(Some(&person.name), &person.address, "head", false));
    AuthorityRow {
        name: one.name.clone(),
        email: Given::Value(one.general.clone()),
        domains: std::iter::once(&one.domain).chain(&one.second_domain).cloned().collect(),
        parent: one.board.map(|board| board.name().to_owned()).into(),
        focal_points: focal_point.chain(head).collect(),
        ..AuthorityRow::default()
    }
}

fn seat(name: Option<&str>, address: &str, level: &str, focal_point: bool) -> FocalPointRow {
    FocalPointRow {
        named: Named {
            name: name.map(str::to_owned).into(),
            address: address.into(),
            level: level.into(),
            focal_point,
            ..Named::default()
        },
        confirmed_on: None,
    }
}

/// What a report asks for. Its text is not in the data, so the letter says which report it encloses.
fn asked(report: &Report, institutions: &Institutions) -> RecommendationRow {
    let addressees =
        (0..report.addressees.len()).filter_map(|position| institutions.addressee(report.row, position)).map(|one| one.name.clone());
    let matters = if report.categories.is_empty() { "no category given".into() } else { report.categories.join("; ") };
    let area = if report.area.is_empty() { "area not given" } else { &report.area };
    RecommendationRow {
        reference: recommendation(report.row),
        addressees: addressees.collect(),
        text: format!(
            "Take action to prevent future deaths, as set out in the matters of concern of the report ({matters}); coroner's area: {area}."
        ),
        made_on: report.made_on,
        report: Some(report.reference.clone()).filter(|reference| !reference.is_empty()),
        place: None,
        theme: report.categories.first().cloned(),
        urgency: None,
        repeats: None,
        class: Class::Public,
    }
}
