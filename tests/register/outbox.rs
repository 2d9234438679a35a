//! What does not arrive, arrives late, or should not leave any more.

use crate::desk::{Desk, accepted, addresses, at, by, letter_from};
use demarche::domain::calendar::weekday_name;
use demarche::domain::deliverability::{About, Finding};
use demarche::domain::delivery::{DeliveryOutcome, RetryRules};
use demarche::domain::event::Happened;
use demarche::domain::identity::DeliveryId;
use demarche::domain::replacing::{Given, Named};
use demarche::domain::request::{EndingKind, ExchangeState};
use demarche::mail::message::Mailbox;
use demarche::mail::understood::{Bounce, BouncedRecipient, Kind, Understood};
use demarche::office::{AdoptedRow, AuthorityRow, FocalPointRow, Placed};
use demarche::outgoing::LookedThrough;
use demarche::register::*;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A delivery report as it is understood, to the envelope sender of that delivery.
pub fn report(delivery: i64, recipient: &str, action: &str, permanent: bool, hard_bounce: bool) -> Understood {
    let status = Some(if permanent { "5.1.1" } else { "4.2.2" }.to_owned());
    let about = if hard_bounce { About::Recipient } else { About::Storage };
    let finding = Finding { about, passes: !permanent, hard_bounce, delayed: action == "delayed" };
    let told = BouncedRecipient { address: recipient.into(), action: action.into(), status, finding, ..BouncedRecipient::default() };
    Understood {
        kind: Kind::Bounce,
        automatic: true,
        do_not_answer: true,
        to: vec![Mailbox { name: None, address: Some(addresses().for_delivery(DeliveryId(delivery))) }],
        bounce: Some(Bounce { permanent, hard_bounce, recipients: vec![told], ..Bounce::default() }),
        ..letter_from("mailer-daemon@mx.example", "Undelivered Mail Returned to Sender")
    }
}

pub fn days_on(days: i64) -> Timestamp {
    at("2026-01-05T10:00:00Z") + SignedDuration::from_hours(24 * days)
}

/// Both requests have left on Monday, the Prison Service's as delivery 1.
pub fn asked() -> Desk {
    let mut desk = Desk::with_two_requests(days_on(0));
    desk.write_due(days_on(0));
    assert_eq!(desk.send_all(days_on(0)), 2);
    desk
}

fn letters_to(desk: &Desk, reference: &str) -> Vec<(String, String, String)> {
    let id = desk.register.request(reference).unwrap().id;
    let letters = desk.register.letters_of(id).unwrap();
    let lines = letters.iter().flat_map(|letter| letter.deliveries.iter().map(|delivery| (letter.role.name().to_owned(), delivery)));
    lines.map(|(kind, delivery)| (kind, delivery.recipient.clone(), delivery.state.clone())).collect()
}

fn line(kind: &str, recipient: &str, state: &str) -> (String, String, String) {
    (kind.into(), recipient.into(), state.into())
}

/// The directory learns of a person at the Prison Service.
pub fn focal_point_is_named(desk: &mut Desk, email: &str, now: Timestamp) {
    let row = AuthorityRow {
        name: "Prison Service".into(),
        focal_points: vec![FocalPointRow {
            named: Named {
                name: Given::Value("Ann Alder".into()),
                address: email.into(),
                level: "technical".into(),
                focal_point: true,
                ..Named::default()
            },
            confirmed_on: None,
        }],
        ..AuthorityRow::default()
    };
    desk.register.import_authorities(&[row], &by("tests"), now, false).unwrap();
}

#[test]
fn a_request_that_came_back_is_neither_late_nor_chased_and_goes_to_the_next_address_that_the_directory_learns() {
    let mut desk = asked();
    let prison = desk.reference_to("Prison Service");
    desk.receive(b"bounce", report(1, "post@prisons.example", "failed", true, true), days_on(1));
    assert_eq!(desk.register.request(&prison).unwrap().sent_at, None, "nobody got it");
    let late = days_on(200);
    desk.read_mailbox(late);
    assert_eq!(desk.state(&prison, late), ExchangeState::Pending);
    let written = desk.write_due(late);
    assert!(written.iter().all(|line| line.starts_with("Ministry")), "{written:?}");
    let agenda = desk.register.agenda(late, 10).unwrap();
    assert_eq!(agenda.held.iter().filter(|(reference, hold)| *reference == prison && hold.why().contains("no address")).count(), 1);
    assert!(
        !desk
            .register
            .events_of_request(desk.register.request(&prison).unwrap().id)
            .unwrap()
            .iter()
            .any(|event| matches!(event.happened(), Some(Happened::NonCooperationRecorded(_))))
    );

    focal_point_is_named(&mut desk, "alice@prisons.example", late);
    assert_eq!(desk.write_due(late), ["Prison Service request"]);
    assert_eq!(desk.write_due(late), Vec::<String>::new());
    desk.send_all(late);
    let request = desk.register.request(&prison).unwrap();
    assert_eq!((request.sent_at, request.basis.start), (Some(late), late.to_zoned_datetime(TimeZone::UTC).date()), "the clock begins anew");
    assert!(request.deadline > date(2026, 9, 1), "{}", request.deadline);
    assert_eq!(
        letters_to(&desk, &prison),
        [line("request", "post@prisons.example", "bounced"), line("request", "alice@prisons.example", "accepted")]
    );
}

#[test]
fn a_request_refused_on_the_spot_goes_to_the_next_address_and_a_server_that_refuses_us_is_not_asked_again_and_again() {
    let mut desk = Desk::with_two_requests(days_on(0));
    focal_point_is_named(&mut desk, "alice@prisons.example", days_on(0));
    desk.write_due(days_on(0));
    let retry = RetryRules::default();
    let refused = |hard_bounce| {
        let about = if hard_bounce { About::Recipient } else { About::Letter };
        DeliveryOutcome::Refused { reply: "550 no".into(), finding: Finding { about, hard_bounce, ..Finding::default() } }
    };
    let prison = desk.reference_to("Prison Service");
    for (hard_bounce, next) in [(true, Some("alice@prisons.example")), (false, None)] {
        let mut pass = LookedThrough::default();
        let claims: Vec<Claim> = std::iter::from_fn(|| desk.register.claim_delivery(&mut pass, &retry, days_on(0)).unwrap()).collect();
        for claim in claims {
            let outcome = if claim.recipient.ends_with("prisons.example") { refused(hard_bounce) } else { accepted() };
            desk.register.finish_attempt(&claim, &outcome, &retry, days_on(0)).unwrap();
        }
        let written = desk.write_due(days_on(0));
        assert_eq!(written.len(), usize::from(next.is_some()), "{written:?}");
        if let Some(next) = next {
            assert_eq!(letters_to(&desk, &prison).last(), Some(&line("request", next, "waiting")));
        }
    }
    assert_eq!(desk.write_due(days_on(30)), Vec::<String>::new());
    assert_eq!(desk.register.agenda(days_on(30), 10).unwrap().held.len(), 1, "told, and a person decides");
    assert_eq!(desk.state(&prison, days_on(300)), ExchangeState::Pending);
}

#[test]
fn a_letter_returned_because_a_mailbox_was_full_is_sent_again_after_days_and_counts_as_undeliverable_the_third_time() {
    let mut desk = asked();
    let prison = desk.reference_to("Prison Service");
    let first = desk.register.letter_bytes(demarche::domain::identity::LetterId(1)).unwrap();
    for (time, day) in [1, 7].into_iter().enumerate() {
        let mail = format!("full {time}").into_bytes();
        desk.receive(&[&mail[..], &vec![b' '; time]].concat(), report(1, "post@prisons.example", "failed", false, false), days_on(day));
        assert_eq!(letters_to(&desk, &prison), [line("request", "post@prisons.example", "waiting")]);
        assert_eq!(desk.send_all(days_on(day) + SignedDuration::from_hours(1)), 0, "not at once");
        desk.read_mailbox(days_on(day + 2));
        assert_eq!(desk.send_all(days_on(day + 2)), 1);
        assert_eq!(letters_to(&desk, &prison), [line("request", "post@prisons.example", "accepted")]);
    }
    assert_eq!(desk.register.letter_bytes(demarche::domain::identity::LetterId(1)).unwrap(), first);
    desk.receive(b"full for the third time", report(1, "post@prisons.example", "failed", false, false), days_on(14));
    assert_eq!(letters_to(&desk, &prison), [line("request", "post@prisons.example", "bounced")]);
    assert_eq!(desk.register.authority_named("Prison Service").unwrap().unwrap().contacts[0].suppressed, None, "the address is alive");
    assert_eq!(desk.register.agenda(days_on(14), 10).unwrap().held.len(), 1);
}

#[test]
fn a_delay_changes_nothing() {
    let mut desk = asked();
    let prison = desk.reference_to("Prison Service");
    desk.receive(b"late", report(1, "post@prisons.example", "delayed", false, false), days_on(0));
    assert_eq!(letters_to(&desk, &prison), [line("request", "post@prisons.example", "accepted")]);
    assert_eq!(desk.send_all(days_on(5)), 0);
}

#[test]
fn a_refused_copy_does_not_stop_the_letter() {
    let (mut desk, reference, risen) = escalation_to_the_ministry_written();
    let retry = RetryRules::default();
    let mut outcomes = Vec::new();
    while let Some(claim) = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, risen).unwrap() {
        let outcome = match claim.recipient.as_str() {
            "post@prisons.example" => {
                let finding = Finding { about: About::Letter, ..Finding::default() };
                DeliveryOutcome::Refused { reply: "554 5.6.0 no".into(), finding }
            }
            _ => accepted(),
        };
        desk.register.finish_attempt(&claim, &outcome, &retry, risen).unwrap();
        outcomes.push(claim.recipient);
    }
    assert_eq!(outcomes, ["office@justice.example", "post@prisons.example"]);
    let last = &letters_to(&desk, &reference)[3..];
    assert_eq!(last, [line("escalation", "office@justice.example", "accepted"), line("escalation", "post@prisons.example", "refused")]);
    assert!(desk.register.request(&reference).unwrap().sent_at.is_some(), "the clock goes on");
}

/// Until both requests are three weeks and a week late, and the next letter about the Prison Service's goes to the ministry above it, with a copy to
/// it.
fn escalation_to_the_ministry_written() -> (Desk, String, Timestamp) {
    let mut desk = asked();
    for day in [50, 58, 71] {
        desk.read_mailbox(days_on(day));
        desk.write_due(days_on(day));
        desk.send_all(days_on(day));
    }
    let (reference, risen) = (desk.reference_to("Prison Service"), days_on(86));
    desk.register.end(&desk.reference_to("Ministry of Justice"), EndingKind::Waived, "closed", &by("tests"), days_on(80)).unwrap();
    desk.read_mailbox(risen);
    assert_eq!(desk.write_due(risen), [ESCALATION]);
    (desk, reference, risen)
}

const ESCALATION: &str = "Prison Service escalation to the supervising authority";

/// An authority is to be written to elsewhere from now on.
pub fn moves_to(desk: &mut Desk, authority: &str, address: &str, now: Timestamp) {
    let row = AuthorityRow { name: authority.into(), email: Given::Value(address.into()), ..AuthorityRow::default() };
    desk.register.import_authorities(&[row], &by("tests"), now, false).unwrap();
}

#[test]
fn a_letter_of_which_only_a_copy_has_left_is_written_anew_to_whoever_comes_in_the_place_of_its_addressee() {
    let (mut desk, reference, risen) = escalation_to_the_ministry_written();
    let retry = RetryRules::default();
    while let Some(claim) = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, risen).unwrap() {
        let busy =
            DeliveryOutcome::Refused { reply: "451 4.7.1 greylisted".into(), finding: Finding { passes: true, ..Finding::default() } };
        let outcome = if claim.recipient == "office@justice.example" { busy } else { accepted() };
        desk.register.finish_attempt(&claim, &outcome, &retry, risen).unwrap();
    }
    moves_to(&mut desk, "Ministry of Justice", "registry@justice.example", risen);
    // It is looked at after the shortest time between two letters as well.
    let written: Vec<String> = [86, 87, 93]
        .into_iter()
        .flat_map(|day| {
            desk.read_mailbox(days_on(day));
            let written = desk.write_due(days_on(day));
            desk.send_all(days_on(day));
            written
        })
        .collect();
    assert_eq!(written, [ESCALATION]);
    let last = &letters_to(&desk, &reference)[3..];
    let expected = [
        line("escalation", "office@justice.example", "cancelled"),
        line("escalation", "post@prisons.example", "accepted"),
        line("escalation", "registry@justice.example", "accepted"),
        line("escalation", "post@prisons.example", "accepted"),
    ];
    assert_eq!(last, expected);
    desk.register.verify().unwrap();
}

#[test]
fn the_next_letter_does_not_wait_for_the_time_after_one_that_has_left_to_nobody() {
    let mut desk = asked();
    let reminded = days_on(57);
    desk.read_mailbox(reminded);
    assert_eq!(desk.write_due(reminded).len(), 2);
    moves_to(&mut desk, "Prison Service", "registry@prisons.example", reminded);
    let prison = desk.reference_to("Prison Service");
    assert_eq!(letters_to(&desk, &prison)[1], line("reminder", "post@prisons.example", "cancelled"));
    assert_eq!(desk.write_due(reminded), ["Prison Service reminder"], "on the same day");
    assert_eq!(desk.send_all(reminded), 2);
}

#[test]
fn a_letter_to_a_higher_level_that_has_left_to_nobody_does_not_raise_the_level_that_is_shown() {
    let (mut desk, reference, risen) = escalation_to_the_ministry_written();
    let level = |desk: &Desk| desk.register.request_view(&desk.register.request(&reference).unwrap(), risen).unwrap().level;
    let before = level(&desk);
    desk.register.extend(&reference, date(2026, 9, 1), "a new director", &by("A. Novak"), risen).unwrap();
    assert_eq!(desk.send_all(risen), 0);
    assert_eq!((before, level(&desk)), (Some("minister".into()), Some("technical".into())));
}

#[test]
fn a_report_that_changed_nothing_takes_nothing_with_it_when_a_person_takes_it_back() {
    let mut desk = asked();
    let prison = desk.reference_to("Prison Service");
    let stands = |desk: &Desk| letters_to(desk, &prison)[0].2.clone();
    let gone = desk.receive(b"gone", report(1, "post@prisons.example", "failed", true, true), days_on(1));
    let delayed = desk.receive(b"delayed", report(1, "post@prisons.example", "delayed", false, false), days_on(1));
    assert_eq!(stands(&desk), "bounced");
    desk.register.mark_mail(delayed, Placed::Ignore, &by("A. Novak"), days_on(2)).unwrap();
    assert_eq!(stands(&desk), "bounced", "the other one still says so");
    desk.register.mark_mail(gone, Placed::Ignore, &by("A. Novak"), days_on(3)).unwrap();
    assert_eq!(stands(&desk), "accepted", "and nothing says so any more");
    desk.register.verify().unwrap();
}

#[test]
fn a_reminder_that_waits_is_withdrawn_when_its_deadline_moves_and_its_step_is_taken_at_the_new_one() {
    let mut desk = asked();
    let reminded = days_on(57);
    desk.read_mailbox(reminded);
    assert_eq!(desk.write_due(reminded).len(), 2);
    let prison = desk.reference_to("Prison Service");
    desk.register.extend(&prison, date(2026, 4, 1), "a new director", &by("A. Novak"), reminded).unwrap();
    assert_eq!(desk.send_all(reminded), 1, "only the ministry is reminded");
    assert_eq!(letters_to(&desk, &prison)[1], line("reminder", "post@prisons.example", "cancelled"));
    desk.read_mailbox(days_on(87));
    assert_eq!(desk.write_due(days_on(87)).iter().filter(|line| line.starts_with("Prison")).count(), 1);
    assert_eq!(desk.send_all(days_on(87)), 1, "and at the ministry the directory has nobody above");
}

#[test]
fn a_reminder_withdrawn_for_an_answer_that_was_none_is_sent_after_all() {
    let mut desk = asked();
    let reminded = days_on(57);
    desk.read_mailbox(reminded);
    desk.write_due(reminded);
    let prison = desk.reference_to("Prison Service");
    let mail = desk.receive(b"not about this", letter_from("governor@prisons.example", &format!("Re: [{prison}]")), reminded);
    assert_eq!(desk.send_all(reminded), 1);
    desk.register.unlink_mail(mail, &[], &by("A. Novak"), days_on(63)).unwrap();
    desk.register.mark_mail(mail, Placed::Ignore, &by("A. Novak"), days_on(63)).unwrap();
    desk.read_mailbox(days_on(63));
    assert_eq!(desk.write_due(days_on(63)), ["Prison Service reminder"]);
}

#[test]
fn what_is_tried_again_leaves_in_office_hours_only() {
    let friday = at("2026-01-09T16:50:00Z");
    let mut desk = Desk::with_two_requests(friday);
    desk.write_due(friday);
    let retry = RetryRules::default();
    while let Some(claim) = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, friday).unwrap() {
        let outcome =
            DeliveryOutcome::Refused { reply: "451 4.7.1 greylisted".into(), finding: Finding { passes: true, ..Finding::default() } };
        desk.register.finish_attempt(&claim, &outcome, &retry, friday).unwrap();
    }
    assert_eq!(desk.send_all(at("2026-01-09T17:20:00Z")), 0, "people have gone home");
    assert_eq!(desk.send_all(at("2026-01-10T10:00:00Z")), 0);
    let next = desk.register.next_attempt().unwrap().unwrap().to_zoned_datetime(TimeZone::UTC);
    assert_eq!((weekday_name(next.date().weekday()), next.hour()), ("monday", 9));
    assert_eq!(desk.send_all(at("2026-01-12T09:00:00Z")), 2);
}

#[test]
fn correspondence_begun_by_hand_is_not_chased_the_day_after_and_when_long_overdue_gets_one_letter() {
    let mut desk = Desk::with_two_requests(days_on(0));
    desk.write_due(days_on(0));
    let adopted = |reference: &str, sent_on, deadline| AdoptedRow {
        reference: reference.into(),
        authority: "Prison Service".into(),
        recipient: None,
        subject: Some(if reference == "OLD-1" { "Restraint in court" } else { "Airing of cells" }.into()),
        sent_on,
        deadline,
        message_id: Some(format!("{reference}@old.example")),
        reply_address: Some(format!("{reference}@office.example")),
        recommendations: vec![],
    };
    let rows = [adopted("OLD-1", date(2026, 1, 5), date(2026, 1, 12)), adopted("OLD-2", date(2024, 1, 5), date(2024, 3, 1))];
    desk.register.adopt_requests(&rows, &by("tests"), days_on(0), false).unwrap();
    let written_at = |desk: &mut Desk, day| {
        desk.read_mailbox(days_on(day));
        let written = desk.write_due(days_on(day));
        desk.send_all(days_on(day));
        written
    };
    assert_eq!(written_at(&mut desk, 1), ["Prison Service reminder"], "the old one, once");
    assert_eq!(written_at(&mut desk, 2), Vec::<String>::new());
    assert_eq!(written_at(&mut desk, 8), ["Prison Service reminder"], "the new one, when five days have passed since it was sent");

    // An answer by a letter of its own is known by the subject, for a person to confirm.
    let mail = desk.receive(b"by subject", letter_from("governor@prisons.example", "AW: AIRING OF CELLS (reg. 77)"), days_on(9));
    let view = desk.register.mail_view(mail).unwrap();
    let suggested: Vec<(&str, &str)> =
        view.suggestions.iter().map(|suggestion| (suggestion.reference.as_str(), suggestion.evidence[0].kind.as_str())).collect();
    assert_eq!(suggested[0], ("OLD-2", "subject of the letter"), "{suggested:?}");

    // Its answer finds home by the thread begun by hand, and by the address given in it.
    let mut reply = letter_from("governor@prisons.example", "Your letter");
    reply.in_reply_to = vec!["OLD-1@old.example".into()];
    desk.receive(b"one answer", reply, days_on(9));
    let mut reply = letter_from("governor@prisons.example", "Your letter");
    reply.to = vec![Mailbox { name: None, address: Some("old-2@office.example".into()) }];
    desk.receive(b"another answer", reply, days_on(9));
    assert_eq!([desk.state("OLD-1", days_on(9)), desk.state("OLD-2", days_on(9))], [ExchangeState::Completed; 2]);
}

#[test]
fn a_copy_of_a_letter_is_owed_from_the_moment_its_acceptance_is_recorded() {
    let mut desk = Desk::with_two_requests(days_on(0));
    desk.write_due(days_on(0));
    let retry = RetryRules { files_copies: true, ..RetryRules::default() };
    let claim = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, days_on(0)).unwrap().unwrap();
    desk.register.finish_attempt(&claim, &accepted(), &retry, days_on(0)).unwrap();
    // Here the process is killed, and nobody has begun to file the copy.
    assert!(desk.register.owes_copies().unwrap());
    let owed = desk.register.copies_due(10, days_on(1)).unwrap();
    assert_eq!(owed.iter().map(|copy| copy.letter).collect::<Vec<_>>(), [claim.letter]);
    desk.register.copy_filed(claim.letter).unwrap();
    assert!(!desk.register.begin_copy(claim.letter).unwrap() && !desk.register.owes_copies().unwrap(), "one of each letter");
    // Of what was refused, none is.
    let claim = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, days_on(0)).unwrap().unwrap();
    let finding = Finding { about: About::Letter, passes: false, hard_bounce: false, delayed: false };
    let refused = DeliveryOutcome::Refused { reply: "554 content".into(), finding };
    desk.register.finish_attempt(&claim, &refused, &retry, days_on(0)).unwrap();
    assert!(!desk.register.owes_copies().unwrap());
}
