//! Every kind and every payload, as the register stores them.

use super::*;
use crate::domain::deliverability::{About, Witness};
use crate::domain::reply::Effect;
use serde_json::{Value, json};

fn examined() -> Examined {
    Examined { kind: "letter".into(), because: vec!["linked by reply address".into()], requests: vec![3], suggested: vec![4, 5] }
}

fn step() -> StepWritten {
    StepWritten {
        step: Some("reminder".into()),
        passed_over: vec!["friendly reminder".into()],
        vacant: vec!["escalation to the head".into()],
        to: Some(vec!["post@prisons.example".into()]),
        sha256: Some("00ff".into()),
        template: None,
        release_by: None,
        enclosed: vec![],
    }
}

fn nobody() -> StepWritten {
    StepWritten { step: None, to: None, sha256: None, ..step() }
}

fn attempt() -> Attempt {
    Attempt { to: "a@b.example".into(), attempt: 2, reply: "450 4.2.2 full".into(), queue_id: None, about: Some(About::Storage) }
}

fn returned() -> Returned {
    Returned { to: "a@b.example".into(), why: "5.1.1".into(), about: Some(About::Recipient), witness: Some(Witness::OwnServer) }
}

fn address() -> AddressChange {
    AddressChange { address: "a@b.example".into(), why: "5.1.1".into() }
}

fn recommended() -> Recommended {
    Recommended { reference: "2026/1".into(), text: "That cells be aired.".into() }
}

fn reason() -> Reason {
    Reason { reason: "we owe a copy".into() }
}

fn written() -> Written {
    Written { to: vec!["eva@office.example".into()], sha256: "00ff".into() }
}

fn searched() -> Searched {
    Searched { mailbox: "imap:INBOX".into(), found: 2, looked: "Looked in Junk.".into() }
}

fn entry() -> Entry {
    Entry { was_at_event: 12, hash: Some("00ff".into()) }
}

/// One of each shape of each kind.
fn examples() -> Vec<Happened> {
    use Happened::*;
    let by_lost = FoundSent::ByLostRegister {
        r#as: "reminder".into(),
        step: None,
        left_at: 1_796_046_379,
        message_id: "<1@office.example>".into(),
        sha256: "00ff".into(),
    };
    let text = String::from;
    vec![
        AuthorityAdded { name: text("Prison Service") },
        AuthorityChanged(super::AuthorityChanged { name: text("Prison Service"), changes: vec![] }),
        RecommendationAdded(recommended()),
        RecommendationChanged(recommended()),
        RequestOpened { reference: text("NPM-2026-0001-B"), recommendations: vec![text("2026/1")] },
        RequestAdopted { reference: text("x"), sent_on: text("2026-01-05"), recipient: None, subject: Some(text("Visit")) },
        RequestWaived(reason()),
        RequestWithdrawn(reason()),
        RequestClosed(reason()),
        RequestNotDelivered,
        DeadlineExtended { until: text("2026-04-01"), reason: text("a new director") },
        DeadlineMoved { from: text("2026-04-01"), to: text("2026-04-02") },
        ClockPaused(reason()),
        ClockResumed(reason()),
        RulesChanged { deadlines_moved: 3 },
        ObligationsPlannedAnew { how_many: 2 },
        NonCooperationRecorded(nobody()),
        RequestWritten(step()),
        ReminderWritten(step()),
        EscalationWritten(step()),
        ExaminationWritten(step()),
        ReminderWritten(StepWritten { template: Some(text("nudge")), ..step() }),
        AcknowledgementWritten(WrittenReceipt::Here { to: text("a@b.example"), sha256: text("00ff") }),
        AcknowledgementWritten(WrittenReceipt::ByLostRegister),
        DigestWritten(written()),
        AlarmWritten(written()),
        LetterSent(attempt()),
        LetterRefused(attempt()),
        LetterRefusedForNow(attempt()),
        LetterGivenUp(attempt()),
        LetterNotSent(attempt()),
        LetterNotTried(attempt()),
        OutcomeUnknown(attempt()),
        LetterFoundSent(FoundSent::Own { evidence: text("a copy") }),
        LetterFoundSent(by_lost),
        LetterFoundNamed { message_id: text("<1@office.example>") },
        LetterReleased { to: vec![text("post@prisons.example")], sha256: text("00ff") },
        DraftWithdrawn(Reason { reason: text("an answer is promised") }),
        DraftToBeWrittenAnew,
        DraftLapsed { release_by: text("2026-05-04"), why: text("nobody has released it in time; it is written anew") },
        LetterCancelled { why: text("the request is settled") },
        LetterTriedAgain { to: vec![text("a@b.example")], written_anew: true },
        LetterReturnedForNow(returned()),
        LetterBounced(returned()),
        LetterDelayed(returned()),
        LetterSaidToHaveComeBack(returned()),
        DeliveryReportTakenBack { to: text("a@b.example") },
        CopyGivenUp,
        AddressUsedAgain(address()),
        AddressSuspected(address()),
        AddressSuppressed(address()),
        MailReceived { source: text("maildir:in/1"), sha256: text("00ff"), received_at: 1_796_046_379 },
        SameMailByAnotherWay { source: text("maildir:in/2") },
        MailCouldNotBeFetched { source: text("imap:INBOX;7"), why: text("too large") },
        MailLeftUnread(MailboxLost { mailbox: text("imap:INBOX"), mails: 2, rests_until: None }),
        MailThatLeftUnreadFound(searched()),
        MailThatLeftUnreadNotFound(searched()),
        MailQuarantined(Quarantined::Judged(examined())),
        MailQuarantined(Quarantined::Unread { why: text("it could not be understood") }),
        MailLinked(LinkedBy::Rule(examined())),
        MailLinked(LinkedBy::Person { reference: text("NPM-2026-0001-B"), r#as: Effect::Reply }),
        MailSuggested(examined()),
        MailUnlinked(UnlinkedBy::Rule(examined())),
        MailUnlinked(UnlinkedBy::Person),
        MailSetAside(examined()),
        MailMarked { r#as: MarkedAs::Ignore },
        MailMarked { r#as: MarkedAs::Source },
        MailMarked { r#as: MarkedAs::NotSource },
        MailMarked { r#as: MarkedAs::As(Effect::Bounce) },
        MailWaitsAgain { because: text("the address counted"), mail: 7 },
        SenderJudgedAgain,
        DecisionRose { to: RisenTo::Deputy, since: 1_796_046_379 },
        PartFailing { part: text("sending"), fault: text("no connection") },
        PartWorkingAgain { part: text("sending") },
        LettersStandStill(StandstillReason::Doubted { why: text("the clock") }),
        LettersStandStill(StandstillReason::Behind { why: text("restored"), last_event: 7, was_at_event: Some(9) }),
        LettersLeaveAgain(RetriedAs::ClockIsRight),
        LettersLeaveAgain(RetriedAs::Compared { lost_register: None }),
        LettersLeaveAgain(RetriedAs::Compared { lost_register: Some(entry()) }),
        ClockAccepted,
        NumbersSetAside { unknown: vec![text("NPM-2026-0002-C")], requests_up_to: 1_000, deliveries_up_to: 16_000 },
        PayloadErased { why: text("ten years have passed") },
        RecordSealedAnew(SealedAnew { last: entry(), damage: Some(text("event 7 is missing")), sign_of_life: None }),
    ]
}

#[test]
fn every_kind_is_known_by_its_name_and_no_two_share_one() {
    let mut names: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    for kind in EventKind::ALL {
        assert_eq!(EventKind::from_name(kind.name()), Some(*kind));
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), EventKind::ALL.len());
    assert_eq!(EventKind::from_name("nudge written"), None);
}

#[test]
fn every_payload_is_read_as_it_was_written() {
    let examples = examples();
    for happened in &examples {
        let payload = happened.payload().unwrap();
        assert_eq!(Happened::read(happened.kind().name(), &payload).as_ref(), Some(happened), "{payload}");
    }
    for kind in EventKind::ALL {
        assert!(examples.iter().any(|happened| happened.kind() == *kind), "{}", kind.name());
    }
}

#[test]
fn payloads_of_the_first_build_are_understood() {
    for (kind, payload) in [
        ("request written", json!({ "passed_over": [], "sha256": "00", "step": null, "to": ["a@b.example"], "vacant": [] })),
        ("letter sent", json!({ "attempt": 1, "queue_id": null, "reply": "250", "to": "a@b.example" })),
        ("mail linked", json!({ "because": ["linked by reply address"], "kind": "letter", "requests": [1], "suggested": [] })),
        ("mail linked", json!({ "as": "reply", "reference": "NPM-2026-0001-B" })),
        ("mail unlinked", Value::Null),
        ("mail marked", json!({ "as": "not a source" })),
        ("acknowledgement written", Value::Null),
        ("letters stand still", json!({ "why": "the clock" })),
        ("letters leave again", Value::Null),
        ("letters leave again", json!({ "lost_register": { "was_at_event": 7, "hash": null } })),
    ] {
        let happened = Happened::read(kind, &payload);
        assert_eq!(happened.as_ref().map(|happened| happened.kind().name()), Some(kind), "{payload}");
    }
    for (kind, payload) in [("nudge written", json!({})), ("letter sent", json!([1])), ("mail marked", json!({ "as": "nonsense" }))] {
        assert_eq!(Happened::read(kind, &payload), None, "{kind} {payload}");
    }
}

#[test]
fn the_names_and_the_fields_in_the_record_are_those_of_the_first_build() {
    let written: Vec<String> =
        examples().iter().map(|happened| format!("{} {}", happened.kind().name(), happened.payload().unwrap())).collect();
    insta::assert_snapshot!("payloads", written.join("\n"));
}

#[test]
fn every_kind_says_how_it_is_undone() {
    let told = |kind: &EventKind| match kind.undone_by() {
        Undo::By(other) => format!("{}: by {}", kind.name(), other.name()),
        Undo::CannotBe(why) => format!("{}: cannot be undone, for {why}", kind.name()),
        Undo::NothingToUndo => format!("{}: nothing to undo", kind.name()),
    };
    insta::assert_snapshot!("undone_by", EventKind::ALL.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_has_left_or_may_have_cannot_be_undone() {
    for kind in [EventKind::LetterSent, EventKind::LetterFoundSent, EventKind::LetterFoundNamed] {
        assert_eq!(kind.undone_by(), Undo::CannotBe("it has left"));
    }
    assert!(matches!(EventKind::OutcomeUnknown.undone_by(), Undo::CannotBe(_)));
}

#[test]
fn an_actor_is_written_as_a_rule_or_as_the_persons_name() {
    assert_eq!(Actor::from(RuleName::Outbox).to_string(), "rule: outbox");
    let deputy = Actor::Person { name: "A. Novak".into(), on_behalf_of: Some("E. Marešová".into()), by: Way::CommandLine };
    assert_eq!((deputy.to_string(), deputy.on_behalf_of()), ("A. Novak".to_owned(), Some("E. Marešová")));
    // A person who calls himself a rule is no rule.
    let named_like_one = Actor::at_the_command_line("rule: outbox");
    assert_eq!((named_like_one.by(), Actor::from(RuleName::Outbox).by()), (Some(Way::CommandLine), None));
}

#[test]
fn what_was_kept_of_a_record_is_found_in_a_mail_and_nothing_else_is_taken_for_it() {
    let kept: Anchor = "1204:8F3A61C09BE2D475".parse().unwrap();
    assert_eq!(kept.to_string(), "1204:8f3a61c09be2d475");
    assert!(kept.begins("8f3a61c09be2d475ffff") && !kept.begins("8f3a61c09be2d474"));
    for wrong in [
        "",
        "1204",
        "1204:8f3a",
        "0:8f3a61c09be2d475",
        "-1:8f3a61c09be2d475",
        "x:8f3a61c09be2d475",
        "1:8g3a61c09be2d475",
        "1:éééééééééééééééé",
    ] {
        assert_eq!(wrong.parse::<Anchor>(), Err(AnchorFault), "{wrong}");
    }
    let mail =
        "Date: Fri, 27 Feb 2026 07:30:00 +0000\r\n\r\n  demarche verify --against 1204:8f3a61c09be2d475\r\nand 7:0123456789abcdef, 12:30";
    let found: Vec<String> = Anchor::all_in(mail).iter().map(Anchor::to_string).collect();
    assert_eq!(found, ["1204:8f3a61c09be2d475", "7:0123456789abcdef"]);
}
