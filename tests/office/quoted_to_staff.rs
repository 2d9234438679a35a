//! Whose words stand in digests, and whose receipt is confirmed.

use demarche::domain::delivery::DeliveryState;
use demarche::domain::event::EventKind;
use demarche::domain::letter::LetterRole;

use crate::desk::{Desk, in_state};
use crate::folders::days_on;
use crate::relay::Relay;
use crate::trust::{asked, enclosing, letter_to, received};

#[test]
fn what_a_source_wrote_is_taken_out_of_everything_and_shown_to_the_role_alone() {
    let desk = asked();
    desk.change("# sources = true", "sources = true");
    let letters = desk.letters();
    let mail = received(
        &desk,
        letter_to(&letters, "post@prisons.example").answered_by("sister@freemail.example", "They beat him in kitchen nine."),
    );
    assert_eq!(mail["effect"], "waiting");
    assert!(desk.must(&["search", "kitchen"]).contains("sister@freemail.example"));
    desk.must(&["mail", "mark", "1", "source"]);
    for asked in [&["mail", "list"][..], &["mail", "list", "--json"], &["search", "kitchen"], &["requests", "list", "--json"], &["status"]]
    {
        let told = desk.run(asked);
        assert!(!format!("{}{}", told.out, told.err).contains("sister"), "{asked:?}: {}{}", told.out, told.err);
    }
    let refused = desk.run(&["mail", "show", "1"]);
    assert!(refused.code != Some(0) && refused.err.contains("information from a source"), "{}", refused.err);
    assert_ne!(desk.run(&["mail", "raw", "1"]).code, Some(0));
    assert!(desk.must(&["mail", "show", "1", "--by", "S. Staff"]).contains("kitchen nine"));
    let refused = desk.run(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
    assert!(refused.err.contains("not-source"), "{}", refused.err);
    // Nothing rests for it, and it is in no digest.
    desk.tick_at(days_on(50));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 2);
    assert!(
        desk.letters_to("staff@office.example").iter().all(|letter| !letter.raw.contains("sister@") && !letter.raw.contains("kitchen"))
    );
    // A word too much is taken back.
    desk.must(&["mail", "mark", "1", "not-source", "--by", "S. Staff"]);
    desk.tick_at(days_on(51));
    assert_eq!(desk.mails()[0]["effect"], "waiting");
    assert!(desk.must(&["search", "kitchen"]).contains("sister@freemail.example"));
    desk.is_sound();
}

#[test]
fn a_letter_of_the_authority_is_not_hidden_in_the_digest_behind_any_number_of_strangers() {
    let desk = asked();
    for number in 0..45 {
        desk.deliver(
            days_on(1),
            format!("From: s{number}@elsewhere.example\r\nTo: desk@office.example\r\nSubject: offer {number}\r\nMessage-ID: <{number}@e.example>\r\n\r\nBuy now.\r\n"),
        );
    }
    desk.tick_at(days_on(1));
    let reference = desk.reference_to("Prison Service");
    desk.deliver(
        days_on(2),
        format!("From: post@prisons.example\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <a@prisons.example>\r\n\r\nThe cells are aired.\r\n"),
    );
    desk.tick_at(days_on(2));
    let waits = desk.mails().iter().find(|mail| mail["from"].as_str().unwrap().contains("prisons")).unwrap()["id"].as_i64().unwrap();
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw;
    assert!(digest.contains("WAITING FOR A PERSON (46)"), "{digest}");
    assert!(digest.contains(&format!("demarche mail link {waits} {reference}")), "first of all, and with the step to take: {digest}");
    assert!(digest.contains("- Mail 44, for 1 day: somebody in no directory"), "the others in a line each: {digest}");
}

/// Everything that the office's staff were told.
pub(crate) fn told_to_staff(desk: &Desk) -> String {
    desk.tick_at(days_on(2));
    desk.letters_to("staff@office.example").iter().map(|letter| letter.raw.clone()).collect()
}

#[test]
fn a_relatives_letter_that_reaches_the_desk_through_a_colleague_or_a_list_is_not_quoted_in_digests() {
    let relative = "From: Sister Maria <sister@freemail.example>\r\nTo: staff@office.example\r\nSubject: beaten in kitchen nine\r\nMessage-ID: <in@freemail.example>\r\n\r\nThey beat him.\r\n";
    let passed_on = "FYI\r\n\r\n-----Original Message-----\r\nFrom: Sister Maria <sister@freemail.example>\r\nSent: Monday, March 18, 2041 9:12 AM\r\nTo: Staff <staff@office.example>\r\nSubject: beaten in kitchen nine\r\n\r\nThey beat him.\r\n";
    let nameless = passed_on.replace(" <sister@freemail.example>", "");
    let by = |head: &str, text: &str| {
        format!("{head}To: desk@office.example\r\nSubject: FW: beaten in kitchen nine\r\nMessage-ID: <fw@office.example>\r\n\r\n{text}")
    };
    let through_list = "From: \"Sister Maria via desk\" <desk@office.example>\r\n";
    for mail in [
        enclosing("staff@office.example", "Fwd: beaten in kitchen nine", "For you.", relative),
        by("From: staff@office.example\r\n", passed_on),
        by("From: staff@office.example\r\n", &nameless),
        by(&format!("{through_list}X-Original-From: sister@freemail.example\r\n"), "They beat him.\r\n"),
        by(&format!("{through_list}Reply-To: sister@freemail.example\r\n"), "They beat him.\r\n"),
        by(through_list, "They beat him.\r\n"),
    ] {
        let desk = asked();
        let seen = received(&desk, &mail);
        let told = told_to_staff(&desk);
        assert!(told.contains("Mail 1") || told.contains("mail show 1") || told.contains("mail link 1"), "it is there: {seen:#} {told}");
        assert!(!told.contains("kitchen nine") && !told.contains("sister@") && !told.contains("Maria"), "{mail}\n{told}");
    }
    // What an authority of the directory wrote is.
    let desk = asked();
    received(&desk, enclosing("staff@office.example", "Fwd: our lamps", "For you.", &relative.replace("sister@freemail", "clerk@moj")));
    assert!(told_to_staff(&desk).contains("our lamps"));
}

#[test]
fn what_stands_in_a_report_that_nothing_proves_is_not_quoted_in_digests() {
    let desk = asked();
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example").header("Message-ID").unwrap();
    received(
        &desk,
        format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: desk@office.example\r\nSubject: Undelivered Mail\r\nMessage-ID: <d@mx.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; post@prisons.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 they beat him in zebra\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours}\r\n--b--\r\n"
        ),
    );
    let told = told_to_staff(&desk);
    assert!(told.contains("somebody says that it came back") && !told.contains("zebra"), "{told}");
}

#[test]
fn what_is_not_from_whom_it_says_is_not_quoted_in_digests() {
    let desk = asked();
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let answer =
        ours.answered_by("post@prisons.example", "They beat him.").replacen("Subject: Re:", "Subject: beaten in kitchen nine Re:", 1);
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let mail = format!(
        "From: \"beaten@kitchen.example\" <other@elsewhere.example>\r\n{head}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: application/x-msdownload; name=\"zebra kitchen.exe\"\r\nContent-Disposition: attachment; filename=\"zebra kitchen.exe\"\r\n\r\nMZ\r\n--b--\r\n"
    );
    let seen = received(&desk, mail);
    assert_eq!((&seen["standing"], &seen["proof"]), (&"suggested".into(), &"contradicted".into()), "{seen:#}");
    let told = told_to_staff(&desk);
    assert!(told.contains("not from whom it says"), "it is there: {told}");
    assert!(!told.contains("kitchen") && !told.contains("elsewhere.example"), "{told}");
    // Nor once a person has linked it.
    desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
    desk.tick_at(days_on(3));
    let told: String = desk.letters_to("staff@office.example").iter().map(|letter| letter.raw.clone()).collect();
    assert!(!told.contains("kitchen") && !told.contains("elsewhere.example"), "{told}");
}

#[test]
fn the_receipt_of_a_letter_is_confirmed_to_nobody_in_whose_name_somebody_else_may_have_written_whatever_a_person_links() {
    let desk = asked();
    desk.change("# acknowledge_replies = false", "acknowledge_replies = true");
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let mail = received(&desk, ours.answered_by("post@prisons.example, clerk@prisons.example", "The cells are aired."));
    assert_eq!(mail["proof"], "contradicted", "{mail:#}");
    desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
    desk.tick_at(days_on(2));
    assert_eq!(desk.request_to("Prison Service")["state"], "completed", "as the person said");
    assert_eq!(desk.times(EventKind::AcknowledgementWritten), 0, "but none of the two may have written it");
    desk.is_sound();
}

#[test]
fn the_receipt_of_a_reply_is_not_confirmed_any_more_once_a_person_has_said_that_it_is_none() {
    for undone in [
        &["mail", "unlink", "1"][..],
        &["mail", "mark", "1", "ignore"],
        &["mail", "mark", "1", "source"],
        &["mail", "mark", "1", "automatic"],
    ] {
        let desk = asked();
        desk.change("# acknowledge_replies = false", "acknowledge_replies = true");
        let relay = Relay::open(vec![("MAIL", "451 later")]);
        relay.serves(&desk);
        let letters = desk.letters();
        received(&desk, letter_to(&letters, "post@prisons.example").answered_by("post@prisons.example", "The cells are aired."));
        let receipts = |state| in_state(&desk.written_as(LetterRole::Acknowledgement), state);
        assert_eq!(receipts(DeliveryState::Waiting), 1, "{undone:?}");
        desk.must(undone);
        relay.says(vec![]);
        desk.tick_at(days_on(2));
        assert!(!relay.taken().contains(&"post@prisons.example".to_owned()), "{undone:?}: {:?}", relay.taken());
        assert_eq!(receipts(DeliveryState::Cancelled), 1, "{undone:?}");
        if undone[1] == "unlink" {
            // It answers after all: now it is.
            desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
            desk.tick_at(days_on(3));
            assert!(relay.taken().contains(&"post@prisons.example".to_owned()), "{:?}", relay.taken());
        }
        desk.is_sound();
    }
}
