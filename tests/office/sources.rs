//! What a person has called a source's, when it comes again (OPCAT article 21).

use demarche::domain::reply::Effect;
use demarche::domain::source::SourceState;

use crate::desk::Desk;
use crate::folders::{Letter, days_on, monday};

const WORDS: &str = "They beat him in kitchen nine every Friday night, and the register of restraint says nothing of it.";

/// Two letters, and the mail of somebody in no directory on the thread of the first, which a person has called a source's.
struct Told {
    desk: Desk,
    letters: Vec<Letter>,
    mail: String,
    /// Staff, before that.
    told_before: Vec<String>,
}

fn told_by(from: &str) -> Told {
    let desk = Desk::init();
    desk.change("# sources = true", "sources = true");
    desk.import(
        "authorities",
        "name,email,domains\nPrison Service,post@prisons.example,prisons.example\nNational Police,post@police.example,police.example\n",
    );
    desk.import(
        "recommendations",
        "reference,addressees,text,made_on,report\n2041/1,Prison Service,Air.,2041-03-01,A\n2041/2,National Police,Record.,2041-03-01,B\n",
    );
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    let letters = desk.letters();
    let mail = letters.iter().find(|letter| letter.to == "post@prisons.example").unwrap().answered_by(from, WORDS);
    desk.deliver(days_on(1), &mail);
    desk.tick_at(days_on(1));
    let told_before = desk.letters_to("staff@office.example").into_iter().map(|letter| letter.raw).collect();
    desk.must(&["mail", "mark", "1", "source"]);
    Told { desk, letters, mail, told_before }
}

impl Told {
    /// The last mail, after another one has come.
    fn then_comes(&self, mail: &str) -> serde_json::Value {
        self.desk.deliver(days_on(2), mail);
        self.desk.tick_at(days_on(2));
        self.desk.mails().remove(0)
    }

    /// Nobody but who may read sources sees anything of it.
    fn is_hidden(&self, name: &str) {
        self.desk.tick_at(days_on(3));
        let told = self.desk.letters_to("staff@office.example").into_iter().map(|letter| letter.raw);
        let mut shown: String = told.filter(|raw| !self.told_before.contains(raw)).collect();
        for asked in
            [&["mail", "list"][..], &["mail", "list", "--json"], &["search", "kitchen"], &["requests", "list", "--json"], &["status"]]
        {
            let ran = self.desk.run(asked);
            shown.push_str(&ran.out);
            shown.push_str(&ran.err);
        }
        for id in 1..=self.desk.mails().len() {
            for asked in [["mail", "show"], ["mail", "raw"]] {
                let ran = self.desk.run(&[&asked[..], &[&id.to_string()]].concat());
                shown.push_str(&ran.out);
            }
        }
        for word in ["sister", "guard7", "kitchen", "zebra"] {
            assert!(!shown.contains(word), "{name}: {word}: {shown}");
        }
        self.desk.is_sound();
    }
}

#[test]
fn a_copy_of_what_a_source_wrote_under_another_subject_is_hidden_as_the_first() {
    let other_id = |mail: &str| mail.replacen("Message-ID: <re-", "Message-ID: <again-", 1);
    type Changed<'a> = (&'a str, &'a dyn Fn(&Told) -> String);
    let ways: [Changed<'_>; 5] = [
        ("another subject", &|told| told.mail.replacen("Subject: Re:", "Subject: zebra Re:", 1)),
        ("another subject and Message-ID", &|told| other_id(&told.mail.replacen("Subject: Re:", "Subject: zebra Re:", 1))),
        ("another request's address", &|told| {
            let police = told.letters.iter().find(|letter| letter.to == "post@police.example").unwrap();
            other_id(&police.answered_by("sister@freemail.example", WORDS))
        }),
        ("the desk's address alone", &|_| {
            format!(
                "From: Sister <Sister@freemail.example>\r\nTo: desk@office.example\r\nSubject: zebra\r\nMessage-ID: <2@freemail.example>\r\n\r\n{WORDS}\r\n"
            )
        }),
        ("another address of hers", &|told| told.mail.replacen("From: sister@", "From: zebra@", 1)),
    ];
    for (name, mail) in ways {
        let told = told_by("sister@freemail.example");
        let seen = told.then_comes(&mail(&told));
        assert_eq!((&seen["is_source"], &seen["standing"]), (&true.into(), &"set aside".into()), "{name}: {seen:#}");
        assert_eq!(seen["rests"], false);
        told.is_hidden(name);
        assert!(told.desk.must(&["mail", "show", "2", "--by", "S. Staff"]).contains("kitchen nine"), "{name}");
    }
}

#[test]
fn what_else_a_source_writes_waits_for_those_who_may_read_it() {
    let more = "They did it again on Sunday, in the zebra room.";
    let fresh =
        |from: &str| format!("From: {from}\r\nTo: desk@office.example\r\nSubject: zebra\r\nMessage-ID: <3@x.example>\r\n\r\n{more}\r\n");
    let told = told_by("sister@freemail.example");
    let seen = told.then_comes(&fresh("sister@freemail.example"));
    assert_eq!((&seen["is_source"], &seen["standing"]), (&true.into(), &"unlinked".into()), "{seen:#}");
    told.is_hidden("a new letter of hers");
    let digests: String = told.desk.letters_to("staff@office.example").iter().map(|letter| letter.raw.clone()).collect();
    assert!(digests.contains("mail mark 2 source"), "it is there: {digests}");
    // A colleague who passes it on.
    let told = told_by("sister@freemail.example");
    let forwarded = format!(
        "From: staff@office.example\r\nTo: desk@office.example\r\nSubject: FW: zebra\r\nMessage-ID: <4@office.example>\r\n\r\nFYI\r\n\r\n-----Original Message-----\r\nFrom: S <sister@freemail.example>\r\nSent: Monday, March 18, 2041 9:12 AM\r\nTo: Staff <staff@office.example>\r\nSubject: zebra\r\n\r\n{WORDS}\r\n"
    );
    assert_eq!(told.then_comes(&forwarded)["is_source"], true);
    told.is_hidden("passed on by a colleague");
    // A guard, from the authority's domain, on the same thread.
    let told = told_by("guard7@prisons.example");
    let again = told.mail.replacen(WORDS, more, 1).replacen("Message-ID: <re-", "Message-ID: <again-", 1);
    let seen = told.then_comes(&again);
    assert_eq!((&seen["is_source"], &seen["requests"]), (&true.into(), &serde_json::json!([])), "{seen:#}");
    assert_eq!(seen["rests"], true, "it may be the authority's answer, and nobody who may read it has looked");
    told.is_hidden("a guard");
    assert_eq!(told.desk.request_to("Prison Service")["state"], "pending");
    for day in [49, 57, 64] {
        told.desk.tick_at(days_on(day));
    }
    assert_eq!(told.desk.letters_to("post@prisons.example").len(), 1, "nobody is reminded over a mail that is hidden");
}

#[test]
fn no_answer_of_an_authority_disappears_because_a_source_wrote_on_the_same_thread() {
    let told = told_by("guard7@prisons.example");
    let answer =
        told.mail.replacen("From: guard7@", "From: post@", 1).replacen(WORDS, "The cells are aired.", 1).replacen("<re-", "<post-", 1);
    let seen = told.then_comes(&answer);
    assert_eq!((&seen["is_source"], &seen["effect"]), (&false.into(), &"reply".into()), "{seen:#}");
    // Not from an address of the directory either, from which a source once wrote.
    let told = told_by("post@prisons.example");
    let seen = told.then_comes(&told.mail.replacen(WORDS, "The cells are aired.", 1).replacen("<re-", "<post-", 1));
    assert_eq!((&seen["is_source"], &seen["effect"]), (&false.into(), &"reply".into()), "{seen:#}");
}

#[test]
fn copies_that_are_here_already_are_hidden_with_the_first_and_come_back_if_it_is_none() {
    let told = told_by("sister@freemail.example");
    told.desk.must(&["mail", "mark", "1", "not-source", "--by", "S. Staff"]);
    let copy = told.mail.replacen("Subject: Re:", "Subject: zebra Re:", 1);
    let seen = told.then_comes(&copy);
    assert_eq!((&seen["is_source"], &seen["effect"]), (&false.into(), &"waiting".into()), "{seen:#}");
    told.desk.must(&["mail", "mark", "1", "source"]);
    let asked = told.desk.run(&["mail", "list"]);
    assert!(!asked.out.contains("sister") && !asked.out.contains("zebra"), "at once: {}", asked.out);
    assert!(!told.desk.must(&["search", "kitchen"]).contains("sister"));
    told.desk.tick_at(days_on(3));
    assert_eq!(told.desk.mails()[0]["standing"], "set aside");
    told.desk.must(&["mail", "mark", "1", "not-source", "--by", "S. Staff"]);
    told.desk.tick_at(days_on(4));
    let seen = told.desk.mails().remove(0);
    assert_eq!((&seen["is_source"], &seen["effect"]), (&false.into(), &"waiting".into()), "{seen:#}");
    assert!(told.desk.must(&["search", "kitchen"]).contains("sister"));
    told.desk.is_sound();
}

#[test]
fn a_guard_who_wrote_without_our_thread_is_hidden_on_it_as_well_and_what_had_counted_from_there_stays() {
    let more = "They did it again on Sunday, in the zebra room.";
    let told = told_by("guard7@prisons.example");
    told.desk.must(&["mail", "mark", "1", "not-source", "--by", "S. Staff"]);
    told.desk.tick_at(days_on(1));
    assert_eq!(told.desk.request_to("Prison Service")["state"], "completed", "as the authority's, for all that is known");
    let bare =
        format!("From: guard7@prisons.example\r\nTo: desk@office.example\r\nSubject: hello\r\nMessage-ID: <9@x.example>\r\n\r\n{more}\r\n");
    told.then_comes(&bare);
    told.desk.must(&["mail", "mark", "2", "source"]);
    assert_eq!(told.desk.request_to("Prison Service")["state"], "completed", "nobody is chased for what another mail was");
    let police = told.letters.iter().find(|letter| letter.to == "post@police.example").unwrap();
    let on_a_thread = police.answered_by("guard7@prisons.example", "And in the yard.");
    told.desk.deliver(days_on(4), on_a_thread);
    told.desk.tick_at(days_on(4));
    let seen = told.desk.mails().remove(0);
    assert_eq!((&seen["is_source"], &seen["requests"]), (&true.into(), &serde_json::json!([])), "{seen:#}");
    told.desk.is_sound();
}

#[test]
fn of_what_may_be_a_sources_only_steps_are_offered_that_work() {
    let told = told_by("sister@freemail.example");
    let more = "From: sister@freemail.example\r\nTo: desk@office.example\r\nSubject: zebra\r\nMessage-ID: <3@x.example>\r\n\r\nThey did it again on Sunday.\r\n";
    told.then_comes(more);
    told.desk.tick_at(days_on(3));
    let digests = told.desk.letters_to("staff@office.example").into_iter().map(|letter| letter.raw);
    let digest: String = digests.filter(|raw| !told.told_before.contains(raw)).collect();
    assert!(!digest.contains("mail link"), "it would be refused: {digest}");
    for step in ["mail show 2 --by staff@office.example", "mail mark 2 not-source --by staff@office.example", "mail mark 2 source"] {
        assert!(digest.contains(&format!("demarche {step}")), "{step}: {digest}");
        told.desk.must(&step.split(' ').collect::<Vec<_>>());
    }
    let shown = told.desk.must(&["mail", "show", "2", "--by", "S. Staff"]);
    assert!(!shown.contains("mail link"), "{shown}");
}

#[test]
fn what_counted_by_an_address_that_a_hidden_copy_had_taught_is_named_and_waits_again() {
    let told = told_by("sister@freemail.example");
    let desk = &told.desk;
    desk.must(&["mail", "mark", "1", "not-source", "--by", "S. Staff"]);
    // The same words to the police's address, and somebody takes them for its answer.
    let police = told.letters.iter().find(|letter| letter.to == "post@police.example").unwrap();
    let copy = police.answered_by("sister@freemail.example", WORDS).replacen("Message-ID: <re-", "Message-ID: <copy-", 1);
    told.then_comes(&copy);
    desk.must(&["mail", "link", "2", &desk.reference_to("National Police")]);
    // From then on she wrote for the police.
    let later = police.answered_by("sister@freemail.example", "We record everything.").replacen("<re-", "<later-", 1);
    desk.deliver(days_on(3), &later);
    desk.tick_at(days_on(3));
    assert_eq!(desk.mails()[0]["effect"], "reply");
    let said = desk.must(&["mail", "mark", "1", "source"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("wait for a person again") && said.contains("mail 3"), "{said}");
    assert_eq!(desk.confirmed_senders(), []);
    assert_eq!(desk.request_to("National Police")["state"], "pending");
    assert_eq!(desk.stored()[1].source, SourceState::Source);
    desk.tick_at(days_on(4));
    let register = desk.register();
    let links = desk.stored().into_iter().flat_map(|mail| register.whole_mail_view(mail.id).unwrap().links);
    assert_eq!(links.filter(|link| link.effect != Effect::Waiting).count(), 0);
    desk.is_sound();
}

#[test]
fn only_who_may_read_sources_says_that_a_mail_is_none() {
    let told = told_by("sister@freemail.example");
    for by in [&[][..], &["--by", "O. Other"]] {
        let refused = told.desk.run(&[&["mail", "mark", "1", "not-source"], by].concat());
        assert!(refused.code != Some(0) && refused.err.contains("sources = true"), "{}", refused.err);
        told.is_hidden("after somebody else has said so");
    }
    // Likewise of what is only like a source's.
    told.then_comes("From: sister@freemail.example\r\nTo: desk@office.example\r\nSubject: zebra\r\nMessage-ID: <3@x.example>\r\n\r\nAgain on Sunday.\r\n");
    assert_ne!(told.desk.run(&["mail", "mark", "2", "not-source"]).code, Some(0));
    // What everybody can read, everybody may speak of.
    let police = told.letters.iter().find(|letter| letter.to == "post@police.example").unwrap();
    let answer = police.answered_by("clerk@freemail.example", "We record everything.");
    told.desk.deliver(days_on(4), answer);
    told.desk.tick_at(days_on(4));
    told.desk.must(&["mail", "mark", "3", "not-source"]);
    told.desk.must(&["mail", "mark", "1", "not-source", "--by", "S. Staff"]);
    told.desk.tick_at(days_on(5));
    assert!(told.desk.must(&["search", "kitchen"]).contains("sister"));
}
