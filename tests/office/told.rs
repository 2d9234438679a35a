//! What staff are told about a mail that waits, and which steps they are offered: each of them works, and does no more than it says.

use demarche::register::Rests;

use crate::desk::Desk;
use crate::folders::{days_on, monday};

/// Two authorities, each with one letter sent on Monday; the DNS is not asked.
fn asked() -> Desk {
    let desk = Desk::init();
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
    desk
}

/// Received on Tuesday, and told to staff on Wednesday: in one line, since digests wrap theirs.
fn told_of(desk: &Desk, mail: &str) -> String {
    desk.deliver(days_on(1), mail);
    desk.tick_at(days_on(1));
    desk.tick_at(days_on(2));
    in_one_line(&desk.letters_to("staff@office.example").iter().map(|letter| letter.raw.clone()).collect::<String>())
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// By the reference alone, so that it waits for a person.
fn by_reference(from: &str, reference: &str, text: &str) -> String {
    format!("From: {from}\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <1@x.example>\r\n\r\n{text}\r\n")
}

const MORE_TIME: &str = "We ask for six more weeks: the new director takes office in April.";

#[test]
fn a_letter_that_asks_for_more_time_is_linked_in_one_step_and_the_request_stays_open() {
    let desk = asked();
    let reference = desk.reference_to("Prison Service");
    let step = format!("demarche mail link --no-answer 1 {reference}");
    let told = told_of(&desk, &by_reference("post@prisons.example", &reference, MORE_TIME));
    assert!(told.contains(&step) && told.contains("asks for time"), "{told}");
    let shown = desk.must(&["mail", "show", "1"]);
    assert!(shown.contains(&step) && shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let waits = &desk.shown(&reference)["waits_for"]["mails"];
    assert_eq!((&waits[0]["mail"], &waits[0]["rests"]), (&1.into(), &"until_somebody_looks".into()), "{waits:#}");
    // The date is granted first: whoever grants it is told that the mail goes on waiting.
    let granted = desk.must(&["requests", "extend", &reference, "2041-06-14", "--reason", "new director"]);
    assert!(granted.contains(&step) && granted.contains("Mail 1 waits"), "{granted}");
    let words: Vec<&str> = step.split(' ').skip(1).collect();
    desk.must(&words);
    let mail = desk.mails().remove(0);
    assert_eq!((&mail["standing"], &mail["effect"], &mail["rests"]), (&"linked".into(), &"acknowledgement".into(), &false.into()));
    assert_eq!(mail["requests"], serde_json::json!([reference]));
    let request = desk.request_to("Prison Service");
    assert_eq!((&request["state"], &request["deadline"]), (&"pending".into(), &"2041-06-14".into()));
    assert_eq!(desk.shown(&reference)["waits_for"]["mails"], serde_json::json!([]));
    assert!(!desk.must(&["mail", "list", "--waiting"]).contains("post@prisons"));
    // And nothing rests: who does not answer is reminded.
    desk.tick_at(days_on(7 * 16));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 2);
    desk.is_sound();
}

#[test]
fn a_deputys_question_that_is_linked_without_answering_teaches_nothing_of_its_address() {
    let desk = asked();
    let letter = desk.letters_to("post@prisons.example").remove(0);
    told_of(&desk, &letter.answered_by("deputy@freemail.example", "Which cells do you mean?"));
    let reference = desk.reference_to("Prison Service");
    let paused = desk.must(&["requests", "pause", &reference, "--reason", "they ask which cells are meant"]);
    assert!(paused.contains(&format!("demarche mail link --no-answer 1 {reference}")), "{paused}");
    desk.must(&["mail", "link", "--no-answer", "1", &reference]);
    assert_eq!(desk.confirmed_senders(), []);
    assert_eq!(desk.answers(), []);
    assert_eq!(desk.request_to("Prison Service")["state"], "pending");
    desk.is_sound();
}

#[test]
fn of_a_mail_that_is_linked_to_two_requests_one_link_is_undone_and_the_other_request_rests_no_more() {
    let desk = asked();
    let (prison, police) = (desk.reference_to("Prison Service"), desk.reference_to("National Police"));
    told_of(&desk, &by_reference("sister@freemail.example", &format!("{prison} {police}"), "Both."));
    assert_eq!(desk.rests().len(), 2);
    desk.must(&["mail", "link", "1", &prison, &police]);
    desk.must(&["mail", "unlink", "1"]);
    assert_eq!(desk.rests().iter().filter(|rest| matches!(rest.rests, Rests::Request(_))).count(), 2);
    desk.must(&["mail", "link", "--no-answer", "1", &prison, &police]);
    desk.must(&["mail", "unlink", "1", &police]);
    assert_eq!(desk.rests(), [], "it is said what the mail is about");
    assert_eq!(desk.mails()[0]["requests"], serde_json::json!([prison]));
    desk.is_sound();
}

/// As Outlook passes a letter on.
fn passed_on(author: &str) -> String {
    format!(
        "From: S. Staff <staff@office.example>\r\nTo: desk@office.example\r\nSubject: FW: Our answer\r\nMessage-ID: <fw@office.example>\r\n\r\nFYI\r\n\r\n\
         -----Original Message-----\r\nFrom: {author}\r\nSent: Monday, March 18, 2041 9:12 AM\r\nTo: Staff <staff@office.example>\r\nSubject: Our answer\r\n\r\nThe cells are aired daily.\r\n"
    )
}

#[test]
fn a_colleague_who_passes_a_letter_on_is_not_all_that_is_told_of_it() {
    let desk = asked();
    let told = told_of(&desk, &passed_on("Anna Clerk <clerk@prisons.example>"));
    assert!(told.contains("Passes on a letter of: clerk@prisons.example (in the directory: Prison Service)"), "{told}");
    let shown = in_one_line(&desk.must(&["mail", "show", "1"]));
    assert!(shown.contains("passes on a letter of clerk@prisons.example (in the directory: Prison Service)"), "{shown}");
    // Of somebody in no directory, a digest says that a colleague has passed it on, and not whose it is.
    let desk = asked();
    let told = told_of(&desk, &passed_on("Sister Maria <sister@freemail.example>"));
    assert!(told.contains("Passed on by: a member of staff") && !told.contains("sister@"), "{told}");
    let shown = in_one_line(&desk.must(&["mail", "show", "1"]));
    assert!(shown.contains("passes on a letter of sister@freemail.example (in no directory)"), "{shown}");
}

#[test]
fn a_request_names_the_mails_that_wait_for_it_and_until_when_its_letters_rest() {
    let desk = asked();
    let letter = desk.letters_to("post@prisons.example").remove(0);
    told_of(&desk, &letter.answered_by("deputy@freemail.example", "Done."));
    let shown = desk.must(&["requests", "show", &desk.reference_to("Prison Service")]);
    // Tuesday, and five working days.
    let rests = "letters rest until 2041-03-12, or until somebody has looked";
    assert!(in_one_line(&shown).contains(rests) && shown.contains("demarche mail show 1"), "{shown}");
    let other = desk.must(&["requests", "show", &desk.reference_to("National Police")]);
    assert!(!other.contains("Waits for a person"), "{other}");
}

#[test]
fn that_a_letter_was_deleted_unread_is_told_and_not_counted_as_read() {
    let receipt = |desk: &Desk, subject: &str, how: &str| {
        let letter = desk.letters_to("post@prisons.example").remove(0);
        let id = letter.header("Message-ID").unwrap();
        format!(
            "From: post@prisons.example\r\nTo: {}\r\nSubject: {subject}\r\nMessage-ID: <mdn@prisons.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n\
             Your message was {how} on Tuesday.\r\n--x\r\nContent-Type: message/disposition-notification\r\n\r\n\
             Final-Recipient: rfc822; post@prisons.example\r\nOriginal-Message-ID: {id}\r\n\
             Disposition: automatic-action/MDN-sent-automatically; {}\r\n\r\n--x--\r\n",
            letter.reply_to(),
            if how.starts_with("read") { "displayed" } else { "deleted" }
        )
    };
    let counted = "1 report that a letter was delivered or read";
    let desk = asked();
    let told = told_of(&desk, &receipt(&desk, "Not read: your letter", "deleted without being read"));
    assert!(told.contains("Our letter was deleted without being read.") && !told.contains(counted), "{told}");
    let desk = asked();
    let told = told_of(&desk, &receipt(&desk, "Read: your letter", "read"));
    assert!(!told.contains("deleted without being read") && !told.contains("Mail 1"), "{told}");
}

#[test]
fn an_answer_that_is_taken_in_in_the_second_of_a_digest_is_told_by_the_next_one_and_each_once() {
    let desk = asked();
    let references = [desk.reference_to("Prison Service"), desk.reference_to("National Police")];
    let letters = [desk.letters_to("post@prisons.example"), desk.letters_to("post@police.example")];
    let answers = [(&letters[0], "post@prisons.example"), (&letters[1], "post@police.example")];
    for (letters, from) in answers {
        desk.deliver(days_on(1), letters[0].answered_by(from, "It is done."));
        desk.tick_at(days_on(1));
    }
    desk.tick_at(days_on(2));
    desk.tick_at(days_on(3));
    for reference in references {
        let told = desk.letters_to("staff@office.example").iter().filter(|digest| in_one_line(&digest.raw).contains(&reference)).count();
        assert_eq!(told, 1, "{reference}");
    }
}
