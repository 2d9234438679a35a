//! How fast mail is understood, and that mail made to hurt does not.
//!
//! `cargo bench --bench understand`. Ordinary mail is generated here, the same on every run: replies above a quoted letter, HTML with its text,
//! attachments, several charsets, a bounce and a note of absence now and then. The rate is of one core, parsing and understanding only, in the
//! fastest of [`ROUNDS`] rounds, since what else runs on the machine only makes slower; it must be at least [`LEAST`] mails a second. Hostile mails
//! of 5 MB must each be understood within a second by a worker that has 200 MB beside its stack.

#[path = "../tests/mail/hostile.rs"]
mod hostile;

use base64::Engine;
use demarche::intake::{Worker, WorkerOptions};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Mails a second on one core.
const LEAST: f64 = 2_500.0;
const ROUNDS: usize = 5;
const LONGEST: Duration = Duration::from_secs(1);

fn main() {
    let mails: Vec<Vec<u8>> = (0..4_000).map(ordinary).collect();
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let mut letters = 0;
    let mut round = || {
        let begun = cpu_seconds();
        let is_letter = |mail: &&Vec<u8>| demarche::mail::understand(mail).kind == demarche::mail::understood::Kind::Letter;
        letters = mails.iter().filter(is_letter).count();
        cpu_seconds() - begun
    };
    let seconds = (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min);
    let rate = mails.len() as f64 / seconds;
    println!("ordinary mail: {} mails of {} kB on average, {letters} of them letters", mails.len(), bytes / mails.len() / 1000);
    println!("  {rate:.0} mails a second on one core, {:.2} times the least ({LEAST:.0})", rate / LEAST);
    let mut failed = rate < LEAST;

    println!("hostile mail of 5 MB, in a worker with 200 MB beside its stack:");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let options = WorkerOptions {
        program: env!("CARGO_BIN_EXE_demarche").into(),
        time_limit: Duration::from_secs(60),
        memory_limit: (256 + 200) << 20,
        phrases: None,
    };
    let mut worker = Worker::start(options);
    // The first mail pays for starting the worker and reading the phrases.
    let _ = runtime.block_on(worker.understand(b"Subject: x\r\n\r\nx\r\n"));
    for (name, mail) in hostile::all(5_000_000) {
        let begun = Instant::now();
        let result = runtime.block_on(worker.understand(&mail));
        let took = begun.elapsed();
        let verdict = match result {
            Err(fault) => {
                failed = true;
                format!("FAILED: {fault}")
            }
            Ok(_) if took > LONGEST => {
                failed = true;
                "TOO SLOW".to_owned()
            }
            Ok(_) => "ok".to_owned(),
        };
        println!("  {:>5} ms  {name}: {verdict}", took.as_millis());
    }
    if failed {
        std::process::exit(1);
    }
}

/// CPU time of this process, so that a busy machine does not count as slow code.
fn cpu_seconds() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

/// The n-th ordinary mail.
fn ordinary(number: usize) -> Vec<u8> {
    let mut dice = Dice(number as u64 * 0x9e37_79b9 + 1);
    let reference = format!("NPM-2026-{:04}-K", number % 10_000);
    let mut head = format!(
        "Return-Path: <registry@ministry{n}.example>\r\nReceived: from mail.ministry{n}.example (mail.ministry{n}.example [192.0.2.7])\r\n\tby mx.npm.example (Postfix) with ESMTPS id 4F{number:08X}\r\n\tfor <office+{number}@npm.example>; Thu, 5 Mar 2026 10:{:02}:00 +0100 (CET)\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=ministry{n}.example; s=mail;\r\n\th=from:to:subject:date:message-id; bh={}=; b={}\r\n\
         From: =?utf-8?Q?Registry_of_the_Minist=C3=A8re?= <registry@ministry{n}.example>\r\nTo: Office <office+{number}@npm.example>\r\n\
         Subject: Re: [{reference}] Recommendations after the visit\r\nDate: Thu, 5 Mar 2026 10:00:00 +0100\r\nMessage-ID: <{number}.abc@ministry{n}.example>\r\n\
         In-Reply-To: <letter.{number}@npm.example>\r\nReferences: <letter.{number}@npm.example>\r\nMIME-Version: 1.0\r\n",
        number % 60,
        "x".repeat(42),
        "y".repeat(300),
        n = number % 171,
    );
    let text = letter(&mut dice, &reference);
    match number % 20 {
        0..8 => {
            let _ = write!(
                head,
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
                quoted_printable(&text)
            );
        }
        8..14 => {
            let _ = write!(
                head,
                "Content-Type: multipart/alternative; boundary=\"alt{number}\"\r\n\r\n--alt{number}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n\
                 --alt{number}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n--alt{number}--\r\n",
                quoted_printable(&text),
                quoted_printable(&html(&text))
            );
        }
        14 | 15 => {
            let _ = write!(
                head,
                "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
                quoted_printable(&html(&text))
            );
        }
        16 | 17 => {
            let picture: Vec<u8> = (0..60_000).map(|_| dice.roll(256) as u8).collect();
            let _ = write!(
                head,
                "Content-Type: multipart/mixed; boundary=\"mix{number}\"\r\n\r\n--mix{number}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n\
                 --mix{number}\r\nContent-Type: image/jpeg; name=\"photo.jpg\"\r\nContent-Disposition: attachment; filename=\"photo.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--mix{number}--\r\n",
                quoted_printable(&text),
                lines(&base64::engine::general_purpose::STANDARD.encode(picture))
            );
        }
        18 => {
            let _ = write!(
                head,
                "Auto-Submitted: auto-replied\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI am out of the office until 20 March and will answer on my return.\r\nFor urgent matters write to the registry.\r\n"
            );
        }
        _ => return bounce(number),
    }
    head.into_bytes()
}

fn letter(dice: &mut Dice, reference: &str) -> String {
    const SENTENCES: [&str; 8] = [
        "The ministry has examined the recommendation and accepts it.",
        "La direction de l'établissement a été chargée de la mise en œuvre.",
        "The works will be finished by the end of September of this year.",
        "Die Anstaltsleitung wurde angewiesen, die Maßnahmen umzusetzen.",
        "A budget line has been requested for the coming financial year.",
        "Further information will be given in the annual meeting.",
        "The number of staff on night shifts was raised to four.",
        "We regret that the second point cannot be followed for reasons of security.",
    ];
    let mut text = format!("Dear Sir or Madam,\r\n\r\nwith regard to your letter {reference} we answer as follows.\r\n\r\n");
    for number in 1..=3 + dice.roll(4) {
        let _ = write!(text, "{number}. ");
        for _ in 0..3 + dice.roll(5) {
            let _ = write!(text, "{} ", SENTENCES[dice.roll(SENTENCES.len() as u64) as usize]);
        }
        text.push_str("\r\n\r\n");
    }
    text.push_str("Yours faithfully,\r\n\r\nA. Registrar\r\nMinistry of Justice\r\nTel. +00 1 234 567\r\n\r\nOn Thu, 8 Jan 2026 at 09:00, Office <office@npm.example> wrote:\r\n\r\n");
    for line in 0..30 + dice.roll(30) {
        let _ = write!(text, "> {line} {}\r\n", SENTENCES[dice.roll(SENTENCES.len() as u64) as usize]);
    }
    text
}

fn html(text: &str) -> String {
    let mut html = "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"><style>p.MsoNormal {margin:0cm; font-family:\"Calibri\",sans-serif;}</style></head><body lang=\"EN-GB\"><div class=\"WordSection1\">".to_owned();
    for line in text.lines() {
        let _ = write!(
            html,
            "<p class=\"MsoNormal\"><span style=\"font-size:11.0pt;color:#1F497D\">{}<o:p></o:p></span></p>\r\n",
            line.replace('>', "&gt;")
        );
    }
    html + "</div></body></html>"
}

fn bounce(number: usize) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.npm.example>\r\nTo: bounce+{number}@npm.example\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"r{number}\"\r\n\r\n--r{number}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is the mail system at host mx.npm.example.\r\n\r\n\
         <chief@prison.example>: host mx.prison.example[192.0.2.9] said: 550 5.1.1 user unknown (in reply to RCPT TO command)\r\n\r\n--r{number}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.npm.example\r\n\r\n\
         Final-Recipient: rfc822; chief@prison.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--r{number}\r\nContent-Type: message/rfc822\r\n\r\n\
         From: Office <office@npm.example>\r\nTo: chief@prison.example\r\nSubject: Recommendations\r\nMessage-ID: <letter.{number}@npm.example>\r\n\r\nDear Sir or Madam,\r\n\r\n--r{number}--\r\n"
    )
    .into_bytes()
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split("\r\n") {
        let mut length = 0;
        for byte in line.bytes() {
            if length > 70 {
                out.push_str("=\r\n");
                length = 0;
            }
            if byte == b'=' || !(b' '..0x7f).contains(&byte) {
                let _ = write!(out, "={byte:02X}");
                length += 3;
            } else {
                out.push(char::from(byte));
                length += 1;
            }
        }
        out.push_str("\r\n");
    }
    out
}

fn lines(base64: &str) -> String {
    base64.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line) + "\r\n").collect()
}

/// A small generator (SplitMix64): the bench must be the same everywhere, not unpredictable.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % sides
    }
}
