//! Commercial mail servers and mail services with a format of their own: IMail, Sun / Oracle Messaging Server, Zoho, MailEnable, MDaemon,
//! CommuniGate Pro, GroupWise, Netscape, AOL, Verizon Wireless.
//!
//! Known from their administrators' guides or, where there is none left, from their reports; each reader's comment has the sentences.

use super::super::address::{all_in, at_start, between, cleaned, from_field};
use super::super::failure::{Command, Failure};
use super::super::layout::{Extent, anything, recipients, unique};
use super::super::notice::Notice;
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[
    Reader::new("IMail", imail),
    Reader::new("Sun / Oracle Messaging Server", messaging_server),
    Reader::new("Zoho", zoho),
    Reader::new("MailEnable", mailenable),
    Reader::new("MDaemon", mdaemon),
    Reader::new("CommuniGate Pro", communigate),
    Reader::new("GroupWise", groupwise),
    Reader::new("Netscape Messaging Server", netscape),
    Reader::new("AOL, before 2003", aol),
    Reader::new("Verizon Wireless", verizon),
];

/// Ipswitch IMail (SMTP32): one short line, "Unknown user: a@b", "undeliverable to a@b", "Invalid final delivery userid: a@b", "User mailbox
/// exceeds allowed size: a@b", "Delivery failed 20 attempts: a@b"; what another server said stands under "RCPT TO generated following
/// response:".
fn imail(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let by_name = notice.header("X-Mailer").to_lowercase().contains("smtp32") || notice.subject.trim() == "undeliverable mail";
    let sentences = [
        "unknown user:",
        "unknown host:",
        "undeliverable to",
        "undeliverable  to",
        "invalid final delivery userid:",
        "user mailbox exceeds allowed size:",
        "delivery failed",
        "user mailbox is full:",
        "message size exceeds",
    ];
    if !by_name {
        return None;
    }
    let words = notice.lines.iter().filter(|line| !line.is_empty()).copied().collect::<Vec<_>>().join("\n");
    let command =
        words.replace("RCPT TO generated", "rcpt to").replace("MAIL FROM generated", "mail from").replace("DATA generated", "data command");
    let found = notice
        .lines
        .iter()
        .filter(|line| {
            let lower = line.to_lowercase();
            sentences.iter().any(|sentence| lower.starts_with(sentence))
        })
        .flat_map(|line| all_in(line));
    let command = Command::in_text(&command);
    let found = found.map(|address| Failure { local: true, command, ..Failure::failed(address, &words) });
    Some(unique(found))
}

/// PMDF, Netscape, iPlanet, Sun and Oracle (MTA, `return_failed.txt`): "Recipient address: a@b", "Original address:", "Reason:",
/// "Diagnostic code:". Apple's older mail service runs it.
fn messaging_server(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("recipient address:") || !notice.says("reason:") {
        return None;
    }
    let mut found: Vec<Failure> = Vec::new();
    for line in &notice.lines {
        let Some((key, value)) = line.trim().split_once(':') else { continue };
        match (key.to_ascii_lowercase().as_str(), found.last_mut()) {
            ("recipient address", _) => found.push(Failure { address: from_field(value), ..Failure::default() }),
            // The recipient's address is then one of the inside (a channel, a route).
            ("original address", Some(failure)) => failure.address = cleaned(value).or(failure.address.take()),
            ("reason" | "diagnostic code", Some(failure)) => {
                failure.diagnostic.push_str(value.trim());
                failure.diagnostic.push('\n');
            }
            _ => {}
        }
    }
    Some(unique(found))
}

/// "a@b Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 …", "[Status: Error, Address: <a@b>, ResponseCode 421, , Host not reachable.]".
fn zoho(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.message.headers.has("X-ZohoMail") && !notice.says("error_code :") && !notice.says("[status: error, address:") {
        return None;
    }
    let lines = notice.lines_after("permanent error").or_else(|| notice.lines_after("recipients")).unwrap_or(&notice.lines);
    let mut found = Vec::new();
    for line in lines {
        if let Some(rest) = line.trim().strip_prefix("[Status: Error, Address:") {
            found.extend(
                between(rest, '<', '>')
                    .and_then(cleaned)
                    .map(|address| Failure::failed(address, rest.split_once('>').map_or(rest, |(_, words)| words))),
            );
        } else if let Some((address, rest)) = at_start(line) {
            let words = rest.replace("ERROR_CODE :", "");
            found.push(Failure::failed(address, words));
        } else if let Some(failure) = found.last_mut()
            && !line.trim().is_empty()
        {
            failure.diagnostic.push(' ');
            failure.diagnostic.push_str(&line.trim().replace("ERROR_CODE :", ""));
        }
    }
    Some(unique(found))
}

/// "Recipient: [SMTP:a@b]" and "Reason:" below it.
fn mailenable(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn entry(line: &str) -> Option<(String, &str)> {
        let value = line.trim().strip_prefix("Recipient:")?;
        Some((cleaned(between(value, '[', ']').unwrap_or(value))?, ""))
    }
    (notice.says("mailenable") || notice.says("message could not be delivered to some recipients"))
        .then(|| recipients(&notice.lines, entry, Extent::Paragraph))
}

/// "The following addresses did NOT receive a copy of your message:", `> a@b`, and "Failed address: a@b" since release 6.
fn mdaemon(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn entry(line: &str) -> Option<(String, &str)> {
        let line = line.trim();
        let value = line.strip_prefix('>').or_else(|| line.strip_prefix("Failed address:"))?;
        Some((cleaned(value)?, ""))
    }
    let known = notice.says_any(&[
        "did not receive a copy of your message",
        "the attached message had permanent fatal delivery",
        "failed address:",
    ]);
    let mut found = known.then(|| recipients(&notice.lines, entry, Extent::Paragraph)).filter(|found| !found.is_empty())?;
    let session = notice.lines_after("session transcript").map(|lines| lines.join("\n")).unwrap_or_default();
    for failure in found.iter_mut().filter(|failure| failure.diagnostic.trim().is_empty()) {
        failure.diagnostic.clone_from(&session);
    }
    Some(found)
}

/// "Failed to deliver to 'a@b'" and the module that reports.
fn communigate(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn entry(line: &str) -> Option<(String, &str)> {
        let (_, value) = line.split_once("Failed to deliver to")?;
        Some((all_in(value).into_iter().next()?, ""))
    }
    (notice.says("failed to deliver to")).then(|| recipients(&notice.lines, entry, Extent::NextRecipient)).filter(|found| !found.is_empty())
}

/// Novell GroupWise: "The message that you sent was undeliverable to the following:" with the local part and the reason in brackets; the
/// address itself is in "To:" of what is returned or in full.
fn groupwise(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("undeliverable to the following") {
        return None;
    }
    let lines = notice.lines_after("undeliverable to the following")?;
    Some(recipients(lines, anything, Extent::Paragraph))
}

/// "This Message was undeliverable due to the following reason:", a paragraph, "The following recipients did not receive your message:" with
/// `<a@b>` under it.
fn netscape(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("undeliverable due to the following reason")
        && !notice.says("did not receive your message")
        && !notice.says("did not receive this message")
    {
        return None;
    }
    let words = notice.lines_after("due to the following reason").map(|lines| lines.join("\n")).unwrap_or_default();
    let end = words.find("did not receive").unwrap_or(words.len());
    let reason = words.get(..end).unwrap_or_default().to_owned();
    let start = notice.lines.iter().position(|line| line.to_lowercase().contains("did not receive"))?;
    let mut found = Vec::new();
    for line in notice.lines.get(start..)? {
        if line.to_lowercase().contains("please reply to") {
            break;
        }
        if line.trim_start().starts_with('<') {
            found.extend(at_start(line).map(|(address, _)| Failure::failed(address, &reason)));
        }
    }
    Some(unique(found))
}

/// "… could not be delivered because they are not accepting mail from a@b:", then screen names, which are local parts of AOL's own domain.
fn aol(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("because they are not accepting mail from") {
        return None;
    }
    let lines = notice.lines_after("not accepting mail from")?;
    let names = lines
        .iter()
        .map(|line| line.trim())
        .take_while(|line| !line.starts_with('-'))
        .filter(|line| !line.is_empty() && !line.contains(' '));
    let found =
        names.filter_map(|name| cleaned(&if name.contains('@') { name.to_owned() } else { format!("{name}@aol.com") })).map(|address| {
            Failure { reason: Some(BounceReason::PolicyRefused), ..Failure::failed(address, "not accepting mail from this sender") }
        });
    Some(unique(found))
}

/// vtext and vzwpix: "Error: No valid recipients for this MM" or "Error message below:", the recipient under "Message details" or in the copy
/// of the letter's head.
fn verizon(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says_any(&["message could not be delivered to mobile", "error message below"]) {
        return None;
    }
    let words = notice.lines.join("\n");
    let to = |prefix: &str| notice.lines.iter().find_map(|line| line.trim().strip_prefix(prefix).and_then(cleaned));
    let address = to("RCPT TO:").or_else(|| to("To:"))?;
    Some(vec![Failure { local: true, ..Failure::failed(address, words) }])
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn imail_needs_one_line() {
        let headers = "From: \"Postmaster\" <postmaster@npm.example>\nSubject: Undeliverable Mail\nX-Mailer: <SMTP32 v8.15>";
        let text = "Unknown user: clerk@ministry.example\n\nRCPT TO generated following response:\n553 5.3.0 <clerk@ministry.example>... Addressee unknown\n\n\
                    Original message follows.\n\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            with_headers(headers, text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.3.0 no_such_user permanent dead"]
        );
    }

    #[test]
    fn the_messaging_server_gives_the_address_as_it_was_written() {
        let text = "This report relates to a message you sent with the following header fields:\n\n  Message-id: <request.7@npm.example>\n  Subject: Request\n\n\
                    Your message cannot be delivered to the following recipients:\n\n  Recipient address: @gate.ministry.example:clerk@store\n  \
                    Original address: clerk@ministry.example\n  Reason: Over quota\n";
        assert_eq!(
            plain("Internet Mail Delivery <postmaster@ministry.example>", "Delivery Notification: Delivery has failed", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
    }

    #[test]
    fn zoho_labels_its_codes() {
        let text = "This message was created automatically by mail delivery software.\n A message that you sent could not be delivered to one or more of its recipients. \
                    This is a permanent error. \n\nclerk@ministry.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <clerk@ministry.example>... User Unknown\n\n";
        assert_eq!(
            plain("mailer-daemon@mail.zoho.example", "Undelivered Mail Returned to Sender", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
        let status = "This message was created automatically by mail delivery software.\n\n[Status: Error, Address: <clerk@ministry.example>, ResponseCode 421, , Host not reachable.]\n";
        assert_eq!(
            plain("mailer-daemon@mail.zoho.example", "Undelivered Mail Returned to Sender", status),
            ["bounce", "clerk@ministry.example failed 4.4.1 network permanent"]
        );
    }

    #[test]
    fn mailenable_mdaemon_and_communigate_are_read() {
        let mailenable = "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:clerk@ministry.example]\n\t\
                          Reason: Remote SMTP Server Returned: 550 5.1.1 unknown\n\n\nMessage headers follow:\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("Postmaster <postmaster@npm.example>", "Message Delivery Failure", mailenable),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
        let mdaemon = "The following addresses did NOT receive a copy of your message:\n\n> clerk@ministry.example\n\n--- Session Transcript ---\nRCPT To:<clerk@ministry.example>\n\
                       550 5.1.1 no such user\n--- End Transcript ---\n";
        assert_eq!(
            plain("MDaemon <MDaemon@npm.example>", "Permanent Delivery Failure", mdaemon),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
        let communigate = "Failed to deliver to 'clerk@ministry.example'\nSMTP module(domain ministry.example) reports:\n host mx.ministry.example says:\n 550 5.1.1 no such user\n";
        assert_eq!(
            plain("<MAILER-DAEMON@npm.example>", "Undeliverable mail", communigate),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn groupwise_and_netscape_are_read() {
        let groupwise = "The message that you sent was undeliverable to the following:\n\tclerk@ministry.example (user not found)\n\nPossibly truncated original message follows:\n";
        assert_eq!(
            plain("Mail Administrator <postmaster@ministry.example>", "Message status - undeliverable", groupwise),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent"]
        );
        let netscape = "This Message was undeliverable due to the following reason:\n\nYour message was not delivered within 2 days.\nHost ministry.example is not responding.\n\n\
                        The following recipients did not receive your message:\n\n     <clerk@ministry.example>\n\nPlease reply to <Postmaster@npm.example>\n";
        assert_eq!(
            plain("Mail Administrator <Postmaster@npm.example>", "Mail System Error - Returned Mail", netscape),
            ["bounce", "clerk@ministry.example failed 5.4.7 expired permanent"]
        );
    }
}
