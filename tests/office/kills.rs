//! `kill -9` at any moment of ingest and send: nothing lost, nothing doubled, no letter silently twice.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use demarche::domain::delivery::{DeliveryOutcome, DeliveryState};
use demarche::domain::event::EventKind;
use demarche::domain::letter::LetterRole;
use demarche::domain::reply::Standing;
use demarche::register::KeptLetter;
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest, Sha256};

use crate::desk::{Desk, attempts, deliveries, in_state, until};
use crate::folders::{days_on, minutes_on, monday};

/// Moments drawn from a seed, so that a failure can be looked for again.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Somewhere in `span`.
    fn within(&mut self, span: Duration) -> Duration {
        span * u32::try_from(self.next() % 1000).unwrap() / 1000
    }
}

/// Runs a command and kills it after that time, unless it was quicker.
fn run_and_kill(desk: &Desk, arguments: &[&str], after: Duration) {
    let (out, err) = (std::process::Stdio::null(), std::process::Stdio::null());
    let mut child = desk.command(arguments).stdout(out).stderr(err).spawn().unwrap();
    // Not a wait for something: this is the moment at which the kill comes.
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn how_long(what: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    what();
    begun.elapsed()
}

fn with_authorities(count: usize) -> Desk {
    let desk = Desk::init();
    let (mut authorities, mut names) = ("name,email\n".to_owned(), Vec::new());
    for number in 1..=count {
        authorities.push_str(&format!("Authority {number},post@authority{number}.example\n"));
        names.push(format!("Authority {number}"));
    }
    desk.import("authorities", &authorities);
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n1,{},Air.,2041-03-01\n", names.join("|")));
    desk.must(&["requests", "open", "--new"]);
    desk
}

fn stranger(number: usize) -> String {
    let text = format!("This is letter {number} of somebody.\r\n").repeat(1 + number % 40);
    format!(
        "From: somebody@elsewhere.example\r\nTo: desk@office.example\r\nMessage-ID: <{number}@elsewhere.example>\r\nSubject: Letter {number}\r\n\r\n{text}"
    )
}

fn digests_of(mails: &[String]) -> Vec<Vec<u8>> {
    let mut digests: Vec<Vec<u8>> = mails.iter().map(|mail| Sha256::digest(mail).to_vec()).collect();
    digests.sort();
    digests
}

fn digests_in_register(desk: &Desk) -> Vec<Vec<u8>> {
    let mut digests: Vec<Vec<u8>> = desk.stored().into_iter().map(|mail| mail.sha256).collect();
    digests.sort();
    digests
}

#[test]
fn passes_killed_at_any_moment_lose_no_mail_double_none_and_send_each_letter_once() {
    const AUTHORITIES: usize = 12;
    let desk = with_authorities(AUTHORITIES);
    let mut chance = Chance(1);
    let mut delivered = Vec::new();
    let mut deliver = |desk: &Desk, at: Timestamp, mail: String| {
        desk.deliver(at, &mail);
        delivered.push(mail);
    };
    for number in 0..10 {
        deliver(&desk, monday(), stranger(number));
    }
    // Long enough to reach from the first thing a pass does to the last.
    let span = Desk::init_and(|undisturbed| how_long(|| drop(undisturbed.tick_at(monday())))) * 2;
    let mut answered = std::collections::BTreeSet::new();
    for round in 0..24 {
        let now = minutes_on(round);
        for number in 0..3 {
            deliver(&desk, now, stranger(100 + 3 * usize::try_from(round).unwrap() + number));
        }
        for letter in desk.letters() {
            if answered.len() < AUTHORITIES && answered.insert(letter.to.clone()) {
                deliver(&desk, now, letter.answered_by(&letter.to, "Cells are aired."));
            }
        }
        run_and_kill(&desk, &["tick", "--at", &now.to_string()], chance.within(span));
    }
    desk.tick_at(minutes_on(30));
    // What was cut off while it was being sent is looked into for a day, and then sent again if nothing was heard.
    desk.tick_at(days_on(2));
    for letter in desk.letters() {
        if answered.insert(letter.to.clone()) {
            deliver(&desk, days_on(2), letter.answered_by(&letter.to, "Cells are aired."));
        }
    }
    desk.tick_at(days_on(3));

    assert_eq!(digests_in_register(&desk), digests_of(&delivered), "every mail is in the register exactly once");
    assert_eq!(desk.marked(), (0, delivered.len()), "and marked in the mailbox");
    let letters = desk.letters();
    let recipients: std::collections::BTreeSet<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!((letters.len(), recipients.len()), (AUTHORITIES, AUTHORITIES), "each letter left exactly once");
    assert!(desk.requests().iter().all(|request| request["state"] == "completed"), "{:#?}", desk.requests());
    assert_eq!(desk.times(EventKind::RequestWritten), AUTHORITIES);
    assert_eq!(attempts(&desk.written()).filter(|attempt| attempt.finished_at.is_none()).count(), 0);
    println!("{} attempts were cut off", cut_off(&desk));
    assert_eq!(desk.pending_flags(), []);
    desk.is_sound();
}

/// A mail server that takes everything, and counts; and that can kill whoever brings a letter.
struct Sink {
    port: u16,
    /// How often each Message-ID was taken.
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
    trap: Arc<Mutex<Trap>>,
}

/// What the server hears, so to say, when a letter is complete.
const TAKEN: &str = "(the last dot)";

/// Who is killed when the server has heard this, before it answers; once.
#[derive(Default)]
struct Trap {
    word: Option<&'static str>,
    victim: Option<Pid>,
}

/// Kills if that is the word, and tells so. Whoever is to be killed may have connected before it is known who it is.
fn spring(trap: &Mutex<Trap>, heard: &str) -> bool {
    let sprung = trap.lock().unwrap().word.take_if(|word| heard.starts_with(*word)).is_some();
    if sprung {
        let victim = until("a victim", || trap.lock().unwrap().victim.take());
        kill_process(victim, Signal::KILL).unwrap();
    }
    sprung
}

impl Sink {
    fn open() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sink = Sink { port: listener.local_addr().unwrap().port(), taken: Arc::default(), trap: Arc::default() };
        let (taken, trap) = (Arc::clone(&sink.taken), Arc::clone(&sink.trap));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (taken, trap) = (Arc::clone(&taken), Arc::clone(&trap));
                std::thread::spawn(move || serve(client.unwrap(), &taken, &trap));
            }
        });
        sink
    }

    /// Letters of this office go here.
    fn lay(&self, desk: &Desk) {
        desk.change(
            "kind = \"maildir\"\npath = \"mail/out\"",
            &format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {}", self.port),
        );
    }

    /// Runs a command that this server kills when it hears that word.
    fn kill_at(&self, word: &'static str, desk: &Desk, arguments: &[&str]) {
        *self.trap.lock().unwrap() = Trap { word: Some(word), victim: None };
        let (out, err) = (std::process::Stdio::null(), std::process::Stdio::null());
        let mut child = desk.command(arguments).stdout(out).stderr(err).spawn().unwrap();
        self.trap.lock().unwrap().victim = Some(Pid::from_child(&child));
        assert!(!child.wait().unwrap().success(), "it was killed at {word}");
    }

    /// For each letter to an authority: how often this server took it, and how many attempts stand on record.
    fn taken_and_attempted(&self, desk: &Desk) -> Vec<(usize, usize)> {
        let taken = self.taken.lock().unwrap().clone();
        let times_taken = |letter: &KeptLetter| taken.get(&format!("<{}>", letter.message_id)).copied().unwrap_or(0);
        let counted = |letter: &KeptLetter| -> Vec<(usize, usize)> {
            letter.deliveries.iter().map(|delivery| (times_taken(letter), delivery.attempts.len())).collect()
        };
        desk.written_as(LetterRole::Request).iter().flat_map(counted).collect()
    }
}

/// Ends when the client hangs up, as one that is killed does.
fn serve(client: TcpStream, taken: &Mutex<BTreeMap<String, usize>>, trap: &Mutex<Trap>) -> Option<()> {
    let mut to = client.try_clone().ok()?;
    let mut lines = BufReader::new(client).lines();
    to.write_all(b"220 mx.authority.example ESMTP\r\n").ok()?;
    loop {
        let command = lines.next()?.ok()?.to_ascii_uppercase();
        if spring(trap, &command) {
            return None;
        }
        if command != "DATA" {
            to.write_all(if command == "QUIT" { b"221 2.0.0 Bye\r\n" } else { b"250 2.0.0 Ok\r\n" }).ok()?;
            continue;
        }
        to.write_all(b"354 go ahead\r\n").ok()?;
        let mut message_id = None;
        loop {
            let line = lines.next()?.ok()?;
            if line == "." {
                break;
            }
            // What the client wrote before it died is not read on: whether the dot lay among it is chance.
            if spring(trap, &line) {
                return None;
            }
            if let Some(id) = line.strip_prefix("Message-ID: ") {
                message_id.get_or_insert(id.to_owned());
            }
        }
        *taken.lock().unwrap().entry(message_id?).or_default() += 1;
        if spring(trap, TAKEN) {
            return None;
        }
        to.write_all(b"250 2.0.0 Ok: queued as 4711\r\n").ok()?;
    }
}

#[test]
fn sending_killed_at_any_moment_leaves_no_letter_out_and_none_twice_without_a_record() {
    const AUTHORITIES: usize = 40;
    let desk = with_authorities(AUTHORITIES);
    let sink = Sink::open();
    sink.lay(&desk);
    let mut chance = Chance(2);
    let span = Desk::init_and(|undisturbed| how_long(|| drop(undisturbed.tick_at(monday())))) * 2;
    for round in 0..20 {
        run_and_kill(&desk, &["tick", "--at", &minutes_on(round).to_string()], chance.within(span));
    }
    desk.tick_at(minutes_on(30));
    let unknown = in_state(&desk.written(), DeliveryState::Unknown);
    let cut_off = cut_off(&desk);
    assert_eq!(unknown, cut_off, "what was cut off is unknown, neither sent nor failed, and not tried again at once");
    println!("{cut_off} attempts of {AUTHORITIES} letters were cut off");
    let taken_before = sink.taken.lock().unwrap().clone();
    assert!(taken_before.values().all(|times| *times == 1), "nothing left twice: {taken_before:?}");
    desk.tick_at(days_on(2));
    let letters = sink.taken_and_attempted(&desk);
    assert_eq!(letters.len(), AUTHORITIES);
    for (taken, attempts) in letters {
        assert!((1..=attempts).contains(&taken), "taken {taken} times in {attempts} attempts on record");
    }
    assert!(deliveries(&desk.written()).all(|delivery| delivery.state == DeliveryState::Accepted));
    desk.is_sound();
}

#[test]
fn a_kill_at_each_word_of_a_letter_leaves_it_unknown_and_only_one_after_the_last_dot_may_make_two_of_it() {
    let words = ["EHLO", "MAIL FROM", "RCPT TO", "DATA", "Subject", TAKEN];
    let desk = with_authorities(words.len());
    let sink = Sink::open();
    sink.lay(&desk);
    for (round, word) in (0..).zip(words) {
        sink.kill_at(word, &desk, &["tick", "--at", &minutes_on(round).to_string()]);
        assert_eq!(in_state(&desk.written(), DeliveryState::Attempting), 1, "{word}");
        let earlier = usize::try_from(round).unwrap();
        assert_eq!(in_state(&desk.written(), DeliveryState::Unknown), earlier, "the earlier ones, not tried again at once");
    }
    desk.tick_at(minutes_on(30));
    assert_eq!(
        sink.taken.lock().unwrap().values().sum::<usize>() - digests(&desk),
        1,
        "the one that was killed after its dot: {:?}",
        sink.taken
    );
    desk.tick_at(days_on(2));
    assert_eq!(sink.taken_and_attempted(&desk), [(1, 2), (1, 2), (1, 2), (1, 2), (1, 2), (2, 2)]);
    assert!(desk.requests().iter().all(|request| request["delivery"] == "accepted"));
    desk.is_sound();
}

/// Letters to staff that have left.
fn digests(desk: &Desk) -> usize {
    let to_staff: Vec<KeptLetter> = desk.written().into_iter().filter(|letter| letter.request.is_none()).collect();
    in_state(&to_staff, DeliveryState::Accepted)
}

/// Attempts whose end nobody wrote down.
fn cut_off(desk: &Desk) -> usize {
    attempts(&desk.written()).filter(|attempt| matches!(attempt.outcome, Some(DeliveryOutcome::Unknown { .. }))).count()
}

#[test]
fn an_ingest_killed_at_any_moment_and_done_again_has_every_mail_once() {
    let desk = Desk::init();
    let mails: Vec<String> = (0..400).map(stranger).collect();
    std::fs::create_dir(desk.file("archive")).unwrap();
    for (number, mail) in mails.iter().enumerate() {
        std::fs::write(desk.file("archive").join(format!("{number:04}.eml")), mail).unwrap();
    }
    let mut chance = Chance(3);
    let span = Desk::init_and(|undisturbed| {
        let archive = desk.file("archive");
        how_long(|| drop(undisturbed.must(&["ingest", archive.to_str().unwrap()])))
    });
    for _ in 0..10 {
        run_and_kill(&desk, &["ingest", "archive"], chance.within(span));
    }
    desk.must(&["ingest", "archive"]);
    assert_eq!(digests_in_register(&desk), digests_of(&mails));
    let standing = |standing| desk.stored().iter().filter(|mail| mail.standing == standing).count();
    assert_eq!(standing(Standing::Received), 0, "all were read to the end");
    assert_eq!(standing(Standing::Quarantined), 0, "a kill is not the mail's fault");
    desk.is_sound();
}
