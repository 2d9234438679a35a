//! One office, two authorities, one joint request: asked, reminded, answered, misplaced, corrected, verified.

// Long because it is one correspondence, told by the verbs of the register in their order.

use crate::desk::{Desk, addresses, at, authentic, by, letter_from, read_to_end, rules, taken_in};
use crate::sqlite::{Tampering, tamper};
use demarche::domain::delivery::RetryRules;
use demarche::domain::hold::Hold;
use demarche::domain::identity::MailId;
use demarche::domain::linking::judge;
use demarche::domain::reply::{Effect, Standing};
use demarche::domain::request::{EndingKind, ExchangeState};
use demarche::domain::trust::{Proof, Proven};
use demarche::intake::{Conclusion, FailedBy, Ingested};
use demarche::mail::authenticity::{Authenticity, Verdict};
use demarche::mail::message::Mailbox;
use demarche::mail::understood::{Kind, Understood};
use demarche::office::Placed;
use demarche::outgoing::LookedThrough;
use demarche::register::*;
use jiff::civil::date;

#[test]
fn a_correspondence_from_the_first_letter_to_the_last_word() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    assert_eq!(desk.write_due(monday), ["Ministry of Justice request", "Prison Service request"]);
    assert_eq!(desk.write_due(monday), Vec::<String>::new(), "a letter is written once");
    assert_eq!(desk.send_all(monday), 2);
    assert_eq!(desk.send_all(monday), 0, "a letter leaves once");
    let references: Vec<String> = desk.register.requests().unwrap().into_iter().map(|request| request.reference).collect();
    let (prison, ministry) = (references[0].as_str(), references[1].as_str());
    assert_eq!(desk.register.request(prison).unwrap().deadline, date(2026, 3, 2));

    // The ministry answers to the signed address, from an address nobody knows: it counts once a person has said so.
    let answered = at("2026-02-01T08:00:00Z");
    let mut reply = letter_from("clerk@elsewhere.example", "Our answer");
    reply.to = vec![Mailbox { name: None, address: Some(addresses().for_subject(desk.register.request(ministry).unwrap().id)) }];
    let mail = desk.receive(b"From: clerk@elsewhere.example\r\n\r\none\r\n", reply, answered);
    let view = desk.register.mail_view(mail).unwrap();
    assert_eq!((view.standing, view.effect), (Standing::Linked, Some(Effect::Waiting)));
    assert_eq!(desk.state(ministry, answered), ExchangeState::Pending);
    desk.register.link_mail(mail, &[ministry.into()], &by("A. Novak"), answered).unwrap();
    assert_eq!(desk.state(ministry, answered), ExchangeState::Completed);

    // Nothing is due for it any more; the prison service is reminded, but only after the mailbox was read.
    let before_deadline = at("2026-02-23T10:00:00Z");
    assert_eq!(desk.write_due(before_deadline), Vec::<String>::new(), "nobody is chased while the mailbox is unread");
    assert_eq!(desk.register.agenda(before_deadline, 10).unwrap().held.len(), 1);
    let held = desk.register.waits_for(&desk.register.request(prison).unwrap(), before_deadline).unwrap().held;
    assert_eq!(held.map(|held| (held.step, held.why)), Some(("friendly reminder".into(), Hold::MailboxNotRead)));
    desk.read_mailbox(before_deadline);
    assert_eq!(desk.write_due(before_deadline), ["Prison Service friendly reminder"]);
    assert_eq!(desk.send_all(before_deadline), 1);

    // A reply with a slip in the address waits for a person, and nobody is chased meanwhile.
    let late = at("2026-03-03T10:00:00Z");
    let mut reply = letter_from("private@elsewhere.example", "Answer");
    let slipped = addresses().for_subject(desk.register.request(prison).unwrap().id).replacen("@", "z@", 1);
    reply.to = vec![Mailbox { name: None, address: Some(slipped) }];
    let mail = desk.receive(b"From: private@elsewhere.example\r\n\r\ntwo\r\n", reply, late);
    assert_eq!(desk.register.mail_view(mail).unwrap().standing, Standing::Suggested);
    assert_eq!(desk.write_due(late), Vec::<String>::new());
    assert_eq!(desk.state(prison, late), ExchangeState::Overdue);

    // A person accepts the suggestion in one step; another undoes it; it is linked again.
    desk.register.link_mail(mail, &[prison.to_lowercase(), prison.into()], &by("A. Novak"), late).unwrap();
    assert_eq!(desk.state(prison, late), ExchangeState::Completed);
    desk.register.unlink_mail(mail, &[], &by("A. Novak"), late).unwrap();
    assert_eq!(desk.state(prison, late), ExchangeState::Overdue);
    desk.register.link_mail(mail, &[prison.into()], &by("A. Novak"), late).unwrap();
    desk.register.mark_mail(mail, Placed::As(Effect::Acknowledgement), &by("A. Novak"), late).unwrap();
    assert_eq!(desk.state(prison, late), ExchangeState::Overdue, "an acknowledgement does not stop the clock");
    desk.register.mark_mail(mail, Placed::As(Effect::Reply), &by("A. Novak"), late).unwrap();
    assert_eq!(desk.state(prison, late), ExchangeState::Completed);

    let soundness = desk.register.verify().unwrap();
    assert_eq!((soundness.mails, soundness.letters), (2, 3));
    let copy = desk.folder.path().join("copy.sqlite");
    desk.register.backup(&copy).unwrap();
    assert_eq!(restore_check(&copy, rules()).unwrap(), soundness);
    assert_eq!(desk.register.search(&["aired".into()], 10).unwrap().len(), 5);
}

#[test]
fn a_reminder_in_the_outbox_is_cancelled_when_the_answer_comes_first() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    desk.send_all(monday);
    let due = at("2026-02-23T10:00:00Z");
    desk.read_mailbox(due);
    assert_eq!(desk.write_due(due).len(), 2);
    let reference = desk.register.requests().unwrap()[0].reference.clone();
    let reply = letter_from("governor@prisons.example", &format!("Re: [{reference}] Request"));
    desk.receive(b"From: governor@prisons.example\r\n\r\nthree\r\n", reply, due);
    assert_eq!(desk.send_all(due), 1, "only the ministry is reminded");
    let letters = desk.register.letters_of(desk.register.request(&reference).unwrap().id).unwrap();
    assert_eq!(letters[1].deliveries[0].state, "cancelled");
}

#[test]
fn a_letter_from_the_authority_that_names_nothing_holds_back_the_reminder_until_a_person_has_looked() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    desk.send_all(monday);
    let due = at("2026-02-23T10:00:00Z");
    let mail = desk.receive(b"From: governor@prisons.example\r\n\r\nfour\r\n", letter_from("governor@prisons.example", "Answer"), due);
    assert_eq!(desk.register.mail_view(mail).unwrap().standing, Standing::Suggested);
    desk.read_mailbox(due);
    assert_eq!(desk.write_due(due), Vec::<String>::new(), "the prison service may have answered, for the ministry above it too");
    desk.register.mark_mail(mail, Placed::Ignore, &by("A. Novak"), due).unwrap();
    assert_eq!(desk.write_due(due), ["Ministry of Justice friendly reminder", "Prison Service friendly reminder"]);
}

#[test]
fn what_a_person_said_of_a_mail_stands_though_the_worker_was_still_reading_it() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    desk.send_all(monday);
    let requests = desk.register.requests().unwrap();
    let raw = b"From: governor@prisons.example\r\n\r\nfive\r\n";
    let received = taken_in(raw, "in/5", monday);
    let Ingested::New(mail) = desk.register.record_mails(&[received], monday).unwrap()[0] else { panic!("it is new") };
    assert_eq!(desk.register.claim_unread(None, 10, monday).unwrap().len(), 1);
    desk.register.link_mail(mail, &[requests[1].reference.clone()], &by("A. Novak"), monday).unwrap();
    let understood = letter_from("governor@prisons.example", &format!("Re: [{}]", requests[0].reference));
    let gathered = desk.register.gather(None, &understood, monday, &addresses(), authentic()).unwrap();
    let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    assert_eq!(verdict.standing, Standing::Linked, "the rule would link it to the other request");
    desk.register.conclude(vec![Conclusion::new(mail, understood, None, gathered, verdict)], monday).unwrap();
    let view = desk.register.mail_view(mail).unwrap();
    assert_eq!((view.standing, view.requests, view.kind), (Standing::Linked, vec![requests[1].reference.clone()], Some(Kind::Letter)));
}

#[test]
fn a_link_that_is_undone_teaches_nothing_and_the_mail_holds_back_reminders_again() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    desk.send_all(monday);
    let due = at("2026-02-23T10:00:00Z");
    let prison = desk.register.requests().unwrap()[0].reference.clone();
    let domains = |desk: &Desk| desk.register.authority_named("Prison Service").unwrap().unwrap().domains;

    let stranger = desk.receive(b"From: someone@elsewhere.example\r\n\r\nsix!\r\n", letter_from("someone@elsewhere.example", "Hello"), due);
    desk.register.link_mail(stranger, std::slice::from_ref(&prison), &by("A. Novak"), due).unwrap();
    assert_eq!(domains(&desk), ["prisons.example"], "a decision is about an address, not about a domain");
    desk.register.unlink_mail(stranger, &[], &by("A. Novak"), due).unwrap();
    assert_eq!(domains(&desk), ["prisons.example"]);
    desk.register.mark_mail(stranger, Placed::Ignore, &by("A. Novak"), due).unwrap();

    let mut robot = letter_from("daemon@relay.example", "Undeliverable");
    robot.kind = Kind::Bounce;
    let robot = desk.receive(b"From: daemon@relay.example\r\n\r\nseven\r\n", robot, due);
    desk.register.link_mail(robot, std::slice::from_ref(&prison), &by("A. Novak"), due).unwrap();
    assert_eq!(domains(&desk), ["prisons.example"], "a mail system's address says nothing of an authority's");

    let governor = letter_from("governor@prisons.example", &format!("Re: [{prison}]"));
    let governor = desk.receive(b"From: governor@prisons.example\r\n\r\neighth\r\n", governor, due);
    assert_eq!(desk.state(&prison, due), ExchangeState::Completed);
    desk.register.unlink_mail(governor, &[], &by("A. Novak"), due).unwrap();
    desk.read_mailbox(due);
    assert_eq!(desk.write_due(due), Vec::<String>::new(), "nobody has said yet what the governor's letter is");
    desk.register.mark_mail(governor, Placed::Ignore, &by("A. Novak"), due).unwrap();
    assert_eq!(desk.write_due(due).len(), 2);
}

#[test]
fn an_interrupted_attempt_is_unknown_and_not_failed() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    let retry = RetryRules::default();
    let claim = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, monday).unwrap().unwrap();
    drop(desk.register);
    desk.register = Register::open(&desk.folder.path().join("register.sqlite"), rules()).unwrap();
    assert_eq!(desk.register.find_interrupted_attempts(&retry, monday).unwrap(), 1);
    let next = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, monday).unwrap().unwrap();
    assert_ne!(next.delivery, claim.delivery);
    assert!(
        desk.register.claim_delivery(&mut LookedThrough::default(), &retry, monday).unwrap().is_none(),
        "the unknown one is not sent again at once"
    );
    let tomorrow = at("2026-01-06T10:00:01Z");
    assert!(
        desk.register.claim_delivery(&mut LookedThrough::default(), &retry, tomorrow).unwrap().is_none(),
        "nor before anybody looked whether a bounce or notice came"
    );
    desk.read_mailbox(tomorrow);
    let again = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, tomorrow).unwrap().unwrap();
    assert_eq!((again.delivery, again.message_id, again.bytes), (claim.delivery, claim.message_id, claim.bytes));
}

#[test]
fn the_same_mail_by_five_ways_is_one_mail_and_each_way_is_evidence() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    let by = |address: &str| format!("Delivered-To: {address}\r\nMessage-ID: <1@prisons.example>\r\n\r\nOne body\r\n").into_bytes();
    let (first, second) = (by("desk+r-a@requests.example"), by("desk+r-b@requests.example"));
    let mails = [(&first, "a"), (&second, "b"), (&first, "c")].map(|(raw, source)| taken_in(raw, source, monday));
    let taken = desk.register.record_mails(&mails, monday).unwrap();
    assert!(matches!(taken[..], [Ingested::New(_), Ingested::Again(_), Ingested::Again(_)]));
    let unread = desk.register.claim_unread(None, 10, monday).unwrap();
    assert_eq!((unread.len(), unread[0].other_heads.len()), (1, 1));
    assert!(String::from_utf8_lossy(&unread[0].other_heads[0]).contains("desk+r-b"));
}

/// A system that gives every notice one Message-ID, and writes them all from one form.
#[test]
fn another_mail_of_the_same_message_id_and_length_is_not_taken_for_a_copy() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::open();
    let form = "We have received your letter. ".repeat(300);
    let by = |address: &str, end: &str| {
        format!("Delivered-To: {address}\r\nMessage-ID: <1@prisons.example>\r\n\r\n{form}{end}\r\n").into_bytes()
    };
    let notices: Vec<Vec<u8>> = (10..30).map(|number| by("a@requests.example", &format!("Number {number}."))).collect();
    let mut record = |raw: &Vec<u8>, source: &str| desk.register.record_mails(&[taken_in(raw, source, monday)], monday).unwrap().remove(0);
    for (place, notice) in notices.iter().enumerate() {
        let Ingested::New(mail) = record(notice, &format!("new {place}")) else { panic!("notice {place} was taken for another") };
        let copy = by("b@requests.example", &format!("Number {}.\r\n", place + 10));
        assert_eq!(record(&copy, &format!("copy {place}")), Ingested::Again(mail), "the same by another way");
    }
    assert!(notices.iter().enumerate().all(|(place, notice)| matches!(record(notice, &format!("again {place}")), Ingested::Again(_))));
}

#[test]
fn what_cannot_be_understood_twice_is_quarantined_and_seen() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::open();
    let mail = taken_in(b"\xff\xfe", "x", monday);
    desk.register.record_mails(&[mail], monday).unwrap();
    let mut heads_only = Vec::new();
    for _ in 0..3 {
        let unread = desk.register.claim_unread(None, 10, monday).unwrap().remove(0);
        heads_only.push(unread.head_only);
        desk.register.attempt_failed(unread.mail, FailedBy::Mail).unwrap();
    }
    assert_eq!(heads_only, [false, false, true]);
    assert_eq!(desk.register.claim_unread(None, 10, monday).unwrap().len(), 0);
    assert_eq!(desk.register.mail_views(Some(Standing::Quarantined), 10).unwrap().len(), 1);
    assert_eq!(desk.register.status(monday).unwrap().waiting_for_a_person, 1);
}

#[test]
fn a_stop_of_the_daemon_is_not_held_against_the_mails_it_had_in_hand() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::open();
    let mail = taken_in(b"From: a@b.example\r\n\r\nx", "x", monday);
    desk.register.record_and_conclude(&[mail], read_to_end(monday), vec![], monday).unwrap();
    // Claimed again and again, with no word of how it went: each time the process was gone.
    let heads_only =
        |desk: &mut Desk| desk.register.claim_unread(None, 10, monday).unwrap().iter().map(|unread| unread.head_only).collect();
    let claims: Vec<Vec<bool>> = (0..24).map(|_| heads_only(&mut desk)).collect();
    assert!(claims[..20].iter().all(|claim| *claim == [false]), "{claims:?}");
    assert_eq!(claims[23], [] as [bool; 0], "where it stops at each attempt, the mail may be why");
    assert_eq!(desk.register.mail_views(Some(Standing::Quarantined), 10).unwrap().len(), 1);
}

#[test]
fn an_altered_event_or_mail_is_found() {
    let monday = at("2026-01-05T10:00:00Z");
    for tampering in [
        Tampering::MailBytes,
        Tampering::MailBytesGone,
        Tampering::Actor(2),
        Tampering::EventGone(2),
        Tampering::LastEventGone,
        Tampering::LetterBytes,
        // The record knows another hash.
        Tampering::LetterBytesAndHash,
    ] {
        let mut desk = Desk::with_two_requests(monday);
        desk.write_due(monday);
        let mail = taken_in(b"From: a@b.example\r\n\r\nx", "x", monday);
        desk.register.record_mails(&[mail], monday).unwrap();
        assert!(desk.register.verify().is_ok());
        tamper(&desk.folder.path().join("register.sqlite"), tampering);
        assert!(desk.register.verify().is_err(), "{tampering:?}");
    }
}

#[test]
fn waived_extended_and_paused_requests_keep_their_reasons() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    desk.send_all(monday);
    let reference = desk.register.requests().unwrap()[0].reference.clone();
    let refused = desk.register.extend(&reference, date(2026, 2, 1), "too early", &by("A. Novak"), monday).unwrap_err();
    insta::assert_snapshot!(refused.to_string().replace(&reference, "REF"), @"the deadline of REF is already 2026-03-02; an extension must name a later day than that, not 2026-02-01");
    let extended = desk.register.extend(&reference, date(2026, 4, 1), "new director", &by("A. Novak"), monday).unwrap();
    assert_eq!(extended.deadline, date(2026, 4, 1));
    desk.register.pause(&reference, "we owe a copy", &by("A. Novak"), at("2026-01-10T10:00:00Z")).unwrap();
    assert_eq!(desk.state(&reference, at("2026-08-01T10:00:00Z")), ExchangeState::Pending);
    let resumed = desk.register.resume(&reference, "sent", &by("A. Novak"), at("2026-01-20T10:00:00Z")).unwrap();
    assert_eq!(resumed.deadline, date(2026, 4, 11));
    desk.register.end(&reference, EndingKind::Waived, "closed prison", &by("A. Novak"), at("2026-01-21T10:00:00Z")).unwrap();
    let kinds: Vec<String> = desk.register.events_of_request(extended.id).unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        ["request opened", "request written", "letter sent", "deadline extended", "clock paused", "clock resumed", "request waived"]
    );
}

/// Two requests of one joint matter, sent on Monday at ten; the first to the prison service.
fn sent_on_monday() -> (Desk, String) {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    desk.send_all(monday);
    let prison = desk.register.requests().unwrap()[0].reference.clone();
    (desk, prison)
}

fn on_the_reply_address(desk: &Desk, reference: &str, text: &str) -> Understood {
    let request = desk.register.request(reference).unwrap();
    let to = Mailbox { name: None, address: Some(addresses().for_subject(request.id)) };
    Understood { to: vec![to], reply: text.into(), ..letter_from("governor@prisons.example", &format!("Re: [{reference}]")) }
}

fn stands(desk: &Desk, mail: MailId) -> (Standing, String) {
    let view = desk.register.mail_view(mail).unwrap();
    (view.standing, view.because.join(" "))
}

#[test]
fn a_short_letter_that_comes_within_seconds_of_ours_is_shown_to_a_person() {
    let (mut desk, prison) = sent_on_monday();
    let quick = on_the_reply_address(&desk, &prison, "Din henvendelse ligger hos os.");
    let mail = desk.receive(b"From: governor@prisons.example\r\n\r\nquick\r\n", quick, at("2026-01-05T10:00:04Z"));
    let (standing, because) = stands(&desk, mail);
    assert_eq!(standing, Standing::Suggested);
    assert!(because.contains("4 seconds after our letter"), "{because}");
    // Whoever says that they accept has read it, however fast.
    let answer = on_the_reply_address(&desk, &prison, "We accept recommendation 1.");
    let mail = desk.receive(b"From: governor@prisons.example\r\n\r\nanswer\r\n", answer, at("2026-01-05T10:00:09Z"));
    assert_eq!(stands(&desk, mail).0, Standing::Linked);
}

#[test]
fn the_same_words_again_may_be_a_machine_s_and_are_shown_to_a_person() {
    let (mut desk, prison) = sent_on_monday();
    let text = "Din henvendelse ligger hos os.";
    let first = on_the_reply_address(&desk, &prison, text);
    let first = desk.receive(b"From: governor@prisons.example\r\n\r\nfirst\r\n", first, at("2026-01-06T10:00:00Z"));
    assert_eq!(stands(&desk, first).0, Standing::Linked);
    let again = Understood { message_id: Some("2@prisons.example".into()), ..on_the_reply_address(&desk, &prison, text) };
    let again = desk.receive(b"From: governor@prisons.example\r\n\r\nsecond!\r\n", again, at("2026-01-20T10:00:00Z"));
    let (standing, because) = stands(&desk, again);
    assert_eq!(standing, Standing::Suggested);
    assert!(because.contains(&format!("the same words came before, in mail {first}")), "{because}");
}

#[test]
fn a_letter_to_somebody_else_of_which_the_office_has_a_copy_waits_for_a_person() {
    let (mut desk, prison) = sent_on_monday();
    let mut copy = on_the_reply_address(&desk, &prison, "Ken, please deal with this.");
    copy.cc = std::mem::replace(&mut copy.to, vec![Mailbox { name: None, address: Some("ken@prisons.example".into()) }]);
    let mail = desk.receive(b"From: governor@prisons.example\r\n\r\ncopy\r\n", copy, at("2026-01-06T10:00:00Z"));
    let (standing, because) = stands(&desk, mail);
    assert_eq!(standing, Standing::Suggested);
    assert!(because.contains("addressed to somebody else"), "{because}");
}

#[test]
fn our_own_letter_come_back_is_set_aside_but_a_colleague_who_passes_an_answer_on_is_seen() {
    let (mut desk, prison) = sent_on_monday();
    let own = Understood {
        message_id: Some(addresses().message_id(&prison, 1)),
        ..letter_from("desk@requests.example", &format!("[{prison}] Request"))
    };
    let own = desk.receive(b"From: desk@requests.example\r\n\r\nown\r\n", own, at("2026-01-05T10:01:00Z"));
    assert_eq!(stands(&desk, own).0, Standing::SetAside);
    let passed_on = letter_from("desk@requests.example", &format!("Came by post: [{prison}]"));
    let passed_on = desk.receive(b"From: desk@requests.example\r\n\r\nscan!\r\n", passed_on, at("2026-01-06T10:01:00Z"));
    let (standing, because) = stands(&desk, passed_on);
    assert_eq!(standing, Standing::Suggested);
    assert!(because.contains("the office's own address"), "{because}");
    desk.register.link_mail(passed_on, std::slice::from_ref(&prison), &by("A. Novak"), at("2026-01-06T11:00:00Z")).unwrap();
    let domains = desk.register.authority_named("Prison Service").unwrap().unwrap().domains;
    assert_eq!(domains, ["prisons.example"], "our own domain is not the authority's");
}

#[test]
fn a_forged_sender_that_a_person_links_all_the_same_teaches_no_domain() {
    let (mut desk, prison) = sent_on_monday();
    let day = at("2026-01-06T10:00:00Z");
    let raw = b"From: clerk@shared.example\r\n\r\nforged\r\n";
    let received = taken_in(raw, "in/forged", day);
    let Ingested::New(mail) = desk.register.record_mails(&[received], day).unwrap()[0] else { panic!("it is new") };
    desk.register.claim_unread(None, 10, day).unwrap();
    let understood = letter_from("clerk@shared.example", &format!("Re: [{prison}]"));
    let forged = Proven { proof: Proof::Contradicted, because: "shared.example publishes a policy".into() };
    let gathered = desk.register.gather(None, &understood, day, &addresses(), forged).unwrap();
    let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    assert_eq!(verdict.standing, Standing::Suggested);
    let authenticity = Some(Authenticity { verdict: Verdict::Contradicted, ..Authenticity::default() });
    desk.register.conclude(vec![Conclusion::new(mail, understood, authenticity, gathered, verdict)], day).unwrap();
    desk.register.link_mail(mail, std::slice::from_ref(&prison), &by("A. Novak"), day).unwrap();
    assert_eq!(desk.register.authority_named("Prison Service").unwrap().unwrap().domains, ["prisons.example"]);
}

#[test]
fn the_rule_links_but_teaches_no_domain() {
    let (mut desk, prison) = sent_on_monday();
    let day = at("2026-01-06T10:00:00Z");
    let mut solicitor = on_the_reply_address(&desk, &prison, "The cells are aired.");
    solicitor.from = vec![Mailbox { name: None, address: Some("clerk@solicitors.example".into()) }];
    let mail = desk.receive(b"From: clerk@solicitors.example\r\n\r\nby rule\r\n", solicitor, day);
    assert_eq!(stands(&desk, mail).0, Standing::Linked);
    assert_eq!(desk.register.authority_named("Prison Service").unwrap().unwrap().domains, ["prisons.example"]);
}
