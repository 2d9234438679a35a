//! What a mail may do by itself, by who wrote it and what carries it: asked of the directory, without the DNS.

use crate::desk::Desk;
use crate::folders::{Letter, days_on, monday};

/// Two authorities, the ministry above the prison service, each with one letter sent on Monday; the DNS is not asked.
pub(crate) fn asked() -> Desk {
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

pub(crate) fn letter_to<'a>(letters: &'a [Letter], address: &str) -> &'a Letter {
    letters.iter().find(|letter| letter.to == address).unwrap()
}

/// Received on Tuesday. The mail as the desk then sees it.
pub(crate) fn received(desk: &Desk, mail: impl AsRef<[u8]>) -> serde_json::Value {
    desk.deliver(days_on(1), mail);
    desk.tick_at(days_on(1));
    desk.mails().remove(0)
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
pub(crate) fn enclosing(from: &str, subject: &str, text: &str, enclosed: &str) -> String {
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
fn of_a_mail_that_a_person_has_linked_it_is_shown_what_was_said_of_its_sender() {
    let desk = asked();
    let letters = desk.letters();
    received(&desk, letter_to(&letters, "post@prisons.example").answered_by("deputy@freemail.example", "The cells are aired."));
    assert!(!desk.must(&["mail", "show", "1"]).contains("linked it on"));
    let refused = desk.run(&["mail", "link", "1", &desk.reference_to("Prison Service"), "--by", "Rule: linking"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("give the name of the person who decides"), "{}", refused.err);
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
