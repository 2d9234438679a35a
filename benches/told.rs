//! What it costs to tell staff how things stand: `status`, lists of requests, letters and authorities, and the digests of fifty people.
//!
//! `cargo bench --bench told`. A register with 100,000 open requests to 1,000 authorities (`-- 20000` takes another number). Their deadlines lie up
//! to
//! 150 days ahead and up to 30 days back, one request in 200 has a letter that leaves within the week, one in 500 a step that is held; of one
//! authority in ten the directory has no head. Of one request in 200 the letter came back, of another somebody says so, of a third a reminder is
//! drafted. Since the last digests a hundred answers came, and two hundred mails that a person has to look at. Of fifty people two are responsible
//! for everything, the others for some twenty authorities each. Then, at an hour at which digests fall due, all of them are computed, written and put
//! into the outbox.
//!
//! That no list asks a question for each of its rows is counted by the tests of `src/register/questions.rs`.

#[path = "../tests/support/sqlite.rs"]
mod sqlite;
mod support;

use demarche::config::DigestSettings;
use demarche::daemon::Daemon;
use demarche::daemon::assembling::open_templates;
use demarche::daemon::one_pass::Parts;
use demarche::domain::delivery::RetryRules;
use demarche::domain::rules::OfficeRules;
use demarche::domain::staff::{Responsibility, StaffMember, StaffRole};
use demarche::intake::{SenderAuthentication, Worker, WorkerOptions};
use demarche::pass::PassReport;
use demarche::register::Register;
use demarche::transport::{FetchLimits, Transport, maildir};
use jiff::civil::{Weekday, time};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::asked::{self, Correspondence};

const LONGEST_STATUS: Duration = Duration::from_millis(500);
/// Of 100,000 letters.
const LONGEST_LETTERS: Duration = Duration::from_secs(1);
/// For the digests of all staff together.
const LONGEST_DIGESTS: Duration = Duration::from_secs(1);
const REQUESTS: usize = 100_000;
const AUTHORITIES: usize = 1_000;
const STAFF: usize = 50;
const ANSWERS: usize = 100;
const WAITING: usize = 200;
const ROUNDS: usize = 5;

fn main() {
    let requests = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(REQUESTS);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("register.sqlite");
    let begun = Instant::now();
    let world = Correspondence::begin(&path, AUTHORITIES, requests);
    sqlite::spread_over_months(&path);
    let of_each = sqlite::let_letters_come_back(&path);
    println!("{requests} open requests, {of_each} bounces, claims and drafts each, made in {:.0} s", begun.elapsed().as_secs_f64());
    let mut office = office(&path, folder.path());
    let mut report = PassReport::default();
    // The digests of everybody begin.
    office.register.begin_digests(yesterday()).expect("the register");
    a_day_s_mail(&mut office, &world);

    let status = median(|| drop(office.register.status(today()).expect("the register")));
    println!("  status:            {:>8.0} ms (at most {} ms)", ms(status), LONGEST_STATUS.as_millis());
    let list = median(|| drop(office.register.request_views(today()).expect("the register")));
    println!("  requests list:     {:>8.0} ms", ms(list));
    let letters = median(|| drop(office.register.letter_views(false).expect("the register")));
    println!("  letters list:      {:>8.0} ms (at most {} ms)", ms(letters), LONGEST_LETTERS.as_millis());
    let drafts = median(|| drop(office.register.letter_views(true).expect("the register")));
    println!("  ... --drafts:      {:>8.0} ms", ms(drafts));
    let authorities = median(|| drop(office.register.authorities().expect("the register")));
    println!("  authorities:       {:>8.0} ms", ms(authorities));
    let begun = Instant::now();
    office.write_to_staff(&settings(), today(), &mut report).expect("the register");
    let daily = begun.elapsed();
    println!("  {} daily digests:  {:>8.0} ms (at most {} ms)", report.digests, ms(daily), LONGEST_DIGESTS.as_millis());
    assert_eq!(report.digests, STAFF, "{report:?}");
    let begun = Instant::now();
    office.write_to_staff(&settings(), next_monday(), &mut report).expect("the register");
    let both = begun.elapsed();
    println!("  {} daily and weekly ones: {:>5.0} ms", report.digests - STAFF, ms(both));
    if status > LONGEST_STATUS || letters > LONGEST_LETTERS || daily > LONGEST_DIGESTS {
        println!("A LIMIT IS MISSED");
        std::process::exit(1);
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(ask: impl Fn()) -> Duration {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        ask();
        times.push(begun.elapsed());
    }
    times.sort();
    times[ROUNDS / 2]
}

/// A Tuesday, when digests fall due.
fn today() -> Timestamp {
    "2026-03-17T08:00:00Z".parse().expect("a time")
}

fn yesterday() -> Timestamp {
    today() - SignedDuration::from_hours(23)
}

fn next_monday() -> Timestamp {
    today() + SignedDuration::from_hours(6 * 24)
}

fn settings() -> DigestSettings {
    DigestSettings { daily_at: time(8, 0, 0, 0), weekly_on: Weekday::Monday, alarm_after: SignedDuration::from_hours(2) }
}

fn a_day_s_mail(office: &mut Daemon, world: &Correspondence) {
    let at = yesterday() + SignedDuration::from_hours(3);
    let step = world.requests.len() / (ANSWERS + WAITING);
    for (number, asked) in world.requests.iter().step_by(step).take(ANSWERS + WAITING).enumerate() {
        if number % 3 == 0 {
            asked::answer(&mut office.register, asked, at);
        } else {
            asked::write_about(&mut office.register, asked, at);
        }
    }
}

fn rules() -> Arc<OfficeRules> {
    Arc::new(OfficeRules { staff: (0..STAFF).map(member).collect(), ..OfficeRules::clone(&asked::rules()) })
}

fn member(number: usize) -> StaffMember {
    let theirs = (0..AUTHORITIES).filter(|authority| authority % (STAFF - 2) + 2 == number).map(|authority| format!("House {authority}"));
    StaffMember {
        name: format!("M. Member {number}"),
        address: format!("member{number}@office.example"),
        role: if number == 0 { StaffRole::Head } else { StaffRole::Staff },
        language: "en".into(),
        responsible_for: if number < 2 { Responsibility::Everything } else { Responsibility::Authorities(theirs.collect()) },
        operator: number == 1,
        deputy: None,
        absent: vec![],
        sources: number == 0,
    }
}

fn office(register: &Path, folder: &Path) -> Daemon {
    Daemon::new(Parts {
        register: Register::open(register, rules()).expect("the register"),
        rules: rules(),
        addresses: asked::addresses(),
        renderer: open_templates(None).expect("the built-in templates"),
        mailboxes: vec![],
        transport: Transport::Maildir(maildir::Outgoing::new(folder.join("out"), maildir::Durability::Synced)),
        sent_folder: None,
        worker: Worker::start(WorkerOptions::of_this_program().expect("this program")),
        senders: SenderAuthentication::default(),
        retry: RetryRules::default(),
        limits: FetchLimits::default(),
        dsn: false,
    })
    .expect("an office")
}
