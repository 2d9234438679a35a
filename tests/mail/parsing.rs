//! What offices receive, as broken as it comes, and how it is read all the same.

use demarche::mail::understood::Kind;
use demarche::mail::{Understood, understand};

/// A mail with these headers and this body, bytes as they are.
fn mail(headers: &str, body: &[u8]) -> Understood {
    understand(&[headers.as_bytes(), b"\r\n\r\n", body].concat())
}

fn names(understood: &Understood) -> Vec<&str> {
    understood.attachments.iter().map(|attachment| attachment.name.as_deref().unwrap_or("-")).collect()
}

fn told(understood: &Understood, words: &str) -> bool {
    understood.problems.iter().any(|problem| problem.contains(words))
}

#[test]
fn the_first_from_counts_as_for_verifiers_and_the_second_is_told() {
    let seen = mail("From: Ministry <a@ministry.example>\r\nFrom: b@elsewhere.example\r\nSubject: x", b"");
    assert_eq!(seen.from[0].address.as_deref(), Some("a@ministry.example"));
    assert_eq!(seen.from.len(), 1);
    assert!(told(&seen, "Ambiguous headers: From"));
}

#[test]
fn every_charset_an_authority_may_write_is_read() {
    let phrases: [(&str, &[u8], &str); 21] = [
        ("windows-1252", b"l\x92\x9cuvre \x80", "l’œuvre €"),
        ("iso-8859-1", b"\x93Ja\x94 \x80", "“Ja” €"),
        ("us-ascii", "Grüße".as_bytes(), "Grüße"),
        ("iso-8859-1", "Grüße".as_bytes(), "Grüße"),
        ("iso-8859-2", b"Pros\xedme \xb9", "Prosíme š"),
        ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
        ("win-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
        ("gb2312", b"\xc4\xe3\xba\xc3 \x95\x34\x9a\x31", "你好 \u{20ac3}"),
        ("big5", b"\xa7A\xa6n", "你好"),
        ("ks_c_5601-1987", b"\xbe\xc8\xb3\xe7", "안녕"),
        ("iso-2022-jp", b"\x1b$B%F%9%H\x1b(B", "テスト"),
        ("iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f", "안녕"),
        ("hz-gb-2312", b"~{Dc:C~}~~", "你好~"),
        ("utf-7", b"Gr+APwA3w-e +AOA- la", "Grüße à la"),
        ("IBM437", b"Z\x81rich \xe1", "Zürich ß"),
        ("cp-850", b"Z\x81rich", "Zürich"),
        ("cp852", b"\xab", "ź"),
        ("ibm866", b"\x8f\xe0\xa8\xa2\xa5\xe2", "Привет"),
        ("MacRoman", b"R\x8eponse", "Réponse"),
        ("x-unknown", "Grüße".as_bytes(), "Grüße"),
        ("\"utf-8;\"", "Grüße".as_bytes(), "Grüße"),
    ];
    for (charset, bytes, text) in phrases {
        let seen = mail(&format!("From: a@b.example\r\nContent-Type: text/plain; charset={charset}"), bytes);
        assert_eq!(seen.text, [text], "{charset}");
    }
}

#[test]
fn text_without_a_charset_is_read_as_what_its_bytes_look_like() {
    assert_eq!(mail("From: a@b.example", b"R\xe9ponse").text, ["Réponse"]);
    assert_eq!(mail("From: a@b.example", "Réponse".as_bytes()).text, ["Réponse"]);
    let russian = "Министерство рассмотрело рекомендацию и принимает её полностью.";
    let (koi8, _, _) = encoding_rs::KOI8_R.encode(russian);
    assert_eq!(mail("From: a@b.example", &koi8).text, [russian]);
    let chinese = "关于您的建议，我们现答复如下：第一项建议已被采纳，并将在今年年底前落实。";
    let (gb, _, _) = encoding_rs::GB18030.encode(chinese);
    assert_eq!(mail("From: a@b.example", &gb).text, [chinese]);
}

#[test]
fn short_text_without_a_charset_is_read_in_its_own_language() {
    for (encoding, text) in [
        (encoding_rs::WINDOWS_1252, "Antwört"),
        (encoding_rs::WINDOWS_1252, "N° 5 – l’avis"),
        (encoding_rs::WINDOWS_1250, "Žádost o vyjádření"),
        (encoding_rs::WINDOWS_1254, "Yanıt: görüş"),
    ] {
        let (bytes, _, _) = encoding.encode(text);
        assert_eq!(mail("From: a@b.example", &bytes).text, [text], "{}", encoding.name());
    }
}

#[test]
fn utf8_cut_in_the_middle_of_a_letter_stays_utf8() {
    let cut = &"Réponse à la première".as_bytes()[..18];
    let seen = mail("From: a@b.example\r\nContent-Type: text/plain; charset=utf-8", cut);
    assert!(seen.text[0].starts_with("Réponse à la pr"), "{:?}", seen.text);
}

#[test]
fn raw_letters_in_headers_are_read() {
    let raw = b"From: J\xfcrgen <a@b.example>\r\nTo: \"Bj\xc3\xb6rk\" <b@b.example>\r\nSubject: Antw\xf6rt\r\n\r\n";
    let seen = understand(raw);
    assert_eq!(seen.from[0].name.as_deref(), Some("Jürgen"));
    assert_eq!(seen.to[0].name.as_deref(), Some("Björk"));
    assert_eq!(seen.subject.as_deref(), Some("Antwört"));
}

#[test]
fn addresses_are_read_as_people_write_them() {
    let to = "To: undisclosed-recipients:;, \"Office, the\" <office@NPM.example>; clerk@court.example (The Clerk),\r\n \
        Board: one@b.example, Two <two@b.example>;, =?utf-8?Q?M=C3=BCller,_A.?= <three@b.example>, <@relay.example:four@b.example>, \"never closed <five@b.example>";
    let seen = mail(&format!("From: a@b.example\r\n{to}"), b"");
    let addresses: Vec<_> = seen.to.iter().map(|mailbox| (mailbox.name.as_deref(), mailbox.address.as_deref().unwrap_or("-"))).collect();
    assert_eq!(
        addresses,
        [
            (Some("Office, the"), "office@npm.example"),
            (Some("The Clerk"), "clerk@court.example"),
            (None, "one@b.example"),
            (Some("Two"), "two@b.example"),
            (Some("Müller, A."), "three@b.example"),
            (None, "four@b.example"),
            (Some("never closed"), "five@b.example"),
        ]
    );
}

#[test]
fn damaged_address_lists_lose_nobody() {
    let read = |to: &str| -> Vec<(Option<String>, Option<String>)> {
        let seen = mail(&format!("From: a@b.example\r\nTo: {to}"), b"");
        seen.to.into_iter().map(|mailbox| (mailbox.name, mailbox.address)).collect()
    };
    let one = |name: Option<&str>, address: &str| (name.map(str::to_owned), Some(address.to_owned()));
    for (to, expected) in [
        ("Anna <a@b.example, Bob <b@b.example>", vec![one(Some("Anna"), "a@b.example"), one(Some("Bob"), "b@b.example")]),
        ("<a@b.example> <b@b.example>", vec![one(None, "a@b.example"), one(None, "b@b.example")]),
        ("a@b.example b@b.example", vec![one(None, "a@b.example"), one(None, "b@b.example")]),
        ("Clerk, Anna <a@b.example>", vec![one(Some("Clerk, Anna"), "a@b.example")]),
        ("Anna <the clerk> <a@b.example>", vec![one(Some("Anna <the clerk>"), "a@b.example")]),
        ("\"system administrator\"@b.example", vec![one(None, "\"system administrator\"@b.example")]),
        ("Anna <\"a, b\"@b.example>, c@b.example", vec![one(Some("Anna"), "\"a, b\"@b.example"), one(None, "c@b.example")]),
        ("(one) a@b.example (two (three) \\) x)", vec![one(Some("one two (three) ) x"), "a@b.example")]),
        ("<@x.example,@y.example:a@b.example>", vec![one(None, "a@b.example")]),
        ("Anna a@b.example>", vec![one(Some("Anna"), "a@b.example")]),
        ("=?utf-8?Q?M=C3=BCller_=3Ca=40b=2Eexample=3E?=", vec![one(Some("Müller"), "a@b.example")]),
        ("<Undisclosed-Recipients:;>", vec![]),
        (",, ;,", vec![]),
    ] {
        assert_eq!(read(to), expected, "{to}");
    }
}

#[test]
fn attachment_names_are_read_as_mailers_write_them() {
    let read = |headers: &str| -> String {
        let body = format!("--b\r\n\r\nSee below.\r\n--b\r\n{headers}\r\n\r\nx\r\n--b--\r\n");
        names(&mail("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b", body.as_bytes())).join("|")
    };
    let disposition = "Content-Type: application/pdf\r\nContent-Disposition: attachment; ";
    for (parameters, name) in [
        ("filename*=utf-8''R%C3%A9ponse.pdf; filename=\"Rponse.pdf\"", "Réponse.pdf"),
        ("filename*1=\"nse.pdf\";\r\n filename*0*=iso-8859-1'fr'R%E9po", "Réponse.pdf"),
        ("filename*0*=utf-8''R%C3; filename*1*=%A9ponse.pdf", "Réponse.pdf"),
        ("filename*0*=utf-8''R%C3%A9; filename*1=po%6Ese.pdf", "Répo%6Ese.pdf"),
        ("filename*=\"utf-8''R%C3%A9ponse.pdf\"", "Réponse.pdf"),
        ("filename*=R%C3%A9ponse.pdf", "Réponse.pdf"),
        ("filename*0=\"=?utf-8?Q?R=C3=A9po\"; filename*1=\"nse.pdf?=\"", "Réponse.pdf"),
        ("filename==?utf-8?Q?R=C3=A9;ponse finale.pdf?=", "Ré;ponse finale.pdf"),
        ("filename=\"R%C3%A9ponse%20finale.pdf\"", "Réponse finale.pdf"),
        ("filename=\"100%25 agreed.pdf\"", "100%25 agreed.pdf"),
        ("filename=Our long answer.pdf; size=10", "Our long answer.pdf"),
        ("filename=\"a;b \\\"c\\\".pdf\"", "a;b \"c\".pdf"),
        ("filename='answer.pdf'", "answer.pdf"),
        ("filename=answer(1).pdf", "answer(1).pdf"),
        ("filename=\"../../etc/passwd\"", "passwd"),
        ("filename=\"answer\u{202e}fdp.exe\"", "answerfdp.exe"),
    ] {
        assert_eq!(read(&format!("{disposition}{parameters}")), name, "{parameters}");
    }
    for (headers, name) in [
        ("Content-Type: application/pdf; name=\"typed.pdf\"\r\nContent-Disposition: attachment; filename=\"\"", "typed.pdf"),
        ("Content-Type: application/pdf; charset=\"utf-8\" name=\"answer.pdf\"", "answer.pdf"),
        ("Content-Type: application/pdf name=\"answer.pdf\"", "answer.pdf"),
        ("Content-Type: pdf; name=answer.pdf", "answer.pdf"),
    ] {
        assert_eq!(read(headers), name, "{headers}");
    }
}

#[test]
fn an_office_in_brackets_belongs_to_the_name() {
    let seen = mail("From: Anna Clerk (Ministry of Justice) <a@ministry.example>\r\nTo: root (Cron Daemon)", b"");
    assert_eq!(seen.from[0].name.as_deref(), Some("Anna Clerk (Ministry of Justice)"));
    assert_eq!((seen.to[0].name.as_deref(), seen.to[0].address.as_deref()), (Some("Cron Daemon"), Some("root")));
}

#[test]
fn a_reply_address_in_bcc_shows_in_what_the_servers_say() {
    let seen = mail(
        "Return-Path: <>\r\nDelivered-To: office@npm.example\r\nX-Original-To: Office+K7Q2@npm.example\r\n\
         Received: from a by b with ESMTP id 1\r\n\tfor <second@npm.example>; Thu, 5 Mar 2026 10:00:00 +0100\r\nFrom: a@b.example\r\nTo: c@b.example",
        b"",
    );
    assert_eq!(seen.arrived_at, ["office@npm.example", "office+k7q2@npm.example", "second@npm.example"]);
    assert_eq!(seen.return_path.as_deref(), Some(""));
}

#[test]
fn identifiers_are_read_from_what_mailers_put_there() {
    let seen = mail(
        "Message-ID: <1@b.example>\r\nIn-Reply-To: Your message of \"Thu, 5 Mar 2026\" <2@npm.example>\r\nReferences: <3@npm.example>,<4@npm.ex\r\n ample> 5@npm.example\r\nFrom: a@b.example",
        b"",
    );
    assert_eq!(seen.message_id.as_deref(), Some("1@b.example"));
    assert_eq!(seen.in_reply_to, ["2@npm.example"]);
    assert_eq!(seen.references, ["3@npm.example", "4@npm.example"]);
    assert_eq!(mail("In-Reply-To: 2@npm.example\r\nFrom: a@b.example", b"").in_reply_to, ["2@npm.example"]);
}

#[test]
fn a_date_that_does_not_exist_is_none() {
    assert_eq!(mail("Date: Thu, 5 Mar 2026 10:00:00 +0100", b"x").date.as_deref(), Some("2026-03-05T10:00:00+01:00"));
    assert_eq!(mail("Date: 30 Feb 2026 25:61 +9999", b"x").date, None);
}

#[test]
fn a_mail_cut_off_keeps_what_arrived() {
    let seen = mail(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b",
        b"--b\r\n\r\nPlease find attached.\r\n--b\r\nContent-Type: application/pdf; name=answer.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQKJc",
    );
    assert_eq!(seen.text, ["Please find attached."]);
    assert_eq!((names(&seen), seen.attachments[0].size), (vec!["answer.pdf"], 10));
    assert!(told(&seen, "cut"));
}

#[test]
fn a_boundary_that_never_comes_leaves_one_text() {
    let seen = mail("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b", b"We accept.\r\n");
    assert_eq!(seen.text, ["We accept.\n"]);
    assert!(told(&seen, "boundary never comes"));
}

#[test]
fn parts_are_found_by_the_boundary_that_is_there() {
    let body = b"--other\r\nContent-Type: text/plain\r\n\r\nWe accept.\r\n--other\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n--other--\r\n";
    for headers in ["Content-Type: multipart/mixed", "Content-Type: multipart/mixed; boundary=named"] {
        let seen = mail(&format!("From: a@b.example\r\n{headers}"), body);
        assert_eq!((seen.text.as_slice(), names(&seen)), (["We accept.".to_owned()].as_slice(), vec!["a.pdf"]), "{headers}");
        assert!(told(&seen, "not the one the head names"));
    }
}

#[test]
fn line_ends_of_every_kind_are_line_ends() {
    let crlf = "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nWe accept.\r\n--b--\r\n";
    for line_end in ["\r\n", "\n", "\r", "\r\r\n"] {
        let seen = understand(crlf.replace("\r\n", line_end).as_bytes());
        assert_eq!((seen.subject.as_deref(), seen.text.join("").trim()), (Some("x"), "We accept."), "{line_end:?}");
    }
}

#[test]
fn blank_lines_before_the_headers_are_skipped() {
    let seen = understand(b"\r\n\nFrom: a@b.example\r\nSubject: x\r\n\r\nWe accept.");
    assert_eq!((seen.subject.as_deref(), seen.text), (Some("x"), vec!["We accept.".to_owned()]));
    assert_eq!(understand(b"\r\nNote: we accept.").text, ["Note: we accept."]);
}

#[test]
fn a_missing_blank_line_loses_no_text() {
    let seen = understand(b"From: a@b.example\r\nSubject: x\r\nDear colleagues\r\nwe accept.\r\n");
    assert_eq!((seen.subject.as_deref(), seen.text), (Some("x"), vec!["Dear colleagues\nwe accept.\n".to_owned()]));
}

#[test]
fn the_letter_inside_an_opaque_signature_is_read() {
    // SignedData of indefinite length with "Content-Type: text/plain\r\n\r\nWe accept." inside.
    let inner = b"Content-Type: text/plain\r\n\r\nWe accept.";
    let mut der = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80".to_vec();
    der.extend([0x04, u8::try_from(inner.len()).unwrap()]);
    der.extend(inner);
    der.extend([0; 12]);
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let seen = mail(
        "From: a@b.example\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64",
        body.as_bytes(),
    );
    assert_eq!(seen.text, ["We accept."]);
    assert_eq!(names(&seen), ["smime.p7m"]);
    assert_eq!(seen.kind, Kind::Letter);
}

#[test]
fn a_signed_letter_is_read_and_its_signature_is_attached() {
    let seen = mail(
        "From: a@b.example\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b",
        b"--b\r\nContent-Type: text/plain\r\n\r\nWe accept.\r\n--b\r\nContent-Type: application/pgp-signature; name=signature.asc\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n",
    );
    assert_eq!((seen.text.as_slice(), names(&seen)), (["We accept.".to_owned()].as_slice(), vec!["signature.asc"]));
}

#[test]
fn a_forwarded_letter_is_seen_with_its_head_and_text() {
    let seen = mail(
        "From: a@b.example\r\nSubject: Fwd\r\nContent-Type: multipart/mixed; boundary=b",
        b"--b\r\n\r\nSee attached.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: chief@prison.example\r\nSubject: Answer\r\nMessage-ID: <7@prison.example>\r\nIn-Reply-To: <1@npm.example>\r\n\r\nWe accept.\r\n--b--\r\n",
    );
    assert_eq!(seen.text, ["See attached."]);
    assert_eq!(seen.enclosed[0].message_id.as_deref(), Some("7@prison.example"));
    assert_eq!(seen.enclosed[0].in_reply_to, ["1@npm.example"]);
    assert_eq!(seen.enclosed[0].text, "We accept.");
    assert_eq!(seen.attachments[0].content_type, "message/rfc822");
}

#[test]
fn the_hash_of_a_text_file_is_that_of_its_bytes() {
    let seen = mail(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b",
        b"--b\r\nContent-Type: text/csv; charset=iso-8859-1; name=a.csv\r\n\r\n\xe9;1\r\n\xe8;2\r\n--b--\r\n",
    );
    // sha256sum of the nine bytes E9 3B 31 0D 0A E8 3B 32 with the line end before the boundary left out.
    assert_eq!(seen.attachments[0].size, 8);
    assert_eq!(seen.attachments[0].sha256, sha256(b"\xe9;1\r\n\xe8;2"));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_calendar_answer_is_attached_with_its_own_size() {
    let seen = mail(
        "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b",
        b"--b\r\n\r\nAccepted\r\n--b\r\nContent-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n--b--\r\n",
    );
    assert_eq!((seen.attachments[0].content_type.as_str(), seen.attachments[0].size), ("text/calendar", 30));
}

#[test]
fn the_only_text_is_read_even_if_it_has_a_file_name() {
    let seen = mail("From: a@b.example\r\nContent-Type: text/plain; name=answer.txt", b"We accept.");
    assert_eq!((seen.text.len(), seen.attachments.len()), (1, 0));
}

#[test]
fn a_letter_hidden_in_winmail_dat_is_read_where_the_mail_says_nothing() {
    let mut tnef = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    let mut attribute = |level: u8, identifier: u32, data: &[u8]| {
        tnef.push(level);
        tnef.extend(identifier.to_le_bytes());
        tnef.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        tnef.extend(data);
        tnef.extend([0, 0]);
    };
    attribute(1, 0x0002_800c, b"We accept.\0");
    attribute(2, 0x0006_9002, &[0; 14]);
    attribute(2, 0x0001_8010, b"answer.pdf\0");
    attribute(2, 0x0006_800f, b"%PDF-1.4");
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(&tnef);
    let alone = mail(
        "From: a@b.example\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64",
        body.as_bytes(),
    );
    assert_eq!((alone.text.as_slice(), names(&alone)), (["We accept.".to_owned()].as_slice(), vec!["answer.pdf", "winmail.dat"]));
    let beside = format!(
        "--b\r\n\r\nSee below.\r\n--b\r\nContent-Type: application/octet-stream; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n"
    );
    let beside = mail("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b", beside.as_bytes());
    assert_eq!((beside.text.as_slice(), names(&beside)), (["See below.".to_owned()].as_slice(), vec!["answer.pdf", "winmail.dat"]));
}

#[test]
fn what_is_no_mail_is_unreadable_with_the_reason() {
    assert_eq!(understand(b"").kind, Kind::Unreadable);
    let outlook = understand(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]);
    assert_eq!(outlook.kind, Kind::Unreadable);
    assert!(told(&outlook, "Outlook"));
    assert_eq!(outlook.attachments[0].size, 10);
}

#[test]
fn an_html_letter_alone_is_read_with_its_quotations_marked() {
    let seen = mail(
        "From: a@b.example\r\nContent-Type: text/html; charset=utf-8",
        "<p>Nous acceptons.</p><blockquote>Votre lettre</blockquote>".as_bytes(),
    );
    assert_eq!(seen.reply.trim(), "Nous acceptons.");
    assert!(seen.text.is_empty());
}
