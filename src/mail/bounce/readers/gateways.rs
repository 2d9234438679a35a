//! Filters that stand in front of mail servers and report under their own name: InterScan, MailMarshal, Barracuda, MailFoundry, SurfControl,
//! Mimecast, McAfee, IceWarp.
//!
//! Known from their reports and administrators' guides (Trend Micro IMSS "Notification messages", MailMarshal "Delivery failure
//! templates", Barracuda Spam Firewall "Bounce messages", Mimecast "Postmaster messages").

use super::super::address::{all_in, at_start, cleaned};
use super::super::code::reply_code;
use super::super::failure::Failure;
use super::super::layout::{Extent, anything, recipients, unique, with_words};
use super::super::notice::Notice;
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[
    Reader::new("InterScan Messaging Security Suite", interscan),
    Reader::new("MailMarshal", mailmarshal),
    Reader::new("Barracuda", barracuda),
    Reader::new("MailFoundry", mailfoundry),
    Reader::new("SurfControl", surfcontrol),
    Reader::new("Mimecast", mimecast),
    Reader::new("IceWarp", icewarp),
    Reader::new("amavis", amavis),
];

/// "****** Message from InterScan …": `Sent <<< RCPT TO:<a@b>`, `Received >>> 550 …`, "Unable to deliver message to <a@b>".
fn interscan(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("message from interscan") && !notice.says("interscan messaging security suite") {
        return None;
    }
    let words = notice.lines.join("\n");
    let named = notice.lines.iter().filter(|line| {
        let lower = line.to_lowercase();
        lower.contains("unable to deliver message to") || lower.contains("rcpt to:")
    });
    let addresses = named.filter_map(|line| all_in(line).into_iter().next());
    let answer: Vec<&str> = notice.lines.iter().copied().filter(|line| line.to_lowercase().contains("received >>>")).collect();
    let mut found = with_words(addresses, &words);
    for failure in found.iter_mut().filter(|_| !answer.is_empty()) {
        failure.diagnostic = answer.join("\n");
    }
    Some(found)
}

/// "Could not be delivered because of / 550 … / The following recipients were affected:".
fn mailmarshal(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("could not be delivered because of") || !notice.says("recipients were affected") {
        return None;
    }
    let because = notice.lines_after("could not be delivered because of")?;
    let end = because.iter().position(|line| line.to_lowercase().contains("recipients were affected")).unwrap_or(because.len());
    let words = because.get(..end)?.join("\n");
    let affected = notice.lines_after("recipients were affected")?;
    let listed = affected.iter().take_while(|line| !line.starts_with("Additional")).filter_map(|line| at_start(line));
    Some(unique(listed.map(|(address, _)| Failure::failed(address, &words))))
}

/// "Your message to: a@b / was blocked by our Spam Firewall."
fn barracuda(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("your message to") || !notice.says("was blocked by our") {
        return None;
    }
    let words = notice.lines.join("\n");
    let line = notice.lines.iter().find(|line| line.to_lowercase().contains("your message to"))?;
    let found =
        all_in(line).into_iter().map(|address| Failure { reason: Some(BounceReason::LooksLikeSpam), ..Failure::failed(address, &words) });
    Some(unique(found))
}

/// "Unable to deliver message to: <a@b> / Delivery failed for the following reason: / Server … failed with: 550 …".
fn mailfoundry(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("unable to deliver message to:") || !notice.says("delivery failed for the following reason") {
        return None;
    }
    let line = notice.lines.iter().find(|line| line.to_lowercase().contains("unable to deliver message to:"))?;
    let words = notice
        .lines_after("delivery failed for the following reason")?
        .iter()
        .take_while(|line| !line.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("\n");
    Some(unique(all_in(line).into_iter().map(|address| Failure::failed(address, &words))))
}

/// "Addressed To: a@b … Failed to send to identified host, / a@b: [192.0.2.1], 554 …".
fn surfcontrol(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("a transcript of the attempts to send the message follows") {
        return None;
    }
    let lines = notice.lines_after("a transcript of the attempts")?;
    let mut found = recipients(lines, super::super::layout::with_colon, Extent::Paragraph);
    if found.is_empty() {
        let words = lines.join("\n");
        found = lines
            .iter()
            .filter_map(|line| line.trim().strip_prefix("Addressed To:").and_then(cleaned))
            .map(|address| Failure::failed(address, &words))
            .collect();
    }
    Some(unique(found))
}

/// "This is a delivery failure notification message … addressed to email address : / -- a@b / … The problem appears to be : / -- …".
fn mimecast(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("this is a delivery failure notification message") {
        return None;
    }
    let marked: Vec<&str> = notice.lines.iter().filter_map(|line| line.trim().strip_prefix("-- ")).collect();
    let address = marked.iter().find_map(|line| at_start(line))?.0;
    let problem = notice.lines_after("the problem appears to be").map(|lines| lines.join("\n")).unwrap_or_default();
    Some(vec![Failure::failed(address, problem)])
}

/// IceWarp (Merak): "The following recipients returned permanent errors: a@b. Reason: …", "SMTP Server <h> rejected recipient <a@b> (Error
/// following RCPT command). It responded as follows: […]".
fn icewarp(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("we had trouble delivering your message") {
        return None;
    }
    let text = notice.lines_after("error(s):")?.join(" ");
    let sentences = text.split("The attachment contains").next().unwrap_or(&text);
    let mut found = Vec::new();
    for sentence in sentences.split("]").filter(|sentence| sentence.contains('@')) {
        let to = match (sentence.find("permanent errors:"), sentence.find("rejected recipient")) {
            (Some(at), _) => sentence.get(at + "permanent errors:".len()..).and_then(|rest| rest.split(" Reason:").next()),
            (None, Some(at)) => sentence.get(at + "rejected recipient".len()..).and_then(|rest| rest.split('(').next()),
            (None, None) => Some(sentence),
        };
        let command = sentence.to_lowercase();
        for address in all_in(to.unwrap_or_default()) {
            found.push(Failure::failed(address, sentence.trim()).with_command_from(&command));
        }
    }
    Some(unique(found))
}

/// amavisd-new: "The message WAS NOT relayed to: / <a@b>: / 550 …".
fn amavis(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("generated by the program amavisd-new") && !notice.says("was not relayed to") && !notice.says("was not delivered to:") {
        return None;
    }
    let lines = notice.lines_after("not relayed to").or_else(|| notice.lines_after("not delivered to"))?;
    let found = recipients(lines, anything, Extent::Paragraph);
    found.iter().any(|failure| reply_code(&failure.diagnostic).is_some()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn interscan_shows_what_it_sent_and_got() {
        let text = "****** Message from InterScan Messaging Security Suite ******\n\n\nSent <<< RCPT TO:<clerk@ministry.example>\nReceived >>> 550 5.1.1 unknown user.\n\n\
                    Unable to deliver message to <clerk@ministry.example> (and other recipients in the same domain).\n\n************************     End of message     \
                    **********************\n";
        assert_eq!(
            plain("imss@npm.example", "Mail could not be delivered", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn mailmarshal_gives_the_reason_before_the_recipients() {
        let text = "Your message:\n   From:    office@npm.example\n   Subject: Request\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\n\
                    The following recipients were affected: \n    clerk@ministry.example\n\nAdditional Information\n======================\n";
        assert_eq!(
            plain("Mail Administrator <postmaster@npm.example>", "Undeliverable Mail: \"Request\"", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn barracuda_blocks_and_nothing_is_dead() {
        let text = "Your message to: clerk@ministry.example\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: Request\n";
        assert_eq!(
            plain("\"Spam Firewall\" <postmaster@ministry.example>", "**Message you sent blocked by our bulk email filter**", text),
            ["bounce", "clerk@ministry.example failed 5.7.1 looks_like_spam permanent"]
        );
    }

    #[test]
    fn mailfoundry_quotes_the_server_behind_it() {
        let text = "Unable to deliver message to: <clerk@ministry.example>\nDelivery failed for the following reason:\n\
                    Server mx.ministry.example[192.0.2.2] failed with: 550 5.1.1 <clerk@ministry.example> No such user here\n\nThis has been a permanent failure.\n";
        assert_eq!(
            plain("MAILER-DAEMON@npm.example", "Message delivery has failed", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn surfcontrol_and_mimecast_and_icewarp_are_read() {
        let surfcontrol = "Your message could not be sent.\nA transcript of the attempts to send the message follows.\nThe number of attempts made: 1\nAddressed To: clerk@ministry.example\n\n\
                           Thu, 29 Apr 2026 10:00:00 +0200\nFailed to send to identified host,\nclerk@ministry.example: [192.0.2.1], 552 5.2.2 Mailbox full\n";
        assert_eq!(plain("<>", "Request", surfcontrol), ["bounce", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]);
        let mimecast = "This is a delivery failure notification message indicating that\nan email office@npm.example addressed to email address :\n-- clerk@ministry.example\n\n\
                        could not be delivered. The problem appears to be :\n-- Recipient email address is possibly incorrect\n\nAdditional information follows :\n-- 5.1.1 User unknown\n";
        assert_eq!(
            plain("\"Mail Delivery System\" <mailer-daemon@npm.example>", "[Postmaster] Email Delivery Failure", mimecast),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
        let icewarp = "We had trouble delivering your message. Full details follow:\n\nSubject: 'Request'\n\n1 error(s):\n\nSMTP Server <mx.ministry.example> rejected recipient \
                       <clerk@ministry.example> (Error following RCPT command). It responded as follows: [550 User unknown]\n\nThe attachment contains the original mail headers.\n";
        assert_eq!(
            plain("mailer-daemon", "There was an error sending your mail", icewarp),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn amavis_tells_whom_it_did_not_relay_to() {
        let text = "The message WAS NOT relayed to:\n  <clerk@ministry.example>:\n   550 5.7.0 Reject, id=12345-01 - SPAM\n\nThis nondelivery report was generated by the program amavisd-new at \
                    host\nmx.npm.example.\n";
        assert_eq!(
            plain(
                "\"Content-filter at mx.npm.example\" <postmaster@mx.npm.example>",
                "Considered UNSOLICITED BULK EMAIL, apparently from you",
                text
            ),
            ["bounce", "clerk@ministry.example failed 5.7.0 looks_like_spam permanent"]
        );
    }
}
