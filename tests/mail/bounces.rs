//! Reports that nobody here wrote, with what the project that collected them states about them (`corpus/bounce/ATTRIBUTION.md`).

// Long because each report is one story of some lines; what they share is read once.

use demarche::mail::bodies::Bodies;
use demarche::mail::bounce;
use demarche::mail::parse::parse;
use demarche::mail::understand;
use demarche::mail::understood::Kind;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Deserialize)]
struct Facts {
    mail: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    file: String,
    /// The kind by its name; empty if the mail is no report.
    report: String,
    #[serde(default)]
    recipients: BTreeSet<String>,
    status: Option<String>,
    #[serde(default)]
    dead: bool,
    letter: Option<String>,
}

#[test]
fn reports_of_real_servers_are_understood_as_their_collectors_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/corpus/bounce");
    let facts: Facts = toml::from_str(&std::fs::read_to_string(folder.join("facts.toml")).unwrap()).unwrap();
    for fact in &facts.mail {
        let file = &fact.file;
        let message = parse(&std::fs::read(folder.join(file)).unwrap());
        let report = bounce::read(&message, &Bodies::of(&message));
        assert_eq!(report.as_ref().map_or("", |report| report.kind.name()), fact.report, "kind of {file}");
        let Some(bounced) = report.and_then(|report| report.bounce).filter(|_| fact.report == "bounce") else { continue };
        let recipients: BTreeSet<String> = bounced.recipients.iter().map(|recipient| recipient.address.to_lowercase()).collect();
        assert_eq!(recipients, fact.recipients, "recipients of {file}");
        if fact.status.is_some() {
            assert_eq!(bounced.recipients[0].status, fact.status, "status in {file}");
        }
        assert_eq!(bounced.hard_bounce, fact.dead, "dead in {file}");
        if fact.letter.is_some() {
            assert_eq!(bounced.original_message_id, fact.letter, "letter of {file}");
        }
    }
    let mails = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml"))
        .count();
    assert_eq!(facts.mail.len(), mails, "every mail of the folder has its facts");
}

/// The letter that went out, as servers return it.
const LETTER: &str = "Received: from relay.npm.example by mx.npm.example; Mon, 4 May 2026 10:00:00 +0200\nFrom: office@npm.example\nTo: clerk@ministry.example\n\
                      Subject: Request\nMessage-ID: <request.7@npm.example>\n\nDear Sir or Madam\n";

/// What is understood of a mail: `-` where it is no report; else its kind, then address, action, status and reason of each recipient, then what
/// holds for all.
fn told(raw: &str) -> String {
    let message = parse(raw.as_bytes());
    let Some(report) = bounce::read(&message, &Bodies::of(&message)) else { return "-".to_owned() };
    let bounced = report.bounce.unwrap_or_default();
    let mut told = report.kind.name().to_owned();
    for recipient in bounced.recipients {
        let reason = serde_json::to_value(recipient.reason).expect("a word");
        told += &format!(
            " {} {} {} {}",
            recipient.address,
            recipient.action,
            recipient.status.unwrap_or_default(),
            reason.as_str().expect("a word")
        );
    }
    told += if bounced.permanent { " permanent" } else { "" };
    told += if bounced.hard_bounce { " dead" } else { "" };
    told + if bounced.original_message_id.as_deref() == Some("request.7@npm.example") { " letter" } else { "" }
}

fn plain(headers: &str, text: &str) -> String {
    told(&format!(
        "To: office@npm.example\nDate: Mon, 4 May 2026 10:00:05 +0200\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n{headers}\n\n{text}"
    ))
}

/// A report with these fields about the recipient, and the letter enclosed.
fn with_fields(text: &str, fields: &str) -> String {
    told(&format!(
        "From: MAILER-DAEMON@mx.npm.example\nTo: office@npm.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\n{text}\n--x\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.npm.example\n\n{fields}\n--x\nContent-Type: message/rfc822\n\n{LETTER}\n--x--\n"
    ))
}

#[test]
fn servers_that_follow_no_standard_are_understood_in_their_variations() {
    let daemon = "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nSubject: Undelivered Mail";
    let qmail = "From: MAILER-DAEMON@mx.example\nSubject: failure notice";
    for (headers, text, expected) in [
        (
            qmail,
            "Hi. This is the qmail-send program at mx.example.\nThis is just a warning: your message to the following addresses has not been\ndelivered yet; I will keep \
             trying.\n\n<clerk@ministry.example>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n\n--- Below this line is a copy of the message.\n\n",
            "bounce clerk@ministry.example delayed 4.4.1 network letter",
        ),
        (
            qmail,
            "This is the machine generated message from mail service.\nUnable to deliver message to the following address(es).\n\n<clerk@ministry.example>:\n\
             Sorry, no mailbox here by that name.\n\n--- Below the next line original message.\n\n",
            "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead letter",
        ),
        (
            "From: Internet Mail Delivery <postmaster@isp.example>\nSubject: Delivery Notification: Delivery has been delayed",
            "Your message has been enqueued and undeliverable for 1 day\nto the following recipients:\n\n  Recipient address: clerk@ministry.example\n  Reason: unable to \
             connect\n\nThe mail system will continue to try to deliver your message\nfor an additional 4 days.\n\n",
            "bounce clerk@ministry.example delayed 4.4.1 network letter",
        ),
        (
            "From: postmaster@ministry.example\nReturn-Path: <>\nSubject: Nem kézbesíthető: Request",
            "Nem sikerült a kézbesítés a következő címzetteknek:\n\nDiagnosztikai információk a rendszergazdák számára:\n\nclerk@ministry.example\nRemote Server returned \
             '550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found'\n\nEredeti üzenetfejlécek:\n\n",
            "bounce clerk@ministry.example failed 5.1.10 no_such_user permanent dead letter",
        ),
        (
            "From: \"Courier mail server at mx.example\" <@>\nSubject: WARNING: delayed mail.",
            "This is a delivery status notification from mx.example,\nrunning the Courier mail server, version 0.73.\n\n                             DELAYED MAIL\n\n\
             <clerk@ministry.example>:\n    DNS lookup failure for ministry.example\n\n",
            "bounce clerk@ministry.example delayed 4.4.3 network letter",
        ),
        (
            "From: Postmaster@ministry.example\nSubject: ECHEC DE LA DISTRIBUTION : utilisateur inconnu",
            "Votre message\n\nn'a pas été distribué à :\n\n  clerk@ministry.example\n\npour la raison suivante :\n\n  Adresse de messagerie inconnue\n\n",
            "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead letter",
        ),
        (
            "From: postmaster@mail.example\nSubject: 系统退信",
            "抱歉，您的邮件被退回来了\n收件人：clerk@ministry.example\n退信原因：host mx[192.0.2.1] said: 550 5.2.2 Mailbox full\n\n",
            "bounce clerk@ministry.example failed 5.2.2 mailbox_full permanent letter",
        ),
        (
            daemon,
            "The following message from <office@npm.example> could not be delivered to <clerk@ministry.example>\nbecause: 550 5.1.1 User unknown. Contact \
             admin@mx.example for help.\n\n",
            "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead letter",
        ),
        (
            daemon,
            "Message ID: <request.7@npm.example>\nRecipient: clerk@ministry.example\nError: 552 5.2.3 Message too large. The message could not be delivered.\n",
            "bounce clerk@ministry.example failed 5.2.3 too_large permanent letter",
        ),
        (
            daemon,
            "Your message could not be delivered to the following recipients:\n\n  clerk@ministry.example\n  desk@ministry.example\n\nReason: 550 5.7.1 Refused by \
             policy\n\n",
            "bounce clerk@ministry.example failed 5.7.1 policy_refused desk@ministry.example failed 5.7.1 policy_refused permanent letter",
        ),
        (
            "From: Mail Administrator <postmaster@mx.example>\nSubject: Mail System Error - Returned Mail",
            "This Message was undeliverable due to the following reason:\n\nEach of the following recipients was rejected by a remote mail server.\n\n    \
             Recipient: <clerk@ministry.example>\n    Reason:    5.1.1 <clerk@ministry.example>... User unknown\n\nPlease reply to <Postmaster@mx.example>\n\n",
            "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead letter",
        ),
        (
            "From: root@mx.example\nSubject: Error sending message [1.2.3] from [mx.example]",
            "[<00>] XMail bounce: Rcpt=[clerk@ministry.example];Error=[550 5.1.1 User unknown]\n\n[<05>] Here is listed the initial part of the message:\n\n",
            "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead letter",
        ),
        (
            "From: Postmaster <postmaster@fc.example>\nSubject: NDN: Request",
            "Sorry. Your message could not be delivered to:\n\nclerk@ministry.example (The name was not found at the remote site.)\n\n",
            "bounce clerk@ministry.example failed 5.0.0 other permanent letter",
        ),
        (
            "From: Mail System <mailer-daemon@mx.example>\nSubject: Returned mail: delivery problems encountered",
            "The following addresses had delivery problems:\n\n<clerk@ministry.example>\n\tTemporary Failure: mail store is being repaired\n\n",
            "bounce clerk@ministry.example failed 4.0.0 other letter",
        ),
        (
            "From: AWS Notifications <no-reply@sns.example>\nSubject: AWS Notification Message",
            "{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Transient\",\"bounceSubType\":\"MailboxFull\",\"bouncedRecipients\":[{\"emailAddress\":\
             \"clerk@ministry.example\"}]},\"mail\":{\"headers\":[{\"name\":\"Message-ID\",\"value\":\"<request.7@npm.example>\"}]}}\n",
            "bounce clerk@ministry.example failed 4.0.0 mailbox_full letter",
        ),
        (
            "From: Colleague <colleague@npm.example>\nSubject: Fwd: failure notice",
            "FYI\n\n---------- Forwarded message ---------\nFrom: <MAILER-DAEMON@mx.example>\nSubject: failure notice\n\nHi. This is the qmail-send program at \
             mx.example.\n\n<clerk@ministry.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n",
            "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead letter",
        ),
    ] {
        // Those whose text ends in an empty line return the letter below it.
        let returned = if text.ends_with("\n\n") { LETTER } else { "" };
        assert_eq!(plain(headers, &format!("{text}{returned}")), expected, "{text}");
    }
}

#[test]
fn fields_are_understood_however_a_server_writes_them() {
    let clerk = "Final-Recipient: rfc822; clerk@ministry.example\nAction: failed\n";
    for (text, fields, expected) in [
        (
            "",
            "Original-Recipient: rfc822;clerk@ministry.example\nFinal-Recipient: LDAP; cn=clerk,o=ministry\nAction: failed\nStatus: 5.1.1\n",
            "clerk@ministry.example failed 5.1.1 no_such_user permanent dead",
        ),
        (
            "",
            "Final-Recipient: rfc822; clerk@ministry.example\n\nAction: failed\n\nStatus: 5.2.1\n",
            "clerk@ministry.example failed 5.2.1 mailbox_disabled permanent",
        ),
        (
            "",
            "Final-Recipient: rfc822; desk@ministry.example\nAction: delivered\nStatus: 2.1.5\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: delayed\n\
             Status: 4.4.1\n",
            "clerk@ministry.example delayed 4.4.1 network",
        ),
        (
            "The provider's own words. host mx.ministry.example said: 550 no such user (in reply to RCPT TO\ncommand)",
            &format!("{clerk}Status: 5.0.0\nDiagnostic-Code: smtp; 550 no such user\n"),
            "clerk@ministry.example failed 5.0.0 no_such_user permanent dead",
        ),
        (
            "",
            &format!("{clerk}Status: 4.0.0\nDiagnostic-Code: smtp; 450 Requested mail action not taken: mailbox unavailable\n"),
            "clerk@ministry.example failed 4.0.0 no_such_user",
        ),
        (
            "",
            &format!(
                "{clerk}Status: 5.4.310\nDiagnostic-Code: smtp; 550 5.4.310 DNS domain ministry.example does not exist [Message=InfoDomainNonexistent]\n"
            ),
            "clerk@ministry.example failed 5.4.310 no_such_host permanent dead",
        ),
        (
            "",
            &format!("{clerk}Status: 5.7.1\nDiagnostic-Code: smtp; 554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.example\n"),
            "clerk@ministry.example failed 5.7.1 policy_refused permanent",
        ),
        (
            "",
            &format!("{clerk}Status: 5.7.27\nDiagnostic-Code: smtp; 550 5.7.27 Sender address has null MX\n"),
            "clerk@ministry.example failed 5.7.27 policy_refused permanent",
        ),
    ] {
        assert_eq!(with_fields(text, fields), format!("bounce {expected} letter"), "{fields}");
    }
}

#[test]
fn what_people_lists_and_robots_write_of_delivery_is_no_bounce() {
    for (headers, text) in [
        (
            "From: Jane <jane@authority.example>\nSubject: Mail delivery problem",
            "Your message could not be delivered to our registry in time. We accept the first recommendation.\n\njane@authority.example\n",
        ),
        (
            "From: Bob <bob@host.example>\nSubject: Mail delivery failed: how to configure Exim?\nList-Id: <exim-users.list.example>",
            "Exim says: A message that you sent could not be delivered to one or more of its recipients. The following address(es) failed:\n\n  a@b.example\n    \
             Unrouteable address\n",
        ),
        (
            "From: Jane <jane@authority.example>\nSubject: Undelivered mail\nUser-Agent: Mozilla Thunderbird",
            "What I wrote on Monday could not be delivered:\n\n<office@npm.example>: 552 5.2.2 mailbox full\n",
        ),
        (
            "From: News <news@host.example>\nSubject: Improve your delivery: what to do when mail could not be delivered\nPrecedence: bulk",
            "\"550 user unknown\" means that the mailbox does not exist.\n\nnews@host.example\n",
        ),
        (
            "From: Helpdesk <helpdesk@authority.example>\nSubject: [#1234] Mail to registry not delivered\nAuto-Submitted: auto-generated",
            "Your ticket was created. User jane@authority.example reports \"mailbox full\".\n",
        ),
        ("From: no-reply@shop.example\nSubject: Delivery notification", "Your order could not be delivered. We will send you a message.\n"),
        (
            "From: Jane <jane@authority.example>\nSubject: Request\nReturn-Path: <>",
            "I am away until Monday. If your message did not reach me in time, please write to:\n\nbob@authority.example\n",
        ),
        (
            "From: Post Office <office@authority.example>\nSubject: Undelivered letters to detainees\nReturn-Path: <>",
            "Letters that could not be delivered to detainees are now returned within 5 days, as you recommended.\n",
        ),
        (
            "From: Mail Delivery Contracts Unit <contracts@authority.example>\nSubject: Undelivered mail in prisons: our answer",
            "Undelivered mail to prisoners is returned to the sender.\n",
        ),
        (
            "From: Jane <jane@authority.example>\nSubject: Fwd: Undelivered Mail Returned to Sender",
            "See below, my answer of last week came back. We accept the first recommendation.\n\n-------- Forwarded Message --------\nFrom: MAILER-DAEMON@authority.example\n\n\
             I'm sorry to have to inform you that your message could not\nbe delivered.\n\n<offce@npm.example>: host mx.npm.example[192.0.2.1] said: 550 5.1.1 User unknown\n    (in \
             reply to RCPT TO command)\n",
        ),
        (
            "From: Jane <jane@authority.example>\nSubject: Fwd: Undelivered Mail Returned to Sender",
            "FYI\n\n-------- Forwarded Message --------\nFrom: MAILER-DAEMON@authority.example\n\n\
             I'm sorry to have to inform you that your message could not\nbe delivered.\n\n<offce@npm.example>: host mx.npm.example[192.0.2.1] said: 550 5.1.1 User unknown\n    (in \
             reply to RCPT TO command)\n",
        ),
        (
            "From: Postmaster <postmaster@authority.example>\nReturn-Path: <postmaster@authority.example>\nSubject: Delivery problem to your domain",
            "Mail of our registry was refused by your server:\n\n<office@npm.example>: host mx.npm.example[192.0.2.1] said: 554 5.7.1 Spam (in reply to end of DATA command)\n\nRegards, Bob\n",
        ),
        (
            "From: Mail Delivery System <MAILER-DAEMON@mx.npm.example>\nSubject: Postfix SMTP server: errors from unknown[192.0.2.9]",
            "Transcript of session follows.\n\n Out: 220 mx.npm.example ESMTP Postfix\n In:  RCPT TO:<nobody@npm.example>\n Out: 550 5.1.1 <nobody@npm.example>: Recipient address \
             rejected: User unknown\n In:  QUIT\n",
        ),
        (
            "From: Jane <jane@authority.example>\nSubject: Please confirm your message\nReturn-Path: <>\nAuto-Submitted: auto-replied",
            "This message was created automatically by mail delivery software (TMDA).\n\nYour message is being held. To release your message for delivery, please reply.\n\n\
             jane@authority.example\n",
        ),
        (
            "From: Jane <jane@authority.example>\nSubject: RE: Request",
            "Your message could not be delivered to the Minister before he left. We accept the second recommendation.\n\nregistry@authority.example\n\n\
             -----Original Message-----\nFrom: Office <office@npm.example>\nSubject: Request\n\nDear Madam\n",
        ),
        (
            "From: Registry <bounce-4711@crm.example>\nReturn-Path: <bounce-4711@crm.example>\nSubject: Answer to your request",
            "Recommendation 2 was rejected by the Minister.\n\nContact:\njane@authority.example\n",
        ),
        (
            "From: System Administrator <sysadmin@authority.example>\nReturn-Path: <sysadmin@authority.example>\nSubject: New addresses",
            "Mail to these mailboxes cannot be delivered any more:\n\nold@authority.example\n\nPlease use registry@authority.example.\n",
        ),
        (
            "From: Jane <jane@authority.example>\nReturn-Path: <jane@authority.example>\nSubject: Delivery failed to one prison",
            "When I passed your letter on, our server wrote:\n\nI'm sorry to have to inform you that your message could not\nbe delivered.\n\n<bob@prison.example>: host \
             mx.prison.example[192.0.2.1] said: 550 5.1.1 User unknown\n    (in reply to RCPT TO command)\n\nBob has left; we accept the third recommendation.\n",
        ),
        (
            "From: Helpdesk <noreply@authority.example>\nReturn-Path: <>\nAuto-Submitted: auto-generated\nSubject: Ticket 4711 closed: mail could not be delivered",
            "Your ticket is closed. The address was wrong.\n\nAgent: bob@authority.example\n",
        ),
        (
            "From: Postmaster <postmaster@authority.example>\nSubject: Undeliverable: our answers",
            "Dear office,\n\nmail to Mr Novak is undeliverable since he left:\n\nnovak@authority.example\n\nPlease write to the registry.\n",
        ),
        (
            "From: Postmaster <postmaster@authority.example>\nSubject: Answer to your request",
            "Your message was rejected by our filter on Monday and is released now. We accept the first recommendation.\n\nContact: jane@authority.example\n",
        ),
        (
            "From: postmaster@npm.example\nSubject: Quota warning",
            "Your mailbox is full to 95 %. If it is full, new mail will be rejected.\n",
        ),
    ] {
        assert_eq!(plain(headers, text), "-", "{headers}\n{text}");
    }
}

#[test]
fn a_report_of_failed_authentication_in_words_is_a_complaint_and_no_bounce() {
    let headers = "Return-Path: <>\nFrom: Postmaster <postmaster@ministry.example>\nTo: office@npm.example\nSubject: DMARC Failure Report for npm.example";
    for opening in [
        "This is an email abuse report for an email message received from IP 192.0.2.7 on Tue, 3 Mar 2026 10:00:00 +0100.\nThe message below did not meet the sending domain's DMARC policy.",
        "This is an authentication failure report for an email message received\nfrom IP 192.0.2.7 on Tue, 3 Mar 2026 10:00:00 +0100.",
    ] {
        assert_eq!(plain(headers, &format!("{opening}\nDelivery-Result: reject\n")), "feedback report", "{opening}");
    }
}

#[test]
fn a_report_that_a_colleague_hands_on_without_a_word_counts() {
    let ndr = "\nDelivery has failed to these recipients or groups:\n\nclerk@ministry.example\n\nDiagnostic information for administrators:\n\nclerk@ministry.example\nRemote Server \
               returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found'\n\nOriginal message headers:\n\nMessage-ID: <request.7@npm.example>\n";
    for (subject, heading) in [
        (
            "FW: Undeliverable: Request",
            "FYI\n\nFrom: Microsoft Outlook <postmaster@mx.example>\nSent: Monday, 4 May 2026 10:00\nTo: Office\nSubject: Undeliverable: Request",
        ),
        (
            "WG: Unzustellbar: Anfrage",
            "Von: Microsoft Outlook\nGesendet: Montag, 4. Mai 2026 10:00\nAn: Office\nBetreff: Unzustellbar: Anfrage",
        ),
    ] {
        assert_eq!(
            plain(
                &format!("From: Colleague <colleague@npm.example>\nReturn-Path: <colleague@npm.example>\nSubject: {subject}"),
                &format!("{heading}\n{ndr}")
            ),
            "bounce clerk@ministry.example failed 5.1.10 no_such_user permanent dead letter",
            "{subject}"
        );
    }
}

#[test]
fn a_report_that_a_person_hands_on_with_an_answer_is_a_letter() {
    let raw = "From: Jane <jane@authority.example>\nTo: office@npm.example\nSubject: RE: Request\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\
               Content-Type: text/plain\n\nDear office, the attached report was all that came of your first mail. We accept the first recommendation.\n--x\n\
               Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: failed\nStatus: 5.1.1\n\n--x--\n";
    assert_eq!(told(raw), "-");
}

#[test]
fn servers_are_understood_in_the_languages_of_their_operators() {
    let exchange = "From: Microsoft Outlook <postmaster@mx.example>\nReturn-Path: <>\nX-MS-Exchange-Message-Is-Ndr:\nSubject: ";
    let reported = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient clerk@ministry.example not found by SMTP address lookup";
    let unknown = "bounce clerk@ministry.example failed 5.1.10 no_such_user permanent dead";
    for (subject, text) in [
        (
            "Recapito non riuscito: Richiesta",
            "Non è stato possibile recapitare il messaggio a clerk@ministry.example.\n\nErrore segnalato:",
        ),
        ("Ei voi toimittaa: Pyyntö", "Viestiäsi vastaanottajalle clerk@ministry.example ei voitu toimittaa.\n\nRaportoitu virhe:"),
        (
            "Не вдалося доставити: Запит",
            "Не вдалося доставити ваше повідомлення одержувачу clerk@ministry.example.\n\nПовідомлена помилка:",
        ),
        ("تعذر التسليم: طلب", "تعذر تسليم رسالتك إلى clerk@ministry.example.\n\nالخطأ المبلغ عنه:"),
        // One that no list here knows: the header alone says what it is.
        ("Skiladi ekki: Beidni", "Skeyti til clerk@ministry.example: could not be delivered\n\nVilla:"),
    ] {
        assert_eq!(plain(&format!("{exchange}{subject}"), &format!("{text} {reported}\n")), unknown, "{subject}");
    }
    assert_eq!(
        plain(
            &format!("{exchange}Zustellung verzögert: Anfrage"),
            "Die Zustellung an folgende Empfänger oder Verteilerlisten wurde verzögert:\n\nclerk@ministry.example\n\nDiese Nachricht wurde noch nicht zugestellt. Es wird \
             weiterhin versucht, diese Nachricht zuzustellen.\n"
        ),
        "bounce clerk@ministry.example delayed 4.0.0 other"
    );
    assert_eq!(
        plain(
            "From: Postmaster@domino.example\nSubject: ZUSTELLUNGSFEHLER",
            "Ihre Nachricht\n\n  Betreff: Anfrage\n\nkonnte nicht zugestellt werden an:\n\n  clerk@ministry.example\n\nweil:\n\n  Benutzer clerk nicht im Domino-Verzeichnis \
             aufgeführt\n"
        ),
        "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead"
    );
    assert_eq!(
        plain(
            "From: Microsoft Outlook <postmaster@mx.example>\nSubject: Zugestellt: Anfrage",
            "Ihre Nachricht wurde an folgende Empfänger zugestellt:\n\nclerk@ministry.example\n"
        ),
        "delivery receipt"
    );
}

#[test]
fn a_refusal_with_its_code_is_understood_without_its_language() {
    assert_eq!(
        plain(
            "From: postmaster@mx.example\nReturn-Path: <>\nSubject: Tilkynning",
            "Skeyti til þessa viðtakanda komst ekki til skila:\n\nclerk@ministry.example\n550 5.1.1 Notandi finnst ekki\n"
        ),
        "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead"
    );
    // Nothing else is said, so nobody has answered.
    assert_eq!(
        plain(
            "From: gate@ministry.example\nReturn-Path: <gate@ministry.example>\nSubject: RE: Request",
            "*****\nVotre message n'a pas pu etre delivre a\nclerk@ministry.example\n*****\nYour message could not be delivered to\nclerk@ministry.example\n"
        ),
        "bounce clerk@ministry.example failed 5.0.0 other permanent"
    );
}

#[test]
fn a_gateway_that_refuses_a_letter_names_it_in_a_table() {
    assert_eq!(
        plain(
            "From: Gateway <postmaster@gw.example>\nReturn-Path: <>\nAuto-Submitted: auto-replied\nSubject: Message rejected: Request",
            "The following message was blocked by the gateway and was not delivered.\n\nFrom: office@npm.example\nTo: clerk@ministry.example\nMessage-ID: <request.7@npm.example>\n\
             Reason: Attachment with a blocked file extension (.docm)\n"
        ),
        "bounce clerk@ministry.example failed 5.6.0 content permanent letter"
    );
    assert_eq!(
        plain(
            "From: Gateway <postmaster@npm.example>\nReturn-Path: <>\nSubject: Your mailbox is full",
            "The mailbox office@npm.example is full; new mail could not be delivered.\n"
        ),
        "-"
    );
}

#[test]
fn fields_that_lost_their_type_on_the_way_or_contradict_themselves_are_read() {
    let as_file = "From: postmaster@mx.example\nTo: office@npm.example\nSubject: Undeliverable: Request\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\
                   Content-Type: text/plain\n\nDelivery failed\n--x\nContent-Type: text/plain; name=details.txt\nContent-Disposition: attachment; filename=details.txt\n\n\
                   Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: failed\nStatus: 5.1.1\n\n--x--\n";
    assert_eq!(told(as_file), "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead");
    let aol = "   ----- The following addresses had permanent fatal errors -----\n<clerk@ministry.example>\n\n   ----- Transcript of session follows -----\n... while talking to \
               mx.ministry.example.:\n>>> RCPT To:<clerk@ministry.example>\n<<< 550 MAILBOX NOT FOUND\n550 <clerk@ministry.example>... User unknown\n";
    let fields = "Final-Recipient: RFC822; clerk@ministry.example\nAction: failed\nStatus: 2.0.0\nDiagnostic-Code: SMTP; 250 OK\n";
    assert_eq!(with_fields(aol, fields), "bounce clerk@ministry.example failed 5.1.1 no_such_user permanent dead letter");
}

/// A receipt of an Italian provider of certified mail (RFC 6109), in the signed form in which they come.
fn certified(kind: &str, text: &str, data: &str) -> String {
    told(&format!(
        "From: posta-certificata@pec.example\nTo: office@npm.example\nSubject: Richiesta\nX-Ricevuta: {kind}\nX-Riferimento-Message-ID: <request.7@npm.example>\n\
         MIME-Version: 1.0\nContent-Type: multipart/signed; protocol=\"application/x-pkcs7-signature\"; boundary=s\n\n--s\nContent-Type: multipart/mixed; boundary=x\n\n\
         --x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n--x\nContent-Type: application/xml; name=daticert.xml\n\n\
         <?xml version=\"1.0\"?><postacert {data}</postacert>\n--x--\n--s\nContent-Type: application/x-pkcs7-signature; name=smime.p7s\n\n--s--\n"
    ))
}

#[test]
fn certified_mail_that_did_not_arrive_has_bounced_and_its_receipts_have_not() {
    let both = "<destinatari tipo=\"certificato\">clerk@pec.example</destinatari><destinatari tipo=\"esterno\">desk@ministry.example</destinatari>";
    assert_eq!(
        certified(
            "errore-consegna",
            "destinato all'utente \"clerk@pec.example\" è stato rilevato un errore",
            &format!("errore=\"no-dest\">{both}<errore-esteso>5.1.1 - indirizzo non valido</errore-esteso>")
        ),
        "bounce clerk@pec.example failed 5.1.1 no_such_user permanent dead letter"
    );
    assert_eq!(
        certified("preavviso-errore-consegna", "", "errore=\"nessuno\"><consegna>clerk@pec.example</consegna>"),
        "bounce clerk@pec.example delayed 4.0.0 other letter"
    );
    assert_eq!(
        certified("non-accettazione", "", &format!("errore=\"virus\">{both}")),
        "bounce clerk@pec.example failed 5.6.0 content desk@ministry.example failed 5.6.0 content permanent letter"
    );
    assert!(certified("accettazione", "", &format!("errore=\"nessuno\">{both}")).starts_with("delivery receipt clerk@pec.example relayed"));
    assert!(
        certified("avvenuta-consegna", "", "errore=\"nessuno\"><consegna>clerk@pec.example</consegna>")
            .starts_with("delivery receipt clerk@pec.example delivered")
    );
}

#[test]
fn certified_mail_that_did_not_arrive_is_no_receipt_though_it_names_no_mailbox() {
    let raw = "From: posta-certificata@pec.example\nTo: office@npm.example\nSubject: AVVISO DI MANCATA CONSEGNA: Richiesta\n\
               X-Ricevuta: errore-consegna\nX-Riferimento-Message-ID: <request.7@npm.example>\n\nAvviso di mancata consegna.\n";
    let seen = understand(raw.as_bytes());
    assert_eq!((seen.kind, seen.bounce.unwrap().original_message_id.as_deref()), (Kind::Bounce, Some("request.7@npm.example")));
}

#[test]
fn a_file_that_somebody_calls_details_is_no_report() {
    let raw = "From: Jane Doe <jane.doe@authority.example>\nTo: office@npm.example\nSubject: Re: Request\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n\
               --x\n\nPlease find attached.\n--x\nContent-Type: text/plain; name=details.txt\nContent-Disposition: attachment; filename=details.txt\n\n\
               Action: accepted\nStatus: done\n--x--\n";
    assert_eq!(understand(raw.as_bytes()).kind, Kind::Letter);
}

#[test]
fn a_receipt_in_words_is_no_bounce() {
    let exim = "From: Mail Delivery System <mailer-daemon@mx.example>\nSubject: Delivery Status Notification";
    let text = " ----- The following addresses had successful delivery notifications -----\n  <clerk@ministry.example> (relayed to non-DSN-aware mailer)\n";
    assert_eq!(plain(exim, text), "delivery receipt");
}
