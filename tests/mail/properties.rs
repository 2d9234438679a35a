//! Whatever the bytes, reading them ends, holds no more than it was given times a fixed factor, and is the same every time.

use demarche::mail::message::{Body, Message};
use demarche::mail::{parse::parse, understand};
use proptest::collection::vec;
use proptest::prelude::*;

/// A mail with everything that can be opened in it, for bytes to be changed in.
const RICH: &str = "From: =?utf-8?Q?Minist=C3=A8re?= <a@authority.example>\r\nTo: \"Office, the\" <office@npm.example>, b@npm.example (B)\r\n\
    Subject: =?utf-8?B?UsOpcG9uc2U=?=\r\nMessage-ID: <1@authority.example>\r\nReferences: <2@npm.example>\r\n <3@npm.example>\r\nDate: Thu, 5 Mar 2026 10:00:00 +0100\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"outer\"\r\n\r\npreamble\r\n--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n\
    --inner\r\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    Oui, nous accept=\r\nons la =C3=A9ni=C3=A8me recommandation.=20\r\n> quoted =\r\nwords\r\n-- \r\nThe Registry\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n\
    --inner\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>Oui<br>&eacute;<blockquote>words</blockquote><!-- x --></p>\r\n--inner--\r\n\
    --outer\r\nContent-Type: message/rfc822\r\n\r\nSubject: within\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B%F%9%H\x1b(B\r\n\
    --outer\r\nContent-Type: application/pdf; name*0*=utf-8''r%C3%A9; name*1=\"ponse.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n\
    --outer\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgEAAQeQBgAEAAAA4gQAAOYAAQyAAgAEAAAAWWVzAB8B\r\n\
    --outer\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHAqCAMIACAQExADCABgkqhkiG9w0BBwGggCSABAQKWWVzAAAAAA==\r\n--outer--\r\n";

/// Bytes that mean something to a reader of mail.
const TELLING: [&[u8]; 28] = [
    b"\r\n",
    b"\r\n\r\n",
    b"--outer\r\n",
    b"--inner--",
    b"--",
    b"=?utf-8?Q?",
    b"?=",
    b"=",
    b"\"",
    b"<",
    b">",
    b"(",
    b"@",
    b",",
    b";",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\x1b$B",
    b"\x1b$)A\x0e",
    b"begin 644 a\r\n",
    b"begin-base64 644 a\r\n",
    b"-----BEGIN PGP SIGNED MESSAGE-----\r\n",
    b"<b style=display:none>",
    b"=ybegin size=1 name=a\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: multipart/mixed; boundary=outer\r\n",
    b"From: x@y.example\r\n",
];

#[derive(Debug, Clone)]
enum Change {
    Put(usize, usize),
    Flip(usize, u8),
    Cut(usize, usize),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = 0..RICH.len();
    prop_oneof![
        (place.clone(), 0..TELLING.len()).prop_map(|(at, what)| Change::Put(at, what)),
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        (place.clone(), 1..200usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (place, 1..200usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn changed(changes: &[Change]) -> Vec<u8> {
    let mut mail = RICH.as_bytes().to_vec();
    for change in changes {
        let length = mail.len();
        match *change {
            Change::Put(at, what) => drop(mail.splice(at.min(length)..at.min(length), TELLING[what].iter().copied())),
            Change::Flip(at, byte) if at < length => mail[at] = byte,
            Change::Flip(..) => {}
            Change::Cut(at, cut) => drop(mail.drain(at.min(length)..(at + cut).min(length))),
            Change::Repeat(at, count) => {
                let again = mail[at.min(length)..(at + count).min(length)].to_vec();
                mail.splice(at.min(length)..at.min(length), again);
            }
        }
    }
    mail
}

/// Every word and phrase by which mail is understood, in every language.
fn phrases() -> Vec<String> {
    fn words(value: &toml::Value) -> Vec<String> {
        match value {
            toml::Value::String(word) => vec![word.replace('*', "")],
            toml::Value::Array(values) => values.iter().flat_map(words).collect(),
            toml::Value::Table(table) => table.values().flat_map(words).collect(),
            _ => vec![],
        }
    }
    [
        include_str!("../../src/mail/phrases.toml"),
        include_str!("../../src/mail/answers/turns.toml"),
        include_str!("../../src/mail/quote/languages.toml"),
    ]
    .iter()
    .flat_map(|table| words(&toml::Value::Table(table.parse().expect("a table of words"))))
    .collect()
}

/// What stands between words: of one byte and of several, and letters that are longer or shorter when case and accents go.
const BETWEEN: [&str; 28] = [
    " ", "\n", "\n\n", ". ", ", ", ": ", "。", "，", "：", "；", "！", "、", "（", "）", "「", "» ", " « ", " — ", "…", "\u{a0}",
    "\u{200b}", "İ", "ß", "ﬁ", "\n> ", " 3. ", "３、", "\n-- \n",
];

/// The bytes a message holds, enclosed ones counted at every level.
fn held(message: &Message) -> usize {
    let headers: usize = message.headers.0.iter().map(|header| header.name.len() + header.value.len()).sum();
    let parts: usize = message
        .root
        .walk()
        .iter()
        .map(|part| {
            let file = part.file.as_ref().map_or(0, Vec::len);
            file + match &part.body {
                Body::Text(text) => text.len(),
                Body::Bytes(bytes) => bytes.len(),
                Body::Multipart(_) => 0,
                Body::Message { message, raw } => raw.len() + held(message),
            }
        })
        .sum();
    headers + parts
}

fn check(mail: &[u8]) {
    let message = parse(mail);
    assert!(held(&message) <= 40 * mail.len() + 4_096, "{} bytes became {}", mail.len(), held(&message));
    assert_eq!(understand(mail), understand(mail));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_read(bytes in vec(any::<u8>(), 0..2_000)) {
        check(&bytes);
    }

    #[test]
    fn random_lines_of_mail_are_read(pieces in vec(0..TELLING.len(), 0..200)) {
        check(&pieces.iter().flat_map(|piece| TELLING[*piece].iter().copied()).collect::<Vec<u8>>());
    }

    #[test]
    fn any_words_between_any_marks_are_read(
        words in vec((proptest::sample::select(phrases()), proptest::sample::select(&BETWEEN[..])), 1..30),
        subject in proptest::sample::select(phrases()),
    ) {
        let text: String = words.iter().flat_map(|(word, between)| [word.as_str(), between]).collect();
        // Above a letter, and as the answer to a recommendation.
        for beginning in ["", "Recommendation 1: "] {
            check(format!("Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{beginning}{text}").as_bytes());
        }
    }

    #[test]
    fn a_damaged_mail_is_read(changes in vec(change(), 0..12)) {
        check(&changed(&changes));
    }
}

#[test]
fn the_undamaged_mail_is_read_whole() {
    let understood = understand(RICH.as_bytes());
    let names: Vec<_> = understood.attachments.iter().map(|attachment| attachment.name.as_deref().unwrap_or("-")).collect();
    assert_eq!(names, ["cat.txt", "-", "réponse.pdf", "winmail.dat", "smime.p7m"]);
    assert_eq!(understood.text[0].lines().next(), Some("Oui, nous acceptons la énième recommandation. "));
    assert_eq!(understood.enclosed[0].text.trim(), "テスト");
    assert_eq!(understood.problems, Vec::<String>::new());
}
