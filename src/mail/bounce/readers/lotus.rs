//! IBM / HCL Domino and Lotus Notes.
//!
//! Known from their reports. Domino: "Your message / Subject: … / was not delivered to: / a@b / because: / …", in the server's language, with
//! fields whose Final-Recipient is what Domino made of the address after its own directory look-ups; the text has it as it was written, so the
//! text is believed. The Notes SMTP MTA (release 4): "------- Failure Reasons  --------", the reason, then the addresses.

use super::super::address::at_start;
use super::super::failure::Failure;
use super::super::layout::unique;
use super::super::notice::Notice;
use super::Reader;

pub(super) const READERS: &[Reader] =
    &[Reader { server: "Domino", read: domino, wins_over_fields: true }, Reader::new("Notes SMTP MTA", notes)];

fn domino(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.says("your message") && notice.says("was not delivered to:") && notice.says("because:");
    if !known {
        return None;
    }
    let lines = notice.lines_after("was not delivered to:")?;
    let because = lines.iter().position(|line| line.trim().eq_ignore_ascii_case("because:"))?;
    let words = lines.get(because + 1..)?.join("\n");
    let found = lines
        .get(..because)?
        .iter()
        .filter_map(|line| at_start(line))
        .map(|(address, _)| Failure { local: true, ..Failure::failed(address, &words) });
    Some(unique(found))
}

fn notes(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("failure reasons") {
        return None;
    }
    let mut found = Vec::new();
    let mut reason = "";
    for line in notice.lines_after("failure reasons")? {
        match at_start(line) {
            Some((address, _)) => found.push(Failure { local: true, ..Failure::failed(address, reason) }),
            None if line.trim().is_empty() => {}
            None => reason = line.trim(),
        }
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn the_text_of_domino_has_the_address_as_it_was_written() {
        let raw = "From: Postmaster@ministry.example\nSubject: DELIVERY FAILURE: User unknown\nMIME-Version: 1.0\n\
                   Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\nYour message\n\n  Subject: Request\n\n\
                   was not delivered to:\n\n  clerk@ministry.example\n\nbecause:\n\n  User clerk (clerk@ministry.example) not listed in Domino Directory\n\n--x\n\
                   Content-Type: message/delivery-status\n\nReporting-MTA: dns;mx.ministry.example\n\nFinal-Recipient: rfc822;clerk@inside.ministry.example\nAction: failed\n\
                   Status: 5.0.0\nDiagnostic-Code: X-Notes; User clerk not listed in Domino Directory\n\n--x\nContent-Type: text/rfc822-headers\n\n\
                   Message-ID: <request.7@npm.example>\n\n--x--\n";
        assert_eq!(read(raw), ["bounce request.7@npm.example", "clerk@ministry.example failed 5.0.0 no_such_user permanent dead"]);
    }

    #[test]
    fn the_notes_gateway_puts_the_reason_above_the_address() {
        let text = "------- Failure Reasons  --------\n\nUser  not listed in public Name & Address Book\nclerk@ministry.example\n\n\n------- Returned Message --------\n\
                    Received: from npm.example\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            plain("POSTMASTER@gate.ministry.example", "Undeliverable message", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
