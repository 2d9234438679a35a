//! What a person has said of a mail is taken back, and with it what other mail did because of that.

use demarche::domain::identity::MailId;

use crate::desk::Desk;
use crate::folders::{Letter, days_on, monday};

/// Four requests, two of them to the prison service.
fn asked() -> Desk {
    let desk = Desk::init();
    desk.import(
        "authorities",
        "name,email,domains,parent\nMinistry of Justice,post@moj.example,moj.example,\nPrison Service,post@prisons.example,prisons.example,Ministry of Justice\n",
    );
    desk.import(
        "recommendations",
        "reference,addressees,text,made_on,report\n2041/1,Prison Service,Air.,2041-03-01,A\n2041/2,Prison Service,Light.,2041-03-02,B\n2041/3,Prison Service,Soap.,2041-03-03,C\n2041/4,Ministry of Justice,Law.,2041-03-01,D\n",
    );
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk
}

fn about<'a>(letters: &'a [Letter], recommendation: &str) -> &'a Letter {
    letters.iter().find(|letter| letter.raw.contains(&format!("[{recommendation}]"))).unwrap()
}

fn reference_of(desk: &Desk, recommendation: &str) -> String {
    let found = desk.requests().into_iter().find(|request| request["recommendations"][0] == recommendation).unwrap();
    found["reference"].as_str().unwrap().to_owned()
}

fn state_of(desk: &Desk, recommendation: &str) -> String {
    let found = desk.requests().into_iter().find(|request| request["recommendations"][0] == recommendation).unwrap();
    found["state"].as_str().unwrap().to_owned()
}

/// How many letters about it were written, to whomever.
fn written(desk: &Desk, recommendation: &str) -> usize {
    let register = desk.register();
    let request = register.request(&reference_of(desk, recommendation)).unwrap();
    register.letters_of(request.id).unwrap().len()
}

const DEPUTY: &str = "deputy@freemail.example";

/// A deputy's first mail is linked by a person; two more then count by themselves: one as an answer, one that a person has looked at besides.
fn taught() -> Desk {
    let desk = asked();
    let letters = desk.letters();
    desk.deliver(days_on(1), about(&letters, "2041/1").answered_by(DEPUTY, "The cells are aired since January."));
    desk.tick_at(days_on(1));
    desk.must(&["mail", "link", "1", &reference_of(&desk, "2041/1")]);
    desk.deliver(days_on(2), about(&letters, "2041/2").answered_by("Deputy@Freemail.example", "Every cell has a lamp since January."));
    desk.tick_at(days_on(2));
    desk.deliver(days_on(3), about(&letters, "2041/3").answered_by("governor@prisons.example", "There is soap since January."));
    desk.tick_at(days_on(3));
    for recommendation in ["2041/1", "2041/2", "2041/3"] {
        assert_eq!(state_of(&desk, recommendation), "completed", "{recommendation}");
    }
    desk
}

#[test]
fn what_counted_only_by_an_address_that_is_no_longer_believed_waits_again_and_is_named() {
    for word in [
        &["mail", "unlink", "1"][..],
        &["mail", "mark", "1", "ignore"],
        &["mail", "mark", "1", "source"],
        &["mail", "mark", "1", "automatic"],
    ] {
        let desk = taught();
        let told = desk.must(word).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("counted only because it was") && told.contains("mail 2."), "{word:?}: {told}");
        assert!(!told.contains("mail 3"), "{word:?}: {told}");
        let waits = |desk: &Desk| {
            assert_eq!(state_of(desk, "2041/2"), "pending", "{word:?}");
            assert_eq!(state_of(desk, "2041/3"), "completed", "{word:?}: the governor's answer stands by itself");
            assert!(desk.json(&["mail", "list", "--waiting"]).iter().any(|mail| mail["id"] == 2), "{word:?}");
        };
        waits(&desk);
        desk.tick_at(days_on(4));
        waits(&desk);
        let mail = desk.mails().into_iter().find(|mail| mail["id"] == 2).unwrap();
        if word.contains(&"source") {
            // What the same person wrote may be a source's too: who may read that decides.
            assert_eq!((&mail["is_source"], &mail["rests"], &mail["subject"]), (&true.into(), &true.into(), &().into()), "{mail:#}");
            desk.is_sound();
            continue;
        }
        assert_eq!((&mail["effect"], &mail["writer"]), (&"waiting".into(), &"stranger".into()), "{word:?}: {mail:#}");
        let digest = desk.letters_to("staff@office.example").pop().unwrap().raw.replace("\r\n", " ");
        let digest = digest.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(digest.contains("it counted until a person took back"), "{word:?}: {digest}");
        desk.is_sound();
    }
}

#[test]
fn a_request_that_is_open_again_is_not_reminded_at_once_however_late_it_is() {
    let desk = taught();
    desk.tick_at(days_on(100));
    let before = desk.letters().len();
    desk.must(&["mail", "unlink", "1"]);
    desk.tick_at(days_on(101));
    desk.tick_at(days_on(102));
    assert_eq!(written(&desk, "2041/2"), 1, "what may be its answer lies unread");
    assert_eq!((desk.letters().len(), written(&desk, "2041/1")), (before + 1, 2), "of a stranger's mail a person has said that it is none");
    assert_eq!(state_of(&desk, "2041/2"), "overdue");
    // A person has looked at that as well.
    desk.must(&["mail", "mark", "2", "ignore"]);
    desk.tick_at(days_on(103));
    assert_eq!(written(&desk, "2041/2"), 2, "one letter, of all that fell due meanwhile");
    desk.is_sound();
}

#[test]
fn an_address_of_which_a_person_has_said_so_twice_is_believed_until_both_are_taken_back() {
    let desk = taught();
    desk.must(&["mail", "mark", "2", "reply"]);
    let told = desk.must(&["mail", "unlink", "1"]);
    assert!(!told.contains("counted only"), "{told}");
    assert_eq!(state_of(&desk, "2041/2"), "completed");
    assert_eq!(desk.confirmed_senders().iter().filter(|sender| sender.mail == MailId(2)).count(), 1);
    desk.must(&["mail", "unlink", "2"]);
    assert_eq!(desk.confirmed_senders(), []);
    desk.is_sound();
}

#[test]
fn what_the_directory_says_of_an_address_meanwhile_is_enough() {
    let desk = taught();
    desk.import("authorities", &format!("name,focal_point,focal_point_email\nPrison Service,D. Deputy,{DEPUTY}\n"));
    let told = desk.must(&["mail", "unlink", "1"]);
    assert!(!told.contains("counted only"), "{told}");
    assert_eq!(state_of(&desk, "2041/2"), "completed");
}

#[test]
fn of_a_mail_of_which_a_person_has_placed_a_part_the_other_part_waits_again() {
    let desk = taught();
    desk.must(&["mail", "link", "2", &reference_of(&desk, "2041/4")]);
    let told = desk.must(&["mail", "unlink", "1"]);
    assert!(told.contains("mail 2."), "{told}");
    assert_eq!((state_of(&desk, "2041/2"), state_of(&desk, "2041/4")), ("pending".to_owned(), "completed".to_owned()));
    desk.tick_at(days_on(60));
    assert_eq!(written(&desk, "2041/2"), 1, "it rests");
    desk.must(&["mail", "link", "2", &reference_of(&desk, "2041/2")]);
    assert_eq!(state_of(&desk, "2041/2"), "completed", "one step");
    desk.is_sound();
}

#[test]
fn a_strangers_mail_that_is_unlinked_rests_no_longer_than_if_it_had_never_been_linked() {
    for link_first in [true, false] {
        let desk = asked();
        let letters = desk.letters();
        // Two working days before the friendly reminder falls due, and by the reply address of the request.
        desk.deliver(days_on(47), about(&letters, "2041/1").answered_by(DEPUTY, "The cells are aired since January."));
        desk.tick_at(days_on(47));
        if link_first {
            desk.must(&["mail", "link", "1", &reference_of(&desk, "2041/1")]);
        }
        let told = desk.must(&["mail", "unlink", "1"]).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("not from the authority") && told.contains("5 working days"), "{told}");
        assert_eq!(desk.mails()[0]["rests"], false);
        desk.tick_at(days_on(49));
        assert_eq!((written(&desk, "2041/1"), written(&desk, "2041/2")), (1, 2), "it may be the answer");
        desk.tick_at(days_on(50));
        let digest = desk.letters_to("staff@office.example").pop().unwrap().raw;
        assert!(digest.matches(&reference_of(&desk, "2041/1")).count() >= 2, "what rests for it stands beside it as well: {digest}");
        desk.tick_at(days_on(56));
        assert_eq!(written(&desk, "2041/1"), 2, "and it is a stranger's");
        desk.is_sound();
    }
}
