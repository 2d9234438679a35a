//! `check --letter`: the office writes to itself, and reads how mail servers see its letters.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::desk::{Desk, until};
use crate::folders::Letter;
use crate::post::Post;
use crate::relay::Relay;
use crate::senders::signed_by;
use crate::support::name_server::NameServer;

/// What is told of the letter, worst first by the words of `check`; and the exit code.
struct Told {
    code: Option<i32>,
    findings: Vec<Value>,
}

impl Told {
    fn of(output: &std::process::Output) -> Told {
        let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        Told { code: output.status.code(), findings: all.into_iter().filter(|finding| finding["part"] == "letter").collect() }
    }

    /// That one finding says so, with this gravity.
    fn says(&self, gravity: &str, words: &str) {
        let said = self
            .findings
            .iter()
            .any(|finding| finding["gravity"] == gravity && format!("{} {}", finding["what"], finding["mend"]).contains(words));
        assert!(said, "{gravity}: {words} in {:#?}", self.findings);
    }
}

fn begun(desk: &Desk) -> Child {
    let mut command = desk.command(&["check", "--letter", "--wait", "120", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The letter that a running `check` has sent.
fn handed_over(desk: &Desk) -> Letter {
    let out = desk.file("mail/out/new");
    until("the letter", || std::fs::read_dir(&out).is_ok_and(|mut files| files.next().is_some()).then_some(()));
    let letter = desk.posted().remove(0);
    assert!(letter.raw.starts_with("Return-Path: <desk+b-"), "{}", letter.raw);
    assert!(letter.to.starts_with("desk+r-") && letter.reply_to() == letter.to, "an address like those of replies: {}", letter.to);
    letter
}

/// As it is on its way, without what the folder was told of the envelope.
fn under_way(letter: &Letter) -> String {
    letter.raw.split_once("Delivered-To:").unwrap().1.split_once("\r\n").unwrap().1.to_owned()
}

/// Whoever runs the daemon later finds nothing of it that waits.
fn is_set_aside(desk: &Desk) {
    let mails = desk.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert_eq!((mails[0]["standing"].as_str(), desk.json(&["status"])[0]["waiting_for_a_person"].as_i64()), (Some("set aside"), Some(0)));
    assert!(desk.must(&["mail", "show", "1"]).contains("`demarche check` tries the way of letters"));
}

fn asks(desk: &Desk, names: &NameServer) {
    desk.change("dns = false", "dns = true");
    desk.change("# name_server = \"127.0.0.1:53\"", &format!("name_server = \"{}\"", names.address));
}

#[test]
fn a_letter_that_was_outside_tells_what_servers_think_of_the_office() {
    let names = NameServer::start();
    let desk = Desk::in_real_time();
    asks(&desk, &names);
    desk.change("# trusted_authserv_ids = [\"mx.office.example\"]", "trusted_authserv_ids = [\"mx.office.example\"]");
    names.publish("_dmarc.office.example", &["v=DMARC1; p=reject"]);
    names.publish("office.example", &["v=spf1 mx -all"]);
    let check = begun(&desk);
    let letter = handed_over(&desk);
    let sent = String::from_utf8(signed_by("office.example", &under_way(&letter), &names)).unwrap();
    let sender = letter.header("Return-Path").unwrap();
    let arrived = format!(
        "Return-Path: {sender}\r\nAuthentication-Results: mx.office.example; spf=pass smtp.mailfrom={}\r\nReceived: from out.example (out.example [192.0.2.9]) by mx.office.example with ESMTPS id 2; now\r\nReceived: from desk by out.example with ESMTPSA id 1; now\r\n{sent}",
        sender.trim_matches(['<', '>'])
    );
    desk.deliver(jiff::Timestamp::now(), arrived);
    let told = Told::of(&check.wait_with_output().unwrap());
    assert_eq!(told.code, Some(0));
    told.says("good", "the office's own letter arrived within");
    told.says("good", "SPF passes for office.example, which fits From (office.example)");
    told.says("good", "the DKIM signature of office.example holds, and fits From");
    told.says("good", "DMARC passes; office.example asks that letters that fail be refused (p=reject)");
    assert_eq!(told.findings.len(), 4, "{:#?}", told.findings);
    assert_eq!(desk.mails().len(), 0, "`check` changes nothing");
    desk.tick();
    is_set_aside(&desk);
    desk.is_sound();
}

/// Over Postfix and Dovecot, as an office has them that keeps its mail on one machine of its own.
#[test]
fn a_letter_that_never_left_the_offices_own_server_tells_what_can_be_looked_up_and_why_no_more() {
    let post = Post::open();
    let names = NameServer::start();
    let desk = post.desk();
    asks(&desk, &names);
    names.publish("requests.example", &["v=spf1 mx -all"]);
    let told = Told::of(&desk.command(&["check", "--letter", "--json"]).output().unwrap());
    assert_eq!(told.code, Some(0), "a warning is no failure: {:#?}", told.findings);
    told.says("good", "imap:desk@localhost/INBOX");
    told.says("good", "requests.example publishes an SPF record, and fits From (requests.example); whether SPF passes cannot be read, for the letter never left");
    told.says("warning", "no DKIM signature: authorities' servers may put your letters into spam");
    told.says("warning", "requests.example publishes no DMARC policy");
    assert_eq!((post.found("desk", &["ALL"]), post.found("desk", &["UNSEEN"])), (1, 1));
    desk.tick();
    is_set_aside(&desk);
}

#[test]
fn without_letter_and_with_dns_false_nothing_is_sent_and_nothing_is_asked() {
    let desk = Desk::in_real_time();
    desk.must(&["check"]);
    assert!(!desk.file("mail/out/new").exists() || desk.posted().is_empty());
    let check = begun(&desk);
    let letter = handed_over(&desk);
    desk.deliver(jiff::Timestamp::now(), under_way(&letter));
    let told = Told::of(&check.wait_with_output().unwrap());
    assert_eq!(told.code, Some(0));
    told.says("good", "the DNS is not asked (dns = false)");
    told.says("good", "the DMARC policy of office.example is not looked up");
    told.says("warning", "no DKIM signature");
}

#[test]
fn a_letter_in_the_junk_folder_is_found_there_and_said_to_be() {
    let post = Post::open();
    post.dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Junk"]);
    let desk = post.desk();
    // A filter of the office's own puts it there: it is taken from the folder of what is sent.
    let smtp = format!(
        "kind = \"smtp\"\nhost = \"localhost\"\nport = {}\nuser = \"desk\"\npassword_file = \"smtp-password\"\nca_file = \"our-ca.pem\"",
        post.postfix.smtps
    );
    desk.change(&smtp, "kind = \"maildir\"\npath = \"mail/out\"");
    let check = begun(&desk);
    let letter = handed_over(&desk);
    post.dovecot.save_in("Junk", &under_way(&letter).replace("\r\n", "\n"));
    let told = Told::of(&check.wait_with_output().unwrap());
    assert_eq!(told.code, Some(0));
    told.says("warning", "came into the Junk folder: imap:desk@localhost/Junk");
}

#[test]
fn a_daemon_that_was_faster_is_asked_for_the_letter() {
    let desk = Desk::in_real_time();
    let check = begun(&desk);
    let letter = handed_over(&desk);
    std::fs::write(desk.file("letter.eml"), under_way(&letter)).unwrap();
    desk.must(&["ingest", "letter.eml"]);
    let told = Told::of(&check.wait_with_output().unwrap());
    told.says("good", "the register, for the daemon has received it");
    is_set_aside(&desk);
}

#[test]
fn a_letter_that_does_not_arrive_is_said_not_to_have_and_where_to_look() {
    let desk = Desk::in_real_time();
    let told = Told::of(&desk.command(&["check", "--letter", "--wait", "1", "--json"]).output().unwrap());
    assert_eq!(told.code, Some(4));
    told.says("unreachable", "did not arrive within 1 s");
    told.says("unreachable", "plus-addresses");
    assert_eq!(told.findings.len(), 1, "nothing is guessed: {:#?}", told.findings);
}

#[test]
fn a_relay_that_refuses_the_offices_own_address_is_told_with_its_words() {
    let desk = Desk::in_real_time();
    let relay = Relay::open(vec![("RCPT", "550 5.1.1 no plus-addresses here")]);
    relay.serves(&desk);
    let told = Told::of(&desk.command(&["check", "--letter", "--json"]).output().unwrap());
    assert_eq!((told.code, relay.taken().len()), (Some(1), 0));
    told.says("fault", "no plus-addresses here");
    relay.says(vec![("RCPT", "451 4.7.1 later")]);
    let told = Told::of(&desk.command(&["check", "--letter", "--json"]).output().unwrap());
    assert_eq!(told.code, Some(4));
    told.says("unreachable", "451");
    // Where the mailbox cannot be read, no letter is wasted.
    std::fs::rename(desk.file("mail/in"), desk.file("mail/elsewhere")).unwrap();
    let asked = relay.asked();
    let told = Told::of(&desk.command(&["check", "--letter", "--json"]).output().unwrap());
    told.says("warning", "no letter was sent to the office itself");
    assert_eq!(relay.asked(), asked);
}

#[test]
fn a_check_letter_that_comes_back_as_undeliverable_waits_for_nobody_and_a_forgery_of_one_does() {
    let desk = Desk::in_real_time();
    let check = begun(&desk);
    let letter = handed_over(&desk);
    let (sender, id) = (letter.header("Return-Path").unwrap(), letter.header("Message-ID").unwrap());
    let bounce = format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@office.example\r\nTo: {sender}\r\nDelivered-To: {}\r\nSubject: Undelivered Mail\r\nMessage-ID: <1@mx.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n--b--\r\n",
        sender.trim_matches(['<', '>']),
        letter.to,
    );
    desk.deliver(jiff::Timestamp::now(), bounce);
    desk.tick();
    is_set_aside(&desk);
    let forged = format!(
        "From: desk@office.example\r\nReply-To: x@evil.example\r\nTo: {}\r\nSubject: x\r\nMessage-ID: {}\r\n\r\nText.\r\n",
        letter.to,
        id.replacen("check.", "check.1", 1)
    );
    desk.deliver(jiff::Timestamp::now(), forged);
    desk.tick();
    assert_ne!(desk.mails().iter().find(|mail| mail["id"] == 2).unwrap()["standing"], "set aside");
    desk.deliver(jiff::Timestamp::now(), under_way(&letter));
    let told = Told::of(&check.wait_with_output().unwrap());
    assert_eq!(told.code, Some(0));
}
