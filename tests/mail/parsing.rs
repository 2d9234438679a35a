//! What offices receive, as broken as it comes, and how it is read all the same.

// Long because each way in which a mail is broken is one story of some lines.

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
    assert_eq!(seen.ambiguous.as_deref(), Some("From"));
    let again = mail("From: a@b.example\r\nSubject: Re: x\r\nDate: x\r\nSubject: Re: x\r\nDate: y", b"");
    assert_eq!(again.ambiguous, None, "a gateway wrote the same again");
}

#[test]
fn every_charset_an_authority_may_write_is_read() {
    let phrases: [(&str, &[u8], &str); 23] = [
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
        ("hz-gb-2312", b"~{8=<~~}: ~{Dc~}\n~~", "附件: 你\n~"),
        ("utf-7", b"Gr+APwA3w-e +AOA- la", "Grüße à la"),
        ("IBM437", b"Z\x81rich \xe1", "Zürich ß"),
        ("cp-850", b"Z\x81rich", "Zürich"),
        ("cp852", b"\xab", "ź"),
        ("ibm866", b"\x8f\xe0\xa8\xa2\xa5\xe2", "Привет"),
        ("MacRoman", b"R\x8eponse", "Réponse"),
        ("x-unknown", "Grüße".as_bytes(), "Grüße"),
        ("x-user-defined", "Grüße".as_bytes(), "Grüße"),
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
        ("Anna <a@b.example> Bob <b@b.example>", vec![one(Some("Anna"), "a@b.example"), one(Some("Bob"), "b@b.example")]),
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
        (
            "=?utf-8?Q?M=C3=BCller_=3Ca=40b=2Eexample=3E=2C_Bob_=3Cb=40b=2Eexample=3E?=",
            vec![one(Some("Müller"), "a@b.example"), one(Some("Bob"), "b@b.example")],
        ),
        ("Anna <a@b.example> =?utf-8?q?=2C?= b@b.example", vec![one(Some("Anna"), "a@b.example"), one(None, "b@b.example")]),
        ("anna @ b.example, Bob bob@ b.example", vec![one(None, "anna@b.example"), one(Some("Bob"), "bob@b.example")]),
        ("Clerk\\, Anna <a@b.example.>", vec![one(Some("Clerk, Anna"), "a@b.example")]),
        ("<Anna Clerk <a@b.example>>", vec![one(Some("Anna Clerk"), "a@b.example")]),
        ("Anna [mailto:a@b.example]", vec![one(Some("Anna"), "a@b.example")]),
        ("Anna (a@b.example)", vec![one(Some("Anna"), "a@b.example")]),
        ("Ministry: Registry <a@b.example>", vec![one(Some("Ministry: Registry"), "a@b.example")]),
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
        ("Content-Type: application/pdf\r\nContent-Type: application/pdf; name=answer.pdf", "answer.pdf"),
    ] {
        assert_eq!(read(headers), name, "{headers}");
    }
}

#[test]
fn a_file_without_parameters_is_named_by_what_describes_it() {
    let read = |headers: &str| {
        let body = format!("--b\r\n\r\nSee below.\r\n--b\r\nContent-Type: application/pdf\r\n{headers}\r\n\r\nx\r\n--b--\r\n");
        mail("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b", body.as_bytes()).attachments.remove(0).name
    };
    assert_eq!(read("Content-Location: https://www.ministry.example/files/answer.pdf?v=2").as_deref(), Some("answer.pdf"));
    assert_eq!(read("Content-Description: =?utf-8?Q?R=C3=A9ponse?=.pdf").as_deref(), Some("Réponse.pdf"));
    assert_eq!(read("Content-Description: our answer"), None);
    assert_eq!(read("Content-Location: https://www.ministry.example"), None);
}

#[test]
fn escape_sequences_say_what_a_wrong_charset_hides() {
    let japanese = b"\x1b$B4+9p\x1b(B";
    for charset in ["us-ascii", "utf-8", "iso-8859-1"] {
        let seen = mail(&format!("From: a@b.example\r\nContent-Type: text/plain; charset={charset}"), japanese);
        assert_eq!(seen.text, ["勧告"], "{charset}");
    }
    let seen = mail("From: a@b.example", b"\x1b$)A\x0e4p84\x0f: yes");
    assert_eq!(seen.text, ["答复: yes"]);
}

#[test]
fn ascii_that_is_not_is_read_as_what_it_looks_like() {
    let russian = "Министерство рассмотрело вашу рекомендацию и принимает её полностью.";
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(russian);
    assert_eq!(mail("From: a@b.example\r\nContent-Type: text/plain; charset=us-ascii", &bytes).text, [russian]);
    let html = [b"<meta charset=windows-1251><p>".as_slice(), &encoding_rs::WINDOWS_1251.encode("Да").0].concat();
    assert_eq!(mail("From: a@b.example\r\nContent-Type: text/html; charset=us-ascii", &html).reply, "Да");
}

#[test]
fn a_charset_that_is_only_the_mailer_s_habit_hides_no_letter() {
    let russian = "Министерство рассмотрело вашу рекомендацию и принимает её.";
    let chinese = "关于您的建议，我们现答复如下：第一项建议已被采纳。";
    for (label, encoding, text) in [
        ("iso-8859-1", encoding_rs::WINDOWS_1251, russian),
        ("windows-1252", encoding_rs::KOI8_R, russian),
        ("iso-8859-1", encoding_rs::GBK, chinese),
        ("iso-8859-1", encoding_rs::WINDOWS_1253, "Το Υπουργείο αποδέχθηκε τη σύστασή σας."),
        ("gb2312", encoding_rs::UTF_8, chinese),
        ("windows-1251", encoding_rs::UTF_8, russian),
        ("iso-8859-2", encoding_rs::UTF_8, "Žádost"),
    ] {
        let (bytes, _, _) = encoding.encode(text);
        let seen = mail(&format!("From: a@b.example\r\nContent-Type: text/plain; charset={label}"), &bytes);
        assert_eq!(seen.text, [text], "{label}");
        assert!(told(&seen, label), "{:?}", seen.problems);
    }
    for text in ["äöüÄÖÜß", "PÄÄTÖS: työaikajärjestelyjä", "ÄÖÜßÄÖÜß äääöööüüü", "«————» “………”"]
    {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let seen = mail("From: a@b.example\r\nContent-Type: text/plain; charset=iso-8859-1", &bytes);
        assert_eq!((seen.text[0].as_str(), seen.problems.len()), (text, 0));
    }
}

#[test]
fn what_a_web_form_encoded_twice_is_read() {
    let letter = "Министерство принимает её. Décidé.";
    let twice: String = letter.bytes().map(|byte| encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.into_owned()).collect();
    let headers = "From: a@b.example\r\nContent-Type: text/plain; charset=utf-8";
    assert_eq!(mail(headers, twice.as_bytes()).text, [letter]);
    for once in ["Ã© for é", "Ääni on ÄÄNI, Ö", "décidé à Genève"] {
        assert_eq!(mail(headers, once.as_bytes()).text, [once]);
    }
}

#[test]
fn raw_headers_are_read_by_what_stands_beside_them() {
    let raw = |encoding: &'static encoding_rs::Encoding, from: &str, subject: &str, headers: &str| {
        let head = format!("From: {from} <a@b.example>\r\nSubject: {subject}\r\n{headers}\r\n\r\n");
        let seen = understand(&encoding.encode(&head).0);
        (seen.from[0].name.clone().unwrap_or_default(), seen.subject.unwrap_or_default())
    };
    let told = |from: &str, subject: &str| (from.to_owned(), subject.to_owned());
    let typed = "Content-Type: text/plain; charset=koi8-r";
    assert_eq!(raw(encoding_rs::KOI8_R, "Пётр", "Да", typed), told("Пётр", "Да"));
    assert_eq!(raw(encoding_rs::SHIFT_JIS, "山田", "回答", "Content-Type: text/html; charset=Shift_JIS"), told("山田", "回答"));
    let mixed = "Content-Type: multipart/mixed; boundary=b";
    assert_eq!(raw(encoding_rs::WINDOWS_1251, "Иван", "Ответ на представление", mixed), told("Иван", "Ответ на представление"));
}

#[test]
fn the_forms_of_one_letter_are_no_files_whatever_their_names() {
    let body = "--b\r\nContent-Type: text/plain; name=a.txt\r\n\r\nYes.\r\n--b\r\nContent-Type: text/html; name=a.html\r\n\r\n<p>Yes.</p>\r\n\
        --b\r\nContent-Type: text/plain; name=annex.txt\r\n\r\nAnnex\r\n--b--\r\n";
    let seen = mail("From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b", body.as_bytes());
    assert_eq!((seen.text.as_slice(), seen.html.as_slice()), (["Yes.".to_owned()].as_slice(), ["<p>Yes.</p>".to_owned()].as_slice()));
    assert_eq!(names(&seen), ["annex.txt"]);
}

#[test]
fn a_letter_in_html_is_not_lost_beside_a_text() {
    let letter = "The Ministry accepts the recommendation in full.";
    let read = |parts: [(&str, &str); 2]| {
        let part = |(kind, text): &(&str, &str)| format!("--b\r\nContent-Type: text/{kind}\r\n\r\n{text}\r\n");
        let body = format!("{}{}--b--\r\n", part(&parts[0]), part(&parts[1]));
        mail("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b", body.as_bytes()).reply
    };
    let html = format!("<p>{letter}</p>");
    // What a list or a virus filter appends is a text/plain below a letter that is only HTML.
    assert!(read([("html", &html), ("plain", "This message was checked for viruses.")]).starts_with(letter));
    assert_eq!(read([("plain", "Our reply is below."), ("html", &html)]), format!("Our reply is below.\n{letter}"));
    // The same twice, from mailers that write multipart/mixed and mean multipart/alternative.
    assert_eq!(read([("plain", letter), ("html", &html)]), letter);
}

#[test]
fn a_notice_that_html_cannot_be_shown_hides_no_letter() {
    let letter = "The Ministry has considered the recommendation on the cells of the prison and accepts it in full. They will be rebuilt until December, \
        and the report on the works will be sent to you in January.";
    let read = |plain: &str| {
        let body = format!("--b\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>{letter}</p>\r\n--b--\r\n");
        mail("From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b", body.as_bytes()).reply
    };
    assert!(read("Your mail program shows no HTML.").contains(letter));
    // A form of the letter, however short.
    assert_eq!(read("The Ministry has considered it."), "The Ministry has considered it.");
    assert_eq!(read("OK"), "OK");
    assert_eq!(read(letter), letter);
}

#[test]
fn a_letter_in_another_kind_of_text_is_read() {
    let read = |kind: &str, body: &str| mail(&format!("From: a@b.example\r\nContent-Type: {kind}"), body.as_bytes()).reply;
    assert_eq!(read("text/markdown", "We *accept*."), "We *accept*.");
    assert_eq!(read("text/enriched", "<bold>We</bold>\naccept <<3>.\n\nYours"), "We accept <3>.\nYours");
    assert_eq!(read("text/rtf", "{\\rtf1\\ansi We accept.\\par}"), "We accept.");
    let both = "--b\r\n\r\nYes.\r\n--b\r\nContent-Type: text/enriched\r\n\r\n<bold>Yes.</bold>\r\n--b--\r\n";
    assert_eq!(read("multipart/alternative; boundary=b", both), "Yes.");
}

#[test]
fn line_ends_of_unicode_are_line_ends() {
    assert_eq!(mail("From: a@b.example", "One\u{2028}two\u{85}three".as_bytes()).text, ["One\ntwo\nthree"]);
    assert_eq!(understand("Subject: One\u{2028}two\r\n\r\n".as_bytes()).subject.as_deref(), Some("One two"));
}

#[test]
fn a_notice_that_a_gateway_appended_in_its_own_charset_is_read() {
    let body = [b"Nous acceptons d\xc3\xa8s maintenant.\r\n".as_slice(), b"Ce message est confidentiel et r\xe9serv\xe9.\r\n"].concat();
    let seen = mail("From: a@b.example\r\nContent-Type: text/plain; charset=utf-8", &body);
    assert_eq!(seen.text, ["Nous acceptons dès maintenant.\nCe message est confidentiel et réservé.\n"]);
    assert!(told(&seen, "Some lines"));
}

#[test]
fn what_pgp_puts_around_a_letter_is_not_part_of_it() {
    let body = "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nWe accept.\r\n- - fully\r\n\
        -----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\n";
    assert_eq!(mail("From: a@b.example", body.as_bytes()).reply, "We accept.\n- fully");
    let squeezed = mail("From: a@b.example", body.replace("\r\n\r\n", "\r\n").as_bytes());
    assert!(squeezed.reply.contains("We accept."), "a gateway that took out the blank lines took nothing else: {:?}", squeezed.reply);
}

#[test]
fn a_letter_that_cannot_be_read_is_told() {
    let pgp = "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n";
    assert!(told(&mail("From: a@b.example\r\nContent-Type: multipart/encrypted; boundary=b", pgp.as_bytes()), "encrypted"));
    assert!(told(&mail("From: a@b.example\r\nContent-Type: application/pkcs7-mime; name=smime.p7m", b"x"), "S/MIME"));
    let partial = "From: a@b.example\r\nContent-Type: message/partial; id=1; number=1; total=2";
    assert!(told(&mail(partial, b"From: a@b.example\r\n\r\nDear"), "several"));
}

#[test]
fn html_under_the_name_of_plain_text_is_read_as_html() {
    let seen = mail("From: a@b.example\r\nContent-Type: text/plain", b"<!DOCTYPE html><html><body><p>We accept.</p></body></html>");
    assert_eq!(seen.reply, "We accept.");
}

#[test]
fn a_mail_saved_as_utf_16_is_a_mail() {
    let raw: Vec<u8> = "\u{feff}From: a@b.example\r\nSubject: Grüße\r\n\r\nYes.".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let seen = understand(&raw);
    assert_eq!((seen.subject.as_deref(), seen.reply.as_str()), (Some("Grüße"), "Yes."));
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
    let python = mail(
        "Message-ID:\r\n =?utf-8?q?=3C1=2Eabc?=\r\n =?utf-8?q?=40b=2Eexample=3E?=\r\nIn-Reply-To: =?utf-8?q?=3C2=40npm=2Eexample=3E?=",
        b"",
    );
    assert_eq!(
        (python.message_id.as_deref(), python.in_reply_to.as_slice()),
        (Some("1.abc@b.example"), ["2@npm.example".to_owned()].as_slice())
    );
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
fn a_boundary_makes_a_multipart_of_a_type_that_is_none() {
    let seen = mail("From: a@b.example\r\nContent-Type: multipart; boundary=b", b"--b\r\n\r\nYes.\r\n--b--\r\n");
    assert_eq!(seen.text, ["Yes."]);
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
fn the_mark_of_an_editor_before_the_headers_hides_none() {
    let seen = understand("\u{feff}From: a@b.example\r\nSubject: x\r\n\r\nWe accept.".as_bytes());
    assert_eq!((seen.from[0].address.as_deref(), seen.text.as_slice()), (Some("a@b.example"), ["We accept.".to_owned()].as_slice()));
}

#[test]
fn who_stands_in_a_second_to_is_a_recipient_too() {
    let seen = mail("From: a@b.example\r\nTo: one@b.example\r\nTo: Two <two@b.example>", b"");
    let addresses: Vec<_> = seen.to.iter().filter_map(|mailbox| mailbox.address.as_deref()).collect();
    assert_eq!(addresses, ["one@b.example", "two@b.example"]);
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

/// A winmail.dat in base64 of these attributes: level, identifier, data.
fn winmail(attributes: &[(u8, u32, &[u8])]) -> String {
    use base64::Engine;
    let mut tnef = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    for (level, identifier, data) in attributes {
        tnef.push(*level);
        tnef.extend(identifier.to_le_bytes());
        tnef.extend(&data.len().to_le_bytes()[..4]);
        tnef.extend(*data);
        tnef.extend([0, 0]);
    }
    base64::engine::general_purpose::STANDARD.encode(&tnef)
}

const WINMAIL: &str = "From: a@b.example\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64";

#[test]
fn a_letter_that_outlook_wrote_only_as_rtf_is_read() {
    let rtf = b"{\\rtf1\\ansi\\ansicpg1250\\fromtext We accept, \\'f8editel.\\par}";
    // [MS-OXRTFCP] section 2.1.3.1: size, size unpacked, "MELA" (not compressed), checksum.
    let length = u32::try_from(rtf.len()).unwrap();
    let packed = [&(length + 12).to_le_bytes()[..], &length.to_le_bytes(), b"MELA", &[0; 4], rtf].concat();
    let size = u32::try_from(packed.len()).unwrap().to_le_bytes();
    let padding = &[0; 4][..packed.len().next_multiple_of(4) - packed.len()];
    let property = [&[1, 0, 0, 0, 0x02, 0x01, 0x09, 0x10, 1, 0, 0, 0][..], &size, &packed, padding].concat();
    let seen = mail(WINMAIL, winmail(&[(1, 0x0006_9003, &property)]).as_bytes());
    assert_eq!((seen.reply.trim(), names(&seen)), ("We accept, ředitel.", vec!["message.rtf", "winmail.dat"]));
}

#[test]
fn a_letter_hidden_in_winmail_dat_is_read_where_the_mail_says_nothing() {
    let body = winmail(&[
        (1, 0x0002_800c, b"We accept.\0"),
        (2, 0x0006_9002, &[0; 14]),
        (2, 0x0001_8010, b"answer.pdf\0"),
        (2, 0x0006_800f, b"%PDF-1.4"),
    ]);
    let alone = mail(WINMAIL, body.as_bytes());
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

#[test]
fn answers_in_an_attached_document_are_read() {
    let seen = mail(
        "From: a@ministry.example\r\nSubject: Re: NPM-2041-0007\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b",
        "--b\r\n\r\nPlease find attached our answer.\r\n--b\r\nContent-Type: text/plain; charset=utf-8; name=answer.txt\r\nContent-Disposition: attachment\r\n\r\n\
         Recommendation 1\r\nWe accept it.\r\n\r\nRecommendation 2\r\nIt is rejected for want of funds.\r\n--b--\r\n"
            .as_bytes(),
    );
    let answers: Vec<_> =
        seen.answers.iter().map(|answer| (answer.reference.as_str(), answer.position.map(|position| position.to_string()))).collect();
    assert_eq!(answers, [("1", Some("accepted".to_owned())), ("2", Some("rejected".to_owned()))]);
}

#[test]
fn what_is_attached_to_an_enclosed_mail_is_read_with_it() {
    let seen = mail(
        "From: registry@ministry.example\r\nSubject: FW: inspection\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b",
        b"--b\r\n\r\nSee the unit's answer.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
          From: unit@prison.example\r\nSubject: Our answer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\
          --c\r\n\r\nAs attached.\r\n--c\r\nContent-Type: text/plain; name=answer.txt\r\nContent-Disposition: attachment\r\n\r\n\
          NPM-2041-0007: the roof was mended.\r\n--c--\r\n\r\n--b--\r\n",
    );
    let answer = &seen.enclosed[0].attachments[0];
    assert_eq!((answer.name.as_deref(), answer.text.as_deref()), (Some("answer.txt"), Some("NPM-2041-0007: the roof was mended.")));
    assert_eq!(seen.attachments.len(), 1, "the mail itself encloses one mail and nothing else");
}
