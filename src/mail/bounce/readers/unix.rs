//! Mail servers of free systems beside the large ones: OpenSMTPD, the DragonFly Mail Agent, Courier, Apache James, Smail, Dovecot.
//!
//! Known from their sources; the comment at each reader names the file that holds the text.

use super::super::address::{all_in, at_start, between, cleaned};
use super::super::failure::{Action, Failure};
use super::super::layout::{Extent, alone, anything, recipients, with_colon, with_words};
use super::super::notice::Notice;
use super::Reader;

pub(super) const READERS: &[Reader] = &[
    Reader::new("OpenSMTPD", opensmtpd),
    Reader::new("DragonFly Mail Agent", dragonfly),
    Reader::new("Courier", courier),
    Reader::new("Apache James", james),
    Reader::new("Smail", smail),
    Reader::new("XMail", xmail),
    Reader::new("Dovecot", dovecot),
];

/// `smtpd/bounce.c`: "This is the MAILER-DAEMON, please DO NOT REPLY to this email.", then `a@b: words` per line.
fn opensmtpd(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("this is the mailer-daemon, please do not reply") {
        return None;
    }
    let lines = notice.lines_after("list of recipients").unwrap_or(&notice.lines);
    let mut found = recipients(lines, with_colon, Extent::Paragraph);
    let delayed = notice.says("only a temporary failure report") || notice.says("a message is delayed for more than");
    for failure in &mut found {
        // Its Status field is 4.0.0 or 5.0.0 by the kind of the report (bounce.c), whatever happened.
        failure.status_says_nothing = true;
        if delayed {
            failure.action = Action::Delayed;
        }
    }
    Some(found)
}

/// `mail.c` of dma(8): "There was an error delivering your mail to <a@b>."
fn dragonfly(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("this is the dragonfly mail agent") {
        return None;
    }
    let lines = notice.lines_after("there was an error delivering your mail to")?;
    let line = notice.lines.iter().find(|line| line.contains("There was an error delivering your mail to"))?;
    let address = between(line, '<', '>').and_then(cleaned).or_else(|| all_in(line).into_iter().next())?;
    let words = lines.join("\n");
    let command = words
        .replace("did not like our RCPT", "rcpt to")
        .replace("did not like our MAIL", "mail from")
        .replace("did not like our DATA", "data command");
    Some(vec![Failure::failed(address, words).with_command_from(&command)])
}

/// "UNDELIVERABLE MAIL" / "DELAYED MAIL", `<a@b>:`, then the conversation with `>>>` and `<<<` (courier's `submit/rfc822.dsn` templates).
fn courier(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("running the courier mail server") {
        return None;
    }
    let delayed = notice.says("delayed mail") && !notice.says("undeliverable mail");
    let mut found = recipients(&notice.lines, alone, Extent::Paragraph);
    for failure in &mut found {
        failure.diagnostic = failure.diagnostic.replace(">>> ", "").replace("<<< ", "");
        if delayed {
            failure.action = Action::Delayed;
        }
    }
    Some(found)
}

/// "Failed recipient(s):", an address per line, "Error message:" (James' DSNBounce and Bounce mailets).
fn james(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.says("this is the james mail server") || notice.says("failed recipient(s):") && notice.says("error message:");
    if !known {
        return None;
    }
    let listed = notice.lines_after("failed recipient").unwrap_or_default();
    let words = notice
        .lines_after("error message")
        .map(|lines| lines.iter().take_while(|line| !line.starts_with("Message details")).copied().collect::<Vec<_>>().join("\n"));
    let words = words.unwrap_or_default();
    let listed = listed
        .iter()
        .take_while(|line| !line.to_lowercase().starts_with("error message"))
        .filter_map(|line| at_start(line))
        .map(|(address, _)| address);
    // Where the list is empty the details name the recipient.
    let detailed = notice.lines.iter().filter_map(|line| line.trim().strip_prefix("RCPT TO:").and_then(cleaned));
    let listed: Vec<String> = listed.collect();
    let addresses = if listed.is_empty() { detailed.collect() } else { listed };
    Some(with_words(addresses, &words))
}

/// "|--- Failed addresses follow: ---|", `a@b ... unknown host` (`smail3`).
fn smail(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    notice.lines_after("failed addresses follow:").map(|lines| recipients(lines, anything, Extent::NextRecipient))
}

/// "[<00>] XMail bounce: Rcpt=[a@b];Error=[550 …]" (XMail's `SMAILUtils.cpp`).
fn xmail(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let line = notice.lines.iter().find(|line| line.contains("XMail bounce: Rcpt=["))?;
    let address = line.split_once("Rcpt=[").and_then(|(_, rest)| cleaned(rest.split(']').next()?))?;
    let words = line.split_once("Error=[").map_or(*line, |(_, rest)| rest.trim_end_matches(']'));
    Some(vec![Failure::failed(address, words)])
}

/// Dovecot's LDA and Pigeonhole Sieve (RFC 5429): "Your message to <a@b> was automatically rejected:".
fn dovecot(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("was automatically rejected") {
        return None;
    }
    let line = notice.lines.iter().find(|line| line.contains("Your message to"))?;
    let address = between(line, '<', '>').and_then(cleaned)?;
    let words = notice.lines_after("your message to").map(|lines| lines.join("\n")).unwrap_or_default();
    Some(vec![Failure::failed(address, words)])
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn opensmtpd_puts_words_behind_the_address_and_nothing_into_its_status() {
        let raw = "From: Mailer Daemon <MAILER-DAEMON@npm.example>\nSubject: Delivery status notification: delayed\nMIME-Version: 1.0\n\
                   Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\n    Hi!\n\n    \
                   This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    A message is delayed for more than 4 hours for the following\n    list of recipients:\n\n\
                   clerk@ministry.example: No MX found for domain\n\n    Please note that this is only a temporary failure report.\n\n--x\n\
                   Content-Type: message/delivery-status\n\nReporting-MTA: dns; npm.example\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: delayed\nStatus: 4.0.0\n\n--x--\n";
        assert_eq!(read(raw), ["bounce", "clerk@ministry.example delayed 5.1.10 no_such_host dead"]);
    }

    #[test]
    fn dragonfly_tells_the_command_it_was_refused_at() {
        let text = "This is the DragonFly Mail Agent v0.13 at npm.example.\n\nThere was an error delivering your mail to <clerk@ministry.example>.\n\n\
                    mx.ministry.example [192.0.2.25] did not like our RCPT TO:\n550 User unknown\n\nMessage headers follow.\n\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            plain("MAILER-DAEMON <>", "Mail delivery failed", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn courier_shows_the_conversation() {
        let text = "This is a delivery status notification from npm.example,\nrunning the Courier mail server, version 0.65.2.\n\n\
                    ---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\n\
                    Your message to the following recipients cannot be delivered:\n\n<clerk@ministry.example>:\n    mx.ministry.example [192.0.2.1]:\n\
                    >>> RCPT TO:<clerk@ministry.example>\n<<< 550 User Unknown\n\n---------------------------------------------------------------------------\n";
        assert_eq!(
            plain("\"Courier mail server at npm.example\" <postmaster@npm.example>", "NOTICE: mail delivery status.", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn james_names_recipients_in_a_list_or_in_the_details() {
        let listed = "Hi. This is the James mail server at npm.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\nFailed recipient(s):\n\
                      clerk@ministry.example\n\nError message:\n550 5.1.1 <clerk@ministry.example>... User Unknown\n\n\nMessage details:\n  Subject: Request\n  \
                      RCPT TO: clerk@ministry.example\n";
        let told = ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"];
        assert_eq!(plain("postmaster@npm.example", "[BOUNCE]", listed), told);
        assert_eq!(plain("postmaster@npm.example", "[BOUNCE]", &listed.replacen("clerk@ministry.example\n\nError", "\nError", 1)), told);
    }

    #[test]
    fn smail_heads_its_sections_with_bars() {
        let text = "|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n\
                    |------------------------- Failed addresses follow: ---------------------|\n clerk@gone.example ... unknown host\n\
                    |------------------------- Message text follows: ------------------------|\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            plain("<MAILER-DAEMON@npm.example>", "mail failed, returning to sender", text),
            ["bounce request.7@npm.example", "clerk@gone.example failed 5.1.2 no_such_host permanent dead"]
        );
    }
}
