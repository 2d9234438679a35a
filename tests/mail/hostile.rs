//! Mails made to hurt a reader: each is quadratic, deep or swollen for a parser that takes the obvious way. All are about as large as asked.

/// The name of each attack and the mail that makes it, of about `size` bytes.
pub fn all(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n";
    let repeated = |start: &str, unit: &str, end: &str| -> Vec<u8> {
        let times = size.saturating_sub(start.len() + end.len()) / unit.len().max(1);
        [start.as_bytes(), unit.repeat(times).as_bytes(), end.as_bytes()].concat()
    };
    let numbered = |start: &str, unit: &dyn Fn(usize) -> String| -> Vec<u8> {
        let mut mail = start.as_bytes().to_vec();
        let mut number = 0;
        while mail.len() < size {
            mail.extend_from_slice(unit(number).as_bytes());
            number += 1;
        }
        mail
    };
    let html = format!("{head}Content-Type: text/html; charset=utf-8\r\n\r\n");
    let plain = format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n");
    let mixed = format!("{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    vec![
        ("multiparts whose boundaries never come", {
            let padding = size / 1_000;
            numbered(&mixed, &|number| {
                format!("--b\r\nContent-Type: multipart/mixed; boundary=n{number}\r\n\r\n{}\r\n", "x".repeat(padding.saturating_sub(80)))
            })
        }),
        (
            "multiparts within multiparts",
            numbered(&format!("{head}Content-Type: multipart/mixed; boundary=b0\r\n\r\n"), &|number| {
                format!("--b{number}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", number + 1)
            }),
        ),
        ("messages within messages", repeated("", "Content-Type: message/rfc822\r\n\r\n", "Subject: inmost\r\n\r\n")),
        (
            "messages within messages between boundaries",
            numbered(&mixed, &|number| {
                format!(
                    "--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=i{number}\r\n\r\n--i{number}\r\nContent-Type: message/rfc822\r\n\r\n"
                )
            }),
        ),
        ("parts without end", repeated(&mixed, "--b\r\n\r\n", "")),
        ("lines that are almost boundaries", repeated(&mixed, "--b-\r\n", "--b--\r\n")),
        ("empty lines under open boundaries", repeated(&mixed, "\n", "")),
        ("headers without end", repeated("", "a:\r\n", "\r\n")),
        ("one header without end", repeated("Subject: x\r\n", " y\r\n", "\r\n")),
        ("lines that are no headers", repeated("Subject: x\r\n", "no header\r\na: b\r\n", "\r\n")),
        ("encoded words that never end", repeated("Subject: ", "=?x?q?y ", "\r\n\r\n")),
        ("encoded words of one letter", repeated("Subject: ", "=?utf-8?b?YQ=?= ", "\r\n\r\n")),
        ("addresses without end", repeated("To: ", "a@b.example,", "\r\n\r\n")),
        ("brackets, comments and quotes in addresses", repeated("To: ", "<(\"", "\r\n\r\n")),
        ("addresses whose commas are missing", repeated("To: ", "a@b.example ", "\r\n\r\n")),
        ("brackets that never close", repeated("To: ", "<a@b", "\r\n\r\n")),
        ("quoted local parts without a domain", repeated("To: ", "\"a b\"@", "\r\n\r\n")),
        ("names before one address", repeated("To: ", "a, ", "<b@b.example>\r\n\r\n")),
        ("comments within comments", repeated("To: ", "(", "\r\n\r\n")),
        ("base64 words that never fill a group", repeated("Subject: =?utf-8?B?Q?= ", "=?utf-8?B?QUFB?= ", "\r\n\r\n")),
        ("encoded words that begin within each other", repeated("Subject: ", "=?utf-8?B?", "\r\n\r\n")),
        ("parameters without semicolons", repeated("Content-Type: text/plain; a", "=b ", "\r\n\r\n")),
        (
            "boundaries that are not the ones named",
            numbered(&mixed, &|number| {
                format!(
                    "--b\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--x{number}\r\nContent-Type: text/plain\r\n\r\n--x{number}--\r\n"
                )
            }),
        ),
        ("shifts between alphabets", repeated("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\u{1b}(B\u{1b}$B", "")),
        ("UTF-7 that shifts to nothing", repeated("Content-Type: text/plain; charset=utf-7\r\n\r\n", "+", "")),
        ("lines that end in CR alone", repeated("From: a@b.example\r", "X: y\r", "")),
        ("identifiers without end", repeated("References: ", "<a@b> <", "\r\n\r\n")),
        ("parameters without end", repeated("Content-Type: text/plain", "; a*1*=b", "\r\n\r\n")),
        (
            "base64 of nothing",
            repeated(&format!("{head}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"), "=\r\n", ""),
        ),
        ("quoted-printable of nothing", repeated(&format!("{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n"), "=", "")),
        ("uuencoded files that never end", repeated(&plain, "begin 644 a\r\n!\r\n", "")),
        ("yencoded files that never end", repeated(&plain, "=ybegin size=1 name=a\r\n", "")),
        ("quotes without end", repeated(&plain, "> ", "")),
        ("quoted lines without end", repeated(&plain, "> >> a\r\n", "")),
        ("attributions without end", repeated(&plain, "On Monday, A wrote:\r\n", "")),
        ("signatures without end", repeated(&plain, "-- \r\n", "")),
        ("blank space", repeated(&plain, " ", "")),
        ("one word", repeated(&plain, "x", "")),
        ("text in a wrong charset", repeated(&format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n"), "\u{e9}", "")),
        ("hidden elements that never end", repeated(&html, "<b style=display:none>", "")),
        ("hidden elements one after the other", repeated(&html, "<b style=display:none><!--></b>", "")),
        ("files in base64 that never end", repeated(&plain, "begin-base64 644 a\nAAAA\n", "")),
        ("tags that never close", repeated(&html, "<a x=\"", "")),
        ("tags with quotes", repeated(&format!("{html}<a "), "=' ", ">")),
        ("elements within elements", repeated(&html, "<div>", "")),
        ("quotations within quotations", repeated(&html, "<blockquote>x", "")),
        ("comments that never end", repeated(&html, "<!-- ", "")),
        ("scripts that never end", repeated(&html, "<script></scrip", "")),
        ("references to nothing", repeated(&html, "&a", "")),
        (
            "a delivery report without end",
            numbered(
                &format!(
                    "{head}Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
                ),
                &|number| format!("Final-Recipient: rfc822; a{number}@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"),
            ),
        ),
        (
            "failures told in prose without end",
            repeated(
                "From: MAILER-DAEMON@b.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\nThis is the mail system at host b.example.\r\n\r\n",
                "<a@b.example>: host b.example[192.0.2.1] said: 550 5.1.1 user unknown (in reply to RCPT TO command)\r\n\r\n",
                "",
            ),
        ),
    ]
}
