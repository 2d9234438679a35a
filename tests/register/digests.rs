//! Digests are cut by the number of the last event that they knew of: whatever is recorded is told once, within one second too, and whatever the
//! clock shows.

use crate::desk::{Desk, addresses, at, authentic, by, letter_from, rules, taken_in};
use crate::outbox::report;
use demarche::digest::{DigestContent, Period};
use demarche::domain::identity::MailId;
use demarche::domain::linking::judge;
use demarche::domain::replacing::{Given, Named};
use demarche::domain::reply::Effect;
use demarche::domain::staff::{Responsibility, StaffMember, StaffRole};
use demarche::domain::trust::{Proof, Proven};
use demarche::intake::{Conclusion, Ingested};
use demarche::mail::message::Mailbox;
use demarche::office::{AuthorityRow, FocalPointRow, Placed};
use demarche::outgoing::DigestDone;
use demarche::register::{DueDigest, PlacedBy};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use std::sync::Arc;

fn member() -> StaffMember {
    StaffMember {
        name: "S. Staff".into(),
        address: "staff@office.example".into(),
        role: StaffRole::Staff,
        language: "en".into(),
        responsible_for: Responsibility::Everything,
        operator: true,
        deputy: None,
        absent: vec![],
        sources: false,
    }
}

/// Two requests that were sent, and a member of staff whose digests have begun.
fn begun(now: Timestamp) -> Desk {
    let mut desk = Desk::with_two_requests(now);
    desk.write_due(now);
    desk.send_all(now);
    desk.register.set_rules(Arc::new(demarche::domain::rules::OfficeRules { staff: vec![member()], ..(*rules()).clone() }));
    desk.register.begin_digests(now).unwrap();
    desk
}

/// What the daily digest of that time says; the next one goes on from there.
fn digest(desk: &mut Desk, now: Timestamp) -> DigestContent {
    let member = member();
    let since = desk.register.last_digest(&member.address, Period::Daily).unwrap().unwrap();
    let mut digests = desk.register.digests(&[DueDigest { member: &member, period: Period::Daily, since }], now).unwrap();
    let done = [DigestDone { member: member.address, period: Period::Daily, letter: None }];
    desk.register.put_digests(&done, digests.last_event, &addresses(), now).unwrap();
    digests.contents.remove(0)
}

fn arrived(content: &DigestContent) -> Vec<i64> {
    content.arrived.iter().map(|mail| mail.mail.0).collect()
}

fn answer(desk: &mut Desk, authority: &str, from: &str, now: Timestamp) -> MailId {
    let request = desk.register.request(&desk.reference_to(authority)).unwrap().id;
    let mut reply = letter_from(from, &format!("Our answer of {now}"));
    reply.to = vec![Mailbox { name: None, address: Some(addresses().for_subject(request)) }];
    desk.receive(format!("From: {from}\r\n\r\nOf {authority}, {now}.\r\n").as_bytes(), reply, now)
}

#[test]
fn of_two_answers_in_the_second_of_a_digest_each_is_told_once() {
    let eight = at("2026-01-12T08:00:00Z");
    let mut desk = begun(at("2026-01-05T10:00:00Z"));
    let before = answer(&mut desk, "Prison Service", "post@prisons.example", eight);
    assert_eq!(arrived(&digest(&mut desk, eight)), [before.0]);
    let after = answer(&mut desk, "Ministry of Justice", "office@justice.example", eight);
    let second = digest(&mut desk, eight);
    assert_eq!(arrived(&second), [after.0]);
    assert_eq!(arrived(&digest(&mut desk, at("2026-01-13T08:00:00Z"))), Vec::<i64>::new());
}

#[test]
fn what_is_recorded_while_the_clock_stands_an_hour_behind_the_last_digest_is_told_once() {
    let (eight, seven) = (at("2026-01-12T08:00:00Z"), at("2026-01-12T07:00:00Z"));
    let mut desk = begun(at("2026-01-05T10:00:00Z"));
    let before = answer(&mut desk, "Prison Service", "post@prisons.example", eight);
    assert_eq!(arrived(&digest(&mut desk, eight)), [before.0]);
    let after = answer(&mut desk, "Ministry of Justice", "office@justice.example", seven);
    let next = digest(&mut desk, at("2026-01-13T08:00:00Z"));
    assert_eq!(arrived(&next), [after.0]);
    assert_eq!(arrived(&digest(&mut desk, at("2026-01-14T08:00:00Z"))), Vec::<i64>::new());
    desk.register.verify().unwrap();
}

#[test]
fn a_mail_that_waits_is_new_in_one_digest_and_an_answer_in_the_one_after_a_person_has_said_so() {
    let (eight, nine) = (at("2026-01-12T08:00:00Z"), at("2026-01-12T09:00:00Z"));
    let mut desk = begun(at("2026-01-05T10:00:00Z"));
    let mail = answer(&mut desk, "Prison Service", "clerk@elsewhere.example", eight);
    let first = digest(&mut desk, eight);
    assert_eq!(first.waiting.iter().map(|waiting| (waiting.mail, waiting.is_new)).collect::<Vec<_>>(), [(mail, true)]);
    assert_eq!(arrived(&first), Vec::<i64>::new());
    let again = digest(&mut desk, eight);
    assert_eq!(again.waiting.iter().map(|waiting| waiting.is_new).collect::<Vec<_>>(), [false]);
    desk.register.mark_mail(mail, Placed::As(Effect::Reply), &by("A. Novak"), eight).unwrap();
    let marked = digest(&mut desk, nine);
    assert_eq!((arrived(&marked), marked.waiting.len()), (vec![mail.0], 0));
    assert_eq!(marked.arrived[0].links[0].by.as_deref(), Some("A. Novak"));
    // What a person takes back waits again, and is told as that.
    desk.register.unlink_mail(mail, &[], &by("A. Novak"), nine).unwrap();
    let unlinked = digest(&mut desk, nine);
    assert_eq!(unlinked.waiting.iter().map(|waiting| (waiting.mail, waiting.is_new)).collect::<Vec<_>>(), [(mail, true)]);
}

#[test]
fn what_a_person_called_rule_has_linked_was_linked_by_a_person() {
    let (eight, nine) = (at("2026-01-12T08:00:00Z"), at("2026-01-12T09:00:00Z"));
    let mut desk = begun(at("2026-01-05T10:00:00Z"));
    let first = answer(&mut desk, "Prison Service", "clerk@elsewhere.example", eight);
    let reference = [desk.reference_to("Prison Service")];
    desk.register.link_mail(first, &reference, &by("rule"), eight).unwrap();
    // By a rule: its address has been said to write for the authority.
    let second = answer(&mut desk, "Prison Service", "clerk@elsewhere.example", nine);
    let placed_by = |desk: &Desk, mail| desk.register.mail_view(mail).unwrap().placed_by;
    assert_eq!(placed_by(&desk, first), Some(PlacedBy::Person { name: Some("rule".into()) }));
    assert_eq!(placed_by(&desk, second), Some(PlacedBy::Rule));
    let told: Vec<_> = digest(&mut desk, nine).arrived.iter().map(|mail| mail.links[0].by.clone()).collect();
    assert_eq!(told, [Some("rule".into()), None]);
    assert_eq!(desk.register.said_of_sender(first).unwrap().unwrap().by, "rule");
    assert_eq!(desk.register.said_of_sender(second).unwrap(), None);
    // It counted only for what was said of the first, and no person has said it of the second.
    let follows = desk.register.unlink_mail(first, &[], &by("A. Novak"), nine).unwrap();
    assert_eq!(follows.wait_again, [second]);
}

#[test]
fn an_answer_that_counts_once_its_sender_is_proven_is_told_when_it_does_and_not_again_for_a_copy() {
    let eight = at("2026-01-12T08:00:00Z");
    let mut desk = begun(at("2026-01-05T10:00:00Z"));
    let request = desk.register.request(&desk.reference_to("Prison Service")).unwrap().id;
    let mut reply = letter_from("post@prisons.example", "Our answer");
    reply.to = vec![Mailbox { name: None, address: Some(addresses().for_subject(request)) }];
    let judged = |desk: &mut Desk, way: &str, proof: Proof| {
        let raw = format!("Delivered-To: {way}@office.example\r\nMessage-ID: <1@prisons.example>\r\n\r\nThe cells are aired.\r\n");
        let taken = desk.register.record_mails(&[taken_in(raw.as_bytes(), way, eight)], eight).unwrap();
        let [Ingested::New(mail) | Ingested::Again(mail)] = taken[..] else { panic!("a mail") };
        desk.register.claim_unread(None, 1, eight).unwrap();
        let proven = Proven { proof, ..authentic() };
        let gathered = desk.register.gather(Some(mail), &reply, eight, &addresses(), proven).unwrap();
        let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
        desk.register.conclude(vec![Conclusion::new(mail, reply.clone(), None, gathered, verdict)], eight).unwrap();
        mail
    };
    let mail = judged(&mut desk, "first", Proof::NotYetKnown);
    assert_eq!(desk.register.mail_view(mail).unwrap().effect, Some(Effect::Waiting));
    let first = digest(&mut desk, eight);
    assert_eq!((arrived(&first), first.waiting.len()), (vec![], 1));
    assert_eq!(judged(&mut desk, "second", Proof::Authentic), mail);
    assert_eq!(arrived(&digest(&mut desk, eight)), [mail.0]);
    assert_eq!(judged(&mut desk, "third", Proof::Authentic), mail);
    assert_eq!(arrived(&digest(&mut desk, eight)), Vec::<i64>::new(), "a link that is found again is no news");
}

#[test]
fn a_request_that_is_given_up_in_the_morning_of_a_digest_is_told_in_that_one_alone() {
    let begin = at("2026-01-05T10:00:00Z");
    let mut desk = begun(begin);
    let mut told = Vec::new();
    for day in 1..140 {
        let now = begin + jiff::SignedDuration::from_hours(24 * day);
        desk.read_mailbox(now);
        desk.write_due(now);
        desk.send_all(now);
        told.extend(digest(&mut desk, now).non_cooperation.into_iter().map(|given_up| (day, given_up.reference)));
    }
    told.sort_by(|left, right| left.1.cmp(&right.1));
    let mut references: Vec<&str> = told.iter().map(|(_, reference)| reference.as_str()).collect();
    references.dedup();
    assert_eq!((references.len(), told.len()), (2, 2), "{told:?}");
}

#[test]
fn a_draft_that_nobody_releases_grows_older_though_it_is_written_anew_and_is_told_to_the_deputy_and_then_to_the_head() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_drafted_requests(monday);
    let named = |name: &str, role: StaffRole| StaffMember {
        name: name.into(),
        address: format!("{name}@office.example"),
        role,
        responsible_for: Responsibility::Nothing,
        ..member()
    };
    let responsible = StaffMember {
        responsible_for: Responsibility::Authorities(vec!["Prison Service".into()]),
        deputy: Some("ben".into()),
        ..named("ana", StaffRole::Member)
    };
    let staff = vec![responsible, named("ben", StaffRole::Member), named("eva", StaffRole::Head)];
    desk.register.set_rules(Arc::new(demarche::domain::rules::OfficeRules { staff: staff.clone(), ..(*rules()).clone() }));
    desk.register.begin_digests(monday).unwrap();
    let mut told = Vec::new();
    for day in 0..15 {
        let now = monday + jiff::SignedDuration::from_hours(24 * day);
        desk.register.tend_drafts(now).unwrap();
        desk.write_due(now);
        let since = desk.register.last_digest("ana@office.example", Period::Daily).unwrap().unwrap();
        let due: Vec<DueDigest<'_>> = staff.iter().map(|member| DueDigest { member, period: Period::Daily, since }).collect();
        let contents = desk.register.digests(&due, now).unwrap().contents;
        let of_prisons = |content: &DigestContent| {
            content.drafts.iter().find(|draft| draft.authority == "Prison Service").map(|draft| (draft.letter.0, draft.age_days))
        };
        told.push(contents.iter().map(of_prisons).collect::<Vec<_>>());
        // That to the Ministry, for which nobody answers, is the head's from the beginning.
        assert!(contents[2].drafts.iter().any(|draft| draft.authority == "Ministry of Justice"), "day {day}");
    }
    let ages: Vec<i64> = told.iter().filter_map(|told| told[0]).map(|(_, age)| age).collect();
    assert_eq!(ages, (0..15).collect::<Vec<i64>>());
    assert!(told[14][0].unwrap().0 > told[0][0].unwrap().0, "it was written anew");
    let since = |who: usize| told.iter().position(|told| told[who].is_some());
    assert_eq!((since(0), since(1), since(2)), (Some(0), Some(7), Some(14)));
}

/// Alice is a focal point until that day.
fn alice_stays_until(desk: &mut Desk, last_day: Date, now: Timestamp) {
    let named = Named {
        name: Given::Value("Alice Alder".into()),
        address: "alice@prisons.example".into(),
        level: "technical".into(),
        focal_point: true,
        to: Given::Value(last_day),
        ..Named::default()
    };
    let row = AuthorityRow {
        name: "Prison Service".into(),
        focal_points: vec![FocalPointRow { named, confirmed_on: None }],
        has_last_days: true,
        ..AuthorityRow::default()
    };
    desk.register.import_authorities(&[row], &by("tests"), now, false).unwrap();
}

#[test]
fn an_address_that_is_written_to_no_more_is_told_until_the_last_day_of_who_had_it() {
    let (tuesday, wednesday) = (at("2026-01-06T08:00:00Z"), at("2026-01-07T10:00:00Z"));
    let mut desk = begun(at("2026-01-05T10:00:00Z"));
    desk.receive(b"one", report(1, "post@prisons.example", "failed", true, true), tuesday);
    alice_stays_until(&mut desk, date(2026, 1, 9), tuesday);
    assert_eq!(desk.write_due(wednesday), ["Prison Service request"]);
    assert_eq!(desk.send_all(wednesday), 1);
    desk.receive(b"another", report(3, "alice@prisons.example", "failed", true, true), wednesday);
    let told = |desk: &mut Desk, now: &str| -> Vec<String> {
        let content = digest(desk, at(now));
        content.undeliverable.into_iter().map(|one| one.contact).collect()
    };
    let (alice, registry) = ("Alice Alder <alice@prisons.example>", "post@prisons.example");
    // Nobody else is there of the unit and level, so that it is told every day.
    assert_eq!(told(&mut desk, "2026-01-08T08:00:00Z"), [alice, registry]);
    assert_eq!(told(&mut desk, "2026-01-09T08:00:00Z"), [alice, registry], "her last day");
    assert_eq!(told(&mut desk, "2026-01-10T08:00:00Z"), [registry]);
}
