//! Correspondence begun by hand: its reference is worth what ours is, wherever it stands in a letter of the authority.

use crate::desk::{Desk, addresses, at, by};
use demarche::domain::linking::{Verdict, judge};
use demarche::domain::request::EndingKind;
use demarche::domain::trust::{Proof, Proven};
use demarche::mail::understand;
use demarche::office::AdoptedRow;
use jiff::civil::date;

const NOW: &str = "2026-02-02T10:00:00Z";

fn desk() -> Desk {
    let mut desk = Desk::with_two_requests(at("2026-01-12T10:00:00Z"));
    let row = AdoptedRow {
        reference: "4.2-117/25/BW".into(),
        authority: "Prison Service".into(),
        recipient: None,
        subject: None,
        sent_on: date(2025, 12, 1),
        deadline: date(2026, 2, 27),
        message_id: None,
        reply_address: None,
        recommendations: vec![],
    };
    desk.register.adopt_requests(&[row], &by("tests"), at("2026-01-12T10:00:00Z"), false).unwrap();
    desk
}

/// What becomes of a letter of the authority with this subject and body; the body begins with its last headers.
fn judged(desk: &Desk, subject: &str, body: &str) -> Verdict {
    let raw = format!(
        "From: Registry <post@prisons.example>\r\nTo: desk@requests.example\r\nSubject: {subject}\r\nMessage-ID: <1@prisons.example>\r\n\
         MIME-Version: 1.0\r\n{}",
        body.replace('\n', "\r\n")
    );
    let proven = Proven { proof: Proof::Authentic, because: String::new() };
    let gathered = desk.register.gather(None, &understand(raw.as_bytes()), at(NOW), &addresses(), proven).unwrap();
    judge(&gathered.mail, &gathered.evidence, &gathered.facts)
}

fn is_linked(desk: &Desk, verdict: &Verdict) -> bool {
    let meant = desk.register.request("4.2-117/25/BW").unwrap().id;
    verdict.links.iter().map(|link| link.request).eq([meant])
}

const PLAIN: &str = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n";
const ANSWER: &str = "Dear colleagues,\n\nthe cells of the wing were aired and lit; a second window follows in May.\n";

#[test]
fn the_reference_of_a_letter_sent_by_hand_links_wherever_our_own_would() {
    let desk = desk();
    let wrote = "On Mon, 1 Dec 2025 at 10:00, Office <desk@requests.example> wrote:";
    let quoted = format!("{PLAIN}{ANSWER}\n{wrote}\n\n> We ask you for your answer.\n> Our reference: 4.2-117/25/BW.\n");
    let attached = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n{PLAIN}{ANSWER}\n--b\nContent-Type: text/plain; name=\"answer.txt\"\n\
         Content-Disposition: attachment; filename=\"answer.txt\"\n\nYour reference: 4.2-117/25/BW\n\nThe cells were aired.\n--b--\n"
    );
    let retyped = format!("{PLAIN}{ANSWER}\nYour ref. 4.2\u{2013}117/25/bw\n");
    for (place, body) in [("quoted", quoted), ("attached", attached), ("with a dash that a program changed", retyped)] {
        let verdict = judged(&desk, "Air and light", &body);
        assert!(is_linked(&desk, &verdict), "{place}: {verdict:?}");
    }
}

#[test]
fn the_supervising_authority_answers_by_the_old_reference_as_well() {
    let desk = desk();
    let raw = format!(
        "From: Office <office@justice.example>\r\nTo: desk@requests.example\r\nSubject: Re: 4.2-117/25/BW\r\nMessage-ID: <2@justice.example>\r\n\r\n{}",
        ANSWER.replace('\n', "\r\n")
    );
    let proven = Proven { proof: Proof::Authentic, because: String::new() };
    let gathered = desk.register.gather(None, &understand(raw.as_bytes()), at(NOW), &addresses(), proven).unwrap();
    let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    assert!(is_linked(&desk, &verdict), "{verdict:?}");
}

#[test]
fn a_further_letter_that_bears_the_old_reference_belongs_to_the_request_that_has_ended() {
    let mut desk = desk();
    desk.register.end("4.2-117/25/BW", EndingKind::Closed, "what came is enough", &by("tests"), at("2026-01-20T10:00:00Z")).unwrap();
    let verdict = judged(&desk, "Re: 4.2-117/25/BW", &format!("{PLAIN}{ANSWER}"));
    assert!(is_linked(&desk, &verdict), "{verdict:?}");
    let without = judged(&desk, "Air and light", &format!("{PLAIN}{ANSWER}"));
    assert!(without.links.is_empty() && without.suggestions.iter().all(|open| desk.register.is_open(open.request).unwrap()), "{without:?}");
}

#[test]
fn a_longer_reference_of_the_same_file_is_asked_about_and_not_linked() {
    let desk = desk();
    for subject in ["Re: 4.2-117/25/BW-2", "Re: 4.2-117/25/BW/3", "Re: 4.2-117/25/BW.1", "Re: 2-4.2-117/25/BW"] {
        let verdict = judged(&desk, subject, &format!("{PLAIN}{ANSWER}"));
        let meant = desk.register.request("4.2-117/25/BW").unwrap().id;
        assert!(verdict.links.is_empty(), "{subject}: {verdict:?}");
        assert!(verdict.suggestions.iter().any(|one| one.request == meant), "{subject}: {verdict:?}");
    }
    // With a mark of whoever answers it is the same.
    assert!(is_linked(&desk, &judged(&desk, "Re: 4.2-117/25/BW-GS", &format!("{PLAIN}{ANSWER}"))));
}

#[test]
fn the_address_at_which_all_mail_arrives_is_no_letters_reply_address() {
    let mut desk = Desk::with_two_requests(at("2026-01-12T10:00:00Z"));
    let mut adopt = |address: &str| {
        let row = AdoptedRow {
            reference: format!("file of {address}"),
            authority: "Prison Service".into(),
            recipient: None,
            subject: None,
            sent_on: date(2025, 12, 1),
            deadline: date(2026, 2, 27),
            message_id: None,
            reply_address: Some(address.into()),
            recommendations: vec![],
        };
        desk.register.adopt_requests(&[row], &by("tests"), at("2026-01-12T10:00:00Z"), false)
    };
    let refused = adopt("Desk@requests.example").unwrap_err().to_string();
    assert!(refused.contains("where all mail of the office or of a member of staff arrives"), "{refused}");
    adopt("desk+file17@requests.example").unwrap();
}
