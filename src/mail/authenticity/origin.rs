//! Whether a mail came into being on one of the office's own servers, as the Received lines at its top prove (RFC 5321 §4.4).
//!
//! The topmost line is written by the server that took the mail in. From there the way is followed down as long as each line is an own server's and
//! names, as the client that it has looked up itself, another of them; it ends at one that took the mail from nobody. What a client calls itself
//! proves nothing, and neither does a program of some user of the server (a form on a web page is one), or of another kind (`with HTTP`). Whatever
//! cannot be followed is not proven.

use super::provider::{hop, is_own};
use crate::mail::parse::headers;

/// Servers that a mail passes inside one house.
const LONGEST_WAY: usize = 10;

pub(super) fn is_own_server(raw: &[u8], own_servers: &[String]) -> bool {
    let block = headers::read(raw, |_| false);
    let received = block.headers.0.iter().filter(|header| header.name.eq_ignore_ascii_case("Received"));
    // The handing on to the mailbox is no part of the way, whatever the host calls itself that did it.
    let way = received.skip_while(|line| hop(&line.value).is_some_and(|hop| hop.is_delivery()));
    for line in way.take(LONGEST_WAY) {
        if !hop(&line.value).is_some_and(|hop| is_own(&hop.by, own_servers) && hop.is_of_mailer()) {
            return false;
        }
        match client(&line.value) {
            Client::Nobody => return true,
            Client::LookedUp(host) if is_own(&host, own_servers) => {}
            Client::LookedUp(_) | Client::Unknown => return false,
        }
    }
    false
}

/// From whom a server took a mail.
enum Client {
    /// It wrote the mail itself.
    Nobody,
    /// The name that belongs to the client's address, in lower case.
    LookedUp(String),
    Unknown,
}

/// Postfix and sendmail: `from NAME-IT-GIVES (NAME-LOOKED-UP [ADDRESS])`; their own mail has no `from`.
fn client(received: &str) -> Client {
    let text = received.trim_start().to_ascii_lowercase();
    let Some(rest) = text.strip_prefix("from ") else {
        return if text.starts_with("by ") && !text.contains("userid") { Client::Nobody } else { Client::Unknown };
    };
    let comment = rest.split_once('(').filter(|(given, _)| given.split_whitespace().count() == 1);
    let comment = comment.and_then(|(_, rest)| rest.split_once(')')).map(|(comment, _)| comment.trim());
    let looked_up = comment.filter(|comment| !comment.contains("may be forged")).and_then(|comment| comment.split_once(" ["));
    match looked_up {
        Some((name, _)) if name != "unknown" && !name.contains(char::is_whitespace) => Client::LookedUp(name.to_owned()),
        _ => Client::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_our_own_server_s_only_if_each_line_down_to_its_birth_is() {
        let own = ["office.example".to_owned()];
        let born = |lines: &[&str]| is_own_server(format!("{}\r\nSubject: x\r\n\r\n", lines.join("\r\n")).as_bytes(), &own);
        let by_bounce = "Received: by mx.office.example (Postfix) id 4F2; Mon, 5 Jan 2026 10:00:00 +0000 (UTC)";
        let from_relay = "Received: from relay.office.example (relay.office.example [192.0.2.7])\r\n\tby mail.office.example (Postfix) with ESMTPS id 4F3";
        assert!(born(&[by_bounce]));
        assert!(born(&[from_relay, by_bounce]));
        let delivery = "Received: from mx.office.example ([127.0.0.1])\r\n\tby vm with LMTP\r\n\tid 6M57E; Mon, 5 Jan 2026 10:00:00 +0000";
        assert!(born(&[delivery, from_relay, by_bounce]));
        assert!(!born(&[delivery]) && !born(&[delivery, from_relay]));
        assert!(born(&["Received: by mx.office.example with local id 4F2; Mon, 5 Jan 2026 10:00:00 +0000"]));
        assert!(!born(&[]), "nothing is proven");
        assert!(!born(&["Received: by mx.office.example.evil.example (Postfix) id 4F2"]));
        for forged in [
            "Received: from mx.evil.example (mx.evil.example [192.0.2.66]) by mail.office.example (Postfix) with ESMTPS id 4F4",
            "Received: from relay.office.example (unknown [192.0.2.66]) by mail.office.example (Postfix) with ESMTP id 4F5",
            "Received: from relay.office.example ([192.0.2.66]) by mail.office.example with esmtp id 4F6",
            "Received: from relay.office.example (relay.office.example [192.0.2.66] (may be forged)) by mail.office.example id 4F7",
            "Received: from (relay.office.example [192.0.2.7]) (mx.evil.example [192.0.2.66]) by mail.office.example id 4F8",
            "Received: by mail.office.example (Postfix, from userid 33) id 4F9",
            "Received: by mail.office.example with HTTP id 4FA; Mon, 5 Jan 2026 10:00:00 +0000",
            "Received: by mail.office.example with HTTP; (x) by mail.office.example id 4FB",
        ] {
            assert!(!born(&[forged, by_bounce]), "{forged}");
            assert!(!born(&[delivery, forged, delivery, by_bounce]), "{forged}");
        }
    }
}
