//! Mails that share a Message-ID, an author and a body: copies of one mail, or another mail that somebody sent first.

use crate::desk::Desk;
use crate::folders::{days_on, minutes_on, monday};

fn asked() -> Desk {
    let desk = Desk::init();
    desk.import("authorities", "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on,report\n2041/1,Prison Service,Air.,2041-03-01,A\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk
}

#[test]
fn who_sends_a_letters_words_first_under_another_head_does_not_make_the_letter_disappear() {
    let changes: [(&str, &str); 5] = [
        ("Subject: Our answer", "Subject: Offer of the week"),
        ("Date: Mon, 04 Mar 2041 10:20:00 +0000", "Date: Mon, 04 Mar 2030 10:20:00 +0000"),
        // The same bytes, of which a person sees other parts.
        ("Content-Type: multipart/mixed; boundary=b", "Content-Type: text/html"),
        ("Content-Type: multipart/mixed; boundary=b", "Content-Type: multipart/mixed; boundary=c"),
        ("In-Reply-To: ", "X-In-Reply-To: "),
    ];
    for (seen, first) in changes {
        let desk = asked();
        let ours = &desk.letters()[0];
        let letter = format!(
            "From: post@prisons.example\r\nTo: {}\r\nSubject: Our answer\r\nDate: Mon, 04 Mar 2041 10:20:00 +0000\r\nMessage-ID: <a@prisons.example>\r\n\
             In-Reply-To: {}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nThe cells are aired since January.\r\n--b--\r\n",
            ours.reply_to(),
            ours.header("Message-ID").unwrap()
        );
        let before = letter.replacen(seen, first, 1).replacen(&format!("To: {}", ours.reply_to()), "To: desk@office.example", 1);
        assert_ne!(before, letter);
        desk.deliver(minutes_on(10), before);
        desk.tick_at(minutes_on(10));
        desk.deliver(minutes_on(30), &letter);
        desk.tick_at(minutes_on(30));
        let mails = desk.mails();
        assert_eq!(mails.len(), 2, "{first}: both are kept");
        assert_eq!((&mails[0]["subject"], &mails[0]["effect"]), (&"Our answer".into(), &"reply".into()), "{first}: {mails:#?}");
        // The letter itself comes once, by whatever ways and however often.
        desk.deliver(minutes_on(40), format!("Received: from elsewhere.example by mx.office.example\r\n{letter}"));
        desk.deliver(minutes_on(41), letter.replace("\r\n", "\n"));
        desk.tick_at(minutes_on(41));
        assert_eq!(desk.mails().len(), 2, "{first}");
        desk.is_sound();
    }
}

#[test]
fn what_differs_in_its_attachment_alone_is_another_mail() {
    let desk = asked();
    let letter = |attached: &str| {
        format!(
            "From: post@prisons.example\r\nTo: desk@office.example\r\nSubject: Our answer\r\nMessage-ID: <a@prisons.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee what is attached.\r\n\
             --b\r\nContent-Type: text/plain; name=answer.txt\r\n\r\n{}{attached}\r\n--b--\r\n",
            "-".repeat(5_000)
        )
    };
    for attached in ["refused", "granted"] {
        desk.deliver(days_on(1), letter(attached));
        desk.tick_at(days_on(1));
    }
    assert_eq!(desk.mails().len(), 2);
    assert!(desk.must(&["search", "granted"]).contains("Our answer") && desk.must(&["search", "refused"]).contains("Our answer"));
}
