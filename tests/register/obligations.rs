//! What is owed, and when, is at every moment what follows from the rest of the register, whatever came in, whatever people said and took back, and
//! however much time passed; and where somebody has changed it behind the program's back, that is found.

// Long because the property needs every action of an office in one place.

use crate::desk::{Desk, accepted, addresses, at, authentic, by, letter_from, read_to_end, rules, taken_in};
use crate::sqlite::{self, Meddling};
use demarche::domain::deliverability::{About, Finding};
use demarche::domain::delivery::{DeliveryOutcome, RetryRules};
use demarche::domain::draft_rules::DraftRules;
use demarche::domain::event::{EventKind, Happened, RisenTo};
use demarche::domain::identity::{DeliveryId, LetterId, MailId};
use demarche::domain::linking::judge;
use demarche::domain::obligation::{Difference, Obligation};
use demarche::domain::replacing::Given;
use demarche::domain::reply::Effect;
use demarche::domain::request::EndingKind;
use demarche::domain::rules::OfficeRules;
use demarche::domain::trust::{Proof, Proven};
use demarche::intake::{Conclusion, Ingested};
use demarche::mail::message::Mailbox;
use demarche::mail::understood::{Bounce, BouncedRecipient, Kind, Understood};
use demarche::office::{AuthorityRow, Placed};
use demarche::outgoing::LookedThrough;
use demarche::register::{Reader, RegisterError};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

const RULES: &str = "the rules of this office";

/// Two requests that have left on a Monday, planned by its rules.
fn asked() -> Desk {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.register.adopt_rules(RULES, monday).unwrap();
    desk.write_due(monday);
    desk.send_all(monday);
    desk
}

pub fn file(desk: &Desk) -> PathBuf {
    desk.folder.path().join("register.sqlite")
}

fn differences(reader: &Reader, now: Timestamp) -> Vec<Difference> {
    reader.compare_obligations(RULES, now).unwrap().unwrap().differences
}

/// Something that happens in an office. Numbers choose among what there is, whether or not it may be done to that.
#[derive(Debug, Clone)]
enum Happens {
    /// A letter from one of these senders about a request or none, its sender proven or not.
    Letter {
        from: usize,
        about: usize,
        addressed: bool,
        proven: bool,
    },
    /// An absence note.
    Automatic {
        about: usize,
    },
    /// Somebody says that a letter came back; proven, where it comes to the envelope address.
    Report {
        delivery: i64,
        proven: bool,
        dead: bool,
    },
    Link {
        mail: i64,
        about: usize,
        answers: bool,
    },
    Unlink {
        mail: i64,
        about: usize,
    },
    Mark {
        mail: i64,
        placed: usize,
    },
    ReadAgain,
    Retry {
        letter: i64,
    },
    Revive {
        address: usize,
    },
    Import {
        another: usize,
    },
    Decide {
        about: usize,
        what: usize,
    },
    /// Letters are drafted from now on, or not, in an office in one of these time zones, and decisions rise after so many days.
    Rules {
        drafted: bool,
        zone: usize,
        hold_days: u32,
    },
    /// What becomes of the first draft.
    Draft {
        what: usize,
    },
    /// Days later, a pass, in which servers answer so.
    Pass {
        days: i64,
        outcome: usize,
    },
}

const SENDERS: [&str; 5] =
    ["post@prisons.example", "head@prisons.example", "office@justice.example", "relative@mail.example", "desk@office.example"];
const AUTHORITIES: [&str; 2] = ["Prison Service", "Ministry of Justice"];

fn happens() -> impl Strategy<Value = Happens> {
    let (mail, about) = (1i64..8, 0usize..3);
    prop_oneof![
        4 => (0usize..5, 0usize..3, any::<bool>(), any::<bool>())
            .prop_map(|(from, about, addressed, proven)| Happens::Letter { from, about, addressed, proven }),
        1 => (0usize..2).prop_map(|about| Happens::Automatic { about }),
        3 => (1i64..5, any::<bool>(), any::<bool>()).prop_map(|(delivery, proven, dead)| Happens::Report { delivery, proven, dead }),
        3 => (mail.clone(), about.clone(), any::<bool>()).prop_map(|(mail, about, answers)| Happens::Link { mail, about, answers }),
        2 => (mail.clone(), about.clone()).prop_map(|(mail, about)| Happens::Unlink { mail, about }),
        3 => (mail, 0usize..5).prop_map(|(mail, placed)| Happens::Mark { mail, placed }),
        1 => Just(Happens::ReadAgain),
        1 => (1i64..5).prop_map(|letter| Happens::Retry { letter }),
        1 => (0usize..5).prop_map(|address| Happens::Revive { address }),
        1 => (0usize..3).prop_map(|another| Happens::Import { another }),
        2 => (0usize..2, 0usize..6).prop_map(|(about, what)| Happens::Decide { about, what }),
        2 => (any::<bool>(), 0usize..3, 1u32..30).prop_map(|(drafted, zone, hold_days)| Happens::Rules { drafted, zone, hold_days }),
        2 => (0usize..3).prop_map(|what| Happens::Draft { what }),
        4 => (0i64..40, 0usize..6).prop_map(|(days, outcome)| Happens::Pass { days, outcome }),
    ]
}

fn receive(desk: &mut Desk, nth: usize, understood: Understood, proven: Proven, now: Timestamp) {
    let raw = format!("From: somebody\r\n\r\nMail {nth}.\r\n");
    let mail = taken_in(raw.as_bytes(), &format!("in/{nth}"), now);
    let (taken, _) = desk.register.record_and_conclude(&[mail], read_to_end(now), vec![], now).unwrap();
    let [Ingested::New(id)] = taken[..] else { panic!("the mail is known") };
    conclude(desk, id, understood, proven, now);
}

fn conclude(desk: &mut Desk, mail: MailId, understood: Understood, proven: Proven, now: Timestamp) {
    let gathered = desk.register.gather(Some(mail), &understood, now, &addresses(), proven).unwrap();
    let verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    desk.register.conclude(vec![Conclusion::new(mail, understood, None, gathered, verdict)], now).unwrap();
}

pub fn report(desk: &Desk, delivery: i64, proven: bool, hard_bounce: bool) -> Option<Understood> {
    let (recipient, message_id) = sqlite::sent_as(&file(desk), delivery)?;
    let finding = Finding { about: About::Recipient, passes: !hard_bounce, hard_bounce, delayed: false };
    let told =
        BouncedRecipient { address: recipient, action: "failed".into(), status: Some("5.1.1".into()), finding, ..Default::default() };
    let to = if proven { addresses().for_delivery(DeliveryId(delivery)) } else { "desk@requests.example".into() };
    let bounce =
        Bounce { permanent: true, hard_bounce, original_message_id: Some(message_id), recipients: vec![told], ..Default::default() };
    Some(Understood {
        kind: Kind::Bounce,
        automatic: true,
        do_not_answer: true,
        to: vec![Mailbox { name: None, address: Some(to) }],
        bounce: Some(bounce),
        ..letter_from("mailer-daemon@mx.example", "Undelivered Mail Returned to Sender")
    })
}

fn outcome(which: usize, nth: usize) -> DeliveryOutcome {
    let refused = |about, passes, hard_bounce| DeliveryOutcome::Refused {
        reply: "550 no".into(),
        finding: Finding { about, passes, hard_bounce, delayed: false },
    };
    match (which + nth) % 6 {
        0 => DeliveryOutcome::Unknown { reason: "the connection was lost".into() },
        1 => refused(About::Recipient, false, true),
        2 => refused(About::Storage, false, false),
        3 => DeliveryOutcome::NotSent { reason: "no connection".into() },
        _ => accepted(),
    }
}

/// What is refused has changed nothing; anything else that goes wrong is a fault.
fn may_be_refused<T>(done: Result<T, RegisterError>) {
    if let Err(error) = done {
        assert!(matches!(error, RegisterError::Refused(_)), "{error}");
    }
}

fn happen(desk: &mut Desk, nth: usize, what: &Happens, now: &mut Timestamp) {
    let actor = by("A. Novak");
    let reference = |desk: &Desk, about: usize| desk.reference_to(AUTHORITIES[about % 2]);
    let references = |desk: &Desk, about: usize| match about {
        2 => vec![reference(desk, 0), reference(desk, 1)],
        _ => vec![reference(desk, about)],
    };
    match *what {
        Happens::Letter { from, about, addressed, proven } => {
            let mut letter = letter_from(SENDERS[from], "Answer");
            if about < 2 && addressed {
                let request = desk.register.request(&reference(desk, about)).unwrap().id;
                letter.to = vec![Mailbox { name: None, address: Some(addresses().for_subject(request)) }];
            } else if about < 2 {
                letter.subject = Some(format!("Re: [{}]", reference(desk, about)));
            }
            let not_proven = Proven { proof: Proof::NotProven, because: String::new() };
            receive(desk, nth, letter, if proven { authentic() } else { not_proven }, *now);
        }
        Happens::Automatic { about } => {
            let request = desk.register.request(&reference(desk, about)).unwrap().id;
            let to = vec![Mailbox { name: None, address: Some(addresses().for_subject(request)) }];
            let note = Understood { kind: Kind::Automatic, automatic: true, to, ..letter_from(SENDERS[0], "Away until Monday") };
            receive(desk, nth, note, authentic(), *now);
        }
        Happens::Report { delivery, proven, dead } => {
            if let Some(understood) = report(desk, delivery, proven, dead) {
                receive(desk, nth, understood, authentic(), *now);
            }
        }
        Happens::Link { mail, about, answers } => {
            let to = references(desk, about);
            may_be_refused(match answers {
                true => desk.register.link_mail(MailId(mail), &to, &actor, *now),
                false => desk.register.link_without_answer(MailId(mail), &to, &actor, *now),
            });
        }
        Happens::Unlink { mail, about } => may_be_refused(desk.register.unlink_mail(MailId(mail), &references(desk, about), &actor, *now)),
        Happens::Mark { mail, placed } => {
            let said = [Placed::As(Effect::Automatic), Placed::As(Effect::Bounce), Placed::Ignore, Placed::Source, Placed::NotSource];
            may_be_refused(desk.register.mark_mail(MailId(mail), said[placed], &actor, *now));
        }
        Happens::ReadAgain => {
            for unread in desk.register.claim_unread(None, 10, *now).unwrap() {
                conclude(desk, unread.mail, letter_from(SENDERS[3], "Once more"), authentic(), *now);
            }
        }
        Happens::Retry { letter } => may_be_refused(desk.register.retry_letter(LetterId(letter), &actor, *now)),
        Happens::Revive { address } => may_be_refused(desk.register.revive_address(SENDERS[address], &actor, *now)),
        Happens::Import { another } => {
            let email = ["post@prisons.example", "new@prisons.example", "other@prisons.example"][another];
            let row = AuthorityRow {
                name: AUTHORITIES[0].into(),
                email: Given::Value(email.into()),
                confirmed_on: Some(now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()),
                ..AuthorityRow::default()
            };
            may_be_refused(desk.register.import_authorities(&[row], &actor, *now, false));
        }
        Happens::Decide { about, what } => {
            let of = reference(desk, about);
            let until = (*now + SignedDuration::from_hours(24 * 60)).to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
            may_be_refused(match what {
                0 | 1 => desk.register.extend(&of, until, "asked for", &actor, *now),
                2 => desk.register.pause(&of, "they asked", &actor, *now),
                3 => desk.register.resume(&of, "answered", &actor, *now),
                4 => desk.register.end(&of, EndingKind::Waived, "not needed", &actor, *now),
                _ => desk.register.end(&of, EndingKind::Closed, "enough", &actor, *now),
            });
        }
        Happens::Rules { drafted, zone, hold_days } => {
            let time_zone = jiff::tz::TimeZone::get(["UTC", "Europe/Prague", "Pacific/Auckland"][zone]).unwrap();
            let levels = if drafted { vec!["technical".into(), "head".into(), "minister".into()] } else { vec![] };
            let drafts = DraftRules { levels, ..DraftRules::default() };
            desk.register.set_rules(Arc::new(OfficeRules { time_zone, drafts, hold_days, ..(*rules()).clone() }));
            // Others, as far as their fingerprint goes, and then these.
            desk.register.adopt_rules("other rules", *now).unwrap();
            desk.register.adopt_rules(RULES, *now).unwrap();
        }
        Happens::Draft { what } => {
            let Some(draft) = desk.register.drafts().unwrap().first().map(|draft| draft.letter) else { return };
            may_be_refused(match what {
                0 => desk.register.release_letter(draft, &addresses(), &actor, *now).map(drop),
                1 => desk.register.redraft_letter(draft, &[], &[], &actor, *now).map(drop),
                _ => desk.register.withdraw_letter(draft, "not now", &actor, *now).map(drop),
            });
        }
        Happens::Pass { days, outcome: which } => {
            *now += SignedDuration::from_hours(24 * days + 1);
            desk.read_mailbox(*now);
            desk.register.tend_drafts(*now).unwrap();
            desk.write_due(*now);
            let retry = RetryRules::default();
            let mut sent = 0;
            let mut pass = LookedThrough::default();
            while let Some(claim) = desk.register.claim_delivery(&mut pass, &retry, *now).unwrap() {
                sent += 1;
                desk.register.finish_attempt(&claim, &outcome(which, sent), &retry, *now).unwrap();
            }
            desk.register.let_decisions_rise(*now).unwrap();
            assert_eq!(desk.register.let_decisions_rise(*now).unwrap(), 0, "one pass lets all rise");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_owed_is_what_follows_from_the_register_whatever_happens(story in prop::collection::vec(happens(), 1..30)) {
        let mut desk = asked();
        let mut now = at("2026-01-06T10:00:00Z");
        for (nth, what) in story.iter().enumerate() {
            happen(&mut desk, nth, what, &mut now);
            now += SignedDuration::from_mins(7);
            prop_assert_eq!(differences(&desk.register, now), vec![], "after {:?}", what);
            let waiting = desk.register.waiting_views().unwrap();
            prop_assert!(waiting.iter().all(|view| view.waits_for_a_person()), "after {:?}", what);
            let all = desk.register.mail_views(None, 100).unwrap();
            prop_assert_eq!(all.iter().filter(|view| view.waits_for_a_person()).count(), waiting.len(), "after {:?}", what);
            prop_assert_eq!(desk.register.status(now).unwrap().waiting_for_a_person, waiting.len() as u64);
            for mail in &all {
                let told = told_of(&desk, MailId(mail.id));
                prop_assert!(!told.windows(2).any(|told| told[0] == told[1] || told[0] == RisenTo::Head), "{:?} after {:?}", told, what);
            }
        }
    }
}

#[test]
fn a_first_letter_that_waits_for_office_hours_is_planned_anew_when_its_authority_turns_out_to_keep_another_time() {
    let friday = at("2026-01-09T20:00:00Z");
    let mut desk = Desk::with_two_requests(friday);
    desk.register.adopt_rules(RULES, friday).unwrap();
    let due =
        |desk: &Desk| sqlite::owed(&file(desk), "next step", desk.register.request(&desk.reference_to("Prison Service")).unwrap().id.0).0;
    assert_eq!(due(&desk), Some(at("2026-01-12T09:00:00Z").as_second()));
    let row = AuthorityRow { name: AUTHORITIES[0].into(), time_zone: Given::Value("Pacific/Auckland".into()), ..AuthorityRow::default() };
    desk.register.import_authorities(&[row], &by("A. Novak"), friday, false).unwrap();
    assert_eq!(due(&desk), Some(at("2026-01-11T20:00:00Z").as_second()), "nine o'clock on Monday, there");
    assert_eq!(differences(&desk.register, friday), []);
}

/// A letter from nobody known, that waits since a Tuesday.
fn with_a_strangers_letter() -> Desk {
    let mut desk = asked();
    receive(&mut desk, 1, letter_from("relative@mail.example", "About my brother"), authentic(), at("2026-01-06T10:00:00Z"));
    desk
}

#[test]
fn what_is_changed_in_the_database_by_hand_is_found_and_planned_anew() {
    let tuesday = at("2026-01-06T11:00:00Z");
    let mut desk = with_a_strangers_letter();
    let step = desk.register.request(&desk.reference_to("Prison Service")).unwrap().id;
    let obligations = [Obligation::NextStep(step), Obligation::Decision(MailId(1))];
    assert_eq!(differences(&desk.register, tuesday), []);
    for how in Meddling::ALL {
        for obligation in obligations {
            sqlite::meddle(&file(&desk), obligation.kind().name(), obligation.number(), how);
            let found = differences(&desk.register, tuesday);
            assert_eq!(found.iter().map(|difference| difference.obligation).collect::<Vec<_>>(), [obligation], "{how:?}");
            assert_eq!(desk.register.plan_anew(&by("A. Novak"), tuesday).unwrap(), 1, "{how:?}");
            assert_eq!(differences(&desk.register, tuesday), [], "{how:?}");
        }
    }
    sqlite::owe_about_nothing(&file(&desk));
    assert_eq!(differences(&desk.register, tuesday).len(), 3);
    assert_eq!(desk.register.plan_anew(&by("A. Novak"), tuesday).unwrap(), 3);
    assert_eq!(differences(&desk.register, tuesday), []);
}

#[test]
fn a_letter_of_which_nobody_knows_that_it_waits_is_found_and_leaves() {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.register.adopt_rules(RULES, monday).unwrap();
    desk.write_due(monday);
    sqlite::meddle(&file(&desk), "attempt", 1, Meddling::Gone);
    assert_eq!(differences(&desk.register, monday).len(), 1);
    assert_eq!(desk.send_all(monday), 1, "the other one alone");
    desk.register.plan_anew(&by("A. Novak"), monday).unwrap();
    assert_eq!(desk.send_all(monday), 1);
    assert_eq!(differences(&desk.register, monday), []);
}

#[test]
fn what_has_risen_is_on_record_and_stays_risen_though_the_clock_was_put_back_a_little() {
    let mut desk = with_a_strangers_letter();
    let rises = at("2026-01-13T00:00:00Z");
    assert_eq!(desk.register.let_decisions_rise(rises).unwrap(), 1);
    assert_eq!(differences(&desk.register, at("2026-01-12T23:30:00Z")), []);
    assert_eq!(desk.register.let_decisions_rise(at("2026-03-01T08:00:00Z")).unwrap(), 1);
    let rose = |to| Happened::DecisionRose { to, since: at("2026-01-06T10:00:00Z").as_second() };
    let told: Vec<_> = desk.register.events_of_mail(MailId(1)).unwrap().iter().filter_map(|event| event.happened()).collect();
    let told: Vec<_> = told.into_iter().filter(|happened| happened.kind() == EventKind::DecisionRose).collect();
    assert_eq!(told, [rose(RisenTo::Deputy), rose(RisenTo::Head)]);
    // What somebody wrote into the database by hand is not on record.
    let mut desk = with_a_strangers_letter();
    desk.register.let_decisions_rise(rises).unwrap();
    sqlite::meddle(&file(&desk), "decision", 1, Meddling::WithHead);
    assert_eq!(differences(&desk.register, rises).len(), 1);
}

/// Whom the decision about a mail rose to, as the record says.
fn told_of(desk: &Desk, mail: MailId) -> Vec<RisenTo> {
    let events = desk.register.events_of_mail(mail).unwrap();
    let rose = events.iter().filter_map(|event| match event.happened() {
        Some(Happened::DecisionRose { to, .. }) => Some(to),
        _ => None,
    });
    rose.collect()
}

/// The daemon starts again with so many days.
fn restart(desk: &mut Desk, hold_days: u32, now: Timestamp) {
    desk.register.set_rules(Arc::new(OfficeRules { hold_days, ..(*rules()).clone() }));
    desk.register.adopt_rules(&format!("{hold_days} days"), now).unwrap();
    assert_eq!(desk.register.compare_obligations(&format!("{hold_days} days"), now).unwrap().unwrap().differences, []);
}

#[test]
fn a_decision_that_rose_to_the_deputy_is_not_told_to_the_deputy_again_after_a_restart_with_other_hold_days() {
    let mut desk = with_a_strangers_letter();
    assert_eq!(desk.register.let_decisions_rise(at("2026-01-13T00:00:00Z")).unwrap(), 1);
    let wednesday = at("2026-01-14T08:00:00Z");
    // As many days, fewer, and so many that it would not have risen yet.
    for days in [6, 4, 30, 5] {
        restart(&mut desk, days, wednesday);
        assert_eq!(desk.register.let_decisions_rise(wednesday).unwrap(), 0, "{days} days");
        assert_eq!(sqlite::owed(&file(&desk), "decision", 1).1, "with deputy", "{days} days");
    }
    assert_eq!(told_of(&desk, MailId(1)), [RisenTo::Deputy]);
    restart(&mut desk, 2, wednesday);
    assert_eq!(desk.register.let_decisions_rise(wednesday).unwrap(), 1, "by these it is the head's already");
    restart(&mut desk, 30, wednesday);
    assert_eq!(desk.register.let_decisions_rise(at("2027-01-14T08:00:00Z")).unwrap(), 0);
    assert_eq!(told_of(&desk, MailId(1)), [RisenTo::Deputy, RisenTo::Head]);
}

#[test]
fn a_decision_that_is_owed_again_about_the_same_mail_is_with_those_who_were_told_of_it() {
    let mut desk = with_a_strangers_letter();
    let actor = by("A. Novak");
    let tuesday = at("2026-01-13T08:00:00Z");
    assert_eq!(desk.register.let_decisions_rise(tuesday).unwrap(), 1);
    let reference = [desk.reference_to(AUTHORITIES[0])];
    desk.register.link_mail(MailId(1), &reference, &actor, tuesday).unwrap();
    desk.register.unlink_mail(MailId(1), &reference, &actor, tuesday).unwrap();
    assert_eq!(sqlite::owed(&file(&desk), "decision", 1).1, "with deputy");
    assert_eq!(desk.register.let_decisions_rise(tuesday).unwrap(), 0);
    assert_eq!(told_of(&desk, MailId(1)), [RisenTo::Deputy]);
    // The record loses what it said, and whoever was told of it knows it all the same.
    let events = desk.register.last_event().unwrap().unwrap();
    for event in 1..=events {
        may_be_refused(desk.register.erase_payload(event, "not needed", &actor, tuesday));
    }
    restart(&mut desk, 30, tuesday);
    assert_eq!(sqlite::owed(&file(&desk), "decision", 1).1, "with deputy");
}

#[test]
fn what_waits_rises_by_the_hold_days_of_the_office_and_anew_when_they_are_changed() {
    let mut desk = with_a_strangers_letter();
    let due = |desk: &Desk| sqlite::owed(&file(desk), "decision", 1);
    let day = |text: &str| Some(at(&format!("{text}T00:00:00Z")).as_second());
    assert_eq!(due(&desk), (day("2026-01-13"), "open".into()));
    assert_eq!(desk.register.let_decisions_rise(at("2026-01-12T23:59:59Z")).unwrap(), 0);
    assert_eq!(desk.register.let_decisions_rise(at("2026-01-13T00:00:00Z")).unwrap(), 1);
    assert_eq!(due(&desk), (day("2026-01-20"), "with deputy".into()));
    desk.register.set_rules(Arc::new(OfficeRules { hold_days: 10, ..(*rules()).clone() }));
    assert_eq!(desk.register.compare_obligations("other rules", at("2026-01-14T08:00:00Z")).unwrap(), None, "they did not plan it");
    desk.register.adopt_rules("other rules", at("2026-01-14T08:00:00Z")).unwrap();
    assert_eq!(due(&desk), (day("2026-02-03"), "with deputy".into()));
    assert_eq!(
        desk.register.let_decisions_rise(at("2026-06-01T08:00:00Z")).unwrap(),
        1,
        "after a standstill, at once to whom it has risen"
    );
    assert_eq!(due(&desk), (None, "with head".into()));
    let compared = desk.register.compare_obligations("other rules", at("2026-06-01T08:00:00Z")).unwrap().unwrap();
    assert_eq!((compared.decisions, compared.differences), (1, vec![]));
}

#[test]
fn a_draft_lapses_at_the_end_of_the_offices_day_though_the_time_zone_is_changed_while_it_waits() {
    let (monday, tuesday) = (at("2026-01-05T10:00:00Z"), at("2026-01-06T10:00:00Z"));
    let mut desk = Desk::with_drafted_requests(monday);
    desk.register.adopt_rules(RULES, monday).unwrap();
    desk.write_due(monday);
    assert_eq!(desk.register.next_release().unwrap(), Some(at("2026-01-09T00:00:00Z")));
    let prague = jiff::tz::TimeZone::get("Europe/Prague").unwrap();
    desk.register.set_rules(Arc::new(OfficeRules { time_zone: prague, ..(*rules()).clone() }));
    desk.register.adopt_rules("other rules", tuesday).unwrap();
    let compared = desk.register.compare_obligations("other rules", tuesday).unwrap().unwrap();
    assert_eq!((compared.releases, compared.differences), (2, vec![]));
    assert_eq!(desk.register.next_release().unwrap(), Some(at("2026-01-08T23:00:00Z")));
}

#[test]
fn a_claim_that_a_letter_came_back_asks_for_a_decision_as_long_as_its_request_is_open() {
    let tuesday = at("2026-01-06T10:00:00Z");
    let mut desk = asked();
    let actor = by("A. Novak");
    let claim = report(&desk, 1, false, true).unwrap();
    receive(&mut desk, 1, claim, authentic(), tuesday);
    let reference = AUTHORITIES.map(|name| desk.reference_to(name));
    receive(&mut desk, 2, letter_from("relative@mail.example", "About my brother"), authentic(), tuesday);
    desk.register.mark_mail(MailId(2), Placed::Ignore, &actor, tuesday).unwrap();
    let owed = |desk: &Desk| {
        assert_eq!(differences(&desk.register, tuesday), []);
        desk.register.compare_obligations(RULES, tuesday).unwrap().unwrap().decisions
    };
    assert_eq!(owed(&desk), 1);
    // An answer settles both requests, whichever of them the letter was about.
    desk.register.link_mail(MailId(2), &reference, &actor, tuesday).unwrap();
    assert_eq!(owed(&desk), 0);
    desk.register.unlink_mail(MailId(2), &reference, &actor, tuesday).unwrap();
    desk.register.mark_mail(MailId(2), Placed::Ignore, &actor, tuesday).unwrap();
    assert_eq!(owed(&desk), 1);
    for of in &reference {
        desk.register.end(of, EndingKind::Closed, "enough", &actor, tuesday).unwrap();
    }
    assert_eq!(owed(&desk), 0);
}

#[test]
fn a_claim_asks_for_nothing_once_somebody_has_said_that_the_address_is_good() {
    let tuesday = at("2026-01-06T10:00:00Z");
    let mut desk = asked();
    let claim = report(&desk, 1, false, true).unwrap();
    let (recipient, _) = sqlite::sent_as(&file(&desk), 1).unwrap();
    receive(&mut desk, 1, claim, authentic(), tuesday);
    let owed = |desk: &Desk| desk.register.compare_obligations(RULES, tuesday).unwrap().unwrap();
    assert_eq!((owed(&desk).decisions, owed(&desk).differences), (1, vec![]));
    desk.register.revive_address(&recipient, &by("A. Novak"), tuesday).unwrap();
    assert_eq!((owed(&desk).decisions, owed(&desk).differences), (0, vec![]));
}
