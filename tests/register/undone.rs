//! What `domain::event` says that an event is undone by, undoes it: a story for each pair. What counts is looked at before, when it has happened, and
//! when it is undone. All that is not as it was is named in the story, with its reason.

// Long because it is one table, with a story for each kind of event that can be undone.

use crate::desk::{Desk, addresses, authentic, by, letter_from, rules, taken_in};
use crate::obligations::{self, file};
use crate::outbox::{days_on, focal_point_is_named, moves_to, report};
use crate::sqlite;
use demarche::domain::calendar::{Calendar, Term, Unit};
use demarche::domain::clock_doubt::Doubt;
use demarche::domain::confidentiality::Class;
use demarche::domain::deliverability::{About, AddressState, Finding};
use demarche::domain::delivery::{DeliveryOutcome, RetryRules};
use demarche::domain::event::{EventKind as Kind, Undo};
use demarche::domain::health::HealthPart;
use demarche::domain::identity::{LetterId, MailId};
use demarche::domain::linking::judge;
use demarche::domain::reply::Effect;
use demarche::domain::request::EndingKind;
use demarche::domain::rules::OfficeRules;
use demarche::domain::trust::{Proof, Proven};
use demarche::intake::{Conclusion, FailedBy, Ingested};
use demarche::mail::message::Mailbox;
use demarche::mail::understood::Understood;
use demarche::office::{AdoptedRow, Placed, RecommendationRow, RequestSelection};
use demarche::outgoing::LookedThrough;
use demarche::register::{NewLetter, Recipient};
use jiff::SignedDuration;
use jiff::civil::date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

struct Story {
    what: Kind,
    undone_by: Kind,
    before: fn() -> Desk,
    happens: fn(&mut Desk),
    undone: fn(&mut Desk),
    /// On which day it is looked at each time, from the Monday of the first letter.
    day: i64,
    /// What is not as it was, by the beginning of its name in the picture; and why.
    leaves: &'static [(&'static str, &'static str)],
}

const PRISON: &str = "Prison Service";
const MINISTRY: &str = "Ministry of Justice";
const RULES: &str = "the rules of this office";

const ITS_LETTER: &str = "it stays, as one that was withdrawn";
const ITS_MAIL: &str = "nothing that came in is thrown away";
const ELSEWHERE: &str = "it was withdrawn because the directory has another address";
const CAME_BACK: &str = "it has come back, and its step is taken anew";
const LATER: &str = "the days for which it stood still are added";

fn stories() -> Vec<Story> {
    vec![
        Story {
            what: Kind::AuthorityChanged,
            undone_by: Kind::AuthorityChanged,
            before: asked,
            happens: |desk| moves_to(desk, PRISON, "registry@prisons.example", days_on(1)),
            undone: |desk| moves_to(desk, PRISON, "post@prisons.example", days_on(2)),
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::RecommendationChanged,
            undone_by: Kind::RecommendationChanged,
            before: recommended,
            happens: |desk| recommends(desk, "That cells be heated and lit.", 1),
            undone: |desk| recommends(desk, HEATED, 2),
            day: 2,
            leaves: &[],
        },
        Story {
            what: Kind::RequestOpened,
            undone_by: Kind::RequestWithdrawn,
            before: recommended,
            happens: |desk| {
                desk.register.open_requests(&RequestSelection::AllNew, &actor(), days_on(1), false).unwrap();
            },
            undone: |desk| {
                let opened = desk.register.requests().unwrap().pop().unwrap().reference;
                desk.register.end(&opened, EndingKind::Withdrawn, "a mistake", &actor(), days_on(1)).unwrap();
            },
            day: 1,
            leaves: &[("request 3", "it stays on the list, as withdrawn"), ("not asked about", "it should not have been asked about")],
        },
        Story {
            what: Kind::RequestAdopted,
            undone_by: Kind::RequestWithdrawn,
            before: asked,
            happens: |desk| {
                let row = AdoptedRow {
                    reference: "OLD-1".into(),
                    authority: PRISON.into(),
                    recipient: None,
                    subject: Some("Airing of cells".into()),
                    sent_on: date(2025, 10, 1),
                    deadline: date(2025, 12, 1),
                    message_id: None,
                    reply_address: None,
                    recommendations: vec![],
                };
                desk.register.adopt_requests(&[row], &actor(), days_on(1), false).unwrap();
            },
            undone: |desk| drop(desk.register.end("OLD-1", EndingKind::Withdrawn, "a mistake", &actor(), days_on(1)).unwrap()),
            day: 2,
            leaves: &[("request 3", "it stays on the list, as withdrawn")],
        },
        Story {
            what: Kind::RequestNotDelivered,
            undone_by: Kind::LetterSent,
            before: asked,
            happens: |desk| comes_back(desk, 1, 1),
            undone: |desk| {
                focal_point_is_named(desk, "alice@prisons.example", days_on(2));
                assert_eq!(desk.write_due(days_on(2)), ["Prison Service request"]);
                desk.send_all(days_on(2));
            },
            day: 2,
            leaves: &[
                ("request 1: deadline", "the term begins with the letter that has left now"),
                ("request 1: sent", "the term begins with the letter that has left now"),
                ("owed: next step 1", "the term begins with the letter that has left now"),
                ("letter 1", "the first letter has come back"),
                ("letter 2", "the letter that has left now"),
                ("address post@prisons.example", "letters to it come back"),
                ("written to: Prison Service", "letters to the address before come back"),
                ("mail 1", ITS_MAIL),
            ],
        },
        Story {
            what: Kind::DeadlineMoved,
            undone_by: Kind::DeadlineMoved,
            before: || {
                let mut desk = recommended();
                desk.register.set_rules(Arc::new(until_a_working_day()));
                desk.register.open_requests(&RequestSelection::AllNew, &actor(), days_on(0), false).unwrap();
                desk.write_due(days_on(0));
                assert_eq!(desk.send_all(days_on(0)), 1);
                desk
            },
            happens: |desk| {
                let holidays = [(date(2026, 3, 2), "a feast".to_string())].into();
                let calendars = [("office".to_string(), Calendar { holidays, ..Calendar::plain("office") })].into();
                works_by(desk, OfficeRules { calendars, ..until_a_working_day() }, "with a feast", 1);
            },
            undone: |desk| works_by(desk, until_a_working_day(), RULES, 2),
            day: 2,
            leaves: &[],
        },
        Story {
            what: Kind::ClockPaused,
            undone_by: Kind::ClockResumed,
            before: asked,
            happens: |desk| drop(desk.register.pause(&reference(desk), "we owe a copy", &actor(), days_on(10)).unwrap()),
            undone: |desk| drop(desk.register.resume(&reference(desk), "sent", &actor(), days_on(20)).unwrap()),
            day: 20,
            leaves: &[("request 1: deadline", LATER), ("owed: next step 1", LATER)],
        },
        Story {
            what: Kind::ClockResumed,
            undone_by: Kind::ClockPaused,
            before: || {
                let mut desk = asked();
                desk.register.pause(&reference(&desk), "we owe a copy", &actor(), days_on(10)).unwrap();
                desk
            },
            happens: |desk| drop(desk.register.resume(&reference(desk), "sent", &actor(), days_on(20)).unwrap()),
            undone: |desk| drop(desk.register.pause(&reference(desk), "it was another's", &actor(), days_on(20)).unwrap()),
            day: 20,
            leaves: &[("request 1: deadline", LATER)],
        },
        Story {
            what: Kind::RulesChanged,
            undone_by: Kind::RulesChanged,
            before: with_a_strangers_letter,
            happens: |desk| works_by(desk, OfficeRules { hold_days: 10, ..(*rules()).clone() }, "more patience", 2),
            undone: |desk| works_by(desk, (*rules()).clone(), RULES, 3),
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::RequestWritten,
            undone_by: Kind::LetterCancelled,
            before: opened,
            happens: |desk| drop(desk.write_due(days_on(0))),
            undone: |desk| moves_to(desk, PRISON, "registry@prisons.example", days_on(0)),
            day: 0,
            leaves: &[("letter 1", ITS_LETTER), ("request 1: delivery", ITS_LETTER), ("written to: Prison Service", ELSEWHERE)],
        },
        Story {
            what: Kind::ReminderWritten,
            undone_by: Kind::LetterCancelled,
            before: late,
            happens: |desk| drop(desk.write_due(days_on(57))),
            undone: |desk| moves_to(desk, PRISON, "registry@prisons.example", days_on(57)),
            day: 57,
            leaves: &[("letter 2", ITS_LETTER), ("request 1: delivery", ITS_LETTER), ("written to: Prison Service", ELSEWHERE)],
        },
        Story {
            what: Kind::EscalationWritten,
            undone_by: Kind::LetterCancelled,
            before: || {
                let mut desk = asked();
                for day in [50, 58, 71] {
                    desk.read_mailbox(days_on(day));
                    desk.write_due(days_on(day));
                    desk.send_all(days_on(day));
                }
                desk.read_mailbox(days_on(86));
                desk
            },
            happens: |desk| drop(desk.write_due(days_on(86))),
            undone: |desk| moves_to(desk, MINISTRY, "registry@justice.example", days_on(86)),
            day: 86,
            leaves: &[("letter 4", ITS_LETTER), ("request 1: delivery", ITS_LETTER), ("written to: Ministry of Justice", ELSEWHERE)],
        },
        Story {
            what: Kind::ExaminationWritten,
            undone_by: Kind::LetterCancelled,
            before: || {
                let mut desk = asked();
                let letter = letter_from("post@prisons.example", &reference(&desk));
                arrives(&mut desk, &letter, Proof::NotProven, 16);
                desk.read_mailbox(days_on(49));
                desk
            },
            happens: |desk| drop(desk.write_due(days_on(49))),
            undone: |desk| moves_to(desk, PRISON, "registry@prisons.example", days_on(49)),
            day: 49,
            leaves: &[("letter 2", ITS_LETTER), ("request 1: delivery", ITS_LETTER), ("written to: Prison Service", ELSEWHERE)],
        },
        Story {
            what: Kind::AcknowledgementWritten,
            undone_by: Kind::LetterCancelled,
            before: || {
                let mut desk = asked();
                answers(&mut desk, "post@prisons.example", 1);
                desk
            },
            happens: acknowledge,
            undone: |desk| {
                desk.register.unlink_mail(MailId(1), &[], &actor(), days_on(1)).unwrap();
                assert_eq!(desk.send_all(days_on(1)), 0);
                desk.register.link_mail(MailId(1), &[reference(desk)], &actor(), days_on(1)).unwrap();
            },
            day: 1,
            leaves: &[("letter 2", ITS_LETTER)],
        },
        Story {
            what: Kind::LetterRefused,
            undone_by: Kind::LetterTriedAgain,
            before: with_a_reminder_that_waits,
            happens: |desk| is_refused(desk, Finding { about: About::Letter, ..Finding::default() }, 57),
            undone: |desk| is_tried_again(desk, 57),
            day: 57,
            leaves: &[],
        },
        Story {
            what: Kind::LetterGivenUp,
            undone_by: Kind::LetterTriedAgain,
            before: || {
                let mut desk = with_a_reminder_that_waits();
                is_refused(&mut desk, BUSY, 57);
                desk
            },
            happens: |desk| {
                desk.read_mailbox(days_on(63));
                is_refused(desk, BUSY, 63);
            },
            undone: |desk| is_tried_again(desk, 63),
            day: 63,
            leaves: &[("owed: attempt 2", "at once, by a person's word")],
        },
        Story {
            what: Kind::LetterReturnedForNow,
            undone_by: Kind::DeliveryReportTakenBack,
            before: asked,
            happens: |desk| {
                desk.receive(b"full", report(1, "post@prisons.example", "failed", false, false), days_on(1));
            },
            undone: |desk| is_said(desk, Placed::Ignore, 2),
            day: 2,
            leaves: &[("mail 1", ITS_MAIL)],
        },
        Story {
            what: Kind::LetterBounced,
            undone_by: Kind::DeliveryReportTakenBack,
            before: asked,
            happens: |desk| comes_back(desk, 1, 1),
            undone: |desk| is_said(desk, Placed::Ignore, 2),
            day: 2,
            leaves: &[("mail 1", ITS_MAIL)],
        },
        Story {
            what: Kind::LetterSaidToHaveComeBack,
            undone_by: Kind::DeliveryReportTakenBack,
            before: asked,
            happens: claims_to_have_come_back,
            undone: |desk| is_said(desk, Placed::Ignore, 2),
            day: 2,
            leaves: &[("mail 1", ITS_MAIL)],
        },
        Story {
            what: Kind::DeliveryReportTakenBack,
            undone_by: Kind::LetterBounced,
            before: || {
                let mut desk = asked();
                comes_back(&mut desk, 1, 1);
                desk
            },
            happens: |desk| is_said(desk, Placed::Ignore, 2),
            undone: |desk| bounced_after_all(desk, 3),
            day: 3,
            leaves: &[("owed: next step 1", "it is to be written anew since it has come back again")],
        },
        Story {
            what: Kind::AddressUsedAgain,
            undone_by: Kind::AddressSuppressed,
            before: || {
                let mut desk = with_a_reminder_that_left();
                comes_back(&mut desk, 2, 58);
                desk
            },
            happens: |desk| revives(desk, 58),
            undone: |desk| {
                is_said(desk, Placed::Ignore, 58);
                bounced_after_all(desk, 58);
            },
            day: 58,
            leaves: &[],
        },
        Story {
            what: Kind::AddressSuspected,
            undone_by: Kind::AddressUsedAgain,
            before: asked,
            happens: claims_to_have_come_back,
            undone: |desk| revives(desk, 2),
            day: 2,
            leaves: &[("mail 1", ITS_MAIL)],
        },
        Story {
            what: Kind::AddressSuppressed,
            undone_by: Kind::AddressUsedAgain,
            before: with_a_reminder_that_left,
            happens: |desk| comes_back(desk, 2, 58),
            undone: |desk| revives(desk, 58),
            day: 58,
            leaves: &[("mail 1", ITS_MAIL), ("letter 2", CAME_BACK), ("request 1: delivery", CAME_BACK)],
        },
        Story {
            what: Kind::MailLinked,
            undone_by: Kind::MailUnlinked,
            before: with_a_strangers_letter,
            happens: |desk| links(desk, 1, 2),
            undone: |desk| drop(desk.register.unlink_mail(MailId(1), &[], &actor(), days_on(3)).unwrap()),
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::MailSuggested,
            undone_by: Kind::MailLinked,
            before: soon_reminded,
            happens: |desk| {
                let letter = letter_from("governor@prisons.example", "About something else");
                arrives(desk, &letter, Proof::Authentic, 49);
            },
            undone: |desk| drop(desk.register.link_without_answer(MailId(1), &[reference(desk)], &actor(), days_on(49)).unwrap()),
            day: 49,
            leaves: &[("mail 1", ITS_MAIL)],
        },
        Story {
            what: Kind::MailUnlinked,
            undone_by: Kind::MailLinked,
            before: || {
                let mut desk = with_a_strangers_letter();
                links(&mut desk, 1, 2);
                desk
            },
            happens: |desk| drop(desk.register.unlink_mail(MailId(1), &[], &actor(), days_on(2)).unwrap()),
            undone: |desk| links(desk, 1, 3),
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::MailSetAside,
            undone_by: Kind::MailLinked,
            // Nobody is reminded while mail lies unread.
            before: || {
                let mut desk = soon_reminded();
                desk.register.record_mails(&[taken_in(b"From: a list\r\n\r\nNews.\r\n", "in/1", days_on(49))], days_on(49)).unwrap();
                desk
            },
            happens: |desk| {
                let letter = Understood { bulk: true, ..letter_from("list@press.example", "News of the prisons") };
                is_understood(desk, MailId(1), &letter, Proof::Authentic, 49);
            },
            undone: |desk| links(desk, 1, 49),
            day: 49,
            leaves: &[("mail 1", "it is read"), ("request 1: state", "it answers"), ("owed: next step 1", "it answers")],
        },
        Story {
            what: Kind::MailWaitsAgain,
            undone_by: Kind::MailLinked,
            before: || {
                let mut desk = asked();
                answers(&mut desk, "clerk@elsewhere.example", 1);
                links(&mut desk, 1, 1);
                // By a rule, since its address has been said to write for the authority.
                answers(&mut desk, "clerk@elsewhere.example", 2);
                desk
            },
            happens: |desk| {
                let follows = desk.register.unlink_mail(MailId(1), &[], &actor(), days_on(3)).unwrap();
                assert_eq!(follows.wait_again, [MailId(2)]);
            },
            undone: |desk| {
                links(desk, 1, 3);
                links(desk, 2, 3);
            },
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::MailMarked,
            undone_by: Kind::MailMarked,
            before: || {
                let mut desk = asked();
                answers(&mut desk, "post@prisons.example", 1);
                desk
            },
            happens: |desk| is_said(desk, Placed::As(Effect::Acknowledgement), 2),
            undone: |desk| is_said(desk, Placed::As(Effect::Reply), 3),
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::MailQuarantined,
            undone_by: Kind::MailMarked,
            before: soon_reminded,
            happens: |desk| {
                desk.register.record_mails(&[taken_in(b"\xff\xfe", "in/1", days_on(49))], days_on(49)).unwrap();
                for _ in 0..3 {
                    let unread = desk.register.claim_unread(None, 10, days_on(49)).unwrap().remove(0);
                    desk.register.attempt_failed(unread.mail, FailedBy::Mail).unwrap();
                }
                desk.register.claim_unread(None, 10, days_on(49)).unwrap();
            },
            undone: |desk| is_said(desk, Placed::Ignore, 49),
            day: 49,
            leaves: &[("mail 1", ITS_MAIL)],
        },
        Story {
            what: Kind::PartFailing,
            undone_by: Kind::PartWorkingAgain,
            before: asked,
            happens: |desk| desk.register.note_health(&HealthPart::Sending, Some("no route"), days_on(1)).unwrap(),
            undone: |desk| desk.register.note_health(&HealthPart::Sending, None, days_on(2)).unwrap(),
            day: 2,
            leaves: &[],
        },
        Story {
            what: Kind::PartWorkingAgain,
            undone_by: Kind::PartFailing,
            before: || {
                let mut desk = asked();
                desk.register.note_health(&HealthPart::Sending, Some("no route"), days_on(1)).unwrap();
                desk
            },
            happens: |desk| desk.register.note_health(&HealthPart::Sending, None, days_on(2)).unwrap(),
            undone: |desk| desk.register.note_health(&HealthPart::Sending, Some("no route"), days_on(3)).unwrap(),
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::LettersStandStill,
            undone_by: Kind::LettersLeaveAgain,
            before: asked,
            happens: |desk| clock_is_doubted(desk, 1),
            undone: |desk| desk.register.note_clock(None, days_on(2)).unwrap(),
            day: 2,
            leaves: &[],
        },
        Story {
            what: Kind::LettersLeaveAgain,
            undone_by: Kind::LettersStandStill,
            before: standing_still,
            happens: |desk| desk.register.note_clock(None, days_on(2)).unwrap(),
            undone: |desk| clock_is_doubted(desk, 3),
            day: 3,
            leaves: &[],
        },
        Story {
            what: Kind::ClockAccepted,
            undone_by: Kind::LettersStandStill,
            before: standing_still,
            happens: |desk| assert!(desk.register.accept_clock(&actor(), days_on(2)).unwrap()),
            undone: |desk| clock_is_doubted(desk, 3),
            day: 3,
            leaves: &[],
        },
    ]
}

fn actor() -> demarche::domain::event::Actor {
    by("A. Novak")
}

/// Of the request to the Prison Service.
fn reference(desk: &Desk) -> String {
    desk.reference_to(PRISON)
}

/// A request to the Prison Service alone, whose letter is not written yet.
fn opened() -> Desk {
    let mut desk = Desk::with_two_requests(days_on(0));
    desk.register.adopt_rules(RULES, days_on(0)).unwrap();
    desk.register.end(&desk.reference_to(MINISTRY), EndingKind::Waived, "asked by mistake", &actor(), days_on(0)).unwrap();
    desk
}

fn asked() -> Desk {
    let mut desk = opened();
    desk.write_due(days_on(0));
    assert_eq!(desk.send_all(days_on(0)), 1);
    desk
}

/// The friendly reminder is due on that day.
fn soon_reminded() -> Desk {
    let mut desk = asked();
    desk.read_mailbox(days_on(49));
    desk
}

/// The first reminder after the deadline is due on that day.
fn late() -> Desk {
    let mut desk = asked();
    desk.read_mailbox(days_on(57));
    desk
}

fn with_a_reminder_that_waits() -> Desk {
    let mut desk = late();
    assert_eq!(desk.write_due(days_on(57)), ["Prison Service reminder"]);
    desk
}

fn with_a_reminder_that_left() -> Desk {
    let mut desk = with_a_reminder_that_waits();
    assert_eq!(desk.send_all(days_on(57)), 1);
    desk
}

const HEATED: &str = "That cells be heated.";

fn recommends(desk: &mut Desk, text: &str, day: i64) {
    let row = RecommendationRow {
        reference: "2026/1-3".into(),
        addressees: vec![PRISON.into()],
        text: text.into(),
        made_on: date(2026, 1, 5),
        report: None,
        place: None,
        theme: None,
        urgency: None,
        repeats: None,
        class: Class::Confidential,
    };
    desk.register.import_recommendations(&[row], &actor(), days_on(day), false).unwrap();
}

/// Something else is recommended, and nobody was asked about it yet.
fn recommended() -> Desk {
    let mut desk = asked();
    recommends(&mut desk, HEATED, 0);
    desk
}

fn works_by(desk: &mut Desk, rules: OfficeRules, fingerprint: &str, day: i64) {
    desk.register.set_rules(Arc::new(rules));
    desk.register.adopt_rules(fingerprint, days_on(day)).unwrap();
}

/// Terms end on working days.
fn until_a_working_day() -> OfficeRules {
    let terms = [("ordinary".to_string(), Term { length: 56, unit: Unit::Days, end_on_working_day: true })].into();
    OfficeRules { terms, ..(*rules()).clone() }
}

fn arrives(desk: &mut Desk, letter: &Understood, proof: Proof, day: i64) -> MailId {
    let raw = format!("From: somebody\r\n\r\nOf day {day}.\r\n");
    let received = taken_in(raw.as_bytes(), &format!("in/{day}"), days_on(day));
    let Ingested::New(mail) = desk.register.record_mails(&[received], days_on(day)).unwrap()[0] else { panic!("it is new") };
    is_understood(desk, mail, letter, proof, day);
    mail
}

fn is_understood(desk: &mut Desk, mail: MailId, letter: &Understood, proof: Proof, day: i64) {
    desk.register.claim_unread(None, 1, days_on(day)).unwrap();
    let proven = Proven { proof, ..authentic() };
    let gathered = desk.register.gather(Some(mail), letter, days_on(day), &addresses(), proven).unwrap();
    let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    desk.register.conclude(vec![Conclusion::new(mail, letter.clone(), None, gathered, verdict)], days_on(day)).unwrap();
}

/// A letter to the request's own address.
fn answers(desk: &mut Desk, from: &str, day: i64) {
    let request = desk.register.request(&reference(desk)).unwrap().id;
    let to = vec![Mailbox { name: None, address: Some(addresses().for_subject(request)) }];
    let text = format!("The cells are aired, as of day {day}.");
    let letter = Understood { to, reply: text.clone(), text: vec![text], ..letter_from(from, &format!("Our answer of day {day}")) };
    arrives(desk, &letter, Proof::Authentic, day);
}

fn with_a_strangers_letter() -> Desk {
    let mut desk = asked();
    arrives(&mut desk, &letter_from("relative@mail.example", "About my brother"), Proof::Authentic, 1);
    desk
}

fn comes_back(desk: &mut Desk, delivery: i64, day: i64) {
    desk.receive(b"gone", report(delivery, "post@prisons.example", "failed", true, true), days_on(day));
}

/// Of the first letter, and nothing proves it.
fn claims_to_have_come_back(desk: &mut Desk) {
    let claim = obligations::report(desk, 1, false, true).unwrap();
    arrives(desk, &claim, Proof::Authentic, 1);
}

fn is_said(desk: &mut Desk, placed: Placed, day: i64) {
    desk.register.mark_mail(MailId(1), placed, &actor(), days_on(day)).unwrap();
}

/// The first mail, which was said to be none, is a report after all.
fn bounced_after_all(desk: &mut Desk, day: i64) {
    links(desk, 1, day);
    is_said(desk, Placed::As(Effect::Bounce), day);
}

fn links(desk: &mut Desk, mail: i64, day: i64) {
    desk.register.link_mail(MailId(mail), &[reference(desk)], &actor(), days_on(day)).unwrap();
}

fn revives(desk: &mut Desk, day: i64) {
    desk.register.revive_address("post@prisons.example", &actor(), days_on(day)).unwrap();
}

const BUSY: Finding = Finding { about: About::Recipient, passes: true, hard_bounce: false, delayed: false };

fn is_tried_again(desk: &mut Desk, day: i64) {
    desk.register.retry_letter(LetterId(2), &actor(), days_on(day)).unwrap();
}

/// Whatever leaves on that day.
fn is_refused(desk: &mut Desk, finding: Finding, day: i64) {
    let retry = RetryRules::default();
    while let Some(claim) = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, days_on(day)).unwrap() {
        let outcome = DeliveryOutcome::Refused { reply: "not now".into(), finding };
        desk.register.finish_attempt(&claim, &outcome, &retry, days_on(day)).unwrap();
    }
}

fn acknowledge(desk: &mut Desk) {
    let due = desk.register.acknowledgements_due(days_on(1), &addresses()).unwrap().remove(0);
    let letter = NewLetter {
        role: demarche::domain::letter::LetterRole::Acknowledgement,
        template: "plain".into(),
        level: None,
        message_id: addresses().message_id(&due.request.reference, due.letter_number),
        subject: "Received".into(),
        bytes: b"Subject: Received\r\n\r\nThank you.\r\n".to_vec(),
        text: "Thank you.".into(),
        written_on: date(2026, 1, 6),
        recipients: vec![Recipient { name: None, address: due.to.clone(), contact: None, is_copy: false }],
        not_before: days_on(1),
        release_by: None,
    };
    desk.register.put_acknowledgement(&due, &letter, &addresses(), days_on(1)).unwrap();
}

fn clock_is_doubted(desk: &mut Desk, day: i64) {
    let shown = days_on(day);
    let reading = desk.register.clock_reading(shown, SignedDuration::ZERO, None).unwrap();
    desk.register.note_clock(Some((Doubt::UnconfirmedGap { since: days_on(0) }, &reading)), shown).unwrap();
}

fn standing_still() -> Desk {
    let mut desk = asked();
    clock_is_doubted(&mut desk, 1);
    desk
}

/// What counts, by name, as it stands on that day. Who said it and when is what the record is for.
type Picture = BTreeMap<String, String>;

fn picture(desk: &mut Desk, day: i64) -> Picture {
    let now = days_on(day);
    let mut picture = Picture::new();
    let mut put = |name: String, is: String| drop(picture.insert(name, is));
    for request in desk.register.requests().unwrap() {
        let (number, view) = (request.id.0, desk.register.request_view(&request, now).unwrap());
        put(format!("request {number}: state"), format!("{} {:?} paused {}", view.state.name(), view.ended, view.paused));
        put(format!("request {number}: is made"), request.sent_at.is_some().to_string());
        put(format!("request {number}: sent"), format!("{:?}", view.sent_on));
        put(format!("request {number}: deadline"), view.deadline.to_string());
        put(format!("request {number}: level"), format!("{:?}", view.level));
        put(format!("request {number}: delivery"), format!("{:?}", view.delivery));
    }
    for authority in desk.register.authorities().unwrap() {
        let asked = desk.register.requests().unwrap().into_iter().find(|request| request.authority == authority.id);
        let due = asked.map(|request| desk.register.first_letter_of(request.id, now).unwrap());
        let to: Vec<String> = due.iter().flat_map(|due| &due.recipients).map(|recipient| recipient.address.clone()).collect();
        put(format!("written to: {}", authority.name), to.join(", "));
    }
    for letter in desk.register.letter_views(false).unwrap() {
        let deliveries = letter.deliveries.iter().map(|one| format!("{} {}", one.recipient, one.state));
        put(format!("letter {}", letter.id), format!("{} {:?}", letter.role.name(), deliveries.collect::<Vec<_>>()));
    }
    for mail in desk.register.mail_views(None, 100).unwrap() {
        let links: Vec<String> = mail.links.iter().map(|link| format!("{} {}", link.authority, link.effect.name())).collect();
        let waits = (mail.waits_for_a_person(), mail.rests, mail.claims);
        put(format!("mail {}", mail.id), format!("{} {links:?} waits, rests, claims: {waits:?}", mail.stands()));
    }
    for state in desk.register.contents().address_states().unwrap() {
        if state.until.is_none() && state.state != AddressState::Good {
            put(format!("address {}", state.address), state.state.name().into());
        }
    }
    for reference in ["2026/1-1", "2026/1-2", "2026/1-3"] {
        if let Some(recommendation) = desk.register.recommendation(reference).unwrap() {
            put(format!("recommendation {reference}"), recommendation.text);
        }
    }
    for (kind, number, due, state) in sqlite::all_owed(&file(desk)) {
        if due.is_some() || state != "open" {
            put(format!("owed: {kind} {number}"), format!("{due:?} {state}"));
        }
    }
    let agenda = desk.register.agenda(now, 10).unwrap();
    let steps = agenda.due.iter().map(|due| (due.step.as_ref().map(|step| step.name.clone()), due.examining.is_some()));
    put("due today".into(), format!("{:?}", steps.collect::<Vec<_>>()));
    put("to be acknowledged".into(), desk.register.acknowledgements_due(now, &addresses()).unwrap().len().to_string());
    let new = desk.register.open_requests(&RequestSelection::AllNew, &actor(), now, true).unwrap();
    put("not asked about".into(), format!("{:?}", new.requests.iter().map(|one| &one.recommendations).collect::<Vec<_>>()));
    put("stands still".into(), desk.register.stands_still().unwrap().to_string());
    for part in desk.register.health().unwrap().into_iter().filter(|part| part.fault.is_some()) {
        put(format!("failing: {}", part.part.name()), part.fault.unwrap_or_default());
    }
    let compared = desk.register.compare_obligations(RULES, now).unwrap();
    put("owed and does not follow".into(), format!("{:?}", compared.map_or(vec![], |compared| compared.differences)));
    picture
}

/// What is not the same in two pictures, by name.
fn differ<'a>(one: &'a Picture, other: &'a Picture) -> BTreeSet<&'a str> {
    one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name)).map(String::as_str).collect()
}

fn recorded_since(desk: &Desk, event: i64, kind: Kind) -> bool {
    let events = desk.register.contents().events().unwrap();
    events.iter().any(|(number, recorded)| *number > event && recorded.kind == kind.name())
}

/// What is wrong with a story, if something is.
fn faults(story: &Story) -> Vec<String> {
    let mut faults = Vec::new();
    let mut desk = (story.before)();
    let before = picture(&mut desk, story.day);
    let began = desk.register.last_event().unwrap().unwrap_or(0);
    (story.happens)(&mut desk);
    let happened = picture(&mut desk, story.day);
    let undone_from = desk.register.last_event().unwrap().unwrap_or(0);
    if !recorded_since(&desk, began, story.what) {
        faults.push("it did not happen".into());
    }
    (story.undone)(&mut desk);
    let after = picture(&mut desk, story.day);
    if !recorded_since(&desk, undone_from, story.undone_by) {
        faults.push("it was not undone by that".into());
    }
    let (changed, left) = (differ(&before, &happened), differ(&before, &after));
    if changed.is_subset(&left) {
        faults.push(format!("it restores nothing of {changed:?}"));
    }
    let is_named = |name: &str| story.leaves.iter().any(|(begins, _)| name.starts_with(begins));
    for name in left.iter().filter(|name| !is_named(name)) {
        let in_picture = |picture: &Picture| picture.get(*name).cloned().unwrap_or_else(|| "none".into());
        faults.push(format!("{name} was {}; then {}; now {}", in_picture(&before), in_picture(&happened), in_picture(&after)));
    }
    for (begins, why) in story.leaves {
        if !left.iter().any(|name| name.starts_with(begins)) {
            faults.push(format!("{begins} is as it was, though it is said that {why}"));
        }
    }
    desk.register.verify().unwrap();
    faults
}

#[test]
fn what_undoes_an_event_restores_what_was() {
    let stories = stories();
    let wrong: Vec<String> = stories
        .iter()
        .flat_map(|story| {
            let pair = format!("{} by {}", story.what.name(), story.undone_by.name());
            faults(story).into_iter().map(move |fault| format!("{pair}: {fault}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let told: BTreeSet<(Kind, Kind)> = stories.iter().map(|story| (story.what, story.undone_by)).collect();
    let said = Kind::ALL.iter().filter_map(|kind| match kind.undone_by() {
        Undo::By(other) => Some((*kind, other)),
        Undo::CannotBe(_) | Undo::NothingToUndo => None,
    });
    assert_eq!(told, said.collect(), "a story for each kind that can be undone, and none for others");
}
