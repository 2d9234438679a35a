//! Who wrote a mail, asked of a name server that may be out of order when it comes.

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
    use base64::Engine;
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&Ed25519Key::generate_pkcs8().unwrap()).unwrap();
    let public = base64::engine::general_purpose::STANDARD.encode(key.public_key());
    names.publish("march._domainkey.prisons.example", &[&format!("v=DKIM1; k=ed25519; p={public}")]);
    let signer = DkimSigner::from_key(key).domain("prisons.example").selector("march").headers(["From", "To", "Subject"]);
    format!("{}{letter}", signer.sign(letter.as_bytes()).unwrap().to_header()).into_bytes()
}

/// It is taken in on Tuesday, when the name server gives no answer. The mail as the desk then sees it.
fn received_in_silence(desk: &Desk, names: &NameServer, mail: impl AsRef<[u8]>) -> serde_json::Value {
    names.out_of_order(true);
    desk.deliver(days_on(1), mail);
    desk.tick_at(days_on(1));
    desk.mails().remove(0)
}

#[test]
fn a_letter_that_came_while_the_dns_was_silent_is_linked_once_its_authority_vouches_for_it() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    let waits = received_in_silence(&desk, &names, signed(&by_reference_alone(&desk), &names));
    assert_eq!(waits["standing"], "suggested", "{waits:#}");
    assert!(waits["because"].to_string().contains("the DNS did not answer"), "{waits:#}");
    names.out_of_order(false);
    desk.tick_at(minutes_on(24 * 60 + 5));
    assert_eq!(desk.mails()[0]["standing"], "suggested", "not asked at every pass");
    desk.tick_at(minutes_on(24 * 60 + 15));
    assert_eq!(desk.mails()[0]["standing"], "linked", "{:#?}", desk.mails());
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    desk.is_sound();
}

#[test]
fn a_forgery_that_came_while_the_dns_was_silent_is_found_out_and_never_linked() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    received_in_silence(&desk, &names, by_reference_alone(&desk));
    names.out_of_order(false);
    desk.tick_at(days_on(2));
    let mail = desk.mails().remove(0);
    assert_eq!(mail["standing"], "suggested", "{mail:#}");
    assert!(mail["because"].to_string().contains("prisons.example asks that such mail be refused"), "{mail:#}");
    assert_eq!(desk.count("SELECT count(*) FROM judged_again"), 0);
    desk.is_sound();
}

#[test]
fn an_answer_on_our_thread_counts_at_once_and_is_told_once_however_often_the_dns_is_asked() {
    let names = NameServer::start();
    let desk = asked_with(&names);
    let answer = desk.letters()[0].answered_by("post@prisons.example", "The cells are aired.");
    assert_eq!(received_in_silence(&desk, &names, answer)["standing"], "linked");
    let linked_at = "SELECT linked_at FROM mail_link";
    let since = desk.count(linked_at);
    for day in 2..9 {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.count(linked_at), since, "a link that is found again is no news");
    assert_eq!(desk.count("SELECT count(*) FROM judged_again"), 0, "after five days nobody is asked any more");
    let asked_again = desk.events().iter().filter(|event| *event == "sender judged again").count();
    assert!((2..=5).contains(&asked_again), "{asked_again}");
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
