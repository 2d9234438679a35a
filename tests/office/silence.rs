//! Letters that leave and are never heard of: nothing comes back, nothing comes at all.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::folders::{Letter, days_on, minutes_on};

/// Ten letters to each of these addresses, sent on Monday.
fn ten_letters_to(addresses: &[&str]) -> Desk {
    let desk = Desk::init();
    let rows: String = addresses.iter().map(|address| format!("Authority {address},{address}\n")).collect();
    desk.import("authorities", &format!("name,email\n{rows}"));
    let asked: String = (0..10 * addresses.len())
        .map(|number| format!("2041/{number},Authority {},Air.,2041-03-01\n", addresses[number % addresses.len()]))
        .collect();
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n{asked}"));
    desk.must(&["requests", "open", "--new"]);
    // So many letters a minute to one domain, and in all.
    for minute in 0..3 {
        desk.tick_at(minutes_on(minute));
    }
    assert_eq!(
        desk.count("SELECT count(*) FROM delivery WHERE contact_id IS NOT NULL AND state = 'accepted'"),
        10 * addresses.len() as i64
    );
    desk
}

fn silent(desk: &Desk) -> Value {
    desk.json(&["status"]).remove(0)["silent"].clone()
}

/// What staff are told in the digests so far, oldest first.
fn digests(desk: &Desk) -> Vec<String> {
    let db = desk.register();
    let mut statement = db.prepare("SELECT bytes FROM letter WHERE role = 'digest' ORDER BY id").unwrap();
    let bytes: Vec<Vec<u8>> = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let text = |raw: &Vec<u8>| mail_parser::MessageParser::default().parse(raw).unwrap().body_text(0).unwrap().into_owned();
    bytes.iter().map(|raw| text(raw).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_domain_of_whose_last_ten_letters_nothing_is_heard_is_told_once_a_week_until_something_comes() {
    let desk = ten_letters_to(&["post@ministry.example"]);
    desk.tick_at(days_on(4));
    assert_eq!(silent(&desk), json!([]), "whoever was away for these days may still be heard of");
    for day in 5..=14 {
        desk.tick_at(days_on(day));
    }
    let told = "ministry.example: no reply, receipt or delivery report has come for the last 10 letters (since 4 March 2041); they may be \
                arriving in spam, so write or call by another way";
    // On the Mondays of the second and the third week.
    assert_eq!(digests(&desk).iter().filter(|digest| digest.contains(told)).count(), 2, "{:#?}", digests(&desk));
    assert_eq!(silent(&desk), json!([{ "to": "ministry.example", "letters": 10, "since": "2041-03-04" }]));
    let status: Vec<String> = desk.must(&["status"]).split_whitespace().map(str::to_owned).collect();
    assert!(status.join(" ").contains("has come from ministry.example for the last 10 letters (since 2041-03-04)"), "{status:?}");
    let letter = desk.letters().remove(0);
    desk.deliver(days_on(15), letter.answered_by("post@ministry.example", "Cells are aired for two hours."));
    desk.tick_at(days_on(15));
    assert_eq!(silent(&desk), json!([]));
    desk.is_sound();
}

/// Of one of the letters: `action` as its server says it (RFC 3464), or none for a person's client that says it was shown (RFC 8098).
fn receipt(letter: &Letter, action: Option<&str>) -> String {
    let (to, id) = (letter.header("Return-Path").unwrap(), letter.header("Message-ID").unwrap());
    let (about, fields) = match action {
        Some(action) => (
            "delivery-status",
            format!(
                "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {}\r\nAction: {action}\r\nStatus: 2.0.0\r\n",
                letter.to
            ),
        ),
        None => (
            "disposition-notification",
            format!(
                "Final-Recipient: rfc822; {}\r\nOriginal-Message-ID: {id}\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n",
                letter.to
            ),
        ),
    };
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Notice\r\nMessage-ID: <{}{}@mx.example>\r\nIn-Reply-To: {id}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={about}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nAbout your letter.\r\n--b\r\nContent-Type: message/{about}\r\n\r\n{fields}\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n--b--\r\n",
        about.len(),
        fields.len(),
    )
}

fn mail(from: &str, further: &str, text: &str) -> String {
    format!(
        "From: {from}\r\nTo: desk@office.example\r\nSubject: Notice\r\nMessage-ID: <{}@its.example>\r\n{further}\r\n{text}\r\n",
        text.len()
    )
}

#[test]
fn a_receipt_that_names_another_letter_is_no_sign_of_those_found_after_a_restore() {
    let desk = ten_letters_to(&["post@ministry.example"]);
    // Of letters that a restored register puts down from their copies nobody knows to which address they were to be returned.
    let db = rusqlite::Connection::open(desk.file("register.sqlite")).unwrap();
    db.execute("UPDATE delivery SET envelope_sender = ''", []).unwrap();
    drop(db);
    let letter = desk.letters().remove(0);
    let (id, to) = (letter.header("Message-ID").unwrap(), letter.header("Return-Path").unwrap());
    let of_another = receipt(&letter, None).replace(&id, "<another@its.example>").replace(&to, &letter.header("Reply-To").unwrap());
    desk.deliver(days_on(1), of_another);
    desk.tick_at(days_on(7));
    let linked = "SELECT count(*) FROM (SELECT mail_id FROM mail_link UNION SELECT mail_id FROM mail_suggestion) JOIN mail ON id = mail_id
                  WHERE kind = 'read receipt'";
    assert_eq!(desk.count(linked), 1);
    assert_eq!(silent(&desk)[0]["to"], json!("ministry.example"));
}

#[test]
fn what_shows_that_letters_are_seen_ends_the_silence_and_nothing_else_does() {
    let says_nothing: [fn(&Letter) -> String; 3] = [
        // The office's own relay, of a server that promises no report.
        |letter| receipt(letter, Some("relayed")),
        |_| mail("News <news@ministry.example>", "List-Id: <news.ministry.example>\r\nPrecedence: bulk\r\n", "The ministry's week."),
        |_| mail("post@notministry.example", "", "Good day, is anybody there?"),
    ];
    let desk = ten_letters_to(&["post@ministry.example"]);
    for (number, says) in says_nothing.iter().enumerate() {
        desk.deliver(days_on(1), says(&desk.letters()[number]));
    }
    desk.tick_at(days_on(7));
    assert_eq!((desk.mails().len(), &silent(&desk)[0]["to"]), (says_nothing.len(), &json!("ministry.example")));
    // What came back is told as that, and nine others are no ten.
    desk.deliver(days_on(7), receipt(&desk.letters()[4], Some("failed")));
    desk.tick_at(days_on(8));
    assert_eq!(silent(&desk), json!([]));
    let shows: [fn(&Letter) -> String; 5] = [
        |letter| receipt(letter, Some("delivered")),
        |letter| receipt(letter, None),
        |letter| letter.answered_by("post@ministry.example", "We have received your letter and will answer in due course."),
        // A robot that names none of our letters.
        |_| mail("Registry <registry@mail.ministry.example>", "Auto-Submitted: auto-replied\r\n", "I am out of office until Monday."),
        // Of another domain of the authority, and of nobody in the directory: only a person can say whether it counts.
        |letter| letter.answered_by("A Clerk <clerk@elsewhere.example>", "The ministry has asked me to answer you. Cells are aired."),
    ];
    for shows in shows {
        let desk = ten_letters_to(&["post@ministry.example"]);
        desk.deliver(days_on(1), receipt(&desk.letters()[3], Some("relayed")));
        desk.tick_at(days_on(6));
        assert_eq!(silent(&desk)[0]["to"], "ministry.example");
        let mail = shows(&desk.letters()[0]);
        desk.deliver(days_on(6), &mail);
        desk.tick_at(days_on(7));
        assert_eq!(silent(&desk), json!([]), "{mail}");
    }
}

#[test]
fn at_a_public_mail_provider_each_address_is_a_place_of_its_own() {
    let desk = ten_letters_to(&["first.prison@gmail.com", "second.prison@gmail.com"]);
    let letter = desk.letters_to("second.prison@gmail.com").remove(0);
    desk.deliver(days_on(1), letter.answered_by("second.prison@gmail.com", "Cells are aired for two hours."));
    desk.tick_at(days_on(7));
    assert_eq!(silent(&desk), json!([{ "to": "first.prison@gmail.com", "letters": 10, "since": "2041-03-04" }]));
}

#[test]
fn whoever_is_responsible_and_the_operator_are_told_and_nobody_else() {
    let desk = ten_letters_to(&["post@ministry.example"]);
    let member = |name: &str, more: &str| format!("[[staff]]\nname = \"{name}\"\naddress = \"{name}@office.example\"\n{more}\n\n");
    let staff = [
        member("ana", "responsible_for = [\"Authority post@ministry.example\"]"),
        member("ota", "operator = true"),
        member("ben", "role = \"head\""),
    ];
    desk.change("[[staff]]\nname = \"S. Staff\"", &format!("{}[[staff]]\nname = \"S. Staff\"", staff.concat()));
    desk.change("responsible_for = \"everything\"    #", "#");
    desk.change("\noperator = true                   #", "\n#");
    // Their digests begin with the first pass that knows them.
    desk.tick_at(days_on(4));
    desk.tick_at(days_on(7));
    let mut told: Vec<String> = Vec::new();
    for letter in desk.posted().iter().filter(|letter| letter.to.ends_with("@office.example")) {
        let text = mail_parser::MessageParser::default().parse(letter.raw.as_bytes()).unwrap().body_text(0).unwrap().into_owned();
        told.extend(text.contains("LETTERS OF WHICH NOTHING IS HEARD").then(|| letter.to.clone()));
    }
    assert_eq!(told, ["ana@office.example", "ota@office.example"]);
}
