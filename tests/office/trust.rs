//! What a mail may do by itself, by who wrote it and what carries it: asked of the directory, without the DNS.

use demarche::domain::delivery::DeliveryState;
use demarche::domain::event::EventKind;
use demarche::domain::letter::LetterRole;
use demarche::register::{KeptRest, Rests};

use crate::desk::{Desk, in_state};
use crate::folders::{Letter, days_on, minutes_on, monday};
use crate::relay::Relay;

/// Two authorities, the ministry above the prison service, each with one letter sent on Monday; the DNS is not asked.
fn asked() -> Desk {
    let desk = Desk::init();
    desk.import(
        "authorities",
        "name,email,domains,parent\nMinistry of Justice,post@moj.example,moj.example,\nPrison Service,post@prisons.example,prisons.example,Ministry of Justice\nNational Police,post@police.example,police.example,\n",
    );
    desk.import(
        "recommendations",
        "reference,addressees,text,made_on,report\n2041/1,Prison Service,Air.,2041-03-01,A\n2041/2,Ministry of Justice,Light.,2041-03-01,B\n2041/3,National Police,Record.,2041-03-01,C\n",
    );
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk
}

fn letter_to<'a>(letters: &'a [Letter], address: &str) -> &'a Letter {
    letters.iter().find(|letter| letter.to == address).unwrap()
}

/// Received on Tuesday. The mail as the desk then sees it.
fn received(desk: &Desk, mail: impl AsRef<[u8]>) -> serde_json::Value {
    desk.deliver(days_on(1), mail);
    desk.tick_at(days_on(1));
    desk.mails().remove(0)
}

/// Nothing says which of its sender's requests the mail is about.
fn rests_all_of_sender(rest: &KeptRest) -> bool {
    matches!(rest.rests, Rests::RequestsTo(_))
}

#[test]
fn a_strangers_answer_on_our_thread_does_nothing_until_one_step_and_then_its_address_is_known() {
    let desk = asked();
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let mail = received(&desk, ours.answered_by("deputy@freemail.example", "ok"));
    assert_eq!(
        (&mail["standing"], &mail["effect"], &mail["writer"]),
        (&"linked".into(), &"waiting".into(), &"stranger".into()),
        "{mail:#}"
    );
    assert_eq!(desk.request_to("Prison Service")["state"], "pending");
    let shown = desk.must(&["mail", "show", "1"]);
    assert!(shown.contains("the sender is in no directory"), "{shown}");
    assert!(shown.contains("demarche mail link 1 "), "the step: {shown}");
    let told = desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("is remembered: what it writes counts as from Prison Service"), "{told}");
    assert!(told.contains("demarche mail unlink 1"), "{told}");
    let shown = desk.must(&["authorities", "show", "Prison Service"]);
    assert!(shown.contains("because a person said so") && shown.contains("(mail 1)"), "{shown}");
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    // The address is the authority's from now on, and nobody else's at the same provider.
    let ministry = letter_to(&letters, "post@moj.example");
    desk.deliver(days_on(2), ministry.answered_by("other@freemail.example", "The lamps are mended."));
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails()[0]["effect"], "waiting");
    desk.must(&["mail", "unlink", "1"]);
    assert_eq!(desk.confirmed_senders(), [], "what was said by a link that is undone is forgotten");
    assert_eq!(desk.request_to("Prison Service")["state"], "pending");
    desk.is_sound();
}

#[test]
fn a_reference_that_anybody_can_compute_is_an_address_and_no_proof() {
    let desk = asked();
    let reference = desk.reference_to("Prison Service");
    let mail = received(
        &desk,
        format!(
            "From: post@prisons.example\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <1@x.example>\r\n\r\nDone.\r\n"
        ),
    );
    assert_eq!((&mail["standing"], &mail["effect"]), (&"linked".into(), &"waiting".into()), "{mail:#}");
    assert_eq!(desk.request_to("Prison Service")["state"], "pending");
    // Its letters rest until somebody has looked, however long that takes; the authority is told that the matter is in hand.
    desk.tick_at(days_on(90));
    let letters = desk.letters_to("post@prisons.example");
    assert!(letters.len() == 2 && letters[1].raw.contains("is being examined"), "nobody is chased while an answer lies unread");
    desk.is_sound();
}

/// A mail that encloses another one.
fn enclosing(from: &str, subject: &str, text: &str, enclosed: &str) -> String {
    format!(
        "From: {from}\r\nTo: desk@office.example\r\nSubject: {subject}\r\nMessage-ID: <outer@x.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\n{enclosed}\r\n--b--\r\n"
    )
}

#[test]
fn a_reference_in_a_mail_that_anybody_may_have_enclosed_is_no_proof_and_our_letter_is() {
    let by_anybody = |subject: &str, text: &str| {
        format!("From: x@prisons.example\r\nTo: y@prisons.example\r\nSubject: {subject}\r\nMessage-ID: <in@p.example>\r\n\r\n{text}\r\n")
    };
    for in_subject in [true, false] {
        let desk = asked();
        let reference = desk.reference_to("Prison Service");
        let enclosed =
            if in_subject { by_anybody(&reference, "It is done.") } else { by_anybody("Ours", &format!("On {reference}: done.")) };
        let mail = received(&desk, enclosing("clerk@prisons.example", "Our letter", "The cells are aired. We accept.", &enclosed));
        assert_eq!((&mail["standing"], &mail["effect"]), (&"linked".into(), &"waiting".into()), "{mail:#}");
        assert_eq!(desk.request_to("Prison Service")["state"], "pending");
        desk.is_sound();
    }
    let desk = asked();
    let letters = desk.letters();
    let ours = &letter_to(&letters, "post@prisons.example").raw;
    let mail = received(&desk, enclosing("clerk@prisons.example", "Our letter", "The cells are aired. We accept.", ours));
    assert_eq!(mail["effect"], "reply", "{mail:#}");
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
}

#[test]
fn a_copy_sent_to_another_requests_address_takes_nothing_away() {
    let desk = asked();
    let letters = desk.letters();
    let (prison, police) = (letter_to(&letters, "post@prisons.example"), letter_to(&letters, "post@police.example"));
    let answer = prison.answered_by("post@prisons.example", "The cells are aired.");
    assert_eq!(received(&desk, &answer)["effect"], "reply");
    let copy = answer.replacen(&format!("To: {}", prison.reply_to()), &format!("To: {}", police.reply_to()), 1);
    desk.deliver(days_on(2), format!("Received: from elsewhere.example by mx.office.example\r\n{copy}"));
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails().len(), 1, "one mail");
    assert_eq!(desk.mails()[0]["requests"], serde_json::json!([desk.reference_to("Prison Service")]));
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    assert_eq!(desk.request_to("National Police")["state"], "pending");
    desk.is_sound();
}

#[test]
fn a_stranger_who_sends_a_letters_words_first_does_not_make_the_letter_disappear() {
    let desk = asked();
    let letters = desk.letters();
    let answer = letter_to(&letters, "post@prisons.example").answered_by("post@prisons.example", "The cells are aired.");
    received(&desk, answer.replacen("From: post@prisons.example", "From: someone@elsewhere.example", 1));
    desk.deliver(days_on(2), &answer);
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails().len(), 2, "two writers, two mails");
    assert_eq!(desk.mails()[0]["effect"], "reply");
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    desk.is_sound();
}

#[test]
fn the_same_mail_with_other_line_ends_is_one() {
    let desk = asked();
    let letters = desk.letters();
    let answer = letter_to(&letters, "post@prisons.example").answered_by("post@prisons.example", "The cells\r\nare aired.");
    received(&desk, &answer);
    desk.deliver(days_on(2), answer.replace("\r\n", "\n"));
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails().len(), 1);
}

#[test]
fn who_answers_for_its_subordinate_counts_as_it_does() {
    let desk = asked();
    let letters = desk.letters();
    let mail = received(&desk, letter_to(&letters, "post@prisons.example").answered_by("clerk@moj.example", "We have seen to it."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"related".into()), "{mail:#}");
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
}

#[test]
fn another_authority_on_a_thread_is_a_question_to_staff_and_rests_it_for_some_days_only() {
    let desk = asked();
    let letters = desk.letters();
    let mail = received(&desk, letter_to(&letters, "post@prisons.example").answered_by("post@police.example", "We have seen to it."));
    assert_eq!((&mail["standing"], &mail["writer"]), (&"suggested".into(), &"other_authority".into()), "{mail:#}");
    // Deadline 29 April; the friendly reminder was due on the 22nd.
    desk.tick_at(days_on(51));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 2, "weeks after it came nothing rests for it");
}

#[test]
fn strangers_who_write_every_day_rest_a_reminder_for_five_working_days() {
    let desk = asked();
    let reference = desk.reference_to("Prison Service");
    for day in 40..60 {
        desk.deliver(
            days_on(day),
            format!("From: s{day}@elsewhere.example\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <{day}@e.example>\r\n\r\nI know more.\r\n"),
        );
        desk.tick_at(days_on(day));
        // Due on Monday the 22nd of April, day 49; five working days later is the next Monday, day 56.
        let expected = if day < 56 { 1 } else { 2 };
        assert_eq!(desk.letters_to("post@prisons.example").len(), expected, "day {day}");
    }
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw;
    assert!(!digest.contains("I know more") && !digest.contains("elsewhere.example"), "strangers are not quoted: {digest}");
    desk.is_sound();
}

#[test]
fn somebody_who_names_many_requests_rests_none_of_them() {
    let desk = asked();
    desk.import(
        "recommendations",
        "reference,addressees,text,made_on,report\n2041/4,Prison Service,Heat.,2041-03-01,D\n2041/5,Prison Service,Water.,2041-03-01,E\n",
    );
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(days_on(1));
    let all: Vec<String> = desk.requests().iter().map(|request| request["reference"].as_str().unwrap().to_owned()).collect();
    let omnibus = |from: &str| {
        format!("From: {from}\r\nTo: desk@office.example\r\nSubject: about\r\nMessage-ID: <{from}>\r\n\r\n{}\r\n", all.join(", "))
    };
    desk.deliver(days_on(2), omnibus("someone@elsewhere.example"));
    desk.tick_at(days_on(2));
    assert_eq!(desk.rests(), []);
    // The authority itself may speak of all its requests.
    desk.deliver(days_on(3), omnibus("post@prisons.example"));
    desk.tick_at(days_on(3));
    assert!(desk.rests_of_authority().len() >= 3);
}

#[test]
fn a_domain_of_a_mail_provider_is_refused_as_an_authoritys() {
    let desk = Desk::init();
    std::fs::write(desk.file("free.csv"), "name,email,domains\nVillage Police,village@gmail.com,gmail.com\n").unwrap();
    let refused = desk.run(&["import", "authorities", "free.csv"]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.err.contains("gmail.com") && refused.err.contains("anybody can have an address"), "{}", refused.err);
}

#[test]
fn a_ticket_desk_that_the_directory_names_writes_for_the_authority_from_its_own_domain_alone() {
    let desk = asked();
    desk.import(
        "authorities",
        "name,email,domains,sends_for\nShared Desk,desk@tickets.example,tickets.example,Prison Service|National Police\n",
    );
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let mail = received(&desk, ours.answered_by("agent7@tickets.example", "The cells are aired."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"service".into()), "{mail:#}");
    let police = letter_to(&letters, "post@police.example");
    desk.deliver(days_on(2), police.answered_by("agent7@eu.tickets.example", "Recorded."));
    desk.tick_at(days_on(2));
    assert_ne!(desk.mails()[0]["effect"], "reply", "below its domain anybody may be a tenant");
}

#[test]
fn a_former_holder_of_a_post_is_told_and_does_nothing() {
    let desk = asked();
    desk.import("authorities", "name,focal_point,focal_point_email,valid_to\nPrison Service,F. Former,former@prisons.example,2041-01-31\n");
    let letters = desk.letters();
    let mail = received(&desk, letter_to(&letters, "post@prisons.example").answered_by("former@prisons.example", "All is well."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"waiting".into(), &"former_holder".into()), "{mail:#}");
}

#[test]
fn an_address_from_which_many_may_write_is_not_remembered_when_one_mail_of_it_is_linked() {
    for (from, head) in [
        ("WeTransfer <noreply@wetransfer.example>", "Reply-To: clerk@prisons.example\r\n"),
        ("\"Anna Clerk via prisons-l\" <prisons-l@lists.example>", "List-Id: <prisons-l.lists.example>\r\n"),
        ("\"Anna Clerk via prisons-l\" <prisons-l@lists.example>", "X-Original-From: clerk@prisons.example\r\n"),
        ("Prison Service <support@desks.example>", ""),
        ("Shared files <files@store.example>", "Reply-To: clerk@prisons.example\r\n"),
        ("Anna Clerk <clerk@freemail.example>", "Precedence: bulk\r\n"),
    ] {
        let desk = asked();
        let letters = desk.letters();
        let ours = letter_to(&letters, "post@prisons.example");
        received(&desk, format!("{head}{}", ours.answered_by(from, "The cells are aired since January.")));
        let told = desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
        assert!(told.contains("Its address is not remembered, because many may write from it"), "{from}: {told}");
        assert_eq!(desk.request_to("Prison Service")["state"], "completed", "{from}");
        assert_eq!(desk.confirmed_senders(), [], "{from}");
    }
}

#[test]
fn what_is_said_to_be_no_answer_after_all_leaves_its_address_unknown() {
    for what in ["automatic", "acknowledgement", "bounce"] {
        let desk = asked();
        let letters = desk.letters();
        let ours = letter_to(&letters, "post@prisons.example");
        received(&desk, ours.answered_by("deputy@freemail.example", "The cells are aired since January."));
        desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
        assert_eq!(desk.confirmed_senders().len(), 1);
        desk.must(&["mail", "mark", "1", what]);
        assert_eq!(desk.confirmed_senders(), [], "{what}");
    }
}

#[test]
fn without_the_dns_a_mail_is_told_as_not_verified_and_one_of_two_authors_as_a_contradiction() {
    let desk = asked();
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let answer = ours.answered_by("post@prisons.example", "The cells are aired.");
    let mail = received(&desk, format!("From: other@elsewhere.example\r\n{answer}"));
    assert_eq!((&mail["standing"], &mail["proof"]), (&"suggested".into(), &"contradicted".into()), "{mail:#}");
    desk.deliver(days_on(2), answer);
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails()[0]["effect"], "reply");
    let shown = desk.must(&["mail", "show", "2"]);
    assert!(shown.contains("the sender is of the authority, sender not verified"), "{shown}");
}

/// Three ranks, one above the other, and a former holder of a post in the middle one.
fn asked_with_a_former_holder() -> Desk {
    let desk = asked();
    desk.import("authorities", "name,email,domains,parent\nNorth Prison,post@north.example,north.example,Prison Service\n");
    desk.import("authorities", "name,focal_point,focal_point_email,valid_to\nPrison Service,F. Former,former@prisons.example,2041-01-31\n");
    desk.import("recommendations", "reference,addressees,text,made_on,report\n2041/4,North Prison,Heat.,2041-03-01,D\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(minutes_on(5));
    desk
}

#[test]
fn a_former_holder_counts_no_more_for_those_above_and_below_the_old_authority() {
    let desk = asked_with_a_former_holder();
    let letters = desk.letters();
    for (day, (from, to)) in (1..).zip([
        ("former@prisons.example", "post@moj.example"),
        ("former@prisons.example", "post@north.example"),
        ("Former+private@prisons.example", "post@prisons.example"),
        ("former+x@prisons.example", "post@moj.example"),
    ]) {
        let answer = letter_to(&letters, to).answered_by(from, "All is well.").replace("<re-", &format!("<{day}-"));
        desk.deliver(days_on(day), answer);
        desk.tick_at(days_on(day));
        let mail = desk.mails().remove(0);
        assert_eq!((&mail["effect"], &mail["writer"]), (&"waiting".into(), &"former_holder".into()), "{from} to {to}: {mail:#}");
    }
    assert_eq!(desk.answers(), []);
    desk.is_sound();
}

#[test]
fn the_holder_of_a_post_is_known_under_every_tag_of_the_address() {
    let desk = asked();
    desk.import("authorities", "name,focal_point,focal_point_email\nPrison Service,G. Guard,guard+npm@freemail.example\n");
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let mail = received(&desk, ours.answered_by("guard@freemail.example", "The cells are aired."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"authority".into()), "{mail:#}");
    let other = ours.answered_by("guard+other@freemail.example", "The cells are aired daily.").replace("<re-", "<other-");
    desk.deliver(days_on(2), other);
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails()[0]["writer"], "authority");
    desk.deliver(days_on(3), ours.answered_by("guard2@freemail.example", "So they say.").replace("<re-", "<third-"));
    desk.tick_at(days_on(3));
    assert_eq!(desk.mails()[0]["writer"], "stranger");
}

#[test]
fn who_has_left_one_post_for_another_speaks_for_the_new_one() {
    let desk = asked_with_a_former_holder();
    desk.import("authorities", "name,focal_point,focal_point_email\nMinistry of Justice,F. Former,former@prisons.example\n");
    let letters = desk.letters();
    let mail = received(&desk, letter_to(&letters, "post@moj.example").answered_by("former@prisons.example", "The lamps are mended."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"authority".into()), "{mail:#}");
}

#[test]
fn a_list_that_puts_the_offices_address_into_from_hides_no_answer() {
    let desk = asked();
    let letters = desk.letters();
    let answer = letter_to(&letters, "post@prisons.example").answered_by("post@prisons.example", "The cells are aired.");
    let through_list = answer.replacen(
        "From: post@prisons.example",
        "From: \"Prison Service via desk\" <desk@office.example>\r\nX-Original-From: post@prisons.example\r\nList-Id: <desk.office.example>",
        1,
    );
    let mail = received(&desk, through_list);
    assert_eq!((&mail["standing"], &mail["writer"]), (&"suggested".into(), &"ourselves".into()), "{mail:#}");
    desk.tick_at(days_on(90));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 1, "it is the authority's answer, and nobody has read it");
}

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
fn a_reply_address_that_a_client_shows_as_a_name_or_without_its_plus_is_at_least_suggested() {
    let desk = asked();
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let address = ours.reply_to();
    let (own, tag) = address.split_once('+').unwrap();
    for (number, to) in [format!("\"{address}\" <desk@office.example>"), format!("{own} {tag}")].into_iter().enumerate() {
        desk.deliver(
            days_on(1),
            format!("From: clerk@prisons.example\r\nTo: {to}\r\nSubject: Answer\r\nMessage-ID: <{number}@p.example>\r\n\r\nNumber {number} is done.\r\n"),
        );
        desk.tick_at(days_on(1));
        let mail = desk.mails().remove(0);
        assert_eq!(mail["suggestions"][0]["reference"], desk.reference_to("Prison Service"), "{to}: {mail:#}");
        assert_eq!(mail["suggestions"][0]["evidence"][0]["kind"], "reply address after a slip", "{to}: {mail:#}");
    }
    // Nobody sees a zero-width space, and it is no slip.
    let mail = received(
        &desk,
        format!(
            "From: clerk@prisons.example\r\nTo: {address}\u{200b}\r\nSubject: Answer\r\nMessage-ID: <z@p.example>\r\n\r\nAll is done.\r\n"
        ),
    );
    assert_eq!(mail["effect"], "reply", "{mail:#}");
}

#[test]
fn a_linked_answer_that_may_answer_more_rests_the_other_request_and_is_seen_until_somebody_says() {
    let desk = asked();
    desk.import("recommendations", "reference,addressees,text,made_on,report\n2041/4,Prison Service,Heat.,2041-03-01,D\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(days_on(1));
    let letters = desk.letters();
    let to_prison: Vec<&Letter> = letters.iter().filter(|letter| letter.to == "post@prisons.example").collect();
    let named = to_prison[1].header("Subject").unwrap();
    let answer = to_prison[0].answered_by("post@prisons.example", "The cells are aired.");
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let mail = format!(
        "{head}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: text/plain; name=more.txt\r\nContent-Disposition: attachment; filename=more.txt\r\n\r\n{} and {named}\r\n--b--\r\n",
        to_prison[0].header("Subject").unwrap()
    );
    desk.deliver(days_on(2), mail);
    desk.tick_at(days_on(2));
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["effect"], mail["suggestions"].as_array().unwrap().len()), (&"reply".into(), 1), "{mail:#}");
    assert_eq!(desk.json(&["mail", "list", "--waiting"]).len(), 1, "what rests is seen");
    // The reminder of the other request was due on day 50.
    desk.tick_at(days_on(53));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 2, "nobody is chased meanwhile");
    assert!(desk.letters_to("staff@office.example").iter().any(|digest| digest.raw.contains("demarche mail mark 1 reply")));
    desk.must(&["mail", "mark", "1", "reply"]);
    desk.tick_at(days_on(54));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 3);
    assert!(desk.json(&["mail", "list", "--waiting"]).is_empty());
    desk.is_sound();
}

#[test]
fn of_two_requests_that_a_mail_waits_for_the_one_that_nobody_decided_about_goes_on_resting() {
    let desk = asked();
    let (prison, ministry) = (desk.reference_to("Prison Service"), desk.reference_to("Ministry of Justice"));
    let mail = received(
        &desk,
        format!(
            "From: clerk@moj.example\r\nTo: desk@office.example\r\nSubject: {prison}, {ministry}\r\nMessage-ID: <1@moj.example>\r\n\r\nSeen to.\r\n"
        ),
    );
    assert_eq!((&mail["effect"], mail["requests"].as_array().unwrap().len()), (&"waiting".into(), 2), "{mail:#}");
    desk.must(&["mail", "link", "1", &prison]);
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    desk.tick_at(days_on(51));
    assert_eq!(desk.letters_to("post@moj.example").len(), 1, "the other one is still to be decided");
    assert_eq!(desk.json(&["mail", "list", "--waiting"]).len(), 1);
    desk.is_sound();
}

/// A letter of the authority by the reference alone, which nothing proves: linked, and waiting. It comes on a Wednesday, 20 working days before the
/// friendly reminder falls due on Monday the 22nd of April (day 49).
fn left_unread(desk: &Desk) {
    let reference = desk.reference_to("Prison Service");
    desk.deliver(
        days_on(16),
        format!("From: post@prisons.example\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <a@prisons.example>\r\n\r\nThe cells are aired daily.\r\n"),
    );
    desk.tick_at(days_on(16));
    assert_eq!((&desk.mails()[0]["standing"], &desk.mails()[0]["effect"]), (&"linked".into(), &"waiting".into()));
}

#[test]
fn an_authority_whose_letter_nobody_has_read_for_weeks_is_told_so_and_not_reminded() {
    let desk = asked();
    left_unread(&desk);
    desk.tick_at(days_on(49));
    let letters = desk.letters_to("post@prisons.example");
    assert_eq!(letters.len(), 2);
    let told = &letters[1];
    assert!(told.header("Subject").unwrap().contains("Your letter of 20 March 2041 is being examined"), "{}", told.raw);
    assert!(!told.raw.contains("eminder"), "{}", told.raw);
    desk.tick_at(days_on(50));
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw.replace("=\r\n", "").replace("=\n", "");
    let digest = digest.split_whitespace().collect::<Vec<_>>().join(" ");
    // In a line, since it was told in full on the day after it came.
    assert!(digest.contains("the authority was told on 22 April 2041 that this letter"), "{digest}");
    assert!(digest.contains("Mail 1, for 34 days: post@prisons.example (the authority; sender not verified)"), "{digest}");
    assert!(!digest.contains("mail link 1"), "{digest}");
    // The reminder, the escalations and the record of non-cooperation would have fallen due.
    for day in 51..140 {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("post@prisons.example").len(), 2, "once, and nothing else");
    assert!(desk.letters_to("post@moj.example").iter().all(|letter| !letter.raw.contains("Prison Service")), "nobody above hears of it");
    desk.must(&["mail", "mark", "1", "ignore"]);
    // A person has looked; but no reminder ever went to the authority, and nobody above hears of its silence before one did and had its time.
    desk.tick_at(days_on(140));
    let letters = desk.letters_to("post@prisons.example");
    assert!(letters.len() == 3 && letters[2].header("Subject").unwrap().contains("Reminder"), "{}", letters[2].raw);
    for day in 141..166 {
        desk.tick_at(days_on(day));
        assert!(desk.letters_to("post@moj.example").iter().all(|letter| !letter.raw.contains("Prison Service")), "day {day}");
    }
    for day in 166..172 {
        desk.tick_at(days_on(day));
    }
    assert!(desk.letters_to("post@moj.example").iter().any(|letter| letter.raw.contains("Prison Service")), "13 and 14 days later");
    desk.is_sound();
}

#[test]
fn that_a_letter_is_being_examined_is_not_said_any_more_once_it_was_read() {
    let desk = asked();
    let relay = Relay::open(vec![("MAIL", "451 later")]);
    relay.serves(&desk);
    left_unread(&desk);
    desk.tick_at(days_on(49));
    assert_eq!(desk.written_as(LetterRole::Examination).len(), 1);
    relay.says(vec![]);
    desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
    desk.tick_at(days_on(50));
    assert!(!relay.taken().contains(&"post@prisons.example".to_owned()), "{:?}", relay.taken());
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    desk.is_sound();
}

#[test]
fn a_mail_that_names_no_request_rests_none_that_was_made_after_it_came() {
    let desk = asked();
    let mail = received(
        &desk,
        "From: post@prisons.example\r\nTo: desk@office.example\r\nSubject: our letter\r\nMessage-ID: <1@prisons.example>\r\n\r\nThe cells are aired daily.\r\n",
    );
    assert_eq!(mail["effect"], serde_json::Value::Null, "{mail:#}");
    // A day later: what happens in one second may have come in either order, and then the request rests.
    desk.deliver(
        days_on(2),
        "From: news@elsewhere.example\r\nTo: desk@office.example\r\nSubject: News\r\nMessage-ID: <2@elsewhere.example>\r\n\r\nNews.\r\n",
    );
    desk.tick_at(days_on(2));
    desk.import("recommendations", "reference,addressees,text,made_on,report\n2041/4,Prison Service,Heat.,2041-03-01,D\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(days_on(3));
    desk.tick_at(days_on(53));
    let reminders: Vec<String> = desk.letters_to("post@prisons.example").iter().skip(2).map(|letter| letter.raw.clone()).collect();
    let later = desk
        .requests()
        .into_iter()
        .filter(|request| request["authority"] == "Prison Service")
        .map(|request| request["reference"].clone())
        .max_by_key(|reference| reference.to_string())
        .unwrap();
    assert!(reminders.len() == 1 && reminders[0].contains(later.as_str().unwrap()), "{reminders:#?}");
}

#[test]
fn of_a_letter_from_an_address_that_the_directory_does_not_name_nobody_at_the_authority_is_told() {
    let desk = asked();
    let reference = desk.reference_to("Prison Service");
    desk.deliver(
        days_on(16),
        format!("From: A Guard <guard7@prisons.example>\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <g@prisons.example>\r\n\r\nThey are not aired at all.\r\n"),
    );
    for day in [16, 49, 57, 71, 90] {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("post@prisons.example").len(), 1, "it may be a guard who writes of what he sees");
    assert_eq!(desk.mails()[0]["rests"], true);
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

#[test]
fn a_position_is_not_set_against_another_recommendation_whose_reference_is_the_number_of_its_place() {
    let desk = Desk::init();
    desk.import("authorities", "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n");
    desk.import(
        "recommendations",
        "reference,addressees,text,made_on,report\nR2,Prison Service,Air.,2041-03-01,A\nR1,Prison Service,Light.,2041-03-01,A\n",
    );
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    assert!(ours.raw.contains("1. [R2]") && ours.raw.contains("2. [R1]"), "{}", ours.raw);
    received(&desk, ours.answered_by("post@prisons.example", "R1: accepted.\r\nR2: rejected, for lack of space."));
    assert!(desk.answers().iter().all(|answer| answer.position.is_none()), "a person says which is meant");
}

/// With letters sent by hand, one to the police and one to the prison service.
fn asked_by_hand_too() -> Desk {
    let desk = asked();
    desk.import(
        "requests",
        "reference,authority,sent_on,deadline,subject\nNP 2041/5,National Police,2041-02-01,2041-04-20,Cars\nPD/2041/118,Prison Service,2041-02-01,2041-04-20,Heating\n",
    );
    desk
}

fn suggested(mail: &serde_json::Value) -> Vec<&str> {
    mail["suggestions"].as_array().unwrap().iter().map(|suggestion| suggestion["reference"].as_str().unwrap()).collect()
}

#[test]
fn a_subject_that_names_a_letter_sent_by_hand_contradicts_our_thread_whoevers_it_is() {
    let subjects = [("post@prisons.example", "NP 2041/5"), ("post@prisons.example", "PD/2041/118"), ("post@moj.example", "PD/2041/118")];
    for (from, other) in subjects {
        let desk = asked_by_hand_too();
        let letters = desk.letters();
        let ours = letter_to(&letters, from);
        let subject = format!("Subject: Re: {}", ours.header("Subject").unwrap());
        let answer = ours.answered_by(from, "It is done; we accept.");
        assert!(answer.contains(&subject), "{answer}");
        let mail = received(&desk, answer.replacen(&subject, &format!("Subject: AW: {other}"), 1));
        assert_eq!(mail["standing"], "suggested", "{from}, {other}: {mail:#}");
        assert!(mail["because"].to_string().contains("the subject names another request"), "{mail:#}");
        let own = letter_to(&letters, from).header("Subject").unwrap();
        let named = suggested(&mail);
        assert!(named.len() == 2 && named.contains(&other) && named.iter().any(|one| own.contains(one)), "{mail:#}");
        desk.is_sound();
    }
}

#[test]
fn whoever_names_a_letter_sent_by_hand_is_at_least_asked_about() {
    for from in ["clerk@moj.example", "clerk@police.example", "deputy@freemail.example"] {
        let desk = asked_by_hand_too();
        let mail = received(
            &desk,
            format!(
                "From: {from}\r\nTo: desk@office.example\r\nSubject: Your PD/2041/118\r\nMessage-ID: <1@x.example>\r\n\r\nThe heating works.\r\n"
            ),
        );
        let named: Vec<&str> =
            mail["requests"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).chain(suggested(&mail)).collect();
        assert!(named.contains(&"PD/2041/118"), "{from}: {mail:#}");
        assert_ne!(mail["effect"], "reply", "{from}: {mail:#}");
    }
    // A longer number is another one.
    let desk = asked_by_hand_too();
    let mail = received(
        &desk,
        "From: deputy@freemail.example\r\nTo: desk@office.example\r\nSubject: Your PD/2041/118-2\r\nMessage-ID: <1@x.example>\r\n\r\nIt works.\r\n",
    );
    assert_eq!(mail["standing"], "unlinked", "{mail:#}");
}

#[test]
fn who_answers_a_joint_request_to_all_for_one_addressee_rests_nothing_of_the_others() {
    // A service, the authority above, one below, and a deputy whose address a person has confirmed.
    for from in ["agent@tickets.example", "clerk@moj.example", "clerk@north.example", "deputy@freemail.example", "clerk@prisons.example"] {
        let desk = asked();
        desk.import(
            "authorities",
            "name,email,domains,parent,sends_for\nShared Desk,desk@tickets.example,tickets.example,,Prison Service\nNorth Prison,post@north.example,north.example,Prison Service,\n",
        );
        if from.starts_with("deputy") {
            let letters = desk.letters();
            received(&desk, letter_to(&letters, "post@prisons.example").answered_by(from, "The cells are aired."));
            desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
        }
        desk.import(
            "recommendations",
            "reference,addressees,text,made_on,report\n2041/4,Prison Service|National Police,Transport.,2041-03-01,D\n",
        );
        desk.must(&["requests", "open", "--new"]);
        desk.tick_at(days_on(2));
        let letters = desk.letters();
        let of = |address: &str| letters.iter().rfind(|letter| letter.to == address && letter.raw.contains("2041/4")).unwrap();
        let (prison, police) = (of("post@prisons.example"), of("post@police.example"));
        let to_all = format!("To: {}, {}", prison.reply_to(), police.reply_to());
        let answer = prison.answered_by(from, "Transport is safe since March.").replacen(&format!("To: {}", prison.reply_to()), &to_all, 1);
        desk.deliver(days_on(3), answer);
        desk.tick_at(days_on(3));
        let mail = desk.mails().remove(0);
        assert_eq!(mail["effect"], "reply", "{from}: {mail:#}");
        let linked = mail["requests"].as_array().unwrap();
        assert!(linked.len() == 1 && prison.header("Subject").unwrap().contains(linked[0].as_str().unwrap()), "{from}: {mail:#}");
        assert!(suggested(&mail).is_empty(), "{from}: {mail:#}");
        assert_eq!(desk.rests(), [], "{from}");
        desk.is_sound();
    }
}

/// A letter of the authority as mail programs pass it on in the text.
fn passed_on(by: &str, subject: &str, program: &str) -> String {
    let letter = "The cells are aired daily since January, and we accept the recommendation.";
    let block = match program {
        "Outlook" => {
            format!(
                "-----Original Message-----\r\nFrom: Anna Clerk <clerk@prisons.example>\r\nSent: Monday, March 18, 2041 9:12 AM\r\nTo: Staff <staff@office.example>\r\nSubject: {subject}\r\n\r\n{letter}"
            )
        }
        "Gmail" => {
            format!(
                "---------- Forwarded message ---------\r\nFrom: Anna Clerk <clerk@prisons.example>\r\nDate: Mon, 18 Mar 2041 at 09:12\r\nSubject: {subject}\r\nTo: <staff@office.example>\r\n\r\n{letter}"
            )
        }
        "Apple" => {
            format!(
                "Begin forwarded message:\r\n\r\n> From: Anna Clerk <clerk@prisons.example>\r\n> Subject: {subject}\r\n> Date: 18 March 2041 at 09:12:00 GMT\r\n> To: staff@office.example\r\n>\r\n> {letter}"
            )
        }
        // A colleague had it from another.
        _ => {
            format!(
                "From: S. Staff <staff@office.example>\r\nSent: Tuesday, March 19, 2041 8:00 AM\r\nTo: desk@office.example\r\nSubject: FW: {subject}\r\n\r\nFor you.\r\n\r\nFrom: Anna Clerk <clerk@prisons.example>\r\nSent: Monday, March 18, 2041 9:12 AM\r\nTo: Staff <staff@office.example>\r\nSubject: {subject}\r\n\r\n{letter}"
            )
        }
    };
    format!(
        "From: {by}\r\nTo: desk@office.example\r\nSubject: FW: {subject}\r\nMessage-ID: <fw@office.example>\r\n\r\nFYI, please file.\r\n\r\n{block}\r\n"
    )
}

#[test]
fn a_letter_that_a_colleague_passes_on_in_the_text_rests_as_mail_of_the_authority_that_wrote_it() {
    for (by, writer) in [("S. Staff <staff@office.example>", "staff"), ("NPM <desk@office.example>", "ourselves")] {
        for program in ["Outlook", "Gmail", "Apple", "twice"] {
            for named in [true, false] {
                let desk = asked();
                let subject = if named { format!("Our answer {}", desk.reference_to("Prison Service")) } else { "Our answer".into() };
                let mail = received(&desk, passed_on(by, &subject, program));
                let standing = if named { "suggested" } else { "unlinked" };
                assert_eq!((&mail["standing"], &mail["writer"]), (&standing.into(), &writer.into()), "{program}: {mail:#}");
                let rests_as_named = |rest: &&KeptRest| matches!(rest.rests, Rests::Request(_)) == named;
                assert_eq!(desk.rests_of_authority().iter().filter(rests_as_named).count(), 1, "{by}, {program}: {mail:#}");
                assert_eq!(desk.request_to("Prison Service")["state"], "pending");
            }
        }
    }
    let desk = asked();
    let subject = format!("Our answer {}", desk.reference_to("Prison Service"));
    received(&desk, passed_on("staff@office.example", &subject, "Outlook"));
    desk.tick_at(days_on(90));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 1, "nobody is chased over an answer that lies unread");
    desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
    assert_eq!(desk.request_to("Prison Service")["state"], "completed", "one step");
    assert_eq!(desk.confirmed_senders(), [], "a colleague is no authority");
    desk.is_sound();
}

#[test]
fn a_list_that_puts_a_colleagues_address_into_from_hides_no_author() {
    let by_list = "Reply-To: Anna Clerk <clerk@prisons.example>\r\n";
    for (head, has_author) in [
        (format!("From: \"Anna Clerk via desk\" <staff@office.example>\r\n{by_list}"), true),
        // Sent to many, it rests nothing, and is seen all the same.
        (format!("From: staff@office.example\r\nList-Id: <desk.office.example>\r\n{by_list}"), false),
        (format!("From: S. Staff <staff@office.example>\r\n{by_list}"), false),
    ] {
        let desk = asked();
        let by = |subject: &str| {
            format!(
                "{head}To: desk@office.example\r\nSubject: {subject}\r\nMessage-ID: <{subject}@o.example>\r\n\r\nThe cells are aired.\r\n"
            )
        };
        let mail = received(&desk, by(&desk.reference_to("Prison Service")));
        assert_eq!((&mail["standing"], &mail["writer"]), (&"suggested".into(), &"staff".into()), "{head}: {mail:#}");
        desk.deliver(days_on(2), by("Ours"));
        desk.tick_at(days_on(2));
        assert_eq!(desk.mails()[0]["standing"], "unlinked", "{head}");
        assert_eq!(desk.rests().iter().any(rests_all_of_sender), has_author, "{head}");
    }
}

#[test]
fn an_answer_to_which_a_list_puts_the_office_s_address_and_our_signed_one_is_no_letter_of_ours() {
    for kept in ["X-Original-From: post@prisons.example\r\n", ""] {
        let desk = asked();
        let letters = desk.letters();
        let letter = letter_to(&letters, "post@prisons.example");
        let signed = letter.reply_to();
        let answer = format!(
            "From: \"Hall via desk\" <desk@office.example>\r\n{kept}Reply-To: post@prisons.example, {signed}\r\nTo: {signed}\r\n\
             Subject: Re: your letter\r\nMessage-ID: <1@list.example>\r\nList-Id: <d.office.example>\r\n\r\nThe cells are aired daily.\r\n"
        );
        let mail = received(&desk, answer);
        assert_eq!(mail["standing"], "suggested", "{kept}: {mail:#}");
        desk.tick_at(days_on(60));
        assert_eq!(desk.letters().iter().filter(|other| other.to == letter.to).count(), 1, "{kept}: nobody is chased over it");
    }
}

#[test]
fn what_one_of_several_authorities_with_one_domain_writes_is_never_chased_over_unread() {
    let letter = |reference: &str| {
        format!(
            "From: clerk@county.example\r\nTo: desk@office.example\r\nSubject: On {reference}\r\nMessage-ID: <1@county.example>\r\n\r\nThe cells are aired daily.\r\n"
        )
    };
    for named in [true, false] {
        let desk = Desk::init();
        desk.import(
            "authorities",
            "name,email,domains\nNorth Prison,north@county.example,county.example\nSouth Prison,south@county.example,county.example\n",
        );
        desk.import(
            "recommendations",
            "reference,addressees,text,made_on,report\n2041/1,North Prison,Air.,2041-03-01,A\n2041/2,South Prison,Light.,2041-03-01,B\n",
        );
        desk.must(&["requests", "open", "--new"]);
        desk.tick_at(monday());
        let reference = if named { desk.reference_to("North Prison") } else { "the cells".into() };
        desk.deliver(days_on(48), letter(&reference));
        desk.tick_at(days_on(48));
        assert_eq!(desk.mails()[0]["standing"], "suggested", "{:#}", desk.mails()[0]);
        desk.tick_at(days_on(90));
        assert_eq!(desk.letters_to("north@county.example").len(), 1, "named: {named}");
        assert_eq!(desk.letters_to("south@county.example").len(), if named { 2 } else { 1 }, "named: {named}");
    }
}

/// A letter that Outlook passes on in the text, with this line for its sender.
fn passed_on_from(sender: &str, labels: [&str; 3], subject: &str) -> String {
    let [sent, to, about] = labels;
    format!(
        "From: staff@office.example\r\nTo: desk@office.example\r\nSubject: FW: {subject}\r\nMessage-ID: <fw@office.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nFYI\r\n\r\n\
         ________________________________\r\n{sender}\r\n{sent}: 18.03.2041 09:12\r\n{to}: S. Staff\r\n{about}: {subject}\r\n\r\nThe cells are aired daily since January.\r\n"
    )
}

#[test]
fn the_author_of_a_letter_that_a_colleague_passes_on_is_known_by_name_where_outlook_gives_no_address() {
    let english = ["Sent", "To", "Subject"];
    for (sender, labels) in [
        ("Von: Dr. Maria Hall", ["Gesendet", "An", "Betreff"]),
        ("De : Hall, Maria", ["Envoyé", "À", "Objet"]),
        ("От: Maria Hall", ["Отправлено", "Кому", "Тема"]),
        ("From: Hall, Maria", english),
        ("*From:* Maria HALL (MoJ)", english),
        ("From: Hall, Maria [/O=PRISONS/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN=MHALL]", english),
        ("From: Hall, Maria <IMCEAEX-_O=PRISONS_OU=EX_CN=MHALL@office.example>", english),
        ("From: Hall, Maria [mailto:maria.hall@prisons.example]", english),
    ] {
        for named in [false, true] {
            let desk = asked();
            desk.import("authorities", "name,focal_point,focal_point_email\nPrison Service,Dr. Maria Hall,m.hall@prisons.example\n");
            let subject = if named { format!("Our answer {}", desk.reference_to("Prison Service")) } else { "Our answer".into() };
            let mail = received(&desk, passed_on_from(sender, labels, &subject));
            let standing = if named { "suggested" } else { "unlinked" };
            assert_eq!((&mail["standing"], &mail["writer"]), (&standing.into(), &"staff".into()), "{sender}: {mail:#}");
            let by_name = !sender.contains("mailto:");
            assert_eq!(mail["because"].to_string().contains("known by its name only"), by_name, "{sender}: {mail:#}");
            assert_eq!(desk.must(&["mail", "show", "1"]).contains("by its name only"), by_name, "{sender}");
            assert_eq!(desk.rests_of_authority().len(), 1, "{sender}: {mail:#}");
            assert_eq!(desk.request_to("Prison Service")["state"], "pending");
            desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
            assert_eq!(desk.request_to("Prison Service")["state"], "completed", "one step");
            desk.is_sound();
        }
    }
}

#[test]
fn a_name_that_the_directory_has_not_or_that_is_a_colleagues_or_no_full_one_names_no_authority() {
    for (contact, sender) in [
        ("Maria Hall", "From: Sister Maria"),
        ("Maria Hall", "From: Maria"),
        ("Hall", "From: Hall"),
        ("S. Staff", "From: S. Staff"),
        ("Sam Staff", "From: Sam Staff"),
    ] {
        let desk = asked();
        desk.change("name = \"S. Staff\"", "name = \"Sam Staff\"");
        desk.import("authorities", &format!("name,focal_point,focal_point_email\nPrison Service,{contact},m.hall@prisons.example\n"));
        let mail = received(&desk, passed_on_from(sender, ["Sent", "To", "Subject"], "Our answer"));
        assert_eq!(mail["standing"], "unlinked", "{sender}: {mail:#}");
        assert!(!mail["because"].to_string().contains("by its name only"), "{sender}: {mail:#}");
    }
    // Two of that name: the letters to both rest.
    let desk = asked();
    desk.import(
        "authorities",
        "name,focal_point,focal_point_email\nPrison Service,Maria Hall,m.hall@prisons.example\nNational Police,Maria Hall,hall@police.example\n",
    );
    let mail = received(&desk, passed_on_from("From: Maria Hall", ["Sent", "To", "Subject"], "Our answer"));
    assert!(mail["because"].to_string().contains("by its name only"), "{mail:#}");
    assert_eq!(desk.rests_of_authority().iter().filter(|rest| rests_all_of_sender(rest)).count(), 2, "{mail:#}");
    // And a relative may be of that name, so that its words are in no digest.
    let told = told_to_staff(&desk);
    assert!(told.contains("mail show 1") || told.contains("mail link 1"), "{told}");
    assert!(!told.contains("Our answer") && !told.contains("Maria"), "{told}");
}

#[test]
fn a_colleague_or_the_office_is_known_under_every_tag_of_the_address() {
    for (by, writer) in
        [("staff+filed@office.example", "staff"), ("Staff+x@Office.example", "staff"), ("desk+forms@office.example", "ourselves")]
    {
        let desk = asked();
        let mail = received(&desk, passed_on(by, "Our answer", "Outlook"));
        assert_eq!((&mail["standing"], &mail["writer"]), (&"unlinked".into(), &writer.into()), "{by}: {mail:#}");
        assert_eq!(desk.rests_of_authority().len(), 1, "{by}: {mail:#}");
    }
    // Whose address is in demarche.toml with a tag is known without.
    let desk = asked();
    desk.change("\"staff@office.example\"", "\"staff+digest@office.example\"");
    assert_eq!(received(&desk, passed_on("staff@office.example", "Our answer", "Outlook"))["writer"], "staff");
    // Replies to our signed addresses are read as before, and a stranger with a tag is one.
    let desk = asked();
    let letters = desk.letters();
    let mail =
        received(&desk, letter_to(&letters, "post@prisons.example").answered_by("post+staff@prisons.example", "The cells are aired."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"authority".into()), "{mail:#}");
}

#[test]
fn mail_from_the_offices_own_address_is_set_aside_only_if_it_is_our_letter() {
    let desk = asked();
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let by = |from: &str, more: &str| {
        format!(
            "{more}From: {from}\r\nTo: desk@office.example\r\nSubject: Our answer\r\nMessage-ID: <own@office.example>\r\n\r\nThe cells are aired daily.\r\n"
        )
    };
    let reply_address = ours.reply_to().to_owned();
    for (from, more) in [
        ("desk@office.example", ""),
        ("\"Clerk via desk\" <desk@office.example>", "List-Id: <desk.office.example>\r\n"),
        ("\"Clerk via desk\" <desk@office.example>", "X-Original-From: clerk@prisons.example\r\n"),
        (&reply_address, "X-Original-From: clerk@prisons.example\r\n"),
    ] {
        let desk = asked();
        let mail = received(&desk, by(from, more));
        assert_eq!((&mail["standing"], &mail["writer"]), (&"unlinked".into(), &"ourselves".into()), "{from} {more}: {mail:#}");
        assert!(mail["because"].to_string().contains("it comes from the office's own address"), "{mail:#}");
    }
    // Our letter itself, also where a relay has given it another Message-ID.
    let id = format!("Message-ID: {}", ours.header("Message-ID").unwrap());
    for copy in [ours.raw.clone(), ours.raw.replacen(&id, "Message-ID: <1@relay.example>", 1)] {
        desk.deliver(days_on(1), copy);
        desk.tick_at(days_on(1));
        assert_eq!(desk.mails()[0]["standing"], "set aside", "{:#}", desk.mails()[0]);
    }
    desk.is_sound();
}

#[test]
fn who_only_claims_in_a_header_that_an_authority_wrote_rests_a_step_for_some_days() {
    let desk = asked();
    let reference = desk.reference_to("Prison Service");
    desk.deliver(
        days_on(48),
        format!("From: desk@office.example\r\nX-Original-From: clerk@prisons.example\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <xof@evil.example>\r\n\r\nhello\r\n"),
    );
    desk.tick_at(days_on(48));
    assert_eq!(desk.mails()[0]["standing"], "suggested");
    desk.tick_at(days_on(50));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 1, "staff have their time");
    desk.tick_at(days_on(57));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 2, "and nobody rests it for ever");
    desk.is_sound();
}

/// Everything that the office's staff were told.
fn told_to_staff(desk: &Desk) -> String {
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
fn two_mailboxes_of_one_domain_in_from_are_two_authors_and_a_sender_beside_them_makes_none_of_them_the_one() {
    for sender in ["", "Sender: post@prisons.example\r\n"] {
        let desk = asked();
        let letters = desk.letters();
        let ours = letter_to(&letters, "post@prisons.example");
        let answer = ours.answered_by("post@prisons.example, clerk@prisons.example", "The cells are aired.");
        let mail = received(&desk, format!("{sender}{answer}"));
        assert_eq!((&mail["standing"], &mail["proof"]), (&"suggested".into(), &"contradicted".into()), "{mail:#}");
        assert_eq!(desk.request_to("Prison Service")["state"], "pending");
        assert_eq!(desk.rests(), []);
    }
    // The same one twice is one author.
    let desk = asked();
    let letters = desk.letters();
    let twice =
        letter_to(&letters, "post@prisons.example").answered_by("post@prisons.example, Post@Prisons.example", "The cells are aired.");
    assert_eq!(received(&desk, twice)["effect"], "reply");
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
fn the_author_of_a_letter_that_a_colleague_passes_on_is_known_by_the_authoritys_own_name() {
    for (sender, is_known) in [
        ("From: Prison Service", true),
        ("From: PRISON SERVICE (official)", true),
        ("From: HMPS [/O=PRISONS/OU=EX/CN=POST]", true),
        ("From: Prison Services Union", false),
    ] {
        for named in [false, true] {
            let desk = asked();
            desk.import("authorities", "name,email,aliases\nPrison Service,post@prisons.example,HMPS\n");
            let subject = if named { format!("Our answer {}", desk.reference_to("Prison Service")) } else { "Our answer".into() };
            let mail = received(&desk, passed_on_from(sender, ["Sent", "To", "Subject"], &subject));
            assert_eq!(
                (&mail["standing"], &mail["writer"]),
                (&if named { "suggested" } else { "unlinked" }.into(), &"staff".into()),
                "{mail:#}"
            );
            assert_eq!(mail["because"].to_string().contains("known by its name only"), is_known, "{sender}: {mail:#}");
            let rests = desk.rests_of_authority().len();
            assert_eq!(rests, usize::from(is_known), "{sender}: {mail:#}");
            desk.is_sound();
        }
    }
}

#[test]
fn who_answers_a_joint_request_on_the_address_of_another_addressee_is_linked_to_its_own_request_alone() {
    let desk = asked();
    desk.import(
        "recommendations",
        "reference,addressees,text,made_on,report\n2041/4,Prison Service|National Police,Transport.,2041-03-01,D\n",
    );
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(days_on(2));
    let letters = desk.letters();
    let of = |address: &str| letters.iter().rfind(|letter| letter.to == address && letter.raw.contains("2041/4")).unwrap();
    let (prison, police) = (of("post@prisons.example"), of("post@police.example"));
    desk.deliver(days_on(3), prison.answered_by("post@police.example", "Transport is safe since March."));
    desk.tick_at(days_on(3));
    let mail = desk.mails().remove(0);
    let linked = mail["requests"].as_array().unwrap();
    assert_eq!((&mail["standing"], linked.len()), (&"linked".into(), 1), "{mail:#}");
    assert!(police.header("Subject").unwrap().contains(linked[0].as_str().unwrap()), "{mail:#}");
    assert!(suggested(&mail).is_empty(), "{mail:#}");
    assert_eq!(desk.rests(), []);
    desk.is_sound();
}

#[test]
fn of_a_mail_that_a_person_has_linked_it_is_shown_what_was_said_of_its_sender() {
    let desk = asked();
    let letters = desk.letters();
    received(&desk, letter_to(&letters, "post@prisons.example").answered_by("deputy@freemail.example", "The cells are aired."));
    assert!(!desk.must(&["mail", "show", "1"]).contains("linked it on"));
    desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service"), "--by", "S. Staff"]);
    let shown = desk.must(&["mail", "show", "1"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "in no directory, sender not verified S. Staff linked it on ";
    assert!(shown.contains(said) && shown.contains("its exact address is remembered for Prison Service"), "{shown}");
    desk.must(&["mail", "unlink", "1"]);
    assert!(!desk.must(&["mail", "show", "1"]).contains("linked it on"));
    // Where the address is many people's, it is not.
    desk.deliver(days_on(2), letter_to(&letters, "post@moj.example").answered_by("support@desks.example", "The lamps are mended."));
    desk.tick_at(days_on(2));
    desk.must(&["mail", "link", "2", &desk.reference_to("Ministry of Justice"), "--by", "S. Staff"]);
    assert!(desk.must(&["mail", "show", "2"]).contains("its address is not remembered"));
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

#[test]
fn of_a_mail_that_a_rule_and_then_a_person_has_linked_the_request_shows_both() {
    let desk = asked();
    let answer = letter_to(&desk.letters(), "post@prisons.example").answered_by("post@prisons.example", "The cells are aired.");
    assert_eq!(received(&desk, answer)["effect"], "reply");
    let reference = desk.reference_to("Prison Service");
    let linked_by = || -> Vec<String> {
        let shown = desk.shown(&reference);
        let events = shown["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "mail linked");
        events.map(|event| event["actor"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(linked_by(), ["rule: linking"]);
    desk.must(&["mail", "link", "1", "--no-answer", &reference, "--by", "S. Staff"]);
    assert_eq!(linked_by(), ["rule: linking", "S. Staff"]);
    assert!(desk.must(&["requests", "show", &reference]).contains("mail linked (rule: linking)"));
}
