//! Letters that come back, or are said to; and a relay that takes none.

// Long because each way in which a letter comes back is one story, and all start from the same letter.

use demarche::domain::delivery::ReportStanding;
use demarche::domain::letter::LetterRole;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::folders::{Letter, days_on, minutes_on, monday};
use crate::relay::Relay;

/// The Prison Service with a registry and a second address of the same unit and level; what stands there may be more.
fn asked_in(directory: &str) -> Desk {
    let desk = Desk::init();
    desk.import("authorities", directory);
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk
}

const ONE: &str = "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n";
const TWO: &str = "name,email,domains,focal_point,focal_point_email\nPrison Service,post@prisons.example,prisons.example,Ann Alder,alice@prisons.example\n";

fn sent_in(directory: &str) -> (Desk, Letter) {
    let desk = asked_in(directory);
    desk.tick_at(monday());
    let letter = desk.letters().remove(0);
    assert_eq!(letter.to, "post@prisons.example");
    (desk, letter)
}

/// A report about `recipient` to an address of the office; with the letter's Message-ID, if anybody knows it.
fn report(to: &str, recipient: &str, message_id: Option<&str>, above: &str) -> String {
    let returned =
        message_id.map(|id| format!("--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\nSubject: Request\r\n\r\n"));
    format!(
        "Return-Path: <>\r\n{above}From: MAILER-DAEMON@requests.example\r\nTo: {to}\r\nDelivered-To: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{}@mx.example>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nYour letter did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.office.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n{}--b--\r\n",
        to.len() + recipient.len() + above.len() + message_id.map_or(0, str::len),
        returned.unwrap_or_default(),
    )
}

/// To the signed address of the delivery.
pub fn genuine(letter: &Letter) -> String {
    report(letter.header("Return-Path").unwrap().trim_matches(['<', '>']), &letter.to, None, "")
}

/// By somebody who has seen the letter, or a copy of it.
fn forged(letter: &Letter) -> String {
    report("desk@office.example", &letter.to, letter.header("Message-ID").as_deref(), "")
}

fn suppressed(desk: &Desk) -> usize {
    desk.suppressed_addresses().len()
}

fn only_mail(desk: &Desk) -> Value {
    let mut mails = desk.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    mails.remove(0)
}

fn kinds(desk: &Desk, to: &str) -> Vec<String> {
    let subject = |letter: Letter| letter.header("Subject").unwrap();
    let mut subjects: Vec<String> = desk.letters_to(to).into_iter().map(subject).collect();
    subjects.sort();
    subjects
}

#[test]
fn a_report_that_nothing_proves_closes_no_address_writes_to_nobody_else_and_rests_the_ladder_for_days() {
    let (desk, letter) = sent_in(TWO);
    let reminded = days_on(58);
    desk.deliver(days_on(50), forged(&letter));
    desk.tick_at(days_on(50));
    assert_eq!(only_mail(&desk)["standing"], "linked", "it is plain what it is about");
    assert_eq!((suppressed(&desk), desk.letters_to("alice@prisons.example").len()), (0, 0));
    let request = desk.request_to("Prison Service");
    assert_eq!(
        (&request["state"], &request["sent_on"], &request["delivery"]),
        (&json!("pending"), &json!("2041-03-04"), &json!("reported")),
        "and it does not read like one that is proven"
    );
    let list = desk.must(&["requests", "list"]);
    assert!(list.contains("reported, not proven") && !list.contains("came back"), "{list}");
    // The friendly reminder was due on the day before; five working days later it leaves, however many such reports come meanwhile.
    desk.deliver(
        days_on(52),
        report("desk@office.example", "post@prisons.example", letter.header("Message-ID").as_deref(), "X-Second: 1\r\n"),
    );
    let held = desk.tick_at(days_on(54));
    assert!(held["held"][0][1].as_str().unwrap().contains("nothing proves"), "{held:#}");
    assert_eq!(desk.tick_at(days_on(56))["letters_written"], 1);
    // A person needs one step to be rid of it.
    desk.must(&["mail", "mark", &desk.mails()[0]["id"].to_string(), "ignore"]);
    desk.must(&["mail", "mark", &desk.mails()[1]["id"].to_string(), "ignore"]);
    assert_eq!(desk.request_to("Prison Service")["delivery"], "accepted");
    desk.tick_at(reminded);
    desk.is_sound();
}

#[test]
fn nobody_is_said_not_to_cooperate_while_a_report_says_that_they_may_have_got_nothing() {
    let (desk, letter) = sent_in(ONE);
    desk.import("authorities", "name,focal_point_email,level\nPrison Service,head@prisons.example,head\n");
    for day in [49, 57, 70, 84] {
        desk.tick_at(days_on(day));
    }
    desk.deliver(days_on(85), forged(&letter));
    for day in [85, 112, 140] {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.request_to("Prison Service")["non_cooperation_on"], json!(null));
    desk.must(&["mail", "mark", &only_mail(&desk)["id"].to_string(), "ignore"]);
    desk.tick_at(days_on(141));
    assert_ne!(desk.request_to("Prison Service")["non_cooperation_on"], json!(null));
}

#[test]
fn staff_confirm_a_report_that_nothing_proves_in_one_step() {
    let (desk, letter) = sent_in(TWO);
    desk.deliver(minutes_on(10), forged(&letter));
    desk.tick_at(minutes_on(11));
    assert_eq!(desk.letters_to("alice@prisons.example").len(), 0);
    let waiting = desk.json(&["mail", "list", "--waiting"]);
    assert_eq!((waiting.len(), &waiting[0]["effect"], &waiting[0]["claims"]), (1, &json!("waiting"), &json!(true)), "{waiting:#?}");
    let mail = waiting[0]["id"].to_string();
    let shown = desk.must(&["mail", "show", &mail]);
    for step in ["bounce", "ignore"] {
        assert!(shown.contains(&format!("demarche mail mark {mail} {step}")), "{shown}");
    }
    desk.tick_at(days_on(1));
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw.replace("=\r\n", "");
    for step in ["bounce", "ignore"] {
        let named = digest.matches(&format!("demarche mail mark {mail} {step}")).count();
        assert_eq!(named, 2, "once in the text, once in the HTML: {digest}");
    }
    desk.must(&["mail", "mark", &mail, "bounce"]);
    assert_eq!(suppressed(&desk), 1);
    assert!(desk.json(&["mail", "list", "--waiting"]).is_empty(), "it is decided");
    desk.tick_at(days_on(2));
    assert_eq!(desk.letters_to("alice@prisons.example").len(), 1, "the same unit and level");
    desk.is_sound();
}

#[test]
fn an_address_that_somebody_says_is_dead_and_a_person_says_is_good_is_good() {
    let (desk, letter) = sent_in(ONE);
    desk.deliver(minutes_on(10), forged(&letter));
    desk.tick_at(minutes_on(11));
    desk.must(&["contacts", "revive", "post@prisons.example"]);
    assert_eq!(desk.request_to("Prison Service")["delivery"], "accepted");
    desk.tick_at(days_on(49));
    assert_eq!(desk.letters().len(), 2, "the friendly reminder, and nothing before it");
    desk.is_sound();
}

#[test]
fn a_report_to_the_signed_address_that_names_somebody_else_is_a_claim_like_any_other() {
    let (desk, letter) = sent_in(TWO);
    let to = letter.header("Return-Path").unwrap();
    desk.deliver(minutes_on(10), report(to.trim_matches(['<', '>']), "somebody@elsewhere.example", None, ""));
    desk.tick_at(minutes_on(11));
    assert_eq!((suppressed(&desk), desk.letters_to("alice@prisons.example").len()), (0, 0));
    assert_eq!(desk.request_to("Prison Service")["delivery"], "reported");
}

#[test]
fn a_report_of_our_own_relay_is_known_by_the_received_lines_at_its_top() {
    let by_relay = "Received: by relay.office.example (Postfix)\r\n\tid 4F2; Mon, 4 Mar 2041 10:05:00 +0000 (UTC)\r\n";
    let by_stranger = "Received: from mx.elsewhere.example (mx.elsewhere.example [192.0.2.66])\r\n\tby relay.office.example (Postfix) with ESMTP id 4F1\r\n";
    for (above, proven) in [(by_relay.to_owned(), 1), (format!("{by_stranger}{by_relay}"), 0)] {
        let (desk, letter) = sent_in(ONE);
        desk.change("# trusted_authserv_ids = [\"mx.office.example\"]", "trusted_authserv_ids = [\"relay.office.example\"]");
        desk.deliver(minutes_on(10), report("desk@office.example", &letter.to, letter.header("Message-ID").as_deref(), &above));
        desk.tick_at(minutes_on(11));
        assert_eq!(suppressed(&desk), proven, "{above}");
        desk.is_sound();
    }
}

/// Daemons of domains that guard themselves send their reports unsigned.
#[test]
fn a_report_to_the_signed_address_is_proven_though_its_from_fails_the_policy_of_its_domain() {
    let failed = "Authentication-Results: mx.office.example; dmarc=fail (p=reject) header.from=requests.example\r\nReceived: from mail.requests.example (mail.requests.example [192.0.2.9]) by mx.office.example with ESMTPS id 1; Tue, 5 Mar 2041 09:00:00 +0000\r\n";
    for (null_return_path, expected) in [(true, 1), (false, 0)] {
        let (desk, letter) = sent_in(ONE);
        desk.change("# trusted_authserv_ids", "trusted_authserv_ids");
        let address = letter.header("Return-Path").unwrap();
        let mut mail = report(address.trim_matches(['<', '>']), &letter.to, None, failed);
        if !null_return_path {
            mail = mail.replacen("Return-Path: <>", "Return-Path: <clerk@requests.example>", 1);
        }
        desk.deliver(days_on(1), mail);
        desk.tick_at(days_on(1));
        assert_eq!(suppressed(&desk), expected, "{:#}", only_mail(&desk));
    }
    // To no such address, it is what it was: a claim that is contradicted.
    let (desk, letter) = sent_in(ONE);
    desk.change("# trusted_authserv_ids", "trusted_authserv_ids");
    desk.deliver(days_on(1), report("desk@office.example", &letter.to, letter.header("Message-ID").as_deref(), failed));
    desk.tick_at(days_on(1));
    assert_eq!((suppressed(&desk), only_mail(&desk)["proof"].clone()), (0, json!("contradicted")));
}

#[test]
fn what_a_report_did_is_taken_back_with_it() {
    for word in [&["unlink"][..], &["mark", "ignore"]] {
        let (desk, letter) = sent_in(ONE);
        let before = desk.request_to("Prison Service");
        desk.deliver(days_on(1), genuine(&letter));
        desk.tick_at(days_on(1));
        assert_eq!(suppressed(&desk), 1);
        let request = desk.request_to("Prison Service");
        assert_eq!((&request["sent_on"], &request["delivery"]), (&json!(null), &json!("suppressed")));
        let mail = only_mail(&desk)["id"].to_string();
        desk.must(&[&["mail", word[0], &mail], &word[1..]].concat());
        assert_eq!(suppressed(&desk), 0);
        assert_eq!(desk.request_to("Prison Service"), before, "delivery, clock and deadline");
        desk.tick_at(days_on(2));
        assert_eq!(desk.letters().len(), 1, "nothing leaves twice");
        desk.tick_at(days_on(58));
        assert_eq!(kinds(&desk, "post@prisons.example").len(), 2, "and the reminder is due as if nothing had been");
        desk.is_sound();
    }
}

#[test]
fn one_report_taken_back_leaves_what_another_one_says() {
    let (desk, letter) = sent_in(ONE);
    let to = letter.header("Return-Path").unwrap();
    let again = report(to.trim_matches(['<', '>']), &letter.to, None, "X-Second: 1\r\n").replace("did not arrive", "was not delivered");
    desk.deliver(days_on(1), genuine(&letter));
    desk.deliver(days_on(2), again);
    desk.tick_at(days_on(2));
    let mails: Vec<String> = desk.mails().iter().map(|mail| mail["id"].to_string()).collect();
    assert_eq!(mails.len(), 2);
    desk.must(&["mail", "mark", &mails[1], "ignore"]);
    assert_eq!((suppressed(&desk), desk.request_to("Prison Service")["delivery"].clone()), (1, json!("suppressed")));
    desk.must(&["mail", "mark", &mails[0], "ignore"]);
    assert_eq!((suppressed(&desk), desk.request_to("Prison Service")["delivery"].clone()), (0, json!("accepted")));
    assert_eq!(desk.request_to("Prison Service")["sent_on"], "2041-03-04");
    desk.is_sound();
}

#[test]
fn an_address_taken_into_use_again_gets_the_request_that_came_back_from_it_by_itself() {
    let (desk, letter) = sent_in(ONE);
    desk.deliver(days_on(1), genuine(&letter));
    desk.tick_at(days_on(1));
    assert_eq!(desk.tick_at(days_on(2))["letters_sent"], 1, "the digest alone");
    let refused = desk.run(&["contacts", "revive", "nobody@prisons.example"]);
    assert_eq!(refused.code, Some(1));
    desk.must(&["contacts", "revive", "Post@prisons.example"]);
    desk.tick_at(days_on(3));
    assert_eq!(desk.letters().len(), 2);
    assert_eq!(desk.request_to("Prison Service")["sent_on"], "2041-03-07");
    assert_eq!(desk.request_to("Prison Service")["delivery"], "accepted");
    desk.is_sound();
}

#[test]
fn a_report_about_a_letter_from_before_an_address_was_revived_does_not_close_it_again_and_the_letter_is_not_sent_once_more() {
    let (desk, letter) = sent_in(ONE);
    desk.deliver(days_on(1), genuine(&letter));
    desk.tick_at(days_on(1));
    desk.must(&["contacts", "revive", "post@prisons.example"]);
    desk.tick_at(days_on(2));
    assert_eq!(desk.letters().len(), 2);
    desk.deliver(days_on(3), genuine(&letter).replace("Message-ID: <", "Message-ID: <second-"));
    desk.tick_at(days_on(3));
    assert_eq!((suppressed(&desk), desk.request_to("Prison Service")["delivery"].clone()), (0, "accepted".into()));
    let first = desk.shown(&desk.reference_to("Prison Service"))["letters"][0]["id"].to_string();
    let refused = desk.run(&["letters", "retry", &first]);
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("has taken its place"), "{}", refused.err);
    // One about the letter that took its place does.
    let (sent, own) = (desk.letters(), |one: &Letter| one.header("Return-Path"));
    desk.deliver(
        days_on(4),
        genuine(sent.iter().find(|one| own(one) != own(&letter)).unwrap()).replace("Message-ID: <", "Message-ID: <third-"),
    );
    desk.tick_at(days_on(4));
    assert_eq!((suppressed(&desk), desk.request_to("Prison Service")["delivery"].clone()), (1, "suppressed".into()));
    desk.is_sound();
}

#[test]
fn the_directory_revives_an_address_by_news_and_not_by_the_same_file_every_night() {
    let (desk, letter) = sent_in(ONE);
    desk.deliver(days_on(3), genuine(&letter));
    desk.tick_at(days_on(3));
    let import = |more: &str, day: i64, value: &str| {
        desk.import("authorities", &format!("name,email,domains{more}\nPrison Service,post@prisons.example,prisons.example{value}\n"));
        desk.tick_at(days_on(day));
        suppressed(&desk)
    };
    assert_eq!(import("", 4, ""), 1);
    assert_eq!(import(",confirmed_on", 5, ",2041-03-07"), 1, "confirmed on the day of the proof");
    assert_eq!(import(",confirmed_on", 8, ",2041-03-08"), 0);
    assert_eq!(desk.letters().len(), 2, "the request goes out again by itself");
    desk.is_sound();
}

#[test]
fn in_the_place_of_a_dead_address_no_other_level_or_unit_and_no_former_holder_is_written_to() {
    let directory = "name,email,domains,focal_point,focal_point_email,level,office,valid_to\n\
        Prison Service,post@prisons.example,prisons.example,Hugh Head,head@prisons.example,head,,\n\
        Prison Service,,,Wanda Wing,wing@prisons.example,technical,Wing B,\n\
        Prison Service,,,Otto Old,old@prisons.example,technical,,2041-02-01\n";
    let (desk, letter) = sent_in(directory);
    desk.deliver(minutes_on(10), genuine(&letter));
    let pass = desk.tick_at(minutes_on(11));
    assert_eq!(desk.letters().len(), 1);
    assert!(pass["held"][0][1].as_str().unwrap().contains("another unit or level"), "{pass:#}");
    assert_eq!(desk.request_to("Prison Service")["delivery"], "suppressed");
    desk.tick_at(days_on(1));
    desk.tick_at(days_on(2));
    let digests: Vec<Letter> = desk
        .letters_to("staff@office.example")
        .into_iter()
        .filter(|digest| digest.raw.contains("REQUESTS WHOSE LETTER CAME BACK"))
        .collect();
    assert_eq!(digests.len(), 2, "each day until somebody acts");
    assert!(digests.iter().any(|digest| digest.raw.contains("for 2 days")), "with its age");
}

/// An office with a relay of its own, and requests to be sent to the Prison Service and the Ministry of Justice.
fn with_relay(relay: &Relay) -> Desk {
    let desk = Desk::with_requests();
    relay.serves(&desk);
    desk
}

fn health(desk: &Desk, part: &str) -> Value {
    let status = desk.json(&["status"]).remove(0);
    status["health"].as_array().unwrap().iter().find(|one| one["part"] == part).cloned().unwrap_or_default()
}

fn after(minutes: i64) -> Timestamp {
    minutes_on(minutes)
}

#[test]
fn a_relay_that_refuses_our_own_address_ends_the_pass_and_keeps_every_letter() {
    let refusal = "553 5.7.1 <desk@office.example>: Sender address rejected: not owned by user desk";
    for command in ["MAIL", "RCPT"] {
        let relay = Relay::open(vec![(command, refusal)]);
        let desk = with_relay(&relay);
        let pass = desk.troubled_tick_at(monday());
        assert_eq!(relay.asked(), 1, "no other letter would fare better");
        assert!(pass["faults"][0].as_str().unwrap().contains("not owned by user desk"), "{pass:#}");
        for minutes in [10, 40, 60, 121] {
            desk.troubled_tick_at(after(minutes));
        }
        assert_eq!(suppressed(&desk), 0);
        assert!(health(&desk, "sending")["fault"].as_str().unwrap().contains("not owned by user desk"));
        assert_eq!(desk.written_as(LetterRole::Alarm).len(), 1, "the operator is told");
        relay.says(vec![]);
        for minutes in [600, 602, 604] {
            desk.tick_at(after(minutes));
        }
        assert!(desk.requests().iter().all(|request| request["delivery"] == "accepted"), "{:#?}", desk.requests());
        assert_eq!(health(&desk, "sending")["fault"], json!(null));
        desk.is_sound();
    }
}

/// The provider takes every letter and reports afterwards that the account may not send.
#[test]
fn a_report_that_our_own_account_was_refused_ends_the_pass_as_a_refused_log_in_does_and_the_operator_is_told() {
    for (status, said) in [
        ("5.7.60", "550 5.7.60 Client does not have permissions to send as this sender"),
        ("5.1.8", "550 5.1.8 Sender address rejected"),
        ("5.1.7", "550 5.1.7 Invalid sender address"),
    ] {
        let (desk, letter) = sent_in(ONE);
        desk.import("authorities", "name,email,domains\nMinistry,post@ministry.example,ministry.example\n");
        desk.import("recommendations", "reference,addressees,text,made_on\n2041/2,Ministry,Clean.,2041-03-01\n");
        desk.must(&["requests", "open", "--new"]);
        let refused = genuine(&letter).replace("Status: 5.1.1", &format!("Status: {status}")).replace("550 5.1.1 no such user", said);
        desk.deliver(minutes_on(10), refused.clone());
        let pass = desk.troubled_tick_at(minutes_on(11));
        assert!(pass["faults"][0].as_str().unwrap().contains(said), "{pass:#}");
        assert_eq!(desk.letters_to("post@ministry.example").len(), 0, "no other letter would fare better");
        // The same report once more does not stop the office for longer.
        desk.deliver(minutes_on(100), refused.replace("Message-ID: <", "Message-ID: <again-"));
        desk.troubled_tick_at(minutes_on(120));
        desk.troubled_tick_at(minutes_on(200));
        assert_eq!(suppressed(&desk), 0);
        assert!(health(&desk, "sending")["fault"].as_str().unwrap().contains(said));
        assert_eq!(desk.written_as(LetterRole::Alarm).len(), 1, "the operator is told");
        desk.tick_at(minutes_on(252));
        assert_eq!(desk.letters_to("post@ministry.example").len(), 1, "whether it is mended, the next letters show");
        assert_eq!(health(&desk, "sending")["fault"], json!(null));
        desk.tick_at(days_on(3));
        let tried = desk.attempts_at("post@prisons.example").len();
        assert_eq!((tried, &desk.request_to("Prison Service")["delivery"]), (2, &json!("accepted")), "the letter was kept");
        desk.is_sound();
    }
    // What nothing proves stops nobody.
    let (desk, letter) = sent_in(ONE);
    desk.deliver(
        minutes_on(10),
        forged(&letter).replace("Status: 5.1.1", "Status: 5.7.60").replace("5.1.1 no such user", "5.7.60 not yours"),
    );
    desk.tick_at(minutes_on(11));
    assert_eq!(health(&desk, "sending")["fault"], json!(null));
}

/// Whoever reads the authority's mail knows the envelope addresses of all letters to it.
#[test]
fn the_letters_to_one_authority_can_stop_the_office_once_a_day_however_many_reports_come() {
    let desk = Desk::init();
    desk.import("authorities", &format!("{ONE}Ministry,post@ministry.example,ministry.example\n"));
    let rows: String = (1..=4).map(|number| format!("2041/{number},Prison Service,Air.,2041-03-01\n")).collect();
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n{rows}"));
    for number in 1..=4 {
        desk.must(&["requests", "open", "--recommendation", &format!("2041/{number}")]);
    }
    desk.tick_at(monday());
    let letters = desk.letters_to("post@prisons.example");
    assert_eq!(letters.len(), 4);
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/9,Ministry,Clean.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    let refused = |letter: &Letter, number: usize| {
        let said = genuine(letter).replace("Status: 5.1.1", "Status: 5.1.8").replace("550 5.1.1 no such user", "550 5.1.8 sender rejected");
        said.replace("Message-ID: <", &format!("Message-ID: <{number}-"))
    };
    let fault = |desk: &Desk| health(desk, "sending")["fault"].clone();
    desk.deliver(minutes_on(10), refused(&letters[0], 0));
    desk.troubled_tick_at(minutes_on(11));
    assert!(fault(&desk).as_str().unwrap().contains("sender rejected"));
    // Another each three hours, so that it would never end; and one whose code says that it may pass.
    desk.deliver(minutes_on(190), refused(&letters[1], 1));
    desk.troubled_tick_at(minutes_on(191));
    desk.deliver(minutes_on(200), refused(&letters[2], 2).replace("5.1.8", "4.1.8"));
    assert_eq!(desk.letters_to("post@ministry.example").len(), 0);
    desk.tick_at(minutes_on(252));
    assert_eq!(desk.letters_to("post@ministry.example").len(), 1, "four hours, and no longer");
    assert_eq!(fault(&desk), json!(null));
    let reports = || desk.register().contents().delivery_reports().unwrap();
    let told = |standing| reports().iter().filter(|report| report.standing == standing).count();
    assert_eq!(
        (told(ReportStanding::Drawn), told(ReportStanding::Claimed)),
        (2, 1),
        "the other is told as not proven, and a person decides"
    );
    // Nor after a person took the first back.
    let first = reports()[0].mail.to_string();
    desk.must(&["mail", "mark", &first, "ignore"]);
    desk.deliver(minutes_on(300), refused(&letters[3], 3));
    desk.tick_at(minutes_on(301));
    assert_eq!((fault(&desk), told(ReportStanding::Claimed)), (json!(null), 2));
    // Another authority's letters are another witness.
    let other = desk.letters_to("post@ministry.example").remove(0);
    desk.deliver(minutes_on(310), refused(&other, 4));
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/10,Prison Service,Clean.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.troubled_tick_at(minutes_on(311));
    assert!(fault(&desk).as_str().unwrap().contains("sender rejected"));
    desk.is_sound();
}

#[test]
fn six_days_of_try_again_later_and_an_hour_of_refusals_are_told_as_what_they_are_and_the_letters_wait() {
    for (answer, days) in [("451 4.3.2 system not accepting messages", 6), ("550 Request refused", 0)] {
        let relay = Relay::open(vec![("RCPT", answer)]);
        let desk = with_relay(&relay);
        for minutes in [0, 20, 60, 121] {
            desk.run(&["tick", "--at", &after(minutes).to_string()]);
        }
        assert!(health(&desk, "sending")["fault"].as_str().unwrap().contains(answer), "{answer}");
        assert_eq!(desk.written_as(LetterRole::Alarm).len(), 1, "{answer}");
        for day in 1..=days {
            desk.run(&["tick", "--at", &days_on(day).to_string()]);
        }
        assert!(desk.requests().iter().all(|request| request["delivery"] == "waiting"), "{answer}: {:#?}", desk.requests());
        assert_eq!(suppressed(&desk), 0, "{answer}");
        relay.says(vec![]);
        for minutes in [1, 2, 3] {
            desk.tick_at(days_on(days + 1) + jiff::SignedDuration::from_mins(minutes));
        }
        assert!(desk.requests().iter().all(|request| request["delivery"] == "accepted"), "{answer}: {:#?}", desk.requests());
        desk.is_sound();
    }
}

#[test]
fn a_relay_that_knows_no_recipient_of_anybody_kills_no_more_than_two_addresses() {
    let relay = Relay::open(vec![("RCPT", "550 5.1.1 no such user")]);
    let desk = Desk::init();
    let names = ["North", "East", "South", "West", "Centre", "Islands"];
    let rows: String = names.iter().map(|name| format!("{name},post@{}.example\n", name.to_lowercase())).collect();
    desk.import("authorities", &format!("name,email\n{rows}"));
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n2041/1,{},Air.,2041-03-01\n", names.join("|")));
    desk.must(&["requests", "open", "--new"]);
    relay.serves(&desk);
    for minutes in [0, 10, 20, 70] {
        desk.run(&["tick", "--at", &after(minutes).to_string()]);
    }
    assert_eq!(suppressed(&desk), 2);
    assert!(health(&desk, "sending")["fault"].as_str().unwrap().contains("no such user"));
}

#[test]
fn a_refused_recipient_is_suppressed_and_its_request_goes_to_the_next_address_of_the_same_unit() {
    let relay = Relay::open(vec![("RCPT TO:<post@", "550 5.1.1 no such user here")]);
    let desk = asked_in(TWO);
    relay.serves(&desk);
    desk.tick_at(monday());
    desk.tick_at(minutes_on(2));
    assert_eq!((suppressed(&desk), desk.request_to("Prison Service")["delivery"].clone()), (1, json!("accepted")));
    assert!(relay.taken().contains(&"alice@prisons.example".to_owned()));
    assert_eq!(health(&desk, "sending")["fault"], json!(null), "a dead address is no failure of the relay");
}

#[test]
fn a_full_mailbox_is_tried_for_days_then_the_next_address_is_and_a_person_may_try_it_at_once() {
    let relay = Relay::open(vec![("RCPT TO:<post@", "552 5.2.2 mailbox full")]);
    let desk = asked_in(TWO);
    relay.serves(&desk);
    desk.tick_at(monday());
    assert_eq!(desk.request_to("Prison Service")["delivery"], "waiting", "not refused for good after one try");
    let letter = desk.shown(&desk.reference_to("Prison Service"))["letters"][0]["id"].to_string();
    desk.must(&["letters", "retry", &letter]);
    desk.tick_at(minutes_on(30));
    assert_eq!(desk.attempts_at("post@prisons.example").len(), 2);
    for day in [2, 3, 4, 6, 7, 8, 9] {
        desk.tick_at(days_on(day));
    }
    assert!(relay.taken().contains(&"alice@prisons.example".to_owned()));
    assert_eq!(suppressed(&desk), 0, "the address lives");
    assert_eq!(desk.request_to("Prison Service")["delivery"], "accepted");
    desk.is_sound();
}

#[test]
fn a_report_that_names_nobody_says_of_a_full_mailbox_what_one_that_names_it_says() {
    let named = "Final-Recipient: rfc822; post@prisons.example\r\n";
    for names_it in [true, false] {
        let (desk, letter) = sent_in(ONE);
        let mut full = genuine(&letter).replace("550 5.1.1 no such user", "552 5.2.2 mailbox full").replace("5.1.1", "5.2.2");
        assert!(full.contains(named));
        if !names_it {
            full = full.replace(named, "");
        }
        desk.deliver(days_on(1), full);
        desk.tick_at(days_on(1));
        let delivery = &desk.shown(&desk.reference_to("Prison Service"))["letters"][0]["deliveries"][0];
        assert_eq!(delivery["state"], "waiting", "{names_it}: people empty mailboxes, {:#}", only_mail(&desk));
        desk.tick_at(days_on(3));
        let delivery = &desk.shown(&desk.reference_to("Prison Service"))["letters"][0]["deliveries"][0];
        assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("accepted"), &json!(2)), "{names_it}");
        desk.is_sound();
    }
}

#[test]
fn a_letter_too_large_for_the_relay_is_held_with_the_true_reason_and_tried_again_by_a_person_s_word() {
    let relay = Relay::open(vec![("MAIL", "552 5.3.4 Message size exceeds fixed limit")]);
    let desk = asked_in(TWO);
    relay.serves(&desk);
    desk.run(&["tick", "--at", &monday().to_string()]);
    let pass = desk.json(&["status"]).remove(0);
    assert!(pass["held"][0]["why"].as_str().unwrap().contains("came back, or was refused"), "{pass:#}");
    assert_eq!(desk.request_to("Prison Service")["delivery"], "came_back");
    assert_eq!(relay.taken(), Vec::<String>::new(), "the next address is not tried: the letter is too large for it as well");
    relay.says(vec![]);
    desk.tick_at(days_on(1));
    let letter = desk.shown(&desk.reference_to("Prison Service"))["letters"][0]["id"].to_string();
    let said = desk.must(&["letters", "retry", &letter]);
    assert!(said.contains("written anew"), "{said}");
    desk.tick_at(days_on(2));
    assert!(relay.taken().contains(&"post@prisons.example".to_owned()));
    assert_eq!(desk.request_to("Prison Service")["delivery"], "accepted");
}

#[test]
fn a_letter_of_which_nobody_ever_knows_leaves_twice_at_the_most_and_then_a_person_decides() {
    // The last dot is heard and never answered.
    let relay = Relay::open(vec![(".", "")]);
    let desk = asked_in(ONE);
    relay.serves(&desk);
    for day in 0..30 {
        desk.run(&["tick", "--at", &days_on(day).to_string()]);
    }
    let copies = || relay.taken().iter().filter(|recipient| *recipient == "post@prisons.example").count();
    assert_eq!(copies(), 2);
    assert_eq!(desk.request_to("Prison Service")["delivery"], "unknown");
    let letter = desk.shown(&desk.reference_to("Prison Service"))["letters"][0]["id"].to_string();
    let digest = desk.bytes_of(desk.written_as(LetterRole::Digest).last().unwrap());
    assert!(String::from_utf8(digest).unwrap().contains(&format!("demarche letters retry {letter}")));
    relay.says(vec![]);
    desk.must(&["letters", "retry", &letter]);
    desk.tick_at(days_on(31));
    assert_eq!((copies(), desk.request_to("Prison Service")["delivery"].clone()), (3, json!("accepted")));
    desk.is_sound();
}

#[test]
fn three_hundred_letters_leave_at_the_relay_s_pace_and_more_gently_after_a_standstill() {
    let relay = Relay::open(vec![]);
    let desk = Desk::init();
    let names: Vec<String> = (1..=40).map(|number| format!("Authority {number}")).collect();
    let rows: String = (1..=40).map(|number| format!("Authority {number},post@authority-{number}.example\n")).collect();
    desk.import("authorities", &format!("name,email\n{rows}"));
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n2041/1,{},Air.,2041-03-01\n", names.join("|")));
    desk.must(&["requests", "open", "--new"]);
    relay.serves(&desk);
    desk.change("# per_minute = 30", "per_minute = 8");
    let taken_by = |at: Timestamp| {
        desk.tick_at(at);
        relay.taken().len()
    };
    assert_eq!([taken_by(minutes_on(0)), taken_by(minutes_on(0)), taken_by(minutes_on(2))], [8, 8, 16]);
    // The machine was off for a week.
    assert_eq!([taken_by(days_on(7)), taken_by(days_on(7) + jiff::SignedDuration::from_mins(2))], [18, 20]);
    assert_eq!(taken_by(days_on(7) + jiff::SignedDuration::from_mins(70)), 28);
}

#[test]
fn nobody_above_hears_of_silence_and_nothing_is_recorded_once_the_only_address_is_known_to_be_dead() {
    let (desk, _) = sent_in(&ONE.replace("domains\n", "domains,parent\n").replace("prisons.example\n", "prisons.example,\n"));
    desk.tick_at(days_on(50));
    let reminder = desk.letters_to("post@prisons.example").pop().unwrap();
    desk.deliver(days_on(51), genuine(&reminder));
    for day in 51..130 {
        desk.tick_at(days_on(day));
    }
    assert_eq!(suppressed(&desk), 1);
    let request = desk.request_to("Prison Service");
    assert_eq!((&request["delivery"], &request["state"]), (&json!("suppressed"), &json!("overdue")));
    assert!(desk.requests().iter().all(|request| request["non_cooperation_on"].is_null()));
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw;
    assert!(digest.contains("post@prisons.example"), "it is told each day until somebody acts: {digest}");
    // The directory gets another address, and the dialogue goes on.
    desk.import("authorities", "name,email,domains\nPrison Service,registry@prisons.example,prisons.example\n");
    desk.tick_at(days_on(130));
    assert_eq!(desk.letters_to("registry@prisons.example").len(), 1, "{:#}", desk.request_to("Prison Service"));
    desk.is_sound();
}
