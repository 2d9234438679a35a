//! Letters that a colleague, a list or the office itself passes on: whose they are.

use demarche::register::{KeptRest, Rests};

use crate::folders::days_on;
use crate::quoted_to_staff::told_to_staff;
use crate::several_requests::rests_all_of_sender;
use crate::trust::{asked, letter_to, received};

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
