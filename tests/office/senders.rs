//! Who wrote a mail, and what it may do by itself: asked of the directory, and of a name server that may be out of order when it comes.

use demarche::domain::identity::MailId;
use demarche::mail::authenticity::Verdict;
use demarche::register::KeptMail;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;

use crate::desk::Desk;
use crate::folders::{days_on, minutes_on, monday};
use crate::support::name_server::NameServer;

/// An office that asks this name server, with one letter sent on Monday to an authority that guards its domain.
fn asked_with(names: &NameServer) -> Desk {
    let desk = Desk::init();
    desk.change("dns = false", "dns = true");
    desk.change("# name_server = \"127.0.0.1:53\"", &format!("name_server = \"{}\"", names.address));
    desk.import("authorities", "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    names.publish("_dmarc.prisons.example", &["v=DMARC1; p=reject"]);
    desk
}

/// A letter that only its reference connects with the request, and that anybody could have written.
fn by_reference_alone(desk: &Desk) -> String {
    let reference = desk.reference_to("Prison Service");
    format!(
        "From: Governor <post@prisons.example>\r\nTo: {}\r\nSubject: [{reference}]\r\nMessage-ID: <1@prisons.example>\r\n\r\nThe cells are aired.\r\n",
        desk.letters()[0].header("From").unwrap()
    )
}

/// Signed by the authority's mail server, whose key is published.
fn signed(letter: &str, names: &NameServer) -> Vec<u8> {
    signed_by("prisons.example", letter, names)
}

pub fn signed_by(domain: &str, letter: &str, names: &NameServer) -> Vec<u8> {
    use base64::Engine;
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&Ed25519Key::generate_pkcs8().unwrap()).unwrap();
    let public = base64::engine::general_purpose::STANDARD.encode(key.public_key());
    names.publish(&format!("march._domainkey.{domain}"), &[&format!("v=DKIM1; k=ed25519; p={public}")]);
    let signer = DkimSigner::from_key(key).domain(domain).selector("march").headers(["From", "To", "Subject"]);
    format!("{}{letter}", signer.sign(letter.as_bytes()).unwrap().to_header()).into_bytes()
}

/// Something else that the authority signed, with our reply address put on it afterwards. `how`: header lines with `{}` for the address.
fn sent_once_more(desk: &Desk, names: &NameServer, how: &str) -> serde_json::Value {
    let letters = desk.letters();
    let press = "From: Press <press@prisons.example>\r\nTo: news@papers.example\r\nSubject: Our new building\r\nMessage-ID: <9@prisons.example>\r\n\r\nIt is finished, and we accept visitors.\r\n";
    let added = how.replace("{address}", &letters[0].reply_to()).replace("{id}", &letters[0].header("Message-ID").unwrap());
    desk.deliver(days_on(1), [added.as_bytes(), &signed(press, names)].concat());
    desk.tick_at(days_on(1));
    desk.mails().remove(0)
}

#[test]
fn a_signature_proves_nothing_of_the_address_that_was_put_on_the_mail_afterwards() {
    for added in ["Delivered-To: {address}\r\n", "Cc: {address}\r\n", "In-Reply-To: {id}\r\n", "References: {id}\r\n"] {
        let names = NameServer::start();
        let desk = asked_with(&names);
        let mail = sent_once_more(&desk, &names, added);
        assert_eq!(mail["proof"], "not_proven", "{added}: {mail:#}");
        let shown = desk.must(&["mail", "show", "1"]);
        assert!(shown.contains("sender not verified") && shown.contains("not covered by the sender's signature"), "{shown}");
    }
    let names = NameServer::start();
    let desk = asked_with(&names);
    let answer = desk.letters()[0].answered_by("post@prisons.example", "The cells are aired.");
    desk.deliver(days_on(1), signed(&answer, &names));
    desk.tick_at(days_on(1));
    assert_eq!(desk.mails()[0]["proof"], "authentic", "To is signed");
}

/// It is recorded on Tuesday, when the name server gives no answer. The mail as the desk then sees it.
fn received_in_silence(desk: &Desk, names: &NameServer, mail: impl AsRef<[u8]>) -> serde_json::Value {
    names.out_of_order(true);
    desk.deliver(days_on(1), mail);
    desk.tick_at(days_on(1));
    desk.mails().remove(0)
}

#[test]
fn a_domain_that_has_always_signed_and_sends_unsigned_is_not_believed() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    for day in 1..6 {
        let letter = by_reference_alone(&desk).replace("<1@", &format!("<{day}@")).replace("aired", &format!("aired {day} times"));
        desk.deliver(days_on(1), signed(&letter, &names));
        // Each signs with a key of its own, published until the next one.
        desk.tick_at(minutes_on(24 * 60 + day));
    }
    let unsigned = by_reference_alone(&desk).replace("<1@", "<9@").replace("aired", "closed");
    desk.deliver(days_on(2), unsigned);
    desk.tick_at(days_on(2));
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["standing"], &mail["proof"]), (&"suggested".into(), &"contradicted".into()), "{mail:#}");
    assert!(mail["because"].to_string().contains("has always signed its mail"), "{mail:#}");
    assert!(desk.rests().iter().all(|rest| rest.mail != MailId(6)), "a forgery rests nothing");
    // That it was sent says nothing of what the domain does: the next one is not believed either.
    desk.deliver(days_on(3), by_reference_alone(&desk).replace("<1@", "<10@").replace("aired", "gone"));
    desk.tick_at(days_on(3));
    assert_eq!(desk.mails()[0]["proof"], "contradicted");
    // A person knows better: it does send without, and its next letter rests what is due like an answer.
    let reference = desk.reference_to("Prison Service");
    let next = |day: i64| {
        desk.deliver(days_on(day), by_reference_alone(&desk).replace("<1@", &format!("<{day}0@")).replace("aired", &format!("open {day}")));
        desk.tick_at(days_on(day));
        desk.mails().remove(0)
    };
    desk.must(&["mail", "link", "--no-answer", "6", &reference]);
    desk.must(&["mail", "unlink", "6"]);
    assert_eq!(next(4)["proof"], "contradicted", "what the person said is taken back");
    desk.must(&["mail", "link", "--no-answer", "6", &reference]);
    let mail = next(7);
    assert_eq!((&mail["proof"], &mail["effect"]), (&"policy_unmet".into(), &"waiting".into()), "{mail:#}");
    desk.is_sound();
}

#[test]
fn a_bare_mail_under_the_name_of_a_domain_that_promises_signatures_rests_a_reminder_for_days_only() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    let letters_with = |mail: Option<&str>| {
        let desk = asked_with(&names);
        if let Some(mail) = mail {
            desk.deliver(days_on(57), mail);
        }
        [57..60, 60..72].map(|days| {
            days.for_each(|day| {
                desk.tick_at(days_on(day));
            });
            desk.letters().len()
        })
    };
    let bare = format!(
        "From: x@prisons.example\r\nTo: {}\r\nSubject: hello\r\nMessage-ID: <hello@x.example>\r\n\r\nhello there\r\n",
        desk.letters()[0].header("From").unwrap()
    );
    assert_eq!([letters_with(None), letters_with(Some(&bare))], [[2, 2], [1, 2]], "the reminder comes a week later");
}

#[test]
fn a_letter_that_came_while_the_dns_was_silent_is_linked_once_its_authority_authenticates_it() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    let waits = received_in_silence(&desk, &names, signed(&by_reference_alone(&desk), &names));
    assert_eq!((&waits["standing"], &waits["effect"]), (&"linked".into(), &"waiting".into()), "{waits:#}");
    assert!(waits["because"].to_string().contains("the DNS did not answer"), "{waits:#}");
    names.out_of_order(false);
    desk.tick_at(minutes_on(24 * 60 + 5));
    assert_eq!(desk.mails()[0]["effect"], "waiting", "not asked at every pass");
    desk.tick_at(minutes_on(24 * 60 + 15));
    assert_eq!(desk.mails()[0]["effect"], "reply", "{:#?}", desk.mails());
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    desk.is_sound();
}

#[test]
fn an_unsigned_letter_of_a_domain_that_promises_signatures_waits_for_a_person() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    received_in_silence(&desk, &names, by_reference_alone(&desk));
    names.out_of_order(false);
    desk.tick_at(days_on(2));
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["standing"], &mail["effect"]), (&"linked".into(), &"waiting".into()), "{mail:#}");
    assert_eq!(mail["proof"], "policy_unmet", "{mail:#}");
    assert_eq!(desk.request_to("Prison Service")["state"], "pending");
    assert!(!is_any_judged_again(&desk));
    desk.is_sound();
}

#[test]
fn an_answer_on_our_thread_counts_once_the_dns_has_been_silent_for_a_day() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    let answer = desk.letters()[0].answered_by("post@prisons.example", "The cells are aired.");
    let waits = received_in_silence(&desk, &names, answer);
    assert_eq!((&waits["standing"], &waits["effect"]), (&"linked".into(), &"waiting".into()), "{waits:#}");
    for hour in 1..30 {
        desk.tick_at(minutes_on(24 * 60 + hour * 60));
    }
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["effect"], &mail["proof"]), (&"reply".into(), &"not_proven".into()), "{mail:#}");
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    assert!(!is_any_judged_again(&desk), "after a day nobody is asked any more");
    let asked_again = desk.events().iter().filter(|event| *event == "sender judged again").count();
    assert!((3..=8).contains(&asked_again), "really asked again, and less and less often: {asked_again}");
    desk.is_sound();
}

/// Whether it asks for signatures nobody could be asked.
#[test]
fn an_unsigned_answer_of_a_domain_that_has_always_signed_is_no_forgery_where_its_policy_is_not_known() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    for day in 1..6 {
        let letter = by_reference_alone(&desk).replace("<1@", &format!("<{day}@")).replace("aired", &format!("aired {day} times"));
        desk.deliver(days_on(1), signed(&letter, &names));
        desk.tick_at(minutes_on(24 * 60 + day));
    }
    names.out_of_order(true);
    desk.deliver(days_on(2), desk.letters()[0].answered_by("post@prisons.example", "The cells are aired, as ever."));
    for hour in 0..30 {
        desk.tick_at(minutes_on(2 * 24 * 60 + hour * 60));
    }
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["standing"], &mail["proof"]), (&"linked".into(), &"not_proven".into()), "{mail:#}");
    desk.is_sound();
}

#[test]
fn what_a_person_has_placed_meanwhile_stays_where_it_is() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    let mail = received_in_silence(&desk, &names, by_reference_alone(&desk));
    desk.must(&["mail", "link", &mail["id"].to_string(), &desk.reference_to("Prison Service")]);
    names.out_of_order(false);
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails()[0]["standing"], "linked");
    desk.is_sound();
}

/// A mail from anybody, with ten signatures of names as long as they may be, none of which anybody answers for.
fn stuffed(number: usize, author: &str, signer: &str) -> String {
    let long = "x".repeat(60);
    let signature = |of: usize| {
        let selector = format!("silent{number}-{of}");
        format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d{of}.{long}.{signer}; s={selector}; h=From; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YQ==\r\n"
        )
    };
    let signatures: String = (0..10).map(signature).collect();
    format!(
        "{signatures}From: {author}\r\nTo: office@npm.example\r\nSubject: {number}\r\nMessage-ID: <stuffed{number}@strangers.example>\r\n\r\n"
    )
}

/// The verdict on each mail, by the beginning of the address it is from.
fn verdicts(desk: &Desk, from: &str) -> Vec<Verdict> {
    let by_them = |mail: &KeptMail| mail.sender.as_ref().is_some_and(|sender| sender.starts_with(from));
    desk.stored().into_iter().filter(by_them).map(|mail| mail.verdict.unwrap()).collect()
}

/// Whether it is by whom it says will be asked once more of some mail.
fn is_any_judged_again(desk: &Desk) -> bool {
    desk.stored().iter().any(|mail| mail.judged_again_at.is_some())
}

#[test]
fn stuffed_mails_before_a_genuine_one_cost_it_neither_its_proof_nor_the_office_its_time() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    for number in 0..6 {
        desk.deliver(days_on(1), stuffed(2 * number, "x@strangers.example", "strangers.example"));
        desk.deliver(days_on(1), stuffed(2 * number + 1, "post@prisons.example", "prisons.example"));
    }
    desk.deliver(days_on(1), signed(&by_reference_alone(&desk), &names));
    let begun = std::time::Instant::now();
    desk.tick_at(days_on(1));
    assert!(begun.elapsed().as_secs() < 18, "{:?}", begun.elapsed());
    assert_eq!(desk.request_to("Prison Service")["state"], "completed", "{:#?}", desk.mails());
    desk.is_sound();
}

#[test]
fn forty_nine_ordinary_signed_mails_at_once_are_all_judged() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    for number in 0..49 {
        let domain = format!("ministry{number}.example");
        names.publish(&format!("_dmarc.{domain}"), &["v=DMARC1; p=reject"]);
        let letter = format!(
            "From: post@{domain}\r\nTo: office@npm.example\r\nSubject: News\r\nMessage-ID: <{number}@{domain}>\r\n\r\nRead us.\r\n"
        );
        desk.deliver(days_on(1), signed_by(&domain, &letter, &names));
    }
    desk.tick_at(days_on(1));
    assert_eq!(verdicts(&desk, "post@ministry"), [Verdict::Authentic; 49]);
}

#[test]
fn a_name_server_that_never_answers_keeps_a_pass_waiting_for_seconds_only() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    for number in 0..110 {
        let letter =
            format!("From: post@ministry{number}.example\r\nMessage-ID: <{number}@ministry.example>\r\nSubject: News\r\n\r\nRead us.\r\n");
        desk.deliver(days_on(1), letter);
    }
    names.fall_silent();
    let begun = std::time::Instant::now();
    desk.tick_at(days_on(1));
    assert!(begun.elapsed().as_secs() < 18, "{:?}", begun.elapsed());
    assert_eq!(verdicts(&desk, "post@ministry"), [Verdict::TryAgain; 110]);
}

/// The office's mail server writes into each mail who sent it, and nobody has told demarche that it does.
#[test]
fn check_finds_the_offices_own_mail_server_in_the_mailbox_and_proposes_it() {
    let desk = Desk::init();
    let found = |desk: &Desk| {
        let findings: Vec<serde_json::Value> = serde_json::from_str(&desk.run(&["check", "--offline", "--json"]).out).unwrap();
        findings.into_iter().filter(|finding| finding["part"] == "senders").collect::<Vec<_>>()
    };
    assert!(found(&desk).is_empty(), "before there is any mail");
    for number in 0..3 {
        desk.deliver(
            days_on(1),
            format!(
                "Authentication-Results: mx.npm.example; dmarc=pass header.from=prisons.example\r\nReceived: from mail.prisons.example by mx.npm.example with ESMTPS id 1; now\r\nAuthentication-Results: mx.evil.example; dmarc=pass\r\nFrom: post@prisons.example\r\nSubject: {number}\r\n\r\nText.\r\n"
            ),
        );
    }
    desk.tick_at(days_on(1));
    let proposed = found(&desk);
    assert_eq!(proposed.len(), 1, "{proposed:#?}");
    assert_eq!(proposed[0]["gravity"], "warning");
    assert!(proposed[0]["mend"].as_str().unwrap().contains("trusted_authserv_ids = [\"mx.npm.example\"]"), "{proposed:#?}");
    desk.change("# trusted_authserv_ids = [\"mx.office.example\"]", "trusted_authserv_ids = [\"mx.npm.example\"]");
    assert_eq!(found(&desk)[0]["gravity"], "good");
    desk.change("trusted_authserv_ids = [\"mx.npm.example\"]", "trusted_authserv_ids = [\"mail.npm.example\"]");
    let never_seen = found(&desk);
    assert_eq!(never_seen[0]["gravity"], "warning");
    assert!(never_seen[0]["mend"].as_str().unwrap().contains("mx.npm.example"), "{never_seen:#?}");
}
