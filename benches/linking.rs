//! Whether mail is linked to what it answers, and never to anything else.
//!
//! `cargo bench --bench linking`. 20,000 generated mails (`-- 5000` takes another number, `-- 5000 7` another seed) go through understanding,
//! gathering and judging on a register with 2,000 requests, and each verdict is held against the truth of the mail's story. Not one wrong link, not
//! one link by rule where only a person can decide, no mail silent that waits for a person, and at least [`LEAST`] of what evidence can place is
//! placed, with the right effect. Of the answers whose place the evidence proves, under [`MOST_ASKED`] wait for a person as suggested or unlinked;
//! links that wait because their sender is not proven are counted apart. What only a person can place is written here far more often than real
//! mailboxes hold it (contradictions, guesses, slips), so its share says nothing and is only printed.

mod support;

use demarche::domain::identity::RequestId;
use demarche::domain::linking::{Verdict, judge};
use demarche::domain::reply::{Effect, Standing};
use demarche::domain::trust::Proof;
use demarche::mail::{Understood, understand};
use demarche::register::Reader;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use support::asked::{Correspondence, addresses, rules};
use support::mailbox::{Mailbox, Truth, Written};

/// Of the mails whose evidence proves what they answer.
const LEAST: f64 = 0.999;
/// Of the answers whose place is proven, the share that a person is asked about.
const MOST_ASKED: f64 = 0.08;
const MAILS: usize = 20_000;
const AUTHORITIES: usize = 170;
const REQUESTS: usize = 2_000;
/// Misses told of each kind.
const MOST_TOLD: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Placed,
    /// Placed, and waits since the sender is not proven.
    PlacedNotProven,
    LeftToAPerson,
    /// The evidence proves its place, and a person is asked whether it is the answer.
    Asked,
    NotPlaced,
    WrongEffect,
    WrongLink,
    LinkWithoutProof,
    Silent,
}

#[derive(Default)]
struct Tally {
    counts: BTreeMap<Outcome, usize>,
    /// Of all mails.
    suggested_or_unlinked: usize,
    /// By story and outcome.
    told: Vec<(Outcome, String)>,
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let mails = numbers.first().copied().unwrap_or(MAILS);
    let seed = numbers.get(1).copied().unwrap_or(1) as u64;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("register.sqlite");
    let world = Correspondence::with_a_past(&path, AUTHORITIES, REQUESTS);
    let mailbox = Mailbox::new(&world, seed);
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let reader = Reader::open(&path, rules()).expect("the register");
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= mails {
                        return;
                    }
                    let mail = mailbox.mail(number);
                    let (understood, verdict) = decide(&reader, &mail);
                    let outcome = held_against(&mail, &verdict);
                    let mut tally = tally.lock().expect("no thread died");
                    *tally.counts.entry(outcome).or_default() += 1;
                    tally.suggested_or_unlinked += usize::from(matches!(verdict.standing, Standing::Suggested | Standing::Unlinked));
                    if !matches!(outcome, Outcome::Placed | Outcome::PlacedNotProven | Outcome::LeftToAPerson) {
                        tally.told.push((outcome, told(number, &mail, &understood, &verdict)));
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no thread died");
    println!("{mails} mails on {REQUESTS} requests of {AUTHORITIES} authorities, {:.1} s", begun.elapsed().as_secs_f64());
    let count = |outcome| tally.counts.get(&outcome).copied().unwrap_or(0);
    let placed = count(Outcome::Placed) + count(Outcome::PlacedNotProven);
    let asked = count(Outcome::NotPlaced) + count(Outcome::Asked);
    let placeable = placed + count(Outcome::NotPlaced) + count(Outcome::WrongEffect);
    let share = placed as f64 / placeable.max(1) as f64;
    let share_asked = asked as f64 / (placeable + count(Outcome::Asked)).max(1) as f64;
    println!("  placed by evidence            {:>6} of {placeable}: {:.3} % (at least {:.1} %)", placed, share * 100.0, LEAST * 100.0);
    println!("  of these, sender not proven   {:>6}", count(Outcome::PlacedNotProven));
    println!(
        "  a person asked, though proven {asked:>6}: {:.3} % (under {:.0} %); of all mails {} suggested or unlinked",
        share_asked * 100.0,
        MOST_ASKED * 100.0,
        tally.suggested_or_unlinked
    );
    println!("  with another effect           {:>6}", count(Outcome::WrongEffect));
    println!("  rightly without a link        {:>6}", count(Outcome::LeftToAPerson));
    println!("  wrong links                   {:>6} (none)", count(Outcome::WrongLink));
    println!("  links without proof           {:>6} (none)", count(Outcome::LinkWithoutProof));
    println!("  silent                        {:>6} (none)", count(Outcome::Silent));
    let mut shown: BTreeMap<Outcome, usize> = BTreeMap::new();
    for (outcome, story) in &tally.told {
        let shown = shown.entry(*outcome).or_default();
        *shown += 1;
        if *shown <= MOST_TOLD {
            println!("{outcome:?}: {story}");
        }
    }
    let kept = share >= LEAST
        && share_asked < MOST_ASKED
        && count(Outcome::WrongLink) + count(Outcome::LinkWithoutProof) + count(Outcome::Silent) == 0;
    println!("{}", if kept { "every limit is kept" } else { "A LIMIT IS MISSED" });
    std::process::exit(i32::from(!kept));
}

fn decide(reader: &Reader, mail: &Written) -> (Understood, Verdict) {
    let understood = understand(&mail.raw);
    let gathered = reader.gather(None, &understood, mail.received_at, &addresses(), mail.proven.clone()).expect("the register");
    let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    (understood, verdict)
}

fn held_against(mail: &Written, verdict: &Verdict) -> Outcome {
    let truth = &mail.truth;
    let mut linked: Vec<RequestId> = verdict.links.iter().map(|link| link.request).collect();
    linked.sort();
    match truth {
        Truth::Linked(meant, _) if linked.iter().any(|request| !meant.contains(request)) => Outcome::WrongLink,
        Truth::Linked(meant, _) if linked.len() < meant.len() => Outcome::NotPlaced,
        Truth::Linked(_, effect) if verdict.links.iter().any(|link| link.effect != *effect) => Outcome::WrongEffect,
        Truth::Linked(_, Effect::Waiting) if mail.proven.proof == Proof::NotProven => Outcome::PlacedNotProven,
        Truth::Linked(..) => Outcome::Placed,
        Truth::Heard(meant) if linked.iter().any(|request| request != meant) => Outcome::WrongLink,
        Truth::Heard(_) if verdict.standing == Standing::SetAside => Outcome::Silent,
        Truth::Heard(_) if verdict.links.iter().any(|link| !matches!(link.effect, Effect::Reply | Effect::Waiting)) => Outcome::Silent,
        Truth::Heard(_) if !linked.is_empty() => Outcome::Placed,
        Truth::Heard(meant) if verdict.suggestions.iter().any(|suggestion| suggestion.request == *meant) => Outcome::Asked,
        Truth::Heard(_) => Outcome::NotPlaced,
        _ if !linked.is_empty() => Outcome::LinkWithoutProof,
        Truth::Person if verdict.standing == Standing::SetAside => Outcome::Silent,
        Truth::Person | Truth::NotOurs => Outcome::LeftToAPerson,
    }
}

fn told(number: usize, mail: &Written, understood: &Understood, verdict: &Verdict) -> String {
    let mut links: Vec<String> = verdict
        .links
        .iter()
        .map(|link| {
            format!(
                "{} as {} by {:?}",
                link.request,
                link.effect.name(),
                link.evidence.iter().map(|evidence| evidence.kind.name()).collect::<Vec<_>>()
            )
        })
        .collect();
    if links.is_empty() {
        links = verdict.suggestions.iter().take(3).map(|suggestion| format!("perhaps {}", suggestion.request)).collect();
    }
    format!(
        "mail {number} [{}]\n    truth {:?}; kind {}; {} {}; because {:?}; problems {:?}; subject {:?}",
        mail.story,
        mail.truth,
        understood.kind.name(),
        verdict.standing.name(),
        links.join(", "),
        verdict.because,
        understood.problems,
        understood.subject
    )
}
