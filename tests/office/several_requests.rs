//! Mail that may be about more than one request, or about one that was begun by hand.

use demarche::register::{KeptRest, Rests};

use crate::desk::Desk;
use crate::folders::{Letter, days_on, monday};
use crate::trust::{asked, letter_to, received};

/// Nothing says which of its sender's requests the mail is about.
pub(crate) fn rests_all_of_sender(rest: &KeptRest) -> bool {
    matches!(rest.rests, Rests::RequestsTo(_))
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
