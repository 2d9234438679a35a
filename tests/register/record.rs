//! The record of what happened: brought over from the form of an earlier build, proven, erased from by rule, and compared with what was kept of it.

use crate::desk::{Desk, at, by, rules};
use crate::sqlite::{Tampering, hash_of, refusal_of, salt_of, tamper};
use demarche::domain::event::{Actor, Anchor, EventKind, Happened, LinkedBy, Way};
use demarche::domain::identity::{MailId, RequestId};
use demarche::register::*;
use std::path::{Path, PathBuf};

/// A register as the build before payloads lay beside the chain has left it, with its sign of life. Its last two events came after that sign.
fn of_format_13() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/register/format-13");
    for name in ["register.sqlite", "register.sqlite-alive"] {
        std::fs::copy(kept.join(name), folder.path().join(name)).unwrap();
    }
    let path = folder.path().join("register.sqlite");
    (folder, path)
}

fn fault(register: &Reader) -> String {
    register.verify().unwrap_err().to_string()
}

#[test]
fn a_register_of_an_earlier_build_keeps_its_record_word_for_word_and_can_be_proven() {
    let (_folder, path) = of_format_13();
    let before = restore_check(&path, rules()).unwrap();
    let mut register = Register::open(&path, rules()).unwrap();
    let soundness = register.verify().unwrap();
    assert_eq!((before.events, soundness.events, soundness.erased), (15, 16, 0), "and one event says that it was sealed anew");
    assert_eq!((soundness.mails, soundness.letters), (before.mails, before.letters));
    let events = register.events_of_request(RequestId(1)).unwrap();
    let told: Vec<String> = events.iter().map(|event| format!("{} ({})", event.kind, event.actor)).collect();
    assert_eq!(
        told,
        [
            "request opened (A.Novak)",
            "request written (rule: ladder)",
            "letter sent (rule: outbox)",
            "mail linked (rule: linking)",
            "mail linked (A.Novak)"
        ]
    );
    assert!(events.iter().all(|event| event.happened().is_some()), "{events:?}");
    assert_eq!(events[4].detail, serde_json::json!({ "as": "reply", "reference": "NPM-2026-0001-B" }));
    // The sign of life was given by the earlier build, at an event before the last: nothing was lost.
    register.look_for_sign_of_life(at("2026-12-01T08:00:00Z")).unwrap();
    assert_eq!(register.is_behind().unwrap(), None);
    // It goes on, and a second opening changes nothing.
    register.resume("NPM-2026-0002-C", "sent", &by("A. Novak"), at("2026-12-01T08:00:00Z")).unwrap();
    drop(register);
    assert_eq!(Register::open(&path, rules()).unwrap().verify().unwrap().events, 17);
}

#[test]
fn the_sign_of_life_of_another_register_of_an_earlier_build_is_not_taken_for_this_ones() {
    let (folder, path) = of_format_13();
    let sign = folder.path().join("register.sqlite-alive");
    let other = std::fs::read_to_string(&sign).unwrap().replace("\"hash\":\"0", "\"hash\":\"1").replace("\"hash\":\"a", "\"hash\":\"b");
    let mut other: serde_json::Value = serde_json::from_str(&other).unwrap();
    other["hash"] = "00".repeat(32).into();
    std::fs::write(&sign, other.to_string()).unwrap();
    let mut register = Register::open(&path, rules()).unwrap();
    register.look_for_sign_of_life(at("2026-12-01T08:00:00Z")).unwrap();
    assert!(register.is_behind().unwrap().is_some());
}

#[test]
fn what_was_wrong_with_the_record_before_it_was_sealed_anew_is_told_from_then_on() {
    for (tampering, told) in [
        (Tampering::Actor(5), "event 5 (request opened"),
        (Tampering::Detail(14, "{\"reason\":\"none\"}"), "event 14 (clock paused"),
        (Tampering::EventGone(4), "missing"),
        (Tampering::EventGone(15), "missing"),
    ] {
        let (_folder, path) = of_format_13();
        tamper(&path, tampering);
        assert!(restore_check(&path, rules()).is_err(), "{tampering:?}");
        let register = Register::open(&path, rules()).unwrap();
        let fault = fault(&register);
        assert!(fault.contains(told), "{tampering:?}: {fault}");
    }
}

/// Two requests whose letters have left; the register's file.
fn asked() -> (Desk, PathBuf) {
    let monday = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(monday);
    desk.write_due(monday);
    desk.send_all(monday);
    let path = desk.folder.path().join("register.sqlite");
    (desk, path)
}

#[test]
fn the_record_says_who_decided_in_whose_name_and_by_which_way() {
    let (mut desk, _) = asked();
    let (reference, tuesday) = (desk.reference_to("Prison Service"), at("2026-01-06T10:00:00Z"));
    let deputy = Actor::Person { name: "A. Novak".into(), on_behalf_of: Some("E. Marešová".into()), by: Way::CommandLine };
    desk.register.pause(&reference, "they asked which cells", &deputy, tuesday).unwrap();
    desk.register.resume(&reference, "the cells were named", &by("E. Marešová"), tuesday).unwrap();
    let events = desk.register.events_of_request(desk.register.request(&reference).unwrap().id).unwrap();
    let told = |kind: EventKind| {
        let event = events.iter().find(|event| event.kind == kind.name()).unwrap();
        (event.actor.as_str(), event.on_behalf_of.as_deref(), event.way.as_deref())
    };
    assert_eq!(told(EventKind::ClockPaused), ("A. Novak", Some("E. Marešová"), Some("command line")));
    assert_eq!(told(EventKind::ClockResumed), ("E. Marešová", None, Some("command line")));
    assert_eq!(told(EventKind::RequestWritten), ("rule: ladder", None, None));
    desk.register.verify().unwrap();
}

#[test]
fn an_altered_payload_commitment_or_event_is_found_and_named() {
    for (tampering, told) in [
        (Tampering::Payload(2), "the payload of event 2"),
        (Tampering::Salt(3), "the payload of event 3"),
        (Tampering::Commitment(4), "event 4"),
        (Tampering::PayloadAndCommitmentOf(2, 1), "event 2"),
        (Tampering::Way(1), "event 1"),
        (Tampering::OnBehalf(1), "event 1"),
        (Tampering::EventGone(5), "event 6"),
        (Tampering::PayloadGone(5), "no event says that it was erased"),
        (Tampering::PayloadPutIn(999), "a payload of no event"),
    ] {
        let (desk, path) = asked();
        assert!(desk.register.verify().is_ok());
        tamper(&path, tampering);
        let fault = fault(&desk.register);
        assert!(fault.contains(told), "{tampering:?}: {fault}");
    }
}

#[test]
fn a_payload_goes_only_after_an_event_that_says_so_and_the_chain_still_holds() {
    let (mut desk, path) = asked();
    let tuesday = at("2026-01-06T10:00:00Z");
    let prison = desk.reference_to("Prison Service");
    let request = desk.register.request(&prison).unwrap().id;
    desk.register.pause(&prison, "he is in hospital", &by("A. Novak"), tuesday).unwrap();
    let paused = desk.register.last_event().unwrap().unwrap();
    assert!(refusal_of(&path, Tampering::PayloadGone(paused)).contains("after an event that says so"));
    assert!(refusal_of(&path, Tampering::Payload(paused)).contains("append-only"));
    let salt = salt_of(&path, paused);
    let lies_there = || {
        ["register.sqlite", "register.sqlite-wal"].iter().any(|name| {
            let bytes = std::fs::read(path.with_file_name(name)).unwrap_or_default();
            bytes.windows(salt.len()).any(|window| window == salt)
        })
    };
    assert!(lies_there());
    let whole = desk.register.verify().unwrap();

    desk.register.erase_payload(paused, "ten years have passed", &by("A. Novak"), tuesday).unwrap();
    let soundness = desk.register.verify().unwrap();
    assert_eq!((soundness.events, soundness.erased), (whole.events + 1, 1));
    assert!(!lies_there(), "nor is it left in the file, or in its log");
    let events = desk.register.events_of_request(request).unwrap();
    let of_pause = events.iter().find(|event| event.kind == "clock paused").unwrap();
    assert!(of_pause.erased && of_pause.detail.is_null() && of_pause.happened().is_none());

    // Not twice, nothing that is not there, and not what says so itself.
    for (event, told) in [(paused, "erased before"), (paused + 1, "what became of the record"), (9_999, "no event 9999")] {
        let refused = desk.register.erase_payload(event, "again", &by("A. Novak"), tuesday).unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
    }
    // Somebody puts one back.
    tamper(&path, Tampering::PayloadPutIn(paused));
    assert!(fault(&desk.register).contains("something lies in its place"));
}

#[test]
fn a_letter_and_a_mail_of_whose_arrival_the_details_were_erased_are_still_what_was_stored() {
    let (mut desk, path) = asked();
    let tuesday = at("2026-01-06T10:00:00Z");
    let mail = crate::desk::taken_in(b"From: a@b.example\r\n\r\nx", "x", tuesday);
    desk.register.record_mails(&[mail], tuesday).unwrap();
    let received = desk.register.last_event().unwrap().unwrap();
    let events = desk.register.contents().events().unwrap();
    let (written, _) = events.iter().find(|(_, event)| event.kind == EventKind::RequestWritten.name()).unwrap();
    for event in [received, *written] {
        desk.register.erase_payload(event, "by rule", &by("A. Novak"), tuesday).unwrap();
    }
    assert_eq!(desk.register.verify().unwrap().erased, 2);
    tamper(&path, Tampering::MailBytes);
    assert!(fault(&desk.register).contains("mail 1"));
}

#[test]
fn a_record_that_was_rewritten_or_cut_short_does_not_contain_what_was_kept_of_it() {
    let (mut desk, path) = asked();
    let tuesday = at("2026-01-06T10:00:00Z");
    let kept = desk.register.head().unwrap().unwrap();
    let copy = desk.folder.path().join("copy.sqlite");
    desk.register.backup(&copy).unwrap();
    let prison = desk.reference_to("Prison Service");
    desk.register.pause(&prison, "we owe a copy", &by("A. Novak"), tuesday).unwrap();
    let later = desk.register.head().unwrap().unwrap();
    for anchor in [&kept, &later] {
        desk.register.contains(anchor).unwrap();
    }
    // An older copy, and one that went another way since: each is sound in itself.
    let mut older = Register::open(&copy, rules()).unwrap();
    older.verify().unwrap();
    older.contains(&kept).unwrap();
    let told = older.contains(&later).unwrap_err().to_string();
    assert!(told.contains(&format!("ends with event {}", kept.event)) && told.contains("cut short"), "{told}");
    older.pause(&prison, "we owe them nothing", &by("A. Novak"), tuesday).unwrap();
    older.verify().unwrap();
    let told = older.contains(&later).unwrap_err().to_string();
    assert!(told.contains("rewritten"), "{told}");
    // Cut short by hand.
    drop(desk.register);
    tamper(&path, Tampering::CutShort);
    let cut = Register::open(&path, rules()).unwrap();
    cut.verify().unwrap();
    assert!(cut.contains(&later).is_err());
}

#[test]
fn the_last_hash_of_a_record_before_it_was_sealed_anew_is_still_contained() {
    let (_folder, path) = of_format_13();
    let hash = hash_of(&path, 15);
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let register = Register::open(&path, rules()).unwrap();
    register.contains(&Anchor::new(15, &digits)).unwrap();
    assert!(register.contains(&Anchor::new(14, &digits)).is_err());
}

#[test]
fn what_an_earlier_build_recorded_and_this_one_does_not_know_is_shown_as_it_is() {
    let (_folder, path) = of_format_13();
    tamper(&path, Tampering::Kind(8));
    tamper(&path, Tampering::Detail(12, "no JSON"));
    let register = Register::open(&path, rules()).unwrap();
    let events = register.events_of_request(RequestId(1)).unwrap();
    assert_eq!((events[1].kind.as_str(), events[1].happened()), ("nudge written", None));
    assert!(events[1].detail["sha256"].is_string());
    let of_mail = register.events_of_mail(MailId(1)).unwrap();
    assert_eq!((of_mail[0].detail.as_str(), of_mail[0].happened()), (Some("no JSON"), None));
    assert!(matches!(of_mail[1].happened(), Some(Happened::MailLinked(LinkedBy::Rule(_)))), "{:?}", of_mail[1]);
}
