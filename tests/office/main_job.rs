//! The whole main job through the command line, over Postfix and Dovecot with TLS; the authorities have nothing but plain mail clients.

use demarche::domain::letter::LetterRole;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::desk::{AUTHORITIES, Desk, RECOMMENDATIONS};
use crate::post::Post;

fn days_on(days: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(24 * days)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value:#}"))
}

/// The mail of `desk`'s INBOX with this Message-ID, as `mail list` shows it.
fn listed(desk: &Desk, message_id: &str) -> Value {
    let bare = message_id.trim_matches(['<', '>']);
    let mails = desk.mails();
    mails.iter().find(|mail| mail["message_id"] == bare).unwrap_or_else(|| panic!("no {bare} in {mails:#?}")).clone()
}

#[test]
fn a_request_is_made_answered_by_one_authority_chased_at_another_and_returned_by_a_third() {
    let post = Post::open();
    let desk = post.desk();
    let checked = desk.must(&["check"]);
    assert!(checked.contains("Nothing stops the daemon"), "{checked}");
    desk.import("authorities", &format!("{AUTHORITIES}Fire Inspectorate,gone@fire.example,fire.example,\n"));
    desk.import("authorities", "name,focal_point_email,level\nMinistry of Justice,bob+head@justice.example,head\n");
    desk.import("recommendations", &RECOMMENDATIONS.replace("|Ministry of Justice", "|Ministry of Justice|Fire Inspectorate"));
    let rehearsed = desk.must(&["requests", "open", "--new", "--dry-run"]);
    assert!(rehearsed.contains("3 requests would be opened"), "{rehearsed}");
    desk.must(&["requests", "open", "--new"]);
    let pass = desk.tick();
    // On which days a digest goes with them depends on the day of the week, and real servers live in real time.
    let digests = pass["digests"].as_u64().unwrap();
    assert_eq!(pass["letters_sent"], 3 + digests, "{pass:#}");

    // The letter, as the authority's clerk sees it.
    let letters = post.inbox_of("alice", 1);
    let letter = &letters[0];
    let reference = desk.reference_to("Prison Service");
    assert!(text(letter, "subject").contains(&reference), "{letter:#}");
    assert!(text(letter, "from").contains("desk@requests.example"), "From is the office's own address");
    assert!(text(letter, "reply-to").contains("desk+r-"), "Reply-To is the request's own address");
    assert!(text(letter, "return-path").contains("desk+b-"), "bounces find home");
    for words in ["every cell be aired", "register of restraint", "2041/3-1", "2041/3-2", "article 22 of the Optional Protocol"] {
        assert!(text(letter, "text").contains(words), "{words}: {letter:#}");
    }
    let request = desk.request_to("Prison Service");
    assert_eq!((request["state"].as_str(), request["delivery"].as_str()), (Some("pending"), Some("accepted")));

    // The answer, written with a plain client; notices of delivery and the genuine bounce come in beside it.
    let answer = post.answers("alice", "Ann Alder <alice@prisons.example>", "Dear colleagues,\n\nCells are aired for two hours.\n");
    let in_all = 4 + digests;
    post.arrived("desk", in_all as usize);
    let pass = desk.tick();
    assert_eq!((pass["ingested"].as_u64(), pass["waiting_for_a_person"].as_u64()), (Some(in_all), Some(0)), "{pass:#}");
    let request = desk.request_to("Prison Service");
    assert_eq!(request["state"], "completed");
    for key in ["reference", "joint", "authority", "recommendations", "state", "sent_on", "deadline", "answered_on", "level", "delivery"] {
        assert!(!request[key].is_null(), "{key} of {request:#}");
    }
    let reply = listed(&desk, &answer);
    assert_eq!((text(&reply, "standing"), text(&reply, "kind")), ("linked", "letter"));
    assert_eq!((&reply["requests"], &reply["automatic"]), (&serde_json::json!([reference]), &Value::Bool(false)));
    assert_eq!(reply["from"], "alice@prisons.example");
    for key in ["id", "source", "message_id", "received_at", "subject", "evidence", "suggestions"] {
        assert!(!reply[key].is_null(), "{key} of {reply:#}");
    }
    assert!(reply["evidence"].as_array().unwrap().iter().all(|evidence| evidence["kind"].is_string() && evidence["detail"].is_string()));
    assert_eq!((post.found("desk", &["SEEN"]), post.found("desk", &["UNSEEN"])), (in_all as usize, 0), "all marked as read, none deleted");

    // The third authority's address does not exist: its letter came back to the envelope sender's own address.
    let fire = desk.reference_to("Fire Inspectorate");
    let bounces: Vec<Value> = desk.mails().into_iter().filter(|mail| mail["kind"] == "bounce").collect();
    assert_eq!(bounces.len(), 1, "{:#?}", desk.mails());
    assert_eq!((&bounces[0]["requests"], text(&bounces[0], "standing")), (&serde_json::json!([fire]), "linked"), "{:#}", bounces[0]);
    assert_eq!(desk.request_to("Fire Inspectorate")["delivery"], "suppressed");
    assert_eq!(desk.suppressed_addresses().iter().filter(|address| *address == "gone@fire.example").count(), 1);

    // The second authority says nothing: a reminder, an escalation, all in one thread.
    let ministry = desk.reference_to("Ministry of Justice");
    let pass = desk.tick_at(days_on(58));
    assert_eq!(pass["letters_written"], 1, "nobody is left to write to at the Fire Inspectorate: {pass:#}");
    let pass = desk.tick_at(days_on(71));
    assert_eq!(pass["letters_written"], 1, "{pass:#}");
    assert_eq!(post.found("alice", &["ALL"]), 1, "who has answered is not chased");
    let letters = post.inbox_of("bob", 4);
    let first = text(&letters[0], "message-id");
    for (letter, kind) in letters[1..].iter().zip(["reminder", "escalation", "copy of the escalation"]) {
        assert!(text(letter, "subject").contains(&ministry));
        assert_eq!(text(letter, "in-reply-to"), first, "{kind}");
        assert!(text(letter, "references").contains(first), "{kind}");
    }
    let kinds: Vec<Value> = desk.shown(&ministry)["letters"].as_array().unwrap().iter().map(|letter| letter["kind"].clone()).collect();
    assert_eq!(kinds, ["request", "reminder", "escalation"]);
    assert_eq!(desk.request_to("Ministry of Justice")["state"], "overdue");

    // Staff were told by digest: how many there are depends on the day of the week, and the last ones may still be on their way.
    let written = desk.written_as(LetterRole::Digest).len();
    let digests: String = post.inbox_of("staff", written).iter().map(|mail| text(mail, "text").to_owned()).collect();
    for words in ["gone@fire.example", &reference, &ministry] {
        assert!(digests.contains(words), "{words}: {digests}");
    }
    desk.is_sound();
}

#[test]
fn no_log_however_talkative_holds_a_password_or_what_a_letter_says() {
    let post = Post::open();
    let desk = post.desk();
    desk.open_requests();
    let log_of = |desk: &Desk| {
        let ran = desk.command(&["tick"]).env("DEMARCHE_LOG", "trace").output().unwrap();
        assert!(ran.status.success());
        String::from_utf8_lossy(&ran.stderr).into_owned()
    };
    let mut log = log_of(&desk);
    post.inbox_of("alice", 1);
    post.answers("alice", "alice@prisons.example", "Cells are aired for two hours.\n");
    post.arrived("desk", 1);
    log += &log_of(&desk);
    assert!(log.contains("pass") && log.len() > 1_000, "{log}");
    // As they are, as AUTH PLAIN says them, and in base64 by themselves.
    for secret in ["hunter2", "AGRlc2sAaHVudGVyMg", "aHVudGVyMg", "two hours", "every cell be aired", "restraint"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
